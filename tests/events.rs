//! Owned events: what they hold, whose memory it is, and when two are equal.

mod support;

use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use sse_wire::{
    DecodeError, Decoder, EncodedFrames, Event, EventParts, EventRef, Frame, InvalidField, Item, ItemRef, Utf8Bytes,
};
use support::{
    BROUGHT_ALONG,
    few::{at_most, few},
    strategies,
};

/// A stream of one event, its type, data and last event ID.
const ROWS: &[(&str, [&str; 3])] = &[
    ("data: x\n\n", ["message", "x", ""]),
    ("data\n\n", ["message", "", ""]),
    ("event: message\ndata: x\n\n", ["message", "x", ""]),
    ("event: tick\ndata: x\n\n", ["tick", "x", ""]),
    ("id: 7\ndata: x\n\n", ["message", "x", "7"]),
    ("event: tick\nid: 7\ndata: héé\n\n", ["tick", "héé", "7"]),
    ("data: a\ndata: b\nid: 7\nevent: é\n\n", ["é", "a\nb", "7"]),
    ("id: old\n\nevent: t\ndata: x\n\n", ["t", "x", "old"]),
    ("id: old\n\ndata: x\ndata: y\n\n", ["message", "x\ny", "old"]),
    ("id: old\n\nid: new\nevent: t\ndata: x\ndata\n\n", ["t", "x\n", "new"]),
    ("id: old\n\nid\nevent: t\ndata: x\n\n", ["t", "x", ""]),
];

#[test]
fn an_event_is_the_same_however_it_was_made() {
    let mut events = Vec::new();
    for &(stream, expected @ [event_type, data, id]) in ROWS {
        let shown = format!("Event {{ event_type: {event_type:?}, data: {data:?}, last_event_id: {id:?} }}");
        let borrowed = decode(stream.as_bytes(), &[stream.len()], |event| event.to_event());
        let shared = [vec![stream.len()], vec![1], vec![11], vec![stream.len() - 5, 5], vec![stream.len() - 1, 1]];
        for cuts in shared {
            let owned = decode_bytes(stream.as_bytes(), &cuts);
            assert_eq!((&owned, hash(&owned)), (&borrowed, hash(&borrowed)), "{stream:?}");
            for event in [owned, borrowed.clone()] {
                assert_eq!([event.event_type(), event.data(), event.last_event_id()], expected, "{stream:?}");
                assert_eq!(format!("{event:?}"), shown);
                let view = event.as_event_ref();
                assert_eq!([view.event_type(), view.data(), view.last_event_id()], expected);
                assert_eq!(Event::from(view), event);
                assert_eq!(event.clone().into_data(), data);
                let EventParts { event_type, data, last_event_id: id } = event.into_parts();
                assert_eq!([&*event_type, &*data, &*id], expected);
            }
        }
        events.push((expected, borrowed));
    }
    for (texts, event) in &events {
        for (other_texts, other) in &events {
            let is_same = texts == other_texts;
            assert_eq!((event == other, hash(event) == hash(other)), (is_same, is_same), "{event:?} {other:?}");
        }
    }
}

#[test]
fn one_line_of_data_stays_in_its_chunk_whatever_comes_before_it() {
    // With the ID that each leaves.
    const BEFORE: [(&str, &str); 7] = [
        ("", ""),
        ("data: a\n\n", ""),
        ("data: a\ndata: b\n\n", ""),
        ("data: a\r\ndata: b\r\n\r\n", ""),
        ("event: e\ndata: a\ndata: b\n\n", ""),
        (": c\n\n", ""),
        ("id: 1\n\n", "1"),
    ];
    const AROUND: [(&str, &str); 4] = [("", ""), ("event: e\n", ""), ("", "id: 7\n"), ("id: 7\nevent: e\n", "")];
    let around = AROUND.into_iter().flat_map(|around| BEFORE.map(|before| (before, around)));
    for (((before, id), (first, last)), length) in
        around.flat_map(|around| at_most(1, 2..=300).map(move |length| (around, length)))
    {
        let data = "x".repeat(length);
        let event = [first, "data: ", &data, "\n", last, "\n"].concat();
        // The first event of a stream may go another way.
        let stream = ["data: a\n\n", before, &event, &"data: b\n\n".repeat(20)].concat();
        let case = format!("{length} bytes after {before:?}, with {first:?} and {last:?}");
        assert!(stream.as_bytes().as_ptr_range().contains(&lent_at(&stream, &data)), "lent: {case}");
        let inherited = if event.contains("id: ") { 0 } else { id.len() };
        let chunk = Bytes::from(stream);
        let (at, consumed) = owned_at(&chunk, &data);
        let is_shared = consumed + inherited > BROUGHT_ALONG;
        assert_eq!(chunk.as_ptr_range().contains(&at), is_shared, "shared: {case}");
    }
}

