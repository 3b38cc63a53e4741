//! What simulated worlds went through. A simulation that never reaches a state proves nothing about it.

/// Makes the enum `Seen` of what can happen in a kind of world, each with its words, and the `Coverage` that counts it.
macro_rules! seen {
    ($($name:ident $text:literal;)*) => {
        /// Something that happens in a simulated world.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Seen {
            $(#[doc = $text] $name,)*
        }

        impl Seen {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            const fn words(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }

        /// How often each thing happened.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Coverage([u64; Seen::ALL.len()]);

        impl Default for Coverage {
            fn default() -> Self {
                Self([0; Seen::ALL.len()])
            }
        }

        impl Coverage {
            /// How often it happened.
            #[must_use]
            pub const fn of(&self, seen: Seen) -> u64 {
                self.0[seen as usize]
            }

            /// Adds what another world went through.
            pub fn add(&mut self, other: &Self) {
                self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
            }

            pub(super) const fn count(&mut self, seen: Seen) {
                self.count_many(seen, 1);
            }

            pub(super) const fn count_many(&mut self, seen: Seen, n: u64) {
                self.0[seen as usize] += n;
            }
        }

        impl std::fmt::Display for Coverage {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                Seen::ALL.iter().try_for_each(|seen| writeln!(f, "{:>12}  {}", self.of(*seen), seen.words()))
            }
        }
    };
}

pub(crate) use seen;
