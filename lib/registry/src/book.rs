//! Sites, their rooms and their heaters: what the building is, as its owner wrote it down.

use rusqlite::{Connection, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use vocabulary::{
    Celsius, CircuitId, DisplayName, HeaterId, HolidayCalendar, Metric, RoomId, Schedule, SiteId, Watts,
    WeekSchedule, Zone,
};

use crate::circuit::{Circuit, circuit_id, read_circuits, write_circuit};
use crate::schedule::{Hand, described_weeks, put_described};
use crate::{Registry, RegistryError, damaged};

/// Which time a site lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Now is now.
    Wall,
    /// A recording is played: now is the newest sample's time, and no budget leaves the controller.
    Recorded,
}

/// One building, or a few that share a controller.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Site {
    /// Its identifier.
    pub id: SiteId,
    /// Its name for people.
    pub name: DisplayName,
    /// The time zone its people live in.
    pub zone: Zone,
    /// Which time it lives in.
    pub clock: Clock,
    /// The most all heaters may draw together, where there is a limit.
    pub cap_w: Option<Watts>,
    /// Whether the pages must say that this is a demonstration.
    pub demonstration: bool,
}

/// A rectangle on the floor plan, in metres from the floor's north-west corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlanArea {
    /// West edge.
    pub x: f32,
    /// North edge.
    pub y: f32,
    /// Extent to the east.
    pub width: f32,
    /// Extent to the south.
    pub depth: f32,
}

/// A room and how warm it should be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Room {
    /// Its identifier.
    pub id: RoomId,
    /// Its name for people.
    pub name: DisplayName,
    /// The floor it is on, as people call it.
    pub floor: DisplayName,
    /// Where it is on the floor plan, where one is drawn.
    pub area: Option<PlanArea>,
    /// The lowest setpoint that tenants and building systems may ask for.
    pub low_c: Celsius,
    /// The highest setpoint that tenants and building systems may ask for.
    pub high_c: Celsius,
    /// The setpoint while nobody is there.
    pub setback_c: Celsius,
    /// The setpoint of each time: the building's description as its first version, and what people made of it.
    pub schedule: Schedule,
}

/// A heater and what it can draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heater {
    /// Its identifier, and that of its own credential.
    pub id: HeaterId,
    /// Its name for people.
    pub name: DisplayName,
    /// The room it stands in; `None` while it is not placed.
    pub room: Option<RoomId>,
    /// The circuit it hangs on; `None` where the wiring is not described.
    pub circuit: Option<CircuitId>,
    /// The most it draws.
    pub rated_w: Watts,
    /// What of it can be drawn by the resistor, without work.
    pub resistor_w: Watts,
    /// What it may draw by itself when no lease is live.
    pub fallback_w: Watts,
    /// Whether it is simulated; the pages say so.
    pub simulated: bool,
}

/// A whole site: what the controller, the intake and the pages need to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteBook {
    /// The site itself.
    pub site: Site,
    /// Its rooms, in the order they were written.
    pub rooms: Vec<Room>,
    /// Its heaters, by identifier.
    pub heaters: Vec<Heater>,
    /// The circuits of its wiring, by identifier.
    pub circuits: Vec<Circuit>,
    /// Metrics it has registered beside the standard ones.
    pub metrics: Vec<Metric>,
}

impl Registry {
    /// Writes a whole site: what is there is replaced, rooms and heaters that are no longer named are removed.
    /// History is not touched. Of schedules only the weeks are written, and a week that people have edited holds until the
    /// one written here differs from the one before.
    ///
    /// # Errors
    /// [`RegistryError::Wiring`] when the wiring cannot be, [`RegistryError::Sqlite`], also when a heater names a room that
    /// the book does not have.
    pub fn put_site(&self, book: &SiteBook) -> Result<(), RegistryError> {
        self.write_book(book, Hand::UNKNOWN, |_| Ok(()))
    }

