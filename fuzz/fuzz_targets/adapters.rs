//! Adapters give what the decoder gives, whatever their source does; and what a body sends is what its receiver gets.
#![no_main]

use std::{
    collections::VecDeque,
    convert::Infallible,
    io::{self, ErrorKind, Read},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use libfuzzer_sys::fuzz_target;
use sse_wire::{
    Block, DecodeError, Decoder, EncodedFrames, Event, EventRef, Frame, Item, StreamError,
    body::{BodyChunks, ChunkBody, Edit, EventBody, Observer, edit, tap},
    codec::EventCodec,
    read::EventReader,
    stream::EventStream,
};
use sse_wire_fuzz::{
    Input,
    support::{Driver, Out, run},
};
use tokio_util::codec::Decoder as _;

fuzz_target!(|input: &[u8]| {
    let input = Input::parse(input);
    let [events, items] = [Driver::Decode, Driver::DecodeItem].map(|driver| run(driver, input.options, input.chunks()));
    let source = || Source::new(&input.chunks());
    let decoder = || Decoder::with_options(input.options);

    let mut stream = EventStream::with_decoder(source(), decoder());
    assert_eq!(drain(&mut stream, event), events.out);
    assert_eq!((stream.is_mid_event(), stream.last_event_id()), (events.is_mid_event, &*events.last_event_id));
    assert_eq!(stream.finish().map(|event| event.as_event_ref().into()), events.cut);
    assert_eq!(drain(EventStream::with_decoder(source(), decoder()).items(), item), items.out);

    let mut reader = EventReader::with_decoder(source(), decoder());
    assert_eq!(read(&mut reader, event), events.out);
    assert_eq!(reader.is_mid_event(), events.is_mid_event);
    assert_eq!(read(&mut EventReader::with_decoder(source(), decoder()).items(), item), items.out);

    check_codec(&input, &events.out, &items.out);
    check_body(&input, decoder());
    check_gateway(&input, &events.out);
});

/// Gives the chunks, each after a refusal to do so.
struct Source {
    chunks: VecDeque<Bytes>,
    has_refused: bool,
}

impl Source {
    fn new(chunks: &[&[u8]]) -> Self {
        Self { chunks: chunks.iter().map(|chunk| Bytes::copy_from_slice(chunk)).collect(), has_refused: false }
    }

    fn refuses(&mut self) -> bool {
        self.has_refused = !self.has_refused;
        self.has_refused
    }
}

impl Stream for Source {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.refuses() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.chunks.pop_front().map(Ok))
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.refuses() {
            let kind = if self.chunks.len() % 2 == 0 { ErrorKind::Interrupted } else { ErrorKind::WouldBlock };
            return Err(kind.into());
        }
        // An empty read would be the end.
        while self.chunks.front().is_some_and(Bytes::is_empty) {
            self.chunks.pop_front();
        }
        let Some(chunk) = self.chunks.front_mut() else { return Ok(0) };
        let length = chunk.len().min(buffer.len());
        buffer[..length].copy_from_slice(&chunk.split_to(length));
        Ok(length)
    }
}

fn event(event: Event) -> Out {
    Out::Event(event.as_event_ref().into())
}

fn item(item: Item) -> Out {
    item.as_item_ref().into()
}

fn drain<T, E: std::fmt::Debug>(
    stream: impl Stream<Item = Result<T, StreamError<E>>>,
    out: impl Fn(T) -> Out,
) -> Vec<Out> {
    let mut stream = pin!(stream);
    let mut taken = Vec::new();
    loop {
        match stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {}
            Poll::Ready(None) => return taken,
            Poll::Ready(Some(Ok(shown))) => taken.push(out(shown)),
            Poll::Ready(Some(Err(StreamError::Decode(error)))) => taken.push(Out::Error(error)),
            Poll::Ready(Some(error)) => panic!("{:?}", error.err()),
        }
    }
}

