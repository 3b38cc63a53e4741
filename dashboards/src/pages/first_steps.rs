//! First steps: a building of one's own, step by step. Each step is a page with a form that can be left and come back to; how far
//! somebody has come is read from the book, so nothing is kept beside it.

pub(crate) mod claim;
pub(crate) mod heaters;
pub(crate) mod rooms;
mod typed;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, Clock, Site, SiteBook, Target};
use vocabulary::{SiteId, Zone};

use super::building::{Answer, Hand, Taken, taken};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::visitor::{Page, PageError, Visitor};
pub(super) use typed::describe;
use typed::{Typed, identifier};

/// Where most of those who install this live.
const USUAL_ZONE: &str = "Europe/Paris";

/// One of the steps, as a page names it.
pub(super) struct Step {
    pub(super) words: String,
    /// How far it is.
    pub(super) state: String,
    pub(super) is_done: bool,
    pub(super) is_here: bool,
    pub(super) href: String,
}

/// A building that somebody may go on with.
struct Begun {
    name: String,
    href: String,
    is_demonstration: bool,
}

#[derive(Template)]
#[template(path = "first_steps.html")]
struct BeginPage {
    frame: Frame,
    begun: Vec<Begun>,
    name: String,
    zone: String,
    cap: String,
    answer: Answer,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "first_steps_site.html")]
struct SitePage {
    frame: Frame,
    /// Who describes the building, in words.
    hand: String,
    is_demonstration: bool,
    is_made_here: bool,
    steps: Vec<Step>,
    next: Option<Step>,
    name: String,
    zone: String,
    cap: String,
    seen: String,
    done: Option<String>,
    error: Option<String>,
}

/// `GET /first-steps`: where a building begins.
pub(crate) async fn begin(State(app): State<Shared>, visitor: Visitor) -> Response {
    visitor
        .answer(&app, |app, visitor| {
            let empty = Typed::read(&format!("zone={USUAL_ZONE}"), visitor.language);
            Ok(Page::Show(render_begin(app, visitor, &empty, Answer::default(), None)?))
        })
        .await
}

/// `POST /first-steps`: a new building by its name.
pub(crate) async fn create(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let typed = Typed::read(&body, visitor.language);
            let made = match new_book(app, visitor, &typed)? {
                Ok(book) => describe(app, visitor, None, &book)?.map(|()| book.site.id),
                Err(why) => Err(why),
            };
            let visitor = &visitor.standing_at("/first-steps".to_owned());
            Ok(match made {
                Ok(site) => Page::Go(format!("/sites/{site}/first-steps/rooms")),
                Err(why) => Page::Refuse(render_begin(app, visitor, &typed, Answer::default(), Some(why))?),
            })
        })
        .await
}

/// `POST /first-steps/building`: a new building by its file.
pub(crate) async fn take(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let taken = taken(app, visitor, None, &body)?;
            if let Taken::Done(site) = taken {
                return Ok(Page::Go(format!("/sites/{site}/first-steps?done=site")));
            }
            let answer = Answer::of(taken, visitor.language);
            let error = answer.error.clone();
            let empty = Typed::read(&format!("zone={USUAL_ZONE}"), visitor.language);
            let visitor = &visitor.standing_at("/first-steps".to_owned());
            let is_refused = error.is_some();
            let page = render_begin(app, visitor, &empty, answer, error)?;
            Ok(if is_refused { Page::Refuse(page) } else { Page::Show(page) })
        })
        .await
}

/// `GET /sites/{site}/first-steps`: how far the building has come, and what comes next.
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let typed = Typed::read(&as_form(place.book()), visitor.language);
            Ok(Page::Show(render_site(app, visitor, &place, &typed, None)?))
        })
        .await
}

/// `POST /sites/{site}/first-steps`: another name, zone or limit of power.
pub(crate) async fn change(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let typed = Typed::read(&body, visitor.language);
            let changed = match named(&typed, place.book().site.clone()) {
                // It is so already: the same form, sent twice.
                Ok(site) if site == place.book().site => Ok(()),
                _ if typed.text("seen") != place.book().edition() => Err(visitor.language.say("steps-stale")),
                Ok(site) => {
                    let book = SiteBook { site, ..place.book().clone() };
                    describe(app, visitor, Some(place.book()), &book)?
                }
                Err(why) => Err(why),
            };
            let visitor = &visitor.standing_at(format!("/sites/{site}/first-steps"));
            Ok(match changed {
                Ok(()) => Page::Go(format!("/sites/{site}/first-steps?done=site")),
                Err(why) => Page::Refuse(render_site(app, visitor, &place, &typed, Some(why))?),
            })
        })
        .await
}

