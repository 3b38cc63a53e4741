//! What is wrong with the description of a building, in the reader's language: the key and the things it is about stay as the
//! file has them.

use fluent_bundle::FluentValue;
use registry::WiringError;
use registry::building_file::{Mistake, SETPOINTS_C};

use crate::language::Language;

/// The mistake in a sentence without a beginning and an end: it stands behind its line.
pub(crate) fn mistake(found: &Mistake, l: Language) -> String {
    let tell = |key: &str, fills: &[(&str, &dyn ToString)]| tell(l, key, fills);
    match found {
        Mistake::Nothing => l.say("mistake-nothing"),
        Mistake::NoSite => l.say("mistake-no-site"),
        Mistake::RoomTwice(room) => tell("mistake-room-twice", &[("room", room)]),
        Mistake::HeaterTwice(heater) => tell("mistake-heater-twice", &[("heater", heater)]),
        Mistake::UnknownRoom { heater, room } => {
            tell("mistake-unknown-room", &[("heater", heater), ("room", room)])
        }
        Mistake::Setpoint { room, key, celsius } => {
            let [low, high] = [SETPOINTS_C.start(), SETPOINTS_C.end()].map(|bound| l.number(*bound, 0));
            let value = celsius.degrees();
            let fills: [(&str, &dyn ToString); 5] =
                [("room", room), ("key", key), ("value", &value), ("low", &low), ("high", &high)];
            tell("mistake-setpoint", &fills)
        }
        Mistake::LowAboveHigh(room) => tell("mistake-low-above-high", &[("room", room)]),
        Mistake::Area(room) => tell("mistake-area", &[("room", room)]),
        Mistake::ComfortEndsFirst(room) => tell("mistake-comfort-ends-first", &[("room", room)]),
        Mistake::ComfortOverlaps { room, day } => {
            tell("mistake-comfort-overlaps", &[("room", room), ("day", &l.say(&format!("day-{day}")))])
        }
        Mistake::Week { room, .. } => tell("mistake-week", &[("room", room)]),
        Mistake::AboveRated { heater, key } => {
            tell("mistake-above-rated", &[("heater", heater), ("key", key)])
        }
        Mistake::RatedZero(heater) => tell("mistake-rated-zero", &[("heater", heater)]),
        Mistake::CapZero(circuit) => tell("mistake-cap-zero", &[("circuit", circuit)]),
        Mistake::Wiring(error) => wiring(error, l),
        Mistake::UnknownKey { key, meant: Some(meant), .. } => {
            tell("mistake-unknown-key-meant", &[("key", key), ("meant", meant)])
        }
        Mistake::UnknownKey { key, meant: None, .. } => tell("mistake-unknown-key", &[("key", key)]),
        Mistake::MissingKey { key, .. } => tell("mistake-missing-key", &[("key", key)]),
        Mistake::KeyTwice { key, .. } => tell("mistake-key-twice", &[("key", key)]),
        Mistake::Value { key, value, .. } => {
            let hint = l.say(&format!("mistake-hint-{}", hint(key)));
            tell("mistake-value", &[("key", key), ("value", value), ("hint", &hint)])
        }
        Mistake::Syntax { .. } => l.say("mistake-syntax"),
    }
}

/// What is wrong with circuits, in the same way.
pub(crate) fn wiring(error: &WiringError, l: Language) -> String {
    let tell = |key: &str, fills: &[(&str, &dyn ToString)]| tell(l, key, fills);
    match error {
        WiringError::Twice(circuit) => tell("mistake-circuit-twice", &[("circuit", circuit)]),
        WiringError::UnknownUnder { circuit, under } => {
            tell("mistake-unknown-under", &[("circuit", circuit), ("under", under)])
        }
        WiringError::Loop(circuit) => tell("mistake-circuit-loop", &[("circuit", circuit)]),
        WiringError::UnknownCircuit { heater, circuit } => {
            tell("mistake-unknown-circuit", &[("heater", heater), ("circuit", circuit)])
        }
        WiringError::Overloaded { circuit, fallback_w, other_w, cap_w } => {
            let [fallback, other, cap] = [fallback_w, other_w, cap_w].map(|w| l.number(*w as f64, 0));
            let fills: [(&str, &dyn ToString); 4] =
                [("circuit", circuit), ("fallback", &fallback), ("other", &other), ("cap", &cap)];
            tell("mistake-circuit-overloaded", &fills)
        }
        WiringError::SiteOverloaded { fallback_w, cap_w } => {
            let [fallback, cap] = [fallback_w, cap_w].map(|w| l.number(*w as f64, 0));
            tell("mistake-site-overloaded", &[("fallback", &fallback), ("cap", &cap)])
        }
    }
}

