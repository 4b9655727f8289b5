//! One event for many clients: encoded once, and a client that is too slow is cut off and comes back.

use std::net::SocketAddr;

use futures_util::{Stream, StreamExt, stream};
use integration::{
    TestResult,
    client::{Client, Version, hyper_get},
    run, server,
};
use sse_wire::{
    EncodedFrames, Frame,
    body::{self, EventBody},
    stream::EventStreamExt,
};
use tokio::sync::broadcast;

/// What is sent from now on, until this receiver lags behind.
fn subscribe(sender: &broadcast::Sender<EncodedFrames>) -> impl Stream<Item = EncodedFrames> + Send + use<> {
    stream::unfold(sender.subscribe(), async |mut receiver| {
        let frame = receiver.recv().await.ok()?;
        Some((frame, receiver))
    })
}

async fn broadcasting_server(sender: broadcast::Sender<EncodedFrames>) -> SocketAddr {
    server::hyper(move |_| {
        let frames = subscribe(&sender);
        async { body::event_stream_response(EventBody::new(frames)) }
    })
    .await
}

fn frame(number: usize, data: &str) -> EncodedFrames {
    Frame::new().id(&number.to_string()).expect("valid").data(data).to_encoded()
}

#[test]
fn an_event_that_was_encoded_once_reaches_every_client() -> TestResult {
    run(async {
        let (sender, _) = broadcast::channel(16);
        let address = broadcasting_server(sender.clone()).await;
        let mut clients = Vec::new();
        for client in Client::ALL.into_iter().chain(Client::ALL) {
            clients.push(client.open(address).await?.events());
        }
        for number in 0..50 {
            assert_eq!(sender.send(frame(number, "a\nb"))?, clients.len());
            for events in &mut clients {
                let event = events.next().await.expect("an event")?;
                assert_eq!((event.data(), event.last_event_id()), ("a\nb", number.to_string().as_str()));
            }
        }
        Ok(())
    })
}

#[test]
fn a_client_that_is_too_slow_is_cut_off_between_two_events_and_holds_up_nobody() -> TestResult {
    const COUNT: usize = 400;
    run(async {
        let (sender, _) = broadcast::channel(16);
        let address = broadcasting_server(sender.clone()).await;
        for version in [Version::Http1, Version::Http2] {
            let mut slow = body::events(hyper_get(address, version, "").await?)?;
            let mut fast = body::events(hyper_get(address, version, "").await?)?;
            // More than the sockets hold, and the channel besides.
            let data = "x".repeat(100_000);
            for number in 1..=COUNT {
                sender.send(frame(number, &data))?;
                assert_eq!(fast.next().await.expect("an event")?.data().len(), data.len(), "{version:?}");
            }
            let mut seen = 0;
            while let Some(event) = slow.next().await {
                seen += 1;
                assert_eq!(event?.last_event_id(), seen.to_string(), "{version:?}");
            }
            assert!(seen > 0 && seen < COUNT, "{version:?}: {seen}");
            // It knows where to go on.
            assert!(!slow.is_mid_event() && slow.last_event_id() == seen.to_string(), "{version:?}");
        }
        Ok(())
    })
}
