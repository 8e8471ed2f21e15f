//! Readings of devices, a hundred thousand of them: exact digits, and sums that agree with a plain computation.

use std::collections::BTreeMap;

use healthbook::own::{BloodPressure, OwnEntry};
use healthbook::{Book, By, Coding, Sample, SampleValue, Timestamp, Trend};
use healthbook_scenarios::*;

const DAY: i64 = 86_400_000;
/// The book's time zone: seven hours east.
const EAST: i64 = 7 * 3_600_000;

fn heart_rate() -> Coding {
    Coding::new("http://loinc.org", "8867-4")
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Heart rates every 80 seconds for about three months, over the end of a year.
fn a_hundred_thousand() -> Vec<Sample> {
    // 2025-11-03T16:50:00Z: ten minutes before midnight in Vietnam.
    let start = 1_762_188_600_000;
    (0..100_000i64)
        .map(|n| Sample {
            at: Timestamp(start + n * 80_000),
            value: SampleValue { value: 520 + n * 7 % 613, decimals: 1 },
        })
        .collect()
}

/// Year, month and day of a day counted from 1970-01-01, after Howard Hinnant's `civil_from_days`.
fn civil(day: i64) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(m <= 2), m, d)
}

fn date(day: i64) -> String {
    let (y, m, d) = civil(day);
    format!("{y:04}-{m:02}-{d:02}")
}

/// The plain computation: (count, sum, minimum, maximum) by the first day of the group.
fn naive(samples: &[Sample], by: By) -> BTreeMap<String, (u64, f64, f64, f64)> {
    let mut groups: BTreeMap<String, (u64, f64, f64, f64)> = BTreeMap::new();
    for sample in samples {
        let day = (sample.at.0 + EAST).div_euclid(DAY);
        let first = match by {
            By::Day => date(day),
            // 1970-01-05 was a Monday.
            By::Week => date((day - 4).div_euclid(7) * 7 + 4),
            By::Month => {
                let (y, m, _) = civil(day);
                format!("{y:04}-{m:02}-01")
            }
        };
        let value = sample.value.value as f64 / 10f64.powi(i32::from(sample.value.decimals));
        let group = groups.entry(first).or_insert((0, 0.0, f64::INFINITY, f64::NEG_INFINITY));
        *group = (group.0 + 1, group.1 + value, group.2.min(value), group.3.max(value));
    }
    groups
}

fn trend(book: &Book, by: Option<By>) -> Trend {
    book.trend(ORDINARY, "http://loinc.org|8867-4", None, None, by).unwrap()
}

fn assert_agrees(book: &Book, samples: &[Sample]) {
    for by in [By::Day, By::Week, By::Month] {
        let due = naive(samples, by);
        let lines = trend(book, Some(by)).lines;
        assert_eq!(lines.len(), 1);
        let groups = &lines[0].groups;
        assert_eq!(groups.len(), due.len(), "{by:?}");
        for (group, (first, (count, sum, minimum, maximum))) in groups.iter().zip(&due) {
            assert_eq!((&group.from, group.count), (first, *count), "{by:?}");
            assert!(
                (group.minimum - minimum).abs() < 1e-9 && (group.maximum - maximum).abs() < 1e-9,
                "{group:?}"
            );
            assert!(
                (group.mean - sum / *count as f64).abs() < 1e-6,
                "{by:?} {group:?} {}",
                sum / *count as f64
            );
        }
        let summary = lines[0].summary.as_ref().unwrap();
        assert_eq!(summary.count, samples.len() as u64);
    }
}

