//! The forms of the claim XML, and the rows of any file whose envelope is built like a claim's, found by name.
//!
//! Source: QĐ 130/QĐ-BYT (2023) as amended by QĐ 4750/QĐ-BYT (2023), tables XML0–XML15; nesting of XML9 and XML15
//! as programs write it.

use healthbook_model::{Coding, Span};

use super::content::Located;
use super::mapping;
use super::value::{ICD10, system};
use super::xml::Element;
use crate::sensitive::{coding_is_restricted, text_is_restricted};

/// A table of the claim XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// XML0: check-in.
    CheckIn,
    /// XML1: summary of the visit.
    Summary,
    /// XML2: medicines.
    Medicines,
    /// XML3: services and supplies.
    Services,
    /// XML4: results.
    Results,
    /// XML5: course.
    Course,
    /// XML6: HIV care.
    Hiv,
    /// XML7: discharge paper.
    Discharge,
    /// XML8: summary of the record.
    RecordSummary,
    /// XML9: birth.
    Birth,
    /// XML10: rest in pregnancy.
    PregnancyRest,
    /// XML11: sick leave.
    SickLeave,
    /// XML12: assessment by a council.
    Assessment,
    /// XML13: referral paper.
    Referral,
    /// XML14: appointment paper.
    Appointment,
    /// XML15: tuberculosis.
    Tuberculosis,
}

/// In the order of their numbers.
const FORMS: [Form; 16] = [
    Form::CheckIn,
    Form::Summary,
    Form::Medicines,
    Form::Services,
    Form::Results,
    Form::Course,
    Form::Hiv,
    Form::Discharge,
    Form::RecordSummary,
    Form::Birth,
    Form::PregnancyRest,
    Form::SickLeave,
    Form::Assessment,
    Form::Referral,
    Form::Appointment,
    Form::Tuberculosis,
];

/// Name of the root, name of a row, in the order of the numbers.
const TABLES: [(&str, &str); 16] = [
    ("CHI_TIEU_TRANG_THAI_KCB", "TRANG_THAI_KCB"),
    ("TONG_HOP", "TONG_HOP"),
    ("CHITIEU_CHITIET_THUOC", "CHI_TIET_THUOC"),
    ("CHITIEU_CHITIET_DVKT_VTYT", "CHI_TIET_DVKT"),
    ("CHITIEU_CHITIET_DICHVUCANLAMSANG", "CHI_TIET_CLS"),
    ("CHITIEU_CHITIET_DIENBIENLAMSANG", "CHI_TIET_DIEN_BIEN_BENH"),
    ("CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS", "HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS"),
    ("CHI_TIEU_DU_LIEU_GIAY_RA_VIEN", "CHI_TIEU_DU_LIEU_GIAY_RA_VIEN"),
    ("CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN", "CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN"),
    ("CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH", "DU_LIEU_GIAY_CHUNG_SINH"),
    ("CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI", "CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI"),
    (
        "CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI",
        "CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI",
    ),
    ("GIAM_DINH_Y_KHOA", "GIAM_DINH_Y_KHOA"),
    ("CHI_TIEU_GIAYCHUYENTUYEN", "CHI_TIEU_GIAYCHUYENTUYEN"),
    ("CHI_TIEU_GIAYHEN_KHAMLAI", "CHI_TIEU_GIAYHEN_KHAMLAI"),
    ("CHI_TIEU_DIEUTRI_BENHLAO", "CHITIET_DIEUTRI_BENHLAO"),
];

/// Another name of XML1's root, seen in old exports.
const SUMMARY_ALIAS: &str = "BaoHiemYTe";

