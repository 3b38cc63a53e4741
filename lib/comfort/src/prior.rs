//! What a room is likely to be before anything was seen of it: from its heater, its size and its building's rooms.

use crate::certainty::{Certainty, Information};
use crate::history::History;
use crate::learn::measured_emitter;
use crate::model::{Emitter, RoomModel};
use crate::room::{DailyGain, ObserverGains, Room};
use crate::theta::{LAG, OF_THE_MODEL, Scale, Theta};

/// Indoor less outdoor temperature for which heaters are chosen, K: 20 °C inside at −7 °C, the middle of the French
/// design temperatures (NF P 52-612/CN: −5 °C on the coasts to −10 °C in the east).
const DESIGN_DIFFERENCE_K: f64 = 27.0;
/// Rated power over design heat loss: heaters come in sizes and are chosen with a margin for heating up
/// (EN 12831-1 allows 10 to 30 W/m² on top of 30 to 60).
const OVERSIZING: f64 = 1.5;
/// Rated power for a square metre where the floor is unknown, W/m²: common practice for electric heaters.
const RATED_W_PER_M2: f64 = 75.0;
/// Height of a room where only its volume is known, m.
const HEIGHT_M: f64 = 2.5;
/// Share of the loss that passes the air alone, by windows and ventilation; the rest passes the walls.
const LOSS_FROM_AIR: f64 = 0.65;
/// Air and what follows it within minutes, J/(m² K) of floor: the air itself 3 kJ, furniture 10 kJ (EN ISO 52016-1),
/// and the skin of the surfaces, which a model with two capacities has to count to the air.
const AIR_J_PER_K_M2: f64 = 20e3;
/// Walls and floor, J/(m² K) of floor: the class "medium" of EN ISO 13790.
const MASS_J_PER_K_M2: f64 = 165e3;
/// Air to mass, W/(m² K) of floor: EN ISO 13790 has 3.45 W/(m² K) on 4.5 m² from the air to the surfaces and
/// 9.1 W/(m² K) on 2.5 m² from there to the mass, in series.
const AIR_MASS_W_PER_K_M2: f64 = 9.2;
/// Sun per square metre of floor, m²: glass of an eighth of the floor, of which half the heat comes through and most
/// hours see less than the horizontal plane does.
const SOLAR_M2_PER_M2: f64 = 0.05;
/// Share of the sun that warms the air at once: the rest falls on floor and walls.
const SOLAR_TO_AIR: f64 = 0.25;
/// What stands by, W/m² of floor.
const STANDBY_W_PER_M2: f64 = 2.0;
/// People and what they switch on at presence 1, W/m² of floor: a person at a desk gives 75 W of sensible heat (EN ISO
/// 7730 at 1.2 met) and uses as much again, on 18 m².
const PRESENCE_W_PER_M2: f64 = 8.0;
/// Heater without a data sheet: case temperature above the room at rated power, K, time constant, s, and radiant
/// share, of a closed metal case of that temperature.
const EMITTER_EXCESS_K: f64 = 35.0;
const EMITTER_LAG_S: f64 = 900.0;
const EMITTER_RADIANT_SHARE: f64 = 0.3;
/// The least rated power that is reckoned with, W, so that a room without a heater still has a size.
const LEAST_RATED_W: f64 = 100.0;
/// Beyond these no one room is meant: a megawatt, and a floor in m² or a volume in m³.
const MOST_RATED_W: f64 = 1e6;
const LARGEST_ROOM: f64 = 1e5;

/// The observer before anything was seen, by quarter hours: what the control loop's gains for 5 minutes (0.35, 0.02
/// and 0.012) come to in three steps. The lasting disturbance follows a steady innovation as fast as the passing one
/// and only forgets more slowly.
const GAINS: ObserverGains = ObserverGains { air: 0.725, mass: 0.059, passing: 0.036, lasting: 0.036 };
/// Spread of the daily waves in kelvin of heat loss: what unseen people and what they switch on give by day, 10 W/m² and
/// less, is some kelvin of the loss of a tight room and a fraction of one of a leaky room. Narrower, and days with
/// people whom nobody saw are taken for a larger heat loss with a larger constant gain.
const WAVES: f64 = 1.0;
/// Spreads of θ, one standard deviation, in its order: a factor of two for what size alone fixes poorly. The radiant
/// share is held closer, as a data sheet or a look at the heater tells it and freedom there only blurs Ca. So is the
/// lasting disturbance: over the days that are learned from the mean error is zero with any model, so that they
/// cannot tell how soon to follow a season.
const SPREAD: Theta = Theta([
    0.6, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8, 0.3, 0.7, 0.3, 1.0, 1.0, 1.0, 1.0, 0.3, WAVES, WAVES, WAVES, WAVES,
]);
/// Spread of a lag that was measured at the heater itself.
const MEASURED_LAG_SPREAD: f64 = 0.1;
/// So many peers weigh as much as the rule of thumb.
const PEERS_FOR_HALF: f64 = 2.0;
/// Peers alike to the last digit still leave this spread: the next room may be the corner room.
const LEAST_PEER_SPREAD: f64 = 0.3;
/// From the median deviation to the standard deviation of a normal distribution.
const DEVIATION_PER_MEDIAN: f64 = 1.4826;

