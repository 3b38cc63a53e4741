//! Every route of the router, asked by everybody there is. The table is written by hand: a route that is not in it fails,
//! and so does one that lets somebody else in than it says.

mod leaks;
mod links;
mod strangers;
mod town;

use std::collections::BTreeSet;

use crate::router::{api_routes, page_routes};
use town::{Town, outcome};

const HOUR_MS: i64 = 3_600_000;

/// Those who ask, in the order of the table's columns.
const ASKERS: [&str; 16] = [
    "nobody",
    "admin",
    "manager",
    "manager-elsewhere",
    "technician",
    "observer",
    "tenant",
    "neighbour",
    "former",
    "coming",
    "newcomer",
    "read",
    "read-elsewhere",
    "override",
    "figures",
    "read-tenant",
];

/// Method, route, what is asked, and what comes of it for each asker: `+` is let in, `s` has to sign in, `c` has to change
/// the password, `x` may see it and not do it, `4` is told that there is no such thing.
///
///  n a m m t o t n f c n  r r o f r
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("get", "/api/v1/sites", "/api/v1/sites", "s++++++++++ +++++"),
    ("get", "/api/v1/rooms", "/api/v1/rooms?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/rooms/{room}", "/api/v1/rooms/101?site=demo", "s++4+++4444 +444+"),
    ("get", "/api/v1/rooms/{room}/schedule", "/api/v1/rooms/101/schedule?site=demo", "s++4+++4444 +444+"),
    ("post", "/api/v1/rooms/{room}/schedule", "/api/v1/rooms/101/schedule?site=demo", "s++4xxx4444 x444x"),
    (
        "get",
        "/api/v1/rooms/{room}/schedule/versions",
        "/api/v1/rooms/101/schedule/versions?site=demo",
        "s++4+++4444 +444+",
    ),
    ("get", "/api/v1/rooms/{room}/calendar", "/api/v1/rooms/101/calendar?site=demo", "s++4+++4444 +444+"),
    ("post", "/api/v1/rooms/{room}/calendar", "/api/v1/rooms/101/calendar?site=demo", "s++4xxx4444 x444x"),
    ("get", "/api/v1/calendar", "/api/v1/calendar?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/holidays", "/api/v1/holidays?site=demo", "s++4++44444 +4444"),
    ("post", "/api/v1/holidays", "/api/v1/holidays?site=demo", "s++4xx44444 x4444"),
    ("get", "/api/v1/rooms/{room}/powers", "/api/v1/rooms/101/powers?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/rooms/{room}/events", "/api/v1/rooms/101/events?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/rooms/{room}/forecast", "/api/v1/rooms/101/forecast?site=demo", "s++4+++4444 +444+"),
    ("get", "/api/v1/rooms/{room}/learned", "/api/v1/rooms/101/learned?site=demo", "s++4+++4444 +444+"),
    ("get", "/api/v1/learned", "/api/v1/learned?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/heaters", "/api/v1/heaters?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/heaters/{heater}", "/api/v1/heaters/h-101?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/series", "/api/v1/series?site=demo&room=101&metric=temperature_c", "s++4+++4444 +444+"),
    (
        "get",
        "/api/v1/series",
        "/api/v1/series?site=demo&heater=h-101&metric=temperature_c",
        "s++4++44444 +4444",
    ),
    ("get", "/api/v1/export", "/api/v1/export?site=demo&room=101", "s++4+++4444 +444+"),
    ("get", "/api/v1/overrides", "/api/v1/overrides?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/overrides", "/api/v1/overrides?site=demo&room=101", "s++4+++4444 +444+"),
    ("post", "/api/v1/overrides", "/api/v1/overrides", "s++4xxx4444 x4+4x"),
    ("delete", "/api/v1/overrides/{id}", "/api/v1/overrides/{override}?site=demo", "s++4xxx4444 x4+4x"),
    ("get", "/api/v1/rules", "/api/v1/rules?site=demo", "s++4++44444 +4444"),
    ("post", "/api/v1/rules", "/api/v1/rules?site=demo", "s++4xx44444 x4444"),
    ("get", "/api/v1/report", "/api/v1/report?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/report", "/api/v1/report?site=demo&room=101", "s++4++44444 +4444"),
    ("get", "/api/v1/alarms", "/api/v1/alarms?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/alarms/{alarm}", "/api/v1/alarms/{alarm}?site=demo", "s++4++44444 +4444"),
    ("post", "/api/v1/alarms/{alarm}", "/api/v1/alarms/{alarm}?site=demo", "s++4+x44444 x4444"),
    ("post", "/api/v1/alarms/{alarm}", "/api/v1/alarms/{platform}?site=demo", "s+x4xx44444 x4444"),
    ("get", "/api/v1/diagnostics", "/api/v1/diagnostics?site=demo", "s++4xx44444 x4444"),
    ("get", "/api/v1/stream", "/api/v1/stream?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/stream", "/api/v1/stream?site=demo&room=101", "s++4+++4444 +444+"),
    ("get", "/api/openapi.json", "/api/openapi.json", "+++++++++++ +++++"),
    ("get", "/", "/", "s+++++++++c +++++"),
    ("get", "/sites/{site}", "/sites/demo", "s++4++4444c +4444"),
    ("get", "/sites/{site}/kiosk", "/sites/demo/kiosk", "s++4++4444c +4444"),
    ("get", "/sites/{site}/plan.css", "/sites/demo/plan.css", "s++4++4444c +4444"),
    ("get", "/sites/{site}/rooms", "/sites/demo/rooms", "s++4++4444c +4444"),
    ("get", "/sites/{site}/building", "/sites/demo/building", "s++4++4444c +4444"),
    ("post", "/sites/{site}/building", "/sites/demo/building", "s++4xx4444c x4444"),
    ("get", "/sites/{site}/building.toml", "/sites/demo/building.toml", "s++4++4444c +4444"),
    ("post", "/sites/{site}/building/hand-over", "/sites/demo/building/hand-over", "s++4xx4444c x4444"),
    ("get", "/first-steps", "/first-steps", "s+xxxxxxxxc xxxxx"),
    ("post", "/first-steps", "/first-steps", "s+xxxxxxxxc xxxxx"),
    ("post", "/first-steps/building", "/first-steps/building", "s+xxxxxxxxc xxxxx"),
    ("get", "/sites/{site}/first-steps", "/sites/demo/first-steps", "s++4++4444c +4444"),
    ("post", "/sites/{site}/first-steps", "/sites/demo/first-steps", "s++4xx4444c x4444"),
    ("get", "/sites/{site}/first-steps/rooms", "/sites/demo/first-steps/rooms", "s++4++4444c +4444"),
    ("post", "/sites/{site}/first-steps/rooms", "/sites/demo/first-steps/rooms", "s++4xx4444c x4444"),
    (
        "post",
        "/sites/{site}/first-steps/rooms/remove",
        "/sites/demo/first-steps/rooms/remove",
        "s++4xx4444c x4444",
    ),
    ("get", "/sites/{site}/first-steps/heaters", "/sites/demo/first-steps/heaters", "s++4++4444c +4444"),
    ("post", "/sites/{site}/first-steps/heaters", "/sites/demo/first-steps/heaters", "s++4xx4444c x4444"),
    (
        "post",
        "/sites/{site}/first-steps/heaters/remove",
        "/sites/demo/first-steps/heaters/remove",
        "s++4xx4444c x4444",
    ),
    (
        "get",
        "/sites/{site}/first-steps/heaters/{heater}",
        "/sites/demo/first-steps/heaters/h-101",
        "s++4++4444c +4444",
    ),
    (
        "post",
        "/sites/{site}/first-steps/heaters/{heater}/enrolment-code",
        "/sites/demo/first-steps/heaters/h-101/enrolment-code",
        "s++4+x4444c x4444",
    ),
    (
        "post",
        "/sites/{site}/first-steps/heaters/{heater}/test",
        "/sites/demo/first-steps/heaters/h-101/test",
        "s++4xx4444c x4+44",
    ),
    ("get", "/sites/{site}/search", "/sites/demo/search?q=101", "s++4++4444c +4444"),
    ("get", "/sites/{site}/learned", "/sites/demo/learned", "s++4++4444c +4444"),
    ("get", "/sites/{site}/rooms/{room}", "/sites/demo/rooms/101", "s++4++4444c +4444"),
    ("post", "/sites/{site}/rooms/{room}/override", "/sites/demo/rooms/101/override", "s++4xxx444c x4+4x"),
    (
        "post",
        "/sites/{site}/rooms/{room}/override/end",
        "/sites/demo/rooms/101/override/end",
        "s++4xxx444c x4+4x",
    ),
    (
        "post",
        "/sites/{site}/rooms/{room}/tenant-link",
        "/sites/demo/rooms/101/tenant-link",
        "s++4xxx444c x444x",
    ),
    (
        "post",
        "/sites/{site}/rooms/{room}/tenant-link/end",
        "/sites/demo/rooms/101/tenant-link/end",
        "s++4xxx444c x444x",
    ),
    ("get", "/sites/{site}/rooms/{room}/tenant", "/sites/demo/rooms/101/tenant", "s+x4xx+444c x444x"),
    ("post", "/sites/{site}/rooms/{room}/tenant", "/sites/demo/rooms/101/tenant", "s+x4xx+444c x444x"),
    ("get", "/sites/{site}/rooms/{room}/presence", "/sites/demo/rooms/101/presence", "s++4xx+444c x444x"),
    ("post", "/sites/{site}/rooms/{room}/presence", "/sites/demo/rooms/101/presence", "s++4xx+444c x444x"),
    ("get", "/sites/{site}/rooms/{room}/schedule", "/sites/demo/rooms/101/schedule", "s++4+++444c +444+"),
    ("post", "/sites/{site}/rooms/{room}/schedule", "/sites/demo/rooms/101/schedule", "s++4xxx444c x444x"),
    (
        "post",
        "/sites/{site}/rooms/{room}/schedule/exceptions",
        "/sites/demo/rooms/101/schedule/exceptions",
        "s++4xxx444c x444x",
    ),
    (
        "post",
        "/sites/{site}/rooms/{room}/schedule/exceptions/end",
        "/sites/demo/rooms/101/schedule/exceptions/end",
        "s++4xxx444c x444x",
    ),
    (
        "post",
        "/sites/{site}/rooms/{room}/schedule/revert",
        "/sites/demo/rooms/101/schedule/revert",
        "s++4xxx444c x444x",
    ),
    (
        "get",
        "/sites/{site}/rooms/{room}/schedule/copy",
        "/sites/demo/rooms/101/schedule/copy?room=102",
        "s++4xxx444c x444x",
    ),
    ("get", "/sites/{site}/groups", "/sites/demo/groups", "s++4++4444c +4444"),
    ("post", "/sites/{site}/groups", "/sites/demo/groups", "s++4xx4444c x4444"),
    (
        "post",
        "/sites/{site}/rooms/{room}/schedule/copy",
        "/sites/demo/rooms/101/schedule/copy",
        "s++4xxx444c x444x",
    ),
    (
        "post",
        "/sites/{site}/rooms/{room}/schedule/calendar",
        "/sites/demo/rooms/101/schedule/calendar",
        "s++4xxx444c x444x",
    ),
    (
        "post",
        "/sites/{site}/rooms/{room}/schedule/holidays",
        "/sites/demo/rooms/101/schedule/holidays",
        "s++4xx4444c x4444",
    ),
    ("get", "/sites/{site}/rules", "/sites/demo/rules", "s++4++4444c +4444"),
    ("post", "/sites/{site}/rules", "/sites/demo/rules", "s++4xx4444c x4444"),
    ("get", "/sites/{site}/report", "/sites/demo/report", "s++4++4444c +4444"),
    ("post", "/sites/{site}/report/rates", "/sites/demo/report/rates", "s++4xx4444c x4444"),
    ("get", "/sites/{site}/mode", "/sites/demo/mode", "s++4++4444c +4444"),
    ("post", "/sites/{site}/mode", "/sites/demo/mode", "s++4xx4444c x4444"),
    ("post", "/sites/{site}/rules/room", "/sites/demo/rules/room", "s++4xx4444c x4444"),
    ("get", "/sites/{site}/health", "/sites/demo/health", "s++4xx4444c x4444"),
    ("get", "/sites/{site}/alarms", "/sites/demo/alarms", "s++4++4444c +4444"),
    ("get", "/sites/{site}/alarms/{alarm}", "/sites/demo/alarms/{alarm}", "s++4++4444c +4444"),
    ("post", "/sites/{site}/alarms/{alarm}", "/sites/demo/alarms/{alarm}", "s++4+x4444c x4444"),
    ("get", "/sites/{site}/alarms/{alarm}", "/sites/demo/alarms/{platform}", "s++4++4444c +4444"),
    ("post", "/sites/{site}/alarms/{alarm}", "/sites/demo/alarms/{platform}", "s+x4xx4444c x4444"),
    ("get", "/sites/{site}/alarm-rules", "/sites/demo/alarm-rules", "s++4++4444c +4444"),
    ("post", "/sites/{site}/alarm-rules", "/sites/demo/alarm-rules", "s++4xx4444c x4444"),
    ("post", "/sites/{site}/alarm-rules/test", "/sites/demo/alarm-rules/test", "s++4xx4444c x4444"),
    ("get", "/sites/{site}/heaters", "/sites/demo/heaters", "s++4++4444c +4444"),
    ("get", "/sites/{site}/heaters/{heater}", "/sites/demo/heaters/h-101", "s++4++4444c +4444"),
    (
        "post",
        "/sites/{site}/heaters/{heater}/enrolment-code",
        "/sites/demo/heaters/h-101/enrolment-code",
        "s++4+x4444c x4444",
    ),
    (
        "post",
        "/sites/{site}/heaters/{heater}/identify",
        "/sites/demo/heaters/h-101/identify",
        "s++4+x4444c x4444",
    ),
    ("post", "/sites/{site}/heaters/{heater}/limit", "/sites/demo/heaters/h-101/limit", "s++4+x4444c x4444"),
    ("post", "/sites/{site}/heaters/{heater}/drain", "/sites/demo/heaters/h-101/drain", "s++4+x4444c x4444"),
    (
        "post",
        "/sites/{site}/heaters/{heater}/revoke",
        "/sites/demo/heaters/h-101/revoke",
        "s++4+x4444c x4444",
    ),
    ("post", "/sites/{site}/heaters/{heater}/room", "/sites/demo/heaters/h-101/room", "s++4xx4444c x4444"),
    (
        "post",
        "/sites/{site}/heaters/{heater}/decommission",
        "/sites/demo/heaters/h-101/decommission",
        "s++4xx4444c x4444",
    ),
    ("get", "/t/{token}", "/t/{link}", "+++++++++++ +++++"),
    ("get", "/t/{token}", "/t/guess", "4444444444c 44444"),
    ("post", "/t/{token}", "/t/{link}", "+++++++++++ +++++"),
    ("post", "/t/{token}", "/t/guess", "4444444444c 44444"),
    ("get", "/t/{token}/presence", "/t/{link}/presence", "+++++++++++ +++++"),
    ("get", "/t/{token}/presence", "/t/guess/presence", "4444444444c 44444"),
    ("post", "/t/{token}/presence", "/t/{link}/presence", "+++++++++++ +++++"),
    ("post", "/t/{token}/presence", "/t/guess/presence", "4444444444c 44444"),
    ("get", "/sign-in", "/sign-in", "+++++++++++ +++++"),
    ("post", "/sign-in", "/sign-in", "+++++++++++ +++++"),
    ("get", "/account", "/account", "s++++++++++ xxxxx"),
    ("post", "/account/password", "/account/password", "s++++++++++ xxxxx"),
    ("post", "/account/sessions/end", "/account/sessions/end", "s++++++++++ xxxxx"),
    ("get", "/people", "/people", "s+xxxxxxxxc xxxxx"),
    ("post", "/people", "/people", "s+xxxxxxxxc xxxxx"),
    ("post", "/people/password", "/people/password", "s+xxxxxxxxc xxxxx"),
    ("post", "/people/disable", "/people/disable", "s+xxxxxxxxc xxxxx"),
    ("post", "/people/enable", "/people/enable", "s+xxxxxxxxc xxxxx"),
    ("post", "/people/roles", "/people/roles", "s+xxxxxxxxc xxxxx"),
    ("post", "/people/roles/end", "/people/roles/end", "s+xxxxxxxxc xxxxx"),
    ("post", "/people/tokens", "/people/tokens", "s+xxxxxxxxc xxxxx"),
    ("post", "/people/tokens/revoke", "/people/tokens/revoke", "s+xxxxxxxxc xxxxx"),
    ("get", "/assets/{file}", "/assets/app.css", "+++++++++++ +++++"),
    ("get", "/robots.txt", "/robots.txt", "+++++++++++ +++++"),
    ("get", "/healthz", "/healthz", "+++++++++++ +++++"),
    ("get", "/metrics", "/metrics", "s+xxxxxxxxx xxx+x"),
    ("post", "/sign-out", "/sign-out", "s++++++++++ xxxxx"),
];

