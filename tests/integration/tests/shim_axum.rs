//! The shim with the API of axum's `response::sse` beside axum itself: one table of events and the bytes that a client
//! gets, panics, keep-alives on a clock that stands still, errors, and each difference with its reason.

use std::{convert::Infallible, panic::catch_unwind, rc::Rc, task::Poll, time::Duration};

use axum::{
    BoxError, Router,
    response::{IntoResponse, sse as original},
    routing::get,
};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use integration::{
    TestResult,
    client::{Client, Version},
    run, server,
    shims::axum_sse as shim,
};
use serde::Serialize;
use sse_wire::{Decoder, Event, header::RESPONSE_HEADERS};
use tokio::time::{Instant, sleep};

/// An event as both are asked for it, and what is sent.
struct Row {
    event: &'static str,
    shim: fn() -> shim::Event,
    original: fn() -> original::Event,
    bytes: &'static str,
    expected: Original,
}

/// What axum 0.8.9 sends.
#[derive(Clone, Copy)]
enum Original {
    Same,
    /// Other bytes, which mean the same.
    Means(&'static str),
    /// Something else, and why.
    Sends(&'static str, &'static str),
}
use Original::{Means, Same, Sends};

/// A row, from the calls that make the event.
macro_rules! row {
    ($bytes:expr, $expected:expr, $($calls:tt)*) => {
        Row {
            event: stringify!($($calls)*),
            shim: || shim::Event::default()$($calls)*,
            original: || original::Event::default()$($calls)*,
            bytes: $bytes,
            expected: $expected,
        }
    };
}

const ROWS: &[Row] = &[
    row!("data: a\n\n", Same, .data("a")),
    row!("data:  a \n\n", Same, .data(String::from(" a "))),
    row!("data: 글🦀\n\n", Same, .data("글🦀")),
    row!("data: a\ndata: \ndata: b\n\n", Same, .data("a\n\nb")),
    row!("data: \ndata: a\ndata: \n\n", Same, .data("\na\n")),
    row!("data: id: 1\n\n", Same, .data("id: 1")),
    row!("data: a\ndata: b\n\n", Means("data: a\rdata: b\n\n"), .data("a\rb")),
    row!(
        "data: a\ndata: b\n\n",
        Sends("data: a\rdata: \ndata: b\n\n", "9.2.5: CRLF is one line end"),
        .data("a\r\nb")
    ),
    row!("data: \n\n", Sends("\n", "9.2.6: data that is set to nothing is data, and an event"), .data("")),
    row!("data: {\"a\":[1,null],\"b\":\"\\n\"}\n\n", Same, .json_data(VALUE).expect("JSON")),
    row!("event: tick\ndata: a\n\n", Same, .event("tick").data("a")),
    row!("id: 7\ndata: a\n\n", Same, .id("7").data("a")),
    row!("event: \nid: \ndata: a\n\n", Same, .event("").id("").data("a")),
    row!("retry: 0\n\n", Same, .retry(Duration::ZERO)),
    row!("retry: 1001\n\n", Same, .retry(Duration::from_micros(1_001_999))),
    row!("retry: 3600000\ndata: a\n\n", Same, .retry(Duration::from_secs(3600)).data("a")),
    row!(": a\n\n", Same, .comment("a")),
    row!(": \n\n", Same, .comment("")),
    row!(": a\n: b\ndata: c\n\n", Same, .comment("a").comment("b").data("c")),
    row!(
        ": a\nevent: tick\nid: 7\nretry: 5\ndata: b\n\n",
        Same,
        .comment("a").event("tick").id("7").retry(Duration::from_millis(5)).data("b")
    ),
    row!(
        ": a\n: c\nevent: tick\nid: 7\ndata: b\n\n",
        Means(": a\ndata: b\nid: 7\nevent: tick\n: c\n\n"),
        .comment("a").data("b").id("7").event("tick").comment("c")
    ),
    row!("\n", Same,),
];

#[derive(Clone, Copy, Serialize)]
struct Value {
    a: [Option<u8>; 2],
    b: &'static str,
}

const VALUE: Value = Value { a: [Some(1), None], b: "\n" };

#[test]
fn a_client_gets_the_bytes_of_the_row() -> TestResult {
    run(async {
        for row in ROWS {
            let handler = async || shim::Sse::new(stream::iter([Ok::<_, Infallible>((row.shim)())]));
            assert_eq!(sent(Router::new().route("/", get(handler))).await?, row.bytes, "{}", row.event);
        }
        Ok(())
    })
}

#[test]
fn axum_sends_the_same_or_what_the_row_says() -> TestResult {
    run(async {
        for row in ROWS {
            let handler = async || original::Sse::new(stream::iter([Ok::<_, Infallible>((row.original)())]));
            let bytes = sent(Router::new().route("/", get(handler))).await?;
            match row.expected {
                Same => assert_eq!(bytes, row.bytes, "{}", row.event),
                Means(other) => {
                    assert_eq!(bytes, other, "{}", row.event);
                    assert_eq!(events(other), events(row.bytes), "{}", row.event);
                }
                Sends(other, why) => {
                    assert_eq!(bytes, other, "{}: {why}", row.event);
                    assert_ne!(events(other), events(row.bytes), "{}: {why}", row.event);
                }
            }
        }
        Ok(())
    })
}

/// What clients over both versions of HTTP get of an answer that ends.
async fn sent(router: Router) -> Result<String, BoxError> {
    let address = server::axum(router).await;
    let mut bodies = Vec::new();
    for client in [Client::Reqwest(Version::Http1), Client::Hyper(Version::Http2)] {
        let chunks: Vec<_> = client.open(address).await?.try_collect().await?;
        bodies.push(String::from_utf8(chunks.concat())?);
    }
    assert_eq!(bodies[0], bodies[1]);
    Ok(bodies.remove(0))
}

fn events(bytes: &str) -> Vec<Event> {
    let (mut decoder, mut chunk) = (Decoder::new(), bytes.as_bytes());
    let mut events = Vec::new();
    while let Some(event) = decoder.decode(&mut chunk).expect("no limit is passed") {
        events.push(event.to_event());
    }
    events
}

/// What cannot be sent, and what is set twice, by one of the two.
macro_rules! misuses {
    ($module:ident) => {{
        use $module::{Event, KeepAlive};
        let misuses: &[(&str, fn() -> Event)] = &[
            ("LF in a type", || Event::default().event("a\nb")),
            ("CR in a type", || Event::default().event("a\rb")),
            ("LF in an ID", || Event::default().id("a\nb")),
            ("CR in an ID", || Event::default().id("a\r")),
            ("NUL in an ID", || Event::default().id("\0")),
            ("LF in a comment", || Event::default().comment("a\nb")),
            ("CR in a comment", || Event::default().comment("\ra")),
            ("two types", || Event::default().event("a").event("b")),
            ("two IDs", || Event::default().id("a").id("b")),
            ("two times", || Event::default().retry(Duration::ZERO).retry(Duration::ZERO)),
            ("data twice", || Event::default().data("a").data("b")),
            ("JSON after data", || Event::default().data("a").json_data(1).expect("JSON")),
        ];
        for (what, misuse) in misuses {
            assert!(catch_unwind(misuse).is_err(), "{what}");
        }
        assert!(catch_unwind(|| KeepAlive::new().text("a\nb")).is_err());
    }};
}

#[test]
fn what_cannot_be_sent_panics_where_it_is_set() {
    misuses!(shim);
    misuses!(original);
}

#[test]
fn what_is_no_json_is_an_error_where_it_is_set() {
    let value = std::collections::BTreeMap::from([([1, 2], 3)]);
    let [shim, original] = [
        shim::Event::default().json_data(&value).map(drop).unwrap_err(),
        original::Event::default().json_data(&value).map(drop).unwrap_err(),
    ];
    assert_eq!(shim.to_string(), original.to_string());
}

#[test]
fn the_headers_are_those_of_an_event_stream() {
    let events = || stream::empty::<Result<shim::Event, Infallible>>();
    for sse in [shim::Sse::new(events()), shim::Sse::new(events()).keep_alive(shim::KeepAlive::default())] {
        let response = sse.into_response();
        assert_eq!(response.status(), 200);
        for (name, value) in RESPONSE_HEADERS {
            assert_eq!(response.headers()[*name], value);
        }
    }
    // RFC 9111, 5.2.2: `no-cache` lets caches store what never ends, and compressors hold events back.
    let response = original::Sse::new(stream::empty::<Result<_, Infallible>>()).into_response();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
}

/// When each chunk of a body is there, in seconds, and what it is, until this time is over.
async fn timeline(response: impl IntoResponse, end: u64) -> Vec<(u64, String)> {
    let start = Instant::now();
    let mut chunks = response.into_response().into_body().into_data_stream();
    let mut seen = Vec::new();
    let read = async {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.expect("no error");
            seen.push((start.elapsed().as_secs(), String::from_utf8(chunk.into()).expect("UTF-8")));
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(end), read).await;
    seen
}

/// Runs a test on a clock that stands still until everybody waits; no socket may be among them.
fn run_paused(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(test);
}

/// The timelines of one of the two, with these keep-alives and an event after 10, 20 and 60 seconds.
macro_rules! timelines {
    ($module:ident) => {{
        use $module::{Event, KeepAlive, Sse};
        let sse = || {
            Sse::new(stream::unfold([10, 10, 40].into_iter(), async |mut waits| {
                sleep(Duration::from_secs(waits.next()?)).await;
                Some((Ok::<_, Infallible>(Event::default().data("x")), waits))
            }))
        };
        let ping = Event::default().event("ping").data("{}");
        [
            timeline(sse(), 100).await,
            timeline(sse().keep_alive(KeepAlive::new().text("alive")), 100).await,
            timeline(sse().keep_alive(KeepAlive::new().interval(Duration::from_secs(25)).event(ping)), 100).await,
            timeline(sse().keep_alive(KeepAlive::default().interval(Duration::from_secs(60))), 100).await,
        ]
    }};
}

#[test]
fn a_keep_alive_comes_an_interval_after_the_last_event() {
    run_paused(async {
        let expected = [
            vec![(10, "data: x\n\n"), (20, "data: x\n\n"), (60, "data: x\n\n")],
            vec![
                (10, "data: x\n\n"),
                (20, "data: x\n\n"),
                (35, ": alive\n\n"),
                (50, ": alive\n\n"),
                (60, "data: x\n\n"),
            ],
            vec![(10, "data: x\n\n"), (20, "data: x\n\n"), (45, "event: ping\ndata: {}\n\n"), (60, "data: x\n\n")],
            vec![(10, "data: x\n\n"), (20, "data: x\n\n"), (60, "data: x\n\n")],
        ];
        let expected = expected.map(|seen| Vec::from_iter(seen.into_iter().map(|(at, bytes)| (at, bytes.to_string()))));
        assert_eq!(timelines!(shim), expected);
        assert_eq!(timelines!(original), expected);
    });
}

#[test]
fn a_keep_alive_is_an_empty_comment_every_15_seconds_unless_told() {
    run_paused(async {
        let silence = shim::Sse::new(stream::pending::<Result<_, Infallible>>());
        let seen = timeline(silence.keep_alive(shim::KeepAlive::default()), 40).await;
        assert_eq!(seen, [15, 30].map(|at| (at, ": \n\n".to_string())));
        // 9.2.6: a line that starts with a colon is ignored, with a space or without.
        let silence = original::Sse::new(stream::pending::<Result<_, Infallible>>());
        let seen = timeline(silence.keep_alive(original::KeepAlive::default()), 40).await;
        assert_eq!(seen, [15, 30].map(|at| (at, ":\n\n".to_string())));
    });
}

#[test]
fn a_keep_alive_reaches_the_client() -> TestResult {
    /// As axum's docs show a handler: the return type names the stream's items.
    async fn handler() -> shim::Sse<impl Stream<Item = Result<shim::Event, Infallible>>> {
        let events = stream::iter([Ok(shim::Event::default().data("a"))]).chain(stream::pending());
        shim::Sse::new(events).keep_alive(shim::KeepAlive::new().interval(Duration::from_millis(20)).text("alive"))
    }
    run(async {
        let address = server::axum(Router::new().route("/", get(handler))).await;
        for client in Client::ALL {
            let mut chunks = client.open(address).await?;
            let expected = "data: a\n\n: alive\n\n: alive\n\n";
            let mut seen = String::new();
            while seen.len() < expected.len() {
                seen += str::from_utf8(&chunks.next().await.expect("more")?)?;
            }
            assert!(seen.starts_with(expected), "{client:?}: {seen}");
        }
        Ok(())
    })
}

#[test]
fn each_event_is_a_chunk_and_an_error_is_the_last() {
    macro_rules! body_of {
        ($module:ident) => {{
            let event = |data| $module::Event::default().data(data);
            let events = [Ok(event("a")), Ok(event("b")), Err("the model has gone"), Ok(event("c"))];
            let mut chunks = $module::Sse::new(stream::iter(events)).into_response().into_body().into_data_stream();
            let mut seen = Vec::new();
            while let Some(chunk) = chunks.next().await {
                seen.push(chunk.map(|bytes| bytes.to_vec()).map_err(|error| error.to_string()));
            }
            seen
        }};
    }
    run_paused(async {
        let [a, b, c] = ["a", "b", "c"].map(|data| Ok(format!("data: {data}\n\n").into_bytes()));
        let error = Err("the model has gone".to_string());
        assert_eq!(body_of!(shim), [a.clone(), b.clone(), error.clone()]);
        // A server asks for nothing after an error, so that no client sees the difference.
        assert_eq!(body_of!(original), [a, b, error, c]);
    });
}

#[test]
fn a_client_notices_an_error_after_the_events_before_it() -> TestResult {
    run(async {
        let handler = async || {
            let events = [Ok(shim::Event::default().data("a")), Err("the model has gone")];
            shim::Sse::new(stream::iter(events))
        };
        let address = server::axum(Router::new().route("/", get(handler))).await;
        for client in Client::HTTP1 {
            let mut chunks = client.open(address).await?;
            assert_eq!(chunks.next().await.expect("an event")?, "data: a\n\n", "{client:?}");
            assert!(chunks.next().await.expect("an error").is_err(), "{client:?}");
            assert!(chunks.next().await.is_none(), "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn an_error_that_cannot_be_sent_will_do() {
    struct Local(Rc<str>);
    impl From<Local> for BoxError {
        fn from(error: Local) -> Self {
            (&*error.0).into()
        }
    }
    fn events<T>() -> impl Stream<Item = Result<T, Local>> + Send {
        let mut left = Some("not `Send`");
        stream::poll_fn(move |_| Poll::Ready(left.take().map(|text| Err(Local(text.into())))))
    }
    run_paused(async {
        for response in [
            shim::Sse::new(events()).into_response(),
            shim::Sse::new(events()).keep_alive(shim::KeepAlive::new()).into_response(),
            original::Sse::new(events()).into_response(),
        ] {
            let error = response.into_body().into_data_stream().next().await.expect("an item").unwrap_err();
            assert_eq!(error.to_string(), "not `Send`");
        }
    });
}
