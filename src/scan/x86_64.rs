//! Blocks with SSE2, which all x86-64 targets but those of some kernels have, and long lines with AVX2 where there is a way
//! to ask for it.
//!
//! A function for AVX2 cannot be inlined into one without, so for short lines the call would cost more than it saves.

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
    _mm_set1_epi8, _mm_setzero_si128,
};
#[cfg(feature = "std")]
use core::arch::x86_64::{
    _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_setzero_si256,
};

use super::{BLOCK, Masks, PLAIN_FROM};

/// Looks at 64 bytes.
#[inline]
pub(super) fn block(block: &[u8; BLOCK]) -> Masks {
    // SAFETY: this file is compiled only where SSE2, which the function asks for, is a feature of the target.
    unsafe { block_sse2(block) }
}

/// Looks at 16 to 64 bytes, the last 16 of which are `last`.
#[inline]
pub(super) fn from_16(bytes: &[u8], last: &[u8; 16]) -> Masks {
    // SAFETY: this file is compiled only where SSE2, which the function asks for, is a feature of the target.
    unsafe { from_16_sse2(bytes, last) }
}

/// Looks at `len` bytes, 8 to 16, given as the first and the last 8.
#[inline]
pub(super) fn from_8(first: [u8; 8], last: [u8; 8], len: usize) -> Masks {
    // SAFETY: this file is compiled only where SSE2, which the function asks for, is a feature of the target.
    unsafe { from_8_sse2(first, last, len) }
}

/// How many bytes from the start are ASCII and neither CR nor LF, in whole blocks; the next block asks for a closer
/// look.
#[inline]
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    #[cfg(feature = "std")]
    if bytes.len() >= LONG && std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has AVX2.
        return unsafe { plain_len_avx2(bytes) };
    }
    // SAFETY: this file is compiled only where SSE2, which the function asks for, is a feature of the target.
    unsafe { plain_len_sse2(bytes) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn block_sse2(block: &[u8; BLOCK]) -> Masks {
    whole_parts(block, 0, _mm_setzero_si128())
}

#[inline]
#[target_feature(enable = "sse2")]
fn from_16_sse2(bytes: &[u8], last: &[u8; 16]) -> Masks {
    // The last 16 bytes first, the others after them, a few of them twice: no loop over what is left.
    let last = load(last);
    whole_parts(bytes, line_ends(last) << (bytes.len() - 16), last)
}

/// The masks of whole parts of 16 bytes, added to those of what has been looked at already.
#[inline]
#[target_feature(enable = "sse2")]
fn whole_parts(bytes: &[u8], mut ends: u64, mut all: __m128i) -> Masks {
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
fn plain_len_sse2(bytes: &[u8]) -> usize {
    // One signed comparison finds the control bytes below PLAIN_FROM and, being negative, those from 0x80 on.
    let plain_from = _mm_set1_epi8(PLAIN_FROM.cast_signed());
    let is_plain = |block: &&[u8; BLOCK]| {
        let mut found = _mm_setzero_si128();
        for part in block.as_chunks().0 {
            found = _mm_or_si128(found, _mm_cmplt_epi8(load(part), plain_from));
        }
        _mm_movemask_epi8(found) == 0
    };
    bytes.as_chunks().0.iter().take_while(is_plain).count() * BLOCK
}

/// The same, 128 bytes at a time: 40 kB in 360 ns instead of 560.
#[cfg(feature = "std")]
#[target_feature(enable = "avx2")]
fn plain_len_avx2(bytes: &[u8]) -> usize {
    let plain_from = _mm256_set1_epi8(PLAIN_FROM.cast_signed());
    let is_plain = |blocks: &&[u8; 2 * BLOCK]| {
        let mut found = _mm256_setzero_si256();
        for part in blocks.as_chunks::<32>().0 {
            // SAFETY: the pointer is good for 32 bytes, and the instruction asks for no alignment.
            let bytes = unsafe { _mm256_loadu_si256(part.as_ptr().cast()) };
            found = _mm256_or_si256(found, _mm256_cmpgt_epi8(plain_from, bytes));
        }
        _mm256_movemask_epi8(found) == 0
    };
    bytes.as_chunks().0.iter().take_while(is_plain).count() * 2 * BLOCK
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
    // SAFETY: the pointer is good for 16 bytes, and the instruction asks for no alignment. Two safe 8-byte reads would
    // do as well, but the compiler makes one load of them only now and then: 10 % on small events.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// From here on AVX2 pays for its call and for the question whether it is there.
#[cfg(feature = "std")]
const LONG: usize = 512;
