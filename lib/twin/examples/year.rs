//! How long a year of a large building takes, and whether it is always the same year.
//!
//! `cargo run --release -p twin --example year [rooms] [days]` (1,000 rooms and 365 days where none are
//! named) lives through the days in steps of five minutes, all sensors read at every step, and prints the
//! processor seconds it took, what that is a room-step, and a checksum of the bits of every temperature. Two
//! runs must print the same checksum.

use twin::{Building, BuildingPlan, Moment, Season};

/// Monday 6 January 2025, 0:00 in Paris.
const START: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };
const STEP_S: f64 = 300.0;
const STEPS_A_DAY: u32 = 288;

/// Processor time of this process so far, s: unlike a clock it does not count what others do meanwhile.
fn processor_s() -> f64 {
    let schedule = std::fs::read_to_string("/proc/self/schedstat").expect("Linux counts processor time");
    let on_processor_ns = schedule.split(' ').next().expect("its first number is time on the processor");
    on_processor_ns.parse::<f64>().expect("a whole number") / 1e9
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<usize>().expect("a whole number"));
    let rooms = numbers.next().unwrap_or(1000);
    let days = numbers.next().unwrap_or(365);
    let plan = BuildingPlan::random(1, rooms);
    let emitters = plan.emitters.clone();
    let mut building = Building::new(plan, 1, Season::Today, START).expect("the plan is sound");
    let mut power_w = vec![0.0; building.emitters()];
    let begin_s = processor_s();
    let (mut checksum, mut sensed_sum) = (0u64, 0.0);
    let steps = days as u32 * STEPS_A_DAY;
    for step in 1..=steps {
        for (power_w, emitter) in power_w.iter_mut().zip(&emitters) {
            *power_w = emitter.rated_w * (20.5 - building.room(emitter.room).air_c).clamp(0.0, 1.0);
        }
        building.step(START.later_by(i64::from(step) * 300_000), STEP_S, &power_w);
        for room in 0..rooms {
            checksum = checksum.rotate_left(1) ^ building.room(room).air_c.to_bits();
            sensed_sum += building.sense(room).temperature_c;
        }
    }
    let seconds = processor_s() - begin_s;
    let room_steps = f64::from(steps) * rooms as f64;
    println!(
        "{rooms} rooms, {days} days: {seconds:.1} s of processor time, {:.0} ns a room-step",
        seconds / room_steps * 1e9
    );
    println!("1,000 rooms, 365 days: {:.1} s", seconds / room_steps * 105_120_000.0);
    println!("mean sensed {:.4} °C, checksum {checksum:016x}", sensed_sum / room_steps);
}
