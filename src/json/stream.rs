//! [`JsonStream`]: a stream of typed values from a stream of events.
//!
//! It has no state of its own: where it ends is up to the events.

use core::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;
use serde::de::DeserializeOwned;

use super::error::JsonError;
use super::stream_error::JsonStreamError;
use crate::event::Event;
use crate::stream::EventStream;
use crate::stream_error::StreamError;
use crate::text::utf8_bytes::Utf8Bytes;

pin_project! {
    /// The values that the events of `S` hold as JSON, one value for each event.
    ///
    /// Made by [`EventStream::json`]; or with [`new`](Self::new) from any stream of events, for example when some are
    /// to be left out first:
    ///
    /// ```
    /// use futures_util::{TryStreamExt, future::ready, stream};
    /// use sse_wire::{Event, json::JsonStream, stream::EventStreamExt};
    ///
    /// // Some servers' pings are not JSON, and MCP's first event, which only brings an ID, has no data.
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("id: 0\ndata\n\nevent: ping\ndata: -\n\ndata: 1\n\n")]);
    /// let is_json = |event: &Event| event.event_type() != "ping" && !event.data().is_empty();
    /// let events = chunks.events().until("[DONE]").try_filter(|event| ready(is_json(event)));
    /// let mut values = JsonStream::<_, u32>::new(events);
    /// let numbers: Vec<u32> = futures_executor::block_on((&mut values).try_collect())?;
    /// assert_eq!(numbers, [1]);
    /// assert!(!values.events().get_ref().is_complete());
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`JsonStreamError::Json`] is an event whose data is not the JSON of a `T`; the events after it still come.
    /// [`JsonStreamError::Stream`] is an error of `S`, which decides whether it goes on: an [`EventStream`] ends after
    /// an error of its source, and goes on after an event that was rejected.
    ///
    /// # Termination
    ///
    /// It ends when `S` does. An [`EventStream`] ends for good.
    ///
    /// # Cancel safety
    ///
    /// Dropping a future of this stream, such as `next()` in a `select!`, loses nothing that `S` does not lose.
    #[must_use = "streams do nothing unless polled"]
    pub struct JsonStream<S, T> {
        #[pin]
        events: S,
        // Tells where the event ends that `events` has just given, if that can be known.
        position: fn(&S) -> Option<u64>,
        values: PhantomData<fn() -> T>,
    }
}

impl<S> EventStream<S> {
    /// Returns the values that these events hold as JSON. Errors tell where in the stream their event ends.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use serde::Deserialize;
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// #[derive(Deserialize)]
    /// struct Token {
    ///     text: String,
    /// }
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: {\"text\":\"Hi\"}\n\ndata: [DONE]\n\n")]);
    /// let mut tokens = chunks.events().json::<Token>().until("[DONE]");
    /// let token = futures_executor::block_on(tokens.next()).expect("a token")?;
    /// assert_eq!(token.text, "Hi");
    /// assert!(futures_executor::block_on(tokens.next()).is_none());
    /// assert!(tokens.is_complete());
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    pub fn json<T>(self) -> JsonStream<Self, T> {
        JsonStream { events: self, position: |events| Some(events.decoder().position()), values: PhantomData }
    }
}

impl<S, T> JsonStream<S, T> {
    /// Returns the values that these events hold as JSON. Errors cannot tell where in the stream their event ends.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{Event, EventRef, StreamError, json::JsonStream};
    ///
    /// let event = EventRef::new("", "7", "").to_event();
    /// let events = stream::iter([Ok::<Event, StreamError<std::io::Error>>(event)]);
    /// let mut numbers = JsonStream::<_, u32>::new(events);
    /// assert_eq!(futures_executor::block_on(numbers.next()).expect("a number")?, 7);
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    pub fn new(events: S) -> Self {
        Self { events, position: |_| None, values: PhantomData }
    }

    /// Returns the stream of events, for example to [connect it again](EventStream::reconnect).
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let mut numbers = stream::iter([Ok::<_, std::io::Error>("data: 1\n\n")]).events().json::<u32>();
    /// assert!(futures_executor::block_on(numbers.next()).is_some_and(|number| number.is_ok()));
    /// numbers.events_mut().reconnect(stream::iter([Ok("data: 2\n\n")]));
    /// assert_eq!(futures_executor::block_on(numbers.next()).expect("a number")?, 2);
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    pub fn events_mut(&mut self) -> &mut S {
        &mut self.events
    }

    /// Returns the stream of events, to look at.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("id: 7\ndata: 1\n\ndata: [DONE]\n\n")]);
    /// let mut numbers = chunks.events().json::<u32>().until("[DONE]");
    /// assert_eq!(futures_executor::block_on(numbers.by_ref().count()), 1);
    /// assert_eq!(numbers.events().decoder().last_event_id(), "7");
    /// ```
    pub fn events(&self) -> &S {
        &self.events
    }

