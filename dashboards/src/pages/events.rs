//! What happened in a room, in words: for its chart, the table that says the same, and the list below both.

use vocabulary::{HeaterId, Timestamp};

use super::Place;
use crate::app::App;
use crate::facts::{Building, RoomFacts};
use crate::happened::{self, Happened, What};
use crate::history::Span;
use crate::visitor::PageError;
use crate::words::Speaker;

/// What happened, each with its words.
#[derive(Default)]
pub(crate) struct Events(Vec<(Happened, String)>);

impl Events {
    /// Reads it from the book; `overrides` are those of the room in this time.
    pub(crate) fn in_room(
        app: &App,
        place: &Place,
        facts: &RoomFacts,
        overrides: &[registry::Override],
        span: Span,
    ) -> Result<Self, PageError> {
        let (building, site) = (&place.building, &place.book().site);
        let heaters: Vec<HeaterId> =
            building.heaters_of(&facts.room.id).map(|facts| facts.heater.id.clone()).collect();
        let of = (&site.id, &facts.room.id, heaters.as_slice());
        let all = happened::in_room(app, of, overrides, (span.from, span.to))?;
        let words = |one: &Happened| words(one, place.speaker, building, site.name.as_str());
        Ok(Self(all.into_iter().map(|one| (one.clone(), words(&one))).collect()))
    }

    /// Whether nothing happened.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words of what went on at any time of a stretch, each once.
    pub(crate) fn during(&self, from: Timestamp, to: Timestamp) -> String {
        let mut told: Vec<&str> = Vec::new();
        for (_, words) in self.0.iter().filter(|(one, _)| one.touches(from, to)) {
            if !told.contains(&words.as_str()) {
                told.push(words);
            }
        }
        told.join(" · ")
    }

    /// From when to when overrides were in force, and alarms lasted; what lasts still ends at `now`.
    pub(crate) fn stretches(&self, now: Timestamp) -> [Vec<(Timestamp, Timestamp)>; 2] {
        let of = |kind: &str| {
            let ours = self.0.iter().filter(|(one, _)| self::kind(&one.what) == kind);
            ours.map(|(one, _)| (one.from, one.to.unwrap_or(now))).collect()
        };
        [of("override"), of("alarm")]
    }

    /// A line each.
    pub(crate) fn lines(&self, speaker: Speaker) -> Vec<String> {
        let line = |(one, words): &(Happened, String)| match one.to {
            Some(to) => format!("{} – {}: {words}", speaker.moment(one.from), speaker.moment(to)),
            None => speaker.language.tell(
                "chart-event-lasts",
                &[("moment", speaker.moment(one.from).into()), ("words", words.as_str().into())],
            ),
        };
        self.0.iter().map(line).collect()
    }

    /// As the page's script draws it: beginning, end, words and kind of each.
    pub(crate) fn json(&self, now: Timestamp) -> String {
        let event = |(one, words): &(Happened, String)| {
            serde_json::json!([one.from, one.to.unwrap_or(now), words, kind(&one.what)])
        };
        serde_json::json!(self.0.iter().map(event).collect::<Vec<_>>()).to_string()
    }
}

/// The word that the script and the style sheet know it by.
const fn kind(what: &What) -> &'static str {
    match what {
        What::Override(_) => "override",
        What::Alarm(_) => "alarm",
    }
}

fn words(one: &Happened, speaker: Speaker, building: &Building, site_name: &str) -> String {
    match &one.what {
        What::Override(wish) => {
            let setpoint = speaker.language.celsius(wish.wish.setpoint_c.degrees());
            let who = speaker.setpoint_by(wish.wish.by, None);
            speaker
                .language
                .tell("chart-event-override", &[("setpoint", setpoint.into()), ("who", who.into())])
        }
        What::Alarm(alarm) => {
            let told = speaker.alarm(alarm, building, site_name);
            speaker.language.tell("chart-event-alarm", &[("words", told.into())])
        }
    }
}
