//! The building as a file: taken along as TOML, and taken in once somebody has seen what it would change.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use registry::building_file::{read, write};
use registry::{Action, Described, RegistryError, SiteBook, Target};
use vocabulary::SiteId;

use super::room_forms::{field, field_up_to};
use super::{Frame, Place};
use crate::app::{App, Shared, blocking};
use crate::compared_book::{Difference, differences};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::mistake::{mistake, wiring};

/// A file is read up to here; the door of the server lets no more in.
const LONGEST_CHARS: usize = 2 << 20;

/// Whose description a building is, as its page says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    Pages,
    Configuration,
    Demonstration,
}

impl Hand {
    /// The end of the words' key.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Configuration => "configuration",
            Self::Demonstration => "demonstration",
        }
    }

    /// Whose it is now.
    pub(super) fn of(app: &App, book: &SiteBook) -> Result<Self, RegistryError> {
        Ok(match (book.site.demonstration, app.registry.is_made_on_pages(&book.site.id)?) {
            (true, _) => Self::Demonstration,
            (false, true) => Self::Pages,
            (false, false) => Self::Configuration,
        })
    }
}

/// A file that somebody wants to take in, and what it would change.
pub(super) struct Preview {
    text: String,
    /// The edition that it was compared with; empty where there is no building yet.
    pub(super) seen: String,
    pub(super) differences: Vec<Difference>,
}

/// What came of a file.
pub(super) enum Taken {
    /// It would change this.
    Looked(Preview),
    /// It is the building now.
    Done(SiteId),
    /// Why not, with the file as it was sent.
    Refused(String, String),
    /// The building changed since it was compared: what it would change now.
    Stale(Preview),
}

#[derive(Template)]
#[template(path = "building.html")]
struct BuildingPage {
    frame: Frame,
    hand: String,
    is_made_here: bool,
    may_describe: bool,
    answer: Answer,
    /// Where the file goes.
    action: String,
    done: Option<String>,
}

/// What a page says to a file that was sent.
#[derive(Default)]
pub(super) struct Answer {
    /// The file as it was sent.
    pub(super) text: String,
    /// What it would change.
    pub(super) preview: Option<Preview>,
    pub(super) error: Option<String>,
}

impl Answer {
    /// The answer to a file that is not taken in, or not yet.
    pub(super) fn of(taken: Taken, l: Language) -> Self {
        match taken {
            Taken::Done(_) => Self::default(),
            Taken::Looked(preview) => {
                Self { text: preview.text.clone(), preview: Some(preview), error: None }
            }
            Taken::Stale(preview) => {
                let error = Some(l.say("building-stale"));
                Self { text: preview.text.clone(), preview: Some(preview), error }
            }
            Taken::Refused(why, text) => Self { text, preview: None, error: Some(why) },
        }
    }
}

/// `GET /sites/{site}/building`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            Ok(Page::Show(render(app, visitor, &place, Answer::default())?))
        })
        .await
}

/// `GET /sites/{site}/building.toml`: the building as a file.
pub(crate) async fn export(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
) -> Response {
    let file = blocking(&app, move |app| {
        let site = SiteId::new(&site).map_err(|_| PageError::NotFound)?;
        let book = app.registry.site_book(&site)?;
        Ok::<_, PageError>((format!("attachment; filename=\"{site}.toml\""), write(&book)))
    });
    match file.await {
        Ok((disposition, file)) => {
            let headers = [
                (CACHE_CONTROL, "no-store".to_owned()),
                (CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()),
                (CONTENT_DISPOSITION, disposition),
            ];
            (headers, file).into_response()
        }
        Err(error) => visitor.failure(&app, &error),
    }
}

