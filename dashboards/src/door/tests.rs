//! Every route of the router, asked by everybody there is. The table is written by hand: a route that is not in it fails,
//! and so does one that lets somebody else in than it says.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use registry::{FirstPassword, NewOverride, NewToken, PersonName, PersonRole, Scope, SiteBook, TenantRoom};
use vocabulary::{Celsius, RoomId, SetpointBy, SiteId, Timestamp};

use crate::router::{api_routes, page_routes};
use crate::trial::{NOW, Trial, book, read};

const HOUR_MS: i64 = 3_600_000;
const WORDS: &str = "four plain words";

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
    ("get", "/api/v1/alarms", "/api/v1/alarms?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/alarms/{alarm}", "/api/v1/alarms/{alarm}?site=demo", "s++4++44444 +4444"),
    ("post", "/api/v1/alarms/{alarm}", "/api/v1/alarms/{alarm}?site=demo", "s++4+x44444 x4444"),
    ("post", "/api/v1/alarms/{alarm}", "/api/v1/alarms/{platform}?site=demo", "s+x4xx44444 x4444"),
    ("get", "/api/v1/stream", "/api/v1/stream?site=demo", "s++4++44444 +4444"),
    ("get", "/api/v1/stream", "/api/v1/stream?site=demo&room=101", "s++4+++4444 +444+"),
    ("get", "/api/openapi.json", "/api/openapi.json", "+++++++++++ +++++"),
    ("get", "/", "/", "s+++++++++c +++++"),
    ("get", "/sites/{site}", "/sites/demo", "s++4++4444c +4444"),
    ("get", "/sites/{site}/plan.css", "/sites/demo/plan.css", "s++4++4444c +4444"),
    ("get", "/sites/{site}/rooms", "/sites/demo/rooms", "s++4++4444c +4444"),
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
    ("get", "/sites/{site}/rules", "/sites/demo/rules", "s++4++4444c +4444"),
    ("post", "/sites/{site}/rules", "/sites/demo/rules", "s++4xx4444c x4444"),
    ("post", "/sites/{site}/rules/room", "/sites/demo/rules/room", "s++4xx4444c x4444"),
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

/// The two buildings, and somebody of each kind.
struct Town {
    trial: Trial,
    /// The header that each asker shows.
    keys: Vec<Option<(&'static str, String)>>,
}

fn site(text: &str) -> SiteId {
    SiteId::new(text).unwrap()
}

fn elsewhere() -> SiteBook {
    let mut other = book();
    other.site.id = site("annexe");
    other
}

impl Town {
    fn new() -> Self {
        let trial = Trial::silent(&[book(), elsewhere()]);
        let on = |text: &str| BTreeSet::from([site(text)]);
        let tenant = |room: &str| PersonRole::Tenant { site: site("demo"), room: RoomId::new(room).unwrap() };
        let (past, hence) = (NOW.plus_ms(-HOUR_MS), NOW.plus_ms(HOUR_MS));
        let people = [
            ("admin", PersonRole::Administrator, (past, None)),
            ("manager", PersonRole::FacilityManager { sites: on("demo") }, (past, None)),
            ("manager-elsewhere", PersonRole::FacilityManager { sites: on("annexe") }, (past, None)),
            ("technician", PersonRole::Technician { sites: on("demo") }, (past, None)),
            ("observer", PersonRole::Observer { sites: on("demo") }, (past, None)),
            ("tenant", tenant("101"), (past, Some(hence))),
            ("neighbour", tenant("102"), (past, None)),
            ("former", tenant("101"), (past.plus_ms(-HOUR_MS), Some(past))),
            ("coming", tenant("101"), (hence, None)),
        ];
        let mut keys = vec![None];
        for (name, role, interval) in people {
            let name = person(&trial, name, &role, interval);
            keys.push(Some(cookie(&trial, &name, WORDS)));
        }
        let newcomer = PersonName::new("newcomer").unwrap();
        let once =
            trial.app.registry.add_person(&newcomer, &FirstPassword::OneTime, "test", NOW).unwrap().unwrap();
        trial
            .app
            .registry
            .assign_role(&newcomer, &PersonRole::Administrator, (past, None), "test", NOW)
            .unwrap();
        keys.push(Some(cookie(&trial, &newcomer, &once)));
        for (scope, sites, owner) in [
            (Scope::Read, None, "admin"),
            (Scope::Read, Some(on("annexe")), "admin"),
            (Scope::Override, None, "admin"),
            (Scope::Figures, None, "admin"),
            (Scope::Read, None, "tenant"),
        ] {
            keys.push(Some(token(&trial, scope, sites, owner)));
        }
        Self { trial, keys }
    }

    fn key(&self, asker: &str) -> Option<&(&'static str, String)> {
        self.keys[ASKERS.iter().position(|name| *name == asker).unwrap()].as_ref()
    }

