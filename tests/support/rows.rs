//! Tables: what a row says of one stream, and the check of all rows of a table.

use std::{
    panic::{self, RefUnwindSafe},
    time::Duration,
};

use sse_wire::{DecodeError, DecodeOptions};

use super::{Event, Out, check, check_among_lines};

/// The type of an event that names none.
pub const M: &str = "message";

/// Type, data, last event ID.
pub type Parts = (&'static str, &'static str, &'static str);

pub fn event((event_type, data, last_event_id): (&str, &str, &str)) -> Event {
    Event::new(event_type, data, last_event_id)
}

/// What can be shown of a stream, in a form that a table can hold.
#[derive(Clone, Copy)]
pub enum Shown {
    /// Type, data, last event ID.
    Event(&'static str, &'static str, &'static str),
    Comment(&'static str),
    Time(u64),
    /// The offset of the byte that passes the limit.
    TooLong(u64),
    /// The offset of the first byte that is not UTF-8.
    Invalid(u64),
    /// An offset as in `Invalid`, of an error that leaves the event alone.
    InvalidComment(u64),
}

impl Shown {
    pub fn out(self, limit: usize) -> Out {
        match self {
            Self::Event(event_type, data, last_event_id) => Out::Event(Event::new(event_type, data, last_event_id)),
            Self::Comment(text) => Out::Comment(text.into()),
            Self::Time(milliseconds) => Out::ReconnectionTime(Duration::from_millis(milliseconds)),
            Self::TooLong(offset) => Out::Error(DecodeError::EventTooLong { offset, limit }),
            Self::Invalid(offset) => Out::Error(DecodeError::InvalidUtf8 { offset }),
            Self::InvalidComment(offset) => Out::CommentError(DecodeError::InvalidUtf8 { offset }),
        }
    }
}

/// How much a row says of what comes out of its stream.
#[derive(Clone, Copy)]
pub enum Expected {
    /// The events. There are no errors; other items are left to the reference model.
    Events(&'static [Parts]),
    /// Everything, in order. No event is cut off at the end.
    All(&'static [Shown]),
}

/// A stream and what it means.
#[derive(Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    pub options: DecodeOptions,
    pub stream: &'static [u8],
    pub expected: Expected,
    pub last_event_id: &'static str,
    pub reconnection_time: Option<u64>,
}

/// A row for the default options, whose stream leaves neither a last event ID nor a reconnection time.
pub const fn row(name: &'static str, stream: &'static [u8], events: &'static [Parts]) -> Row {
    let (options, expected) = (DecodeOptions::new(), Expected::Events(events));
    Row { name, options, stream, expected, last_event_id: "", reconnection_time: None }
}

/// A row that says everything that is shown, reconnection times included.
pub const fn shown(options: DecodeOptions, name: &'static str, stream: &'static [u8], all: &'static [Shown]) -> Row {
    Row { name, options, stream, expected: Expected::All(all), last_event_id: "", reconnection_time: None }
}

impl Row {
    pub const fn id(mut self, id: &'static str) -> Self {
        self.last_event_id = id;
        self
    }

    pub const fn retry(mut self, milliseconds: u64) -> Self {
        self.reconnection_time = Some(milliseconds);
        self
    }
}

/// A row of any table.
pub trait Check: RefUnwindSafe {
    /// What to call the row when it does not hold.
    fn name(&self) -> String;

    /// Panics if the row does not hold.
    fn check(&self);
}

impl Check for Row {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn check(&self) {
        let outcome = check(self.options, self.stream);
        check_among_lines(self.options, self.stream);
        assert_eq!(outcome.last_event_id, self.last_event_id);
        let mut time = self.reconnection_time;
        match self.expected {
            Expected::Events(events) => {
                assert_eq!(outcome.events(), events.iter().map(|&parts| event(parts)).collect::<Vec<_>>());
                assert!(!outcome.out.iter().any(|out| matches!(out, Out::Error(_) | Out::CommentError(_))));
            }
            Expected::All(all) => {
                let limit = self.options.max_event_len();
                assert_eq!(outcome.out, all.iter().map(|shown| shown.out(limit)).collect::<Vec<_>>());
                assert_eq!(outcome.cut, None);
                time =
                    all.iter().rev().find_map(|shown| if let Shown::Time(time) = *shown { Some(time) } else { None });
            }
        }
        assert_eq!(outcome.reconnection_time, time.map(Duration::from_millis));
    }
}

/// Checks all rows before it fails, so that one failure does not hide the next.
pub fn check_rows(rows: &[impl Check]) {
    let failed = rows.iter().filter(|row| panic::catch_unwind(|| row.check()).is_err());
    let failed: Vec<String> = failed.map(Check::name).collect();
    assert!(failed.is_empty(), "these rows do not hold: {failed:#?}");
}
