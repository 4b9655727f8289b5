//! [`Seats`]: who is subscribed, how far each is, and who waits.
//!
//! A subscriber has a seat, which is a place in a vector. The list of those that wait is apart from that, so that an
//! event touches nobody else.

use alloc::vec::Vec;
use core::{mem, task::Waker};

/// The seats of all subscribers.
#[derive(Debug, Default)]
pub(super) struct Seats {
    seats: Vec<Seat>,
    vacant: Vec<usize>,
    /// Those to be woken, each once; among them may be some that do not wait any more.
    listed: Vec<usize>,
}

#[derive(Debug)]
struct Seat {
    /// The number of the next event for whoever sits here; `VACANT` for nobody.
    cursor: u64,
    waker: Option<Waker>,
    is_listed: bool,
}

impl Seats {
    /// Gives a seat to a subscriber whose next event is this one.
    pub(super) fn take(&mut self, cursor: u64) -> usize {
        if let Some(seat) = self.vacant.pop() {
            // It may still be in the list.
            self.seats[seat].cursor = cursor;
            return seat;
        }
        self.seats.push(Seat { cursor, waker: None, is_listed: false });
        self.seats.len() - 1
    }

    /// Gives the seat back. The waker is to be dropped without the lock, since that may run anybody's code.
    pub(super) fn leave(&mut self, seat: usize) -> Option<Waker> {
        let Seat { cursor, waker, .. } = &mut self.seats[seat];
        *cursor = VACANT;
        let waker = waker.take();
        self.vacant.push(seat);
        if self.vacant.len() == self.seats.len() {
            // A crowd that has gone leaves nothing behind.
            *self = Self::default();
        }
        waker
    }

    /// The subscriber has taken all events before this one.
    pub(super) fn advance(&mut self, seat: usize, cursor: u64) {
        self.seats[seat].cursor = cursor;
    }

    /// Wakes whoever sits here by this waker, once. Returns the one before, to be dropped without the lock.
    pub(super) fn wait(&mut self, seat: usize, waker: Waker) -> Option<Waker> {
        let is_listed = mem::replace(&mut self.seats[seat].is_listed, true);
        if !is_listed {
            self.listed.push(seat);
        }
        self.seats[seat].waker.replace(waker)
    }

    /// Takes the wakers of all that wait, who are to be woken without the lock.
    pub(super) fn waiting(&mut self) -> Vec<Waker> {
        let Self { seats, listed, .. } = self;
        let mut wakers = Vec::with_capacity(listed.len());
        for seat in listed.drain(..) {
            seats[seat].is_listed = false;
            wakers.extend(seats[seat].waker.take());
        }
        wakers
    }

    /// How many subscribers there are.
    pub(super) fn count(&self) -> usize {
        self.seats.len() - self.vacant.len()
    }

    /// The cursor of the slowest. All are looked at.
    pub(super) fn slowest(&self) -> Option<u64> {
        self.seats.iter().map(|seat| seat.cursor).min().filter(|&cursor| cursor != VACANT)
    }
}

/// No event has this number.
const VACANT: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_given_again_and_a_list_never_grows_past_them() {
        let mut seats = Seats::default();
        let stays = seats.take(1);
        for round in 0..1000 {
            let seat = seats.take(round);
            assert!(seats.wait(seat, Waker::noop().clone()).is_none());
            assert!(seats.wait(seat, Waker::noop().clone()).is_some(), "the one before comes back");
            assert!(seats.leave(seat).is_some());
        }
        assert_eq!((seats.count(), seats.seats.len(), seats.listed.len()), (1, 2, 1));
        assert!(seats.waiting().is_empty(), "nobody waits any more");
        assert_eq!(seats.slowest(), Some(1));
        seats.leave(stays);
        assert_eq!((seats.count(), seats.slowest(), seats.seats.capacity()), (0, None, 0));
    }

    #[test]
    fn who_waits_is_woken_once() {
        let mut seats = Seats::default();
        let (one, two) = (seats.take(5), seats.take(3));
        seats.wait(two, Waker::noop().clone());
        assert_eq!((seats.waiting().len(), seats.waiting().len()), (1, 0));
        seats.wait(one, Waker::noop().clone());
        seats.wait(two, Waker::noop().clone());
        seats.advance(two, 9);
        assert_eq!((seats.waiting().len(), seats.slowest()), (2, Some(5)));
    }
}
