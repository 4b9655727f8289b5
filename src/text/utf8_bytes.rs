//! [`Utf8Bytes`]: a `str` in shared memory.

use alloc::{
    borrow::Cow,
    boxed::Box,
    string::{FromUtf8Error, String},
    vec::Vec,
};
use core::{
    borrow::Borrow,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    str::Utf8Error,
};

use bytes::{Bytes, BytesMut};

use super::check;

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
    ///
    /// ```
    /// use sse_wire::Utf8Bytes;
    ///
    /// assert!(Utf8Bytes::new().is_empty());
    /// ```
    pub const fn new() -> Self {
        Self::from_static("")
    }

    /// Returns text that lives in the program; allocates nothing.
    ///
    /// ```
    /// use sse_wire::Utf8Bytes;
    ///
    /// const DONE: Utf8Bytes = Utf8Bytes::from_static("[DONE]");
    /// assert_eq!(DONE, "[DONE]");
    /// ```
    pub const fn from_static(text: &'static str) -> Self {
        Self { bytes: Bytes::from_static(text.as_bytes()) }
    }

    /// Bytes that this folder knows to be UTF-8: looking again at 40 kB in 1460-byte chunks takes 81 % more.
    #[inline(always)]
    pub(super) fn of_text(bytes: Bytes) -> Self {
        debug_assert!(core::str::from_utf8(&bytes).is_ok());
        Self { bytes }
    }

    /// Returns the text.
    ///
    /// ```
    /// use sse_wire::Utf8Bytes;
    ///
    /// let text = Utf8Bytes::from("some text");
    /// assert_eq!(text.as_str().split_once(' '), Some(("some", "text")));
    /// ```
    #[inline]
    #[expect(unsafe_code, reason = "the safe way is a pass over the text at each look")]
    pub fn as_str(&self) -> &str {
        debug_assert!(core::str::from_utf8(&self.bytes).is_ok());
        // SAFETY: the field's invariant, which every constructor keeps and no method can break.
        unsafe { core::str::from_utf8_unchecked(&self.bytes) }
    }

    /// Returns the bytes, in the same memory.
    ///
    /// ```
    /// use sse_wire::Utf8Bytes;
    ///
    /// assert_eq!(Utf8Bytes::from("text").into_bytes(), "text");
    /// ```
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

impl From<Box<str>> for Utf8Bytes {
    /// Takes over the memory.
    fn from(text: Box<str>) -> Self {
        text.into_string().into()
    }
}

impl From<Cow<'_, str>> for Utf8Bytes {
    /// Takes over the memory of an owned text, and copies a borrowed one.
    fn from(text: Cow<'_, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

impl TryFrom<Vec<u8>> for Utf8Bytes {
    type Error = FromUtf8Error;

    /// Takes over the memory, if it holds UTF-8; the error gives it back.
    fn try_from(bytes: Vec<u8>) -> Result<Self, FromUtf8Error> {
        String::from_utf8(bytes).map(Self::from)
    }
}

impl TryFrom<BytesMut> for Utf8Bytes {
    type Error = Utf8Error;

    /// Takes over the memory, if it holds UTF-8.
    fn try_from(bytes: BytesMut) -> Result<Self, Utf8Error> {
        bytes.freeze().try_into()
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

impl From<Utf8Bytes> for Vec<u8> {
    /// Takes over the memory if nobody shares it, else copies the text.
    fn from(text: Utf8Bytes) -> Self {
        text.bytes.into()
    }
}

impl From<Utf8Bytes> for String {
    /// Takes over the memory if nobody shares it, else copies the text.
    ///
    /// ```
    /// use sse_wire::Utf8Bytes;
    ///
    /// let text = Utf8Bytes::from("é".repeat(1000));
    /// let at = text.as_ptr();
    /// let text = String::from(text);
    /// assert_eq!(text.as_ptr(), at);
    /// ```
    #[expect(unsafe_code, reason = "the safe way is a pass over the text")]
    fn from(text: Utf8Bytes) -> Self {
        debug_assert!(core::str::from_utf8(&text.bytes).is_ok());
        // SAFETY: the field's invariant.
        unsafe { Self::from_utf8_unchecked(text.bytes.into()) }
    }
}

impl From<Utf8Bytes> for Box<str> {
    /// Takes over the memory if nobody shares it and it has no room to spare, else copies the text.
    fn from(text: Utf8Bytes) -> Self {
        String::from(text).into()
    }
}

impl From<Utf8Bytes> for Cow<'_, str> {
    fn from(text: Utf8Bytes) -> Self {
        Cow::Owned(text.into())
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

/// Hashes as the text does, as `Borrow<str>` demands.
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

impl PartialEq<String> for Utf8Bytes {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Utf8Bytes> for str {
    fn eq(&self, other: &Utf8Bytes) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Utf8Bytes> for &str {
    fn eq(&self, other: &Utf8Bytes) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<Utf8Bytes> for String {
    fn eq(&self, other: &Utf8Bytes) -> bool {
        self == other.as_str()
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
