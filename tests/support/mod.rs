//! The shared check: one stream, cut in many ways, through every driver and the reference models.
#![allow(dead_code, unreachable_pub)] // Each test file includes this one and uses a part of it.

pub mod few;
pub mod frames;
pub mod lines;
pub mod reference;
pub mod rows;
pub mod strategies;
pub mod sweep;

use std::time::Duration;

use bytes::Bytes;
use few::at_most;
use sse_wire::{DecodeError, DecodeOptions, Decoder, EventRef, ItemRef};
use sweep::Numbers;

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    pub event_type: String,
    pub data: String,
    pub last_event_id: String,
}

impl Event {
    pub fn new(event_type: &str, data: &str, last_event_id: &str) -> Self {
        Self { event_type: event_type.into(), data: data.into(), last_event_id: last_event_id.into() }
    }
}

impl From<EventRef<'_>> for Event {
    fn from(event: EventRef<'_>) -> Self {
        Self::new(event.event_type(), event.data(), event.last_event_id())
    }
}

/// How much of its input an event may consume at most to bring its text along, as the docs of `decode_bytes` say.
pub const BROUGHT_ALONG: usize = 96;

/// What a decoder shows, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Out {
    Event(Event),
    Error(DecodeError),
    Comment(String),
    /// An error that only `decode_item` can see.
    CommentError(DecodeError),
    ReconnectionTime(Duration),
    /// A name and a value.
    UnknownField(String, String),
    /// An event type and the last event ID.
    NoData(String, String),
}

impl From<ItemRef<'_>> for Out {
    fn from(item: ItemRef<'_>) -> Self {
        match item {
            ItemRef::Event(event) => Self::Event(event.into()),
            ItemRef::Comment(text) => Self::Comment(text.to_owned()),
            ItemRef::ReconnectionTime(time) => Self::ReconnectionTime(time),
            ItemRef::UnknownField { name, value } => Self::UnknownField(name.into(), value.into()),
            ItemRef::NoData { event_type, last_event_id } => Self::NoData(event_type.into(), last_event_id.into()),
            _ => unreachable!("no other item"),
        }
    }
}

/// All that can be known of a stream when it has ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    pub out: Vec<Out>,
    pub cut: Option<Event>,
    pub is_mid_event: bool,
    pub last_event_id: String,
    pub reconnection_time: Option<Duration>,
}

impl Outcome {
    /// What drivers that show only events make of it.
    pub fn events_only(mut self) -> Self {
        self.out.retain(|out| matches!(out, Out::Event(_) | Out::Error(_)));
        self
    }

    /// Errors of comments look like any error.
    pub fn with_comment_errors(mut self) -> Self {
        for out in &mut self.out {
            if let Out::CommentError(error) = *out {
                *out = Out::Error(error);
            }
        }
        self
    }

    pub fn events(&self) -> Vec<Event> {
        let event = |out: &Out| if let Out::Event(event) = out { Some(event.clone()) } else { None };
        self.out.iter().filter_map(event).collect()
    }
}

/// The ways to ask a decoder.
#[derive(Clone, Copy, Debug)]
pub enum Driver {
    Decode,
    DecodeItem,
    DecodeBytes,
    DecodeItemBytes,
    DecodeOwned,
    DecodeItemOwned,
}

impl Driver {
    pub fn shows_items(self) -> bool {
        matches!(self, Self::DecodeItem | Self::DecodeItemBytes | Self::DecodeItemOwned)
    }
}

pub const DRIVERS: [Driver; 6] = [
    Driver::Decode,
    Driver::DecodeItem,
    Driver::DecodeBytes,
    Driver::DecodeItemBytes,
    Driver::DecodeOwned,
    Driver::DecodeItemOwned,
];

/// Feeds the chunks to a new decoder.
pub fn run<'c>(driver: Driver, options: DecodeOptions, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
    let mut decoder = Decoder::with_options(options);
    let mut out = Vec::new();
    let mut fed = 0;
    for chunk in chunks {
        feed(&mut decoder, driver, chunk, &mut out);
        fed += chunk.len() as u64;
        assert_eq!(decoder.position(), fed, "the chunk is used up");
        assert!(decoder.buffered() <= options.max_event_len(), "{} bytes retained", decoder.buffered());
    }
    let last_event_id = decoder.last_event_id().to_owned();
    let reconnection_time = decoder.reconnection_time();
    let is_mid_event = decoder.is_mid_event();
    let cut = match driver {
        Driver::Decode | Driver::DecodeItem => decoder.finish().map(Event::from),
        _ => decoder.finish_owned().map(|event| event.as_event_ref().into()),
    };
    assert_eq!((decoder.position(), decoder.buffered(), decoder.is_mid_event()), (0, 0, false));
    assert_eq!((decoder.last_event_id(), decoder.reconnection_time()), (&*last_event_id, reconnection_time));
    Outcome { out, cut, is_mid_event, last_event_id, reconnection_time }
}

