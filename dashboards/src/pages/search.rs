//! The search of a site: rooms and heaters by name and identifier. Its question is its address.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::language::UNKNOWN;
use crate::plain::{plain, says};
use crate::visitor::{Page, PageError, Visitor};

/// Of each kind so many are shown; who finds more writes another word.
const SHOWN: usize = 50;
/// A question is read up to here.
const LONGEST_CHARS: usize = 80;

/// A room or heater that was found.
struct Found {
    href: String,
    name: String,
    id: String,
    /// Where it is, and what it does.
    about: String,
    rank: u8,
}

/// What was found of one kind.
struct Kind {
    title: String,
    found: Vec<Found>,
    /// That there are more, in words.
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    lead: String,
    kinds: Vec<Kind>,
}

/// `GET /sites/{site}/search?q=`
pub(crate) async fn search(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render(app, visitor, &site)?))).await
}

/// What is looked for, as the address says it.
pub(super) fn question(visitor: &Visitor) -> String {
    visitor.asked("q").unwrap_or_default().trim().chars().take(LONGEST_CHARS).collect()
}

fn render(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let (l, wanted) = (visitor.language, question(visitor));
    let kinds = if wanted.is_empty() {
        Vec::new()
    } else {
        vec![
            kind(visitor, "nav-rooms", rooms(&place, &wanted)),
            kind(visitor, "nav-heaters", heaters(&place, &wanted)),
        ]
    };
    let kinds: Vec<Kind> = kinds.into_iter().filter(|kind| !kind.found.is_empty()).collect();
    let lead = match (wanted.is_empty(), kinds.is_empty()) {
        (true, _) => l.say("search-advice"),
        (false, true) => l.tell("search-none", &[("text", wanted.into())]),
        (false, false) => l.tell("search-lead", &[("text", wanted.into())]),
    };
    let frame = place.frame(app, visitor, "search", l.say("search-title"));
    Ok(SearchPage { lead, kinds, frame }.render()?)
}

fn kind(visitor: &Visitor, title: &str, mut found: Vec<Found>) -> Kind {
    let l = visitor.language;
    // The order of the book stays among equals.
    found.sort_by_key(|found| found.rank);
    let left = found.len().saturating_sub(SHOWN);
    found.truncate(SHOWN);
    let more = (left > 0).then(|| l.tell("search-more", &[("n", left.into())]));
    Kind { title: l.say(title), found, more }
}

fn rooms(place: &Place, wanted: &str) -> Vec<Found> {
    let fits = |id: &str, name: &str, floor: &str| says(wanted, &[id, name, floor]);
    let rooms = place.building.rooms.iter().map(|facts| (facts, &facts.room));
    rooms
        .filter(|(_, room)| fits(room.id.as_str(), room.name.as_str(), room.floor.as_str()))
        .map(|(facts, room)| Found {
            href: format!("/sites/{}/rooms/{}", place.book().site.id, room.id),
            name: room.name.to_string(),
            id: room.id.to_string(),
            about: format!(
                "{} · {}",
                room.floor,
                facts
                    .temperature
                    .value
                    .map_or_else(|| UNKNOWN.to_owned(), |c| place.speaker.language.celsius(c))
            ),
            rank: rank(wanted, room.id.as_str(), room.name.as_str()),
        })
        .collect()
}

fn heaters(place: &Place, wanted: &str) -> Vec<Found> {
    let l = place.speaker.language;
    let heaters = place.building.heaters.iter().map(|facts| (facts, &facts.heater));
    heaters
        .map(|(facts, heater)| (facts, heater, facts.room_name.as_deref().unwrap_or_default()))
        .filter(|(_, heater, room)| says(wanted, &[heater.id.as_str(), heater.name.as_str(), room]))
        .map(|(facts, heater, room)| Found {
            href: format!("/sites/{}/heaters/{}", place.book().site.id, heater.id),
            name: heater.name.to_string(),
            id: heater.id.to_string(),
            about: format!(
                "{} · {}",
                if room.is_empty() { l.say("heater-unplaced") } else { room.to_owned() },
                l.say(&format!("mode-{}", facts.state_word()))
            ),
            rank: rank(wanted, heater.id.as_str(), heater.name.as_str()),
        })
        .collect()
}

