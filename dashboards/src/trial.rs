//! A small building for this crate's tests: three rooms on two floors, a day of history, everything heard once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use registry::{
    AlarmFinding, AlarmRule, AlarmSubject, Clock, FirstPassword, Heater, PersonName, PersonRole, PlanArea,
    Registry, Room, Site, SiteBook,
};
use store::{Arrival, Store, StoredSample};
use tokio::sync::watch;
use tower::ServiceExt as _;
use vocabulary::{
    BootId, Budget, Celsius, ControllerKey, CredentialId, DisplayName, Heartbeat, HeaterId, HeaterStatus,
    HeaterTopic, Maintenance, Metric, Mode, Payload as _, Quality, Reading, Record, RoomForecast, RoomId,
    RoomLearned, RoomState, RoomTopic, Sample, SetpointBy, SiteAlarm, SiteId, SiteState, SiteTopic,
    Timestamp, Topic, Watts, WeekSchedule, Why,
};

use crate::app::{App, Shared};
use crate::front::Front;
use crate::{Demonstration, DemonstrationNote, Installation, Parts};

/// Wednesday 21 January 2026, 14:30 in Paris.
pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_769_002_200_000);
/// A name that would be markup if it were not escaped.
pub(crate) const WICKED: &str = "<b onmouseover=alert(1)>Müller & \"Söhne\"</b>";
const MINUTE_MS: i64 = 60_000;

/// A running app with its server, its clock and the folder of its history.
pub(crate) struct Trial {
    pub(crate) app: Shared,
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) shutdown: watch::Sender<bool>,
    router: axum::Router,
    _folder: tempfile::TempDir,
}

/// Three rooms: one in order, one cold and occupied with a markup name, one without heater.
pub(crate) fn book() -> SiteBook {
    let name = |text: &str| DisplayName::new(text).unwrap();
    let room = |id: &str, label: &str, floor: &str, x: f32| Room {
        id: RoomId::new(id).unwrap(),
        name: name(label),
        floor: name(floor),
        area: Some(PlanArea { x, y: 0.0, width: 5.0, depth: 4.0 }),
        low_c: Celsius::from_hundredths(1700),
        high_c: Celsius::from_hundredths(2200),
        setback_c: Celsius::from_hundredths(1700),
        schedule: WeekSchedule::daily(
            &[0, 1, 2, 3, 4],
            (7 * 60, 19 * 60),
            Celsius::from_hundredths(2050),
            Celsius::from_hundredths(1700),
        )
        .unwrap()
        .into(),
    };
    let heater = |id: &str, label: &str, room: &str| Heater {
        id: HeaterId::new(id).unwrap(),
        name: name(label),
        room: Some(RoomId::new(room).unwrap()),
        rated_w: Watts::new(750).unwrap(),
        resistor_w: Watts::new(250).unwrap(),
        fallback_w: Watts::new(200).unwrap(),
        simulated: true,
        circuit: None,
    };
    SiteBook {
        site: Site {
            id: SiteId::new("demo").unwrap(),
            name: name("12 rue des Tisserands"),
            zone: "Europe/Paris".parse().unwrap(),
            clock: Clock::Wall,
            cap_w: Some(Watts::new(9000).unwrap()),
            demonstration: true,
        },
        rooms: vec![
            room("101", "101 Atelier", "1er étage", 0.0),
            room("102", WICKED, "1er étage", 5.0),
            room("201", "201 Archives", "2e étage", 0.0),
        ],
        heaters: vec![heater("h-101", "H 101", "101"), heater("h-102", WICKED, "102")],
        circuits: Vec::new(),
        metrics: Vec::new(),
    }
}

/// The state of the site, with these alarms.
pub(crate) fn site_state(alarms: Vec<SiteAlarm>) -> SiteState {
    SiteState {
        as_of: NOW,
        drawn_w: 824,
        budget_w: 860,
        cap_w: Some(9000),
        cap_until: None,
        cap_below_fallback: false,
        heat_wanted_w: 1130,
        compute_w: 700,
        work_available_w: None,
        rooms_judged: 3,
        rooms_comfortable: 2,
        alarms,
        second_controller_told_by: Vec::new(),
    }
}

