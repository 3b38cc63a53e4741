//! What happens in a world of leases, told as numbers.

use std::fmt;

use heater::Refusal;

use super::climate::Fault;

/// One event. Heaters and runs of the controller are told by their place in the world.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Note {
    Issued { run: usize, heater: usize, n: u64, epoch: u64, seq: u64, watts: u32 },
    Accepted { heater: usize, epoch: u64, seq: u64, watts: u32 },
    Refused { heater: usize, epoch: u64, seq: u64, why: Refusal },
    Beat { heater: usize, n: u64, epoch: u64, seq: u64, mode: &'static str, drawn_w: u32 },
    Heard { run: usize, heater: usize, n: u64, seq: u64 },
    Lost,
    Struck { fault: Fault, who: usize },
    HeaterStarted { heater: usize, fence: u64 },
    HeaterUp { heater: usize },
    RunStarted { run: usize, epoch: u64 },
    RunEnded { run: usize },
    RunUp { run: usize },
    Thawed { run: usize },
    Wanted { heater: usize, warm: bool },
    Limited { watts: u32 },
    CapSet { circuit: usize, watts: u32 },
    Alarm { run: usize },
    Quiet,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Issued { run, heater, n, epoch, seq, watts } => {
                write!(f, "run {run} grants heater {heater} {watts} W: answers {n}, epoch {epoch}, seq {seq}")
            }
            Self::Accepted { heater, epoch, seq, watts } => {
                write!(f, "heater {heater} accepted {watts} W: epoch {epoch}, seq {seq}")
            }
            Self::Refused { heater, epoch, seq, why } => {
                write!(f, "heater {heater} refused epoch {epoch}, seq {seq}: {why}")
            }
            Self::Beat { heater, n, epoch, seq, mode, drawn_w } => {
                write!(
                    f,
                    "heater {heater} heartbeat {n}: epoch {epoch}, seq {seq}, {mode}, draws {drawn_w} W"
                )
            }
            Self::Heard { run, heater, n, seq } => {
                write!(f, "run {run} heard heartbeat {n} of heater {heater}, seq {seq}")
            }
            Self::Lost => write!(f, "a message was lost"),
            Self::Struck { fault, who } => write!(f, "{fault:?} struck {who}"),
            Self::HeaterStarted { heater, fence } => write!(f, "heater {heater} started, fence {fence}"),
            Self::HeaterUp { heater } => write!(f, "heater {heater} is connected"),
            Self::RunStarted { run, epoch } => {
                write!(f, "run {run} of the controller started, epoch {epoch}")
            }
            Self::RunEnded { run } => write!(f, "run {run} ended"),
            Self::RunUp { run } => write!(f, "run {run} is connected"),
            Self::Thawed { run } => write!(f, "run {run} goes on"),
            Self::Wanted { heater, warm } => {
                write!(f, "the room of heater {heater} wants to be {}", if warm { "warm" } else { "cool" })
            }
            Self::Limited { watts } => write!(f, "the site is limited to {watts} W"),
            Self::CapSet { circuit, watts } => write!(f, "circuit {circuit} is capped at {watts} W"),
            Self::Alarm { run } => write!(f, "run {run} tells of a second controller"),
            Self::Quiet => write!(f, "nothing breaks any more"),
        }
    }
}
