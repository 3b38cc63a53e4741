//! As much of Flux as the four shapes of question need, read from their text: what is asked for, not how.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use super::points::Points;

/// What a question is about.
struct Scope {
    time: Range<i64>,
    tags: Vec<(String, String)>,
    fields: BTreeSet<String>,
    needs_room: bool,
}

/// The annotated CSV that answers a question.
pub(crate) fn answer(flux: &str, points: &Points) -> String {
    assert!(flux.contains("from(bucket: \"history\")"), "{flux}");
    assert!(!flux.contains("pivot"));
    let scope = Scope::of(flux);
    if flux.contains("|> range(start: -1m)") {
        String::new()
    } else if flux.contains("|> last()") {
        last(&scope, points)
    } else if flux.contains("aggregateWindow(") {
        figures(flux, &scope, points)
    } else {
        range(flux, &scope, points)
    }
}

impl Scope {
    fn of(flux: &str) -> Self {
        let time = match (between(flux, "start: time(v: ", ")"), between(flux, "stop: time(v: ", ")")) {
            (Some(start), Some(stop)) => start.parse().unwrap()..stop.parse().unwrap(),
            _ => i64::MIN..i64::MAX,
        };
        let mut scope = Self {
            time,
            tags: Vec::new(),
            fields: BTreeSet::new(),
            needs_room: flux.contains("exists r.room)"),
        };
        for condition in flux.split("r.").skip(1) {
            let Some((name, rest)) = condition.split_once(" == \"") else { continue };
            if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                continue;
            }
            let value = rest.split('"').next().unwrap().to_owned();
            match name {
                "_measurement" => assert_eq!(value, "heater"),
                "_field" => drop(scope.fields.insert(value)),
                tag => scope.tags.push((tag.to_owned(), value)),
            }
        }
        scope
    }

    /// The points asked for: tags, field, time, value.
    fn points<'a>(
        &'a self,
        points: &'a Points,
    ) -> impl Iterator<Item = (&'a BTreeMap<String, String>, &'a str, i64, f64)> {
        let wanted = points.series().filter(|(tags, field, _)| {
            let fits = |(tag, value): &(String, String)| tags.get(tag) == Some(value);
            self.tags.iter().all(fits)
                && (self.fields.is_empty() || self.fields.contains(*field))
                && (!self.needs_room || tags.contains_key("room"))
        });
        wanted.flat_map(|(tags, field, points)| {
            points.range(self.time.clone()).map(move |(ns, value)| (tags, field, *ns, *value))
        })
    }
}

fn range(flux: &str, scope: &Scope, points: &Points) -> String {
    let limit: usize = between(flux, "limit(n: ", ")").unwrap().parse().unwrap();
    let mut rows: Vec<_> = scope
        .points(points)
        .map(|(tags, field, ns, value)| (ns, tags["heater"].clone(), field, value))
        .collect();
    rows.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    rows.truncate(limit);
    let rows = rows.iter().map(|(ns, heater, field, value)| format!("{field},{heater},{ns},{value}"));
    table("_result", "string,string,long,double", "field,heater,ns,value", rows)
}

fn last(scope: &Scope, points: &Points) -> String {
    let mut newest = BTreeMap::new();
    for (tags, field, ns, value) in scope.points(points) {
        newest.insert((tags, field), (ns, value));
    }
    let rows = newest.iter().map(|((tags, field), (ns, value))| {
        let tag = |name: &str| tags.get(name).cloned().unwrap_or_default();
        format!("{field},{},{ns},{},{},{value}", tag("heater"), tag("room"), tag("site"))
    });
    let columns = "field,heater,ns,room,site,value";
    table("_result", "string,string,long,string,string,double", columns, rows)
}

/// Windows begin at the epoch, moved by the offset; the first begins where the question does.
fn figures(flux: &str, scope: &Scope, points: &Points) -> String {
    let ms = |name: &str| between(flux, name, "ms").unwrap().parse::<i64>().unwrap() * 1_000_000;
    let (every, offset) = (ms("every: "), ms("offset: "));
    let by = between(flux, "group(columns: [\"_time\", \"", "\"").unwrap_or_default();
    let mut csv = String::new();
    for figure in ["min", "max", "sum", "count"] {
        assert!(flux.contains(&format!("fn: {figure}, createEmpty: false, timeSrc: \"_start\")")));
        assert!(flux.contains(&format!("|> yield(name: \"{figure}\")")));
        let mut windows: BTreeMap<(String, i64), Vec<f64>> = BTreeMap::new();
        for (tags, _, ns, value) in scope.points(points) {
            let start = (ns - offset).div_euclid(every) * every + offset;
            let who = if by.is_empty() { String::new() } else { tags[by].clone() };
            windows.entry((who, start.max(scope.time.start))).or_default().push(value);
        }
        let rows = windows.iter().map(|((who, start), values)| {
            let value = match figure {
                "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
                "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                "sum" => values.iter().sum(),
                _ => values.len() as f64,
            };
            format!("{start},{value},{who}")
        });
        csv += &table(figure, "long,double,string", "ns,value,who", rows);
    }
    csv
}

/// One table of annotated CSV, as InfluxDB writes it; nothing when it has no rows.
fn table(result: &str, types: &str, columns: &str, rows: impl Iterator<Item = String>) -> String {
    let count = types.split(',').count();
    let mut csv = format!(
        "#datatype,string,long,{types}\r\n#group,false,false{}\r\n#default,{result},{}\r\n,result,table,{columns}\r\n",
        ",false".repeat(count),
        ",".repeat(count)
    );
    let mut is_empty = true;
    for row in rows {
        is_empty = false;
        let _ = write!(csv, ",,0,{row}\r\n");
    }
    if is_empty { String::new() } else { csv + "\r\n" }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}
