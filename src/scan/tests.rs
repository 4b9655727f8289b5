//! Every kernel, and the cursor, against plain loops over the bytes.

use alloc::{vec, vec::Vec};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{BLOCK, Lines, Masks, PLAIN_FROM, find_end, kernel, portable, short_block};

fn masks(bytes: &[u8]) -> Masks {
    let ends = bytes.iter().enumerate().map(|(at, &byte)| u64::from(byte == b'\n' || byte == b'\r') << at);
    Masks { ends: ends.sum(), ascii: bytes.is_ascii() }
}

proptest! {
    #[test]
    fn every_kernel_sees_what_a_byte_loop_sees(bytes in vec(any::<u8>(), BLOCK), len in 8..=16_usize) {
        let block = bytes.first_chunk().expect("a block");
        prop_assert_eq!(kernel::block(block), masks(&bytes));
        prop_assert_eq!(portable::block(block), masks(&bytes));
        let short = &bytes[..len];
        let (first, last) = (*short.first_chunk().expect("8 bytes"), *short.last_chunk().expect("8 bytes"));
        prop_assert_eq!(kernel::from_8(first, last, len), masks(short));
        prop_assert_eq!(portable::from_8(first, last, len), masks(short));
    }

    #[test]
    fn plain_blocks_are_counted(length in 0..1200_usize, odd in vec((any::<u8>(), 0..1200_usize), 0..3)) {
        let mut bytes = vec![b'x'; length];
        for (byte, at) in odd {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let is_plain = |block: &&[u8; BLOCK]| block.iter().all(|byte| (PLAIN_FROM..0x80).contains(byte));
        let plain = bytes.as_chunks().0.iter().take_while(is_plain).count() * BLOCK;
        prop_assert_eq!(portable::plain_len(&bytes), plain);
        // Two blocks at a time may stop a block early.
        prop_assert!((plain.saturating_sub(BLOCK)..=plain).contains(&kernel::plain_len(&bytes)));
    }

    #[test]
    fn short_blocks_are_seen_whole(bytes in vec(prop_oneof![any::<u8>(), select(&b"\r\n a"[..])], 0..=BLOCK)) {
        prop_assert_eq!(short_block(&bytes), masks(&bytes));
        if let Some(last) = bytes.last_chunk() {
            prop_assert_eq!(portable::from_16(&bytes, last), masks(&bytes));
        }
    }

    #[test]
    fn the_end_of_a_long_line_is_found(
        plain in 0..400_usize,
        odd in select(&["", "\t", "\0", "\u{7F}", "é", "\u{1F600}"][..]),
        after in 0..400_usize,
        end in select(&["", "\r", "\n"][..]),
    ) {
        let line = ["x".repeat(plain).as_str(), odd, &"y".repeat(after)].concat();
        let text = [&line, end, "z\n"].concat();
        let text = if end.is_empty() { &line } else { &text };
        let (length, ascii) = find_end(text.as_bytes());
        prop_assert_eq!(length, line.len());
        prop_assert!(!ascii || line.is_ascii());
    }
}

/// The lines that end in the chunk, and whether each is sure to be ASCII.
fn lines(chunk: &[u8]) -> Vec<(&[u8], bool)> {
    lines_from(Lines::new(chunk, 0), chunk)
}

fn lines_from<'i>(mut lines: Lines<'i>, chunk: &'i [u8]) -> Vec<(&'i [u8], bool)> {
    let mut found = Vec::new();
    while let Some(end) = lines.end() {
        let line = lines.value(0, end);
        if !lines.is_in_crlf(end) {
            found.push((line.bytes(), line.is_ascii()));
        }
        lines.step(end);
    }
    assert!(!chunk[lines.at()..].iter().any(|byte| b"\r\n".contains(byte)));
    found
}

proptest! {
    #[test]
    fn every_whole_line_is_found(
        parts in vec((0..600_usize, select(&["", "x", "é", "\r", "\n", "\r\n", "\n\n", "\r\r\n"][..])), 0..9),
    ) {
        let text: alloc::string::String = parts.iter().flat_map(|&(length, part)| ["a".repeat(length), part.into()]).collect();
        let (mut expected, mut rest) = (Vec::new(), text.as_str());
        while let Some(end) = rest.find(['\r', '\n']) {
            expected.push(&rest.as_bytes()[..end]);
            rest = &rest[end..];
            rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
        }
        let found = lines(text.as_bytes());
        prop_assert!(found.iter().all(|(line, ascii)| !ascii || line.is_ascii()));
        prop_assert_eq!(found.into_iter().map(|(line, _)| line).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn an_lf_that_is_the_first_of_a_block_belongs_to_its_cr() {
    for before in 0..200 {
        let chunk = ["x".repeat(before).as_str(), "\r\ndata: y\r\n\r\n"].concat();
        let found: Vec<_> = lines(chunk.as_bytes()).iter().map(|(line, _)| line.len()).collect();
        assert_eq!(found, [before, 7, 0], "{before} bytes before");
    }
}
