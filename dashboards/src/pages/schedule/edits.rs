//! What the forms of the schedule page do. Each works without script, and each change is a version that can be had again.

use axum::extract::{Path, State};
use axum::response::Response;
use registry::{RegistryError, Room, ScheduleEdit, ScheduleSaved, ScheduleVersion};
use vocabulary::{
    Date, DayException, DisplayName, ExceptionDay, HolidayCalendar, Schedule, ScheduleError, Spans,
};

use super::week_form::{WeekError, WeekForm, read_span};
use super::{ExceptionForm, Refused, holiday_words, render, stale_words};
use crate::app::{App, Shared};
use crate::language::Language;
use crate::pages::room_forms::{field, field_up_to};
use crate::pages::seen;
use crate::pages::{Place, room::find};
use crate::visitor::{Page, PageError, Visitor};
use crate::wish::{MANAGER_C, read_setpoint};

/// A room, its schedule as it is, and who wants to change it.
pub(super) struct Ground<'a> {
    app: &'a App,
    pub(super) visitor: &'a Visitor,
    pub(super) place: &'a Place,
    room: &'a Room,
    pub(super) current: ScheduleVersion,
}

/// What is to be written.
pub(super) struct Change {
    pub(super) schedule: Schedule,
    /// The version that whoever changes it saw.
    pub(super) seen: u32,
    pub(super) why: String,
    /// What is said when it is done.
    pub(super) done: &'static str,
}

/// `POST /sites/{site}/rooms/{room}/schedule`: the week.
pub(crate) async fn set_week(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    let form = WeekForm::read(&body, visitor.language);
    let kept = form.clone();
    let make = move |ground: &Ground<'_>| {
        let refuse = |error: &WeekError| week_refusal(error, &form, ground.visitor.language);
        let week = form.week().map_err(|error| refuse(&error))?;
        let schedule = Schedule { week, ..ground.current.schedule.clone() };
        Ok(Change { schedule, seen: seen(&body), why: form.why, done: "week" })
    };
    let keep = move |error| Refused { week: Some(kept), ..Refused::because(error) };
    change(app, visitor, (site, room), make, keep).await
}

/// `POST /sites/{site}/rooms/{room}/schedule/exceptions`: one more exception.
pub(crate) async fn add_exception(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    let form = read_exception(&body);
    let kept = form.clone();
    let make = move |ground: &Ground<'_>| {
        let exception = exception(&form, &ground.current.schedule, ground.visitor.language)?;
        let mut schedule = ground.current.schedule.clone();
        // One that is there already was added by the same form, sent twice.
        if !schedule.exceptions.contains(&exception) {
            schedule.exceptions.push(exception);
        }
        // Whatever came between: an exception more does not take it back.
        Ok(Change { schedule, seen: ground.current.number, why: form.note, done: "exception" })
    };
    let keep = move |error| Refused { exception: Some(kept), ..Refused::because(error) };
    change(app, visitor, (site, room), make, keep).await
}

/// `POST /sites/{site}/rooms/{room}/schedule/exceptions/end`: one exception less.
pub(crate) async fn end_exception(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    let make = move |ground: &Ground<'_>| {
        let mut schedule = ground.current.schedule.clone();
        let place = field(&body, "place").parse::<usize>().ok();
        match place.filter(|place| *place < schedule.exceptions.len()) {
            Some(place) => _ = schedule.exceptions.remove(place),
            None => return Err(ground.visitor.language.say("schedule-done-gone")),
        }
        Ok(Change { schedule, seen: seen(&body), why: String::new(), done: "exception-end" })
    };
    change(app, visitor, (site, room), make, Refused::because).await
}

/// `POST /sites/{site}/rooms/{room}/schedule/revert`: an older version again, as a new one.
pub(crate) async fn revert(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    let make = move |ground: &Ground<'_>| {
        let l = ground.visitor.language;
        let number = field(&body, "number").parse::<u32>().ok();
        let versions = ground.app.registry.schedule_versions(&ground.place.book().site.id, &ground.room.id);
        let versions = versions.map_err(|_| l.say("broken-advice"))?;
        let found = versions.into_iter().find(|version| Some(version.number) == number);
        let found = found.ok_or_else(|| l.say("schedule-done-gone"))?;
        let why = l.tell("schedule-why-revert", &[("number", found.number.to_string().into())]);
        Ok(Change { schedule: found.schedule, seen: seen(&body), why, done: "revert" })
    };
    change(app, visitor, (site, room), make, Refused::because).await
}

/// `POST /sites/{site}/rooms/{room}/schedule/holidays`: which public holidays the building keeps, said from one of its rooms.
pub(crate) async fn set_holidays(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            find(&place, &room)?;
            let (l, id) = (visitor.language, &place.book().site.id);
            let word = field(&body, "holidays");
            let wanted = HolidayCalendar::ALL.into_iter().find(|known| known.as_str() == word);
            let held = app.registry.holidays(id)?;
            let error = match wanted {
                _ if seen::is_stale(&body, &held, wanted.as_ref()) => {
                    seen::stale_words(l, &holiday_words(held, l))
                }
                None => l.say("rules-refused"),
                Some(calendar) => {
                    app.registry.set_holidays(id, calendar, &visitor.who.by, app.wall())?;
                    let done = format!("/sites/{site}/rooms/{room}/schedule?done=holidays#days");
                    return Ok(Page::Go(done));
                }
            };
            let refused = Refused { holidays: wanted, ..Refused::because(error) };
            refuse(app, visitor, &place, &room, refused)
        })
        .await
}

