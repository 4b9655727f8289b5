//! Blocks with SSE2, which every x86-64 processor has.
//!
//! Wider vectors, chosen at run time, were not worth their cost: the test for plain bytes below runs at about the speed
//! of the first-level cache already, and a call that cannot be inlined costs more than it saves on short lines.

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    _mm_setzero_si128,
};

use super::{BLOCK, Masks, PLAIN_FROM};

/// Marks the line ends and the bytes from 0x80 on; bit n stands for byte n.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn masks(block: &[u8; BLOCK]) -> Masks {
    let mut masks = Masks::default();
    for (at, part) in block.chunks_exact(16).enumerate() {
        masks |= masks16(load(part)).shifted(16 * at);
    }
    masks
}

/// The same for 16 to 64 bytes.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn masks_from_16(bytes: &[u8]) -> Masks {
    let mut masks = Masks::default();
    let parts = bytes.chunks_exact(16);
    let whole = bytes.len() - parts.remainder().len();
    for (at, part) in parts.enumerate() {
        masks |= masks16(load(part)).shifted(16 * at);
    }
    if whole < bytes.len() {
        // The last 16 bytes once more, those already seen included: no loop over what is left.
        let last = bytes.len() - 16;
        masks |= masks16(load(&bytes[last..])).shifted(last);
    }
    masks
}

/// The same for 8 to 16 bytes.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn masks_from_8(first: [u8; 8], last: [u8; 8], len: usize) -> Masks {
    let both = masks16(_mm_set_epi64x(i64::from_le_bytes(last), i64::from_le_bytes(first)));
    Masks { ends: both.ends & 0xFF, high: both.high & 0xFF }
        | Masks { ends: both.ends >> 8, high: both.high >> 8 }.shifted(len - 8)
}

/// Whether each byte is ASCII, and neither CR nor LF: true is exact, false asks for a closer look.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn is_plain(block: &[u8; BLOCK]) -> bool {
    // One signed comparison finds the control bytes below PLAIN_FROM and, being negative, those from 0x80 on.
    let plain_from = _mm_set1_epi8(PLAIN_FROM.cast_signed());
    let mut found = _mm_setzero_si128();
    for part in block.chunks_exact(16) {
        found = _mm_or_si128(found, _mm_cmplt_epi8(load(part), plain_from));
    }
    _mm_movemask_epi8(found) == 0
}

#[inline]
#[target_feature(enable = "sse2")]
fn masks16(bytes: __m128i) -> Masks {
    let lf = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\n'.cast_signed()));
    let cr = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\r'.cast_signed()));
    // A mask of 16 lanes has 16 bits: nothing is lost.
    let ends = _mm_movemask_epi8(_mm_or_si128(lf, cr)).cast_unsigned();
    let high = _mm_movemask_epi8(bytes).cast_unsigned();
    Masks { ends: u64::from(ends), high: u64::from(high) }
}

/// Two 8-byte reads, which the compiler makes one load; the slice has at least 16 bytes.
#[inline]
#[target_feature(enable = "sse2")]
fn load(bytes: &[u8]) -> __m128i {
    let (first, rest) = bytes.split_at(8);
    let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |word| i64::from_le_bytes(*word));
    _mm_set_epi64x(word(rest), word(first))
}
