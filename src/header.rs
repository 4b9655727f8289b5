//! The few headers that an event stream travels with: names, values and checks, for any HTTP library.
//!
//! The checks take header values as bytes, as HTTP libraries hand them out (`as_bytes`).

mod content_type;

use core::{error::Error, fmt};

pub use self::content_type::is_event_stream;

/// The media type of event streams (9.2.5), to be sent as `Content-Type`, and by a client as `Accept`.
pub const MEDIA_TYPE: &str = "text/event-stream";

/// The request header with the ID to go on from; [`last_event_id_value`] gives its value.
pub const LAST_EVENT_ID: &str = "last-event-id";

/// The headers of a response that is an event stream, in lower case, as HTTP/2 has them. Each value but the first asks
/// somebody on the way not to hold events back:
///
/// * `cache-control: no-store`: a stream that never ends is not worth storing. `no-cache` would still allow a cache to
///   collect it, and only to ask before using it. The standard's own client does not store it either.
/// * `cache-control: no-transform`: no intermediary may change the body (RFC 9111, 5.2.2.6), so none may compress it. A
///   compressor that does not flush after each event holds them back until it has a block full, or until the end. nginx
///   compresses all the same, but flushes; middleware such as Express's `compression` does what this says.
/// * `incremental: ?1`: intermediaries are to pass on each part of the body as it comes (RFC 10036).
/// * `x-accel-buffering: no`: the same for nginx, which does not know the standard's header, and for those that follow
///   it.
///
/// An intermediary that knows `incremental` and will not do as it says must not buffer instead: it refuses, as a rule
/// with a 503 whose `Proxy-Status` says `incremental_refused`. That is an answer in place of a client that waits for
/// ever, and it is not the server's doing: look for the limit in the proxy. To the standard's client, a 503 is the end;
/// one that is to outlast such limits has to take it for a reason to try again later. If some intermediary is known to
/// refuse, and buffering would be better than nothing, leave this header out.
///
/// ```
/// use sse_wire::header::RESPONSE_HEADERS;
///
/// let head: String = RESPONSE_HEADERS.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
/// assert!(head.starts_with("content-type: text/event-stream\r\n"));
/// ```
pub const RESPONSE_HEADERS: &[(&str, &str)] = &[
    ("content-type", MEDIA_TYPE),
    ("cache-control", "no-store, no-transform"),
    ("incremental", "?1"),
    ("x-accel-buffering", "no"),
];

/// Returns the value to send as `Last-Event-ID` for this ID, which is its UTF-8 bytes (9.2.3); `None` if there is
/// nothing to send, because the ID is empty.
///
/// # Errors
///
/// [`UnsendableId`] if the ID would not arrive as it is: HTTP has no way to send control characters, and whitespace at
/// either end gets lost (RFC 9110, 5.5). Or if it has more than 8,000 bytes: servers answer a header that is too large
/// with 4xx, today and each time after, which stops a client for good. Such an ID is legal in a stream; the client has
/// to go on without it.
///
/// # Complexity
///
/// One pass over the ID.
///
/// ```
/// use sse_wire::header::last_event_id_value;
///
/// assert_eq!(last_event_id_value("42")?, Some(&b"42"[..]));
/// assert_eq!(last_event_id_value("")?, None);
/// assert!(last_event_id_value("4\x01").is_err());
/// assert!(last_event_id_value(&"4".repeat(8_001)).is_err());
/// # Ok::<(), sse_wire::header::UnsendableId>(())
/// ```
pub fn last_event_id_value(id: &str) -> Result<Option<&[u8]>, UnsendableId> {
    let bytes = id.as_bytes();
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let last = bytes.len().saturating_sub(1);
    let unfit = bytes.iter().enumerate().find(|&(at, byte)| {
        let is_at_end = at == 0 || at == last;
        (byte.is_ascii_control() && *byte != b'\t') || (is_at_end && is_space(byte))
    });
    match unfit {
        Some((index, _)) => Err(UnsendableId { index, reason: UnsendableReason::Byte }),
        None if bytes.len() > MAX_ID_LEN => Err(UnsendableId { index: MAX_ID_LEN, reason: UnsendableReason::Length }),
        None => Ok((!bytes.is_empty()).then_some(bytes)),
    }
}

