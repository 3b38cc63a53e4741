//! The two languages: sentences from the Fluent catalogues, and numbers and times as their readers write them.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use vocabulary::{Timestamp, Zone};

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// French.
    French,
}

/// Fills a place in a sentence.
pub(crate) type Fill<'a> = (&'a str, FluentValue<'a>);

/// Between a number and its unit, so that no line breaks there.
const NO_BREAK: char = '\u{a0}';
/// Between groups of three digits in French, and before `%`.
const NARROW_NO_BREAK: char = '\u{202f}';
/// A minus as wide as a digit.
const MINUS: char = '\u{2212}';
/// Stands where a value is not known.
pub(crate) const UNKNOWN: &str = "–";

pub(crate) const ENGLISH_CATALOGUES: &[&str] = &[
    include_str!("../locales/en/alarms.ftl"),
    include_str!("../locales/en/building.ftl"),
    include_str!("../locales/en/common.ftl"),
    include_str!("../locales/en/house.ftl"),
    include_str!("../locales/en/first_steps.ftl"),
    include_str!("../locales/en/manager.ftl"),
    include_str!("../locales/en/people.ftl"),
    include_str!("../locales/en/report.ftl"),
    include_str!("../locales/en/schedule.ftl"),
    include_str!("../locales/en/tenant.ftl"),
];
pub(crate) const FRENCH_CATALOGUES: &[&str] = &[
    include_str!("../locales/fr/alarms.ftl"),
    include_str!("../locales/fr/building.ftl"),
    include_str!("../locales/fr/common.ftl"),
    include_str!("../locales/fr/house.ftl"),
    include_str!("../locales/fr/first_steps.ftl"),
    include_str!("../locales/fr/manager.ftl"),
    include_str!("../locales/fr/people.ftl"),
    include_str!("../locales/fr/report.ftl"),
    include_str!("../locales/fr/schedule.ftl"),
    include_str!("../locales/fr/tenant.ftl"),
];

static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle("en", ENGLISH_CATALOGUES));
static FRENCH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle("fr", FRENCH_CATALOGUES));

impl Language {
    /// The tag of the language, for `lang` attributes.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Reads a tag; `fr-CA` is French.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` header that is spoken here, by weight.
    pub(crate) fn from_accept(header: &str) -> Option<Self> {
        let weighted = header.split(',').filter_map(|part| {
            let mut pieces = part.split(';');
            let language = Self::from_tag(pieces.next()?)?;
            let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")?.parse::<f64>().ok()).unwrap_or(1.0);
            Some((language, weight))
        });
        // `max_by` keeps the last of equals; the first is wanted, so only a greater weight replaces.
        weighted
            .fold(None, |best: Option<(Self, f64)>, next| match best {
                Some(best) if best.1 >= next.1 => Some(best),
                _ => Some(next),
            })
            .map(|(language, _)| language)
    }

    /// A sentence without places to fill.
    pub(crate) fn say(self, key: &str) -> String {
        self.tell(key, &[])
    }

