//! The standard, row by row: what a stream means, written down by hand. `support::check` cuts each stream in many ways,
//! asks every driver, and compares with the reference models as well.
//!
//! The format vectors of the web platform tests are among the rows.

mod support;
#[path = "conformance/sweeps.rs"]
mod sweeps;

use std::time::Duration;

use sse_wire::{DecodeOptions, Decoder};
use support::{
    DRIVERS, Driver, Out, check, check_cut, feed,
    few::{at_most, few},
    reference,
    rows::{M, Parts, Row, check_rows, event, row},
    sweep::check_few_cuts,
};

#[test]
fn lines() {
    check_rows(LINES);
}

const LINES: &[Row] = &[
    row("an empty stream has no events", b"", &[]),
    row("LF ends a line", b"data: a\ndata: b\n\n", &[(M, "a\nb", "")]),
    row("CR ends a line", b"data: a\rdata: b\r\r", &[(M, "a\nb", "")]),
    row("CRLF ends a line", b"data: a\r\ndata: b\r\n\r\n", &[(M, "a\nb", "")]),
    row("all fields may end with CRLF", b"id: 1\r\nevent: e\r\nretry: 5\r\ndata: a\r\n\r\n", &[("e", "a", "1")])
        .id("1")
        .retry(5),
    row("line ends may be mixed", b"data: a\rdata: b\r\ndata: c\n\r\n", &[(M, "a\nb\nc", "")]),
    row("LF CR is two line ends", b"data: a\n\rdata: b\n\r", &[(M, "a", ""), (M, "b", "")]),
    row("CRLF LF is two line ends", b"data: a\r\n\ndata: b\r\n\n", &[(M, "a", ""), (M, "b", "")]),
    row("CR CRLF is two line ends", b"data: a\r\r\ndata: b\r\r\n", &[(M, "a", ""), (M, "b", "")]),
    row("CRLF CR is two line ends", b"data: a\r\n\rdata: b\r\n\r", &[(M, "a", ""), (M, "b", "")]),
    row("CRLF CRLF is two line ends", b"data: a\r\n\r\ndata: b\r\n\r\n", &[(M, "a", ""), (M, "b", "")]),
    row("events may be separated by CR only", b"data: a\r\rdata: b\r\r", &[(M, "a", ""), (M, "b", "")]),
    row("a CR at the end of the input ends the line", b"data: a\r\r", &[(M, "a", "")]),
    row("the LF of a CRLF is no blank line", b"data: a\r\n", &[]),
    row("three kinds of line ends in one event", b"data:test\r\ndata\ndata:test\r\n\r\n", &[(M, "test\n\ntest", "")]),
    row("more blank lines are nothing", b"\n\r\n\rdata: a\n\n\n\r\n\r\r", &[(M, "a", "")]),
    row("VT and FF end no line", b"data: a\x0Bb\x0Cdata: c\n\n", &[(M, "a\x0Bb\x0Cdata: c", "")]),
    row(
        "the information separators end no line",
        b"data: a\x1Cdata: b\x1Dc\x1Ed\x1Fe\n\n",
        &[(M, "a\x1Cdata: b\x1Dc\x1Ed\x1Fe", "")],
    ),
    row(
        "NEL, LS and PS end no line",
        "data: a\u{85}b\u{2028}data: c\u{2029}\u{2029}d\n\n".as_bytes(),
        &[(M, "a\u{85}b\u{2028}data: c\u{2029}\u{2029}d", "")],
    ),
    row("other controls are text", b"data: \x01\x08\x1B\x7F\n\n", &[(M, "\x01\x08\x1B\x7F", "")]),
    row("NUL is text in data and in the type", b"event: e\0\ndata: \0a\0\n\n", &[("e\0", "\0a\0", "")]),
    row("NUL as all of the data is data", b"data:\0\n\n\n\n", &[(M, "\0", "")]),
    row("NUL makes a name another name", b"data\0: a\n\0data: b\nda\0ta: c\ndata: d\n\n", &[(M, "d", "")]),
    row("NUL in a comment is nothing", b":\0\n\0\ndata: a\n\n", &[(M, "a", "")]),
    row("a line of white space is not blank", b"data: a\n \ndata: b\n\t\ndata: c\n\n", &[(M, "a\nb\nc", "")]),
];

#[test]
fn fields() {
    check_rows(FIELDS);
}

