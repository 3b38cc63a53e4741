//! What still waits in the journal, for those who ask meanwhile.

use vocabulary::Metric;

use crate::answers::aggregate::{Bins, Steps};
use crate::error::StoreError;
use crate::log::block::{Cell, Origin};
use crate::log::catalog::Stay;
use crate::log::journal::Journal;
use crate::question::Bin;

/// Gives every waiting cell of a metric within the stays to `each`.
pub(crate) fn visit(
    journal: &Journal,
    metric: &Metric,
    stays: &[Stay],
    mut each: impl FnMut(&Stay, &Origin, &Cell),
) -> Result<(), StoreError> {
    let Some(metric) = journal.head().catalog.metric_number(metric) else { return Ok(()) };
    for stay in stays {
        let (commits, log) = journal.look(|head| -> Vec<u64> {
            let heater = head.heater(stay.heater).into_iter();
            let entries = heater.flat_map(|heater| heater.overlapping(metric, stay.from, stay.to));
            entries.map(|entry| entry.commit).collect()
        })?;
        for commit in commits {
            for (origin, cell) in journal.cells(&log, (commit, stay.heater), Some(metric))? {
                if (stay.from..stay.to).contains(&cell.ts) {
                    each(stay, &origin, &cell);
                }
            }
        }
    }
    Ok(())
}

/// What the waiting good values of each step come to.
pub(crate) fn bins(
    journal: &Journal,
    metric: &Metric,
    steps: Steps,
    stays: &[Stay],
) -> Result<Vec<Bin>, StoreError> {
    let mut bins = Bins::new(steps);
    visit(journal, metric, stays, |_, _, cell| {
        if let Some(value) = cell.measurement.good() {
            bins.add(cell.ts, value);
        }
    })?;
    Ok(bins.finish())
}
