//! HTTP bodies that are event streams, for every server and client built on the crates `http` and `http-body`: hyper,
//! axum, reqwest, and the layers of tower.
//!
//! * A server makes an [`EventBody`] from a stream of frames, and an [`event_stream_response`] from that.
//! * A gateway passes a body on, and looks at its events ([`tap`]) or changes them ([`edit`]).
//! * A client makes a [`BodyChunks`] from a response, and an [`EventStream`](crate::stream::EventStream) from that;
//!   [`events`] does both. [`request_headers`] gives the headers to ask with.
//!
//! # A server
//!
//! ```
//! use core::convert::Infallible;
//! use bytes::Bytes;
//! use futures_util::stream;
//! use http::{Request, Response};
//! use sse_wire::{Frame, body::{EventBody, event_stream_response}};
//!
//! // A handler for axum as it stands, and a service for hyper's `service_fn`.
//! async fn handle<B>(_request: Request<B>) -> Result<Response<impl http_body::Body<Data = Bytes>>, Infallible> {
//!     let frames = stream::iter([Frame::new().data("one"), Frame::new().data("two")]);
//!     Ok(event_stream_response(EventBody::new(frames)))
//! }
//!
//! let response = futures_executor::block_on(handle(Request::new(())))?;
//! assert_eq!(response.headers()["content-type"], "text/event-stream");
//! # Ok::<(), Infallible>(())
//! ```
//!
//! # A client
//!
//! ```
//! use futures_util::StreamExt;
//! # use futures_util::stream;
//! # use sse_wire::{Frame, body::{EventBody, event_stream_response}};
//! use sse_wire::body::events;
//!
//! # futures_executor::block_on(async {
//! # let response = event_stream_response(EventBody::new(stream::iter([Frame::new().data("one"), Frame::new().data("two")])));
//! // `response` comes from hyper or a tower service, or is reqwest's `Response` as an `http::Response`.
//! let mut events = events(response)?;
//! let mut words = Vec::new();
//! while let Some(event) = events.next().await {
//!     words.push(event?.into_data());
//! }
//! assert_eq!(words, ["one", "two"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # One event for many receivers
//!
//! Encode it once, and hand out clones of the [`EncodedFrames`](crate::EncodedFrames): they share their memory. A
//! receiver that is too slow is best disconnected; it comes back with its last event ID. The feature `hub` brings a `Hub`,
//! which does all that and gives it what it missed; by hand it looks like this:
//!
//! ```
//! use core::future::ready;
//! use bytes::Bytes;
//! use futures_util::{Stream, StreamExt};
//! use sse_wire::{EncodedFrames, body::{EventBody, event_stream_response}};
//!
//! // With tokio's `broadcast`, and `BroadcastStream` of tokio-stream, whose error says that the receiver lags behind.
//! fn subscribe<E>(
//!     frames: impl Stream<Item = Result<EncodedFrames, E>>,
//! ) -> http::Response<impl http_body::Body<Data = Bytes>> {
//!     event_stream_response(EventBody::new(frames.take_while(|frame| ready(frame.is_ok()))))
//! }
//! # let _ = subscribe(futures_util::stream::iter([Ok::<_, ()>(EncodedFrames::default())]));
//! ```
//!
//! # A gateway
//!
//! [`tap`] looks at the events of a body, and learns how it ended; the body goes on as it is. Copy the head of the
//! response, and wrap its body:
//!
//! ```
//! use bytes::Bytes;
//! use http_body::Body;
//! use sse_wire::{EventRef, body::{Observer, Outcome, tap}};
//!
//! #[derive(Default)]
//! struct Tally(usize);
//!
//! impl Observer for Tally {
//!     fn event(&mut self, _event: EventRef<'_>) {
//!         self.0 += 1;
//!     }
//!
//!     fn ended(&mut self, outcome: Outcome) {
//!         println!("{} events, {outcome:?}", self.0);
//!     }
//! }
//!
//! // Of an upstream's response, what the client gets.
//! fn pass_on<B: Body<Data = Bytes>>(response: http::Response<B>) -> http::Response<impl Body<Data = Bytes>> {
//!     response.map(|body| tap(body, Tally::default()))
//! }
//! # let body = pass_on(http::Response::new(String::from("data: x\n\n"))).into_body();
//! # let chunks: Vec<_> = futures_executor::block_on_stream(sse_wire::body::BodyChunks::new(body)).map(|chunk| chunk.ok().unwrap()).collect();
//! # assert_eq!(chunks, ["data: x\n\n"]);
//! ```
//!
//! [`edit`] changes, drops and adds blocks; what it keeps goes on byte for byte:
//!
//! ```
//! use bytes::Bytes;
//! use http_body::Body;
//! use sse_wire::{Block, body::{Edit, edit}};
//!
//! fn censor(block: &Block) -> Edit {
//!     match block.fields().data {
//!         Some(data) if data.contains("gpt-0") => block.with_data(&data.replace("gpt-0", "ours")).into(),
//!         _ => Edit::Keep,
//!     }
//! }
//!
//! fn pass_on<B: Body>(mut response: http::Response<B>) -> http::Response<impl Body<Data = Bytes, Error = B::Error>> {
//!     response.headers_mut().remove("content-length");
//!     // With `.keep_alive(timer)`, the client hears from us while the upstream is silent.
//!     response.map(|body| edit(body, censor))
//! }
//! # let body = pass_on(http::Response::new(String::from("data: {\"model\":\"gpt-0\"}\n\n"))).into_body();
//! # let chunks: Vec<_> = futures_executor::block_on_stream(sse_wire::body::BodyChunks::new(body)).map(|chunk| chunk.ok().unwrap()).collect();
//! # assert_eq!(chunks, ["data: {\"model\":\"ours\"}\n\n"]);
//! ```
//!
//! # Prompt delivery
//!
//! [`EventBody`] hands out what it has as soon as nothing more is ready, and the
//! [headers](RESPONSE_HEADERS) of [`event_stream_response`] keep caches and proxies from holding it back. A layer that
//! compresses has to flush whenever the body has nothing ready; the one in tower-http does, and leaves
//! `text/event-stream` alone by default. Set `TCP_NODELAY` on accepted sockets: with axum's
//! defaults 50 events over HTTP/2 took 46 ms instead of 4.

