//! Where a heater stands and whether it belongs to the building: it is moved to another room, its credential ends, it leaves.

use axum::extract::{Path, State};
use axum::response::Response;
use registry::{Described, HeaterDoor};
use vocabulary::RoomId;

use super::{Answer, Refused, find};
use crate::app::{App, Shared};
use crate::facts::HeaterFacts;
use crate::pages::Place;
use crate::pages::first_steps::{describe, is_open};
use crate::pages::room_forms::field;
use crate::pages::seen::seen;
use crate::visitor::{Page, PageError, Visitor};

/// A room to choose.
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_chosen: bool,
}

/// The forms about its place, ready to be shown.
pub(crate) struct Forms {
    /// The rooms, where it may be moved.
    pub(crate) rooms: Vec<Choice>,
    /// The room that the form was made from.
    pub(crate) seen: String,
    /// Whether it may be moved and taken out here: the building is described on the pages, by whoever may.
    pub(crate) is_open: bool,
    /// How it comes in, in words.
    pub(crate) door: String,
    /// Whether it has something that can be revoked: a credential, or a code that waits.
    pub(crate) can_be_barred: bool,
    /// What the form that revokes was made from, and that which takes it out.
    pub(crate) seen_door: String,
    pub(crate) seen_building: String,
    /// The reason that stands in a refused form, by its name.
    pub(crate) refused: Option<(&'static str, String)>,
}

impl Forms {
    pub(super) fn of(
        app: &App,
        visitor: &Visitor,
        place: &Place,
        facts: &HeaterFacts,
        answer: &Answer,
    ) -> Result<Self, PageError> {
        let (l, site) = (visitor.language, &place.book().site.id);
        let door = app.registry.heater_door(site, &facts.heater.id, app.wall())?;
        let is_open = is_open(app, visitor, place)?;
        let here = facts.heater.room.as_ref();
        let rooms = place.book().rooms.iter().map(|room| Choice {
            id: room.id.to_string(),
            name: room.name.to_string(),
            is_chosen: here == Some(&room.id),
        });
        let at = |key: &str, at| l.tell(key, &[("moment", place.speaker.moment(at).into())]);
        Ok(Self {
            rooms: if is_open { rooms.collect() } else { Vec::new() },
            seen: here.map(ToString::to_string).unwrap_or_default(),
            is_open,
            can_be_barred: app.registry.can_bar_heater(site, &facts.heater.id, app.wall())?,
            seen_door: seen(&door),
            seen_building: place.book().edition(),
            door: match door {
                _ if facts.heater.simulated => l.say("door-simulated"),
                HeaterDoor::Certificate { until } => at("door-certificate", until),
                HeaterDoor::Expired { at: over } => at("door-expired", over),
                HeaterDoor::Secret { since } => at("door-secret", since),
                HeaterDoor::Gateway { id } => l.tell("door-gateway", &[("gateway", id.to_string().into())]),
                HeaterDoor::Revoked { at: revoked } => at("door-revoked", revoked),
                HeaterDoor::Closed => l.say("door-closed"),
            },
            refused: answer.refused.as_ref().map(|refused| (refused.form, field(&refused.body, "reason"))),
        })
    }

    /// The reason that was typed into a form that was refused.
    pub(crate) fn reason(&self, form: &str) -> &str {
        self.refused.as_ref().filter(|(refused, _)| *refused == form).map_or("", |(_, reason)| reason)
    }

