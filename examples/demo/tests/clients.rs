//! `tail` against a server that does as the test says, and `load` against the demo's.

#[path = "../../../tests/support/event_lines.rs"]
mod event_lines;
mod script;

use std::{process::Stdio, time::Duration};

use event_lines::EVENT_LINES;
use script::{PATIENCE, Program, Server};

const TAIL: &str = env!("CARGO_BIN_EXE_tail");

#[test]
fn tail_prints_events_and_goes_on_where_it_was_cut_off() {
    let server = Server::start();
    let tail =
        Program::start(TAIL, &[&server.url, "-H", "X-Key: abc", "-H", "Last-Event-ID: 5", "--last-event-id", "6"]);
    let request = server.request();
    assert_eq!((request.header("x-key"), request.header("last-event-id")), (Some("abc"), Some("6")));
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    let mut stream = request.open();
    tail.error_line("connected (0 events, 1 connection)");
    stream
        .send("retry: 50\n: a comment\nid: 7\ndata: one\n\nevent: tick\ndata: two\ndata: \x1b[31mlines\n\ndata: cut o");
    for line in ["[message 7] one", "[tick 7] two", "    \u{fffd}[31mlines"] {
        assert_eq!(tail.line(), line);
    }
    drop(stream);
    tail.error_line("waiting 0.");
    let request = server.request();
    assert_eq!(request.header("last-event-id"), Some("7"));
    let mut stream = request.open();
    stream.send("id: 8\ndata: three\n\n");
    assert_eq!(tail.line(), "[message 8] three");
    tail.error_line("2 connections");
    stream.end();
    // What brought an event has not failed.
    assert!(!tail.error_line("the server ended the connection").contains("in a row"));
    let request = server.request();
    assert_eq!(request.header("last-event-id"), Some("8"));
}

#[test]
fn tail_writes_events_in_their_one_json_form() {
    let server = Server::start();
    let tail = Program::start(TAIL, &[&server.url, "--json"]);
    let mut stream = server.request().open();
    stream.send("retry: 9\n:hi\n");
    for (event, line) in EVENT_LINES {
        // Each is the first of its stream, which has no ID yet.
        stream.send(["id\n", event].concat());
        assert_eq!(tail.line(), line);
    }
}

#[test]
fn tail_ends_with_a_reason_and_a_code() {
    for (status, headers, code, reason) in [
        (404, "", 1, "the server answered with the status 404"),
        (200, "content-type: text/html\r\n", 1, "the server's answer is not an event stream"),
        (204, "", 0, "the server ended the event stream with the status 204"),
        (301, "", 1, "the server answered with the status 301"),
    ] {
        let server = Server::start();
        let mut tail = Program::start(TAIL, &[&server.url]);
        server.request().answer(status, headers);
        tail.error_line(reason);
        assert_eq!(tail.code(), Some(code), "{status}");
    }
    // 503 is tried again.
    let server = Server::start();
    let tail = Program::start(TAIL, &[&server.url]);
    server.request().answer(503, "");
    tail.error_line("the server answered 503 Service Unavailable; waiting");
    let mut wrong = Program::start(TAIL, &["http://127.0.0.1:1", "-H", "no colon"]);
    wrong.error_line("expected 'name: value'");
    assert_eq!(wrong.code(), Some(2));
}

#[test]
fn tail_knows_what_a_url_looks_like() {
    let server = Server::start();
    let address = server.url.trim_start_matches("http://");
    let port = address.rsplit_once(':').expect("a port").1;
    for url in [address.to_owned(), format!("localhost:{port}/feed"), format!("http://{address}")] {
        let tail = Program::start(TAIL, &[&url]);
        server.request().open().send("data: x\n\n");
        assert_eq!(tail.line(), "[message] x", "{url}");
    }
    for (url, hint) in [
        ("ftp://127.0.0.1/", "expected http:// or https://"),
        ("http://:80", "expected a URL like http://127.0.0.1:3000/feed"),
        ("", "expected a URL like http://127.0.0.1:3000/feed"),
    ] {
        let mut tail = Program::start(TAIL, &[url]);
        tail.error_line(hint);
        assert_eq!(tail.code(), Some(2), "{url}");
    }
}

