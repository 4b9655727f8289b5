//! [`Texts`]: what an event says, in one piece of memory. A short event brings its own; any other shares it.
//!
//! ```text
//! |<-------------- body: 96 bytes -------------->|<-- head: one word -->|
//! | short:   the text                            | form, its spans      |
//! | shared:  the chunk, spans, an earlier ID     | form                 |
//! ```
//!
//! This is an enum made by hand. An event is moved a few times on its way to the caller, in parts of 16 bytes, with its tag
//! or without; and to load what was stored as two parts takes until both are in the cache, which is half as long as it
//! takes to find the event. Here the text and the head are loaded in the parts in which they were stored: 8 ns instead of
//! 12 to 15 for an event of 17 bytes.
#![allow(unsafe_code)] // The union and its tag; text that rests on the invariant of the spans, and constructors that do.

use core::mem::{self, ManuallyDrop};

use bytes::{Buf, Bytes};

use crate::Utf8Bytes;

/// The data, the event type and the ID of an event.
#[repr(C)]
pub(crate) struct Texts {
    /// Invariant: the field that the form in the head names has been written.
    body: Body,
    head: Head,
}

#[repr(C)]
union Body {
    /// To copy so few bytes costs less than to count a reference, and keeps no chunk alive.
    short: [u8; SHORT],
    shared: ManuallyDrop<Shared>,
}

#[derive(Clone)]
struct Shared {
    bytes: Bytes,
    /// Invariant: these and that of an own ID are parts of `bytes`, and UTF-8.
    data: Span,
    event_type: Span,
    id: Id,
}

#[derive(Clone)]
enum Id {
    /// It stands with the other texts.
    Own(Span),
    /// It was set by an earlier event, and so is in other memory.
    Earlier(Utf8Bytes),
}

/// Where a text starts and ends.
type Span = (usize, usize);

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Head {
    form: Form,
    /// In the short form, where the data, the type and the ID start, and where they end. Invariant: they are parts of the body, and
    /// UTF-8.
    spans: [ShortSpan; 3],
}

/// Two values of many: the others are for the enums around this. So an `Option<Event>` is no larger than an `Event`, and is
/// moved as one.
#[repr(u16)]
#[derive(Clone, Copy)]
enum Form {
    Short,
    Shared,
}

type ShortSpan = [u8; 2];

