//! Blocks in words of eight bytes, for every processor: the fallback of the vector file beside it.

use super::{BLOCK, Masks, PLAIN_FROM};

/// Looks at 64 bytes.
#[inline]
pub(super) fn block(block: &[u8; BLOCK]) -> Masks {
    let (mut ends, mut all) = (0, 0);
    for (at, word) in words(block).enumerate() {
        ends |= line_ends(word) << (8 * at);
        all |= word;
    }
    Masks { ends, ascii: is_ascii(all) }
}

/// Looks at 16 to 64 bytes, the last 16 of which are `last`.
#[inline]
pub(super) fn from_16(bytes: &[u8], last: &[u8; 16]) -> Masks {
    // The last 8 bytes first, the others after them, a few of them twice: no loop over what is left.
    let mut all = words(&last[8..]).fold(0, |_, word| word);
    let mut ends = line_ends(all) << (bytes.len() - 8);
    for (at, word) in words(bytes).enumerate() {
        ends |= line_ends(word) << (8 * at);
        all |= word;
    }
    Masks { ends, ascii: is_ascii(all) }
}

/// Looks at `len` bytes, 8 to 16, given as the first and the last 8.
#[inline]
pub(super) fn from_8(first: [u8; 8], last: [u8; 8], len: usize) -> Masks {
    let (first, last) = (u64::from_le_bytes(first), u64::from_le_bytes(last));
    Masks { ends: line_ends(first) | line_ends(last) << (len - 8), ascii: is_ascii(first | last) }
}

/// How many bytes from the start are ASCII and neither CR nor LF, in whole blocks; the next block asks for a closer look.
#[inline]
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    // The subtraction borrows, so its top bit is set in each byte below PLAIN_FROM; a borrow that runs on into the next
    // byte can only mark a byte too many where there is one to mark already.
    let odd = |word: u64| word | word.wrapping_sub(splat(PLAIN_FROM));
    let is_plain = |block: &&[u8; BLOCK]| is_ascii(words(*block).fold(0, |found, word| found | odd(word)));
    bytes.as_chunks().0.iter().take_while(is_plain).count() * BLOCK
}

/// A bit for each of the 8 bytes.
#[inline]
fn line_ends(word: u64) -> u64 {
    let marked = zero_bytes(word ^ splat(b'\n')) | zero_bytes(word ^ splat(b'\r'));
    // Each top bit, moved to its byte's lowest place, is shifted to its own place in the top byte; no two meet.
    (marked >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// 0x80 in each byte that is zero, exactly.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    let low = splat(0x7F);
    !(((word & low) + low) | word | low)
}

#[inline]
fn is_ascii(word: u64) -> bool {
    word & splat(0x80) == 0
}

#[inline]
fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The bytes in whole words; what is left is left out.
#[inline]
fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word))
}
