//! What reading a claim takes of memory: it follows the largest HOSO, never the file, and is little more than that HOSO.
//!
//! Measured as the system sees it: how far the process grew beyond what it was. What it was may hold memory that was given
//! back already, so the bounds leave room for as much.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "what stands between the tests is test code as well")]

use std::io::{self, Read};

use data_encoding::BASE64;
use healthbook_formats::{Format, Item, Limits, records};

const MIB: u64 = 1 << 20;

/// A line of the process's own status, in bytes.
fn status(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(of)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Gives a file piece by piece, each made when it is asked for.
struct Pieces<I: Iterator<Item = String>> {
    pieces: I,
    current: Vec<u8>,
    at: usize,
}

impl<I: Iterator<Item = String>> Read for Pieces<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.current.len() {
            let Some(next) = self.pieces.next() else { return Ok(0) };
            (self.current, self.at) = (next.into_bytes(), 0);
        }
        let length = buffer.len().min(self.current.len() - self.at);
        buffer[..length].copy_from_slice(&self.current[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Records, refused stretches, and how many bytes the process grew at the most.
fn grown(hosos: impl Iterator<Item = String>) -> (u64, u64, u64) {
    let head = "<GIAMDINHHS><THONGTINHOSO><NGAYLAP>20260116</NGAYLAP><DANHSACHHOSO>".to_owned();
    let tail = "</DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>".to_owned();
    let pieces = std::iter::once(head).chain(hosos).chain(std::iter::once(tail));
    let reader = Pieces { pieces, current: Vec::new(), at: 0 };
    // Forgets the peak so far.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS:");
    let (mut taken, mut refused) = (0, 0);
    for item in records(Format::ClaimXml, Box::new(reader), Limits::default()) {
        match item.unwrap() {
            Item::Record(_) => taken += 1,
            Item::Rejected(_) => refused += 1,
        }
    }
    let grew = status("VmHWM:").saturating_sub(before);
    (taken, refused, grew)
}

fn hoso(visit: &str, tables: &[(&str, String)]) -> String {
    let summary = format!(
        "<TONG_HOP><MA_LK>{visit}</MA_LK><MA_BN>BN77</MA_BN><NGAY_VAO>202601150815</NGAY_VAO></TONG_HOP>"
    );
    let files = std::iter::once(("XML1", summary)).chain(tables.iter().cloned());
    let files: String = files
        .map(|(label, xml)| {
            let coded = BASE64.encode(xml.as_bytes());
            format!("<FILEHOSO><LOAIHOSO>{label}</LOAIHOSO><NOIDUNGFILE>{coded}</NOIDUNGFILE></FILEHOSO>")
        })
        .collect();
    format!("<HOSO>{files}</HOSO>")
}

fn results(visit: &str, rows: usize) -> String {
    let rows: String = (1..=rows)
        .map(|n| {
            format!(
                "<CHI_TIET_CLS><MA_LK>{visit}</MA_LK><STT>{n}</STT><TEN_CHI_SO>Glucose</TEN_CHI_SO>\
                 <GIA_TRI>7.20</GIA_TRI><DON_VI_DO>mmol/L</DON_VI_DO><NGAY_KQ>202601150950</NGAY_KQ></CHI_TIET_CLS>"
            )
        })
        .collect();
    format!("<CHITIEU_CHITIET_DICHVUCANLAMSANG>{rows}</CHITIEU_CHITIET_DICHVUCANLAMSANG>")
}

fn notes(visit: &str, rows: usize, length: usize) -> String {
    let words = "Tỉnh, tiếp xúc tốt, tim đều, phổi rõ. ";
    let note = words.repeat(length / words.len());
    let rows: String = (1..=rows)
        .map(|n| {
            format!(
                "<CHI_TIET_DIEN_BIEN_BENH><MA_LK>{visit}</MA_LK><STT>{n}</STT><DIEN_BIEN_LS>{note}</DIEN_BIEN_LS>\
                 </CHI_TIET_DIEN_BIEN_BENH>"
            )
        })
        .collect();
    format!("<CHITIEU_CHITIET_DIENBIENLAMSANG>{rows}</CHITIEU_CHITIET_DIENBIENLAMSANG>")
}

// One story, since all tests of a file share its process.
#[test]
fn memory_follows_the_largest_hoso_and_is_little_more_than_that() {
    // A file of any length: ten times as many HOSO take no more.
    let many = |count: usize| {
        grown((0..count).map(|n| hoso(&format!("LK{n}"), &[("XML4", results(&format!("LK{n}"), 20))])))
    };
    many(10);
    let (taken, refused, grew) = many(100);
    assert_eq!((taken, refused), (100 * 22, 0));
    assert!(grew < 4 * MIB, "100 HOSO: {grew} bytes");

    // Many rows.
    let (taken, refused, grew) = grown(std::iter::once_with(|| hoso("A", &[("XML4", results("A", 3_000))])));
    assert_eq!((taken, refused), (3_002, 0));
    assert!(grew < 14 * MIB, "3,000 rows: {grew} bytes");

    // Long notes: 2 MB of words.
    let (taken, refused, grew) =
        grown(std::iter::once_with(|| hoso("B", &[("XML5", notes("B", 100, 20_000))])));
    assert_eq!((taken, refused), (102, 0));
    assert!(grew < 20 * MIB, "long notes: {grew} bytes");

    // One note of 5 MB is more than a field may say; the HOSO before and after come in.
    let hosos = ["C", "D", "E"].map(|visit| (visit, if visit == "D" { 5_000_000 } else { 100 }));
    let hosos = hosos.into_iter().map(|(visit, length)| hoso(visit, &[("XML5", notes(visit, 1, length))]));
    let (taken, refused, grew) = grown(hosos);
    assert_eq!((taken, refused), (6, 1));
    assert!(grew < 40 * MIB, "one long note: {grew} bytes");

    // Half a million elements, more than a HOSO may have, are not kept.
    let bomb = || "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>".to_owned();
    let hosos = std::iter::once_with(|| hoso("F", &[]))
        .chain(std::iter::once_with(bomb))
        .chain((0..500).map(|_| "<A/>".repeat(1_000)))
        .chain(std::iter::once_with(|| "</NOIDUNGFILE></FILEHOSO></HOSO>".to_owned()))
        .chain(std::iter::once_with(|| hoso("G", &[])));
    let (taken, refused, grew) = grown(hosos);
    assert_eq!((taken, refused), (4, 1));
    assert!(grew < 48 * MIB, "half a million elements: {grew} bytes");
}
