//! Servers of the demo that share a Redis: the program itself, in processes that can be killed.
//!
//! These tests need `redis-server` on the PATH, and say so if it is not there.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Once,
    thread,
    time::{Duration, Instant},
};

use sse_wire::{Decoder, Event};

use super::support::{Events, LOCALHOST, WAIT, go_on, next};

#[tokio::test]
async fn a_client_goes_on_at_another_server_when_its_own_is_killed() {
    let Some(redis) = Redis::start() else { return };
    let (a, b) = (Demo::start("A", &redis), Demo::start("B", &redis));
    let client = demo::client::builder().build().expect("a client");
    let mut events = go_on(&client, &a.feed, Decoder::new()).await;
    let (mut seen, mut ids) = (Lines::default(), Vec::new());
    for _ in 0..100 {
        let event = next(&mut events).await.expect("an event");
        seen.check(&event);
        ids.push(event.last_event_id().to_owned());
    }
    drop(a);
    // What is on its way still counts; then the connection breaks.
    while let Some(event) = next(&mut events).await {
        seen.check(&event);
        ids.push(event.last_event_id().to_owned());
    }
    let before = seen.of_b;
    thread::sleep(Duration::from_millis(300));
    let (_, decoder, _) = events.into_parts();
    let mut events = go_on(&client, &b.feed, decoder).await;
    while seen.of_b < before + 100 {
        let event = next(&mut events).await.expect("an event");
        seen.check(&event);
        ids.push(event.last_event_id().to_owned());
    }
    assert!(seen.of_a > 10, "both have sent");
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[tokio::test]
async fn a_hole_is_told_by_any_server() {
    let Some(redis) = Redis::start() else { return };
    let demo = Demo::start("A", &redis);
    let mut decoder = Decoder::new();
    decoder.set_last_event_id("1-0");
    let mut events = go_on(&demo::client::builder().build().expect("a client"), &demo.feed, decoder).await;
    assert_eq!(next(&mut events).await.expect("an event").event_type(), "gap");
    Lines::default().check(&next(&mut events).await.expect("an event"));
}

#[tokio::test]
async fn when_redis_is_away_clients_are_told_to_come_back() {
    let Some(redis) = Redis::start() else { return };
    let demo = Demo::start("A", &redis);
    let client = demo::client::builder().build().expect("a client");
    let mut events = go_on(&client, &demo.feed, Decoder::new()).await;
    let first = next(&mut events).await.expect("an event");
    let port = redis.port;
    drop(redis);
    // The stream ends, and so does the next one: with status 200, so that a browser tries again.
    while next(&mut events).await.is_some() {}
    let (_, decoder, _) = events.into_parts();
    let mut events = go_on(&client, &demo.feed, decoder).await;
    assert!(next(&mut events).await.is_none());
    assert_eq!(events.reconnection_time(), Some(Duration::from_secs(1)));
    // It comes back without its memory, and the client is told.
    let _redis = Redis::start_at(port);
    let began = Instant::now();
    let gap = loop {
        assert!(began.elapsed() < WAIT, "Redis is back, and the server does not see it");
        let (_, decoder, _) = events.into_parts();
        events = go_on(&client, &demo.feed, decoder).await;
        if let Some(event) = next(&mut events).await {
            break event;
        }
        thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(gap.event_type(), "gap");
    assert!(later(&mut events, &first).await);
}

/// Whether the next event has a greater ID than this one.
async fn later(events: &mut Events, first: &Event) -> bool {
    let event = next(events).await.expect("an event");
    let id = |event: &Event| demo::server::replay::Id::parse(event.last_event_id()).expect("an ID of ours");
    id(&event) > id(first)
}

/// The numbers of the lines that came last.
#[derive(Debug, Default)]
struct Lines {
    of_a: u64,
    of_b: u64,
}

impl Lines {
    /// Each server counts its lines, so a lost one or a second one shows.
    fn check(&mut self, event: &Event) {
        assert_eq!(event.event_type(), "message");
        let words: Vec<&str> = event.data().split(' ').collect();
        let ["line", number, "of", name] = words[..] else { panic!("{:?}", event.data()) };
        let number: u64 = number.parse().unwrap();
        let last = if name == "A" { &mut self.of_a } else { &mut self.of_b };
        assert!(*last == 0 || number == *last + 1, "line {number} of {name} came behind line {last}");
        *last = number;
    }
}

/// A Redis without a disk, which ends with the test.
struct Redis {
    port: u16,
    child: Child,
}

impl Redis {
    /// Returns `None` if there is no Redis on this machine.
    fn start() -> Option<Self> {
        let port = TcpListener::bind(LOCALHOST).unwrap().local_addr().unwrap().port();
        let redis = Self::start_at(port);
        if redis.is_none() {
            // Past the test harness, which hides what `println!` says in a test that passes.
            SAID.call_once(|| {
                drop(writeln!(io::stderr(), "skipped the tests with Redis: no redis-server on the PATH"));
            });
        }
        redis
    }

    fn start_at(port: u16) -> Option<Self> {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()]);
        let child = command.stdout(Stdio::null()).spawn().ok()?;
        let redis = Self { port, child };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < WAIT, "redis-server does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Some(redis)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// The demo's server, which adds a line every 5 milliseconds.
struct Demo {
    feed: String,
    child: Child,
}

impl Demo {
    fn start(name: &str, redis: &Redis) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
        command.args(["--addr", LOCALHOST, "--every", "5", "--name", name, "--redis"]);
        command.arg(format!("redis://127.0.0.1:{}", redis.port));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base =
            lines.find_map(|line| line.unwrap().strip_prefix("Open ")?.split_once(' ').map(|(url, _)| url.to_owned()));
        // What else it prints has to go somewhere.
        thread::spawn(move || lines.for_each(drop));
        Self { feed: format!("{}feed", base.expect("the address")), child }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// One line for all the tests.
static SAID: Once = Once::new();