#[test]
fn a_hundred_thousand_heart_rates_add_up_by_day_week_and_month() {
    let (shelf, book) = Shelf::new();
    let samples = a_hundred_thousand();
    assert_eq!(book.put_samples("Đồng hồ", &heart_rate(), "/min", &samples).unwrap(), 100_000);
    assert_agrees(&book, &samples);
    assert_eq!(book.stats(ORDINARY).unwrap().samples, 100_000);
    // Sent again nothing changes; a reading that the device corrects is replaced, and its day with it.
    assert_eq!(book.put_samples("Đồng hồ", &heart_rate(), "/min", &samples[..20_000]).unwrap(), 0);
    let mut corrected = samples.clone();
    for sample in corrected.iter_mut().skip(500).step_by(977) {
        sample.value = SampleValue { value: 2000, decimals: 1 };
    }
    assert_eq!(book.put_samples("Đồng hồ", &heart_rate(), "/min", &corrected).unwrap(), 0);
    assert_agrees(&book, &corrected);
    assert_eq!(book.stats(ORDINARY).unwrap().samples, 100_000);
    // Every one of them comes out with its digits.
    let lines = trend(&book, None).lines;
    assert_eq!(lines[0].points.len(), 100_000);
    assert!(!lines[0].cut, "all of them are there");
    for (point, sample) in lines[0].points.iter().zip(&corrected) {
        let v = sample.value.value;
        assert_eq!((point.at, point.text.as_str()), (sample.at, format!("{}.{}", v / 10, v % 10).as_str()));
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    book.lock().unwrap();
    assert_agrees(&shelf.open().unwrap(), &corrected);
}

#[test]
fn more_readings_than_a_list_holds_all_come_out_as_csv() {
    let (_shelf, book) = Shelf::new();
    let mut samples = a_hundred_thousand();
    let older = Sample { at: Timestamp(samples[0].at.0 - DAY), value: SampleValue::parse("41.5").unwrap() };
    samples.insert(0, older);
    book.put_samples("Đồng hồ", &heart_rate(), "/min", &samples).unwrap();
    // Another device, at the very same moments and between them, and one in another unit.
    let other = |n: i64| Sample {
        at: Timestamp(samples[1].at.0 + n * 40_000),
        value: SampleValue::parse("77").unwrap(),
    };
    let others: Vec<Sample> = (0..5_000).map(other).collect();
    book.put_samples("Dây đeo", &heart_rate(), "/min", &others).unwrap();
    book.put_samples("Máy điện tim", &heart_rate(), "bpm", &others[..10]).unwrap();

    let lines = trend(&book, None).lines;
    let told: Vec<(&str, usize, bool)> =
        lines.iter().map(|line| (line.unit.as_str(), line.points.len(), line.cut)).collect();
    assert_eq!(told, [("/min", 100_000, true), ("bpm", 10, false)], "only the line that is cut says so");

    let mut csv = Vec::new();
    let rows = book.export_csv(ORDINARY, "http://loinc.org|8867-4", &mut csv, &mut ()).unwrap();
    assert_eq!(rows, 100_001 + 5_000 + 10);
    let csv = String::from_utf8(csv).unwrap();
    let times: Vec<&str> = csv.lines().skip(1).map(|line| &line[..line.find(',').unwrap()]).collect();
    assert_eq!(times.len() as u64, rows);
    assert!(times.is_sorted(), "in the order of time");
    assert!(csv.lines().nth(1).unwrap().contains(",41.5,/min,"), "the oldest is there");
    assert_eq!(csv.matches(",77,/min,").count(), 5_000);
}

#[test]
fn a_stretch_of_time_is_cut_at_its_ends() {
    let (_shelf, book) = Shelf::new();
    let samples: Vec<Sample> = a_hundred_thousand().into_iter().take(5_000).collect();
    book.put_samples("Đồng hồ", &heart_rate(), "/min", &samples).unwrap();
    let (from, to) = (samples[1000].at, samples[1999].at);
    let lines = book.trend(ORDINARY, "http://loinc.org|8867-4", Some(from), Some(to), None).unwrap().lines;
    assert_eq!(lines[0].points.len(), 1000);
    assert_eq!((lines[0].points[0].at, lines[0].points[999].at), (from, to));
    let summary = lines[0].summary.clone().unwrap();
    let sum: f64 = samples[1000..2000].iter().map(|s| s.value.value as f64 / 10.0).sum();
    assert!((summary.mean - sum / 1000.0).abs() < 1e-9);
    assert_eq!(summary.first, Some(lines[0].points[0].text.clone()));
}

#[test]
fn digits_of_a_reading_stay() {
    let (_shelf, book) = Shelf::new();
    let texts = ["61.0", "0.010", "-0.5", "72", "0", "123456789012345", "98.60", "5.400"];
    let samples: Vec<Sample> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| Sample {
            at: Timestamp(1_760_000_000_000 + n as i64),
            value: SampleValue::parse(text).unwrap(),
        })
        .collect();
    let code = Coding::new("http://example.org/đo", "x");
    book.put_samples("Máy", &code, "kg", &samples).unwrap();
    let lines = book.trend(ORDINARY, "http://example.org/đo|x", None, None, None).unwrap().lines;
    let found: Vec<&str> = lines[0].points.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(found, texts);
    let mut csv = Vec::new();
    assert_eq!(book.export_csv(ORDINARY, "http://example.org/đo|x", &mut csv, &mut ()).unwrap(), 8);
    let csv = String::from_utf8(csv).unwrap();
    for (line, text) in csv.lines().skip(1).zip(texts) {
        assert!(line.contains(&format!(",{text},kg,")), "{line}");
    }
}

