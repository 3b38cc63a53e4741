//! The page of the groups of rooms that a manager names, so that a week is copied to all rooms of one at once.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, GroupEdit, GroupSaved, MAX_ROOM_GROUPS, RoomGroup, SiteBook, Target};
use vocabulary::{DisplayName, RoomId};

use super::room_forms::{field, field_up_to};
use super::schedule::{Floor, floors};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor, encode, pairs};

/// A group as it was seen is not read behind this many characters.
const LONGEST_SEEN: usize = 256 * 1024;
/// So many rooms of a group are named in the list.
const NAMED_ROOMS: usize = 12;

/// One group in the list.
struct Row {
    name: String,
    count: String,
    rooms: String,
    /// That some of its rooms are not in the building any more; empty where all are.
    gone: String,
    href: String,
}

/// What stands in the form.
#[derive(Default)]
struct Form {
    /// The group it was made from, as JSON; empty for a new one.
    seen: String,
    name: String,
    rooms: BTreeSet<RoomId>,
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    frame: Frame,
    here: String,
    rows: Vec<Row>,
    floors: Vec<Floor>,
    /// Chosen rooms that are not in the building any more.
    gone: Vec<String>,
    form: Form,
    /// What the form is headed by.
    heading: String,
    may_edit: bool,
    done: Option<String>,
    error: Option<String>,
}

impl GroupsPage {
    fn is_chosen(&self, id: &str) -> bool {
        self.form.rooms.iter().any(|room| room.as_str() == id)
    }
}

/// `GET /sites/{site}/groups`; `group` is the one to be changed.
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let groups = app.registry.room_groups(&place.book().site.id)?;
            let asked = visitor.asked("group");
            let found = groups.iter().find(|group| Some(group.name.as_str()) == asked);
            let form = found.map(Form::of).unwrap_or_default();
            Ok(Page::Show(render(app, visitor, &place, form, None)?))
        })
        .await
}

/// `POST /sites/{site}/groups`: a group made, changed, or ended.
pub(crate) async fn set(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let id = &place.book().site.id;
            let mut form = Form::typed(&body, place.book());
            let saved = match form.edit(field(&body, "do") == "end") {
                Ok(edit) => app.registry.edit_room_group(id, &edit, &visitor.who.by, app.wall())?,
                Err(Wrong::Stale) => GroupSaved::EditedMeanwhile,
                Err(Wrong::Said(key)) => return refuse(app, visitor, &place, form, key),
            };
            match saved {
                GroupSaved::Saved if field(&body, "do") == "end" => {
                    Ok(Page::Go(format!("/sites/{site}/groups?done=ended")))
                }
                GroupSaved::Saved => Ok(Page::Go(format!("/sites/{site}/groups?done=saved"))),
                GroupSaved::NameTaken => refuse(app, visitor, &place, form, "groups-refused-taken"),
                GroupSaved::TooMany => refuse(app, visitor, &place, form, "groups-refused-many"),
                GroupSaved::EditedMeanwhile => {
                    // Pressed again, what was typed takes the place of the group as it is now.
                    let groups = app.registry.room_groups(id)?;
                    let now = groups.iter().find(|group| group.name.as_str() == form.name);
                    form.seen = now.map(told).unwrap_or_default();
                    refuse(app, visitor, &place, form, "groups-stale")
                }
            }
        })
        .await
}

/// Why a form makes no group.
enum Wrong {
    /// What it was made from does not read: it is of no group that there is.
    Stale,
    /// The key of a sentence.
    Said(&'static str),
}

impl Form {
    /// A group, ready to be changed.
    fn of(group: &RoomGroup) -> Self {
        Self { seen: told(group), name: group.name.to_string(), rooms: group.rooms.clone() }
    }

