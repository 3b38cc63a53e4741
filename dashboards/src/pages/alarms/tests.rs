//! What people see of alarms, and what their answers do.

use axum::http::StatusCode;
use registry::{AlarmAnswer, AlarmFinding, AlarmRule, AlarmState, AlarmSubject};
use vocabulary::{HeaterId, SiteId};

use crate::trial::{NOW, Trial};

const LIST: &str = "/sites/demo/alarms";

fn state(trial: &Trial, id: i64) -> AlarmState {
    trial.app.registry.alarm(id).unwrap().state
}

#[tokio::test]
async fn the_bell_counts_and_the_list_shows_what_is_wrong_in_both_languages() {
    let trial = Trial::new();
    let (_, html) = trial.get("/sites/demo?lang=en").await;
    assert!(html.contains("No alarm"), "{html}");
    trial.raise_alarm();
    for (tag, bell, words) in
        [("en", "1 alarm", "has switched itself off"), ("fr", "1 alarme", "s’est coupé")]
    {
        for path in ["/sites/demo", LIST, "/sites/demo/rooms/101"] {
            let (_, html) = trial.get(&format!("{path}?lang={tag}")).await;
            assert!(html.contains(bell) && !html.contains('⟦'), "{path} {tag}");
        }
        let (_, html) = trial.get(&format!("{LIST}?lang={tag}")).await;
        assert!(html.contains(words), "{html}");
        assert!(!html.contains("<b onmouseover"), "markup in a name is text");
    }
}

#[tokio::test]
async fn an_alarm_is_acknowledged_from_the_list_and_the_filters_stay() {
    let trial = Trial::new();
    let id = trial.raise_alarm();
    let path = format!("{LIST}/{id}");
    let form = "do=acknowledge&back=%2Fsites%2Fdemo%2Falarms%3Fseverity%3Dcritical%26done%3Dgone";
    let (status, to, _) = trial.post(&path, form).await;
    assert_eq!(
        (status, to.as_str()),
        (StatusCode::SEE_OTHER, "/sites/demo/alarms?severity=critical&done=acknowledge")
    );
    assert_eq!(state(&trial, id), AlarmState::Acknowledged);
    let (_, to, _) = trial.post(&path, "do=acknowledge&back=https%3A%2F%2Fevil.example").await;
    assert_eq!(to, format!("{path}?done=acknowledge"), "a second press leads nowhere else");
    assert_eq!(trial.app.registry.alarm_history(id, 9).unwrap().len(), 2, "and changes nothing");
    let (_, html) = trial.get(&format!("{path}?done=gone&lang=en")).await;
    assert!(html.contains("Nothing was changed"), "{html}");
}

#[tokio::test]
async fn an_alarm_is_put_aside_taken_back_assigned_and_commented() {
    let trial = Trial::new();
    let id = trial.raise_alarm();
    let path = format!("{LIST}/{id}");
    trial.post(&path, "do=shelve&hours=8&text=spare+part+ordered").await;
    let alarm = trial.app.registry.alarm(id).unwrap();
    assert_eq!(
        (alarm.state, alarm.shelved_until),
        (AlarmState::ShelvedActive, Some(NOW.plus_ms(8 * 3_600_000)))
    );
    let (_, html) = trial.get(&format!("{path}?lang=en")).await;
    assert!(html.contains("put aside until 22:30") && html.contains("spare part ordered"), "{html}");
    trial.post(&path, "do=unshelve").await;
    assert_eq!(state(&trial, id), AlarmState::Unacknowledged);
    trial.post(&path, "do=assign&owner=anna").await;
    assert_eq!(trial.app.registry.alarm(id).unwrap().owner.as_deref(), Some("anna"));
    let (_, html) = trial.get(&format!("{LIST}?lang=en&text=ANNA")).await;
    assert!(html.contains("anna takes care of it"), "{html}");
    for form in ["do=shelve&hours=9999", "do=shelve", "do=explode", "", "do=comment&text=+"] {
        let (_, to, _) = trial.post(&path, form).await;
        assert!(to.ends_with("done=gone"), "{form}: {to}");
    }
    assert_eq!(state(&trial, id), AlarmState::Unacknowledged);
}

