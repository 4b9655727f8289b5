//! What an [`EventSource`](super::EventSource) tells: a [`Notice`], the [`Cause`] of a loss, and why it has [`Stopped`].

use alloc::boxed::Box;
use core::{error::Error, fmt, time::Duration};

use http::response;
use http_body::Body;

use crate::body::NotEventStream;
use crate::error::DecodeError;
use crate::event::Item;
use crate::header::UnsendableId;
use crate::reconnect::StopReason;

/// What happens to an event stream that is kept open. `B` is the body of a response, `E` the error of a request.
#[expect(clippy::exhaustive_enums, reason = "a client that shows what happens has to know all of it")]
pub enum Notice<B: Body, E> {
    /// The server has answered with an event stream.
    Opened {
        /// The head of the response: status, headers, extensions.
        head: Box<response::Parts>,
        /// Why the server was not told where to go on, if there is an ID that no header can hold: events may be missing,
        /// or come again.
        unsent_id: Option<UnsendableId>,
    },
    /// An event, a comment or a reconnection time; and what else
    /// [`DecodeOptions::with_all_items`](crate::DecodeOptions::with_all_items) asks for.
    Item(Item),
    /// An event that was too long, or not UTF-8 where that is asked for. The next ones come all the same.
    Rejected(DecodeError),
    /// There is no connection (any more). The next attempt is made after the delay.
    Lost {
        /// What happened.
        cause: Cause<B, E>,
        /// How long it is until the next attempt, counted from when the connection was lost.
        delay: Duration,
        /// How many attempts have failed in a row; 0 if something was received on the connection that was lost.
        failures: u32,
    },
    /// No other attempt is made. This is the last notice.
    Stopped(Stopped<B, E>),
}

/// Why there is no connection (any more).
///
/// It displays what the HTTP client's error displays, and its [`source`](Error::source) is that error's, where there is
/// one. Some clients, reqwest among them, tell what happened only in the sources ("connection refused", "invalid peer
/// certificate"): print those as well.
#[non_exhaustive]
pub enum Cause<B: Body, E> {
    /// The server ended the response, or a proxy did. In an event stream this is no error.
    Ended,
    /// The connection broke: the error of the body.
    Broken(B::Error),
    /// Not a byte was received for this long, the
    /// [idle timeout](super::EventSourceOptions::with_idle_timeout).
    Idle(Duration),
    /// There was no answer: the error of the request.
    NoAnswer(E),
    /// There was no answer within this time, the
    /// [connect timeout](super::EventSourceOptions::with_connect_timeout).
    ConnectTimeout(Duration),
    /// The answer was not an event stream. Its head and its body are here.
    Refused(NotEventStream<B>),
}

/// Why an event stream is not followed any more; see [`Notice::Stopped`] and
/// [`EventSourceError`](super::EventSourceError).
///
/// It displays the reason, and the [`Cause`] if that says more.
pub struct Stopped<B: Body, E> {
    reason: StopReason,
    cause: Option<Cause<B, E>>,
}

impl<B: Body, E> Cause<B, E> {
    /// Returns the response that was not an event stream, if that is the cause.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::{client::{EventSource, EventSourceOptions, Notice}, reconnect::ReconnectOptions};
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::pending::<()>();
    /// # let connect = |_| async { http::Response::builder().status(503).body(String::new()) };
    /// let reconnect = ReconnectOptions::new().with_retried_statuses([503]);
    /// let options = EventSourceOptions::new().with_reconnect(reconnect);
    /// let mut source = EventSource::with_options(connect, sleep, options);
    /// let Some(Notice::Lost { cause, .. }) = source.next().await else { panic!("503 is tried again") };
    /// assert_eq!(cause.refused().expect("an answer").response().status(), 503);
    /// # });
    /// ```
    pub const fn refused(&self) -> Option<&NotEventStream<B>> {
        if let Self::Refused(refused) = self { Some(refused) } else { None }
    }
}

impl<B: Body, E> Stopped<B, E> {
    pub(super) const fn new(reason: StopReason, cause: Option<Cause<B, E>>) -> Self {
        Self { reason, cause }
    }

    /// Returns the reason, by the rules of reconnection.
    pub const fn reason(&self) -> StopReason {
        self.reason
    }

    /// Returns what happened last; `None` if nothing did, because the caller closed it or the last event came.
    pub const fn cause(&self) -> Option<&Cause<B, E>> {
        self.cause.as_ref()
    }

    /// Returns what happened last, with the errors and the response that are in it.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{Cause, EventSource, Notice};
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::pending::<()>();
    /// # let connect = |_| async { Err::<http::Response<String>, _>("connection refused") };
    /// let mut source = EventSource::new(connect, sleep).until_error(|_| true);
    /// let Some(Notice::Stopped(stopped)) = source.next().await else { panic!("every error is the last") };
    /// assert!(matches!(stopped.into_cause(), Some(Cause::NoAnswer("connection refused"))));
    /// # });
    /// ```
    pub fn into_cause(self) -> Option<Cause<B, E>> {
        self.cause
    }

