//! Two buildings and somebody of each kind, who ask.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use registry::{FirstPassword, NewOverride, NewToken, PersonName, PersonRole, Scope, SiteBook, TenantRoom};
use vocabulary::{Celsius, RoomId, SetpointBy, SiteId, Timestamp};

use super::{ASKERS, FORM, HOUR_MS};
use crate::trial::{NOW, Trial, book};

const WORDS: &str = "four plain words";

/// The two buildings, and somebody of each kind.
pub(super) struct Town {
    pub(super) trial: Trial,
    /// The header that each asker shows.
    keys: Vec<Option<(&'static str, String)>>,
}

pub(super) fn site(text: &str) -> SiteId {
    SiteId::new(text).unwrap()
}

fn elsewhere() -> SiteBook {
    let mut other = book();
    other.site.id = site("annexe");
    other
}

impl Town {
    pub(super) fn new() -> Self {
        let trial = Trial::silent(&[book(), elsewhere()]);
        let on = |text: &str| BTreeSet::from([site(text)]);
        let tenant = |room: &str| PersonRole::Tenant { site: site("demo"), room: RoomId::new(room).unwrap() };
        let (past, hence) = (NOW.plus_ms(-HOUR_MS), NOW.plus_ms(HOUR_MS));
        let people = [
            ("admin", PersonRole::Administrator, (past, None)),
            ("manager", PersonRole::FacilityManager { sites: on("demo") }, (past, None)),
            ("manager-elsewhere", PersonRole::FacilityManager { sites: on("annexe") }, (past, None)),
            ("technician", PersonRole::Technician { sites: on("demo") }, (past, None)),
            ("observer", PersonRole::Observer { sites: on("demo") }, (past, None)),
            ("tenant", tenant("101"), (past, Some(hence))),
            ("neighbour", tenant("102"), (past, None)),
            ("former", tenant("101"), (past.plus_ms(-HOUR_MS), Some(past))),
            ("coming", tenant("101"), (hence, None)),
        ];
        let mut keys = vec![None];
        for (name, role, interval) in people {
            let name = person(&trial, name, &role, interval);
            keys.push(Some(cookie(&trial, &name, WORDS)));
        }
        let newcomer = PersonName::new("newcomer").unwrap();
        let once =
            trial.app.registry.add_person(&newcomer, &FirstPassword::OneTime, "test", NOW).unwrap().unwrap();
        trial
            .app
            .registry
            .assign_role(&newcomer, &PersonRole::Administrator, (past, None), "test", NOW)
            .unwrap();
        keys.push(Some(cookie(&trial, &newcomer, &once)));
        for (scope, sites, owner) in [
            (Scope::Read, None, "admin"),
            (Scope::Read, Some(on("annexe")), "admin"),
            (Scope::Override, None, "admin"),
            (Scope::Figures, None, "admin"),
            (Scope::Read, None, "tenant"),
        ] {
            keys.push(Some(token(&trial, scope, sites, owner)));
        }
        Self { trial, keys }
    }

    pub(super) fn key(&self, asker: &str) -> Option<&(&'static str, String)> {
        self.keys[ASKERS.iter().position(|name| *name == asker).unwrap()].as_ref()
    }

    /// Asks as `asker`; in the address `{override}` and `{link}` are made anew.
    pub(super) async fn ask(&self, asker: &str, method: &str, address: &str) -> Response<Body> {
        let room = TenantRoom { site: site("demo"), room: RoomId::new("101").unwrap() };
        let registry = &self.trial.app.registry;
        let address = if address.contains("{link}") {
            address.replace("{link}", &registry.make_tenant_link(&room, "test", NOW).unwrap())
        } else if address.contains("{override}") {
            let id = registry.add_override(&wish(&room), "anna", NOW).unwrap();
            address.replace("{override}", &id.to_string())
        } else if address.contains("{alarm}") {
            address.replace("{alarm}", &self.trial.raise_alarm().to_string())
        } else if address.contains("{platform}") {
            address.replace("{platform}", &self.trial.raise_platform_alarm().to_string())
        } else {
            address.to_owned()
        };
        let mut request = Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(&address)
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin");
        if let Some((name, value)) = self.key(asker) {
            request = request.header(*name, value);
        }
        let body = if address == "/api/v1/overrides" && method == "post" {
            let until = NOW.plus_ms(HOUR_MS).ms();
            format!(r#"{{"site":"demo","room":"101","setpoint_c":21,"until_ms":{until}}}"#)
        } else {
            FORM.to_owned()
        };
        self.trial.ask(request.body(Body::from(body)).unwrap()).await
    }
}

pub(super) fn person(
    trial: &Trial,
    name: &str,
    role: &PersonRole,
    interval: (Timestamp, Option<Timestamp>),
) -> PersonName {
    let name = PersonName::new(name).unwrap();
    trial.app.registry.add_person(&name, &FirstPassword::Chosen(WORDS), "test", NOW).unwrap();
    trial.app.registry.assign_role(&name, role, interval, "test", NOW).unwrap();
    name
}

fn cookie(trial: &Trial, name: &PersonName, password: &str) -> (&'static str, String) {
    let secret = trial.app.registry.sign_in(name, password, NOW).unwrap().unwrap();
    ("cookie", format!("theme=dark; hypocaust={secret}"))
}

fn token(
    trial: &Trial,
    scope: Scope,
    sites: Option<BTreeSet<SiteId>>,
    owner: &str,
) -> (&'static str, String) {
    let owner = PersonName::new(owner).unwrap();
    let new = NewToken { name: "t".to_owned(), owner, scopes: [scope].into(), sites, expires_at: None };
    ("authorization", format!("Bearer {}", trial.app.registry.add_token(&new, "test", NOW).unwrap()))
}

fn wish(room: &TenantRoom) -> NewOverride {
    NewOverride {
        site: room.site.clone(),
        room: room.room.clone(),
        setpoint_c: Celsius::from_hundredths(2100),
        until: NOW.plus_ms(HOUR_MS),
        by: SetpointBy::Manager,
        label: "test".to_owned(),
    }
}

pub(super) fn outcome(response: &Response<Body>) -> char {
    let to = response.headers().get("location").map(|to| to.to_str().unwrap());
    match (response.status(), to) {
        (StatusCode::UNAUTHORIZED, _) => 's',
        // Signing out leads there too, and takes the cookie away.
        (StatusCode::SEE_OTHER, Some(to))
            if to.starts_with("/sign-in") && !response.headers().contains_key("set-cookie") =>
        {
            's'
        }
        (StatusCode::SEE_OTHER, Some("/account")) => 'c',
        (StatusCode::FORBIDDEN, _) => 'x',
        (StatusCode::NOT_FOUND, _) => '4',
        (StatusCode::INTERNAL_SERVER_ERROR, _) => '!',
        _ => '+',
    }
}

/// A link to room 101.
pub(super) fn link(town: &Town) -> String {
    let room = TenantRoom { site: site("demo"), room: RoomId::new("101").unwrap() };
    town.trial.app.registry.make_tenant_link(&room, "test", NOW).unwrap()
}
