//! Models: small programs with a hub, which loom runs in every order in which their threads can interleave.
//!
//! `RUSTFLAGS="--cfg sse_wire_loom" cargo test -p sse-wire --release --features hub --lib --target-dir target/loom hub::models`
//!
//! loom fails a model that deadlocks, which is what a lost wake is here: each reader waits until it is woken.

use alloc::{sync::Arc as StdArc, task::Wake, vec::Vec};
use core::{
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::string::{String, ToString as _};

use futures_core::Stream as _;
use loom::{
    model::Builder,
    sync::{Mutex, Notify},
    thread,
};

use super::{Hub, HubOptions, ReplayOptions, SlowReader, Subscriber};
use crate::{
    decoder::Decoder,
    frame::{EncodedFrames, Frame},
};

/// Runs a program in every order with at most three preemptions, or as many as `LOOM_MAX_PREEMPTIONS` says. A
/// preemption is a switch away from a thread that could go on: waiting for a lock or an alarm does not count.
fn model(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(3));
    builder.check(program);
}

/// A hub whose IDs start with `7-`.
fn hub(max_events: usize) -> Hub {
    let replay = ReplayOptions::new().with_max_events(max_events).with_start_time(Duration::from_millis(7));
    Hub::with_options(HubOptions::new().with_replay(replay).with_slow_reader(SlowReader::Gap))
}

fn publish(hub: &Hub) {
    hub.publish(Frame::new().data("x"));
}

/// Wakes the one thread that waits for it.
struct Alarm(Notify);

impl Wake for Alarm {
    fn wake(self: StdArc<Self>) {
        self.0.notify();
    }
}

/// A thread that waits for frames.
struct Reader {
    alarm: StdArc<Alarm>,
    decoder: Decoder,
    /// The number of the last event, or of the last that was told to be missing.
    reached: u64,
}

#[derive(Debug, Eq, PartialEq)]
enum Seen {
    Id,
    Event,
    Gap,
    Bye,
    End,
}

impl Reader {
    fn new() -> Self {
        Self { alarm: StdArc::new(Alarm(Notify::new())), decoder: Decoder::new(), reached: 0 }
    }

    /// Waits for a frame, and holds it to the law: numbers rise one by one, except for a gap.
    fn next(&mut self, subscriber: &mut Subscriber) -> Seen {
        let waker = Waker::from(StdArc::clone(&self.alarm));
        loop {
            match poll(subscriber, &waker) {
                Poll::Ready(Some(frame)) => return self.take(&frame),
                Poll::Ready(None) => return Seen::End,
                Poll::Pending => self.alarm.0.wait(),
            }
        }
    }

    fn take(&mut self, frame: &EncodedFrames) -> Seen {
        let before = String::from(self.decoder.last_event_id());
        let event = self.decoder.decode(&mut &frame[..]).expect("it is short").map(|event| event.to_event());
        let event_type = event.as_ref().map(|event| event.event_type());
        if event_type == Some("bye") {
            return Seen::Bye;
        }
        let id = self.decoder.last_event_id();
        let number: u64 = id.strip_prefix("7-").and_then(|number| number.parse().ok()).expect("an ID of ours");
        let seen = match event_type {
            None => Seen::Id,
            Some("gap") => Seen::Gap,
            Some(_) => Seen::Event,
        };
        match seen {
            Seen::Event => assert_eq!(number, self.reached + 1, "after {before}"),
            _ => assert!(number >= self.reached),
        }
        self.reached = number;
        seen
    }

    /// All that comes, up to the end.
    fn read_to_end(&mut self, mut subscriber: Subscriber) -> Vec<Seen> {
        let mut all = Vec::new();
        loop {
            let seen = self.next(&mut subscriber);
            if seen == Seen::End {
                return all;
            }
            all.push(seen);
        }
    }
}

fn poll(subscriber: &mut Subscriber, waker: &Waker) -> Poll<Option<EncodedFrames>> {
    Pin::new(subscriber).poll_next(&mut Context::from_waker(waker))
}

fn bye() -> Frame<'static> {
    Frame::new().event_type("bye").expect("valid").data("")
}

#[test]
fn who_waits_is_woken() {
    model(|| {
        let hub = hub(9);
        let mut subscriber = hub.subscribe(Some("7-0"));
        let publisher = thread::spawn(move || {
            publish(&hub);
            publish(&hub);
            // The last handle goes, and so the subscriber ends.
        });
        let mut reader = Reader::new();
        assert_eq!([(); 3].map(|()| reader.next(&mut subscriber)), [Seen::Event, Seen::Event, Seen::End]);
        publisher.join().unwrap();
    });
}

#[test]
fn between_what_was_and_what_comes_there_is_no_seam() {
    model(|| {
        let hub = hub(9);
        let publisher = {
            let hub = hub.clone();
            thread::spawn(move || {
                publish(&hub);
                publish(&hub);
            })
        };
        let mut reader = Reader::new();
        // Whatever has been published by now, it gets all of it, once.
        let mut subscriber = hub.subscribe(Some("7-0"));
        assert_eq!([(); 2].map(|()| reader.next(&mut subscriber)), [Seen::Event, Seen::Event]);
        publisher.join().unwrap();
        assert_eq!(hub.subscribers(), 1);
        drop(subscriber);
        assert_eq!(hub.subscribers(), 0);
    });
}

