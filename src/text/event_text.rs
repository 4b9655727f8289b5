//! [`EventText`]: what an event says, in one piece of memory. A short event brings its own; any other shares it.
//!
//! ```text
//! |<-------------- body: 96 bytes -------------->|<-- head: one word -->|
//! | short:   the text                            | form, its spans      |
//! | shared:  the chunk, spans, an earlier ID     | form                 |
//! | apart:   the same, a type before the ID      | form                 |
//! ```
//!
//! This is an enum made by hand. The compiler moves an event, which happens a few times on its way to the caller, in
//! loads of 16 bytes. A load that spans two earlier stores has to wait for both of them (the processor cannot forward
//! what is still on its way to the cache), for about half as long as it takes to find the event. With an enum, the tag
//! causes such loads; here each load meets one store: 8 ns instead of 12 to 15 for an event of 17 bytes.

use core::mem::{self, ManuallyDrop};

use bytes::{Buf, Bytes};

use super::utf8_bytes::Utf8Bytes;

/// The data, the event type and the ID of an event.
#[repr(C)]
pub(crate) struct EventText {
    /// Invariant: the field that the form in the head names has been written.
    body: Body,
    head: Head,
}

#[repr(C)]
union Body {
    /// Copying so few bytes costs less than counting a reference, and keeps no chunk alive.
    short: [u8; SHORT],
    shared: ManuallyDrop<Shared>,
}

#[derive(Clone)]
struct Shared {
    bytes: Bytes,
    /// Invariant: these, and the span of an own ID, are parts of `bytes`, and UTF-8.
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
    /// In the short form, where the data, the type and the ID start, and where they end. Invariant: they are parts of
    /// the body, and UTF-8.
    spans: [ShortSpan; 3],
}

/// Three values of many: the others are for the enums around this. So an `Option<Event>` is no larger than an `Event`,
/// and is moved as one.
#[repr(u16)]
#[derive(Clone, Copy)]
enum Form {
    Short,
    Shared,
    /// As `Shared`, but the event type did not come in the chunk: it stands before the ID, in other memory.
    Apart,
}

type ShortSpan = [u8; 2];

