//! The eyes of the state machine: turns what the sensors, the meter and the switch say into [`Event`]s.

use vocabulary::{Alarm, Metric, Plausibility, Quality, Reading, Timestamp};

use super::event::Event;
use super::overdraw::Overdraw;
use super::sensor::{Look, Sensor, Slew};
use super::sheet::{DataSheet, HeatLimits};
use crate::board::Switch;

/// No strong heater warms a room faster, and no open window cools it faster, to our knowledge: 0.2 K and 0.5 K a minute.
const ROOM_SLEW: Slew = Slew { up_k_per_s: 0.2 / 60.0, down_k_per_s: 0.5 / 60.0 };
/// A casing without power cools no faster than its room warms it: with 35 K above the room and a time constant of a quarter
/// of an hour, 35/900 K/s.
const CASE_COOLS_K_PER_S: f64 = 0.04;
/// Danger of frost begins below this, and is over above [`FROST_OVER_C`].
const FROST_C: f64 = 5.0;
const FROST_OVER_C: f64 = 7.0;
/// Two sensors of the same that differ by more contradict each other.
const CONTRADICTION_K: f64 = 4.0;
/// Power is high from this share of the rated one.
const HIGH_POWER_SHARE: f64 = 0.5;
/// What must last before the heater trips of it.
const PATIENCE_MS: u64 = 10_000;

/// What one look at a heater gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance<'a> {
    pub(crate) readings: &'a [(Metric, Reading)],
    pub(crate) drawn_w: f64,
    pub(crate) rated_w: f64,
    pub(crate) controllable: bool,
    pub(crate) switch: Switch,
    pub(crate) sheet: DataSheet,
    pub(crate) now_ms: u64,
}

/// The memory of a heater's eyes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    /// For the first sensor of each metric, the second, and so on.
    plausibility: Vec<Plausibility>,
    room: Sensor,
    case: Sensor,
    chip: Sensor,
    pub(crate) overdraw: Overdraw,
    over_since_ms: Option<u64>,
    contradicted_since_ms: Option<u64>,
    /// Whether a room sensor said something at the last look that is not believed.
    room_doubted: bool,
    frost: bool,
}

/// What is known of a heater now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sights {
    pub(crate) room: Option<Look>,
    pub(crate) case: Option<Look>,
    pub(crate) chip: Option<Look>,
    /// Whether a room sensor says something that is not believed, or nothing.
    room_doubted: bool,
    /// Whether there is danger of frost, as far as anybody can see.
    pub(crate) frost: bool,
}

impl Watch {
    /// Looks, and says all that there is to say: what is wrong before what heals, and time last, so that a heater that is
    /// still hot does not leave a trip in the same look.
    pub(crate) fn look(&mut self, glance: &Glance<'_>) -> (Vec<Event>, Sights) {
        self.hear(glance);
        let sights = self.sights(glance);
        let mut events = vec![match glance.switch {
            Switch::On => Event::SwitchedOn,
            Switch::Off => Event::SwitchedOff,
        }];
        if self.all_read(&glance.sheet) {
            events.push(Event::AllRead);
        }
        let sees = sights.room.is_some() && parts(&glance.sheet, &sights).all(|(_, look)| look.is_some());
        events.push(if sees { Event::Seeing } else { Event::Blind });
        // A board that cannot switch has nothing to take back and no output to turn off: it only says that it is hot.
        if glance.controllable {
            events.extend(heat_event(&glance.sheet, &sights));
            events.extend(self.power_events(glance, &sights));
        }
        (events, sights)
    }

    fn hear(&mut self, glance: &Glance<'_>) {
        let (mut room, mut case, mut chip) = (Vec::new(), Vec::new(), Vec::new());
        self.room_doubted = false;
        for (at, (metric, reading)) in glance.readings.iter().enumerate() {
            let nth = glance.readings[..at].iter().filter(|(other, _)| other == metric).count();
            let believed = self.believed(nth, metric, *reading, glance.now_ms);
            let of_kind = match metric {
                Metric::TemperatureC => &mut room,
                Metric::CaseTemperatureC => &mut case,
                Metric::ChipTemperatureC => &mut chip,
                _ => continue,
            };
            of_kind.extend(believed);
            self.room_doubted |= *metric == Metric::TemperatureC && believed.is_none();
        }
        self.room.hear(&room, glance.now_ms);
        self.case.hear(&case, glance.now_ms);
        self.chip.hear(&chip, glance.now_ms);
    }

    /// What no sensor can mean must not become the measure of what is believed. The clock of the judgement is the monotonic
    /// one: nobody's wall clock counts for safety.
    fn believed(&mut self, nth: usize, metric: &Metric, reading: Reading, now_ms: u64) -> Option<f64> {
        let possible = reading.known().filter(|value| metric.allows(*value))?;
        if self.plausibility.len() <= nth {
            self.plausibility.resize_with(nth + 1, Plausibility::default);
        }
        let at = Timestamp::from_ms(i64::try_from(now_ms).unwrap_or(i64::MAX));
        (self.plausibility[nth].judge(metric, reading, at) == Quality::Good).then_some(possible)
    }

