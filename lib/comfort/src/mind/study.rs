//! A night's study: the room is learned anew from its history, and if that predicts better, the days of the history are
//! lived through again with what is now known.

use crate::learn::learn;
use crate::model::{Inputs, RoomModel};
use crate::observe::{Belief, DisturbanceProfile, Sensed};
use crate::prior::Prior;

use super::{Mind, QUARTER_S, hour_of_week};

impl Mind {
    /// Learns the room from its history, with what the building's other rooms are like. Whether what it learned is
    /// better than what it knew, and was taken.
    pub fn study(&mut self, peers: &[RoomModel]) -> bool {
        let facts = &self.facts;
        let prior = Prior::of(facts.rated_w, facts.floor_m2, facts.volume_m3).with_peers(peers);
        let Some(lesson) = learn(&prior, &self.room, &self.history) else { return false };
        self.errors = Some(if lesson.accepted { lesson.errors } else { lesson.errors_before });
        if lesson.accepted {
            self.room = lesson.room;
            self.relive();
        }
        lesson.accepted
    }

    /// What is unknown to a new model is another heat than what was unknown to the old one, and so are the walls'
    /// temperatures: belief and habits are made anew from the history.
    fn relive(&mut self) {
        let model = self.room.model;
        let step = model.over(QUARTER_S);
        let first_s = self.history.first_end_s();
        let quarters: Vec<_> = self.history.quarters().collect();
        let mut belief: Option<Belief> = None;
        self.profile = DisturbanceProfile::default();
        for (nth, quarter) in quarters.iter().enumerate() {
            let local_s = first_s + nth as f64 * QUARTER_S;
            let Some(known) = &mut belief else {
                belief = quarter.air_c.map(|air_c| Belief::begin(&model, air_c, quarter.outdoor_c));
                continue;
            };
            let inputs = Inputs {
                power_w: quarter.power_w,
                outdoor_c: quarter.outdoor_c,
                sun_w_per_m2: quarter.sun_w_per_m2,
                // What happened in a quarter hour belongs to the slot in which it began.
                disturbance_w: self.known_w(local_s - QUARTER_S, quarter.presence),
            };
            let air_c = quarter.air_c.filter(|_| !quarter.disturbed);
            let sensed = Sensed { air_c, heater_c: quarter.heater_c, co2_ppm: None };
            let observed = known.advance((&model, &step, QUARTER_S), self.facts.rated_w, &inputs, &sensed);
            if observed.doubt.is_none() && !known.window_open() {
                self.profile.learn(hour_of_week(local_s), known.disturbance_w(), QUARTER_S);
            }
        }
        // Should the history hold no temperature at all, what is believed stays.
        self.belief = belief.or(self.belief.take());
    }
}
