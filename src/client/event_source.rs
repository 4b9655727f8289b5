//! [`EventSource`]: how it is made. `control.rs` has what it can be told and asked, `drive.rs` what it does.

use alloc::boxed::Box;
use core::{fmt, time::Duration};

use bytes::Bytes;
use http_body::Body;

use super::connect::{Attempt, Connect};
use super::drive::Phase;
use super::events::Events;
use super::options::EventSourceOptions;
use crate::decoder::Decoder;
use crate::event::Event;
use crate::reconnect::Reconnect;
use crate::timer::Sleep;

/// A client that stays with an event stream: a [`Stream`](futures_core::Stream) of [`Notice`](super::Notice)s; see the
/// [module](super).
///
/// `C` makes the requests ([`Connect`]), `S` is the clock ([`Sleep`]), and `B` is the body of a response; each is what
/// it was given, and a [`BoxEventSource`](super::BoxEventSource) is one whose type can be written down.
///
/// # Termination
///
/// [`Notice::Stopped`](super::Notice::Stopped) comes once, then `None`, for good. While it is not stopped there is
/// always another notice to come.
///
/// # Cancel safety
///
/// Dropping a future of this stream, such as `next()` in a `select!`, loses nothing: a wait, a request and a chunk go on
/// where they were. Dropping the stream itself ends the connection, and nothing is left that runs.
///
/// # Memory
///
/// As much as an [`EventStream`](crate::stream::EventStream) takes: a chunk, and what the decoder retains of one event.
/// Besides, the futures of a request and of a wait, and the body, are boxed, each once for a connection, so that this
/// is `Unpin`.
///
/// # Fairness
///
/// A poll takes chunks for as long as there is one ready and nothing in them to be shown. It is up to the body to return
/// `Pending` now and then, as tokio's sockets do, and up to the clock not to be ready always.
#[must_use = "streams do nothing unless polled"]
pub struct EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    pub(super) connect: C,
    pub(super) clock: S,
    pub(super) phase: Phase<C::Future, S::Future, B>,
    pub(super) session: Session<C::Error>,
}

/// What outlives connections.
pub(super) struct Session<E> {
    pub(super) options: EventSourceOptions,
    pub(super) reconnect: Reconnect,
    /// Keeps the last event ID and the reconnection time.
    pub(super) decoder: Decoder,
    /// The part of the last chunk that is not decoded yet.
    pub(super) chunk: Bytes,
    /// How many attempts were made.
    pub(super) attempts: u64,
    pub(super) is_last: Option<Predicate<Event>>,
    pub(super) is_hopeless: Option<Predicate<E>>,
}

type Predicate<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

impl<C, F, R, S, W, B, E> EventSource<C, S, B>
where
    C: FnMut(Attempt) -> F,
    F: Future<Output = Result<R, E>>,
    R: Into<http::Response<B>>,
    S: FnMut(Duration) -> W,
    W: Future,
    B: Body,
{
    /// Returns a client with the [default options](EventSourceOptions::new), which connects when it is first polled.
    ///
    /// `connect` makes the request for each [`Attempt`], with a body of its own if it has one; `sleep` is the clock, for
    /// example `tokio::time::sleep`.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::EventSource;
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::ready(());
    /// // With reqwest: `|attempt| client.get(url).headers(attempt.headers()).send()`.
    /// let connect = |attempt: sse_wire::client::Attempt| async move {
    ///     assert_eq!(attempt.headers()["accept"], "text/event-stream");
    ///     http::Response::builder().header("content-type", "text/event-stream").body(String::from("data: x\n\n"))
    /// };
    /// let mut events = EventSource::new(connect, sleep).events();
    /// assert_eq!(events.next().await.expect("an event")?.data(), "x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn new(connect: C, sleep: S) -> Self {
        Self::with_options(connect, sleep, EventSourceOptions::new())
    }

    /// Returns a client with these options, which connects when it is first polled.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::client::{EventSource, EventSourceOptions};
    ///
    /// # let connect = |_| core::future::pending::<Result<http::Response<String>, String>>();
    /// # let sleep = |_| core::future::ready(());
    /// let options = EventSourceOptions::new().with_idle_timeout(Duration::from_secs(40));
    /// let source = EventSource::with_options(connect, sleep, options);
    /// assert_eq!(*source.options(), options);
    /// ```
    pub fn with_options(connect: C, sleep: S, options: EventSourceOptions) -> Self {
        let session = Session {
            options,
            reconnect: Reconnect::with_options(*options.reconnect()),
            decoder: Decoder::with_options(options.decode()),
            chunk: Bytes::new(),
            attempts: 0,
            is_last: None,
            is_hopeless: None,
        };
        Self { connect, clock: sleep, phase: Phase::Due, session }
    }
}

