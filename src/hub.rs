//! [`Hub`]: events for any number of subscribers, each of which may come back and get what it missed. No runtime, no task.
//!
//! A hub is a bounded ring of encoded events, each with its ID. The ring *is* the queue of every subscriber: a subscriber
//! is a number, that of the event it gets next. So "what was missed" and "what comes" are one thing, with no seam between
//! them at which an event could be lost or come twice; a slow reader holds no memory; and an event is encoded once, and
//! its bytes are shared.
//!
//! ```
//! use futures_util::StreamExt;
//! use sse_wire::{Decoder, Frame, hub::Hub};
//!
//! # futures_executor::block_on(async {
//! let hub = Hub::new();
//! hub.publish(Frame::new().data("one"));
//! let id = hub.publish(Frame::new().data("two")).to_string();
//! hub.publish(Frame::new().data("three"));
//!
//! // A client comes back with the ID of the second. With the feature `http-body`, the subscriber goes into a body:
//! // `event_stream_response(EventBody::new(hub.subscribe(last_event_id(&headers))))`.
//! let mut subscriber = hub.subscribe(Some(&id));
//! hub.publish(Frame::new().data("four"));
//! hub.close(Frame::new().data("bye"));
//! let mut data = Vec::new();
//! let mut decoder = Decoder::new();
//! while let Some(frame) = subscriber.next().await {
//!     let event = decoder.decode(&mut &frame[..])?.map(|event| event.data().to_owned());
//!     data.extend(event);
//! }
//! assert_eq!(data, ["three", "four", "bye"]);
//! # Ok::<(), sse_wire::DecodeError>(())
//! # })?;
//! # Ok::<(), sse_wire::DecodeError>(())
//! ```
//!
//! # What a client gets
//!
//! | it comes | it gets |
//! |---|---|
//! | without an ID | what comes from now on. Before that, the ID to come back with, in a frame that is no event: a client whose connection breaks before the first event misses nothing either |
//! | with an ID after which everything is there | exactly that, then what comes |
//! | with any other: gone from the ring, from before a restart, never ours | an event of type `gap`, all there is, then what comes |
//! | after the hub was [closed](Hub::close) | the end, at once |
//!
//! The words of a gap are the caller's ([`HubOptions::with_gap`]); that there is one is never silent. It has the ID of the
//! last event that is missing, so that it is told once.
//!
//! Per subscriber, the events are in the order in which they were published, none comes twice, and none is missing but
//! in a gap that was told: law 13 of this crate.
//!
//! # One hub, one scope
//!
//! A last event ID comes from the client, who may send any. Whatever is in a hub can be asked for by whoever may subscribe
//! to it, by guessing an ID: filters run on the server, but they are the subscriber's, and a replay is no less than the
//! live events. So have a hub for each scope, that is for each set of events that the same people may read (a user, a
//! room, a session), and look up the hub by who asks, not by what the ID says. An ID of another hub is a gap here, never
//! another's events. An empty hub takes some hundred bytes.
//!
//! # Slow readers
//!
//! A subscriber whose next event has gone from the ring [ends](SlowReader::End), and with it the response; the client
//! comes back with its ID. Or it is told of a [gap](SlowReader::Gap), and goes on. In either case it has held nothing, and
//! has held up nobody.
//!
//! # More than one server
//!
//! Events that come from elsewhere bring their IDs ([`Hub::publish_with_id`]): one reader for each server feeds a hub with
//! what is in Redis, NATS or a database. A client may then come back to any server. What is older than the ring comes from
//! where the events come from, without a seam on either side:
//!
//! ```
//! # use futures_util::{FutureExt, Stream, StreamExt, stream};
//! # use sse_wire::{EncodedFrames, Frame, hub::{Entry, Hub, IdError, Start}};
//! # struct Log;
//! # impl Log {
//! #     async fn between(&self, after: &str, up_to: &str) -> Option<Vec<EncodedFrames>> {
//! #         let range = after.parse::<u64>().ok()? + 1..=up_to.parse::<u64>().ok()?;
//! #         Some(range.map(|id| Frame::new().id(&id.to_string()).unwrap().data("old").to_encoded()).collect())
//! #     }
//! # }
//! /// For IDs that rise by number, as a database's may.
//! async fn go_on_after(hub: &Hub, log: &Log, id: &str) -> impl Stream<Item = EncodedFrames> + use<> {
//!     let resumed = hub.resume(Some(id));
//!     let number: Option<u64> = id.parse().ok();
//!     let is_newer = move |entry: &Entry| entry.id().parse().ok() > number;
//!     if resumed.start() == Start::Gap
//!         // `None` if the log does not have that ID any more, either.
//!         && let Some(older) = log.between(id, resumed.id()).await
//!     {
//!         // Another server may have been faster than our reader, so that the client has some of what comes.
//!         return stream::iter(older).chain(resumed.into_filled().with_filter(is_newer)).boxed();
//!     }
//!     resumed.into_subscriber().boxed()
//! }
//!
//! let hub = Hub::new();
//! // Where the reader starts. It says so again when it begins anew.
//! hub.starts_after("5")?;
//! hub.publish_with_id("6", Frame::new().data("new"))?;
//! # for (id, expected) in [("3", &b"456"[..]), ("5", b"6"), ("6", b""), ("7", b"")] {
//! #     let mut frames = futures_executor::block_on(go_on_after(&hub, &Log, id));
//! #     let ids: Vec<u8> = core::iter::from_fn(|| frames.next().now_or_never().flatten()).map(|frame| frame[4]).collect();
//! #     assert_eq!(ids, expected, "{id}");
//! # }
//! # Ok::<(), IdError>(())
//! ```

