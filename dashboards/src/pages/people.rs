//! The administrator's page: who may sign in and as what, and the tokens of programs. Every form works without script.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use registry::{FirstPassword, NewToken, Person, PersonError, PersonName, PersonRole, Scope};
use vocabulary::{RoomId, SiteId, Timestamp};

use super::account::{RoleLine, date, role_line};
use super::room_forms::{FORM_TIME, field};
use super::{Frame, speaker};
use crate::app::{App, Shared};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor, pairs};
use crate::words::Speaker;

const DAY_MS: i64 = 24 * 3_600_000;

struct PersonCard {
    name: String,
    state: &'static str,
    state_words: String,
    roles: Vec<RoleLine>,
    is_disabled: bool,
}

struct TokenLine {
    id: i64,
    name: String,
    owner: String,
    scopes: String,
    sites: String,
    ends: String,
    is_live: bool,
}

/// A secret that is shown this once.
struct Once {
    title: String,
    secret: String,
    text: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    people: Vec<PersonCard>,
    tokens: Vec<TokenLine>,
    /// Identifier and name.
    sites: Vec<(String, String)>,
    once: Option<Once>,
    error: Option<String>,
}

/// What a form did.
enum Done {
    /// It is seen on the page.
    Plain,
    /// A secret has to be shown.
    Once(Once),
}

/// Why a form did nothing.
enum Wrong {
    /// In words for the page.
    Refused(String),
    Broken(PageError),
}

impl<E: Into<PageError>> From<E> for Wrong {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

type Outcome = Result<Done, Wrong>;

/// `GET /people`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor) -> Response {
    visitor.answer(&app, |app, visitor| Ok(Page::Show(render(app, visitor, None, None)?))).await
}

/// `POST /people`: a new person, with a role if one was chosen.
pub(crate) async fn add(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let l = visitor.language;
        let name =
            PersonName::new(&field(&body, "name")).map_err(|_| Wrong::Refused(l.say("refused-name")))?;
        let by = &visitor.who.by;
        let password = told(l, app.registry.add_person(&name, &FirstPassword::OneTime, by, now))?;
        // The first person closes the door behind everybody, so somebody must be able to open it for others.
        if visitor.who.is_in_open_house() {
            let always = (now, None);
            told(l, app.registry.assign_role(&name, &PersonRole::Administrator, always, by, now))?;
        }
        Ok(one_time(l, &name, password))
    })
    .await
}

/// `POST /people/password`: a new one-time password.
pub(crate) async fn reset_password(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let name = person(&body)?;
        let reset = app.registry.reset_password(&name, &FirstPassword::OneTime, &visitor.who.by, now);
        Ok(one_time(visitor.language, &name, told(visitor.language, reset)?))
    })
    .await
}

/// `POST /people/disable`
pub(crate) async fn disable(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let disabled = app.registry.disable_person(&person(&body)?, &visitor.who.by, now);
        told(visitor.language, disabled).map(|()| Done::Plain)
    })
    .await
}

/// `POST /people/enable`
pub(crate) async fn enable(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let enabled = app.registry.enable_person(&person(&body)?, &visitor.who.by, now);
        told(visitor.language, enabled).map(|()| Done::Plain)
    })
    .await
}

/// `POST /people/roles`
pub(crate) async fn assign(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let speaker = speaker(app, visitor)?;
        let (name, role) = (person(&body)?, role(visitor.language, &body)?);
        let from = moment(speaker, &body, "from")?.unwrap_or(now);
        let until = moment(speaker, &body, "until")?;
        let assigned = app.registry.assign_role(&name, &role, (from, until), &visitor.who.by, now);
        told(visitor.language, assigned).map(|()| Done::Plain)
    })
    .await
}

/// `POST /people/roles/end`
pub(crate) async fn end_role(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let id = field(&body, "id").parse().map_err(|_| PageError::NotFound)?;
        let ended = app.registry.end_role(&person(&body)?, id, &visitor.who.by, now);
        told(visitor.language, ended).map(|_| Done::Plain)
    })
    .await
}

