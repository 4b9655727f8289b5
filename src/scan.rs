//! The hot loop: where the next line ends, and whether everything before it is ASCII.
//!
//! ```text
//! chunk   d a t a :   x LF LF d a t a :   y CR LF ...
//! ends    0 0 0 0 0 0 0 1  1  0 0 0 0 0 0 0 1  1        one bit for each of 64 bytes
//! ```
//!
//! [`Lines`] looks at a chunk in blocks of 64 bytes. A look gives a bit mask of the line ends in the block, and the
//! mask outlives the line: the next line end is its lowest bit, and to step over it is to clear that bit. Most lines
//! are shorter than a block, so most of them cost no look of their own.
//!
//! A line that is longer than some blocks goes on in [`find_end`], with the widest vectors the processor has: those are
//! faster per byte, but cost a call, which short lines would not earn back.
//!
//! The same looks tell whether the bytes are ASCII. Then they are text, and nobody has to look at them again.

#[cfg(any(test, sse_wire_portable, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod portable;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(sse_wire_portable)))]
mod x86_64;

#[cfg(any(sse_wire_portable, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
use self::portable as kernel;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(sse_wire_portable)))]
use self::x86_64 as kernel;
use crate::count::count_looked_at;
use crate::text::piece::Piece;

/// The one cursor over the lines of a chunk.
///
/// A CR and an LF each end a line; of a CRLF the LF therefore seems to end an empty one, which
/// [`is_in_crlf`](Self::is_in_crlf) tells from a blank line. That is asked where a line is empty, so that other lines
/// need not pay for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'i> {
    pub(crate) chunk: &'i [u8],
    /// Where the current line starts.
    pub(crate) at: usize,
    /// Where the block starts that was looked at last.
    block: usize,
    /// The line ends of that block which have not been stepped over.
    ends: u64,
    /// Whether all that has been looked at is ASCII, from the block on in which the current line starts.
    ascii: bool,
}

impl<'i> Lines<'i> {
    /// The lines of the chunk from `at` on.
    #[inline(always)]
    pub(crate) fn new(chunk: &'i [u8], at: usize) -> Self {
        let Masks { ends, ascii } = look(chunk, at);
        Self { chunk, at, block: at, ends, ascii }
    }

    /// All lines of a text, which as a rule is short: a call for that would take a third of the time of a small frame.
    #[inline(always)]
    pub(crate) fn of_text(text: &'i [u8]) -> Self {
        let Masks { ends, ascii } = match text.first_chunk() {
            Some(block) => kernel::block(block),
            None => short_block(text),
        };
        Self { chunk: text, at: 0, block: 0, ends, ascii }
    }

    /// Where the current line ends, if it ends in the chunk.
    #[inline(always)]
    pub(crate) fn end(&mut self) -> Option<usize> {
        while self.ends == 0 {
            self.next_block()?;
        }
        Some(self.block + self.ends.trailing_zeros() as usize)
    }

    /// Goes on from the current line, which ends at `end`, to the next one.
    #[inline(always)]
    pub(crate) fn step(&mut self, end: usize) {
        self.at = end + 1;
        self.ends &= self.ends - 1;
    }

    #[inline(always)]
    fn next_block(&mut self) -> Option<()> {
        self.block = self.block.wrapping_add(BLOCK);
        if self.block > self.at + LONG {
            return self.next_far();
        }
        if self.block >= self.chunk.len() {
            return None;
        }
        let Masks { ends, ascii } = look(self.chunk, self.block);
        // What comes before the line's first block says nothing about the line.
        self.ascii = ascii && (self.ascii || self.at >= self.block);
        self.ends = ends;
        Some(())
    }

    /// Goes on to the end of a long line.
    #[inline(always)]
    fn next_far(&mut self) -> Option<()> {
        let rest = self.chunk.get(self.block..)?;
        let (length, ascii) = find_far_end(rest);
        self.ascii &= ascii;
        if length == rest.len() {
            self.block = self.chunk.len();
            return None;
        }
        // As if it were the last byte of a block, since nothing is known of what follows.
        self.block = self.block + length + 1 - BLOCK;
        self.ends = 1 << (BLOCK - 1);
        Some(())
    }

