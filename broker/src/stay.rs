//! What a client's session is apart from its connection: it lives on without one when the client asked for that.

use std::collections::HashSet;
use std::sync::Arc;

use registry::Role;
use vocabulary::CredentialId;

use crate::counters::Counters;
use crate::hub::{Hub, Lane};
use crate::lane::SessionKey;
use crate::mailbox::{Bounds, Mailbox};
use crate::outgoing::Outgoing;
use crate::rules::Rules;
use crate::settings::Limits;
use crate::subscriptions::Subscriptions;

/// A session without a connection, or the part of one that outlives it.
pub(crate) struct Stay {
    pub(crate) id: CredentialId,
    /// The role under which the filters were granted.
    pub(crate) role: Role,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) outgoing: Outgoing,
    /// Ids of QoS 2 messages that were published and not released: they are not published twice.
    pub(crate) unreleased: HashSet<u16>,
}

impl Stay {
    pub(crate) fn new(
        id: CredentialId,
        role: Role,
        rules: &Rules,
        hub: Arc<Hub>,
        limits: &Limits,
        counters: Counters,
    ) -> Self {
        let part = rules.mailbox_divisor();
        let bounds = Bounds { messages: limits.queue_messages / part, bytes: limits.queue_bytes / part };
        let mailbox = Arc::new(Mailbox::new(bounds));
        let key = SessionKey::new();
        let subscriptions = Subscriptions::new(hub, counters, key, Lane::of(&role), mailbox.clone());
        Self { id, role, subscriptions, mailbox, outgoing: Outgoing::default(), unreleased: HashSet::new() }
    }

    /// The credential's role changed: every filter is granted anew.
    pub(crate) async fn change_role(&mut self, role: Role, rules: &Rules) {
        self.subscriptions.change_rules(rules, Lane::of(&role)).await;
        self.role = role;
    }

    /// Forgets what waits for the client; gives how many messages.
    pub(crate) fn forget_messages(&mut self) -> usize {
        self.mailbox.clear() + self.outgoing.forget()
    }
}
