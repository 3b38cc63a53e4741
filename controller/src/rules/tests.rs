//! The law by example: bands of made-up rooms go in, and what is left of them comes out.

use proptest::prelude::*;
use registry::{RoomRules, RuleException, RuleProfile, SiteRules};
use vocabulary::{DisplayName, RoomId, SetpointBy, WeekSchedule, Zone};

use super::*;
use crate::site::SiteRoom;

const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);
const HOUR_MS: i64 = 3_600_000;

fn id(index: usize) -> RoomId {
    RoomId::new(&format!("r-{index}")).unwrap()
}

/// Rooms that ask for these all week, no warmer than 23 °C, under the law of France.
fn site(asked_c: &[f64], rules: &SiteRules) -> Site {
    let room = |(index, asked_c): (usize, &f64)| SiteRoom {
        high_c: Celsius::from_hundredths(2300),
        ..SiteRoom::trial(id(index).as_str(), WeekSchedule::constant(Celsius::new(*asked_c).unwrap()))
    };
    let rooms = asked_c.iter().enumerate().map(room).collect();
    let site = Site {
        zone: Zone::UTC,
        cap_w: None,
        peak_eur_per_kw: 0.0,
        mode: registry::DeclaredMode::default(),
        rooms,
        heaters: vec![],
        circuits: vec![],
    };
    site.under(rules)
}

fn france() -> SiteRules {
    SiteRules { profile: RuleProfile::France, ..SiteRules::default() }
}

fn bounded(site: &Site, empty_h: &[Option<i64>]) -> Vec<Band> {
    let empty = |room: usize| empty_h.get(room).copied().flatten();
    let rooms = site.rooms.iter().enumerate();
    let mut bands: Vec<Band> =
        rooms.map(|(index, room)| Band::of(room, site.zone, NOW, empty(index).is_some())).collect();
    let since: Vec<_> =
        (0..bands.len()).map(|room| empty(room).map(|hours| NOW.plus_ms(-hours * HOUR_MS))).collect();
    bound(site, &since, NOW, &mut bands);
    bands
}

fn lows(bands: &[Band]) -> Vec<f64> {
    bands.iter().map(|band| (band.low_c[0] * 1000.0).round() / 1000.0).collect()
}

fn highs(bands: &[Band]) -> Vec<f64> {
    bands.iter().map(|band| (band.high_c[0] * 1000.0).round() / 1000.0).collect()
}

#[test]
fn without_a_profile_nothing_is_bounded() {
    let bands = bounded(&site(&[22.0, 21.0], &SiteRules::default()), &[Some(99), Some(99)]);
    assert_eq!((lows(&bands), highs(&bands)), (vec![22.0, 21.0], vec![23.0, 23.0]));
    assert!(bands.iter().all(|band| band.rule.is_none()));
}

#[test]
fn the_warmest_wishes_give_way_first_until_the_mean_is_nineteen() {
    let table: [(&[f64], &[f64], &[f64]); 5] = [
        // Asked, what is left of it, and how warm free heat may make the rooms.
        (&[20.5], &[19.0], &[19.0]),
        (&[20.5, 20.5], &[19.0, 19.0], &[19.0, 19.0]),
        (&[21.0, 20.0, 17.0], &[20.0, 20.0, 17.0], &[20.0, 20.0, 17.0]),
        (&[21.0, 17.0], &[21.0, 17.0], &[21.0, 17.0]),
        (&[20.0, 16.0], &[20.0, 16.0], &[20.0, 18.0]),
    ];
    for (asked_c, low_c, high_c) in table {
        let bands = bounded(&site(asked_c, &france()), &[]);
        assert_eq!((lows(&bands), highs(&bands)), (low_c.to_vec(), high_c.to_vec()), "{asked_c:?}");
    }
}

#[test]
fn who_is_lowered_is_told_what_was_asked_and_by_whom() {
    let mut site = site(&[21.0, 17.0, 20.0], &france());
    let wish = Celsius::from_hundredths(2300);
    site.rooms[0].overrides = vec![(SetpointBy::Manager, wish, NOW.plus_ms(HOUR_MS))];
    let bands = bounded(&site, &[]);
    assert_eq!(bands[0].rule, Some((Rule::HeatingMean, wish)), "the law is stronger than a manager");
    assert_eq!(bands[0].setpoint.by, SetpointBy::Manager);
    assert_eq!(bands[0].setpoint.celsius, Celsius::from_hundredths(2000));
    assert_eq!((bands[1].rule, bands[2].rule), (None, None));
}

#[test]
fn a_room_s_own_lower_bound_yields_to_the_law_and_frost_does_not() {
    let mut site = site(&[20.5], &france());
    site.rooms[0].low_c = Celsius::from_hundredths(2000);
    assert_eq!(lows(&bounded(&site, &[])), [19.0]);
    let empty = bounded(&site, &[Some(60)]);
    assert_eq!((empty[0].vacant_c[0], empty[0].vacant_high_c[0]), (8.0, 8.0));
}

#[test]
fn dwellings_have_a_mean_each_and_all_other_rooms_one_together() {
    let mut rules = france();
    let dwelling = |name| RoomRules { dwelling: Some(DisplayName::new(name).unwrap()), exception: None };
    rules.rooms.extend([(id(0), dwelling("A")), (id(1), dwelling("A")), (id(2), dwelling("B"))]);
    let bands = bounded(&site(&[21.0, 17.0, 21.0, 21.0, 16.0], &rules), &[]);
    assert_eq!(lows(&bands), [21.0, 17.0, 19.0, 21.0, 16.0]);
}

