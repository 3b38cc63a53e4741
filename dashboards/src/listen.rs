//! The pages' ear: every message of the broker goes onto the board.

use std::time::Duration;

use link::{Event, Inbox, Link, LinkError, Qos};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use vocabulary::{HeaterTopic, RoomTopic, SiteTopic, Topic, TopicKind, filter};

use crate::app::{Shared, blocking};

/// What the pages listen to, over all sites.
fn subscriptions() -> Vec<(String, Qos)> {
    let filters = [
        filter::rooms(RoomTopic::State),
        filter::rooms(RoomTopic::Forecast),
        filter::sites(SiteTopic::State),
        filter::sites(SiteTopic::Work),
        filter::heaters(HeaterTopic::Record),
        filter::heaters(HeaterTopic::Heartbeat),
        filter::heaters(HeaterTopic::Budget),
        filter::heaters(HeaterTopic::Status),
    ];
    // A message that is lost on the way is followed by a newer one: nothing here needs an acknowledgement.
    filters.into_iter().map(|filter| (filter, Qos::AtMostOnce)).collect()
}

/// Whether the broker may keep messages of this topic. A kept heartbeat, budget or record would pass for one that was
/// just sent, and make a heater look alive that is not.
fn may_be_retained(topic: &str) -> bool {
    Topic::parse(topic).is_some_and(|topic| {
        matches!(
            topic.kind,
            TopicKind::Room(_, RoomTopic::State | RoomTopic::Forecast)
                | TopicKind::Site(SiteTopic::State | SiteTopic::Work)
                | TopicKind::Heater(_, HeaterTopic::Status)
        )
    })
}

/// So often the book is looked at: who watches a page while a heater is given to another room has its temperature from there.
const LOOK_AT_BOOK: Duration = Duration::from_secs(10);
/// How many messages may wait; the link drops and counts what comes when it is full.
const INBOX: usize = 4096;

/// Opens the link with what the pages listen to.
pub(crate) fn open(mut settings: link::Settings) -> Result<(Link, Inbox), LinkError> {
    settings.subscriptions = subscriptions();
    settings.inbox = settings.inbox.max(INBOX);
    link::open(settings)
}

/// Listens until asked to stop, or until the link has ended.
pub(crate) async fn run(app: Shared, (link, mut inbox): (Link, Inbox), mut shutdown: watch::Receiver<bool>) {
    let mut look_at_book = tokio::time::interval(LOOK_AT_BOOK);
    look_at_book.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let event = tokio::select! {
            event = inbox.next() => event,
            _ = look_at_book.tick() => {
                // Nobody waits for it: messages go on being heard meanwhile.
                drop(tokio::spawn(look(app.clone())));
                continue;
            }
            // The sender gone means the same as a stop.
            _ = shutdown.wait_for(|stop| *stop) => None,
        };
        match event {
            Some(Event::Up { .. }) => app.board.note_link(true),
            Some(Event::Down { .. }) => app.board.note_link(false),
            Some(Event::Message { topic, retained, .. }) if retained && !may_be_retained(&topic) => {
                tracing::debug!(topic, "a retained message that should not be one was left out");
            }
            Some(Event::Message { topic, payload, .. }) => app.board.hear(&topic, &payload, app.wall()),
            None => break,
        }
    }
    app.board.note_link(false);
    link.close().await;
}

async fn look(app: Shared) {
    if let Err(error) = blocking(&app, |app| app.books().map(drop)).await {
        tracing::debug!(%error, "the book could not be looked at; what was known of it holds");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{HeaterId, RoomId, SiteId};

    #[test]
    fn a_sign_of_life_that_the_broker_kept_is_none() {
        let (site, heater) = (SiteId::new("demo").unwrap(), HeaterId::new("h-101").unwrap());
        let room = RoomId::new("101").unwrap();
        let of_heater = |topic| Topic::heater(&site, &heater, topic).to_string();
        for topic in [HeaterTopic::Heartbeat, HeaterTopic::Budget, HeaterTopic::Record] {
            assert!(!may_be_retained(&of_heater(topic)));
        }
        assert!(may_be_retained(&of_heater(HeaterTopic::Status)));
        assert!(may_be_retained(&Topic::room(&site, &room, RoomTopic::State).to_string()));
        assert!(may_be_retained(&Topic::site(&site, SiteTopic::Work).to_string()));
    }
}