#[test]
fn who_comes_fresh_gets_all_after_the_id_that_it_is_told() {
    model(|| {
        let hub = hub(9);
        let publisher = {
            let hub = hub.clone();
            thread::spawn(move || {
                publish(&hub);
                hub.close(bye());
            })
        };
        let mut reader = Reader::new();
        let seen = reader.read_to_end(hub.subscribe(None));
        match &seen[..] {
            // Before, between and after the two.
            [Seen::Id, Seen::Event, Seen::Bye] | [Seen::Id, Seen::Bye] => assert_eq!(reader.reached, 1),
            [] => {}
            _ => panic!("{seen:?}"),
        }
        publisher.join().unwrap();
    });
}

#[test]
fn all_that_wait_are_ended_by_close_after_what_was_published() {
    model(|| {
        let hub = hub(9);
        let (one, two) = (hub.subscribe(Some("7-0")), hub.subscribe(Some("7-0")));
        let other = thread::spawn(move || Reader::new().read_to_end(two));
        let closer = {
            let hub = hub.clone();
            thread::spawn(move || hub.close(bye()))
        };
        // Before the end, or too late.
        publish(&hub);
        let mine = Reader::new().read_to_end(one);
        assert!(mine == [Seen::Event, Seen::Bye] || mine == [Seen::Bye], "{mine:?}");
        assert_eq!(other.join().unwrap(), mine, "it is the same end for all");
        closer.join().unwrap();
    });
}

#[test]
fn two_publishers_give_two_ids_in_one_order() {
    model(|| {
        let hub = hub(9);
        let mut subscriber = hub.subscribe(Some("7-0"));
        let publishers = [(); 2].map(|()| {
            let hub = hub.clone();
            thread::spawn(move || hub.publish(Frame::new().data("x")).count())
        });
        let mut reader = Reader::new();
        assert_eq!([(); 2].map(|()| reader.next(&mut subscriber)), [Seen::Event, Seen::Event]);
        let mut counts = publishers.map(|publisher| publisher.join().unwrap());
        counts.sort_unstable();
        assert_eq!(counts, [1, 2]);
    });
}

#[test]
fn who_falls_off_the_ring_is_told_and_goes_on() {
    model(|| {
        let hub = hub(1);
        let subscriber = hub.subscribe(Some("7-0"));
        let publisher = thread::spawn(move || {
            publish(&hub);
            publish(&hub);
            hub.close(bye());
        });
        let mut reader = Reader::new();
        let seen = reader.read_to_end(subscriber);
        match &seen[..] {
            [Seen::Event, Seen::Event, Seen::Bye] | [Seen::Gap, Seen::Event, Seen::Bye] => {}
            _ => panic!("{seen:?}"),
        }
        assert_eq!(reader.reached, 2);
        publisher.join().unwrap();
    });
}

#[test]
fn a_subscriber_that_goes_takes_no_wake_from_another() {
    model(|| {
        let hub = hub(9);
        let (mut goes, mut stays) = (hub.subscribe(Some("7-0")), hub.subscribe(Some("7-0")));
        assert!(poll(&mut goes, Waker::noop()).is_pending());
        let publisher = {
            let hub = hub.clone();
            thread::spawn(move || publish(&hub))
        };
        let leaver = {
            let hub = hub.clone();
            thread::spawn(move || {
                drop(goes);
                // Its seat is taken again.
                hub.subscribe(None)
            })
        };
        assert_eq!(Reader::new().next(&mut stays), Seen::Event);
        publisher.join().unwrap();
        let comes = leaver.join().unwrap();
        assert_eq!(hub.subscribers(), 2);
        drop((comes, stays));
        assert_eq!(hub.subscribers(), 0);
    });
}

#[test]
fn the_waker_of_the_last_poll_is_woken() {
    model(|| {
        let hub = hub(9);
        let mut subscriber = hub.subscribe(Some("7-0"));
        let publisher = thread::spawn(move || {
            publish(&hub);
            hub
        });
        // As when a body is polled for a keep-alive, and then by another task.
        if poll(&mut subscriber, Waker::noop()).is_pending() {
            assert_eq!(Reader::new().next(&mut subscriber), Seen::Event);
        }
        publisher.join().unwrap();
    });
}

#[test]
fn a_subscriber_may_be_dropped_in_its_own_wake_while_others_publish() {
    struct Task(Mutex<Option<Subscriber>>);

    impl Wake for Task {
        fn wake(self: StdArc<Self>) {
            let subscriber = self.0.lock().unwrap().take();
            drop(subscriber);
        }
    }

    model(|| {
        let hub = hub(9);
        let task = StdArc::new(Task(Mutex::new(None)));
        let mut subscriber = hub.subscribe(Some("7-0"));
        assert!(poll(&mut subscriber, &Waker::from(StdArc::clone(&task))).is_pending());
        *task.0.lock().unwrap() = Some(subscriber);
        let publisher = {
            let hub = hub.clone();
            thread::spawn(move || publish(&hub))
        };
        publish(&hub);
        publisher.join().unwrap();
        assert_eq!((hub.subscribers(), hub.len(), hub.last_id()), (0, 2, "7-2".to_string()));
    });
}