/// A body whose form is known.
enum View<'a> {
    Short(&'a [u8; SHORT]),
    Shared(&'a Shared),
}

impl EventText {
    /// The texts of a short event, which stand in the first bytes of a chunk, or are empty. More is copied than is
    /// needed, so that it is a handful of moves.
    #[inline(always)]
    pub(crate) fn short_in_chunk(bytes: &[u8; SHORT], texts: [&str; 3]) -> Self {
        Self::short(*bytes, short_spans(bytes, texts))
    }

    /// The texts of a short event, which stand in `bytes`, or are empty; with the ID of an earlier event if it has one.
    /// They are no array: that would be put together before it is known whether it is wanted, at 7 % of a short event.
    #[inline(never)]
    pub(crate) fn short_with_id(bytes: &[u8], data: &str, event_type: &str, id: &str, earlier_id: &str) -> Self {
        let mut spans = short_spans(bytes, [data, event_type, id]);
        let mut body = [0; SHORT];
        body[..bytes.len()].copy_from_slice(bytes);
        if !earlier_id.is_empty() {
            let id = (bytes.len(), bytes.len() + earlier_id.len());
            body[id.0..id.1].copy_from_slice(earlier_id.as_bytes());
            spans[2] = [short_index(id.0), short_index(id.1)];
        }
        Self::short(body, spans)
    }

    /// A copy of these texts.
    pub(crate) fn copied(texts: [&str; 3]) -> Self {
        Self::short_copied(texts).unwrap_or_else(|| Self::cut(texts.concat().into(), texts.map(str::len), None))
    }

    /// A copy of these texts, if they are short.
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

    /// The text cut into the data, the type and the ID, which have these lengths.
    pub(crate) fn cut(text: Utf8Bytes, lengths: [usize; 3], earlier_id: Option<Utf8Bytes>) -> Self {
        let mut spans = [(0, 0); 3];
        let mut at = 0;
        for (span, length) in spans.iter_mut().zip(lengths) {
            *span = (at, at + length);
            at += length;
            assert!(text.is_char_boundary(at), "a piece ends inside a character");
        }
        Self::in_chunk(Located { chunk: text.into_bytes(), spans }, earlier_id)
    }

    /// The data that stands in a chunk, in its memory, with a copy of the type and the ID, which stand elsewhere.
    pub(crate) fn data_in_chunk(mut data: Located, [event_type, id]: [&str; 2]) -> Self {
        data.spans[1] = (0, event_type.len());
        let mut this = Self::in_chunk(data, Some([event_type, id].concat().into()));
        this.head = Head::new(Form::Apart, [[0; 2]; 3]);
        this
    }

    #[inline(always)]
    fn short(bytes: [u8; SHORT], spans: [ShortSpan; 3]) -> Self {
        Self { body: Body { short: bytes }, head: Head::new(Form::Short, spans) }
    }

    /// The texts that stand in a chunk, in its memory, with the ID of an earlier event if it has one.
    #[inline(always)]
    pub(crate) fn in_chunk(located: Located, earlier_id: Option<Utf8Bytes>) -> Self {
        let [data, event_type, id] = located.spans;
        let id = earlier_id.map_or(Id::Own(id), Id::Earlier);
        let shared = ManuallyDrop::new(Shared { bytes: located.chunk, data, event_type, id });
        Self { body: Body { shared }, head: Head::new(Form::Shared, [[0; 2]; 3]) }
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "a union: as an enum, owned events of 17 bytes take 48 % more time")]
    fn view(&self) -> View<'_> {
        match self.head.form {
            // SAFETY: the body's invariant.
            Form::Short => View::Short(unsafe { &self.body.short }),
            // SAFETY: the body's invariant.
            Form::Shared | Form::Apart => View::Shared(unsafe { &self.body.shared }),
        }
    }

    #[inline]
    pub(crate) fn data(&self) -> &str {
        match self.view() {
            View::Short(bytes) => short_text(bytes, self.head.spans[0]),
            View::Shared(shared) => shared.text(shared.data),
        }
    }

    /// The event type as it was set; empty if it was not.
    #[inline]
    pub(crate) fn event_type(&self) -> &str {
        match self.view() {
            View::Short(bytes) => short_text(bytes, self.head.spans[1]),
            View::Shared(shared) => match &shared.id {
                Id::Earlier(text) if matches!(self.head.form, Form::Apart) => &text[..shared.event_type.1],
                _ => shared.text(shared.event_type),
            },
        }
    }

    #[inline]
    pub(crate) fn id(&self) -> &str {
        match self.view() {
            View::Short(bytes) => short_text(bytes, self.head.spans[2]),
            View::Shared(shared) => match &shared.id {
                Id::Own(span) => shared.text(*span),
                Id::Earlier(text) if matches!(self.head.form, Form::Apart) => &text[shared.event_type.1..],
                Id::Earlier(id) => id,
            },
        }
    }

    /// The data in shared memory, without another reference.
    #[expect(unsafe_code, reason = "a union, as in `view`")]
    pub(crate) fn into_data(self) -> Utf8Bytes {
        let mut this = ManuallyDrop::new(self);
        match this.head.form {
            Form::Short => this.data().into(),
            Form::Shared | Form::Apart => {
                // SAFETY: the body's invariant; and nobody sees it again.
                let shared = unsafe { ManuallyDrop::take(&mut this.body.shared) };
                let (mut bytes, (start, end)) = (shared.bytes, shared.data);
                bytes.truncate(end);
                bytes.advance(start);
                Utf8Bytes::of_text(bytes)
            }
        }
    }

    /// The data, the event type and the ID in shared memory.
    pub(crate) fn into_parts(self) -> [Utf8Bytes; 3] {
        let texts = [self.data(), self.event_type(), self.id()];
        let View::Shared(shared) = self.view() else { return texts.map(Utf8Bytes::from) };
        let [data, event_type, id] = texts;
        let share = |text: &str| Utf8Bytes::of_text(shared.bytes.slice_ref(text.as_bytes()));
        match &shared.id {
            Id::Own(_) => [data, event_type, id].map(share),
            Id::Earlier(_) if matches!(self.head.form, Form::Apart) => [share(data), event_type.into(), id.into()],
            Id::Earlier(id) => [share(data), share(event_type), id.clone()],
        }
    }
}

