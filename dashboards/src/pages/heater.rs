//! The heater page: who it is, what it may draw, what it draws, what it senses, and its last words as they came.

pub(crate) mod instructions;
pub(crate) mod leaving;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, Target};
use vocabulary::{HeaterId, HeaterStatus, Metric};

use super::audit_tail::{self, AuditLine};
use super::home::{self, ProblemCard};
use super::past::{self, Chart};
use super::{Frame, Place, Shown, enrolment, lists};
use crate::app::{App, Shared};
use crate::attention;
use crate::facts::{HeaterFacts, Trust};
use crate::language::{Language, UNKNOWN};
use crate::visitor::{Page, PageError, Visitor};
use crate::words::{self, Speaker, metric_name};

/// The forms whose success the page tells of.
const DONE: [&str; 8] =
    ["identify", "identify-end", "limit", "limit-end", "drain", "drain-end", "room", "revoke"];

/// A label with its value, and the key under which the stream speaks of it.
struct Line {
    label: String,
    value: String,
    key: String,
    unit: &'static str,
}

struct Sensor {
    name: String,
    shown: Shown,
    /// Under which name the stream tells its value, and with how many decimals it is written.
    live: Option<(String, usize)>,
    reason: String,
}

#[derive(Template)]
#[template(path = "heater.html")]
struct HeaterPage {
    frame: Frame,
    id: String,
    name: String,
    room: Option<(String, String)>,
    is_simulated: bool,
    tone: &'static str,
    mode: String,
    mode_meaning: String,
    mode_since: Option<String>,
    status: String,
    seen: String,
    budget: Vec<Line>,
    identity: Vec<Line>,
    sensors: Vec<Sensor>,
    /// As the heater says them, and what they mean where that is known.
    alarms: Vec<(String, Option<String>)>,
    problems: Vec<ProblemCard>,
    record: Option<String>,
    chart: Chart,
    /// Whether a one-time code may be made here: simulated heaters need none.
    may_enrol: bool,
    may_serve: bool,
    instructions: instructions::Forms,
    leaving: leaving::Forms,
    audit: Option<Vec<AuditLine>>,
    /// The command with a one-time code in it, shown this once.
    code: Option<String>,
    done: Option<String>,
    error: Option<String>,
}

/// What comes with the page beside what is.
#[derive(Default)]
pub(crate) struct Answer {
    /// The command with a one-time code in it, shown this once.
    code: Option<String>,
    /// A form that was not obeyed.
    refused: Option<Refused>,
}

/// A form that was not obeyed: which, why, and what stood in it.
pub(crate) struct Refused {
    form: &'static str,
    why: String,
    body: String,
}

/// `/sites/{site}/heaters/{heater}`
pub(crate) async fn heater(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, heater)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            Ok(Page::Show(render(app, visitor, &place, &heater, Answer::default())?))
        })
        .await
}

/// `POST /sites/{site}/heaters/{heater}/enrolment-code`: the answer is the page with the code in it, shown this once.
pub(crate) async fn make_code(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, heater)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let id = find(&place, &heater)?.heater.id.clone();
            match enrolment::command(app, visitor, &place, &id)? {
                Ok(command) => {
                    let visitor = visitor.standing_at(format!("/sites/{site}/heaters/{heater}"));
                    let answer = Answer { code: Some(command), refused: None };
                    Ok(Page::Show(render(app, &visitor, &place, &heater, answer)?))
                }
                Err(why) => {
                    let refused = Refused { form: "code", why, body: String::new() };
                    Refused::show(app, visitor, &place, &heater, refused)
                }
            }
        })
        .await
}

impl Refused {
    fn new(form: &'static str, key: &'static str, language: Language, body: String) -> Self {
        Self { form, why: language.say(key), body }
    }

    /// The page with the form as it was sent.
    fn show(
        app: &App,
        visitor: &Visitor,
        place: &Place,
        heater: &str,
        refused: Self,
    ) -> Result<Page, PageError> {
        let visitor = visitor.standing_at(format!("/sites/{}/heaters/{heater}", place.book().site.id));
        let answer = Answer { code: None, refused: Some(refused) };
        Ok(Page::Refuse(render(app, &visitor, place, heater, answer)?))
    }
}

