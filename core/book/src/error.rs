//! The one public error, and the one place where inner errors become it: here is decided what may be told.

use std::fmt;

use healthbook_formats::own::OwnError;
use healthbook_model::{KeystoreError, Lang};
use healthbook_vault::VaultError;
use healthbook_vault::keys::{EnvelopeError, KeyFileError, RecoveryCodeError};

macro_rules! codes {
    ($( $(#[$doc:meta])* $name:ident = $word:literal, $retry:literal, $vi:literal, $en:literal; )*) => {
        /// What went wrong, as a stable code. Apps translate by it; its words never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $( $(#[$doc])* $name, )* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// The stable word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $word, )* }
            }

            /// Whether the same call can succeed when it is made again, without anything being changed first.
            #[must_use]
            pub fn retry(self) -> bool {
                match self { $( Self::$name => $retry, )* }
            }

            /// A sentence in the reader's language, safe to show and to log.
            #[must_use]
            pub fn sentence(self, lang: Lang) -> &'static str {
                match self { $( Self::$name => lang.pick($vi, $en), )* }
            }
        }
    };
}

codes! {
    /// There is no book in the folder.
    NoBook = "no-book", false,
        "Không có sổ sức khỏe nào ở đây.",
        "There is no health book here.";
    /// There is one already.
    BookExists = "book-exists", false,
        "Ở đây đã có một sổ sức khỏe; nó được giữ nguyên.",
        "There is a health book here already; it was left as it is.";
    /// Another program has it open.
    InUse = "in-use", true,
        "Sổ đang được một chương trình khác mở.",
        "The book is open in another program.";
    /// The book was suspended.
    Suspended = "suspended", true,
        "Sổ đang tạm đóng.",
        "The book is suspended.";
    /// Wrong passphrase, key file or recovery code.
    WrongSecret = "wrong-secret", false,
        "Mật khẩu, tệp khóa hoặc mã khôi phục không đúng.",
        "The passphrase, key file or recovery code is not the right one.";
    /// The book does not open this way.
    NoSuchWay = "no-such-way", false,
        "Sổ này không mở được bằng cách đó; hãy dùng cách khác hoặc mã khôi phục.",
        "The book does not open in this way; use another one, or the recovery code.";
    /// `book.keys` is damaged.
    KeysDamaged = "keys-damaged", false,
        "Tệp khóa book.keys bị hỏng ở phần này; hãy thử cách mở khác, hoặc chép lại tệp từ bản sao lưu.",
        "book.keys is damaged in this part; try another way to open, or put the file back from a backup.";
    /// `book.keys` is missing.
    KeysMissing = "keys-missing", false,
        "Thiếu tệp book.keys; không có nó thì không mở được sổ. Hãy chép lại tệp từ bản sao lưu.",
        "book.keys is missing; nothing opens the book without it. Put the file back from a backup.";
    /// The platform's keystore said no.
    KeystoreRefused = "keystore-refused", true,
        "Kho khóa của máy đang khóa hoặc bạn chưa đồng ý.",
        "The keystore is locked, or you declined.";
    /// The platform's keystore no longer has the key.
    KeystoreKeyLost = "keystore-key-lost", false,
        "Khóa của sổ trong kho khóa của máy không còn nữa; hãy mở bằng mã khôi phục hoặc cách khác.",
        "The keystore no longer has the book's key; open it by the recovery code or in another way.";
    /// The keystore failed.
    KeystoreFailed = "keystore-failed", true,
        "Kho khóa của máy gặp lỗi.",
        "The keystore failed.";
    /// Pages of the book are damaged.
    Damaged = "damaged", false,
        "Tệp của sổ bị hỏng; nó được giữ nguyên.",
        "The book's file is damaged; it was left as it is.";
    /// The file is not encrypted.
    NotEncrypted = "not-encrypted", false,
        "Tệp này không được mã hóa nên không phải là sổ sức khỏe; nó được giữ nguyên.",
        "The file is not encrypted, so it is no health book; it was left as it is.";
    /// The build has no cipher.
    NoCipher = "no-cipher", false,
        "Bản phần mềm này không có mã hóa nên không mở sổ nào.",
        "This build has no cipher and opens no book.";
    /// The book was written by a newer version.
    NewerBook = "newer-book", false,
        "Sổ do phiên bản mới hơn ghi; hãy cập nhật phần mềm. Sổ được giữ nguyên.",
        "The book was written by a newer version; update the program. The book was left as it is.";
    /// The disk is full.
    DiskFull = "disk-full", false,
        "Bộ nhớ đã đầy; sổ vẫn nguyên như trước.",
        "The disk is full; the book is as it was before.";
    /// The folder cannot be written.
    ReadOnly = "read-only", false,
        "Không ghi được vào thư mục của sổ.",
        "The book's folder cannot be written.";
    /// Nothing of this identity.
    NotFound = "not-found", false,
        "Không tìm thấy.",
        "Not found.";
    /// Several records begin like this.
    Ambiguous = "ambiguous", false,
        "Có nhiều mục bắt đầu như vậy; hãy viết mã dài hơn.",
        "Several records begin like this; write more of the identifier.";
    /// Not allowed for this record.
    NotAllowed = "not-allowed", false,
        "Không làm được việc này với mục đó.",
        "This cannot be done with that record.";
    /// A value was not understood.
    InvalidInput = "invalid-input", false,
        "Giá trị nhập vào không hợp lệ.",
        "A value was not understood.";
    /// The file is empty.
    EmptyFile = "empty-file", false,
        "Tệp rỗng; hãy nói đó là gì nếu vẫn muốn giữ.",
        "The file is empty; say what it is if it shall be kept all the same.";
    /// The file is of no known format.
    UnknownFile = "unknown-file", false,
        "Không nhận ra loại tệp này; hãy nói đó là gì để giữ nguyên nó trong sổ.",
        "The file is of no known format; say what it is to have it kept whole.";
    /// An archive or compressed file could not be opened.
    UnreadableArchive = "unreadable-archive", false,
        "Không mở được tệp nén này.",
        "The archive could not be opened.";
    /// The caller asked to stop.
    Stopped = "stopped", true,
        "Đã dừng theo yêu cầu; sổ vẫn nguyên vẹn.",
        "Stopped on request; the book is whole.";
    /// Input or output failed.
    Io = "io", true,
        "Lỗi đọc hoặc ghi tệp.",
        "Reading or writing a file failed.";
    /// Something inside failed that has no better name.
    Internal = "internal", false,
        "Lỗi bên trong chương trình.",
        "Something inside the program failed.";
}

