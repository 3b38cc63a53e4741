//! The ledger of leases: what every heater may still be drawing, so that the sum stays under the cap whatever gets lost.
//!
//! A lower grant does not cancel a higher one until the heater has reported it or the higher one has ended. So each
//! heater counts at the most that any grant still alive allows, and never below its fall-back, which it may take by
//! itself. One that has not reported this epoch counts at rated power until it has been silent for 310 s: a run before
//! ours may have granted it that. Shrinking leases go out before growing ones, and a growing one gets only the room
//! that is really free.

use std::collections::BTreeMap;

use vocabulary::{BootId, Budget, Celsius, Heartbeat, HeaterId, Watts};

/// The longest lease and ten seconds: what a run before ours may have granted has ended by then.
const FOREIGN_GRANTS_END_MS: u64 = 310_000;
/// A heater is answered while its newest heartbeat is not older than this: three were missed.
const ANSWER_WITHIN_MS: u64 = 35_000;

/// What a heater is to be granted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The heater.
    pub heater: HeaterId,
    /// Heat to be made.
    pub heat_w: Watts,
    /// Never to be passed.
    pub watts: Watts,
    /// The room's setpoint.
    pub setpoint_c: Celsius,
    /// Where the heater stops.
    pub hi_c: Celsius,
}

#[derive(Debug, Clone)]
struct Grant {
    seq: u64,
    watts: Watts,
    ends_ms: u64,
}

#[derive(Debug, Clone)]
struct Account {
    rated_w: Watts,
    fallback_w: Watts,
    /// Whether the heater can be switched; unknown counts as yes.
    controllable: bool,
    drawn_w: u32,
    /// `(boot, n, heard)` of the newest heartbeat.
    heartbeat: Option<(BootId, u64, u64)>,
    reported_this_epoch: bool,
    grants: Vec<Grant>,
    /// Indices of the circuits above it.
    circuits: Vec<usize>,
}

/// What may still be granted below each cap, watts.
struct Free {
    site_w: f64,
    circuits_w: Vec<f64>,
}

impl Free {
    /// The least of what is free above a heater on these circuits.
    fn below(&self, circuits: &[usize]) -> f64 {
        circuits.iter().map(|&circuit| self.circuits_w[circuit]).fold(self.site_w, f64::min)
    }

    fn take(&mut self, circuits: &[usize], watts: f64) {
        self.site_w -= watts;
        circuits.iter().for_each(|&circuit| self.circuits_w[circuit] -= watts);
    }
}

/// The ledger of one controller run. Time is the controller's own monotonic clock.
pub struct Grants {
    epoch: u64,
    seq: u64,
    started_ms: u64,
    ttl_s: u32,
    accounts: BTreeMap<HeaterId, Account>,
    /// What the heaters below each circuit may draw together, watts.
    circuits_w: Vec<f64>,
    foreign_epochs: u64,
}

impl Grants {
    /// An empty ledger of the run `epoch`, whose leases last `ttl_s`.
    #[must_use]
    pub fn new(epoch: u64, ttl_s: u32, now_ms: u64) -> Self {
        Self {
            epoch,
            seq: 0,
            started_ms: now_ms,
            ttl_s,
            accounts: BTreeMap::new(),
            circuits_w: Vec::new(),
            foreign_epochs: 0,
        }
    }

