//! How well one room was kept in the last seven days: the score on its page.

use registry::SiteBook;
use vocabulary::{RoomId, Timestamp};

use super::comfort::{Comfort, judge};
use super::gather::{GatherError, kept};
use crate::app::App;

const HOUR_MS: i64 = 3_600_000;
const DAYS: i64 = 7;

/// The comfort of a room in the hours of the last seven days, as its schedule expects people: what sensors see of them is not read.
///
/// # Errors
/// [`GatherError`] when history or the book do not answer.
pub(crate) fn of_room(
    app: &App,
    book: &SiteBook,
    room: &RoomId,
    now: Timestamp,
) -> Result<Comfort, GatherError> {
    // Whole hours of history: its roll-ups answer at once.
    let to = Timestamp::from_ms(now.ms() - now.ms().rem_euclid(HOUR_MS));
    let (rooms, lengths_h) = kept(app, (book, room), (to.plus_ms(-24 * DAYS * HOUR_MS), to))?;
    let nothing = Vec::new();
    Ok(rooms.iter().map(|room| judge(room.kept(&nothing), &lengths_h)).fold(Comfort::default(), Comfort::and))
}
