//! [`BoxEventSource`]: a client whose type can be written down, since what it was made of is boxed.
//!
//! The boxes are structures and not aliases. An alias would have the lifetimes of its trait objects in the type of the
//! client, and a compiler that checks whether a task is `Send` does not see that they are all `'static`.

use alloc::boxed::Box;
use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

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

/// The [`Events`] of a [`LocalBoxEventSource`].
pub type LocalBoxEvents<E, F = E> = Events<LocalBoxConnect<E, F>, LocalBoxSleep, LocalBoxBody<F>>;

impl<C, S, B> EventSource<C, S, B>
where
    C: Connect<B> + 'static,
    S: Sleep + 'static,
    B: Body<Data = Bytes> + 'static,
{
    /// Returns the client with its parts boxed. It goes on where it was.
    ///
    /// ```
    /// use core::convert::Infallible;
    /// use sse_wire::client::{BoxEventSource, EventSource};
    ///
    /// fn source() -> BoxEventSource<http::Error, Infallible> {
    /// #   let sleep = |_| core::future::ready(());
    ///     let connect = |_| async { http::Response::builder().body(String::new()) };
    ///     EventSource::new(connect, sleep).boxed()
    /// }
    /// # let _ = source;
    /// ```
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
            connect: BoxConnect(Box::new(move |attempt| Box::pin(answer(connect.connect(attempt), BoxBody::new)))),
            clock: BoxSleep(Box::new(move |time| Box::pin(over(clock.sleep(time))))),
            phase: phase.map(
                |future| -> BoxFuture<_> { Box::pin(answer(future, BoxBody::new)) },
                |wait| -> BoxFuture<_> { Box::pin(over(wait)) },
                BoxBody::new,
            ),
            session,
        }
    }

    /// Returns the client with its parts boxed, for one thread. It goes on where it was.
    ///
    /// ```
    /// use core::convert::Infallible;
    /// use std::rc::Rc;
    /// use sse_wire::client::{EventSource, LocalBoxEventSource};
    ///
    /// fn source(url: Rc<str>) -> LocalBoxEventSource<http::Error, Infallible> {
    /// #   let sleep = |_| core::future::ready(());
    ///     let connect = move |_| {
    ///         let url = Rc::clone(&url);
    ///         async move { http::Response::builder().header("location", &*url).body(String::new()) }
    ///     };
    ///     EventSource::new(connect, sleep).boxed_local()
    /// }
    /// # let _ = source;
    /// ```
    pub fn boxed_local(self) -> LocalBoxEventSource<C::Error, B::Error> {
        let Self { mut connect, mut clock, phase, session } = self;
        EventSource {
            connect: LocalBoxConnect(Box::new(move |attempt| {
                Box::pin(answer(connect.connect(attempt), LocalBoxBody::new))
            })),
            clock: LocalBoxSleep(Box::new(move |time| Box::pin(over(clock.sleep(time))))),
            phase: phase.map(
                |future| -> LocalBoxFuture<_> { Box::pin(answer(future, LocalBoxBody::new)) },
                |wait| -> LocalBoxFuture<_> { Box::pin(over(wait)) },
                LocalBoxBody::new,
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

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// The boxes for a client that may go to another thread, or for one that may not.
macro_rules! boxes {
    ($source:literal, $future:ident, $connect:ident, $sleep:ident, $body:ident $(, $send:ident)?) => {
        #[doc = concat!("What makes the requests of a [`", $source, "`].")]
        pub struct $connect<E, F>(
            Box<dyn FnMut(Attempt) -> $future<Result<http::Response<$body<F>>, E>> $(+ $send)?>,
        );

        impl<E, F> Connect<$body<F>> for $connect<E, F> {
            type Response = http::Response<$body<F>>;
            type Error = E;
            type Future = $future<Result<http::Response<$body<F>>, E>>;

            fn connect(&mut self, attempt: Attempt) -> Self::Future {
                (self.0)(attempt)
            }
        }

        impl<E, F> fmt::Debug for $connect<E, F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($connect)).finish_non_exhaustive()
            }
        }

        #[doc = concat!("The clock of a [`", $source, "`].")]
        pub struct $sleep(Box<dyn FnMut(Duration) -> $future<()> $(+ $send)?>);

        impl Sleep for $sleep {
            type Future = $future<()>;

            fn sleep(&mut self, time: Duration) -> Self::Future {
                (self.0)(time)
            }
        }

        impl fmt::Debug for $sleep {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($sleep)).finish_non_exhaustive()
            }
        }

        #[doc = concat!("The body of a response to a [`", $source, "`].")]
        pub struct $body<F>(Pin<Box<dyn Body<Data = Bytes, Error = F> $(+ $send)?>>);

        impl<F> $body<F> {
            fn new<B: Body<Data = Bytes, Error = F> $(+ $send)? + 'static>(body: Pin<Box<B>>) -> Self {
                Self(body)
            }
        }

        impl<F> Body for $body<F> {
            type Data = Bytes;
            type Error = F;

            fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, F>>> {
                self.0.as_mut().poll_frame(cx)
            }

            fn is_end_stream(&self) -> bool {
                self.0.is_end_stream()
            }

            fn size_hint(&self) -> SizeHint {
                self.0.size_hint()
            }
        }

        impl<F> fmt::Debug for $body<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($body)).finish_non_exhaustive()
            }
        }
    };
}

boxes!("BoxEventSource", BoxFuture, BoxConnect, BoxSleep, BoxBody, Send);
boxes!("LocalBoxEventSource", LocalBoxFuture, LocalBoxConnect, LocalBoxSleep, LocalBoxBody);
