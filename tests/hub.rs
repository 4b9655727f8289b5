//! The hub: what clients get, in what order, and when they are woken.

#[path = "hub/laws.rs"]
mod laws;
#[path = "hub/stress.rs"]
mod stress;
#[path = "hub/wakes.rs"]
mod wakes;

use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, StreamExt as _, stream::FusedStream as _};
use sse_wire::{
    Decoder, EncodedFrames, Frame,
    hub::{
        Entry, EventId, FirstFrame, Hub, HubOptions, IdError, Publication, Replay, ReplayOptions, Since, SlowReader,
        Start, Subscriber,
    },
};

/// A ring of that many events, whose IDs start with `7-`.
fn ring(max_events: usize) -> ReplayOptions {
    ReplayOptions::new().with_max_events(max_events).with_start_time(Duration::from_millis(7))
}

/// A hub whose ring has that many events, after so many were published: 1, 2, and so on.
fn hub_after(published: usize, max_events: usize) -> Hub {
    let hub = Hub::with_options(ring(max_events));
    publish(&hub, 1..=published);
    hub
}

fn publish(hub: &Hub, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        hub.publish(Frame::new().data(&number.to_string()));
    }
}

/// All that is ready, and `end` at the end.
fn ready<F: FnMut(&Entry) -> bool>(subscriber: &mut Subscriber<F>) -> Vec<String> {
    let mut shown = Vec::new();
    while let Some(frame) = subscriber.next().now_or_never() {
        let Some(frame) = frame else {
            shown.push("end".to_owned());
            break;
        };
        shown.push(show(&frame));
    }
    shown
}

/// `type:data@id`, without what is not there.
fn show(frame: &EncodedFrames) -> String {
    let (mut decoder, mut chunk, mut text) = (Decoder::new(), &frame[..], String::new());
    while let Some(event) = decoder.decode(&mut chunk).expect("it is short") {
        if event.event_type() != "message" {
            text = text + event.event_type() + ":";
        }
        text += event.data();
    }
    match decoder.last_event_id() {
        "" => text,
        id => format!("{text}@{id}"),
    }
}

#[test]
fn what_a_client_gets_is_told_apart() {
    use Start::{Exact, Fresh, Gap};
    // How many were published, how many fit, the ID; how it starts, after which ID, and what comes first.
    type Row = (usize, usize, Option<&'static str>, Start, &'static str, &'static [&'static str]);
    let rows: &[Row] = &[
        (0, 3, None, Fresh, "7-0", &["@7-0"]),
        (2, 3, None, Fresh, "7-2", &["@7-2"]),
        (2, 3, Some(""), Fresh, "7-2", &["@7-2"]),
        (2, 3, Some("7-0"), Exact, "7-0", &["1@7-1", "2@7-2"]),
        (2, 3, Some("7-1"), Exact, "7-1", &["2@7-2"]),
        (2, 3, Some("7-2"), Exact, "7-2", &[]),
        (5, 3, Some("7-4"), Exact, "7-4", &["5@7-5"]),
        // What comes after an ID may be all there, though its own event is not.
        (5, 3, Some("7-2"), Exact, "7-2", &["3@7-3", "4@7-4", "5@7-5"]),
        (5, 3, Some("7-1"), Gap, "7-2", &["gap:1@7-2", "3@7-3", "4@7-4", "5@7-5"]),
        (5, 3, Some("7-0"), Gap, "7-2", &["gap:2@7-2", "3@7-3", "4@7-4", "5@7-5"]),
        // From the future, from before a restart, never ours.
        (2, 3, Some("7-3"), Gap, "7-0", &["gap:@7-0", "1@7-1", "2@7-2"]),
        (2, 3, Some("6-1"), Gap, "7-0", &["gap:@7-0", "1@7-1", "2@7-2"]),
        (2, 3, Some("7-01"), Gap, "7-0", &["gap:@7-0", "1@7-1", "2@7-2"]),
        (2, 3, Some("7-18446744073709551615"), Gap, "7-0", &["gap:@7-0", "1@7-1", "2@7-2"]),
        (2, 3, Some("글"), Gap, "7-0", &["gap:@7-0", "1@7-1", "2@7-2"]),
        (2, 3, Some("7-1\ndata: forged\n\n"), Gap, "7-0", &["gap:@7-0", "1@7-1", "2@7-2"]),
        (0, 3, Some("6-1"), Gap, "7-0", &["gap:@7-0"]),
        // The latest is kept, whatever the limit says.
        (5, 0, Some("7-4"), Exact, "7-4", &["5@7-5"]),
        (5, 1, Some("7-3"), Gap, "7-4", &["gap:1@7-4", "5@7-5"]),
    ];
    for &(published, fits, id, start, after, frames) in rows {
        let about = format!("{published} published, {fits} fit, {id:?}");
        let hub = hub_after(published, fits);
        let resumed = hub.resume(id);
        assert_eq!((resumed.start(), resumed.id()), (start, after), "{about}");
        let mut filled = hub.resume(id).into_filled();
        let mut subscriber = resumed.into_subscriber();
        assert_eq!(ready(&mut subscriber), frames, "{about}");
        let events: Vec<_> = frames.iter().filter(|frame| !frame.starts_with(['@', 'g'])).collect();
        assert_eq!(
            ready(&mut filled).iter().collect::<Vec<_>>(),
            events.iter().map(|&&event| event).collect::<Vec<_>>()
        );
        // Then what comes, for all of them.
        publish(&hub, [9]);
        assert_eq!(ready(&mut subscriber), [format!("9@7-{}", published + 1)], "{about}");
        assert_eq!(ready(&mut filled), [format!("9@7-{}", published + 1)], "{about}");
    }
}

