//! How long to wait before the next attempt: what follows from the options, the server's word, and the failures so far.

use core::time::Duration;

use fastrand::Rng;

use super::{options::ReconnectOptions, resume::Resume};

impl ReconnectOptions {
    /// Returns how long to wait after this many failures in a row, given what the server said.
    pub(super) fn delay(&self, resume: Resume<'_>, failures: u32, rng: &mut Rng) -> Duration {
        let allowed = |told: Duration| told.min(self.max_reconnection_time());
        let time = resume.reconnection_time().map_or(self.reconnection_time(), allowed).max(self.min_delay());
        let put_off = resume.retry_after().map_or(Duration::ZERO, allowed);
        let delay = time.max(self.backoff(time, failures)).max(put_off);
        delay.saturating_add(self.jitter(delay, rng))
    }

    fn backoff(&self, time: Duration, failures: u32) -> Duration {
        let Some(times) = failures.checked_sub(1) else { return Duration::ZERO };
        let doubled = 1_u32.checked_shl(times).unwrap_or(u32::MAX);
        time.max(FIRST_BACKOFF).saturating_mul(doubled).min(self.max_backoff())
    }

    fn jitter(&self, delay: Duration, rng: &mut Rng) -> Duration {
        // In whole numbers: the product of two floats may be more than it should be, or more than a duration holds.
        let most = delay.as_nanos() * u128::from(self.jitter_percent()) / 100;
        let nanos = rng.u128(0..=most);
        let seconds = u64::try_from(nanos / NANOS).unwrap_or(u64::MAX);
        let rest = u32::try_from(nanos % NANOS).unwrap_or_default();
        Duration::new(seconds, rest)
    }
}

/// The shortest backoff, for whoever lowers the least delay: twice nothing would stay nothing.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);

const NANOS: u128 = 1_000_000_000;
