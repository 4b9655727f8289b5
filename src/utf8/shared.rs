//! [`Shared`]: the texts of one event in one shared memory, so that an event costs one reference count.
#![allow(unsafe_code)] // One conversion that rests on the invariant of `spans`.

use bytes::{Buf, Bytes};

use crate::Utf8Bytes;

/// Three texts, each a part of the same memory.
#[derive(Clone)]
pub(crate) struct Shared {
    bytes: Bytes,
    /// Invariant: each is a part of `bytes`, and UTF-8.
    spans: [Span; 3],
}

#[derive(Clone, Copy, Default)]
struct Span {
    start: usize,
    end: usize,
}

impl Shared {
    /// These texts, which must stand in `chunk`, or be empty; nothing is copied.
    #[inline(always)]
    pub(crate) fn in_chunk(chunk: &Bytes, texts: [&str; 3]) -> Self {
        // Not by `map`, which is not inlined.
        let [first, second, third] = texts;
        let spans = [Span::of(chunk, first), Span::of(chunk, second), Span::of(chunk, third)];
        Self { bytes: chunk.clone(), spans }
    }

    /// A copy of these texts, in one piece of memory.
    pub(crate) fn copied(texts: [&str; 3]) -> Self {
        Self::cut(texts.concat().into(), texts.map(str::len))
    }

    /// The text cut into pieces of these lengths.
    #[inline(always)]
    pub(crate) fn cut(text: Utf8Bytes, lengths: [usize; 3]) -> Self {
        let mut spans = [Span::default(); 3];
        let mut end = 0;
        for (span, length) in spans.iter_mut().zip(lengths) {
            *span = Span { start: end, end: end + length };
            end += length;
            assert!(text.is_char_boundary(end), "a piece ends inside a character");
        }
        Self { bytes: text.into_bytes(), spans }
    }

    /// The text with that index.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> &str {
        let Span { start, end } = self.spans[index];
        let bytes = &self.bytes[start..end];
        debug_assert!(core::str::from_utf8(bytes).is_ok());
        // SAFETY: the invariant of `spans`, which every constructor keeps and no method can break.
        unsafe { core::str::from_utf8_unchecked(bytes) }
    }

    /// The same, in shared memory.
    pub(crate) fn text(&self, index: usize) -> Utf8Bytes {
        Utf8Bytes::slice_of(&self.bytes, self.get(index))
    }

    /// The same, without another reference.
    pub(crate) fn into_text(self, index: usize) -> Utf8Bytes {
        let (Span { start, end }, mut bytes) = (self.spans[index], self.bytes);
        bytes.truncate(end);
        bytes.advance(start);
        Utf8Bytes { bytes }
    }
}

impl Span {
    /// Where in `chunk` the text stands.
    #[inline(always)]
    fn of(chunk: &[u8], text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        let start = text.as_ptr().addr().wrapping_sub(chunk.as_ptr().addr());
        // Bytes at the same address are the same bytes, and these are text.
        assert!(start <= chunk.len() && text.len() <= chunk.len() - start, "the text stands elsewhere");
        Self { start, end: start + text.len() }
    }
}
