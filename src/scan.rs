//! The hot loop: where the next line ends, and whether everything before it is ASCII.
//!
//! [`Scanner`] lives for one call of a decoder. It looks at the chunk in blocks of 64 bytes and keeps a bit mask of the
//! line ends in the last one, so that short lines are cut from one block bit by bit; a line that is longer than a block
//! goes on in [`find_end`]. Nothing outlives the call: the caller may fill the same buffer anew, and neither an address
//! nor a length could prove that he has not.
//!
//! [`Piece`] carries what the scan knows of its bytes, so that ASCII text becomes a `&str` without a second look.
#![allow(unsafe_code)] // One conversion that rests on `Piece`'s invariant, and the calls of vector instructions.

#[cfg(any(test, sse_wire_portable, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod portable;
mod small;
mod whole;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(sse_wire_portable)))]
mod x86_64;

#[cfg(any(sse_wire_portable, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
use self::portable as kernel;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(sse_wire_portable)))]
use self::x86_64 as kernel;
pub(crate) use self::{
    small::Small,
    whole::{Short, WholeLines},
};
use crate::{count::count_looked_at, utf8};

/// Bytes of one line, or of a part of one, in a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'i> {
    bytes: &'i [u8],
    /// Invariant: set only if each of `bytes` is below 0x80. Not set says nothing.
    ascii: bool,
}

impl<'i> Piece<'i> {
    #[inline]
    pub(crate) fn bytes(self) -> &'i [u8] {
        self.bytes
    }

    #[inline]
    pub(crate) fn is_ascii(self) -> bool {
        self.ascii
    }

    /// What follows the first `at` bytes.
    #[inline]
    pub(crate) fn from(self, at: usize) -> Self {
        Self { bytes: &self.bytes[at..], ascii: self.ascii }
    }

    /// The text, if it is UTF-8.
    #[inline]
    pub(crate) fn to_str(self) -> Option<&'i str> {
        if self.ascii {
            debug_assert!(self.bytes.is_ascii());
            // SAFETY: `ascii` promises bytes below 0x80, and such bytes are UTF-8.
            return Some(unsafe { core::str::from_utf8_unchecked(self.bytes) });
        }
        utf8::check(self.bytes)
    }
}

/// Cuts one chunk into lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner<'i> {
    chunk: &'i [u8],
    /// Where the current line starts.
    at: usize,
    /// Whether the last line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
    /// Where the block starts that was looked at last.
    block: usize,
    masks: Masks,
}

impl<'i> Scanner<'i> {
    #[inline(always)]
    pub(crate) fn new(chunk: &'i [u8], at: usize, after_cr: bool) -> Self {
        Self { chunk, at, after_cr, block: at, masks: Masks { ends: 0, ascii: true } }
    }

    /// The next line and true, or what there is of it and false.
    ///
    /// A line is out with the byte that ends it, so the LF of a CRLF is taken only by the call for the next line.
    #[inline(always)]
    pub(crate) fn next_piece(&mut self) -> (Piece<'i>, bool) {
        self.skip_lf();
        let (length, ascii) = self.line_end();
        let (bytes, rest) = self.chunk[self.at..].split_at(length);
        let piece = Piece { bytes, ascii };
        let Some(&end) = rest.first() else {
            self.at = self.chunk.len();
            return (piece, false);
        };
        self.after_cr = end == b'\r';
        self.at += length + 1;
        (piece, true)
    }

    /// Steps over the next line; false if it does not end in this chunk.
    #[inline(always)]
    pub(crate) fn skip_line(&mut self) -> bool {
        self.next_piece().1
    }

    /// How far the first CR or LF is, or the end of the chunk, and whether what comes before it is ASCII (false says
    /// nothing).
    #[inline(always)]
    fn line_end(&mut self) -> (usize, bool) {
        let mut ends = self.ends_in_block();
        if ends == 0 {
            self.look();
            ends = self.ends_in_block();
        }
        let rest = self.chunk.len() - self.at;
        if ends != 0 {
            (ends.trailing_zeros() as usize, self.masks.ascii)
        } else if rest <= BLOCK {
            (rest, self.masks.ascii)
        } else {
            let (length, ascii) = find_end(&self.chunk[self.at + BLOCK..]);
            (BLOCK + length, ascii && self.masks.ascii)
        }
    }

    /// The line ends of the block, from the current line on.
    #[inline(always)]
    fn ends_in_block(&self) -> u64 {
        let behind = self.at - self.block;
        if behind < BLOCK { self.masks.ends >> behind } else { 0 }
    }

    /// Looks at a block that starts here; or ends with the chunk, which is cheaper than to look at less than a block.
    #[inline(always)]
    fn look(&mut self) {
        let rest = &self.chunk[self.at..];
        count_looked_at(rest.len().min(BLOCK));
        self.block = self.at;
        self.masks = if let Some(block) = rest.first_chunk() {
            kernel::block(block)
        } else if let Some(block) = self.chunk.last_chunk() {
            self.block = self.chunk.len() - BLOCK;
            kernel::block(block)
        } else {
            short_block(rest)
        };
    }

