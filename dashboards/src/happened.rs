//! What happened in a room over a stretch of time: overrides while they were in force, and its alarms and those of its
//! heaters while they lasted.

use registry::{AlarmChange, AlarmDeed, AlarmEntry, AlarmState, AlarmSubject, Override};
use vocabulary::{HeaterId, RoomId, SiteId, Timestamp};

use crate::app::App;

/// More than this at once nobody reads; the newest are kept.
const MOST: usize = 200;
/// Changes of one alarm that are gone back over: as many as the book keeps.
const CHANGES: usize = 500;

/// Something that went on for a while.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Happened {
    pub(crate) from: Timestamp,
    /// `None` while an alarm lasts.
    pub(crate) to: Option<Timestamp>,
    pub(crate) what: What,
}

/// What it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    Override(Override),
    Alarm(AlarmEntry),
}

impl Happened {
    /// Whether it went on at any time of a stretch.
    pub(crate) fn touches(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from < to && self.to.is_none_or(|end| end > from)
    }
}

/// What happened from one instant to another, in the order in which it began. `overrides` are those of the room, each with the
/// end it came to.
///
/// # Errors
/// When the book cannot be read.
pub(crate) fn in_room(
    app: &App,
    (site, room, heaters): (&SiteId, &RoomId, &[HeaterId]),
    overrides: &[Override],
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Happened>, registry::RegistryError> {
    let is_here = |subject: &AlarmSubject| match subject {
        AlarmSubject::Room(of, id) => of == site && id == room,
        AlarmSubject::Heater(of, id) => of == site && heaters.contains(id),
        AlarmSubject::Site(_) | AlarmSubject::Platform => false,
    };
    let mut all: Vec<Happened> = overrides.iter().map(wished).collect();
    for alarm in app.registry.alarms(site)?.iter().filter(|alarm| is_here(&alarm.subject)) {
        let changes = app.registry.alarm_history(alarm.id, CHANGES)?;
        all.extend(lasted(alarm, &changes));
    }
    all.retain(|happened| happened.touches(from, to));
    all.sort_by_key(|happened| happened.from);
    all.drain(..all.len().saturating_sub(MOST));
    Ok(all)
}

fn wished(wish: &Override) -> Happened {
    Happened { from: wish.created_at, to: Some(wish.wish.until), what: What::Override(wish.clone()) }
}

/// The times at which an alarm's cause lasted; of those of which the book has forgotten the beginning, none.
fn lasted(alarm: &AlarmEntry, newest_first: &[AlarmChange]) -> Vec<Happened> {
    let mut began = None;
    let mut times = Vec::new();
    for change in newest_first.iter().rev() {
        match change.deed {
            AlarmDeed::Raised => began = began.or(Some(change.at)),
            AlarmDeed::Returned => times.extend(began.take().map(|from| (from, Some(change.at)))),
            _ => {}
        }
    }
    let lasts = matches!(
        alarm.state,
        AlarmState::Unacknowledged | AlarmState::Acknowledged | AlarmState::ShelvedActive
    );
    times.extend(began.filter(|_| lasts).map(|from| (from, None)));
    let happened = |(from, to)| Happened { from, to, what: What::Alarm(alarm.clone()) };
    times.into_iter().map(happened).collect()
}

#[cfg(test)]
mod tests {
    use registry::{AlarmFinding, AlarmRule};

    use super::*;
    use crate::trial::{NOW, Trial, book};

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn alarms_of_the_room_and_its_heaters_are_told_for_the_time_they_lasted() {
        let trial = Trial::silent(&[book()]);
        let (site, room, heater) = (book().site.id, book().rooms[0].id.clone(), book().heaters[0].id.clone());
        let hour = |n: i64| NOW.plus_ms(n * HOUR_MS);
        let note = |subject: AlarmSubject, rule, is_active, now| {
            let finding = AlarmFinding { subject, rule, is_active, value: None, limit: 1.0, beneath: None };
            trial.app.registry.note_alarms(&[finding], now).unwrap();
        };
        let (of_room, of_heater) = (
            AlarmSubject::Room(site.clone(), room.clone()),
            AlarmSubject::Heater(site.clone(), heater.clone()),
        );
        let elsewhere = AlarmSubject::Room(site.clone(), book().rooms[1].id.clone());
        for (is_active, now) in [(true, -30), (false, -28), (true, -6), (false, -5)] {
            note(of_room.clone(), AlarmRule::RoomCold, is_active, hour(now));
        }
        note(of_heater, AlarmRule::HeaterSilent, true, hour(-2));
        note(elsewhere, AlarmRule::RoomCold, true, hour(-3));
        let here = (&site, &room, std::slice::from_ref(&heater));
        let told = |from| -> Vec<_> {
            let happened = in_room(&trial.app, here, &[], (from, NOW)).unwrap();
            let rule = |what: &What| match what {
                What::Alarm(alarm) => alarm.rule,
                What::Override(_) => panic!("nobody wished for anything"),
            };
            happened.iter().map(|one| (one.from, one.to, rule(&one.what))).collect()
        };
        let newest =
            [(hour(-6), Some(hour(-5)), AlarmRule::RoomCold), (hour(-2), None, AlarmRule::HeaterSilent)];
        assert_eq!(told(hour(-24)), newest);
        assert_eq!(told(hour(-48))[0], (hour(-30), Some(hour(-28)), AlarmRule::RoomCold));
    }
}
