//! [`Block`]: the lines up to and including a blank line, as they were sent: for gateways, where an event stream passes
//! through unchanged, except where it is to change.

mod decoder;
mod edit;

use alloc::{borrow::Cow, string::String};
use core::time::Duration;

use bytes::Bytes;

pub use self::decoder::{BlockDecoder, Part};
use crate::error::InvalidField;
use crate::frame::Frame;
use crate::line::{Digits, Kind, Line, has_nul};
use crate::scan::{Lines, first_8};

/// A block of an event stream as it was sent: all its lines, up to and including the blank line that ends it. Made by
/// [`BlockDecoder`].
///
/// An [`Event`](crate::Event) says what a receiver makes of a stream; a block says what was written: whether the type
/// was named, whether the ID is its own, in which order the lines came, what is in the comments and in fields that
/// nobody knows. [`with_data`](Self::with_data) and its like change one field, and leave all other bytes as they are.
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::{BlockDecoder, Part};
///
/// let mut chunk = Bytes::from_static(b"event: message\nid: 7\n: by hand\nmodel: x\ndata: a\n\n");
/// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
/// let fields = block.fields();
/// assert_eq!((fields.event_type.as_deref(), fields.id.as_deref()), (Some("message"), Some("7")));
/// assert_eq!((fields.data.as_deref(), fields.retry), (Some("a"), None));
/// let changed = block.with_data("b");
/// assert_eq!(changed.raw(), "event: message\nid: 7\n: by hand\nmodel: x\ndata: b\n\n");
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Block {
    raw: Bytes,
    offset: u64,
    /// How many bytes at the start belong to no line: the LF of a CRLF whose CR ended the block before, or a byte order
    /// mark.
    lead: usize,
}

impl Block {
    /// Returns the bytes as they were sent, the blank line included. The bytes of all parts, joined, are the stream.
    ///
    /// If the block before ended with the CR of a CRLF, the LF is the first byte here, since nobody knew whether it
    /// would come. So is a byte order mark at the start of the stream.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"id:7\ndata: x\n\ndata: y");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert_eq!(block.raw(), "id:7\ndata: x\n\n");
    /// ```
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Returns the bytes; see [`raw`](Self::raw).
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"data: x\n\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert_eq!(block.into_raw(), "data: x\n\n");
    /// ```
    pub fn into_raw(self) -> Bytes {
        self.raw
    }

