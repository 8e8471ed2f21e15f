//! Papers, pictures, questionnaires and the Bundle that is a document.

use super::element::{self, Title, concepts, join};
use super::entry::{Draft, titled, when};
use super::json::Object;
use super::sweep::push_without_tags;
use super::{observation, standing};
use crate::checkup;

/// A DocumentReference or DocumentManifest.
pub(super) fn reference(document: &Object<'_>) -> Draft {
    let attachment = || document.objects("content").find_map(|content| content.object("attachment"));
    let named = || attachment().and_then(|attachment| titled(attachment, &["title"]));
    let context = document.object("context");
    let period = context.map(|context| when(context, &["period"])).unwrap_or_default();
    let written = when(document, &["date", "created"]);
    let file = attachment().map(|attachment| when(attachment, &["creation"])).unwrap_or_default();
    Draft {
        title: titled(document, &["description"])
            .or_else(named)
            .or_else(|| titled(document, &["type", "category"])),
        subtitle: titled(document, &["type", "category"]).map(|kind| kind.text),
        value: attachment().and_then(|attachment| attachment.text("contentType")).map(str::to_owned),
        when: [period, written, file].into_iter().find(|when| when.0.is_some()).unwrap_or_default(),
        ..Draft::default()
    }
}

pub(super) fn composition(composition: &Object<'_>) -> Draft {
    let service =
        composition.objects("event").map(|event| when(event, &["period"])).next().unwrap_or_default();
    Draft {
        title: named(composition),
        subtitle: gist(composition).or_else(|| {
            join(composition.objects("section").filter_map(|section| {
                section.text("title").map(element::clean).or_else(|| concepts(section, "code"))
            }))
        }),
        when: [when(composition, &["date"]), service]
            .into_iter()
            .find(|when| when.0.is_some())
            .unwrap_or_default(),
        // What a paper holds inside it is nowhere else, so charts find it here.
        points: composition
            .objects("contained")
            .filter(|inside| inside.text("resourceType") == Some("Observation"))
            .filter(|inside| standing::of("Observation", inside).is_fact() && standing::is_measured(inside))
            .flat_map(|inside| observation::observation(inside).points)
            .collect(),
        words: composition
            .objects("section")
            .filter_map(|section| section.object("text")?.text("div"))
            .map(|div| {
                let mut words = String::new();
                push_without_tags(&mut words, div, div.len());
                words
            })
            .collect(),
        ..Draft::default()
    }
}

/// What it is called: by its title, and where its type says the same, by that, whose code has names in other languages.
fn named(composition: &Object<'_>) -> Option<Title> {
    let title = titled(composition, &["title", "type"])?;
    let kind = titled(composition, &["type"]).filter(|kind| kind.text == title.text);
    Some(kind.unwrap_or(title))
}

/// What a paper of a claim is about, by the labels of its lines (`claim/mapping.tsv`), the one that tells most first.
const GIST: [&str; 5] =
    ["Chẩn đoán lúc ra viện", "Chẩn đoán", "Kết quả khám", "Diễn biến", "Dự định đặt tên con"];

/// The line of a paper that tells what it is about.
fn gist(composition: &Object<'_>) -> Option<String> {
    GIST.iter().find_map(|label| {
        let line = format!("<p><b>{label}:</b>");
        let div = composition.objects("section").filter_map(|section| section.object("text")?.text("div"));
        let told = div.filter_map(|div| div.split_once(&line)?.1.split_once("</p>")).map(|(told, _)| {
            let mut words = String::new();
            push_without_tags(&mut words, told, told.len());
            element::clean(words.trim())
        });
        told.into_iter().find(|told| !told.is_empty())
    })
}

/// Whether a Composition is a health check as the book writes it.
pub(super) fn is_checkup(composition: &Object<'_>) -> bool {
    let kind = composition.object("type").and_then(|kind| kind.text("text"));
    kind.is_some_and(|kind| checkup::is(kind, checkup::TITLE))
}

/// The Composition of a document Bundle: its first entry, as FHIR asks for.
pub(super) fn composition_of<'j, 'a>(bundle: &'j Object<'a>) -> Option<&'j Object<'a>> {
    bundle
        .objects("entry")
        .filter_map(|entry| entry.object("resource"))
        .find(|resource| resource.text("resourceType") == Some("Composition"))
}

pub(super) fn bundle(bundle: &Object<'_>) -> Draft {
    let stamped = when(bundle, &["timestamp"]);
    let Some(composition) = composition_of(bundle) else {
        return Draft { when: stamped, ..Draft::default() };
    };
    let mut draft = self::composition(composition);
    if draft.when.0.is_none() {
        draft.when = stamped;
    }
    draft.facility = super::references::facility(composition);
    draft
}

pub(super) fn binary(binary: &Object<'_>) -> Draft {
    Draft { value: binary.text("contentType").map(str::to_owned), ..Draft::default() }
}

pub(super) fn media(media: &Object<'_>) -> Draft {
    let named = || media.object("content").and_then(|content| titled(content, &["title"]));
    Draft {
        title: named().or_else(|| titled(media, &["view", "type", "modality", "reasonCode"])),
        subtitle: join([concepts(media, "bodySite"), concepts(media, "reasonCode")].into_iter().flatten()),
        when: when(media, &["created", "issued"]),
        ..Draft::default()
    }
}

pub(super) fn imaging_study(study: &Object<'_>) -> Draft {
    let series = || study.objects("series");
    let sites = join(series().filter_map(|series| concepts(series, "bodySite")));
    let modalities =
        concepts(study, "modality").or_else(|| join(series().filter_map(|s| concepts(s, "modality"))));
    let count = |key: &str| study.get(key).and_then(element::digits);
    let pictures = count("numberOfInstances").map(|pictures| match count("numberOfSeries") {
        Some(series) => format!("{series} × {pictures}"),
        None => pictures.to_owned(),
    });
    Draft {
        title: titled(study, &["description", "procedureCode"])
            .or_else(|| series().find_map(|series| titled(series, &["description"])))
            .or_else(|| modalities.clone().map(|text| Title { text, code: None })),
        subtitle: join([modalities, sites].into_iter().flatten()),
        value: pictures,
        when: when(study, &["started"]),
        ..Draft::default()
    }
}

/// A QuestionnaireResponse. Its questions and answers are found by search; the title is the questionnaire's.
pub(super) fn answers(answers: &Object<'_>) -> Draft {
    let display = answers
        .object("_questionnaire")
        .and_then(|primitive| primitive.objects("extension").find_map(|e| titled(e, &["valueString"])));
    let canonical = || {
        let url = answers.text("questionnaire")?.split('|').next()?;
        let name = url.rsplit('/').next()?;
        (!name.is_empty()).then(|| Title { text: element::clean(name), code: None })
    };
    let mut words = Vec::new();
    answered(answers, 0, &mut words);
    Draft { title: display.or_else(canonical), when: when(answers, &["authored"]), words, ..Draft::default() }
}

fn answered(part: &Object<'_>, depth: usize, words: &mut Vec<String>) {
    const MOST: usize = 200;
    for item in part.objects("item") {
        for answer in item.objects("answer") {
            words.extend(
                element::choice(answer, "value").and_then(|(name, value)| element::value(name, value)),
            );
            if depth < 12 && words.len() < MOST {
                answered(answer, depth + 1, words);
            }
        }
        if depth < 12 && words.len() < MOST {
            answered(item, depth + 1, words);
        }
    }
}
