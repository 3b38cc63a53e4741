//! Which rooms and heaters of a list somebody wants to see, and in which order: as the address has it.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use super::Choice;
use crate::facts::{Action, HeaterFacts, RoomFacts};
use crate::live::COLD_K;
use crate::plain::{plain, says};
use crate::visitor::Visitor;

/// Words of an address are read up to here.
const LONGEST_CHARS: usize = 80;
/// States of a room that a list may be narrowed to.
const ROOM_STATES: [&str; 6] = ["", "cold", "warm", "blind", "heating", "occupied"];
/// Orders of a list of rooms; the first is that of the book, floor by floor.
const ROOM_ORDERS: [&str; 4] = ["plan", "name", "cold", "drawn"];
/// Orders of a list of heaters; the first is by identifier.
const HEATER_ORDERS: [&str; 4] = ["id", "name", "drawn", "heard"];

/// What somebody wants to see. A word of the address that is none of ours narrows nothing.
pub(super) struct Wanted {
    pub(super) floor: String,
    state: String,
    order: String,
    pub(super) text: String,
}

impl Wanted {
    /// Reads it from the address.
    pub(super) fn read(visitor: &Visitor) -> Self {
        let asked = |name: &str| visitor.asked(name).unwrap_or_default().trim();
        let word = |name: &str| asked(name).chars().take(LONGEST_CHARS).collect();
        Self { floor: word("floor"), state: word("state"), order: word("sort"), text: word("text") }
    }

    /// Whether the list is as it stands by itself.
    pub(super) fn is_everything(&self) -> bool {
        self.floor.is_empty() && self.state.is_empty() && self.text.is_empty()
    }

    /// Whether rooms stand in the order of the book, floor by floor.
    pub(super) fn is_by_floor(&self) -> bool {
        !ROOM_ORDERS[1..].contains(&self.order.as_str())
    }

    /// The rooms that are wanted, in their order.
    pub(super) fn rooms<'a>(&self, all: &'a [RoomFacts]) -> Vec<&'a RoomFacts> {
        let mut rooms: Vec<&RoomFacts> = all.iter().filter(|room| self.wants_room(room)).collect();
        match self.order.as_str() {
            "name" => rooms.sort_by_cached_key(|room| plain(room.room.name.as_str())),
            "cold" => rooms.sort_by(|a, b| known_first(a.fresh_deviation(), b.fresh_deviation())),
            "drawn" => rooms.sort_by_key(|room| Reverse(room.drawn_w)),
            _ => gather_floors(&mut rooms),
        }
        rooms
    }

    fn wants_room(&self, facts: &RoomFacts) -> bool {
        let room = &facts.room;
        let is_in_state = match self.state.as_str() {
            "cold" => facts.fresh_deviation().is_some_and(|k| k <= -COLD_K),
            "warm" => facts.fresh_deviation().is_some_and(|k| k >= COLD_K),
            "blind" => facts.fresh_deviation().is_none(),
            "heating" => facts.action == Action::Heating,
            "occupied" => facts.occupied == Some(true),
            _ => true,
        };
        is_in_state
            && (self.floor.is_empty() || room.floor.as_str() == self.floor)
            && says(&self.text, &[room.name.as_str(), room.id.as_str(), room.floor.as_str()])
    }

    /// The heaters that are wanted, in their order. `floor_of` tells on which floor a heater stands.
    pub(super) fn heaters<'a>(
        &self,
        all: &'a [HeaterFacts],
        floor_of: impl Fn(&HeaterFacts) -> Option<String>,
    ) -> Vec<&'a HeaterFacts> {
        let is_on_floor = |heater: &HeaterFacts| {
            self.floor.is_empty() || floor_of(heater).is_some_and(|floor| floor == self.floor)
        };
        let wanted = all.iter().filter(|heater| self.wants_heater(heater) && is_on_floor(heater));
        let mut heaters: Vec<&HeaterFacts> = wanted.collect();
        match self.order.as_str() {
            "name" => heaters.sort_by_cached_key(|heater| plain(heater.heater.name.as_str())),
            "drawn" => heaters.sort_by_key(|heater| Reverse(heater.drawn_w().map(|w| w.round() as i64))),
            // Those that were never heard come first: somebody has to look at them.
            "heard" => heaters.sort_by_key(|heater| heater.seen_at),
            _ => {}
        }
        heaters
    }

    fn wants_heater(&self, facts: &HeaterFacts) -> bool {
        let heater = &facts.heater;
        let room = heater.room.as_ref().map(ToString::to_string).unwrap_or_default();
        (self.state.is_empty() || facts.state_word() == self.state)
            && says(
                &self.text,
                &[
                    heater.name.as_str(),
                    heater.id.as_str(),
                    &room,
                    facts.room_name.as_deref().unwrap_or_default(),
                ],
            )
    }

    /// The floors to choose from.
    pub(super) fn floors(&self, visitor: &Visitor, names: &[String]) -> Vec<Choice> {
        let any = Choice::new("", visitor.language.say("list-floor-any"), self.floor.is_empty());
        let of = |name: &String| Choice::new(name, name.clone(), *name == self.floor);
        std::iter::once(any).chain(names.iter().map(of)).collect()
    }

    /// The states of rooms to choose from.
    pub(super) fn room_states(&self, visitor: &Visitor) -> Vec<Choice> {
        let words = |state: &str| match state {
            "" => visitor.language.say("list-state-any"),
            state => visitor.language.say(&format!("list-state-{state}")),
        };
        ROOM_STATES.map(|state| Choice::new(state, words(state), state == self.state)).into()
    }

    /// The states of heaters to choose from: those that heaters of this list are in.
    pub(super) fn heater_states(&self, visitor: &Visitor, all: &[HeaterFacts]) -> Vec<Choice> {
        let l = visitor.language;
        let states: BTreeSet<String> = all.iter().map(HeaterFacts::state_word).collect();
        let any = Choice::new("", l.say("list-state-any"), self.state.is_empty());
        let of = |state: String| Choice::new(&state, l.say(&format!("mode-{state}")), state == self.state);
        std::iter::once(any).chain(states.into_iter().map(of)).collect()
    }

    /// The orders of rooms to choose from.
    pub(super) fn room_orders(&self, visitor: &Visitor) -> Vec<Choice> {
        self.orders(visitor, &ROOM_ORDERS)
    }

    /// The orders of heaters to choose from.
    pub(super) fn heater_orders(&self, visitor: &Visitor) -> Vec<Choice> {
        self.orders(visitor, &HEATER_ORDERS)
    }

    fn orders(&self, visitor: &Visitor, known: &[&str]) -> Vec<Choice> {
        let of = |order: &&str| {
            Choice::new(order, visitor.language.say(&format!("list-sort-{order}")), **order == self.order)
        };
        known.iter().map(of).collect()
    }
}

/// Least first; what is not known comes last.
fn known_first(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// Brings rooms of one floor together, where a book names them apart; the floors in the order of their first rooms.
fn gather_floors(rooms: &mut [&RoomFacts]) {
    let mut floors = BTreeMap::new();
    for room in rooms.iter() {
        let next = floors.len();
        floors.entry(room.room.floor.as_str()).or_insert(next);
    }
    rooms.sort_by_key(|room| floors.get(room.room.floor.as_str()).copied());
}
