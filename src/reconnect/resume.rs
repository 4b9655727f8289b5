//! [`Resume`]: what the server said about the next connection.

use core::time::Duration;

use crate::decoder::Decoder;

/// What the server said about going on: the last event ID, and how long to wait (9.2.2).
///
/// A [`Decoder`] knows both, so `&decoder` will do wherever this is asked for. An answer that puts the client off may
/// say more: [`with_retry_after`](Self::with_retry_after).
///
/// ```
/// use sse_wire::{Decoder, reconnect::Resume};
/// use std::time::Duration;
///
/// let mut decoder = Decoder::new();
/// let mut chunk: &[u8] = b"id: 7\nretry: 2000\ndata: x\n\n";
/// while decoder.decode(&mut chunk)?.is_some() {}
/// let resume = Resume::from(&decoder);
/// assert_eq!(resume, Resume::new("7", Some(Duration::from_secs(2))));
/// assert_eq!((resume.last_event_id(), resume.reconnection_time()), ("7", Some(Duration::from_secs(2))));
/// # Ok::<(), sse_wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Resume<'r> {
    last_event_id: &'r str,
    reconnection_time: Option<Duration>,
    retry_after: Option<Duration>,
}

impl<'r> Resume<'r> {
    /// Returns one with this ID, empty if there is none, and with this reconnection time (`retry`), if there is one.
    ///
    /// ```
    /// use sse_wire::reconnect::{Action, Reconnect, Resume};
    ///
    /// // An ID that the program has saved before it was restarted.
    /// let saved = String::from("7");
    /// let next = Reconnect::new().disconnected(Resume::new(&saved, None));
    /// assert!(matches!(next, Action::Connect(_)));
    /// ```
    pub const fn new(last_event_id: &'r str, reconnection_time: Option<Duration>) -> Self {
        Self { last_event_id, reconnection_time, retry_after: None }
    }

    /// Sets how long the answer in hand asks to wait, if it does: the header `Retry-After`, which
    /// [`retry_after`](super::retry_after) reads.
    ///
    /// The next attempt is made after that time at the earliest, and with jitter as ever, but it cannot ask for more
    /// than [`ReconnectOptions::max_reconnection_time`](super::ReconnectOptions::with_max_reconnection_time). Backoff
    /// does not double it, and the attempt after that does not know of it.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Reconnect, ReconnectOptions, Resume, retry_after}};
    /// use std::time::{Duration, SystemTime};
    ///
    /// let options = ReconnectOptions::new().with_retried_statuses([503]).with_jitter_percent(0);
    /// let (mut reconnect, decoder) = (Reconnect::with_options(options), Decoder::new());
    /// // The value of the header of this answer.
    /// let header: Option<&[u8]> = Some(b"20");
    /// let wait = header.and_then(|value| retry_after(value, SystemTime::now()));
    /// let resume = Resume::from(&decoder).with_retry_after(wait);
    /// let Action::Connect(attempt) = reconnect.answered(503, None, resume) else { unreachable!() };
    /// assert_eq!(attempt.delay(), Duration::from_secs(20));
    /// ```
    #[must_use]
    pub const fn with_retry_after(mut self, time: Option<Duration>) -> Self {
        self.retry_after = time;
        self
    }

    /// Returns the ID to go on from; empty if there is none.
    ///
    /// ```
    /// use sse_wire::reconnect::Resume;
    ///
    /// assert_eq!(Resume::new("7", None).last_event_id(), "7");
    /// ```
    pub const fn last_event_id(&self) -> &'r str {
        self.last_event_id
    }

    /// Returns how long to wait before connecting again, if the server said so.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::Resume};
    /// use std::time::Duration;
    ///
    /// let mut decoder = Decoder::new();
    /// assert!(decoder.decode(&mut &b"retry: 100\n"[..])?.is_none());
    /// assert_eq!(Resume::from(&decoder).reconnection_time(), Some(Duration::from_millis(100)));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub const fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Returns how long the answer in hand asks to wait, if it does.
    ///
    /// ```
    /// use sse_wire::reconnect::Resume;
    /// use std::time::Duration;
    ///
    /// let wait = Some(Duration::from_secs(20));
    /// assert_eq!(Resume::new("7", None).with_retry_after(wait).retry_after(), wait);
    /// ```
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl<'r> From<&'r Decoder> for Resume<'r> {
    fn from(decoder: &'r Decoder) -> Self {
        Self::new(decoder.last_event_id(), decoder.reconnection_time())
    }
}
