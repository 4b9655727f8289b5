//! [`EventSource`]: a client that stays with an event stream, as a browser's does, over any HTTP client that gives an
//! [`http::Response`], on any runtime.
//!
//! It is made of two closures. One makes the request, and is told the [`Attempt`]; the other is the clock. The rest is
//! done here: decoding, connecting again with the last event ID, waiting as long as the server says and longer after
//! failures, stopping when the server says so (9.2.3, by the rules of [`reconnect`](crate::reconnect)).
//!
//! ```
//! use futures_util::StreamExt;
//! use sse_wire::{Item, client::{Attempt, EventSource, Notice}};
//! # use sse_wire::reconnect::StopReason;
//!
//! # futures_executor::block_on(async {
//! # let mut answers = ["id: 1\ndata: one\n\ndata: cut o", "id: 2\ndata: two\n\n"].into_iter();
//! # let sleep = |_| core::future::ready(());
//! # let mut sent = Vec::new();
//! # let connect = |attempt: Attempt| {
//! #     sent.push(attempt.headers().get("last-event-id").map(|id| id.to_str().unwrap().to_owned()));
//! #     let mut response = http::Response::new(String::from(answers.next().unwrap_or_default()));
//! #     response.headers_mut().insert("content-type", http::HeaderValue::from_static("text/event-stream"));
//! #     if response.body().is_empty() { *response.status_mut() = http::StatusCode::NO_CONTENT; }
//! #     async move { Ok::<_, std::io::Error>(response) }
//! # };
//! // let connect = |attempt| client.get(url).headers(attempt.headers()).send();       // reqwest
//! // let connect = |attempt| client.request(request(attempt.headers()));              // hyper-util, a tower service
//! // let sleep = tokio::time::sleep;
//! let mut source = EventSource::new(connect, sleep);
//! let mut seen = Vec::new();
//! while let Some(notice) = source.next().await {
//!     match notice {
//!         Notice::Opened { head, .. } => println!("connected: {}", head.status),
//!         Notice::Item(Item::Event(event)) => seen.push(event.data().to_owned()),
//!         // Comments and reconnection times.
//!         Notice::Item(_) => {}
//!         Notice::Rejected(error) => println!("an event was left out: {error}"),
//!         Notice::Lost { cause, delay, .. } => println!("{cause}; waiting {delay:?}"),
//!         Notice::Stopped(stopped) => println!("{stopped}"),
//!     }
//! }
//! assert_eq!(seen, ["one", "two"]);
//! assert_eq!(source.stop_reason(), Some(StopReason::NoContent));
//! # assert_eq!(sent, [None, Some("1".into()), Some("2".into())]);
//! # });
//! ```
//!
//! [`EventSource::events`] gives the events alone and, unless the end is a clean one, why there are no more.
//!
//! # What is up to the closure
//!
//! All of HTTP: TLS, redirects, proxies, authentication, a body. It is called anew for each attempt, so a POST with a
//! body is made like a GET, and a token can be renewed. Do not let it set a timeout for the whole body, as reqwest's
//! `timeout` does: an event stream has no end. The timeouts of [`EventSourceOptions`] are made for one.
//!
//! # Requests that must not be made twice
//!
//! A POST that starts something, as with a language model: set
//! [`only_with_id`](crate::reconnect::ReconnectOptions::only_with_id), and name the last event with
//! [`until_event`](EventSource::until_event).
//!
//! # Servers that mean no good
//!
//! None can make the client ask more often than twice a second, or wait longer than an hour and a half, unless the
//! [options](crate::reconnect::ReconnectOptions) say so. What is retained is what a [`Decoder`](crate::Decoder)
//! retains. Of what follows the last event, at most 64 KiB are read, for at most a quarter of a second. The body of an
//! answer that is no event stream is read only by a caller who asks for it. A server that sends a comment now and then,
//! and no event, keeps its connection: how long to wait for an event is up to the caller.
//!
//! # In a browser
//!
//! With a clock of the caller's this compiles for `wasm32-unknown-unknown`. No clock is asked for the time of day.
//! reqwest's response does not turn into an [`http::Response`] there, but a [`ChunkBody`](crate::body::ChunkBody) of
//! its `bytes_stream` is the body of one. Its futures stay on their thread; [`boxed_local`](EventSource::boxed_local)
//! is there for that.

mod alarm;
mod boxed;
mod connect;
mod control;
mod drive;
mod event_source;
mod events;
mod notice;
mod options;

pub use self::{
    boxed::{
        BoxBody, BoxConnect, BoxEventSource, BoxEvents, BoxSleep, LocalBoxBody, LocalBoxConnect, LocalBoxEventSource,
        LocalBoxEvents, LocalBoxSleep,
    },
    connect::{Attempt, Connect},
    control::State,
    event_source::EventSource,
    events::{EventSourceError, Events},
    notice::{Cause, Notice, Stopped},
    options::EventSourceOptions,
};
