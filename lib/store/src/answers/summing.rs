//! Aggregates: what the good values of each step come to, from the log, from hourly sums and from every reading.
//!
//! ```text
//!   stay         ├──┬─────────────┬─────────────┬───┤
//!                └─ every reading └─ hourly sums ┘   └─ every reading      steps of whole hours
//!                └──────────── every reading ────────┘                     other steps
//!                   └─ hourly sums, each in the step of its beginning ┘    when nothing else is left
//! ```
//! An hour is counted as a whole only where all of it lies within the stay: a heater that moved within an hour shows no
//! room what it measured in another.

use vocabulary::{Metric, RetentionClass, Timestamp};

use crate::answers::aggregate::{Bins, Steps};
use crate::answers::past::Hour;
use crate::answers::readings::{groups, stays};
use crate::days::day::HOUR_MS;
use crate::days::embedded::Embedded;
use crate::days::parts::Part;
use crate::error::{QuestionError, StoreError};
use crate::log::catalog::Stay;
use crate::log::head::Head;
use crate::question::{Bin, Group, GroupBy, Selector};

/// A divided aggregate gives at most this many bins in all; more would not fit into a message.
pub(crate) const MAX_GROUPED_BINS: usize = 200_000;
/// So many bins are filled at once, of 32 bytes each.
const BINS_AT_ONCE: usize = 400_000;

/// A stay and whose bins it fills.
#[derive(Debug, Clone, Copy)]
struct Share {
    stay: Stay,
    group: usize,
}

/// Where the readings lie, as of one moment.
struct Sources {
    blocks: Vec<(u64, Share)>,
    parts: Vec<Part>,
}

