//! Our model of a room against persistence and ARX(3) on recorded buildings: the first 60 % of each recording is
//! learned from, the rest judged, with the same start points and the same known inputs for all.
#![allow(clippy::unwrap_used, reason = "a test")]

mod arx;
mod recordings;

use arx::{Arx, Grid};
use comfort::{History, Prior, Room, fit, residuals_k};
use recordings::Recording;

/// Hours ahead.
const HORIZONS_H: [usize; 3] = [1, 6, 24];

const NIGHTS: usize = 14;

/// How much of a recording is learned from.
fn fitted(rows: usize) -> usize {
    rows * 6 / 10
}

fn learn(recording: &Recording, mix: &[f64], heat: f64, rows: usize) -> Room {
    let part =
        Recording { name: recording.name.clone(), rows: recording.rows[..rows].to_vec(), ..*recording };
    let mut prior = Prior::of(heat * recording.rated_w, recording.floor_m2, None);
    if recording.name.starts_with("twin") {
        let e = comfort::Emitter { lag_s: 120.0, radiant_share: 0.3, ..prior.room.model.emitter };
        prior = prior.with_emitter(e);
    }
    let history = part.history(mix, heat);
    (0..NIGHTS).fold(prior.room, |room, _| fit(&prior, &room, &history))
}

fn grid(recording: &Recording, stride: usize) -> Grid {
    let suns = recording.rows[0].suns_w_per_m2.len();
    let single: Vec<History> = (0..suns.max(1))
        .map(|sun| {
            recording
                .history(&(0..suns).map(|other| f64::from(u8::from(other == sun))).collect::<Vec<_>>(), 1.0)
        })
        .collect();
    let quarters: Vec<Vec<comfort::Quarter>> =
        single.iter().map(|history| history.quarters().collect()).collect();
    let steps = quarters[0].len() / stride;
    let heats = recording.rows[0].heats_w.len();
    let apart: Vec<Vec<comfort::Quarter>> = (1..heats)
        .map(|heat| {
            let rows = recording
                .rows
                .iter()
                .map(|row| recordings::Row { heats_w: vec![row.heats_w[heat]], ..row.clone() })
                .collect();
            let alone = Recording { name: String::new(), rows, ..*recording };
            alone.history(&[], 1.0).quarters().collect()
        })
        .collect();
    let mean = |from: usize, value: &dyn Fn(usize) -> f64| {
        (from..from + stride).map(value).sum::<f64>() / stride as f64
    };
    let inputs = (0..steps)
        .map(|step| {
            let from = step * stride;
            let mut row =
                vec![mean(from, &|at| quarters[0][at].power_w), mean(from, &|at| quarters[0][at].outdoor_c)];
            row.extend((0..suns).map(|sun| mean(from, &|at| quarters[sun][at].sun_w_per_m2)));
            row.extend(apart.iter().map(|heat| mean(from, &|at| heat[at].power_w)));
            if recording.rows[0].presence.is_some() {
                row.push(mean(from, &|at| quarters[0][at].presence));
            }
            row
        })
        .collect();
    let air = (0..steps).map(|step| quarters[0][step * stride + stride - 1].air_c).collect();
    Grid { air, inputs }
}

