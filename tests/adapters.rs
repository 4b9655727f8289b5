//! Every adapter gives what `Decoder` gives, however its source cuts, waits and fails.
#![cfg(any(feature = "codec", feature = "read", feature = "stream"))]
#![allow(dead_code)] // No adapter needs all of this, and not every adapter is there.

#[path = "adapters/ends.rs"]
mod ends;
#[cfg(feature = "std")]
#[path = "adapters/errors.rs"]
mod errors;
#[path = "adapters/idle.rs"]
mod idle;
#[path = "adapters/ids.rs"]
mod ids;
mod support;

use std::{collections::VecDeque, time::Duration};

use proptest::test_runner::{Config, TestRunner};
use sse_wire::{DecodeError, DecodeOptions, Decoder, Event, Item, Utf8Policy};
use support::{Driver, Out, Outcome, run, strategies};

const STREAMS: &[&[u8]] = &[
    b"",
    b"\n\n",
    b"data: one\n\ndata: two\n\n",
    b"data: one\ndata\ndata: three\n\ndata\n\n",
    b"\xEF\xBB\xBFdata: a\r\ndata: b\r\n\r\nid: 2\rdata: c\r\r",
    b"id: 1\nevent: tick\ndata: x\n\ndata: y\n\nid: 2\n\nid\ndata: z\n\n",
    b": hello\n\nretry: 3000\n:\ndata: x\n: in between\nretry: 7\ndata: y\n\n: bye\n",
    "event: 틱\nid: é\ndata: 한국어\n: 글\n\ndata: \u{1F600}\n\n".as_bytes(),
    b"data: \xFF\xE2\x82\n\ndata: ok\n\n: \xFF\ndata: ok\n\nid: \xF0\x9F\nevent: \xC0\ndata: x\n\n",
    b"data: a line that is rather long\n\ndata: ok\n\nid: another that is rather long\n: 3\n\ndata: ok\n\n",
    b"unknown: field\nunknown\ndata: x\n\n",
    b"data: x\n\ndata: cut off",
    b"data: x\n\nid: 9\ndata: cut off\n",
    b"data: x\n\nevent: tick\r\n",
    b"data: x\n\n: a comment, and the start of a name\neve",
    include_bytes!("data/odd.sse"),
    include_bytes!("data/multiline.sse"),
];

/// What a source does when it is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    Chunk(Vec<u8>),
    /// Nothing yet, ask again; adapters that cannot wait must hide it.
    Wait,
    /// An error after which the source goes on.
    Fail,
}

impl Step {
    fn into_chunk(self) -> Vec<u8> {
        if let Self::Chunk(chunk) = self { chunk } else { Vec::new() }
    }
}

/// A source that does all this, ends, and must not be asked again.
#[derive(Clone, Debug)]
struct Script {
    steps: VecDeque<Step>,
    is_ended: bool,
}

impl Script {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), is_ended: false }
    }

    fn chunks<'c>(chunks: impl IntoIterator<Item = &'c [u8]>) -> Self {
        Self::new(chunks.into_iter().map(|chunk| Step::Chunk(chunk.to_vec())))
    }

    fn ask(&mut self) -> Option<Step> {
        assert!(!self.is_ended, "asked after the end");
        let step = self.steps.pop_front();
        self.is_ended = step.is_none();
        step
    }
}

/// All that comes out of an adapter.
#[derive(Debug, Eq, PartialEq)]
struct Taken {
    outcome: Outcome,
    /// How much had come out at each error of the source.
    failed_at: Vec<usize>,
}

/// All that came out of an adapter, and what it says in the end. Adapters name that alike, but have no trait for it.
macro_rules! taken {
    ($adapter:expr, $out:expr, $failed_at:expr) => {{
        let decoder = $adapter.decoder();
        let (last_event_id, reconnection_time) = (decoder.last_event_id().to_owned(), decoder.reconnection_time());
        let is_mid_event = decoder.is_mid_event();
        let cut = $adapter.finish().map(|event| event.as_event_ref().into());
        assert!(!$adapter.decoder().is_mid_event());
        let outcome = Outcome { out: $out, cut, is_mid_event, last_event_id, reconnection_time };
        Taken { outcome, failed_at: $failed_at }
    }};
}

/// How an adapter is asked, and how it takes all that a source gives, with a decoder to begin with.
type Run = (Driver, fn(Decoder, Script) -> Taken);

