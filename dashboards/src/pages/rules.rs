//! The page of a building's rules of law: which profile, who is excepted, and which rooms form a dwelling.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, RoomRules, RuleException, RuleProfile, SiteRules, Target};
use vocabulary::{DisplayName, RoomId};

use super::room_forms::field_up_to;
use super::seen::{is_stale, seen, stale_words};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::language::Language;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::isolated;

/// One word to choose.
struct Choice {
    value: &'static str,
    words: String,
    is_chosen: bool,
}

struct Row {
    id: String,
    /// What the form was made from.
    seen: String,
    name: String,
    dwelling: String,
    exceptions: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    frame: Frame,
    site: String,
    seen: String,
    profiles: Vec<Choice>,
    exceptions: Vec<Choice>,
    rows: Vec<Row>,
    may_change: bool,
    done: Option<String>,
    error: Option<String>,
}

/// What a form is about.
enum Part {
    /// The profile, and whether the whole site is excepted.
    Site,
    /// One room's dwelling and exception.
    Room(RoomId),
}

/// Why a form is refused, and what its fields held: as rules, and the dwelling as a text, which need not be a name.
struct Refused {
    error: String,
    rules: SiteRules,
    dwelling: Option<(RoomId, String)>,
}

/// `GET /sites/{site}/rules`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            Ok(Page::Show(render(app, visitor, &place, None)?))
        })
        .await
}

/// `POST /sites/{site}/rules`: the profile, and whether the whole site is excepted.
pub(crate) async fn set_site(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    change(app, visitor, site, body, |_, _| Some(Part::Site)).await
}

/// `POST /sites/{site}/rules/room`: one room's dwelling and exception.
pub(crate) async fn set_room(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    change(app, visitor, site, body, |place, body| {
        let room = RoomId::new(&field(body, "room")).ok()?;
        place.building.room(&room).is_some().then_some(Part::Room(room))
    })
    .await
}

/// Does what a form asks of the part of the rules that it is about, or shows it again with what was typed.
async fn change(
    app: Shared,
    visitor: Visitor,
    site: String,
    body: String,
    part: impl FnOnce(&Place, &str) -> Option<Part> + Send + 'static,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let (l, id) = (visitor.language, &place.book().site.id);
            let held = app.registry.rules(id)?;
            let Some(part) = part(&place, &body) else {
                let refused = Refused { error: l.say("rules-refused"), rules: held, dwelling: None };
                return refuse(app, visitor, &place, refused);
            };
            let mut rules = held.clone();
            let read = part.write(&place, &body, &mut rules, l);
            let wanted = read.is_ok().then(|| part.of(&rules));
            let error = match read {
                _ if is_stale(&body, &part.of(&held), wanted.as_ref()) => {
                    stale_words(l, &part.line(&held, l))
                }
                Err(error) => error,
                Ok(()) => {
                    app.registry.set_rules(id, &rules, &visitor.who.by, app.wall())?;
                    return Ok(Page::Go(format!("/sites/{site}/rules?done=rules")));
                }
            };
            let dwelling = match part {
                Part::Site => None,
                Part::Room(room) => Some((room, field(&body, "dwelling"))),
            };
            refuse(app, visitor, &place, Refused { error, rules, dwelling })
        })
        .await
}

fn refuse(app: &App, visitor: &Visitor, place: &Place, refused: Refused) -> Result<Page, PageError> {
    let visitor = visitor.standing_at(format!("/sites/{}/rules", place.book().site.id));
    Ok(Page::Refuse(render(app, &visitor, place, Some(refused))?))
}

/// A field of the forms; more of it than this is not kept: enough to see that it is too long.
fn field(body: &str, name: &str) -> String {
    field_up_to(body, name, 200)
}

impl Part {
    /// What stands in its form.
    fn of(&self, rules: &SiteRules) -> (RuleProfile, RoomRules) {
        match self {
            Self::Site => (rules.profile, RoomRules { dwelling: None, exception: rules.exception }),
            Self::Room(room) => (RuleProfile::None, rules.rooms.get(room).cloned().unwrap_or_default()),
        }
    }

