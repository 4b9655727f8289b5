//! [`Timer`]: when the next keep-alive is due, on any clock.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

/// How often a stream with nothing to send should send a comment: every 15 seconds, as the standard advises (9.2.7)
/// because some proxies drop a connection after a short silence.
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// A clock that rings when an interval is over: what [`EventBody::keep_alive`](super::EventBody::keep_alive) needs.
///
/// [`FnTimer`] makes one from any runtime's `sleep`; the feature `tokio` brings one for tokio.
///
/// A timer that is always ready does not keep frames from being sent, but fills the time between them with keep-alives,
/// as fast as the receiver takes them.
pub trait Timer {
    /// Starts the interval anew. An interval that nobody has waited for yet may as well start with the next
    /// [`poll_elapsed`](Self::poll_elapsed).
    fn restart(self: Pin<&mut Self>);

    /// Returns whether the interval is over; if it is not, the task is woken when it is. The first interval starts with
    /// the first call.
    ///
    /// Once this has returned `Ready`, it is not called again before [`restart`](Self::restart).
    fn poll_elapsed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
}

/// A timer that never rings: no keep-alive.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct NoTimer;

impl Timer for NoTimer {
    fn restart(self: Pin<&mut Self>) {}

    fn poll_elapsed(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

pin_project! {
    /// A timer made from a closure; the future that it returns is ready when the interval is over.
    ///
    /// The future is made when the stream of frames has nothing to give, and dropped when it has.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Frame, body::{EventBody, FnTimer}};
    ///
    /// // In a program `|| tokio::time::sleep(KEEP_ALIVE_INTERVAL)`, or the `sleep` of another runtime.
    /// let timer = FnTimer::new(|| future::ready(()));
    /// let mut body = pin!(EventBody::new(stream::pending::<Frame<'_>>()).keep_alive(timer));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.unwrap()?.into_data().unwrap(), Frame::KEEP_ALIVE);
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    pub struct FnTimer<F, Fut> {
        sleep: F,
        // `None` until somebody waits.
        #[pin]
        elapsed: Option<Fut>,
    }
}

impl<F, Fut> FnTimer<F, Fut>
where
    F: FnMut() -> Fut,
    Fut: Future,
{
    /// Returns a timer that calls the closure for each interval.
    pub const fn new(sleep: F) -> Self {
        Self { sleep, elapsed: None }
    }
}

impl<F, Fut> Timer for FnTimer<F, Fut>
where
    F: FnMut() -> Fut,
    Fut: Future,
{
    fn restart(self: Pin<&mut Self>) {
        self.project().elapsed.set(None);
    }

    fn poll_elapsed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if this.elapsed.is_none() {
            this.elapsed.set(Some((this.sleep)()));
        }
        this.elapsed.as_pin_mut().map_or(Poll::Pending, |elapsed| elapsed.poll(cx).map(drop))
    }
}

impl<F, Fut> fmt::Debug for FnTimer<F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnTimer").field("is_running", &self.elapsed.is_some()).finish_non_exhaustive()
    }
}