#[tokio::test]
async fn heaters_beneath_an_alarm_are_shown_where_they_are_asked_for() {
    let trial = Trial::new();
    let site = SiteId::new("demo").unwrap();
    let whole = (AlarmSubject::Site(site.clone()), AlarmRule::HeatersSilent);
    let found = |subject, rule, beneath| AlarmFinding {
        subject,
        rule,
        is_active: true,
        value: Some(60.0),
        limit: 50.0,
        beneath,
    };
    let heater = |id: &str| AlarmSubject::Heater(site.clone(), HeaterId::new(id).unwrap());
    let findings = [
        found(whole.0.clone(), whole.1, None),
        found(heater("h-101"), AlarmRule::HeaterSilent, Some(whole.clone())),
        found(heater("h-102"), AlarmRule::HeaterSilent, Some(whole.clone())),
    ];
    trial.app.registry.note_alarms(&findings, NOW).unwrap();
    let (_, html) = trial.get(&format!("{LIST}?lang=en")).await;
    assert!(html.contains("2 heaters beneath") && !html.contains("H 101"), "{html}");
    let above = trial.app.registry.alarms(&site).unwrap()[0].id;
    let (_, html) = trial.get(&format!("{LIST}?lang=en&state=all&beneath={above}")).await;
    assert!(html.contains("H 101"), "{html}");
}

#[tokio::test]
async fn an_alarm_of_another_site_or_none_is_not_there() {
    let trial = Trial::new();
    trial.raise_alarm();
    let elsewhere = AlarmFinding {
        subject: AlarmSubject::Site(SiteId::new("annexe").unwrap()),
        rule: AlarmRule::SecondController,
        is_active: true,
        value: None,
        limit: 0.5,
        beneath: None,
    };
    trial.app.registry.note_alarms(&[elsewhere], NOW).unwrap();
    for id in ["2", "999", "x", "-1", "99999999999999999999"] {
        assert_eq!(trial.get(&format!("{LIST}/{id}")).await.0, StatusCode::NOT_FOUND, "{id}");
        let (status, ..) = trial.post(&format!("{LIST}/{id}"), "do=acknowledge").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{id}");
    }
}

#[tokio::test]
async fn whoever_acknowledges_second_is_told_who_was_first_and_what_they_wrote_is_kept() {
    let trial = Trial::new();
    let id = trial.raise_alarm();
    let path = format!("{LIST}/{id}");
    trial.app.registry.answer_alarm(id, &AlarmAnswer::Acknowledge, "person/berta", NOW).unwrap();
    let form = "do=acknowledge&text=fan+is+blocked&back=%2Fsites%2Fdemo%2Falarms";
    for _ in ["sent", "pressed twice"] {
        let (_, to, _) = trial.post(&path, form).await;
        assert_eq!(to, format!("{path}?done=first-kept"), "the alarm's own page says it");
    }
    for (lang, words) in [("en", "acknowledged it before you"), ("fr", "l’a acquittée avant vous")] {
        let (_, html) = trial.get(&format!("{path}?done=first-kept&lang={lang}")).await;
        let told = html.split("role=\"status\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(told.contains("berta") && told.contains(words), "{told}");
        assert_eq!(html.matches("fan is blocked").count(), 1, "the comment is there, once");
    }
    let (_, to, _) = trial.post(&path, "do=acknowledge&text=").await;
    assert!(to.ends_with("done=first"), "{to}");
}

#[tokio::test]
async fn more_alarms_than_a_page_holds_are_all_there_with_the_way_to_the_rest() {
    let trial = Trial::new();
    let found = |n: usize| AlarmFinding {
        subject: AlarmSubject::Heater(
            SiteId::new("demo").unwrap(),
            HeaterId::new(&format!("h-{n}")).unwrap(),
        ),
        rule: AlarmRule::HeaterTripped,
        is_active: true,
        value: None,
        limit: 0.5,
        beneath: None,
    };
    trial.app.registry.note_alarms(&(0..250).map(found).collect::<Vec<_>>(), NOW).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for page in 1..=3 {
        let (_, html) = trial.get(&format!("{LIST}?severity=critical&page={page}&lang=en")).await;
        assert!(html.contains("of 250"), "how many there are: {html}");
        let is_last = page == 3;
        let next = format!("severity=critical&#38;page={}", page + 1);
        assert_eq!(html.contains(&next), !is_last, "{next}: {html}");
        let links = html.split("href=\"/sites/demo/alarms/").skip(1);
        seen.extend(links.map(|link| link.split('"').next().unwrap().to_owned()));
    }
    assert_eq!(seen.len(), 250);
}