const FIELDS: &[Row] = &[
    // The line.
    row("one leading space is no part of the value", b"data:a\ndata: b\ndata:  c\n\n", &[(M, "a\nb\n c", "")]),
    row("a leading tab is a part of the value", b"data:\ttest\rdata: \ndata:test\n\n", &[(M, "\ttest\n\ntest", "")]),
    row(
        "no other white space is taken for the space",
        "data:\u{A0}a\ndata:\u{3000}b\ndata:\x0Bc\n\n".as_bytes(),
        &[(M, "\u{A0}a\n\u{3000}b\n\x0Bc", "")],
    ),
    row("white space at the end of a value stays", b"data: a \ndata: b\t\n\n", &[(M, "a \nb\t", "")]),
    row("only the first colon splits", b"data: a: b:c\ndata::d\ndata: :\n\n", &[(M, "a: b:c\n:d\n:", "")]),
    row("a line without a colon is a name", b"data\ndata: a\n\n", &[(M, "\na", "")]),
    row("a line that starts with a colon is ignored", b"data: a\n: b\n:b\n:\n::\n:data: c\n\n", &[(M, "a", "")]),
    // Names.
    row("case matters in names", b"Data: a\nDATA: b\ndatA: c\nDATA\ndata: d\n\n", &[(M, "d", "")]),
    row("names are not trimmed", b" data: a\ndata : b\n\tdata: c\ndata\t: d\n data\ndata: e\n\n", &[(M, "e", "")]),
    row("a part of a name is no name", b"d: a\nda: b\ndat: c\ndat\nata: d\ndata: e\n\n", &[(M, "e", "")]),
    row("more than a name is no name", b"database: a\ndata2: b\ndatas\ndata-: c\ndata: d\n\n", &[(M, "d", "")]),
    row(
        "near misses of `event`, `id` and `retry` are unknown",
        b"even: a\nevents: b\nEvent: c\ni: 1\nidx: 2\nID: 3\nid : 4\nretr: 5\nretry2: 6\nRetry: 7\ndata: x\n\n",
        &[(M, "x", "")],
    ),
    row(
        "control characters and signs in names",
        b"data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\n\
            da-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
        &[(M, "\0\n 2\n1\n3\n\n4", "")],
    ),
    row("unknown fields are ignored", b"foo: 1\ndata: a\nbar\nbaz:\n-\ndata: b\nqux: 2\n\n", &[(M, "a\nb", "")]),
    row(
        "unknown fields with and without a colon",
        b"data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
        &[(M, "test\n\ntest", "")],
    ),
    row("a field named `comment` is unknown", b"comment: hi\ndata: a\n\n", &[(M, "a", "")]),
    // `event`
    row("an event has the type it names", b"event:test\ndata:x\n\ndata:x\n\n", &[("test", "x", ""), (M, "x", "")]),
    row("the type may follow the data", b"data: a\nevent: e\n\n", &[("e", "a", "")]),
    row("the last type wins", b"event: a\nevent: b\ndata: x\n\n", &[("b", "x", "")]),
    row("an empty type is `message`", b"event: \ndata:data\n\n", &[(M, "data", "")]),
    row("an empty type without a colon is `message`", b"event\ndata: x\n\n", &[(M, "x", "")]),
    row("an empty type takes the type back", b"event: a\nevent:\ndata: x\n\n", &[(M, "x", "")]),
    row("`event` without a colon takes the type back", b"event: a\nevent\ndata: x\n\n", &[(M, "x", "")]),
    row("a type may be named after an empty one", b"event: a\nevent\nevent: b\ndata: x\n\n", &[("b", "x", "")]),
    row("a type may be `message`", b"event: message\ndata: x\n\n", &[(M, "x", "")]),
    row("a type is not trimmed", b"event:  a \ndata: x\n\nevent:  \ndata: y\n\n", &[(" a ", "x", ""), (" ", "y", "")]),
    row("a type may hold anything", "event: é:ü\ndata: x\n\n".as_bytes(), &[("é:ü", "x", "")]),
    // `id`
    row("an event has the id it names", b"id: 1\ndata: a\n\n", &[(M, "a", "1")]).id("1"),
    row("the id may follow the data", b"data: a\nid: 1\n\n", &[(M, "a", "1")]).id("1"),
    row("the last id wins", b"id: 1\nid: 2\ndata: a\n\n", &[(M, "a", "2")]).id("2"),
    row("an id is not trimmed", b"id:  1 \ndata: a\n\n", &[(M, "a", " 1 ")]).id(" 1 "),
    row("an id need not be ASCII", "id: …\nretry: 200\ndata: hello\n\n".as_bytes(), &[(M, "hello", "…")])
        .id("…")
        .retry(200),
    row("an empty id takes the id back", b"id: 1\nid:\ndata: a\n\n", &[(M, "a", "")]),
    row("an id that is only NUL is ignored", b"id: \0\0\ndata: a\n\n", &[(M, "a", "")]),
    row("an id that starts with NUL is ignored", b"id: 1\nid: \x002\ndata: a\n\n", &[(M, "a", "1")]).id("1"),
    row("an id with NUL inside is ignored", b"id: 1\nid: 2\x003\ndata: a\n\n", &[(M, "a", "1")]).id("1"),
    row("an id that ends with NUL is ignored", b"id: 1\nid: 2\0\ndata: a\n\n", &[(M, "a", "1")]).id("1"),
    row("an id with NUL leaves the last event id", b"id: 1\n\nid: 2\0\ndata: a\n\n", &[(M, "a", "1")]).id("1"),
    row("an id may follow one with NUL", b"id: \0\nid: 2\ndata: a\n\n", &[(M, "a", "2")]).id("2"),
    row("an id with NUL alone in a block is nothing", b"id: a\0\n\n", &[]),
    // `retry`
    row("digits are a reconnection time", b"retry: 3000\n\n", &[]).retry(3000),
    row("a reconnection time needs no space", b"retry:3000\ndata:x\n\n", &[(M, "x", "")]).retry(3000),
    row("a reconnection time needs no blank line", b"retry: 5\n", &[]).retry(5),
    row("the last reconnection time wins", b"retry: 5\nretry: 6\n\nretry: 4\n\n", &[]).retry(4),
    row("a reconnection time may be 0", b"retry: 7\nretry: 0\n", &[]).retry(0),
    row("leading zeros are fine", b"retry: 0000000000000000000000000000007\n", &[]).retry(7),
    row("a reconnection time may pass 32 bits", b"retry: 4294967296\n", &[]).retry(1 << 32),
    row("a reconnection time may be 2^64-1", b"retry:18446744073709551615\n\n", &[]).retry(u64::MAX),
    row("one that passes 64 bits is ignored", b"retry: 18446744073709551616\n", &[]),
    row("one far above 64 bits is ignored", b"retry: 5\nretry: 99999999999999999999999999\n", &[]).retry(5),
    row(
        "an empty reconnection time is ignored",
        b"retry: 5\nretry\nretry:\nretry: \ndata:test\n\n",
        &[(M, "test", "")],
    )
    .retry(5),
    row("a bogus reconnection time is ignored", b"retry:3000\nretry:1000x\ndata:x\n\n", &[(M, "x", "")]).retry(3000),
    row("a bogus one does not hold up the event", b"retry: x\ndata: a\n\n", &[(M, "a", "")]),
    row("a bogus one alone in a block is nothing", b"retry: x\n\n", &[]),
    row("a sign is no digit", b"retry: +5\ndata: x\n\nretry: -5\nretry: -0\n", &[(M, "x", "")]),
    row("a space is no digit", b"retry:  5\nretry: 5 \nretry: 5 6\nretry:\t5\nretry: 5\t\n", &[]),
    row("a separator is no digit", b"retry: 1.5\nretry: 1,5\nretry: 1_000\nretry: 5:\nretry: :5\n", &[]),
    row("hex and exponents are no digits", b"retry: 0x10\nretry: 1e3\nretry: 1E3\nretry: a\nretry: 5ms\n", &[]),
    row("the neighbours of the digits are no digits", b"retry: /\nretry: 1/\nretry: 1:\nretry: ;1\n", &[]),
    row("NUL is no digit", b"retry: 5\0\nretry: \x005\n", &[]),
    row("full-width and Arabic digits are no digits", "retry: ５\nretry: ٥\nretry: ५\nretry: ²\n".as_bytes(), &[]),
    row("bytes that are not UTF-8 are no digits", b"retry: \xFF\nretry: 5\xFF\ndata: a\n\n", &[(M, "a", "")]),
];

