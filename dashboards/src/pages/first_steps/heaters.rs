//! The step of the heaters: which there are and where they stand. Each has a page of its own to be claimed and tested.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Heater, SiteBook};
use vocabulary::{HeaterId, Watts};

use super::typed::{Typed, Why, identifier, take};
use super::{Frame, Place, Step, is_open, steps};
use crate::app::{App, Shared};
use crate::facts::HeaterFacts;
use crate::heat_test;
use crate::language::UNKNOWN;
use crate::pages::lists::tone;
use crate::pages::pager::Pager;
use crate::visitor::{Page, PageError, Visitor, encode};

/// What a new heater's form begins with.
const USUAL: &str = "rated_w=1000&resistor_w=1000&fallback_w=300";

struct Row {
    id: String,
    name: String,
    room: String,
    power: String,
    tone: &'static str,
    state: String,
    is_tested: bool,
}

/// A room to choose.
struct Choice {
    id: String,
    name: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "first_steps_heaters.html")]
struct HeatersPage {
    frame: Frame,
    steps: Vec<Step>,
    rows: Vec<Row>,
    pager: Pager,
    is_open: bool,
    /// The heater that is changed; empty where one is added.
    heater: String,
    name: String,
    rooms: Vec<Choice>,
    rated: String,
    resistor: String,
    fallback: String,
    seen: String,
    done: Option<String>,
    error: Option<String>,
}

/// `GET /sites/{site}/first-steps/heaters`: the heaters, and a form; `?heater=` opens it for one of them.
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let asked = visitor.asked("heater").and_then(|id| HeaterId::new(id).ok());
            let heater = asked.and_then(|id| place.book().heaters.iter().find(|heater| heater.id == id));
            let typed = Typed::read(&heater.map_or(USUAL.to_owned(), as_form), visitor.language);
            Ok(Page::Show(render(app, visitor, &place, &typed, None)?))
        })
        .await
}

/// `POST /sites/{site}/first-steps/heaters`: a heater more, or another one in its place.
pub(crate) async fn set(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    change(app, visitor, site, body, |app, place, typed| {
        if typed.text("heater").is_empty() { added(app, place, typed) } else { changed(place, typed) }
    })
    .await
}

/// `POST /sites/{site}/first-steps/heaters/remove`. Its credential ends with it.
pub(crate) async fn remove(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    change(app, visitor, site, body, |_, place, typed| {
        let (id, mut book) = (typed.text("remove"), place.book().clone());
        // One that is gone already was taken away by the same form.
        book.heaters.retain(|heater| heater.id.as_str() != id);
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
    make: impl FnOnce(&App, &Place, &Typed) -> Result<SiteBook, Why> + Send + 'static,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let typed = Typed::read(&body, visitor.language);
            let changed = take(app, visitor, &place, make(app, &place, &typed))?;
            let visitor = &visitor.standing_at(format!("/sites/{site}/first-steps/heaters"));
            Ok(match changed {
                Ok(()) => Page::Go(format!("/sites/{site}/first-steps/heaters?done=heaters")),
                Err(why) => Page::Refuse(render(app, visitor, &place, &typed, Some(why))?),
            })
        })
        .await
}

/// The building with a heater more; a form that was sent twice adds nothing. Heaters of other buildings count too, because the
/// identifier is the heater's credential, and so do those that left, because what they measured stays under it.
fn added(app: &App, place: &Place, typed: &Typed) -> Result<SiteBook, Why> {
    let mut book = place.book().clone();
    let retired = app.registry.retired_heaters(&book.site.id).map_err(|error| error.to_string())?;
    let is_taken = |id: &str| {
        let here = place.books.iter().flat_map(|book| &book.heaters);
        here.chain(retired.iter().map(|left| &left.heater)).any(|heater| heater.id.as_str() == id)
    };
    let id = identifier(&typed.text("name"), "heater", is_taken);
    let id = HeaterId::new(&id).map_err(|error| error.to_string())?;
    let heater = described(
        place,
        typed,
        Heater {
            id,
            name: typed.name("name")?,
            room: None,
            circuit: None,
            rated_w: Watts::ZERO,
            resistor_w: Watts::ZERO,
            fallback_w: Watts::ZERO,
            simulated: false,
        },
    )?;
    let same = |other: &Heater| Heater { id: other.id.clone(), ..heater.clone() } == *other;
    if typed.text("seen") == book.edition() || !book.heaters.iter().any(same) {
        book.heaters.push(heater);
    }
    Ok(book)
}

