//! [`LineDecoder`]: lines as they are, for proxies. It is a [`Seam`], the cursor [`Lines`], and a buffer for lines that
//! are cut.

use crate::error::DecodeError;
use crate::line::Line;
use crate::options::DEFAULT_MAX_EVENT_LEN;
use crate::scan::Lines;
use crate::seam::Seam;
use crate::text::buffer::{KEPT_CAPACITY, TextBuffer};
use crate::text::piece::Piece;

/// An incremental decoder of raw lines: nothing is interpreted, replaced or left out. Proxies that pass a stream on are
/// better served by [blocks](crate::BlockDecoder).
///
/// A comment, an unknown field and an empty `id` are all there to be passed on or changed. Only the line ends and a
/// leading byte order mark are gone. Bytes are not checked to be UTF-8.
///
/// ```
/// use sse_wire::{Line, LineDecoder};
///
/// let mut decoder = LineDecoder::new();
/// let mut chunk: &[u8] = b"id\ndata: on";
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Line::Field { name: b"id", value: b"" }));
/// assert_eq!(decoder.decode(&mut chunk)?, None);
/// let mut chunk: &[u8] = b"e\r\n\r\n";
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Line::Field { name: b"data", value: b"one" }));
/// assert_eq!(decoder.decode(&mut chunk)?, Some(Line::Blank));
/// assert_eq!(decoder.decode(&mut chunk)?, None);
/// # Ok::<(), sse_wire::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LineDecoder {
    seam: Seam,
    max_line_len: usize,
    /// The start of the line that did not end in its chunk; or the line that was returned last. It is never taken for
    /// text.
    line: TextBuffer,
    state: LineState,
}

/// What `line` holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LineState {
    /// The part of the current line that came in earlier chunks.
    Unfinished,
    /// The line that was returned last.
    Lent,
    /// Nothing: the current line is too long, and its rest is skipped.
    Skipping,
}