mod entry;
mod event_id;
mod gap;
mod hub_options;
mod id_error;
#[cfg(all(test, sse_wire_loom))]
mod models;
mod replay;
mod replay_options;
mod resumed;
mod seats;
mod shared;
mod since;
mod subscriber;
mod sync;

use alloc::string::{String, ToString as _};

use self::{
    entry::Draft,
    id_error::{check, checked},
    shared::Shared,
    sync::Arc,
};
pub use self::{
    entry::{Entry, Publication},
    event_id::{EventId, NotEventId},
    gap::Gap,
    hub_options::{FirstFrame, HubOptions, SlowReader},
    id_error::IdError,
    replay::Replay,
    replay_options::ReplayOptions,
    resumed::{Resumed, Start},
    since::{Entries, Since},
    subscriber::Subscriber,
};
use crate::frame::EncodedFrames;

/// Events for any number of subscribers, of which each may come back; see the [module](self).
///
/// A clone is another handle to the same hub. When the last one is dropped, subscribers end after what they still get.
#[derive(Clone, Debug)]
pub struct Hub {
    handle: Arc<Handle>,
}

impl Hub {
    /// Returns a hub with the default options.
    pub fn new() -> Self {
        Self::with_options(HubOptions::new())
    }

    /// Returns a hub with these [`HubOptions`], or with these [`ReplayOptions`] and the other defaults.
    pub fn with_options(options: impl Into<HubOptions>) -> Self {
        let shared = Arc::new(Shared::new(options.into()));
        Self { handle: Arc::new(Handle { shared }) }
    }

