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
mod chunks;
mod decimal;
mod writer;

use alloc::vec::Vec;
use core::time::Duration;

use bytes::{BufMut, Bytes};

use self::decimal::Decimal;
pub use self::{buf::FrameBuf, chunks::Chunks, writer::DataWriter};
use crate::error::InvalidField;
use crate::event::EventRef;
use crate::line::name;
use crate::scan::Lines;
use crate::text::event_text::unless_message;
use crate::text::put::put;
use crate::text::utf8_bytes::Utf8Bytes;

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
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Frame<'a> {
    comment: Option<&'a str>,
    event_type: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<Decimal>,
    data: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// The shortest frame that tells a receiver, and every proxy on the way, that the connection is alive: an empty
    /// comment, which events are not disturbed by. Servers are advised to send one about every 15 seconds (9.2.7).
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().comment("").to_bytes(), Frame::KEEP_ALIVE);
    /// ```
    pub const KEEP_ALIVE: &'static [u8] = b": \n\n";

    /// Returns a frame without any field, which is encoded as a blank line.
    pub const fn new() -> Self {
        Self { comment: None, event_type: None, id: None, retry: None, data: None }
    }

    /// Sets the comment, which receivers ignore; line by line, split at CR, LF and CRLF.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().comment("keep\nalive").to_bytes(), ": keep\n: alive\n\n");
    /// ```
    #[must_use]
    pub const fn comment(mut self, text: &'a str) -> Self {
        self.comment = Some(text);
        self
    }

    /// Sets the data, line by line, split at CR, LF and CRLF; the receiver sees LF for each. Empty data is data: the
    /// receiver gets an event with it.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().data("").to_bytes(), "data: \n\n");
    /// assert_eq!(Frame::new().data("a\r\n\rb").to_bytes(), "data: a\ndata: \ndata: b\n\n");
    /// ```
    #[must_use]
    pub const fn data(mut self, text: &'a str) -> Self {
        self.data = Some(text);
        self
    }

    /// Sets the reconnection time, in whole milliseconds; what is left of one is dropped, and a time above
    /// 2<sup>64</sup>-1 milliseconds is sent as that.
    #[must_use]
    pub const fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(Decimal::new(time.as_millis()));
        self
    }

    /// Sets the event type. An empty one means `"message"` to the receiver, as if it were not set.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR or an LF.
    #[inline]
    pub fn event_type(mut self, event_type: &'a str) -> Result<Self, InvalidField> {
        check(name::EVENT_TYPE, event_type, b"\r\n")?;
        self.event_type = Some(event_type);
        Ok(self)
    }

    /// Sets the ID. An empty one makes the receiver forget the last event ID.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR, an LF, or a NUL, for which receivers would ignore it.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let error = Frame::new().id("1\ndata: forged").unwrap_err();
    /// assert_eq!((error.field(), error.character(), error.index()), ("id", '\n', 1));
    /// ```
    #[inline]
    pub fn id(mut self, id: &'a str) -> Result<Self, InvalidField> {
        check(name::ID, id, b"\r\n\0")?;
        self.id = Some(id);
        Ok(self)
    }

    /// Returns the number of bytes that [`encode`](Self::encode) writes, exactly.
    ///
    /// # Complexity
    ///
    /// One pass over the data and the comment.
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
    /// One pass over the data and the comment, and one copy. Nothing is allocated but by `dst`.
    pub fn encode(&self, dst: &mut impl BufMut) {
        self.encode_with(self.data.map(lines), dst);
    }

    /// `encoded_len`, given the lines of the data.
    fn len_with(&self, data: Option<Lines<'_>>) -> usize {
        let one_line = |start: &[u8], text: &[u8]| start.len() + text.len() + 1;
        self.comment.map_or(0, |text| lines_len(COMMENT, lines(text)))
            + self.event_type.map_or(0, |text| one_line(EVENT, text.as_bytes()))
            + self.id.map_or(0, |text| one_line(ID, text.as_bytes()))
            + self.retry.as_ref().map_or(0, |time| one_line(RETRY, time.as_bytes()))
            + data.map_or(0, |lines| lines_len(DATA, lines))
            + 1
    }

    /// `encode`, given the lines of the data.
    fn encode_with(&self, data: Option<Lines<'_>>, dst: &mut impl BufMut) {
        self.encode_head(dst);
        if let Some(lines) = data {
            put_lines(dst, DATA, lines);
        }
        dst.put_u8(b'\n');
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

    /// Returns the frame in pieces that, joined, are what [`encode`](Self::encode) writes: for vectored writes.
    ///
    /// The pieces of data and of the comment are slices of the caller's text.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let frame = Frame::new().data("one\ntwo");
    /// let chunks: Vec<&[u8]> = frame.chunks().collect();
    /// assert_eq!(chunks, [&b"data: "[..], b"one", b"\ndata: ", b"two", b"\n\n"]);
    /// ```
    pub fn chunks(&self) -> Chunks<'_> {
        Chunks::new(self)
    }

    /// Returns the frame as bytes that can be cloned cheaply, for many receivers. One allocation, of the exact size.
    pub fn to_bytes(&self) -> Bytes {
        // The search for the end of the first line, which most data is, serves twice.
        let data = self.data.map(|data| {
            let mut lines = lines(data);
            lines.end();
            lines
        });
        let mut buffer = Vec::with_capacity(self.len_with(data));
        self.encode_with(data, &mut buffer);
        buffer.into()
    }

    /// Returns the frame with this data instead of its own; the data's memory is shared, not copied.
    pub fn to_buf(&self, data: impl Into<Utf8Bytes>) -> FrameBuf {
        FrameBuf::new(self, data.into())
    }

    /// Starts writing the frame, and returns the writer for its data, which takes the place of the frame's own.
    ///
    /// # Panics
    ///
    /// Panics if `dst` has no room; see [`encode`](Self::encode).
    pub fn data_writer<B: BufMut>(self, dst: &mut B) -> DataWriter<'_, B> {
        DataWriter::new(&self, dst)
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

