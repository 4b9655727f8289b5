//! The reconnection rules of the standard (9.2.3), without I/O and without a clock: told what happened, [`Reconnect`]
//! says what to do.
//!
//! ```text
//!             .------------- failed (1) -------------.
//!             v                                      |
//!  ------> Connecting --response, to be read (2)--> Open --alive--> Alive
//!           |  ^   ^                                                  |
//!           '--'   '------------------ disconnected ------------------'
//!        failed (1)
//!
//!  any state --close, a response of another kind, too many failures--> Stopped: nothing leads out
//!
//!  (1) `disconnected`, or a status that the options say to try again: one more failure in a row; `alive` forgets them
//!  (2) 200 and `text/event-stream`
//! ```
//!
//! * The end of a body is not an error: if something was received, the client connects again when the reconnection time
//!   is over, and nothing counts as failed. The standard treats a broken connection in the same way.
//! * The delay is never shorter than what the server said, except for [`ReconnectOptions::max_reconnection_time`]. For
//!   each further failure in a row it doubles, up to [`ReconnectOptions::max_backoff`]. Jitter comes on top.
//! * An answer that is not an event stream ends it all. Servers rely on this: 204 is how they send clients away.
//!
//! # A client
//!
//! ```
//! use sse_wire::{Decoder, ItemRef, reconnect::{Action, Reconnect, StopReason}};
//! # use std::time::Duration;
//!
//! // In place of HTTP: what the server answers, request by request.
//! let mut answers = [
//!     Ok((200, "text/event-stream", &b"retry: 200\nid: 1\ndata: one\n\ndata: cut o"[..])),
//!     Err("connection refused"),
//!     Ok((200, "text/event-stream; charset=utf-8", b"id: 2\ndata: two\n\n")),
//!     Ok((204, "", b"")),
//! ]
//! .into_iter();
//! let mut sent_ids = Vec::new();
//! # let mut slept = Duration::ZERO;
//! # let mut sleep = |time| slept += time;
//!
//! let mut reconnect = Reconnect::new();
//! let mut decoder = Decoder::new();
//! let mut body: &[u8] = b"";
//! let mut seen = Vec::new();
//! let mut action = reconnect.connect(&decoder);
//! let reason = loop {
//!     action = match action {
//!         Action::Connect(attempt) => {
//!             sleep(attempt.delay());
//!             // An ID that cannot be sent in a header is left out here; stopping is the other choice.
//!             sent_ids.push(attempt.last_event_id().unwrap_or_default().map(<[u8]>::to_vec));
//!             match answers.next().expect("an answer") {
//!                 Ok((status, content_type, answer)) => {
//!                     body = answer;
//!                     reconnect.response(status, Some(content_type.as_bytes()), &decoder)
//!                 }
//!                 Err(_) => reconnect.disconnected(&decoder),
//!             }
//!         }
//!         Action::Read => {
//!             // Comments are a sign of life as well.
//!             while let Some(item) = decoder.decode_item(&mut body)? {
//!                 reconnect.alive();
//!                 if let ItemRef::Event(event) = item {
//!                     seen.push(event.data().to_owned());
//!                 }
//!             }
//!             // The body has ended. What is unfinished is not part of the next one.
//!             decoder.reset();
//!             reconnect.disconnected(&decoder)
//!         }
//!         Action::Stop(reason) => break reason,
//!     };
//! };
//! assert_eq!(seen, ["one", "two"]);
//! assert_eq!(sent_ids, [None, Some(b"1".to_vec()), Some(b"1".to_vec()), Some(b"2".to_vec())]);
//! assert_eq!(reason, StopReason::NoContent);
//! # assert!(slept >= Duration::from_millis(200 + 500 + 200));
//! # Ok::<(), sse_wire::DecodeError>(())
//! ```
//!
//! Adapters have a decoder inside: pass `events.decoder()` here. Hand that decoder over to the next connection, with
//! `into_parts` and `with_decoder`, since it knows the last event ID and the reconnection time; the adapter resets it.
//!
//! # What is left to the caller
//!
//! * **Requests that must not be sent twice.** Browsers only send GET. Connecting again sends the request again: if it
//!   is a POST that starts something, as with most language models, ask [`Reconnect`] only if the server is known to go
//!   on from `Last-Event-ID`.
//! * **Hopeless errors.** A host that does not exist, or a certificate that is not trusted, will not get better: call
//!   [`close`](Reconnect::close) instead of [`disconnected`](Reconnect::disconnected).
//! * **Silence.** A connection that is dead but has not ended can only be found with the caller's clock. Give it up,
//!   and report it as [`disconnected`](Reconnect::disconnected).
//! * **Redirects**, which HTTP clients follow.

