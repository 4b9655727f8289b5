//! [`LastEventId`]: the ID that outlives its event, and a copy of it for events that own their text.

use core::mem;

use crate::count::count_looked_at;
use crate::text::buffer::{KEPT_SHORT, TextBuffer};
use crate::text::utf8_bytes::Utf8Bytes;

/// The last event ID, as of the last blank line.
#[derive(Clone, Debug)]
pub(crate) struct LastEventId {
    text: TextBuffer,
    /// The text once more, which owned events share, made when one first needs it; empty if none has.
    shared: Utf8Bytes,
}

impl LastEventId {
    pub(crate) const fn new(most: usize) -> Self {
        Self { text: TextBuffer::new(KEPT_SHORT, most), shared: Utf8Bytes::new() }
    }

    #[inline(always)]
    pub(crate) fn text(&self) -> &str {
        self.text.text()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    #[inline(never)]
    pub(crate) fn set(&mut self, id: &str) {
        self.text.set(id);
        self.check_shared();
    }

    /// Takes the ID that an event has set, if it has set one. What the buffer holds afterwards has no meaning.
    #[inline(always)]
    pub(crate) fn commit(&mut self, pending: &mut TextBuffer) {
        if !pending.is_empty() {
            self.exchange(pending);
        }
    }

    #[inline(never)]
    fn exchange(&mut self, pending: &mut TextBuffer) {
        mem::swap(&mut self.text, pending);
        self.text.pop_lf();
        self.check_shared();
    }

    /// Drops the copy if the ID is another one now.
    #[inline(always)]
    fn check_shared(&mut self) {
        if !self.shared.is_empty() {
            count_looked_at(self.shared.len());
            if self.shared.as_str() != self.text.text() {
                self.shared = Utf8Bytes::new();
            }
        }
    }

    /// The ID in shared memory, if there is one.
    #[inline(never)]
    pub(crate) fn shared(&mut self) -> Option<Utf8Bytes> {
        if self.shared.is_empty() {
            self.shared = self.text.text().into();
        }
        (!self.shared.is_empty()).then(|| self.shared.clone())
    }
}
