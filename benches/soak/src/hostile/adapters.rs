//! The ways through adapters.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
};

use futures_core::Stream;
use http_body::Body;
use sse_wire::{
    Block, Event, EventRef, Frame, FrameBuf,
    body::{ChunkBody, Edit, EventBody, edit, tap},
    codec::EventCodec,
    json::JsonStreamError,
    read::EventReader,
    stream::{EventStream, EventStreamExt},
};
use tokio_util::{codec::FramedRead, io::StreamReader};

use super::{
    source::Source,
    ways::{Shows, Taken, Way, showing_all_items},
};

pub(crate) const ADAPTERS: &[Way] = &[
    Way { name: "EventReader", run: reader, shows: Shows::OwnedEvents },
    Way { name: "ItemReader", run: item_reader, shows: Shows::OwnedItems },
    Way { name: "EventStream", run: stream, shows: Shows::OwnedEvents },
    Way { name: "ItemStream", run: item_stream, shows: Shows::OwnedItems },
    Way { name: "all items", run: all_items, shows: Shows::AllItems },
    Way { name: "EventCodec", run: codec, shows: Shows::OwnedEvents },
    Way { name: "ItemCodec", run: item_codec, shows: Shows::OwnedItems },
    Way { name: "JsonStream", run: json_stream, shows: Shows::OwnedEvents },
    Way { name: "EventBody", run: body, shows: Shows::OwnedEvents },
    Way { name: "tap", run: tapped, shows: Shows::Events },
    Way { name: "edit", run: edited, shows: Shows::EditedBlocks },
];

fn reader(source: &mut Source, taken: &mut Taken) {
    EventReader::new(source).flatten().for_each(|event| taken.take(event));
}

fn item_reader(source: &mut Source, taken: &mut Taken) {
    EventReader::new(source).items().flatten().for_each(|item| taken.take_item(item));
}

fn stream(source: &mut Source, taken: &mut Taken) {
    for_each(source.events(), |event| event.into_iter().for_each(|event| taken.take(event)));
}

fn item_stream(source: &mut Source, taken: &mut Taken) {
    for_each(source.items(), |item| item.into_iter().for_each(|item| taken.take_item(item)));
}

fn all_items(source: &mut Source, taken: &mut Taken) {
    let items = EventStream::with_decoder(source, showing_all_items()).items();
    for_each(items, |item| item.into_iter().for_each(|item| taken.take_item(item)));
}

fn codec(source: &mut Source, taken: &mut Taken) {
    let events = FramedRead::new(StreamReader::new(source), EventCodec::new());
    for_each(events, |event| event.into_iter().flatten().for_each(|event| taken.take(event)));
}

fn item_codec(source: &mut Source, taken: &mut Taken) {
    let items = FramedRead::new(StreamReader::new(source), EventCodec::new().items());
    for_each(items, |item| item.into_iter().flatten().for_each(|item| taken.take_item(item)));
}

/// No event here is a number: what is taken are errors, which bring their event along.
fn json_stream(source: &mut Source, taken: &mut Taken) {
    for_each(source.events().json::<u64>(), |value| {
        if let Err(JsonStreamError::Json(error)) = value {
            taken.take(error.into_event());
        }
    });
}

/// What a gateway does that sends the data of each event on. Their ID would be written for each of them.
fn body(source: &mut Source, taken: &mut Taken) {
    let mut body = pin!(EventBody::new(Forward { events: source.events(), taken }));
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(_))) = body.as_mut().poll_frame(&mut context) {}
}

struct Forward<'a> {
    events: EventStream<&'a mut Source>,
    taken: &'a mut Taken,
}

impl Stream for Forward<'_> {
    type Item = FrameBuf;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<FrameBuf>> {
        loop {
            match ready!(Pin::new(&mut self.events).poll_next(context)) {
                Some(Ok(event)) => {
                    self.taken.events += 1;
                    return Poll::Ready(Some(Frame::head().shared_data(Event::into_data(event))));
                }
                Some(Err(_)) => {}
                None => return Poll::Ready(None),
            }
        }
    }
}

fn tapped(source: &mut Source, taken: &mut Taken) {
    let body = tap(ChunkBody::new(&mut *source), |_: EventRef<'_>| taken.events += 1);
    let passed = passed_on(body);
    assert_eq!(passed, source.given());
}

/// All events are edited, and nothing is lost of what is too large for that.
fn edited(source: &mut Source, taken: &mut Taken) {
    let editor = |block: &Block| {
        taken.events += usize::from(block.is_event());
        block.is_event().then(|| block.with_id("7").expect("valid")).map_or(Edit::Keep, Edit::Replace)
    };
    let passed = passed_on(edit(ChunkBody::new(&mut *source), editor));
    // Half of the shortest event is `id: 7`.
    assert!((source.given() / 2..=2 * source.given()).contains(&passed));
}

/// How many bytes of a body go on.
fn passed_on<B: Body<Data = bytes::Bytes>>(body: B) -> usize {
    let (mut body, mut passed) = (pin!(body), 0);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match body.as_mut().poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => passed += frame.data_ref().map_or(0, bytes::Bytes::len),
            Poll::Ready(_) => return passed,
            // It lets others have their turn.
            Poll::Pending => {}
        }
    }
}

/// Takes all up to the end. The source always has the next chunk, so that no executor is needed.
fn for_each<T>(stream: impl Stream<Item = T>, mut take: impl FnMut(T)) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
        take(item);
    }
}
