//! What an [`EventStream`] tells of its connection, and what it keeps for the next.

use core::time::Duration;

use bytes::Bytes;

use super::EventStream;
use crate::decoder::Decoder;
use crate::event::Event;

impl<S, T> EventStream<S, T> {
    /// Goes on with the chunks of another connection. The last event ID, the reconnection time, the options, and
    /// whether there was an event yet stay; what the old connection left unfinished, or not taken, is dropped.
    ///
    /// This needs a stream that is not pinned: if the source is not `Unpin`, box it, as in a
    /// [`BoxEventStream`](super::BoxEventStream).
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("id: 7\n\ndata: cut o")]));
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// events.reconnect(stream::iter([Ok("data: x\n\n")]));
    /// let event = futures_executor::block_on(events.next()).expect("an event")?;
    /// assert_eq!((event.data(), event.last_event_id()), ("x", "7"));
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn reconnect(&mut self, source: S) {
        self.source = source;
        self.chunk = Bytes::new();
        self.session.reconnect();
    }

    /// Ends the stream and returns the event that was cut off, if it had data; see [`Decoder::finish`].
    ///
    /// Call this after the end, after an error, or after a time in which nothing came; events that have not been taken
    /// are dropped. Afterwards the stream is at its end. An event that
    /// [`with_unfinished`](Self::with_unfinished) has shown is not returned again. This needs a stream that is not
    /// pinned: if the source is not `Unpin`, pin the source, and make the stream from `source.as_mut()`.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("data: half")]));
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// assert_eq!(events.finish().expect("there is data").data(), "half");
    /// ```
    pub fn finish(&mut self) -> Option<Event> {
        self.chunk = Bytes::new();
        self.session.finish()
    }

    /// Sets the last event ID: see [`Decoder::set_last_event_id`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]));
    /// events.set_last_event_id("7");
    /// let event = futures_executor::block_on(events.next()).expect("an event")?;
    /// assert_eq!(event.last_event_id(), "7");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn set_last_event_id(&mut self, id: &str) {
        self.session.decoder.set_last_event_id(id);
    }

    /// Returns the ID to send when connecting again; see [`Decoder::last_event_id`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("id: 7\n\n")]));
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// assert_eq!(events.last_event_id(), "7");
    /// ```
    pub fn last_event_id(&self) -> &str {
        self.session.decoder.last_event_id()
    }

    /// Returns how long to wait before connecting again, if the stream said so.
    ///
    /// ```
    /// use core::time::Duration;
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("retry: 3000\n")]));
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// assert_eq!(events.reconnection_time(), Some(Duration::from_secs(3)));
    /// ```
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.session.decoder.reconnection_time()
    }

    /// Returns whether an event has begun and not ended: after the end of the stream, whether one was cut off.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("event: tick\n")]));
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// assert!(events.is_mid_event());
    /// ```
    pub fn is_mid_event(&self) -> bool {
        self.session.decoder.is_mid_event()
    }

    /// Returns the decoder, to look at. It cannot be changed from outside, because a part of a chunk may wait here for
    /// it: after a [`reset`](Decoder::reset) that part would be read as the start of a stream.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("id: 7\ndata: x\n\n")]));
    /// assert!(futures_executor::block_on(events.next()).is_some());
    /// assert_eq!((events.decoder().last_event_id(), events.decoder().position()), ("7", 15));
    /// ```
    pub fn decoder(&self) -> &Decoder {
        &self.session.decoder
    }

    /// Returns the source of the chunks.
    ///
    /// ```
    /// use futures_util::{Stream, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]));
    /// assert_eq!(events.source().size_hint(), (1, Some(1)));
    /// ```
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Returns the decoder, for [`with_decoder`](EventStream::with_decoder) or for
    /// [`Decoder::decode`] by hand.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("id: 7\n\n")]));
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// assert_eq!(events.into_decoder().last_event_id(), "7");
    /// ```
    pub fn into_decoder(self) -> Decoder {
        self.session.decoder
    }

    /// Returns the source, the decoder, and the part of the last chunk that is not decoded yet.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("data: x\n\ndata: y\n\n")]));
    /// assert!(futures_executor::block_on(events.next()).is_some());
    /// let (_source, decoder, rest) = events.into_parts();
    /// assert_eq!((decoder.position(), &rest[..]), (9, &b"data: y\n\n"[..]));
    /// ```
    pub fn into_parts(self) -> (S, Decoder, Bytes) {
        (self.source, self.session.decoder, self.chunk)
    }
}
