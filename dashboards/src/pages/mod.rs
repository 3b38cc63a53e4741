//! The pages for people: each gathers facts, makes sentences of them and fills its template.

pub(crate) mod ahead;
pub(crate) mod heater;
pub(crate) mod home;
pub(crate) mod lists;
pub(crate) mod plan;
pub(crate) mod room;
pub(crate) mod room_forms;
pub(crate) mod tenant;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use registry::SiteBook;
use vocabulary::SiteId;

use crate::DemonstrationNote;
use crate::app::{App, Shared};
use crate::assets::VERSION;
use crate::facts::{Building, Measured};
use crate::language::Language;
use crate::visitor::{Page, PageError, Theme, Visitor};
use crate::words::Speaker;

/// What stands around every page of a manager.
pub(crate) struct Frame {
    pub(crate) language: Language,
    pub(crate) theme: &'static str,
    pub(crate) title: String,
    /// The site's identifier, empty where there is none.
    pub(crate) site: String,
    pub(crate) site_name: String,
    /// The other sites: identifier and name.
    pub(crate) others: Vec<(String, String)>,
    /// Which entry of the menu this page belongs to.
    pub(crate) active: &'static str,
    pub(crate) is_demonstration: bool,
    pub(crate) notes: Vec<String>,
    pub(crate) other_language: (&'static str, String),
    /// The theme that the switch gives: its words and its address.
    pub(crate) other_theme: (String, String),
    /// This page's own address.
    pub(crate) here: String,
    pub(crate) version: &'static str,
}

impl Frame {
    /// A sentence of the visitor's language.
    pub(crate) fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    fn new(app: &App, visitor: &Visitor, books: &[SiteBook], book: Option<&SiteBook>, active: &'static str, title: String) -> Self {
        let language = visitor.language;
        let is_demonstration = book.is_some_and(|book| book.site.demonstration);
        let notes = app.demonstration.iter().flat_map(|demonstration| &demonstration.notes);
        let other = if language == Language::French { Language::English } else { Language::French };
        let next_theme = match visitor.theme {
            Theme::Device => Theme::Dark,
            Theme::Dark => Theme::Light,
            Theme::Light => Theme::Device,
        };
        let id = |book: &SiteBook| book.site.id.to_string();
        Self {
            language,
            theme: visitor.theme.as_str(),
            title,
            site: book.map(id).unwrap_or_default(),
            site_name: book.map(|book| book.site.name.to_string()).unwrap_or_default(),
            others: books
                .iter()
                .filter(|other| book.is_none_or(|book| book.site.id != other.site.id))
                .map(|other| (id(other), other.site.name.to_string()))
                .collect(),
            active,
            is_demonstration,
            notes: notes.map(|note| language.say(note_key(*note))).filter(|_| is_demonstration).collect(),
            other_language: (other.tag(), visitor.link("lang", other.tag())),
            other_theme: (
                language.say(&format!("theme-{}", next_theme.as_str())),
                visitor.link("theme", next_theme.as_str()),
            ),
            here: visitor.here(),
            version: VERSION.as_str(),
        }
    }
}

/// One site with all that its pages are made of.
pub(crate) struct Place {
    pub(crate) books: Arc<Vec<SiteBook>>,
    at: usize,
    pub(crate) building: Building,
    pub(crate) speaker: Speaker,
}

impl Place {
    /// Finds a site and joins what is known of it.
    pub(crate) fn find(app: &App, visitor: &Visitor, site: &str) -> Result<Self, PageError> {
        let site = SiteId::new(site).map_err(|_| PageError::NotFound)?;
        let books = app.books()?;
        let at = books.iter().position(|book| book.site.id == site).ok_or(PageError::NotFound)?;
        let building = app.building(&books[at])?;
        let speaker = Speaker { language: visitor.language, zone: books[at].site.zone, now: building.now };
        Ok(Self { books, at, building, speaker })
    }

    /// The site as it is written.
    pub(crate) fn book(&self) -> &SiteBook {
        &self.books[self.at]
    }

    /// The frame of a page about this site.
    pub(crate) fn frame(&self, app: &App, visitor: &Visitor, active: &'static str, title: String) -> Frame {
        Frame::new(app, visitor, &self.books, Some(self.book()), active, title)
    }
}

/// A value as it is shown: text, trust in sign and word, age.
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) icon: &'static str,
    pub(crate) trust: String,
    pub(crate) tone: &'static str,
    pub(crate) age: String,
}

impl Shown {
    pub(crate) fn new(speaker: Speaker, metric: &vocabulary::Metric, measured: Measured) -> Self {
        Self {
            text: speaker.value(metric, measured.value),
            icon: measured.trust.icon(),
            trust: speaker.trust(measured),
            tone: measured.trust.as_str(),
            age: speaker.age(measured.as_of),
        }
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    heading: String,
    advice: String,
}

/// The page that stands where another cannot.
pub(crate) fn failure(app: &App, visitor: &Visitor, status: u16) -> String {
    let books = app.books().unwrap_or_default();
    let (heading, advice) =
        if status == 404 { ("lost-title", "lost-advice") } else { ("broken-title", "broken-advice") };
    let l = visitor.language;
    let frame = Frame::new(app, visitor, &books, None, "", l.say(heading));
    let page = FailurePage { frame, heading: l.say(heading), advice: l.say(advice) };
    page.render().unwrap_or_else(|_| l.say(advice))
}

/// `/`: the first site, or the page of a program that knows no building yet.
pub(crate) async fn front(State(app): State<Shared>, visitor: Visitor) -> Response {
    visitor
        .answer(&app, |app, visitor| {
            let books = app.books()?;
            if let Some(first) = books.first() {
                return Ok(Page::Go(format!("/sites/{}", first.site.id)));
            }
            let l = visitor.language;
            let frame = Frame::new(app, visitor, &books, None, "", l.say("empty-title"));
            let page = FailurePage { frame, heading: l.say("empty-title"), advice: l.say("empty-advice") };
            Ok(Page::Show(page.render()?))
        })
        .await
}

const fn note_key(note: DemonstrationNote) -> &'static str {
    match note {
        DemonstrationNote::RecordedWeather => "note-recorded-weather",
        DemonstrationNote::RecordedOccupancy => "note-recorded-occupancy",
        DemonstrationNote::SimulatedRooms => "note-simulated-rooms",
        DemonstrationNote::SimulatedHeaters => "note-simulated-heaters",
        DemonstrationNote::SimulatedWork => "note-simulated-work",
    }
}
