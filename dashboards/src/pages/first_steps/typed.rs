//! What is typed into the forms of the first steps: names, temperatures and powers, each refused with a sentence of its own.

use registry::building_file::{SETPOINTS_C, read, write};
use registry::{Described, RegistryError, SiteBook};
use vocabulary::{Celsius, DayTime, DisplayName, Watts, Zone};

use crate::app::App;
use crate::language::Language;
use crate::pages::Place;
use crate::plain::plain;
use crate::visitor::{PageError, Visitor, pairs};
use crate::words::mistake::{mistake, wiring};

/// A field is read up to here: longer than any that is accepted, so that one that is too long is refused and not cut.
const LONGEST_CHARS: usize = 200;
/// Identifiers made from names are not longer than this: people read them on the heater's screen.
const ID_CHARS: usize = 40;

/// The fields of a form as they were sent.
pub(super) struct Typed {
    fields: Vec<(String, String)>,
    language: Language,
}

impl Typed {
    /// Takes a form apart.
    pub(super) fn read(body: &str, language: Language) -> Self {
        Self { fields: pairs(body), language }
    }

    /// A field as it was typed, without space around it.
    pub(super) fn text(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().chars().take(LONGEST_CHARS).collect()).unwrap_or_default()
    }

    fn refuse<T>(&self, key: &str, field: &str) -> Result<T, String> {
        let field = self.language.say(&format!("steps-{}", field.replace('_', "-")));
        Err(self.language.tell(key, &[("field", field.into())]))
    }

    /// A name for people.
    pub(super) fn name(&self, field: &str) -> Result<DisplayName, String> {
        DisplayName::new(&self.text(field)).or_else(|_| self.refuse("steps-refused-name", field))
    }

    /// A temperature that a building may ask for, with comma or point.
    pub(super) fn celsius(&self, field: &str) -> Result<Celsius, String> {
        let degrees = self.text(field).replace(',', ".").parse::<f64>().ok();
        let degrees = degrees.filter(|degrees| SETPOINTS_C.contains(degrees));
        let celsius = degrees.and_then(|degrees| Celsius::new(degrees).ok());
        celsius.map_or_else(|| self.refuse("steps-refused-celsius", field), Ok)
    }

    /// A whole number of watts; nothing where nothing was typed.
    pub(super) fn watts(&self, field: &str) -> Result<Option<Watts>, String> {
        let text = self.text(field);
        if text.is_empty() {
            return Ok(None);
        }
        let watts = text.parse().ok().and_then(|watts| Watts::new(watts).ok());
        watts.map_or_else(|| self.refuse("steps-refused-watts", field), |watts| Ok(Some(watts)))
    }

    /// A time zone by its name in the usual table.
    pub(super) fn zone(&self, field: &str) -> Result<Zone, String> {
        self.text(field).parse().or_else(|_| self.refuse("steps-refused-zone", field))
    }

    /// A time of the day.
    pub(super) fn time(&self, field: &str) -> Result<DayTime, String> {
        self.text(field).parse().or_else(|_| self.refuse("steps-refused-time", field))
    }
}

/// An identifier made from a name: its letters and digits without accents, and `otherwise` where it has none of ours; with a
/// number behind it where it is taken.
pub(super) fn identifier(name: &str, otherwise: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let letters: String =
        plain(name).chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    let made: String = words.join("-").chars().take(ID_CHARS).collect();
    let made = made.trim_matches('-');
    let made = if made.is_empty() { otherwise } else { made };
    let numbered = (2..).map(|number| format!("{made}-{number}"));
    let mut names = std::iter::once(made.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).expect("numbers do not end")
}

/// Puts a building in place of what somebody saw, or says in a sentence why not.
pub(in crate::pages) fn describe(
    app: &App,
    visitor: &Visitor,
    old: Option<&SiteBook>,
    new: &SiteBook,
) -> Result<Result<(), String>, PageError> {
    let l = visitor.language;
    // What is made here can be taken along as a file, so it keeps the rules of the file.
    if let Err(refusal) = read(&write(new)) {
        return Ok(Err(mistake(&refusal.what, l)));
    }
    let seen = old.map(SiteBook::edition);
    Ok(match app.registry.describe_site(new, seen.as_deref(), &visitor.who.by, app.wall()) {
        Ok(Described::Written) => Ok(()),
        Ok(Described::EditedMeanwhile) => Err(l.say("steps-stale")),
        Ok(Described::NotHere) => Err(l.say("building-not-here")),
        Err(RegistryError::Wiring(error)) => Err(wiring(&error, l)),
        Err(error) => return Err(error.into()),
    })
}

/// Why a form is refused: a sentence, or the key of one.
pub(super) enum Why {
    Key(&'static str),
    Said(String),
}

impl From<&'static str> for Why {
    fn from(key: &'static str) -> Self {
        Self::Key(key)
    }
}

impl From<String> for Why {
    fn from(said: String) -> Self {
        Self::Said(said)
    }
}

/// Writes the building that a form made, where it made one that differs.
pub(super) fn take(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    made: Result<SiteBook, Why>,
) -> Result<Result<(), String>, PageError> {
    match made {
        Ok(book) if book == *place.book() => Ok(Ok(())),
        Ok(book) => describe(app, visitor, Some(place.book()), &book),
        Err(Why::Key(key)) => Ok(Err(visitor.language.say(key))),
        Err(Why::Said(said)) => Ok(Err(said)),
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::RoomId;

    use super::*;

    #[test]
    fn every_name_makes_an_identifier_that_is_free() {
        let long = "é".repeat(64);
        for (name, expected) in [
            ("Bureau 12, côté rue", "bureau-12-cote-rue"),
            ("  <b>Müller & Söhne</b>  ", "b-muller-sohne-b"),
            ("غرفة", "room"),
            ("🔥🔥", "room"),
            ("--", "room"),
            (long.as_str(), &"e".repeat(40)),
        ] {
            let made = identifier(name, "room", |_| false);
            assert_eq!(made, expected, "{name}");
            assert!(RoomId::new(&made).is_ok(), "{made}");
        }
        let taken = ["hall", "hall-2"];
        assert_eq!(identifier("Hall", "room", |id| taken.contains(&id)), "hall-3");
    }

    #[test]
    fn what_is_typed_is_read_or_refused_in_a_sentence_that_names_the_field() {
        let typed = |value: &str| {
            Typed::read(&format!("low_c={value}&rated_w={value}&name={value}"), Language::English)
        };
        assert_eq!(typed("20%2C5").celsius("low_c"), Ok(Celsius::from_hundredths(2050)));
        for bad in ["", "warm", "4.9", "30.1", "NaN", "1e3"] {
            let error = typed(bad).celsius("low_c").unwrap_err();
            assert!(error.contains("Lowest setpoint") && !error.contains('⟦'), "{bad}: {error}");
        }
        for bad in ["-1", "1.5", "many", "99999999999"] {
            assert!(typed(bad).watts("rated_w").unwrap_err().contains("Rated power"), "{bad}");
        }
        for bad in ["", "a%07b", &"x".repeat(65), &"x".repeat(5_000)] {
            assert!(typed(bad).name("name").unwrap_err().contains("Name"), "{bad}");
        }
    }
}
