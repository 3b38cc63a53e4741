//! What was done to a room or a heater lately, and by whom, a line each.

use registry::Instructions;
use vocabulary::Timestamp;

use super::heater::instructions;
use crate::app::App;
use crate::visitor::PageError;
use crate::words::Speaker;

/// Lines shown.
const LINES: usize = 8;

/// One line.
pub(crate) struct AuditLine {
    pub(crate) when: String,
    pub(crate) who: String,
    pub(crate) what: String,
}

/// The newest lines about a target.
pub(crate) fn of(app: &App, target: &str, speaker: Speaker) -> Result<Vec<AuditLine>, PageError> {
    let l = speaker.language;
    let entries = app.registry.audit_of(target, LINES)?;
    let line = |entry: registry::AuditEntry| AuditLine {
        when: speaker.moment(entry.at),
        who: match entry.who.as_str() {
            "manager" => l.say("by-manager"),
            "tenant" => l.say("by-tenant"),
            "controller" => l.say("by-building-system"),
            other => other.strip_prefix("person/").unwrap_or(other).to_owned(),
        },
        what: match (entry.action.as_str(), entry.why.as_str()) {
            ("override", _) => override_line(&entry.new, speaker),
            ("limit" | "drain" | "identify", _) => instructed(&entry, speaker),
            (action, why) => match (word(action), why) {
                (Some(key), "") => l.say(key),
                (Some(key), why) => format!("{} ({why})", l.say(key)),
                (None, _) => format!("{action} {}", entry.new),
            },
        },
    };
    Ok(entries.into_iter().map(line).collect())
}

/// The key of what says itself without numbers.
fn word(action: &str) -> Option<&'static str> {
    Some(match action {
        "override_end" => "audit-override-end",
        "tenant_link" => "audit-tenant-link",
        "tenant_link_end" => "audit-tenant-link-end",
        "erase_presence" => "audit-erase-presence",
        "presence_erased" => "audit-presence-erased",
        "schedule" => "audit-schedule",
        "configure" => "audit-configure",
        "enrolment_code" => "audit-enrolment-code",
        "revoke" => "audit-revoke",
        "decommission" => "audit-decommission",
        _ => return None,
    })
}

/// What a heater was instructed to do, as it stands since; that it ended, where it did.
fn instructed(entry: &registry::AuditEntry, speaker: Speaker) -> String {
    let Ok(held) = serde_json::from_str::<Instructions>(&entry.new) else { return entry.new.clone() };
    let line = match entry.action.as_str() {
        "limit" => held.limit.map(|limit| instructions::limit_line(&limit, speaker)),
        "drain" => held.drain.map(|hold| instructions::drain_line(&hold, speaker)),
        _ => held.identify_until.map(|until| instructions::identify_line(until, speaker)),
    };
    line.unwrap_or_else(|| speaker.language.say(&format!("audit-{}-end", entry.action)))
}

/// What the audit keeps of an override, as people of this language read it; as it is where it reads otherwise.
fn override_line(detail: &str, speaker: Speaker) -> String {
    let parts = detail.split_once(" until ").and_then(|(setpoint, until)| {
        let degrees = setpoint.strip_suffix(" °C")?.parse::<f64>().ok()?;
        Some((degrees, Timestamp::parse_rfc3339(until)?))
    });
    let Some((degrees, until)) = parts else { return detail.to_owned() };
    let l = speaker.language;
    l.tell(
        "audit-override",
        &[("setpoint", l.celsius(degrees).into()), ("until", speaker.moment(until).into())],
    )
}
