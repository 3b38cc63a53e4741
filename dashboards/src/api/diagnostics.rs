//! `GET /api/v1/diagnostics`: one file for those who support the program.
//!
//! What is in it is named here, one by one, and nothing else gets in: no secret, no name or identifier of a person, a room or a
//! heater, no word that somebody wrote, nothing that tells when anybody was where. Alarms are therefore told by their rule and
//! number, and of the audit only what was done to the program.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use registry::{AlarmRule, RegistryError};
use serde_json::{Map, Value, json};
use store::Health;
use vocabulary::{SiteId, Timestamp};

use super::{ApiError, Found, Query};
use crate::app::{App, Shared, blocking};
use crate::diagnosis::{Counted, Diagnosis};
use crate::facts::Building;
use crate::who::Who;
use crate::{CertificateKind, CertificateState};

/// Lines of the audit looked at, and told.
const AUDIT_READ: usize = 1_000;
const AUDIT_TOLD: usize = 50;

/// What is done to the program and to how it is set up, as the audit names it. What people do about a room's warmth, and who
/// reads of presence, is nobody else's business.
const TOLD_ACTIONS: [&str; 17] = [
    "backup",
    "configure",
    "credential_add",
    "credential_revoke",
    "enrol",
    "enrolment_code",
    "person_add",
    "person_disable",
    "person_enable",
    "renew",
    "restore",
    "role_add",
    "role_end",
    "schedule",
    "test_notices",
    "token_add",
    "token_revoke",
];

/// `GET /api/v1/diagnostics`
pub(crate) async fn diagnostics(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let site = &found.book().site;
        let diagnosis = Diagnosis::make(app, &site.id)?;
        let content = content(app, &found, &diagnosis)?;
        let text = serde_json::to_string_pretty(&content).expect("words under names are always JSON");
        let day = site.zone.format(diagnosis.now, "%Y-%m-%d");
        let headers = [
            (CONTENT_TYPE, "application/json".to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"hypocaust-diagnostics-{day}.json\"")),
            (CACHE_CONTROL, "no-store".to_owned()),
        ];
        Ok((headers, text).into_response())
    })
    .await
}

fn content(app: &App, found: &Found, diagnosis: &Diagnosis) -> Result<Value, ApiError> {
    let site = &found.book().site.id;
    let parts: Vec<_> =
        diagnosis.parts.iter().map(|p| json!({"part": p.part, "ok": p.ok, "detail": p.detail})).collect();
    let may_connect: Map<String, Value> =
        diagnosis.may_connect.iter().map(|(role, n)| ((*role).to_owned(), json!(n))).collect();
    Ok(json!({
        "v": 1,
        "made_ms": diagnosis.now,
        "version": env!("CARGO_PKG_VERSION"),
        "started_ms": diagnosis.started,
        "configuration": app.installation.configured.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<Map<_, _>>(),
        "building": building(&found.building(app)?),
        "parts": parts,
        "figures": figures(&diagnosis.counted),
        "history": diagnosis.history.as_ref().map(history),
        "certificates": diagnosis.certificates.iter().map(certificate).collect::<Vec<_>>(),
        "device_certificates": {"holding": diagnosis.devices.holding, "over": diagnosis.devices.over, "first_end_ms": diagnosis.devices.first_end},
        "backup_ms": diagnosis.backup.as_ref().map(|backup| backup.at),
        "may_connect": may_connect,
        "alarms": alarms(app, site)?,
        "audit": audit(app, site)?,
    }))
}

/// How large the building is, and how much of it is heard.
fn building(building: &Building) -> Value {
    json!({
        "rooms": building.rooms.len(),
        "heaters": building.heaters.len(),
        "heaters_silent": building.heaters.iter().filter(|heater| heater.silent).count(),
        "stale_since_ms": building.stale_since(),
    })
}

/// Names and reasons come from the code, never from outside.
fn figures(counted: &Counted) -> Vec<Value> {
    let told = counted.figures.iter().map(|figure| {
        let labels = figure.labels.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        json!({"name": figure.name, "labels": labels.collect::<Map<_, _>>(), "value": figure.value})
    });
    told.collect()
}

fn history(health: &Health) -> Value {
    json!({
        "records": health.records,
        "series": health.series,
        "bytes_on_disk": health.bytes_on_disk,
        "log_bytes": health.log_bytes,
        "log_entries": health.log_entries,
        "parts": health.parts,
        "days": health.days,
        "day_file_bytes": health.day_file_bytes,
        "free_bytes": health.free_bytes,
        "newest_ms": health.newest,
        "damaged_blocks": health.damaged_blocks,
        "quarantined": health.quarantined,
        "writable": health.writable,
        "not_writable_because": health.not_writable_because,
    })
}

fn certificate((kind, state): &(CertificateKind, CertificateState)) -> Value {
    let until = if let CertificateState::Until(end) = state { Some(*end) } else { None };
    json!({"what": kind.as_str(), "state": state.as_str(), "until_ms": until})
}

/// The open alarms by rule: how many, and since when the oldest of them.
fn alarms(app: &App, site: &SiteId) -> Result<Vec<Value>, RegistryError> {
    let mut by_rule: BTreeMap<AlarmRule, (u32, Timestamp)> = BTreeMap::new();
    for alarm in app.registry.alarms(site)?.iter().filter(|alarm| alarm.state.is_open()) {
        let (count, oldest) = by_rule.entry(alarm.rule).or_insert((0, alarm.raised_at));
        *count += 1;
        *oldest = alarm.raised_at.min(*oldest);
    }
    let told = by_rule.into_iter().map(|(rule, (count, oldest))| {
        json!({"rule": rule.as_str(), "severity": rule.severity().as_str(), "open": count, "oldest_raised_ms": oldest})
    });
    Ok(told.collect())
}

/// What was last done to the program and to this building's settings: when, what, and to what kind of thing.
fn audit(app: &App, site: &SiteId) -> Result<Vec<Value>, RegistryError> {
    let lines = app.registry.newest_audit(AUDIT_READ)?;
    let told = lines.iter().filter(|line| TOLD_ACTIONS.contains(&line.action.as_str())).filter_map(|line| {
        let about = kind_of(&line.target, site)?;
        Some(json!({"number": line.number, "at_ms": line.at, "action": line.action, "about": about}))
    });
    Ok(told.take(AUDIT_TOLD).collect())
}

/// The kind of thing that a target of the audit is; `None` for what belongs to another building or to no known kind.
fn kind_of(target: &str, site: &SiteId) -> Option<&'static str> {
    const KINDS: [&str; 13] = [
        "accounting",
        "alarm-notices",
        "alarm-rule",
        "circuit",
        "credential",
        "data",
        "heater",
        "holidays",
        "mode",
        "person",
        "room",
        "rules",
        "site",
    ];
    let own = target.strip_prefix(site.as_str()).and_then(|rest| rest.strip_prefix('/'));
    let rest = own.or_else(|| target.strip_prefix("platform/")).unwrap_or(target);
    let word = rest.split('/').next().unwrap_or_default();
    if own == Some("") || target == site.as_str() {
        return Some("site");
    }
    KINDS.into_iter().find(|kind| *kind == word)
}

#[cfg(test)]
mod tests;
