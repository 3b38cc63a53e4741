//! A tank of domestic hot water that a compute boiler heats: layers of water, warm above cold.
//!
//! Heat enters at the bottom and rises; water is drawn at the top and cold water follows at the bottom; every
//! layer loses heat to the room. Between two draws layers do not exchange heat unless the lower is the warmer,
//! and then they mix. Conduction through the water is left out: over a day it is less than the smear of the
//! layers themselves.

use crate::check::PlanError;

/// A tank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TankPlan {
    /// Water in it, l.
    pub volume_l: f64,
    /// Layers of equal volume, at least two.
    pub layers: usize,
    /// Heat lost to the room for each kelvin, W/K.
    pub loss_w_per_k: f64,
    /// Water from the mains, °C.
    pub mains_c: f64,
    /// The room it stands in, °C.
    pub room_c: f64,
    /// Water at the top that is colder than this is of no use, °C.
    pub useful_c: f64,
    /// The safety limit of its thermostat, °C: a step whose heat would bring the bottom above takes up less.
    pub limit_c: f64,
}

/// A tank being simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct Tank {
    plan: TankPlan,
    /// Temperatures from top to bottom, °C.
    layers_c: Vec<f64>,
    tally: TankTally,
    /// How long all of it has been hot enough to disinfect, s.
    hot_s: f64,
    since_disinfection_s: f64,
}

/// Heat that has passed through a tank, kWh, and what it was for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TankTally {
    /// Put in.
    pub heated_kwh: f64,
    /// Drawn with the water, above the mains.
    pub tapped_kwh: f64,
    /// Wanted when the water at the top was too cold.
    pub unmet_kwh: f64,
    /// Lost to the room.
    pub lost_kwh: f64,
    /// How often all of the tank was at 60 °C for 60 minutes.
    pub disinfections: u32,
}

const WATER_J_PER_L_K: f64 = 4186.0 * 0.99;
const J_PER_KWH: f64 = 3.6e6;
/// A step is cut into parts no longer than this, so that heat and draws of a step meet in the tank.
const LONGEST_PART_S: f64 = 60.0;
/// Legionella: all of the water at 60 °C for an hour (control.md; the French decree of 30 November 2005 asks for
/// 60 °C for an hour a day where water is not kept at 55 °C).
const DISINFECTION_C: f64 = 60.0;
const DISINFECTION_S: f64 = 3600.0;

impl TankPlan {
    /// A tank of ten layers on the border of the energy classes B and C: standing loss of 12 + 5.93·V^0.4 W at
    /// 45 K (regulation (EU) 812/2013, annex II). Mains at 10 °C, useful from 40 °C, as the tapping profiles
    /// have it; in a room of 20 °C; never above 85 °C.
    #[must_use]
    pub fn typical(volume_l: f64) -> TankPlan {
        TankPlan {
            volume_l,
            layers: 10,
            loss_w_per_k: (12.0 + 5.93 * volume_l.powf(0.4)) / 45.0,
            mains_c: 10.0,
            room_c: 20.0,
            useful_c: 40.0,
            limit_c: 85.0,
        }
    }
}

impl Tank {
    /// A tank full of water of one temperature.
    ///
    /// # Errors
    /// [`PlanError`] says what in the plan cannot be.
    pub fn new(plan: TankPlan, start_c: f64) -> Result<Tank, PlanError> {
        plan.check(start_c)?;
        let layers_c = vec![start_c; plan.layers];
        Ok(Tank { plan, layers_c, tally: TankTally::default(), hot_s: 0.0, since_disinfection_s: 0.0 })
    }

    /// Lives through `dt_s` seconds with this heat and this demand, both spread evenly; gives the heat taken
    /// up, W, which is less than offered at the safety limit. Numbers that cannot be (negative, not finite)
    /// are none.
    pub fn step(&mut self, dt_s: f64, heat_w: f64, wanted_kwh: f64) -> f64 {
        let possible = |number: f64| if number.is_finite() { number.max(0.0) } else { 0.0 };
        let (dt_s, heat_w, wanted_kwh) = (possible(dt_s), possible(heat_w), possible(wanted_kwh));
        if dt_s == 0.0 {
            return 0.0;
        }
        let parts = (dt_s / LONGEST_PART_S).ceil();
        let part_s = dt_s / parts;
        let mut taken_j = 0.0;
        for _ in 0..parts as u64 {
            self.tap(wanted_kwh * J_PER_KWH / parts);
            taken_j += self.heat(heat_w * part_s);
            self.lose(part_s);
            self.rise();
            self.watch(part_s);
        }
        self.tally.heated_kwh += taken_j / J_PER_KWH;
        taken_j / dt_s
    }

    /// Temperatures of the layers from top to bottom, °C.
    #[must_use]
    pub fn layers_c(&self) -> &[f64] {
        &self.layers_c
    }

