use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8], limits: &Limits) -> io::Result<String> {
    let mut text = String::new();
    gzip(bytes, limits, &Budget::new(limits)).read_to_string(&mut text).map(|_| text)
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            writer.add_directory(*name, SimpleFileOptions::default()).unwrap();
        } else {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

type Opened = (String, Vec<u8>);
type Kept = (String, Refusal, bool, Vec<u8>);

/// What was opened, and what was not.
fn walk(archive: &[u8], limits: &Limits) -> io::Result<(Vec<Opened>, Vec<Kept>)> {
    let (mut seen, mut kept) = (Vec::new(), Vec::new());
    zip_members(Cursor::new(archive), limits, &Budget::new(limits), &mut |member| {
        let mut bytes = Vec::new();
        member.bytes.read_to_end(&mut bytes)?;
        match member.refused {
            None => seen.push((member.name.to_owned(), bytes)),
            Some(refusal) => kept.push((member.name.to_owned(), refusal, member.encrypted, bytes)),
        }
        Ok(None)
    })?;
    Ok((seen, kept))
}

fn opened(archive: &[u8]) -> (Vec<Opened>, Vec<Kept>) {
    walk(archive, &Limits::default()).unwrap()
}

fn names(kept: &[Kept]) -> Vec<(&str, Refusal)> {
    kept.iter().map(|(name, refusal, ..)| (name.as_str(), *refusal)).collect()
}

fn find(hay: &[u8], needle: &[u8]) -> usize {
    memchr::memmem::find(hay, needle).unwrap()
}

/// Where the data of a member begins whose name stands first in its local header.
fn data_of(archive: &[u8], name: &str) -> usize {
    find(archive, name.as_bytes()) + name.len()
}

/// Sets two bytes in the local header and the directory's header of a member.
fn set(archive: &mut [u8], name: &str, local: usize, central: usize, value: u16) {
    let at = find(archive, name.as_bytes()) - 30 + local;
    archive[at..at + 2].copy_from_slice(&value.to_le_bytes());
    let at = memchr::memmem::rfind(archive, name.as_bytes()).unwrap() - 46 + central;
    archive[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

/// Bytes that do not become shorter.
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect()
}

#[test]
fn a_gzip_file_of_two_members_comes_out_whole() {
    let file = [gz("Đường ".as_bytes()), gz(b"2339-0")].concat();
    assert_eq!(gunzip(&file, &Limits::default()).unwrap(), "Đường 2339-0");
}

#[test]
fn a_gzip_bomb_stops_and_a_damaged_file_says_so() {
    let bomb = gz(&vec![0; 40 << 20]);
    assert!(is_too_large(&gunzip(&bomb, &Limits::default()).unwrap_err()));
    let small = Limits { inflated_bytes: 10, ..Limits::default() };
    let eleven = gz(b"hello world");
    assert!(is_too_large(&gunzip(&eleven, &small).unwrap_err()));
    let mut damaged = eleven.clone();
    let at = damaged.len() - 6;
    damaged[at] ^= 1;
    assert!(!is_too_large(&gunzip(&damaged, &Limits::default()).unwrap_err()));
    assert!(gunzip(&eleven[..eleven.len() - 3], &Limits::default()).is_err());
}

#[test]
fn what_is_opened_inside_of_one_another_shares_one_budget() {
    let limits = Limits { inflated_bytes: 1000, ..Limits::default() };
    let budget = Budget::new(&limits);
    let file = gz(&[b'a'; 600]);
    let mut out = Vec::new();
    assert_eq!(gzip(&file[..], &limits, &budget).read_to_end(&mut out).unwrap(), 600);
    assert!(is_too_large(&gzip(&file[..], &limits, &budget).read_to_end(&mut out).unwrap_err()));
}

#[test]
fn files_come_in_the_order_of_the_directory_and_folders_and_forks_are_passed_over() {
    let inner = zipped(&[("c.json", b"{}")]);
    let outer = zipped(&[
        ("a/", b""),
        ("a/b.json", b"[]"),
        ("__MACOSX/._b.json", b"x"),
        ("inner.zip", &inner),
        ("empty.txt", b""),
    ]);
    let (seen, kept) = opened(&outer);
    let expected = [("a/b.json", b"[]".to_vec()), ("inner.zip", inner), ("empty.txt", Vec::new())];
    assert_eq!(seen, expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    assert_eq!(kept, []);
}

#[test]
fn a_name_that_looks_like_a_folder_or_a_fork_does_not_lose_the_file() {
    let mut archive = zipped(&[
        ("real.json_", b"{}"),
        ("ketqua.DS_Store", b"x"),
        ("a/.DS_Store", b"x"),
        (".DS_Store", b"x"),
    ]);
    while let Some(at) = memchr::memmem::find(&archive, b"real.json_") {
        archive[at + 9] = b'/';
    }
    let (seen, kept) = opened(&archive);
    let expected = [("real.json/", b"{}".to_vec()), ("ketqua.DS_Store", b"x".to_vec())];
    assert_eq!(seen, expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    assert_eq!(kept, []);
}

#[test]
fn what_is_left_of_a_locked_member_is_an_archive_with_it_alone() {
    let secret = noise(1, 5000);
    let mut archive = zipped(&[("a.txt", &noise(2, 3000)), ("khóa.pdf", &secret), ("c.txt", b"third")]);
    // Bit 0 of the general purpose flags says that a member is encrypted (APPNOTE 4.4.4).
    set(&mut archive, "khóa.pdf", 6, 8, 0x0801);
    let (seen, kept) = opened(&archive);
    assert_eq!(seen.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a.txt", "c.txt"]);
    assert_eq!((names(&kept), kept[0].2), (vec![("khóa.pdf", Refusal::Unsupported)], true));
    let mut alone = kept[0].3.clone();
    assert!(alone.len() < secret.len() + 300);
    assert!(!alone.windows(5).any(|w| w == b"a.txt" || w == b"c.txt"));
    assert_eq!(names(&opened(&alone).1), names(&kept));
    // Without the flag the very bytes come out of it.
    set(&mut alone, "khóa.pdf", 6, 8, 0x0800);
    assert_eq!(opened(&alone).0, [("khóa.pdf".to_owned(), secret)]);
}

#[test]
fn one_bad_member_does_not_take_the_others_with_it() {
    let long = noise(3, 2000);
    let mut archive = zipped(&[("a.txt", &long), ("b.txt", b"second"), ("c.txt", b"third")]);
    let at = data_of(&archive, "a.txt") + 1000;
    archive[at] ^= 0xff;
    // A method that is not read (14 is LZMA).
    set(&mut archive, "c.txt", 8, 10, 14);
    let (seen, kept) = opened(&archive);
    assert_eq!(seen, [("b.txt".to_owned(), b"second".to_vec())]);
    assert_eq!(names(&kept), [("a.txt", Refusal::Malformed), ("c.txt", Refusal::Unsupported)]);
    assert_eq!(&kept[0].3[35..2035], &archive[data_of(&archive, "a.txt")..][..2000]);
    assert!(kept.iter().all(|(.., encrypted, _)| !encrypted));
}

#[test]
fn bombs_and_what_goes_over_the_budget_are_left_packed() {
    let bomb = zipped(&[("zeros", &vec![0; 40 << 20]), ("ok", b"ok")]);
    let (seen, kept) = opened(&bomb);
    assert_eq!((seen[0].0.as_str(), seen.len()), ("ok", 1));
    assert_eq!(names(&kept), [("zeros", Refusal::TooLarge)]);
    assert!(kept[0].3.len() < 100_000);
    let limits = Limits { inflated_bytes: 1500, ..Limits::default() };
    let archive = zipped(&[("1", &noise(4, 1000)), ("2", &noise(5, 1000)), ("3", &noise(6, 100))]);
    let (seen, kept) = walk(&archive, &limits).unwrap();
    assert_eq!((seen.len(), names(&kept)), (1, vec![("2", Refusal::TooLarge), ("3", Refusal::TooLarge)]));
}

#[test]
fn members_over_the_limit_are_kept_without_the_others_and_their_names() {
    let archive =
        zipped(&[("one.txt", &noise(7, 500)), ("two.txt", &noise(8, 500)), ("three.txt", &noise(9, 500))]);
    let (seen, kept) = walk(&archive, &Limits { members: 1, ..Limits::default() }).unwrap();
    assert_eq!((seen.len(), names(&kept)), (1, vec![("#1", Refusal::TooLarge)]));
    let rest = &kept[0].3;
    find(rest, &noise(8, 500));
    find(rest, &noise(9, 500));
    assert_eq!(memchr::memmem::find(rest, &noise(7, 500)), None);
    assert_eq!(memchr::memmem::find(rest, b"one.txt"), None);
}

#[test]
fn two_members_of_one_name_are_two() {
    let mut archive = zipped(&[("a.json", b"one"), ("b.json", b"two")]);
    while let Some(at) = memchr::memmem::find(&archive, b"b.json") {
        archive[at] = b'a';
    }
    let (seen, _) = opened(&archive);
    assert_eq!(seen, [("a.json".to_owned(), b"one".to_vec()), ("a.json".to_owned(), b"two".to_vec())]);
}

#[test]
fn names_lose_what_a_terminal_would_obey_and_keep_the_rest() {
    let archive = zipped(&[
        ("../../etc/passwd", b"1"),
        ("/srv/x", b"2"),
        ("a\u{1b}[2J\nb\u{202e}gpj.exe", b"3"),
        ("   ", b"4"),
        ("\u{7}", b"5"),
    ]);
    let (seen, _) = opened(&archive);
    let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["../../etc/passwd", "/srv/x", "a[2Jbgpj.exe", "#3", "#4"]);
}

#[test]
fn a_directory_that_points_into_an_opened_member_brings_nothing_of_it_back() {
    // The second entry says that it is encrypted and stands where the first one does, which is opened.
    let content = noise(10, 4000);
    let mut archive = zipped(&[("good.txt", &content), ("evil.txt", b"x")]);
    set(&mut archive, "evil.txt", 6, 8, 1);
    let good = find(&archive, b"good.txt") - 30;
    let size = archive[good + 18..good + 22].to_vec();
    let evil = memchr::memmem::rfind(&archive, b"evil.txt").unwrap() - 46;
    archive[evil + 20..evil + 24].copy_from_slice(&size);
    archive[evil + 42..evil + 46].copy_from_slice(&u32::try_from(good).unwrap().to_le_bytes());
    let (seen, kept) = opened(&archive);
    assert_eq!((seen.len(), &seen[0].1), (1, &content));
    // The second one's own place is named by nobody now.
    assert_eq!(names(&kept), [("evil.txt", Refusal::Unsupported), ("#2", Refusal::Malformed)]);
    assert!(kept.iter().all(|(.., bytes)| bytes.len() < 150));
}

#[test]
fn many_entries_over_one_stretch_are_kept_once() {
    let content = noise(11, 10_000);
    let mut archive = zipped(&[("0", &content), ("1", b"x"), ("2", b"x"), ("3", b"x")]);
    let first = memchr::memmem::find(&archive, b"PK\x01\x02").unwrap();
    let size = archive[first + 20..first + 24].to_vec();
    let mut at = first;
    while archive[at..].starts_with(b"PK\x01\x02") {
        archive[at + 8] |= 1;
        archive[at + 20..at + 24].copy_from_slice(&size);
        archive[at + 42..at + 46].copy_from_slice(&[0; 4]);
        at += 47;
    }
    let (seen, kept) = opened(&archive);
    assert_eq!((seen.len(), kept.len()), (0, 5));
    assert!(kept.iter().map(|(.., bytes)| bytes.len()).sum::<usize>() <= archive.len() + 22);
}

#[test]
fn a_directory_that_breaks_off_gives_its_members_and_leaves_the_rest_packed() {
    let mut archive = zipped(&[("one.txt", b"1"), ("two.txt", &noise(12, 300)), ("three.txt", b"3")]);
    let two = memchr::memmem::rfind(&archive, b"two.txt").unwrap() - 46;
    archive[two] = b'X';
    let (seen, kept) = opened(&archive);
    assert_eq!((seen.len(), names(&kept)), (1, vec![("#1", Refusal::Malformed)]));
    find(&kept[0].3, &noise(12, 300));
    assert_eq!(memchr::memmem::find(&kept[0].3, b"one.txt"), None);
}

#[test]
fn what_is_no_archive_or_has_lost_its_directory_is_refused() {
    let whole = zipped(&[("a", &noise(13, 900))]);
    for bytes in [&b""[..], b"PK\x03\x04", b"not an archive at all", &whole[..whole.len() - 30]] {
        let error = walk(bytes, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}

#[test]
fn lengths_of_eight_bytes_are_read() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("large.txt", SimpleFileOptions::default().large_file(true)).unwrap();
    writer.write_all(b"not so large").unwrap();
    let archive = writer.finish().unwrap().into_inner();
    assert_eq!(opened(&archive).0, [("large.txt".to_owned(), b"not so large".to_vec())]);
}

#[test]
fn a_reader_that_fails_is_no_damaged_member() {
    struct Pulled(Cursor<Vec<u8>>, u64);
    impl Read for Pulled {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.position() < self.1 { Err(io::Error::other("pulled")) } else { self.0.read(buffer) }
        }
    }
    impl Seek for Pulled {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let archive = zipped(&[("a", &noise(14, 20_000))]);
    let limits = Limits::default();
    let error =
        zip_members(Pulled(Cursor::new(archive), 100), &limits, &Budget::new(&limits), &mut |member| {
            io::copy(member.bytes, &mut io::sink()).map(|_| None)
        })
        .unwrap_err();
    assert_eq!(error.to_string(), "pulled");
}

#[test]
fn ten_thousand_members_are_shown_one_by_one() {
    let names: Vec<String> = (0..10_000).map(|n| format!("{n}.json")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let mut archive = zipped(&files);
    set(&mut archive, "9998.json", 6, 8, 1);
    let (seen, kept) = opened(&archive);
    assert_eq!((seen.len(), kept.len()), (9_999, 1));
    assert!(seen.iter().all(|(name, bytes)| name.as_bytes() == bytes));
}

#[test]
fn members_that_no_directory_names_are_not_dropped() {
    // The end is cut off, and the directory of the archive that was stored inside is found in its place.
    let inner = zipped(&[("inner.txt", b"found")]);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in [("one.txt", noise(15, 400)), ("inner.zip", inner), ("two.txt", noise(16, 400))] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    let whole = writer.finish().unwrap().into_inner();
    assert_eq!(opened(&whole).1, []);
    let (seen, kept) = opened(&whole[..whole.len() - 40]);
    assert_eq!(seen, [("inner.txt".to_owned(), b"found".to_vec())]);
    assert_eq!(names(&kept), [("#1", Refusal::Malformed)]);
    find(&kept[0].3, &noise(15, 400));
    find(&kept[0].3, &noise(16, 400));
    assert_eq!(memchr::memmem::find(&kept[0].3, b"found"), None);
}