/// What a decoder makes of the chunks, with nothing around it.
fn expected(driver: Driver, options: DecodeOptions, chunks: &[&[u8]]) -> Taken {
    Taken { outcome: run(driver, options, chunks.iter().copied()), failed_at: Vec::new() }
}

fn all_options() -> [DecodeOptions; 3] {
    let options = DecodeOptions::new();
    [options, options.with_utf8_policy(Utf8Policy::Reject), options.with_max_event_len(16)]
}

/// Whole, at every place in two, byte by byte, and with empty chunks in between.
fn cuts(stream: &[u8]) -> Vec<Vec<&[u8]>> {
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    let with_empty = bytes.iter().flat_map(|&byte| [b"", byte, b""]).collect();
    let halves = (1..stream.len()).map(|at| vec![&stream[..at], &stream[at..]]);
    halves.chain([vec![stream], bytes, with_empty]).collect()
}

fn check(runs: &[Run]) {
    for &run in runs {
        check_streams(run);
        check_large(run);
        check_any(run);
    }
}

fn check_streams((driver, take): Run) {
    for (options, &stream) in all_options().into_iter().flat_map(|options| STREAMS.iter().map(move |s| (options, s))) {
        let expected = expected(driver, options, &[stream]);
        for chunks in cuts(stream) {
            let taken = take(Decoder::with_options(options), Script::chunks(chunks));
            assert_eq!(taken, expected, "{driver:?}, {options:?}: {}", stream.escape_ascii());
        }
    }
}

/// More than any buffer holds at once, in one event and in many.
fn check_large((driver, take): Run) {
    let large = [format!("data: {}\n\n", "x".repeat(100_000)), "id: 1\ndata: x\n: c\n\n".repeat(5000)].concat();
    let expected = expected(driver, DecodeOptions::new(), &[large.as_bytes()]);
    for cut in [1460, 40_000, usize::MAX] {
        assert_eq!(take(Decoder::new(), Script::chunks(large.as_bytes().chunks(cut))), expected, "cut at {cut}");
    }
}

