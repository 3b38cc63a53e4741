//! Just enough HTTP to speak with a server on this machine.

use std::io::Read as _;
use std::net::TcpListener;
use std::time::Duration;

use super::super::BenchError;

/// Merging everything by force may take a while.
const PATIENCE: Duration = Duration::from_secs(600);

/// One server on the loopback interface, spoken with over one connection.
pub(super) struct Http {
    system: &'static str,
    base: String,
    agent: ureq::Agent,
}

impl Http {
    pub(super) fn new(system: &'static str, port: u16) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        Self { system, base: format!("http://127.0.0.1:{port}"), agent: config.build().into() }
    }

    pub(super) fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Vec<u8>, BenchError> {
        let request = self.agent.get(format!("{}{path}", self.base));
        self.read(request.query_pairs(parameters.iter().copied()).call())
    }

    pub(super) fn post(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<u8>, BenchError> {
        let request = self.agent.post(format!("{}{path}", self.base));
        self.read(request.query_pairs(parameters.iter().copied()).send(body))
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Vec<u8>, BenchError> {
        let mut answer = answer.map_err(|error| self.failed(&error))?;
        let mut body = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut body).map_err(|error| self.failed(&error))?;
        if answer.status().is_success() {
            return Ok(body);
        }
        let said: String = String::from_utf8_lossy(&body).chars().take(200).collect();
        Err(self.failed(&format!("{}: {said}", answer.status())))
    }

    /// The error of a server that did not do what it was asked.
    pub(super) fn failed(&self, what: &impl ToString) -> BenchError {
        BenchError::Server { system: self.system, what: what.to_string() }
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> Result<u16, BenchError> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(BenchError::io("no port can be had"))
}
