//! Google's Android FHIR SDK for the benchmark: its released library on a desktop's Java by Robolectric, fetched from Maven
//! Central and Google's repository by Maven and kept in the cache.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Place;
use crate::process::{Failure, command, say, stream};
use crate::tools::Tool;

/// Android itself, as Robolectric loads it: the release that is run, and the newest it knows, whose resources it looks at.
const ANDROID: [&str; 2] = ["13-robolectric-9030017-i7", "15-robolectric-12650502-i7"];

/// What Robolectric and the libraries reach into.
const OPENED: [&str; 7] = [
    "java.lang",
    "java.util",
    "java.io",
    "java.net",
    "java.lang.reflect",
    "java.text",
    "jdk.internal.access",
];

fn source(place: &Place) -> PathBuf {
    place.root.join("tests/benches/android-fhir")
}

/// Builds the program and gives the file of what `java` needs to start it; `None`, and said, where it cannot be built.
pub(crate) fn arguments(place: &Place) -> Result<Option<PathBuf>, Failure> {
    let missing: Vec<&str> =
        [Tool::Java, Tool::Maven].iter().filter(|tool| !tool.is_here()).map(|tool| tool.name()).collect();
    if !missing.is_empty() {
        say(&format!("without the Android FHIR SDK: needs {}", missing.join(", ")))?;
        return Ok(None);
    }
    match build(place) {
        Ok(file) => Ok(Some(file)),
        Err(failure) => {
            say(&format!("without the Android FHIR SDK: {failure}"))?;
            Ok(None)
        }
    }
}

fn build(place: &Place) -> Result<PathBuf, Failure> {
    let shelf = fetched(place)?;
    let mut jars = jars_in(&shelf.join("lib"))?;
    // The program is compiled against the release that is run.
    jars.extend(jars_in(&shelf.join("android"))?.into_iter().take(1));
    let classes = shelf.join("classes");
    let path = std::env::join_paths(jars.iter().chain([&classes]))
        .ok()
        .and_then(|path| path.into_string().ok())
        .ok_or_else(|| Failure::new("the cache has a name that no class path can hold"))?;
    let mut compile = command("javac");
    compile.args(["-proc:none", "-nowarn", "-cp", &path, "-d"]).arg(&classes);
    stream(compile.arg(source(place).join("AndroidFhir.java")), |_| {})?;
    let mut arguments = vec!["-Xmx2g".to_owned(), "-Drobolectric.offline=true".to_owned()];
    arguments.push(format!("\"-Drobolectric.dependency.dir={}\"", shelf.join("android").display()));
    for package in OPENED {
        arguments.extend(["--add-opens".to_owned(), format!("java.base/{package}=ALL-UNNAMED")]);
    }
    arguments.extend(["-cp".to_owned(), format!("\"{path}\""), "AndroidFhir".to_owned()]);
    let file = shelf.join("arguments");
    fs::write(&file, arguments.join("\n"))?;
    Ok(file)
}

fn jars_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut jars = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()?;
    jars.retain(|path| path.extension().is_some_and(|extension| extension == "jar"));
    jars.sort();
    Ok(jars)
}

/// The folder with the libraries that the `pom.xml` names.
fn fetched(place: &Place) -> Result<PathBuf, Failure> {
    let shelf = place.cache.join("android-fhir");
    let pom = source(place).join("pom.xml");
    if fs::read(shelf.join("pom.xml")).is_ok_and(|kept| fs::read(&pom).is_ok_and(|now| kept == now)) {
        return Ok(shelf);
    }
    say("fetching the Android FHIR SDK")?;
    // Fetched beside and moved: an interrupted run leaves no half of it under the name that is trusted.
    let beside = place.cache.join(format!("android-fhir-{}", std::process::id()));
    let lib = beside.join("lib");
    let maven = |goal: &str, to: &Path| {
        let mut maven = command("mvn");
        maven.args(["--quiet", "--batch-mode", "--file"]).arg(&pom).arg(goal);
        maven.arg(format!("-DoutputDirectory={}", to.display()));
        maven
    };
    stream(&mut maven("dependency:copy-dependencies", &lib), |_| {})?;
    for release in ANDROID {
        let mut copy = maven("dependency:copy", &beside.join("android"));
        copy.arg(format!("-Dartifact=org.robolectric:android-all-instrumented:{release}"));
        stream(&mut copy, |_| {})?;
    }
    unpack(&lib)?;
    fs::create_dir_all(beside.join("classes"))?;
    fs::copy(&pom, beside.join("pom.xml"))?;
    if shelf.exists() {
        fs::remove_dir_all(&shelf)?;
    }
    fs::rename(&beside, &shelf)?;
    Ok(shelf)
}

/// Takes the classes out of Android's archives, beside them.
fn unpack(lib: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(lib)?.collect::<Result<Vec<_>, _>>()? {
        let archive = entry.path();
        if archive.extension().is_some_and(|extension| extension == "aar") {
            let mut jar = command("jar");
            stream(
                jar.current_dir(lib).args(["--extract", "--file"]).arg(&archive).arg("classes.jar"),
                |_| {},
            )?;
            // One that holds resources alone has no classes.
            if lib.join("classes.jar").exists() {
                fs::rename(lib.join("classes.jar"), archive.with_extension("classes.jar"))?;
            }
            fs::remove_file(archive)?;
        }
    }
    Ok(())
}
