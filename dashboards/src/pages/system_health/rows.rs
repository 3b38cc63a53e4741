//! The figures of system health in words: value with unit, meaning, and what to do where it is bad.

use store::Health;
use vocabulary::Timestamp;

use crate::diagnosis::{Diagnosis, Growth};
use crate::front::Front;
use crate::language::Language;
use crate::words::Speaker;
use crate::{CertificateKind, CertificateState};

const DAY_MS: i64 = 24 * 3_600_000;
/// A reading that is older than this when it is the newest: ingest is behind, or nothing is measured. As the alarm.
const LAG_MS: i64 = 120_000;
/// Less than this free, and the disk needs somebody. As the alarm.
const LITTLE_FREE_BYTES: u64 = 2_000_000_000;
/// So many days ahead the end of a certificate, or of the disk, is told.
const SOON_DAYS: f64 = 30.0;
/// A backup that is older than this is old: a week of history would be lost with the disk.
const BACKUP_OLD_MS: i64 = 7 * DAY_MS;
/// What is further away than this nobody plans for.
const FAR_DAYS: f64 = 3_650.0;
/// More of all records than this took longest: one in a hundred.
const SLOW_SHARE: f64 = 0.01;
/// As many refusals as this, and one of them is somebody's fault. As the alarm.
const MANY_REFUSED: f64 = 100.0;

/// Figures under one heading.
pub(super) struct Group {
    pub(super) key: &'static str,
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

/// A figure.
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) name: String,
    pub(super) value: String,
    /// The class of its state: `good`, `calm`, `soon` or `bad`.
    pub(super) tone: &'static str,
    pub(super) meaning: String,
    /// What to do, where it is bad.
    pub(super) advice: Option<String>,
    /// The command that does it.
    pub(super) command: Option<&'static str>,
}

/// A reason for which something was refused.
pub(super) struct RefusedRow {
    pub(super) what: String,
    pub(super) reason: String,
    pub(super) count: String,
}

/// All figures.
pub(super) fn groups(speaker: Speaker, diagnosis: &Diagnosis, front: &Front) -> Vec<Group> {
    let l = speaker.language;
    let group = |key: &'static str, rows| Group { key, title: l.say(&format!("health-group-{key}")), rows };
    vec![
        group("broker", broker(l, diagnosis)),
        group("ingest", ingest(speaker, diagnosis)),
        group("store", store(l, diagnosis)),
        group("certificates", certificates(speaker, diagnosis, front)),
        group("backup", vec![backup(speaker, diagnosis)]),
    ]
}

/// A row whose value is known and well, or only told.
fn row(l: Language, key: &'static str, tone: &'static str, value: String) -> Row {
    Row {
        key,
        name: l.say(&format!("health-{key}")),
        value,
        tone,
        meaning: l.say(&format!("health-{key}-meaning")),
        advice: None,
        command: None,
    }
}

/// A row that is bad where `tone` says so, with what to do then.
fn judged(l: Language, key: &'static str, tone: &'static str, value: String) -> Row {
    let is_bad = matches!(tone, "soon" | "bad");
    let advice = is_bad.then(|| l.say(&format!("health-{key}-do")));
    Row { advice, ..row(l, key, tone, value) }
}

/// A row whose figure another process counts.
fn elsewhere(l: Language, key: &'static str) -> Row {
    row(l, key, "calm", l.say("health-elsewhere"))
}

/// A count that is bad as soon as there is one.
fn none_is_good(l: Language, key: &'static str, count: Option<f64>) -> Row {
    count.map_or_else(
        || elsewhere(l, key),
        |count| judged(l, key, if count > 0.0 { "soon" } else { "good" }, l.number(count, 0)),
    )
}

fn broker(l: Language, diagnosis: &Diagnosis) -> Vec<Row> {
    let of = |name: &'static str| diagnosis.counted.of("broker", name);
    let pair = |key, names: [&'static str; 2]| match names.map(of) {
        [Some(one), Some(other)] => {
            let fills = [("one", l.number(one, 0).into()), ("other", l.number(other, 0).into())];
            row(l, key, "calm", l.tell(&format!("health-{key}-value"), &fills))
        }
        _ => elsewhere(l, key),
    };
    let allowed = diagnosis.may_connect.iter();
    let allowed = allowed.map(|(role, n)| l.tell(&format!("health-role-{role}"), &[("n", (*n).into())]));
    let allowed = allowed.collect::<Vec<_>>().join(" · ");
    vec![
        pair("connections", ["connections", "connections_total"]),
        pair("traffic", ["messages_in_total", "messages_out_total"]),
        row(l, "allowed", "calm", if allowed.is_empty() { l.say("health-allowed-nobody") } else { allowed }),
        refused_connections(l, of("connections_refused_total")),
        none_is_good(l, "dropped", of("messages_dropped_total")),
    ]
}

