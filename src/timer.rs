//! [`Timer`]: when an interval is over, on any clock. A sender needs it to send keep-alives, a receiver to notice that
//! none come. And [`Sleep`]: a clock for waits of any length, which a client that connects again needs.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

/// A clock that rings when an interval is over: what a keep-alive and an
/// [idle timeout](crate::stream::EventStreamExt::idle_timeout) need.
///
/// [`FnTimer`] makes one from any runtime's `sleep`; the feature `tokio` brings one for tokio.
///
/// A timer that is always ready does not keep a body from sending frames, but fills the time between them with
/// keep-alives, as fast as the receiver takes them.
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

/// A timer that never rings.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct NoTimer;

impl Timer for NoTimer {
    fn restart(self: Pin<&mut Self>) {}

    fn poll_elapsed(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// A timer that there may be; without one, it never rings.
///
/// ```
/// use sse_wire::timer::{FnTimer, Timer};
///
/// fn keep_alive(is_wanted: bool) -> Option<impl Timer> {
/// #   let sleep = || core::future::ready(());
///     is_wanted.then(|| FnTimer::new(sleep))
/// }
/// # let _ = keep_alive(false);
/// ```
impl<T: Timer> Timer for Option<T> {
    fn restart(self: Pin<&mut Self>) {
        if let Some(timer) = self.as_pin_mut() {
            timer.restart();
        }
    }

    fn poll_elapsed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.as_pin_mut().map_or(Poll::Pending, |timer| timer.poll_elapsed(cx))
    }
}

pin_project! {
    /// A timer made from a closure; the future that it returns is ready when the interval is over.
    ///
    /// The future is made when somebody waits, and dropped when the interval starts anew.
    ///
    /// ```
    /// use core::{future, time::Duration};
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{StreamError, stream::{EventStreamExt, IdleError}, timer::FnTimer};
    ///
    /// # let sleep = |_: Duration| future::ready(());
    /// // `tokio::time::sleep`, for example, or the `sleep` of another runtime.
    /// let timer = FnTimer::new(|| sleep(Duration::from_secs(30)));
    /// let silence = stream::pending::<Result<&str, std::io::Error>>();
    /// let mut events = silence.idle_timeout(timer).events();
    /// let error = futures_executor::block_on(events.next()).expect("an error").unwrap_err();
    /// assert!(matches!(error, StreamError::Source(IdleError::Idle)));
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
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::timer::FnTimer;
    ///
    /// let timer = FnTimer::new(|| tokio::time::sleep(Duration::from_secs(15)));
    /// # let _ = timer;
    /// ```
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

/// A clock to wait on for any time: a closure from a [`Duration`] to a future that is ready when that is over.
///
/// `tokio::time::sleep` is one as it stands, and so is the `sleep` of any other runtime, of a browser, or of a clock that
/// a test moves by hand. A [`Timer`] has one interval, and a [`FnTimer`] can be made from this.
///
/// ```
/// use core::{future, time::Duration};
/// use sse_wire::timer::{FnTimer, Sleep};
///
/// # let sleep = |_: Duration| future::ready(());
/// fn thirty_seconds(mut clock: impl Sleep) -> impl sse_wire::timer::Timer {
///     FnTimer::new(move || clock.sleep(Duration::from_secs(30)))
/// }
/// # let _ = thirty_seconds(sleep);
/// ```
pub trait Sleep {
    /// Is ready when the time is over. What it returns is dropped.
    type Future: Future;

    /// Returns a future that is ready when this time has passed, counted from now or from its first poll.
    fn sleep(&mut self, time: Duration) -> Self::Future;
}

impl<S, F> Sleep for S
where
    S: FnMut(Duration) -> F,
    F: Future,
{
    type Future = F;

    fn sleep(&mut self, time: Duration) -> F {
        self(time)
    }
}