impl Drop for EventText {
    #[inline]
    #[expect(unsafe_code, reason = "a union, as in `view`")]
    fn drop(&mut self) {
        if let Form::Shared | Form::Apart = self.head.form {
            // SAFETY: the body's invariant; and nobody sees it again.
            unsafe { ManuallyDrop::drop(&mut self.body.shared) };
        }
    }
}

impl Clone for EventText {
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
    #[expect(unsafe_code, reason = "a union, as in `view`: its tag in one store with the spans")]
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
#[expect(unsafe_code, reason = "to check at each look takes 27 % more on owned chat chunks")]
fn text_of(bytes: &[u8]) -> &str {
    debug_assert!(core::str::from_utf8(bytes).is_ok());
    // SAFETY: the invariant of the spans, which every constructor keeps and no method can break.
    unsafe { core::str::from_utf8_unchecked(bytes) }
}

/// A chunk, and where in it the texts of an event stand.
pub(crate) struct Located {
    chunk: Bytes,
    /// Invariant: parts of the chunk, and UTF-8.
    spans: [Span; 3],
}

impl Located {
    /// The texts must stand in the chunk, or be empty.
    #[inline(always)]
    pub(crate) fn new(chunk: &Bytes, texts: [&str; 3]) -> Self {
        let chunk = chunk.clone();
        // Of the clone, so that it is loaded word by word, as it has just been stored. And not by `map`, which is not
        // inlined.
        let [data, event_type, id] = texts;
        let spans = [span(&chunk, data), span(&chunk, event_type), span(&chunk, id)];
        Self { chunk, spans }
    }
}

/// Where in the chunk a text stands, which must be there, or be empty.
#[inline(always)]
fn span(chunk: &[u8], text: &str) -> Span {
    if text.is_empty() {
        return (0, 0);
    }
    let start = text.as_ptr().addr().wrapping_sub(chunk.as_ptr().addr());
    // Both are borrowed now, so bytes at one address are the same bytes; and these are text.
    assert!(start <= chunk.len() && text.len() <= chunk.len() - start, "the text stands elsewhere");
    (start, start + text.len())
}

/// Where in a chunk of few bytes the texts stand, each of which must be there, or be empty.
#[inline(always)]
fn short_spans(chunk: &[u8], [data, event_type, id]: [&str; 3]) -> [ShortSpan; 3] {
    let short = |text: &str| {
        let (start, end) = span(chunk, text);
        [short_index(start), short_index(end)]
    };
    [short(data), short(event_type), short(id)]
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "SHORT fits")]
fn short_index(index: usize) -> u8 {
    assert!(index <= SHORT, "the text is not short");
    index as u8
}

/// With so many bytes the short form is no larger than the other, where addresses have 64 bits.
pub(crate) const SHORT: usize = 96;

/// The type of an event whose type is empty, or was not named (9.2.6, "dispatch the event", step 6).
const MESSAGE: &str = "message";

/// The type that an event has, given what the stream said.
#[inline(always)]
pub(crate) const fn or_message(event_type: &str) -> &str {
    if event_type.is_empty() { MESSAGE } else { event_type }
}

/// The shortest that a stream can say for an event to have this type: the opposite of `or_message`.
#[inline(always)]
pub(crate) fn unless_message(event_type: &str) -> &str {
    if event_type == MESSAGE { "" } else { event_type }
}
