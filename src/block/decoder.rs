//! [`BlockDecoder`]: chunks in, blocks out, and nothing is lost.
//!
//! ```text
//!        .------------------------ a blank line, or a comment before any field ----------------------.
//!        v                                                                                           |
//!  (no field yet) --a field--> (fields) --above the limit--> (oversized: parts go out as they come) --+
//! ```

use alloc::vec::Vec;
use core::mem;

use bytes::Bytes;

use super::Block;
use crate::options::DEFAULT_MAX_EVENT_LEN;
use crate::scan::Lines;
use crate::seam::Seam;

/// An incremental decoder of [blocks](Block), for gateways: what comes out, joined, is the stream, byte for byte.
///
/// Where blocks begin and end depends on the bytes alone. How the stream is cut into chunks matters only to how blocks
/// above the limit are cut. A block is out with the byte that ends it, a lone CR included; the LF that may follow is
/// the first byte of the next part.
///
/// A comment that stands before any field of its block is a block of its own, without a blank line. So a comment that
/// keeps a connection alive goes on at once, and not with the next event.
///
/// # Memory
///
/// A block that is whole in its chunk is shared with it, and allocates nothing, except the counter of references that
/// `bytes` makes when a chunk that was a `Vec` is first shared. A block that is cut is put together in one allocation,
/// once its size is known. No more than the limit is retained.
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::{BlockDecoder, Part};
///
/// let mut decoder = BlockDecoder::new();
/// let mut sent = Vec::new();
/// for mut chunk in [&b": alive\n\nid: 1\nda"[..], b"ta: one\n\ndata: cut o"].map(Bytes::from_static) {
///     while let Some(part) = decoder.decode_bytes(&mut chunk) {
///         match part {
///             Part::Block(block) if block.fields().id.as_deref() == Some("1") => {
///                 sent.extend_from_slice(block.with_data("two").raw());
///             }
///             part => sent.extend_from_slice(&part.into_bytes()),
///         }
///     }
/// }
/// sent.extend(decoder.finish().expect("what was cut off"));
/// assert_eq!(sent, b": alive\n\nid: 1\ndata: two\n\ndata: cut o");
/// ```
#[derive(Clone, Debug)]
pub struct BlockDecoder {
    seam: Seam,
    max_block_len: usize,
    /// What has come of the current block in earlier chunks.
    retained: Vec<u8>,
    /// How many bytes at the start of the current block belong to no line.
    lead: usize,
    place: Place,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    line: LineSoFar,
    /// Whether the block has had a line that is not a comment.
    has_fields: bool,
    /// Whether the block has passed the limit, so that its parts go out as they come.
    is_oversized: bool,
}

/// What the current line is, as far as that matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LineSoFar {
    Empty,
    Comment,
    Field,
}

/// What a [`BlockDecoder`] finds.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a block is within the limit or not")]
pub enum Part {
    /// A whole block.
    Block(Block),
    /// A part of a block above the limit, or all of it: to be passed on as it is. Nothing but another such part may
    /// follow it, up to the one with the blank line: a frame of your own would land in the middle of the block.
    /// [`BlockDecoder::is_mid_block`] tells whether more is to come.
    Oversized(Bytes),
}

impl Part {
    /// Returns the bytes as they were sent.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let part = BlockDecoder::with_max_block_len(4).decode_bytes(&mut Bytes::from_static(b"data: long"));
    /// assert_eq!(part.map(|part| part.into_bytes()), Some(Bytes::from("data: long")));
    /// ```
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Block(block) => block.into_raw(),
            Self::Oversized(bytes) => bytes,
        }
    }
}

impl Place {
    const BLOCK_START: Self = Self { line: LineSoFar::Empty, has_fields: false, is_oversized: false };
}

impl BlockDecoder {
    /// Returns a decoder that takes blocks of up to 16 MiB.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let part = BlockDecoder::new().decode_bytes(&mut Bytes::from_static(b": alive\n"));
    /// assert!(matches!(part, Some(Part::Block(_))));
    /// ```
    pub const fn new() -> Self {
        Self::with_max_block_len(DEFAULT_MAX_EVENT_LEN)
    }

