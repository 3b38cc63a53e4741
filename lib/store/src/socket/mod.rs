//! The same five questions from another process.

pub(crate) mod client;
pub(crate) mod frame;
mod points;
pub(crate) mod server;
