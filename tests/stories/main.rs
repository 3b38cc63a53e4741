//! Stories of the whole house: the real program, real sockets, a real disk, a real browser. One binary.

#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod browser;
mod bus;
mod crash;
mod house;
mod http;
mod journeys;
mod pages;
mod recordings;
mod refusals;
mod twins;
