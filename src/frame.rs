//! [`Frame`]: what a sender writes, from fields to bytes.
//!
//! A frame is a block of lines and the blank line that ends it, in this order:
//!
//! ```text
//! : comment      one line for each line of the text
//! event: type
//! id: id
//! retry: milliseconds
//! data: line     one for each line of the text
//!                the blank line
//! ```
//!
//! There is always a space after the colon: the receiver takes one away, so that a value may start with one.

mod buf;
mod decimal;
mod encoded;
mod fields;
mod forward;
mod head;
mod pieces;
mod writer;

use alloc::vec::Vec;

use bytes::BufMut;

use self::decimal::Decimal;
pub use self::{
    buf::FrameBuf,
    encoded::{EncodedFrames, PartialFrames},
    head::FrameHead,
    pieces::Pieces,
    writer::DataWriter,
};
use crate::line::name;
use crate::scan::Lines;
use crate::text::put::put;

/// One block of an event stream, to be sent: an event, or just a comment or a reconnection time.
///
/// Values are borrowed and written as they are. No value can break out of its field: data and comments are split into
/// lines at CR, LF and CRLF; an event type or an ID with a line break is refused when it is set. What was not set is
/// not written; what is set to an empty value is.
///
/// ```
/// use core::time::Duration;
/// use sse_wire::Frame;
///
/// let frame = Frame::new().event_type("tick")?.id("7")?.retry(Duration::from_secs(3)).data("one\ntwo");
/// let mut buffer = Vec::new();
/// frame.encode(&mut buffer);
/// assert_eq!(buffer, b"event: tick\nid: 7\nretry: 3000\ndata: one\ndata: two\n\n");
/// assert_eq!(buffer.len(), frame.encoded_len());
/// # Ok::<(), sse_wire::InvalidField>(())
/// ```
///
/// Where data is not at hand as text, because it is shared, written bit by bit or made from a value, start with
/// [`Frame::head`]: a [`FrameHead`] has no data that could be replaced.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Frame<'a, D = Option<&'a str>> {
    comment: Option<&'a str>,
    event_type: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<Decimal>,
    data: D,
}

