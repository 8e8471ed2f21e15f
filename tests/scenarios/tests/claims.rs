//! Claims of Vietnamese health insurance: one visit stays one visit however often it is sent, and its papers read as papers.

use healthbook::{Book, Item, Kind, Lang, Query, Reading, RemapReport};
use healthbook_scenarios::pages::meddle;
use healthbook_scenarios::*;

const PERSON: &str = "<MA_BN>BN77</MA_BN><HO_TEN>NGUYỄN THỊ MẪU</HO_TEN><SO_CCCD>001158999999</SO_CCCD>\
    <NGAY_SINH>195803120000</NGAY_SINH><GIOI_TINH>2</GIOI_TINH><MA_THE_BHYT>GD4019900000001</MA_THE_BHYT>\
    <MA_CSKCB>79999</MA_CSKCB>";

/// XML0, which goes alone.
fn check_in() -> String {
    format!(
        "<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB><TRANG_THAI_KCB><MA_LK>LK9</MA_LK><STT>1</STT>{PERSON}\
         <NGAY_VAO>202601150815</NGAY_VAO><MA_LOAI_KCB>03</MA_LOAI_KCB><NGAY_YL>202601150830</NGAY_YL>\
         </TRANG_THAI_KCB></DSACH_TRANG_THAI_KCB></CHI_TIEU_TRANG_THAI_KCB>"
    )
}

/// XML1 with what differs from one sending to the next.
fn summary(more: &str) -> (String, String) {
    let row = format!(
        "<TONG_HOP><MA_LK>LK9</MA_LK>{PERSON}<MA_LOAI_KCB>03</MA_LOAI_KCB><NGAY_VAO>202601150815</NGAY_VAO>\
         <NGAY_RA>202601151030</NGAY_RA><MA_BENH_CHINH>I10</MA_BENH_CHINH><T_TONGCHI_BV>150000.50</T_TONGCHI_BV>{more}\
         </TONG_HOP>"
    );
    ("XML1".into(), row)
}

fn claim(made: &str, tables: Vec<(String, String)>) -> String {
    healthbook_scenarios::claim::file(made, &[tables])
}

fn of_kind(book: &Book, kind: Kind) -> Vec<Item> {
    book.timeline(ALL, &Query { kinds: vec![kind], ..Query::default() }, None, 100).unwrap().items
}

fn said(book: &Book, item: &Item, lang: Lang) -> String {
    let view = book.show(Reading { lang, ..ALL }, item.id).unwrap();
    let mut out = format!("{}\n", view.title);
    for section in view.sections {
        out.push_str(&format!("# {}\n", section.title.unwrap_or_default()));
        for row in section.rows {
            out.push_str(&format!("{}: {}\n", row.label, row.value));
        }
    }
    out
}

#[test]
fn a_visit_sent_at_check_in_as_a_claim_and_corrected_is_one_visit_in_any_order() {
    let files = [
        check_in(),
        // On the day itself, before it is paid, then paid; then a correction.
        claim("20260115", vec![summary("<KET_QUA_DTRI>7</KET_QUA_DTRI>")]),
        claim(
            "20260115",
            vec![summary("<KET_QUA_DTRI>2</KET_QUA_DTRI><NGAY_TTOAN>202601151100</NGAY_TTOAN>")],
        ),
        claim(
            "20260120",
            vec![summary("<KET_QUA_DTRI>1</KET_QUA_DTRI><NGAY_TTOAN>202601151100</NGAY_TTOAN>")],
        ),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let (_shelf, book) = Shelf::new();
        for n in order {
            let report = import(&book, &files[n]);
            assert_eq!((report.quarantined, report.not_confirmed), (0, 0), "{order:?}");
        }
        let visits = of_kind(&book, Kind::Visit);
        assert_eq!(visits.len(), 1, "{order:?}");
        assert_eq!(book.versions(ALL, visits[0].id).unwrap().len(), 4, "{order:?}");
        let words = said(&book, &visits[0], Lang::Vi);
        assert!(words.contains("Ra viện") || words.contains("Khỏi"), "{order:?}: {words}");
        assert!(!words.contains("Đỡ") && !words.contains("Chưa xác định"), "{order:?}: {words}");
        assert_eq!(of_kind(&book, Kind::Claim).len(), 1, "{order:?}");
        assert_eq!(book.verify(&mut ()).unwrap(), [], "{order:?}");
    }
}

