//! The pages for people: each gathers facts, makes sentences of them and fills its template.

pub(crate) mod account;
pub(crate) mod ahead;
pub(crate) mod alarm;
pub(crate) mod alarm_rules;
pub(crate) mod alarms;
mod audit_tail;
pub(crate) mod building;
mod enrolment;
pub(crate) mod events;
pub(crate) mod first_steps;
pub(crate) mod flow;
pub(crate) mod groups;
pub(crate) mod heater;
pub(crate) mod home;
pub(crate) mod kiosk;
pub(crate) mod learned;
pub(crate) mod lists;
pub(crate) mod mode;
pub(crate) mod moments;
mod one_room;
mod pager;
pub(crate) mod past;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod presence;
pub(crate) mod report;
pub(crate) mod room;
pub(crate) mod room_day;
pub(crate) mod room_forms;
pub(crate) mod room_past;
pub(crate) mod rules;
pub(crate) mod schedule;
pub(crate) mod search;
mod seen;
pub(crate) mod setpoints;
pub(crate) mod sign_in;
pub(crate) mod system_health;
pub(crate) mod tenant;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use registry::{Action, Clock, OpenAlarms, PersonRole, Principal, SiteBook, Target};
use vocabulary::{RoomId, SiteId, Zone};

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
    /// Who is signed in.
    pub(crate) person: Option<String>,
    /// Whether the visitor may see how the program is.
    pub(crate) sees_health: bool,
    /// Whether the visitor may add people.
    pub(crate) manages_people: bool,
    /// Whether the visitor may add a building.
    pub(crate) adds_buildings: bool,
    /// How many alarms wait for somebody, in words, and the class of the bell; none on a page about no site.
    pub(crate) bell: Option<(String, &'static str)>,
    /// Nobody has to sign in: there is no person yet.
    pub(crate) is_open_house: bool,
    pub(crate) other_language: (&'static str, String),
    /// The theme that the switch gives: its words and its address.
    pub(crate) other_theme: (String, String),
    /// The site's now, for countdowns.
    pub(crate) now_ms: i64,
    /// This page's own address.
    pub(crate) here: String,
    pub(crate) version: &'static str,
    /// What is looked for, on the page of the search.
    pub(crate) question: String,
}

impl Frame {
    /// A sentence of the visitor's language.
    pub(crate) fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    fn new(
        app: &App,
        visitor: &Visitor,
        books: &[SiteBook],
        book: Option<&SiteBook>,
        active: &'static str,
        title: String,
    ) -> Self {
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
                .filter(|other| visitor.who.may(Action::SeeSite, Target::Site(&other.site.id)))
                .map(|other| (id(other), other.site.name.to_string()))
                .collect(),
            active,
            is_demonstration,
            notes: notes.map(|note| language.say(note_key(*note))).filter(|_| is_demonstration).collect(),
            person: visitor.who.person.as_ref().map(|person| person.name.to_string()),
            sees_health: book
                .is_some_and(|book| visitor.who.may(Action::SeeHealth, Target::Site(&book.site.id))),
            manages_people: visitor.who.may(Action::ManagePeople, Target::House),
            adds_buildings: visitor.who.may(Action::Describe, Target::House),
            bell: book.and_then(|book| bell(app, visitor, &book.site.id)),
            is_open_house: visitor.who.is_in_open_house(),
            other_language: (other.tag(), visitor.link("lang", other.tag())),
            other_theme: (
                language.say(&format!("theme-{}", next_theme.as_str())),
                visitor.link("theme", next_theme.as_str()),
            ),
            now_ms: book.map_or_else(|| app.wall(), |book| app.now(&book.site)).ms(),
            here: visitor.here(),
            version: VERSION.as_str(),
            question: search::question(visitor),
        }
    }
}

