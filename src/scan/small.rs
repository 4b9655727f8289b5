//! [`Small`]: the pieces of a chunk that is shorter than a block.

use super::{BLOCK, Piece, kernel, short_block};
use crate::count::count_looked_at;

/// Cuts a chunk of less than 64 bytes into pieces: lines, and what is there of the last one.
#[derive(Debug)]
pub(crate) struct Small<'i> {
    chunk: &'i [u8],
    /// Where the next piece starts.
    at: usize,
    /// Where the last one ended, before its line end.
    end: usize,
    /// The line ends of the chunk.
    ends: u64,
    ascii: bool,
}

impl<'i> Small<'i> {
    #[inline(always)]
    pub(crate) fn new(chunk: &'i [u8], at: usize) -> Self {
        debug_assert!(chunk.len() < BLOCK);
        count_looked_at(chunk.len());
        // Without a call for the smallest: a tenth of their time.
        let masks = match (chunk.first_chunk(), chunk.last_chunk()) {
            (Some(first), Some(last)) if chunk.len() <= 16 => kernel::from_8(*first, *last, chunk.len()),
            _ => short_block(chunk),
        };
        Self { chunk, at, end: at, ends: masks.ends, ascii: masks.ascii }
    }

    /// Whether two line ends stand side by side; they may also be one CRLF.
    #[inline(always)]
    pub(crate) fn has_blank_line(&self) -> bool {
        self.ends & (self.ends >> 1) != 0
    }

    /// Behind the first line end; the LF of a CRLF is left.
    #[inline(always)]
    pub(crate) fn first_start(&self) -> Option<usize> {
        (self.ends != 0).then(|| self.ends.trailing_zeros() as usize + 1)
    }

    /// Where a line starts that is neither blank nor a comment. What the chunk starts with is no such line.
    #[inline(always)]
    pub(crate) fn start_behind_comments(&self) -> Option<usize> {
        let mut starts = self.ends << 1 & !self.ends;
        while starts != 0 {
            let at = starts.trailing_zeros() as usize;
            if self.chunk.get(at)? != &b':' {
                return Some(at);
            }
            starts &= starts - 1;
        }
        None
    }

    /// Whether the chunk ends with a line end.
    #[inline(always)]
    pub(crate) fn ends_with_line(&self) -> bool {
        self.ends >> (self.chunk.len() - 1) != 0
    }

    /// All of the chunk, if no line ends in it.
    #[inline(always)]
    pub(crate) fn without_end(&self) -> Option<Piece<'i>> {
        (self.ends == 0).then_some(Piece { bytes: self.chunk, ascii: self.ascii })
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.chunk.len()
    }

    /// The next line and true, or what there is of it and false; the chunk must not be used up. The LF of a CRLF is
    /// taken with the CR if it is there.
    #[inline(always)]
    pub(crate) fn next_piece(&mut self) -> (Piece<'i>, bool) {
        let rest = &self.chunk[self.at..];
        let length = rest.len().min((self.ends >> self.at).trailing_zeros() as usize);
        let (bytes, behind) = rest.split_at(length);
        self.end = self.at + length;
        self.at = self.chunk.len()
            - match behind {
                [b'\r', b'\n', behind @ ..] | [_, behind @ ..] => behind.len(),
                [] => 0,
            };
        (Piece { bytes, ascii: self.ascii }, !behind.is_empty())
    }

    /// Where the last piece ended, before its line end.
    #[inline(always)]
    pub(crate) fn end_of_piece(&self) -> usize {
        self.end
    }

    #[inline(always)]
    pub(crate) fn consumed(&self) -> usize {
        self.at
    }
}
