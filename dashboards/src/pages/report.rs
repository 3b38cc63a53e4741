//! The page of a report: its figures, each with how it was computed, its hours as a map, its rooms; and the form that declares
//! what a kilowatt-hour counts for.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, Target};
use vocabulary::RoomId;

use super::seen::{is_stale, seen, stale_words};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::report::compared::{Compared, GROUPS};
use crate::report::gather::GatherError;
use crate::report::period::{Against, Asked, Kind, Period};
use crate::visitor::{Page, PageError, Visitor, encode};

mod rates;
mod told;

use rates::RateField;
use told::{Group, Map, RoomRow};

/// A word to choose: its value, its text, whether it is chosen.
pub(crate) struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

/// What was made of the form.
struct Told {
    span: String,
    compared: String,
    groups: Vec<Group>,
    map: Map,
    rooms: Vec<RoomRow>,
    rooms_more: Option<String>,
    files: Vec<(&'static str, String)>,
    before: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    site: String,
    title: String,
    kinds: Vec<Choice>,
    againsts: Vec<Choice>,
    rooms: Vec<Choice>,
    is_own: bool,
    date: String,
    from: String,
    to: String,
    told: Option<Told>,
    error: Option<String>,
    done: Option<String>,
    rates: Option<Rates>,
}

/// The form of what energy counts for.
struct Rates {
    seen: String,
    fields: Vec<RateField>,
}

/// What a refused form held, and why it is.
struct Refused {
    error: String,
    fields: Vec<RateField>,
}

/// `GET /sites/{site}/report`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer_in_turn(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            page(app, visitor, &place, None)
        })
        .await
}

/// `POST /sites/{site}/report/rates`: what energy counts for.
pub(crate) async fn set_rates(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let (l, id) = (visitor.language, &place.book().site.id);
            let fields = rates::typed(&body, l);
            let (held, wanted) = (app.registry.accounting(id)?, rates::read(&fields, l));
            let error = match wanted {
                _ if is_stale(&body, &held, wanted.as_ref().ok()) => stale_words(l, &rates::line(&held, l)),
                Err(error) => error,
                Ok(said) => {
                    app.registry.set_accounting(id, &said, &visitor.who.by, app.wall())?;
                    return Ok(Page::Go(format!("/sites/{site}/report?done=rates")));
                }
            };
            let visitor = visitor.standing_at(format!("/sites/{site}/report"));
            page(app, &visitor, &place, Some(Refused { error, fields }))
        })
        .await
}

fn page(app: &App, visitor: &Visitor, place: &Place, refused: Option<Refused>) -> Result<Page, PageError> {
    let (l, book) = (visitor.language, place.book());
    let asked = Asked {
        period: said(visitor, "period"),
        date: said(visitor, "date"),
        from: said(visitor, "from"),
        to: said(visitor, "to"),
        compare: said(visitor, "compare"),
    };
    let room = match said(visitor, "room") {
        Some(room) => Some(find_room(place, room)?),
        None => None,
    };
    let read = Period::read(asked, book.site.zone, place.speaker.now);
    let mut error = read.as_ref().err().map(|error| l.say(error.key()));
    let mut told = None;
    // The answer to a form is no report: nobody has to wait for one to see what was wrong.
    if let (Ok(period), None) = (read, &refused) {
        match Compared::make(app, &visitor.who, (book, room.map(|room| &room.id)), period) {
            Ok(compared) => told = Some(tell(visitor, place, &compared)),
            Err(GatherError::TooLarge) => error = Some(l.say("report-error-large")),
            Err(GatherError::Registry(error)) => return Err(error.into()),
            Err(GatherError::History(error)) => return Err(error.into()),
        }
    }
    let is_refused = error.is_some() || refused.is_some();
    let (refusal, typed) =
        refused.map_or((None, None), |refused| (Some(refused.error), Some(refused.fields)));
    let title = room.map_or_else(
        || l.say("report-title"),
        |room| l.tell("report-title-room", &[("name", room.name.as_str().into())]),
    );
    let page = ReportPage {
        site: book.site.id.to_string(),
        kinds: kinds(visitor, asked.period),
        againsts: againsts(visitor, asked.compare),
        rooms: rooms(visitor, place, room.map(|room| &room.id)),
        is_own: asked.period == Some(Kind::Own.as_str()),
        date: asked.date.unwrap_or_default().to_owned(),
        from: asked.from.unwrap_or_default().to_owned(),
        to: asked.to.unwrap_or_default().to_owned(),
        told,
        error: refusal.or(error),
        done: visitor.asked("done").filter(|done| *done == "rates").map(|_| l.say("report-rates-done")),
        rates: rates_form(app, visitor, place, typed)?,
        frame: place.frame(app, visitor, "report", title.clone()),
        title,
    };
    let html = page.render()?;
    Ok(if is_refused { Page::Refuse(html) } else { Page::Show(html) })
}

