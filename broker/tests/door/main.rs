//! The broker from outside: real sockets, well-behaved clients through `link`, and badly behaved ones byte by byte.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as a test may")]

mod attacks;
mod crowds;
mod delivery;
mod enrolment;
mod house;
mod mutations;
mod raw;
mod secure;
mod stories;
