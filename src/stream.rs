//! [`EventStream`]: events from any [`Stream`] of chunks, as asynchronous HTTP clients give them.
//!
//! ```
//! use futures_util::{StreamExt, stream};
//! use sse_wire::stream::EventStreamExt;
//!
//! # futures_executor::block_on(async {
//! // For example the `response.bytes_stream()` of an HTTP client.
//! let chunks = stream::iter([Ok::<_, std::io::Error>("data: one\n\nda"), Ok("ta: two\n\n")]);
//! let mut events = chunks.events();
//! let mut seen = Vec::new();
//! while let Some(event) = events.next().await {
//!     seen.push(event?.into_data());
//! }
//! assert_eq!(seen, ["one", "two"]);
//! // Did the connection end between two events, or in the middle of one?
//! assert!(!events.is_mid_event());
//! # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
//! # })?;
//! # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
//! ```
//!
//! To connect again, send [`last_event_id`](EventStream::last_event_id) (see
//! [`last_event_id_value`](crate::header::last_event_id_value)) and hand the decoder over to the next stream:
//!
//! ```
//! # use futures_util::{StreamExt, stream};
//! # use sse_wire::stream::{EventStream, EventStreamExt};
//! # futures_executor::block_on(async {
//! # let connect = |_: &str| stream::iter([Ok::<_, std::convert::Infallible>("data: next\n\n")]);
//! # let mut events = stream::iter([Ok::<_, std::convert::Infallible>("id: 7\ndata: x\n\ndata: cut o")]).events();
//! while let Some(Ok(_)) = events.next().await {}
//! let (_, decoder, _) = events.into_parts();
//! let chunks = connect(decoder.last_event_id());
//! let mut events = EventStream::with_decoder(chunks, decoder);
//! let event = events.next().await.expect("an event")?;
//! assert_eq!((event.data(), event.last_event_id()), ("next", "7"));
//! # Ok::<(), sse_wire::StreamError<std::convert::Infallible>>(())
//! # })?;
//! # Ok::<(), sse_wire::StreamError<std::convert::Infallible>>(())
//! ```

use core::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::decoder::Decoder;
use crate::error::DecodeError;
use crate::event::{Event, Item};
use crate::stream_error::StreamError;

pin_project! {
    /// The events of a stream of chunks, or all its items: see [`items`](Self::items).
    ///
    /// `T` is what is shown, [`Event`] or [`Item`]. Chunks are anything that becomes [`Bytes`]: `Bytes` itself, a
    /// `Vec<u8>` or a `String` without a copy.
    ///
    /// # Errors
    ///
    /// [`StreamError::Source`] is an error of the source; it comes after all events that were whole before it. If the
    /// stream is polled again, the source decides whether it goes on; if it does, nothing was lost. Some sources repeat
    /// their error for ever, such as reqwest's over HTTP/2: a loop should end at this error. [`StreamError::Decode`] is
    /// an event that was rejected; the events after it still come. Neither ends the stream: `None` does, for good, and
    /// the source is not polled any more.
    ///
    /// # Cancel safety
    ///
    /// Dropping a future of this stream, such as `next()` in a `select!`, loses nothing: all that has arrived is kept
    /// in the stream.
    ///
    /// # Memory
    ///
    /// Data that is whole in its chunk is not copied unless it is short. So an event that is kept may keep its chunk
    /// alive; `event.as_event_ref().to_event()` is a copy that does not. The stream itself holds one chunk, until all
    /// of it is decoded, and what the decoder retains of an unfinished event, which
    /// [`DecodeOptions`](crate::DecodeOptions) bounds.
    ///
    /// # Fairness
    ///
    /// Like `filter`, a poll takes chunks for as long as the source has one ready and nothing in them is to be shown:
    /// it is up to the source to return `Pending` now and then, as tokio's sockets do.
    #[derive(Clone)]
    #[must_use = "streams do nothing unless polled"]
    pub struct EventStream<S, T = Event> {
        #[pin]
        source: S,
        decoder: Decoder,
        // The part of the last chunk that is not decoded yet.
        chunk: Bytes,
        // Set by the source's `None`, or by `finish`. Then `chunk` is empty.
        is_ended: bool,
        shown: PhantomData<fn() -> T>,
    }
}

/// An [`EventStream`] that shows comments and reconnection times, too; see [`EventStream::items`].
pub type ItemStream<S> = EventStream<S, Item>;

