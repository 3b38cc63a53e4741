//! A room's day back and day ahead as one picture, drawn on the server: paths and labels on one axis of time.
//!
//! Across, the picture is as wide as its page: paths are drawn on a thousand units that are stretched, labels stand at
//! percentages. Down, it counts in pixels.
//!
//! ```text
//!   EVENTS ─────────────────────── overrides while they were in force, alarms while they lasted
//!   TOP ──────────┬───────────── °C: what was, what is expected, and between which bounds
//!   AIR_FLOOR ────┼─────────────
//!   POWER_TOP ────┼───────────── W: drawn, and planned
//!   POWER_FLOOR ──┼─────────────
//!   hours         now
//!   PRESENCE ─────────────────── was there, and is expected: only for those who may see it
//!   OUTSIDE ──────────────────── °C outside, on a scale of its own: only where somebody says it
//! ```

use std::fmt::Write as _;

use vocabulary::{Timestamp, Zone};

use crate::chart::round_up;
use crate::forecast::{Outlook, Step};

/// Units across.
const WIDTH: f64 = 1000.0;
/// Top and floor of the strip of overrides, and of that of alarms.
const EVENTS: [(f64, f64); 2] = [(0.0, 4.0), (6.0, 12.0)];
const TOP: f64 = 24.0;
const AIR_FLOOR: f64 = 216.0;
const POWER_TOP: f64 = 240.0;
const POWER_FLOOR: f64 = 296.0;
/// The baseline of the hours.
const HOURS: f64 = 316.0;
const PRESENCE_TOP: f64 = 332.0;
const PRESENCE_FLOOR: f64 = 348.0;
/// Space above the strip of the air outside, and its height.
const OUTSIDE: (f64, f64) = (16.0, 32.0);
/// A calm line looks calm: at least so many kelvin from top to floor.
const LEAST_RANGE_K: f64 = 4.0;
/// Bounds further than this from every temperature are cut off rather than pressing the lines together.
const BOUND_REACH_K: f64 = 3.0;
/// Longer than this without a reading is a gap in the line.
const BRIDGED_MS: i64 = 30 * 60_000;
/// Less power than this is not drawn higher than it is.
const LEAST_TOP_W: f64 = 100.0;
/// Labels of the hours stand every so many hours of the wall clock, at most.
const LABEL_HOURS: u16 = 3;

/// From when to when, how much.
pub(crate) type Stretch = (Timestamp, Timestamp, f64);

/// What is drawn.
pub(crate) struct Scene<'a> {
    pub(crate) from: Timestamp,
    pub(crate) now: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) zone: Zone,
    /// Air measured, in order.
    pub(crate) air: &'a [(Timestamp, f64)],
    /// Air now, where that is known and fresh.
    pub(crate) air_c: Option<f64>,
    /// Watts drawn, from when to when.
    pub(crate) drawn: &'a [Stretch],
    /// The same of each heater, where there are several.
    pub(crate) heaters: &'a [Vec<Stretch>],
    /// The part of each step in which somebody was there, 0 to 1; nothing for those who may not see it.
    pub(crate) present: &'a [Stretch],
    /// Overrides while they were in force, and alarms while they lasted.
    pub(crate) events: [Vec<(Timestamp, Timestamp)>; 2],
    /// Air outside, from when to when.
    pub(crate) outside: &'a [Stretch],
    /// The schedule: from when on, how many degrees.
    pub(crate) schedule: &'a [(Timestamp, f64)],
    pub(crate) outlook: Option<&'a Outlook>,
    pub(crate) shows_presence: bool,
}

/// The paths and where the labels stand.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Picture {
    /// Pixels from top to bottom.
    pub(crate) height: f64,
    /// Lines across at the degrees that are labelled, and under the power.
    pub(crate) grid: String,
    /// Not colder and not warmer than, as planned for.
    pub(crate) bounds: String,
    /// One error to either side of what is expected; empty where errors are not known.
    pub(crate) errors: String,
    pub(crate) schedule: String,
    pub(crate) air: String,
    pub(crate) expected: String,
    pub(crate) drawn: String,
    pub(crate) planned: String,
    /// A line for each heater.
    pub(crate) heaters: Vec<String>,
    /// Overrides, and alarms; empty where there were none.
    pub(crate) events: [String; 2],
    /// When somebody was there; `None` where nobody may see it or nothing is known.
    pub(crate) present: Option<String>,
    /// How probable it is that somebody will be; `None` for those who may not see it.
    pub(crate) presence: Option<String>,
    /// Air outside; `None` where nobody says it.
    pub(crate) outside: Option<Outside>,
    /// Where now is: units for the line, percent for its label.
    pub(crate) now: (f64, f64),
    /// Baseline and degrees of each label.
    pub(crate) degrees: Vec<(f64, f64)>,
    /// Baseline and watts of each label.
    pub(crate) watts: [(f64, f64); 2],
    pub(crate) hours: Vec<HourMark>,
    /// The baseline of the hours.
    pub(crate) hours_y: f64,
}

