//! The page of the rules of alarms: which hold, with which limits and delays, and whether messages about alarms arrive.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{
    Action, AlarmRule, AlarmScope, AlarmSetting, AlarmSettings, AlarmUnit, NoticeTest, SettingError, Target,
};
use vocabulary::SiteId;

use super::room_forms::field;
use super::seen::{is_stale, seen, stale_words};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;
use crate::words::alarms::{measured, unit};

struct RuleRow {
    rule: &'static str,
    /// What the form was made from.
    seen: String,
    name: String,
    severity: &'static str,
    severity_words: String,
    is_enabled: bool,
    /// The limit as it is entered; none for a fact.
    limit: Option<String>,
    limit_words: String,
    delay_s: String,
    standard: String,
    may_change: bool,
}

/// What was typed for one rule in a form that was refused.
struct Typed {
    rule: AlarmRule,
    is_enabled: bool,
    limit: String,
    delay_s: String,
}

/// Why a form is refused, with what it held where it was about a rule.
struct Refused {
    error: String,
    typed: Option<Typed>,
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
            let refuse = |error: String, typed: Option<Typed>| {
                let visitor = &visitor.standing_at(format!("/sites/{site}/alarm-rules"));
                Ok(Page::Refuse(render(app, visitor, &place, Some(Refused { error, typed }))?))
            };
            let Some(rule) = AlarmRule::read(&field(&body, "rule")) else {
                return refuse(visitor.language.say("alarm-rules-refused"), None);
            };
            if !may_set(visitor, rule, id) {
                return Err(PageError::Forbidden);
            }
            let typed = Typed::read(rule, &body);
            let held = app.registry.alarm_settings(of(rule, id))?.of(rule);
            match typed.judge() {
                judged if is_stale(&body, &held, judged.as_ref().ok()) => {
                    let now = setting_words(place.speaker, rule, &held);
                    refuse(stale_words(visitor.language, &now), Some(typed))
                }
                Err(error) => refuse(refusal(place.speaker, rule, error), Some(typed)),
                Ok(setting) => {
                    let by = &visitor.who.by;
                    app.registry.set_alarm_rule(of(rule, id), (rule, setting), by, app.wall())?;
                    Ok(Page::Go(format!("/sites/{site}/alarm-rules?done=rules")))
                }
            }
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

impl Typed {
    fn read(rule: AlarmRule, body: &str) -> Self {
        let (limit, delay_s) = (field(body, "limit"), field(body, "delay_s"));
        Self { rule, is_enabled: field(body, "enabled") == "on", limit, delay_s }
    }

