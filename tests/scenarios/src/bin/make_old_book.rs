//! Makes the book that later versions must still open: `cargo run -p healthbook-scenarios --bin make_old_book`. Run once
//! for every schema, by the version that writes it; a book that was made is not made again.

use healthbook_scenarios::{ALL, old_book};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = old_book::folder(healthbook_vault::SCHEMA_VERSION);
    if folder.join("book.db").exists() {
        return Err(format!("{} is there already", folder.display()).into());
    }
    let making = tempfile::tempdir()?;
    let dir = making.path().join("book");
    let key = old_book::make(&dir);
    let parsed = healthbook::KeyFile::parse(&key, healthbook::Ports::system().random)
        .map_err(|_| "the key file that was made cannot be read")?;
    let book =
        healthbook::Book::open(&dir, healthbook::Secret::Keystore(&parsed), healthbook::Ports::system())
            .map_err(|error| format!("{error:?}"))?;
    let told = old_book::told(&book);
    println!("{} records", healthbook_scenarios::everything(&book, ALL).len());
    book.lock().map_err(|error| format!("{error:?}"))?;
    std::fs::create_dir_all(&folder)?;
    for name in ["book.db", "book.keys"] {
        std::fs::copy(dir.join(name), folder.join(name))?;
    }
    std::fs::write(folder.join("key"), key)?;
    std::fs::write(folder.join("contents.txt"), told)?;
    Ok(())
}
