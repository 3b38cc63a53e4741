//! The pages' ear: every message of the broker goes onto the board.

use link::{Event, Inbox, Link, LinkError, Qos};
use tokio::sync::watch;
use vocabulary::{HeaterTopic, RoomTopic, SiteTopic, filter};

use crate::app::Shared;

/// What the pages listen to, over all sites.
fn subscriptions() -> Vec<(String, Qos)> {
    let filters = [
        filter::rooms(RoomTopic::State),
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
    loop {
        let event = tokio::select! {
            event = inbox.next() => event,
            // The sender gone means the same as a stop.
            _ = shutdown.wait_for(|stop| *stop) => None,
        };
        match event {
            Some(Event::Up { .. }) => app.board.note_link(true),
            Some(Event::Down { .. }) => app.board.note_link(false),
            Some(Event::Message { topic, payload, .. }) => app.board.hear(&topic, &payload, app.wall()),
            None => break,
        }
    }
    app.board.note_link(false);
    link.close().await;
}
