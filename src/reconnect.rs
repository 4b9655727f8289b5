//! The reconnection rules of the standard (9.2.3), without I/O and without a clock: told what happened, [`Reconnect`]
//! says what to do. The feature `client` does it, over any HTTP client.
//!
//! ```text
//!             .-------------- failed (1) --------------.
//!             v                                        |
//!  ------> Connecting --answered, to be read (2)--> Open --received--> Alive
//!           |  ^   ^                                                    |
//!           '--'   '------------------- disconnected -------------------'
//!        failed (1)
//!
//!  any state --closed, completed, hopeless, an answer of another kind, too many failures, no ID (3)--> Stopped:
//!  nothing leads out
//!
//!  (1) `disconnected`, or a status that the options say to try again: one more failure in a row; `received` forgets
//!      them
//!  (2) 200 and `text/event-stream`
//!  (3) if the options ask for one
//! ```
//!
//! * The end of a body is not an error: if anything was received, the client connects again when the reconnection time
//!   is over, and nothing counts as failed. The standard treats a broken connection in the same way.
//! * The delay is never shorter than what the server said, except for [`ReconnectOptions::with_max_reconnection_time`],
//!   nor than [`ReconnectOptions::with_min_delay`], which keeps `retry: 0` from becoming a loop without a pause. For
//!   each further failure in a row it doubles, up to [`ReconnectOptions::with_max_backoff`]. Jitter comes on top.
//! * An answer that is not an event stream ends it all. Servers rely on this: 204 is how they send clients away.
//!
//! # A client
//!
//! ```
//! use sse_wire::{Decoder, header, reconnect::{Action, Reconnect, StopReason}};
//! # use std::time::Duration;
//!
//! // In place of HTTP: what the server answers, request by request.
//! let mut answers = [
//!     Ok((200, "text/event-stream", &["retry: 700\nid: 1\ndata: one\n", "\ndata: cut o"][..])),
//!     Err("connection refused"),
//!     Ok((200, "text/event-stream; charset=utf-8", &["id: 2\ndata: two\n\n"])),
//!     Ok((204, "", &[])),
//! ]
//! .into_iter();
//! let mut sent_ids = Vec::new();
//! # let mut slept = Duration::ZERO;
//! # let mut sleep = |time| slept += time;
//!
//! let (mut reconnect, mut decoder) = (Reconnect::new(), Decoder::new());
//! let (mut body, mut seen) = (&[][..], Vec::new());
//! let mut action = reconnect.connect();
//! let reason = loop {
//!     action = match action {
//!         Action::Connect(attempt) => {
//!             sleep(attempt.delay());
//!             // An ID that cannot be sent in a header is left out here; stopping is the other choice.
//!             let id = header::last_event_id_value(decoder.last_event_id()).unwrap_or_default();
//!             sent_ids.push(id.map(<[u8]>::to_vec));
//!             match answers.next().expect("an answer") {
//!                 Ok((status, content_type, chunks)) => {
//!                     body = chunks;
//!                     reconnect.answered(status, Some(content_type.as_bytes()), &decoder)
//!                 }
//!                 Err(_) => reconnect.disconnected(&decoder),
//!             }
//!         }
//!         Action::Read => {
//!             for chunk in body {
//!                 // Any byte is a sign of life, whether it is part of an event or not.
//!                 reconnect.received();
//!                 let mut chunk = chunk.as_bytes();
//!                 while let Some(event) = decoder.decode(&mut chunk)? {
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
//! # assert!(slept >= Duration::from_millis(700 + 700 + 700));
//! # Ok::<(), sse_wire::DecodeError>(())
//! ```
//!
//! Adapters have a decoder inside: pass `events.decoder()` here. Hand that decoder over to the next connection, with
//! `into_parts` and `with_decoder`, since it knows the last event ID and the reconnection time; the adapter resets it.
//! An adapter shows events, not bytes: call [`received`](Reconnect::received) where the chunks go in, for example with
//! `inspect_ok` of a stream.
//!
//! # What is left to the caller
//!
//! * **Requests that must not be sent twice.** Browsers only send GET. Connecting again sends the request again: if it
//!   is a POST that starts something, as with most language models, set [`ReconnectOptions::only_with_id`], and ask
//!   [`Reconnect`] only if the server is known to go on from `Last-Event-ID`.
//! * **Hopeless errors.** A host that does not exist, or a certificate that is not trusted, will not get better: call
//!   [`hopeless`](Reconnect::hopeless) instead of [`disconnected`](Reconnect::disconnected).
//! * **Other answers.** Whoever takes an answer for an event stream by other rules says so with the type: a server that
//!   leaves the header out is read with `content_type.or(Some(b"text/event-stream"))`.
//! * **Silence.** A connection that is dead but has not ended can only be found with the caller's clock. Give it up,
//!   and report it as [`disconnected`](Reconnect::disconnected).
//! * **Redirects**, which HTTP clients follow.