    /// Writes what reads of a form into `rules`; or says what does not, and what would be right.
    fn write(&self, place: &Place, body: &str, rules: &mut SiteRules, l: Language) -> Result<(), String> {
        let exception = exception(&field(body, "exception")).ok_or_else(|| l.say("rules-refused"))?;
        match self {
            Self::Site => {
                let profile =
                    RuleProfile::ALL.into_iter().find(|known| known.as_str() == field(body, "profile"));
                rules.profile = profile.ok_or_else(|| l.say("rules-refused"))?;
                rules.exception = exception;
            }
            Self::Room(room) => {
                let typed = field(body, "dwelling");
                let dwelling = match typed.trim() {
                    "" => Ok(None),
                    name => DisplayName::new(name).map(Some),
                };
                let said = RoomRules { dwelling: dwelling.clone().ok().flatten(), exception };
                if said == RoomRules::default() {
                    rules.rooms.remove(room);
                } else {
                    rules.rooms.insert(room.clone(), said);
                }
                let name = place.building.room(room).map(|facts| facts.room.name.to_string());
                let name = [("room", isolated(&name.unwrap_or_default()).into())];
                dwelling.map_err(|_| l.tell("rules-refused-dwelling", &name))?;
            }
        }
        Ok(())
    }

    /// What holds, in a line.
    fn line(&self, rules: &SiteRules, l: Language) -> String {
        let (profile, of_room) = self.of(rules);
        let first = match self {
            Self::Site => profile_words(profile, l),
            Self::Room(_) => {
                let dwelling = of_room.dwelling.map_or_else(|| "–".to_owned(), |name| name.to_string());
                format!("{}: {dwelling}", l.say("rules-dwelling"))
            }
        };
        format!("{first} · {}: {}", l.say("rules-exception"), exception_words(of_room.exception, l))
    }
}

fn profile_words(profile: RuleProfile, l: Language) -> String {
    l.say(&format!("rules-profile-{}", profile.as_str()))
}

fn exception_words(exception: Option<RuleException>, l: Language) -> String {
    let word = exception.map_or("none", RuleException::as_str);
    l.say(&format!("rules-exception-{}", word.replace('_', "-")))
}

