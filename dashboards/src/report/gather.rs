//! What a report is made of, read from history and the book.
//!
//! A year of a building is some hundred thousand hours of heaters for each metric: history is asked in pieces of time that it
//! answers at once, and of each metric only what is computed from it is kept.

use std::collections::{BTreeMap, HashMap, HashSet};

use registry::{Heater, Override, Room, SaidHour, SiteBook, SiteRules};
use vocabulary::{HeaterId, Metric, RoomId, Timestamp};

use super::meter::{Heard, drawn};
use super::peak::{self, Fineness, Peak};
use super::period::Period;
use super::work::{Worked, work};
use super::{HeaterHours, Hours, Material, RoomHours};
use crate::app::App;
use crate::asked::{Asked, held, held_modes};
use crate::history::{self, Bin, HistoryError, Span};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// More hours of heaters and rooms than this are not held at once: a year of two hundred heaters.
const MOST_LINE_HOURS: usize = 2_000_000;
/// So many bins are asked for at once; history gives 200,000.
const BINS_AT_ONCE: usize = 150_000;
/// And so many steps; history gives 10,000.
const STEPS_AT_ONCE: usize = 4_000;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatherError {
    /// More than one report holds.
    #[error("the building is too large for so long a time: ask for a shorter time, or for one room")]
    TooLarge,
    /// History did not answer.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The book did not answer.
    #[error(transparent)]
    Registry(#[from] registry::RegistryError),
}

/// What a report is about.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) book: &'a SiteBook,
    /// One room; `None` for all of the building.
    pub(crate) room: Option<&'a RoomId>,
    /// Whether what sensors saw of people may be used. Then a line of the audit is written before this is called.
    pub(crate) sees_people: bool,
}

/// Reads all that a report of a period is made of.
pub(crate) fn gather(app: &App, subject: Subject<'_>, period: Period) -> Result<Material, GatherError> {
    let span = Span { from: period.from, to: period.to, step_ms: HOUR_MS };
    let reader = Reader::new(app, subject, span, residents(app, subject, span)?)?;
    let zone = subject.book.site.zone;
    let heaters = reader.heaters()?;
    let (peak, fineness) = reader.peak(&heaters)?;
    let said = app.registry.said_hours(&subject.book.site.id, period.from, period.to)?;
    let line = |pick: fn(&SaidHour) -> Option<f64>| reader.lay_said(&said, pick);
    let rules = app.registry.rules(&subject.book.site.id)?;
    Ok(Material {
        period,
        zone,
        rooms: reader.rooms(&rules)?,
        heaters,
        outdoor_c: line(|said| said.outdoor_c),
        price_eur_per_kwh: line(|said| said.price_eur_per_kwh),
        carbon_g_per_kwh: line(|said| said.carbon_g_per_kwh),
        accounting: app.registry.accounting(&subject.book.site.id)?,
        has_rules: reader.rooms.iter().any(|room| rules.bind(&room.id)),
        peak: peak.map(|peak| Peak { cap_w: reader.cap_w(&said, peak.at), ..peak }),
        fineness,
        starts: (0..reader.span.steps()).map(|step| reader.span.start(step)).collect(),
        lengths_h: reader.lengths_h,
    })
}

/// How a room was kept from one instant to another, with the length of each hour: without its heaters, and without what sensors
/// saw of people.
pub(crate) fn kept(
    app: &App,
    (book, room): (&SiteBook, &RoomId),
    (from, to): (Timestamp, Timestamp),
) -> Result<(Vec<RoomHours>, Vec<f64>), GatherError> {
    let subject = Subject { book, room: Some(room), sees_people: false };
    let reader = Reader::new(app, subject, Span { from, to, step_ms: HOUR_MS }, Vec::new())?;
    let rooms = reader.rooms(&app.registry.rules(&book.site.id)?)?;
    Ok((rooms, reader.lengths_h))
}

/// What is asked, and of whom.
struct Reader<'a> {
    app: &'a App,
    subject: Subject<'a>,
    span: Span,
    lengths_h: Vec<f64>,
    /// The rooms that the report is about.
    rooms: Vec<&'a Room>,
    /// The heaters that stand in these rooms or in none, and those that did in the period, in the order of their lines.
    heaters: Vec<Resident>,
    /// Where each of them stands in the lines.
    places: HashMap<HeaterId, usize>,
}

/// A heater that a report is about.
struct Resident {
    heater: Heater,
    /// It was moved to another room, or has left.
    is_guest: bool,
}

