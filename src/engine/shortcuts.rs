//! What is frequent, in fewer instructions. None of these decides anything: without them, every stream gives what it
//! gives with them, more slowly. Each tells what it gains: how many times as fast the corpora of `benches/compare` are
//! decoded with it, in one process with a copy that lacks it.
//!
//! There are four, and a fifth has to gain as much as the least of them. What has been tried and gained less is listed
//! in CONTRIBUTING.md.

use super::pending::{InChunk, Stage};
use super::{EVENTS, Engine, Place};
use crate::line::FirstBytes;
use crate::scan::{Lines, skip_colons};

impl Engine {
    /// Whether `one_line_event` may be asked: nothing of an event or of a line has been taken, and nothing is lent.
    #[inline(always)]
    pub(crate) fn is_between_events(&self) -> bool {
        self.place == Place::LineStart && self.pending.stage == Stage::Empty
    }

    /// The case that counts, token streams: takes an event that is nothing but one line of data, whole in the chunk,
    /// and returns its data.
    // Gain, chunks of many events: chats 1.5, 17 bytes 1.6, CRLF 1.5; owned, 17 bytes 2.1. It is inlined into the
    // caller's loop, and what it returns goes from there to the caller in registers.
    #[inline(always)]
    pub(crate) fn one_line_event<'i>(&mut self, input: &mut &'i [u8]) -> Option<&'i str> {
        debug_assert!(self.is_between_events());
        let start = self.seam.start(input)?;
        let value_at = FirstBytes(u64::from_le_bytes(*input[start..].first_chunk()?)).value_of_data()?;
        let mut lines = Lines::new(input, start);
        let end = lines.end()?;
        let next = after_blank_line(input, end)?;
        let text = lines.text(value_at, end, self.pending.room_end(start + value_at))?;
        self.seam.close(next, input);
        Some(text)
    }

    /// Copies a line of data, and those that follow it as long as they are whole, text, and within the limit.
    // Gain: twenty lines 1.2, three short lines 1.05. The loop has one copy a line and asks for nothing but data; that
    // the name comes before the end of the line is 2 %.
    #[inline(always)]
    pub(super) fn copy_data_lines<'i>(
        &mut self,
        lines: &mut Lines<'i>,
        event: &mut InChunk<'i>,
        (mut value_at, mut text): (usize, &'i str),
        room_end: usize,
    ) {
        if let Some(first) = event.data.take() {
            self.pending.begin_lines(first);
        }
        self.pending.stage = Stage::Begun;
        loop {
            self.pending.data.push_line(text, lines.chunk);
            lines.step(lines.at + value_at + text.len());
            let Some(next_at) = FirstBytes(lines.first_8()).value_of_data() else { return };
            let Some(end) = lines.end() else { return };
            let Some(next) = lines.text(next_at, end, room_end) else { return };
            (value_at, text) = (next_at, next);
        }
    }

    /// Takes blank lines and comments between events, and the rest of such a line; returns how much that is.
    // Gain, comments that keep a connection alive: whole 4.2, in chunks of 1460 bytes 3.7, of 128 3.1, of 10 2.0.
    #[inline(always)]
    pub(super) fn skip_comments(&mut self, bytes: &[u8]) -> usize {
        let length = skip_colons(bytes, u64::from(self.place == Place::LineStart));
        if let Some(last) = bytes[..length].last() {
            let is_line_end = matches!(last, b'\n' | b'\r');
            self.place = if is_line_end { Place::LineStart } else { Place::Skip };
        }
        length
    }

    /// The length of the rest of a comment between events, and of the comments after it.
    #[inline(always)]
    pub(super) fn skip_rest_of_comment<const SHOWN: bool>(&mut self, bytes: &[u8]) -> Option<usize> {
        // In shorter chunks it takes longer than looking for the end of the line: in chunks of one byte, 1.6 times as
        // long.
        let is_comment = self.place == Place::Skip && self.pending.stage == Stage::Empty;
        (SHOWN == EVENTS && is_comment && bytes.len() >= 8).then(|| self.skip_comments(bytes))
    }
}

/// Where the chunk goes on after the blank line that follows the line which ends there, if one does; the LF of a CRLF
/// at its end is left, as everywhere.
// Gain, after a line that was cut: chats in chunks of 128 bytes 1.09, CRLF 1.13. Most lines that are cut are the last
// of their event, and setting up the loop for the blank line takes longer than the line.
#[inline(always)]
pub(super) fn after_blank_line(chunk: &[u8], end: usize) -> Option<usize> {
    match chunk[end..] {
        [b'\n', b'\n' | b'\r', ..] | [b'\r', b'\r', ..] => Some(end + 2),
        [b'\r', b'\n', b'\n' | b'\r', ..] => Some(end + 3),
        _ => None,
    }
}
