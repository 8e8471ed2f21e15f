//! What makes a record restricted: shown only when it is asked for.
//!
//! Four sources, each with its list here: the project's own list of diagnoses (ICD-10 ranges), the security labels
//! of HL7, codes of medicines and tests for HIV and tuberculosis, and their names in free text. The lists decide
//! what a screen hides at first; they are not a statement about anybody, so when in doubt they hide.
//!
//! Free text is compared as it is seen: wide letters are letters, and what takes no room inside a word is not there.
//!
//! Decisions where a name alone does not tell:
//! - *Tenofovir* and *lamivudin* alone treat hepatitis B, which is common in Vietnam: not restricted. The two
//!   together, or either with another antiretroviral, treat HIV: restricted.
//! - *Ritonavir* with nirmatrelvir (COVID-19) or paritaprevir (hepatitis C) is not restricted; else it is.
//! - *Streptomycin*, fluoroquinolones, linezolid and clofazimin treat much besides tuberculosis: not restricted.
//! - The syllable *lao* is restricted only where the words around it make it the disease: not *lão khoa*, *Lào*,
//!   *lao động*, *cù lao*.
//! - A vaccine names the disease it protects from: of its words those for HIV and for treatments count, not *lao*.

mod code;
mod raw;
mod text;

pub use code::coding_is_restricted;
pub use raw::raw_is_restricted;
pub use text::{text_is_restricted, vaccine_is_restricted};
