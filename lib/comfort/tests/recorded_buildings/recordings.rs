//! The recorded buildings as the table's test reads them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use comfort::{History, Observation};

/// One room or building: its air, its heat, its weather.
#[derive(Clone)]
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) rated_w: f64,
    pub(crate) floor_m2: Option<f64>,
    /// Lag and radiant share of its heaters, where the recording's specification has them.
    pub(crate) heater: Option<(f64, f64)>,
    /// The mixes of inputs that may be tried on the fitted part.
    pub(crate) mixes: Vec<Mix>,
    pub(crate) step_s: f64,
    pub(crate) rows: Vec<Row>,
}

/// How a recording's inputs become the model's: learned in the fitted part.
#[derive(Debug, Clone)]
pub(crate) struct Mix {
    pub(crate) suns: Vec<f64>,
    pub(crate) heat: f64,
}

/// One recorded step, which ends `end_s` seconds after some midnight.
#[derive(Clone, Default)]
pub(crate) struct Row {
    pub(crate) end_s: f64,
    pub(crate) air_c: Option<f64>,
    pub(crate) heats_w: Vec<f64>,
    pub(crate) outdoor_c: Option<f64>,
    pub(crate) suns_w_per_m2: Vec<f64>,
    pub(crate) presence: Option<f64>,
    /// The recording was filled with a straight line here.
    pub(crate) invented: bool,
}

impl Recording {
    /// The room's history with the irradiances mixed by these weights and the heat scaled.
    pub(crate) fn history(&self, mix: &Mix) -> History {
        let mut history = History::of_days(400);
        for row in &self.rows {
            let sun: f64 = row.suns_w_per_m2.iter().zip(&mix.suns).map(|(sun, weight)| sun * weight).sum();
            let seen = Observation {
                air_c: row.air_c,
                power_w: Some(mix.heat * row.heats_w.iter().sum::<f64>()),
                outdoor_c: row.outdoor_c,
                sun_w_per_m2: Some(sun),
                presence: row.presence.unwrap_or(0.0),
                disturbed: row.invented,
                ..Observation::default()
            };
            history.push(row.end_s, self.step_s, &seen);
        }
        history
    }

    /// What may be learned from: the first 60 % of the time.
    pub(crate) fn fitted_part(&self) -> Self {
        let (first, last) = (&self.rows[0], &self.rows[self.rows.len() - 1]);
        let until_s = first.end_s + 0.6 * (last.end_s - first.end_s);
        let rows = self.rows.iter().filter(|row| row.end_s <= until_s).cloned().collect();
        Self { rows, ..self.clone() }
    }

    /// The recording with one of its heats alone.
    pub(crate) fn only_heat(&self, heat: usize) -> Self {
        let mut alone = self.clone();
        for row in &mut alone.rows {
            row.heats_w = vec![row.heats_w[heat]];
        }
        alone
    }
}

/// The second experiment's room has no readings in this night: straight lines stand in their place.
const INVENTED: std::ops::RangeInclusive<&str> = "2014-04-16T20:20"..="2014-04-17T07:50";

/// Seconds of a stamp `YYYY-MM-DDThh:mm…` since the end of March.
fn seconds(stamp: &str) -> f64 {
    /// Days from April to the first of each month until October.
    const DAYS: [f64; 7] = [0.0, 30.0, 61.0, 91.0, 122.0, 153.0, 183.0];
    let number = |range: std::ops::Range<usize>| stamp[range].parse::<f64>().unwrap();
    let days = DAYS[number(5..7) as usize - 4] + number(8..10);
    days * 86_400.0 + number(11..13) * 3600.0 + number(14..16) * 60.0
}

