//! What an [`EventSource`] can be told and asked while it runs: [`State`] among others.

use core::time::Duration;

use super::connect::Connect;
use super::drive::Phase;
use super::event_source::EventSource;
use super::options::EventSourceOptions;
use crate::reconnect::StopReason;
use crate::timer::Sleep;

/// What an [`EventSource`] is doing, for somebody who looks on.
///
/// ```
/// use sse_wire::client::{EventSource, State};
/// # let connect = |_| core::future::pending::<Result<http::Response<String>, String>>();
/// # let sleep = |_| core::future::ready(());
///
/// let mut source = EventSource::new(connect, sleep);
/// assert_eq!(source.state(), State::Connecting);
/// source.close();
/// assert_eq!(source.state(), State::Closed);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the standard's three, of which it is worth knowing whether one waits")]
pub enum State {
    /// A request is to be made, or has been made and not answered (`CONNECTING` of the standard).
    Connecting,
    /// The server has answered with an event stream (`OPEN`).
    Open,
    /// The next attempt is due later (also `CONNECTING`).
    Waiting,
    /// It has stopped, or has had its last event (`CLOSED`).
    Closed,
}

impl<C, S, B> EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    /// Drops the connection if there is one, and makes another without waiting: the network is back, or a user has
    /// pressed a button. Once stopped, it stays stopped.
    ///
    /// The server is asked to go on after the event that was shown last, so nothing is lost that it still has.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{EventSource, State};
    ///
    /// # futures_executor::block_on(async {
    /// # let connect = |_| async { Err::<http::Response<String>, _>("connection refused") };
    /// # let sleep = |_| core::future::pending::<()>();
    /// let mut source = EventSource::new(connect, sleep);
    /// source.next().await;
    /// assert_eq!(source.state(), State::Waiting);
    /// source.restart();
    /// assert_eq!(source.state(), State::Connecting);
    /// # });
    /// ```
    pub fn restart(&mut self) {
        if self.state() != State::Closed {
            self.session.forget_connection();
            // It has not stopped, so this is an attempt without delay.
            let _ = self.session.reconnect.connect();
            self.phase = Phase::Due;
        }
    }

    /// Drops the connection if there is one, and with it events that were received and not shown yet (9.2.3), and makes
    /// no other. The next notice is the last.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{EventSource, Notice};
    ///
    /// # futures_executor::block_on(async {
    /// # let connect = |_| core::future::pending::<Result<http::Response<String>, String>>();
    /// # let sleep = |_| core::future::ready(());
    /// let mut source = EventSource::new(connect, sleep);
    /// source.close();
    /// assert!(matches!(source.next().await, Some(Notice::Stopped(stopped)) if stopped.is_clean()));
    /// assert!(source.next().await.is_none());
    /// # });
    /// ```
    pub fn close(&mut self) {
        if !matches!(self.phase, Phase::Stopped) {
            self.session.forget_connection();
            let _ = self.session.reconnect.closed();
            self.phase = Phase::Stopping;
        }
    }

    /// Returns what it is doing; see [`State`].
    pub const fn state(&self) -> State {
        match self.phase {
            Phase::Due | Phase::Connecting { .. } => State::Connecting,
            Phase::Open { .. } => State::Open,
            Phase::Waiting(_) => State::Waiting,
            Phase::Draining { .. } | Phase::Stopping | Phase::Stopped => State::Closed,
        }
    }

    /// Returns the ID to go on from, of what has been shown; empty if there is none.
    ///
    /// ```
    /// use sse_wire::client::EventSource;
    ///
    /// # let sleep = |_| core::future::pending::<()>();
    /// # let connect = |_| async { Err::<http::Response<String>, _>("connection refused") };
    /// let source = EventSource::new(connect, sleep);
    /// assert_eq!(source.last_event_id(), "");
    /// ```
    pub fn last_event_id(&self) -> &str {
        self.session.decoder.last_event_id()
    }

    /// Returns how long to wait before connecting again, if the server said so.
    ///
    /// ```
    /// use core::time::Duration;
    /// use futures_util::StreamExt;
    /// use sse_wire::client::EventSource;
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::ready(());
    /// # let connect = |_| async {
    /// #     let head = http::Response::builder().header("content-type", "text/event-stream");
    /// #     head.body(String::from("retry: 700\nid: 7\ndata: x\n\n"))
    /// # };
    /// // The stream is `retry: 700`, `id: 7`, `data: x`.
    /// let mut events = EventSource::new(connect, sleep).events();
    /// events.next().await;
    /// let source = events.into_source();
    /// assert_eq!((source.last_event_id(), source.reconnection_time()), ("7", Some(Duration::from_millis(700))));
    /// # });
    /// ```
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.session.decoder.reconnection_time()
    }

    /// Returns how many attempts have failed in a row up to now.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::client::{EventSource, Notice};
    ///
    /// # futures_executor::block_on(async {
    /// # let sleep = |_| core::future::pending::<()>();
    /// # let connect = |_| async { Err::<http::Response<String>, _>("connection refused") };
    /// let mut source = EventSource::new(connect, sleep);
    /// assert!(matches!(source.next().await, Some(Notice::Lost { failures: 1, .. })));
    /// assert_eq!(source.failures(), 1);
    /// # });
    /// ```
    pub fn failures(&self) -> u32 {
        self.session.reconnect.failures()
    }

    /// Returns why it has stopped; `None` if it has not.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::{client::EventSource, reconnect::StopReason};
    ///
    /// # futures_executor::block_on(async {
    /// # let connect = |_| async { Err::<http::Response<String>, _>("no such host") };
    /// # let sleep = |_| core::future::ready(());
    /// let mut source = EventSource::new(connect, sleep).until_error(|_| true);
    /// assert_eq!((source.failures(), source.stop_reason()), (0, None));
    /// source.next().await;
    /// assert_eq!(source.stop_reason(), Some(StopReason::Hopeless));
    /// # });
    /// ```
    pub const fn stop_reason(&self) -> Option<StopReason> {
        self.session.reconnect.stop_reason()
    }

    /// Returns the options.
    pub const fn options(&self) -> &EventSourceOptions {
        &self.session.options
    }
}