    /// Returns a decoder that takes blocks of up to this many bytes, names, comments and line ends included; larger
    /// ones come as [`Part::Oversized`]. A byte order mark and the LF of the CRLF before a block do not count.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut decoder = BlockDecoder::with_max_block_len(9);
    /// let mut chunk = Bytes::from_static(b"data: 12\n\ndata: 1\n\n");
    /// assert_eq!(decoder.decode_bytes(&mut chunk), Some(Part::Oversized("data: 12\n\n".into())));
    /// assert!(matches!(decoder.decode_bytes(&mut chunk), Some(Part::Block(_))));
    /// ```
    pub const fn with_max_block_len(max_block_len: usize) -> Self {
        Self { seam: Seam::new(), max_block_len, retained: Vec::new(), lead: 0, place: Place::BLOCK_START }
    }

    /// Returns the next part and moves `input` past it; `None` if `input` is used up, and the next chunk is wanted.
    ///
    /// # Complexity
    ///
    /// Linear in the bytes consumed, however they are cut.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let (mut decoder, mut sent) = (BlockDecoder::new(), Vec::new());
    /// for mut chunk in [&b"data: 1\n\nda"[..], b"ta: 2\n\n"].map(Bytes::from_static) {
    ///     while let Some(part) = decoder.decode_bytes(&mut chunk) {
    ///         sent.push(part.into_bytes());
    ///     }
    /// }
    /// assert_eq!(sent, ["data: 1\n\n", "data: 2\n\n"]);
    /// ```
    pub fn decode_bytes(&mut self, input: &mut Bytes) -> Option<Part> {
        let (start, withheld) = self.seam.open(input);
        if !withheld.is_empty() {
            // What looked like a byte order mark is the start of a line.
            (self.place.line, self.lead) = (LineSoFar::Field, 0);
        } else if self.retained.len() == self.lead && !self.place.is_oversized {
            self.lead += start;
        }
        let mut place = self.place;
        let end = end_of_block(input, start, &mut place);
        let length = end.unwrap_or(input.len());
        if !place.is_oversized && self.retained.len() + length > self.max_block_len.saturating_add(self.lead) {
            self.place.is_oversized = true;
            place.is_oversized = true;
            if !self.retained.is_empty() {
                // The rest comes with the next call.
                return Some(Part::Oversized(mem::take(&mut self.retained).into()));
            }
        }
        self.place = place;
        let offset = self.seam.position - self.retained.len() as u64;
        self.seam.close(length, &mut &input[..]);
        let piece = input.split_to(length);
        if end.is_some() {
            return Some(self.end_block(piece, offset));
        }
        if place.is_oversized {
            return (length > 0).then_some(Part::Oversized(piece));
        }
        self.retained.extend_from_slice(&piece);
        None
    }

    /// The block that ends with this piece.
    fn end_block(&mut self, piece: Bytes, offset: u64) -> Part {
        let (place, lead) = (mem::replace(&mut self.place, Place::BLOCK_START), mem::take(&mut self.lead));
        if place.is_oversized {
            return Part::Oversized(piece);
        }
        let raw = if self.retained.is_empty() {
            piece
        } else {
            self.retained.reserve_exact(piece.len());
            self.retained.extend_from_slice(&piece);
            mem::take(&mut self.retained).into()
        };
        Part::Block(Block { raw, offset, lead })
    }

    /// Ends the stream and returns the part that was cut off: what comes after the last block, if anything does. To the
    /// standard it is no event. Afterwards the decoder is as after [`reset`](Self::reset).
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let mut decoder = BlockDecoder::new();
    /// let mut chunk = Bytes::from_static(b"data: 1\n\ndata");
    /// while decoder.decode_bytes(&mut chunk).is_some() {}
    /// assert_eq!(decoder.finish(), Some(Bytes::from("data")));
    /// ```
    pub fn finish(&mut self) -> Option<Bytes> {
        let rest = mem::take(&mut self.retained);
        self.reset();
        (!rest.is_empty()).then(|| rest.into())
    }