    /// Steps over blank lines, and over comments if asked to; false if the chunk ends inside a comment.
    #[inline(always)]
    pub(crate) fn skip_to_field(&mut self, over_comments: bool) -> bool {
        self.skip_lf();
        if !matches!(self.chunk.get(self.at), Some(b':' | b'\n' | b'\r')) {
            return true;
        }
        let mut at = self.at;
        // Bit 0: whether the block starts with a line.
        let mut carried = 1;
        while at < self.chunk.len() {
            let rest = &self.chunk[at..];
            count_looked_at(rest.len().min(BLOCK));
            let Masks { ends, .. } = rest.first_chunk().map_or_else(|| short_block(rest), kernel::block);
            // Where a line starts that does not end there: neither a blank line nor the LF of a CRLF.
            let mut starts = (ends << 1 | carried) & !ends;
            while starts != 0 {
                match rest.get(starts.trailing_zeros() as usize) {
                    Some(b':') if over_comments => starts &= starts - 1,
                    Some(_) => {
                        self.at = at + starts.trailing_zeros() as usize;
                        self.after_cr = false;
                        return true;
                    }
                    None => break,
                }
            }
            carried = ends >> (BLOCK - 1);
            // A comment that goes on behind its block is a long one.
            at += if ends == 0 { find_end(rest).0 } else { BLOCK };
        }
        self.at = self.chunk.len();
        let last = self.chunk[self.at - 1];
        self.after_cr = last == b'\r';
        matches!(last, b'\r' | b'\n')
    }

    /// Steps over the line end if the next line is blank; the LF of a CRLF is no line.
    #[inline(always)]
    pub(crate) fn next_blank_line(&mut self) -> bool {
        self.skip_lf();
        let end = self.chunk.get(self.at);
        let is_blank = matches!(end, Some(b'\n' | b'\r'));
        if is_blank {
            self.after_cr = end == Some(&b'\r');
            self.at += 1;
        }
        is_blank
    }

    /// Whether the next line starts with that.
    #[inline(always)]
    pub(crate) fn is_line_of(&mut self, start: &[u8]) -> bool {
        self.skip_lf();
        self.remaining().starts_with(start)
    }

    #[inline(always)]
    fn skip_lf(&mut self) {
        if self.after_cr
            && let Some(&byte) = self.chunk.get(self.at)
        {
            self.after_cr = false;
            self.at += usize::from(byte == b'\n');
        }
    }

    #[inline]
    pub(crate) fn after_cr(&self) -> bool {
        self.after_cr
    }

    /// Bytes of the chunk handed out so far, line ends included.
    #[inline]
    pub(crate) fn consumed(&self) -> usize {
        self.at
    }

    /// What has not been handed out.
    #[inline]
    pub(crate) fn remaining(&self) -> &'i [u8] {
        &self.chunk[self.at..]
    }
}

/// The first CR or LF, or the length, and whether what comes before it is ASCII (false says nothing).
#[inline(never)]
pub(crate) fn find_end(bytes: &[u8]) -> (usize, bool) {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        count_looked_at(rest.len().min(BLOCK));
        let Masks { ends, ascii } = match rest.first_chunk() {
            Some(block) => kernel::block(block),
            None => short_block(rest),
        };
        if ends != 0 {
            return (at + ends.trailing_zeros() as usize, ascii);
        }
        if rest.len() <= BLOCK {
            return (bytes.len(), ascii);
        }
        at += BLOCK;
        if !ascii {
            // The text has to be checked anyway, so memchr, with the widest vectors there are, finds the end.
            let end = memchr::memchr2(b'\r', b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            count_looked_at(end - at);
            return (end, false);
        }
        // Most of a long line is plain.
        let plain = kernel::plain_len(&bytes[at..]);
        count_looked_at(plain);
        at += plain;
    }
}

/// Bytes looked at in one go: one bit each in a `u64`.
const BLOCK: usize = 64;

/// From here to 0x7F a byte is ASCII and ends no line: CR, the higher of the two, is 0x0D.
const PLAIN_FROM: u8 = b'\r' + 1;

/// What is to be known of a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Masks {
    /// Bit n is set if byte n is CR or LF.
    ends: u64,
    /// Whether every byte is below 0x80.
    ascii: bool,
}

/// A block of less than 64 bytes.
#[inline(never)]
fn short_block(bytes: &[u8]) -> Masks {
    if let Some(last) = bytes.last_chunk() {
        return kernel::from_16(bytes, last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return kernel::from_8(*first, *last, bytes.len());
    }
    let mut masks = Masks { ends: 0, ascii: true };
    for (at, &byte) in bytes.iter().enumerate() {
        masks.ends |= u64::from(byte == b'\n' || byte == b'\r') << at;
        masks.ascii &= byte < 0x80;
    }
    masks
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::{BLOCK, Masks, PLAIN_FROM, Scanner, find_end, kernel, portable, short_block};

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

    #[test]
    fn a_line_is_text_if_it_is_utf8() {
        let chunk = "plain\n한국\n".as_bytes();
        let mut scanner = Scanner::new(chunk, 0, false);
        assert_eq!(scanner.next_piece().0.to_str(), Some("plain"));
        assert_eq!(scanner.next_piece().0.to_str(), Some("한국"));
        let mut scanner = Scanner::new(b"\xFF\n", 0, false);
        assert_eq!(scanner.next_piece().0.to_str(), None);
    }

    #[test]
    fn the_lf_of_a_crlf_is_no_line() {
        let chunk = b"\na\r\n\r\n\n\rb\r";
        let mut scanner = Scanner::new(chunk, 0, true);
        let mut lines = Vec::new();
        while scanner.consumed() < chunk.len() {
            lines.push(scanner.next_piece().0.bytes());
        }
        assert_eq!(lines, [&b"a"[..], b"", b"", b"", b"b"]);
        assert!(scanner.after_cr());
    }
}
