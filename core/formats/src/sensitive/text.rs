//! Names in free text.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Antiretrovirals by their INN, English and Vietnamese spelling (which drops a last *e*), abbreviations and
/// brands. One of them is enough.
const HIV_MEDICINES: [&str; 79] = [
    "3tc",
    "abacavir",
    "aluvia",
    "amprenavir",
    "arv",
    "atazanavir",
    "atripla",
    "azidothymidin",
    "azidothymidine",
    "azt",
    "bictegravir",
    "biktarvy",
    "cabotegravir",
    "cobicistat",
    "combivir",
    "complera",
    "darunavir",
    "delavirdin",
    "delavirdine",
    "descovy",
    "didanosin",
    "didanosine",
    "dolutegravir",
    "doravirin",
    "doravirine",
    "dovato",
    "dtg",
    "efavirenz",
    "efv",
    "elvitegravir",
    "emtricitabin",
    "emtricitabine",
    "enfuvirtid",
    "enfuvirtide",
    "eviplera",
    "evotaz",
    "etravirin",
    "etravirine",
    "fosamprenavir",
    "fostemsavir",
    "genvoya",
    "ibalizumab",
    "indinavir",
    "isentress",
    "juluca",
    "kaletra",
    "kivexa",
    "lenacapavir",
    "lopinavir",
    "lpv",
    "maraviroc",
    "nelfinavir",
    "nevirapin",
    "nevirapine",
    "nvp",
    "odefsey",
    "prezcobix",
    "prezista",
    "raltegravir",
    "reyataz",
    "rilpivirin",
    "rilpivirine",
    "saquinavir",
    "stavudin",
    "stavudine",
    "stribild",
    "symtuza",
    "tipranavir",
    "tivicay",
    "tld",
    "tle",
    "trioday",
    "triumeq",
    "trizivir",
    "truvada",
    "zalcitabin",
    "zalcitabine",
    "zidovudin",
    "zidovudine",
];

/// Treats hepatitis B when alone.
const TENOFOVIR: [&str; 3] = ["tenofovir", "tdf", "taf"];
const LAMIVUDINE: [&str; 2] = ["lamivudin", "lamivudine"];

/// Medicines of the tuberculosis programme by their INN in both spellings, fixed combinations and regimens.
const TB_MEDICINES: [&str; 37] = [
    "bedaquilin",
    "bedaquiline",
    "capreomycin",
    "cycloserin",
    "cycloserine",
    "delamanid",
    "ethambutol",
    "ethionamid",
    "ethionamide",
    "hrze",
    "isoniazid",
    "isoniazide",
    "isonicotinylhydrazide",
    "paraaminosalicylic",
    "pretomanid",
    "prothionamid",
    "prothionamide",
    "protionamid",
    "protionamide",
    "pyrazinamid",
    "pyrazinamide",
    "rhez",
    "rhz",
    "rhze",
    "rifabutin",
    "rifampicin",
    "rifampicine",
    "rifampin",
    "rifapentin",
    "rifapentine",
    "rifater",
    "rifinah",
    "terizidon",
    "terizidone",
    "turbe",
    "turbezid",
    "zrh",
];

/// Tests and names of the diseases, as whole words.
const TEST_WORDS: [&str; 15] = [
    "afb",
    "aids",
    "cd4",
    "genexpert",
    "hiv",
    "hiv1",
    "hiv2",
    "igra",
    "mantoux",
    "mgit",
    "mtb",
    "quantiferon",
    "tuberculin",
    "tuberculosis",
    "xpert",
];

/// Those of them that are about HIV.
const HIV_WORDS: [&str; 5] = ["aids", "cd4", "hiv", "hiv1", "hiv2"];

/// *Hearing aids* and the like are things.
const NOT_AIDS: [&str; 5] = ["hearing", "walking", "mobility", "visual", "vision"];

/// Two words in this order.
const TEST_PAIRS: [(&str, &str); 6] = [
    ("bk", "dom"),
    ("tim", "bk"),
    ("xn", "bk"),
    ("lowenstein", "jensen"),
    ("ziehl", "neelsen"),
    ("interferon", "gamma"),
];

