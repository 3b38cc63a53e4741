//! A room's day back and day ahead for its page: the picture, its twin as a table, and what it comes to in words.

use vocabulary::Timestamp;

use super::Place;
use super::events::Events;
use super::moments::{self, Known, Moments};
use super::room_past::RoomPast;
use super::setpoints::Setpoint;
use crate::app::App;
use crate::facts::{RoomFacts, Trust};
use crate::forecast::{Change, Heat, Outlook, Step};
use crate::history::{Bin, Span};
use crate::language::{Language, UNKNOWN};
use crate::picture::{self, HourMark, Picture, Scene, Stretch};
use crate::reads;
use crate::visitor::{PageError, Visitor};
use crate::wish::HOUR_MS;
use crate::words::Speaker;

/// How far the picture reaches ahead: as far as a forecast.
pub(crate) const AHEAD_MS: i64 = 24 * HOUR_MS;
/// So many ways of dashing a line can be told apart; a fifth heater is dashed like the first.
const DASHES: usize = 4;
/// The past is drawn in steps of this.
const STEP_MS: i64 = 10 * 60_000;

/// The picture with all its labels and words.
pub(crate) struct RoomDay {
    pub(crate) picture: Picture,
    /// Baseline and text.
    pub(crate) degrees: Vec<(f64, String)>,
    pub(crate) watts: Vec<(f64, String)>,
    /// Percent across, text, and how soon it gives way.
    pub(crate) hours: Vec<(f64, String, &'static str)>,
    /// What the cursor reads out.
    pub(crate) moments: Moments,
    /// Labels of the air outside.
    pub(crate) outside: Vec<(f64, String)>,
    /// Several heaters, each with a line of its own.
    pub(crate) heaters: Vec<HeaterLine>,
    pub(crate) is_stale: bool,
    /// How far the forecast can be trusted: sign, word, its class and age. `None` where there is none.
    pub(crate) trust: Option<(&'static str, String, &'static str, String)>,
    /// What is expected and planned, in sentences.
    pub(crate) words: Vec<String>,
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<AheadRow>,
}

/// A heater among several: how its line is dashed, its name, and where its power stands among the cursor's values.
pub(crate) struct HeaterLine {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) value: usize,
    pub(crate) path: String,
}

/// One step of the day ahead in the table.
pub(crate) struct AheadRow {
    pub(crate) when: String,
    pub(crate) cells: Vec<String>,
}

/// Draws and describes the day around now.
pub(crate) fn of_room(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    facts: &RoomFacts,
    (steps, events): (&[Setpoint], &Events),
) -> Result<RoomDay, PageError> {
    let (speaker, site, room) = (place.speaker, &place.book().site.id, &facts.room.id);
    let now = speaker.now;
    let span = Span { from: now.plus_ms(-24 * HOUR_MS), to: now, step_ms: STEP_MS };
    let past = RoomPast::read(app, visitor, place, facts, (span, STEP_MS))?;
    let outlook = facts.outlook(now);
    if past.sees_presence && outlook.is_some() {
        reads::expected(app, &visitor.who, site, room)?;
    }
    let is_fresh = facts.temperature.trust != Trust::Stale;
    let middle = |bin: &Bin| (bin.start.plus_ms(STEP_MS / 2), bin.mean);
    let heaters: Vec<_> = past.heaters.iter().map(|heater| stretches(&heater.powers)).collect();
    let picture = picture::draw(&Scene {
        from: span.from,
        now,
        to: now.plus_ms(AHEAD_MS),
        zone: speaker.zone,
        air: &past.temperatures.iter().map(middle).collect::<Vec<_>>(),
        air_c: facts.temperature.value.filter(|_| is_fresh),
        drawn: &stretches(&past.powers),
        heaters: &heaters,
        present: &stretches(&past.presence),
        outside: &past.outside,
        events: events.stretches(now),
        schedule: &steps.iter().map(|step| (step.from, step.degrees)).collect::<Vec<_>>(),
        outlook: outlook.as_ref(),
        shows_presence: past.sees_presence,
    });
    let ahead = outlook.as_ref().map(|outlook| outlook.steps.as_slice()).unwrap_or_default();
    let moments = moments::of_day(&Known { past: &past, schedule: steps, ahead, events }, speaker);
    let mut day = describe((picture, moments), facts, outlook.as_ref(), past.sees_presence, speaker);
    day.heaters = lines(&past, &day.picture);
    Ok(day)
}