    /// The first eight bytes of the current line and of what follows it.
    #[inline(always)]
    pub(crate) fn first_8(&self) -> u64 {
        match self.chunk.get(self.at..).and_then(|rest| rest.first_chunk()) {
            Some(first) => u64::from_le_bytes(*first),
            // With a copy of what it needs, because a reference would force the cursor into memory.
            None => first_few(self.chunk, self.at),
        }
    }

    /// The current line from `value_at` on.
    #[inline(always)]
    pub(crate) fn piece(&self, value_at: usize, end: usize) -> Piece<'i> {
        Piece::new(&self.chunk[self.at + value_at..end], self.ascii)
    }

    /// The current line from `value_at` on as text, if it is UTF-8 and ends by `room_end`.
    #[inline(always)]
    pub(crate) fn text(&self, value_at: usize, end: usize, room_end: usize) -> Option<&'i str> {
        if end > room_end {
            return None;
        }
        self.piece(value_at, end).to_str()
    }

    /// The chunk from the current line on.
    #[inline(always)]
    pub(crate) fn rest(&self) -> &'i [u8] {
        self.chunk.get(self.at..).unwrap_or_default()
    }

    /// Whether these bytes follow the line that ends at `end`.
    #[inline(always)]
    pub(crate) fn is_next(&self, end: usize, bytes: &str) -> bool {
        self.chunk.get(end + 1..).is_some_and(|rest| rest.starts_with(bytes.as_bytes()))
    }

    /// Whether what ends at `end` is no line, but the LF of a CRLF: its CR has ended one, as each CR does.
    #[inline(always)]
    pub(crate) fn is_in_crlf(&self, end: usize) -> bool {
        self.chunk.get(end.wrapping_sub(1)) == Some(&b'\r') && self.chunk[end] == b'\n'
    }

    /// Returns the current line of a text, and goes on to the next one; `None` if it is the last: then `rest` is all of
    /// it. Here a CRLF is one end.
    #[inline(always)]
    pub(crate) fn next_of_text(&mut self) -> Option<&'i [u8]> {
        let mut end = self.end()?;
        if end == self.at && self.is_in_crlf(end) {
            self.step(end);
            end = self.end()?;
        }
        let line = &self.chunk[self.at..end];
        self.step(end);
        Some(line)
    }

    /// Goes on to a later line, which starts so many bytes after the current one.
    #[inline(always)]
    pub(crate) fn skip(&mut self, length: usize) {
        let at = self.at + length;
        // As if the block before it had been looked at: the look at its own comes with the next `end`.
        *self = Self { at, block: at.wrapping_sub(BLOCK), ends: 0, ascii: true, ..*self };
    }
}

/// The first eight bytes as a little-endian number; of fewer, zeros follow the last.
#[inline(always)]
pub(crate) fn first_8(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk() {
        u64::from_le_bytes(*first)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
        first | last << (8 * (bytes.len() - 4))
    } else {
        bytes.iter().rev().fold(0, |first, &byte| first << 8 | u64::from(byte))
    }
}

#[cold]
fn first_few(chunk: &[u8], at: usize) -> u64 {
    first_8(chunk.get(at..).unwrap_or_default())
}

/// Looks at 64 bytes, or at what there is.
#[inline(always)]
fn look(chunk: &[u8], at: usize) -> Masks {
    if let Some(block) = chunk.get(at..).and_then(|rest| rest.first_chunk()) {
        count_looked_at(BLOCK);
        return kernel::block(block);
    }
    look_at_rest(chunk, at)
}

#[inline(never)]
fn look_at_rest(chunk: &[u8], at: usize) -> Masks {
    let rest = chunk.get(at..).unwrap_or_default();
    match chunk.last_chunk() {
        // With what stands before it, it is a block.
        Some(last) if !rest.is_empty() => {
            count_looked_at(BLOCK);
            let Masks { ends, ascii } = kernel::block(last);
            Masks { ends: ends >> (BLOCK - rest.len()), ascii }
        }
        _ => short_block(rest),
    }
}

