//! What a client needs: the request's headers, and the events of the response.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body::Body;

use super::chunks::BodyChunks;
use super::refusal::NotEventStream;
use super::response_check::ResponseCheck;
use crate::header::{LAST_EVENT_ID, MEDIA_TYPE, UnsendableId, last_event_id_value};
use crate::stream::EventStream;

/// Returns the events of a response, if it is an event stream.
///
/// This is the [`EventStream`] of a [`BodyChunks::from_response`]. Make it by hand to set other options, or to go on
/// with the decoder of the previous connection, which is still there if the response is refused.
///
/// # Errors
///
/// [`NotEventStream`] if the status is not 200, the media type is not `text/event-stream`, or the body is still
/// compressed. It gives the response back. [`ResponseCheck`] can make exceptions.
///
/// # The head of the response
///
/// It stays at hand, in the source of the stream:
///
/// ```
/// use futures_util::stream;
/// # use sse_wire::Frame;
/// use sse_wire::body::{EventBody, event_stream_response, events};
///
/// # let mut response = event_stream_response(EventBody::new(stream::empty::<Frame<'_>>()));
/// # response.headers_mut().insert("x-request-id", http::HeaderValue::from_static("7"));
/// let events = events(response)?;
/// let head = events.source().parts().expect("a response");
/// assert_eq!((head.status.as_u16(), &head.headers["x-request-id"]), (200, &http::HeaderValue::from_static("7")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # With the decoder of the previous connection
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
    ResponseCheck::new().events(response)
}

/// Returns the headers of a request for an event stream: `Accept`, `Cache-Control: no-cache`, and `Last-Event-ID` if
/// the ID is not empty (9.2.3). The second is what browsers send for the cache mode that the standard asks for.
///
/// And `Accept-Encoding: identity`, since events are to come one by one: whoever compresses on the way may hold them
/// back until a block is full, and a client that cannot decompress would get no events at all (see
/// [`Refusal::ContentEncoding`](super::Refusal::ContentEncoding)). A client that adds a header of its own, as reqwest
/// does with its feature `gzip`, keeps this one. Remove it where the bytes count more than the time, and the server is
/// known to flush.
///
/// # Errors
///
/// [`UnsendableId`] if the ID cannot be sent in a header, or is longer than servers take. To connect without it, call
/// this with `""`.
///
/// ```
/// use sse_wire::body::request_headers;
///
/// let mut request = http::Request::get("https://example.com/events").body(())?;
/// request.headers_mut().extend(request_headers("42")?);
/// assert_eq!(request.headers()["accept"], "text/event-stream");
/// assert_eq!(request.headers()["accept-encoding"], "identity");
/// assert_eq!(request.headers()["last-event-id"], "42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn request_headers(last_event_id: &str) -> Result<HeaderMap, UnsendableId> {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // `from_bytes` takes every ID that passed the check before it, so that `ok` drops none.
    if let Some(value) = last_event_id_value(last_event_id)?.and_then(|id| HeaderValue::from_bytes(id).ok()) {
        headers.insert(HeaderName::from_static(LAST_EVENT_ID), value);
    }
    Ok(headers)
}

impl<B: Body> BodyChunks<B> {
    /// Returns the bytes of the response's body, if it is an event stream: the status is 200, the media type
    /// `text/event-stream` (9.2.3), and the body not compressed.
    ///
    /// Following redirects and decompressing come first, and are up to the client or its layers. [`ResponseCheck`] can
    /// make exceptions.
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
        ResponseCheck::new().chunks(response)
    }
}
