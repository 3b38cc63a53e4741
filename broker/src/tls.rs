//! The listener with TLS: each handshake in its own task and in its own time, then MQTT or enrolment.

use std::sync::Arc;
use std::time::Duration;

use identity::{Accepted, Protocol, ServerSide};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tracing::debug;
use vocabulary::SitePublicKey;

use crate::counters::Count;
use crate::crowd::{PutOut, Ticket};
use crate::door::{House, asked, greet};
use crate::enrolment::{self, Tries};

/// What a handshake may take. What it leaves of `Limits::connect_time` is left for the CONNECT.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// What the TLS listener needs beside the house.
pub(crate) struct Secure {
    pub(crate) side: ServerSide,
    pub(crate) controller_key: SitePublicKey,
    pub(crate) tries: Tries,
}

/// One connection to the TLS listener, from the first byte to the last.
pub(crate) async fn welcome(
    house: Arc<House>,
    secure: Arc<Secure>,
    stream: TcpStream,
    (ticket, mut put_out): (Ticket, PutOut),
    mut stop: watch::Receiver<bool>,
) {
    // Small packets must not wait for one another; without it the connection still works.
    let _ = stream.set_nodelay(true);
    let now = Instant::now();
    let by = now + house.limits.connect_time;
    let shake = async {
        // An error shows again in the handshake.
        let _ = stream.peek(&mut [0]).await;
        ticket.spoke();
        secure.side.accept(stream).await
    };
    let shaken = tokio::select! {
        shaken = timeout_at(by.min(now + HANDSHAKE_LIMIT), shake) => shaken,
        () = put_out.told() => return house.counters.add(Count::RefusedCrowded),
        () = asked(&mut stop) => return,
    };
    let Accepted { stream, protocol, device } = match shaken {
        Ok(Ok(accepted)) => accepted,
        Ok(Err(error)) => {
            debug!(address = %ticket.address(), %error, "a TLS handshake failed");
            return house.counters.add(Count::RefusedTls);
        }
        Err(_) => return house.counters.add(Count::RefusedSlow),
    };
    match protocol {
        Protocol::Mqtt => greet(house, stream, (ticket, put_out), device, by, stop).await,
        Protocol::Enrolment => {
            let answered = enrolment::answer(&house, secure, stream, device, ticket.address());
            tokio::select! {
                answered = timeout_at(by, answered) => {
                    if answered.is_err() {
                        house.counters.add(Count::RefusedSlow);
                    }
                }
                () = put_out.told() => house.counters.add(Count::RefusedCrowded),
                () = asked(&mut stop) => {}
            }
        }
    }
}