mod options;

use core::time::Duration;

use fastrand::Rng;

pub use self::options::ReconnectOptions;
use crate::decoder::Decoder;
use crate::header::{self, UnsendableId};

/// What to do with an event stream's connection, decided from what happened to it; see the [module](self).
///
/// Each method that reports what happened returns what to do now. All of them may be called in any state: a report that
/// does not fit the state is taken at its word, and once stopped, every answer is the reason.
///
/// ```
/// use sse_wire::{Decoder, reconnect::{Action, Reconnect, StopReason}};
///
/// let (mut reconnect, decoder) = (Reconnect::new(), Decoder::new());
/// let Action::Connect(attempt) = reconnect.connect(&decoder) else { unreachable!() };
/// assert!(attempt.delay().is_zero());
/// assert_eq!(reconnect.response(200, Some(b"text/event-stream"), &decoder), Action::Read);
/// assert!(matches!(reconnect.disconnected(&decoder), Action::Connect(_)));
/// assert_eq!(reconnect.response(404, None, &decoder), Action::Stop(StopReason::Status(404)));
/// ```
#[derive(Clone, Debug)]
pub struct Reconnect {
    options: ReconnectOptions,
    state: State,
    rng: Rng,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// An attempt is due or under way, after this many that failed in a row.
    Connecting { failures: u32 },
    /// The server has accepted; whether the connection is of use is not known yet.
    Open { failures: u32 },
    /// Something was received.
    Alive,
    /// Stopped for good.
    Stopped(StopReason),
}

impl Reconnect {
    /// Returns a `Reconnect` with the [default options](ReconnectOptions::new).
    pub fn new() -> Self {
        Self::with_options(ReconnectOptions::new())
    }

    /// Returns a `Reconnect` with these options.
    pub fn with_options(options: ReconnectOptions) -> Self {
        Self { options, state: State::Connecting { failures: 0 }, rng: options.rng() }
    }

    /// Returns [`Action::Connect`] without a delay: for the first connection, and when the caller knows that it need
    /// not wait, for example because the network is back. A connection that is still there has to be given up. The
    /// failures in a row still count.
    ///
    /// The ID is sent the first time, too, if the decoder [was given one](Decoder::set_last_event_id).
    pub fn connect<'d>(&mut self, decoder: &'d Decoder) -> Action<'d> {
        if let State::Stopped(reason) = self.state {
            return Action::Stop(reason);
        }
        let failures = self.failures();
        self.state = State::Connecting { failures };
        Action::Connect(Attempt { delay: Duration::ZERO, failures, id: decoder.last_event_id() })
    }

    /// Returns whether to read the body, to try again or to stop, after this answer of the server, redirects aside;
    /// `content_type` is the value of that header, if there is one.
    ///
    /// Only a 200 that [is an event stream](header::is_event_stream) is to be read. 204 stops, whatever the options
    /// say. If the answer has a `Retry-After`, which the standard does not mention, waiting longer is up to the caller.
    pub fn response<'d>(&mut self, status: u16, content_type: Option<&[u8]>, decoder: &'d Decoder) -> Action<'d> {
        if let State::Stopped(reason) = self.state {
            return Action::Stop(reason);
        }
        match status {
            200 if content_type.is_some_and(header::is_event_stream) => {
                self.state = State::Open { failures: self.failures() };
                Action::Read
            }
            200 => self.stop(StopReason::ContentType),
            204 => self.stop(StopReason::NoContent),
            _ if self.options.is_retried(status) => self.failed(decoder),
            _ => self.stop(StopReason::Status(status)),
        }
    }

    /// Takes note that something was received on the open connection: an event, a comment or a reconnection time. So
    /// the connection was of use, and the failures before it are forgotten. Call this once or each time; it costs
    /// nothing.
    pub fn alive(&mut self) {
        if let State::Open { .. } = self.state {
            self.state = State::Alive;
        }
    }

    /// Returns what to do now that there is no connection (any more): the body ended, reading failed, it was given up
    /// because it was silent, or the request got no answer.
    ///
    /// [`Decoder::reset`] or [`Decoder::finish`] is due before the next connection. A connection that was accepted, but
    /// on which nothing was received, counts as failed.
    pub fn disconnected<'d>(&mut self, decoder: &'d Decoder) -> Action<'d> {
        match self.state {
            State::Stopped(reason) => Action::Stop(reason),
            State::Connecting { .. } | State::Open { .. } => self.failed(decoder),
            State::Alive => self.again(0, decoder),
        }
    }

    /// Stops for good: from now on every answer is [`StopReason::Closed`], unless it had stopped before.
    ///
    /// Events that were received but not handed out yet have to be dropped (9.2.3).
    pub fn close(&mut self) {
        if !matches!(self.state, State::Stopped(_)) {
            self.state = State::Stopped(StopReason::Closed);
        }
    }

    /// How many attempts have failed in a row.
    fn failures(&self) -> u32 {
        match self.state {
            State::Connecting { failures } | State::Open { failures } => failures,
            State::Alive | State::Stopped(_) => 0,
        }
    }

    /// Counts one more failed attempt, and returns what to do now.
    fn failed<'d>(&mut self, decoder: &'d Decoder) -> Action<'d> {
        let failures = self.failures().saturating_add(1);
        if self.options.is_enough(failures) {
            return self.stop(StopReason::GaveUp { attempts: failures });
        }
        self.again(failures, decoder)
    }

    /// Returns the next attempt, after this many failures in a row.
    fn again<'d>(&mut self, failures: u32, decoder: &'d Decoder) -> Action<'d> {
        self.state = State::Connecting { failures };
        let delay = self.options.delay(decoder.reconnection_time(), failures, &mut self.rng);
        Action::Connect(Attempt { delay, failures, id: decoder.last_event_id() })
    }

    fn stop(&mut self, reason: StopReason) -> Action<'static> {
        self.state = State::Stopped(reason);
        Action::Stop(reason)
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::new()
    }
}

