//! What is kept of a member that could not be opened: its own stretch of the archive, and no byte of another.

use std::io::{self, Read, Seek, SeekFrom};

use zip::read::ZipFileEntry;

use super::wide;

/// Length of a local header and of a header in the directory, without what varies (APPNOTE 4.3.7, 4.3.12).
const LOCAL: u64 = 30;
const CENTRAL: u64 = 46;

/// Where in a header of the directory the place of the member stands.
const PLACE: usize = 42;

/// How much is looked at at once.
const PIECE: u64 = 64 * 1024;

/// From byte, to byte.
type Stretch = (u64, u64);

/// Stretches of an archive, in order, none beside or over another.
#[derive(Debug, Default)]
pub(super) struct Stretches(Vec<Stretch>);

impl Stretches {
    pub(super) fn add(&mut self, (mut from, mut to): Stretch) {
        if from >= to {
            return;
        }
        let first = self.0.partition_point(|(_, end)| *end < from);
        let behind = self.0.partition_point(|(start, _)| *start <= to);
        if let Some(joined) = self.0.get(first..behind).filter(|joined| !joined.is_empty()) {
            from = joined.first().map_or(from, |(start, _)| from.min(*start));
            to = joined.last().map_or(to, |(_, end)| to.max(*end));
        }
        self.0.splice(first..behind.max(first), [(from, to)]);
    }

    /// What of a stretch is in none of these.
    fn free(&self, (from, to): Stretch) -> Vec<Stretch> {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let mut at = from;
        let mut free = Vec::new();
        for (start, end) in self.0.iter().skip(first).take_while(|(start, _)| *start < to) {
            if *start > at {
                free.push((at, *start));
            }
            at = at.max(*end);
        }
        if at < to {
            free.push((at, to));
        }
        free
    }
}

/// What could be kept of a member.
#[derive(Debug)]
pub(super) struct Kept {
    /// Its local header and its data.
    body: Stretch,
    /// What its writer added behind the data when it knew no lengths before: a checksum of the content among them.
    behind: Stretch,
    /// Its header in the directory.
    central: Stretch,
}

impl Kept {
    /// Where a member stands, as its headers say.
    pub(super) fn of<R: Read + Seek>(
        entry: &ZipFileEntry<'_>,
        length: u64,
        reader: &mut R,
    ) -> io::Result<Self> {
        let start = entry.header_start().min(length);
        let local = bytes_at(reader, (start, start.saturating_add(LOCAL).min(length)))?;
        let varies = if local.starts_with(b"PK\x03\x04") {
            two_bytes(&local, 26).saturating_add(two_bytes(&local, 28))
        } else {
            wide(entry.name_raw().len())
        };
        let end = start.saturating_add(LOCAL + varies).saturating_add(entry.compressed_size()).min(length);
        let streamed = two_bytes(&local, 6) & 8 != 0;
        let behind = if streamed { descriptor(reader, end, length)? } else { end };
        let central = entry.central_header_start().min(length);
        let header = bytes_at(reader, (central, central.saturating_add(CENTRAL).min(length)))?;
        let varies: u64 = [28, 30, 32].into_iter().map(|at| two_bytes(&header, at)).sum();
        let central = (central, central.saturating_add(CENTRAL + varies).min(length));
        Ok(Self { body: (start, end), behind: (end, behind), central })
    }

    /// All of an archive of which the directory cannot be read on.
    pub(super) fn rest(length: u64) -> Self {
        Self { body: (0, length), behind: (length, length), central: (length, length) }
    }

    /// It was opened: none of it is kept, its name neither.
    pub(super) fn is_opened(&self, opened: &mut Stretches) {
        [self.body, self.behind, self.central].into_iter().for_each(|stretch| opened.add(stretch));
    }

    /// Whether a local header stands in what was not shown.
    pub(super) fn holds_members<R: Read + Seek>(
        &self,
        shown: &Stretches,
        reader: &mut R,
    ) -> io::Result<bool> {
        const SIGNATURE: &[u8] = b"PK\x03\x04";
        let mut piece = Vec::new();
        for (mut from, to) in shown.free(self.body) {
            while from < to {
                reader.seek(SeekFrom::Start(from))?;
                piece.clear();
                let read = reader.by_ref().take((to - from).min(PIECE)).read_to_end(&mut piece)?;
                if memchr::memmem::find(&piece, SIGNATURE).is_some() {
                    return Ok(true);
                }
                // The next piece begins where a signature may have been cut.
                let step = wide(read.saturating_sub(SIGNATURE.len() - 1)).max(1);
                from = if read < SIGNATURE.len() { to } else { from + step };
            }
        }
        Ok(false)
    }

