//! The forms of the claim XML and their rows, found by name.
//!
//! Source: QĐ 130/QĐ-BYT (2023) as amended by QĐ 4750/QĐ-BYT (2023), tables XML0–XML15; nesting of XML9 and XML15
//! as programs write it.

use healthbook_model::Span;

use super::content::Located;
use super::xml::Element;

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

impl Form {
    fn number(self) -> usize {
        FORMS.iter().position(|form| *form == self).unwrap_or_default()
    }

    /// By LOAIHOSO: `XML1`, also `XML01`, `xml 1`.
    pub(super) fn of_label(label: &str) -> Option<Self> {
        let label: String =
            label.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
        FORMS.get(label.strip_prefix("XML")?.parse::<usize>().ok()?).copied()
    }

    /// By the name of its root, or of a row that stands alone.
    pub(super) fn of_root(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case(SUMMARY_ALIAS) {
            return Some(Self::Summary);
        }
        let number = TABLES
            .iter()
            .position(|(root, row)| name.eq_ignore_ascii_case(root) || name.eq_ignore_ascii_case(row))?;
        FORMS.get(number).copied()
    }

    /// Its bit in a set of forms.
    pub(super) fn bit(self) -> u16 {
        1 << self.number()
    }

    /// `XML1`.
    pub(super) fn label(self) -> String {
        format!("XML{}", self.number())
    }

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
pub(super) struct Row<'p> {
    pub(super) form: Form,
    /// From 1, in the order of the table.
    pub(super) number: usize,
    pub(super) element: Element<'p>,
    pub(super) located: &'p Located,
}

impl<'p> Row<'p> {
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
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'p str, &'p str)> + use<'p> {
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
pub(super) fn rows<'p>(form: Form, root: Element<'p>) -> Vec<Element<'p>> {
    let mut rows = Vec::new();
    collect(form, root, &mut rows);
    rows
}

fn collect<'p>(form: Form, element: Element<'p>, rows: &mut Vec<Element<'p>>) {
    let is_field = |child: Element<'_>| child.children().next().is_none();
    let named = element.is(form.row_name()) && element.children().any(is_field);
    if named || element.child("MA_LK").is_some() {
        rows.push(element);
        return;
    }
    for child in element.children() {
        collect(form, child, rows);
    }
}
