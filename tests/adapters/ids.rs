//! A last event ID that many events have is in memory once.
#![cfg(all(feature = "codec", feature = "read", feature = "stream"))]

use bytes::BytesMut;
use futures_util::{FutureExt, StreamExt, stream};
use sse_wire::{Event, Item, codec::EventCodec, read::EventReader, stream::EventStreamExt};
use tokio_util::codec::Decoder;

/// The ID comes in a block of its own, so that no event is in one chunk with it.
fn stream() -> String {
    ["id: ", &"7".repeat(10_000), "\n\n", &"data: x\n\n".repeat(3)].concat()
}

fn event(item: Item) -> Event {
    let Item::Event(event) = item else { panic!("an event was expected") };
    event
}

fn assert_shared(events: &[Event]) {
    let places: Vec<*const u8> = events.iter().map(|event| event.last_event_id().as_ptr()).collect();
    assert_eq!((places.len(), events[0].last_event_id().len()), (3, 10_000));
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
}

#[test]
fn a_large_id_is_shared_by_the_events_of_a_stream() {
    let chunks = || stream::iter([Ok::<_, ()>(stream())]);
    let events = chunks().events().map(|event| event.expect("no error")).collect();
    let events: Vec<_> = FutureExt::now_or_never(events).expect("no waits");
    assert_shared(&events);
    let items = chunks().items().map(|item| event(item.expect("no error"))).collect();
    let items: Vec<_> = FutureExt::now_or_never(items).expect("no waits");
    assert_shared(&items);
}

#[test]
fn a_large_id_is_shared_by_the_events_of_a_reader_and_of_a_codec() {
    let stream = stream();
    assert_shared(&EventReader::new(stream.as_bytes()).map(|event| event.expect("no error")).collect::<Vec<_>>());
    assert_shared(
        &EventReader::new(stream.as_bytes()).items().map(|item| event(item.expect("no error"))).collect::<Vec<_>>(),
    );

    let (mut codec, mut buffer) = (EventCodec::new(), BytesMut::from(stream.as_str()));
    let next = || codec.decode(&mut buffer).expect("no error").map(|event| event.expect("no limit is passed"));
    assert_shared(&std::iter::from_fn(next).collect::<Vec<_>>());
    let (mut codec, mut buffer) = (EventCodec::new().items(), BytesMut::from(stream.as_str()));
    let next = || codec.decode(&mut buffer).expect("no error").map(|item| event(item.expect("no limit is passed")));
    assert_shared(&std::iter::from_fn(next).collect::<Vec<_>>());
}