/// `POST /people/tokens`
pub(crate) async fn add_token(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let l = visitor.language;
        let chosen = all(&body, "scope");
        let scopes: BTreeSet<Scope> =
            Scope::ALL.into_iter().filter(|scope| chosen.iter().any(|word| word == scope.as_str())).collect();
        let name = field(&body, "name").trim().to_owned();
        if scopes.is_empty() || name.is_empty() || name.chars().any(char::is_control) {
            return Err(Wrong::Refused(l.say("refused-token")));
        }
        let days: Option<i64> = field(&body, "days").parse().ok().filter(|days| (1..=3_660).contains(days));
        let sites = sites(&body)?;
        let new = NewToken {
            name,
            owner: person(&body)?,
            scopes,
            sites: (!sites.is_empty()).then_some(sites),
            expires_at: days.map(|days| now.plus_ms(days * DAY_MS)),
        };
        let secret = told(l, app.registry.add_token(&new, &visitor.who.by, now))?;
        let title = l.tell("token-made", &[("name", new.name.into())]);
        Ok(Done::Once(Once { title, secret, text: l.say("token-once") }))
    })
    .await
}

/// `POST /people/tokens/revoke`
pub(crate) async fn revoke_token(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    act(&app, visitor, move |app, visitor, now| {
        let id = field(&body, "id").parse().map_err(|_| PageError::NotFound)?;
        app.registry.revoke_token(id, &visitor.who.by, now)?;
        Ok(Done::Plain)
    })
    .await
}

/// Does what a form asks, and shows the page with what came of it.
async fn act(
    app: &Shared,
    visitor: Visitor,
    make: impl FnOnce(&App, &Visitor, Timestamp) -> Outcome + Send + 'static,
) -> Response {
    visitor
        .answer(app, move |app, visitor| {
            let visitor = &visitor.standing_at("/people".to_owned());
            match make(app, visitor, app.wall()) {
                Ok(Done::Plain) => Ok(Page::Go("/people".to_owned())),
                Ok(Done::Once(once)) => Ok(Page::Show(render(app, visitor, Some(once), None)?)),
                Err(Wrong::Refused(words)) => Ok(Page::Refuse(render(app, visitor, None, Some(words))?)),
                Err(Wrong::Broken(error)) => Err(error),
            }
        })
        .await
}

/// Why a person cannot be added or changed, in words.
pub(super) fn refusal(l: Language, error: &PersonError) -> String {
    use registry::PasswordError;
    match error {
        PersonError::Taken(_) => l.say("refused-taken"),
        PersonError::Nobody(_) => l.say("refused-nobody"),
        PersonError::Password(PasswordError::TooShort) => l.say("refused-password-short"),
        PersonError::Password(PasswordError::TooLong) => l.say("refused-password-long"),
        PersonError::Password(PasswordError::Common) => l.say("refused-password-common"),
        PersonError::NoSite => l.say("refused-no-site"),
        PersonError::NoPlace(what) => l.tell("refused-no-place", &[("what", what.clone().into())]),
        PersonError::Interval => l.say("refused-interval"),
        PersonError::LastAdministrator(_) => l.say("refused-last"),
        PersonError::Registry(_) => l.say("sign-in-busy"),
    }
}

fn told<T>(l: Language, result: Result<T, PersonError>) -> Result<T, Wrong> {
    result.map_err(|error| match error {
        PersonError::Registry(registry::RegistryError::Busy) => Wrong::Refused(l.say("sign-in-busy")),
        PersonError::Registry(error) => Wrong::Broken(error.into()),
        error => Wrong::Refused(refusal(l, &error)),
    })
}

fn one_time(l: Language, name: &PersonName, secret: Option<String>) -> Done {
    let Some(secret) = secret else { return Done::Plain };
    let title = l.tell("person-password", &[("name", name.to_string().into())]);
    Done::Once(Once { title, secret, text: l.say("person-once") })
}