#[test]
fn dispatch() {
    check_rows(DISPATCH);
}

const DISPATCH: &[Row] = &[
    row("lines of data are joined by LF", b"data: a\ndata: b\ndata: c\n\n", &[(M, "a\nb\nc", "")]),
    row(
        "lines of data need not be neighbours",
        b"data: a\nid: 1\n:\nfoo\nevent: e\ndata: b\n\n",
        &[("e", "a\nb", "1")],
    )
    .id("1"),
    row("each event has its own data", b"data: {\n\ndata: 1\n\n", &[(M, "{", ""), (M, "1", "")]),
    row("`data` without a colon is an event without text", b"data\n\n", &[(M, "", "")]),
    row("`data` without a value is an event without text", b"data:\n\n", &[(M, "", "")]),
    row("`data` with only a space is an event without text", b"data: \n\n", &[(M, "", "")]),
    row("empty lines of data", b"data:\n\ndata\ndata\n\ndata:test\n\n", &[(M, "", ""), (M, "\n", ""), (M, "test", "")]),
    row("four empty lines of data are three LFs", b"data\ndata:\ndata: \ndata\n\n", &[(M, "\n\n\n", "")]),
    row("one LF at the end is dropped, no more", b"data: a\ndata\ndata\n\n", &[(M, "a\n\n", "")]),
    row("an empty first line of data stays", b"data:\ndata: a\n\n", &[(M, "\na", "")]),
    row("a block of a type only is no event", b"event: e\n\n", &[]),
    row("a block of an empty type is no event", b"event:\n\n", &[]),
    row("a block of an id only is no event", b"id: 5\n\n", &[]).id("5"),
    row("a block of a comment only is no event", b": hi\n\n", &[]),
    row("a block of unknown fields only is no event", b"foo: bar\n\nfoo\n\n", &[]),
    row("a block of a reconnection time only is no event", b"retry: 3000\n\ndata: a\n\n", &[(M, "a", "")]).retry(3000),
    row(
        "no block without data is an event",
        b": c\n\nevent: x\n\nretry: 5\n\nid: 1\n\n\nfoo\n\ndata: a\n\n: c\n\n",
        &[(M, "a", "1")],
    )
    .id("1")
    .retry(5),
    row("the id of a block without data counts", b"id: 7\n\ndata: x\n\n", &[(M, "x", "7")]).id("7"),
    row("the empty id of a block without data counts", b"id: 7\n\nid\n\ndata: x\n\n", &[(M, "x", "")]),
    row("the type of a block without data is dropped", b"event: e\n\ndata: x\n\n", &[(M, "x", "")]),
    row(
        "the type of an event is not the next one's",
        b"event: e\ndata: x\n\ndata: y\n\n",
        &[("e", "x", ""), (M, "y", "")],
    ),
    row(
        "the id is the next events' as well",
        b"id: 1\ndata: 1\n\ndata:2\n\nid: 2\ndata:3\n\ndata:4\n\n",
        &[(M, "1", "1"), (M, "2", "1"), (M, "3", "2"), (M, "4", "2")],
    )
    .id("2"),
    row(
        "an empty id is the next events' as well",
        b"id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n",
        &[(M, "1", "1"), (M, "2", ""), (M, "3", "")],
    ),
    row(
        "an id without a colon is an empty id",
        b"id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n",
        &[(M, "1", "1"), (M, "2", ""), (M, "3", "")],
    ),
    row("the id of a comment-only connection stays", b"id: 1\n\n:\n\n:\n\n", &[]).id("1"),
    row("the reconnection time stays", b"retry: 5\ndata: a\n\ndata: b\n\n\n", &[(M, "a", ""), (M, "b", "")]).retry(5),
    row(
        "a whole stream",
        b": hi\n\nid: 1\nevent: add\ndata: 7\ndata: 8\n\nretry: 10\nevent: x\n\ndata: z\nid\n\n",
        &[("add", "7\n8", "1"), (M, "z", "")],
    )
    .retry(10),
];

