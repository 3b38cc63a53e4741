//! Holds the table of rules in `docs/alarms.md` and the code together.

use registry::{AlarmRule, AlarmScope, AlarmUnit, Crossing};

fn expected(rule: AlarmRule) -> String {
    let standard = rule.standard();
    let of = match standard.scope {
        AlarmScope::Room => "room",
        AlarmScope::Heater => "heater",
        AlarmScope::Site => "site",
        AlarmScope::Platform => "platform",
    };
    let when = if standard.crossing == Crossing::Above { "above" } else { "below" };
    let unit = match (standard.unit, rule) {
        (AlarmUnit::Celsius, _) => "°C",
        (AlarmUnit::Kelvin, _) => "K",
        (AlarmUnit::KelvinPerHour, _) => "K/h",
        (AlarmUnit::Ppm, _) => "ppm",
        (AlarmUnit::Seconds, _) => "s",
        (AlarmUnit::Watts, _) => "W",
        (AlarmUnit::Percent, _) => "%",
        (AlarmUnit::Count, AlarmRule::GapDeclared) => "records",
        (AlarmUnit::Count, _) => "messages",
        (AlarmUnit::Gigabytes, _) => "GB",
        (AlarmUnit::Fact, _) => "",
    };
    let limit = if unit.is_empty() { "fact".to_owned() } else { format!("{} {unit}", standard.limit) };
    let (severity, hysteresis) = (standard.severity.as_str(), standard.hysteresis);
    let (on, off) = (standard.on_delay_s, standard.off_delay_s);
    format!("| `{}` | {severity} | {of} | {when} | {limit} | {hysteresis} | {on} | {off} | ", rule.as_str())
}

#[test]
fn the_page_of_rules_says_what_the_code_does() {
    let page = include_str!("../../docs/alarms.md");
    for &rule in AlarmRule::ALL {
        let expected = expected(rule);
        assert!(page.lines().any(|line| line.starts_with(&expected)), "docs/alarms.md lacks: {expected}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 10).count();
    assert_eq!(rows, AlarmRule::ALL.len(), "a row of no rule");
}