#[test]
fn table() {
    println!(
        "{:<20} {:>3} {:>6} {:>8} {:>8} {:>8} {:>8}",
        "", "h", "starts", "still", "arx", "arx1h", "ours"
    );
    for recording in recordings::all() {
        let suns = recording.rows[0].suns_w_per_m2.len();
        let mixes: Vec<Vec<f64>> = if suns == 2 {
            (0..=8).map(|w| vec![f64::from(w) / 8.0, 1.0 - f64::from(w) / 8.0]).collect()
        } else {
            vec![vec![1.0; suns]]
        };
        let score = |mix: &Vec<f64>, heat: f64| {
            let rows = fitted(recording.rows.len());
            let learned = learn(&recording, mix, heat, rows);
            let history = recording.history(mix, heat);
            let cut = fitted(history.len());
            HORIZONS_H
                .iter()
                .map(|h| {
                    let r = residuals_k(&learned, &history, 4 * h);
                    let (s, n) =
                        (0..cut - 4 * h).filter_map(|i| r[i]).fold((0.0, 0), |(s, n), e| (s + e * e, n + 1));
                    (s / f64::from(n.max(1))).max(1e-6).ln()
                })
                .sum::<f64>()
        };
        let heats: &[f64] =
            if recording.name.starts_with("ou44") { &[4.0, 2.0, 1.0, 0.5, 0.25, 0.125] } else { &[1.0] };
        let (mix, heat) = mixes
            .iter()
            .flat_map(|mix| heats.iter().map(move |heat| (mix.clone(), *heat)))
            .min_by(|a, b| score(&a.0, a.1).total_cmp(&score(&b.0, b.1)))
            .unwrap();
        println!("twin: rated heat {heat}");
        let learned = learn(&recording, &mix, heat, fitted(recording.rows.len()));
        let history = recording.history(&mix, heat);
        let stride = (recording.step_s / 900.0).ceil() as usize;
        let quarters: Vec<_> = history.quarters().collect();
        println!(
            "{} rated {:.0} W mix {mix:?} presence {:.0} gains {:.3?} loss {:.1} tau {:.1} h",
            recording.name,
            recording.rated_w,
            learned.presence_w,
            learned.gains,
            learned.model.heat_loss_w_per_k(),
            learned.model.time_constant_s() / 3600.0
        );
        let grids = [grid(&recording, stride), grid(&recording, 4)];
        let arx = [stride, 4]
            .iter()
            .zip(&grids)
            .map(|(s, g)| Arx::fit(g, fitted(history.len()) / s))
            .collect::<Vec<_>>();
        for h in HORIZONS_H {
            let ahead = 4 * h;
            let ours = residuals_k(&learned, &history, ahead);
            let (mut sums, mut count) = ([0.0; 4], 0);
            let mut bias = 0.0;
            for from in (if std::env::var("FITPART").is_ok() {
                12..fitted(history.len())
            } else {
                fitted(history.len())..history.len()
            })
            .filter(|from| (from + 1) % 4 == 0)
            {
                let Some(Some(our)) = ours.get(from) else { continue };
                let at = |i: usize, s: usize| arx[i].predict(&grids[i], (from + 1) / s - 1, ahead / s);
                let (Some(a), Some(b)) = (at(0, stride), at(1, 4)) else { continue };
                let truth = quarters[from + ahead].air_c.unwrap();
                let still = truth - quarters[from].air_c.unwrap();
                for (sum, e) in sums.iter_mut().zip([still, truth - a, truth - b, *our]) {
                    *sum += e * e;
                }
                if std::env::var("LIST").is_ok()
                    && recording.name.contains(&std::env::var("LIST").unwrap())
                    && h == std::env::var("LH").unwrap().parse::<usize>().unwrap()
                {
                    println!(
                        "L {from} air {:.2?} power {:.0?} ours {our:.2} arx {:.2}",
                        (from - 4..=from + 4).map(|i| quarters[i].air_c.unwrap_or(0.0)).collect::<Vec<_>>(),
                        (from - 4..=from + 4).map(|i| quarters[i].power_w).collect::<Vec<_>>(),
                        truth - a
                    );
                }
                count += 1;
                bias += our;
            }
            let r = sums.map(|s: f64| (s / f64::from(count)).sqrt());
            println!(
                "{:<20} {h:>3} {count:>6} {:>8.3} {:>8.3} {:>8.3} {:>8.3} ({:.2})",
                recording.name,
                r[0],
                r[1],
                r[2],
                r[3],
                bias / f64::from(count)
            );
        }
    }
}
