//! The hot loop: where the next line ends, and whether everything before it is ASCII.
//!
//! [`Scanner`] lives for one call of a decoder. It looks at the chunk in blocks of 64 bytes and keeps two bit masks of the
//! current block: line ends, and bytes from 0x80 on. Short lines are cut from one block bit by bit; a line that is longer
//! than a block goes on in [`find_end`]. Nothing outlives the call: the caller may fill the same buffer anew, and neither
//! an address nor a length could prove that he has not.
//!
//! [`Piece`] carries what the scan knows of its bytes, so that ASCII text becomes a `&str` without a second look.
#![allow(unsafe_code)] // One conversion that rests on `Piece`'s invariant, and the calls of instructions that always exist.

use core::ops::{BitOr, BitOrAssign};

#[cfg(any(test, sse_wire_portable, not(target_arch = "x86_64")))]
mod portable;
#[cfg(target_arch = "x86_64")]
#[cfg_attr(sse_wire_portable, allow(dead_code))]
mod x86_64;

/// Calls a function of the block file for this machine.
#[cfg(all(target_arch = "x86_64", not(sse_wire_portable)))]
macro_rules! kernel {
    ($($call:tt)+) => {
        // SAFETY: SSE2, which the function asks for, is part of the x86-64 base: there is no processor without it.
        unsafe { x86_64::$($call)+ }
    };
}
#[cfg(not(all(target_arch = "x86_64", not(sse_wire_portable))))]
macro_rules! kernel {
    ($($call:tt)+) => { portable::$($call)+ };
}

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
        crate::utf8::check(self.bytes)
    }
}

/// Cuts one chunk into lines.
#[derive(Debug)]
pub(crate) struct Scanner<'i> {
    chunk: &'i [u8],
    /// Where the current line starts.
    at: usize,
    /// Where the current block starts: the byte of the masks' bit 0.
    block: usize,
    /// How far the chunk has been looked at.
    seen: usize,
    /// Of the current block, from the current line on.
    masks: Masks,
    /// Whether the current line was ASCII in the blocks before this one.
    ascii: bool,
    /// Whether the last line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl<'i> Scanner<'i> {
    #[inline]
    pub(crate) fn new(chunk: &'i [u8], at: usize, after_cr: bool) -> Self {
        Self { chunk, at, block: at, seen: at, masks: Masks::default(), ascii: true, after_cr }
    }

    /// The next line, without its end; `None` if it does not end in this chunk.
    ///
    /// A line is out with the byte that ends it, so the LF of a CRLF is taken only by the call for the next line.
    #[inline]
    pub(crate) fn next_line(&mut self) -> Option<Piece<'i>> {
        if self.after_cr {
            self.skip_lf();
        }
        while self.masks.ends == 0 {
            self.ascii &= self.masks.high == 0;
            self.masks.high = 0;
            if self.seen == self.chunk.len() {
                return None;
            }
            if self.seen - self.at >= BLOCK {
                return self.next_long_line();
            }
            self.block = self.seen;
            self.masks = masks(&self.chunk[self.seen..]);
            self.seen = self.chunk.len().min(self.seen + BLOCK);
        }
        let ends = self.masks.ends;
        // The bits of the line and of its end.
        let line = ends ^ (ends - 1);
        self.ascii &= self.masks.high & line == 0;
        self.masks.ends &= !line;
        self.masks.high &= !line;
        Some(self.cut(self.block + ends.trailing_zeros() as usize))
    }

    /// `next_line` for a line that goes on behind a whole block.
    #[inline(never)]
    fn next_long_line(&mut self) -> Option<Piece<'i>> {
        let (length, ascii) = find_end(&self.chunk[self.seen..]);
        self.ascii &= ascii;
        let end = self.seen + length;
        if end == self.chunk.len() {
            self.seen = end;
            return None;
        }
        self.seen = end + 1;
        Some(self.cut(end))
    }

    #[inline]
    fn cut(&mut self, end: usize) -> Piece<'i> {
        let piece = Piece { bytes: &self.chunk[self.at..end], ascii: self.ascii };
        self.after_cr = self.chunk[end] == b'\r';
        self.ascii = true;
        self.at = end + 1;
        piece
    }

    #[inline]
    fn skip_lf(&mut self) {
        let Some(&byte) = self.chunk.get(self.at) else { return };
        self.after_cr = false;
        if byte == b'\n' {
            // Its bit is the lowest, if its block is the current one; else that block starts behind it.
            self.masks.ends &= self.masks.ends.wrapping_sub(1);
            self.at += 1;
            self.seen = self.seen.max(self.at);
        }
    }

    /// The next line and true, or what there is of it and false.
    #[inline]
    pub(crate) fn next_piece(&mut self) -> (Piece<'i>, bool) {
        match self.next_line() {
            Some(line) => (line, true),
            None => (self.rest(), false),
        }
    }

    /// The line that does not end in this chunk, as far as it is here; it may be empty. To be called once `next_line` has
    /// returned `None`.
    #[inline]
    pub(crate) fn rest(&mut self) -> Piece<'i> {
        let piece = Piece { bytes: &self.chunk[self.at..], ascii: self.ascii };
        self.at = self.chunk.len();
        piece
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
pub(crate) fn find_end(bytes: &[u8]) -> (usize, bool) {
    let mut at = 0;
    loop {
        // Most of a long line is plain.
        while let Some(block) = bytes[at..].first_chunk() {
            if !is_plain(block) {
                break;
            }
            at += BLOCK;
        }
        let masks = masks(&bytes[at..]);
        let before_end = masks.ends.wrapping_sub(1) & !masks.ends;
        if masks.ends != 0 {
            return (at + masks.ends.trailing_zeros() as usize, masks.high & before_end == 0);
        }
        if masks.high != 0 {
            // The text has to be checked anyway, and so memchr, with the widest vectors there are, finds the end.
            let from = bytes.len().min(at + BLOCK);
            count_looked_at(bytes.len() - from);
            let end = memchr::memchr2(b'\r', b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end);
            return (end, false);
        }
        if bytes.len() - at <= BLOCK {
            return (bytes.len(), true);
        }
        // Control characters such as tabs.
        at += BLOCK;
    }
}

