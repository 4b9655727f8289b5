//! Law 13 with threads: they publish and subscribe, come and go, and read as slowly as it happens.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use futures_executor::block_on;
use futures_util::StreamExt as _;
use sse_wire::{
    EncodedFrames, Frame,
    hub::{EventId, Hub, HubOptions, ReplayOptions, SlowReader},
};

use super::laws::Client;

/// Half of them publish, and half of them subscribe.
const THREADS: u64 = if cfg!(miri) { 4 } else { 64 };

/// The number of the event with this ID.
fn number(id: &str) -> u64 {
    id.parse::<EventId>().expect("an ID of ours").count()
}

fn stress(slow_reader: SlowReader, max_events: usize, duration: Duration) -> (u64, usize) {
    let replay = ReplayOptions::new().with_max_events(max_events);
    let hub = Hub::with_options(HubOptions::new().with_replay(replay).with_slow_reader(slow_reader));
    let (end, ends) = (Instant::now() + duration, AtomicUsize::new(0));
    let seen: u64 = thread::scope(|scope| {
        let readers: Vec<_> = (0..THREADS / 2)
            .map(|seed| {
                let (hub, ends) = (&hub, &ends);
                scope.spawn(move || read(hub, seed, ends))
            })
            .collect();
        let writers: Vec<_> = (0..THREADS / 2)
            .map(|seed| {
                let hub = &hub;
                scope.spawn(move || write(hub, seed, end))
            })
            .collect();
        let written: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        // Whatever became of them, or the readers would wait for ever.
        hub.close(EncodedFrames::default());
        assert!(written.iter().all(Result::is_ok), "no writer fails");
        readers.into_iter().map(|reader| reader.join().expect("no reader fails")).sum()
    });
    assert_eq!(hub.subscribers(), 0);
    (seen, ends.into_inner())
}

/// Publishes until the time has come. The number of an event is known too late to be its data.
fn write(hub: &Hub, seed: u64, end: Instant) {
    let mut random = Random(seed + 1);
    while Instant::now() < end {
        for _ in 0..random.below(8) {
            hub.publish(Frame::new().data("x"));
        }
        random.pause();
    }
}

/// Comes and goes, with the ID of the last event, until the hub is closed; returns how many frames there were.
fn read(hub: &Hub, seed: u64, ends: &AtomicUsize) -> u64 {
    let (mut random, mut client, mut frames) = (Random(seed + 1000), Client::default(), 0);
    block_on(async {
        while !hub.is_closed() {
            let mut subscriber = hub.subscribe(client.last_event_id());
            for _ in 0..random.below(200) {
                let Some(frame) = subscriber.next().await else {
                    ends.fetch_add(1, Relaxed);
                    break;
                };
                client.take_any(&frame, number);
                frames += 1;
                if random.below(20) == 0 {
                    random.pause();
                }
            }
        }
    });
    frames
}

/// xorshift64: a test that can be read does not need a better one.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// Sometimes not at all, sometimes for a millisecond.
    fn pause(&mut self) {
        match self.below(4) {
            0 => thread::sleep(Duration::from_micros(self.below(1000))),
            1 => thread::yield_now(),
            _ => {}
        }
    }
}

#[test]
fn threads_that_come_and_go_lose_nothing_but_in_a_told_gap() {
    let duration = if cfg!(miri) { Duration::from_millis(20) } else { Duration::from_millis(700) };
    for (slow_reader, max_events) in [(SlowReader::End, 64), (SlowReader::Gap, 64), (SlowReader::End, 100_000)] {
        let (seen, ends) = stress(slow_reader, max_events, duration);
        assert!(seen > 0, "{slow_reader:?}, {max_events}: {seen} frames, {ends} ends");
    }
}

/// `cargo test --release --test hub -- --ignored soak`
#[test]
#[ignore = "it takes a minute, for whoever changes the lock"]
fn a_soak_of_a_minute_loses_nothing_either() {
    for (slow_reader, max_events) in [(SlowReader::End, 64), (SlowReader::Gap, 64), (SlowReader::End, 100_000)] {
        let (seen, ends) = stress(slow_reader, max_events, Duration::from_secs(20));
        println!("{slow_reader:?}, {max_events}: {seen} frames, {ends} ends");
    }
}
