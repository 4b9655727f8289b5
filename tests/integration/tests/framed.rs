//! `EventCodec` in `FramedRead`, `FramedWrite` and `Framed` of tokio-util, over a pipe in memory and over a socket.

use std::mem;

use futures_util::{SinkExt, StreamExt};
use integration::{TestResult, Triple, run, server, triple};
use sse_wire::{DecodeError, DecodeOptions, Decoder, EventRef, Frame, FrameBuf, Item, Utf8Bytes, codec::EventCodec};
use tokio::{
    io::{AsyncWriteExt, duplex},
    net::TcpStream,
    sync::mpsc,
};
use tokio_util::codec::{Framed, FramedRead, FramedWrite};

/// A pipe that holds so little that every frame is cut.
const SMALL: usize = 7;

fn event(event_type: &str, data: &str, id: &str) -> Triple {
    (event_type.into(), data.into(), id.into())
}

#[test]
fn frames_go_through_a_narrow_pipe_in_both_directions_at_once() -> TestResult {
    /// Sends as many frames of its name as it receives of the other's.
    async fn peer(pipe: tokio::io::DuplexStream, name: &'static str) -> Vec<Triple> {
        let (mut sink, stream) = Framed::new(pipe, EventCodec::new()).split();
        let sending = async move {
            for number in 0..50 {
                let id = number.to_string();
                let frame = Frame::new().event_type(name).and_then(|frame| frame.id(&id)).expect("valid");
                // A `SplitSink` is for items of one type, and a frame that borrows is of another each time.
                sink.send(frame.data("two\nlines").to_encoded()).await.expect("the pipe is open");
            }
        };
        let receiving = stream.take(50).map(|event| triple(&event.expect("the pipe").expect("an event"))).collect();
        tokio::join!(sending, receiving).1
    }
    run(async {
        let (left, right) = duplex(SMALL);
        let (left, right) = tokio::join!(peer(left, "left"), peer(right, "right"));
        for (seen, name) in [(left, "right"), (right, "left")] {
            let expected: Vec<_> = (0..50).map(|number| event(name, "two\nlines", &number.to_string())).collect();
            assert_eq!(seen, expected);
        }
        Ok(())
    })
}

#[test]
fn everything_that_is_a_frame_can_be_sent() -> TestResult {
    run(async {
        let (near, far) = duplex(SMALL);
        let sending = async move {
            let mut sink = FramedWrite::new(near, EventCodec::new());
            sink.send(Frame::new().comment("c").data("frame")).await?;
            sink.send(Frame::new().data("bytes").to_encoded()).await?;
            sink.send(Frame::head().shared_data(Utf8Bytes::from("x".repeat(100_000)))).await?;
            sink.send(FrameBuf::from(Frame::new().data("buf"))).await?;
            sink.send(EventRef::new("", "lent", "")).await?;
            sink.send(EventRef::new("a\nb", "owned", "").to_event()).await?;
            // Any of these types will do, but it has to be named.
            SinkExt::<FrameBuf>::close(&mut sink).await
        };
        let receiving =
            FramedRead::new(far, EventCodec::new()).map(|event| event.expect("the pipe")).collect::<Vec<_>>();
        let (sent, received) = tokio::join!(sending, receiving);
        sent?;
        let data: Vec<_> = received.into_iter().map(|event| event.expect("an event").into_data()).collect();
        assert_eq!(data, ["frame", "bytes", &"x".repeat(100_000), "buf", "lent", "owned"]);
        Ok(())
    })
}

#[test]
fn each_event_arrives_before_the_next_is_sent() -> TestResult {
    run(async {
        let (near, far) = duplex(1024);
        let (read, mut reads) = mpsc::channel(1);
        let sending = async move {
            let mut sink = FramedWrite::new(near, EventCodec::new());
            for number in 0..50 {
                sink.send(Frame::new().data(&number.to_string())).await.expect("the pipe is open");
                reads.recv().await.expect("a receiver");
            }
        };
        let receiving = async move {
            let mut events = FramedRead::new(far, EventCodec::new());
            let mut count = 0;
            while let Some(event) = events.next().await {
                assert_eq!(event.expect("the pipe").expect("an event").data(), count.to_string());
                count += 1;
                read.send(()).await.expect("a sender");
            }
            count
        };
        assert_eq!(tokio::join!(sending, receiving).1, 50);
        Ok(())
    })
}

