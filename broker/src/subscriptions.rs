//! The filters of one session and what was granted for each. Dropping them takes the session out of its lane, in
//! whatever way it ended.

use std::collections::HashMap;
use std::sync::Arc;

use crate::counters::Count;
use crate::hub::{Hub, Lane};
use crate::lane::{Listener, SessionKey};
use crate::mailbox::Mailbox;
use crate::packet::Qos;
use crate::rules::{Grant, Rules};

pub(crate) struct Subscriptions {
    hub: Arc<Hub>,
    key: SessionKey,
    lane: Lane,
    mailbox: Arc<Mailbox>,
    filters: HashMap<String, (Grant, Qos)>,
}

impl Subscriptions {
    pub(crate) fn new(hub: Arc<Hub>, key: SessionKey, lane: Lane, mailbox: Arc<Mailbox>) -> Self {
        Self { hub, key, lane, mailbox, filters: HashMap::new() }
    }

    /// Adds a filter, or gives one that is there another QoS without interrupting what flows [3.8.4-3]; an error is
    /// what is to be counted. When this is back, what is published will arrive.
    pub(crate) async fn add(&mut self, rules: &Rules, filter: &str, qos: Qos) -> Result<(), Count> {
        if !rules.is_filter(filter) {
            return Err(Count::FilterDeniedMalformed);
        }
        let granted = rules.grant(filter).ok_or(Count::FilterDeniedRole)?;
        // The rules of a session stay: what it was granted for this filter is what it would be granted now.
        if let Some((grant, held)) = self.filters.get_mut(filter) {
            let before = std::mem::replace(held, qos);
            self.hub.change_qos(self.lane, grant, self.key, before, qos);
            return Ok(());
        }
        if self.filters.len() >= rules.max_filters() {
            return Err(Count::FilterDeniedTooMany);
        }
        self.filters.insert(filter.to_owned(), (granted.clone(), qos));
        self.hub.subscribe(self.lane, &granted, &self.listener(qos)).await;
        Ok(())
    }

    /// Takes a filter out; gives whether it was there.
    pub(crate) fn remove(&mut self, filter: &str) -> bool {
        let removed = self.filters.remove(filter);
        if let Some((grant, qos)) = &removed {
            self.hub.unsubscribe(self.lane, grant, self.key, *qos);
        }
        removed.is_some()
    }

    /// Asks for the retained messages below a filter.
    pub(crate) fn replay(&self, filter: &str) {
        if let Some((grant, qos)) = self.filters.get(filter) {
            self.hub.replay(grant, &self.listener(*qos));
        }
    }

    /// Takes every filter out.
    pub(crate) fn clear(&mut self) {
        for (_, (grant, qos)) in self.filters.drain() {
            self.hub.unsubscribe(self.lane, &grant, self.key, qos);
        }
    }

    fn listener(&self, qos: Qos) -> Listener {
        Listener { session: self.key, qos, mailbox: self.mailbox.clone() }
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        self.clear();
    }
}
