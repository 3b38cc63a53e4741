//! A report: what a building or a room drew, what came of it, and how well it was kept, over a period.
//!
//! ```text
//!  address ──period──> gather ──Material──> Report::of ──figures──> page, JSON, CSV
//!                      (history, book)      (pure)
//! ```
//! Everything is computed over hours, because history keeps sums of hours for ten years; the peak alone is looked for in
//! means of ten minutes. Definitions and sources: `docs/reports.md`.

pub(crate) mod comfort;
pub(crate) mod compared;
pub(crate) mod coverage;
pub(crate) mod degree_days;
pub(crate) mod figure;
pub(crate) mod gather;
pub(crate) mod heat_map;
pub(crate) mod legal;
pub(crate) mod meter;
pub(crate) mod peak;
pub(crate) mod period;
pub(crate) mod week;
pub(crate) mod weighing;
pub(crate) mod work;

use registry::{Accounting, Rate};
use vocabulary::{RoomId, Timestamp, Zone};

use comfort::{Comfort, Kept, judge};
use coverage::Sum;
use figure::{Figure, Key, Remark, Unknown};
use heat_map::{HeatMap, heat_map};
use legal::{Heated, Means, means};
use meter::Drawn;
use peak::{Fineness, Peak};
use period::Period;
use weighing::{Weighed, weigh};
use work::Work;

/// A value an hour from the beginning of the period on; `None` where nothing was recorded.
pub(crate) type Hours = Vec<Option<f64>>;

/// Fewer degree days than this compare nothing.
const LEAST_DEGREE_DAYS: f64 = 1.0;

/// What was recorded of a heater.
pub(crate) struct HeaterHours {
    /// Where in the rooms it stands, or stood.
    pub(crate) room: Option<usize>,
    /// It was here for a part of the time, moved or left: an hour that is not known of it is none that is missing.
    pub(crate) is_guest: bool,
    pub(crate) drawn: Drawn,
    pub(crate) work: Work,
}

/// What was recorded of a room, and asked of it.
pub(crate) struct RoomHours {
    pub(crate) id: RoomId,
    pub(crate) name: String,
    pub(crate) high_c: f64,
    pub(crate) asked_c: Vec<f64>,
    pub(crate) temperature_c: Hours,
    /// The part of each hour in which somebody was there, by its sensors.
    pub(crate) present: Option<Hours>,
    /// The same by its schedule, where sensors tell nothing: whole hours in which it asks for its highest setpoint.
    pub(crate) scheduled: Hours,
    /// The premises whose mean the law bounds, where it does.
    pub(crate) premises: Option<usize>,
}

/// All that a report is made of.
pub(crate) struct Material {
    pub(crate) period: Period,
    pub(crate) zone: Zone,
    /// When each hour begins.
    pub(crate) starts: Vec<Timestamp>,
    /// How long each is: the last may not be over.
    pub(crate) lengths_h: Vec<f64>,
    pub(crate) heaters: Vec<HeaterHours>,
    pub(crate) rooms: Vec<RoomHours>,
    pub(crate) outdoor_c: Hours,
    pub(crate) price_eur_per_kwh: Hours,
    pub(crate) carbon_g_per_kwh: Hours,
    pub(crate) accounting: Accounting,
    pub(crate) has_rules: bool,
    pub(crate) peak: Option<Peak>,
    /// How finely the hours are kept in which it was looked for.
    pub(crate) fineness: Fineness,
}

/// One room's line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoomLine {
    pub(crate) id: RoomId,
    pub(crate) name: String,
    pub(crate) kwh: Option<f64>,
    pub(crate) mean_c: Option<f64>,
    /// 0 to 1.
    pub(crate) in_band: Option<f64>,
    pub(crate) cold_kh: Option<f64>,
    pub(crate) waste_kwh: Option<f64>,
    pub(crate) refund_eur: Option<f64>,
    /// Of its energy, 0 to 1.
    pub(crate) coverage: Option<f64>,
}

/// A report of one period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) period: Period,
    pub(crate) figures: Vec<Figure>,
    pub(crate) rooms: Vec<RoomLine>,
    pub(crate) heat_map: HeatMap,
}