    /// Returns the stream of events.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("id: 7\ndata: 1\n\ndata: [DONE]\n\n")]);
    /// let mut numbers = chunks.events().json::<u32>().until("[DONE]");
    /// assert_eq!(futures_executor::block_on(numbers.by_ref().count()), 1);
    /// assert!(numbers.into_events().is_complete());
    /// ```
    pub fn into_events(self) -> S {
        self.events
    }
}

/// These methods do for the values what the methods of [`EventStream`] with these names do for the events.
impl<S, T> JsonStream<EventStream<S>, T> {
    /// Returns the stream with this marker, whose event is not a value; see [`EventStream::until`].
    ///
    /// ```
    /// use futures_util::{TryStreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// # futures_executor::block_on(async {
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: 1\n\ndata: 2\n\ndata: [DONE]\n\n")]);
    /// let mut numbers = chunks.events().json::<u32>().until("[DONE]");
    /// let mut sum = 0;
    /// while let Some(number) = numbers.try_next().await? {
    ///     sum += number;
    /// }
    /// assert!(sum == 3 && numbers.is_complete());
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// # })?;
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    pub fn until(self, data: impl Into<Utf8Bytes>) -> Self {
        self.map_events(|events| events.until(data))
    }

    /// Returns the stream with this end: the first event for which `is_last` returns true is the last value; see
    /// [`EventStream::until_event`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: 1\n\nevent: completed\ndata: 2\n\n")]);
    /// let mut numbers = chunks.events().json::<u32>().until_event(|event| event.event_type() == "completed");
    /// assert_eq!(futures_executor::block_on(numbers.by_ref().count()), 2);
    /// assert!(numbers.is_complete());
    /// ```
    pub fn until_event(self, is_last: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        self.map_events(|events| events.until_event(is_last))
    }

    /// Returns whether the event that was to end the stream has come: after the end, this tells a complete answer from
    /// one that was cut off; see [`EventStream::is_complete`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("id: 7\ndata: 1\n\ndata: [DONE]\n\n")]);
    /// let mut numbers = chunks.events().json::<u32>().until("[DONE]");
    /// assert_eq!(futures_executor::block_on(numbers.by_ref().count()), 1);
    /// assert!(numbers.is_complete());
    /// ```
    pub fn is_complete(&self) -> bool {
        self.events.is_complete()
    }

    /// Returns the stream with what the end of the source cuts off as the last event; see
    /// [`EventStream::with_unfinished`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let mut numbers = stream::iter([Ok::<_, std::io::Error>("data: 1")]).events().json::<u32>().with_unfinished();
    /// assert_eq!(futures_executor::block_on(numbers.next()).expect("a number")?, 1);
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    pub fn with_unfinished(self) -> Self {
        self.map_events(EventStream::with_unfinished)
    }

    /// Returns the stream as one that does not end after an error of its source; see
    /// [`EventStream::resume_after_errors`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = stream::iter([Err("busy"), Ok("data: 1\n\n")]);
    /// let numbers = chunks.events().json::<u32>().resume_after_errors();
    /// assert_eq!(futures_executor::block_on(numbers.count()), 2);
    /// ```
    pub fn resume_after_errors(self) -> Self {
        self.map_events(EventStream::resume_after_errors)
    }

    fn map_events(self, map: impl FnOnce(EventStream<S>) -> EventStream<S>) -> Self {
        Self { events: map(self.events), ..self }
    }
}

impl<S, T, E> Stream for JsonStream<S, T>
where
    S: Stream<Item = Result<Event, StreamError<E>>>,
    T: DeserializeOwned,
{
    type Item = Result<T, JsonStreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let event = match ready!(this.events.as_mut().poll_next(cx)) {
            Some(Ok(event)) => event,
            Some(Err(error)) => return Poll::Ready(Some(Err(JsonStreamError::Stream(error)))),
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(serde_json::from_str(event.data()).map_err(|reason| {
            let position = (this.position)(this.events.as_ref().get_ref());
            JsonStreamError::Json(JsonError::new(event, position, reason))
        })))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.events.size_hint()
    }
}

impl<S, T> FusedStream for JsonStream<S, T>
where
    S: FusedStream,
    Self: Stream,
{
    fn is_terminated(&self) -> bool {
        self.events.is_terminated()
    }
}

/// Written by hand, because `T` need not be `Clone`.
impl<S: Clone, T> Clone for JsonStream<S, T> {
    fn clone(&self) -> Self {
        Self { events: self.events.clone(), ..*self }
    }
}

/// Written by hand, because `T` need not be `Debug`.
impl<S: fmt::Debug, T> fmt::Debug for JsonStream<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonStream").field("events", &self.events).finish_non_exhaustive()
    }
}
