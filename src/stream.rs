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
//! # Where an answer ends
//!
//! A server that answers and closes says somehow that the answer is whole, since a connection may also break.
//! [`until`](EventStream::until) ends the stream before the event with certain data,
//! [`until_event`](EventStream::until_event) after a certain event, and [`is_complete`](EventStream::is_complete) tells
//! whether it came.
//!
//! # Connecting again
//!
//! Send the [`last_event_id`](EventStream::last_event_id) (see
//! [`last_event_id_value`](crate::header::last_event_id_value)), and give the new chunks to the same stream:
//!
//! ```
//! # use futures_util::{StreamExt, stream};
//! # use sse_wire::stream::EventStreamExt;
//! # futures_executor::block_on(async {
//! # let connect = |id: &str| {
//! #     let chunk = if id.is_empty() { "id: 7\ndata: x\n\ndata: cut o" } else { "data: next\n\n" };
//! #     stream::iter([Ok::<_, std::convert::Infallible>(chunk)])
//! # };
//! let mut events = connect("").events();
//! while let Some(Ok(_)) = events.next().await {}
//! events.reconnect(connect(events.last_event_id()));
//! let event = events.next().await.expect("an event")?;
//! assert_eq!((event.data(), event.last_event_id()), ("next", "7"));
//! # Ok::<(), sse_wire::StreamError<std::convert::Infallible>>(())
//! # })?;
//! # Ok::<(), sse_wire::StreamError<std::convert::Infallible>>(())
//! ```
//!
//! # A connection that is dead
//!
//! Neither end of a connection need notice that the other has gone. [`EventStreamExt::idle_timeout`] makes an error of
//! a silence that is too long.
//!
//! # To name the type, box the chunks and not the events
//!
//! A boxed stream of events gives events and no more. An [`EventStream`] of boxed chunks, a [`BoxEventStream`], still
//! tells the ID and whether an event was cut off, can be connected again, and can be moved when it is polled:
//!
//! ```
//! use futures_util::{StreamExt, stream};
//! use sse_wire::stream::{BoxEventStream, EventStreamExt};
//!
//! struct Client {
//!     events: BoxEventStream<std::io::Error>,
//! }
//!
//! # let chunks = stream::iter([Ok("id: 7\ndata: x\n\n".into())]);
//! let mut client = Client { events: chunks.boxed().events() };
//! assert!(futures_executor::block_on(client.events.next()).is_some());
//! assert_eq!(client.events.last_event_id(), "7");
//! ```

mod connection;
mod ext;
mod idle;
mod until;

use alloc::boxed::Box;
use core::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

pub use self::{
    ext::EventStreamExt,
    idle::{IdleError, IdleTimeout},
};
use crate::decoder::Decoder;
use crate::event::{Event, Item};
use crate::session::{MaybeEvent, Session};
use crate::shown::Shown;
use crate::stream_error::StreamError;

pin_project! {
    /// The events of a stream of chunks, or all its items: see [`items`](Self::items).
    ///
    /// `T` is what is shown, [`Event`] or [`Item`]. Chunks are anything that becomes [`Bytes`]: `Bytes` itself, a
    /// `Vec<u8>` or a `String` without a copy.
    ///
    /// # Errors
    ///
    /// [`StreamError::Source`] is an error of the source; it comes after all events that were whole before it, and ends
    /// the stream. [`resume_after_errors`](Self::resume_after_errors) is there for sources that go on, and
    /// [`reconnect`](Self::reconnect) for those that do not. [`StreamError::Decode`] is an event that was rejected; the
    /// events after it still come.
    ///
    /// # Termination
    ///
    /// `None` is the end, for good, after which the source is not polled any more. The stream ends with the source,
    /// after an error of the source, with the event that [`until`](Self::until) or [`until_event`](Self::until_event)
    /// names, and with [`finish`](Self::finish).
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
    /// As with `filter`, a poll takes chunks for as long as the source has one ready and nothing in them is to be
    /// shown: it is up to the source to return `Pending` now and then, as tokio's sockets do.
    #[derive(Clone)]
    #[must_use = "streams do nothing unless polled"]
    pub struct EventStream<S, T = Event> {
        #[pin]
        source: S,
        // The part of the last chunk that is not decoded yet.
        chunk: Bytes,
        session: Session,
        shown: PhantomData<fn() -> T>,
    }
}

/// An [`EventStream`] that also shows comments and reconnection times; see [`EventStream::items`].
pub type ItemStream<S> = EventStream<S, Item>;

/// An [`EventStream`] whose chunks are boxed, so that its type can be named; see the [module](self).
pub type BoxEventStream<E, T = Event> = EventStream<Pin<Box<dyn Stream<Item = Result<Bytes, E>> + Send>>, T>;

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
    /// let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(64 * 1024));
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]);
    /// let mut events = EventStream::with_decoder(chunks, decoder);
    /// let event = futures_executor::block_on(events.next()).expect("an event")?;
    /// assert_eq!(event.data(), "x");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn with_decoder(source: S, decoder: Decoder) -> Self {
        Self { source, chunk: Bytes::new(), session: Session::new(decoder), shown: PhantomData }
    }

    /// Returns the stream with comments and reconnection times shown as they arrive, from here on.
    ///
    /// To notice a connection that is dead, use [`EventStreamExt::idle_timeout`], which counts every byte as life.
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
        let Self { source, chunk, session, .. } = self;
        EventStream { source, chunk, session, shown: PhantomData }
    }
}

impl<S, T> EventStream<S, T> {
    /// Returns the next `T`, and polls for chunks until there is one.
    fn poll_shown<B, E>(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T, StreamError<E>>>>
    where
        S: Stream<Item = Result<B, E>>,
        B: Into<Bytes>,
        T: MaybeEvent + Shown<Bytes>,
    {
        let mut this = self.project();
        while this.session.is_open() {
            // An empty chunk is decoded as well: it is this call that frees what a large event took, before a long
            // wait.
            if let Some(shown) = T::decode(&mut this.session.decoder, this.chunk).transpose() {
                if shown.as_ref().is_ok_and(|shown| !this.session.shows(shown)) {
                    continue;
                }
                return Poll::Ready(Some(shown.map_err(StreamError::Decode)));
            }
            // The chunk is used up, but still refers to its memory.
            *this.chunk = Bytes::new();
            match ready!(this.source.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => *this.chunk = chunk.into(),
                Some(Err(error)) => {
                    this.session.source_failed();
                    return Poll::Ready(Some(Err(StreamError::Source(error))));
                }
                None => return Poll::Ready(this.session.source_ended().map(Ok)),
            }
        }
        Poll::Ready(None)
    }
}

impl<S, B, E> Stream for EventStream<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    type Item = Result<Event, StreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_shown(cx)
    }
}

impl<S, B, E> Stream for ItemStream<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
    type Item = Result<Item, StreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_shown(cx)
    }
}

impl<S, T> FusedStream for EventStream<S, T>
where
    Self: Stream,
{
    fn is_terminated(&self) -> bool {
        !self.session.is_open()
    }
}

/// Leaves out the source, which need not be `Debug`, and the bytes.
impl<S, T> fmt::Debug for EventStream<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("session", &self.session)
            .field("undecoded", &self.chunk.len())
            .finish_non_exhaustive()
    }
}
