//! What a hub takes at most, counted by the allocator of this program.

mod counting;
mod support;

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use counting::measure;
use futures_util::{FutureExt as _, StreamExt as _};
use sse_wire::{
    EncodedFrames, Frame,
    hub::{Hub, HubOptions, Publication, Replay, ReplayOptions, SlowReader, Subscriber},
};

/// For the ring itself when it is nearly empty, and a buffer that moves as it grows.
const SLACK: isize = 4 * 1024;

thread_local! {
    static SECONDS: Cell<u64> = const { Cell::new(0) };
    static START: Instant = Instant::now();
}

fn clock() -> Instant {
    START.with(|start| *start) + Duration::from_secs(SECONDS.get())
}

/// How IDs are made, and what is published: the least, something with a topic and a type, and a lot.
fn fill(replay: &mut Replay, events: usize, data: &str, has_ids: bool) {
    for number in 0..events {
        let frame = Frame::new().event_type("tick").expect("valid").data(data);
        let publication =
            if data.is_empty() { Publication::new(Frame::new()) } else { Publication::new(frame).with_topic("topic") };
        if has_ids {
            replay.push_with_id(&format!("{number}-{}", data.len()), publication).expect("it is new");
        } else {
            replay.push(publication);
        }
        SECONDS.set(SECONDS.get() + 1);
    }
}

#[test]
fn each_bound_bounds_memory_whatever_is_published() {
    const BYTES: usize = 1 << 20;
    let unbounded = ReplayOptions::new().with_max_events(usize::MAX).with_max_bytes(usize::MAX);
    // Names, options, how long data is, and the most that the ring may take.
    let large = "x".repeat(10_000);
    let mut failed = Vec::new();
    for data in ["", "some text of a usual length, as it may stand in an event", &large] {
        let events = if cfg!(miri) { 200 } else { 20_000_000 / (1000 + 4 * data.len()) };
        // An event counts as its bytes and this, by the docs.
        let most = |count: usize| count * (data.len() + 64 + 462);
        for (name, options, most) in [
            ("bytes", unbounded.with_max_bytes(BYTES), BYTES),
            ("events", unbounded.with_max_events(100), most(100)),
            ("age", unbounded.with_max_age(Duration::from_secs(99)).with_clock(clock), most(100)),
        ] {
            for has_ids in [false, true] {
                let mut replay = Replay::with_options(options);
                let ((), cost) = measure(|| fill(&mut replay, events, data, has_ids));
                let about = format!("{name}, {} bytes, {has_ids}: {} of {most}, {cost:?}", data.len(), replay.bytes());
                // While an event is made, one more is there.
                let most = most.cast_signed() + data.len().cast_signed() + SLACK;
                if cost.peak > most || cost.retained > replay.bytes().cast_signed() + SLACK {
                    failed.push(about);
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn a_ring_that_was_full_and_is_empty_takes_nothing() {
    let options = ReplayOptions::new().with_max_events(100_000).with_max_age(Duration::from_secs(1_000_000));
    for has_ids in [false, true] {
        let (replay, cost) = measure(|| {
            let mut replay = Replay::with_options(options.with_clock(clock));
            fill(&mut replay, if cfg!(miri) { 200 } else { 20_000 }, "some text", has_ids);
            SECONDS.set(SECONDS.get() + 2_000_000);
            replay.evict();
            replay
        });
        assert!(replay.is_empty() && cost.retained < SLACK, "{cost:?}");
    }
}

/// All that is ready is read.
fn read(subscriber: &mut Subscriber) -> usize {
    std::iter::from_fn(|| subscriber.next().now_or_never().flatten()).count()
}

fn hub(max_events: usize) -> Hub {
    let replay = ReplayOptions::new().with_max_events(max_events);
    Hub::with_options(HubOptions::new().with_replay(replay).with_slow_reader(SlowReader::Gap))
}

#[test]
fn subscribers_take_little_and_slow_ones_no_more() {
    const COUNT: usize = if cfg!(miri) { 20 } else { 1000 };
    let hub = hub(10);
    let (mut subscribers, cost) = measure(|| {
        let mut subscribers: Vec<Subscriber> = (0..COUNT).map(|_| hub.subscribe(None)).collect();
        for subscriber in &mut subscribers {
            assert_eq!(read(subscriber), 1);
        }
        subscribers
    });
    let each = cost.retained.unsigned_abs() / COUNT;
    assert!(each <= 256, "{each} bytes each, of which {} are the subscriber", size_of::<Subscriber>());
    // Of a megabyte, nobody holds more than the ring.
    let data = "x".repeat(10_000);
    let ((), cost) = measure(|| {
        for _ in 0..100 {
            hub.publish(Frame::new().data(&data));
        }
    });
    assert!(cost.peak < 13 * 10_100 + SLACK, "{cost:?}");
    // Half of what is ready is read, and then nothing any more: what is in hands is small.
    let small = "x".repeat(100);
    let publish_ten = || (0..10).for_each(|_| _ = hub.publish(Frame::new().data(&small)));
    publish_ten();
    let ((), cost) = measure(|| {
        for round in 0..10 {
            publish_ten();
            for subscriber in subscribers.iter_mut().skip(round * COUNT / 10).take(COUNT / 10) {
                // The gap, and one of ten.
                assert!((0..2).all(|_| subscriber.next().now_or_never().is_some()));
            }
        }
    });
    let each = cost.retained / COUNT.cast_signed();
    assert!(each > 0 && each < 10 * (128 + 100 + 64), "{each} bytes each in the hands of those who do not read on");
    // They go, and leave nothing.
    let ((), cost) = measure(|| drop(subscribers));
    assert!(cost.retained <= -(COUNT * size_of::<Subscriber>()).cast_signed(), "{cost:?}");
}

#[test]
fn those_who_come_and_go_leave_nothing_behind() {
    let hub = hub(10);
    let stays = hub.subscribe(None);
    let ((), cost) = measure(|| {
        for round in 0..if cfg!(miri) { 50 } else { 10_000 } {
            let mut subscriber = hub.subscribe(None);
            assert_eq!(read(&mut subscriber), 1);
            if round % 3 == 0 {
                hub.publish(Frame::new().data("x"));
                assert_eq!(read(&mut subscriber), 1);
            }
        }
    });
    drop(stays);
    assert!(cost.retained < SLACK && cost.peak < SLACK, "{cost:?}");
}

#[test]
fn who_waits_and_reads_one_event_allocates_nothing_for_it() {
    let hub = hub(10);
    let mut subscriber = hub.subscribe(None);
    assert_eq!(read(&mut subscriber), 1);
    for round in 0..20 {
        hub.publish(Frame::new().data("x"));
        // The first clone of an event makes the count of its references.
        let mut other = hub.resume(Some(&hub.last_id())).into_filled();
        assert_eq!(read(&mut other), 0);
        let (seen, cost) = measure(|| read(&mut subscriber));
        assert_eq!(seen, 1);
        if round > 10 {
            assert!(cost.allocations <= 1, "{cost:?}");
        }
    }
    let (empty, cost) = measure(Hub::new);
    assert!(cost.retained < 1024, "an empty hub takes {cost:?}");
    empty.close(EncodedFrames::default());
}
