//! Whether InfluxDB can be used as it is configured: asked before anything is started, answered with a remedy.

use crate::influx::client::{Client, Failed};
use crate::influx::outcome::{Outcome, Trouble};

/// A comment of line protocol: a write of nothing.
const NOTHING: &str = "# hypocaust looks whether it may write\n";

impl Client {
    /// Looks for the server, whether the token may write to the bucket, and whether it may read from it. Nothing is
    /// changed there.
    ///
    /// # Errors
    /// What is wrong, and what to do about it.
    pub(crate) fn check(&self) -> Result<String, String> {
        let who = self.greet().map_err(|failed| self.remedy_of_greeting(&failed))?;
        match self.write(NOTHING) {
            // A server may find that nothing is too little: then it has looked at the token and the bucket before.
            Outcome::Stored | Outcome::Refused { .. } => {}
            Outcome::TooLarge { reason } => return Err(format!("what answers is not InfluxDB 2 ({reason})")),
            Outcome::Later { trouble, reason, .. } => return Err(self.remedy_of_write(trouble, &reason)),
        }
        self.try_to_read().map_err(|failed| self.remedy_of_reading(&failed))?;
        let settings = self.settings();
        Ok(format!("{who} at {}: bucket {} can be written and read", settings.url, settings.bucket))
    }

    fn remedy_of_greeting(&self, Failed { status, reason }: &Failed) -> String {
        match status {
            Some(_) => format!("what answers is not InfluxDB 2 ({reason}): correct the url"),
            None => format!("it does not answer as InfluxDB 2 does ({reason}): start it, or correct the url"),
        }
    }

    fn remedy_of_write(&self, trouble: Trouble, reason: &str) -> String {
        let bucket = &self.settings().bucket;
        let remedy = match trouble {
            Trouble::Token => format!("make a token that may write to bucket {bucket} and read from it"),
            Trouble::Missing => format!(
                "correct org and bucket; bucket {bucket} is made at the start if it is absent and the token may, \
                 or make it with: influx bucket create --name {bucket}"
            ),
            Trouble::Foreign => "correct the url".to_owned(),
            Trouble::Away | Trouble::Busy | Trouble::Failing | Trouble::DeadLetters => {
                "try again later".to_owned()
            }
        };
        format!("{trouble} ({reason}): {remedy}")
    }

    fn remedy_of_reading(&self, Failed { status, reason }: &Failed) -> String {
        let bucket = &self.settings().bucket;
        match status {
            Some(401 | 403 | 404) => {
                format!(
                    "the token may write to bucket {bucket} but not read from it ({reason}): make one that may"
                )
            }
            _ => format!("it takes readings but answers no question ({reason}): is it InfluxDB 2?"),
        }
    }
}
