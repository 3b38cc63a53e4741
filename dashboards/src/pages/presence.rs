//! What a room tells of its people: who has read it, and the wish that it be deleted. For the tenant, by name or by the
//! room's link, and for a manager in a tenant's place. It works without script.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, AuditEntry, PresenceErasure, Target, TenantRoom, history_from, presence_read_target};
use vocabulary::Timestamp;

use super::Place;
use super::one_room::{by, by_link, by_name};
use super::room;
use super::room_forms::{field, tenant_room};
use crate::app::{App, Shared};
use crate::assets::VERSION;
use crate::facts::RoomFacts;
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// Lines of who has read that are shown.
const READS_SHOWN: usize = 50;

struct Read {
    when: String,
    who: String,
    how: String,
}

#[derive(Template)]
#[template(path = "presence.html")]
struct PresencePage {
    language: Language,
    theme: &'static str,
    version: &'static str,
    here: String,
    back: String,
    other_language: (&'static str, String),
    name: String,
    reads: Vec<Read>,
    /// From when on it would be deleted, in words.
    since: String,
    /// What became of the last wish.
    wish: Option<String>,
    error: Option<String>,
}

impl PresencePage {
    fn say(&self, key: &str) -> String {
        self.language.say(key)
    }
}

/// The room as whoever came may see its past.
struct Seen {
    place: TenantRoom,
    /// `None` where all of it.
    from: Option<Timestamp>,
    /// From when on readers are named.
    reads_from: Timestamp,
}

/// `GET /sites/{site}/rooms/{room}/presence`
pub(crate) async fn show_own(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(named): Path<(String, String)>,
) -> Response {
    by_name(app, visitor, named, |app, visitor, place, room| {
        let facts = room::find(place, room)?;
        let seen = of_person(visitor, place, facts);
        Ok(Page::Show(render(app, visitor, (place, facts), &seen, None)?))
    })
    .await
}

/// `POST /sites/{site}/rooms/{room}/presence`
pub(crate) async fn erase_own(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(named): Path<(String, String)>,
    body: String,
) -> Response {
    by_name(app, visitor, named, move |app, visitor, place, room| {
        let facts = room::find(place, room)?;
        let seen = of_person(visitor, place, facts);
        take(app, visitor, (place, facts), &seen, (&visitor.who.by, &body))
    })
    .await
}

/// `GET /t/{token}/presence`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(token): Path<String>) -> Response {
    by_link(app, visitor, token, |app, visitor, place, room| {
        let facts = room::find(place, room)?;
        let seen = of_link(app, place, facts)?;
        Ok(Page::Show(render(app, visitor, (place, facts), &seen, None)?))
    })
    .await
}

/// `POST /t/{token}/presence`
pub(crate) async fn erase(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(token): Path<String>,
    body: String,
) -> Response {
    by_link(app, visitor, token, move |app, visitor, place, room| {
        let facts = room::find(place, room)?;
        let seen = of_link(app, place, facts)?;
        take(app, visitor, (place, facts), &seen, (by(visitor), &body))
    })
    .await
}

/// A tenant sees and deletes nothing of those before; whoever runs the building all of it.
fn of_person(visitor: &Visitor, place: &Place, facts: &RoomFacts) -> Seen {
    let place = tenant_room(place, facts);
    let from = history_from(&visitor.who.principal, &place.site, &place.room);
    Seen { place, from, reads_from: from.unwrap_or(Timestamp::from_ms(0)) }
}

/// A link names nobody and no beginning: it deletes all of the past, and shows who has read since it was made.
fn of_link(app: &App, place: &Place, facts: &RoomFacts) -> Result<Seen, PageError> {
    let place = tenant_room(place, facts);
    let link = app.registry.tenant_link(&place, app.wall())?.ok_or(PageError::NotFound)?;
    Ok(Seen { place, from: None, reads_from: link.created_at })
}

