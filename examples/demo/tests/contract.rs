//! The contract service, driven as the suite `sse-contract-tests` does it: a row for each of its tests, in its groups
//! and under its names, and some of our own about the service itself.

mod script;
#[path = "script/service.rs"]
mod service;

use std::{
    thread::{self, sleep},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use script::{Server, call};
use service::Service;

/// What is sent, in pieces, and what the suite is to hear of it.
type Row<'a> = (&'a str, &'a [&'a [u8]], Vec<Value>);

/// Checks each row with a client of its own.
fn check(rows: &[Row<'_>]) {
    let service = Service::start();
    for (name, pieces, expected) in rows {
        check_one(&service, name, pieces, expected);
    }
}

fn check_one(service: &Service, name: &str, pieces: &[&[u8]], expected: &[Value]) {
    let server = Server::start();
    let mut client = service.open(&server, &json!({}));
    let mut stream = server.request().open();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            sleep(Duration::from_millis(2));
        }
        stream.send(piece);
    }
    client.expect(name, expected);
    assert_eq!(client.command("DELETE", ""), 204, "{name}");
}

fn event(event_type: &str, id: &str, data: &str) -> Value {
    json!({ "kind": "event", "event": { "type": event_type, "id": id, "data": data } })
}

fn message(data: &str) -> Value {
    event("message", "", data)
}

fn comment(text: &str) -> Value {
    json!({ "kind": "comment", "comment": text })
}

#[test]
fn basic_parsing() {
    let hundred = (0..100).map(|n| format!("data: message {n}\n\n")).collect::<Vec<_>>().concat();
    let greeting = || vec![event("greeting", "abc", "Hello")];
    let rows: [Row<'_>; 19] = [
        ("one-line message in one chunk", &[b"data: Hello\n\n"], vec![message("Hello")]),
        ("one-line message in two chunks", &[b"data: Hel", b"lo\n\n"], vec![message("Hello")]),
        ("two in one chunk", &[b"data: Hello\n\ndata: World\n\n"], vec![message("Hello"), message("World")]),
        ("one two-line message", &[b"data: Hello\ndata:World\n\n"], vec![message("Hello\nWorld")]),
        ("empty data", &[b"data:\n\n"], vec![message("")]),
        ("specific type", &[b"event: greeting\ndata: Hello\n\n"], vec![event("greeting", "", "Hello")]),
        ("event with ID", &[b"id: abc\ndata: Hello\n\n"], vec![event("message", "abc", "Hello")]),
        ("event with type and ID", &[b"event: greeting\nid: abc\ndata: Hello\n\n"], greeting()),
        ("ID with a null is ignored", &[b"id: a\0bc\ndata: Hello\n\n"], vec![message("Hello")]),
        (
            "last ID persists",
            &[b"id: abc\ndata: 1\n\n", b"data: 2\n\n"],
            vec![event("message", "abc", "1"), event("message", "abc", "2")],
        ),
        (
            "last ID overridden by an empty value",
            &[b"id: abc\ndata: 1\n\n", b"id: \ndata: 2\n\n"],
            vec![event("message", "abc", "1"), message("2")],
        ),
        ("fields in reverse order", &[b"data: Hello\nid: abc\nevent: greeting\n\n"], greeting()),
        ("unknown field", &[b"event: x\ncolor: blue\ndata: Hello\n\n"], vec![event("x", "", "Hello")]),
        ("fields without leading space", &[b"event:x\ndata:Hello\n\n"], vec![event("x", "", "Hello")]),
        ("extra leading space", &[b"event:  x\ndata:  Hello\n\n"], vec![event(" x", "", " Hello")]),
        ("field with no colon", &[b"data\n\ndata\ndata\n\n"], vec![message(""), message("\n")]),
        ("multi-byte characters", &["data: €豆腐\n\n".as_bytes()], vec![message("€豆腐")]),
        (
            "multi-byte characters in single-byte pieces",
            &"data: €豆腐\n\n".as_bytes().chunks(1).collect::<Vec<_>>(),
            vec![message("€豆腐")],
        ),
        (
            "many messages in rapid succession",
            &[hundred.as_bytes()],
            (0..100).map(|n| message(&format!("message {n}"))).collect(),
        ),
    ];
    check(&rows);
}

