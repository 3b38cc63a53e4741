//! The page of the rules of alarms: which hold, with which limits and delays, and whether messages about alarms arrive.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{
    Action, AlarmRule, AlarmScope, AlarmSetting, AlarmSettings, AlarmUnit, NoticeTest, SettingError, Target,
};
use vocabulary::SiteId;

use super::room_forms::field;
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;
use crate::words::alarms::{measured, unit};

struct RuleRow {
    rule: &'static str,
    name: String,
    severity: &'static str,
    severity_words: String,
    is_enabled: bool,
    /// The limit as it is entered; none for a fact.
    limit: Option<String>,
    limit_words: String,
    delay_s: u32,
    standard: String,
    may_change: bool,
}

/// The newest test of messages.
struct Test {
    head: String,
    outcome: Vec<String>,
}

#[derive(Template)]
#[template(path = "alarm_rules.html")]
struct AlarmRulesPage {
    frame: Frame,
    rows: Vec<RuleRow>,
    platform_rows: Vec<RuleRow>,
    may_test: bool,
    test: Option<Test>,
    done: Option<String>,
    error: Option<String>,
}

/// `GET /sites/{site}/alarm-rules`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            Ok(Page::Show(render(app, visitor, &place, None)?))
        })
        .await
}

/// `POST /sites/{site}/alarm-rules`: one rule.
pub(crate) async fn set(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let id = &place.book().site.id;
            let (rule, setting) = match read(&body) {
                Ok(read) => read,
                Err(key) => {
                    let visitor = &visitor.standing_at(format!("/sites/{site}/alarm-rules"));
                    let error = Some(visitor.language.say(key));
                    return Ok(Page::Refuse(render(app, visitor, &place, error)?));
                }
            };
            if !may_set(visitor, rule, id) {
                return Err(PageError::Forbidden);
            }
            app.registry.set_alarm_rule(of(rule, id), (rule, setting), &visitor.who.by, app.wall())?;
            Ok(Page::Go(format!("/sites/{site}/alarm-rules?done=rules")))
        })
        .await
}

/// `POST /sites/{site}/alarm-rules/test`: messages are tried.
pub(crate) async fn test(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            Place::find(app, visitor, &site)?;
            let is_noted = app.registry.ask_notice_test(&visitor.who.by, app.wall())?;
            let done = if is_noted { "test" } else { "early" };
            Ok(Page::Go(format!("/sites/{site}/alarm-rules?done={done}#messages")))
        })
        .await
}

/// Whose rule it is: a site's, or the platform's.
fn of(rule: AlarmRule, site: &SiteId) -> Option<&SiteId> {
    (rule.standard().scope != AlarmScope::Platform).then_some(site)
}

fn may_set(visitor: &Visitor, rule: AlarmRule, site: &SiteId) -> bool {
    let target = of(rule, site).map_or(Target::House, Target::Site);
    visitor.who.may(Action::SetAlarmRules, target)
}

/// A rule as the form has it, or the key of what is wrong. What is left empty is the standard.
fn read(body: &str) -> Result<(AlarmRule, AlarmSetting), &'static str> {
    let rule = AlarmRule::read(&field(body, "rule")).ok_or("alarm-rules-refused")?;
    let standard = AlarmSetting::standard(rule);
    let limit = match field(body, "limit").trim().replace(',', ".").as_str() {
        "" => standard.limit,
        text => text.parse().map_err(|_| "alarm-rules-refused-limit")?,
    };
    let on_delay_s = match field(body, "delay_s").trim() {
        "" => standard.on_delay_s,
        text => text.parse().map_err(|_| "alarm-rules-refused-delay")?,
    };
    let setting = AlarmSetting { is_enabled: field(body, "enabled") == "on", limit, on_delay_s };
    setting.check(rule).map_err(|error| match error {
        SettingError::Limit | SettingError::Fact => "alarm-rules-refused-limit",
        SettingError::Delay => "alarm-rules-refused-delay",
    })?;
    Ok((rule, setting))
}

fn render(app: &App, visitor: &Visitor, place: &Place, error: Option<String>) -> Result<String, PageError> {
    let (l, site) = (visitor.language, &place.book().site.id);
    let (of_site, of_platform) =
        (app.registry.alarm_settings(Some(site))?, app.registry.alarm_settings(None)?);
    let rows = |settings: &AlarmSettings, is_platform: bool| {
        let rules = AlarmRule::ALL.iter().copied();
        let rules = rules.filter(move |rule| of(*rule, site).is_none() == is_platform);
        rules.map(|rule| row(place.speaker, rule, settings, may_set(visitor, rule, site))).collect()
    };
    let done = visitor.asked("done").and_then(|done| match done {
        "rules" => Some("alarm-rules-done"),
        "test" => Some("alarm-test-asked"),
        "early" => Some("alarm-test-early"),
        _ => None,
    });
    let page = AlarmRulesPage {
        rows: rows(&of_site, false),
        platform_rows: rows(&of_platform, true),
        may_test: visitor.who.may(Action::SetAlarmRules, Target::Site(site)),
        test: app.registry.last_notice_test()?.map(|test| tested(place.speaker, &test)),
        done: done.map(|key| l.say(key)),
        error,
        frame: place.frame(app, visitor, "alarms", l.say("alarm-rules-title")),
    };
    Ok(page.render()?)
}

