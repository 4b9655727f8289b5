//! Servers and clients over HTTP/1.1 and HTTP/2: the responses of `sse_wire::body` through hyper and axum, read through
//! `bytes_stream` and through `body::events`.

use std::{convert::Infallible, net::SocketAddr};

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use futures_util::{Stream, StreamExt, stream};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use integration::{
    BoxError, Signal, TestResult, Triple,
    client::{Client, Version, hyper_get, reqwest_get},
    collect, run, server, triple,
};
use sse_wire::{
    EncodedFrames, Frame, FrameBuf, StreamError, Utf8Bytes,
    body::{self, EventBody, Refusal, TokioTimer},
    header::RESPONSE_HEADERS,
    stream::EventStreamExt,
};

/// Frames of every kind that a stream may bring.
fn frames() -> impl Stream<Item = FrameBuf> + Send {
    let lines = "line\n".repeat(3);
    let long = "x".repeat(20_000);
    stream::iter([
        Frame::new().comment("hello").data("one").into(),
        Frame::new().event_type("tick").and_then(|frame| frame.id("7")).expect("valid").data("").into(),
        Frame::new().data(&lines).to_encoded().into(),
        Frame::head().id("8").expect("valid").shared_data(Utf8Bytes::from(long)),
        Frame::new().data("한국어").into(),
    ])
}

fn expected() -> Vec<Triple> {
    let event = |event_type: &str, data: &str, id: &str| (event_type.into(), data.into(), id.into());
    vec![
        event("message", "one", ""),
        event("tick", "", "7"),
        event("message", "line\nline\nline\n", "7"),
        event("message", &"x".repeat(20_000), "8"),
        event("message", "한국어", "8"),
    ]
}

/// Nothing but the crate's response: what a service of hyper may return.
async fn service(_request: Request<Incoming>) -> Response<EventBody<impl Stream<Item = FrameBuf> + Send>> {
    body::event_stream_response(EventBody::new(frames()))
}

/// And what a handler of axum may return.
async fn handler() -> Response<EventBody<impl Stream<Item = FrameBuf> + Send, TokioTimer>> {
    body::event_stream_response(EventBody::new(frames()).keep_alive(TokioTimer::default()))
}

/// The same with the type left to the compiler, and with a state.
async fn handler_with_state(State(name): State<String>) -> impl IntoResponse {
    body::event_stream_response(EventBody::new(stream::iter([Frame::new().data(&name).to_encoded()])))
}

async fn servers() -> [SocketAddr; 2] {
    [server::hyper(service).await, server::axum(Router::new().route("/", get(handler))).await]
}

