//! The page of a building's rules of law: which profile, who is excepted, and which rooms form a dwelling.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, RoomRules, RuleException, RuleProfile, SiteRules, Target};
use vocabulary::{DisplayName, RoomId};

use super::room_forms::field;
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::visitor::{Page, PageError, Visitor};

/// One word to choose.
struct Choice {
    value: &'static str,
    words: String,
    is_chosen: bool,
}

struct Row {
    id: String,
    name: String,
    dwelling: String,
    exceptions: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    frame: Frame,
    site: String,
    profiles: Vec<Choice>,
    exceptions: Vec<Choice>,
    rows: Vec<Row>,
    may_change: bool,
    done: Option<String>,
    error: Option<String>,
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
    let profile = RuleProfile::ALL.into_iter().find(|known| known.as_str() == field(&body, "profile"));
    let exception = exception(&field(&body, "exception"));
    change(app, visitor, site, move |_, rules| {
        rules.profile = profile.ok_or("rules-refused")?;
        rules.exception = exception?;
        Ok(())
    })
    .await
}

/// `POST /sites/{site}/rules/room`: one room's dwelling and exception.
pub(crate) async fn set_room(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    let [room, dwelling, excepted] = ["room", "dwelling", "exception"].map(|name| field(&body, name));
    change(app, visitor, site, move |place, rules| {
        let room = RoomId::new(&room).ok().filter(|room| place.building.room(room).is_some());
        let room = room.ok_or("rules-refused")?;
        let dwelling = match dwelling.trim() {
            "" => None,
            name => Some(DisplayName::new(name).map_err(|_| "rules-refused-dwelling")?),
        };
        let said = RoomRules { dwelling, exception: exception(&excepted)? };
        if said == RoomRules::default() {
            rules.rooms.remove(&room);
        } else {
            rules.rooms.insert(room, said);
        }
        Ok(())
    })
    .await
}

/// An exception as forms name it; the empty word is none.
fn exception(word: &str) -> Result<Option<RuleException>, &'static str> {
    if word.is_empty() {
        return Ok(None);
    }
    let known = RuleException::ALL.into_iter().find(|known| known.as_str() == word);
    known.map(Some).ok_or("rules-refused")
}

/// Changes the rules as the book has them now, or says the key of what is wrong.
async fn change(
    app: Shared,
    visitor: Visitor,
    site: String,
    make: impl FnOnce(&Place, &mut SiteRules) -> Result<(), &'static str> + Send + 'static,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let id = &place.book().site.id;
            let mut rules = app.registry.rules(id)?;
            if let Err(key) = make(&place, &mut rules) {
                let visitor = &visitor.standing_at(format!("/sites/{site}/rules"));
                return Ok(Page::Refuse(render(app, visitor, &place, Some(visitor.language.say(key)))?));
            }
            app.registry.set_rules(id, &rules, &visitor.who.by, app.wall())?;
            Ok(Page::Go(format!("/sites/{site}/rules?done=rules")))
        })
        .await
}

fn render(app: &App, visitor: &Visitor, place: &Place, error: Option<String>) -> Result<String, PageError> {
    let (l, site) = (visitor.language, &place.book().site.id);
    let rules = app.registry.rules(site)?;
    let exceptions = |chosen: Option<RuleException>| {
        let none = Choice { value: "", words: l.say("rules-exception-none"), is_chosen: chosen.is_none() };
        let of = |known: RuleException| Choice {
            value: known.as_str(),
            words: l.say(&format!("rules-exception-{}", known.as_str().replace('_', "-"))),
            is_chosen: chosen == Some(known),
        };
        std::iter::once(none).chain(RuleException::ALL.map(of)).collect::<Vec<_>>()
    };
    let profile = |known: RuleProfile| Choice {
        value: known.as_str(),
        words: l.say(&format!("rules-profile-{}", known.as_str())),
        is_chosen: rules.profile == known,
    };
    let row = |room: &registry::Room| Row {
        id: room.id.to_string(),
        name: room.name.to_string(),
        dwelling: rules.dwelling(&room.id).map(ToString::to_string).unwrap_or_default(),
        exceptions: exceptions(rules.rooms.get(&room.id).and_then(|room| room.exception)),
    };
    let page = RulesPage {
        site: site.to_string(),
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

    fn rules(trial: &Trial) -> SiteRules {
        trial.app.registry.rules(&SiteId::new("demo").unwrap()).unwrap()
    }

    #[tokio::test]
    async fn the_profile_and_each_room_are_changed_by_forms_and_the_audit_knows() {
        let trial = Trial::new();
        let (status, html) = trial.get(&format!("{PAGE}?lang=fr")).await;
        assert!(status == StatusCode::OK && html.contains("19\u{a0}°C"), "{html}");
        let (status, to, _) = trial.post(PAGE, "profile=france&exception=").await;
        assert_eq!((status, to.contains("done=rules")), (StatusCode::SEE_OTHER, true));
        let form = "room=101&dwelling=2e+gauche&exception=small_children";
        trial.post(&format!("{PAGE}/room"), form).await;
        let said = rules(&trial);
        let room = &said.rooms[&RoomId::new("101").unwrap()];
        assert_eq!((said.profile, room.exception), (RuleProfile::France, Some(RuleException::SmallChildren)));
        assert_eq!(room.dwelling.as_ref().unwrap().as_str(), "2e gauche");
        assert_eq!(trial.app.registry.audit_of("demo/rules", 9).unwrap().len(), 2);
        let (_, html) = trial.get(&format!("{PAGE}?lang=en")).await;
        assert!(html.contains("value=\"2e gauche\"") && html.contains("value=\"france\" selected"), "{html}");
        trial.post(&format!("{PAGE}/room"), "room=101&dwelling=+&exception=").await;
        assert!(rules(&trial).rooms.is_empty(), "a room of which there is nothing to say is left out");
    }

    #[tokio::test]
    async fn what_does_not_read_changes_nothing_and_is_told() {
        let trial = Trial::new();
        for (path, form) in [
            (PAGE.to_owned(), "profile=atlantis&exception="),
            (PAGE.to_owned(), "exception=care"),
            (PAGE.to_owned(), "profile=france&exception=comfort"),
            (format!("{PAGE}/room"), "room=attic&dwelling=&exception=care"),
            (format!("{PAGE}/room"), "room=101&dwelling=%07&exception="),
        ] {
            let (status, _, html) = trial.post(&path, form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(html.contains("role=\"alert\"") && !html.contains('⟦'), "{form}");
        }
        assert_eq!(rules(&trial), SiteRules::default());
    }
}
