//! What the tests share: a deadline for each ([`run`]), servers on loopback ([`server`]), clients as a table
//! ([`client`]; [`transport`] for those of an `EventSource`), one that connects again ([`follower`]), a server that dies
//! ([`mortal`]), signals between the two ends, so that no test needs to
//! sleep ([`Signal`]); and the APIs of other crates on this one ([`shims`]).
//!
//! The examples of the README and of the pages in docs are tests, too.

pub mod client;
pub mod follower;
pub mod mortal;
pub mod server;
pub mod shims;
pub mod transport;

use std::{error::Error, fmt::Debug, future::Future, io, pin::Pin, thread, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use sse_wire::{Event, StreamError};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

/// Any error that may cross a thread.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What a test returns.
pub type TestResult = Result<(), BoxError>;

/// The bytes of a body, whatever the client. Not with a boxed error: `?` would not take a `StreamError` of that.
pub type Chunks = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Runs a test on two threads, as a server would be, and fails if it hangs.
///
/// # Panics
///
/// Panics if the test takes longer than any test should.
pub fn run<F: Future>(test: F) -> F::Output {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let output = runtime.block_on(async { timeout(DEADLINE, test).await });
    // Not every server and client has come to its end.
    runtime.shutdown_background();
    output.expect("the test hangs")
}

/// Runs a blocking client on a thread of its own; one that hangs does not hold up the end of the test.
///
/// # Errors
///
/// Those of the client.
///
/// # Panics
///
/// Panics if the client does.
pub async fn blocking<T: Send + 'static>(
    client: impl FnOnce() -> Result<T, BoxError> + Send + 'static,
) -> Result<T, BoxError> {
    let (done, result) = oneshot::channel();
    thread::spawn(move || done.send(client()));
    result.await.expect("the client does not panic")
}

/// How far one end has come, for the other to wait for.
#[derive(Clone, Debug)]
pub struct Signal(watch::Sender<usize>);

impl Signal {
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub fn add(&self, count: usize) {
        self.0.send_modify(|sum| *sum += count);
    }

    #[must_use]
    pub fn sum(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until the sum is that, or more.
    ///
    /// # Panics
    ///
    /// Never: there is a sender, this one.
    pub async fn reaches(&self, least: usize) {
        self.0.subscribe().wait_for(|sum| *sum >= least).await.expect("a sender");
    }
}

impl Default for Signal {
    fn default() -> Self {
        Self::new()
    }
}

/// The chunks, their bytes counted as they are handed to whoever reads.
pub fn counted(chunks: Chunks, received: Signal) -> Chunks {
    Box::pin(chunks.inspect(move |chunk| received.add(chunk.as_ref().map_or(0, Bytes::len))))
}

/// What is sent to the channel, as a stream, which ends with its last sender.
pub fn receive<T>(mut receiver: mpsc::Receiver<T>) -> impl Stream<Item = T> {
    stream::poll_fn(move |cx| receiver.poll_recv(cx))
}

/// Type, data and last event ID, to compare events with.
pub type Triple = (String, String, String);

#[must_use]
pub fn triple(event: &Event) -> Triple {
    (event.event_type().into(), event.data().into(), event.last_event_id().into())
}

/// All events, until the end of the stream.
///
/// # Panics
///
/// Panics if an event is rejected, or the source fails.
pub async fn collect<E: Debug>(events: impl Stream<Item = Result<Event, StreamError<E>>>) -> Vec<Triple> {
    events.map(|event| triple(&event.expect("an event"))).collect().await
}

/// What no test needs, on however busy a machine.
const DEADLINE: Duration = Duration::from_secs(60);

#[cfg(doctest)]
#[doc = include_str!("../../../docs/migration.md")]
struct Migration;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/cookbook.md")]
struct Cookbook;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
