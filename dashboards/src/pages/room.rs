//! The room page: what it is like there, why, what was and what comes, and a form to change it for a while.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, Override, Target, room_target};
use vocabulary::{Metric, RoomId, Timestamp};

use super::audit_tail::{self, AuditLine};
use super::home::{self, ProblemCard};
use super::learned::{self, Learned};
use super::lists::{self, HeaterRow};
use super::past::{self, Chart};
use super::room_day;
use super::room_forms::tenant_room;
use super::setpoints::{RoomAsked, Setpoint};
use super::{Frame, Place, Shown};
use crate::app::{App, Shared};
use crate::attention;
use crate::facts::{Measured, RoomFacts};
use crate::language::UNKNOWN;
use crate::report::week;
use crate::visitor::{Page, PageError, Visitor};
use crate::wish::{self, Asker, WishError};
use crate::words::{Speaker, metric_name};

/// A press on − or + moves the setpoint by this.
pub(crate) const STEP_C: f64 = 0.5;

/// What the form holds, and what was wrong with it.
pub(crate) struct Form {
    pub(crate) setpoint: String,
    pub(crate) end: String,
    pub(crate) date: String,
    pub(crate) error: Option<String>,
}

/// What was just done, said once at the top of the page.
#[derive(Default)]
pub(crate) struct Done {
    /// The address of a new tenant link.
    pub(crate) link: Option<String>,
}

struct Condition {
    label: String,
    shown: Shown,
    /// Under which name the stream tells it; empty where it does not.
    key: String,
    digits: u8,
}

/// How well the room was kept in the last seven days.
struct Score {
    share: String,
    cold: String,
    href: String,
}

struct Running {
    id: i64,
    words: String,
    ends_ms: i64,
    left: String,
}

struct Step {
    hours: String,
    setpoint: String,
    is_now: bool,
    is_override: bool,
}

#[derive(Template)]
#[template(path = "room.html")]
struct RoomPage {
    frame: Frame,
    site: String,
    id: String,
    name: String,
    floor: String,
    temperature: Shown,
    degrees: String,
    setpoint: String,
    setpoint_by: String,
    band: String,
    why: String,
    /// Names and values of the numbers behind it.
    reasons: Vec<(String, String)>,
    action: &'static str,
    action_icon: &'static str,
    action_words: String,
    power: String,
    conditions: Vec<Condition>,
    /// `None` while nothing is known of it.
    score: Option<Score>,
    occupancy: &'static str,
    occupancy_words: String,
    problems: Vec<ProblemCard>,
    form: Form,
    low: String,
    high: String,
    next_change: Option<String>,
    running: Vec<Running>,
    link: Option<String>,
    done: Option<String>,
    chart: Chart,
    learned: Option<Learned>,
    heaters: Vec<HeaterRow>,
    steps: Vec<Step>,
    /// `None` where the visitor may not see it.
    audit: Option<Vec<AuditLine>>,
    may_override: bool,
    may_link: bool,
    may_erase: bool,
    /// How long the link in force lasts, in words.
    link_until: Option<String>,
}

/// `/sites/{site}/rooms/{room}`
pub(crate) async fn room(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let html = render(app, visitor, &place, &room, None, Done::default())?;
            Ok(Page::Show(html))
        })
        .await
}

/// The room of a page's address.
pub(crate) fn find<'a>(place: &'a Place, room: &str) -> Result<&'a RoomFacts, PageError> {
    let room = RoomId::new(room).map_err(|_| PageError::NotFound)?;
    place.building.room(&room).ok_or(PageError::NotFound)
}

