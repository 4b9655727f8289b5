//! [`IdleTimeout`]: chunks that do not keep one waiting for ever.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::timer::Timer;

pin_project! {
    /// A stream of chunks that fails when no byte has come for an interval: made by
    /// [`EventStreamExt::idle_timeout`](super::EventStreamExt::idle_timeout).
    ///
    /// The interval is the timer's. It starts when the stream is first polled, and again with each chunk that is not
    /// empty. While nobody polls, it is up to the timer whether time passes; a chunk that has come by then is given
    /// all the same.
    ///
    /// # Errors
    ///
    /// [`IdleError::Idle`] after a silence, [`IdleError::Source`] for errors of the chunks. Neither ends this stream:
    /// if it is polled again, another interval starts. An [`EventStream`](super::EventStream) ends at either.
    #[derive(Clone)]
    #[must_use = "streams do nothing unless polled"]
    pub struct IdleTimeout<S, T> {
        #[pin]
        chunks: S,
        #[pin]
        timer: T,
    }
}

impl<S, T> IdleTimeout<S, T> {
    pub(super) const fn new(chunks: S, timer: T) -> Self {
        Self { chunks, timer }
    }

    /// Returns the stream of chunks, to look at.
    ///
    /// ```
    /// use futures_util::{Stream, stream};
    /// use sse_wire::{stream::EventStreamExt, timer::NoTimer};
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]).idle_timeout(NoTimer);
    /// assert_eq!(chunks.chunks().size_hint(), (1, Some(1)));
    /// ```
    pub const fn chunks(&self) -> &S {
        &self.chunks
    }

    /// Returns the stream of chunks.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{stream::EventStreamExt, timer::NoTimer};
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]).idle_timeout(NoTimer).into_chunks();
    /// assert_eq!(futures_executor::block_on(chunks.count()), 1);
    /// ```
    pub fn into_chunks(self) -> S {
        self.chunks
    }
}

impl<S, T, B, E> Stream for IdleTimeout<S, T>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
    T: Timer,
{
    type Item = Result<B, IdleError<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if let Poll::Ready(next) = this.chunks.poll_next(cx) {
            // An empty chunk is no sign of life, and an error is none from the peer.
            if next.as_ref().is_some_and(|chunk| chunk.as_ref().is_ok_and(|chunk| !chunk.as_ref().is_empty())) {
                this.timer.restart();
            }
            return Poll::Ready(next.map(|chunk| chunk.map_err(IdleError::Source)));
        }
        ready!(this.timer.as_mut().poll_elapsed(cx));
        this.timer.restart();
        Poll::Ready(Some(Err(IdleError::Idle)))
    }
}

/// Leaves out the chunks and the timer, which need not be `Debug`.
impl<S, T> fmt::Debug for IdleTimeout<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdleTimeout").finish_non_exhaustive()
    }
}

/// Why an [`IdleTimeout`] has no chunk to give.
///
/// ```
/// use std::io;
/// use sse_wire::{StreamError, stream::IdleError};
///
/// let error: StreamError<IdleError<io::Error>> = StreamError::Source(IdleError::Idle);
/// assert_eq!(error.to_string(), "no byte came for too long");
/// let error = io::Error::from(error.map_source(io::Error::from));
/// assert_eq!(error.kind(), io::ErrorKind::TimedOut);
/// ```
#[derive(Clone, Copy, Debug, Eq, thiserror::Error, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a chunk does not come because it is late, or because its source fails")]
pub enum IdleError<E> {
    /// The timer rang before the next byte came.
    #[error("no byte came for too long")]
    Idle,
    /// The source of the chunks failed.
    #[error(transparent)]
    Source(E),
}

/// Makes an error of the kind `TimedOut` from a silence; returns the source's own error if that is an
/// [`std::io::Error`], boxed or not, and makes one of the kind `Other` from any other.
#[cfg(feature = "std")]
impl<E> From<IdleError<E>> for std::io::Error
where
    E: Into<alloc::boxed::Box<dyn core::error::Error + Send + Sync>>,
{
    fn from(error: IdleError<E>) -> Self {
        match error {
            IdleError::Idle => Self::new(std::io::ErrorKind::TimedOut, IdleError::<core::convert::Infallible>::Idle),
            IdleError::Source(error) => crate::stream_error::StreamError::Source(error).into(),
        }
    }
}