/// The first CR or LF, or the length, and whether what comes before it is ASCII (false says nothing).
#[inline(always)]
pub(crate) fn find_end(bytes: &[u8]) -> (usize, bool) {
    if bytes.len() >= BLOCK {
        return find_far_end(bytes);
    }
    let Masks { ends, ascii } = short_block(bytes);
    (bytes.len().min(ends.trailing_zeros() as usize), ascii)
}

#[inline(never)]
fn find_far_end(bytes: &[u8]) -> (usize, bool) {
    let (mut at, mut all_ascii) = (0, true);
    while at < bytes.len() {
        if all_ascii {
            // Most of a long line is plain.
            let plain = kernel::plain_len(&bytes[at..]);
            count_looked_at(plain);
            at += plain;
        } else if bytes.len() - at > LONG {
            // The text has to be checked anyway, so memchr, with the widest vectors there are, finds the end.
            let end = memchr::memchr2(b'\r', b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            count_looked_at(end - at);
            return (end, false);
        }
        let Masks { ends, ascii } = look(bytes, at);
        all_ascii &= ascii;
        if ends != 0 {
            return (at + ends.trailing_zeros() as usize, all_ascii);
        }
        at += BLOCK;
    }
    (bytes.len(), all_ascii)
}

/// Where the first line starts that is neither blank nor starts with `:`; or the length. The bytes begin with the start
/// of a line if `carried` is 1, inside a line if it is 0.
#[inline(never)]
pub(crate) fn skip_colons(bytes: &[u8], mut carried: u64) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let Masks { ends, .. } = look(bytes, at);
        // A line starts after each end. If it ends there as well, it is blank, or the LF of a CRLF.
        let mut starts = (ends << 1 | carried) & !ends;
        while starts != 0 {
            let start = at + starts.trailing_zeros() as usize;
            match bytes.get(start) {
                Some(b':') => starts &= starts - 1,
                Some(_) => return start,
                None => break,
            }
        }
        carried = ends >> (BLOCK - 1);
        at += BLOCK;
    }
    bytes.len()
}

/// What is to be known of a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Masks {
    /// Bit n is set if byte n is CR or LF.
    ends: u64,
    /// Whether every byte is below 0x80.
    ascii: bool,
}

/// Looks at a block of less than 64 bytes.
#[inline]
fn short_block(bytes: &[u8]) -> Masks {
    count_looked_at(bytes.len());
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

/// Bytes looked at in one go: one bit each in a `u64`.
const BLOCK: usize = 64;

/// After so much of a line the widest vectors pay: with half of it, 40 kB in chunks of 1460 bytes takes 7 % less, but a
/// line of 290 bytes 24 % more.
const LONG: usize = 4 * BLOCK;

/// From here to 0x7F a byte is ASCII and ends no line: CR, the higher of the two, is 0x0D.
const PLAIN_FROM: u8 = b'\r' + 1;

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::Lines;

    /// The lines that end in the chunk, and whether each is sure to be ASCII.
    fn lines(chunk: &[u8]) -> Vec<(&[u8], bool)> {
        lines_from(Lines::new(chunk, 0), chunk)
    }

    fn lines_from<'i>(mut lines: Lines<'i>, chunk: &'i [u8]) -> Vec<(&'i [u8], bool)> {
        let mut found = Vec::new();
        while let Some(end) = lines.end() {
            let line = lines.piece(0, end);
            if !lines.is_in_crlf(end) {
                found.push((line.bytes(), line.is_ascii()));
            }
            lines.step(end);
        }
        assert!(!chunk[lines.at..].iter().any(|byte| b"\r\n".contains(byte)));
        found
    }

    proptest! {
        #[test]
        fn every_whole_line_is_found(
            parts in vec((0..600_usize, select(&["", "x", "é", "\r", "\n", "\r\n", "\n\n", "\r\r\n"][..])), 0..9),
        ) {
            let text: String = parts.iter().flat_map(|&(length, part)| ["a".repeat(length), part.into()]).collect();
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
}
