//! Servers for the page: in this process if the test has a hand in them, else as programs that can be killed.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use demo::{
    client,
    server::{self, feed::Feed},
};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::process::{Process, free_port};

/// A server in this process, with a feed in which there is only what the test puts there.
pub struct Server {
    pub base: String,
    pub feed: Arc<Feed>,
    client: Client,
}

/// Whether it is `http:` or `https:`.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    Http,
    Https,
}

impl Server {
    pub async fn start(scheme: Scheme) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (base, tls) = match scheme {
            Scheme::Http => (format!("http://{addr}"), None),
            Scheme::Https => (format!("https://{addr}"), Some(server::tls::self_signed().await.unwrap().config)),
        };
        let feed = Feed::new(100, None);
        tokio::spawn(server::serve(listener, server::router("test", &feed), tls));
        Self { base, feed, client: client::builder().build().unwrap() }
    }

    pub async fn publish(&self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            self.feed.publish(&number.to_string()).await.unwrap();
        }
    }

    /// Waits until what `/status` says is as wanted; a second at most.
    pub async fn within_a_second(&self, is_wanted: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let response = self.client.get(format!("{}/status", self.base)).send().await.unwrap();
            let text = response.text().await.unwrap();
            if is_wanted(&serde_json::from_str(&text).unwrap()) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(1), "{text}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The demo as a user starts it, on a port that stays the same.
pub struct Demo {
    pub port: u16,
    redis: Option<String>,
    process: Option<Process>,
}

impl Demo {
    pub fn start(redis: Option<&Redis>) -> Self {
        let redis = redis.map(|redis| format!("redis://127.0.0.1:{}", redis.port));
        let mut demo = Self { port: free_port(), redis, process: None };
        demo.restart();
        demo
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn kill(&mut self) {
        self.process = None;
    }

    pub fn restart(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
        command.args(["--every", "100", "--addr", &format!("127.0.0.1:{}", self.port)]);
        if let Some(url) = &self.redis {
            command.args(["--redis", url]);
        }
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Process::serve(command, self.port);
    }
}

/// A Redis without a disk.
pub struct Redis {
    port: u16,
    _process: Process,
}

impl Redis {
    /// Returns `None`, and says so, if there is no Redis.
    pub fn start() -> Option<Self> {
        let port = free_port();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()]);
        let process = Process::serve(command.stdout(Stdio::null()), port)?;
        Some(Self { port, _process: process })
    }
}

/// All that a feed has behind this ID, up to the ID `last`: what a client would get that comes back.
pub async fn history(base: &str, id: &str, last: &str) -> Vec<String> {
    let client = client::builder().build().unwrap();
    let response = client.get(format!("{base}/feed")).header("last-event-id", id).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let (mut response, mut decoder, mut ids) = (response, sse_wire::Decoder::new(), Vec::new());
    while ids.last().map(String::as_str) != Some(last) {
        let chunk = response.chunk().await.unwrap().expect("more of the history");
        let mut rest = &chunk[..];
        while let Some(event) = decoder.decode(&mut rest).unwrap() {
            assert_eq!(event.event_type(), "message");
            ids.push(event.last_event_id().to_owned());
            if event.last_event_id() == last {
                break;
            }
        }
    }
    ids
}
