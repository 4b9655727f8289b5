//! A client that stays with an event stream: it reads, and connects again as the standard says (WHATWG HTML, 9.2.3).
//!
//! `reqwest` does HTTP, `sse_wire` does the rest: [`Decoder`] turns bytes into items and remembers the last event ID,
//! [`Reconnect`] says when to connect again and when to stop. What is left is [`Follower`]: it does what it is told.

use std::{error::Error, fmt::Write, pin::Pin, time::Duration};

use bytes::Bytes;
use reqwest::{
    Client, ClientBuilder, Method, Response, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use sse_wire::{
    DecodeError, Decoder, Item,
    body::request_headers,
    header::UnsendableId,
    reconnect::{Action, Reconnect, ReconnectOptions, StopReason},
};
use tokio::time::{Sleep, sleep};

/// Returns what makes an HTTP client, TLS included.
pub fn client() -> ClientBuilder {
    // An error means that it has been done already.
    _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

/// What to ask for, and how patiently.
#[derive(Clone, Debug)]
pub struct Options {
    pub url: Url,
    pub method: Method,
    /// Besides `Accept`, `Cache-Control` and `Last-Event-ID`; one of these names takes the place of the usual header.
    pub headers: HeaderMap,
    /// Sent again with each attempt.
    pub body: Option<Bytes>,
    /// To go on from; empty to start afresh.
    pub last_event_id: String,
    /// A connection on which no byte arrives for so long is given up.
    pub read_timeout: Option<Duration>,
    pub reconnect: ReconnectOptions,
    /// Whether any certificate will do, as the self-signed one of the demo's server.
    pub is_insecure: bool,
}

impl Options {
    /// Returns a GET without anything special.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            method: Method::GET,
            headers: HeaderMap::new(),
            body: None,
            last_event_id: String::new(),
            read_timeout: None,
            reconnect: ReconnectOptions::new(),
            is_insecure: false,
        }
    }
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
    options: Options,
    client: Client,
    reconnect: Reconnect,
    decoder: Decoder,
    state: State,
}

enum State {
    /// The next attempt is due when this is over.
    Waiting(Pin<Box<Sleep>>),
    /// The body that is being read, and what is not decoded yet of its last chunk.
    Open(Response, Bytes),
    Stopped,
}

impl Follower {
    /// Returns one that will connect at once. It needs the runtime of tokio.
    ///
    /// # Errors
    ///
    /// Those of [`reqwest::ClientBuilder::build`].
    pub fn new(options: Options) -> reqwest::Result<Self> {
        // Redirects are followed by reqwest: 307 and 308 as the request was, a POST after 301 and 302 as a GET.
        let mut client = client().tls_danger_accept_invalid_certs(options.is_insecure);
        if let Some(timeout) = options.read_timeout {
            client = client.read_timeout(timeout);
        }
        let mut decoder = Decoder::new();
        decoder.set_last_event_id(&options.last_event_id);
        Ok(Self {
            client: client.build()?,
            reconnect: Reconnect::with_options(options.reconnect),
            decoder,
            state: State::Waiting(Box::pin(sleep(Duration::ZERO))),
            options,
        })
    }

    /// Returns what happens next; `None` when nothing will any more.
    ///
    /// To drop the future loses no event: a wait goes on with the next call, and a request is sent again.
    pub async fn next(&mut self) -> Option<Notice> {
        match &mut self.state {
            State::Waiting(delay) => {
                delay.await;
                Some(self.connect().await)
            }
            State::Open(..) => Some(self.read().await),
            State::Stopped => None,
        }
    }

    /// Drops the connection, and makes another without waiting.
    pub fn restart(&mut self) {
        self.decoder.reset();
        if let Action::Connect(attempt) = self.reconnect.connect(&self.decoder) {
            self.state = State::Waiting(Box::pin(sleep(attempt.delay())));
        }
    }

    async fn connect(&mut self) -> Notice {
        let (mut headers, unsent_id) = match request_headers(self.decoder.last_event_id()) {
            Ok(headers) => (headers, None),
            Err(error) => (request_headers("").unwrap_or_default(), Some(error)),
        };
        headers.extend(self.options.headers.clone());
        let Options { method, url, body, .. } = &self.options;
        let mut request = self.client.request(method.clone(), url.clone()).headers(headers);
        if let Some(body) = body {
            request = request.body(body.clone());
        }
        match request.send().await {
            Ok(response) => self.answered(response, unsent_id),
            // These will not get better.
            Err(error) if error.is_builder() || error.is_redirect() => {
                self.state = State::Stopped;
                Notice::Failed(explain(&error))
            }
            Err(error) => self.disconnected(Some(explain(&error))),
        }
    }

    async fn read(&mut self) -> Notice {
        let State::Open(response, chunk) = &mut self.state else { return self.disconnected(None) };
        let error = loop {
            match self.decoder.decode_item_bytes(chunk) {
                Ok(Some(item)) => {
                    self.reconnect.alive();
                    return Notice::Item(item);
                }
                Ok(None) => {}
                Err(error) => return Notice::Rejected(error),
            }
            match response.chunk().await {
                Ok(Some(next)) => *chunk = next,
                Ok(None) => break None,
                Err(error) if error.is_timeout() => break Some("nothing was received for too long".to_owned()),
                Err(error) => break Some(explain(&error)),
            }
        };
        self.disconnected(error)
    }

    fn answered(&mut self, response: Response, unsent_id: Option<UnsendableId>) -> Notice {
        let status = response.status();
        let content_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        match self.reconnect.response(status.as_u16(), content_type, &self.decoder) {
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
}

impl State {
    /// Does what is to be done when there is nothing to read.
    fn follow(&mut self, action: Action<'_>, error: Option<String>) -> Notice {
        match action {
            Action::Connect(attempt) => {
                *self = Self::Waiting(Box::pin(sleep(attempt.delay())));
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

/// The error with all its causes: that of reqwest only says what it was about to do.
fn explain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
