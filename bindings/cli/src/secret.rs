//! The secrets that open a book: where they come from, in what order, and how a key file is made.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use healthbook::{KeyFile, KeyFileError, Lang, Ports, RecoveryCode, SecretText};

use crate::failure::Failure;
use crate::terminal;
use crate::words;

/// A secret of some lines is a mistake, one of megabytes an accident.
const LONGEST: usize = 64 * 1024;

/// Where secrets may come from, besides the terminal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// `--passphrase-file`.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// `--keyfile`.
    pub(crate) keyfile: Option<PathBuf>,
    /// `--recovery-code-file`.
    pub(crate) recovery_code_file: Option<PathBuf>,
}

/// A way into a book.
pub(crate) enum Way {
    KeyFile(KeyFile),
    Passphrase(SecretText),
    Recovery(RecoveryCode),
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Places {
    /// The key file that an option, else the environment names.
    pub(crate) fn keyfile(&self) -> Option<PathBuf> {
        self.keyfile.clone().or_else(|| variable("HEALTHBOOK_KEYFILE").map(PathBuf::from))
    }

    /// The passphrase that an option, else the environment gives.
    pub(crate) fn passphrase(&self, lang: Lang) -> Result<Option<SecretText>, Failure> {
        match &self.passphrase_file {
            Some(path) => read_secret(path, lang).map(Some),
            None => Ok(variable("HEALTHBOOK_PASSPHRASE").map(SecretText::new)),
        }
    }

    /// The way to open a book that an option, else the environment gives.
    pub(crate) fn given(&self, lang: Lang) -> Result<Option<Way>, Failure> {
        if let Some(path) = &self.recovery_code_file {
            return Ok(Some(Way::Recovery(read_recovery_code(path, lang)?)));
        }
        if let Some(path) = &self.keyfile {
            return Ok(Some(Way::KeyFile(read_key_file(path, lang)?)));
        }
        if let Some(path) = &self.passphrase_file {
            return Ok(Some(Way::Passphrase(read_secret(path, lang)?)));
        }
        if let Some(path) = self.keyfile() {
            return Ok(Some(Way::KeyFile(read_key_file(&path, lang)?)));
        }
        Ok(self.passphrase(lang)?.map(Way::Passphrase))
    }

    /// The way to open a book: what is given, else a person is asked.
    pub(crate) fn way(&self, lang: Lang) -> Result<Way, Failure> {
        if let Some(way) = self.given(lang)? {
            return Ok(way);
        }
        if !terminal::can_ask_secret() {
            return Err(Failure::Usage(words::NO_SECRET.get(lang).to_owned()));
        }
        terminal::ask_secret(words::ASK_PASSPHRASE.get(lang))?
            .map(Way::Passphrase)
            .ok_or_else(|| Failure::Usage(words::NO_SECRET.get(lang).to_owned()))
    }
}

/// A file that cannot be read or written, named by what it is for: the path is the person's own and was just typed.
fn unreadable(error: &io::Error, path: &Path, lang: Lang) -> Failure {
    let phrase = match error.kind() {
        io::ErrorKind::NotFound => words::FILE_NOT_FOUND,
        io::ErrorKind::PermissionDenied => words::FILE_FORBIDDEN,
        _ => words::FILE_UNREADABLE,
    };
    Failure::told("io", phrase.with(lang, &[("file", &path.display())]))
}

/// The text of a small file, without the line breaks at its end; `-` is standard input. The name of a file that is not
/// there is not said again: it may be the secret itself, typed in the wrong place.
fn read_secret(path: &Path, lang: Lang) -> Result<SecretText, Failure> {
    // Room enough that nothing of it is left behind in smaller buffers while it grows.
    let mut text = String::with_capacity(LONGEST);
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text))
    };
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    let secret = SecretText::new(text);
    match read {
        Ok(length) if length < LONGEST => Ok(secret),
        Ok(_) => Err(Failure::told("io", words::FILE_UNREADABLE.with(lang, &[("file", &path.display())]))),
        Err(_) if !path.exists() => Err(Failure::told("io", words::SECRET_FILE_NOT_FOUND.get(lang))),
        Err(error) => Err(unreadable(&error, path, lang)),
    }
}

