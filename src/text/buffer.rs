//! Text that has to be retained: values that arrive in parts, data of several lines, values with bytes to replace.
//!
//! ```text
//! |<------- text: UTF-8 ------->|<-- tail: not checked yet -->|
//! 0                          checked                      bytes.len()
//! ```

use alloc::{string::String, vec::Vec};
use core::{fmt, mem};

use bytes::buf::UninitSlice;

use super::piece::Piece;
use super::put::copy;
use super::utf8_bytes::Utf8Bytes;
use super::{check, replace_in_place, replaced_len};
use crate::options::Utf8Policy;

/// A buffer that is used again and again and gives back what a large value made it take.
#[derive(Clone)]
pub(crate) struct TextBuffer {
    bytes: Vec<u8>,
    /// Invariant: `bytes[..checked]` is UTF-8.
    checked: usize,
    /// Whether all bytes of the tail are known to be ASCII.
    ascii_tail: bool,
    /// The capacity that stays when the buffer is cleared.
    keep: usize,
    /// Doubling stops here; more is allocated only to the byte.
    most: usize,
    /// How much was in here last, and the LF that was taken away. The events of a stream are of much the same size, so
    /// that a buffer for data need not find its size by doubling again.
    expected: usize,
}

impl TextBuffer {
    pub(crate) const fn new(keep: usize, most: usize) -> Self {
        Self { bytes: Vec::new(), checked: 0, ascii_tail: true, keep, most, expected: 0 }
    }

    /// The checked text.
    #[inline]
    #[expect(unsafe_code, reason = "to check again at each look takes 61 % more on 40 kB in 1460-byte chunks")]
    pub(crate) fn text(&self) -> &str {
        debug_assert!(core::str::from_utf8(&self.bytes[..self.checked]).is_ok());
        // SAFETY: the invariant of `checked`.
        unsafe { core::str::from_utf8_unchecked(&self.bytes[..self.checked]) }
    }

    /// The length of the checked text.
    pub(crate) fn len(&self) -> usize {
        self.checked
    }

    /// Whether there is no checked text.
    pub(crate) fn is_empty(&self) -> bool {
        self.checked == 0
    }

    /// The length of all that is in here.
    pub(crate) fn buffered(&self) -> usize {
        self.bytes.len()
    }

    /// What is not checked yet.
    pub(crate) fn tail(&self) -> &[u8] {
        &self.bytes[self.checked..]
    }

    /// Appends to the text; there must be no tail.
    #[inline]
    pub(crate) fn push_str(&mut self, text: &str) {
        debug_assert!(self.tail().is_empty());
        self.append(text.as_bytes());
        self.checked = self.bytes.len();
    }

    /// Appends to the text, with an LF after it; there must be no tail. If the line stands in `chunk`, and is short,
    /// enough of what follows is copied with it that it takes no call.
    #[inline(always)]
    #[expect(unsafe_code, reason = "one look at the room for the line and its end: three lines take 20 % less")]
    pub(crate) fn push_line(&mut self, line: &str, chunk: &[u8]) {
        debug_assert!(self.tail().is_empty());
        self.make_room(line.len() + 1);
        let room = UninitSlice::uninit(self.bytes.spare_capacity_mut());
        // Bytes at the address of the line are the line.
        let at = line.as_ptr().addr().wrapping_sub(chunk.as_ptr().addr());
        match chunk.get(at..).and_then(|rest| rest.first_chunk::<WINDOW>()) {
            Some(window) if line.len() < WINDOW && room.len() >= WINDOW => {
                room[..WINDOW].copy_from_slice(window);
            }
            _ => room[..line.len()].copy_from_slice(line.as_bytes()),
        }
        room.write_byte(line.len(), b'\n');
        // SAFETY: the line and the LF have just been written into the room, which is as large as that or the write of
        // the LF would have panicked.
        unsafe { self.bytes.set_len(self.bytes.len() + line.len() + 1) };
        self.checked = self.bytes.len();
    }

    /// Replaces all by this text.
    #[inline]
    pub(crate) fn set(&mut self, text: &str) {
        self.clear();
        self.push_str(text);
    }

    /// Appends an LF to the text; there must be no tail.
    #[inline(always)]
    pub(crate) fn push_lf(&mut self) {
        debug_assert!(self.tail().is_empty());
        self.make_room(1);
        self.bytes.push(b'\n');
        self.checked = self.bytes.len();
    }

    /// Takes the last LF away, if the text ends with one.
    pub(crate) fn pop_lf(&mut self) {
        if self.bytes[..self.checked].last() == Some(&b'\n') {
            self.checked -= 1;
        }
        self.bytes.truncate(self.checked);
    }

    /// Appends to the tail.
    #[inline]
    pub(crate) fn push_piece(&mut self, piece: Piece<'_>) {
        self.ascii_tail &= piece.is_ascii();
        self.append(piece.bytes());
    }

    /// Makes the tail a part of the text, which may grow by `room` bytes.
    ///
    /// # Errors
    ///
    /// The distance from the end to the byte that stands in the way; the tail is gone then.
    #[inline(always)]
    pub(crate) fn accept_tail(&mut self, policy: Utf8Policy, room: usize) -> Result<(), Unfit> {
        let is_text = self.ascii_tail || check(self.tail()).is_some();
        self.ascii_tail = true;
        if is_text {
            self.checked = self.bytes.len();
            return Ok(());
        }
        self.accept_invalid_tail(policy, room)
    }

