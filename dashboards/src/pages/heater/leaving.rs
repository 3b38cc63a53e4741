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
    /// Whether it has something that can be revoked.
    pub(crate) can_be_barred: bool,
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
            can_be_barred: matches!(door, HeaterDoor::Certificate { .. } | HeaterDoor::Secret { .. }),
            door: match door {
                _ if facts.heater.simulated => l.say("door-simulated"),
                HeaterDoor::Certificate { until } => at("door-certificate", until),
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
    Path((site, heater)): Path<(String, String)>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &heater)?;
            let reason = match sure(&body) {
                Ok(reason) => reason,
                Err(key) => {
                    let refused = Refused::new("revoke", key, visitor.language, body);
                    return Refused::show(app, visitor, &place, &heater, refused);
                }
            };
            let by = (&*visitor.who.by, reason.as_str());
            app.registry.bar_heater(&place.book().site.id, &facts.heater.id, by, app.wall())?;
            // Pressed twice, there is nothing left to end: the page says what is.
            Ok(done(&site, &heater, "revoke"))
        })
        .await
}

/// `POST …/decommission`: the heater leaves the building.
pub(crate) async fn decommission(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, heater)): Path<(String, String)>,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &heater)?;
            let reason = match sure(&body) {
                Ok(reason) => reason,
                Err(key) => {
                    let refused = Refused::new("decommission", key, visitor.language, body);
                    return Refused::show(app, visitor, &place, &heater, refused);
                }
            };
            let (book, by) = (place.book(), (&*visitor.who.by, reason.as_str()));
            let seen = book.edition();
            let key =
                match app.registry.decommission(&book.site.id, &facts.heater.id, &seen, by, app.wall())? {
                    Described::Written => {
                        return Ok(Page::Go(format!("/sites/{site}/heaters?done=decommission")));
                    }
                    Described::EditedMeanwhile => "steps-stale",
                    Described::NotHere => "building-not-here",
                };
            Refused::show(
                app,
                visitor,
                &place,
                &heater,
                Refused::new("decommission", key, visitor.language, body),
            )
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
