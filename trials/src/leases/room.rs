//! A heater's hardware in a room as simple as can be: one capacity, one loss, a sensor that may fall silent.

use heater::{Board, DataSheet, HeatLimits, Order, Switch};
use vocabulary::{Fault, Metric, Reading, Timestamp};

/// Outside, °C: every room wants all its heater has, all the time.
const OUTDOOR_C: f64 = 5.0;
/// Loss to the outside, watts per kelvin.
const LOSS_W_PER_K: f64 = 40.0;
/// What warms the room by a kelvin, joules: heavy, so that in a world of a quarter of an hour who misses what is up to
/// the setpoints.
const CAPACITY_J_PER_K: f64 = 3e6;
/// Where a room begins, °C: below every comfort, above what a room that is told to cool wants.
const BEGIN_C: f64 = 15.0;

/// One heater and its room.
pub(super) struct Room {
    rated_w: f64,
    temperature_c: f64,
    order: Order,
    pub(super) sensor_works: bool,
    /// The casing where its heat leaves, °C.
    pub(super) case_c: f64,
    pub(super) switch: Switch,
    /// Somebody presses the reset at the heater.
    pub(super) reset_pressed: bool,
}

/// A casing that is as it should be, and one that makes a heater trip.
pub(super) const COOL_CASE_C: f64 = 30.0;
pub(super) const HOT_CASE_C: f64 = 95.0;

impl Room {
    pub(super) const fn new(rated_w: f64) -> Self {
        Self {
            rated_w,
            temperature_c: BEGIN_C,
            order: Order::OFF,
            sensor_works: true,
            case_c: COOL_CASE_C,
            switch: Switch::On,
            reset_pressed: false,
        }
    }

    /// A second passes.
    pub(super) fn live_a_second(&mut self) {
        let gained_w = self.drawn_w() - LOSS_W_PER_K * (self.temperature_c - OUTDOOR_C);
        self.temperature_c += gained_w / CAPACITY_J_PER_K;
    }
}

impl Board for Room {
    fn rated_w(&self) -> f64 {
        self.rated_w
    }

    fn controllable(&self) -> bool {
        true
    }

    fn sense(&mut self, _now: Timestamp) -> Vec<(Metric, Reading)> {
        let temperature = if self.sensor_works {
            Reading::value((self.temperature_c * 100.0).round() / 100.0)
        } else {
            Reading::Missing(Fault::Silent)
        };
        vec![(Metric::TemperatureC, temperature), (Metric::CaseTemperatureC, Reading::value(self.case_c))]
    }

    fn data_sheet(&self) -> DataSheet {
        let outlet = HeatLimits::new(70.0, 90.0, 5.0, 1.0).expect("there is room between 70 and 90 °C");
        DataSheet { outlet: Some(outlet), ..DataSheet::default() }
    }

    fn switch(&self) -> Switch {
        self.switch
    }

    fn take_reset(&mut self) -> bool {
        std::mem::take(&mut self.reset_pressed)
    }

    fn obey(&mut self, order: Order) {
        self.order = order;
    }

    /// There is always work: the heater draws all that it may.
    fn drawn_w(&self) -> f64 {
        self.order.limit_w
    }
}
