//! Topic names and filters: which are well formed, which match, and which filter the router is asked for.
//!
//! Only names of this grammar ever reach rumqttd's router: it slices a topic's first byte (and dies of a letter that
//! has two), takes `$share` as a shared subscription, and never forgets a filter.

use vocabulary::{HeaterTopic, RoomTopic, SiteTopic, Topic, TopicKind};

/// Longest topic or filter.
const MAX_BYTES: usize = 256;

/// Everything of this house is below.
pub(crate) const ROOT: &str = "hypocaust/1/";

/// Whether a text names a topic: ASCII letters, digits, `-`, `_` and `.` in levels, none of them empty.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= MAX_BYTES && text.split('/').all(is_plain_level)
}

/// Whether a text is a filter: a name in which levels may be `+` and the last one `#`.
pub(crate) fn is_filter(text: &str) -> bool {
    let levels = text.strip_suffix("/#").unwrap_or(text);
    text.len() <= MAX_BYTES && levels.split('/').all(|level| level == "+" || is_plain_level(level))
}

/// Whether a text names a topic in tests of conformance: any ASCII text without wildcards.
pub(crate) fn is_any_name(text: &str) -> bool {
    !text.is_empty() && text.is_ascii() && !text.contains(['+', '#', '\0'])
}

/// Whether a text is a filter in tests of conformance. Of one that begins with `$` the router says nothing, not even no.
pub(crate) fn is_any_filter(text: &str) -> bool {
    let levels = if text == "#" { "" } else { text.strip_suffix("/#").unwrap_or(text) };
    let is_sound = levels.split('/').all(|level| level == "+" || !level.contains(['+', '#', '\0']));
    is_sound && !text.is_empty() && text.is_ascii() && !text.starts_with('$')
}

fn is_plain_level(level: &str) -> bool {
    !level.is_empty() && level.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Whether a topic is below a filter, both being well formed.
pub(crate) fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false; // [4.7.2-1]
    }
    let mut topic_levels = topic.split('/');
    for level in filter.split('/') {
        match (level, topic_levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (level, Some(name)) if level == name => {}
            // `a/#` matches `a` itself as well [4.7.1.2], but nobody may publish there.
            _ => return false,
        }
    }
    topic_levels.next().is_none()
}

/// The filter to ask the router for when someone wants one topic. The router keeps a log for every filter it ever
/// saw, so topics that differ only in their heater or room share one; the door picks out the exact topic.
pub(crate) fn shared_filter(topic: &str) -> String {
    let levels: Vec<_> = topic.split('/').collect();
    match levels[..] {
        [root, version, site, kind @ ("heater" | "room"), _, last] => {
            format!("{root}/{version}/{site}/{kind}/+/{last}")
        }
        _ => topic.to_owned(),
    }
}

/// Whether a topic says that a heater is there, or gone.
pub(crate) fn is_status(topic: &str) -> bool {
    matches!(Topic::parse(topic).map(|topic| topic.kind), Some(TopicKind::Heater(_, HeaterTopic::Status)))
}

/// Whether a message of this topic may be kept for those who come later. The contract names which; anything else is
/// delivered and not kept, so that nobody fills the memory, or plants a budget or a wish for later.
pub(crate) fn is_kept(topic: &str) -> bool {
    let kind = Topic::parse(topic).map(|topic| topic.kind);
    matches!(
        kind,
        Some(
            TopicKind::Heater(_, HeaterTopic::Status)
                | TopicKind::Room(_, RoomTopic::State | RoomTopic::Forecast)
                | TopicKind::Site(SiteTopic::State | SiteTopic::Work | SiteTopic::Outlook)
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_levels_make_a_name() {
        for good in ["hypocaust/1/s/site/state", "a", "a-b/c_d.e/9"] {
            assert!(is_name(good) && is_filter(good), "{good}");
        }
        let long = "a".repeat(257);
        for bad in [
            "", "/", "a/", "/a", "a//b", "é/a", "a/é", "a+", "+/a", "#", "$SYS/a", "a/$b", "a b", "a\0",
            &long,
        ] {
            assert!(!is_name(bad), "{bad}");
        }
        for bad in ["", "#/a", "a/#/b", "a#", "a/b+", "$share/g/a", "$SYS/#", "a/", "é/#", "+a"] {
            assert!(!is_filter(bad), "{bad}");
        }
        for good in ["+", "a/+/b", "a/#", "+/+/#", "+/a"] {
            assert!(is_filter(good), "{good}");
        }
    }

    #[test]
    fn for_conformance_any_ascii_text_is_a_name() {
        for good in ["/TopicA", "a b", "A//b"] {
            assert!(is_any_name(good) && is_any_filter(good), "{good}");
        }
        assert!(is_any_name("$a/b"));
        for good in ["#", "/#", "/+", "+/+", "TopicA/#"] {
            assert!(is_any_filter(good) && !is_any_name(good), "{good}");
        }
        for bad in ["", "é", "a\0", "a/#/b", "a#", "+a", "$a/b", "$share/g/a"] {
            assert!(!is_any_filter(bad), "{bad}");
        }
    }

    #[test]
    fn a_filter_matches_level_by_level() {
        for (filter, topic, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+/c", "a/b/c", true),
            ("a/+/c", "a/b/d", false),
            ("a/#", "a/b/c", true),
            ("a/#", "b/a", false),
            ("+/b", "a/b", true),
            ("+/b", "$a/b", false),
            ("$a/#", "$a/b", true),
            ("/+", "/b", true),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }

    #[test]
    fn topics_of_one_kind_share_a_filter() {
        assert_eq!(shared_filter("hypocaust/1/s/heater/h1/ack"), "hypocaust/1/s/heater/+/ack");
        assert_eq!(shared_filter("hypocaust/1/s/site/state"), "hypocaust/1/s/site/state");
    }
}
