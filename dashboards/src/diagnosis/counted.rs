//! The figures of `/metrics`, read by name.

use crate::{Figure, PartHealth};

/// Something that was refused, with its reason and how often.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    /// The figure's name without `hypocaust_` and `_total`.
    pub(crate) what: String,
    /// As the figure names it; empty where it names none.
    pub(crate) reason: String,
    pub(crate) count: f64,
}

/// What the parts of this process have counted since they began.
pub(crate) struct Counted {
    pub(crate) figures: Vec<Figure>,
    /// The parts whose figures these are.
    here: Vec<&'static str>,
}

impl Counted {
    /// The figures of these parts.
    pub(crate) fn new(figures: Vec<Figure>, parts: &[PartHealth]) -> Self {
        Self { figures, here: parts.iter().map(|part| part.part).collect() }
    }

    /// What a part counted under a name, over all reasons; `None` where the part runs in another process. What a part has not
    /// counted yet did not happen.
    pub(crate) fn of(&self, part: &str, name: &str) -> Option<f64> {
        self.sum(part, name, |_| true)
    }

    /// The same for one reason.
    pub(crate) fn because(&self, part: &str, name: &str, reason: &str) -> Option<f64> {
        self.sum(part, name, |figure| reason_of(figure) == reason)
    }

    fn sum(&self, part: &str, name: &str, wanted: impl Fn(&Figure) -> bool) -> Option<f64> {
        let full = format!("hypocaust_{part}_{name}");
        let figures = self.figures.iter().filter(|figure| figure.name == full && wanted(figure));
        self.here.contains(&part).then(|| figures.map(|figure| figure.value).sum())
    }

    /// Everything that was refused, the most frequent first; as the alarm of refused messages takes the word.
    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        let is_refusal = |name: &str| name.contains("refused") || name.contains("denied");
        let refused = self.figures.iter().filter(|figure| is_refusal(&figure.name) && figure.value > 0.0);
        let mut refusals: Vec<Refusal> = refused
            .map(|figure| Refusal {
                what: figure.name.trim_start_matches("hypocaust_").trim_end_matches("_total").to_owned(),
                reason: reason_of(figure).to_owned(),
                count: figure.value,
            })
            .collect();
        refusals.sort_by(|a, b| {
            b.count.total_cmp(&a.count).then_with(|| (&a.what, &a.reason).cmp(&(&b.what, &b.reason)))
        });
        refusals
    }
}

fn reason_of(figure: &Figure) -> &str {
    figure.labels.iter().find(|(name, _)| *name == "reason").map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FigureKind;

    fn figure(name: &'static str, reason: &str, value: f64) -> Figure {
        let labels = vec![("reason", reason.to_owned())];
        Figure { name: name.into(), help: "", kind: FigureKind::Counter, labels, value }
    }

    #[test]
    fn what_a_part_has_not_counted_did_not_happen_and_what_another_process_counts_is_not_known() {
        let parts = [PartHealth { part: "ingest", ok: true, detail: String::new() }];
        let figures = vec![
            figure("hypocaust_ingest_records_total", "stored", 5.0),
            figure("hypocaust_ingest_records_total", "duplicate", 2.0),
        ];
        let counted = Counted::new(figures, &parts);
        assert_eq!(counted.of("ingest", "records_total"), Some(7.0));
        assert_eq!(counted.because("ingest", "records_total", "duplicate"), Some(2.0));
        assert_eq!(counted.because("ingest", "records_total", "declared_lost"), Some(0.0));
        assert_eq!(counted.of("broker", "connections"), None);
    }

    #[test]
    fn refusals_are_listed_with_their_reasons_the_most_frequent_first() {
        let figures = vec![
            figure("hypocaust_broker_connections_refused_total", "credential", 3.0),
            figure("hypocaust_broker_publishes_denied_total", "role", 9.0),
            figure("hypocaust_broker_messages_in_total", "", 99.0),
            figure("hypocaust_ingest_refused_samples_total", "range", 0.0),
        ];
        let refusals = Counted::new(figures, &[]).refusals();
        let told: Vec<_> = refusals.iter().map(|r| (r.what.as_str(), r.reason.as_str(), r.count)).collect();
        let expected =
            [("broker_publishes_denied", "role", 9.0), ("broker_connections_refused", "credential", 3.0)];
        assert_eq!(told, expected);
    }
}
