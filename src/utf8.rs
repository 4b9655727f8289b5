//! Text: the check that bytes are UTF-8, U+FFFD where they are not, and [`Utf8Bytes`], a `str` in shared memory.
#![allow(unsafe_code)] // One conversion, in `Utf8Bytes::as_str`, that rests on its invariant.

mod texts;

use alloc::string::String;
use core::{
    borrow::Borrow,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    str::Utf8Error,
};

use bytes::Bytes;

pub(crate) use self::texts::{SHORT, Spans, Texts};
use crate::count::count_looked_at;

/// Text in memory that is shared, not copied, when it is cloned: [`Bytes`] that are UTF-8.
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::Utf8Bytes;
///
/// let text = Utf8Bytes::try_from(Bytes::from_static(b"caf\xC3\xA9"))?;
/// assert_eq!(text, "café");
/// # Ok::<(), core::str::Utf8Error>(())
/// ```
#[derive(Clone, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Utf8Bytes {
    /// Invariant: UTF-8.
    bytes: Bytes,
}

impl Utf8Bytes {
    /// Returns empty text; allocates nothing.
    pub const fn new() -> Self {
        Self::from_static("")
    }

    /// Returns text that lives in the program; allocates nothing.
    pub const fn from_static(text: &'static str) -> Self {
        Self { bytes: Bytes::from_static(text.as_bytes()) }
    }

    /// The text as a shared slice of `chunk`, in whose memory it must stand, or be empty.
    #[inline]
    pub(crate) fn slice_of(chunk: &Bytes, text: &str) -> Self {
        if text.is_empty() {
            return Self::new();
        }
        // `Bytes::slice_ref` does the same, but cannot be inlined.
        let start = text.as_ptr().addr() - chunk.as_ptr().addr();
        let bytes = chunk.slice(start..start + text.len());
        debug_assert_eq!(bytes.as_ptr(), text.as_ptr());
        Self { bytes }
    }

    /// Returns the text.
    #[inline]
    pub fn as_str(&self) -> &str {
        debug_assert!(core::str::from_utf8(&self.bytes).is_ok());
        // SAFETY: the field's invariant, which every constructor keeps and no method can break.
        unsafe { core::str::from_utf8_unchecked(&self.bytes) }
    }

    /// Returns the bytes, in the same memory.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl From<&str> for Utf8Bytes {
    /// Copies the text.
    fn from(text: &str) -> Self {
        Self { bytes: Bytes::copy_from_slice(text.as_bytes()) }
    }
}

impl From<String> for Utf8Bytes {
    /// Takes over the memory.
    fn from(text: String) -> Self {
        Self { bytes: Bytes::from(text) }
    }
}

impl TryFrom<Bytes> for Utf8Bytes {
    type Error = Utf8Error;

    /// Takes over the memory, if it holds UTF-8.
    fn try_from(bytes: Bytes) -> Result<Self, Utf8Error> {
        match check(&bytes) {
            Some(_) => Ok(Self { bytes }),
            // Once more, for an error that tells the place.
            None => core::str::from_utf8(&bytes).map(|_| Self::new()),
        }
    }
}

impl From<Utf8Bytes> for Bytes {
    fn from(text: Utf8Bytes) -> Self {
        text.bytes
    }
}

impl Deref for Utf8Bytes {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Utf8Bytes {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for Utf8Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Borrow<str> for Utf8Bytes {
    fn borrow(&self) -> &str {
        self
    }
}

/// That of the text, as `Borrow<str>` demands.
impl Hash for Utf8Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq<str> for Utf8Bytes {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Utf8Bytes {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Utf8Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Utf8Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

/// The bytes as text, if they are UTF-8.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Option<&str> {
    count_looked_at(bytes.len());
    #[cfg(feature = "simdutf8")]
    return simdutf8::basic::from_utf8(bytes).ok();
    #[cfg(not(feature = "simdutf8"))]
    core::str::from_utf8(bytes).ok()
}

/// How many bytes from the start are UTF-8.
#[cold]
pub(crate) fn valid_up_to(bytes: &[u8]) -> usize {
    core::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len)
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
/// is that of the whole slice behind `from`, has room.
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
