use super::*;
use crate::building::Building;
use crate::plan::BuildingPlan;
use crate::received::Received;
use crate::season::Season;

/// Monday 6 January 2025, 0:00 in Paris.
const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

fn building(faults: Faults) -> Building {
    Building::new(BuildingPlan::random(5, 40), 5, Season::Winter, MONDAY).unwrap().with_faults(faults)
}

/// Lives through days in steps of five minutes and hands over every message with its room.
fn listen(building: &mut Building, days: i64, mut hear: impl FnMut(&Building, usize, Received)) {
    for step in 1..=days * 288 {
        let power_w = vec![300.0; building.emitters()];
        building.step(MONDAY.later_by(step * MESSAGE_MS), 300.0, &power_w);
        for room in 0..building.rooms() {
            hear(building, room, building.receive(room));
        }
    }
}

#[test]
fn without_faults_everything_sensed_is_received() {
    listen(&mut building(Faults::default()), 1, |building, room, received| {
        let sensed = building.sense(room);
        assert_eq!(received.temperature_c, Some(sensed.temperature_c));
        assert_eq!(received.co2_ppm, Some(sensed.co2_ppm));
        assert_eq!(received.illuminance_lux, Some(sensed.illuminance_lux));
        assert_eq!(received.presence, Some(sensed.presence));
    });
}

#[test]
fn every_kind_of_fault_does_to_the_temperature_what_it_is_called() {
    let mut seen = [0u32; 5];
    let mut stuck = vec![None; 40];
    let mut scattered = 0.0f64;
    listen(
        &mut building(Faults { bad_sensors: 1.0, ..Faults::default() }),
        20,
        |building, room, received| {
            let kind = building.fault(room, Sensor::Temperature);
            let error_k = received.temperature_c.map(|celsius| celsius - building.sense(room).temperature_c);
            if kind != Some(FaultKind::Stuck) {
                stuck[room] = None;
            }
            match (kind, error_k) {
                (None, Some(error_k)) => assert_eq!(error_k, 0.0),
                (Some(FaultKind::Silent), None) => seen[0] += 1,
                (Some(FaultKind::Offset), Some(error_k)) => {
                    assert!((1.98..6.02).contains(&error_k.abs()), "{error_k}");
                    seen[1] += 1;
                }
                (Some(FaultKind::Drift), Some(error_k)) => {
                    assert!(error_k.abs() < 0.25 * 90.0 + 0.01);
                    seen[2] += 1;
                }
                (Some(FaultKind::Stuck), Some(_)) => {
                    let value = *stuck[room].get_or_insert(received.temperature_c);
                    assert_eq!(received.temperature_c, value);
                    seen[3] += 1;
                }
                (Some(FaultKind::Noisy), Some(error_k)) => {
                    scattered += error_k.powi(2);
                    seen[4] += 1;
                }
                other => panic!("{other:?}"),
            }
        },
    );
    assert!(seen.iter().all(|&count| count > 5000), "{seen:?}");
    let scatter_k = (scattered / f64::from(seen[4])).sqrt();
    assert!((1.0..3.0).contains(&scatter_k), "{scatter_k}");
}

#[test]
fn a_tenth_of_bad_sensors_is_a_tenth_and_half_of_them_are_wrong_at_a_time() {
    let noise = Noise::new(7);
    let faults = Faults { bad_sensors: 0.1, ..Faults::default() };
    let bad: Vec<usize> = (0..5000).filter(|&room| faults.is_bad(noise, room, Sensor::Temperature)).collect();
    assert!((430..570).contains(&bad.len()), "{}", bad.len());
    let wrong = (0..200)
        .flat_map(|hour| bad.iter().map(move |&room| (room, MONDAY.later_by(hour * 3 * HOUR_MS))))
        .filter(|&(room, now)| faults.episode(noise, room, Sensor::Temperature, now).is_some())
        .count() as f64;
    let share = wrong / (200 * bad.len()) as f64;
    assert!((0.45..0.55).contains(&share), "{share}");
}

#[test]
fn messages_are_lost_one_by_one_and_in_rows_as_often_as_asked() {
    let noise = Noise::new(3);
    let lost = |faults: Faults| {
        let slots = (0..50).flat_map(|room| (0..8640i64).map(move |slot| (room, slot)));
        let lost: Vec<bool> = slots
            .map(|(room, slot)| faults.loses_message(noise, room, MONDAY.later_by(slot * MESSAGE_MS)))
            .collect();
        let pairs = lost.windows(2).filter(|pair| pair[0] && pair[1]).count() as f64;
        let count = lost.iter().filter(|&&lost| lost).count() as f64;
        (count / lost.len() as f64, pairs / count)
    };
    let (share, followed) = lost(Faults { lost_messages: 0.02, ..Faults::default() });
    assert!((0.018..0.022).contains(&share) && followed < 0.04, "{share} {followed}");
    // On half of the days an outage of 95 minutes in the mean.
    let (share, followed) = lost(Faults { days_with_outage: 0.5, ..Faults::default() });
    assert!((0.029..0.037).contains(&share) && followed > 0.9, "{share} {followed}");
}

#[test]
fn the_same_seed_fails_in_the_same_way_and_faults_change_nothing_in_the_rooms() {
    let faults = Faults { bad_sensors: 0.3, lost_messages: 0.05, days_with_outage: 0.2 };
    let record = |faults| {
        let mut heard = Vec::new();
        let mut truth = Vec::new();
        listen(&mut building(faults), 3, |building, room, received| {
            heard.push(received);
            truth.push(building.room(room).air_c.to_bits());
        });
        (heard, truth)
    };
    let (first, second, sound) = (record(faults), record(faults), record(Faults::default()));
    assert!(first == second);
    assert!(first.1 == sound.1 && first.0 != sound.0);
}
