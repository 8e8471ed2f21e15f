//! What a person measures: its code, its units, and the bounds that only a slip of the fingers leaves.
//!
//! The bounds are this project's own and no clinical judgement: they are wider than anything a living body has
//! been reported with, and exist to catch `1280` for `128.0` or kilograms typed for centimetres.

/// A unit a value can be given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// How people type it, the first as it is shown.
    pub(super) typed: &'static [&'static str],
    /// UCUM.
    pub(super) ucum: &'static str,
    pub(super) low: &'static str,
    pub(super) high: &'static str,
    /// LOINC code and its name, where the unit decides the code.
    pub(super) code: Option<(&'static str, &'static str)>,
}

impl Unit {
    pub(super) fn name(&self) -> &'static str {
        self.typed.first().copied().unwrap_or(self.ucum)
    }

    pub(super) fn bounds(&self) -> (&'static str, &'static str, &'static str) {
        (self.low, self.high, self.name())
    }
}

/// Something measured by one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measure {
    /// The word of the command.
    pub(super) word: &'static str,
    /// LOINC codes with their names; the first is the one the vital-signs profile asks for.
    pub(super) codes: &'static [(&'static str, &'static str)],
    /// FHIR observation category.
    pub(super) category: &'static str,
    /// The first is the one that is meant when none is named.
    pub(super) units: &'static [Unit],
    pub(super) whole: bool,
}

const fn unit(
    typed: &'static [&'static str],
    ucum: &'static str,
    low: &'static str,
    high: &'static str,
) -> Unit {
    Unit { typed, ucum, low, high, code: None }
}

pub(super) const SYSTOLIC: Unit = unit(&["mmHg"], "mm[Hg]", "40", "350");
pub(super) const DIASTOLIC: Unit = unit(&["mmHg"], "mm[Hg]", "20", "250");
pub(super) const PULSE: Unit = unit(&["/min", "bpm", "lần/phút"], "/min", "20", "300");

pub(super) const GLUCOSE: Measure = Measure {
    word: "glucose",
    codes: &[("15074-8", "Glucose [Moles/volume] in Blood")],
    category: "laboratory",
    units: &[unit(&["mmol/L"], "mmol/L", "0.5", "60"), unit(&["mg/dL"], "mg/dL", "10", "1100")],
    whole: false,
};

/// LOINC code and name of a glucose reading, by unit (UCUM) and moment.
pub(super) const GLUCOSE_CODES: &[(&str, &str, &str, &str)] = &[
    ("mmol/L", "random", "15074-8", "Glucose [Moles/volume] in Blood"),
    ("mmol/L", "fasting", "14770-2", "Fasting glucose [Moles/volume] in Capillary blood by Glucometer"),
    ("mmol/L", "after-meal", "14760-3", "Glucose [Moles/volume] in Capillary blood --2 hours post meal"),
    ("mg/dL", "random", "2339-0", "Glucose [Mass/volume] in Blood"),
    ("mg/dL", "fasting", "1556-0", "Fasting glucose [Mass/volume] in Capillary blood"),
    ("mg/dL", "after-meal", "1521-4", "Glucose [Mass/volume] in Serum or Plasma --2 hours post meal"),
];

