//! Where an [`EventReader`] ends, and whether that was the end of an answer.

use super::EventReader;
use crate::event::Event;
use crate::text::utf8_bytes::Utf8Bytes;

impl<R, T> EventReader<R, T> {
    /// Returns the reader with this marker: the event with exactly this data ends it, and is not shown.
    ///
    /// What comes after it is not decoded. [`until_event`](Self::until_event) may be asked for as well: the first that
    /// comes is the end.
    ///
    /// Some servers close the connection without the blank line after the marker, which then is no event. It counts all
    /// the same.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"data: 1\n\ndata: 2\n\ndata: [DONE]\n\n"[..]).until("[DONE]");
    /// assert_eq!(events.by_ref().count(), 2);
    /// assert!(events.is_complete());
    /// ```
    pub fn until(mut self, data: impl Into<Utf8Bytes>) -> Self {
        self.session = self.session.until(data.into());
        self
    }

    /// Returns the reader with this end: the first event for which `is_last` returns true is shown, and is the last.
    ///
    /// What the end of the source cuts off is not asked about, unless [`with_unfinished`](Self::with_unfinished) shows
    /// it.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let body = &b"data: Hi\n\nevent: message_stop\ndata: {}\n\n"[..];
    /// let mut events = EventReader::new(body).until_event(|event| event.event_type() == "message_stop");
    /// assert_eq!(events.by_ref().count(), 2);
    /// assert!(events.is_complete());
    /// ```
    pub fn until_event(mut self, is_last: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        self.session = self.session.until_event(is_last);
        self
    }

    /// Returns whether the event that [`until`](Self::until) or [`until_event`](Self::until_event) names has come:
    /// after the end, this tells a complete answer from one that was cut off.
    ///
    /// A marker that was to come after other events completes nothing if it comes alone: some servers send
    /// `error: {"code":400}`, which is a field that nobody knows, and then the marker.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let body = &b"error: {\"code\":400}\n\ndata: [DONE]\n\n"[..];
    /// let mut events = EventReader::new(body).until("[DONE]");
    /// assert!(events.next().is_none() && !events.is_complete());
    /// ```
    pub fn is_complete(&self) -> bool {
        self.session.is_complete()
    }

    /// Returns the reader with the event that the end of the source cuts off as the last one, if it had data: what
    /// [`finish`](Self::finish) would return. [`is_mid_event`](Self::is_mid_event) tells afterwards whether there was
    /// one.
    ///
    /// The standard drops it (9.2.6, at the end of the stream), since nobody knows whether it is whole; some servers
    /// close the connection without the blank line after their last event. After an error of the source it is not
    /// shown.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"data: half"[..]).with_unfinished();
    /// assert_eq!(events.next().expect("an event")?.data(), "half");
    /// assert!(events.next().is_none() && events.is_mid_event());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_unfinished(mut self) -> Self {
        self.session = self.session.with_unfinished();
        self
    }

    /// Returns the reader as one that no error of its source ends: calling again reads again. Without this, that is so
    /// only after `WouldBlock` and `TimedOut`.
    ///
    /// ```
    /// use std::io::{self, Read};
    /// use sse_wire::read::EventReader;
    ///
    /// /// Fails once, and then reads.
    /// struct Line(bool, &'static [u8]);
    ///
    /// impl Read for Line {
    ///     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
    ///         if core::mem::take(&mut self.0) { Err(io::Error::other("busy")) } else { self.1.read(buffer) }
    ///     }
    /// }
    ///
    /// let mut events = EventReader::new(Line(true, b"data: x\n\n")).resume_after_errors();
    /// assert!(events.next().expect("an error").is_err());
    /// assert_eq!(events.next().expect("an event")?.data(), "x");
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn resume_after_errors(mut self) -> Self {
        self.session = self.session.resume_after_errors();
        self
    }
}
