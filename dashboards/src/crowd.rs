//! How many may be in at once: altogether, and of one kind (from one address, by one person).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// How many are in.
pub(crate) struct Crowd<K> {
    most: usize,
    most_each: usize,
    inside: Mutex<Inside<K>>,
}

struct Inside<K> {
    all: usize,
    each: HashMap<K, usize>,
}

/// One who is in; dropping it makes room.
pub(crate) struct Ticket<K: Eq + Hash> {
    crowd: Arc<Crowd<K>>,
    kind: Option<K>,
}

impl<K: Clone + Eq + Hash> Crowd<K> {
    /// An empty room for `most`, and for `most_each` of each kind.
    pub(crate) fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, inside: Mutex::new(Inside { all: 0, each: HashMap::new() }) })
    }

    /// Lets one in, if there is room. One of no kind counts among all only.
    pub(crate) fn enter(self: &Arc<Self>, kind: Option<K>) -> Option<Ticket<K>> {
        // Counts are whole after every line, so a panic while the lock was held cannot leave them wrong.
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let here = kind.as_ref().and_then(|kind| inside.each.get(kind)).copied().unwrap_or(0);
        if inside.all >= self.most || here >= self.most_each {
            return None;
        }
        inside.all += 1;
        if let Some(kind) = &kind {
            inside.each.insert(kind.clone(), here + 1);
        }
        Some(Ticket { crowd: self.clone(), kind })
    }
}

impl<K: Eq + Hash> Drop for Ticket<K> {
    fn drop(&mut self) {
        let mut inside = self.crowd.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all -= 1;
        if let Some(kind) = &self.kind
            && let Some(here) = inside.each.get_mut(kind)
        {
            *here -= 1;
            if *here == 0 {
                inside.each.remove(kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_bounded_altogether_and_by_kind_and_forgets_who_left() {
        let crowd = Crowd::new(3, 2);
        let (a, _b) = (crowd.enter(Some("x")).unwrap(), crowd.enter(Some("x")).unwrap());
        assert!(crowd.enter(Some("x")).is_none());
        let other = crowd.enter(None).unwrap();
        assert!(crowd.enter(Some("y")).is_none() && crowd.enter(None).is_none());
        drop((a, other));
        let _c = crowd.enter(Some("x")).unwrap();
        drop(crowd.enter(Some("y")).unwrap());
        assert_eq!(crowd.inside.lock().unwrap().each, HashMap::from([("x", 2)]));
    }
}