/// *lao* is tuberculosis before these words (sites and forms of the disease)…
const AFTER_LAO: [&str; 18] = [
    "phoi", "mang", "hach", "xuong", "khop", "cot", "ruot", "than", "da", "nao", "khang", "tiem", "ngoai",
    "ke", "tiet", "sinh", "moi", "sieu",
];
/// …and after these, unless the next word makes it another one.
const BEFORE_LAO: [&str; 15] = [
    "benh", "mac", "nhiem", "tri", "khang", "chong", "khuan", "pcr", "thuoc", "nghi", "soi", "bi", "nhuom",
    "cay", "trinh",
];
/// *lão khoa*, *lão hóa*, *lão thị*, *lao động*, *lao công*, *lao tâm*, *lao lực*, written without marks.
const NOT_LAO: [&str; 8] = ["khoa", "hoa", "thi", "dong", "cong", "tam", "luc", "suy"];

/// Whether a text (the name of a medicine, of a test, of a diagnosis) names a medicine or a test for HIV or
/// tuberculosis, or one of the two diseases.
///
/// Whole words are compared, without case and without diacritics: `Rifampicin 150mg` is found, `HIVE` is not.
///
/// ```
/// use healthbook_formats::sensitive::text_is_restricted;
/// assert!(text_is_restricted("Xét nghiệm HIV Ab test nhanh"));
/// assert!(text_is_restricted("Lao phổi AFB (+)"));
/// assert!(!text_is_restricted("Tenofovir 300mg"));
/// ```
#[must_use]
pub fn text_is_restricted(text: &str) -> bool {
    if text.is_ascii() && !names_anything(text) {
        return false;
    }
    let words = words_of(text);
    names_a_treatment(&words)
        || words.iter().enumerate().any(|(n, word)| {
            TEST_WORDS.contains(&word.stem()) && !(word.folded == "aids" && is_an_aid(words.get(..n)))
        })
        || has_test_pair(&words)
        || names_the_disease(&words)
}

/// A word without which a text is not restricted. Nearly all texts have none of them, and a file has millions of words.
static TELLING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let pairs = TEST_PAIRS.iter().map(|(first, _)| first);
    let lists = [&HIV_MEDICINES[..], &TB_MEDICINES, &TENOFOVIR, &TEST_WORDS, &["ritonavir", "lao"]];
    lists.into_iter().flatten().chain(pairs).copied().collect()
});

/// Whether an ASCII text has a word of [`TELLING`].
fn names_anything(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 1);
    words.any(|word| TELLING.contains(word) || TELLING.contains(stem_of(word)))
}

/// The same for the words of a vaccination, which name the disease it protects from: tuberculosis, for BCG.
#[must_use]
pub fn vaccine_is_restricted(text: &str) -> bool {
    let words = words_of(text);
    names_a_treatment(&words) || words.iter().any(|word| HIV_WORDS.contains(&word.stem()))
}

/// What helps somebody hear or walk, by the words before it.
fn is_an_aid(before: Option<&[Word]>) -> bool {
    before.and_then(<[Word]>::last).is_some_and(|word| NOT_AIDS.contains(&word.folded.as_str()))
}

fn words_of(text: &str) -> Vec<Word> {
    as_it_is_seen(text)
        .split(|c: char| !(c.is_alphanumeric() || is_combining_mark(c)))
        .filter(|word| !word.is_empty())
        .map(Word::of)
        .collect()
}

/// Medicines for one of the two diseases, alone or together.
fn names_a_treatment(words: &[Word]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.stem()));
    let is_hepatitis_c_or_covid = has(&["nirmatrelvir", "paritaprevir", "paxlovid"]);
    has(&HIV_MEDICINES)
        || has(&TB_MEDICINES)
        || (has(&TENOFOVIR) && has(&LAMIVUDINE))
        || (has(&["ritonavir"]) && !is_hepatitis_c_or_covid)
}

/// Wide and other forms of a letter are the letter (NFKC), and what takes no room between letters is not there.
fn as_it_is_seen(text: &str) -> Cow<'_, str> {
    let unseen =
        |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !unseen(*c)).nfkc().collect())
}

struct Word {
    folded: String,
    /// Whether it was written without any diacritic.
    plain: bool,
}

