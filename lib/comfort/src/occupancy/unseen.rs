//! The presence that a sense does not see.
//!
//! People sit still where motion is looked for, and fresh air hides their breath. As long as that lasts the sense's
//! silence says nothing, so silence must not count without end: of the presence a share s is unseen, for which every
//! reading is as likely as in an empty room. A reading with likelihood ratio r multiplies the odds of presence by
//! `(1−s)·r + s`, after which the unseen are `s / ((1−s)·r + s)` of it.

use serde::{Deserialize, Serialize};

/// The share of presence that a sense does not see, 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Unseen(pub(super) f64);

impl Unseen {
    /// Goes towards `share`, keeping so much of what it was.
    pub(super) fn fade(&mut self, share: f64, kept: f64) {
        self.0 = share + (self.0 - share) * kept;
    }

    /// The log-odds that a reading adds, of likelihood ratio `ratio` for those who are seen.
    pub(super) fn evidence(&mut self, ratio: f64) -> f64 {
        let total = (1.0 - self.0) * ratio + self.0;
        self.0 = (self.0 / total).min(1.0);
        total.ln()
    }
}
