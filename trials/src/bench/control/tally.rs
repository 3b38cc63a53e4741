//! What a contender is judged by, from the true state of the twin and never from sensors.

use serde::Serialize;

use super::super::quantile::quantile;

/// What a kelvin below the lower bound for an hour is worth, € (control design, target T1).
pub(super) const EUR_PER_KELVIN_HOUR: f64 = 0.5;

/// One room in one step, as it really is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RoomTruth {
    /// Air in the middle of the step, °C.
    pub(super) air_c: f64,
    pub(super) low_c: f64,
    pub(super) high_c: f64,
    /// Whether comfort counts.
    pub(super) occupied: bool,
    /// Electric power, W.
    pub(super) power_w: f64,
    /// Of it what computes for somebody, W.
    pub(super) useful_w: f64,
    /// Cores at work.
    pub(super) busy_cores: f64,
}

/// The site in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SiteTruth {
    pub(super) hours: f64,
    pub(super) price_eur_per_kwh: f64,
    pub(super) carbon_g_per_kwh: f64,
    pub(super) cap_w: Option<f64>,
    /// Whether there was work for all that was drawn.
    pub(super) jobs_suffice: bool,
}

/// Sums over the judged time of one building.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tally {
    /// K·h below the lower bound while occupied, and hours occupied, for each room.
    missed: Vec<(f64, f64)>,
    energy_kwh: f64,
    useful_kwh: f64,
    core_hours: f64,
    /// Energy and useful part of it while there was work for all.
    while_jobs: (f64, f64),
    waste_kwh: f64,
    peak_w: f64,
    peak_of_cap: f64,
    cost_eur: f64,
    carbon_g: f64,
    /// The most by which a heated room was above its upper bound, K.
    above_k: f64,
    pub(super) cpu_s: f64,
    pub(super) room_steps: u64,
}

impl Tally {
    /// Adds one step. Whole-site power is compared with the cap as it was drawn, to the watt.
    pub(super) fn add(&mut self, site: &SiteTruth, rooms: &[RoomTruth]) {
        self.missed.resize(rooms.len().max(self.missed.len()), (0.0, 0.0));
        let kwh = site.hours / 1000.0;
        for (missed, room) in self.missed.iter_mut().zip(rooms) {
            if room.occupied {
                missed.0 += (room.low_c - room.air_c).max(0.0) * site.hours;
                missed.1 += site.hours;
            }
            if room.air_c > room.high_c {
                self.waste_kwh += room.power_w * kwh;
            }
            if room.power_w > 0.0 {
                self.above_k = self.above_k.max(room.air_c - room.high_c);
            }
        }
        let power_w: f64 = rooms.iter().map(|room| room.power_w).sum();
        let useful_w: f64 = rooms.iter().map(|room| room.useful_w).sum();
        self.energy_kwh += power_w * kwh;
        self.useful_kwh += useful_w * kwh;
        self.core_hours += rooms.iter().map(|room| room.busy_cores).sum::<f64>() * site.hours;
        if site.jobs_suffice {
            self.while_jobs.0 += power_w * kwh;
            self.while_jobs.1 += useful_w * kwh;
        }
        self.peak_w = self.peak_w.max(power_w);
        if let Some(cap_w) = site.cap_w.filter(|cap_w| *cap_w > 0.0) {
            self.peak_of_cap = self.peak_of_cap.max(power_w / cap_w);
        }
        self.cost_eur += power_w * kwh * site.price_eur_per_kwh;
        self.carbon_g += power_w * kwh * site.carbon_g_per_kwh;
    }
}

/// The figures of a contender over all buildings of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Figures {
    /// K·h below the lower bound while occupied: mean of the rooms that are ever occupied.
    pub(super) kelvin_hours: f64,
    /// The room below which 95 % of them stay.
    pub(super) kelvin_hours_p95: f64,
    pub(super) energy_kwh: f64,
    pub(super) useful_kwh: f64,
    pub(super) core_hours: f64,
    /// Electricity that computed nothing for anybody.
    pub(super) idle_burn_kwh: f64,
    /// Useful part of the energy drawn while there was work for all of it.
    pub(super) useful_share: f64,
    /// Electricity drawn while the room was above its band.
    pub(super) waste_kwh: f64,
    /// Sum of the buildings' highest powers in a step.
    pub(super) peak_kw: f64,
    /// Highest power over the cap; none without a cap.
    pub(super) peak_of_cap: Option<f64>,
    pub(super) cost_eur: f64,
    /// Cost, with [`EUR_PER_KELVIN_HOUR`] for every kelvin-hour of every room.
    pub(super) cost_with_discomfort_eur: f64,
    pub(super) carbon_kg: f64,
    /// The most by which a room was above its band while it was heated, K; negative when always below.
    pub(super) above_band_k: f64,
    pub(super) cpu_us_per_room_step: f64,
}

