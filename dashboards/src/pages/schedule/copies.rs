//! A schedule copied to other rooms, to floors and to groups of rooms: first what would change, then the change itself, in all
//! of them or in none.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, Room, ScheduleEdit, ScheduleSaved, ScheduleVersion, Target};
use vocabulary::{RoomId, Schedule};

use super::edits::refuse;
use super::{Refused, render, who_words};
use crate::app::{App, Shared};
use crate::pages::room_forms::field;
use crate::pages::{Frame, Place, room::find};
use crate::visitor::{Page, PageError, Visitor, pairs};

/// A room that would change.
struct Change {
    id: String,
    name: String,
    floor: String,
    /// The version that would be followed.
    version: u32,
    /// What of it would change.
    what: String,
}

#[derive(Template)]
#[template(path = "schedule_copy.html")]
struct CopyPage {
    frame: Frame,
    /// The address of the schedule that is copied.
    from: String,
    room_name: String,
    version: u32,
    changes: Vec<Change>,
    /// Rooms whose schedule is so already.
    same: Vec<String>,
    /// Rooms of a group that are not in the building any more.
    gone: Vec<String>,
    error: Option<String>,
}

/// The schedule that is copied, and to which rooms.
struct Copy<'a> {
    place: &'a Place,
    source: &'a Room,
    version: ScheduleVersion,
    /// Those that may be changed by whoever asks, with their schedules.
    to: Vec<(&'a Room, ScheduleVersion)>,
    gone: BTreeSet<RoomId>,
}

impl<'a> Copy<'a> {
    /// The copy of a room's schedule to those that are chosen, and with which rooms of groups that are gone.
    fn new(
        app: &App,
        visitor: &Visitor,
        place: &'a Place,
        room: &str,
        (chosen, gone): (impl Fn(&Room) -> bool, BTreeSet<RoomId>),
    ) -> Result<Self, PageError> {
        let (source, site) = (&find(place, room)?.room, &place.book().site.id);
        let version = app.registry.schedule_version(site, &source.id)?;
        let others = place.book().rooms.iter().filter(|other| other.id != source.id && chosen(other));
        // The route's door has asked for the room that is copied alone.
        let mine = others.filter(|r| visitor.who.may(Action::SetSchedule, Target::Room(site, &r.id)));
        let versions = mine.map(|room| Ok((room, app.registry.schedule_version(site, &room.id)?)));
        let to = versions.collect::<Result<Vec<_>, PageError>>()?;
        Ok(Self { place, source, version, to, gone })
    }

    /// What a room's schedule becomes: bookings are of its own calendar.
    fn onto(&self, other: &Schedule) -> Schedule {
        Schedule { bookings: other.bookings.clone(), ..self.version.schedule.clone() }
    }

    fn render(&self, app: &App, visitor: &Visitor, error: Option<String>) -> Result<String, PageError> {
        let l = visitor.language;
        let (mut changes, mut same) = (Vec::new(), Vec::new());
        for (room, theirs) in &self.to {
            if self.onto(&theirs.schedule) == theirs.schedule {
                same.push(room.name.to_string());
                continue;
            }
            let week = theirs.schedule.week != self.version.schedule.week;
            let exceptions = theirs.schedule.exceptions != self.version.schedule.exceptions;
            let what = match (week, exceptions) {
                (true, true) => l.say("schedule-copy-both"),
                (true, false) => l.say("schedule-copy-week"),
                _ => l.say("schedule-copy-exceptions"),
            };
            changes.push(Change {
                id: room.id.to_string(),
                name: room.name.to_string(),
                floor: room.floor.to_string(),
                version: theirs.number,
                what,
            });
        }
        let page = CopyPage {
            from: format!("/sites/{}/rooms/{}/schedule", self.place.book().site.id, self.source.id),
            room_name: self.source.name.to_string(),
            version: self.version.number,
            changes,
            same,
            gone: self.gone.iter().map(ToString::to_string).collect(),
            error,
            frame: self.place.frame(app, visitor, "rooms", l.say("schedule-copy")),
        };
        Ok(page.render()?)
    }
}

