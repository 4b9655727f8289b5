//! [`Replay`]: the latest events in memory, so that a client which comes back gets what it missed.
//!
//! An ID is `start-number`: when the server was started, and a count from 1. So an ID from before a restart is not
//! taken for one of today. Redis makes IDs of the same form, see [`Id`].

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use sse_wire::{EncodedFrames, Frame};

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
    pub frame: EncodedFrames,
}

/// What a client gets that comes back with an ID.
#[derive(Clone, Debug)]
pub enum History {
    /// All that came after it.
    Exact(Vec<Entry>),
    /// It is not known any more, or never was: all there is.
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
        let mut entries = self.entries();
        let last = entries.back().map_or(0, |entry| entry.id.number);
        let entry = Entry::new(Id { time: self.start, number: last + 1 }, text);
        if entries.len() >= self.limit {
            entries.pop_front();
        }
        entries.push_back(entry.clone());
        publish(entry);
    }

    /// Returns what a client gets that comes back with this ID.
    pub fn since(&self, id: Id) -> History {
        let entries = self.entries();
        match entries.iter().position(|entry| entry.id == id) {
            Some(known) => History::Exact(entries.range(known + 1..).cloned().collect()),
            None => History::Gap(entries.iter().cloned().collect()),
        }
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Returns the event as it is sent.
    pub fn new(id: Id, text: &str) -> Self {
        let id_text = id.to_string();
        let frame = Frame::new().data(text).id(&id_text).expect("digits have no line end").to_encoded();
        Self { id, frame }
    }
}

impl Id {
    /// Returns the ID that this is the text of.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, number) = text.split_once('-')?;
        Some(Self { time: time.parse().ok()?, number: number.parse().ok()? })
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.time, self.number)
    }
}