fn find<'a>(place: &'a Place, heater: &str) -> Result<&'a HeaterFacts, PageError> {
    let heater = HeaterId::new(heater).map_err(|_| PageError::NotFound)?;
    place.building.heater(&heater).ok_or(PageError::NotFound)
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    heater: &str,
    answer: Answer,
) -> Result<String, PageError> {
    let facts = find(place, heater)?;
    let heater = &facts.heater.id;
    let (speaker, l, site) = (place.speaker, visitor.language, &place.book().site.id);
    let of_heater = |problem: &&attention::Problem| matches!(&problem.place, attention::Place::Heater(h, _) if h == heater);
    let status = match facts.status {
        Some(HeaterStatus::Online) => "status-online",
        Some(HeaterStatus::Offline) => "status-offline",
        None => "status-unknown",
    };
    let mode = facts.state_word();
    let may = |action| visitor.who.may(action, Target::Heater(site, heater));
    let leaving = leaving::Forms::of(app, visitor, place, facts, &answer)?;
    let page = HeaterPage {
        id: heater.to_string(),
        name: facts.heater.name.to_string(),
        room: facts
            .heater
            .room
            .as_ref()
            .map(|room| (room.to_string(), facts.room_name.clone().unwrap_or_else(|| room.to_string()))),
        is_simulated: facts.heater.simulated,
        tone: lists::tone(facts),
        mode: l.say(&format!("mode-{mode}")),
        mode_meaning: l.say(&format!("mode-{mode}-meaning")),
        mode_since: facts.mode_since.filter(|_| !facts.silent).map(|since| {
            l.tell(
                "since",
                &[
                    ("moment", speaker.moment(since).into()),
                    ("age", l.age(place.building.wall.since(since)).into()),
                ],
            )
        }),
        status: l.say(status),
        seen: speaker.age(facts.seen_at),
        budget: budget(place, facts),
        identity: identity(facts, &leaving.door, speaker),
        sensors: sensors(facts, speaker),
        alarms: facts.alarms().map(|said| (said.clone(), words::alarm(l, said))).collect(),
        problems: attention::problems(&place.building)
            .iter()
            .filter(of_heater)
            .map(|problem| home::card(problem, speaker, site.as_str()))
            .collect(),
        record: record(app, place, heater).as_deref().map(pretty),
        chart: past::of_heater(app, visitor, place, facts)?,
        may_enrol: !facts.heater.simulated && may(Action::Enrol),
        may_serve: may(Action::ServeHeater),
        instructions: instructions::Forms::of(facts, place, &answer),
        leaving,
        audit: if may(Action::SeeAudit) {
            Some(audit_tail::of(app, &format!("{site}/heater/{heater}"), speaker)?)
        } else {
            None
        },
        done: visitor
            .asked("done")
            .filter(|done| DONE.contains(done))
            .map(|done| l.say(&format!("heater-done-{done}"))),
        error: answer.refused.as_ref().map(|refused| refused.why.clone()),
        code: answer.code,
        frame: place.frame(app, visitor, "heaters", facts.heater.name.to_string()),
    };
    Ok(page.render()?)
}

fn sensors(facts: &HeaterFacts, speaker: Speaker) -> Vec<Sensor> {
    let id = &facts.heater.id;
    let sensor = |sensed: &crate::facts::Sensed| Sensor {
        name: metric_name(speaker.language, &sensed.metric),
        shown: Shown::new(speaker, &sensed.metric, sensed.value),
        live: words::live_decimals(&sensed.metric)
            .map(|decimals| (format!("heater/{id}/{}", sensed.metric), decimals)),
        reason: if sensed.reason == "good" { String::new() } else { sensed.reason.to_owned() },
    };
    facts.values.iter().map(sensor).collect()
}

