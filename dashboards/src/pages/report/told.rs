//! A report in words: figures with their units, changes and explanations, the map of hours, the rooms.

use vocabulary::Zone;

use crate::language::{Language, UNKNOWN};
use crate::report::RoomLine;
use crate::report::compared::{Change, Compared, LEAST_COVERAGE, Pair};
use crate::report::figure::{Figure, Key, Remark, Unknown};
use crate::report::heat_map::HeatMap;
use crate::words::Speaker;

/// More rooms than this are in the files alone.
const MOST_ROOMS: usize = 200;
/// Shades of the map.
const SHADES: f64 = 8.0;

/// Figures under one heading.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

/// A figure as it is shown.
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) is_known: bool,
    pub(super) compared: String,
    pub(super) change: String,
    pub(super) coverage: String,
    /// How it was computed, sentence by sentence.
    pub(super) how: Vec<String>,
}

/// The map of hours.
pub(super) struct Map {
    pub(super) caption: String,
    pub(super) heading: String,
    pub(super) rows: Vec<MapRow>,
}

/// A day or a month.
pub(super) struct MapRow {
    pub(super) name: String,
    /// Shade and number of each hour.
    pub(super) cells: Vec<(u8, String)>,
}

/// A room as it is shown.
pub(super) struct RoomRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) cells: Vec<String>,
}

/// The figures of a group.
pub(super) fn group(speaker: Speaker, (name, keys): &(&str, &[Key]), compared: &Compared) -> Group {
    let pairs = compared.pairs().filter(|pair| keys.contains(&pair.own.key));
    Group {
        title: speaker.language.say(&format!("report-group-{name}")),
        rows: pairs.map(|pair| row(speaker, pair)).collect(),
    }
}

fn row(speaker: Speaker, pair: Pair<'_>) -> Row {
    let (l, figure) = (speaker.language, pair.own);
    let word = dashed(figure.key.as_str());
    let change = pair.change().map_or_else(|| UNKNOWN.to_owned(), |change| changed(l, figure.key, change));
    Row {
        key: figure.key.as_str(),
        name: l.say(&format!("report-figure-{word}")),
        value: said(l, figure),
        is_known: figure.value.is_ok(),
        compared: then(l, pair),
        change,
        coverage: covered(l, figure.coverage),
        how: how(speaker, figure),
    }
}

/// What it was then; not twice the same reason, and not as if all of it were there where little was recorded.
fn then(l: Language, pair: Pair<'_>) -> String {
    let Some(other) = pair.other.filter(|other| other.value.is_ok() || other.value != pair.own.value) else {
        return UNKNOWN.to_owned();
    };
    match other.coverage.filter(|share| other.value.is_ok() && *share < LEAST_COVERAGE) {
        Some(share) => l.tell(
            "report-then-partly",
            &[("value", said(l, other).into()), ("coverage", l.percent(share).into())],
        ),
        None => said(l, other),
    }
}

fn covered(l: Language, coverage: Option<f64>) -> String {
    coverage.map_or_else(|| UNKNOWN.to_owned(), |share| l.percent(share))
}

/// A figure's number with its unit, or why it has none.
fn said(l: Language, figure: &Figure) -> String {
    match figure.value {
        Ok(value) => number(l, figure.key, value),
        Err(unknown) => reason(l, unknown),
    }
}

fn reason(l: Language, unknown: Unknown) -> String {
    l.say(&format!("report-unknown-{}", dashed(unknown.as_str())))
}

fn number(l: Language, key: Key, value: f64) -> String {
    match key.unit() {
        "kWh" => l.energy(value * 1000.0),
        "kW" => l.power(value * 1000.0),
        "EUR" => l.quantity(value, 2, "€"),
        "%" => l.percent(value / 100.0),
        "°C" => l.celsius(value),
        "h" => l.quantity(value, 0, "h"),
        unit => l.quantity(value, 1, unit),
    }
}

fn changed(l: Language, key: Key, change: Change) -> String {
    let signed = |text: String, value: f64| if value > 0.0 { format!("+{text}") } else { text };
    match change {
        Change::Share(share) => signed(l.percent(share), share),
        Change::By(degrees) if key.unit() == "°C" => l.difference(degrees),
        Change::By(points) => signed(l.tell("report-points", &[("n", l.number(points, 0).into())]), points),
    }
}

fn how(speaker: Speaker, figure: &Figure) -> Vec<String> {
    let l = speaker.language;
    let series = figure.key.series().join(", ");
    let from = match figure.coverage {
        Some(share) => {
            l.tell("report-from-series", &[("series", series.into()), ("coverage", l.percent(share).into())])
        }
        None => l.tell("report-from-series-none", &[("series", series.into())]),
    };
    let mut how = vec![l.say(&format!("report-how-{}", dashed(figure.key.as_str())))];
    how.extend(figure.remarks.iter().map(|remark| remark_words(speaker, figure.key, remark)));
    how.push(from);
    how
}

