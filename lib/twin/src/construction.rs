//! What walls and windows are made of, and the capacities and conductances a room has by it.

use crate::plan::{Fabric, Orientation, RoomPlan, RoomUse};

/// How a building is built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Construction {
    /// Thermal transmittance of façade walls, W/(m²·K).
    pub(crate) wall_w_per_m2k: f64,
    /// Of windows with their frames, W/(m²·K).
    pub(crate) window_w_per_m2k: f64,
    /// Of thermal bridges, W/K per m² of façade.
    pub(crate) bridges_w_per_m2k: f64,
    /// Window area, share of the floor area; never more than seven tenths of the façade.
    pub(crate) glazing: f64,
    /// Effective capacity of walls and slabs, J/K per m² of floor.
    pub(crate) structure_j_per_m2k: f64,
    /// Air changes per hour through leaks, at 3 m/s of wind and 20 K.
    pub(crate) infiltration_per_h: f64,
    pub(crate) height_m: f64,
}

/// Air and furniture, J/K per m² of floor (EN ISO 52016-1).
const AIR_J_PER_M2K: f64 = 10_000.0;
/// Of the structure the first centimetres, which follow the room within the hour: this much of it.
const SURFACE_SHARE: f64 = 45.0 / 165.0;
/// Surfaces per floor area, and what passes between them and the air, W/(m²·K) (EN ISO 13790, 7.2.2.2).
const SURFACES: f64 = 4.5;
const SURFACE_W_PER_M2K: f64 = 3.45;
/// Surfaces to core, W/K per m² of floor: some centimetres of plaster and masonry on both sides of the room.
const CORE_W_PER_M2K: f64 = 3.0;

impl Construction {
    /// A French building of the 1990s of medium mass (EN ISO 13790: 165 kJ/K per m²), U-values 0.5 (wall) and
    /// 1.8 (window) W/m²K.
    pub(crate) const OF_THE_1990S: Construction = Construction {
        wall_w_per_m2k: 0.5,
        window_w_per_m2k: 1.8,
        bridges_w_per_m2k: 0.2,
        glazing: 0.18,
        structure_j_per_m2k: 165_000.0,
        infiltration_per_h: 0.3,
        height_m: 2.7,
    };

    /// A room built so, with one façade unless it is an inner room; no neighbours yet.
    pub(crate) fn room(&self, area_m2: f64, orientation: Orientation, usage: RoomUse) -> RoomPlan {
        let has_facade = orientation != Orientation::Inner;
        let facade_m2 = if has_facade { area_m2.sqrt() * self.height_m } else { 0.0 };
        let window_area_m2 = (self.glazing * area_m2).min(0.7 * facade_m2);
        let wall_m2 = facade_m2 - window_area_m2;
        RoomPlan {
            area_m2,
            volume_m3: area_m2 * self.height_m,
            orientation,
            window_area_m2,
            windows_open: has_facade,
            fabric: Fabric {
                air_j_per_k: AIR_J_PER_M2K * area_m2,
                mass_j_per_k: SURFACE_SHARE * self.structure_j_per_m2k * area_m2,
                core_j_per_k: (1.0 - SURFACE_SHARE) * self.structure_j_per_m2k * area_m2,
                air_mass_w_per_k: SURFACES * SURFACE_W_PER_M2K * area_m2,
                mass_core_w_per_k: CORE_W_PER_M2K * area_m2,
                core_outdoor_w_per_k: self.wall_w_per_m2k * wall_m2,
                air_outdoor_w_per_k: self.window_w_per_m2k * window_area_m2
                    + self.bridges_w_per_m2k * facade_m2,
            },
            infiltration_per_h: self.infiltration_per_h,
            ventilation_m3_per_h: usage.design_ventilation_m3_per_h(area_m2),
            neighbours: Vec::new(),
            usage,
        }
    }
}