impl<C, S, B> EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    /// Sets the ID to go on from, as from an earlier run.
    ///
    /// ```
    /// use sse_wire::client::EventSource;
    ///
    /// # let connect = |_| core::future::pending::<Result<http::Response<String>, String>>();
    /// # let sleep = |_| core::future::ready(());
    /// let source = EventSource::new(connect, sleep).with_last_event_id("41");
    /// assert_eq!(source.last_event_id(), "41");
    /// ```
    pub fn with_last_event_id(mut self, id: &str) -> Self {
        self.session.decoder.set_last_event_id(id);
        self
    }

    /// Sets which event is the last: it is shown, and then the stream is [complete](crate::reconnect::StopReason::Complete), whatever the
    /// server does. So an answer that is whole is not asked for again.
    ///
    /// The connection is [read to its end](EventSourceOptions::with_drain_time) when this is polled once more.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::EventSource;
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::ready(());
    /// # let connect = |_| async {
    /// #     http::Response::builder().header("content-type", "text/event-stream").body(String::from("data: Hi\n\ndata: [DONE]\n\n"))
    /// # };
    /// let source = EventSource::new(connect, sleep).until_event(|event| event.data() == "[DONE]");
    /// assert_eq!(source.events().count().await, 2);
    /// # });
    /// ```
    pub fn until_event(mut self, is_last: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        self.session.is_last = Some(Box::new(is_last));
        self
    }

    /// Sets which errors of a request are [hopeless](crate::reconnect::StopReason::Hopeless), so that no other attempt follows; none if
    /// this is not set, as in the standard.
    ///
    /// With reqwest: `|error| error.is_builder() || error.is_redirect()`.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{EventSource, Notice};
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::ready(());
    /// let connect = |_| async { Err::<http::Response<String>, _>("no http:// in the URL") };
    /// let mut source = EventSource::new(connect, sleep).until_error(|error| error.contains("URL"));
    /// let Some(Notice::Stopped(stopped)) = source.next().await else { panic!("it cannot be mended") };
    /// assert_eq!(stopped.to_string(), "no http:// in the URL");
    /// # });
    /// ```
    pub fn until_error(mut self, is_hopeless: impl Fn(&C::Error) -> bool + Send + Sync + 'static) -> Self {
        self.session.is_hopeless = Some(Box::new(is_hopeless));
        self
    }

    /// Returns the events alone, and why there are no more.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{EventSource, EventSourceError};
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::ready(());
    /// # let connect = |_| async { http::Response::builder().status(404).body(String::new()) };
    /// let mut events = EventSource::new(connect, sleep).events();
    /// let Some(Err(EventSourceError::Stopped(stopped))) = events.next().await else { panic!("404 is no stream") };
    /// assert_eq!(stopped.to_string(), "no event stream: the status is 404 Not Found");
    /// assert!(events.next().await.is_none());
    /// # });
    /// ```
    pub fn events(self) -> Events<C, S, B> {
        Events::new(self)
    }
}

impl<E> Session<E> {
    /// Drops what a connection left unfinished, or not taken: it is no event, and its ID does not count.
    pub(super) fn forget_connection(&mut self) {
        self.chunk = Bytes::new();
        self.decoder.reset();
    }
}

/// Nothing in it is pinned in place.
impl<C, S, B> Unpin for EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
}

/// Leaves out the closures and what is under way, which need not be `Debug`, and the bytes.
impl<C, S, B> fmt::Debug for EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("state", &self.state())
            .field("attempts", &self.session.attempts)
            .field("reconnect", &self.session.reconnect)
            .field("decoder", &self.session.decoder)
            .finish_non_exhaustive()
    }
}