/// Takes the wish, if it was meant.
fn take(
    app: &App,
    visitor: &Visitor,
    (place, facts): (&Place, &RoomFacts),
    seen: &Seen,
    (by, body): (&str, &str),
) -> Result<Page, PageError> {
    if field(body, "sure") != "yes" {
        let error = visitor.language.say("presence-unsure");
        return Ok(Page::Refuse(render(app, visitor, (place, facts), seen, Some(error))?));
    }
    // What was measured in this very millisecond goes too.
    let before = place.speaker.now.plus_ms(1);
    app.registry.erase_presence(&seen.place, (seen.from, before), by, app.wall())?;
    Ok(Page::Go(visitor.path.clone()))
}

fn render(
    app: &App,
    visitor: &Visitor,
    (place, facts): (&Place, &RoomFacts),
    seen: &Seen,
    error: Option<String>,
) -> Result<String, PageError> {
    let (speaker, l) = (place.speaker, visitor.language);
    let other = if l == Language::French { Language::English } else { Language::French };
    let lines = app.registry.presence_reads(&seen.place, seen.reads_from, READS_SHOWN)?;
    let wishes = app.registry.presence_erasures()?;
    let is_ours = |wish: &&PresenceErasure| wish.place == seen.place && wish.from == seen.from;
    let page = PresencePage {
        language: l,
        theme: visitor.theme.as_str(),
        version: VERSION.as_str(),
        here: visitor.path.clone(),
        back: back(visitor, &seen.place),
        other_language: (other.tag(), visitor.link("lang", other.tag())),
        name: facts.room.name.to_string(),
        reads: lines.iter().map(|line| read(line, speaker, &seen.place)).collect(),
        since: match seen.from {
            Some(from) => l.tell("presence-since", &[("since", speaker.moment(from).into())]),
            None => l.say("presence-since-ever"),
        },
        wish: wishes.iter().rev().find(is_ours).map(|wish| became(wish, speaker)),
        error,
    };
    Ok(page.render()?)
}

/// The page from which one came: the tenant's, or the room's for those who see the building.
fn back(visitor: &Visitor, place: &TenantRoom) -> String {
    let room = visitor.path.strip_suffix("/presence").unwrap_or("/");
    let is_tenant = room.starts_with("/sites/")
        && !visitor.who.may(Action::SeeSite, Target::Site(&place.site))
        && visitor.who.may(Action::Wish, Target::Room(&place.site, &place.room));
    if is_tenant { format!("{room}/tenant") } else { room.to_owned() }
}

fn read(line: &AuditEntry, speaker: Speaker, place: &TenantRoom) -> Read {
    let l = speaker.language;
    let how = match line.new.as_str() {
        "export" => l.say("presence-how-export"),
        "live" => l.say("presence-how-live"),
        "forecast" => l.say("presence-how-forecast"),
        "report" => l.say("presence-how-report"),
        _ => l.say("presence-how-series"),
    };
    let is_of_all = line.target == presence_read_target(&place.site, None);
    let how = if is_of_all { format!("{how} · {}", l.say("presence-how-all")) } else { how };
    let who = line.who.strip_prefix("person/").unwrap_or(&line.who).to_owned();
    Read { when: speaker.moment(line.at), who, how }
}

