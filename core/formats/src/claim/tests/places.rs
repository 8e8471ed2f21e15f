//! Every record knows the stretches of the document it was made from, and these can be blanked.

use super::*;
use crate::blank::{blank, decode};

fn text_at(document: &str, span: &Span) -> String {
    let stretch = &document.as_bytes()[range((span.offset, span.length))];
    match span.inner {
        None => String::from_utf8(stretch.to_vec()).unwrap(),
        Some(inner) => String::from_utf8(decode(stretch).unwrap()[range(inner)].to_vec()).unwrap(),
    }
}

#[test]
fn records_point_to_the_elements_they_came_from_in_every_shape() {
    let bom = format!("\u{feff}{XML2}");
    let escaped = XML2.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let split = format!("<![CDATA[{}]]>", XML2.replace("]]>", "]]]]><![CDATA[>"));
    let unsplit = XML2.replace("<![CDATA[", "").replace("]]>", "");
    for (shape, content) in [
        ("base64", base64(XML2)),
        ("base64 with BOM", base64(&bom)),
        ("nested", XML2.to_owned()),
        ("CDATA", format!(" <![CDATA[{unsplit}]]> ")),
        ("CDATA in pieces", split),
        ("escaped", escaped),
    ] {
        let document = envelope(&hoso(&[file("XML1", &base64(XML1)), file("XML2", &content)]));
        let records = taken(document.as_bytes());
        let found: Vec<String> = spans(find(&records, "MedicationRequest/LK0001.thuoc.2"))
            .iter()
            .map(|s| text_at(&document, s))
            .collect();
        assert_eq!(found.len(), 1, "{shape}");
        assert!(
            found[0].starts_with("<CHI_TIET_THUOC>") || found[0].starts_with("&lt;CHI_TIET_THUOC"),
            "{shape}: {}",
            found[0]
        );
        assert!(
            found[0].ends_with("/CHI_TIET_THUOC>") || found[0].ends_with("/CHI_TIET_THUOC&gt;"),
            "{shape}"
        );
        assert!(found[0].contains("Metformin") && !found[0].contains("Amlodipin"), "{shape}");
    }
}

#[test]
fn a_diagnosis_points_to_its_fields_and_the_visit_to_the_whole_hoso() {
    let document = envelope(&usual());
    let records = taken(document.as_bytes());
    let texts = |name: &str| -> Vec<String> {
        spans(find(&records, name)).iter().map(|span| text_at(&document, span)).collect()
    };
    assert_eq!(
        texts("Condition/LK0001.benh.E11.9"),
        [
            "<MA_BENH_KT>E11.9;E78.5</MA_BENH_KT>",
            "<CHAN_DOAN_RV>I10 - Tăng huyết áp; E11.9 - Đái tháo đường týp 2; Rối loạn lipid máu</CHAN_DOAN_RV>",
            "<CHAN_DOAN_VAO>Tăng huyết áp</CHAN_DOAN_VAO>",
        ]
    );
    assert_eq!(texts("Encounter/LK0001"), [usual()]);
    assert_eq!(texts("Observation/LK0001.can-nang"), ["<CAN_NANG>61.50</CAN_NANG>"]);
}

#[test]
fn a_purged_medicine_is_gone_from_the_document_and_everything_else_reads_as_before() {
    for content in [base64(XML2), XML2.to_owned()] {
        let document = envelope(&hoso(&[file("XML1", &base64(XML1)), file("XML2", &content)]));
        let before = taken(document.as_bytes());
        let mut bytes = document.clone().into_bytes();
        for span in spans(find(&before, "MedicationRequest/LK0001.thuoc.1")) {
            assert!(blank(&mut bytes[range((span.offset, span.length))], span.inner));
        }
        assert_eq!(bytes.len(), document.len());
        let after = taken(&bytes);
        // What it cost stands in its row as well: that line of the bill is gone with it.
        let bill = "ExplanationOfBenefit/LK0001.chi-phi";
        assert_eq!(json(find(&before, bill))["item"].as_array().unwrap().len(), 2);
        assert_eq!(json(find(&after, bill))["item"].as_array().unwrap().len(), 1);
        let others = |records: &[Incoming]| -> Vec<Incoming> {
            let gone = ["LK0001.thuoc.1", "LK0001.chi-phi"];
            records.iter().filter(|r| !gone.contains(&r.origin.id.as_str())).cloned().collect()
        };
        assert!(others(&after) == others(&before));
        assert!(!hostile::decoded_everything(&bytes).contains("Amlodipin"));
    }
}

#[test]
fn a_purged_visit_leaves_the_other_visits_where_they_were() {
    let second = hoso(&[file("XML1", &base64(&other_visit(XML1, "LK0002")))]);
    let document = envelope(&format!("{}{second}", usual()));
    let before = taken(document.as_bytes());
    let mut bytes = document.into_bytes();
    let span = spans(find(&before, "Encounter/LK0001"))[0];
    assert!(blank(&mut bytes[range((span.offset, span.length))], None));
    let after = taken(&bytes);
    assert_eq!(after, before[USUAL_NAMES.len()..]);
}
