//! `drive`: the controller on standard input and output.

use anyhow::Result;
use trials::drive;

/// Answers until the input ends, then says on standard error what was survived. A simulator that has stopped listening
/// has seen enough.
pub(crate) fn run() -> Result<()> {
    match drive::run(std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(survived) => eprintln!("hypocaust: {survived}"),
        Err(drive::DriveError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
