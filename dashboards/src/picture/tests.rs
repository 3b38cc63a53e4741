use super::*;
use crate::trial::{NOW, forecast};
use vocabulary::RoomForecast;

const HOUR_MS: i64 = 3_600_000;

fn paris() -> Zone {
    "Europe/Paris".parse().unwrap()
}

/// A day back and a day ahead of `now`, in Paris.
fn scene(now: Timestamp, outlook: Option<&Outlook>) -> Scene<'_> {
    Scene {
        from: now.plus_ms(-24 * HOUR_MS),
        now,
        to: now.plus_ms(24 * HOUR_MS),
        zone: paris(),
        air: &[],
        air_c: Some(20.0),
        drawn: &[],
        heaters: &[],
        present: &[],
        outside: &[],
        events: [vec![], vec![]],
        schedule: &[],
        outlook,
        shows_presence: true,
    }
}

fn outlook(forecast: &RoomForecast) -> Outlook {
    Outlook::new(forecast, NOW).unwrap()
}

/// The points of a path of `M` and `L`.
fn points(path: &str) -> Vec<(f64, f64)> {
    let pairs = path.split(['M', 'L', 'Z']).filter_map(|pair| pair.split_once(' '));
    pairs.map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).collect()
}

#[test]
fn now_stands_between_what_was_and_what_is_expected() {
    let outlook = outlook(&forecast(NOW));
    let air: Vec<_> = (0..12).map(|n| (NOW.plus_ms((n - 12) * HOUR_MS / 6), 19.0)).collect();
    let picture = draw(&Scene { air: &air, ..scene(NOW, Some(&outlook)) });
    assert_eq!(picture.now, (500.0, 50.0));
    let (past, expected) = (points(&picture.air), points(&picture.expected));
    assert_eq!((past.len(), expected.len()), (13, 49));
    assert_eq!((past.last(), past[0].0), (expected.first(), 458.3), "one line, two hours before now and on");
    assert_eq!((expected[0].0, expected[1].0, expected[48].0), (500.0, 510.4, 1000.0));
    assert!(past[0].1 > expected[0].1, "warmer is higher up");
}

#[test]
fn degrees_and_watts_stand_where_their_labels_say() {
    let outlook = outlook(&forecast(NOW));
    let drawn = [(NOW.plus_ms(-HOUR_MS), NOW, 300.0)];
    let picture = draw(&Scene { drawn: &drawn, ..scene(NOW, Some(&outlook)) });
    // Six hundred watts are the top of the power, and three hundred half of it.
    assert_eq!(picture.watts, [(244.0, 600.0), (300.0, 0.0)]);
    assert_eq!(picture.drawn, "M479.2 296V268H500V296Z");
    assert_eq!(picture.planned, "M812.5 296V240H843.8V296Z");
    // The schedule is not given; air from 18.3 − 0.625 K of error on is.
    let (lowest, highest) = (picture.degrees[0], picture.degrees.last().unwrap());
    assert!(lowest.1 < 18.0 && highest.1 >= 22.0, "{:?}", picture.degrees);
    assert!(lowest.0 > highest.0, "warmer is higher up");
}

#[test]
fn the_band_of_errors_opens_at_now_and_widens() {
    let outlook = outlook(&forecast(NOW));
    let band = points(&draw(&scene(NOW, Some(&outlook))).errors);
    assert_eq!((band[0], band.len()), (*band.last().unwrap(), 98), "nothing is uncertain now");
    let width = |k: usize| band[97 - k].1 - band[k].1;
    assert!(width(1) > 0.0 && width(10) > width(1) && width(48) > width(10), "{band:?}");
}

#[test]
fn where_errors_are_not_known_no_band_is_drawn() {
    let outlook = outlook(&RoomForecast { error_k: Vec::new(), ..forecast(NOW) });
    let picture = draw(&scene(NOW, Some(&outlook)));
    assert_eq!(picture.errors, "");
    assert_eq!(points(&picture.expected).len(), 49);
}

#[test]
fn bounds_are_areas_of_the_hours_in_which_they_hold() {
    let outlook = outlook(&forecast(NOW));
    let bounds = draw(&scene(NOW, Some(&outlook))).bounds;
    let starts: Vec<_> = bounds.split('M').skip(1).filter_map(|area| area.split(' ').next()).collect();
    assert_eq!(starts, ["500", "593.8", "843.8"], "now, 19:00, and 7:00");
}

#[test]
fn an_old_forecast_stands_where_its_hours_are_and_only_beyond_now() {
    let now = NOW.plus_ms(6 * HOUR_MS);
    let old = Outlook::new(&forecast(NOW), now).unwrap();
    let picture = draw(&Scene { air_c: None, ..scene(now, Some(&old)) });
    let expected = points(&picture.expected);
    assert!(old.is_stale && expected.len() == 36);
    assert_eq!((expected[0].0, expected[35].0), (510.4, 875.0), "it ends after eighteen hours");
    assert_eq!(picture.planned, "M687.5 296V240H718.8V296Z", "it begins to heat nine hours from now");
}

#[test]
fn without_a_forecast_the_past_stands_alone() {
    let picture = draw(&scene(NOW, None));
    let nothing = [&picture.expected, &picture.errors, &picture.bounds, &picture.planned];
    assert!(nothing.into_iter().all(String::is_empty) && picture.presence.is_none());
}

#[test]
fn nobody_s_presence_is_drawn_for_those_who_may_not_see_it() {
    let outlook = outlook(&forecast(NOW));
    assert!(draw(&scene(NOW, Some(&outlook))).presence.is_some_and(|strip| strip.contains("V336")));
    let picture = draw(&Scene { shows_presence: false, ..scene(NOW, Some(&outlook)) });
    assert_eq!(picture.presence, None);
}

