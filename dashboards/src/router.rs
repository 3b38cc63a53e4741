//! Every address of the server, in tables, so that the description of the API can be held against them.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};
use tower_http::compression::CompressionLayer;

use crate::app::Shared;
use crate::guard::{MAX_BODY_BYTES, guard};
use crate::visitor::{PageError, Visitor};
use crate::{api, assets, health, pages};

/// A route: its path, its methods in lower case, its handler.
type Route = (&'static str, &'static [&'static str], MethodRouter<Shared>);

/// The routes of the API, described in `assets/openapi.json`.
pub(crate) fn api_routes() -> Vec<Route> {
    vec![
        ("/api/v1/sites", &["get"], get(api::building::sites)),
        ("/api/v1/rooms", &["get"], get(api::building::rooms)),
        ("/api/v1/rooms/{room}", &["get"], get(api::building::room)),
        ("/api/v1/heaters", &["get"], get(api::building::heaters)),
        ("/api/v1/heaters/{heater}", &["get"], get(api::building::heater)),
        ("/api/v1/series", &["get"], get(api::series::series)),
        ("/api/v1/overrides", &["get", "post"], get(api::overrides::list).post(api::overrides::add)),
        ("/api/v1/overrides/{id}", &["delete"], delete(api::overrides::end)),
        ("/api/v1/stream", &["get"], get(api::stream::stream)),
        ("/api/openapi.json", &["get"], get(api::description)),
    ]
}

/// Pages, their forms, and what machines ask besides the API.
fn page_routes() -> Vec<Route> {
    vec![
        ("/", &["get"], get(pages::front)),
        ("/sites/{site}", &["get"], get(pages::home::home)),
        ("/sites/{site}/plan.css", &["get"], get(pages::plan::style)),
        ("/sites/{site}/rooms", &["get"], get(pages::lists::rooms)),
        ("/sites/{site}/rooms/{room}", &["get"], get(pages::room::room)),
        ("/sites/{site}/rooms/{room}/override", &["post"], post(pages::room_forms::set)),
        ("/sites/{site}/rooms/{room}/override/end", &["post"], post(pages::room_forms::end)),
        ("/sites/{site}/rooms/{room}/tenant-link", &["post"], post(pages::room_forms::make_link)),
        ("/sites/{site}/heaters", &["get"], get(pages::lists::heaters)),
        ("/sites/{site}/heaters/{heater}", &["get"], get(pages::heater::heater)),
        ("/t/{token}", &["get", "post"], get(pages::tenant::show).post(pages::tenant::wish)),
        ("/assets/{file}", &["get"], get(assets::asset)),
        ("/robots.txt", &["get"], get(|| async { "User-agent: *\nDisallow: /\n" })),
        ("/healthz", &["get"], get(health::healthz)),
        ("/metrics", &["get"], get(health::metrics)),
    ]
}

/// The whole server.
pub(crate) fn router(app: Shared) -> Router {
    let routes = api_routes().into_iter().chain(page_routes());
    let router = routes.fold(Router::new(), |router, (path, _, handler)| router.route(path, handler));
    router
        .fallback(nowhere)
        .with_state(app)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CompressionLayer::new())
        .layer(from_fn(guard))
}

async fn nowhere(State(app): State<Shared>, visitor: Visitor) -> Response {
    if visitor.path.starts_with("/api/") {
        return api::ApiError::not_found("there is no such address; see /api/openapi.json").into();
    }
    visitor.answer(&app, |_, _| Err(PageError::NotFound)).await
}
