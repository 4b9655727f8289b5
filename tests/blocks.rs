//! Blocks: passing on is the identity, blocks say what a decoder says, and edits change one field.

mod support;

use std::borrow::Cow;

use bytes::Bytes;
use proptest::prelude::*;
use sse_wire::{Block, BlockDecoder, DecodeOptions, Decoder, Line, Part};
use support::{Driver, Event, few, run, strategies};

/// All parts of the stream in these chunks, what is left at the end included.
fn parts(limit: usize, chunks: &[&[u8]]) -> (Vec<Part>, Option<Bytes>) {
    let mut decoder = BlockDecoder::with_max_block_len(limit);
    let (mut parts, mut fed) = (Vec::new(), 0);
    for chunk in chunks {
        let mut input = Bytes::copy_from_slice(chunk);
        while let Some(part) = decoder.decode_bytes(&mut input) {
            parts.push(part);
        }
        fed += chunk.len() as u64;
        assert!(input.is_empty() && decoder.position() == fed);
        assert!(decoder.buffered() <= limit.saturating_add(3), "{} bytes retained", decoder.buffered());
    }
    let rest = decoder.finish();
    assert_eq!((decoder.position(), decoder.buffered(), decoder.is_mid_block()), (0, 0, false));
    (parts, rest)
}

fn joined((parts, rest): (Vec<Part>, Option<Bytes>)) -> Vec<u8> {
    let mut joined: Vec<u8> = parts.into_iter().flat_map(Part::into_bytes).collect();
    joined.extend(rest.unwrap_or_default());
    joined
}

fn blocks(parts: Vec<Part>) -> Vec<Block> {
    parts.into_iter().filter_map(|part| if let Part::Block(block) = part { Some(block) } else { None }).collect()
}

/// The events that these blocks say there are, one after another.
fn events(blocks: &[Block]) -> (Vec<Event>, String) {
    let (mut events, mut last_event_id) = (Vec::new(), String::new());
    for block in blocks {
        let fields = block.fields();
        last_event_id = fields.id.map_or(last_event_id, Cow::into_owned);
        assert_eq!(block.is_event(), fields.data.is_some());
        if let Some(data) = fields.data {
            let event_type = fields.event_type.filter(|name| !name.is_empty()).unwrap_or("message".into());
            events.push(Event::new(&event_type, &data, &last_event_id));
        }
    }
    (events, last_event_id)
}

fn block(text: &'static str) -> Block {
    let (parts, rest) = parts(usize::MAX, &[text.as_bytes()]);
    let mut blocks = blocks(parts);
    assert!(rest.is_none_or(|rest| rest == "\n") && blocks.len() == 1, "{text:?} is one block");
    blocks.remove(0)
}

