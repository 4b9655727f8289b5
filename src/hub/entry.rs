//! [`Entry`]: an event in the ring, encoded once; [`Publication`]: what becomes one.
//!
//! ```text
//! |<-- room -->|<-- body ---
//!     "id: 7\n" "event: tick\ndata: x\n\n"
//! ```
//!
//! The body is encoded before the hub is locked. The ID is known only then, and written in front of it.

use alloc::{sync::Arc, vec::Vec};
use core::ops::Range;
use std::time::Instant;

use bytes::{Buf, Bytes};
use memchr::memchr;

use super::event_id::EventId;
use crate::frame::{EncodedFrames, Frame, FrameHead};

/// What is to be published: a frame, and a topic for the filters of subscribers if there is one.
///
/// The frame gets the ID of the event; one that it has of its own is replaced. A [`Frame`] or a [`FrameHead`] turns
/// into one by itself:
///
/// ```
/// use sse_wire::{Frame, hub::{Hub, Publication}};
///
/// let hub = Hub::new();
/// hub.publish(Frame::new().data("for all"));
/// hub.publish(Publication::new(Frame::new().data("101.25")).with_topic("prices"));
/// ```
#[derive(Clone, Debug)]
pub struct Publication<'a> {
    frame: Frame<'a>,
    topic: Option<Arc<str>>,
}

impl<'a> Publication<'a> {
    /// Returns the publication of this frame, without a topic.
    pub fn new(frame: impl Into<Frame<'a>>) -> Self {
        Self { frame: frame.into().without_id(), topic: None }
    }

    /// Sets the topic, which is not sent: see [`Entry::topic`]. Clones of an `Arc<str>` share it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sse_wire::{Frame, hub::{Hub, Publication}};
    ///
    /// let (hub, room) = (Hub::new(), Arc::<str>::from("room 5"));
    /// for text in ["hello", "anybody here?"] {
    ///     hub.publish(Publication::new(Frame::new().data(text)).with_topic(Arc::clone(&room)));
    /// }
    /// ```
    #[must_use]
    pub fn with_topic(mut self, topic: impl Into<Arc<str>>) -> Self {
        self.topic = Some(topic.into());
        self
    }
}

impl<'a> From<Frame<'a>> for Publication<'a> {
    fn from(frame: Frame<'a>) -> Self {
        Self::new(frame)
    }
}

impl<'a> From<FrameHead<'a>> for Publication<'a> {
    fn from(head: FrameHead<'a>) -> Self {
        Self::new(head)
    }
}

/// An event as the ring keeps it, and as filters see it. A clone shares the memory.
///
/// ```
/// use sse_wire::{Frame, hub::{Publication, Replay}};
///
/// let mut replay = Replay::new();
/// let tick = Frame::new().event_type("tick")?.data("x");
/// let entry = replay.push_with_id("7", Publication::new(tick).with_topic("prices"))?;
/// assert_eq!((entry.id(), entry.event_type(), entry.topic()), ("7", "tick", Some("prices")));
/// assert_eq!(*entry.frame(), "id: 7\nevent: tick\ndata: x\n\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Entry {
    frame: EncodedFrames,
    id: Range<usize>,
    /// Empty if there is none.
    event_type: Range<usize>,
    topic: Option<Arc<str>>,
    /// When it was published; `None` if nobody asks for its age.
    time: Option<Instant>,
}

