//! Blocks in words of eight bytes, for every processor: the fallback of the vector files beside it.

use super::{BLOCK, Masks, PLAIN_FROM};

/// Marks the line ends and the bytes from 0x80 on; bit n stands for byte n.
#[inline]
pub(super) fn masks(block: &[u8; BLOCK]) -> Masks {
    masks_from_16(block)
}

/// The same for 16 to 64 bytes.
#[inline]
pub(super) fn masks_from_16(bytes: &[u8]) -> Masks {
    let mut masks = Masks::default();
    let words = bytes.chunks_exact(8);
    let whole = bytes.len() - words.remainder().len();
    for (at, word) in words.enumerate() {
        masks |= masks8(load(word)).shifted(8 * at);
    }
    if whole < bytes.len() {
        // The last 8 bytes once more, those already seen included: no loop over what is left.
        let last = bytes.len() - 8;
        masks |= masks8(load(&bytes[last..])).shifted(last);
    }
    masks
}

/// The same for 8 to 16 bytes.
#[inline]
pub(super) fn masks_from_8(first: [u8; 8], last: [u8; 8], len: usize) -> Masks {
    masks8(u64::from_le_bytes(first)) | masks8(u64::from_le_bytes(last)).shifted(len - 8)
}

/// Whether each byte is ASCII, and neither CR nor LF: true is exact, false asks for a closer look.
#[inline]
pub(super) fn is_plain(block: &[u8; BLOCK]) -> bool {
    let mut found = 0;
    for word in block.chunks_exact(8) {
        let word = load(word);
        // The subtraction borrows, so its top bit is set in each byte below PLAIN_FROM; a borrow that runs on into
        // the next byte can only mark a byte too many where there is one to mark already.
        found |= word | word.wrapping_sub(splat(PLAIN_FROM));
    }
    found & splat(0x80) == 0
}

#[inline]
fn masks8(word: u64) -> Masks {
    let ends = zero_bytes(word ^ splat(b'\n')) | zero_bytes(word ^ splat(b'\r'));
    Masks { ends: gather(ends), high: gather(word & splat(0x80)) }
}

/// 0x80 in each byte that is zero, exactly.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    let low = splat(0x7F);
    !(((word & low) + low) | word | low)
}

/// The top bits of the eight bytes as the lowest eight bits, the first byte's lowest.
#[inline]
fn gather(top_bits: u64) -> u64 {
    // Each top bit, moved to its byte's lowest place, is shifted to its own place in the top byte; no two meet.
    (top_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[inline]
fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The slice has at least 8 bytes.
#[inline]
fn load(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
}
