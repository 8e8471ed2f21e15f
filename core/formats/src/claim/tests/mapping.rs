//! What a visit becomes.

use super::*;

#[test]
fn a_visit_becomes_its_person_cards_diagnoses_medicines_services_and_results() {
    let records = taken(envelope(&usual()).as_bytes());
    assert_eq!(names(&records), USUAL_NAMES);
    for record in &records {
        assert_eq!(facility(record), Some("79999"));
        // 2026-01-16T00:00+07:00
        assert_eq!(record.entry.last_updated, Some(1_768_496_400_000));
        assert_eq!(record.entry.sensitivity, Sensitivity::Ordinary);
        assert_eq!(json(record)["id"], record.origin.id.as_str());
    }
}

#[test]
fn the_mapping_of_version_2_writes_these_bytes() {
    let records = taken(envelope(&usual()).as_bytes());
    let text = |name: &str| String::from_utf8(find(&records, name).content.bytes().to_vec()).unwrap();
    assert_eq!(
        text("Patient/BN77"),
        r#"{"resourceType":"Patient","id":"BN77","identifier":[{"system":"http://fhir.hl7.org.vn/core/sid/cccd","value":"001158999999"},{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}],"text":"Mã bệnh nhân"},"value":"BN77"},{"system":"http://fhir.hl7.org.vn/core/sid/bhyt","value":"GD4019900000001"},{"system":"http://fhir.hl7.org.vn/core/sid/bhyt","value":"TE1019900000002"}],"name":[{"text":"NGUYỄN THỊ MẪU"}],"gender":"female","birthDate":"1958-03-12","address":[{"text":"Thôn Mẫu & Xóm Thử"}]}"#
    );
    assert_eq!(
        text("Encounter/LK0001"),
        r#"{"resourceType":"Encounter","id":"LK0001","identifier":[{"system":"http://fhir.hl7.org.vn/core/sid/ma-lk","value":"LK0001"}],"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"type":[{"coding":[{"system":"urn:vn:qd4750:MA_LOAI_KCB","code":"05"}],"text":"Điều trị ngoại trú bệnh mạn tính dài ngày, có khám và lĩnh thuốc"}],"subject":{"reference":"Patient/BN77"},"period":{"start":"2026-01-15T08:15:00+07:00","end":"2026-02-12T23:59:00+07:00"},"hospitalization":{"dischargeDisposition":{"coding":[{"system":"urn:vn:qd4750:MA_LOAI_RV","code":"1"},{"system":"urn:vn:qd4750:KET_QUA_DTRI","code":"2"}],"text":"Ra viện, Đỡ"}},"serviceProvider":{"type":"Organization","identifier":{"system":"http://fhir.hl7.org.vn/core/sid/ma-cskcb","value":"79999"},"display":"Cơ sở y tế 79999"}}"#
    );
    assert_eq!(
        text("Condition/LK0001.benh.E11.9"),
        r#"{"resourceType":"Condition","id":"LK0001.benh.E11.9","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"encounter-diagnosis"}],"text":"Bệnh kèm theo"}],"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E11.9"}],"text":"E11.9 - Đái tháo đường týp 2"},"subject":{"reference":"Patient/BN77"},"encounter":{"reference":"Encounter/LK0001"},"recordedDate":"2026-01-15T08:15:00+07:00"}"#
    );
    assert_eq!(
        text("MedicationRequest/LK0001.thuoc.1"),
        r#"{"resourceType":"MedicationRequest","id":"LK0001.thuoc.1","status":"completed","intent":"order","medicationCodeableConcept":{"coding":[{"system":"urn:vn:qd4750:MA_THUOC","code":"40.476"}],"text":"Amlodipin 5mg"},"subject":{"reference":"Patient/BN77"},"encounter":{"reference":"Encounter/LK0001"},"authoredOn":"2026-01-15T09:00:00+07:00","requester":{"type":"Practitioner","identifier":{"system":"http://fhir.hl7.org.vn/core/sid/cchn","value":"000001/TEST-CCHN"}},"dosageInstruction":[{"text":"1 viên/lần * 1 lần/ngày * 28 ngày [1 viên/ngày]","timing":{"repeat":{"boundsDuration":{"value":28,"unit":"ngày","system":"http://unitsofmeasure.org","code":"d"},"frequency":1,"period":1,"periodUnit":"d"}},"route":{"coding":[{"system":"urn:vn:qd4750:DUONG_DUNG","code":"1.01"}],"text":"Uống"},"doseAndRate":[{"doseQuantity":{"value":1,"unit":"viên"}}]}],"dispenseRequest":{"quantity":{"value":28.000,"unit":"Viên"}}}"#
    );
    assert_eq!(
        text("Observation/LK0001.ket-qua.1"),
        r#"{"resourceType":"Observation","id":"LK0001.ket-qua.1","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"urn:vn:qd4750:MA_DICH_VU","code":"23.0075.1494"}],"text":"Glucose"},"subject":{"reference":"Patient/BN77"},"encounter":{"reference":"Encounter/LK0001"},"effectiveDateTime":"2026-01-15T09:50:00+07:00","performer":[{"type":"Organization","identifier":{"system":"http://fhir.hl7.org.vn/core/sid/ma-cskcb","value":"79999"},"display":"Cơ sở y tế 79999"}],"valueQuantity":{"value":7.20,"unit":"mmol/L"},"note":[{"text":"Tăng"}]}"#
    );
}

