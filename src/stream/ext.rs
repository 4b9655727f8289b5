//! [`EventStreamExt`]: from chunks to events in one call.

use bytes::Bytes;
use futures_core::Stream;

use super::{EventStream, IdleTimeout, ItemStream};
use crate::timer::Timer;

/// The methods `events`, `items` and `idle_timeout` on every stream of chunks.
pub trait EventStreamExt: Stream {
    /// Returns the events of these chunks: [`EventStream::new`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let events = stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]).events();
    /// assert_eq!(futures_executor::block_on(events.count()), 1);
    /// ```
    fn events(self) -> EventStream<Self>
    where
        Self: Sized,
    {
        EventStream::new(self)
    }

    /// Returns the events, comments and reconnection times of these chunks: [`EventStream::items`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let items = stream::iter([Ok::<_, std::io::Error>(":\nretry: 1\ndata: x\n\n")]).items();
    /// assert_eq!(futures_executor::block_on(items.count()), 3);
    /// ```
    fn items(self) -> ItemStream<Self>
    where
        Self: Sized,
    {
        self.events().items()
    }

    /// Returns these chunks, and the error [`IdleError::Idle`](super::IdleError::Idle) when the timer rings before the
    /// next byte comes: see [`IdleTimeout`].
    ///
    /// Servers send comments to show that they are alive, which are bytes and no events. So a timeout belongs to the
    /// chunks: one for events would give up a healthy connection.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{StreamError, stream::{EventStreamExt, IdleError}, timer::FnTimer};
    ///
    /// # let timer = FnTimer::new(|| core::future::ready(()));
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: x\n\n: alive\n")]).chain(stream::pending());
    /// let mut events = chunks.idle_timeout(timer).events();
    /// assert_eq!(futures_executor::block_on(events.next()).expect("an event")?.data(), "x");
    /// let error = futures_executor::block_on(events.next()).expect("an error").unwrap_err();
    /// assert!(matches!(error, StreamError::Source(IdleError::Idle)));
    /// // The stream has ended; it is time to connect again.
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// # Ok::<(), StreamError<IdleError<std::io::Error>>>(())
    /// ```
    fn idle_timeout<T: Timer>(self, timer: T) -> IdleTimeout<Self, T>
    where
        Self: Sized,
    {
        IdleTimeout::new(self, timer)
    }
}

impl<S, B, E> EventStreamExt for S
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
}