/// An exception as forms name it; the empty word is none. Nothing where there is no such exception.
fn exception(word: &str) -> Option<Option<RuleException>> {
    if word.is_empty() {
        return Some(None);
    }
    RuleException::ALL.into_iter().find(|known| known.as_str() == word).map(Some)
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    refused: Option<Refused>,
) -> Result<String, PageError> {
    let (l, site) = (visitor.language, &place.book().site.id);
    let held = app.registry.rules(site)?;
    let (error, rules, typed) = match refused {
        Some(refused) => (Some(refused.error), refused.rules, refused.dwelling),
        None => (None, held.clone(), None),
    };
    let exceptions = |chosen: Option<RuleException>| {
        let of = |known: Option<RuleException>| Choice {
            value: known.map_or("", RuleException::as_str),
            words: exception_words(known, l),
            is_chosen: chosen == known,
        };
        std::iter::once(None).chain(RuleException::ALL.map(Some)).map(of).collect::<Vec<_>>()
    };
    let profile = |known: RuleProfile| Choice {
        value: known.as_str(),
        words: profile_words(known, l),
        is_chosen: rules.profile == known,
    };
    let row = |room: &registry::Room| {
        let typed = typed.as_ref().filter(|(of, _)| *of == room.id).map(|(_, text)| text.clone());
        let dwelling = || rules.dwelling(&room.id).map(ToString::to_string).unwrap_or_default();
        Row {
            id: room.id.to_string(),
            seen: seen(&Part::Room(room.id.clone()).of(&held)),
            name: room.name.to_string(),
            dwelling: typed.unwrap_or_else(dwelling),
            exceptions: exceptions(rules.rooms.get(&room.id).and_then(|room| room.exception)),
        }
    };
    let page = RulesPage {
        site: site.to_string(),
        seen: seen(&Part::Site.of(&held)),
        profiles: RuleProfile::ALL.map(profile).into(),
        exceptions: exceptions(rules.exception),
        rows: place.book().rooms.iter().map(row).collect(),
        may_change: visitor.who.may(Action::SetRules, Target::Site(site)),
        done: visitor.asked("done").filter(|done| *done == "rules").map(|_| l.say("rules-done")),
        error,
        frame: place.frame(app, visitor, "rooms", l.say("rules-title")),
    };
    Ok(page.render()?)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use registry::{RuleException, RuleProfile, SiteRules};
    use vocabulary::{RoomId, SiteId};

    use crate::trial::Trial;

    const PAGE: &str = "/sites/demo/rules";
    const OF_SITE: &str = "action=\"/sites/demo/rules\"";
    const OF_ROOM: &str = "name=\"room\" value=\"101\"";

    fn rules(trial: &Trial) -> SiteRules {
        trial.app.registry.rules(&SiteId::new("demo").unwrap()).unwrap()
    }

    #[tokio::test]
    async fn the_profile_and_each_room_are_changed_by_forms_and_the_audit_knows() {
        let trial = Trial::new();
        let (status, html) = trial.get(&format!("{PAGE}?lang=fr")).await;
        assert!(status == StatusCode::OK && html.contains("19\u{a0}°C"), "{html}");
        let of_site = format!("{}profile=france&exception=", trial.seen(PAGE, OF_SITE).await);
        let typed = "room=101&dwelling=2e+gauche&exception=small_children";
        let of_room = format!("{}{typed}", trial.seen(PAGE, OF_ROOM).await);
        for _ in ["saved", "pressed twice"] {
            let (status, to, _) = trial.post(PAGE, &of_site).await;
            assert_eq!((status, to.contains("done=rules")), (StatusCode::SEE_OTHER, true));
            let (status, _, _) = trial.post(&format!("{PAGE}/room"), &of_room).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "what the site's form changed is not this one's");
        }
        let said = rules(&trial);
        let room = &said.rooms[&RoomId::new("101").unwrap()];
        assert_eq!((said.profile, room.exception), (RuleProfile::France, Some(RuleException::SmallChildren)));
        assert_eq!(room.dwelling.as_ref().unwrap().as_str(), "2e gauche");
        assert_eq!(trial.app.registry.audit_of("demo/rules", 9).unwrap().len(), 2);
        let (_, html) = trial.get(&format!("{PAGE}?lang=en")).await;
        assert!(html.contains("value=\"2e gauche\"") && html.contains("value=\"france\" selected"), "{html}");
        let seen = trial.seen(PAGE, OF_ROOM).await;
        trial.post(&format!("{PAGE}/room"), &format!("{seen}room=101&dwelling=+&exception=")).await;
        assert!(rules(&trial).rooms.is_empty(), "a room of which there is nothing to say is left out");
    }

    #[tokio::test]
    async fn what_does_not_read_changes_nothing_is_told_and_not_lost() {
        let trial = Trial::new();
        let (of_site, of_room) = (trial.seen(PAGE, OF_SITE).await, trial.seen(PAGE, OF_ROOM).await);
        for (path, form) in [
            (PAGE.to_owned(), format!("{of_site}profile=atlantis&exception=")),
            (PAGE.to_owned(), format!("{of_site}exception=care")),
            (PAGE.to_owned(), format!("{of_site}profile=france&exception=comfort")),
            (format!("{PAGE}/room"), "room=attic&dwelling=&exception=care".to_owned()),
            (format!("{PAGE}/room"), format!("{of_room}room=101&dwelling=%07&exception=")),
        ] {
            let (status, _, html) = trial.post(&path, &form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(html.contains("role=\"alert\"") && !html.contains('⟦'), "{form}");
        }
        let long = "b".repeat(65);
        let form = format!("{of_room}room=101&dwelling={long}&exception=care");
        let (_, _, html) = trial.post(&format!("{PAGE}/room?lang=en"), &form).await;
        assert!(html.contains("101 Atelier\u{2069}: nothing was changed."), "it names the room: {html}");
        let row = html.split(OF_ROOM).nth(1).unwrap().split("</form>").next().unwrap();
        assert!(row.contains(&long) && row.contains("value=\"care\" selected"), "nothing is lost: {row}");
        assert_eq!(rules(&trial), SiteRules::default());
    }

    #[tokio::test]
    async fn what_somebody_else_changed_meanwhile_is_not_overwritten_unseen() {
        let trial = Trial::new();
        let (of_site, of_room) = (trial.seen(PAGE, OF_SITE).await, trial.seen(PAGE, OF_ROOM).await);
        trial.post(PAGE, &format!("{of_site}profile=france&exception=")).await;
        let in_room =
            |seen: &str, dwelling: &str| format!("{seen}room=101&dwelling={dwelling}&exception=care");
        trial.post(&format!("{PAGE}/room"), &in_room(&of_room, "Gauche")).await;
        let said = rules(&trial);
        let stale = [
            (PAGE.to_owned(), format!("{of_site}profile=none&exception=care"), "value=\"care\" selected"),
            (format!("{PAGE}/room"), in_room(&of_room, "Droite"), "value=\"Droite\""),
        ];
        for (path, form, kept) in stale {
            let (status, _, html) = trial.post(&format!("{path}?lang=en"), &form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(html.contains("somebody else") && html.contains(kept), "{form}: {html}");
            assert_eq!(rules(&trial), said);
        }
        let (_, _, html) = trial.post(&format!("{PAGE}/room"), &in_room(&of_room, "Droite")).await;
        let again = in_room(&crate::trial::seen(&html, OF_ROOM), "Droite");
        let (status, _, _) = trial.post(&format!("{PAGE}/room"), &again).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "saved once more");
    }
}