#[test]
fn a_ring_says_the_same_to_whoever_has_a_fan_out_of_their_own() {
    let mut replay = Replay::with_options(ring(3));
    for number in 1..=5 {
        let entry = replay.push(Frame::new().data(&number.to_string()));
        assert_eq!(entry.id(), format!("7-{number}"));
    }
    let shown = |since: Since<'_>| match since {
        Since::Fresh => "fresh".to_owned(),
        Since::Exact(entries) => format!("exact {}", entries.map(Entry::id).collect::<Vec<_>>().join(" ")),
        Since::Gap(entries) => format!("gap {}", entries.map(Entry::id).collect::<Vec<_>>().join(" ")),
    };
    assert_eq!(shown(replay.since(None)), "fresh");
    assert_eq!(shown(replay.since(Some("7-2"))), "exact 7-3 7-4 7-5");
    assert_eq!(shown(replay.since(Some("7-5"))), "exact ");
    assert_eq!(shown(replay.since(Some("7-1"))), "gap 7-3 7-4 7-5");
    assert_eq!((replay.len(), replay.id_before(), replay.last_id()), (3, "7-2", "7-5"));
    let backwards: Vec<_> = replay.entries().rev().map(Entry::id).collect();
    assert_eq!(backwards, ["7-5", "7-4", "7-3"]);
    assert_eq!(replay.entries().len(), 3);
}

#[test]
fn ids_of_the_callers_are_taken_if_a_client_can_come_back_with_them() {
    let hub = hub_after(1, 3);
    let long = "x".repeat(8000);
    for id in ["a", "a b", "글", "8-1", "-", "data: x", &long] {
        assert_eq!(hub.publish_with_id(id, Frame::new().data(id)), Ok(()), "{id:?}");
        assert_eq!(hub.publish_with_id(id, Frame::new().data("again")), Err(IdError::Taken), "{id:?}");
        assert_eq!(hub.last_id(), id);
    }
    let longer = "x".repeat(8001);
    for id in [" a", "a ", "a\n", "\0", "a\rb", &longer] {
        assert!(matches!(hub.publish_with_id(id, Frame::new()), Err(IdError::Unsendable(_))), "{id:?}");
        assert!(matches!(hub.starts_after(id), Err(IdError::Unsendable(_))), "{id:?}");
    }
    assert_eq!(hub.publish_with_id("", Frame::new()), Err(IdError::Empty));
    // One that the hub has given, and one that it will give.
    assert_eq!(hub.publish_with_id("7-1", Frame::new()), Err(IdError::Taken));
    assert_eq!(hub.publish_with_id("7-90", Frame::new()), Err(IdError::Taken));
    // The first are gone: they may come again, but for the last of them.
    assert_eq!(hub.len(), 3);
    assert_eq!(hub.publish_with_id("8-1", Frame::new()), Err(IdError::Taken), "the last that has gone");
    assert_eq!(hub.publish_with_id("a", Frame::new().data("a")), Ok(()));
}

