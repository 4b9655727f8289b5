//! Where an [`EventStream`] ends, and whether that was the end of an answer.

use super::EventStream;
use crate::event::Event;
use crate::text::utf8_bytes::Utf8Bytes;

impl<S, T> EventStream<S, T> {
    /// Returns the stream with this marker: the event with exactly this data ends the stream, and is not shown.
    ///
    /// What comes after it is not read: [`into_parts`](Self::into_parts) gives it back, with the source. HTTP clients
    /// use a connection again only if its body was read to the end. [`until_event`](Self::until_event) may be asked for
    /// as well: the first that comes is the end.
    ///
    /// Some servers close the connection without the blank line after the marker, which then is no event. It counts all
    /// the same.
    ///
    /// ```
    /// use futures_util::{TryStreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// # futures_executor::block_on(async {
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: 1\n\ndata: 2\n\ndata: [DONE]\n\n")]);
    /// let mut events = chunks.events().until("[DONE]");
    /// let mut text = String::new();
    /// while let Some(event) = events.try_next().await? {
    ///     text.push_str(event.data());
    /// }
    /// assert!(text == "12" && events.is_complete());
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// # })?;
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn until(mut self, data: impl Into<Utf8Bytes>) -> Self {
        self.session = self.session.until(data.into());
        self
    }

    /// Returns the stream with this end: the first event for which `is_last` returns true is shown, and is the last.
    ///
    /// What the end of the source cuts off is not asked about, unless [`with_unfinished`](Self::with_unfinished) shows
    /// it.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// # futures_executor::block_on(async {
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("data: Hi\n\nevent: message_stop\ndata: {}\n\n")]);
    /// let mut events = chunks.events().until_event(|event| event.event_type() == "message_stop");
    /// assert_eq!(events.by_ref().count().await, 2);
    /// assert!(events.is_complete());
    /// # });
    /// ```
    pub fn until_event(mut self, is_last: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        self.session = self.session.until_event(is_last);
        self
    }

    /// Returns whether the event that [`until`](Self::until) or [`until_event`](Self::until_event) names has come:
    /// after the end, this tells a complete answer from one that was cut off.
    ///
    /// A marker that was to come after other events completes nothing if it comes alone: some servers send
    /// `error: {"code":400}`, which is a field that nobody knows, and then the marker.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = stream::iter([Ok::<_, std::io::Error>("error: {\"code\":400}\n\ndata: [DONE]\n\n")]);
    /// let mut events = chunks.events().until("[DONE]");
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// assert!(!events.is_complete());
    /// ```
    pub fn is_complete(&self) -> bool {
        self.session.is_complete()
    }

    /// Returns the stream with the event that the end of the source cuts off as the last one, if it had data: what
    /// [`finish`](Self::finish) would return. [`is_mid_event`](Self::is_mid_event) tells afterwards whether there was
    /// one.
    ///
    /// The standard drops it (9.2.6, at the end of the stream), since nobody knows whether it is whole; some servers
    /// close the connection without the blank line after their last event. After an error of the source it is not
    /// shown.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let mut events = stream::iter([Ok::<_, std::io::Error>("data: half")]).events().with_unfinished();
    /// let event = futures_executor::block_on(events.next()).expect("an event")?;
    /// assert!(event.data() == "half" && events.is_mid_event());
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn with_unfinished(mut self) -> Self {
        self.session = self.session.with_unfinished();
        self
    }

    /// Returns the stream as one that does not end after an error of its source: if it is polled again, the source is,
    /// and decides whether it goes on; if it does, nothing was lost.
    ///
    /// Some sources repeat their error for ever, such as reqwest's over HTTP/2.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::stream::EventStreamExt;
    ///
    /// let chunks = || stream::iter([Ok("data: "), Err("busy"), Ok("x\n\n")]);
    /// assert_eq!(futures_executor::block_on(chunks().events().count()), 1);
    /// assert_eq!(futures_executor::block_on(chunks().events().resume_after_errors().count()), 2);
    /// ```
    pub fn resume_after_errors(mut self) -> Self {
        self.session = self.session.resume_after_errors();
        self
    }
}