    /// Returns the response that was not an event stream, if it was one that stopped it: its
    /// [`text`](NotEventStream::text) may say more.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{EventSource, Notice};
    ///
    /// # futures_executor::block_on(async {
    /// let no_key = || http::Response::builder().status(401).body(String::from(r#"{"error":"no such key"}"#));
    /// # let sleep = |_| core::future::ready(());
    /// let mut source = EventSource::new(|_| async { no_key() }, sleep);
    /// let Some(Notice::Stopped(stopped)) = source.next().await else { panic!("it is not followed") };
    /// assert_eq!(stopped.to_string(), "no event stream: the status is 401 Unauthorized");
    /// let refused = stopped.into_refused().expect("a response");
    /// assert_eq!(refused.text(4096).await, r#"{"error":"no such key"}"#);
    /// # });
    /// ```
    pub fn into_refused(self) -> Option<NotEventStream<B>> {
        if let Some(Cause::Refused(refused)) = self.cause { Some(refused) } else { None }
    }

    /// Returns whether the stream came to an end that is no failure: it was complete, the server said so with 204, or
    /// the caller closed it.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::{client::{Cause, EventSource, Notice}, reconnect::StopReason};
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::ready(());
    /// # let connect = |_| async { http::Response::builder().status(204).body(String::new()) };
    /// let mut source = EventSource::new(connect, sleep);
    /// let Some(Notice::Stopped(stopped)) = source.next().await else { panic!("204 is the end") };
    /// assert_eq!((stopped.is_clean(), stopped.reason()), (true, StopReason::NoContent));
    /// let response = stopped.cause().and_then(Cause::refused).expect("the answer").response();
    /// assert_eq!(response.status(), 204);
    /// # });
    /// ```
    pub const fn is_clean(&self) -> bool {
        matches!(self.reason, StopReason::Complete | StopReason::NoContent | StopReason::Closed)
    }
}

impl<B: Body<Error: fmt::Display>, E: fmt::Display> fmt::Display for Cause<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the server ended the connection"),
            Self::Broken(error) => fmt::Display::fmt(error, f),
            Self::Idle(time) => write!(f, "nothing was received for {time:?}, which is too long"),
            Self::NoAnswer(error) => fmt::Display::fmt(error, f),
            Self::ConnectTimeout(time) => write!(f, "there was no answer within {time:?}"),
            Self::Refused(refused) => fmt::Display::fmt(refused, f),
        }
    }
}

impl<B: Body<Error: fmt::Display>, E: fmt::Display> fmt::Display for Stopped<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.cause, self.reason) {
            (None, reason) => fmt::Display::fmt(&reason, f),
            // It says less than the cause.
            (Some(cause), StopReason::Hopeless) => fmt::Display::fmt(cause, f),
            (Some(Cause::Refused(refused)), reason) if !matches!(reason, StopReason::GaveUp { .. }) => {
                fmt::Display::fmt(refused, f)
            }
            (Some(cause), reason) => write!(f, "{reason}: {cause}"),
        }
    }
}

impl<B, E> Error for Cause<B, E>
where
    B: Body<Error: Error + 'static>,
    E: Error + 'static,
{
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Broken(error) => error.source(),
            Self::NoAnswer(error) => error.source(),
            Self::Ended | Self::Idle(_) | Self::ConnectTimeout(_) | Self::Refused(_) => None,
        }
    }
}

impl<B, E> Error for Stopped<B, E>
where
    B: Body<Error: Error + 'static>,
    E: Error + 'static,
{
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().and_then(Error::source)
    }
}

/// A body need not be `Debug`.
impl<B: Body<Error: fmt::Debug>, E: fmt::Debug> fmt::Debug for Cause<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("Ended"),
            Self::Broken(error) => f.debug_tuple("Broken").field(error).finish(),
            Self::Idle(time) => f.debug_tuple("Idle").field(time).finish(),
            Self::NoAnswer(error) => f.debug_tuple("NoAnswer").field(error).finish(),
            Self::ConnectTimeout(time) => f.debug_tuple("ConnectTimeout").field(time).finish(),
            Self::Refused(refused) => f.debug_tuple("Refused").field(refused).finish(),
        }
    }
}

impl<B: Body<Error: fmt::Debug>, E: fmt::Debug> fmt::Debug for Stopped<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopped").field("reason", &self.reason).field("cause", &self.cause).finish()
    }
}

impl<B: Body<Error: fmt::Debug>, E: fmt::Debug> fmt::Debug for Notice<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened { head, unsent_id } => {
                f.debug_struct("Opened").field("head", head).field("unsent_id", unsent_id).finish()
            }
            Self::Item(item) => f.debug_tuple("Item").field(item).finish(),
            Self::Rejected(error) => f.debug_tuple("Rejected").field(error).finish(),
            Self::Lost { cause, delay, failures } => {
                let mut debug = f.debug_struct("Lost");
                debug.field("cause", cause).field("delay", delay).field("failures", failures).finish()
            }
            Self::Stopped(stopped) => f.debug_tuple("Stopped").field(stopped).finish(),
        }
    }
}
