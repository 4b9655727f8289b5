//! Text: the types that know their bytes to be UTF-8, and what makes text of bytes that are not.
//!
//! With the vector instructions in `scan`, this folder is the only place with `unsafe` code: each of these types skips
//! a check that its own invariant makes needless, or writes into memory that nobody has initialised first.

pub(crate) mod buffer;
pub(crate) mod event_text;
pub(crate) mod piece;
pub(crate) mod put;
pub(crate) mod utf8_bytes;

use crate::count::count_looked_at;

/// The bytes as text, if they are UTF-8.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Option<&str> {
    count_looked_at(bytes.len());
    #[cfg(feature = "simdutf8")]
    return simdutf8::basic::from_utf8(bytes).ok();
    #[cfg(not(feature = "simdutf8"))]
    core::str::from_utf8(bytes).ok()
}

/// How long `bytes` get with U+FFFD for each maximal part of an invalid sequence (Encoding Standard, 4.1, "UTF-8
/// decode").
///
/// # Errors
///
/// The index of the first byte whose text passes `room`.
#[cold]
pub(crate) fn replaced_len(bytes: &[u8], room: usize) -> Result<usize, usize> {
    let (mut length, mut read) = (0, 0);
    for part in bytes.utf8_chunks() {
        let (valid, invalid) = (part.valid().len(), part.invalid().len());
        if length + valid > room {
            return Err(read + (room - length));
        }
        read += valid;
        length += valid;
        if invalid > 0 {
            length += REPLACEMENT.len();
            if length > room {
                return Err(read);
            }
            read += invalid;
        }
    }
    Ok(length)
}

/// Replaces what is not UTF-8 in `buffer[from..]`, which is followed by unused bytes so that the result, whose length
/// is that of the whole slice after `from`, has room.
///
/// No sequence gets shorter (a maximal part has at most three bytes, and so has U+FFFD), so the text is moved to the
/// end first and then written from the front without ever overtaking what is still to be read.
#[cold]
pub(crate) fn replace_in_place(buffer: &mut [u8], from: usize, length: usize) {
    let end = buffer.len();
    let mut read = end - length;
    buffer.copy_within(from..from + length, read);
    let mut write = from;
    while let Some(part) = buffer[read..].utf8_chunks().next() {
        let (valid, invalid) = (part.valid().len(), part.invalid().len());
        buffer.copy_within(read..read + valid, write);
        read += valid + invalid;
        write += valid;
        if invalid > 0 {
            buffer[write..write + REPLACEMENT.len()].copy_from_slice(REPLACEMENT.as_bytes());
            write += REPLACEMENT.len();
        }
    }
}

/// U+FFFD in UTF-8.
const REPLACEMENT: &str = "\u{FFFD}";
