//! A server between: events that are read, changed and sent on, bodies that are passed on as they are, and event
//! streams that a client sends.

use std::{future, net::SocketAddr};

use axum::{Router, response::IntoResponse, routing::post};
use futures_util::{Stream, StreamExt, stream};
use http::Request;
use hyper::body::Incoming;
use integration::{
    BoxError, Signal, TestResult,
    client::{Client, Version, hyper_get},
    collect, run,
    server::{self, Connection, Ending},
};
use sse_wire::{
    Block, Event, EventRef, Frame, FrameBuf, StreamError,
    body::{self, BodyChunks, Edit, Editor, EventBody, Observer, Outcome},
    stream::{EventStream, EventStreamExt},
};
use tokio::sync::mpsc;

const COUNT: usize = 10;

/// Events, each made when the one before has been read at the far end; then an error.
async fn upstream(read: Signal) -> SocketAddr {
    server::hyper(move |_| {
        let read = read.clone();
        async move {
            let start = read.sum();
            let frames = stream::iter(0..=COUNT).then(move |at| {
                let read = read.clone();
                async move {
                    read.reaches(start + at).await;
                    let id = at.to_string();
                    let frame = Frame::new().event_type("tick").and_then(|frame| frame.id(&id)).expect("valid");
                    if at < COUNT { Ok(frame.data("a\nb").to_encoded()) } else { Err("upstream has gone") }
                }
            });
            body::event_stream_response(EventBody::new(frames))
        }
    })
    .await
}

/// The event as the next client gets it.
fn changed<E: Into<BoxError>>(event: Result<Event, StreamError<E>>) -> Result<FrameBuf, BoxError> {
    match event {
        Ok(event) => Ok(Frame::try_from(event.as_event_ref())?.comment("through a gateway").into()),
        Err(StreamError::Source(error)) => Err(error.into()),
        Err(error) => Err(error.into_boxed()),
    }
}

