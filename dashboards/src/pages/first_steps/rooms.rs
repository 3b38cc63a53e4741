//! The step of the rooms: added, changed and taken away, one form each.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Room, SiteBook};
use vocabulary::{Celsius, RoomId, Schedule, Span, Week};

use super::typed::{Typed, Why, identifier, take};
use super::{Frame, Place, Step, is_open, steps};
use crate::app::{App, Shared};
use crate::pages::pager::Pager;
use crate::pages::plan;
use crate::visitor::{Page, PageError, Visitor, encode};

/// What a new room's form begins with: an office by the habits of France.
const USUAL: &str =
    "low_c=17&high_c=22&setback_c=16&comfort_c=20&otherwise_c=17&from=07:30&until=19:00&days=week";
/// Monday to Friday, and all days.
const WORKING_DAYS: [u8; 5] = [0, 1, 2, 3, 4];
const ALL_DAYS: [u8; 7] = [0, 1, 2, 3, 4, 5, 6];

struct Row {
    id: String,
    name: String,
    floor: String,
    band: String,
    heaters: String,
}

/// The form as it was typed, or as it begins.
struct Form {
    /// The room that is changed; empty where one is added.
    room: String,
    name: String,
    floor: String,
    low: String,
    high: String,
    setback: String,
    comfort: String,
    otherwise: String,
    from: String,
    until: String,
    is_every_day: bool,
}

#[derive(Template)]
#[template(path = "first_steps_rooms.html")]
struct RoomsPage {
    frame: Frame,
    steps: Vec<Step>,
    rows: Vec<Row>,
    pager: Pager,
    is_open: bool,
    form: Form,
    seen: String,
    floors: Vec<String>,
    done: Option<String>,
    error: Option<String>,
}

/// `GET /sites/{site}/first-steps/rooms`: the rooms, and a form; `?room=` opens it for one of them.
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let asked = visitor.asked("room").and_then(|id| RoomId::new(id).ok());
            let room = asked.and_then(|id| place.book().rooms.iter().find(|room| room.id == id));
            let typed = Typed::read(&room.map_or(USUAL.to_owned(), as_form), visitor.language);
            Ok(Page::Show(render(app, visitor, &place, &typed, None)?))
        })
        .await
}

/// `POST /sites/{site}/first-steps/rooms`: a room more, or another one in its place.
pub(crate) async fn set(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    change(app, visitor, site, body, |place, typed| {
        if typed.text("room").is_empty() { added(place, typed) } else { changed(place, typed) }
    })
    .await
}

/// `POST /sites/{site}/first-steps/rooms/remove`
pub(crate) async fn remove(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    change(app, visitor, site, body, |place, typed| {
        let id = typed.text("remove");
        let mut book = place.book().clone();
        if book.heaters.iter().any(|heater| heater.room.as_ref().is_some_and(|room| room.as_str() == id)) {
            return Err("steps-refused-heated".into());
        }
        // One that is gone already was taken away by the same form.
        book.rooms.retain(|room| room.id.as_str() != id);
        Ok(book)
    })
    .await
}

/// Does what a form of this page asks, or shows it again with what was typed.
async fn change(
    app: Shared,
    visitor: Visitor,
    site: String,
    body: String,
    make: impl FnOnce(&Place, &Typed) -> Result<SiteBook, Why> + Send + 'static,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let typed = Typed::read(&body, visitor.language);
            let changed = take(app, visitor, &place, make(&place, &typed))?;
            let visitor = &visitor.standing_at(format!("/sites/{site}/first-steps/rooms"));
            Ok(match changed {
                Ok(()) => Page::Go(format!("/sites/{site}/first-steps/rooms?done=rooms")),
                Err(why) => Page::Refuse(render(app, visitor, &place, &typed, Some(why))?),
            })
        })
        .await
}

