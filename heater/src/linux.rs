//! This very PC as a heater that only reports: real load, temperatures and power from `/proc`, hwmon and powercap.

use std::fs;
use std::path::{Path, PathBuf};

use vocabulary::{Fault, Metric, Reading, Timestamp};

use crate::board::{Board, Order};
use crate::safety::{DataSheet, HeatLimits};

/// Chips warm up within seconds of work.
const CHIP_SLEW_K_PER_S: f64 = 10.0;

/// A PC that reports what it computes and how warm it is. It cannot be controlled until work is placed on it.
pub struct LinuxBoard {
    proc_stat: PathBuf,
    /// `temp*_input` of the processor and of the board or case, where hwmon has them.
    chip_sensor: Option<PathBuf>,
    case_sensor: Option<PathBuf>,
    /// `energy_uj` and its wrap, of every processor package.
    packages: Vec<Package>,
    chip_limits: Option<HeatLimits>,
    rated_w: f64,
    cores: f64,
    last: Option<(Jiffies, Timestamp)>,
    drawn_w: f64,
    energy_wh: f64,
}

#[derive(Clone, Copy)]
struct Jiffies {
    busy: u64,
    total: u64,
}

struct Package {
    counter: PathBuf,
    wraps_at_uj: u64,
    last_uj: Option<u64>,
}

impl LinuxBoard {
    /// Looks for what this machine has under `/proc` and `/sys`.
    #[must_use]
    pub fn detect(rated_w: f64) -> Self {
        Self::detect_under(Path::new("/"), rated_w)
    }

    fn detect_under(root: &Path, rated_w: f64) -> Self {
        let cores = std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64);
        let chip_sensor =
            hwmon_sensor(root, &["coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal"]);
        Self {
            proc_stat: root.join("proc/stat"),
            chip_limits: chip_sensor.as_deref().and_then(chip_limits),
            chip_sensor,
            case_sensor: hwmon_sensor(root, &["acpitz", "nct6775", "nct6779", "it8628", "pch_cannonlake"]),
            packages: packages(root),
            rated_w,
            cores,
            last: None,
            drawn_w: 0.0,
            energy_wh: 0.0,
        }
    }

    /// Share of all cores busy since the last call, 0 to 1.
    fn load(&mut self, now: Timestamp) -> Option<f64> {
        let current = read_jiffies(&self.proc_stat)?;
        let (last, _) = self.last.replace((current, now))?;
        let total = current.total.checked_sub(last.total).filter(|total| *total > 0)?;
        Some((current.busy.saturating_sub(last.busy)) as f64 / total as f64)
    }

    /// Watts of all packages since the last call; `None` when there is no counter or it may not be read.
    fn power(&mut self, elapsed_s: f64) -> Option<f64> {
        let mut joules = 0.0;
        let mut known = false;
        for package in &mut self.packages {
            let now_uj = read_number(&package.counter)?;
            let last_uj = package.last_uj.replace(now_uj);
            if let Some(last_uj) = last_uj {
                let wrapped = if now_uj < last_uj { package.wraps_at_uj } else { 0 };
                joules += (now_uj + wrapped).saturating_sub(last_uj) as f64 / 1e6;
                known = true;
            }
        }
        (known && elapsed_s > 0.0).then(|| joules / elapsed_s)
    }
}

impl Board for LinuxBoard {
    fn rated_w(&self) -> f64 {
        self.rated_w
    }

    fn controllable(&self) -> bool {
        false
    }

    fn sense(&mut self, now: Timestamp) -> Vec<(Metric, Reading)> {
        let elapsed_s = self.last.map_or(0.0, |(_, before)| now.since(before) as f64 / 1000.0);
        let load = self.load(now);
        let mut readings = Vec::with_capacity(6);
        if let Some(load) = load {
            readings.push((Metric::LoadPct, Reading::value((load * 1000.0).round() / 10.0)));
            readings.push((Metric::CoresBusy, Reading::value((load * self.cores * 10.0).round() / 10.0)));
        }
        for (metric, sensor) in
            [(Metric::ChipTemperatureC, &self.chip_sensor), (Metric::CaseTemperatureC, &self.case_sensor)]
        {
            if let Some(path) = sensor {
                let millidegrees =
                    fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<f64>().ok());
                readings.push((
                    metric,
                    millidegrees.map_or(Reading::Missing(Fault::Silent), |m| Reading::value(m / 1000.0)),
                ));
            }
        }
        if let Some(watts) = self.power(elapsed_s) {
            self.drawn_w = watts;
            self.energy_wh += watts * elapsed_s / 3600.0;
            readings.push((Metric::PowerW, Reading::value((watts * 10.0).round() / 10.0)));
            readings.push((Metric::EnergyWh, Reading::value((self.energy_wh * 100.0).round() / 100.0)));
        }
        readings
    }

    /// Nothing: this board reports only.
    fn obey(&mut self, _order: Order) {}

    fn drawn_w(&self) -> f64 {
        self.drawn_w
    }

    fn data_sheet(&self) -> DataSheet {
        DataSheet { chip: self.chip_limits, ..DataSheet::default() }
    }
}