#[test]
fn exceptions_are_neither_bounded_nor_in_the_mean() {
    let mut rules = france();
    let care = RoomRules { dwelling: None, exception: Some(RuleException::Care) };
    rules.rooms.insert(id(0), care);
    let bands = bounded(&site(&[22.0, 20.0, 16.0], &rules), &[Some(60), None, None]);
    assert_eq!((lows(&bands), highs(&bands)), (vec![22.0, 20.0, 16.0], vec![23.0, 20.0, 18.0]));
    let whole = SiteRules { exception: Some(RuleException::SmallChildren), ..france() };
    assert_eq!(lows(&bounded(&site(&[22.0, 20.0], &whole), &[Some(60), Some(60)])), [22.0, 20.0]);
}

#[test]
fn a_mean_is_by_volume_where_all_volumes_are_known() {
    let mut site = site(&[21.0, 18.0], &france());
    (site.rooms[0].volume_m3, site.rooms[1].volume_m3) = (Some(30.0), Some(60.0));
    assert_eq!(lows(&bounded(&site, &[])), [21.0, 18.0], "the larger room counts twice");
    site.rooms[1].volume_m3 = Some(0.0);
    assert_eq!(lows(&bounded(&site, &[])), [20.0, 18.0]);
}

#[test]
fn empty_premises_come_down_after_a_day_and_after_two() {
    let table = [
        (23, 19.0, None),
        (24, 16.0, Some(Rule::EmptyADay)),
        (47, 16.0, Some(Rule::EmptyADay)),
        (48, 8.0, Some(Rule::EmptyTwoDays)),
        (500, 8.0, Some(Rule::EmptyTwoDays)),
    ];
    for (empty_h, vacant_high_c, rule) in table {
        let bands = bounded(&site(&[18.0, 20.0], &france()), &[Some(empty_h), Some(empty_h + 5)]);
        let band = &bands[1];
        assert_eq!(band.vacant_high_c[0].min(19.0), vacant_high_c, "{empty_h} h");
        assert_eq!(band.rule.map(|(rule, _)| rule), rule, "{empty_h} h");
        assert_eq!((band.low_c[0], band.high_c[0]), (20.0, 20.0), "who comes back finds what was asked for");
    }
    let soon = bounded(&site(&[18.0], &france()), &[Some(40)]);
    assert_eq!((soon[0].vacant_c[15], soon[0].vacant_c[16]), (16.0, 8.0), "the day ahead knows");
}

#[test]
fn where_anybody_may_be_nothing_comes_down() {
    let bands = bounded(&site(&[18.0, 18.0], &france()), &[Some(99), None]);
    assert!(bands.iter().all(|band| band.rule.is_none() && band.vacant_high_c[47] > 18.9));
}

#[test]
fn a_wish_for_empty_premises_yields_to_the_law() {
    let mut site = site(&[18.0], &france());
    let wish = Celsius::from_hundredths(2200);
    site.rooms[0].overrides = vec![(SetpointBy::Tenant, wish, NOW.plus_ms(HOUR_MS))];
    let band = &bounded(&site, &[Some(30)])[0];
    assert_eq!(band.rule, Some((Rule::EmptyADay, wish)));
    assert_eq!(
        (band.setpoint.celsius, band.setpoint.by),
        (Celsius::from_hundredths(1600), SetpointBy::Tenant)
    );
}

proptest! {
    #[test]
    fn whatever_is_asked_for_the_means_keep_to_the_law_and_bands_are_in_order(
        rooms in proptest::collection::vec((5.0..30.0_f64, 5.0..30.0_f64, proptest::option::of(0.0..200.0_f64)), 1..12),
        empty_h in proptest::collection::vec(proptest::option::of(0..100_i64), 12),
    ) {
        let asked_c: Vec<f64> = rooms.iter().map(|(asked_c, _, _)| *asked_c).collect();
        let mut site = site(&asked_c, &france());
        for (room, (_, high_c, volume_m3)) in site.rooms.iter_mut().zip(&rooms) {
            (room.high_c, room.volume_m3) = (Celsius::new(*high_c).unwrap(), *volume_m3);
        }
        let bands = bounded(&site, &empty_h);
        let all = rooms.iter().all(|(_, _, volume_m3)| volume_m3.is_some_and(|volume| volume > 0.0));
        let share = |room: usize| if all { rooms[room].2.unwrap() } else { 1.0 };
        let total: f64 = (0..bands.len()).map(share).sum();
        for k in 0..HALF_HOURS {
            let mean = |of: &dyn Fn(&Band) -> f64| {
                bands.iter().enumerate().map(|(room, band)| share(room) * of(band)).sum::<f64>() / total
            };
            prop_assert!(mean(&|band| band.low_c[k]) <= 19.0 + 1e-6);
            prop_assert!(mean(&|band| band.high_c[k]) <= 19.0 + 1e-6);
            for band in &bands {
                prop_assert!(band.vacant_c[k] >= FROST_C && band.vacant_c[k] <= band.low_c[k]);
                prop_assert!(band.low_c[k] <= band.high_c[k] && band.vacant_c[k] <= band.vacant_high_c[k]);
                prop_assert!(band.vacant_high_c[k] <= band.high_c[k]);
            }
        }
    }
}
