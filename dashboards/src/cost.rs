//! What the building's electricity costs: an hour of what it draws now, and what it has drawn today.
//!
//! A kilowatt-hour costs what was said of its hour, else what the manager declared: as in reports (docs/reports.md).

use registry::{Registry, RegistryError, SiteBook};
use vocabulary::Timestamp;

use crate::day::Day;
use crate::facts::Building;
use crate::report::weighing::weigh;

const HOUR_MS: i64 = 3_600_000;
/// A sum of which so little has no price is told: less than a cent of a euro.
const WHOLE: f64 = 0.999;

/// What electricity costs; nothing where nobody said a price.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Cost {
    /// Euro an hour at the power drawn now.
    pub(crate) eur_per_h: Option<f64>,
    /// Euro for the time that [`Day::energy_today_wh`] is about.
    pub(crate) today_eur: Option<f64>,
}

/// What a building costs now and today.
///
/// # Errors
/// When the book cannot be read.
pub(crate) fn cost(
    registry: &Registry,
    book: &SiteBook,
    building: &Building,
    day: &Day,
) -> Result<Cost, RegistryError> {
    let site = &book.site.id;
    let declared = registry.accounting(site)?.price_eur.map(|rate| rate.amount);
    let now = building.now;
    let said = registry.said_hours(site, now.plus_ms(-25 * HOUR_MS), now.plus_ms(HOUR_MS))?;
    let said_at = |at: Timestamp| {
        let of_hour = said.iter().find(|(hour, _)| (0..HOUR_MS).contains(&at.since(*hour)));
        of_hour.and_then(|(_, said)| said.price_eur_per_kwh)
    };
    let prices: Vec<_> = day.starts.iter().map(|start| said_at(*start)).collect();
    let today = weigh(&day.today_wh, &prices, declared);
    let is_whole = |share: Option<f64>| share.is_some_and(|share| share >= WHOLE);
    Ok(Cost {
        eur_per_h: building
            .drawn_w()
            .zip(said_at(now).or(declared))
            .map(|(drawn_w, per_kwh)| drawn_w / 1000.0 * per_kwh),
        today_eur: today.filter(|weighed| is_whole(weighed.coverage.share())).map(|weighed| weighed.total),
    })
}

#[cfg(test)]
mod tests {
    use registry::{Accounting, Rate, SaidHour};
    use vocabulary::DisplayName;

    use super::*;
    use crate::trial::{NOW, Trial, book};

    fn cost_of(trial: &Trial) -> Cost {
        let (book, app) = (book(), &trial.app);
        cost(&app.registry, &book, &app.building(&book).unwrap(), &Day::read(&app.store, &book, NOW)).unwrap()
    }

    fn declare(trial: &Trial, amount: f64) {
        let source = DisplayName::new("Contrat").unwrap();
        let accounting = Accounting { price_eur: Some(Rate { amount, source }), ..Accounting::default() };
        trial.app.registry.set_accounting(&book().site.id, &accounting, "anna", NOW).unwrap();
    }

    #[test]
    fn without_a_price_nothing_is_told() {
        assert_eq!(cost_of(&Trial::new()), Cost::default());
    }

    #[test]
    fn what_is_drawn_costs_what_was_declared() {
        let trial = Trial::new();
        declare(&trial, 0.2);
        let cost = cost_of(&trial);
        // 824 W now, and 11.6 kWh since midnight.
        assert!((cost.eur_per_h.unwrap() - 0.1648).abs() < 1e-9, "{cost:?}");
        assert!((cost.today_eur.unwrap() - 2.32).abs() < 1e-9, "{cost:?}");
    }

    #[test]
    fn the_price_of_an_hour_comes_before_the_declared_one_and_half_a_day_is_no_day() {
        let trial = Trial::new();
        let said = SaidHour { price_eur_per_kwh: Some(0.5), ..SaidHour::default() };
        trial.app.registry.note_hours(&book().site.id, &[(NOW, said)]).unwrap();
        let cost = cost_of(&trial);
        assert!((cost.eur_per_h.unwrap() - 0.412).abs() < 1e-9 && cost.today_eur.is_none(), "{cost:?}");
        declare(&trial, 0.2);
        // The half hour since 14:00 at 800 W costs 0.5 instead of 0.2 a kilowatt-hour.
        assert!((cost_of(&trial).today_eur.unwrap() - 2.44).abs() < 1e-9);
    }
}
