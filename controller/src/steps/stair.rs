//! The powers at which the heaters of one room, together, compute with all they draw: a stair that is climbed heater by
//! heater, so that as few run as can carry the heat.

/// One heater on the stair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member<'a> {
    /// What its jobs need that must run, W; at most `most_w`.
    pub(super) least_w: f64,
    /// The most it can draw now, W.
    pub(super) most_w: f64,
    /// Its own steps, ascending, W. Without any it can be set to any power.
    pub(super) steps_w: &'a [u32],
}

/// The stair of some heaters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stair {
    /// What they draw on the lowest rung, each: the jobs that must run, and nothing else.
    ground_w: Vec<f64>,
    /// The rungs above it, from the lowest.
    rises: Vec<Rise>,
}

/// One heater goes up by one of its own steps.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rise {
    member: usize,
    /// What it draws on this rung.
    own_w: f64,
    /// What all draw on this rung.
    total_w: f64,
}

impl Stair {
    /// The stair of heaters in the order in which they are filled; `None` where one of them states no steps.
    pub(super) fn of(members: &[Member<'_>]) -> Option<Self> {
        if members.is_empty() || members.iter().any(|member| member.steps_w.is_empty()) {
            return None;
        }
        let ground_w: Vec<f64> = members.iter().map(|member| whole(member.least_w)).collect();
        let mut total_w: f64 = ground_w.iter().sum();
        let mut rises = Vec::new();
        for (member, of) in members.iter().enumerate() {
            let mut own_w = ground_w[member];
            for rung_w in of.rungs_w() {
                total_w += rung_w - own_w;
                own_w = rung_w;
                rises.push(Rise { member, own_w, total_w });
            }
        }
        Some(Self { ground_w, rises })
    }

    /// The highest rung.
    pub(super) fn top(&self) -> usize {
        self.rises.len()
    }

    /// What all draw on a rung, W.
    pub(super) fn total_w(&self, rung: usize) -> f64 {
        rung.checked_sub(1).map_or_else(|| self.ground_w.iter().sum(), |rise| self.rises[rise].total_w)
    }

    /// The highest rung that takes no more than so much; `None` where the jobs that must run take more.
    pub(super) fn at_most(&self, watts: f64) -> Option<usize> {
        (0..=self.top()).rev().find(|&rung| self.total_w(rung) <= watts + CLOSE_W)
    }

    /// What each heater draws on a rung, W.
    pub(super) fn by_member_w(&self, rung: usize) -> Vec<f64> {
        let mut by_member_w = self.ground_w.clone();
        self.rises[..rung].iter().for_each(|rise| by_member_w[rise.member] = rise.own_w);
        by_member_w
    }
}

impl Member<'_> {
    /// Its steps above what must run and below the most it can draw, and that most: who wants all there is gets it.
    fn rungs_w(&self) -> impl Iterator<Item = f64> {
        let (least_w, most_w) = (whole(self.least_w), whole(self.most_w));
        let steps_w = self.steps_w.iter().map(|step_w| f64::from(*step_w));
        steps_w.filter(move |step_w| *step_w < most_w).chain([most_w]).filter(move |rung_w| *rung_w > least_w)
    }
}

/// Sharing leaves a job that must run this much less than its whole watts: less than any cap is told in, and no core is stopped
/// for it.
pub(super) const CLOSE_W: f64 = 1e-6;

/// Leases are in whole watts.
fn whole(watts: f64) -> f64 {
    watts.max(0.0).floor()
}
