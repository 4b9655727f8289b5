//! The client that stays connected, with real HTTP clients and real servers.

use std::{
    convert::Infallible,
    io::{self, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{Router, response::IntoResponse, routing::get};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use integration::{
    Signal, TestResult,
    client::Version,
    mortal::Mortal,
    run,
    server::{self, Ending},
    transport::{Seen, Transport, chain, quick, quick_reconnect, reqwest_client},
};
use sse_wire::{
    Frame,
    body::{self, EventBody, TokioTimer},
    client::{BoxEventSource, Cause, EventSource, EventSourceError, Notice, State},
    reconnect::{Failure, StopReason},
};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// A server with these answers, one a connection: each a head and a body; where there is none, it closes the connection.
/// After them it says that there is nothing more.
async fn answering(answers: &'static [Option<(&'static str, &'static str)>]) -> SocketAddr {
    let connections = Signal::new();
    server::raw(move |mut connection| {
        let answer = answers.get(connections.sum()).copied().unwrap_or(Some(("204 None left", "")));
        connections.add(1);
        async move {
            if let Some((head, body)) = answer {
                connection.write(format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n{body}").as_bytes()).await;
            }
        }
    })
    .await
}

/// An answer that ends with its connection.
const STREAM: &str = "200 OK\r\ncontent-type: text/event-stream";

/// Runs this for each of them, side by side.
async fn with_each<F>(transports: impl IntoIterator<Item = Transport>, test: impl Fn(Transport) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tests = JoinSet::new();
    for transport in transports {
        tests.spawn(test(transport));
    }
    while let Some(test) = tests.join_next().await {
        test.expect("no panic");
    }
}

#[test]
fn nothing_is_lost_and_nothing_twice_while_a_server_is_killed_again_and_again() -> TestResult {
    run(async {
        const COUNT: usize = 100_000;
        with_each(Transport::ALL, |transport| async move {
            // It comes back with whatever it has, and dies in the midst of what is on its way.
            let mut random = fastrand::Rng::with_seed(7);
            let (address, deaths) = Mortal::start(COUNT, move || random.usize(1..20_000)).await;
            let options =
                quick().with_connect_timeout(Duration::from_secs(2)).with_idle_timeout(Duration::from_secs(2));
            let seen = transport.follow(address, options).await;
            assert_eq!(seen.reason, Some(StopReason::NoContent), "{transport:?}");
            assert_eq!(seen.data.len(), COUNT, "{transport:?}");
            assert!(seen.data.iter().enumerate().all(|(at, data)| *data == (at + 1).to_string()), "{transport:?}");
            let (lost, deaths) = (seen.lost.len(), deaths.sum());
            assert!(lost >= 5 && deaths >= 5, "{transport:?}: {deaths} deaths, {:?}", seen.lost);
        })
        .await;
        Ok(())
    })
}

#[test]
fn a_connection_that_stalls_is_given_up_and_followed_by_another() -> TestResult {
    run(async {
        let address = server::hyper(async |request: Request<Incoming>| {
            let last = request.headers().get("last-event-id").map(|id| id.to_str().expect("ASCII").to_owned());
            if last.as_deref() == Some("3") {
                return server::boxed(no_content());
            }
            let next = last.map_or(1, |id| id.parse::<u32>().expect("a number") + 1).to_string();
            let event = Frame::new().id(&next).expect("valid").data(&next).to_encoded().into_bytes();
            let chunks = stream::iter([event, "data: cut o".into()].map(Ok::<_, Infallible>)).chain(stream::pending());
            server::boxed(server::of_chunks(chunks))
        })
        .await;
        with_each(Transport::ALL, move |transport| async move {
            let seen = transport.follow(address, quick().with_idle_timeout(Duration::from_millis(200))).await;
            assert_eq!((seen.reason, seen.opened), (Some(StopReason::NoContent), 3), "{transport:?}");
            assert_eq!(seen.data, ["1", "2", "3"], "{transport:?}");
            assert_eq!(seen.lost, ["nothing was received for 200ms, which is too long"; 3], "{transport:?}");
        })
        .await;
        Ok(())
    })
}

#[test]
fn a_server_that_does_not_answer_is_given_up() -> TestResult {
    run(async {
        // It takes the connection, reads the request, and that is all.
        let address = server::raw(|connection| async move {
            std::future::pending::<()>().await;
            drop(connection);
        })
        .await;
        let two = quick_reconnect().with_max_attempts(2);
        let options = quick().with_reconnect(two).with_connect_timeout(Duration::from_millis(100));
        with_each(Transport::HTTP1, move |transport| async move {
            let seen = transport.follow(address, options).await;
            assert_eq!(seen.lost, ["there was no answer within 100ms"], "{transport:?}");
            let reason = StopReason::GaveUp { attempts: 2, last_failure: Failure::NoAnswer };
            assert_eq!(seen.reason, Some(reason), "{transport:?}");
        })
        .await;
        Ok(())
    })
}

#[test]
fn retry_0_and_an_end_at_once_are_followed_by_a_pause() -> TestResult {
    run(async {
        let address = answering(&[Some((STREAM, "retry: 0\nid: 1\n\n")), Some((STREAM, "data: x\n\n"))]).await;
        let begun = Instant::now();
        let seen = Transport::Reqwest(Version::Http1).follow(address, no_jitter()).await;
        assert_eq!((&*seen.data, seen.reason), (&["x".to_owned()][..], Some(StopReason::NoContent)));
        assert_eq!(seen.delays, [Duration::from_millis(500); 2]);
        assert!(begun.elapsed() >= Duration::from_secs(1));
        Ok(())
    })
}

/// The defaults, but for the jitter.
fn no_jitter() -> sse_wire::client::EventSourceOptions {
    let reconnect = sse_wire::reconnect::ReconnectOptions::new().with_jitter_percent(0);
    sse_wire::client::EventSourceOptions::new().with_reconnect(reconnect)
}

fn no_content() -> http::Response<EventBody<stream::Empty<Frame<'static>>>> {
    let mut response = body::event_stream_response(EventBody::new(stream::empty()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

#[test]
fn an_answer_of_another_kind_stops_it_and_its_body_can_be_read() -> TestResult {
    run(async {
        let html = "503 Service Unavailable\r\ncontent-type: text/html";
        for (head, body, reason, text) in [
            (
                "204 No Content",
                "",
                StopReason::NoContent,
                "the status is 204 No Content, which asks not to connect again",
            ),
            (
                "401 Unauthorized\r\ncontent-type: application/json",
                r#"{"error":"no such key"}"#,
                StopReason::Status(401),
                "the status is 401 Unauthorized",
            ),
            (html, "<h1>busy</h1>", StopReason::Status(503), "the status is 503 Service Unavailable"),
            ("429 Too Many Requests", "slow down", StopReason::Status(429), "the status is 429 Too Many Requests"),
            (
                "200 OK\r\ncontent-type: text/html",
                "<h1>Log in</h1>",
                StopReason::ContentType,
                "the content type is `text/html`, not text/event-stream",
            ),
        ] {
            with_each(Transport::HTTP1, |transport| async move {
                // First it is what it should be.
                let answers = vec![Some((STREAM, "id: 1\ndata: x\n\nid: 2\ndata: cut o")), Some((head, body))];
                let seen = transport.follow(answering(answers.leak()).await, quick()).await;
                assert_eq!((&*seen.data, &*seen.last_event_id), (&["x".to_owned()][..], "1"), "{transport:?}, {head}");
                assert_eq!((seen.reason, &*seen.body), (Some(reason), body), "{transport:?}, {head}");
                assert_eq!(seen.stopped, format!("no event stream: {text}"), "{transport:?}, {head}");
            })
            .await;
        }
        Ok(())
    })
}

#[test]
fn a_server_that_is_busy_is_asked_again_when_it_says() -> TestResult {
    run(async {
        let retried = quick_reconnect().with_retried_statuses([429, 503]).retry_other_content_types();
        with_each(Transport::HTTP1, |transport| async move {
            let address = answering(&[
                Some(("429 Too Many Requests\r\nretry-after: 1", "slow down")),
                Some(("503 Service Unavailable\r\ncontent-type: text/html", "<h1>busy</h1>")),
                Some(("200 OK\r\ncontent-type: text/html", "<h1>we are back soon</h1>")),
                Some((STREAM, "data: x\n\n")),
            ])
            .await;
            let begun = Instant::now();
            let seen = transport.follow(address, quick().with_reconnect(retried)).await;
            assert_eq!((&*seen.data, seen.reason), (&["x".to_owned()][..], Some(StopReason::NoContent)));
            // 20 ms is the greatest backoff here.
            let delays = [1000, 20, 20, 1].map(Duration::from_millis);
            assert_eq!(seen.delays, delays, "{transport:?}: {:?}", seen.lost);
            assert!(begun.elapsed() >= Duration::from_secs(1));
        })
        .await;
        Ok(())
    })
}

#[test]
fn redirects_are_the_http_clients_affair() -> TestResult {
    run(async {
        for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
            let target = answering(&[Some((STREAM, "id: 1\ndata: x\n\n"))]).await;
            let head = || {
                let head = format!("{status}\r\nlocation: http://{target}/there").leak();
                let answers: &'static _ = vec![Some((&*head, "")); 2].leak();
                answering(answers)
            };
            for transport in [Transport::Reqwest(Version::Http1), Transport::Reqwest12(Version::Http1)] {
                let target = answering(&[Some((STREAM, "id: 1\ndata: x\n\n"))]).await;
                let head: &'static str = format!("{status}\r\nlocation: http://{target}/there").leak();
                let address = answering(vec![Some((head, "")); 2].leak()).await;
                let seen = transport.follow(address, quick()).await;
                // The second time, too: a redirect that is not permanent counts for one request (9.2.3).
                assert_eq!((seen.opened, seen.reason), (1, Some(StopReason::NoContent)), "{transport:?}, {status}");
                assert_eq!(seen.data, ["x"], "{transport:?}, {status}");
            }
            // hyper follows none: whoever wants it puts a layer around it.
            let seen = Transport::HyperUtil(Version::Http1).follow(head().await, quick()).await;
            let code = status[..3].parse()?;
            assert_eq!((seen.opened, seen.reason), (0, Some(StopReason::Status(code))));
        }
        // Round in a circle: the client gives up, and the caller says that it is for good.
        let address =
            server::axum(Router::new().route("/", get(async || axum::response::Redirect::temporary("/")))).await;
        let client = reqwest_client(Version::Http1);
        let url = format!("http://{address}/");
        let source = EventSource::new(|attempt| client.get(&url).headers(attempt.headers()).send(), tokio::time::sleep);
        let seen = Seen::of(source.until_error(reqwest::Error::is_redirect)).await;
        assert_eq!((seen.lost.len(), seen.reason), (0, Some(StopReason::Hopeless)));
        assert!(seen.stopped.contains("too many redirects"), "{}", seen.stopped);
        Ok(())
    })
}

#[test]
fn compression_is_undone_by_the_client_or_told() -> TestResult {
    run(async {
        // The server compresses whatever it is asked.
        let address = server::hyper(async |request: Request<Incoming>| {
            if request.headers().contains_key("last-event-id") {
                return server::boxed(no_content());
            }
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(b"id: 1\ndata: one\n\n").expect("memory");
            encoder.flush().expect("memory");
            let first = std::mem::take(encoder.get_mut());
            encoder.write_all(b"id: 2\ndata: two\n\n").expect("memory");
            let chunks =
                [first, encoder.finish().expect("memory")].map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));
            let mut response = server::boxed(server::of_chunks(stream::iter(chunks)));
            response.headers_mut().insert("content-encoding", http::HeaderValue::from_static("gzip"));
            response
        })
        .await;
        for version in [Version::Http1, Version::Http2] {
            for transport in [Transport::Reqwest(version), Transport::Reqwest12(version)] {
                let seen = transport.follow(address, quick()).await;
                assert_eq!(
                    (&*seen.data.concat(), seen.reason),
                    ("onetwo", Some(StopReason::NoContent)),
                    "{transport:?}"
                );
            }
            for transport in [Transport::HyperUtil(version), Transport::Tower(version)] {
                let seen = transport.follow(address, quick()).await;
                assert_eq!((seen.opened, seen.reason), (0, Some(StopReason::Hopeless)), "{transport:?}");
                assert!(seen.stopped.contains("let the HTTP client decompress it"), "{}", seen.stopped);
            }
        }
        Ok(())
    })
}

#[test]
fn errors_say_what_happened() -> TestResult {
    run(async {
        let (listener, address) = server::listen().await;
        drop(listener);
        let once = quick().with_reconnect(quick_reconnect().with_max_attempts(1));
        with_each(Transport::ALL, move |transport| async move {
            let seen = transport.follow(address, once).await;
            let begin = "gave up after 1 failed attempt: there was no answer: ";
            assert!(seen.stopped.starts_with(begin), "{transport:?}: {}", seen.stopped);
            assert!(seen.stopped.contains("Connection refused"), "{transport:?}: {}", seen.stopped);
        })
        .await;
        // A URL that is none: the request cannot be made.
        let client = reqwest_client(Version::Http1);
        let connect =
            |attempt: sse_wire::client::Attempt| client.get("example.com/feed").headers(attempt.headers()).send();
        let source = EventSource::new(connect, tokio::time::sleep).until_error(reqwest::Error::is_builder);
        let seen = Seen::of(source).await;
        assert_eq!((seen.reason, seen.lost.len()), (Some(StopReason::Hopeless), 0));
        assert!(seen.stopped.contains("relative URL without a base"), "{}", seen.stopped);
        // A connection that breaks in the midst: the error of the body.
        let address = server::raw(|mut connection| async move {
            connection.begin().await;
            connection.chunk(b"data: x\n\n").await;
            connection.end(Ending::Closed).await;
        })
        .await;
        let once = quick().with_reconnect(quick_reconnect().only_with_id());
        with_each(Transport::HTTP1, move |transport| async move {
            let seen = transport.follow(address, once).await;
            assert_eq!((&*seen.data, seen.reason), (&["x".to_owned()][..], Some(StopReason::NoId)), "{transport:?}");
            assert!(seen.stopped.len() > 120, "{transport:?}: {}", seen.stopped);
        })
        .await;
        Ok(())
    })
}

/// A server of answers that end with `[DONE]`, which counts connections.
async fn chat(connections: Signal, requests: Signal) -> SocketAddr {
    server::raw(move |mut connection| {
        connections.add(1);
        let requests = requests.clone();
        async move {
            loop {
                requests.add(1);
                connection.begin().await;
                connection.chunk(b"data: Hello\n\ndata: [DONE]\n\n").await;
                // The last chunk comes a little later, as it does.
                tokio::time::sleep(Duration::from_millis(20)).await;
                connection.write(b"0\r\n\r\n").await;
                if !connection.next_request().await {
                    return;
                }
            }
        }
    })
    .await
}

#[test]
fn a_connection_that_is_read_to_its_end_is_used_again() -> TestResult {
    run(async {
        // A client that has just read the end may not have its connection back yet when it asks again.
        for (drain, expected) in [(Duration::from_secs(1), 1..=3), (Duration::ZERO, 10..=10)] {
            let (connections, requests) = (Signal::new(), Signal::new());
            let address = chat(connections.clone(), requests.clone()).await;
            let (client, url) = (reqwest_client(Version::Http1), format!("http://{address}/"));
            let options = quick().with_drain_time(drain);
            for _ in 0..10 {
                // An answer to a question is not asked for again.
                let connect = |attempt: sse_wire::client::Attempt| {
                    client.post(&url).headers(attempt.headers()).header("content-length", "0").send()
                };
                let source = EventSource::with_options(connect, tokio::time::sleep, options)
                    .until_event(|event| event.data() == "[DONE]");
                let seen = Seen::of(source).await;
                assert_eq!((&*seen.data.concat(), seen.reason), ("Hello[DONE]", Some(StopReason::Complete)));
                assert_eq!((seen.opened, seen.lost.len()), (1, 0));
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(requests.sum(), 10);
            assert!(expected.contains(&connections.sum()), "{drain:?}: {}", connections.sum());
        }
        Ok(())
    })
}

#[test]
fn a_request_with_a_body_is_made_anew_each_time() -> TestResult {
    run(async {
        let count = Signal::new();
        let router = Router::new().route(
            "/",
            axum::routing::post(async move |headers: http::HeaderMap, body: String| {
                count.add(1);
                let id = headers.get("last-event-id").map(|id| id.to_str().expect("ASCII").to_owned());
                if count.sum() == 3 {
                    return no_content().into_response();
                }
                let data = format!("{body} after {id:?}");
                let frame = Frame::new().id(&count.sum().to_string()).expect("valid").data(&data).to_encoded();
                body::event_stream_response(EventBody::new(stream::iter([frame]))).into_response()
            }),
        );
        let address = server::axum(router).await;
        let (client, url) = (reqwest_client(Version::Http2), format!("http://{address}/"));
        let connect = |attempt: sse_wire::client::Attempt| {
            client.post(&url).headers(attempt.headers()).body(format!("question {}", attempt.number())).send()
        };
        let seen = Seen::of(EventSource::with_options(connect, tokio::time::sleep, quick())).await;
        assert_eq!(seen.data, ["question 1 after None", "question 2 after Some(\"1\")"]);
        assert_eq!(seen.reason, Some(StopReason::NoContent));
        Ok(())
    })
}

#[test]
fn a_service_in_the_same_process_will_do() -> TestResult {
    run(async {
        let handler = async || {
            body::event_stream_response(
                EventBody::new(stream::iter([Frame::new().data("x")])).keep_alive(TokioTimer::default()),
            )
        };
        let router = Router::new().route("/", get(handler));
        let connect = |attempt: sse_wire::client::Attempt| {
            let mut request = Request::get("/").body(axum::body::Body::empty()).expect("a request");
            request.headers_mut().extend(attempt.headers());
            router.clone().oneshot(request)
        };
        let mut events = EventSource::with_options(connect, tokio::time::sleep, quick()).until_event(|_| true).events();
        assert_eq!(events.next().await.expect("an event").map_err(|error| error.to_string())?.data(), "x");
        assert!(events.next().await.is_none());
        Ok(())
    })
}

/// What an application has: a type with a name, on a task of its own, told what to do from outside.
struct Feed {
    source: BoxEventSource<reqwest::Error>,
}

#[test]
fn a_boxed_client_is_steered_from_a_select() -> TestResult {
    run(async {
        let address = server::hyper(async |request: Request<Incoming>| {
            let last = request
                .headers()
                .get("last-event-id")
                .map_or(0, |id| id.to_str().expect("ASCII").parse().expect("a number"));
            let next = (last + 1_u32).to_string();
            let event = Frame::new().id(&next).expect("valid").data(&next).to_encoded().into_bytes();
            server::of_chunks(stream::iter([Ok::<_, Infallible>(event)]).chain(stream::pending()))
        })
        .await;
        let (client, url) = (reqwest_client(Version::Http2), format!("http://{address}/"));
        let connect = move |attempt: sse_wire::client::Attempt| client.get(&url).headers(attempt.headers()).send();
        let mut feed = Feed { source: EventSource::new(connect, tokio::time::sleep).boxed() };
        let (commands, mut commanded) = tokio::sync::mpsc::channel::<&str>(1);
        let (told, mut heard) = tokio::sync::mpsc::channel(1);
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    notice = feed.source.next() => match notice {
                        Some(Notice::Item(sse_wire::Item::Event(event))) => {
                            told.send((event.data().to_owned(), feed.source.state())).await.expect("a listener");
                        }
                        Some(_) => {}
                        None => return feed.source.stop_reason(),
                    },
                    command = commanded.recv() => match command {
                        Some("restart") => feed.source.restart(),
                        _ => feed.source.close(),
                    },
                }
            }
        });
        for number in 1..=3 {
            assert_eq!(heard.recv().await, Some((number.to_string(), State::Open)));
            commands.send(if number < 3 { "restart" } else { "close" }).await?;
        }
        assert_eq!(task.await?, Some(StopReason::Closed));
        Ok(())
    })
}

#[test]
fn the_error_of_the_http_client_is_there_to_be_asked() -> TestResult {
    run(async {
        let (listener, address) = server::listen().await;
        drop(listener);
        let (client, url) = (reqwest_client(Version::Http1), format!("http://{address}/"));
        let connect = |attempt: sse_wire::client::Attempt| client.get(&url).headers(attempt.headers()).send();
        let once = quick().with_reconnect(quick_reconnect().with_max_attempts(1));
        let mut events = EventSource::with_options(connect, tokio::time::sleep, once).events();
        let Some(Err(EventSourceError::Stopped(stopped))) = events.next().await else { panic!("nobody is there") };
        let Some(Cause::NoAnswer(error)) = stopped.cause() else { panic!("{stopped:?}") };
        assert!(error.is_connect());
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(stopped);
        assert_eq!(io::Error::other(error).kind(), io::ErrorKind::Other);
        assert!(chain(&io::Error::other("x")).ends_with('x'));
        Ok(())
    })
}