/// A room before learning and how far each parameter may be from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// The middle: also what to control with until something is learned.
    pub room: Room,
    pub(crate) spread: Theta,
}

impl Prior {
    /// From the rated power of the room's heaters, its floor and its volume where they are known.
    #[must_use]
    pub fn of(rated_w: f64, floor_m2: Option<f64>, volume_m3: Option<f64>) -> Self {
        let sound = |number: &f64| (1.0..=LARGEST_ROOM).contains(number);
        let rated_w =
            if rated_w.is_finite() { rated_w.clamp(LEAST_RATED_W, MOST_RATED_W) } else { LEAST_RATED_W };
        let floor_m2 = floor_m2
            .filter(sound)
            .or(volume_m3.filter(sound).map(|volume_m3| volume_m3 / HEIGHT_M))
            .unwrap_or(rated_w / RATED_W_PER_M2);
        let loss_w_per_k = rated_w / (OVERSIZING * DESIGN_DIFFERENCE_K);
        let air_mass_w_per_k = AIR_MASS_W_PER_K_M2 * floor_m2;
        // Umo in series with Uam is to make up the walls' share of the loss, which is always the smaller conductance.
        let walls_w_per_k = ((1.0 - LOSS_FROM_AIR) * loss_w_per_k).min(0.5 * air_mass_w_per_k);
        let model = RoomModel {
            air_j_per_k: AIR_J_PER_K_M2 * floor_m2,
            mass_j_per_k: MASS_J_PER_K_M2 * floor_m2,
            air_outdoor_w_per_k: LOSS_FROM_AIR * loss_w_per_k,
            air_mass_w_per_k,
            mass_outdoor_w_per_k: walls_w_per_k * air_mass_w_per_k / (air_mass_w_per_k - walls_w_per_k),
            air_solar_m2: SOLAR_TO_AIR * SOLAR_M2_PER_M2 * floor_m2,
            mass_solar_m2: (1.0 - SOLAR_TO_AIR) * SOLAR_M2_PER_M2 * floor_m2,
            inner_gain_w: STANDBY_W_PER_M2 * floor_m2,
            emitter: Emitter {
                conductance_w_per_k: rated_w / EMITTER_EXCESS_K,
                lag_s: EMITTER_LAG_S,
                radiant_share: EMITTER_RADIANT_SHARE,
            },
        };
        let presence_w = PRESENCE_W_PER_M2 * floor_m2;
        let certainty = Certainty::default();
        let room = Room { model, presence_w, daily: DailyGain::default(), gains: GAINS, certainty };
        Self { room, spread: SPREAD }.judged()
    }

    /// With the heater as its data sheet describes it.
    #[must_use]
    pub fn with_emitter(mut self, emitter: Emitter) -> Self {
        self.room.model.emitter = emitter;
        self
    }

    /// With the heater as its own temperature and power show it, where the history has both.
    #[must_use]
    pub fn with_measured_emitter(mut self, history: &History) -> Self {
        if let Some(emitter) = measured_emitter(history, &self.room.model.emitter) {
            self.room.model.emitter = emitter;
            self.spread.0[LAG] = MEASURED_LAG_SPREAD;
        }
        self
    }

    /// Pulled to the learned rooms of the same building, each scaled by its heater to the size of this room: medians
    /// of the logarithms, so that one room learned wrongly does not matter. The more peers there are, the more they
    /// weigh, and where they agree the spread shrinks.
    #[must_use]
    pub fn with_peers(mut self, peers: &[RoomModel]) -> Self {
        let own = self.scale();
        let scaled = |peer| own.theta(&Room { model: scaled_to(peer, &self.room.model)?, ..self.room });
        let peers: Vec<Theta> = peers.iter().filter_map(scaled).collect();
        let Some(mut theta) = own.theta(&self.room).filter(|_| !peers.is_empty()) else { return self };
        let weight = peers.len() as f64 / (peers.len() as f64 + PEERS_FOR_HALF);
        for index in 0..OF_THE_MODEL {
            let mut values: Vec<f64> = peers.iter().map(|peer| peer.0[index]).collect();
            let middle = median(&mut values);
            let mut deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
            let among = (DEVIATION_PER_MEDIAN * median(&mut deviations)).max(LEAST_PEER_SPREAD);
            theta.0[index] += weight * (middle - theta.0[index]);
            let spread = &mut self.spread.0[index];
            *spread = ((1.0 - weight) * spread.powi(2) + weight * among.min(*spread).powi(2)).sqrt();
        }
        self.room = own.room(&theta);
        self.judged()
    }

