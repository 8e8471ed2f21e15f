//! No secret in what is printed, logged or shown as an error.

use super::*;
use crate::keys::{ContentHasher, EnvelopeError, KeyFileError, RecoveryCodeError};

#[test]
fn nothing_that_holds_a_secret_prints_it() {
    let lan = Lan::new();
    let envelope = lan.envelope(&[lan.keystore(), lan.passphrase(), lan.recovery()]);
    let hasher = ContentHasher::new(&data_key(1));
    let printed = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {envelope:?} {:?} {hasher:?} {:?}",
        lan.key_file,
        lan.passphrase,
        lan.recovery,
        lan.keystore(),
        lan.passphrase(),
        lan.recovery(),
        envelope.open(lan.recovery()),
        hasher.start(),
    );
    let code = lan.recovery.to_text();
    let key_file = lan.key_file.to_text();
    let secrets = [
        lan.passphrase.expose().to_owned(),
        code.expose()[..6].to_owned(),
        key_file.expose()[17..33].to_owned(),
        "209, 209".to_owned(), // the data key's bytes, d1 d1
        "d1d1".to_owned(),
        "200, 201".to_owned(), // the recovery code's bytes
    ];
    for secret in secrets {
        assert!(!printed.contains(&secret), "{printed}");
    }
    assert_eq!(printed.matches("[redacted]").count(), 9, "{printed}");
}

#[test]
fn an_error_does_not_repeat_what_was_typed() {
    let lan = Lan::new();
    let typed = "hoa sữa 271828";
    let envelope = lan.envelope(&[lan.passphrase()]);
    let passphrase = typed.into();
    let errors = [
        format!("{0:?} {0}", envelope.open(Secret::Passphrase(&passphrase)).unwrap_err()),
        format!("{0:?} {0}", RecoveryCode::parse(typed).unwrap_err()),
        format!("{0:?} {0}", KeyFile::parse(typed, Arc::new(Dry)).unwrap_err()),
        format!("{0:?} {0}", Envelope::parse(typed.as_bytes()).unwrap_err()),
    ];
    for error in errors {
        assert!(!error.contains("hoa") && !error.contains("271828"), "{error}");
    }
}

#[test]
fn errors_can_cross_threads() {
    fn crosses<T: std::error::Error + Send + Sync + 'static>() {}
    crosses::<EnvelopeError>();
    crosses::<RecoveryCodeError>();
    crosses::<KeyFileError>();
    crosses::<crate::keys::file::FileError>();
}
