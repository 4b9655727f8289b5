//! Clients that connect again, with real connections that break.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Request;
use hyper::body::Incoming;
use integration::{
    BoxError, Signal, TestResult, blocking,
    client::{Client, Version},
    follower::Follower,
    run,
    server::{self, Ending},
};
use sse_wire::{
    DecodeOptions, Decoder, EncodedFrames, Frame, Item,
    body::{self, EventBody},
    header,
    read::EventReader,
    reconnect::{Action, Failure, Reconnect, ReconnectOptions, StopReason},
};
use tokio::{task::JoinSet, time::sleep};

/// No jitter, and no more waiting than a test can bear.
fn quick() -> ReconnectOptions {
    ReconnectOptions::new()
        .with_reconnection_time(Duration::from_millis(1))
        .with_min_delay(Duration::ZERO)
        .with_max_backoff(Duration::from_millis(2))
        .with_jitter_percent(0)
}

const EVENTS: [&str; 3] = [
    "id: é1\r\ndata: 글1\r\n\r\n",
    // An ID without data moves the client on as well.
    ": c\r\nid: é2\r\n\r\n",
    "id: é3\r\nevent: x\r\ndata: a\r\ndata: 글3\r\n\r\n",
];

/// What is still to come for a client that has this ID.
fn rest_for(last_event_id: Option<&str>) -> String {
    let next = last_event_id.map_or(0, |id| {
        let at = EVENTS.iter().position(|event| event.contains(&format!("id: {id}\r")));
        at.expect("an ID of ours") + 1
    });
    EVENTS[next..].concat()
}

/// A server whose first answer breaks at a place that is another for each client, its second is whole, and its third
/// tells the client to stop.
async fn breaking_server(ending: Ending, received: Signal) -> SocketAddr {
    let connections = Signal::new();
    server::raw(move |mut connection| {
        let received = received.clone();
        let (cut, turn) = (connections.sum() / 3, connections.sum() % 3);
        connections.add(1);
        async move {
            let rest = rest_for(connection.header("last-event-id"));
            let before = received.sum();
            match turn {
                0 => {
                    connection.begin().await;
                    connection.chunk(&rest.as_bytes()[..cut]).await;
                    received.reaches(before + cut).await;
                    connection.end(ending).await;
                }
                1 => {
                    connection.begin().await;
                    connection.chunk(rest.as_bytes()).await;
                    connection.end(Ending::Clean).await;
                }
                _ => connection.write(b"HTTP/1.1 204 No Content\r\n\r\n").await,
            }
        }
    })
    .await
}

/// The same with hyper, whose body breaks with an error.
async fn failing_server(received: Signal) -> SocketAddr {
    let requests = Signal::new();
    server::hyper(move |request: Request<Incoming>| {
        let received = received.clone();
        let (cut, turn) = (requests.sum() / 3, requests.sum() % 3);
        requests.add(1);
        async move {
            let id =
                request.headers().get("last-event-id").map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
            let mut rest = Bytes::from(rest_for(id.as_deref()));
            let before = received.sum();
            match turn {
                0 => {
                    rest.truncate(cut);
                    let error = stream::once(async move {
                        received.reaches(before + cut).await;
                        Err::<Bytes, &str>("broken")
                    });
                    server::boxed(server::of_chunks(stream::iter([Ok(rest)]).chain(error)))
                }
                1 => server::boxed(server::of_chunks(stream::iter([Ok::<_, Infallible>(rest)]))),
                _ => no_content(),
            }
        }
    })
    .await
}

fn no_content() -> http::Response<server::AnyBody> {
    let mut response = body::event_stream_response(EventBody::new(stream::empty::<EncodedFrames>()));
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    server::boxed(response)
}