    /// Temperature of the water that would be drawn now, °C.
    #[must_use]
    pub fn outlet_c(&self) -> f64 {
        self.layers_c[0]
    }

    /// Heat in it above the mains, kWh.
    #[must_use]
    pub fn stored_kwh(&self) -> f64 {
        let above_k: f64 = self.layers_c.iter().map(|celsius| celsius - self.plan.mains_c).sum();
        above_k * self.layer_j_per_k() / J_PER_KWH
    }

    /// What has passed through it.
    #[must_use]
    pub fn tally(&self) -> TankTally {
        self.tally
    }

    /// Time since it was last disinfected, or since it was made, s; zero while it is.
    #[must_use]
    pub fn since_disinfection_s(&self) -> f64 {
        self.since_disinfection_s
    }

    fn layer_j_per_k(&self) -> f64 {
        WATER_J_PER_L_K * self.plan.volume_l / self.plan.layers as f64
    }

    /// Draws as much water as carries this heat, at most a layer at a time, while it is warm enough.
    fn tap(&mut self, wanted_j: f64) {
        let layer_j_per_k = self.layer_j_per_k();
        let mut left_j = wanted_j;
        while left_j > 0.0 {
            let above_k = self.outlet_c() - self.plan.mains_c;
            if self.outlet_c() < self.plan.useful_c || above_k <= 0.0 {
                break;
            }
            let share = (left_j / (layer_j_per_k * above_k)).min(1.0);
            left_j -= share * layer_j_per_k * above_k;
            self.tally.tapped_kwh += share * layer_j_per_k * above_k / J_PER_KWH;
            self.follow(share);
            if share < 1.0 {
                left_j = 0.0;
            }
        }
        self.tally.unmet_kwh += left_j / J_PER_KWH;
    }

    /// Each layer takes in this share of itself from the one below, the lowest from the mains.
    fn follow(&mut self, share: f64) {
        for at in 0..self.layers_c.len() {
            let below_c = self.layers_c.get(at + 1).copied().unwrap_or(self.plan.mains_c);
            self.layers_c[at] += share * (below_c - self.layers_c[at]);
        }
    }

    /// Warms the bottom, less at the limit; gives the heat taken up, J.
    fn heat(&mut self, heat_j: f64) -> f64 {
        let layer_j_per_k = self.layer_j_per_k();
        // What rises mixes with what is above, so the limit is on the whole tank's room for heat.
        let room_j: f64 =
            self.layers_c.iter().map(|celsius| (self.plan.limit_c - celsius).max(0.0) * layer_j_per_k).sum();
        let taken_j = heat_j.min(room_j);
        if let Some(bottom_c) = self.layers_c.last_mut() {
            *bottom_c += taken_j / layer_j_per_k;
        }
        taken_j
    }

    fn lose(&mut self, part_s: f64) {
        let layer_j_per_k = self.layer_j_per_k();
        let layer_w_per_k = self.plan.loss_w_per_k / self.plan.layers as f64;
        let kept = (-layer_w_per_k * part_s / layer_j_per_k).exp();
        for celsius in &mut self.layers_c {
            let before_c = *celsius;
            *celsius = self.plan.room_c + (before_c - self.plan.room_c) * kept;
            self.tally.lost_kwh += (before_c - *celsius) * layer_j_per_k / J_PER_KWH;
        }
    }

    /// Warm water rises: layers warmer than those above mix with them until no layer is.
    fn rise(&mut self) {
        let mut pools: Vec<(f64, usize)> = Vec::with_capacity(self.layers_c.len());
        for &celsius in &self.layers_c {
            let mut pool = (celsius, 1);
            while let Some(&(above_c, above)) = pools.last() {
                if above_c >= pool.0 {
                    break;
                }
                pools.pop();
                let layers = above + pool.1;
                pool = ((above_c * above as f64 + pool.0 * pool.1 as f64) / layers as f64, layers);
            }
            pools.push(pool);
        }
        let mixed = pools.into_iter().flat_map(|(celsius, layers)| std::iter::repeat_n(celsius, layers));
        self.layers_c.iter_mut().zip(mixed).for_each(|(layer_c, celsius)| *layer_c = celsius);
    }

    /// The coldest water is at the bottom.
    fn watch(&mut self, part_s: f64) {
        let coldest_c = self.layers_c.last().copied().unwrap_or(self.plan.mains_c);
        let was_s = self.hot_s;
        self.hot_s = if coldest_c >= DISINFECTION_C { was_s + part_s } else { 0.0 };
        self.since_disinfection_s += part_s;
        if self.hot_s >= DISINFECTION_S {
            self.since_disinfection_s = 0.0;
            self.tally.disinfections += u32::from(was_s < DISINFECTION_S);
        }
    }
}

#[cfg(test)]
mod tests;
