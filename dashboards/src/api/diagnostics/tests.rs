//! The file for support holds what helps, and nothing that was planted where secrets, names and presence stand.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use registry::{
    AlarmAnswer, Deed, FirstPassword, NewOverride, NewToken, PersonName, PersonRole, Role, Scope, SiteBook,
    TenantRoom,
};
use serde_json::{Value, json};
use vocabulary::{Celsius, CredentialId, DisplayName, HeaterId, RoomId, SetpointBy};

use super::kind_of;
use crate::front::Front;
use crate::trial::{NOW, Trial, book, read};
use crate::{CertificateKind, CertificateState, Figure, FigureKind, PartHealth};

const WORDS: &str = "planted four words";

/// A building whose every name is planted.
fn planted_book() -> SiteBook {
    let mut book = book();
    let name = |text: &str| DisplayName::new(text).unwrap();
    book.site.name = name("Planted House");
    for (index, room) in book.rooms.iter_mut().enumerate() {
        room.name = name(&format!("Planted Müller {index}"));
        room.id = RoomId::new(&format!("planted-{index}")).unwrap();
    }
    for (index, heater) in book.heaters.iter_mut().enumerate() {
        heater.name = name("Planted heater");
        heater.id = HeaterId::new(&format!("planted-h-{index}")).unwrap();
        heater.room = Some(book.rooms[index].id.clone());
    }
    book
}

/// The planted building, lived in: and everything that must not get out.
fn planted() -> (Trial, Vec<String>, String) {
    let book = planted_book();
    let front = Front::new("127.0.0.1:80".parse().unwrap(), None);
    let trial = Trial::furnished(std::slice::from_ref(&book), front, |parts| {
        parts.figures = Arc::new(|| {
            let name = "hypocaust_ingest_records_total".into();
            let labels = vec![("reason", "stored".to_owned())];
            vec![Figure { name, help: "", kind: FigureKind::Counter, labels, value: 5.0 }]
        });
        parts.health =
            Arc::new(|| vec![PartHealth { part: "ingest", ok: true, detail: "hears the broker".to_owned() }]);
        parts.installation.configured = vec![("store.kind", "embedded".to_owned())];
        parts.installation.certificates =
            Arc::new(|| vec![(CertificateKind::Broker, CertificateState::Until(NOW.plus_ms(5)))]);
    });
    let registry = &trial.app.registry;
    let anna = PersonName::new("planted-anna").unwrap();
    registry.add_person(&anna, &FirstPassword::Chosen(WORDS), "person/planted-bruno", NOW).unwrap();
    registry.assign_role(&anna, &PersonRole::Administrator, (NOW, None), "test", NOW).unwrap();
    let place = TenantRoom { site: book.site.id.clone(), room: book.rooms[0].id.clone() };
    let token = NewToken {
        name: "planted-token".to_owned(),
        owner: anna.clone(),
        scopes: [Scope::Read].into(),
        sites: None,
        expires_at: None,
    };
    let wish = NewOverride {
        site: place.site.clone(),
        room: place.room.clone(),
        setpoint_c: Celsius::from_hundredths(2155),
        until: NOW.plus_ms(3_600_000),
        by: SetpointBy::Tenant,
        label: "planted wish".to_owned(),
    };
    let session = registry.sign_in(&anna, WORDS, NOW).unwrap().unwrap();
    let secrets = vec![
        session.clone(),
        registry.add_token(&token, "person/planted-anna", NOW).unwrap(),
        registry.make_tenant_link(&place, "person/planted-anna", NOW).unwrap(),
        registry.issue_credential(&CredentialId::new("planted-bms").unwrap(), &Role::Service, NOW).unwrap(),
        "argon2".to_owned(),
    ];
    registry.add_override(&wish, "planted tenant", NOW).unwrap();
    let alarm = trial.raise_platform_alarm();
    for answer in
        [AlarmAnswer::Assign(Some("Planted Owner".to_owned())), AlarmAnswer::Comment("planted".to_owned())]
    {
        registry.answer_alarm(alarm, &answer, "person/planted-anna", NOW).unwrap();
    }
    let reader = Deed {
        new: "planted",
        why: "planted",
        ..Deed::new("planted", "read_presence", "demo/room/planted-0/presence")
    };
    registry.audit(NOW, &reader).unwrap();
    let renamed = Deed {
        old: "planted",
        new: "planted",
        why: "planted",
        ..Deed::new("planted", "configure", "demo/room/planted-0")
    };
    registry.audit(NOW, &renamed).unwrap();
    registry.note_backup("planted/folder", "command line", NOW).unwrap();
    (trial, secrets, session)
}

async fn file(trial: &Trial, session: &str) -> String {
    let request = Request::get("/api/v1/diagnostics?site=demo").header("host", "localhost");
    let request = request.header("cookie", format!("hypocaust={session}")).body(Body::empty()).unwrap();
    let response = trial.ask(request).await;
    let kept = response.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(kept, "attachment; filename=\"hypocaust-diagnostics-2026-01-21.json\"");
    let (status, text) = read(response).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    text
}

#[tokio::test]
async fn nothing_that_was_planted_gets_out() {
    let (trial, secrets, session) = planted();
    let text = file(&trial, &session).await;
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "{secret}: {text}");
    }
    for word in ["planted", "müller", "presence", "occupied", "21.55", "2155"] {
        assert!(!text.to_lowercase().contains(word), "{word}: {text}");
    }
}

#[tokio::test]
async fn what_helps_is_in_it() {
    let (trial, _, session) = planted();
    let file: Value = serde_json::from_str(&file(&trial, &session).await).unwrap();
    assert_eq!(file["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(file["configuration"], json!({"store.kind": "embedded"}));
    assert_eq!(file["building"]["heaters"], 2);
    assert_eq!(file["parts"][0]["part"], "ingest");
    assert_eq!(file["figures"][0]["labels"], json!({"reason": "stored"}));
    assert_eq!(file["history"]["writable"], true);
    assert_eq!(
        file["certificates"][0],
        json!({"what": "broker", "state": "until", "until_ms": NOW.ms() + 5})
    );
    assert_eq!(file["backup_ms"], NOW.ms());
    assert_eq!(file["may_connect"], json!({"service": 1}));
    assert_eq!((&file["alarms"][0]["rule"], &file["alarms"][0]["open"]), (&json!("disk_full"), &json!(1)));
    let told: Vec<(&str, &str)> = file["audit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["about"].as_str().unwrap()))
        .collect();
    let expected = [
        ("backup", "data"),
        ("configure", "room"),
        ("token_add", "person"),
        ("role_add", "person"),
        ("person_add", "person"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn of_a_target_only_its_kind_is_told_and_nothing_of_another_building() {
    let site = book().site.id;
    for (target, kind) in [
        ("demo", Some("site")),
        ("demo/room/101", Some("room")),
        ("demo/accounting", Some("accounting")),
        ("demo/heater/h-1", Some("heater")),
        ("annexe/room/101", None),
        ("annexe", None),
        ("platform/alarm-rule/disk_full", Some("alarm-rule")),
        ("person/anna", Some("person")),
        ("credential/bms", Some("credential")),
        ("demonstration/room/1", None),
    ] {
        assert_eq!(kind_of(target, &site), kind, "{target}");
    }
}
