//! Two hundred open pages: how soon what is published reaches all of their streams, and the pixels of one of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpSocket;

use crate::chrome::Chrome;
use crate::house::{House, program};
use crate::{HEATER, Voice, http, now_ms, quantile, row};

/// Streams besides the browser's own.
const STREAMS: usize = 199;
/// One hand may listen to eight streams: each program's token has this many.
const STREAMS_EACH: usize = 8;
/// One address may hold 64 connections: there are this many, of the loopback network.
const ADDRESSES: u8 = 5;
const TIMES: usize = 50;
/// Stands for a value where a stream says that it is open.
const HELLO: u64 = 0;

/// Begins to wait for a text in a value of the page. It is painted when the second frame from its change on begins: the first
/// has still to be drawn when it is announced.
const WATCH: &str = "(key, text) => {
    globalThis.painted = new Promise((resolve) => {
        const shows = () => document.querySelector(`[data-key='${key}']`)?.textContent === text;
        const look = () => shows() && requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now())));
        new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
}";

/// One value as a stream heard it.
struct Heard {
    value: u64,
    at_ms: f64,
}

/// Opens the streams and the page, publishes, and prints how long each took.
pub(crate) fn listens(chrome: &mut Chrome, house: &House, voice: &mut Voice) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    // The value is on the page when it is opened, so that its place is there.
    voice.say();
    let cookie = administrator(house);
    let secrets = tokens(house);
    chrome.keep_cookie(&house.http, &cookie);
    chrome.resize(1280, 900);
    chrome.open(&format!("{}/sites/tisserands/heaters/{HEATER}?lang=en", house.http));
    let (sender, heard) = mpsc::channel();
    for n in 0..STREAMS {
        let from = Ipv4Addr::new(127, 0, 0, 2 + (n % usize::from(ADDRESSES)) as u8);
        let secret = secrets[n / STREAMS_EACH].clone();
        runtime.spawn(listen(house.http.clone(), from, secret, sender.clone()));
    }
    drop(sender);
    all_hear(&heard, HELLO);
    let (mut events, mut lasts, mut pixels) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let text = format!("30,{:03}\u{a0}ppm", voice.said + 1);
        chrome.evaluate(&format!("({WATCH})('heater/{HEATER}/co2_ppm', '{text}')"));
        let (value, said_ms) = voice.say();
        let delays: Vec<f64> = all_hear(&heard, value).into_iter().map(|at_ms| at_ms - said_ms).collect();
        lasts.push(quantile(&delays, 1.0));
        events.extend(delays);
        pixels.push(chrome.evaluate("painted").as_f64().unwrap() - said_ms);
    }
    let told = |values: &[f64]| {
        let [half, most, worst] = [0.5, 0.95, 1.0].map(|q| quantile(values, q));
        format!("{most:.1} ms (p50 {half:.1} ms, most {worst:.1} ms)")
    };
    let what = format!("publish to server-sent event, 200 streams open, p95 of {}", events.len());
    row(&what, "< 250 ms", &told(&events));
    row(&format!("publish to the last of these streams, p95 of {TIMES}"), "–", &told(&lasts));
    row(&format!("publish to pixel in one of the 200 pages, p95 of {TIMES}"), "< 250 ms", &told(&pixels));
}

/// When each stream heard a value.
fn all_hear(heard: &Receiver<Heard>, value: u64) -> Vec<f64> {
    let mut times = Vec::new();
    while times.len() < STREAMS {
        let next = heard.recv_timeout(Duration::from_secs(30));
        let next = next.unwrap_or_else(|error| panic!("{} of {STREAMS} heard {value}: {error}", times.len()));
        times.extend((next.value == value).then_some(next.at_ms));
    }
    times
}

/// One stream from an address of its own; hands on that it is open and each value.
async fn listen(http: String, from: Ipv4Addr, secret: String, heard: Sender<Heard>) {
    let address: SocketAddr = http.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!(
        "GET /api/v1/stream?site=tisserands HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {secret}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let key = format!("heater/{HEATER}/co2_ppm");
    while let Ok(Some(line)) = lines.next_line().await {
        let value = if line.starts_with("event: hello") { Some(HELLO) } else { value_of(&line, &key) };
        if let Some(value) = value
            && heard.send(Heard { value, at_ms: now_ms() }).is_err()
        {
            return;
        }
    }
}

/// The value of a key in the line of an event.
fn value_of(line: &str, key: &str) -> Option<u64> {
    let line = line.strip_prefix("data:").filter(|line| line.contains(key))?;
    let changes: serde_json::Value = serde_json::from_str(line).ok()?;
    changes[key]["value"].as_f64().map(|value| value as u64)
}

/// As many tokens of its first person as the streams need.
fn tokens(house: &House) -> Vec<String> {
    let token = |n| {
        let name = format!("screen-{n}");
        told(house, &["token", "add", &name, "--owner", "anna", "--scope", "read"], "token")
    };
    (0..STREAMS.div_ceil(STREAMS_EACH)).map(token).collect()
}

/// Gives the house its first person, with a password of their own; gives their cookie.
fn administrator(house: &House) -> String {
    let once = told(house, &["person", "add", "anna", "--role", "administrator"], "password");
    let send = |path: &str, cookie: &str, form: &str| {
        let headers = [("Origin", house.http.as_str()), ("Cookie", cookie)];
        let head = http::ask(&house.http, "POST", path, &headers, form).head;
        let line = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        line.split(';').next().unwrap_or_default().to_owned()
    };
    let first = send("/sign-in", "", &format!("name=anna&password={once}&next=%2F"));
    let own = "four+plain+words";
    send("/account/password", &first, &format!("old={once}&new={own}&repeated={own}"))
}

/// Runs a command beside the house; gives what it printed after `label`.
fn told(house: &House, arguments: &[&str], label: &str) -> String {
    let output = program().args(arguments).arg("--data").arg(&house.data).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(label)).expect("it is printed");
    line.split_whitespace().next().unwrap().to_owned()
}
