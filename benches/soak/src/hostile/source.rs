//! [`Source`]: a stream in chunks as a connection brings them, for all who ask for bytes, and none of it in memory.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;

use crate::heap;

pub(crate) struct Source {
    /// They stay to the end, so that what is alive meanwhile is the decoder's.
    parts: [Repeated; 5],
    at: usize,
    given: usize,
    /// What is alive when the end is found: all that came has been decoded by then.
    live_at_end: Option<usize>,
}

/// A block again and again, as many bytes of it as are left.
pub(crate) struct Repeated {
    block: Bytes,
    /// What has been begun of it.
    round: Bytes,
    left: usize,
}

impl Repeated {
    /// So many bytes of this unit, which may end within one.
    pub(crate) fn new(unit: &'static [u8], length: usize) -> Self {
        // A whole number of chunks, and of units.
        let block = if length <= unit.len() { Bytes::from_static(unit) } else { Bytes::from(unit.repeat(CHUNK)) };
        Self { block, round: Bytes::new(), left: length }
    }

    pub(crate) fn once(bytes: &'static [u8]) -> Self {
        Self::new(bytes, bytes.len())
    }

    fn chunk(&mut self) -> Option<Bytes> {
        if self.round.is_empty() {
            self.round = self.block.slice(..self.left.min(self.block.len()));
            self.left -= self.round.len();
        }
        (!self.round.is_empty()).then(|| self.round.split_to(CHUNK.min(self.round.len())))
    }
}

impl Source {
    pub(crate) fn new(parts: [Repeated; 5]) -> Self {
        Self { parts, at: 0, given: 0, live_at_end: None }
    }

    /// How many bytes have come.
    pub(crate) fn given(&self) -> usize {
        self.given
    }

    /// What was alive when the end was found.
    pub(crate) fn live_at_end(&self) -> usize {
        self.live_at_end.expect("the whole stream was read")
    }
}

impl Iterator for Source {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        while let Some(part) = self.parts.get_mut(self.at) {
            if let Some(chunk) = part.chunk() {
                self.given += chunk.len();
                return Some(chunk);
            }
            self.at += 1;
        }
        self.live_at_end.get_or_insert_with(heap::live);
        None
    }
}

impl io::Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.next().unwrap_or_default();
        // `EventReader` asks for more than a chunk at a time.
        buffer[..chunk.len()].copy_from_slice(&chunk);
        Ok(chunk.len())
    }
}

impl Stream for Source {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next().map(Ok))
    }
}

/// The bytes a TCP segment carries.
const CHUNK: usize = 1460;
