//! A list for each room, all in one piece of memory: steps of thousands of rooms run along it.

use std::ops::Range;

/// As many lists as there are rooms.
#[derive(Debug, Clone)]
pub(crate) struct Rows<T> {
    /// Where each list begins, and the end of the last.
    starts: Vec<usize>,
    items: Vec<T>,
}

impl<T> Rows<T> {
    pub(crate) fn of(lists: Vec<Vec<T>>) -> Rows<T> {
        let mut starts = vec![0];
        let mut items = Vec::new();
        for list in lists {
            items.extend(list);
            starts.push(items.len());
        }
        Rows { starts, items }
    }

    /// The list of one room.
    pub(crate) fn row(&self, room: usize) -> &[T] {
        &self.items[self.range(room)]
    }

    /// The list of one room, to be changed in place.
    pub(crate) fn row_mut(&mut self, room: usize) -> &mut [T] {
        let range = self.range(room);
        &mut self.items[range]
    }

    /// All lists one after the other.
    pub(crate) fn all_mut(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// One item by its place in [`Rows::all_mut`].
    pub(crate) fn item(&self, place: usize) -> &T {
        &self.items[place]
    }

    fn range(&self, room: usize) -> Range<usize> {
        self.starts[room]..self.starts[room + 1]
    }
}
