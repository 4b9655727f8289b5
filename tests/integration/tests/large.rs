//! Large events, and those that are too large.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use integration::{Signal, TestResult, blocking, client::Client, run, server};
use sse_wire::{
    DecodeError, DecodeOptions, Decoder, Event, Frame, FrameBuf, StreamError, Utf8Bytes,
    body::{self, EventBody},
    codec::EventCodec,
    read::EventReader,
    stream::{EventStream, EventStreamExt},
};
use tokio::io::duplex;
use tokio_util::codec::{FramedRead, FramedWrite};

const LARGE: usize = 5 * 1024 * 1024;

/// Text of that size in one line, as of an image in base64; and in many lines, not all of it ASCII.
fn texts() -> [String; 2] {
    let one_line = "0123456789abcdef".repeat(LARGE / 16);
    let line = "한국어 text, and more of it\n";
    [one_line, line.repeat(LARGE / line.len())]
}

/// The large events, and a small one behind them.
fn frames() -> Vec<FrameBuf> {
    let large = texts().map(|text| Frame::head().shared_data(Utf8Bytes::from(text)));
    large.into_iter().chain([Frame::new().data("small").into()]).collect()
}

async fn address() -> std::net::SocketAddr {
    let frames = frames();
    server::hyper(move |_| {
        let frames = frames.clone();
        async { body::event_stream_response(EventBody::new(stream::iter(frames))) }
    })
    .await
}

#[test]
fn events_of_five_megabytes_arrive_whole_on_each_client() -> TestResult {
    run(async {
        let (address, texts) = (address().await, texts());
        for client in Client::ALL {
            let mut events = client.open(address).await?.events();
            for text in &texts {
                // Not `assert_eq`, which would print them.
                assert!(events.next().await.expect("an event")?.data() == text, "{client:?}");
            }
            assert_eq!(events.next().await.expect("an event")?.data(), "small", "{client:?}");
            assert!(events.decoder().buffered() == 0 && events.next().await.is_none(), "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn so_they_do_on_a_blocking_client() -> TestResult {
    run(async {
        let address = address().await;
        let data = blocking(move || {
            let body = ureq::get(format!("http://{address}/")).call()?.into_body();
            Ok(EventReader::new(body.into_reader()).collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
        let [one, many] = texts();
        assert!(data.iter().map(Event::data).eq([&*one, &*many, "small"]));
        Ok(())
    })
}

#[test]
fn so_they_do_through_a_codec() -> TestResult {
    run(async {
        let (near, far) = duplex(64 * 1024);
        let sending = async move {
            let mut sink = FramedWrite::new(near, EventCodec::new());
            for frame in frames() {
                sink.send(frame).await.expect("the pipe is open");
            }
        };
        let mut events = FramedRead::new(far, EventCodec::new());
        let receiving = async {
            let mut data = Vec::new();
            while let Some(event) = events.next().await {
                data.push(event.expect("the pipe").expect("an event").into_data());
            }
            data
        };
        let data = tokio::join!(sending, receiving).1;
        let [one, many] = texts();
        assert!(data.iter().map(Utf8Bytes::as_str).eq([&*one, &*many, "small"]));
        // It does not keep what a large event took.
        assert!(events.read_buffer().capacity() < 1024 * 1024, "{}", events.read_buffer().capacity());
        Ok(())
    })
}

#[test]
fn what_passes_the_limit_is_an_error_of_its_own_and_the_stream_goes_on() -> TestResult {
    const LIMIT: usize = 1024 * 1024;
    run(async {
        let address = address().await;
        for client in Client::ALL {
            let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(LIMIT));
            let mut events = EventStream::with_decoder(client.open(address).await?, decoder);
            for _ in 0..2 {
                let error = events.next().await.expect("an error").expect_err("it is too long");
                let StreamError::Decode(DecodeError::EventTooLong { limit: LIMIT, offset }) = error else {
                    panic!("{client:?}: {error:?}");
                };
                assert!(offset >= LIMIT as u64, "{client:?}: {offset}");
            }
            assert_eq!(events.next().await.expect("an event")?.data(), "small", "{client:?}");
            assert!(events.next().await.is_none(), "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn an_event_that_never_ends_is_told_once_and_not_retained() -> TestResult {
    const LIMIT: usize = 64 * 1024;
    run(async {
        let sent = Signal::new();
        let signal = sent.clone();
        let address = server::hyper(move |_| {
            let sent = signal.clone();
            let part = Bytes::from("x".repeat(16 * 1024));
            let start = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"data: "))]);
            let parts = stream::repeat_with(move || {
                sent.add(part.len());
                Ok(part.clone())
            });
            async { server::of_chunks(start.chain(parts.take(1024))) }
        })
        .await;
        for client in Client::ALL {
            let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(LIMIT));
            let mut events = EventStream::with_decoder(client.open(address).await?, decoder);
            let error = events.next().await.expect("an error").expect_err("it is too long");
            assert!(matches!(error, StreamError::Decode(DecodeError::EventTooLong { limit: LIMIT, .. })));
            assert!(events.decoder().buffered() <= LIMIT, "{client:?}");
            // The rest of it is read, and is neither an event nor another error.
            assert!(events.next().await.is_none(), "{client:?}");
            assert!(events.is_mid_event() && events.decoder().buffered() <= LIMIT, "{client:?}");
        }
        assert_eq!(sent.sum(), Client::ALL.len() * 16 * 1024 * 1024);
        Ok(())
    })
}