/// The error for an ID that cannot be sent as `Last-Event-ID`, with the reason: see [`last_event_id_value`].
///
/// ```
/// use sse_wire::header::{UnsendableReason, last_event_id_value};
///
/// let error = last_event_id_value("a\nb").unwrap_err();
/// assert_eq!((error.reason(), error.index()), (UnsendableReason::Byte, 1));
/// let error = last_event_id_value(&"4".repeat(10_000)).unwrap_err();
/// assert_eq!((error.reason(), error.index()), (UnsendableReason::Length, 8_000));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct UnsendableId {
    index: usize,
    reason: UnsendableReason,
}

impl UnsendableId {
    /// Returns the index of the first byte in the ID that cannot be sent.
    ///
    /// ```
    /// use sse_wire::header::last_event_id_value;
    ///
    /// assert_eq!(last_event_id_value("ab\r").unwrap_err().index(), 2);
    /// ```
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Returns what keeps the ID from being sent.
    ///
    /// ```
    /// use sse_wire::header::{UnsendableReason, last_event_id_value};
    ///
    /// assert_eq!(last_event_id_value("ab ").unwrap_err().reason(), UnsendableReason::Byte);
    /// ```
    pub const fn reason(&self) -> UnsendableReason {
        self.reason
    }
}

impl fmt::Display for UnsendableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the last event ID cannot be sent in a header because ")?;
        match self.reason {
            UnsendableReason::Byte => write!(f, "of the byte at index {}", self.index),
            UnsendableReason::Length => write!(f, "it has more than {MAX_ID_LEN} bytes"),
        }
    }
}

impl Error for UnsendableId {}

/// What keeps an ID from being sent in a header.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum UnsendableReason {
    /// A byte that HTTP cannot carry: a control character, or whitespace at an end.
    Byte,
    /// It is longer than servers take.
    Length,
}

/// The most that is sent as an ID, in bytes. Apache takes a header line of 8,190 bytes (`LimitRequestFieldSize`), nginx
/// one of 8 KiB (`large_client_header_buffers`), with the name and, for nginx, the line end; `last-event-id: ` has 15
/// bytes. The rest is left for what a proxy may add.
pub(crate) const MAX_ID_LEN: usize = 8_000;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{UnsendableReason, last_event_id_value};

    #[test]
    fn an_id_is_sent_only_if_it_arrives_as_it_is() {
        for good in ["1", "a b", "a\tb", "글", "é", "\u{85}", "~"] {
            assert_eq!(last_event_id_value(good), Ok(Some(good.as_bytes())), "{good:?}");
        }
        for (bad, index) in [
            (" 1", 0),
            ("1 ", 1),
            ("\t", 0),
            ("1\t", 1),
            ("a\nb", 1),
            ("ab\r", 2),
            ("\0", 0),
            ("a\x7f", 1),
            ("a\x1fb", 1),
        ] {
            let error = last_event_id_value(bad).expect_err(bad);
            assert_eq!((error.index(), error.reason()), (index, UnsendableReason::Byte), "{bad:?}");
        }
    }

    #[test]
    fn an_id_is_sent_only_if_servers_take_a_header_of_that_length() {
        for (length, is_sent) in [(7_999, true), (8_000, true), (8_001, false), (20_000, false)] {
            let id = "é".repeat(length / 2) + &"1".repeat(length % 2);
            match last_event_id_value(&id) {
                Ok(value) => assert!(is_sent && value == Some(id.as_bytes()), "{length}"),
                Err(error) => {
                    assert_eq!((is_sent, error.index(), error.reason()), (false, 8_000, UnsendableReason::Length));
                    let text = "the last event ID cannot be sent in a header because it has more than 8000 bytes";
                    assert_eq!(error.to_string(), text);
                }
            }
        }
        // A byte that no header carries comes first, wherever it is.
        let error = last_event_id_value(&("1".repeat(9_000) + "\n")).expect_err("a line end");
        assert_eq!((error.index(), error.reason()), (9_000, UnsendableReason::Byte));
        let text = "the last event ID cannot be sent in a header because of the byte at index 9000";
        assert_eq!(error.to_string(), text);
    }
}
