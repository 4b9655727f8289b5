//! [`ReconnectOptions`], with the reasons for the defaults.

use core::time::Duration;

use fastrand::Rng;

use super::{resume::Resume, statuses::Statuses};
use crate::header::last_event_id_value;

/// The settings of a [`Reconnect`](super::Reconnect).
///
/// ```
/// use core::time::Duration;
/// use sse_wire::{Decoder, reconnect::{Action, Failure, Reconnect, ReconnectOptions, StopReason}};
///
/// let options = ReconnectOptions::new()
///     .with_reconnection_time(Duration::from_secs(1))
///     .with_jitter_percent(0)
///     .with_retried_statuses([429, 503])
///     .with_max_attempts(3);
/// let (mut reconnect, decoder) = (Reconnect::with_options(options), Decoder::new());
/// for seconds in [1, 2] {
///     let Action::Connect(attempt) = reconnect.answered(503, None, &decoder) else { unreachable!() };
///     assert_eq!(attempt.delay(), Duration::from_secs(seconds));
/// }
/// let gave_up = StopReason::GaveUp { attempts: 3, last_failure: Failure::Status(503) };
/// assert_eq!(reconnect.answered(503, None, &decoder), Action::Stop(gave_up));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ReconnectOptions {
    reconnection_time: Duration,
    max_reconnection_time: Duration,
    min_delay: Duration,
    max_backoff: Duration,
    jitter_percent: u8,
    max_attempts: Option<u32>,
    retried_statuses: Statuses,
    retries_other_content_types: bool,
    is_only_with_id: bool,
    seed: Option<u64>,
}

impl ReconnectOptions {
    /// Returns the defaults: three seconds unless the server says otherwise, but at least half a second, and at most an
    /// hour; up to a minute of backoff; 50 % of jitter; attempts without end, with an ID to go on from or
    /// without; no status that is tried again.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::reconnect::ReconnectOptions;
    ///
    /// let options = ReconnectOptions::new();
    /// assert_eq!(options.reconnection_time(), Duration::from_secs(3));
    /// assert_eq!(options.max_reconnection_time(), Duration::from_secs(60 * 60));
    /// assert_eq!((options.min_delay(), options.max_backoff()), (Duration::from_millis(500), Duration::from_secs(60)));
    /// assert_eq!((options.jitter_percent(), options.max_attempts(), options.seed()), (50, None, None));
    /// assert!(!options.is_retried(503) && !options.is_only_with_id());
    /// ```
    pub const fn new() -> Self {
        Self {
            reconnection_time: RECONNECTION_TIME,
            max_reconnection_time: MAX_RECONNECTION_TIME,
            min_delay: MIN_DELAY,
            max_backoff: MAX_BACKOFF,
            jitter_percent: JITTER_PERCENT,
            max_attempts: None,
            retried_statuses: Statuses::NONE,
            retries_other_content_types: false,
            is_only_with_id: false,
            seed: None,
        }
    }

    /// Sets how long to wait before connecting again if the server says nothing; three seconds if this is not set.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::reconnect::ReconnectOptions;
    ///
    /// let options = ReconnectOptions::new().with_reconnection_time(Duration::from_secs(10));
    /// assert_eq!(options.reconnection_time(), Duration::from_secs(10));
    /// ```
    #[must_use]
    pub const fn with_reconnection_time(mut self, time: Duration) -> Self {
        self.reconnection_time = time;
        self
    }

    /// Sets the longest time that the server can make the client wait, with `retry` or with `Retry-After`; an hour if
    /// this is not set.
    ///
    /// A server may mean it, but a single `retry: 18446744073709551615` would otherwise be the end of the client.
    /// [`Duration::MAX`] lets the server have its way.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::reconnect::{Action, Reconnect, ReconnectOptions, Resume};
    ///
    /// let options = ReconnectOptions::new().with_max_reconnection_time(Duration::from_secs(300)).with_jitter_percent(0);
    /// let day = Resume::new("", Some(Duration::from_secs(24 * 60 * 60)));
    /// let Action::Connect(attempt) = Reconnect::with_options(options).disconnected(day) else { unreachable!() };
    /// assert_eq!(attempt.delay(), options.max_reconnection_time());
    /// ```
    #[must_use]
    pub const fn with_max_reconnection_time(mut self, time: Duration) -> Self {
        self.max_reconnection_time = time;
        self
    }

