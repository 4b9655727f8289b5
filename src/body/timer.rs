//! When a keep-alive is due: [`KEEP_ALIVE_INTERVAL`], on a [`Timer`].

use core::time::Duration;

pub use crate::timer::{FnTimer, NoTimer, Timer};

/// How often a stream with nothing to send should send a comment: every 15 seconds, as the standard advises (9.2.7)
/// because some proxies drop a connection after a short silence.
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
