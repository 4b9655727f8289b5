//! [`ReplayOptions`]: how much a ring keeps.

use core::time::Duration;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The settings of a [`Replay`](super::Replay), and of the ring in a [`Hub`](super::Hub).
///
/// ```
/// use core::time::Duration;
/// use sse_wire::hub::{Hub, ReplayOptions};
///
/// let options = ReplayOptions::new().with_max_events(10_000).with_max_age(Duration::from_secs(300));
/// let hub = Hub::with_options(options);
/// # assert!(hub.is_empty());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReplayOptions {
    max_events: usize,
    max_bytes: usize,
    max_age: Option<Duration>,
    clock: fn() -> Instant,
    start_time: Option<Duration>,
}

impl ReplayOptions {
    /// Returns the defaults: 1,024 events, 16 MiB, of any age.
    ///
    /// ```
    /// use sse_wire::hub::ReplayOptions;
    ///
    /// let options = ReplayOptions::new();
    /// assert_eq!((options.max_events(), options.max_bytes(), options.max_age()), (1024, 16 << 20, None));
    /// ```
    pub const fn new() -> Self {
        Self { max_events: MAX_EVENTS, max_bytes: MAX_BYTES, max_age: None, clock: Instant::now, start_time: None }
    }

    /// Sets how many events are kept at most; 1,024 if this is not set. The latest is always kept.
    ///
    /// For a hub it is also how far a subscriber may be behind.
    ///
    /// ```
    /// use sse_wire::hub::ReplayOptions;
    ///
    /// assert_eq!(ReplayOptions::new().with_max_events(10_000).max_events(), 10_000);
    /// ```
    #[must_use]
    pub const fn with_max_events(mut self, count: usize) -> Self {
        self.max_events = count;
        self
    }

    /// Sets how many bytes are kept at most; 16 MiB if this is not set. The latest event is always kept, however large
    /// it is.
    ///
    /// An event counts with its encoded frame, its topic and 462 bytes, which is the most that it takes besides. So
    /// this bounds the memory of the ring, whatever is published.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Replay, ReplayOptions}};
    ///
    /// let mut replay = Replay::with_options(ReplayOptions::new().with_max_bytes(4096));
    /// for _ in 0..100 {
    ///     replay.push(Frame::new().data("x"));
    /// }
    /// assert!(replay.bytes() <= 4096 && replay.len() < 100);
    /// ```
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how old an event may become; any age if this is not set.
    ///
    /// There is no task and no timer: what has become too old goes when something is published or somebody subscribes,
    /// or by [`Replay::evict`](super::Replay::evict) and [`Hub::evict`](super::Hub::evict), for those that may be idle
    /// for long.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::hub::ReplayOptions;
    ///
    /// let options = ReplayOptions::new().with_max_age(Duration::from_secs(300));
    /// assert_eq!(options.max_age(), Some(Duration::from_secs(300)));
    /// ```
    #[must_use]
    pub const fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sets the clock by which events become old; [`Instant::now`] if this is not set. Without a [greatest
    /// age](Self::with_max_age) nobody looks at it.
    ///
    /// ```
    /// use sse_wire::hub::ReplayOptions;
    ///
    /// // Moves with tokio's, which tests can stop.
    /// let options = ReplayOptions::new().with_clock(|| tokio::time::Instant::now().into_std());
    /// # let _ = options;
    /// ```
    #[must_use]
    pub const fn with_clock(mut self, clock: fn() -> Instant) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the time in the [IDs](super::EventId) that the ring makes, since 1970, in whole milliseconds; the system's
    /// time when the ring is made if this is not set.
    ///
    /// A ring that is made anew needs another one, or it would take the IDs of the one before for its own.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Frame, hub::{Replay, ReplayOptions}};
    ///
    /// let mut replay = Replay::with_options(ReplayOptions::new().with_start_time(Duration::from_secs(7)));
    /// assert_eq!(replay.push(Frame::new().data("x")).id(), "7000-1");
    /// ```
    #[must_use]
    pub const fn with_start_time(mut self, time: Duration) -> Self {
        self.start_time = Some(time);
        self
    }

    /// Returns how many events are kept at most.
    pub const fn max_events(&self) -> usize {
        self.max_events
    }

    /// Returns how many bytes are kept at most.
    pub const fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Returns how old an event may become; `None` for any age.
    pub const fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// The time, if anybody asks for it.
    pub(super) fn now(&self) -> Option<Instant> {
        self.max_age.map(|_| (self.clock)())
    }

    /// What IDs start with.
    pub(super) fn start(&self) -> u64 {
        let time = self.start_time.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// At one event a second, a quarter of an hour: longer than a browser takes to come back after a deploy. A power of
/// two, as rings are allocated.
const MAX_EVENTS: usize = 1024;

/// What one event may retain in a decoder by default: more than that is not meant to be kept for clients that may never
/// come back.
const MAX_BYTES: usize = 16 << 20;