/// The whole page; `form` is what a refused form held.
pub(crate) fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    room: &str,
    form: Option<Form>,
    done: Done,
) -> Result<String, PageError> {
    let facts = find(place, room)?;
    let (speaker, l) = (place.speaker, visitor.language);
    let site = place.book().site.id.to_string();
    let id = facts.room.id.to_string();
    let (low, high) = Asker::Manager.band(&facts.room);
    let wall = place.building.wall;
    let (who, of_room) = (&visitor.who, Target::Room(&place.book().site.id, &facts.room.id));
    let is_here = |problem: &&attention::Problem| matches!(&problem.place, attention::Place::Room(r, _) if *r == facts.room.id);
    let problems = attention::problems(&place.building);
    let is_running =
        |problem: &attention::Problem| matches!(problem.kind, attention::ProblemKind::OverrideActive { .. });
    let occupancy = match facts.occupied {
        Some(true) => "occupied",
        Some(false) => "empty",
        None => "unknown",
    };
    let page = RoomPage {
        name: facts.room.name.to_string(),
        floor: facts.room.floor.to_string(),
        temperature: Shown::new(speaker, &Metric::TemperatureC, facts.temperature),
        degrees: facts.temperature.value.map_or_else(|| UNKNOWN.to_owned(), |t| l.number(t, 1)),
        setpoint: l.celsius(facts.setpoint_c),
        setpoint_by: speaker.setpoint_by(facts.setpoint_by, facts.until),
        band: l.tell(
            "room-band",
            &[
                ("low", l.celsius(facts.room.low_c.degrees()).into()),
                ("high", l.celsius(facts.room.high_c.degrees()).into()),
            ],
        ),
        why: facts
            .why
            .as_ref()
            .map_or_else(|| l.say("why-not-heard"), |why| speaker.why(why, facts.occupied)),
        reasons: facts
            .outlook(speaker.now)
            .filter(|outlook| !outlook.is_stale)
            .map(|outlook| room_day::reasons(&outlook, speaker))
            .unwrap_or_default(),
        action: facts.action.as_str(),
        action_icon: facts.action.icon(),
        action_words: l.say(&format!("action-{}", facts.action.as_str())),
        power: power_words(facts, speaker),
        conditions: conditions(place, facts),
        score: score(app, place, facts)?,
        occupancy,
        occupancy_words: l.say(&format!("occupancy-{occupancy}")),
        problems: problems
            .iter()
            .filter(is_here)
            .filter(|problem| !is_running(problem))
            .map(|problem| home::card(problem, speaker, &site))
            .collect(),
        form: form.unwrap_or_else(|| fresh_form(facts, visitor)),
        low: format!("{}", low.degrees()),
        high: format!("{}", high.degrees()),
        next_change: facts.next_change.map(|(at, degrees)| {
            l.tell(
                if speaker.is_today(at) { "room-next" } else { "room-next-day" },
                &[("moment", speaker.moment(at).into()), ("setpoint", l.celsius(degrees).into())],
            )
        }),
        running: facts.overrides.iter().map(|o| running(o, speaker)).collect(),
        link: done.link,
        done: match visitor.asked("done") {
            Some("override") => Some(l.say("done-override")),
            Some("end") => Some(l.say("done-end")),
            Some("gone") => Some(l.say("done-gone")),
            Some("link-end") => Some(l.say("link-ended")),
            _ => None,
        },
        chart: past::of_room(app, visitor, place, facts)?,
        learned: learned::of_room(facts, speaker),
        heaters: place.building.heaters_of(&facts.room.id).map(|h| lists::row(h, speaker, wall)).collect(),
        steps: today(app, place, facts)?,
        may_override: who.may(Action::SetOverride, of_room),
        may_link: who.may(Action::MakeTenantLink, of_room),
        may_erase: who.may(Action::ErasePresence, of_room),
        link_until: link_until(app, place, facts)?,
        audit: if who.may(Action::SeeAudit, of_room) {
            Some(audit_tail::of(app, &room_target(&place.book().site.id, &facts.room.id), place.speaker)?)
        } else {
            None
        },
        frame: place.frame(app, visitor, "rooms", facts.room.name.to_string()),
        site,
        id,
    };
    Ok(page.render()?)
}

fn link_until(app: &App, place: &Place, facts: &RoomFacts) -> Result<Option<String>, PageError> {
    let speaker = place.speaker;
    let link = app.registry.tenant_link(&tenant_room(place, facts), app.wall())?;
    let words = |until| speaker.language.tell("link-until", &[("until", speaker.moment(until).into())]);
    Ok(link.map(|link| words(link.until)))
}

fn power_words(facts: &RoomFacts, speaker: Speaker) -> String {
    let l = speaker.language;
    match (facts.drawn_w, facts.budget_w) {
        (Some(drawn), Some(budget)) => l.tell(
            "room-power",
            &[("drawn", l.power(f64::from(drawn)).into()), ("budget", l.power(f64::from(budget)).into())],
        ),
        (Some(drawn), None) => l.power(f64::from(drawn)),
        _ => UNKNOWN.to_owned(),
    }
}

