//! What is written on the shelf, line by line, and what all lines together come to.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// One change. The number of a variant is its form on the disk: new ones come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Line {
    /// A topic's retained message is now this one.
    Keep { topic: Bytes, payload: Bytes, qos: u8 },
    /// A topic has none any more.
    Forget { topic: Bytes },
    /// A client's session is to be kept.
    Open { client: String },
    /// It wants a filter, at this QoS from now on.
    Subscribe { client: String, filter: String, qos: u8 },
    /// It does not want it any more.
    Unsubscribe { client: String, filter: String },
    /// Its connection ended, in milliseconds since 1970.
    Left { client: String, at_ms: i64 },
    /// Its session is over.
    Close { client: String },
    /// It was opened by this issue of its credential.
    Issue { client: String, issue: u64 },
}

/// A retained message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) payload: Bytes,
    pub(crate) qos: u8,
}

/// A session that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeptSession {
    /// When its connection ended; `None` while it is open, or when the broker ended before it.
    pub(crate) left_ms: Option<i64>,
    /// By which issue of its credential; `None` when a program of before that was told has written it.
    pub(crate) issue: Option<u64>,
    /// Filters and the QoS that was asked for.
    pub(crate) filters: BTreeMap<String, u8>,
}

/// Everything that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stock {
    pub(crate) retained: BTreeMap<Bytes, Kept>,
    pub(crate) sessions: BTreeMap<String, KeptSession>,
}

impl Stock {
    /// Makes a change. A line about a session that is not kept changes nothing.
    pub(crate) fn apply(&mut self, line: Line) {
        match line {
            Line::Keep { topic, payload, qos } => {
                self.retained.insert(topic, Kept { payload, qos });
            }
            Line::Forget { topic } => {
                self.retained.remove(&topic);
            }
            Line::Open { client } => self.sessions.entry(client).or_default().left_ms = None,
            Line::Subscribe { client, filter, qos } => {
                if let Some(session) = self.sessions.get_mut(&client) {
                    session.filters.insert(filter, qos);
                }
            }
            Line::Unsubscribe { client, filter } => {
                if let Some(session) = self.sessions.get_mut(&client) {
                    session.filters.remove(&filter);
                }
            }
            Line::Left { client, at_ms } => {
                if let Some(session) = self.sessions.get_mut(&client) {
                    session.left_ms = Some(at_ms);
                }
            }
            Line::Close { client } => {
                self.sessions.remove(&client);
            }
            Line::Issue { client, issue } => {
                if let Some(session) = self.sessions.get_mut(&client) {
                    session.issue = Some(issue);
                }
            }
        }
    }

    /// The fewest lines that come to this.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line> {
        let retained = self.retained.iter().map(|(topic, kept)| Line::Keep {
            topic: topic.clone(),
            payload: kept.payload.clone(),
            qos: kept.qos,
        });
        retained.chain(self.sessions.iter().flat_map(|(client, session)| session.lines(client)))
    }
}

impl KeptSession {
    fn lines(&self, client: &str) -> impl Iterator<Item = Line> {
        let open = std::iter::once(Line::Open { client: client.to_owned() });
        let filters = self.filters.iter().map(|(filter, qos)| Line::Subscribe {
            client: client.to_owned(),
            filter: filter.clone(),
            qos: *qos,
        });
        let left = self.left_ms.map(|at_ms| Line::Left { client: client.to_owned(), at_ms });
        let issue = self.issue.map(|issue| Line::Issue { client: client.to_owned(), issue });
        open.chain(issue).chain(filters).chain(left)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn keep(topic: &'static str, payload: &'static str) -> Line {
        Line::Keep { topic: Bytes::from_static(topic.as_bytes()), payload: payload.into(), qos: 1 }
    }

    #[test]
    fn the_fewest_lines_come_to_the_same() {
        let client = || "h1".to_owned();
        let mut stock = Stock::default();
        for line in [
            keep("a", "1"),
            keep("b", "1"),
            keep("a", "2"),
            Line::Forget { topic: Bytes::from_static(b"b") },
            Line::Subscribe { client: "unknown".to_owned(), filter: "x".to_owned(), qos: 1 },
            Line::Open { client: client() },
            Line::Issue { client: client(), issue: 5 },
            Line::Subscribe { client: client(), filter: "x".to_owned(), qos: 0 },
            Line::Subscribe { client: client(), filter: "x".to_owned(), qos: 1 },
            Line::Subscribe { client: client(), filter: "y".to_owned(), qos: 1 },
            Line::Unsubscribe { client: client(), filter: "y".to_owned() },
            Line::Left { client: client(), at_ms: 7 },
            Line::Open { client: "h2".to_owned() },
            Line::Close { client: "h2".to_owned() },
        ] {
            stock.apply(line);
        }
        let lines: Vec<_> = stock.lines().collect();
        assert_eq!(lines.len(), 5, "{lines:?}");
        let mut again = Stock::default();
        lines.into_iter().for_each(|line| again.apply(line));
        assert_eq!(again, stock);
    }
}
