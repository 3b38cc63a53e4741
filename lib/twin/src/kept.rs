//! What of a room's people holds for longer than a minute, kept so that it is not drawn again every minute.
//!
//! It saves time and changes nothing: the same numbers come out where nothing was kept, in whatever order
//! moments are asked.

use crate::moment::Moment;
use crate::people::Crowd;

/// What is kept for one room.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    /// How full the office is today, by local day.
    pub(crate) today: Draw,
    /// The two draws between which the office's rank wanders now, the one of an even slot first.
    pub(crate) anchors: [Draw; 2],
    /// The office's rank, by the slot it was looked at in.
    pub(crate) rank: Draw,
    /// Who is at home.
    pub(crate) home: Home,
}

/// A number that holds for one slot of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draw {
    kept: Option<(i64, f64)>,
}

/// A household, which holds from the moment it was looked at until somebody's next full hour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Home {
    kept: Option<(Moment, i64, Crowd)>,
}

impl Draw {
    /// The number of this slot, drawn if it is not the one kept.
    pub(crate) fn of(&mut self, slot: i64, draw: impl FnOnce() -> f64) -> f64 {
        match self.kept {
            Some((kept, value)) if kept == slot => value,
            _ => {
                let value = draw();
                self.kept = Some((slot, value));
                value
            }
        }
    }
}

impl Home {
    /// Who is at home at a moment; `look` gives them and for how many milliseconds they stay as they are.
    pub(crate) fn at(&mut self, moment: Moment, look: impl FnOnce() -> (Crowd, i64)) -> Crowd {
        match self.kept {
            Some((from, until_ms, crowd))
                if (from.utc_ms..until_ms).contains(&moment.utc_ms)
                    && from.local_offset_s == moment.local_offset_s =>
            {
                crowd
            }
            _ => {
                let (crowd, stay_ms) = look();
                self.kept = Some((moment, moment.utc_ms + stay_ms, crowd));
                crowd
            }
        }
    }
}
