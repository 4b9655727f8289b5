//! [`Texts`]: what an event says, in one piece of memory. A short event brings its own; any other shares it.
#![allow(unsafe_code)] // One conversion that rests on the invariant of the spans, and constructors that rest on it, too.

use bytes::{Buf, Bytes};

use crate::Utf8Bytes;

/// The data, the event type and the ID of an event.
#[derive(Clone)]
pub(crate) struct Texts(Repr);

#[derive(Clone)]
enum Repr {
    /// To copy so few bytes costs less than to count a reference, and keeps no chunk alive.
    Short {
        bytes: [u8; SHORT],
        /// Invariant: each is a part of `bytes`, and UTF-8.
        spans: [(u8, u8); 3],
    },
    Shared {
        #[expect(dead_code, reason = "read by the compiler only")]
        tag: Tag,
        bytes: Bytes,
        /// Invariant: each is a part of `bytes`, and UTF-8.
        spans: [Span; 3],
        /// The ID, if it was set by an earlier event, and so is in other memory.
        earlier_id: Option<Utf8Bytes>,
    },
}

/// A byte of one value: the others are for the enums around this one. So an `Option<Event>` is no larger than an `Event`,
/// and is moved as one.
#[repr(u8)]
#[derive(Clone, Copy)]
enum Tag {
    Shared,
}

/// Where a text starts and ends.
type Span = (usize, usize);

impl Texts {
    /// Short texts in the first bytes of a chunk. More is copied than is needed, so that it is a handful of moves.
    ///
    /// # Safety
    ///
    /// The spans are of this chunk, which has not changed since.
    #[inline(always)]
    pub(crate) unsafe fn short_in_chunk(bytes: &[u8; SHORT], spans: Spans) -> Self {
        let spans = spans.short(bytes);
        Self(Repr::Short { bytes: *bytes, spans })
    }

    /// The same where that would be too much, with the ID of an earlier event if it has one.
    ///
    /// # Safety
    ///
    /// As above.
    #[inline(always)]
    pub(crate) unsafe fn short_with_id(chunk: &[u8], spans: Spans, earlier_id: &str) -> Self {
        let mut spans = spans.short(chunk);
        let mut bytes = [0; SHORT];
        bytes[..chunk.len()].copy_from_slice(chunk);
        if !earlier_id.is_empty() {
            let id = (chunk.len(), chunk.len() + earlier_id.len());
            bytes[id.0..id.1].copy_from_slice(earlier_id.as_bytes());
            spans[2] = (short_index(id.0), short_index(id.1));
        }
        Self(Repr::Short { bytes, spans })
    }

    /// The texts in a chunk, in its memory.
    ///
    /// # Safety
    ///
    /// As above.
    #[inline(always)]
    pub(crate) unsafe fn in_chunk(bytes: Bytes, spans: Spans, earlier_id: Option<Utf8Bytes>) -> Self {
        spans.check(&bytes);
        Self(Repr::Shared { tag: Tag::Shared, bytes, spans: spans.parts, earlier_id })
    }

    /// A copy of these texts.
    pub(crate) fn copied(texts: [&str; 3]) -> Self {
        Self::short_copied(texts).unwrap_or_else(|| Self::cut(texts.concat().into(), texts.map(str::len), None))
    }

    /// The same, if they are short.
    #[inline(always)]
    pub(crate) fn short_copied(texts: [&str; 3]) -> Option<Self> {
        let [data, event_type, id] = texts;
        let (first, second) = (data.len(), data.len() + event_type.len());
        let all = second + id.len();
        if all > SHORT {
            return None;
        }
        let mut bytes = [0; SHORT];
        bytes[..first].copy_from_slice(data.as_bytes());
        if all > first {
            bytes[first..second].copy_from_slice(event_type.as_bytes());
            bytes[second..all].copy_from_slice(id.as_bytes());
        }
        let (first, second, all) = (short_index(first), short_index(second), short_index(all));
        Some(Self(Repr::Short { bytes, spans: [(0, first), (first, second), (second, all)] }))
    }

