//! Text that has to be retained: values that arrive in parts, data of several lines, values with bytes to replace.
//!
//! ```text
//! |<------- text: UTF-8 ------->|<-- tail: not checked yet -->|
//! 0                          checked                      bytes.len()
//! ```
#![allow(unsafe_code)] // Two conversions that rest on the invariant of `checked`.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    Utf8Bytes,
    line::FirstBytes,
    options::Utf8Policy,
    scan::{Piece, Short},
    utf8,
};

/// A buffer that is used again and again and gives back what a large value made it take.
#[derive(Clone)]
pub(crate) struct Scratch {
    bytes: Vec<u8>,
    /// Invariant: `bytes[..checked]` is UTF-8.
    checked: usize,
    /// Whether all bytes of the tail are known to be ASCII.
    ascii_tail: bool,
    /// The capacity that stays when the buffer is cleared.
    keep: usize,
    /// The caller never asks for more, so no more is allocated ahead of need.
    most: usize,
}

impl Scratch {
    pub(crate) const fn new(keep: usize, most: usize) -> Self {
        Self { bytes: Vec::new(), checked: 0, ascii_tail: true, keep, most }
    }

    /// The checked text.
    #[inline]
    pub(crate) fn text(&self) -> &str {
        debug_assert!(core::str::from_utf8(&self.bytes[..self.checked]).is_ok());
        // SAFETY: the invariant of `checked`.
        unsafe { core::str::from_utf8_unchecked(&self.bytes[..self.checked]) }
    }