/// Where the data stands that is lent.
fn lent_at(stream: &str, data: &str) -> *const u8 {
    let (mut decoder, mut chunk) = (Decoder::new(), stream.as_bytes());
    loop {
        let event = decoder.decode(&mut chunk).expect("no limit is passed").expect("an event");
        if event.data() == data {
            return event.data().as_ptr();
        }
    }
}

/// Where the data stands that was owned, and how much the event has consumed. If it is not in the chunk, it is nowhere by
/// now.
fn owned_at(chunk: &Bytes, data: &str) -> (*const u8, usize) {
    let (mut decoder, mut input) = (Decoder::new(), chunk.clone());
    loop {
        let before = input.len();
        let event = decoder.decode_bytes(&mut input).expect("no limit is passed").expect("an event");
        if event.data() == data {
            return (event.into_data().as_ptr(), before - input.len());
        }
    }
}

#[test]
fn a_result_is_no_larger_than_its_event() {
    assert_eq!(size_of::<Result<Option<Event>, DecodeError>>(), size_of::<Event>());
}

/// Each is moved by many a call, so a word more is a decision. In words, as they are on 64-bit machines.
#[test]
#[cfg(target_pointer_width = "64")]
fn values_that_are_handed_on_keep_to_their_size() {
    let words = [
        ("EventRef: three texts", size_of::<EventRef<'_>>(), 6),
        ("Event: 96 bytes of text and how they are divided", size_of::<Event>(), 13),
        ("Option<Event>", size_of::<Option<Event>>(), 13),
        ("Utf8Bytes: `Bytes`", size_of::<Utf8Bytes>(), 4),
        ("Frame: four texts, and a time in digits", size_of::<Frame<'_>>(), 13),
        ("EncodedFrames: `Bytes`", size_of::<EncodedFrames>(), 4),
        ("DecodeError", size_of::<DecodeError>(), 3),
        ("InvalidField", size_of::<InvalidField>(), 4),
    ];
    for (name, bytes, words) in words {
        assert!(bytes <= words * 8, "{name}: {bytes} bytes");
    }
}

#[test]
fn an_event_of_any_length_is_the_same_with_and_without_bytes_after_it() {
    const BEFORE: [&str; 4] = ["", "id: earlier\n\n", "id: e\ndata\n\n", ": a comment\n\n"];
    for length in few(0..=300) {
        let (event_type, data, id) = ("é".repeat(length % 40), "ü".repeat(length / 2), "7".repeat(length % 30));
        let lines = format!("data: {data}\nevent: {event_type}\n");
        let events = [
            format!("data: {data}\n\n"),
            format!("{lines}\n"),
            format!("id: {id}\n{lines}\n"),
            format!("{lines}id: {id}\ndata\n\n"),
        ];
        for (before, event) in
            at_most(2, BEFORE.iter().flat_map(|before| events.each_ref().map(|event| (before, event))))
        {
            // How much follows is another number for each length, so that all numbers up to 300 come.
            for after in [0, 1, length * 7 % 301, length * 11 % 301] {
                let stream = [before, &**event, &"\n".repeat(after)].concat();
                let expected = decode(stream.as_bytes(), &[stream.len()], |event| event.to_event());
                for cuts in [[stream.len(), 0], [stream.len() - after - 3, 50]] {
                    assert_eq!(decode_bytes(stream.as_bytes(), &cuts), expected, "{stream:?} in {cuts:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_whole_in_the_chunk_is_shared_with_it_if_it_is_long() {
    for length in few(1..=300) {
        let event = format!("event: tick\nid: 7\ndata: {}\n\n", "x".repeat(length));
        let is_shared = event.len() > BROUGHT_ALONG;
        let chunk = Bytes::from(event + ": hi\n");
        let inside = |text: &str| chunk.as_ptr_range().contains(&text.as_ptr());
        let mut decoder = Decoder::new();
        let mut input = chunk.clone();
        let event = decoder.decode_bytes(&mut input).unwrap().unwrap();
        let EventParts { event_type, data, last_event_id: id } = event.clone().into_parts();
        for text in [event.event_type(), event.data(), event.last_event_id(), &event_type, &data, &id] {
            assert_eq!(inside(text), is_shared, "{length}");
        }
        assert_eq!(inside(&event.clone().into_data()), is_shared);
        assert!(!inside(event.as_event_ref().to_event().data()));
        let mut input = chunk.clone();
        let Some(Item::Event(event)) = Decoder::new().decode_item_bytes(&mut input).unwrap() else { panic!() };
        assert_eq!(inside(event.data()), is_shared);
        assert_eq!(input, ": hi\n");
    }
}

#[test]
fn an_item_is_seen_as_it_was_lent() {
    let mut input: &[u8] = b": hi\nretry: 5\nevent: e\ndata: x\n\n";
    let mut decoder = Decoder::new();
    let mut items = 0;
    while let Some(item) = decoder.decode_item(&mut input).unwrap() {
        let owned = item.to_item();
        assert_eq!(owned.as_item_ref(), item);
        assert_eq!(matches!(owned, Item::Event(_)), matches!(item, ItemRef::Event(_)));
        items += 1;
    }
    assert_eq!(items, 3);
}

/// The last event of the stream, in chunks of these lengths, again and again.
fn decode(stream: &[u8], cuts: &[usize], own: impl Fn(EventRef<'_>) -> Event) -> Event {
    let (mut decoder, mut last) = (Decoder::new(), None);
    for chunk in strategies::cut(stream, cuts) {
        let mut input = chunk;
        while let Some(event) = decoder.decode(&mut input).unwrap() {
            last = Some(own(event));
        }
    }
    last.expect("an event")
}

fn decode_bytes(stream: &[u8], cuts: &[usize]) -> Event {
    let (mut decoder, mut last) = (Decoder::new(), None);
    for chunk in strategies::cut(stream, cuts) {
        let mut input = Bytes::copy_from_slice(chunk);
        while let Some(event) = decoder.decode_bytes(&mut input).unwrap() {
            last = Some(event);
        }
    }
    last.expect("an event")
}

fn hash(event: &Event) -> u64 {
    thread_local!(static STATE: RandomState = RandomState::new());
    STATE.with(|state| state.hash_one(event))
}

#[test]
fn data_is_shared_with_its_chunk_though_the_type_came_before() {
    // Miri takes a minute for the length that servers were seen to send.
    let length = if cfg!(miri) { 4_096 } else { 40_000 };
    let (data, long_id) = ("x".repeat(length), "i".repeat(length + 1));
    let rows: [(&str, String, &str, &str, bool); 8] = [
        ("event: tick\n", format!("data: {data}\n\n"), "tick", "", true),
        ("event: tick\nid: 7\n", format!("data: {data}\n\n"), "tick", "7", true),
        ("event: tick\n", format!("id: 7\ndata: {data}\n\n"), "tick", "7", true),
        ("id: 7\ndata: a\n\nevent: tick\n", format!("data: {data}\n\n"), "tick", "7", true),
        ("event: message\n", format!("data: {data}\n\n"), "message", "", true),
        ("event: tick\n", format!("event\ndata: {data}\n\n"), "message", "", true),
        // What is short is copied, and an ID above the length of the data is shared rather than copied.
        ("event: tick\n", "data: short\n\n".into(), "tick", "", false),
        ("event: tick\n", format!("id: {long_id}\ndata: {data}\n\n"), "tick", &long_id, false),
    ];
    for (first, second, event_type, id, is_shared) in rows {
        let chunk = Bytes::from(second);
        let inside = |text: &str| chunk.as_ptr_range().contains(&text.as_ptr());
        let mut decoder = Decoder::new();
        let mut input = Bytes::copy_from_slice(first.as_bytes());
        while decoder.decode_bytes(&mut input).unwrap().is_some() {}
        let mut items = decoder.clone();
        let event = decoder.decode_bytes(&mut chunk.clone()).unwrap().unwrap();
        let item = items.decode_item_bytes(&mut chunk.clone()).unwrap().unwrap();
        assert_eq!(item, Item::Event(event.clone()));
        let kept = event.clone();
        drop(decoder);
        for event in [event, kept] {
            let text = if is_shared || id.len() > 100 { &data[..] } else { "short" };
            assert_eq!((event.event_type(), event.data(), event.last_event_id()), (event_type, text, id), "{first:?}");
            assert_eq!(inside(event.data()), is_shared, "{first:?}");
            assert_eq!(inside(&event.clone().into_data()), is_shared);
            let parts = event.into_parts();
            assert_eq!((&*parts.event_type, &*parts.data, &*parts.last_event_id), (event_type, text, id));
        }
    }
}