fn read_key_file(path: &Path, lang: Lang) -> Result<KeyFile, Failure> {
    if path.as_os_str() != "-" {
        // The name of a key file is no secret.
        fs::metadata(path).map_err(|error| unreadable(&error, path, lang))?;
    }
    let text = read_secret(path, lang)?;
    KeyFile::parse(text.expose(), Ports::system().random)
        .map_err(|_| Failure::told("invalid-input", words::NOT_A_KEY_FILE.get(lang)))
}

/// Whether a plain file holds a key, also a damaged one or one of a newer version. A pipe is not read for it.
pub(crate) fn is_key_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
        && read_secret(path, Lang::default()).is_ok_and(|text| {
            !matches!(KeyFile::parse(text.expose(), Ports::system().random), Err(KeyFileError::NotAKeyFile))
        })
}

fn recovery_code(text: &SecretText) -> Result<RecoveryCode, Failure> {
    RecoveryCode::parse(text.expose()).map_err(|error| Failure::Book(error.into()))
}

/// The recovery code in a file; `-` is typed, or comes from standard input.
pub(crate) fn read_recovery_code(path: &Path, lang: Lang) -> Result<RecoveryCode, Failure> {
    if path.as_os_str() == "-" && terminal::can_ask_secret() {
        return ask_recovery_code(lang);
    }
    recovery_code(&read_secret(path, lang)?)
}

/// Asks the person to type the recovery code that they wrote down.
pub(crate) fn ask_recovery_code(lang: Lang) -> Result<RecoveryCode, Failure> {
    if !terminal::can_ask_secret() {
        return Err(Failure::Usage(words::NO_RECOVERY_CODE.get(lang).to_owned()));
    }
    match terminal::ask_secret(words::ASK_RECOVERY_CODE.get(lang))? {
        Some(text) => recovery_code(&text),
        None => Err(Failure::Usage(words::NO_RECOVERY_CODE.get(lang).to_owned())),
    }
}

/// Reads a key file, or makes it when there is none. Only its owner can read what is made.
pub(crate) fn read_or_make_key_file(path: &Path, lang: Lang) -> Result<KeyFile, Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let key = KeyFile::make(Ports::system().random)
                .map_err(|_| Failure::told("internal", words::NO_RANDOMNESS.get(lang)))?;
            let written = file.write_all(key.to_text().expose().as_bytes()).and_then(|()| file.sync_all());
            match written {
                Ok(()) => Ok(key),
                Err(error) => Err(unreadable(&error, path, lang)),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_key_file(path, lang),
        Err(error) => Err(unreadable(&error, path, lang)),
    }
}

/// Asks for a new passphrase, twice.
pub(crate) fn ask_new_passphrase(lang: Lang) -> Result<SecretText, Failure> {
    if !terminal::can_ask_secret() {
        return Err(Failure::Usage(words::NO_SECRET.get(lang).to_owned()));
    }
    let missing = || Failure::Usage(words::NO_SECRET.get(lang).to_owned());
    let first = terminal::ask_secret(words::ASK_NEW_PASSPHRASE.get(lang))?.ok_or_else(missing)?;
    if first.expose().is_empty() {
        return Err(Failure::told("invalid-input", words::EMPTY_PASSPHRASE.get(lang)));
    }
    let second = terminal::ask_secret(words::ASK_AGAIN.get(lang))?.ok_or_else(missing)?;
    if first.expose() == second.expose() {
        Ok(first)
    } else {
        Err(Failure::told("invalid-input", words::PASSPHRASES_DIFFER.get(lang)))
    }
}
