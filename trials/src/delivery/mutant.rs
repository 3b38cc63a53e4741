//! The rules of delivery broken on purpose: a simulation that lets one of these pass proves nothing.

use std::fmt;

/// One rule of the protocol, broken in the simulation's wiring around the real parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// The heater forgets a record when the broker has taken it.
    DeleteAtPuback,
    /// Ingest acknowledges when it hands a batch to the disk, not when the disk has it.
    AckBeforeFsync,
    /// The mark of an acknowledgement is the highest seq on disk, whatever is missing below.
    MarkOverGaps,
    /// Records always say that nothing was given up.
    NoLow,
    /// A heater keeps its boot id over a reboot and counts from 1 again.
    SeqReuse,
    /// What is not answered is not sent again by time.
    NoResendTimer,
    /// What is on disk already is not acknowledged again.
    NoReAck,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DeleteAtPuback,
        Self::AckBeforeFsync,
        Self::MarkOverGaps,
        Self::NoLow,
        Self::SeqReuse,
        Self::NoResendTimer,
        Self::NoReAck,
    ];
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeleteAtPuback => "delete at PUBACK",
            Self::AckBeforeFsync => "ack before fsync",
            Self::MarkOverGaps => "non-contiguous hwm",
            Self::NoLow => "no low",
            Self::SeqReuse => "seq reuse",
            Self::NoResendTimer => "no resend timer",
            Self::NoReAck => "no re-ack",
        })
    }
}