/// An error of the book: a code, whether a retry helps, and a sentence without health data, identifiers or secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    /// More, in both languages, as safe as the sentence itself.
    detail: Option<(String, String)>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode) -> Self {
        Self { code, detail: None }
    }

    pub(crate) fn with(code: ErrorCode, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, detail: Some((vi.into(), en.into())) }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Whether the same call can succeed when it is made again.
    #[must_use]
    pub fn retry(&self) -> bool {
        self.code.retry()
    }

    /// A sentence in the reader's language.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        match &self.detail {
            None => self.code.sentence(lang).to_owned(),
            Some((vi, en)) => format!("{} {}", self.code.sentence(lang), lang.pick(vi, en)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(Lang::En))
    }
}

impl std::error::Error for Error {}

fn of_keystore(error: &KeystoreError) -> ErrorCode {
    match error {
        KeystoreError::Refused => ErrorCode::KeystoreRefused,
        KeystoreError::KeyLost => ErrorCode::KeystoreKeyLost,
        KeystoreError::WrongKey => ErrorCode::WrongSecret,
        KeystoreError::Failed => ErrorCode::KeystoreFailed,
    }
}

fn of_envelope(error: &EnvelopeError) -> ErrorCode {
    match error {
        EnvelopeError::NotAnEnvelope | EnvelopeError::Damaged(_) | EnvelopeError::Cost(_) => {
            ErrorCode::KeysDamaged
        }
        EnvelopeError::NewerVersion(_) => ErrorCode::NewerBook,
        EnvelopeError::NoSuchSlot(_) => ErrorCode::NoSuchWay,
        EnvelopeError::WrongSecret(_) => ErrorCode::WrongSecret,
        EnvelopeError::Keystore(error) => of_keystore(error),
        EnvelopeError::EmptyPassphrase => ErrorCode::InvalidInput,
        EnvelopeError::LastSlot(_) => ErrorCode::NotAllowed,
        _ => ErrorCode::Internal,
    }
}

