//! What a heater is instructed to do for a while: the forms of its page, and the sentences about it.

use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Clock, HeaterLimit, Hold, Instruction, Instructions};
use vocabulary::{DisplayName, HeaterId, Timestamp, Watts};

use super::{Answer, Refused, find};
use crate::app::{App, Shared};
use crate::facts::HeaterFacts;
use crate::language::Fill;
use crate::pages::Place;
use crate::pages::room_forms::{FORM_TIME, field, until};
use crate::pages::seen;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// So long a heater shows which one it is: time to walk through a floor.
const SHOWN_MS: i64 = 120_000;

/// A form that holds something back for a while.
pub(crate) struct HoldForm {
    /// What holds now.
    pub(crate) line: Option<String>,
    /// What the form was made from.
    pub(crate) seen: String,
    pub(crate) watts: String,
    pub(crate) reason: String,
    pub(crate) until: String,
    /// Whether it was refused, so that it stands open.
    pub(crate) is_refused: bool,
}

/// The forms about instructions, ready to be shown.
pub(crate) struct Forms {
    /// Until when it shows itself.
    pub(crate) identify: Option<String>,
    pub(crate) limit: HoldForm,
    pub(crate) drain: HoldForm,
    /// Whether the heater has heard of it, where there is something to hear.
    pub(crate) heard: Option<String>,
    /// Why it cannot be limited, and why it cannot be told anything else; each is said once.
    pub(crate) hindrances: Vec<String>,
    pub(crate) can_limit: bool,
    pub(crate) can_tell: bool,
}

impl Forms {
    /// The forms as they stand, or as they were sent where one was refused.
    pub(super) fn of(facts: &HeaterFacts, place: &Place, answer: &Answer) -> Self {
        let (speaker, held) = (place.speaker, &facts.instructions);
        let limit_line = held.limit.as_ref().map(|limit| limit_line(limit, speaker));
        let drain_line = held.drain.as_ref().map(|hold| drain_line(hold, speaker));
        let of_limit = held.limit.as_ref();
        let limited = hindrance(facts, place, &Instruction::Limit(None));
        let told = hindrance(facts, place, &Instruction::Drain(None));
        let other = told.filter(|key| limited != Some(key));
        let hindrances = limited.into_iter().chain(other).map(|key| speaker.language.say(key)).collect();
        let watts = of_limit.map(|limit| limit.watts.whole().to_string()).unwrap_or_default();
        Self {
            identify: held.identify_until.map(|until| identify_line(until, speaker)),
            limit: HoldForm::new(
                ("limit", watts, of_limit.map(|limit| &limit.hold)),
                (limit_line, seen::seen(&held.limit)),
                answer,
                speaker,
            ),
            drain: HoldForm::new(
                ("drain", String::new(), held.drain.as_ref()),
                (drain_line, seen::seen(&held.drain)),
                answer,
                speaker,
            ),
            heard: heard(facts, place).map(|key| speaker.language.say(key)),
            can_limit: limited.is_none(),
            can_tell: told.is_none(),
            hindrances,
        }
    }
}

impl HoldForm {
    fn new(
        (form, watts, hold): (&str, String, Option<&Hold>),
        (line, seen): (Option<String>, String),
        answer: &Answer,
        speaker: Speaker,
    ) -> Self {
        let sent = answer.refused.as_ref().filter(|refused| refused.form == form);
        let or_sent = |name: &str, held: String| sent.map_or(held, |sent| field(&sent.body, name));
        let until = hold.and_then(|hold| hold.until);
        Self {
            line,
            seen,
            watts: or_sent("watts", watts),
            reason: or_sent("reason", hold.map(|hold| hold.reason.to_string()).unwrap_or_default()),
            until: or_sent(
                "until",
                until.map(|until| speaker.zone.format(until, FORM_TIME)).unwrap_or_default(),
            ),
            is_refused: sent.is_some(),
        }
    }
}

/// Whether a form was made before somebody else gave another instruction, and wants a different one. To show itself a heater may
/// be told at any time.
fn is_stale(body: &str, held: &Instructions, wanted: &Instruction) -> bool {
    match wanted {
        Instruction::Identify(_) => false,
        Instruction::Limit(limit) => seen::is_stale(body, &held.limit, Some(limit)),
        Instruction::Drain(drain) => seen::is_stale(body, &held.drain, Some(drain)),
    }
}

/// `POST …/identify`
pub(crate) async fn identify(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(at): Path<(String, String)>,
    body: String,
) -> Response {
    instruct(app, visitor, at, "identify", body, |body, speaker, _| {
        let until = speaker.now.plus_ms(SHOWN_MS);
        Ok(Instruction::Identify((field(body, "on") == "1").then_some(until)))
    })
    .await
}

