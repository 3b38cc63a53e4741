//! How many connections there may be, altogether and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::counters::Count;
use crate::settings::Limits;

/// How many are in, altogether and by address.
#[derive(Default)]
pub(crate) struct Crowd {
    all: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One who is in; dropping it makes room.
pub(crate) struct Ticket {
    crowd: Arc<Crowd>,
    address: IpAddr,
}

impl Crowd {
    /// Lets one in, or says what to count.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Result<Ticket, Count> {
        let address = address.to_canonical();
        if self.all.load(Ordering::Relaxed) >= limits.connections {
            return Err(Count::RefusedFull);
        }
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let here = by_address.entry(address).or_default();
        if *here >= limits.connections_per_address {
            return Err(Count::RefusedAddress);
        }
        *here += 1;
        self.all.fetch_add(1, Ordering::Relaxed);
        Ok(Ticket { crowd: self.clone(), address })
    }
}

impl Ticket {
    /// Where its holder comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.crowd.all.fetch_sub(1, Ordering::Relaxed);
        let mut by_address = self.crowd.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_bounded_by_address_and_altogether() {
        let crowd = Arc::new(Crowd::default());
        let limits = Limits { connections: 3, connections_per_address: 2, ..Limits::default() };
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        let enter = |ip| crowd.enter(ip, &limits).map_err(|count| count as usize);
        let (a, _b) = (enter(one).ok().unwrap(), enter(mapped).ok().unwrap());
        assert_eq!(enter(one).err(), Some(Count::RefusedAddress as usize));
        let _c = enter(other).ok().unwrap();
        assert_eq!(enter(other).err(), Some(Count::RefusedFull as usize));
        drop(a);
        assert!(enter(one).is_ok());
    }
}