/// An occupied room at its setpoint.
pub(crate) fn room_state(as_of: Timestamp) -> RoomState {
    let setpoint_c = Celsius::from_hundredths(2050);
    RoomState {
        as_of,
        temperature_c: Some(20.5),
        humidity_pct: Some(41.0),
        co2_ppm: Some(640.0),
        illuminance_lux: Some(310.0),
        occupied: Some(true),
        setpoint_c,
        setpoint_by: SetpointBy::Schedule,
        until: None,
        budget_w: Some(430),
        drawn_w: Some(412),
        mode: Some(Mode::Leased),
        why: Why::AtSetpoint { temperature_c: 20.5, setpoint_c, heat_w: 412 },
    }
}

/// The day ahead of an office, thought in the afternoon at `as_of`: at its setpoint until 19:00, resting until it heats
/// from 5:30 for 7:00. Learned ten days before.
pub(crate) fn forecast(as_of: Timestamp) -> RoomForecast {
    let series = |value: fn(usize) -> f32| (0..48).map(value).collect();
    // Half hours from now: nine until 19:00, thirty until 5:30, thirty-three until 7:00.
    const fn is_comfort(k: usize) -> bool {
        k < 9 || k >= 33
    }
    RoomForecast {
        as_of,
        first_step_s: 1800,
        step_s: 1800,
        power_w: series(|k| if (30..33).contains(&k) { 600.0 } else { 0.0 }),
        air_c: series(|k| match k {
            0..9 => 20.5,
            9..30 => 20.4 - 0.1 * (k - 9) as f32,
            30..33 => 18.8 + 0.8 * (k - 30) as f32,
            _ => 20.5,
        }),
        error_k: series(|k| 0.1 + 0.025 * k as f32),
        low_c: series(|k| if is_comfort(k) { 20.5 } else { 17.0 }),
        high_c: vec![22.0; 48],
        presence: series(|k| if is_comfort(k) { 0.75 } else { 0.0 }),
        learned: RoomLearned {
            since: Some(as_of.plus_ms(-10 * 24 * 60 * MINUTE_MS)),
            time_constant_h: 61.5,
            heat_loss_w_per_k: 24.2,
            errors_k: [Some(0.1), Some(0.4), Some(0.9)],
        },
    }
}

impl Trial {
    /// The building, with history and everything heard.
    pub(crate) fn new() -> Self {
        Self::lived_in(&book())
    }

    /// The same of a building with other rooms for its heaters.
    pub(crate) fn lived_in(book: &SiteBook) -> Self {
        let trial = Self::silent(std::slice::from_ref(book));
        fill(&trial.app.store, book);
        trial.hear_all();
        trial
    }

    /// Books without anything heard or stored.
    pub(crate) fn silent(books: &[SiteBook]) -> Self {
        Self::standing(books, Front::new("127.0.0.1:80".parse().unwrap(), None))
    }

    /// The same, where the server stands elsewhere.
    pub(crate) fn standing(books: &[SiteBook], front: Front) -> Self {
        Self::furnished(books, front, |_| {})
    }

    /// The same with other parts than the usual ones, which count and say nothing.
    pub(crate) fn furnished(books: &[SiteBook], front: Front, furnish: impl FnOnce(&mut Parts)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::in_memory().unwrap();
        for book in books {
            registry.put_site(book).unwrap();
        }
        let clock = Arc::new(AtomicI64::new(NOW.ms()));
        let hands = clock.clone();
        let mut parts = Parts {
            registry,
            store: Store::open(folder.path(), store::Retention::default()).unwrap(),
            link: link::Settings::new("mqtt://127.0.0.1:1", CredentialId::new("pages").unwrap(), ""),
            clock: Arc::new(move || Timestamp::from_ms(hands.load(Ordering::Relaxed))),
            figures: Arc::new(Vec::new),
            health: Arc::new(Vec::new),
            installation: Installation { configured: Vec::new(), certificates: Arc::new(Vec::new) },
            demonstration: Some(Demonstration { notes: vec![DemonstrationNote::RecordedWeather] }),
        };
        furnish(&mut parts);
        let (shutdown, stop) = watch::channel(false);
        let (app, _) = App::new(parts, front, stop);
        let router = crate::router::router(app.clone());
        Self { app, clock, shutdown, router, _folder: folder }
    }

