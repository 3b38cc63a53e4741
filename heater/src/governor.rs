//! Who may say how much: judges every budget, counts the lease on the heater's own clock, and falls back.
//!
//! ```text
//! BOOT ──a room temperature was read──> FALLBACK      (none within 60 s: FALLBACK_BLIND)
//! FALLBACK ──valid lease──> LEASED ──lease ended──> FALLBACK
//! room sensor lost ──> FALLBACK_BLIND ──sensor back──> FALLBACK, or LEASED where a lease is still live
//! ```
//! A budget is accepted iff its signature is the site controller's, the heater and the boot are mine, `n` is among my
//! last 12 heartbeats, `(epoch, seq)` is newer than all accepted, the power is within my rating and the lease at most
//! 300 s. It ends `ttl` after **heartbeat `n` was sent**, so a delayed or replayed budget never extends authority.

use std::collections::VecDeque;

use vocabulary::{BootId, Budget, HeaterId, MAX_TTL_S, Mode, SignedBudget, SiteId, SitePublicKey, Watts};

/// Budgets may answer one of this many last heartbeats.
const REMEMBERED_HEARTBEATS: usize = 12;
/// A room sensor that has not spoken by then is taken as lost.
const BOOT_LIMIT_MS: u64 = 60_000;

/// Why a budget was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The signature is not the site controller's.
    #[error("signature")]
    Signature,
    /// It is for another heater.
    #[error("other_heater")]
    OtherHeater,
    /// It answers another boot.
    #[error("other_boot")]
    OtherBoot,
    /// It answers no recent heartbeat.
    #[error("nonce")]
    Nonce,
    /// A newer one was accepted before.
    #[error("stale")]
    Stale,
    /// More than this heater is rated for, or more heat than power.
    #[error("power")]
    Power,
    /// No lease at all, or one too long.
    #[error("ttl")]
    Ttl,
}

/// What the heater may do right now.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowance {
    /// The governor's state.
    pub mode: Mode,
    /// The budget in force, in [`Mode::Leased`].
    pub budget: Option<Budget>,
    /// Never to be passed, watts.
    pub limit_w: f64,
    /// Seconds left of the lease; 0 without one.
    pub lease_left_s: u32,
}

struct Lease {
    budget: Budget,
    ends_mono_ms: u64,
}

/// A heater's judge of budgets.
pub struct Governor {
    site: SiteId,
    heater: HeaterId,
    boot: BootId,
    key: SitePublicKey,
    rated_w: Watts,
    fallback_w: Watts,
    /// `(n, mono_ms)` of the last heartbeats sent.
    heartbeats: VecDeque<(u64, u64)>,
    /// The newest `(epoch, seq)` accepted; the epoch outlives a reboot.
    fence: (u64, u64),
    lease: Option<Lease>,
    booted_mono_ms: u64,
    sensor_seen: bool,
}

impl Governor {
    /// A governor that has just booted; `fence_epoch` is the newest epoch accepted in any boot before.
    #[must_use]
    pub fn new(
        site: SiteId,
        heater: HeaterId,
        boot: BootId,
        key: SitePublicKey,
        (rated_w, fallback_w): (Watts, Watts),
        fence_epoch: u64,
        mono_ms: u64,
    ) -> Self {
        Self {
            site,
            heater,
            boot,
            key,
            rated_w,
            fallback_w: fallback_w.min(rated_w),
            heartbeats: VecDeque::with_capacity(REMEMBERED_HEARTBEATS),
            fence: (fence_epoch, 0),
            lease: None,
            booted_mono_ms: mono_ms,
            sensor_seen: false,
        }
    }

    /// Remembers that heartbeat `n` was sent.
    pub fn heartbeat_sent(&mut self, n: u64, mono_ms: u64) {
        if self.heartbeats.len() == REMEMBERED_HEARTBEATS {
            self.heartbeats.pop_front();
        }
        self.heartbeats.push_back((n, mono_ms));
    }

    /// The newest `(epoch, seq)` accepted.
    #[must_use]
    pub fn fence(&self) -> (u64, u64) {
        self.fence
    }