/// The tables of a kind of file: what the same envelope holds for claims, and for health checks.
pub(super) trait Tables: Copy + PartialEq + 'static {
    /// By its number in LOAIHOSO.
    fn of_number(number: usize) -> Option<Self>;

    /// The number in LOAIHOSO.
    fn number(self) -> usize;

    /// By the name of its root, or of a row that stands alone.
    fn of_root(name: &str) -> Option<Self>;

    /// Whether an element of this name is one of its rows.
    fn is_row(self, element: Element<'_>) -> bool;

    /// Whether its root may be called so.
    fn has_root(self, name: &str) -> bool {
        Self::of_root(name) == Some(self)
    }

    /// Whether a field becomes a part of a record.
    fn becomes_a_record(self, field: &str) -> bool;

    /// Whether a row makes all that hangs together with it restricted.
    fn restricts_all(row: &Row<'_, Self>) -> bool;

    /// By LOAIHOSO: `XML1`, also `XML01`, `xml 1`.
    fn of_label(label: &str) -> Option<Self> {
        let label: String =
            label.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
        Self::of_number(label.strip_prefix("XML")?.parse::<usize>().ok()?)
    }

    /// `XML1`.
    fn label(self) -> String {
        format!("XML{}", self.number())
    }

    /// Its bit in a set of forms.
    fn bit(self) -> u16 {
        1 << self.number()
    }
}

impl Tables for Form {
    fn of_number(number: usize) -> Option<Self> {
        FORMS.get(number).copied()
    }

    fn number(self) -> usize {
        FORMS.iter().position(|form| *form == self).unwrap_or_default()
    }

    fn of_root(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case(SUMMARY_ALIAS) {
            return Some(Self::Summary);
        }
        let number = TABLES
            .iter()
            .position(|(root, row)| name.eq_ignore_ascii_case(root) || name.eq_ignore_ascii_case(row))?;
        FORMS.get(number).copied()
    }

    fn is_row(self, element: Element<'_>) -> bool {
        element.is(self.row_name())
    }

    fn becomes_a_record(self, field: &str) -> bool {
        let form = self.label();
        mapping::rows().any(|mapped| mapped.form == form && field.eq_ignore_ascii_case(mapped.field))
    }

    /// The forms for HIV and tuberculosis, a pregnancy ended, a diagnosis of the list (in any table) or its name, a medicine
    /// for HIV or tuberculosis, a patient who comes as one of them. A *test* for them is routine before an operation and in
    /// pregnancy: here it marks itself alone. In a book it hides the visit that it belongs to as well, by the rule for all
    /// records.
    fn restricts_all(row: &Row<'_>) -> bool {
        match row.form {
            Self::Hiv | Self::Tuberculosis => return row.fields().next().is_some(),
            _ if row.get("MA_DINH_CHI_THAI") == Some("1") => return true,
            Self::Medicines
                if ["TEN_THUOC", "HOAT_CHAT"]
                    .iter()
                    .any(|name| row.get(name).is_some_and(text_is_restricted)) =>
            {
                return true;
            }
            _ => {}
        }
        row.fields().any(|(name, value)| {
            let name = name.to_ascii_uppercase();
            (name.starts_with("MA_BENH")
                && words_of_code(value).any(|code| coding_is_restricted(&Coding::new(ICD10, code))))
                || (name == PAYER_CATEGORY
                    && coding_is_restricted(&Coding::new(system(PAYER_CATEGORY), value)))
                || ((name.starts_with("CHAN_DOAN") || name.starts_with("LY_DO_V"))
                    && text_is_restricted(value))
        })
    }
}

/// What may be a code in a field of codes, however they are joined: `I10;B20`, `I10/B20`, `I10 + B20`.
pub(super) fn words_of_code(field: &str) -> impl Iterator<Item = &str> {
    field.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).filter(|word| !word.is_empty())
}

/// Why the visit is paid for; some of the codes are diseases.
const PAYER_CATEGORY: &str = "MA_DOITUONG_KCB";

impl Form {
    /// `CHI_TIET_THUOC`.
    pub(super) fn row_name(self) -> &'static str {
        TABLES.get(self.number()).map_or("", |(_, row)| row)
    }
}

/// Whether a file may consist of this element alone.
pub(super) fn stands_alone(name: &str) -> bool {
    Form::of_root(name).is_some()
}

/// One row of a table.
#[derive(Clone, Copy)]
pub(super) struct Row<'p, F = Form> {
    pub(super) form: F,
    /// From 1, in the order of the table.
    pub(super) number: usize,
    pub(super) element: Element<'p>,
    pub(super) located: &'p Located,
}

impl<'p, F> Row<'p, F> {
    /// The same row as one of another table, which writes these fields alike.
    pub(super) fn written_as(self, form: Form) -> Row<'p> {
        Row { form, number: self.number, element: self.element, located: self.located }
    }

    /// A field's text; `None` when it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<&'p str> {
        self.field(name).map(|field| field.text().trim())
    }

    fn field(&self, name: &str) -> Option<Element<'p>> {
        self.element.children().find(|field| field.is(name) && !field.text().trim().is_empty())
    }

    /// The items of a field that may hold several, joined by `;`. Places are kept: the second item of one field
    /// belongs to the second of another.
    pub(super) fn list(&self, name: &str) -> Vec<&'p str> {
        self.get(name).map_or_else(Vec::new, |text| text.split(';').map(str::trim).collect())
    }

    /// All fields that hold something.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'p str, &'p str)> + use<'p, F> {
        self.element
            .children()
            .map(|field| (field.name(), field.text().trim()))
            .filter(|(_, text)| !text.is_empty())
    }

    /// Where the whole row stands.
    pub(super) fn span(&self) -> Span {
        self.located.span(self.element.outer())
    }

    /// Where these fields stand, those that are there.
    pub(super) fn spans(&self, names: &[&str]) -> Vec<Span> {
        names
            .iter()
            .filter_map(|name| self.field(name))
            .map(|field| self.located.span(field.outer()))
            .collect()
    }
}

/// The rows of a table: elements with the row's name, and any other that holds an MA_LK.
pub(super) fn rows<'p, F: Tables>(form: F, root: Element<'p>) -> Vec<Element<'p>> {
    let mut rows = Vec::new();
    collect(form, root, &mut rows);
    rows
}

fn collect<'p, F: Tables>(form: F, element: Element<'p>, rows: &mut Vec<Element<'p>>) {
    let is_field = |child: Element<'_>| child.children().next().is_none();
    let named = form.is_row(element) && element.children().any(is_field);
    if named || element.child("MA_LK").is_some() {
        rows.push(element);
        return;
    }
    for child in element.children() {
        collect(form, child, rows);
    }
}
