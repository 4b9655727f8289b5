//! [`EventId`]: the IDs that a hub makes.

use core::{fmt, str::FromStr};

/// The ID that a hub gives an event, written `start-count`: when the ring was made, in milliseconds since 1970, and how
/// many events it has had, from 1.
///
/// An ID from before a restart has another start, so it is not taken for one of today. Later events of one hub have
/// greater IDs. IDs of Redis Streams have the same form.
///
/// ```
/// use sse_wire::hub::{EventId, Hub};
/// use sse_wire::Frame;
///
/// let hub = Hub::new();
/// let (one, two) = (hub.publish(Frame::new().data("one")), hub.publish(Frame::new().data("two")));
/// assert!(one < two && one.start() == two.start());
/// assert_eq!((one.count(), two.to_string()), (1, format!("{}-2", one.start())));
/// assert_eq!("1795376008419-6".parse(), Ok(EventId::new(1_795_376_008_419, 6)));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EventId {
    start: u64,
    count: u64,
}

impl EventId {
    /// Returns the ID of these two numbers.
    ///
    /// ```
    /// use sse_wire::hub::EventId;
    ///
    /// assert_eq!(EventId::new(1_795_376_008_419, 6).to_string(), "1795376008419-6");
    /// ```
    pub const fn new(start: u64, count: u64) -> Self {
        Self { start, count }
    }

    /// Returns when the ring was made, in milliseconds since 1970.
    ///
    /// ```
    /// use sse_wire::hub::EventId;
    ///
    /// assert_eq!("1795376008419-6".parse().map(EventId::start), Ok(1_795_376_008_419));
    /// ```
    pub const fn start(self) -> u64 {
        self.start
    }

    /// Returns which event of the ring it is, from 1.
    ///
    /// ```
    /// use sse_wire::hub::EventId;
    ///
    /// assert_eq!("1795376008419-6".parse().map(EventId::count), Ok(6));
    /// ```
    pub const fn count(self) -> u64 {
        self.count
    }

    /// Writes the ID, and returns where.
    pub(super) fn write(self, buffer: &mut [u8; Self::MAX_LEN]) -> &[u8] {
        let at = digits(self.count, buffer, Self::MAX_LEN) - 1;
        buffer[at] = b'-';
        let at = digits(self.start, buffer, at);
        &buffer[at..]
    }

    /// Two numbers of at most 20 digits, and what stands between them.
    pub(super) const MAX_LEN: usize = 41;
}

/// Writes the digits of a number before that place, and returns where they start. Under the hub's lock, where the
/// machinery of `fmt` would take most of the time.
fn digits(mut number: u64, buffer: &mut [u8], mut at: usize) -> usize {
    loop {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return at;
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.count)
    }
}

/// Only what [`Display`](fmt::Display) writes: no sign, no zero in front.
impl FromStr for EventId {
    type Err = NotEventId;

    fn from_str(text: &str) -> Result<Self, NotEventId> {
        let (start, count) = text.split_once('-').ok_or(NotEventId)?;
        Ok(Self { start: number(start)?, count: number(count)? })
    }
}

fn number(text: &str) -> Result<u64, NotEventId> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits || (text.len() > 1 && text.starts_with('0')) {
        return Err(NotEventId);
    }
    text.parse().map_err(|_| NotEventId)
}

/// The error for a text that is no [`EventId`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[error("the ID is not two numbers with a hyphen between them")]
pub struct NotEventId;

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for (start, count) in [(0, 0), (1, 1), (1_795_376_008_419, 10), (u64::MAX, u64::MAX), (90, 100)] {
            let id = EventId::new(start, count);
            assert_eq!(id.to_string().as_bytes(), id.write(&mut [0; EventId::MAX_LEN]));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in
            ["", "-", "1", "1-", "-1", "+1-1", "1-+1", "01-1", "1-01", "1-1-1", "1 -1", "1-18446744073709551616"]
        {
            assert_eq!(text.parse::<EventId>(), Err(NotEventId), "{text:?}");
        }
    }
}
