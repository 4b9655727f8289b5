//! [`Shared`]: what a hub and its subscribers have in common, under one lock.
//!
//! While the lock is held, no code runs that is not ours: no waker's (cloning, waking or dropping one may do anything,
//! even poll, publish or drop a subscriber), no filter, no wording, no clock; and nothing is encoded or freed that may
//! be large. So the lock is held for a short time, no panic can poison it, and no thread waits for itself.

use alloc::{
    collections::VecDeque,
    string::{String, ToString as _},
    vec::Vec,
};
use core::{
    fmt,
    panic::AssertUnwindSafe,
    sync::atomic::Ordering::Relaxed,
    task::{Context, Poll, Waker},
};
use std::{
    panic::{catch_unwind, resume_unwind},
    sync::PoisonError,
    thread,
    time::Instant,
};

use super::{
    entry::{Draft, Entry},
    event_id::EventId,
    gap::Loss,
    hub_options::HubOptions,
    id_error::IdError,
    ring::{Position, Ring},
    seats::Seats,
    sync::{AtomicUsize, Mutex, MutexGuard},
};
use crate::frame::EncodedFrames;

/// The ring, who reads it, and how it ends.
pub(super) struct Shared {
    state: Mutex<State>,
    /// The number of the next event, cut to a word: a hint whether a poll will find something.
    next: AtomicUsize,
    pub(super) options: HubOptions,
}

pub(super) struct State {
    pub(super) ring: Ring,
    pub(super) seats: Seats,
    end: Option<End>,
}

/// That the hub was closed.
struct End {
    /// The number of the first event that came too late.
    at: u64,
    /// Empty if there is none.
    last: EncodedFrames,
}

/// What there is for a subscriber.
pub(super) enum Found {
    /// An event; more that were ready are in the batch.
    Entry(Entry),
    /// It has fallen off the ring.
    Loss(Loss),
    /// The hub was closed, and the subscriber has had everything. The last frame; empty if there is none.
    End(EncodedFrames),
}

/// Where a subscriber starts.
pub(super) struct Beginning {
    pub(super) cursor: u64,
    /// The ID of the event before.
    pub(super) id: String,
    pub(super) position: Position,
    /// `None` if the hub is closed.
    pub(super) seat: Option<usize>,
}