fn budget(place: &Place, facts: &HeaterFacts) -> Vec<Line> {
    let l = place.speaker.language;
    let id = &facts.heater.id;
    let dash = || UNKNOWN.to_owned();
    let line = |name: &str, value: Option<String>, key: &str, unit| Line {
        label: l.say(&format!("budget-{name}")),
        value: value.unwrap_or_else(dash),
        key: if key.is_empty() { String::new() } else { format!("heater/{id}/{key}") },
        unit,
    };
    let beat = facts.heartbeat.as_ref();
    let watts = |watts: u32| l.quantity(f64::from(watts), 0, "W");
    let numbered = facts.budget.as_ref();
    let lease = facts.lease_left_s(place.building.wall);
    // Once the lease has run out, what was granted with it holds no more.
    let granted = numbered.filter(|_| lease != Some(0));
    let drawn = facts.drawn_w().map(|w| l.quantity(w, 0, "W"));
    let drawn_key = if facts.reports_only() { "power_w" } else { "drawn_w" };
    let counted = |epoch: u64, seq: u64| format!("{epoch} · {seq}");
    vec![
        line("wanted", beat.map(|b| watts(b.wanted_w)), "wanted_w", "W"),
        line("granted", granted.map(|(b, _)| watts(b.watts.whole())), "granted_w", "W"),
        line("obeyed", beat.map(|b| watts(b.budget_w)), "budget_w", "W"),
        line("drawn", drawn, drawn_key, "W"),
        line("lease", lease.map(|s| l.quantity(s as f64, 0, "s")), "lease_left_s", "s"),
        line("heat", granted.map(|(b, _)| watts(b.heat_w.whole())), "", ""),
        line("stops", granted.map(|(b, _)| l.celsius(b.hi_c.degrees())), "", ""),
        line("granted-number", numbered.map(|(b, _)| counted(b.epoch, b.seq)), "", ""),
        line("obeyed-number", beat.map(|b| counted(b.epoch, b.seq)), "", ""),
    ]
}

fn identity(facts: &HeaterFacts, door: &str, speaker: Speaker) -> Vec<Line> {
    let l = speaker.language;
    let line = |name: &str, value: String| Line {
        label: l.say(&format!("heater-{name}")),
        value,
        key: String::new(),
        unit: "",
    };
    let watts = |watts: vocabulary::Watts| l.power(watts.real());
    let firmware = facts.heartbeat.as_ref().and_then(vocabulary::Heartbeat::firmware);
    let controllable = facts.heartbeat.as_ref().map(|beat| if beat.controllable { "yes" } else { "no" });
    vec![
        line("id", facts.heater.id.to_string()),
        line("rated", watts(facts.heater.rated_w)),
        line("resistor", watts(facts.heater.resistor_w)),
        line("fallback", watts(facts.heater.fallback_w)),
        line("controllable", controllable.map_or_else(|| UNKNOWN.to_owned(), |word| l.say(word))),
        line("firmware", firmware.map_or_else(|| UNKNOWN.to_owned(), |name| name.to_string())),
        line("door", door.to_owned()),
        line("hotspot", hotspot(facts, speaker)),
        line(
            "boot",
            facts.heartbeat.as_ref().map_or_else(|| UNKNOWN.to_owned(), |beat| beat.boot.to_string()),
        ),
    ]
}

/// Whether people reach the network through it, and how many do.
fn hotspot(facts: &HeaterFacts, speaker: Speaker) -> String {
    let clients = facts.value(&Metric::WifiClients);
    match clients.value {
        None => speaker.language.say("hotspot-none"),
        Some(_) if clients.trust == Trust::Stale => speaker.language.say("hotspot-stale"),
        Some(n) => speaker.language.tell("hotspot-clients", &[("n", n.into())]),
    }
}

/// The newest record as it came. It is asked for here alone: the other pages would copy it for every heater.
fn record(app: &App, place: &Place, heater: &HeaterId) -> Option<String> {
    app.board.read(&place.book().site.id, |live| live.heaters.get(heater)?.record.clone())
}

/// The record with line breaks; as it came where it is no JSON.
fn pretty(raw: &str) -> String {
    let Ok(serde_json::Value::Object(mut record)) = serde_json::from_str(raw) else { return raw.to_owned() };
    let samples = record.remove("samples").and_then(|s| s.as_array().cloned()).unwrap_or_default();
    let head: Vec<String> = record.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    let samples: Vec<String> = samples.iter().map(|sample| format!("    {sample}")).collect();
    format!("{{\n  {},\n  \"samples\": [\n{}\n  ]\n}}", head.join(",\n  "), samples.join(",\n"))
}

#[cfg(test)]
mod tests;
