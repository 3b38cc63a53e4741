//! A calendar taken in as bookings of a room, from the page's own form.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use vocabulary::{Bookings, Schedule};

use super::Refused;
use super::edits::{Change, Ground, change};
use crate::app::Shared;
use crate::ical::{CalendarError, Skipped, take};
use crate::language::Language;
use crate::pages::room_forms::{field, field_up_to};
use crate::visitor::Visitor;
use crate::wish::read_setpoint;
use crate::words::isolated;

/// A calendar's text is cut behind this; what is as long is refused by its length.
const LONGEST: usize = 512 * 1024;

/// `POST /sites/{site}/rooms/{room}/schedule/calendar`: the bookings of a calendar in place of those before, or none.
pub(crate) async fn take_in(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    let calendar = (field(&body, "setpoint"), field_up_to(&body, "calendar", LONGEST));
    let kept = calendar.clone();
    let make = move |ground: &Ground<'_>| {
        let l = ground.visitor.language;
        let (bookings, why) = if field(&body, "drop") == "yes" {
            (Bookings::default(), l.say("schedule-why-calendar-end"))
        } else {
            let (setpoint, text) = calendar;
            let setpoint = read_setpoint(&setpoint).map_err(|_| l.say("refused-setpoint"))?;
            let speaker = ground.place.speaker;
            let taken = take(&text, setpoint, speaker.zone, speaker.now);
            let taken = taken.map_err(|error| refusal(error, l))?;
            let why = told(taken.bookings.as_slice().len(), &taken.skipped, l);
            (taken.bookings, why)
        };
        let schedule = Schedule { bookings, ..ground.current.schedule.clone() };
        // Nobody edits single bookings, so there is nothing of somebody else's to lose.
        Ok(Change { schedule, seen: ground.current.number, why, done: "calendar" })
    };
    let keep = move |error| Refused { calendar: Some(kept), ..Refused::because(error) };
    change(app, visitor, (site, room), make, keep).await
}

fn refusal(error: CalendarError, l: Language) -> String {
    match error {
        CalendarError::TooLarge => l.say("schedule-calendar-large"),
        CalendarError::Unreadable => l.say("schedule-calendar-unreadable"),
        CalendarError::NoEvents => l.say("schedule-calendar-empty"),
        CalendarError::TooMuch(event) => {
            l.tell("schedule-calendar-much", &[("event", isolated(&event).into())])
        }
    }
}

/// What came of a calendar, in a sentence for the history.
fn told(times: usize, skipped: &BTreeMap<Skipped, usize>, l: Language) -> String {
    let mut told = l.tell("schedule-why-calendar", &[("n", times.into())]);
    for (why, count) in skipped {
        let key = match why {
            Skipped::Times => "schedule-skipped-times",
            Skipped::Rule => "schedule-skipped-rule",
            Skipped::Zone => "schedule-skipped-zone",
            Skipped::Later => "schedule-skipped-later",
        };
        told = format!("{told} {}", l.tell(key, &[("n", (*count).into())]));
    }
    told
}