impl LineDecoder {
    /// Returns a decoder that rejects lines above 16 MiB.
    ///
    /// ```
    /// use sse_wire::{Line, LineDecoder};
    ///
    /// assert_eq!(LineDecoder::new().decode(&mut &b": alive\n"[..])?, Some(Line::Comment(b" alive")));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub const fn new() -> Self {
        Self::with_max_line_len(DEFAULT_MAX_EVENT_LEN)
    }

    /// Returns a decoder that rejects lines of more bytes than this, line ends left out; [`usize::MAX`] is no limit.
    ///
    /// ```
    /// use sse_wire::{DecodeError, Line, LineDecoder};
    ///
    /// let mut decoder = LineDecoder::with_max_line_len(7);
    /// let mut chunk: &[u8] = b"data: long\ndata: x\n";
    /// assert_eq!(decoder.decode(&mut chunk), Err(DecodeError::LineTooLong { offset: 7, limit: 7 }));
    /// assert_eq!(decoder.decode(&mut chunk)?, Some(Line::Field { name: b"data", value: b"x" }));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub const fn with_max_line_len(max_line_len: usize) -> Self {
        Self {
            seam: Seam::new(),
            max_line_len,
            line: TextBuffer::new(KEPT_CAPACITY, max_line_len),
            state: LineState::Unfinished,
        }
    }

    /// Returns the next line and moves `input` past it; `None` if `input` is used up, and the next chunk is wanted.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LineTooLong`], once for each line that passes the limit. Call again: decoding goes on after it.
    ///
    /// # Complexity
    ///
    /// Linear in the bytes consumed, however they are cut. A line that is whole in `input` is not copied.
    ///
    /// ```
    /// use sse_wire::{Line, LineDecoder};
    ///
    /// let (mut decoder, mut names) = (LineDecoder::new(), Vec::new());
    /// for mut chunk in [&b"trace: 1\nda"[..], b"ta: x\n\n"] {
    ///     while let Some(line) = decoder.decode(&mut chunk)? {
    ///         if let Line::Field { name, .. } = line {
    ///             names.push(name.to_vec());
    ///         }
    ///     }
    /// }
    /// assert_eq!(names, [&b"trace"[..], b"data"]);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn decode<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Line<'a>>, DecodeError> {
        if self.state == LineState::Lent {
            self.take_back();
        }
        let (start, withheld) = self.seam.open(input);
        let mut lines = Lines::new(input, start);
        let line_end = lines.end();
        let is_whole = line_end.is_some();
        let piece = lines.piece(0, line_end.unwrap_or(input.len()));
        let end = self.seam.position + (start + piece.bytes().len()) as u64;
        self.seam.close(line_end.map_or(input.len(), |end| end + 1), input);
        if self.state == LineState::Skipping {
            if is_whole {
                self.state = LineState::Unfinished;
                return self.decode(input);
            }
            return Ok(None);
        }
        self.line.push_piece(Piece::new(withheld, false));
        let length = self.line.tail().len() + piece.bytes().len();
        let limit = self.max_line_len;
        if length > limit {
            self.take_back();
            if !is_whole {
                self.state = LineState::Skipping;
            }
            return Err(DecodeError::LineTooLong { offset: end - (length - limit) as u64, limit });
        }
        if is_whole && self.line.tail().is_empty() {
            return Ok(Some(Line::parse(piece.bytes())));
        }
        self.line.push_piece(piece);
        if !is_whole {
            return Ok(None);
        }
        self.state = LineState::Lent;
        Ok(Some(Line::parse(self.line.tail())))
    }

    /// Ends the stream and returns what follows the last line end, if anything does. To the standard this is no line.
    /// Afterwards the decoder is as after [`reset`](Self::reset); the memory of the line is given back by the next
    /// call.
    ///
    /// # Complexity
    ///
    /// One pass over the name in what is returned.
    ///
    /// ```
    /// use sse_wire::{Line, LineDecoder};
    ///
    /// let mut decoder = LineDecoder::new();
    /// assert_eq!(decoder.decode(&mut &b"data: cut o"[..])?, None);
    /// assert_eq!(decoder.finish(), Some(Line::Field { name: b"data", value: b"cut o" }));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn finish(&mut self) -> Option<Line<'_>> {
        if self.state != LineState::Unfinished {
            self.take_back();
        }
        let withheld = self.seam.withheld();
        if withheld.len() <= self.max_line_len {
            self.line.push_piece(Piece::new(withheld, false));
        }
        self.seam = Seam::new();
        self.state = LineState::Lent;
        let is_cut = !self.line.tail().is_empty();
        is_cut.then(|| Line::parse(self.line.tail()))
    }

    /// Prepares for a new connection: drops the unfinished line; a byte order mark may come again, and offsets start at
    /// 0.
    ///
    /// ```
    /// use sse_wire::{Line, LineDecoder};
    ///
    /// let mut decoder = LineDecoder::new();
    /// assert_eq!(decoder.decode(&mut &b"data: cut o"[..])?, None);
    /// decoder.reset();
    /// assert_eq!(decoder.decode(&mut &b"\n"[..])?, Some(Line::Blank));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn reset(&mut self) {
        self.seam = Seam::new();
        self.take_back();
    }

    /// Returns the number of bytes consumed since the decoder was made, finished or reset.
    ///
    /// ```
    /// use sse_wire::LineDecoder;
    ///
    /// let mut decoder = LineDecoder::new();
    /// let mut chunk: &[u8] = b"data: x\n\n";
    /// assert!(decoder.decode(&mut chunk)?.is_some());
    /// assert_eq!(decoder.position(), 8);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn position(&self) -> u64 {
        self.seam.position
    }

    /// Returns the number of bytes retained for an unfinished line; the first part of what may be a byte order mark
    /// does not count.
    ///
    /// ```
    /// use sse_wire::LineDecoder;
    ///
    /// let mut decoder = LineDecoder::new();
    /// assert_eq!(decoder.decode(&mut &b"data: x"[..])?, None);
    /// assert_eq!(decoder.buffered(), 7);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn buffered(&self) -> usize {
        if self.state == LineState::Lent { 0 } else { self.line.tail().len() }
    }

    fn take_back(&mut self) {
        self.state = LineState::Unfinished;
        self.line.clear();
    }
}

impl Default for LineDecoder {
    fn default() -> Self {
        Self::new()
    }
}