#[test]
fn ids_of_the_same_form_as_ours_are_the_callers_as_long_as_none_of_ours_was_given() {
    // Redis has an entry of the millisecond in which the hub was made.
    for starts_after in [None, Some("6-3")] {
        let hub = Hub::with_options(ring(9));
        if let Some(id) = starts_after {
            hub.starts_after(id).unwrap();
        }
        for id in ["7-0", "7-1", "8-0", "8-7", "9-0"] {
            assert_eq!(hub.publish_with_id(id, Frame::new().data(id)), Ok(()), "{id}");
            assert_eq!(hub.publish_with_id(id, Frame::new().data(id)), Err(IdError::Taken), "{id}");
        }
        assert_eq!(ready(&mut hub.subscribe(Some("7-1"))), ["8-0@8-0", "8-7@8-7", "9-0@9-0"]);
        assert_eq!(ready(&mut hub.subscribe(Some("8-7"))), ["9-0@9-0"]);
        assert_eq!(ready(&mut hub.subscribe(Some("7-2"))).len(), 6, "a gap");
        assert_eq!(ready(&mut hub.subscribe(Some("10-2"))).len(), 6, "a gap");
        // One of ours is another one.
        assert_eq!(hub.publish(Frame::new().data("ours")), EventId::new(10, 6));
        assert_eq!(ready(&mut hub.subscribe(Some("9-0"))), ["ours@10-6"]);
        assert_eq!(hub.publish_with_id("10-9", Frame::new()), Err(IdError::Taken));
    }
}

#[test]
fn a_client_goes_on_from_the_callers_ids() {
    let hub = Hub::with_options(ring(3));
    hub.starts_after("d").unwrap();
    assert_eq!(ready(&mut hub.subscribe(None)), ["@d"]);
    for id in ["c", "b", "a"] {
        hub.publish_with_id(id, Frame::new().data(id)).unwrap();
    }
    // Whatever the IDs say, the order is that of the calls.
    for (id, frames) in [
        ("d", &["c@c", "b@b", "a@a"][..]),
        ("c", &["b@b", "a@a"]),
        ("b", &["a@a"]),
        ("a", &[]),
        ("e", &["gap:@d", "c@c", "b@b", "a@a"]),
        ("7-0", &["c@c", "b@b", "a@a"]),
        ("7-1", &["gap:@d", "c@c", "b@b", "a@a"]),
    ] {
        assert_eq!(ready(&mut hub.subscribe(Some(id))), frames, "{id}");
    }
    // IDs of both kinds.
    hub.publish(Frame::new().data("ours"));
    assert_eq!(ready(&mut hub.subscribe(Some("c"))), ["b@b", "a@a", "ours@7-4"]);
    for never_given in ["7-1", "7-3"] {
        let frames = ready(&mut hub.subscribe(Some(never_given)));
        assert_eq!(frames, ["gap:@c", "b@b", "a@a", "ours@7-4"], "{never_given}: that was another's number");
    }
}

