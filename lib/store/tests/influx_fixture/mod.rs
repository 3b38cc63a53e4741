//! A small InfluxDB 2 over real TCP: it stores lines, answers the four shapes of question, and misbehaves when told to.
#![allow(dead_code, reason = "each story uses some of it")]

mod flux;
mod http;
mod points;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

pub(crate) use http::{Answer, Request};
pub(crate) use points::Points;

pub(crate) const TOKEN: &str = "s3cret";

/// What to do with a request.
pub(crate) enum Verdict {
    /// What InfluxDB would.
    Serve,
    /// Answer this instead.
    Say(Answer),
    /// Close the connection without an answer.
    Hang,
    /// Do it, then close the connection without an answer.
    ServeAndHangUp,
    /// Do it, and close the connection in the middle of the answer.
    CutTheAnswer,
    /// Never answer, and keep the connection.
    Silence,
}

type Mood = Box<dyn FnMut(&Request) -> Verdict + Send>;

struct State {
    points: Points,
    has_bucket: bool,
    /// Lines that contain one of these are refused.
    poison: Vec<String>,
    requests: HashMap<String, usize>,
}

/// The server. It serves until the process ends.
#[derive(Clone)]
pub(crate) struct Fake {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    mood: Arc<Mutex<Mood>>,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = State {
            points: Points::default(),
            has_bucket: true,
            poison: Vec::new(),
            requests: HashMap::new(),
        };
        let fake = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(state)),
            mood: Arc::new(Mutex::new(Box::new(|_| Verdict::Serve))),
        };
        let of_thread = fake.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let fake = of_thread.clone();
                thread::spawn(move || http::serve(&stream, |request| fake.judge(request)));
            }
        });
        fake
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on requests are judged so.
    pub(crate) fn mood(&self, mood: impl FnMut(&Request) -> Verdict + Send + 'static) {
        *self.mood.lock().unwrap() = Box::new(mood);
    }

    /// From now on it behaves.
    pub(crate) fn behave(&self) {
        self.mood(|_| Verdict::Serve);
    }

    /// Every write is answered so.
    pub(crate) fn answer_writes(&self, answer: Answer) {
        self.mood(move |request| {
            if request.path == "/api/v2/write" { Verdict::Say(answer.clone()) } else { Verdict::Serve }
        });
    }

    pub(crate) fn poison(&self, word: &str) {
        self.state().poison.push(word.to_owned());
    }

    pub(crate) fn lose_the_bucket(&self) {
        self.state().has_bucket = false;
    }

    /// What is stored, as `(tags, field, ns, value)`.
    pub(crate) fn stored(&self) -> Vec<(String, String, i64, f64)> {
        self.state().points.all()
    }

    pub(crate) fn has_bucket(&self) -> bool {
        self.state().has_bucket
    }

    /// How often a path was asked for.
    pub(crate) fn requests(&self, path: &str) -> usize {
        self.state().requests.get(path).copied().unwrap_or(0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn judge(&self, request: &Request) -> http::Reply {
        *self.state().requests.entry(request.path.clone()).or_default() += 1;
        let verdict = self.mood.lock().unwrap()(request);
        match verdict {
            Verdict::Serve => http::Reply::Whole(self.answer(request)),
            Verdict::Say(answer) => http::Reply::Whole(answer),
            Verdict::Hang => http::Reply::Nothing,
            Verdict::ServeAndHangUp => {
                self.answer(request);
                http::Reply::Nothing
            }
            Verdict::CutTheAnswer => http::Reply::Half(self.answer(request)),
            Verdict::Silence => http::Reply::Silence,
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.path == "/health" {
            return Answer::json(
                200,
                r#"{"name":"influxdb","message":"ready","status":"pass","version":"2.7.fake"}"#,
            );
        }
        if request.header("authorization") != Some(&format!("Token {TOKEN}")) {
            return Answer::error(401, "unauthorized", "unauthorized access");
        }
        let mut state = self.state();
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/api/v2/write") => state.write(request),
            ("POST", "/api/v2/query") => state.query(request),
            ("POST", "/api/v2/delete") => state.delete(request),
            ("GET", "/api/v2/orgs") => {
                Answer::json(200, r#"{"orgs":[{"id":"0123456789abcdef","name":"home"}]}"#)
            }
            ("GET", "/api/v2/buckets") if !state.has_bucket => Answer::json(200, r#"{"buckets":[]}"#),
            ("GET", "/api/v2/buckets") => {
                Answer::json(200, r#"{"buckets":[{"id":"1","name":"history","retentionRules":[]}]}"#)
            }
            ("POST", "/api/v2/buckets") => {
                state.has_bucket = true;
                Answer::json(201, "{}")
            }
            _ => Answer::error(404, "not found", "path not found"),
        }
    }
}

impl State {
    fn write(&mut self, request: &Request) -> Answer {
        if !self.has_bucket {
            return Answer::error(404, "not found", "bucket \"history\" not found");
        }
        assert_eq!(request.query("bucket"), Some("history"));
        assert_eq!(request.query("org"), Some("home"));
        assert_eq!(request.query("precision"), Some("ns"));
        let lines = || request.body.lines().filter(|line| !line.starts_with('#'));
        if let Some(bad) = lines().find(|line| self.poison.iter().any(|word| line.contains(word))) {
            return Answer::error(422, "unprocessable entity", &format!("failure writing points: {bad}"));
        }
        let parsed: Option<Vec<_>> = lines().map(points::parse).collect();
        match parsed {
            None => Answer::error(400, "invalid", "unable to parse"),
            Some(parsed) => {
                parsed.into_iter().for_each(|line| self.points.insert(line));
                Answer { status: 204, headers: Vec::new(), body: String::new() }
            }
        }
    }

    /// Deletes as InfluxDB 2 does: by time and tags, both ends of the time included, and never by field.
    fn delete(&mut self, request: &Request) -> Answer {
        assert_eq!(request.query("bucket"), Some("history"));
        assert_eq!(request.query("org"), Some("home"));
        let asked: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let ns = |key: &str| {
            let time = vocabulary::Timestamp::parse_rfc3339(asked[key].as_str().unwrap()).unwrap();
            time.ms().saturating_mul(1_000_000)
        };
        let terms = asked["predicate"].as_str().unwrap().split(" AND ").map(|term| {
            let (key, value) = term.split_once("=\"").unwrap();
            (key.to_owned(), value.strip_suffix('"').unwrap().to_owned())
        });
        let terms: Vec<(String, String)> = terms.collect();
        assert!(terms.contains(&("_measurement".to_owned(), "heater".to_owned())));
        let tags: Vec<_> = terms.into_iter().filter(|(key, _)| key != "_measurement").collect();
        self.points.delete(ns("start")..=ns("stop"), &tags);
        Answer { status: 204, headers: Vec::new(), body: String::new() }
    }

    fn query(&self, request: &Request) -> Answer {
        if !self.has_bucket {
            return Answer::error(404, "not found", "could not find bucket \"history\"");
        }
        let asked: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let csv = flux::answer(asked["query"].as_str().unwrap(), &self.points);
        let headers = vec![("Content-Type".to_owned(), "text/csv; charset=utf-8".to_owned())];
        Answer { status: 200, headers, body: csv }
    }
}
