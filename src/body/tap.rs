//! [`Tap`]: a body that goes on untouched while somebody looks at its events.
//!
//! ```text
//! body --frame--> Tap --the same frame--> server
//!                  |
//!                  '--bytes--> Decoder --event--> Observer
//! ```
//!
//! The frame is lent to the decoder and then handed on, so that nothing could change it.

use core::{
    fmt,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, ready},
};
use std::panic::catch_unwind;

use bytes::Bytes;
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;

use crate::decoder::Decoder;
use crate::error::DecodeError;
use crate::event::EventRef;
use crate::options::DecodeOptions;

/// An observer looks at the events of a [`tap`], and is told how the body ended.
///
/// A closure that takes an [`EventRef`] is an observer of events alone. A type of your own learns the rest:
///
/// ```
/// use sse_wire::{DecodeError, EventRef, body::{Observer, Outcome, tap}};
///
/// #[derive(Default)]
/// struct Log {
///     events: usize,
///     rejected: usize,
/// }
///
/// impl Observer for Log {
///     fn event(&mut self, _event: EventRef<'_>) {
///         self.events += 1;
///     }
///
///     fn rejected(&mut self, _error: DecodeError) {
///         self.rejected += 1;
///     }
///
///     fn ended(&mut self, outcome: Outcome) {
///         println!("{} events, {} not seen: {outcome:?}", self.events, self.rejected);
///     }
/// }
///
/// drop(tap(String::from("data: x\n\n"), Log::default()));
/// ```
pub trait Observer {
    /// Is shown an event, before the frame with its last byte goes on.
    fn event(&mut self, event: EventRef<'_>);

    /// Is told of an event that it is not shown, because it passes the limit or, if the options ask for that, is not
    /// UTF-8. The next one is shown again.
    fn rejected(&mut self, error: DecodeError) {
        let _ = error;
    }

    /// Is told how the body ended, once, and nothing after that.
    fn ended(&mut self, outcome: Outcome) {
        let _ = outcome;
    }
}

impl<F: FnMut(EventRef<'_>)> Observer for F {
    fn event(&mut self, event: EventRef<'_>) {
        self(event);
    }
}

/// How a body that somebody looked at has ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a body ends or is dropped, and it ends with an error or in one of two places"
)]
pub enum Outcome {
    /// It ended after a whole event, or without any.
    Complete,
    /// It ended in the middle of an event. So does a body that is no event stream, such as JSON.
    CutOff,
    /// It gave an error, which went on to whoever reads the body.
    Failed,
    /// It was dropped before its end: whoever read it, such as a client, has left.
    Dropped,
}

/// Returns the body with an observer of its events.
///
/// Frames, trailers, the size hint and the error are those of the body. What a client gets does not depend on the
/// observer. The observer is called while the body is polled, so it should not block: what takes long goes through a
/// channel. If it panics, the panic is caught, the body goes on, and the observer is dropped without another call.
///
/// The body has to be decompressed already. If it is no event stream, it goes on like any other.
///
/// ```
/// use sse_wire::{EventRef, body::{BodyChunks, tap}};
/// use futures_util::TryStreamExt;
///
/// let mut words = Vec::new();
/// let body = tap(String::from("data: one\n\ndata: two\n\n: bye\n"), |event: EventRef<'_>| words.push(event.data().to_owned()));
/// let sent: Vec<_> = futures_executor::block_on(BodyChunks::new(body).try_collect())?;
/// assert_eq!(sent, ["data: one\n\ndata: two\n\n: bye\n"]);
/// assert_eq!(words, ["one", "two"]);
/// # Ok::<(), core::convert::Infallible>(())
/// ```
pub fn tap<B: Body<Data = Bytes>, O: Observer>(body: B, observer: O) -> Tap<B, O> {
    let is_known_to_end = AtomicBool::new(body.is_end_stream());
    let watch = Watch { observer: Some(observer), decoder: Decoder::new(), is_known_to_end };
    Tap { body, watch }
}

pin_project! {
    /// A body that goes on untouched while an [`Observer`] looks at its events; [`tap`] makes it.
    pub struct Tap<B, O>
    where
        O: Observer,
    {
        #[pin]
        body: B,
        watch: Watch<O>,
    }
}