    /// Whether a form was refused, so that it stands open.
    pub(crate) fn is_refused(&self, form: &str) -> bool {
        self.refused.as_ref().is_some_and(|(refused, _)| *refused == form)
    }
}

/// `POST …/room`: the heater stands in another room, or in none.
pub(crate) async fn move_to(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, heater)): Path<(String, String)>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &heater)?;
            let refuse = |why: String| {
                let refused = Refused { form: "room", why, body: body.clone() };
                Refused::show(app, visitor, &place, &heater, refused)
            };
            let wanted = field(&body, "room");
            let here = facts.heater.room.as_ref().map_or("", RoomId::as_str);
            if wanted == here {
                return Ok(done(&site, &heater, "room"));
            }
            if field(&body, "seen") != here {
                return refuse(visitor.language.say("heater-refused-stale"));
            }
            let room = place.book().rooms.iter().find(|room| room.id.as_str() == wanted);
            if room.is_none() && !wanted.is_empty() {
                return refuse(visitor.language.say("steps-refused-gone"));
            }
            let mut book = place.book().clone();
            for heater in book.heaters.iter_mut().filter(|heater| heater.id == facts.heater.id) {
                heater.room = room.map(|room| room.id.clone());
            }
            match describe(app, visitor, Some(place.book()), &book)? {
                Ok(()) => Ok(done(&site, &heater, "room")),
                Err(why) => refuse(why),
            }
        })
        .await
}

/// `POST …/revoke`: what opens the door to the heater ends.
pub(crate) async fn revoke(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(at): Path<(String, String)>,
    body: String,
) -> Response {
    when_sure(app, visitor, at, ("revoke", body), |app, (by, saw), place, facts| {
        let (site, heater) = (&place.book().site.id, &facts.heater.id);
        // A form that was made for the device before ends nothing; pressed twice, there is nothing left to end.
        let is_stale = saw != seen(&app.registry.heater_door(site, heater, app.wall())?);
        if is_stale && app.registry.can_bar_heater(site, heater, app.wall())? {
            return Ok(Err("heater-refused-stale"));
        }
        app.registry.bar_heater(site, heater, by, app.wall())?;
        Ok(Ok(done(site.as_str(), heater.as_str(), "revoke")))
    })
    .await
}

/// `POST …/decommission`: the heater leaves the building.
pub(crate) async fn decommission(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(at): Path<(String, String)>,
    body: String,
) -> Response {
    when_sure(app, visitor, at, ("decommission", body), |app, (by, saw), place, facts| {
        let site = &place.book().site.id;
        // It would go on drawing what it may by itself, and nobody would count with it.
        if !facts.silent {
            return Ok(Err("heater-refused-heard"));
        }
        Ok(match app.registry.decommission(site, &facts.heater.id, saw, by, app.wall())? {
            Described::Written => Ok(Page::Go(format!("/sites/{site}/heaters?done=decommission"))),
            Described::EditedMeanwhile => Err("steps-stale"),
            Described::NotHere => Err("building-not-here"),
        })
    })
    .await
}

/// What is done by somebody for a reason, who saw this: the page that follows, or the key of why it is not done.
type Act =
    fn(&App, ((&str, &str), &str), &Place, &HeaterFacts) -> Result<Result<Page, &'static str>, PageError>;

/// Does what cannot be taken back for whoever is sure and says why, or shows the page again with what was typed.
async fn when_sure(
    app: Shared,
    visitor: Visitor,
    (site, heater): (String, String),
    (form, body): (&'static str, String),
    act: Act,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &heater)?;
            let acted = match sure(&body) {
                Ok(reason) => {
                    let saw = field(&body, "seen");
                    act(app, ((&visitor.who.by, &reason), &saw), &place, facts)?
                }
                Err(key) => Err(key),
            };
            match acted {
                Ok(page) => Ok(page),
                Err(key) => {
                    let refused = Refused::new(form, key, visitor.language, body);
                    Refused::show(app, visitor, &place, &heater, refused)
                }
            }
        })
        .await
}

/// The reason of whoever is sure of what cannot be taken back.
fn sure(body: &str) -> Result<String, &'static str> {
    let reason = field(body, "reason").trim().to_owned();
    match () {
        () if reason.is_empty() || reason.chars().any(char::is_control) => Err("heater-refused-reason"),
        () if field(body, "sure") != "1" => Err("heater-refused-sure"),
        () => Ok(reason),
    }
}

fn done(site: &str, heater: &str, form: &str) -> Page {
    Page::Go(format!("/sites/{site}/heaters/{heater}?done={form}#service"))
}
