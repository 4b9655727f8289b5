//! [`Hub`]: the handle to what is [shared](super::shared).

use alloc::string::{String, ToString as _};

use super::{
    entry::{Draft, Publication},
    event_id::EventId,
    hub_options::HubOptions,
    id_error::{IdError, check, checked},
    resumed::Resumed,
    shared::Shared,
    subscriber::Subscriber,
    sync::Arc,
};
use crate::frame::EncodedFrames;

/// Events for any number of subscribers, each of which may come back; see the [module](super).
///
/// A clone is another handle to the same hub. When the last one is dropped, subscribers end after what they still get.
#[derive(Clone, Debug)]
pub struct Hub {
    handle: Arc<Handle>,
}

impl Hub {
    /// Returns a hub with the default options.
    ///
    /// ```
    /// use sse_wire::hub::{Hub, HubOptions, ReplayOptions};
    ///
    /// let (hub, same) = (Hub::new(), Hub::with_options(HubOptions::new()));
    /// // The ring's options alone will do.
    /// let small = Hub::with_options(ReplayOptions::new().with_max_events(10));
    /// # assert!(hub.is_empty() && same.is_empty() && small.is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_options(HubOptions::new())
    }

    /// Returns a hub with these [`HubOptions`], or with these [`ReplayOptions`](super::ReplayOptions) and the other defaults.
    ///
    /// ```
    /// use sse_wire::hub::{Hub, HubOptions, ReplayOptions, SlowReader};
    ///
    /// let small = ReplayOptions::new().with_max_events(10);
    /// let hub = Hub::with_options(HubOptions::new().with_replay(small).with_slow_reader(SlowReader::Gap));
    /// # assert!(hub.is_empty());
    /// ```
    pub fn with_options(options: impl Into<HubOptions>) -> Self {
        let shared = Arc::new(Shared::new(options.into()));
        Self { handle: Arc::new(Handle { shared }) }
    }

    /// Publishes an event, and returns the ID that it got: when the hub was made, and how many events it has had.
    ///
    /// # Panics
    ///
    /// If a waker of a subscriber panics, the panic goes on here, after the others have been woken.
    ///
    /// # Complexity
    ///
    /// One encoding, and a constant time for each subscriber that waits. Those that do not are not touched.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// let id = hub.publish(Frame::new().event_type("tick")?.data("x"));
    /// assert_eq!((id.count(), hub.last_id()), (1, id.to_string()));
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
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
    /// A reader that feeds the hub says so before anybody subscribes, and each time it begins to read anew, as after
    /// its connection broke. If it goes on where it was, nothing happens. If not, something may be missing: what is
    /// here goes, subscribers end or are told of a gap, as [`SlowReader`](super::SlowReader) says, and whoever comes
    /// back with an ID from before is told of one as well.
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

    /// Returns what a client gets when it comes with this last event ID, or without one: see the
    /// [table](super#what-a-client-gets).
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

    /// Returns what a client gets when it comes with this last event ID, for those who want to know it first, or who
    /// have elsewhere what the hub no longer has: see [the module](super#more-than-one-server). The subscriber is there
    /// already, so that nothing is lost while the caller looks.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Hub, Start}};
    ///
    /// let hub = Hub::new();
    /// let id = hub.publish(Frame::new().data("x")).to_string();
    /// for (last_event_id, start) in [(None, Start::Fresh), (Some(&*id), Start::Exact), (Some("what?"), Start::Gap)] {
    ///     let resumed = hub.resume(last_event_id);
    ///     assert_eq!(resumed.start(), start);
    /// }
    /// ```
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
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Frame, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// let subscriber = hub.subscribe(Some(&hub.last_id()));
    /// hub.publish(Frame::new().data("x"));
    /// hub.close(Frame::new().retry(Duration::from_secs(5)));
    /// let frames: Vec<_> = futures_executor::block_on_stream(subscriber).collect();
    /// assert!(frames.len() == 2 && frames[0].ends_with(b"data: x\n\n") && frames[1] == "retry: 5000\n\n");
    /// assert_eq!(futures_executor::block_on_stream(hub.subscribe(None)).count(), 0);
    /// assert!(hub.is_closed());
    /// ```
    pub fn close(&self, last: impl Into<EncodedFrames>) {
        self.shared().close(last.into());
    }

    /// Returns whether [`close`](Self::close) has been called.
    ///
    /// ```
    /// use sse_wire::{EncodedFrames, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// assert!(!hub.is_closed());
    /// hub.close(EncodedFrames::default());
    /// assert!(hub.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared().is_closed()
    }

    /// Lets go of the events that are too old by now. There is no need to call it where events keep coming.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Frame, hub::{Hub, ReplayOptions}};
    ///
    /// let hub = Hub::with_options(ReplayOptions::new().with_max_age(Duration::ZERO));
    /// hub.publish(Frame::new().data("x"));
    /// std::thread::sleep(Duration::from_millis(1));
    /// hub.evict();
    /// assert!(hub.is_empty());
    /// ```
    pub fn evict(&self) {
        self.shared().evict();
    }

    /// Returns the number of events in the ring.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::Hub};
    ///
    /// // What there is for metrics.
    /// let hub = Hub::new();
    /// let subscriber = hub.subscribe(None);
    /// hub.publish(Frame::new().data("x"));
    /// assert_eq!((hub.len(), hub.subscribers(), hub.lag(), subscriber.lag()), (1, 1, 1, 1));
    /// assert!(hub.bytes() > "data: x\n\n".len());
    /// ```
    pub fn len(&self) -> usize {
        self.shared().lock().ring.len()
    }

    /// Returns whether there is no event in the ring.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what the events in the ring take, in bytes; see [`ReplayOptions::with_max_bytes`](super::ReplayOptions::with_max_bytes).
    pub fn bytes(&self) -> usize {
        self.shared().lock().ring.bytes()
    }

    /// Returns the ID of the latest event; see [`Replay::last_id`](super::Replay::last_id).
    ///
    /// ```
    /// use sse_wire::{Frame, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// hub.publish_with_id("7", Frame::new().data("x"))?;
    /// assert_eq!(hub.last_id(), "7");
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub fn last_id(&self) -> String {
        self.shared().lock().ring.last_id().to_string()
    }

    /// Returns the number of subscribers.
    ///
    /// ```
    /// use sse_wire::hub::Hub;
    ///
    /// let hub = Hub::new();
    /// let subscriber = hub.subscribe(None);
    /// assert_eq!(hub.subscribers(), 1);
    /// drop(subscriber);
    /// assert_eq!(hub.subscribers(), 0);
    /// ```
    pub fn subscribers(&self) -> usize {
        self.shared().lock().seats.count()
    }

    /// Returns how many events the slowest subscriber is behind; 0 if there is none.
    ///
    /// # Complexity
    ///
    /// One look at each subscriber, under the lock: 10,000 take some microseconds.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// let slow = hub.subscribe(None);
    /// hub.publish(Frame::new().data("one"));
    /// let fast = hub.subscribe(None);
    /// hub.publish(Frame::new().data("two"));
    /// assert_eq!((slow.lag(), fast.lag(), hub.lag()), (2, 1, 2));
    /// ```
    pub fn lag(&self) -> u64 {
        let state = self.shared().lock();
        state.seats.slowest().map_or(0, |cursor| state.ring.next() - cursor)
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

/// What the handles share, and subscribers do not: when the last handle goes, the hub is closed.
#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.close(EncodedFrames::default());
    }
}