/// A sentence whose places are filled with texts, as they are.
fn tell(l: Language, key: &str, fills: &[(&str, &dyn ToString)]) -> String {
    let fills: Vec<(&str, FluentValue<'_>)> =
        fills.iter().map(|(name, value)| (*name, value.to_string().into())).collect();
    l.tell(key, &fills)
}

/// Which values a key of the file may have: the end of the key of these words.
fn hint(key: &str) -> &'static str {
    match key {
        "id" | "room" | "circuit" | "under" => "identifier",
        "name" | "floor" => "name",
        "zone" => "zone",
        "metrics" => "metrics",
        "days" => "days",
        "from" | "until" => "time",
        "area" | "x" | "y" | "width" | "depth" => "metres",
        key if key.ends_with("_c") => "celsius",
        key if key.ends_with("_w") => "watts",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use registry::building_file::{read, write};

    use super::*;
    use crate::trial::book;

    /// What both languages say to a file.
    fn told(file: &str) -> [String; 2] {
        let refusal = read(file).unwrap_err();
        let told = [Language::English, Language::French].map(|l| mistake(&refusal.what, l));
        assert!(told.iter().all(|words| !words.is_empty() && !words.contains('⟦')), "{told:?}");
        assert_ne!(told[0], told[1], "{refusal}");
        told
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_the_reader_s_language_with_the_key_as_it_stands_there() {
        let good = write(&book());
        for (find, put, english, french) in [
            ("[site]", "[sites]", "nearest one is site", "la plus proche est site"),
            ("[site]", "[http]\nlisten = \"a\"\n[site]", "no key http", "aucune clé http"),
            ("[site]", "[site", "does not read as TOML", "ne se lit pas comme du TOML"),
            ("zone = ", "zones = \"UTC\"\nzone = ", "nearest one is zone", "la plus proche est zone"),
            ("id = \"101\"", "id = \"101\"\nid = \"101\"", "id is written twice", "id est écrit deux fois"),
            ("low_c = 17.0\n", "", "low_c is missing", "il manque low_c"),
            (
                "low_c = 17.0",
                "low_c = \"warm\"",
                "low_c cannot be \"warm\"",
                "low_c ne peut pas valoir \"warm\"",
            ),
            (
                "low_c = 17.0",
                "low_c = 3.0",
                "low_c = 3 is outside 5 to 30",
                "low_c = 3 n’est pas entre 5 et 30",
            ),
            ("low_c = 17.0", "low_c = 25.0", "low_c is above high_c", "low_c est au-dessus de high_c"),
            ("zone = \"Europe/Paris\"", "zone = \"Mars\"", "Europe/Paris", "Europe/Paris"),
            ("width = 5.0", "width = 0.0", "metres", "mètres"),
            ("id = \"102\"", "id = \"101\"", "room 101 is named twice", "la pièce 101 est décrite deux fois"),
            ("id = \"h-102\"", "id = \"h-101\"", "heater h-101", "le radiateur h-101"),
            (
                "room = \"101\"",
                "room = \"attic\"",
                "attic, which is not described",
                "attic, qui n’est pas décrite",
            ),
            ("rated_w = 750", "rated_w = 0", "rated_w", "rated_w"),
            ("resistor_w = 250", "resistor_w = 900", "resistor_w is above", "resistor_w dépasse"),
            ("cap_w = 9000", "cap_w = 10", "400 W, above cap_w = 10", "400 W, plus que cap_w = 10"),
            ("until = \"19:00\"", "until = \"06:00\"", "ends before it begins", "finit avant de commencer"),
            ("until = \"19:00\"", "until = \"29:00\"", "07:30", "07:30"),
        ] {
            assert!(good.contains(find), "{find}\n{good}");
            let [in_english, in_french] = told(&good.replacen(find, put, 1));
            assert!(in_english.contains(english), "{put}: {in_english}");
            assert!(in_french.contains(french), "{put}: {in_french}");
        }
        told("");
        told(
            "[[room]]\nid = \"a\"\nname = \"a\"\nfloor = \"0\"\nlow_c = 17\nhigh_c = 22\nsetback_c = 16\notherwise_c = 20",
        );
    }

    #[test]
    fn what_is_wrong_with_circuits_is_said_in_the_reader_s_language() {
        let good = write(&book());
        let circuit = |id: &str, under: &str, cap_w: u32| {
            let under = if under.is_empty() { String::new() } else { format!("under = \"{under}\"\n") };
            format!("\n[[circuit]]\nid = \"{id}\"\n{under}cap_w = {cap_w}\nother_w = 90\n")
        };
        let on_riser = good.replace("id = \"h-101\"", "id = \"h-101\"\ncircuit = \"riser\"");
        for file in [
            on_riser.clone(),
            on_riser + &circuit("riser", "", 100),
            good.clone() + &circuit("riser", "main", 900),
            good.clone() + &circuit("riser", "main", 900) + &circuit("main", "riser", 900),
            good.clone() + &circuit("main", "", 900) + &circuit("main", "", 900),
            good + &circuit("main", "", 0),
        ] {
            told(&file);
        }
    }
}
