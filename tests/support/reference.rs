//! Two slow, plain readings of the standard to compare with.
//!
//! [`standard`] is a transcription of 9.2.5 and 9.2.6: the whole stream is decoded to text first, then cut and
//! interpreted character by character. [`decode`] works on bytes, and knows the limit, the UTF-8 policy and the offsets
//! of errors as well.

use std::time::Duration;

use sse_wire::{DecodeError, DecodeOptions, Utf8Policy};

use super::{Event, Out, Outcome, lines::lines};

/// 9.2.5 and 9.2.6, word by word: the events, the last event ID, the reconnection time.
pub fn standard(stream: &[u8]) -> (Vec<Event>, String, Option<Duration>) {
    // "UTF-8 decode": one byte order mark is dropped, each invalid part becomes U+FFFD.
    let text = String::from_utf8_lossy(stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream)).into_owned();
    let (mut events, mut last_event_id, mut reconnection_time) = (Vec::new(), String::new(), None);
    let (mut data, mut event_type, mut id) = (String::new(), String::new(), String::new());
    let mut lines: Vec<&str> = Vec::new();
    let mut rest = text.as_str();
    while let Some(end) = rest.find(['\r', '\n']) {
        lines.push(&rest[..end]);
        rest = &rest[end..];
        rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
    }
    for line in lines {
        if line.is_empty() {
            last_event_id.clone_from(&id);
            if !data.is_empty() {
                data.pop();
                let name = if event_type.is_empty() { "message" } else { &event_type };
                events.push(Event::new(name, &data, &last_event_id));
            }
            data.clear();
            event_type.clear();
            continue;
        }
        let (field, value) = match line.split_once(':') {
            Some((field, value)) => (field, value.strip_prefix(' ').unwrap_or(value)),
            None => (line, ""),
        };
        match field {
            "event" => event_type = value.into(),
            "data" => data = data + value + "\n",
            "id" if !value.contains('\0') => id = value.into(),
            "retry" => reconnection_time = milliseconds(value.as_bytes()).or(reconnection_time),
            _ => {}
        }
    }
    (events, last_event_id, reconnection_time)
}

/// All that a decoder shows, items included, and what `finish` returns.
pub fn decode(stream: &[u8], options: DecodeOptions) -> Outcome {
    let mut model = Model { options, ..Model::default() };
    let (lines, (at, cut_line)) = lines(stream);
    for (offset, line) in lines {
        model.line(line, offset);
    }
    let mut outcome = Outcome {
        last_event_id: model.last_event_id.clone(),
        reconnection_time: model.reconnection_time,
        ..Outcome::default()
    };
    let has_begun = model.has_begun;
    // The cut line is taken for `finish`; all it shows is that it is too long, which needs no line end.
    let mut out = std::mem::take(&mut model.out);
    if !cut_line.is_empty() {
        model.line(cut_line, at);
        out.extend(model.out.drain(..).filter(|shown| matches!(shown, Out::Error(_)) && model.is_value_too_long));
    }
    outcome.is_mid_event = has_begun || cut_line.first().is_some_and(|&first| first != b':');
    outcome.cut = model.dispatch();
    outcome.out = out;
    outcome
}

#[derive(Default)]
struct Model {
    options: DecodeOptions,
    out: Vec<Out>,
    data: Option<String>,
    event_type: String,
    id: Option<String>,
    is_rejected: bool,
    /// Whether a field of any name has come since the last blank line.
    has_begun: bool,
    /// Whether the last value was too long as it stands in the stream.
    is_value_too_long: bool,
    last_event_id: String,
    reconnection_time: Option<Duration>,
}

