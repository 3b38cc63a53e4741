//! Who reads of the people in a room leaves a line in the audit, which the tenant can see. Without the line nothing is read.
//!
//! That is whoever asks for a history that tells of people or sees when they are expected, and programs that ask what is so now. What the pages of a
//! building show of this moment to those who run it leaves none.

use registry::{Principal, RegistryError};
use vocabulary::{HeaterId, Metric, RetentionClass, RoomId, SiteId};

use crate::api::{ApiError, internal};
use crate::app::App;
use crate::history::{self, Span};
use crate::who::Who;

/// Notes that a room's history is taken along, presence included.
pub(crate) fn export(app: &App, who: &Who, site: &SiteId, room: &RoomId) -> Result<(), RegistryError> {
    note(app, who, site, Some(room), "export")
}

/// Notes that the history of a metric in a room is read, if it tells of people.
pub(crate) fn series_of_room(
    app: &App,
    who: &Who,
    (site, room): (&SiteId, &RoomId),
    metric: &Metric,
) -> Result<(), RegistryError> {
    if tells_of_people(metric) { note(app, who, site, Some(room), "series") } else { Ok(()) }
}

/// The same of a heater: for each room where it stood in that time.
pub(crate) fn series_of_heater(
    app: &App,
    who: &Who,
    (site, heater): (&SiteId, &HeaterId),
    metric: &Metric,
    span: Span,
) -> Result<(), ApiError> {
    if !tells_of_people(metric) {
        return Ok(());
    }
    let rooms = history::rooms_of_heater(&app.store, site, heater, metric, span)
        .map_err(|error| internal(&error.to_string()))?;
    for room in rooms {
        note(app, who, site, Some(&room), "series")?;
    }
    Ok(())
}

/// Notes that somebody is shown when people are expected in a room: it was learned from when they were there.
pub(crate) fn expected(app: &App, who: &Who, site: &SiteId, room: &RoomId) -> Result<(), RegistryError> {
    note(app, who, site, Some(room), "forecast")
}

/// Notes that a report is made of who was there in a room, or in all of them.
pub(crate) fn report(
    app: &App,
    who: &Who,
    site: &SiteId,
    room: Option<&RoomId>,
) -> Result<(), RegistryError> {
    note(app, who, site, room, "report")
}

/// Notes that a program reads what is so now in a room, or in all of them.
pub(crate) fn live(app: &App, who: &Who, site: &SiteId, room: Option<&RoomId>) -> Result<(), RegistryError> {
    if matches!(who.principal, Principal::Token(_)) { note(app, who, site, room, "live") } else { Ok(()) }
}

fn tells_of_people(metric: &Metric) -> bool {
    metric.class() == RetentionClass::People
}

fn note(app: &App, who: &Who, site: &SiteId, room: Option<&RoomId>, how: &str) -> Result<(), RegistryError> {
    app.registry.note_presence_read(site, room, (&who.by, how), app.wall())
}

#[cfg(test)]
mod tests {
    use registry::TenantRoom;
    use store::{Arrival, StoredSample};
    use vocabulary::{BootId, Metric, Quality, Reading, Timestamp};

    use crate::trial::{NOW, Trial, book};

    fn reads(trial: &Trial) -> Vec<(String, String)> {
        let place = TenantRoom { site: book().site.id, room: book().rooms[0].id.clone() };
        let lines = trial.app.registry.presence_reads(&place, Timestamp::from_ms(0), 99).unwrap();
        lines.into_iter().rev().map(|line| (line.who, line.new)).collect()
    }

    #[tokio::test]
    async fn whoever_reads_a_history_of_people_leaves_one_line_an_hour() {
        let trial = Trial::new();
        trial.json("/api/v1/series?room=101&metric=temperature_c").await;
        trial.json("/api/v1/rooms/101").await;
        assert_eq!(reads(&trial), [], "nothing of people, or of this moment on a page");
        for _ in 0..3 {
            trial.json("/api/v1/series?room=101&metric=co2_ppm").await;
            trial.json("/api/v1/export?room=101").await;
        }
        assert_eq!(reads(&trial), [("manager".to_owned(), "series".to_owned())]);
    }

    #[tokio::test]
    async fn a_history_of_people_by_the_name_of_a_heater_is_one_of_the_room_it_stood_in() {
        let trial = Trial::new();
        let of_a_minute_ago = StoredSample {
            ts: NOW.plus_ms(-60_000),
            metric: Metric::Co2Ppm,
            reading: Reading::Value(640.0),
            quality: Quality::Good,
        };
        let record = Arrival {
            site: book().site.id,
            heater: book().heaters[0].id.clone(),
            room: book().heaters[0].room.clone(),
            boot: BootId::from_bits(8),
            bn: 2,
            seq: 1,
            low: 1,
            late: false,
            samples: vec![of_a_minute_ago],
        };
        trial.app.store.write(&[record]).unwrap();
        trial.json("/api/v1/series?heater=h-101&metric=power_w").await;
        assert_eq!(reads(&trial), []);
        let (_, answer) = trial.json("/api/v1/series?heater=h-101&metric=co2_ppm").await;
        assert_eq!(reads(&trial), [("manager".to_owned(), "series".to_owned())], "{answer}");
    }
}
