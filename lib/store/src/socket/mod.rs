//! The same five questions from another process.

pub(crate) mod client;
pub(crate) mod frame;
pub(crate) mod server;
