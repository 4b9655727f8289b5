//! What [`Reconnect`](super::Reconnect) decides: an [`Action`], which is an [`Attempt`] or has a [`StopReason`].

use core::time::Duration;

/// What to do now.
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
/// The ID to go on from is where it was: [`last_event_id_value`](crate::header::last_event_id_value) makes a header of it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Attempt {
    delay: Duration,
    failures: u32,
}

impl Attempt {
    pub(super) const fn new(delay: Duration, failures: u32) -> Self {
        Self { delay, failures }
    }

    /// Returns how long to wait first.
    pub const fn delay(&self) -> Duration {
        self.delay
    }

    /// Returns how many attempts failed in a row before this one.
    pub const fn failures(&self) -> u32 {
        self.failures
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
    /// As many attempts failed in a row as [`ReconnectOptions::with_max_attempts`](super::ReconnectOptions::with_max_attempts) allows.
    #[error("gave up after {attempts} failed attempts in a row")]
    GaveUp {
        /// How many attempts failed in a row.
        attempts: u32,
    },
    /// The caller [closed](super::Reconnect::closed) it.
    #[error("the event stream was closed")]
    Closed,
}