proptest! {
    #![proptest_config(few::config(3000))]

    #[test]
    fn law_11_passing_on_is_the_identity(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        limit in prop_oneof![Just(usize::MAX), 0..200_usize],
    ) {
        let whole = parts(limit, &[&stream]);
        let cut = parts(limit, &strategies::cut(&stream, &cuts));
        // Where blocks begin and end, and which of them are within the limit, does not depend on the cut.
        prop_assert_eq!(blocks(whole.0.clone()), blocks(cut.0.clone()));
        for part in &whole.0 {
            if let Part::Block(block) = part {
                let at = usize::try_from(block.offset()).unwrap();
                prop_assert_eq!(&stream[at..at + block.raw().len()], &block.raw()[..]);
                // The LF of the CRLF before it, and a byte order mark, do not count.
                let is_lead = |lead: &&[u8]| block.raw().starts_with(lead) && (at == 0) == (lead.len() == 3);
                let lead = [&b"\n"[..], b"\xEF\xBB\xBF"].into_iter().find(is_lead).map_or(0, <[u8]>::len);
                prop_assert!(block.raw().len() - lead <= limit);
            }
        }
        prop_assert_eq!(joined(whole), &stream[..]);
        prop_assert_eq!(joined(cut), stream);
    }

    #[test]
    fn law_12_blocks_say_what_the_decoder_says(stream in strategies::stream(), cuts in strategies::cuts()) {
        let expected = run(Driver::Decode, DecodeOptions::new(), [&stream[..]]);
        let blocks = blocks(parts(usize::MAX, &strategies::cut(&stream, &cuts)).0);
        let (events, last_event_id) = events(&blocks);
        prop_assert_eq!(events, expected.events());
        prop_assert_eq!(last_event_id, expected.last_event_id);
        let lines: usize = blocks.iter().map(|block| block.lines().count()).sum();
        prop_assert_eq!(blocks.iter().filter(|block| block.lines().last() == Some(Line::Blank)).count(), {
            let comments = blocks.iter().filter(|block| matches!(block.lines().last(), Some(Line::Comment(_)))).count();
            blocks.len() - comments
        });
        prop_assert!(lines >= blocks.len());
        // A frame of what a block says means the same as the block.
        for block in &blocks {
            let frame = block.fields().frame().unwrap().to_encoded();
            let [said, sent] = [&block.raw()[..], &frame].map(|bytes| {
                let mut outcome = run(Driver::Decode, DecodeOptions::new(), [bytes]);
                outcome.is_mid_event = false;
                outcome
            });
            if !block.raw().starts_with(b"\n") && !block.raw().starts_with(b"\xEF\xBB\xBF") {
                prop_assert_eq!((said.events(), said.last_event_id), (sent.events(), sent.last_event_id));
            }
        }
    }

    #[test]
    fn an_edit_changes_one_field_and_nothing_else(
        stream in strategies::stream(),
        data in "[a\\r\\n:é]{0,6}",
        id in "[a:é]{0,3}",
    ) {
        for block in blocks(parts(usize::MAX, &[&stream]).0) {
            let edits = [block.with_data(&data), block.with_id(&id).unwrap(), block.with_event_type(&id).unwrap()];
            for (at, edited) in edits.iter().enumerate() {
                let (before, after) = (block.fields(), edited.fields());
                let lines = data.replace("\r\n", "\n").replace('\r', "\n");
                let expected = [
                    (before.event_type.as_deref(), before.id.as_deref(), Some(&*lines)),
                    (before.event_type.as_deref(), Some(&*id), before.data.as_deref()),
                    (Some(&*id), before.id.as_deref(), before.data.as_deref()),
                ][at];
                prop_assert_eq!((after.event_type.as_deref(), after.id.as_deref(), after.data.as_deref()), expected);
                prop_assert_eq!(before.retry, after.retry);
                prop_assert_eq!(block.comments().collect::<Vec<_>>(), edited.comments().collect::<Vec<_>>());
                // It is one block still, however it is read.
                let before = if block.offset() == 0 { &b""[..] } else { b"\n" };
                let (mut decoder, mut seen) = (Decoder::new(), 0);
                let bytes = [before, edited.raw()].concat();
                let mut bytes = &bytes[..];
                while decoder.decode(&mut bytes).unwrap().is_some() {
                    seen += 1;
                }
                prop_assert_eq!((seen, decoder.is_mid_event()), (usize::from(edited.is_event()), false));
            }
        }
    }
}

#[test]
fn a_block_is_out_with_the_byte_that_ends_it() {
    let mut decoder = BlockDecoder::new();
    let mut feed = |text: &'static str| decoder.decode_bytes(&mut Bytes::from_static(text.as_bytes()));
    assert_eq!(feed("data: x\n"), None);
    assert_eq!(feed("\r").map(Part::into_bytes).as_deref(), Some(&b"data: x\n\r"[..]));
    // The LF of that CRLF is no blank line, but the first byte of the next part.
    assert_eq!(feed("\n"), None);
    assert_eq!(feed(": alive\n").map(Part::into_bytes).as_deref(), Some(&b"\n: alive\n"[..]));
    assert_eq!(feed("event: x\n: a comment inside\n"), None);
    assert_eq!(feed("\n").map(Part::into_bytes).as_deref(), Some(&b"event: x\n: a comment inside\n\n"[..]));
}

