//! [`TokioTimer`]: tokio's clock for the keep-alive.

use core::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep};

use super::timer::{KEEP_ALIVE_INTERVAL, Timer};

pin_project! {
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
        // `None` until somebody waits: only then does a runtime have to be there.
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl TokioTimer {
    /// Returns a timer with this interval.
    pub const fn new(interval: Duration) -> Self {
        Self { interval, sleep: None }
    }

    /// Returns the interval.
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
    fn restart(self: Pin<&mut Self>) {
        let mut this = self.project();
        let Some(sleep) = this.sleep.as_mut().as_pin_mut() else { return };
        match Instant::now().checked_add(*this.interval) {
            Some(deadline) => sleep.reset(deadline),
            // Only a new `Sleep` can wait for ever.
            None => this.sleep.set(None),
        }
    }

    /// # Panics
    ///
    /// Panics outside a tokio runtime, or if the runtime's time is not enabled.
    fn poll_elapsed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if this.sleep.is_none() {
            this.sleep.set(Some(sleep(*this.interval)));
        }
        this.sleep.as_pin_mut().map_or(Poll::Pending, |sleep| sleep.poll(cx))
    }
}
