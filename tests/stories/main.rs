//! Stories of the whole house: the real program, real sockets, a real disk, a real browser. One binary.

#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod accessibility;
mod alarms;
mod backup;
mod browser;
mod bus;
mod chrome;
mod counted_heaters;
mod crash;
mod drive;
mod enrolment;
mod full_disk;
mod house;
mod http;
mod instructions;
mod journeys;
mod matrix;
mod open_page;
mod outside_broker;
mod pages;
mod people;
mod proxy;
mod recordings;
mod refusals;
mod schedule;
mod twins;
mod walk;