#[test]
fn a_check_in_is_a_visit_until_its_claim_comes() {
    let (_shelf, book) = Shelf::new();
    import(&book, check_in());
    let visits = of_kind(&book, Kind::Visit);
    assert_eq!(visits.len(), 1);
    assert_eq!(visits[0].title, "Điều trị nội trú");
    assert!(String::from_utf8(book.raw(ALL, visits[0].id).unwrap()).unwrap().contains("\"arrived\""));
    import(&book, claim("20260116", vec![summary("")]));
    let after = of_kind(&book, Kind::Visit);
    assert_eq!((after.len(), after[0].id), (1, visits[0].id));
    assert!(String::from_utf8(book.raw(ALL, after[0].id).unwrap()).unwrap().contains("\"finished\""));
}

#[test]
fn papers_read_as_papers_and_are_found_by_their_words() {
    let tables = vec![
        summary(""),
        (
            "XML7".into(),
            "<CHI_TIEU_DU_LIEU_GIAY_RA_VIEN><MA_LK>LK9</MA_LK><SO_LUU_TRU>12/26</SO_LUU_TRU>\
             <NGAY_VAO>202601150815</NGAY_VAO><CHAN_DOAN_RV>Tăng huyết áp &lt;độ 2&gt;</CHAN_DOAN_RV>\
             <GHI_CHU>Kiêng mặn</GHI_CHU><TEN_BS>Trần Văn Thử</TEN_BS><NGAY_CT>20260115</NGAY_CT>\
             </CHI_TIEU_DU_LIEU_GIAY_RA_VIEN>"
                .into(),
        ),
        (
            "XML13".into(),
            "<CHI_TIEU_GIAYCHUYENTUYEN><MA_LK>LK9</MA_LK><GIAY_CHUYEN_TUYEN>7/2026</GIAY_CHUYEN_TUYEN>\
             <MA_CSKCB_DEN>79998</MA_CSKCB_DEN><NGAY_RA>202601151030</NGAY_RA><MA_LYDO_CT>1</MA_LYDO_CT>\
             <CHAN_DOAN_RV>Tăng huyết áp</CHAN_DOAN_RV><HUONG_DIEU_TRI>Can thiệp mạch vành</HUONG_DIEU_TRI>\
             </CHI_TIEU_GIAYCHUYENTUYEN>"
                .into(),
        ),
        (
            "XML14".into(),
            "<CHI_TIEU_GIAYHEN_KHAMLAI><MA_LK>LK9</MA_LK><SO_GIAYHEN_KL>123/2026</SO_GIAYHEN_KL>\
             <MA_CSKCB>79999</MA_CSKCB><NGAY_HEN_KL>20260212</NGAY_HEN_KL><CHAN_DOAN_RV>Tăng huyết áp</CHAN_DOAN_RV>\
             </CHI_TIEU_GIAYHEN_KHAMLAI>"
                .into(),
        ),
    ];
    let (_shelf, book) = Shelf::new();
    let file = claim("20260116", tables);
    import(&book, &file);
    for (kind, title, words) in [
        (
            Kind::Document,
            "Giấy ra viện",
            vec!["Tăng huyết áp <độ 2>", "Ghi chú: Kiêng mặn", "08:15 15/01/2026", "Trần Văn Thử"],
        ),
        (
            Kind::Request,
            "Giấy chuyển tuyến",
            vec!["7/2026", "Cơ sở y tế 79998", "Can thiệp mạch vành", "Tăng huyết áp"],
        ),
        (Kind::Appointment, "Giấy hẹn khám lại", vec!["123/2026", "Cơ sở y tế 79999", "12/02/2026"]),
    ] {
        let items = of_kind(&book, kind);
        assert_eq!(items.len(), 1, "{title}");
        assert_eq!(items[0].title, title);
        for lang in [Lang::Vi, Lang::En] {
            let told = said(&book, &items[0], lang);
            for word in words.iter().filter(|word| lang == Lang::Vi || !word.contains('/')) {
                // The label is the book's own, what it says is the file's.
                let word = match lang {
                    Lang::Vi => (*word).to_owned(),
                    Lang::En => word.replace("Ghi chú: ", "Note: "),
                };
                assert!(told.contains(&word), "{word} is missing in {title}:\n{told}");
            }
        }
    }
    let appointment = &of_kind(&book, Kind::Appointment)[0];
    assert!(appointment.start.as_deref().is_some_and(|at| at.starts_with("2026-02-12")));
    let found = book.search(ALL, "kieng man", 10).unwrap();
    assert_eq!(found.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(), ["Giấy ra viện"]);
    // The same file again, and the same content written in another way.
    let report = import(&book, &file);
    assert_eq!((report.new, report.new_versions, report.documents), (0, 0, 0));
    let count = everything(&book, ALL).len();
    let report = import(&book, file.replace("<SOLUONGHOSO>1<", "<SOLUONGHOSO>9<"));
    assert_eq!((report.new, report.new_versions, report.quarantined), (0, 0, 0));
    assert_eq!(everything(&book, ALL).len(), count);
    // What a visit brought goes with it: its papers, its bill, the appointment.
    book.purge(ALL, of_kind(&book, Kind::Visit)[0].id).unwrap();
    let left = everything(&book, ALL);
    assert!(left.iter().all(|item| matches!(item.kind, Kind::Person | Kind::Coverage)), "{left:#?}");
    assert!(book.search(ALL, "kieng man", 10).unwrap().is_empty());
}

