//! Enrolment and renewal: one line of JSON comes over TLS, one goes back, and the connection closes.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use identity::{Answer, Enrolled, IdentityError, MAX_LINE_BYTES, Request, requested_key};
use registry::{EnrolmentError, NewCertificate, Registry, RegistryError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;
use tracing::{error, info, warn};
use vocabulary::{Celsius, EnrolmentSecret, Fingerprint, HeaterId, Network, SiteId, Timestamp, Watts};

use crate::counters::Count;
use crate::door::House;
use crate::tls::Secure;

/// Wrong codes from one address within the time below; then it waits.
const TRIES: u32 = 5;
const TRIES_WITHIN: Duration = Duration::from_secs(3_600);
/// Addresses remembered. When there are more, all wait for the hour to pass: nobody is forgotten to let others guess.
const ADDRESSES: usize = 10_000;
/// A heater that stands in no room has no setback of a room.
const SETBACK: Celsius = Celsius::from_hundredths(1600);

/// Why a device gets no certificate; the device is told.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the line does not read as a request for enrolment of at most {MAX_LINE_BYTES} bytes")]
    Line,
    #[error("too many wrong codes came from this address: wait an hour")]
    Tries,
    #[error("the certificate of this connection is none that holds: enrol this heater again")]
    Held,
    #[error(transparent)]
    Code(#[from] EnrolmentError),
    #[error(transparent)]
    Request(#[from] IdentityError),
}

impl From<RegistryError> for Refusal {
    fn from(error: RegistryError) -> Self {
        Self::Code(error.into())
    }
}

/// Answers one device.
pub(crate) async fn answer(
    house: &House,
    secure: Arc<Secure>,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    held: Option<Fingerprint>,
    address: IpAddr,
) {
    let now = house.clerk.now();
    let request = read(&mut stream).await;
    let judged = match request {
        Some(request) => {
            let judged = move |registry: Registry| judge(&registry, &secure, &request, held, address, now);
            house.clerk.errand(judged).await
        }
        None => Err(Refusal::Line),
    };
    let answer = judged.unwrap_or_else(|refusal| {
        house.counters.add(Count::EnrolmentRefused);
        refused(&refusal, address)
    });
    let mut line = serde_json::to_vec(&answer).expect("an answer has string keys");
    line.push(b'\n');
    // Whoever does not take the answer asks again.
    let _ = async {
        stream.write_all(&line).await?;
        stream.shutdown().await
    }
    .await;
}

/// The line as a request; what follows it is not read.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut line = Vec::with_capacity(2 * 1024);
    let mut limited = stream.take(MAX_LINE_BYTES as u64);
    while !line.contains(&b'\n') {
        if limited.read_buf(&mut line).await.ok()? == 0 {
            return None;
        }
    }
    let end = line.iter().position(|byte| *byte == b'\n')?;
    serde_json::from_slice(&line[..end]).ok()
}

fn refused(refusal: &Refusal, address: IpAddr) -> Answer {
    if let Refusal::Code(EnrolmentError::Registry(error)) = refusal {
        error!(%error, "the registry could not be used for an enrolment");
        return Answer::Refused("the site cannot enrol anyone just now: try again later".to_owned());
    }
    warn!(%address, reason = %refusal, "an enrolment was refused");
    Answer::Refused(refusal.to_string())
}

fn judge(
    registry: &Registry,
    secure: &Secure,
    request: &Request,
    held: Option<Fingerprint>,
    address: IpAddr,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    match request {
        Request::Enrol { site, heater, code, csr } => {
            secure.tries.check(address, Instant::now())?;
            let judged = enrol(registry, secure, site, heater.as_ref(), code, csr, now);
            if matches!(judged, Err(Refusal::Code(EnrolmentError::Wrong))) {
                secure.tries.count(address, Instant::now());
            }
            judged
        }
        Request::Renew { csr } => renew(registry, secure, csr, held.ok_or(Refusal::Held)?, now),
    }
}

fn enrol(
    registry: &Registry,
    secure: &Secure,
    site: &SiteId,
    heater: Option<&HeaterId>,
    code: &str,
    csr: &str,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let secret: EnrolmentSecret = code.parse().map_err(|_| EnrolmentError::Wrong)?;
    let key = requested_key(csr)?;
    let heater = registry.judge_code(site, heater, &secret, &key, now)?;
    // All that could fail comes before the code is used.
    let place = Place::of(registry, site, &heater)?;
    let authority = secure.side.authority();
    let certificate = authority.sign(csr, heater.as_str(), now)?;
    let (fingerprint, not_after) = (certificate.fingerprint, certificate.not_after);
    registry.enrol(site, &heater, &secret, &key, &NewCertificate { fingerprint, not_after }, now)?;
    info!(%site, %heater, until = %not_after.rfc3339(), "a heater was enrolled");
    Ok(Answer::Enrolled(Box::new(Enrolled {
        site: site.clone(),
        heater,
        certificate: certificate.pem,
        authority: authority.pem().to_owned(),
        key: secure.controller_key.to_string(),
        rated_w: place.rated_w,
        fallback_w: place.fallback_w,
        setback_c: place.setback_c,
    })))
}

fn renew(
    registry: &Registry,
    secure: &Secure,
    csr: &str,
    held: Fingerprint,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let id = registry.certificate_owner(&held, now)?.ok_or(Refusal::Held)?;
    let certificate = secure.side.authority().sign(csr, id.as_str(), now)?;
    let (fingerprint, not_after) = (certificate.fingerprint, certificate.not_after);
    if !registry.renew_certificate(&id, &held, &NewCertificate { fingerprint, not_after }, now)? {
        return Err(Refusal::Held);
    }
    info!(client = %id, until = %not_after.rfc3339(), "a certificate was renewed");
    Ok(Answer::Renewed(certificate.pem))
}

/// What the building's book says of a heater.
struct Place {
    rated_w: Watts,
    fallback_w: Watts,
    setback_c: Celsius,
}

impl Place {
    fn of(registry: &Registry, site: &SiteId, heater: &HeaterId) -> Result<Self, Refusal> {
        let book = registry.site_book(site)?;
        let unknown = || EnrolmentError::Unknown(site.clone(), heater.clone());
        let found = book.heaters.iter().find(|h| h.id == *heater).ok_or_else(unknown)?;
        let room = book.rooms.iter().find(|room| found.room.as_ref() == Some(&room.id));
        let setback_c = room.map_or(SETBACK, |room| room.setback_c);
        Ok(Self { rated_w: found.rated_w, fallback_w: found.fallback_w, setback_c })
    }
}

/// Wrong codes by address within the last hour. By the monotonic clock: one that is set forgives nobody.
#[derive(Default)]
pub(crate) struct Tries {
    by_network: Mutex<HashMap<Network, (u32, Instant)>>,
}

impl Tries {
    fn check(&self, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        let mut tries = self.by_network.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|_, (_, since)| now.duration_since(*since) < TRIES_WITHIN);
        let is_full = tries.len() >= ADDRESSES;
        match tries.get(&Network::of(address)) {
            Some((wrong, _)) if *wrong >= TRIES => Err(Refusal::Tries),
            None if is_full => Err(Refusal::Tries),
            _ => Ok(()),
        }
    }

    fn count(&self, address: IpAddr, now: Instant) {
        let mut tries = self.by_network.lock().unwrap_or_else(PoisonError::into_inner);
        tries.entry(Network::of(address)).or_insert((0, now)).0 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_an_hour_after_five_wrong_codes() {
        let tries = Tries::default();
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        for _ in 0..TRIES {
            tries.check(one, at(0)).unwrap();
            tries.count(one, at(0));
        }
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        assert!(tries.check(one, at(1)).is_err() && tries.check(mapped, at(1)).is_err());
        assert!(tries.check(other, at(1)).is_ok());
        let [v6, neighbour] = ["2001:db8::1", "2001:db8::2:3"].map(|ip| ip.parse::<IpAddr>().unwrap());
        (0..TRIES).for_each(|_| tries.count(v6, at(0)));
        assert!(tries.check(neighbour, at(1)).is_err());
        assert!(tries.check(one, begun + TRIES_WITHIN).is_ok());
    }
}
