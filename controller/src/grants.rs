//! The ledger of leases: what every heater may still be drawing, so that the sum stays under the cap whatever gets lost.
//!
//! A lower grant does not cancel a higher one until the heater has reported it or the higher one has ended. So each
//! heater counts at the most that any grant still alive allows, and never below its fall-back, which it may take by
//! itself. One that has not reported this epoch counts at rated power until it has been silent for 310 s: a run before
//! ours may have granted it that. Shrinking leases go out before growing ones, and a growing one gets only the room
//! that is really free. A heater that counts at its rating only because nothing is known of it has no right to that: where
//! the caps do not hold everybody as counted, it is granted its fall-back first, and grows when it has reported that.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use vocabulary::{BootId, Budget, Celsius, CircuitId, Heartbeat, HeaterId, Maintenance, Watts};

/// The longest lease and ten seconds: what a run before ours may have granted has ended by then.
const FOREIGN_GRANTS_END_MS: u64 = 310_000;
/// A heater goes on for so long after its lease has ended: it looks at its clock once a second, and over 300 s two
/// clocks differ by 0.15 s (NTP slews by 500 ppm).
const OVERRUN_MS: u64 = 2_000;
/// A heater is answered while its newest heartbeat is not older than this: three were missed.
const ANSWER_WITHIN_MS: u64 = 35_000;

/// No run numbers its budgets above this: it begins at its wall clock, milliseconds, which is there in 287,000 years. All
/// numbers up to here are exact in every JSON reader, and those after it last for as long as any run.
const LAST_SEQ: u64 = 1 << 53;

/// Another controller is spoken of for this long after the last heartbeat that told of it.
const RIVAL_FOR_MS: u64 = 600_000;

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
    /// What its people ask of it besides.
    pub maintenance: Maintenance,
}

#[derive(Debug, Clone)]
struct Grant {
    seq: u64,
    watts: Watts,
    /// The heater may draw it until then.
    counts_until_ms: u64,
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
    /// Since when it is in the book.
    added_ms: u64,
    reported_this_epoch: bool,
    /// Budgets of this run for it are numbered above `first_seq`, up to `seq`.
    first_seq: u64,
    seq: u64,
    grants: Vec<Grant>,
    /// When it last told of another controller.
    rival_told_ms: Option<u64>,
    /// The circuits above it.
    circuits: Vec<CircuitId>,
    /// It is no longer in the book.
    is_gone: bool,
}

impl Account {
    fn new(rated_w: Watts, fallback_w: Watts, first_seq: u64, seq: u64, now_ms: u64) -> Self {
        Self {
            first_seq,
            seq,
            rated_w,
            fallback_w,
            controllable: true,
            drawn_w: 0,
            heartbeat: None,
            added_ms: now_ms,
            reported_this_epoch: false,
            grants: Vec::new(),
            rival_told_ms: None,
            circuits: Vec::new(),
            is_gone: false,
        }
    }
}

/// What may still be granted below each cap, watts.
struct Free {
    site_w: f64,
    circuits_w: BTreeMap<CircuitId, f64>,
}

impl Free {
    /// The least of what is free above a heater on these circuits.
    fn below(&self, circuits: &[CircuitId]) -> f64 {
        circuits
            .iter()
            .filter_map(|circuit| self.circuits_w.get(circuit))
            .copied()
            .fold(self.site_w, f64::min)
    }

    fn take(&mut self, circuits: &[CircuitId], watts: f64) {
        self.site_w -= watts;
        for circuit in circuits {
            // A heater that is gone may have hung on a circuit that is gone as well.
            if let Some(free_w) = self.circuits_w.get_mut(circuit) {
                *free_w -= watts;
            }
        }
    }
}

/// The ledger of one controller run. Time is the controller's own monotonic clock.
pub struct Grants {
    epoch: u64,
    /// Seqs of this run are above this, and `seq` grows by one with every budget: what a heater that is new in the book, or
    /// is there again, may have been told.
    first_seq: u64,
    seq: u64,
    /// Since when every heartbeat reaches us: before that, silence says nothing.
    listening_since_ms: u64,
    ttl_s: u32,
    accounts: BTreeMap<HeaterId, Account>,
    /// What the heaters below each circuit may draw together, watts.
    circuits_w: BTreeMap<CircuitId, f64>,
    foreign_epochs: u64,
    foreign_seqs: u64,
    /// When a heartbeat last told of another controller.
    rival_heard_ms: Option<u64>,
}

impl Grants {
    /// An empty ledger of the run `epoch`, whose leases last `ttl_s` and are numbered from above `first_seq`: two runs
    /// that share an epoch by mistake are told apart by where they began to count.
    #[must_use]
    pub fn new(epoch: u64, ttl_s: u32, first_seq: u64, now_ms: u64) -> Self {
        Self {
            epoch,
            first_seq,
            seq: first_seq,
            listening_since_ms: now_ms,
            ttl_s,
            accounts: BTreeMap::new(),
            circuits_w: BTreeMap::new(),
            foreign_epochs: 0,
            foreign_seqs: 0,
            rival_heard_ms: None,
        }
    }

