//! [`Passage`]: bytes in, and out comes what an editor makes of their blocks.
//!
//! ```text
//! chunk:  |<-- gone -->|<-- kept -->|<-- input -->|
//! queue:  what comes before `kept`
//! ```
//!
//! Kept blocks that are neighbours in the chunk are one range of it, and so one piece of its memory.
//!
//! To the decoder, the LF of a CRLF is a part of the next block, but it ends a line of the one before. So here it goes
//! with that one, and at once, since some clients wait for it; the editor does not see it. A block that the editor has
//! held back gets an LF of its own.

use alloc::collections::VecDeque;
use core::ops::Range;

use bytes::Bytes;

use super::editor::Edit;
use crate::block::{Block, BlockDecoder, Part};
use crate::body::batch::{Batch, MAX_LEN};

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
    /// Whether a CR at the end of a block has ever had its LF.
    has_crlf: bool,
    /// Whether a part of a block is out, and nothing but more of it may follow: it is above the limit, or was cut off.
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
            has_crlf: false,
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
                    let offset = block.offset();
                    self.apply(edit, Kept { bytes: block.into_raw(), offset, is_whole: true });
                }
                Some(Part::Oversized(bytes)) => {
                    self.is_half_sent = self.decoder.is_mid_block();
                    let offset = self.decoder.position() - bytes.len() as u64;
                    self.send_part(bytes, offset);
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

    /// Does what the editor said when it was asked about this part of the stream.
    fn apply(&mut self, edit: Edit, kept: Kept) {
        match edit {
            _ if self.is_half_sent => {}
            Edit::Keep => {
                self.send_part(kept.bytes, kept.offset);
                self.is_half_sent = !kept.is_whole;
            }
            Edit::Drop => {}
            Edit::Replace(block) => {
                let offset = block.offset();
                self.send_part(block.into_raw(), offset);
                if self.has_crlf && offset != kept.offset {
                    self.send_line_end(Bytes::from_static(b"\n"));
                }
            }
            Edit::Frames(frames) => self.send(frames.into_bytes()),
            Edit::Many(edits) => edits.into_iter().for_each(|edit| self.apply(edit, kept.clone())),
        }
    }

    /// Sends a part of the stream, without a byte order mark unless it still is one.
    fn send_part(&mut self, bytes: Bytes, offset: u64) {
        let has_mark = offset == 0 && self.last.is_some() && bytes.starts_with(MARK);
        self.send(if has_mark { bytes.slice(MARK.len()..) } else { bytes });
    }

    /// Sends the LF of a CRLF, if the CR is what went before.
    fn send_line_end(&mut self, line_end: Bytes) {
        self.has_crlf |= !line_end.is_empty();
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

    /// Ends the stream as the editor said when it was asked about what was cut off.
    pub(super) fn end(&mut self, edit: Edit) {
        let offset = self.decoder.position() - self.decoder.buffered() as u64;
        let is_mid_block = self.is_mid_block();
        let rest = self.decoder.finish().unwrap_or_default();
        if self.is_half_sent {
            self.send_part(rest, offset);
        } else if is_mid_block {
            self.apply(edit, Kept { bytes: rest, offset, is_whole: false });
        } else {
            if rest == "\n" {
                // The block that it belongs to has not gone on.
                self.send_line_end(rest);
            } else {
                // A byte order mark, or nothing.
                self.send_part(rest, offset);
            }
            self.apply(edit, Kept { bytes: Bytes::new(), offset, is_whole: true });
        }
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

    /// Whether all that came has gone out, except for a block that is not whole.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.kept.is_empty() && self.input.is_empty()
    }
}

/// What an editor is asked about.
#[derive(Clone)]
struct Kept {
    bytes: Bytes,
    offset: u64,
    /// Whether another may follow it.
    is_whole: bool,
}

/// A byte order mark.
const MARK: &[u8] = "\u{FEFF}".as_bytes();