#[test]
fn tail_says_plainly_what_went_wrong_and_what_to_do() {
    // A certificate that nobody has signed.
    let demo = Program::start(env!("CARGO_BIN_EXE_demo"), &["--addr", ":0", "--tls"]);
    let line = demo.line();
    let base = line.split(' ').find(|word| word.starts_with("https://")).expect("an address").trim_end_matches('/');
    let feed = format!("{base}/feed");
    let mut tail = Program::start(TAIL, &[&feed]);
    let why = tail.error_line("certificate not trusted: ");
    assert!(why.ends_with("; -k accepts any (0 events)"), "{why}");
    assert_eq!(tail.code(), Some(1));
    let tail = Program::start(TAIL, &[&feed, "-k"]);
    tail.error_line("connected");
    assert!(tail.line().starts_with("[message "));
    // Nobody there: the reason, and not that of reqwest alone.
    let tail = Program::start(TAIL, &["127.0.0.1:1"]);
    tail.error_line("Connection refused");
    // What the server says about it.
    let server = Server::start();
    let mut tail = Program::start(TAIL, &[&server.url]);
    let mut stream = server.request().open();
    stream.send("data: x\n\n");
    assert_eq!(tail.line(), "[message] x");
    // Each of them once, and each as it is said.
    stream.send("retry: 1\n");
    stream.end();
    tail.error_line("the server ended the connection; waiting 0.");
    server.request().answer_with(401, "content-type: application/json\r\n", r#"{"error":"no such key"}"#);
    tail.error_line("the server answered with the status 401");
    tail.error_line(r#"{"error":"no such key"} (1 event)"#);
    assert_eq!(tail.code(), Some(1));
    let mut page = Program::start(TAIL, &[&server.url]);
    server.request().answer_with(200, "content-type: text/html\r\n", "<h1>Log in</h1>");
    page.error_line("the content type is `text/html`, not text/event-stream");
    page.error_line("<h1>Log in</h1> (0 events)");
    assert_eq!(page.code(), Some(1));
}

#[test]
fn the_demo_and_load_know_their_addresses_and_their_numbers() {
    let (demo, load, contract) =
        (env!("CARGO_BIN_EXE_demo"), env!("CARGO_BIN_EXE_load"), env!("CARGO_BIN_EXE_contract"));
    for address in ["localhost:0", ":0", "127.0.0.1:0"] {
        let demo = Program::start(demo, &["--addr", address]);
        assert!(demo.line().starts_with("Open http://"), "{address}");
    }
    for (program, arguments, hint) in [
        (demo, &["--addr", "nonsense"][..], "expected an address and a port"),
        (demo, &["--redis", "nonsense"], "expected a URL as redis://127.0.0.1:6379"),
        (demo, &["--redis", "http://127.0.0.1:6379"], "expected a URL as redis://127.0.0.1:6379"),
        (load, &["-n", "0"], "0 is not in 1.."),
        (load, &["--seconds", "0"], "0 is not in 1.."),
        (load, &["nonsense"], "expected an address like http://127.0.0.1:3000"),
    ] {
        let mut program = Program::start(program, arguments);
        program.error_line(hint);
        assert_eq!(program.code(), Some(2), "{arguments:?}");
    }
    // Errors are texts, and not what Rust shows of them.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let here = format!("localhost:{port}");
    for (program, arguments) in [(demo, ["--addr", &*format!("127.0.0.1:{port}")]), (contract, ["--port", &*port])] {
        let mut program = Program::start(program, &arguments);
        assert!(program.error_line("cannot listen").starts_with("cannot listen on "));
        assert_eq!(program.code(), Some(1));
    }
    drop(taken);
    let mut load = Program::start(load, &[&here, "-n", "1"]);
    let why = load.error_line("refused");
    assert!(why.contains("is the demo running?") && !why.contains("Os {"), "{why}");
    assert_eq!(load.code(), Some(1));
}

#[test]
fn tail_sends_a_question_once() {
    let server = Server::start();
    let mut tail = Program::start(TAIL, &[&server.url, "-d", "question", "-H", "content-type: text/plain"]);
    let request = server.request();
    assert_eq!((&*request.method, &*request.body), ("POST", "question"));
    let mut stream = request.open();
    stream.send("data: answer\n\n");
    assert_eq!(tail.line(), "[message] answer");
    stream.end();
    tail.error_line("the server is done");
    assert_eq!(tail.code(), Some(0));
    assert!(server.request_within(Duration::ZERO).is_none());
}

#[test]
fn tail_ends_quietly_when_nobody_reads() {
    let server = Server::start();
    let mut tail = Program::start_into(TAIL, &[&server.url], Stdio::piped());
    drop(tail.child.stdout.take());
    server.request().open().send("data: x\n\n");
    assert_eq!(tail.code(), Some(0));
    assert!(tail.err.recv_timeout(PATIENCE).is_ok_and(|line| line.starts_with("connecting")));
    assert!(!tail.err.iter().any(|line| line.contains("write") || line.contains("panic")));
}

#[cfg(unix)]
#[test]
fn tail_ends_cleanly_when_interrupted() {
    let server = Server::start();
    let mut tail = Program::start(TAIL, &[&server.url]);
    let stream = server.request().open();
    tail.error_line("connected");
    let interrupted = std::process::Command::new("kill").args(["-INT", &tail.child.id().to_string()]).status();
    assert!(interrupted.is_ok_and(|status| status.success()));
    tail.error_line("stopped (0 events)");
    assert_eq!(tail.code(), Some(0));
    assert!(stream.ends_by_client());
}

#[test]
fn load_loses_nothing_and_repeats_nothing() {
    for baseline in [&[][..], &["--baseline", "axum"]] {
        let arguments = [&["--spawn", "-n", "20", "--seconds", "1", "--rate", "100"], baseline].concat();
        let mut load = Program::start(env!("CARGO_BIN_EXE_load"), &arguments);
        assert_eq!(load.code(), Some(0));
        let rows: Vec<String> = load.out.iter().collect();
        let value = |name: &str| {
            let row =
                rows.iter().find_map(|row| row.trim().strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {rows:?}"));
            row.split_whitespace().next().and_then(|value| value.parse::<f64>().ok()).expect("a number")
        };
        assert_eq!((value("lost"), value("duplicated")), (0.0, 0.0));
        let delivered = value("delivered events/s");
        assert!((1000.0..3000.0).contains(&delivered), "20 subscribers at 100 a second: {delivered}");
        assert!(value("latency, p50") <= value("latency, max"));
    }
}

#[test]
fn load_notices_that_a_stream_has_ended() {
    let server = Server::start();
    let mut load = Program::start(env!("CARGO_BIN_EXE_load"), &[&server.url, "-n", "1"]);
    let request = server.request();
    // Else a server keeps the connection, and the end of the response would have to be looked for.
    assert_eq!(request.header("connection"), Some("close"));
    request.open().end();
    load.error_line("the server ended the stream");
    assert_eq!(load.code(), Some(1));
}
