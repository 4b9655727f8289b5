//! Who is woken, and what a waker may do: anything.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::Stream as _;
use sse_wire::{
    EncodedFrames, Frame,
    hub::{Hub, Subscriber},
};

/// Does something when it is woken, and something when the last of its clones is dropped.
struct Act<W: Fn(), D: Fn()> {
    woken: W,
    dropped: D,
}

impl<W: Fn() + Send + Sync + 'static, D: Fn() + Send + Sync + 'static> Act<W, D> {
    fn waker(woken: W, dropped: D) -> Waker {
        Waker::from(Arc::new(Self { woken, dropped }))
    }
}

impl<W: Fn() + Send + Sync, D: Fn() + Send + Sync> Wake for Act<W, D> {
    fn wake(self: Arc<Self>) {
        (self.woken)();
    }
}

impl<W: Fn(), D: Fn()> Drop for Act<W, D> {
    fn drop(&mut self) {
        (self.dropped)();
    }
}

fn poll(subscriber: &mut Subscriber, waker: &Waker) -> Poll<Option<EncodedFrames>> {
    Pin::new(subscriber).poll_next(&mut Context::from_waker(waker))
}

/// A subscriber that has had its first frame.
fn subscriber(hub: &Hub) -> Subscriber {
    let mut subscriber = hub.subscribe(None);
    assert!(poll(&mut subscriber, Waker::noop()).is_ready());
    subscriber
}

/// Counts how often it is woken.
fn counter() -> (Arc<AtomicUsize>, Waker) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    (count, Act::waker(move || _ = counted.fetch_add(1, Relaxed), || {}))
}

fn tick(hub: &Hub) {
    hub.publish(Frame::new().data("tick"));
}

#[test]
fn only_those_that_wait_are_woken_each_once() {
    let hub = Hub::new();
    let ((waiting_count, waiting_waker), (busy_count, busy_waker)) = (counter(), counter());
    let (mut waiting, mut busy) = (subscriber(&hub), subscriber(&hub));
    assert!(poll(&mut waiting, &waiting_waker).is_pending());
    assert!(poll(&mut waiting, &waiting_waker).is_pending(), "polled twice, it waits once");
    tick(&hub);
    assert_eq!((waiting_count.load(Relaxed), busy_count.load(Relaxed)), (1, 0));
    tick(&hub);
    assert_eq!(waiting_count.load(Relaxed), 1, "it has not been polled since");
    for _ in 0..2 {
        assert!(poll(&mut waiting, &waiting_waker).is_ready() && poll(&mut busy, &busy_waker).is_ready());
    }
    assert!(poll(&mut waiting, &waiting_waker).is_pending() && poll(&mut busy, &busy_waker).is_pending());
    hub.close(EncodedFrames::default());
    assert_eq!((waiting_count.load(Relaxed), busy_count.load(Relaxed)), (2, 1));
    assert!(matches!(poll(&mut waiting, &waiting_waker), Poll::Ready(None)));
}

#[test]
fn those_who_wait_are_woken_if_something_may_be_missing_and_only_then() {
    let hub = Hub::new();
    hub.starts_after("5").unwrap();
    let (mut subscriber, (count, waker)) = (subscriber(&hub), counter());
    assert!(poll(&mut subscriber, &waker).is_pending());
    hub.starts_after("5").unwrap();
    assert_eq!(count.load(Relaxed), 0);
    hub.starts_after("7").unwrap();
    assert_eq!(count.load(Relaxed), 1);
    assert!(matches!(poll(&mut subscriber, &waker), Poll::Ready(None)));
}

#[test]
fn the_waker_of_the_last_poll_is_the_one() {
    let hub = Hub::new();
    let ((first_count, first), (second_count, second)) = (counter(), counter());
    let mut subscriber = subscriber(&hub);
    assert!(poll(&mut subscriber, &first).is_pending() && poll(&mut subscriber, &second).is_pending());
    tick(&hub);
    assert_eq!((first_count.load(Relaxed), second_count.load(Relaxed)), (0, 1));
}

