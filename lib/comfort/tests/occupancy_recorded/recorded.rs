//! Recorded rooms as the tests of this crate read them: time, what the sensors said, and whether somebody was there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use comfort::{Senses, When};

/// One moment of a recorded room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) when: When,
    pub(super) senses: Senses,
    /// Air temperature, °C, and humidity, for the baselines fitted with labels.
    pub(super) weather: [f64; 2],
    /// Whether somebody was there, where the recording's label can be believed.
    pub(super) present: Option<bool>,
    /// How many, where they were counted.
    pub(super) count: Option<f64>,
}

/// A file below `HYPOCAUST_DATA`, by default `../shared/data` beside the workspace, or `None` (said by name).
pub(super) fn recording(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("HYPOCAUST_DATA").map_or(beside, PathBuf::from);
    let file = root.join(path);
    if file.exists() {
        return Some(file);
    }
    println!("ignored: {path} is not in {} (HYPOCAUST_DATA)", root.display());
    None
}

/// The rows of a CSV file, packed or not, with its columns by name.
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    pub(super) fn read(file: &Path) -> Table {
        let open = std::fs::File::open(file).unwrap();
        let packed = file.extension().is_some_and(|extension| extension == "gz");
        let bytes: Box<dyn std::io::Read> =
            if packed { Box::new(flate2::read::MultiGzDecoder::new(open)) } else { Box::new(open) };
        let mut csv = csv::Reader::from_reader(bytes);
        let columns = csv.headers().unwrap().iter().map(str::to_owned).collect();
        Table { columns, rows: csv.records().map(Result::unwrap).collect() }
    }

    fn column(&self, name: &str) -> usize {
        self.columns.iter().position(|column| column == name).unwrap()
    }

    fn numbers(&self, name: &str) -> Vec<Option<f64>> {
        let at = self.column(name);
        self.rows.iter().map(|row| row[at].parse().ok()).collect()
    }

    /// Seconds since Monday, 1 January 1900, local clock as written.
    fn seconds(&self, name: &str) -> Vec<f64> {
        let at = self.column(name);
        self.rows.iter().map(|row| seconds(&row[at])).collect()
    }
}

/// `YYYY-MM-DD hh:mm[:ss]` as seconds since Monday, 1 January 1900.
fn seconds(text: &str) -> f64 {
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i64>().ok());
    let (year, month, day) = (part(0, 4).unwrap(), part(5, 7).unwrap(), part(8, 10).unwrap());
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = i64::from(year % 4 == 0 && month > 2);
    let before: i64 = lengths[..month as usize - 1].iter().sum();
    // 1900 was no leap year, so the leap days before a year are those since 1901.
    let days = (year - 1900) * 365 + (year - 1901) / 4 + before + leap + day - 1;
    let clock = part(11, 13).unwrap() * 3600 + part(14, 16).unwrap() * 60 + part(17, 19).unwrap_or(0);
    (days * 86_400 + clock) as f64
}

/// The step and the hour of the week of each time; a recording's first step is taken to be a minute.
fn whens(seconds: &[f64]) -> Vec<When> {
    let step = |index: usize| if index == 0 { 60.0 } else { seconds[index] - seconds[index - 1] };
    let hour = |index: usize| seconds[index].rem_euclid(7.0 * 86_400.0) / 3600.0;
    (0..seconds.len()).map(|index| When { hour_of_week: hour(index), step_s: step(index) }).collect()
}

/// One part of the UCI office: `train` or `test1`.
pub(super) fn uci_office(part: &str) -> Option<Vec<Moment>> {
    let table = Table::read(&recording(&format!("uci_occupancy/{part}.csv"))?);
    let (co2, lux) = (table.numbers("co2_ppm"), table.numbers("light_lux"));
    let (temperature, humidity) = (table.numbers("temp_c"), table.numbers("humidity_ratio"));
    let occupied = table.numbers("occupied");
    let moment = |(index, when): (usize, When)| Moment {
        when,
        senses: Senses { co2_ppm: co2[index], light_lux: lux[index], ..Senses::default() },
        weather: [temperature[index].unwrap(), humidity[index].unwrap() * 1000.0],
        present: occupied[index].map(|occupied| occupied > 0.5),
        count: None,
    };
    Some(whens(&table.seconds("ts_local")).into_iter().enumerate().map(moment).collect())
}

