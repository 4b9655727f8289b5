//! Law 6: each byte is looked at a constant number of times, by a counter of bytes looked at.

use alloc::vec::Vec;

use bytes::Bytes;
use proptest::{collection::vec, prelude::*, sample::select};

use super::Decoder;
use crate::count::LOOKED_AT;
use crate::options::DecodeOptions;

/// Parts of streams: lines, ends of lines, and text that is valid or not.
const PARTS: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"data\n\n",
    b"data: x\n",
    b"event: tick\n",
    b"id: 7\n",
    b"id\n",
    b"retry: 1\n",
    b":\n",
    b"foo: bar\n",
    b"data: ",
    b"id: ",
    b": ",
    b"x",
    "글".as_bytes(),
    b"\xFF",
    b"\xE2\x82",
];

proptest! {
    #[test]
    #[cfg_attr(miri, ignore = "it counts the bytes of long streams, which takes hours")]
    fn law_6_each_byte_is_looked_at_a_constant_number_of_times(
        parts in vec((select(PARTS), 1..400_usize), 1..12),
        cuts in prop_oneof![vec(1..4_usize, 1..4), vec(1..300_usize, 1..4), vec(1..20_000_usize, 1..4)],
        limit in prop_oneof![3 => Just(usize::MAX), 1 => 0..2_000_usize],
        driver in 0..4_usize,
    ) {
        let stream: Vec<u8> = parts.iter().flat_map(|(part, times)| part.repeat(*times)).collect();
        let mut decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(limit).with_all_items());
        let (mut rest, mut lengths) = (Bytes::from(stream.clone()), cuts.iter().cycle());
        let before = LOOKED_AT.get();
        while !rest.is_empty() {
            let length = lengths.next().map_or(rest.len(), |&length| length.min(rest.len()));
            let mut chunk = rest.split_to(length);
            let mut input: &[u8] = &chunk.clone();
            while match driver {
                0 => !matches!(decoder.decode(&mut input), Ok(None)),
                1 => !matches!(decoder.decode_bytes(&mut chunk), Ok(None)),
                2 => !matches!(decoder.decode_item(&mut input), Ok(None)),
                _ => !matches!(decoder.decode_item_bytes(&mut chunk), Ok(None)),
            } {}
        }
        let looks = (LOOKED_AT.get() - before) / stream.len() as u64;
        // A call looks a block of 64 bytes ahead: also for an event of six bytes, and for an item of one byte, the end
        // of a block without data.
        let most = if driver < 2 { 13 } else { 66 };
        prop_assert!(looks <= most, "{looks} looks a byte");
    }
}

/// How many bytes are looked at, searches and checks of UTF-8 added up, in tenths of the stream's length.
fn looks(stream: &[u8], chunk_len: usize) -> u64 {
    let before = LOOKED_AT.get();
    let mut decoder = Decoder::new();
    for mut chunk in stream.chunks(chunk_len) {
        while decoder.decode(&mut chunk).expect("no limit is passed").is_some() {}
    }
    (LOOKED_AT.get() - before) * 10 / stream.len() as u64
}

#[test]
#[cfg_attr(miri, ignore = "it counts the bytes of long streams, which takes hours")]
fn one_long_line_is_linear_however_it_is_cut() {
    for text in ["x", "\t", "글"] {
        let mut stream = b"data: ".to_vec();
        while stream.len() < 4 << 20 {
            stream.extend_from_slice(text.as_bytes());
        }
        stream.extend_from_slice(b"\n\n");
        for chunk_len in [1, 10, 1460, stream.len()] {
            let looks = looks(&stream, chunk_len);
            assert!((9..=22).contains(&looks), "{looks}/10 looks a byte at {text:?} in chunks of {chunk_len}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "it counts the bytes of long streams, which takes hours")]
fn many_lines_in_one_chunk_are_linear() {
    // A call looks a block of 64 bytes ahead, also for an event of 6 bytes; the lines of one call share the block.
    for (line, most) in [("data\n\n", 120), ("\n", 20), ("\r", 20), ("id\n", 20), (":\n", 20), ("data: x\n", 20)] {
        let stream = line.repeat((1 << 19) / line.len());
        for chunk_len in [1, 10, 1460, stream.len()] {
            let looks = looks(stream.as_bytes(), chunk_len);
            assert!(looks <= most, "{looks}/10 looks a byte at {line:?} in chunks of {chunk_len}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "it counts the bytes of long streams, which takes hours")]
fn an_id_is_looked_at_once_however_many_events_inherit_it() {
    let id = ["id: ", &"7".repeat(2000), "\n\n"].concat();
    let looks = |events| {
        let mut input = bytes::Bytes::from(id.clone() + &"data\n\n".repeat(events));
        let mut decoder = Decoder::new();
        let before = LOOKED_AT.get();
        while decoder.decode_bytes(&mut input).expect("no limit is passed").is_some() {}
        LOOKED_AT.get() - before
    };
    assert!(looks(1000) - looks(10) < 990 * 200, "{} for 10 events, {} for 1000", looks(10), looks(1000));
}

#[test]
#[cfg_attr(miri, ignore = "it counts the bytes of long streams, which takes hours")]
fn the_work_for_a_byte_does_not_grow_with_the_stream() {
    let event = b"id: 1\nevent: x\ndata: some text\ndata: more\n\n";
    let [once, often] = [1000, 100_000].map(|times| looks(&event.repeat(times), 7));
    assert_eq!(once, often);
}