    /// Asks as `asker`; in the address `{override}` and `{link}` are made anew.
    async fn ask(&self, asker: &str, method: &str, address: &str) -> Response<Body> {
        let room = TenantRoom { site: site("demo"), room: RoomId::new("101").unwrap() };
        let registry = &self.trial.app.registry;
        let address = if address.contains("{link}") {
            address.replace("{link}", &registry.make_tenant_link(&room, "test", NOW).unwrap())
        } else if address.contains("{override}") {
            let id = registry.add_override(&wish(&room), "anna", NOW).unwrap();
            address.replace("{override}", &id.to_string())
        } else if address.contains("{alarm}") {
            address.replace("{alarm}", &self.trial.raise_alarm().to_string())
        } else if address.contains("{platform}") {
            address.replace("{platform}", &self.trial.raise_platform_alarm().to_string())
        } else {
            address.to_owned()
        };
        let mut request = Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(&address)
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin");
        if let Some((name, value)) = self.key(asker) {
            request = request.header(*name, value);
        }
        let body = if address == "/api/v1/overrides" && method == "post" {
            let until = NOW.plus_ms(HOUR_MS).ms();
            format!(r#"{{"site":"demo","room":"101","setpoint_c":21,"until_ms":{until}}}"#)
        } else {
            FORM.to_owned()
        };
        self.trial.ask(request.body(Body::from(body)).unwrap()).await
    }
}

fn person(
    trial: &Trial,
    name: &str,
    role: &PersonRole,
    interval: (Timestamp, Option<Timestamp>),
) -> PersonName {
    let name = PersonName::new(name).unwrap();
    trial.app.registry.add_person(&name, &FirstPassword::Chosen(WORDS), "test", NOW).unwrap();
    trial.app.registry.assign_role(&name, role, interval, "test", NOW).unwrap();
    name
}

fn cookie(trial: &Trial, name: &PersonName, password: &str) -> (&'static str, String) {
    let secret = trial.app.registry.sign_in(name, password, NOW).unwrap().unwrap();
    ("cookie", format!("theme=dark; hypocaust={secret}"))
}

fn token(
    trial: &Trial,
    scope: Scope,
    sites: Option<BTreeSet<SiteId>>,
    owner: &str,
) -> (&'static str, String) {
    let owner = PersonName::new(owner).unwrap();
    let new = NewToken { name: "t".to_owned(), owner, scopes: [scope].into(), sites, expires_at: None };
    ("authorization", format!("Bearer {}", trial.app.registry.add_token(&new, "test", NOW).unwrap()))
}

fn wish(room: &TenantRoom) -> NewOverride {
    NewOverride {
        site: room.site.clone(),
        room: room.room.clone(),
        setpoint_c: Celsius::from_hundredths(2100),
        until: NOW.plus_ms(HOUR_MS),
        by: SetpointBy::Manager,
        label: "test".to_owned(),
    }
}

fn outcome(response: &Response<Body>) -> char {
    let to = response.headers().get("location").map(|to| to.to_str().unwrap());
    match (response.status(), to) {
        (StatusCode::UNAUTHORIZED, _) => 's',
        // Signing out leads there too, and takes the cookie away.
        (StatusCode::SEE_OTHER, Some(to))
            if to.starts_with("/sign-in") && !response.headers().contains_key("set-cookie") =>
        {
            's'
        }
        (StatusCode::SEE_OTHER, Some("/account")) => 'c',
        (StatusCode::FORBIDDEN, _) => 'x',
        (StatusCode::NOT_FOUND, _) => '4',
        (StatusCode::INTERNAL_SERVER_ERROR, _) => '!',
        _ => '+',
    }
}

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

#[tokio::test]
async fn without_people_this_machine_may_do_everything_and_nobody_else_anything() {
    let trial = Trial::silent(&[book()]);
    let (status, html) = trial.get("/sites/demo?lang=en").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        html.contains("Nobody has to sign in yet") && html.contains("hypocaust person add"),
        "it says so"
    );
    for (path, expected) in [("/people", 200), ("/account", 404), ("/metrics", 200), ("/sign-in", 303)] {
        assert_eq!(trial.get(path).await.0.as_u16(), expected, "{path}");
    }
    for proxy in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let request = Request::get("/api/v1/sites").header("host", "localhost").header(proxy, "10.0.0.7");
        let response = trial.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            response.status(),
            StatusCode::UNAUTHORIZED,
            "{proxy}: somebody behind a proxy is not here"
        );
    }
    let mut request = Request::get("/api/v1/sites").header("host", "localhost").body(Body::empty()).unwrap();
    let elsewhere: std::net::SocketAddr = "10.0.0.7:5000".parse().unwrap();
    request.extensions_mut().insert(axum::extract::ConnectInfo(elsewhere));
    assert_eq!(trial.ask(request).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_first_person_closes_the_door_behind_everybody() {
    let trial = Trial::silent(&[book()]);
    assert_eq!(trial.get("/sites/demo").await.0, StatusCode::OK);
    person(&trial, "anna", &PersonRole::Administrator, (NOW, None));
    assert_eq!(trial.get("/api/v1/sites").await.0, StatusCode::UNAUTHORIZED);
    let request =
        Request::get("/sites/demo?floor=1").header("host", "localhost").body(Body::empty()).unwrap();
    let response = trial.ask(request).await;
    assert_eq!(response.headers()["location"], "/sign-in?next=%2Fsites%2Fdemo%3Ffloor%3D1");
    let (_, body) = trial.get("/healthz").await;
    assert!(
        body.contains("\"ok\"") && !body.contains("parts"),
        "a stranger learns no more than that: {body}"
    );
}

#[tokio::test]
async fn a_wrong_token_is_told_so_and_is_no_open_house() {
    let town = Town::new();
    for wrong in ["Bearer x", "Bearer", "Basic YTpi", "Bearer hyp_", ""] {
        for path in ["/api/v1/sites", "/sites/demo", "/metrics"] {
            let request = Request::get(path).header("host", "localhost").header("authorization", wrong);
            let response = town.trial.ask(request.body(Body::empty()).unwrap()).await;
            assert!(
                response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"),
                "{wrong}"
            );
            let (status, body) = read(response).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{wrong} {path}");
            assert!(body.contains("\"code\":\"token\""), "{body}");
        }
    }
}

#[tokio::test]
async fn a_parameter_given_twice_shows_nobody_what_the_door_did_not_judge() {
    let town = Town::new();
    for address in [
        "/api/v1/rooms?site=demo&site=annexe",
        "/api/v1/rooms?site=&site=annexe",
        "/api/v1/series?site=demo&room=101&room=102&metric=temperature_c",
        "/api/v1/rooms/101?site=demo&room=102",
        "/sites/demo/rooms/101/tenant?site=annexe&room=102",
    ] {
        let (_, body) = read(town.ask("manager", "get", address).await).await;
        assert!(!body.contains("\"annexe\""), "{address}: {body}");
        let (_, body) = read(town.ask("admin", "get", address).await).await;
        assert!(!address.contains("=demo&site") || body.contains("\"demo\""), "the first counts: {body}");
        let (_, body) = read(town.ask("tenant", "get", address).await).await;
        assert!(!body.contains("\"102\"") && !body.contains("Söhne"), "{address}: {body}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_mine_are_one_answer() {
    let town = Town::new();
    for (theirs, nobodys) in [
        ("/api/v1/rooms/102?site=demo", "/api/v1/rooms/999?site=demo"),
        ("/api/v1/rooms/101?site=annexe", "/api/v1/rooms/101?site=nowhere"),
        ("/api/v1/heaters/h-101?site=annexe", "/api/v1/heaters/h-999?site=annexe"),
        ("/sites/annexe/rooms/101", "/sites/annexe/rooms/999"),
    ] {
        let (theirs, nobodys) = (
            read(town.ask("tenant", "get", theirs).await).await,
            read(town.ask("tenant", "get", nobodys).await).await,
        );
        let plain = |body: String| body.replace("999", "101");
        assert_eq!((theirs.0, plain(theirs.1)), (nobodys.0, plain(nobodys.1)));
    }
}

#[tokio::test]
async fn every_page_names_only_the_buildings_of_whoever_reads_it() {
    let town = Town::new();
    for path in ["/sites/demo", "/sites/demo/rooms/101", "/nowhere", "/sites/annexe", "/account", "/people"] {
        let (_, html) = read(town.ask("manager", "get", path).await).await;
        assert!(!html.contains("href=\"/sites/annexe\""), "{path}");
        let (_, html) = read(town.ask("nobody", "get", path).await).await;
        assert!(!html.contains("/sites/") && !html.contains("Tisserands"), "{path}");
        let (_, html) = read(town.ask("tenant", "get", path).await).await;
        assert!(!html.contains("href=\"/sites/demo\"") && !html.contains("Söhne"), "{path}");
    }
    let (_, listed) = read(town.ask("manager", "get", "/api/v1/sites").await).await;
    assert!(listed.contains("demo") && !listed.contains("annexe"), "{listed}");
    let (_, listed) = read(town.ask("tenant", "get", "/api/v1/sites").await).await;
    assert!(listed.contains("\"sites\":[]"), "{listed}");
}

#[tokio::test]
async fn a_page_offers_only_what_its_reader_may_do() {
    let town = Town::new();
    let forms = [
        "action=\"/sites/demo/rooms/101/override\"",
        "/tenant-link\"",
        "What was done here",
        "href=\"/people\"",
    ];
    for (asker, expected) in [
        ("admin", [true, true, true, true]),
        ("manager", [true, true, true, false]),
        ("technician", [false, false, true, false]),
        ("observer", [false, false, false, false]),
    ] {
        let (_, html) = read(town.ask(asker, "get", "/sites/demo/rooms/101?lang=en").await).await;
        assert_eq!(forms.map(|form| html.contains(form)), expected, "{asker}");
        assert!(
            html.contains("action=\"/sign-out\"") && html.contains(asker),
            "{asker} is named and may leave"
        );
    }
}

#[tokio::test]
async fn no_form_of_a_foreign_page_and_no_giant_body_reaches_any_route() {
    let town = Town::new();
    let (name, key) = town.key("admin").unwrap();
    for (method, _, address, _) in TABLE.iter().filter(|(method, ..)| *method != "get") {
        for (header, value) in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
        ] {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(address.replace(['{', '}'], ""))
                .header("host", "localhost")
                .header(header, value)
                .header(*name, key)
                .header("content-type", "application/x-www-form-urlencoded");
            let response = town.trial.ask(request.body(Body::from(FORM)).unwrap()).await;
            let (status, body) = read(response).await;
            assert!(
                status == StatusCode::FORBIDDEN && body.contains("own pages"),
                "{method} {address} {value}"
            );
        }
        // These read no body, and so take none either.
        if *method == "delete"
            || address.contains("/tenant-link")
            || address.ends_with("/enrolment-code")
            || *address == "/sign-out"
            || *address == "/t/guess"
        {
            continue;
        }
        let request = Request::post(address.replace("{link}", &link(&town)))
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin")
            .header(if address.contains("tenant") { "cookie" } else { *name }, key_for(&town, address));
        let response = town.trial.ask(request.body(Body::from("x".repeat(17 * 1024))).unwrap()).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{address}");
    }
}

#[tokio::test]
async fn a_link_ends_with_the_tenancy_and_shows_nobody_the_room_of_the_next_one() {
    let town = Town::new();
    let registry = &town.trial.app.registry;
    let former = format!("/t/{}", link(&town));
    assert_eq!(town.trial.get(&former).await.0, StatusCode::OK);
    let room = PersonRole::Tenant { site: site("demo"), room: RoomId::new("101").unwrap() };
    let name = PersonName::new("neighbour").unwrap();
    registry.assign_role(&name, &room, (NOW, None), "test", NOW).unwrap();
    assert_eq!(town.trial.get(&former).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_can_be_ended_on_the_page_of_its_room_which_says_how_long_it_lasts() {
    let town = Town::new();
    let page = "/sites/demo/rooms/101?lang=en";
    let (_, html) = read(town.ask("manager", "get", page).await).await;
    assert!(!html.contains("/tenant-link/end"), "there is none to be ended");
    let link = format!("/t/{}", link(&town));
    let (_, html) = read(town.ask("manager", "get", page).await).await;
    // The tenancy in room 101 ends in an hour, and the link with it.
    assert!(html.contains("/tenant-link/end") && html.contains("until 15:30"), "{html}");
    let ended = town.ask("manager", "post", "/sites/demo/rooms/101/tenant-link/end").await;
    let to = ended.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(town.trial.get(&link).await.0, StatusCode::NOT_FOUND);
    let (_, html) = read(town.ask("manager", "get", &to.replace('?', "?lang=en&")).await).await;
    assert!(html.contains("The link has ended") && html.contains("ended the link"), "{html}");
}

fn link(town: &Town) -> String {
    let room = TenantRoom { site: site("demo"), room: RoomId::new("101").unwrap() };
    town.trial.app.registry.make_tenant_link(&room, "test", NOW).unwrap()
}

/// The key of somebody who is let in there.
fn key_for(town: &Town, address: &str) -> String {
    town.key(if address.ends_with("/tenant") { "tenant" } else { "admin" }).unwrap().1.clone()
}

#[tokio::test]
async fn no_answer_to_somebody_who_signed_in_is_kept_by_a_cache_and_each_has_its_policy() {
    let town = Town::new();
    for (method, _, address, _) in TABLE.iter().filter(|(_, path, ..)| *path != "/sign-out") {
        let response = town.ask("admin", method, address).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("unsafe") && policy.contains("default-src 'none'"), "{address}");
        let kept =
            headers.get("cache-control").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let is_same_for_all = matches!(*address, "/api/openapi.json" | "/assets/app.css" | "/robots.txt");
        let is_private = kept.contains("no-store") || kept.starts_with("private") || response.status() == 204;
        assert!(is_same_for_all || is_private, "{method} {address}: {kept:?}");
    }
}
