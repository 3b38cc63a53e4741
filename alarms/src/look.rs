//! A look at one site: what was heard becomes signals, one for each rule and thing of the book. Pure.

use registry::{AlarmRule, AlarmSubject, Heater, Room, SiteBook};
use vocabulary::{Alarm, Heartbeat, Mode, SiteAlarm};

use crate::heard::{HeardHeater, HeardRoom, HeardSite, TREND_MS};
use crate::signal::{Measure, Signal};

/// What a room or a heater said is old after this, ms: six control cycles or heartbeats.
pub(crate) const FRESH_MS: u64 = 60_000;
/// A heater whose sensors and power are believed was heard within this, ms.
const BEAT_MS: u64 = 35_000;
/// So many heaters at least are silent at once before the site is what is wrong.
pub(crate) const MANY_HEATERS: usize = 3;
/// A fall is judged over this at least, ms; over less the noise of a sensor would be a fall.
const FALL_MS: u64 = 25 * 60_000;
/// A heater may draw this share more than it was allowed; what comes on top is the rule's limit.
const TOLERANCE: f64 = 0.1;

/// When a look is taken, ms of the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    /// Now.
    pub(crate) now_ms: u64,
    /// Since when the broker is heard; `None` while it is not.
    pub(crate) listening_ms: Option<u64>,
}

impl Glance {
    /// For how long something has been silent that was heard last at `at_ms`: known only back to where we began to listen.
    fn silence(self, at_ms: Option<u64>) -> Measure {
        let Some(listening_ms) = self.listening_ms else { return Measure::Unknown };
        let seconds = |since_ms| self.now_ms.saturating_sub(since_ms) as f64 / 1_000.0;
        match at_ms {
            Some(at_ms) => Measure::Value(seconds(at_ms)),
            None => Measure::AtLeast(seconds(listening_ms)),
        }
    }

    fn is_within(self, at_ms: u64, limit_ms: u64) -> bool {
        self.listening_ms.is_some() && self.now_ms.saturating_sub(at_ms) <= limit_ms
    }

    /// Whether nothing was heard for a minute, counted from when we began to listen; `None` before that is known.
    fn is_silent(self, at_ms: Option<u64>) -> Option<bool> {
        let listening_ms = self.listening_ms?;
        if at_ms.is_some_and(|at_ms| self.is_within(at_ms, FRESH_MS)) {
            return Some(false);
        }
        (self.now_ms.saturating_sub(listening_ms) > FRESH_MS).then_some(true)
    }
}

/// All signals of a site.
pub(crate) fn look(book: &SiteBook, heard: Option<&HeardSite>, glance: Glance) -> Vec<Signal> {
    let empty = HeardSite::default();
    let heard = heard.unwrap_or(&empty);
    let site = &book.site.id;
    let mut signals = Vec::new();
    let mut add = |subject: &AlarmSubject, measures: Vec<(AlarmRule, Measure)>| {
        let signal = |(rule, measure)| Signal { subject: subject.clone(), rule, measure };
        signals.extend(measures.into_iter().map(signal));
    };
    add(&AlarmSubject::Site(site.clone()), of_site(book, heard, glance));
    for heater in &book.heaters {
        let subject = AlarmSubject::Heater(site.clone(), heater.id.clone());
        add(&subject, of_heater(heard.heaters.get(&heater.id), glance));
    }
    // A room without heaters is nobody's to keep warm.
    for room in book.rooms.iter().filter(|room| heaters_of(book, room).next().is_some()) {
        let subject = AlarmSubject::Room(site.clone(), room.id.clone());
        add(&subject, of_room(heard.rooms.get(&room.id), has_ears(book, room, heard, glance), glance));
    }
    signals
}

fn heaters_of<'a>(book: &'a SiteBook, room: &'a Room) -> impl Iterator<Item = &'a Heater> {
    book.heaters.iter().filter(|heater| heater.room.as_ref() == Some(&room.id))
}

/// Whether any heater of the room, which carry its sensors, was heard of late.
fn has_ears(book: &SiteBook, room: &Room, heard: &HeardSite, glance: Glance) -> bool {
    heaters_of(book, room).any(|heater| {
        let at_ms = heard.heaters.get(&heater.id).and_then(|heater| heater.at_ms);
        glance.is_silent(at_ms) == Some(false)
    })
}

fn of_site(book: &SiteBook, heard: &HeardSite, glance: Glance) -> Vec<(AlarmRule, Measure)> {
    let state = heard.state.as_ref();
    let two = state
        .filter(|(_, at_ms)| glance.is_within(*at_ms, FRESH_MS))
        .map_or(Measure::Unknown, |(state, _)| {
            Measure::fact(state.alarms.contains(&SiteAlarm::SecondController))
        });
    let controller = glance.silence(state.map(|(_, at_ms)| *at_ms));
    vec![
        (AlarmRule::HeatersSilent, share_silent(book, heard, glance)),
        (AlarmRule::ControllerSilent, controller),
        (AlarmRule::SecondController, two),
    ]
}

/// How many of a site's heaters are silent, per cent; none where they are too few to mean more than themselves.
fn share_silent(book: &SiteBook, heard: &HeardSite, glance: Glance) -> Measure {
    let mut silent = 0;
    for heater in &book.heaters {
        let at_ms = heard.heaters.get(&heater.id).and_then(|heater| heater.at_ms);
        match glance.is_silent(at_ms) {
            None => return Measure::Unknown,
            Some(is_silent) => silent += usize::from(is_silent),
        }
    }
    if silent < MANY_HEATERS {
        return Measure::Value(0.0);
    }
    Measure::Value(100.0 * silent as f64 / book.heaters.len() as f64)
}

