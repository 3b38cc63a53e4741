//! What the simulated worlds of delivery went through.

use crate::simulation::seen;

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
