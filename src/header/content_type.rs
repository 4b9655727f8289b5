//! [`is_event_stream`]: the judgement of a `Content-Type`, as browsers come to it.
//!
//! ```text
//! text/html;a="b,c" , invalid, text/event-stream;x   the values of all lines, joined by commas
//! |<-- a value --->| |<--->|  |<--------------->|    split at commas that no quotes protect
//! |<----->|                   |<------------->|      the essences of those that are valid; the last one counts
//! ```

use alloc::vec::Vec;

use super::MEDIA_TYPE;

/// Returns whether the `Content-Type` with these values is that of an event stream: all values that the header has in
/// one response, in order, whatever gives their bytes.
///
/// This is the Fetch standard's "extract a MIME type", by which browsers judge. Several values, in lines of their own
/// or with commas between them, come from proxies and frameworks that add to a header where they mean to replace it.
/// The last value that is a valid media type counts; `*/*` does not, and a comma in quotes does not separate. Letter
/// case and parameters change nothing, not even a charset: event streams are UTF-8 (9.2.3, 9.2.6).
///
/// # Complexity
///
/// One pass over the values.
///
/// ```
/// use sse_wire::header::is_event_stream;
///
/// assert!(is_event_stream(["Text/Event-Stream; charset=utf-8"]));
/// assert!(is_event_stream(["text/html, text/event-stream"]));
/// assert!(!is_event_stream(["text/event-stream", "text/html"]));
/// assert!(!is_event_stream(["application/json"]));
/// assert!(!is_event_stream([""; 0]));
/// ```
///
/// All values of a header map of the crate `http`:
///
/// ```
/// # #[cfg(feature = "http-body")] {
/// use sse_wire::header::is_event_stream;
///
/// let mut headers = http::HeaderMap::new();
/// assert!(!is_event_stream(headers.get_all("content-type")));
/// headers.insert("content-type", http::HeaderValue::from_static("text/event-stream"));
/// assert!(is_event_stream(headers.get_all("content-type")));
/// # }
/// ```
pub fn is_event_stream<I>(values: I) -> bool
where
    I: IntoIterator,
    I::Item: AsRef<[u8]>,
{
    let mut joined = Vec::new();
    for value in values {
        joined.extend_from_slice(value.as_ref());
        // A quotation may begin in one line and end in the next: to the standard the lines are one value.
        joined.extend_from_slice(b", ");
    }
    let mut rest = &joined[..];
    let mut last = None;
    while !rest.is_empty() {
        let (value, after) = rest.split_at(value_len(rest));
        last = essence(value).filter(|essence| essence != b"*/*").or(last);
        rest = after.get(1..).unwrap_or_default();
    }
    last.is_some_and(|essence| essence.eq_ignore_ascii_case(MEDIA_TYPE.as_bytes()))
}

/// The length of the first value: up to a comma outside quotes (Fetch, "get, decode, and split").
fn value_len(list: &[u8]) -> usize {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = list.iter().position(|&byte| {
        if is_escaped {
            is_escaped = false;
        } else {
            is_quoted ^= byte == b'"';
            is_escaped = is_quoted && byte == b'\\';
        }
        byte == b',' && !is_quoted
    });
    end.unwrap_or(list.len())
}

/// The type and subtype of a value, if it is a media type (MIME Sniffing, 4.4); no parameter makes it invalid.
fn essence(value: &[u8]) -> Option<&[u8]> {
    let before_parameters = value.split(|&byte| byte == b';').next()?;
    // The form feed, which `trim_ascii` takes off, is no HTTP whitespace.
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = before_parameters.iter().position(|byte| !is_space(byte))?;
    let end = before_parameters.iter().rposition(|byte| !is_space(byte))? + 1;
    let essence = &before_parameters[start..end];
    let mut names = essence.splitn(2, |&byte| byte == b'/');
    let are_tokens = is_token(names.next()?) && is_token(names.next()?);
    are_tokens.then_some(essence)
}

/// Whether these are one or more HTTP token code points (MIME Sniffing, 3; RFC 9110, 5.6.2).
fn is_token(name: &[u8]) -> bool {
    let is_in_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(is_in_token)
}

#[cfg(test)]
mod tests {
    use super::is_event_stream;

