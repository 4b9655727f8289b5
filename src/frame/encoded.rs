//! [`EncodedFrames`]: whole frames as bytes, made once and sent to many.

use core::ops::Deref;

use bytes::Bytes;

use super::{Frame, FrameHead};

/// One frame, or several, in the bytes that are sent; see [`Frame::to_encoded`].
///
/// A clone shares the memory. The type is there so that nobody takes a payload for frames: what makes it is an encoder
/// of this crate, or [`from_encoded`](Self::from_encoded), where somebody says so.
///
/// ```
/// use sse_wire::Frame;
///
/// let frame = Frame::new().data("for many").to_encoded();
/// let other = frame.clone();
/// assert_eq!(other.as_ptr(), frame.as_ptr());
/// assert_eq!(frame, "data: for many\n\n");
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[must_use = "encoded frames do nothing unless they are sent"]
pub struct EncodedFrames {
    /// Invariant: nothing, or a blank line at the end, so that other frames may follow.
    bytes: Bytes,
}

impl EncodedFrames {
    /// Returns these bytes as frames: for frames that were encoded elsewhere, by another process or by an upstream
    /// server. They are shared, not copied.
    ///
    /// Only their end is looked at. What stands in them is what the receiver gets, so they have to come from somebody
    /// who may send it anything.
    ///
    /// # Errors
    ///
    /// [`PartialFrames`] if the last line is not a blank one: whatever is sent next, a keep-alive for example, would
    /// land in the middle of a frame. It gives the bytes back.
    ///
    /// # Complexity
    ///
    /// Constant, however long the bytes are.
    ///
    /// ```
    /// use sse_wire::EncodedFrames;
    ///
    /// let frames = EncodedFrames::from_encoded("id: 7\r\ndata: x\r\n\r\n")?;
    /// assert_eq!(frames.len(), 18);
    /// let error = EncodedFrames::from_encoded("id: 7\r\ndata: x\r\n").unwrap_err();
    /// assert_eq!(error.into_bytes(), "id: 7\r\ndata: x\r\n");
    /// # Ok::<(), sse_wire::PartialFrames>(())
    /// ```
    pub fn from_encoded(bytes: impl Into<Bytes>) -> Result<Self, PartialFrames> {
        let bytes = bytes.into();
        if bytes.is_empty() || ends_with_blank_line(&bytes) { Ok(Self { bytes }) } else { Err(PartialFrames { bytes }) }
    }

    /// Bytes that this crate has encoded.
    pub(crate) fn of_frames(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        debug_assert!(bytes.is_empty() || ends_with_blank_line(&bytes));
        Self { bytes }
    }

    /// Returns the bytes, in the same memory.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().data("x").to_encoded().into_bytes(), "data: x\n\n");
    /// ```
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// Whether the last line is a blank one: two line ends, or one and nothing before it.
fn ends_with_blank_line(bytes: &[u8]) -> bool {
    let ([before @ .., b'\r', b'\n'] | [before @ .., b'\r' | b'\n']) = bytes else { return false };
    matches!(before.last(), None | Some(b'\r' | b'\n'))
}

impl Deref for EncodedFrames {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for EncodedFrames {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<EncodedFrames> for Bytes {
    fn from(frames: EncodedFrames) -> Self {
        frames.bytes
    }
}

impl From<Frame<'_>> for EncodedFrames {
    fn from(frame: Frame<'_>) -> Self {
        frame.to_encoded()
    }
}

impl From<FrameHead<'_>> for EncodedFrames {
    fn from(head: FrameHead<'_>) -> Self {
        Frame::from(head).to_encoded()
    }
}

impl PartialEq<[u8]> for EncodedFrames {
    fn eq(&self, other: &[u8]) -> bool {
        self.bytes == other
    }
}

impl PartialEq<&[u8]> for EncodedFrames {
    fn eq(&self, other: &&[u8]) -> bool {
        self.bytes == other
    }
}

impl PartialEq<str> for EncodedFrames {
    fn eq(&self, other: &str) -> bool {
        self.bytes == other
    }
}

impl PartialEq<&str> for EncodedFrames {
    fn eq(&self, other: &&str) -> bool {
        self.bytes == other
    }
}

/// Bytes that end inside a frame; see [`EncodedFrames::from_encoded`].
#[derive(Clone, Debug, Eq, thiserror::Error, Hash, PartialEq)]
#[error("the bytes do not end with a blank line, so that the last frame is not whole")]
pub struct PartialFrames {
    bytes: Bytes,
}

impl PartialFrames {
    /// Returns the bytes.
    ///
    /// ```
    /// use sse_wire::EncodedFrames;
    ///
    /// let error = EncodedFrames::from_encoded("data: x\n").unwrap_err();
    /// assert_eq!(error.into_bytes(), "data: x\n");
    /// ```
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::ends_with_blank_line;

    #[test]
    fn only_a_blank_line_ends_a_frame() {
        for whole in ["\n", "\r", "\r\n", "a\n\n", "a\r\r", "a\r\n\r\n", "a\r\n\n", "a\n\r\n", "a\n\r", "\n\n"] {
            assert!(ends_with_blank_line(whole.as_bytes()), "{whole:?}");
        }
        for part in ["", "a", "a\n", "a\r", "a\r\n", "\n\na", "\na\r\n"] {
            assert!(!ends_with_blank_line(part.as_bytes()), "{part:?}");
        }
    }
}
