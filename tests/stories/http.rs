//! As little HTTP as the stories need.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// One request on a connection of its own.
pub(crate) fn ask(base: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let address = base.strip_prefix("http://").expect("an http address");
    let mut stream = TcpStream::connect(address).expect("the pages listen");
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).expect("a status line");
    let body = if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        unchunked(body)
    } else {
        body.to_owned()
    };
    Answer { status, head: head.to_owned(), body }
}

pub(crate) fn get(base: &str, path: &str) -> Answer {
    ask(base, "GET", path, &[], "")
}

pub(crate) fn json(base: &str, path: &str) -> Value {
    let answer = get(base, path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{path}: {error}: {}", answer.body))
}

/// The sum of a counter at `/metrics` over all its labels that contain `label`.
pub(crate) fn counted(base: &str, name: &str, label: &str) -> f64 {
    let text = get(base, "/metrics").body;
    let of_name = |line: &&str| line.split(['{', ' ']).next() == Some(name) && line.contains(label);
    text.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Server-sent events, line by line, for as long as the reader is kept.
pub(crate) fn stream(base: &str, path: &str) -> impl Iterator<Item = String> + use<> {
    let address = base.strip_prefix("http://").expect("an http address").to_owned();
    let mut stream = TcpStream::connect(&address).expect("the pages listen");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n").unwrap();
    BufReader::new(stream).lines().map_while(Result::ok)
}

fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size.trim(), 16) else { break };
        if size == 0 || after.len() < size {
            break;
        }
        whole.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    whole
}