/// A word of the query; an empty field of a form counts as absent.
fn said<'a>(visitor: &'a Visitor, key: &str) -> Option<&'a str> {
    visitor.asked(key).filter(|text| !text.is_empty())
}

fn find_room<'a>(place: &'a Place, room: &str) -> Result<&'a registry::Room, PageError> {
    let room = RoomId::new(room).map_err(|_| PageError::NotFound)?;
    place.book().rooms.iter().find(|known| known.id == room).ok_or(PageError::NotFound)
}

fn tell(visitor: &Visitor, place: &Place, compared: &Compared) -> Told {
    let (l, zone) = (visitor.language, place.book().site.zone);
    let (own, other) = (&compared.own, &compared.other);
    let period = own.period;
    let span = |key: &str, period: Period| {
        let last = period.to.plus_ms(-1);
        let day = |at| format!("{} {}", l.day(at, zone), zone.format(at, "%Y"));
        l.tell(key, &[("from", day(period.from).into()), ("to", day(last).into())])
    };
    let so_far =
        if period.to < period.end { format!(" · {}", l.say("report-so-far")) } else { String::new() };
    let (rooms, rooms_more) = told::rooms(l, &own.rooms);
    let neighbour = |is_after| {
        if period.kind == Kind::Own {
            return None;
        }
        Some(visitor.link("date", &period.neighbour(zone, is_after)))
    };
    Told {
        span: span("report-span", period) + &so_far,
        compared: span("report-compared-with", other.period),
        groups: GROUPS.iter().map(|group| told::group(place.speaker, group, compared)).collect(),
        map: told::map(l, zone, &own.heat_map),
        rooms,
        rooms_more,
        files: ["csv", "json"].map(|format| (format, file(visitor, place, format))).into(),
        before: neighbour(false).unwrap_or_default(),
        after: neighbour(true).filter(|_| period.end < place.speaker.now),
    }
}

/// Where the same report is had as a file.
fn file(visitor: &Visitor, place: &Place, format: &str) -> String {
    let asked = ["period", "date", "from", "to", "compare", "room"].into_iter();
    let asked = asked.filter_map(|key| Some(format!("&{key}={}", encode(said(visitor, key)?))));
    format!("/api/v1/report?site={}{}&format={format}", place.book().site.id, asked.collect::<String>())
}

fn kinds(visitor: &Visitor, asked: Option<&str>) -> Vec<Choice> {
    let chosen = asked.unwrap_or(Kind::Week.as_str());
    let choice = |kind: Kind| Choice {
        value: kind.as_str().to_owned(),
        words: visitor.language.say(&format!("report-period-{}", kind.as_str())),
        is_chosen: kind.as_str() == chosen,
    };
    Kind::ALL.map(choice).into()
}

fn againsts(visitor: &Visitor, asked: Option<&str>) -> Vec<Choice> {
    let chosen = asked.unwrap_or(Against::Before.as_str());
    let choice = |against: Against| Choice {
        value: against.as_str().to_owned(),
        words: visitor.language.say(&format!("report-compare-{}", against.as_str())),
        is_chosen: against.as_str() == chosen,
    };
    Against::ALL.map(choice).into()
}

fn rooms(visitor: &Visitor, place: &Place, chosen: Option<&RoomId>) -> Vec<Choice> {
    let whole = Choice {
        value: String::new(),
        words: visitor.language.say("report-whole"),
        is_chosen: chosen.is_none(),
    };
    let rooms = place.book().rooms.iter().map(|room| Choice {
        value: room.id.to_string(),
        words: room.name.to_string(),
        is_chosen: chosen == Some(&room.id),
    });
    std::iter::once(whole).chain(rooms).collect()
}

/// The form, for those who may use it, with what was typed where it was refused.
fn rates_form(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    typed: Option<Vec<RateField>>,
) -> Result<Option<Rates>, PageError> {
    let site = &place.book().site.id;
    if !visitor.who.may(Action::SetRules, Target::Site(site)) {
        return Ok(None);
    }
    let held = app.registry.accounting(site)?;
    let fields = typed.unwrap_or_else(|| rates::declared(&held, visitor.language));
    Ok(Some(Rates { seen: seen(&held), fields }))
}

#[cfg(test)]
mod tests;
