//! Compiles SQLite3 Multiple Ciphers with the one cipher that books use.

fn main() {
    let dir = sqlite3mc_src::source_dir();
    let mut build = cc::Build::new();
    build
        .file(dir.join(sqlite3mc_src::SOURCE_FILE))
        .warnings(false)
        // The same code in debug builds: an unoptimised cipher is fifty times slower and tests nothing more.
        .opt_level(2)
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
        .define("HAVE_USLEEP", "1")
        .compile("sqlite3mc");
    println!("cargo:rerun-if-changed=build.rs");
}
