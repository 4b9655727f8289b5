//! What [`Reconnect`](super::Reconnect) decides: an [`Action`], which is an [`Attempt`] or has a [`StopReason`].

use alloc::{borrow::ToOwned, format, string::String};
use core::{num::NonZeroU32, time::Duration};

/// What to do now.
///
/// ```
/// use sse_wire::reconnect::{Action, Reconnect};
///
/// match Reconnect::new().connect() {
///     Action::Connect(attempt) => println!("the next attempt in {:?}", attempt.delay()),
///     Action::Read => println!("connected"),
///     Action::Stop(reason) => println!("stopped: {reason}"),
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a client has to know how to do each of them")]
pub enum Action {
    /// Read the body and decode it.
    Read,
    /// Wait, and send the request again. A body that is still there has to be dropped.
    Connect(Attempt),
    /// Stop for good.
    Stop(StopReason),
}

/// An attempt to be made.
///
/// The ID to go on from is where it was: [`last_event_id_value`](crate::header::last_event_id_value) makes a header of
/// it.
///
/// ```
/// use sse_wire::{Decoder, reconnect::{Action, Failure, Reconnect}};
///
/// let Action::Connect(attempt) = Reconnect::new().disconnected(&Decoder::new()) else { unreachable!() };
/// assert_eq!((attempt.failures(), attempt.last_failure()), (1, Some(Failure::NoAnswer)));
/// // The three seconds of the default options, and jitter.
/// assert!((3.0..=4.5).contains(&attempt.delay().as_secs_f64()));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Attempt {
    delay: Duration,
    failed: Option<Failed>,
}

impl Attempt {
    pub(super) const fn new(delay: Duration, failed: Option<Failed>) -> Self {
        Self { delay, failed }
    }

    /// Returns how long to wait first.
    ///
    /// ```
    /// use sse_wire::reconnect::{Action, Reconnect};
    ///
    /// let Action::Connect(attempt) = Reconnect::new().connect() else { unreachable!() };
    /// std::thread::sleep(attempt.delay());
    /// ```
    pub const fn delay(&self) -> Duration {
        self.delay
    }

    /// Returns how many attempts failed in a row before this one.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Reconnect}};
    ///
    /// let (mut reconnect, decoder) = (Reconnect::new(), Decoder::new());
    /// for failures in 1..=3 {
    ///     let Action::Connect(attempt) = reconnect.disconnected(&decoder) else { unreachable!() };
    ///     assert_eq!(attempt.failures(), failures);
    /// }
    /// ```
    pub fn failures(&self) -> u32 {
        self.failed.map_or(0, |failed| failed.attempts.get())
    }

    /// Returns why the attempt before this one failed; `None` if it did not, or if there was none.
    ///
    /// ```
    /// use sse_wire::{Decoder, reconnect::{Action, Failure, Reconnect}};
    ///
    /// let (mut reconnect, decoder) = (Reconnect::new(), Decoder::new());
    /// assert_eq!(reconnect.answered(200, Some(b"text/event-stream"), &decoder), Action::Read);
    /// let Action::Connect(attempt) = reconnect.disconnected(&decoder) else { unreachable!() };
    /// assert_eq!(attempt.last_failure(), Some(Failure::NothingReceived));
    /// ```
    pub fn last_failure(&self) -> Option<Failure> {
        self.failed.map(|failed| failed.last)
    }
}

/// Attempts that failed in a row; there is at least one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Failed {
    pub(super) attempts: NonZeroU32,
    pub(super) last: Failure,
}

impl Failed {
    /// The row with one more.
    pub(super) fn one_more(before: Option<Self>, last: Failure) -> Self {
        let attempts = before.map_or(NonZeroU32::MIN, |row| row.attempts.saturating_add(1));
        Self { attempts, last }
    }
}

/// Why an attempt failed, as far as the rules of reconnection go. The caller knows more: the error of the HTTP client,
/// the body of an answer.
///
/// ```
/// use sse_wire::{Decoder, reconnect::{Failure, Reconnect, ReconnectOptions}};
///
/// let mut reconnect = Reconnect::with_options(ReconnectOptions::new().with_retried_statuses([503]));
/// let _ = reconnect.answered(503, None, &Decoder::new());
/// assert_eq!(reconnect.last_failure(), Some(Failure::Status(503)));
/// assert_eq!(Failure::Status(503).to_string(), "the server answered with the status 503");
/// ```
#[derive(Clone, Copy, Debug, Eq, thiserror::Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// The request got no answer: there was no connection, or it broke before that.
    #[error("there was no answer")]
    NoAnswer,
    /// The server answered with a status that is [to be tried again](super::ReconnectOptions::with_retried_statuses).
    #[error("the server answered with the status {0}")]
    Status(u16),
    /// The answer is something other than `text/event-stream`, where that is
    /// [to be tried again](super::ReconnectOptions::retry_other_content_types).
    #[error("the server's answer is not an event stream")]
    ContentType,
    /// The server accepted, and then the connection ended before a byte of the body was received.
    #[error("the connection ended before anything was received")]
    NothingReceived,
}

/// Why not to connect again.
///
/// ```
/// use sse_wire::{Decoder, reconnect::{Action, Failure, Reconnect, ReconnectOptions, StopReason}};
///
/// let mut reconnect = Reconnect::with_options(ReconnectOptions::new().with_max_attempts(1));
/// let Action::Stop(reason) = reconnect.disconnected(&Decoder::new()) else { unreachable!() };
/// assert_eq!(reason, StopReason::GaveUp { attempts: 1, last_failure: Failure::NoAnswer });
/// assert_eq!(reason.to_string(), "gave up after 1 failed attempt: there was no answer");
/// ```
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
    /// As many attempts failed in a row as
    /// [`ReconnectOptions::with_max_attempts`](super::ReconnectOptions::with_max_attempts) allows.
    #[error("gave up after {}: {last_failure}", in_a_row(*.attempts))]
    GaveUp {
        /// How many attempts failed in a row.
        attempts: u32,
        /// Why the last of them failed.
        last_failure: Failure,
    },
    /// The connection was lost, or there was no answer, and there is no ID to go on from: the request
    /// [must not be sent again](super::ReconnectOptions::only_with_id).
    #[error("the connection was lost, and without a last event ID the request must not be sent again")]
    NoId,
    /// What happened would [happen again](super::Reconnect::hopeless).
    #[error("another attempt would fail as well")]
    Hopeless,
    /// All that was to come [has come](super::Reconnect::completed).
    #[error("the event stream is complete")]
    Complete,
    /// The caller [closed](super::Reconnect::closed) it.
    #[error("the event stream was closed")]
    Closed,
}

fn in_a_row(attempts: u32) -> String {
    match attempts {
        1 => "1 failed attempt".to_owned(),
        _ => format!("{attempts} failed attempts in a row"),
    }
}