impl Report {
    /// Computes every figure that needs no other period.
    pub(crate) fn of(material: &Material) -> Self {
        let room_wh: Vec<Hours> =
            (0..material.rooms.len()).map(|room| material.sum_wh(|of| of == Some(room))).collect();
        let site_wh = material.sum_wh(|_| true);
        let judged: Vec<Comfort> = material
            .rooms
            .iter()
            .zip(&room_wh)
            .map(|(room, wh)| judge(room.kept(wh), &material.lengths_h))
            .collect();
        let comfort = judged.iter().copied().fold(Comfort::default(), Comfort::and);
        let mut figures = material.energy_figures(&site_wh);
        figures.extend(material.work_figures(comfort));
        figures.extend(material.peak_figures());
        figures.extend(material.comfort_figures(comfort));
        figures.extend(legal_figures(material.has_rules, &material.means(&room_wh)));
        figures.push(material.refund());
        let rooms = material.rooms.iter().enumerate().zip(&judged);
        let rooms = rooms.map(|((index, room), comfort)| material.line((index, room), comfort)).collect();
        let hours = material.starts.iter().copied().zip(site_wh);
        Self { period: material.period, figures, rooms, heat_map: heat_map(hours, material.zone) }
    }

    /// The same with what needs the period that it is compared with: its energy in the other's weather.
    pub(crate) fn against(mut self, other: &Self) -> Self {
        let [own, theirs] = [&self, other].map(|report| report.figure(Key::DegreeDays).cloned());
        let energy = self.figure(Key::Energy).and_then(|figure| figure.value.ok());
        let (Some(own), Some(theirs)) = (own, theirs) else { return self };
        let corrected = match (energy, own.value, theirs.value) {
            (Some(kwh), Ok(own), Ok(theirs)) if own >= LEAST_DEGREE_DAYS && theirs >= LEAST_DEGREE_DAYS => {
                Ok(kwh * theirs / own)
            }
            (Some(_), Ok(_), Ok(_)) => Err(Unknown::TooMild),
            _ => Err(Unknown::NotRecorded),
        };
        let coverage = own.coverage.zip(theirs.coverage).map(|(own, theirs)| own.min(theirs));
        let figure = Figure { key: Key::Corrected, value: corrected, coverage, remarks: Vec::new() };
        let at = self.figures.iter().position(|figure| figure.key == Key::Cost).unwrap_or(0);
        self.figures.insert(at, figure);
        self
    }

    /// A figure by its key.
    pub(crate) fn figure(&self, key: Key) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.key == key)
    }

    /// What a figure of a report is held against: the same of the other, and of what was corrected the energy itself.
    pub(crate) fn compared(&self, key: Key) -> Option<&Figure> {
        self.figure(if key == Key::Corrected { Key::Energy } else { key })
    }
}

impl RoomHours {
    fn occupied(&self) -> &Hours {
        self.present.as_ref().unwrap_or(&self.scheduled)
    }

    fn kept<'a>(&'a self, wh: &'a Hours) -> Kept<'a> {
        Kept {
            temperature_c: &self.temperature_c,
            asked_c: &self.asked_c,
            high_c: self.high_c,
            occupied: self.occupied(),
            wh,
        }
    }
}

impl Material {
    /// What some of the heaters drew together, by hour; `None` where none of them was heard.
    fn sum_wh(&self, is_one: impl Fn(Option<usize>) -> bool) -> Hours {
        let mut sums: Hours = vec![None; self.lengths_h.len()];
        for heater in self.heaters.iter().filter(|heater| is_one(heater.room)) {
            for (sum, wh) in sums.iter_mut().zip(&heater.drawn.wh) {
                *sum = wh.map_or(*sum, |wh| Some(sum.unwrap_or(0.0) + wh));
            }
        }
        sums
    }

    /// What some of the heaters drew, and how much of their time is known.
    fn total_wh(&self, is_one: impl Fn(Option<usize>) -> bool) -> Sum {
        let mut sum = Sum::default();
        for heater in self.heaters.iter().filter(|heater| is_one(heater.room)) {
            let hours = heater.drawn.wh.iter().zip(&self.lengths_h);
            hours
                .filter(|(wh, _)| wh.is_some() || !heater.is_guest)
                .for_each(|(wh, length_h)| sum.add(*wh, *length_h));
        }
        sum
    }