fn refused_connections(l: Language, count: Option<f64>) -> Row {
    count.map_or_else(
        || elsewhere(l, "turned-away"),
        |count| {
            let tone = if count >= MANY_REFUSED { "soon" } else { "calm" };
            judged(l, "turned-away", tone, l.number(count, 0))
        },
    )
}

fn ingest(speaker: Speaker, diagnosis: &Diagnosis) -> Vec<Row> {
    let l = speaker.language;
    let lost = diagnosis.counted.because("ingest", "records_total", "declared_lost");
    vec![newest(speaker, diagnosis), commit_age(l, diagnosis), none_is_good(l, "lost", lost)]
}

fn newest(speaker: Speaker, diagnosis: &Diagnosis) -> Row {
    let l = speaker.language;
    let Some(newest) = diagnosis.history.as_ref().and_then(|history| history.newest) else {
        return row(l, "newest", "calm", l.say("health-newest-none"));
    };
    let age_ms = diagnosis.now.since(newest);
    judged(l, "newest", if age_ms > LAG_MS { "soon" } else { "good" }, l.age(age_ms))
}

fn commit_age(l: Language, diagnosis: &Diagnosis) -> Row {
    let class = |class| diagnosis.counted.because("ingest", "commit_age_total", class).unwrap_or_default();
    match diagnosis.counted.of("ingest", "commit_age_total") {
        None => elsewhere(l, "commit-age"),
        Some(0.0) => row(l, "commit-age", "calm", l.say("health-commit-age-none")),
        Some(all) => {
            let (fast, slow) = ((class("under_1_s") + class("under_5_s")) / all, class("longer") / all);
            let fills = [("share", l.percent(fast).into()), ("n", l.number(class("longer"), 0).into())];
            let tone = if slow > SLOW_SHARE { "soon" } else { "good" };
            judged(l, "commit-age", tone, l.tell("health-commit-age-value", &fills))
        }
    }
}

fn store(l: Language, diagnosis: &Diagnosis) -> Vec<Row> {
    let Some(history) = &diagnosis.history else {
        return vec![judged(l, "size", "bad", l.say("health-history-silent"))];
    };
    let size = [
        ("size", bytes(l, history.bytes_on_disk as f64).into()),
        ("n", l.number(history.records as f64, 0).into()),
    ];
    let mut rows = vec![row(l, "size", "calm", l.tell("health-size-value", &size)), free(l, history)];
    rows.extend(growing(l, history, diagnosis.growth()));
    rows.push(none_is_good(l, "damaged", Some((history.damaged_blocks + history.quarantined) as f64)));
    rows
}

fn free(l: Language, history: &Health) -> Row {
    let tone = match history {
        _ if !history.writable => "bad",
        _ if history.free_bytes < LITTLE_FREE_BYTES => "soon",
        _ => "good",
    };
    judged(l, "free", tone, bytes(l, history.free_bytes as f64))
}

fn growing(l: Language, history: &Health, growth: Option<Growth>) -> [Row; 2] {
    let Some(growth) = growth else {
        let why = if history.forwarding.is_some() { "health-growth-influx" } else { "health-growth-young" };
        return ["growth", "full"].map(|key| row(l, key, "calm", l.say(why)));
    };
    let fills = [("size", bytes(l, growth.bytes_per_day).into()), ("n", growth.days.into())];
    let full = match growth.full_in_days {
        days if days > FAR_DAYS => row(l, "full", "good", l.say("health-full-far")),
        days => {
            let tone = if days < SOON_DAYS { "soon" } else { "good" };
            judged(l, "full", tone, l.tell("health-full-value", &[("n", days.floor().into())]))
        }
    };
    [row(l, "growth", "calm", l.tell("health-growth-value", &fills)), full]
}

fn certificates(speaker: Speaker, diagnosis: &Diagnosis, front: &Front) -> Vec<Row> {
    let l = speaker.language;
    let told = diagnosis.certificates.iter();
    let mut rows: Vec<Row> =
        told.map(|(kind, state)| certificate(speaker, diagnosis.now, *kind, *state)).collect();
    rows.push(devices(speaker, diagnosis));
    let pages = match front {
        _ if front.is_https() => ("good", "health-pages-https"),
        _ if front.is_exposed => ("soon", "health-pages-exposed"),
        _ => ("calm", "health-pages-here"),
    };
    rows.push(judged(l, "pages", pages.0, l.say(pages.1)));
    rows
}

