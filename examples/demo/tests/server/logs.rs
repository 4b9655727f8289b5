//! Servers of the demo that share a log: the program itself, in processes that can be killed.
//!
//! These tests need `redis-server` and `nats-server` on the PATH, and say so if one is not there.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{self, Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use reqwest::Client;
use sse_wire::{Decoder, Event, hub::EventId};

use super::support::{Events, LOCALHOST, WAIT, go_on, next};

#[tokio::test]
async fn a_client_goes_on_at_another_server_when_its_own_is_killed() {
    for engine in Engine::start_all() {
        let (a, b) = (Demo::start("A", &engine), Demo::start("B", &engine));
        let mut client = Following::start(&a).await;
        for _ in 0..100 {
            client.next().await.expect("an event");
        }
        drop(a);
        // What is on its way still counts; then the connection breaks.
        while client.next().await.is_some() {}
        let before = client.seen.of_b;
        thread::sleep(Duration::from_millis(300));
        client.go_on_at(&b).await;
        while client.seen.of_b < before + 100 {
            client.next().await.expect("an event");
        }
        assert!(client.seen.of_a > 10, "both have sent to {engine:?}");
        client.check_that_none_came_twice();
    }
}

#[tokio::test]
async fn a_client_that_goes_from_server_to_server_gets_each_line_once() {
    for engine in Engine::start_all() {
        let servers = [Demo::start("A", &engine), Demo::start("B", &engine)];
        let mut client = Following::start(&servers[0]).await;
        // Some are read from one server before the other has them.
        for round in 0..100 {
            for _ in 0..round % 7 {
                client.next().await.expect("an event");
            }
            client.go_on_at(&servers[round % 2]).await;
        }
        assert!(client.seen.of_a > 10 && client.seen.of_b > 10, "both have sent to {engine:?}");
        client.check_that_none_came_twice();
    }
}

#[tokio::test]
async fn what_a_server_does_not_have_itself_comes_from_the_log() {
    for engine in Engine::start_all() {
        let a = Demo::start("A", &engine);
        let mut client = Following::start(&a).await;
        for _ in 0..20 {
            client.next().await.expect("an event");
        }
        let reached = client.seen.of_a;
        thread::sleep(Duration::from_millis(200));
        // One that comes later has nothing of that in its hub.
        let b = Demo::start("B", &engine);
        client.go_on_at(&b).await;
        while client.seen.of_b < 20 {
            client.next().await.expect("an event");
        }
        assert!(client.seen.of_a > reached + 20, "the lines of A were there before B was");
        client.check_that_none_came_twice();
    }
}

#[tokio::test]
async fn a_hole_is_told_by_any_server() {
    for engine in Engine::start_all() {
        let demo = Demo::start("A", &engine);
        for id in ["1-0", "1-1", "18446744073709551615-1", "what?", "18446744073709551615", "-", "+"] {
            let mut decoder = Decoder::new();
            decoder.set_last_event_id(id);
            let mut events = go_on(&client(), &demo.feed, decoder).await;
            let gap = next(&mut events).await.expect("an event");
            assert_eq!(gap.event_type(), "gap", "{engine:?}, {id}");
            // It is told once: the client goes on after what is missing.
            assert_ne!(gap.last_event_id(), id);
            Lines::default().check(&next(&mut events).await.expect("an event"));
            let (_, decoder, _) = events.into_parts();
            let mut events = go_on(&client(), &demo.feed, decoder).await;
            Lines::default().check(&next(&mut events).await.expect("an event"));
        }
    }
}

#[tokio::test]
async fn a_log_that_was_away_goes_on_in_the_same_stream() {
    for mut engine in Engine::start_all() {
        let demo = Demo::start("A", &engine);
        let mut events = go_on(&client(), &demo.feed, Decoder::new()).await;
        let mut last = next(&mut events).await.expect("an event");
        engine.restart();
        let began = Instant::now();
        // What could not be added is missing, but nothing that was, and so there is no gap.
        while began.elapsed() < Duration::from_secs(3) {
            let event = next(&mut events).await.expect("an event");
            assert_eq!(event.event_type(), "message", "{engine:?}");
            let id = |event: &Event| event.last_event_id().parse::<EventId>().expect("the log's ID");
            assert!(id(&event) > id(&last));
            last = event;
        }
    }
}