/// Streams and cuts made at random.
fn check_any((driver, take): Run) {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(500) });
    let cases = (strategies::stream(), strategies::cuts(), strategies::options());
    let outcome = runner.run(&cases, |(stream, cuts, options)| {
        let script = Script::chunks(strategies::cut(&stream, &cuts));
        assert_eq!(take(Decoder::with_options(options), script), expected(driver, options, &[&stream]));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{driver:?}: {error}"));
}

/// An error anywhere, in an event, a line end or a character, with waits around it, changes nothing but that it is
/// seen, after all that was whole before it.
fn check_failures(runs: &[Run]) {
    for (&run, options) in runs.iter().flat_map(|run| all_options().map(|options| (run, options))) {
        for (stream, at) in STREAMS.iter().flat_map(|&stream| (0..=stream.len()).map(move |at| (stream, at))) {
            check_failure(run, options, stream, at);
        }
    }
}

fn check_failure((driver, take): Run, options: DecodeOptions, stream: &[u8], at: usize) {
    let (head, tail) = stream.split_at(at);
    let chunk = |bytes: &[u8]| Step::Chunk(bytes.to_vec());
    let script = Script::new([Step::Wait, chunk(head), Step::Wait, Step::Fail, Step::Wait, chunk(tail)]);
    let taken = take(Decoder::with_options(options), script);
    let failed_at = vec![expected(driver, options, &[head]).outcome.out.len()];
    let expected = Taken { failed_at, ..expected(driver, options, &[stream]) };
    assert_eq!(taken, expected, "{driver:?}, {options:?}, at {at}: {}", stream.escape_ascii());
}

/// A decoder in the midst of an event, with an ID: that of the connection before.
fn used_decoder() -> Decoder {
    let mut decoder = Decoder::new();
    support::feed(&mut decoder, Driver::Decode, b"id: 7\nretry: 5\n\nevent: old\ndata: old\r", &mut Vec::new());
    decoder
}

/// The old event does not go on, the LF is not taken for that of the old CR, and the ID is still there.
fn check_next_connection(runs: &[Run]) {
    let outcome = Outcome {
        out: vec![Out::Event(support::Event::new("message", "new", "7"))],
        cut: None,
        is_mid_event: false,
        last_event_id: "7".into(),
        reconnection_time: Some(Duration::from_millis(5)),
    };
    let expected = Taken { outcome, failed_at: Vec::new() };
    for (_, take) in runs {
        assert_eq!(take(used_decoder(), Script::chunks([&b"\ndata: new\n\n"[..]])), expected);
    }
}

fn event_out(event: &Event) -> Out {
    Out::Event(event.as_event_ref().into())
}

fn item_out(item: &Item) -> Out {
    item.as_item_ref().into()
}

fn error_out(error: &DecodeError) -> Out {
    Out::Error(*error)
}

fn is_send_and_sync<T: Clone + Send + Sync + Unpin>(_: &T) {}

#[cfg(feature = "read")]
mod read {
    use std::io::{self, ErrorKind, Read};

    use sse_wire::{
        StreamError,
        read::{EventReader, ItemReader},
    };

    use super::*;

    /// Waits are `Interrupted`, and so are empty chunks, which would be the end; failures are `WouldBlock`.
    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.ask() {
                None => Ok(0),
                Some(Step::Fail) => Err(ErrorKind::WouldBlock.into()),
                Some(Step::Chunk(chunk)) if !chunk.is_empty() => {
                    let (now, later) = chunk.split_at(chunk.len().min(buffer.len()));
                    buffer[..now.len()].copy_from_slice(now);
                    if !later.is_empty() {
                        self.steps.push_front(Step::Chunk(later.to_vec()));
                    }
                    Ok(now.len())
                }
                Some(Step::Wait | Step::Chunk(_)) => Err(ErrorKind::Interrupted.into()),
            }
        }
    }

    fn take<T>(mut reader: EventReader<Script, T>, shown: fn(&T) -> Out) -> Taken
    where
        EventReader<Script, T>: Iterator<Item = Result<T, StreamError<io::Error>>>,
    {
        let (mut out, mut failed_at) = (Vec::new(), Vec::new());
        for next in reader.by_ref() {
            match next {
                Ok(next) => out.push(shown(&next)),
                Err(StreamError::Decode(error)) => out.push(error_out(&error)),
                Err(StreamError::Source(error)) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    failed_at.push(out.len());
                }
            }
        }
        assert!(reader.next().is_none());
        let said = (reader.last_event_id().to_owned(), reader.reconnection_time(), reader.is_mid_event());
        let taken = taken!(reader, out, failed_at);
        let Outcome { last_event_id, reconnection_time, is_mid_event, .. } = &taken.outcome;
        assert_eq!(said, (last_event_id.clone(), *reconnection_time, *is_mid_event));
        assert!(reader.next().is_none());
        taken
    }

    const RUNS: &[Run] = &[
        (Driver::Decode, |decoder, script| take(EventReader::with_decoder(script, decoder), event_out)),
        (Driver::DecodeItem, |decoder, script| take(EventReader::with_decoder(script, decoder).items(), item_out)),
    ];

    #[test]
    fn a_reader_gives_what_the_decoder_gives() {
        check(RUNS);
    }

    #[test]
    fn errors_of_the_reader_lose_nothing_and_interruptions_are_not_seen() {
        check_failures(RUNS);
    }

    #[test]
    fn the_next_connection_starts_afresh() {
        check_next_connection(RUNS);
    }

    #[test]
    fn what_has_been_read_is_not_lost_when_the_reader_changes_or_is_taken_apart() {
        let chunk = b"data: 1\n\n: c\ndata: 2\n\ndata: 3\n\ndata: 4";
        let mut reader = EventReader::new(Script::chunks([&chunk[..], b"\n\n"]));
        is_send_and_sync(&reader);
        assert!(reader.next().is_some_and(|event| event.is_ok_and(|event| event.data() == "1")));
        let debug = format!("{reader:?}");
        assert!(debug.contains("undecoded: 29") && !debug.contains("data: 2"), "{debug}");
        let mut items: ItemReader<Script> = reader.items();
        assert!(items.next().is_some_and(|item| item.is_ok_and(|item| item == Item::Comment("c".into()))));
        assert_eq!((items.source().steps.len(), items.decoder().position()), (1, 13));
        let (_, _, rest) = items.clone().into_parts();
        assert_eq!(rest, chunk[13..]);
        // What is taken no more is dropped, and the reader is at its end: its source is not asked.
        assert!(items.finish().is_none() && items.next().is_none());
        assert_eq!(items.source().steps.len(), 1);
    }

    #[test]
    fn a_reader_that_lies_about_the_length_does_no_harm() {
        struct Liar(bool);
        impl Read for Liar {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(b'\n');
                Ok(if std::mem::take(&mut self.0) { usize::MAX } else { 0 })
            }
        }
        let mut reader = EventReader::new(Liar(true));
        assert!(reader.next().is_none());
        assert_eq!(reader.decoder().position(), 16 * 1024);
    }
}