    /// The bytes, without those that were shown before; they count as shown from here on.
    pub(super) fn read<'r, R: Read + Seek>(
        &self,
        shown: &mut Stretches,
        reader: &'r mut R,
    ) -> io::Result<impl Read + use<'r, R>> {
        let body = shown.free(self.body);
        shown.add(self.body);
        let central = shown.free(self.central);
        shown.add(self.central);
        let length: u64 = body.iter().map(|(from, to)| to - from).sum();
        let whole = body == [self.body] && central == [self.central];
        let mut end = Vec::new();
        for stretch in central {
            end.extend(bytes_at(reader, stretch)?);
        }
        if let (true, Ok(size), Ok(place)) = (whole, u32::try_from(end.len()), u32::try_from(length)) {
            if let Some(at) = end.get_mut(PLACE..PLACE + 4) {
                at.copy_from_slice(&[0; 4]);
            }
            // End of a directory with one entry (APPNOTE 4.3.16).
            end.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
            end.extend_from_slice(&size.to_le_bytes());
            end.extend_from_slice(&place.to_le_bytes());
            end.extend_from_slice(&[0; 2]);
        }
        Ok(Pieces { reader, pieces: body.into_iter(), left: 0 }.chain(io::Cursor::new(end)))
    }
}

/// Where the data descriptor (APPNOTE 4.3.9) at `at` ends: its signature is often left out, its lengths are of four bytes
/// or of eight, and only what follows tells.
fn descriptor<R: Read + Seek>(reader: &mut R, at: u64, length: u64) -> io::Result<u64> {
    let bytes = bytes_at(reader, (at, at.saturating_add(26).min(length)))?;
    let longest = if bytes.starts_with(b"PK\x07\x08") { [16, 24] } else { [12, 20] };
    let ends = longest.into_iter().find(|end| bytes.get(*end..).is_some_and(|rest| rest.starts_with(b"PK")));
    Ok(at.saturating_add(wide(ends.unwrap_or(12))).min(length))
}

fn two_bytes(header: &[u8], at: usize) -> u64 {
    match header.get(at..at + 2) {
        Some(&[low, high]) => u64::from(u16::from_le_bytes([low, high])),
        _ => 0,
    }
}

/// A short stretch: a header, at most 46 bytes and three times 64 KiB.
fn bytes_at<R: Read + Seek>(reader: &mut R, (from, to): Stretch) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    reader.by_ref().take(to.saturating_sub(from)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads stretches one after another.
struct Pieces<'r, R> {
    reader: &'r mut R,
    pieces: std::vec::IntoIter<Stretch>,
    left: u64,
}

impl<R: Read + Seek> Read for Pieces<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let Some((from, to)) = self.pieces.next() else { return Ok(0) };
            self.reader.seek(SeekFrom::Start(from))?;
            self.left = to - from;
        }
        let n = self.reader.by_ref().take(self.left).read(buffer)?;
        self.left = if n == 0 { 0 } else { self.left.saturating_sub(wide(n)) };
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_byte_is_free_until_it_was_shown_and_never_after(
            added in proptest::collection::vec((0u64..60, 0u64..20), 0..12),
            from in 0u64..70,
            length in 0u64..30,
        ) {
            let mut all = Stretches::default();
            let mut taken = [false; 120];
            for (start, length) in added {
                all.add((start, start + length));
                (start..start + length).for_each(|at| taken[usize::try_from(at).unwrap()] = true);
            }
            let mut free = [false; 120];
            for (start, end) in all.free((from, from + length)) {
                prop_assert!(start < end);
                (start..end).for_each(|at| free[usize::try_from(at).unwrap()] = true);
            }
            for at in 0..120u64 {
                let index = usize::try_from(at).unwrap();
                prop_assert_eq!(free[index], (from..from + length).contains(&at) && !taken[index]);
            }
            prop_assert!(all.0.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }
}