impl<'a> Frame<'a> {
    /// The shortest frame that tells a receiver, and every proxy on the way, that the connection is alive: an empty
    /// comment, which does not disturb events. Servers are advised to send one about every 15 seconds (9.2.7).
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().comment("").to_encoded(), Frame::KEEP_ALIVE);
    /// ```
    pub const KEEP_ALIVE: &'static [u8] = b": \n\n";

    /// Returns a frame without any field, which is encoded as a blank line.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().to_encoded(), "\n");
    /// assert_eq!(Frame::new().data("x").to_encoded(), "data: x\n\n");
    /// ```
    pub const fn new() -> Self {
        Self { comment: None, event_type: None, id: None, retry: None, data: None }
    }

    /// Sets the data, line by line, split at CR, LF and CRLF; the receiver sees LF for each. Empty data is data: the
    /// receiver gets an event with it.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().data("").to_encoded(), "data: \n\n");
    /// assert_eq!(Frame::new().data("a\r\n\rb").to_encoded(), "data: a\ndata: \ndata: b\n\n");
    /// ```
    #[must_use]
    pub const fn data(mut self, text: &'a str) -> Self {
        self.data = Some(text);
        self
    }

    /// Sets the data if there is some; see [`data`](Self::data).
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let data = None;
    /// assert_eq!(Frame::new().id("7")?.maybe_data(data).to_encoded(), "id: 7\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn maybe_data(mut self, text: Option<&'a str>) -> Self {
        self.data = text.or(self.data);
        self
    }

    /// Returns the fields before the data, to give the frame other data.
    ///
    /// ```
    /// use sse_wire::{EventRef, Frame};
    ///
    /// let event = EventRef::new("tick", "a", "7");
    /// let frame = Frame::try_from(event)?.without_data().shared_data("b");
    /// # assert_eq!(bytes::Buf::remaining(&frame), "event: tick\nid: 7\ndata: b\n\n".len());
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub const fn without_data(self) -> FrameHead<'a> {
        let Self { comment, event_type, id, retry, data: _ } = self;
        Frame { comment, event_type, id, retry, data: () }
    }

    /// Returns the frame without its ID, for a sender that has one of its own for it.
    ///
    /// ```
    /// use sse_wire::{EventRef, Frame};
    ///
    /// // The ID is the upstream's, and means nothing here.
    /// let frame = Frame::try_from(EventRef::new("tick", "a", "7"))?.without_id();
    /// assert_eq!(frame.to_encoded(), "event: tick\ndata: a\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    #[must_use]
    pub const fn without_id(mut self) -> Self {
        self.id = None;
        self
    }

    /// Returns the number of bytes that [`encode`](Self::encode) writes, exactly.
    ///
    /// # Complexity
    ///
    /// One pass over the data and the comment.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let frame = Frame::new().data("one\ntwo");
    /// let mut buffer = Vec::with_capacity(frame.encoded_len());
    /// frame.encode(&mut buffer);
    /// assert_eq!(buffer.len(), frame.encoded_len());
    /// ```
    pub fn encoded_len(&self) -> usize {
        self.len_with(self.data.map(lines))
    }

    /// Writes the frame.
    ///
    /// # Panics
    ///
    /// Panics if `dst` has less room than [`encoded_len`](Self::encoded_len). `Vec<u8>` and `BytesMut` make room
    /// themselves.
    ///
    /// # Complexity
    ///
    /// One pass over the data and the comment, and one copy. Nothing is allocated except by `dst`.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let mut buffer = Vec::new();
    /// for text in ["one", "two"] {
    ///     Frame::new().data(text).encode(&mut buffer);
    /// }
    /// assert_eq!(buffer, b"data: one\n\ndata: two\n\n");
    /// ```
    pub fn encode(&self, dst: &mut impl BufMut) {
        self.encode_with(self.data.map(lines), dst);
    }

    /// `encoded_len`, given the lines of the data.
    fn len_with(&self, data: Option<Lines<'_>>) -> usize {
        self.head_len() + data.map_or(0, |lines| lines_len(DATA, lines)) + 1
    }

    /// `encode`, given the lines of the data.
    fn encode_with(&self, data: Option<Lines<'_>>, dst: &mut impl BufMut) {
        self.encode_head(dst);
        if let Some(lines) = data {
            put_lines(dst, DATA, lines);
        }
        dst.put_u8(b'\n');
    }

    /// Returns the frame in pieces that, joined, are what [`encode`](Self::encode) writes: for vectored writes.
    ///
    /// The pieces of data and of the comment are slices of the caller's text.
    ///
    /// # Complexity
    ///
    /// Constant; going through the pieces takes one pass over the data and the comment.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let frame = Frame::new().data("one\ntwo");
    /// let pieces: Vec<&[u8]> = frame.pieces().collect();
    /// assert_eq!(pieces, [&b"data: "[..], b"one", b"\ndata: ", b"two", b"\n\n"]);
    /// ```
    pub fn pieces(&self) -> Pieces<'_> {
        Pieces::new(self)
    }

    /// Returns the encoded frame, which can be cloned cheaply, for many receivers. One allocation, of the exact size.
    ///
    /// # Complexity
    ///
    /// Two passes over the data and the comment, and one copy.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let frame = Frame::new().data("for many").to_encoded();
    /// let receivers = vec![frame; 1000];
    /// assert_eq!(receivers[999], "data: for many\n\n");
    /// ```
    pub fn to_encoded(&self) -> EncodedFrames {
        // The search for the end of the first line, which most data is, serves twice.
        let data = self.data.map(|data| {
            let mut lines = lines(data);
            lines.end();
            lines
        });
        let mut buffer = Vec::with_capacity(self.len_with(data));
        self.encode_with(data, &mut buffer);
        EncodedFrames::of_frames(buffer)
    }

    /// The text that is written after `LINE_STARTS[stage]`.
    fn text(&self, stage: usize) -> Option<&[u8]> {
        match stage {
            0 => self.comment.map(str::as_bytes),
            1 => self.event_type.map(str::as_bytes),
            2 => self.id.map(str::as_bytes),
            3 => self.retry.as_ref().map(Decimal::as_bytes),
            4 => self.data.map(str::as_bytes),
            _ => None,
        }
    }
}

