//! What a visit cost and who pays: sums of XML1, and the lines of XML2 and XML3, as an ExplanationOfBenefit.
//!
//! Amounts keep their digits. A line of a medicine or of a service names only its group: what it was stands in a
//! record of its own, which can be purged or restricted without its name staying behind here.

use std::collections::{HashMap, HashSet};

use healthbook_model::Span;
use serde_json::Value;

use super::hoso::Unread;
use super::json::{self, coding, list, number, object, text};
use super::lists;
use super::page::Page;
use super::records::Written;
use super::service::{self, Service};
use super::table::{Form, Row};
use super::value::{ICD9, code, codes, concept, date_time, period, practitioner, supplied, words};

/// Sums of XML1, the whole first.
const TOTALS: [(&str, &str); 9] = [
    ("T_TONGCHI_BV", "Tổng chi phí"),
    ("T_TONGCHI_BH", "Tổng chi phí trong phạm vi BHYT"),
    ("T_BHTT", "Quỹ BHYT thanh toán"),
    ("T_BNCCT", "Người bệnh cùng chi trả"),
    ("T_BNTT", "Người bệnh tự trả"),
    ("T_NGUONKHAC", "Nguồn khác"),
    ("T_THUOC", "Tiền thuốc"),
    ("T_VTYT", "Tiền vật tư y tế"),
    ("T_BHTT_GDV", "Quỹ BHYT thanh toán theo phí dịch vụ"),
];

/// Amounts of a line, besides its price and its sum.
const AMOUNTS: [(&str, &str); 11] = [
    ("THANH_TIEN_BH", "Thành tiền trong phạm vi BHYT"),
    ("DON_GIA_BH", "Đơn giá BHYT"),
    ("T_BHTT", "Quỹ BHYT thanh toán"),
    ("T_BNCCT", "Người bệnh cùng chi trả"),
    ("T_BNTT", "Người bệnh tự trả"),
    ("T_TRANTT", "Trần thanh toán"),
    ("T_NGUONKHAC", "Nguồn khác"),
    ("T_NGUONKHAC_NSNN", "Nguồn khác: ngân sách nhà nước"),
    ("T_NGUONKHAC_VTNN", "Nguồn khác: viện trợ nước ngoài"),
    ("T_NGUONKHAC_VTTN", "Nguồn khác: viện trợ trong nước"),
    ("T_NGUONKHAC_CL", "Nguồn khác: còn lại"),
];

/// Shares of a line, in percent.
const SHARES: [(&str, &str); 3] = [
    ("TYLE_TT_DV", "Tỷ lệ thanh toán dịch vụ (%)"),
    ("TYLE_TT_BH", "Tỷ lệ thanh toán BHYT (%)"),
    ("MUC_HUONG", "Mức hưởng (%)"),
];

/// Codes that say more of a line.
const MODIFIERS: [&str; 6] =
    ["MA_PTTT", "GOI_VTYT", "MA_XANG_DAU", "TAI_SU_DUNG", "VET_THUONG_TP", "MA_NHOM"];

/// Fields of a row that are money alone, so that purging what it cost leaves what it was.
const MONEY: [&str; 24] = [
    "PHAM_VI",
    "NGUON_CTRA",
    "TYLE_TT_DV",
    "TYLE_TT_BH",
    "MUC_HUONG",
    "DON_GIA",
    "DON_GIA_BV",
    "DON_GIA_BH",
    "THANH_TIEN_BV",
    "THANH_TIEN_BH",
    "T_BHTT",
    "T_BNCCT",
    "T_BNTT",
    "T_TRANTT",
    "T_NGUONKHAC",
    "T_NGUONKHAC_NSNN",
    "T_NGUONKHAC_VTNN",
    "T_NGUONKHAC_VTTN",
    "T_NGUONKHAC_CL",
    "MA_PTTT",
    "GOI_VTYT",
    "MA_XANG_DAU",
    "TAI_SU_DUNG",
    "VET_THUONG_TP",
];

