//! [`JsonStream`]: a stream of typed values from a stream of events.
//!
//! ```text
//! Open --the sentinel--> Complete
//!   '---the end of the events--> CutOff      in both, no event is asked for any more
//! ```

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
    /// let events = chunks.events().try_filter(|event| ready(is_json(event)));
    /// let numbers: Vec<u32> = futures_executor::block_on(JsonStream::<_, u32>::new(events).try_collect())?;
    /// assert_eq!(numbers, [1]);
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`JsonStreamError::Json`] is an event whose data is not the JSON of a `T`; the events after it still come.
    /// [`JsonStreamError::Stream`] is an error of `S`. Neither ends this stream: the end of `S` does, or the
    /// [sentinel](Self::until), for good.
    ///
    /// # Cancel safety
    ///
    /// Dropping a future of this stream, such as `next()` in a `select!`, loses nothing that `S` does not lose.
    #[must_use = "streams do nothing unless polled"]
    pub struct JsonStream<S, T> {
        #[pin]
        events: S,
        // The data that ends the stream.
        sentinel: Option<Utf8Bytes>,
        state: State,
        // Tells where the event ends that `events` has just given, if that can be known.
        position: fn(&S) -> Option<u64>,
        values: PhantomData<fn() -> T>,
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Events are to come.
    Open,
    /// The sentinel came.
    Complete,
    /// The events ended without it.
    CutOff,
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
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    pub fn json<T>(self) -> JsonStream<Self, T> {
        JsonStream { position: |events| Some(events.decoder().position()), ..JsonStream::new(self) }
    }
}

impl<S, T> JsonStream<S, T> {
    /// Returns the values that these events hold as JSON. Errors cannot tell where in the stream their event ends.
    pub fn new(events: S) -> Self {
        Self { events, sentinel: None, state: State::Open, position: |_| None, values: PhantomData }
    }

    /// Sets the sentinel: the event with exactly this data ends the stream, and is not a value.
    ///
    /// What comes after it is not read. HTTP clients use a connection again only if its body was read to the end;
    /// [`into_events`](Self::into_events) is there for that.
    ///
    /// ```
    /// use futures_util::{TryStreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: 1\n\ndata: 2\n\ndata: [DONE]\n\n")]);
    /// let mut numbers = chunks.events().json::<u32>().until("[DONE]");
    /// let sum = futures_executor::block_on(async {
    ///     let mut sum = 0;
    ///     while let Some(number) = numbers.try_next().await? {
    ///         sum += number;
    ///     }
    ///     Ok::<_, sse_wire::json::JsonStreamError<std::io::Error>>(sum)
    /// })?;
    /// assert_eq!(sum, 3);
    /// assert!(numbers.is_complete());
    /// # Ok::<(), sse_wire::json::JsonStreamError<std::io::Error>>(())
    /// ```
    pub fn until(mut self, data: impl Into<Utf8Bytes>) -> Self {
        self.sentinel = Some(data.into());
        self
    }

    /// Returns whether the sentinel has come: after the end, this tells a complete answer from one that was cut off.
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }

    /// Returns the stream of events.
    pub fn events(&self) -> &S {
        &self.events
    }

    /// Returns the stream of events; those after the sentinel are still to come.
    pub fn into_events(self) -> S {
        self.events
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
        if *this.state != State::Open {
            return Poll::Ready(None);
        }
        let event = match ready!(this.events.as_mut().poll_next(cx)) {
            Some(Ok(event)) => event,
            Some(Err(error)) => return Poll::Ready(Some(Err(JsonStreamError::Stream(error)))),
            None => {
                *this.state = State::CutOff;
                return Poll::Ready(None);
            }
        };
        if this.sentinel.as_ref().is_some_and(|sentinel| *sentinel == event.data()) {
            *this.state = State::Complete;
            return Poll::Ready(None);
        }
        Poll::Ready(Some(serde_json::from_str(event.data()).map_err(|reason| {
            let position = (this.position)(this.events.as_ref().get_ref());
            JsonStreamError::Json(JsonError::new(event, position, reason))
        })))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.events.size_hint();
        match (self.state, &self.sentinel) {
            (State::Open, None) => (least, most),
            (State::Open, Some(_)) => (0, most),
            (State::Complete | State::CutOff, _) => (0, Some(0)),
        }
    }
}

impl<S, T> FusedStream for JsonStream<S, T>
where
    Self: Stream,
{
    fn is_terminated(&self) -> bool {
        self.state != State::Open
    }
}

/// Written by hand, because `T` need not be `Clone`.
impl<S: Clone, T> Clone for JsonStream<S, T> {
    fn clone(&self) -> Self {
        Self { events: self.events.clone(), sentinel: self.sentinel.clone(), ..*self }
    }
}

/// Written by hand, because `T` need not be `Debug`.
impl<S: fmt::Debug, T> fmt::Debug for JsonStream<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonStream")
            .field("events", &self.events)
            .field("sentinel", &self.sentinel)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