    /// What it makes of the rule. What is left empty is the standard.
    fn judge(&self) -> Result<AlarmSetting, SettingError> {
        let standard = AlarmSetting::standard(self.rule);
        let limit = match self.limit.trim().replace(',', ".").as_str() {
            "" => standard.limit,
            text => text.parse().map_err(|_| SettingError::Limit)?,
        };
        let on_delay_s = match self.delay_s.trim() {
            "" => standard.on_delay_s,
            text => text.parse().map_err(|_| SettingError::Delay)?,
        };
        let setting = AlarmSetting { is_enabled: self.is_enabled, limit, on_delay_s };
        setting.check(self.rule).map(|()| setting)
    }
}

/// Which rule is wrong, and what would be right.
fn refusal(speaker: Speaker, rule: AlarmRule, error: SettingError) -> String {
    let (l, kind) = (speaker.language, rule.standard().unit);
    // As it is typed: seconds are not told in days.
    let bound = |value: f64| l.quantity(value, usize::from(value.fract() > 0.0), unit(l, kind));
    let (key, least, most) = match (error, AlarmSetting::bounds(rule)) {
        (SettingError::Delay, _) => {
            let longest = l.number(f64::from(AlarmSetting::LONGEST_DELAY_S), 0);
            ("alarm-rules-refused-delay", String::new(), longest)
        }
        (_, None) => ("alarm-rules-refused-fact", String::new(), String::new()),
        (_, Some((least, most))) if least > 0.0 => ("alarm-rules-refused-limit", bound(least), bound(most)),
        (_, Some((_, most))) => ("alarm-rules-refused-above", String::new(), bound(most)),
    };
    let fills = [("rule", speaker.alarm_rule(rule).into()), ("least", least.into()), ("most", most.into())];
    l.tell(key, &fills)
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    refused: Option<Refused>,
) -> Result<String, PageError> {
    let (l, site) = (visitor.language, &place.book().site.id);
    let (error, typed) = refused.map_or((None, None), |refused| (Some(refused.error), refused.typed));
    let (of_site, of_platform) =
        (app.registry.alarm_settings(Some(site))?, app.registry.alarm_settings(None)?);
    let rows = |settings: &AlarmSettings, is_platform: bool| {
        let rules = AlarmRule::ALL.iter().copied();
        let rules = rules.filter(move |rule| of(*rule, site).is_none() == is_platform);
        let typed = |rule| typed.as_ref().filter(|typed| typed.rule == rule);
        let may_set = |rule| may_set(visitor, rule, site);
        rules.map(|rule| row(place.speaker, rule, (&settings.of(rule), typed(rule)), may_set(rule))).collect()
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
        test: match visitor.who.may(Action::AnswerAlarm, Target::Site(site)) {
            true => app.registry.last_notice_test()?.map(|test| tested(place.speaker, &test)),
            // What a server of messages answers, and who asked it, is not for all who see the building.
            false => None,
        },
        done: done.map(|key| l.say(key)),
        error,
        frame: place.frame(app, visitor, "alarms", l.say("alarm-rules-title")),
    };
    Ok(page.render()?)
}

fn row(
    speaker: Speaker,
    rule: AlarmRule,
    (held, typed): (&AlarmSetting, Option<&Typed>),
    may_change: bool,
) -> RuleRow {
    let (l, standard) = (speaker.language, rule.standard());
    let severity = standard.severity.as_str();
    let has_limit = standard.unit != AlarmUnit::Fact;
    let limit = typed.map_or_else(|| entered(l, held.limit), |typed| typed.limit.clone());
    RuleRow {
        rule: rule.as_str(),
        seen: seen(held),
        name: speaker.alarm_rule(rule),
        severity,
        severity_words: l.say(&format!("alarm-severity-{severity}")),
        is_enabled: typed.map_or(held.is_enabled, |typed| typed.is_enabled),
        limit: has_limit.then_some(limit),
        limit_words: l.tell("alarm-rules-limit", &[("unit", unit(l, standard.unit).into())]),
        delay_s: typed.map_or_else(|| held.on_delay_s.to_string(), |typed| typed.delay_s.clone()),
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
    l.tell(
        "alarm-rules-standard",
        &[("setting", limit_and_delay(l, rule, &AlarmSetting::standard(rule)).into())],
    )
}

/// How a rule holds, in words.
fn setting_words(speaker: Speaker, rule: AlarmRule, setting: &AlarmSetting) -> String {
    let l = speaker.language;
    let how = if setting.is_enabled { limit_and_delay(l, rule, setting) } else { l.say("alarm-rules-off") };
    l.tell("alarm-rules-now", &[("rule", speaker.alarm_rule(rule).into()), ("setting", how.into())])
}

fn limit_and_delay(l: Language, rule: AlarmRule, setting: &AlarmSetting) -> String {
    let delay = l.length(i64::from(setting.on_delay_s) * 1_000);
    match measured(l, rule.standard().unit, setting.limit) {
        Some(limit) => l.tell("alarm-rules-setting", &[("limit", limit.into()), ("delay", delay.into())]),
        None => l.tell("alarm-rules-setting-fact", &[("delay", delay.into())]),
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

    /// The form of a rule as the page has it, with what is typed.
    async fn form(trial: &Trial, rule: &str, typed: &str) -> String {
        let seen = trial.seen(PAGE, &format!("value=\"{rule}\"")).await;
        format!("{seen}rule={rule}&{typed}")
    }

    #[tokio::test]
    async fn a_limit_and_a_delay_are_changed_and_an_empty_one_is_the_standard_again() {
        let trial = Trial::new();
        let typed = form(&trial, "room_cold", "enabled=on&limit=3%2C5&delay_s=60").await;
        for _ in ["saved", "pressed twice"] {
            let (_, to, _) = trial.post(PAGE, &typed).await;
            assert!(to.contains("done=rules"));
        }
        let changed = AlarmSetting { is_enabled: true, limit: 3.5, on_delay_s: 60 };
        assert_eq!(setting(&trial, AlarmRule::RoomCold), changed);
        let (_, html) = trial.get(&format!("{PAGE}?lang=fr")).await;
        assert!(html.contains("value=\"3,5\"") && !html.contains('⟦'), "{html}");
        trial.post(PAGE, &form(&trial, "room_cold", "limit=&delay_s=").await).await;
        let off = AlarmSetting { is_enabled: false, ..AlarmSetting::standard(AlarmRule::RoomCold) };
        assert_eq!(setting(&trial, AlarmRule::RoomCold), off);
    }

    #[tokio::test]
    async fn a_refused_rule_is_named_with_what_would_be_right_and_keeps_what_was_typed() {
        let trial = Trial::new();
        for (rule, typed, said) in [
            (
                "room_cold",
                "limit=-1",
                "Occupied room too cold: nothing was saved. The limit is a number from 0.5\u{a0}° to",
            ),
            ("room_cold", "limit=NaN", "The limit is a number from"),
            ("room_cold", "limit=1e99", "to 1,000,000\u{a0}°"),
            ("heaters_silent", "limit=101", "to 100"),
            ("heater_silent", "limit=0", "The limit is a number above 0"),
            ("room_cold", "delay_s=-5", "a whole number of seconds from 0 to 86,400"),
            ("room_cold", "delay_s=86401", "a whole number of seconds"),
            ("heater_tripped", "limit=7", "has no limit"),
        ] {
            let form = form(&trial, rule, typed).await;
            let (status, _, html) = trial.post(&format!("{PAGE}?lang=en"), &form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
            let alert = html.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap();
            assert!(alert.contains(said), "{rule} {typed}: {alert}");
            let (field, text) = typed.split_once('=').unwrap();
            let row =
                html.split(&format!("value=\"{rule}\"")).nth(1).unwrap().split("</form>").next().unwrap();
            let is_kept = row.contains(&format!("name=\"{field}\" value=\"{text}\""));
            assert!(is_kept || rule == "heater_tripped", "{typed}: {row}");
            assert!(!row.contains(" checked"), "{typed}: it was switched off: {row}");
        }
        let (status, _, html) = trial.post(PAGE, "rule=nonsense&enabled=on").await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("role=\"alert\""), "{html}");
        assert_eq!(setting(&trial, AlarmRule::RoomCold), AlarmSetting::standard(AlarmRule::RoomCold));
    }

    #[tokio::test]
    async fn a_rule_that_somebody_else_changed_meanwhile_is_not_overwritten_unseen() {
        let trial = Trial::new();
        let old = form(&trial, "room_cold", "enabled=on&limit=4&delay_s=60").await;
        trial.post(PAGE, &form(&trial, "room_cold", "enabled=on&limit=3&delay_s=120").await).await;
        let other = form(&trial, "room_hot", "enabled=on&limit=31&delay_s=60").await;
        let (status, _, html) = trial.post(&format!("{PAGE}?lang=en"), &old).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            html.contains("somebody else") && html.contains("“Occupied room too cold: 3.0\u{a0}°, after 2"),
            "{html}"
        );
        assert!(html.contains("name=\"limit\" value=\"4\""), "nothing is lost: {html}");
        assert_eq!(setting(&trial, AlarmRule::RoomCold).on_delay_s, 120);
        let (status, _, _) = trial.post(PAGE, &other).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "another rule is not meant");
        let seen = crate::trial::seen(&html, "value=\"room_cold\"");
        trial.post(PAGE, &format!("{seen}rule=room_cold&enabled=on&limit=4&delay_s=60")).await;
        assert_eq!(setting(&trial, AlarmRule::RoomCold).on_delay_s, 60, "saved once more");
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
