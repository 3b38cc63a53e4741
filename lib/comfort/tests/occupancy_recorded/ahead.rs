//! The forecast of the next 24 hours, scored once an hour beside what is simplest: the present goes on, and the mean of
//! the hour of the week (of the true presence so far, which the filter never hears).

use comfort::Occupancy;

use super::recorded::{self, Moment};

/// Sums of squared errors of ours, of the hour-of-week mean and of persistence, over 0–2 h, 2–6 h and 6–24 h.
#[derive(Default)]
struct Ahead {
    squares: [[f64; 3]; 3],
    count: [f64; 3],
}

impl Ahead {
    fn brier(&self) -> [f64; 3] {
        let all: f64 = self.count.iter().sum();
        std::array::from_fn(|rival| self.squares.iter().map(|band| band[rival]).sum::<f64>() / all)
    }

    fn show(&self, name: &str) {
        let [ours, weekly, persistent] = self.brier();
        print!("  {name:42} {ours:.3}   {weekly:.3}   {persistent:.3}  ");
        for (squares, count) in self.squares.iter().zip(self.count) {
            print!("   {:.3}/{:.3}/{:.3}", squares[0] / count, squares[1] / count, squares[2] / count);
        }
        println!();
    }
}

/// The true presence by the hour of the week, as far as it is past.
struct Weekly {
    present: [f64; 168],
    seen: [f64; 168],
}

impl Weekly {
    fn learn(&mut self, hour_of_week: f64, present: bool) {
        self.present[hour_of_week as usize] += f64::from(u8::from(present));
        self.seen[hour_of_week as usize] += 1.0;
    }

    /// The mean of that hour, or of all hours where it was never seen.
    fn at(&self, hour_of_week: f64) -> f64 {
        let hour = hour_of_week as usize;
        if self.seen[hour] > 0.0 {
            return self.present[hour] / self.seen[hour];
        }
        self.present.iter().sum::<f64>() / self.seen.iter().sum::<f64>()
    }
}

/// Runs the filter over a recording and scores a forecast an hour, beginning `after_h` hours in.
fn score(filter: &mut Occupancy, moments: &[Moment], after_h: f64) -> Ahead {
    let mut clock = 0.0;
    let times: Vec<f64> = moments.iter().map(|moment| (clock += moment.when.step_s, clock).1).collect();
    let mut weekly = Weekly { present: [0.0; 168], seen: [0.0; 168] };
    let mut ahead = Ahead::default();
    let mut last_s = after_h * 3600.0;
    for (index, moment) in moments.iter().enumerate() {
        filter.observe(&moment.senses, moment.when);
        let Some(present) = moment.present else { continue };
        weekly.learn(moment.when.hour_of_week, present);
        if times[index] - last_s < 3600.0 {
            continue;
        }
        last_s = times[index];
        let forecast = filter.forecast(moment.when.hour_of_week, filter.probability(), &[]);
        let mut later = index;
        for (half_hour, guess) in forecast.iter().enumerate() {
            let due_s = times[index] + 1800.0 * (half_hour as f64 + 0.5);
            later += times[later..].partition_point(|time| *time < due_s);
            // The end of the recording, or a gap in it.
            let Some(truth) = moments.get(later).filter(|_| times[later] - due_s < 900.0) else { break };
            let Some(truth_present) = truth.present else { continue };
            let band = usize::from(half_hour >= 4) + usize::from(half_hour >= 12);
            let rivals = [*guess, weekly.at(truth.when.hour_of_week), f64::from(u8::from(present))];
            for (square, rival) in ahead.squares[band].iter_mut().zip(rivals) {
                *square += (rival - f64::from(u8::from(truth_present))).powi(2);
            }
            ahead.count[band] += 1.0;
        }
    }
    ahead
}

#[test]
fn the_next_day_is_foretold_better_than_by_the_week_and_by_the_present() {
    println!("\nBrier score of the next 24 h");
    println!("  {:42} ours    week    present      0-2 h, 2-6 h, 6-24 h: ours/week/present", "");
    for (room, volume_m3) in [("e22-508-1", 400.0), ("e22-511-2", 444.8)] {
        let Some(moments) = recorded::teaching_room(room) else { return };
        let ahead = score(&mut Occupancy::new(Some(volume_m3)), &moments, 7.0 * 24.0);
        ahead.show(&format!("OU44 room {room}, motion and CO2, 15 d"));
        let [ours, weekly, persistent] = ahead.brier();
        assert!(ours < 0.96 * weekly && ours < 0.6 * persistent, "{room}");
    }
    let Some(moments) = recorded::robod() else { return };
    score(&mut Occupancy::new(None), &moments, 7.0 * 24.0).show("ROBOD room 1, CO2 and light, 18 d");
    for share in [0.02, 0.1, 0.3] {
        let Some(moments) = recorded::building(share) else { return };
        let ahead = score(&mut Occupancy::new(None), &moments, 28.0 * 24.0);
        ahead.show(&format!("OU44 building above {share} of its most, a year"));
        let [ours, weekly, persistent] = ahead.brier();
        assert!(ours < 0.93 * weekly && ours < 0.4 * persistent, "{share}");
    }
}

/// Squared errors of "somebody comes within so many half hours" from empty moments, ours and those of the mean, and the
/// share that came where ours said more than 0.8.
fn score_arrival(moments: &[Moment], half_hours: usize) -> [f64; 3] {
    let mut filter = Occupancy::new(None);
    let rows = half_hours * 2;
    let (mut squares, mut came, mut count, mut sure) = (0.0, 0.0, 0.0, [0.0; 2]);
    for (index, moment) in moments.iter().enumerate() {
        filter.observe(&moment.senses, moment.when);
        // Four weeks to learn; then once an hour, as far as the recording reaches.
        let later = moments.get(index + 1..=index + rows);
        let (Some(later), Some(false), true) = (later, moment.present, index > 28 * 96 && index % 4 == 0)
        else {
            continue;
        };
        let guess = filter.arrival(moment.when.hour_of_week, filter.probability(), &[])[half_hours - 1];
        let truth = f64::from(u8::from(later.iter().any(|moment| moment.present == Some(true))));
        squares += (guess - truth).powi(2);
        (came, count) = (came + truth, count + 1.0);
        if guess > 0.8 {
            sure = [sure[0] + truth, sure[1] + 1.0];
        }
    }
    let mean = came / count;
    [squares / count, mean * (1.0 - mean), sure[0] / f64::max(sure[1], 1.0)]
}

#[test]
fn an_arrival_is_foretold_better_than_by_its_mean() {
    println!(
        "\nSomebody comes, OU44 building, a year: Brier score, of the mean, came where more than 0.8 was said"
    );
    for share in [0.1, 0.3] {
        let Some(moments) = recorded::building(share) else { return };
        for half_hours in [4, 12, 24] {
            let [ours, mean, sure] = score_arrival(&moments, half_hours);
            println!("  above {share}, within {} h: {ours:.3}   {mean:.3}   {sure:.2}", half_hours / 2);
            assert!(ours < 0.85 * mean, "{share} {half_hours}");
        }
    }
}