    /// One message onto the board.
    pub(crate) fn hear(&self, topic: &Topic, payload: &[u8]) {
        self.app.board.hear(&topic.to_string(), payload, self.app.wall());
    }

    /// A room's state as the controller says it.
    pub(crate) fn hear_room(&self, room: &str, temperature_c: Option<f64>, why: Why) {
        let state = RoomState { temperature_c, why, ..room_state(self.app.wall()) };
        let (site, room) = (SiteId::new("demo").unwrap(), RoomId::new(room).unwrap());
        self.hear(&Topic::room(&site, &room, RoomTopic::State), &state.encode());
    }

    /// A room's forecast as the controller says it.
    pub(crate) fn hear_forecast(&self, room: &str, forecast: &RoomForecast) {
        let (site, room) = (SiteId::new("demo").unwrap(), RoomId::new(room).unwrap());
        self.hear(&Topic::room(&site, &room, RoomTopic::Forecast), &forecast.encode());
    }

    fn hear_all(&self) {
        let site = SiteId::new("demo").unwrap();
        let setpoint_c = Celsius::from_hundredths(2050);
        self.hear_room(
            "101",
            Some(20.3),
            Why::BelowSetpoint { temperature_c: 20.3, setpoint_c, heat_w: 430 },
        );
        self.hear_room("102", Some(18.9), Why::SharedCap { wanted_w: 700, heat_w: 400, cap_w: 9000 });
        self.hear_room("201", None, Why::NoHeater {});
        self.hear(&Topic::site(&site, SiteTopic::State), &site_state(vec![]).encode());
        for heater in ["h-101", "h-102"] {
            self.hear_heater(&site, &HeaterId::new(heater).unwrap());
        }
    }

    fn hear_heater(&self, site: &SiteId, heater: &HeaterId) {
        let boot = BootId::from_bits(7);
        let beat = Heartbeat {
            boot,
            n: 88,
            mono_ms: 1,
            epoch: 12,
            seq: 340,
            budget_w: 430,
            drawn_w: 412,
            lease_left_s: 48,
            mode: Mode::Leased,
            wanted_w: 510,
            controllable: true,
            alarms: vec!["<i>door</i>".to_owned()],
            steps_w: Vec::new(),
            firmware: String::new(),
            maintainable: true,
        };
        self.hear(&Topic::heater(site, heater, HeaterTopic::Heartbeat), &beat.encode());
        let sample = |metric, reading| Sample { dt_ms: 0, metric, reading };
        let record = Record {
            boot,
            bn: 1,
            seq: 1,
            low: 1,
            mono_ms: 1,
            ts: NOW,
            late: false,
            samples: vec![
                sample(Metric::TemperatureC, Reading::Value(20.3)),
                sample(Metric::CoresBusy, Reading::Value(8.0)),
                sample(Metric::Co2Ppm, Reading::Value(120.0)),
            ],
        };
        self.hear(&Topic::heater(site, heater, HeaterTopic::Record), &record.encode());
        self.hear_budget(site, heater, 341, Maintenance::default());
        let online = HeaterStatus::Online.as_str().as_bytes();
        self.hear(&Topic::heater(site, heater, HeaterTopic::Status), online);
    }

    /// A budget of the controller, with what it asks of the heater besides heat.
    pub(crate) fn hear_budget(&self, site: &SiteId, heater: &HeaterId, seq: u64, maintenance: Maintenance) {
        let budget = Budget {
            heater: heater.clone(),
            boot: BootId::from_bits(7),
            n: 88,
            epoch: 12,
            seq,
            watts: Watts::new(430).unwrap(),
            heat_w: Watts::new(300).unwrap(),
            setpoint_c: Celsius::from_hundredths(2050),
            hi_c: Celsius::from_hundredths(2400),
            ttl_s: 60,
            maintenance,
        };
        let signed = ControllerKey::from_bytes(&[7; 32]).sign(site, budget);
        self.hear(&Topic::heater(site, heater, HeaterTopic::Budget), &signed.encode());
    }

    /// A heater with a name full of markup trips; gives the number of the alarm.
    pub(crate) fn raise_alarm(&self) -> i64 {
        let heater = HeaterId::new("h-102").unwrap();
        self.raise(AlarmSubject::Heater(SiteId::new("demo").unwrap(), heater), AlarmRule::HeaterTripped)
    }

