//! [`Utf8Bytes`]: a `str` in shared memory.

use alloc::string::String;
use core::{
    borrow::Borrow,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    str::Utf8Error,
};

use bytes::Bytes;

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
    pub const fn new() -> Self {
        Self::from_static("")
    }

    /// Returns text that lives in the program; allocates nothing.
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
    #[inline]
    #[expect(unsafe_code, reason = "the safe way is a pass over the text at each look")]
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
