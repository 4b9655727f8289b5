//! [`Ring`]: the latest events, by number and by ID.
//!
//! ```text
//!        before   first                        next
//!           |       |<--- entries --->|          |
//!  gone  ...[6]     [7]  [8]  [9] ... [12]      (13)
//! ```
//!
//! Each event has a number, from 1; those from `first` on are there. The number of an event with an ID of ours stands
//! in that ID; those of the caller's IDs are looked up. The ID of the last event that is gone is kept, because a client
//! that has it has missed nothing.

use alloc::{
    borrow::ToOwned as _,
    collections::VecDeque,
    string::{String, ToString as _},
    vec::Vec,
};
use core::mem;
use std::{collections::HashMap, time::Instant};

use bytes::Bytes;

use super::{
    entry::{Draft, Entry},
    event_id::EventId,
    id_error::IdError,
    replay_options::ReplayOptions,
    since::Entries,
};

/// What a [`Replay`](super::Replay) and a [`Hub`](super::Hub) keep.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    /// The number of the first entry, whether it is there or still to come.
    first: u64,
    /// The ID before that.
    before: String,
    /// From this number on, numbers count events.
    certain: u64,
    /// Whether there was an event, or somebody has been told what comes before the first.
    is_used: bool,
    /// The numbers of the entries with IDs of the caller's. The keys share the memory of the frames.
    index: HashMap<Bytes, u64>,
    bytes: usize,
    start: u64,
    /// Whether an ID of ours has been given.
    gives_ids: bool,
    options: ReplayOptions,
}

impl Ring {
    pub(super) fn new(options: ReplayOptions) -> Self {
        let start = options.start();
        Self {
            entries: VecDeque::new(),
            first: 1,
            // What a client that comes before the first event is told.
            before: EventId::new(start, 0).to_string(),
            certain: 0,
            is_used: false,
            index: HashMap::new(),
            bytes: 0,
            start,
            gives_ids: false,
            options,
        }
    }

    /// Says what comes before the next event: an ID that has been checked. Returns what has gone.
    pub(super) fn start_after(&mut self, id: &str) -> VecDeque<Entry> {
        if id == self.last_id() {
            return VecDeque::new();
        }
        // As long as nobody relies on what comes next, nothing can be missing.
        if self.is_used {
            // The number skipped here stands for all that may be missing, so that the next event is not what anybody
            // expects next.
            self.first = self.next() + 1;
            self.certain = self.first;
        }
        self.is_used = true;
        id.clone_into(&mut self.before);
        self.index = HashMap::new();
        self.bytes = 0;
        mem::take(&mut self.entries)
    }

    /// From here on somebody relies on what comes next being next.
    pub(super) const fn set_used(&mut self) {
        self.is_used = true;
    }

    pub(super) fn insert_with_our_id(&mut self, draft: Draft, now: Option<Instant>) -> EventId {
        self.gives_ids = true;
        let id = EventId::new(self.start, self.next());
        self.insert(draft.with_id(id.write(&mut [0; EventId::MAX_LEN]), now));
        id
    }

    pub(super) fn insert_with_id(&mut self, id: &str, draft: Draft, now: Option<Instant>) -> Result<(), IdError> {
        let looks_like_ours = id.parse().is_ok_and(|id: EventId| id.start() == self.start);
        if looks_like_ours && !self.gives_ids {
            self.change_start();
        } else if looks_like_ours {
            return Err(IdError::Taken);
        }
        if id == self.before || self.index.contains_key(id.as_bytes()) {
            return Err(IdError::Taken);
        }
        let entry = draft.with_id(id.as_bytes(), now);
        self.index.insert(entry.shared_id(), self.next());
        self.insert(entry);
        Ok(())
    }

    /// IDs of Redis have the form of ours, and the time in one may be that when the ring was made. As long as none of ours
    /// has been given, ours can have another time.
    fn change_start(&mut self) {
        let is_before_ours = self.before == EventId::new(self.start, 0).to_string();
        self.start = self.start.wrapping_add(1);
        if is_before_ours {
            self.before = EventId::new(self.start, 0).to_string();
        }
    }

    fn insert(&mut self, entry: Entry) {
        self.is_used = true;
        self.bytes += entry.cost();
        self.entries.push_back(entry);
    }