impl Figures {
    /// Joins the tallies of several buildings.
    pub(super) fn of(tallies: &[Tally], capped: bool) -> Self {
        let sum = |part: fn(&Tally) -> f64| tallies.iter().map(part).sum::<f64>();
        let largest = |part: fn(&Tally) -> f64| tallies.iter().map(part).fold(f64::NEG_INFINITY, f64::max);
        let rooms = || tallies.iter().flat_map(|tally| &tally.missed);
        let missed: Vec<f64> = rooms().filter(|(_, hours)| *hours > 0.0).map(|(missed, _)| *missed).collect();
        let (energy_kwh, useful_kwh) = (sum(|tally| tally.energy_kwh), sum(|tally| tally.useful_kwh));
        let cost_eur = sum(|tally| tally.cost_eur);
        Self {
            kelvin_hours: missed.iter().sum::<f64>() / missed.len().max(1) as f64,
            kelvin_hours_p95: quantile(&missed, 0.95),
            energy_kwh,
            useful_kwh,
            core_hours: sum(|tally| tally.core_hours),
            idle_burn_kwh: energy_kwh - useful_kwh,
            useful_share: sum(|tally| tally.while_jobs.1) / sum(|tally| tally.while_jobs.0),
            waste_kwh: sum(|tally| tally.waste_kwh),
            peak_kw: sum(|tally| tally.peak_w) / 1000.0,
            peak_of_cap: capped.then(|| largest(|tally| tally.peak_of_cap)),
            cost_eur,
            cost_with_discomfort_eur: cost_eur + EUR_PER_KELVIN_HOUR * missed.iter().sum::<f64>(),
            carbon_kg: sum(|tally| tally.carbon_g) / 1000.0,
            above_band_k: largest(|tally| tally.above_k),
            cpu_us_per_room_step: 1e6 * sum(|tally| tally.cpu_s) / sum(|tally| tally.room_steps as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(air_c: f64, occupied: bool, power_w: f64) -> RoomTruth {
        RoomTruth {
            air_c,
            low_c: 20.0,
            high_c: 24.0,
            occupied,
            power_w,
            useful_w: 0.8 * power_w,
            busy_cores: power_w / 20.0,
        }
    }

    /// Two rooms over four half hours, reckoned by hand.
    #[test]
    fn the_figures_are_those_of_a_small_case_reckoned_by_hand() {
        let mut tally = Tally::default();
        let site = |price_eur_per_kwh| SiteTruth {
            hours: 0.5,
            price_eur_per_kwh,
            carbon_g_per_kwh: 50.0,
            cap_w: Some(2_000.0),
            jobs_suffice: true,
        };
        // Room 0 misses 1 K, then 2 K while occupied, then 3 K while nobody is there; room 1 is too warm at the end.
        tally.add(&site(0.1), &[room(19.0, true, 1_000.0), room(21.0, true, 0.0)]);
        tally.add(&site(0.1), &[room(18.0, true, 1_000.0), room(19.5, true, 500.0)]);
        tally.add(&site(0.2), &[room(17.0, false, 0.0), room(20.0, true, 0.0)]);
        tally.add(&site(0.2), &[room(20.0, true, 0.0), room(25.0, true, 100.0)]);
        let figures = Figures::of(&[tally], true);
        let near =
            |measured: f64, by_hand: f64| assert!((measured - by_hand).abs() < 1e-12, "{measured} {by_hand}");
        near(figures.kelvin_hours, (1.5 + 0.25) / 2.0);
        near(figures.kelvin_hours_p95, 1.5);
        near(figures.energy_kwh, 1.3);
        near(figures.idle_burn_kwh, 0.26);
        near(figures.core_hours, 65.0);
        near(figures.useful_share, 0.8);
        near(figures.waste_kwh, 0.05);
        near(figures.peak_kw, 1.5);
        near(figures.peak_of_cap.unwrap(), 0.75);
        near(figures.cost_eur, 0.1 * 1.25 + 0.2 * 0.05);
        near(figures.cost_with_discomfort_eur, 0.135 + 0.875);
        near(figures.carbon_kg, 0.065);
        near(figures.above_band_k, 1.0);
    }

    #[test]
    fn rooms_that_nobody_uses_do_not_make_the_mean_better() {
        let mut tally = Tally::default();
        let site = SiteTruth {
            hours: 1.0,
            price_eur_per_kwh: 0.2,
            carbon_g_per_kwh: 0.0,
            cap_w: None,
            jobs_suffice: false,
        };
        tally.add(&site, &[room(19.0, true, 0.0), room(10.0, false, 0.0)]);
        let figures = Figures::of(&[tally], false);
        assert_eq!((figures.kelvin_hours, figures.peak_of_cap), (1.0, None));
    }
}
