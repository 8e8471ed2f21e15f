//! Series: what a person asks to see over time, by a plain name.

use healthbook_model::Lang;

use super::LOINC;

/// A series that charts know by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// The name used in commands: `blood-pressure`.
    pub name: &'static str,
    /// System and code of the values that belong to it. For a panel these are its components.
    pub codes: &'static [(&'static str, &'static str)],
    /// Other series that are drawn together under this name (blood pressure: systolic and diastolic); empty as
    /// a rule.
    pub parts: &'static [&'static str],
    /// Unit it is usually given in (UCUM). Values in another unit are a line of their own: nothing is converted.
    pub unit: &'static str,
    vi: &'static str,
    en: &'static str,
}

impl Series {
    /// What it is called in the reader's language.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }
}

macro_rules! series {
    ($( $name:literal, $vi:literal, $en:literal, $unit:literal, [$($code:literal)*] $(, parts $parts:expr)? ; )*) => {
        static SERIES: &[Series] = &[ $(
            Series {
                name: $name,
                codes: &[ $( (LOINC, $code), )* ],
                parts: series!(@parts $($parts)?),
                unit: $unit,
                vi: $vi,
                en: $en,
            },
        )* ];
    };
    (@parts) => { &[] };
    (@parts $parts:expr) => { $parts };
}

series! {
    "blood-pressure", "Huyết áp", "Blood pressure", "mm[Hg]", ["8480-6" "8462-4"],
        parts &["systolic", "diastolic"];
    "systolic", "Huyết áp tâm thu", "Systolic blood pressure", "mm[Hg]", ["8480-6"];
    "diastolic", "Huyết áp tâm trương", "Diastolic blood pressure", "mm[Hg]", ["8462-4"];
    "weight", "Cân nặng", "Weight", "kg", ["29463-7" "3141-9"];
    "height", "Chiều cao", "Height", "cm", ["8302-2" "8306-3"];
    "bmi", "Chỉ số khối cơ thể (BMI)", "Body mass index", "kg/m2", ["39156-5"];
    "waist", "Vòng bụng", "Waist", "cm", ["56086-2" "8280-0"];
    "head", "Vòng đầu", "Head circumference", "cm", ["9843-4"];
    "heart-rate", "Nhịp tim", "Heart rate", "/min", ["8867-4" "8889-8" "40443-4"];
    "respiratory-rate", "Nhịp thở", "Respiratory rate", "/min", ["9279-1"];
    "temperature", "Nhiệt độ cơ thể", "Temperature", "Cel", ["8310-5" "8331-1"];
    "spo2", "Độ bão hòa oxy (SpO₂)", "Oxygen saturation", "%", ["59408-5" "2708-6"];
    "glucose", "Đường huyết", "Glucose", "mmol/L",
        ["15074-8" "14749-6" "14743-9" "14771-0" "14770-2" "14760-3" "77145-1" "76629-5" "2339-0" "2345-7" "2340-8"
         "41653-7" "1558-6" "1556-0" "1521-4"];
    "glucose-fasting", "Đường huyết lúc đói", "Fasting glucose", "mmol/L",
        ["14771-0" "14770-2" "77145-1" "76629-5" "1558-6" "1556-0"];
    "hba1c", "HbA1c (trung bình 3 tháng)", "Hemoglobin A1c", "%", ["4548-4" "17856-6" "59261-8"];
    "cholesterol", "Cholesterol toàn phần", "Total cholesterol", "mmol/L", ["14647-2" "2093-3"];
    "ldl", "LDL-cholesterol (mỡ xấu)", "LDL cholesterol", "mmol/L", ["22748-8" "39469-2" "2089-1" "13457-7" "18262-6"];
    "hdl", "HDL-cholesterol (mỡ tốt)", "HDL cholesterol", "mmol/L", ["14646-4" "2085-9"];
    "triglycerides", "Triglycerid", "Triglycerides", "mmol/L", ["14927-8" "2571-8"];
    "creatinine", "Creatinin máu", "Creatinine", "umol/L", ["14682-9" "2160-0"];
    "egfr", "Mức lọc cầu thận ước tính", "Estimated glomerular filtration rate", "mL/min/{1.73_m2}",
        ["62238-1" "98979-8" "33914-3" "48642-3"];
    "uric-acid", "Acid uric máu", "Uric acid", "umol/L", ["14933-6" "3084-1"];
    "alt", "Men gan ALT (GPT)", "ALT", "U/L", ["1742-6"];
    "ast", "Men gan AST (GOT)", "AST", "U/L", ["1920-8"];
    "hemoglobin", "Huyết sắc tố (Hb)", "Hemoglobin", "g/L", ["718-7" "59260-0"];
    "platelets", "Tiểu cầu", "Platelets", "10*9/L", ["777-3"];
    "potassium", "Kali máu", "Potassium", "mmol/L", ["2823-3" "6298-4"];
    "sodium", "Natri máu", "Sodium", "mmol/L", ["2951-2" "2947-0"];
    "tsh", "TSH (tuyến giáp)", "Thyroid-stimulating hormone", "m[IU]/L", ["3016-3"];
    "crp", "CRP (chỉ dấu viêm)", "C-reactive protein", "mg/L", ["1988-5" "30522-7"];
    "steps", "Số bước chân", "Steps", "{steps}", ["55423-8" "41950-7"];
    "sleep", "Thời gian ngủ", "Sleep", "h", ["93832-4"];
    "pain", "Mức độ đau", "Pain", "{score}", ["72514-3"];
}

/// All series, the most asked for first.
#[must_use]
pub fn all_series() -> &'static [Series] {
    SERIES
}

/// A series by its name; `bp` and `pulse` are understood too.
#[must_use]
pub fn series(name: &str) -> Option<&'static Series> {
    let name = match name {
        "bp" => "blood-pressure",
        "pulse" => "heart-rate",
        other => other,
    };
    SERIES.iter().find(|series| series.name == name)
}

/// The series that a code belongs to, the narrowest one that is not a mere part of a panel.
#[must_use]
pub fn series_of(system: &str, code: &str) -> Option<&'static Series> {
    SERIES.iter().find(|series| series.parts.is_empty() && series.codes.contains(&(system, code)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::code_name;
    use healthbook_model::Coding;

    #[test]
    fn every_code_of_a_series_has_a_name_and_every_part_is_a_series() {
        for series in all_series() {
            assert!(!series.codes.is_empty(), "{}", series.name);
            assert_ne!(series.title(Lang::Vi), series.title(Lang::En), "{}", series.name);
            for (system, code) in series.codes {
                assert!(
                    code_name(&Coding::new(*system, *code), Lang::Vi).is_some(),
                    "{}: {code}",
                    series.name
                );
            }
            for part in series.parts {
                assert!(super::series(part).is_some(), "{part}");
            }
        }
    }

    #[test]
    fn people_find_their_series_by_the_words_they_use() {
        assert_eq!(series("bp").map(|s| s.parts), Some(&["systolic", "diastolic"][..]));
        assert_eq!(series("pulse"), series("heart-rate"));
        assert_eq!(series("no-such-thing"), None);
        assert_eq!(series_of(LOINC, "8480-6").map(|s| s.name), Some("systolic"));
        assert_eq!(series_of(LOINC, "1558-6").map(|s| s.name), Some("glucose"));
    }
}