#[test]
fn byte_order_mark_and_utf_8() {
    check_rows(TEXT);
}

const TEXT: &[Row] = &[
    // The byte order mark.
    row("a BOM is dropped", b"\xEF\xBB\xBFdata: a\n\n", &[(M, "a", "")]),
    row("a BOM alone is nothing", b"\xEF\xBB\xBF", &[]),
    row("a BOM may stand before an id", b"\xEF\xBB\xBFid: 1\ndata: a\n\n", &[(M, "a", "1")]).id("1"),
    row("a BOM may stand before a comment", b"\xEF\xBB\xBF: c\ndata: a\n\n", &[(M, "a", "")]),
    row("a BOM may stand before LF", b"\xEF\xBB\xBF\ndata: a\n\n", &[(M, "a", "")]),
    row("a BOM may stand before CR", b"\xEF\xBB\xBF\rdata: a\r\r", &[(M, "a", "")]),
    row("a BOM may stand before CRLF", b"\xEF\xBB\xBF\r\ndata: a\r\n\r\n", &[(M, "a", "")]),
    row(
        "a BOM at a later event spoils the name",
        b"\xEF\xBB\xBFdata:1\n\n\xEF\xBB\xBFdata:2\n\ndata:3\n\n",
        &[(M, "1", ""), (M, "3", "")],
    ),
    row("a BOM only at the second event spoils the name", b"data: a\n\n\xEF\xBB\xBFdata: b\n\n", &[(M, "a", "")]),
    row("a BOM at the second line spoils the name", b"data: a\n\xEF\xBB\xBFdata: b\n\n", &[(M, "a", "")]),
    row("a BOM after a blank line spoils the name", b"\n\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row(
        "a second BOM at the start spoils the name",
        b"\xEF\xBB\xBF\xEF\xBB\xBFdata:1\n\ndata:2\n\ndata:3\n\n",
        &[(M, "2", ""), (M, "3", "")],
    ),
    row("a second BOM alone on its line is a name", b"\xEF\xBB\xBF\xEF\xBB\xBF\ndata: a\n\n", &[(M, "a", "")]),
    row("a part of a second BOM is a name", b"\xEF\xBB\xBF\xEF\xBBdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row(
        "a BOM in a value stays",
        b"data: \xEF\xBB\xBFa\ndata:\xEF\xBB\xBF b\nid: \xEF\xBB\xBF\n\n",
        &[(M, "\u{FEFF}a\n\u{FEFF} b", "\u{FEFF}")],
    )
    .id("\u{FEFF}"),
    row("one byte of a BOM is text", b"\xEFdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row("two bytes of a BOM are text", b"\xEF\xBBdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row("a BOM with a wrong third byte is text", b"\xEF\xBB\xBEdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row("a BOM that starts twice is text", b"\xEF\xEF\xBB\xBFdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row("the last byte of a BOM is text", b"\xBFdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row("a part of a BOM before LF is a name", b"\xEF\xBB\ndata: a\n\n", &[(M, "a", "")]),
    row("a part of a BOM before CR is a name", b"\xEF\rdata: a\r\r", &[(M, "a", "")]),
    row("a part of a BOM before a colon is a name", b"\xEF\xBB: x\ndata: a\n\n", &[(M, "a", "")]),
    row("a part of a BOM alone is nothing", b"\xEF\xBB", &[]),
    row("the BOM of little-endian UTF-16 means nothing", b"\xFF\xFEdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    row("the BOM of big-endian UTF-16 means nothing", b"\xFE\xFFdata: a\n\ndata: b\n\n", &[(M, "b", "")]),
    // UTF-8
    row("text is UTF-8, whatever the charset says", "data:ok…\n\n".as_bytes(), &[(M, "ok…", "")]),
    row(
        "characters of two, three and four bytes may be cut",
        "event: é\ndata: é글\u{1F600}\ndata: \u{1F600}글é\nid: 글\n\n".as_bytes(),
        &[("é", "é글\u{1F600}\n\u{1F600}글é", "글")],
    )
    .id("글"),
    row(
        "U+FFFD, U+FFFE and U+10FFFF are text",
        "data: \u{FFFD}\u{FFFE}\u{10FFFF}\n\n".as_bytes(),
        &[(M, "\u{FFFD}\u{FFFE}\u{10FFFF}", "")],
    ),
    row("a bad byte ends nothing", b"data: \xFF\n\ndata: ok\n\n", &[(M, "\u{FFFD}", ""), (M, "ok", "")]),
    row("a line with a bad byte is not lost", b"data: a\ndata: \xFF\ndata: b\n\n", &[(M, "a\n\u{FFFD}\nb", "")]),
    row("each bad byte is one U+FFFD", b"data: \xFF\xFEa\x80\xBF\n\n", &[(M, "\u{FFFD}\u{FFFD}a\u{FFFD}\u{FFFD}", "")]),
    row("a cut sequence before LF is one U+FFFD", b"data: a\xE2\x82\n\n", &[(M, "a\u{FFFD}", "")]),
    row("a cut sequence before CR is one U+FFFD", b"data: a\xE2\x82\r\r", &[(M, "a\u{FFFD}", "")]),
    row("a cut sequence of four is one U+FFFD", b"data: \xF0\x9F\x98a\n\n", &[(M, "\u{FFFD}a", "")]),
    row("a cut sequence before a whole one", b"data: \xE2\x82\xC3\xA9\n\n", &[(M, "\u{FFFD}é", "")]),
    row("a surrogate is three U+FFFD", b"data: \xED\xA0\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}", "")]),
    row(
        "an overlong slash is four U+FFFD",
        b"data: \xF0\x80\x80\xAF\n\n",
        &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "")],
    ),
    row("above U+10FFFF is four U+FFFD", b"data: \xF4\x90\x80\x80\n\n", &[(M, "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "")]),
    row(
        "a line end inside a sequence is a line end",
        b"data: \xF0\x9F\ndata: \x98\x80\n\n",
        &[(M, "\u{FFFD}\n\u{FFFD}\u{FFFD}", "")],
    ),
    row("an overlong LF is no line end", b"data: a\xC0\x8Adata: b\n\n", &[(M, "a\u{FFFD}\u{FFFD}data: b", "")]),
    row("an overlong colon is no colon", b"data\xC0\xBA a\n\ndata: b\n\n", &[(M, "b", "")]),
    row("an overlong space is no space", b"data:\xC0\xA0a\n\n", &[(M, "\u{FFFD}\u{FFFD}a", "")]),
    row("an overlong NUL is no NUL", b"id: \xC0\x80\n\n", &[]).id("\u{FFFD}\u{FFFD}"),
    row(
        "a bad byte in a type or an id is replaced",
        b"event: \xFF\nid: \xFE\ndata: a\n\n",
        &[("\u{FFFD}", "a", "\u{FFFD}")],
    )
    .id("\u{FFFD}"),
    row(
        "a bad byte makes a name another name",
        b"da\xFFta: a\ndata\xE2\x82: b\n\xFFdata: c\ndata: d\n\n",
        &[(M, "d", "")],
    ),
    row("a bad byte in an ignored line is ignored", b": \xFF\nfoo: \xFF\n\xFF\ndata: a\n\n", &[(M, "a", "")]),
    row("a space after a bad byte stays", b"data:\xFF a\n\n", &[(M, "\u{FFFD} a", "")]),
];

#[test]
fn end_of_the_stream() {
    check_rows(END);
}

const END: &[Row] = &[
    row("an event without its blank line is discarded", b"data: a\n", &[]),
    row("an event without its line end is discarded", b"data: a", &[]),
    row("an event that ends with CRLF is not dispatched", b"data: a\r\n", &[]),
    row("only the last event is discarded", b"data: a\n\ndata: b\n", &[(M, "a", "")]),
    row("`data:` without a line end is nothing", b"data:", &[]),
    row("one more blank line is a clean end", b"data: a\n\n\n", &[(M, "a", "")]),
    row("an id without a blank line is not committed", b"id: 1\n", &[]),
    row("an id without a line end is no line", b"id: 1\n\nid: 2", &[]).id("1"),
    row("the id of a discarded event is not committed", b"id: 1\ndata: a\n\nid: 2\ndata: b\n", &[(M, "a", "1")])
        .id("1"),
    row("the id of an event that is cut in a name is not committed", b"id: 9\nda", &[]),
    row("a discarded empty id does not take back the last", b"id: 1\n\nid\ndata: b\n", &[]).id("1"),
    row("a reconnection time without a line end is no line", b"retry:5", &[]),
    row("a reconnection time without a line end changes nothing", b"retry: 5\nretry: 6", &[]).retry(5),
    row("the reconnection time of a discarded event counts", b"data: a\nretry: 5\n", &[]).retry(5),
    row("data before the final blank line", b"retry:1000\ndata:test1\n\nid:test\ndata:test2\n", &[(M, "test1", "")])
        .retry(1000),
];

/// What `finish` returns of a stream that leaves no last event ID and no reconnection time.
const CUT: &[(&[u8], Option<Parts>)] = &[
    (b"", None),
    (b"\xEF\xBB\xBF", None),
    (b"\xEF\xBB", None),
    (b"data: a\n\n", None),
    (b"data: a\n\nevent: e\nid: 1\nretry: 5", None),
    (b"event: e\nid: 1\n", None),
    (b"dat", None),
    (b"datab", None),
    (b": a", None),
    (b"data", Some((M, "", ""))),
    (b"data:", Some((M, "", ""))),
    (b"data: a", Some((M, "a", ""))),
    (b"data: a\n", Some((M, "a", ""))),
    (b"data: a\r", Some((M, "a", ""))),
    (b"data: a\r\n", Some((M, "a", ""))),
    (b"\xEF\xBB\xBFdata: a", Some((M, "a", ""))),
    (b"data: a\n\ndata: b", Some((M, "b", ""))),
    (b"data: a\ndata", Some((M, "a\n", ""))),
    (b"data: a\ndata: b", Some((M, "a\nb", ""))),
    (b"data: a\ndat", Some((M, "a", ""))),
    (b"data: a\n:", Some((M, "a", ""))),
    (b"data: a\nretry: 5", Some((M, "a", ""))),
    (b"data: a\nevent: e", Some(("e", "a", ""))),
    (b"event: e\nid: 1\ndata: a\n", Some(("e", "a", "1"))),
    (b"data: a\nid: 1", Some((M, "a", "1"))),
    (b"data: a\nid: 1\0", Some((M, "a", ""))),
    (b"data: a\xE2\x82", Some((M, "a\u{FFFD}", ""))),
];

#[test]
fn finish_returns_the_event_that_was_cut_off_and_commits_nothing_of_it() {
    for &(stream, cut) in CUT {
        let outcome = check(DecodeOptions::new(), stream);
        let name = stream.escape_ascii();
        assert_eq!(outcome.cut, cut.map(event), "{name}");
        assert_eq!((&*outcome.last_event_id, outcome.reconnection_time), ("", None), "{name}");
    }
}

#[test]
fn the_cut_event_has_the_id_of_the_events_before_unless_it_takes_it_back() {
    let cut = |stream| check(DecodeOptions::new(), stream).cut;
    assert_eq!(cut(b"id: 1\n\ndata: a"), Some(event((M, "a", "1"))));
    assert_eq!(cut(b"id: 1\n\nid\ndata: a"), Some(event((M, "a", ""))));
}

#[test]
fn a_seeded_last_event_id_is_every_events_until_the_stream_sets_another() {
    for driver in DRIVERS {
        let mut decoder = Decoder::new();
        decoder.set_last_event_id("old");
        decoder.set_last_event_id("7");
        assert_eq!(decoder.last_event_id(), "7");
        let stream = b"data: a\n\nid: 8\0\ndata: b\n\n\nid: 9\ndata: c\n\nid\ndata: d\n\n";
        let events = [(M, "a", "7"), (M, "b", "7"), (M, "c", "9"), (M, "d", "")];
        assert_eq!(shown(&mut decoder, driver, stream), events.map(|parts| Out::Event(event(parts))));
        assert_eq!(decoder.last_event_id(), "");
        decoder.set_last_event_id("10");
        assert_eq!(shown(&mut decoder, driver, b"data: e\n\n"), [Out::Event(event((M, "e", "10")))]);
    }
}

#[test]
fn a_last_event_id_may_be_seeded_inside_an_event() {
    let mut decoder = Decoder::new();
    assert_eq!(shown(&mut decoder, Driver::Decode, b"data: a\nda"), []);
    decoder.set_last_event_id("7");
    assert_eq!(shown(&mut decoder, Driver::Decode, b"ta: b\n\n"), [Out::Event(event((M, "a\nb", "7")))]);
    assert_eq!(shown(&mut decoder, Driver::Decode, b"id: 8\nda"), []);
    decoder.set_last_event_id("6");
    assert_eq!(shown(&mut decoder, Driver::Decode, b"ta: c\n\n"), [Out::Event(event((M, "c", "8")))]);
}

#[test]
fn reset_and_finish_keep_only_the_committed_id_and_the_reconnection_time() {
    // Each is a place at which a connection may break, after one event.
    let breaks: [&[u8]; 12] = [
        b"",
        b"i",
        b"id: 2",
        b"id: 2\nevent: e\ndata: half",
        b"id: 2\nevent: e\ndata: half\n",
        b"id: 2\nevent: e\ndata: half\r",
        b"id: 2\nevent: e\ndata: half\r\n",
        b"id\ndata: one\ndata: two\nretry: 6",
        b"event: e\nretry",
        b"event: e\n: comment",
        b"event: e\nunknown",
        b"data: \xE2\x82",
    ];
    for (driver, cut) in few(DRIVERS.into_iter().flat_map(|driver| breaks.map(|cut| (driver, cut)))) {
        for is_finish in [false, true] {
            let mut decoder = Decoder::new();
            let _ = shown(&mut decoder, driver, b"id: 1\nretry: 5\ndata: a\n\n");
            let _ = shown(&mut decoder, driver, cut);
            if is_finish {
                let _ = decoder.finish();
            } else {
                decoder.reset();
            }
            let name = format!("{driver:?}, finish: {is_finish}, {}", cut.escape_ascii());
            assert_eq!((decoder.position(), decoder.buffered()), (0, 0), "{name}");
            assert_eq!(decoder.last_event_id(), "1", "{name}");
            assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(5)), "{name}");
            assert_eq!(decoder.finish(), None, "{name}");
            // A new stream: a byte order mark may come, and nothing of the old one is left.
            let out = shown(&mut decoder, driver, b"\xEF\xBB\xBFdata: b\n\n");
            assert_eq!(out, [Out::Event(event((M, "b", "1")))], "{name}");
        }
    }
}

#[test]
fn reset_forgets_a_part_of_a_byte_order_mark() {
    let mut decoder = Decoder::new();
    assert_eq!(shown(&mut decoder, Driver::Decode, b"\xEF\xBB"), []);
    decoder.reset();
    let out = shown(&mut decoder, Driver::Decode, b"\xBFdata: a\n\ndata: b\n\n");
    assert_eq!(out, [Out::Event(event((M, "b", "")))]);
}

#[test]
fn any_byte_in_a_field_name_makes_it_unknown_unless_it_still_is_the_name() {
    for name in ["data", "event", "id", "retry"] {
        let replaced = (0..name.len()).flat_map(|at| (0..=255).map(move |byte| (at, at + 1, byte)));
        let inserted = (0..=name.len()).flat_map(|at| (0..=255).map(move |byte| (at, at, byte)));
        for (from, to, byte) in at_most(2, replaced.chain(inserted)) {
            let changed = [&name.as_bytes()[..from], &[byte], &name.as_bytes()[to..]].concat();
            let stream = [&changed, &b": 7\ndata: x\n\n"[..]].concat();
            let outcome = check_few_cuts(DecodeOptions::new(), &stream);
            // These three end the name, or the line.
            if changed != name.as_bytes() && !b":\r\n".contains(&byte) {
                let text = stream.escape_ascii();
                assert_eq!(outcome.events(), [event((M, "x", ""))], "{text}");
                assert_eq!((&*outcome.last_event_id, outcome.reconnection_time), ("", None), "{text}");
            }
        }
    }
}

#[test]
fn comments_and_reconnection_times_are_items_in_the_order_of_the_stream() {
    let comment = |text: &str| Out::Comment(text.into());
    let time = |milliseconds| Out::ReconnectionTime(Duration::from_millis(milliseconds));
    let stream = b": one\nretry: 10\nid: 1\n: two\ndata: a\n: three\nretry: x\nretry: 20\n\n: four\n\nfoo\nretry: 30";
    let expected = [
        comment("one"),
        time(10),
        comment("two"),
        comment("three"),
        time(20),
        Out::Event(event((M, "a", "1"))),
        comment("four"),
    ];
    assert_eq!(check(DecodeOptions::new(), stream).out, expected);
}

#[test]
fn a_comments_text_loses_one_leading_space_and_nothing_else() {
    let stream = b":a\n: b\n:  c \n:\n: \n::\n: :\n:\td\n:data: e\n:\0\n:\xFF\n: \xEF\xBB\xBF\r:cut";
    let texts = ["a", "b", " c ", "", "", ":", ":", "\td", "data: e", "\0", "\u{FFFD}", "\u{FEFF}"];
    assert_eq!(check(DecodeOptions::new(), stream).out, texts.map(|text| Out::Comment(text.into())));
}

#[test]
fn long_comments_between_lines_of_data_are_nothing() {
    let long = "x".repeat(2048);
    let stream = format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n\n");
    assert_eq!(check_few_cuts(DecodeOptions::new(), stream.as_bytes()).events(), [event((M, "1\n2\n3\n4", ""))]);
}

#[test]
fn a_lone_cr_acts_at_once_and_the_lf_after_it_is_eaten_once() {
    for driver in DRIVERS {
        let mut decoder = Decoder::new();
        let mut steps = |chunk: &[u8]| {
            let out = shown(&mut decoder, driver, chunk);
            out.len()
        };
        assert_eq!(steps(b"data: a\r"), 0, "{driver:?}");
        assert_eq!(steps(b"\r"), 1, "{driver:?}: the event is out with this byte");
        assert_eq!(steps(b""), 0, "{driver:?}");
        assert_eq!(steps(b"\n"), 0, "{driver:?}: the LF of the CRLF");
        assert_eq!(steps(b"data: b\r"), 0, "{driver:?}");
        assert_eq!(steps(b"\n"), 0, "{driver:?}: the LF of the CRLF");
        assert_eq!(steps(b"\n"), 1, "{driver:?}: the blank line");
        assert_eq!(steps(b"data: c\r\r\ndata: d\r\r"), 2, "{driver:?}");
        assert_eq!(steps(b"\n\n\r\n"), 0, "{driver:?}");
    }
}

#[test]
fn a_reconnection_time_counts_from_its_line_on() {
    for (driver, end) in DRIVERS.into_iter().flat_map(|driver| [&b"\n"[..], b"\r", b"\r\n"].map(|end| (driver, end))) {
        let mut decoder = Decoder::new();
        let _ = shown(&mut decoder, driver, b"data: a\nretry: 5");
        assert_eq!(decoder.reconnection_time(), None);
        let out = shown(&mut decoder, driver, end);
        assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(5)));
        let items = usize::from(driver.shows_items());
        assert_eq!(out, vec![Out::ReconnectionTime(Duration::from_millis(5)); items]);
    }
}

