//! Reads the body of a request whole, within its size and its time, before anybody looks at it: what a handler gets is
//! there, and whoever sends a byte a minute holds nobody up.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::api::ApiError;
use crate::door::is_for_programs;

/// Bodies longer than this are refused.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// A calendar of 256 KiB in a form, where each of its letters may be three.
const MAX_CALENDAR_BYTES: usize = 1024 * 1024;
/// A building of 2,000 rooms and heaters in a form.
const MAX_BUILDING_BYTES: usize = 2 * 1024 * 1024;
/// A form of a few kilobytes is sent within this over any line that a browser works on.
const BODY_WITHIN: Duration = Duration::from_secs(10);

type Refusal = (StatusCode, &'static str, &'static str);

/// Goes on with the body read, or refuses it.
pub(crate) async fn gather(request: Request, next: Next) -> Response {
    // Nobody reads what is sent along with these.
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let is_for_programs = is_for_programs(request.uri().path());
    let longest = match request.uri().path().rsplit('/').next() {
        Some("calendar") => MAX_CALENDAR_BYTES,
        Some("building") => MAX_BUILDING_BYTES,
        _ => MAX_BODY_BYTES,
    };
    let (parts, body) = request.into_parts();
    let late = (StatusCode::REQUEST_TIMEOUT, "late", "the request took too long to arrive");
    match timeout(BODY_WITHIN, read(body, longest)).await.unwrap_or(Err(late)) {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err((status, code, message)) if is_for_programs => {
            ApiError::new(status, code, message).into_response()
        }
        Err((status, _, message)) => (status, message).into_response(),
    }
}

async fn read(body: Body, longest: usize) -> Result<Vec<u8>, Refusal> {
    let (mut chunks, mut bytes) = (body.into_data_stream(), Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| (StatusCode::BAD_REQUEST, "body", "the request broke off"))?;
        if bytes.len() + chunk.len() > longest {
            return Err((
                StatusCode::PAYLOAD_TOO_LARGE,
                "size",
                "the request is too long: at most 16 KiB, calendars 1 MiB, buildings 2 MiB",
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use bytes::Bytes;
    use futures_util::stream;
    use tower::ServiceExt as _;

    use super::*;

    async fn answer(body: Body) -> StatusCode {
        let echo = |body: String| async move { body };
        let router = Router::new().route("/", post(echo)).layer(from_fn(gather));
        router.oneshot(Request::post("/").body(body).unwrap()).await.unwrap().status()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up_and_a_giant_one_is_refused() {
        let drop_by_drop = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, std::convert::Infallible>(Bytes::from_static(b"x")), ()))
        });
        assert_eq!(answer(Body::from_stream(drop_by_drop)).await, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(answer(Body::from(vec![b'x'; MAX_BODY_BYTES])).await, StatusCode::OK);
        assert_eq!(answer(Body::from(vec![b'x'; MAX_BODY_BYTES + 1])).await, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