#[test]
fn forms_of_hiv_and_tuberculosis_show_nothing_until_they_are_asked_for() {
    let tuberculosis = "<CHI_TIEU_DIEUTRI_BENHLAO><DSACH_CHITIET_DIEUTRI_BENHLAO><CHITIET_DIEUTRI_BENHLAO>\
        <MA_LK>LK9</MA_LK><PHANLOAI_LAO_VITRI>1</PHANLOAI_LAO_VITRI></CHITIET_DIEUTRI_BENHLAO>\
        </DSACH_CHITIET_DIEUTRI_BENHLAO></CHI_TIEU_DIEUTRI_BENHLAO>";
    let (_shelf, book) = Shelf::new();
    import(&book, claim("20260116", vec![summary(""), ("XML15".into(), tuberculosis.into())]));
    let documents = of_kind(&book, Kind::Document);
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0].title, "Hồ sơ điều trị bệnh lao");
    let told = said(&book, &documents[0], Lang::Vi);
    assert!(told.contains("Theo vị trí: Lao phổi"), "{told}");

    assert!(everything(&book, ORDINARY).iter().all(|item| item.resource_type == "Patient"));
    assert!(book.search(ORDINARY, "lao", 10).unwrap().is_empty());
}

#[test]
fn a_better_mapping_makes_versions_only_where_something_changed() {
    let (shelf, book) = Shelf::new();
    import(
        &book,
        claim("20260116", vec![summary("<CAN_NANG>61.5</CAN_NANG><NGAY_TAI_KHAM>20260212</NGAY_TAI_KHAM>")]),
    );
    let visit = of_kind(&book, Kind::Visit)[0].id;
    let diagnosis = of_kind(&book, Kind::Condition)[0].id;
    let appointment = of_kind(&book, Kind::Appointment)[0].id;
    assert_eq!(book.remap(ALL, &mut ()).unwrap().documents, 0, "nothing is older than this program");
    let before = everything(&book, ALL);
    book.lock().unwrap();
    {
        // As a program before this one would have left it: another Encounter and Condition, an appointment by another id.
        let db = meddle(&shelf);
        db.execute("UPDATE version SET mapping = 1 WHERE mapping IS NOT NULL", []).unwrap();
        for kind in ["Encounter", "Condition"] {
            let older = "UPDATE version SET hash = zeroblob(32) WHERE mapping = 1
                AND record IN (SELECT id FROM record WHERE type = ?1)";
            db.execute(older, [kind]).unwrap();
        }
        db.execute("UPDATE record SET origin = 'LK9.hen' WHERE type = 'Appointment'", []).unwrap();
    }
    let book = shelf.open().unwrap();
    assert_eq!(book.remap(ALL, &mut ()).unwrap().documents, 1);
    assert_eq!(book.versions(ALL, visit).unwrap().len(), 2);
    assert_eq!(of_kind(&book, Kind::Visit).len(), 1);
    let after = everything(&book, ALL);
    for item in &before {
        if ![visit, diagnosis, appointment].contains(&item.id) {
            assert_eq!(book.versions(ALL, item.id).unwrap().len(), 1, "{item:?}");
            assert!(after.contains(item), "{item:?}");
        }
    }
    assert_eq!(book.versions(ALL, diagnosis).unwrap().len(), 2);
    // What is made no more is not beside what is made instead.
    let withdrawn = book.versions(ALL, appointment).unwrap();
    assert_eq!(withdrawn.len(), 2);
    assert!(withdrawn[1].length.is_none() && withdrawn[1].is_head);
    assert!(!withdrawn[1].own, "nothing looks as if the person had deleted it");
    let appointments: Vec<_> = of_kind(&book, Kind::Appointment).into_iter().map(|item| item.id).collect();
    assert!(appointments.len() == 1 && appointments[0] != appointment);
    assert_eq!(book.remap(ALL, &mut ()).unwrap().documents, 0, "once is enough");
}