#[tokio::test]
async fn that_a_log_has_forgotten_is_told() {
    for mut engine in Engine::start_all() {
        let demo = Demo::start("A", &engine);
        let mut events = go_on(&client(), &demo.feed, Decoder::new()).await;
        let first = next(&mut events).await.expect("an event");
        engine.restart_without_memory();
        // The stream ends when the server sees that, and a browser comes back.
        let began = Instant::now();
        while next(&mut events).await.is_some() {
            assert!(began.elapsed() < WAIT, "{engine:?} is back, and the server does not see it");
        }
        assert_eq!(events.reconnection_time(), Some(Duration::from_secs(1)));
        // Which may be too early.
        let gap = loop {
            let (_, decoder, _) = events.into_parts();
            events = go_on(&client(), &demo.feed, decoder).await;
            if let Some(event) = next(&mut events).await {
                break event;
            }
            assert!(began.elapsed() < WAIT, "the server does not reach {engine:?}");
            thread::sleep(Duration::from_millis(100));
        };
        assert_eq!(gap.event_type(), "gap", "{engine:?}");
        assert!(later(&mut events, &first).await);
    }
}

/// Whether the next event has a greater ID than this one.
async fn later(events: &mut Events, first: &Event) -> bool {
    let event = next(events).await.expect("an event");
    let id = |event: &Event| event.last_event_id().parse::<EventId>().expect("the log's ID");
    id(&event) > id(first)
}

fn client() -> Client {
    demo::client::builder().build().expect("a client")
}

/// A client that checks what it gets.
struct Following {
    events: Events,
    seen: Lines,
    ids: Vec<EventId>,
}

impl Following {
    async fn start(demo: &Demo) -> Self {
        Self { events: go_on(&client(), &demo.feed, Decoder::new()).await, seen: Lines::default(), ids: Vec::new() }
    }

    async fn go_on_at(&mut self, demo: &Demo) {
        let mut decoder = Decoder::new();
        decoder.set_last_event_id(self.events.last_event_id());
        self.events = go_on(&client(), &demo.feed, decoder).await;
    }

    async fn next(&mut self) -> Option<()> {
        let event = next(&mut self.events).await?;
        self.seen.check(&event);
        self.ids.push(event.last_event_id().parse().expect("the log's ID"));
        Some(())
    }

    fn check_that_none_came_twice(&self) {
        assert!(self.ids.is_sorted_by(|one, other| one < other));
    }
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

/// A Redis or a NATS, which ends with the test.
#[derive(Debug)]
struct Engine {
    program: &'static str,
    port: u16,
    child: Child,
    /// Where it remembers what it has.
    directory: PathBuf,
}

impl Engine {
    /// Returns those there are on this machine.
    fn start_all() -> Vec<Self> {
        ["redis-server", "nats-server"].into_iter().filter_map(Self::start).collect()
    }

    fn start(program: &'static str) -> Option<Self> {
        let port = TcpListener::bind(LOCALHOST).unwrap().local_addr().unwrap().port();
        let directory = env::temp_dir().join(format!("sse-wire-demo-{}-{port}", process::id()));
        std::fs::create_dir_all(&directory).expect("a directory for the test");
        let child = Self::spawn(program, port, &directory);
        if child.is_none() {
            // Past the test harness, which hides what `println!` says in a test that passes.
            drop(writeln!(io::stderr(), "skipped a test with it: no {program} on the PATH"));
        }
        Some(Self { program, port, child: child?, directory })
    }

    fn spawn(program: &str, port: u16, directory: &PathBuf) -> Option<Child> {
        let port_text = port.to_string();
        let mut command = Command::new(program);
        match program {
            "redis-server" => command
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"])
                .args(["--port", &port_text, "--dir"])
                .arg(directory),
            // Debian has it where only root looks.
            _ => command
                .env("PATH", format!("{}:/usr/sbin", env::var("PATH").unwrap_or_default()))
                .args(["-js", "-a", "127.0.0.1", "-p", &port_text, "-sd"])
                .arg(directory),
        };
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < WAIT, "{program} does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Some(child)
    }

    fn url(&self) -> String {
        let scheme = if self.program == "redis-server" { "redis" } else { "nats" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    fn restart_without_memory(&mut self) {
        end(&mut self.child);
        std::fs::remove_dir_all(&self.directory).expect("it is there");
        self.restart();
    }

    fn restart(&mut self) {
        end(&mut self.child);
        std::fs::create_dir_all(&self.directory).expect("a directory for the test");
        self.child = Self::spawn(self.program, self.port, &self.directory).expect("it was there before");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        end(&mut self.child);
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

/// The demo's server, which adds a line every 5 milliseconds.
struct Demo {
    feed: String,
    child: Child,
}

impl Demo {
    fn start(name: &str, engine: &Engine) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
        let flag = if engine.program == "redis-server" { "--redis" } else { "--nats" };
        command.args(["--addr", LOCALHOST, "--every", "5", "--name", name, flag, &engine.url()]);
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
    // It may have ended before.
    drop(child.kill());
    child.wait().unwrap();
}
