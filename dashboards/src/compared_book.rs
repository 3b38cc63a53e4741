//! What differs between two descriptions of a building, in words: what an import would change.

use std::collections::BTreeMap;

use registry::{Circuit, Heater, PlanArea, Room, SiteBook};
use vocabulary::Watts;

use crate::language::{Language, UNKNOWN};

/// A thing that is new, different or gone.
pub(crate) struct Difference {
    /// `added`, `changed` or `removed`: the class of its sign.
    pub(crate) kind: &'static str,
    /// What it is and what becomes of it.
    pub(crate) words: String,
    /// What of it becomes different.
    pub(crate) details: Vec<String>,
}

/// A part of a thing: the end of its words' key, and its value in words. The same value is the same words.
type Part = (&'static str, String);

/// A thing as it is described: what it is called, and its parts, always the same ones in the same order.
struct Thing {
    name: String,
    parts: Vec<Part>,
}

/// Everything that is not in `new` as it was in `old`: what is gone first, because it cannot be taken back here.
pub(crate) fn differences(old: Option<&SiteBook>, new: &SiteBook, l: Language) -> Vec<Difference> {
    let before = old.map(|book| things(&book.as_described(), l)).unwrap_or_default();
    let after = things(&new.as_described(), l);
    let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
    let mut found: Vec<Difference> =
        gone.map(|((kind, _), thing)| difference("removed", kind, thing, Vec::new(), l)).collect();
    for (key, thing) in &after {
        match before.get(key) {
            None => found.push(difference("added", key.0, thing, Vec::new(), l)),
            Some(was) => {
                let details = changed(&was.parts, &thing.parts, l);
                if !details.is_empty() {
                    found.push(difference("changed", key.0, thing, details, l));
                }
            }
        }
    }
    found
}

fn difference(
    become_of: &'static str,
    kind: &str,
    thing: &Thing,
    details: Vec<String>,
    l: Language,
) -> Difference {
    let words = l.tell(
        &format!("compared-{become_of}"),
        &[("what", l.say(&format!("compared-{kind}")).into()), ("name", thing.name.as_str().into())],
    );
    Difference { kind: become_of, words, details }
}

fn changed(old: &[Part], new: &[Part], l: Language) -> Vec<String> {
    let pairs = old.iter().zip(new).filter(|(old, new)| old.1 != new.1);
    pairs
        .map(|((key, old), (_, new))| {
            let part = l.say(&format!("compared-part-{key}"));
            match *key {
                // A week is not told in a line: its page shows it.
                "week" | "order" => part,
                _ => l.tell(
                    "compared-part",
                    &[("part", part.into()), ("old", old.as_str().into()), ("new", new.as_str().into())],
                ),
            }
        })
        .collect()
}

/// Everything that has a name, by kind and identifier.
fn things(book: &SiteBook, l: Language) -> BTreeMap<(&'static str, String), Thing> {
    let called = |name: &str, id: &str| format!("{name} ({id})");
    let mut things = BTreeMap::from([(("1-site", String::new()), site(book, l))]);
    things.extend(book.rooms.iter().map(|room| {
        let name = called(room.name.as_str(), room.id.as_str());
        (("2-room", room.id.to_string()), Thing { name, parts: of_room(room, l) })
    }));
    things.extend(book.circuits.iter().map(|circuit| {
        let parts = of_circuit(circuit, l);
        (("3-circuit", circuit.id.to_string()), Thing { name: circuit.id.to_string(), parts })
    }));
    things.extend(book.heaters.iter().map(|heater| {
        let name = called(heater.name.as_str(), heater.id.as_str());
        (("4-heater", heater.id.to_string()), Thing { name, parts: of_heater(heater, l) })
    }));
    things
}

fn site(book: &SiteBook, l: Language) -> Thing {
    let site = &book.site;
    let order: Vec<&str> = book.rooms.iter().map(|room| room.id.as_str()).collect();
    let metrics: Vec<String> = book.metrics.iter().map(ToString::to_string).collect();
    let parts = vec![
        ("name", site.name.to_string()),
        ("zone", site.zone.to_string()),
        ("cap", site.cap_w.map_or_else(|| UNKNOWN.to_owned(), |cap| watts(cap, l))),
        ("metrics", metrics.join(", ")),
        ("order", order.join(" ")),
    ];
    Thing { name: site.name.to_string(), parts }
}

fn of_room(room: &Room, l: Language) -> Vec<Part> {
    let area = |PlanArea { x, y, width, depth }: PlanArea| format!("{width} × {depth} m · {x}, {y}");
    vec![
        ("name", room.name.to_string()),
        ("floor", room.floor.to_string()),
        ("area", room.area.map_or_else(|| UNKNOWN.to_owned(), area)),
        ("low", l.celsius(room.low_c.degrees())),
        ("high", l.celsius(room.high_c.degrees())),
        ("setback", l.celsius(room.setback_c.degrees())),
        ("week", format!("{:?}", room.schedule.week.changes())),
    ]
}

fn of_circuit(circuit: &Circuit, l: Language) -> Vec<Part> {
    vec![
        ("under", circuit.under.as_ref().map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)),
        ("cap", watts(circuit.cap_w, l)),
        ("other", watts(circuit.other_w, l)),
    ]
}

