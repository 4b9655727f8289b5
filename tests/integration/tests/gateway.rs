//! A server between: events that are read, changed and sent on, bodies that are passed on as they are, and event
//! streams that a client sends.

use std::net::SocketAddr;

use axum::{Router, response::IntoResponse, routing::post};
use futures_util::{Stream, StreamExt, stream};
use http::Request;
use hyper::body::Incoming;
use integration::{
    BoxError, Signal, TestResult,
    client::{Client, Version, hyper_get},
    collect, run, server,
};
use sse_wire::{
    Event, Frame, FrameBuf, StreamError,
    body::{self, BodyChunks, EventBody},
    stream::{EventStream, EventStreamExt},
};

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

/// Sends on what it reads, typed; or as it is.
async fn gateway(upstream: SocketAddr, version: Version) -> [SocketAddr; 2] {
    let typed = server::hyper(move |_| async move {
        let response = hyper_get(upstream, version, "").await.expect("a response");
        body::event_stream_response(EventBody::new(body::events(response).expect("an event stream").map(changed)))
    });
    let as_it_is = server::hyper(move |_| async move {
        let body: Incoming = hyper_get(upstream, version, "").await.expect("a response").into_body();
        body::event_stream_response(body)
    });
    [typed.await, as_it_is.await]
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