fn certificate(speaker: Speaker, now: Timestamp, kind: CertificateKind, state: CertificateState) -> Row {
    let l = speaker.language;
    let key = match kind {
        CertificateKind::Broker => "certificate-broker",
        CertificateKind::Authority => "certificate-authority",
    };
    match state {
        CertificateState::Until(end) => judged(l, key, ending(now, end), until(speaker, end)),
        CertificateState::Unreadable => judged(l, key, "bad", l.say("health-certificate-unreadable")),
        CertificateState::RenewsItself => row(l, key, "good", l.say("health-certificate-renews-itself")),
        CertificateState::NotConfigured => {
            row(l, key, "calm", l.say(&format!("health-{key}-not-configured")))
        }
        CertificateState::Elsewhere => row(l, key, "calm", l.say("health-certificate-elsewhere")),
    }
}

/// How near the end of something is.
fn ending(now: Timestamp, end: Timestamp) -> &'static str {
    match end.since(now) as f64 / DAY_MS as f64 {
        days if days <= 0.0 => "bad",
        days if days < SOON_DAYS => "soon",
        _ => "good",
    }
}

fn until(speaker: Speaker, end: Timestamp) -> String {
    let day = format!("{} {}", speaker.language.day(end, speaker.zone), speaker.zone.format(end, "%Y"));
    speaker.language.tell("health-until", &[("day", day.into())])
}

fn devices(speaker: Speaker, diagnosis: &Diagnosis) -> Row {
    let (l, devices) = (speaker.language, diagnosis.devices);
    let Some(first_end) = devices.first_end else {
        let tone = if devices.over > 0 { "bad" } else { "calm" };
        return judged(l, "devices", tone, l.tell("health-devices-none", &[("n", devices.over.into())]));
    };
    let fills = [
        ("n", devices.holding.into()),
        ("over", devices.over.into()),
        ("until", until(speaker, first_end).into()),
    ];
    judged(
        l,
        "devices",
        if devices.over > 0 { "soon" } else { "good" },
        l.tell("health-devices-value", &fills),
    )
}

fn backup(speaker: Speaker, diagnosis: &Diagnosis) -> Row {
    let l = speaker.language;
    let (tone, value) = match &diagnosis.backup {
        None => ("soon", l.say("health-backup-none")),
        Some(backup) => {
            let age_ms = diagnosis.now.since(backup.at);
            let fills = [("moment", speaker.moment(backup.at).into()), ("age", l.age(age_ms).into())];
            let tone = if age_ms > BACKUP_OLD_MS { "soon" } else { "good" };
            (tone, l.tell("health-backup-value", &fills))
        }
    };
    Row { command: Some("hypocaust backup FOLDER"), ..judged(l, "backup", tone, value) }
}

/// Everything that was refused, with its reason in words where it has one that is known here.
pub(super) fn refused(l: Language, diagnosis: &Diagnosis) -> Vec<RefusedRow> {
    let told = diagnosis.counted.refusals().into_iter().map(|refusal| RefusedRow {
        what: said(l, "what", &WHATS, &refusal.what),
        reason: if refusal.reason.is_empty() {
            String::new()
        } else {
            said(l, "reason", &REASONS, &refusal.reason)
        },
        count: l.number(refusal.count, 0),
    });
    told.collect()
}

/// A word of the figures in the visitor's language; as it is, where another part has learned a new one.
fn said(l: Language, kind: &str, known: &[&str], word: &str) -> String {
    if !known.contains(&word) {
        return word.to_owned();
    }
    l.say(&format!("health-{kind}-{}", word.replace('_', "-")))
}

/// What is counted as refused: docs/operations.md, /metrics.
pub(super) const WHATS: [&str; 10] = [
    "broker_connections_refused",
    "broker_publishes_denied",
    "broker_filters_denied",
    "broker_retained_refused",
    "broker_enrolments_refused",
    "ingest_refused_messages",
    "ingest_refused_samples",
    "controller_refused_messages",
    "alarms_refused_messages",
    "dashboards_connections_refused",
];

/// For which reasons: docs/protocol.md, Reasons counted.
pub(super) const REASONS: [&str; 34] = [
    "full",
    "address",
    "crowded",
    "timeout",
    "malformed",
    "oversized",
    "protocol",
    "client_id",
    "credential",
    "will",
    "unavailable",
    "tls",
    "topic",
    "role",
    "filter",
    "too_many",
    "unknown_site",
    "unknown_heater",
    "unknown_room",
    "too_long",
    "form",
    "version",
    "boot",
    "jump",
    "clock",
    "metric",
    "value",
    "offset",
    "unregistered_metric",
    "range",
    "time",
    "ended",
    "registry",
    "retained",
];

/// A size in the unit that leaves few digits, by thousands: `1.2 GB`, `1,2 Go`.
fn bytes(l: Language, bytes: f64) -> String {
    let units = match l {
        Language::English => ["kB", "MB", "GB", "TB"],
        Language::French => ["ko", "Mo", "Go", "To"],
    };
    let mut size = bytes / 1e3;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < units.len() {
        size /= 1e3;
        unit += 1;
    }
    l.quantity(size, usize::from(size < 99.95), units[unit])
}
