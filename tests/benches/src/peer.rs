//! The book beside Google's Android FHIR SDK on the same resources: people and results. Theirs is a Java program, run as a
//! child (`android-fhir/`), and its database is not encrypted; ours is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use healthbook::own::{BloodPressure, OwnEntry};
use healthbook::{Book, Kind, Query, Reading, Timestamp};

use crate::book::{OnDisk, anybody};
use crate::work::{Done, each, scattered};

/// Seconds by what took them.
pub(crate) type Times = BTreeMap<String, f64>;

/// What was measured at one size: ours, and theirs where the program could be built.
pub(crate) struct Beside {
    pub(crate) records: u32,
    pub(crate) ours: Times,
    pub(crate) theirs: Option<Times>,
}

const PAGE: u32 = 20;
/// Results that the child adds one by one.
const MORE: u32 = 200;

const FAMILIES: [&str; 12] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương"];
const GIVEN: [&str; 12] =
    ["An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Minh", "Phúc", "Thảo", "Yến"];

fn one_of(names: &[&'static str], n: u64) -> Done<&'static str> {
    let at = usize::try_from(scattered(n) % u64::try_from(names.len().max(1))?)?;
    names.get(at).copied().ok_or_else(|| "no names".into())
}

fn person(n: u32) -> Done<String> {
    let seed = u64::from(n) * 8;
    let (family, given) = (one_of(&FAMILIES, seed)?, one_of(&GIVEN, seed + 1)?);
    let (year, month, day) =
        (1930 + scattered(seed + 2) % 90, 1 + scattered(seed + 3) % 12, 1 + scattered(seed + 4) % 28);
    let sex = if n.is_multiple_of(2) { "male" } else { "female" };
    Ok(format!(
        r#"{{"resourceType":"Patient","id":"p{n}","name":[{{"use":"official","family":"{family}","given":["{given}","{}"]}}],"gender":"{sex}","birthDate":"{year}-{month:02}-{day:02}","identifier":[{{"system":"urn:x","value":"X{n:08}"}}],"address":[{{"city":"Phố Mẫu","country":"VN"}}]}}"#,
        one_of(&GIVEN, seed + 5)?,
    ))
}

fn result(n: u32, people: u32) -> String {
    let day = scattered(u64::from(n) + (1 << 33)) % 1008;
    let (year, month, day) = (2019 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
    format!(
        r#"{{"resourceType":"Observation","id":"o{n}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"15074-8","display":"Glucose"}}]}},"subject":{{"reference":"Patient/p{}"}},"effectiveDateTime":"{year}-{month:02}-{day:02}T08:30:00+07:00","valueQuantity":{{"value":{}.{},"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}}}"#,
        n % people.max(1),
        4 + n % 9,
        n % 10,
    )
}

/// As many people as results, a line each.
fn resources(records: u32) -> Done<String> {
    let half = records / 2;
    let mut text = String::new();
    for n in 0..half {
        writeln!(text, "{}", person(n)?)?;
    }
    for n in 0..half {
        writeln!(text, "{}", result(n, half))?;
    }
    Ok(text)
}

/// The work of the child on a book of this many people and results.
fn ours(records: u32) -> Done<Times> {
    let reading = Reading::default();
    let (_place, book) = OnDisk::make()?;
    let text = resources(records)?;
    let mut times = Times::new();
    let start = Instant::now();
    let report = book.import(&mut Cursor::new(text.as_bytes()), &anybody(), &mut ())?;
    times.insert("create, in bulk".to_owned(), start.elapsed().as_secs_f64() / f64::from(records));
    if report.new != u64::from(records) {
        return Err("not every resource came in".into());
    }
    let (mut own, mut measured) = (Vec::new(), |name: &str, took| times.insert(name.to_owned(), took));
    let took = each(100, |n| {
        own.push(add(&book, n)?);
        Ok(())
    })?;
    measured("create one", took);
    let of_kind = |kind| Query { kinds: vec![kind], ..Query::default() };
    let (people, results) = (of_kind(Kind::Person), of_kind(Kind::Result));
    let half = records / 2;
    let ids: Vec<_> = {
        let page = book.timeline(reading, &people, None, records)?;
        page.items.iter().map(|item| item.id).collect()
    };
    measured("get", each(500, |n| Ok(book.raw(reading, at(&ids, n.wrapping_mul(7919))?)?))?);
    let update = each(60, |n| {
        Ok(book.edit(reading, at(&own, n)?, &[("systolic".to_owned(), (110 + n).to_string())])?)
    })?;
    measured("update", update);
    for (limit, rows) in [(PAGE, "page of 20"), (2 * records, "all")] {
        let times = if limit == PAGE { 50 } else { 10 };
        let by_name = each(times, |_| {
            found(book.by_name(reading, &people, None, limit)?.items.len(), limit.min(half))
        })?;
        measured(&format!("sort by name, {rows}"), by_name);
        let by_date = each(times, |_| {
            found(book.timeline(reading, &results, None, limit)?.items.len(), limit.min(half))
        })?;
        measured(&format!("sort by date, {rows}"), by_date);
    }
    // February and March of 2020 in the book's own time.
    let (from, to) = (Timestamp(1_580_490_000_000), Timestamp(1_585_673_999_999));
    let months = Query { from: Some(from), to: Some(to), ..results };
    let by_date =
        each(50, |_| found(book.timeline(reading, &months, None, PAGE)?.items.len(), PAGE.min(half / 50)))?;
    measured("search by date, page of 20", by_date);
    // Each once, also those that do not count.
    let mut left = own.into_iter();
    let delete = each(100, |_| Ok(book.delete(reading, left.next().ok_or("nothing is left to delete")?)?))?;
    measured("delete", delete);
    Ok(times)
}

fn at<T: Copy>(some: &[T], n: u32) -> Done<T> {
    some.get(usize::try_from(n)? % some.len().max(1)).copied().ok_or_else(|| "nothing to choose from".into())
}

fn found(rows: usize, at_least: u32) -> Done<()> {
    if rows >= usize::try_from(at_least)? { Ok(()) } else { Err(format!("only {rows} rows").into()) }
}

fn add(book: &Book, n: u32) -> Done<healthbook::RecordId> {
    let entry = BloodPressure {
        systolic: (110 + n % 30).to_string().parse()?,
        diastolic: "79".parse()?,
        pulse: None,
        at: Some("2026-01-16T07:10".parse()?),
        note: None,
    };
    Ok(book.add_entry(&OwnEntry::BloodPressure(entry), Reading::default())?)
}

/// Runs the Java program: `arguments` is a file of what `java` needs to start it.
fn theirs(records: u32, arguments: &Path) -> Done<Times> {
    let dir = tempfile::tempdir()?;
    let (resources_file, more_file) = (dir.path().join("resources"), dir.path().join("more"));
    std::fs::write(&resources_file, resources(records)?)?;
    let more: String = (0..MORE).map(|n| result(records + n, records / 2) + "\n").collect();
    std::fs::write(&more_file, more)?;
    let mut at = std::ffi::OsString::from("@");
    at.push(arguments);
    let output = Command::new("java").arg(at).arg(&resources_file).arg(&more_file).output()?;
    if !output.status.success() {
        return Err(format!("the Java program: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs.map(|(name, seconds)| Ok((name.to_owned(), seconds.parse()?))).collect()
}

/// The same resources in both.
pub(crate) fn run(records: u32, arguments: Option<&Path>) -> Done<Beside> {
    let theirs = arguments.map(|arguments| theirs(records, arguments)).transpose()?;
    Ok(Beside { records, ours: ours(records)?, theirs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_comes_in_and_every_call_finds_what_it_looks_for() {
        let times = ours(200).unwrap();
        assert_eq!(times.len(), 10, "{times:?}");
    }
}
