//! The broker from outside: real sockets, well-behaved clients through `link`, and badly behaved ones byte by byte.
//!
//! | bad input | answer | counter | test |
//! |---|---|---|---|
//! | first packet: v5, v3.1, another protocol, odd or foreign client id, wrong secret, foreign will, 64 KiB | refused, answered where MQTT has an answer | `connections_refused_total` by reason | `attacks`: first packet |
//! | second CONNECT, packets of a server, QoS 3, packet id 0, NUL, not UTF-8, 64 KiB filter, oversized by its header | closed | `connections_closed_total` by reason | `attacks`: later packet |
//! | topics: not ASCII, `+`, `#`, `$SYS`, `$share`, empty level, too long, of another | acknowledged, dropped; closed after 100 | `publishes_denied_total` by reason | `attacks`: wrong topic |
//! | filters: the same, not granted, too many | 0x80 in the SUBACK | `filters_denied_total` by reason | `attacks`: filter |
//! | QoS 2 repeated, never released | once; closed | `connections_closed_total{protocol}` | `attacks`, `sessions` |
//! | silent, half-open, one byte now and then, before and after CONNECT | put out | `connections_refused_total{timeout}`, `connections_closed_total{keep_alive}` | `attacks` |
//! | too many connections, from one network or altogether; too many that say nothing | refused; the oldest of them put out | `connections_refused_total{full, address, crowded}` | `attacks` |
//! | too much said | read more slowly | `clients_held_total` | `pace` |
//! | too little read, awake or away | dropped for it alone; put out | `messages_dropped_total`, `connections_closed_total{stalled}` | `delivery`, `sessions` |
//! | sessions: too many, for ever, of a revoked credential | end | `sessions_ended_total` by reason | `sessions` |
//! | every packet type with bytes wrong, sessions clean and kept | any of these; no panic | `connections_closed_total{panic}` stays 0 | `mutations` |
//! | the broker's file torn, flipped, foreign, on a full disk | the rest is read; refused; goes on in memory | `shelf_damaged_lines_total`, `shelf_failed_total` | `sessions`, `shelf` |

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as a test may")]

mod attacks;
mod conformance;
mod crowds;
mod delivery;
mod enrolment;
mod house;
mod mutations;
mod pace;
mod raw;
mod secure;
mod sessions;
mod stories;
