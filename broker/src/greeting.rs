//! The first packet of a connection: who is it, and may it come in.

use bytes::BytesMut;
use registry::LiveCredential;
use tokio::io::{AsyncRead, AsyncReadExt};
use tracing::error;
use vocabulary::{CredentialId, Fingerprint};

use crate::clerk::{ANYONE, Clerk, Proof};
use crate::conformance;
use crate::counters::Count;
use crate::crowd::Ticket;
use crate::packet::{self, Connect, Packet, PacketError, Will};
use crate::reply::{self, ConnectCode};
use crate::rules::Rules;
use crate::settings::Limits;

/// The first byte of every MQTT connection.
const CONNECT: u8 = 0x10;

/// Whoever may come in.
pub(crate) struct Guest {
    pub(crate) id: CredentialId,
    pub(crate) credential: LiveCredential,
    pub(crate) will: Option<Will>,
    pub(crate) clean_session: bool,
    pub(crate) keep_alive_s: u16,
    /// The certificate by which it came in, when it was one.
    pub(crate) device: Option<Fingerprint>,
}

/// Why someone may not: what is counted, and what is answered if anything is.
pub(crate) struct Refusal {
    pub(crate) count: Count,
    pub(crate) answer: BytesMut,
}

impl Refusal {
    /// Without a word: what came was no MQTT that could be answered.
    pub(crate) fn silent(count: Count) -> Self {
        Self { count, answer: BytesMut::new() }
    }

    pub(crate) fn with(count: Count, code: ConnectCode) -> Self {
        let mut answer = BytesMut::new();
        reply::connack(&mut answer, code, false);
        Self { count, answer }
    }
}

/// Reads the first packet, lets its sender in and checks it. What was read beyond it stays in `input`. `device` is the
/// certificate that was shown in TLS: it stands in for a secret.
pub(crate) async fn receive(
    stream: &mut (impl AsyncRead + Unpin),
    input: &mut BytesMut,
    ticket: &mut Ticket,
    device: Option<Fingerprint>,
    clerk: &Clerk,
    limits: &Limits,
) -> Result<Guest, Refusal> {
    let connect = loop {
        // Another protocol, or nonsense: its length would be nonsense too, and not worth waiting for.
        if input.first().is_some_and(|first| *first != CONNECT) {
            return Err(Refusal::silent(Count::RefusedMalformed));
        }
        match packet::decode(input, limits.packet_bytes) {
            Ok(Some(Packet::Connect(connect))) => break connect,
            Ok(Some(_)) => return Err(Refusal::silent(Count::RefusedMalformed)),
            Ok(None) => {}
            Err(error) => return Err(unreadable(error)),
        }
        match stream.read_buf(input).await {
            Ok(1..) => ticket.spoke(),
            // Gone before saying anything: a port scan, or a health check.
            Ok(0) | Err(_) => return Err(Refusal::silent(Count::ClosedLost)),
        }
    };
    ticket.come_in(limits).map_err(|count| Refusal::with(count, ConnectCode::Unavailable))?;
    check(connect, device, clerk, limits).await
}

fn unreadable(error: PacketError) -> Refusal {
    match error {
        PacketError::Malformed => Refusal::silent(Count::RefusedMalformed),
        PacketError::Oversized(_) => Refusal::silent(Count::RefusedOversized),
        PacketError::Version(5) => {
            let mut answer = BytesMut::new();
            reply::connack_v5_unsupported(&mut answer);
            Refusal { count: Count::RefusedProtocol, answer }
        }
        PacketError::Version(_) => Refusal::with(Count::RefusedProtocol, ConnectCode::Version),
    }
}

async fn check(
    connect: Connect,
    device: Option<Fingerprint>,
    clerk: &Clerk,
    limits: &Limits,
) -> Result<Guest, Refusal> {
    let id = if clerk.lets_anyone_in() {
        conformance::identity(&connect)
    } else {
        CredentialId::new(&connect.client_id).ok()
    };
    let Some(id) = id else {
        return Err(Refusal::with(Count::RefusedClientId, ConnectCode::ClientId));
    };
    if clerk.lets_anyone_in() {
        let Connect { will, clean_session, keep_alive_s, .. } = connect;
        return Ok(Guest { id, credential: ANYONE, will, clean_session, keep_alive_s, device });
    }
    if connect.user.as_deref().is_some_and(|user| user != id.as_str()) {
        return Err(Refusal::with(Count::RefusedClientId, ConnectCode::ClientId));
    }
    // A secret that is given is judged, whatever certificate comes with it.
    let secret = connect.password.as_deref().map(std::str::from_utf8);
    let (proof, device) = match (secret, device) {
        (Some(Ok(secret)), _) => (Proof::Secret(secret.to_owned()), None),
        (None, Some(certificate)) => (Proof::Certificate(certificate), device),
        (Some(Err(_)), _) | (None, None) => {
            return Err(Refusal::with(Count::RefusedCredential, ConnectCode::NotAuthorised));
        }
    };
    let credential = match clerk.authenticate(&id, proof).await {
        Ok(Some(credential)) => credential,
        Ok(None) => return Err(Refusal::with(Count::RefusedCredential, ConnectCode::Credential)),
        Err(error) => {
            error!(%error, client = %id, "a credential could not be checked");
            return Err(Refusal::with(Count::RefusedUnavailable, ConnectCode::Unavailable));
        }
    };
    if connect.will.as_ref().is_some_and(|will| !may_leave(will, &clerk.rules(&credential.role), limits)) {
        return Err(Refusal::with(Count::RefusedWill, ConnectCode::NotAuthorised));
    }
    let Connect { will, clean_session, keep_alive_s, .. } = connect;
    Ok(Guest { id, credential, will, clean_session, keep_alive_s, device })
}

/// Whether a will may be published: the same rules as for any message.
pub(crate) fn may_leave(will: &Will, rules: &Rules, limits: &Limits) -> bool {
    rules.is_name(&will.topic) && rules.may_publish(&will.topic) && will.payload.len() <= limits.payload_bytes
}
