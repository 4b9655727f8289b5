//! [`Replay`]: a ring of events without I/O and without a lock, for those who hand events out in a way of their own.

use super::{
    entry::{Draft, Entry, Publication},
    id_error::{IdError, check, checked},
    replay_options::ReplayOptions,
    ring::{Position, Ring},
    since::{Entries, Since},
};

/// A bounded ring of encoded events, each with its ID: what a server keeps for clients that come back.
///
/// It is the memory of a [`Hub`](super::Hub), for those who have their own way to hand events out. Take the live events
/// first, then what was missed, and drop what is in both; or take a hub, which has no such seam.
///
/// ```
/// use sse_wire::{EncodedFrames, Frame, hub::{Replay, Since}};
///
/// let mut replay = Replay::new();
/// replay.push(Frame::new().data("one"));
/// let id = replay.push(Frame::new().data("two")).id().to_owned();
/// replay.push(Frame::new().data("three"));
/// // A client comes back that has had the second.
/// let Since::Exact(missed) = replay.since(Some(&id)) else { unreachable!() };
/// let frames: Vec<EncodedFrames> = missed.map(|entry| entry.frame().clone()).collect();
/// assert!(frames.len() == 1 && frames[0].ends_with(b"data: three\n\n"));
/// // Another one was away for too long, or was never here.
/// assert!(matches!(replay.since(Some("what?")), Since::Gap(all) if all.len() == 3));
/// ```
#[derive(Clone, Debug)]
pub struct Replay {
    ring: Ring,
}

impl Replay {
    /// Returns an empty ring with the default options.
    pub fn new() -> Self {
        Self::with_options(ReplayOptions::new())
    }

    /// Returns an empty ring.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Replay, ReplayOptions}};
    ///
    /// let mut replay = Replay::with_options(ReplayOptions::new().with_max_events(2));
    /// for data in ["one", "two", "three"] {
    ///     replay.push(Frame::new().data(data));
    /// }
    /// assert_eq!(replay.len(), 2);
    /// ```
    pub fn with_options(options: ReplayOptions) -> Self {
        Self { ring: Ring::new(options) }
    }