fn remark_words(speaker: Speaker, key: Key, remark: &Remark) -> String {
    let l = speaker.language;
    let energy = |kwh: f64| l.energy(kwh * 1000.0);
    match remark {
        Remark::ByHours { kwh } => l.tell("report-remark-hours", &[("energy", energy(*kwh).into())]),
        Remark::ByDeclared { kwh, per_kwh, source } => {
            let unit = if key == Key::Carbon { "g/kWh" } else { "€/kWh" };
            let rate = l.quantity(*per_kwh, if key == Key::Carbon { 1 } else { 4 }, unit);
            // The source is whatever a person wrote: it keeps its own direction of writing to itself.
            let source = format!("\u{2068}{source}\u{2069}");
            let fills = [("energy", energy(*kwh).into()), ("rate", rate.into()), ("source", source.into())];
            l.tell("report-remark-declared", &fills)
        }
        Remark::Meters { resets, jumps } => {
            let said =
                l.tell("report-remark-meters", &[("resets", (*resets).into()), ("jumps", (*jumps).into())]);
            said.trim().to_owned()
        }
        Remark::At(at) => l.tell("report-remark-at", &[("moment", speaker.moment(*at).into())]),
        Remark::BySchedule { rooms, of } => {
            l.tell("report-remark-schedule", &[("rooms", (*rooms).into()), ("of", (*of).into())])
        }
        Remark::WholeHours { hours, of } => {
            l.tell("report-remark-whole-hours", &[("hours", (*hours).into()), ("of", (*of).into())])
        }
        Remark::Over { hours } => l.tell("report-remark-over", &[("hours", l.number(*hours, 1).into())]),
    }
}

/// The map of hours, each cell with its shade.
pub(super) fn map(l: Language, zone: Zone, map: &HeatMap) -> Map {
    let most_kwh = map.most_kwh();
    let cell = |kwh: Option<f64>| match kwh {
        None => (0, UNKNOWN.to_owned()),
        Some(kwh) => {
            let shade =
                if most_kwh > 0.0 { (kwh / most_kwh * SHADES).round().clamp(0.0, SHADES) } else { 0.0 };
            (shade as u8, l.number(kwh, if most_kwh < 100.0 { 1 } else { 0 }))
        }
    };
    let name = |row: &crate::report::heat_map::Row| {
        if map.is_by_month {
            let month = l.say(&format!("month-{}", zone.format(row.from, "%-m")));
            format!("{month} {}", zone.format(row.from, "%Y"))
        } else {
            l.day(row.from, zone)
        }
    };
    let rows = map.rows.iter().map(|row| MapRow { name: name(row), cells: row.kwh.map(cell).into() });
    let (caption, heading) = if map.is_by_month {
        ("report-map-months", "report-map-month")
    } else {
        ("report-map-days", "report-map-day")
    };
    Map { caption: l.say(caption), heading: l.say(heading), rows: rows.collect() }
}

/// The rooms that drew most, and a word on those left out.
pub(super) fn rooms(l: Language, lines: &[RoomLine]) -> (Vec<RoomRow>, Option<String>) {
    let mut shown: Vec<&RoomLine> = lines.iter().collect();
    let more = (shown.len() > MOST_ROOMS).then(|| l.tell("report-rooms-more", &[("n", MOST_ROOMS.into())]));
    if more.is_some() {
        shown.sort_by(|a, b| b.kwh.unwrap_or(-1.0).total_cmp(&a.kwh.unwrap_or(-1.0)));
        shown.truncate(MOST_ROOMS);
    }
    (shown.into_iter().map(|line| room(l, line)).collect(), more)
}

fn room(l: Language, line: &RoomLine) -> RoomRow {
    let known = |key: Key, value: Option<f64>| {
        value.map_or_else(|| UNKNOWN.to_owned(), |value| number(l, key, value))
    };
    let refund =
        line.refund_eur.map_or_else(|| reason(l, Unknown::NotConfigured), |eur| number(l, Key::Refund, eur));
    RoomRow {
        id: line.id.to_string(),
        name: line.name.clone(),
        cells: vec![
            known(Key::Energy, line.kwh),
            known(Key::HeatedMean, line.mean_c),
            known(Key::InBand, line.in_band.map(|share| 100.0 * share)),
            known(Key::Cold, line.cold_kh),
            known(Key::Waste, line.waste_kwh),
            refund,
            covered(l, line.coverage),
        ],
    }
}

fn dashed(word: &str) -> String {
    word.replace('_', "-")
}
