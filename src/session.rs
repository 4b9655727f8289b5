//! [`Session`]: what is kept by the adapters that ask a source for bytes themselves: the decoder, what they were asked
//! for, and how far the stream has come.
//!
//! ```text
//!       .--the marker, or the last event----------------> Complete
//! Open -+--the source ends, and what it cut off is given--> Spent
//!       '--the source ends or fails, or `finish`----------> Ended
//! ```
//!
//! Only in `Open` is a chunk decoded and the source asked; `reconnect` leads back there from anywhere.

use alloc::sync::Arc;
use core::fmt;

use crate::decoder::Decoder;
use crate::event::{Event, Item};
use crate::text::utf8_bytes::Utf8Bytes;

type Predicate = dyn Fn(&Event) -> bool + Send + Sync;

#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) decoder: Decoder,
    /// The data of the event that ends the stream and is not shown.
    marker: Option<Utf8Bytes>,
    /// Tells the event that ends the stream and is shown. It is shared, and not boxed, so that streams can be cloned.
    is_last: Option<Arc<Predicate>>,
    shows_unfinished: bool,
    resumes_after_errors: bool,
    /// Whether there was an event, other than the marker.
    has_begun: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// More may come.
    Open,
    /// The event that was to end the stream has come.
    Complete,
    /// The end came without it. The decoder still has what was cut off.
    Ended,
    /// As `Ended`, and what the decoder has of a cut event has been used.
    Spent,
}

impl Session {
    pub(crate) fn new(mut decoder: Decoder) -> Self {
        decoder.reset();
        Self {
            decoder,
            marker: None,
            is_last: None,
            shows_unfinished: false,
            resumes_after_errors: false,
            has_begun: false,
            state: State::Open,
        }
    }

    pub(crate) fn until(mut self, data: Utf8Bytes) -> Self {
        self.marker = Some(data);
        self
    }

    pub(crate) fn until_event(mut self, is_last: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        self.is_last = Some(Arc::new(is_last));
        self
    }

    pub(crate) fn with_unfinished(mut self) -> Self {
        self.shows_unfinished = true;
        self
    }

    pub(crate) fn resume_after_errors(mut self) -> Self {
        self.resumes_after_errors = true;
        self
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// Returns whether this is to be shown. It may be the last that is, or say that the one before was.
    #[inline]
    pub(crate) fn shows<T: MaybeEvent>(&mut self, shown: &T) -> bool {
        let Some(event) = shown.as_event() else { return true };
        if self.marker.is_none() && self.is_last.is_none() {
            self.has_begun = true;
            return true;
        }
        self.judge(event)
    }

    fn judge(&mut self, event: &Event) -> bool {
        if self.is_marker(event) {
            self.end_by_marker();
            return false;
        }
        self.has_begun = true;
        if self.is_last.as_ref().is_some_and(|is_last| is_last(event)) {
            self.state = State::Complete;
        }
        true
    }

    fn is_marker(&self, event: &Event) -> bool {
        self.marker.as_ref().is_some_and(|marker| *marker == event.data())
    }

    /// Servers that answer with an error in a form of their own send the marker all the same: a marker alone completes
    /// nothing.
    fn end_by_marker(&mut self) {
        self.state = if self.has_begun { State::Complete } else { State::Spent };
    }

    /// Ends the stream, and returns what the source cut off, if it is to be shown.
    pub(crate) fn source_ended<T: MaybeEvent>(&mut self) -> Option<T> {
        self.state = State::Ended;
        // A copy is finished, so that the decoder can still tell that the stream was cut, and where.
        if self.shows_unfinished {
            let event = self.decoder.is_mid_event().then(|| self.decoder.clone().finish_owned())??;
            self.state = State::Spent;
            return self.judge(&event).then(|| T::from_event(event));
        }
        // The standard drops such an event, but the marker need not be an event to say what it says. What is much longer
        // is not copied to see that it is no marker.
        let marker = self.marker.as_ref()?;
        let may_be_marker = self.decoder.is_mid_event() && self.decoder.buffered() <= marker.len() + MAX_BESIDE_MARKER;
        if may_be_marker && self.decoder.clone().finish().is_some_and(|event| *marker == event.data()) {
            self.end_by_marker();
        }
        None
    }

    pub(crate) fn source_failed(&mut self) {
        if !self.resumes_after_errors {
            self.state = State::Ended;
        }
    }

    /// Ends the stream, and returns what was cut off, unless it has been used already.
    pub(crate) fn finish(&mut self) -> Option<Event> {
        if self.is_open() {
            self.state = State::Ended;
        }
        let unfinished = self.decoder.finish_owned();
        if self.state == State::Ended { unfinished } else { None }
    }

    pub(crate) fn reconnect(&mut self) {
        self.decoder.reset();
        self.state = State::Open;
    }
}

/// How many bytes of type and ID may stand beside a marker.
const MAX_BESIDE_MARKER: usize = 16 * 1024;

/// Leaves out what was asked for.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("decoder", &self.decoder).field("state", &self.state).finish_non_exhaustive()
    }
}

/// What may be an event, and what an event can be.
pub(crate) trait MaybeEvent {
    fn from_event(event: Event) -> Self;

    fn as_event(&self) -> Option<&Event>;
}

impl MaybeEvent for Event {
    fn from_event(event: Event) -> Self {
        event
    }

    fn as_event(&self) -> Option<&Event> {
        Some(self)
    }
}

impl MaybeEvent for Item {
    fn from_event(event: Event) -> Self {
        Self::Event(event)
    }

    fn as_event(&self) -> Option<&Event> {
        if let Self::Event(event) = self { Some(event) } else { None }
    }
}