impl Embedded {
    /// What the good values of each step come to.
    pub(crate) fn aggregate(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<Bin>, StoreError> {
        let steps = Steps::new(from, to, step_ms)?;
        let stays = stays(&self.journal.head(), selector, from, to);
        let mut bins = self.bins(&selector.metric, steps, &[stays])?;
        Ok(bins.pop().unwrap_or_default())
    }

    /// The same, divided; ascending by group, groups without any bin left out.
    pub(crate) fn grouped(
        &self,
        selector: &Selector,
        by: GroupBy,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<(Group, Vec<Bin>)>, StoreError> {
        let steps = Steps::new(from, to, step_ms)?;
        let groups = groups(&self.journal.head(), selector, by, from, to);
        let (names, stays): (Vec<Group>, Vec<Vec<Stay>>) = groups.into_iter().unzip();
        let mut answer = Vec::new();
        let mut total = 0;
        let at_once = (BINS_AT_ONCE / steps.count().max(1)).max(1);
        for (names, stays) in names.chunks(at_once).zip(stays.chunks(at_once)) {
            for (name, bins) in names.iter().zip(self.bins(&selector.metric, steps, stays)?) {
                total += bins.len();
                if total > MAX_GROUPED_BINS {
                    return Err(QuestionError::TooLarge.into());
                }
                if !bins.is_empty() {
                    answer.push((name.clone(), bins));
                }
            }
        }
        Ok(answer)
    }

    /// Fills the bins of several groups in one pass over what they have in common.
    fn bins(&self, metric: &Metric, steps: Steps, groups: &[Vec<Stay>]) -> Result<Vec<Vec<Bin>>, StoreError> {
        let mut bins: Vec<Bins> = groups.iter().map(|_| Bins::new(steps)).collect();
        let class = metric.class();
        let number = self.journal.head().catalog.metric_number(metric);
        if let Some(metric) = number {
            let shares = shares(groups);
            let (sources, log) = self.journal.look(|head| sources(head, (metric, class), &shares))?;
            for (commit, Share { stay, group }) in sources.blocks {
                for (_, cell) in self.journal.cells(&log, (commit, stay.heater), Some(metric))? {
                    if let Some(value) = cell.measurement.good()
                        && (stay.from..stay.to).contains(&cell.ts)
                    {
                        bins[group].add(cell.ts, value);
                    }
                }
            }
            drop(log);
            for part in sources.parts {
                self.add_part(&part, metric, steps, &shares, &mut bins)?;
            }
        }
        Ok(bins.into_iter().map(Bins::finish).collect())
    }

    fn add_part(
        &self,
        part: &Part,
        metric: u32,
        steps: Steps,
        shares: &[Share],
        bins: &mut [Bins],
    ) -> Result<(), StoreError> {
        let there = |share: &&Share| part.meets(share.stay.from, share.stay.to.saturating_sub(1));
        let shares: Vec<Share> = shares.iter().filter(there).copied().collect();
        let roll_up = part.roll_up.as_ref().filter(|_| steps.are_hours() || part.full.is_none());
        let hours = match roll_up {
            Some(file) => {
                let mut heaters: Vec<u32> = shares.iter().map(|share| share.stay.heater).collect();
                heaters.dedup();
                self.hours(file, metric, &heaters)?
            }
            None => (Vec::new(), false),
        };
        let (hours, are_all) = hours;
        let Some(full) = &part.full else {
            add_hours(&hours, &shares, bins);
            return Ok(());
        };
        if are_all {
            add_hours(&hours, &shares, bins);
        }
        for Share { stay, group } in shares {
            let edges = if are_all { edges(stay) } else { [Some(stay), None] };
            for edge in edges.into_iter().flatten() {
                if part.meets(edge.from, edge.to.saturating_sub(1)) {
                    self.visit_values(full, metric, edge, |ts, value| bins[group].add(ts, value))?;
                }
            }
        }
        Ok(())
    }
}

/// All stays with their groups, ascending by heater.
fn shares(groups: &[Vec<Stay>]) -> Vec<Share> {
    let numbered = groups.iter().enumerate();
    let mut shares: Vec<Share> =
        numbered.flat_map(|(group, stays)| stays.iter().map(move |&stay| Share { stay, group })).collect();
    shares.sort_by_key(|share| (share.stay.heater, share.stay.from));
    shares
}

fn sources(head: &Head, (metric, class): (u32, RetentionClass), shares: &[Share]) -> Sources {
    let of_share = |share: &Share| {
        let (share, heater) = (*share, head.heater(share.stay.heater));
        heater.into_iter().flat_map(move |heater| {
            let entries = heater.overlapping(metric, share.stay.from, share.stay.to);
            entries.map(move |entry| (entry.commit, share))
        })
    };
    let first = shares.iter().map(|share| share.stay.from).min().unwrap_or(i64::MAX);
    let last = shares.iter().map(|share| share.stay.to.saturating_sub(1)).max().unwrap_or(i64::MIN);
    let parts = head.parts.iter().filter(|part| part.id.class == class && part.meets(first, last));
    Sources { blocks: shares.iter().flat_map(of_share).collect(), parts: parts.cloned().collect() }
}

/// Adds the hours that lie in a stay as a whole.
fn add_hours(hours: &[Hour], shares: &[Share], bins: &mut [Bins]) {
    for &(heater, begin, sum) in hours {
        let first = shares.partition_point(|share| share.stay.heater < heater);
        for Share { stay, group } in shares[first..].iter().take_while(|share| share.stay.heater == heater) {
            if stay.from <= begin && begin.checked_add(HOUR_MS).is_some_and(|end| end <= stay.to) {
                bins[*group].add_sum(begin, sum);
            }
        }
    }
}

/// What of a stay lies in hours that are not wholly in it.
fn edges(stay: Stay) -> [Option<Stay>; 2] {
    let Stay { heater, from, to } = stay;
    let begun = from.rem_euclid(HOUR_MS);
    let first_whole = if begun == 0 { Some(from) } else { from.checked_add(HOUR_MS - begun) };
    let last_whole = to.checked_sub(to.rem_euclid(HOUR_MS));
    match (first_whole, last_whole) {
        (Some(first), Some(last)) if first <= last => {
            let edge = |from, to| (from < to).then_some(Stay { heater, from, to });
            [edge(from, first), edge(last, to)]
        }
        _ => [Some(stay), None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_edges_make_up_a_stay() {
        let hour = HOUR_MS;
        for (from, to, expected) in [
            (0, 2 * hour, vec![]),
            (1, 2 * hour, vec![(1, hour)]),
            (0, 2 * hour + 5, vec![(2 * hour, 2 * hour + 5)]),
            (-5, hour + 5, vec![(-5, 0), (hour, hour + 5)]),
            (5, 10, vec![(5, 10)]),
            (5, hour + 5, vec![(5, hour), (hour, hour + 5)]),
            (i64::MAX - 5, i64::MAX, vec![(i64::MAX - 5, i64::MAX)]),
            (i64::MIN, i64::MIN + 5, vec![(i64::MIN, i64::MIN + 5)]),
        ] {
            let edges = edges(Stay { heater: 0, from, to });
            let edges: Vec<_> = edges.into_iter().flatten().map(|edge| (edge.from, edge.to)).collect();
            assert_eq!(edges, expected, "{from} {to}");
        }
    }
}
