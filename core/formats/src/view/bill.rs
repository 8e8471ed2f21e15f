//! A bill of a visit as people read one: its sums, then a line for each thing that was paid for.

use healthbook_model::Lang;

use super::reader::Reader;
use super::special::in_words;
use super::{Row, Section, text, tree};
use crate::fhir::json::{Json, Object, each};
use crate::{claim, names};

/// Whether a bill is one that the book made of claim XML: of those the codes say what the words say.
pub(super) fn is_of_a_claim(bill: &Object<'_>) -> bool {
    let categories = bill.objects("total").filter_map(|total| total.object("category"));
    categories
        .flat_map(|category| category.objects("coding"))
        .any(|coding| coding.text("system").is_some_and(|system| system.starts_with(names::CLAIM_FIELD)))
}

/// Shows a member of such a bill, and says whether it could: one that holds more than the lines tell is
/// shown as any other structure.
pub(super) fn member(
    reader: &Reader,
    element: &str,
    value: &Json<'_>,
    rows: &mut Vec<Row>,
    sections: &mut Vec<Section>,
) -> bool {
    let parts = || each(Some(value)).iter().filter_map(Json::as_object);
    let told: &[&str] = match element {
        "total" => &["category", "amount"],
        "insurance" => &["focal", "coverage"],
        "careTeam" => &["sequence", "provider", "role"],
        // What the settlement was made from: the visit, and what only programs ask for.
        "supportingInfo" => {
            let is_pointer = parts().all(|part| part.get("valueReference").is_some());
            for part in parts().filter(|_| is_pointer) {
                reader.say_member(part, "sequence");
                part.get("category").into_iter().for_each(|category| reader.say_all(category));
            }
            return is_pointer;
        }
        _ => &[
            "sequence",
            "careTeamSequence",
            "productOrService",
            "modifier",
            "programCode",
            "servicedDate",
            "servicedPeriod",
            "locationCodeableConcept",
            "quantity",
            "unitPrice",
            "net",
            "adjudication",
        ],
    };
    let is_plain = |part: &Object<'_>| part.members().all(|(name, _)| told.contains(&name));
    if !parts().all(is_plain) {
        return false;
    }
    match element {
        "total" => {
            let rows: Vec<Row> = parts().filter_map(|total| sum(reader, total)).collect();
            sections.push(Section { title: Some(tree::label(reader, element)), rows });
        }
        "insurance" => {
            for part in parts() {
                reader.say_member(part, "focal");
                let cards = part.object("coverage").and_then(|card| reader.reference(card));
                rows.extend(cards.map(|value| Row { label: tree::label(reader, "coverage"), value }));
            }
        }
        "careTeam" => {
            for part in parts() {
                reader.say_member(part, "sequence");
                let role = part.object("role").and_then(|role| reader.concept(role));
                let who = part.object("provider").and_then(|provider| reader.reference(provider));
                rows.extend(who.map(|value| Row {
                    label:
                        role.map_or_else(|| tree::label(reader, "provider"), |role| in_words(reader, role)),
                    value,
                }));
            }
        }
        _ => {
            let mut rows = Vec::new();
            for (n, part) in parts().enumerate() {
                rows.push(line(reader, n + 1, part));
            }
            each(Some(value)).iter().for_each(|part| reader.say_all(part));
            sections.push(Section { title: Some(tree::label(reader, element)), rows });
        }
    }
    true
}

/// A sum under its name; one of nothing is no news.
fn sum(reader: &Reader, part: &Object<'_>) -> Option<Row> {
    let category = part.get("category")?;
    let label = reader.concept(category.as_object()?)?;
    let amount = part.object("amount")?;
    let value = reader.simple("amountMoney", amount)?;
    reader.say_all(category);
    let is_nothing = |digits: &str| !digits.bytes().any(|b| matches!(b, b'1'..=b'9'));
    let nothing = matches!(amount.get("value"), Some(Json::Number(digits)) if is_nothing(digits));
    (!nothing).then(|| Row { label: in_words(reader, text::one_line(&label)), value })
}

/// One thing: what it cost, how much of it there was, who paid what, and what kind of thing it was.
fn line(reader: &Reader, number: usize, item: &Object<'_>) -> Row {
    let product = item.object("productOrService");
    let name = product.and_then(|product| reader.concept(product)).unwrap_or_default();
    let own = claim::item_in_english(&name).filter(|_| reader.lang == Lang::En);
    let name = own.map_or(name, str::to_owned);
    let amount = |name: &str| item.object(name).and_then(|amount| reader.simple("amountMoney", amount));
    let quantity = item.object("quantity").and_then(|quantity| reader.quantity(quantity));
    let how_much = match (quantity, amount("unitPrice")) {
        (Some(quantity), Some(price)) => Some(format!("{quantity} × {price}")),
        (quantity, price) => quantity.or(price),
    };
    let mut lines: Vec<String> = Vec::new();
    lines.push(match (amount("net"), how_much) {
        (Some(net), Some(how_much)) => format!("{net} ({how_much})"),
        (net, how_much) => net.or(how_much).unwrap_or_default(),
    });
    let judged = item.objects("adjudication").filter_map(|judged| {
        if judged.get("amount").is_some() {
            return sum(reader, judged);
        }
        let label = judged.object("category").and_then(|category| reader.concept(category))?;
        Some(Row { label: in_words(reader, label), value: reader.digits(judged, "value")? })
    });
    lines.push(judged.map(|row| format!("{}: {}", row.label, row.value)).collect::<Vec<_>>().join("; "));
    let mut about: Vec<String> = Vec::new();
    for element in ["modifier", "programCode", "locationCodeableConcept"] {
        let concepts = each(item.get(element)).iter().filter_map(Json::as_object);
        about.extend(concepts.filter_map(|concept| reader.concept(concept)));
    }
    about.retain(|said| *said != name);
    let when = item
        .object("servicedPeriod")
        .and_then(|period| reader.period(period))
        .or_else(|| item.get("servicedDate").and_then(|day| reader.scalar("servicedDate", day)));
    let codes = product.into_iter().flat_map(|product| product.objects("coding"));
    about.extend(when.into_iter().chain(codes.filter_map(|coding| reader.text(coding, "code"))));
    lines.push(about.join("; "));
    lines.retain(|line| !line.is_empty());
    Row { label: format!("{number}. {}", text::one_line(&name)), value: lines.join("\n") }
}
