//! How often and how much: `Timing` and `Dosage` in words.

use super::reader::Reader;
use super::text::one_line;
use crate::fhir::json::Object;
use crate::names;

/// Whether a sentence says already what the parts of a timing say: their numbers, or else their last words.
fn is_said(sentence: &str, timing: &str) -> bool {
    let lower = sentence.to_lowercase();
    let numbers = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let known = numbers(&lower);
    timing.split(", ").all(|part| {
        let asked = numbers(part);
        match part.split_whitespace().last() {
            Some(word) if asked.is_empty() => lower.contains(&word.to_lowercase()),
            _ => asked.iter().all(|number| known.contains(number)),
        }
    })
}

impl Reader {
    /// A `Timing` as far as people say such things; the rest is listed with the record's other elements.
    pub(super) fn timing(&self, timing: &Object<'_>) -> Option<String> {
        let lang = self.lang;
        let mut parts: Vec<String> = Vec::new();
        parts.extend(timing.object("code").and_then(|code| self.concept(code)));
        let events = crate::fhir::json::each(timing.get("event"));
        parts.extend(events.iter().filter_map(|event| self.scalar("event", event)));
        if let Some(repeat) = timing.object("repeat") {
            let number = |key: &str| self.digits(repeat, key);
            let unit = |key: &str| {
                repeat.text(key).map(|code| {
                    self.say_member(repeat, key);
                    names::word("unit-of-time", code, lang).map_or_else(|| one_line(code), str::to_owned)
                })
            };
            let times = match (number("frequency"), number("frequencyMax")) {
                (Some(least), Some(most)) => Some(format!("{least}–{most}")),
                (least, most) => least.or(most),
            };
            let every = match (number("period"), number("periodMax"), unit("periodUnit")) {
                (Some(least), Some(most), Some(unit)) => Some(format!("{least}–{most} {unit}")),
                (Some(one), None, Some(unit)) if one == "1" => Some(unit),
                (Some(many), None, Some(unit)) => Some(format!("{many} {unit}")),
                _ => None,
            };
            match (times, every) {
                (Some(times), Some(every)) => {
                    parts.push(
                        lang.pick(format!("{times} lần mỗi {every}"), format!("{times} times every {every}")),
                    );
                }
                (None, Some(every)) => {
                    parts.push(lang.pick(format!("mỗi {every}"), format!("every {every}")));
                }
                (Some(times), None) => {
                    parts.push(lang.pick(format!("{times} lần"), format!("{times} times")));
                }
                (None, None) => {}
            }
            for key in ["dayOfWeek", "when", "timeOfDay"] {
                let values = crate::fhir::json::each(repeat.get(key));
                parts.extend(values.iter().filter_map(|value| self.scalar(key, value)));
            }
            if let (Some(length), Some(unit)) = (number("duration"), unit("durationUnit")) {
                parts.push(lang.pick(format!("trong {length} {unit}"), format!("for {length} {unit}")));
            }
            if let Some(bounds) = repeat.object("boundsPeriod") {
                parts.extend(self.period(bounds));
            }
            if let Some(bounds) = repeat.object("boundsDuration") {
                parts.extend(
                    self.quantity(bounds)
                        .map(|length| lang.pick(format!("trong {length}"), format!("for {length}"))),
                );
            }
            if let Some(count) = number("count") {
                parts.push(lang.pick(format!("tổng cộng {count} lần"), format!("{count} times in all")));
            }
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// A `Dosage`: the sender's own words, else what its parts say.
    pub(super) fn dosage(&self, dosage: &Object<'_>) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        let told = self.text(dosage, "text");
        let timing = dosage.object("timing").and_then(|timing| self.timing(timing));
        match told {
            Some(told) => {
                // Parts that the sentence holds already are no news.
                parts.push(told.clone());
                parts.extend(timing.filter(|timing| !is_said(&told, timing)));
            }
            None => {
                for rate in dosage.objects("doseAndRate") {
                    parts.extend(rate.object("doseQuantity").and_then(|dose| self.quantity(dose)));
                    parts.extend(rate.object("doseRange").and_then(|dose| self.range(dose)));
                    parts.extend(rate.object("rateQuantity").and_then(|rate| self.quantity(rate)));
                    parts.extend(rate.object("rateRatio").and_then(|rate| self.ratio(rate)));
                }
                parts.extend(timing);
                parts.extend(dosage.object("route").and_then(|route| self.concept(route)));
                parts.extend(dosage.object("site").and_then(|site| self.concept(site)));
                if dosage.is_true("asNeededBoolean") {
                    self.say_member(dosage, "asNeededBoolean");
                    parts.push(self.lang.pick("khi cần", "as needed").to_owned());
                }
            }
        }
        parts.extend(self.text(dosage, "patientInstruction"));
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