/// Feeds one chunk, until `Ok(None)`; or, if its length is even, until it is used up, as some callers do.
pub fn feed(decoder: &mut Decoder, driver: Driver, chunk: &[u8], out: &mut Vec<Out>) {
    let mut input = chunk;
    let mut bytes = Bytes::copy_from_slice(chunk);
    let left = loop {
        let next = match driver {
            Driver::Decode => decoder.decode(&mut input).map(|event| event.map(|event| Out::Event(event.into()))),
            Driver::DecodeItem => decoder.decode_item(&mut input).map(|item| item.map(Out::from)),
            Driver::DecodeBytes => {
                decoder.decode_bytes(&mut bytes).map(|event| event.map(|event| Out::Event(event.as_event_ref().into())))
            }
            Driver::DecodeItemBytes => {
                decoder.decode_item_bytes(&mut bytes).map(|item| item.map(|item| item.as_item_ref().into()))
            }
            Driver::DecodeOwned => {
                decoder.decode_owned(&mut input).map(|event| event.map(|event| Out::Event(event.as_event_ref().into())))
            }
            Driver::DecodeItemOwned => {
                decoder.decode_item_owned(&mut input).map(|item| item.map(|item| item.as_item_ref().into()))
            }
        };
        let left = match driver {
            Driver::DecodeBytes | Driver::DecodeItemBytes => bytes.len(),
            _ => input.len(),
        };
        match next {
            Ok(Some(next)) => out.push(next),
            Ok(None) => break left,
            Err(error) => out.push(Out::Error(error)),
        }
        if left == 0 && chunk.len().is_multiple_of(2) {
            break left;
        }
    };
    assert_eq!(left, 0, "Ok(None) leaves the input empty");
}

/// Checks one cut of the stream against what is expected of it.
pub fn check_cut(options: DecodeOptions, expected: &Outcome, chunks: &[&[u8]]) {
    for driver in at_most(1, DRIVERS) {
        let expected = match driver {
            _ if driver.shows_items() => expected.clone().with_comment_errors(),
            _ => expected.clone().events_only(),
        };
        let outcome = run(driver, options, chunks.iter().copied());
        if outcome != expected {
            fail(&outcome, &expected, &format!("{driver:?}, {}", describe(chunks)));
        }
    }
}

/// Shows where the two differ first: all of a long stream would hide it.
fn fail(outcome: &Outcome, expected: &Outcome, about: &str) {
    let at = outcome.out.iter().zip(&expected.out).take_while(|(out, expected)| out == expected).count();
    assert_eq!(outcome.out.get(at), expected.out.get(at), "output {at} of {about}");
    assert_eq!(outcome, expected, "{about}");
}

/// The chunks, or their lengths if they are long.
fn describe(chunks: &[&[u8]]) -> String {
    let lengths: Vec<usize> = chunks.iter().map(|chunk| chunk.len()).collect();
    if lengths.iter().sum::<usize>() > 4000 {
        return format!("chunks of {lengths:?}");
    }
    format!("{:?}", chunks.iter().map(|chunk| chunk.escape_ascii().to_string()).collect::<Vec<_>>())
}

/// Checks the stream among other lines, at every two-way split. What else stands in the chunk may matter as much as a
/// line itself: how long the lines before and after are is drawn anew for each split.
pub fn check_among_lines(options: DecodeOptions, stream: &[u8]) {
    let mut numbers = Numbers::seeded_by(stream);
    if cfg!(miri) && numbers.below(4) > 0 {
        return; // Of four rows one is enough.
    }
    for at in at_most(1, 0..=stream.len()) {
        let [event_type, data, id, last] = std::array::from_fn(|_| "x".repeat(numbers.length()));
        let before = format!("event: {event_type}\ndata: {data}\n\n");
        let after = format!("\n\nid: {id}\ndata: {last}\n\n");
        // As it is, and as the rest of a line.
        for before in at_most(1, [&before[..], &before[..before.len() - 2]]) {
            let whole = [before.as_bytes(), stream, after.as_bytes()].concat();
            let expected = reference::decode(&whole, options);
            let (head, tail) = whole.split_at(before.len() + at);
            // Or the chunk starts inside a line before the stream.
            let (first, middle) = head.split_at(numbers.below(before.len()));
            for chunks in at_most(1, [&[head, tail][..], &[first, middle, tail]]) {
                check_cut(options, &expected, chunks);
            }
        }
    }
}

/// Checks the model of bytes against that of text.
fn check_standard(expected: &Outcome, stream: &[u8]) {
    if cfg!(miri) {
        return; // Neither model has unsafe code, and one of them says what is expected.
    }
    let (events, last_event_id, reconnection_time) = reference::standard(stream);
    assert_eq!(expected.events(), events);
    assert_eq!(expected.last_event_id, last_event_id);
    assert_eq!(expected.reconnection_time, reconnection_time);
}

/// Checks the stream whole, byte by byte, at every two-way split, with empty chunks between, through every driver,
/// against the reference model; returns what came out of it.
pub fn check(options: DecodeOptions, stream: &[u8]) -> Outcome {
    let expected = reference::decode(stream, options);
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    let with_empty: Vec<&[u8]> = bytes.iter().flat_map(|&byte| [byte, b""]).collect();
    for chunks in at_most(1, [&[stream][..], &bytes, &with_empty]) {
        check_cut(options, &expected, chunks);
    }
    for at in at_most(1, 0..=stream.len()) {
        let (head, tail) = stream.split_at(at);
        for chunks in at_most(1, [&[head, tail][..], &[b"", head, b"", b"", tail, b""]]) {
            check_cut(options, &expected, chunks);
        }
    }
    if options == DecodeOptions::new() {
        check_standard(&expected, stream);
    }
    expected
}
