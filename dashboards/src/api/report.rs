//! Reports for programs: `GET /api/v1/report`, the same figures as the page's, as JSON or CSV.

use std::fmt::Write as _;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde_json::{Value, json};
use vocabulary::{RoomId, SiteId};

use super::{ApiError, Found, Query, answer, internal};
use crate::app::{App, Shared};
use crate::long_reads;
use crate::report::RoomLine;
use crate::report::compared::{Compared, Pair};
use crate::report::figure::{Figure, Remark, Unknown};
use crate::report::gather::GatherError;
use crate::report::period::{Asked, Period};
use crate::who::Who;

/// `GET /api/v1/report`
pub(crate) async fn report(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    long_reads::answer(&app, move |app| read(app, &who, &Query::read(query))).await
}

fn read(app: &App, who: &Who, query: &Query) -> Result<Response, ApiError> {
    let found = Found::site(app, query, who)?;
    let site = &found.book().site;
    let room = query.value("room").map(|room| found.room(room).map(|room| &room.id)).transpose()?;
    let asked = Asked {
        period: query.value("period"),
        date: query.value("date"),
        from: query.value("from"),
        to: query.value("to"),
        compare: query.value("compare"),
    };
    let refused = |error: crate::report::period::PeriodError| {
        let text = error.to_string();
        let (name, what) = text.split_once(": ").unwrap_or(("period", &text));
        ApiError::parameter(name, what)
    };
    let period = Period::read(asked, site.zone, app.now(site)).map_err(refused)?;
    let is_csv = match query.value("format") {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(ApiError::parameter("format", "json or csv")),
    };
    let compared = Compared::make(app, who, (found.book(), room), period).map_err(refusal)?;
    Ok(if is_csv { to_csv(&site.id, room, &compared) } else { answer(to_json(&site.id, room, &compared)) })
}

fn refusal(error: GatherError) -> ApiError {
    match error {
        GatherError::TooLarge => ApiError::parameter("period", error),
        GatherError::Registry(error) => error.into(),
        GatherError::History(error) => internal(&error.to_string()),
    }
}

fn to_json(site: &SiteId, room: Option<&RoomId>, compared: &Compared) -> Value {
    let (own, other) = (&compared.own, &compared.other);
    let span = |period: Period| json!({"from_ms": period.from, "to_ms": period.to, "end_ms": period.end});
    let map = &own.heat_map;
    let rows: Vec<_> = map
        .rows
        .iter()
        .map(|row| json!({"from_ms": row.from, "kwh": row.kwh.map(|kwh| kwh.map(round))}))
        .collect();
    json!({
        "site": site,
        "room": room,
        "period": own.period.kind.as_str(),
        "span": span(own.period),
        "compare": own.period.against.as_str(),
        "compared_span": span(other.period),
        "figures": compared.pairs().map(figure_json).collect::<Vec<_>>(),
        "rooms": own.rooms.iter().map(room_json).collect::<Vec<_>>(),
        "heat_map": {"by": if map.is_by_month { "month" } else { "day" }, "rows": rows},
    })
}

fn figure_json(pair: Pair<'_>) -> Value {
    let told = |figure: &Figure| {
        json!({
            "value": figure.value.ok().map(round),
            "unknown": figure.value.err().map(Unknown::as_str),
            "coverage": figure.coverage.map(round),
        })
    };
    let mut body = told(pair.own);
    body["figure"] = json!(pair.own.key.as_str());
    body["unit"] = json!(pair.own.key.unit());
    body["series"] = json!(pair.own.key.series());
    body["remarks"] = json!(pair.own.remarks.iter().map(remark_json).collect::<Vec<_>>());
    body["compared"] = pair.other.map(told).unwrap_or_default();
    body
}

fn remark_json(remark: &Remark) -> Value {
    match remark {
        Remark::ByHours { kwh } => json!({"announced_kwh": round(*kwh)}),
        Remark::ByDeclared { kwh, per_kwh, source } => {
            json!({"declared_kwh": round(*kwh), "per_kwh": per_kwh, "source": source})
        }
        Remark::Meters { resets, jumps } => json!({"meter_resets": resets, "meter_jumps": jumps}),
        Remark::At(at) => json!({"at_ms": at}),
        Remark::BySchedule { rooms, of } => json!({"rooms_by_schedule": rooms, "of": of}),
        Remark::WholeHours { hours, of } => json!({"hours_of_one_mean": hours, "of": of}),
        Remark::Over { hours } => json!({"hours": round(*hours)}),
    }
}

/// The numbers of a room under the names of their figures, each with its unit, as JSON and CSV have them.
fn room_values(line: &RoomLine) -> [(&'static str, &'static str, Option<f64>); 6] {
    [
        ("energy", "kWh", line.kwh),
        ("mean_temperature", "°C", line.mean_c),
        ("in_band", "%", line.in_band.map(|share| 100.0 * share)),
        ("cold", "K·h", line.cold_kh),
        ("waste", "kWh", line.waste_kwh),
        ("refund", "EUR", line.refund_eur),
    ]
}

fn room_json(line: &RoomLine) -> Value {
    let mut body = json!({"room": line.id, "name": line.name, "coverage": line.coverage.map(round)});
    for (name, _, value) in room_values(line) {
        body[name] = json!(value.map(round));
    }
    body
}

/// A line a figure, then a line a figure of each room. Names and sources stay out: people write them, and a spreadsheet would
/// take some for formulas.
fn to_csv(site: &SiteId, room: Option<&RoomId>, compared: &Compared) -> Response {
    let mut csv = "from,to,room,figure,unit,value,unknown,coverage,compared_value,compared_unknown,\
                   compared_coverage\r\n"
        .to_owned();
    let period = compared.own.period;
    let (from, to) = (period.from.rfc3339(), period.to.rfc3339());
    let cell = |value: Option<f64>| value.map(|value| round(value).to_string()).unwrap_or_default();
    let told = |figure: &Figure| {
        let unknown = figure.value.err().map_or("", Unknown::as_str);
        format!("{},{unknown},{}", cell(figure.value.ok()), cell(figure.coverage))
    };
    let of = room.map(ToString::to_string).unwrap_or_default();
    for Pair { own, other } in compared.pairs() {
        let other = other.map_or_else(|| ",,".to_owned(), told);
        let (name, unit) = (own.key.as_str(), own.key.unit());
        let _ = write!(csv, "{from},{to},{of},{name},{unit},{},{other}\r\n", told(own));
    }
    for line in compared.own.rooms.iter().filter(|_| room.is_none()) {
        for (name, unit, value) in room_values(line) {
            let (id, value, coverage) = (&line.id, cell(value), cell(line.coverage));
            let _ = write!(csv, "{from},{to},{id},{name},{unit},{value},,{coverage},,,\r\n");
        }
    }
    super::csv(&format!("{site}-report"), csv)
}

/// Four decimals are finer than any meter here.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests;
