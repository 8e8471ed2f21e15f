//! Whether a folder's files are still what they were.

use std::collections::BTreeMap;
use std::path::Path;

use crate::files_under;

/// The bytes of every file that holds something of a book.
///
/// Left out are `book.db-shm`, an index of the WAL in shared memory that SQLite makes anew at each opening, and an empty
/// WAL, which is none.
#[derive(PartialEq, Eq)]
pub struct Still(BTreeMap<String, Vec<u8>>);

impl std::fmt::Debug for Still {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, bytes)| (name, bytes.len()))).finish()
    }
}

impl Still {
    /// Looks at a folder.
    pub fn of(dir: &Path) -> Self {
        let files = files_under(dir)
            .into_iter()
            .map(|(path, bytes)| (path.strip_prefix(dir).unwrap().to_string_lossy().into_owned(), bytes));
        Self(
            files
                .filter(|(name, bytes)| {
                    !(name.ends_with("-shm") || (name.ends_with("-wal") && bytes.is_empty()))
                })
                .collect(),
        )
    }
}

/// Copies a folder of files.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