    /// Which heaters there are, with `(rated, fall-back)`. Accounts of heaters that remain are kept.
    pub fn set_heaters<'a>(&mut self, heaters: impl Iterator<Item = (&'a HeaterId, Watts, Watts)>) {
        let mut before = std::mem::take(&mut self.accounts);
        for (heater, rated_w, fallback_w) in heaters {
            let known = before.remove(heater);
            let account = known.map_or_else(
                || Account {
                    rated_w,
                    fallback_w,
                    controllable: true,
                    drawn_w: 0,
                    heartbeat: None,
                    reported_this_epoch: false,
                    grants: Vec::new(),
                    circuits: Vec::new(),
                },
                |known| Account { rated_w, fallback_w, ..known },
            );
            self.accounts.insert(heater.clone(), account);
        }
    }

    /// Which circuits there are: what the heaters below each may draw together, watts, and which those are.
    pub fn set_circuits<'a, I>(&mut self, circuits: impl Iterator<Item = (f64, I)>)
    where
        I: Iterator<Item = &'a HeaterId>,
    {
        self.circuits_w.clear();
        self.accounts.values_mut().for_each(|account| account.circuits.clear());
        for (index, (free_w, heaters)) in circuits.enumerate() {
            self.circuits_w.push(free_w);
            for heater in heaters {
                if let Some(account) = self.accounts.get_mut(heater) {
                    account.circuits.push(index);
                }
            }
        }
    }

    /// Hears a heartbeat: what the heater has accepted cancels the grants before it.
    pub fn hear(&mut self, heater: &HeaterId, heartbeat: &Heartbeat, now_ms: u64) {
        let epoch = self.epoch;
        let Some(account) = self.accounts.get_mut(heater) else { return };
        account.controllable = heartbeat.controllable;
        account.drawn_w = heartbeat.drawn_w;
        account.heartbeat = Some((heartbeat.boot, heartbeat.n, now_ms));
        if heartbeat.epoch == epoch {
            account.reported_this_epoch = true;
            account.grants.retain(|grant| grant.seq >= heartbeat.seq);
        } else if heartbeat.epoch > epoch {
            self.foreign_epochs += 1;
        }
    }

    /// Heartbeats that told of an epoch newer than ours: another controller is at work.
    #[must_use]
    pub fn foreign_epochs(&self) -> u64 {
        self.foreign_epochs
    }

    /// What the heater counts under a cap right now, watts.
    #[must_use]
    pub fn counted_w(&self, heater: &HeaterId, now_ms: u64) -> f64 {
        self.accounts.get(heater).map_or(0.0, |account| self.counted(account, now_ms))
    }

    /// Whether the heater can be granted anything: it can be switched and was heard lately.
    #[must_use]
    pub fn answerable(&self, heater: &HeaterId, now_ms: u64) -> bool {
        self.accounts.get(heater).is_some_and(|account| is_answerable(account, now_ms))
    }

    /// What all heaters may draw by themselves, with the uncontrolled ones at what they draw.
    #[must_use]
    pub fn fallback_sum_w(&self) -> f64 {
        self.accounts.values().map(own_right_w).sum()
    }

    /// Issues leases for the wishes: shrinking ones first, then growing ones into what is free below `cap_w` and below
    /// every circuit above the heater.
    /// Wishes of heaters that cannot be answered are passed over.
    pub fn issue(&mut self, wishes: &[Wish], cap_w: Option<Watts>, now_ms: u64) -> Vec<Budget> {
        let mut budgets = Vec::with_capacity(wishes.len());
        let (growing, shrinking): (Vec<&Wish>, Vec<&Wish>) = wishes
            .iter()
            .filter(|wish| self.answerable(&wish.heater, now_ms))
            .partition(|wish| wish.watts.real() > self.counted_w(&wish.heater, now_ms));
        for wish in shrinking {
            budgets.extend(self.grant(wish, wish.watts, now_ms));
        }
        let mut free = self.free(cap_w, now_ms);
        for wish in growing {
            let circuits =
                self.accounts.get(&wish.heater).map_or_else(Vec::new, |account| account.circuits.clone());
            let counted_w = self.counted_w(&wish.heater, now_ms);
            let room_w = free.below(&circuits).max(0.0);
            let watts = Watts::floor((counted_w + room_w).min(wish.watts.real()));
            free.take(&circuits, (watts.real() - counted_w).max(0.0));
            budgets.extend(self.grant(wish, watts, now_ms));
        }
        budgets
    }

    /// What is left below the site's cap and below each circuit's, with every heater counted.
    fn free(&self, cap_w: Option<Watts>, now_ms: u64) -> Free {
        let site_w = cap_w.map_or(f64::INFINITY, Watts::real);
        let mut free = Free { site_w, circuits_w: self.circuits_w.clone() };
        for account in self.accounts.values() {
            free.take(&account.circuits, self.counted(account, now_ms));
        }
        free
    }

    fn grant(&mut self, wish: &Wish, watts: Watts, now_ms: u64) -> Option<Budget> {
        let account = self.accounts.get_mut(&wish.heater)?;
        let (boot, n, heard_ms) = account.heartbeat?;
        self.seq += 1;
        let watts = watts.min(account.rated_w);
        // The heater counts from when it sent heartbeat n, which was before we heard it.
        let ends_ms = heard_ms + u64::from(self.ttl_s) * 1000;
        account.grants.retain(|grant| grant.ends_ms > now_ms);
        account.grants.push(Grant { seq: self.seq, watts, ends_ms });
        Some(Budget {
            heater: wish.heater.clone(),
            boot,
            n,
            epoch: self.epoch,
            seq: self.seq,
            watts,
            heat_w: wish.heat_w.min(watts),
            setpoint_c: wish.setpoint_c,
            hi_c: wish.hi_c,
            ttl_s: self.ttl_s,
        })
    }

    fn counted(&self, account: &Account, now_ms: u64) -> f64 {
        if !account.controllable {
            return own_right_w(account);
        }
        let silent_since = account.heartbeat.map_or(self.started_ms, |(_, _, heard_ms)| heard_ms);
        let foreign_may_live = now_ms.saturating_sub(silent_since) < FOREIGN_GRANTS_END_MS;
        if !account.reported_this_epoch && foreign_may_live {
            return account.rated_w.real();
        }
        let granted = account.grants.iter().filter(|grant| grant.ends_ms > now_ms).map(|grant| grant.watts);
        granted.max().unwrap_or(Watts::ZERO).max(account.fallback_w).real()
    }
}