    /// Takes what is too much or too old, for the caller to drop: a hub does so when it holds no lock any more.
    pub(super) fn evict(&mut self, now: Option<Instant>) -> Vec<Entry> {
        let count = self.count_to_evict(now);
        if count == 0 {
            return Vec::new();
        }
        let evicted: Vec<Entry> = self.entries.drain(..count).collect();
        self.first += count as u64;
        for entry in &evicted {
            self.bytes -= entry.cost();
            if !self.index.is_empty() {
                self.index.remove(entry.id().as_bytes());
            }
        }
        if let Some(last) = evicted.last() {
            last.id().clone_into(&mut self.before);
        }
        self.shrink();
        evicted
    }

    fn count_to_evict(&self, now: Option<Instant>) -> usize {
        let (mut count, mut bytes) = (0, self.bytes);
        for entry in &self.entries {
            let left = self.entries.len() - count;
            let is_latest = left == 1;
            let is_too_much = !is_latest && (left > self.options.max_events() || bytes > self.options.max_bytes());
            if !is_too_much && !self.is_too_old(entry, now) {
                break;
            }
            bytes -= entry.cost();
            count += 1;
        }
        count
    }

    fn is_too_old(&self, entry: &Entry, now: Option<Instant>) -> bool {
        let age = now.zip(entry.time()).map(|(now, then)| now.saturating_duration_since(then));
        age.zip(self.options.max_age()).is_some_and(|(age, max_age)| age > max_age)
    }

    /// After many have gone at once, their memory goes as well.
    fn shrink(&mut self) {
        let length = self.entries.len();
        if self.entries.capacity() > SMALL.max(4 * length) {
            self.entries.shrink_to(2 * length);
        }
        if self.index.capacity() > SMALL.max(4 * self.index.len()) {
            self.index.shrink_to(2 * self.index.len());
        }
    }

    /// Where a client that comes with this ID goes on.
    pub(super) fn position(&self, last_event_id: Option<&str>) -> Position {
        let Some(id) = last_event_id.filter(|id| !id.is_empty()) else { return Position::Fresh };
        if id == self.before {
            return Position::After(self.first);
        }
        if let Some(number) = self.index.get(id.as_bytes()) {
            return Position::After(number + 1);
        }
        let ours = self.our_number(id);
        match ours {
            // The ID that was told while the ring was empty, before its start was said.
            Some(0) if self.first == 1 => Position::After(1),
            // If its number has another ID, or is still to come, it was never given.
            Some(number) if self.entry(number).is_some_and(|entry| entry.id() == id) => Position::After(number + 1),
            _ => Position::Gap { missed: ours.and_then(|number| self.missed(number + 1, self.first)) },
        }
    }

    /// How many events are missing for a client that should get `next` next, but gets `gets`; `None` if that is not
    /// known, or none is missing.
    pub(super) fn missed(&self, next: u64, gets: u64) -> Option<u64> {
        let is_certain = next >= self.certain;
        gets.checked_sub(next).filter(|&count| is_certain && count > 0)
    }

    /// The number of this ID, if it is one that this ring gives.
    fn our_number(&self, id: &str) -> Option<u64> {
        let id: EventId = id.parse().ok()?;
        let is_given = self.gives_ids || id.count() == 0;
        (is_given && id.start() == self.start && id.count() < u64::MAX).then_some(id.count())
    }

    /// The event of this number, if it is there.
    fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// The latest event, after one was inserted: that is never evicted.
    pub(super) fn latest(&self) -> &Entry {
        &self.entries[self.entries.len() - 1]
    }

    /// The entries from this number on, which is there or the next.
    pub(super) fn entries_from(&self, number: u64) -> Entries<'_> {
        let at = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.entries.len());
        Entries::new(self.entries.range(at..))
    }

    /// The ID of the latest event, or of the one before the next.
    pub(super) fn last_id(&self) -> &str {
        self.entries.back().map_or(&self.before, Entry::id)
    }

    /// The ID before the oldest event.
    pub(super) fn id_before(&self) -> &str {
        &self.before
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What the events cost.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) const fn options(&self) -> &ReplayOptions {
        &self.options
    }

    /// The number of the oldest event.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// The number that the next event gets.
    pub(super) fn next(&self) -> u64 {
        self.first + self.entries.len() as u64
    }
}

/// Where a client goes on.
pub(super) enum Position {
    /// With what comes.
    Fresh,
    /// With the event of this number.
    After(u64),
    /// With the oldest, after a gap of that many events, if that is known.
    Gap { missed: Option<u64> },
}

/// Rings of fewer entries keep their memory.
const SMALL: usize = 64;