#[test]
fn large_messages_arrive_whole_however_they_are_cut() {
    let service = Service::start();
    for size in [1, 512, 1023, 1024, 1025, 4096, 4098, 8189, 8192, 16_384, 65_536, 1_048_576, 5_000_000, 10_000_000] {
        let (name, data) = (format!("payload of {size} bytes"), "x".repeat(size));
        let stream = format!("data: {data}\n\n");
        check_one(&service, &name, &[stream.as_bytes()], &[message(&data)]);
    }
    let data = "y".repeat(100_000);
    let stream = format!("data: {data}\n\n").repeat(2);
    let thirds: Vec<_> = stream.as_bytes().chunks(stream.len() / 3 + 1).collect();
    check_one(&service, "two messages in three chunks", &thirds, &[message(&data), message(&data)]);
}

#[test]
fn linefeeds() {
    let inputs: [(&str, &str, &[&str]); 6] = [
        ("one-line event", "data: 1||", &["1"]),
        ("one-line + two-line event", "data: 1||data: 2 a|data: 2 b||", &["1", "2 a\n2 b"]),
        ("empty line at beginning", "data:|data: line2|data: line3||", &["\nline2\nline3"]),
        ("empty line in middle", "data: line1|data:|data: line3||", &["line1\n\nline3"]),
        ("ignores 1 extra empty line", "data: 1|||data: 2||", &["1", "2"]),
        ("ignores 2 extra empty lines", "data: 1||||data: 2||", &["1", "2"]),
    ];
    let service = Service::start();
    for (line_end, size) in ["\n", "\r\n", "\r"].iter().flat_map(|end| [usize::MAX, 1, 2].map(|size| (end, size))) {
        for (name, input, expected) in inputs {
            let stream = input.replace('|', line_end);
            let expected: Vec<_> = expected.iter().copied().map(message).collect();
            let name = format!("{line_end:?} separator, {name}, {size}-character chunks");
            check_one(&service, &name, &stream.as_bytes().chunks(size).collect::<Vec<_>>(), &expected);
        }
    }
    let pieces = ["data: Hello\r", "\ndata: World\r", "\n\r\ndata: OK\r", "\n", "\r", "\n"].map(str::as_bytes);
    check_one(&service, "CRLF where CR is end of 1 chunk", &pieces, &[message("Hello\nWorld"), message("OK")]);
}

#[test]
fn byte_order_marks() {
    let rows: [Row<'_>; 10] = [
        ("stripped at the start", &[b"\xef\xbb\xbfdata: x\n\n"], vec![message("x")]),
        ("type and ID", &[b"\xef\xbb\xbfevent: t\nid: 1\ndata: x\n\n"], vec![event("t", "1", "x")]),
        ("multiple messages", &[b"\xef\xbb\xbfdata: 1\n\ndata: 2\n\n"], vec![message("1"), message("2")]),
        ("not later", &[b"data: 1\n\n", b"data: \xef\xbb\xbf2\n\n"], vec![message("1"), message("\u{feff}2")]),
        ("split in two", &[b"\xef\xbb", b"\xbfdata: x\n\n"], vec![message("x")]),
        ("byte by byte", &[b"\xef", b"\xbb", b"\xbf", b"data: x\n\n"], vec![message("x")]),
        ("only the first", &[b"\xef\xbb\xbfdata: \xef\xbb\xbfx\n\n"], vec![message("\u{feff}x")]),
        ("multi-line data", &[b"\xef\xbb\xbfdata: 1\ndata: 2\n\n"], vec![message("1\n2")]),
        ("comment at start", &[b"\xef\xbb\xbf:comment\ndata: x\n\n"], vec![comment("comment"), message("x")]),
        ("empty data", &[b"\xef\xbb\xbfdata:\n\n"], vec![message("")]),
    ];
    check(&rows);
}

#[test]
fn comments() {
    let rows: [Row<'_>; 4] = [
        ("single comment", &[b":Hello\n"], vec![comment("Hello")]),
        ("two in a row", &[b":Hello\n", b":World\n"], vec![comment("Hello"), comment("World")]),
        ("before event", &[b":Hello\n", b"data: x\n\n"], vec![comment("Hello"), message("x")]),
        ("after event", &[b"data: x\n\n", b":Hello\n"], vec![message("x"), comment("Hello")]),
    ];
    check(&rows);
}

