//! A client that stays with an event stream: it reads, and connects again as the standard says (WHATWG HTML, 9.2.3).
//!
//! `reqwest` does HTTP, `sse_wire` does the rest: [`Decoder`] turns bytes into items and remembers the last event ID,
//! [`Reconnect`] says when to connect again and when to stop. What is left is [`Follower`]: it does what it is told.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use reqwest::{
    Client, ClientBuilder, Request, Response,
    header::{CONTENT_TYPE, HeaderValue},
};
use sse_wire::{
    DecodeError, Decoder, Item, StreamError,
    body::request_headers,
    header::{LAST_EVENT_ID, UnsendableId},
    reconnect::{Action, Reconnect, ReconnectOptions, StopReason},
};
use tokio::time::{Instant, sleep_until};

/// Returns what makes an HTTP client, TLS included.
///
/// Redirects are followed by reqwest: 307 and 308 as the request was, a POST after 301 and 302 as a GET. That a host has
/// gone without a word is found by TCP, which asks every 15 seconds (reqwest's default).
pub fn client() -> ClientBuilder {
    // An error means that it has been done already.
    _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().connect_timeout(Duration::from_secs(30))
}

/// What happened to the stream.
#[derive(Debug)]
pub enum Notice {
    /// The server has answered with an event stream; if there was an ID to go on from that no header can hold, without
    /// knowing of it, so that something may be missed.
    Connected { unsent_id: Option<UnsendableId> },
    /// An event, a comment or a reconnection time.
    Item(Item),
    /// An event that was too long; the next ones come all the same.
    Rejected(DecodeError),
    /// There is no connection (any more), without an error if the server ended it. The next attempt is made after the
    /// delay.
    Lost { error: Option<String>, delay: Duration, failures: u32 },
    /// The server does not want to be asked again, or has failed too often. The last notice.
    Stopped(StopReason),
    /// The request cannot be made, or leads nowhere. The last notice.
    Failed(String),
}

/// Follows one event stream.
pub struct Follower {
    client: Client,
    request: Request,
    reconnect: Reconnect,
    decoder: Decoder,
    state: State,
}

enum State {
    /// The next attempt is due then.
    Waiting(Instant),
    /// The body that is being read, and what is not decoded yet of its last chunk.
    Open(Response, Bytes),
    Stopped,
}

impl Follower {
    /// Returns one that will connect at once, and go on from this ID if it is not empty.
    ///
    /// The request is sent again with each attempt. It takes precedence in its headers, but for `Last-Event-ID`.
    pub fn new(client: Client, mut request: Request, last_event_id: &str, options: ReconnectOptions) -> Self {
        request.headers_mut().remove(LAST_EVENT_ID);
        let (mut decoder, reconnect) = (Decoder::new(), Reconnect::with_options(options));
        decoder.set_last_event_id(last_event_id);
        Self { client, request, reconnect, decoder, state: State::Waiting(Instant::now()) }
    }

    /// Returns what happens next; `None` when nothing will any more.
    ///
    /// To drop the future loses no event: a wait goes on with the next call, and a request is sent again.
    pub async fn next(&mut self) -> Option<Notice> {
        match &mut self.state {
            State::Waiting(due) => {
                sleep_until(*due).await;
                Some(self.connect().await)
            }
            State::Open(response, chunk) => {
                match next_item(&mut self.decoder, &mut self.reconnect, response, chunk).await {
                    Ok(Some(item)) => Some(Notice::Item(item)),
                    Ok(None) => Some(self.disconnected(None)),
                    Err(StreamError::Decode(error)) => Some(Notice::Rejected(error)),
                    Err(StreamError::Source(error)) if error.is_timeout() => {
                        Some(self.disconnected(Some("nothing was received for too long".to_owned())))
                    }
                    Err(error) => Some(self.disconnected(Some(explain(&error)))),
                }
            }
            State::Stopped => None,
        }
    }

    /// Drops the connection, and makes another without waiting.
    pub fn restart(&mut self) {
        self.decoder.reset();
        let action = self.reconnect.connect();
        self.state.follow(action, None);
    }

    async fn connect(&mut self) -> Notice {
        let (mut headers, unsent_id) = match request_headers(self.decoder.last_event_id()) {
            Ok(headers) => (headers, None),
            Err(error) => (request_headers("").unwrap_or_default(), Some(error)),
        };
        headers.extend(self.request.headers().clone());
        let Some(mut request) = self.request.try_clone() else {
            return self.failed("the body of the request cannot be sent again".to_owned());
        };
        *request.headers_mut() = headers;
        match self.client.execute(request).await {
            Ok(response) => self.answered(response, unsent_id),
            // These will not get better.
            Err(error) if error.is_builder() || error.is_redirect() => self.failed(explain(&error)),
            Err(error) => self.disconnected(Some(explain(&error))),
        }
    }

    fn answered(&mut self, response: Response, unsent_id: Option<UnsendableId>) -> Notice {
        let status = response.status();
        let content_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        match self.reconnect.answered(status.as_u16(), content_type, &self.decoder) {
            Action::Read => {
                self.state = State::Open(response, Bytes::new());
                Notice::Connected { unsent_id }
            }
            action => self.state.follow(action, Some(format!("the server answered {status}"))),
        }
    }

    fn disconnected(&mut self, error: Option<String>) -> Notice {
        // What is unfinished is no event, and its ID does not count.
        self.decoder.reset();
        self.state.follow(self.reconnect.disconnected(&self.decoder), error)
    }

    fn failed(&mut self, why: String) -> Notice {
        self.state = State::Stopped;
        Notice::Failed(why)
    }
}

impl State {
    /// Does what is to be done when there is nothing to read.
    fn follow(&mut self, action: Action, error: Option<String>) -> Notice {
        match action {
            Action::Connect(attempt) => {
                *self = Self::Waiting(Instant::now() + attempt.delay());
                Notice::Lost { error, delay: attempt.delay(), failures: attempt.failures() }
            }
            Action::Stop(reason) => {
                *self = Self::Stopped;
                Notice::Stopped(reason)
            }
            Action::Read => unreachable!("only an answer is to be read"),
        }
    }
}

/// Returns what comes next in the body; `None` at its end.
async fn next_item(
    decoder: &mut Decoder,
    reconnect: &mut Reconnect,
    response: &mut Response,
    chunk: &mut Bytes,
) -> Result<Option<Item>, StreamError<reqwest::Error>> {
    loop {
        if let Some(item) = decoder.decode_item_bytes(chunk).map_err(StreamError::Decode)? {
            return Ok(Some(item));
        }
        match response.chunk().await.map_err(StreamError::Source)? {
            Some(next) => {
                reconnect.received();
                *chunk = next;
            }
            None => return Ok(None),
        }
    }
}

/// The error with all its causes: that of reqwest only says what it was about to do.
pub fn explain(error: &dyn Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        texts.push(cause.to_string());
        source = cause.source();
    }
    texts.join(": ")
}
