//! The first pages in a real Chromium: they render, they are alive, nothing is refused, and no other host is asked.
//! Screenshots go to `target/screens/`. Where no Chromium is installed this is said by name; in CI it is required.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::{House, eventually};
use crate::http::{ask, json};

/// The browser of this machine, if it has one.
pub(crate) fn chromium() -> Option<PathBuf> {
    let found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = found.iter().map(PathBuf::from).find(|path| path.exists());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "CI needs a Chromium (Debian's package chromium)"
    );
    if found.is_none() {
        println!("ignored: no Chromium on this machine");
    }
    found
}

/// A page as the browser had it in the end.
pub(crate) struct Visit {
    pub(crate) dom: String,
    pub(crate) console: String,
}

/// Opens a page; gives its document after scripts have run, and what the console said.
pub(crate) fn visit(chromium: &Path, profile: &Path, url: &str, arguments: &[String]) -> Visit {
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--hide-scrollbars",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--timeout=5000",
        ])
        .args(["--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(arguments)
        .arg(url)
        .output()
        .expect("Chromium starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let console = stderr.lines().filter(|line| line.contains("CONSOLE")).collect::<Vec<_>>().join("\n");
    Visit { dom: String::from_utf8_lossy(&output.stdout).into_owned(), console }
}

#[test]
fn the_first_pages_open_in_a_real_browser() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(&folder.path().join("data"), None);
    let screens = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    std::fs::create_dir_all(&screens).unwrap();
    let room = "/sites/tisserands/rooms/201";
    let link =
        ask(&house.http, "POST", &format!("{room}/tenant-link"), &[("Origin", house.http.as_str())], "");
    let token = link
        .body
        .split("/t/")
        .nth(1)
        .and_then(|rest| rest.split(['"', '<', ' ', '?']).next())
        .expect("the link is shown once");
    let temperature = eventually("the room's first temperature", || {
        json(&house.http, "/api/v1/rooms/201?site=tisserands")["temperature_c"]["value"].as_f64()
    });
    assert!((10.0..30.0).contains(&temperature), "{temperature}");

    let step = eventually("the room's first plan", || {
        json(&house.http, "/api/v1/rooms/201/forecast?site=tisserands")["steps"].get(0).cloned()
    });
    // Where the last day could not be judged there is no error, and so no band.
    let has_errors = step["error_k"].is_number();

    let pages = [
        ("home", "/sites/tisserands".to_owned()),
        ("room", room.to_owned()),
        ("learned", "/sites/tisserands/learned".to_owned()),
        ("heater", "/sites/tisserands/heaters/h-201".to_owned()),
        ("tenant", format!("/t/{token}")),
    ];
    for (name, path) in &pages {
        for language in ["en", "fr"] {
            let separator = if path.contains('?') { '&' } else { '?' };
            let url = format!("{}{path}{separator}lang={language}", house.http);
            let page = visit(&chromium, folder.path(), &url, &["--dump-dom".to_owned()]);
            assert!(
                page.dom.contains(&format!("lang=\"{language}\"")),
                "{name} {language}: {:.600}",
                page.dom
            );
            assert!(page.dom.contains('°'), "{name} {language} shows a temperature");
            if *name == "room" {
                shows_the_day_ahead(&page.dom, has_errors);
            }
            assert_eq!(page.console, "", "{name} {language}: the console is silent");
            let elsewhere = page
                .dom
                .match_indices("://")
                .map(|(at, _)| &page.dom[at.saturating_sub(5)..(at + 30).min(page.dom.len())]);
            for reference in elsewhere {
                assert!(
                    reference.contains("127.0.0.1") || reference.contains("www.w3.org"),
                    "{name}: {reference}"
                );
            }
            let (light, dark) = (format!("{url}&theme=light"), format!("{url}&theme=dark"));
            for (size, window, url) in [
                ("phone", "390,1400", &light),
                ("desk", "1280,1400", &light),
                ("phone-dark", "390,1400", &dark),
                ("desk-dark", "1280,1400", &dark),
            ] {
                let file = screens.join(format!("{name}-{language}-{size}.png"));
                visit(
                    &chromium,
                    folder.path(),
                    url,
                    &[format!("--screenshot={}", file.display()), format!("--window-size={window}")],
                );
                let bytes = std::fs::metadata(&file)
                    .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
                    .len();
                assert!(bytes > 10_000, "{}: {bytes} bytes are an empty page", file.display());
            }
        }
    }
}

/// The demonstration's room has lived a week: its page draws plan, band and bounds beyond now, and says why.
fn shows_the_day_ahead(dom: &str, has_errors: bool) {
    let errors = has_errors.then_some("errors");
    for class in ["expected", "bounds", "planned", "air", "presence"].into_iter().chain(errors) {
        let path = dom.split(&format!("<path class=\"{class}\" d=\"")).nth(1).unwrap_or_default();
        assert!(path.starts_with('M'), "{class} is drawn: {path:.60}");
    }
    assert!(dom.contains("class=\"reasons\""), "the numbers behind the reason");
    assert!(!dom.contains("class=\"day stale\""), "the plan is fresh");
}