fn of_heater(heater: Option<&HeardHeater>, glance: Glance) -> Vec<(AlarmRule, Measure)> {
    let silent = glance.silence(heater.and_then(|heater| heater.at_ms));
    let beat = heater.and_then(|heater| heater.beat.as_ref());
    let fresh = beat.filter(|(_, at_ms)| glance.is_within(*at_ms, BEAT_MS)).map(|(beat, _)| beat);
    let mut measures = vec![(AlarmRule::HeaterSilent, silent)];
    measures.extend(of_beat(fresh));
    measures
}

fn of_beat(beat: Option<&Heartbeat>) -> [(AlarmRule, Measure); 7] {
    let fact =
        |is_so: fn(&Heartbeat) -> bool| beat.map_or(Measure::Unknown, |beat| Measure::fact(is_so(beat)));
    [
        (AlarmRule::BudgetDisobeyed, beat.map_or(Measure::Unknown, excess_w)),
        (AlarmRule::HeaterTripped, fact(is_tripped)),
        (AlarmRule::HeaterDerated, fact(|beat| beat.mode == Mode::Derated || says(beat, &[Alarm::Hot]))),
        (AlarmRule::HeaterFrost, fact(|beat| says(beat, &[Alarm::Frost]))),
        (AlarmRule::HeaterSensors, fact(has_bad_sensors)),
        (AlarmRule::HeaterRecords, fact(|beat| says(beat, &[Alarm::OutboxDisk, Alarm::OutboxFull]))),
        (AlarmRule::BudgetRefused, fact(|beat| says(beat, &[Alarm::BudgetRefused]))),
    ]
}

/// What a heater draws beyond a tenth more than it is allowed, W; not said of one that nobody can steer.
fn excess_w(beat: &Heartbeat) -> Measure {
    let budget_w = f64::from(beat.budget_w);
    if beat.controllable {
        Measure::Value(f64::from(beat.drawn_w) - budget_w - TOLERANCE * budget_w)
    } else {
        Measure::Absent
    }
}

fn is_tripped(beat: &Heartbeat) -> bool {
    let words = [Alarm::TripHeat, Alarm::TripPower, Alarm::TripSensors, Alarm::NeedsReset];
    beat.mode == Mode::Tripped || says(beat, &words)
}

fn has_bad_sensors(beat: &Heartbeat) -> bool {
    let lost = [Alarm::RoomSensor, Alarm::OutletSensor, Alarm::ChipSensor];
    says(beat, &lost) || says(beat, &[Alarm::RoomSensorsDiffer, Alarm::OutletSensorsDiffer])
}

fn says(beat: &Heartbeat, words: &[Alarm]) -> bool {
    beat.alarms.iter().any(|said| Alarm::read(said).is_some_and(|(alarm, _)| words.contains(&alarm)))
}

fn of_room(room: Option<&HeardRoom>, has_ears: bool, glance: Glance) -> Vec<(AlarmRule, Measure)> {
    let fresh = room.filter(|room| glance.is_within(room.at_ms, FRESH_MS));
    let value = |value: Option<f64>| value.map_or(Measure::Unknown, Measure::Value);
    let temperature_c = value(fresh.and_then(|room| room.state.temperature_c));
    // Where the heaters are silent, they are what is wrong; where the controller is, nobody says a temperature.
    let sensor = match room.filter(|_| has_ears) {
        Some(room) if fresh.is_some() => glance.silence(room.known_ms),
        _ => Measure::Unknown,
    };
    vec![
        (AlarmRule::RoomFrost, temperature_c),
        (AlarmRule::RoomCold, fresh.map_or(Measure::Unknown, lacks_k)),
        (AlarmRule::RoomHot, temperature_c),
        (AlarmRule::RoomCo2, value(fresh.and_then(|room| room.state.co2_ppm))),
        (AlarmRule::RoomFalling, fresh.map_or(Measure::Unknown, falls_k_per_h)),
        (AlarmRule::SensorSilent, sensor),
    ]
}

/// How far an occupied room is below its setpoint, K.
fn lacks_k(room: &HeardRoom) -> Measure {
    match (room.state.occupied, room.state.temperature_c) {
        (Some(true), Some(temperature_c)) => Measure::Value(room.state.setpoint_c.degrees() - temperature_c),
        (Some(true), None) => Measure::Unknown,
        _ => Measure::Absent,
    }
}

/// How fast a room got colder over the last half hour, K/h; negative when it got warmer.
fn falls_k_per_h(room: &HeardRoom) -> Measure {
    let (Some(temperature_c), Some((first_ms, first_c))) = (room.state.temperature_c, room.trend.front())
    else {
        return Measure::Unknown;
    };
    let span_ms = room.at_ms.saturating_sub(*first_ms);
    if !(FALL_MS..=TREND_MS + FRESH_MS).contains(&span_ms) {
        return Measure::Unknown;
    }
    Measure::Value((first_c - temperature_c) / (span_ms as f64 / 3_600_000.0))
}

/// How long the oldest record of the site's heaters waits, ms. Heaters that are silent may never be answered, and are left
/// out.
pub(crate) fn longest_wait_ms(book: &SiteBook, heard: Option<&HeardSite>, glance: Glance) -> u64 {
    let heaters = book.heaters.iter().filter_map(|heater| heard?.heaters.get(&heater.id));
    let talking = heaters.filter(|heater| glance.is_silent(heater.at_ms) == Some(false));
    talking.map(|heater| heater.lag.waiting_ms(glance.now_ms)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
