//! Every call of the facade in one shared library, as a phone gets them, without the layer that Kotlin and Swift speak
//! to. `cargo xtask size` weighs it. A call that is not named here is not weighed: a test compares the list with the
//! facade.

use std::hint::black_box;

use healthbook::Book;

/// Names every call, so that each of them is linked with all that it needs.
#[expect(unsafe_code, reason = "the one name that is seen from outside")]
// SAFETY: no other library of the project has a symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn healthbook_probe() -> usize {
    let calls: &[*const ()] = &[
        Book::create as *const (),
        Book::open as *const (),
        Book::dir as *const (),
        Book::lock as *const (),
        Book::suspend as *const (),
        Book::resume as *const (),
        Book::erase_plan as *const (),
        Book::erase as *const (),
        Book::timeline as *const (),
        Book::by_name as *const (),
        Book::search as *const (),
        Book::resolve as *const (),
        Book::item as *const (),
        Book::show as *const (),
        Book::raw as *const (),
        Book::versions as *const (),
        Book::raw_version as *const (),
        Book::changes as *const (),
        Book::last_change as *const (),
        (|book: &Book| book.subscribe(|| {})) as fn(&Book) as *const (),
        Book::export_csv as *const (),
        Book::export_fhir as *const (),
        Book::each as *const (),
        Book::documents as *const (),
        Book::document as *const (),
        Book::open_document as *const (),
        Book::documents_of as *const (),
        Book::records_of as *const (),
        Book::attachments as *const (),
        Book::attachment_bytes as *const (),
        Book::quarantine as *const (),
        Book::quarantined_bytes as *const (),
        Book::import as *const (),
        Book::remap as *const (),
        Book::ways as *const (),
        Book::change_passphrase as *const (),
        Book::remove_passphrase as *const (),
        Book::set_keystore as *const (),
        Book::renew_recovery_code as *const (),
        Book::proves as *const (),
        Book::rotate_key as *const (),
        Book::verify as *const (),
        Book::person as *const (),
        Book::emergency as *const (),
        Book::set_person as *const (),
        Book::review as *const (),
        Book::confirm as *const (),
        Book::reject as *const (),
        Book::stats as *const (),
        Book::audit as *const (),
        Book::note_restricted_access as *const (),
        Book::consents as *const (),
        Book::give_consent as *const (),
        Book::withdraw_consent as *const (),
        Book::compare_scan as *const (),
        Book::save_scan as *const (),
        Book::insurance_cards as *const (),
        Book::trend as *const (),
        Book::add as *const (),
        Book::add_entry as *const (),
        Book::fields as *const (),
        Book::edit as *const (),
        Book::correct as *const (),
        Book::delete as *const (),
        Book::restore as *const (),
        Book::purge_plan as *const (),
        Book::purge as *const (),
        Book::links as *const (),
        Book::link as *const (),
        Book::unlink as *const (),
        Book::put_samples as *const (),
        Book::purge_samples as *const (),
        healthbook::scan as *const (),
        healthbook::detect as *const (),
    ];
    black_box(calls).len()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_call_of_the_facade_is_weighed() {
        let here = include_str!("lib.rs");
        let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/book/src")];
        let mut calls = 0;
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let mut inside = false;
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                match line {
                    "}" => inside = false,
                    _ if line.starts_with("impl") => inside = line.contains("impl Book "),
                    _ => {}
                }
                if let Some(rest) = line.strip_prefix("    pub fn ").filter(|_| inside) {
                    let name: String =
                        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let is_named = here.contains(&format!("Book::{name} as "))
                        || here.contains(&format!("book.{name}("));
                    assert!(is_named, "{name} is not weighed");
                    calls += 1;
                }
            }
        }
        assert!(calls > 60, "{calls}");
    }
}
