//! The page of system health: what is known, what is not, and what there is to do.

use std::sync::Arc;

use axum::http::StatusCode;

use super::rows::{REASONS, WHATS};
use crate::front::Front;
use crate::language::Language;
use crate::trial::{NOW, Trial, book};
use crate::{CertificateKind, CertificateState, Figure, FigureKind, PartHealth};

const DAY_MS: i64 = 24 * 3_600_000;

fn figure(name: &'static str, reason: &str, value: f64) -> Figure {
    let labels = vec![("reason", reason.to_owned())];
    Figure { name: name.into(), help: "", kind: FigureKind::Counter, labels, value }
}

/// A program of which something is wrong in every corner.
fn ill() -> Trial {
    let front = Front::new("127.0.0.1:80".parse().unwrap(), None);
    Trial::furnished(&[book()], front, |parts| {
        parts.figures = Arc::new(|| {
            vec![
                figure("hypocaust_broker_connections", "", 31.0),
                figure("hypocaust_broker_connections_total", "", 52.0),
                figure("hypocaust_broker_connections_refused_total", "credential", 120.0),
                figure("hypocaust_broker_messages_dropped_total", "slow_reader", 4.0),
                figure("hypocaust_ingest_records_total", "declared_lost", 7.0),
                figure("hypocaust_ingest_commit_age_total", "under_1_s", 90.0),
                figure("hypocaust_ingest_commit_age_total", "longer", 10.0),
                figure("hypocaust_ingest_refused_samples_total", "<new>", 3.0),
            ]
        });
        parts.health = Arc::new(|| {
            let part = |part, ok, detail: &str| PartHealth { part, ok, detail: detail.to_owned() };
            vec![part("broker", true, ""), part("ingest", false, "does not hear the broker")]
        });
        parts.installation.certificates = Arc::new(|| {
            vec![
                (CertificateKind::Broker, CertificateState::Until(NOW.plus_ms(10 * DAY_MS))),
                (CertificateKind::Authority, CertificateState::Unreadable),
            ]
        });
    })
}

/// The item of a figure.
fn item<'a>(html: &'a str, key: &str) -> &'a str {
    let rest = html.split(&format!("<li id=\"{key}\">")).nth(1).unwrap_or_else(|| panic!("{key}: {html}"));
    rest.split("</li>").next().unwrap()
}

#[tokio::test]
async fn each_figure_that_is_bad_says_what_to_do() {
    let trial = ill();
    let (status, html) = trial.get("/sites/demo/health?lang=en").await;
    assert_eq!(status, StatusCode::OK);
    for (key, value) in [
        ("turned-away", "120"),
        ("dropped", "4"),
        ("lost", "7"),
        ("commit-age", "90% within 5 s, 10 records"),
        ("certificate-broker", "until Sat 31 Jan 2026"),
        ("certificate-authority", "its file cannot be read"),
        ("backup", "no backup yet"),
    ] {
        let item = item(&html, key);
        assert!(item.contains(value) && item.contains("To do:"), "{key}: {item}");
    }
    assert!(item(&html, "backup").contains("hypocaust backup FOLDER"));
    assert!(item(&html, "connections").contains("31 open, 52 since the start"));
    assert!(html.contains("does not hear the broker") && html.contains("wrong or revoked password"));
    assert!(html.contains("&#60;new&#62;"), "a reason without words is shown as it is, escaped");
    let headline = html.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
    assert_eq!(headline, "9 things in the system need somebody", "seven figures, ingest and the pages");
}

#[tokio::test]
async fn what_another_process_counts_is_said_to_be_unknown_and_is_not_zero() {
    let trial = Trial::new();
    let (_, html) = trial.get("/sites/demo/health?lang=en").await;
    for key in ["connections", "traffic", "turned-away", "dropped", "commit-age", "lost"] {
        assert!(item(&html, key).contains("not known: this part runs in another process"), "{key}");
    }
    assert_eq!(html.matches("not known: runs in another process").count(), 5, "all parts but the pages");
}

#[tokio::test]
async fn a_fresh_backup_is_told_with_its_age_and_an_old_one_is_not_enough() {
    let trial = Trial::new();
    for (age_days, is_enough) in [(9, false), (6, true)] {
        trial.app.registry.note_backup("2 files", "command line", NOW.plus_ms(-age_days * DAY_MS)).unwrap();
        let (_, html) = trial.get("/sites/demo/health?lang=en").await;
        let item = item(&html, "backup");
        assert!(item.contains(&format!("{age_days} days ago")), "{item}");
        assert_eq!(item.contains("To do:"), !is_enough, "{item}");
    }
}

#[test]
fn every_word_that_is_counted_has_its_words() {
    for l in [Language::English, Language::French] {
        for word in WHATS
            .map(|word| format!("what-{word}"))
            .into_iter()
            .chain(REASONS.map(|word| format!("reason-{word}")))
        {
            let said = l.say(&format!("health-{}", word.replace('_', "-")));
            assert!(!said.contains('⟦'), "{said}");
        }
    }
}
