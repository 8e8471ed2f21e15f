//! The ways in which the same visit is written.

use super::*;

fn with_all(wrap: impl Fn(&str) -> String) -> String {
    hoso(&[
        file("XML1", &wrap(XML1)),
        file("XML2", &wrap(XML2)),
        file("XML3", &wrap(XML3)),
        file("XML4", &wrap(XML4)),
    ])
}

fn escaped(inner: &str) -> String {
    inner.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// CDATA cannot hold `]]>`: writers split it there.
fn cdata(inner: &str) -> String {
    format!("<![CDATA[{}]]>", inner.replace("]]>", "]]]]><![CDATA[>"))
}

fn wrapped(inner: &str) -> String {
    let coded = base64(inner);
    let lines: Vec<&str> =
        coded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("\r\n  {}\r\n", lines.join("\r\n  "))
}

#[test]
fn every_way_to_write_the_content_gives_the_same_records() {
    let expected: Vec<Vec<u8>> =
        taken(envelope(&usual()).as_bytes()).iter().map(|r| r.content.bytes().to_vec()).collect();
    let bom = |inner: &str| format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n{inner}");
    let shapes: Vec<(&str, String)> = vec![
        ("base64 in lines", with_all(wrapped)),
        ("base64 with written line breaks", with_all(|i| wrapped(i).replace('\r', "&#xD;"))),
        ("base64 in CDATA", with_all(|i| format!("\n<![CDATA[{}]]>\n", base64(i)))),
        ("base64 without padding", with_all(|i| base64(i).trim_end_matches('=').to_owned())),
        ("base64 with BOM and declaration", with_all(|i| base64(&bom(i)))),
        ("nested", with_all(str::to_owned)),
        ("nested with a declaration", with_all(|i| format!("<?xml version=\"1.0\"?>{i}"))),
        ("escaped", with_all(escaped)),
        ("CDATA", with_all(cdata)),
        ("tables without FILEHOSO", format!("<HOSO>{XML1}{XML2}{XML3}{XML4}</HOSO>")),
        ("another order", {
            hoso(&[
                file("XML2", &base64(XML2)),
                file("XML3", &base64(XML3)),
                file("XML1", &base64(XML1)),
                file("XML4", &base64(XML4)),
            ])
        }),
        (
            "content before its label",
            usual().replace("<LOAIHOSO>XML1</LOAIHOSO>", "").replacen(
                "</NOIDUNGFILE>",
                "</NOIDUNGFILE><LOAIHOSO>XML1</LOAIHOSO>",
                1,
            ),
        ),
        (
            "other labels",
            usual()
                .replace("<LOAIHOSO>XML1<", "<LOAIHOSO> xml01 <")
                .replace("<LOAIHOSO>XML2<", "<LOAIHOSO><"),
        ),
        ("an empty table more", usual().replace("</HOSO>", &(file("XML5", "") + "<FILEHOSO/></HOSO>"))),
        ("comments", usual().replace("<FILEHOSO>", "<!-- </x> & --><FILEHOSO>")),
        ("one list more", usual().replace("<HOSO>", "<HOSO><DSFILE>").replace("</HOSO>", "</DSFILE></HOSO>")),
        ("a prefix", usual().replace("FILEHOSO>", "x:FILEHOSO>")),
        ("spaces in tags", usual().replace("</HOSO>", "</HOSO  >").replace("<HOSO>", "<HOSO id=\"1>2\" >")),
    ];
    for (shape, hoso) in shapes {
        let (records, rejected) = both(envelope(&hoso).as_bytes());
        assert_eq!(rejected, [], "{shape}");
        let got: Vec<Vec<u8>> = records.iter().map(|r| r.content.bytes().to_vec()).collect();
        assert_eq!(got, expected, "{shape}");
    }
}

#[test]
fn every_way_to_write_the_envelope_gives_the_same_records() {
    let plain = envelope(&usual());
    let expected = names(&taken(plain.as_bytes()));
    let shapes: Vec<(&str, String)> = vec![
        ("BOM", format!("\u{feff}{plain}")),
        ("no declaration", plain.replace("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n", "")),
        (
            "namespaces",
            plain.replace(
                "<GIAMDINHHS>",
                "<GIAMDINHHS xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">",
            ),
        ),
        (
            "lower case",
            plain
                .replace("GIAMDINHHS", "giamdinhhs")
                .replace("<HOSO>", "<hoso>")
                .replace("</HOSO>", "</hoso>"),
        ),
        ("a comment with tags", plain.replace("<DANHSACHHOSO>", "<DANHSACHHOSO><!-- <HOSO> -->")),
        ("a wrong count", plain.replace("<SOLUONGHOSO>1<", "<SOLUONGHOSO>7<")),
        (
            "a signature",
            plain.replace(
                "<CHUKYDONVI/>",
                "<CHUKYDONVI><ds:Signature><a>MIIB</a></ds:Signature></CHUKYDONVI>",
            ),
        ),
        ("bare HOSO", usual()),
        ("bare HOSO with a declaration", format!("<?xml version=\"1.0\"?>\n{}\n", usual())),
    ];
    for (shape, text) in shapes {
        let (records, rejected) = both(text.as_bytes());
        assert_eq!(rejected, [], "{shape}");
        assert_eq!(names(&records), expected, "{shape}");
        assert_eq!(facility(&records[0]), Some("79999"), "{shape}");
    }
}

#[test]
fn a_table_alone_is_read() {
    assert_eq!(names(&taken(XML1.as_bytes())).len(), 9);
    let medicines = taken(format!("<?xml version=\"1.0\"?>\r\n{XML2}").as_bytes());
    assert_eq!(names(&medicines), ["MedicationRequest/LK0001.thuoc.1", "MedicationRequest/LK0001.thuoc.2"]);
    assert_eq!(json(&medicines[0])["subject"].get("reference"), None);
    assert_eq!(json(&medicines[0])["encounter"]["reference"], "Encounter/LK0001");
    let alias = XML1.replace("TONG_HOP>", "BaoHiemYTe>");
    assert_eq!(names(&taken(alias.as_bytes())).len(), 9);
}

#[test]
fn two_visits_in_one_hoso_stay_two_and_a_repeated_one_is_the_later() {
    let corrected = XML1.replace("BN77", "BN78");
    let second = other_visit(XML1, "LK0002");
    let text = envelope(&hoso(&[
        file("XML1", &base64(XML1)),
        file("XML1", &base64(&second)),
        file("XML1", &base64(&corrected)),
    ]));
    let records = taken(text.as_bytes());
    let names = names(&records);
    assert!(names.contains(&"Encounter/LK0002".to_owned()));
    assert_eq!(names.iter().filter(|n| *n == "Encounter/LK0001").count(), 1);
    assert_eq!(json(find(&records, "Encounter/LK0001"))["subject"]["reference"], "Patient/BN78");
    // Purging one visit must not take the other's part of the file.
    assert_ne!(spans(find(&records, "Encounter/LK0001")), spans(find(&records, "Encounter/LK0002")));
}

#[test]
fn a_row_of_another_visit_is_not_given_to_this_person() {
    let stray = XML2.replacen("LK0001", "LK9999", 1);
    let text = envelope(&hoso(&[file("XML1", &base64(XML1)), file("XML2", &base64(&stray))]));
    let (records, rejected) = both(text.as_bytes());
    assert!(names(&records).contains(&"MedicationRequest/LK0001.thuoc.2".to_owned()));
    assert!(!names(&records).iter().any(|n| n.contains("LK9999")));
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].at, "HOSO 1, XML2, row 1: MA_LK of another visit");
    assert!(rejected[0].span.inner.is_some());
}

#[test]
fn without_a_code_of_the_sender_the_visits_own_is_the_source() {
    let text = envelope(&usual()).replace("<MACSKCB>79999</MACSKCB>", "<MACSKCB/>");
    assert_eq!(facility(&taken(text.as_bytes())[0]), Some("79999"));
    let nobody = XML1.replace("<MA_CSKCB>79999</MA_CSKCB>", "");
    let records = taken(hoso(&[file("XML1", &base64(&nobody))]).as_bytes());
    assert_eq!(records[0].origin.source, SourceHint::Document);
}
