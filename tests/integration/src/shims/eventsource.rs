//! The API of eventsource-stream 0.2: [`Eventsource`], [`EventStream`], [`Event`] with its public fields.

use std::{
    convert::Infallible,
    error::Error,
    fmt::{self, Debug, Display},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use pin_project_lite::pin_project;
use sse_wire::{DecodeError, DecodeOptions, Decoder, EventParts, Item, StreamError, Utf8Policy, stream::ItemStream};

/// From chunks to events.
pub trait Eventsource: Sized {
    fn eventsource(self) -> EventStream<Self>;
}

impl<S, B, E> Eventsource for S
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
{
    fn eventsource(self) -> EventStream<Self> {
        EventStream::new(self)
    }
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Event {
    pub event: String,
    pub data: String,
    pub id: String,
    pub retry: Option<Duration>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EventStreamError<E> {
    /// Not the `FromUtf8Error` of the original: an error here keeps no bytes.
    Utf8(DecodeError),
    /// Never: nothing is a syntax error in an event stream.
    Parser(Infallible),
    Transport(E),
}

impl<E: Display> Display for EventStreamError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf8(error) => write!(f, "UTF8 error: {error}"),
            Self::Parser(error) => match *error {},
            Self::Transport(error) => write!(f, "Transport error: {error}"),
        }
    }
}

impl<E: Debug + Display> Error for EventStreamError<E> {}

pin_project! {
    pub struct EventStream<S> {
        #[pin]
        items: ItemStream<Copied<S>>,
        // Of the event to come.
        retry: Option<Duration>,
    }
}

impl<S> EventStream<S> {
    pub fn new(source: S) -> Self {
        // The original has no limit, refuses what is not UTF-8, and goes on after an error of the source.
        let decoder = Decoder::with_options(DecodeOptions::new().unlimited().with_utf8_policy(Utf8Policy::Reject));
        let events = sse_wire::stream::EventStream::with_decoder(Copied { source }, decoder);
        Self { items: events.resume_after_errors().items(), retry: None }
    }

    pub fn set_last_event_id(&mut self, id: impl Into<String>) {
        self.items.set_last_event_id(&id.into());
    }

    pub fn last_event_id(&self) -> &str {
        self.items.last_event_id()
    }
}

impl<S, B, E> Stream for EventStream<S>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
{
    type Item = Result<Event, EventStreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        while let Some(item) = ready!(this.items.as_mut().poll_next(cx)) {
            return Poll::Ready(Some(match item {
                Ok(Item::Event(event)) => {
                    let EventParts { event_type, data, last_event_id } = event.into_parts();
                    let retry = this.retry.take();
                    Ok(Event { event: event_type.into(), data: data.into(), id: last_event_id.into(), retry })
                }
                Ok(Item::ReconnectionTime(time)) => {
                    *this.retry = Some(time);
                    continue;
                }
                Ok(_) => continue,
                Err(StreamError::Source(error)) => Err(EventStreamError::Transport(error)),
                Err(StreamError::Decode(error)) => Err(EventStreamError::Utf8(error)),
            }));
        }
        Poll::Ready(None)
    }
}

pin_project! {
    /// The chunks as [`Bytes`]: what is only `AsRef<[u8]>` has to be copied.
    struct Copied<S> {
        #[pin]
        source: S,
    }
}

impl<S, B, E> Stream for Copied<S>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
{
    type Item = Result<Bytes, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(self.project().source.poll_next(cx));
        Poll::Ready(chunk.map(|chunk| chunk.map(|chunk| Bytes::copy_from_slice(chunk.as_ref()))))
    }
}
