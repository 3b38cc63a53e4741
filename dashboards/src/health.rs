//! What machines ask about the program itself: `/healthz` and `/metrics`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use registry::{Action, Target};
use serde_json::json;

use crate::app::{App, Shared, blocking};
use crate::who::Who;
use crate::{Figure, FigureKind, PartHealth};

/// Whether every part does its work, 503 when not; and to those who may see the figures, what each part says.
pub(crate) async fn healthz(State(app): State<Shared>, who: Who) -> Response {
    let parts = blocking(&app, parts).await;
    let ok = parts.iter().all(|part| part.ok);
    let listed: Vec<_> =
        parts.iter().map(|p| json!({"part": p.part, "ok": p.ok, "detail": p.detail})).collect();
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = if who.may(Action::SeeFigures, Target::House) {
        json!({"ok": ok, "parts": listed})
    } else {
        json!({"ok": ok})
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// The figures of all parts as Prometheus reads them.
pub(crate) async fn metrics(State(app): State<Shared>) -> Response {
    let figures = blocking(&app, figures).await;
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], exposition(&figures)).into_response()
}

/// What every part says of itself, the pages too. Blocks where a disk does.
pub(crate) fn parts(app: &App) -> Vec<PartHealth> {
    let up = app.board.is_link_up();
    let mut parts = (app.health)();
    parts.push(PartHealth {
        part: "dashboards",
        ok: up,
        detail: if up { "hears the broker" } else { "does not hear the broker" }.to_owned(),
    });
    parts
}

/// What all parts count, the pages too. Blocks where a disk does.
pub(crate) fn figures(app: &App) -> Vec<Figure> {
    let mut figures = (app.figures)();
    let (heard, refused) = app.board.counts();
    let own =
        |name, help, kind, value| Figure { name: Cow::Borrowed(name), help, kind, labels: Vec::new(), value };
    figures.extend([
        own(
            "hypocaust_dashboards_messages_total",
            "Messages the pages heard.",
            FigureKind::Counter,
            heard as f64,
        ),
        own(
            "hypocaust_dashboards_unread_total",
            "Messages the pages could not read.",
            FigureKind::Counter,
            refused as f64,
        ),
        own(
            "hypocaust_dashboards_connections_refused_total",
            "Connections to the pages that were refused because there were too many.",
            FigureKind::Counter,
            app.put_out.refused.load(Ordering::Relaxed) as f64,
        ),
        own(
            "hypocaust_dashboards_connections_stalled_total",
            "Connections to the pages that were closed because nothing of an answer was taken.",
            FigureKind::Counter,
            app.put_out.stalled.load(Ordering::Relaxed) as f64,
        ),
        own(
            "hypocaust_dashboards_streams",
            "Open live streams.",
            FigureKind::Gauge,
            app.board.watchers() as f64,
        ),
    ]);
    figures
}

/// Prometheus' text format, version 0.0.4: help and type once per name, before its first figure.
fn exposition(figures: &[Figure]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for figure in figures {
        if !names.contains(&&*figure.name) {
            names.push(&figure.name);
        }
    }
    let mut text = String::new();
    for name in names {
        let mut of_name = figures.iter().filter(|figure| figure.name == name).peekable();
        if let Some(first) = of_name.peek() {
            let kind = if first.kind == FigureKind::Counter { "counter" } else { "gauge" };
            let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", first.help.replace('\n', " "));
        }
        for figure in of_name {
            let _ = writeln!(text, "{name}{} {}", labels(&figure.labels), figure.value);
        }
    }
    text
}

fn labels(labels: &[(&str, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_one_name_stand_together_and_labels_are_escaped() {
        let figure = |name: &'static str, reason: &str, value| Figure {
            name: name.into(),
            help: "Refused.",
            kind: FigureKind::Counter,
            labels: vec![("reason", reason.to_owned())],
            value,
        };
        let text = exposition(&[figure("a", "x\"y", 1.0), figure("b", "", 2.5), figure("a", "z", 3.0)]);
        let expected = "# HELP a Refused.\n# TYPE a counter\na{reason=\"x\\\"y\"} 1\na{reason=\"z\"} 3\n\
                        # HELP b Refused.\n# TYPE b counter\nb{reason=\"\"} 2.5\n";
        assert_eq!(text, expected);
    }
}
