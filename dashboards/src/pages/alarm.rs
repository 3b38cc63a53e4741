//! One alarm: what it is, what to do about it, its history, and the forms with which people answer it. Each works without
//! script.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use registry::{ALARM_TEXT_CHARS, AlarmAnswer, AlarmChange, AlarmDeed, AlarmEntry, AlarmState};
use vocabulary::{SiteId, Timestamp};

use super::alarms::{AlarmRow, done, href, row};
use super::room_forms::{field, field_up_to};
use super::{Frame, Place};
use crate::alarm_sight::{self, may_answer};
use crate::app::{App, Shared};
use crate::visitor::{Page, PageError, Visitor};
use crate::words::{Speaker, isolated};

const HOUR_MS: i64 = 3_600_000;
/// For how many hours an alarm is put aside: what the page offers.
const SHELVE_HOURS: [i64; 4] = [1, 8, 24, 168];
/// Lines of history shown.
const HISTORY: usize = 100;

struct Line {
    moment: String,
    age: String,
    words: String,
}

#[derive(Template)]
#[template(path = "alarm.html")]
struct AlarmPage {
    frame: Frame,
    row: AlarmRow,
    advice: String,
    href: Option<String>,
    beneath: Option<i64>,
    may_answer: bool,
    is_shelved: bool,
    hours: Vec<(i64, String)>,
    owner: String,
    history: Vec<Line>,
    done: Option<String>,
}

/// `GET /sites/{site}/alarms/{alarm}`
pub(crate) async fn show(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, alarm)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let alarm = find(app, &place.book().site.id, &alarm)?;
            Ok(Page::Show(render(app, visitor, &place, &alarm)?))
        })
        .await
}

/// `POST /sites/{site}/alarms/{alarm}`: acknowledge, shelve, unshelve, assign, comment.
pub(crate) async fn answer(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, alarm)): Path<(String, String)>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let alarm = find(app, &place.book().site.id, &alarm)?;
            if !may_answer(&visitor.who, &alarm) {
                return Err(PageError::Forbidden);
            }
            let (now, by) = (app.wall(), &visitor.who.by);
            let asked = read(&body, now);
            let is_done = match &asked.answer {
                Some(answer) => app.registry.answer_alarm(alarm.id, answer, by, now)?,
                None => false,
            };
            if let Some(text) = &asked.comment {
                app.registry.answer_alarm(alarm.id, &AlarmAnswer::Comment(text.clone()), by, now)?;
            }
            let is_kept = asked.comment.is_some();
            let word = field(&body, "do");
            let done = match asked.answer {
                Some(_) if is_done => &word,
                Some(AlarmAnswer::Acknowledge) => {
                    match first(&app.registry.alarm_history(alarm.id, HISTORY)?) {
                        Some(first) if first.who == **by => &word,
                        // Who it was stands on the page of the alarm.
                        Some(_) => {
                            return Ok(Page::Go(back(
                                &site,
                                &alarm,
                                "",
                                if is_kept { "first-kept" } else { "first" },
                            )));
                        }
                        None if is_kept => "kept",
                        None => "gone",
                    }
                }
                Some(_) if is_kept => "kept",
                None if is_kept => "comment",
                _ => "gone",
            };
            Ok(Page::Go(back(&site, &alarm, &body, done)))
        })
        .await
}

/// Who acknowledged the alarm as it stands, where somebody did.
fn first(newest_first: &[AlarmChange]) -> Option<&AlarmChange> {
    let is_about = |change: &&AlarmChange| matches!(change.deed, AlarmDeed::Acknowledged | AlarmDeed::Raised);
    newest_first.iter().find(is_about).filter(|change| change.deed == AlarmDeed::Acknowledged)
}

/// That somebody else was first, and who.
fn first_words(speaker: Speaker, newest_first: &[AlarmChange], is_kept: bool) -> Option<String> {
    let first = first(newest_first)?;
    let key = if is_kept { "alarm-done-first-kept" } else { "alarm-done-first" };
    let fills = [("who", isolated(&first.who).into()), ("moment", speaker.moment(first.at).into())];
    Some(speaker.language.tell(key, &fills))
}