/// The bell of a site, for those who see the site. A book that cannot be read has no bell: the page itself fails then.
fn bell(app: &App, visitor: &Visitor, site: &SiteId) -> Option<(String, &'static str)> {
    if !visitor.who.may(Action::SeeSite, Target::Site(site)) {
        return None;
    }
    let open = app.registry.open_alarms(site).ok()?;
    let tone = match open {
        OpenAlarms { open: 0, .. } => "silent",
        OpenAlarms { unacknowledged: 0, .. } => "",
        _ => "ringing",
    };
    Some((visitor.language.tell("bell", &[("n", open.open.into())]), tone))
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
    /// Whether a way home is offered.
    has_home: bool,
    /// Whether the way to a building of one's own is offered.
    has_first_steps: bool,
}

/// The page that stands where another cannot.
pub(crate) fn failure(app: &App, visitor: &Visitor, status: u16) -> String {
    // Whoever holds a tenant link, good or old, is not told what else there is.
    let is_tenant = visitor.path.starts_with("/t/");
    let books = if is_tenant { Arc::default() } else { app.books().unwrap_or_default() };
    let (heading, advice) = match status {
        403 => ("forbidden-title", "forbidden-advice"),
        404 => ("lost-title", "lost-advice"),
        503 => ("busy-title", "busy-advice"),
        _ => ("broken-title", "broken-advice"),
    };
    let l = visitor.language;
    let frame = Frame::new(app, visitor, &books, None, "", l.say(heading));
    let has_home = frame.others.is_empty() && !is_tenant;
    let (heading, told) = (l.say(heading), l.say(advice));
    let page = FailurePage { frame, heading, advice: told, has_home, has_first_steps: false };
    page.render().unwrap_or_else(|_| l.say(advice))
}

/// `/`: of what the visitor may see the first site that lives now, one's own before the demonstration, else the first recording, else their own room; or the
/// page of a program that knows no building yet, or of a person whom nobody gave a role.
pub(crate) async fn front(State(app): State<Shared>, visitor: Visitor) -> Response {
    visitor
        .answer(&app, |app, visitor| {
            let books = app.books()?;
            if visitor.who.person.as_ref().is_some_and(|person| person.must_change) {
                return Ok(Page::Go("/account".to_owned()));
            }
            let sees = |book: &&SiteBook| visitor.who.may(Action::SeeSite, Target::Site(&book.site.id));
            let living = books.iter().filter(sees).find(|book| book.site.clock == Clock::Wall);
            let own =
                books.iter().filter(sees).find(|b| b.site.clock == Clock::Wall && !b.site.demonstration);
            if let Some(first) = own.or(living).or(books.iter().find(sees)) {
                return Ok(Page::Go(format!("/sites/{}", first.site.id)));
            }
            if let Some((site, room)) = own_room(visitor) {
                return Ok(Page::Go(format!("/sites/{site}/rooms/{room}/tenant")));
            }
            let l = visitor.language;
            let (title, advice) = if books.is_empty() {
                ("empty-title", "empty-advice")
            } else {
                ("idle-title", "idle-advice")
            };
            let frame = Frame::new(app, visitor, &books, None, "", l.say(title));
            let (heading, advice) = (l.say(title), l.say(advice));
            let has_first_steps = visitor.who.may(Action::Describe, Target::House);
            let page = FailurePage { frame, heading, advice, has_home: false, has_first_steps };
            Ok(Page::Show(page.render()?))
        })
        .await
}

/// Who speaks on a page about no site: in the zone of the first site that the visitor sees, else in universal time.
pub(crate) fn speaker(app: &App, visitor: &Visitor) -> Result<Speaker, PageError> {
    let books = app.books()?;
    let seen = books.iter().find(|book| visitor.who.knows(book));
    let zone = seen.map_or_else(universal_time, |book| book.site.zone);
    Ok(Speaker { language: visitor.language, zone, now: app.wall() })
}

fn universal_time() -> Zone {
    "Etc/UTC".parse().expect("every table of zones has universal time")
}

