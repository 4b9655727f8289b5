//! Decodes a stream in chunks of each length and encodes frames, with nothing but `core`, `alloc` and C's `main`. The exit
//! code is 0 if all is right, else the number of the check that fails, or 101 for a panic.
//!
//! If anything in the crate's tree asked for std, there would be two panic handlers, and no program.
#![no_std]
#![no_main]

extern crate alloc;

mod runtime;

use alloc::{string::String, vec::Vec};
use core::{ffi::c_int, fmt::Write as _, time::Duration};

use sse_wire::{DecodeError, DecodeOptions, Decoder, Frame, ItemRef, Line, LineDecoder, Utf8Policy};

/// What C's startup code calls.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> c_int {
    let checks = [decodes, rejects, splits_lines, encodes, refuses, writes, comes_back];
    let failed = checks.iter().position(|check| !check());
    failed.map_or(0, |at| c_int::try_from(at + 1).unwrap_or(c_int::MAX))
}

fn decodes() -> bool {
    let stream = "\u{FEFF}: hi\r\nretry: 10\r\nid: 7\revent: tick\rdata: 한국\ndata: two\n\n\
        id\ndata: a line of more than 64 bytes, so that it does not end in the first block that is looked at\n\n";
    let expected = "comment hi, retry 10ms, tick 한국|two 7, \
        message a line of more than 64 bytes, so that it does not end in the first block that is looked at , ";
    (1..=stream.len()).all(|length| {
        let mut decoder = Decoder::new();
        let mut seen = String::new();
        for mut chunk in stream.as_bytes().chunks(length) {
            while let Ok(Some(item)) = decoder.decode_item(&mut chunk) {
                let written = match item {
                    ItemRef::Event(event) => {
                        let data = event.data().replace('\n', "|");
                        write!(seen, "{} {data} {}, ", event.event_type(), event.last_event_id())
                    }
                    ItemRef::Comment(text) => write!(seen, "comment {text}, "),
                    ItemRef::ReconnectionTime(time) => write!(seen, "retry {time:?}, "),
                    _ => return false,
                };
                if written.is_err() {
                    return false;
                }
            }
        }
        seen == expected
    })
}

fn rejects() -> bool {
    let stream = b"data: 123456789\n\ndata: \xFF\n\ndata: ok\n\n";
    let options = DecodeOptions::new().with_max_event_len(8).with_utf8_policy(Utf8Policy::Reject);
    (1..=stream.len()).all(|length| {
        let mut decoder = Decoder::with_options(options);
        let (mut errors, mut events) = (Vec::new(), 0);
        for mut chunk in stream.chunks(length) {
            loop {
                match decoder.decode(&mut chunk) {
                    Ok(Some(event)) => events += usize::from(event.data() == "ok"),
                    Ok(None) => break,
                    Err(error) => errors.push(error),
                }
            }
        }
        let too_long = DecodeError::EventTooLong { offset: 14, limit: 8 };
        events == 1 && errors == [too_long, DecodeError::InvalidUtf8 { offset: 23 }]
    })
}

fn splits_lines() -> bool {
    let mut decoder = LineDecoder::new();
    let mut chunk: &[u8] = b"id\r\n: a\n\rcut";
    decoder.decode(&mut chunk) == Ok(Some(Line::Field { name: b"id", value: b"" }))
        && decoder.decode(&mut chunk) == Ok(Some(Line::Comment(b" a")))
        && decoder.decode(&mut chunk) == Ok(Some(Line::Blank))
        && decoder.decode(&mut chunk) == Ok(None)
        && decoder.finish() == Some(Line::Field { name: b"cut", value: b"" })
}

const FRAME: &[u8] = b": c\nevent: tick\nid: 7\nretry: 1500\ndata: one\ndata: two\n\n";

fn head() -> Frame<'static> {
    let frame = Frame::new().comment("c").retry(Duration::from_micros(1_500_999));
    frame.event_type("tick").and_then(|frame| frame.id("7")).unwrap_or_default()
}

fn encodes() -> bool {
    let frame = head().data("one\r\ntwo");
    let mut buffer = Vec::new();
    frame.encode(&mut buffer);
    buffer == FRAME
        && frame.encoded_len() == FRAME.len()
        && frame.to_encoded() == FRAME
        && frame.pieces().collect::<Vec<_>>().concat() == FRAME
}

fn refuses() -> bool {
    let error = Frame::new().id("1\ndata: forged").err();
    error.is_some_and(|error| (error.field(), error.character(), error.index()) == ("id", '\n', 1))
}

fn writes() -> bool {
    let mut buffer = Vec::new();
    let mut writer = head().without_data().data_writer(&mut buffer);
    let is_written = writer.write_str("one\r").is_ok() && writer.write_str("\ntwo").is_ok();
    writer.finish();
    is_written && buffer == FRAME
}

fn comes_back() -> bool {
    let mut decoder = Decoder::new();
    let mut chunk = FRAME;
    let event = decoder.decode(&mut chunk);
    matches!(event, Ok(Some(event)) if (event.event_type(), event.data(), event.last_event_id()) == ("tick", "one\ntwo", "7"))
}
