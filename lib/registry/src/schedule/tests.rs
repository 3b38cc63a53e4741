use vocabulary::{Celsius, Date, DayException, ExceptionDay, Week};

use super::*;
use crate::SiteBook;
use crate::book::tests::two_rooms;

const WARM: Celsius = Celsius::from_hundredths(2100);
const NOW: Timestamp = Timestamp::from_ms(5);

fn written() -> (Registry, SiteBook) {
    let registry = Registry::in_memory().unwrap();
    let book = two_rooms();
    registry.put_site(&book).unwrap();
    (registry, book)
}

fn room(id: &str) -> RoomId {
    RoomId::new(id).unwrap()
}

fn constant(setpoint: Celsius) -> Schedule {
    WeekSchedule::constant(setpoint).into()
}

fn away() -> DayException {
    let day: Date = "2026-12-24".parse().unwrap();
    DayException::new(day, day, ExceptionDay::Constant(Celsius::from_hundredths(1400)), None).unwrap()
}

fn edit(id: &str, schedule: &Schedule, seen: Option<u32>) -> ScheduleEdit {
    ScheduleEdit { room: room(id), schedule: schedule.clone(), seen }
}

fn in_book(registry: &Registry, book: &SiteBook, id: &str) -> Schedule {
    let book = registry.site_book(&book.site.id).unwrap();
    book.rooms.into_iter().find(|found| found.id == room(id)).unwrap().schedule
}

#[test]
fn a_schedule_that_nobody_has_edited_is_the_described_week_as_version_one() {
    let (registry, book) = written();
    let versions = registry.schedule_versions(&book.site.id, &room("a")).unwrap();
    assert_eq!((versions.len(), versions[0].number, versions[0].at), (1, 1, None));
    assert_eq!(versions[0].schedule, book.rooms[1].schedule);
    assert!(registry.schedule_version(&book.site.id, &room("attic")).is_err());
}

#[test]
fn an_edit_is_a_version_with_who_when_and_why_and_the_one_before_can_be_had_again() {
    let (registry, book) = written();
    let (site, before) = (&book.site.id, registry.revision().unwrap());
    let by = ("person/anna", "too cold in the morning");
    let saved = registry.edit_schedules(site, &[edit("a", &constant(WARM), Some(1))], by, NOW).unwrap();
    assert_eq!(saved, ScheduleSaved::Saved(1));
    assert!(registry.revision().unwrap() > before, "the controller reads again");
    assert_eq!(in_book(&registry, &book, "a"), constant(WARM));
    assert_eq!(in_book(&registry, &book, "b"), book.rooms[0].schedule, "the neighbour is as it was");
    let versions = registry.schedule_versions(site, &room("a")).unwrap();
    let told: Vec<_> = versions.iter().map(|v| (v.number, v.at, v.who.as_str(), v.why.as_str())).collect();
    assert_eq!(told, [(2, Some(NOW), by.0, by.1), (1, None, "", "")]);
    let line = &registry.audit_of("home/room/a", 9).unwrap()[0];
    assert_eq!((line.old.as_str(), line.new.as_str(), line.why.as_str()), ("version 1", "version 2", by.1));
    let again = edit("a", &versions[1].schedule, Some(2));
    registry.edit_schedules(site, &[again], ("person/anna", ""), NOW).unwrap();
    assert_eq!(in_book(&registry, &book, "a"), book.rooms[1].schedule);
    assert_eq!(registry.schedule_version(site, &room("a")).unwrap().number, 3);
}

#[test]
fn whoever_edits_what_another_has_changed_meanwhile_is_told_and_changes_nothing() {
    let (registry, book) = written();
    let (site, by) = (&book.site.id, ("person/anna", "first"));
    registry.edit_schedules(site, &[edit("a", &constant(WARM), Some(1))], by, NOW).unwrap();
    let edits = [edit("b", &constant(WARM), None), edit("a", &book.rooms[1].schedule, Some(1))];
    let late = registry.edit_schedules(site, &edits, ("person/ben", "second"), NOW).unwrap();
    let ScheduleSaved::EditedMeanwhile(other) = late else { panic!("{late:?}") };
    assert_eq!((other.number, other.who.as_str(), other.why.as_str()), (2, "person/anna", "first"));
    assert_eq!(in_book(&registry, &book, "a"), constant(WARM));
    assert_eq!(in_book(&registry, &book, "b"), book.rooms[0].schedule, "all of them or none");
    assert_eq!(registry.newest_audit(9).unwrap().len(), 1);
}