    /// Judges a budget; an accepted one is in force at once.
    ///
    /// # Errors
    /// [`Refusal`] says why it was refused; then nothing has changed.
    pub fn accept(&mut self, signed: &SignedBudget) -> Result<(), Refusal> {
        let budget = signed.verify(&self.site, &self.key).map_err(|_| Refusal::Signature)?;
        if budget.heater != self.heater {
            return Err(Refusal::OtherHeater);
        }
        if budget.boot != self.boot {
            return Err(Refusal::OtherBoot);
        }
        let sent = self.heartbeats.iter().find(|(n, _)| *n == budget.n).ok_or(Refusal::Nonce)?.1;
        // After a reboot the epoch of the fence is known but not its seq; boot and nonce keep old budgets out.
        if (budget.epoch, budget.seq) <= self.fence {
            return Err(Refusal::Stale);
        }
        if budget.watts > self.rated_w || budget.heat_w > budget.watts {
            return Err(Refusal::Power);
        }
        if budget.ttl_s == 0 || budget.ttl_s > MAX_TTL_S {
            return Err(Refusal::Ttl);
        }
        self.fence = (budget.epoch, budget.seq);
        let ends_mono_ms = sent + u64::from(budget.ttl_s) * 1000;
        self.lease = Some(Lease { budget: budget.clone(), ends_mono_ms });
        Ok(())
    }

    /// What holds at `mono_ms`, given whether a believable room temperature is there.
    pub fn allowance(&mut self, mono_ms: u64, sensor_alive: bool) -> Allowance {
        self.sensor_seen |= sensor_alive;
        self.lease.take_if(|lease| mono_ms >= lease.ends_mono_ms);
        let mode = self.mode(mono_ms, sensor_alive);
        if let (Mode::Leased, Some(lease)) = (mode, &self.lease) {
            let left_ms = lease.ends_mono_ms - mono_ms;
            return Allowance {
                mode,
                limit_w: lease.budget.watts.real(),
                lease_left_s: (left_ms / 1000) as u32,
                budget: Some(lease.budget.clone()),
            };
        }
        let limit_w = if mode == Mode::Boot { 0.0 } else { self.fallback_w.real() };
        Allowance { mode, budget: None, limit_w, lease_left_s: 0 }
    }

