//! The outer file, read as a stream: what stands around the HOSO, and one HOSO's bytes at a time.
//!
//! A HOSO ends at the next `</HOSO>`, wherever that stands, and at the latest where another one begins or the list
//! ends: so one whose inside is broken (a comment or a CDATA section that is never closed) takes no other with it.

use std::io::{self, Read};

use healthbook_model::{Refusal, Span};

/// Read from the source at a time.
const CHUNK: usize = 64 * 1024;
/// A tag of the envelope is short; one that does not end is none.
const LONGEST_TAG: usize = 64 * 1024;
/// Codes and dates of the envelope.
const LONGEST_VALUE: usize = 256;

/// What the envelope says of all its HOSO.
#[derive(Debug, Default, Clone)]
pub(super) struct Header {
    /// MACSKCB: the facility that sends.
    pub(super) facility: Option<String>,
    /// A name beside it, which the tables do not ask for.
    pub(super) facility_name: Option<String>,
    /// NGAYLAP: the day the file was made.
    pub(super) made: Option<String>,
}

/// A part of the file.
pub(super) enum Part {
    /// A HOSO element, or a table that stands alone, from its first byte to its last.
    Hoso { offset: u64, bytes: Vec<u8> },
    /// A stretch that cannot be read, with what is still known of its bytes.
    Refused { span: Span, refusal: Refusal, at: Place, bytes: Vec<u8> },
    /// The end.
    End,
}

/// Which stretch was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Hoso,
    Document,
    Tail,
}

/// What an envelope is called, and what may stand in a file without one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// The outermost element.
    pub(super) root: &'static str,
    /// Whether a file may consist of an element of this name alone.
    pub(super) stands_alone: fn(&str) -> bool,
}

/// Reads the parts one after another.
pub(super) struct Envelope<'a> {
    source: Source<'a>,
    kind: Kind,
    limit: usize,
    depth_limit: usize,
    header: Header,
    /// Names of the open elements, outermost first.
    open: Vec<String>,
    root: Root,
    found: bool,
    done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Awaited,
    Open,
    Closed,
}

enum Tag {
    Start { name: String, empty: bool, length: usize },
    End { name: String, length: usize },
}

impl<'a> Envelope<'a> {
    pub(super) fn new(reader: Box<dyn Read + 'a>, kind: Kind, limit: usize, depth_limit: usize) -> Self {
        Self {
            source: Source { reader, buffer: Vec::new(), start: 0, base: 0, ended: false, limit },
            kind,
            limit,
            depth_limit,
            header: Header::default(),
            open: Vec::new(),
            root: Root::Awaited,
            found: false,
            done: false,
        }
    }

