//! The Pareto plot: energy against kelvin-hours, a panel a scenario, written by hand as SVG.
//!
//! Kelvin-hours are on a logarithmic axis, because thermostats and planners are far apart; what is below its end stands on
//! its end.

use std::fmt::Write as _;

use super::report::{Row, Searched};

const WIDTH: f64 = 760.0;
const PANEL: f64 = 380.0;
/// Margins of a panel: left, right, top, bottom.
const MARGIN: [f64; 4] = [70.0, 190.0, 40.0, 55.0];
/// The lower end of the axis, K·h a room.
const LEAST_KH: f64 = 0.01;

/// A panel for every scenario in which B2's preheat was searched.
pub(super) fn svg(rows: &[Row], searches: &[Searched]) -> String {
    let height = PANEL * searches.len() as f64;
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">"#
    );
    out.push_str("\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    for (at, searched) in searches.iter().enumerate() {
        let _ = writeln!(out, r#"<g transform="translate(0,{})">"#, PANEL * at as f64);
        let own: Vec<&Row> = rows.iter().filter(|row| row.scenario == searched.scenario).collect();
        panel(&mut out, searched, &own);
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

/// Where figures stand in a panel.
struct Axes {
    energy: (f64, f64),
    decades: (f64, f64),
}

impl Axes {
    fn around(points: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut axes =
            Self { energy: (f64::INFINITY, f64::NEG_INFINITY), decades: (f64::INFINITY, f64::NEG_INFINITY) };
        for (energy_kwh, kelvin_hours) in points {
            axes.energy = (axes.energy.0.min(energy_kwh), axes.energy.1.max(energy_kwh));
            let decade = kelvin_hours.max(LEAST_KH).log10();
            axes.decades = (axes.decades.0.min(decade.floor()), axes.decades.1.max(decade.ceil()));
        }
        let room = 0.05 * (axes.energy.1 - axes.energy.0).max(1.0);
        axes.energy = (axes.energy.0 - room, axes.energy.1 + room);
        axes.decades.1 = axes.decades.1.max(axes.decades.0 + 1.0);
        axes
    }

    fn x(&self, energy_kwh: f64) -> f64 {
        let share = (energy_kwh - self.energy.0) / (self.energy.1 - self.energy.0);
        MARGIN[0] + share * (WIDTH - MARGIN[0] - MARGIN[1])
    }

    fn y(&self, kelvin_hours: f64) -> f64 {
        let decade = kelvin_hours.max(LEAST_KH).log10();
        let share = (decade - self.decades.0) / (self.decades.1 - self.decades.0);
        PANEL - MARGIN[3] - share * (PANEL - MARGIN[2] - MARGIN[3])
    }
}

fn panel(out: &mut String, searched: &Searched, rows: &[&Row]) {
    let tried = || searched.search.trials.iter().map(|trial| &trial.figures);
    let all = tried().chain(rows.iter().map(|row| &row.figures));
    let axes = Axes::around(all.map(|figures| (figures.energy_kwh, figures.kelvin_hours)));
    frame(out, &axes, searched.scenario);
    for figures in tried() {
        let (x, y) = (axes.x(figures.energy_kwh), axes.y(figures.kelvin_hours));
        let _ = writeln!(out, r##"<circle cx="{x:.1}" cy="{y:.1}" r="2.5" fill="#b8c4d0"/>"##);
    }
    let frontier = searched.search.frontier();
    let line = frontier
        .iter()
        .map(|figures| format!("{:.1},{:.1}", axes.x(figures.energy_kwh), axes.y(figures.kelvin_hours)));
    let line = line.collect::<Vec<_>>().join(" ");
    let _ = writeln!(out, r##"<polyline points="{line}" fill="none" stroke="#7d8fa3" stroke-width="1.5"/>"##);
    let legend_x = WIDTH - MARGIN[1] + 15.0;
    for (at, row) in rows.iter().enumerate() {
        let (x, y) = (axes.x(row.figures.energy_kwh), axes.y(row.figures.kelvin_hours));
        let legend_y = MARGIN[2] + 10.0 + 20.0 * at as f64;
        marker(out, at, x, y);
        marker(out, at, legend_x, legend_y);
        text(out, legend_x + 12.0, legend_y + 4.0, "start", row.who);
    }
    let legend_y = MARGIN[2] + 10.0 + 20.0 * rows.len() as f64;
    let _ = writeln!(out, r##"<circle cx="{legend_x}" cy="{legend_y}" r="2.5" fill="#b8c4d0"/>"##);
    text(out, legend_x + 12.0, legend_y + 4.0, "start", "every preheat tried for B2");
}

/// Title, axes with their units, and lines to read by.
fn frame(out: &mut String, axes: &Axes, title: &str) {
    let (left, right, bottom) = (MARGIN[0], WIDTH - MARGIN[1], PANEL - MARGIN[3]);
    text(out, left, MARGIN[2] - 15.0, "start", title);
    for decade in axes.decades.0 as i32..=axes.decades.1 as i32 {
        let value = 10_f64.powi(decade);
        let y = axes.y(value);
        let _ =
            writeln!(out, r##"<line x1="{left}" x2="{right}" y1="{y:.1}" y2="{y:.1}" stroke="#e3e7eb"/>"##);
        text(out, left - 8.0, y + 4.0, "end", &format!("{value}"));
    }
    let step = nice_step((axes.energy.1 - axes.energy.0) / 5.0);
    let mut tick = (axes.energy.0 / step).ceil() * step;
    while tick <= axes.energy.1 {
        let x = axes.x(tick);
        let _ = writeln!(
            out,
            r##"<line x1="{x:.1}" x2="{x:.1}" y1="{}" y2="{bottom}" stroke="#e3e7eb"/>"##,
            MARGIN[2]
        );
        text(out, x, bottom + 18.0, "middle", &format!("{tick:.0}"));
        tick += step;
    }
    let _ =
        writeln!(out, r##"<path d="M{left},{} V{bottom} H{right}" fill="none" stroke="#333"/>"##, MARGIN[2]);
    text(out, (left + right) / 2.0, bottom + 40.0, "middle", "energy, kWh");
    let middle = (MARGIN[2] + bottom) / 2.0;
    let _ = writeln!(
        out,
        r#"<text transform="translate(18,{middle}) rotate(-90)" text-anchor="middle">too cold while occupied, K·h a room</text>"#
    );
}

/// One, two or five times a power of ten, not below `least`.
fn nice_step(least: f64) -> f64 {
    let scale = 10_f64.powf(least.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * scale)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(10.0 * scale)
}

/// A mark that differs in colour and in form.
fn marker(out: &mut String, at: usize, x: f64, y: f64) {
    const COLOURS: [&str; 7] = ["#666666", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#d55e00", "#000000"];
    let colour = COLOURS[at % COLOURS.len()];
    let d = match at % 3 {
        0 => format!("M{:.1},{y:.1} m-5,0 a5,5 0 1,0 10,0 a5,5 0 1,0 -10,0", x),
        1 => format!("M{:.1},{:.1} h9 v9 h-9 z", x - 4.5, y - 4.5),
        _ => format!("M{:.1},{:.1} l6,10 h-12 z", x, y - 6.0),
    };
    let _ = writeln!(out, r#"<path d="{d}" fill="{colour}" stroke="white" stroke-width="0.8"/>"#);
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = writeln!(out, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{words}</text>"#);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!([0.2, 1.0, 3.0, 70.0, 101.0].map(nice_step), [1.0, 1.0, 5.0, 100.0, 200.0]);
    }
}