/// An alarm that a site's page may show: of the site, or of the platform.
pub(crate) fn find(app: &App, site: &SiteId, text: &str) -> Result<AlarmEntry, PageError> {
    let id = text.parse().map_err(|_| PageError::NotFound)?;
    let alarm = app.registry.alarm(id)?;
    if alarm.subject.site().is_none_or(|of| of == site) { Ok(alarm) } else { Err(PageError::NotFound) }
}

/// What a form asks for: an answer, and words that stand beside it or alone.
struct Asked {
    answer: Option<AlarmAnswer>,
    comment: Option<String>,
}

fn read(body: &str, now: Timestamp) -> Asked {
    let text = field_up_to(body, "text", ALARM_TEXT_CHARS);
    let comment = Some(text).filter(|text| !text.trim().is_empty());
    let answer = match field(body, "do").as_str() {
        "acknowledge" => Some(AlarmAnswer::Acknowledge),
        "shelve" => {
            let hours = field(body, "hours").parse().ok().filter(|hours| SHELVE_HOURS.contains(hours));
            hours.map(|hours: i64| AlarmAnswer::Shelve(now.plus_ms(hours * HOUR_MS)))
        }
        "unshelve" => Some(AlarmAnswer::Unshelve),
        "assign" => {
            Some(AlarmAnswer::Assign(Some(field(body, "owner")).filter(|owner| !owner.trim().is_empty())))
        }
        "comment" => None,
        _ => return Asked { answer: None, comment: None },
    };
    Asked { answer, comment }
}

/// Back to the list with its filters where the form came from there, else to the alarm.
fn back(site: &str, alarm: &AlarmEntry, body: &str, done: &str) -> String {
    let list = format!("/sites/{site}/alarms");
    let asked = field_up_to(body, "back", 600);
    let is_ours = asked == list || asked.starts_with(&format!("{list}?"));
    let is_plain = asked.bytes().all(|byte| byte.is_ascii_graphic());
    let to = if is_ours && is_plain { asked } else { format!("{list}/{}", alarm.id) };
    let kept = to.split("&done=").next().unwrap_or(&to);
    let kept = kept.split("?done=").next().unwrap_or(kept);
    let mark = if kept.contains('?') { '&' } else { '?' };
    format!("{kept}{mark}done={done}")
}

fn render(app: &App, visitor: &Visitor, place: &Place, alarm: &AlarmEntry) -> Result<String, PageError> {
    let (l, speaker) = (visitor.language, place.speaker);
    let alarm = &alarm_sight::seen(&visitor.who, alarm.clone());
    let history = alarm_sight::history(app, &visitor.who, alarm, HISTORY)?;
    let may_answer = may_answer(&visitor.who, alarm);
    let line = |change: &AlarmChange| Line {
        moment: speaker.moment(change.at),
        age: speaker.age(Some(change.at)),
        words: speaker.alarm_change(change, alarm.rule),
    };
    let page = AlarmPage {
        row: row(alarm, place, visitor),
        advice: speaker.alarm_advice(alarm.rule),
        href: href(alarm),
        beneath: alarm.beneath,
        may_answer,
        is_shelved: matches!(alarm.state, AlarmState::ShelvedActive | AlarmState::ShelvedNormal),
        hours: SHELVE_HOURS.map(|hours| (hours, l.say(&format!("alarm-shelve-{hours}")))).into(),
        owner: alarm.owner.clone().unwrap_or_else(|| visitor.who.by.to_string()),
        history: history.iter().map(line).collect(),
        done: match visitor.asked("done") {
            Some("first") if may_answer => first_words(speaker, &history, false),
            Some("first-kept") if may_answer => first_words(speaker, &history, true),
            _ => done(visitor),
        },
        frame: place.frame(app, visitor, "alarms", speaker.alarm_rule(alarm.rule)),
    };
    Ok(page.render()?)
}
