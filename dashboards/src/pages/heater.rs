//! The heater page: who it is, what it may draw, what it draws, what it senses, and its last words as they came.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, EnrolmentError, Target};
use vocabulary::{HeaterId, HeaterStatus};

use super::home::{self, ProblemCard};
use super::past::{self, Chart};
use super::{Frame, Place, Shown, lists};
use crate::app::{App, Shared};
use crate::attention;
use crate::facts::HeaterFacts;
use crate::language::UNKNOWN;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::{self, Speaker, metric_name};

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
    enrolment: Enrolment,
}

/// What came of asking for a one-time code.
enum Enrolment {
    NotAsked,
    /// The code in the command that uses it, shown this once.
    Made(String),
    Refused(String),
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
            Ok(Page::Show(render(app, visitor, &place, &heater, Enrolment::NotAsked)?))
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
            let made = enrolment(app, visitor, &place, &heater)?;
            let is_made = matches!(made, Enrolment::Made(_));
            let visitor = visitor.standing_at(format!("/sites/{site}/heaters/{heater}"));
            let page = render(app, &visitor, &place, &heater, made)?;
            Ok(if is_made { Page::Show(page) } else { Page::Refuse(page) })
        })
        .await
}

fn enrolment(app: &App, visitor: &Visitor, place: &Place, heater: &str) -> Result<Enrolment, PageError> {
    let heater = HeaterId::new(heater).map_err(|_| PageError::NotFound)?;
    let (site, l) = (&place.book().site.id, visitor.language);
    match app.registry.make_enrolment_code(site, &heater, &visitor.who.by, app.wall()) {
        Ok(code) => Ok(Enrolment::Made(format!(
            "hypocaust heater enrol --url mqtts://ADDRESS:8883 --site {site} --code {code}"
        ))),
        Err(EnrolmentError::NoAuthority) => Ok(Enrolment::Refused(l.say("enrol-no-authority"))),
        Err(EnrolmentError::Taken(_)) => Ok(Enrolment::Refused(l.say("enrol-taken"))),
        Err(EnrolmentError::Unknown(..)) => Err(PageError::NotFound),
        Err(other) => Err(PageError::Internal(other.to_string())),
    }
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    heater: &str,
    enrolment: Enrolment,
) -> Result<String, PageError> {
    let heater = HeaterId::new(heater).map_err(|_| PageError::NotFound)?;
    let facts = place.building.heater(&heater).ok_or(PageError::NotFound)?;
    let (speaker, l) = (place.speaker, visitor.language);
    let mode = facts.state_word();
    let of_heater = |problem: &&attention::Problem| matches!(&problem.place, attention::Place::Heater(h, _) if *h == heater);
    let status = match facts.status {
        Some(HeaterStatus::Online) => "status-online",
        Some(HeaterStatus::Offline) => "status-offline",
        None => "status-unknown",
    };
    let page = HeaterPage {
        id: facts.heater.id.to_string(),
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
        identity: identity(facts, speaker),
        sensors: facts
            .values
            .iter()
            .map(|sensed| Sensor {
                name: metric_name(l, &sensed.metric),
                shown: Shown::new(speaker, &sensed.metric, sensed.value),
                live: words::live_decimals(&sensed.metric)
                    .map(|decimals| (format!("heater/{heater}/{}", sensed.metric), decimals)),
                reason: if sensed.reason == "good" { String::new() } else { sensed.reason.to_owned() },
            })
            .collect(),
        alarms: facts.alarms().map(|said| (said.clone(), words::alarm(l, said))).collect(),
        problems: attention::problems(&place.building)
            .iter()
            .filter(of_heater)
            .map(|problem| home::card(problem, speaker, place.book().site.id.as_str()))
            .collect(),
        record: record(app, place, &heater).as_deref().map(pretty),
        chart: past::of_heater(app, visitor, place, facts)?,
        may_enrol: !facts.heater.simulated
            && visitor.who.may(Action::Enrol, Target::Heater(&place.book().site.id, &heater)),
        enrolment,
        frame: place.frame(app, visitor, "heaters", facts.heater.name.to_string()),
    };
    Ok(page.render()?)
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

fn identity(facts: &HeaterFacts, speaker: Speaker) -> Vec<Line> {
    let l = speaker.language;
    let line = |name: &str, value: String| Line {
        label: l.say(&format!("heater-{name}")),
        value,
        key: String::new(),
        unit: "",
    };
    let watts = |watts: vocabulary::Watts| l.power(watts.real());
    let controllable = facts.heartbeat.as_ref().map(|beat| if beat.controllable { "yes" } else { "no" });
    vec![
        line("id", facts.heater.id.to_string()),
        line("rated", watts(facts.heater.rated_w)),
        line("resistor", watts(facts.heater.resistor_w)),
        line("fallback", watts(facts.heater.fallback_w)),
        line("controllable", controllable.map_or_else(|| UNKNOWN.to_owned(), |word| l.say(word))),
        line(
            "boot",
            facts.heartbeat.as_ref().map_or_else(|| UNKNOWN.to_owned(), |beat| beat.boot.to_string()),
        ),
    ]
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
mod tests {
    use axum::http::StatusCode;
    use vocabulary::Fingerprint;

    use crate::trial::{NOW, Trial, book};

    const HEATER: &str = "/sites/demo/heaters/h-101";
    const CODE: &str = "/sites/demo/heaters/h-101/enrolment-code?lang=en";

    /// The building with real heaters.
    fn trial() -> Trial {
        let mut real = book();
        real.heaters.iter_mut().for_each(|heater| heater.simulated = false);
        Trial::silent(&[real])
    }

    #[tokio::test]
    async fn a_one_time_code_is_shown_once_and_opens_this_heater() {
        let trial = trial();
        let registry = &trial.app.registry;
        registry.set_authority(&Fingerprint::of(b"an authority")).unwrap();
        assert!(trial.get(HEATER).await.1.contains("/enrolment-code\""));
        let (status, _, html) = trial.post(CODE, "").await;
        let command = html.split("<code class=\"address\">").nth(1).and_then(|rest| rest.split('<').next());
        let command = command.unwrap_or_else(|| panic!("{status}: no command on the page"));
        let code: vocabulary::EnrolmentCode = command.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(command.contains("--site demo"), "{command}");
        let site = vocabulary::SiteId::new("demo").unwrap();
        let key = Fingerprint::of(b"a key");
        let opened = registry.judge_code(&site, None, &code.secret(), &key, NOW).unwrap();
        assert_eq!(opened.as_str(), "h-101");
        assert!(!trial.get(HEATER).await.1.contains(&code.to_string()));
        let audit = registry.audit_of("demo/heater/h-101", 5).unwrap();
        assert_eq!(audit[0].action, "enrolment_code");
    }

    #[tokio::test]
    async fn without_tls_the_page_says_what_is_missing() {
        let trial = trial();
        let (status, _, html) = trial.post(CODE, "").await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("tls_listen"), "{status}");
        assert_eq!(
            trial.post("/sites/demo/heaters/nobody/enrolment-code", "").await.0,
            StatusCode::NOT_FOUND
        );
    }

    #[tokio::test]
    async fn a_simulated_heater_needs_no_code() {
        assert!(!Trial::new().get(HEATER).await.1.contains("enrolment-code"));
    }
}
