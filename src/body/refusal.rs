//! [`NotEventStream`]: a response that is no event stream, and why.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{error::Error, fmt, future::poll_fn, pin::pin};

use futures_core::Stream;
use http::{HeaderName, StatusCode, header};
use http_body::Body;

use super::chunks::BodyChunks;
use crate::header::MEDIA_TYPE;

/// A response that is not an event stream, and why; see [`events`](super::events).
///
/// The standard's client then fails for good: it does not connect again (9.2.3). Other clients may, for example after a
/// 503, but not after [`Refusal::Stop`].
///
/// ```
/// use futures_util::stream;
/// # use sse_wire::Frame;
/// use sse_wire::body::{EventBody, Refusal, events, event_stream_response};
///
/// # let mut response = event_stream_response(EventBody::new(stream::empty::<Frame<'_>>()));
/// # *response.status_mut() = http::StatusCode::NOT_FOUND;
/// # let events = |response| events(response).map(drop);
/// let error = events(response).unwrap_err();
/// assert_eq!(error.to_string(), "no event stream: the status is 404 Not Found");
/// assert!(matches!(error.reason(), Refusal::Status(status) if status.as_u16() == 404));
/// // Its body may say more: see `text`.
/// let body = error.into_response().into_body();
/// # let _ = body;
/// ```
pub struct NotEventStream<B> {
    reason: Refusal,
    /// Boxed, so that results stay small.
    response: Box<http::Response<B>>,
}

impl<B> NotEventStream<B> {
    pub(super) fn new(reason: Refusal, response: http::Response<B>) -> Self {
        Self { reason, response: Box::new(response) }
    }

    /// Returns what the response lacks.
    ///
    /// ```
    /// use sse_wire::body::{Refusal, events};
    ///
    /// let response = http::Response::builder().status(503).header("retry-after", "20").body(String::from("busy"))?;
    /// let refused = events(response).map(drop).unwrap_err();
    /// assert_eq!(refused.reason(), Refusal::Status(http::StatusCode::SERVICE_UNAVAILABLE));
    /// # Ok::<(), http::Error>(())
    /// ```
    pub const fn reason(&self) -> Refusal {
        self.reason
    }

    /// Returns the response, with its head untouched.
    ///
    /// ```
    /// use sse_wire::body::events;
    ///
    /// let response = http::Response::builder().status(503).header("retry-after", "20").body(String::from("busy"))?;
    /// let refused = events(response).map(drop).unwrap_err();
    /// assert_eq!(refused.response().headers()["retry-after"], "20");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub const fn response(&self) -> &http::Response<B> {
        &self.response
    }

    /// Returns the response, so that its body can be read.
    ///
    /// ```
    /// use sse_wire::body::events;
    ///
    /// let response = http::Response::builder().status(503).header("retry-after", "20").body(String::from("busy"))?;
    /// let refused = events(response).map(drop).unwrap_err();
    /// assert_eq!(refused.into_response().into_body(), "busy");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn into_response(self) -> http::Response<B> {
        *self.response
    }

    /// Returns the start of the body as text, for a message or a log: no more than this many bytes, and if the
    /// connection breaks, what came before.
    ///
    /// No more than that is retained, however much is sent, and U+FFFD stands for what is not UTF-8. A server may take
    /// its time: put a timeout around it.
    ///
    /// # Complexity
    ///
    /// Linear in `max_len`.
    ///
    /// ```
    /// use sse_wire::body::events;
    ///
    /// let mut response = http::Response::new(String::from(r#"{"error":"no such key"}"#));
    /// *response.status_mut() = http::StatusCode::UNAUTHORIZED;
    /// let error = events(response).map(drop).unwrap_err();
    /// let why = error.to_string();
    /// let body = futures_executor::block_on(error.text(4096));
    /// assert_eq!(why, "no event stream: the status is 401 Unauthorized");
    /// assert_eq!(body, r#"{"error":"no such key"}"#);
    /// ```
    pub async fn text(self, max_len: usize) -> String
    where
        B: Body,
    {
        let mut chunks = pin!(BodyChunks::new(self.response.into_body()));
        let mut bytes = Vec::new();
        while bytes.len() < max_len {
            let Some(Ok(chunk)) = poll_fn(|cx| chunks.as_mut().poll_next(cx)).await else { break };
            let room = max_len - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The last value of a header, which counts unless it is invalid; `None` if there is none fit for a log.
    fn shown(&self, name: &HeaderName) -> Option<&str> {
        let value = self.response.headers().get_all(name).iter().next_back()?;
        value.to_str().ok().filter(|text| text.len() <= MAX_SHOWN)
    }
}

/// What keeps a response from being an event stream.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The status is 204: nothing more will come, and the client is asked to stop reconnecting (9.2.1).
    Stop,
    /// The status is neither 200 nor 204.
    Status(StatusCode),
    /// The media type is not `text/event-stream`, or there is none.
    ContentType,
    /// The body is compressed, and nobody has decompressed it: clients and layers that do so take the header off.
    ContentEncoding,
}

/// Says it in general terms; [`NotEventStream`] knows the response.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop => f.write_str("the status is 204 No Content, which asks not to connect again"),
            Self::Status(status) => write!(f, "the status is {status}"),
            Self::ContentType => write!(f, "the content type is not {MEDIA_TYPE}"),
            Self::ContentEncoding => f.write_str("the body is compressed"),
        }
    }
}

impl<B> fmt::Display for NotEventStream<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no event stream: ")?;
        match self.reason {
            Refusal::ContentType => match self.shown(&header::CONTENT_TYPE) {
                Some(text) => write!(f, "the content type is `{text}`, not {MEDIA_TYPE}"),
                None if self.response.headers().contains_key(header::CONTENT_TYPE) => self.reason.fmt(f),
                None => f.write_str("there is no content type"),
            },
            Refusal::ContentEncoding => {
                let coding = self.shown(&header::CONTENT_ENCODING).unwrap_or("?");
                write!(f, "{} (`{coding}`): let the HTTP client decompress it, ", self.reason)?;
                f.write_str("or send `accept-encoding: identity`")
            }
            Refusal::Stop | Refusal::Status(_) => self.reason.fmt(f),
        }
    }
}

impl<B> fmt::Debug for NotEventStream<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotEventStream").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<B> Error for NotEventStream<B> {}

/// The longest value that is shown: longer than any real content type (a type and a subtype have up to 127 characters
/// each, RFC 6838, 4.2), and short enough for a log.
const MAX_SHOWN: usize = 255;