/// Writes what `make` makes of the schedule as it is; where it is refused, the page comes back with what `keep` keeps.
pub(super) async fn change(
    app: Shared,
    visitor: Visitor,
    (site, room): (String, String),
    make: impl FnOnce(&Ground<'_>) -> Result<Change, String> + Send + 'static,
    keep: impl FnOnce(String) -> Refused + Send + 'static,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &room)?;
            let id = &place.book().site.id;
            let current = app.registry.schedule_version(id, &facts.room.id)?;
            let ground = Ground { app, visitor, place: &place, room: &facts.room, current };
            let judged = make(&ground).and_then(|change| judge(change, visitor.language));
            let change = match judged {
                Ok(change) => change,
                Err(error) => return refuse(app, visitor, &place, &room, keep(error)),
            };
            match write(app, visitor, &ground, &change)? {
                ScheduleSaved::Saved(changed) => {
                    let done = if changed == 0 { "same" } else { change.done };
                    Ok(Page::Go(format!("/sites/{site}/rooms/{room}/schedule?done={done}")))
                }
                ScheduleSaved::EditedMeanwhile(other) => {
                    refuse(app, visitor, &place, &room, keep(stale_words(&other, place.speaker)))
                }
            }
        })
        .await
}

fn judge(change: Change, l: Language) -> Result<Change, String> {
    match change.schedule.check(MANAGER_C) {
        Ok(()) => Ok(change),
        Err(error) => Err(schedule_refusal(&error, l)),
    }
}

fn write(
    app: &App,
    visitor: &Visitor,
    ground: &Ground<'_>,
    change: &Change,
) -> Result<ScheduleSaved, RegistryError> {
    let (room, schedule) = (ground.room.id.clone(), change.schedule.clone());
    let edit = ScheduleEdit { room, schedule, seen: Some(change.seen) };
    let hand = (&*visitor.who.by, change.why.as_str());
    app.registry.edit_schedules(&ground.place.book().site.id, &[edit], hand, app.wall())
}

pub(super) fn refuse(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    room: &str,
    refused: Refused,
) -> Result<Page, PageError> {
    let site = &place.book().site.id;
    let visitor = visitor.standing_at(format!("/sites/{site}/rooms/{room}/schedule"));
    Ok(Page::Refuse(render(app, &visitor, place, room, Some(refused))?))
}

/// The version that a form was made of. A form that does not say was made of none.
fn seen(body: &str) -> u32 {
    field(body, "version").parse().unwrap_or(0)
}

fn read_exception(body: &str) -> ExceptionForm {
    ExceptionForm {
        from: field(body, "from"),
        until: field(body, "until"),
        kind: field(body, "kind"),
        setpoint: field(body, "setpoint"),
        begin: field(body, "begin"),
        end: field(body, "end"),
        note: field_up_to(body, "note", 100),
    }
}

fn exception(form: &ExceptionForm, schedule: &Schedule, l: Language) -> Result<DayException, String> {
    let date = |text: &str| text.parse::<Date>().map_err(|_| l.say("schedule-refused-date"));
    let (from, until) =
        (date(&form.from)?, date(if form.until.is_empty() { &form.from } else { &form.until })?);
    let setpoint = || read_setpoint(&form.setpoint).map_err(|_| l.say("refused-setpoint"));
    let day = match form.kind.as_str() {
        "constant" => ExceptionDay::Constant(setpoint()?),
        "own" => {
            let span = read_span(&form.begin, &form.end, &form.setpoint);
            let span = span.ok_or_else(|| l.say("schedule-refused-own"))?;
            let spans = Spans::new(vec![span]).map_err(|error| schedule_refusal(&error, l))?;
            ExceptionDay::Own { otherwise_c: schedule.week.otherwise_c, spans }
        }
        day => ExceptionDay::Like(day.parse().map_err(|_| l.say("rules-refused"))?),
    };
    let note = match form.note.trim() {
        "" => None,
        note => Some(DisplayName::new(note).map_err(|_| l.say("schedule-refused-note"))?),
    };
    DayException::new(from, until, day, note).map_err(|error| schedule_refusal(&error, l))
}

fn week_refusal(error: &WeekError, form: &WeekForm, l: Language) -> String {
    let on = |day: usize, what: String| {
        let day = form.days.get(day).map(|day| day.name.clone()).unwrap_or_default();
        l.tell("schedule-refused-day", &[("day", day.into()), ("what", what.into())])
    };
    match error {
        WeekError::Otherwise => l.say("refused-setpoint"),
        WeekError::Row(day) => on(*day, l.say("schedule-refused-row")),
        WeekError::Day(day, error) => on(*day, schedule_refusal(error, l)),
    }
}

/// A refusal of a schedule in words.
pub(crate) fn schedule_refusal(error: &ScheduleError, l: Language) -> String {
    match error {
        ScheduleError::EndsFirst(from, until) => l.tell(
            "schedule-refused-order",
            &[("from", from.to_string().into()), ("until", until.to_string().into())],
        ),
        ScheduleError::Overlap(at) => l.tell("schedule-refused-overlap", &[("at", at.to_string().into())]),
        ScheduleError::Backwards(..) => l.say("schedule-refused-backwards"),
        ScheduleError::TooLong(..) => {
            l.tell("schedule-refused-long", &[("days", vocabulary::MAX_EXCEPTION_DAYS.into())])
        }
        ScheduleError::OutOfBounds(_, low, high) => l.tell(
            "refused-band",
            &[("low", l.celsius(low.degrees()).into()), ("high", l.celsius(high.degrees()).into())],
        ),
        ScheduleError::TooMany(_, most) => l.tell("schedule-refused-many", &[("most", (*most).into())]),
        _ => l.say("schedule-refused-row"),
    }
}