    #[cold]
    fn accept_invalid_tail(&mut self, policy: Utf8Policy, room: usize) -> Result<(), Unfit> {
        let (from, raw) = (self.checked, self.tail().len());
        let replaced = match policy {
            Utf8Policy::Replace => replaced_len(self.tail(), room).map_err(|at| Unfit::TooLong(raw - at)),
            Utf8Policy::Reject => Err(Unfit::Invalid(
                raw - core::str::from_utf8(self.tail()).map_or_else(|error| error.valid_up_to(), str::len),
            )),
        };
        let length = replaced.inspect_err(|_| self.bytes.truncate(from))?;
        self.make_room(length - raw);
        self.bytes.resize(from + length, 0);
        replace_in_place(&mut self.bytes, from, raw);
        self.checked = from + length;
        Ok(())
    }

    /// Takes the text of another buffer, which is empty afterwards.
    #[inline]
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        mem::swap(self, other);
        other.clear();
    }

    /// Drops everything, and all memory above what is kept.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.bytes.capacity() == 0 {
            return;
        }
        self.checked = 0;
        self.ascii_tail = true;
        self.expected = self.bytes.len() + 1;
        self.bytes.clear();
        if self.bytes.capacity() > self.keep {
            self.bytes = Vec::new();
        }
    }

    /// The text in memory of its own; afterwards the buffer is empty.
    pub(crate) fn take(&mut self) -> Utf8Bytes {
        if self.checked < GIVE_AWAY_FROM || self.checked < self.bytes.capacity() / 2 {
            let text = Utf8Bytes::from(self.text());
            self.clear();
            return text;
        }
        // Nearly full: handing the buffer over saves the copy.
        let mut bytes = mem::take(&mut self.bytes);
        self.expected = bytes.len() + 1;
        bytes.truncate(mem::take(&mut self.checked));
        // The invariant of `checked`, to which the bytes were cut, is that of the type.
        Utf8Bytes::of_text(bytes.into())
    }

    /// The text in memory of its own, with another one after it; afterwards the buffer is empty.
    pub(crate) fn take_with(&mut self, more: &str) -> Utf8Bytes {
        if self.checked < GIVE_AWAY_FROM {
            // By hand, since `concat` takes a tenth of the time of a short event that is cut.
            let mut text = String::with_capacity(self.checked + more.len());
            text.push_str(self.text());
            text.push_str(more);
            self.clear();
            return text.into();
        }
        // What is given away should not have doubled just before.
        self.bytes.reserve_exact(more.len());
        self.push_str(more);
        self.take()
    }

    #[inline]
    #[expect(unsafe_code, reason = "the length is set once: chunks of 10 bytes take 17 % less")]
    fn append(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        let room = &mut UninitSlice::uninit(self.bytes.spare_capacity_mut())[..bytes.len()];
        copy(bytes, room);
        // SAFETY: so many bytes of the room have just been written, which `copy` checks in a debug build.
        unsafe { self.bytes.set_len(self.bytes.len() + bytes.len()) };
    }

    #[inline]
    fn make_room(&mut self, additional: usize) {
        if self.bytes.capacity() - self.bytes.len() < additional {
            self.grow(additional);
        }
    }

    /// Grows to what is expected, or by doubling, but not past what is kept or may be asked for as long as that is
    /// enough.
    #[cold]
    fn grow(&mut self, additional: usize) {
        let needed = self.bytes.len() + additional;
        let is_first = self.bytes.capacity() == 0 && self.keep == KEPT_CAPACITY;
        let expected = if is_first { self.expected } else { 0 };
        let doubled = SMALLEST.max(self.bytes.capacity().saturating_mul(2)).max(expected).min(self.most);
        let capacity = if needed.max(expected) <= self.keep { doubled.min(self.keep) } else { doubled };
        self.bytes.reserve_exact(capacity.max(needed) - self.bytes.len());
    }
}

impl fmt::Debug for TextBuffer {
    /// Lengths only: the text may be large, and a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, capacity) = (self.bytes.len(), self.bytes.capacity());
        f.debug_struct("TextBuffer").field("length", &length).field("capacity", &capacity).finish_non_exhaustive()
    }
}

/// Why a tail cannot become text; with the number of bytes from the offending one to the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unfit {
    Invalid(usize),
    TooLong(usize),
}

/// A decoder retains at most 64 KiB in all between events; this much of it may be the data buffer, or the line. It is
/// more than 40 kB, so that events of that size, tool results for example, do not make the buffer grow each time.
pub(crate) const KEPT_CAPACITY: usize = 52 * 1024;

/// What a buffer for a type or an ID keeps between events. Four of them, an ID to share and the data buffer keep 64 KiB
/// at most.
pub(crate) const KEPT_SHORT: usize = 2 * 1024;

/// How much of the chunk is copied for a short line, in two moves, whatever the line's length.
const WINDOW: usize = 32;

/// The first allocation: a few short lines.
const SMALLEST: usize = 256;

/// From here on a buffer is handed over rather than copied, if it is at least half full; and data is shared with its
/// chunk if there is memory to be allocated for other texts.
pub(crate) const GIVE_AWAY_FROM: usize = 4096;