/// The bill of a visit. The page is that of its XML1, `rows` are all rows of the visit.
pub(super) fn map<'p>(page: &mut Page<'_, 'p>, rows: impl Iterator<Item = Row<'p>>) -> Result<(), Unread> {
    let (summary, tested) = (page.row, page.tested);
    // Nobody is known whose bill it is.
    let Some(patient) = page.hangs.patient else { return Ok(()) };
    let mut team = Team::default();
    let mut spans: Vec<Span> = Vec::new();
    let mut lines = Written::list("item");
    for row in rows.filter(|row| matches!(row.form, Form::Medicines | Form::Services)) {
        if let Some(item) = line(&row, tested, lines.length() + 1, &mut team) {
            lines.push(&item);
            own_spans(&row, tested, &mut spans);
            merge_ends(&mut spans);
        }
    }
    let totals: Vec<Option<Value>> = TOTALS
        .iter()
        .map(|(field, name)| {
            let amount = money(summary.get(field))?;
            object([("category", category(field, name)), ("amount", Some(amount))])
        })
        .collect();
    if lines.length() == 0 && totals.iter().all(Option::is_none) {
        return Ok(());
    }
    spans.extend(TOTALS.iter().flat_map(|(field, _)| summary.spans(&[field])));
    spans.extend(summary.spans(&["MA_TAI_NAN", "MA_PTTT_QT", "NGAY_TTOAN"]));
    merge(&mut spans);
    let paid = date_time(summary.get("NGAY_TTOAN"));
    let outcome = if paid.is_some() { "complete" } else { "queued" };
    let created = paid
        .or_else(|| date_time(page.context.made.as_deref()))
        .or_else(|| date_time(summary.get("NGAY_RA")))
        .or_else(|| date_time(summary.get("NGAY_VAO")));
    let absent = json::absent_primitive(created.is_none());
    let procedures = summary.get("MA_PTTT_QT").into_iter().flat_map(codes).zip(1u32..).map(|(icd9, n)| {
        object([
            ("sequence", Some(Value::from(n))),
            ("procedureCodeableConcept", object([("coding", list([coding(ICD9, Some(icd9))]))])),
        ])
    });
    let institutional = coding("http://terminology.hl7.org/CodeSystem/claim-type", Some("institutional"));
    let id = page.id("ExplanationOfBenefit", "chi-phi");
    let members = [
        ("status", text("active")),
        ("type", object([("coding", list([institutional])), ("text", text("Chi phí khám chữa bệnh"))])),
        ("use", text("claim")),
        ("patient", json::reference("Patient", patient)),
        ("billablePeriod", period(summary.get("NGAY_VAO"), summary.get("NGAY_RA"))),
        ("created", created),
        ("_created", absent),
        ("insurer", object([("display", text("Bảo hiểm xã hội Việt Nam"))])),
        ("provider", page.facility().or_else(|| object([("extension", list([json::absent()]))]))),
        ("outcome", text(outcome)),
        ("careTeam", list(team.members())),
        ("supportingInfo", list([visit(page)])),
        ("procedure", list(procedures)),
        ("insurance", list(insurance(&summary))),
        ("accident", object([("type", concept("MA_TAI_NAN", summary.get("MA_TAI_NAN")))])),
        ("item", None),
        ("total", list(totals)),
    ];
    page.out.add_with(lines, ("ExplanationOfBenefit", &id), members, spans, false, page.context)
}

/// The visit it is the bill of: FHIR has room for it beside each line, and a bill may have none.
fn visit(page: &Page<'_, '_>) -> Option<Value> {
    let category = coding("http://terminology.hl7.org/CodeSystem/claiminformationcategory", Some("info"));
    object([
        ("sequence", Some(Value::from(1))),
        ("category", object([("coding", list([category]))])),
        ("valueReference", page.encounter()),
    ])
}

/// The cards of the visit; who has none pays alone.
fn insurance(summary: &Row<'_>) -> Vec<Option<Value>> {
    let mut cards: Vec<&str> = Vec::new();
    for card in summary.list("MA_THE_BHYT") {
        if !card.is_empty() && !cards.contains(&card) {
            cards.push(card);
        }
    }
    let insured = |focal: bool, coverage: Option<Value>| {
        object([("focal", Some(Value::Bool(focal))), ("coverage", coverage)])
    };
    if cards.is_empty() {
        return vec![insured(false, object([("display", text("Không có thẻ BHYT"))]))];
    }
    let cards = cards.iter().enumerate();
    cards.map(|(n, card)| insured(n == 0, json::reference("Coverage", &json::id(card)))).collect()
}

