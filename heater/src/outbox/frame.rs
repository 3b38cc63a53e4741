//! The form of the outbox's log: frames one after another, each with a check sum of its own.
//!
//! ```text
//! mark (2 bytes)  kind (1)  length (2, little-endian)  crc32 of kind, length and content (4)  content (JSON)
//! ```
//! The first frame is the header. Everything said is JSON, so the file can be read with `strings`. The two bytes of the
//! mark never occur in UTF-8: behind damage the next frame is found by looking for them, and what is found cannot
//! lie inside another frame's content.

use serde::{Deserialize, Serialize};
use vocabulary::{BootId, Record};

/// The form that this program writes.
pub(super) const VERSION: u32 = 1;

const MARK: [u8; 2] = [0xF5, 0xFE];
const HEAD_BYTES: usize = 9;
/// No frame of a record is shorter: what was cut out of a log held at most one record for each of these.
pub(super) const SHORTEST_RECORD_BYTES: usize = HEAD_BYTES + 100;

/// What stands first in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) v: u32,
}

/// What is known of one boot besides its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BootNote {
    pub(super) boot: BootId,
    pub(super) bn: u64,
    /// The highest seq given to a record.
    pub(super) last: u64,
    /// The highest mark heard from the platform.
    pub(super) hwm: u64,
}

/// What the platform has said of a boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Confirmed {
    pub(super) boot: BootId,
    pub(super) hwm: u64,
    pub(super) got: Vec<(u64, u64)>,
}

/// One thing said in a log.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frame {
    Header(Header),
    Boot(BootNote),
    Record(Record),
    /// The record without samples at the end of a boot that is over.
    Closing(Record),
    Confirmed(Confirmed),
    /// The outbox was closed in order: nothing is missing behind this.
    Closed,
}

impl Frame {
    pub(super) fn header(header: &Header) -> Vec<u8> {
        framed(b'H', &json(header))
    }

    pub(super) fn boot(note: &BootNote) -> Vec<u8> {
        framed(b'B', &json(note))
    }

    pub(super) fn record(record: &Record, is_closing: bool) -> Vec<u8> {
        framed(if is_closing { b'E' } else { b'R' }, &record.encode())
    }

    pub(super) fn confirmed(confirmed: &Confirmed) -> Vec<u8> {
        framed(b'C', &json(confirmed))
    }

    pub(super) fn closed() -> Vec<u8> {
        framed(b'Z', b"{}")
    }

    /// The frame at the beginning of `bytes`, and its length; `None` when there is none in good order.
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
        let [m0, m1, kind, l0, l1, crc @ ..] = *head;
        let content = rest.get(..usize::from(u16::from_le_bytes([l0, l1])))?;
        if [m0, m1] != MARK || u32::from_le_bytes(crc) != check_sum(&head[2..5], content) {
            return None;
        }
        let frame = match kind {
            b'H' => Self::Header(serde_json::from_slice(content).ok()?),
            b'B' => Self::Boot(serde_json::from_slice(content).ok()?),
            b'R' => Self::Record(Record::decode(content).ok()?.0),
            b'E' => Self::Closing(Record::decode(content).ok()?.0),
            b'C' => Self::Confirmed(serde_json::from_slice(content).ok()?),
            b'Z' => Self::Closed,
            _ => return None,
        };
        Some((frame, HEAD_BYTES + content.len()))
    }
}

/// Reads a log, damaged or not: gives every frame in good order with its length, and how many bytes belong to none.
pub(super) fn read_log(bytes: &[u8]) -> (Vec<(Frame, usize)>, usize) {
    let (mut frames, mut cut_bytes, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        match Frame::read(&bytes[at..]) {
            Some((frame, length)) => {
                frames.push((frame, length));
                at += length;
            }
            None => {
                let skipped = to_next_mark(&bytes[at..]);
                cut_bytes += skipped;
                at += skipped;
            }
        }
    }
    (frames, cut_bytes)
}

/// How far it is to where the next frame might begin; at least one byte.
fn to_next_mark(bytes: &[u8]) -> usize {
    let next = bytes.windows(MARK.len()).skip(1).position(|window| window == MARK);
    next.map_or(bytes.len(), |before| before + 1)
}

fn framed(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("no payload is longer than 8 KiB").to_le_bytes();
    let described = [kind, length[0], length[1]];
    let crc = check_sum(&described, content).to_le_bytes();
    [&MARK[..], &described, &crc, content].concat()
}

fn check_sum(described: &[u8], content: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(described);
    sum.update(content);
    sum.finalize()
}

fn json(what: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(what).expect("a struct of numbers and short texts is always JSON")
}