    /// The lines of the header, and whether they make an event stream. Chromium 156, asked through an `EventSource`,
    /// says the same of each.
    const AS_CHROMIUM: [(&[&str], bool); 51] = [
        (&["text/event-stream"], true),
        (&["Text/Event-Stream; charset=utf-8"], true),
        (&["text/event-stream; charset=\"utf-8\""], true),
        (&["text/event-stream;charset=utf-8;charset=latin1"], true),
        (&["text/event-stream;"], true),
        (&["text/event-stream ;x"], true),
        (&["text/event-stream\t"], true),
        (&["text/event-streaming"], false),
        (&["text/event-stream/x"], false),
        (&["text /event-stream"], false),
        (&["text/ event-stream"], false),
        (&["text/html; text/event-stream"], false),
        (&["\"text/event-stream\""], false),
        (&["\x0Ctext/event-stream"], false),
        (&["text/event-stream\x0C"], false),
        (&["invalid"], false),
        (&["*/*"], false),
        (&[";"], false),
        (&[""], false),
        (&[], false),
        // The last one counts.
        (&["text/event-stream,text/html"], false),
        (&["text/event-stream, text/html;x=y"], false),
        (&["text/event-stream", "text/html"], false),
        (&["text/event-stream", "", "text/html"], false),
        (&["text/html,text/event-stream"], true),
        (&["text/plain, text/event-stream;x"], true),
        (&["text/html", "text/event-stream"], true),
        // If it is valid.
        (&["text/event-stream, invalid"], true),
        (&["text/event-stream, text"], true),
        (&["text/event-stream", "invalid"], true),
        (&["text/event-stream", ""], true),
        (&["text/event-stream,"], true),
        (&["text/event-stream, */*"], true),
        (&["invalid", "text/event-stream"], true),
        (&[",text/event-stream"], true),
        (&["*/*, text/event-stream"], true),
        // Quotes protect commas, and backslashes protect quotes.
        (&["text/event-stream;a=\"b,c\""], true),
        (&["text/event-stream;\"a,text/html\""], true),
        (&["text/event-stream;a=b;,;"], true),
        (&["a=\"b,\", text/event-stream"], true),
        (&["text/html;a=\"b,text/event-stream"], false),
        (&["text/html;a=\"b,text/event-stream\""], false),
        (&["text/html;a=\",text/event-stream;\""], false),
        (&["text/html;\"a,text/event-stream\""], false),
        (&["text/event-stream\"a,text/html\""], false),
        (&["text/event-stream,text/html;a=\"b\\\",text/event-stream"], false),
        (&["text/html;a=\"b\\\\\",text/event-stream"], true),
        (&["text/html;a=\"b\\\",\",text/event-stream"], true),
        (&["text/html;a=b\\\",text/event-stream"], false),
        // A quotation may go on in the next line.
        (&["text/html;a=\"b", "text/event-stream"], false),
        (&["text/html;a=\"b", "\", text/event-stream"], true),
    ];

    /// Where Chromium goes its own way, and this does what the standard says.
    const UNLIKE_CHROMIUM: [(&[&str], bool); 5] = [
        // It refuses a charset that is not UTF-8, although the stream is decoded as UTF-8 all the same.
        (&["TEXT/EVENT-STREAM;charset=x"], true),
        (&["text/event-stream; charset=utf-16"], true),
        // It stops at the space, and sees a slash where it does not ask what stands beside it.
        (&["text/event-stream x"], false),
        (&["text/event-stream, text/"], true),
        (&["text/event-stream, /html"], true),
    ];

    #[test]
    fn the_media_type_is_extracted_as_the_fetch_standard_says() {
        for (values, expected) in AS_CHROMIUM.into_iter().chain(UNLIKE_CHROMIUM) {
            assert_eq!(is_event_stream(values), expected, "{values:?}");
        }
    }

    #[test]
    fn http_whitespace_is_space_tab_and_line_ends() {
        for byte in 0..=u8::MAX {
            let is_space = b" \t\r\n".contains(&byte);
            for value in [[&[byte], &b"text/event-stream"[..]].concat(), [&b"text/event-stream"[..], &[byte]].concat()]
            {
                // A comma gives an empty value, a semicolon after it empty parameters.
                let is_end = byte == b',' || (byte == b';' && value[0] == b't');
                assert_eq!(is_event_stream([&value]), is_space || is_end, "{value:?}");
            }
        }
    }
}
