//! Files that are broken, cut off, or meant to harm.

use std::io::{self, Read};

use healthbook_model::Refusal;
use proptest::prelude::*;

use super::*;

/// All that can be read in a document: itself, and every base64 stretch in it.
pub(super) fn decoded_everything(bytes: &[u8]) -> String {
    let mut all = String::from_utf8_lossy(bytes).into_owned();
    for run in bytes.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))) {
        if let Some(text) = crate::blank::decode(run) {
            all.push_str(&String::from_utf8_lossy(&text));
        }
    }
    all
}

fn refusals(bytes: &[u8]) -> Vec<(Refusal, String)> {
    both(bytes).1.into_iter().map(|r| (r.refusal, r.at)).collect()
}

/// A good HOSO, this one, a good HOSO: the good ones must come, this one is refused for this reason.
fn stands_alone_in_its_failure(broken: &str, refusal: Refusal, at: &str) {
    let first = hoso(&[file("XML1", &base64(&other_visit(XML1, "FIRST")))]);
    let last = hoso(&[file("XML1", &base64(&other_visit(XML1, "LAST")))]);
    let document = envelope(&format!("{first}\r\n{broken}\r\n{last}"));
    let (records, rejected) = both(document.as_bytes());
    let names = names(&records);
    for visit in ["Encounter/FIRST", "Encounter/LAST"] {
        assert!(names.contains(&visit.to_owned()), "{visit} is lost beside {at}");
    }
    assert!(!names.iter().any(|n| n.contains("LK0001")), "{at}");
    assert_eq!(rejected.len(), 1, "{at}");
    assert_eq!((rejected[0].refusal, rejected[0].at.as_str()), (refusal, at));
    let stretch = &document[range((rejected[0].span.offset, rejected[0].span.length))];
    assert_eq!(stretch.trim_end(), broken.trim_end(), "{at}");
}