/// The building that a form names. The same form sent twice is told so: there is one of that name already.
fn new_book(app: &App, visitor: &Visitor, typed: &Typed) -> Result<Result<SiteBook, String>, PageError> {
    let books = app.books()?;
    let id = identifier(&typed.text("name"), "building", |id| {
        books.iter().any(|book| book.site.id.as_str() == id)
    });
    let site = Site {
        id: SiteId::new(&id).map_err(|error| PageError::Internal(error.to_string()))?,
        name: match typed.name("name") {
            Ok(name) => name,
            Err(why) => return Ok(Err(why)),
        },
        zone: Zone::UTC,
        clock: Clock::Wall,
        cap_w: None,
        demonstration: false,
    };
    if books.iter().any(|book| book.site.name == site.name) {
        let name = ("name", site.name.as_str().into());
        return Ok(Err(visitor.language.tell("steps-refused-twice", &[name])));
    }
    Ok(named(typed, site).map(|site| SiteBook {
        site,
        rooms: Vec::new(),
        heaters: Vec::new(),
        circuits: Vec::new(),
        metrics: Vec::new(),
    }))
}

/// The site with the name, zone and limit that were typed.
fn named(typed: &Typed, site: Site) -> Result<Site, String> {
    let name = typed.name("name")?;
    let zone = typed.zone("zone")?;
    Ok(Site { name, zone, cap_w: typed.watts("cap_w")?, ..site })
}

/// A site as the form would send it.
fn as_form(book: &SiteBook) -> String {
    let encode = crate::visitor::encode;
    let cap = book.site.cap_w.map(|cap| cap.whole().to_string()).unwrap_or_default();
    format!(
        "name={}&zone={}&cap_w={cap}",
        encode(book.site.name.as_str()),
        encode(&book.site.zone.to_string())
    )
}

fn render_begin(
    app: &App,
    visitor: &Visitor,
    typed: &Typed,
    answer: Answer,
    error: Option<String>,
) -> Result<String, PageError> {
    let books = app.books()?;
    let seen = books.iter().filter(|book| visitor.who.may(Action::SeeSite, Target::Site(&book.site.id)));
    let begun = seen.map(|book| Begun {
        name: book.site.name.to_string(),
        href: format!("/sites/{}/first-steps", book.site.id),
        is_demonstration: book.site.demonstration,
    });
    let page = BeginPage {
        begun: begun.collect(),
        name: typed.text("name"),
        zone: typed.text("zone"),
        cap: typed.text("cap_w"),
        answer,
        error,
        frame: Frame::new(app, visitor, &books, None, "steps", visitor.language.say("steps-title")),
    };
    Ok(page.render()?)
}

fn render_site(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    typed: &Typed,
    error: Option<String>,
) -> Result<String, PageError> {
    let l = visitor.language;
    let hand = Hand::of(app, place.book())?;
    let next = steps(app, visitor, place, "")?.into_iter().find(|step| !step.is_done);
    let page = SitePage {
        hand: l.say(&format!("building-by-{}", hand.as_str())),
        is_demonstration: hand == Hand::Demonstration,
        is_made_here: is_open(app, visitor, place)?,
        next,
        steps: steps(app, visitor, place, "site")?,
        name: typed.text("name"),
        zone: typed.text("zone"),
        cap: typed.text("cap_w"),
        seen: place.book().edition(),
        done: visitor.asked("done").filter(|done| *done == "site").map(|_| l.say("steps-done")),
        error,
        frame: place.frame(app, visitor, "steps", l.say("steps-title")),
    };
    Ok(page.render()?)
}

/// Whether the visitor may describe this building here.
pub(super) fn is_open(app: &App, visitor: &Visitor, place: &Place) -> Result<bool, PageError> {
    let may = visitor.who.may(Action::Describe, Target::Site(&place.book().site.id));
    Ok(may && Hand::of(app, place.book())? == Hand::Pages)
}

/// The steps of a building, and how far each is.
pub(super) fn steps(app: &App, visitor: &Visitor, place: &Place, here: &str) -> Result<Vec<Step>, PageError> {
    let (l, building) = (visitor.language, &place.building);
    let base = format!("/sites/{}/first-steps", place.book().site.id);
    let (rooms, heaters) = (building.rooms.len(), building.heaters.len());
    let there = building.heaters.iter().filter(|heater| !heater.silent).count();
    let mut tested = 0;
    for heater in &place.book().heaters {
        tested += usize::from(crate::heat_test::newest(app, place.book(), &heater.id)?.is_some());
    }
    let step = |name: &str, (count, all): (usize, usize), is_done, path: &str| Step {
        words: l.say(&format!("steps-{name}")),
        state: l.tell(&format!("steps-{name}-state"), &[("n", count.into()), ("all", all.into())]),
        is_done,
        is_here: name == here,
        href: format!("{base}{path}"),
    };
    let all = heaters > 0;
    Ok(vec![
        step("site", (1, 1), true, ""),
        step("rooms", (rooms, rooms), rooms > 0, "/rooms"),
        step("heaters", (there, heaters), all && there == heaters, "/heaters"),
        step("test", (tested, heaters), all && tested == heaters, "/heaters"),
    ])
}

#[cfg(test)]
mod tests;
