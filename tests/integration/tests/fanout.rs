//! One event for many clients: encoded once, and a client that is too slow is cut off and comes back.

use std::net::SocketAddr;

use futures_util::StreamExt;
use integration::{
    TestResult,
    client::{Client, Version, hyper_get},
    run, server,
};
use sse_wire::{
    EncodedFrames, Frame,
    body::{self, EventBody, last_event_id},
    hub::{Hub, ReplayOptions},
    stream::EventStreamExt,
};

fn hub() -> Hub {
    Hub::with_options(ReplayOptions::new().with_max_events(16))
}

async fn serve(hub: Hub) -> SocketAddr {
    server::hyper(move |request| {
        let frames = hub.subscribe(last_event_id(request.headers()));
        async { body::event_stream_response(EventBody::new(frames)) }
    })
    .await
}

#[test]
fn an_event_that_was_encoded_once_reaches_every_client() -> TestResult {
    run(async {
        let hub = hub();
        let address = serve(hub.clone()).await;
        let mut clients = Vec::new();
        for client in Client::ALL.into_iter().chain(Client::ALL) {
            clients.push(client.open(address).await?.events());
        }
        assert_eq!(hub.subscribers(), clients.len());
        for _ in 0..50 {
            let id = hub.publish(Frame::new().data("a\nb")).to_string();
            for events in &mut clients {
                let event = events.next().await.expect("an event")?;
                assert_eq!((event.data(), event.last_event_id()), ("a\nb", id.as_str()));
            }
        }
        // They all end with the last frame.
        hub.close(Frame::new().data("bye"));
        for events in &mut clients {
            assert_eq!(events.next().await.expect("an event")?.data(), "bye");
            assert!(events.next().await.is_none() && !events.is_mid_event());
        }
        assert_eq!(hub.subscribers(), 0);
        Ok(())
    })
}

#[test]
fn a_client_that_is_too_slow_is_cut_off_between_two_events_and_is_told_when_it_comes_back() -> TestResult {
    const COUNT: u64 = 400;
    run(async {
        for version in [Version::Http1, Version::Http2] {
            let hub = hub();
            let address = serve(hub.clone()).await;
            let mut slow = body::events(hyper_get(address, version, "").await?)?;
            let mut fast = body::events(hyper_get(address, version, "").await?)?;
            // More than the sockets hold, and the ring besides.
            let data = "x".repeat(100_000);
            let mut first = None;
            for _ in 1..=COUNT {
                first.get_or_insert(hub.publish(Frame::new().data(&data)));
                assert_eq!(fast.next().await.expect("an event")?.data().len(), data.len(), "{version:?}");
            }
            let start = first.expect("an ID").start();
            let mut seen = 0;
            while let Some(event) = slow.next().await {
                seen += 1;
                assert_eq!(event?.last_event_id(), format!("{start}-{seen}"), "{version:?}");
            }
            assert!(seen > 0 && seen < COUNT, "{version:?}: {seen}");
            assert!(!slow.is_mid_event());
            // It knows where to go on, and the hub knows how much it has missed.
            let mut again = body::events(hyper_get(address, version, slow.last_event_id()).await?)?;
            let gap = again.next().await.expect("an event")?;
            assert_eq!(
                (gap.event_type(), gap.data()),
                ("gap", (COUNT - 16 - seen).to_string().as_str()),
                "{version:?}"
            );
            for number in COUNT - 15..=COUNT {
                assert_eq!(again.next().await.expect("an event")?.last_event_id(), format!("{start}-{number}"));
            }
            hub.close(EncodedFrames::default());
            assert!(again.next().await.is_none());
        }
        Ok(())
    })
}