    fn energy_figures(&self, site_wh: &Hours) -> Vec<Figure> {
        let meters = |pick: fn(&Drawn) -> u32| self.heaters.iter().map(|heater| pick(&heater.drawn)).sum();
        let (resets, jumps) = (meters(|drawn| drawn.resets), meters(|drawn| drawn.jumps));
        let remark = (resets + jumps > 0).then_some(Remark::Meters { resets, jumps });
        let cold = degree_days::degree_days(&self.days());
        let rates = &self.accounting;
        let drawn = self.total_wh(|_| true);
        // What was not recorded has no price either.
        let of_recorded = |figure: Figure| Figure {
            coverage: figure.coverage.zip(drawn.coverage.share()).map(|(priced, recorded)| priced * recorded),
            ..figure
        };
        vec![
            Figure::kilo(Key::Energy, drawn).remark(remark),
            Figure::recorded(Key::DegreeDays, cold.known(), cold.coverage.share()),
            of_recorded(weighed(Key::Cost, site_wh, &self.price_eur_per_kwh, rates.price_eur.as_ref(), 1.0)),
            of_recorded(weighed(
                Key::Carbon,
                site_wh,
                &self.carbon_g_per_kwh,
                rates.carbon_g.as_ref(),
                0.001,
            )),
        ]
    }

    /// The outdoor temperatures of each day by the wall clock.
    fn days(&self) -> Vec<&[Option<f64>]> {
        let mut edges = vec![0];
        let day = |at: Timestamp| self.zone.format(at, "%Y-%m-%d");
        let mut last = self.starts.first().copied().map(day);
        for (step, start) in self.starts.iter().enumerate() {
            let this = Some(day(*start));
            if this != last {
                edges.push(step);
                last = this;
            }
        }
        edges.push(self.starts.len());
        edges.windows(2).map(|edge| self.outdoor_c.get(edge[0]..edge[1]).unwrap_or_default()).collect()
    }

    fn work_figures(&self, comfort: Comfort) -> Vec<Figure> {
        let work = self.heaters.iter().fold(Work::default(), |sum, heater| sum.and(heater.work));
        let part = |key, value| Figure::kilo(key, Sum { value, coverage: work.coverage });
        let cores = work.core_hours;
        vec![
            Figure::kilo(Key::Heat, self.total_wh(|room| room.is_some())),
            part(Key::Compute, work.useful_wh),
            Figure::recorded(Key::CoreHours, cores.known(), cores.coverage.share()),
            part(Key::Idle, work.idle_wh),
            part(Key::Resistor, work.resistor_wh),
            Figure::kilo(Key::Waste, comfort.waste_wh),
        ]
    }

    fn peak_figures(&self) -> Vec<Figure> {
        let coverage = self.total_wh(|_| true).coverage.share();
        let at = self.peak.map(|peak| Remark::At(peak.at));
        let Fineness { hours, whole } = self.fineness;
        let by_hour = (whole > 0).then_some(Remark::WholeHours { hours: whole, of: hours });
        let of_cap = self.peak.and_then(Peak::of_cap).map(|share| 100.0 * share);
        let unknown = if self.peak.is_some() { Unknown::NothingToJudge } else { Unknown::NotRecorded };
        vec![
            Figure::recorded(Key::Peak, self.peak.map(|peak| peak.mean_w / 1000.0), coverage)
                .remark(at)
                .remark(by_hour.clone()),
            Figure::or(Key::PeakOfCap, of_cap, unknown, coverage).remark(by_hour),
        ]
    }

    fn comfort_figures(&self, comfort: Comfort) -> Vec<Figure> {
        let coverage = comfort.coverage.share();
        let unknown = if comfort.coverage.is_any() { Unknown::NothingToJudge } else { Unknown::NotRecorded };
        let by_schedule = self.rooms.iter().filter(|room| room.present.is_none()).count();
        let remarks = || {
            let rooms =
                (by_schedule > 0).then_some(Remark::BySchedule { rooms: by_schedule, of: self.rooms.len() });
            rooms.into_iter().chain([Remark::Over { hours: comfort.occupied_h }])
        };
        let in_band = comfort.in_band().map(|share| 100.0 * share);
        let cold_kh = in_band.map(|_| comfort.cold_kh);
        vec![
            Figure::or(Key::InBand, in_band, unknown, coverage).remark(remarks()),
            Figure::or(Key::Cold, cold_kh, unknown, coverage).remark(remarks()),
        ]
    }