    /// Sets the shortest delay, whatever the server says and [`with_reconnection_time`](Self::with_reconnection_time)
    /// sets; half a second if this is not set. Only [`connect`](super::Reconnect::connect) does not wait.
    ///
    /// Without it, a server that says `retry: 0` and ends each connection soon after is asked as fast as the network
    /// can: a browser that obeyed made 2,085 connections in five seconds. Set it to zero for servers that are trusted
    /// with that; failures in a row are followed by longer delays all the same.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::reconnect::{Action, Reconnect, ReconnectOptions, Resume};
    ///
    /// let options = ReconnectOptions::new().with_jitter_percent(0);
    /// for (least, told, delay) in [(500, 0, 500), (500, 800, 800), (0, 0, 0), (2000, 800, 2000)] {
    ///     let mut reconnect = Reconnect::with_options(options.with_min_delay(Duration::from_millis(least)));
    ///     let resume = Resume::new("", Some(Duration::from_millis(told)));
    ///     assert_eq!(reconnect.answered(200, Some(b"text/event-stream"), resume), Action::Read);
    ///     reconnect.received();
    ///     let Action::Connect(attempt) = reconnect.disconnected(resume) else { unreachable!() };
    ///     assert_eq!(attempt.delay(), Duration::from_millis(delay));
    /// }
    /// ```
    #[must_use]
    pub const fn with_min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// Sets how far the delay grows with failures in a row; a minute if this is not set. It cannot make the delay
    /// shorter than the reconnection time, or than the [least](Self::with_min_delay).
    ///
    /// The first failure is followed by the reconnection time, by the least delay or by half a second, whichever is the
    /// longest, and each further failure by twice the delay before it: `retry: 0` is for connections that work, not a
    /// reason to keep a server from coming up again.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Decoder, reconnect::{Action, Reconnect, ReconnectOptions}};
    ///
    /// let options = ReconnectOptions::new().with_max_backoff(Duration::from_secs(10)).with_jitter_percent(0);
    /// assert_eq!(options.max_backoff(), Duration::from_secs(10));
    /// let (mut reconnect, decoder) = (Reconnect::with_options(options), Decoder::new());
    /// for seconds in [3, 6, 10, 10] {
    ///     let Action::Connect(attempt) = reconnect.disconnected(&decoder) else { unreachable!() };
    ///     assert_eq!(attempt.delay(), Duration::from_secs(seconds));
    /// }
    /// ```
    #[must_use]
    pub const fn with_max_backoff(mut self, delay: Duration) -> Self {
        self.max_backoff = delay;
        self
    }

    /// Sets by how much a delay may be lengthened at random, in percent of it, the longest delays included; 50 if this
    /// is not set.
    ///
    /// It keeps clients whose connections broke together, for example when a server restarts, from coming back
    /// together. Waiting less cannot spread them, since the standard makes the reconnection time the least.
    ///
    /// ```
    /// use sse_wire::reconnect::ReconnectOptions;
    ///
    /// assert_eq!(ReconnectOptions::new().with_jitter_percent(20).jitter_percent(), 20);
    /// ```
    #[must_use]
    pub const fn with_jitter_percent(mut self, percent: u8) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// Sets after how many failed attempts in a row to give up; never if this is not set. 0 means the same as 1,
    /// because the first attempt is made in any case. An attempt that brought any byte has not failed.
    ///
    /// ```
    /// use sse_wire::reconnect::ReconnectOptions;
    ///
    /// assert_eq!(ReconnectOptions::new().with_max_attempts(10).max_attempts(), Some(10));
    /// ```
    #[must_use]
    pub const fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Sets which statuses count as failed attempts, so that another attempt follows; none if this is not set, as in
    /// the standard. 200 and 204 keep their meaning all the same, and a number without three digits is no status.
    ///
    /// Servers under load, and proxies in front of servers that restart, answer 429, 502, 503 or 504, often
    /// [with a time to wait](super::Resume::with_retry_after).
    ///
    /// # Complexity
    ///
    /// Constant time for each status of the iterator.
    ///
    /// ```
    /// use sse_wire::reconnect::ReconnectOptions;
    ///
    /// let options = ReconnectOptions::new().with_retried_statuses([429, 503]);
    /// assert!(options.is_retried(429) && !options.is_retried(500));
    /// // Whatever rule the caller has.
    /// let options = options.with_retried_statuses((500..600).filter(|&status| status != 501));
    /// assert!(options.is_retried(500) && !options.is_retried(501) && !options.is_retried(429));
    /// ```
    #[must_use]
    pub fn with_retried_statuses(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.retried_statuses = statuses.into_iter().collect();
        self
    }

    /// Makes a 200 that is not an event stream a failed attempt, so that another follows; in the standard, that is the
    /// end.
    ///
    /// For servers behind a proxy that shows a page of its own with 200 while they restart, or behind a network's login
    /// page. A URL that is just wrong is then asked until [`max_attempts`](Self::with_max_attempts) are made.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Failure, Reconnect, ReconnectOptions}};
    ///
    /// let options = ReconnectOptions::new().retry_other_content_types();
    /// assert!(options.retries_other_content_types());
    /// let mut reconnect = Reconnect::with_options(options);
    /// let action = reconnect.answered(200, Some(b"text/html"), &Decoder::new());
    /// assert!(matches!(action, Action::Connect(_)));
    /// assert_eq!(reconnect.last_failure(), Some(Failure::ContentType));
    /// ```
    #[must_use]
    pub const fn retry_other_content_types(mut self) -> Self {
        self.retries_other_content_types = true;
        self
    }

