//! What frames are made of, and the slow, plain version of what they write and what they mean.

use std::{fmt::Write as _, time::Duration};

use sse_wire::Frame;

use super::{Event, Out, Outcome};

/// The fields of a frame. Types and IDs have no line breaks, and IDs no NUL.
#[derive(Clone, Debug)]
pub struct Fields {
    pub comment: Option<String>,
    pub event_type: Option<String>,
    pub id: Option<String>,
    pub retry: Option<Duration>,
    pub data: Option<String>,
}

impl Fields {
    pub fn frame(&self) -> Frame<'_> {
        let mut frame = Frame::new();
        if let Some(text) = &self.comment {
            frame = frame.comment(text);
        }
        if let Some(event_type) = &self.event_type {
            frame = frame.event_type(event_type).expect("a type without line breaks");
        }
        if let Some(id) = &self.id {
            frame = frame.id(id).expect("an ID without line breaks");
        }
        if let Some(time) = self.retry {
            frame = frame.retry(time);
        }
        if let Some(data) = &self.data {
            frame = frame.data(data);
        }
        frame
    }

    /// What the frame writes.
    pub fn bytes(&self) -> String {
        let mut bytes = String::new();
        let milliseconds = self.retry.map(milliseconds).map(|time| time.to_string());
        let fields = [("", &self.comment), ("event", &self.event_type), ("id", &self.id), ("retry", &milliseconds)];
        for (name, text) in fields.into_iter().chain([("data", &self.data)]) {
            for line in text.iter().flat_map(|text| lines(text)) {
                writeln!(bytes, "{name}: {line}").unwrap();
            }
        }
        bytes + "\n"
    }

    /// Adds what a receiver sees of the frame: one event at most.
    pub fn show(&self, outcome: &mut Outcome) {
        outcome.out.extend(self.comment.iter().flat_map(|text| lines(text)).map(Out::Comment));
        if let Some(time) = self.retry {
            let time = Duration::from_millis(milliseconds(time));
            outcome.reconnection_time = Some(time);
            outcome.out.push(Out::ReconnectionTime(time));
        }
        if let Some(id) = &self.id {
            outcome.last_event_id.clone_from(id);
        }
        if let Some(data) = &self.data {
            let event_type = self.event_type.as_deref().filter(|name| !name.is_empty()).unwrap_or("message");
            let event = Event::new(event_type, &lines(data).join("\n"), &outcome.last_event_id);
            outcome.out.push(Out::Event(event));
        }
    }
}

/// The lines as the receiver sees them: CR, LF and CRLF end one, and what follows the last is one as well.
fn lines(text: &str) -> Vec<String> {
    normalized(text).split('\n').map(str::to_owned).collect()
}

/// The text with LF for each line break.
pub fn normalized(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What can be sent of a time.
fn milliseconds(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}