    /// Writes a whole site, and `beside` it in the same transaction.
    pub(crate) fn write_book(
        &self,
        book: &SiteBook,
        hand: Hand<'_>,
        beside: impl FnOnce(&Transaction<'_>) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        replace(&transaction, book, hand)?;
        beside(&transaction)?;
        bump(&transaction)?;
        Ok(transaction.commit()?)
    }

    /// Removes a site with its rooms, heaters, schedules, tenant links, overrides, instructions and alarms. History, audit and the epoch stay: a site
    /// that comes back under its name goes on where it was.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn remove_site(&self, site: &SiteId) -> Result<(), RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "DELETE FROM alarm_change WHERE alarm IN (SELECT id FROM alarm WHERE site = ?1)",
            [site.as_str()],
        )?;
        for table in [
            "heater",
            "room",
            "metric",
            "circuit",
            "tenant_link",
            "override",
            "schedule_version",
            "alarm",
            "alarm_rule",
            "heater_instruction",
        ] {
            transaction.execute(&format!("DELETE FROM {table} WHERE site = ?1"), [site.as_str()])?;
        }
        transaction.execute("DELETE FROM site WHERE id = ?1", [site.as_str()])?;
        bump(&transaction)?;
        Ok(transaction.commit()?)
    }

    /// Every site, by identifier.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn sites(&self) -> Result<Vec<Site>, RegistryError> {
        read_sites(&self.lock())
    }

    /// One site with its rooms and heaters.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub fn site_book(&self, site: &SiteId) -> Result<SiteBook, RegistryError> {
        read_book(&self.lock(), site)
    }

    /// Every site with its rooms and heaters.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn books(&self) -> Result<Vec<SiteBook>, RegistryError> {
        self.sites()?.iter().map(|site| self.site_book(&site.id)).collect()
    }
}

/// Puts a whole site in place of what stands under its name.
pub(crate) fn replace(
    transaction: &Transaction<'_>,
    book: &SiteBook,
    hand: Hand<'_>,
) -> Result<(), RegistryError> {
    book.check_wiring()?;
    write_site(transaction, &book.site)?;
    let site = book.site.id.as_str();
    let weeks = described_weeks(transaction, site)?;
    for table in ["heater", "room", "metric", "circuit"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE site = ?1"), [site])?;
    }
    for (position, room) in book.rooms.iter().enumerate() {
        let week = put_described(transaction, site, room, &weeks, hand)?;
        write_room(transaction, site, position, room, &week)?;
    }
    for heater in &book.heaters {
        write_heater(transaction, site, heater)?;
    }
    for circuit in &book.circuits {
        write_circuit(transaction, site, circuit)?;
    }
    for metric in &book.metrics {
        transaction.execute("INSERT INTO metric VALUES (?1, ?2)", params![site, metric.as_str()])?;
    }
    Ok(())
}

/// Marks that the rules have changed; belongs into the transaction that changes them.
pub(crate) fn bump(connection: &Connection) -> Result<(), RegistryError> {
    connection.execute("UPDATE revision SET n = n + 1", [])?;
    Ok(())
}

fn read_sites(connection: &Connection) -> Result<Vec<Site>, RegistryError> {
    let mut query = connection
        .prepare_cached("SELECT id, name, zone, clock, cap_w, demonstration FROM site ORDER BY id")?;
    let rows = query.query_map([], |row| Ok(read_site(row)))?;
    rows.map(|row| row?).collect()
}

/// One site with its rooms and heaters.
pub(crate) fn read_book(connection: &Connection, site: &SiteId) -> Result<SiteBook, RegistryError> {
    let found = read_sites(connection)?.into_iter().find(|s| s.id == *site);
    Ok(SiteBook {
        site: found.ok_or_else(|| RegistryError::Unknown(format!("site {site}")))?,
        rooms: read_all(
            connection,
            "SELECT room.id, room.name, floor, area, low_c, high_c, setback_c, room.schedule,
             (SELECT version.schedule FROM schedule_version AS version WHERE version.site = room.site
              AND version.room = room.id ORDER BY number DESC LIMIT 1), site.holidays
             FROM room JOIN site ON site.id = room.site WHERE room.site = ?1 ORDER BY position",
            site,
            read_room,
        )?,
        heaters: read_all(
            connection,
            "SELECT id, name, room, rated_w, resistor_w, fallback_w, simulated, circuit FROM heater WHERE site = ?1 ORDER BY id",
            site,
            read_heater,
        )?,
        circuits: read_circuits(connection, site)?,
        metrics: read_all(connection, "SELECT name FROM metric WHERE site = ?1", site, |row| {
            row.get::<_, String>(0)?.parse().map_err(|error| damaged("a metric", error))
        })?,
    })
}

