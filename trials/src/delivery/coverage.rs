//! What the simulated worlds went through. A simulation that never reaches a state proves nothing about it.

use std::fmt;

macro_rules! seen {
    ($($name:ident $text:literal;)*) => {
        /// Something that happens in a simulated world.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Seen {
            $(#[doc = $text] $name,)*
        }

        impl Seen {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            const fn words(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

seen! {
    RecordsMade "records made";
    RecordsStored "records stored";
    DeclaredLost "records declared lost";
    Overflows "records dropped by a full outbox";
    SentLive "sent live";
    SentHistory "sent as history";
    SentAgain "sent again";
    MessagesLost "messages lost";
    MessagesDoubled "messages doubled";
    MessagesSlow "messages late by seconds";
    MessagesKept "messages held by a broken link and sent after it";
    Partitions "partitions of a heater";
    IngestPartitions "partitions of ingest";
    HeaterKills "heaters killed";
    HeaterCuts "heaters' power cuts";
    HeatersStopped "heaters stopped in order";
    TailsTorn "power cuts that tore a record in two";
    RecordsTorn "records torn away unsynced";
    HeaterDiskFailures "heaters' disks that failed";
    RecordsLostInTrouble "records torn away under an alarm";
    EarlierBoots "records of an earlier boot sent";
    IngestKilledIdle "ingest killed with nothing in hand";
    IngestKilledBeforeWrite "ingest killed before write";
    IngestKilledInWrite "ingest killed in a write";
    IngestKilledBeforeFsync "ingest killed before fsync";
    IngestKilledBeforeAck "ingest killed after fsync, before ack";
    ServerCuts "server's power cuts";
    CommitsKeptByCut "commits that a power cut let through unsynced";
    CommitsLostByCut "commits that a power cut took";
    BrokerCrashes "broker crashes";
    MailboxLost "acknowledged messages that a broker lost";
    DisksFull "disks full";
    CommitsRefused "commits that a full disk refused";
    HistoryPutOff "records of history sent away by a long queue";
    ReadingStopped "times that ingest stopped reading";
    Commits "commits";
    GroupsFull "commits begun by a full group";
    Duplicates "duplicates answered";
    NoRoom "records refused for want of a range";
    AcksSent "acknowledgements sent";
    AcksWithRanges "acknowledgements with ranges";
    AcksOfAnEarlierRun "acknowledgements heard from an earlier run of ingest";
}

/// How often each thing happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage([u64; Seen::ALL.len()]);

impl Default for Coverage {
    fn default() -> Self {
        Self([0; Seen::ALL.len()])
    }
}

impl Coverage {
    /// How often it happened.
    #[must_use]
    pub const fn of(&self, seen: Seen) -> u64 {
        self.0[seen as usize]
    }

    /// Adds what another world went through.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }

    pub(super) const fn count(&mut self, seen: Seen) {
        self.count_many(seen, 1);
    }

    pub(super) const fn count_many(&mut self, seen: Seen, n: u64) {
        self.0[seen as usize] += n;
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Seen::ALL.iter().try_for_each(|seen| writeln!(f, "{:>12}  {}", self.of(*seen), seen.words()))
    }
}