impl<S> EventStream<S> {
    /// Returns the events of the chunks of `source`, decoded with the default options.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStream;
    ///
    /// let mut events = EventStream::new(stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]));
    /// let event = futures_executor::block_on(events.next()).expect("an event")?;
    /// assert_eq!(event.data(), "x");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn new(source: S) -> Self {
        Self::with_decoder(source, Decoder::new())
    }

    /// Returns the events of the chunks of `source`, decoded by this decoder: one with other options, with an ID to
    /// start from, or from the previous connection.
    ///
    /// The decoder is [reset](Decoder::reset): what another connection left unfinished is not continued here.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{DecodeOptions, Decoder, stream::EventStream};
    ///
    /// let mut decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(64 * 1024));
    /// decoder.set_last_event_id("7");
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]);
    /// let mut events = EventStream::with_decoder(chunks, decoder);
    /// let event = futures_executor::block_on(events.next()).expect("an event")?;
    /// assert_eq!(event.last_event_id(), "7");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn with_decoder(source: S, mut decoder: Decoder) -> Self {
        decoder.reset();
        Self { source, decoder, chunk: Bytes::new(), is_ended: false, shown: PhantomData }
    }

    /// Returns the stream with comments and reconnection times shown as they arrive, from here on.
    ///
    /// Comments are how servers keep a connection alive, so this is what idle detection needs.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{Item, stream::EventStream};
    ///
    /// let mut items = EventStream::new(stream::iter([Ok::<_, std::io::Error>(": still here\n\n")])).items();
    /// let item = futures_executor::block_on(items.next()).expect("an item")?;
    /// assert_eq!(item, Item::Comment("still here".into()));
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn items(self) -> ItemStream<S> {
        let Self { source, decoder, chunk, is_ended, .. } = self;
        EventStream { source, decoder, chunk, is_ended, shown: PhantomData }
    }
}

impl<S, T> EventStream<S, T> {
    /// Ends the stream and returns the event that was cut off, if it had data; see [`Decoder::finish`].
    ///
    /// Call this after the end, after an error, or after a time in which nothing came; events that have not been taken
    /// are dropped. Afterwards the stream is at its end. This needs a stream that is not pinned: if the source is not
    /// `Unpin`, pin the source, and make the stream from `source.as_mut()`.
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
        self.is_ended = true;
        self.chunk = Bytes::new();
        self.decoder.finish().map(Event::from)
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
        self.decoder.is_mid_event()
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
        self.decoder.last_event_id()
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
        self.decoder.reconnection_time()
    }

    /// Returns the decoder.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Returns the source of the chunks.
    pub fn source(&self) -> &S {
        &self.source
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
        (self.source, self.decoder, self.chunk)
    }

    /// Returns the next `T` that `decode` finds, and polls for chunks until there is one.
    fn poll_with<B, E>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        decode: impl Fn(&mut Decoder, &mut Bytes) -> Result<Option<T>, DecodeError>,
    ) -> Poll<Option<Result<T, StreamError<E>>>>
    where
        S: Stream<Item = Result<B, E>>,
        B: Into<Bytes>,
    {
        let mut this = self.project();
        loop {
            // An empty chunk is decoded as well: it is this call that frees what a large event took, before a long
            // wait.
            if let Some(shown) = decode(this.decoder, this.chunk).transpose() {
                return Poll::Ready(Some(shown.map_err(StreamError::Decode)));
            }
            // The chunk is used up, but still refers to its memory.
            *this.chunk = Bytes::new();
            if *this.is_ended {
                return Poll::Ready(None);
            }
            match ready!(this.source.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => *this.chunk = chunk.into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(StreamError::Source(error)))),
                None => *this.is_ended = true,
            }
        }
    }
}

impl<S, B, E> Stream for EventStream<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    type Item = Result<Event, StreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_with(cx, Decoder::decode_bytes)
    }
}

impl<S, B, E> Stream for ItemStream<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    type Item = Result<Item, StreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_with(cx, Decoder::decode_item_bytes)
    }
}

/// Terminated by the `None` of the source, or by [`finish`](EventStream::finish).
impl<S, T> FusedStream for EventStream<S, T>
where
    Self: Stream,
{
    fn is_terminated(&self) -> bool {
        self.is_ended
    }
}

/// Leaves out the source, which need not be `Debug`, and the bytes.
impl<S, T> fmt::Debug for EventStream<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("decoder", &self.decoder)
            .field("undecoded", &self.chunk.len())
            .field("is_ended", &self.is_ended)
            .finish_non_exhaustive()
    }
}

/// The methods `events` and `items` on every stream of chunks.
pub trait EventStreamExt: Stream {
    /// Returns the events of these chunks: [`EventStream::new`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let events = stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]).events();
    /// assert_eq!(futures_executor::block_on(events.count()), 1);
    /// ```
    fn events(self) -> EventStream<Self>
    where
        Self: Sized,
    {
        EventStream::new(self)
    }

    /// Returns the events, comments and reconnection times of these chunks: [`EventStream::items`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let items = stream::iter([Ok::<_, std::io::Error>(":\nretry: 1\ndata: x\n\n")]).items();
    /// assert_eq!(futures_executor::block_on(items.count()), 3);
    /// ```
    fn items(self) -> ItemStream<Self>
    where
        Self: Sized,
    {
        self.events().items()
    }
}

impl<S, B, E> EventStreamExt for S
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
}