/// As if an older program had read every document otherwise: all hashes of a type are other ones.
fn read_otherwise(shelf: &Shelf, kind: &str) {
    let db = meddle(shelf);
    db.execute("UPDATE version SET mapping = 1 WHERE mapping IS NOT NULL", []).unwrap();
    let older = "UPDATE version SET hash = CAST(hash || 'older' AS BLOB) WHERE mapping = 1
        AND record IN (SELECT id FROM record WHERE type = ?1)";
    db.execute(older, [kind]).unwrap();
}

#[test]
fn what_a_person_deleted_or_edited_does_not_come_back_by_a_better_mapping() {
    let (shelf, book) = Shelf::new();
    let more = "<MA_BENH_KT>E11.9</MA_BENH_KT>";
    import(&book, claim("20260116", vec![summary(more)]));
    let conditions = of_kind(&book, Kind::Condition);
    let (gone, kept) = (conditions[0].id, conditions[1].id);
    book.delete(ALL, gone).unwrap();
    book.lock().unwrap();
    read_otherwise(&shelf, "Condition");
    let book = shelf.open().unwrap();
    let report = book.remap(ALL, &mut ()).unwrap();
    assert_eq!((report.documents, report.new, report.new_versions, report.withdrawn), (1, 0, 2, 0));
    let left = of_kind(&book, Kind::Condition);
    assert_eq!(left.iter().map(|item| (item.id, item.heads)).collect::<Vec<_>>(), [(kept, 1)]);
    let states = book.versions(ALL, gone).unwrap();
    let heads: Vec<u32> = states.iter().filter(|state| state.is_head).map(|state| state.n).collect();
    assert_eq!(
        (states.len(), heads),
        (3, vec![2]),
        "the deletion is the present, and what is read now is in the history"
    );
    // What was meddled with has hashes that fit nothing.
    assert!(book.verify(&mut ()).unwrap().iter().all(|problem| problem.what == "bytes"));
    book.restore(ALL, gone).unwrap();
    assert_eq!(of_kind(&book, Kind::Condition).len(), 2);
}

#[test]
fn documents_that_rank_alike_keep_their_order_when_they_are_read_again() {
    let result =
        |word: &str| claim("20260116", vec![summary(&format!("<KET_QUA_DTRI>{word}</KET_QUA_DTRI>"))]);
    let (shelf, book) = Shelf::new();
    import(&book, result("2"));
    import(&book, result("3"));
    let visit = of_kind(&book, Kind::Visit)[0].id;
    let told = |book: &Book| said(book, &of_kind(book, Kind::Visit)[0], Lang::Vi);
    assert!(told(&book).contains("Không thay đổi"), "what came later is the present");
    book.lock().unwrap();
    // Of one alone there is something to read again.
    let db = meddle(&shelf);
    let first = "UPDATE version SET mapping = 1, hash = CAST(hash || 'older' AS BLOB)
        WHERE mapping IS NOT NULL AND document = (SELECT min(id) FROM document)";
    db.execute(first, []).unwrap();
    drop(db);
    let book = shelf.open().unwrap();
    assert_eq!(book.remap(ALL, &mut ()).unwrap().documents, 1);
    assert_eq!(book.versions(ALL, visit).unwrap().len(), 3);
    assert!(told(&book).contains("Không thay đổi"), "{}", told(&book));
    assert_eq!(of_kind(&book, Kind::Visit).len(), 1);
    assert_eq!(of_kind(&book, Kind::Visit)[0].heads, 1);
}