    /// The disk of history is nearly full; gives the number of the alarm.
    pub(crate) fn raise_platform_alarm(&self) -> i64 {
        self.raise(AlarmSubject::Platform, AlarmRule::DiskFull)
    }

    fn raise(&self, subject: AlarmSubject, rule: AlarmRule) -> i64 {
        let (limit, value) = (rule.standard().limit, Some(1.0));
        let finding = AlarmFinding { subject, rule, is_active: true, value, limit, beneath: None };
        self.app.registry.note_alarms(&[finding], self.app.wall()).unwrap();
        let alarms = self.app.registry.alarms(&SiteId::new("demo").unwrap()).unwrap();
        alarms.iter().find(|alarm| alarm.rule == rule).unwrap().id
    }

    /// Asks as a browser on this machine would.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Asks with GET; gives status and body.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
        read(self.ask(request).await).await
    }

    /// Sends a form from our own page; gives status, the place to go and body.
    pub(crate) async fn get_as_observer(&self, path: &str) -> String {
        let name = PersonName::new("olga").expect("a name");
        let role = PersonRole::Observer { sites: [book().site.id].into() };
        self.app.registry.add_person(&name, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
        self.app.registry.assign_role(&name, &role, (NOW, None), "test", NOW).unwrap();
        let secret = self.app.registry.sign_in(&name, "four plain words", NOW).unwrap().unwrap();
        let request = Request::get(path).header("host", "localhost");
        let request = request.header("cookie", format!("hypocaust={secret}")).body(Body::empty()).unwrap();
        let (status, html) = read(self.ask(request).await).await;
        assert_eq!(status, StatusCode::OK, "{path}: {html}");
        html
    }

    /// What a form was made from, as [`seen`], of the page at `path`.
    pub(crate) async fn seen(&self, path: &str, mark: &str) -> String {
        seen(&self.get(path).await.1, mark)
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> (StatusCode, String, String) {
        let request = Request::post(path)
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = self.ask(request).await;
        let to = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let (status, body) = read(response).await;
        (status, to.unwrap_or_default(), body)
    }

    /// Sends JSON as a program would.
    pub(crate) async fn send(&self, method: &str, path: &str, json: &str) -> (StatusCode, serde_json::Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Body::from(json.to_owned()))
            .unwrap();
        let (status, body) = read(self.ask(request).await).await;
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Asks the API with GET.
    pub(crate) async fn json(&self, path: &str) -> (StatusCode, serde_json::Value) {
        let (status, body) = self.get(path).await;
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}")))
    }
}

/// What the first form behind `mark` was made from, as the beginning of a form that is sent.
pub(crate) fn seen(html: &str, mark: &str) -> String {
    let (_, form) = html.split_once(mark).unwrap_or_else(|| panic!("{mark} is not in {html}"));
    let (_, seen) = form.split_once("name=\"seen\" value=\"").unwrap_or_else(|| panic!("{mark}: {form}"));
    format!("seen={}&", seen.split('"').next().unwrap_or_default())
}

/// Status and body of an answer.
pub(crate) async fn read(response: Response<Body>) -> (StatusCode, String) {
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 4 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// Two days of history, one record in ten minutes.
fn fill(store: &Store, book: &SiteBook) {
    for heater in &book.heaters {
        let arrivals = (0..288).map(|n| {
            let ts = NOW.plus_ms((n - 288) * 10 * MINUTE_MS);
            let sample = |metric, value| StoredSample {
                ts,
                metric,
                reading: Reading::value(value),
                quality: Quality::Good,
            };
            Arrival {
                site: book.site.id.clone(),
                heater: heater.id.clone(),
                room: heater.room.clone(),
                boot: BootId::from_bits(7),
                bn: 1,
                seq: n.unsigned_abs() + 1,
                low: 1,
                late: false,
                samples: vec![
                    sample(Metric::TemperatureC, 20.0 + n as f64 / 288.0),
                    sample(Metric::PowerW, 400.0),
                ],
            }
        });
        store.write(&arrivals.collect::<Vec<_>>()).unwrap();
    }
}
