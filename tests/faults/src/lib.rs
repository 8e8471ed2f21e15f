//! A device that fails, under the files of a book.
//!
//! [`vfs`] puts a layer between SQLite's cipher and the system's files; [`disk`] decides there what each operation comes
//! to: an error at the n-th one, a write cut short, a full disk, or the end of the power, after which only what was
//! synced is sure to be there. The books themselves know nothing of it: SQLite3 Multiple Ciphers wraps its cipher around
//! any layer by name and takes it for the default, so no production code has a seam for this.
//!
//! What goes past SQLite (`book.keys`, the renames of a creation and a rotation) is not under this layer; full disks in
//! memory (`safety_disk`) and real kills (`kill_rounds`) are for that.

pub mod disk;
pub mod sweep;
pub mod vfs;
