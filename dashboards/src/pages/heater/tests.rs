//! The heater's page: what is done there, what is refused, and what the page says of it.

use axum::http::StatusCode;
use registry::{Described, Instructions, SiteBook};
use vocabulary::{
    BootId, Fingerprint, Heartbeat, HeaterId, HeaterTopic, Maintenance, Mode, Payload as _, SiteId, Topic,
};

use crate::trial::{NOW, Trial, book};

const HEATER: &str = "/sites/demo/heaters/h-101";
const CODE: &str = "/sites/demo/heaters/h-101/enrolment-code?lang=en";

/// The building with real heaters.
fn trial() -> Trial {
    let mut real = book();
    real.heaters.iter_mut().for_each(|heater| heater.simulated = false);
    Trial::silent(&[real])
}

#[tokio::test]
async fn a_one_time_code_is_shown_once_and_opens_this_heater() {
    let trial = trial();
    let registry = &trial.app.registry;
    registry.set_authority(&Fingerprint::of(b"an authority")).unwrap();
    assert!(trial.get(HEATER).await.1.contains("/enrolment-code\""));
    let (status, _, html) = trial.post(CODE, "").await;
    let command = html.split("<code class=\"address\">").nth(1).and_then(|rest| rest.split('<').next());
    let command = command.unwrap_or_else(|| panic!("{status}: no command on the page"));
    let code: vocabulary::EnrolmentCode = command.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(command.contains("--site demo"), "{command}");
    let site = vocabulary::SiteId::new("demo").unwrap();
    let key = Fingerprint::of(b"a key");
    let opened = registry.judge_code(&site, None, &code.secret(), &key, NOW).unwrap();
    assert_eq!(opened.as_str(), "h-101");
    assert!(!trial.get(HEATER).await.1.contains(&code.to_string()));
    let audit = registry.audit_of("demo/heater/h-101", 5).unwrap();
    assert_eq!(audit[0].action, "enrolment_code");
}

#[tokio::test]
async fn without_tls_the_page_says_what_is_missing() {
    let trial = trial();
    let (status, _, html) = trial.post(CODE, "").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("tls_listen"), "{status}");
    assert_eq!(trial.post("/sites/demo/heaters/nobody/enrolment-code", "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_simulated_heater_needs_no_code() {
    assert!(!Trial::new().get(HEATER).await.1.contains("enrolment-code"));
}

fn site() -> SiteId {
    SiteId::new("demo").unwrap()
}

fn heater() -> HeaterId {
    HeaterId::new("h-101").unwrap()
}

fn held(trial: &Trial) -> Instructions {
    trial.app.registry.instructions(&site()).unwrap().remove(&heater()).unwrap_or_default().at(NOW)
}

/// What a form of the page was made from, ready to be sent.
fn seen(html: &str, form: &str) -> String {
    let of_form = html.split(&format!("/h-101/{form}\"")).nth(1).unwrap();
    let value = of_form.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    value.replace("&#60;", "%3C").replace("&#62;", "%3E").replace(' ', "+")
}

/// A form that was made while nothing was held back.
fn fresh(fields: &str) -> String {
    format!("seen={}&{fields}", crate::pages::seen::seen(&None::<registry::Hold>))
}

/// The heater says that it has accepted this budget, and whether it can be switched.
fn beat(trial: &Trial, seq: u64, controllable: bool) {
    let beat = Heartbeat { controllable, ..heartbeat(seq) };
    trial.hear(&Topic::heater(&site(), &heater(), HeaterTopic::Heartbeat), &beat.encode());
}

fn heartbeat(seq: u64) -> Heartbeat {
    Heartbeat {
        boot: BootId::from_bits(7),
        n: 89,
        mono_ms: 1,
        epoch: 12,
        seq,
        budget_w: 430,
        drawn_w: 412,
        lease_left_s: 48,
        mode: Mode::Leased,
        wanted_w: 510,
        controllable: true,
        alarms: Vec::new(),
        steps_w: Vec::new(),
        firmware: "boiler 2.1 <b>".to_owned(),
        maintainable: true,
    }
}

#[tokio::test]
async fn a_limit_holds_with_its_reason_until_it_is_ended_and_a_stale_form_changes_nothing() {
    let trial = Trial::new();
    let (_, html) = trial.get(&format!("{HEATER}?lang=en")).await;
    let first =
        format!("seen={}&watts=300&reason=Warm+%3Cplug%3E&until=2099-05-04T06%3A00", seen(&html, "limit"));
    let (status, to, _) = trial.post(&format!("{HEATER}/limit"), &first).await;
    assert_eq!((status, to.ends_with("?done=limit#service")), (StatusCode::SEE_OTHER, true), "{to}");
    let limit = held(&trial).limit.unwrap();
    assert_eq!((limit.watts.whole(), limit.hold.reason.as_str()), (300, "Warm <plug>"));
    let (_, html) = trial.get(&format!("{HEATER}?lang=en")).await;
    assert!(html.contains("Limited to 300") && html.contains("Warm &#60;plug&#62;"), "{html}");
    let (status, _, refused) =
        trial.post(&format!("{HEATER}/limit?lang=en"), &first.replace("300", "200")).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && refused.contains("somebody else"), "{refused}");
    assert!(refused.contains("name=\"watts\" inputmode=\"numeric\" value=\"200\""), "it is not lost");
    assert_eq!(held(&trial).limit.unwrap().watts.whole(), 300);
    let end = format!("seen={}&end=1", seen(&html, "limit"));
    trial.post(&format!("{HEATER}/limit"), &end).await;
    assert_eq!(held(&trial), Instructions::default());
    let (_, html) = trial.get(&format!("{HEATER}?lang=en")).await;
    assert!(html.contains("ended the limit") && html.contains("Limited to 300"), "the log says both");
}

