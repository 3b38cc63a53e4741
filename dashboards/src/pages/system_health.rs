//! The page of system health: what the parts of the program say and count, each figure with what it means and, where it is bad,
//! one thing to do.
//!
//! There is one program with one broker and one history for all buildings. The page stands beneath a building all the same:
//! its times are in that building's zone, who may connect and which alarms are open is that building's, and a facility manager,
//! whose role holds for buildings, may see it.

mod rows;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::diagnosis::{Diagnosis, PARTS};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor};
use rows::{Group, RefusedRow, groups, refused};

/// A part of the program and how it is.
struct PartRow {
    name: String,
    does: String,
    tone: &'static str,
    state: String,
    /// What the part itself says, where it does not work: a word for the log, in English.
    detail: Option<String>,
}

#[derive(Template)]
#[template(path = "system_health.html")]
struct SystemHealthPage {
    frame: Frame,
    headline: String,
    subline: String,
    parts: Vec<PartRow>,
    groups: Vec<Group>,
    refused: Vec<RefusedRow>,
}

/// `/sites/{site}/health`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render(app, visitor, &site)?))).await
}

fn render(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let diagnosis = Diagnosis::make(app, &place.book().site.id)?;
    let l = visitor.language;
    let groups = groups(place.speaker, &diagnosis, &app.front);
    let page = SystemHealthPage {
        headline: headline(l, &diagnosis, &groups),
        subline: l.tell(
            "health-subline",
            &[
                ("version", env!("CARGO_PKG_VERSION").into()),
                ("uptime", l.length(diagnosis.now.since(diagnosis.started)).into()),
            ],
        ),
        parts: PARTS.iter().map(|part| part_row(l, &diagnosis, part)).collect(),
        refused: refused(l, &diagnosis),
        groups,
        frame: place.frame(app, visitor, "health", l.say("health-title")),
    };
    Ok(page.render()?)
}

/// Whether all is well, or how much is not.
fn headline(l: Language, diagnosis: &Diagnosis, groups: &[Group]) -> String {
    let rows = groups.iter().flat_map(|group| &group.rows);
    let bad_rows = rows.filter(|row| row.advice.is_some()).count();
    let bad_parts = diagnosis.parts.iter().filter(|part| !part.ok).count();
    l.tell("health-headline", &[("n", (bad_rows + bad_parts).into())])
}

fn part_row(l: Language, diagnosis: &Diagnosis, part: &str) -> PartRow {
    let (tone, state, detail) = match diagnosis.part(part) {
        Some(known) if known.ok => ("good", "works", None),
        Some(known) => ("bad", "fails", Some(known.detail.clone())),
        None => ("calm", "elsewhere", None),
    };
    PartRow {
        name: l.say(&format!("health-part-{part}")),
        does: l.say(&format!("health-part-{part}-does")),
        tone,
        state: l.say(&format!("health-part-{state}")),
        detail,
    }
}

#[cfg(test)]
mod tests;
