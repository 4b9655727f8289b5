//! [`EventReader`]: events from any [`io::Read`]: a blocking HTTP client's body, a socket, a file.
//!
//! ```
//! use sse_wire::read::EventReader;
//!
//! let body = &b"data: one\n\ndata: two\n\n"[..];
//! let mut seen = Vec::new();
//! for event in EventReader::new(body) {
//!     seen.push(event?.into_data());
//! }
//! assert_eq!(seen, ["one", "two"]);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! To look at events without a copy of each, feed a [`Decoder`] from a buffer of your own:
//!
//! ```
//! use std::io::Read;
//!
//! # let mut body = &b"data: one\n\ndata: two\n\n"[..];
//! let (mut decoder, mut buffer, mut length) = (sse_wire::Decoder::new(), [0; 4096], 0);
//! loop {
//!     let mut chunk = match body.read(&mut buffer)? {
//!         0 => break,
//!         count => &buffer[..count],
//!     };
//!     while let Some(event) = decoder.decode(&mut chunk)? {
//!         length += event.data().len();
//!     }
//! }
//! assert_eq!(length, 6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod end;

use alloc::{boxed::Box, vec};
use core::{fmt, iter::FusedIterator, marker::PhantomData, ops::Range, time::Duration};
use std::io;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::event::{Event, Item};
use crate::session::{MaybeEvent, Session};
use crate::shown::Shown;
use crate::stream_error::StreamError;

/// The events that a reader brings, or all its items: see [`items`](Self::items).
///
/// `T` is what is shown, [`Event`] or [`Item`]. The reader is asked for 16 KiB at a time, so a `BufReader` around it
/// would only cost a copy. An event comes out as soon as the bytes that complete it have arrived.
///
/// # Errors
///
/// [`StreamError::Source`] is an error of the reader; it comes after all events that were whole before it. It ends the
/// iterator, since a reader that has failed for good may fail again and again, unless
/// [`resume_after_errors`](Self::resume_after_errors) was asked for. `WouldBlock` and `TimedOut` are no end: nothing is
/// lost, and calling again reads again. A loop has to decide how often; `for event in events.flatten()` would not.
/// `Interrupted` is never seen. [`StreamError::Decode`] is an event that was rejected; the events after it still come.
///
/// In a function that returns an [`io::Error`], `?` turns either into one.
///
/// # Termination
///
/// `None` is the end, for good, after which the reader is not asked any more. The iterator ends with the reader, after
/// an error of the reader, with the event that [`until`](Self::until) or [`until_event`](Self::until_event) names, and
/// with [`finish`](Self::finish).
///
/// # Memory
///
/// Events own copies of their text, in its exact size. The reader holds 16 KiB, and what the decoder retains of an
/// unfinished event, which [`DecodeOptions`](crate::DecodeOptions) bounds.
#[derive(Clone)]
#[must_use = "iterators do nothing unless used"]
pub struct EventReader<R, T = Event> {
    source: R,
    buffer: Box<[u8]>,
    /// The part of `buffer` that is not decoded yet.
    undecoded: Range<usize>,
    session: Session,
    shown: PhantomData<fn() -> T>,
}

/// An [`EventReader`] that also shows comments and reconnection times; see [`EventReader::items`].
pub type ItemReader<R> = EventReader<R, Item>;

impl<R> EventReader<R> {
    /// Returns the events that `source` brings, decoded with the default options.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"data: x\n\n"[..]);
    /// assert_eq!(events.next().expect("an event")?.data(), "x");
    /// assert!(events.next().is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(source: R) -> Self {
        Self::with_decoder(source, Decoder::new())
    }

    /// Returns the events that `source` brings, decoded by this decoder: one with other options, with an ID to start
    /// from, or from the previous connection.
    ///
    /// The decoder is [reset](Decoder::reset): what another connection left unfinished is not continued here.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, Decoder, read::EventReader};
    ///
    /// let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(64 * 1024));
    /// let mut events = EventReader::with_decoder(&b"data: x\n\n"[..], decoder);
    /// assert_eq!(events.next().expect("an event")?.data(), "x");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_decoder(source: R, decoder: Decoder) -> Self {
        let buffer = vec![0; BUFFER_LEN].into_boxed_slice();
        Self { source, buffer, undecoded: 0..0, session: Session::new(decoder), shown: PhantomData }
    }

    /// Returns the reader with comments and reconnection times shown as they arrive, from here on.
    ///
    /// ```
    /// use sse_wire::{Item, read::EventReader};
    ///
    /// let mut items = EventReader::new(&b": still here\n\n"[..]).items();
    /// assert_eq!(items.next().expect("an item")?, Item::Comment("still here".into()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn items(self) -> ItemReader<R> {
        let Self { source, buffer, undecoded, session, .. } = self;
        EventReader { source, buffer, undecoded, session, shown: PhantomData }
    }
}