#[test]
fn values_that_are_no_numbers_stay_text_and_an_examination_tells_its_conclusion() {
    let records = taken(envelope(&usual()).as_bytes());
    assert_eq!(json(find(&records, "Observation/LK0001.ket-qua.2"))["valueString"], "âm tính");
    let scan = json(find(&records, "DiagnosticReport/LK0001.ket-qua.3"));
    assert_eq!(scan["conclusion"], "Bình thường");
    assert!(scan["text"]["div"].as_str().unwrap().contains("Gan không to"));
    let odd = XML4.replace("7.20", "&lt;0.010");
    let records = taken(envelope(&hoso(&[file("XML4", &base64(&odd))])).as_bytes());
    assert_eq!(json(&records[0])["valueString"], "<0.010 mmol/L");
    assert_eq!(json(&records[0]).get("valueQuantity"), None);
}

#[test]
fn each_card_keeps_its_own_dates() {
    let records = taken(envelope(&usual()).as_bytes());
    let second = json(find(&records, "Coverage/TE1019900000002"));
    assert_eq!(second["period"]["start"], "2025-01-01");
    assert_eq!(second["network"], "79998");
    let first = json(find(&records, "Coverage/GD4019900000001"));
    assert_eq!(first["period"]["end"], "2026-12-31");
}

#[test]
fn the_visit_itself_names_no_diagnosis_so_that_a_purged_one_is_gone() {
    let records = taken(envelope(&usual()).as_bytes());
    let visit = String::from_utf8(find(&records, "Encounter/LK0001").content.bytes().to_vec()).unwrap();
    for trace in ["I10", "E11", "E78", "U55", "huyết", "đường", "lipid"] {
        assert!(!visit.contains(trace), "{trace}");
    }
}

#[test]
fn a_service_whose_result_is_there_is_told_by_the_result() {
    let with = taken(envelope(&hoso(&[file("XML3", &base64(XML3)), file("XML4", &base64(XML4))])).as_bytes());
    assert!(!names(&with).contains(&"Procedure/LK0001.dich-vu.2".to_owned()));
    let without = taken(envelope(&hoso(&[file("XML3", &base64(XML3))])).as_bytes());
    assert_eq!(names(&without), ["Procedure/LK0001.dich-vu.2", "Procedure/LK0001.dich-vu.3"]);
}

#[test]
fn the_text_of_the_diagnosis_belongs_to_the_main_one_when_no_part_is_told_by_code() {
    let xml1 = XML1.replace("I10 - Tăng huyết áp; E11.9 - Đái tháo đường týp 2", "THA; ĐTĐ2");
    let records = taken(envelope(&hoso(&[file("XML1", &base64(&xml1))])).as_bytes());
    assert_eq!(
        json(find(&records, "Condition/LK0001.benh.I10"))["code"]["text"],
        "THA; ĐTĐ2; Rối loạn lipid máu"
    );
    assert_eq!(json(find(&records, "Condition/LK0001.benh.E11.9"))["code"].get("text"), None);
}

