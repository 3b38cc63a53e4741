//! A client of the bus, for stories: publishes, and waits for what it subscribed to.

use std::time::Duration;

use link::{Event, Inbox, Link, Qos, Settings};
use tokio::runtime::Runtime;
use vocabulary::CredentialId;

use crate::house::PATIENCE;

pub(crate) struct Bus {
    runtime: Runtime,
    link: Link,
    inbox: Inbox,
}

impl Bus {
    pub(crate) fn join(url: &str, id: &str, secret: &str, filters: &[&str]) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut settings = Settings::new(url, CredentialId::new(id).unwrap(), secret);
        for filter in filters {
            settings = settings.subscribe(*filter, Qos::AtLeastOnce);
        }
        let (link, inbox) = runtime.block_on(async { link::open(settings) }).unwrap();
        let mut bus = Self { runtime, link, inbox };
        bus.wait("the connection", |event| matches!(event, Event::Up { .. }).then_some(()));
        bus
    }

    pub(crate) fn publish(&self, topic: &str, payload: &str) {
        let (topic, payload) = (topic.to_owned(), payload.to_owned().into_bytes());
        self.runtime.block_on(self.link.publish(topic, payload, Qos::AtLeastOnce, false)).unwrap();
    }

    /// The next event, if one comes in time.
    pub(crate) fn next_within(&mut self, patience: Duration) -> Option<Event> {
        let next = self.inbox.next();
        self.runtime.block_on(async { tokio::time::timeout(patience, next).await }).ok().flatten()
    }

    /// The first event that is what was waited for.
    pub(crate) fn wait<T>(&mut self, what: &str, mut is_it: impl FnMut(&Event) -> Option<T>) -> T {
        let inbox = &mut self.inbox;
        let found = async {
            while let Some(event) = inbox.next().await {
                if let Some(found) = is_it(&event) {
                    return Some(found);
                }
            }
            None
        };
        let found = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, found).await });
        found.ok().flatten().unwrap_or_else(|| panic!("waited in vain on the bus: {what}"))
    }

    /// The first message whose topic ends so and whose JSON is what was waited for.
    pub(crate) fn wait_json<T>(
        &mut self,
        topic_end: &str,
        mut is_it: impl FnMut(&serde_json::Value) -> Option<T>,
    ) -> T {
        self.wait(topic_end, |event| match event {
            Event::Message { topic, payload, .. } if topic.ends_with(topic_end) => {
                is_it(&serde_json::from_slice(payload).ok()?)
            }
            _ => None,
        })
    }
}
