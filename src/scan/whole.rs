//! [`WholeLines`]: the lines that are whole in the chunk, found one after the other by the bits of a mask.
//!
//! Where [`Scanner`](super::Scanner) starts a block anew at each line that leaves the one before, so that it can stop
//! anywhere, blocks follow each other here, and each byte is looked at once.

use super::{BLOCK, Masks, Piece, find_end, kernel, short_block};
use crate::{count::count_looked_at, line::FirstBytes};

/// Cuts a chunk into lines as long as they are whole. Each block is looked at once: its mask outlives the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeLines<'i> {
    chunk: &'i [u8],
    /// Where the current line starts.
    at: usize,
    /// Where the block starts that was looked at last; and its line ends that have not been taken.
    block: usize,
    ends: u64,
    /// Whether all that has been looked at since the block in which the current line starts is ASCII.
    ascii: bool,
}

impl<'i> WholeLines<'i> {
    #[inline(always)]
    pub(crate) fn new(chunk: &'i [u8], at: usize) -> Self {
        let Masks { ends, ascii } = look(chunk, at);
        Self { chunk, at, block: at, ends, ascii }
    }

    /// Where the current line starts.
    #[inline(always)]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Where the current line ends, if it is whole.
    #[inline(always)]
    pub(crate) fn end(&mut self) -> Option<usize> {
        while self.ends == 0 {
            self.look_on()?;
        }
        Some(self.block + self.ends.trailing_zeros() as usize)
    }

    /// The same, if the line is one that is long already.
    #[inline(always)]
    pub(crate) fn end_of_long(&mut self) -> Option<usize> {
        if self.ends == 0 && self.chunk.len() > LONG {
            self.block += BLOCK;
            self.look_far()?;
        }
        self.end()
    }

    /// Goes on to the next block.
    #[inline(always)]
    fn look_on(&mut self) -> Option<()> {
        self.block += BLOCK;
        if self.block > self.at + LONG {
            return self.look_far();
        }
        if self.block >= self.chunk.len() {
            return None;
        }
        let masks = look(self.chunk, self.block);
        self.ascii = masks.ascii && (self.ascii || self.at >= self.block);
        self.ends = masks.ends;
        Some(())
    }

    /// Goes on to the end of a long line.
    #[inline(always)]
    fn look_far(&mut self) -> Option<()> {
        let rest = self.chunk.get(self.block..)?;
        let (length, ascii) = find_end(rest);
        self.ascii &= ascii;
        if length == rest.len() {
            self.block = self.chunk.len();
            return None;
        }
        // As if it were the last byte of a block, since nothing is known of what follows.
        self.block = self.block + length + 1 - BLOCK;
        self.ends = 1 << (BLOCK - 1);
        Some(())
    }

    /// The first eight bytes of the current line, and of what follows it.
    #[inline(always)]
    pub(crate) fn first_8(&self) -> Option<FirstBytes> {
        self.chunk.get(self.at..)?.first_chunk().map(|first| FirstBytes(u64::from_le_bytes(*first)))
    }

    /// The current line from `value_at` to `end`.
    #[inline(always)]
    pub(crate) fn value(&self, value_at: usize, end: usize) -> Option<Piece<'i>> {
        let bytes = self.chunk.get(self.at + value_at..end)?;
        Some(Piece { bytes, ascii: self.ascii })
    }

    /// The current line, which ends there.
    #[inline(always)]
    pub(crate) fn up_to(&self, end: usize) -> &'i [u8] {
        &self.chunk[self.at..end]
    }

    /// What there is of the current line if it does not end in the chunk, as `end` has shown.
    #[inline(always)]
    pub(crate) fn rest(&self) -> Piece<'i> {
        let bytes = self.chunk.get(self.at..).unwrap_or_default();
        Piece { bytes, ascii: self.ascii }
    }

    /// Goes on to the next line.
    #[inline(always)]
    pub(crate) fn step(&mut self, end: usize) {
        self.at = end + 1;
        self.ends &= self.ends - 1;
        if self.chunk[end] == b'\r' {
            self.step_over_lf();
        }
    }

    /// A CR has ended the line; an LF that follows belongs to it.
    #[inline(always)]
    fn step_over_lf(&mut self) {
        if self.chunk.get(self.at) == Some(&b'\n') {
            self.at += 1;
            if self.ends != 0 {
                self.ends &= self.ends - 1;
            } else {
                // It is the first of the next block.
                self.block = self.at - BLOCK;
                self.ascii = true;
            }
        }
    }
}

/// Looks at 64 bytes, or at what there is.
#[inline(always)]
fn look(chunk: &[u8], at: usize) -> Masks {
    let rest = chunk.get(at..).unwrap_or_default();
    count_looked_at(rest.len().min(BLOCK));
    match rest.first_chunk() {
        Some(block) => kernel::block(block),
        None => short_block(rest),
    }
}

/// Behind so much of a line the widest vectors pay.
const LONG: usize = 4 * BLOCK;

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::WholeLines;

    /// The lines that end in the chunk, and whether each is sure to be ASCII.
    fn lines(chunk: &[u8]) -> Vec<(&[u8], bool)> {
        let (mut lines, mut found) = (WholeLines::new(chunk, 0), Vec::new());
        while let Some(end) = lines.end() {
            let line = lines.value(0, end).expect("a line");
            found.push((line.bytes(), line.is_ascii()));
            lines.step(end);
        }
        assert!(!chunk[lines.at()..].iter().any(|byte| b"\r\n".contains(byte)));
        found
    }

    proptest! {
        #[test]
        fn every_whole_line_is_found(
            parts in vec((0..600_usize, select(&["", "x", "é", "\r", "\n", "\r\n", "\n\n", "\r\r\n"][..])), 0..9),
        ) {
            let text: String = parts.iter().flat_map(|&(length, part)| ["a".repeat(length), part.into()]).collect();
            let (mut expected, mut rest) = (Vec::new(), text.as_str());
            while let Some(end) = rest.find(['\r', '\n']) {
                expected.push(&rest.as_bytes()[..end]);
                rest = &rest[end..];
                rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
            }
            let found = lines(text.as_bytes());
            prop_assert!(found.iter().all(|(line, ascii)| !ascii || line.is_ascii()));
            prop_assert_eq!(found.into_iter().map(|(line, _)| line).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn an_lf_that_is_the_first_of_a_block_belongs_to_its_cr() {
        for before in 0..200 {
            let chunk = ["x".repeat(before).as_str(), "\r\ndata: y\r\n\r\n"].concat();
            let found: Vec<_> = lines(chunk.as_bytes()).iter().map(|(line, _)| line.len()).collect();
            assert_eq!(found, [before, 7, 0], "{before} bytes before");
        }
    }
}
