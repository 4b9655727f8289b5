//! Lines across chunk boundaries: the byte order mark, CR | LF | CRLF, and what has to be known from one chunk to the
//! next.
//!
//! ```text
//!          BOM, or no part of it          CR               LF: skipped
//! (start) ----------------------> (line) ----> (after CR) ------------> (line)
//!    |  part of the BOM             ^ |            | anything else        ^
//!    +--> (start)                   +-+ LF         +----------------------+
//! ```
//!
//! [`Framing`] is this state; both decoders have one. [`LineDecoder`] adds a buffer for lines that are cut.

use crate::{DecodeError, DecodeOptions, Line, scan::Scanner, scratch::Scratch};

/// An incremental decoder of raw lines, for proxies: nothing is interpreted, replaced or left out.
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
    framing: Framing,
    max_line_len: usize,
    /// The start of the line that did not end in its chunk; or the line that was returned last. It is never taken for
    /// text.
    line: Scratch,
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
    /// Returns a decoder with the default options.
    pub fn new() -> Self {
        Self::with_options(DecodeOptions::new())
    }

    /// Returns a decoder in which [`DecodeOptions::max_event_len`] limits each line. The UTF-8 policy changes nothing
    /// here.
    pub fn with_options(options: DecodeOptions) -> Self {
        Self {
            framing: Framing::new(),
            max_line_len: options.limit(),
            line: Scratch::new(KEPT_CAPACITY, options.limit()),
            state: LineState::Unfinished,
        }
    }

    /// Returns the next line and moves `input` behind it; `None` if `input` is used up, and the next chunk is wanted.
    ///
    /// # Errors
    ///
    /// [`DecodeError::LineTooLong`], once for each line that passes the limit. Call again: decoding goes on behind it.
    ///
    /// # Complexity
    ///
    /// Linear in the bytes consumed, however they are cut. A line that is whole in `input` is not copied.
    pub fn decode<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Line<'a>>, DecodeError> {
        if self.state == LineState::Lent {
            self.take_back();
        }
        let (mut scanner, withheld) = self.framing.open(input);
        let (piece, is_whole) = scanner.next_piece();
        let end = self.framing.offset_of_end(&scanner, is_whole);
        self.framing.close(&scanner, input);
        if self.state == LineState::Skipping {
            if is_whole {
                self.state = LineState::Unfinished;
                return self.decode(input);
            }
            return Ok(None);
        }
        self.line.push_bytes(withheld);
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
    pub fn finish(&mut self) -> Option<Line<'_>> {
        if self.state != LineState::Unfinished {
            self.take_back();
        }
        let withheld = self.framing.withheld();
        if withheld.len() <= self.max_line_len {
            self.line.push_bytes(withheld);
        }
        self.framing = Framing::new();
        self.state = LineState::Lent;
        let is_cut = !self.line.tail().is_empty();
        is_cut.then(|| Line::parse(self.line.tail()))
    }

    /// Prepares for a new connection: drops the unfinished line; a byte order mark may come again, and offsets start at
    /// 0.
    pub fn reset(&mut self) {
        self.framing = Framing::new();
        self.take_back();
    }

    /// Returns the number of bytes consumed since the decoder was made, finished or reset.
    pub fn position(&self) -> u64 {
        self.framing.position
    }

    /// Returns the number of bytes retained for an unfinished line; the first part of what may be a byte order mark
    /// does not count.
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

/// Where the stream stands between two chunks, whatever the lines mean.
#[derive(Clone, Debug)]
pub(crate) struct Framing {
    /// Bytes of the byte order mark seen at the start; all of them also when the start is over.
    mark: usize,
    /// Whether the last byte was a CR that ended a line.
    after_cr: bool,
    /// Bytes consumed.
    pub(crate) position: u64,
}

impl Framing {
    pub(crate) const fn new() -> Self {
        Self { mark: 0, after_cr: false, position: 0 }
    }

    /// A scanner for the chunk, with a byte order mark at the start of the stream taken away, and the bytes that were
    /// withheld as its first part but are text after all.
    #[inline(always)]
    pub(crate) fn open<'i>(&mut self, chunk: &'i [u8]) -> (Scanner<'i>, &'static [u8]) {
        let (at, withheld) = if self.mark == MARK.len() { (0, &[][..]) } else { self.skip_mark(chunk) };
        (Scanner::new(chunk, at, self.after_cr), withheld)
    }

    /// Whether the start of the stream, where a byte order mark may be, is over.
    #[inline(always)]
    pub(crate) fn has_started(&self) -> bool {
        self.mark == MARK.len()
    }

    /// A scanner for a chunk that is not the first.
    #[inline(always)]
    pub(crate) fn scanner<'i>(&self, chunk: &'i [u8]) -> Scanner<'i> {
        Scanner::new(chunk, 0, self.after_cr)
    }

    /// How much of the chunk belongs to the mark, or may do so, and what was withheld but does not.
    #[cold]
    fn skip_mark(&mut self, chunk: &[u8]) -> (usize, &'static [u8]) {
        let earlier = self.withheld();
        let matching = MARK[self.mark..].iter().zip(chunk).take_while(|(mark, byte)| mark == byte).count();
        if matching == chunk.len() || self.mark + matching == MARK.len() {
            self.mark += matching;
            return (matching, &[]);
        }
        self.mark = MARK.len();
        (0, earlier)
    }

    /// The part of a byte order mark that is all of the stream so far.
    pub(crate) fn withheld(&self) -> &'static [u8] {
        if self.mark == MARK.len() { &[] } else { &MARK[..self.mark] }
    }

    /// The offset in the stream behind the piece that the scanner gave last, its line end left out.
    pub(crate) fn offset_of_end(&self, scanner: &Scanner<'_>, is_whole: bool) -> u64 {
        self.position + (scanner.consumed() - usize::from(is_whole)) as u64
    }

    /// Where the first line starts in a chunk that is not the first.
    #[inline(always)]
    pub(crate) fn line_start(&self, chunk: &[u8]) -> usize {
        usize::from(self.after_cr && chunk.first() == Some(&b'\n'))
    }

    /// Notes that the lines of the first `consumed` bytes, at least one, have been consumed, and moves `input` behind
    /// them.
    #[inline]
    pub(crate) fn advance(&mut self, consumed: usize, input: &mut &[u8]) {
        self.after_cr = input[consumed - 1] == b'\r';
        self.position += consumed as u64;
        *input = &input[consumed..];
    }

    /// Notes that all of a chunk in the middle of a line has been consumed.
    #[inline]
    pub(crate) fn advance_inside(&mut self, input: &mut &[u8]) {
        self.position += input.len() as u64;
        *input = &[];
    }

    /// Notes what the scanner has consumed and moves `input` behind it.
    #[inline]
    pub(crate) fn close<'i>(&mut self, scanner: &Scanner<'i>, input: &mut &'i [u8]) {
        self.after_cr = scanner.after_cr();
        self.position += scanner.consumed() as u64;
        *input = scanner.remaining();
    }
}

/// The byte order mark, U+FEFF in UTF-8, of which one at the start is dropped (9.2.5; Encoding Standard, "UTF-8
/// decode").
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a decoder retains at most between events is 64 KiB in all; this much of it may be the data buffer, or the line.
/// It is more than 40 kB, so that events of that size, tool results say, do not make the buffer grow each time.
pub(crate) const KEPT_CAPACITY: usize = 52 * 1024;