fn is_answerable(account: &Account, now_ms: u64) -> bool {
    let heard =
        account.heartbeat.is_some_and(|(_, _, heard_ms)| now_ms.saturating_sub(heard_ms) <= ANSWER_WITHIN_MS);
    account.controllable && heard
}

/// What a heater takes without being granted anything.
fn own_right_w(account: &Account) -> f64 {
    if account.controllable { account.fallback_w.real() } else { f64::from(account.drawn_w) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::Mode;

    fn id(n: u32) -> HeaterId {
        HeaterId::new(&format!("h-{n}")).unwrap()
    }

    fn watts(whole: u32) -> Watts {
        Watts::new(whole).unwrap()
    }

    fn ledger(heaters: u32) -> Grants {
        let mut grants = Grants::new(5, 60, 0);
        let ids: Vec<HeaterId> = (0..heaters).map(id).collect();
        grants.set_heaters(ids.iter().map(|id| (id, watts(1000), watts(200))));
        grants
    }

    fn heartbeat(n: u64, epoch: u64, seq: u64) -> Heartbeat {
        Heartbeat {
            boot: BootId::from_bits(1),
            n,
            mono_ms: 0,
            epoch,
            seq,
            budget_w: 0,
            drawn_w: 40,
            lease_left_s: 0,
            mode: Mode::Leased,
            wanted_w: 0,
            controllable: true,
            alarms: vec![],
        }
    }

    fn wish(heater: u32, power: u32) -> Wish {
        let setpoint_c = Celsius::from_hundredths(2000);
        Wish { heater: id(heater), heat_w: watts(power), watts: watts(power), setpoint_c, hi_c: setpoint_c }
    }

    fn granted(budgets: &[Budget]) -> Vec<(String, u32)> {
        budgets.iter().map(|b| (b.heater.to_string(), b.watts.whole())).collect()
    }

    #[test]
    fn a_heater_that_has_not_reported_counts_at_rated_power_until_it_has_been_silent_long_enough() {
        let grants = ledger(1);
        assert_eq!(grants.counted_w(&id(0), 309_999), 1000.0);
        assert_eq!(grants.counted_w(&id(0), 310_000), 200.0);
    }

    #[test]
    fn a_heater_without_a_heartbeat_is_granted_nothing() {
        assert!(ledger(1).issue(&[wish(0, 300)], None, 1).is_empty());
    }

    #[test]
    fn a_lower_grant_counts_only_when_it_was_reported_or_the_higher_has_ended() {
        let mut grants = ledger(1);
        grants.hear(&id(0), &heartbeat(1, 0, 0), 0);
        let first = grants.issue(&[wish(0, 900)], None, 10).remove(0);
        grants.hear(&id(0), &heartbeat(2, 5, first.seq), 10_000);
        let second = grants.issue(&[wish(0, 300)], None, 10_010).remove(0);
        assert_eq!(grants.counted_w(&id(0), 10_020), 900.0);
        let mut unreported = Grants { accounts: grants.accounts.clone(), ..ledger(1) };
        grants.hear(&id(0), &heartbeat(3, 5, second.seq), 20_000);
        assert_eq!(grants.counted_w(&id(0), 20_010), 300.0);
        // Heartbeat 1 was heard at 0 s: the higher grant has ended at 60 s, reported or not.
        unreported.set_heaters([(&id(0), watts(1000), watts(200))].into_iter());
        assert_eq!(unreported.counted_w(&id(0), 59_999), 900.0);
        assert_eq!(unreported.counted_w(&id(0), 60_000), 300.0);
    }

    #[test]
    fn shrinking_goes_first_and_growing_waits_until_the_room_is_really_free() {
        let mut grants = ledger(2);
        for heater in 0..2 {
            grants.hear(&id(heater), &heartbeat(1, 5, 0), 0);
        }
        let cap = Some(watts(1200));
        let start = grants.issue(&[wish(0, 1000), wish(1, 200)], cap, 10);
        assert_eq!(granted(&start), [("h-1".to_owned(), 200), ("h-0".to_owned(), 1000)]);
        for budget in &start {
            grants.hear(&budget.heater, &heartbeat(2, 5, budget.seq), 10_000);
        }
        let swap = grants.issue(&[wish(0, 200), wish(1, 1000)], cap, 10_010);
        assert_eq!(granted(&swap), [("h-0".to_owned(), 200), ("h-1".to_owned(), 200)]);
        grants.hear(&id(0), &heartbeat(3, 5, swap[0].seq), 20_000);
        grants.hear(&id(1), &heartbeat(3, 5, swap[1].seq), 20_000);
        let after = grants.issue(&[wish(0, 200), wish(1, 1000)], cap, 20_010);
        assert_eq!(granted(&after), [("h-0".to_owned(), 200), ("h-1".to_owned(), 1000)]);
    }

    #[test]
    fn a_circuit_is_never_granted_more_than_its_cap_and_the_others_get_theirs() {
        let mut grants = ledger(3);
        let ids = [id(0), id(1), id(2)];
        // The first two heaters on a circuit of 900 W, all three under one of 1,500 W.
        grants.set_circuits([(900.0, ids[..2].iter()), (1_500.0, ids.iter())].into_iter());
        for heater in 0..3 {
            grants.hear(&id(heater), &heartbeat(1, 5, 0), 0);
        }
        let wishes = [wish(0, 1000), wish(1, 1000), wish(2, 1000)];
        let first = grants.issue(&wishes, None, 10);
        // Each counts at its fall-back of 200 W: 500 W are free on the circuit, of which the first takes all.
        assert_eq!(
            granted(&first),
            [("h-0".to_owned(), 700), ("h-1".to_owned(), 200), ("h-2".to_owned(), 600)]
        );
        let capped = grants.issue(&wishes, Some(watts(600)), 20);
        assert_eq!(
            granted(&capped).iter().map(|(_, watts)| watts).sum::<u32>(),
            700 + 200 + 600,
            "nothing grows"
        );
    }

    #[test]
    fn an_uncontrollable_heater_counts_at_what_it_draws_and_is_granted_nothing() {
        let mut grants = ledger(1);
        grants.hear(&id(0), &Heartbeat { controllable: false, ..heartbeat(1, 0, 0) }, 0);
        assert_eq!((grants.counted_w(&id(0), 1), grants.fallback_sum_w()), (40.0, 40.0));
        assert!(grants.issue(&[wish(0, 300)], None, 1).is_empty());
    }

    #[test]
    fn a_newer_epoch_than_ours_is_noticed() {
        let mut grants = ledger(1);
        grants.hear(&id(0), &heartbeat(1, 6, 3), 0);
        assert_eq!(grants.foreign_epochs(), 1);
        assert_eq!(grants.counted_w(&id(0), 1), 1000.0, "its grants may be anything up to rated");
    }
}