/// Every row of a site.
pub(crate) fn read_all<T>(
    connection: &Connection,
    sql: &str,
    site: &SiteId,
    read: impl Fn(&Row<'_>) -> Result<T, RegistryError>,
) -> Result<Vec<T>, RegistryError> {
    let mut query = connection.prepare_cached(sql)?;
    let rows = query.query_map([site.as_str()], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn write_site(connection: &Connection, site: &Site) -> Result<(), RegistryError> {
    connection.execute(
        "INSERT INTO site (id, name, zone, clock, cap_w, demonstration) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET name = excluded.name,
         zone = excluded.zone, clock = excluded.clock, cap_w = excluded.cap_w, demonstration = excluded.demonstration",
        params![
            site.id.as_str(),
            site.name.as_str(),
            site.zone.to_string(),
            if site.clock == Clock::Wall { "wall" } else { "recorded" },
            site.cap_w.map(Watts::whole),
            site.demonstration,
        ],
    )?;
    Ok(())
}

fn write_room(
    connection: &Connection,
    site: &str,
    position: usize,
    room: &Room,
    week: &str,
) -> Result<(), RegistryError> {
    let area = room.area.map(|area| serde_json::to_string(&area).expect("a plan area is four numbers"));
    connection.execute(
        "INSERT INTO room VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            site,
            room.id.as_str(),
            room.name.as_str(),
            room.floor.as_str(),
            position as i64,
            area,
            room.low_c.hundredths(),
            room.high_c.hundredths(),
            room.setback_c.hundredths(),
            week,
        ],
    )?;
    Ok(())
}

fn write_heater(connection: &Connection, site: &str, heater: &Heater) -> Result<(), RegistryError> {
    connection.execute(
        "INSERT INTO heater VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            site,
            heater.id.as_str(),
            heater.name.as_str(),
            heater.room.as_ref().map(RoomId::as_str),
            heater.rated_w.whole(),
            heater.resistor_w.whole(),
            heater.fallback_w.whole(),
            heater.simulated,
            heater.circuit.as_ref().map(CircuitId::as_str),
        ],
    )?;
    Ok(())
}

fn read_site(row: &Row<'_>) -> Result<Site, RegistryError> {
    let id: String = row.get(0)?;
    let bad = |why: String| damaged(&format!("site {id}"), why);
    Ok(Site {
        id: SiteId::new(&id).map_err(|error| bad(error.to_string()))?,
        name: DisplayName::new(&row.get::<_, String>(1)?).map_err(|error| bad(error.to_string()))?,
        zone: row
            .get::<_, String>(2)?
            .parse()
            .map_err(|error: vocabulary::ZoneError| bad(error.to_string()))?,
        clock: if row.get::<_, String>(3)? == "recorded" { Clock::Recorded } else { Clock::Wall },
        cap_w: row.get::<_, Option<u32>>(4)?.map(watts).transpose()?,
        demonstration: row.get(5)?,
    })
}

fn read_room(row: &Row<'_>) -> Result<Room, RegistryError> {
    let id: String = row.get(0)?;
    let bad = |why: String| damaged(&format!("room {id}"), why);
    let area: Option<String> = row.get(3)?;
    Ok(Room {
        id: RoomId::new(&id).map_err(|error| bad(error.to_string()))?,
        name: DisplayName::new(&row.get::<_, String>(1)?).map_err(|error| bad(error.to_string()))?,
        floor: DisplayName::new(&row.get::<_, String>(2)?).map_err(|error| bad(error.to_string()))?,
        area: area
            .map(|json| serde_json::from_str(&json))
            .transpose()
            .map_err(|error| bad(error.to_string()))?,
        low_c: celsius(row.get(4)?)?,
        high_c: celsius(row.get(5)?)?,
        setback_c: celsius(row.get(6)?)?,
        schedule: read_schedule(row, 7).map_err(|error| bad(error.to_string()))?,
    })
}

/// A schedule from three columns from `first` on: the described week, the newest version if there is one, the site's holidays.
pub(crate) fn read_schedule(row: &Row<'_>, first: usize) -> Result<Schedule, RegistryError> {
    let bad = |error: serde_json::Error| damaged("a schedule", error);
    let mut schedule = match row.get::<_, Option<String>>(first + 1)? {
        Some(version) => serde_json::from_str(&version).map_err(bad)?,
        None => {
            let week = row.get::<_, String>(first)?;
            Schedule::from(serde_json::from_str::<WeekSchedule>(&week).map_err(bad)?)
        }
    };
    schedule.holidays = holidays(&row.get::<_, String>(first + 2)?)?;
    Ok(schedule)
}

/// A calendar of holidays from its word in the book.
pub(crate) fn holidays(word: &str) -> Result<HolidayCalendar, RegistryError> {
    let found = HolidayCalendar::ALL.into_iter().find(|known| known.as_str() == word);
    found.ok_or_else(|| damaged("a calendar of holidays", word))
}

fn read_heater(row: &Row<'_>) -> Result<Heater, RegistryError> {
    let id: String = row.get(0)?;
    let bad = |why: String| damaged(&format!("heater {id}"), why);
    let room: Option<String> = row.get(2)?;
    let circuit: Option<String> = row.get(7)?;
    Ok(Heater {
        id: HeaterId::new(&id).map_err(|error| bad(error.to_string()))?,
        name: DisplayName::new(&row.get::<_, String>(1)?).map_err(|error| bad(error.to_string()))?,
        room: room.map(|room| RoomId::new(&room)).transpose().map_err(|error| bad(error.to_string()))?,
        rated_w: watts(row.get(3)?)?,
        resistor_w: watts(row.get(4)?)?,
        fallback_w: watts(row.get(5)?)?,
        simulated: row.get(6)?,
        circuit: circuit.as_deref().map(circuit_id).transpose()?,
    })
}

/// A temperature from stored hundredths.
pub(crate) fn celsius(hundredths: i32) -> Result<Celsius, RegistryError> {
    Celsius::new(f64::from(hundredths) / 100.0).map_err(|error| damaged("a temperature", error))
}

/// A power from stored watts.
pub(crate) fn watts(whole: u32) -> Result<Watts, RegistryError> {
    Watts::new(whole).map_err(|error| damaged("a power", error))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn two_rooms() -> SiteBook {
        let name = |text| DisplayName::new(text).unwrap();
        let room = |id| Room {
            id: RoomId::new(id).unwrap(),
            name: name("Bureau"),
            floor: name("1er étage"),
            area: Some(PlanArea { x: 0.0, y: 1.5, width: 4.0, depth: 5.0 }),
            low_c: Celsius::from_hundredths(1700),
            high_c: Celsius::from_hundredths(2200),
            setback_c: Celsius::from_hundredths(1600),
            schedule: WeekSchedule::constant(Celsius::from_hundredths(2050)).into(),
        };
        let heater = |id: &str, place: Option<&str>| Heater {
            id: HeaterId::new(id).unwrap(),
            name: name("Radiateur"),
            room: place.map(|room| RoomId::new(room).unwrap()),
            rated_w: Watts::new(750).unwrap(),
            resistor_w: Watts::new(200).unwrap(),
            fallback_w: Watts::new(200).unwrap(),
            simulated: true,
            circuit: None,
        };
        SiteBook {
            site: Site {
                id: SiteId::new("home").unwrap(),
                name: name("12 rue des Tisserands"),
                zone: "Europe/Paris".parse().unwrap(),
                clock: Clock::Wall,
                cap_w: Some(Watts::new(9000).unwrap()),
                demonstration: false,
            },
            rooms: vec![room("b"), room("a")],
            heaters: vec![heater("h-1", Some("a")), heater("h-2", None)],
            circuits: vec![],
            metrics: vec!["grid_frequency_hz".parse().unwrap()],
        }
    }

    #[test]
    fn a_site_reads_back_as_it_was_written() {
        let registry = Registry::in_memory().unwrap();
        let book = two_rooms();
        registry.put_site(&book).unwrap();
        assert_eq!(registry.site_book(&book.site.id).unwrap(), book);
    }

    #[test]
    fn writing_a_site_again_removes_what_it_no_longer_names() {
        let registry = Registry::in_memory().unwrap();
        let mut book = two_rooms();
        registry.put_site(&book).unwrap();
        let before = registry.revision().unwrap();
        book.rooms.remove(0);
        book.heaters.remove(1);
        registry.put_site(&book).unwrap();
        assert_eq!(registry.books().unwrap(), [book]);
        assert!(registry.revision().unwrap() > before);
    }

    #[test]
    fn a_removed_site_leaves_nothing_behind_but_its_epoch() {
        let registry = Registry::in_memory().unwrap();
        let book = two_rooms();
        registry.put_site(&book).unwrap();
        registry.raise_epoch(&book.site.id).unwrap();
        registry.remove_site(&book.site.id).unwrap();
        assert!(registry.books().unwrap().is_empty());
        assert_eq!(registry.raise_epoch(&book.site.id).unwrap(), 2);
    }

    #[test]
    fn a_heater_in_a_room_that_does_not_exist_is_refused_and_nothing_changes() {
        let registry = Registry::in_memory().unwrap();
        let good = two_rooms();
        registry.put_site(&good).unwrap();
        let mut bad = good.clone();
        bad.heaters[0].room = Some(RoomId::new("attic").unwrap());
        assert!(registry.put_site(&bad).is_err());
        assert_eq!(registry.site_book(&good.site.id).unwrap(), good);
    }
}
