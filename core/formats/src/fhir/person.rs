//! People, places and things: who a record is about, who gave care, with what.

use super::element::{self, Title, concepts, join};
use super::entry::{Draft, titled, when};
use super::json::Object;

fn name_title(resource: &Object<'_>) -> Option<Title> {
    element::name(resource).map(|text| Title { text, code: None })
}

fn addresses(resource: &Object<'_>) -> Option<String> {
    resource.objects("address").find_map(element::address)
}

/// A Patient has no date: a birth date on a timeline would be an event that the record does not tell of.
pub(super) fn patient(patient: &Object<'_>) -> Draft {
    Draft {
        title: name_title(patient),
        subtitle: addresses(patient),
        value: patient.text("birthDate").map(element::clean),
        ..Draft::default()
    }
}

pub(super) fn related_person(person: &Object<'_>) -> Draft {
    Draft {
        title: name_title(person).or_else(|| titled(person, &["relationship"])),
        subtitle: concepts(person, "relationship"),
        value: person.objects("telecom").find_map(|telecom| telecom.text("value")).map(element::clean),
        ..Draft::default()
    }
}

/// A Practitioner, Organization, Location, HealthcareService, Endpoint.
pub(super) fn named(resource: &Object<'_>) -> Draft {
    let qualifications = join(resource.objects("qualification").filter_map(|q| concepts(q, "code")));
    Draft {
        title: name_title(resource).or_else(|| titled(resource, &["description", "type"])),
        subtitle: concepts(resource, "type").or_else(|| concepts(resource, "specialty")).or(qualifications),
        value: addresses(resource),
        ..Draft::default()
    }
}

/// A PractitionerRole or OrganizationAffiliation: somebody at some place.
pub(super) fn role(role: &Object<'_>) -> Draft {
    let shown = |field: &str| role.object(field).and_then(element::display);
    let who = shown("practitioner").or_else(|| shown("participatingOrganization"));
    Draft {
        title: who.map(|text| Title { text, code: None }).or_else(|| titled(role, &["code", "specialty"])),
        subtitle: join([concepts(role, "code"), concepts(role, "specialty")].into_iter().flatten()),
        facility: shown("organization"),
        when: when(role, &["period"]),
        ..Draft::default()
    }
}

pub(super) fn device(device: &Object<'_>) -> Draft {
    let own_name = || device.objects("deviceName").find_map(|name| titled(name, &["name"]));
    let maker = device.text("manufacturer").map(element::clean);
    Draft {
        title: titled(device, &["type"]).or_else(own_name).or_else(|| titled(device, &["modelNumber"])),
        subtitle: join([maker, device.text("modelNumber").map(element::clean)].into_iter().flatten()),
        value: device.text("serialNumber").or_else(|| device.text("lotNumber")).map(element::clean),
        when: (when(device, &["manufactureDate"]).0, when(device, &["expirationDate"]).0),
        ..Draft::default()
    }
}
