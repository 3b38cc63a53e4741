//! The kiosk: the building on a screen in the hall or in the boiler room, to be read from afar and touched by nobody.
//!
//! Anybody may stand before it, so it says less of people than the home page: rooms are coloured and numbered, but neither who is
//! where nor what somebody wished is told, and a cold room is counted in the first line and not named.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::flow::{Flow, flow};
use super::home::{FigureCard, computing, figures};
use super::plan::{self, LegendStep, Tile};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::attention::{self, ProblemKind};
use crate::facts::Building;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// One floor, in the order of the book.
struct Floor {
    name: String,
    is_plan: bool,
    tiles: Vec<Tile>,
}

#[derive(Template)]
#[template(path = "kiosk.html")]
struct KioskPage {
    frame: Frame,
    headline: String,
    as_of: String,
    figures: Vec<FigureCard>,
    computing: String,
    flow: Option<Flow>,
    floors: Vec<Floor>,
    /// What the colours say; empty where no room is drawn.
    legend: Vec<LegendStep>,
}

/// `/sites/{site}/kiosk`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render(app, visitor, &site)?))).await
}

fn render(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let (building, speaker, book) = (&place.building, place.speaker, place.book());
    let open = app.registry.open_alarms(&book.site.id)?;
    let floors = plan::floors(book).into_iter().map(|name| Floor {
        is_plan: plan::is_drawn(book, &name),
        tiles: plan::rooms(building, Some(&name)).into_iter().map(|room| plan::tile(room, speaker)).collect(),
        name,
    });
    let page = KioskPage {
        headline: headline(building, speaker),
        as_of: as_of(building, speaker),
        figures: figures(building, &app.day(book, building.now), open, speaker.language),
        computing: computing(building, speaker.language),
        flow: flow(building, speaker.language),
        floors: floors.collect(),
        legend: if book.rooms.is_empty() { Vec::new() } else { plan::legend(speaker.language) },
        frame: place.frame(app, visitor, "", book.site.name.to_string()),
    };
    Ok(page.render()?)
}

/// Whether everybody is warm; rooms that are not are counted.
fn headline(building: &Building, speaker: Speaker) -> String {
    if !building.is_heard {
        return speaker.language.say("headline-nothing");
    }
    if let Some(since) = building.stale_since() {
        return speaker.headline_stale(since);
    }
    let problems = attention::problems(building);
    let cold = problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::RoomCold { .. })).count();
    match cold {
        0 => speaker.headline(&[], building.blind(), building.comfort().1),
        cold => speaker.language.tell("kiosk-cold", &[("n", cold.into())]),
    }
}

fn as_of(building: &Building, speaker: Speaker) -> String {
    match building.rooms.iter().filter_map(|room| room.as_of).max() {
        Some(newest) => speaker.language.tell(
            "kiosk-as-of",
            &[("moment", speaker.moment(newest).into()), ("age", speaker.age(Some(newest)).into())],
        ),
        None => speaker.language.say("subline-nothing"),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use crate::trial::{Trial, book};

    #[tokio::test]
    async fn the_screen_tells_of_the_building_and_of_nobody_in_it() {
        let trial = Trial::new();
        let (status, html) = trial.get("/sites/demo/kiosk?lang=en").await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("<h1>One room is colder than it should be</h1>"), "{html}");
        for told in ["1er étage", "2e étage", "101 Atelier", "20.3°"] {
            assert!(html.contains(told), "{told}");
        }
        for kept in [
            "occupied",
            "class=\"who",
            "class=\"goal",
            "<form",
            "<button",
            "<select",
            "<nav",
            "href=\"/sites/demo/rooms",
        ] {
            assert!(!html.contains(kept), "{kept}");
        }
    }

    #[tokio::test]
    async fn every_floor_is_on_it_so_that_nothing_needs_script() {
        let trial = Trial::new();
        let (_, html) = trial.get("/sites/demo/kiosk?lang=fr").await;
        assert_eq!(html.matches("<section class=\"floor card\"").count(), 2);
        assert_eq!(html.matches(" hidden>").count(), 1, "the banner alone is hidden");
    }

    #[tokio::test]
    async fn every_colour_is_explained_in_words_and_numbers() {
        let trial = Trial::new();
        for (language, told) in [
            ("en", ["−1.0° to −0.4°", "a little colder", "+2.0° and above", "as wanted", "not known"]),
            ("fr", ["−1,0° à −0,4°", "un peu plus froid", "+2,0° et plus", "comme voulu", "inconnu"]),
        ] {
            let (_, html) = trial.get(&format!("/sites/demo/kiosk?lang={language}")).await;
            let (before, legend) = html.split_once("<div class=\"card legend shades\"").unwrap();
            assert!(
                before.trim_end().ends_with("</div>"),
                "beside the floors, of which the script shows one"
            );
            let legend = legend.split("</ul>").next().unwrap();
            assert!(told.iter().all(|words| legend.contains(words)), "{legend}");
            assert_eq!(legend.matches("class=\"swatch ").count(), 8, "{legend}");
        }
    }

    #[tokio::test]
    async fn a_silent_and_an_empty_building_have_their_screens() {
        let mut empty = book();
        (empty.rooms, empty.heaters) = (Vec::new(), Vec::new());
        for trial in [Trial::silent(&[book()]), Trial::silent(&[empty])] {
            let (status, html) = trial.get("/sites/demo/kiosk?lang=en").await;
            assert_eq!(status, StatusCode::OK);
            assert!(html.contains("Nothing has been heard from this building yet"));
        }
    }
}
