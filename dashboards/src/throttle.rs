//! Guessing passwords gets slower with every failure: per address, and per name from each address.
//!
//! A name as such is never locked: its owner can still come from another address, however long somebody else has been
//! guessing. While a name is being guessed from many addresses, each of them has one free try at it instead of several.

use std::collections::HashMap;
use std::net::IpAddr;

use registry::PersonName;
use tokio::time::Instant;
use vocabulary::Network;

/// Tries at one name from one address before the first wait.
const FREE_PAIR: u32 = 3;
/// The same while the name is being guessed from everywhere.
const FREE_UNDER_SIEGE: u32 = 1;
/// Failures at one name, from anywhere, that count as a siege.
const SIEGE: u32 = 20;
/// Tries from one address, at any names, before the first wait: a family or an office may share one.
const FREE_ADDRESS: u32 = 10;
/// The first wait; each further failure doubles it.
const FIRST_WAIT_MS: i64 = 1_000;
/// No wait is longer.
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
/// Failures older than this are forgotten.
const KEPT_MS: i64 = 60 * 60_000;
/// More entries than this are not kept; the one that was quiet for longest is forgotten.
const MOST: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Network(Network),
    Pair(PersonName, Network),
    Name(PersonName),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// What failed lately.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    failures: HashMap<Key, Failures>,
}

impl Throttle {
    /// Whether a try may be made now; if not, after how many milliseconds. A try that may be made counts as failed
    /// until [`Throttle::succeed`] says otherwise, so that many at once are not all free.
    pub(crate) fn begin(&mut self, name: &PersonName, address: IpAddr, now: Instant) -> Result<(), i64> {
        let network = Network::of(address);
        let siege = self.count(&Key::Name(name.clone()), now) >= SIEGE;
        let free = if siege { FREE_UNDER_SIEGE } else { FREE_PAIR };
        let waits = [
            self.wait_ms(&Key::Pair(name.clone(), network), free, now),
            self.wait_ms(&Key::Network(network), FREE_ADDRESS, now),
        ];
        let wait_ms = waits.into_iter().max().unwrap_or(0);
        if wait_ms > 0 {
            return Err(wait_ms);
        }
        for key in [Key::Pair(name.clone(), network), Key::Network(network), Key::Name(name.clone())] {
            self.note(key, now);
        }
        Ok(())
    }

    /// The try was a good one: what failed before it from this address at this name is forgotten, and the try itself.
    pub(crate) fn succeed(&mut self, name: &PersonName, address: IpAddr) {
        let network = Network::of(address);
        self.failures.remove(&Key::Pair(name.clone(), network));
        for key in [Key::Network(network), Key::Name(name.clone())] {
            if let Some(failures) = self.failures.get_mut(&key) {
                failures.count = failures.count.saturating_sub(1);
            }
        }
    }

    fn count(&self, key: &Key, now: Instant) -> u32 {
        let recent = self.failures.get(key).filter(|failures| elapsed_ms(failures.last, now) < KEPT_MS);
        recent.map_or(0, |failures| failures.count)
    }

    fn wait_ms(&self, key: &Key, free: u32, now: Instant) -> i64 {
        let doublings = match self.count(key, now).checked_sub(free) {
            Some(over) => over.min(20),
            None => return 0,
        };
        let wait_ms = (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS);
        self.failures.get(key).map_or(0, |failures| wait_ms - elapsed_ms(failures.last, now))
    }

    fn note(&mut self, key: Key, now: Instant) {
        let count = self.count(&key, now).saturating_add(1);
        if self.failures.len() >= MOST && !self.failures.contains_key(&key) {
            self.forget_quietest();
        }
        self.failures.insert(key, Failures { count, last: now });
    }

    fn forget_quietest(&mut self) {
        let quietest = self.failures.iter().min_by_key(|(_, failures)| failures.last);
        if let Some(key) = quietest.map(|(key, _)| key.clone()) {
            self.failures.remove(&key);
        }
    }
}

