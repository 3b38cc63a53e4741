//! Acknowledgements on their way back: the newest word per device and boot, at most one a second to each, with the rate
//! at which the device may send its history.

use std::collections::BTreeMap;

use store::Receipt;
use vocabulary::{Ack, BootId, HeaterId, Payload as _, SiteId};

use crate::backfill::Backfill;

/// A device is told at most this often.
const EVERY_MS: u64 = 1_000;

struct Device {
    told_at_ms: Option<u64>,
    waiting: Option<Receipt>,
}

/// Acknowledgements that wait to be sent. Bounded by the number of registered heaters and their live boots.
pub struct Acks {
    run: String,
    /// In order, so that the same receipts always make the same acknowledgements: a simulation can be replayed.
    devices: BTreeMap<(SiteId, HeaterId, BootId), Device>,
    backfill: Backfill,
}

impl Acks {
    /// Nothing to say yet; `run` names this run of ingest, so that heaters notice a new one.
    #[must_use]
    pub fn new(run: String) -> Self {
        Self { run, devices: BTreeMap::new(), backfill: Backfill::default() }
    }

    /// What decides how fast each device may send its history.
    pub fn backfill(&mut self) -> &mut Backfill {
        &mut self.backfill
    }

    /// Takes what a commit has made durable; a later receipt of the same boot says all that an earlier one said.
    pub fn add(&mut self, receipts: Vec<Receipt>) {
        for receipt in receipts {
            let key = (receipt.site.clone(), receipt.heater.clone(), receipt.boot);
            self.devices.entry(key).or_insert(Device { told_at_ms: None, waiting: None }).waiting =
                Some(receipt);
        }
    }

    /// What may be sent now, and to whom.
    pub fn due(&mut self, now_ms: u64) -> Vec<(SiteId, HeaterId, Vec<u8>)> {
        let mut due = Vec::new();
        let (run, backfill) = (&self.run, &mut self.backfill);
        self.devices.retain(|(site, heater, _), device| {
            let rested = device.told_at_ms.is_none_or(|told| now_ms.saturating_sub(told) >= EVERY_MS);
            if !rested {
                return true;
            }
            // A device with nothing to hear for a second is forgotten; it comes back with its next receipt.
            let Some(receipt) = device.waiting.take() else { return false };
            device.told_at_ms = Some(now_ms);
            let backfill_per_s = backfill.rate_for(site, heater, now_ms);
            due.push((site.clone(), heater.clone(), ack(receipt, run, backfill_per_s).encode()));
            true
        });
        due
    }

    /// Whether something waits to be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.devices.values().all(|device| device.waiting.is_none())
    }
}

fn ack(receipt: Receipt, run: &str, backfill_per_s: u32) -> Ack {
    Ack { boot: receipt.boot, hwm: receipt.hwm, got: receipt.got, ingest: run.to_owned(), backfill_per_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(heater: &str, hwm: u64) -> Receipt {
        Receipt {
            site: SiteId::new("home").unwrap(),
            heater: HeaterId::new(heater).unwrap(),
            boot: BootId::from_bits(1),
            hwm,
            got: vec![],
            stored: 1,
            duplicates: 0,
            lost: 0,
            no_room: 0,
            forgotten: 0,
        }
    }

    fn told(acks: &mut Acks, now_ms: u64) -> Vec<u64> {
        acks.due(now_ms).iter().map(|(_, _, payload)| Ack::decode(payload).unwrap().hwm).collect()
    }

    #[test]
    fn a_device_is_told_the_newest_word_once_a_second() {
        let mut acks = Acks::new("run".to_owned());
        acks.add(vec![receipt("h-1", 1)]);
        assert_eq!(told(&mut acks, 0), [1]);
        acks.add(vec![receipt("h-1", 2)]);
        acks.add(vec![receipt("h-1", 3)]);
        assert_eq!(told(&mut acks, 999), [] as [u64; 0]);
        assert!(!acks.is_empty());
        assert_eq!(told(&mut acks, 1_000), [3]);
        assert!(acks.is_empty());
    }

    #[test]
    fn devices_do_not_wait_for_each_other() {
        let mut acks = Acks::new("run".to_owned());
        acks.add(vec![receipt("h-1", 1)]);
        acks.due(0);
        acks.add(vec![receipt("h-1", 2), receipt("h-2", 9)]);
        assert_eq!(told(&mut acks, 500), [9]);
    }

    #[test]
    fn quiet_devices_are_forgotten() {
        let mut acks = Acks::new("run".to_owned());
        acks.add(vec![receipt("h-1", 1)]);
        acks.due(0);
        acks.due(2_000);
        assert!(acks.devices.is_empty());
    }
}
