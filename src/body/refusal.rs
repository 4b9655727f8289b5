//! [`NotEventStream`]: the check of a response by the rules of the standard, and why a response fails it.

use alloc::boxed::Box;
use core::{error::Error, fmt};

use http::{HeaderValue, StatusCode, header};

use crate::header::{MEDIA_TYPE, is_event_stream};

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
/// // Its body may say more.
/// let body = error.into_response().into_body();
/// # let _ = body;
/// ```
pub struct NotEventStream<B> {
    reason: Refusal,
    /// Boxed, so that results stay small.
    response: Box<http::Response<B>>,
}

impl<B> NotEventStream<B> {
    /// Gives the response back if it is an event stream.
    pub(super) fn check(response: http::Response<B>) -> Result<http::Response<B>, Self> {
        let reason = match response.status() {
            StatusCode::NO_CONTENT => Refusal::Stop,
            StatusCode::OK if is_event_stream(response.headers().get_all(header::CONTENT_TYPE)) => return Ok(response),
            StatusCode::OK => Refusal::ContentType,
            status => Refusal::Status(status),
        };
        Err(Self { reason, response: Box::new(response) })
    }

    /// Returns what the response lacks.
    pub const fn reason(&self) -> Refusal {
        self.reason
    }

    /// Returns the response, with its head untouched.
    pub const fn response(&self) -> &http::Response<B> {
        &self.response
    }

    /// Returns the response, so that its body can be read.
    pub fn into_response(self) -> http::Response<B> {
        *self.response
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
}

impl<B> fmt::Display for NotEventStream<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no event stream: ")?;
        let text = match (self.reason, content_type(&self.response)) {
            (Refusal::Stop, _) => return f.write_str("the status is 204 No Content, which asks not to connect again"),
            (Refusal::Status(status), _) => return write!(f, "the status is {status}"),
            (Refusal::ContentType, None) => return f.write_str("there is no content type"),
            (Refusal::ContentType, Some(value)) => value.to_str(),
        };
        match text {
            Ok(text) if text.len() <= MAX_SHOWN => write!(f, "the content type is `{text}`, not {MEDIA_TYPE}"),
            _ => write!(f, "the content type is not {MEDIA_TYPE}"),
        }
    }
}

impl<B> fmt::Debug for NotEventStream<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotEventStream").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<B> Error for NotEventStream<B> {}

/// Returns the content type; if there are several, the last one, which is the one that counts unless it is invalid.
fn content_type<B>(response: &http::Response<B>) -> Option<&HeaderValue> {
    response.headers().get_all(header::CONTENT_TYPE).iter().next_back()
}

/// The longest content type that is shown: longer than any real one (a type and a subtype have up to 127 characters
/// each, RFC 6838, 4.2), and short enough for a log.
const MAX_SHOWN: usize = 255;
