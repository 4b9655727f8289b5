//! [`BodyChunks`]: a body as a stream of bytes.

use alloc::boxed::Box;
use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::response;
use http_body::Body;
use pin_project_lite::pin_project;

pin_project! {
    /// The bytes of a body as a stream, for [`EventStream`](crate::stream::EventStream), and for whatever takes streams of bytes.
    ///
    /// Trailers are left out. After the end of the body, or an error, the body is dropped and the stream gives `None`.
    pub struct BodyChunks<B> {
        #[pin]
        body: Option<B>,
        // Boxed: it is large, and is looked at once.
        parts: Option<Box<response::Parts>>,
    }
}

impl<B: Body> BodyChunks<B> {
    /// Returns the bytes of any body.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{Frame, body::{BodyChunks, EventBody}, stream::EventStream};
    ///
    /// # futures_executor::block_on(async {
    /// let body = EventBody::new(stream::iter([Frame::new().data("unchecked")]));
    /// let mut events = EventStream::new(BodyChunks::new(body));
    /// assert_eq!(events.next().await.unwrap()?.data(), "unchecked");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub const fn new(body: B) -> Self {
        Self { body: Some(body), parts: None }
    }

    /// The chunks of a response that has been checked.
    pub(super) fn of_response(response: http::Response<B>) -> Self {
        let (parts, body) = response.into_parts();
        Self { body: Some(body), parts: Some(Box::new(parts)) }
    }
}

impl<B> BodyChunks<B> {
    /// Returns the head of the response: status, headers, extensions; `None` if there was only a body. It stays after
    /// the end of the body.
    ///
    /// ```
    /// use sse_wire::body::BodyChunks;
    ///
    /// let response = http::Response::builder().header("content-type", "text/event-stream").body(String::new())?;
    /// let chunks = BodyChunks::from_response(response)?;
    /// assert_eq!(chunks.parts().expect("a response").status, 200);
    /// assert!(BodyChunks::new(String::new()).parts().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parts(&self) -> Option<&response::Parts> {
        self.parts.as_deref()
    }

    /// Returns the chunks with the body replaced by what the closure makes of it: a boxed one, for example. A body that
    /// is being read loses nothing.
    ///
    /// ```
    /// use sse_wire::body::BodyChunks;
    ///
    /// let chunks = BodyChunks::new(String::from("data: x\n\n")).map_body(Box::pin);
    /// assert_eq!(futures_executor::block_on_stream(chunks).count(), 1);
    /// ```
    pub fn map_body<C>(self, map: impl FnOnce(B) -> C) -> BodyChunks<C> {
        BodyChunks { body: self.body.map(map), parts: self.parts }
    }
}

impl<B: Body> Stream for BodyChunks<B> {
    type Item = Result<Bytes, B::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        while let Some(body) = this.body.as_mut().as_pin_mut() {
            match ready!(body.poll_frame(cx)) {
                // Trailers are not data.
                Some(Ok(frame)) => {
                    if let Ok(mut data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining()))));
                    }
                }
                Some(Err(error)) => {
                    this.body.set(None);
                    return Poll::Ready(Some(Err(error)));
                }
                None => this.body.set(None),
            }
        }
        Poll::Ready(None)
    }
}

impl<B> fmt::Debug for BodyChunks<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyChunks").field("has_ended", &self.body.is_none()).finish_non_exhaustive()
    }
}