    /// The connection is new: silence counts from now on.
    pub fn connected(&mut self, now_ms: u64) {
        self.listening_since_ms = now_ms;
    }

    /// Which heaters there are, with `(rated, fall-back)`. Accounts of heaters that remain are kept. One that is gone
    /// counts on, without a fall-back, until what it was granted has ended.
    pub fn set_heaters<'a>(
        &mut self,
        heaters: impl Iterator<Item = (&'a HeaterId, Watts, Watts)>,
        now_ms: u64,
    ) {
        let mut before = std::mem::take(&mut self.accounts);
        for (heater, rated_w, fallback_w) in heaters {
            let account = match before.remove(heater) {
                Some(known) => Account { rated_w, fallback_w, is_gone: false, ..known },
                None => Account::new(rated_w, fallback_w, self.first_seq, self.seq, now_ms),
            };
            self.accounts.insert(heater.clone(), account);
        }
        for (heater, gone) in before {
            let gone = Account { fallback_w: Watts::ZERO, is_gone: true, ..gone };
            if gone.controllable && self.counted(&gone, now_ms) > 0.0 {
                self.accounts.insert(heater, gone);
            }
        }
    }

    /// Which circuits there are: what the heaters below each may draw together, watts, and which those are. A heater that
    /// is gone stays on the circuits where it was.
    pub fn set_circuits<'a, I>(&mut self, circuits: impl Iterator<Item = (&'a CircuitId, f64, I)>)
    where
        I: Iterator<Item = &'a HeaterId>,
    {
        let mut wired: BTreeMap<HeaterId, Vec<CircuitId>> = BTreeMap::new();
        self.circuits_w.clear();
        for (circuit, free_w, heaters) in circuits {
            self.circuits_w.insert(circuit.clone(), free_w);
            heaters.for_each(|heater| wired.entry(heater.clone()).or_default().push(circuit.clone()));
        }
        for (heater, account) in self.accounts.iter_mut().filter(|(_, account)| !account.is_gone) {
            account.circuits = wired.remove(heater).unwrap_or_default();
        }
    }

    /// Hears a heartbeat: what the heater has accepted cancels the grants before it. One that another of its boot has
    /// overtaken says nothing new. Whatever a heater claims changes what is known of it and of no other: heartbeats are not
    /// signed, and whoever has the credential of one heater must not take the leases of all.
    ///
    /// # Errors
    /// `range` for a number that no run can have come to.
    pub fn hear(
        &mut self,
        heater: &HeaterId,
        heartbeat: &Heartbeat,
        now_ms: u64,
    ) -> Result<(), &'static str> {
        let Some(account) = self.accounts.get_mut(heater) else { return Ok(()) };
        // One that was led up to there by a lie goes on from there.
        if heartbeat.seq > LAST_SEQ.max(account.seq) {
            return Err("range");
        }
        if account.heartbeat.is_some_and(|(boot, n, _)| boot == heartbeat.boot && n > heartbeat.n) {
            return Ok(());
        }
        account.controllable = heartbeat.controllable;
        account.drawn_w = heartbeat.drawn_w;
        account.heartbeat = Some((heartbeat.boot, heartbeat.n, now_ms));
        // After a reboot a heater knows the epoch it has obeyed and no seq of it.
        let is_ours = heartbeat.seq == 0 || heartbeat.seq > account.first_seq && heartbeat.seq <= account.seq;
        match heartbeat.epoch.cmp(&self.epoch) {
            Ordering::Equal if is_ours => {
                account.reported_this_epoch = true;
                account.grants.retain(|grant| grant.seq >= heartbeat.seq);
            }
            Ordering::Less => {}
            newer_or_foreign => {
                if newer_or_foreign == Ordering::Equal
                    && heartbeat.lease_left_s == 0
                    && heartbeat.seq > account.seq
                {
                    // The other one leads it no more, and it would refuse our lower numbers for ever.
                    (account.first_seq, account.seq) = (heartbeat.seq, heartbeat.seq);
                }
                // What another controller has granted may be anything up to its rating.
                account.reported_this_epoch = false;
                self.foreign_epochs += u64::from(newer_or_foreign == Ordering::Greater);
                self.foreign_seqs += u64::from(newer_or_foreign == Ordering::Equal);
                account.rival_told_ms = Some(now_ms);
                self.rival_heard_ms = Some(now_ms);
            }
        }
        Ok(())
    }

    /// Heartbeats that told of an epoch newer than ours: another controller is at work.
    #[must_use]
    pub fn foreign_epochs(&self) -> u64 {
        self.foreign_epochs
    }

    /// Heartbeats that told of a budget of our epoch that we never issued: another controller has the same epoch.
    #[must_use]
    pub fn foreign_seqs(&self) -> u64 {
        self.foreign_seqs
    }

    /// The heaters whose heartbeats of the last ten minutes told of another controller. One alone among many rather lies,
    /// or its credential is in wrong hands: a second controller leads them all.
    pub fn rival_tellers(&self, now_ms: u64) -> impl Iterator<Item = &HeaterId> {
        let is_recent = move |told_ms: u64| now_ms.saturating_sub(told_ms) < RIVAL_FOR_MS;
        let told =
            self.accounts.iter().filter(move |(_, account)| account.rival_told_ms.is_some_and(is_recent));
        told.map(|(heater, _)| heater)
    }

    /// Whether heartbeats of the last ten minutes told of another controller.
    #[must_use]
    pub fn has_rival(&self, now_ms: u64) -> bool {
        self.rival_heard_ms.is_some_and(|heard_ms| now_ms.saturating_sub(heard_ms) < RIVAL_FOR_MS)
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
            .partition(|wish| wish.watts.real() > self.renewable_w(&wish.heater, now_ms));
        for wish in shrinking {
            budgets.extend(self.grant(wish, wish.watts, now_ms));
        }
        let mut free = self.free(cap_w, now_ms);
        for wish in growing {
            let watts = self.grown(wish, &mut free, now_ms);
            budgets.extend(self.grant(wish, watts, now_ms));
        }
        budgets
    }

    /// What a growing wish gets, which is taken from what is free.
    fn grown(&self, wish: &Wish, free: &mut Free, now_ms: u64) -> Watts {
        let Some(account) = self.accounts.get(&wish.heater) else { return Watts::ZERO };
        let (counted_w, room_w) = (self.counted(account, now_ms), free.below(&account.circuits));
        if room_w < 0.0 {
            // More may be drawn than fits: what was granted before and is counted still is not given a longer life.
            return wish.watts.min(self.renewable(account, now_ms));
        }
        let watts = Watts::floor((counted_w + room_w).min(wish.watts.real()));
        free.take(&account.circuits, (watts.real() - counted_w).max(0.0));
        watts
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
        account.seq = self.seq.max(account.seq + 1);
        let watts = watts.min(account.rated_w);
        // The heater counts from when it sent heartbeat n, which was before we heard it.
        let counts_until_ms = heard_ms + u64::from(self.ttl_s) * 1000 + OVERRUN_MS;
        // One that allows no more, and no longer, than the new one says nothing any more: whatever cancels the new one
        // cancels it, too.
        let says_more = |grant: &Grant| grant.watts > watts || grant.counts_until_ms > counts_until_ms;
        account.grants.retain(|grant| grant.counts_until_ms > now_ms && says_more(grant));
        account.grants.push(Grant { seq: account.seq, watts, counts_until_ms });
        Some(Budget {
            heater: wish.heater.clone(),
            boot,
            n,
            epoch: self.epoch,
            seq: account.seq,
            watts,
            heat_w: wish.heat_w.min(watts),
            setpoint_c: wish.setpoint_c,
            hi_c: wish.hi_c,
            ttl_s: self.ttl_s,
            maintenance: wish.maintenance,
        })
    }

    fn counted(&self, account: &Account, now_ms: u64) -> f64 {
        if !account.controllable {
            return own_right_w(account);
        }
        if self.is_unknown(account, now_ms) {
            return account.rated_w.real();
        }
        let alive = account.grants.iter().filter(|grant| grant.counts_until_ms > now_ms);
        alive.map(|grant| grant.watts).max().unwrap_or(Watts::ZERO).max(account.fallback_w).real()
    }

    fn renewable_w(&self, heater: &HeaterId, now_ms: u64) -> f64 {
        self.accounts.get(heater).map_or(0.0, |account| self.renewable(account, now_ms).real())
    }

    /// What a heater may be granted whatever the others may draw: what it was granted last, which was made to fit, and
    /// what it takes by itself. What an unknown heater was granted last may have been overtaken by somebody else's.
    fn renewable(&self, account: &Account, now_ms: u64) -> Watts {
        let newest = account.grants.last().filter(|grant| grant.counts_until_ms > now_ms);
        let known = newest.filter(|_| !self.is_unknown(account, now_ms));
        known.map_or(Watts::ZERO, |grant| grant.watts).max(account.fallback_w)
    }

    /// Whether somebody else may have granted the heater anything up to its rating.
    fn is_unknown(&self, account: &Account, now_ms: u64) -> bool {
        let heard_ms = account.heartbeat.map_or(account.added_ms, |(_, _, heard_ms)| heard_ms);
        let silent_since_ms = heard_ms.max(self.listening_since_ms);
        !account.reported_this_epoch && now_ms.saturating_sub(silent_since_ms) < FOREIGN_GRANTS_END_MS
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
mod tests;