fn stretches(bins: &[Bin]) -> Vec<Stretch> {
    bins.iter().map(|bin| (bin.start, bin.start.plus_ms(STEP_MS), bin.mean)).collect()
}

fn lines(past: &RoomPast, picture: &Picture) -> Vec<HeaterLine> {
    let line = |(index, (heater, path)): (usize, (&super::room_past::HeaterPast, &String))| HeaterLine {
        class: format!("heater dash-{}", index % DASHES),
        name: heater.name.clone(),
        value: moments::OF_HEATERS + index,
        path: path.clone(),
    };
    past.heaters.iter().zip(&picture.heaters).enumerate().map(line).collect()
}

fn describe(
    (picture, moments): (Picture, Moments),
    facts: &RoomFacts,
    outlook: Option<&Outlook>,
    sees_presence: bool,
    speaker: Speaker,
) -> RoomDay {
    let l = speaker.language;
    let has_errors = outlook.is_some_and(|outlook| outlook.steps.iter().any(|step| step.error_k.is_some()));
    let steps = outlook.map(|outlook| outlook.steps.as_slice()).unwrap_or_default();
    RoomDay {
        degrees: picture.degrees.iter().map(|(y, c)| (*y, l.quantity(*c, 0, "°C"))).collect(),
        watts: picture.watts.iter().map(|(y, watts)| (*y, l.power(*watts))).collect(),
        outside: picture
            .outside
            .iter()
            .flat_map(|outside| outside.degrees)
            .map(|(y, c)| (y, l.quantity(c, 0, "°C")))
            .collect(),
        hours: picture.hours.iter().map(|mark| (mark.percent, label(mark, speaker), mark.rank)).collect(),
        is_stale: outlook.is_some_and(|outlook| outlook.is_stale),
        trust: outlook.map(|outlook| trust(outlook, facts.simulated, speaker)),
        words: match (outlook, &facts.forecast) {
            (Some(outlook), _) => words(outlook, has_errors, speaker),
            (None, Some(_)) => vec![l.say("day-over")],
            (None, None) => vec![l.say("day-none")],
        },
        headings: headings(l, sees_presence),
        rows: steps.iter().map(|step| row(step, sees_presence, speaker)).collect(),
        heaters: Vec::new(),
        picture,
        moments,
    }
}

/// Midnight is named by the day that begins.
fn label(mark: &HourMark, speaker: Speaker) -> String {
    let l = speaker.language;
    match mark.rank {
        "midnight" => l.say(&format!("weekday-{}", speaker.zone.local(mark.at).weekday)),
        _ => l.clock(mark.at, speaker.zone),
    }
}

/// A forecast is simulated where its room is, and never measured.
fn trust(
    outlook: &Outlook,
    is_simulated: bool,
    speaker: Speaker,
) -> (&'static str, String, &'static str, String) {
    let (icon, word) = match (outlook.is_stale, is_simulated) {
        (true, _) => (Trust::Stale.icon(), Trust::Stale.as_str()),
        (false, true) => (Trust::Simulated.icon(), Trust::Simulated.as_str()),
        (false, false) => ("≈", "estimated"),
    };
    (icon, speaker.language.say(&format!("trust-{word}")), word, speaker.age(Some(outlook.as_of)))
}

