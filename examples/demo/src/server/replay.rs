//! [`Replay`]: the latest events in memory, so that a client which comes back gets what it missed.
//!
//! An ID is `start-number`: when the server was started, and a count from 1. So an ID from before a restart is not
//! taken for one of today. Redis makes IDs of the same form, see [`Id`].

use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use sse_wire::Frame;

/// The ID of an event in `/feed`. Later events have greater ones.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Id {
    /// In milliseconds since the UNIX epoch.
    pub time: u64,
    /// To tell apart what has the same time.
    pub number: u64,
}

/// An event of `/feed`: encoded once, for all that get it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Id,
    pub frame: Bytes,
}

/// What there was behind an ID.
#[derive(Clone, Debug)]
pub enum History {
    /// All of it.
    Exact(Vec<Entry>),
    /// The ID is not known any more, or never was. These are the oldest events there are.
    Gap(Vec<Entry>),
}

/// The latest events, up to a limit.
#[derive(Debug)]
pub struct Replay {
    entries: Mutex<VecDeque<Entry>>,
    start: u64,
    limit: usize,
}

impl Replay {
    /// Returns an empty one that will keep this many events.
    pub fn new(limit: usize) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        Self { entries: Mutex::default(), start, limit }
    }

    /// Keeps a new event, and hands it to `publish` before there can be a later one.
    pub fn push(&self, text: &str, publish: impl FnOnce(Entry)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let last = entries.back().map_or(0, |entry| entry.id.number);
        let entry = Entry::new(Id { time: self.start, number: last + 1 }, text);
        if entries.len() >= self.limit {
            entries.pop_front();
        }
        entries.push_back(entry.clone());
        publish(entry);
    }

    /// Returns what came after this ID.
    pub fn since(&self, id: Id) -> History {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        History::new(id, entries.range(entries.partition_point(|entry| entry.id < id)..).cloned().collect())
    }
}

impl Entry {
    /// Returns the event as it is sent.
    pub fn new(id: Id, text: &str) -> Self {
        let id_text = id.to_string();
        let frame = Frame::new().data(text);
        // An ID of digits can stand in a frame.
        let frame = frame.id(&id_text).unwrap_or(frame).to_bytes();
        Self { id, frame }
    }
}

impl History {
    /// Returns what these entries, from `id` on, are: if the first one is that of `id`, nothing is missing behind it.
    pub fn new(id: Id, mut entries: Vec<Entry>) -> Self {
        if entries.first().is_some_and(|entry| entry.id == id) {
            entries.remove(0);
            return Self::Exact(entries);
        }
        Self::Gap(entries)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.time, self.number)
    }
}

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (time, number) = text.split_once('-').ok_or(())?;
        let parse = |text: &str| text.parse().map_err(drop);
        Ok(Self { time: parse(time)?, number: parse(number)? })
    }
}
