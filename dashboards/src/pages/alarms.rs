//! The page of a site's alarms: what is wrong, the gravest first. Its filters are its address.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{AlarmEntry, AlarmSubject, Severity};

use super::pager::Pager;
use super::{Frame, Place};
use crate::alarm_filter::{AlarmFilter, Standing};
use crate::alarm_sight::{self, may_answer};
use crate::app::{App, Shared};
use crate::visitor::{Page, PageError, Visitor};

/// One alarm in a line.
pub(crate) struct AlarmRow {
    pub(crate) id: i64,
    pub(crate) severity: &'static str,
    pub(crate) severity_words: String,
    pub(crate) what: String,
    pub(crate) state: String,
    pub(crate) tone: &'static str,
    pub(crate) since: String,
    pub(crate) value: Option<String>,
    pub(crate) times: String,
    pub(crate) owner: Option<String>,
    pub(crate) hides: Option<String>,
    pub(crate) may_acknowledge: bool,
}

struct Choice {
    value: &'static str,
    words: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "alarms.html")]
struct AlarmsPage {
    frame: Frame,
    lead: String,
    is_all_well: bool,
    rows: Vec<AlarmRow>,
    pager: Pager,
    standings: Vec<Choice>,
    severities: Vec<Choice>,
    about: String,
    text: String,
    beneath: Option<i64>,
    done: Option<String>,
}

/// `GET /sites/{site}/alarms`
pub(crate) async fn alarms(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render(app, visitor, &site)?))).await
}

fn render(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let l = visitor.language;
    let id = &place.book().site.id;
    let filter = AlarmFilter::read(|name| visitor.asked(name));
    let mut wanted = alarm_sight::alarms(app, &visitor.who, id)?;
    let what =
        |alarm: &AlarmEntry| place.speaker.alarm(alarm, &place.building, place.book().site.name.as_str());
    wanted.retain(|alarm| filter.wants(alarm, &what(alarm)));
    let open = app.registry.open_alarms(id)?.open;
    let pager = Pager::new(visitor, wanted.len());
    let page = AlarmsPage {
        lead: l.tell("alarms-lead", &[("n", open.into())]),
        is_all_well: open == 0 && filter == AlarmFilter::default(),
        rows: pager.cut(&wanted).iter().map(|alarm| row(alarm, &place, visitor)).collect(),
        pager,
        standings: standings(visitor, filter.standing),
        severities: severities(visitor, filter.severity),
        about: filter.about.unwrap_or_default(),
        text: filter.text,
        beneath: filter.beneath,
        done: done(visitor),
        frame: place.frame(app, visitor, "alarms", l.say("alarms-title")),
    };
    Ok(page.render()?)
}

fn standings(visitor: &Visitor, chosen: Standing) -> Vec<Choice> {
    let choice = |standing: Standing| Choice {
        value: standing.as_str(),
        words: visitor.language.say(&format!("alarms-standing-{}", standing.as_str())),
        is_chosen: standing == chosen,
    };
    Standing::ALL.into_iter().map(choice).collect()
}

fn severities(visitor: &Visitor, chosen: Option<Severity>) -> Vec<Choice> {
    let l = visitor.language;
    let any = Choice { value: "", words: l.say("alarms-any"), is_chosen: chosen.is_none() };
    let choice = |severity: Severity| Choice {
        value: severity.as_str(),
        words: l.say(&format!("alarm-severity-{}", severity.as_str())),
        is_chosen: chosen == Some(severity),
    };
    std::iter::once(any).chain(Severity::ALL.into_iter().map(choice)).collect()
}

/// What the last answer came to, where the address says so.
pub(super) fn done(visitor: &Visitor) -> Option<String> {
    const KNOWN: [&str; 7] = ["acknowledge", "shelve", "unshelve", "assign", "comment", "kept", "gone"];
    let done = visitor.asked("done").filter(|done| KNOWN.contains(done))?;
    Some(visitor.language.say(&format!("alarm-done-{done}")))
}

/// An alarm as a row.
pub(super) fn row(alarm: &AlarmEntry, place: &Place, visitor: &Visitor) -> AlarmRow {
    let (l, speaker) = (visitor.language, place.speaker);
    let severity = alarm.severity().as_str();
    let age = speaker.age(Some(alarm.raised_at));
    AlarmRow {
        id: alarm.id,
        severity,
        severity_words: l.say(&format!("alarm-severity-{severity}")),
        what: speaker.alarm(alarm, &place.building, place.book().site.name.as_str()),
        state: speaker.alarm_state(alarm),
        tone: tone(alarm),
        since: l.tell("since", &[("moment", speaker.moment(alarm.raised_at).into()), ("age", age.into())]),
        value: speaker.alarm_value(alarm),
        times: l.tell("alarm-times", &[("n", alarm.occurrences.into())]),
        owner: alarm.owner.as_ref().map(|owner| l.tell("alarm-owner", &[("owner", owner.as_str().into())])),
        hides: speaker.alarm_hides(alarm),
        may_acknowledge: alarm.state.wants_answer() && may_answer(&visitor.who, alarm),
    }
}

/// The class of a state.
fn tone(alarm: &AlarmEntry) -> &'static str {
    match (alarm.state.wants_answer(), alarm.state.is_open()) {
        (true, _) => "bad",
        (false, true) => "soon",
        (false, false) => "good",
    }
}

/// Where the thing that an alarm is about has its page.
pub(super) fn href(alarm: &AlarmEntry) -> Option<String> {
    match &alarm.subject {
        AlarmSubject::Room(site, room) => Some(format!("/sites/{site}/rooms/{room}")),
        AlarmSubject::Heater(site, heater) => Some(format!("/sites/{site}/heaters/{heater}")),
        AlarmSubject::Site(_) | AlarmSubject::Platform => None,
    }
}

#[cfg(test)]
mod tests;