/// A line of the bill.
fn line<'p>(row: &Row<'p>, tested: &HashSet<&str>, sequence: usize, team: &mut Team<'p>) -> Option<Value> {
    let group = service::group(row);
    let group_name = group.and_then(|group| lists::name("MA_NHOM", group));
    let (product, udi) = match row.form {
        Form::Medicines => (words(group_name.unwrap_or("Thuốc")), None),
        _ => match service::kind(row, tested) {
            Service::Care | Service::Tested => (words(group_name.unwrap_or("Dịch vụ kỹ thuật")), None),
            Service::Paid(field, name) => {
                let told = object([
                    ("coding", list([code(field, row.get(field))])),
                    ("text", name.or(group_name).and_then(text)),
                ]);
                (told, row.get("MA_HIEU_SP").and_then(model))
            }
        },
    };
    let product = product.or_else(|| words("Dịch vụ"))?;
    let amounts = AMOUNTS.iter().map(|(field, name)| {
        let amount = money(row.get(field))?;
        object([("category", category(field, name)), ("amount", Some(amount))])
    });
    let shares = SHARES.iter().map(|(field, name)| {
        let value = row.get(field).and_then(number)?;
        object([("category", category(field, name)), ("value", Some(value))])
    });
    let places = row
        .list("MA_KHOA")
        .into_iter()
        .map(|place| code("MA_KHOA", Some(place)))
        .chain(row.list("MA_GIUONG").into_iter().map(|bed| code("MA_GIUONG", Some(bed))));
    let carried = row.get("NGAY_TH_YL").or_else(|| row.get("NGAY_YL"));
    let ended = row.get("NGAY_KQ").filter(|_| row.form == Form::Services);
    let ordered = team.take(row.get("MA_BAC_SI"), "Người chỉ định");
    object([
        ("sequence", Some(Value::from(sequence))),
        ("careTeamSequence", list(ordered.into_iter().map(|n| Some(Value::from(n))))),
        ("productOrService", Some(product)),
        ("modifier", list(MODIFIERS.map(|field| concept(field, row.get(field))))),
        ("programCode", list(["PHAM_VI", "NGUON_CTRA"].map(|field| concept(field, row.get(field))))),
        ("servicedPeriod", period(carried, ended)),
        ("locationCodeableConcept", object([("coding", list(places))])),
        ("quantity", supplied(row)),
        ("unitPrice", money(row.get("DON_GIA").or_else(|| row.get("DON_GIA_BV")))),
        ("net", money(row.get("THANH_TIEN_BV"))),
        ("udi", list([udi])),
        ("adjudication", list(amounts.chain(shares))),
    ])
}

/// A supply by its model or serial number.
fn model(number: &str) -> Option<Value> {
    object([
        ("type", text("Device")),
        ("identifier", object([("type", words("Ký hiệu hoặc số sê-ri")), ("value", text(number))])),
        ("display", text(number)),
    ])
}

/// Where the line's own part of the row stands: its money, and what it names that no other record names.
fn own_spans(row: &Row<'_>, tested: &HashSet<&str>, spans: &mut Vec<Span>) {
    let is_own = row.form == Form::Services && matches!(service::kind(row, tested), Service::Paid(..));
    if is_own {
        spans.push(row.span());
    } else {
        spans.extend(row.spans(&MONEY));
    }
}

/// Between two fields there is at most a line break; an element is longer.
const GAP: u64 = 3;

/// Merges as soon as there are many, so that a long bill holds few.
fn merge_ends(spans: &mut Vec<Span>) {
    if spans.len() == spans.capacity() {
        merge(spans);
        spans.reserve_exact(spans.len().max(1024));
    }
}

/// Fields stand side by side: one stretch instead of twenty.
fn merge(spans: &mut Vec<Span>) {
    spans.sort_by_key(|span| (span.offset, span.inner));
    spans.dedup_by(|next, last| match (next.inner, last.inner) {
        (Some((from, length)), Some((at, known)))
            if next.offset == last.offset && from <= at + known + GAP =>
        {
            last.inner = Some((at, known.max(from + length - at)));
            true
        }
        (None, None) if next.offset <= last.offset + last.length + GAP => {
            last.length = last.length.max(next.offset + next.length - last.offset);
            true
        }
        _ => false,
    });
}

fn category(field: &str, name: &str) -> Option<Value> {
    object([("coding", list([code("TIEN", Some(field))])), ("text", text(name))])
}

/// An amount in đồng, with the digits as they are written.
fn money(field: Option<&str>) -> Option<Value> {
    let value = field.and_then(number)?;
    object([("value", Some(value)), ("currency", text("VND"))])
}

/// Who ordered the lines, each once.
#[derive(Default)]
struct Team<'p> {
    known: Vec<(&'p str, &'static str)>,
    places: HashMap<(&'p str, &'static str), usize>,
}

impl<'p> Team<'p> {
    /// The places of these people among all.
    fn take(&mut self, numbers: Option<&'p str>, role: &'static str) -> Vec<usize> {
        let numbers = numbers.into_iter().flat_map(|numbers| numbers.split(';')).map(str::trim);
        let people = numbers.filter(|number| !number.is_empty()).map(|number| (number, role));
        let places = people.map(|person| {
            *self.places.entry(person).or_insert_with(|| {
                self.known.push(person);
                self.known.len()
            })
        });
        places.collect()
    }

    fn members(&self) -> impl Iterator<Item = Option<Value>> {
        self.known.iter().zip(1u32..).map(|((number, role), n)| {
            object([
                ("sequence", Some(Value::from(n))),
                ("provider", practitioner(Some(number))),
                ("role", words(role)),
            ])
        })
    }
}