    /// What is known of the envelope so far. By the tables' order all of it stands before the first HOSO.
    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn next_part(&mut self) -> io::Result<Part> {
        if self.done {
            return Ok(Part::End);
        }
        if self.root == Root::Awaited {
            self.source.want(4)?;
            match self.source.window() {
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] => {
                    return self.refuse_document(Refusal::Encoding);
                }
                [0xef, 0xbb, 0xbf, ..] => {
                    self.source.consume(3);
                }
                _ => {}
            }
        }
        loop {
            let before = self.source.offset();
            if !self.capture_text()? {
                return self.end(before);
            }
            self.source.want(9)?;
            let window = self.source.window();
            let (is_value, close): (bool, &[u8]) = if window.starts_with(b"<!--") {
                (false, b"-->")
            } else if window.starts_with(b"<![CDATA[") {
                (true, b"]]>")
            } else if window.starts_with(b"<?") {
                (false, b"?>")
            } else {
                (false, b"")
            };
            if !close.is_empty() {
                let from = self.source.offset();
                if is_value {
                    self.source.consume(9);
                }
                let (skipped, ends) = self.source.skip_past(close)?;
                if !ends {
                    self.done = true;
                    let length = self.source.offset().saturating_sub(from);
                    let (span, refusal) = (Span::plain(from, length), Refusal::Truncated);
                    return Ok(Part::Refused { span, refusal, at: Place::Tail, bytes: skipped });
                }
                if is_value {
                    self.keep(skipped.get(..LONGEST_VALUE + 1).unwrap_or(&skipped));
                }
            } else if window.starts_with(b"<!") {
                return self.refuse_document(Refusal::Forbidden);
            } else {
                let Some(tag) = self.read_tag()? else {
                    return self.refuse_rest(before);
                };
                if let Some(part) = self.take_tag(tag)? {
                    return Ok(part);
                }
            }
        }
    }

    /// Keeps the text up to the next `<` where it is wanted. False at the end of the file.
    fn capture_text(&mut self) -> io::Result<bool> {
        let mut value: Vec<u8> = Vec::new();
        loop {
            let window = self.source.window();
            let (text, found) = match memchr::memchr(b'<', window) {
                Some(at) => (at, true),
                None => (window.len(), false),
            };
            // One byte more than is kept, so that a value that is too long is known to be.
            let room = (LONGEST_VALUE + 1).saturating_sub(value.len());
            value.extend(window.iter().take(text.min(room)));
            self.source.consume(text);
            if found {
                self.keep(&value);
                return Ok(true);
            }
            if !self.source.more()? {
                return Ok(false);
            }
        }
    }

    fn keep(&mut self, value: &[u8]) {
        let Some(name) = self.open.last() else { return };
        let slot = if name.eq_ignore_ascii_case("MACSKCB") || name.eq_ignore_ascii_case("MA_CSKCB") {
            &mut self.header.facility
        } else if name.eq_ignore_ascii_case("TENCSKCB") || name.eq_ignore_ascii_case("TEN_CSKCB") {
            &mut self.header.facility_name
        } else if name.eq_ignore_ascii_case("NGAYLAP") {
            &mut self.header.made
        } else {
            return;
        };
        let value = String::from_utf8_lossy(value);
        let value = value.trim();
        if !value.is_empty() && slot.is_none() && value.len() <= LONGEST_VALUE {
            *slot = Some(value.to_owned());
        }
    }

    fn take_tag(&mut self, tag: Tag) -> io::Result<Option<Part>> {
        match tag {
            Tag::Start { name, empty, length } => {
                let first = self.root == Root::Awaited;
                if name.eq_ignore_ascii_case("HOSO") || (first && (self.kind.stands_alone)(&name)) {
                    if first {
                        self.root = Root::Closed;
                    }
                    self.found = true;
                    if empty {
                        self.source.consume(length);
                        return Ok(None);
                    }
                    return self.collect(&name, length).map(Some);
                }
                self.root = Root::Open;
                self.source.consume(length);
                if !empty {
                    if self.open.len() >= self.depth_limit {
                        return self.refuse_document(Refusal::TooLarge).map(Some);
                    }
                    self.open.push(name);
                }
            }
            Tag::End { name, length } => {
                self.source.consume(length);
                if let Some(n) = self.open.iter().rposition(|open| *open == name) {
                    self.open.truncate(n);
                    if n == 0 {
                        self.root = Root::Closed;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Reads a tag without consuming it. `None` when it does not end.
    fn read_tag(&mut self) -> io::Result<Option<Tag>> {
        let mut quote: Option<u8> = None;
        let mut at = 1usize;
        let length = loop {
            if self.source.window().len() <= at && !self.source.more()? {
                return Ok(None);
            }
            let Some(byte) = self.source.window().get(at).copied() else { return Ok(None) };
            at += 1;
            match quote {
                Some(q) if q == byte => quote = None,
                Some(_) => {}
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                None if byte == b'>' => break at,
                None => {}
            }
            if at > LONGEST_TAG {
                return Ok(None);
            }
        };
        let tag = self.source.window().get(..length).unwrap_or_default();
        let (is_end, from) = if tag.get(1) == Some(&b'/') { (true, 2) } else { (false, 1) };
        let name = name_at(tag, from);
        Ok(Some(if is_end {
            Tag::End { name, length }
        } else {
            Tag::Start { name, empty: tag.ends_with(b"/>"), length }
        }))
    }

    /// Collects the element whose start tag stands at the window's first byte.
    fn collect(&mut self, name: &str, tag_length: usize) -> io::Result<Part> {
        let offset = self.source.offset();
        let alone = !name.eq_ignore_ascii_case("HOSO");
        // Bytes of the element that have been looked at and, when it is too large, let go.
        let mut gone = 0u64;
        let mut at = tag_length;
        let mut too_large = false;
        loop {
            if at > self.limit || too_large {
                too_large = true;
                gone += self.source.consume(at);
                at = 0;
            }
            let window = self.source.window();
            let Some(found) = window.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) else {
                at = window.len();
                if self.source.more()? {
                    continue;
                }
                let length = gone + to_u64(at);
                let bytes = self.source.take(at);
                self.done = true;
                return Ok(refused(
                    offset,
                    length,
                    if too_large { Refusal::TooLarge } else { Refusal::Truncated },
                    bytes,
                ));
            };
            at += found;
            self.source.want(at + LONGEST_NAME)?;
            let window = self.source.window();
            let mark = window.get(at..window.len().min(at + LONGEST_NAME)).unwrap_or_default();
            let (is_end, mark_name) = match mark {
                [b'<', b'/', ..] => (true, name_at(mark, 2)),
                _ => (false, name_at(mark, 1)),
            };
            let closes = is_end && mark_name.eq_ignore_ascii_case(name);
            let is_next = !alone
                && ((!is_end && mark_name.eq_ignore_ascii_case("HOSO"))
                    || (is_end
                        && ["DANHSACHHOSO", "THONGTINHOSO", self.kind.root]
                            .iter()
                            .any(|outer| mark_name.eq_ignore_ascii_case(outer))));
            if is_next {
                let length = gone + to_u64(at);
                let bytes = self.source.take(at);
                return Ok(refused(
                    offset,
                    length,
                    if too_large { Refusal::TooLarge } else { Refusal::Truncated },
                    bytes,
                ));
            }
            if !closes {
                at += 1;
                continue;
            }
            let end = mark.iter().position(|b| *b == b'>');
            at += end.map_or(1, |end| end + 1);
            if end.is_none() {
                continue;
            }
            if too_large || at > self.limit {
                let length = gone + self.source.consume(at);
                return Ok(refused(offset, length, Refusal::TooLarge, Vec::new()));
            }
            return Ok(Part::Hoso { offset, bytes: self.source.take(at) });
        }
    }

    fn end(&mut self, from: u64) -> io::Result<Part> {
        self.done = true;
        if !self.found && self.root != Root::Open {
            // Nothing but a closed envelope without HOSO is a file that says nothing; anything else is no claim file.
            let refusal =
                if self.root == Root::Awaited { Refusal::NotTheFormat } else { return Ok(Part::End) };
            return Ok(self.refused_to_end(0, refusal, Place::Document));
        }
        if self.root == Root::Open {
            return Ok(self.refused_to_end(from, Refusal::Truncated, Place::Tail));
        }
        Ok(Part::End)
    }

    fn refused_to_end(&self, from: u64, refusal: Refusal, at: Place) -> Part {
        let length = self.source.offset().saturating_sub(from);
        Part::Refused { span: Span::plain(from, length), refusal, at, bytes: Vec::new() }
    }

    /// A tag that never ends.
    fn refuse_rest(&mut self, from: u64) -> io::Result<Part> {
        let bytes: Vec<u8> = self.source.window().iter().take(LONGEST_TAG).copied().collect();
        self.source.drain()?;
        self.done = true;
        let length = self.source.offset().saturating_sub(from);
        let refusal = if bytes.len() < LONGEST_TAG { Refusal::Truncated } else { Refusal::Malformed };
        Ok(Part::Refused { span: Span::plain(from, length), refusal, at: Place::Tail, bytes })
    }

    fn refuse_document(&mut self, refusal: Refusal) -> io::Result<Part> {
        let bytes: Vec<u8> = self.source.window().iter().take(self.limit).copied().collect();
        self.source.drain()?;
        self.done = true;
        Ok(Part::Refused { span: Span::plain(0, self.source.offset()), refusal, at: Place::Document, bytes })
    }
}

/// Longer than the closing tag of XML11, whose root has 64 letters, with a prefix.
const LONGEST_NAME: usize = 128;

fn refused(offset: u64, length: u64, refusal: Refusal, bytes: Vec<u8>) -> Part {
    Part::Refused { span: Span::plain(offset, length), refusal, at: Place::Hoso, bytes }
}

/// The name in a tag, without a namespace prefix.
fn name_at(tag: &[u8], from: usize) -> String {
    let name: Vec<u8> = tag
        .iter()
        .skip(from)
        .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/' | b'<'))
        .copied()
        .collect();
    let name = String::from_utf8_lossy(&name);
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn to_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The bytes that are being looked at, and how far the file has been let go.
struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    /// Offset in the file of the buffer's first byte.
    base: u64,
    ended: bool,
    /// No window is asked for that is much larger.
    limit: usize,
}

impl Source<'_> {
    fn window(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Offset in the file of the window's first byte.
    fn offset(&self) -> u64 {
        self.base + to_u64(self.start)
    }

    fn consume(&mut self, n: usize) -> u64 {
        let n = n.min(self.buffer.len() - self.start);
        self.start += n;
        to_u64(n)
    }

    fn take(&mut self, n: usize) -> Vec<u8> {
        if n > CHUNK && n <= self.window().len() {
            // What is large is handed on as it stands, and not copied.
            let rest = self.buffer.split_off(self.start + n);
            let mut bytes = std::mem::replace(&mut self.buffer, rest);
            bytes.drain(..self.start);
            self.base += to_u64(self.start) + to_u64(n);
            self.start = 0;
            return bytes;
        }
        let bytes = self.window().get(..n).unwrap_or_default().to_vec();
        self.consume(n);
        bytes
    }

    /// Reads on. False at the end.
    fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start >= CHUNK || self.start == self.buffer.len() {
            self.base += to_u64(self.start);
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let length = self.buffer.len();
        if self.buffer.capacity() < length + CHUNK {
            // In few steps, since each copies what is there; room that is not used yet costs no memory.
            let room =
                length.saturating_mul(4).min(self.limit.saturating_add(4 * CHUNK)).max(length + 2 * CHUNK);
            self.buffer.reserve_exact(room - length);
        }
        self.buffer.resize(length + CHUNK, 0);
        let read = loop {
            let space = self.buffer.get_mut(length..).unwrap_or_default();
            match self.reader.read(space) {
                Ok(read) => break read.min(CHUNK),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(length);
                    return Err(error);
                }
            }
        };
        self.buffer.truncate(length + read);
        self.ended = read == 0;
        Ok(!self.ended)
    }

    /// Has at least so many bytes in the window, unless the file ends.
    fn want(&mut self, n: usize) -> io::Result<()> {
        while self.window().len() < n && self.more()? {}
        Ok(())
    }

    /// Skips to behind the pattern or to the end; gives back the first bytes of what was skipped, and whether the pattern is
    /// there.
    fn skip_past(&mut self, pattern: &[u8]) -> io::Result<(Vec<u8>, bool)> {
        let mut skipped = Vec::new();
        loop {
            let window = self.window();
            let found = memchr::memmem::find(window, pattern);
            let upto = found.unwrap_or_else(|| window.len().saturating_sub(pattern.len() - 1));
            let room = LONGEST_TAG.saturating_sub(skipped.len());
            skipped.extend(window.iter().take(upto.min(room)));
            self.consume(upto);
            if found.is_some() {
                self.consume(pattern.len());
                return Ok((skipped, true));
            }
            if !self.more()? {
                let rest = self.window().len();
                self.consume(rest);
                return Ok((skipped, false));
            }
        }
    }

    fn drain(&mut self) -> io::Result<()> {
        loop {
            let rest = self.window().len();
            self.consume(rest);
            if !self.more()? {
                return Ok(());
            }
        }
    }
}
