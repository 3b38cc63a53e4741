//! The page of a report: what it says, what it refuses, and who is told what.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use registry::{FirstPassword, PersonName, PersonRole, TenantRoom};
use vocabulary::Timestamp;

use crate::trial::{NOW, Trial, book, read};

const PAGE: &str = "/sites/demo/report";

#[tokio::test]
async fn every_figure_opens_to_how_it_was_computed() {
    let trial = Trial::new();
    for lang in ["en", "fr"] {
        let (status, html) = trial.get(&format!("{PAGE}?period=day&date=2026-01-20&lang={lang}")).await;
        assert!(status == StatusCode::OK && !html.contains('⟦'), "{html}");
        let figures: Vec<&str> = html.split("data-figure=").skip(1).collect();
        assert_eq!(figures.len(), 20);
        for figure in figures {
            assert!(figure.contains("<details><summary>") && figure.contains("</details>"), "{figure}");
        }
    }
    let (_, html) = trial.get(&format!("{PAGE}?period=day&date=2026-01-20&lang=en")).await;
    // Two heaters of 400 W all day long.
    let energy = html.split("data-figure=\"energy\"").nth(1).unwrap();
    assert!(energy.split("</li>").next().unwrap().contains("19.2\u{a0}kWh"), "{energy}");
    assert!(html.contains("not configured") && html.contains("format=csv"), "{html}");
}

#[tokio::test]
async fn what_makes_no_period_is_told_and_the_form_keeps_what_was_written() {
    let trial = Trial::new();
    for (query, told) in [
        ("period=own&from=2026-01-03&to=2026-01-02", "The first day lies after the last."),
        ("period=own&from=1990-01-01&to=2026-01-02", "longer than two years"),
        ("period=day&date=2027-01-01", "lies in the future"),
        ("period=day&date=never", "not a date"),
        ("period=own", "first and a last day"),
        ("period=decade", "not known"),
    ] {
        let (status, html) = trial.get(&format!("{PAGE}?{query}&lang=en")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(html.contains("role=\"alert\"") && html.contains(told), "{query}");
    }
    let (_, html) = trial.get(&format!("{PAGE}?period=own&from=2026-01-03&to=2026-01-02")).await;
    assert!(html.contains("value=\"2026-01-03\"") && html.contains("value=\"own\" selected"), "{html}");
    assert_eq!(trial.get(&format!("{PAGE}?room=999")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_kilowatt_hour_costs_is_declared_by_a_form_and_nothing_impossible_is() {
    let trial = Trial::new();
    let seen = trial.seen(PAGE, "id=\"rates\"").await;
    let form = format!("{seen}price_eur=0%2C2&price_eur_source=Contrat&carbon_g=&refund_eur=");
    for _ in ["saved", "pressed twice"] {
        let (status, to, _) = trial.post(&format!("{PAGE}/rates"), &form).await;
        assert_eq!((status, to.contains("done=rates")), (StatusCode::SEE_OTHER, true));
    }
    let (_, html) = trial.get(&format!("{PAGE}?period=day&date=2026-01-20&lang=en")).await;
    assert!(html.contains("3.84\u{a0}€") && html.contains("\u{2068}Contrat\u{2069}"), "{html}");
    let seen = trial.seen(PAGE, "id=\"rates\"").await;
    for (form, said) in [
        (
            "price_eur=-1&price_eur_source=x",
            "Price, € per kWh: nothing was saved. Please write a number from 0 to 10,",
        ),
        ("price_eur=11&price_eur_source=x", "a number from 0 to 10,"),
        ("price_eur=NaN&price_eur_source=x", "a number from 0 to 10,"),
        ("price_eur=0.3&price_eur_source=", "Price, € per kWh: nothing was saved. A number needs its source"),
        ("carbon_g=much&carbon_g_source=x", "Carbon, g of CO₂ equivalent per kWh: nothing was saved."),
        ("peak_eur_per_kw=1001&peak_eur_per_kw_source=x", "from 0 to 1,000,"),
    ] {
        let (status, _, html) = trial.post(&format!("{PAGE}/rates?lang=en"), &format!("{seen}{form}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        let html = html.replace(['\u{2068}', '\u{2069}'], "");
        let alert = html.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(alert.contains(said), "{form}: {alert}");
        for typed in form.split('&') {
            let (name, value) = typed.split_once('=').unwrap();
            assert!(
                html.contains(&format!("name=\"{name}\" value=\"{value}\"")),
                "{form}: what was typed stays"
            );
        }
    }
    let held = trial.app.registry.accounting(&book().site.id).unwrap();
    assert!((held.price_eur.unwrap().amount - 0.2).abs() < 1e-9, "nothing of it was saved");
}

#[tokio::test]
async fn rates_that_somebody_else_declared_meanwhile_are_not_overwritten_unseen() {
    let trial = Trial::new();
    let seen = trial.seen(PAGE, "id=\"rates\"").await;
    trial.post(&format!("{PAGE}/rates"), &format!("{seen}price_eur=0.2&price_eur_source=Contrat")).await;
    let mine = format!("{seen}refund_eur=0.1&refund_eur_source=Bail");
    let (status, _, html) = trial.post(&format!("{PAGE}/rates?lang=en"), &mine).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(html.contains("somebody else") && html.contains("0.2 (Contrat)"), "{html}");
    assert!(html.contains("name=\"refund_eur\" value=\"0.1\""), "nothing typed is lost: {html}");
    let held = || trial.app.registry.accounting(&book().site.id).unwrap();
    assert!(held().price_eur.is_some() && held().refund_eur.is_none());
    let seen = crate::trial::seen(&html, "id=\"rates\"");
    trial.post(&format!("{PAGE}/rates"), &format!("{seen}refund_eur=0.1&refund_eur_source=Bail")).await;
    assert!(held().price_eur.is_none() && held().refund_eur.is_some(), "saved once more");
}

#[tokio::test]
async fn only_those_who_may_see_presence_are_told_by_it_and_the_tenant_can_see_who() {
    let trial = Trial::new();
    let place = TenantRoom { site: book().site.id, room: book().rooms[0].id.clone() };
    let reads = || {
        let lines = trial.app.registry.presence_reads(&place, Timestamp::from_ms(0), 9).unwrap();
        lines.into_iter().map(|line| (line.who, line.new)).collect::<Vec<_>>()
    };
    let (name, registry) = (PersonName::new("olga").unwrap(), &trial.app.registry);
    registry.add_person(&name, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
    let role = PersonRole::Observer { sites: [book().site.id].into() };
    registry.assign_role(&name, &role, (NOW.plus_ms(-1), None), "test", NOW).unwrap();
    let secret = registry.sign_in(&name, "four plain words", NOW).unwrap().unwrap();
    let request = Request::get(format!("{PAGE}?lang=en"))
        .header("host", "localhost")
        .header("cookie", format!("hypocaust={secret}"));
    let (status, html) = read(trial.ask(request.body(Body::empty()).unwrap()).await).await;
    assert!(status == StatusCode::OK && html.contains("judged by their schedules"), "{html}");
    assert!(!html.contains("id=\"rates\""), "an observer declares nothing");
    assert_eq!(reads(), []);
    // A manager's report is written down.
    let trial = Trial::new();
    trial.get(PAGE).await;
    let lines = trial.app.registry.presence_reads(&place, Timestamp::from_ms(0), 9).unwrap();
    assert_eq!(lines.iter().map(|line| line.new.as_str()).collect::<Vec<_>>(), ["report"]);
}
