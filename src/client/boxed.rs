//! [`BoxEventSource`]: a client whose type can be written down, since what it was made of is boxed.

use alloc::boxed::Box;
use core::{pin::Pin, time::Duration};

use bytes::Bytes;
use http_body::Body;

use super::alarm::Alarm;
use super::connect::{Attempt, Connect};
use super::drive::Phase;
use super::event_source::EventSource;
use super::events::Events;
use crate::body::BodyChunks;
use crate::timer::Sleep;

/// An [`EventSource`] that can be named, kept in a structure and sent to another thread: made by
/// [`EventSource::boxed`]. It can do and tell all that it could before.
///
/// `E` is the error of a request, `F` that of a body. With reqwest both are `reqwest::Error`.
///
/// ```
/// use core::convert::Infallible;
/// use sse_wire::client::{BoxEventSource, EventSource, State};
///
/// struct App {
///     source: BoxEventSource<http::Error, Infallible>,
/// }
///
/// # let sleep = |_| core::future::ready(());
/// # let connect = |_| async { http::Response::builder().body(String::new()) };
/// let app = App { source: EventSource::new(connect, sleep).with_last_event_id("7").boxed() };
/// assert_eq!((app.source.last_event_id(), app.source.state()), ("7", State::Connecting));
/// ```
pub type BoxEventSource<E, F = E> = EventSource<BoxConnect<E, F>, BoxSleep, BoxBody<F>>;

/// The [`Events`] of a [`BoxEventSource`].
pub type BoxEvents<E, F = E> = Events<BoxConnect<E, F>, BoxSleep, BoxBody<F>>;

/// A [`BoxEventSource`] for one thread, as in a browser, where an HTTP client's futures cannot be sent to another: made
/// by [`EventSource::boxed_local`].
pub type LocalBoxEventSource<E, F = E> = EventSource<LocalBoxConnect<E, F>, LocalBoxSleep, LocalBoxBody<F>>;

/// What makes the requests of a [`BoxEventSource`].
pub type BoxConnect<E, F> = Box<dyn FnMut(Attempt) -> BoxFuture<Result<http::Response<BoxBody<F>>, E>> + Send>;

/// The clock of a [`BoxEventSource`].
pub type BoxSleep = Box<dyn FnMut(Duration) -> BoxFuture<()> + Send>;

/// The body of a response to a [`BoxEventSource`].
pub type BoxBody<F> = Pin<Box<dyn Body<Data = Bytes, Error = F> + Send>>;

/// What makes the requests of a [`LocalBoxEventSource`].
pub type LocalBoxConnect<E, F> = Box<dyn FnMut(Attempt) -> LocalBoxFuture<Result<http::Response<LocalBoxBody<F>>, E>>>;

/// The clock of a [`LocalBoxEventSource`].
pub type LocalBoxSleep = Box<dyn FnMut(Duration) -> LocalBoxFuture<()>>;

/// The body of a response to a [`LocalBoxEventSource`].
pub type LocalBoxBody<F> = Pin<Box<dyn Body<Data = Bytes, Error = F>>>;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

impl<C, S, B> EventSource<C, S, B>
where
    C: Connect<B> + 'static,
    S: Sleep + 'static,
    B: Body<Data = Bytes> + 'static,
{
    /// Returns the client with its parts boxed. It goes on where it was.
    pub fn boxed(self) -> BoxEventSource<C::Error, B::Error>
    where
        C: Send,
        C::Future: Send,
        S: Send,
        S::Future: Send,
        B: Send,
    {
        let Self { mut connect, mut clock, phase, session } = self;
        EventSource {
            connect: Box::new(move |attempt| Box::pin(answer(connect.connect(attempt), |body| -> BoxBody<_> { body }))),
            clock: Box::new(move |time| Box::pin(over(clock.sleep(time)))),
            phase: phase.map(
                |future| -> BoxFuture<_> { Box::pin(answer(future, |body| -> BoxBody<_> { body })) },
                |wait| -> BoxFuture<_> { Box::pin(over(wait)) },
                |body| -> BoxBody<_> { body },
            ),
            session,
        }
    }

    /// Returns the client with its parts boxed, for one thread. It goes on where it was.
    pub fn boxed_local(self) -> LocalBoxEventSource<C::Error, B::Error> {
        let Self { mut connect, mut clock, phase, session } = self;
        EventSource {
            connect: Box::new(move |attempt| {
                Box::pin(answer(connect.connect(attempt), |body| -> LocalBoxBody<_> { body }))
            }),
            clock: Box::new(move |time| Box::pin(over(clock.sleep(time)))),
            phase: phase.map(
                |future| -> LocalBoxFuture<_> { Box::pin(answer(future, |body| -> LocalBoxBody<_> { body })) },
                |wait| -> LocalBoxFuture<_> { Box::pin(over(wait)) },
                |body| -> LocalBoxBody<_> { body },
            ),
            session,
        }
    }
}

impl<F, W, B> Phase<F, W, B> {
    /// Returns the phase with what it waits for boxed in another way.
    fn map<G, X, D>(
        self,
        answer: impl FnOnce(Pin<Box<F>>) -> G,
        wait: impl FnOnce(Pin<Box<W>>) -> X,
        body: impl FnOnce(Pin<Box<B>>) -> D,
    ) -> Phase<G, X, D> {
        let body = |chunks: BodyChunks<Pin<Box<B>>>| chunks.map_body(|inner| Box::pin(body(inner)));
        let alarm = |alarm: Alarm<W>| alarm.map(|inner| Box::pin(wait(inner)));
        match self {
            Self::Due => Phase::Due,
            Self::Connecting { answer: future, timeout, unsent_id } => {
                Phase::Connecting { answer: Box::pin(answer(future)), timeout: alarm(timeout), unsent_id }
            }
            Self::Open { chunks, idle } => Phase::Open { chunks: body(chunks), idle: alarm(idle) },
            Self::Waiting(delay) => Phase::Waiting(alarm(delay)),
            Self::Draining { chunks, left, timeout } => {
                Phase::Draining { chunks: body(chunks), left, timeout: alarm(timeout) }
            }
            Self::Stopping => Phase::Stopping,
            Self::Stopped => Phase::Stopped,
        }
    }
}

/// The answer that this future gives, its body boxed.
async fn answer<R, B, D, E>(
    answer: impl Future<Output = Result<R, E>>,
    boxed: impl FnOnce(Pin<Box<B>>) -> D,
) -> Result<http::Response<D>, E>
where
    R: Into<http::Response<B>>,
{
    answer.await.map(|response| response.into().map(|body| boxed(Box::pin(body))))
}

/// Waits for this, whatever it returns.
async fn over(wait: impl Future) {
    wait.await;
}
