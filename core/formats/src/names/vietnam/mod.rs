//! The code lists of Vietnamese health data: claim XML, BHYT cards, citizen cards.
//!
//! Each list is a file beside this one that names the document it comes from and its date. A code that no source at
//! hand explains is left out, so that a reader sees the code itself rather than a guess; names that are likely and
//! not certain are marked ([`Named::is_certain`]).

mod list;

use healthbook_model::Lang;

pub(crate) use list::List;

/// A code with its names, as a list has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The code, as text: leading zeros count.
    pub code: &'static str,
    /// Vietnamese name.
    pub vi: &'static str,
    /// English name.
    pub en: &'static str,
    /// What the list says further of the code: see [`CodeList`].
    pub further: &'static str,
}

impl Named {
    /// The name in the reader's language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }

    /// Whether the source of the list itself stood at hand, or something that bears the name out. The files say
    /// which doubt `likely` marks.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.further != "likely"
    }
}

macro_rules! lists {
    ($( $(#[$doc:meta])* $variant:ident, $file:literal, $field:literal, $vi:literal, $en:literal; )*) => {
        /// A code list. The first word of each description is the field of the claim data that holds its codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CodeList { $( $(#[$doc])* $variant, )* }

        impl CodeList {
            /// All lists.
            pub const ALL: &[Self] = &[ $( Self::$variant, )* ];

            fn list(self) -> &'static List {
                match self {
                    $( Self::$variant => {
                        static LIST: List = List::new(include_str!(concat!($file, ".tsv")));
                        &LIST
                    } )*
                }
            }

            /// The field of the claim data whose codes these are; empty for codes of cards.
            #[must_use]
            pub fn field(self) -> &'static str {
                match self { $( Self::$variant => $field, )* }
            }

            /// What the codes tell of, as a label.
            #[must_use]
            pub fn title(self, lang: Lang) -> &'static str {
                let (vi, en) = match self { $( Self::$variant => ($vi, $en), )* };
                lang.pick(vi, en)
            }
        }
    };
}

lists! {
    /// `LOAIHOSO`: papers and forms that are records of their own.
    Form, "form", "LOAIHOSO", "Giấy tờ", "Paper";
    /// `GIOI_TINH`: sexes. The national e-prescription API has another list.
    Sex, "sex", "GIOI_TINH", "Giới tính", "Sex";
    /// `MA_LOAI_KCB`: forms of care, `01`–`16`.
    VisitForm, "visit-form", "MA_LOAI_KCB", "Loại hình khám chữa bệnh", "Form of care";
    /// `MA_DOITUONG_KCB`: why a visit is paid for. Further: the decision of older codes.
    PayerCategory, "payer-category", "MA_DOITUONG_KCB", "Đối tượng khám chữa bệnh", "Payer category";
    /// `KET_QUA_DTRI`: results of treatment.
    TreatmentResult, "treatment-result", "KET_QUA_DTRI", "Kết quả điều trị", "Result of treatment";
    /// `MA_LOAI_RV`: ways of leaving.
    DischargeType, "discharge-type", "MA_LOAI_RV", "Loại ra viện", "Way of leaving";
    /// `MA_LYDO_CT`: reasons of a referral.
    ReferralReason, "referral-reason", "MA_LYDO_CT", "Lý do chuyển tuyến", "Reason of referral";
    /// `PHAM_VI`: scope of benefits.
    Scope, "scope", "PHAM_VI", "Phạm vi hưởng", "Scope of benefits";
    /// `MA_PTTT`: ways of payment.
    PaymentMethod, "payment-method", "MA_PTTT", "Phương thức thanh toán", "Way of payment";
    /// `NGUON_CTRA`: who pays for a medicine.
    FundingSource, "funding-source", "NGUON_CTRA", "Nguồn chi trả", "Paid by";
    /// `PP_VO_CAM`: ways of anaesthesia.
    Anaesthesia, "anaesthesia", "PP_VO_CAM", "Phương pháp vô cảm", "Anaesthesia";
    /// `MA_KHUVUC`: areas of difficult living.
    Area, "area", "MA_KHUVUC", "Khu vực", "Area";
    /// `MA_DINH_CHI_THAI`: whether a pregnancy was ended.
    PregnancyEnd, "pregnancy-end", "MA_DINH_CHI_THAI", "Đình chỉ thai nghén", "Ending of pregnancy";
    /// `MA_NHOM`: groups of cost.
    CostGroup, "cost-group", "MA_NHOM", "Nhóm chi phí", "Group of cost";
    /// `MA_TAI_NAN`: kinds of accident; only those on which the sources agree.
    Accident, "accident", "MA_TAI_NAN", "Tai nạn", "Accident";
    /// `DUONG_DUNG`: routes of medicines; only those that a source explains.
    Route, "route", "DUONG_DUNG", "Đường dùng", "Route";
    /// `MA_QUOCTICH`: nationalities; only Vietnam's codes.
    Nationality, "nationality", "MA_QUOCTICH", "Quốc tịch", "Nationality";
    /// `MA_DANTOC`: the 54 peoples. Further: other names.
    EthnicGroup, "ethnic-group", "MA_DANTOC", "Dân tộc", "Ethnic group";
    /// Occupations by social group.
    Occupation, "occupation", "", "Nghề nghiệp", "Occupation";
    /// `MATINH_CU_TRU`: the 34 provinces since 2025-07-01, by two digits. Further: full name.
    Province, "province", "MATINH_CU_TRU", "Tỉnh, thành phố", "Province";
    /// The 63 provinces of before, by two digits. Further: code of the present province.
    FormerProvince, "former-province", "", "Tỉnh, thành phố trước 01/7/2025", "Province before July 2025";
    /// The first two characters of a BHYT card number: who is insured.
    CardHolder, "card-holder", "", "Đối tượng tham gia BHYT", "Insured as";
    /// The third character of a BHYT card number. Further: percent of the cost that is paid.
    BenefitLevel, "benefit-level", "", "Mức hưởng BHYT", "Level of benefit";
}