#[test]
fn the_lf_of_a_crlf_is_split_off_and_nothing_else() {
    let mut decoder = BlockDecoder::new();
    let mut chunk = Bytes::from_static(b"\xEF\xBB\xBFdata: 1\r\n\r\ndata: 2\n\n\n");
    let mut seen = Vec::new();
    while let Some(Part::Block(mut block)) = decoder.decode_bytes(&mut chunk) {
        let line_end = block.split_line_end();
        assert!(block.split_line_end().is_empty(), "there is one only");
        seen.push((line_end, block.offset(), block.lines().count(), block.into_raw()));
    }
    let expected = [("", 0, 2, "\u{FEFF}data: 1\r\n\r"), ("\n", 14, 2, "data: 2\n\n"), ("", 23, 1, "\n")];
    assert_eq!(seen, expected.map(|(line_end, at, lines, raw)| (line_end.into(), at, lines, raw.into())));

    // What is taken is no more than that.
    for (text, is_taken) in [("data: 1\r\n\r\n", true), ("data: 1\r\n\r", false), ("x\r\n\r\n:", false), ("", false)] {
        let mut decoder = BlockDecoder::new();
        let mut chunk = Bytes::from_static(text.as_bytes());
        while decoder.decode_bytes(&mut chunk).is_some() {}
        assert_eq!(decoder.take_line_end(), is_taken, "{text:?}");
        assert!(!decoder.take_line_end());
        assert_eq!(decoder.finish().as_deref(), text.ends_with(':').then_some(&b"\n:"[..]), "{text:?}");
    }
}

#[test]
fn a_block_that_is_whole_in_its_chunk_shares_it() {
    let mut chunk = Bytes::from(b"data: a\n\ndata: b\n\n".to_vec());
    let at = chunk.as_ptr();
    let mut decoder = BlockDecoder::new();
    let Some(Part::Block(first)) = decoder.decode_bytes(&mut chunk) else { panic!("a block") };
    let Some(Part::Block(second)) = decoder.decode_bytes(&mut chunk) else { panic!("a block") };
    assert_eq!((first.raw().as_ptr(), second.raw().as_ptr()), (at, at.wrapping_add(9)));
}

#[test]
fn a_block_above_the_limit_goes_on_in_parts_and_the_next_is_seen() {
    let stream = b"data: 12345678\n\ndata: x\n\n";
    for chunk_len in [1, 3, 7, 100] {
        let chunks: Vec<&[u8]> = stream.chunks(chunk_len).collect();
        let mut decoder = BlockDecoder::with_max_block_len(10);
        let (mut oversized, mut seen) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let mut input = Bytes::copy_from_slice(chunk);
            while let Some(part) = decoder.decode_bytes(&mut input) {
                match part {
                    Part::Oversized(bytes) => {
                        oversized.extend_from_slice(&bytes);
                        assert_eq!(decoder.is_mid_block(), oversized.len() < 16, "{chunk_len}");
                    }
                    Part::Block(block) => seen.push(block),
                }
            }
        }
        assert_eq!(oversized, b"data: 12345678\n\n");
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].offset(), &seen[0].raw()[..]), (16, &b"data: x\n\n"[..]));
    }
}

#[test]
fn the_limit_is_met_to_the_byte() {
    for (lead, block) in [("", "data: x\n\n"), ("", ": 1\n"), ("\u{FEFF}", "data: x\n\n"), ("\r\r\n", "data: x\r\r")] {
        let stream = [lead, block].concat();
        for (limit, is_seen) in [(block.len(), true), (block.len() - 1, false)] {
            for chunk_len in [1, 2, 100] {
                let (parts, rest) = parts(limit, &stream.as_bytes().chunks(chunk_len).collect::<Vec<_>>());
                let is_last_seen = matches!(parts.last(), Some(Part::Block(_)));
                assert_eq!((is_last_seen, rest), (is_seen, None), "{stream:?}, {limit}, {chunk_len}");
            }
        }
    }
}