/// The strip of the air outside.
#[derive(Debug, PartialEq)]
pub(crate) struct Outside {
    pub(crate) line: String,
    /// Baseline and degrees of its highest and lowest label.
    pub(crate) degrees: [(f64, f64); 2],
}

/// A label on the axis of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HourMark {
    pub(crate) percent: f64,
    pub(crate) at: Timestamp,
    /// `midnight`, `noon`, `six` or `three`: how soon it gives way where the page is narrow.
    pub(crate) rank: &'static str,
}

/// Draws a scene.
pub(crate) fn draw(scene: &Scene<'_>) -> Picture {
    let axis = Axis::of(scene);
    let outlook = scene.outlook;
    let steps = outlook.map(|outlook| outlook.steps.as_slice()).unwrap_or_default();
    let top_w = round_up(powers(scene, steps).fold(LEAST_TOP_W, f64::max));
    let presence = scene.shows_presence.then(|| axis.presence(steps)).filter(|_| outlook.is_some());
    let degrees: Vec<_> = axis.ticks().map(|c| (tenth(axis.y(c) + 4.0), c)).collect();
    let present = (!scene.present.is_empty()).then(|| axis.present(scene.present));
    let inner = if presence.is_some() || present.is_some() { PRESENCE_FLOOR + 4.0 } else { HOURS + 8.0 };
    let outside = axis.outside(scene.outside, inner + OUTSIDE.0);
    let strips = EVENTS.iter().zip(&scene.events);
    let mut events = strips.map(|((top, floor), stretches)| axis.strip(stretches, *top, *floor));
    Picture {
        height: if outside.is_some() { inner + OUTSIDE.0 + OUTSIDE.1 + 4.0 } else { inner },
        grid: axis.grid(),
        bounds: axis.bounds(steps),
        errors: axis.errors(steps, scene.air_c),
        schedule: axis.schedule(scene.schedule),
        air: axis.air(scene.air, scene.air_c),
        expected: axis.expected(steps, scene.air_c),
        drawn: columns(
            scene.drawn.iter().map(|(from, to, w)| axis.power(*from, *to, *w, top_w)),
            POWER_FLOOR,
        ),
        planned: columns(
            steps.iter().map(|step| axis.power(step.from.max(scene.now), step.to, step.power_w, top_w)),
            POWER_FLOOR,
        ),
        heaters: scene.heaters.iter().map(|drawn| axis.power_line(drawn, top_w)).collect(),
        events: [events.next().unwrap_or_default(), events.next().unwrap_or_default()],
        present,
        presence,
        outside,
        now: (axis.x(scene.now), axis.percent(scene.now)),
        degrees,
        watts: [(POWER_TOP + 4.0, top_w), (POWER_FLOOR + 4.0, 0.0)],
        hours: axis.hours(),
        hours_y: HOURS,
    }
}

fn powers<'a>(scene: &'a Scene<'_>, steps: &'a [Step]) -> impl Iterator<Item = f64> + 'a {
    scene.drawn.iter().map(|(_, _, watts)| *watts).chain(steps.iter().map(|step| step.power_w))
}

/// Where instants and degrees stand.
struct Axis {
    from: Timestamp,
    now: Timestamp,
    to: Timestamp,
    zone: Zone,
    low_c: f64,
    high_c: f64,
}

impl Axis {
    fn of(scene: &Scene<'_>) -> Self {
        let (low_c, high_c) = range(scene);
        Self { from: scene.from, now: scene.now, to: scene.to, zone: scene.zone, low_c, high_c }
    }

    /// Units across; what lies outside stands at the edge.
    fn x(&self, at: Timestamp) -> f64 {
        let share = at.since(self.from) as f64 / self.to.since(self.from).max(1) as f64;
        tenth(share.clamp(0.0, 1.0) * WIDTH)
    }

    fn percent(&self, at: Timestamp) -> f64 {
        tenth(self.x(at) / WIDTH * 100.0)
    }

    /// Pixels down; what lies outside stands at the edge.
    fn y(&self, celsius: f64) -> f64 {
        let share = (self.high_c - celsius) / (self.high_c - self.low_c);
        tenth(TOP + share.clamp(0.0, 1.0) * (AIR_FLOOR - TOP))
    }