impl<'a> Reader<'a> {
    fn new(
        app: &'a App,
        subject: Subject<'a>,
        span: Span,
        heaters: Vec<Resident>,
    ) -> Result<Self, GatherError> {
        let length_h = |step: usize| {
            let end = span.start(step).plus_ms(HOUR_MS).min(span.to);
            end.since(span.start(step)) as f64 / HOUR_MS as f64
        };
        let is_one = |room: &Option<RoomId>| subject.room.is_none_or(|one| room.as_ref() == Some(one));
        let rooms: Vec<&Room> =
            subject.book.rooms.iter().filter(|room| is_one(&Some(room.id.clone()))).collect();
        let places: HashMap<_, _> =
            heaters.iter().enumerate().map(|(place, one)| (one.heater.id.clone(), place)).collect();
        if (places.len() + rooms.len()).saturating_mul(span.steps()) > MOST_LINE_HOURS {
            return Err(GatherError::TooLarge);
        }
        let lengths_h = (0..span.steps()).map(length_h).collect();
        Ok(Self { app, subject, span, lengths_h, rooms, heaters, places })
    }

    fn heaters(&self) -> Result<Vec<HeaterHours>, GatherError> {
        let powers = self.lines_of_heaters(&Metric::PowerW, |bin| bin.mean)?;
        let meters = self.lines_of_heaters(&Metric::EnergyWh, |bin| (bin.min, bin.max))?;
        let before = self.meters_before()?;
        let drawn = self.heaters.iter().enumerate().map(|(place, Resident { heater, .. })| {
            let heard = Heard {
                meter_wh: &meters[place],
                before_wh: before.get(&heater.id).copied(),
                power_w: &powers[place],
                rated_w: heater.rated_w.real(),
            };
            drawn(heard, &self.lengths_h)
        });
        let drawn: Vec<_> = drawn.collect();
        drop(meters);
        let resistors = self.lines_of_heaters(&Metric::ResistorW, |bin| bin.mean)?;
        let cores = self.lines_of_heaters(&Metric::CoresBusy, |bin| bin.mean)?;
        let hours = self.heaters.iter().zip(drawn).enumerate().map(|(place, (one, drawn))| {
            let Resident { heater, is_guest } = one;
            let worked = Worked {
                wh: &drawn.wh,
                power_w: &powers[place],
                resistor_w: &resistors[place],
                cores: &cores[place],
                has_resistor: heater.resistor_w.whole() > 0,
            };
            // The time in which it was not here is none of its hours.
            let here_h = |(length_h, wh): (&f64, &Option<f64>)| if wh.is_some() { *length_h } else { 0.0 };
            let work = if *is_guest {
                work(worked, &self.lengths_h.iter().zip(&drawn.wh).map(here_h).collect::<Vec<_>>())
            } else {
                work(worked, &self.lengths_h)
            };
            let stands = self.subject.room.or(heater.room.as_ref());
            let room = self.rooms.iter().position(|room| stands == Some(&room.id));
            HeaterHours { room, is_guest: *is_guest, drawn, work }
        });
        Ok(hours.collect())
    }

    /// What each meter showed last in the hour before the period.
    fn meters_before(&self) -> Result<BTreeMap<HeaterId, f64>, HistoryError> {
        let span = Span { from: self.span.from.plus_ms(-HOUR_MS), to: self.span.from, step_ms: HOUR_MS };
        let lines = history::by_heaters(&self.app.store, self.of(), &Metric::EnergyWh, span)?;
        Ok(lines.into_iter().filter_map(|(heater, bins)| Some((heater, bins.last()?.max))).collect())
    }

    fn rooms(&self, rules: &SiteRules) -> Result<Vec<RoomHours>, GatherError> {
        let temperatures = self.lines_of_rooms(&Metric::TemperatureC)?;
        let present = if self.subject.sees_people {
            self.lines_of_rooms(&Metric::Presence)?
        } else {
            vec![Vec::new(); self.rooms.len()]
        };
        let site = &self.subject.book.site;
        let modes = held_modes(self.app, site)?;
        let overrides = self.app.registry.overrides_between(&site.id, self.span.from, self.span.to)?;
        let mut by_room: HashMap<&RoomId, Vec<&Override>> = HashMap::new();
        overrides.iter().for_each(|o| by_room.entry(&o.wish.room).or_default().push(o));
        let middles: Vec<Timestamp> =
            (0..self.span.steps()).map(|step| self.span.start(step).plus_ms(HOUR_MS / 2)).collect();
        let mut dwellings = Vec::new();
        let mut rooms = Vec::with_capacity(self.rooms.len());
        for ((room, temperature_c), present) in self.rooms.iter().zip(temperatures).zip(present) {
            let held = held(self.app, site, &room.id)?;
            let overrides = by_room.remove(&room.id).unwrap_or_default();
            let (setback_c, zone) = (room.setback_c, site.zone);
            let asked = Asked { held: &held, overrides, modes: &modes, setback_c, zone };
            let present = Some(present).filter(|present| present.iter().any(Option::is_some));
            let by_schedule = || middles.iter().map(|at| Some(f64::from(u8::from(asked.is_for_people(*at)))));
            rooms.push(RoomHours {
                id: room.id.clone(),
                name: room.name.to_string(),
                high_c: room.high_c.degrees(),
                asked_c: middles.iter().map(|at| asked.setpoint_c(*at)).collect(),
                temperature_c,
                scheduled: if present.is_none() { by_schedule().collect() } else { Hours::new() },
                present,
                premises: rules.bind(&room.id).then(|| number(&mut dwellings, rules.dwelling(&room.id))),
            });
        }
        Ok(rooms)
    }

