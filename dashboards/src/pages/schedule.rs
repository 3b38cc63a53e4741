//! The page of a room's schedule: its week as a form, days that are not like it, public holidays, what the next days will be,
//! and the versions before.

mod bookings;
mod copies;
mod edits;
mod preview;
mod week_form;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, Room, ScheduleVersion, Target};
use vocabulary::{Booking, DayException, ExceptionDay, HolidayCalendar, Preset, RoomId, Schedule, Timestamp};

pub(crate) use bookings::take_in;
pub(crate) use copies::{copy, preview as preview_copy};
pub(crate) use edits::{add_exception, end_exception, revert, set_holidays, set_week};
use preview::PreviewDay;
use week_form::WeekForm;

use super::seen::seen;
use super::{Frame, Place, room::find};
use crate::app::{App, Shared};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor, encode};
use crate::words::Speaker;

/// Versions that are listed.
const LISTED_VERSIONS: usize = 12;
/// Bookings that are listed.
const LISTED_BOOKINGS: usize = 5;

/// What a form held that was refused, and why: of the forms of the page, the one that it was.
#[derive(Default)]
pub(crate) struct Refused {
    pub(crate) error: Option<String>,
    /// The week as it was entered.
    pub(crate) week: Option<WeekForm>,
    /// The exception as it was entered.
    pub(crate) exception: Option<ExceptionForm>,
    /// The public holidays that were chosen.
    pub(crate) holidays: Option<HolidayCalendar>,
    /// The setpoint and the text of a calendar.
    pub(crate) calendar: Option<(String, String)>,
}

impl Refused {
    fn because(error: String) -> Self {
        Self { error: Some(error), ..Self::default() }
    }
}

/// The form of a new exception.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExceptionForm {
    pub(crate) from: String,
    pub(crate) until: String,
    /// `constant`, `own`, or the number of a day of the week.
    pub(crate) kind: String,
    pub(crate) setpoint: String,
    pub(crate) begin: String,
    pub(crate) end: String,
    pub(crate) note: String,
}

struct ExceptionRow {
    place: usize,
    when: String,
    what: String,
    note: String,
}

struct VersionRow {
    number: u32,
    when: String,
    who: String,
    why: String,
    is_in_force: bool,
}

struct Choice {
    value: &'static str,
    words: String,
    is_chosen: bool,
}

/// Rooms that can be chosen together.
pub(super) struct Floor {
    pub(super) name: String,
    /// Identifier and name of each room.
    pub(super) rooms: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "schedule.html")]
struct SchedulePage {
    frame: Frame,
    /// The page's own address.
    here: String,
    room_name: String,
    /// Where the room's own page is, for those who may see it.
    room_page: Option<String>,
    version: u32,
    week: WeekForm,
    presets: Vec<(&'static str, String)>,
    exceptions: Vec<ExceptionRow>,
    exception: ExceptionForm,
    is_exception_refused: bool,
    weekdays: Vec<String>,
    holidays: Vec<Choice>,
    /// What the form of the holidays was made from.
    holidays_seen: String,
    /// How many bookings there are, in words; and the next of them, for those who may change them.
    booked: String,
    bookings: Vec<String>,
    /// What a calendar's hours are to be, to begin with, and its text where it was refused.
    comfort: String,
    calendar: String,
    floor: String,
    site: String,
    id: String,
    days: Vec<PreviewDay>,
    floors: Vec<Floor>,
    /// Name of each group of rooms, and how many others of the book are in it.
    groups: Vec<(String, String)>,
    /// `None` where the visitor may not see who did what.
    versions: Option<Vec<VersionRow>>,
    may_edit: bool,
    done: Option<String>,
    error: Option<String>,
}

/// `GET /sites/{site}/rooms/{room}/schedule`
pub(crate) async fn show(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            Ok(Page::Show(render(app, visitor, &place, &room, None)?))
        })
        .await
}

