//! The observer by quarter hours: what is seen corrects the air, the mass and two disturbances.
//!
//! The passing disturbance is people, cooking, an open door: in a prediction it fades within hours. The lasting one
//! is what the model itself lacks, a neighbour's room or the season, and stays for days. Both fade in the observer as
//! they do in predictions; where they do not, the passing one takes in what lasts and predictions forget it.

use nalgebra::{RowSVector, SVector};

use crate::history::QUARTER_S;
use crate::model::Step;
use crate::room::{ObserverGains, Room};

/// Time in which the passing disturbance is forgotten, s: two hours, as in the plan's disturbance forecast.
const PASSING_S: f64 = 2.0 * 3600.0;
/// Time in which the lasting disturbance is forgotten, s: the weather changes in about three days.
const LASTING_S: f64 = 168.0 * 3600.0;
/// Mass and disturbances follow an innovation no further than this in a quarter hour, K: well above what heating and
/// people do in a quarter hour beyond any model, well below an open window in winter.
const INNOVATION_CLIP_K: f64 = 1.0;

/// What the observer knows better than a simulation without corrections: Ta, Tm, Th in K, then the passing and the
/// lasting disturbance in W.
pub(super) type Lead = SVector<f64, 5>;
/// What of a lead is in the air some time later.
pub(super) type Carried = RowSVector<f64, 5>;

pub(super) struct Observer {
    step: Step,
    gains: ObserverGains,
    /// Heat that warms the air alone by a kelvin in a quarter hour, W/K.
    watts_per_kelvin: f64,
    fade: [f64; 2],
}

impl Observer {
    pub(super) fn of(room: &Room, step: &Step) -> Self {
        Self {
            step: *step,
            gains: room.gains,
            watts_per_kelvin: room.model.air_j_per_k / QUARTER_S,
            fade: [PASSING_S, LASTING_S].map(|time_s| (-QUARTER_S / time_s).exp()),
        }
    }

    /// The lead one slot later, before anything was seen.
    pub(super) fn ahead(&self, lead: &Lead) -> Lead {
        let states =
            self.step.decay * lead.fixed_rows::<3>(0) + self.step.gain.column(3) * (lead[3] + lead[4]);
        Lead::new(states[0], states[1], states[2], lead[3] * self.fade[0], lead[4] * self.fade[1])
    }

    /// The row that carries a lead one slot further, before it is carried by `row`.
    pub(super) fn carry(&self, row: &Carried) -> Carried {
        let states = row.fixed_columns::<3>(0) * self.step.decay;
        let heat = (row.fixed_columns::<3>(0) * self.step.gain.column(3))[0];
        Carried::new(
            states[0],
            states[1],
            states[2],
            heat + row[3] * self.fade[0],
            heat + row[4] * self.fade[1],
        )
    }

    /// Takes in a reading, `gap` above the simulation, that came `slots` slots after the last. Where something disturbs,
    /// the air is believed wholly and nothing else: it moved further than noise, and not for the room's reasons.
    pub(super) fn correct(&self, lead: &mut Lead, gap: f64, slots: i32, disturbed: bool) {
        let innovation = gap - lead[0];
        if disturbed {
            lead[0] = gap;
            return;
        }
        let clipped = innovation.clamp(-INNOVATION_CLIP_K, INNOVATION_CLIP_K);
        lead[0] += innovation * (1.0 - (1.0 - self.gains.air).powi(slots));
        // After several slots at once the mass follows as far as several corrections would have taken it, and never
        // further than the air.
        lead[1] += clipped * (1.0 - (1.0 - self.gains.mass.min(1.0)).powi(slots));
        lead[3] += clipped * self.watts_per_kelvin * self.gains.passing;
        lead[4] += clipped * self.watts_per_kelvin * self.gains.lasting;
    }
}
