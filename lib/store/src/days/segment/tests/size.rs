//! How few bytes a sample takes, on what a house says in a day.

use super::*;

/// A generator that gives the same numbers every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 20) % sides) as i64
    }

    /// From `-most` to `most`.
    fn step(&mut self, most: i64) -> i64 {
        self.below(2 * most as u64 + 1) - most
    }
}

/// A record of twelve metrics every ten seconds, with the few milliseconds that a clock is off each time.
/// The sensors are noisier than real ones, so that the figure is no flattery.
fn a_day(records: usize) -> Vec<Row> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut room, mut humidity, mut co2, mut target, mut energy) = (2_143, 412, 640, 400, 1_234_567);
    let (mut presence, mut fan, mut chip, mut clients) = (0, 900, 600, 3);
    let record = |at: usize| {
        room += dice.step(2);
        humidity += dice.step(1);
        co2 = (co2 + dice.step(5)).clamp(400, 2_000);
        target = if dice.below(60) == 0 { dice.below(9) * 60 } else { target };
        let power = target + dice.step(4);
        energy += power.max(0) / 360 + dice.below(2);
        presence = if dice.below(120) == 0 { 1 - presence } else { presence };
        fan += (target * 2 - fan) / 8 + dice.step(6);
        chip += (target - chip) / 16 + dice.step(4);
        clients = if dice.below(30) == 0 { dice.below(8) } else { clients };
        let setpoint = if at / 180 % 8 < 5 { 21.0 } else { 18.5 };
        let [room, humidity, co2, power, energy, load, presence, fan, chip, sound, clients] = [
            room,
            humidity,
            co2,
            power,
            energy,
            power / 5,
            presence,
            fan,
            chip,
            350 + dice.step(20),
            clients,
        ]
        .map(|whole: i64| whole as f64);
        let values = [
            room / 100.0,
            humidity / 10.0,
            co2,
            power,
            energy,
            load,
            presence,
            fan,
            chip / 10.0,
            sound / 10.0,
            clients,
            setpoint,
        ];
        let ts = DAY + at as i64 * 10_000 + dice.below(12);
        let cell = |(metric, value)| Cell { metric, ts, measurement: good(value) };
        Row { origin: origin(5, at as u64), cells: (0..).zip(values).map(cell).collect() }
    };
    (0..records).map(record).collect()
}

fn bytes_per_sample(rows: &[Row]) -> f64 {
    let folder = TempDir::new().unwrap();
    let house: BTreeMap<u32, Vec<Row>> = (0..10).map(|heater| (heater, rows.to_vec())).collect();
    let (summary, _) = write(&folder, &house);
    summary.bytes as f64 / summary.cells as f64
}

#[test]
fn a_sample_takes_less_than_a_byte() {
    for (what, records) in [("a day", 8_640), ("an hour", 360)] {
        let size = bytes_per_sample(&a_day(records));
        println!("{what}: {size:.3} bytes per sample");
        assert!(size <= 0.9, "{what}: {size}");
    }
}

#[test]
fn a_heater_that_says_the_same_all_day_takes_next_to_nothing() {
    let rows: Vec<Row> = (0..8_640)
        .map(|at| {
            let cell = |metric| Cell {
                metric,
                ts: DAY + at as i64 * 10_000,
                measurement: good(f64::from(metric) * 1.5),
            };
            Row { origin: origin(1, at), cells: (0..12).map(cell).collect() }
        })
        .collect();
    let size = bytes_per_sample(&rows);
    assert!(size < 0.01, "{size}");
}