/// Bytes looked at in one go: one bit each in a `u64`.
const BLOCK: usize = 64;

/// From here to 0x7F a byte is ASCII and ends no line: CR, the higher of the two, is 0x0D.
const PLAIN_FROM: u8 = b'\r' + 1;

/// Bit n stands for byte n of a block.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Masks {
    /// CR or LF.
    ends: u64,
    /// 0x80 or above.
    high: u64,
}

impl Masks {
    #[inline]
    fn shifted(self, by: usize) -> Self {
        Self { ends: self.ends << by, high: self.high << by }
    }
}

impl BitOr for Masks {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self { ends: self.ends | other.ends, high: self.high | other.high }
    }
}

impl BitOrAssign for Masks {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// The masks of the first block, or of all there is.
#[inline]
fn masks(bytes: &[u8]) -> Masks {
    count_looked_at(bytes.len().min(BLOCK));
    if let Some(block) = bytes.first_chunk() {
        return kernel!(masks(block));
    }
    if bytes.len() >= 16 {
        return kernel!(masks_from_16(bytes));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return kernel!(masks_from_8(*first, *last, bytes.len()));
    }
    let mut masks = Masks::default();
    for (at, &byte) in bytes.iter().enumerate() {
        let is_end = byte == b'\n' || byte == b'\r';
        masks |= Masks { ends: u64::from(is_end), high: u64::from(byte >> 7) }.shifted(at);
    }
    masks
}

#[inline]
fn is_plain(block: &[u8; BLOCK]) -> bool {
    count_looked_at(BLOCK);
    kernel!(is_plain(block))
}

/// Counts the bytes looked at, so that a test can show linear work without a timer.
#[cfg(test)]
pub(crate) fn count_looked_at(bytes: usize) {
    LOOKED_AT.with(|count| count.set(count.get() + bytes as u64));
}

#[cfg(not(test))]
#[inline]
pub(crate) fn count_looked_at(_: usize) {}

#[cfg(test)]
std::thread_local! {
    pub(crate) static LOOKED_AT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}
