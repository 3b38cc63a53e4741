//! The tenant's page: one room, by an unguessable link or for a tenant who signed in. A number, a word, two buttons; it
//! works without script.
//!
//! Everything here comes from the link's own room or from the room that the door let the tenant into: no identifier in a
//! form names another.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use vocabulary::{Rule, SetpointBy, Timestamp, Why};

use super::one_room::{by, by_link, by_name};
use super::room::{self, STEP_C};
use super::room_forms::field;
use super::{Place, Shown, room_day};
use crate::app::{App, Shared};
use crate::assets::VERSION;
use crate::facts::{RoomFacts, Trust};
use crate::forecast::Outlook;
use crate::language::{Language, UNKNOWN};
use crate::visitor::{Page, PageError, Visitor};
use crate::wish::{self, Asker, HOUR_MS};
use crate::words::Speaker;

/// The ends that the page offers beside its own choice.
const ENDS: [&str; 3] = ["1h", "4h", "24h"];
/// The air of a room: above the first it wants fresh air soon, above the second at once (UBA 2008).
const CO2_PPM: (f64, f64) = (1000.0, 1400.0);
/// Humidity that most people find pleasant.
const HUMIDITY_PCT: (f64, f64) = (30.0, 65.0);

#[derive(Template)]
#[template(path = "tenant.html")]
struct TenantPage {
    language: Language,
    theme: &'static str,
    version: &'static str,
    here: String,
    other_language: (&'static str, String),
    /// Who is signed in; nobody, where a link opened the page.
    person: Option<String>,
    name: String,
    is_demonstration: bool,
    degrees: String,
    trust: Option<(&'static str, String)>,
    feeling: &'static str,
    feeling_words: String,
    setpoint: String,
    setpoint_words: String,
    lower: Option<String>,
    higher: Option<String>,
    band: String,
    ends: Vec<(&'static str, String)>,
    chosen: String,
    /// Who holds the setpoint until when, where a tenant cannot change it.
    held: Option<String>,
    wish_id: Option<i64>,
    why: String,
    /// What the plan comes to.
    plan: Option<String>,
    air: &'static str,
    air_words: String,
    air_advice: String,
    air_numbers: String,
    /// Where one sees who has read of the people here, and has it deleted.
    presence: String,
    /// Where somebody who signed in takes along what was recorded here.
    export: String,
    error: Option<String>,
    done: Option<String>,
}

impl TenantPage {
    fn say(&self, key: &str) -> String {
        self.language.say(key)
    }
}

/// `GET /t/{token}`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(token): Path<String>) -> Response {
    by_link(app, visitor, token, |_, visitor, place, room| show_room(visitor, place, room)).await
}

/// `GET /sites/{site}/rooms/{room}/tenant`, for a tenant who signed in.
pub(crate) async fn show_own(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(named): Path<(String, String)>,
) -> Response {
    by_name(app, visitor, named, |_, visitor, place, room| show_room(visitor, place, room)).await
}

/// `POST /t/{token}`: a wish, or its end.
pub(crate) async fn wish(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(token): Path<String>,
    body: String,
) -> Response {
    by_link(app, visitor, token, move |app, visitor, place, room| take(app, visitor, place, room, &body))
        .await
}

/// `POST /sites/{site}/rooms/{room}/tenant`
pub(crate) async fn wish_own(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(named): Path<(String, String)>,
    body: String,
) -> Response {
    by_name(app, visitor, named, move |app, visitor, place, room| take(app, visitor, place, room, &body))
        .await
}

fn show_room(visitor: &Visitor, place: &Place, room: &str) -> Result<Page, PageError> {
    let chosen = visitor.asked("end").unwrap_or("default");
    Ok(Page::Show(render(visitor, place, room, chosen, None)?))
}

/// Takes a wish, or the end of one.
fn take(app: &App, visitor: &Visitor, place: &Place, room: &str, body: &str) -> Result<Page, PageError> {
    let facts = room::find(place, room)?;
    let (here, by) = (&visitor.path, by(visitor));
    if let Ok(id) = field(body, "end_wish").parse::<i64>() {
        end(app, by, place, facts, id)?;
        return Ok(Page::Go(format!("{here}?done=end")));
    }
    let chosen = field(body, "end");
    if held(facts, place.speaker).is_some() {
        // The page says by itself who holds the setpoint, and offers no button.
        return Ok(Page::Refuse(render(visitor, place, room, &chosen, None)?));
    }
    let (site, now) = (&place.book().site, place.speaker.now);
    let until = match chosen.as_str() {
        "1h" => now.plus_ms(HOUR_MS),
        "4h" => now.plus_ms(4 * HOUR_MS),
        "24h" => now.plus_ms(24 * HOUR_MS),
        _ => wish::tenant_end(site, &facts.room, now),
    };
    let judged = wish::read_setpoint(&field(body, "setpoint_c"))
        .and_then(|setpoint| wish::judge((Asker::Tenant, by), site, &facts.room, setpoint, until, now));
    match judged {
        Ok(wish) => {
            app.registry.add_override(&wish, by, now)?;
            let kept = ENDS.iter().find(|end| **end == chosen).map(|end| format!("&end={end}"));
            Ok(Page::Go(format!("{here}?done=wish{}", kept.unwrap_or_default())))
        }
        Err(error) => {
            let refusal = room::refusal(place.speaker, error);
            Ok(Page::Refuse(render(visitor, place, room, &chosen, Some(refusal))?))
        }
    }
}

/// Only a tenant's own wish can be ended from here, not a manager's.
fn end(app: &App, by: &str, place: &Place, facts: &RoomFacts, id: i64) -> Result<(), PageError> {
    let is_own = facts.overrides.iter().any(|o| o.id == id && o.wish.by == SetpointBy::Tenant);
    if is_own {
        let (site, now) = (&place.book().site.id, place.speaker.now);
        app.registry.end_override(site, &facts.room.id, id, by, now)?;
    }
    Ok(())
}

fn render(
    visitor: &Visitor,
    place: &Place,
    room: &str,
    chosen: &str,
    error: Option<String>,
) -> Result<String, PageError> {
    let facts = room::find(place, room)?;
    let (speaker, l) = (place.speaker, visitor.language);
    let (low, high) = (facts.room.low_c.degrees(), facts.room.high_c.degrees());
    let (feeling, feeling_words) = speaker.feeling(facts);
    let air = air(facts);
    let shown = Shown::new(speaker, &vocabulary::Metric::TemperatureC, facts.temperature);
    let is_plain = matches!(facts.temperature.trust, Trust::Good | Trust::Simulated);
    let other = if l == Language::French { Language::English } else { Language::French };
    // A setpoint outside the band (a manager's) is met at the band's nearer edge.
    let at = facts.setpoint_c.clamp(low, high);
    let step = |by: f64| {
        let to = at + by;
        let is_move = (to - facts.setpoint_c).abs() > 0.01;
        (is_move && to >= low - 0.001 && to <= high + 0.001).then(|| format!("{to:.1}"))
    };
    let held = held(facts, speaker);
    let is_free = held.is_none();
    let page = TenantPage {
        language: l,
        theme: visitor.theme.as_str(),
        version: VERSION.as_str(),
        here: visitor.here(),
        other_language: (other.tag(), visitor.link("lang", other.tag())),
        person: visitor.who.person.as_ref().map(|person| person.name.to_string()),
        name: facts.room.name.to_string(),
        is_demonstration: place.book().site.demonstration,
        degrees: facts.temperature.value.map_or_else(|| UNKNOWN.to_owned(), |t| l.number(t, 1)),
        trust: (!is_plain).then(|| (shown.icon, format!("{} · {}", shown.trust, shown.age))),
        feeling,
        feeling_words,
        setpoint: l.number(facts.setpoint_c, 1),
        setpoint_words: asked(facts, speaker),
        lower: step(-STEP_C).filter(|_| held.is_none()),
        higher: step(STEP_C).filter(|_| held.is_none()),
        band: l.tell(
            "tenant-band",
            &[
                ("low", l.number(low, decimals(low)).into()),
                ("high", l.quantity(high, decimals(high), "°").into()),
            ],
        ),
        ends: ends(place, facts),
        chosen: chosen.to_owned(),
        held,
        wish_id: facts.overrides.iter().find(|o| o.wish.by == SetpointBy::Tenant).map(|o| o.id),
        why: plain_why(facts, speaker),
        plan: plan(facts, speaker),
        air,
        air_words: l.say(&format!("air-{air}")),
        air_advice: l.say(&format!("air-{air}-advice")),
        air_numbers: air_numbers(facts, speaker),
        presence: format!("{}/presence", visitor.path.trim_end_matches("/tenant")),
        export: format!("/api/v1/export?site={}&room={}&format=csv", place.book().site.id, facts.room.id),
        error,
        done: match visitor.asked("done") {
            Some("wish") if is_free => Some(l.say("tenant-done-wish")),
            Some("end") if is_free => Some(l.say("tenant-done-end")),
            _ => None,
        },
    };
    Ok(page.render()?)
}

/// A stronger hand has the setpoint: a tenant's wish would wait behind it.
fn held(facts: &RoomFacts, speaker: Speaker) -> Option<String> {
    let is_held = matches!(facts.setpoint_by, SetpointBy::Manager | SetpointBy::BuildingSystem);
    let until = facts.until.filter(|_| is_held)?;
    Some(speaker.language.tell("tenant-held", &[("until", speaker.moment(until).into())]))
}

/// As many decimals as a number of degrees needs.
fn decimals(degrees: f64) -> usize {
    usize::from((degrees - degrees.round()).abs() > 0.01)
}

fn asked(facts: &RoomFacts, speaker: Speaker) -> String {
    let l = speaker.language;
    match (facts.setpoint_by, facts.until) {
        (SetpointBy::Tenant, Some(until)) => {
            l.tell("tenant-until", &[("until", speaker.moment(until).into())])
        }
        (SetpointBy::Manager | SetpointBy::BuildingSystem, Some(until)) => {
            l.tell("tenant-set-by-manager", &[("until", speaker.moment(until).into())])
        }
        (SetpointBy::Setback, _) => l.say("tenant-setback"),
        _ => l.say("tenant-schedule"),
    }
}

fn ends(place: &Place, facts: &RoomFacts) -> Vec<(&'static str, String)> {
    let speaker = place.speaker;
    let l = speaker.language;
    let until = |at: Timestamp| l.tell("tenant-end-at", &[("moment", speaker.moment(at).into())]);
    let hours = |n: i64| l.tell("tenant-end-hours", &[("n", n.into())]);
    vec![
        ("default", until(wish::tenant_end(&place.book().site, &facts.room, speaker.now))),
        ("1h", hours(1)),
        ("4h", hours(4)),
        ("24h", hours(24)),
    ]
}

/// Why, in plain words: no watts, no budgets.
fn plain_why(facts: &RoomFacts, speaker: Speaker) -> String {
    speaker.language.say(facts.why.as_ref().map_or("tenant-why-not-heard", plain_key))
}

fn plain_key(why: &Why) -> &'static str {
    match why {
        Why::BelowSetpoint { .. } => "tenant-why-below",
        Why::FullPower { .. } => "tenant-why-full-power",
        Why::Preheating { .. } => "tenant-why-preheating",
        Why::AtSetpoint { .. } => "tenant-why-at",
        Why::AboveSetpoint { .. } => "tenant-why-above",
        Why::SharedCap { .. } => "tenant-why-cap",
        Why::Vacant { .. } => "tenant-why-vacant",
        Why::WindowOpen { .. } => "tenant-why-window",
        Why::TemperatureBelieved { .. } => "tenant-why-believed",
        Why::MustRun { .. } => "tenant-why-must-run",
        Why::CheapHours { .. } | Why::WorkPays { .. } => "tenant-why-storing",
        Why::AheadOfCap { .. } => "tenant-why-ahead-of-cap",
        Why::RuleLimit { rule: Rule::HeatingMean, .. } => "tenant-why-rule-heating-mean",
        Why::RuleLimit { rule: Rule::EmptyADay, .. } => "tenant-why-rule-empty-a-day",
        Why::RuleLimit { rule: Rule::EmptyTwoDays, .. } => "tenant-why-rule-empty-two-days",
        Why::RuleLimit { rule: Rule::Frost, .. } => "tenant-why-rule-frost",
        Why::RuleLimit { rule: Rule::SiteEco, .. } => "tenant-why-rule-site-eco",
        Why::RuleLimit { rule: Rule::SiteClosed, .. } => "tenant-why-rule-site-closed",
        Why::RuleLimit { rule: Rule::SiteFrost, .. } => "tenant-why-rule-site-frost",
        Why::RuleLimit { rule: Rule::SiteStop, .. } => "tenant-why-rule-site-stop",
        Why::Excitation { .. } => "tenant-why-excitation",
        Why::TemperatureUnknown { .. } => "tenant-why-unknown",
        Why::HeatersSilent { .. } => "tenant-why-blind",
        Why::HeatersOff {} => "tenant-why-off",
        Why::NotControllable {} | Why::NoHeater {} => "tenant-why-none",
    }
}

/// When the room is warm, and when it is heated: two sentences of a plan that is not old.
fn plan(facts: &RoomFacts, speaker: Speaker) -> Option<String> {
    let outlook = facts.outlook(speaker.now).filter(|outlook| !outlook.is_stale)?;
    let warm = warm(&outlook, facts, speaker);
    Some(warm.into_iter().chain([room_day::heat(&outlook, speaker)]).collect::<Vec<_>>().join(" "))
}

fn warm(outlook: &Outlook, facts: &RoomFacts, speaker: Speaker) -> Option<String> {
    let l = speaker.language;
    let clock = |at| l.clock(at, speaker.zone).into();
    let air_c = facts.temperature.value.filter(|_| facts.temperature.trust != Trust::Stale);
    if air_c.is_some_and(|air_c| !outlook.is_warm(air_c)) {
        let from = outlook.warm_from(speaker.now)?;
        return Some(l.tell("tenant-plan-warm", &[("clock", clock(from))]));
    }
    let fall = outlook.next_fall().map(|fall| fall.at);
    let again = outlook.next_rise().and_then(|rise| outlook.warm_from(rise.at));
    match (fall, again) {
        (Some(fall), Some(again)) if fall < again => {
            Some(l.tell("tenant-plan-until-again", &[("until", clock(fall)), ("again", clock(again))]))
        }
        (_, Some(again)) => Some(l.tell("tenant-plan-warm", &[("clock", clock(again))])),
        (Some(fall), None) => Some(l.tell("tenant-plan-until", &[("until", clock(fall))])),
        (None, None) => None,
    }
}

fn air(facts: &RoomFacts) -> &'static str {
    match (facts.co2.value, facts.humidity.value) {
        (None, None) => "unknown",
        (Some(ppm), _) if ppm >= CO2_PPM.1 => "bad",
        (Some(ppm), _) if ppm >= CO2_PPM.0 => "stale",
        (_, Some(pct)) if pct > HUMIDITY_PCT.1 => "humid",
        (_, Some(pct)) if pct < HUMIDITY_PCT.0 => "dry",
        _ => "good",
    }
}

fn air_numbers(facts: &RoomFacts, speaker: Speaker) -> String {
    let l = speaker.language;
    let co2 = facts.co2.value.map(|ppm| format!("CO₂ {}", l.quantity(ppm, 0, "ppm")));
    let humidity = facts
        .humidity
        .value
        .map(|pct| l.tell("tenant-humidity", &[("value", l.quantity(pct, 0, "%").into())]));
    co2.into_iter().chain(humidity).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests;
