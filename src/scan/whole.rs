//! [`WholeLines`]: the lines that are whole in the chunk, found one after the other by the bits of a mask.
//!
//! Where [`Scanner`](super::Scanner) starts a block anew at each line that leaves the one before, so that it can stop
//! anywhere, blocks follow each other here, and each byte is looked at once.

use super::{BLOCK, Masks, Piece, find_end, kernel, short_block};
use crate::{count::count_looked_at, line::FirstBytes, utf8};

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

    /// The same, if it ends in the block that was looked at last, or in the next one.
    #[inline(always)]
    pub(crate) fn end_nearby(&mut self) -> Option<usize> {
        if self.ends == 0 {
            let next = self.block + BLOCK;
            let block = self.chunk.get(next..)?.first_chunk()?;
            count_looked_at(BLOCK);
            self.take_block(next, kernel::block(block));
            if self.ends == 0 {
                return None;
            }
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
        self.take_block(self.block, look(self.chunk, self.block));
        Some(())
    }

    /// Notes what has been seen of the next block.
    #[inline(always)]
    fn take_block(&mut self, block: usize, masks: Masks) {
        self.ascii = masks.ascii && (self.ascii || self.at >= block);
        self.ends = masks.ends;
        self.block = block;
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

    /// Whether the current line ends nearby, and the next one starts with that.
    #[inline(always)]
    pub(crate) fn is_next_of(&mut self, start: &[u8]) -> bool {
        let Some(end) = self.end_nearby() else { return false };
        let mut next = *self;
        next.step(end);
        self.chunk.get(next.at..).is_some_and(|rest| rest.starts_with(start))
    }

    /// Gives lines to `take`, without the `start` that each must have, as long as they are short ASCII, `take` takes them and
    /// the chunk goes on long enough behind them. True if a blank line comes next.
    ///
    /// Here a line that leaves its block starts another, so that what may be copied of it is in one piece of known length. Two
    /// of the longest fit a block: for less to look anew does not pay.
    #[inline(always)]
    pub(crate) fn take_short(&mut self, start: [u8; START], mut take: impl FnMut(Short<'i>) -> bool) -> bool {
        while let Some(view) = self.chunk.get(self.at..).and_then(|rest| rest.first_chunk::<VIEW>()) {
            if self.block != self.at {
                Masks { ends: self.ends, ascii: self.ascii } = look(self.chunk, self.at);
                self.block = self.at;
            }
            let (mut at, mut ends) = (0, self.ends);
            while ends != 0 {
                let end = ends.trailing_zeros() as usize;
                let length = end - at;
                let (first, rest) = view[at..at + START + WINDOW].split_at(START);
                let is_short = length < BLOCK / 2 && first == start && self.ascii;
                if !is_short || !take(Short::new(rest.first_chunk().expect("a window"), length + 1 - START)) {
                    self.at += at;
                    self.ends = ends;
                    return length == 0;
                }
                at = end + 1;
                ends &= ends - 1;
                if view[end] == b'\r' && view[at] == b'\n' {
                    at += 1;
                    ends &= ends.wrapping_sub(1);
                }
            }
            if at == 0 {
                break;
            }
            self.at += at;
            self.ends = 0;
            // If the first byte of the next block was an LF, it is taken.
            self.block += at.saturating_sub(BLOCK);
        }
        false
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

    /// The same as text, if it is UTF-8. A check takes place apart, so that the caller's loop has no part of it.
    #[inline(always)]
    pub(crate) fn text(&self, value_at: usize, end: usize) -> Option<&'i str> {
        let value = self.value(value_at, end)?;
        if self.ascii { value.to_str() } else { checked(value.bytes) }
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

/// A short line, or the rest of one, with the byte that ends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short<'i> {
    /// It, and what follows it in the chunk.
    window: &'i [u8; WINDOW],
    /// Invariant: at least one, at most the length of the window, of which so many bytes are ASCII.
    length: usize,
}

impl<'i> Short<'i> {
    #[inline(always)]
    fn new(window: &'i [u8; WINDOW], length: usize) -> Self {
        debug_assert!(length > 0 && window[..length].is_ascii());
        Self { window, length }
    }

    /// The line, and what follows it in the chunk: to copy all of that is four moves.
    #[inline(always)]
    pub(crate) fn window(self) -> &'i [u8; WINDOW] {
        self.window
    }

    /// The length of the line, which is ASCII.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.length
    }
}

/// The length of what each of the short lines starts with.
const START: usize = 6;

/// How much is copied behind that, with the line's end and more.
const WINDOW: usize = 32;

/// What has to be in sight of lines that start in a block. One byte may be an LF that belongs to a CR.
const VIEW: usize = BLOCK + 1 + START + WINDOW;

#[cold]
fn checked(bytes: &[u8]) -> Option<&str> {
    utf8::check(bytes)
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
        lines_from(WholeLines::new(chunk, 0), chunk)
    }

    fn lines_from<'i>(mut lines: WholeLines<'i>, chunk: &'i [u8]) -> Vec<(&'i [u8], bool)> {
        let mut found = Vec::new();
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

    proptest! {
        #[test]
        fn short_lines_are_those_that_would_be_found(
            skipped in 0..80_usize,
            parts in vec(
                (select(&["data: ", "data: ", "data: ", "data:", "id: 1"][..]), 0..40_usize,
                 select(&["", "", "", "é"][..]), select(&["\n", "\n", "\r", "\r\n", "\n\n"][..])),
                0..9,
            ),
            behind in 0..120_usize,
        ) {
            let mut text: String = "s".repeat(skipped) + "\n";
            text.extend(parts.iter().map(|&(start, length, odd, end)| [start, &"a".repeat(length), odd, end].concat()));
            text += &"b".repeat(behind);
            let chunk = text.as_bytes();
            let mut lines = WholeLines::new(chunk, 0);
            let first = lines.end().expect("a line");
            lines.step(first);
            let expected = lines_from(lines, chunk);
            let mut found = Vec::new();
            let is_blank = lines.take_short(*b"data: ", |line| {
                found.push(&line.window()[..line.len()]);
                found.len() < 5
            });
            // The one that was refused comes again.
            found.truncate(4);
            for (short, (line, _)) in found.iter().zip(&expected) {
                prop_assert!(matches!(short.split_last(), Some((b'\r' | b'\n', rest)) if line.strip_prefix(b"data: ") == Some(rest)));
                prop_assert!(short.is_ascii());
            }
            let rest = lines_from(lines, chunk);
            prop_assert!(!is_blank || rest[0].0.is_empty());
            let of_lines = |lines: &[(&[u8], bool)]| lines.iter().map(|(line, _)| line.to_vec()).collect::<Vec<_>>();
            prop_assert_eq!(of_lines(&rest), of_lines(&expected[found.len()..]));
            prop_assert!(rest.iter().all(|(line, ascii)| !ascii || line.is_ascii()));
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