    /// What the law looks at, of all premises together.
    fn means(&self, room_wh: &[Hours]) -> Means {
        let bound = self.rooms.iter().zip(room_wh).filter_map(|(room, wh)| Some((room.premises?, room, wh)));
        let mut premises: std::collections::BTreeMap<usize, Vec<Heated<'_>>> =
            std::collections::BTreeMap::new();
        for (number, room, wh) in bound {
            let occupied = room.present.as_deref().unwrap_or_default();
            let heated = Heated { temperature_c: &room.temperature_c, wh, occupied };
            premises.entry(number).or_default().push(heated);
        }
        let judged = premises.values().map(|rooms| means(rooms, &self.lengths_h));
        judged.fold(Means::default(), Means::and)
    }

    fn refund(&self) -> Figure {
        let wh = self.total_wh(|room| room.is_some());
        match (&self.accounting.refund_eur, wh.known()) {
            (None, _) => Figure::or(Key::Refund, None, Unknown::NotConfigured, wh.coverage.share()),
            (Some(rate), known) => {
                let eur = known.map(|wh| wh / 1000.0 * rate.amount);
                let remark = known.map(|wh| declared(wh / 1000.0, rate));
                Figure::recorded(Key::Refund, eur, wh.coverage.share()).remark(remark)
            }
        }
    }

    fn line(&self, (index, room): (usize, &RoomHours), comfort: &Comfort) -> RoomLine {
        let drawn = self.total_wh(|of| of == Some(index));
        let kwh = drawn.known().map(|wh| wh / 1000.0);
        let rate = self.accounting.refund_eur.as_ref();
        RoomLine {
            id: room.id.clone(),
            name: room.name.clone(),
            kwh,
            mean_c: comfort.mean_c(),
            in_band: comfort.in_band(),
            cold_kh: comfort.in_band().map(|_| comfort.cold_kh),
            waste_kwh: comfort.waste_wh.known().map(|wh| wh / 1000.0),
            refund_eur: kwh.zip(rate).map(|(kwh, rate)| kwh * rate.amount),
            coverage: drawn.coverage.share(),
        }
    }
}

fn declared(kwh: f64, rate: &Rate) -> Remark {
    Remark::ByDeclared { kwh, per_kwh: rate.amount, source: rate.source.to_string() }
}

/// A cost or an emission; `scale` brings the total into the figure's unit.
fn weighed(key: Key, wh: &Hours, per_kwh: &Hours, rate: Option<&Rate>, scale: f64) -> Figure {
    let found = weigh(wh, per_kwh, rate.map(|rate| rate.amount));
    let Some(Weighed { total, by_hours_kwh, by_declared_kwh, coverage }) = found else {
        return Figure::or(key, None, Unknown::NotConfigured, None);
    };
    let by_hours = (by_hours_kwh > 0.0).then_some(Remark::ByHours { kwh: by_hours_kwh });
    let by_rate = rate.filter(|_| by_declared_kwh > 0.0).map(|rate| declared(by_declared_kwh, rate));
    let value = coverage.is_any().then_some(total * scale);
    Figure::recorded(key, value, coverage.share()).remark(by_hours.into_iter().chain(by_rate))
}

fn legal_figures(has_rules: bool, means: &Means) -> Vec<Figure> {
    let coverage = (means.all_h > 0.0).then(|| means.known_h / means.all_h);
    let unknown = match (has_rules, means.known_h > 0.0) {
        (false, _) => Unknown::NoRules,
        (true, true) => Unknown::NothingToJudge,
        (true, false) => Unknown::NotRecorded,
    };
    let figure = |key, value: Option<f64>, hours: f64| {
        let value = value.filter(|_| has_rules);
        let over = value.map(|_| Remark::Over { hours });
        Figure::or(key, value, unknown, coverage).remark(over)
    };
    let percent = |share: Option<f64>| share.map(|share| 100.0 * share);
    let Means { heated, empty_a_day, empty_two_days, .. } = *means;
    vec![
        figure(Key::HeatedMean, means.heated_mean_c(), heated.hours),
        figure(Key::AboveMean, percent(heated.above()), heated.hours),
        figure(Key::AboveEmptyADay, percent(empty_a_day.above()), empty_a_day.hours),
        figure(Key::AboveEmptyTwoDays, percent(empty_two_days.above()), empty_two_days.hours),
    ]
}

#[cfg(test)]
mod tests;
