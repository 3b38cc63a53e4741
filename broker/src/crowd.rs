//! How many connections there may be: before the door, where nobody has said who he is, and inside.
//!
//! ```text
//! accepted ──> outside (few; one goes for each that comes too many) ──CONNECT──> inside (many; then none comes in)
//! ```

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use vocabulary::Network;

use crate::counters::Count;
use crate::settings::Limits;

/// Everybody who is connected.
#[derive(Default)]
pub(crate) struct Crowd(Mutex<People>);

#[derive(Default)]
struct People {
    /// In the order in which they came.
    outside: BTreeMap<u64, Stranger>,
    outside_by_network: HashMap<Network, usize>,
    inside: usize,
    inside_by_network: HashMap<Network, usize>,
    last_number: u64,
}

struct Stranger {
    network: Network,
    has_spoken: bool,
    /// Dropped when somebody else needs the place.
    keeps_the_place: oneshot::Sender<Infallible>,
}

/// One who is connected; dropping it makes room.
pub(crate) struct Ticket {
    crowd: Arc<Crowd>,
    address: IpAddr,
    /// The number of its place outside.
    number: u64,
    /// Once its holder is inside, and cannot be put out any more.
    inside: Option<oneshot::Sender<Infallible>>,
}

/// Resolves when the place outside is given to somebody else.
pub(crate) struct PutOut(oneshot::Receiver<Infallible>);

impl PutOut {
    pub(crate) async fn told(&mut self) {
        let _ = (&mut self.0).await;
    }
}

impl Crowd {
    /// Gives one a place outside, and takes it from another when there are too many.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> (Ticket, PutOut) {
        let (keep, kept) = oneshot::channel();
        let network = Network::of(address);
        let mut people = self.lock();
        if people.outside.len() >= limits.strangers {
            people.put_one_out();
        }
        people.last_number += 1;
        let number = people.last_number;
        people.outside.insert(number, Stranger { network, has_spoken: false, keeps_the_place: keep });
        *people.outside_by_network.entry(network).or_default() += 1;
        drop(people);
        let address = address.to_canonical();
        (Ticket { crowd: self.clone(), address, number, inside: None }, PutOut(kept))
    }

    fn lock(&self) -> MutexGuard<'_, People> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Where its holder comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// Its holder has said something, if not yet everything.
    pub(crate) fn spoke(&self) {
        if let Some(stranger) = self.crowd.lock().outside.get_mut(&self.number) {
            stranger.has_spoken = true;
        }
    }

    /// Its holder has said who he is and comes in; an error is what to count.
    pub(crate) fn come_in(&mut self, limits: &Limits) -> Result<(), Count> {
        let network = Network::of(self.address);
        let mut people = self.crowd.lock();
        let stranger = people.leave_outside(self.number).ok_or(Count::RefusedCrowded)?;
        if people.inside >= limits.connections {
            return Err(Count::RefusedFull);
        }
        let here = people.inside_by_network.entry(network).or_default();
        if *here >= limits.connections_per_address {
            return Err(Count::RefusedAddress);
        }
        *here += 1;
        people.inside += 1;
        drop(people);
        self.inside = Some(stranger.keeps_the_place);
        Ok(())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut people = self.crowd.lock();
        if self.inside.is_some() {
            people.inside -= 1;
            one_less(&mut people.inside_by_network, Network::of(self.address));
        } else {
            people.leave_outside(self.number);
        }
    }
}

impl People {
    /// Of the network with the most outside: the oldest that is silent, or the oldest.
    fn put_one_out(&mut self) {
        let most = self.outside_by_network.iter().max_by_key(|(network, many)| (**many, **network));
        let Some(network) = most.map(|(network, _)| *network) else { return };
        let mut theirs = self.outside.iter().filter(|(_, stranger)| stranger.network == network);
        let oldest = theirs.clone().next();
        let goes = theirs.find(|(_, stranger)| !stranger.has_spoken).or(oldest).map(|(number, _)| *number);
        if let Some(number) = goes {
            self.leave_outside(number);
        }
    }

    /// Gives who it was, if it was there.
    fn leave_outside(&mut self, number: u64) -> Option<Stranger> {
        let stranger = self.outside.remove(&number)?;
        one_less(&mut self.outside_by_network, stranger.network);
        Some(stranger)
    }
}

fn one_less(by_network: &mut HashMap<Network, usize>, network: Network) {
    if let Some(here) = by_network.get_mut(&network) {
        *here -= 1;
        if *here == 0 {
            by_network.remove(&network);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn limits() -> Limits {
        Limits { connections: 3, connections_per_address: 2, strangers: 4, ..Limits::default() }
    }

    /// Somebody from one of a few networks.
    fn comes(crowd: &Arc<Crowd>, network: u8) -> (Ticket, PutOut) {
        crowd.enter(IpAddr::from([10, 0, 0, network]), &limits())
    }

    fn is_out(put_out: &mut PutOut) -> bool {
        put_out.told().now_or_never().is_some()
    }

    #[test]
    fn inside_a_crowd_is_bounded_by_network_and_altogether() {
        let crowd = Arc::new(Crowd::default());
        let come_in = |network| {
            let (mut ticket, _) = comes(&crowd, network);
            ticket.come_in(&limits()).map(|()| ticket)
        };
        let (a, _b) = (come_in(1).ok().unwrap(), come_in(1).ok().unwrap());
        assert_eq!(come_in(1).err(), Some(Count::RefusedAddress));
        let _c = come_in(2).ok().unwrap();
        assert_eq!(come_in(2).err(), Some(Count::RefusedFull));
        drop(a);
        assert!(come_in(1).is_ok());
        assert!(crowd.lock().outside.is_empty() && crowd.lock().outside_by_network.is_empty());
    }

    #[test]
    fn outside_the_oldest_silent_one_of_the_largest_network_makes_room() {
        let crowd = Arc::new(Crowd::default());
        let mut others: Vec<_> = [2, 1, 1, 1].map(|network| comes(&crowd, network)).into();
        others[1].0.spoke();
        let (mut heater, mut heater_out) = comes(&crowd, 3);
        let out: Vec<_> = others.iter_mut().map(|(_, out)| is_out(out)).collect();
        assert_eq!(out, [false, false, true, false]);
        assert_eq!(others[2].0.come_in(&limits()), Err(Count::RefusedCrowded));
        // Where none is silent it is the oldest.
        others[3].0.spoke();
        let _another = comes(&crowd, 4);
        assert!(is_out(&mut others[1].1) && !is_out(&mut others[3].1));
        assert_eq!(heater.come_in(&limits()), Ok(()));
        assert!(!is_out(&mut heater_out), "whoever is inside stays");
        drop(others);
        assert_eq!(crowd.lock().outside.len(), 1);
    }
}
