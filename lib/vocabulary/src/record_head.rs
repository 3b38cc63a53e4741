//! The head of a record: the numbers that name it, read from a record whose samples cannot be.
//!
//! A record that is never acknowledged is sent again until the outbox overflows. So what can still be named is
//! acknowledged without its samples, and only a record without readable numbers stays unanswered.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::id::BootId;
use crate::record::Record;

/// What names a record, and how much of it could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHead {
    /// The heater's run that made the record.
    pub boot: BootId,
    /// Orders the heater's boots.
    pub bn: u64,
    /// From 1 in each boot.
    pub seq: u64,
    /// The lowest seq of this boot still in the outbox.
    pub low: u64,
    /// Samples that could be counted in it; 0 where `samples` is no list.
    pub samples: usize,
}

impl RecordHead {
    /// Reads `v`, `boot`, `bn`, `seq` and `low` wherever they stand before what cannot be read. `None` when one of
    /// them is missing, of another type or there twice, when they contradict each other, or in another version.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut found = Found::default();
        // Where the text breaks, what was found before it stays.
        let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(&mut found);
        let head = Self {
            boot: found.boot?,
            bn: found.bn?,
            seq: found.seq?,
            low: found.low?,
            samples: found.samples,
        };
        let is_sound = !found.twice && found.v == Some(1) && (1..=head.seq).contains(&head.low);
        is_sound.then_some(head)
    }
}

impl From<&Record> for RecordHead {
    fn from(record: &Record) -> Self {
        let Record { boot, bn, seq, low, ref samples, .. } = *record;
        Self { boot, bn, seq, low, samples: samples.len() }
    }
}

#[derive(Default)]
struct Found {
    v: Option<u64>,
    boot: Option<BootId>,
    bn: Option<u64>,
    seq: Option<u64>,
    low: Option<u64>,
    samples: usize,
    twice: bool,
}

impl<'de> Visitor<'de> for &mut Found {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match key.as_ref() {
                "v" => take(&mut self.v, &mut self.twice, &mut map)?,
                "boot" => take(&mut self.boot, &mut self.twice, &mut map)?,
                "bn" => take(&mut self.bn, &mut self.twice, &mut map)?,
                "seq" => take(&mut self.seq, &mut self.twice, &mut map)?,
                "low" => take(&mut self.low, &mut self.twice, &mut map)?,
                "samples" => map.next_value_seed(Count(&mut self.samples))?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

fn take<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    twice: &mut bool,
    map: &mut A,
) -> Result<(), A::Error> {
    *twice |= place.is_some();
    *place = Some(map.next_value()?);
    Ok(())
}

/// Counts the items of a list as far as it can be read.
struct Count<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for Count<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Count<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {
            *self.0 += 1;
        }
        Ok(())
    }
}
