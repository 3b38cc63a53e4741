//! Heaters at work: each second they measure, send what may be sent and write what is new, as in `heater::run`.

use std::rc::Rc;

use rand::RngExt as _;

use super::climate::FAULTS_END_MS;
use super::mutant::Mutant;
use super::note::Note;
use super::world::{Event, Parcel, World};

/// A heater is stepped this often.
const STEP_MS: u64 = 1_000;

impl World {
    pub(super) fn step(&mut self, heater: usize) {
        self.put_in(STEP_MS, Event::Step(heater));
        let device = &mut self.devices[heater];
        if !device.running {
            return;
        }
        device.settle(self.now_ms);
        if self.now_ms < self.climate.measured_until_ms {
            let made = device.measure(
                self.now_ms,
                self.climate.record_every_ms,
                &mut self.oracle,
                &mut self.coverage,
            );
            if let Some(seq) = made {
                self.trace.note(self.now_ms, Note::Made { heater, seq });
            }
        }
        if self.links[heater].up {
            self.send(heater);
        }
        self.devices[heater].settle(self.now_ms);
        self.begin_heater_write(heater);
    }

    fn begin_heater_write(&mut self, heater: usize) {
        if self.devices[heater].storage.begin() {
            let delay_ms = self.random.random_range(0..self.climate.heater_disk_ms);
            let bn = self.devices[heater].bn;
            self.put_in(delay_ms, Event::HeaterSynced { heater, bn });
            if let Some(end) = self.devices[heater].armed.take_if(|_| self.now_ms < FAULTS_END_MS) {
                let at_ms = self.random.random_range(0..=delay_ms);
                self.put_in(at_ms, Event::HeaterEnd { heater, end });
            }
        }
    }

    pub(super) fn heater_synced(&mut self, heater: usize, bn: u64) {
        if self.devices[heater].running && self.devices[heater].bn == bn {
            self.devices[heater].storage.finish();
            self.begin_heater_write(heater);
        }
    }

    fn send(&mut self, heater: usize) {
        for mut record in self.devices[heater].send(self.now_ms, &mut self.oracle, &mut self.coverage) {
            if self.mutant == Some(Mutant::NoLow) {
                record.low = 1;
            }
            let (bn, boot, seq) = (record.bn, record.boot, record.seq);
            self.note(Note::Sent { heater, bn, seq, low: record.low, late: record.late });
            let parcel = Rc::new(Parcel { heater, boot, seq, payload: record.encode() });
            self.transmit(|| Event::RecordAtBroker(parcel.clone()));
        }
    }

    pub(super) fn puback(&mut self, parcel: &Parcel) {
        if self.mutant == Some(Mutant::DeleteAtPuback) && self.devices[parcel.heater].running {
            self.devices[parcel.heater].believe_puback(
                parcel.boot,
                parcel.seq,
                self.now_ms,
                &mut self.oracle,
            );
        }
    }
}