    /// The highest ten minutes, in the hours in which most was drawn, and how finely these are kept.
    fn peak(&self, heaters: &[HeaterHours]) -> Result<(Option<Peak>, Fineness), HistoryError> {
        let mut sums: Hours = vec![None; self.lengths_h.len()];
        for heater in heaters {
            for ((sum, wh), length_h) in sums.iter_mut().zip(&heater.drawn.wh).zip(&self.lengths_h) {
                *sum = wh
                    .filter(|_| *length_h > 0.0)
                    .map_or(*sum, |wh| Some(sum.unwrap_or(0.0) + wh / length_h));
            }
        }
        let mut highest: Option<Peak> = None;
        let mut fineness = Fineness::default();
        for run in runs(&peak::searched(&sums), self.steps_at_once() / 6) {
            let to = self.span.start(run.end).min(self.span.to);
            let span = Span { from: self.span.start(run.start), to, step_ms: peak::MEAN_MS };
            let lines = history::by_heaters(&self.app.store, self.of(), &Metric::PowerW, span)?;
            // The sum of each ten minutes, and one of the heaters that are in it.
            let mut sums: Vec<(f64, Option<&HeaterId>)> = vec![(0.0, None); span.steps()];
            for (heater, bins) in lines.iter().filter(|(heater, _)| self.places.contains_key(heater)) {
                for bin in bins {
                    if let Some(sum) = span.step_of(bin.start).and_then(|step| sums.get_mut(step)) {
                        *sum = (sum.0 + bin.mean, Some(heater));
                    }
                }
            }
            self.note_fineness(span, &sums, &mut fineness)?;
            for (step, (mean_w, _)) in sums.into_iter().enumerate() {
                let found = Peak { at: span.start(step), mean_w, cap_w: None };
                highest = Some(highest.map_or(found, |highest| highest.or(found)));
            }
        }
        Ok((highest, fineness))
    }

    /// Notes how finely the hours of a span are kept, of which each ten minutes have a sum and one of the heaters in it.
    fn note_fineness(
        &self,
        span: Span,
        sums: &[(f64, Option<&HeaterId>)],
        fineness: &mut Fineness,
    ) -> Result<(), HistoryError> {
        for (hour, sums) in sums.chunks(peak::MEANS_AN_HOUR).enumerate() {
            let from = span.start(hour * peak::MEANS_AN_HOUR);
            let known: Vec<&HeaterId> = sums.iter().filter_map(|sum| sum.1).collect();
            // One alone is the mean of the whole hour, or the little that was said in it.
            let is_whole = match known[..] {
                [heater] if sums.len() > 1 => {
                    let of = (&self.subject.book.site.id, heater);
                    let hour = (from, from.plus_ms(HOUR_MS).min(span.to));
                    !history::has_readings(&self.app.store, of, &Metric::PowerW, hour)?
                }
                _ => false,
            };
            fineness.note(!known.is_empty(), is_whole);
        }
        Ok(())
    }

    /// The cap in force at an instant: what was noted of its hour, else what the book says today.
    fn cap_w(&self, said: &[(Timestamp, SaidHour)], at: Timestamp) -> Option<f64> {
        if self.subject.room.is_some() {
            return None;
        }
        let hour = said.iter().rfind(|(hour, _)| *hour <= at && at.since(*hour) < HOUR_MS);
        let noted = hour.and_then(|(_, said)| said.cap_w);
        noted.or(self.subject.book.site.cap_w).map(vocabulary::Watts::real)
    }

    fn lay_said(&self, said: &[(Timestamp, SaidHour)], pick: fn(&SaidHour) -> Option<f64>) -> Hours {
        let mut line = vec![None; self.lengths_h.len()];
        for (at, said) in said {
            if let Some(place) = self.span.step_of(*at).and_then(|step| line.get_mut(step)) {
                *place = pick(said);
            }
        }
        line
    }

    fn of(&self) -> (&'a vocabulary::SiteId, Option<&'a RoomId>) {
        (&self.subject.book.site.id, self.subject.room)
    }

    /// So many steps of all lines are asked for at once.
    fn steps_at_once(&self) -> usize {
        (BINS_AT_ONCE / self.places.len().max(self.rooms.len()).max(1)).clamp(24, STEPS_AT_ONCE)
    }