fn conditions(place: &Place, facts: &RoomFacts) -> Vec<Condition> {
    let (room, speaker) = (&facts.room.id, place.speaker);
    let condition = |metric: Metric, measured: Measured, digits| Condition {
        label: metric_name(speaker.language, &metric),
        shown: Shown::new(speaker, &metric, measured),
        key: format!("room/{room}/{metric}"),
        digits,
    };
    let mut conditions = vec![
        condition(Metric::HumidityPct, facts.humidity, 0),
        condition(Metric::Co2Ppm, facts.co2, 0),
        condition(Metric::IlluminanceLux, facts.light, 0),
    ];
    // The controller tells nothing of vapours: they are as the room's heaters measure them.
    let vapours = place.building.heaters_of(room).map(|heater| heater.value(&Metric::VocPpb));
    if let Some(measured) = vapours.filter(|measured| measured.value.is_some()).max_by_key(|m| m.as_of) {
        conditions.push(Condition { key: String::new(), ..condition(Metric::VocPpb, measured, 0) });
    }
    conditions
}

fn score(app: &App, place: &Place, facts: &RoomFacts) -> Result<Option<Score>, PageError> {
    let (speaker, site, room) = (place.speaker, &place.book().site.id, &facts.room.id);
    let comfort = week::of_room(app, place.book(), room, speaker.now)
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let l = speaker.language;
    Ok(comfort.in_band().map(|share| Score {
        share: l.percent(share),
        cold: l.tell("room-score-cold", &[("kh", l.quantity(comfort.cold_kh, 1, "K·h").into())]),
        href: format!("/sites/{site}/report?period=week&room={room}"),
    }))
}

/// The form as a first visit finds it. Without script − and + come back here with `step`.
fn fresh_form(facts: &RoomFacts, visitor: &Visitor) -> Form {
    let asked = visitor.asked("setpoint_c").and_then(|text| wish::read_setpoint(text).ok());
    let stepped =
        visitor.asked("step").and_then(|step| step.parse::<f64>().ok()).filter(|step| step.abs() <= 1.0);
    let (low, high) = Asker::Manager.band(&facts.room);
    let setpoint = asked.map_or(facts.setpoint_c, vocabulary::Celsius::degrees) + stepped.unwrap_or(0.0);
    let known = |end: &&str| matches!(*end, "30min" | "2h" | "next" | "date");
    Form {
        setpoint: visitor.language.number(setpoint.clamp(low.degrees(), high.degrees()), 1),
        end: visitor.asked("end").filter(known).unwrap_or("2h").to_owned(),
        date: visitor.asked("date").unwrap_or("").to_owned(),
        error: None,
    }
}

/// A refusal in words.
pub(crate) fn refusal(speaker: Speaker, error: WishError) -> String {
    let l = speaker.language;
    match error {
        WishError::Setpoint => l.say("refused-setpoint"),
        WishError::OutsideBand(low, high) => l.tell(
            "refused-band",
            &[("low", l.celsius(low.degrees()).into()), ("high", l.celsius(high.degrees()).into())],
        ),
        WishError::End => l.say("refused-end"),
        WishError::EndsTooSoon => l.say("refused-soon"),
        WishError::EndsTooLate(longest_ms) => {
            l.tell("refused-late", &[("longest", l.length(longest_ms).into())])
        }
    }
}

fn running(wish: &Override, speaker: Speaker) -> Running {
    let l = speaker.language;
    let until = wish.wish.until;
    Running {
        id: wish.id,
        words: l.tell(
            "override-running",
            &[
                ("setpoint", l.celsius(wish.wish.setpoint_c.degrees()).into()),
                ("who", speaker.setpoint_by(wish.wish.by, None).into()),
                ("until", speaker.moment(until).into()),
            ],
        ),
        ends_ms: until.ms(),
        left: l.length(until.since(speaker.now)),
    }
}

fn today(app: &App, place: &Place, facts: &RoomFacts) -> Result<Vec<Step>, PageError> {
    let (speaker, l) = (place.speaker, place.speaker.language);
    let midnight = speaker.zone.instant(speaker.now, 0, 0);
    let end = speaker.zone.instant(speaker.now, 1, 0);
    let steps = RoomAsked::read(app, &place.book().site, &facts.room, (midnight, end))?.setpoints();
    let ends = steps.iter().skip(1).map(|step| step.from).chain([end]);
    let clock = |at: Timestamp| if at == end { "24:00".to_owned() } else { l.clock(at, speaker.zone) };
    let row = |(step, until): (&Setpoint, Timestamp)| Step {
        hours: format!("{} – {}", clock(step.from), clock(until)),
        setpoint: l.celsius(step.degrees),
        is_now: step.from <= speaker.now && speaker.now < until,
        is_override: step.is_override,
    };
    Ok(steps.iter().zip(ends).map(row).collect())
}