    /// The degrees that are labelled: not more than six.
    fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let (low_c, high_c) = (self.low_c, self.high_c);
        let range = high_c - low_c;
        let step = [1.0, 2.0, 5.0, 10.0, 20.0].into_iter().find(|step| range / step <= 5.0).unwrap_or(50.0);
        let first = (low_c / step).ceil();
        (0..=6).map(move |n| (first + f64::from(n)) * step).take_while(move |c| *c <= high_c)
    }

    fn grid(&self) -> String {
        let lines = self.ticks().map(|c| self.y(c)).chain([POWER_FLOOR]);
        lines.map(|y| format!("M0 {y}H{WIDTH}")).collect()
    }

    fn bounds(&self, steps: &[Step]) -> String {
        let mut path = String::new();
        let same = |a: &Step, b: &Step| (a.low_c, a.high_c) == (b.low_c, b.high_c);
        for run in steps.chunk_by(same) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let (top, floor) = (self.y(first.high_c), self.y(first.low_c));
            if top < floor {
                let (left, right) = (self.x(first.from.max(self.now)), self.x(last.to));
                let _ = write!(path, "M{left} {top}H{right}V{floor}H{left}Z");
            }
        }
        path
    }

    /// The band is closed at now, where nothing is uncertain, and ends where errors are not known.
    fn errors(&self, steps: &[Step], air_c: Option<f64>) -> String {
        let start = air_c.map(|air_c| (self.now, air_c, 0.0));
        let known = steps.iter().map_while(|step| Some((step.to, step.air_c, step.error_k?)));
        let points: Vec<_> = start.into_iter().chain(known).collect();
        if points.iter().all(|(_, _, error_k)| *error_k == 0.0) {
            return String::new();
        }
        let above = points.iter().map(|(at, air_c, error_k)| (self.x(*at), self.y(air_c + error_k)));
        let below = points.iter().rev().map(|(at, air_c, error_k)| (self.x(*at), self.y(air_c - error_k)));
        format!("{}Z", line(above.chain(below)))
    }

    fn schedule(&self, schedule: &[(Timestamp, f64)]) -> String {
        let mut path = String::new();
        for (index, (from, celsius)) in schedule.iter().enumerate() {
            let _ = match index {
                0 => write!(path, "M{} {}", self.x(*from), self.y(*celsius)),
                _ => write!(path, "H{}V{}", self.x(*from), self.y(*celsius)),
            };
        }
        if !path.is_empty() {
            let _ = write!(path, "H{WIDTH}");
        }
        path
    }

    fn air(&self, air: &[(Timestamp, f64)], air_c: Option<f64>) -> String {
        let now = air_c.map(|air_c| (self.now, air_c));
        let points: Vec<_> = air.iter().copied().chain(now).collect();
        let near = |a: &(Timestamp, f64), b: &(Timestamp, f64)| b.0.since(a.0) <= BRIDGED_MS;
        let runs = points.chunk_by(near);
        runs.map(|run| line(run.iter().map(|(at, c)| (self.x(*at), self.y(*c))))).collect()
    }

    fn expected(&self, steps: &[Step], air_c: Option<f64>) -> String {
        let start = air_c.map(|air_c| (self.now, air_c)).filter(|_| !steps.is_empty());
        let points = start.into_iter().chain(steps.iter().map(|step| (step.to, step.air_c)));
        line(points.map(|(at, celsius)| (self.x(at), self.y(celsius))))
    }

    fn power(&self, from: Timestamp, to: Timestamp, watts: f64, top_w: f64) -> (f64, f64, f64) {
        let y = POWER_FLOOR - (watts / top_w).clamp(0.0, 1.0) * (POWER_FLOOR - POWER_TOP);
        (self.x(from), self.x(to), tenth(y))
    }

    fn presence(&self, steps: &[Step]) -> String {
        let expected: Vec<Stretch> =
            steps.iter().map(|step| (step.from.max(self.now), step.to, step.presence)).collect();
        self.present(&expected)
    }

    fn present(&self, stretches: &[Stretch]) -> String {
        let column = |(from, to, share): &Stretch| {
            let y = PRESENCE_FLOOR - share.clamp(0.0, 1.0) * (PRESENCE_FLOOR - PRESENCE_TOP);
            (self.x(*from), self.x(*to), tenth(y))
        };
        columns(stretches.iter().map(column), PRESENCE_FLOOR)
    }

    fn power_line(&self, stretches: &[Stretch], top_w: f64) -> String {
        levels(stretches.iter().map(|(from, to, w)| self.power(*from, *to, *w, top_w)))
    }

    /// The air outside below `top`, between whole degrees that are not too near.
    fn outside(&self, stretches: &[Stretch], top: f64) -> Option<Outside> {
        let inside = || stretches.iter().filter(|(from, to, _)| *to > self.from && *from < self.to);
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        let (low_c, high_c) = inside().fold(none, |(low, high), (_, _, c)| (low.min(*c), high.max(*c)));
        if low_c > high_c {
            return None;
        }
        let (low_c, high_c) = (low_c.floor(), high_c.ceil().max(low_c.floor() + LEAST_RANGE_K));
        let y = |celsius: f64| tenth(top + (high_c - celsius) / (high_c - low_c) * OUTSIDE.1);
        let line = levels(inside().map(|(from, to, c)| (self.x(*from), self.x(*to), y(*c))));
        Some(Outside { line, degrees: [high_c, low_c].map(|celsius| (tenth(y(celsius) + 4.0), celsius)) })
    }

    /// Boxes between two heights, each at least a unit wide, so that what was short is seen too.
    fn strip(&self, stretches: &[(Timestamp, Timestamp)], top: f64, floor: f64) -> String {
        let inside = stretches.iter().filter(|(from, to)| *to > self.from && *from < self.to);
        let boxes = inside.map(|(from, to)| {
            let (left, right) = (self.x(*from), self.x(*to));
            format!("M{left} {top}H{}V{floor}H{left}Z", right.max(left + 1.0))
        });
        boxes.collect()
    }

    /// Hours of the wall clock, each where its instant is: over a clock change the distance between two is another.
    fn hours(&self) -> Vec<HourMark> {
        let wall = (-2..=2).flat_map(|day| (0..24 / LABEL_HOURS).map(move |n| (day, n * LABEL_HOURS)));
        let marks = wall.map(|(day, hour)| HourMark {
            at: self.zone.instant(self.now, day, hour * 60),
            percent: 0.0,
            rank: match hour {
                0 => "midnight",
                12 => "noon",
                6 | 18 => "six",
                _ => "three",
            },
        });
        let inside = marks.filter(|mark| self.from <= mark.at && mark.at <= self.to);
        inside.map(|mark| HourMark { percent: self.percent(mark.at), ..mark }).collect()
    }
}

