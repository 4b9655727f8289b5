//! [`Since`]: what a client gets from a ring.

use alloc::collections::vec_deque;
use core::iter::FusedIterator;

use super::entry::Entry;

/// What a client gets when it comes with a last event ID; see [`Replay::since`](super::Replay::since).
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is no fourth: it had nothing, it has all before these, or it has not"
)]
pub enum Since<'a> {
    /// It came without an ID: what comes from now on, and nothing from before.
    Fresh,
    /// All that it missed.
    Exact(Entries<'a>),
    /// All there is; events before these are missing. The ID has gone from the ring, or is from before a restart, or
    /// was never one of ours.
    Gap(Entries<'a>),
}

/// Events of a ring, the oldest first.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    entries: vec_deque::Iter<'a, Entry>,
}

impl<'a> Entries<'a> {
    pub(super) const fn new(entries: vec_deque::Iter<'a, Entry>) -> Self {
        Self { entries }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a Entry;

    fn next(&mut self) -> Option<&'a Entry> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl DoubleEndedIterator for Entries<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.entries.next_back()
    }
}

impl ExactSizeIterator for Entries<'_> {}

impl FusedIterator for Entries<'_> {}
