//! A process under measurement: how it is started and ended, and what it has used so far, from `/proc`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use super::BenchError;

/// `/proc` counts processor time in hundredths of a second (`USER_HZ`, the same on every Linux machine).
const TICKS_PER_S: f64 = 100.0;
/// A part that says nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a process has used since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Usage {
    /// Processor time, user and system, all threads.
    pub(super) cpu_s: f64,
    /// Resident memory now.
    pub(super) memory_mb: f64,
    /// The most resident memory it ever had.
    pub(super) peak_mb: f64,
}

/// A child process. It is killed when it is dropped.
pub(super) struct Process {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    /// Starts it; what it says on standard error goes to the end of the file `log`.
    pub(super) fn start(name: &'static str, command: &mut Command, log: &Path) -> Result<Self, BenchError> {
        let log_file = fs::OpenOptions::new().create(true).append(true).open(log);
        let log_file = log_file.map_err(BenchError::io(format!("{} cannot be written", log.display())))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log_file);
        let mut child = command.spawn().map_err(BenchError::io(format!("{name} cannot be started")))?;
        let stdout = child.stdout.take().expect("standard output is piped");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Ok(Self { name, child, lines })
    }

    /// The next line it prints.
    pub(super) fn line(&self) -> Result<String, BenchError> {
        let line = self.lines.recv_timeout(PATIENCE);
        line.map_err(|_| BenchError::Server { system: self.name, what: "it ended or fell silent".to_owned() })
    }

    /// Its standard input, once.
    pub(super) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("standard input is piped, and taken once")
    }

    /// What it has used so far.
    pub(super) fn usage(&self) -> Usage {
        let read = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", self.child.id()));
        let (stat, status) = (read("stat").unwrap_or_default(), read("status").unwrap_or_default());
        Usage {
            cpu_s: cpu_ticks(&stat).unwrap_or(0.0) / TICKS_PER_S,
            memory_mb: megabytes(&status, "VmRSS").unwrap_or(0.0),
            peak_mb: megabytes(&status, "VmHWM").unwrap_or(0.0),
        }
    }

    /// Its threads now.
    pub(super) fn threads(&self) -> u32 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Threads:"));
        line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
    }

    /// `kill -9`, and waits until it is gone.
    pub(super) fn kill(mut self) {
        self.end();
    }

    /// SIGTERM, and waits until it is gone.
    pub(super) fn terminate(mut self) -> Result<(), BenchError> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        sent.map_err(BenchError::io("kill cannot be started"))?;
        self.child.wait().map_err(BenchError::io(format!("{} does not end", self.name)))?;
        Ok(())
    }

    fn end(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Processor time of the calling thread, in seconds.
pub(super) fn thread_cpu_s() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// User and system time of a line of `/proc/PID/stat`. The second field is the program's name, in brackets, and may
/// hold anything.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let tick = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(tick(11)? + tick(12)?)
}

fn megabytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_be_called_anything() {
        let stat = "12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 4 0 1 1 1";
        assert_eq!(cpu_ticks(stat), Some(300.0));
        assert_eq!(cpu_ticks("nothing"), None);
    }

    #[test]
    fn memory_is_read_in_megabytes() {
        let status = "Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";
        assert_eq!((megabytes(status, "VmHWM"), megabytes(status, "VmRSS")), (Some(2.0), Some(1.0)));
        assert_eq!(megabytes(status, "VmSwap"), None);
    }
}
