//! A year of a family that does not exist: what its four books show, to the letter, in both languages.
//!
//! The files are `tests/fixtures/vn/family` (claims and a vaccination bundle) and what the people write themselves; what is
//! expected stands in `family/`. A text that differs is written beside what is expected, as `….new`, to be read by
//! somebody who knows how such a paper should read, and put in its place.

use super::*;

/// One of them.
struct Person {
    /// What the files are called by.
    name: &'static str,
    create: [&'static str; 6],
    imports: &'static [&'static str],
    adds: &'static [&'static [&'static str]],
    searches: &'static [&'static str],
}

/// Grandmother (diabetes, blood pressure, a referral), mother (pregnancy, birth), child (pneumonia, vaccines), father (a
/// referral, a health check).
const FAMILY: [Person; 4] = [
    Person {
        name: "ba",
        create: ["--name", "Nguyễn Thị Mẫu", "--born", "1958-03-12", "--sex", "female"],
        imports: &["ba.xml"],
        adds: &[
            &["bp", "148/88", "--pulse", "76", "--at", "2026-11-20T07:10"],
            &["glucose", "7.9", "--fasting", "--at", "2026-11-20T06:50"],
        ],
        searches: &["dai thao duong", "giấy chuyển tuyến", "referral", "tái khám", "mạch vành"],
    },
    Person {
        name: "me",
        create: ["--name", "Trần Thị Thử", "--born", "1993-06-20", "--sex", "female"],
        imports: &["me.xml"],
        adds: &[],
        searches: &["giay chung sinh", "birth certificate", "nghỉ dưỡng thai", "sick leave", "mo lay thai"],
    },
    Person {
        name: "be",
        create: ["--name", "Nguyễn Văn Bé Mẫu", "--born", "2022-03-15", "--sex", "male"],
        imports: &["be.xml", "be-tiem-chung.json"],
        adds: &[&["weight", "16.9", "--at", "2026-09-01T08:00"]],
        searches: &["viem phoi", "discharge", "soi quai bi", "khí dung"],
    },
    Person {
        name: "bo",
        create: ["--name", "Nguyễn Văn Mẫu", "--born", "1990", "--sex", "male"],
        imports: &["bo.xml"],
        adds: &[CHECKUP],
        searches: &["chuyen tuyen", "kham suc khoe", "health check", "follow-up"],
    },
];

const CHECKUP: &[&str] = &[
    "checkup",
    "--at",
    "2026-10-05",
    "--place",
    "Bệnh viện Mẫu",
    "--height",
    "168",
    "--weight",
    "71",
    "--bp",
    "128/82",
    "--circulation",
    "I: bình thường",
    "--eyes",
    "II: thị lực 8/10, có kính 10/10",
    "--class",
    "II",
    "--conclusion",
    "Đủ sức khỏe làm việc",
    "--advice",
    "Giảm cân, khám lại sau 12 tháng",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/vn/family").join(name)
}

/// Ids are random: their first eight digits stand as `········`, whole ones and those of the person's own records too.
fn without_ids(text: &str, ids: &[String]) -> String {
    let mut text = text.to_owned();
    for id in ids {
        let blank: String = id.chars().map(|c| if c == '-' { '-' } else { '·' }).collect();
        text = text.replace(id.as_str(), &blank).replace(&id[..8], &blank[..16]);
    }
    text
}

/// All that the book of one of them shows in a language.
fn told(home: &Home, person: &Person, lang: &str) -> String {
    let all = home.run(["--json", "--restricted", "timeline", "--all", "--limit", "1000"]);
    let ids: Vec<String> =
        all.lines().iter().filter_map(|line| line["id"].as_str()).map(str::to_owned).collect();
    let run = |args: &[&str]| home.run(["--lang", lang, "--restricted"].iter().chain(args)).text().to_owned();
    let mut out = format!("# timeline\n{}", run(&["timeline", "--all"]));
    for words in person.searches {
        out.push_str(&format!("\n# search {words}\n{}", run(&["search", words])));
    }
    for id in &ids {
        out.push_str(&format!("\n# show\n{}", run(&["show", id])));
    }
    without_ids(&out, &ids)
}

fn check(person: &Person) {
    let home = Home::empty();
    let made = home.run(["--json", "create"].iter().chain(&person.create));
    assert_eq!(made.code, 0, "{}", made.err);
    for file in person.imports {
        let taken = home.run(["--json".as_ref(), "import".as_ref(), fixture(file).as_os_str()]);
        assert_eq!(taken.code, 0, "{file}: {}", taken.err);
    }
    for entry in person.adds {
        home.add(entry);
    }
    let mut different = Vec::new();
    for lang in ["vi", "en"] {
        let told = told(&home, person, lang);
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/program/family")
            .join(format!("{}.{lang}.txt", person.name));
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if told != expected {
            let line = told.lines().zip(expected.lines()).find(|(told, expected)| told != expected);
            std::fs::write(file.with_extension("txt.new"), &told).unwrap();
            different.push(format!("{}: {line:#?}", file.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn the_grandmothers_year_reads_as_it_should() {
    check(&FAMILY[0]);
}

#[test]
fn the_mothers_year_reads_as_it_should() {
    check(&FAMILY[1]);
}

#[test]
fn the_childs_year_reads_as_it_should() {
    check(&FAMILY[2]);
}

#[test]
fn the_fathers_year_reads_as_it_should() {
    check(&FAMILY[3]);
}