fn read<T>(reader: &mut impl Iterator<Item = Result<T, StreamError<io::Error>>>, out: impl Fn(T) -> Out) -> Vec<Out> {
    let mut taken = Vec::new();
    while let Some(shown) = reader.next() {
        match shown {
            Ok(shown) => taken.push(out(shown)),
            Err(StreamError::Decode(error)) => taken.push(Out::Error(error)),
            Err(StreamError::Source(error)) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    taken
}

fn check_codec(input: &Input<'_>, events: &[Out], items: &[Out]) {
    let codec = || EventCodec::with_decoder(Decoder::with_options(input.options));
    let (mut one, mut other) = (codec(), codec().items());
    let (mut shown, mut all) = (Vec::new(), Vec::new());
    let (mut first, mut second) = (BytesMut::new(), BytesMut::new());
    let of = |result: Result<Out, DecodeError>| result.unwrap_or_else(Out::Error);
    for chunk in input.chunks() {
        first.extend_from_slice(chunk);
        while let Some(found) = one.decode(&mut first).expect("no I/O") {
            shown.push(of(found.map(event)));
        }
        second.extend_from_slice(chunk);
        while let Some(found) = other.decode(&mut second).expect("no I/O") {
            all.push(of(found.map(item)));
        }
        assert!(first.is_empty() && second.is_empty());
    }
    assert!(one.decode_eof(&mut first).expect("no bytes remain").is_none());
    assert_eq!((&*shown, &*all), (events, items));
}

/// What goes on as frames, through a body, arrives as it is; but for an ID that is taken back.
fn check_body(input: &Input<'_>, mut decoder: Decoder) {
    let (mut sent, mut frames) = (Vec::new(), VecDeque::new());
    for mut chunk in input.chunks() {
        loop {
            match decoder.decode(&mut chunk) {
                Ok(Some(event)) => {
                    sent.push((event.event_type().to_owned(), event.data().to_owned()));
                    frames.push_back(Frame::try_from(event).expect("from a stream").to_encoded());
                }
                Ok(None) => break,
                Err(_) => {}
            }
        }
    }
    let body = EventBody::new(Frames { frames, asked: 0 });
    let got = drain(EventStream::with_decoder(BodyChunks::new(body), Decoder::new()), event);
    let got: Vec<_> = got
        .into_iter()
        .map(|out| match out {
            Out::Event(event) => (event.event_type, event.data),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(got, sent);
}

/// What is looked at is seen as the decoder sees it, and what is not edited goes on byte for byte, whatever is held back.
fn check_gateway(input: &Input<'_>, events: &[Out]) {
    struct Seen<'a>(&'a mut Vec<Out>);
    impl Observer for Seen<'_> {
        fn event(&mut self, event: EventRef<'_>) {
            self.0.push(Out::Event(event.into()));
        }

        fn rejected(&mut self, error: DecodeError) {
            self.0.push(Out::Error(error));
        }
    }
    let mut seen = Vec::new();
    let tapped = tap(ChunkBody::new(Source::new(&input.chunks())), Seen(&mut seen)).with_options(input.options);
    let edited = edit(tapped, |_: &Block| Edit::Keep).max_block_len(input.options.max_event_len());
    assert_eq!(joined(BodyChunks::new(edited)), input.stream);
    assert_eq!(seen, events);
}

fn joined(chunks: impl Stream<Item = Result<Bytes, Infallible>>) -> Vec<u8> {
    let (mut chunks, mut joined) = (pin!(chunks), Vec::new());
    loop {
        match chunks.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {}
            Poll::Ready(None) => return joined,
            Poll::Ready(Some(Ok(chunk))) => joined.extend_from_slice(&chunk),
        }
    }
}

/// Every third time nothing is ready.
struct Frames {
    frames: VecDeque<EncodedFrames>,
    asked: usize,
}

impl Stream for Frames {
    type Item = EncodedFrames;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<EncodedFrames>> {
        self.asked += 1;
        if self.asked % 3 == 0 { Poll::Pending } else { Poll::Ready(self.frames.pop_front()) }
    }
}
