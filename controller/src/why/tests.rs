//! Which reason is told, by table: each row adds to a quiet room what the rows after it are hidden by.

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);
const SETPOINT: Celsius = Celsius::from_hundredths(2000);

/// At its setpoint, held by 300 W of 1,000.
fn quiet() -> Case {
    Case {
        obstacle: None,
        temperature_c: 20.0,
        setpoint_c: SETPOINT,
        rule: None,
        vacant_c: None,
        occupied_c: SETPOINT,
        wanted_w: 300.0,
        given_w: 300.0,
        cut_by: None,
        range_w: 1000.0,
        must_run_w: 0.0,
        holding_w: 300.0,
        window_s: None,
        doubt: None,
        rise: None,
        dither_k: 0.0,
        squeeze: None,
        costs: Costs { now: 0.2, later: 0.2 },
    }
}

fn warm() -> Case {
    Case { temperature_c: 20.5, ..quiet() }
}

fn cold() -> Case {
    Case { temperature_c: 18.0, given_w: 700.0, wanted_w: 700.0, ..quiet() }
}

#[test]
fn each_case_has_its_reason() {
    let later = NOW.plus_ms(3_600_000);
    let vacant = Some(Celsius::from_hundredths(1850));
    let cases = [
        (quiet(), "at_setpoint"),
        (cold(), "below_setpoint"),
        (Case { given_w: 0.0, ..warm() }, "above_setpoint"),
        (warm(), "above_setpoint"),
        (Case { obstacle: Some(Why::NoHeater {}), window_s: Some(60.0), ..cold() }, "no_heater"),
        (Case { window_s: Some(60.0), given_w: 0.0, ..cold() }, "window_open"),
        (Case { cut_by: Watts::new(900).ok(), given_w: 500.0, ..cold() }, "shared_cap"),
        (Case { cut_by: Watts::new(900).ok(), ..cold() }, "below_setpoint"),
        (Case { doubt: Some((Doubt::Stuck, 900.0)), ..quiet() }, "temperature_believed"),
        (Case { must_run_w: 300.0, ..quiet() }, "must_run"),
        (Case { must_run_w: 300.0, ..warm() }, "must_run"),
        (Case { must_run_w: 200.0, ..quiet() }, "at_setpoint"),
        (Case { must_run_w: 700.0, ..cold() }, "below_setpoint"),
        (Case { rise: Some((later, SETPOINT)), ..warm() }, "preheating"),
        (Case { rise: Some((later, SETPOINT)), ..cold() }, "below_setpoint"),
        (Case { dither_k: 0.4, temperature_c: 20.2, ..quiet() }, "excitation"),
        (Case { dither_k: 0.4, ..cold() }, "below_setpoint"),
        (Case { squeeze: Some((later, 900.0)), ..warm() }, "ahead_of_cap"),
        (Case { squeeze: Some((later, 900.0)), ..quiet() }, "at_setpoint"),
        (Case { squeeze: Some((later, 900.0)), temperature_c: 20.1, ..quiet() }, "at_setpoint"),
        (
            Case { squeeze: Some((later, 900.0)), temperature_c: 20.1, given_w: 900.0, ..quiet() },
            "ahead_of_cap",
        ),
        (Case { costs: Costs { now: -0.02, later: 0.1 }, ..warm() }, "work_pays"),
        (Case { costs: Costs { now: 0.1, later: 0.2 }, ..warm() }, "cheap_hours"),
        (Case { costs: Costs { now: 0.19, later: 0.2 }, ..warm() }, "above_setpoint"),
        (Case { costs: Costs { now: 0.1, later: 0.2 }, given_w: 0.0, ..warm() }, "above_setpoint"),
        (Case { given_w: 1000.0, wanted_w: 1000.0, ..cold() }, "full_power"),
        (Case { given_w: 0.0, range_w: 0.0, ..cold() }, "below_setpoint"),
        (Case { rule: Some((Rule::HeatingMean, Celsius::from_hundredths(2200))), ..quiet() }, "rule_limit"),
        (Case { vacant_c: vacant, temperature_c: 18.6, ..quiet() }, "vacant"),
        (Case { vacant_c: vacant, temperature_c: 17.0, ..quiet() }, "below_setpoint"),
        (Case { vacant_c: Some(SETPOINT), ..quiet() }, "at_setpoint"),
    ];
    for (case, code) in cases {
        let said = case.clone().why();
        assert_eq!(said.code(), code, "{case:?}");
    }
}

#[test]
fn what_hides_what_is_the_order_in_which_a_person_would_ask() {
    let later = NOW.plus_ms(3_600_000);
    // All at once, in a warm room that is heated: each reason is taken away in turn.
    let mut case = Case {
        obstacle: Some(Why::HeatersOff {}),
        window_s: Some(60.0),
        cut_by: Watts::new(900).ok(),
        wanted_w: 500.0,
        given_w: 300.0,
        doubt: Some((Doubt::Silent, 900.0)),
        must_run_w: 300.0,
        rise: Some((later, SETPOINT)),
        dither_k: 0.4,
        squeeze: Some((later, 900.0)),
        costs: Costs { now: 0.0, later: 0.2 },
        rule: Some((Rule::HeatingMean, Celsius::from_hundredths(2200))),
        vacant_c: Some(Celsius::from_hundredths(1900)),
        ..warm()
    };
    type Take = (&'static str, fn(&mut Case));
    let takes: [Take; 11] = [
        ("heaters_off", |case| case.obstacle = None),
        ("window_open", |case| case.window_s = None),
        ("shared_cap", |case| case.cut_by = None),
        ("temperature_believed", |case| case.doubt = None),
        ("must_run", |case| case.must_run_w = 0.0),
        ("preheating", |case| case.rise = None),
        ("excitation", |case| case.dither_k = 0.0),
        ("ahead_of_cap", |case| case.squeeze = None),
        ("work_pays", |case| case.costs.now = 0.2),
        ("rule_limit", |case| case.rule = None),
        ("vacant", |case| case.vacant_c = None),
    ];
    for (code, take) in takes {
        assert_eq!(case.clone().why().code(), code);
        take(&mut case);
    }
    assert_eq!(case.why().code(), "above_setpoint");
}

#[test]
fn a_reason_carries_the_numbers_behind_it() {
    let believed = Case { doubt: Some((Doubt::Stuck, 900.0)), ..quiet() }.why();
    assert_eq!(
        believed,
        Why::TemperatureBelieved {
            believed_c: 20.0,
            setpoint_c: SETPOINT,
            heat_w: 300,
            age_s: 900,
            limit_s: 21_600,
            doubt: Doubt::Stuck
        }
    );
    let cheap = Case { costs: Costs { now: 0.100_04, later: 0.2 }, ..warm() }.why();
    let Why::CheapHours { cost_eur_per_kwh, later_eur_per_kwh, .. } = cheap else { panic!("{cheap:?}") };
    assert_eq!((cost_eur_per_kwh, later_eur_per_kwh), (0.1, 0.2));
    let vacant = Celsius::from_hundredths(1850);
    let why = Case { vacant_c: Some(vacant), temperature_c: 18.6, ..quiet() }.why();
    assert!(
        matches!(why, Why::Vacant { setpoint_c, occupied_c, .. } if setpoint_c == vacant && occupied_c == SETPOINT)
    );
}

#[test]
fn a_step_that_ends_on_the_half_hour_is_not_told_as_the_minute_before() {
    // Seconds since 1970 leave a double seven digits for what comes after the point.
    assert_eq!(first_ms(1_799.999_999_9), 1_800_000);
}
