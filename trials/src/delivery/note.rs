//! What happens in a world of delivery, told as numbers.

use std::fmt;

use vocabulary::BootId;

use super::climate::Fault;

/// One event. `heater` is the heater's place in the world; a client is a heater or, after the last of them, ingest.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Note {
    Made { heater: usize, seq: u64 },
    Sent { heater: usize, bn: u64, seq: u64, low: u64, late: bool },
    Taken { heater: usize, bn: u64, seq: u64 },
    Committing { run: u64, records: usize },
    Durable,
    Told { heater: usize, boot: BootId, hwm: u64, ranges: usize },
    Heard { heater: usize, boot: BootId, hwm: u64, forgotten: usize },
    Lost,
    Struck { fault: Fault, who: usize },
    Booted { heater: usize, boot: BootId, bn: u64, kept: usize },
    IngestStarted { run: u64 },
    BrokerStarted,
    Up { client: usize },
    Down { client: usize },
    Quiet,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Made { heater, seq } => write!(f, "heater {heater} made {seq}"),
            Self::Sent { heater, bn, seq, low, late } => {
                let late = if late { ", late" } else { "" };
                write!(f, "heater {heater} sent {seq} of boot {bn}, low {low}{late}")
            }
            Self::Taken { heater, bn, seq } => write!(f, "ingest took {seq} of boot {bn} of heater {heater}"),
            Self::Committing { run, records } => write!(f, "run {run} began a commit of {records} records"),
            Self::Durable => write!(f, "the commit is on disk"),
            Self::Told { heater, boot, hwm, ranges } => {
                write!(f, "ingest told heater {heater}: boot {boot} up to {hwm}, and {ranges} ranges")
            }
            Self::Heard { heater, boot, hwm, forgotten } => {
                write!(f, "heater {heater} heard: boot {boot} up to {hwm}, and forgot {forgotten}")
            }
            Self::Lost => write!(f, "a message was lost"),
            Self::Struck { fault, who } => write!(f, "{fault:?} struck {who}"),
            Self::Booted { heater, boot, bn, kept } => {
                write!(f, "heater {heater} began boot {bn}, {boot}, and kept {kept}")
            }
            Self::IngestStarted { run } => write!(f, "ingest started, run {run}"),
            Self::BrokerStarted => write!(f, "the broker started"),
            Self::Up { client } => write!(f, "link of client {client} is up"),
            Self::Down { client } => write!(f, "link of client {client} is down"),
            Self::Quiet => write!(f, "nothing breaks any more"),
        }
    }
}
