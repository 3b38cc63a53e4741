//! Styles, scripts and the mark, embedded in the program and kept by browsers until they change.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

const FILES: &[(&str, &str, &str)] = &[
    ("app.css", "text/css; charset=utf-8", include_str!("../assets/app.css")),
    ("tenant.css", "text/css; charset=utf-8", include_str!("../assets/tenant.css")),
    ("app.js", "text/javascript; charset=utf-8", include_str!("../assets/app.js")),
    ("chart.js", "text/javascript; charset=utf-8", include_str!("../assets/chart.js")),
    ("kiosk.css", "text/css; charset=utf-8", include_str!("../assets/kiosk.css")),
    ("kiosk.js", "text/javascript; charset=utf-8", include_str!("../assets/kiosk.js")),
    ("day.js", "text/javascript; charset=utf-8", include_str!("../assets/day.js")),
    ("week.js", "text/javascript; charset=utf-8", include_str!("../assets/week.js")),
    ("mark.svg", "image/svg+xml", include_str!("../assets/mark.svg")),
    ("uplot.min.js", "text/javascript; charset=utf-8", include_str!("../assets/vendor/uplot.min.js")),
    ("uplot.min.css", "text/css; charset=utf-8", include_str!("../assets/vendor/uplot.min.css")),
];

/// Changes whenever any file changes: part of every address, so that a file may be kept for a year.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    // FNV-1a; nobody has a reason to forge it.
    let bytes = FILES.iter().flat_map(|(_, _, text)| text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
});

/// Serves one file.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let Some((_, kind, text)) = FILES.iter().find(|(file, _, _)| *file == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    ([(CONTENT_TYPE, *kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], *text).into_response()
}
