//! What the standard leaves to us: limits, rejected UTF-8, how much is retained, and raw lines. Offsets are written
//! down by hand; `support::check` sees to it that nothing depends on how the stream is cut.

mod support;

use std::time::Duration;

use sse_wire::{DecodeError, DecodeOptions, Decoder, ItemRef, Line, LineDecoder, Utf8Policy};
use support::{
    DRIVERS, Driver, Event, Out, check, check_cut, feed,
    few::{at_most, few},
    lines::check_lines_are,
    reference,
    rows::{
        self, Check, Row,
        Shown::{self, Comment, Invalid, InvalidComment, Time, TooLong},
        check_rows,
    },
    run,
};

/// An event without a type or an ID.
const fn data(data: &'static str) -> Shown {
    Shown::Event("message", data, "")
}

const STRICT: DecodeOptions = DecodeOptions::new().with_utf8_policy(Utf8Policy::Reject);

/// A row for `Reject`.
const fn strict(name: &'static str, stream: &'static [u8], shown: &'static [Shown]) -> Row {
    rows::shown(STRICT, name, stream, shown)
}

/// A row for a limit of 8 bytes.
const fn eight(name: &'static str, stream: &'static [u8], shown: &'static [Shown]) -> Row {
    limited(8, name, stream, shown)
}

const fn limited(limit: usize, name: &'static str, stream: &'static [u8], shown: &'static [Shown]) -> Row {
    rows::shown(DecodeOptions::new().with_max_event_len(limit), name, stream, shown)
}

#[test]
fn rejected_utf_8() {
    check_rows(REJECT);
}

const REJECT: &[Row] = &[
    strict(
        "text passes",
        "event: é\ndata: é글\u{1F600}\u{FFFD}\u{FEFF}\0\n\n".as_bytes(),
        &[Shown::Event("é", "é글\u{1F600}\u{FFFD}\u{FEFF}\0", "")],
    ),
    strict("the error tells the first bad byte", b"data: a\xFFb\xFF\n\n", &[Invalid(7)]),
    strict("the event is skipped and decoding goes on", b"data: \xFF\n\ndata: ok\n\n", &[Invalid(6), data("ok")]),
    strict(
        "good lines of the event are skipped",
        b"data: a\ndata: \xFF\ndata: b\n\ndata: c\n\n",
        &[Invalid(14), data("c")],
    ),
    strict(
        "there is one error for each event",
        b"data: \xFF\ndata: \xFE\nevent: \xFF\nid: \xFF\n\ndata: \xFF\n\ndata: ok\n\n",
        &[Invalid(6), Invalid(38), data("ok")],
    ),
    strict(
        "the type of the event is dropped",
        b"event: e\ndata: \xFF\nevent: f\n\ndata: a\n\n",
        &[Invalid(15), data("a")],
    ),
    strict(
        "the id of the event is not committed",
        b"id: 1\n\nid: 2\ndata: \xFF\nid: 3\n\ndata: a\n\n",
        &[Invalid(19), Shown::Event("message", "a", "1")],
    )
    .id("1"),
    strict("a bad type is an error", b"event: \xFF\ndata: a\n\ndata: b\n\n", &[Invalid(7), data("b")]),
    strict("a bad id is an error", b"id: 1\n\nid: 2\xFF\ndata: a\n\n", &[Invalid(12)]).id("1"),
    strict("a bad id without data is an error", b"id: \xFF\n\n", &[Invalid(4)]),
    strict("a bad value that is replaced later is an error", b"event: \xFF\nevent: e\ndata: a\n\n", &[Invalid(7)]),
    strict("an id with NUL is ignored, bad or not", b"id: \0\xFF\ndata: a\n\n", &[data("a")]),
    strict("a cut sequence is bad where it starts", b"data: a\xE2\x82\n\n", &[Invalid(7)]),
    strict("a cut sequence before CR is bad where it starts", b"data: a\xF0\x9F\x98\r\r", &[Invalid(7)]),
    strict("a sequence that a line end cuts is bad", b"data: \xF0\x9F\ndata: \x98\x80\n\n", &[Invalid(6)]),
    strict("surrogates are bad", b"data: \xED\xA0\x80\n\n", &[Invalid(6)]),
    strict("overlong forms are bad", b"data: a\xC0\x80\n\n", &[Invalid(7)]),
    strict("what is above U+10FFFF is bad", b"data: \xF4\x90\x80\x80\n\n", &[Invalid(6)]),
    strict("bad bytes in unknown fields do not matter", b"foo: \xFF\n\xFF\ndata: a\n\xFE: x\n\n", &[data("a")]),
    strict("bad bytes in names do not matter", b"da\xFFta: x\ndata\xE2\x82: x\n\xFFdata: x\ndata: a\n\n", &[data("a")]),
    strict("bad bytes in a reconnection time do not matter", b"retry: \xFF\nretry: 5\xFF\ndata: a\n\n", &[data("a")]),
    strict("a part of a BOM does not matter", b"\xEF\xBBdata: a\n\ndata: b\n\n", &[data("b")]),
    strict(
        "a bad comment leaves the event alone",
        b"data: a\n: \xFF\ndata: b\n\n",
        &[InvalidComment(10), data("a\nb")],
    ),
    strict(
        "each bad comment is an error",
        b": \xFF\n:a\xFF\n: b\n",
        &[InvalidComment(2), InvalidComment(6), Comment("b")],
    ),
    strict(
        "comments and reconnection times of a rejected event are shown",
        b"data: \xFF\n: a\nretry: 5\n: \xFF\n\n",
        &[Invalid(6), Comment("a"), Time(5), InvalidComment(23)],
    ),
    strict("the offset counts the BOM", b"\xEF\xBB\xBFdata: \xFF\n\n", &[Invalid(9)]),
    strict("the offset counts all line ends", b"\r\n\r\ndata: a\r\ndata: \xFF\r\n\r\n", &[Invalid(19)]),
    strict("a cut line is not judged", b"data: ok\n\ndata: \xFF", &[data("ok")]),
];

