//! [`ResponseCheck`]: what a response has to be so that its events are read.

use http::{HeaderMap, StatusCode, header};
use http_body::Body;

use super::chunks::BodyChunks;
use super::refusal::{NotEventStream, Refusal};
use crate::header::is_event_stream;
use crate::stream::EventStream;

/// The check of a response before its events are read: that of the standard (9.2.3), with exceptions for servers that
/// are known not to pass it.
///
/// A response passes if its status is 200, its media type
/// [is that of an event stream](crate::header::is_event_stream), and its body is not compressed.
///
/// ```
/// use futures_util::StreamExt;
/// use sse_wire::body::{Refusal, ResponseCheck};
///
/// // As of a server for language models that does not say what it sends.
/// let response = || http::Response::new(String::from("data: {}\n\n"));
/// let refused = ResponseCheck::new().events(response()).map(drop).unwrap_err();
/// assert_eq!(refused.reason(), Refusal::ContentType);
///
/// let check = ResponseCheck::new().allow_missing_content_type();
/// let mut events = check.events(response())?;
/// assert_eq!(futures_executor::block_on(events.next()).unwrap()?.data(), "{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ResponseCheck {
    may_lack_content_type: bool,
}

impl ResponseCheck {
    /// Returns the check of the standard, without exceptions.
    ///
    /// ```
    /// use sse_wire::body::{Refusal, ResponseCheck};
    ///
    /// let response = http::Response::new(());
    /// assert_eq!(ResponseCheck::new().refusal(&response), Some(Refusal::ContentType));
    /// ```
    pub const fn new() -> Self {
        Self { may_lack_content_type: false }
    }

    /// Lets a response pass that has no `Content-Type` at all. Some servers for language models send none; but neither
    /// do many broken proxies, whose page then is an event stream without events.
    ///
    /// ```
    /// use sse_wire::body::ResponseCheck;
    ///
    /// let response = http::Response::new(());
    /// assert_eq!(ResponseCheck::new().allow_missing_content_type().refusal(&response), None);
    /// ```
    #[must_use]
    pub const fn allow_missing_content_type(self) -> Self {
        Self { may_lack_content_type: true }
    }

    /// Returns the events of a response that passes; [`events`](super::events) does that without exceptions.
    ///
    /// # Errors
    ///
    /// [`NotEventStream`] if it does not pass. It gives the response back.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::body::ResponseCheck;
    ///
    /// let response = http::Response::new(String::from("data: x\n\n"));
    /// let mut events = ResponseCheck::new().allow_missing_content_type().events(response)?;
    /// assert_eq!(futures_executor::block_on(events.next()).expect("an event")?.data(), "x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events<B: Body>(self, response: http::Response<B>) -> Result<EventStream<BodyChunks<B>>, NotEventStream<B>> {
        self.chunks(response).map(EventStream::new)
    }

    /// Returns the bytes of a response that passes, for an [`EventStream`] with options or a decoder of its own;
    /// [`BodyChunks::from_response`] does that without exceptions.
    ///
    /// # Errors
    ///
    /// [`NotEventStream`] if it does not pass. It gives the response back.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, Decoder, body::ResponseCheck, stream::EventStream};
    ///
    /// let response = http::Response::new(String::from("data: x\n\n"));
    /// let chunks = ResponseCheck::new().allow_missing_content_type().chunks(response)?;
    /// let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(64 * 1024));
    /// let events = EventStream::with_decoder(chunks, decoder);
    /// # let _ = events;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn chunks<B: Body>(self, response: http::Response<B>) -> Result<BodyChunks<B>, NotEventStream<B>> {
        self.check(response).map(BodyChunks::of_response)
    }

    /// Returns the response as it is if it passes, for those who want its head and its body apart.
    ///
    /// # Errors
    ///
    /// [`NotEventStream`] if it does not pass. It gives the response back.
    ///
    /// ```
    /// use sse_wire::body::ResponseCheck;
    ///
    /// let response = http::Response::builder().header("content-type", "text/event-stream").body("data: x\n\n")?;
    /// let (head, body) = ResponseCheck::new().check(response)?.into_parts();
    /// assert_eq!((head.status.as_u16(), body), (200, "data: x\n\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check<B>(self, response: http::Response<B>) -> Result<http::Response<B>, NotEventStream<B>> {
        match self.refusal(&response) {
            None => Ok(response),
            Some(reason) => Err(NotEventStream::new(reason, response)),
        }
    }

    /// Returns what the response lacks, for a gateway that passes it on in either case; `None` if it passes.
    ///
    /// ```
    /// use sse_wire::body::{Refusal, ResponseCheck};
    ///
    /// let response = http::Response::builder().header("content-type", "application/json").body(())?;
    /// assert_eq!(ResponseCheck::new().refusal(&response), Some(Refusal::ContentType));
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn refusal<B>(self, response: &http::Response<B>) -> Option<Refusal> {
        let (status, headers) = (response.status(), response.headers());
        let is_allowed = self.may_lack_content_type && !headers.contains_key(header::CONTENT_TYPE);
        let is_event_stream = is_allowed || is_event_stream(headers.get_all(header::CONTENT_TYPE));
        match status {
            StatusCode::NO_CONTENT => Some(Refusal::Stop),
            StatusCode::OK if !is_event_stream => Some(Refusal::ContentType),
            StatusCode::OK => is_encoded(headers).then_some(Refusal::ContentEncoding),
            status => Some(Refusal::Status(status)),
        }
    }
}

/// Whether the body went through a coding that is not undone: `identity` is none (RFC 9110, 8.4.1).
fn is_encoded(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CONTENT_ENCODING).into_iter();
    let mut codings = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b',')).map(<[u8]>::trim_ascii);
    codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}