fn row(speaker: Speaker, rule: AlarmRule, settings: &AlarmSettings, may_change: bool) -> RuleRow {
    let (l, standard, setting) = (speaker.language, rule.standard(), settings.of(rule));
    let severity = standard.severity.as_str();
    let has_limit = standard.unit != AlarmUnit::Fact;
    RuleRow {
        rule: rule.as_str(),
        name: speaker.alarm_rule(rule),
        severity,
        severity_words: l.say(&format!("alarm-severity-{severity}")),
        is_enabled: setting.is_enabled,
        limit: has_limit.then(|| entered(l, setting.limit)),
        limit_words: l.tell("alarm-rules-limit", &[("unit", unit(l, standard.unit).into())]),
        delay_s: setting.on_delay_s,
        standard: standard_words(l, rule),
        may_change,
    }
}

/// A number as it is typed: no groups, the sign of the language before its fraction.
fn entered(l: Language, value: f64) -> String {
    let text = value.to_string();
    if l == Language::French { text.replace('.', ",") } else { text }
}

fn standard_words(l: Language, rule: AlarmRule) -> String {
    let standard = rule.standard();
    let delay = l.length(i64::from(standard.on_delay_s) * 1_000);
    match measured(l, standard.unit, standard.limit) {
        Some(limit) => l.tell("alarm-rules-standard", &[("limit", limit.into()), ("delay", delay.into())]),
        None => l.tell("alarm-rules-standard-fact", &[("delay", delay.into())]),
    }
}

fn tested(speaker: Speaker, test: &NoticeTest) -> Test {
    let l = speaker.language;
    let fills = [("age", speaker.age(Some(test.asked_at)).into()), ("who", test.who.as_str().into())];
    let outcome = test.outcome.clone().unwrap_or_else(|| l.say("alarm-test-waiting"));
    Test { head: l.tell("alarm-test-last", &fills), outcome: outcome.lines().map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use registry::{AlarmRule, AlarmSetting};
    use vocabulary::SiteId;

    use crate::trial::Trial;

    const PAGE: &str = "/sites/demo/alarm-rules";

    fn setting(trial: &Trial, rule: AlarmRule) -> AlarmSetting {
        let site = SiteId::new("demo").unwrap();
        trial.app.registry.alarm_settings(Some(&site)).unwrap().of(rule)
    }

    #[tokio::test]
    async fn a_limit_and_a_delay_are_changed_and_an_empty_one_is_the_standard_again() {
        let trial = Trial::new();
        let (_, to, _) = trial.post(PAGE, "rule=room_cold&enabled=on&limit=3%2C5&delay_s=60").await;
        assert!(to.contains("done=rules"));
        let changed = AlarmSetting { is_enabled: true, limit: 3.5, on_delay_s: 60 };
        assert_eq!(setting(&trial, AlarmRule::RoomCold), changed);
        let (_, html) = trial.get(&format!("{PAGE}?lang=fr")).await;
        assert!(html.contains("value=\"3,5\"") && !html.contains('⟦'), "{html}");
        trial.post(PAGE, "rule=room_cold&limit=&delay_s=").await;
        let off = AlarmSetting { is_enabled: false, ..AlarmSetting::standard(AlarmRule::RoomCold) };
        assert_eq!(setting(&trial, AlarmRule::RoomCold), off);
    }

    #[tokio::test]
    async fn what_does_not_read_changes_nothing_and_is_told() {
        let trial = Trial::new();
        for form in [
            "rule=nonsense&enabled=on",
            "rule=room_cold&enabled=on&limit=-1",
            "rule=room_cold&enabled=on&limit=NaN",
            "rule=room_cold&enabled=on&limit=1e99",
            "rule=room_cold&enabled=on&delay_s=-5",
            "rule=room_cold&enabled=on&delay_s=86401",
            "rule=heater_tripped&enabled=on&limit=7",
        ] {
            let (status, _, html) = trial.post(PAGE, form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(html.contains("role=\"alert\"") && !html.contains('⟦'), "{form}");
        }
        assert_eq!(setting(&trial, AlarmRule::RoomCold), AlarmSetting::standard(AlarmRule::RoomCold));
    }

    #[tokio::test]
    async fn a_test_of_messages_is_asked_for_and_its_outcome_told() {
        let trial = Trial::new();
        trial.post(&format!("{PAGE}/test"), "").await;
        let asked = trial.app.registry.last_notice_test().unwrap().unwrap();
        let (_, html) = trial.get(&format!("{PAGE}?lang=en")).await;
        assert!(html.contains("no answer yet"), "{html}");
        trial.app.registry.notice_test_done(asked.id, "email: sent\nwebhook: refused <b>").unwrap();
        let (_, html) = trial.get(PAGE).await;
        assert!(html.contains("email: sent") && html.contains("refused &#60;b&#62;"), "{html}");
        let (_, to, _) = trial.post(&format!("{PAGE}/test"), "").await;
        assert!(to.contains("done=early"), "{to}");
    }
}