#[tokio::test]
async fn what_cannot_be_instructed_is_refused_in_a_sentence_and_nothing_typed_is_lost() {
    let trial = Trial::new();
    for (form, body, why) in [
        ("limit", "watts=many&reason=Plug", "whole number"),
        ("limit", "watts=99999&reason=Plug", "below its rated"),
        ("limit", "watts=300&reason=+", "say why"),
        ("limit", "watts=300&reason=%07", "say why"),
        ("limit", "watts=300&reason=Plug&until=2001-01-01T00%3A00", "time to come"),
        ("drain", "reason=&until=", "say why"),
        ("drain", "reason=Plug&until=soon", "time to come"),
        ("revoke", "reason=Plug", "tick the box"),
        ("revoke", "sure=1&reason=", "say why"),
        ("decommission", "reason=Plug", "tick the box"),
    ] {
        let (status, _, html) = trial.post(&format!("{HEATER}/{form}?lang=en"), body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form} {body}");
        let alert = html.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(alert.contains(why) && !html.contains('⟦'), "{form} {body}: {alert}");
        let is_kept = form == "revoke" || form == "decommission" || html.contains("value=\"Plug\"");
        assert!(!body.contains("=Plug") || is_kept, "{form} {body}");
    }
    assert_eq!(held(&trial), Instructions::default());
    let nobody = trial.post("/sites/demo/heaters/nobody/limit", "watts=1&reason=x").await;
    assert_eq!(nobody.0, StatusCode::NOT_FOUND);
    beat(&trial, 341, false);
    let (status, _, html) = trial.post(&format!("{HEATER}/identify?lang=en"), "on=1").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("only reports"), "{html}");
}

