//! The bundled sample files: invented people and places, see `samples/README.md`.

use crate::words::{self, Phrase};

/// A file that the tour imports.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) what: Phrase,
    pub(super) bytes: &'static [u8],
}

/// Whom the samples are about.
pub(super) const NAME: &str = "Nguyễn Thị Mẫu";
pub(super) const BORN: &str = "1958-03-12";
/// A number that stands in most of the files.
pub(super) const NUMBER: &str = "001158999999";

/// What the QR code of the citizen card holds.
pub(super) const CCCD: &str = include_str!("../../../samples/cccd.txt");

pub(super) const HOSPITAL_A: &str = "https://fhir.benhvien-a.example/r4";
pub(super) const HOSPITAL_B: &str = "https://fhir.benhvien-b.example/fhir";
pub(super) const HOSPITAL_B_FILE: &[u8] = include_bytes!("../../../samples/hospital-b.json");

/// A result whose last digit other programs lose.
pub(super) const DECIMAL_TITLE: &str = "Troponin";
pub(super) const DECIMAL: &str = "0.010";

/// A prescription that the person corrects.
pub(super) const MEDICINE_TITLE: &str = "Losartan";

/// What comes in, in this order.
pub(super) const FILES: [Sample; 5] = [
    Sample {
        name: "claim-2025-2026.xml",
        what: words::TOUR_FILE_CLAIM,
        bytes: include_bytes!("../../../samples/claim-2025-2026.xml"),
    },
    Sample {
        name: "hospital-a.json",
        what: words::TOUR_FILE_A,
        bytes: include_bytes!("../../../samples/hospital-a.json"),
    },
    Sample { name: "hospital-b.json", what: words::TOUR_FILE_B, bytes: HOSPITAL_B_FILE },
    Sample {
        name: "home-readings.ndjson",
        what: words::TOUR_FILE_HOME,
        bytes: include_bytes!("../../../samples/home-readings.ndjson"),
    },
    Sample {
        name: "stranger.json",
        what: words::TOUR_FILE_STRANGER,
        bytes: include_bytes!("../../../samples/stranger.json"),
    },
];