/// The whole page; `refused` is what a refused form held.
fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    room: &str,
    refused: Option<Refused>,
) -> Result<String, PageError> {
    let facts = find(place, room)?;
    let (l, speaker, site) = (visitor.language, place.speaker, &place.book().site.id);
    let versions = app.registry.schedule_versions(site, &facts.room.id)?;
    let current = &versions[0];
    let of_room = Target::Room(site, &facts.room.id);
    let sees_site = visitor.who.may(Action::SeeSite, Target::Site(site));
    let refused = refused.unwrap_or_default();
    let comfort = || l.number(current.schedule.week.highest().degrees(), 1);
    let (comfort, calendar) = refused.calendar.unwrap_or_else(|| (comfort(), String::new()));
    let holidays = current.schedule.holidays;
    let chosen = refused.holidays.unwrap_or(holidays);
    let mut frame = place.frame(app, visitor, "rooms", l.say("schedule-title"));
    if !sees_site {
        // A tenant's menu would lead nowhere.
        frame.site = String::new();
    }
    let exceptions = current.schedule.exceptions.iter().enumerate();
    let page = SchedulePage {
        here: format!("/sites/{site}/rooms/{}/schedule", facts.room.id),
        room_name: facts.room.name.to_string(),
        room_page: sees_site.then(|| format!("/sites/{site}/rooms/{}", facts.room.id)),
        version: current.number,
        week: refused.week.unwrap_or_else(|| asked_week(visitor, &facts.room, current)),
        presets: presets(visitor),
        exceptions: exceptions.map(|(at, exception)| exception_row(at, exception, l)).collect(),
        is_exception_refused: refused.exception.is_some(),
        exception: refused.exception.unwrap_or_else(|| fresh_exception(speaker, current)),
        weekdays: (0..7).map(|day| l.say(&format!("day-{day}"))).collect(),
        holidays: HolidayCalendar::ALL.map(|known| holiday_choice(known, chosen, l)).into(),
        holidays_seen: seen(&holidays),
        booked: l.tell("schedule-booked", &[("n", current.schedule.bookings.as_slice().len().into())]),
        bookings: next_bookings(&current.schedule, speaker),
        comfort,
        calendar,
        floor: encode(facts.room.floor.as_str()),
        site: site.to_string(),
        id: facts.room.id.to_string(),
        days: preview::days(&current.schedule, speaker),
        floors: floors(place, Some(&facts.room.id)),
        groups: groups(app, place, &facts.room.id, l)?,
        versions: visitor.who.may(Action::SeeAudit, of_room).then(|| {
            versions.iter().take(LISTED_VERSIONS).map(|v| version_row(v, current, speaker)).collect()
        }),
        may_edit: visitor.who.may(Action::SetSchedule, of_room),
        done: done(visitor),
        error: refused.error,
        frame,
    };
    Ok(page.render()?)
}

fn done(visitor: &Visitor) -> Option<String> {
    let known =
        ["week", "exception", "exception-end", "copy", "revert", "holidays", "calendar", "same", "gone"];
    let asked = visitor.asked("done").filter(|done| known.contains(done))?;
    Some(visitor.language.say(&format!("schedule-done-{asked}")))
}

/// The week in force, or the preset that was asked for with its temperatures: not saved before somebody does.
fn asked_week(visitor: &Visitor, room: &Room, current: &ScheduleVersion) -> WeekForm {
    let week = &current.schedule.week;
    let preset = Preset::ALL.into_iter().find(|known| Some(known.as_str()) == visitor.asked("preset"));
    let shown = preset.map(|preset| {
        let comfort = week.highest();
        // A week of one temperature has no other to begin with.
        let is_constant = comfort == week.otherwise_c;
        preset.week(comfort, if is_constant { room.setback_c.min(comfort) } else { week.otherwise_c })
    });
    WeekForm::of(shown.as_ref().unwrap_or(week), visitor.language)
}

fn presets(visitor: &Visitor) -> Vec<(&'static str, String)> {
    let words = |preset: Preset| visitor.language.say(&format!("schedule-preset-{}", preset.as_str()));
    Preset::ALL.map(|preset| (preset.as_str(), words(preset))).into()
}

/// The next bookings, with what their calendar calls them.
fn next_bookings(schedule: &Schedule, speaker: Speaker) -> Vec<String> {
    let l = speaker.language;
    let next = schedule.bookings.as_slice().iter().filter(|booking| booking.until > speaker.now);
    let words = |booking: &Booking| {
        let (from, until) = (speaker.moment(booking.from), l.clock(booking.until, speaker.zone));
        let note = booking.note.as_ref().map(|note| format!(" · {note}")).unwrap_or_default();
        format!("{from} – {until} {}{note}", l.celsius(booking.setpoint_c.degrees()))
    };
    next.take(LISTED_BOOKINGS).map(words).collect()
}