    /// What was typed. Rooms that are neither in the building nor in the group as it was seen are no rooms.
    fn typed(body: &str, book: &SiteBook) -> Self {
        let fields = pairs(body);
        let all = |key: &'static str| fields.iter().filter(move |(k, _)| k == key).map(|(_, value)| value);
        let seen = field_up_to(body, "seen", LONGEST_SEEN);
        let known: BTreeSet<RoomId> =
            serde_json::from_str::<RoomGroup>(&seen).map(|group| group.rooms).unwrap_or_default();
        let is_room = |id: &RoomId| known.contains(id) || book.rooms.iter().any(|room| room.id == *id);
        let mut rooms: BTreeSet<RoomId> =
            all("room").filter_map(|id| RoomId::new(id).ok()).filter(is_room).collect();
        for floor in all("floor") {
            let of_floor = book.rooms.iter().filter(|room| room.floor.as_str() == floor);
            rooms.extend(of_floor.map(|room| room.id.clone()));
        }
        Self { seen, name: field_up_to(body, "name", 100).trim().to_owned(), rooms }
    }

    /// What the form asks for.
    fn edit(&self, is_end: bool) -> Result<GroupEdit, Wrong> {
        let seen: Option<RoomGroup> = match self.seen.as_str() {
            "" => None,
            text => Some(serde_json::from_str(text).map_err(|_| Wrong::Stale)?),
        };
        if is_end {
            return Ok(GroupEdit { seen, wanted: None });
        }
        let name = DisplayName::new(&self.name).map_err(|_| Wrong::Said("groups-refused-name"))?;
        if self.rooms.is_empty() {
            return Err(Wrong::Said("groups-refused-empty"));
        }
        Ok(GroupEdit { seen, wanted: Some(RoomGroup { name, rooms: self.rooms.clone() }) })
    }
}

/// A group as a form carries it: one that was made before somebody else changed the group is not obeyed.
fn told(group: &RoomGroup) -> String {
    serde_json::to_string(group).expect("names and identifiers are always JSON")
}

fn refuse(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    form: Form,
    key: &'static str,
) -> Result<Page, PageError> {
    let error = visitor.language.tell(key, &[("most", MAX_ROOM_GROUPS.into())]);
    let visitor = visitor.standing_at(format!("/sites/{}/groups", place.book().site.id));
    Ok(Page::Refuse(render(app, &visitor, place, form, Some(error))?))
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    form: Form,
    error: Option<String>,
) -> Result<String, PageError> {
    let (l, book) = (visitor.language, place.book());
    let here = format!("/sites/{}/groups", book.site.id);
    let groups = app.registry.room_groups(&book.site.id)?;
    let is_there = |id: &RoomId| book.rooms.iter().any(|room| room.id == *id);
    let seen: Option<RoomGroup> = serde_json::from_str(&form.seen).ok();
    let heading = match &seen {
        Some(group) => l.tell("groups-change-one", &[("name", group.name.as_str().into())]),
        None => l.say("groups-new"),
    };
    let done = visitor.asked("done").filter(|done| ["saved", "ended"].contains(done));
    let page = GroupsPage {
        rows: groups.iter().map(|group| row(group, book, &here, l)).collect(),
        floors: floors(place, None),
        gone: form.rooms.iter().filter(|id| !is_there(id)).map(ToString::to_string).collect(),
        heading,
        may_edit: visitor.who.may(Action::SetSchedule, Target::Site(&book.site.id)),
        done: done.map(|done| l.say(&format!("groups-done-{done}"))),
        error,
        form,
        here,
        frame: place.frame(app, visitor, "rooms", l.say("groups-title")),
    };
    Ok(page.render()?)
}

fn row(group: &RoomGroup, book: &SiteBook, here: &str, l: Language) -> Row {
    let rooms: Vec<&str> = book
        .rooms
        .iter()
        .filter(|room| group.rooms.contains(&room.id))
        .map(|room| room.name.as_str())
        .collect();
    let more = if rooms.len() > NAMED_ROOMS { " …" } else { "" };
    let gone = group.gone(book).len();
    Row {
        name: group.name.to_string(),
        count: l.tell("groups-count", &[("n", rooms.len().into())]),
        rooms: rooms.iter().take(NAMED_ROOMS).copied().collect::<Vec<_>>().join(", ") + more,
        gone: if gone == 0 { String::new() } else { l.tell("groups-gone-count", &[("n", gone.into())]) },
        href: format!("{here}?group={}#edit", encode(group.name.as_str())),
    }
}

#[cfg(test)]
mod tests;