    /// Publishes an event, and returns the ID that it has got: when the hub was made, and how many events it has had.
    ///
    /// # Panics
    ///
    /// If a waker of a subscriber panics, the panic goes on here, after the others have been woken.
    ///
    /// # Complexity
    ///
    /// One encoding, and a constant time for each subscriber that waits. Those that do not are not touched.
    pub fn publish<'a>(&self, publication: impl Into<Publication<'a>>) -> EventId {
        self.shared().publish(Draft::for_our_id(publication.into()))
    }

    /// Publishes an event that has an ID already: a database's, Redis's. Events are in the order in which they are
    /// published, whatever their IDs say.
    ///
    /// # Errors
    ///
    /// [`IdError`] if no client could come back with the ID, or another event has it. Then nothing is published.
    ///
    /// # Panics
    ///
    /// As [`publish`](Self::publish) does.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Hub, IdError}};
    ///
    /// let hub = Hub::new();
    /// hub.publish_with_id("1526919030474-55", Frame::new().data("x"))?;
    /// // A source that delivers at least once has delivered twice.
    /// let again = hub.publish_with_id("1526919030474-55", Frame::new().data("x"));
    /// assert_eq!((again, hub.len()), (Err(IdError::Taken), 1));
    /// # Ok::<(), IdError>(())
    /// ```
    pub fn publish_with_id<'a>(&self, id: &str, publication: impl Into<Publication<'a>>) -> Result<(), IdError> {
        let draft = checked(id, publication.into())?;
        self.shared().publish_with_id(id, draft)
    }

    /// Says which event comes before the next that is published: one that is elsewhere, as in a database.
    ///
    /// A reader that feeds the hub says so before anybody subscribes, and each time it begins to read anew, as after its
    /// connection broke. If it goes on where it was, nothing happens. If not, something may be missing: what is here goes, subscribers end or are told of a
    /// gap, as [`SlowReader`] says, and whoever comes back with an ID from before is told of one as well.
    ///
    /// # Errors
    ///
    /// [`IdError`] if no client could come back with the ID.
    ///
    /// # Panics
    ///
    /// As [`publish`](Self::publish) does.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Hub, Start}};
    ///
    /// let hub = Hub::new();
    /// hub.starts_after("41")?;
    /// hub.publish_with_id("42", Frame::new().data("x"))?;
    /// hub.starts_after("42")?;
    /// assert_eq!((hub.resume(Some("41")).start(), hub.len()), (Start::Exact, 1));
    /// // 43 and 44 were lost.
    /// hub.starts_after("44")?;
    /// assert_eq!((hub.resume(Some("42")).start(), hub.len()), (Start::Gap, 0));
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub fn starts_after(&self, id: &str) -> Result<(), IdError> {
        check(id)?;
        self.shared().starts_after(id);
        Ok(())
    }

    /// Returns what a client gets that comes with this last event ID, if with any: see the [table](self#what-a-client-gets).
    ///
    /// With the feature `http-body`, `body::last_event_id` finds the ID in the headers of a request, and
    /// `body::EventBody` sends the stream.
    ///
    /// ```
    /// # #[cfg(feature = "http-body")] {
    /// use http::{HeaderMap, Response};
    /// use sse_wire::{body::{EventBody, event_stream_response, last_event_id}, hub::{Hub, Subscriber}};
    ///
    /// fn get(hub: &Hub, headers: &HeaderMap) -> Response<EventBody<Subscriber>> {
    ///     event_stream_response(EventBody::new(hub.subscribe(last_event_id(headers))))
    /// }
    /// # get(&Hub::new(), &HeaderMap::new());
    /// # }
    /// ```
    ///
    /// # Complexity
    ///
    /// Constant, whatever the ID is.
    pub fn subscribe(&self, last_event_id: Option<&str>) -> Subscriber {
        self.resume(last_event_id).into_subscriber()
    }

    /// Returns what a client gets that comes with this last event ID, for those who want to know before it gets it, or
    /// have elsewhere what the hub has no more: see [above](self#more-than-one-server). The subscriber is there already,
    /// so that nothing is lost while the caller looks.
    pub fn resume<'a>(&self, last_event_id: Option<&'a str>) -> Resumed<'a> {
        Resumed::new(self.shared(), last_event_id)
    }

    /// Ends all subscribers, each after the events that have been published so far and this frame; an empty one is none
    /// ([`EncodedFrames::default`]). Whoever subscribes later gets the end at once.
    ///
    /// For a server that shuts down: with a `retry` in the frame, clients come back when the next one is up. What is
    /// published later reaches nobody. The first call counts.
    ///
    /// # Panics
    ///
    /// As [`publish`](Self::publish) does.
    pub fn close(&self, last: impl Into<EncodedFrames>) {
        self.shared().close(last.into());
    }

    /// Returns whether [`close`](Self::close) has been called.
    pub fn is_closed(&self) -> bool {
        self.shared().is_closed()
    }

    /// Lets go of the events that are too old by now. There is no need to call it where events keep coming.
    pub fn evict(&self) {
        self.shared().evict();
    }

    /// Returns the number of events in the ring.
    pub fn len(&self) -> usize {
        self.shared().lock().replay.len()
    }

    /// Returns whether there is no event in the ring.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what the events in the ring take, in bytes; see [`ReplayOptions::with_max_bytes`].
    pub fn bytes(&self) -> usize {
        self.shared().lock().replay.bytes()
    }

    /// Returns the ID of the latest event; see [`Replay::last_id`].
    pub fn last_id(&self) -> String {
        self.shared().lock().replay.last_id().to_string()
    }

    /// Returns the number of subscribers.
    pub fn subscribers(&self) -> usize {
        self.shared().lock().seats.count()
    }

    /// Returns how many events the slowest subscriber is behind; 0 if there is none.
    ///
    /// # Complexity
    ///
    /// One look at each subscriber, under the lock: 10,000 take some microseconds.
    pub fn lag(&self) -> u64 {
        let state = self.shared().lock();
        state.seats.slowest().map_or(0, |cursor| state.replay.next() - cursor)
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.handle.shared
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

/// What the handles share, and subscribers do not: with the last of them the hub is closed.
#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.close(EncodedFrames::default());
    }
}