#[test]
fn a_hoso_that_cannot_be_read_is_refused_alone() {
    let cut = base64(XML2);
    for (broken, refusal, at) in [
        (hoso(&[file("XML1", &base64(XML1)), file("XML2", "***")]), Refusal::Malformed, "HOSO 2, XML2"),
        (hoso(&[file("XML1", &cut[..cut.len() - 7])]), Refusal::Malformed, "HOSO 2, XML1"),
        (
            hoso(&[file("XML1", &base64("<TONG_HOP><MA_LK>LK0001</MA_LK>"))]),
            Refusal::Truncated,
            "HOSO 2, XML1",
        ),
        (
            hoso(&[file("XML1", &base64("<TONG_HOP><MA_LK>LK0001</TONG_HOP>"))]),
            Refusal::Malformed,
            "HOSO 2, XML1",
        ),
        (hoso(&[file("XML1", "<TONG_HOP><MA_LK>LK0001</TONG_HOP>")]), Refusal::Malformed, "HOSO 2"),
        (
            hoso(&[file("XML1", "<TONG_HOP><HO_TEN><![CDATA[A</HO_TEN></TONG_HOP>")]),
            Refusal::Malformed,
            "HOSO 2",
        ),
        (hoso(&[file("XML1", "<TONG_HOP><!-- <HO_TEN>A</HO_TEN></TONG_HOP>")]), Refusal::Malformed, "HOSO 2"),
        (
            hoso(&[file("XML1", "<TONG_HOP a=\"><MA_LK>LK0001</MA_LK></TONG_HOP>")]),
            Refusal::Malformed,
            "HOSO 2",
        ),
        ("<HOSO></HOSO>".to_owned(), Refusal::NotTheFormat, "HOSO 2"),
        (
            hoso(&[file("XML1", &base64("<TONG_HOP><HO_TEN>A</HO_TEN></TONG_HOP>"))]),
            Refusal::NotTheFormat,
            "HOSO 2",
        ),
        ("<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO>".to_owned(), Refusal::Truncated, "HOSO 2"),
        (hoso(&[file("XML1", "<TONG_HOP><MA_LK>&ma;</MA_LK></TONG_HOP>")]), Refusal::Forbidden, "HOSO 2"),
        (
            hoso(&[file(
                "XML1",
                &base64("<!DOCTYPE a [<!ENTITY b \"c\">]><TONG_HOP><MA_LK>&b;</MA_LK></TONG_HOP>"),
            )]),
            Refusal::Forbidden,
            "HOSO 2, XML1",
        ),
        (hoso(&[file("XML1", &base64(&laughs("TONG_HOP")))]), Refusal::Forbidden, "HOSO 2, XML1"),
        (
            hoso(&[file("XML1", &laughs("TONG_HOP").replace('<', "&lt;").replace("&lol", "&amp;lol"))]),
            Refusal::Forbidden,
            "HOSO 2, XML1",
        ),
        (
            hoso(&[file("XML1", &format!("<![CDATA[{}]]>", laughs("TONG_HOP")))]),
            Refusal::Forbidden,
            "HOSO 2, XML1",
        ),
        (hoso(&[file("XML1", &format!("{}=x", base64(XML1)))]), Refusal::Malformed, "HOSO 2, XML1"),
        ("<HOSO>\r\n  </HOSO>".to_owned(), Refusal::NotTheFormat, "HOSO 2"),
        ("<HOSO><FILEHOSO/></HOSO>".to_owned(), Refusal::NotTheFormat, "HOSO 2"),
        (
            hoso(&[file(
                "XML1",
                &BASE64.encode(&XML1.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
            )]),
            Refusal::Encoding,
            "HOSO 2, XML1",
        ),
        (
            hoso(&[file("XML1", &base64(&format!("{}{}", "<A>".repeat(300), "</A>".repeat(300))))]),
            Refusal::TooLarge,
            "HOSO 2, XML1",
        ),
    ] {
        stands_alone_in_its_failure(&broken, refusal, at);
    }
}

#[test]
fn what_is_swallowed_by_a_comment_without_an_end_is_kept_aside_with_its_place() {
    let swallowed = hoso(&[file("XML1", &base64(&XML1.replace(">I10<", ">B20<")))]);
    for opens in ["<!-- ", "<![CDATA[", "<?x "] {
        let text = envelope(&format!("{}{opens}{swallowed}", usual()));
        let (records, rejected) = both(text.as_bytes());
        assert_eq!(records.len(), USUAL_NAMES.len(), "{opens}");
        assert_eq!(rejected.len(), 1, "{opens}");
        assert_eq!(rejected[0].refusal, Refusal::Truncated);
        assert_eq!(
            &text[range((rejected[0].span.offset, rejected[0].span.length))],
            &text[text.find(opens).unwrap()..]
        );
        assert_eq!(rejected[0].sensitivity, Sensitivity::Restricted, "{opens}");
    }
}

#[test]
fn bytes_that_are_not_utf8_refuse_their_hoso_alone() {
    let mut bytes = envelope(&format!("<HOSO>\u{1}</HOSO>{}", usual())).into_bytes();
    let at = bytes.iter().position(|b| *b == 1).unwrap();
    bytes[at] = 0xd0;
    let (records, rejected) = both(&bytes);
    assert_eq!(records.len(), USUAL_NAMES.len());
    assert_eq!((rejected[0].refusal, rejected[0].at.as_str()), (Refusal::Encoding, "HOSO 1"));
}

#[test]
fn quarantine_hides_what_was_restricted_and_only_that() {
    let hidden = XML1.replace(">I10<", ">F32.1<");
    for (xml1, expected) in [(hidden.as_str(), Sensitivity::Restricted), (XML1, Sensitivity::Ordinary)] {
        let text = envelope(&hoso(&[file("XML1", &base64(xml1)), file("XML2", "***")]));
        let rejected = both(text.as_bytes()).1;
        assert_eq!(rejected[0].sensitivity, expected);
    }
    let text = envelope(&hoso(&[file("XML6", "***")]));
    assert_eq!(both(text.as_bytes()).1[0].sensitivity, Sensitivity::Restricted);
}

/// A billion laughs in an element of this name.
fn laughs(name: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">{}]><{name}>&lol9;</{name}>",
        (1..10)
            .map(|n| format!("<!ENTITY lol{n} \"{}\">", format!("&lol{};", n - 1).repeat(10)))
            .collect::<String>()
    )
}