#[test]
fn requests_are_made_as_asked() {
    let service = Service::start();
    let json_type = "application/json; charset=utf-8";
    let rows = [
        ("default method and headers", json!({}), "GET", "", vec![]),
        (
            "custom headers",
            json!({ "headers": { "header-name-1": "value-1", "header-name-2": "value-2" } }),
            "GET",
            "",
            vec![("header-name-1", "value-1"), ("header-name-2", "value-2")],
        ),
        (
            "POST request",
            json!({ "method": "POST", "body": "{}", "headers": { "content-type": json_type } }),
            "POST",
            "{}",
            vec![("content-type", json_type)],
        ),
        (
            "REPORT request",
            json!({ "method": "REPORT", "body": "{}", "headers": { "content-type": json_type } }),
            "REPORT",
            "{}",
            vec![("content-type", json_type)],
        ),
        ("last event ID", json!({ "lastEventId": "abc" }), "GET", "", vec![("last-event-id", "abc")]),
    ];
    for (name, with, method, body, headers) in rows {
        let server = Server::start();
        let _client = service.open(&server, &with);
        let request = server.request();
        assert_eq!((&*request.method, &*request.body), (method, body), "{name}");
        let usual = [("accept", "text/event-stream"), ("cache-control", "no-cache")];
        for (header, value) in headers.iter().chain(&usual) {
            assert_eq!(request.header(header), Some(*value), "{name}");
        }
        let has_id = headers.iter().any(|(name, _)| *name == "last-event-id");
        assert_eq!(request.header("last-event-id").is_some(), has_id, "{name}");
    }
}

#[test]
fn answers_without_a_stream() {
    let (service, at_once) = (Service::start(), json!({ "initialDelayMs": 0 }));
    for (status, method, then) in [
        (301, "GET", "GET"),
        (302, "GET", "GET"),
        (307, "GET", "GET"),
        (308, "GET", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "REPORT", "REPORT"),
        (307, "REPORT", "REPORT"),
        // As browsers do (Fetch, HTTP-redirect fetch).
        (301, "POST", "GET"),
    ] {
        let (server, target) = (Server::start(), Server::start());
        let with = if method == "GET" { json!({}) } else { json!({ "method": method, "body": "question" }) };
        let mut client = service.open(&server, &with);
        server.request().answer(status, &format!("location: {}/there\r\n", target.url));
        let request = target.request();
        let body = if then == "GET" { "" } else { "question" };
        assert_eq!((&*request.method, &*request.body, &*request.path), (then, body, "/there"), "{method} {status}");
        request.open().send("data: hello\n\n");
        client.expect("redirect", &[message("hello")]);
    }
    for (status, headers) in [
        (301, ""),
        (301, "location:\r\n"),
        (307, ""),
        (307, "location:\r\n"),
        (404, ""),
        (500, ""),
        (200, "content-type: text/html\r\n"),
    ] {
        let server = Server::start();
        let mut client = service.open(&server, &at_once);
        let answers = thread::spawn(move || {
            let mut count = 0;
            while let Some(request) = server.request_within(Duration::from_secs(1)) {
                request.answer(status, headers);
                count += 1;
            }
            count
        });
        client.expect_error(&format!("{status} {headers:?}"));
        // An empty location is the same one: reqwest asks eleven times. Then it is over.
        let expected = if headers.starts_with("location") { 11 } else { 1 };
        assert_eq!(answers.join().expect("a count"), expected, "{status} {headers:?}");
    }
    let server = Server::start();
    let client = service.open(&server, &at_once);
    server.request().answer(204, "");
    assert!(server.request_within(Duration::from_secs(1)).is_none(), "204 halts re-connection attempts");
    assert!(client.callbacks.request_within(Duration::ZERO).is_none(), "204 is no error");
}

