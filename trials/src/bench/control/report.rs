//! What was found, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::super::goal::Goal;
use super::super::machine::Machine;
use super::super::table::{Table, digits};
use super::capacity::Capacity;
use super::deadlines::Deadlines;
use super::plot;
use super::search::Search;
use super::tally::Figures;

/// A contender in a scenario.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    pub(super) scenario: &'static str,
    pub(super) who: &'static str,
    pub(super) figures: Figures,
}

/// A search for B2's preheat and where it was made.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Searched {
    pub(super) scenario: &'static str,
    pub(super) search: Search,
}

/// Deadlines of jobs that must run, in a scenario.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Kept {
    pub(super) scenario: &'static str,
    #[serde(flatten)]
    pub(super) deadlines: Deadlines,
}

/// All figures, targets and seeds.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub(super) machine: Machine,
    pub(super) seed: u64,
    /// Seeds of the buildings, rooms in each, and days of learning before the judged time.
    pub(super) buildings: Vec<u64>,
    pub(super) rooms: usize,
    pub(super) learning_days: usize,
    pub(super) rows: Vec<Row>,
    pub(super) searches: Vec<Searched>,
    pub(super) deadlines: Vec<Kept>,
    /// None where one scenario alone was lived through.
    pub(super) capacity: Option<Capacity>,
    pub(super) goals: Vec<Goal>,
    pub(super) wrong: Vec<String>,
    pub(super) took_s: f64,
}

impl Report {
    /// One JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a report is plain data")
    }

    /// Energy against kelvin-hours of all contenders and of every preheat that was tried, as an SVG image.
    #[must_use]
    pub fn svg(&self) -> String {
        plot::svg(&self.rows, &self.searches)
    }

    /// What fails the measurement: a cap that was passed, and in the short form a target that held before.
    #[must_use]
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }
}

/// The columns of the table.
const COLUMNS: [&str; 15] = [
    "scenario",
    "contender",
    "K·h",
    "K·h p95",
    "kWh",
    "useful kWh",
    "core-h",
    "idle kWh",
    "waste kWh",
    "peak kW",
    "peak/cap",
    "€",
    "€ with K·h",
    "kg CO₂",
    "µs/room-step",
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, seed, buildings, rooms, learning_days, took_s, .. } = self;
        writeln!(f, "{machine}")?;
        writeln!(
            f,
            "seed {seed}: buildings {buildings:?} of {rooms} rooms each; Hypocaust learns for {learning_days} days before it \
             is judged, but for the cold start; {took_s:.0} s\n"
        )?;
        for Searched { scenario, search } in &self.searches {
            let best = search.best();
            writeln!(
                f,
                "B2 in {scenario}: {:.2} h ahead and {:+.2} K is the best of {} preheats",
                best.preheat.lead_h,
                best.preheat.offset_k,
                search.trials.len()
            )?;
        }
        for Row { scenario, who, figures } in
            self.rows.iter().filter(|row| row.who == super::plan::Who::Ours.name())
        {
            if let Some(searched) = self.searches.iter().find(|searched| searched.scenario == *scenario) {
                let energy_kwh = searched.search.energy_for_kwh(figures.kelvin_hours);
                let ratio = figures.energy_kwh / energy_kwh;
                writeln!(
                    f,
                    "{who} in {scenario}: {ratio:.3} × the energy of the B2 that is as comfortable, of all tried"
                )?;
            }
        }
        let mut table = Table::new(COLUMNS.into_iter());
        self.rows.iter().for_each(|row| table.row(cells(row).into_iter()));
        writeln!(f, "\n{table}")?;
        for Kept { scenario, deadlines: Deadlines { possible, missed } } in &self.deadlines {
            writeln!(f, "{scenario}: of {possible} must-run deadlines that can be met {missed} were missed")?;
        }
        if let Some(Capacity { measured_rooms, .. }) = self.capacity {
            writeln!(f, "T8 is measured with {measured_rooms} rooms of one site and scaled to 100,000.")?;
        }
        self.goals.iter().try_for_each(|goal| writeln!(f, "{goal}"))?;
        self.wrong.iter().try_for_each(|wrong| writeln!(f, "WRONG: {wrong}"))
    }
}

fn cells(row: &Row) -> [String; 15] {
    let figures = &row.figures;
    [
        row.scenario.to_owned(),
        row.who.to_owned(),
        digits(figures.kelvin_hours),
        digits(figures.kelvin_hours_p95),
        digits(figures.energy_kwh),
        digits(figures.useful_kwh),
        digits(figures.core_hours),
        digits(figures.idle_burn_kwh),
        digits(figures.waste_kwh),
        digits(figures.peak_kw),
        figures.peak_of_cap.map_or("–".to_owned(), |share| format!("{share:.3}")),
        digits(figures.cost_eur),
        digits(figures.cost_with_discomfort_eur),
        digits(figures.carbon_kg),
        digits(figures.cpu_us_per_room_step),
    ]
}
