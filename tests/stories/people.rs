//! The house gets its first person, and the door closes; then it may be reached from elsewhere.

use std::path::Path;

use crate::browser::{chromium, visit};
use crate::house::{House, program};
use crate::http::{Answer, ask, get};
use crate::twins;

const WORDS: &str = "four plain words";

/// Runs a command beside the house; gives what it printed after `label`.
fn told(data: &Path, arguments: &[&str], label: &str) -> String {
    let output = program().args(arguments).arg("--data").arg(data).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line =
        text.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("{label}: {text}"));
    line.split_whitespace().next().unwrap().to_owned()
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    lines
        .into_iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .unwrap_or_default()
}

/// Sends a form from the house's own page; gives the answer and the cookie that came with it.
fn send(house: &House, path: &str, cookie: &str, form: &str) -> (Answer, String) {
    let headers = [("Origin", house.http.as_str()), ("Cookie", cookie)];
    let answer = ask(&house.http, "POST", path, &headers, form);
    let kept = header(&answer, "set-cookie").split(';').next().unwrap_or_default().to_owned();
    (answer, kept)
}

/// Gives the house its first person, who runs it; gives their cookie.
pub(crate) fn administrator(house: &House) -> String {
    let once = told(&house.data, &["person", "add", "anna", "--role", "administrator"], "password");
    let (_, cookie) = send(house, "/sign-in", "", &format!("name=anna&password={once}&next=%2F"));
    let form = format!("old={once}&new={WORDS}&repeated={WORDS}");
    let (_, cookie) = send(house, "/account/password", &cookie, &form);
    cookie
}

#[test]
fn the_first_person_closes_the_door_and_then_the_house_may_be_reached_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data) = (twins::configuration(folder.path()), folder.path().join("data"));
    let mut house = House::start(&data, Some(&config));
    let open = get(&house.http, "/sites/home");
    assert!(open.status == 200 && open.body.contains("hypocaust person add"), "it is open, and says so");

    let once = told(&data, &["person", "add", "anna", "--role", "administrator"], "password");
    assert_eq!(get(&house.http, "/api/v1/sites").status, 401, "closed at once, while it runs");
    assert_eq!(header(&get(&house.http, "/sites/home"), "location"), "/sign-in?next=%2Fsites%2Fhome");
    if let Some(chromium) = chromium() {
        let page = visit(
            &chromium,
            folder.path(),
            &format!("{}/sites/home", house.http),
            &["--dump-dom".to_owned()],
        );
        assert!(
            page.dom.contains("name=\"password\"") && page.console.is_empty(),
            "{} {}",
            page.dom,
            page.console
        );
    }

    let (answer, cookie) =
        send(&house, "/sign-in", "", &format!("name=anna&password={once}&next=%2Fsites%2Fhome"));
    assert_eq!((answer.status, header(&answer, "location")), (303, "/sites/home"));
    let look = |cookie: &str| ask(&house.http, "GET", "/sites/home", &[("Cookie", cookie)], "");
    assert_eq!(header(&look(&cookie), "location"), "/account", "a password for one use has to be changed");
    let (_, cookie) =
        send(&house, "/account/password", &cookie, &format!("old={once}&new={WORDS}&repeated={WORDS}"));
    assert_eq!(look(&cookie).status, 200);

    let add = ["token", "add", "report", "--owner", "anna", "--scope", "read"];
    let bearer = format!("Bearer {}", told(&data, &add, "token"));
    let read = || ask(&house.http, "GET", "/api/v1/rooms", &[("Authorization", &bearer)], "").status;
    assert_eq!(read(), 200);
    assert_eq!(told(&data, &["token", "revoke", "1"], "revoked token"), "1;");
    assert_eq!(read(), 401);

    house.running.terminate();
    let house = House::start_at(&data, Some(&config), "0.0.0.0:0", "127.0.0.1:0");
    assert_eq!(get(&house.http, "/api/v1/sites").status, 401);
    let answer = ask(&house.http, "GET", "/sites/home", &[("Cookie", &cookie)], "");
    assert_eq!(answer.status, 200, "a session outlives a restart");
}

#[test]
fn a_foreign_page_in_a_real_browser_changes_nothing() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = twins::configuration(folder.path());
    let house = House::start(&folder.path().join("data"), Some(&config));
    let page = folder.path().join("foreign.html");
    let form = format!(
        r#"<form method="post" action="{}/sites/home/rooms/101/override"><input name="setpoint_c" value="30"><input name="end" value="2h"></form><script>document.forms[0].submit()</script>"#,
        house.http
    );
    std::fs::write(&page, form).unwrap();
    let seen =
        visit(&chromium, folder.path(), &format!("file://{}", page.display()), &["--dump-dom".to_owned()]);
    assert!(seen.dom.contains("own pages"), "it was sent, and refused: {}", seen.dom);
    assert!(!get(&house.http, "/api/v1/overrides").body.contains("setpoint_c"));
}
