//! The laws of the crate docs that are about sending (7, round trip; 9, exactness), on texts made to break them; and
//! where the bytes that are sent stand in memory.

mod support;

use std::{fmt::Write as _, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use proptest::{collection::vec, option, prelude::*, sample::select};
use sse_wire::{DecodeOptions, Decoder, Frame, Utf8Bytes};
use support::{Outcome, check_cut, few, frames::Fields, strategies};

proptest! {
    #![proptest_config(few::config(2000))]

    #[test]
    fn law_7_what_was_sent_is_received_and_frames_stay_apart(
        frames in vec(fields(), 1..5),
        cuts in strategies::cuts(),
    ) {
        let mut stream = Vec::new();
        let mut expected = Outcome::default();
        for fields in &frames {
            fields.frame().encode(&mut stream);
            fields.show(&mut expected);
        }
        let events = frames.iter().filter(|fields| fields.data.is_some()).count();
        prop_assert_eq!(expected.events().len(), events);
        check_cut(DecodeOptions::new(), &expected, &[&stream]);
        check_cut(DecodeOptions::new(), &expected, &stream.chunks(1).collect::<Vec<_>>());
        check_cut(DecodeOptions::new(), &expected, &strategies::cut(&stream, &cuts));
    }

    #[test]
    fn law_9_all_ways_to_encode_write_the_same_and_just_that_much(fields in fields()) {
        let (frame, expected) = (fields.frame(), fields.bytes().into_bytes());
        prop_assert_eq!(frame.encoded_len(), expected.len());
        let (mut buffer, mut shared, mut room) = (Vec::new(), BytesMut::new(), vec![0; expected.len()]);
        frame.encode(&mut buffer);
        prop_assert_eq!(&buffer, &expected);
        frame.encode(&mut shared);
        prop_assert_eq!(&shared, &expected);
        frame.encode(&mut &mut room[..]);
        prop_assert_eq!(&room, &expected);
        prop_assert_eq!(frame.pieces().collect::<Vec<_>>().concat(), &expected[..]);
        prop_assert_eq!(frame.to_encoded(), &expected[..]);
        // Once more, after what is there.
        frame.encode(&mut buffer);
        prop_assert_eq!(buffer, expected.repeat(2));
    }

    #[test]
    fn law_9_a_buf_gives_the_same_by_any_steps(fields in fields(), data in text(), steps in steps()) {
        let (frame, expected) = (fields.frame(), Fields { data: Some(data.clone()), ..fields.clone() }.bytes());
        for is_copied in [false, true] {
            let mut buf = frame.without_data().shared_data(&*data);
            let mut rest = expected.as_bytes();
            for &step in steps.iter().cycle() {
                check_rest(&buf, rest)?;
                if rest.is_empty() {
                    break;
                }
                let step = step.min(rest.len());
                if is_copied {
                    prop_assert_eq!(buf.copy_to_bytes(step), &rest[..step]);
                } else {
                    buf.advance(step);
                }
                rest = &rest[step..];
            }
        }
        // The way of a plain `write` loop: chunk by chunk.
        let mut buf = frame.without_data().shared_data(data);
        let mut sent = Vec::new();
        while buf.has_remaining() {
            sent.extend_from_slice(buf.chunk());
            buf.advance(buf.chunk().len());
        }
        prop_assert_eq!(sent, expected.as_bytes());
    }

    #[test]
    fn law_9_a_data_writer_gives_the_same_by_any_pieces(fields in fields(), data in text(), cuts in strategies::cuts()) {
        let expected = Fields { data: Some(data.clone()), ..fields.clone() }.bytes();
        let mut buffer = b"before".to_vec();
        let mut writer = fields.frame().without_data().data_writer(&mut buffer);
        for piece in pieces(&data, &cuts) {
            writer.write_str(piece).unwrap();
        }
        writer.finish();
        prop_assert_eq!(buffer, format!("before{expected}").into_bytes());
    }
}

/// What only an I/O trait of std asks for.
#[cfg(feature = "std")]
mod with_std {
    use std::io::{IoSlice, Write};

    use super::*;

    proptest! {
        #![proptest_config(few::config(2000))]

        #[test]
        fn law_9_a_data_writer_takes_bytes_cut_anywhere(fields in fields(), data in text(), cuts in strategies::cuts()) {
            let expected = Fields { data: Some(data.clone()), ..fields.clone() }.bytes();
            let mut buffer = Vec::new();
            let mut writer = fields.frame().without_data().data_writer(&mut buffer);
            for piece in strategies::cut(data.as_bytes(), &cuts) {
                prop_assert_eq!(writer.write(piece).unwrap(), piece.len());
                writer.flush().unwrap();
            }
            writer.finish();
            prop_assert_eq!(buffer, expected.as_bytes());
        }

        #[test]
        fn law_9_a_buf_gives_the_same_by_vectored_writes(
            fields in fields(),
            data in text(),
            slots in vec(1..7_usize, 1..5),
            steps in steps(),
        ) {
            let expected = Fields { data: Some(data.clone()), ..fields.clone() }.bytes();
            let mut buf = fields.frame().without_data().shared_data(data);
            let mut rest = expected.as_bytes();
            prop_assert_eq!(buf.chunks_vectored(&mut []), 0);
            for (&slots, &step) in slots.iter().cycle().zip(steps.iter().cycle()) {
                check_rest(&buf, rest)?;
                let mut slices = [IoSlice::new(b"untouched"); 7];
                let filled = buf.chunks_vectored(&mut slices[..slots]);
                let joined = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect::<Vec<_>>();
                prop_assert!(rest.starts_with(&joined));
                prop_assert!(slices[..filled].iter().all(|slice| !slice.is_empty()));
                prop_assert!(slices[filled..].iter().all(|slice| **slice == *b"untouched"));
                prop_assert!(filled == slots || joined.len() == rest.len(), "slots stay empty only at the end");
                if rest.is_empty() {
                    break;
                }
                // The kernel may take less than it was given.
                let taken = step.min(joined.len());
                buf.advance(taken);
                rest = &rest[taken..];
            }
        }
    }

    #[test]
    fn a_vectored_write_has_the_lines_where_the_caller_put_them() {
        for (text, payload, buf) in bufs() {
            for buf in [buf.clone(), buf] {
                let mut slices = [IoSlice::new(b""); 32];
                let filled = buf.chunks_vectored(&mut slices);
                assert_eq!(
                    inside(&payload, slices[..filled].iter().map(|slice| &**slice)),
                    places(&payload),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn json_goes_straight_into_the_data() {
        let value = serde_json::json!({
            "text": "one\ntwo\r\n  three \u{1F600}", "empty": {}, "list": [1, -2.5, null, [true, "한국"], { ": ": "" }],
        });
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let mut buffer = Vec::new();
        let mut writer = Frame::head().data_writer(&mut buffer);
        serde_json::to_writer_pretty(&mut writer, &value).unwrap();
        writer.finish();
        let mut stream = &buffer[..];
        let mut decoder = Decoder::new();
        let event = decoder.decode(&mut stream).unwrap().expect("one event");
        assert!(pretty.contains("\n    "), "lines that start with spaces");
        assert_eq!(event.data(), pretty);
        assert_eq!(serde_json::from_str::<serde_json::Value>(event.data()).unwrap(), value);
        buffer.clear();
        let mut writer = Frame::head().data_writer(&mut buffer);
        serde_json::to_writer(&mut writer, &value).unwrap();
        writer.finish();
        assert_eq!(buffer, format!("data: {value}\n\n").into_bytes());
    }

    #[test]
    fn bytes_that_are_no_text_are_written_as_they_are() {
        let mut buffer = Vec::new();
        let mut writer = Frame::head().data_writer(&mut buffer);
        writer.write_all(b"a\xFF\r\xE2\x82").unwrap();
        writer.write_all(b"\nb").unwrap();
        writer.finish();
        assert_eq!(buffer, b"data: a\xFF\ndata: \xE2\x82\ndata: b\n\n");
    }
}

#[test]
fn a_buf_has_the_lines_where_the_caller_put_them() {
    for (text, payload, buf) in bufs() {
        for mut buf in [buf.clone(), buf] {
            let mut chunks = Vec::new();
            while buf.has_remaining() {
                chunks.push((buf.chunk().as_ptr(), buf.chunk().len()));
                buf.advance(buf.chunk().len());
            }
            chunks.retain(|&(start, _)| payload.as_ptr_range().contains(&start));
            assert_eq!(chunks, places(&payload), "{text:?}");
        }
    }
}

#[test]
fn a_part_of_a_line_is_lent_where_it_stands() {
    let payload = Bytes::from("x".repeat(40_000));
    let mut buf = Frame::head().shared_data(Utf8Bytes::try_from(payload.clone()).unwrap());
    buf.advance("data: ".len() + 1000);
    assert_eq!((buf.chunk().as_ptr(), buf.chunk().len()), (payload[1000..].as_ptr(), 39_000));
}

#[test]
fn the_chunks_of_a_frame_are_slices_of_its_texts() {
    for (text, _, _) in bufs() {
        let (comment, data) = (text.clone(), text);
        let frame = Frame::new().comment(&comment).data(&data);
        for text in [&comment, &data] {
            assert_eq!(inside(text.as_bytes(), frame.pieces()), places(text.as_bytes()), "{text:?}");
        }
    }
}

#[test]
#[should_panic(expected = "cannot advance by 10 bytes, 9 remain")]
fn a_buf_cannot_be_advanced_past_its_end() {
    Frame::head().shared_data("x").advance("data: x\n\n".len() + 1);
}

#[test]
fn a_data_writer_that_is_not_finished_leaves_no_event() {
    let mut buffer = Vec::new();
    let mut writer = Frame::head().data_writer(&mut buffer);
    write!(writer, "one\n\n").unwrap();
    assert_eq!(buffer, b"data: one\ndata: \ndata: ");
    assert_eq!(Decoder::new().decode(&mut &buffer[..]), Ok(None));
}

/// Texts of one line and of several, as a payload and as a buf with it.
fn bufs() -> Vec<(String, Bytes, sse_wire::FrameBuf)> {
    let texts = ["x".repeat(40_000), "one\ntwo\r\n\rlast".into(), "\n글\r".into(), "\r\n".into(), String::new()];
    let head = Frame::head().comment("a\nb").event_type("t").unwrap();
    let buf = |text: String| {
        let payload = Bytes::from(text.clone());
        let buf = head.shared_data(Utf8Bytes::try_from(payload.clone()).unwrap());
        (text, payload, buf)
    };
    texts.into_iter().map(buf).collect()
}

/// Where the lines stand that are not empty.
fn places(text: &[u8]) -> Vec<(*const u8, usize)> {
    let lines = text.split(|&byte| byte == b'\r' || byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| (line.as_ptr(), line.len())).collect()
}

/// Where those of the pieces stand that are not empty and start in the memory of the text.
fn inside<'p>(text: &[u8], pieces: impl Iterator<Item = &'p [u8]>) -> Vec<(*const u8, usize)> {
    let pieces = pieces.filter(|piece| !piece.is_empty() && text.as_ptr_range().contains(&piece.as_ptr()));
    pieces.map(|piece| (piece.as_ptr(), piece.len())).collect()
}

/// Checks what a buf says of its rest.
fn check_rest(buf: &impl Buf, rest: &[u8]) -> Result<(), TestCaseError> {
    prop_assert_eq!((buf.remaining(), buf.has_remaining()), (rest.len(), !rest.is_empty()));
    prop_assert!(rest.starts_with(buf.chunk()));
    prop_assert_eq!(buf.chunk().is_empty(), rest.is_empty(), "an empty chunk means the end");
    Ok(())
}

fn fields() -> impl Strategy<Value = Fields> {
    let event_type = text().prop_map(|text| text.replace(['\r', '\n'], ""));
    let id = text().prop_map(|text| text.replace(['\r', '\n', '\0'], ""));
    let retry =
        prop_oneof![any::<Duration>(), (0..5_000_000_000_u64).prop_map(Duration::from_nanos), Just(Duration::MAX)];
    let optional = (option::of(text()), option::of(event_type), option::of(id), option::of(retry), option::of(text()));
    optional.prop_map(|(comment, event_type, id, retry, data)| Fields { comment, event_type, id, retry, data })
}

/// Text dense in what matters: line breaks, what looks like fields, and characters of each length.
fn text() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        8 => select(LINE_BREAKS).prop_map(str::to_owned),
        12 => select(TOKENS).prop_map(str::to_owned),
        2 => (1..100_usize, select(TOKENS)).prop_map(|(times, text)| text.repeat(times)),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(token, 0..16).prop_map(|tokens| tokens.concat())
}

/// Lengths, at least one of which is not 0.
fn steps() -> impl Strategy<Value = Vec<usize>> {
    strategies::cuts().prop_map(|steps| [steps, vec![1]].concat())
}

/// Cuts the text as `strategies::cut` does, but not inside characters.
fn pieces<'t>(text: &'t str, lengths: &[usize]) -> Vec<&'t str> {
    let (mut start, mut end) = (0, 0);
    let piece = |bytes: &[u8]| {
        end += bytes.len();
        let boundary = (end..=text.len()).find(|&at| text.is_char_boundary(at)).expect("the end is one");
        &text[std::mem::replace(&mut start, boundary)..boundary]
    };
    strategies::cut(text.as_bytes(), lengths).into_iter().map(piece).collect()
}

const LINE_BREAKS: &[&str] = &["\n", "\r", "\r\n", "\n\r", "\n\n"];

const TOKENS: &[&str] = &[
    " ", ":", ": ", "\0", "\t", "x", "\u{FEFF}", "data", "data:", "data: ", "event: ", "id: ", "retry: 1", "é", "한국",
    "😀", "\u{2028}", "\u{85}", "\u{B}", "\u{FFFD}", "message", "{}",
];
