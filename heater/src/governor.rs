//! Who may say how much: judges every budget, and counts the lease on the heater's own clock.
//!
//! A budget is accepted iff its signature is the site controller's, the heater and the boot are mine, `n` is among my
//! last 12 heartbeats, `(epoch, seq)` is newer than all accepted, the power is within my rating and the lease at most
//! 300 s. It ends `ttl` after **heartbeat `n` was sent**, so a delayed or replayed budget never extends authority.
//! Every refusal is counted by its reason.

use std::collections::{BTreeMap, VecDeque};

use vocabulary::{
    BootId, Budget, HeaterId, MAX_TTL_S, Payload as _, SignedBudget, SiteId, SitePublicKey, Watts,
};

/// Budgets may answer one of this many last heartbeats.
const REMEMBERED_HEARTBEATS: usize = 12;

/// Why a budget was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// It was retained. Budgets never are; one that is was planted there.
    #[error("retained")]
    Retained,
    /// It cannot be read as a budget.
    #[error("form")]
    Form,
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
    /// Its epoch is newer than all before, and cannot be kept on disk: after a reboot an older controller would be obeyed.
    #[error("disk")]
    Disk,
}

impl Refusal {
    /// Whether a person must look: no healthy house sends such a budget, or this heater's disk fails. The others come late, after a reboot or a lost connection.
    #[must_use]
    pub const fn is_suspicious(self) -> bool {
        !matches!(self, Self::OtherBoot | Self::Nonce | Self::Stale)
    }
}

/// A budget in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is allowed.
    pub budget: Budget,
    /// When it ends, on the heater's monotonic clock.
    pub ends_mono_ms: u64,
}

/// A heater's judge of budgets.
pub struct Governor {
    site: SiteId,
    heater: HeaterId,
    boot: BootId,
    key: SitePublicKey,
    rated_w: Watts,
    /// `(n, mono_ms)` of the last heartbeats sent.
    heartbeats: VecDeque<(u64, u64)>,
    /// The newest `(epoch, seq)` accepted; the epoch outlives a reboot.
    fence: (u64, u64),
    lease: Option<Lease>,
    refused: BTreeMap<Refusal, u64>,
}

