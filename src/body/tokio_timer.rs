//! [`TokioTimer`]: tokio's clock for the keep-alive.

use alloc::boxed::Box;
use core::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

use super::timer::{KEEP_ALIVE_INTERVAL, Timer};

/// A [`Timer`] on tokio's clock; the default is [`KEEP_ALIVE_INTERVAL`].
///
/// It may be made anywhere. A body that uses it must be polled in a tokio runtime with time enabled.
///
/// ```
/// use futures_util::stream;
/// use sse_wire::{Frame, body::{EventBody, TokioTimer}};
///
/// let frames = stream::pending::<Frame<'_>>();
/// let body = EventBody::new(frames).keep_alive(TokioTimer::default());
/// # let _ = body;
/// assert_eq!(TokioTimer::default().interval().as_secs(), 15);
/// ```
#[derive(Debug)]
pub struct TokioTimer {
    interval: Duration,
    /// `None` until somebody waits: only then does a runtime have to be there. Boxed, once for each body, so that
    /// bodies are `Unpin`, as many frameworks ask.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl TokioTimer {
    /// Returns a timer with this interval.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sse_wire::body::TokioTimer;
    ///
    /// let timer = TokioTimer::new(Duration::from_secs(30));
    /// # let _ = timer;
    /// ```
    pub const fn new(interval: Duration) -> Self {
        Self { interval, sleep: None }
    }

    /// Returns the interval.
    ///
    /// ```
    /// use std::time::Duration;
    /// use sse_wire::body::TokioTimer;
    ///
    /// assert_eq!(TokioTimer::new(Duration::from_secs(30)).interval(), Duration::from_secs(30));
    /// ```
    pub const fn interval(&self) -> Duration {
        self.interval
    }
}

impl Default for TokioTimer {
    fn default() -> Self {
        Self::new(KEEP_ALIVE_INTERVAL)
    }
}

impl Timer for TokioTimer {
    fn restart(mut self: Pin<&mut Self>) {
        let deadline = Instant::now().checked_add(self.interval);
        match (&mut self.sleep, deadline) {
            (Some(sleep), Some(deadline)) => sleep.as_mut().reset(deadline),
            // Only a new `Sleep` can wait for ever.
            (sleep, _) => *sleep = None,
        }
    }

    /// # Panics
    ///
    /// Panics outside a tokio runtime, or if the runtime's time is not enabled.
    fn poll_elapsed(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let interval = self.interval;
        self.sleep.get_or_insert_with(|| Box::pin(sleep(interval))).as_mut().poll(cx)
    }
}