mod action;
mod delay;
mod options;
mod resume;
mod retry_after;
mod statuses;

use core::time::Duration;

use fastrand::Rng;

use self::action::Failed;
pub use self::{
    action::{Action, Attempt, Failure, StopReason},
    options::ReconnectOptions,
    resume::Resume,
    retry_after::retry_after,
};
use crate::header;

/// What to do with an event stream's connection, decided from what happened to it; see the [module](self).
///
/// [`connect`](Self::connect) is the caller's wish. The other methods report what happened, and say what to do now. All
/// of them may be called in any state: a report that does not fit the state is taken at its word, and once stopped,
/// every answer is the reason. Each takes constant time. A clone draws the same random numbers: make a `Reconnect` for
/// each connection, not a clone of one.
///
/// ```
/// use sse_wire::{Decoder, reconnect::{Action, Reconnect, StopReason}};
///
/// let (mut reconnect, decoder) = (Reconnect::new(), Decoder::new());
/// let Action::Connect(attempt) = reconnect.connect() else { unreachable!() };
/// assert!(attempt.delay().is_zero());
/// assert_eq!(reconnect.answered(200, Some(b"text/event-stream"), &decoder), Action::Read);
/// assert!(matches!(reconnect.disconnected(&decoder), Action::Connect(_)));
/// assert_eq!(reconnect.answered(404, None, &decoder), Action::Stop(StopReason::Status(404)));
/// ```
#[derive(Clone, Debug)]
pub struct Reconnect {
    options: ReconnectOptions,
    state: State,
    /// The attempts that failed in a row up to now.
    failed: Option<Failed>,
    rng: Rng,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// An attempt is due or under way.
    Connecting,
    /// The server has accepted; whether the connection is of use is not known yet.
    Open,
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
        Self { options, state: State::Connecting, failed: None, rng: options.rng() }
    }

    /// Returns [`Action::Connect`] without a delay: for the first connection, and when the caller knows that it need
    /// not wait, for example because the network is back. A connection that is still there has to be given up. The
    /// failures in a row still count.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Reconnect}};
    ///
    /// let (mut reconnect, decoder) = (Reconnect::new(), Decoder::new());
    /// let Action::Connect(first) = reconnect.connect() else { unreachable!() };
    /// assert!(first.delay().is_zero());
    /// let Action::Connect(second) = reconnect.disconnected(&decoder) else { unreachable!() };
    /// assert!(!second.delay().is_zero());
    /// // The user pressed a button.
    /// let Action::Connect(now) = reconnect.connect() else { unreachable!() };
    /// assert_eq!((now.delay().is_zero(), now.failures()), (true, 1));
    /// ```
    #[must_use = "nothing happens unless the caller does it"]
    pub fn connect(&mut self) -> Action {
        if let State::Stopped(reason) = self.state {
            return Action::Stop(reason);
        }
        self.state = State::Connecting;
        Action::Connect(Attempt::new(Duration::ZERO, self.failed))
    }

    /// Returns whether to read the body, to try again or to stop, now that the server has answered, redirects aside;
    /// `content_type` is the value of that header, if there is one.
    ///
    /// Only a 200 that [is an event stream](header::is_event_stream) is to be read (9.2.3). 204 stops, whatever the
    /// options say. If the answer is to be tried again and has a `Retry-After`, pass it on with
    /// [`Resume::with_retry_after`].
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Reconnect, StopReason}};
    ///
    /// let decoder = Decoder::new();
    /// let html = Some(&b"text/html"[..]);
    /// assert_eq!(Reconnect::new().answered(200, html, &decoder), Action::Stop(StopReason::ContentType));
    /// assert_eq!(Reconnect::new().answered(204, None, &decoder), Action::Stop(StopReason::NoContent));
    /// assert_eq!(Reconnect::new().answered(503, html, &decoder), Action::Stop(StopReason::Status(503)));
    /// ```
    #[must_use = "nothing happens unless the caller does it"]
    pub fn answered<'r>(&mut self, status: u16, content_type: Option<&[u8]>, resume: impl Into<Resume<'r>>) -> Action {
        if let State::Stopped(reason) = self.state {
            return Action::Stop(reason);
        }
        match status {
            200 if header::is_event_stream(content_type) => {
                self.state = State::Open;
                Action::Read
            }
            200 if self.options.retries_other_content_types() => self.fail(Failure::ContentType, resume.into()),
            200 => self.stop(StopReason::ContentType),
            204 => self.stop(StopReason::NoContent),
            _ if self.options.is_retried(status) => self.fail(Failure::Status(status), resume.into()),
            _ => self.stop(StopReason::Status(status)),
        }
    }

    /// Takes note that something was received on the open connection: any byte, be it of an event, of a comment or a
    /// blank line. So the connection was of use, and the failures before it are forgotten. What to do stays the same:
    /// go on reading.
    ///
    /// Call this for each chunk that is not empty, or for the first; it costs nothing.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Reconnect}};
    ///
    /// let (mut reconnect, mut decoder) = (Reconnect::new(), Decoder::new());
    /// for failures in [1, 2] {
    ///     let Action::Connect(attempt) = reconnect.disconnected(&decoder) else { unreachable!() };
    ///     assert_eq!(attempt.failures(), failures);
    /// }
    /// assert_eq!(reconnect.answered(200, Some(b"text/event-stream"), &decoder), Action::Read);
    /// // The server's way to say that it is there.
    /// let mut chunk: &[u8] = b"\n";
    /// reconnect.received();
    /// assert_eq!(decoder.decode(&mut chunk), Ok(None));
    /// let Action::Connect(attempt) = reconnect.disconnected(&decoder) else { unreachable!() };
    /// assert_eq!(attempt.failures(), 0);
    /// ```
    pub fn received(&mut self) {
        if self.state == State::Open {
            self.state = State::Alive;
            self.failed = None;
        }
    }

    /// Returns what to do now that there is no connection (any more): the body ended, reading failed, it was given up
    /// because it was silent, or the request got no answer.
    ///
    /// [`Decoder::reset`](crate::Decoder::reset) or [`finish`](crate::Decoder::finish) is due before the next
    /// connection. A connection that was accepted, but on which nothing was received, counts as failed.
    ///
    /// ```
    /// use sse_wire::reconnect::{Action, Reconnect, Resume};
    /// use std::time::Duration;
    ///
    /// // What another decoder knows, in place of `&decoder`.
    /// let resume = Resume::new("7", Some(Duration::from_secs(20)));
    /// let Action::Connect(attempt) = Reconnect::new().disconnected(resume) else { unreachable!() };
    /// assert!(attempt.delay() >= Duration::from_secs(20));
    /// ```
    #[must_use = "nothing happens unless the caller does it"]
    pub fn disconnected<'r>(&mut self, resume: impl Into<Resume<'r>>) -> Action {
        let resume = resume.into();
        match self.state {
            State::Stopped(reason) => Action::Stop(reason),
            _ if !self.options.may_repeat(resume) => self.stop(StopReason::NoId),
            State::Connecting => self.fail(Failure::NoAnswer, resume),
            State::Open => self.fail(Failure::NothingReceived, resume),
            State::Alive => self.again(resume),
        }
    }

    /// Returns [`Action::Stop`] now that the caller wants no more, which is for good: with [`StopReason::Closed`],
    /// unless it had stopped before.
    ///
    /// Events that were received but not handed out yet have to be dropped (9.2.3).
    ///
    /// ```
    /// use sse_wire::reconnect::{Action, Reconnect, StopReason};
    ///
    /// let mut reconnect = Reconnect::new();
    /// assert_eq!(reconnect.closed(), Action::Stop(StopReason::Closed));
    /// assert_eq!(reconnect.connect(), Action::Stop(StopReason::Closed));
    /// ```
    pub fn closed(&mut self) -> Action {
        self.stop_unless_stopped(StopReason::Closed)
    }

    /// Returns [`Action::Stop`] as [`closed`](Self::closed) does, with [`StopReason::Complete`]: the last event has
    /// come, by the caller's own rules. An answer that is complete is not asked for again.
    pub fn completed(&mut self) -> Action {
        self.stop_unless_stopped(StopReason::Complete)
    }

    /// Returns [`Action::Stop`] as [`closed`](Self::closed) does, with [`StopReason::Hopeless`]: another attempt would
    /// fail as well, by the caller's own judgement. Call this instead of [`disconnected`](Self::disconnected).
    pub fn hopeless(&mut self) -> Action {
        self.stop_unless_stopped(StopReason::Hopeless)
    }

    /// Returns the options.
    ///
    /// ```
    /// use sse_wire::reconnect::{Reconnect, ReconnectOptions};
    ///
    /// assert_eq!(*Reconnect::new().options(), ReconnectOptions::new());
    /// ```
    pub const fn options(&self) -> &ReconnectOptions {
        &self.options
    }

    /// Returns how many attempts have failed in a row up to now; 0 if the last connection was of use.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Failure, Reconnect}};
    ///
    /// let mut reconnect = Reconnect::new();
    /// assert_eq!((reconnect.failures(), reconnect.last_failure()), (0, None));
    /// let _ = reconnect.disconnected(&Decoder::new());
    /// assert_eq!((reconnect.failures(), reconnect.last_failure()), (1, Some(Failure::NoAnswer)));
    /// ```
    pub fn failures(&self) -> u32 {
        self.failed.map_or(0, |failed| failed.attempts.get())
    }

    /// Returns why the last of those attempts failed; see [`failures`](Self::failures).
    pub fn last_failure(&self) -> Option<Failure> {
        self.failed.map(|failed| failed.last)
    }

    /// Returns why it has stopped; `None` if it has not.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Reconnect, StopReason}};
    ///
    /// let mut reconnect = Reconnect::new();
    /// assert_eq!(reconnect.stop_reason(), None);
    /// let _ = reconnect.answered(204, None, &Decoder::new());
    /// assert_eq!(reconnect.stop_reason(), Some(StopReason::NoContent));
    /// ```
    pub const fn stop_reason(&self) -> Option<StopReason> {
        match self.state {
            State::Stopped(reason) => Some(reason),
            State::Connecting | State::Open | State::Alive => None,
        }
    }

    /// Counts one more failed attempt, and returns what to do now.
    fn fail(&mut self, failure: Failure, resume: Resume<'_>) -> Action {
        let failed = Failed::one_more(self.failed, failure);
        self.failed = Some(failed);
        let attempts = failed.attempts.get();
        if self.options.is_enough(attempts) {
            return self.stop(StopReason::GaveUp { attempts, last_failure: failure });
        }
        self.again(resume)
    }

    /// Returns the next attempt.
    fn again(&mut self, resume: Resume<'_>) -> Action {
        self.state = State::Connecting;
        let delay = self.options.delay(resume, self.failures(), &mut self.rng);
        Action::Connect(Attempt::new(delay, self.failed))
    }

    fn stop_unless_stopped(&mut self, reason: StopReason) -> Action {
        let first = self.stop_reason().unwrap_or(reason);
        self.stop(first)
    }

    fn stop(&mut self, reason: StopReason) -> Action {
        self.state = State::Stopped(reason);
        Action::Stop(reason)
    }
}

impl Default for Reconnect {
    fn default() -> Self {
        Self::new()
    }
}