mod batch;
mod chunk_body;
mod chunks;
mod client;
mod edit;
mod end_with;
mod event_body;
mod into_frame;
mod refusal;
mod response_check;
mod tap;
mod timer;
#[cfg(feature = "tokio")]
mod tokio_timer;

use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::Body;

#[cfg(feature = "tokio")]
pub use self::tokio_timer::TokioTimer;
pub use self::{
    chunk_body::ChunkBody,
    chunks::BodyChunks,
    client::{events, request_headers},
    edit::{Edit, Edited, Editor, Ending, edit},
    end_with::EndWith,
    event_body::EventBody,
    into_frame::IntoFrame,
    refusal::{NotEventStream, Refusal},
    response_check::ResponseCheck,
    tap::{Observer, Outcome, Tap, tap},
    timer::{FnTimer, KEEP_ALIVE_INTERVAL, NoTimer, Timer},
};
use crate::header::{LAST_EVENT_ID, RESPONSE_HEADERS};

/// Returns a response with this body: status 200, and the [headers](RESPONSE_HEADERS) of an event stream.
///
/// Any body that holds encoded frames will do, such as one that a gateway passes on; [`EventBody`] makes one from
/// frames.
///
/// ```
/// use futures_util::stream;
/// use sse_wire::{Frame, body::{EventBody, FnTimer, event_stream_response}};
///
/// let frames = stream::pending::<Frame<'_>>();
/// # let sleep = || core::future::pending::<()>();
/// let response = event_stream_response(EventBody::new(frames).keep_alive(FnTimer::new(sleep)));
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.headers()["content-type"], "text/event-stream");
/// assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
/// ```
pub fn event_stream_response<B: Body>(body: B) -> http::Response<B> {
    let mut response = http::Response::new(body);
    let headers = RESPONSE_HEADERS.iter();
    let headers = headers.map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}

/// Returns the ID after which the client wants to go on, from the headers of its request; `None` if there is none, it
/// is empty, or it is not UTF-8, the form in which the standard has clients send it (9.2.3).
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use sse_wire::body::last_event_id;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(last_event_id(&headers), None);
/// // `to_str` of the header's value would refuse this.
/// headers.insert("last-event-id", HeaderValue::from_bytes("42-é".as_bytes())?);
/// assert_eq!(last_event_id(&headers), Some("42-é"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    let id = core::str::from_utf8(headers.get(LAST_EVENT_ID)?.as_bytes()).ok()?;
    (!id.is_empty()).then_some(id)
}
