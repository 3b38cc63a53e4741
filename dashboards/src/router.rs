//! Every address of the server, in tables, each with what it asks of whoever comes.
//!
//! A route cannot be written down without its door: `get` and its kin take it first. What a door lets through is held
//! against a second table, written by hand, in `door/tests.rs`; a route that is missing there fails.

use axum::Router;
use axum::extract::State;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use registry::Action;
use tower_http::compression::CompressionLayer;

use crate::app::Shared;
use crate::body::gather;
use crate::door::{Access, Door, admit};
use crate::guard::guard;
use crate::visitor::{PageError, Visitor};
use crate::who::resolve;
use crate::{api, assets, health, pages};

/// One method of a route: its name in lower case, its door, its handler.
pub(crate) struct Entrance {
    pub(crate) method: &'static str,
    pub(crate) access: Access,
    handler: MethodRouter<Shared>,
}

/// A route: its path and its methods.
pub(crate) type Route = (&'static str, Vec<Entrance>);

fn get<H: Handler<T, Shared>, T: 'static>(access: Access, handler: H) -> Entrance {
    Entrance { method: "get", access, handler: routing::get(handler) }
}

fn post<H: Handler<T, Shared>, T: 'static>(access: Access, handler: H) -> Entrance {
    Entrance { method: "post", access, handler: routing::post(handler) }
}

fn delete<H: Handler<T, Shared>, T: 'static>(access: Access, handler: H) -> Entrance {
    Entrance { method: "delete", access, handler: routing::delete(handler) }
}

/// The routes of the API, described in `assets/openapi.json`.
pub(crate) fn api_routes() -> Vec<Route> {
    use Access::{House, Inside, Named, Public};
    let (site, room) = (Access::Site(Action::SeeSite), Access::Room(Action::SeeRoom));
    let heater = Access::Heater(Action::SeeHeater);
    vec![
        ("/api/v1/sites", vec![get(House(Action::Enter), api::building::sites)]),
        ("/api/v1/rooms", vec![get(site, api::building::rooms)]),
        ("/api/v1/rooms/{room}", vec![get(room, api::building::room)]),
        (
            "/api/v1/rooms/{room}/schedule",
            vec![get(room, api::schedule::show), post(Access::Room(Action::SetSchedule), api::schedule::set)],
        ),
        ("/api/v1/rooms/{room}/schedule/versions", vec![get(room, api::schedule::versions)]),
        (
            "/api/v1/rooms/{room}/calendar",
            vec![
                get(room, api::schedule::calendar_of_room),
                post(Access::Room(Action::SetSchedule), api::schedule::take_calendar),
            ],
        ),
        ("/api/v1/calendar", vec![get(site, api::schedule::calendar_of_group)]),
        (
            "/api/v1/holidays",
            vec![
                get(site, api::schedule::holidays),
                post(Access::Site(Action::SetSchedule), api::schedule::set_holidays),
            ],
        ),
        ("/api/v1/rooms/{room}/powers", vec![get(site, api::room_past::powers)]),
        ("/api/v1/rooms/{room}/events", vec![get(site, api::room_past::events)]),
        ("/api/v1/rooms/{room}/forecast", vec![get(room, api::forecast::forecast)]),
        ("/api/v1/rooms/{room}/learned", vec![get(room, api::forecast::learned)]),
        ("/api/v1/learned", vec![get(site, api::forecast::learned_of_all)]),
        ("/api/v1/heaters", vec![get(site, api::building::heaters)]),
        ("/api/v1/heaters/{heater}", vec![get(heater, api::building::heater)]),
        ("/api/v1/series", vec![get(Named, api::series::series)]),
        ("/api/v1/export", vec![get(Named, api::export::export)]),
        ("/api/v1/overrides", vec![get(Named, api::overrides::list), post(Inside, api::overrides::add)]),
        ("/api/v1/overrides/{id}", vec![delete(Inside, api::overrides::end)]),
        (
            "/api/v1/rules",
            vec![get(site, api::rules::show), post(Access::Site(Action::SetRules), api::rules::set)],
        ),
        ("/api/v1/report", vec![get(site, api::report::report)]),
        ("/api/v1/alarms", vec![get(site, api::alarms::list)]),
        (
            "/api/v1/alarms/{alarm}",
            vec![get(site, api::alarms::show), post(Access::Site(Action::AnswerAlarm), api::alarms::act)],
        ),
        ("/api/v1/diagnostics", vec![get(Access::Site(Action::SeeHealth), api::diagnostics::diagnostics)]),
        ("/api/v1/stream", vec![get(Named, api::stream::stream)]),
        ("/api/openapi.json", vec![get(Public, api::description)]),
    ]
}