fn changed(place: &Place, typed: &Typed) -> Result<SiteBook, Why> {
    let mut book = place.book().clone();
    let is_stale = typed.text("seen") != book.edition();
    let id = typed.text("heater");
    let heater =
        book.heaters.iter_mut().find(|heater| heater.id.as_str() == id).ok_or("steps-refused-gone")?;
    let new = described(place, typed, heater.clone())?;
    if is_stale && *heater != new {
        return Err("steps-stale".into());
    }
    *heater = new;
    Ok(book)
}

/// The heater with what was typed: its name, its room and its powers.
fn described(place: &Place, typed: &Typed, heater: Heater) -> Result<Heater, Why> {
    let rooms = &place.book().rooms;
    let room = typed.text("room");
    let found = rooms.iter().find(|known| known.id.as_str() == room).map(|known| known.id.clone());
    if !room.is_empty() && found.is_none() {
        return Err("steps-refused-gone".into());
    }
    let power = |field: &str| typed.watts(field).map(|watts| watts.unwrap_or(Watts::ZERO));
    let new = Heater {
        name: typed.name("name")?,
        room: found,
        rated_w: power("rated_w")?,
        resistor_w: power("resistor_w")?,
        fallback_w: power("fallback_w")?,
        ..heater
    };
    match () {
        () if new.rated_w == Watts::ZERO => Err("steps-refused-rated".into()),
        () if new.resistor_w > new.rated_w || new.fallback_w > new.rated_w => {
            Err("steps-refused-parts".into())
        }
        () => Ok(new),
    }
}

/// A heater as its form would send it.
fn as_form(heater: &Heater) -> String {
    let fields = [
        ("heater", heater.id.to_string()),
        ("name", heater.name.to_string()),
        ("room", heater.room.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("rated_w", heater.rated_w.whole().to_string()),
        ("resistor_w", heater.resistor_w.whole().to_string()),
        ("fallback_w", heater.fallback_w.whole().to_string()),
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
    let heaters: Vec<&HeaterFacts> = place.building.heaters.iter().collect();
    let pager = Pager::new(visitor, heaters.len());
    let chosen = typed.text("room");
    let page = HeatersPage {
        steps: steps(app, visitor, place, "heaters")?,
        rows: pager.cut(&heaters).iter().map(|facts| row(app, place, facts)).collect::<Result<_, _>>()?,
        pager,
        is_open: is_open(app, visitor, place)?,
        heater: typed.text("heater"),
        name: typed.text("name"),
        rooms: place
            .book()
            .rooms
            .iter()
            .map(|room| Choice {
                id: room.id.to_string(),
                name: room.name.to_string(),
                is_chosen: room.id.as_str() == chosen,
            })
            .collect(),
        rated: typed.text("rated_w"),
        resistor: typed.text("resistor_w"),
        fallback: typed.text("fallback_w"),
        seen: place.book().edition(),
        done: visitor.asked("done").filter(|done| *done == "heaters").map(|_| l.say("steps-done")),
        error,
        frame: place.frame(app, visitor, "steps", l.say("steps-heaters")),
    };
    Ok(page.render()?)
}

fn row(app: &App, place: &Place, facts: &HeaterFacts) -> Result<Row, PageError> {
    let l = place.speaker.language;
    Ok(Row {
        id: facts.heater.id.to_string(),
        name: facts.heater.name.to_string(),
        room: facts.room_name.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
        power: l.power(facts.heater.rated_w.real()),
        tone: tone(facts),
        state: l.say(&format!("mode-{}", facts.state_word())),
        is_tested: heat_test::newest(app, place.book(), &facts.heater.id)?.is_some(),
    })
}
