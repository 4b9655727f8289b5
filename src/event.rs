//! What comes out of a decoder: events, and the items beside them; borrowed ([`EventRef`], [`ItemRef`]) or owned
//! ([`Event`], [`Item`]).

use core::{
    fmt,
    hash::{Hash, Hasher},
    time::Duration,
};

use crate::text::event_text::{EventText, or_message, unless_message};
use crate::text::utf8_bytes::Utf8Bytes;

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
    /// Returns an event of these texts, for tests and for events that no decoder has seen; an empty type is
    /// `"message"`.
    ///
    /// ```
    /// use sse_wire::{Event, EventRef};
    ///
    /// let event: Event = EventRef::new("tick", "1", "7").to_event();
    /// assert_eq!((event.event_type(), event.data(), event.last_event_id()), ("tick", "1", "7"));
    /// assert_eq!(EventRef::new("", "1", "").event_type(), "message");
    /// ```
    pub const fn new(event_type: &'a str, data: &'a str, last_event_id: &'a str) -> Self {
        Self { event_type: or_message(event_type), data, last_event_id }
    }

    /// Returns the event type: `"message"` if the stream named none (9.2.6, "dispatch", step 6).
    ///
    /// ```
    /// use sse_wire::{Decoder, EventRef};
    ///
    /// let mut chunk: &[u8] = b"event: tick\ndata: 1\n\ndata: 2\n\n";
    /// let mut decoder = Decoder::new();
    /// let mut next = || decoder.decode(&mut chunk).map(|event| event.map(|event| event.event_type().to_owned()));
    /// assert_eq!(next()?.as_deref(), Some("tick"));
    /// assert_eq!(next()?.as_deref(), Some("message"));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[inline]
    pub const fn event_type(&self) -> &'a str {
        self.event_type
    }

    /// Returns the data, its lines joined by LF; it may be empty.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut chunk: &[u8] = b"data: one\r\ndata\r\ndata:  two\r\n\r\n";
    /// let mut decoder = Decoder::new();
    /// let event = decoder.decode(&mut chunk)?.expect("a whole event");
    /// assert_eq!(event.data(), "one\n\n two");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[inline]
    pub const fn data(&self) -> &'a str {
        self.data
    }

    /// Returns the ID that was last set in the stream, by this event or one before it; empty if there is none.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut chunk: &[u8] = b"id: 7\ndata: 1\n\ndata: 2\n\n";
    /// let mut decoder = Decoder::new();
    /// while let Some(event) = decoder.decode(&mut chunk)? {
    ///     assert_eq!(event.last_event_id(), "7");
    /// }
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[inline]
    pub const fn last_event_id(&self) -> &'a str {
        self.last_event_id
    }

    /// Returns a copy that needs no decoder. [`Decoder::decode_bytes`](crate::Decoder::decode_bytes) gets by without
    /// copying what is long.
    ///
    /// # Complexity
    ///
    /// One copy of the texts; nothing is allocated for 96 bytes and less.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut chunk: &[u8] = b"data: 1\n\ndata: 2\n\n";
    /// let (mut decoder, mut kept) = (Decoder::new(), Vec::new());
    /// while let Some(event) = decoder.decode(&mut chunk)? {
    ///     kept.push(event.to_event());
    /// }
    /// assert_eq!(kept[1].data(), "2");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn to_event(&self) -> Event {
        Event { text: EventText::copied([self.data, unless_message(self.event_type), self.last_event_id]) }
    }
}

/// An event that owns its text, or shares it with the chunk that brought it; see
/// [`Decoder::decode_bytes`](crate::Decoder::decode_bytes).
#[derive(Clone)]
pub struct Event {
    pub(crate) text: EventText,
}

impl Event {
    /// Returns the event type: `"message"` if the stream named none (9.2.6, "dispatch", step 6).
    ///
    /// ```
    /// use sse_wire::EventRef;
    ///
    /// assert_eq!(EventRef::new("tick", "1", "7").to_event().event_type(), "tick");
    /// assert_eq!(EventRef::new("", "1", "7").to_event().event_type(), "message");
    /// ```
    #[inline]
    pub fn event_type(&self) -> &str {
        or_message(self.text.event_type())
    }

    /// Returns the data, its lines joined by LF; it may be empty.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::Decoder;
    ///
    /// let mut chunk = Bytes::from("data: one\ndata: two\n\n");
    /// let event = Decoder::new().decode_bytes(&mut chunk)?.expect("a whole event");
    /// assert_eq!(event.data().lines().count(), 2);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[inline]
    pub fn data(&self) -> &str {
        self.text.data()
    }

    /// Returns the ID that was last set in the stream, by this event or one before it; empty if there is none.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::Decoder;
    ///
    /// let mut chunk = Bytes::from("id: 7\ndata: 1\n\n");
    /// let event = Decoder::new().decode_bytes(&mut chunk)?.expect("a whole event");
    /// assert_eq!(event.last_event_id(), "7");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[inline]
    pub fn last_event_id(&self) -> &str {
        self.text.id()
    }

    /// Returns the data, in memory that is shared already; a short event's data is copied.
    ///
    /// # Complexity
    ///
    /// Constant: no more than 96 bytes are copied.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{Decoder, Frame};
    ///
    /// let mut chunk = Bytes::from(format!("data: {}\n\n", "x".repeat(1000)));
    /// let place = chunk[6..].as_ptr();
    /// let event = Decoder::new().decode_bytes(&mut chunk)?.expect("a whole event");
    /// // On to others, in a frame of one's own, without a copy.
    /// let data = event.into_data();
    /// assert_eq!(data.as_ptr(), place);
    /// let frame = Frame::head().shared_data(data);
    /// # let _ = frame;
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn into_data(self) -> Utf8Bytes {
        self.text.into_data()
    }

