//! `gateway` as a program, between a client and upstreams of all kinds.

mod script;

use std::{
    convert::Infallible,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::get,
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt, future::join_all, stream};
use reqwest::{Client, Response, redirect::Policy};
use script::{Events, PATIENCE, Program, Server};
use serde_json::{Value, json};
use sse_wire::{
    Event, Frame,
    body::{EventBody, event_stream_response},
    stream::{EventStream, EventStreamExt},
};
use tokio::{net::TcpListener, sync::Barrier, time::timeout};

/// The gateway, and who asks it.
struct Gateway {
    program: Program,
    url: String,
    client: Client,
}

impl Gateway {
    fn start(upstream: &str, options: &[&str]) -> Self {
        let arguments = [&["--listen", "127.0.0.1:0", "--upstream", upstream], options].concat();
        let program = Program::start(env!("CARGO_BIN_EXE_gateway"), &arguments);
        let line = program.line();
        let url = line.split(' ').next().expect("an address").to_owned();
        Self {
            program,
            url,
            client: demo::client::builder().no_proxy().redirect(Policy::none()).build().expect("a client"),
        }
    }

    async fn get(&self) -> Response {
        timeout(PATIENCE, self.client.get(&self.url).send()).await.expect("in time").expect("an answer")
    }

    /// Asks, while the upstream answers as this says.
    async fn between(&self, server: &Server, answer: impl FnOnce(Events) + Send + 'static) -> Response {
        let asked = tokio::spawn(self.client.get(&self.url).send());
        let request = tokio::task::block_in_place(|| server.request());
        std::thread::spawn(move || answer(request.open()));
        let response = timeout(PATIENCE, asked).await.expect("in time").expect("no panic").expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        response
    }

    /// The line of log that has this in it.
    fn logged(&self, part: &str) -> String {
        self.program.error_line(part)
    }
}

async fn bytes(response: Response) -> Bytes {
    timeout(PATIENCE, response.bytes()).await.expect("in time").expect("a whole body")
}

async fn next<S, B, E>(events: &mut EventStream<S>) -> Option<Event>
where
    S: futures_util::Stream<Item = Result<B, E>> + Unpin,
    EventStream<S>: futures_util::Stream<Item = Result<Event, sse_wire::StreamError<E>>>,
{
    timeout(PATIENCE, events.next()).await.expect("in time").transpose().unwrap_or(None)
}