    fn sights(&mut self, glance: &Glance<'_>) -> Sights {
        let look = |sensor: &Sensor, slew| sensor.look(slew, glance.sheet.sensor_period_s, glance.now_ms);
        let slew = |limits: Option<HeatLimits>| Slew {
            up_k_per_s: limits.map_or(0.0, |limits| limits.slew_up_k_per_s()),
            down_k_per_s: CASE_COOLS_K_PER_S,
        };
        let room = look(&self.room, ROOM_SLEW);
        let case = look(&self.case, slew(glance.sheet.outlet));
        let chip = look(&self.chip, slew(glance.sheet.chip));
        // The room's own sensor knows best. The casing is never colder than the room for long.
        if let Some(coldest) = room.or(case) {
            let threshold_c = if self.frost { FROST_OVER_C } else { FROST_C };
            self.frost = coldest.worst.coldest_c < threshold_c;
        } else {
            self.frost = false;
        }
        Sights { room, case, chip, room_doubted: self.room_doubted, frost: self.frost }
    }

    fn all_read(&self, sheet: &DataSheet) -> bool {
        self.room.was_read()
            && (sheet.outlet.is_none() || self.case.was_read())
            && (sheet.chip.is_none() || self.chip.was_read())
    }

    fn power_events(&mut self, glance: &Glance<'_>, sights: &Sights) -> impl Iterator<Item = Event> {
        let now_ms = glance.now_ms;
        let is_over = self.overdraw.is_over(glance.drawn_w, glance.sheet.settle_s, now_ms);
        // Rooms are large and chips are many: only two sensors of the casing, which say the same when they are well, can
        // contradict each other.
        let contradicted = glance.drawn_w >= HIGH_POWER_SHARE * glance.rated_w
            && sights.case.is_some_and(|case| !case.is_stale && case.read.width_k() > CONTRADICTION_K);
        let overdrawn = has_lasted(&mut self.over_since_ms, is_over, now_ms).then_some(Event::Overdrawn);
        let contradicted =
            has_lasted(&mut self.contradicted_since_ms, contradicted, now_ms).then_some(Event::Contradicted);
        overdrawn.into_iter().chain(contradicted)
    }
}

impl Sights {
    /// The share of its rated power that the heater's own heat leaves; never less than `blind_share` for what nobody has
    /// really read, because that is safe without eyes.
    pub(crate) fn heat_share(&self, sheet: &DataSheet, blind_share: f64) -> f64 {
        let shares = parts(sheet, self).map(|(limits, look)| match look {
            Some(look) => {
                let read = limits.share(look.read.hottest_c);
                read.min(limits.share(look.worst.hottest_c).max(blind_share))
            }
            None => blind_share,
        });
        shares.fold(1.0, f64::min)
    }

    /// What a person should look at.
    pub(crate) fn alarms(&self, sheet: &DataSheet, controllable: bool) -> impl Iterator<Item = Alarm> {
        let differ = |look: Option<Look>| look.is_some_and(|look| look.read.width_k() > CONTRADICTION_K);
        let is_hot = |limits: Option<HeatLimits>, look: Option<Look>| {
            limits.zip(look).is_some_and(|(limits, look)| look.read.hottest_c >= limits.warn_c())
        };
        let hot = is_hot(sheet.outlet, self.case) || is_hot(sheet.chip, self.chip);
        [
            (self.room_doubted || self.room.is_none() && controllable).then_some(Alarm::RoomSensor),
            (sheet.outlet.is_some() && self.case.is_none()).then_some(Alarm::OutletSensor),
            (sheet.chip.is_some() && self.chip.is_none()).then_some(Alarm::ChipSensor),
            differ(self.room).then_some(Alarm::RoomSensorsDiffer),
            differ(self.case).then_some(Alarm::OutletSensorsDiffer),
            self.frost.then_some(Alarm::Frost),
            (hot && !controllable).then_some(Alarm::Hot),
        ]
        .into_iter()
        .flatten()
    }
}

/// Every part with limits, and what is known of it.
fn parts(sheet: &DataSheet, sights: &Sights) -> impl Iterator<Item = (HeatLimits, Option<Look>)> {
    let (case, chip) = (sights.case, sights.chip);
    let outlet = sheet.outlet.map(|limits| (limits, case));
    outlet.into_iter().chain(sheet.chip.map(|limits| (limits, chip)))
}

/// Between cool and warm, and when a part is lost, nothing is said: a heater that took power back keeps doing so. What is
/// only feared takes power back and never trips: a trip asks for a person, and has to be true.
fn heat_event(sheet: &DataSheet, sights: &Sights) -> Option<Event> {
    let all = || parts(sheet, sights);
    let any = |is: fn(HeatLimits, Look) -> bool| {
        all().any(|(limits, look)| look.is_some_and(|look| is(limits, look)))
    };
    if any(|limits, look| look.read.hottest_c >= limits.limit_c()) {
        return Some(Event::Hot);
    }
    if any(|limits, look| look.worst.hottest_c >= limits.warn_c()) {
        return Some(Event::Warm);
    }
    let is_cool = all().all(|(limits, look)| look.is_some_and(|look| look.worst.hottest_c < limits.cool_c()));
    is_cool.then_some(Event::Cool)
}

/// Whether this has held for [`PATIENCE_MS`] without a break.
fn has_lasted(since_ms: &mut Option<u64>, holds: bool, now_ms: u64) -> bool {
    *since_ms = holds.then(|| since_ms.unwrap_or(now_ms));
    since_ms.is_some_and(|since_ms| now_ms.saturating_sub(since_ms) >= PATIENCE_MS)
}