/// The UCI laboratory with zero to three people.
pub(super) fn uci_laboratory() -> Option<Vec<Moment>> {
    let table = Table::read(&recording("uci_room_occupancy_estimation/room_30s_dec.csv.gz")?);
    let (co2, lux) = (table.numbers("s5_co2"), table.numbers("s1_light"));
    let (left, right) = (table.numbers("s6_pir"), table.numbers("s7_pir"));
    let (temperature, count) = (table.numbers("s1_temp"), table.numbers("room_occupancy_count"));
    let moment = |(index, when): (usize, When)| Moment {
        when,
        senses: Senses {
            motion: left[index].zip(right[index]).map(|(left, right)| left + right > 0.0),
            co2_ppm: co2[index],
            light_lux: lux[index],
            ..Senses::default()
        },
        weather: [temperature[index].unwrap(), 0.0],
        present: count[index].map(|count| count > 0.0),
        count: count[index],
    };
    Some(whens(&table.seconds("ts_local")).into_iter().enumerate().map(moment).collect())
}

/// One teaching room of OU44. Its camera counts who passes the door and drifts: a count that nobody changed for two
/// hours is that of an empty room (nobody teaches two hours without the door being passed).
pub(super) fn teaching_room(room: &str) -> Option<Vec<Moment>> {
    let mut table = Table::read(&recording("ou44_teaching_rooms/ou44_rooms_1min_learn.csv.gz")?);
    let at = table.column("room");
    table.rows.retain(|row| &row[at] == room);
    let (co2, pir) = (table.numbers("co2_ppm"), table.numbers("pir"));
    let (temperature, camera) = (table.numbers("temp_c"), table.numbers("occupants_camera"));
    let sun = table.numbers("solrad_wm2");
    let present = without_drift(&camera, 120);
    let moment = |(index, when): (usize, When)| Moment {
        when,
        senses: Senses {
            motion: pir[index].map(|pir| pir > 0.0),
            co2_ppm: co2[index],
            sun_w_per_m2: sun[index],
            ..Senses::default()
        },
        weather: [temperature[index].unwrap_or(21.0), 0.0],
        present: present[index],
        count: camera[index],
    };
    Some(whens(&table.seconds("ts_local")).into_iter().enumerate().map(moment).collect())
}

/// Presence by a door counter, with runs of one count of `longest` rows and more taken as empty.
fn without_drift(counts: &[Option<f64>], longest: usize) -> Vec<Option<bool>> {
    let mut present: Vec<Option<bool>> = counts.iter().map(|count| count.map(|count| count >= 1.0)).collect();
    let mut start = 0;
    for index in 1..=counts.len() {
        if index == counts.len() || counts[index] != counts[start] {
            if index - start >= longest {
                present[start..index].iter_mut().flatten().for_each(|present| *present = false);
            }
            start = index;
        }
    }
    present
}

/// ROBOD room 1. Its indoor sensors are eight hours early against its counts and its clock (its light is that of
/// daylight only when moved by so much): they are in UTC. Days that do not follow each other are not joined.
pub(super) fn robod() -> Option<Vec<Moment>> {
    const EARLY: usize = 8 * 12;
    let table = Table::read(&recording("robod_room1/robod_room1_5min_sep.csv.gz")?);
    let seconds = table.seconds("ts");
    let (co2, lux) = (table.numbers("co2_ppm"), table.numbers("illuminance_lux"));
    let (temperature, count) = (table.numbers("temp_c"), table.numbers("occupant_count"));
    let whens = whens(&seconds);
    let moment = |index: usize| {
        let sensed = index.checked_sub(EARLY).filter(|early| seconds[index] - seconds[*early] == 28_800.0);
        Moment {
            when: whens[index],
            senses: Senses {
                co2_ppm: sensed.and_then(|early| co2[early]),
                light_lux: sensed.and_then(|early| lux[early]),
                ..Senses::default()
            },
            weather: [sensed.and_then(|early| temperature[early]).unwrap_or(26.0), 0.0],
            present: sensed.and(count[index]).map(|count| count >= 1.0),
            count: count[index],
        }
    };
    Some((0..whens.len()).map(moment).collect())
}