/// All recordings that this machine has.
pub(crate) fn all() -> Vec<Recording> {
    let twin = |name, path: &str, air, heats: &[&str], suns: &[&str]| {
        table(path).map(|table| {
            let rows = (0..table.count).map(|row| {
                let invented = INVENTED.contains(&&table.text("time_cet", row)[..16]);
                Row {
                    end_s: seconds(table.text("time_cet", row)),
                    air_c: table.number(air, row).filter(|_| !invented),
                    heats_w: vec![heats.iter().filter_map(|heat| table.number(heat, row)).sum()],
                    outdoor_c: table.number("ambient_temperature", row),
                    suns_w_per_m2: suns.iter().map(|sun| table.number(sun, row).unwrap()).collect(),
                    presence: None,
                    invented,
                }
            });
            // Annex 58 (Strachan and others 2016): light convectors of 1 to 2 minutes, 30 % radiant.
            Recording { heater: Some((90.0, 0.3)), ..recording(name, None, 600.0, rows.collect()) }
        })
    };
    let first = twin(
        "twin_houses exp1",
        "twin_houses/n2_exp1_10min.csv.gz",
        "living_at_h125cm",
        &[
            "heat_elp_living_room",
            "heat_elp_bath_room",
            "heat_elp_children_room",
            "heat_elp_kitchen",
            "heat_elp_doorway",
            "heat_elp_bedroom",
        ],
        &["solar_radiation_global_vertical_south", "solar_radiation_global_vertical_west"],
    );
    let second = twin(
        "twin_houses exp2",
        "twin_houses/n2_exp2_10min_part1.csv.gz",
        "living_h110cm_at",
        &[
            "heat_elp_kitchen",
            "heat_elp_doorway",
            "heat_elp_parents_room",
            "heat_elp_living_room",
            "heat_elp_bath_room",
            "heat_elp_children_room",
        ],
        &["solar_radiation_south_vertical", "solar_radiation_west_vertical"],
    );
    [first, second, armadillo(), darkgrey(), passive_house()]
        .into_iter()
        .flatten()
        .chain(teaching_rooms())
        .collect()
}

fn armadillo() -> Option<Recording> {
    let table = table("armadillo_box/armadillo_h2.csv")?;
    let rows = (0..table.count).map(|row| Row {
        end_s: table.number("time_s", row).unwrap() + 1800.0,
        air_c: table.number("t_int_c", row),
        heats_w: vec![table.number("p_hea_raw", row).unwrap()],
        outdoor_c: table.number("t_ext_c", row),
        suns_w_per_m2: vec![table.number("i_sol_raw", row).unwrap()],
        presence: None,
        invented: false,
    });
    Some(recording("armadillo_box", Some(42.0), 1800.0, rows.collect()))
}

fn darkgrey() -> Option<Recording> {
    let table = table("darkgrey_building/building_hourly_train.csv")?;
    let rows = (0..table.count).map(|row| Row {
        end_s: 3600.0 * (row + 1) as f64,
        air_c: table.number("t_int_c", row),
        heats_w: vec![1000.0 * table.number("heat_power_kw", row).unwrap()],
        outdoor_c: table.number("t_amb_c", row),
        suns_w_per_m2: Vec::new(),
        presence: None,
        invented: false,
    });
    Some(recording("darkgrey_building", None, 3600.0, rows.collect()))
}

fn passive_house() -> Option<Recording> {
    /// Heated floor (Candanedo, Feldheim, Deramaix 2017).
    const HEATED_M2: Option<f64> = Some(220.0);
    let table = table("passive_house_be/house_10min_2016.csv.gz")?;
    let mut outdoor_c = None;
    let rows = (0..table.count).map(|row| {
        let watts = |name| 6.0 * table.number(name, row).unwrap_or(0.0);
        // Hourly, between which the last value holds.
        outdoor_c = table.number("t_out_c", row).or(outdoor_c);
        Row {
            end_s: 600.0 * (row + 1) as f64,
            air_c: table.number("t_living_c", row),
            heats_w: vec![watts("heater_wh"), watts("appliances_wh") + watts("lights_wh")],
            outdoor_c,
            suns_w_per_m2: Vec::new(),
            presence: None,
            invented: false,
        }
    });
    Some(recording("passive_house_be", HEATED_M2, 600.0, rows.collect()))
}

