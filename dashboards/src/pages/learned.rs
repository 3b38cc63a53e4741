//! What was learned of rooms: how fast each cools, what it loses, how far predictions of it were off, and since when.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use vocabulary::RoomLearned;

use super::{Frame, Place, plan};
use crate::app::{App, Shared};
use crate::facts::RoomFacts;
use crate::language::UNKNOWN;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// What was learned of one room, in words.
pub(crate) struct Learned {
    pub(crate) time_constant: String,
    pub(crate) heat_loss: String,
    /// One, six and twenty-four hours ahead.
    pub(crate) errors: [String; 3],
    pub(crate) since: String,
}

struct LearnedRow {
    id: String,
    name: String,
    /// `None` where nothing was heard.
    learned: Option<Learned>,
}

struct LearnedFloor {
    name: String,
    rows: Vec<LearnedRow>,
}

#[derive(Template)]
#[template(path = "learned.html")]
struct LearnedPage {
    frame: Frame,
    floors: Vec<LearnedFloor>,
}

/// `/sites/{site}/learned`
pub(crate) async fn learned(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render(app, visitor, &site)?))).await
}

fn render(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let floors = plan::floors(place.book()).into_iter().map(|name| {
        let of_floor = place.building.rooms.iter().filter(|facts| facts.room.floor.as_str() == name);
        LearnedFloor { rows: of_floor.map(|facts| row(facts, place.speaker)).collect(), name }
    });
    let floors = floors.collect();
    let frame = place.frame(app, visitor, "rooms", visitor.language.say("learned-title"));
    Ok(LearnedPage { frame, floors }.render()?)
}

fn row(facts: &RoomFacts, speaker: Speaker) -> LearnedRow {
    LearnedRow {
        id: facts.room.id.to_string(),
        name: facts.room.name.to_string(),
        learned: of_room(facts, speaker),
    }
}

/// What was learned of a room; `None` where nothing was heard of it.
pub(crate) fn of_room(facts: &RoomFacts, speaker: Speaker) -> Option<Learned> {
    facts.forecast.as_ref().map(|forecast| say(&forecast.learned, speaker))
}

fn say(learned: &RoomLearned, speaker: Speaker) -> Learned {
    let l = speaker.language;
    let error = |error_k: Option<f64>| {
        error_k.map_or_else(|| UNKNOWN.to_owned(), |error_k| l.quantity(error_k, 2, "°"))
    };
    Learned {
        time_constant: l.quantity(learned.time_constant_h, 1, "h"),
        heat_loss: l.quantity(learned.heat_loss_w_per_k, 1, "W/K"),
        errors: learned.errors_k.map(error),
        since: learned.since.map_or_else(
            || l.say("learned-not-yet"),
            |since| {
                let age = speaker.age(Some(since));
                l.tell("since", &[("moment", speaker.moment(since).into()), ("age", age.into())])
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::{RoomForecast, RoomLearned};

    use crate::trial::{NOW, Trial, forecast};

    #[tokio::test]
    async fn the_page_tells_of_each_room_what_was_learned_and_what_was_not_yet() {
        let trial = Trial::new();
        trial.hear_forecast("101", &forecast(NOW));
        let guess = RoomLearned { since: None, errors_k: [Some(0.25), None, None], ..forecast(NOW).learned };
        trial.hear_forecast("102", &RoomForecast { learned: guess, ..forecast(NOW) });
        let (_, html) = trial.get("/sites/demo/learned?lang=en").await;
        let row = |room: &str| {
            let rest = html.split(&format!("rooms/{room}\"")).nth(1).unwrap();
            rest.split("</tr>").next().unwrap().to_owned()
        };
        for told in ["61.5\u{a0}h", "24.2\u{a0}W/K", "0.10\u{a0}°", "0.40\u{a0}°", "0.90\u{a0}°", "11 Jan"]
        {
            assert!(row("101").contains(told), "{told}: {}", row("101"));
        }
        assert!(row("102").contains("not learned yet: going by what is usual for its size"));
        assert!(
            row("102").contains("0.25\u{a0}°") && row("102").matches("<td class=\"n\">–</td>").count() == 2
        );
        assert!(row("201").contains("nothing said yet"), "{}", row("201"));
        for meaning in ["37%", "one degree warmer than outdoors", "root mean square"] {
            assert!(html.contains(meaning), "{meaning}");
        }
    }

    #[tokio::test]
    async fn the_page_of_a_room_tells_what_was_learned_of_it() {
        let trial = Trial::new();
        trial.hear_forecast("101", &forecast(NOW));
        let (_, html) = trial.get("/sites/demo/rooms/101?lang=en").await;
        assert!(html.contains("61.5\u{a0}h") && html.contains("href=\"/sites/demo/learned\""));
        let (_, html) = trial.get("/sites/demo/rooms/102?lang=fr").await;
        assert!(html.contains("La régulation n’a encore rien dit de cette pièce."), "nothing was heard");
    }
}
