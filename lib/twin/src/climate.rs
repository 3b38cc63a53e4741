//! What is outside at any moment: a recorded year as a season shows it, or one unchanging weather.

use std::sync::Arc;

use crate::moment::Moment;
use crate::season::Season;
use crate::sun::{Daylight, Place, Sun};
use crate::weather::{Outdoor, Weather};

/// The outside of a building: a pure function of the moment, also of moments to come, so it is its own
/// perfect forecast ([`Forecast`](crate::Forecast) is a real one).
#[derive(Debug, Clone, PartialEq)]
pub struct Climate {
    season: Season,
    sky: Sky,
}

#[derive(Debug, Clone, PartialEq)]
enum Sky {
    Recorded(Arc<Weather>, Place),
    Steady(Outdoor),
}

impl Climate {
    /// The embedded year as `season` shows it, with the sun as it stands over `place`.
    #[must_use]
    pub fn recorded(season: Season, place: Place) -> Climate {
        Climate::of(Weather::embedded().clone(), season, place)
    }

    /// Any year as `season` shows it, with the sun as it stands over `place`, which must be near where the
    /// year was recorded.
    #[must_use]
    pub fn of(weather: Arc<Weather>, season: Season, place: Place) -> Climate {
        Climate { season, sky: Sky::Recorded(weather, place) }
    }

    /// Always the same air and no sun, for experiments that have a known answer; `season` still rules
    /// occupancy.
    #[must_use]
    pub fn steady(season: Season, outdoor: Outdoor) -> Climate {
        let dark = Outdoor { direct_normal_wm2: 0.0, diffuse_horizontal_wm2: 0.0, ..outdoor };
        Climate { season, sky: Sky::Steady(dark) }
    }

    /// The season that maps real dates to record days.
    #[must_use]
    pub fn season(&self) -> Season {
        self.season
    }

    /// The weather and the light on the façades at a moment.
    #[must_use]
    pub fn at(&self, moment: Moment) -> (Outdoor, Daylight) {
        let outdoor = match &self.sky {
            Sky::Steady(outdoor) => *outdoor,
            Sky::Recorded(weather, _) => weather.at(self.year_second(weather, moment)),
        };
        (outdoor, self.daylight(&outdoor, moment))
    }

    /// The light on the façades at a moment under this sky.
    pub(crate) fn daylight(&self, outdoor: &Outdoor, moment: Moment) -> Daylight {
        match &self.sky {
            Sky::Steady(_) => Daylight::default(),
            Sky::Recorded(weather, place) => {
                let clock_ahead_h = f64::from(weather.clock_ahead_s()) / 3600.0;
                Daylight::of(outdoor, Sun::at(self.year_second(weather, moment), clock_ahead_h, *place))
            }
        }
    }

    fn year_second(&self, weather: &Weather, moment: Moment) -> f64 {
        self.season.weather_second(moment, weather.clock_ahead_s())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD_CLOCK_H: f64 = 1.0;

    /// The share of the year's beam recorded in hours whose middle has the sun below the horizon, if the
    /// record's clock were so far ahead of UTC.
    fn beam_below_the_horizon(clock_ahead_h: f64) -> f64 {
        let (mut lost, mut all) = (0.0, 0.0);
        for hour in 0..8760 {
            let second = 1800.0 + 3600.0 * f64::from(hour);
            let beam = Weather::embedded().at(second).direct_normal_wm2;
            all += beam;
            if Sun::at(second, clock_ahead_h, Place::PARIS).up < 0.0 {
                lost += beam;
            }
        }
        lost / all
    }

    #[test]
    fn the_record_has_its_beam_while_our_sun_is_up_and_only_on_the_clock_we_found() {
        assert!(beam_below_the_horizon(RECORD_CLOCK_H) < 0.001, "{}", beam_below_the_horizon(RECORD_CLOCK_H));
        // Solar time, which the description of the record claims, would be a clock 9 minutes ahead of UTC.
        let as_described = Place::PARIS.longitude_deg / 15.0;
        assert!(beam_below_the_horizon(as_described) > 0.005, "{}", beam_below_the_horizon(as_described));
    }
}