#[test]
fn what_is_counted_when_documents_are_read_again_tells_nothing_of_what_is_restricted() {
    let (shelf, book) = Shelf::new();
    let (label, xml) = healthbook_scenarios::claim::hiv_form("LK9");
    import(&book, claim("20260116", vec![summary(""), (label, xml)]));
    let diagnosis = of_kind(&book, Kind::Condition)[0].id;
    book.lock().unwrap();
    read_otherwise(&shelf, "Encounter");
    // And what is made no more.
    let renamed = "UPDATE record SET origin = origin || '.older' WHERE type = 'Condition'";
    meddle(&shelf).execute(renamed, []).unwrap();
    let book = shelf.open().unwrap();
    let report = book.remap(ORDINARY, &mut ()).unwrap();
    assert_eq!(report, RemapReport::default(), "neither the document nor what it holds");
    assert!(
        book.versions(ALL, diagnosis).unwrap().iter().any(|state| state.length.is_none()),
        "one was withdrawn"
    );
}

#[test]
fn what_cannot_be_read_any_more_is_not_taken_for_withdrawn() {
    let (shelf, book) = Shelf::new();
    import(&book, claim("20260116", vec![summary("")]));
    let before: Vec<_> = everything(&book, ALL).into_iter().map(|item| item.id).collect();
    assert!(of_kind(&book, Kind::Visit).len() == 1 && of_kind(&book, Kind::Condition).len() == 1);
    book.lock().unwrap();
    {
        let db = meddle(&shelf);
        db.execute("UPDATE version SET mapping = 1 WHERE mapping IS NOT NULL", []).unwrap();
        // The bytes of the form, which this program does not understand.
        let (chunk, mut bytes): (i64, Vec<u8>) = db
            .query_row(
                "SELECT c.id, c.bytes FROM chunk c JOIN document d ON c.id >> 20 = d.blob
                 WHERE instr(c.bytes, CAST('<NOIDUNGFILE>' AS BLOB)) > 0",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        let form = memchr::memmem::find(&bytes, b"<NOIDUNGFILE>").unwrap() + b"<NOIDUNGFILE>".len();
        bytes[form..form + 40].fill(b'!');
        db.execute("UPDATE chunk SET bytes = ?2 WHERE id = ?1", (chunk, bytes)).unwrap();
    }
    let book = shelf.open().unwrap();
    let report = book.remap(ALL, &mut ()).unwrap();
    assert_eq!((report.documents, report.withdrawn), (1, 0));
    let after: Vec<_> = everything(&book, ALL).into_iter().map(|item| item.id).collect();
    assert_eq!(after, before);
    assert_eq!(quarantined(&book, ALL).unwrap().len(), 1, "and it is said that it could not be read");
}

/// XML2 or XML4 with a row for each of these numbers.
fn medicines(rows: &[(u32, &str)]) -> (String, String) {
    let rows: String = rows
        .iter()
        .map(|(n, name)| {
            format!(
                "<CHI_TIET_THUOC><MA_LK>LK9</MA_LK><STT>{n}</STT><TEN_THUOC>{name}</TEN_THUOC>\
                 <SO_LUONG>28</SO_LUONG><NGAY_YL>202601150900</NGAY_YL></CHI_TIET_THUOC>"
            )
        })
        .collect();
    let list = format!("<DSACH_CHI_TIET_THUOC>{rows}</DSACH_CHI_TIET_THUOC>");
    ("XML2".into(), format!("<CHITIEU_CHITIET_THUOC>{list}</CHITIEU_CHITIET_THUOC>"))
}

fn diagnosed(code: &str) -> (String, String) {
    let (label, xml) = summary("");
    (label, xml.replace(">I10<", &format!(">{code}<")))
}

/// Diagnoses and medicines that are facts, each with how many heads it has.
fn facts(book: &Book) -> Vec<String> {
    let mut facts: Vec<String> = [Kind::Condition, Kind::Medicine]
        .into_iter()
        .flat_map(|kind| of_kind(book, kind))
        .map(|item| {
            let raw = String::from_utf8(book.raw(ALL, item.id).unwrap()).unwrap();
            let code = ["I10", "I11", "I12"].into_iter().find(|code| raw.contains(*code));
            format!("{} {}", code.unwrap_or(&item.title), item.heads)
        })
        .collect();
    facts.sort();
    facts
}

fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(of - 1);
    let put = |order: &Vec<usize>, at: usize| [&order[..at], &[of - 1], &order[at..]].concat();
    shorter.iter().flat_map(|order| (0..of).map(move |at| put(order, at))).collect()
}

