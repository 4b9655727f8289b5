//! What a client needs: the request's headers, and the events of the response.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body::Body;
use pin_project_lite::pin_project;

use super::refusal::NotEventStream;
use crate::header::{LAST_EVENT_ID, MEDIA_TYPE, UnsendableId, last_event_id_value};
use crate::stream::EventStream;

/// Returns the events of a response, if it is an event stream.
///
/// This is the [`EventStream`] of a [`BodyChunks::from_response`]. Make it by hand to set other options, or to go on
/// with the decoder of the previous connection, which is still there if the response is refused.
///
/// # Errors
///
/// [`NotEventStream`] if the status is not 200, or the media type is not `text/event-stream`. It gives the response
/// back.
///
/// ```
/// use futures_util::{StreamExt, stream};
/// use sse_wire::{Decoder, Frame, body::{BodyChunks, EventBody, event_stream_response}, stream::EventStream};
///
/// # futures_executor::block_on(async {
/// # let response = event_stream_response(EventBody::new(stream::iter([Frame::new().data("next")])));
/// let mut decoder = Decoder::new();
/// decoder.set_last_event_id("41");
/// let mut events = EventStream::with_decoder(BodyChunks::from_response(response)?, decoder);
/// assert_eq!(events.next().await.unwrap()?.last_event_id(), "41");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub fn events<B: Body>(response: http::Response<B>) -> Result<EventStream<BodyChunks<B>>, NotEventStream<B>> {
    BodyChunks::from_response(response).map(EventStream::new)
}

/// Returns the headers of a request for an event stream: `Accept`, `Cache-Control: no-cache`, and `Last-Event-ID` if
/// the ID is not empty (9.2.3). The second is what browsers send for the cache mode that the standard asks for.
///
/// # Errors
///
/// [`UnsendableId`] if the ID cannot be sent in a header. To connect without it, call this with `""`.
///
/// ```
/// use sse_wire::body::request_headers;
///
/// let mut request = http::Request::get("https://example.com/events").body(())?;
/// request.headers_mut().extend(request_headers("42")?);
/// assert_eq!(request.headers()["accept"], "text/event-stream");
/// assert_eq!(request.headers()["last-event-id"], "42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn request_headers(last_event_id: &str) -> Result<HeaderMap, UnsendableId> {
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(header::ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // `from_bytes` takes every ID that passed the check before it, so that `ok` drops none.
    if let Some(value) = last_event_id_value(last_event_id)?.and_then(|id| HeaderValue::from_bytes(id).ok()) {
        headers.insert(HeaderName::from_static(LAST_EVENT_ID), value);
    }
    Ok(headers)
}

pin_project! {
    /// The bytes of a body as a stream, for [`EventStream`].
    ///
    /// Trailers are left out. After the end of the body, or an error, the body is dropped and the stream gives `None`.
    pub struct BodyChunks<B> {
        #[pin]
        body: Option<B>,
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
        Self { body: Some(body) }
    }

    /// Returns the bytes of the response's body, if it is an event stream: the status is 200, and the media type
    /// `text/event-stream` (9.2.3).
    ///
    /// Following redirects and decompressing come first, and are up to the client or its layers.
    ///
    /// # Errors
    ///
    /// [`NotEventStream`] otherwise. It gives the response back.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::body::BodyChunks;
    ///
    /// let response = http::Response::builder().header("content-type", "text/event-stream");
    /// let mut chunks = BodyChunks::from_response(response.body(String::from("data: x\n\n"))?)?;
    /// assert_eq!(futures_executor::block_on(chunks.next()).unwrap()?, "data: x\n\n");
    ///
    /// let response = http::Response::new(String::from("<html>"));
    /// let error = BodyChunks::from_response(response).unwrap_err();
    /// assert_eq!(error.to_string(), "no event stream: there is no content type");
    /// assert_eq!(error.into_response().body(), "<html>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_response(response: http::Response<B>) -> Result<Self, NotEventStream<B>> {
        NotEventStream::check(response).map(|response| Self::new(response.into_body()))
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