#[test]
fn entities_and_document_types_are_refused_before_anything_grows() {
    assert_eq!(refusals(laughs("GIAMDINHHS").as_bytes()), [(Refusal::Forbidden, "the file".to_owned())]);
    let outside = "<!DOCTYPE GIAMDINHHS SYSTEM \"file:///etc/passwd\"><GIAMDINHHS/>";
    let (_, rejected) = both(outside.as_bytes());
    assert_eq!(rejected[0].span, Span::plain(0, outside.len() as u64));
}

#[test]
fn utf16_refuses_the_document() {
    let text = envelope(&usual());
    for (bom, little) in [(true, true), (true, false), (false, true), (false, false)] {
        let mark = if bom { "\u{feff}" } else { "" };
        let bytes: Vec<u8> = format!("{mark}{text}")
            .encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect();
        let (records, rejected) = both(&bytes);
        assert_eq!(records, []);
        assert_eq!(rejected[0].refusal, Refusal::Encoding);
        assert_eq!(rejected[0].span, Span::plain(0, bytes.len() as u64));
    }
}

#[test]
fn what_is_no_claim_file_is_said_to_be_none() {
    for text in ["", "   ", "hello", "{\"resourceType\":\"Patient\"}"] {
        assert_eq!(refusals(text.as_bytes()), [(Refusal::NotTheFormat, "the file".to_owned())], "{text}");
    }
    assert_eq!(refusals(envelope("").as_bytes()), []);
    assert_eq!(refusals(b"<GIAMDINHHS>"), [(Refusal::Truncated, "after HOSO 0".to_owned())]);
}

#[test]
fn a_file_cut_off_anywhere_gives_what_was_whole_and_says_that_it_ends_too_early() {
    let first = hoso(&[file("XML1", &base64(&other_visit(XML1, "FIRST")))]);
    let text = envelope(&format!("{first}{}", usual()));
    let first_ends = text.find("</HOSO>").unwrap() + "</HOSO>".len();
    for end in (0..text.len()).step_by(23).chain(text.len() - 40..text.len()) {
        let (records, rejected) = both(&text.as_bytes()[..end]);
        assert!(!rejected.is_empty(), "cut at {end}, nothing is said");
        let whole = names(&records).contains(&"Encounter/FIRST".to_owned());
        assert_eq!(whole, end >= first_ends, "cut at {end}");
        for stretch in rejected {
            assert!(stretch.span.offset + stretch.span.length <= end as u64, "cut at {end}");
        }
    }
}

#[test]
fn limits_hold() {
    let limits = Limits { resource_bytes: 4096, records: 12, ..Limits::default() };
    let small = hoso(&[file("XML1", &base64(&XML1[..0])), file("XML2", XML2)]);
    assert!(small.len() < 4096);
    let large = hoso(&[file("XML1", &"QUJD".repeat(100_000))]);
    let text = envelope(&format!("{small}{large}{}", small.replace("LK0001", "LK0002")));
    let items: Vec<Item> = records(Box::new(text.as_bytes()), limits).map(Result::unwrap).collect();
    let rejected: Vec<&Rejected> = items
        .iter()
        .filter_map(|item| match item {
            Item::Rejected(rejected) => Some(rejected),
            Item::Record(_) => None,
        })
        .collect();
    assert_eq!(items.len(), 5);
    assert_eq!((rejected[0].refusal, rejected[0].at.as_str()), (Refusal::TooLarge, "HOSO 2"));
    assert_eq!(&text[range((rejected[0].span.offset, rejected[0].span.length))], large);

    let many = envelope(&small.repeat(40));
    let items: Vec<Item> = records(Box::new(many.as_bytes()), limits).map(Result::unwrap).collect();
    assert_eq!(items.len(), 13);
    assert!(matches!(items.last(), Some(Item::Rejected(r)) if r.refusal == Refusal::TooLarge));

    let deep = format!("<GIAMDINHHS>{}", "<A>".repeat(100_000));
    assert_eq!(refusals(deep.as_bytes())[0].0, Refusal::TooLarge);
    let endless = format!("<GIAMDINHHS a=\"{}", "x".repeat(200_000));
    assert_eq!(refusals(endless.as_bytes())[0].0, Refusal::Malformed);
}