fn of_heater(heater: &Heater, l: Language) -> Vec<Part> {
    vec![
        ("name", heater.name.to_string()),
        ("room", heater.room.as_ref().map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)),
        ("circuit", heater.circuit.as_ref().map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)),
        ("rated", watts(heater.rated_w, l)),
        ("resistor", watts(heater.resistor_w, l)),
        ("fallback", watts(heater.fallback_w, l)),
    ]
}

/// To the watt: a rounded number would hide a difference.
fn watts(watts: Watts, l: Language) -> String {
    l.quantity(watts.real(), 0, "W")
}

#[cfg(test)]
mod tests {
    use vocabulary::{Celsius, DisplayName, RoomId, WeekSchedule};

    use super::*;
    use crate::trial::book;

    fn said(change: fn(&mut SiteBook)) -> Vec<(String, Vec<String>)> {
        let mut new = book();
        change(&mut new);
        let found = differences(Some(&book()), &new, Language::English);
        found.into_iter().map(|one| (one.words.replace('\u{a0}', " "), one.details)).collect()
    }

    #[test]
    fn nothing_differs_from_itself_and_what_no_file_says_is_no_difference() {
        assert_eq!(said(|_| ()), []);
        assert_eq!(said(|book| book.heaters[0].simulated = false), []);
    }

    #[test]
    fn what_is_added_changed_and_removed_is_told_with_its_name() {
        let found = said(|book| {
            let mut added = book.rooms[0].clone();
            added.id = RoomId::new("301").unwrap();
            added.name = DisplayName::new("Grenier").unwrap();
            book.rooms.push(added);
            book.heaters.remove(0);
            book.rooms[0].high_c = Celsius::from_hundredths(2312);
            book.rooms[2].schedule = WeekSchedule::constant(Celsius::from_hundredths(1900)).into();
        });
        let words: Vec<&str> = found.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(
            words,
            [
                "Heater H 101 (h-101) is removed",
                "Building 12 rue des Tisserands changes",
                "Room 101 Atelier (101) changes",
                "Room 201 Archives (201) changes",
                "Room Grenier (301) is added",
            ]
        );
        assert_eq!(found[1].1, ["the order of the rooms"]);
        assert_eq!(found[3].1, ["the hours of its week"]);
        assert!(found[2].1[0].starts_with("highest setpoint: 22"), "{:?}", found[2].1);
    }

    #[test]
    fn a_building_that_is_not_there_yet_is_all_new() {
        let found = differences(None, &book(), Language::French);
        assert!(found.iter().all(|one| one.kind == "added") && found.len() == 6);
    }
}
