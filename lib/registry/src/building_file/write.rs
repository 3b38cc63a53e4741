//! Writes a building as a file that reads back as the same building.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use vocabulary::{Celsius, DayTime, Watts, Week};

use super::DAYS;
use crate::{Circuit, Heater, PlanArea, Room, Site, SiteBook};

/// The building as TOML: site, rooms, circuits and heaters, with the weeks that are in force. What a file cannot say is
/// left out: exceptions, bookings and holidays of schedules, rules of law, and that something is simulated.
#[must_use]
pub fn write(book: &SiteBook) -> String {
    let mut file = String::new();
    written(&mut file, book).expect("a text takes whatever is written into it");
    file
}

fn written(file: &mut String, book: &SiteBook) -> fmt::Result {
    site(file, &book.site)?;
    if !book.metrics.is_empty() {
        let names: Vec<String> = book.metrics.iter().map(|metric| quoted(&metric.as_str())).collect();
        writeln!(file, "metrics = [{}]", names.join(", "))?;
    }
    book.rooms.iter().try_for_each(|described| room(file, described))?;
    book.circuits.iter().try_for_each(|described| circuit(file, described))?;
    book.heaters.iter().try_for_each(|described| heater(file, described))
}

fn site(file: &mut String, site: &Site) -> fmt::Result {
    writeln!(file, "[site]")?;
    writeln!(file, "id = {}", quoted(&site.id))?;
    writeln!(file, "name = {}", quoted(&site.name))?;
    writeln!(file, "zone = {}", quoted(&site.zone))?;
    site.cap_w.map_or(Ok(()), |cap| writeln!(file, "cap_w = {}", cap.whole()))
}

fn room(file: &mut String, room: &Room) -> fmt::Result {
    // As a description says it: what holds outside all hours is the lowest setpoint of the week.
    let week = Week::from(&room.schedule.week.changes());
    writeln!(file, "\n[[room]]")?;
    writeln!(file, "id = {}", quoted(&room.id))?;
    writeln!(file, "name = {}", quoted(&room.name))?;
    writeln!(file, "floor = {}", quoted(&room.floor))?;
    if let Some(PlanArea { x, y, width, depth }) = room.area {
        writeln!(file, "area = {{ x = {x:?}, y = {y:?}, width = {width:?}, depth = {depth:?} }}")?;
    }
    for (key, celsius) in [
        ("low_c", room.low_c),
        ("high_c", room.high_c),
        ("setback_c", room.setback_c),
        ("otherwise_c", week.otherwise_c),
    ] {
        writeln!(file, "{key} = {}", degrees(celsius))?;
    }
    comfort(file, &week)
}

/// The hours of a week, each line for all days that have it.
fn comfort(file: &mut String, week: &Week) -> fmt::Result {
    let mut lines: BTreeMap<(DayTime, DayTime, Celsius), Vec<&str>> = BTreeMap::new();
    for (day, spans) in DAYS.into_iter().zip(&week.days) {
        for span in spans.as_slice() {
            lines.entry((span.from, span.until, span.setpoint_c)).or_default().push(day);
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(file, "comfort = [")?;
    for ((from, until, setpoint_c), days) in lines {
        let days: Vec<String> = days.iter().map(quoted).collect();
        let (days, setpoint_c) = (days.join(", "), degrees(setpoint_c));
        writeln!(
            file,
            "  {{ days = [{days}], from = \"{from}\", until = \"{until}\", setpoint_c = {setpoint_c} }},"
        )?;
    }
    writeln!(file, "]")
}

fn circuit(file: &mut String, circuit: &Circuit) -> fmt::Result {
    writeln!(file, "\n[[circuit]]")?;
    writeln!(file, "id = {}", quoted(&circuit.id))?;
    if let Some(under) = &circuit.under {
        writeln!(file, "under = {}", quoted(under))?;
    }
    writeln!(file, "cap_w = {}", circuit.cap_w.whole())?;
    if circuit.other_w == Watts::ZERO {
        return Ok(());
    }
    writeln!(file, "other_w = {}", circuit.other_w.whole())
}

fn heater(file: &mut String, heater: &Heater) -> fmt::Result {
    writeln!(file, "\n[[heater]]")?;
    writeln!(file, "id = {}", quoted(&heater.id))?;
    writeln!(file, "name = {}", quoted(&heater.name))?;
    if let Some(room) = &heater.room {
        writeln!(file, "room = {}", quoted(room))?;
    }
    if let Some(circuit) = &heater.circuit {
        writeln!(file, "circuit = {}", quoted(circuit))?;
    }
    for (key, watts) in
        [("rated_w", heater.rated_w), ("resistor_w", heater.resistor_w), ("fallback_w", heater.fallback_w)]
    {
        writeln!(file, "{key} = {}", watts.whole())?;
    }
    Ok(())
}

/// A text as TOML quotes it.
fn quoted(text: &impl ToString) -> String {
    toml::Value::String(text.to_string()).to_string()
}

/// Degrees to the hundredth, always with a point.
fn degrees(celsius: Celsius) -> String {
    let hundredths = format!("{:.2}", celsius.degrees());
    hundredths.strip_suffix('0').map_or(hundredths.clone(), str::to_owned)
}