impl<B, O: Observer> Tap<B, O> {
    /// Returns the tap with options for its decoder; the defaults are those of [`DecodeOptions::new`]. The limit is on
    /// what the observer sees and on the memory for it: an event that passes it still goes on.
    ///
    /// Call it before the body is polled: the new decoder knows nothing of what came before.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    /// use sse_wire::{DecodeError, DecodeOptions, EventRef, body::{BodyChunks, Observer, tap}};
    ///
    /// struct Count<'a>(&'a mut [usize; 2]);
    ///
    /// impl Observer for Count<'_> {
    ///     fn event(&mut self, _event: EventRef<'_>) {
    ///         self.0[0] += 1;
    ///     }
    ///
    ///     fn rejected(&mut self, _error: DecodeError) {
    ///         self.0[1] += 1;
    ///     }
    /// }
    ///
    /// let mut counts = [0, 0];
    /// let body = tap(String::from("data: large\n\ndata: x\n\n"), Count(&mut counts));
    /// let body = body.with_options(DecodeOptions::new().with_max_event_len(4));
    /// let sent: Vec<_> = futures_executor::block_on(BodyChunks::new(body).try_collect())?;
    /// assert_eq!(sent, ["data: large\n\ndata: x\n\n"]);
    /// assert_eq!(counts, [1, 1]);
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    #[must_use]
    pub fn with_options(mut self, options: DecodeOptions) -> Self {
        self.watch.decoder = Decoder::with_options(options);
        self
    }
}

impl<B: Body<Data = Bytes>, O: Observer> Body for Tap<B, O> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let polled = ready!(this.body.as_mut().poll_frame(cx));
        match &polled {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.watch.look(data);
                }
                // Servers do not poll again after either.
                if frame.is_trailers() || this.body.is_end_stream() {
                    this.watch.end();
                }
            }
            Some(Err(_)) => this.watch.tell(Outcome::Failed),
            None => this.watch.end(),
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        let is_end = self.body.is_end_stream();
        if is_end {
            self.watch.is_known_to_end.store(true, Ordering::Relaxed);
        }
        is_end
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B, O: Observer> fmt::Debug for Tap<B, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").field("has_ended", &self.watch.observer.is_none()).finish_non_exhaustive()
    }
}

/// The observer, and what it is shown. It is told of a drop by being dropped itself, whatever the body is.
struct Watch<O: Observer> {
    /// `None` once it knows the outcome, or has panicked.
    observer: Option<O>,
    decoder: Decoder,
    /// Whether the body has said that it is at its end: then nobody has to poll it again. A body from a network may
    /// come to say so between two polls, so that only whoever asks knows.
    is_known_to_end: AtomicBool,
}

impl<O: Observer> Watch<O> {
    /// Shows what is in these bytes.
    fn look(&mut self, mut data: &[u8]) {
        let Self { observer: Some(observer), decoder, .. } = self else { return };
        // Unwind safe: after a panic nobody looks at either again.
        let looked = catch_unwind(AssertUnwindSafe(|| {
            loop {
                match decoder.decode(&mut data) {
                    Ok(Some(event)) => observer.event(event),
                    Ok(None) => return,
                    Err(error) => observer.rejected(error),
                }
            }
        }));
        if looked.is_err() {
            self.observer = None;
        }
    }

    /// Tells of an end without an error.
    fn end(&mut self) {
        self.tell(if self.decoder.is_mid_event() { Outcome::CutOff } else { Outcome::Complete });
    }

    /// Tells the outcome, unless it has been told.
    fn tell(&mut self, outcome: Outcome) {
        if let Some(mut observer) = self.observer.take() {
            // To the body it is all the same whether this panics.
            let _ = catch_unwind(AssertUnwindSafe(|| observer.ended(outcome)));
        }
    }
}

impl<O: Observer> Drop for Watch<O> {
    fn drop(&mut self) {
        if *self.is_known_to_end.get_mut() {
            self.end();
        } else {
            self.tell(Outcome::Dropped);
        }
    }
}