fn fresh_exception(speaker: Speaker, current: &ScheduleVersion) -> ExceptionForm {
    let today = speaker.zone.date(speaker.now).to_string();
    ExceptionForm {
        from: today.clone(),
        until: today,
        kind: "constant".to_owned(),
        setpoint: speaker.language.number(current.schedule.week.otherwise_c.degrees(), 1),
        ..ExceptionForm::default()
    }
}

fn exception_row(place: usize, exception: &DayException, l: Language) -> ExceptionRow {
    let (from, until) = exception.dates();
    let dates = if from == until {
        preview::date_words(from, l)
    } else {
        format!("{} – {}", preview::date_words(from, l), preview::date_words(until, l))
    };
    let what = match exception.day() {
        ExceptionDay::Like(weekday) => {
            l.tell("schedule-like", &[("day", l.say(&format!("day-{weekday}")).into())])
        }
        ExceptionDay::Constant(setpoint) => {
            l.tell("schedule-constant", &[("setpoint", l.celsius(setpoint.degrees()).into())])
        }
        ExceptionDay::Own { otherwise_c, spans } => {
            let span = |span: &vocabulary::Span| {
                format!("{} – {} {}", span.from, span.until, l.celsius(span.setpoint_c.degrees()))
            };
            let spans = spans.as_slice().iter().map(span).collect::<Vec<_>>().join(", ");
            let otherwise = l.celsius(otherwise_c.degrees());
            l.tell("schedule-own", &[("spans", spans.into()), ("otherwise", otherwise.into())])
        }
    };
    ExceptionRow {
        place,
        when: dates,
        what,
        note: exception.note().map(ToString::to_string).unwrap_or_default(),
    }
}

fn holiday_choice(known: HolidayCalendar, chosen: HolidayCalendar, l: Language) -> Choice {
    Choice { value: known.as_str(), words: holiday_words(known, l), is_chosen: chosen == known }
}

fn holiday_words(known: HolidayCalendar, l: Language) -> String {
    l.say(&format!("schedule-holidays-{}", known.as_str().replace('_', "-")))
}

fn version_row(version: &ScheduleVersion, current: &ScheduleVersion, speaker: Speaker) -> VersionRow {
    let l = speaker.language;
    VersionRow {
        number: version.number,
        when: version.at.map_or_else(|| l.say("schedule-from-the-beginning"), |at| speaker.moment(at)),
        who: who_words(&version.who, l),
        why: version.why.clone(),
        is_in_force: version.number == current.number,
    }
}

/// Whoever wrote a version, as people call them.
fn who_words(who: &str, l: Language) -> String {
    match who {
        "" => l.say("schedule-by-description"),
        "manager" => l.say("by-manager"),
        other => other.strip_prefix("person/").unwrap_or(other).to_owned(),
    }
}

/// The groups of rooms, to copy to.
fn groups(app: &App, place: &Place, but: &RoomId, l: Language) -> Result<Vec<(String, String)>, PageError> {
    let groups = app.registry.room_groups(&place.book().site.id)?.into_iter().map(|group| {
        let is_other = |room: &&Room| room.id != *but && group.rooms.contains(&room.id);
        let count = place.book().rooms.iter().filter(is_other).count();
        (group.name.to_string(), l.tell("groups-count", &[("n", count.into())]))
    });
    Ok(groups.collect())
}

/// The rooms by floor, all of them or all but one.
pub(super) fn floors(place: &Place, but: Option<&RoomId>) -> Vec<Floor> {
    let mut floors: Vec<Floor> = Vec::new();
    for room in place.book().rooms.iter().filter(|room| Some(&room.id) != but) {
        let entry = (room.id.to_string(), room.name.to_string());
        match floors.iter_mut().find(|floor| floor.name == room.floor.as_str()) {
            Some(floor) => floor.rooms.push(entry),
            None => floors.push(Floor { name: room.floor.to_string(), rooms: vec![entry] }),
        }
    }
    floors
}

/// That somebody else came first, in words.
fn stale_words(other: &ScheduleVersion, speaker: Speaker) -> String {
    let l = speaker.language;
    let when =
        other.at.map_or_else(|| l.say("schedule-from-the-beginning"), |at: Timestamp| speaker.moment(at));
    let (who, why) = (who_words(&other.who, l), other.why.clone());
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    l.tell("schedule-stale", &[("who", who.into()), ("when", when.into()), ("why", why.into())])
}

#[cfg(test)]
mod tests;
