//! Compiles SQLite3 Multiple Ciphers with the one cipher that books use.

fn main() {
    let dir = sqlite3mc_src::source_dir();
    let mut build = cc::Build::new();
    build
        .file(dir.join(sqlite3mc_src::SOURCE_FILE))
        .warnings(false)
        // The same code in debug builds: an unoptimised cipher is fifty times slower and tests nothing more.
        .opt_level(2)
        // A sixth of the code of -O2 is copies and padding that a database does not get faster by.
        .flag_if_supported("-fno-inline-functions")
        .flag_if_supported("-fno-ipa-cp")
        .flag_if_supported("-fno-tree-vectorize")
        .flag_if_supported("-falign-functions=1")
        .flag_if_supported("-falign-jumps=1")
        .flag_if_supported("-falign-loops=1")
        .flag_if_supported("-falign-labels=1")
        .flag_if_supported("-fvisibility=hidden")
        // AEGIS only. A cipher that is not there cannot be chosen by mistake.
        .define("HAVE_CIPHER_AEGIS", "1")
        .define("CODEC_TYPE", "CODEC_TYPE_AEGIS");
    for cipher in ["AES_128_CBC", "AES_256_CBC", "CHACHA20", "SQLCIPHER", "RC4", "ASCON128"] {
        build.define(&format!("HAVE_CIPHER_{cipher}"), "0");
    }
    build
        // Freed memory is wiped: keys and pages do not stay behind in the heap.
        .define("SQLITE3MC_SECURE_MEMORY", "1")
        // Nothing is spilled to a temporary file, whatever a PRAGMA says.
        .define("SQLITE_TEMP_STORE", "3")
        .define("SQLITE_THREADSAFE", "1")
        .define("SQLITE_DQS", "0")
        .define("SQLITE_DEFAULT_FOREIGN_KEYS", "1")
        .define("SQLITE_ENABLE_API_ARMOR", None)
        // `verify` reads every page through the cipher.
        .define("SQLITE_ENABLE_DBPAGE_VTAB", None)
        .define("SQLITE_ENABLE_FTS5", None)
        .define("SQLITE_ENABLE_STAT4", None)
        .define("SQLITE_MAX_EXPR_DEPTH", "200")
        .define("SQLITE_OMIT_LOAD_EXTENSION", None)
        .define("SQLITE_OMIT_SHARED_CACHE", None)
        .define("SQLITE_OMIT_DEPRECATED", None)
        .define("SQLITE_LIKE_DOESNT_MATCH_BLOBS", None)
        .define("SQLITE_USE_URI", "0")
        // What the book never asks for, and what a phone would carry all the same since tables of functions name it.
        .define("SQLITE_OMIT_JSON", None)
        .define("SQLITE_OMIT_DATETIME_FUNCS", None)
        .define("SQLITE_OMIT_UTF16", None)
        .define("SQLITE_OMIT_TRACE", None)
        .define("AEGIS_OMIT_INCREMENTAL", None)
        .define("AEGIS_OMIT_MAC_API", None)
        // No panic crosses C: rusqlite's callbacks catch theirs. So C needs no tables to be unwound by.
        .flag_if_supported("-fno-asynchronous-unwind-tables")
        .flag_if_supported("-fno-exceptions")
        .define("HAVE_USLEEP", "1")
        .compile("sqlite3mc");
    println!("cargo:rerun-if-changed=build.rs");
}