    /// Returns the place of the first byte in the stream.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let (mut decoder, mut chunk) = (BlockDecoder::new(), Bytes::from_static(b"data: 1\n\ndata: 2\n\n"));
    /// for expected in [0, 9] {
    ///     let Some(Part::Block(block)) = decoder.decode_bytes(&mut chunk) else { panic!("a whole block") };
    ///     assert_eq!(block.offset(), expected);
    /// }
    /// ```
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the lines in their order, without their ends; the last is [`Line::Blank`], except in a block that is a
    /// comment.
    ///
    /// # Complexity
    ///
    /// One pass over the block.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Line, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"trace: 7\ndata: x\n\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// let lines: Vec<_> = block.lines().collect();
    /// assert_eq!(lines[0], Line::Field { name: b"trace", value: b"7" });
    /// assert_eq!(lines[2], Line::Blank);
    /// ```
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.raw_lines().map(Line::parse)
    }

    /// Returns the text of the comments, without the colon and one leading space. What is not UTF-8 becomes U+FFFD.
    ///
    /// # Complexity
    ///
    /// One pass over the block.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"data: x\n: by hand\n\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert_eq!(block.comments().collect::<Vec<_>>(), ["by hand"]);
    /// ```
    pub fn comments(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let comments = self.values().filter(|(kind, _)| *kind == Kind::Comment);
        comments.map(|(_, text)| String::from_utf8_lossy(text))
    }

    /// Returns whether a receiver gets an event from this block: whether it has data, which may be empty (9.2.6,
    /// "dispatch the event").
    ///
    /// # Complexity
    ///
    /// One pass over the block, up to the first line of data.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"id: 7\n\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert!(!block.is_event());
    /// ```
    pub fn is_event(&self) -> bool {
        self.values().any(|(kind, _)| kind == Kind::Data)
    }

    /// Returns what the block itself says in the fields that the standard knows: what is absent is `None`, and what is
    /// set to an empty value is empty. Of several values the last counts, and an ID with NUL or a reconnection time
    /// that is no number counts as absent (9.2.6).
    ///
    /// # Complexity
    ///
    /// One pass over the block. What is one line of UTF-8 is not copied.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"id: 7\ndata: a\ndata: b\n\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// let fields = block.fields();
    /// assert_eq!((fields.id.as_deref(), fields.data.as_deref()), (Some("7"), Some("a\nb")));
    /// assert_eq!((fields.event_type, fields.retry), (None, None));
    /// ```
    pub fn fields(&self) -> BlockFields<'_> {
        let mut fields = BlockFields::default();
        for (kind, value) in self.values() {
            match kind {
                Kind::Data => {
                    let line = String::from_utf8_lossy(value);
                    fields.data = Some(match fields.data.take() {
                        None => line,
                        Some(data) => Cow::Owned(data.into_owned() + "\n" + &line),
                    });
                }
                Kind::EventType => fields.event_type = Some(String::from_utf8_lossy(value)),
                Kind::Id if !has_nul(value) => fields.id = Some(String::from_utf8_lossy(value)),
                Kind::Retry => {
                    if let Digits::Number(milliseconds) = Digits::None.push(value) {
                        fields.retry = Some(Duration::from_millis(milliseconds));
                    }
                }
                _ => {}
            }
        }
        fields
    }

    /// Splits off the LF of a CRLF whose CR ended the block before, and returns it; empty if there is none. For those
    /// who drop, hold back or replace blocks: the LF belongs to what has gone on already.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let (mut decoder, mut chunk) = (BlockDecoder::new(), Bytes::from_static(b"data: 1\r\n\r\ndata: 2\n\n"));
    /// let Some(Part::Block(first)) = decoder.decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// let Some(Part::Block(mut second)) = decoder.decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert_eq!((first.raw(), second.raw()), (&Bytes::from("data: 1\r\n\r"), &Bytes::from("\ndata: 2\n\n")));
    /// assert_eq!(second.split_line_end(), "\n");
    /// assert_eq!(second.raw(), "data: 2\n\n");
    /// ```
    pub fn split_line_end(&mut self) -> Bytes {
        // As a byte order mark is longer, 1 is that LF.
        let length = if self.lead == 1 { core::mem::take(&mut self.lead) } else { 0 };
        self.offset += length as u64;
        self.raw.split_to(length)
    }

    /// The lines, without their ends.
    fn raw_lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut lines = Lines::of_text(&self.raw[self.lead..]);
        // After the last end comes nothing.
        core::iter::from_fn(move || lines.next_of_text())
    }

    /// What each line is, and its value.
    fn values(&self) -> impl Iterator<Item = (Kind, &[u8])> {
        self.raw_lines().map(|line| {
            let (kind, value_at) = kind_of(line);
            (kind, &line[value_at..])
        })
    }
}

/// What a whole line is, and where its value starts.
fn kind_of(line: &[u8]) -> (Kind, usize) {
    Kind::of_line(line.len(), || first_8(line))
}

/// What a block itself says in the fields that the standard knows; see [`Block::fields`].
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the standard knows these four")]
pub struct BlockFields<'a> {
    /// The event type; empty is as good as none to a receiver.
    pub event_type: Option<Cow<'a, str>>,
    /// The ID that the block sets; empty takes the last event ID back.
    pub id: Option<Cow<'a, str>>,
    /// The reconnection time.
    pub retry: Option<Duration>,
    /// The data, its lines joined by LF; if there is none, the block is no event.
    pub data: Option<Cow<'a, str>>,
}

impl BlockFields<'_> {
    /// Returns the frame that says the same: unlike a frame made from an event, it has an ID only if the block set one,
    /// and keeps an explicit type of `"message"`.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if the type or the ID was changed to one that cannot stand in a line.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"data:a\revent:message\rid\r\r");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert_eq!(block.fields().frame()?.to_encoded(), "event: message\nid: \ndata: a\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub fn frame(&self) -> Result<Frame<'_>, InvalidField> {
        let frame = Frame::new().maybe_event_type(self.event_type.as_deref())?.maybe_id(self.id.as_deref())?;
        Ok(frame.maybe_retry(self.retry).maybe_data(self.data.as_deref()))
    }
}