#[cfg(feature = "stream")]
mod stream {
    use std::{
        marker::PhantomPinned,
        pin::{Pin, pin},
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Context, Poll, Wake, Waker},
    };

    use bytes::{Bytes, BytesMut};
    use futures_util::{
        FutureExt, Stream, StreamExt,
        stream::{self, FusedStream},
    };
    use sse_wire::{
        StreamError,
        stream::{EventStream, EventStreamExt, ItemStream},
    };

    use super::*;

    /// The error of a source.
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub(super) struct Failure;

    impl Stream for Script {
        type Item = Result<Vec<u8>, Failure>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(match self.ask() {
                None => None,
                Some(Step::Chunk(chunk)) => Some(Ok(chunk)),
                Some(Step::Fail) => Some(Err(Failure)),
                Some(Step::Wait) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            })
        }
    }

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Each future of `next` is polled once, and dropped if it has to wait.
    fn take<T>(mut stream: EventStream<Script, T>, shown: fn(&T) -> Out) -> Taken
    where
        EventStream<Script, T>: Stream<Item = Result<T, StreamError<Failure>>> + FusedStream,
    {
        let waits = stream.source().steps.iter().filter(|&step| *step == Step::Wait).count();
        let woken = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&woken));
        let (mut out, mut failed_at, mut pending) = (Vec::new(), Vec::new(), 0);
        loop {
            assert!(!stream.is_terminated());
            match stream.next().poll_unpin(&mut Context::from_waker(&waker)) {
                Poll::Pending => pending += 1,
                Poll::Ready(None) => break,
                Poll::Ready(Some(Ok(next))) => out.push(shown(&next)),
                Poll::Ready(Some(Err(StreamError::Decode(error)))) => out.push(error_out(&error)),
                Poll::Ready(Some(Err(StreamError::Source(Failure)))) => failed_at.push(out.len()),
            }
            // Whoever is told to wait is woken: by the source alone, and no more often.
            assert_eq!(woken.0.load(Ordering::Relaxed), pending);
        }
        assert_eq!(pending, waits, "no poll waits of its own accord");
        assert!(stream.is_terminated() && stream.next().now_or_never().is_some_and(|next| next.is_none()));
        let said = (stream.last_event_id().to_owned(), stream.reconnection_time(), stream.is_mid_event());
        let taken = taken!(stream, out, failed_at);
        let Outcome { last_event_id, reconnection_time, is_mid_event, .. } = &taken.outcome;
        assert_eq!(said, (last_event_id.clone(), *reconnection_time, *is_mid_event));
        taken
    }

    fn events(decoder: Decoder, script: Script) -> EventStream<Script> {
        EventStream::with_decoder(script, decoder).resume_after_errors()
    }

    const RUNS: &[Run] = &[
        (Driver::Decode, |decoder, script| take(events(decoder, script), event_out)),
        (Driver::DecodeItem, |decoder, script| take(events(decoder, script).items(), item_out)),
    ];

    #[test]
    fn a_stream_gives_what_the_decoder_gives() {
        check(RUNS);
    }

    #[test]
    fn neither_errors_nor_waits_nor_dropped_futures_lose_anything() {
        check_failures(RUNS);
    }

    #[test]
    fn the_next_connection_starts_afresh() {
        check_next_connection(RUNS);
    }

    #[test]
    fn what_has_arrived_is_not_lost_when_the_stream_changes_or_is_taken_apart() {
        let chunk = b"data: 1\n\n: c\ndata: 2\n\ndata: 3\n\ndata: 4";
        let mut events = EventStream::new(Script::chunks([&chunk[..], b"\n\n"]));
        is_send_and_sync(&events);
        let event = events.next().now_or_never().flatten().expect("an event");
        assert_eq!(event.expect("no error").data(), "1");
        let debug = format!("{events:?}");
        assert!(debug.contains("undecoded: 29") && !debug.contains("data: 2"), "{debug}");
        let mut items: ItemStream<Script> = events.items();
        let item = items.next().now_or_never().flatten().expect("an item");
        assert_eq!(item, Ok(Item::Comment("c".into())));
        assert_eq!((items.source().steps.len(), items.decoder().position()), (1, 13));
        let (_, _, rest) = items.clone().into_parts();
        assert_eq!(rest, chunk[13..]);
        // What is taken no more is dropped, and the stream is at its end: its source is not polled.
        assert!(items.finish().is_none() && items.is_terminated());
        assert_eq!((items.next().now_or_never(), items.source().steps.len()), (Some(None), 1));
    }

    #[test]
    fn the_event_that_an_error_or_silence_cuts_off_can_be_had() {
        for last in [Step::Fail, Step::Wait] {
            let mut events = EventStream::new(Script::new([Step::Chunk(b"data: half".to_vec()), last.clone()]));
            assert!(!matches!(events.next().now_or_never(), Some(None)));
            assert!(events.is_mid_event() && events.is_terminated() == (last == Step::Fail));
            assert_eq!(events.finish().as_ref().map(Event::data), Some("half"));
            assert!(events.is_terminated() && events.finish().is_none());
        }
    }

    #[test]
    fn events_share_the_memory_of_their_chunk_and_the_stream_lets_go_of_it() {
        for after in ["", ": c\n", "data: 2"] {
            // Too long to be copied; and not in static memory, so that whether it is shared can be seen.
            let chunk = Bytes::from(format!("data: {}\n\n{after}", "1".repeat(100)));
            let source = stream::iter([Ok::<_, Failure>(chunk.clone())]).chain(stream::pending());
            let mut events = source.events();
            let event = events.next().now_or_never().flatten().expect("an event").expect("no error");
            assert_eq!(event.data().as_ptr(), chunk[6..].as_ptr());
            assert_eq!(events.next().now_or_never(), None);
            assert!(!chunk.is_unique());
            let copy = event.as_event_ref().to_event();
            drop(event);
            assert!(chunk.is_unique(), "neither the stream nor the copy {copy:?} holds the chunk");
        }
    }

    #[test]
    fn a_poll_goes_over_what_shows_nothing() {
        let quiet = [&b""[..], b": c\n", b"\n", b"retry: 1\n", b"id: 7\n\n"].into_iter().cycle().take(5000);
        let mut events = EventStream::new(Script::chunks(quiet.chain([&b"data: x\n\n"[..]])));
        let event = events.next().now_or_never().flatten().expect("an event").expect("no error");
        assert_eq!((event.data(), event.last_event_id()), ("x", "7"));
    }

    #[test]
    fn chunks_are_anything_that_becomes_bytes() {
        fn data<B: Into<Bytes>>(chunk: B) -> String {
            let mut events = stream::iter([Ok::<_, Failure>(chunk)]).events();
            let event = events.next().now_or_never().flatten().expect("an event").expect("no error");
            event.data().to_owned()
        }
        let text = "data: x\n\n";
        let seen =
            [data(text), data(text.to_owned()), data(text.as_bytes().to_vec()), data(BytesMut::from(text).freeze())];
        assert_eq!(seen, ["x"; 4]);
    }

    #[test]
    fn a_source_may_be_pinned_for_good() {
        struct Pinned(Script, PhantomPinned);
        impl Stream for Pinned {
            type Item = Result<Vec<u8>, Failure>;

            fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                // No field is pinned, but `get_mut` is out of reach: a new script each time.
                Poll::Ready(self.0.clone().ask().map(|_| Ok(b"data: x\n\n".to_vec())))
            }
        }
        let source = || Pinned(Script::new([Step::Wait]), PhantomPinned);
        let mut events = pin!(source().events());
        assert!(events.next().now_or_never().flatten().is_some());
        let mut source = pin!(source());
        let mut events = source.as_mut().events();
        assert!(events.next().now_or_never().flatten().is_some());
        assert!(events.finish().is_none());
    }
}