#[tokio::test]
async fn what_holds_can_be_ended_also_where_nothing_can_be_told_and_a_heater_that_knows_no_words_is_limited()
{
    let trial = Trial::new();
    trial.post(&format!("{HEATER}/limit"), &fresh("watts=300&reason=Plug")).await;
    beat(&trial, 341, false);
    let (_, html) = trial.get(&format!("{HEATER}?lang=en")).await;
    assert!(html.contains("only reports") && !html.contains("/h-101/drain\""), "{html}");
    let (status, ..) =
        trial.post(&format!("{HEATER}/limit"), &format!("seen={}&end=1", seen(&html, "limit"))).await;
    assert_eq!((status, held(&trial)), (StatusCode::SEE_OTHER, Instructions::default()));
    let plain = Heartbeat { maintainable: false, ..heartbeat(341) };
    trial.hear(&Topic::heater(&site(), &heater(), HeaterTopic::Heartbeat), &plain.encode());
    let (status, _, html) = trial.post(&format!("{HEATER}/drain?lang=en"), &fresh("reason=Fan")).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("knows neither"), "{html}");
    let (status, ..) = trial.post(&format!("{HEATER}/limit"), &fresh("watts=300&reason=Plug")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_page_says_whether_the_heater_has_heard_that_it_should_show_itself() {
    let trial = Trial::new();
    trial.post(&format!("{HEATER}/identify"), "on=1").await;
    trial.post(&format!("{HEATER}/drain"), &fresh("reason=Fan")).await;
    let said = async || trial.get(&format!("{HEATER}?lang=en")).await.1;
    assert!(said().await.contains("within ten seconds"), "no budget says so yet");
    let maintenance = Maintenance { drain: true, identify: true };
    trial.hear_budget(&site(), &heater(), 342, maintenance);
    assert!(said().await.contains("within ten seconds"), "it has not accepted it");
    beat(&trial, 342, true);
    trial.hear_budget(&site(), &heater(), 343, maintenance);
    let html = said().await;
    assert!(html.contains("has heard it") && html.contains("boiler 2.1 &#60;b&#62;"), "{html}");
    assert!(html.contains("class=\"held\">Shows") && html.contains("until somebody ends it: Fan"), "{html}");
    trial.clock.store(NOW.ms() + 60_000, std::sync::atomic::Ordering::Relaxed);
    assert!(!said().await.contains("has heard it"), "its lease is over: nobody knows what it does");
    trial.clock.store(NOW.ms(), std::sync::atomic::Ordering::Relaxed);
    trial.post(&format!("{HEATER}/identify"), "on=0").await;
    let html = said().await;
    assert!(!html.contains("class=\"held\">Shows") && html.contains("stopped it showing itself"), "{html}");
}

/// A building that was made on the pages, with real heaters.
fn made_on_pages() -> Trial {
    let mut real: SiteBook = book();
    real.site.demonstration = false;
    real.heaters.iter_mut().for_each(|heater| heater.simulated = false);
    let trial = Trial::silent(&[]);
    let described = trial.app.registry.describe_site(&real, None, "anna", NOW).unwrap();
    assert_eq!(described, Described::Written);
    trial
}

#[tokio::test]
async fn a_heater_moves_to_another_room_and_leaves_where_the_building_is_described_here() {
    let trial = made_on_pages();
    let room = |trial: &Trial| {
        let book = trial.app.registry.site_book(&site()).unwrap();
        let found = book.heaters.iter().find(|known| known.id == heater()).cloned();
        found.map(|heater| heater.room.map(|room| room.to_string()))
    };
    assert_eq!(room(&trial), Some(Some("101".to_owned())));
    let (status, ..) = trial.post(&format!("{HEATER}/room"), "seen=101&room=102").await;
    assert_eq!((status, room(&trial)), (StatusCode::SEE_OTHER, Some(Some("102".to_owned()))));
    for (body, why) in [("seen=101&room=201", "somebody else"), ("seen=102&room=gone", "gone")] {
        let (status, _, html) = trial.post(&format!("{HEATER}/room?lang=en"), body).await;
        assert!(
            status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("role=\"alert\""),
            "{why}: {html}"
        );
    }
    let (_, html) = trial.get(HEATER).await;
    let before = format!("seen={}&sure=1&reason=Sold", seen(&html, "decommission"));
    trial.post(&format!("{HEATER}/room"), "seen=102&room=").await;
    assert_eq!(room(&trial), Some(None), "it stands in no room");
    let (status, _, html) = trial.post(&format!("{HEATER}/decommission?lang=en"), &before).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "it was made before somebody moved the heater");
    let leave = format!("seen={}&sure=1&reason=Sold", seen(&html, "decommission"));
    beat(&trial, 1, true);
    let (status, _, html) = trial.post(&format!("{HEATER}/decommission?lang=en"), &leave).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("Unplug it first"), "{html}");
    trial.clock.store(NOW.ms() + 120_000, std::sync::atomic::Ordering::Relaxed);
    let (status, to, _) = trial.post(&format!("{HEATER}/decommission"), &leave).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/sites/demo/heaters?done=decommission"));
    assert_eq!((room(&trial), trial.get(HEATER).await.0), (None, StatusCode::NOT_FOUND));
    assert!(trial.get(&format!("{to}&lang=en")).await.1.contains("has left the building"));
    assert_eq!(trial.app.registry.retired_heaters(&site()).unwrap()[0].heater.id, heater());
}

#[tokio::test]
async fn where_the_configuration_describes_the_building_the_page_says_where_to_go() {
    let trial = trial();
    let (_, html) = trial.get(&format!("{HEATER}?lang=en")).await;
    assert!(!html.contains("/decommission\"") && html.contains("/sites/demo/building\">"), "{html}");
    let edition = trial.app.registry.site_book(&site()).unwrap().edition();
    let leave = format!("seen={edition}&sure=1&reason=Sold");
    let (status, _, html) = trial.post(&format!("{HEATER}/decommission?lang=en"), &leave).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("role=\"alert\""), "{html}");
}

#[tokio::test]
async fn a_revoked_heater_opens_no_door_and_the_page_says_since_when() {
    let trial = trial();
    let id = vocabulary::CredentialId::new("h-101").unwrap();
    let role = registry::Role::Heater { site: site(), heater: heater() };
    trial.app.registry.issue_credential(&id, &role, NOW).unwrap();
    let (_, html) = trial.get(&format!("{HEATER}?lang=en")).await;
    assert!(html.contains("its password, since"), "{html}");
    let (status, ..) = trial.post(&format!("{HEATER}/revoke"), "seen=1&sure=1&reason=Stolen").await;
    let is_live = trial.app.registry.live_credential(&id).unwrap().is_some();
    assert_eq!((status, is_live), (StatusCode::UNPROCESSABLE_ENTITY, true), "it is of another device");
    let revoke = format!("seen={}&sure=1&reason=Stolen", seen(&html, "revoke"));
    let (status, ..) = trial.post(&format!("{HEATER}/revoke"), &revoke).await;
    assert_eq!((status, trial.app.registry.live_credential(&id).unwrap()), (StatusCode::SEE_OTHER, None));
    let (_, html) = trial.get(&format!("{HEATER}?lang=en")).await;
    assert!(
        html.contains("nothing any more: revoked") && html.contains("revoked the credential (Stolen)"),
        "{html}"
    );
}