#[test]
fn every_client_reads_every_server_over_both_versions() -> TestResult {
    run(async {
        for address in servers().await {
            for client in Client::ALL {
                let mut events = client.open(address).await?.events();
                assert_eq!(collect(&mut events).await, expected(), "{client:?}");
                assert!(!events.is_mid_event() && events.last_event_id() == "8", "{client:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn the_bytes_of_reqwest_are_events_as_they_come() -> TestResult {
    run(async {
        for address in servers().await {
            for version in [Version::Http1, Version::Http2] {
                let response = reqwest_get(address, version, "").await?;
                let mut events = response.bytes_stream().events();
                let mut seen = Vec::new();
                while let Some(event) = events.next().await {
                    seen.push(triple(&event?));
                }
                assert_eq!(seen, expected(), "{version:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn a_response_of_hyper_or_reqwest_is_events_if_it_is_an_event_stream() -> TestResult {
    run(async {
        for address in servers().await {
            for version in [Version::Http1, Version::Http2] {
                let response = hyper_get(address, version, "").await?;
                assert_eq!(collect(body::events(response)?).await, expected(), "hyper {version:?}");
                let response = http::Response::from(reqwest_get(address, version, "").await?);
                assert_eq!(collect(body::events(response)?).await, expected(), "reqwest {version:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn the_response_is_chunked_or_in_http2_and_has_the_headers_of_an_event_stream() -> TestResult {
    run(async {
        for address in servers().await {
            let response = hyper_get(address, Version::Http1, "").await?;
            assert_eq!(response.version(), http::Version::HTTP_11);
            assert_eq!(response.headers()["transfer-encoding"], "chunked");
            for response in [response, hyper_get(address, Version::Http2, "").await?] {
                assert_eq!(response.status(), 200);
                for &(name, value) in RESPONSE_HEADERS {
                    assert_eq!(response.headers()[name], value);
                }
                assert!(!response.headers().contains_key("content-length"));
            }
            let response = hyper_get(address, Version::Http2, "").await?;
            assert_eq!(response.version(), http::Version::HTTP_2);
        }
        Ok(())
    })
}

#[test]
fn the_last_event_id_reaches_the_server_byte_for_byte() -> TestResult {
    run(async {
        let address = server::hyper(async |request: Request<Incoming>| {
            let headers = request.headers();
            assert_eq!(headers["accept"], "text/event-stream");
            assert_eq!(headers["cache-control"], "no-cache");
            let id = headers.get("last-event-id").map_or(&b"none"[..], |id| id.as_bytes());
            let id = String::from_utf8(id.into()).expect("UTF-8");
            body::event_stream_response(EventBody::new(stream::iter([Frame::new().data(&id).to_encoded()])))
        })
        .await;
        for client in Client::ALL {
            for (id, seen) in [("", "none"), ("7", "7"), ("a, b", "a, b"), ("한국어", "한국어")] {
                let mut events = client.get(address, id).await?.chunks.events();
                let event = events.next().await.expect("an event")?;
                assert_eq!(event.data(), seen, "{client:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn a_handler_of_axum_may_leave_the_type_to_the_compiler() -> TestResult {
    run(async {
        let router = Router::new().route("/", get(handler_with_state)).with_state(String::from("axum"));
        let address = server::axum(router).await;
        for client in Client::ALL {
            let events = collect(client.open(address).await?.events()).await;
            assert_eq!(events, [("message".into(), "axum".into(), String::new())], "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn what_is_no_event_stream_is_given_back_with_its_body() -> TestResult {
    run(async {
        let answer = |status, text: &'static str| async move { (status, text) };
        let router = Router::new()
            .route("/", get(move || answer(StatusCode::OK, "plain text")))
            .fallback(move || answer(StatusCode::NOT_FOUND, "nothing there"));
        let address = server::axum(router).await;
        for (path, reason, text) in
            [("", Refusal::ContentType, "plain text"), ("x", Refusal::Status(StatusCode::NOT_FOUND), "nothing there")]
        {
            let response = reqwest::get(format!("http://{address}/{path}")).await?;
            let error = body::events(http::Response::from(response)).expect_err("no event stream");
            assert_eq!(error.reason(), reason);
            let response = reqwest::Response::from(error.into_response());
            assert_eq!(response.text().await?, text);
        }
        Ok(())
    })
}

/// The client of the README, with the events in place of their print.
async fn follow(url: &str) -> Result<Vec<String>, BoxError> {
    let mut seen = Vec::new();
    let request = reqwest::Client::new().get(url).headers(body::request_headers("")?);
    let mut events = match body::events(request.send().await?.into()) {
        Ok(events) => events,
        Err(refused) => {
            let why = refused.to_string();
            return Err(format!("{why}: {}", refused.text(4096).await).into());
        }
    };
    while let Some(event) = events.next().await {
        let event = event?;
        seen.push(format!("{}: {}", event.event_type(), event.data()));
    }
    if events.is_mid_event() { Err("the answer was cut off".into()) } else { Ok(seen) }
}

#[test]
fn the_readmes_client_says_why_it_was_refused_and_whether_the_answer_is_whole() -> TestResult {
    run(async {
        let stream = "200 OK\r\ncontent-type: text/event-stream";
        let json = "content-type: application/json";
        let no_stream = "no event stream: the";
        let rows = [
            (stream.into(), "data: x\n\n", Ok("message: x")),
            (stream.into(), "data: x\n\ndata: y\n", Err("the answer was cut off".to_owned())),
            (
                format!("401 Unauthorized\r\n{json}"),
                "{\"error\":\"key\"}",
                Err(format!("{no_stream} status is 401 Unauthorized: {{\"error\":\"key\"}}")),
            ),
            (
                format!("200 OK\r\n{json}"),
                "{\"error\":1}",
                Err(format!("{no_stream} content type is `application/json`, not text/event-stream: {{\"error\":1}}")),
            ),
        ];
        for (head, text, expected) in rows {
            let answer = format!("HTTP/1.1 {head}\r\n\r\n{text}");
            let address = server::raw(move |mut connection| {
                let answer = answer.clone();
                async move { connection.write(answer.as_bytes()).await }
            })
            .await;
            let seen = follow(&format!("http://{address}/")).await.map_err(|error| error.to_string());
            assert_eq!(seen, expected.map(|event| vec![event.to_owned()]), "{head}");
        }
        Ok(())
    })
}

#[test]
fn an_error_of_the_servers_source_reaches_the_client_behind_the_events_before_it() -> TestResult {
    run(async {
        // The source fails only when the first event has been read: in HTTP/2 an error overtakes what is not written.
        let (read, signal) = (Signal::new(), Signal::new());
        let signals = (read.clone(), signal.clone());
        let address = server::hyper(move |_| {
            let (read, opened) = signals.clone();
            async move {
                opened.add(1);
                let first = stream::iter([Ok(Frame::new().id("1").expect("valid").data("whole"))]);
                let connection = opened.sum();
                let error = stream::once(async move {
                    read.reaches(connection).await;
                    Err::<Frame<'_>, &str>("the database has gone")
                });
                body::event_stream_response(EventBody::new(first.chain(error)))
            }
        })
        .await;
        for (count, client) in Client::ALL.into_iter().enumerate() {
            let mut events = client.open(address).await?.events();
            let event = events.next().await.expect("an event")?;
            assert_eq!((event.data(), signal.sum()), ("whole", count + 1), "{client:?}");
            read.add(1);
            let error = events.next().await.expect("an error").expect_err("an error");
            assert!(matches!(error, StreamError::Source(_)), "{client:?}: {error:?}");
            assert!(!events.is_mid_event() && events.last_event_id() == "1", "{client:?}");
            // Whether a source goes on behind an error is its own affair. A `BodyChunks` does not; the `bytes_stream`
            // of reqwest gives the same error again and again in HTTP/2.
            if client != Client::Reqwest(Version::Http2) {
                assert!(events.next().await.is_none(), "{client:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn an_error_right_behind_an_event_does_not_swallow_it_in_http1() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let results = [Ok(Frame::new().data("whole")), Err("at once")];
            body::event_stream_response(EventBody::new(stream::iter(results)))
        })
        .await;
        for client in Client::HTTP1 {
            let mut events = client.open(address).await?.events();
            assert_eq!(events.next().await.expect("an event")?.data(), "whole", "{client:?}");
            assert!(matches!(events.next().await, Some(Err(StreamError::Source(_)))), "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn the_servers_source_is_dropped_when_the_client_leaves() -> TestResult {
    /// Tells when it is dropped.
    struct Guard(Signal);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.add(1);
        }
    }
    run(async {
        let dropped = Signal::new();
        let signal = dropped.clone();
        let address = server::hyper(move |_| {
            let guard = Guard(signal.clone());
            async move {
                // Silent after the first event.
                let first = stream::iter([Frame::new().data("x").to_encoded()]);
                let frames = first.chain(stream::pending()).map(move |frame: EncodedFrames| {
                    let _ = &guard;
                    Ok::<_, Infallible>(frame)
                });
                body::event_stream_response(EventBody::new(frames))
            }
        })
        .await;
        for (count, client) in Client::ALL.into_iter().enumerate() {
            let mut events = client.open(address).await?.events();
            assert_eq!(events.next().await.expect("an event")?.data(), "x", "{client:?}");
            assert_eq!(dropped.sum(), count, "{client:?}");
            drop(events);
            dropped.reaches(count + 1).await;
        }
        Ok(())
    })
}