/// How near an entry is to what was asked: its identifier or its name itself, then those that begin so, then the rest.
fn rank(wanted: &str, id: &str, name: &str) -> u8 {
    let (wanted, id, name) = (plain(wanted), plain(id), plain(name));
    match () {
        () if id == wanted || name == wanted => 0,
        () if id.starts_with(&wanted) || name.starts_with(&wanted) => 1,
        () if id.contains(&wanted) || name.contains(&wanted) => 2,
        () => 3,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use crate::trial::{Trial, WICKED, book};
    use crate::visitor::encode;

    async fn links(trial: &Trial, question: &str) -> Vec<String> {
        let (status, html) = trial.get(&format!("/sites/demo/search?lang=en&q={}", encode(question))).await;
        assert_eq!(status, StatusCode::OK, "{question}");
        assert!(!html.contains('⟦') && !html.contains("<b onmouseover"), "{question}: {html}");
        let main = html.split("<main").nth(1).unwrap();
        let links = main.split("<li><a href=\"/sites/demo/").skip(1);
        links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn rooms_and_heaters_are_found_by_name_and_identifier_without_accents() {
        let trial = Trial::new();
        for (question, expected) in [
            ("muller", vec!["rooms/102", "heaters/h-102"]),
            ("MÜLLER söhne", vec!["rooms/102", "heaters/h-102"]),
            ("atelier", vec!["rooms/101", "heaters/h-101"]),
            ("101", vec!["rooms/101", "heaters/h-101"]),
            ("h-101", vec!["heaters/h-101"]),
            ("etage archives", vec!["rooms/201"]),
            ("1er étage", vec!["rooms/101", "rooms/102"]),
            ("nobody", vec![]),
            ("", vec![]),
            ("   ", vec![]),
            ("%' OR 1=1 --", vec![]),
        ] {
            assert_eq!(links(&trial, question).await, expected, "{question}");
        }
    }

    #[tokio::test]
    async fn what_was_asked_stays_in_the_field_and_is_never_markup() {
        let trial = Trial::new();
        for question in [WICKED, "\"><script>alert(1)</script>", "غرفة", "🔥", &"x".repeat(5_000)] {
            let (status, html) = trial.get(&format!("/sites/demo/search?q={}", encode(question))).await;
            assert_eq!(status, StatusCode::OK);
            assert!(!html.contains("<script>") && !html.contains("<b onmouseover"), "{question:.40}");
            assert!(html.len() < 60_000, "{} bytes", html.len());
        }
        let (_, html) = trial.get("/sites/demo/search?q=Atelier").await;
        assert!(html.contains("name=\"q\" value=\"Atelier\""), "{html}");
    }

    #[tokio::test]
    async fn the_nearest_come_first_and_of_many_some_are_shown() {
        let mut large = book();
        let (first, last) = (large.rooms[0].clone(), large.rooms.len());
        for n in 0..60 {
            let id = vocabulary::RoomId::new(&format!("cellar-{n}")).unwrap();
            large.rooms.push(registry::Room { id, ..first.clone() });
        }
        large.rooms[last + 59].id = vocabulary::RoomId::new("cellar").unwrap();
        let trial = Trial::silent(&[large]);
        let found = links(&trial, "cellar").await;
        assert_eq!((found.len(), found[0].as_str()), (super::SHOWN, "rooms/cellar"));
        let (_, html) = trial.get("/sites/demo/search?q=cellar&lang=en").await;
        assert!(html.contains("10 more"), "{html}");
    }
}
