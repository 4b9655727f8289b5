//! [`Passage`]: bytes in, and out what an editor makes of their blocks.
//!
//! ```text
//! chunk:  |<-- gone -->|<-- kept -->|<-- input -->|
//! queue:  what comes before `kept`
//! ```
//!
//! Kept blocks that are neighbours in the chunk are one range of it, and so one piece of its memory.
//!
//! To the decoder, the LF of a CRLF is a part of the next block, but it ends a line of the one before. So here it goes
//! with that one, and at once, since some clients wait for it; the editor does not see it.

use alloc::collections::VecDeque;
use core::ops::Range;

use bytes::Bytes;

use super::Edit;
use crate::block::{Block, BlockDecoder, Part};
use crate::body::batch::{Batch, MAX_LEN};
use crate::frame::EncodedFrames;
use crate::seam::MARK;

/// The way of a stream through an editor.
pub(super) struct Passage {
    decoder: BlockDecoder,
    /// What came last, and the part of it that has not been decoded.
    chunk: Bytes,
    input: Bytes,
    /// What goes on of the chunk, after the queue.
    kept: Range<usize>,
    /// What goes out next. Invariant: no piece is empty.
    queue: VecDeque<Bytes>,
    /// The last byte that is out or will be before what comes next; `None` at the start.
    last: Option<u8>,
    /// Whether a part of a block above the limit is out, and more of it is to come: then nothing else may go out.
    is_half_sent: bool,
}

impl Passage {
    pub(super) const fn new(decoder: BlockDecoder) -> Self {
        Self {
            decoder,
            chunk: Bytes::new(),
            input: Bytes::new(),
            kept: 0..0,
            queue: VecDeque::new(),
            last: None,
            is_half_sent: false,
        }
    }

    /// Takes the next bytes; those before are used up.
    pub(super) fn feed(&mut self, chunk: Bytes) {
        debug_assert!(self.is_empty());
        self.input = chunk.clone();
        self.chunk = chunk;
        self.kept = 0..0;
    }

    /// Collects what may go out, until the batch is full or the chunk used up.
    pub(super) fn collect(&mut self, batch: &mut Batch, mut editor: impl FnMut(&Block) -> Edit) {
        loop {
            while let Some(piece) = self.queue.front_mut() {
                let taken = batch.take(piece, MAX_LEN);
                if piece.is_empty() {
                    self.queue.pop_front();
                }
                if taken.is_break() {
                    return;
                }
            }
            match self.decoder.decode_bytes(&mut self.input) {
                Some(Part::Block(mut block)) => {
                    self.send_line_end(block.split_line_end());
                    let edit = editor(&block);
                    self.apply(edit, block);
                }
                Some(Part::Oversized(bytes)) => {
                    self.is_half_sent = self.decoder.is_mid_block();
                    let is_first = self.decoder.position() == bytes.len() as u64;
                    self.send_part(bytes, is_first);
                }
                None => {
                    if self.last == Some(b'\r') && self.decoder.take_line_end() {
                        self.send_line_end(self.chunk.slice(self.chunk.len().saturating_sub(1)..));
                    }
                    if self.kept.is_empty() {
                        // Its memory is not to wait with us for the next.
                        self.chunk = Bytes::new();
                        return;
                    }
                    self.queue_kept();
                }
            }
        }
    }

    /// Does with the block what the editor says.
    fn apply(&mut self, edit: Edit, block: Block) {
        match edit {
            Edit::Keep => self.send_block(block),
            Edit::Drop => {}
            Edit::Replace(other) => self.send_block(other),
            Edit::Frames(frames) => self.send(frames.into_bytes()),
            Edit::Many(edits) => edits.into_iter().for_each(|edit| self.apply(edit, block.clone())),
        }
    }

    fn send_block(&mut self, block: Block) {
        let is_first = block.offset() == 0;
        self.send_part(block.into_raw(), is_first);
    }

    /// Sends a part of the stream, without a byte order mark unless it still is one.
    fn send_part(&mut self, bytes: Bytes, is_first: bool) {
        let has_mark = is_first && self.last.is_some() && bytes.starts_with(MARK);
        self.send(if has_mark { bytes.slice(MARK.len()..) } else { bytes });
    }

    /// Sends the LF of a CRLF, if the CR is what went before.
    fn send_line_end(&mut self, line_end: Bytes) {
        if self.last == Some(b'\r') {
            self.send(line_end);
        }
    }

    /// Sends these bytes next.
    fn send(&mut self, bytes: Bytes) {
        let Some(&last) = bytes.last() else { return };
        self.last = Some(last);
        let start = bytes.as_ptr().addr().wrapping_sub(self.chunk.as_ptr().addr());
        if start >= self.chunk.len() {
            // It was made by the editor, or put together from several chunks.
            self.queue_kept();
            self.queue.push_back(bytes);
            return;
        }
        if start != self.kept.end {
            self.queue_kept();
            self.kept.start = start;
        }
        self.kept.end = start + bytes.len();
    }

    /// Moves what is kept of the chunk to the queue.
    fn queue_kept(&mut self) {
        if !self.kept.is_empty() {
            self.queue.push_back(self.chunk.slice(self.kept.clone()));
            self.kept.start = self.kept.end;
        }
    }

    /// Ends the stream with these frames, which take the place of a block that was cut off.
    pub(super) fn end(&mut self, last: EncodedFrames) {
        let is_first = self.decoder.position() == self.decoder.buffered() as u64;
        let is_mid_block = self.is_mid_block();
        let rest = self.decoder.finish().unwrap_or_default();
        if !is_mid_block {
            // A byte order mark, or the LF of a CRLF whose CR did not go on.
            self.send_part(if is_first { rest } else { Bytes::new() }, true);
        } else if last.is_empty() || self.is_half_sent {
            self.send_part(rest, is_first);
            return;
        }
        self.send(last.into_bytes());
        self.queue_kept();
    }

    /// Notes that a frame went out which did not come from here.
    pub(super) const fn note_frame(&mut self) {
        self.last = Some(b'\n');
    }

    pub(super) fn is_mid_block(&self) -> bool {
        self.decoder.is_mid_block()
    }

    pub(super) const fn is_half_sent(&self) -> bool {
        self.is_half_sent
    }

    /// Whether all that came has gone out, but for a block that is not whole.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.kept.is_empty() && self.input.is_empty()
    }
}
