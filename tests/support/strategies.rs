//! Streams dense in what matters: line ends, colons, near misses of names, cut and invalid UTF-8, parts of a byte order
//! mark.

use proptest::{collection::vec, prelude::*, sample::select};
use sse_wire::{DecodeOptions, Utf8Policy};

/// A stream of tokens, most of which mean something, or of lines as senders write them, with a few tokens between.
pub fn stream() -> impl Strategy<Value = Vec<u8>> {
    let tokens = vec(token(), 0..48);
    let lines = vec(prop_oneof![15 => line(), 1 => token()], 0..32);
    prop_oneof![tokens, lines].prop_map(|parts| parts.concat())
}

/// A whole line, short or up to several blocks of any scan.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let start = select(USUAL_STARTS);
    let length = prop_oneof![8 => 0..20_usize, 4 => 20..150_usize, 1 => 150..700_usize];
    let value = (length, prop_oneof![9 => Just(&b"7"[..]), 1 => select(TEXT), 1 => select(BAD_TEXT)]);
    let value = value.prop_map(|(length, odd)| [&b"7".repeat(length)[..], odd].concat());
    let end = prop_oneof![6 => Just(&b"\n"[..]), 4 => Just(&b"\n\n"[..]), 2 => select(LINE_ENDS)];
    (start, value, end).prop_map(|(start, value, end)| [start, &value, end].concat())
}

fn token() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => select(LINE_ENDS).prop_map(<[u8]>::to_vec),
        10 => select(LINE_STARTS).prop_map(<[u8]>::to_vec),
        8 => select(TEXT).prop_map(<[u8]>::to_vec),
        3 => select(BAD_TEXT).prop_map(<[u8]>::to_vec),
        2 => (1..200_usize, select(FILLING)).prop_map(|(times, text)| text.repeat(times)),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ]
}

/// The stream cut into chunks, some of them empty, at arbitrary places.
pub fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![vec(0..70_usize, 1..8), vec(0..3_usize, 1..8), vec(60..300_usize, 1..4)]
}

/// Cuts the stream into chunks of these lengths, again and again.
pub fn cut<'s>(stream: &'s [u8], lengths: &[usize]) -> Vec<&'s [u8]> {
    let mut chunks = Vec::new();
    let mut rest = stream;
    let is_progress = lengths.iter().any(|&length| length > 0);
    for &length in lengths.iter().cycle() {
        let chunk;
        (chunk, rest) = rest.split_at(length.min(rest.len()));
        chunks.push(chunk);
        if rest.is_empty() || !is_progress {
            break;
        }
    }
    chunks.push(rest);
    chunks
}

pub fn options() -> impl Strategy<Value = DecodeOptions> {
    let limit = prop_oneof![Just(usize::MAX), 0..40_usize, 40..300_usize];
    (limit, any::<bool>(), any::<bool>()).prop_map(|(limit, is_strict, shows_all)| {
        let policy = if is_strict { Utf8Policy::Reject } else { Utf8Policy::Replace };
        let options = DecodeOptions::new().with_max_event_len(limit).with_utf8_policy(policy);
        if shows_all { options.with_all_items() } else { options }
    })
}

const LINE_ENDS: &[&[u8]] = &[b"\n", b"\n\n", b"\r", b"\r\n", b"\r\n\r\n", b"\n\r", b"\r\r"];

const USUAL_STARTS: &[&[u8]] = &[b"data: ", b"data: ", b"data:", b"event: ", b"id: ", b"id:", b": ", b"retry: "];

const LINE_STARTS: &[&[u8]] = &[
    b"data",
    b"data:",
    b"data: ",
    b"data:  ",
    b"event",
    b"event:",
    b"event: ",
    b"id",
    b"id:",
    b"id: ",
    b"retry: ",
    b"retry:",
    b"retry: 10",
    b"retry: 99999999999999999999",
    b"retry:007",
    b"retry: +5",
    b":",
    b": ",
    b"::",
    b"dat",
    b"database",
    b"Data:",
    b" data:",
    b"data :",
    b"even",
    b"events:",
    b"i",
    b"ide:",
    b"retr",
    b"retry2:",
    b"unknown: x",
];

const TEXT: &[&[u8]] = &[
    b"x",
    b" ",
    b":",
    b"\t",
    b"\0",
    b"0",
    b"{\"a\":1}",
    "é".as_bytes(),
    "한국".as_bytes(),
    "\u{1F600}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{85}".as_bytes(),
    b"\x0B",
    b"\x0C",
    b"\x1F",
    b"\x7F",
    b"message",
    b"a longer text, of 32 bytes and so",
];

const BAD_TEXT: &[&[u8]] = &[
    b"\xEF\xBB\xBF",
    b"\xEF",
    b"\xEF\xBB",
    b"\xBB\xBF",
    b"\xBF",
    b"\xE2\x82",
    b"\xE2",
    b"\xED\xA0\x80",
    b"\xF0\x80\x80\xAF",
    b"\xF0\x9F\x98",
    b"\xFF",
    b"\xC0\x80",
    b"\x80",
    b"\xF4\x90\x80\x80",
    b"\xFE\xFF",
];

const FILLING: &[&[u8]] = &[b"a", b"-- ", b"\t", "글".as_bytes(), b"\xFF", b":"];
