//! Who draws through which cap: a tree, so that caps are nested or apart, never across each other.

use thiserror::Error;

/// A cap on what a group of rooms draws together, one limit for each step of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Cap {
    /// The cap that this one lies under. None for the first, which holds the whole building.
    pub above: Option<usize>,
    /// Limit of the sum in each step, W. Infinite where there is none; below zero or not a number counts as zero.
    pub limit_w: Vec<f64>,
    /// What each watt beyond the limit costs, one number for each step of the plan, or `None` where the limit must hold: a
    /// fuse has no price, a lack of jobs has (what the compute would have earned).
    pub excess_cost_per_w: Option<Vec<f64>>,
}

/// The caps of a building and the rooms under them.
#[derive(Debug, Clone, PartialEq)]
pub struct Circuits {
    caps: Vec<Cap>,
    of_room: Vec<usize>,
    rooms: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
}

/// Why caps are no tree. The caller's list of circuits is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CircuitsError {
    /// There must be a cap over the whole building, and every other must lie under an earlier one.
    #[error("cap {0} must lie under an earlier one; the first, which there must be, under none")]
    NoTree(usize),
    /// A room names a cap that is not there.
    #[error("room {0} lies under a cap that is not there")]
    NoSuchCap(usize),
}

impl Circuits {
    /// `caps` with those above before those below; `of_room` gives each room's innermost cap.
    ///
    /// # Errors
    /// Where the caps are no tree, or a room's cap is missing.
    pub fn new(caps: Vec<Cap>, of_room: Vec<usize>) -> Result<Self, CircuitsError> {
        let (mut below, mut rooms) = (vec![Vec::new(); caps.len()], vec![Vec::new(); caps.len()]);
        if caps.is_empty() {
            return Err(CircuitsError::NoTree(0));
        }
        for (index, cap) in caps.iter().enumerate() {
            match cap.above {
                None if index == 0 => {}
                Some(above) if above < index => below[above].push(index),
                _ => return Err(CircuitsError::NoTree(index)),
            }
        }
        for (room, &cap) in of_room.iter().enumerate() {
            rooms.get_mut(cap).ok_or(CircuitsError::NoSuchCap(room))?.push(room);
        }
        Ok(Self { caps, of_room, rooms, below })
    }

    /// One cap over `rooms` rooms.
    #[must_use]
    pub fn single(limit_w: Vec<f64>, rooms: usize) -> Self {
        let cap = Cap { above: None, limit_w, excess_cost_per_w: None };
        Self {
            caps: vec![cap],
            of_room: vec![0; rooms],
            rooms: vec![(0..rooms).collect()],
            below: vec![Vec::new()],
        }
    }

    /// The caps.
    #[must_use]
    pub fn caps(&self) -> &[Cap] {
        &self.caps
    }

    /// Number of rooms.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.of_room.len()
    }

    /// The caps over a room, the innermost first.
    pub fn over_room(&self, room: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(self.of_room[room]), |&cap| self.caps[cap].above)
    }

    /// Limit of a cap in step `k`, W; after its last step the last holds on.
    #[must_use]
    pub fn limit_w(&self, cap: usize, k: usize) -> f64 {
        let limits = &self.caps[cap].limit_w;
        limits.get(k).or(limits.last()).map_or(f64::INFINITY, |limit| limit.max(0.0))
    }

    /// What a watt beyond a cap's limit costs in step `k`; after its last step the last holds on. `None` where the limit
    /// must hold.
    #[must_use]
    pub fn excess_cost_per_w(&self, cap: usize, k: usize) -> Option<f64> {
        let costs = self.caps[cap].excess_cost_per_w.as_ref()?;
        Some(costs.get(k).or(costs.last()).copied().unwrap_or(0.0))
    }

    /// Sum under each cap.
    #[must_use]
    pub fn sums_w(&self, power_w: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.caps.len()];
        for (watts, &cap) in power_w.iter().zip(&self.of_room) {
            sums[cap] += watts;
        }
        for (index, cap) in self.caps.iter().enumerate().rev() {
            if let Some(above) = cap.above {
                sums[above] += sums[index];
            }
        }
        sums
    }

    /// The same under one more cap over everything, which becomes the first.
    pub(crate) fn under(&self, whole: Cap) -> Self {
        let whole = Cap { above: None, ..whole };
        let lowered =
            self.caps.iter().map(|cap| Cap { above: Some(cap.above.map_or(0, |a| a + 1)), ..cap.clone() });
        let caps = std::iter::once(whole).chain(lowered).collect();
        Self::new(caps, self.of_room.iter().map(|cap| cap + 1).collect())
            .expect("a tree under one more root is a tree")
    }

    /// The same where passing a soft cap costs nothing: for plans that have paid for it already.
    pub(crate) fn paid(&self) -> Self {
        let free = |cap: &Cap| Cap {
            excess_cost_per_w: cap.excess_cost_per_w.as_ref().map(|_| vec![0.0]),
            ..cap.clone()
        };
        Self { caps: self.caps.iter().map(free).collect(), ..self.clone() }
    }

    pub(crate) fn set_limit(&mut self, cap: usize, limit_w: f64) {
        self.caps[cap].limit_w.fill(limit_w);
    }

    /// Rooms that hang on a cap directly.
    pub(crate) fn rooms_of(&self, cap: usize) -> &[usize] {
        &self.rooms[cap]
    }

    /// Caps directly below one.
    pub(crate) fn below(&self, cap: usize) -> &[usize] {
        &self.below[cap]
    }
}
