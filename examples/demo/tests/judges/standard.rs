//! The standard, 9.2.5 and 9.2.6, word by word; and, where asked, with the slips that the judges are known to make.

/// Event type, data, last event ID.
pub type Event = (String, String, String);

/// Where a judge is not as the standard says.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Slip {
    /// Chromium: a line end right behind a byte order mark is taken for a character of the next line.
    LineEndBehindBom,
    /// undici: `event` without a value leaves the event type as it is.
    EmptyTypeIgnored,
    /// eventsource-parser: a CR that ends a chunk ends no line until some later chunk has a line end.
    CrOfChunkWaits,
    /// eventsource-parser: the ID of an event without data is not told.
    IdWithoutDataLost,
}

/// Returns the events of a stream.
pub fn events(chunks: &[Vec<u8>], slips: &[Slip]) -> Vec<Event> {
    let has = |slip| slips.contains(&slip);
    let bom = b"\xEF\xBB\xBF";
    let mut stream = &chunks.concat()[..];
    if has(Slip::CrOfChunkWaits) && is_last_line_end_a_cr_that_waits(chunks) {
        // What is behind it is no whole line.
        let cr = stream.iter().rposition(|&byte| byte == b'\r').unwrap_or_default();
        stream = &stream[..cr];
    }
    let (stream, has_bom) = stream.strip_prefix(bom).map_or((stream, false), |rest| (rest, true));
    let mut text = String::from_utf8_lossy(stream).into_owned();
    if has(Slip::LineEndBehindBom) && has_bom && text.starts_with(['\r', '\n']) {
        // Any character will do that makes no field name.
        text.replace_range(..1, "?");
    }
    let mut events = Vec::new();
    let (mut data, mut event_type) = (String::new(), String::new());
    let (mut id, mut last_event_id) = (String::new(), String::new());
    for line in lines(&text) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            _ if line.is_empty() => {
                if !data.is_empty() || !has(Slip::IdWithoutDataLost) {
                    last_event_id.clone_from(&id);
                }
                let name = std::mem::take(&mut event_type);
                let name = if name.is_empty() { "message".to_owned() } else { name };
                if !data.is_empty() {
                    data.pop();
                    events.push((name, std::mem::take(&mut data), last_event_id.clone()));
                }
                id.clone_from(&last_event_id);
            }
            "event" if value.is_empty() && has(Slip::EmptyTypeIgnored) => {}
            "event" => event_type = value.to_owned(),
            "data" => data += &format!("{value}\n"),
            "id" if !value.contains('\0') => id = value.to_owned(),
            _ => {}
        }
    }
    events
}

/// Whether the last line end of all is a CR behind which the chunk has no whole character.
fn is_last_line_end_a_cr_that_waits(chunks: &[Vec<u8>]) -> bool {
    let is_end = |byte: &u8| b"\r\n".contains(byte);
    let Some(chunk) = chunks.iter().rfind(|chunk| chunk.iter().any(is_end)) else { return false };
    let Some(end) = chunk.iter().rposition(is_end) else { return false };
    let is_cut =
        |rest| str::from_utf8(rest).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none());
    let rest = &chunk[end + 1..];
    chunk[end] == b'\r' && (rest.is_empty() || is_cut(rest))
}

/// The lines that have an end.
fn lines(text: &str) -> Vec<&str> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while let Some(end) = rest.find(['\r', '\n']) {
        lines.push(&rest[..end]);
        rest = rest[end..].strip_prefix("\r\n").unwrap_or(&rest[end + 1..]);
    }
    lines
}