/// One client after another, for each place at which the first answer may break.
async fn follow_breaks(client: Client, address: SocketAddr, received: Signal) {
    for cut in 0..=EVENTS.concat().len() {
        let mut follower = Follower { received: received.clone(), ..Follower::new(client, quick()) };
        let reason = follower.follow(address, sleep).await;
        let case = format!("{client:?}, {cut}: {:?}", follower.seen);
        assert_eq!(reason, StopReason::NoContent, "{case}");
        assert_eq!(follower.seen.data, ["글1", "a\n글3"], "{case}");
        assert_eq!(follower.seen.ids.len(), 3, "{case}");
        assert_eq!(follower.seen.ids[2], "é3", "{case}");
    }
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice_wherever_the_connection_breaks() -> TestResult {
    run(async {
        let mut clients = JoinSet::new();
        for ending in Ending::ALL {
            for client in Client::HTTP1 {
                let received = Signal::new();
                let address = breaking_server(ending, received.clone()).await;
                clients.spawn(follow_breaks(client, address, received));
            }
        }
        while let Some(client) = clients.join_next().await {
            client?;
        }
        Ok(())
    })
}

#[test]
fn nor_where_the_servers_source_breaks() -> TestResult {
    run(async {
        let mut clients = JoinSet::new();
        for client in Client::ALL {
            let received = Signal::new();
            let address = failing_server(received.clone()).await;
            clients.spawn(follow_breaks(client, address, received));
        }
        while let Some(client) = clients.join_next().await {
            client?;
        }
        Ok(())
    })
}

#[test]
fn a_blocking_client_goes_on_in_the_same_way() -> TestResult {
    fn follow(address: SocketAddr, received: &Signal) -> Result<(Vec<String>, StopReason), BoxError> {
        let (mut reconnect, mut decoder) = (Reconnect::with_options(quick()), Decoder::new());
        let agent = ureq::Agent::from(ureq::Agent::config_builder().http_status_as_error(false).build());
        let (mut data, mut body) = (Vec::new(), None);
        let mut action = reconnect.connect();
        loop {
            action = match action {
                Action::Connect(attempt) => {
                    std::thread::sleep(attempt.delay());
                    let mut request = agent.get(format!("http://{address}/"));
                    if let Some(id) = header::last_event_id_value(decoder.last_event_id())? {
                        request = request.header("last-event-id", http::HeaderValue::from_bytes(id)?);
                    }
                    match request.call() {
                        Ok(response) => {
                            let content_type = response.headers().get("content-type").map(|value| value.as_bytes());
                            let action = reconnect.answered(response.status().as_u16(), content_type, &decoder);
                            body = Some(response.into_body().into_reader());
                            action
                        }
                        Err(_) => reconnect.disconnected(&decoder),
                    }
                }
                Action::Read => {
                    let mut items = EventReader::with_decoder(body.take().ok_or("no body")?, decoder).items();
                    while let Some(Ok(item)) = items.next() {
                        reconnect.received();
                        if let Item::Event(event) = item {
                            received.add(event.data().len());
                            data.push(event.data().to_owned());
                        }
                    }
                    decoder = items.into_parts().1;
                    reconnect.disconnected(&decoder)
                }
                Action::Stop(reason) => return Ok((data, reason)),
            };
        }
    }
    run(async {
        let (received, connections) = (Signal::new(), Signal::new());
        let signal = received.clone();
        let address = server::raw(move |mut connection| {
            let received = signal.clone();
            let turn = connections.sum();
            connections.add(1);
            async move {
                let sent = ["", "one", "onetwo", "onetwo"][turn];
                let id = turn.checked_sub(1).map(|id| id.to_string());
                assert_eq!(connection.header("last-event-id"), id.as_deref());
                match turn {
                    3 => connection.write(b"HTTP/1.1 204 No Content\r\n\r\n").await,
                    _ => {
                        connection.begin().await;
                        let data = ["one", "two", ""][turn];
                        connection.chunk(format!("id: {turn}\ndata: {data}\n\nid: 9\ndata: cut o").as_bytes()).await;
                        received.reaches(sent.len() + data.len()).await;
                        connection.end(Ending::ALL[turn]).await;
                    }
                }
            }
        })
        .await;
        let (data, reason) = blocking(move || follow(address, &received)).await?;
        assert_eq!((data, reason), (vec!["one".into(), "two".into(), String::new()], StopReason::NoContent));
        Ok(())
    })
}

/// A server with these answers, one a connection; where there is no status it closes the connection.
async fn answering_server(answers: &'static [Option<(&'static str, &'static str)>]) -> SocketAddr {
    let connections = Signal::new();
    server::raw(move |mut connection| {
        let answer = answers.get(connections.sum()).copied().unwrap_or(Some(("204 None left", "")));
        connections.add(1);
        async move {
            if let Some((head, body)) = answer {
                connection.write(format!("HTTP/1.1 {head}\r\n\r\n{body}").as_bytes()).await;
            }
        }
    })
    .await
}

/// An answer that ends with its connection.
const STREAM: &str = "200 OK\r\ncontent-type: text/event-stream";

#[test]
fn an_answer_that_is_no_event_stream_ends_it_all() -> TestResult {
    run(async {
        for (head, reason) in [
            ("204 No Content", StopReason::NoContent),
            ("204 No Content\r\ncontent-type: text/event-stream", StopReason::NoContent),
            ("200 OK\r\ncontent-type: text/html", StopReason::ContentType),
            ("200 OK", StopReason::ContentType),
            ("404 Not Found", StopReason::Status(404)),
            ("503 Service Unavailable\r\ncontent-type: text/event-stream", StopReason::Status(503)),
        ] {
            for client in Client::HTTP1 {
                let answers = vec![Some((STREAM, "id: 1\ndata: x\n\n")), Some((head, "data: not for you\n\n"))];
                let address = answering_server(answers.leak()).await;
                let mut follower = Follower::new(client, quick());
                assert_eq!(follower.follow(address, sleep).await, reason, "{client:?}, {head}");
                assert_eq!(
                    (&*follower.seen.data, &*follower.seen.ids),
                    (&["x".into()][..], &["".into(), "1".into()][..])
                );
                // For good.
                assert_eq!(follower.follow(address, sleep).await, reason, "{client:?}, {head}");
                assert_eq!(follower.seen.ids.len(), 2, "{client:?}, {head}");
            }
        }
        Ok(())
    })
}

#[test]
fn the_client_waits_as_long_as_the_server_says_and_longer_after_failures() -> TestResult {
    run(async {
        let address = answering_server(&[
            Some((STREAM, "retry: 700\ndata: 1\n\n")),
            // No answer, an answer of no use, a server that is busy.
            None,
            Some((STREAM, "")),
            Some(("503 Service Unavailable", "")),
            Some((STREAM, "data: 2\n\n")),
            // It alone is no failure, and what was said holds.
            Some((STREAM, ":\n")),
            Some((STREAM, "retry: 5\n")),
        ])
        .await;
        let options =
            ReconnectOptions::new().with_min_delay(Duration::ZERO).with_jitter_percent(0).with_retried_statuses([503]);
        let mut follower = Follower::new(Client::Hyper(Version::Http1), options);
        // Nobody has to wait for it here.
        assert_eq!(follower.follow(address, async |_| ()).await, StopReason::NoContent);
        assert_eq!(follower.seen.data, ["1", "2"]);
        let delays = [0, 700, 700, 1400, 2800, 700, 700, 5].map(Duration::from_millis);
        assert_eq!(follower.seen.delays, delays);
        Ok(())
    })
}

#[test]
fn the_delay_is_real_time() -> TestResult {
    run(async {
        let address = answering_server(&[Some((STREAM, "retry: 60\ndata: x\n\n"))]).await;
        let start = std::time::Instant::now();
        let mut follower = Follower::new(Client::Reqwest(Version::Http1), ReconnectOptions::new());
        assert_eq!(follower.follow(address, sleep).await, StopReason::NoContent);
        assert!(start.elapsed() >= Duration::from_millis(60));
        Ok(())
    })
}

#[test]
fn a_server_that_is_not_there_is_given_up_in_the_end() -> TestResult {
    run(async {
        let (listener, address) = server::listen().await;
        drop(listener);
        for client in Client::ALL {
            let mut follower = Follower::new(client, quick().with_max_attempts(4));
            let reason = follower.follow(address, sleep).await;
            assert_eq!(reason, StopReason::GaveUp { attempts: 4, last_failure: Failure::NoAnswer }, "{client:?}");
            assert_eq!(follower.seen.delays.len(), 4, "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn a_connection_that_falls_silent_is_given_up_and_followed_by_another() -> TestResult {
    run(async {
        let address = server::hyper(async |request: Request<Incoming>| {
            let last = request.headers().get("last-event-id").map(|id| id.to_str().expect("ASCII").to_owned());
            if last.as_deref() == Some("3") {
                return no_content();
            }
            let next = last.map_or(1, |id| id.parse::<u32>().expect("a number") + 1).to_string();
            let event = Frame::new().id(&next).expect("valid").data(&next).to_encoded().into_bytes();
            let chunks = stream::iter([event, "data: cut o".into()].map(Ok::<_, Infallible>)).chain(stream::pending());
            server::boxed(server::of_chunks(chunks))
        })
        .await;
        for client in Client::ALL {
            let mut follower = Follower { patience: Duration::from_millis(100), ..Follower::new(client, quick()) };
            assert_eq!(follower.follow(address, sleep).await, StopReason::NoContent, "{client:?}");
            assert_eq!(follower.seen.data, ["1", "2", "3"], "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn rejected_events_and_unsendable_ids_do_not_stop_the_client() -> TestResult {
    run(async {
        let address = answering_server(&[
            Some((STREAM, "id: 1\ndata: a\n\nid: 2\ndata: too long for it\n\ndata: b\n\n")),
            Some((STREAM, "id: \u{1}\ndata: c\n\n")),
            Some((STREAM, "id: 4\ndata: d\n\n")),
        ])
        .await;
        let mut follower = Follower::new(Client::Reqwest(Version::Http1), quick());
        follower.decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(8));
        assert_eq!(follower.follow(address, sleep).await, StopReason::NoContent);
        assert_eq!((&*follower.seen.data.concat(), follower.seen.rejected), ("abcd", 1));
        // The ID of an event that was rejected is not sent, nor is one that HTTP cannot carry.
        assert_eq!(follower.seen.ids, ["", "1", "", "4"]);
        Ok(())
    })
}