impl From<VaultError> for Error {
    /// The conversion point. What an inner error says beyond its code is told only where it is known to be safe.
    fn from(error: VaultError) -> Self {
        let code = match &error {
            VaultError::Missing => ErrorCode::NoBook,
            VaultError::Exists => ErrorCode::BookExists,
            VaultError::InUse => ErrorCode::InUse,
            VaultError::Suspended => ErrorCode::Suspended,
            VaultError::EnvelopeMissing => ErrorCode::KeysMissing,
            VaultError::Envelope(error) => of_envelope(error),
            VaultError::Damaged { .. } => ErrorCode::Damaged,
            VaultError::NotEncrypted => ErrorCode::NotEncrypted,
            VaultError::NoCipher => ErrorCode::NoCipher,
            VaultError::Newer { .. } => ErrorCode::NewerBook,
            VaultError::DiskFull => ErrorCode::DiskFull,
            VaultError::ReadOnly => ErrorCode::ReadOnly,
            VaultError::NotFound { .. } => ErrorCode::NotFound,
            VaultError::Ambiguous => ErrorCode::Ambiguous,
            VaultError::Refused { .. } => ErrorCode::NotAllowed,
            VaultError::Stopped => ErrorCode::Stopped,
            VaultError::Keystore(error) => of_keystore(error),
            VaultError::Io(_) => ErrorCode::Io,
            VaultError::Random(_) | VaultError::Sqlite(_) => ErrorCode::Internal,
        };
        match error {
            VaultError::Damaged { what } => Self::with(code, format!("({what})"), format!("({what})")),
            VaultError::Refused { what } => Self::with(code, format!("({what})"), format!("({what})")),
            // Without its WAL SQLite reads only a file of which nobody promises that it stays as it is.
            VaultError::ReadOnly => Self::with(
                code,
                "Cả khi chỉ xem, sổ đang mở cũng cần ghi tệp tạm bên cạnh. Hãy chép cả thư mục sang chỗ ghi được rồi mở ở đó, hoặc xin quyền ghi.",
                "An open book keeps a file beside it even while it is only read. Copy the whole folder to a place that can be written and open it there, or ask for the right to write.",
            ),
            _ => Self::new(code),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        // A stream over the vault carries the vault's own error inside.
        match error.downcast::<VaultError>() {
            Ok(inner) => inner.into(),
            Err(error) => match error.kind() {
                std::io::ErrorKind::StorageFull => Self::new(ErrorCode::DiskFull),
                std::io::ErrorKind::PermissionDenied => Self::new(ErrorCode::ReadOnly),
                _ => Self::new(ErrorCode::Io),
            },
        }
    }
}

impl From<OwnError> for Error {
    fn from(error: OwnError) -> Self {
        let code = match error {
            OwnError::NotEditable | OwnError::NotAResource => ErrorCode::NotAllowed,
            _ => ErrorCode::InvalidInput,
        };
        Self::with(code, error.sentence(Lang::Vi), error.sentence(Lang::En))
    }
}

impl From<KeyFileError> for Error {
    fn from(_: KeyFileError) -> Self {
        Self::with(ErrorCode::InvalidInput, "(Đây không phải là tệp khóa.)", "(This is not a key file.)")
    }
}

impl From<RecoveryCodeError> for Error {
    fn from(error: RecoveryCodeError) -> Self {
        match error {
            RecoveryCodeError::Group(n) => Self::with(
                ErrorCode::InvalidInput,
                format!("(Nhóm số {n} viết nhầm.)"),
                format!("(Group {n} is mistyped.)"),
            ),
            _ => Self::with(
                ErrorCode::InvalidInput,
                "(Mã khôi phục có 8 nhóm, mỗi nhóm 6 chữ số.)",
                "(A recovery code has 8 groups of 6 digits.)",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_words_in_both_languages_and_no_two_share_one() {
        let mut words = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            assert!(words.insert(code.as_str()), "{}", code.as_str());
            assert_ne!(code.sentence(Lang::Vi), code.sentence(Lang::En));
        }
    }
}
