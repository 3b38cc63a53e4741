//! `hypocaust drive`: the controller closed around any simulator of buildings, over lines of JSON.
//!
//! ```text
//!   simulator ──header, then a line a step──> Header, Step ──> Session ──> controller::plan
//!   simulator <──────── watts a zone ───────────────────────────┘ (Memory is kept from step to step)
//! ```
//! The same input gives the same output, byte by byte. Nothing is learned before the first line. Lines with nothing but
//! white space are passed over: they are no steps.

mod bounds;
mod clock;
mod input;
mod json;
mod outlook;
mod readings;
mod session;
mod survived;

use std::io::{self, BufRead, Write};

pub use input::{Header, Step, ZoneRating, ZoneStep};
pub use session::Session;
pub use survived::Survived;

/// Why a run ended before its input did.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// A line cannot be read; the simulator must be mended.
    #[error("line {line}: {what}")]
    Refused {
        /// Its number, from 1.
        line: u64,
        /// The field and what is wrong with it, in one line.
        what: String,
    },
    /// The input failed.
    #[error("standard input cannot be read: {0}")]
    Input(io::Error),
    /// The answers cannot be written.
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
}

/// Answers every step of `input` with one flushed line on `output`, until the input ends.
///
/// # Errors
/// [`DriveError`] at a line that is no JSON, has no `zones` or a field of the wrong type, or a power, step or cap that is
/// negative or not finite; and when input or output fail.
pub fn run(mut input: impl BufRead, mut output: impl Write) -> Result<Survived, DriveError> {
    let mut session: Option<Session> = None;
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes).map_err(DriveError::Input)? == 0 {
            break;
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let refused = |what: &dyn ToString| DriveError::Refused { line, what: what.to_string() };
        let text = std::str::from_utf8(&bytes).map_err(|_| refused(&"the line is not JSON (not UTF-8)"))?;
        match &mut session {
            None => session = Some(Session::new(&Header::read(text).map_err(|error| refused(&error))?)),
            Some(session) => {
                let step = Step::read(text).map_err(|error| refused(&error))?;
                let watts = session.step(&step);
                let answer = answer(&step, &watts);
                output
                    .write_all(answer.as_bytes())
                    .and_then(|()| output.flush())
                    .map_err(DriveError::Output)?;
            }
        }
    }
    Ok(session.map(|session| session.survived()).unwrap_or_default())
}

/// The line `{"zone":watts,…}`, zones in the order of the step.
fn answer(step: &Step, watts: &[f64]) -> String {
    let members = step.zones.iter().zip(watts).map(|((name, _), watts)| {
        let name = serde_json::to_string(name).expect("a text can be written as JSON");
        format!("{name}:{watts}")
    });
    format!("{{{}}}\n", members.collect::<Vec<_>>().join(","))
}