    /// Returns the texts, in memory that is shared already; those of a short event are copied, and so is a type that
    /// came in an earlier chunk than its data, with the ID.
    ///
    /// # Complexity
    ///
    /// Constant, except for what is copied.
    ///
    /// ```
    /// use sse_wire::{EventParts, EventRef};
    ///
    /// let EventParts { event_type, data, last_event_id } = EventRef::new("tick", "1", "7").to_event().into_parts();
    /// assert_eq!((&*event_type, &*data, &*last_event_id), ("tick", "1", "7"));
    /// ```
    pub fn into_parts(self) -> EventParts {
        let [data, event_type, last_event_id] = self.text.into_parts();
        let event_type = if event_type.is_empty() { Utf8Bytes::from_static(or_message("")) } else { event_type };
        EventParts { event_type, data, last_event_id }
    }

    /// Returns a borrowed view.
    ///
    /// ```
    /// use sse_wire::{Event, EventRef};
    ///
    /// fn show(event: EventRef<'_>) -> String {
    ///     format!("{}: {}", event.event_type(), event.data())
    /// }
    ///
    /// let event: Event = EventRef::new("tick", "1", "7").to_event();
    /// assert_eq!(show(event.as_event_ref()), "tick: 1");
    /// ```
    pub fn as_event_ref(&self) -> EventRef<'_> {
        EventRef { event_type: self.event_type(), data: self.data(), last_event_id: self.last_event_id() }
    }
}

/// The texts of an event; see [`Event::into_parts`].
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the standard's event has these three")]
pub struct EventParts {
    /// The event type: `"message"` if the stream named none.
    pub event_type: Utf8Bytes,
    /// The data, its lines joined by LF.
    pub data: Utf8Bytes,
    /// The ID that was last set in the stream; empty if there is none.
    pub last_event_id: Utf8Bytes,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.as_event_ref() == other.as_event_ref()
    }
}

impl Eq for Event {}

impl Hash for Event {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_event_ref().hash(state);
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EventRef { event_type, data, last_event_id } = self.as_event_ref();
        let mut debug = f.debug_struct("Event");
        debug.field("event_type", &event_type).field("data", &data).field("last_event_id", &last_event_id).finish()
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
    /// A field with a name that the standard does not know, where
    /// [`DecodeOptions::with_all_items`](crate::DecodeOptions::with_all_items) asks for it.
    UnknownField {
        /// What stands before the colon, or the whole line if there is none. It may be anything, the start of a JSON
        /// body for example.
        name: &'a str,
        /// What stands after it, less one leading space.
        value: &'a str,
    },
    /// A block without data, which is no event (9.2.6, "dispatch the event", step 2), a blank line alone included;
    /// where [`DecodeOptions::with_all_items`](crate::DecodeOptions::with_all_items) asks for it.
    NoData {
        /// The event type, as the block set it; empty if it set none.
        event_type: &'a str,
        /// The last event ID after this block, which may have set it.
        last_event_id: &'a str,
    },
}

impl ItemRef<'_> {
    /// Returns a copy that needs no decoder.
    ///
    /// # Complexity
    ///
    /// One copy of the texts.
    ///
    /// ```
    /// use sse_wire::{Decoder, Item};
    ///
    /// let mut chunk: &[u8] = b": alive\n";
    /// let item = Decoder::new().decode_item(&mut chunk)?.expect("a comment").to_item();
    /// assert_eq!(item, Item::Comment("alive".into()));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn to_item(&self) -> Item {
        match *self {
            Self::Event(event) => Item::Event(event.to_event()),
            Self::Comment(text) => Item::Comment(text.into()),
            Self::ReconnectionTime(time) => Item::ReconnectionTime(time),
            Self::UnknownField { name, value } => Item::UnknownField { name: name.into(), value: value.into() },
            Self::NoData { event_type, last_event_id } => {
                Item::NoData { event_type: event_type.into(), last_event_id: last_event_id.into() }
            }
        }
    }
}

impl From<ItemRef<'_>> for Item {
    fn from(item: ItemRef<'_>) -> Self {
        item.to_item()
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
    /// A field with a name that the standard does not know; see [`ItemRef::UnknownField`].
    UnknownField {
        /// What stands before the colon, or the whole line if there is none.
        name: Utf8Bytes,
        /// What stands after it, less one leading space.
        value: Utf8Bytes,
    },
    /// A block without data, which is no event; see [`ItemRef::NoData`].
    NoData {
        /// The event type, as the block set it; empty if it set none.
        event_type: Utf8Bytes,
        /// The last event ID after this block.
        last_event_id: Utf8Bytes,
    },
}

impl Item {
    /// Returns a borrowed view.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Item, ItemRef};
    ///
    /// let item = Item::ReconnectionTime(Duration::from_secs(3));
    /// assert_eq!(item.as_item_ref(), ItemRef::ReconnectionTime(Duration::from_secs(3)));
    /// ```
    pub fn as_item_ref(&self) -> ItemRef<'_> {
        match self {
            Self::Event(event) => ItemRef::Event(event.as_event_ref()),
            Self::Comment(text) => ItemRef::Comment(text),
            Self::ReconnectionTime(time) => ItemRef::ReconnectionTime(*time),
            Self::UnknownField { name, value } => ItemRef::UnknownField { name, value },
            Self::NoData { event_type, last_event_id } => ItemRef::NoData { event_type, last_event_id },
        }
    }
}