/// `GET /sites/{site}/rooms/{room}/schedule/copy`: what copying to the chosen `room`s, `floor`s and `group`s would change.
pub(crate) async fn preview(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let groups = app.registry.room_groups(&place.book().site.id)?;
            let is_named = |key: &str, value: &str| visitor.asked_all(key).any(|asked| asked == value);
            let named: Vec<_> =
                groups.iter().filter(|group| is_named("group", group.name.as_str())).collect();
            let gone = named.iter().flat_map(|group| group.gone(place.book())).cloned().collect();
            let is_chosen = |other: &Room| {
                is_named("room", other.id.as_str())
                    || is_named("floor", other.floor.as_str())
                    || named.iter().any(|group| group.rooms.contains(&other.id))
            };
            let copy = Copy::new(app, visitor, &place, &room, (is_chosen, gone))?;
            if copy.to.is_empty() {
                let none = Refused::because(visitor.language.say("schedule-copy-none"));
                let visitor = visitor.standing_at(format!("/sites/{site}/rooms/{room}/schedule"));
                return Ok(Page::Show(render(app, &visitor, &place, &room, Some(none))?));
            }
            Ok(Page::Show(copy.render(app, visitor, None)?))
        })
        .await
}

/// `POST /sites/{site}/rooms/{room}/schedule/copy`: this schedule for the rooms that are named, each with the version that was
/// seen of it. Where one of them has another by now, or this one has, nothing is copied.
pub(crate) async fn copy(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let fields = pairs(&body);
            let is_named = |other: &Room| fields.iter().any(|(k, v)| k == "room" && v == other.id.as_str());
            let copy = Copy::new(app, visitor, &place, &room, (is_named, BTreeSet::new()))?;
            let l = visitor.language;
            if copy.to.is_empty() {
                return refuse(app, visitor, &place, &room, Refused::because(l.say("schedule-copy-none")));
            }
            if field(&body, "version").parse() != Ok(copy.version.number) {
                return stale(app, visitor, &copy, &copy.version);
            }
            // A room of which no version was seen has been seen by nobody.
            let seen = |id: &RoomId| {
                let key = format!("seen-{id}");
                fields.iter().find(|(k, _)| *k == key).and_then(|(_, v)| v.parse().ok()).unwrap_or(0)
            };
            let edit = |(other, theirs): &(&Room, ScheduleVersion)| ScheduleEdit {
                room: other.id.clone(),
                schedule: copy.onto(&theirs.schedule),
                seen: Some(seen(&other.id)),
            };
            let edits: Vec<ScheduleEdit> = copy.to.iter().map(edit).collect();
            let why = l.tell("schedule-why-copy", &[("room", copy.source.name.to_string().into())]);
            let hand = (&*visitor.who.by, why.as_str());
            match app.registry.edit_schedules(&place.book().site.id, &edits, hand, app.wall())? {
                ScheduleSaved::Saved(changed) => {
                    let done = if changed == 0 { "same" } else { "copy" };
                    Ok(Page::Go(format!("/sites/{site}/rooms/{room}/schedule?done={done}")))
                }
                ScheduleSaved::EditedMeanwhile(other) => stale(app, visitor, &copy, &other),
            }
        })
        .await
}

/// Somebody came between: what would change now.
fn stale(app: &App, visitor: &Visitor, copy: &Copy<'_>, by: &ScheduleVersion) -> Result<Page, PageError> {
    let (l, speaker) = (visitor.language, copy.place.speaker);
    let when = by.at.map_or_else(|| l.say("schedule-from-the-beginning"), |at| speaker.moment(at));
    let fills = [("who", who_words(&by.who, l).into()), ("when", when.into())];
    let error = l.tell("schedule-copy-stale", &fills);
    let site = &copy.place.book().site.id;
    let visitor = visitor.standing_at(format!("/sites/{site}/rooms/{}/schedule", copy.source.id));
    Ok(Page::Refuse(copy.render(app, &visitor, Some(error))?))
}