fn words(outlook: &Outlook, has_errors: bool, speaker: Speaker) -> Vec<String> {
    let l = speaker.language;
    let mut words = vec![expected(outlook, speaker), heat(outlook, speaker)];
    if !has_errors {
        words.push(l.say("day-unsure"));
    }
    if outlook.is_stale {
        words.push(l.say("day-stale"));
    }
    words
}

fn expected(outlook: &Outlook, speaker: Speaker) -> String {
    let l = speaker.language;
    match outlook.next_rise() {
        Some(rise) => l.tell(
            "day-expected",
            &[
                ("air", with_error(&rise, l).into()),
                ("clock", l.clock(rise.at, speaker.zone).into()),
                ("bound", l.celsius(rise.low_c).into()),
            ],
        ),
        None => {
            let (low_c, high_c) = outlook.range_c();
            l.tell("day-range", &[("low", l.celsius(low_c).into()), ("high", l.celsius(high_c).into())])
        }
    }
}

/// What the plan does about heat, in a sentence.
pub(crate) fn heat(outlook: &Outlook, speaker: Speaker) -> String {
    let l = speaker.language;
    let clock = |at: Timestamp| [("clock", l.clock(at, speaker.zone).into())];
    match outlook.heat() {
        Heat::From(at) => l.tell("heat-from", &clock(at)),
        Heat::Until(Some(at)) => l.tell("heat-until", &clock(at)),
        Heat::Until(None) => l.say("heat-on"),
        Heat::Never => l.say("heat-never"),
    }
}

/// The numbers behind the reason of now: what comes next, what is expected then, and what is planned until then.
pub(crate) fn reasons(outlook: &Outlook, speaker: Speaker) -> Vec<(String, String)> {
    let l = speaker.language;
    let planned = |until: Timestamp| {
        let (wh, most_w) = outlook.planned(speaker.now, until);
        l.tell("reason-heat-value", &[("energy", l.energy(wh).into()), ("power", l.power(most_w).into())])
    };
    match outlook.next_rise() {
        Some(rise) => vec![
            (l.say("reason-rise"), {
                let clock = l.clock(rise.at, speaker.zone);
                l.tell(
                    "reason-rise-value",
                    &[("bound", l.celsius(rise.low_c).into()), ("clock", clock.into())],
                )
            }),
            (l.say("reason-expected"), with_error(&rise, l)),
            (l.say("reason-heat"), planned(rise.at)),
        ],
        None => {
            let end = outlook.steps.last().map_or(speaker.now, |step| step.to);
            vec![(l.say("reason-rise"), l.say("reason-rise-none")), (l.say("reason-heat-day"), planned(end))]
        }
    }
}

fn with_error(change: &Change, l: Language) -> String {
    let air = l.celsius(change.air_c);
    change.error_k.map_or_else(|| air.clone(), |error_k| format!("{air} ± {}", l.quantity(error_k, 1, "°")))
}

fn headings(l: Language, sees_presence: bool) -> Vec<String> {
    let keys = ["day-col-air", "day-col-error", "day-col-low", "day-col-high", "day-col-power"];
    let presence = sees_presence.then_some("day-col-presence");
    keys.into_iter().chain(presence).map(|key| l.say(key)).collect()
}

fn row(step: &Step, sees_presence: bool, speaker: Speaker) -> AheadRow {
    let l = speaker.language;
    let clock = |at| l.clock(at, speaker.zone);
    let error = step.error_k.map_or_else(|| UNKNOWN.to_owned(), |error_k| l.quantity(error_k, 1, "°"));
    let cells =
        [l.celsius(step.air_c), error, l.celsius(step.low_c), l.celsius(step.high_c), l.power(step.power_w)];
    let presence = sees_presence.then(|| l.percent(step.presence));
    AheadRow {
        when: format!("{} – {}", clock(step.from), clock(step.to)),
        cells: cells.into_iter().chain(presence).collect(),
    }
}

#[cfg(test)]
mod tests;
