//! [`FrameHead`]: a frame whose data is not borrowed text, or not yet at hand.

use bytes::BufMut;

use super::{DataWriter, Frame, FrameBuf};
use crate::text::utf8_bytes::Utf8Bytes;

/// The fields of a frame without its data: the start of every way to give data that is not borrowed text.
///
/// ```
/// use sse_wire::{Frame, Utf8Bytes};
///
/// let payload = Utf8Bytes::from("in shared memory");
/// let frame = Frame::head().event_type("note")?.shared_data(payload);
/// # assert_eq!(bytes::Buf::chunk(&frame), b"event: note\ndata: ");
/// # Ok::<(), sse_wire::InvalidField>(())
/// ```
///
/// Data that is set cannot be replaced by mistake:
///
/// ```compile_fail,E0599
/// # use sse_wire::Frame;
/// let frame = Frame::new().data("mine").shared_data("another's");
/// ```
pub type FrameHead<'a> = Frame<'a, ()>;

impl<'a> FrameHead<'a> {
    /// Returns the start of a frame: no field is set.
    ///
    /// ```
    /// use bytes::Buf;
    /// use sse_wire::Frame;
    ///
    /// let mut frame = Frame::head().shared_data("x");
    /// assert_eq!(frame.copy_to_bytes(frame.remaining()), "data: x\n\n");
    /// ```
    pub const fn head() -> Self {
        Self { comment: None, event_type: None, id: None, retry: None, data: () }
    }

    /// Returns the frame with this data; see [`Frame::data`].
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// // What the frames of a room have in common.
    /// let head = Frame::head().event_type("chat")?;
    /// assert_eq!(head.data("hello").to_encoded(), "event: chat\ndata: hello\n\n");
    /// assert_eq!(head.data("bye").to_encoded(), "event: chat\ndata: bye\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub const fn data(self, text: &'a str) -> Frame<'a> {
        let Self { comment, event_type, id, retry, data: () } = self;
        Frame { comment, event_type, id, retry, data: Some(text) }
    }

    /// Returns the frame with this data, whose memory is shared, not copied.
    ///
    /// # Complexity
    ///
    /// One pass over the data.
    ///
    /// ```
    /// use bytes::Buf;
    /// use sse_wire::{Frame, Utf8Bytes};
    ///
    /// let payload = Utf8Bytes::from("one\ntwo");
    /// let mut frame = Frame::head().id("7")?.shared_data(payload);
    /// assert_eq!(frame.copy_to_bytes(frame.remaining()), "id: 7\ndata: one\ndata: two\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub fn shared_data(self, data: impl Into<Utf8Bytes>) -> FrameBuf {
        FrameBuf::new(&self, data.into())
    }

    /// Starts writing the frame, and returns the writer for its data.
    ///
    /// # Panics
    ///
    /// Panics if `dst` has no room; see [`Frame::encode`].
    ///
    /// ```
    /// use std::fmt::Write;
    /// use sse_wire::Frame;
    ///
    /// let mut buffer = Vec::new();
    /// let mut data = Frame::head().data_writer(&mut buffer);
    /// write!(data, "{} of {}", 3, 10)?;
    /// data.finish();
    /// assert_eq!(buffer, b"data: 3 of 10\n\n");
    /// # Ok::<(), std::fmt::Error>(())
    /// ```
    pub fn data_writer<B: BufMut>(self, dst: &mut B) -> DataWriter<'_, B> {
        DataWriter::new(&self, dst)
    }
}

/// A frame without data: a comment, an ID or a reconnection time alone.
impl<'a> From<FrameHead<'a>> for Frame<'a> {
    fn from(head: FrameHead<'a>) -> Self {
        let Frame { comment, event_type, id, retry, data: () } = head;
        Self { comment, event_type, id, retry, data: None }
    }
}