/// `POST /sites/{site}/building`: what a file would change, or the change itself.
pub(crate) async fn take(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let visitor = &visitor.standing_at(format!("/sites/{site}/building"));
            let taken = if Hand::of(app, place.book())? == Hand::Pages {
                taken(app, visitor, Some(place.book()), &body)?
            } else {
                let text = field_up_to(&body, "file", LONGEST_CHARS);
                Taken::Refused(visitor.language.say("building-not-here"), text)
            };
            if let Taken::Done(site) = taken {
                return Ok(Page::Go(format!("/sites/{site}/building?done=taken")));
            }
            let answer = Answer::of(taken, visitor.language);
            let is_refused = answer.error.is_some();
            let page = render(app, visitor, &place, answer)?;
            Ok(if is_refused { Page::Refuse(page) } else { Page::Show(page) })
        })
        .await
}

/// `POST /sites/{site}/building/hand-over`: from now on the configuration says what the building is.
pub(crate) async fn hand_over(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            app.registry.hand_over(&place.book().site.id, &visitor.who.by, app.wall())?;
            Ok(Page::Go(format!("/sites/{site}/building?done=handed")))
        })
        .await
}

/// Reads a file from a form; writes it where the form says so and nothing came between. `old` is the building whose place it
/// takes; without one it makes a new building.
pub(super) fn taken(
    app: &App,
    visitor: &Visitor,
    old: Option<&SiteBook>,
    body: &str,
) -> Result<Taken, PageError> {
    let l = visitor.language;
    let text = field_up_to(body, "file", LONGEST_CHARS);
    let book = match read(&text) {
        Ok(book) => book,
        Err(refusal) => {
            let what = mistake(&refusal.what, l);
            let fills = [("line", refusal.line.into()), ("what", what.as_str().into())];
            return Ok(Taken::Refused(l.tell("building-refused", &fills), text));
        }
    };
    if let Some(why) = misplaced(app, l, old, &book)? {
        return Ok(Taken::Refused(why, text));
    }
    let seen = field(body, "seen");
    let edition = old.map(SiteBook::edition);
    let preview = || Preview {
        text: text.clone(),
        seen: edition.clone().unwrap_or_default(),
        differences: differences(old, &book, l),
    };
    if field(body, "do") != "take" {
        return Ok(Taken::Looked(preview()));
    }
    if edition.clone().unwrap_or_default() != seen {
        return Ok(Taken::Stale(preview()));
    }
    match app.registry.describe_site(&book, edition.as_deref(), &visitor.who.by, app.wall()) {
        Ok(Described::Written) => Ok(Taken::Done(book.site.id.clone())),
        Ok(Described::EditedMeanwhile) => Ok(Taken::Stale(preview())),
        Ok(Described::NotHere) => Ok(Taken::Refused(l.say("building-not-here"), text)),
        Err(RegistryError::Wiring(error)) => Ok(Taken::Refused(wiring(&error, l), text)),
        Err(error) => Err(error.into()),
    }
}

/// Why a file does not belong here: it is of another building, or its name is taken.
fn misplaced(
    app: &App,
    l: Language,
    old: Option<&SiteBook>,
    new: &SiteBook,
) -> Result<Option<String>, PageError> {
    let site = new.site.id.as_str();
    Ok(match old {
        Some(old) if old.site.id != new.site.id => {
            Some(l.tell("building-other", &[("file", site.into()), ("site", old.site.id.as_str().into())]))
        }
        None if app.books()?.iter().any(|book| book.site.id == new.site.id) => {
            Some(l.tell("building-taken", &[("site", site.into())]))
        }
        _ => None,
    })
}

fn render(app: &App, visitor: &Visitor, place: &Place, answer: Answer) -> Result<String, PageError> {
    let l = visitor.language;
    let hand = Hand::of(app, place.book())?;
    let done = visitor.asked("done").filter(|done| ["taken", "handed"].contains(done));
    let page = BuildingPage {
        hand: l.say(&format!("building-by-{}", hand.as_str())),
        is_made_here: hand == Hand::Pages,
        may_describe: visitor.who.may(Action::Describe, Target::Site(&place.book().site.id)),
        answer,
        action: format!("/sites/{}/building", place.book().site.id),
        done: done.map(|done| l.say(&format!("building-done-{done}"))),
        frame: place.frame(app, visitor, "building", l.say("building-title")),
    };
    Ok(page.render()?)
}

#[cfg(test)]
mod tests;
