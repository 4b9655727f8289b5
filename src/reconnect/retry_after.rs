//! [`retry_after`]: how long a server asks to wait, from the header of that name.

use core::{str, time::Duration};
use std::time::SystemTime;

/// Returns how long to wait according to a `Retry-After` header with this value (RFC 9110, 10.2.3), for
/// [`Resume::with_retry_after`](super::Resume::with_retry_after); `None` if the value has neither of its forms.
///
/// The forms are a number of seconds, and a date in any of the three formats of HTTP, for which it takes `now`: the
/// caller's clock, as this crate has none. A date that has passed is no wait. A number above 2<sup>64</sup>-1 counts as
/// that. On `wasm32-unknown-unknown`, where `SystemTime::now` panics, count from `UNIX_EPOCH` with the host's clock.
///
/// # Complexity
///
/// Linear in the length of the value.
///
/// ```
/// use sse_wire::reconnect::retry_after;
/// use std::time::{Duration, SystemTime};
///
/// assert_eq!(retry_after(b"120", SystemTime::now()), Some(Duration::from_secs(120)));
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
/// assert_eq!(retry_after(b"Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(7)));
/// assert_eq!(retry_after(b"soon", now), None);
/// ```
pub fn retry_after(value: &[u8], now: SystemTime) -> Option<Duration> {
    let value = str::from_utf8(value.trim_ascii()).ok()?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that cannot be parsed are too many.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}