/// What the processor's maker says beside its sensor: at `temp1_crit` it stops itself; 10 K below, people are told. Nothing where
/// the machine does not say.
fn chip_limits(sensor: &Path) -> Option<HeatLimits> {
    let critical_c = read_number(&sensor.with_file_name("temp1_crit"))? as f64 / 1000.0;
    HeatLimits::new(critical_c - 10.0, critical_c, 5.0, CHIP_SLEW_K_PER_S).ok()
}

fn read_number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The first line of `/proc/stat`: user nice system idle iowait irq softirq steal …, in jiffies.
fn read_jiffies(path: &Path) -> Option<Jiffies> {
    let text = fs::read_to_string(path).ok()?;
    let fields: Vec<u64> = text
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace()
        .take(8)
        .filter_map(|f| f.parse().ok())
        .collect();
    let total: u64 = fields.iter().sum();
    let idle = fields.get(3)? + fields.get(4).unwrap_or(&0);
    Some(Jiffies { busy: total.saturating_sub(idle), total })
}

/// The first `temp*_input` of the first hwmon device of one of these drivers.
fn hwmon_sensor(root: &Path, drivers: &[&str]) -> Option<PathBuf> {
    let mut devices: Vec<PathBuf> =
        fs::read_dir(root.join("sys/class/hwmon")).ok()?.flatten().map(|entry| entry.path()).collect();
    devices.sort();
    devices
        .into_iter()
        .filter(|device| {
            fs::read_to_string(device.join("name")).is_ok_and(|name| drivers.contains(&name.trim()))
        })
        .map(|device| device.join("temp1_input"))
        .find(|input| input.exists())
}

/// Processor packages of powercap: `intel-rapl:N`, without their sub-domains.
fn packages(root: &Path) -> Vec<Package> {
    let Ok(entries) = fs::read_dir(root.join("sys/class/powercap")) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().strip_prefix("intel-rapl:").is_some_and(|rest| !rest.contains(':'))
        })
        .map(|entry| Package {
            counter: entry.path().join("energy_uj"),
            wraps_at_uj: read_number(&entry.path().join("max_energy_range_uj")).unwrap_or(0),
            last_uj: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn value(readings: &[(Metric, Reading)], metric: &Metric) -> Option<f64> {
        readings.iter().find(|(m, _)| m == metric).and_then(|(_, reading)| reading.known())
    }

    #[test]
    fn load_temperature_and_power_are_read_where_they_are_present() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        write(root, "proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\n");
        write(root, "sys/class/hwmon/hwmon0/name", "nvme\n");
        write(root, "sys/class/hwmon/hwmon1/name", "k10temp\n");
        write(root, "sys/class/hwmon/hwmon1/temp1_input", "63250\n");
        write(root, "sys/class/hwmon/hwmon1/temp1_crit", "100000\n");
        write(root, "sys/class/powercap/intel-rapl:0/energy_uj", "999000000\n");
        write(root, "sys/class/powercap/intel-rapl:0/max_energy_range_uj", "1000000000\n");
        write(root, "sys/class/powercap/intel-rapl:0:0/energy_uj", "1\n");
        let mut board = LinuxBoard::detect_under(root, 200.0);
        let first = board.sense(Timestamp::from_ms(0));
        assert_eq!(value(&first, &Metric::ChipTemperatureC), Some(63.25));
        assert_eq!(value(&first, &Metric::LoadPct), None, "load needs two looks");
        let limits = board.data_sheet().chip.unwrap();
        assert_eq!((limits.warn_c(), limits.limit_c()), (90.0, 100.0));
        write(root, "proc/stat", "cpu  150 0 100 850 0 0 0 0 0 0\n");
        // The counter wraps: 1 J before its end, 499 J after.
        write(root, "sys/class/powercap/intel-rapl:0/energy_uj", "499000000\n");
        let second = board.sense(Timestamp::from_ms(10_000));
        assert_eq!(value(&second, &Metric::LoadPct), Some(50.0));
        assert_eq!(value(&second, &Metric::PowerW), Some(50.0));
    }

    #[test]
    fn a_machine_without_sensors_reports_its_load_alone() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "proc/stat", "cpu  1 0 1 8 0 0 0 0\n");
        let mut board = LinuxBoard::detect_under(root.path(), 200.0);
        board.sense(Timestamp::from_ms(0));
        write(root.path(), "proc/stat", "cpu  2 0 1 9 0 0 0 0\n");
        assert_eq!(board.data_sheet().chip, None);
        let readings = board.sense(Timestamp::from_ms(1_000));
        assert_eq!(readings.iter().map(|(m, _)| m.as_str()).collect::<Vec<_>>(), ["load_pct", "cores_busy"]);
    }

    #[test]
    fn this_machine_has_a_load() {
        let mut board = LinuxBoard::detect(200.0);
        board.sense(Timestamp::from_ms(0));
        assert!(!board.controllable() && board.last.is_some(), "/proc/stat reads on any Linux");
    }
}
