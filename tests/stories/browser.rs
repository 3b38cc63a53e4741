//! The Chromium of this machine, and one page in it. Where none is installed this is said by name; in CI it is required.

use std::path::{Path, PathBuf};
use std::process::Command;

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
