//! Lines of one batch in one buffer.

use std::ops::Range;

/// Lines of line protocol, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    text: String,
    /// Where each line ends, behind its line feed.
    ends: Vec<usize>,
}

impl Lines {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Some of them as they are sent.
    pub(crate) fn text(&self, lines: Range<usize>) -> &str {
        let end = |line: usize| line.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[end(lines.start)..end(lines.end)]
    }

    /// Adds the line that `write` appends to the buffer; none when it fails, and then `write` leaves no trace.
    pub(crate) fn push<E>(&mut self, write: impl FnOnce(&mut String) -> Result<(), E>) -> Result<(), E> {
        write(&mut self.text)?;
        self.ends.push(self.text.len());
        Ok(())
    }

    /// Forgets the lines and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_again_by_number() {
        let mut lines = Lines::default();
        for line in ["a 1\n", "bb 2\n", "ccc 3\n"] {
            lines
                .push(|out| {
                    out.push_str(line);
                    Ok::<_, ()>(())
                })
                .unwrap();
        }
        assert!(lines.push(|_| Err("no")).is_err());
        assert_eq!(lines.len(), 3);
        assert_eq!(
            (lines.text(0..3), lines.text(1..2), lines.text(1..1)),
            ("a 1\nbb 2\nccc 3\n", "bb 2\n", "")
        );
        lines.clear();
        assert_eq!((lines.len(), lines.text(0..0)), (0, ""));
    }
}
