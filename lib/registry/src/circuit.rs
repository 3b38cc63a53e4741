//! The building's wiring: circuits, each with a cap, one under another. Their rule is checked whenever a site is written.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use vocabulary::{CircuitId, HeaterId, SiteId, Watts};

use crate::book::{SiteBook, read_all, watts};
use crate::{RegistryError, damaged};

/// A feeder or a branch behind a breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Circuit {
    /// Its identifier.
    pub id: CircuitId,
    /// The circuit that feeds it; `None` at the top.
    pub under: Option<CircuitId>,
    /// The most that everything on it may draw together, with all circuits under it.
    pub cap_w: Watts,
    /// What others than heaters may draw on it itself: it is always counted in full.
    pub other_w: Watts,
}

/// Why a site's wiring cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WiringError {
    /// Two circuits have the same name.
    #[error("circuit {0} is named twice")]
    Twice(CircuitId),
    /// A circuit hangs on one that is not described.
    #[error("circuit {circuit} is under {under}, which is not described")]
    UnknownUnder {
        /// The circuit.
        circuit: CircuitId,
        /// What it names.
        under: CircuitId,
    },
    /// A circuit feeds itself, by way of others or not.
    #[error("circuit {0} is under itself")]
    Loop(CircuitId),
    /// A heater hangs on a circuit that is not described.
    #[error("heater {heater} is on circuit {circuit}, which is not described")]
    UnknownCircuit {
        /// The heater.
        heater: HeaterId,
        /// What it names.
        circuit: CircuitId,
    },
    /// What is drawn without asking anybody is above a circuit's cap.
    #[error(
        "circuit {circuit}: the fall-backs of its heaters come to {fallback_w} W and its other load to {other_w} W, above cap_w = {cap_w}: a heater may take its fall-back by itself, so lower fallback_w or other_w, or raise cap_w"
    )]
    Overloaded {
        /// The circuit.
        circuit: CircuitId,
        /// The sum of `fallback_w` of all heaters on it and under it, watts.
        fallback_w: u64,
        /// The sum of `other_w`, its own and of all circuits under it, watts.
        other_w: u64,
        /// Its cap, watts.
        cap_w: u64,
    },
    /// The fall-backs of all heaters are above the site's cap.
    #[error(
        "the fall-backs of all heaters come to {fallback_w} W, above cap_w = {cap_w}: a heater may take its fall-back by itself, so lower fallback_w or raise cap_w"
    )]
    SiteOverloaded {
        /// The sum of `fallback_w` of all heaters, watts.
        fallback_w: u64,
        /// The site's cap, watts.
        cap_w: u64,
    },
}

impl SiteBook {
    /// Checks that the circuits are a tree, and that every cap has room for what may be drawn without a lease: the
    /// fall-backs of all heaters below it and, on a circuit, what is not controlled.
    ///
    /// # Errors
    /// [`WiringError`], the first that is found.
    pub fn check_wiring(&self) -> Result<(), WiringError> {
        let mut by_id: BTreeMap<&CircuitId, &Circuit> = BTreeMap::new();
        for circuit in &self.circuits {
            if by_id.insert(&circuit.id, circuit).is_some() {
                return Err(WiringError::Twice(circuit.id.clone()));
            }
        }
        for circuit in &self.circuits {
            check_way_up(circuit, &by_id)?;
        }
        for heater in &self.heaters {
            if let Some(circuit) = heater.circuit.as_ref().filter(|circuit| !by_id.contains_key(circuit)) {
                let (heater, circuit) = (heater.id.clone(), circuit.clone());
                return Err(WiringError::UnknownCircuit { heater, circuit });
            }
        }
        self.circuits.iter().try_for_each(|circuit| self.check_load(circuit))?;
        let fallback_w = self.heaters.iter().map(|heater| u64::from(heater.fallback_w.whole())).sum();
        match self.site.cap_w.map(|cap| u64::from(cap.whole())) {
            Some(cap_w) if fallback_w > cap_w => Err(WiringError::SiteOverloaded { fallback_w, cap_w }),
            _ => Ok(()),
        }
    }

    fn check_load(&self, circuit: &Circuit) -> Result<(), WiringError> {
        let below = self.below(&circuit.id);
        let is_below = |id: &Option<CircuitId>| id.as_ref().is_some_and(|id| below.contains(id));
        let heaters = self.heaters.iter().filter(|heater| is_below(&heater.circuit));
        let fallback_w = heaters.map(|heater| u64::from(heater.fallback_w.whole())).sum();
        let other_w = self.other_w(&below);
        let cap_w = u64::from(circuit.cap_w.whole());
        if fallback_w + other_w <= cap_w {
            return Ok(());
        }
        Err(WiringError::Overloaded { circuit: circuit.id.clone(), fallback_w, other_w, cap_w })
    }

    /// A circuit and all under it.
    #[must_use]
    pub fn below(&self, circuit: &CircuitId) -> BTreeSet<CircuitId> {
        let mut below = BTreeSet::from([circuit.clone()]);
        loop {
            let next = self.circuits.iter().filter(|circuit| {
                !below.contains(&circuit.id)
                    && circuit.under.as_ref().is_some_and(|under| below.contains(under))
            });
            let next: Vec<CircuitId> = next.map(|circuit| circuit.id.clone()).collect();
            if next.is_empty() {
                return below;
            }
            below.extend(next);
        }
    }

    /// What others than heaters may draw on these circuits together, watts.
    #[must_use]
    pub fn other_w(&self, circuits: &BTreeSet<CircuitId>) -> u64 {
        let these = self.circuits.iter().filter(|circuit| circuits.contains(&circuit.id));
        these.map(|circuit| u64::from(circuit.other_w.whole())).sum()
    }
}

