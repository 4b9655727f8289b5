//! [`Piece`]: bytes of a line, and what the scan knows of them.

use super::check;

/// Bytes of one line, or of a part of one, in a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'i> {
    bytes: &'i [u8],
    /// Invariant: set only if each of `bytes` is below 0x80. Not set says nothing.
    ascii: bool,
}

impl<'i> Piece<'i> {
    /// Bytes that have been seen to be ASCII, or of which nothing is known.
    ///
    /// This is the one place that believes the scan, so that a debug build catches a scan that is wrong.
    #[inline(always)]
    pub(crate) fn new(bytes: &'i [u8], ascii: bool) -> Self {
        debug_assert!(!ascii || bytes.is_ascii(), "the scan took other bytes for ASCII");
        Self { bytes, ascii }
    }

    pub(crate) fn bytes(self) -> &'i [u8] {
        self.bytes
    }

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
    #[expect(
        unsafe_code,
        reason = "the scan has seen these bytes: to check them again takes 66 % more on 17-byte events"
    )]
    pub(crate) fn to_str(self) -> Option<&'i str> {
        if self.ascii {
            debug_assert!(self.bytes.is_ascii());
            // SAFETY: `ascii` promises bytes below 0x80, and such bytes are UTF-8.
            return Some(unsafe { core::str::from_utf8_unchecked(self.bytes) });
        }
        check(self.bytes)
    }
}
