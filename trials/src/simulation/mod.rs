//! What every simulated world needs, whatever it is a world of: an agenda of things to come, a trace of what happened,
//! counts of what was lived through, and the words for a broken promise.

mod agenda;
mod coverage;
mod trace;
mod violation;

pub(crate) use agenda::Agenda;
pub(crate) use coverage::seen;
pub(crate) use trace::Trace;
pub use violation::Violation;