    /// Makes it stop with [`StopReason::NoId`](super::StopReason::NoId) when a connection is lost, or a request is left
    /// without an answer, and there is no ID to go on from that [can be sent](crate::header::last_event_id_value).
    ///
    /// This is for requests that must not be sent twice, as with a POST that starts something: with the ID the server
    /// goes on, without it the server would begin anew. A [status to be tried again](Self::with_retried_statuses) is
    /// followed by another attempt all the same, because with it the server said that it did not begin; leave 502 and
    /// 504 out, with which a proxy says that it does not know. If the caller knows that nothing was sent, as when a
    /// connection was refused, it may [`connect`](super::Reconnect::connect) after a wait of its own.
    ///
    /// ```
    /// use sse_wire::reconnect::{Action, Reconnect, ReconnectOptions, Resume, StopReason};
    ///
    /// let options = ReconnectOptions::new().only_with_id();
    /// assert!(options.is_only_with_id());
    /// let lost = |id| Reconnect::with_options(options).disconnected(Resume::new(id, None));
    /// assert!(matches!(lost("7"), Action::Connect(_)));
    /// assert_eq!(lost(""), Action::Stop(StopReason::NoId));
    /// ```
    #[must_use]
    pub const fn only_with_id(mut self) -> Self {
        self.is_only_with_id = true;
        self
    }

    /// Sets the seed of the random numbers, so that the same delays come again; a new seed each time if this is not
    /// set.
    ///
    /// On `wasm32-unknown-unknown` new seeds come from JavaScript, by wasm-bindgen. A module for a host without
    /// JavaScript cannot import them: build it with `RUSTFLAGS="--cfg sse_wire_no_js"`, and give each client a seed
    /// from its host, because without one all of them would wait for the same time.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Reconnect, ReconnectOptions}};
    ///
    /// let (options, decoder) = (ReconnectOptions::new().with_seed(7), Decoder::new());
    /// assert_eq!(options.seed(), Some(7));
    /// let first = || Reconnect::with_options(options).disconnected(&decoder);
    /// assert_eq!(first(), first());
    /// ```
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Returns how long to wait before connecting again if the server says nothing.
    pub const fn reconnection_time(&self) -> Duration {
        self.reconnection_time
    }

    /// Returns the longest time that the server can make the client wait.
    pub const fn max_reconnection_time(&self) -> Duration {
        self.max_reconnection_time
    }

    /// Returns the shortest delay.
    pub const fn min_delay(&self) -> Duration {
        self.min_delay
    }

    /// Returns how far the delay grows with failures in a row.
    pub const fn max_backoff(&self) -> Duration {
        self.max_backoff
    }

    /// Returns by how much a delay may be lengthened at random, in percent of it.
    pub const fn jitter_percent(&self) -> u8 {
        self.jitter_percent
    }

    /// Returns after how many failed attempts in a row to give up; `None` for never.
    pub const fn max_attempts(&self) -> Option<u32> {
        self.max_attempts
    }

    /// Returns whether another attempt follows this status; see
    /// [`with_retried_statuses`](Self::with_retried_statuses).
    pub fn is_retried(&self, status: u16) -> bool {
        self.retried_statuses.contains(status)
    }

    /// Returns whether another attempt follows a 200 that is not an event stream; see
    /// [`retry_other_content_types`](Self::retry_other_content_types).
    pub const fn retries_other_content_types(&self) -> bool {
        self.retries_other_content_types
    }

    /// Returns whether it stops if there is no ID to go on from; see [`only_with_id`](Self::only_with_id).
    pub const fn is_only_with_id(&self) -> bool {
        self.is_only_with_id
    }

    /// Returns the seed of the random numbers, if one was set.
    pub const fn seed(&self) -> Option<u64> {
        self.seed
    }

    pub(super) fn rng(&self) -> Rng {
        self.seed.map_or_else(Rng::new, Rng::with_seed)
    }

    /// Whether the options allow sending the request again, though it may have arrived.
    pub(super) fn may_repeat(&self, resume: Resume<'_>) -> bool {
        !self.is_only_with_id || matches!(last_event_id_value(resume.last_event_id()), Ok(Some(_)))
    }

    pub(super) fn is_enough(&self, failures: u32) -> bool {
        self.max_attempts.is_some_and(|most| failures >= most)
    }
}

impl Default for ReconnectOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// "Probably in the region of a few seconds" (9.2.3); Chromium and Safari wait three, Firefox five.
const RECONNECTION_TIME: Duration = Duration::from_secs(3);

/// For a server that means it, an hour is much; for one that does not, a client that asks every hour is no burden.
const MAX_RECONNECTION_TIME: Duration = Duration::from_secs(60 * 60);

/// The least that Firefox waits. Two attempts a second are no burden for a server, and a reader hardly notices half a
/// second. It is less than the default of three seconds, so it only concerns servers that ask for less.
const MIN_DELAY: Duration = Duration::from_millis(500);

/// The limit of other clients as well (`eventsource-client`, `sse-core`): a server that is back is found within a
/// minute.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// A compromise: it spreads clients over half of the delay, and makes that a quarter longer on average.
const JITTER_PERCENT: u8 = 50;