fn elapsed_ms(since: Instant, now: Instant) -> i64 {
    i64::try_from(now.duration_since(since).as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::time::Duration;

    use super::*;

    fn anna() -> PersonName {
        PersonName::new("anna").unwrap()
    }

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n))
    }

    /// The same for a whole test.
    fn now() -> Instant {
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        *BEGUN
    }

    fn ms(ms: i64) -> Duration {
        Duration::from_millis(ms.unsigned_abs())
    }

    /// Tries as soon as it may, `tries` times; gives how long that took.
    fn guess(throttle: &mut Throttle, name: &PersonName, address: IpAddr, tries: u32) -> i64 {
        let begun = now();
        let mut at = begun;
        for _ in 0..tries {
            while let Err(wait_ms) = throttle.begin(name, address, at) {
                at += ms(wait_ms);
            }
        }
        elapsed_ms(begun, at)
    }

    #[test]
    fn waits_grow_from_a_second_to_a_quarter_of_an_hour() {
        let waits: Vec<i64> =
            (1..=16).map(|tries| guess(&mut Throttle::default(), &anna(), address(1), tries)).collect();
        assert_eq!(waits[..6], [0, 0, 0, 1_000, 3_000, 7_000]);
        assert_eq!(waits[15] - waits[14], LONGEST_WAIT_MS);
    }

    #[test]
    fn a_locked_out_owner_comes_in_from_another_address() {
        let mut throttle = Throttle::default();
        guess(&mut throttle, &anna(), address(1), 12);
        let now = now() + ms(5 * 60_000);
        assert!(throttle.begin(&anna(), address(1), now).is_err());
        assert!(throttle.begin(&anna(), address(2), now).is_ok());
        throttle.succeed(&anna(), address(2));
        assert!(throttle.begin(&anna(), address(1), now).is_err(), "the guesser gains nothing by it");
    }

    #[test]
    fn many_names_from_one_address_are_slow_too() {
        let mut throttle = Throttle::default();
        for n in 0..10 {
            assert!(throttle.begin(&PersonName::new(&format!("n{n}")).unwrap(), address(1), now()).is_ok());
        }
        assert!(throttle.begin(&anna(), address(1), now()).is_err());
    }

    #[test]
    fn a_name_that_many_guess_leaves_each_of_them_one_free_try() {
        let mut throttle = Throttle::default();
        for n in 0..20 {
            throttle.begin(&anna(), address(n), now()).unwrap();
        }
        assert!(throttle.begin(&anna(), address(99), now()).is_ok());
        assert_eq!(throttle.begin(&anna(), address(99), now()), Err(FIRST_WAIT_MS));
    }

    #[test]
    fn a_good_try_counts_for_nothing_and_an_hour_forgets() {
        let mut throttle = Throttle::default();
        for _ in 0..100 {
            throttle.begin(&anna(), address(1), now()).unwrap();
            throttle.succeed(&anna(), address(1));
        }
        guess(&mut throttle, &anna(), address(1), 4);
        assert!(throttle.begin(&anna(), address(1), now() + ms(KEPT_MS + 1_000)).is_ok());
    }

    #[test]
    fn a_million_addresses_take_no_more_memory_than_a_few_thousand_and_neighbours_in_ipv6_are_one() {
        let mut throttle = Throttle::default();
        for n in 0..20_000 {
            let name = PersonName::new(&format!("n{n}")).unwrap();
            throttle.begin(&name, address(n), now() + ms(i64::from(n))).unwrap();
            assert!(throttle.failures.len() <= MOST);
        }
        let mut throttle = Throttle::default();
        for n in 0..3 {
            throttle.begin(&anna(), format!("2001:db8::{n}").parse().unwrap(), now()).unwrap();
        }
        assert!(throttle.begin(&anna(), "2001:db8::ffff".parse().unwrap(), now()).is_err());
    }
}
