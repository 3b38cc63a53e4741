//! Alarms for programs: list them, see one with its history, answer it.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use registry::{AlarmAnswer, AlarmChange, AlarmEntry};
use serde::Deserialize;
use serde_json::{Value, json};
use vocabulary::Timestamp;

use super::{ApiError, Found, Query, answer, read_body};
use crate::alarm_filter::AlarmFilter;
use crate::alarm_sight::{self, may_answer};
use crate::app::{App, Shared, blocking};
use crate::who::Who;

/// Lines of history given.
const HISTORY: usize = 500;

/// What a program does about an alarm.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    Acknowledge {},
    Shelve { until_ms: Timestamp },
    Unshelve {},
    Assign { owner: Option<String> },
    Comment { text: String },
}

impl From<Asked> for AlarmAnswer {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Acknowledge {} => Self::Acknowledge,
            Asked::Shelve { until_ms } => Self::Shelve(until_ms),
            Asked::Unshelve {} => Self::Unshelve,
            Asked::Assign { owner } => Self::Assign(owner),
            Asked::Comment { text } => Self::Comment(text),
        }
    }
}

/// An alarm as programs read it.
fn to_json(alarm: &AlarmEntry) -> Value {
    json!({
        "id": alarm.id,
        "site": alarm.subject.site(),
        "about": alarm.subject.place(),
        "rule": alarm.rule.as_str(),
        "severity": alarm.severity().as_str(),
        "state": alarm.state.as_str(),
        "raised_ms": alarm.raised_at,
        "changed_ms": alarm.changed_at,
        "value": alarm.value,
        "limit": alarm.limit,
        "unit": alarm.rule.standard().unit.as_str(),
        "occurrences": alarm.occurrences,
        "owner": alarm.owner,
        "shelved_until_ms": alarm.shelved_until,
        "beneath": alarm.beneath,
        "hides": alarm.hides,
    })
}

fn change_json(change: &AlarmChange) -> Value {
    json!({
        "at_ms": change.at,
        "deed": change.deed.as_str(),
        "who": change.who,
        "value": change.value,
        "text": change.text,
    })
}

/// `GET /api/v1/alarms`
pub(crate) async fn list(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let query = Query::read(query);
        let found = Found::site(app, &query, &who)?;
        let filter = AlarmFilter::read(|name| query.value(name));
        let alarms = alarm_sight::alarms(app, &who, &found.book().site.id)?;
        let wanted = alarms.iter().filter(|alarm| filter.wants(alarm, ""));
        Ok(answer(json!({"alarms": wanted.map(to_json).collect::<Vec<_>>()})))
    })
    .await
}

/// `GET /api/v1/alarms/{alarm}`
pub(crate) async fn show(
    State(app): State<Shared>,
    who: Who,
    Path(alarm): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let alarm = find(app, &Found::site(app, &Query::read(query), &who)?, &alarm)?;
        told(app, &who, alarm)
    })
    .await
}

/// `POST /api/v1/alarms/{alarm}`
pub(crate) async fn act(
    State(app): State<Shared>,
    who: Who,
    Path(alarm): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let alarm = find(app, &Found::site(app, &Query::read(query), &who)?, &alarm)?;
        if !may_answer(&who, &alarm) {
            return Err(registry::Denied::Forbidden.into());
        }
        let asked: Asked = read_body(&body)?;
        let is_done = app.registry.answer_alarm(alarm.id, &asked.into(), &who.by, app.wall())?;
        if !is_done {
            let why = "nothing was changed: the alarm has changed meanwhile, or there was nothing to change";
            return Err(ApiError::new(StatusCode::CONFLICT, "unchanged", why));
        }
        told(app, &who, app.registry.alarm(alarm.id)?)
    })
    .await
}

/// An alarm of the site, or of the platform.
fn find(app: &App, found: &Found, text: &str) -> Result<AlarmEntry, ApiError> {
    let missing = || ApiError::not_found(format!("there is no alarm {text:.20}"));
    let alarm = app.registry.alarm(text.parse().map_err(|_| missing())?)?;
    let is_here = alarm.subject.site().is_none_or(|site| *site == found.book().site.id);
    if is_here { Ok(alarm) } else { Err(missing()) }
}

fn told(app: &App, who: &Who, alarm: AlarmEntry) -> Result<Response, ApiError> {
    let history = alarm_sight::history(app, who, &alarm, HISTORY)?;
    let history: Vec<Value> = history.iter().map(change_json).collect();
    Ok(answer(json!({"alarm": to_json(&alarm_sight::seen(who, alarm)), "history": history})))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use crate::trial::{NOW, Trial};

    #[tokio::test]
    async fn an_alarm_is_listed_answered_and_told_with_its_history() {
        let trial = Trial::new();
        let id = trial.raise_alarm();
        let (_, listed) = trial.json("/api/v1/alarms?site=demo").await;
        let first = &listed["alarms"][0];
        assert_eq!((&first["rule"], &first["about"]), (&json!("heater_tripped"), &json!("heater/h-102")));
        let path = format!("/api/v1/alarms/{id}?site=demo");
        let (status, told) = trial.send("POST", &path, r#"{"do":"acknowledge"}"#).await;
        assert_eq!((status, &told["alarm"]["state"]), (StatusCode::OK, &json!("acknowledged")));
        let (status, error) = trial.send("POST", &path, r#"{"do":"acknowledge"}"#).await;
        assert_eq!((status, &error["error"]["code"]), (StatusCode::CONFLICT, &json!("unchanged")));
        let until = NOW.plus_ms(3_600_000).ms();
        trial.send("POST", &path, &format!(r#"{{"do":"shelve","until_ms":{until}}}"#)).await;
        let (_, told) = trial.json(&path).await;
        assert_eq!(told["alarm"]["shelved_until_ms"], json!(until));
        let deeds: Vec<_> = told["history"].as_array().unwrap().iter().map(|line| &line["deed"]).collect();
        assert_eq!(deeds, ["shelved", "acknowledged", "raised"]);
        assert_eq!(trial.json("/api/v1/alarms?site=demo&state=open").await.1["alarms"], json!([]));
    }

    #[tokio::test]
    async fn what_does_not_read_and_what_is_not_there_is_refused() {
        let trial = Trial::new();
        let id = trial.raise_alarm();
        let path = format!("/api/v1/alarms/{id}?site=demo");
        for body in
            ["", "{}", r#"{"do":"explode"}"#, r#"{"do":"shelve"}"#, r#"{"do":"acknowledge","who":"me"}"#]
        {
            assert_eq!(trial.send("POST", &path, body).await.0, StatusCode::BAD_REQUEST, "{body}");
        }
        for path in ["/api/v1/alarms/999?site=demo", "/api/v1/alarms/x?site=demo"] {
            assert_eq!(trial.json(path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