#[test]
fn a_rejected_event_is_told_and_the_next_follows_without_waiting_for_bytes() -> TestResult {
    run(async {
        let (mut near, far) = duplex(1024);
        near.write_all(b"data: 1\n\ndata: too long for the limit\n\n: c\n\ndata: 2\n\n").await?;
        let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(8));
        let mut events = FramedRead::new(far, EventCodec::with_decoder(decoder));
        // The pipe stays open: what has arrived has to do.
        assert_eq!(events.next().await.expect("open")??.data(), "1");
        let error = events.next().await.expect("open")?.expect_err("it is too long");
        assert!(matches!(error, DecodeError::EventTooLong { limit: 8, .. }));
        assert_eq!(events.next().await.expect("open")??.data(), "2");
        assert!(events.read_buffer().is_empty());
        Ok(())
    })
}

#[test]
fn the_end_in_the_midst_of_an_event_is_told_by_the_codec() -> TestResult {
    run(async {
        for (sent, is_mid_event, cut) in [
            (&b"data: x\n\n"[..], false, None),
            (b"data: x\n\ndata: half", true, Some("half")),
            (b"data: x\n\nevent: tick\n", true, None),
            (b"data: x\n\ndata: caf\xC3", true, Some("caf\u{FFFD}")),
            (b"data: x\r\n\r", false, None),
        ] {
            let (mut near, far) = duplex(SMALL);
            let sending = async move {
                near.write_all(sent).await.expect("the pipe is open");
            };
            let receiving = async move {
                let mut events = FramedRead::new(far, EventCodec::new());
                let first = events.next().await.expect("open").expect("the pipe").expect("an event");
                assert!(events.next().await.is_none());
                (first.into_data(), events)
            };
            let (data, mut events) = tokio::join!(sending, receiving).1;
            assert_eq!((&*data, events.decoder().decoder().is_mid_event()), ("x", is_mid_event));
            assert_eq!(events.decoder_mut().finish().map(|event| event.into_data()).as_deref(), cut);
        }
        Ok(())
    })
}

#[test]
fn a_broken_socket_is_the_codecs_error_and_the_decoder_goes_over_to_the_next() -> TestResult {
    run(async {
        let (received, mut receipts) = mpsc::channel(1);
        let (listener, address) = server::listen().await;
        let serving = async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            stream.write_all(b"retry: 5\nid: 1\ndata: first\n\ndata: cut o").await.expect("a client");
            receipts.recv().await.expect("a client");
            stream.set_zero_linger().expect("a socket");
            drop(stream);
            let (stream, _) = listener.accept().await.expect("a client");
            let mut sink = FramedWrite::new(stream, EventCodec::new());
            sink.send(Frame::new().data("second")).await.expect("a client");
        };
        let reading = async move {
            let mut events = FramedRead::new(TcpStream::connect(address).await?, EventCodec::new().items());
            assert!(matches!(events.next().await.expect("open")??, Item::ReconnectionTime(_)));
            assert!(matches!(events.next().await.expect("open")??, Item::Event(event) if event.data() == "first"));
            received.send(()).await?;
            assert!(events.next().await.expect("an error").is_err());
            assert!(events.decoder().decoder().is_mid_event());
            // `FramedRead` gives its socket away, but not its codec.
            let decoder = mem::replace(events.decoder_mut(), EventCodec::new().items()).into_decoder();
            let mut events = FramedRead::new(TcpStream::connect(address).await?, EventCodec::with_decoder(decoder));
            let event = events.next().await.expect("open")??;
            assert_eq!((event.data(), event.last_event_id()), ("second", "1"));
            assert!(!events.decoder().decoder().is_mid_event());
            TestResult::Ok(())
        };
        tokio::join!(serving, reading).1
    })
}
