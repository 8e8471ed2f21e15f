//! Finding things as people type: with the marks, without them, in capitals, decomposed, half a word.

use healthbook::{Book, ImportOptions, Item, Query};
use healthbook_scenarios::fhir::{mau, ndjson, observation, patient, served};
use healthbook_scenarios::*;
use unicode_normalization::UnicodeNormalization;

const A: &str = "https://a.example/fhir";

fn titles(items: &[Item]) -> Vec<&str> {
    items.iter().map(|i| i.title.as_str()).collect()
}

fn found(book: &Book, words: &str) -> Vec<String> {
    book.search(ORDINARY, words, 50).unwrap().into_iter().map(|i| i.title).collect()
}

/// Without its code, nothing but the title of a result has words.
fn without_code(resource: &str) -> String {
    resource.replace(r#""coding":[{"system":"http://loinc.org","code":"15074-8"}],"#, "")
}

/// A book with one result per title; the first title is of the newest one.
fn book_with(names: &[&str]) -> (Shelf, Book) {
    let (shelf, book) = Shelf::new();
    let mut resources = vec![mau("1")];
    for (n, name) in names.iter().enumerate() {
        let day = format!("01-{:02}", 28 - n);
        resources.push(without_code(&observation(&format!("o{n}"), "1", name, "5.1", &day)));
    }
    let report = import(&book, served(A, &resources));
    assert_eq!(report.new, resources.len() as u64);
    (shelf, book)
}

#[test]
fn a_word_longer_than_the_index_takes_is_no_damage() {
    // The index cuts it at 32 KiB, which is the middle of a letter of three bytes.
    let (_shelf, book) = book_with(&[&"ệ".repeat(20_000), "Đường huyết"]);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    assert_eq!(found(&book, "đường"), ["Đường huyết"]);
}

#[test]
fn the_same_words_are_found_in_every_spelling() {
    let (_shelf, book) = book_with(&["Đường huyết", "Huyết áp", "Đường trong nước tiểu"]);
    let decomposed: String = "đường huyết".nfd().collect();
    assert_ne!(decomposed, "đường huyết");
    for words in [
        "duong huyet",
        "đường huyết",
        "DUONG HUYET",
        "ĐƯỜNG HUYẾT",
        "Đường Huyết",
        &decomposed,
        "huyet duong",
        "duong-huyet",
        "  duong   huyet ",
        "duong, huyet!",
        "đường huyet",
        "duong huyết",
        "du hu",
        "đườ huyế",
        "duon huye",
    ] {
        assert_eq!(found(&book, words), ["Đường huyết"], "{words}");
    }
    for words in ["huyet", "HUYẾT", "huyết", "huy"] {
        assert_eq!(found(&book, words).len(), 2, "{words}");
    }
    // A mark that is typed and stands nowhere is a wish for order, not a condition.
    assert_eq!(found(&book, "đương huyêt"), ["Đường huyết"]);
    for words in ["duongx", "duong huyet xyz", "uong", "uyet", "đường máu"] {
        assert_eq!(found(&book, words), [] as [&str; 0], "{words}");
    }
}

#[test]
fn a_beginning_of_two_letters_is_enough_and_one_letter_is_a_word() {
    let (_shelf, book) = book_with(&["Glucose", "Natri", "Vitamin D", "Đạm niệu"]);
    assert_eq!(found(&book, "gl"), ["Glucose"]);
    assert_eq!(found(&book, "na"), ["Natri"]);
    assert_eq!(found(&book, "vit d"), ["Vitamin D"]);
    assert_eq!(found(&book, "d"), ["Vitamin D"], "one letter is not the beginning of half the book");
    assert_eq!(found(&book, "đạ"), ["Đạm niệu"]);
}

#[test]
fn a_longer_beginning_finds_every_word_that_begins_so_however_many_there_are() {
    let long = "huyế".to_owned() + &"ệ".repeat(20_000);
    let (_shelf, book) = book_with(&["Huyết áp", "Huyệt", &long, "Huyền", "Xét nghiệm huyếtkhối", "Thuyết"]);
    assert_eq!(found(&book, "huye").len(), 5, "also the one that is longer than the index takes");
    assert_eq!(found(&book, "huyế").len(), 5, "of which the index has cut a letter");
    let hits = found(&book, "huyet");
    assert_eq!((hits.len(), hits[2].as_str()), (3, "Xét nghiệm huyếtkhối"), "whole words first");
    assert_eq!(found(&book, "huyết"), ["Huyết áp", "Xét nghiệm huyếtkhối", "Huyệt"], "as typed first");
    assert_eq!(found(&book, "xet huye"), ["Xét nghiệm huyếtkhối"], "every word counts");
    assert!(found(&book, "huyex").is_empty());

    let names: Vec<String> = (10..38).map(|n| format!("Glucose{n} glucoso{n} glucosa{n}")).collect();
    let (_shelf, book) = book_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(found(&book, "gluc").len(), 28, "of 84 words");
    assert_eq!(found(&book, "glucose1").len(), 10);
}

#[test]
fn both_places_of_the_tone_mark_are_one_spelling() {
    for (old, new, other) in
        [("Hòa", "Hoà", "Hoa"), ("Khỏe", "Khoẻ", "Khoe"), ("Thúy", "Thuý", "Thuy"), ("Tùy", "Tuỳ", "Tuy")]
    {
        for title in [old, new] {
            let named = format!("Trạm y tế {title}");
            let plain = format!("Trạm y tế {other}");
            // The one without the mark is newer: only the mark brings the other to the front.
            let (_shelf, book) = book_with(&[&plain, &named]);
            for words in [old, new, &old.to_uppercase(), &new.to_lowercase()] {
                let decomposed: String = words.nfd().collect();
                for words in [words, &decomposed] {
                    assert_eq!(found(&book, words), [named.as_str(), plain.as_str()], "{words} in {title}");
                }
            }
            assert_eq!(found(&book, other).len(), 2);
        }
    }
}

#[test]
fn the_right_marks_come_first() {
    let all = [
        "Duong huyet",
        "Dương huyết",
        "Dưỡng huyết",
        "Đường huyết",
        "Đường huyết lúc đói và sau ăn",
        "Bảo dưỡng huyết mạch",
    ];
    let (_shelf, book) = book_with(&all);
    let hits = found(&book, "đường huyết");
    assert_eq!(&hits[..2], ["Đường huyết", "Đường huyết lúc đói và sau ăn"]);
    assert_eq!(hits.len(), 6, "the others are found too, after them");
    let hits = found(&book, "dưỡng huyết");
    assert_eq!(&hits[..2], ["Dưỡng huyết", "Bảo dưỡng huyết mạch"]);
    assert_eq!(found(&book, "DƯƠNG HUYẾT")[0], "Dương huyết");
    assert_eq!(found(&book, "duong huyet").len(), 6);
    // Whole words come before beginnings, whatever their age.
    let (_shelf, book) = book_with(&["Baobab", "Baorangia", "Báo", "Bão"]);
    let hits = found(&book, "bao");
    assert_eq!(hits.len(), 4);
    assert!(hits[..2].contains(&"Báo".to_owned()) && hits[..2].contains(&"Bão".to_owned()), "{hits:?}");
    assert_eq!(found(&book, "báo")[0], "Báo");
    assert_eq!(found(&book, "bão")[0], "Bão");
}

#[test]
fn a_page_of_hits_is_the_beginning_of_all_hits() {
    let many: Vec<String> = (0..25).map(|n| format!("Glucose {n} {}", "x".repeat(n))).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    let (_shelf, book) = book_with(&names);
    let all = book.search(ORDINARY, "glucose", 50).unwrap();
    assert_eq!(all.len(), 25);
    for limit in [1, 2, 10, 25] {
        let page = book.search(ORDINARY, "glucose", limit).unwrap();
        assert_eq!(titles(&page), titles(&all)[..limit as usize], "{limit}");
    }
}

#[test]
fn when_half_the_book_matches_the_newest_come_first_and_marks_still_count() {
    let (_shelf, book) = Shelf::new();
    let mut resources = vec![mau("1")];
    for n in 0..900 {
        let title = if n == 3 { "Đường huyết" } else { "Duong huyet" };
        let day = format!("{:02}-{:02}", n / 28 % 12 + 1, n % 28 + 1);
        resources.push(without_code(&observation(&format!("o{n}"), "1", title, &format!("5.{n}"), &day)));
    }
    import(&book, served(A, &resources));
    let hits = book.search(ORDINARY, "duong huyet", 20).unwrap();
    let starts: Vec<_> = hits.iter().map(|i| i.start.clone().unwrap()).collect();
    let mut sorted = starts.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    assert_eq!(starts, sorted);
    assert_eq!(book.search(ORDINARY, "đường huyết", 20).unwrap()[0].title, "Đường huyết");
}

#[test]
fn nothing_that_is_typed_is_syntax() {
    let (_shelf, book) = book_with(&["Đường huyết", "Huyết áp", "AND OR NOT", "NEAR"]);
    for words in [
        "",
        " ",
        "\"",
        "'",
        "*",
        "\"\"",
        "()",
        "-",
        "^",
        ":",
        "…",
        "🩸",
        "🩺🩺🩺",
        "\u{301}",
        "\0",
        "{}",
        "%",
        "_",
        "\\",
        ";--",
    ] {
        assert_eq!(found(&book, words), [] as [&str; 0], "{words:?}");
    }
    for words in [
        "huyết AND áp",
        "huyet NOT ap",
        "NEAR(huyet ap, 5)",
        "folded:huyet",
        "written : huyet",
        "^huyet zz",
        "huyet OR duong",
        "xyz*",
        "\"huyet ap\" OR \"duong\"",
        "rowid",
        "'; DROP TABLE search; --",
        "{folded written} : huyet",
    ] {
        let hits = found(&book, words);
        assert!(hits.len() < 2 && !hits.contains(&"Đường huyết".to_owned()), "{words}: {hits:?}");
    }
    assert_eq!(found(&book, "\"huyet\" \"ap\""), ["Huyết áp"], "quotes are no more than a gap");
    assert_eq!(found(&book, "huyết* áp*"), ["Huyết áp"]);
    assert_eq!(found(&book, "huyết 🩸 áp"), ["Huyết áp"]);
    assert_eq!(found(&book, "and or not"), ["AND OR NOT"]);
    assert_eq!(found(&book, "near"), ["NEAR"]);
    let long = "đ".repeat(10_000);
    assert_eq!(found(&book, &long), [] as [&str; 0]);
    let words = "huyết ".repeat(10_000);
    assert_eq!(found(&book, &words).len(), 2);
    let words: String = (0..10_000).map(|n| char::from_u32(n % 0x2_0000 + 1).unwrap_or(' ')).collect();
    assert_eq!(found(&book, &words), [] as [&str; 0]);
}

#[test]
fn what_was_changed_or_taken_out_is_not_found_by_its_old_words() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let (_shelf, book) = Shelf::new();
    let id = book.add("note", &[pair("text", "Uống thuốc buổi sáng")], ORDINARY).unwrap();
    assert_eq!(book.search(ORDINARY, "buoi sang", 5).unwrap().len(), 1);
    book.edit(ORDINARY, id, &[pair("text", "Uống thuốc buổi chiều")]).unwrap();
    assert_eq!(book.search(ORDINARY, "buoi sang", 5).unwrap(), []);
    assert_eq!(book.search(ORDINARY, "buổi chiều", 5).unwrap().len(), 1);
    book.delete(ORDINARY, id).unwrap();
    assert_eq!(book.search(ORDINARY, "uong thuoc", 5).unwrap(), []);
    book.restore(ORDINARY, id).unwrap();
    assert_eq!(book.search(ORDINARY, "uong thuoc", 5).unwrap().len(), 1);
    book.purge(ORDINARY, id).unwrap();
    assert_eq!(book.search(ORDINARY, "uong thuoc", 5).unwrap(), []);
    // A hospital's amendment, also one that moves the day.
    import(&book, served(A, &[mau("1"), observation("1", "1", "Natri", "140", "01-15")]));
    import(&book, served(A, &[observation("1", "1", "Kali", "4.0", "02-15")]));
    assert_eq!(book.search(ORDINARY, "natri", 5).unwrap(), []);
    assert_eq!(book.search(ORDINARY, "kali", 5).unwrap().len(), 1);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn every_spelling_of_real_names_finds_the_name() {
    let table = std::fs::read_to_string(fixtures("vn/fold-cases.tsv")).unwrap();
    let rows: Vec<Vec<&str>> =
        table.lines().filter(|l| !l.starts_with('#')).skip(1).map(|l| l.split('\t').collect()).collect();
    assert!(rows.len() > 5000, "{}", rows.len());
    // Every fortieth, and every name that has a second place for its tone mark, up to two hundred.
    let chosen: Vec<&Vec<&str>> = rows
        .iter()
        .enumerate()
        .filter(|(n, row)| n % 40 == 0 || (row.get(4).is_some_and(|c| !c.is_empty()) && n % 4 == 0))
        .map(|(_, row)| row)
        .take(300)
        .collect();
    assert!(chosen.iter().filter(|r| r.get(4).is_some_and(|c| !c.is_empty())).count() >= 20);
    let (_shelf, book) = Shelf::new();
    let people: Vec<String> = chosen
        .iter()
        .enumerate()
        .map(|(n, row)| patient(&format!("p{n}"), row[0], "1990-01-01", "female"))
        .collect();
    import_with(&book, served(A, &people), &from_anyone("dân"));
    let mut asked = 0;
    for row in &chosen {
        let upper = row[0].to_uppercase();
        for spelling in row.iter().take(5).copied().chain([upper.as_str()]).filter(|s| !s.is_empty()) {
            let hits = book.search(ORDINARY, spelling, 50).unwrap();
            assert!(hits.iter().any(|i| i.title == row[0]), "{spelling}: {:?}", titles(&hits));
            asked += 1;
            // What has the marks as typed comes before what has not.
            if spelling == row[0] && !spelling.is_ascii() {
                let wanted = healthbook_vault::fold::written(spelling);
                let as_typed: Vec<bool> = hits
                    .iter()
                    .map(|i| {
                        let title = healthbook_vault::fold::written(&i.title);
                        wanted
                            .split(' ')
                            .filter(|w| !w.is_ascii())
                            .all(|w| title.split(' ').any(|t| t.starts_with(w)))
                    })
                    .collect();
                let first_other = as_typed.iter().position(|x| !x).unwrap_or(as_typed.len());
                let me = hits.iter().position(|i| i.title == row[0]).unwrap();
                assert!(me < first_other.max(1), "{spelling}: {:?}", titles(&hits));
            }
        }
    }
    assert!(asked > 1000, "{asked}");
}

#[test]
fn two_sources_of_one_name_are_listed_together_page_by_page() {
    let (_shelf, book) = Shelf::new();
    // Two files that name no server, and bear one name.
    for first in [1, 2] {
        let resources: Vec<String> = (0..6)
            .map(|n| {
                observation(&format!("o{n}"), "1", "Glucose", "5.1", &format!("01-{:02}", first + 2 * n))
            })
            .chain([mau("1")])
            .collect();
        let name =
            ImportOptions { name: Some("ket-qua.ndjson".into()), reading: ALL, ..ImportOptions::default() };
        import_with(&book, ndjson(&resources), &name);
    }
    let query = Query { source: Some("ket-qua.ndjson".into()), ..Query::default() };
    let mut starts = Vec::new();
    let mut after = None;
    loop {
        let page = book.timeline(ORDINARY, &query, after, 5).unwrap();
        assert!(page.items.len() <= 5);
        starts.extend(page.items.iter().map(|item| item.start.clone().unwrap().to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let due: Vec<String> = (1..=12).rev().map(|day| format!("2026-01-{day:02}")).collect();
    assert_eq!(starts, due, "each once, newest first, whichever source it is of");
}
