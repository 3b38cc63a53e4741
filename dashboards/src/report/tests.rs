//! Reports of hand-made hours against figures computed by hand.

use registry::{Accounting, Rate};
use vocabulary::{DisplayName, RoomId, Timestamp, Zone};

use super::figure::{Key, Remark, Unknown};
use super::meter::Drawn;
use super::peak::{Fineness, Peak};
use super::period::{Asked, Period};
use super::work::Work;
use super::*;

fn paris() -> Zone {
    "Europe/Paris".parse().unwrap()
}

/// Two rooms and a heater in each over a day, every hour the same; the second's heater is silent for six hours.
fn day(date: &str) -> Material {
    let now = Timestamp::parse_rfc3339("2027-01-01T00:00:00Z").unwrap();
    let asked = Asked { period: Some("day"), date: Some(date), ..Asked::default() };
    let period = Period::read(asked, paris(), now).unwrap();
    let hours = usize::try_from(period.to.since(period.from) / 3_600_000).unwrap();
    let room = |id: &str, degrees: f64| RoomHours {
        id: RoomId::new(id).unwrap(),
        name: id.to_owned(),
        high_c: 22.0,
        asked_c: vec![20.0; hours],
        temperature_c: vec![Some(degrees); hours],
        present: Some(vec![Some(0.5); hours]),
        scheduled: vec![Some(1.0); hours],
        premises: Some(0),
    };
    let heater = |room, watts: f64, silent: usize| HeaterHours {
        is_guest: false,
        room: Some(room),
        drawn: Drawn {
            wh: (0..hours).map(|hour| (hour >= silent).then_some(watts)).collect(),
            resets: 1,
            jumps: 0,
        },
        work: Work { useful_wh: 100.0, ..Work::default() },
    };
    Material {
        period,
        zone: paris(),
        starts: (0..hours as i64).map(|hour| period.from.plus_ms(hour * 3_600_000)).collect(),
        lengths_h: vec![1.0; hours],
        heaters: vec![heater(0, 500.0, 0), heater(1, 300.0, 6)],
        rooms: vec![room("a", 20.0), room("b", 18.5)],
        outdoor_c: vec![Some(8.0); hours],
        price_eur_per_kwh: vec![None; hours],
        carbon_g_per_kwh: vec![Some(50.0); hours],
        accounting: Accounting::default(),
        has_rules: true,
        peak: None,
        fineness: Fineness::default(),
    }
}

fn value(report: &Report, key: Key) -> Result<f64, Unknown> {
    report.figure(key).unwrap().value.map(|value| (value * 1e6).round() / 1e6)
}

#[test]
fn a_day_of_two_rooms_comes_out_as_by_hand() {
    let report = Report::of(&day("2026-01-20"));
    // 24 · 500 + 18 · 300 Wh
    assert_eq!(value(&report, Key::Energy), Ok(17.4));
    assert_eq!(report.figure(Key::Energy).unwrap().coverage, Some(42.0 / 48.0));
    assert_eq!(value(&report, Key::DegreeDays), Ok(10.0));
    assert_eq!(value(&report, Key::Carbon), Ok(17.4 * 0.05));
    // Half of the time somebody is there: 12 hours in each room; b lacks 1.5 K, which is below the band.
    assert_eq!(value(&report, Key::InBand), Ok(50.0));
    assert_eq!(value(&report, Key::Cold), Ok(18.0));
    // Mean of the two: 19.25, above 19 in every hour that is heated.
    assert_eq!((value(&report, Key::HeatedMean), value(&report, Key::AboveMean)), (Ok(19.25), Ok(100.0)));
    assert_eq!(value(&report, Key::AboveEmptyADay), Err(Unknown::NothingToJudge));
    assert_eq!(value(&report, Key::Waste), Ok(0.0));
    let b = &report.rooms[1];
    assert_eq!((b.kwh, b.mean_c, b.in_band, b.cold_kh), (Some(5.4), Some(18.5), Some(0.0), Some(18.0)));
    assert_eq!(report.figure(Key::Energy).unwrap().remarks, [Remark::Meters { resets: 2, jumps: 0 }]);
}