#[test]
fn what_a_corrected_claim_tells_no_more_is_no_fact_in_whatever_order_the_claims_come() {
    let files = [
        claim(
            "20260115",
            vec![diagnosed("I10"), medicines(&[(1, "Thuốc A"), (2, "Thuốc B"), (3, "Thuốc C")])],
        ),
        // Another diagnosis, and the second medicine was never given.
        claim("20260120", vec![diagnosed("I11"), medicines(&[(1, "Thuốc A"), (3, "Thuốc D")])]),
        // A message with no medicines says nothing of them.
        claim("20260122", vec![diagnosed("I11")]),
        check_in(),
    ];
    for order in orders(files.len()) {
        let (_shelf, book) = Shelf::new();
        for n in &order {
            let report = import(&book, &files[*n]);
            assert_eq!((report.quarantined, report.not_confirmed), (0, 0), "{order:?}");
        }
        assert_eq!(facts(&book), ["I11 1", "Thuốc A 1", "Thuốc D 1"], "{order:?}");
        assert_eq!(of_kind(&book, Kind::Visit).len(), 1, "{order:?}");
        assert!(book.search(ALL, "thuoc b", 10).unwrap().is_empty(), "{order:?}");
        // Again, in another file of the same content: nothing is new.
        let before = everything(&book, ALL);
        let report = import(&book, files[1].replace("<SOLUONGHOSO>1<", "<SOLUONGHOSO>7<"));
        assert_eq!((report.new, report.new_versions), (0, 0), "{order:?}");
        assert_eq!(everything(&book, ALL), before, "{order:?}");
        assert_eq!(book.verify(&mut ()).unwrap(), [], "{order:?}");
    }
}

#[test]
fn a_diagnosis_that_is_taken_back_and_told_again_is_a_fact_in_whatever_order_the_claims_come() {
    let files = [("20260115", "I10"), ("20260116", "I11"), ("20260117", "I10")]
        .map(|(day, code)| claim(day, vec![diagnosed(code)]));
    for order in orders(files.len()) {
        let (_shelf, book) = Shelf::new();
        for n in &order {
            import(&book, &files[*n]);
        }
        assert_eq!(facts(&book), ["I10 1"], "{order:?}");
        assert_eq!(book.verify(&mut ()).unwrap(), [], "{order:?}");
    }
}

