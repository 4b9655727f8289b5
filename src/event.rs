//! What comes out of a decoder: events, and the items beside them; borrowed ([`EventRef`], [`ItemRef`]) or owned ([`Event`],
//! [`Item`]).

use core::time::Duration;

use crate::Utf8Bytes;

/// An event, lent by the decoder until its next call; see [`Decoder::decode`](crate::Decoder::decode).
///
/// Its parts stand in the chunk where they are whole there, else in the decoder's own buffer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EventRef<'a> {
    pub(crate) event_type: &'a str,
    pub(crate) data: &'a str,
    pub(crate) last_event_id: &'a str,
}

impl<'a> EventRef<'a> {
    /// Returns the event type: `"message"` if the stream named none (9.2.6, "dispatch", step 6).
    #[inline]
    pub const fn event_type(&self) -> &'a str {
        self.event_type
    }

    /// Returns the data, its lines joined by LF; it may be empty.
    #[inline]
    pub const fn data(&self) -> &'a str {
        self.data
    }

    /// Returns the ID that was last set in the stream, by this event or one before it; empty if there is none.
    #[inline]
    pub const fn last_event_id(&self) -> &'a str {
        self.last_event_id
    }

    /// Returns a copy that needs no decoder. [`Decoder::decode_bytes`](crate::Decoder::decode_bytes) gets by without copying.
    pub fn to_event(&self) -> Event {
        Event {
            event_type: event_type_of(self.event_type, |text| text.into()),
            data: self.data.into(),
            last_event_id: self.last_event_id.into(),
        }
    }
}

/// An event that owns its text, or shares it with the chunk that brought it; see
/// [`Decoder::decode_bytes`](crate::Decoder::decode_bytes).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Event {
    pub(crate) event_type: Utf8Bytes,
    pub(crate) data: Utf8Bytes,
    pub(crate) last_event_id: Utf8Bytes,
}

impl Event {
    /// Returns the event type: `"message"` if the stream named none (9.2.6, "dispatch", step 6).
    #[inline]
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// Returns the data, its lines joined by LF; it may be empty.
    #[inline]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Returns the ID that was last set in the stream, by this event or one before it; empty if there is none.
    #[inline]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Returns the data without copying it.
    pub fn into_data(self) -> Utf8Bytes {
        self.data
    }

    /// Returns the event type, the data and the last event ID without copying them.
    pub fn into_parts(self) -> (Utf8Bytes, Utf8Bytes, Utf8Bytes) {
        (self.event_type, self.data, self.last_event_id)
    }

    /// Returns a borrowed view.
    pub fn as_event_ref(&self) -> EventRef<'_> {
        EventRef { event_type: &self.event_type, data: &self.data, last_event_id: &self.last_event_id }
    }
}

impl From<EventRef<'_>> for Event {
    fn from(event: EventRef<'_>) -> Self {
        event.to_event()
    }
}

/// What [`Decoder::decode_item`](crate::Decoder::decode_item) shows: events, and what arrives beside them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ItemRef<'a> {
    /// An event.
    Event(EventRef<'a>),
    /// The text of a comment line, without the colon and one leading space: a sign that the peer is alive.
    Comment(&'a str),
    /// A valid `retry` field: how long to wait before connecting again.
    ReconnectionTime(Duration),
}

impl ItemRef<'_> {
    /// Returns a copy that needs no decoder.
    pub fn to_item(&self) -> Item {
        match *self {
            Self::Event(event) => Item::Event(event.to_event()),
            Self::Comment(text) => Item::Comment(text.into()),
            Self::ReconnectionTime(time) => Item::ReconnectionTime(time),
        }
    }
}

/// An [`ItemRef`] that owns its text.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// An event.
    Event(Event),
    /// The text of a comment line, without the colon and one leading space.
    Comment(Utf8Bytes),
    /// A valid `retry` field: how long to wait before connecting again.
    ReconnectionTime(Duration),
}

/// The type as owned text; the usual one allocates nothing.
pub(crate) fn event_type_of(event_type: &str, own: impl FnOnce(&str) -> Utf8Bytes) -> Utf8Bytes {
    if event_type == MESSAGE { Utf8Bytes::from_static(MESSAGE) } else { own(event_type) }
}

/// The type of an event that names none.
pub(crate) const MESSAGE: &str = "message";
