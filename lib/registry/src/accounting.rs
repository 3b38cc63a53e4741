//! What energy counts for in a building's reports, as its manager declared it: its price, its carbon, what of it is given back to
//! tenants, and what the month's highest power costs. Nothing here has a default: what nobody declared is not known.

use serde::{Deserialize, Serialize};
use vocabulary::{DisplayName, SiteId, Timestamp};

use crate::{Registry, RegistryError};

/// A number and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The number, in the unit of its field.
    #[serde(alias = "per_kwh")]
    pub amount: f64,
    /// The contract, publication or decision that says so.
    pub source: DisplayName,
}

/// What the energy of a site counts for: all but the peak's price for each kilowatt-hour.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounting {
    /// What it costs, euro; used where no hourly price was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_eur: Option<Rate>,
    /// What it emits, grams of CO₂ equivalent; used where no hourly value was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carbon_g: Option<Rate>,
    /// What a tenant is given back for it, euro.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_eur: Option<Rate>,
    /// What a kilowatt of the month's highest power costs, euro: a demand charge. The controller weighs it against comfort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_eur_per_kw: Option<Rate>,
}

impl Accounting {
    /// The most that a price or refund may be, euro a kilowatt-hour; as an outlook's price.
    pub const MOST_EUR: f64 = 10.0;
    /// The most that carbon may be, grams a kilowatt-hour; as an outlook's.
    pub const MOST_CARBON_G: f64 = 3000.0;
    /// The most that a kilowatt of the month's highest power may cost, euro: several times the dearest demand charges.
    pub const MOST_PEAK_EUR: f64 = 1000.0;
}

impl Registry {
    /// What the energy of a site counts for; nothing where nothing was declared.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub fn accounting(&self, site: &SiteId) -> Result<Accounting, RegistryError> {
        self.declared(site, "accounting")
    }

    /// Declares what the energy of a site counts for, with a line of the audit where that changes. Whether it did. `who`
    /// says by whose hand. [`Registry::put_site`] leaves it as it is.
    ///
    /// # Errors
    /// As for [`Registry::accounting`]; then nothing is written.
    pub fn set_accounting(
        &self,
        site: &SiteId,
        accounting: &Accounting,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        self.declare(site, ("accounting", accounting), who, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::two_rooms;

    #[test]
    fn what_energy_counts_for_is_kept_and_outlives_a_new_description() {
        let registry = Registry::in_memory().unwrap();
        let book = two_rooms();
        registry.put_site(&book).unwrap();
        let (site, now) = (&book.site.id, Timestamp::from_ms(5));
        assert_eq!(registry.accounting(site).unwrap(), Accounting::default());
        let source = DisplayName::new("Contrat 2026").unwrap();
        let price_eur = Some(Rate { amount: 0.1952, source });
        let said = Accounting { price_eur, ..Accounting::default() };
        assert!(registry.set_accounting(site, &said, "anna", now).unwrap());
        assert!(!registry.set_accounting(site, &said, "anna", now).unwrap(), "nothing changed");
        registry.put_site(&book).unwrap();
        assert_eq!(registry.accounting(site).unwrap(), said);
        let lines = registry.audit_of(&format!("{site}/accounting"), 9).unwrap();
        assert_eq!((lines.len(), lines[0].who.as_str()), (1, "anna"));
        let other = SiteId::new("other").unwrap();
        assert!(matches!(registry.accounting(&other), Err(RegistryError::Unknown(_))));
    }
}
