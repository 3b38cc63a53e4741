//! The page on which a heater is claimed by its code and tested for two minutes.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, Target};
use vocabulary::HeaterId;

use super::{Frame, Place, Step, steps};
use crate::app::{App, Shared};
use crate::facts::{HeaterFacts, RoomFacts};
use crate::heat_test::{self, HeatTest, Seen};
use crate::pages::enrolment;
use crate::pages::lists::tone;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// A test in words.
struct Tested {
    tone: &'static str,
    verdict: String,
    /// What the controller says of the room, where that explains the verdict.
    why: Option<String>,
    when: String,
    /// When it ends, for the countdown; none where it is over.
    ends_ms: Option<i64>,
}

#[derive(Template)]
#[template(path = "first_steps_heater.html")]
struct ClaimPage {
    frame: Frame,
    steps: Vec<Step>,
    id: String,
    name: String,
    room: Option<String>,
    tone: &'static str,
    state: String,
    seen: String,
    is_there: bool,
    is_simulated: bool,
    may_enrol: bool,
    may_test: bool,
    /// The command with the code in it, shown this once.
    command: Option<String>,
    /// What the heater does once it is claimed.
    run: String,
    /// Why no test can begin.
    hindrance: Option<String>,
    test: Option<Tested>,
    error: Option<String>,
}

/// `GET /sites/{site}/first-steps/heaters/{heater}`
pub(crate) async fn show(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, heater)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            Ok(Page::Show(render(app, visitor, &place, &heater, None, None)?))
        })
        .await
}

/// `POST /sites/{site}/first-steps/heaters/{heater}/enrolment-code`: the page with a code in it, shown this once.
pub(crate) async fn make_code(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, heater)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let here = &visitor.standing_at(format!("/sites/{site}/first-steps/heaters/{heater}"));
            let id = find(&place, &heater)?.0.heater.id.clone();
            Ok(match enrolment::command(app, visitor, &place, &id)? {
                Ok(command) => Page::Show(render(app, here, &place, &heater, Some(command), None)?),
                Err(why) => Page::Refuse(render(app, here, &place, &heater, None, Some(why))?),
            })
        })
        .await
}

/// `POST /sites/{site}/first-steps/heaters/{heater}/test`: begins the test, once: one that goes on is not begun again.
pub(crate) async fn test(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, heater)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let (facts, room) = find(&place, &heater)?;
            let address = format!("/sites/{site}/first-steps/heaters/{heater}");
            let going_on = heat_test::read(app, place.book(), facts)?.is_some_and(|test| test.is_running());
            match (heat_test::hindrance(facts, room), room) {
                _ if going_on => {}
                (None, Some(room)) => heat_test::begin(app, &visitor.who, place.book(), facts, room)?,
                (hindrance, _) => {
                    let word = hindrance.map_or("unplaced", heat_test::Hindrance::as_str);
                    let why = visitor.language.say(&format!("test-hindered-{word}"));
                    let here = &visitor.standing_at(address);
                    return Ok(Page::Refuse(render(app, here, &place, &heater, None, Some(why))?));
                }
            }
            Ok(Page::Go(format!("{address}#test")))
        })
        .await
}

fn find<'a>(place: &'a Place, heater: &str) -> Result<(&'a HeaterFacts, Option<&'a RoomFacts>), PageError> {
    let heater = HeaterId::new(heater).map_err(|_| PageError::NotFound)?;
    let facts = place.building.heater(&heater).ok_or(PageError::NotFound)?;
    let room = facts.heater.room.as_ref().and_then(|room| place.building.room(room));
    Ok((facts, room))
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    heater: &str,
    command: Option<String>,
    error: Option<String>,
) -> Result<String, PageError> {
    let (facts, room) = find(place, heater)?;
    let (l, site) = (visitor.language, &place.book().site.id);
    let test = heat_test::read(app, place.book(), facts)?;
    let is_running = test.is_some_and(|test| test.is_running());
    let target = Target::Heater(site, &facts.heater.id);
    let hindrance = heat_test::hindrance(facts, room).filter(|_| !is_running);
    let page = ClaimPage {
        steps: steps(app, visitor, place, "heaters")?,
        id: facts.heater.id.to_string(),
        name: facts.heater.name.to_string(),
        room: facts.room_name.clone(),
        tone: tone(facts),
        state: l.say(&format!("mode-{}", facts.state_word())),
        seen: place.speaker.age(facts.seen_at),
        is_there: !facts.silent,
        is_simulated: facts.heater.simulated,
        may_enrol: visitor.who.may(Action::Enrol, target),
        may_test: visitor.who.may(Action::SetOverride, target) && !is_running && hindrance.is_none(),
        command,
        run: format!("hypocaust heater run --identity heater-{}", facts.heater.id),
        hindrance: hindrance.map(|hindrance| l.say(&format!("test-hindered-{}", hindrance.as_str()))),
        test: test.map(|test| tested(&test, room, place.speaker)),
        error,
        frame: place.frame(app, visitor, "steps", facts.heater.name.to_string()),
    };
    Ok(page.render()?)
}

fn tested(test: &HeatTest, room: Option<&RoomFacts>, speaker: Speaker) -> Tested {
    let l = speaker.language;
    let watts = |watts: f64| l.power(watts).into();
    let (tone, verdict) = match test.seen {
        Seen::Running(drawn_w) => {
            let drawn = drawn_w.map_or_else(|| l.say("test-power-unknown"), |watts| l.power(watts));
            ("soon", l.tell("test-running", &[("drawn", drawn.into())]))
        }
        Seen::Nothing => ("bad", l.say("test-nothing")),
        Seen::Rose { before_w, most_w, within_s } => {
            let within = l.length(within_s * 1000).into();
            let fills = [("before", watts(before_w)), ("most", watts(most_w)), ("within", within)];
            ("good", l.tell("test-rose", &fills))
        }
        Seen::Stayed { before_w, most_w } => {
            ("bad", l.tell("test-stayed", &[("before", watts(before_w)), ("most", watts(most_w))]))
        }
    };
    let says_why = !matches!(test.seen, Seen::Rose { .. });
    let why = room.filter(|_| says_why).and_then(|room| Some((room.why.as_ref()?, room.occupied)));
    Tested {
        tone,
        verdict,
        why: why.map(|(why, occupied)| speaker.why(why, occupied)),
        when: speaker.moment(test.began),
        ends_ms: test.is_running().then(|| test.ends.ms()),
    }
}