#[cfg(feature = "codec")]
mod codec {
    use std::io;

    use bytes::BytesMut;
    use futures_util::{FutureExt, StreamExt};
    use sse_wire::{
        EncodedFrames, Frame, FrameBuf, Utf8Bytes,
        codec::{EventCodec, ItemCodec},
    };
    use tokio_util::codec::{Decoder as Decode, Encoder, FramedRead};

    use super::*;

    /// Does what `FramedRead` does: chunks into its buffer, `decode` until there is nothing, at last `decode_eof`.
    fn take<T>(mut codec: EventCodec<T>, script: Script, shown: fn(&T) -> Out) -> Taken
    where
        EventCodec<T>: Decode<Item = Result<T, DecodeError>, Error = io::Error>,
    {
        let mut out = Vec::new();
        let mut buffer = BytesMut::new();
        let mut put = |next: Result<T, DecodeError>| out.push(next.as_ref().map_or_else(error_out, shown));
        for step in script.steps {
            buffer.extend_from_slice(&step.into_chunk());
            while let Some(next) = codec.decode(&mut buffer).expect("no error of a connection") {
                put(next);
            }
            assert!(buffer.is_empty(), "all that was read is decoded");
        }
        while let Some(next) = codec.decode_eof(&mut buffer).expect("no error, whatever remains") {
            put(next);
        }
        taken!(codec, out, Vec::new())
    }