#[test]
fn the_days_on_which_clocks_change_have_their_own_hours() {
    for (date, hours) in [("2026-03-29", 23.0), ("2026-10-25", 25.0)] {
        let report = Report::of(&day(date));
        let kwh = (hours * 500.0 + (hours - 6.0) * 300.0) / 1000.0;
        assert_eq!((value(&report, Key::Energy), value(&report, Key::DegreeDays)), (Ok(kwh), Ok(10.0)));
    }
}

#[test]
fn nothing_that_nobody_said_has_a_number() {
    let mut material = day("2026-01-20");
    material.outdoor_c.fill(None);
    material.carbon_g_per_kwh.fill(None);
    material.has_rules = false;
    let report = Report::of(&material);
    for (key, why) in [
        (Key::Cost, Unknown::NotConfigured),
        (Key::Carbon, Unknown::NotConfigured),
        (Key::Refund, Unknown::NotConfigured),
        (Key::DegreeDays, Unknown::NotRecorded),
        (Key::Peak, Unknown::NotRecorded),
        (Key::HeatedMean, Unknown::NoRules),
    ] {
        assert_eq!(value(&report, key), Err(why), "{key:?}");
    }
    assert_eq!(report.rooms[0].refund_eur, None);
}

#[test]
fn what_was_declared_gives_cost_and_refund_with_its_source() {
    let mut material = day("2026-01-20");
    let rate = |amount, source| Some(Rate { amount, source: DisplayName::new(source).unwrap() });
    material.accounting.price_eur = rate(0.2, "Contrat");
    material.accounting.refund_eur = rate(0.1, "Bail");
    material.peak = Some(Peak { at: material.period.from, mean_w: 760.0, cap_w: Some(1000.0) });
    let report = Report::of(&material);
    assert_eq!((value(&report, Key::Cost), value(&report, Key::Refund)), (Ok(3.48), Ok(1.74)));
    assert!((report.rooms[0].refund_eur.unwrap() - 1.2).abs() < 1e-9);
    assert_eq!((value(&report, Key::Peak), value(&report, Key::PeakOfCap)), (Ok(0.76), Ok(76.0)));
    let [Remark::ByDeclared { kwh, per_kwh, source }] = &report.figure(Key::Cost).unwrap().remarks[..] else {
        panic!("one remark");
    };
    assert_eq!(((kwh * 1e6).round() / 1e6, *per_kwh, source.as_str()), (17.4, 0.2, "Contrat"));
}

#[test]
fn energy_is_carried_into_the_weather_of_the_time_it_is_compared_with() {
    let mut colder = day("2026-01-19");
    colder.outdoor_c.fill(Some(-2.0));
    let other = Report::of(&colder);
    let report = Report::of(&day("2026-01-20")).against(&other);
    // Twice as many degree days then: twice the energy.
    assert_eq!(value(&report, Key::Corrected), Ok(34.8));
    assert_eq!(other.compared(Key::Corrected).map(|figure| figure.key), Some(Key::Energy));
    let mut mild = day("2026-07-19");
    mild.outdoor_c.fill(Some(25.0));
    let report = Report::of(&day("2026-01-20")).against(&Report::of(&mild));
    assert_eq!(value(&report, Key::Corrected), Err(Unknown::TooMild));
}

#[test]
fn a_report_of_nothing_is_finite_and_says_so() {
    let mut material = day("2026-01-20");
    material.heaters.clear();
    material.rooms.clear();
    let report = Report::of(&material).against(&Report::of(&day("2026-01-19")));
    assert!(
        report.figures.iter().all(|figure| figure.value.is_ok_and(f64::is_finite) || figure.value.is_err())
    );
    assert_eq!(value(&report, Key::Energy), Err(Unknown::NotRecorded));
    assert_eq!(value(&report, Key::InBand), Err(Unknown::NotRecorded));
}
