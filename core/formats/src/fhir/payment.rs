//! Bills, their settlement, and insurance cover.

use super::element::{self, concepts, join};
use super::entry::{Draft, titled, when};
use super::json::Object;

/// A Claim, ClaimResponse or ExplanationOfBenefit.
pub(super) fn claim(claim: &Object<'_>) -> Draft {
    let first = |part: &str, field: &str| claim.objects(part).find_map(|part| titled(part, &[field]));
    let items = join(claim.objects("item").take(20).filter_map(|item| concepts(item, "productOrService")));
    let total = claim
        .objects("total")
        .find_map(|total| element::money(total).or_else(|| total.object("amount").and_then(element::money)));
    let diagnosis = || first("diagnosis", "diagnosisCodeableConcept");
    // A type in the source's own words says more than the first of many items; its code alone does not.
    let told = claim
        .object("type")
        .and_then(|kind| kind.text("text"))
        .map(|text| element::Title { text: element::clean(text), code: None });
    Draft {
        title: told.or_else(|| first("item", "productOrService")).or_else(|| titled(claim, &["type"])),
        subtitle: diagnosis().map(|title| title.text).or(items),
        value: total,
        when: when(claim, &["billablePeriod", "created"]),
        ..Draft::default()
    }
}

/// A card of insurance: who pays, its number, for how long.
pub(super) fn coverage(coverage: &Object<'_>) -> Draft {
    let payer = join(coverage.objects("payor").filter_map(element::display));
    let plan = join(coverage.objects("class").filter_map(|class| class.text("name").map(element::clean)));
    let number = || {
        coverage
            .text("subscriberId")
            .or_else(|| coverage.objects("identifier").find_map(|identifier| identifier.text("value")))
            .map(element::clean)
    };
    Draft {
        title: titled(coverage, &["type"]).or_else(|| {
            payer.clone().or_else(|| plan.clone()).map(|text| element::Title { text, code: None })
        }),
        subtitle: plan,
        value: number(),
        facility: payer,
        when: when(coverage, &["period"]),
        ..Draft::default()
    }
}
