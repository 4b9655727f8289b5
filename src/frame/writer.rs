//! [`DataWriter`]: data that is written as it is made.

use core::fmt;

use bytes::BufMut;

use super::{DATA, DATA_START, FRAME_END, Frame, split_line};

/// Writes the data of one frame bit by bit, as serializers do; see [`Frame::data_writer`].
///
/// It is a [`fmt::Write`] and, with the feature `std`, an `io::Write`. Line breaks become new data lines, also if a CR
/// and its LF come in two calls. No call returns an error. The frame ends with [`finish`](Self::finish); if that is never called,
/// the bytes in the buffer are no whole frame.
///
/// ```
/// use core::fmt::Write;
/// use sse_wire::Frame;
///
/// let mut buffer = Vec::new();
/// let mut writer = Frame::new().event_type("sum")?.data_writer(&mut buffer);
/// write!(writer, "{} +\r", 1)?;
/// write!(writer, "\n{}", 2)?;
/// writer.finish();
/// assert_eq!(buffer, b"event: sum\ndata: 1 +\ndata: 2\n\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the frame is not whole before `finish`"]
pub struct DataWriter<'b, B> {
    dst: &'b mut B,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl<'b, B: BufMut> DataWriter<'b, B> {
    /// Writes the fields of `head` but its data, and the start of the first data line.
    pub(super) fn new(head: &Frame<'_>, dst: &'b mut B) -> Self {
        head.encode_head(dst);
        dst.put_slice(DATA);
        Self { dst, after_cr: false }
    }

    /// Ends the frame.
    ///
    /// # Panics
    ///
    /// Panics if the buffer has no room, and cannot make it; so does writing.
    pub fn finish(self) {
        self.dst.put_slice(FRAME_END);
    }

    fn put(&mut self, mut text: &[u8]) {
        let Some(&last) = text.last() else { return };
        if core::mem::replace(&mut self.after_cr, last == b'\r') {
            text = text.strip_prefix(b"\n").unwrap_or(text);
        }
        loop {
            let (line, rest) = split_line(text);
            self.dst.put_slice(line);
            let Some(rest) = rest else { return };
            self.dst.put_slice(DATA_START);
            text = rest;
        }
    }
}

impl<B: BufMut> fmt::Write for DataWriter<'_, B> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}

/// Bytes that are not UTF-8 are written as they are; the receiver sees U+FFFD.
#[cfg(feature = "std")]
impl<B: BufMut> std::io::Write for DataWriter<'_, B> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
