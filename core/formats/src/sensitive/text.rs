//! Names in free text.

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
    let mut treatment = Treatment::default();
    // The word before the last one, the last one, and the one that is looked at: no more of a long text is kept.
    let (mut before, mut last): (Option<Word>, Option<Word>) = (None, None);
    for word in words_of(text) {
        if treatment.names(&word)
            || (TEST_WORDS.contains(&word.stem()) && !(word.folded == "aids" && is_an_aid(last.as_ref())))
            || last.as_ref().is_some_and(|last| {
                TEST_PAIRS.contains(&(last.folded.as_str(), word.folded.as_str()))
                    || names_the_disease(before.as_ref(), last, Some(&word))
            })
        {
            return true;
        }
        before = last.replace(word);
    }
    treatment.is_told() || last.is_some_and(|last| names_the_disease(before.as_ref(), &last, None))
}

/// A word without which a text is not restricted. Nearly all texts have none of them, and a file has millions of words.
static TELLING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let pairs = TEST_PAIRS.iter().map(|(first, _)| first);
    let lists = [&HIV_MEDICINES[..], &TB_MEDICINES, &TENOFOVIR, &TEST_WORDS, &["ritonavir", "lao"]];
    lists.into_iter().flatten().chain(pairs).copied().collect()
});

/// Whether an ASCII text has a word of [`TELLING`].
fn names_anything(text: &str) -> bool {
    let mut lower = String::new();
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        lower.clear();
        lower.push_str(word);
        lower.make_ascii_lowercase();
        TELLING.contains(lower.as_str()) || TELLING.contains(stem_of(&lower))
    })
}

/// The same for the words of a vaccination, which name the disease it protects from: tuberculosis, for BCG.
#[must_use]
pub fn vaccine_is_restricted(text: &str) -> bool {
    let mut treatment = Treatment::default();
    words_of(text).any(|word| treatment.names(&word) || HIV_WORDS.contains(&word.stem()))
        || treatment.is_told()
}

/// What helps somebody hear or walk, by the word before it.
fn is_an_aid(before: Option<&Word>) -> bool {
    before.is_some_and(|word| NOT_AIDS.contains(&word.folded.as_str()))
}

/// A word that is longer, in letters, is none of those that are looked for.
const LONGEST_WORD: usize = 1000;

/// The words of a text, one after another: a text may be as long as a record.
fn words_of(text: &str) -> impl Iterator<Item = Word> {
    let mut letters = as_it_is_seen(text);
    std::iter::from_fn(move || {
        let mut word = String::new();
        let mut length = 0;
        for c in letters.by_ref() {
            if c.is_alphanumeric() || is_combining_mark(c) {
                length += 1;
                if length <= LONGEST_WORD {
                    word.push(c);
                }
            } else if length > 0 {
                break;
            }
        }
        (length > 0).then(|| Word::of(if length <= LONGEST_WORD { &word } else { "" }))
    })
}

/// Medicines for one of the two diseases, alone or together.
#[derive(Default)]
struct Treatment {
    tenofovir: bool,
    lamivudine: bool,
    ritonavir: bool,
    hepatitis_c_or_covid: bool,
}

impl Treatment {
    /// Takes a word in; true when it says enough by itself.
    fn names(&mut self, word: &Word) -> bool {
        let name = word.stem();
        self.tenofovir |= TENOFOVIR.contains(&name);
        self.lamivudine |= LAMIVUDINE.contains(&name);
        self.ritonavir |= name == "ritonavir";
        self.hepatitis_c_or_covid |= matches!(name, "nirmatrelvir" | "paritaprevir" | "paxlovid");
        HIV_MEDICINES.contains(&name) || TB_MEDICINES.contains(&name)
    }

    /// What the words say together.
    fn is_told(&self) -> bool {
        (self.tenofovir && self.lamivudine) || (self.ritonavir && !self.hepatitis_c_or_covid)
    }
}

/// Wide and other forms of a letter are the letter (NFKC), and what takes no room between letters is not there.
fn as_it_is_seen(text: &str) -> impl Iterator<Item = char> {
    let unseen =
        |c: &char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    text.chars().filter(move |c| !unseen(c)).nfkc()
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

/// Whether a word is the disease's name, by the words beside it. A text with no diacritic at all was typed without them;
/// then *lao* may be *lão* or *Lào*.
fn names_the_disease(before: Option<&Word>, word: &Word, after: Option<&Word>) -> bool {
    if word.folded != "lao" || !word.plain {
        return false;
    }
    let [before, after] = [before, after].map(|near| near.map_or("", |near| near.folded.as_str()));
    before != "cu"
        && !NOT_LAO.contains(&after)
        && (AFTER_LAO.contains(&after) || BEFORE_LAO.contains(&before))
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