/// The degrees between which everything stands that is measured, expected or wanted, and bounds that are near.
fn range(scene: &Scene<'_>) -> (f64, f64) {
    let steps = scene.outlook.map(|outlook| outlook.steps.as_slice()).unwrap_or_default();
    let expected = steps.iter().flat_map(|step| {
        let error_k = step.error_k.unwrap_or_default();
        [step.air_c - error_k, step.air_c + error_k]
    });
    let measured = scene.air.iter().chain(scene.schedule).map(|(_, celsius)| *celsius);
    let values = measured.chain(scene.air_c).chain(expected);
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    let (low_c, high_c) = values.fold(none, |(low, high), c| (low.min(c), high.max(c)));
    if low_c > high_c {
        return (18.0, 18.0 + LEAST_RANGE_K);
    }
    let reach = (low_c - BOUND_REACH_K, high_c + BOUND_REACH_K);
    let bounds = steps.iter().flat_map(|step| [step.low_c, step.high_c]);
    let near = bounds.filter(|c| (reach.0..=reach.1).contains(c));
    let (low_c, high_c) = near.fold((low_c, high_c), |(low, high), c| (low.min(c), high.max(c)));
    let (low_c, high_c) = ((low_c - 0.25).floor(), (high_c + 0.25).ceil());
    let missing = (LEAST_RANGE_K - (high_c - low_c)).max(0.0);
    (low_c - (missing / 2.0).ceil(), high_c + (missing / 2.0).floor())
}

fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.enumerate() {
        let _ = write!(path, "{}{x} {y}", if index == 0 { 'M' } else { 'L' });
    }
    path
}

/// A line at each height from left to right, broken where nothing is known.
fn levels(levels: impl Iterator<Item = (f64, f64, f64)>) -> String {
    let mut path = String::new();
    let mut end = None;
    for (left, right, y) in levels {
        let _ = if end == Some(left) {
            write!(path, "V{y}H{right}")
        } else {
            write!(path, "M{left} {y}H{right}")
        };
        end = Some(right);
    }
    path
}

/// Columns side by side, each from left to right with its top, as areas on a floor. A gap between two, or one of no
/// height, ends an area.
fn columns(columns: impl Iterator<Item = (f64, f64, f64)>, floor: f64) -> String {
    let mut path = String::new();
    let mut end: Option<(f64, f64)> = None;
    for (left, right, top) in columns.filter(|(left, right, top)| left < right && *top < floor) {
        match end {
            Some((x, _)) if x < left => {
                let _ = write!(path, "H{x}V{floor}ZM{left} {floor}V{top}");
            }
            Some((_, y)) if y == top => {}
            Some((x, _)) => {
                let _ = write!(path, "H{x}V{top}");
            }
            None => {
                let _ = write!(path, "M{left} {floor}V{top}");
            }
        }
        end = Some((right, top));
    }
    if let Some((x, _)) = end {
        let _ = write!(path, "H{x}V{floor}Z");
    }
    path
}

/// Finer than a tenth of a pixel nobody sees.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests;