impl Word {
    fn of(word: &str) -> Self {
        if word.is_ascii() {
            return Self { folded: word.to_ascii_lowercase(), plain: true };
        }
        let marked = |c: char| is_combining_mark(c) || matches!(c, 'đ' | 'Đ');
        let plain = !word.nfd().any(marked);
        let folded = word
            .nfd()
            .filter(|c| !is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .map(|c| if c == 'đ' { 'd' } else { c })
            .collect();
        Self { folded, plain }
    }

    fn stem(&self) -> &str {
        stem_of(&self.folded)
    }
}

/// A word without a strength written onto it: `Rifampicin150mg`.
fn stem_of(word: &str) -> &str {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let name = letters.trim_end_matches(|c: char| c.is_ascii_digit());
    let unit = word.get(letters.len()..).unwrap_or_default();
    if name.len() > 4 && name.len() < letters.len() && matches!(unit, "" | "mg" | "g" | "ml") {
        name
    } else {
        word
    }
}

fn has_test_pair(words: &[Word]) -> bool {
    words.windows(2).any(|pair| match pair {
        [a, b] => TEST_PAIRS.contains(&(a.folded.as_str(), b.folded.as_str())),
        _ => false,
    })
}

fn names_the_disease(words: &[Word]) -> bool {
    // A text with no diacritic at all was typed without them; then *lao* may be *lão* or *Lào*.
    words.iter().enumerate().any(|(n, word)| {
        if word.folded != "lao" || !word.plain {
            return false;
        }
        let near = |at: Option<usize>| at.and_then(|at| words.get(at)).map_or("", |w| w.folded.as_str());
        let (before, after) = (near(n.checked_sub(1)), near(n.checked_add(1)));
        before != "cu"
            && !NOT_LAO.contains(&after)
            && (AFTER_LAO.contains(&after) || BEFORE_LAO.contains(&before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_word_is_looked_at_when_it_stands_in_plain_letters() {
        let lists = [&HIV_MEDICINES[..], &TB_MEDICINES, &TEST_WORDS, &["tenofovir lamivudin", "ritonavir"]];
        for word in lists.into_iter().flatten() {
            assert!(text_is_restricted(&format!("(1) {},", word.to_uppercase())), "{word}");
        }
        for (first, second) in TEST_PAIRS {
            assert!(text_is_restricted(&format!("{first} {second}")), "{first}");
        }
        for name in HIV_MEDICINES.iter().chain(&TB_MEDICINES).filter(|name| name.len() > 4) {
            assert!(text_is_restricted(&format!("{name}150mg")), "{name}");
        }
    }

    #[test]
    fn medicines_and_tests_for_hiv_and_tuberculosis_are_recognised_as_they_are_written() {
        for text in [
            "Dolutegravir 50mg",
            "TENOFOVIR + LAMIVUDIN + DOLUTEGRAVIR (TLD)",
            "Lamivudine/Tenofovir 300mg/300mg",
            "Efavirenz600mg",
            "Lopinavir/ritonavir",
            "Rifampicin 150mg + Isoniazid 75mg",
            "Pyrazinamid",
            "ethambutol",
            "Turbezid",
            "HIV Ab test nhanh",
            "Xét nghiệm anti-HIV (nhanh)",
            "HIV-1 RNA",
            "Đếm tế bào CD4",
            "AFB trực tiếp nhuộm Ziehl-Neelsen",
            "Xpert MTB/RIF",
            "Mycobacterium tuberculosis Mantoux",
            "Lao phổi",
            "LAO PHỔI",
            "Bệnh lao",
            "Vi khuẩn lao kháng thuốc",
            "lao phoi",
            "Lao mang phoi",
            "Lao pho\u{309}i",
            "BK đờm",
            "AIDS",
            "hearing loss in AIDS",
            "ＨＩＶ dương tính",
            "H\u{200b}I\u{feff}V",
            "ket-qua-HIV.pdf",
        ] {
            assert!(text_is_restricted(text), "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_shown() {
        for text in [
            "",
            "Tenofovir 300mg",
            "Lamivudin 100mg",
            "Nirmatrelvir + Ritonavir",
            "Entecavir 0.5mg",
            "Khoa Lão khoa",
            "Bệnh lão hóa",
            "benh lao khoa",
            "Tai nạn lao động",
            "tai nan lao dong",
            "Cù Lao Chàm",
            "Lào Cai",
            "Thuốc lào",
            "Bệnh Lào",
            "Lão thị",
            "ARCHIVE",
            "Hearing aids (both ears)",
            "hive",
            "Amlodipin 5mg",
            "Streptomycin",
            "Glucose",
            "afbc",
        ] {
            assert!(!text_is_restricted(text), "{text}");
        }
    }
}
