//! What a client's session is apart from its connection: it lives on without one when the client asked for that.

use std::collections::HashSet;
use std::sync::Arc;

use registry::LiveCredential;
use vocabulary::CredentialId;

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
    /// What its client came in by.
    pub(crate) credential: LiveCredential,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) outgoing: Outgoing,
    /// Ids of QoS 2 messages that were published and not released: they are not published twice.
    pub(crate) unreleased: HashSet<u16>,
}

impl Stay {
    pub(crate) fn new(
        id: CredentialId,
        credential: LiveCredential,
        rules: &Rules,
        hub: Arc<Hub>,
        limits: &Limits,
    ) -> Self {
        let part = rules.mailbox_divisor();
        let bounds = Bounds { messages: limits.queue_messages / part, bytes: limits.queue_bytes / part };
        let mailbox = Arc::new(Mailbox::new(bounds));
        let key = SessionKey::new();
        let subscriptions = Subscriptions::new(hub, key, Lane::of(&credential.role), mailbox.clone());
        Self {
            id,
            credential,
            subscriptions,
            mailbox,
            outgoing: Outgoing::default(),
            unreleased: HashSet::new(),
        }
    }
}