impl<D> Frame<'_, D> {
    /// How much `encode_head` writes.
    fn head_len(&self) -> usize {
        let one_line = |start: &[u8], text: &[u8]| start.len() + text.len() + 1;
        self.comment.map_or(0, |text| lines_len(COMMENT, lines(text)))
            + self.event_type.map_or(0, |text| one_line(EVENT, text.as_bytes()))
            + self.id.map_or(0, |text| one_line(ID, text.as_bytes()))
            + self.retry.as_ref().map_or(0, |time| one_line(RETRY, time.as_bytes()))
    }

    /// Writes the fields before the data.
    fn encode_head(&self, dst: &mut impl BufMut) {
        if let Some(comment) = self.comment {
            put_lines(dst, COMMENT, lines(comment));
        }
        if let Some(event_type) = self.event_type {
            put(dst, EVENT, event_type.as_bytes(), b"\n");
        }
        if let Some(id) = self.id {
            put(dst, ID, id.as_bytes(), b"\n");
        }
        if let Some(retry) = &self.retry {
            put(dst, RETRY, retry.as_bytes(), b"\n");
        }
    }
}

/// The lines of a text, split at CR, LF and CRLF; at least one, since the last has no end.
#[inline(always)]
fn lines(text: &str) -> Lines<'_> {
    Lines::of_text(text.as_bytes())
}

/// The next of the lines that are left; `None` after the last.
#[inline(always)]
fn next_line<'a>(lines: &mut Option<Lines<'a>>) -> Option<&'a [u8]> {
    lines.as_mut()?.next_of_text().or_else(|| lines.take().map(|last| last.rest()))
}

/// Writes a text line by line.
#[inline(always)]
fn put_lines(dst: &mut impl BufMut, start: &[u8], mut lines: Lines<'_>) {
    while let Some(line) = lines.next_of_text() {
        put(dst, start, line, b"\n");
    }
    put(dst, start, lines.rest(), b"\n");
}

/// How much `put_lines` writes.
fn lines_len(start: &[u8], mut lines: Lines<'_>) -> usize {
    let mut length = 0;
    while let Some(line) = lines.next_of_text() {
        length += start.len() + line.len() + 1;
    }
    length + start.len() + lines.rest().len() + 1
}

/// The end of the line before, and the start of one of this field, in the order in which they are written.
const LINE_STARTS: [&[u8]; 5] = [
    &line_start::<3>(""),
    &line_start::<8>(name::EVENT_TYPE),
    &line_start::<5>(name::ID),
    &line_start::<8>(name::RETRY),
    DATA_START,
];

/// Between two lines of data.
const DATA_START: &[u8] = &line_start::<7>(name::DATA);

/// The end of the last line, and the blank line.
pub(crate) const FRAME_END: &[u8] = b"\n\n";

const COMMENT: &[u8] = LINE_STARTS[0].split_at(1).1;
const EVENT: &[u8] = LINE_STARTS[1].split_at(1).1;
const ID: &[u8] = LINE_STARTS[2].split_at(1).1;
const RETRY: &[u8] = LINE_STARTS[3].split_at(1).1;
const DATA: &[u8] = DATA_START.split_at(1).1;

/// An LF, the name, its colon and a space: `N` bytes.
const fn line_start<const N: usize>(name: &str) -> [u8; N] {
    assert!(N == name.len() + 3, "the length is another one");
    let (mut start, mut at) = ([b'\n'; N], 0);
    while at < name.len() {
        start[at + 1] = name.as_bytes()[at];
        at += 1;
    }
    (start[N - 2], start[N - 1]) = (b':', b' ');
    start
}
