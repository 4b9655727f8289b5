//! [`EventSourceOptions`]: how long to wait for what, and what the parts of a client are told.

use core::time::Duration;

use crate::body::ResponseCheck;
use crate::options::DecodeOptions;
use crate::reconnect::ReconnectOptions;

/// The settings of an [`EventSource`](super::EventSource).
///
/// ```
/// use core::time::Duration;
/// use sse_wire::{client::EventSourceOptions, reconnect::ReconnectOptions};
///
/// let options = EventSourceOptions::new()
///     .with_reconnect(ReconnectOptions::new().with_retried_statuses([429, 502, 503, 504]).with_max_attempts(20))
///     .with_connect_timeout(Duration::from_secs(30))
///     // The server sends a comment every fifteen seconds.
///     .with_idle_timeout(Duration::from_secs(40));
/// assert_eq!(options.idle_timeout(), Some(Duration::from_secs(40)));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EventSourceOptions {
    reconnect: ReconnectOptions,
    decode: DecodeOptions,
    response_check: ResponseCheck,
    connect_timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    drain_time: Duration,
}

impl EventSourceOptions {
    /// Returns the defaults: those of [`ReconnectOptions`], [`DecodeOptions`] and [`ResponseCheck`], and no timeout, as in
    /// the standard.
    ///
    /// ```
    /// use sse_wire::client::EventSourceOptions;
    ///
    /// let options = EventSourceOptions::new();
    /// assert_eq!((options.connect_timeout(), options.idle_timeout()), (None, None));
    /// ```
    pub const fn new() -> Self {
        Self {
            reconnect: ReconnectOptions::new(),
            decode: DecodeOptions::new(),
            response_check: ResponseCheck::new(),
            connect_timeout: None,
            idle_timeout: None,
            drain_time: DRAIN_TIME,
        }
    }

    /// Sets when to connect again, after how long, and when to stop: delays, backoff, jitter, statuses that are tried
    /// again, a maximum of attempts, and whether to go on only from an ID.
    ///
    /// ```
    /// use sse_wire::{client::EventSourceOptions, reconnect::ReconnectOptions};
    ///
    /// let reconnect = ReconnectOptions::new().with_max_attempts(10).only_with_id();
    /// assert_eq!(*EventSourceOptions::new().with_reconnect(reconnect).reconnect(), reconnect);
    /// ```
    #[must_use]
    pub const fn with_reconnect(mut self, options: ReconnectOptions) -> Self {
        self.reconnect = options;
        self
    }

    /// Sets how long an event may be, what happens to bytes that are not UTF-8, and whether all items are shown.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, client::EventSourceOptions};
    ///
    /// let decode = DecodeOptions::new().with_max_event_len(64 * 1024);
    /// assert_eq!(EventSourceOptions::new().with_decode(decode).decode(), decode);
    /// ```
    #[must_use]
    pub const fn with_decode(mut self, options: DecodeOptions) -> Self {
        self.decode = options;
        self
    }

    /// Sets which responses are taken for event streams.
    ///
    /// ```
    /// use sse_wire::{body::ResponseCheck, client::EventSourceOptions};
    ///
    /// let check = ResponseCheck::new().allow_missing_content_type();
    /// assert_eq!(EventSourceOptions::new().with_response_check(check).response_check(), check);
    /// ```
    #[must_use]
    pub const fn with_response_check(mut self, check: ResponseCheck) -> Self {
        self.response_check = check;
        self
    }

    /// Sets how long an attempt may take, from the request to the head of the response, redirects included; as long as
    /// it takes if this is not set.
    ///
    /// Some servers send the head only with their first event: for those, this has to be longer than the longest
    /// silence. A timeout of the HTTP client's for connecting alone can be shorter.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::client::EventSourceOptions;
    ///
    /// let options = EventSourceOptions::new().with_connect_timeout(Duration::from_secs(30));
    /// assert_eq!(options.connect_timeout(), Some(Duration::from_secs(30)));
    /// ```
    #[must_use]
    pub const fn with_connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = Some(time);
        self
    }

    /// Sets after how long a silence the connection is taken for dead, and made anew; never if this is not set.
    ///
    /// Any byte counts as life, also those of comments and blank lines. A little more than twice the interval of the
    /// server's keep-alives, 15 seconds by the standard's advice (9.2.7), is a good choice. For a server that sends
    /// none, leave this out, and have TCP or HTTP/2 ask whether the other end is there.
    ///
    /// Do not use the timeout of reqwest that is called `timeout`: it covers the whole body, and so ends a healthy
    /// stream.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::client::EventSourceOptions;
    ///
    /// let options = EventSourceOptions::new().with_idle_timeout(Duration::from_secs(40));
    /// assert_eq!(options.idle_timeout(), Some(Duration::from_secs(40)));
    /// ```
    #[must_use]
    pub const fn with_idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = Some(time);
        self
    }

    /// Sets how long to read on after [the last event](super::EventSource::until_event), so that the response comes to
    /// its end; a quarter of a second if this is not set, and not at all if it is zero.
    ///
    /// HTTP/1.1 clients use a connection again only if the body before was read to its end. What comes after the last
    /// event is dropped, and if it is more than 64 KiB, so is the connection.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::client::EventSourceOptions;
    ///
    /// let options = EventSourceOptions::new().with_drain_time(Duration::ZERO);
    /// assert!(options.drain_time().is_zero());
    /// ```
    #[must_use]
    pub const fn with_drain_time(mut self, time: Duration) -> Self {
        self.drain_time = time;
        self
    }

    /// Returns when to connect again.
    pub const fn reconnect(&self) -> &ReconnectOptions {
        &self.reconnect
    }

    /// Returns the options of the decoder.
    pub const fn decode(&self) -> DecodeOptions {
        self.decode
    }

    /// Returns which responses are taken for event streams.
    pub const fn response_check(&self) -> ResponseCheck {
        self.response_check
    }

    /// Returns how long an attempt may take; `None` for as long as it takes.
    pub const fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout
    }

    /// Returns after how long a silence the connection is taken for dead; `None` for never.
    pub const fn idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }

    /// Returns how long to read on after the last event.
    pub const fn drain_time(&self) -> Duration {
        self.drain_time
    }
}

impl Default for EventSourceOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// About what a new connection with TLS takes over a long way, three round trips: to wait longer for the old one gains
/// nothing.
const DRAIN_TIME: Duration = Duration::from_millis(250);