/// `POST …/limit`
pub(crate) async fn limit(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(at): Path<(String, String)>,
    body: String,
) -> Response {
    instruct(app, visitor, at, "limit", body, |body, speaker, facts| {
        if field(body, "end") == "1" {
            return Ok(Instruction::Limit(None));
        }
        let watts = field(body, "watts").trim().parse::<u32>().ok();
        // One at its rating or above would limit nothing.
        let watts = watts.filter(|watts| *watts < facts.heater.rated_w.whole());
        let watts = watts.and_then(|watts| Watts::new(watts).ok()).ok_or("heater-refused-watts")?;
        Ok(Instruction::Limit(Some(HeaterLimit { watts, hold: hold(body, speaker)? })))
    })
    .await
}

/// `POST …/drain`
pub(crate) async fn drain(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(at): Path<(String, String)>,
    body: String,
) -> Response {
    instruct(app, visitor, at, "drain", body, |body, speaker, _| {
        if field(body, "end") == "1" {
            return Ok(Instruction::Drain(None));
        }
        Ok(Instruction::Drain(Some(hold(body, speaker)?)))
    })
    .await
}

type Read = fn(&str, Speaker, &HeaterFacts) -> Result<Instruction, &'static str>;

/// Does what a form asks, or shows the page again with what was typed and the reason.
async fn instruct(
    app: Shared,
    visitor: Visitor,
    (site, heater): (String, String),
    form: &'static str,
    body: String,
    read: Read,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &heater)?;
            let read = match read(&body, place.speaker, facts) {
                Ok(told) if is_stale(&body, &facts.instructions, &told) => Err("heater-refused-stale"),
                read => read,
            };
            // What holds can always be ended.
            let hindrance = |told: &Instruction| hindrance(facts, &place, told).filter(|_| !ends(told));
            match read.and_then(|told| hindrance(&told).map_or(Ok(told), Err)) {
                Ok(instruction) => write(app, visitor, &place, &facts.heater.id, &instruction, form),
                Err(key) => Refused::show(
                    app,
                    visitor,
                    &place,
                    &heater,
                    Refused::new(form, key, visitor.language, body),
                ),
            }
        })
        .await
}

fn write(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    heater: &HeaterId,
    instruction: &Instruction,
    form: &str,
) -> Result<Page, PageError> {
    let site = &place.book().site.id;
    app.registry.instruct_heater(site, heater, instruction, &visitor.who.by, app.wall())?;
    let done = if ends(instruction) { format!("{form}-end") } else { form.to_owned() };
    Ok(Page::Go(format!("/sites/{site}/heaters/{heater}?done={done}#service")))
}

const fn ends(instruction: &Instruction) -> bool {
    matches!(instruction, Instruction::Limit(None) | Instruction::Drain(None) | Instruction::Identify(None))
}

/// Why and until when, as a form says it. Whoever holds a heater back says why.
fn hold(body: &str, speaker: Speaker) -> Result<Hold, &'static str> {
    let reason = DisplayName::new(&field(body, "reason")).map_err(|_| "heater-refused-reason")?;
    Ok(Hold { reason, until: until(body, speaker, "heater-refused-until")? })
}

/// The key of why a heater cannot be told this.
fn hindrance(facts: &HeaterFacts, place: &Place, told: &Instruction) -> Option<&'static str> {
    let is_limit = matches!(told, Instruction::Limit(_));
    match () {
        () if place.book().site.clock == Clock::Recorded => Some("heater-hindered-recorded"),
        () if facts.reports_only() => Some("heater-hindered-reports"),
        () if !is_limit && facts.heartbeat.as_ref().is_some_and(|beat| !beat.maintainable) => {
            Some("heater-hindered-words")
        }
        () => None,
    }
}

/// The key of whether the heater has heard what it is told besides its power.
fn heard(facts: &HeaterFacts, place: &Place) -> Option<&'static str> {
    let now = place.building.wall;
    let is_told = facts.instructions.drain.is_some() || facts.instructions.identify_until.is_some();
    is_told.then(|| match () {
        () if facts.silent => "heater-unheard-silent",
        () if facts.knows_instructions(now) => "heater-heard",
        () => "heater-unheard",
    })
}

/// That it is limited.
pub(crate) fn limit_line(limit: &HeaterLimit, speaker: Speaker) -> String {
    let watts = speaker.language.power(limit.watts.real());
    hold_line("heater-limited", &limit.hold, speaker, &[("watts", watts.into())])
}

/// That it takes no work.
pub(crate) fn drain_line(hold: &Hold, speaker: Speaker) -> String {
    hold_line("heater-drained", hold, speaker, &[])
}

/// That it shows itself.
pub(crate) fn identify_line(until: Timestamp, speaker: Speaker) -> String {
    speaker.language.tell("heater-shows", &[("moment", speaker.moment(until).into())])
}

fn hold_line(key: &str, hold: &Hold, speaker: Speaker, more: &[Fill<'_>]) -> String {
    let key = if hold.until.is_some() { format!("{key}-until") } else { key.to_owned() };
    let moment = hold.until.map(|until| speaker.moment(until)).unwrap_or_default();
    let mut arguments = vec![("reason", hold.reason.to_string().into()), ("moment", moment.into())];
    arguments.extend(more.iter().cloned());
    speaker.language.tell(&key, &arguments)
}
