//! How much may be on its way through the router: publishers wait when the lanes fall behind, so that no filter's log
//! overflows while the machine is busy.
//!
//! A mark is sent through every lane after each [`MARK_BYTES`] or [`MARK_MESSAGES`]. The next mark waits until every
//! lane has answered the one before *and* was seen without a backlog. So at most two marks' worth is on its way, and
//! a log, which holds two segments at least, keeps it all. Lanes never wait for a socket, so this is short.

use crate::router::SEGMENT_BYTES;

/// Two of these and what a few publishers add at once are below one segment.
const MARK_BYTES: usize = SEGMENT_BYTES / 2;
const MARK_MESSAGES: usize = 1_024;

/// What to do after a message was given to the router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Go on.
    Go,
    /// Send a mark through every lane and go on.
    Mark,
    /// Wait until a lane has caught up, and ask again.
    Wait,
}

/// The state of the marks.
#[derive(Debug)]
pub(crate) struct Flow {
    bytes: usize,
    messages: usize,
    /// For each lane whether the last mark is answered.
    answered: Vec<bool>,
}

impl Flow {
    pub(crate) fn new(lanes: usize) -> Self {
        Self { bytes: 0, messages: 0, answered: vec![true; lanes] }
    }

    /// A message was given to the router.
    pub(crate) fn sent(&mut self, bytes: usize) -> Next {
        self.bytes += bytes;
        self.messages += 1;
        self.next()
    }

    /// What to do now.
    pub(crate) fn next(&mut self) -> Next {
        if self.bytes < MARK_BYTES && self.messages < MARK_MESSAGES {
            return Next::Go;
        }
        if self.answered.contains(&false) {
            return Next::Wait;
        }
        self.bytes = 0;
        self.messages = 0;
        self.answered.fill(false);
        Next::Mark
    }

    /// A lane answered the last mark and has no backlog.
    pub(crate) fn caught_up(&mut self, lane: usize) {
        self.answered[lane] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_two_marks_worth_is_on_its_way() {
        let mut flow = Flow::new(2);
        let mut send_until = |stop: Next| (0..).find(|_| flow.sent(1_000) == stop).unwrap() + 1;
        assert_eq!(send_until(Next::Mark), 263);
        assert_eq!(send_until(Next::Wait), 263);
        flow.caught_up(0);
        assert_eq!(flow.next(), Next::Wait);
        flow.caught_up(1);
        assert_eq!(flow.next(), Next::Mark);
        assert_eq!(flow.next(), Next::Go);
    }
}
