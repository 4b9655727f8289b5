//! [`Resume`]: what outlives a connection.

use core::time::Duration;

use crate::decoder::Decoder;

/// What the server said about going on: the last event ID, and how long to wait (9.2.2).
///
/// A [`Decoder`] knows both, so `&decoder` will do wherever this is asked for.
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
}

impl<'r> Resume<'r> {
    /// Returns one with this ID, empty if there is none, and with this reconnection time (`retry`), if there is one.
    pub const fn new(last_event_id: &'r str, reconnection_time: Option<Duration>) -> Self {
        Self { last_event_id, reconnection_time }
    }

    /// Returns the ID to go on from; empty if there is none.
    pub const fn last_event_id(&self) -> &'r str {
        self.last_event_id
    }

    /// Returns how long to wait before connecting again, if the server said so.
    pub const fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }
}

impl<'r> From<&'r Decoder> for Resume<'r> {
    fn from(decoder: &'r Decoder) -> Self {
        Self::new(decoder.last_event_id(), decoder.reconnection_time())
    }
}
