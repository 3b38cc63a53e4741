//! A building goes out as a file and comes in again, and nobody's change is lost on the way.

use axum::http::StatusCode;
use registry::SiteBook;
use registry::building_file::{read, write};

use crate::trial::{NOW, Trial, WICKED, book};
use crate::visitor::encode;

const PAGE: &str = "/sites/demo/building?lang=en";

/// The building, made on the pages.
fn trial() -> Trial {
    let trial = Trial::silent(&[]);
    trial.app.registry.describe_site(&book().as_described(), None, "anna", NOW).unwrap();
    trial
}

fn now(trial: &Trial) -> SiteBook {
    trial.app.registry.books().unwrap().pop().unwrap()
}

fn form(does: &str, seen: &str, file: &str) -> String {
    format!("do={does}&seen={seen}&file={}", encode(file))
}

#[tokio::test]
async fn what_is_taken_along_reads_back_as_the_same_building() {
    let trial = trial();
    let (status, file) = trial.get("/sites/demo/building.toml").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(read(&file).unwrap(), now(&trial).as_described());
    let (_, _, html) = trial.post(PAGE, &form("look", "", &file)).await;
    assert!(html.contains("The file says what the building is already"), "{html}");
}

#[tokio::test]
async fn what_a_file_would_change_is_seen_before_it_is_taken() {
    let trial = trial();
    let before = now(&trial);
    let file = write(&before).replace("name = \"101 Atelier\"", "name = \"101 <i>Forge</i>\"");
    let (status, _, html) = trial.post(PAGE, &form("look", "", &file)).await;
    assert!(status == StatusCode::OK && html.contains("changes"), "{html}");
    assert!(html.contains("101 Atelier") && !html.contains("<i>Forge") && !html.contains(WICKED), "{html}");
    assert_eq!(now(&trial), before, "looking changes nothing");
    let (status, to, _) = trial.post(PAGE, &form("take", &before.edition(), &file)).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/sites/demo/building?done=taken"));
    assert_eq!(now(&trial).rooms[0].name.as_str(), "101 <i>Forge</i>");
    assert_eq!(trial.app.registry.audit_of("demo/room/101", 9).unwrap()[0].action, "configure");
    // Sent twice: the second form has seen another building, and shows that nothing is left to change.
    let (status, _, html) = trial.post(PAGE, &form("take", &before.edition(), &file)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        html.contains("changed in the meantime") && html.contains("what the building is already"),
        "{html}"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_is_refused_by_line_and_stays_in_the_field() {
    let trial = trial();
    let before = now(&trial);
    let good = write(&before);
    for (file, said) in [
        (good.replace("low_c = 17.0", "low_c = 3.0"), "Line 7"),
        (good.replace("id = \"demo\"", "id = \"other\""), "describes building other"),
        (format!("[http]\n{good}"), "Line 1"),
        ("<b>".to_owned(), "Line 1"),
        (String::new(), "[site]"),
    ] {
        let (status, _, html) = trial.post(PAGE, &form("take", &before.edition(), &file)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{file}");
        assert!(html.contains(said) && html.contains("role=\"alert\""), "{said}: {html}");
        assert!(!html.contains("<b>"), "{html}");
        assert_eq!(now(&trial), before);
    }
}

#[tokio::test]
async fn a_building_that_is_described_elsewhere_is_not_changed_here() {
    let trial = trial();
    let (_, to, _) = trial.post("/sites/demo/building/hand-over", "").await;
    assert_eq!(to, "/sites/demo/building?done=handed");
    let before = now(&trial);
    let file = write(&before).replace("101 Atelier", "101 Forge");
    let (status, _, html) = trial.post(PAGE, &form("take", &before.edition(), &file)).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("configuration"), "{html}");
    assert_eq!(now(&trial), before);
    let (_, html) = Trial::new().get(PAGE).await;
    assert!(html.contains("demonstration") && !html.contains("name=\"file\""), "{html}");
}