impl Entry {
    /// Returns the ID.
    ///
    /// ```
    /// # use sse_wire::{Frame, hub::Replay};
    /// let mut replay = Replay::new();
    /// let entry = replay.push_with_id("7", Frame::new().event_type("tick")?.data("x"))?;
    /// assert_eq!(entry.id(), "7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> &str {
        self.text(&self.id)
    }

    /// Returns the event type as it was set; empty if it was not, which the receiver takes for `"message"`.
    ///
    /// ```
    /// # use sse_wire::{Frame, hub::Replay};
    /// let mut replay = Replay::new();
    /// let entry = replay.push_with_id("7", Frame::new().event_type("tick")?.data("x"))?;
    /// assert_eq!(entry.event_type(), "tick");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn event_type(&self) -> &str {
        self.text(&self.event_type)
    }

    /// Returns the topic; see [`Publication::with_topic`].
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Publication, Replay}};
    ///
    /// let mut replay = Replay::new();
    /// assert_eq!(replay.push(Frame::new()).topic(), None);
    /// assert_eq!(replay.push(Publication::new(Frame::new()).with_topic("prices")).topic(), Some("prices"));
    /// ```
    pub fn topic(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// Returns the encoded frame, ID included.
    ///
    /// ```
    /// # use sse_wire::{Frame, hub::Replay};
    /// let mut replay = Replay::new();
    /// let entry = replay.push_with_id("7", Frame::new().event_type("tick")?.data("x"))?;
    /// assert_eq!(*entry.frame(), "id: 7\nevent: tick\ndata: x\n\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn frame(&self) -> &EncodedFrames {
        &self.frame
    }

    /// Returns the encoded frame.
    ///
    /// ```
    /// # use sse_wire::{Frame, hub::Replay};
    /// let mut replay = Replay::new();
    /// let entry = replay.push_with_id("7", Frame::new().event_type("tick")?.data("x"))?;
    /// assert_eq!(entry.clone().into_frame().as_ptr(), entry.frame().as_ptr());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_frame(self) -> EncodedFrames {
        self.frame
    }

    /// The ID, in the memory of the frame.
    pub(super) fn shared_id(&self) -> Bytes {
        let frame: Bytes = self.frame.clone().into();
        frame.slice(self.id.clone())
    }

    pub(super) const fn time(&self) -> Option<Instant> {
        self.time
    }

    /// How many bytes the ring keeps for it, as [`ReplayOptions::with_max_bytes`](super::ReplayOptions::with_max_bytes)
    /// counts them.
    pub(super) fn cost(&self) -> usize {
        self.frame.len() + self.topic.as_ref().map_or(0, |topic| topic.len()) + OVERHEAD
    }

    /// The part was cut out of text that the encoder took as a `str`.
    fn text(&self, part: &Range<usize>) -> &str {
        self.frame.get(part.clone()).and_then(|part| core::str::from_utf8(part).ok()).unwrap_or_default()
    }
}

/// An event that is encoded, except for its ID.
#[derive(Debug)]
pub(super) struct Draft {
    bytes: Vec<u8>,
    /// How many of them are reserved for the ID.
    room: usize,
    event_type: Range<usize>,
    topic: Option<Arc<str>>,
}

impl Draft {
    /// One with room for an ID of that many bytes, or a shorter one.
    pub(super) fn new(publication: Publication<'_>, max_id_len: usize) -> Self {
        let Publication { frame, topic } = publication;
        let room = ID_START.len() + max_id_len + 1;
        let mut bytes = Vec::with_capacity(room + frame.encoded_len());
        bytes.resize(room, b'\n');
        frame.encode(&mut bytes);
        let event_type = event_type(&bytes[room..]);
        Self { bytes, room, event_type, topic }
    }

    /// One with room for an ID of ours.
    pub(super) fn for_our_id(publication: Publication<'_>) -> Self {
        Self::new(publication, EventId::MAX_LEN)
    }

    /// The entry with this ID, which has been checked: there is no line end in it.
    pub(super) fn with_id(mut self, id: &[u8], time: Option<Instant>) -> Entry {
        let id_at = self.room - 1 - id.len();
        let start = id_at - ID_START.len();
        self.bytes[start..id_at].copy_from_slice(ID_START);
        self.bytes[id_at..self.room - 1].copy_from_slice(id);
        let mut bytes = Bytes::from(self.bytes);
        bytes.advance(start);
        let shifted = |part: Range<usize>, by: usize| part.start + by..part.end + by;
        Entry {
            frame: EncodedFrames::of_frames(bytes),
            id: shifted(0..id.len(), ID_START.len()),
            event_type: shifted(self.event_type, self.room - start),
            topic: self.topic,
            time,
        }
    }
}

/// Where the event type stands in a frame of ours without an ID: in the first line that is no comment.
fn event_type(frame: &[u8]) -> Range<usize> {
    let mut at = 0;
    loop {
        let rest = &frame[at..];
        let is_type = rest.starts_with(EVENT_START);
        if !is_type && !rest.starts_with(b":") {
            return 0..0;
        }
        let end = at + memchr(b'\n', rest).unwrap_or(rest.len());
        if is_type {
            return at + EVENT_START.len()..end;
        }
        at = end + 1;
    }
}

/// As frames write them.
const ID_START: &[u8] = b"id: ";
const EVENT_START: &[u8] = b"event: ";

/// What an event takes besides its text and its topic, in bytes, at most: 96 for the entry, in a ring that may have
/// just doubled; 64 for the keys of the caller's IDs, likewise; 96 for three counts of references, which the allocator
/// makes 32 bytes each; 46 for the room that an ID has left.
pub(super) const OVERHEAD: usize = 2 * 96 + 2 * 64 + 96 + 46;
