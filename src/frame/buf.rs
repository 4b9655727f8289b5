//! [`FrameBuf`]: a frame that shares its data's memory, to be sent without a copy.
//!
//! ```text
//! |<-- prefix -->|<-- line -->|<--- data behind the line ---...
//!  "...data: "    data[..line]
//!  "\ndata: "     the next line, and so on; at last
//!  "\n\n"         nothing
//! ```

use alloc::vec::Vec;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{DATA, DATA_START, FRAME_END, Frame, after_line_end, first_line_len, lines_len, split_line};
use crate::Utf8Bytes;

/// A frame as a [`Buf`] whose data is the caller's memory; see [`Frame::to_buf`].
///
/// Made for vectored writes: [`Buf::chunks_vectored`] gives the field names and, between them, the lines of the data
/// where they are. A clone shares the memory, so one large payload can go to many receivers.
///
/// ```
/// use bytes::{Buf, Bytes};
/// use sse_wire::{Frame, Utf8Bytes};
///
/// let payload = Bytes::from("x".repeat(40_000));
/// let mut frame = Frame::new().id("7")?.to_buf(Utf8Bytes::try_from(payload.clone())?);
/// assert_eq!(frame.remaining(), "id: 7\ndata: ".len() + 40_000 + "\n\n".len());
/// assert_eq!(frame.chunk(), b"id: 7\ndata: ");
/// frame.advance(frame.chunk().len());
/// assert_eq!(frame.chunk().as_ptr(), payload.as_ptr());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FrameBuf {
    /// What comes before the line: the head of the frame, or the step from line to line, or the end.
    prefix: Bytes,
    /// The current line, and what follows it.
    data: Bytes,
    /// The length of the line, as far as it is still to be sent.
    line: usize,
    /// Whether `prefix` is the end of the frame.
    is_end: bool,
    remaining: usize,
}

impl FrameBuf {
    /// Takes the fields of `head` but its data.
    pub(super) fn new(head: &Frame<'_>, data: Utf8Bytes) -> Self {
        let head = Frame { data: None, ..*head };
        let mut prefix = Vec::with_capacity(head.encoded_len() - 1 + DATA.len());
        head.encode_head(&mut prefix);
        prefix.put_slice(DATA);
        let line = first_line_len(&data);
        // Each line has an LF, and so has the blank line.
        let remaining = prefix.len() - DATA.len() + lines_len(DATA, &data, line) + 1;
        Self { prefix: prefix.into(), data: data.into_bytes(), line, is_end: false, remaining }
    }

    /// A frame that has been encoded already.
    fn encoded(bytes: Bytes) -> Self {
        Self { remaining: bytes.len(), prefix: bytes, data: Bytes::new(), line: 0, is_end: true }
    }

    /// Goes on from the line, which has been sent, to the next one, or to the end.
    fn step(&mut self) {
        let Some(rest) = after_line_end(&self.data) else {
            self.prefix = Bytes::from_static(FRAME_END);
            self.is_end = true;
            return;
        };
        let behind = self.data.len() - rest.len();
        self.prefix = Bytes::from_static(DATA_START);
        self.line = split_line(rest).0.len();
        self.data.advance(behind);
    }
}

impl Buf for FrameBuf {
    fn remaining(&self) -> usize {
        self.remaining
    }

    fn chunk(&self) -> &[u8] {
        if self.prefix.is_empty() { &self.data[..self.line] } else { &self.prefix }
    }

    /// # Panics
    ///
    /// Panics if `count` is above [`remaining`](Self::remaining).
    fn advance(&mut self, mut count: usize) {
        assert!(count <= self.remaining, "cannot advance by {count} bytes, {} remain", self.remaining);
        self.remaining -= count;
        loop {
            let of_prefix = count.min(self.prefix.len());
            self.prefix.advance(of_prefix);
            let of_line = (count - of_prefix).min(self.line);
            self.data.advance(of_line);
            self.line -= of_line;
            count -= of_prefix + of_line;
            // An empty chunk would mean that nothing remains.
            if self.is_end || !self.prefix.is_empty() || self.line > 0 {
                return;
            }
            self.step();
        }
    }

    /// Shares the memory if the bytes stand in one piece.
    ///
    /// # Panics
    ///
    /// Panics if `length` is above [`remaining`](Self::remaining).
    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        assert!(length <= self.remaining, "cannot take {length} bytes, {} remain", self.remaining);
        let piece = if self.prefix.is_empty() { self.data.slice(..self.line) } else { self.prefix.clone() };
        if length > piece.len() {
            let mut copy = BytesMut::with_capacity(length);
            copy.put(self.take(length));
            return copy.freeze();
        }
        self.advance(length);
        piece.slice(..length)
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'a>(&'a self, dst: &mut [std::io::IoSlice<'a>]) -> usize {
        let mut filled = 0;
        let mut put = |chunk: &'a [u8]| {
            if let (false, Some(slot)) = (chunk.is_empty(), dst.get_mut(filled)) {
                *slot = std::io::IoSlice::new(chunk);
                filled += 1;
            }
            dst.get(filled).is_some()
        };
        let (line, rest) = self.data.split_at(self.line);
        if !(put(&self.prefix) && put(line)) || self.is_end {
            return filled;
        }
        let mut rest = after_line_end(rest);
        while let Some(text) = rest {
            if !put(DATA_START) {
                return filled;
            }
            let (line, behind) = split_line(text);
            if !put(line) {
                return filled;
            }
            rest = behind;
        }
        put(FRAME_END);
        filled
    }
}

/// Of bytes that hold encoded frames, as [`Frame::to_bytes`] gives them; they are shared, not copied.
impl From<Bytes> for FrameBuf {
    fn from(frames: Bytes) -> Self {
        Self::encoded(frames)
    }
}

/// Of a frame with its own data, which is copied; [`Frame::to_buf`] shares it.
impl From<Frame<'_>> for FrameBuf {
    fn from(frame: Frame<'_>) -> Self {
        Self::encoded(frame.to_bytes())
    }
}
