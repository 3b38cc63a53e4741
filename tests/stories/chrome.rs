//! A real Chromium that a story drives: pages are opened, asked and typed into through its debugging protocol.
//!
//! The protocol is JSON, a message ended by a zero byte, over two pipes at the browser's descriptors 3 and 4.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::house::PATIENCE;

/// A browser with one page.
pub(crate) struct Chrome {
    child: Child,
    commands: File,
    messages: mpsc::Receiver<Value>,
    /// Of the page; empty until there is one.
    session: String,
    sent: u64,
    /// What happened on the page since it was asked last.
    events: Vec<Value>,
}

impl Chrome {
    /// Starts the browser with a profile in this folder.
    pub(crate) fn start(chromium: &Path, folder: &Path) -> Self {
        let (to, from) = (folder.join("to-chromium"), folder.join("from-chromium"));
        let made = Command::new("mkfifo").args([&to, &from]).status().expect("mkfifo is on every Unix");
        assert!(made.success());
        let child = Command::new("sh")
            .args(["-c", r#"to="$1" from="$2"; shift 2; exec "$@" 3<"$to" 4>"$from""#, "sh"])
            .args([&to, &from, &chromium.to_owned()])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--hide-scrollbars", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        // Each side waits here for the other, in the order of the shell's redirections.
        let commands = OpenOptions::new().write(true).open(&to).expect("the pipe to the browser opens");
        let answers = File::open(&from).expect("the pipe from the browser opens");
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { break };
                let _ = sender.send(message);
            }
        });
        let mut chrome =
            Self { child, commands, messages, session: String::new(), sent: 0, events: Vec::new() };
        let target = chrome.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached =
            chrome.call("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        chrome.session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            chrome.call(&format!("{domain}.enable"), json!({}));
        }
        chrome
    }

    /// One command and its answer; what happens meanwhile is kept.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method});
        message["params"] = parameters;
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).expect("the browser listens");
        loop {
            let mut message = self.next(method);
            if message["id"] == json!(self.sent) {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    fn next(&self, waiting_for: &str) -> Value {
        let message = self.messages.recv_timeout(PATIENCE);
        message.unwrap_or_else(|error| panic!("waited in vain for the browser's {waiting_for}: {error}"))
    }

    /// Waits for an event, from now on or since the page was asked last.
    fn wait_for(&mut self, method: &str) {
        if let Some(at) = self.events.iter().position(|event| event["method"] == method) {
            self.events.remove(at);
            return;
        }
        loop {
            let message = self.next(method);
            if message["method"] == method {
                return;
            }
            self.events.push(message);
        }
    }

    /// Opens an address, and waits until the page and its scripts are loaded.
    pub(crate) fn open(&mut self, url: &str) {
        self.events.clear();
        let answer = self.call("Page.navigate", json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{url}: {}", answer["errorText"]);
        self.wait_for("Page.loadEventFired");
    }

    /// Waits for the page that a form or a link leads to.
    pub(crate) fn arrive(&mut self) {
        self.wait_for("Page.loadEventFired");
    }

    /// How wide and high the page is seen, pixels.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// A cookie, as the house gave it: `name=value`.
    pub(crate) fn keep_cookie(&mut self, url: &str, cookie: &str) {
        let (name, value) = cookie.split_once('=').expect("name=value");
        self.call("Network.setCookie", json!({"url": url, "name": name, "value": value}));
    }

    /// What an expression comes to on the page; a promise is waited for.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression:.120}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    /// Presses a key, with Shift where it is written `Shift+Tab`.
    pub(crate) fn press(&mut self, key: &str) {
        let (modifiers, key) = key.strip_prefix("Shift+").map_or((0, key), |key| (8, key));
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            " " => 32,
            "PageUp" => 33,
            "PageDown" => 34,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => panic!("{key} has no code here"),
        };
        let text = match key {
            "Enter" => "\r",
            " " => " ",
            _ => "",
        };
        let name = if key == " " { "Space" } else { key };
        let mut event = json!({"type": "keyDown", "key": key, "code": name, "windowsVirtualKeyCode": code, "modifiers": modifiers});
        if !text.is_empty() {
            event["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", event.clone());
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", event);
    }

    /// Types words into what has the focus, in place of what is selected.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    /// Moves the pointer there, pixels from the upper left.
    pub(crate) fn point(&mut self, x: f64, y: f64) {
        self.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": x, "y": y}));
    }

    /// Addresses on other hosts that the page asked for since it was opened.
    pub(crate) fn strangers(&mut self, own: &str) -> Vec<String> {
        self.evaluate("0");
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        let urls = sent.filter_map(|event| event["params"]["request"]["url"].as_str());
        urls.filter(|url| !url.starts_with(own) && !url.starts_with("data:")).map(str::to_owned).collect()
    }

    /// Draws all of the page, not only what is in sight, into a file.
    pub(crate) fn photograph(&mut self, file: &Path) {
        let size = self.call("Page.getLayoutMetrics", json!({}))["cssContentSize"].take();
        let all = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let drawn = self.call("Page.captureScreenshot", json!({"captureBeyondViewport": true, "clip": all}));
        let picture = STANDARD.decode(drawn["data"].as_str().expect("a picture")).expect("base64");
        std::fs::write(file, picture).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// What the console and the browser complained of since the page was opened.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // An answer comes after everything that was said before.
        self.evaluate("0");
        let said = self.events.iter().filter(|event| {
            matches!(
                event["method"].as_str(),
                Some("Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded")
            )
        });
        said.map(ToString::to_string).collect()
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
