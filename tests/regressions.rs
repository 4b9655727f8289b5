//! Bugs that were there once, in the bytes that showed them: a row each, with its story. Finds of the fuzz targets come
//! here; what the tables of the other files already hold is not said again.

mod counting;
mod support;

use counting::{KEPT, Taker, measure, shared};
use sse_wire::{DecodeError, DecodeOptions, Decoder, Utf8Policy};
use support::{
    DRIVERS, Driver, Event, Out, check, feed,
    rows::{Row, check_rows, row},
};

/// Each is named by its story.
const STREAMS: &[Row] = &[row(
    "a shortcut for whole lines left the type of a block without data to the next event; a seed of `roundtrip` found it",
    b"id: 2\n\ndata: d\n\nevent: e\n\ndata: f\n\n",
    &[("message", "d", "2"), ("message", "f", "2")],
)
.id("2")];

#[test]
fn streams_that_were_misread_once() {
    check_rows(STREAMS);
    let limited = |row: &Row| Row { options: DecodeOptions::new().with_max_event_len(8), ..*row };
    check_rows(&STREAMS.iter().map(limited).collect::<Vec<_>>());
}

/// The story, the connection that was cut off in an event, the next one, and the data of its events.
type Connections<'a> = (&'a str, &'a [u8], &'a [u8], &'a [&'a str]);

const CONNECTIONS: &[Connections<'_>] = &[(
    "after an event that `finish` had lent, the start of the next stream was not looked for, and a byte order mark later \
        in its first chunk was dropped as if it stood there; `chunked` found it",
    b"data: cut",
    b"data: a\n\n\xEF\xBB\xBFdata: no field\n\ndata: b\n\n",
    &["a", "b"],
)];

#[test]
fn connections_that_were_misread_once() {
    for &(story, cut, next, expected) in CONNECTIONS {
        for (first, second) in DRIVERS.into_iter().flat_map(|first| DRIVERS.map(|second| (first, second))) {
            let mut decoder = Decoder::new();
            let mut out = Vec::new();
            feed(&mut decoder, first, cut, &mut out);
            assert!(decoder.finish().is_some() && out.is_empty());
            feed(&mut decoder, second, next, &mut out);
            let expected = expected.iter().map(|data| Out::Event(Event::new("message", data, "")));
            assert_eq!(out, expected.collect::<Vec<_>>(), "{second:?}, {story}");
        }
    }
}

/// In small chunks the LF of a CRLF was consumed with the error of its line, not with the line after it; `chunked` found
/// it.
#[test]
fn after_an_error_a_decoder_stands_where_it_does_in_any_chunks() {
    let stream = b"data: \xFF\r\n";
    for length in 1..=stream.len() {
        let mut decoder = Decoder::with_options(DecodeOptions::new().with_utf8_policy(Utf8Policy::Reject));
        let mut chunks = stream.chunks(length);
        let mut input = chunks.next().expect("a chunk");
        while decoder.decode(&mut input).is_ok() {
            input = chunks.next().expect("an error before the end");
        }
        assert_eq!(decoder.position(), 8, "in chunks of {length}");
    }
}

/// A line that began in an earlier chunk grew as it was replaced, and what the chunk held of the next one was retained past
/// the limit; `adapters` found it.
#[test]
fn what_a_replaced_value_takes_is_gone_for_the_next_line() {
    let stream = [b"event: ", &[0xA2; 21][..], b"\nid: ", &[b'7'; 60]].concat();
    // Three bytes for each that is replaced, and 37 of the ID.
    let error = DecodeError::EventTooLong { offset: 33 + 37, limit: 100 };
    let outcome = check(DecodeOptions::new().with_max_event_len(100), &stream);
    assert_eq!(outcome.out, [Out::Error(error)]);
}

/// Bytes, and how often they come.
type Part = (&'static [u8], usize);

struct Growth {
    story: &'static str,
    stream: &'static [Part],
    /// How often the limit is taken at most, beyond what is always kept.
    times: isize,
    is_affected: fn(&Taker) -> bool,
}

const LIMIT: usize = 1 << 20;

fn shares_ids(taker: &Taker) -> bool {
    !matches!(taker, Taker::Events(Driver::Decode | Driver::DecodeItem, _) | Taker::Lines(_))
}

const GROWTH: &[Growth] = &[
    Growth {
        story: "a line decoder's buffer grew by doubling, past the limit",
        stream: &[(b"x", LIMIT), (b"\n", 1)],
        times: 1,
        is_affected: |taker| matches!(taker, Taker::Lines(_)),
    },
    Growth {
        story: "an ID that was kept to be shared stayed when another had taken its place",
        stream: &[(b"id: ", 1), (b"x", LIMIT), (b"\n\ndata\n\nid: 1\ndata\n\n", 1)],
        times: 4,
        is_affected: shares_ids,
    },
    Growth {
        story: "an ID that was kept to be shared stayed when a block without data took it back",
        stream: &[(b"id: ", 1), (b"x", LIMIT), (b"\n\ndata\n\nid\n\n", 1)],
        times: 4,
        is_affected: shares_ids,
    },
    Growth {
        story: "the next ID to share was made before the old one was dropped",
        stream: &[
            (b"id: ", 1),
            (b"x", LIMIT),
            (b"\n\ndata\n\nid: ", 1),
            (b"y", LIMIT / 2 + 100),
            (b"\ndata: ", 1),
            (b"z", LIMIT / 2 - 200),
            (b"\n\ndata\n\nid\ndata\n\n", 1),
        ],
        times: 4,
        is_affected: shares_ids,
    },
    Growth {
        story: "a comment to be shared was copied out of its buffer",
        stream: &[(b": ", 1), (b"x", LIMIT), (b"\n", 1)],
        times: 1,
        is_affected: |taker| matches!(taker, Taker::Events(Driver::DecodeItemBytes | Driver::DecodeItemOwned, _)),
    },
];

#[test]
#[cfg_attr(miri, ignore = "streams of a megabyte: hours")]
fn memory_that_was_taken_once() {
    for Growth { story, stream, times, is_affected } in GROWTH {
        let stream = shared(stream.iter().flat_map(|(bytes, times)| bytes.repeat(*times)).collect());
        for mut taker in Taker::all(DecodeOptions::new().with_max_event_len(LIMIT)).filter(is_affected) {
            let ((_, errors), cost) = measure(|| taker.feed_all(&stream, 128));
            assert_eq!(errors, 0, "{story}");
            assert!(cost.peak <= times * LIMIT.cast_signed() + KEPT + 1024, "{}, {story}: {cost:?}", taker.name());
            assert!(cost.retained <= KEPT, "{}, {story}: {cost:?}", taker.name());
        }
    }
}