    /// Lets go of the LF of a CRLF if that is all that is retained, and returns whether it was: for those who pass it
    /// on with the CR, and not only with the next block. The LF was the last byte of the chunk.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let (mut decoder, mut chunk) = (BlockDecoder::new(), Bytes::from_static(b"data: 1\r\n\r\n"));
    /// assert_eq!(decoder.decode_bytes(&mut chunk).expect("a block").into_bytes(), "data: 1\r\n\r");
    /// assert!(decoder.decode_bytes(&mut chunk).is_none() && decoder.take_line_end());
    /// assert_eq!(decoder.finish(), None);
    /// ```
    pub fn take_line_end(&mut self) -> bool {
        let is_line_end = self.lead == 1 && self.retained == b"\n" && !self.is_mid_block();
        if is_line_end {
            self.retained.clear();
            self.lead = 0;
        }
        is_line_end
    }

    /// Prepares for a new connection: drops what is unfinished; a byte order mark may come again, and offsets start at
    /// 0.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let mut decoder = BlockDecoder::new();
    /// let mut chunk = Bytes::from_static(b"data: 1\n\ndata");
    /// while decoder.decode_bytes(&mut chunk).is_some() {}
    /// decoder.reset();
    /// assert_eq!((decoder.position(), decoder.buffered()), (0, 0));
    /// ```
    pub fn reset(&mut self) {
        *self = Self::with_max_block_len(self.max_block_len);
    }

    /// Returns whether a block has begun and not ended: whether a frame of your own would land inside it. The LF of a
    /// CRLF at the start of a block does not count.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let mut decoder = BlockDecoder::new();
    /// let mut chunk = Bytes::from_static(b"data: 1\n\ndata");
    /// while decoder.decode_bytes(&mut chunk).is_some() {}
    /// assert!(decoder.is_mid_block());
    /// ```
    pub fn is_mid_block(&self) -> bool {
        let has_begun = self.place.has_fields || self.place.is_oversized || self.place.line != LineSoFar::Empty;
        has_begun || !self.seam.withheld().is_empty()
    }

    /// Returns the number of bytes consumed since the decoder was made, finished or reset.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let mut decoder = BlockDecoder::new();
    /// let mut chunk = Bytes::from_static(b"data: 1\n\ndata");
    /// while decoder.decode_bytes(&mut chunk).is_some() {}
    /// assert_eq!(decoder.position(), 13);
    /// ```
    pub fn position(&self) -> u64 {
        self.seam.position
    }

    /// Returns the number of bytes retained for a block that is not finished.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::BlockDecoder;
    ///
    /// let mut decoder = BlockDecoder::new();
    /// let mut chunk = Bytes::from_static(b"data: 1\n\ndata");
    /// while decoder.decode_bytes(&mut chunk).is_some() {}
    /// assert_eq!(decoder.buffered(), 4);
    /// ```
    pub fn buffered(&self) -> usize {
        self.retained.len()
    }
}

/// Where in the chunk the block ends, if it does.
fn end_of_block(chunk: &[u8], start: usize, place: &mut Place) -> Option<usize> {
    let mut lines = Lines::new(chunk, start);
    while let Some(end) = lines.end() {
        let line = line_so_far(place.line, chunk[..end].get(lines.at));
        if line == LineSoFar::Empty && lines.is_in_crlf(end) {
            lines.step(end);
            continue;
        }
        lines.step(end);
        place.line = LineSoFar::Empty;
        match line {
            LineSoFar::Empty => return Some(end + 1),
            LineSoFar::Comment if !place.has_fields => return Some(end + 1),
            LineSoFar::Comment => {}
            LineSoFar::Field => place.has_fields = true,
        }
    }
    place.line = line_so_far(place.line, chunk.get(lines.at));
    None
}

/// What a line is, given what it was so far and its next byte, if there is one.
fn line_so_far(line: LineSoFar, next: Option<&u8>) -> LineSoFar {
    match (line, next) {
        (LineSoFar::Empty, Some(b':')) => LineSoFar::Comment,
        (LineSoFar::Empty, Some(_)) => LineSoFar::Field,
        _ => line,
    }
}

impl Default for BlockDecoder {
    fn default() -> Self {
        Self::new()
    }
}