impl Model {
    fn line(&mut self, line: &[u8], offset: usize) {
        let shows_all = self.options.shows_all_items() && !self.is_rejected;
        if line.is_empty() {
            let event_type = self.event_type.clone();
            match self.dispatch() {
                Some(event) => self.out.push(Out::Event(event)),
                None if shows_all => self.out.push(Out::NoData(event_type, self.last_event_id.clone())),
                None => {}
            }
            return;
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let name = &line[..colon.unwrap_or(line.len())];
        let value = colon.map_or(&b""[..], |colon| &line[colon + 1..]);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let (start, offset) = (offset, offset + line.len() - value.len());
        let is_event_field = matches!(name, b"data" | b"event" | b"id");
        self.has_begun |= !name.is_empty() || colon.is_none();
        match name {
            b"retry" => {
                if let Some(time) = milliseconds(value) {
                    self.reconnection_time = Some(time);
                    self.out.push(Out::ReconnectionTime(time));
                }
            }
            b"" => {
                let text = self.text(value, offset, 0);
                self.show(text, Out::Comment);
            }
            _ if is_event_field && !self.is_rejected => self.event_field(name, value, offset),
            _ if !is_event_field && shows_all => {
                let text = self.text(line, start, 0);
                self.show(text, |line| {
                    let (name, value) = line.split_once(':').unwrap_or((&line, ""));
                    Out::UnknownField(name.into(), value.strip_prefix(' ').unwrap_or(value).into())
                });
            }
            _ => {}
        }
    }

    /// What is only shown takes no event with it.
    fn show(&mut self, text: Result<String, DecodeError>, out: impl FnOnce(String) -> Out) {
        match text {
            Ok(text) => self.out.push(out(text)),
            Err(DecodeError::EventTooLong { .. }) => {}
            Err(error) => self.out.push(Out::CommentError(error)),
        }
    }

    fn event_field(&mut self, name: &[u8], value: &[u8], offset: usize) {
        let lf = usize::from(name == b"data" && self.data.is_some());
        if value.len() + lf <= self.room() && name == b"id" && value.contains(&0) {
            return;
        }
        match self.text(value, offset, lf) {
            Ok(text) => match name {
                b"data" => {
                    self.data = Some(self.data.take().map_or(text.clone(), |data| data + "\n" + &text));
                }
                b"event" => self.event_type = text,
                _ => self.id = Some(text),
            },
            Err(error) => {
                self.out.push(Out::Error(error));
                (self.data, self.id, self.is_rejected) = (None, None, true);
                self.event_type.clear();
            }
        }
    }

    fn dispatch(&mut self) -> Option<Event> {
        let (data, event_type) = (self.data.take(), std::mem::take(&mut self.event_type));
        self.has_begun = false;
        if std::mem::take(&mut self.is_rejected) {
            return None;
        }
        self.last_event_id = self.id.take().unwrap_or(std::mem::take(&mut self.last_event_id));
        let name = if event_type.is_empty() { "message" } else { &event_type };
        data.map(|data| Event::new(name, &data, &self.last_event_id))
    }

    fn room(&self) -> usize {
        let held = self.data.as_ref().map_or(0, String::len);
        self.options.max_event_len() - held - self.event_type.len() - self.id.as_ref().map_or(0, String::len)
    }

    /// The value as text, with `lf` bytes more, if that fits and is allowed.
    fn text(&mut self, value: &[u8], offset: usize, lf: usize) -> Result<String, DecodeError> {
        let limit = self.options.max_event_len();
        let too_long = |at: usize| DecodeError::EventTooLong { offset: (offset + at) as u64, limit };
        self.is_value_too_long = value.len() + lf > self.room() && !value.is_empty();
        let Some(room) = self.room().checked_sub(lf) else { return Err(too_long(0)) };
        if value.len() > room {
            return Err(too_long(room));
        }
        if self.options.utf8_policy() == Utf8Policy::Reject {
            let text = std::str::from_utf8(value);
            let invalid = |error: std::str::Utf8Error| (offset + error.valid_up_to()) as u64;
            return text.map(str::to_owned).map_err(|error| DecodeError::InvalidUtf8 { offset: invalid(error) });
        }
        let (mut text, mut at) = (String::new(), 0);
        for part in value.utf8_chunks() {
            for _ in part.valid().bytes() {
                if text.len() == room {
                    return Err(too_long(at));
                }
                text.push('x'); // Only the length matters here.
                at += 1;
            }
            if !part.invalid().is_empty() {
                text.push('\u{FFFD}');
                if text.len() > room {
                    return Err(too_long(at));
                }
                at += part.invalid().len();
            }
        }
        Ok(String::from_utf8_lossy(value).into_owned())
    }
}

/// Only ASCII digits, at least one; a number that no `u64` holds is ignored.
fn milliseconds(value: &[u8]) -> Option<Duration> {
    let digits = std::str::from_utf8(value).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok().map(Duration::from_millis)
}
