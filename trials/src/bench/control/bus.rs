//! A world as the book and the bus of a live site tell of it: more than a line of `drive`, which knows of no single heater.

use controller::{
    GivenBand, HALF_HOURS, HalfHour, HeaterView, Outlook, RoomView, Site, SiteHeater, SiteRoom, Snapshot,
};
use twin::{Drawn, EmitterPlan};
use vocabulary::{Celsius, HeaterId, RoomId, SiteWork, Timestamp, Watts, WeekSchedule, Zone};

use super::world::World;
use crate::drive::Step;

/// What is said of work holds until the next step, and longer.
const WORK_HOLDS_MS: i64 = 3_600_000;

/// The moment of a world.
pub(super) fn now(world: &World) -> Timestamp {
    Timestamp::from_ms(world.now().utc_ms)
}

/// Its rooms and heaters, which take nothing by themselves.
pub(super) fn site(world: &World) -> Site {
    let room = |(at, zone): (usize, &super::world::Zone)| {
        let low_c = Celsius::new(zone.comfort.vacant_c).expect("a bound that people ask for");
        SiteRoom {
            id: RoomId::new(&format!("room-{at}")).expect("letters and digits"),
            low_c,
            high_c: Celsius::new(super::comfort::HIGH_C).expect("a bound that people ask for"),
            setback_c: low_c,
            schedule: WeekSchedule::constant(low_c).into(),
            overrides: Vec::new(),
            heaters: zone.emitters.clone().collect(),
            floor_m2: Some(zone.floor_m2),
            volume_m3: Some(zone.volume_m3),
            premises: None,
            given: None,
        }
    };
    let heater = |(at, emitter): (usize, &EmitterPlan)| SiteHeater {
        id: heater_id(at),
        room: world.zones.iter().position(|zone| zone.emitters.contains(&at)),
        circuit: None,
        rated_w: Watts::floor(emitter.rated_w),
        resistor_w: Watts::ZERO,
        fallback_w: Watts::ZERO,
        instructions: registry::Instructions::default(),
    };
    Site {
        zone: Zone::UTC,
        cap_w: world.cap_w().map(Watts::floor),
        peak_eur_per_kw: world.scenario.peak_eur_per_kw,
        mode: registry::DeclaredMode::default(),
        rooms: world.zones.iter().enumerate().map(room).collect(),
        heaters: world.emitters.iter().enumerate().map(heater).collect(),
        circuits: Vec::new(),
    }
}

/// Its heaters as their heartbeats tell of them, and the work there is.
pub(super) fn snapshot(world: &World) -> Snapshot {
    let heater = |emitter: &EmitterPlan| HeaterView {
        connected: true,
        controllable: true,
        limit_w: Some(world.heater_limit_w(emitter)),
        steps_w: emitter.machine.steps_w(),
        ..HeaterView::default()
    };
    Snapshot {
        rooms: vec![RoomView::default(); world.zones.len()],
        heaters: world.emitters.iter().map(heater).collect(),
        work: Some(SiteWork {
            available_w: Watts::floor(world.work_w()),
            expected: Vec::new(),
            value_eur_per_kwh: 0.0,
            must_run: Vec::new(),
            until: now(world).plus_ms(WORK_HOLDS_MS),
        }),
        ..Snapshot::default()
    }
}

/// What is asked of its rooms in a step.
pub(super) fn ask(site: &mut Site, line: &Step) {
    let known = |bounds: &[Option<f64>]| bounds.iter().copied().flatten().collect();
    for (room, (_, zone)) in site.rooms.iter_mut().zip(&line.zones) {
        room.given = Some(GivenBand {
            low_c: known(&zone.low_forecast_c),
            high_c: known(&zone.high_forecast_c),
            vacant_low_c: zone.low_vacant_c,
        });
    }
}

/// What sensors and heaters say in a step, and what is known of the day ahead.
pub(super) fn hear(snapshot: &mut Snapshot, line: &Step, drawn: &[Drawn]) {
    for (view, (_, zone)) in snapshot.rooms.iter_mut().zip(&line.zones) {
        let motion = zone.motion.map(|motion| motion == 1.0);
        *view = RoomView {
            temperature_c: zone.air_c,
            humidity_pct: zone.humidity_pct,
            co2_ppm: zone.co2_ppm,
            illuminance_lux: zone.illuminance_lux,
            heater_c: zone.heater_c,
            motion,
            occupied: motion,
            ..RoomView::default()
        };
    }
    for (view, drawn) in snapshot.heaters.iter_mut().zip(drawn) {
        view.drawn_w = Some(drawn.power_w().round() as u32);
    }
    let minute = 60.0 * line.hour.unwrap_or(0.0).fract();
    let half_hour = |half: usize| {
        // The middle of the half hour, in clock hours of which the running one is the first.
        let hour = ((minute + 30.0 * half as f64 + 15.0) / 60.0) as usize;
        HalfHour {
            outdoor_c: line.outdoor_forecast_c.get(hour).copied().flatten(),
            irradiance_w_per_m2: line.irradiance_forecast_w_per_m2.get(hour).copied().flatten(),
            price_eur_per_kwh: line.price_eur_per_kwh,
            carbon_g_per_kwh: line.carbon_g_per_kwh,
        }
    };
    snapshot.outlook = Outlook {
        outdoor_c: line.outdoor_c,
        irradiance_w_per_m2: line.irradiance_w_per_m2,
        ahead: (0..HALF_HOURS).map(half_hour).collect(),
    };
}

/// The name of a heater.
pub(super) fn heater_id(at: usize) -> HeaterId {
    HeaterId::new(&format!("heater-{at}")).expect("letters and digits")
}