    /// The length of the checked text.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.checked
    }

    /// Whether there is no checked text.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.checked == 0
    }

    /// The length of all that is in here.
    pub(crate) fn buffered(&self) -> usize {
        self.bytes.len()
    }

    /// What is not checked yet.
    #[inline]
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

    /// Appends to the text, with an LF behind it; there must be no tail.
    #[inline]
    pub(crate) fn push_line(&mut self, line: &str) {
        debug_assert!(self.tail().is_empty());
        self.make_room(line.len() + 1);
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
        self.checked = self.bytes.len();
    }

    /// Replaces all by this text.
    #[inline]
    pub(crate) fn set(&mut self, text: &str) {
        self.clear();
        if text.len() > 8 {
            return self.push_str(text);
        }
        // So short is the ID of most events that have one, and a word is less than a call.
        self.make_room(8);
        self.bytes.extend_from_slice(&FirstBytes::of(text.as_bytes()).0.to_le_bytes());
        self.bytes.truncate(text.len());
        self.checked = text.len();
    }

    /// Appends a line that comes with its line end, which becomes an LF; there must be no tail.
    #[inline]
    pub(crate) fn push_ended_line(&mut self, line: &str) {
        self.push_str(line);
        if let Some(end) = self.bytes.last_mut() {
            *end = b'\n';
        }
    }

    /// The same for a short one, with what follows it until its length is set; false if there is no room for that.
    #[inline(always)]
    pub(crate) fn push_short_line(&mut self, line: Short<'_>) -> bool {
        debug_assert!(self.tail().is_empty());
        if self.bytes.capacity() - self.bytes.len() < line.window().len() {
            return false;
        }
        let length = self.bytes.len() + line.len();
        self.bytes.extend_from_slice(line.window());
        self.bytes.truncate(length);
        self.checked = length;
        if let Some(end) = self.bytes.last_mut() {
            *end = b'\n';
        }
        true
    }

    /// Takes the last LF away, if the text ends with one.
    #[inline]
    pub(crate) fn pop_lf(&mut self) {
        if self.text().ends_with('\n') {
            self.checked -= 1;
            self.bytes.truncate(self.checked);
        }
    }

    /// Appends to the tail what nothing is known of.
    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        self.append(bytes);
        self.ascii_tail &= bytes.is_empty();
    }

    /// Appends to the tail.
    #[inline]
    pub(crate) fn push_piece(&mut self, piece: Piece<'_>) {
        self.append(piece.bytes());
        self.ascii_tail &= piece.is_ascii();
    }

    /// Makes the tail, with the piece, a line of the text, with an LF behind it, if it is UTF-8; else does nothing.
    #[inline]
    pub(crate) fn push_last_piece(&mut self, piece: Piece<'_>) -> bool {
        let length = self.bytes.len();
        self.make_room(piece.bytes().len() + 1);
        self.bytes.extend_from_slice(piece.bytes());
        let is_ascii = self.ascii_tail && piece.is_ascii();
        if !is_ascii && utf8::check(self.tail()).is_none() {
            self.bytes.truncate(length);
            return false;
        }
        self.bytes.push(b'\n');
        self.checked = self.bytes.len();
        self.ascii_tail = true;
        true
    }

    /// Makes the tail a part of the text, which may grow by `room` bytes.
    ///
    /// # Errors
    ///
    /// Which byte of the tail stands in the way; the tail is gone then.
    #[inline]
    pub(crate) fn accept_tail(&mut self, policy: Utf8Policy, room: usize) -> Result<(), Unfit> {
        let is_text = self.ascii_tail || utf8::check(self.tail()).is_some();
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
        let outcome = match policy {
            Utf8Policy::Replace => utf8::replaced_len(self.tail(), room).map_err(Unfit::TooLong),
            Utf8Policy::Reject => Err(Unfit::Invalid(utf8::valid_up_to(self.tail()))),
        };
        match outcome {
            Ok(length) => {
                self.make_room(length - raw);
                self.bytes.resize(from + length, 0);
                utf8::replace_in_place(&mut self.bytes, from, raw);
                self.checked = from + length;
                Ok(())
            }
            Err(unfit) => {
                self.bytes.truncate(from);
                Err(unfit)
            }
        }
    }

    /// Drops everything, and all memory above what is kept.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.checked = 0;
        self.ascii_tail = true;
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
        // Nearly full: handing the buffer over saves the copy. Its successor is as large as what is kept anyway.
        let next = Vec::with_capacity(self.bytes.capacity().min(self.keep));
        let mut bytes = core::mem::replace(&mut self.bytes, next);
        bytes.truncate(self.checked);
        self.clear();
        debug_assert!(core::str::from_utf8(&bytes).is_ok());
        // SAFETY: the invariant of `checked`, to which the bytes were cut.
        Utf8Bytes::from(unsafe { String::from_utf8_unchecked(bytes) })
    }

    /// The same with two more texts behind it.
    pub(crate) fn take_with(&mut self, more: [&str; 2]) -> Utf8Bytes {
        if self.checked < GIVE_AWAY_FROM {
            let [second, third] = more;
            let mut text = String::with_capacity(self.checked + second.len() + third.len());
            for part in [self.text(), second, third] {
                text.push_str(part);
            }
            self.clear();
            return text.into();
        }
        // What is given away should not have doubled just before.
        self.bytes.reserve_exact(more[0].len() + more[1].len());
        for text in more {
            self.push_str(text);
        }
        self.take()
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    #[inline]
    fn make_room(&mut self, additional: usize) {
        if self.bytes.capacity() - self.bytes.len() < additional {
            self.grow(additional);
        }
    }

    /// Grows by doubling, but not past what is kept or may be asked for as long as that is enough.
    #[cold]
    fn grow(&mut self, additional: usize) {
        let needed = self.bytes.len() + additional;
        let doubled = SMALLEST.max(self.bytes.capacity().saturating_mul(2)).min(self.most);
        let capacity = if needed <= self.keep { doubled.min(self.keep) } else { doubled };
        self.bytes.reserve_exact(capacity.max(needed) - self.bytes.len());
    }
}

impl fmt::Debug for Scratch {
    /// Lengths only: the text may be large, and a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch")
            .field("text", &self.checked)
            .field("tail", &self.tail().len())
            .field("capacity", &self.bytes.capacity())
            .finish_non_exhaustive()
    }
}

/// Why a tail cannot become text, and the index of its byte that shows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unfit {
    Invalid(usize),
    TooLong(usize),
}

/// The first allocation: a few short lines.
const SMALLEST: usize = 256;

/// From here on a buffer is handed over rather than copied, if it is at least half full.
const GIVE_AWAY_FROM: usize = 4096;