#[test]
fn a_schedule_that_is_so_already_makes_no_version_and_one_for_no_room_none_at_all() {
    let (registry, book) = written();
    let (site, by, before) = (&book.site.id, ("person/anna", ""), registry.revision().unwrap());
    let same = edit("a", &book.rooms[1].schedule, Some(1));
    assert_eq!(registry.edit_schedules(site, &[same], by, NOW).unwrap(), ScheduleSaved::Saved(0));
    let edits = [edit("a", &constant(WARM), None), edit("attic", &constant(WARM), None)];
    assert!(matches!(registry.edit_schedules(site, &edits, by, NOW), Err(RegistryError::Unknown(_))));
    assert_eq!(registry.revision().unwrap(), before);
    assert_eq!(in_book(&registry, &book, "a"), book.rooms[1].schedule);
}

#[test]
fn what_people_edit_holds_until_the_description_changes_and_exceptions_outlive_that() {
    let (registry, mut book) = written();
    let site = book.site.id.clone();
    let mut edited = constant(WARM);
    edited.exceptions = vec![away()];
    registry.edit_schedules(&site, &[edit("a", &edited, Some(1))], ("person/anna", ""), NOW).unwrap();
    registry.change_site(&book, "building.toml", NOW).unwrap();
    assert_eq!(in_book(&registry, &book, "a"), edited, "the description says what it said");
    assert_eq!(registry.newest_audit(9).unwrap().len(), 1, "and nothing has changed");

    let week = Week::from(&WeekSchedule::constant(Celsius::from_hundredths(1900)));
    book.rooms[1].schedule = Schedule::of(week.clone());
    registry.change_site(&book, "building.toml", Timestamp::from_ms(9)).unwrap();
    let found = in_book(&registry, &book, "a");
    assert_eq!((&found.week, found.exceptions.len()), (&week, 1));
    let newest = registry.schedule_version(&site, &room("a")).unwrap();
    let told = (newest.number, newest.who.as_str(), newest.at);
    assert_eq!(told, (3, "building.toml", Some(Timestamp::from_ms(9))));
    registry.put_site(&book).unwrap();
    assert_eq!(registry.schedule_version(&site, &room("a")).unwrap().number, 3);
}

#[test]
fn a_book_that_is_read_and_written_back_describes_nothing_anew() {
    let (registry, book) = written();
    let site = &book.site.id;
    registry.edit_schedules(site, &[edit("a", &constant(WARM), Some(1))], ("person/anna", ""), NOW).unwrap();
    registry.put_site(&registry.site_book(site).unwrap()).unwrap();
    assert_eq!(registry.schedule_version(site, &room("a")).unwrap().number, 2);
    registry.put_site(&book).unwrap();
    assert_eq!(
        in_book(&registry, &book, "a"),
        constant(WARM),
        "the description is still the one from before"
    );
}

#[test]
fn only_so_many_versions_are_kept_and_none_of_a_site_that_is_removed() {
    let (registry, book) = written();
    let site = &book.site.id;
    for step in 0..120 {
        let schedule = constant(Celsius::from_hundredths(1500 + step));
        registry.edit_schedules(site, &[edit("a", &schedule, None)], ("person/anna", ""), NOW).unwrap();
    }
    let versions = registry.schedule_versions(site, &room("a")).unwrap();
    assert_eq!((versions.len(), versions[0].number, versions[99].number), (100, 121, 22));
    registry.remove_site(site).unwrap();
    registry.put_site(&book).unwrap();
    assert_eq!(registry.schedule_version(site, &room("a")).unwrap().number, 1);
}

#[test]
fn the_site_s_holidays_are_in_every_schedule_and_in_the_audit() {
    let (registry, book) = written();
    let site = &book.site.id;
    assert_eq!(registry.holidays(site).unwrap(), HolidayCalendar::None);
    assert!(registry.set_holidays(site, HolidayCalendar::France, "person/anna", NOW).unwrap());
    assert!(!registry.set_holidays(site, HolidayCalendar::France, "person/anna", NOW).unwrap());
    registry.put_site(&book).unwrap();
    assert_eq!(in_book(&registry, &book, "a").holidays, HolidayCalendar::France);
    let versions = registry.schedule_versions(site, &room("b")).unwrap();
    assert_eq!(versions[0].schedule.holidays, HolidayCalendar::France);
    let line = &registry.audit_of("home/holidays", 9).unwrap()[0];
    assert_eq!((line.old.as_str(), line.new.as_str()), ("none", "france"));
    let nowhere = SiteId::new("nowhere").unwrap();
    assert!(registry.set_holidays(&nowhere, HolidayCalendar::None, "person/anna", NOW).is_err());
}