    /// The text cut into pieces of these lengths.
    pub(crate) fn cut(text: Utf8Bytes, lengths: [usize; 3], earlier_id: Option<Utf8Bytes>) -> Self {
        let mut spans = [(0, 0); 3];
        let mut at = 0;
        for (span, length) in spans.iter_mut().zip(lengths) {
            *span = (at, at + length);
            at += length;
            assert!(text.is_char_boundary(at), "a piece ends inside a character");
        }
        Self(Repr::Shared { tag: Tag::Shared, bytes: text.into_bytes(), spans, earlier_id })
    }

    #[inline]
    pub(crate) fn data(&self) -> &str {
        self.get(0)
    }

    /// Empty for `"message"`.
    #[inline]
    pub(crate) fn event_type(&self) -> &str {
        self.get(1)
    }

    #[inline]
    pub(crate) fn id(&self) -> &str {
        match &self.0 {
            Repr::Shared { earlier_id: Some(id), .. } => id,
            _ => self.get(2),
        }
    }

    #[inline(always)]
    fn get(&self, index: usize) -> &str {
        let bytes = match &self.0 {
            Repr::Short { bytes, spans } => {
                let (start, end) = spans[index];
                &bytes[usize::from(start)..usize::from(end)]
            }
            Repr::Shared { bytes, spans, .. } => &bytes[spans[index].0..spans[index].1],
        };
        debug_assert!(core::str::from_utf8(bytes).is_ok());
        // SAFETY: the invariant of the spans, which the constructors keep, or their callers, and no method can break.
        unsafe { core::str::from_utf8_unchecked(bytes) }
    }

    /// The data in shared memory, without another reference.
    pub(crate) fn into_data(self) -> Utf8Bytes {
        match self.0 {
            Repr::Short { .. } => self.data().into(),
            Repr::Shared { mut bytes, spans: [(start, end), ..], .. } => {
                bytes.truncate(end);
                bytes.advance(start);
                Utf8Bytes { bytes }
            }
        }
    }

    /// The texts in shared memory.
    pub(crate) fn into_parts(self) -> [Utf8Bytes; 3] {
        match &self.0 {
            Repr::Short { .. } => [self.data(), self.event_type(), self.id()].map(Utf8Bytes::from),
            Repr::Shared { bytes, earlier_id, .. } => {
                let [data, event_type, id] = [0, 1, 2].map(|index| Utf8Bytes::slice_of(bytes, self.get(index)));
                [data, event_type, earlier_id.clone().unwrap_or(id)]
            }
        }
    }
}

/// Where in a chunk the texts of an event stand; good for as long as somebody holds that chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spans {
    /// That of the chunk.
    address: usize,
    parts: [Span; 3],
}

impl Spans {
    /// Those of these texts, which must stand in the chunk, or be empty.
    #[inline(always)]
    pub(crate) fn of(chunk: &[u8], texts: [&str; 3]) -> Self {
        let address = chunk.as_ptr().addr();
        let span = |text: &str| {
            if text.is_empty() {
                return (0, 0);
            }
            let start = text.as_ptr().addr().wrapping_sub(address);
            // Bytes at the same address are the same bytes, and these are text.
            assert!(start <= chunk.len() && text.len() <= chunk.len() - start, "the text stands elsewhere");
            (start, start + text.len())
        };
        // Not by `map`, which is not inlined.
        let [data, event_type, id] = texts;
        Self { address, parts: [span(data), span(event_type), span(id)] }
    }

    /// The same in a chunk of few bytes.
    #[inline(always)]
    fn short(self, chunk: &[u8]) -> [(u8, u8); 3] {
        self.check(chunk);
        let [data, event_type, id] = self.parts;
        let short = |(start, end): Span| {
            assert!(end <= chunk.len(), "the text is longer");
            (short_index(start), short_index(end))
        };
        [short(data), short(event_type), short(id)]
    }

    /// The same in another place: the compiler keeps these in registers if no call asks for their address.
    #[inline(always)]
    pub(crate) fn again(&self) -> Self {
        let Self { address, parts: [data, event_type, id] } = *self;
        Self { address, parts: [data, event_type, id] }
    }

    #[inline(always)]
    fn check(&self, chunk: &[u8]) {
        assert!(self.address == chunk.as_ptr().addr(), "the spans are of another chunk");
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "SHORT fits")]
fn short_index(index: usize) -> u8 {
    assert!(index <= SHORT, "the text is not short");
    index as u8
}

/// With so many bytes the short form is no larger than the other, where addresses have 64 bits.
pub(crate) const SHORT: usize = 96;