pub(super) const MEASURES: &[Measure] = &[
    Measure {
        word: "weight",
        codes: &[("29463-7", "Body weight")],
        category: "vital-signs",
        units: &[
            unit(&["kg", "cân", "ký", "kí"], "kg", "0.3", "500"),
            unit(&["g", "gam"], "g", "300", "500000"),
            unit(&["lb", "lbs"], "[lb_av]", "0.7", "1100"),
        ],
        whole: false,
    },
    Measure {
        word: "height",
        codes: &[("8302-2", "Body height")],
        category: "vital-signs",
        units: &[
            unit(&["cm"], "cm", "20", "280"),
            unit(&["m", "mét"], "m", "0.2", "2.8"),
            unit(&["in"], "[in_i]", "8", "110"),
        ],
        whole: false,
    },
    Measure {
        word: "waist",
        codes: &[("8280-0", "Waist Circumference at umbilicus by Tape measure")],
        category: "vital-signs",
        units: &[unit(&["cm"], "cm", "20", "300"), unit(&["in"], "[in_i]", "8", "120")],
        whole: false,
    },
    Measure {
        word: "head",
        codes: &[("9843-4", "Head Occipital-frontal circumference")],
        category: "vital-signs",
        units: &[unit(&["cm"], "cm", "15", "80")],
        whole: false,
    },
    Measure {
        word: "temperature",
        codes: &[("8310-5", "Body temperature")],
        category: "vital-signs",
        units: &[
            unit(&["°C", "C", "độ", "độ C", "Cel"], "Cel", "25", "45"),
            unit(&["°F", "F", "độ F"], "[degF]", "77", "113"),
        ],
        whole: false,
    },
    Measure {
        word: "pulse",
        codes: &[("8867-4", "Heart rate")],
        category: "vital-signs",
        units: &[PULSE],
        whole: false,
    },
    Measure {
        word: "respiratory-rate",
        codes: &[("9279-1", "Respiratory rate")],
        category: "vital-signs",
        units: &[unit(&["/min", "lần/phút"], "/min", "3", "150")],
        whole: false,
    },
    Measure {
        word: "spo2",
        codes: &[
            ("2708-6", "Oxygen saturation in Arterial blood"),
            ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
        ],
        category: "vital-signs",
        units: &[unit(&["%"], "%", "30", "100")],
        whole: false,
    },
    Measure {
        word: "hba1c",
        codes: &[("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood")],
        category: "laboratory",
        units: &[
            Unit {
                code: Some(("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood")),
                ..unit(&["%"], "%", "2", "25")
            },
            Unit {
                code: Some(("59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol")),
                ..unit(&["mmol/mol"], "mmol/mol", "5", "250")
            },
        ],
        whole: false,
    },
    Measure {
        word: "steps",
        codes: &[("55423-8", "Number of steps in unspecified time Pedometer")],
        category: "activity",
        units: &[unit(&["bước", "steps"], "{steps}", "0", "300000")],
        whole: true,
    },
    Measure {
        word: "pain",
        codes: &[("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")],
        category: "survey",
        units: &[unit(&["điểm", "points"], "{score}", "0", "10")],
        whole: true,
    },
];

impl Measure {
    pub(super) fn of_word(word: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.word == word)
    }

    pub(super) fn of_code(code: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| {
            measure.codes.iter().any(|(known, _)| *known == code)
                || measure.units.iter().any(|unit| unit.code.is_some_and(|(known, _)| known == code))
        })
    }

    /// The unit a person named, by the way they type it or by UCUM.
    pub(super) fn unit(&self, typed: &str) -> Option<&'static Unit> {
        let typed = typed.trim();
        self.units.iter().find(|unit| {
            unit.ucum == typed || unit.typed.iter().any(|word| word.to_lowercase() == typed.to_lowercase())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names;
    use crate::own::Decimal;
    use healthbook_model::{Coding, Lang};

    #[test]
    fn every_measure_is_named_and_its_bounds_are_numbers_in_order() {
        for measure in MEASURES.iter().chain([&GLUCOSE]) {
            for (code, _) in
                measure.codes.iter().copied().chain(measure.units.iter().filter_map(|unit| unit.code))
            {
                assert!(names::code_name(&Coding::new(names::LOINC, code), Lang::Vi).is_some(), "{code}");
            }
            for unit in measure.units {
                let bound = |text: &str| text.parse::<Decimal>().unwrap().scaled();
                assert!(bound(unit.low) < bound(unit.high), "{} {}", measure.word, unit.ucum);
            }
        }
        for (_, _, code, _) in GLUCOSE_CODES {
            assert!(names::series("glucose").unwrap().codes.contains(&(names::LOINC, code)), "{code}");
        }
    }
}