/// A body whose form is known.
enum View<'a> {
    Short(&'a [u8; SHORT]),
    Shared(&'a Shared),
}

impl Texts {
    /// Short texts in the first bytes of a chunk. More is copied than is needed, so that it is a handful of moves.
    ///
    /// # Safety
    ///
    /// The spans are of this chunk, which has not changed since.
    #[inline(always)]
    pub(crate) unsafe fn short_in_chunk(bytes: &[u8; SHORT], spans: Spans) -> Self {
        Self::short(*bytes, spans.short(bytes))
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
            spans[2] = [short_index(id.0), short_index(id.1)];
        }
        Self::short(bytes, spans)
    }

    /// The texts in a chunk, in its memory.
    ///
    /// # Safety
    ///
    /// As above.
    #[inline(always)]
    pub(crate) unsafe fn in_chunk(bytes: Bytes, spans: Spans, earlier_id: Option<Utf8Bytes>) -> Self {
        spans.check(&bytes);
        Self::shared(bytes, spans.parts, earlier_id)
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
        Some(Self::short(bytes, [[0, first], [first, second], [second, all]]))
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
        Self::shared(text.into_bytes(), spans, earlier_id)
    }

    #[inline(always)]
    fn short(bytes: [u8; SHORT], spans: [ShortSpan; 3]) -> Self {
        Self { body: Body { short: bytes }, head: Head::new(Form::Short, spans) }
    }

    #[inline(always)]
    fn shared(bytes: Bytes, [data, event_type, id]: [Span; 3], earlier_id: Option<Utf8Bytes>) -> Self {
        let id = earlier_id.map_or(Id::Own(id), Id::Earlier);
        let shared = ManuallyDrop::new(Shared { bytes, data, event_type, id });
        Self { body: Body { shared }, head: Head::new(Form::Shared, [[0; 2]; 3]) }
    }

    #[inline(always)]
    fn view(&self) -> View<'_> {
        match self.head.form {
            // SAFETY: the body's invariant.
            Form::Short => View::Short(unsafe { &self.body.short }),
            // SAFETY: the same.
            Form::Shared => View::Shared(unsafe { &self.body.shared }),
        }
    }

    #[inline]
    pub(crate) fn data(&self) -> &str {
        match self.view() {
            View::Short(bytes) => short_text(bytes, self.head.spans[0]),
            View::Shared(shared) => shared.text(shared.data),
        }
    }

    /// Empty for `"message"`.
    #[inline]
    pub(crate) fn event_type(&self) -> &str {
        match self.view() {
            View::Short(bytes) => short_text(bytes, self.head.spans[1]),
            View::Shared(shared) => shared.text(shared.event_type),
        }
    }

    #[inline]
    pub(crate) fn id(&self) -> &str {
        match self.view() {
            View::Short(bytes) => short_text(bytes, self.head.spans[2]),
            View::Shared(shared) => match &shared.id {
                Id::Own(span) => shared.text(*span),
                Id::Earlier(id) => id,
            },
        }
    }

    /// The data in shared memory, without another reference.
    pub(crate) fn into_data(self) -> Utf8Bytes {
        let mut this = ManuallyDrop::new(self);
        match this.head.form {
            Form::Short => this.data().into(),
            Form::Shared => {
                // SAFETY: the body's invariant; and nobody sees it again.
                let shared = unsafe { ManuallyDrop::take(&mut this.body.shared) };
                let (mut bytes, (start, end)) = (shared.bytes, shared.data);
                bytes.truncate(end);
                bytes.advance(start);
                Utf8Bytes { bytes }
            }
        }
    }

    /// The texts in shared memory.
    pub(crate) fn into_parts(self) -> [Utf8Bytes; 3] {
        let texts = [self.data(), self.event_type(), self.id()];
        let View::Shared(shared) = self.view() else { return texts.map(Utf8Bytes::from) };
        let [data, event_type, id] = texts;
        let share = |text| Utf8Bytes::slice_of(&shared.bytes, text);
        let id = match &shared.id {
            Id::Own(_) => share(id),
            Id::Earlier(id) => id.clone(),
        };
        [share(data), share(event_type), id]
    }
}

impl Drop for Texts {
    #[inline]
    fn drop(&mut self) {
        if let Form::Shared = self.head.form {
            // SAFETY: the body's invariant; and nobody sees it again.
            unsafe { ManuallyDrop::drop(&mut self.body.shared) };
        }
    }
}

impl Clone for Texts {
    fn clone(&self) -> Self {
        let body = match self.view() {
            View::Short(bytes) => Body { short: *bytes },
            View::Shared(shared) => Body { shared: ManuallyDrop::new(shared.clone()) },
        };
        Self { body, head: self.head }
    }
}

impl Head {
    /// This is not put together field by field, so that it is written by one store.
    #[inline(always)]
    fn new(form: Form, [data, event_type, id]: [ShortSpan; 3]) -> Self {
        let parts = [(form as u16).to_ne_bytes(), data, event_type, id];
        let [form, data, event_type, id] = parts.map(|part| u64::from(u16::from_le_bytes(part)));
        let bytes = (form | data << 16 | event_type << 32 | id << 48).to_le_bytes();
        // SAFETY: the first two bytes are those of a form, and the others may be any.
        unsafe { mem::transmute::<[u8; 8], Self>(bytes) }
    }
}

impl Shared {
    #[inline(always)]
    fn text(&self, (start, end): Span) -> &str {
        text_of(&self.bytes[start..end])
    }
}

/// The text of a short span, and no more than that: the rest of the head may have been stored by itself.
#[inline(always)]
fn short_text(bytes: &[u8; SHORT], [start, end]: ShortSpan) -> &str {
    text_of(&bytes[usize::from(start)..usize::from(end)])
}

/// The text of a span.
#[inline(always)]
fn text_of(bytes: &[u8]) -> &str {
    debug_assert!(core::str::from_utf8(bytes).is_ok());
    // SAFETY: the invariant of the spans, which the constructors keep, or their callers, and no method can break.
    unsafe { core::str::from_utf8_unchecked(bytes) }
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
    fn short(self, chunk: &[u8]) -> [ShortSpan; 3] {
        self.check(chunk);
        let [data, event_type, id] = self.parts;
        let short = |(start, end): Span| {
            assert!(end <= chunk.len(), "the text is longer");
            [short_index(start), short_index(end)]
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