#[test]
fn a_long_silence_is_a_gap() {
    let at = |minutes| (NOW.plus_ms(minutes * 60_000), 20.0);
    let air = [at(-120), at(-110), at(-60), at(-50)];
    let picture = draw(&Scene { air: &air, air_c: None, ..scene(NOW, None) });
    assert_eq!(picture.air.matches('M').count(), 2);
    let watts = |from: i64, to: i64| (at(from).0, at(to).0, 200.0);
    let drawn = [watts(-120, -110), watts(-110, -100), watts(-60, -50)];
    let picture = draw(&Scene { drawn: &drawn, ..scene(NOW, None) });
    assert_eq!(picture.drawn.matches('Z').count(), 2, "{}", picture.drawn);
}

/// Labels and the hours between neighbours around a moment in Paris.
fn hours(now: &str) -> (Vec<String>, Vec<f64>) {
    let now = Timestamp::parse_rfc3339(now).unwrap();
    let hours = draw(&scene(now, None)).hours;
    let labels = hours.iter().map(|mark| paris().format(mark.at, "%H")).collect();
    let apart = hours.windows(2).map(|pair| ((pair[1].percent - pair[0].percent) * 0.48).round()).collect();
    (labels, apart)
}

#[test]
fn hours_keep_their_labels_over_a_clock_change_and_stand_where_they_are() {
    let usual = ["00", "03", "06", "09", "12", "15", "18", "21"];
    for (now, odd) in [
        ("2026-01-21T11:00:00Z", None),
        // In the night to 29 March the hour from two to three is left out, in that to 25 October it comes twice.
        ("2026-03-28T11:00:00Z", Some(2.0)),
        ("2026-03-29T11:00:00Z", Some(2.0)),
        ("2026-10-24T11:00:00Z", Some(4.0)),
        ("2026-10-25T11:00:00Z", Some(4.0)),
    ] {
        let (labels, apart) = hours(now);
        let first = usual.iter().position(|hour| *hour == labels[0]).unwrap();
        for (n, label) in labels.iter().enumerate() {
            assert_eq!(label, usual[(first + n) % usual.len()], "{now}: {labels:?}");
        }
        for (n, hours) in apart.iter().enumerate() {
            let is_odd = odd.filter(|_| labels[n] == "00" && labels[n + 1] == "03");
            // Only one of the two nights in the picture changes its clocks.
            assert!(*hours == 3.0 || is_odd == Some(*hours), "{now}: {labels:?} {apart:?}");
        }
        assert_eq!(apart.iter().filter(|hours| **hours != 3.0).count(), usize::from(odd.is_some()), "{now}");
    }
}

#[test]
fn a_bound_that_is_far_away_does_not_press_the_lines_together() {
    let frost = RoomForecast { low_c: vec![8.0; 48], high_c: vec![60.0; 48], ..forecast(NOW) };
    let outlook = outlook(&frost);
    let degrees = draw(&scene(NOW, Some(&outlook))).degrees;
    assert!(degrees.iter().all(|(_, c)| (16.0..=23.0).contains(c)), "{degrees:?}");
}

#[test]
fn heaters_have_a_line_each_and_what_happened_stands_above_them_at_its_time() {
    let hour = |n: i64| NOW.plus_ms(n * HOUR_MS);
    let of_one = vec![(hour(-4), hour(-3), 600.0), (hour(-3), hour(-2), 0.0), (hour(-1), NOW, 300.0)];
    let picture = draw(&Scene {
        drawn: &of_one,
        heaters: &[of_one.clone(), vec![]],
        present: &[(hour(-12), hour(-6), 0.5)],
        events: [vec![(hour(-30), hour(2))], vec![(hour(-12), hour(-12)), (hour(-40), hour(-30))]],
        ..scene(NOW, None)
    });
    assert_eq!(picture.heaters, ["M416.7 240H437.5V296H458.3M479.2 268H500", ""]);
    assert_eq!(picture.present.as_deref(), Some("M250 348V340H375V348Z"));
    assert_eq!(picture.events[0], "M0 0H541.7V4H0Z", "one that began before is cut off");
    assert_eq!(picture.events[1], "M250 6H251V12H250Z", "one of a moment is seen, one that was over is not");
}

#[test]
fn the_air_outside_has_a_strip_and_a_scale_of_its_own_where_somebody_says_it() {
    let outlook = outlook(&forecast(NOW));
    let bare = draw(&scene(NOW, Some(&outlook)));
    assert_eq!(bare.outside, None);
    let hour = |n: i64, celsius| (NOW.plus_ms(-n * HOUR_MS), NOW.plus_ms((1 - n) * HOUR_MS), celsius);
    let said = [hour(30, -40.0), hour(4, 2.5), hour(3, 2.5), hour(1, 9.2)];
    let picture = draw(&Scene { outside: &said, ..scene(NOW, Some(&outlook)) });
    let outside = picture.outside.unwrap();
    assert_eq!(
        (outside.degrees[0].1, outside.degrees[1].1),
        (10.0, 2.0),
        "what was before the picture is not in it"
    );
    assert_eq!(picture.height, bare.height + 52.0);
    assert_eq!(picture.degrees, bare.degrees, "the room's own scale is as it was");
    // Thirty-two pixels for eight degrees: 2.5 °C is two above the floor, 9.2 °C 3.2 below the top; between them an hour is missing.
    let top = bare.height + 16.0;
    assert_eq!(outside.line, format!("M416.7 {0}H437.5V{0}H458.3M479.2 {1}H500", top + 30.0, top + 3.2));
}
