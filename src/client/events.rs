//! [`Events`]: the events of an [`EventSource`] alone, and [`EventSourceError`], why there are no more.

use core::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::{FusedStream, Stream};
use http_body::Body;

use super::connect::Connect;
use super::control::State;
use super::event_source::EventSource;
use super::notice::{Notice, Stopped};
use crate::error::DecodeError;
use crate::event::{Event, Item};
use crate::timer::Sleep;

/// The events of an [`EventSource`], over all its connections: made by [`EventSource::events`].
///
/// # Errors
///
/// [`EventSourceError::Rejected`] is an event that was too long; the next ones come all the same.
/// [`EventSourceError::Stopped`] is the last that comes, unless the end is [clean](Stopped::is_clean): the stream was
/// complete, the server answered 204, or it was closed. Connections that are lost and made again are not reported.
///
/// Cancel safety and fairness are those of the [`EventSource`].
#[must_use = "streams do nothing unless polled"]
pub struct Events<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    source: EventSource<C, S, B>,
}

/// Why [`Events`] has no event to give.
#[expect(clippy::exhaustive_enums, reason = "either more events follow, or none")]
pub enum EventSourceError<B: Body, E> {
    /// An event was rejected. The next ones come all the same.
    Rejected(DecodeError),
    /// There are no more.
    Stopped(Stopped<B, E>),
}

impl<C, S, B> Events<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    pub(super) const fn new(source: EventSource<C, S, B>) -> Self {
        Self { source }
    }

    /// Returns the ID to go on from, of what has been shown; empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.source.last_event_id()
    }

    /// Returns what the client is doing.
    ///
    /// ```
    /// use sse_wire::client::{EventSource, State};
    ///
    /// # let sleep = |_| core::future::pending::<()>();
    /// # let connect = |_| async { Err::<http::Response<String>, _>("connection refused") };
    /// let events = EventSource::new(connect, sleep).events();
    /// assert_eq!((events.state(), events.last_event_id()), (State::Connecting, ""));
    /// ```
    pub const fn state(&self) -> State {
        self.source.state()
    }

    /// Returns the client, to look at.
    ///
    /// ```
    /// use sse_wire::client::EventSource;
    ///
    /// # let sleep = |_| core::future::pending::<()>();
    /// # let connect = |_| async { Err::<http::Response<String>, _>("connection refused") };
    /// let events = EventSource::new(connect, sleep).events();
    /// assert_eq!((events.source().failures(), events.source().stop_reason()), (0, None));
    /// ```
    pub const fn source(&self) -> &EventSource<C, S, B> {
        &self.source
    }

    /// Returns the client, to [restart](EventSource::restart) or [close](EventSource::close) it.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{EventSource, State};
    ///
    /// # futures_executor::block_on(async {
    /// # let connect = |_| core::future::pending::<Result<http::Response<String>, String>>();
    /// # let sleep = |_| core::future::ready(());
    /// let mut events = EventSource::new(connect, sleep).events();
    /// events.source_mut().close();
    /// assert_eq!(events.state(), State::Closed);
    /// assert!(events.next().await.is_none());
    /// # });
    /// ```
    pub const fn source_mut(&mut self) -> &mut EventSource<C, S, B> {
        &mut self.source
    }

    /// Returns the client, which goes on where the events were.
    ///
    /// ```
    /// use sse_wire::client::EventSource;
    ///
    /// # let connect = |_| core::future::pending::<Result<http::Response<String>, String>>();
    /// # let sleep = |_| core::future::ready(());
    /// let events = EventSource::new(connect, sleep).with_last_event_id("7").events();
    /// assert_eq!(events.last_event_id(), "7");
    /// assert_eq!(events.into_source().last_event_id(), "7");
    /// ```
    pub fn into_source(self) -> EventSource<C, S, B> {
        self.source
    }
}

impl<C, S, B> Stream for Events<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
    B: Body,
{
    type Item = Result<Event, EventSourceError<B, C::Error>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.source).poll_next(cx)) {
                Some(Notice::Item(Item::Event(event))) => Some(Ok(event)),
                Some(Notice::Rejected(error)) => Some(Err(EventSourceError::Rejected(error))),
                Some(Notice::Stopped(stopped)) if !stopped.is_clean() => Some(Err(EventSourceError::Stopped(stopped))),
                Some(Notice::Stopped(_)) | None => None,
                Some(Notice::Opened { .. } | Notice::Item(_) | Notice::Lost { .. }) => continue,
            });
        }
    }
}

impl<C, S, B> FusedStream for Events<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
    B: Body,
{
    fn is_terminated(&self) -> bool {
        self.source.is_terminated()
    }
}

impl<C, S, B> fmt::Debug for Events<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("source", &self.source).finish()
    }
}

impl<B: Body<Error: fmt::Display>, E: fmt::Display> fmt::Display for EventSourceError<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => fmt::Display::fmt(error, f),
            Self::Stopped(stopped) => fmt::Display::fmt(stopped, f),
        }
    }
}

impl<B: Body<Error: fmt::Debug>, E: fmt::Debug> fmt::Debug for EventSourceError<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => f.debug_tuple("Rejected").field(error).finish(),
            Self::Stopped(stopped) => f.debug_tuple("Stopped").field(stopped).finish(),
        }
    }
}

impl<B, E> Error for EventSourceError<B, E>
where
    B: Body<Error: Error + 'static>,
    E: Error + 'static,
{
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Rejected(error) => error.source(),
            Self::Stopped(stopped) => stopped.source(),
        }
    }
}