/// Makes the frame that forwards an event to the next receiver, with its last event ID as its ID. A type of `"message"`
/// means nothing and is left out. So is an empty ID: where the stream took its ID back, add `.id("")`, or the receiver
/// keeps the one it has.
impl<'a> TryFrom<EventRef<'a>> for Frame<'a> {
    type Error = InvalidField;

    /// # Errors
    ///
    /// [`InvalidField`] if the event has a type or an ID that no stream can have brought: the ID may come from
    /// [`Decoder::set_last_event_id`](crate::Decoder::set_last_event_id).
    fn try_from(event: EventRef<'a>) -> Result<Self, InvalidField> {
        let mut frame = Self::new().data(event.data());
        let event_type = unless_message(event.event_type());
        if !event_type.is_empty() {
            frame = frame.event_type(event_type)?;
        }
        if !event.last_event_id().is_empty() {
            frame = frame.id(event.last_event_id())?;
        }
        Ok(frame)
    }
}

/// Whether a value may stand in that field.
#[inline]
fn check(field: &'static str, value: &str, forbidden: &'static [u8]) -> Result<(), InvalidField> {
    // Types and IDs are short: a loop without a way out beats a search, which costs 10 ns before it looks at a byte.
    let lowest = value.bytes().fold(u8::MAX, u8::min);
    if lowest <= b'\r' { find_forbidden(field, value, forbidden) } else { Ok(()) }
}

#[cold]
fn find_forbidden(field: &'static str, value: &str, forbidden: &'static [u8]) -> Result<(), InvalidField> {
    match value.bytes().enumerate().find(|(_, byte)| forbidden.contains(byte)) {
        Some((index, byte)) => Err(InvalidField::new(field, byte, index)),
        None => Ok(()),
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
const FRAME_END: &[u8] = b"\n\n";

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
