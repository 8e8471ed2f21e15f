//! Codes and identifiers as FHIR has them. Both are strings: `01`, `000` and a leading zero matter.

/// One code of one system (FHIR `Coding`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Coding {
    /// The system's URI; empty when the source names none.
    pub system: String,
    /// The code as the source wrote it.
    pub code: String,
    /// The name the source gave beside the code.
    pub display: Option<String>,
}

impl Coding {
    /// A code without a name.
    #[must_use]
    pub fn new(system: impl Into<String>, code: impl Into<String>) -> Self {
        Self { system: system.into(), code: code.into(), display: None }
    }

    /// Whether it is this very code, whatever it is called.
    #[must_use]
    pub fn is(&self, system: &str, code: &str) -> bool {
        self.system == system && self.code == code
    }
}

/// A business identifier (FHIR `Identifier`): CCCD, BHYT number, MRN.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    /// The system's URI; empty when the source names none.
    pub system: String,
    /// The value as the source wrote it.
    pub value: String,
}