    /// A sentence with its places filled. A key that the catalogue does not have shows between brackets that no
    /// catalogue uses, so that tests find it.
    pub(crate) fn tell(self, key: &str, fills: &[Fill<'_>]) -> String {
        let bundle = match self {
            Self::English => &*ENGLISH,
            Self::French => &*FRENCH,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return format!("⟦{key}⟧");
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in fills {
            arguments.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        if errors.is_empty() { text } else { format!("⟦{key}⟧") }
    }

    /// A number with so many decimals: `1,234.5` or `1 234,5`.
    pub(crate) fn number(self, value: f64, decimals: usize) -> String {
        let plain = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let is_zero = plain.bytes().all(|b| matches!(b, b'0' | b'.'));
        let mut text = String::new();
        if value < 0.0 && !is_zero {
            text.push(MINUS);
        }
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                text.push(if self == Self::French { NARROW_NO_BREAK } else { ',' });
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(if self == Self::French { ',' } else { '.' });
            text.push_str(fraction);
        }
        text
    }

    /// A number with its unit: `20,5 °C`.
    pub(crate) fn quantity(self, value: f64, decimals: usize, unit: &str) -> String {
        format!("{}{NO_BREAK}{unit}", self.number(value, decimals))
    }

    /// A temperature, to a tenth.
    pub(crate) fn celsius(self, degrees: f64) -> String {
        self.quantity(degrees, 1, "°C")
    }

    /// A temperature difference, to a tenth, with its sign.
    pub(crate) fn difference(self, kelvin: f64) -> String {
        let sign = if kelvin >= 0.05 { "+" } else { "" };
        format!("{sign}{}", self.quantity(kelvin, 1, "°"))
    }

    /// A power: watts below a kilowatt, kilowatts with one decimal above.
    pub(crate) fn power(self, watts: f64) -> String {
        if watts.abs() < 1000.0 {
            self.quantity(watts, 0, "W")
        } else {
            self.quantity(watts / 1000.0, 1, "kW")
        }
    }

    /// An energy from watt-hours.
    pub(crate) fn energy(self, watt_hours: f64) -> String {
        self.quantity(watt_hours / 1000.0, if watt_hours.abs() < 100_000.0 { 1 } else { 0 }, "kWh")
    }

    /// A share from 0 to 1 in percent.
    pub(crate) fn percent(self, share: f64) -> String {
        let space = if self == Self::French { NARROW_NO_BREAK.to_string() } else { String::new() };
        format!("{}{space}%", self.number(share * 100.0, 0))
    }

    /// How long: `12 s`, `5 min`, `2 h 10`, `3 d`.
    pub(crate) fn length(self, ms: i64) -> String {
        let seconds = ms.max(0) / 1000;
        match seconds {
            0..60 => self.tell("length-seconds", &[("n", seconds.into())]),
            60..3600 => self.tell("length-minutes", &[("n", (seconds / 60).into())]),
            3600..172_800 => {
                let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
                let minutes = format!("{minutes:02}");
                self.tell("length-hours", &[("h", hours.into()), ("m", minutes.into())])
            }
            _ => self.tell("length-days", &[("n", (seconds / 86_400).into())]),
        }
    }

    /// How long ago: `12 s ago`.
    pub(crate) fn age(self, ms: i64) -> String {
        if ms < 2_000 {
            return self.say("age-now");
        }
        self.tell("age", &[("length", self.length(ms).into())])
    }

    /// The time of day in the site's zone.
    pub(crate) fn clock(self, at: Timestamp, zone: Zone) -> String {
        zone.format(at, "%H:%M")
    }

    /// The time, with its day where that is not today.
    pub(crate) fn moment(self, at: Timestamp, now: Timestamp, zone: Zone) -> String {
        let clock = self.clock(at, zone);
        let day = |at| zone.format(at, "%Y-%j");
        if day(at) == day(now) {
            return clock;
        }
        self.tell("moment-day", &[("day", self.day(at, zone).into()), ("clock", clock.into())])
    }

    /// The day, shortly: `Sat 21 Nov`, `sam. 21 nov.`
    pub(crate) fn day(self, at: Timestamp, zone: Zone) -> String {
        let weekday = self.say(&format!("weekday-{}", zone.local(at).weekday));
        let month = self.say(&format!("month-{}", zone.format(at, "%-m")));
        format!("{weekday} {} {month}", zone.format(at, "%-d"))
    }
}

fn bundle(tag: &str, catalogues: &[&str]) -> FluentBundle<FluentResource> {
    let tag = tag.parse().expect("a language tag in code is well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Marks of direction around every fill would stand in the middle of numbers and copied text.
    bundle.set_use_isolating(false);
    for catalogue in catalogues {
        let resource = FluentResource::try_new((*catalogue).to_owned())
            .unwrap_or_else(|(_, errors)| panic!("an embedded catalogue does not read: {errors:?}"));
        bundle.add_resource(resource).expect("no key is in two catalogues of one language");
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(catalogues: &[&str]) -> BTreeSet<String> {
        let lines = catalogues.iter().flat_map(|text| text.lines());
        let keys = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        keys.filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned())).collect()
    }

    #[test]
    fn both_catalogues_have_the_same_keys() {
        let (english, french) = (keys(ENGLISH_CATALOGUES), keys(FRENCH_CATALOGUES));
        assert!(english.len() > 100);
        assert_eq!(
            english.difference(&french).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "missing in French"
        );
        assert_eq!(
            french.difference(&english).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "missing in English"
        );
    }

    #[test]
    fn both_catalogues_fill_the_same_places() {
        let places = |text: &str| {
            let names = text.split('$').skip(1);
            names
                .map(|rest| {
                    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned()
                })
                .collect::<BTreeSet<_>>()
        };
        let entries = |catalogues: &[&str]| {
            let mut all = std::collections::BTreeMap::new();
            let text = catalogues.join("\n");
            let mut current = String::new();
            for line in text.lines() {
                if let Some((key, _)) = line.split_once(" =")
                    && line.starts_with(|c: char| c.is_ascii_lowercase())
                {
                    current = key.to_owned();
                }
                all.entry(current.clone()).or_insert_with(String::new).push_str(line);
            }
            all
        };
        let french = entries(FRENCH_CATALOGUES);
        for (key, english) in entries(ENGLISH_CATALOGUES) {
            assert_eq!(places(&english), places(&french[&key]), "{key}");
        }
    }

    #[test]
    fn every_key_that_the_code_names_is_in_the_catalogue() {
        let known = keys(ENGLISH_CATALOGUES);
        let mut named = BTreeSet::new();
        for folder in ["src", "src/pages", "src/api", "templates"] {
            for entry in std::fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
                let path = entry.unwrap().path();
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                let text = text.split("#[cfg(test)]").next().unwrap();
                for call in ["say(\"", "tell(\""] {
                    named.extend(
                        text.split(call)
                            .skip(1)
                            .filter_map(|rest| rest.split_once('"'))
                            .map(|(k, _)| k.to_owned()),
                    );
                }
            }
        }
        assert!(named.len() > 50);
        assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
    }

    #[test]
    fn numbers_are_written_as_their_readers_write_them() {
        assert_eq!(Language::French.celsius(20.5), "20,5\u{a0}°C");
        assert_eq!(Language::English.celsius(-0.04), "0.0\u{a0}°C");
        assert_eq!(Language::English.celsius(-3.25), "\u{2212}3.2\u{a0}°C");
        assert_eq!(Language::English.number(1_234_567.0, 0), "1,234,567");
        assert_eq!(Language::French.number(12_345.6, 1), "12\u{202f}345,6");
        assert_eq!(Language::French.power(7_430.0), "7,4\u{a0}kW");
        assert_eq!(Language::English.percent(0.984), "98%");
    }

    #[test]
    fn one_is_not_written_as_many() {
        let work =
            |l: Language, jobs: f64| l.tell("heater-work", &[("jobs", jobs.into()), ("cores", 8.0.into())]);
        assert_eq!(work(Language::English, 1.0), "1 job · 8 cores");
        assert_eq!(work(Language::English, 2.0), "2 jobs · 8 cores");
        assert_eq!(work(Language::French, 0.0), "0 tâche · 8 cœurs");
        assert_eq!(Language::French.tell("figure-cores", &[("n", 1.0.into())]), "· 1 cœur");
    }

    #[test]
    fn the_browser_s_first_language_that_we_speak_is_taken() {
        for (header, expected) in [
            ("fr-CH, fr;q=0.9, en;q=0.8", Some(Language::French)),
            ("de, en;q=0.5, fr;q=0.7", Some(Language::French)),
            ("de-DE", None),
            ("en,fr", Some(Language::English)),
            ("", None),
        ] {
            assert_eq!(Language::from_accept(header), expected, "{header}");
        }
    }
}