    /// A metric of each heater, hour by hour, as `pick` takes it.
    fn lines_of_heaters<T: Copy>(
        &self,
        metric: &Metric,
        pick: impl Fn(&Bin) -> T,
    ) -> Result<Vec<Vec<Option<T>>>, HistoryError> {
        let mut lines = vec![vec![None; self.lengths_h.len()]; self.places.len()];
        for piece in pieces(self.span, self.steps_at_once()) {
            for (heater, bins) in history::by_heaters(&self.app.store, self.of(), metric, piece)? {
                if let Some(place) = self.places.get(&heater) {
                    lay(&mut lines[*place], self.span, &bins, &pick);
                }
            }
        }
        Ok(lines)
    }

    /// The mean of a metric in each room, hour by hour.
    fn lines_of_rooms(&self, metric: &Metric) -> Result<Vec<Hours>, HistoryError> {
        let mut lines: Vec<Hours> = vec![vec![None; self.lengths_h.len()]; self.rooms.len()];
        for piece in pieces(self.span, self.steps_at_once()) {
            for (room, bins) in history::by_rooms(&self.app.store, self.of(), metric, piece)? {
                if let Some(place) = self.rooms.iter().position(|known| known.id == room) {
                    lay(&mut lines[place], self.span, &bins, &|bin: &Bin| bin.mean);
                }
            }
        }
        Ok(lines)
    }
}

/// The heaters that a report is about: of a building all that it has and those that left since the period began; of a room those
/// that stand in it, and those that history has there.
fn residents(app: &App, subject: Subject<'_>, span: Span) -> Result<Vec<Resident>, GatherError> {
    let (site, book) = (&subject.book.site.id, subject.book);
    let retired = app.registry.retired_heaters(site)?.into_iter().filter(|retired| retired.at > span.from);
    let all = book.heaters.iter().map(|heater| (heater.clone(), false));
    let all = all.chain(retired.map(|retired| (retired.heater, true)));
    let Some(room) = subject.room else {
        return Ok(all.map(|(heater, is_guest)| Resident { heater, is_guest }).collect());
    };
    let days = Span { step_ms: DAY_MS, ..span };
    let mut stood = HashSet::new();
    for metric in [Metric::PowerW, Metric::EnergyWh] {
        let lines = history::by_heaters(&app.store, (site, Some(room)), &metric, days)?;
        stood.extend(lines.into_iter().map(|(heater, _)| heater));
    }
    let residents = all.filter_map(|(heater, has_left)| {
        let stands = heater.room.as_ref() == Some(room) && !has_left;
        (stands || stood.contains(&heater.id)).then_some(Resident { heater, is_guest: !stands })
    });
    Ok(residents.collect())
}

fn lay<T>(line: &mut [Option<T>], span: Span, bins: &[Bin], pick: &impl Fn(&Bin) -> T) {
    for bin in bins {
        if let Some(place) = span.step_of(bin.start).and_then(|step| line.get_mut(step)) {
            *place = Some(pick(bin));
        }
    }
}

/// A span in pieces of so many steps.
fn pieces(span: Span, steps: usize) -> impl Iterator<Item = Span> {
    let count = span.steps();
    (0..count).step_by(steps.max(1)).map(move |first| {
        let to = span.start((first + steps).min(count)).min(span.to);
        Span { from: span.start(first), to, ..span }
    })
}

/// Neighbouring steps together, at most so many.
fn runs(steps: &[usize], most: usize) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for &step in steps {
        match runs.last_mut() {
            Some(run) if run.end == step && run.len() < most.max(1) => run.end = step + 1,
            _ => runs.push(step..step + 1),
        }
    }
    runs
}

/// The number of a dwelling; rooms of none are premises together.
fn number<'a>(
    known: &mut Vec<Option<&'a vocabulary::DisplayName>>,
    dwelling: Option<&'a vocabulary::DisplayName>,
) -> usize {
    known.iter().position(|one| *one == dwelling).unwrap_or_else(|| {
        known.push(dwelling);
        known.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_asked_in_pieces_that_leave_nothing_out() {
        let span =
            Span { from: Timestamp::from_ms(0), to: Timestamp::from_ms(100 * HOUR_MS + 5), step_ms: HOUR_MS };
        let found: Vec<Span> = pieces(span, 40).collect();
        assert_eq!(found.len(), 3);
        assert!(found.windows(2).all(|two| two[0].to == two[1].from));
        assert_eq!((found[0].from, found[2].to), (span.from, span.to));
    }

    #[test]
    fn neighbouring_hours_are_asked_for_together() {
        assert_eq!(runs(&[1, 2, 3, 7, 8, 20], 2), [1..3, 3..4, 7..9, 20..21]);
        assert_eq!(runs(&[], 5), Vec::<std::ops::Range<usize>>::new());
    }
}