#[test]
fn an_unpaid_claim_is_older_than_the_paid_one_when_the_file_has_no_date() {
    let bare = |xml1: &str| {
        let records = taken(hoso(&[file("XML1", &base64(xml1))]).as_bytes());
        records[0].entry.last_updated.unwrap()
    };
    let unpaid = XML1.replace("202602122359", "202601151000").replace("202601151030", "");
    let paid = XML1.replace("202602122359", "202601151000");
    assert!(bare(&unpaid) < bare(&paid));
}

#[test]
fn a_restricted_diagnosis_hides_the_whole_visit_and_no_other() {
    let hidden = other_visit(XML1, "LK0002").replace(">I10<", ">F32.1<");
    let hosos = format!(
        "{}{}",
        usual(),
        hoso(&[file("XML1", &base64(&hidden)), file("XML2", &base64(&other_visit(XML2, "LK0002")))])
    );
    let records = taken(envelope(&hosos).as_bytes());
    let (of_second, of_first): (Vec<Incoming>, Vec<Incoming>) =
        records.into_iter().enumerate().partition_map(|(n, r)| (n >= USUAL_NAMES.len(), r));
    assert!(of_second.len() > 8);
    assert!(all_restricted(&of_second));
    assert!(of_first.iter().all(|r| r.entry.sensitivity == Sensitivity::Ordinary));
    // The label goes where the bytes go.
    let medicine = json(find(&of_second, "MedicationRequest/LK0002.thuoc.1"));
    assert_eq!(medicine["meta"]["security"][0]["code"], "R");
    // Who she is does not change with the visit.
    assert_eq!(of_second[0].content.bytes(), of_first[0].content.bytes());
}

/// Splits by a flag.
trait PartitionMap: Iterator<Item = (usize, Incoming)> + Sized {
    fn partition_map(
        self,
        split: impl Fn((usize, Incoming)) -> (bool, Incoming),
    ) -> (Vec<Incoming>, Vec<Incoming>) {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for item in self {
            let (flag, record) = split(item);
            if flag { yes.push(record) } else { no.push(record) }
        }
        (yes, no)
    }
}

impl<I: Iterator<Item = (usize, Incoming)>> PartitionMap for I {}

#[test]
fn forms_that_are_restricted_hide_the_visit_though_they_are_not_mapped_yet() {
    let hiv = "<CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS><DSACH><X><MA_LK>LK0001</MA_LK></X></DSACH>\
               </CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS>";
    let tb = "<CHI_TIEU_DIEUTRI_BENHLAO><DSACH_CHITIET_DIEUTRI_BENHLAO><CHITIET_DIEUTRI_BENHLAO>\
              <MA_LK>LK0001</MA_LK></CHITIET_DIEUTRI_BENHLAO></DSACH_CHITIET_DIEUTRI_BENHLAO>\
              </CHI_TIEU_DIEUTRI_BENHLAO>";
    let discharge = |ended: &str| {
        format!(
            "<CHI_TIEU_DU_LIEU_GIAY_RA_VIEN><MA_LK>LK0001</MA_LK><MA_DINH_CHI_THAI>{ended}</MA_DINH_CHI_THAI>\
             </CHI_TIEU_DU_LIEU_GIAY_RA_VIEN>"
        )
    };
    let referral = "<CHI_TIEU_GIAYCHUYENTUYEN><MA_LK>LK0001</MA_LK><MA_BENH_CHINH>B20</MA_BENH_CHINH>\
                    </CHI_TIEU_GIAYCHUYENTUYEN>";
    let with = |label: &str, inner: &str| {
        taken(envelope(&hoso(&[file("XML1", &base64(XML1)), file(label, &base64(inner))])).as_bytes())
    };
    assert!(all_restricted(&with("XML6", hiv)));
    assert!(all_restricted(&with("XML15", tb)));
    assert!(all_restricted(&with("XML7", &discharge("1"))));
    assert!(all_restricted(&with("XML13", referral)));
    // A kind of file that nobody knows yet.
    assert!(all_restricted(&with("XML99", "<MOI><MA_BENH>F32.1</MA_BENH></MOI>")));
    for (label, inner) in [
        ("XML7", discharge("0")),
        ("XML6", "<CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS/>".to_owned()),
        ("XML99", "<MOI><MA_BENH>I10</MA_BENH></MOI>".to_owned()),
    ] {
        let records = with(label, &inner);
        assert!(records.iter().all(|r| r.entry.sensitivity == Sensitivity::Ordinary), "{label}");
    }
}