/// Pages, their forms, and what machines ask besides the API.
pub(crate) fn page_routes() -> Vec<Route> {
    use Access::{House, Link, Public, Room};
    let site = Access::Site(Action::SeeSite);
    let (heater, serve) = (Access::Heater(Action::SeeHeater), Access::Heater(Action::ServeHeater));
    let rules = Access::Site(Action::SetRules);
    let (describe, add) = (Access::Site(Action::Describe), House(Action::Describe));
    let (answer, alarm_rules) = (Access::Site(Action::AnswerAlarm), Access::Site(Action::SetAlarmRules));
    let (set, link) = (Room(Action::SetOverride), Room(Action::MakeTenantLink));
    let (account, people) = (House(Action::OwnAccount), House(Action::ManagePeople));
    let robots = || async { "User-agent: *\nDisallow: /\n" };
    vec![
        ("/", vec![get(House(Action::Enter), pages::front)]),
        ("/sites/{site}", vec![get(site, pages::home::home)]),
        ("/sites/{site}/kiosk", vec![get(site, pages::kiosk::show)]),
        ("/sites/{site}/plan.css", vec![get(site, pages::plan::style)]),
        ("/sites/{site}/rooms", vec![get(site, pages::lists::rooms)]),
        (
            "/sites/{site}/building",
            vec![get(site, pages::building::show), post(describe, pages::building::take)],
        ),
        ("/sites/{site}/building.toml", vec![get(site, pages::building::export)]),
        ("/sites/{site}/building/hand-over", vec![post(describe, pages::building::hand_over)]),
        ("/first-steps", vec![get(add, pages::first_steps::begin), post(add, pages::first_steps::create)]),
        ("/first-steps/building", vec![post(add, pages::first_steps::take)]),
        (
            "/sites/{site}/first-steps",
            vec![get(site, pages::first_steps::show), post(describe, pages::first_steps::change)],
        ),
        (
            "/sites/{site}/first-steps/rooms",
            vec![get(site, pages::first_steps::rooms::show), post(describe, pages::first_steps::rooms::set)],
        ),
        ("/sites/{site}/first-steps/rooms/remove", vec![post(describe, pages::first_steps::rooms::remove)]),
        (
            "/sites/{site}/first-steps/heaters",
            vec![
                get(site, pages::first_steps::heaters::show),
                post(describe, pages::first_steps::heaters::set),
            ],
        ),
        (
            "/sites/{site}/first-steps/heaters/remove",
            vec![post(describe, pages::first_steps::heaters::remove)],
        ),
        ("/sites/{site}/first-steps/heaters/{heater}", vec![get(heater, pages::first_steps::claim::show)]),
        (
            "/sites/{site}/first-steps/heaters/{heater}/enrolment-code",
            vec![post(Access::Heater(Action::Enrol), pages::first_steps::claim::make_code)],
        ),
        (
            "/sites/{site}/first-steps/heaters/{heater}/test",
            vec![post(Access::Heater(Action::SetOverride), pages::first_steps::claim::test)],
        ),
        ("/sites/{site}/search", vec![get(site, pages::search::search)]),
        ("/sites/{site}/learned", vec![get(site, pages::learned::learned)]),
        // The page of a room tells of its heaters, of its past and of what was done: it is for those who see the site.
        ("/sites/{site}/rooms/{room}", vec![get(site, pages::room::room)]),
        ("/sites/{site}/rooms/{room}/override", vec![post(set, pages::room_forms::set)]),
        ("/sites/{site}/rooms/{room}/override/end", vec![post(set, pages::room_forms::end)]),
        ("/sites/{site}/rooms/{room}/tenant-link", vec![post(link, pages::room_forms::make_link)]),
        ("/sites/{site}/rooms/{room}/tenant-link/end", vec![post(link, pages::room_forms::end_link)]),
        (
            "/sites/{site}/rooms/{room}/tenant",
            vec![
                get(Room(Action::Wish), pages::tenant::show_own),
                post(Room(Action::Wish), pages::tenant::wish_own),
            ],
        ),
        (
            "/sites/{site}/rooms/{room}/presence",
            vec![
                get(Room(Action::ErasePresence), pages::presence::show_own),
                post(Room(Action::ErasePresence), pages::presence::erase_own),
            ],
        ),
        (
            "/sites/{site}/rooms/{room}/schedule",
            vec![
                get(Room(Action::SeeRoom), pages::schedule::show),
                post(Room(Action::SetSchedule), pages::schedule::set_week),
            ],
        ),
        (
            "/sites/{site}/rooms/{room}/schedule/exceptions",
            vec![post(Room(Action::SetSchedule), pages::schedule::add_exception)],
        ),
        (
            "/sites/{site}/rooms/{room}/schedule/exceptions/end",
            vec![post(Room(Action::SetSchedule), pages::schedule::end_exception)],
        ),
        (
            "/sites/{site}/rooms/{room}/schedule/revert",
            vec![post(Room(Action::SetSchedule), pages::schedule::revert)],
        ),
        (
            "/sites/{site}/rooms/{room}/schedule/copy",
            vec![
                get(Room(Action::SetSchedule), pages::schedule::preview_copy),
                post(Room(Action::SetSchedule), pages::schedule::copy),
            ],
        ),
        (
            "/sites/{site}/rooms/{room}/schedule/calendar",
            vec![post(Room(Action::SetSchedule), pages::schedule::take_in)],
        ),
        (
            "/sites/{site}/rooms/{room}/schedule/holidays",
            vec![post(Access::Site(Action::SetSchedule), pages::schedule::set_holidays)],
        ),
        ("/sites/{site}/rules", vec![get(site, pages::rules::show), post(rules, pages::rules::set_site)]),
        ("/sites/{site}/mode", vec![get(site, pages::mode::show), post(rules, pages::mode::set)]),
        (
            "/sites/{site}/groups",
            vec![get(site, pages::groups::show), post(Access::Site(Action::SetSchedule), pages::groups::set)],
        ),
        ("/sites/{site}/report", vec![get(site, pages::report::show)]),
        ("/sites/{site}/report/rates", vec![post(rules, pages::report::set_rates)]),
        ("/sites/{site}/rules/room", vec![post(rules, pages::rules::set_room)]),
        ("/sites/{site}/health", vec![get(Access::Site(Action::SeeHealth), pages::system_health::show)]),
        ("/sites/{site}/alarms", vec![get(site, pages::alarms::alarms)]),
        (
            "/sites/{site}/alarms/{alarm}",
            vec![get(site, pages::alarm::show), post(answer, pages::alarm::answer)],
        ),
        (
            "/sites/{site}/alarm-rules",
            vec![get(site, pages::alarm_rules::show), post(alarm_rules, pages::alarm_rules::set)],
        ),
        ("/sites/{site}/alarm-rules/test", vec![post(alarm_rules, pages::alarm_rules::test)]),
        ("/sites/{site}/heaters", vec![get(site, pages::lists::heaters)]),
        ("/sites/{site}/heaters/{heater}", vec![get(heater, pages::heater::heater)]),
        (
            "/sites/{site}/heaters/{heater}/enrolment-code",
            vec![post(Access::Heater(Action::Enrol), pages::heater::make_code)],
        ),
        ("/sites/{site}/heaters/{heater}/identify", vec![post(serve, pages::heater::instructions::identify)]),
        ("/sites/{site}/heaters/{heater}/limit", vec![post(serve, pages::heater::instructions::limit)]),
        ("/sites/{site}/heaters/{heater}/drain", vec![post(serve, pages::heater::instructions::drain)]),
        ("/sites/{site}/heaters/{heater}/revoke", vec![post(serve, pages::heater::leaving::revoke)]),
        ("/sites/{site}/heaters/{heater}/room", vec![post(describe, pages::heater::leaving::move_to)]),
        (
            "/sites/{site}/heaters/{heater}/decommission",
            vec![post(describe, pages::heater::leaving::decommission)],
        ),
        (
            "/t/{token}",
            vec![
                get(Link(Action::SeeRoom), pages::tenant::show),
                post(Link(Action::Wish), pages::tenant::wish),
            ],
        ),
        (
            "/t/{token}/presence",
            vec![
                get(Link(Action::ErasePresence), pages::presence::show),
                post(Link(Action::ErasePresence), pages::presence::erase),
            ],
        ),
        ("/sign-in", vec![get(Public, pages::sign_in::show), post(Public, pages::sign_in::enter)]),
        ("/sign-out", vec![post(account, pages::sign_in::leave)]),
        ("/account", vec![get(account, pages::account::show)]),
        ("/account/password", vec![post(account, pages::account::change_password)]),
        ("/account/sessions/end", vec![post(account, pages::account::end_sessions)]),
        ("/people", vec![get(people, pages::people::show), post(people, pages::people::add)]),
        ("/people/password", vec![post(people, pages::people::reset_password)]),
        ("/people/disable", vec![post(people, pages::people::disable)]),
        ("/people/enable", vec![post(people, pages::people::enable)]),
        ("/people/roles", vec![post(people, pages::people::assign)]),
        ("/people/roles/end", vec![post(people, pages::people::end_role)]),
        ("/people/tokens", vec![post(people, pages::people::add_token)]),
        ("/people/tokens/revoke", vec![post(people, pages::people::revoke_token)]),
        ("/assets/{file}", vec![get(Public, assets::asset)]),
        ("/robots.txt", vec![get(Public, robots)]),
        ("/healthz", vec![get(Public, health::healthz)]),
        ("/metrics", vec![get(House(Action::SeeFigures), health::metrics)]),
    ]
}