#[test]
fn absent_empty_and_set_are_told_apart() {
    type Row = (&'static str, Option<&'static str>, Option<&'static str>, Option<&'static str>);
    let rows: [Row; 9] = [
        ("data: x\n\n", None, None, Some("x")),
        ("data\n\n", None, None, Some("")),
        ("event: message\nid: 1\ndata: a\ndata: b\n\n", Some("message"), Some("1"), Some("a\nb")),
        ("event\nid\n\n", Some(""), Some(""), None),
        ("id: 1\nid: a\0b\n\n", None, Some("1"), None),
        ("id: a\0b\n\n", None, None, None),
        ("event: a\nevent: b\n\n", Some("b"), None, None),
        ("\u{FEFF}data: x\n\n", None, None, Some("x")),
        ("\n", None, None, None),
    ];
    let comments = |block: &Block| block.comments().map(Cow::into_owned).collect::<Vec<_>>();
    assert_eq!(comments(&block("x: y\n: one\r:two\r\n::\n:\n\n")), ["one", "two", ":", ""]);
    assert!(comments(&block("x: y\ndata:: z\n\n")).is_empty());
    for (text, event_type, id, data) in rows {
        let block = block(text);
        let fields = block.fields();
        assert_eq!((fields.event_type.as_deref(), fields.id.as_deref()), (event_type, id), "{text:?}");
        assert_eq!(fields.data.as_deref(), data, "{text:?}");
    }
    assert_eq!(block("retry: x\nretry: 7\nretry: -1\n\n").fields().retry, Some(std::time::Duration::from_millis(7)));
}

#[test]
fn edits_keep_order_line_ends_and_what_nobody_knows() {
    let rows = [
        ("id: 1\ndata: a\nx: y\ndata: b\n\n", "n", "id: 1\ndata: n\nx: y\n\n"),
        ("data: a\r\n: c\r\n\r\n", "1\n2", "data: 1\r\ndata: 2\r\n: c\r\n\r"),
        ("data:a\rid:7\r\r", "n", "data: n\rid:7\r\r"),
        ("event: x\n\n", "n", "event: x\ndata: n\n\n"),
        ("\n", "n", "data: n\n\n"),
        (": c\n", "n", ": c\ndata: n\n\n"),
        ("data: a\n\n", "", "data: \n\n"),
        // An LF after a CR would be the end of the same line, and the block would not end.
        ("data: a\rdata: b\n\n", "n", "data: n\r\n\n"),
        ("x\rdata: a\ndata: b\n\n", "n", "x\rdata: n\n\n"),
        ("data: a\n\n", "x\n\nid: forged", "data: x\ndata: \ndata: id: forged\n\n"),
    ];
    for (text, data, expected) in rows {
        let edited = block(text).with_data(data);
        assert_eq!(std::str::from_utf8(edited.raw()), Ok(expected), "{text:?}");
    }
    let block = block("id: 1\ndata: a\n\n");
    assert_eq!(block.with_event_type("t").unwrap().raw(), "id: 1\ndata: a\nevent: t\n\n");
    assert_eq!(block.with_id("2").unwrap().raw(), "id: 2\ndata: a\n\n");
    assert!(block.with_id("2\n").is_err() && block.with_id("\0").is_err() && block.with_event_type("\r").is_err());
}

#[test]
fn what_is_no_utf_8_passes_on_untouched() {
    let stream = b"\xFF\xFE\ndata: \xFF\n\n\xEF\xBB";
    assert_eq!(joined(parts(usize::MAX, &[stream])), stream);
    let block = &blocks(parts(usize::MAX, &[stream]).0)[0];
    assert_eq!(block.fields().data.as_deref(), Some("\u{FFFD}"));
    assert!(block.with_id("7").unwrap().raw().starts_with(b"\xFF\xFE\ndata: \xFF\n"));
}