impl Governor {
    /// A governor that has just booted; `fence_epoch` is the newest epoch accepted in any boot before.
    #[must_use]
    pub fn new(
        site: SiteId,
        heater: HeaterId,
        boot: BootId,
        key: SitePublicKey,
        rated_w: Watts,
        fence_epoch: u64,
    ) -> Self {
        Self {
            site,
            heater,
            boot,
            key,
            rated_w,
            heartbeats: VecDeque::with_capacity(REMEMBERED_HEARTBEATS),
            fence: (fence_epoch, 0),
            lease: None,
            refused: BTreeMap::new(),
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

    /// How many budgets were refused, by reason, since the boot.
    #[must_use]
    pub fn refused(&self) -> &BTreeMap<Refusal, u64> {
        &self.refused
    }

    /// Judges a budget as it came over the wire; an accepted one is in force at once. `keep` is given an epoch that is newer
    /// than all before, and says whether it will be known after a reboot.
    ///
    /// # Errors
    /// [`Refusal`] says why it was refused; then nothing has changed but its counter.
    pub fn hear(
        &mut self,
        payload: &[u8],
        retained: bool,
        keep: impl FnOnce(u64) -> bool,
    ) -> Result<(), Refusal> {
        let judged = match SignedBudget::decode(payload) {
            _ if retained => Err(Refusal::Retained),
            Ok(signed) => self.judge(&signed, keep),
            Err(_) => Err(Refusal::Form),
        };
        self.counted(judged)
    }

    /// Judges a budget where epochs are kept by other means, or not at all; an accepted one is in force at once.
    ///
    /// # Errors
    /// [`Refusal`] says why it was refused; then nothing has changed but its counter.
    pub fn accept(&mut self, signed: &SignedBudget) -> Result<(), Refusal> {
        let judged = self.judge(signed, |_| true);
        self.counted(judged)
    }

    fn counted(&mut self, judged: Result<(), Refusal>) -> Result<(), Refusal> {
        if let Err(refusal) = judged {
            let count = self.refused.entry(refusal).or_insert(0);
            *count = count.saturating_add(1);
        }
        judged
    }

    fn judge(&mut self, signed: &SignedBudget, keep: impl FnOnce(u64) -> bool) -> Result<(), Refusal> {
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
        // The last question, because it is answered by a write: nobody's forgery makes this heater write.
        if budget.epoch > self.fence.0 && !keep(budget.epoch) {
            return Err(Refusal::Disk);
        }
        self.fence = (budget.epoch, budget.seq);
        let ends_mono_ms = sent + u64::from(budget.ttl_s) * 1000;
        self.lease = Some(Lease { budget: budget.clone(), ends_mono_ms });
        Ok(())
    }

    /// The lease that is live at `mono_ms`.
    pub fn lease(&mut self, mono_ms: u64) -> Option<&Lease> {
        self.lease.take_if(|lease| mono_ms >= lease.ends_mono_ms);
        self.lease.as_ref()
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

    /// A governor that sent heartbeats 1 to 13 every 10 s: the first is forgotten.
    fn governor(fence_epoch: u64) -> Governor {
        let heater = HeaterId::new("h-1").unwrap();
        let mut governor = Governor::new(site(), heater, BOOT, key().public(), watts(750), fence_epoch);
        for n in 1..=13 {
            governor.heartbeat_sent(n, n * 10_000);
        }
        governor
    }

    fn budget() -> Budget {
        Budget {
            heater: HeaterId::new("h-1").unwrap(),
            boot: BOOT,
            n: 13,
            epoch: 5,
            seq: 1,
            watts: watts(500),
            heat_w: watts(400),
            setpoint_c: Celsius::from_hundredths(2050),
            hi_c: Celsius::from_hundredths(2400),
            ttl_s: 60,
            maintenance: vocabulary::Maintenance::default(),
        }
    }

    fn signed(change: impl Fn(&mut Budget)) -> SignedBudget {
        let mut budget = budget();
        change(&mut budget);
        key().sign(&site(), budget)
    }

    /// A refusal changes nothing but its own counter.
    fn assert_refused(governor: &mut Governor, payload: &[u8], retained: bool, refusal: Refusal, what: &str) {
        let (fence, lease) = (governor.fence(), governor.lease(131_000).cloned());
        let before = governor.refused().clone();
        assert_eq!(governor.hear(payload, retained, |_| true), Err(refusal), "{what}");
        assert_eq!((governor.fence(), governor.lease(131_000).cloned()), (fence, lease), "{what}");
        let mut after = before;
        *after.entry(refusal).or_insert(0) += 1;
        assert_eq!(*governor.refused(), after, "{what}");
    }

    #[test]
    fn the_lease_ends_counted_from_its_heartbeat() {
        let mut governor = governor(0);
        governor.accept(&signed(|_| ())).unwrap();
        // Heartbeat 13 was sent at 130 s: the lease of 60 s ends at 190 s whenever it was received.
        assert!(governor.lease(189_999).is_some());
        assert_eq!(governor.lease(190_000), None);
    }

    #[test]
    fn a_budget_that_answers_an_older_heartbeat_ends_earlier() {
        let mut governor = governor(0);
        governor.accept(&signed(|b| b.n = 8)).unwrap();
        assert!(governor.lease(139_999).is_some());
        assert_eq!(governor.lease(140_000), None);
    }

    #[test]
    fn every_rule_refuses_alone_and_counts() {
        type Change = fn(&mut Budget);
        let table: [(&str, Change, Refusal); 15] = [
            ("another heater", |b| b.heater = HeaterId::new("h-2").unwrap(), Refusal::OtherHeater),
            ("an unknown boot", |b| b.boot = BootId::from_bits(8), Refusal::OtherBoot),
            ("a heartbeat to come", |b| b.n = 14, Refusal::Nonce),
            ("no heartbeat", |b| b.n = 0, Refusal::Nonce),
            ("the thirteenth heartbeat from the last", |b| b.n = 1, Refusal::Nonce),
            ("a heartbeat nobody can have sent", |b| b.n = u64::MAX, Refusal::Nonce),
            ("an old epoch", |b| b.epoch = 4, Refusal::Stale),
            ("an old epoch with a high seq", |b| (b.epoch, b.seq) = (4, u64::MAX), Refusal::Stale),
            ("an equal seq", |b| b.seq = 0, Refusal::Stale),
            ("a watt above rated", |b| b.watts = watts(751), Refusal::Power),
            ("more heat than power", |b| b.heat_w = watts(501), Refusal::Power),
            ("no lease at all", |b| b.ttl_s = 0, Refusal::Ttl),
            ("a second too long", |b| b.ttl_s = 301, Refusal::Ttl),
            ("for ever", |b| b.ttl_s = u32::MAX, Refusal::Ttl),
            ("all at once", |b| (b.ttl_s, b.watts, b.n) = (0, watts(751), 0), Refusal::Nonce),
        ];
        for (what, change, refusal) in table {
            let payload = signed(change).encode();
            assert_refused(&mut governor(5), &payload, false, refusal, what);
        }
        assert_eq!(
            governor(5).hear(&signed(|_| ()).encode(), false, |_| true),
            Ok(()),
            "what the table changes is good"
        );
    }

    #[test]
    fn a_retained_or_a_foreign_budget_is_refused() {
        let good = signed(|_| ());
        assert_refused(&mut governor(0), &good.encode(), true, Refusal::Retained, "retained");
        let stranger = ControllerKey::from_bytes(&[2; 32]);
        let theirs = stranger.sign(&site(), budget()).encode();
        assert_refused(&mut governor(0), &theirs, false, Refusal::Signature, "another key");
        let elsewhere = key().sign(&SiteId::new("away").unwrap(), budget()).encode();
        assert_refused(&mut governor(0), &elsewhere, false, Refusal::Signature, "another site");
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let good = String::from_utf8(signed(|_| ()).encode()).unwrap();
        let hurt = |from: &str, to: &str| {
            assert!(good.contains(from), "{from} in {good}");
            good.replacen(from, to, 1).into_bytes()
        };
        for number in [
            "NaN",
            "-1",
            "-500",
            "1e999",
            "1e3",
            "499.5",
            "null",
            "\"500\"",
            "true",
            "[]",
            "18446744073709551616",
        ] {
            let of = |field: &str, value: &str| {
                (hurt(&format!("\"{field}\":{value}"), &format!("\"{field}\":{number}")), field.to_owned())
            };
            for (payload, field) in [
                of("watts", "500"),
                of("heat_w", "400"),
                of("ttl_s", "60"),
                of("n", "13"),
                of("epoch", "5"),
                of("seq", "1"),
            ] {
                let what = format!("{field} {number}");
                assert_refused(&mut governor(0), &payload, false, Refusal::Form, &what);
            }
        }
        for (what, payload) in [
            ("nothing", Vec::new()),
            ("no JSON", b"watts".to_vec()),
            ("cut off", good.as_bytes()[..good.len() - 1].to_vec()),
            ("another version", hurt("\"v\":1", "\"v\":2")),
            ("a field missing", hurt("\"seq\":1,", "")),
            ("a megabyte", vec![b' '; 1 << 20]),
        ] {
            assert_refused(&mut governor(0), &payload, false, Refusal::Form, what);
        }
    }

    #[test]
    fn no_bit_of_a_signed_budget_can_be_flipped() {
        let good = signed(|_| ());
        let payload = good.encode();
        let mut flips_read_alike = 0;
        for bit in 0..8 * payload.len() {
            let mut flipped = payload.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // A flip in the spelling that leaves every number as it was is the same budget: of "v" alone, which may be left
            // out, as unknown fields may be there.
            if SignedBudget::decode(&flipped).is_ok_and(|read| read == good) {
                flips_read_alike += 1;
                continue;
            }
            let mut governor = governor(0);
            let refused = governor.hear(&flipped, false, |_| true).expect_err("a flipped bit was obeyed");
            assert!(refused.is_suspicious(), "bit {bit}: {refused}");
            assert_eq!((governor.fence(), governor.lease(131_000)), ((0, 0), None), "bit {bit}");
        }
        assert!(flips_read_alike <= 8, "{flips_read_alike} flips change nothing");
    }

    #[test]
    fn a_replayed_budget_is_refused_for_as_long_as_it_could_be_replayed() {
        let mut governor = governor(0);
        let first = signed(|_| ()).encode();
        governor.hear(&first, false, |_| true).unwrap();
        assert_refused(&mut governor, &first, false, Refusal::Stale, "at once");
        governor.accept(&signed(|b| b.seq = 2)).unwrap();
        assert_refused(&mut governor, &first, false, Refusal::Stale, "after a newer one");
        for n in 14..=26 {
            governor.heartbeat_sent(n, n * 10_000);
        }
        assert_refused(&mut governor, &first, false, Refusal::Nonce, "after twelve heartbeats");
    }

    #[test]
    fn a_reboot_forgets_the_seq_and_keeps_the_epoch() {
        let mut rebooted = Governor::new(
            site(),
            HeaterId::new("h-1").unwrap(),
            BootId::from_bits(8),
            key().public(),
            watts(750),
            5,
        );
        rebooted.heartbeat_sent(13, 10_000);
        let replayed = signed(|_| ()).encode();
        assert_refused(&mut rebooted, &replayed, false, Refusal::OtherBoot, "of the boot before");
        let of_an_older_controller = signed(|b| (b.boot, b.epoch) = (BootId::from_bits(8), 4)).encode();
        assert_refused(&mut rebooted, &of_an_older_controller, false, Refusal::Stale, "an older controller");
        assert_eq!(rebooted.accept(&signed(|b| b.boot = BootId::from_bits(8))), Ok(()));
    }

    #[test]
    fn a_newer_epoch_that_cannot_be_kept_is_not_obeyed_and_the_one_that_is_known_goes_on() {
        let mut governor = governor(5);
        let known = signed(|_| ()).encode();
        assert_eq!(governor.hear(&known, false, |_| false), Ok(()), "nothing has to be kept");
        let newer = signed(|b| b.epoch = 6).encode();
        let before = governor.lease(131_000).cloned();
        assert_eq!(governor.hear(&newer, false, |_| false), Err(Refusal::Disk));
        assert_eq!((governor.fence(), governor.lease(131_000).cloned()), ((5, 1), before));
        let forged = signed(|b| (b.epoch, b.ttl_s) = (7, 0)).encode();
        let is_asked = |_| unreachable!("what is refused anyway is not kept");
        assert_eq!(governor.hear(&forged, false, is_asked), Err(Refusal::Ttl));
        let mut asked = None;
        let keep = |epoch| {
            asked = Some(epoch);
            true
        };
        assert_eq!(governor.hear(&newer, false, keep), Ok(()));
        assert_eq!((asked, governor.fence()), (Some(6), (6, 1)));
        assert!(Refusal::Disk.is_suspicious(), "a person is told");
    }

    #[test]
    fn a_newer_lease_replaces_the_one_before_at_once() {
        let mut governor = governor(0);
        governor.accept(&signed(|_| ())).unwrap();
        assert_eq!(governor.lease(131_000).unwrap().budget.watts, watts(500));
        governor.accept(&signed(|b| (b.seq, b.watts, b.heat_w) = (2, watts(100), watts(100)))).unwrap();
        assert_eq!(governor.lease(131_000).unwrap().budget.watts, watts(100));
    }
}