/// Gives a byte at a time, then fails.
struct Drip<'a>(&'a [u8], bool);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (self.0, self.1) {
            ([first, rest @ ..], _) => {
                buffer[0] = *first;
                self.0 = rest;
                Ok(1)
            }
            ([], true) => Err(io::Error::other("pulled out")),
            ([], false) => Ok(0),
        }
    }
}

#[test]
fn how_the_bytes_arrive_makes_no_difference_and_a_failing_reader_is_told() {
    let text = envelope(&format!("{}{}", usual(), other_visit(&hoso(&[file("XML1", XML1)]), "LK0002")));
    let dripped: Vec<Item> =
        records(Box::new(Drip(text.as_bytes(), false)), Limits::default()).collect::<Result<_, _>>().unwrap();
    assert!(dripped == read(text.as_bytes()));
    let mut failing = records(Box::new(Drip(&text.as_bytes()[..900], true)), Limits::default());
    assert!(failing.any(|item| item.is_err()));
    assert!(failing.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read(&bytes);
        let mut inside = b"<GIAMDINHHS><HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>".to_vec();
        inside.extend_from_slice(&bytes);
        read(&inside);
        inside.extend_from_slice(b"</NOIDUNGFILE></FILEHOSO></HOSO>");
        read(&inside);
    }

    #[test]
    fn any_markup_is_survived(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "<HOSO>", "</HOSO>", "<FILEHOSO>", "</FILEHOSO>", "<LOAIHOSO>", "XML1", "</LOAIHOSO>",
                "<NOIDUNGFILE>", "</NOIDUNGFILE>", "<TONG_HOP>", "</TONG_HOP>", "<MA_LK>", "1", "</MA_LK>",
                "<![CDATA[", "]]>", "<!--", "-->", "&lt;", "&amp;", "&#13;", "&x;", "<", ">", "\"", "</", "/>",
                "<GIAMDINHHS>", "</GIAMDINHHS>", "PFRPTkdfSE9QPg==", " ", "đ", "<MA_BENH_CHINH>", "I10;F32",
                "</MA_BENH_CHINH>", "\u{feff}", "<?xml ?>", "<CHI_TIET_THUOC>", "<TEN_THUOC>a</TEN_THUOC>",
                "</CHI_TIET_THUOC>", "</DANHSACHHOSO>",
            ]),
            0..40,
        )
    ) {
        let text = parts.concat();
        let length = text.len() as u64;
        for item in read(text.as_bytes()) {
            let stretches = match item {
                Item::Rejected(rejected) => vec![rejected.span],
                Item::Record(record) => spans(&record).to_vec(),
            };
            for span in stretches {
                prop_assert!(span.offset + span.length <= length);
            }
        }
    }

    #[test]
    fn a_flipped_byte_never_breaks_the_reader(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = envelope(&usual()).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        read(&bytes);
    }
}

