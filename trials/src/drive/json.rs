//! JSON as a simulator writes it: members in their order, numbers beyond the range of a double, fields nobody knows.
//!
//! A value stays text until it is asked for, so what is unknown is never read, a number such as `1e999` is infinite and
//! no syntax error, and every refusal can name its field.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Why a line cannot be read, with the name of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub(super) struct Unreadable {
    pub(super) field: String,
    pub(super) problem: String,
}

impl Unreadable {
    pub(super) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

/// The members of one object. Where a name is there twice the later value counts, at the place of the first.
pub(super) struct Fields<'a> {
    /// Where it stands: empty, or a path that ends in a dot.
    path: String,
    members: Vec<(String, &'a RawValue)>,
}

impl<'a> Fields<'a> {
    /// Reads a line.
    pub(super) fn of_line(line: &'a str) -> Result<Self, Unreadable> {
        let not_json = |error: serde_json::Error| {
            Unreadable::new("the line", format!("is not JSON (column {})", error.column()))
        };
        let value: &RawValue = serde_json::from_str(line).map_err(not_json)?;
        Self::read("the line", String::new(), value)
    }

    fn read(field: &str, path: String, value: &'a RawValue) -> Result<Self, Unreadable> {
        expect_kind(field, value, Kind::Object)?;
        let Members(found) = serde_json::from_str(value.get())
            .map_err(|error| Unreadable::new(field, format!("is not JSON ({error})")))?;
        let mut places = BTreeMap::new();
        let mut members: Vec<(String, &RawValue)> = Vec::with_capacity(found.len());
        for (name, value) in found {
            let place = *places.entry(name.clone()).or_insert(members.len());
            match members.get_mut(place) {
                Some(member) => member.1 = value,
                None => members.push((name, value)),
            }
        }
        Ok(Self { path, members })
    }

    /// The value of a name; null is as good as nothing.
    fn value(&self, name: &str) -> Option<&'a RawValue> {
        let member = self.members.iter().find(|(own, _)| own == name);
        member.map(|(_, value)| *value).filter(|value| Kind::of(value) != Kind::Null)
    }

    /// The full name of a member, in one line whatever is in it.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{}{}", self.path, name.escape_debug())
    }

    /// A number, perhaps an infinite one.
    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, Unreadable> {
        let Some(value) = self.value(name) else { return Ok(None) };
        number(|| self.field(name), value).map(Some)
    }

    /// A list of numbers, each of which may be null; empty where there is none.
    pub(super) fn series(&self, name: &str) -> Result<Vec<Option<f64>>, Unreadable> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        expect_kind(&self.field(name), value, Kind::List)?;
        let items: Vec<&RawValue> = serde_json::from_str(value.get())
            .map_err(|error| Unreadable::new(self.field(name), format!("is not JSON ({error})")))?;
        let read = |(at, item): (usize, &&RawValue)| match Kind::of(item) {
            Kind::Null => Ok(None),
            _ => number(|| format!("{}[{at}]", self.field(name)), item).map(Some),
        };
        items.iter().enumerate().map(read).collect()
    }

    /// The members of the object of a name, each itself an object; a null among them is an empty one. `None` without
    /// that object.
    pub(super) fn objects(&self, name: &str) -> Result<Option<Vec<(String, Fields<'a>)>>, Unreadable> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let outer = Self::read(&self.field(name), format!("{}.", self.field(name)), value)?;
        let inner = outer.members.iter().map(|(name, value)| {
            let field = outer.field(name);
            let fields = match Kind::of(value) {
                Kind::Null => Fields { path: String::new(), members: Vec::new() },
                _ => Self::read(&field, format!("{field}."), value)?,
            };
            Ok((name.clone(), fields))
        });
        inner.collect::<Result<_, _>>().map(Some)
    }
}

fn number(field: impl Fn() -> String, value: &RawValue) -> Result<f64, Unreadable> {
    expect_kind_lazily(&field, value, Kind::Number)?;
    value.get().parse().map_err(|_| Unreadable::new(field(), "is no number"))
}

fn expect_kind(field: &str, value: &RawValue, kind: Kind) -> Result<(), Unreadable> {
    expect_kind_lazily(&|| field.to_owned(), value, kind)
}

fn expect_kind_lazily(field: &dyn Fn() -> String, value: &RawValue, kind: Kind) -> Result<(), Unreadable> {
    let found = Kind::of(value);
    if found == kind {
        return Ok(());
    }
    Err(Unreadable::new(field(), format!("is {found} where {kind} is needed")))
}

/// The types of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Truth,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
    /// By its first character: the value is sound, it was read before.
    fn of(value: &RawValue) -> Self {
        match value.get().as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::List,
            Some(b'"') => Self::Text,
            Some(b't' | b'f') => Self::Truth,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Truth => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// The members of an object as they stand, names that come twice included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
