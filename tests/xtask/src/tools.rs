//! What has to be on the machine, and how to get it there on Debian.

use crate::cache::Place;
use crate::process::{Failure, command, read, say, stream, works};

/// A program some stage needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Rustfmt,
    Clippy,
    CCompiler,
    Git,
    Npm,
    Tar,
    Sha256sum,
    Java,
    Maven,
    Valgrind,
}

const ALL: &[Tool] = &[
    Tool::Rustfmt,
    Tool::Clippy,
    Tool::CCompiler,
    Tool::Git,
    Tool::Npm,
    Tool::Tar,
    Tool::Sha256sum,
    Tool::Java,
    Tool::Maven,
    Tool::Valgrind,
];

impl Tool {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rustfmt => "rustfmt",
            Self::Clippy => "clippy",
            Self::CCompiler => "a C compiler (cc)",
            Self::Git => "git",
            Self::Npm => "npm",
            Self::Tar => "tar",
            Self::Sha256sum => "sha256sum",
            Self::Java => "java",
            Self::Maven => "mvn",
            Self::Valgrind => "valgrind",
        }
    }

    /// Asked by running it: a program that is found but does not start is missing too.
    pub(crate) fn is_here(self) -> bool {
        let mut probe = match self {
            Self::Rustfmt | Self::Clippy => crate::process::cargo(),
            Self::CCompiler => command("cc"),
            other => command(other.name()),
        };
        match self {
            Self::Rustfmt => probe.arg("fmt"),
            Self::Clippy => probe.arg("clippy"),
            _ => &mut probe,
        };
        works(probe.arg("--version"))
    }

    /// Debian's packages that bring it. The Rust ones belong to Debian's own toolchain `rustc-web`, which unlike
    /// `rustc` follows the stable releases.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Rustfmt => &["rustfmt-web"],
            Self::Clippy => &["rust-web-clippy"],
            Self::CCompiler => &["gcc", "libc6-dev"],
            Self::Git => &["git"],
            Self::Npm => &["npm"],
            Self::Tar => &["tar"],
            Self::Sha256sum => &["coreutils"],
            // Of a single file of source, the compiler runs too.
            Self::Java => &["default-jdk-headless"],
            Self::Maven => &["maven"],
            Self::Valgrind => &["valgrind"],
        }
    }

    fn of_the_toolchain(self) -> bool {
        matches!(self, Self::Rustfmt | Self::Clippy)
    }
}

/// Says which toolchain runs and what is missing; as root on Debian it installs that first.
pub(crate) fn prepare(place: &Place, ci: bool) -> Result<(), Failure> {
    toolchain(place)?;
    let missing = || ALL.iter().copied().filter(|tool| !tool.is_here()).collect::<Vec<_>>();
    let mut absent = missing();
    if !absent.is_empty() {
        install(&absent)?;
        absent = missing();
    }
    let here: Vec<&str> = ALL.iter().filter(|tool| !absent.contains(tool)).map(|tool| tool.name()).collect();
    say(&format!("here: {}", here.join(", ")))?;
    if absent.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = absent.iter().map(|tool| tool.name()).collect();
    let names = names.join(", ");
    if ci {
        return Err(Failure::new(format!("missing, and in CI nothing may be skipped: {names}")));
    }
    say(&format!("missing: {names}; the stages that need it are skipped"))
}

fn toolchain(place: &Place) -> Result<(), Failure> {
    let mut rustc = command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let rustc = read(rustc.current_dir(&place.root).arg("--version"))?;
    let cargo = read(place.cargo().arg("--version"))?;
    let declared = env!("CARGO_PKG_RUST_VERSION");
    say(&format!("{}, {}", rustc.trim(), cargo.trim()))?;
    say(&verdict(&rustc, declared)?)
}

/// What a run with this compiler shows about the declared `rust-version`.
fn verdict(rustc: &str, declared: &str) -> Result<String, Failure> {
    let numbers = |version: &str| -> Option<(u32, u32)> {
        let mut parts = version.split(['.', '-']);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    let runs = rustc.split_whitespace().nth(1).unwrap_or_default();
    let (Some(running), Some(oldest)) = (numbers(runs), numbers(declared)) else {
        return Err(Failure::new(format!("cannot compare rustc {runs:?} with rust-version {declared:?}")));
    };
    if running < oldest {
        Err(Failure::new(format!("rustc {runs} is older than the rust-version {declared} of the workspace")))
    } else if running == oldest {
        Ok(format!("rust-version {declared} is exactly what runs: this run tests it"))
    } else {
        Ok(format!("rust-version {declared} is older than what runs: this run does not test it"))
    }
}

fn install(absent: &[Tool]) -> Result<(), Failure> {
    let (of_rust, others): (Vec<Tool>, Vec<Tool>) = absent.iter().partition(|tool| tool.of_the_toolchain());
    // A toolchain that rustup brought gets its parts from rustup; Debian's would be of another version.
    let by_rustup = !of_rust.is_empty() && works(command("rustup").arg("--version"));
    let mut packages: Vec<&str> = others.iter().flat_map(|tool| tool.packages()).copied().collect();
    if !by_rustup {
        packages.extend(of_rust.iter().flat_map(|tool| tool.packages()));
    }
    let debian = works(command("apt-get").arg("--version"));
    if debian && is_root() {
        if by_rustup {
            stream(command("rustup").args(["component", "add", "rustfmt", "clippy"]), |_| {})?;
        }
        if !packages.is_empty() {
            apt_get(&["update"])?;
            apt_get(&[&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat())?;
        }
        return Ok(());
    }
    if by_rustup {
        say("to install: rustup component add rustfmt clippy")?;
    }
    if debian && !packages.is_empty() {
        say(&format!("to install, as root: apt-get install {}", packages.join(" ")))?;
    }
    Ok(())
}

fn apt_get(arguments: &[&str]) -> Result<(), Failure> {
    let mut apt_get = command("apt-get");
    stream(apt_get.env("DEBIAN_FRONTEND", "noninteractive").args(["--quiet"]).args(arguments), |_| {})
}

fn is_root() -> bool {
    read(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_says_whether_it_tests_the_declared_rust_version() {
        assert!(verdict("rustc 1.95.0 (59807616e 2026-04-14)", "1.95").unwrap().contains("exactly"));
        assert!(verdict("rustc 1.96.0-nightly", "1.95.0").unwrap().contains("does not test it"));
        assert!(verdict("rustc 1.100.2", "1.95").unwrap().contains("does not test it"));
        assert!(verdict("rustc 1.94.1", "1.95").is_err());
        assert!(verdict("something else", "1.95").is_err());
    }
}