/// The room of a tenant who signed in; the newest, where there are several.
fn own_room(visitor: &Visitor) -> Option<(&SiteId, &RoomId)> {
    let Principal::Person(roles) = &visitor.who.principal else { return None };
    roles.iter().rev().find_map(|assignment| match &assignment.role {
        PersonRole::Tenant { site, room } => Some((site, room)),
        _ => None,
    })
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

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use crate::trial::{Trial, WICKED, book};

    const PAGES: [&str; 25] = [
        "/sites/demo",
        "/sites/demo?floor=1",
        "/sites/demo?floor=list",
        "/sites/demo/rooms",
        "/sites/demo/rooms/101?hours=168&done=override",
        "/sites/demo/rooms/102",
        "/sites/demo/rooms/201",
        "/sites/demo/rooms?sort=cold&state=occupied&floor=1er+%C3%A9tage&text=%3Cb%3E",
        "/sites/demo/heaters",
        "/sites/demo/heaters?sort=drawn&text=m%C3%BCller",
        "/sites/demo/search?q=muller",
        "/sites/demo/building?done=taken",
        "/sites/demo/first-steps",
        "/sites/demo/first-steps/rooms?room=102",
        "/sites/demo/first-steps/heaters?heater=h-102",
        "/sites/demo/first-steps/heaters/h-102",
        "/sites/demo/heaters/h-102",
        "/sites/demo/learned",
        "/sites/demo/report",
        "/sites/demo/report?period=year&room=101&compare=year",
        "/sites/demo/report?period=day&date=2026-01-20&done=rates",
        "/sites/demo/alarms",
        "/sites/demo/alarms?state=all&text=%3Cb%3E&about=x",
        "/sites/demo/alarm-rules",
        "/sites/demo/health",
    ];

    fn with(path: &str, pair: &str) -> String {
        format!("{path}{}{pair}", if path.contains('?') { '&' } else { '?' })
    }

    #[tokio::test]
    async fn every_page_speaks_both_languages_and_shows_no_bare_key() {
        let trial = Trial::new();
        for path in PAGES {
            for (tag, word) in [("en", "Heaters"), ("fr", "Radiateurs")] {
                let (status, html) = trial.get(&with(path, &format!("lang={tag}"))).await;
                assert_eq!(status, StatusCode::OK, "{path}");
                assert!(
                    html.contains(&format!("<html lang=\"{tag}\"")) && html.contains(word),
                    "{path} {tag}"
                );
                assert!(!html.contains('⟦'), "{path} {tag}: {}", html.split('⟦').nth(1).unwrap_or(""));
            }
        }
    }

    #[tokio::test]
    async fn markup_in_a_name_is_text_on_every_page() {
        let trial = Trial::new();
        for path in PAGES {
            let (_, html) = trial.get(path).await;
            assert!(!html.contains(WICKED) && !html.contains("<b onmouseover"), "{path}");
            assert!(!html.contains("<i>door</i>"), "{path}");
        }
        let (_, html) = trial.get("/sites/demo/rooms/102").await;
        assert!(html.contains("Müller &#38;"), "the name is shown, escaped");
    }

    #[tokio::test]
    async fn a_page_has_no_style_or_script_of_its_own_because_the_policy_forbids_it() {
        let trial = Trial::new();
        for path in PAGES {
            let (_, html) = trial.get(path).await;
            let scripts = html.matches("<script").count();
            assert_eq!(scripts, html.matches(" src=\"/assets/").count(), "{path}: each script has a file");
            for inline in [" style=", "<style", " onclick=", " onload=", "javascript:"] {
                assert!(!html.contains(inline), "{path}: {inline}");
            }
        }
    }

    #[tokio::test]
    async fn the_first_line_names_the_room_that_is_cold_and_what_to_do() {
        let trial = Trial::new();
        let (_, html) = trial.get("/sites/demo?lang=en").await;
        let headline = html.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        assert!(headline.contains("except in") && headline.contains("Müller"), "{headline}");
        assert!(html.contains("A power cap leaves it less heat than it wants."));
        assert!(html.contains("href=\"/sites/demo/rooms/102#history\""));
    }

    #[tokio::test]
    async fn the_home_page_says_what_is_computed_and_what_it_costs() {
        let trial = Trial::new();
        let (_, html) = trial.get("/sites/demo?lang=en").await;
        assert!(html.contains("Computing on 16 cores: 85% of the heat comes from it."), "jobs are not known");
        assert!(html.contains("no price is set.") && html.contains("href=\"/sites/demo/report#rates\""));
        assert!(html.contains("not yet configured"), "hot water");
        let seen = trial.seen("/sites/demo/report", "id=\"rates\"").await;
        let rates = format!("{seen}price_eur=0.2&price_eur_source=Contrat&carbon_g=&refund_eur=");
        trial.post("/sites/demo/report/rates", &rates).await;
        let (_, html) = trial.get("/sites/demo?lang=en").await;
        let told = "Electricity costs 0.16\u{a0}€ an hour, 2.32\u{a0}€ today so far.";
        assert!(html.contains(told) && !html.contains("report#rates"), "{html}");
    }

    #[tokio::test]
    async fn a_building_of_which_nothing_was_heard_says_so() {
        let trial = Trial::silent(&[book()]);
        for path in PAGES {
            assert_eq!(trial.get(path).await.0, StatusCode::OK, "{path}");
        }
        let (_, html) = trial.get("/sites/demo?lang=fr").await;
        assert!(html.contains("Ce bâtiment n’a encore rien dit"));
    }

    #[tokio::test]
    async fn an_empty_building_and_a_program_without_one_have_their_pages() {
        let mut empty = book();
        (empty.rooms, empty.heaters) = (Vec::new(), Vec::new());
        let trial = Trial::silent(&[empty]);
        for path in ["/sites/demo", "/sites/demo/rooms", "/sites/demo/heaters", "/sites/demo/plan.css"] {
            assert_eq!(trial.get(path).await.0, StatusCode::OK, "{path}");
        }
        let none = Trial::silent(&[]);
        let (status, html) = none.get("/?lang=en").await;
        assert!(status == StatusCode::OK && html.contains("No building yet"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_404_whatever_its_name() {
        let trial = Trial::new();
        for path in [
            "/nowhere",
            "/sites/other",
            "/sites/DEMO",
            "/sites/demo/rooms/999",
            "/sites/demo/rooms/..%2f101",
            "/sites/demo/heaters/%00",
            "/t/guess",
            "/assets/../Cargo.toml",
        ] {
            assert_eq!(trial.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn an_old_tenant_link_tells_nothing_of_the_building() {
        let (_, html) = Trial::new().get("/t/guess").await;
        assert!(!html.contains("Tisserands") && !html.contains("/sites/"), "{html}");
    }

    #[tokio::test]
    async fn two_sites_can_be_switched_between() {
        let mut other = book();
        other.site.id = vocabulary::SiteId::new("annexe").unwrap();
        other.site.name = vocabulary::DisplayName::new("L’annexe").unwrap();
        let trial = Trial::silent(&[book(), other]);
        let (_, html) = trial.get("/sites/demo").await;
        assert!(html.contains("href=\"/sites/annexe\""));
    }

    #[tokio::test]
    async fn a_site_that_lives_now_comes_before_a_recording() {
        let mut recorded = book();
        recorded.site.id = vocabulary::SiteId::new("annexe").unwrap();
        recorded.site.clock = registry::Clock::Recorded;
        let trial = Trial::silent(&[recorded, book()]);
        let request = axum::http::Request::get("/").header("host", "localhost");
        let response = trial.ask(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(response.headers()["location"], "/sites/demo");
        assert_eq!(trial.json("/api/v1/rooms").await.1["site"], "demo", "nor has it to be named");
    }

    #[tokio::test]
    async fn the_first_line_does_not_speak_of_old_values_as_if_they_were_new() {
        let trial = Trial::new();
        trial.clock.store(crate::trial::NOW.ms() + 100_000, std::sync::atomic::Ordering::Relaxed);
        let (_, html) = trial.get("/sites/demo?lang=en").await;
        assert!(html.contains("<h1>Nothing new heard since 14:30</h1>"), "{html}");
    }

    #[tokio::test]
    async fn a_page_stays_within_its_weight() {
        let trial = Trial::new();
        for path in PAGES {
            let (_, html) = trial.get(path).await;
            assert!(html.len() < 60_000, "{path} is {} bytes before compression", html.len());
        }
    }
}