#[test]
fn reconnection() {
    let service = Service::start();
    let at_once = json!({ "initialDelayMs": 0 });
    for (name, sent, id, next) in [
        ("sends ID of last received event", "id: abc\ndata: 1\n\n", Some("abc"), event("message", "abc", "next")),
        ("of the last that had one", "id: abc\ndata: 1\n\ndata: 1\n\n", Some("abc"), event("message", "abc", "next")),
        ("overridden with an empty value", "id: abc\n\nid\ndata: 1\n\n", None, message("next")),
        (
            "discards partial messages on retry",
            "id: abc\ndata: 1\n\nid: def\ndata: Goodbye",
            Some("abc"),
            event("message", "abc", "next"),
        ),
        ("an ID that cannot be sent", "id: a\u{1}\ndata: 1\n\n", None, event("message", "a\u{1}", "next")),
    ] {
        for is_broken in [false, true] {
            let server = Server::start();
            let mut client = service.open(&server, &at_once);
            let first = server.request();
            assert_eq!(first.header("last-event-id"), None, "{name}");
            let mut stream = first.open();
            stream.send(sent);
            for _ in 0..sent.matches("data: 1").count() {
                assert_eq!(client.message()["event"]["data"], "1", "{name}");
            }
            if is_broken {
                drop(stream);
            } else {
                stream.end();
            }
            client.expect_error(name);
            // Without the option it would be three seconds.
            let second = server.request_within(Duration::from_secs(2)).expect(name);
            assert_eq!(second.header("last-event-id"), id, "{name}");
            second.open().send("data: next\n\n");
            if name.contains("cannot be sent") {
                assert!(client.expect_error(name).contains("cannot be sent"));
            }
            client.expect(name, std::slice::from_ref(&next));
        }
    }
}

#[test]
fn reconnection_on_demand_and_out_of_patience() {
    let service = Service::start();
    let server = Server::start();
    // The delay would be long: a restart does not wait for it.
    let with = json!({ "initialDelayMs": 60_000, "method": "POST", "body": "question" });
    let mut client = service.open(&server, &with);
    let mut first = server.request().open();
    first.send("id: 1\ndata: Hello\n\n");
    client.expect("restart", &[event("message", "1", "Hello")]);
    assert_eq!(client.command("POST", r#"{"command":"restart"}"#), 202);
    let second = server.request();
    assert_eq!(second.header("last-event-id"), Some("1"));
    assert_eq!((&*second.method, &*second.body), ("POST", "question"), "resends request body");
    assert!(first.ends_by_client());
    let mut second = second.open();
    second.send("data: Thanks\n\n");
    client.expect("restart", &[event("message", "1", "Thanks")]);
    // Also while it waits.
    second.end();
    client.expect_error("the end");
    assert_eq!(client.command("POST", r#"{"command":"restart"}"#), 202);
    server.request().open().send("retry: 0\ndata: Again\n\n");
    client.expect("restart", &[event("message", "1", "Again")]);

    let server = Server::start();
    let mut client = service.open(&server, &json!({ "initialDelayMs": 0, "readTimeoutMs": 500 }));
    let mut stream = server.request().open();
    let begun = Instant::now();
    for piece in ["da", "ta:", " slow", "\n", "\n"] {
        stream.send(piece);
        sleep(Duration::from_millis(250));
    }
    client.expect("any byte starts the time anew", &[message("slow")]);
    assert!(client.expect_error("read timeout").contains("too long"));
    assert!(begun.elapsed() > Duration::from_millis(1500));
    server.request().open().send("data: back\n\n");
    client.expect("read timeout", &[message("back")]);
}

#[test]
fn the_service_is_as_specified() {
    let mut service = Service::start();
    let (status, _, body) = call(&service.url, "GET", "/", "");
    let capabilities = serde_json::from_str::<Value>(&body).expect("JSON")["capabilities"].clone();
    assert_eq!((status, capabilities.as_array().map(Vec::len)), (200, Some(9)));
    for bad in ["", "{}", r#"{"streamUrl":"?","callbackUrl":"http://127.0.0.1:1"}"#] {
        assert_eq!(call(&service.url, "POST", "/", bad).0, 400, "{bad:?}");
    }
    assert_eq!(call(&service.url, "POST", "/streams/77", r#"{"command":"restart"}"#).0, 404);
    assert_eq!(call(&service.url, "DELETE", "/streams/77", "").0, 404);

    let server = Server::start();
    let mut client = service.open(&server, &json!({}));
    assert_eq!(client.command("POST", r#"{"command":"listen","listen":{"type":"x"}}"#), 202);
    assert_eq!(client.command("POST", r#"{"command":"dance"}"#), 400);
    let mut stream = server.request().open();
    stream.send("data: 1\n\ndata: 2\n\n");
    let (_, first) = client.untaken_message();
    assert!(client.callbacks.request_within(Duration::from_millis(200)).is_none(), "one at a time");
    first.answer(202, "");
    client.expect("in order", &[message("2")]);
    assert_eq!(client.command("DELETE", ""), 204);
    assert!(stream.ends_by_client());
    assert_eq!(client.command("DELETE", ""), 404);

    assert_eq!(call(&service.url, "DELETE", "/", "").0, 204);
    assert_eq!(service.program.code(), Some(0));
}
