//! [`Alarm`]: a wait for a time, if there is one, on the caller's clock.

use alloc::boxed::Box;
use core::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use crate::timer::Sleep;

/// Rings when its time is over: never, if it has none.
pub(super) struct Alarm<F> {
    time: Option<Duration>,
    is_running: bool,
    /// Kept when the alarm is restarted, so that its memory is used again.
    sleep: Option<Pin<Box<F>>>,
}

impl<F: Future> Alarm<F> {
    /// Returns an alarm whose time begins when somebody first waits.
    pub(super) const fn new(time: Option<Duration>) -> Self {
        Self { time, is_running: false, sleep: None }
    }

    /// Returns an alarm whose time begins now.
    pub(super) fn started(time: Duration, clock: &mut impl Sleep<Future = F>) -> Self {
        Self { time: Some(time), is_running: true, sleep: Some(Box::pin(clock.sleep(time))) }
    }

    /// Lets the time begin anew when somebody next waits.
    pub(super) const fn restart(&mut self) {
        self.is_running = false;
    }

    /// Is ready when the time is over, and returns how long it was.
    pub(super) fn poll(&mut self, clock: &mut impl Sleep<Future = F>, cx: &mut Context<'_>) -> Poll<Duration> {
        let Some(time) = self.time else { return Poll::Pending };
        if !self.is_running {
            let sleep = clock.sleep(time);
            match &mut self.sleep {
                Some(before) => before.as_mut().set(sleep),
                None => self.sleep = Some(Box::pin(sleep)),
            }
            self.is_running = true;
        }
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().poll(cx).map(|_| time),
            None => Poll::Pending,
        }
    }
}

impl<F> Alarm<F> {
    /// Returns the alarm with its future boxed in another way.
    pub(super) fn map<G>(self, map: impl FnOnce(Pin<Box<F>>) -> Pin<Box<G>>) -> Alarm<G> {
        Alarm { time: self.time, is_running: self.is_running, sleep: self.sleep.map(map) }
    }
}
