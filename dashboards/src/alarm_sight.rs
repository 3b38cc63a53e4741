//! What of an alarm is shown to whom. That something is wrong, since when and how grave concerns all who see the building; who
//! takes care of it and what people wrote about it, those who may answer it.

use registry::{Action, AlarmChange, AlarmDeed, AlarmEntry, RegistryError, Target};
use vocabulary::SiteId;

use crate::app::App;
use crate::who::Who;

/// Whether somebody may answer an alarm: those of the platform concern all sites.
pub(crate) fn may_answer(who: &Who, alarm: &AlarmEntry) -> bool {
    who.may(Action::AnswerAlarm, alarm.subject.site().map_or(Target::House, Target::Site))
}

/// The alarms of a site and of the platform as `who` may see them.
pub(crate) fn alarms(app: &App, who: &Who, site: &SiteId) -> Result<Vec<AlarmEntry>, RegistryError> {
    Ok(app.registry.alarms(site)?.into_iter().map(|alarm| seen(who, alarm)).collect())
}

/// An alarm as `who` may see it.
pub(crate) fn seen(who: &Who, alarm: AlarmEntry) -> AlarmEntry {
    let owner = alarm.owner.clone().filter(|_| may_answer(who, &alarm));
    AlarmEntry { owner, ..alarm }
}

/// The history of an alarm as `who` may see it, the newest first.
pub(crate) fn history(
    app: &App,
    who: &Who,
    alarm: &AlarmEntry,
    limit: usize,
) -> Result<Vec<AlarmChange>, RegistryError> {
    let mut history = app.registry.alarm_history(alarm.id, limit)?;
    if !may_answer(who, alarm) {
        // Of these nothing would be left.
        history.retain(|change| !matches!(change.deed, AlarmDeed::Commented | AlarmDeed::Assigned));
        history.iter_mut().for_each(|change| change.who.clear());
    }
    Ok(history)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use registry::{AlarmAnswer, FirstPassword, PersonName, PersonRole};

    use crate::trial::{NOW, Trial, book, read};

    /// The same alarm for everybody who comes through the door: taken care of, commented, and messages about it tried in vain.
    fn answered() -> (Trial, i64) {
        let trial = Trial::new();
        let id = trial.raise_alarm();
        for answer in [
            AlarmAnswer::Assign(Some("berta".to_owned())),
            AlarmAnswer::Comment("the tenant of 102 blocks it".to_owned()),
            AlarmAnswer::Shelve(NOW.plus_ms(3_600_000)),
        ] {
            trial.app.registry.answer_alarm(id, &answer, "person/carla", NOW).unwrap();
        }
        trial.app.registry.ask_notice_test("person/dora", NOW).unwrap();
        let test = trial.app.registry.last_notice_test().unwrap().unwrap();
        trial.app.registry.notice_test_done(test.id, "email: 550 mailbox of emil is full").unwrap();
        (trial, id)
    }

    #[tokio::test]
    async fn only_those_who_may_answer_an_alarm_read_who_answered_it_and_what_was_written() {
        let (trial, id) = answered();
        let sites = || [book().site.id].into();
        let add = |name: &str, role: PersonRole| {
            let (registry, name) = (&trial.app.registry, PersonName::new(name).unwrap());
            registry.add_person(&name, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
            registry.assign_role(&name, &role, (NOW.plus_ms(-1), None), "test", NOW).unwrap();
            registry.sign_in(&name, "four plain words", NOW).unwrap().unwrap()
        };
        let askers = [
            (add("manfred", PersonRole::FacilityManager { sites: sites() }), true),
            (add("theo", PersonRole::Technician { sites: sites() }), true),
            (add("olga", PersonRole::Observer { sites: sites() }), false),
        ];
        for (secret, may_answer) in askers {
            for (path, told) in [
                (format!("/sites/demo/alarms/{id}"), &["berta", "carla", "blocks it"][..]),
                (format!("/api/v1/alarms/{id}?site=demo"), &["berta", "carla", "blocks it"]),
                ("/sites/demo/alarms?state=all".to_owned(), &["berta"]),
                ("/sites/demo/alarms?state=all&text=berta".to_owned(), &["has switched itself off"]),
                ("/api/v1/alarms?site=demo&state=all".to_owned(), &["\"berta\""]),
                ("/api/v1/alarms?site=demo&state=all&text=berta".to_owned(), &["heater_tripped"]),
                ("/sites/demo/alarm-rules".to_owned(), &["dora", "mailbox of emil"]),
            ] {
                let request = Request::get(&path).header("host", "localhost");
                let request = request.header("cookie", format!("hypocaust={secret}; lang=en"));
                let (status, body) = read(trial.ask(request.body(Body::empty()).unwrap()).await).await;
                assert!(status.is_success(), "{path}: {status}");
                for text in told {
                    assert_eq!(body.contains(text), may_answer, "{path}: {text}: {body}");
                }
            }
        }
    }
}
