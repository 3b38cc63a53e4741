//! What is no fault: rooms change their minds, limits come and go, other load is switched, the book is changed.

use rand::RngExt as _;
use registry::{NewOverride, Override};
use vocabulary::SetpointBy;

use super::building::{COOL, WARM, room_id};
use super::climate::pick;
use super::coverage::Seen;
use super::device::EPOCH;
use super::note::Note;
use super::world::{Event, World};

/// Overrides last longer than any jump of a clock.
const OVERRIDE_MS: i64 = 365 * 24 * 3_600_000;

impl World {
    /// What rooms want goes into the book as a manager's overrides.
    pub(super) fn write_overrides(&mut self) {
        let wish = |(index, warm): (usize, &bool)| NewOverride {
            site: self.layout.site.clone(),
            room: room_id(index),
            setpoint_c: if *warm { WARM } else { COOL },
            until: EPOCH.plus_ms(OVERRIDE_MS),
            by: SetpointBy::Manager,
            label: String::new(),
        };
        let overrides = self.warm.iter().enumerate().map(wish);
        self.overrides = overrides.map(|wish| Override { id: 1, wish, created_at: EPOCH }).collect();
    }

    pub(super) fn want(&mut self, heater: usize, warm: bool) {
        if std::mem::replace(&mut self.warm[heater], warm) != warm {
            self.count(Seen::DemandsChanged);
            self.note(Note::Wanted { heater, warm });
        }
    }

    pub(super) fn change_demand(&mut self, heater: usize) {
        if self.is_quiet() {
            return;
        }
        let warm = !self.warm[heater];
        self.want(heater, warm);
        self.write_overrides();
        self.book_changed();
        let again_ms = self.random.random_range(1_000..2 * self.climate.demand_every_ms);
        self.put_in(again_ms, Event::ChangeDemand(heater));
    }

    /// A building system limits the site, or lets it go again.
    pub(super) fn change_limit(&mut self) {
        if self.is_quiet() {
            return;
        }
        let rated_w: u32 = self.layout.places.iter().map(|place| place.rated_w).sum();
        let limit_w = match self.random.random_range(0..10) {
            0 => self.random.random_range(0..=self.layout.fallback_sum_w()),
            1..6 => self.layout.fair_site_cap_w(&mut self.random),
            _ => rated_w,
        };
        self.limit(limit_w);
        let again_ms = self.random.random_range(1_000..2 * self.climate.limit_every_ms);
        self.put_in(again_ms, Event::ChangeLimit);
    }

    /// Little more than fall-backs is left.
    pub(super) fn limit_low(&mut self) {
        self.limit(self.layout.fallback_sum_w() * 6 / 5);
    }

    fn limit(&mut self, limit_w: u32) {
        let before_w = self.limit_w.unwrap_or(u32::MAX);
        self.count(if limit_w < before_w { Seen::LimitsLowered } else { Seen::LimitsRaised });
        self.coverage.count_many(Seen::CapBelowFallback, u64::from(limit_w < self.layout.fallback_sum_w()));
        self.note(Note::Limited { watts: limit_w });
        self.limit_w = Some(limit_w);
        self.live_runs().into_iter().for_each(|run| self.tell_limit(run));
    }

    /// What is not controlled draws what it likes, within what the book says.
    pub(super) fn change_other(&mut self) {
        for feeder in 0..self.other_w.len() {
            self.other_w[feeder] = self.random.random_range(0..=self.layout.feeders[feeder].other_w);
        }
        self.put_in(7_000, Event::ChangeOther);
    }

    /// The owner changes a cap.
    pub(super) fn change_cap(&mut self) {
        let feeders = self.layout.feeders.len();
        match self.random.random_range(0..=feeders).checked_sub(1) {
            Some(feeder) => {
                let cap_w = self.layout.fair_cap_w(&mut self.random, feeder);
                self.layout.feeders[feeder].cap_w = cap_w;
                self.note(Note::CapSet { circuit: feeder, watts: cap_w });
            }
            None => self.layout.cap_w = Some(self.layout.fair_site_cap_w(&mut self.random)),
        }
        self.count(Seen::CapsChanged);
        self.book_changed();
    }

    /// A heater is moved to another circuit, where that bears its fall-back.
    pub(super) fn rewire(&mut self, heater: usize) {
        // The registry checks the wiring of all that are in the book.
        let all_in_book = self.layout.places.iter().all(|place| place.out_since_ms.is_none());
        if self.layout.feeders.is_empty() || !all_in_book {
            return;
        }
        let before = self.layout.places[heater].circuit;
        let feeders: Vec<Option<usize>> = (0..self.layout.feeders.len()).map(Some).chain([None]).collect();
        self.layout.places[heater].circuit = pick(&mut self.random, &feeders);
        if self.layout.places[heater].circuit == before || self.layout.book(true).check_wiring().is_err() {
            self.layout.places[heater].circuit = before;
            return;
        }
        self.count(Seen::Rewirings);
        self.verdict.excuse(self.now_ms);
        self.book_changed();
    }

    /// A heater is taken out of the book; what it was granted lives on.
    pub(super) fn take_out(&mut self, heater: usize) {
        if self.layout.places[heater].out_since_ms.is_some() {
            return;
        }
        self.layout.places[heater].out_since_ms = Some(self.now_ms);
        self.runs.iter_mut().for_each(|run| _ = run.reported.remove(&heater));
        self.count(Seen::Removals);
        self.book_changed();
        let away_ms = self.random.random_range(1_000..120_000);
        self.put_in(away_ms, Event::PutBack(heater));
    }

    pub(super) fn put_back(&mut self, heater: usize) {
        if self.layout.places[heater].out_since_ms.take().is_some() {
            self.runs.iter_mut().for_each(|run| run.heard_ms[heater] = self.now_ms);
            self.verdict.excuse(self.now_ms);
            self.book_changed();
        }
    }
}