/// From a circuit upwards every name is known, and no circuit comes twice.
fn check_way_up(circuit: &Circuit, by_id: &BTreeMap<&CircuitId, &Circuit>) -> Result<(), WiringError> {
    let mut seen = BTreeSet::from([&circuit.id]);
    let mut at = circuit;
    while let Some(under) = &at.under {
        let unknown = || WiringError::UnknownUnder { circuit: at.id.clone(), under: under.clone() };
        at = by_id.get(under).ok_or_else(unknown)?;
        if !seen.insert(&at.id) {
            return Err(WiringError::Loop(at.id.clone()));
        }
    }
    Ok(())
}

pub(crate) fn write_circuit(
    connection: &Connection,
    site: &str,
    circuit: &Circuit,
) -> Result<(), RegistryError> {
    let under = circuit.under.as_ref().map(CircuitId::as_str);
    connection.execute(
        "INSERT INTO circuit VALUES (?1, ?2, ?3, ?4, ?5)",
        params![site, circuit.id.as_str(), under, circuit.cap_w.whole(), circuit.other_w.whole()],
    )?;
    Ok(())
}

pub(crate) fn read_circuits(connection: &Connection, site: &SiteId) -> Result<Vec<Circuit>, RegistryError> {
    let sql = "SELECT id, under, cap_w, other_w FROM circuit WHERE site = ?1 ORDER BY id";
    read_all(connection, sql, site, read_circuit)
}

fn read_circuit(row: &Row<'_>) -> Result<Circuit, RegistryError> {
    let id: String = row.get(0)?;
    let under: Option<String> = row.get(1)?;
    Ok(Circuit {
        id: circuit_id(&id)?,
        under: under.as_deref().map(circuit_id).transpose()?,
        cap_w: watts(row.get(2)?)?,
        other_w: watts(row.get(3)?)?,
    })
}

/// The identifier of a circuit from a row.
pub(crate) fn circuit_id(text: &str) -> Result<CircuitId, RegistryError> {
    CircuitId::new(text).map_err(|error| damaged("a circuit", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;
    use crate::book::tests::two_rooms;

    fn named(text: &str) -> CircuitId {
        CircuitId::new(text).unwrap()
    }

    fn circuit(id: &str, under: Option<&str>, cap_w: u32, other_w: u32) -> Circuit {
        let power = |whole| Watts::new(whole).unwrap();
        Circuit { id: named(id), under: under.map(named), cap_w: power(cap_w), other_w: power(other_w) }
    }

    /// Two heaters with a fall-back of 200 W each, both on `floor`, which is under `main`.
    fn wired(circuits: Vec<Circuit>) -> SiteBook {
        let mut book = SiteBook { circuits, ..two_rooms() };
        book.heaters.iter_mut().for_each(|heater| heater.circuit = Some(named("floor")));
        book
    }

    #[test]
    fn fall_backs_and_other_load_must_fit_every_cap_above_them() {
        let book = |main_w, floor_w| {
            wired(vec![circuit("floor", Some("main"), floor_w, 100), circuit("main", None, main_w, 50)])
        };
        assert_eq!(book(550, 500).check_wiring(), Ok(()));
        let overloaded = |circuit, other_w, cap_w| {
            Err(WiringError::Overloaded { circuit: named(circuit), fallback_w: 400, other_w, cap_w })
        };
        assert_eq!(book(550, 499).check_wiring(), overloaded("floor", 100, 499));
        assert_eq!(book(549, 500).check_wiring(), overloaded("main", 150, 549));
        let mut low = book(550, 500);
        low.site.cap_w = Some(Watts::new(399).unwrap());
        assert_eq!(low.check_wiring(), Err(WiringError::SiteOverloaded { fallback_w: 400, cap_w: 399 }));
    }

    #[test]
    fn circuits_that_are_no_tree_are_refused() {
        let floor = || circuit("floor", None, 5_000, 0);
        let refused = |circuits| wired(circuits).check_wiring().unwrap_err();
        assert_eq!(refused(vec![floor(), floor()]), WiringError::Twice(named("floor")));
        let (one, two) = (circuit("floor", Some("b"), 5_000, 0), circuit("b", Some("floor"), 5_000, 0));
        assert!(matches!(refused(vec![one, two]), WiringError::Loop(_)));
        let itself = circuit("floor", Some("floor"), 5_000, 0);
        assert_eq!(refused(vec![itself]), WiringError::Loop(named("floor")));
        let hanging = circuit("floor", Some("attic"), 5_000, 0);
        let unknown = WiringError::UnknownUnder { circuit: named("floor"), under: named("attic") };
        assert_eq!(refused(vec![hanging]), unknown);
        assert!(matches!(refused(vec![]), WiringError::UnknownCircuit { .. }));
    }

    #[test]
    fn wiring_reads_back_as_it_was_written_and_bad_wiring_changes_nothing() {
        let registry = Registry::in_memory().unwrap();
        let good = wired(vec![circuit("floor", Some("main"), 900, 10), circuit("main", None, 1_000, 0)]);
        registry.put_site(&good).unwrap();
        assert_eq!(registry.site_book(&good.site.id).unwrap(), good);
        let bad = wired(vec![circuit("floor", None, 1, 0)]);
        assert!(matches!(registry.put_site(&bad), Err(RegistryError::Wiring(_))));
        assert_eq!(registry.site_book(&good.site.id).unwrap(), good);
    }
}