    /// With the certainty that follows from the spreads.
    fn judged(mut self) -> Self {
        let scale = self.scale();
        let information = Information::from_diagonal(&self.spread.0.map(|spread| spread.powi(-2)).into());
        let theta = scale.theta(&self.room).expect("a prior is inside its own scale");
        self.room.certainty = Certainty::of(&scale, &theta, &information);
        self
    }

    /// How this room's parameters become θ.
    pub(crate) fn scale(&self) -> Scale {
        Scale::of(&self.room)
    }
}

/// The peer as it would be with the heater of `room`: what grows with a room grows with its heater.
fn scaled_to(peer: &RoomModel, room: &RoomModel) -> Option<RoomModel> {
    let by = room.emitter.conductance_w_per_k / peer.emitter.conductance_w_per_k;
    (by.is_finite() && by > 0.0).then_some(RoomModel {
        air_j_per_k: by * peer.air_j_per_k,
        mass_j_per_k: by * peer.mass_j_per_k,
        air_outdoor_w_per_k: by * peer.air_outdoor_w_per_k,
        air_mass_w_per_k: by * peer.air_mass_w_per_k,
        mass_outdoor_w_per_k: by * peer.mass_outdoor_w_per_k,
        air_solar_m2: by * peer.air_solar_m2,
        mass_solar_m2: by * peer.mass_solar_m2,
        inner_gain_w: by * peer.inner_gain_w,
        emitter: room.emitter,
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(model: &RoomModel, by: f64) -> RoomModel {
        let emitter =
            Emitter { conductance_w_per_k: by * model.emitter.conductance_w_per_k, ..model.emitter };
        scaled_to(model, &RoomModel { emitter, ..*model }).unwrap()
    }

    #[test]
    fn a_room_has_the_heat_loss_its_heater_was_chosen_for() {
        let model = Prior::of(1000.0, Some(18.0), None).room.model;
        assert!((model.heat_loss_w_per_k() - 1000.0 / (1.5 * 27.0)).abs() < 1e-9);
        let hours = model.time_constant_s() / 3600.0;
        assert!((20.0..60.0).contains(&hours), "{hours} h is not a room of medium weight");
    }

    #[test]
    fn size_comes_from_the_floor_else_the_volume_else_the_heater() {
        let mass = |floor, volume| Prior::of(1500.0, floor, volume).room.model.mass_j_per_k;
        assert_eq!(mass(Some(30.0), Some(1000.0)), 30.0 * MASS_J_PER_K_M2);
        assert_eq!(mass(None, Some(50.0)), 20.0 * MASS_J_PER_K_M2);
        assert_eq!(mass(Some(f64::NAN), None), 20.0 * MASS_J_PER_K_M2);
    }

    #[test]
    fn peers_pull_the_prior_to_themselves_scaled_by_the_heater() {
        let prior = Prior::of(1000.0, Some(18.0), None);
        let leaky =
            RoomModel { air_outdoor_w_per_k: 2.0 * prior.room.model.air_outdoor_w_per_k, ..prior.room.model };
        let peers: Vec<RoomModel> = (1..=8).map(|size| scaled(&leaky, f64::from(size))).collect();
        let pulled = prior.with_peers(&peers);
        let factor = pulled.room.model.air_outdoor_w_per_k / prior.room.model.air_outdoor_w_per_k;
        assert!((factor - 2.0_f64.powf(0.8)).abs() < 1e-6, "eight peers weigh four fifths: {factor}");
        assert!(pulled.spread.0[2] < prior.spread.0[2]);
        assert!((pulled.room.model.mass_j_per_k / prior.room.model.mass_j_per_k - 1.0).abs() < 1e-9);
        assert_eq!(prior.with_peers(&[]), prior);
    }

    #[test]
    fn one_absurd_peer_does_not_matter() {
        let prior = Prior::of(1000.0, Some(18.0), None);
        let absurd = RoomModel { air_j_per_k: 1e12, air_outdoor_w_per_k: 1e-6, ..prior.room.model };
        let broken = RoomModel { mass_j_per_k: f64::NAN, ..prior.room.model };
        let with = prior.with_peers(&[prior.room.model, absurd, prior.room.model, broken, prior.room.model]);
        assert!((with.room.model.air_j_per_k / prior.room.model.air_j_per_k - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_room_goes_to_theta_and_back() {
        let prior = Prior::of(1000.0, None, None);
        let cold = Room { model: RoomModel { inner_gain_w: -40.0, ..prior.room.model }, ..prior.room };
        let back = prior.scale().room(&prior.scale().theta(&cold).unwrap());
        assert!((back.model.inner_gain_w + 40.0).abs() < 1e-9, "a gain may be negative");
        assert!((back.gains.air - 0.725).abs() < 1e-9 && (back.presence_w - cold.presence_w).abs() < 1e-9);
        let text = serde_json::to_string(&back).unwrap();
        assert_eq!(serde_json::from_str::<Room>(&text).unwrap(), back);
    }
}