#[test]
fn two_devices_and_the_persons_own_entries_are_one_line_of_one_unit() {
    let (_shelf, book) = Shelf::new();
    let code = Coding::new("http://loinc.org", "29463-7");
    let one = |n: i64, text: &str| Sample {
        at: Timestamp(1_760_000_000_000 + n * DAY),
        value: SampleValue::parse(text).unwrap(),
    };
    book.put_samples("Cân A", &code, "kg", &[one(0, "61.5"), one(2, "61.7")]).unwrap();
    book.put_samples("Cân B", &code, "kg", &[one(0, "61.4")]).unwrap();
    book.put_samples("Cân C", &code, "[lb_av]", &[one(1, "135.8")]).unwrap();
    book.add("weight", &[pair("value", "61.60"), pair("at", "2025-10-10")], ORDINARY).unwrap();
    let lines = book.trend(ORDINARY, "weight", None, None, None).unwrap().lines;
    let of = |unit: &str| -> Vec<&str> {
        lines.iter().filter(|l| l.unit == unit).flat_map(|l| &l.points).map(|p| p.text.as_str()).collect()
    };
    assert_eq!(of("[lb_av]"), ["135.8"], "nothing is converted");
    let mut kilograms = of("kg");
    assert_eq!(
        kilograms[..2].iter().copied().collect::<std::collections::BTreeSet<_>>(),
        ["61.4", "61.5"].into()
    );
    kilograms.drain(..2);
    assert_eq!(kilograms, ["61.60", "61.7"]);
    let monthly = book.trend(ORDINARY, "weight", None, None, Some(By::Month)).unwrap().lines;
    let counts: u64 =
        monthly.iter().filter(|l| l.unit == "kg").flat_map(|l| &l.groups).map(|g| g.count).sum();
    assert_eq!(counts, 4);
}

#[test]
fn a_blood_pressure_is_two_lines() {
    let (_shelf, book) = Shelf::new();
    for (systolic, diastolic, day) in [("128", "79", "2026-01-16T07:10"), ("131", "82.5", "2026-01-17T07:10")]
    {
        book.add_entry(
            &OwnEntry::BloodPressure(BloodPressure {
                systolic: systolic.parse().unwrap(),
                diastolic: diastolic.parse().unwrap(),
                pulse: None,
                at: Some(day.parse().unwrap()),
                note: None,
            }),
            ORDINARY,
        )
        .unwrap();
    }
    let lines = book.trend(ORDINARY, "blood-pressure", None, None, None).unwrap().lines;
    let texts: Vec<Vec<&str>> =
        lines.iter().map(|l| l.points.iter().map(|p| p.text.as_str()).collect()).collect();
    assert_eq!(texts, [["128", "131"], ["79", "82.5"]]);
    assert!(lines.iter().all(|l| l.points.iter().all(|p| p.record.is_some())));
    let weekly = book.trend(ORDINARY, "blood-pressure", None, None, Some(By::Week)).unwrap().lines;
    assert!(
        weekly
            .iter()
            .all(|l| l.groups.len() == 1 && l.groups[0].from == "2026-01-12" && l.groups[0].count == 2)
    );
}