/// Comments, an explicit type, IDs, unknown fields, two lines of data, what is not UTF-8, and no blank line at the end.
fn stream_with(line_end: &str) -> Vec<u8> {
    let lines = [
        ": hi",
        "event: message",
        "id: 1",
        "model: x",
        "data: {\"a\":",
        "data:  1}",
        "",
        ": alone",
        "retry: 9",
        "",
        "",
        "data",
        "",
        "data: \u{FFFD}",
        "",
        "id",
        "data: last",
        "",
        ": the end",
    ];
    let text = lines.map(|line| [line, line_end].concat()).concat().into_bytes();
    // One byte that is never a part of text.
    let at = text.windows(3).position(|bytes| bytes == "\u{FFFD}".as_bytes()).expect("it is there");
    [&text[..at], &[0xFF], &text[at + 3..]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_edited_is_the_same_byte_for_byte() {
    let server = Server::start();
    for options in [&[][..], &["--hold", "3"], &["--model", "ours"]] {
        let gateway = Gateway::start(&server.url, options);
        for line_end in ["\n", "\r", "\r\n"] {
            let sent = stream_with(line_end);
            // Whole, byte by byte, and at every place.
            for at in 0..=sent.len() {
                let stream = sent.clone();
                let answer = move |mut events: Events| {
                    let pieces = if at == 0 { stream.chunks(1).collect() } else { vec![&stream[..at], &stream[at..]] };
                    pieces.into_iter().filter(|piece| !piece.is_empty()).for_each(|piece| events.send(piece));
                    events.end();
                };
                let received = bytes(gateway.between(&server, answer).await).await;
                assert_eq!(received, sent, "{options:?} {line_end:?} {at}: {}", received.escape_ascii());
            }
        }
        gateway.logged("Complete (4 events");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_called_as_asked_and_nothing_else_changes() {
    let server = Server::start();
    let gateway = Gateway::start(&server.url, &["--model", "o\"urs"]);
    let rows = [
        (r#"{"a":1.50, "model" : "gpt-\u0034" ,"z":"model"}"#, r#"{"a":1.50, "model" : "o\"urs" ,"z":"model"}"#),
        (
            r#"{"type":"message_start","message":{"model":"c"}}"#,
            r#"{"type":"message_start","message":{"model":"o\"urs"}}"#,
        ),
        (r#"{"response":{"id":1,"model":"g"},"b":2}"#, r#"{"response":{"id":1,"model":"o\"urs"},"b":2}"#),
        (r#"{"text":"\"model\":\"x\""}"#, r#"{"text":"\"model\":\"x\""}"#),
        (r#"{"model":"x""#, r#"{"model":"x""#),
        ("[DONE]", "[DONE]"),
    ];
    let block = |data: &str| format!(": c\r\nid:7\r\ndata: {data}\r\nx: y\r\n\r\n");
    let sent = rows.map(|(sent, _)| block(sent)).concat();
    let response = gateway.between(&server, move |mut events| {
        sent.as_bytes().chunks(7).for_each(|piece| events.send(piece));
        events.end();
    });
    assert_eq!(bytes(response.await).await, rows.map(|(_, expected)| block(expected)).concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_in_the_words_of_each_api() {
    let server = Server::start();
    let gateway = Gateway::start(&server.url, &[]);
    for (chunks, expected) in [
        (
            vec![json!({ "choices": [] }), json!({ "usage": { "prompt_tokens": 12, "completion_tokens": 34 } })],
            "12 + 34 tokens",
        ),
        (
            vec![
                json!({ "message": { "usage": { "input_tokens": 5, "output_tokens": 1 } } }),
                json!({ "usage": { "output_tokens": 60 } }),
            ],
            "5 + 60 tokens",
        ),
        (vec![json!({ "response": { "usage": { "input_tokens": 7, "output_tokens": 8 } } })], "7 + 8 tokens"),
        (vec![json!({ "usage": null })], "0 + 0 tokens"),
    ] {
        let count = chunks.len();
        let response = gateway.between(&server, move |mut events| {
            chunks.iter().for_each(|chunk| events.send(format!("data: {chunk}\n\n")));
            events.end();
        });
        bytes(response.await).await;
        let line = gateway.logged("GET /: Complete");
        assert!(line.contains(expected) && line.contains(&format!("({count} events, the first after 0.")), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_breaks_off_is_told_of_and_nothing_lands_inside_an_event() {
    let server = Server::start();
    for (options, ends) in [(&[][..], true), (&[], false), (&["--hold", "5"], true), (&["--hold", "5"], false)] {
        let gateway = Gateway::start(&server.url, options);
        let response = gateway.between(&server, move |mut events| {
            events.send("data: 1\n\ndata: ha");
            std::thread::sleep(Duration::from_millis(50));
            if ends {
                events.end();
            }
        });
        let mut events = response.await.bytes_stream().events();
        assert_eq!(next(&mut events).await.expect("an event").data(), "1");
        let last = next(&mut events).await.expect("an event");
        let why = if ends { "the upstream ended in the middle of an event" } else { "the upstream broke off" };
        let error: Value = last.json().expect("JSON");
        assert_eq!((last.event_type(), &error["error"]["type"]), ("error", &json!("upstream_error")));
        assert!(error["error"]["message"].as_str().is_some_and(|message| message.starts_with(why)), "{error}");
        // Then the body ends as that of the upstream did.
        let end = timeout(PATIENCE, events.next()).await.expect("in time");
        assert_eq!((end.is_none(), events.is_mid_event()), (ends, false), "{end:?}");
        gateway.logged(if ends { "CutOff (1 events" } else { "Failed (1 events" });
    }
}

/// A response that is answered as it stands.
async fn answers(status: u16, head: &'static [(&'static str, &'static str)], body: Vec<u8>) -> String {
    let answer = move |request: HeaderMap| async move {
        let length = request.contains_key("x-chunked");
        let body = if length { Body::from_stream(stream::iter([Ok::<_, Infallible>(body)])) } else { Body::from(body) };
        let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
        for (name, value) in head {
            response.headers_mut().insert(*name, value.parse().expect("a value"));
        }
        response
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_stream_goes_on_untouched_and_failures_are_not_hidden() {
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    };
    let json_type = &[("content-type", "application/json; charset=utf-8")][..];
    const STREAM_TYPE: &str = "text/event-stream";
    let long = json!({ "error": null, "text": "x".repeat(1_000_000) }).to_string();
    let rows = [
        (429, &[("retry-after", "7"), ("content-type", "application/json")][..], b"{\"error\":1}".to_vec(), 429),
        (500, &[("content-type", "text/html")], b"<h1>oops</h1>".to_vec(), 500),
        (401, &[("content-type", STREAM_TYPE)], b"data: no\n\n".to_vec(), 401),
        (204, &[("x-a", "b")], vec![], 204),
        (302, &[("location", "/elsewhere")], vec![], 302),
        (200, json_type, br#"{"error":{"message":"overloaded"}}"#.to_vec(), 502),
        (200, json_type, br#"{"choices":[]}"#.to_vec(), 200),
        (200, json_type, br#"{"error":null}"#.to_vec(), 200),
        (200, json_type, b"no JSON".to_vec(), 200),
        (200, json_type, long.into_bytes(), 200),
        (200, &[("content-type", "text/plain")], br#"{"error":1}"#.to_vec(), 200),
        // The gateway asks for nothing of the kind, but there are such servers.
        (200, &[("content-type", STREAM_TYPE), ("content-encoding", "gzip")], gzip("data: x\n\n"), 200),
    ];
    for (status, head, body, expected) in rows {
        let gateway = Gateway::start(&answers(status, head, body.clone()).await, &["--model", "ours"]);
        for framing in ["x-length", "x-chunked"] {
            let request = gateway.client.get(&gateway.url).header(framing, "1");
            let response = timeout(PATIENCE, request.send()).await.expect("in time").expect("an answer");
            assert_eq!(response.status(), expected);
            for (name, value) in head {
                assert_eq!(response.headers()[*name], value);
            }
            assert_eq!(bytes(response).await, body);
            let line = gateway.logged("passed on unread");
            assert!(line.contains(&format!("GET /: {expected} ")), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_cannot_be_reached_is_told_of() {
    let mut refused = Program::start(env!("CARGO_BIN_EXE_gateway"), &["--upstream", "ftp://127.0.0.1"]);
    refused.error_line("expected http:// or https://");
    assert_eq!(refused.code(), Some(2));
    let gateway = Gateway::start("127.0.0.1:1", &[]);
    let response = gateway.get().await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let error: Value = serde_json::from_slice(&bytes(response).await).expect("JSON");
    assert!(error["error"]["message"].as_str().is_some_and(|text| text.contains("refused")), "{error}");
    gateway.logged("cannot reach the upstream: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_goes_on_as_it_is() {
    let server = Server::start();
    let gateway = Gateway::start(&format!("{}/base/", server.url), &[]);
    let client = gateway.client.clone();
    let request = client.post(format!("{}/v1/chat?a=%20b", gateway.url)).header("authorization", "Bearer x");
    let request = request.header("connection", "x-secret").header("x-secret", "1").header("accept-encoding", "gzip");
    let sent = tokio::spawn(request.body("{\"stream\":true}").send());
    let seen = tokio::task::block_in_place(|| server.request());
    let what = (seen.method.as_str(), seen.path.as_str(), seen.body.as_str(), seen.header("authorization"));
    assert_eq!(what, ("POST", "/base/v1/chat?a=%20b", "{\"stream\":true}", Some("Bearer x")));
    assert_eq!((seen.header("x-secret"), seen.header("accept-encoding")), (None, Some("identity")));
    assert_eq!(seen.header("host"), Some(server.url.trim_start_matches("http://")));
    seen.answer(200, "x-a: b\r\nkeep-alive: 5\r\n");
    let response = sent.await.expect("no panic").expect("an answer");
    assert_eq!((response.headers().get("keep-alive"), &response.headers()["x-a"]), (None, &"b".parse().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_upstream_stalls_the_client_hears_comments_between_events() {
    let server = Server::start();
    let gateway = Gateway::start(&server.url, &["--keep-alive", "20"]);
    let response = gateway.between(&server, |mut events| {
        for piece in ["data: 1\n\n", "data: ", "2\n\ndata: 3\n\n"] {
            events.send(piece);
            std::thread::sleep(Duration::from_millis(400));
        }
        events.end();
    });
    let received = bytes(response.await).await;
    let text = str::from_utf8(&received).expect("text");
    assert_eq!(text.replace(": \n\n", ""), "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    // Of some 40 and 20 that there could be, on a machine with nothing else to do.
    let pauses: Vec<_> = text.split("data: ").map(|part| part.matches(": \n\n").count()).collect();
    assert!(matches!(pauses[..], [0, first, 0, last] if first > 2 && last > 0), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_is_noticed_within_a_second() {
    let server = Server::start();
    let gateway = Gateway::start(&server.url, &[]);
    // Before the answer, and in the middle of it.
    let sent = tokio::spawn(gateway.client.get(&gateway.url).send());
    let request = tokio::task::block_in_place(|| server.request());
    sent.abort();
    let left = Instant::now();
    assert!(tokio::task::block_in_place(|| request.open().ends_by_client()));
    assert!(left.elapsed() < Duration::from_secs(1));
    gateway.logged("GET /: Dropped (0 events");

    let (sender, upstream) = tokio::sync::oneshot::channel();
    let response = gateway.between(&server, |mut events| {
        events.send("data: 1\n\n");
        assert!(sender.send(events).is_ok());
    });
    let mut events = response.await.bytes_stream().events();
    assert_eq!(next(&mut events).await.expect("an event").data(), "1");
    let upstream = upstream.await.expect("the upstream");
    drop(events);
    let left = Instant::now();
    assert!(tokio::task::block_in_place(|| upstream.ends_by_client()));
    assert!(left.elapsed() < Duration::from_secs(1));
    gateway.logged("GET /: Dropped (1 events");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_at_once() {
    const COUNT: usize = 1000;
    let all_are_there = Arc::new(Barrier::new(COUNT));
    let answer = move || async move {
        let frames = stream::iter(0..3_usize).then(move |at| {
            let all_are_there = Arc::clone(&all_are_there);
            async move {
                // Nobody gets a second event before all have had their first.
                if at == 1 {
                    all_are_there.wait().await;
                }
                Frame::new().data(&format!("{at}")).to_encoded()
            }
        });
        event_stream_response(EventBody::new(frames))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let upstream = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(answer))).await });
    let gateway = Gateway::start(&upstream, &[]);
    let clients = (0..COUNT).map(|_| async {
        let response = gateway.client.get(&gateway.url).send().await.expect("an answer");
        response.bytes().await.expect("a whole body")
    });
    for received in timeout(6 * PATIENCE, join_all(clients)).await.expect("in time") {
        assert_eq!(received, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    }
    for _ in 0..COUNT {
        gateway.logged("Complete (3 events");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_chat_goes_through() {
    let demo = Program::start(env!("CARGO_BIN_EXE_demo"), &["--addr", "127.0.0.1:0"]);
    let line = demo.line();
    let upstream = line.split(' ').nth(1).expect("an address").trim_end_matches('/').to_owned();
    let gateway = Gateway::start(&upstream, &["--model", "ours", "--hold", "2"]);
    let ask = |base: &str| {
        let body = json!({ "prompt": "hello" }).to_string();
        gateway.client.post(format!("{base}/chat")).header("content-type", "application/json").body(body).send()
    };
    let (through, directly) = tokio::join!(ask(&gateway.url), ask(&upstream));
    let (through, directly) = tokio::join!(bytes(through.expect("an answer")), bytes(directly.expect("an answer")));
    let text = |bytes: &Bytes| {
        let text = str::from_utf8(bytes).expect("text").to_owned();
        text.replace("chat-2", "chat-1")
    };
    assert_eq!(text(&through), text(&directly));
    assert!(text(&through).ends_with("data: [DONE]\n\n") && text(&through).len() > 10_000);
    gateway.logged("POST /chat: Complete");

    // And a client that leaves is one that the model need not answer.
    let mut events = ask(&gateway.url).await.expect("an answer").bytes_stream().events();
    next(&mut events).await.expect("an event");
    drop(events);
    let left = Instant::now();
    demo.error_line("cancelled by the client");
    assert!(left.elapsed() < Duration::from_secs(1));
    gateway.logged("POST /chat: Dropped");
}
