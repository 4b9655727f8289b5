//! [`EventStreamExt`]: from chunks to events in one call.

use bytes::Bytes;
use futures_core::Stream;

use super::{EventStream, ItemStream};

/// The methods `events` and `items` on every stream of chunks.
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
}

impl<S, B, E> EventStreamExt for S
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
{
}
