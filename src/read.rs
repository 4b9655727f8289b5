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

use alloc::{boxed::Box, vec};
use core::{fmt, iter::FusedIterator, marker::PhantomData, ops::Range, time::Duration};
use std::io;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::error::DecodeError;
use crate::event::{Event, Item};
use crate::stream_error::StreamError;

/// The events that a reader brings, or all its items: see [`items`](Self::items).
///
/// `T` is what is shown, [`Event`] or [`Item`]. The reader is asked for 16 KiB at a time, so a `BufReader` around it
/// would only cost a copy. An event comes out as soon as the bytes that complete it have arrived.
///
/// # Errors
///
/// [`StreamError::Source`] is an error of the reader; it comes after all events that were whole before it. Nothing is
/// lost: calling again reads again, which is what to do after `WouldBlock` or `TimedOut`. `Interrupted` is never seen.
/// A reader that has failed for good may fail again and again, so do not go on after errors that you do not know.
/// [`StreamError::Decode`] is an event that was rejected; the events after it still come. Neither ends the iterator:
/// `None` does, for good, and the reader is not asked any more.
///
/// In a function that returns an [`io::Error`], `?` turns either into one.
///
/// # Memory
///
/// Events own copies of their text, in its exact size. The reader holds 16 KiB, and what the decoder retains of an
/// unfinished event, which [`DecodeOptions`](crate::DecodeOptions) bounds.
#[derive(Clone)]
#[must_use = "iterators do nothing unless used"]
pub struct EventReader<R, T = Event> {
    source: R,
    decoder: Decoder,
    buffer: Box<[u8]>,
    /// The part of `buffer` that is not decoded yet.
    undecoded: Range<usize>,
    /// Set by the end of the source, or by `finish`. Then nothing is undecoded.
    is_ended: bool,
    shown: PhantomData<fn() -> T>,
}

/// An [`EventReader`] that shows comments and reconnection times, too; see [`EventReader::items`].
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
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"id: 7\ndata: x\n\ndata: cut o"[..]);
    /// assert_eq!(events.by_ref().count(), 1);
    /// let (_, decoder, _) = events.into_parts();
    /// // Connect again, with this ID.
    /// assert_eq!(decoder.last_event_id(), "7");
    /// let mut events = EventReader::with_decoder(&b"data: next\n\n"[..], decoder);
    /// let event = events.next().expect("an event")?;
    /// assert_eq!((event.data(), event.last_event_id()), ("next", "7"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_decoder(source: R, mut decoder: Decoder) -> Self {
        decoder.reset();
        let buffer = vec![0; BUFFER_LEN].into_boxed_slice();
        Self { source, decoder, buffer, undecoded: 0..0, is_ended: false, shown: PhantomData }
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
        let Self { source, decoder, buffer, undecoded, is_ended, .. } = self;
        EventReader { source, decoder, buffer, undecoded, is_ended, shown: PhantomData }
    }
}

impl<R, T> EventReader<R, T> {
    /// Ends the stream and returns the event that was cut off, if it had data; see [`Decoder::finish`].
    ///
    /// Call this after the end or after an error; events that have not been taken are dropped. Afterwards the reader is
    /// at its end.
    ///
    /// ```
    /// use sse_wire::read::EventReader;
    ///
    /// let mut events = EventReader::new(&b"data: half"[..]);
    /// assert!(events.next().is_none());
    /// assert_eq!(events.finish().expect("there is data").data(), "half");
    /// ```
    pub fn finish(&mut self) -> Option<Event> {
        self.is_ended = true;
        self.undecoded = 0..0;
        self.decoder.finish().map(Event::from)
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
        self.decoder.is_mid_event()
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
        self.decoder.last_event_id()
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
        self.decoder.reconnection_time()
    }

    /// Returns the decoder.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Returns the source of the bytes.
    pub fn source(&self) -> &R {
        &self.source
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
        (self.source, self.decoder, rest)
    }
}

impl<R: io::Read, T> EventReader<R, T> {
    /// Returns the next `T` that `decode` finds, and reads until there is one.
    fn next_with(
        &mut self,
        decode: impl Fn(&mut Decoder, &mut &[u8]) -> Result<Option<T>, DecodeError>,
    ) -> Option<Result<T, StreamError<io::Error>>> {
        loop {
            let mut input = &self.buffer[self.undecoded.clone()];
            let shown = decode(&mut self.decoder, &mut input).transpose();
            self.undecoded.start = self.undecoded.end - input.len();
            if let Some(shown) = shown {
                return Some(shown.map_err(StreamError::Decode));
            }
            if self.is_ended {
                return None;
            }
            match self.source.read(&mut self.buffer) {
                Ok(0) => self.is_ended = true,
                // A reader that lies about the length must not make us panic.
                Ok(length) => self.undecoded = 0..length.min(self.buffer.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Some(Err(StreamError::Source(error))),
            }
        }
    }
}

impl<R: io::Read> Iterator for EventReader<R> {
    type Item = Result<Event, StreamError<io::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with(|decoder, input| Ok(decoder.decode(input)?.map(Event::from)))
    }
}

impl<R: io::Read> Iterator for ItemReader<R> {
    type Item = Result<Item, StreamError<io::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with(|decoder, input| Ok(decoder.decode_item(input)?.map(|item| item.to_item())))
    }
}

impl<R, T> FusedIterator for EventReader<R, T> where Self: Iterator {}

/// Leaves out the source, which need not be `Debug`, and the bytes.
impl<R, T> fmt::Debug for EventReader<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("decoder", &self.decoder)
            .field("undecoded", &self.undecoded.len())
            .field("is_ended", &self.is_ended)
            .finish_non_exhaustive()
    }
}

/// The length of the plaintext of one TLS record (RFC 8446, 5.1), the most that one read of a TLS connection gives.
const BUFFER_LEN: usize = 16 * 1024;