/// Two rooms whose heat is known as the position of a valve; recorded every minute, taken together by tens.
fn teaching_rooms() -> Vec<Recording> {
    let Some(table) = table("ou44_teaching_rooms/ou44_rooms_1min_learn.csv.gz") else { return Vec::new() };
    let room = |name: &str, valve_full: f64, rated_w: f64, floor_m2| {
        let rows: Vec<usize> = (0..table.count).filter(|&row| table.text("room", row) == name).collect();
        let rows = rows.chunks(10).enumerate().map(|(step, rows)| {
            let mean = |column| {
                rows.iter().filter_map(|&row| table.number(column, row)).sum::<f64>() / rows.len() as f64
            };
            Row {
                end_s: 600.0 * (step + 1) as f64,
                air_c: table.number("temp_c", rows[rows.len() - 1]),
                heats_w: vec![rated_w * mean("radiator_valve_raw") / valve_full * supply(mean("tout_c"))],
                outdoor_c: Some(mean("tout_c")),
                suns_w_per_m2: vec![mean("solrad_wm2")],
                presence: Some((mean("occupants_camera") / 40.0).min(1.0)),
                invented: false,
            }
        });
        // What a valve's position is worth in watts nobody recorded: it is learned in powers of two.
        let mixes = (-3..=2).map(|power| Mix { suns: vec![1.0], heat: 2.0_f64.powi(power) }).collect();
        let name = format!("ou44 {name}");
        Recording { rated_w, mixes, ..recording(&name, Some(floor_m2), 600.0, rows.collect()) }
    };
    vec![room("e22-508-1", 255.0, 3204.0, 125.0), room("e22-511-2", 100.0, 2689.0, 139.0)]
}

/// Water is supplied as warm as the weather asks for: in parts of the rated heat, none at 20 °C and all at the Danish
/// design temperature of −12 °C (DS 418).
fn supply(outdoor_c: f64) -> f64 {
    ((20.0 - outdoor_c) / 32.0).clamp(0.0, 1.0)
}

/// The rated power is taken to be the most that was drawn in the part that is fitted.
fn recording(name: &str, floor_m2: Option<f64>, step_s: f64, rows: Vec<Row>) -> Recording {
    let fitted = super::fitted(rows.len());
    let rated_w = rows[..fitted].iter().map(|row| row.heats_w[0]).fold(0.0, f64::max);
    // Two irradiances are mixed in eighths.
    let mixes = match rows[0].suns_w_per_m2.len() {
        2 => (0..=8).map(|eighths| vec![f64::from(eighths) / 8.0, 1.0 - f64::from(eighths) / 8.0]).collect(),
        suns => vec![vec![1.0; suns]],
    };
    let mixes = mixes.into_iter().map(|suns| Mix { suns, heat: 1.0 }).collect();
    Recording { name: name.to_owned(), rated_w, floor_m2, heater: None, mixes, step_s, rows }
}

struct Table {
    columns: BTreeMap<String, usize>,
    records: Vec<csv::StringRecord>,
    count: usize,
}

impl Table {
    fn text(&self, column: &str, row: usize) -> &str {
        &self.records[row][self.columns[column]]
    }

    fn number(&self, column: &str, row: usize) -> Option<f64> {
        self.text(column, row).parse().ok()
    }
}

/// The file as a table, or `None` (said by name) where this machine does not have it.
fn table(path: &str) -> Option<Table> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let root = std::env::var_os("HYPOCAUST_DATA").map_or_else(default, PathBuf::from);
    let Ok(file) = std::fs::File::open(root.join(path)) else {
        println!("ignored: {path} is not in {} (HYPOCAUST_DATA)", root.display());
        return None;
    };
    let reader: Box<dyn Read> = if path.ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut csv = csv::Reader::from_reader(reader);
    let columns = csv.headers().unwrap().iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
    let records: Vec<_> = csv.records().map(Result::unwrap).collect();
    Some(Table { columns, count: records.len(), records })
}