/// A year of a whole building's count, "present" where it is above a share of its highest; stated to the filter.
pub(super) fn building(share: f64) -> Option<Vec<Moment>> {
    let table = Table::read(&recording("occupancy/ou44_building_occupants_15min.csv.gz")?);
    let (seconds, count) = (table.numbers("time_s"), table.numbers("occupants"));
    let most = count.iter().flatten().fold(0.0, |most: f64, count| most.max(*count));
    let seconds: Vec<f64> = seconds.into_iter().flatten().collect();
    let moment = |(index, when): (usize, When)| {
        let present = count[index].map(|count| count > share * most);
        Moment {
            when,
            senses: Senses { people: present.map(u32::from), ..Senses::default() },
            weather: [21.0, 0.0],
            present,
            count: count[index],
        }
    };
    Some(whens(&seconds).into_iter().enumerate().map(moment).collect())
}

/// The fifty rooms of Sutardja Dai Hall, where nobody counted people. A moment is "present" with motion in at least two
/// minutes of the half hour around it, "absent" with none in the two hours around it, and otherwise unknown.
pub(super) fn berkeley_rooms() -> Option<Vec<Vec<Moment>>> {
    let table = Table::read(&recording("sdh_berkeley/rooms_1min_aug23_27.csv.gz")?);
    let at = table.column("room");
    let mut rooms: BTreeMap<String, Vec<csv::StringRecord>> = BTreeMap::new();
    for row in &table.rows {
        rooms.entry(row[at].to_owned()).or_default().push(row.clone());
    }
    let columns = table.columns;
    Some(rooms.into_values().map(|rows| berkeley_room(&Table { columns: columns.clone(), rows })).collect())
}

fn berkeley_room(table: &Table) -> Vec<Moment> {
    let (co2, lux) = (table.numbers("co2_ppm"), table.numbers("light_raw"));
    let (temperature, pir) = (table.numbers("temp_c"), table.numbers("pir_max"));
    // 1 January 1970 was a Thursday; Berkeley is seven hours behind in August.
    let local = |epoch_s: f64| epoch_s + 3.0 * 86_400.0 - 7.0 * 3600.0;
    let seconds: Vec<f64> = table.numbers("ts").into_iter().flatten().map(local).collect();
    let motion: Vec<Option<bool>> = pir.iter().map(|pir| pir.map(|pir| pir > 0.0)).collect();
    let moment = |(index, when): (usize, When)| Moment {
        when,
        senses: Senses {
            motion: motion[index],
            co2_ppm: co2[index],
            light_lux: lux[index],
            ..Senses::default()
        },
        weather: [temperature[index].unwrap_or(23.0), 0.0],
        present: around(&motion, index),
        count: None,
    };
    whens(&seconds).into_iter().enumerate().map(moment).collect()
}

/// Presence by the minutes with motion around one minute.
fn around(motion: &[Option<bool>], index: usize) -> Option<bool> {
    let within = |minutes: usize| {
        let (from, to) = (index.saturating_sub(minutes), (index + minutes + 1).min(motion.len()));
        motion[from..to].iter().filter(|moved| **moved == Some(true)).count()
    };
    match (within(15), within(60)) {
        (2.., _) => Some(true),
        (_, 0) => Some(false),
        _ => None,
    }
}

/// A recording heard only every so often: the last readings of each interval.
pub(super) fn every(moments: &[Moment], step_s: f64) -> Vec<Moment> {
    let mut since_s = 0.0;
    let mut heard = |moment: &Moment| {
        since_s += moment.when.step_s;
        // The clocks of the recordings are a second off here and there.
        (since_s >= step_s - 1.0).then(|| {
            let when = When { step_s: std::mem::take(&mut since_s), ..moment.when };
            Moment { when, ..*moment }
        })
    };
    moments.iter().filter_map(&mut heard).collect()
}
