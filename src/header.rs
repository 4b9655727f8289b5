//! The few headers that an event stream travels with: names, values and checks, for any HTTP library.
//!
//! The checks take header values as bytes, as HTTP libraries hand them out (`as_bytes`).

mod content_type;

pub use self::content_type::is_event_stream;

/// The media type of event streams (9.2.5), to be sent as `Content-Type`, and by a client as `Accept`.
pub const MEDIA_TYPE: &str = "text/event-stream";

/// The request header with the ID to go on from; [`last_event_id_value`] gives its value.
pub const LAST_EVENT_ID: &str = "last-event-id";

/// The headers of a response that is an event stream, in lower case, as HTTP/2 has them.
///
/// * `cache-control: no-store`: a stream that never ends is not worth storing. `no-cache` would still allow a cache to
///   collect it, and only to ask before using it. The standard's own client does not store it either.
/// * `x-accel-buffering: no`: makes nginx, and other proxies that follow it, pass each event on at once.
///
/// ```
/// use sse_wire::header::RESPONSE_HEADERS;
///
/// let head: String = RESPONSE_HEADERS.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
/// assert!(head.starts_with("content-type: text/event-stream\r\n"));
/// ```
pub const RESPONSE_HEADERS: [(&str, &str); 3] =
    [("content-type", MEDIA_TYPE), ("cache-control", "no-store"), ("x-accel-buffering", "no")];

/// Returns the value to send as `Last-Event-ID` for this ID, which is its UTF-8 bytes (9.2.3); `None` if there is
/// nothing to send, because the ID is empty.
///
/// # Errors
///
/// [`UnsendableId`] if the ID would not arrive as it is: HTTP has no way to send control characters, and whitespace at
/// either end gets lost (RFC 9110, 5.5). Such an ID is legal in a stream; the client has to go on without it.
///
/// ```
/// use sse_wire::header::last_event_id_value;
///
/// assert_eq!(last_event_id_value("42")?, Some(&b"42"[..]));
/// assert_eq!(last_event_id_value("")?, None);
/// assert!(last_event_id_value("4\x01").is_err());
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
        Some((index, _)) => Err(UnsendableId { index }),
        None => Ok((!bytes.is_empty()).then_some(bytes)),
    }
}

/// Why an ID cannot be sent as `Last-Event-ID`: see [`last_event_id_value`].
#[derive(Clone, Copy, Debug, Eq, thiserror::Error, Hash, PartialEq)]
#[error("the last event ID cannot be sent in a header because of the byte at index {index}")]
pub struct UnsendableId {
    index: usize,
}

impl UnsendableId {
    /// Returns the index of the first byte in the ID that cannot be sent.
    pub const fn index(&self) -> usize {
        self.index
    }
}

#[cfg(test)]
mod tests {
    use super::last_event_id_value;

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
            assert_eq!(last_event_id_value(bad).map_err(|error| error.index()), Err(index), "{bad:?}");
        }
    }
}