/// What each form holds, so that whoever is let in breaks nothing for those who come after.
const FORM: &str =
    "setpoint_c=21&end=2h&id=0&person=nobody&name=&old=wrong&new=a&repeated=b&role=administrator&scope=read";

#[test]
fn every_route_stands_in_the_table() {
    let of = |routes: Vec<crate::router::Route>| {
        let routes = routes.into_iter();
        routes.flat_map(|(path, entrances)| entrances.into_iter().map(move |e| (e.method, path)))
    };
    let routes: BTreeSet<_> = of(api_routes()).chain(of(page_routes())).collect();
    let table: BTreeSet<_> = TABLE.iter().map(|(method, path, _, _)| (*method, *path)).collect();
    assert_eq!(
        routes.difference(&table).collect::<Vec<_>>(),
        Vec::<&(&str, &str)>::new(),
        "not in the table"
    );
    assert_eq!(
        table.difference(&routes).collect::<Vec<_>>(),
        Vec::<&(&str, &str)>::new(),
        "no route any more"
    );
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    let town = Town::new();
    let mut wrong = Vec::new();
    for (method, _, address, expected) in TABLE {
        let mut found = String::new();
        for asker in ASKERS {
            if asker == "read" {
                found.push(' ');
            }
            found.push(outcome(&town.ask(asker, method, address).await));
        }
        if found != *expected {
            wrong.push(format!("{method} {address}\n   is {found}\n  not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{ASKERS:?}\n{}", wrong.join("\n"));
}
