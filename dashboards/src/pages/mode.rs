//! The page on which a manager says what a whole building is to be for a while, and why.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Action, DeclaredMode, SiteMode, Target};
use vocabulary::DisplayName;

use super::room_forms::{FORM_TIME, field, until};
use super::seen::{is_stale, seen, stale_words};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// One mode to choose.
struct Choice {
    value: &'static str,
    name: String,
    /// What it does, exactly.
    meaning: String,
    is_chosen: bool,
}

/// What stands in the form.
struct Form {
    mode: SiteMode,
    reason: String,
    until: String,
}

#[derive(Template)]
#[template(path = "mode.html")]
struct ModePage {
    frame: Frame,
    site: String,
    /// What holds now.
    now: String,
    /// What the form was made from.
    seen: String,
    choices: Vec<Choice>,
    form: Form,
    may_change: bool,
    done: Option<String>,
    error: Option<String>,
}

/// `GET /sites/{site}/mode`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let declared = app.registry.mode(&place.book().site.id)?;
            let form = Form::of(&declared, place.speaker);
            Ok(Page::Show(render(app, visitor, &place, form, None)?))
        })
        .await
}

/// `POST /sites/{site}/mode`
pub(crate) async fn set(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let (l, held) = (visitor.language, app.registry.mode(&place.book().site.id)?);
            let wanted = read(&body, place.speaker);
            let error = match wanted {
                _ if is_stale(&body, &held, wanted.as_ref().ok()) => {
                    stale_words(l, &line_or_usual(&held, place.speaker))
                }
                Err(key) => l.say(key),
                Ok(declared) => {
                    app.registry.set_mode(&place.book().site.id, &declared, &visitor.who.by, app.wall())?;
                    return Ok(Page::Go(format!("/sites/{site}/mode?done=mode")));
                }
            };
            let visitor = &visitor.standing_at(format!("/sites/{site}/mode"));
            Ok(Page::Refuse(render(app, visitor, &place, Form::typed(&body), Some(error))?))
        })
        .await
}

/// Reads the form, or says the key of what is wrong. Whoever changes what a whole building is to be says why.
fn read(body: &str, speaker: Speaker) -> Result<DeclaredMode, &'static str> {
    let word = field(body, "mode");
    let mode = SiteMode::ALL.into_iter().find(|mode| mode.as_str() == word).ok_or("mode-refused")?;
    if mode == SiteMode::Comfort {
        return Ok(DeclaredMode::default());
    }
    let reason = DisplayName::new(field(body, "reason").trim()).map_err(|_| "mode-refused-reason")?;
    let until = until(body, speaker, "mode-refused-until")?;
    Ok(DeclaredMode { mode, reason: Some(reason), until })
}

impl Form {
    /// What holds now, ready to be changed.
    fn of(declared: &DeclaredMode, speaker: Speaker) -> Self {
        let mode = declared.at(speaker.now);
        let holds = |text: Option<String>| text.filter(|_| mode != SiteMode::Comfort).unwrap_or_default();
        Self {
            mode,
            reason: holds(declared.reason.as_ref().map(ToString::to_string)),
            until: holds(declared.until.map(|until| speaker.zone.format(until, FORM_TIME))),
        }
    }

    /// What was typed, so that nothing of it is lost.
    fn typed(body: &str) -> Self {
        let word = field(body, "mode");
        let mode = SiteMode::ALL.into_iter().find(|mode| mode.as_str() == word).unwrap_or_default();
        Self { mode, reason: field(body, "reason"), until: field(body, "until") }
    }
}

/// The mode of a site in a sentence, where it is not the usual one.
pub(crate) fn line(declared: &DeclaredMode, speaker: Speaker) -> Option<String> {
    let mode = declared.at(speaker.now);
    if mode == SiteMode::Comfort {
        return None;
    }
    let reason = declared.reason.as_ref().map_or_else(String::new, ToString::to_string);
    let until = declared.until.map(|until| speaker.moment(until));
    let key = if until.is_some() { "until" } else { "open" };
    Some(speaker.language.tell(
        &format!("mode-line-{}-{key}", mode.as_str()),
        &[("reason", reason.into()), ("moment", until.unwrap_or_default().into())],
    ))
}