#[test]
fn limits() {
    check_rows(LIMITS);
}

const LIMITS: &[Row] = &[
    eight("data of the limit passes", b"data: 12345678\n\n", &[data("12345678")]),
    eight(
        "data of the limit passes again",
        b"data: 12345678\n\ndata: 12345678\n\n",
        &[data("12345678"), data("12345678")],
    ),
    eight("data of one more does not", b"data: 123456789\n\n", &[TooLong(14)]),
    eight(
        "data without the space counts the same",
        b"data:12345678\n\ndata:123456789\n\n",
        &[data("12345678"), TooLong(28)],
    ),
    eight("a value that starts with spaces counts the rest", b"data:  234567\n\n", &[data(" 234567")]),
    eight("the error needs no line end", b"data: 123456789", &[TooLong(14)]),
    eight("the LF between lines of data counts", b"data: 1234\ndata: 567\n\n", &[data("1234\n567")]),
    eight("one more with the LF between does not pass", b"data: 1234\ndata: 5678\n\n", &[TooLong(20)]),
    eight(
        "eight LFs between empty lines pass",
        b"data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n\n",
        &[data("\n\n\n\n\n\n\n\n")],
    ),
    eight(
        "a ninth LF does not pass",
        b"data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n\n",
        &[TooLong(49)],
    ),
    eight("three lines of data pass", b"data: 123\ndata: 45\ndata: 6\n\n", &[data("123\n45\n6")]),
    eight("three lines of data of one more do not", b"data: 123\ndata: 45\ndata: 67\n\n", &[TooLong(26)]),
    eight("the LF alone may be too much, before an empty line", b"data: 12345678\ndata\n\n", &[TooLong(19)]),
    eight("the LF alone may be too much, before a value", b"data: 12345678\ndata: 9\n\n", &[TooLong(21)]),
    eight("the LF alone is too much only if its line ends", b"data: 12345678\ndata: ", &[]),
    eight("the LF that is dropped in the end does not count", b"data: 1234567\ndata\n\n", &[data("1234567\n")]),
    eight("the type counts", b"event: 1234\ndata: 5678\n\n", &[Shown::Event("1234", "5678", "")]),
    eight("the type and one more do not pass", b"event: 1234\ndata: 56789\n\n", &[TooLong(22)]),
    eight("a type of one more does not pass", b"event: 123456789\ndata\n\n", &[TooLong(15)]),
    eight("the id counts", b"id: 1234\ndata: 5678\n\n", &[Shown::Event("message", "5678", "1234")]).id("1234"),
    eight("the id and one more do not pass", b"id: 1234\ndata: 56789\n\n", &[TooLong(19)]),
    eight("an id of one more does not pass", b"id: 123456789\n\n", &[TooLong(12)]),
    eight(
        "data, type and id count together",
        b"data: 12\nevent: 345\nid: 678\n\n",
        &[Shown::Event("345", "12", "678")],
    )
    .id("678"),
    eight("data, type and id of one more do not pass", b"data: 12\nevent: 345\nid: 6789\n\n", &[TooLong(27)]),
    eight("an old type counts while a new one is read", b"event: 1234\nevent: 56789\n\n", &[TooLong(23)]),
    eight("an old id counts while a new one is read", b"id: 1234\nid: 56789\n\n", &[TooLong(17)]),
    eight(
        "an old type does not count afterwards",
        b"event: 1234\nevent: 5678\nevent: 9\ndata: 1234567\n\n",
        &[Shown::Event("9", "1234567", "")],
    ),
    eight("an old id does not count afterwards", b"id: 12345678\nid\ndata: 12345678\n\n", &[data("12345678")]),
    eight("an id with NUL counts while it is read", b"id: \x001234567\nid: \x0012345678\n\n", &[TooLong(25)]),
    eight("an id with NUL does not count afterwards", b"id: \x001234567\ndata: 12345678\n\n", &[data("12345678")]),
    eight("a block without data frees its type", b"event: 12345678\n\ndata: 12345678\n\n", &[data("12345678")]),
    eight(
        "the last event id does not count",
        b"id: 12345678\n\ndata: 12345678\n\n",
        &[Shown::Event("message", "12345678", "12345678")],
    )
    .id("12345678"),
    eight(
        "there is one error for each event",
        b"data: 123456789\ndata: 123456789\nevent: 123456789\nid: 123456789\n\ndata: 123456789\n\ndata: ok\n\n",
        &[TooLong(14), TooLong(78), data("ok")],
    ),
    eight(
        "of the rejected event nothing is left",
        b"event: e\nid: 1\ndata: 1234567\nevent: f\ndata: x\n\ndata: a\n\n",
        &[TooLong(27), data("a")],
    ),
    eight(
        "the id of the rejected event is not committed",
        b"id: 1\n\nid: 2\ndata: 12345678\nid: 3\n\ndata: a\n\n",
        &[TooLong(26), Shown::Event("message", "a", "1")],
    )
    .id("1"),
    eight(
        "what is rejected without data leaves no id",
        b"id: 1\nevent: 12345678\nid: 2\n\ndata: a\n\n",
        &[TooLong(20), data("a")],
    ),
    eight("a CRLF ends the rejected event", b"data: 123456789\r\n\r\ndata: a\r\n\r\n", &[TooLong(14), data("a")]),
    eight("a CR ends the rejected event", b"data: 123456789\r\rdata: a\r\r", &[TooLong(14), data("a")]),
    eight(
        "comments do not count",
        b"data: 1234\n: 1\n: 2\n: 3\n: 4\n: 5\ndata: 678\n\n",
        &[Comment("1"), Comment("2"), Comment("3"), Comment("4"), Comment("5"), data("1234\n678")],
    ),
    eight("a comment of the limit is shown", b": 12345678\n", &[Comment("12345678")]),
    eight("a comment of more is not shown", b"data: 1\n: 123456789\ndata: 2\n\n", &[data("1\n2")]),
    eight(
        "a comment of more with the event is not shown",
        b"data: 1\n: 1234567\n: 12345678\n\n",
        &[Comment("1234567"), data("1")],
    ),
    eight(
        "a comment that is replaced counts as three",
        b"data: 12\n: \xFF\xFF\n: \xFF\xFF1\n\n",
        &[Comment("\u{FFFD}\u{FFFD}"), data("12")],
    ),
    eight("a long comment leaves a full event alone", b"data: 12345678\n: 123456789\n\n", &[data("12345678")]),
    eight("a full event leaves no room for a comment", b"data: 12345678\n: 1\n:\n\n", &[Comment(""), data("12345678")]),
    eight(
        "unknown fields do not count",
        b"data: 1\nfoo: 123456789012\nfoo123456789012: x\nfoo123456789012\n\n",
        &[data("1")],
    ),
    eight(
        "reconnection times do not count",
        b"retry: 000000000000005\ndata: 12345678\n\n",
        &[Time(5), data("12345678")],
    ),
    eight(
        "bogus reconnection times do not count",
        b"retry: 1234567890123456789x\ndata: 12345678\n\n",
        &[data("12345678")],
    ),
    eight("a reconnection time of a rejected event counts", b"data: 123456789\nretry: 5\n\n", &[TooLong(14), Time(5)]),
    eight("a byte that is replaced counts as three", b"data: \xFF\xFF12\n\n", &[data("\u{FFFD}\u{FFFD}12")]),
    eight("the byte that does not fit may be one to replace", b"data: \xFF\xFF\xFF\n\n", &[TooLong(8)]),
    eight("the byte that does not fit may follow one to replace", b"data: 12\xFF\xFF3\n\n", &[TooLong(10)]),
    eight("the byte that does not fit may stand in text", b"data: \xFF123456\n\n", &[TooLong(12)]),
    eight(
        "a cut sequence counts as three",
        b"data: 12345\xE2\x82\n\ndata: 123456\xE2\x82\n\n",
        &[data("12345\u{FFFD}"), TooLong(27)],
    ),
    eight(
        "a type that is replaced counts as three",
        b"event: \xFF\xFF\ndata: 12\n\nevent: \xFF\xFF\ndata: 123\n\n",
        &[Shown::Event("\u{FFFD}\u{FFFD}", "12", ""), TooLong(38)],
    ),
    eight("the offset counts the BOM", b"\xEF\xBB\xBFdata: 123456789\n\n", &[TooLong(17)]),
    eight(
        "the offset counts what was skipped",
        b": 123456789\r\nfoo: 123456789\r\n\r\ndata: 123456789\r\n\r\n",
        &[TooLong(45)],
    ),
    limited(
        0,
        "nothing passes a limit of 0",
        b"data\nevent:\nid: \nretry: 5\n\ndata: x\n\n",
        &[Time(5), data(""), TooLong(33)],
    ),
    limited(0, "not even an LF passes a limit of 0", b"data\ndata\n\n", &[TooLong(9)]),
    limited(1, "an LF passes a limit of 1", b"data\ndata\n\n", &[data("\n")]),
    limited(
        usize::MAX,
        "the largest limit overflows nowhere",
        b"event: e\ndata: \xFFa\ndata: b\n\n",
        &[Shown::Event("e", "\u{FFFD}a\nb", "")],
    ),
];