#[test]
fn what_may_be_missing_in_the_source_is_told_to_all() {
    for slow_reader in [SlowReader::End, SlowReader::Gap] {
        let hub = Hub::with_options(HubOptions::new().with_replay(ring(9)).with_slow_reader(slow_reader));
        let publish = |id: &str| hub.publish_with_id(id, Frame::new().data(id)).unwrap();
        hub.starts_after("5").unwrap();
        // Who came in between was told of 5, and could have missed what is between.
        let mut early = hub.subscribe(None);
        hub.starts_after("4").unwrap();
        hub.starts_after("5").unwrap();
        assert!(ready(&mut early).len() > 1);
        let (mut reader, mut behind) = (hub.subscribe(None), hub.subscribe(None));
        publish("6");
        publish("7");
        // The reader of the source begins anew where it was.
        hub.starts_after("7").unwrap();
        assert_eq!(ready(&mut reader), ["@5", "6@6", "7@7"]);
        // Not so this time.
        hub.starts_after("9").unwrap();
        publish("10");
        let told: &[_] = if slow_reader == SlowReader::End { &["end"] } else { &["gap:@9", "10@10"] };
        assert_eq!(ready(&mut reader), told);
        assert_eq!(ready(&mut behind), [&["@5"], told].concat());
        assert_eq!(ready(&mut hub.subscribe(Some("7"))), ["gap:@9", "10@10"]);
        assert_eq!(ready(&mut hub.subscribe(Some("9"))), ["10@10"]);
        // 7-3 stands for what may be missing.
        for id in ["7-0", "7-1", "7-5", "6"] {
            assert_eq!(ready(&mut hub.subscribe(Some(id))), ["gap:@9", "10@10"]);
        }
        assert_eq!(hub.publish(Frame::new().data("ours")), EventId::new(7, 7));
        assert_eq!(ready(&mut hub.subscribe(Some("10"))), ["ours@7-7"]);
        assert_eq!(hub.len(), 2);
    }
}

#[test]
fn who_subscribes_before_a_source_is_read_may_have_missed_something() {
    let options = HubOptions::new().with_replay(ring(9)).with_slow_reader(SlowReader::Gap);
    for id in [None, Some("5"), Some("7-0")] {
        let hub = Hub::with_options(options.clone());
        let mut early = hub.subscribe(id);
        hub.starts_after("9").unwrap();
        hub.publish_with_id("10", Frame::new().data("10")).unwrap();
        let frames = ready(&mut early);
        assert_eq!(frames[frames.len() - 2..], ["gap:@9", "10@10"], "{id:?}: {frames:?}");
    }
}