impl CodeList {
    /// A code of the list; `None` for one that it does not have.
    ///
    /// ```
    /// use healthbook_formats::names::CodeList;
    /// let recovered = CodeList::TreatmentResult.get("1").map(|result| result.vi);
    /// assert_eq!(recovered, Some("Khỏi"));
    /// ```
    #[must_use]
    pub fn get(self, code: &str) -> Option<Named> {
        self.list().get(code)
    }

    /// The name of a code in the reader's language.
    #[must_use]
    pub fn name(self, code: &str, lang: Lang) -> Option<&'static str> {
        self.get(code).map(|named| named.name(lang))
    }

    /// All codes, in the order of their bytes.
    pub fn all(self) -> impl Iterator<Item = Named> {
        self.list().all()
    }

    /// The list of a field of the claim data.
    #[must_use]
    pub fn of_field(field: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|list| !field.is_empty() && list.field() == field)
    }

    /// Where the list comes from and how far it can be trusted, in the words of its file.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.list().header()
    }
}

/// The province that one of the 63 became on 2025-07-01 (Nghị quyết 202/2025/QH15), by the old code of two digits.
#[must_use]
pub fn present_province(former: &str) -> Option<Named> {
    CodeList::FormerProvince.get(former).and_then(|former| CodeList::Province.get(former.further))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_list_says_where_it_is_from_and_has_its_count_of_codes_each_named_once() {
        let counts: BTreeMap<&str, usize> = [
            ("Sex", 3),
            ("VisitForm", 16),
            ("PayerCategory", 30),
            ("TreatmentResult", 8),
            ("DischargeType", 5),
            ("ReferralReason", 3),
            ("Scope", 3),
            ("PaymentMethod", 3),
            ("FundingSource", 4),
            ("Anaesthesia", 4),
            ("Area", 3),
            ("Form", 12),
            ("PregnancyEnd", 2),
            ("CostGroup", 19),
            ("Accident", 2),
            ("Route", 1),
            ("Nationality", 4),
            ("EthnicGroup", 56),
            ("Occupation", 13),
            ("Province", 34),
            ("FormerProvince", 63),
            ("CardHolder", 45),
            ("BenefitLevel", 5),
        ]
        .into();
        assert_eq!(CodeList::ALL.len(), counts.len());
        for list in CodeList::ALL {
            let rows: Vec<Named> = list.all().collect();
            assert_eq!(Some(&rows.len()), counts.get(format!("{list:?}").as_str()), "{list:?}");
            assert!(rows.windows(2).all(|two| two[0].code < two[1].code), "{list:?} is not sorted");
            for row in &rows {
                assert!(!row.code.is_empty() && !row.vi.is_empty() && !row.en.is_empty(), "{list:?} {row:?}");
                assert_eq!(list.get(row.code), Some(*row), "{list:?}");
            }
            assert!(list.source().contains("Source: "), "{list:?}");
            assert!(list.source().contains("(20") || list.source().contains("(1979"), "{list:?}: no date");
            assert_ne!(list.title(Lang::Vi), list.title(Lang::En));
        }
    }

    #[test]
    fn a_code_that_is_not_in_a_list_has_no_name() {
        for list in CodeList::ALL {
            for code in ["", " ", "#", "# ", "001x", "zz", "\n", "Nam", "1\tNam", "\u{10ffff}"] {
                assert_eq!(list.get(code), None, "{list:?} {code:?}");
            }
        }
        assert_eq!(CodeList::Accident.name("6", Lang::Vi), None, "the sources contradict each other");
        assert_eq!(CodeList::VisitForm.name("1", Lang::Vi), None, "codes are text: 01 is not 1");
    }

    #[test]
    fn names_of_one_list_are_told_apart() {
        for list in CodeList::ALL.iter().filter(|list| **list != CodeList::Nationality) {
            let names: BTreeSet<&str> = list.all().map(|row| row.vi).collect();
            assert_eq!(names.len(), list.all().count(), "{list:?}");
        }
    }

    #[test]
    fn each_of_the_63_provinces_became_one_of_the_34_which_kept_the_code_of_one_of_its_parts() {
        let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for former in CodeList::FormerProvince.all() {
            let present = present_province(former.code).unwrap();
            parts.entry(present.code).or_default().push(former.code);
        }
        assert_eq!(parts.len(), 34);
        assert!(parts.iter().all(|(present, parts)| parts.contains(present)));
        // Nghị quyết 202/2025/QH15: 23 were joined of several, 11 were left as they were.
        assert_eq!(parts.values().filter(|parts| parts.len() > 1).count(), 23);
        assert_eq!(present_province("10").map(|p| (p.code, p.vi)), Some(("15", "Lào Cai")));
        assert_eq!(present_province("46").map(|p| p.vi), Some("Huế"));
        assert_eq!(present_province("97"), None);
    }

    fn fixture(name: &str) -> String {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/vn/provinces/");
        std::fs::read_to_string(format!("{root}{name}")).unwrap()
    }

    #[test]
    fn the_34_provinces_are_those_of_a_list_that_others_keep() {
        // Cities since that list was made, with the resolution that made them so.
        let since = [("22", "Thành phố Quảng Ninh"), ("24", "Thành phố Bắc Ninh")];
        let theirs: Vec<serde_json::Value> =
            serde_json::from_str(&fixture("provinces-2026-07-25.json")).unwrap();
        assert_eq!(theirs.len(), CodeList::Province.all().count());
        for (ours, theirs) in CodeList::Province.all().zip(&theirs) {
            assert_eq!(ours.code, theirs["Code"]);
            assert_eq!(
                (ours.vi, ours.en),
                (theirs["Name"].as_str().unwrap(), theirs["NameEn"].as_str().unwrap())
            );
            let full = since.iter().find(|(code, _)| *code == ours.code).map(|(_, full)| *full);
            assert_eq!(ours.further, full.unwrap_or(theirs["FullName"].as_str().unwrap()));
        }
    }

    #[test]
    fn the_63_became_the_34_as_the_resolution_has_it() {
        // Names differ in where the tone stands (Khánh Hòa, Khánh Hoà), and one in what it is called in full.
        let plain = |name: &str| name.replace("oà", "òa").replace("oá", "óa");
        let mut ours: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for former in CodeList::FormerProvince.all() {
            let present = present_province(former.code).unwrap();
            ours.entry(plain(present.vi)).or_default().insert(plain(former.vi));
        }
        ours.retain(|_, parts| parts.len() > 1);
        let theirs: BTreeMap<String, BTreeSet<String>> = fixture("resolution-202-2025.tsv")
            .lines()
            .map(|line| line.split_once('\t').unwrap())
            .map(|(new, parts)| (new.to_owned(), parts.split(", ").map(str::to_owned).collect()))
            .collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn every_group_of_the_insurance_cards_is_one_that_is_known_for_sure_or_says_that_it_is_not() {
        // Quyết định 1351/QĐ-BHXH, article 2, in its order.
        let first = "DN HX CH NN TK HC XK HT TB NO CT XB TN CS QN CA CY XN MS CC CK CB KC HD TE BT HN DT DK XD TS TC \
                     TQ TA TY HG LS PV CN HS SV GB GD";
        let first: BTreeSet<&str> = first.split_whitespace().collect();
        assert_eq!(first.len(), 43);
        for group in CodeList::CardHolder.all() {
            assert_eq!(group.is_certain(), first.contains(group.code), "{}", group.code);
        }
        assert!(first.iter().all(|code| CodeList::CardHolder.get(code).is_some()));
    }

    #[test]
    fn a_field_of_the_claim_data_finds_its_list() {
        assert_eq!(CodeList::of_field("MA_LOAI_KCB"), Some(CodeList::VisitForm));
        assert_eq!(CodeList::of_field("MA_DANTOC"), Some(CodeList::EthnicGroup));
        assert_eq!(CodeList::of_field(""), None);
        assert!(!CodeList::VisitForm.get("16").unwrap().is_certain());
        assert!(CodeList::VisitForm.get("03").unwrap().is_certain());
    }
}
