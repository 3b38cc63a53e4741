//! What can happen to a heater, as its state machine hears it. All but [`Event::Ticked`] and [`Event::ResetPressed`] say
//! how something is, and may be said again with every look.

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// One thing seen at the heater or heard from its lease.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Event {
            $($(#[$doc])* $variant,)*
        }

        impl Event {
            /// Every event, in the order of the matrix.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the matrix of `docs/architecture.md`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

events! {
    /// Every sensor of the data sheet was read at least once: the self-test.
    AllRead "all_read";
    /// The room and every part of the heater can be seen.
    Seeing "seeing";
    /// A sensor is lost: of the room, or of the heater's own heat.
    Blind "blind";
    /// There is a live lease.
    Leased "leased";
    /// There is none.
    Unleased "unleased";
    /// Every part is seen, and below warn − hysteresis.
    Cool "cool";
    /// A part is at warn or above, or may be as far as anybody can see.
    Warm "warm";
    /// A part was really read at its limit or above.
    Hot "hot";
    /// More than allowed was drawn for ten seconds, and there was time to settle.
    Overdrawn "overdrawn";
    /// Two sensors of the same heat contradicted each other at high power for ten seconds.
    Contradicted "contradicted";
    /// The switch at the heater is off.
    SwitchedOff "switched_off";
    /// The switch at the heater is on.
    SwitchedOn "switched_on";
    /// Somebody at the heater pressed its reset.
    ResetPressed "reset_pressed";
    /// Time passed.
    Ticked "ticked";
}