#[test]
fn a_frame_gets_the_id_of_its_event_and_keeps_all_else() {
    let hub = Hub::with_options(ring(9));
    let mut subscriber = hub.subscribe(Some("7-0"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let looks = Arc::clone(&seen);
    let mut filtered = hub.subscribe(Some("7-0")).with_filter(move |entry| {
        let text = format!("{} {} {:?}", entry.id(), entry.event_type(), entry.topic());
        looks.lock().unwrap().push(text);
        true
    });
    let frame = Frame::new().data("a\nb");
    hub.publish(frame);
    hub.publish(frame.id("mine").unwrap());
    hub.publish(frame.event_type("tick").unwrap().retry(Duration::from_secs(1)).comment("event: x\n\ny"));
    hub.publish(Frame::head().comment("no data"));
    hub.publish(Publication::new(Frame::new().event_type("글").unwrap().data("")).with_topic("prices"));
    let frames: Vec<_> = std::iter::from_fn(|| subscriber.next().now_or_never().flatten()).collect();
    let expected = [
        "id: 7-1\ndata: a\ndata: b\n\n",
        "id: 7-2\ndata: a\ndata: b\n\n",
        "id: 7-3\n: event: x\n: \n: y\nevent: tick\nretry: 1000\ndata: a\ndata: b\n\n",
        "id: 7-4\n: no data\n\n",
        "id: 7-5\nevent: 글\ndata: \n\n",
    ];
    assert_eq!(frames, expected);
    let others: Vec<_> = std::iter::from_fn(|| filtered.next().now_or_never().flatten()).collect();
    for (frame, other) in frames.iter().zip(&others) {
        assert_eq!((frame.as_ptr(), frame), (other.as_ptr(), other), "encoded once");
    }
    let expected = ["7-1  None", "7-2  None", "7-3 tick None", "7-4  None", "7-5 글 Some(\"prices\")"];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn a_filter_picks_events_and_never_a_notice() {
    let options = HubOptions::new().with_replay(ring(3)).with_slow_reader(SlowReader::Gap);
    let hub = Hub::with_options(options);
    let mut even = hub.subscribe(None).with_filter(|entry| entry.topic() == Some("even"));
    let publish = |numbers: core::ops::RangeInclusive<u32>| {
        for number in numbers {
            let text = number.to_string();
            hub.publish(Publication::new(Frame::new().data(&text)).with_topic(if number % 2 == 0 {
                "even"
            } else {
                "odd"
            }));
        }
    };
    publish(1..=3);
    assert_eq!(ready(&mut even), ["@7-0", "2@7-2"]);
    publish(4..=9);
    assert_eq!(ready(&mut even), ["gap:3@7-6", "8@7-8"]);
    hub.close(Frame::new().data("bye"));
    assert_eq!(ready(&mut even), ["bye", "end"]);
}

#[test]
fn a_filter_that_takes_nothing_lets_others_run() {
    let hub = hub_after(5000, 5000);
    let mut seen = 0;
    let mut none = hub.subscribe(Some("7-0")).with_filter(|_| {
        seen += 1;
        false
    });
    assert!(none.next().now_or_never().is_none());
    drop(none);
    assert!((100..5000).contains(&seen), "{seen}");
}

#[test]
fn old_events_go_by_a_clock_that_a_test_can_set() {
    thread_local! {
        static SECONDS: Cell<u64> = const { Cell::new(0) };
        static START: Instant = Instant::now();
    }
    let clock = || START.with(|start| *start) + Duration::from_secs(SECONDS.get());
    let hub = Hub::with_options(ring(9).with_max_age(Duration::from_secs(10)).with_clock(clock));
    for second in [0, 5, 10] {
        SECONDS.set(second);
        hub.publish(Frame::new().data(&second.to_string()));
    }
    // An age of ten is not too old.
    assert_eq!(hub.len(), 3);
    SECONDS.set(15);
    assert_eq!(hub.len(), 3, "nobody has asked");
    assert_eq!(ready(&mut hub.subscribe(Some("7-1"))), ["5@7-2", "10@7-3"]);
    assert_eq!(hub.len(), 2);
    assert_eq!(ready(&mut hub.subscribe(Some("7-0"))), ["gap:1@7-1", "5@7-2", "10@7-3"]);
    SECONDS.set(16);
    publish(&hub, [16]);
    assert_eq!(hub.len(), 2);
    SECONDS.set(100);
    hub.evict();
    assert_eq!((hub.len(), hub.bytes()), (0, 0));
    assert_eq!(ready(&mut hub.subscribe(Some("7-4"))), [""; 0], "it has missed nothing");
    assert_eq!(ready(&mut hub.subscribe(Some("7-3"))), ["gap:1@7-4"]);
    publish(&hub, [100]);
    assert_eq!(ready(&mut hub.subscribe(Some("7-4"))), ["100@7-5"]);
}

#[test]
fn bytes_are_bounded_but_for_the_latest_event() {
    let frame = "x".repeat(1000);
    let mut replay = Replay::with_options(ring(usize::MAX).with_max_bytes(10_000));
    for _ in 0..100 {
        replay.push(Frame::new().data(&frame));
        assert!(replay.bytes() <= 10_000);
    }
    assert_eq!(replay.len(), 10_000 / (replay.bytes() / replay.len()));
    replay.push(Frame::new().data(&"x".repeat(20_000)));
    assert!(replay.len() == 1 && replay.bytes() > 20_000);
    replay.push(Frame::new().data(""));
    assert!(replay.len() == 1 && replay.bytes() < 1000);
    // To the byte.
    let mut one = Replay::with_options(ring(1));
    one.push(Frame::new().data(""));
    for (limit, length) in [(3 * one.bytes(), 3), (3 * one.bytes() - 1, 2)] {
        let mut exact = Replay::with_options(ring(usize::MAX).with_max_bytes(limit));
        for _ in 0..5 {
            exact.push(Frame::new().data(""));
        }
        assert_eq!(exact.len(), length, "{limit}");
    }
    // A topic counts as well.
    replay.push(Publication::new(Frame::new()).with_topic("x".repeat(9000)));
    assert_eq!(replay.len(), 2);
    replay.push(Frame::new());
    replay.push(Frame::new());
    assert_eq!(replay.len(), 2, "the topic has gone, and what came before it");
}

#[test]
fn who_is_slow_ends_or_is_told() {
    let hub = hub_after(0, 3);
    let mut slow = hub.subscribe(None);
    assert_eq!(ready(&mut slow), ["@7-0"]);
    publish(&hub, 1..=3);
    assert_eq!((slow.lag(), hub.lag()), (3, 3));
    assert_eq!(ready(&mut slow), ["1@7-1", "2@7-2", "3@7-3"], "just so");
    assert_eq!((slow.lag(), hub.lag()), (0, 0));
    publish(&hub, 4..=7);
    assert_eq!((slow.lag(), hub.lag(), hub.subscribers()), (4, 4, 1));
    assert_eq!(ready(&mut slow), ["end"]);
    assert!(slow.is_terminated());
    assert_eq!((slow.lag(), hub.lag(), hub.subscribers()), (0, 0, 0), "it has let go");

    let options = HubOptions::new().with_replay(ring(3)).with_slow_reader(SlowReader::Gap);
    let hub = Hub::with_options(options.with_first_frame(FirstFrame::Nothing));
    let mut slow = hub.subscribe(None);
    publish(&hub, 1..=4);
    assert_eq!(ready(&mut slow), ["gap:1@7-1", "2@7-2", "3@7-3", "4@7-4"]);
    publish(&hub, 5..=50);
    assert_eq!(ready(&mut slow), ["gap:43@7-47", "48@7-48", "49@7-49", "50@7-50"]);
}

#[test]
fn a_batch_that_was_taken_is_handed_out_though_it_has_gone_from_the_ring() {
    let hub = hub_after(20, 20);
    let mut slow = hub.subscribe(Some("7-0"));
    assert_eq!(slow.next().now_or_never().flatten().map(|frame| show(&frame)).as_deref(), Some("1@7-1"));
    assert_eq!(slow.lag(), 19, "what is in its hands counts");
    publish(&hub, 21..=25);
    let expected: Vec<_> = (2..=25).map(|number| format!("{number}@7-{number}")).collect();
    assert_eq!(ready(&mut slow), expected);
}

#[test]
fn what_a_slow_reader_has_in_its_hands_is_bounded_by_bytes() {
    let hub = hub_after(0, 10);
    let large = |count| (0..count).for_each(|_| _ = hub.publish(Frame::new().data(&"x".repeat(1500))));
    let mut slow = hub.subscribe(Some("7-0"));
    large(10);
    assert!(slow.next().now_or_never().is_some());
    // All that it has not taken goes from the ring.
    large(10);
    let ids: Vec<_> = ready(&mut slow).iter().map(|frame| frame.trim_start_matches('x').to_owned()).collect();
    assert_eq!(ids, ["@7-2", "@7-3", "end"], "two of 1,500 bytes, since three are more than 4 KiB");
}

#[test]
fn a_gap_has_the_callers_words() {
    let options = HubOptions::new().with_replay(ring(2)).with_slow_reader(SlowReader::Gap).with_gap(|gap| {
        let text = format!("{:?} {:?}", gap.last_event_id(), gap.missed());
        gap.head().event_type("hole").unwrap().data(&text).to_encoded()
    });
    let hub = Hub::with_options(options.clone());
    publish(&hub, 1..=4);
    assert_eq!(ready(&mut hub.subscribe(Some("7-1")))[0], "hole:Some(\"7-1\") Some(1)@7-2");
    assert_eq!(ready(&mut hub.subscribe(Some("what")))[0], "hole:Some(\"what\") None@7-2");
    let mut slow = hub.subscribe(Some("7-2"));
    publish(&hub, 5..=9);
    assert_eq!(ready(&mut slow)[0], "hole:None Some(5)@7-7");
    // Nothing at all, if that is what the caller says.
    let hub = Hub::with_options(options.with_gap(|_| EncodedFrames::default()));
    publish(&hub, [1]);
    assert_eq!(ready(&mut hub.subscribe(Some("what"))), ["1@7-1"]);
}

#[test]
fn a_hub_that_is_closed_ends_all_after_what_there_was() {
    let hub = hub_after(3, 5);
    let (mut behind, mut waiting) = (hub.subscribe(Some("7-1")), hub.subscribe(Some("7-3")));
    assert_eq!(ready(&mut waiting), [""; 0]);
    assert!(!hub.is_closed());
    assert!(!behind.is_terminated() && !waiting.is_terminated() && !hub.subscribe(None).is_terminated());
    assert_eq!(format!("{waiting:?}"), "Subscriber { next: Some(4), batch: 0, .. }");
    hub.close(Frame::new().retry(Duration::from_secs(9)).data("bye"));
    assert!(hub.is_closed());
    // Too late, all of it.
    publish(&hub, [4]);
    hub.close(Frame::new().data("once more"));
    let (mut late, mut late_with_id, mut late_with_gap) =
        (hub.subscribe(None), hub.subscribe(Some("7-1")), hub.subscribe(Some("what")));
    assert_eq!(ready(&mut behind), ["2@7-2", "3@7-3", "bye", "end"]);
    assert_eq!(ready(&mut waiting), ["bye", "end"]);
    for late in [&mut late, &mut late_with_id, &mut late_with_gap] {
        assert!(late.is_terminated());
        assert_eq!(ready(late), ["end"]);
    }
    assert_eq!(hub.subscribers(), 0);
}

#[test]
fn who_falls_off_a_ring_that_is_closed_loses_only_what_was_before() {
    let options = HubOptions::new().with_replay(ring(2)).with_slow_reader(SlowReader::Gap);
    let hub = Hub::with_options(options);
    let mut slow = hub.subscribe(Some("7-0"));
    publish(&hub, 1..=3);
    hub.close(Frame::new().data("bye"));
    publish(&hub, 4..=9);
    let frames = ready(&mut slow);
    assert!(frames[0].starts_with("gap:3@"), "{frames:?}");
    assert_eq!(frames[1..], ["bye", "end"]);
}

#[test]
fn the_last_handle_closes_the_hub() {
    let hub = hub_after(1, 5);
    let other = hub.clone();
    let mut subscriber = hub.subscribe(Some("7-0"));
    drop(hub);
    publish(&other, [2]);
    drop(other);
    assert_eq!(ready(&mut subscriber), ["1@7-1", "2@7-2", "end"]);
}

#[test]
fn hubs_that_are_made_anew_do_not_know_the_ids_of_the_ones_before() {
    let (old, new) = (Hub::new(), Hub::with_options(ring(9)));
    let id = old.publish(Frame::new().data("x"));
    new.publish(Frame::new().data("y"));
    assert_eq!(new.resume(Some(&id.to_string())).start(), Start::Gap);
    assert_eq!(new.resume(Some(&EventId::new(7, 1).to_string())).start(), Start::Exact);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    assert!(now - u128::from(id.start()) < 60_000, "{id}");
}

#[test]
fn what_goes_between_threads_can() {
    fn send_and_sync<T: Send + Sync + 'static>() -> &'static str {
        std::any::type_name::<T>()
    }
    let names = [send_and_sync::<Hub>(), send_and_sync::<Replay>(), send_and_sync::<Subscriber>()];
    assert_eq!(names.into_iter().collect::<BTreeSet<_>>().len(), 3);
    let hub = hub_after(1, 1);
    for text in [format!("{hub:?}"), format!("{:?}", hub.subscribe(None)), format!("{:?}", hub.resume(None))] {
        assert!(!text.contains("data"), "{text}");
    }
}
