//! [`Seam`]: where the stream stands between two chunks, whatever its lines mean. Both decoders have one.
//!
//! ```text
//!          the mark, or no part of it     CR               LF: no line of its own
//! (start) ----------------------> (line) ----> (after CR) ------------> (line)
//!    |  part of the mark              ^ |            | anything else        ^
//!    +--> (start)                     +-+ LF         +----------------------+
//! ```
//!
//! A CR ends its line at once, because nobody knows whether an LF will ever follow (law 8, promptness). If one does, it
//! is left where it is until the next line is wanted: with the byte after the CR in this chunk or at the start of the
//! next, the decoder is in the same state, so the two cannot differ.

/// Where the stream stands between two chunks.
#[derive(Clone, Debug)]
pub(crate) struct Seam {
    /// How many bytes of the byte order mark have been seen; all of them also where the start is over without one.
    mark: usize,
    after_cr: AfterCr,
    /// Bytes consumed.
    pub(crate) position: u64,
}

impl Seam {
    pub(crate) const fn new() -> Self {
        Self { mark: 0, after_cr: AfterCr(false), position: 0 }
    }

    /// Where the first line starts in the chunk, after a byte order mark at the start of the stream and the LF of a
    /// CRLF; and the bytes that were withheld as the mark's first part but are text after all.
    #[inline(always)]
    pub(crate) fn open(&mut self, chunk: &[u8]) -> (usize, &'static [u8]) {
        self.start(chunk).map_or_else(|| self.skip_mark(chunk), |start| (start, &[]))
    }

    /// Where the first line starts, once it is known whether the stream starts with a mark.
    #[inline(always)]
    pub(crate) fn start(&self, chunk: &[u8]) -> Option<usize> {
        (self.mark == MARK.len()).then(|| self.after_cr.lf_len(chunk))
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

    /// Notes how much of the chunk has been consumed, and moves `input` past it.
    #[inline(always)]
    pub(crate) fn close(&mut self, consumed: usize, input: &mut &[u8]) {
        let (taken, rest) = input.split_at(consumed);
        if let Some(last) = taken.last() {
            self.after_cr.note(*last);
            self.position += consumed as u64;
            *input = rest;
        }
    }
}

/// Whether the last byte was a CR that ended a line: an LF that follows belongs to it (9.2.5, `end-of-line`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AfterCr(bool);

impl AfterCr {
    /// How much of the next chunk belongs to the line end before it: 1 for the LF of a CRLF, else 0.
    #[inline(always)]
    pub(crate) fn lf_len(self, chunk: &[u8]) -> usize {
        usize::from(self.0 && chunk.first() == Some(&b'\n'))
    }

    #[inline(always)]
    pub(crate) fn note(&mut self, last: u8) {
        self.0 = last == b'\r';
    }
}

/// The byte order mark, U+FEFF in UTF-8, one of which is dropped at the start (9.2.5; Encoding Standard, "UTF-8
/// decode").
pub(crate) const MARK: &[u8] = b"\xEF\xBB\xBF";