#[test]
fn if_a_waker_panics_the_others_are_woken_and_the_hub_goes_on() {
    let hub = Hub::new();
    let (count, good) = counter();
    let bad = Act::waker(|| panic!("a waker that panics, as it should"), || {});
    let mut subscribers: Vec<_> = (0..9).map(|_| subscriber(&hub)).collect();
    for (number, subscriber) in subscribers.iter_mut().enumerate() {
        assert!(poll(subscriber, if number % 3 == 0 { &bad } else { &good }).is_pending());
    }
    let panic = catch_unwind(AssertUnwindSafe(|| tick(&hub))).expect_err("the panic goes on");
    assert_eq!(panic.downcast_ref(), Some(&"a waker that panics, as it should"));
    assert_eq!(count.load(Relaxed), 6);
    for subscriber in &mut subscribers {
        assert!(poll(subscriber, &good).is_ready());
    }
    assert!(poll(&mut subscribers[0], &bad).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| hub.close(EncodedFrames::default()))).is_err());
    assert!(matches!(poll(&mut subscribers[0], &good), Poll::Ready(None)));
}

#[test]
fn a_subscriber_may_be_dropped_polled_or_published_past_in_its_own_wake() {
    let hub = Hub::new();
    let (again, held) = (hub.clone(), Arc::new(Mutex::new(None)));
    let in_wake = Arc::clone(&held);
    let waker = Act::waker(
        move || {
            let subscriber: Option<Subscriber> = in_wake.lock().unwrap().take();
            let mut subscriber = subscriber.expect("it is woken once");
            tick(&again);
            assert!(poll(&mut subscriber, Waker::noop()).is_ready() && poll(&mut subscriber, Waker::noop()).is_ready());
            assert!(poll(&mut subscriber, Waker::noop()).is_pending());
            drop(subscriber);
            assert_eq!(again.subscribers(), 0);
        },
        || {},
    );
    let mut subscriber = subscriber(&hub);
    assert!(poll(&mut subscriber, &waker).is_pending());
    drop(waker);
    *held.lock().unwrap() = Some(subscriber);
    tick(&hub);
    assert!(held.lock().unwrap().is_none());
    assert_eq!((hub.subscribers(), hub.len()), (0, 2));
}

fn drop_subscriber(subscriber: Subscriber, _hub: &Hub) {
    drop(subscriber);
}

fn poll_with_another(mut subscriber: Subscriber, _hub: &Hub) {
    assert!(poll(&mut subscriber, Waker::noop()).is_pending());
}

fn publish(_subscriber: Subscriber, hub: &Hub) {
    tick(hub);
}

fn close(_subscriber: Subscriber, hub: &Hub) {
    hub.close(EncodedFrames::default());
}

#[test]
fn a_waker_that_is_dropped_may_take_other_subscribers_along() {
    // As an executor does: the last waker of a task is all that keeps it, and in it is a subscriber.
    let hub = Hub::new();
    for end in [drop_subscriber as fn(Subscriber, &Hub), poll_with_another, publish, close] {
        let hub = Hub::clone(&hub);
        let (task, dropped) = (Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
        let (in_drop, counted) = (Arc::clone(&task), Arc::clone(&dropped));
        let waker = Act::waker(
            || {},
            move || {
                let subscriber: Option<Subscriber> = in_drop.lock().unwrap().take();
                drop(subscriber);
                counted.fetch_add(1, Relaxed);
            },
        );
        let mut one = subscriber(&hub);
        assert!(poll(&mut one, &waker).is_pending());
        drop(waker);
        *task.lock().unwrap() = Some(subscriber(&hub));
        end(one, &hub);
        assert_eq!(dropped.load(Relaxed), 1);
        assert_eq!(hub.subscribers(), 0);
    }
}
