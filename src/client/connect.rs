//! [`Attempt`] and [`Connect`]: what a client is told of the request that it is to make, and what makes it.

use alloc::string::String;

use http::HeaderMap;

use crate::body::request_headers;
use crate::header::{UnsendableId, last_event_id_value};
use crate::reconnect;

/// A request that is to be made now, as the closure of an [`EventSource`](super::EventSource) is told.
///
/// ```
/// use sse_wire::client::Attempt;
///
/// fn request(attempt: &Attempt) -> http::Request<String> {
///     let mut request = http::Request::new(String::new());
///     *request.headers_mut() = attempt.headers();
///     request
/// }
/// # let _ = request;
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    number: u64,
    rules: reconnect::Attempt,
    last_event_id: String,
    unsent_id: Option<UnsendableId>,
}

impl Attempt {
    pub(super) fn new(number: u64, rules: reconnect::Attempt, last_event_id: &str) -> Self {
        let unsent_id = last_event_id_value(last_event_id).err();
        Self { number, rules, last_event_id: last_event_id.into(), unsent_id }
    }

    /// Returns the headers to send: those of [`request_headers`], with `Last-Event-ID` if there is an ID that a header
    /// can hold. Headers of the caller's own come beside them.
    ///
    /// ```
    /// use sse_wire::client::{Attempt, EventSource};
    ///
    /// let connect = |attempt: Attempt| {
    ///     assert_eq!(attempt.headers()["accept"], "text/event-stream");
    ///     assert_eq!(attempt.headers()["last-event-id"], "7");
    /// #   core::future::ready(Err::<http::Response<String>, &str>("this is an example"))
    ///     // Make the request with them.
    /// };
    /// # let sleep = |_| core::future::ready(());
    /// let source = EventSource::new(connect, sleep).with_last_event_id("7");
    /// # futures_executor::block_on(futures_util::StreamExt::into_future(source));
    /// ```
    pub fn headers(&self) -> HeaderMap {
        let id = if self.unsent_id.is_none() { self.last_event_id.as_str() } else { "" };
        // An ID that passed the check is no error.
        request_headers(id).unwrap_or_default()
    }

    /// Returns the ID to go on from, for servers that take it elsewhere than in the header; empty if there is none.
    ///
    /// ```
    /// use sse_wire::client::Attempt;
    ///
    /// /// The body of a request for those that have it there.
    /// fn body(attempt: &Attempt) -> String {
    ///     format!("{{\"after\":{:?}}}", attempt.last_event_id())
    /// }
    /// # let _ = body;
    /// ```
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Returns why the ID is not among the [headers](Self::headers), if it cannot be sent there: the server then begins
    /// as for a new client. [`Notice::Opened`](super::Notice::Opened) says so as well.
    ///
    /// ```
    /// use sse_wire::client::Attempt;
    ///
    /// fn url(base: &str, attempt: &Attempt) -> String {
    ///     match attempt.unsent_id() {
    ///         // A server of ours takes it here as well.
    ///         Some(_) => format!("{base}?after={:x?}", attempt.last_event_id().as_bytes()),
    ///         None => base.to_owned(),
    ///     }
    /// }
    /// # let _ = url;
    /// ```
    pub const fn unsent_id(&self) -> Option<UnsendableId> {
        self.unsent_id
    }

    /// Returns the number of the attempt, counted from 1 over all connections.
    ///
    /// ```
    /// use sse_wire::client::Attempt;
    ///
    /// fn log(attempt: &Attempt) {
    ///     println!("attempt {} after {} failures", attempt.number(), attempt.failures());
    ///     if let Some(failure) = attempt.last_failure() {
    ///         println!("the last time {failure}");
    ///     }
    /// }
    /// # let _ = log;
    /// ```
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns how many attempts failed in a row before this one.
    pub fn failures(&self) -> u32 {
        self.rules.failures()
    }

    /// Returns why the attempt before this one failed; `None` if it did not, or if there was none.
    ///
    /// ```
    /// use sse_wire::{client::Attempt, reconnect::Failure};
    ///
    /// /// Whether to try another of several servers.
    /// fn is_other_better(attempt: &Attempt) -> bool {
    ///     attempt.failures() > 3 || attempt.last_failure() == Some(Failure::NoAnswer)
    /// }
    /// # let _ = is_other_better;
    /// ```
    pub fn last_failure(&self) -> Option<reconnect::Failure> {
        self.rules.last_failure()
    }
}

/// What makes a request: a closure from an [`Attempt`] to a future of anything that turns into an [`http::Response`],
/// that of reqwest among others.
///
/// Every such closure is one, so nobody has to implement this; it is there so that functions can be generic over an
/// [`EventSource`](super::EventSource) in few words.
///
/// ```
/// use core::error::Error;
/// use futures_util::StreamExt;
/// use http_body::Body;
/// use sse_wire::{client::{Connect, EventSource}, timer::Sleep};
///
/// async fn first<C, S, B>(source: EventSource<C, S, B>) -> Option<String>
/// where
///     C: Connect<B>,
///     S: Sleep,
///     B: Body,
/// {
///     let event = source.events().next().await?.ok()?;
///     Some(event.data().to_owned())
/// }
/// # let response = || http::Response::builder().header("content-type", "text/event-stream").body(String::from("data: x\n\n"));
/// # let source = EventSource::new(|_| async move { response() }, |_| core::future::ready(()));
/// # assert_eq!(futures_executor::block_on(first(source)).as_deref(), Some("x"));
/// ```
pub trait Connect<B> {
    /// What the HTTP client answers with.
    type Response: Into<http::Response<B>>;
    /// Why there is no answer.
    type Error;
    /// The answer to come.
    type Future: Future<Output = Result<Self::Response, Self::Error>>;

    /// Makes this attempt.
    fn connect(&mut self, attempt: Attempt) -> Self::Future;
}

impl<C, F, R, B, E> Connect<B> for C
where
    C: FnMut(Attempt) -> F,
    F: Future<Output = Result<R, E>>,
    R: Into<http::Response<B>>,
{
    type Response = R;
    type Error = E;
    type Future = F;

    fn connect(&mut self, attempt: Attempt) -> F {
        self(attempt)
    }
}
