//! The points of the small InfluxDB, read from line protocol by a reader of its own.

use std::collections::BTreeMap;

/// A line: tags, fields, nanoseconds.
pub(crate) type Line = (BTreeMap<String, String>, Vec<(String, f64)>, i64);

/// Points by series (tags and field), then by time.
#[derive(Default)]
pub(crate) struct Points(BTreeMap<(BTreeMap<String, String>, String), BTreeMap<i64, f64>>);

impl Points {
    /// A point of the same series and time takes the place of the one before.
    pub(crate) fn insert(&mut self, (tags, fields, ns): Line) {
        for (field, value) in fields {
            self.0.entry((tags.clone(), field)).or_default().insert(ns, value);
        }
    }

    /// Removes the points of a time from every series that has these tags.
    pub(crate) fn delete(&mut self, time: std::ops::RangeInclusive<i64>, wanted: &[(String, String)]) {
        let fits = |tags: &BTreeMap<String, String>| {
            wanted.iter().all(|(key, value)| tags.get(key).is_some_and(|known| known == value))
        };
        let series = self.0.iter_mut().filter(|((tags, _), _)| fits(tags));
        series.for_each(|(_, points)| points.retain(|ns, _| !time.contains(ns)));
    }

    pub(crate) fn series(
        &self,
    ) -> impl Iterator<Item = (&BTreeMap<String, String>, &str, &BTreeMap<i64, f64>)> {
        self.0.iter().map(|((tags, field), points)| (tags, field.as_str(), points))
    }

    pub(crate) fn all(&self) -> Vec<(String, String, i64, f64)> {
        let mut all = Vec::new();
        for (tags, field, points) in self.series() {
            let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            all.extend(points.iter().map(|(ns, value)| (tags.join(","), field.to_owned(), *ns, *value)));
        }
        all
    }
}

/// Reads a line without escapes: the stories use none. `None` when it is no line of ours.
pub(crate) fn parse(line: &str) -> Option<Line> {
    let [key, fields, ns] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let mut key = key.split(',');
    if key.next() != Some("heater") {
        return None;
    }
    let pair = |text: &str| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    let tags: Option<BTreeMap<String, String>> = key.map(pair).collect();
    let number = |(key, value): (String, String)| value.parse().ok().map(|value| (key, value));
    let fields: Option<Vec<(String, f64)>> =
        fields.split(',').map(|text| pair(text).and_then(number)).collect();
    Some((tags?, fields?, ns.parse().ok()?))
}