/// The building with a room more. A form that was sent twice adds nothing: it has seen a building without the room that is
/// there now.
fn added(place: &Place, typed: &Typed) -> Result<SiteBook, Why> {
    let mut book = place.book().clone();
    let is_taken = |id: &str| book.rooms.iter().any(|room| room.id.as_str() == id);
    let id = identifier(&typed.text("name"), "room", is_taken);
    let room = Room {
        id: RoomId::new(&id).map_err(|error| error.to_string())?,
        name: typed.name("name")?,
        floor: typed.name("floor")?,
        area: None,
        low_c: typed.celsius("low_c")?,
        high_c: typed.celsius("high_c")?,
        setback_c: typed.celsius("setback_c")?,
        schedule: Schedule::from(week(typed)?.changes()),
    };
    in_order(&room)?;
    let same = |other: &Room| Room { id: other.id.clone(), ..room.clone() } == *other;
    let was_sent = typed.text("seen") != book.edition() && book.rooms.iter().any(same);
    if !was_sent {
        book.rooms.push(room);
    }
    Ok(book)
}

/// The building with another room in the place of one. Its week has a page of its own.
fn changed(place: &Place, typed: &Typed) -> Result<SiteBook, Why> {
    let mut book = place.book().clone();
    let is_stale = typed.text("seen") != book.edition();
    let id = typed.text("room");
    let room = book.rooms.iter_mut().find(|room| room.id.as_str() == id).ok_or("steps-refused-gone")?;
    let new = Room {
        name: typed.name("name")?,
        floor: typed.name("floor")?,
        low_c: typed.celsius("low_c")?,
        high_c: typed.celsius("high_c")?,
        setback_c: typed.celsius("setback_c")?,
        ..room.clone()
    };
    in_order(&new)?;
    if is_stale && *room != new {
        return Err("steps-stale".into());
    }
    *room = new;
    Ok(book)
}

fn in_order(room: &Room) -> Result<(), Why> {
    if room.low_c > room.high_c { Err("steps-refused-band".into()) } else { Ok(()) }
}

fn week(typed: &Typed) -> Result<Week, Why> {
    let (from, until) = (typed.time("from")?, typed.time("until")?);
    // A night that ends in the morning is two lines of a week: the page of the schedule has them.
    if from >= until {
        return Err("steps-refused-hours".into());
    }
    let span = Span { from, until, setpoint_c: typed.celsius("comfort_c")? };
    let days: &[u8] = if typed.text("days") == "all" { &ALL_DAYS } else { &WORKING_DAYS };
    Week::on(days, vec![span], typed.celsius("otherwise_c")?).map_err(|error| error.to_string().into())
}

/// A room as its form would send it. Its week is not in it.
fn as_form(room: &Room) -> String {
    let degrees = |celsius: Celsius| celsius.degrees().to_string();
    let fields = [
        ("room", room.id.to_string()),
        ("name", room.name.to_string()),
        ("floor", room.floor.to_string()),
        ("low_c", degrees(room.low_c)),
        ("high_c", degrees(room.high_c)),
        ("setback_c", degrees(room.setback_c)),
    ];
    fields.map(|(name, value)| format!("{name}={}", encode(&value))).join("&")
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    typed: &Typed,
    error: Option<String>,
) -> Result<String, PageError> {
    let l = visitor.language;
    let book = place.book();
    let row = |room: &Room| Row {
        id: room.id.to_string(),
        name: room.name.to_string(),
        floor: room.floor.to_string(),
        band: format!("{} – {}", l.celsius(room.low_c.degrees()), l.celsius(room.high_c.degrees())),
        heaters: l.tell("steps-room-heaters", &[("n", place.building.heaters_of(&room.id).count().into())]),
    };
    let newest_first: Vec<&Room> = book.rooms.iter().rev().collect();
    let pager = Pager::new(visitor, newest_first.len());
    let page = RoomsPage {
        steps: steps(app, visitor, place, "rooms")?,
        rows: pager.cut(&newest_first).iter().map(|room| row(room)).collect(),
        pager,
        is_open: is_open(app, visitor, place)?,
        form: Form {
            room: typed.text("room"),
            name: typed.text("name"),
            floor: typed.text("floor"),
            low: typed.text("low_c"),
            high: typed.text("high_c"),
            setback: typed.text("setback_c"),
            comfort: typed.text("comfort_c"),
            otherwise: typed.text("otherwise_c"),
            from: typed.text("from"),
            until: typed.text("until"),
            is_every_day: typed.text("days") == "all",
        },
        seen: book.edition(),
        floors: plan::floors(book),
        done: visitor.asked("done").filter(|done| *done == "rooms").map(|_| l.say("steps-done")),
        error,
        frame: place.frame(app, visitor, "steps", l.say("steps-rooms")),
    };
    Ok(page.render()?)
}