fn person(body: &str) -> Result<PersonName, PageError> {
    PersonName::new(&field(body, "person")).map_err(|_| PageError::NotFound)
}

/// Every value of a field that may stand several times in a form.
fn all(body: &str, name: &str) -> Vec<String> {
    pairs(body).into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
}

fn sites(body: &str) -> Result<BTreeSet<SiteId>, PageError> {
    all(body, "site").iter().map(|text| SiteId::new(text).map_err(|_| PageError::NotFound)).collect()
}

fn role(l: Language, body: &str) -> Result<PersonRole, Wrong> {
    let sites = sites(body)?;
    Ok(match field(body, "role").as_str() {
        "administrator" => PersonRole::Administrator,
        "facility-manager" => PersonRole::FacilityManager { sites },
        "technician" => PersonRole::Technician { sites },
        "observer" => PersonRole::Observer { sites },
        "tenant" => {
            let room = RoomId::new(field(body, "room").trim());
            match (room, sites.into_iter().collect::<Vec<_>>().as_slice()) {
                (Ok(room), [site]) => PersonRole::Tenant { site: site.clone(), room },
                _ => return Err(Wrong::Refused(l.say("refused-tenant"))),
            }
        }
        _ => return Err(PageError::NotFound.into()),
    })
}

fn moment(speaker: Speaker, body: &str, name: &str) -> Result<Option<Timestamp>, Wrong> {
    let text = field(body, name);
    if text.is_empty() {
        return Ok(None);
    }
    let read = speaker.zone.parse(&text, FORM_TIME);
    read.map(Some).ok_or_else(|| Wrong::Refused(speaker.language.say("refused-moment")))
}

fn render(
    app: &App,
    visitor: &Visitor,
    once: Option<Once>,
    error: Option<String>,
) -> Result<String, PageError> {
    let (l, books, speaker) = (visitor.language, app.books()?, speaker(app, visitor)?);
    let page = PeoplePage {
        frame: Frame::new(app, visitor, &books, None, "people", l.say("people-title")),
        people: app.registry.people()?.iter().map(|person| card(person, speaker)).collect(),
        tokens: app.registry.tokens()?.iter().map(|token| token_line(token, speaker)).collect(),
        sites: books.iter().map(|book| (book.site.id.to_string(), book.site.name.to_string())).collect(),
        once,
        error,
    };
    Ok(page.render()?)
}

fn card(person: &Person, speaker: Speaker) -> PersonCard {
    let l = speaker.language;
    let (state, words) = match (person.disabled_at, person.must_change) {
        (Some(_), _) => ("bad", "person-disabled"),
        (None, true) => ("soon", "person-must-change"),
        (None, false) => ("good", "person-active"),
    };
    let to_come = |until: Option<Timestamp>| until.is_none_or(|until| until > speaker.now);
    PersonCard {
        name: person.name.to_string(),
        state,
        state_words: l.say(words),
        roles: person
            .assignments
            .iter()
            .filter(|a| to_come(a.until))
            .map(|a| role_line(a, speaker))
            .collect(),
        is_disabled: person.disabled_at.is_some(),
    }
}

fn token_line(token: &registry::ApiToken, speaker: Speaker) -> TokenLine {
    let l = speaker.language;
    let new = &token.token;
    let sites =
        new.sites.as_ref().map(|sites| sites.iter().map(SiteId::as_str).collect::<Vec<_>>().join(", "));
    TokenLine {
        id: token.id,
        name: new.name.clone(),
        owner: new.owner.to_string(),
        scopes: new.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "),
        sites: sites.unwrap_or_else(|| l.say("token-all-sites")),
        ends: match (token.revoked_at, new.expires_at) {
            (Some(_), _) => l.say("token-revoked"),
            (None, Some(at)) => l.tell("role-until", &[("moment", date(speaker, at).into())]),
            (None, None) => l.say("token-endless"),
        },
        is_live: token.is_live(speaker.now),
    }
}

#[cfg(test)]
mod tests;