    /// Through `FramedRead`, with a buffer that its chunks just fit, so that it reads one after another.
    fn framed(decoder: Decoder, script: Script) -> Taken {
        let chunks: Vec<Vec<u8>> = script.steps.into_iter().map(Step::into_chunk).collect();
        let capacity = chunks.iter().map(Vec::len).max().unwrap_or_default();
        let stream = chunks.concat();
        let mut framed = FramedRead::with_capacity(&stream[..], EventCodec::with_decoder(decoder), capacity);
        let mut out = Vec::new();
        // Up to the first `None`: a rejected event is none.
        while let Some(next) = framed.next().now_or_never().expect("memory does not wait") {
            out.push(next.expect("memory does not fail").as_ref().map_or_else(error_out, event_out));
        }
        assert!(framed.read_buffer().is_empty());
        taken!(framed.decoder_mut(), out, Vec::new())
    }

    const RUNS: &[Run] = &[
        (Driver::Decode, |decoder, script| take(EventCodec::with_decoder(decoder), script, event_out)),
        (Driver::DecodeItem, |decoder, script| take(EventCodec::with_decoder(decoder).items(), script, item_out)),
    ];

    const FRAMED: &[Run] = &[(Driver::Decode, framed)];

    #[test]
    fn a_codec_gives_what_the_decoder_gives() {
        check(RUNS);
    }

    #[test]
    fn framed_read_gives_what_the_decoder_gives_and_goes_on_after_rejected_events() {
        check(FRAMED);
    }

    #[test]
    fn the_next_connection_starts_afresh() {
        check_next_connection(RUNS);
        check_next_connection(FRAMED);
    }

    #[test]
    fn exactly_what_was_decoded_is_consumed() {
        let chunk = b"data: 1\n\n: c\ndata: 2\n\ndata: 3\n\ndata: 4";
        let mut buffer = BytesMut::from(&chunk[..]);
        let mut codec = EventCodec::default();
        is_send_and_sync(&codec);
        assert!(codec.decode(&mut buffer).is_ok_and(|event| event.is_some()));
        assert_eq!((&buffer[..], codec.decoder().position()), (&chunk[9..], 9));
        let mut codec: ItemCodec = codec.items();
        assert!(matches!(codec.decode(&mut buffer), Ok(Some(Ok(Item::Comment(text)))) if text == "c"));
        assert_eq!((&buffer[..], codec.into_decoder().position()), (&chunk[13..], 13));
    }

    #[test]
    fn frames_are_appended_as_they_encode_themselves() {
        let frame = Frame::new().comment("c").id("7").expect("legal").data("one\r\ntwo\n");
        let frame = frame.retry(Duration::from_secs(3)).event_type("tick").expect("legal");
        let large = Frame::new().data("x".repeat(100_000).leak());
        for frame in [Frame::new(), Frame::new().data(""), frame, large] {
            let mut codec = EventCodec::new().items();
            let mut buffer = BytesMut::from("before");
            codec.encode(frame, &mut buffer).expect("no error");
            codec.encode(frame.to_encoded(), &mut buffer).expect("no error");
            codec.encode(FrameBuf::from(frame), &mut buffer).expect("no error");
            let bytes = frame.to_encoded();
            assert_eq!(buffer, [b"before", &bytes[..], &bytes, &bytes].concat());
        }
        let shared = Frame::head().comment("c").shared_data(Utf8Bytes::from("a\nb"));
        let keep_alive = EncodedFrames::from_encoded(Frame::KEEP_ALIVE).expect("it ends with a blank line");
        let mut buffer = BytesMut::new();
        EventCodec::new().encode(shared, &mut buffer).expect("no error");
        EventCodec::new().encode(keep_alive, &mut buffer).expect("no error");
        assert_eq!(buffer, ": c\ndata: a\ndata: b\n\n: \n\n");
    }
}