#[test]
fn an_id_counts_from_the_blank_line_on() {
    for driver in DRIVERS {
        let mut decoder = Decoder::new();
        for (chunk, last_event_id) in
            [("id: 1\n", ""), ("\n", "1"), ("data: a\nid: 2\r", "1"), ("\r", "2"), ("\nid\n", "2")]
        {
            let _ = shown(&mut decoder, driver, chunk.as_bytes());
            assert_eq!(decoder.last_event_id(), last_event_id, "{driver:?} after {chunk:?}");
        }
    }
}

fn shown(decoder: &mut Decoder, driver: Driver, chunk: &[u8]) -> Vec<Out> {
    let mut out = Vec::new();
    feed(decoder, driver, chunk, &mut out);
    out
}

#[test]
fn chunks_of_any_length_give_the_same() {
    // What follows a cut in a comment or an unknown field looks like a field.
    const STREAMS: [&[u8]; 4] = [
        b":data:a\n\n:data:b\n:data:c\n\n:id:d\n:data:e\n\n\n:data:f\n\ndata:g\n\n:data:h\n\n",
        b"data: a\n:data:b\nfoo:data:c\n:data:d\ndata: e\n\nfoo:data:f\n:data:g\n\n:id:h\ndata: i\n\n",
        b":data:a\r\n\r\n:data:b\r\n\r\n:event:c\r\rdata: d\r\n\r\n:data:e\r\n:data:f\r\n",
        b"id: 1\nevent: tick\ndata: a\n\nevent: tock\n:data:b\ndata: c\ndata: d\nretry: 10\nid\n\ndata\n\n",
    ];
    for stream in STREAMS {
        let expected = reference::decode(stream, DecodeOptions::new());
        for length in at_most(2, 1..=stream.len()) {
            // So that a cut of that length is tried at each place.
            for first in at_most(1, 0..length) {
                let (start, rest) = stream.split_at(first);
                let chunks: Vec<&[u8]> = [start].into_iter().chain(rest.chunks(length)).collect();
                check_cut(DecodeOptions::new(), &expected, &chunks);
            }
        }
    }
}
