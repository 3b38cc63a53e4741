//! The recorded buildings as the table's test reads them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use comfort::{History, Observation};

/// One room or building: its air, its heat, its weather.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) rated_w: f64,
    pub(crate) floor_m2: Option<f64>,
    pub(crate) step_s: f64,
    pub(crate) rows: Vec<Row>,
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
    /// The room's history with the irradiances mixed by these weights.
    pub(crate) fn history(&self, mix: &[f64], heat: f64) -> History {
        let mut history = History::of_days(400);
        for (at, row) in self.rows.iter().enumerate() {
            let sun: f64 = row.suns_w_per_m2.iter().zip(mix).map(|(sun, weight)| sun * weight).sum();
            let seen = Observation {
                air_c: row.air_c,
                power_w: Some(heat * row.heats_w.iter().sum::<f64>()),
                outdoor_c: row.outdoor_c,
                sun_w_per_m2: Some(sun),
                presence: row.presence.unwrap_or(0.0),
                disturbed: row.invented,
                ..Observation::default()
            };
            let shift: f64 = std::env::var("SHIFT").map_or(0.0, |v| v.parse().unwrap());
            let mut seen = seen;
            if let Some(next) = self.rows.get(at + 1)
                && self.step_s < 900.0
            {
                seen.air_c = row.air_c.zip(next.air_c).map(|(a, b)| a * (1.0 - shift) + b * shift);
            }
            history.push(row.end_s, self.step_s, &seen);
        }
        history
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
            recording(name, None, 600.0, rows.collect())
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
    Some(recording("passive_house_be", Some(220.0), 600.0, rows.collect()))
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
                heats_w: vec![
                    mean("radiator_valve_raw") / valve_full
                        * rated_w
                        * ((20.0 - mean("tout_c")) / 32.0).clamp(0.0, 1.0),
                ],
                outdoor_c: Some(mean("tout_c")),
                suns_w_per_m2: vec![mean("solrad_wm2")],
                presence: Some((mean("occupants_camera") / 40.0).min(1.0)),
                invented: false,
            }
        });
        Recording { rated_w, ..recording(&format!("ou44 {name}"), Some(floor_m2), 600.0, rows.collect()) }
    };
    vec![room("e22-508-1", 255.0, 3204.0, 125.0), room("e22-511-2", 100.0, 2689.0, 139.0)]
}

/// The rated power is taken to be the most that was drawn in the part that is fitted.
fn recording(name: &str, floor_m2: Option<f64>, step_s: f64, rows: Vec<Row>) -> Recording {
    let fitted = super::fitted(rows.len());
    let rated_w = rows[..fitted].iter().map(|row| row.heats_w[0]).fold(0.0, f64::max);
    Recording { name: name.to_owned(), rated_w, floor_m2, step_s, rows }
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
