//! The catalog: numbers for heaters and metrics, and which room each heater stood in and when.
//!
//! It changes only by [`Change`]s. The writer makes them, the log keeps them in the commit that needs them, and the
//! answering side applies them once that commit is durable.

use rustc_hash::FxHashMap;
use vocabulary::{HeaterId, Metric, RoomId, SiteId};

/// One step of the catalog's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A heater takes the next number.
    Heater(SiteId, HeaterId),
    /// A metric takes the next number.
    Metric(Metric),
    /// From this time on a heater stands in this room, or in none.
    Move { heater: u32, from: i64, room: Option<RoomId> },
}

/// One heater as the catalog knows it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: HeaterId,
    /// Ascending by time; the first begins at the beginning of time, each lasts until the next.
    rooms: Vec<(i64, Option<RoomId>)>,
}

/// A stay of one heater, `from` inclusive, `to` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) heater: u32,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Known {
    /// The room the heater stood in at a time.
    pub(crate) fn room_at(&self, ts: i64) -> Option<&RoomId> {
        let after = self.rooms.partition_point(|&(from, _)| from <= ts);
        self.rooms.get(after.checked_sub(1)?).and_then(|(_, room)| room.as_ref())
    }

    /// Where the heater stood between `from` and `to`, and for how long.
    pub(crate) fn rooms_between(
        &self,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (Option<&RoomId>, i64, i64)> {
        let ends = self.rooms.iter().skip(1).map(|&(next, _)| next).chain([i64::MAX]);
        let intervals = self.rooms.iter().zip(ends);
        intervals
            .map(move |((begin, room), end)| (room.as_ref(), (*begin).max(from), end.min(to)))
            .filter(|(_, begin, end)| begin < end)
    }
}

/// Asked for every record, as the metrics are for every sample, so the hash is a quick one. That is safe: only names that
/// are in the building's book come here, and nobody outside chooses which of them meet in one place.
type Sites = FxHashMap<SiteId, FxHashMap<HeaterId, u32>>;

/// Everything that has a number, and who stood where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    heaters: Vec<Known>,
    metrics: Vec<Metric>,
    sites: Sites,
    metric_numbers: FxHashMap<Metric, u32>,
}

impl Catalog {
    /// The heater of a number that was given.
    pub(crate) fn heater(&self, number: u32) -> Option<&Known> {
        self.heaters.get(number as usize)
    }

    pub(crate) fn heater_number(&self, site: &SiteId, heater: &HeaterId) -> Option<u32> {
        self.sites.get(site)?.get(heater).copied()
    }

    /// The site of a heater.
    pub(crate) fn site_of(&self, number: u32) -> Option<&SiteId> {
        let known = self.heater(number)?;
        let has = |heaters: &FxHashMap<HeaterId, u32>| heaters.get(&known.id) == Some(&number);
        self.sites.iter().find(|(_, heaters)| has(heaters)).map(|(site, _)| site)
    }

    /// The numbers of a site's heaters, ascending.
    pub(crate) fn heaters_of(&self, site: &SiteId) -> Vec<u32> {
        let mut numbers: Vec<u32> =
            self.sites.get(site).into_iter().flat_map(|heaters| heaters.values()).copied().collect();
        numbers.sort_unstable();
        numbers
    }

    /// The stays of a site's heaters in a room, between `from` and `to`.
    pub(crate) fn stays(&self, site: &SiteId, room: &RoomId, from: i64, to: i64) -> Vec<Stay> {
        let of_heater = |heater: u32| {
            let known = &self.heaters[heater as usize];
            let there = known.rooms_between(from, to).filter(move |(stood, ..)| *stood == Some(room));
            there.map(move |(_, from, to)| Stay { heater, from, to })
        };
        self.heaters_of(site).into_iter().flat_map(of_heater).collect()
    }

    pub(crate) fn metric(&self, number: u32) -> Option<&Metric> {
        self.metrics.get(number as usize)
    }

    pub(crate) fn metric_number(&self, metric: &Metric) -> Option<u32> {
        self.metric_numbers.get(metric).copied()
    }

    pub(crate) fn heater_count(&self) -> u32 {
        self.heaters.len() as u32
    }

    pub(crate) fn metric_count(&self) -> u32 {
        self.metrics.len() as u32
    }

    /// The move that a record tells of. The first room a heater names is taken as its room ever since: nobody else
    /// is known to have had it. After that only a live record newer than the last move tells of another.
    pub(crate) fn moved(&self, heater: u32, room: Option<&RoomId>, ts: i64, late: bool) -> Option<Change> {
        let from = match self.heater(heater).and_then(|known| known.rooms.last()) {
            None => i64::MIN,
            Some((from, stands)) if stands.as_ref() != room && !late && ts > *from => ts,
            Some(_) => return None,
        };
        Some(Change::Move { heater, from, room: room.cloned() })
    }

    /// Takes a step. Steps come in the order in which they were made; a move of an unknown heater is no step.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Heater(site, id) => {
                let number = self.heater_count();
                self.heaters.push(Known { id: id.clone(), rooms: Vec::new() });
                self.sites.entry(site.clone()).or_default().insert(id.clone(), number);
            }
            Change::Metric(metric) => {
                let number = self.metric_count();
                self.metrics.push(metric.clone());
                self.metric_numbers.insert(metric.clone(), number);
            }
            Change::Move { heater, from, room } => {
                if let Some(known) = self.heaters.get_mut(*heater as usize) {
                    known.rooms.push((*from, room.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str) -> RoomId {
        RoomId::new(name).unwrap()
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.apply(&Change::Heater(SiteId::new("s").unwrap(), HeaterId::new("h").unwrap()));
        catalog
    }

    fn hear(catalog: &mut Catalog, name: Option<&str>, ts: i64, late: bool) {
        let room = name.map(room);
        if let Some(change) = catalog.moved(0, room.as_ref(), ts, late) {
            catalog.apply(&change);
        }
    }

    #[test]
    fn a_heater_is_in_its_old_room_before_the_move_and_in_the_new_one_after() {
        let mut catalog = catalog();
        hear(&mut catalog, Some("a"), 100, false);
        hear(&mut catalog, Some("b"), 200, false);
        hear(&mut catalog, Some("b"), 150, false);
        hear(&mut catalog, Some("b"), 120, true);
        let at = |ts| catalog.heater(0).unwrap().room_at(ts).map(RoomId::to_string);
        assert_eq!(at(50).as_deref(), Some("a"));
        assert_eq!(at(199).as_deref(), Some("a"));
        assert_eq!(at(200).as_deref(), Some("b"));
        let site = SiteId::new("s").unwrap();
        let stays = |name| catalog.stays(&site, &room(name), 0, 1_000);
        assert_eq!(stays("a"), [Stay { heater: 0, from: 0, to: 200 }]);
        assert_eq!(stays("b"), [Stay { heater: 0, from: 200, to: 1_000 }]);
        assert_eq!(stays("c"), []);
    }

    #[test]
    fn a_heater_can_come_back_and_can_stand_nowhere() {
        let mut catalog = catalog();
        for (name, ts) in [(Some("a"), 0), (None, 10), (Some("a"), 20)] {
            hear(&mut catalog, name, ts, false);
        }
        let stays = catalog.stays(&SiteId::new("s").unwrap(), &room("a"), 5, 30);
        assert_eq!(stays.iter().map(|stay| (stay.from, stay.to)).collect::<Vec<_>>(), [(5, 10), (20, 30)]);
        assert_eq!(catalog.heater(0).unwrap().room_at(15), None);
    }
}
