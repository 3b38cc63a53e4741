//! The best fixed preheat for B2, searched on the very scenario and buildings on which it is judged: more than any
//! installer can do.

use serde::Serialize;

use super::baseline::{Preheat, Regulator};
use super::contender::House;
use super::parallel;
use super::tally::{Figures, Tally};

/// One preheat and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Trial {
    pub(super) preheat: Preheat,
    pub(super) figures: Figures,
}

/// What was tried, and where the best of it is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Search {
    pub(super) trials: Vec<Trial>,
    best: usize,
}

impl Search {
    pub(super) fn best(&self) -> &Trial {
        &self.trials[self.best]
    }

    /// The trials that no other beats in both energy and comfort, by energy.
    pub(super) fn frontier(&self) -> Vec<&Figures> {
        let figures = || self.trials.iter().map(|trial| &trial.figures);
        let beaten = |one: &Figures| {
            figures().any(|other| {
                other.energy_kwh <= one.energy_kwh
                    && other.kelvin_hours <= one.kelvin_hours
                    && (other.energy_kwh, other.kelvin_hours) != (one.energy_kwh, one.kelvin_hours)
            })
        };
        let mut frontier: Vec<&Figures> = figures().filter(|one| !beaten(one)).collect();
        frontier.sort_by(|a, b| a.energy_kwh.total_cmp(&b.energy_kwh));
        frontier
    }

    /// What B2 needs at least to miss no more than so many kelvin-hours a room, kWh: along its frontier, between trials in
    /// proportion; its most comfortable trial where none is as comfortable.
    pub(super) fn energy_for_kwh(&self, kelvin_hours: f64) -> f64 {
        let frontier = self.frontier();
        let above = frontier.iter().rposition(|figures| figures.kelvin_hours > kelvin_hours);
        match above {
            None => frontier[0].energy_kwh,
            Some(last) if last + 1 == frontier.len() => frontier[last].energy_kwh,
            Some(at) => {
                let (cold, warm) = (frontier[at], frontier[at + 1]);
                let along = (cold.kelvin_hours - kelvin_hours) / (cold.kelvin_hours - warm.kelvin_hours);
                cold.energy_kwh + along * (warm.energy_kwh - cold.energy_kwh)
            }
        }
    }
}

/// A coarse grid, and finer ones around the best of it. Best is what costs least with discomfort priced, for which the
/// targets are set too.
pub(super) fn search(houses: &[House], short: bool, progress: &(dyn Fn(&str) + Sync)) -> Search {
    let (leads_h, offsets_k): (&[f64], &[f64]) = if short {
        (&[0.0, 1.0, 2.0, 4.0, 8.0], &[0.0, 0.2, 0.5])
    } else {
        (&[0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0], &[-0.2, 0.0, 0.1, 0.2, 0.35, 0.5, 0.8])
    };
    let mut trials = tried(houses, &grid(leads_h, offsets_k), progress);
    for reach in if short { &[1.0][..] } else { &[1.0, 0.5] } {
        let around = trials[best_of(&trials)].preheat;
        let near = |centre: f64, by: f64| [centre - by, centre, centre + by];
        let leads_h = near(around.lead_h, *reach).map(|lead_h| lead_h.max(0.0));
        let fresh: Vec<Preheat> = grid(&leads_h, &near(around.offset_k, 0.1 * reach))
            .into_iter()
            .filter(|preheat| !trials.iter().any(|trial| trial.preheat == *preheat))
            .collect();
        trials.extend(tried(houses, &fresh, progress));
    }
    Search { best: best_of(&trials), trials }
}

fn grid(leads_h: &[f64], offsets_k: &[f64]) -> Vec<Preheat> {
    let of_lead = |lead_h: &f64| {
        let lead_h = *lead_h;
        offsets_k.iter().map(move |offset_k| Preheat { lead_h, offset_k: *offset_k })
    };
    leads_h.iter().flat_map(of_lead).collect()
}

fn tried(houses: &[House], preheats: &[Preheat], progress: &(dyn Fn(&str) + Sync)) -> Vec<Trial> {
    let runs: Vec<(Preheat, House)> =
        preheats.iter().flat_map(|preheat| houses.iter().map(|house| (*preheat, *house))).collect();
    let tallies =
        parallel::map(&runs, progress, |(preheat, house)| house.live(|_| Regulator::new(*preheat, None)));
    let trial = |(preheat, tallies): (&Preheat, &[Tally])| Trial {
        preheat: *preheat,
        figures: Figures::of(tallies, false),
    };
    preheats.iter().zip(tallies.chunks(houses.len())).map(trial).collect()
}

fn best_of(trials: &[Trial]) -> usize {
    let cost = |trial: &Trial| trial.figures.cost_with_discomfort_eur;
    let by_cost = |a: &(usize, &Trial), b: &(usize, &Trial)| cost(a.1).total_cmp(&cost(b.1));
    trials.iter().enumerate().min_by(by_cost).map_or(0, |(at, _)| at)
}
