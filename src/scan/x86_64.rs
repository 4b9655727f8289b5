//! Blocks with SSE2, which every x86-64 processor has.
//!
//! Wider vectors, chosen at run time, were not worth their cost: the test for plain bytes below runs at about the speed
//! of the first-level cache already, and a call that cannot be inlined costs more than it saves on short lines.

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
    _mm_set1_epi8, _mm_setzero_si128,
};

use super::{BLOCK, Masks, PLAIN_FROM};

/// Looks at 64 bytes.
#[inline]
pub(super) fn block(block: &[u8; BLOCK]) -> Masks {
    // SAFETY: SSE2, which the function asks for, is part of the x86-64 base: there is no processor without it.
    unsafe { block_sse2(block) }
}

/// Looks at 16 to 64 bytes, the last 16 of which are `last`.
#[inline]
pub(super) fn from_16(bytes: &[u8], last: &[u8; 16]) -> Masks {
    // SAFETY: SSE2, which the function asks for, is part of the x86-64 base: there is no processor without it.
    unsafe { from_16_sse2(bytes, last) }
}

/// Looks at `len` bytes, 8 to 16, given as the first and the last 8.
#[inline]
pub(super) fn from_8(first: [u8; 8], last: [u8; 8], len: usize) -> Masks {
    // SAFETY: SSE2, which the function asks for, is part of the x86-64 base: there is no processor without it.
    unsafe { from_8_sse2(first, last, len) }
}

/// Whether each byte is ASCII, and neither CR nor LF: true is exact, false asks for a closer look.
#[inline]
pub(super) fn is_plain(block: &[u8; BLOCK]) -> bool {
    // SAFETY: SSE2, which the function asks for, is part of the x86-64 base: there is no processor without it.
    unsafe { is_plain_sse2(block) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn block_sse2(block: &[u8; BLOCK]) -> Masks {
    let (mut ends, mut all) = (0, _mm_setzero_si128());
    for (at, part) in block.as_chunks().0.iter().enumerate() {
        let bytes = load(part);
        ends |= line_ends(bytes) << (16 * at);
        all = _mm_or_si128(all, bytes);
    }
    Masks { ends, ascii: is_ascii(all) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn from_16_sse2(bytes: &[u8], last: &[u8; 16]) -> Masks {
    // The last 16 bytes first, the others after them, a few of them twice: no loop over what is left.
    let mut all = load(last);
    let mut ends = line_ends(all) << (bytes.len() - 16);
    for (at, part) in bytes.as_chunks().0.iter().enumerate() {
        let bytes = load(part);
        ends |= line_ends(bytes) << (16 * at);
        all = _mm_or_si128(all, bytes);
    }
    Masks { ends, ascii: is_ascii(all) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn from_8_sse2(first: [u8; 8], last: [u8; 8], len: usize) -> Masks {
    let bytes = _mm_set_epi64x(i64::from_le_bytes(last), i64::from_le_bytes(first));
    let ends = line_ends(bytes);
    Masks { ends: ends & 0xFF | ends >> 8 << (len - 8), ascii: is_ascii(bytes) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn is_plain_sse2(block: &[u8; BLOCK]) -> bool {
    // One signed comparison finds the control bytes below PLAIN_FROM and, being negative, those from 0x80 on.
    let plain_from = _mm_set1_epi8(PLAIN_FROM.cast_signed());
    let mut found = _mm_setzero_si128();
    for part in block.as_chunks().0 {
        found = _mm_or_si128(found, _mm_cmplt_epi8(load(part), plain_from));
    }
    _mm_movemask_epi8(found) == 0
}

/// A bit for each of the 16 bytes.
#[inline]
#[target_feature(enable = "sse2")]
fn line_ends(bytes: __m128i) -> u64 {
    let lf = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\n'.cast_signed()));
    let cr = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\r'.cast_signed()));
    u64::from(_mm_movemask_epi8(_mm_or_si128(lf, cr)).cast_unsigned())
}

#[inline]
#[target_feature(enable = "sse2")]
fn is_ascii(bytes: __m128i) -> bool {
    _mm_movemask_epi8(bytes) == 0
}

#[inline]
#[target_feature(enable = "sse2")]
fn load(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: the pointer is good for 16 bytes, and the instruction asks for no alignment. Two safe 8-byte reads would do
    // as well, but the compiler makes one load of them only now and then: 10 % on small events.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}
