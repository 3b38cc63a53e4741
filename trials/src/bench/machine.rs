//! The machine of a measurement: a figure without it does not belong anywhere.

use std::fmt;
use std::fs;

use serde::Serialize;
use vocabulary::Timestamp;

/// Where and when something was measured.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    cores: usize,
    memory_gb: f64,
    processor: String,
    kernel: String,
    /// Whether this program was built to be fast.
    release_build: bool,
    at: String,
}

impl Machine {
    /// This one, now.
    pub(super) fn here(now: Timestamp) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = field(&read("/proc/cpuinfo"), "model name").unwrap_or("unknown").to_owned();
        let memory_kb: Option<f64> = field(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self {
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            memory_gb: (memory_kb.unwrap_or(0.0) / 1024.0 / 102.4).round() / 10.0,
            processor,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            release_build: !cfg!(debug_assertions),
            at: now.rfc3339(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, memory_gb, processor, kernel, release_build, at } = self;
        let build = if *release_build { "release build" } else { "DEBUG BUILD: figures mean nothing" };
        write!(f, "{cores} cores ({processor}), {memory_gb} GB, Linux {kernel}, {build}, {at}")
    }
}

/// The value of a line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}
