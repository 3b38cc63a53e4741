//! One-time codes as pages show them: once, in the command that uses them.

use registry::EnrolmentError;
use vocabulary::HeaterId;

use super::Place;
use crate::app::App;
use crate::visitor::{PageError, Visitor};

/// The command that claims a heater with a new code, or a sentence why there is none.
pub(super) fn command(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    heater: &HeaterId,
) -> Result<Result<String, String>, PageError> {
    let (site, l) = (&place.book().site.id, visitor.language);
    match app.registry.make_enrolment_code(site, heater, &visitor.who.by, app.wall()) {
        Ok(code) => {
            Ok(Ok(format!("hypocaust heater enrol --url mqtts://ADDRESS:8883 --site {site} --code {code}")))
        }
        Err(EnrolmentError::NoAuthority) => Ok(Err(l.say("enrol-no-authority"))),
        Err(EnrolmentError::Taken(_)) => Ok(Err(l.say("enrol-taken"))),
        Err(EnrolmentError::Unknown(..)) => Err(PageError::NotFound),
        Err(other) => Err(PageError::Internal(other.to_string())),
    }
}