const HIV: &str = "<HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS><MA_LK>LK0001</MA_LK>\
    </HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS>";

#[test]
fn what_stands_behind_a_table_in_the_same_file_is_read_and_hides_as_much() {
    let beside = |second: &str| hoso(&[file("XML1", &base64(&format!("{XML1}\r\n{second}")))]);
    let holders = |second: &str| {
        let (first, second) = (base64(XML1), base64(second));
        format!(
            "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>{first}</NOIDUNGFILE>\
             <NOIDUNGFILE>{second}</NOIDUNGFILE></FILEHOSO></HOSO>"
        )
    };
    for write in [&beside as &dyn Fn(&str) -> String, &holders] {
        let records = taken(envelope(&write(XML2)).as_bytes());
        assert!(names(&records).contains(&"MedicationRequest/LK0001.thuoc.2".to_owned()));
        assert!(records.iter().all(|record| record.entry.sensitivity == Sensitivity::Ordinary));
        assert!(all_restricted(&taken(envelope(&write(HIV)).as_bytes())));
    }
    // What follows and is cut off is not passed over.
    let (_, refused) = both(envelope(&beside(&HIV[..HIV.len() - 20])).as_bytes());
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].sensitivity, Sensitivity::Restricted);
}

#[test]
fn a_code_hides_its_visit_however_it_is_joined_to_others() {
    for joined in ["E11.9;B20", "E11.9,B20", "E11.9/B20", "E11.9 B20.1", "E11.9 + B20", "B20|E11.9", "(B20)"]
    {
        let xml1 = XML1.replace("E11.9;E78.5", joined);
        let records = taken(envelope(&hoso(&[file("XML1", &base64(&xml1))])).as_bytes());
        assert!(all_restricted(&records), "{joined}");
    }
}

#[test]
fn a_routine_test_hides_itself_and_a_medicine_hides_the_visit() {
    let tested = XML4.replace("HBsAg", "HIV Ab test nhanh");
    let records =
        taken(envelope(&hoso(&[file("XML1", &base64(XML1)), file("XML4", &base64(&tested))])).as_bytes());
    let hidden: Vec<String> = names(&records)
        .into_iter()
        .zip(&records)
        .filter(|(_, r)| r.entry.sensitivity == Sensitivity::Restricted)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(hidden, ["Observation/LK0001.ket-qua.2"]);
    let treated = XML2.replace("Amlodipin", "Dolutegravir");
    let records =
        taken(envelope(&hoso(&[file("XML1", &base64(XML1)), file("XML2", &base64(&treated))])).as_bytes());
    assert!(all_restricted(&records));
}

#[test]
fn the_same_file_twice_gives_the_same_records() {
    let bytes = envelope(&usual());
    assert!(read(bytes.as_bytes()) == read(bytes.as_bytes()));
}

#[test]
fn numbers_that_repeat_do_not_make_one_record_of_two() {
    let xml2 = XML2.replace("<STT>2</STT>", "<STT>1</STT>");
    let records = taken(envelope(&hoso(&[file("XML2", &base64(&xml2))])).as_bytes());
    assert_eq!(names(&records), ["MedicationRequest/LK0001.thuoc.1", "MedicationRequest/LK0001.thuoc.1.2"]);
}

#[test]
fn a_row_whose_number_is_what_a_repeated_one_would_get_keeps_its_own() {
    let row = |number: &str, name: &str| {
        format!(
            "<CHI_TIET_THUOC><MA_LK>LK0001</MA_LK><STT>{number}</STT><TEN_THUOC>{name}</TEN_THUOC></CHI_TIET_THUOC>"
        )
    };
    let rows = [row("1", "A"), row("1.2", "B"), row("1", "C"), row("1.2", "D")].concat();
    let xml2 = format!("<CHITIEU_CHITIET_THUOC>{rows}</CHITIEU_CHITIET_THUOC>");
    let records = taken(envelope(&hoso(&[file("XML2", &base64(&xml2))])).as_bytes());
    let ids = ["1", "1.2", "1.3", "1.2.2"].map(|id| format!("MedicationRequest/LK0001.thuoc.{id}"));
    assert_eq!(names(&records), ids);
}