/// Sends on what it reads, typed; or as it is, looked at, edited.
async fn gateway(upstream: SocketAddr, version: Version) -> [SocketAddr; 4] {
    let typed = server::hyper(move |_| async move {
        let response = hyper_get(upstream, version, "").await.expect("a response");
        body::event_stream_response(EventBody::new(body::events(response).expect("an event stream").map(changed)))
    });
    let as_it_is = server::hyper(move |_| async move {
        let body: Incoming = hyper_get(upstream, version, "").await.expect("a response").into_body();
        body::event_stream_response(body)
    });
    let tapped = server::hyper(move |_| async move {
        let body = hyper_get(upstream, version, "").await.expect("a response").into_body();
        body::event_stream_response(body::tap(body, |_: EventRef<'_>| {}))
    });
    let edited = server::hyper(move |_| async move {
        let body = hyper_get(upstream, version, "").await.expect("a response").into_body();
        body::event_stream_response(body::edit(body, |_: &Block| Edit::Keep))
    });
    [typed.await, as_it_is.await, tapped.await, edited.await]
}

#[test]
fn a_gateway_delays_nothing_and_passes_on_what_breaks() -> TestResult {
    run(async {
        let read = Signal::new();
        let upstream = upstream(read.clone()).await;
        for version in [Version::Http1, Version::Http2] {
            for address in gateway(upstream, version).await {
                for client in Client::ALL {
                    let mut events = client.open(address).await?.events();
                    for at in 0..COUNT {
                        let event = events.next().await.expect("an event")?;
                        let seen = (event.event_type(), event.data(), event.last_event_id());
                        assert_eq!(seen, ("tick", "a\nb", at.to_string().as_str()), "{client:?} from {version:?}");
                        read.add(1);
                    }
                    let last = events.next().await;
                    assert!(matches!(last, Some(Err(StreamError::Source(_)))), "{client:?} from {version:?}: {last:?}");
                    assert!(!events.is_mid_event(), "{client:?} from {version:?}");
                    // The one that broke is not one that was read.
                    read.add(1);
                }
            }
        }
        Ok(())
    })
}

/// What an observer is told, to a channel.
struct Told(mpsc::UnboundedSender<(usize, Outcome)>, usize);

impl Observer for Told {
    fn event(&mut self, _event: EventRef<'_>) {
        self.1 += 1;
    }

    fn ended(&mut self, outcome: Outcome) {
        self.0.send((self.1, outcome)).expect("a receiver");
    }
}

/// How an upstream goes on after the head of its response.
#[derive(Clone, Copy, Debug)]
enum Upstream {
    /// This comes, and then the connection ends.
    Ends(&'static str, Ending),
    /// It says how long it is.
    HasLength,
    /// After an event there is silence.
    Waits,
}

async fn answer(mut connection: Connection, how: Upstream) {
    match how {
        Upstream::Ends(text, ending) => {
            connection.begin().await;
            connection.chunk(text.as_bytes()).await;
            connection.end(ending).await;
        }
        Upstream::HasLength => {
            connection.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\n").await;
            connection.write(b"data: x\n\n").await;
            future::pending().await
        }
        Upstream::Waits => {
            connection.begin().await;
            connection.chunk(b"data: x\n\n").await;
            future::pending().await
        }
    }
}

#[test]
fn an_observer_is_told_what_happened() -> TestResult {
    run(async {
        let rows = [
            (Upstream::Ends("data: x\n\n", Ending::Clean), Outcome::Complete),
            (Upstream::Ends("data: x\n\ndata", Ending::Clean), Outcome::CutOff),
            (Upstream::Ends("data: x\n\n", Ending::Closed), Outcome::Failed),
            (Upstream::Ends("data: x\n\ndata", Ending::Closed), Outcome::Failed),
            (Upstream::HasLength, Outcome::Complete),
            (Upstream::Waits, Outcome::Dropped),
        ];
        for (how, expected) in rows {
            let upstream = server::raw(move |connection| answer(connection, how)).await;
            let (sender, mut told) = mpsc::unbounded_channel();
            let gateway = server::hyper(move |_| {
                let observer = Told(sender.clone(), 0);
                async move {
                    let response = hyper_get(upstream, Version::Http1, "").await.expect("a response");
                    response.map(|body| body::tap(body, observer))
                }
            });
            let gateway = gateway.await;
            for client in Client::ALL {
                // An error may overtake what comes before it, even the head.
                if let Ok(mut chunks) = client.open(gateway).await {
                    chunks.next().await;
                    while expected != Outcome::Dropped && matches!(chunks.next().await, Some(Ok(_))) {}
                }
                assert_eq!(told.recv().await, Some((1, expected)), "{client:?}, {how:?}");
            }
            assert!(told.is_empty(), "{how:?}: once for each body");
        }
        Ok(())
    })
}

/// Ends with an event of its own unless all is well.
struct TellsOfErrors;

impl<E> Editor<E> for TellsOfErrors {
    fn block(&mut self, _block: &Block) -> Edit {
        Edit::Keep
    }

    fn end(&mut self, ending: body::Ending<'_, E>) -> Edit {
        match ending {
            body::Ending::Complete => Edit::Keep,
            _ => Frame::new().data("upstream has gone").into(),
        }
    }
}

#[test]
fn a_client_is_told_that_the_upstream_broke_off() -> TestResult {
    run(async {
        // A reset overtakes what came before it.
        for ending in [Ending::Clean, Ending::Closed] {
            let how = Upstream::Ends("data: x\n\ndata: ha", ending);
            let upstream = server::raw(move |connection| answer(connection, how)).await;
            let gateway = server::hyper(move |_| async move {
                let response = hyper_get(upstream, Version::Http1, "").await.expect("a response");
                response.map(|body| body::edit(body, TellsOfErrors))
            });
            let gateway = gateway.await;
            // In HTTP/2 the error may overtake what comes before it.
            let clients = if ending == Ending::Clean { &Client::ALL[..] } else { &Client::HTTP1 };
            for client in clients {
                let mut events = client.open(gateway).await?.events();
                for expected in ["x", "upstream has gone"] {
                    assert_eq!(events.next().await.expect("an event")?.data(), expected, "{client:?}, {ending:?}");
                }
                let last = events.next().await;
                assert_eq!(matches!(last, Some(Err(_))), ending != Ending::Clean, "{client:?}, {ending:?}: {last:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn an_editor_that_panics_is_the_end_of_its_own_stream_only() -> TestResult {
    run(async {
        let has_panicked = Signal::new();
        let panicked = has_panicked.clone();
        let gateway = server::hyper(move |request| {
            let is_to_panic = request.uri().path() == "/panic";
            let panicked = panicked.clone();
            async move {
                let frames = stream::iter(0..COUNT).then(move |at| {
                    let panicked = panicked.clone();
                    async move {
                        // The others go on when it has happened.
                        if !is_to_panic && at > 0 {
                            panicked.reaches(1).await;
                        }
                        Frame::new().data(&at.to_string()).to_encoded()
                    }
                });
                let editor = move |block: &Block| {
                    assert!(!is_to_panic || block.fields().data.as_deref() != Some("3"), "as is wanted here");
                    Edit::Keep
                };
                body::event_stream_response(body::edit(EventBody::new(frames).max_batch(1), editor))
            }
        });
        let gateway = gateway.await;
        // All of them on one connection.
        let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build()?;
        let open = async |path: &str| client.get(format!("http://{gateway}{path}")).send().await;
        let mut others = Vec::new();
        for _ in 0..3 {
            let mut events = open("/").await?.bytes_stream().events();
            assert_eq!(events.next().await.expect("an event")?.data(), "0");
            others.push(events);
        }
        let seen: Vec<_> = open("/panic").await?.bytes_stream().events().collect().await;
        assert!(matches!(&seen[..], [events @ .., Err(StreamError::Source(_))] if events.len() <= 3), "{seen:?}");
        assert!(seen.iter().flatten().map(Event::data).eq(["0", "1", "2"].into_iter().take(seen.len() - 1)));
        has_panicked.add(1);
        for events in others {
            assert_eq!(collect(events).await.len(), COUNT - 1);
        }
        Ok(())
    })
}

/// Answers with the events of the request, in capitals.
async fn echo(request: Request<axum::body::Body>) -> impl IntoResponse {
    let events = EventStream::new(BodyChunks::new(request.into_body()));
    body::event_stream_response(EventBody::new(in_capitals(events)))
}

fn in_capitals<E: Into<BoxError>>(
    events: impl Stream<Item = Result<Event, StreamError<E>>>,
) -> impl Stream<Item = Result<FrameBuf, BoxError>> {
    events.map(|event| match event {
        Ok(event) => Ok(Frame::new().data(&event.data().to_uppercase()).into()),
        Err(StreamError::Source(error)) => Err(error.into()),
        Err(error) => Err(error.into_boxed()),
    })
}

#[test]
fn a_request_may_bring_an_event_stream_too() -> TestResult {
    run(async {
        let address = server::axum(Router::new().route("/", post(echo))).await;
        for builder in [reqwest::Client::builder().http1_only(), reqwest::Client::builder().http2_prior_knowledge()] {
            let body = EventBody::new(stream::iter(["one\ntwo", "글"].map(|data| Frame::new().data(data))));
            let request = builder.no_proxy().build()?.post(format!("http://{address}/"));
            let response = request.body(reqwest::Body::wrap(body)).send().await?;
            let seen: Vec<_> = collect(response.bytes_stream().events()).await;
            let data: Vec<_> = seen.iter().map(|(_, data, _)| data.as_str()).collect();
            assert_eq!(data, ["ONE\nTWO", "글"]);
        }
        Ok(())
    })
}
