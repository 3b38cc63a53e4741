//! Where the rows of a chunk come from.
//!
//! ```text
//!   boots: count, then (boot: eight bytes, bn) each
//!   which boot: a column of whole numbers            constant while a heater runs
//!   seq: a column of whole numbers                   steady while it misses nothing
//! ```

use vocabulary::BootId;

use crate::days::segment::integers;
use crate::form::bytes::{Damaged, Reader, Writer};
use crate::log::block::Origin;

/// Writes the origins of all rows of a chunk.
pub(crate) fn write(origins: &[Origin], out: &mut Writer) {
    let mut boots: Vec<(BootId, u64)> = Vec::new();
    let mut which: Vec<i64> = Vec::with_capacity(origins.len());
    for origin in origins {
        let boot = (origin.boot, origin.bn);
        let at = boots.iter().rposition(|known| *known == boot).unwrap_or_else(|| {
            boots.push(boot);
            boots.len() - 1
        });
        which.push(at as i64);
    }
    out.number(boots.len() as u64);
    for (boot, bn) in boots {
        out.eight(boot.bits());
        out.number(bn);
    }
    integers::write(&which, out);
    let seqs: Vec<i64> = origins.iter().map(|origin| origin.seq as i64).collect();
    integers::write(&seqs, out);
}

/// Reads the origins of so many rows.
///
/// # Errors
/// [`Damaged`] when the bytes are no origins.
pub(crate) fn read(rows: usize, bytes: &[u8]) -> Result<Vec<Origin>, Damaged> {
    let from = &mut Reader::new(bytes);
    let boots: Vec<(BootId, u64)> = (0..from.count()?)
        .map(|_| Ok((BootId::from_bits(from.eight()?), from.number()?)))
        .collect::<Result<_, Damaged>>()?;
    let which = integers::read(rows, from)?;
    let seqs = integers::read(rows, from)?;
    let origin = |(which, seq): (i64, i64)| {
        let &(boot, bn) = usize::try_from(which).ok().and_then(|at| boots.get(at)).ok_or(Damaged)?;
        Ok(Origin { bn, boot, seq: seq as u64 })
    };
    which.into_iter().zip(seqs).map(origin).collect()
}