#[test]
fn a_field_of_more_codes_than_anybody_writes_refuses_its_hoso_alone() {
    let with = |field: &str, value: &str| {
        let row = format!("<TONG_HOP><MA_LK>LK0001</MA_LK><{field}>{value}</{field}></TONG_HOP>");
        hoso(&[file("XML1", &base64(&row))])
    };
    for (field, item) in [
        ("MA_BENH_KT", "E11.9;"),
        ("MA_BENH_KT", "E11.9,"),
        ("MA_THE_BHYT", "GD4019900000001;"),
        ("NGAY_TAI_KHAM", "20260212;"),
        ("MA_KHOA", "K01;"),
        ("ma_benh_kt", "E11.9;"),
    ] {
        stands_alone_in_its_failure(&with(field, &item.repeat(2_000)), Refusal::TooLarge, "HOSO 2, XML1");
    }
    // Words may be as long as a stay; and codes that are written twice are told once.
    let (records, rejected) = both(envelope(&with("MA_BENH_KT", &"E11.9;".repeat(400))).as_bytes());
    assert!(rejected.is_empty());
    assert_eq!(names(&records).iter().filter(|name| name.starts_with("Condition/")).count(), 1);
    let long = "Đau ngực; khó thở, ".repeat(10_000);
    assert!(both(envelope(&with("CHAN_DOAN_RV", &long)).as_bytes()).1.is_empty());
}

#[test]
fn a_note_of_thousands_of_vital_signs_makes_no_more_records_than_a_nurse_could_measure() {
    let note = format!("<DIEN_BIEN_LS>{}</DIEN_BIEN_LS>", "CSST&lt;M75&gt; ".repeat(5_000));
    let row = table::nested("XML5", &format!("<MA_LK>LK0001</MA_LK>{note}"));
    let records = taken(envelope(&hoso(&[file("XML5", &base64(&row))])).as_bytes());
    let names = names(&records);
    assert_eq!(names.iter().filter(|name| name.starts_with("Observation/")).count(), 500);
    assert_eq!(names.iter().filter(|name| name.starts_with("Composition/")).count(), 1);
}

#[test]
fn a_bill_of_more_lines_than_one_record_may_hold_is_refused_alone() {
    let places = "K01;".repeat(480);
    let rows: String = (1..=320)
        .map(|n| {
            format!(
                "<CHI_TIET_THUOC><MA_LK>LK0001</MA_LK><STT>{n}</STT><TEN_THUOC>Thuốc</TEN_THUOC><MA_KHOA>{places}</MA_KHOA>\
                 </CHI_TIET_THUOC>"
            )
        })
        .collect();
    let medicines = table::nested("XML2", &rows);
    let text = envelope(&hoso(&[file("XML1", &base64(XML1)), file("XML2", &base64(&medicines))]));
    let (records, rejected) = both(text.as_bytes());
    assert_eq!(names(&records).iter().filter(|name| name.starts_with("MedicationRequest/")).count(), 320);
    assert_eq!(rejected.len(), 1);
    assert_eq!((rejected[0].refusal, rejected[0].at.as_str()), (Refusal::TooLarge, "HOSO 1, XML1, row 1"));
}

#[test]
fn codes_of_many_rows_together_are_bounded_as_elements_are() {
    let limits = Limits { values: 3_000, ..Limits::default() };
    let doctors: String = (0..400).map(|n| format!("A{n};")).collect();
    let claim = |rows: u32| {
        let row = |n| {
            format!(
                "<CHI_TIET_THUOC><MA_LK>LK0001</MA_LK><STT>{n}</STT><TEN_THUOC>Thuốc</TEN_THUOC><MA_BAC_SI>{doctors}</MA_BAC_SI></CHI_TIET_THUOC>"
            )
        };
        let rows: String = (0..rows).map(row).collect();
        let table = format!("<CHITIEU_CHITIET_THUOC>{rows}</CHITIEU_CHITIET_THUOC>");
        let text = envelope(&hoso(&[file("XML2", &base64(&table))]));
        records(Box::new(text.as_bytes()), limits).map(Result::unwrap).collect::<Vec<Item>>()
    };
    assert_eq!(claim(6).iter().filter(|item| matches!(item, Item::Record(_))).count(), 6);
    let refused = claim(8);
    assert!(
        matches!(refused.as_slice(), [Item::Rejected(r)] if r.refusal == Refusal::TooLarge),
        "{refused:?}"
    );
}
