//! [`Small`]: the pieces of a chunk that is shorter than a block.

use super::{BLOCK, Piece, short_block};
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
        let masks = short_block(chunk);
        Self { chunk, at, end: at, ends: masks.ends, ascii: masks.ascii }
    }

    /// Whether two line ends stand side by side; they may also be one CRLF.
    #[inline(always)]
    pub(crate) fn has_blank_line(&self) -> bool {
        self.ends & (self.ends >> 1) != 0
    }

    /// The first byte of the next piece.
    #[inline(always)]
    pub(crate) fn first(&self) -> Option<u8> {
        self.chunk.get(self.at).copied()
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