    /// Adds an event with an ID of the ring's own (see [`EventId`](super::EventId)), and returns it.
    ///
    /// # Complexity
    ///
    /// Constant, besides the encoding; events that have to go take a constant time each.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{EventId, Replay}};
    ///
    /// let mut replay = Replay::new();
    /// let entry = replay.push(Frame::new().event_type("tick")?.data("x"));
    /// assert_eq!(entry.id().parse::<EventId>()?.count(), 1);
    /// assert!(entry.frame().ends_with(b"event: tick\ndata: x\n\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push<'a>(&mut self, publication: impl Into<Publication<'a>>) -> &Entry {
        let draft = Draft::for_our_id(publication.into());
        let now = self.ring.options().now();
        self.ring.insert_with_our_id(draft, now);
        self.ring.evict(now);
        self.ring.latest()
    }

    /// Adds an event with an ID of the caller's, such as a database's, and returns it.
    ///
    /// Events are in the order in which they are pushed, whatever their IDs say.
    ///
    /// # Errors
    ///
    /// [`IdError`] if no client could come back with the ID, or another event in the ring has it. Then nothing is added.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{IdError, Replay}};
    ///
    /// let mut replay = Replay::new();
    /// assert_eq!(*replay.push_with_id("7", Frame::new().data("x"))?.frame(), "id: 7\ndata: x\n\n");
    /// assert_eq!(replay.push_with_id("7", Frame::new().data("y")).err(), Some(IdError::Taken));
    /// assert!(matches!(replay.push_with_id("7\n", Frame::new()), Err(IdError::Unsendable(_))));
    /// # Ok::<(), IdError>(())
    /// ```
    pub fn push_with_id<'a>(&mut self, id: &str, publication: impl Into<Publication<'a>>) -> Result<&Entry, IdError> {
        let draft = checked(id, publication.into())?;
        let now = self.ring.options().now();
        self.ring.insert_with_id(id, draft, now)?;
        self.ring.evict(now);
        Ok(self.ring.latest())
    }

    /// Says which event comes before the next that is pushed: one that is elsewhere, as in a database. A client that
    /// comes back with its ID has then missed nothing that is not here.
    ///
    /// If that is not the [last one here](Self::last_id), something may be missing between the two: what is here goes,
    /// and whoever comes back with an ID from before is told of a gap. So whoever feeds the ring says so each time it
    /// begins to read, also after its connection broke. It changes nothing where it goes on where it was.
    ///
    /// # Errors
    ///
    /// [`IdError`] if no client could come back with the ID.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Replay, Since}};
    ///
    /// let mut replay = Replay::new();
    /// replay.starts_after("41")?;
    /// replay.push_with_id("42", Frame::new().data("x"))?;
    /// assert!(matches!(replay.since(Some("41")), Since::Exact(missed) if missed.len() == 1));
    /// assert!(matches!(replay.since(Some("40")), Since::Gap(_)));
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub fn starts_after(&mut self, id: &str) -> Result<(), IdError> {
        check(id)?;
        self.ring.start_after(id);
        Ok(())
    }

    /// Lets go of the events that are too old by now. There is no need to call it where events keep coming.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Frame, hub::{Replay, ReplayOptions}};
    ///
    /// let mut replay = Replay::with_options(ReplayOptions::new().with_max_age(Duration::ZERO));
    /// replay.push(Frame::new().data("x"));
    /// std::thread::sleep(Duration::from_millis(1));
    /// assert_eq!(replay.len(), 1);
    /// replay.evict();
    /// assert!(replay.is_empty());
    /// ```
    pub fn evict(&mut self) {
        let now = self.ring.options().now();
        self.ring.evict(now);
    }

    /// Returns what a client gets when it comes with this last event ID; `None` and an empty one are the same. What is
    /// too old by now goes first.
    ///
    /// # Complexity
    ///
    /// Constant, whatever the ID is; events that have to go take a constant time each.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Entry, Replay, Since}};
    ///
    /// let mut replay = Replay::new();
    /// for id in ["a", "b", "c"] {
    ///     replay.push_with_id(id, Frame::new().data("x"))?;
    /// }
    /// let ids = match replay.since(Some("b")) {
    ///     Since::Fresh => Vec::new(),
    ///     Since::Exact(missed) => missed.map(Entry::id).collect(),
    ///     Since::Gap(all) => ["gap"].into_iter().chain(all.map(Entry::id)).collect(),
    /// };
    /// assert_eq!(ids, ["c"]);
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub fn since(&mut self, last_event_id: Option<&str>) -> Since<'_> {
        self.evict();
        self.ring.set_used();
        match self.ring.position(last_event_id) {
            Position::Fresh => Since::Fresh,
            Position::After(number) => Since::Exact(self.ring.entries_from(number)),
            Position::Gap { .. } => Since::Gap(self.entries()),
        }
    }

    /// Returns all events, the oldest first.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Entry, Replay}};
    ///
    /// let mut replay = Replay::new();
    /// replay.push_with_id("a", Frame::new().data("x"))?;
    /// replay.push_with_id("b", Frame::new().data("y"))?;
    /// assert_eq!(replay.entries().map(Entry::id).collect::<Vec<_>>(), ["a", "b"]);
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub fn entries(&self) -> Entries<'_> {
        self.ring.entries_from(self.ring.first())
    }

    /// Returns the ID of the latest event; if there is none, the ID before the next event: the one that was
    /// [told](Self::starts_after), the ID of the last event that has gone or, at first, an ID of ours. A client that
    /// has it is up to date.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{EventId, Replay}};
    ///
    /// let mut replay = Replay::new();
    /// assert_eq!(replay.last_id().parse::<EventId>()?.count(), 0);
    /// replay.push_with_id("a", Frame::new().data("x"))?;
    /// assert_eq!(replay.last_id(), "a");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn last_id(&self) -> &str {
        self.ring.last_id()
    }

    /// Returns the ID of the event before the oldest: the last that has gone, or the one that was
    /// [told](Self::starts_after).
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Replay, ReplayOptions}};
    ///
    /// let mut replay = Replay::with_options(ReplayOptions::new().with_max_events(1));
    /// replay.push_with_id("a", Frame::new().data("x"))?;
    /// replay.push_with_id("b", Frame::new().data("y"))?;
    /// assert_eq!((replay.id_before(), replay.last_id()), ("a", "b"));
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub fn id_before(&self) -> &str {
        self.ring.id_before()
    }

    /// Returns the number of events.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::Replay};
    ///
    /// let mut replay = Replay::new();
    /// replay.push(Frame::new().data("x"));
    /// // Bytes count with what the ring itself takes for them.
    /// assert!(replay.len() == 1 && !replay.is_empty() && replay.bytes() > "data: x\n\n".len());
    /// ```
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Returns whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what the events take, in bytes; see [`ReplayOptions::with_max_bytes`].
    pub const fn bytes(&self) -> usize {
        self.ring.bytes()
    }

    /// Returns the options.
    pub const fn options(&self) -> &ReplayOptions {
        self.ring.options()
    }
}

impl Default for Replay {
    fn default() -> Self {
        Self::new()
    }
}