/// What to do now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a client has to know how to do each of them")]
#[must_use = "nothing happens unless the caller does it"]
pub enum Action<'d> {
    /// Read the body and decode it.
    Read,
    /// Wait, and send the request again. A body that is still there has to be dropped.
    Connect(Attempt<'d>),
    /// Stop for good.
    Stop(StopReason),
}

/// An attempt to be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attempt<'d> {
    delay: Duration,
    failures: u32,
    id: &'d str,
}

impl<'d> Attempt<'d> {
    /// Returns how long to wait first.
    pub const fn delay(&self) -> Duration {
        self.delay
    }

    /// Returns how many attempts failed in a row before this one.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Returns what to send as [`Last-Event-ID`](header::LAST_EVENT_ID); `None` if that header is to be left out.
    ///
    /// # Errors
    ///
    /// [`UnsendableId`] if the ID cannot be sent in a header. The caller decides between going on without it, which
    /// means missing events, and stopping.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Reconnect}};
    ///
    /// let mut decoder = Decoder::new();
    /// for (id, value) in [("", Ok(None)), ("7", Ok(Some(&b"7"[..]))), ("7\u{1}", Err(1))] {
    ///     decoder.set_last_event_id(id);
    ///     let Action::Connect(attempt) = Reconnect::new().connect(&decoder) else { unreachable!() };
    ///     assert_eq!(attempt.last_event_id().map_err(|error| error.index()), value);
    /// }
    /// ```
    pub fn last_event_id(&self) -> Result<Option<&'d [u8]>, UnsendableId> {
        header::last_event_id_value(self.id)
    }
}

/// Why not to connect again.
#[derive(Clone, Copy, Debug, Eq, thiserror::Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum StopReason {
    /// The server answered with 204: the stream is over.
    #[error("the server ended the event stream with the status 204")]
    NoContent,
    /// The server answered with a status other than 200 that is not to be tried again.
    #[error("the server answered with the status {0}")]
    Status(u16),
    /// The answer is something other than `text/event-stream`.
    #[error("the server's answer is not an event stream")]
    ContentType,
    /// As many attempts failed in a row as [`ReconnectOptions::max_attempts`] allows.
    #[error("gave up after {attempts} failed attempts in a row")]
    GaveUp {
        /// How many attempts failed in a row.
        attempts: u32,
    },
    /// The caller [closed](Reconnect::close) it.
    #[error("the event stream was closed")]
    Closed,
}
