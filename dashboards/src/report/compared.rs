//! A report beside the one of the time it is compared with: made once, shown as page, JSON and CSV.

use registry::{Action, RegistryError, SiteBook, Target};
use vocabulary::RoomId;

use super::Report;
use super::figure::{Figure, Key};
use super::gather::{GatherError, Subject, gather};
use super::period::Period;
use crate::app::App;
use crate::reads;
use crate::who::Who;

/// Two reports.
pub(crate) struct Compared {
    pub(crate) own: Report,
    pub(crate) other: Report,
}

/// A figure, and what it is held against.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) own: &'a Figure,
    pub(crate) other: Option<&'a Figure>,
}

impl Compared {
    /// Makes the report that `who` may see. Where sensors tell of people and `who` may know of it, that it was read is in the
    /// audit before it is read.
    pub(crate) fn make(
        app: &App,
        who: &Who,
        (book, room): (&SiteBook, Option<&RoomId>),
        period: Period,
    ) -> Result<Self, GatherError> {
        let subject = Subject { book, room, sees_people: sees_people(app, who, book, room)? };
        let own = Report::of(&gather(app, subject, period)?);
        let other = Report::of(&gather(app, subject, period.compared(book.site.zone))?);
        Ok(Self { own: own.against(&other), other })
    }

    /// Its figures in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        self.own.figures.iter().map(|own| Pair { own, other: self.other.compared(own.key) })
    }
}

/// With less of it recorded a figure is not held against another: the change would be one of recording.
pub(crate) const LEAST_COVERAGE: f64 = 0.8;

impl Pair<'_> {
    /// By how much the figure is more than then: of shares and temperatures in their own unit, of everything else as a share
    /// of what it was. `None` where either is not known or too little of it was recorded.
    pub(crate) fn change(self) -> Option<Change> {
        let is_whole = |figure: &Figure| figure.coverage.is_none_or(|share| share >= LEAST_COVERAGE);
        let other = self.other.filter(|other| is_whole(other) && is_whole(self.own))?;
        let (own, other) = (self.own.value.ok()?, other.value.ok()?);
        if matches!(self.own.key.unit(), "%" | "°C") {
            return Some(Change::By(own - other));
        }
        // Against next to nothing everything is infinitely more.
        (other.abs() > 1e-3).then(|| Change::Share((own - other) / other.abs()))
    }
}

/// A change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Change {
    /// In the figure's own unit.
    By(f64),
    /// As a share of what it was.
    Share(f64),
}

/// The figures under one heading, as the page and this crate's documents group them.
pub(crate) const GROUPS: [(&str, &[Key]); 6] = [
    ("energy", &[Key::Energy, Key::DegreeDays, Key::Corrected, Key::Cost, Key::Carbon]),
    ("work", &[Key::Heat, Key::Compute, Key::CoreHours, Key::Idle, Key::Resistor, Key::Waste]),
    ("peak", &[Key::Peak, Key::PeakOfCap]),
    ("comfort", &[Key::InBand, Key::Cold]),
    ("law", &[Key::HeatedMean, Key::AboveMean, Key::AboveEmptyADay, Key::AboveEmptyTwoDays]),
    ("tenants", &[Key::Refund]),
];

/// Whether `who` may use what sensors saw of people in all rooms of a report; then that is noted.
fn sees_people(app: &App, who: &Who, book: &SiteBook, room: Option<&RoomId>) -> Result<bool, RegistryError> {
    let site = &book.site.id;
    let mut rooms =
        book.rooms.iter().map(|known| &known.id).filter(|known| room.is_none_or(|room| room == *known));
    let sees = rooms.all(|room| who.may(Action::SeePresence, Target::Room(site, room)));
    if sees {
        reads::report(app, who, site, room)?;
    }
    Ok(sees)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::Unknown;

    #[test]
    fn a_change_is_a_share_or_a_difference_and_never_infinite() {
        let figure = |key, value| Figure { key, value, coverage: None, remarks: Vec::new() };
        let change = |key, own, other| {
            let (own, other) = (figure(key, own), figure(key, other));
            Pair { own: &own, other: Some(&other) }.change()
        };
        assert_eq!(change(Key::Energy, Ok(12.0), Ok(10.0)), Some(Change::Share(0.2)));
        assert_eq!(change(Key::Cost, Ok(1.0), Ok(-2.0)), Some(Change::Share(1.5)));
        assert_eq!(change(Key::InBand, Ok(90.0), Ok(95.0)), Some(Change::By(-5.0)));
        assert_eq!(change(Key::Energy, Ok(12.0), Ok(0.0)), None);
        assert_eq!(change(Key::Energy, Ok(12.0), Err(Unknown::NotRecorded)), None);
        let own = figure(Key::Energy, Ok(12.0));
        let partly = Figure { coverage: Some(0.79), ..figure(Key::Energy, Ok(10.0)) };
        assert_eq!(Pair { own: &own, other: Some(&partly) }.change(), None, "too little was recorded then");
    }

    #[test]
    fn every_figure_of_a_report_stands_in_one_group() {
        let mut grouped: Vec<&str> =
            GROUPS.iter().flat_map(|(_, keys)| *keys).map(|key| key.as_str()).collect();
        let count = grouped.len();
        grouped.sort_unstable();
        grouped.dedup();
        assert_eq!((grouped.len(), count), (20, 20));
    }
}
