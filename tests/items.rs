//! What a user can see of a stream that is not, or not only, events: items on request, and whether a block has begun.

mod support;

use sse_wire::{DecodeOptions, Decoder, Item, ItemRef, Utf8Policy};
use support::{
    Out::{self, Comment, CommentError, NoData, ReconnectionTime, UnknownField},
    check,
};

fn all() -> DecodeOptions {
    DecodeOptions::new().with_all_items()
}

fn field(name: &str, value: &str) -> Out {
    UnknownField(name.into(), value.into())
}

fn no_data(event_type: &str, last_event_id: &str) -> Out {
    NoData(event_type.into(), last_event_id.into())
}

fn event(event_type: &str, data: &str, last_event_id: &str) -> Out {
    Out::Event(support::Event::new(event_type, data, last_event_id))
}

/// Checked whole, byte by byte and at every split, through every driver.
#[test]
fn all_items_show_signs_that_something_other_than_events_came() {
    let rows: [(&str, Vec<Out>); 12] = [
        ("error: {\"code\":400}\n\n", vec![field("error", "{\"code\":400}"), no_data("", "")]),
        ("{\"error\":\"no\"}\n", vec![field("{\"error\"", "\"no\"}")]),
        ("<html>\n", vec![field("<html>", "")]),
        ("event: ping\n\n", vec![no_data("ping", "")]),
        ("\n\r\n\r", vec![no_data("", ""), no_data("", ""), no_data("", "")]),
        ("id: 5\n\n", vec![no_data("", "5")]),
        ("id: 5\ndata: a\n\nid\n\n", vec![event("message", "a", "5"), no_data("", "")]),
        ("event: x\nevent\n\n", vec![no_data("", "")]),
        ("datas: x\nda\nida: 1\n\n", vec![field("datas", "x"), field("da", ""), field("ida", "1"), no_data("", "")]),
        ("x:  two\ndata: a\n\n", vec![field("x", " two"), event("message", "a", "")]),
        (": hi\n\n", vec![Comment("hi".into()), no_data("", "")]),
        ("retry: 7\n\n", vec![ReconnectionTime(std::time::Duration::from_millis(7)), no_data("", "")]),
    ];
    for (stream, expected) in rows {
        assert_eq!(check(all(), stream.as_bytes()).out, expected, "{stream:?}");
    }
}

#[test]
fn items_do_not_show_it_unless_asked() {
    let stream = b"error: x\n\nevent: ping\n\nid: 5\n\n\n";
    assert_eq!(check(DecodeOptions::new(), stream).out, []);
}

#[test]
fn a_line_that_is_only_shown_takes_no_event_with_it() {
    let strict = all().with_utf8_policy(Utf8Policy::Reject);
    let error = CommentError(sse_wire::DecodeError::InvalidUtf8 { offset: 3 });
    assert_eq!(check(strict, b"x: \xFF\ndata: a\n\n").out, [error, event("message", "a", "")]);
    // A line that is too long is not shown. Of a rejected event nothing is.
    let short = all().with_max_event_len(4);
    assert_eq!(check(short, b"12345\n1234\ndata: a\n\n").out, [field("1234", ""), event("message", "a", "")]);
    let out = check(short, b"data: 12345\nx: y\n\nx: y\n\n").out;
    assert!(matches!(&out[..], [Out::Error(_), a, b] if (a, b) == (&field("x", "y"), &no_data("", ""))), "{out:?}");
}

#[test]
fn owned_items_say_the_same() {
    let mut decoder = Decoder::with_options(all());
    let mut input = bytes::Bytes::from_static(b"x: 1\nevent: e\nid: 2\n\n");
    let mut items = Vec::new();
    while let Some(item) = decoder.decode_item_bytes(&mut input).unwrap() {
        items.push(item);
    }
    let expected = [
        Item::UnknownField { name: "x".into(), value: "1".into() },
        Item::NoData { event_type: "e".into(), last_event_id: "2".into() },
    ];
    assert_eq!(items, expected);
    for item in &items {
        assert_eq!(&item.as_item_ref().to_item(), item);
        assert_eq!(Item::from(item.as_item_ref()), *item);
    }
}

#[test]
fn events_alone_are_the_same_with_all_items() {
    let mut decoder = Decoder::with_options(all());
    let mut input: &[u8] = b"x: 1\nevent: ping\n\ndata: a\n\n";
    assert_eq!(decoder.decode(&mut input).unwrap().unwrap().data(), "a");
    assert_eq!(decoder.decode(&mut input), Ok(None));
    // Who stops to ask for items in the middle of a line is not shown it.
    input = b"foo: b";
    assert_eq!(decoder.decode_item(&mut input), Ok(None));
    input = b"ar\n: c";
    assert_eq!(decoder.decode(&mut input), Ok(None));
    input = b"\ndata: b\n\n";
    assert!(matches!(decoder.decode_item(&mut input), Ok(Some(ItemRef::Event(event))) if event.data() == "b"));
}

/// Each is checked cut everywhere, too: where the stream ends must not depend on the chunks.
#[test]
fn is_mid_event_is_true_after_anything_but_comments() {
    let rows: [(&[u8], bool); 32] = [
        (b"", false),
        (b"\n", false),
        (b"data: x\n\n", false),
        (b"data: x\r\n\r", false),
        (b":", false),
        (b": hi", false),
        (b": hi\n", false),
        (b"data: x\n\n: hi\n: hi", false),
        (b"event: x\n: hi\n\n", false),
        (b"d", true),
        (b"data", true),
        (b"data\n", true),
        (b"data: x\r", true),
        (b"event:\n", true),
        (b"event: x\n", true),
        (b"event: x\nevent\n", true),
        (b"id:\n", true),
        (b"id: 7\n", true),
        (b"id: a\0b\n", true),
        (b"id: a\0", true),
        (b"retry: 5\n", true),
        (b"retry: x\n", true),
        (b"retry", true),
        (b"foo: x\n", true),
        (b"foo", true),
        (b"foo: x\n: hi\n", true),
        (b"{\"error\":1}", true),
        (b"<", true),
        (b"\xEF\xBB\xBF", false),
        (b"\xEF\xBB\xBF:", false),
        (b"\xEF\xBB", true),
        (b"\xEF\xBBx", true),
    ];
    for (stream, expected) in rows {
        for options in [DecodeOptions::new(), all(), DecodeOptions::new().with_max_event_len(0)] {
            assert_eq!(check(options, stream).is_mid_event, expected, "{:?}", stream.escape_ascii().to_string());
        }
    }
}