impl<R, T> EventReader<R, T> {
    /// Goes on with another reader, the next connection's. The last event ID, the reconnection time, the options, and
    /// whether there was an event yet stay; what the old reader left unfinished, or not taken, is dropped.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"id: 7\ndata: x\n\ndata: cut o"[..]);
    /// assert_eq!(events.by_ref().count(), 1);
    /// // Connect again, with this ID.
    /// assert_eq!(events.last_event_id(), "7");
    /// events.reconnect(&b"data: next\n\n"[..]);
    /// let event = events.next().expect("an event")?;
    /// assert_eq!((event.data(), event.last_event_id()), ("next", "7"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reconnect(&mut self, source: R) {
        self.source = source;
        self.undecoded = 0..0;
        self.session.reconnect();
    }

    /// Ends the stream and returns the event that was cut off, if it had data; see [`Decoder::finish`].
    ///
    /// Call this after the end or after an error; events that have not been taken are dropped. Afterwards the reader is
    /// at its end. An event that [`with_unfinished`](Self::with_unfinished) has shown is not returned again.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"data: half"[..]);
    /// assert!(events.next().is_none());
    /// assert_eq!(events.finish().expect("there is data").data(), "half");
    /// ```
    pub fn finish(&mut self) -> Option<Event> {
        self.undecoded = 0..0;
        self.session.finish()
    }

    /// Sets the last event ID: see [`Decoder::set_last_event_id`].
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"data: x\n\n"[..]);
    /// events.set_last_event_id("7");
    /// assert_eq!(events.next().expect("an event")?.last_event_id(), "7");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_last_event_id(&mut self, id: &str) {
        self.session.decoder.set_last_event_id(id);
    }

    /// Returns whether an event has begun and not ended: after the end of the stream, whether one was cut off.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"event: tick\n"[..]);
    /// assert!(events.next().is_none() && events.is_mid_event());
    /// ```
    pub fn is_mid_event(&self) -> bool {
        self.session.decoder.is_mid_event()
    }

    /// Returns the ID to send when connecting again; see [`Decoder::last_event_id`].
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"id: 7\n\n"[..]);
    /// assert!(events.next().is_none());
    /// assert_eq!(events.last_event_id(), "7");
    /// ```
    pub fn last_event_id(&self) -> &str {
        self.session.decoder.last_event_id()
    }

    /// Returns how long to wait before connecting again, if the stream said so.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"retry: 3000\n"[..]);
    /// assert!(events.next().is_none());
    /// assert_eq!(events.reconnection_time(), Some(Duration::from_secs(3)));
    /// ```
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.session.decoder.reconnection_time()
    }

    /// Returns the decoder, to look at. It cannot be changed from outside, because bytes that have been read may wait
    /// here for it: after a [`reset`](Decoder::reset) they would be taken for the start of a stream.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"id: 7\ndata: x\n\n"[..]);
    /// assert!(events.next().is_some());
    /// assert_eq!((events.decoder().last_event_id(), events.decoder().position()), ("7", 15));
    /// ```
    pub fn decoder(&self) -> &Decoder {
        &self.session.decoder
    }

    /// Returns the source of the bytes.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let events = EventReader::new(&b"data: x\n\n"[..]);
    /// assert_eq!(events.source().len(), 9);
    /// ```
    pub fn source(&self) -> &R {
        &self.source
    }

    /// Returns the decoder, for [`with_decoder`](EventReader::with_decoder) or for [`Decoder::decode`] by hand.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"id: 7\n\n"[..]);
    /// assert!(events.next().is_none());
    /// assert_eq!(events.into_decoder().last_event_id(), "7");
    /// ```
    pub fn into_decoder(self) -> Decoder {
        self.session.decoder
    }

    /// Returns the source, the decoder, and a copy of what has been read but not decoded yet.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"data: x\n\ndata: y\n\n"[..]);
    /// assert!(events.next().is_some());
    /// let (_source, decoder, rest) = events.into_parts();
    /// assert_eq!((decoder.position(), &rest[..]), (9, &b"data: y\n\n"[..]));
    /// ```
    pub fn into_parts(self) -> (R, Decoder, Bytes) {
        let rest = Bytes::copy_from_slice(&self.buffer[self.undecoded]);
        (self.source, self.session.decoder, rest)
    }
}

impl<R: io::Read, T> EventReader<R, T> {
    /// Returns the next `T`, and reads until there is one.
    fn next_shown(&mut self) -> Option<Result<T, StreamError<io::Error>>>
    where
        T: MaybeEvent + for<'b> Shown<&'b [u8]>,
    {
        while self.session.is_open() {
            let mut input = &self.buffer[self.undecoded.clone()];
            let shown = T::decode(&mut self.session.decoder, &mut input).transpose();
            self.undecoded.start = self.undecoded.end - input.len();
            if let Some(shown) = shown {
                if shown.as_ref().is_ok_and(|shown| !self.session.shows(shown)) {
                    continue;
                }
                return Some(shown.map_err(StreamError::Decode));
            }
            match self.source.read(&mut self.buffer) {
                Ok(0) => return self.session.source_ended().map(Ok),
                // A reader that lies about the length must not make us panic.
                Ok(length) => self.undecoded = 0..length.min(self.buffer.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    if !is_wait(&error) {
                        self.session.source_failed();
                    }
                    return Some(Err(StreamError::Source(error)));
                }
            }
        }
        None
    }
}

/// Whether a reader says by this error that it has nothing yet. A socket with a read timeout says either, by platform.
fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

impl<R: io::Read> Iterator for EventReader<R> {
    type Item = Result<Event, StreamError<io::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_shown()
    }
}

impl<R: io::Read> Iterator for ItemReader<R> {
    type Item = Result<Item, StreamError<io::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_shown()
    }
}

impl<R, T> FusedIterator for EventReader<R, T> where Self: Iterator {}

/// Leaves out the source, which need not be `Debug`, and the bytes.
impl<R, T> fmt::Debug for EventReader<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("session", &self.session)
            .field("undecoded", &self.undecoded.len())
            .finish_non_exhaustive()
    }
}

/// The length of the plaintext of one TLS record (RFC 8446, 5.1), the most that one read of a TLS connection gives.
const BUFFER_LEN: usize = 16 * 1024;