#[test]
fn a_visit_that_is_sent_a_hundred_times_is_settled_like_one_that_is_sent_twice() {
    let first = vec![diagnosed("I10"), medicines(&[(1, "Thuốc A"), (2, "Thuốc B"), (3, "Thuốc C")])];
    let last = vec![diagnosed("I11"), medicines(&[(1, "Thuốc A"), (3, "Thuốc C")])];
    let mut sent = vec![first; 100];
    sent.push(last.clone());
    let (_shelf, book) = Shelf::new();
    let report = import(&book, healthbook_scenarios::claim::file("20260115", &sent));
    assert_eq!((report.quarantined, report.not_confirmed), (0, 0));
    assert_eq!(facts(&book), ["I11 1", "Thuốc A 1", "Thuốc C 1"], "what the last one tells no more");
    // A newer claim takes back, an older one that comes late adds nothing.
    import(&book, claim("20260120", vec![diagnosed("I11"), medicines(&[(1, "Thuốc A")])]));
    import(&book, claim("20260110", vec![diagnosed("I12"), medicines(&[(1, "Thuốc A"), (4, "Thuốc D")])]));
    assert_eq!(facts(&book), ["I11 1", "Thuốc A 1"]);
    let before = everything(&book, ALL);
    let report = import(&book, healthbook_scenarios::claim::file("20260115", &[last.clone(), last]));
    assert_eq!((report.new, report.new_versions), (0, 0), "an old state once more");
    assert_eq!(everything(&book, ALL), before);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_is_withdrawn_stays_in_the_history_and_is_not_the_persons_deletion() {
    let (_shelf, book) = Shelf::new();
    import(&book, claim("20260115", vec![diagnosed("I10")]));
    let diagnosis = of_kind(&book, Kind::Condition)[0].id;
    import(&book, claim("20260120", vec![diagnosed("I11")]));
    let states = book.versions(ALL, diagnosis).unwrap();
    assert_eq!(states.len(), 2);
    assert!(states[0].length.is_some() && states[1].length.is_none() && states[1].is_head && !states[1].own);
    // With the visit it is erased too.
    book.purge(ALL, of_kind(&book, Kind::Visit)[0].id).unwrap();
    assert!(book.versions(ALL, diagnosis).is_err());
}

#[test]
fn what_the_person_edited_or_deleted_stays_so_when_a_corrected_claim_tells_it_no_more() {
    let (_shelf, book) = Shelf::new();
    let rows = [(1, "Thuốc A"), (2, "Thuốc B")];
    import(&book, claim("20260115", vec![diagnosed("I10"), medicines(&rows)]));
    let gone = of_kind(&book, Kind::Condition)[0].id;
    book.delete(ALL, gone).unwrap();
    import(&book, claim("20260120", vec![diagnosed("I11"), medicines(&rows[..1])]));
    assert_eq!(facts(&book), ["I11 1", "Thuốc A 1"]);
    assert_eq!(book.versions(ALL, gone).unwrap().len(), 2, "the person's deletion is the last word");
    book.restore(ALL, gone).unwrap();
    assert_eq!(facts(&book), ["I10 1", "I11 1", "Thuốc A 1"]);
}

#[test]
fn a_claim_with_a_row_that_cannot_be_read_withdraws_nothing() {
    let (_shelf, book) = Shelf::new();
    import(&book, claim("20260115", vec![diagnosed("I10"), medicines(&[(1, "Thuốc A"), (2, "Thuốc B")])]));
    let (label, xml) = medicines(&[(1, "Thuốc A"), (2, "Thuốc B")]);
    let strange = xml.replacen("<MA_LK>LK9</MA_LK><STT>2<", "<MA_LK>LK8</MA_LK><STT>2<", 1);
    assert_ne!(strange, xml);
    let report = import(&book, claim("20260120", vec![diagnosed("I11"), (label, strange)]));
    assert_eq!(report.quarantined, 1);
    assert_eq!(facts(&book), ["I10 1", "I11 1", "Thuốc A 1", "Thuốc B 1"]);
    // A whole one does.
    import(&book, claim("20260121", vec![diagnosed("I11"), medicines(&[(1, "Thuốc A")])]));
    assert_eq!(facts(&book), ["I11 1", "Thuốc A 1"]);
}

#[test]
fn a_claim_of_another_facility_with_the_same_number_withdraws_nothing() {
    let (_shelf, book) = Shelf::new();
    import(&book, claim("20260115", vec![diagnosed("I10")]));
    import(&book, claim("20260120", vec![diagnosed("I11")]).replace("<MACSKCB>79999<", "<MACSKCB>79998<"));
    assert_eq!(facts(&book), ["I10 1", "I11 1"]);
}

#[test]
fn a_table_that_is_sent_empty_takes_its_rows_back() {
    let (_shelf, book) = Shelf::new();
    import(&book, claim("20260115", vec![diagnosed("I10"), medicines(&[(1, "Thuốc A")])]));
    import(&book, claim("20260120", vec![diagnosed("I10"), medicines(&[])]));
    assert_eq!(facts(&book), ["I10 1"]);
}