    /// A lease without eyes is not obeyed: a heater that cannot see its room must not fill it with heat.
    fn mode(&self, mono_ms: u64, sensor_alive: bool) -> Mode {
        let booting = !self.sensor_seen && mono_ms.saturating_sub(self.booted_mono_ms) < BOOT_LIMIT_MS;
        match (sensor_alive, &self.lease) {
            (true, Some(_)) => Mode::Leased,
            (true, None) => Mode::Fallback,
            (false, _) if booting => Mode::Boot,
            (false, _) => Mode::FallbackBlind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Celsius, ControllerKey};

    const BOOT: BootId = BootId::from_bits(7);

    fn site() -> SiteId {
        SiteId::new("home").unwrap()
    }

    fn key() -> ControllerKey {
        ControllerKey::from_bytes(&[1; 32])
    }

    fn watts(whole: u32) -> Watts {
        Watts::new(whole).unwrap()
    }

    /// A governor that sent heartbeats 1 to 3 at 10, 20 and 30 s.
    fn governor(fence_epoch: u64) -> Governor {
        let heater = HeaterId::new("h-1").unwrap();
        let mut governor =
            Governor::new(site(), heater, BOOT, key().public(), (watts(750), watts(200)), fence_epoch, 0);
        for n in 1..=3 {
            governor.heartbeat_sent(n, n * 10_000);
        }
        governor
    }

    fn budget() -> Budget {
        Budget {
            heater: HeaterId::new("h-1").unwrap(),
            boot: BOOT,
            n: 3,
            epoch: 5,
            seq: 1,
            watts: watts(500),
            heat_w: watts(400),
            setpoint_c: Celsius::from_hundredths(2050),
            hi_c: Celsius::from_hundredths(2400),
            ttl_s: 60,
        }
    }

    fn signed(change: impl Fn(&mut Budget)) -> SignedBudget {
        let mut budget = budget();
        change(&mut budget);
        key().sign(&site(), budget)
    }

    #[test]
    fn falls_back_when_the_lease_ends_counted_from_its_heartbeat() {
        let mut governor = governor(0);
        governor.accept(&signed(|_| ())).unwrap();
        // Heartbeat 3 was sent at 30 s: the lease of 60 s ends at 90 s whenever it was received.
        assert_eq!(governor.allowance(89_999, true).mode, Mode::Leased);
        let after = governor.allowance(90_000, true);
        assert_eq!((after.mode, after.limit_w, after.budget), (Mode::Fallback, 200.0, None));
    }

    #[test]
    fn a_budget_that_answers_an_older_heartbeat_ends_earlier() {
        let mut governor = governor(0);
        governor.accept(&signed(|b| b.n = 1)).unwrap();
        assert_eq!(governor.allowance(70_000, true).mode, Mode::Fallback);
    }

    #[test]
    fn every_rule_refuses_alone_and_changes_nothing() {
        type Change = fn(&mut Budget);
        let table: [(Change, Refusal); 10] = [
            (|b| b.heater = HeaterId::new("h-2").unwrap(), Refusal::OtherHeater),
            (|b| b.boot = BootId::from_bits(8), Refusal::OtherBoot),
            (|b| b.n = 4, Refusal::Nonce),
            (|b| b.n = 0, Refusal::Nonce),
            (|b| b.epoch = 4, Refusal::Stale),
            (|b| b.seq = 0, Refusal::Stale),
            (|b| b.watts = watts(751), Refusal::Power),
            (|b| b.heat_w = watts(501), Refusal::Power),
            (|b| b.ttl_s = 0, Refusal::Ttl),
            (|b| b.ttl_s = 301, Refusal::Ttl),
        ];
        for (change, refusal) in table {
            let mut governor = governor(5);
            assert_eq!(governor.accept(&signed(change)), Err(refusal));
            assert_eq!(governor.allowance(40_000, true).mode, Mode::Fallback, "{refusal}");
            assert_eq!(governor.fence(), (5, 0));
        }
    }

    #[test]
    fn a_forged_budget_is_refused() {
        let mut governor = governor(0);
        let mut forged = signed(|_| ());
        forged.budget.watts = watts(750);
        assert_eq!(governor.accept(&forged), Err(Refusal::Signature));
        let stranger = ControllerKey::from_bytes(&[2; 32]).sign(&site(), budget());
        assert_eq!(governor.accept(&stranger), Err(Refusal::Signature));
    }

    #[test]
    fn a_replayed_budget_is_refused() {
        let mut governor = governor(0);
        let first = signed(|_| ());
        governor.accept(&first).unwrap();
        assert_eq!(governor.accept(&first), Err(Refusal::Stale));
    }

    #[test]
    fn the_thirteenth_heartbeat_makes_the_first_too_old() {
        let mut governor = governor(0);
        for n in 4..=13 {
            governor.heartbeat_sent(n, n * 10_000);
        }
        assert_eq!(governor.accept(&signed(|b| b.n = 1)), Err(Refusal::Nonce));
        assert_eq!(governor.accept(&signed(|b| b.n = 2)), Ok(()));
    }

    #[test]
    fn a_valid_lease_ends_fall_back_at_once_and_a_newer_one_replaces_it() {
        let mut governor = governor(0);
        assert_eq!(governor.allowance(31_000, true).mode, Mode::Fallback);
        governor.accept(&signed(|_| ())).unwrap();
        assert_eq!(governor.allowance(31_000, true).limit_w, 500.0);
        governor.accept(&signed(|b| (b.seq, b.watts, b.heat_w) = (2, watts(100), watts(100)))).unwrap();
        assert_eq!(governor.allowance(31_000, true).limit_w, 100.0);
    }

    #[test]
    fn a_lost_room_sensor_is_blind_and_a_sensor_not_yet_read_is_boot() {
        let mut governor = governor(0);
        assert_eq!(
            governor.allowance(1_000, false),
            Allowance { mode: Mode::Boot, budget: None, limit_w: 0.0, lease_left_s: 0 }
        );
        assert_eq!(governor.allowance(2_000, true).mode, Mode::Fallback);
        assert_eq!(governor.allowance(3_000, false).mode, Mode::FallbackBlind);
        let mut never = self::governor(0);
        assert_eq!(never.allowance(60_000, false).mode, Mode::FallbackBlind);
    }

    #[test]
    fn a_lease_is_not_obeyed_by_a_heater_that_cannot_see_its_room() {
        let mut governor = governor(0);
        governor.accept(&signed(|_| ())).unwrap();
        assert_eq!(governor.allowance(40_000, true).limit_w, 500.0);
        let blind = governor.allowance(41_000, false);
        assert_eq!((blind.mode, blind.limit_w), (Mode::FallbackBlind, 200.0));
        assert_eq!(governor.allowance(42_000, true).mode, Mode::Leased);
    }
}