impl Shared {
    pub(super) fn new(options: HubOptions) -> Self {
        let ring = Ring::new(*options.replay());
        let next = AtomicUsize::new(hint(ring.next()));
        Self { state: Mutex::new(State { ring, seats: Seats::default(), end: None }), next, options }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held, except for lack of memory.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event with an ID of ours, and wakes those that wait for it.
    pub(super) fn publish(&self, draft: Draft) -> EventId {
        self.insert(|ring, now| ring.insert_with_our_id(draft, now))
    }

    /// Adds an event with an ID of the caller's, and wakes those that wait for it.
    pub(super) fn publish_with_id(&self, id: &str, draft: Draft) -> Result<(), IdError> {
        self.insert(|ring, now| ring.insert_with_id(id, draft, now))
    }

    fn insert<T>(&self, insert: impl FnOnce(&mut Ring, Option<Instant>) -> T) -> T {
        let now = self.options.replay().now();
        let mut state = self.lock();
        let State { ring, seats, .. } = &mut *state;
        let inserted = insert(ring, now);
        let evicted = ring.evict(now);
        let wakers = seats.waiting();
        self.next.store(hint(ring.next()), Relaxed);
        drop(state);
        drop(evicted);
        wake(wakers);
        inserted
    }

    /// Says what comes before the next event; those that wait for another one are told.
    pub(super) fn starts_after(&self, id: &str) {
        let mut state = self.lock();
        let State { ring, seats, .. } = &mut *state;
        let before = ring.next();
        let gone = ring.start_after(id);
        let wakers = if ring.next() == before { Vec::new() } else { seats.waiting() };
        self.next.store(hint(ring.next()), Relaxed);
        drop(state);
        drop(gone);
        wake(wakers);
    }

    /// Lets go of what is too old.
    pub(super) fn evict(&self) {
        let now = self.options.replay().now();
        let evicted = self.lock().ring.evict(now);
        drop(evicted);
    }

    /// Finds where a subscriber that comes with this ID starts, and gives it a seat.
    pub(super) fn begin(&self, last_event_id: Option<&str>) -> Beginning {
        let now = self.options.replay().now();
        let mut state = self.lock();
        let State { ring, seats, end } = &mut *state;
        let evicted = ring.evict(now);
        ring.set_used();
        let position = ring.position(last_event_id);
        let (cursor, id) = match position {
            Position::Fresh => (ring.next(), ring.last_id()),
            Position::After(number) => (number, last_event_id.unwrap_or_default()),
            Position::Gap { .. } => (ring.first(), ring.id_before()),
        };
        let seat = end.is_none().then(|| seats.take(cursor));
        let id = id.to_string();
        drop(state);
        drop(evicted);
        Beginning { cursor, id, position, seat }
    }

    /// Ends all subscribers after what has been published so far; the first call counts.
    pub(super) fn close(&self, last: EncodedFrames) {
        let mut state = self.lock();
        let State { ring, seats, end } = &mut *state;
        let end_here = End { at: ring.next(), last };
        let late = if end.is_none() { end.replace(end_here) } else { Some(end_here) };
        let wakers = seats.waiting();
        drop(state);
        drop(late);
        wake(wakers);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().end.is_some()
    }

    /// Takes what there is for a subscriber, or has it woken.
    pub(super) fn poll(
        &self,
        seat: usize,
        cursor: &mut u64,
        batch: &mut VecDeque<Entry>,
        cx: &Context<'_>,
    ) -> Poll<Found> {
        // Most polls find something, and those that do not can tell beforehand: so a waker is cloned only if it is
        // needed. If the hint is wrong, the second round is right.
        let mut waker = (self.next.load(Relaxed) == hint(*cursor)).then(|| cx.waker().clone());
        loop {
            let mut state = self.lock();
            if let Some(found) = state.take(seat, cursor, batch) {
                drop(state);
                return Poll::Ready(found);
            }
            if let Some(waker) = waker.take() {
                let before = state.seats.wait(seat, waker);
                drop(state);
                drop(before);
                return Poll::Pending;
            }
            drop(state);
            waker = Some(cx.waker().clone());
        }
    }

    /// Takes a subscriber away.
    pub(super) fn leave(&self, seat: usize) {
        let waker = self.lock().seats.leave(seat);
        drop(waker);
    }
}

impl fmt::Debug for Shared {
    /// Without the lock, which whoever prints may hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("next", &self.next).field("options", &self.options).finish_non_exhaustive()
    }
}

impl State {
    /// Takes the next event, and some more into the batch; `None` if there is nothing yet.
    fn take(&mut self, seat: usize, cursor: &mut u64, batch: &mut VecDeque<Entry>) -> Option<Found> {
        let end = self.end.as_ref().map_or(self.ring.next(), |end| end.at);
        if *cursor == end {
            return self.end.as_ref().map(|end| Found::End(end.last.clone()));
        }
        let oldest = self.ring.first().min(end);
        if *cursor < oldest {
            let missed = self.ring.missed(*cursor, oldest);
            *cursor = oldest;
            self.seats.advance(seat, oldest);
            return Some(Found::Loss(Loss { missed, id: self.ring.id_before().to_string() }));
        }
        let most = usize::try_from(end - *cursor).unwrap_or(usize::MAX).min(1 + BATCH);
        let mut entries = self.ring.entries_from(*cursor).take(most);
        let first = entries.next()?.clone();
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            bytes += entry.frame().len();
            bytes <= BATCH_BYTES
        };
        // Counted first, so that there is one allocation of the right size; none for one event alone, which is what comes
        // of waiting.
        let count = entries.clone().take_while(fits).count();
        batch.extend(entries.take(count).cloned());
        *cursor += 1 + batch.len() as u64;
        self.seats.advance(seat, *cursor);
        Some(Found::Entry(first))
    }
}

/// Wakes all, even if some of them panic; the first panic then goes on.
fn wake(wakers: Vec<Waker>) {
    let mut panicked = None;
    for waker in wakers {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
            panicked.get_or_insert(panic);
        }
    }
    if let Some(panic) = panicked
        && !thread::panicking()
    {
        resume_unwind(panic);
    }
}

/// Numbers that are equal give equal hints.
#[expect(clippy::cast_possible_truncation, reason = "a wrong hint costs time, and nothing else")]
const fn hint(number: u64) -> usize {
    number as usize
}

/// How many events a subscriber takes at once, beside the first, so that it need not lock the hub for each. Between two
/// polls it may hold as many of them, beyond what the ring does.
const BATCH: usize = 32;

/// The frames of a batch, together. Above this the lock costs nothing, compared with the copying.
const BATCH_BYTES: usize = 4 * 1024;