#[test]
fn a_rejected_event_that_is_cut_off_is_not_returned() {
    for (options, stream) in [
        (STRICT, &b"data: a\ndata: \xFF"[..]),
        (STRICT, b"data: \xFF\ndata: a\n"),
        (STRICT, b"data: a\nid: \xE2\x82"),
        (DecodeOptions::new().with_max_event_len(8), b"data: 123456789"),
        (DecodeOptions::new().with_max_event_len(8), b"data: 123456789\ndata: 1\n"),
        (DecodeOptions::new().with_max_event_len(8), b"data: 12345678\ndata"),
        (DecodeOptions::new().with_max_event_len(8), b"data: \xFF\xFF\xFF"),
    ] {
        assert_eq!(check(options, stream).cut, None, "{}", stream.escape_ascii());
    }
}

#[test]
fn after_reset_and_finish_nothing_of_a_rejected_event_is_left() {
    let options = STRICT.with_max_event_len(8);
    let cuts = [&b"data: 123456789"[..], b"data: 123456789\nda", b"id: \xFF\n", b"id: \xFF\nid: 2", b"data: \xFF\r"];
    for (driver, cut) in DRIVERS.into_iter().flat_map(|driver| cuts.map(|cut| (driver, cut))) {
        for is_finish in [false, true] {
            let mut decoder = Decoder::with_options(options);
            let mut out = Vec::new();
            feed(&mut decoder, driver, cut, &mut out);
            assert!(matches!(out[..], [Out::Error(_)]), "{out:?}");
            if is_finish {
                assert_eq!(decoder.finish(), None);
            } else {
                decoder.reset();
            }
            out.clear();
            feed(&mut decoder, driver, b"event: e\ndata: 1\ndata: 23456\n\ndata: 12345678\n\n", &mut out);
            let events = [Event::new("e", "1\n23456", ""), Event::new("message", "12345678", "")];
            assert_eq!(out, events.map(Out::Event), "{driver:?} {}", cut.escape_ascii());
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "streams of 300 kB: takes long")]
fn long_events_meet_the_limit_however_they_are_cut() {
    let text = "0123456789".repeat(10_000);
    let stream = ["data: ", &text, "\nid: 7\ndata: ", &text, "\n: ", &text, "\n\ndata: ok\n\n"].concat();
    // What is held before the second value, its LF and the ID included; and where that value starts.
    let (held, start) = (text.len() + 2, text.len() + 19);
    let ok = |id| Out::Event(Event::new("message", "ok", id));
    let too_long = |offset, limit| vec![Out::Error(DecodeError::EventTooLong { offset: offset as u64, limit }), ok("")];
    for (limit, expected) in [
        (held + text.len(), vec![Out::Event(Event::new("message", &[&*text, &*text].join("\n"), "7")), ok("7")]),
        (held + text.len() - 1, too_long(start + text.len() - 1, held + text.len() - 1)),
        (held, too_long(start, held)),
        (1000, too_long(1006, 1000)),
    ] {
        let options = DecodeOptions::new().with_max_event_len(limit);
        let model = reference::decode(stream.as_bytes(), options);
        assert_eq!(model.clone().events_only().out, expected, "limit {limit}");
        for size in [stream.len(), 50_000, 4096, 997] {
            check_cut(options, &model, &stream.as_bytes().chunks(size).collect::<Vec<_>>());
        }
    }
}

#[test]
fn events_of_several_lines_meet_any_limit_one_after_another() {
    for (line, lines) in
        [("data: a short line\n", 5), ("data: one that is not quite as short as it was\n", 3), ("data:x\r\n", 9)]
    {
        // After those of several lines, which fill chunks of their own; with a type and an ID; after one of one line.
        let (long, short) = (line.repeat(lines) + "\n", "data: the first line of two lines\ndata: others\n\n");
        let stream =
            [short, short, &long, short, &long, "event: e\nid: 1\n", &long, short, "data: c\n\n", &long].concat();
        // All fits well before the last of these.
        for limit in at_most(2, 0..=300) {
            let options = DecodeOptions::new().with_max_event_len(limit);
            let expected = reference::decode(stream.as_bytes(), options);
            let rest = &stream.as_bytes()[2 * short.len()..];
            check_cut(options, &expected, &[short.as_bytes(), short.as_bytes(), rest]);
            // Other chunks for each limit, of one byte as well.
            for length in [stream.len(), short.len() + long.len(), 1 + limit % 100] {
                check_cut(options, &expected, &stream.as_bytes().chunks(length).collect::<Vec<_>>());
            }
        }
    }
}

/// The fields of an event, each with the length of its value.
type Fields = [(&'static str, usize); 3];

/// All orders of three fields, with values of up to 12 bytes, that come near the limit with one of their values. What
/// follows that one is short.
fn fields_near(limit: usize) -> impl Iterator<Item = Fields> {
    const ORDERS: [[&str; 3]; 6] = [
        ["data", "event", "id"],
        ["data", "id", "event"],
        ["event", "data", "id"],
        ["event", "id", "data"],
        ["id", "data", "event"],
        ["id", "event", "data"],
    ];
    let lengths = (0..13 * 13 * 13).map(|number| [number / 169, number / 13 % 13, number % 13]);
    let is_near = move |&[first, second, third]: &[usize; 3]| {
        let near = |held: usize| held.abs_diff(limit) <= 1;
        near(first + second + third) || third < 3 && (near(first + second) || second < 3 && near(first))
    };
    lengths.filter(is_near).flat_map(|[first, second, third]| {
        ORDERS.map(|[one, two, three]| [(one, first), (two, second), (three, third)])
    })
}

#[test]
fn events_near_any_limit_pass_it_at_the_same_byte_in_every_order_of_their_fields() {
    let line = |(name, length): (&str, usize)| format!("{name}: {}\n", &"123456789012"[..length]);
    for limit in at_most(3, 0..=40) {
        let options = DecodeOptions::new().with_max_event_len(limit);
        let event = |fields: Fields| (fields.map(line).concat() + "\n").into_bytes();
        let events: Vec<Vec<u8>> = at_most(8, fields_near(limit)).map(event).collect();
        let stream = events.concat();
        let expected = reference::decode(&stream, options);
        check_cut(options, &expected, &[&stream]);
        check_cut(options, &expected, &events.iter().map(Vec::as_slice).collect::<Vec<_>>());
        // One driver will do, since the errors are the same in all chunks; the next limit has the next driver.
        let driver = DRIVERS[limit % DRIVERS.len()];
        let outcome = run(driver, options, stream.chunks(1));
        assert!(outcome == expected, "{driver:?} byte by byte, limit {limit}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes long")]
fn the_default_limit_is_16_mib_and_can_be_lifted() {
    let limit = 16 * 1024 * 1024;
    let stream = |length| ["data: ", &"x".repeat(length), "\n\n"].concat();
    let (fits, too_long) = (stream(limit), stream(limit + 1));
    for size in [usize::MAX, 64 * 1024] {
        let out = |options, stream: &str| run(Driver::Decode, options, stream.as_bytes().chunks(size)).out;
        assert!(matches!(&out(DecodeOptions::new(), &fits)[..], [Out::Event(event)] if event.data.len() == limit));
        let error = DecodeError::EventTooLong { offset: limit as u64 + 6, limit };
        assert_eq!(out(DecodeOptions::new(), &too_long), [Out::Error(error)]);
        let unlimited = out(DecodeOptions::new().unlimited(), &too_long);
        assert!(matches!(&unlimited[..], [Out::Event(event)] if event.data.len() == limit + 1));
    }
}

#[test]
fn lines_that_mean_nothing_retain_nothing_however_long_they_are() {
    // How such a line starts, and what it goes on with.
    let starts = [("x", b'x'), ("x: ", b'y'), ("dat", b'a'), ("data ", b' '), ("\u{FEFF}\u{FEFF}data: ", b'x')];
    for (start, byte) in starts.into_iter().chain([("retry: ", b'0'), ("retry: x", b'0'), (":", b'c')]) {
        // Who asks for items wants to see the comment.
        let drivers = DRIVERS.into_iter().filter(|driver| start != ":" || !driver.shows_items());
        for driver in drivers {
            let mut decoder = Decoder::new();
            let mut out = Vec::new();
            for chunk in [start.as_bytes()].into_iter().chain(at_most(3, [&[byte; 1000][..]; 200])) {
                feed(&mut decoder, driver, chunk, &mut out);
                assert_eq!((decoder.buffered(), out.len()), (0, 0), "{driver:?} {start:?}");
            }
            feed(&mut decoder, driver, b"7\ndata: a\n\n", &mut out);
            assert_eq!(out.pop(), Some(Out::Event(Event::new("message", "a", ""))), "{driver:?} {start:?}");
            let time = (start == "retry: ").then_some(Duration::from_millis(7));
            assert_eq!(decoder.reconnection_time(), time, "{driver:?} {start:?}");
        }
    }
}

#[test]
fn what_is_rejected_retains_nothing() {
    for driver in DRIVERS {
        let mut decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(1000));
        let mut out = Vec::new();
        feed(&mut decoder, driver, b"id: 1\nevent: e\ndata: ", &mut out);
        assert_eq!(decoder.buffered(), 2);
        feed(&mut decoder, driver, &[b'x'; 998], &mut out);
        assert_eq!((decoder.buffered(), out.len()), (1000, 0));
        for _ in few(0..200) {
            feed(&mut decoder, driver, &[b'x'; 1000], &mut out);
            assert_eq!((decoder.buffered(), out.len()), (0, 1), "{driver:?}");
        }
        feed(&mut decoder, driver, b"\ndata: more\nid: 2\nevent: f\n", &mut out);
        assert_eq!((decoder.buffered(), out.len()), (0, 1), "{driver:?}");
    }
}

#[test]
fn a_comment_that_will_be_shown_is_retained_up_to_the_limit_only() {
    let mut decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(1000));
    let mut out = Vec::new();
    feed(&mut decoder, Driver::DecodeItem, b"data: a\n: ", &mut out);
    feed(&mut decoder, Driver::DecodeItem, &[b'c'; 999], &mut out);
    assert_eq!(decoder.buffered(), 1000);
    for _ in few(0..200) {
        feed(&mut decoder, Driver::DecodeItem, &[b'c'; 1000], &mut out);
        assert_eq!(decoder.buffered(), 1);
    }
    feed(&mut decoder, Driver::DecodeItem, b"\n\n", &mut out);
    assert_eq!(out, [Out::Event(Event::new("message", "a", ""))]);
    assert_eq!(decoder.buffered(), 0);
    // What has been shown is lent, and no longer retained.
    let mut chunks = [&b"data: b\n: cut"[..], b" off\n"];
    assert_eq!(decoder.decode_item(&mut chunks[0]), Ok(None));
    assert_eq!(decoder.buffered(), "b".len() + "cut".len());
    assert_eq!(decoder.decode_item(&mut chunks[1]), Ok(Some(ItemRef::Comment("cut off"))));
    assert_eq!(decoder.buffered(), "b".len());
    // Nor is anything retained of one whose text nobody wants to see.
    assert_eq!(decoder.decode_item(&mut &b":"[..]), Ok(None));
    assert_eq!(decoder.decode(&mut &b" nobody"[..]), Ok(None));
    assert_eq!(decoder.buffered(), "b".len());
}

#[test]
fn an_error_comes_with_the_byte_that_passes_the_limit() {
    let stream = b"event: tick\ndata: 0123456789\ndata: 0123456789012345678901234567890123456789";
    let needed = "tick".len() + 10 + 1 + 40;
    for (driver, cut) in few(DRIVERS.into_iter().flat_map(|driver| (1..stream.len()).map(move |cut| (driver, cut)))) {
        for limit in [needed, needed - 1] {
            let mut decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(limit));
            let mut out = Vec::new();
            feed(&mut decoder, driver, &stream[..cut], &mut out);
            assert_eq!(out, [], "{driver:?} {cut}");
            feed(&mut decoder, driver, &stream[cut..], &mut out);
            assert_eq!(out.len(), needed - limit, "{driver:?} {cut}");
        }
    }
}

type LineResult = Result<Line<'static>, DecodeError>;

#[allow(clippy::unnecessary_wraps, reason = "rows are lists of results")]
const fn field(name: &'static [u8], value: &'static [u8]) -> LineResult {
    Ok(Line::Field { name, value })
}

#[allow(clippy::unnecessary_wraps, reason = "rows are lists of results")]
const fn comment(text: &'static [u8]) -> LineResult {
    Ok(Line::Comment(text))
}

const BLANK: LineResult = Ok(Line::Blank);

const fn too_long(offset: u64) -> LineResult {
    Err(DecodeError::LineTooLong { offset, limit: 8 })
}

/// What the stream holds, and what is cut off in the end.
type LineRow = (&'static str, &'static [u8], &'static [LineResult], Option<Line<'static>>);

const RAW: &[LineRow] = &[
    ("an empty stream has no lines", b"", &[], None),
    (
        "an absent, a cleared and a set id are three things",
        b"data\n\nid\nid:\nid: \nid:  \nid: 7\n\n",
        &[
            field(b"data", b""),
            BLANK,
            field(b"id", b""),
            field(b"id", b""),
            field(b"id", b""),
            field(b"id", b" "),
            field(b"id", b"7"),
            BLANK,
        ],
        None,
    ),
    (
        "comments are as they stand there",
        b":\n: \n: a\n:b\n::\n:data: c\n",
        &[comment(b""), comment(b" "), comment(b" a"), comment(b"b"), comment(b":"), comment(b"data: c")],
        None,
    ),
    (
        "unknown fields are fields",
        b"foo: bar\nData : x\n \nretry:+5\nid: \0\n",
        &[field(b"foo", b"bar"), field(b"Data ", b"x"), field(b" ", b""), field(b"retry", b"+5"), field(b"id", b"\0")],
        None,
    ),
    ("bytes need not be UTF-8", b"\xFF: \xE2\x82\n:\xFE\n", &[field(b"\xFF", b"\xE2\x82"), comment(b"\xFE")], None),
    (
        "CR, LF and CRLF end lines",
        b"a\rb\nc\r\n\r\r\n\n\r",
        &[field(b"a", b""), field(b"b", b""), field(b"c", b""), BLANK, BLANK, BLANK, BLANK],
        None,
    ),
    (
        "one BOM is dropped",
        b"\xEF\xBB\xBF\xEF\xBB\xBFa\n\xEF\xBB\xBFb\n",
        &[field(b"\xEF\xBB\xBFa", b""), field(b"\xEF\xBB\xBFb", b"")],
        None,
    ),
    (
        "a BOM may stand before a line end",
        b"\xEF\xBB\xBF\r\n\xEF\xBB\xBF\n",
        &[BLANK, field(b"\xEF\xBB\xBF", b"")],
        None,
    ),
    ("a part of a BOM is a name", b"\xEF\xBBa: b\n", &[field(b"\xEF\xBBa", b"b")], None),
    ("a part of a BOM may be a line", b"\xEF\n", &[field(b"\xEF", b"")], None),
    ("a part of a BOM may be cut off", b"\xEF\xBB", &[], Some(Line::Field { name: b"\xEF\xBB", value: b"" })),
    ("a BOM alone is nothing", b"\xEF\xBB\xBF", &[], None),
    (
        "a cut line is returned in the end",
        b"a\nid: 7",
        &[field(b"a", b"")],
        Some(Line::Field { name: b"id", value: b"7" }),
    ),
    ("a cut comment is returned in the end", b"a\n\n:", &[field(b"a", b""), BLANK], Some(Line::Comment(b""))),
    ("a CR leaves nothing cut", b"a\r", &[field(b"a", b"")], None),
    (
        "a line of the limit passes",
        b"data: 12\ndata:123\n:2345678\n12345678\n",
        &[field(b"data", b"12"), field(b"data", b"123"), comment(b"2345678"), field(b"12345678", b"")],
        None,
    ),
    (
        "a line of one more does not",
        b"data: 12\ndata: 123\ndata: 4\n",
        &[field(b"data", b"12"), too_long(17), field(b"data", b"4")],
        None,
    ),
    (
        "there is one error for each line",
        b"123456789012345678901234567890\n1234567890\r\n:23456789\r\n",
        &[too_long(8), too_long(39), too_long(51)],
        None,
    ),
    (
        "a blank line after one that is too long is there",
        b"123456789\r\n\r\n123456789\r\r",
        &[too_long(8), BLANK, too_long(21), BLANK],
        None,
    ),
    (
        "the offset counts the BOM, the limit does not",
        b"\xEF\xBB\xBF12345678\n123456789\n",
        &[field(b"12345678", b""), too_long(20)],
        None,
    ),
    ("a part of a BOM counts", b"\xEF\xBB345678\n", &[field(b"\xEF\xBB345678", b"")], None),
    ("a part of a BOM may be too much", b"\xEF\xBB3456789\n", &[too_long(8)], None),
    ("a line that is too long needs no end", b"a\n123456789", &[field(b"a", b""), too_long(10)], None),
];

#[test]
fn raw_lines() {
    check_rows(RAW);
}

impl Check for LineRow {
    fn name(&self) -> String {
        self.0.to_owned()
    }

    /// Checks the stream whole, byte by byte, and at every two-way split, with empty chunks between.
    fn check(&self) {
        let &(_, stream, expected, cut) = self;
        let options = DecodeOptions::new().with_max_event_len(8);
        let mut cuts: Vec<Vec<&[u8]>> =
            vec![stream.chunks(1).collect(), stream.chunks(1).flat_map(|byte| [byte, b""]).collect()];
        cuts.extend(at_most(1, 0..=stream.len()).map(|at| vec![&stream[..at], b"", &stream[at..]]));
        for chunks in cuts {
            check_lines_are(options, &chunks, expected.iter().copied(), cut);
            if expected.iter().all(Result::is_ok) {
                check_lines_are(DecodeOptions::new(), &chunks, expected.iter().copied(), cut);
            }
        }
    }
}

#[test]
fn a_line_decoder_returns_a_line_with_the_byte_that_ends_it() {
    let mut decoder = LineDecoder::new();
    for (chunk, expected) in
        [("a", None), ("\r", Some(field(b"a", b""))), ("\n", None), ("\n", Some(BLANK)), ("\r", Some(BLANK))]
    {
        let mut input = chunk.as_bytes();
        assert_eq!(decoder.decode(&mut input).transpose(), expected, "{chunk:?}");
    }
}

#[test]
fn a_line_decoder_starts_anew_after_reset_and_finish() {
    for cut in ["a", "a\r", "\u{FEFF}", "123456789", "a\r\nb"] {
        for is_finish in [false, true] {
            let mut decoder = LineDecoder::with_max_line_len(8);
            let mut input = cut.as_bytes();
            while !input.is_empty() {
                let _ = decoder.decode(&mut input);
            }
            if is_finish {
                let _ = decoder.finish();
            } else {
                decoder.reset();
            }
            assert_eq!((decoder.position(), decoder.buffered()), (0, 0));
            check_new(&mut decoder, b"\n", BLANK);
            decoder.reset();
            check_new(&mut decoder, b"\xEF\xBB\xBFid\n", field(b"id", b""));
        }
    }
}

/// Checks that the line is all that comes out of the first chunk of a stream.
fn check_new(decoder: &mut LineDecoder, mut input: &[u8], expected: LineResult) {
    let fed = input.len() as u64;
    assert_eq!(decoder.decode(&mut input).transpose(), Some(expected));
    assert_eq!(decoder.decode(&mut input), Ok(None));
    assert_eq!(decoder.position(), fed);
}

#[test]
fn a_line_that_is_too_long_retains_nothing() {
    let mut decoder = LineDecoder::with_max_line_len(1000);
    let error = Err(DecodeError::LineTooLong { offset: 1000, limit: 1000 });
    let long = [b'x'; 1000];
    let steps = [(&long[..], Ok(None), 1000), (b"x", error, 0)];
    for (mut input, expected, buffered) in steps.into_iter().chain(few([(&long[..], Ok(None), 0); 200])) {
        assert_eq!(decoder.decode(&mut input), expected);
        assert_eq!(decoder.buffered(), buffered);
    }
    let mut input: &[u8] = b"\nid: 7\n";
    assert_eq!(decoder.decode(&mut input).transpose(), Some(field(b"id", b"7")));
}

#[test]
fn what_a_line_decoder_ends_with_keeps_to_the_limit() {
    for (limit, expected) in [(0, None), (1, None), (2, Some("\u{FFFD}"))] {
        let mut decoder = LineDecoder::with_max_line_len(limit);
        let mut chunk: &[u8] = b"\xEF\xBB";
        assert_eq!(decoder.decode(&mut chunk), Ok(None));
        let line = decoder.finish().map(|line| match line {
            Line::Field { name, .. } => String::from_utf8_lossy(name).into_owned(),
            line => panic!("{line:?} is no field"),
        });
        assert_eq!(line.as_deref(), expected, "limit {limit}");
    }
}