/// Every address beside the API that may be opened, with its parts in braces: for stories that walk through all pages.
#[must_use]
pub fn page_addresses() -> Vec<&'static str> {
    let can_open = |(_, entrances): &Route| entrances.iter().any(|entrance| entrance.method == "get");
    page_routes().into_iter().filter(can_open).map(|(path, _)| path).collect()
}

/// The whole server.
pub(crate) fn router(app: Shared) -> Router {
    let routes = api_routes().into_iter().chain(page_routes());
    let entrances =
        routes.flat_map(|(path, entrances)| entrances.into_iter().map(move |entrance| (path, entrance)));
    let router = entrances.fold(Router::new(), |router, (path, entrance)| {
        let door = Door { app: app.clone(), access: entrance.access };
        router.route(path, entrance.handler.route_layer(from_fn_with_state(door, admit)))
    });
    router
        .fallback(nowhere)
        .with_state(app.clone())
        .layer(from_fn_with_state(app.clone(), resolve))
        .layer(from_fn(gather))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app, guard))
}

async fn nowhere(State(app): State<Shared>, visitor: Visitor) -> Response {
    if visitor.path.starts_with("/api/") {
        return api::ApiError::not_found("there is no such address; see /api/openapi.json").into();
    }
    visitor.answer(&app, |_, _| Err(PageError::NotFound)).await
}