/// The mode of a site in a sentence, the usual one too.
fn line_or_usual(declared: &DeclaredMode, speaker: Speaker) -> String {
    line(declared, speaker).unwrap_or_else(|| speaker.language.say("mode-line-comfort"))
}

fn render(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    form: Form,
    error: Option<String>,
) -> Result<String, PageError> {
    let (l, site) = (visitor.language, &place.book().site.id);
    let choice = |mode: SiteMode| Choice {
        value: mode.as_str(),
        name: l.say(&format!("mode-{}", mode.as_str())),
        meaning: l.say(&format!("mode-{}-meaning", mode.as_str())),
        is_chosen: mode == form.mode,
    };
    let held = app.registry.mode(site)?;
    let page = ModePage {
        site: site.to_string(),
        seen: seen(&held),
        now: line_or_usual(&held, place.speaker),
        choices: SiteMode::ALL.map(choice).into(),
        form,
        may_change: visitor.who.may(Action::SetRules, Target::Site(site)),
        done: visitor.asked("done").filter(|done| *done == "mode").map(|_| l.say("mode-done")),
        error,
        frame: place.frame(app, visitor, "home", l.say("mode-title")),
    };
    Ok(page.render()?)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use registry::{DeclaredMode, SiteMode};
    use vocabulary::SiteId;

    use crate::trial::{NOW, Trial};

    const PAGE: &str = "/sites/demo/mode";

    fn mode(trial: &Trial) -> DeclaredMode {
        trial.app.registry.mode(&SiteId::new("demo").unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_building_is_closed_with_a_reason_and_an_end_and_the_home_page_says_so() {
        let trial = Trial::new();
        assert!(!trial.get("/sites/demo?lang=en").await.1.contains("Closed until"));
        let typed = "mode=closed&reason=Ponts+%3Cb%3E&until=2099-05-04T06%3A00";
        let form = format!("{}{typed}", trial.seen(PAGE, "modes").await);
        let (status, to, _) = trial.post(PAGE, &form).await;
        assert_eq!((status, to.contains("done=mode")), (StatusCode::SEE_OTHER, true));
        assert_eq!(mode(&trial).at(NOW), SiteMode::Closed);
        for page in [PAGE, "/sites/demo"] {
            let (_, html) = trial.get(&format!("{page}?lang=en")).await;
            assert!(html.contains("Closed until") && html.contains("Ponts &#60;b&#62;"), "{page}: {html}");
        }
        let (status, to, _) = trial.post(PAGE, &form).await;
        assert_eq!((status, to.contains("done=mode")), (StatusCode::SEE_OTHER, true), "pressed twice");
        let (status, _, html) = trial.post(PAGE, &form.replace("Ponts", "Panne")).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("Panne"), "it is stale: {html}");
        assert!(mode(&trial).reason.unwrap().as_str().starts_with("Ponts"));
        let seen = crate::trial::seen(&html, "modes");
        trial.post(PAGE, &format!("{seen}mode=comfort&reason=&until=")).await;
        assert_eq!(mode(&trial), DeclaredMode::default());
        assert_eq!(trial.app.registry.audit_of("demo/mode", 9).unwrap().len(), 2);
    }

    #[tokio::test]
    async fn without_a_reason_or_with_an_end_that_is_past_nothing_changes_and_nothing_typed_is_lost() {
        let trial = Trial::new();
        let seen = trial.seen(PAGE, "modes").await;
        for form in [
            "mode=tropical&reason=x&until=",
            "mode=stop&reason=+&until=",
            "mode=stop&reason=%07&until=",
            "mode=eco&reason=Panne&until=2001-01-01T00%3A00",
            "mode=eco&reason=Panne&until=soon",
        ] {
            let (status, _, html) = trial.post(PAGE, &format!("{seen}{form}")).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(html.contains("role=\"alert\"") && !html.contains('⟦'), "{form}");
            assert!(!form.contains("Panne") || html.contains("value=\"Panne\""), "{form}");
        }
        assert_eq!(mode(&trial), DeclaredMode::default());
    }
}