fn became(wish: &PresenceErasure, speaker: Speaker) -> String {
    let (key, at) = match wish.done_at {
        Some(at) => ("presence-done", at),
        None => ("presence-asked", wish.asked_at),
    };
    speaker.language.tell(key, &[("at", speaker.moment(at).into())])
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use registry::{FirstPassword, PersonName, PersonRole};
    use vocabulary::Timestamp;

    use super::*;
    use crate::trial::{NOW, Trial, book, read as body_of};

    fn place() -> TenantRoom {
        TenantRoom { site: book().site.id, room: book().rooms[0].id.clone() }
    }

    /// A tenant of room 101 since an hour ago; gives their cookie.
    fn tenant(trial: &Trial) -> (String, Timestamp) {
        let (name, registry) = (PersonName::new("tim").unwrap(), &trial.app.registry);
        let begun = NOW.plus_ms(-3_600_000);
        let role = PersonRole::Tenant { site: place().site, room: place().room };
        registry.add_person(&name, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
        registry.assign_role(&name, &role, (begun, None), "test", NOW).unwrap();
        let secret = registry.sign_in(&name, "four plain words", NOW).unwrap().unwrap();
        (format!("hypocaust={secret}"), begun)
    }

    async fn send(trial: &Trial, cookie: &str, path: &str, form: Option<&str>) -> (StatusCode, String) {
        let request = Request::builder()
            .method(if form.is_some() { "POST" } else { "GET" })
            .uri(path)
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookie)
            .body(Body::from(form.unwrap_or_default().to_owned()))
            .unwrap();
        body_of(trial.ask(request).await).await
    }

    #[tokio::test]
    async fn a_tenant_wishes_once_sure_and_the_audit_says_so() {
        let trial = Trial::new();
        let (cookie, begun) = tenant(&trial);
        let path = "/sites/demo/rooms/101/presence";
        let (status, page) = send(&trial, &cookie, path, Some("")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("role=\"alert\"") && !page.contains("<script"), "{page}");
        assert_eq!(trial.app.registry.presence_erasures().unwrap(), []);
        let (status, _) = send(&trial, &cookie, path, Some("sure=yes")).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let wishes = trial.app.registry.presence_erasures().unwrap();
        assert_eq!((wishes.len(), wishes[0].from, &wishes[0].place), (1, Some(begun), &place()));
        let line = &trial.app.registry.newest_audit(1).unwrap()[0];
        assert_eq!((line.who.as_str(), line.action.as_str()), ("person/tim", "erase_presence"));
        let (_, page) = send(&trial, &cookie, &format!("{path}?lang=en"), None).await;
        assert!(page.contains("It is being deleted"), "{page}");
        trial.app.registry.presence_erased(&wishes[0], "ingest", NOW).unwrap();
        for (language, word) in [("en", "Deleted on"), ("fr", "Effacé le")] {
            let (_, page) = send(&trial, &cookie, &format!("{path}?lang={language}"), None).await;
            assert!(page.contains(word) && !page.contains('⟦'), "{page}");
        }
    }

    #[tokio::test]
    async fn a_tenant_sees_who_has_read_since_the_tenancy_began() {
        let trial = Trial::new();
        let (cookie, begun) = tenant(&trial);
        let note = |who: &str, at: Timestamp| {
            let (place, registry) = (place(), &trial.app.registry);
            registry.note_presence_read(&place.site, Some(&place.room), (who, "series"), at).unwrap();
        };
        note("before-my-time", begun.plus_ms(-1));
        note("curious", begun.plus_ms(1));
        let (_, page) = send(&trial, &cookie, "/sites/demo/rooms/101/presence", None).await;
        assert!(page.contains("curious") && !page.contains("before-my-time"), "{page}");
    }

    #[tokio::test]
    async fn the_link_of_a_room_deletes_all_of_its_past_and_names_no_earlier_reader() {
        let trial = Trial::new();
        let (site, room) = (place().site, place().room);
        trial
            .app
            .registry
            .note_presence_read(&site, Some(&room), ("early", "series"), NOW.plus_ms(-1))
            .unwrap();
        let token = trial.app.registry.make_tenant_link(&place(), "test", NOW).unwrap();
        trial.app.registry.note_presence_read(&site, None, ("late", "live"), NOW.plus_ms(1)).unwrap();
        let path = format!("/t/{token}/presence");
        let (status, page) = send(&trial, "", &path, None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("late") && !page.contains("early") && !page.contains("/sites/"), "{page}");
        assert_eq!(send(&trial, "", &path, Some("sure=yes")).await.0, StatusCode::SEE_OTHER);
        assert_eq!(trial.app.registry.presence_erasures().unwrap()[0].from, None);
        assert_eq!(trial.app.registry.newest_audit(1).unwrap()[0].who, "tenant");
    }
}
