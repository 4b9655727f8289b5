//! Time: each event at once, no faster than the client reads, and a sign of life in silence.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::get};
use futures_util::{Stream, StreamExt, stream};
use integration::{
    Signal, TestResult,
    client::{Client, Version, hyper_get_on, reqwest_get},
    receive, run,
    server::{self, Ending},
};
use sse_wire::{
    EncodedFrames, Frame, FrameBuf, Item, Utf8Bytes,
    body::{self, EventBody, TokioTimer},
    stream::EventStreamExt,
};
use tokio::{net::TcpSocket, sync::mpsc, time::timeout};

/// Frames of all sizes, each made when the one before has been read.
fn one_by_one(read: Signal) -> impl Stream<Item = FrameBuf> + Send {
    let start = read.sum();
    stream::iter(0..20).then(move |at| {
        let read = read.clone();
        async move {
            read.reaches(start + at).await;
            match at % 4 {
                0 => Frame::new().data("small").into(),
                1 => Frame::new().data("en\ncoded").to_encoded().into(),
                2 => Frame::head().shared_data(Utf8Bytes::from("x".repeat(100_000))),
                _ => Frame::new().comment("c").event_type("none").expect("valid").data("").into(),
            }
        }
    })
}

#[test]
fn each_event_arrives_before_the_next_is_made() -> TestResult {
    async fn servers(read: &Signal) -> [SocketAddr; 2] {
        let (one, other) = (read.clone(), read.clone());
        let router = Router::new()
            .route("/", get(async move || body::event_stream_response(EventBody::new(one_by_one(one.clone())))));
        [
            server::hyper(move |_| {
                let frames = one_by_one(other.clone());
                let body = EventBody::new(frames).keep_alive(TokioTimer::default());
                async { body::event_stream_response(body) }
            })
            .await,
            server::axum(router).await,
        ]
    }
    run(async {
        let read = Signal::new();
        for address in servers(&read).await {
            for client in Client::ALL {
                let mut events = client.open(address).await?.events();
                let mut count = 0;
                while let Some(event) = events.next().await {
                    event?;
                    count += 1;
                    read.add(1);
                }
                assert_eq!(count, 20, "{client:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn an_event_is_there_with_the_byte_that_ends_it() -> TestResult {
    run(async {
        for ending in ["\n\n", "\r\r", "\r\n\r"] {
            let seen = Signal::new();
            let signal = seen.clone();
            let address = server::raw(move |mut connection| {
                let seen = signal.clone();
                async move {
                    let start = seen.sum();
                    connection.begin().await;
                    connection.chunk(format!("data: x{ending}").as_bytes()).await;
                    seen.reaches(start + 1).await;
                    connection.end(Ending::Clean).await;
                }
            })
            .await;
            for client in Client::HTTP1 {
                let mut events = client.open(address).await?.events();
                assert_eq!(events.next().await.expect("an event")?.data(), "x", "{client:?}, {ending:?}");
                seen.add(1);
                assert!(events.next().await.is_none(), "{client:?}, {ending:?}");
            }
        }
        Ok(())
    })
}

/// How much a server makes for a client that does not read, at most: what the sockets of both ends hold, or the windows
/// of HTTP/2. Loopback gives a socket up to some megabytes.
const HELD_BY_SOCKETS: usize = 16 * 1024 * 1024;

/// Frames without end, with their bytes counted when they are made.
fn endless(made: Signal) -> impl Stream<Item = FrameBuf> + Send {
    let data = Utf8Bytes::from("x".repeat(10_000));
    stream::repeat_with(move || {
        made.add(10_000);
        Frame::head().shared_data(data.clone())
    })
}

#[test]
fn a_client_that_does_not_read_stops_the_servers_source() -> TestResult {
    run(async {
        for version in [Version::Http1, Version::Http2] {
            let made = Signal::new();
            let count = made.clone();
            let address = server::hyper(move |_| {
                let frames = endless(count.clone());
                async { body::event_stream_response(EventBody::new(frames)) }
            })
            .await;
            let socket = TcpSocket::new_v4()?;
            socket.set_recv_buffer_size(64 * 1024)?;
            let response = hyper_get_on(socket.connect(address).await?, version, "").await?;
            let mut events = body::events(response)?;
            assert_eq!(events.next().await.expect("an event")?.data().len(), 10_000);
            // A source that nothing holds back would make this much in no time.
            let held_back = timeout(Duration::from_millis(300), made.reaches(HELD_BY_SOCKETS)).await;
            assert!(held_back.is_err(), "{version:?}: {} bytes made", made.sum());
            // And it goes on when the client does.
            let mut read = 0;
            while read < 2 * HELD_BY_SOCKETS {
                read += events.next().await.expect("an event")?.data().len();
                let ahead = made.sum().saturating_sub(read);
                assert!(ahead < HELD_BY_SOCKETS, "{version:?}: {ahead} bytes ahead of the client");
            }
        }
        Ok(())
    })
}

#[test]
fn a_slow_client_gets_everything_in_order() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let frames = (0..2_000).map(|number: u32| Frame::new().data(&number.to_string()).to_encoded());
            body::event_stream_response(EventBody::new(stream::iter(frames)))
        })
        .await;
        for client in Client::ALL {
            let mut events = client.open(address).await?.events();
            let mut next = 0;
            while let Some(event) = events.next().await {
                assert_eq!(event?.data(), next.to_string(), "{client:?}");
                next += 1;
                tokio::task::yield_now().await;
            }
            assert_eq!(next, 2_000, "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn a_client_far_behind_gets_small_events_in_large_pieces_and_keeps_its_http2_connection() -> TestResult {
    const COUNT: usize = 100_000;
    run(async {
        let made = Signal::new();
        let count = made.clone();
        let address = server::hyper(move |_| {
            let count = count.clone();
            let frames = (0..COUNT).map(move |number| {
                count.add(1);
                Frame::new().data(&number.to_string()).to_encoded()
            });
            async { body::event_stream_response(EventBody::new(stream::iter(frames))) }
        })
        .await;
        for client in [Client::Reqwest(Version::Http2), Client::Hyper(Version::Http2)] {
            let chunks = client.open(address).await?;
            // As many as the window has room for wait. As a data frame each, they would be too many for h2 (0.4.16 and
            // later), which then gives up the connection.
            let _ = timeout(Duration::from_millis(300), made.reaches(COUNT)).await;
            let mut pieces = 0;
            let chunks = chunks.inspect(|_| pieces += 1);
            let mut events = chunks.events();
            let mut next = 0;
            while let Some(event) = events.next().await {
                assert_eq!(event?.data(), next.to_string(), "{client:?}");
                next += 1;
            }
            drop(events);
            assert_eq!(next, COUNT, "{client:?}");
            assert!(pieces < COUNT / 50, "{client:?}: {pieces} pieces");
        }
        Ok(())
    })
}

#[test]
fn comments_keep_a_silent_connection_alive() -> TestResult {
    run(async {
        let (sender, receiver) = mpsc::channel(1);
        let receiver = Arc::new(Mutex::new(Some(receiver)));
        let address = server::hyper(move |_| {
            let frames = receiver.lock().expect("no test has failed").take().expect("one request");
            let timer = TokioTimer::new(Duration::from_millis(20));
            async { body::event_stream_response(EventBody::new(receive::<EncodedFrames>(frames)).keep_alive(timer)) }
        })
        .await;
        let response = reqwest_get(address, Version::Http1, "").await?;
        let mut items = response.bytes_stream().items();
        for round in 0..3 {
            for _ in 0..3 {
                assert_eq!(items.next().await.expect("a comment")?, Item::Comment("".into()), "{round}");
            }
            sender.send(Frame::new().data("after silence").to_encoded()).await?;
            // Another comment may be on its way.
            let event = loop {
                match items.next().await.expect("an item")? {
                    Item::Event(event) => break event,
                    item => assert_eq!(item, Item::Comment("".into())),
                }
            };
            assert_eq!(event.data(), "after silence");
        }
        drop(sender);
        while let Some(item) = items.next().await {
            assert_eq!(item?, Item::Comment("".into()));
        }
        assert!(!items.is_mid_event());
        Ok(())
    })
}

#[test]
fn keep_alives_do_not_disturb_events_and_may_be_events_themselves() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let ping = Frame::new().event_type("ping").expect("valid").data("").to_encoded();
            let timer = TokioTimer::new(Duration::from_millis(20));
            body::event_stream_response(EventBody::new(stream::pending::<EncodedFrames>()).keep_alive_with(timer, ping))
        })
        .await;
        for client in Client::ALL {
            let events = client.open(address).await?.events();
            let types: Vec<_> =
                events.take(3).map(|event| event.map(|event| event.event_type().to_owned())).collect().await;
            for event_type in types {
                assert_eq!(event_type?, "ping", "{client:?}");
            }
        }
        Ok(())
    })
}
