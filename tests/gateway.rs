//! What a gateway does with the body of another server, polled by hand: it looks at the events, and changes some of them.
#![cfg(feature = "http-body")]

mod support;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::Body;
use proptest::prelude::*;
use sse_wire::{
    Block, DecodeError, DecodeOptions, EncodedFrames, EventRef, Frame,
    body::{ChunkBody, Edit, Editor, Ending, Observer, Outcome, Timer, edit, tap},
};
use support::{Driver, Event, Out as Shown, few, run, strategies};

/// What a poll of a body gives.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Out {
    Data(Bytes),
    Trailers,
    Failed,
    Pending,
    End,
}
use Out::{Data, End, Failed, Pending, Trailers};

#[test]
fn the_outcome_of_a_tapped_body_is_told_once() {
    let whole = || data("data: x\n\n");
    let half = || data("data: x\n\nda");
    let rows: [(&str, Vec<Out>, bool, usize, _); 16] = [
        ("empty", vec![], false, 1, Outcome::Complete),
        ("empty, and it says so", vec![], true, 0, Outcome::Complete),
        ("never polled", vec![whole()], false, 0, Outcome::Dropped),
        ("to the end", vec![whole()], false, 2, Outcome::Complete),
        ("a comment is no event", vec![data("data: x\n\n: y\n")], false, 2, Outcome::Complete),
        ("it says that it is at its end", vec![whole()], true, 1, Outcome::Complete),
        ("to the trailers", vec![whole(), Trailers], false, 2, Outcome::Complete),
        ("left before the end", vec![whole()], false, 1, Outcome::Dropped),
        ("left in the middle", vec![half(), whole()], false, 1, Outcome::Dropped),
        ("left while it waits", vec![whole(), Pending], false, 2, Outcome::Dropped),
        ("left though it can end", vec![whole(), whole()], true, 1, Outcome::Dropped),
        ("cut", vec![half()], false, 2, Outcome::CutOff),
        ("cut, and it says so", vec![half()], true, 1, Outcome::CutOff),
        ("cut before trailers", vec![half(), Trailers], false, 2, Outcome::CutOff),
        ("error", vec![whole(), Failed], false, 2, Outcome::Failed),
        ("error in the middle", vec![half(), Failed], true, 2, Outcome::Failed),
    ];
    for (name, steps, says_end, polls, expected) in rows {
        let (log, seen) = Log::new();
        let mut body = Box::pin(tap(Script { says_end, ..Script::new(steps) }, log));
        for _ in 0..polls {
            poll(body.as_mut());
        }
        let is_told_early = seen.borrow().outcomes.len();
        drop(body);
        assert_eq!(seen.borrow().outcomes, [expected], "{name}");
        let is_at_drop = expected == Outcome::Dropped || polls == 0;
        assert_eq!(is_told_early, usize::from(!is_at_drop), "{name}: as soon as it is known");
    }
}

#[test]
fn an_end_that_only_the_server_has_seen_is_an_end() {
    for (text, expected) in [("data: x\n\n", Outcome::Complete), ("data: x\n", Outcome::CutOff)] {
        let (log, seen) = Log::new();
        let ends = Rc::new(RefCell::new(false));
        let mut body = Box::pin(tap(EndsLater { text: Some(text), ends: Rc::clone(&ends) }, log));
        assert_eq!(poll(body.as_mut()), data(text));
        assert!(!body.is_end_stream());
        *ends.borrow_mut() = true;
        assert!(body.is_end_stream());
        drop(body);
        assert_eq!(seen.borrow().outcomes, [expected]);
    }
}

#[test]
fn what_passes_the_limit_is_told_and_goes_on() {
    let steps = [data("data: 12345\n"), data("\ndata: 1\n\n"), data("data: 67890\n\ndata: 2\n\n")];
    let (log, seen) = Log::new();
    let body = tap(Script::new(steps.clone()), log).with_options(DecodeOptions::new().with_max_event_len(4));
    assert_eq!(all(body), [&steps[..], &[End]].concat());
    let seen = seen.borrow();
    assert_eq!(seen.events.iter().map(|event| &*event.data).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(seen.rejected.iter().map(DecodeError::offset).collect::<Vec<_>>(), [10, 32]);
}

#[test]
fn a_closure_is_an_observer_of_events() {
    let mut seen = Vec::new();
    let steps = [data("data: 1\n\nda"), data("ta: 2\n\n"), Failed];
    assert_eq!(all(tap(Script::new(steps.clone()), |event: EventRef<'_>| seen.push(event.data().to_owned()))), steps);
    assert_eq!(seen, ["1", "2"]);
}

#[test]
fn an_observer_that_panics_is_left_alone_and_the_body_goes_on() {
    struct Panics {
        calls: Rc<RefCell<usize>>,
        at_event: bool,
    }
    impl Observer for Panics {
        fn event(&mut self, _event: EventRef<'_>) {
            *self.calls.borrow_mut() += 1;
            assert!(!self.at_event, "as is wanted here");
        }
        fn ended(&mut self, _outcome: Outcome) {
            *self.calls.borrow_mut() += 1;
            panic!("as is wanted here");
        }
    }
    let steps = [data("data: 1\n\ndata: 2\n\n"), data("data: 3\n\n"), Trailers];
    for (at_event, expected) in [(true, 1), (false, 4)] {
        let calls = Rc::default();
        let body = tap(Script::new(steps.clone()), Panics { calls: Rc::clone(&calls), at_event });
        assert_eq!(all(body), [&steps[..], &[End]].concat());
        assert_eq!(*calls.borrow(), expected);
    }
    // Nor is a panic of somebody else made worse by one in the drop.
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _body = tap(Script::new(steps), Panics { calls: Rc::default(), at_event: true });
        panic!("as is wanted here");
    }));
    assert!(caught.is_err());
}

#[test]
fn a_tapped_body_is_the_body_in_size_and_memory() {
    let bytes = Bytes::from("data: x\n\n".repeat(10));
    let mut body = Box::pin(tap(http_body_of(bytes.clone()), |_event: EventRef<'_>| {}));
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(90), false));
    let Data(sent) = poll(body.as_mut()) else { panic!("data") };
    assert_eq!((sent.as_ptr(), sent.len()), (bytes.as_ptr(), bytes.len()));
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
    assert_eq!(format!("{body:?}"), "Tap { has_ended: true, .. }");
}

proptest! {
    #![proptest_config(few::config(1000))]

    #[test]
    fn a_tap_hands_on_each_frame_and_sees_each_event(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        options in strategies::options(),
    ) {
        let chunks = strategies::cut(&stream, &cuts);
        let (log, seen) = Log::new();
        let steps: Vec<_> = chunks.iter().map(|chunk| Data(Bytes::copy_from_slice(chunk))).collect();
        let sent = all(tap(Script::new(steps.clone()), log).with_options(options));
        prop_assert_eq!(sent, [&steps[..], &[End]].concat());
        let expected = run(Driver::Decode, options, chunks);
        let seen = seen.borrow();
        prop_assert_eq!(&seen.events, &expected.events());
        let rejected = expected.out.iter().filter_map(|out| if let Shown::Error(error) = *out { Some(error) } else { None });
        prop_assert_eq!(&seen.rejected, &rejected.collect::<Vec<_>>());
        let outcome = if expected.is_mid_event { Outcome::CutOff } else { Outcome::Complete };
        prop_assert_eq!(&seen.outcomes, &[outcome]);
    }
}

/// A stream, an editor, and what goes on.
type Row = (&'static str, fn(&Block) -> Edit, &'static str);

#[test]
fn blocks_are_kept_dropped_replaced_and_made_many() {
    let rows: [Row; 15] = [
        ("data: a\n\n: c\n\ndata:b\r\n\r\n", |_| Edit::Keep, "data: a\n\n: c\n\ndata:b\r\n\r\n"),
        ("data: a\n\n: c\n\ndata:b\r\n\r\n", |_| Edit::Drop, ""),
        ("data: a\n\nid: 7\n\ndata: b\n\n", |block| drop_if(block.is_event()), "id: 7\n\n"),
        ("data: a\n\nid: 7\n\ndata: b\n\n", |block| drop_if(!block.is_event()), "data: a\n\ndata: b\n\n"),
        (": c\nx: y\r\ndata: a\r\n\r\ndata: b\n\n", upper, ": c\nx: y\r\ndata: A\r\n\r\ndata: B\n\n"),
        // The LF of a CRLF goes with its CR, though it is a part of the next block.
        ("data: a\r\n\r\ndata: b\r\n\r\n", |block| drop_if(has_data(block, "a")), "data: b\r\n\r\n"),
        ("data: a\r\n\r\ndata: b\r\n\r\n", |block| drop_if(has_data(block, "b")), "data: a\r\n\r\n"),
        ("data: a\r\n\r\ndata: b\r\n\r\n", upper, "data: A\r\n\r\ndata: B\r\n\r\n"),
        ("data: a\r\n\r\n", twice_with_frame, "data: a\r\n\r: x\n\ndata: a\r\n\r\n"),
        ("data: a\n\n", |_| Frame::new().data("x").into(), "data: x\n\n"),
        ("data: a\n\n", |_| EncodedFrames::default().into(), ""),
        ("data: a\n\ndata: b\n\n", twice_with_frame, "data: a\n\n: x\n\ndata: a\n\ndata: b\n\n: x\n\ndata: b\n\n"),
        ("data: a\n\n", |_| Edit::Many(vec![]), ""),
        (
            "data: a\n\ndata: b\n\n",
            |_| Edit::Many(vec![Edit::Drop, Edit::Many(vec![Edit::Keep])]),
            "data: a\n\ndata: b\n\n",
        ),
        // A byte order mark is one at the start only.
        ("\u{FEFF}data: a\n\n", twice_with_frame, "\u{FEFF}data: a\n\n: x\n\ndata: a\n\n"),
    ];
    for (stream, editor, expected) in rows {
        for at in 0..=stream.len() {
            let (head, tail) = stream.as_bytes().split_at(at);
            let body = edit(Script::new([head, tail].map(|part| Data(Bytes::copy_from_slice(part)))), editor);
            let outs = all(body);
            assert_eq!(joined(&outs), expected.as_bytes(), "{stream:?} at {at}");
            assert_eq!(outs.last(), Some(&End));
        }
    }
}

#[test]
fn a_last_frame_never_lands_inside_a_block() {
    let rows: [(&str, Vec<Out>, Vec<Out>); 14] = [
        ("empty", vec![], vec![data("data: complete\n\n"), End]),
        ("at a boundary", vec![data("data: 1\n\n")], vec![data("data: 1\n\n"), data("data: complete\n\n"), End]),
        ("comment", vec![data(": 1\n")], vec![data(": 1\n"), data("data: complete\n\n"), End]),
        (
            "half a CRLF",
            vec![data("data\r\r"), data("\n")],
            vec![data("data\r\r"), data("\n"), data("data: complete\n\n"), End],
        ),
        ("cut", vec![data("data: 1\n\nda")], vec![data("data: 1\n\n"), data("data: cut\n\n"), End]),
        ("cut after a line", vec![data("data: 1\n")], vec![data("data: cut\n\n"), End]),
        ("cut comment", vec![data(": 1")], vec![data("data: cut\n\n"), End]),
        ("a part of a mark", vec![Data(Bytes::from_static(b"\xEF"))], vec![data("data: cut\n\n"), End]),
        ("error", vec![Failed], vec![data("data: broken\n\n"), Pending, Failed]),
        (
            "error at a boundary",
            vec![data("data: 1\n\n"), Failed],
            vec![data("data: 1\n\n"), data("data: broken\n\n"), Pending, Failed],
        ),
        (
            "error in the middle",
            vec![data("data: 1\n\nda"), Failed],
            vec![data("data: 1\n\n"), data("data: broken\n\n"), Pending, Failed],
        ),
        (
            "trailers",
            vec![data("data: 1\n\n"), Trailers],
            vec![data("data: 1\n\n"), data("data: complete\n\n"), Trailers, End],
        ),
        ("trailers in the middle", vec![data("data"), Trailers], vec![data("data: cut\n\n"), Trailers, End]),
        ("waiting", vec![Pending, data(":"), Pending], vec![Pending, Pending, data("data: cut\n\n"), End]),
    ];
    for (name, steps, expected) in rows {
        assert_eq!(all(edit(Script::new(steps.clone()), SaysHow)), expected, "{name}");
        // Without a last frame, all goes on.
        let outs = all(edit(Script::new(steps.clone()), |_: &Block| Edit::Keep));
        assert_eq!(joined(&outs), joined(&steps), "{name}");
        assert_eq!(outs.last(), expected.last(), "{name}");
        assert_eq!(outs.contains(&Trailers), steps.contains(&Trailers), "{name}");
    }
    // Half of this block is out.
    let large = || data("data: 123456789\nda");
    for (last, expected) in [
        (vec![], vec![large(), End]),
        (vec![Trailers], vec![large(), Trailers, End]),
        (vec![Failed], vec![large(), Pending, Failed]),
        (vec![data("ta\n\n")], vec![large(), data("ta\n\n"), data("data: complete\n\n"), End]),
        (vec![data("ta\n\ndata")], vec![large(), data("ta\n\n"), data("data: cut\n\n"), End]),
    ] {
        let steps = [vec![large()], last].concat();
        assert_eq!(all(edit(Script::new(steps.clone()), SaysHow).max_block_len(8)), expected, "{steps:?}");
    }
}

#[test]
fn what_is_held_back_goes_on_at_the_end() {
    let one = "\u{FEFF}data: 1\r\n\r\n";
    let rows: [(&str, Vec<Out>, String); 6] = [
        ("fewer than are held", vec![data(one)], one.to_owned()),
        ("more", vec![data(&"data: x\n\n".repeat(5))], "data: x\n\n".repeat(5)),
        ("cut off", vec![data(one), data("data: 2\n\nda")], format!("{one}data: 2\n\nda")),
        ("an error", vec![data(one), data("da"), Failed], format!("{one}da")),
        ("trailers", vec![data(one), Trailers], one.to_owned()),
        ("a frame at the end", vec![data("data: end\n\n")], "data: end\n\n: bye\n\n".to_owned()),
    ];
    for (name, steps, expected) in rows {
        let outs = all(edit(Script::new(steps.clone()), Holds::default()));
        assert_eq!(joined(&outs), expected.as_bytes(), "{name}");
        assert_eq!(outs.last() == Some(&Failed), steps.last() == Some(&Failed), "{name}");
    }
    let mut body =
        pin!(edit(Script::new([data(&"data: x\n\n".repeat(3)), Pending, data("data: y\n\n")]), Holds::default()));
    let outs: [_; 4] = std::array::from_fn(|_| poll(body.as_mut()));
    assert_eq!(outs, [data("data: x\n\n"), Pending, data("data: x\n\n"), data("data: x\n\ndata: y\n\n")]);
}

#[test]
fn a_stream_of_chunks_is_a_body() {
    let rows = [
        (vec![Ok("data: 1\n"), Ok("\nda")], vec![data("data: 1\n\n"), data("da"), End]),
        (vec![Ok("data: 1\n\n"), Err("broken")], vec![data("data: 1\n\n"), Pending, Failed]),
        (vec![], vec![End]),
    ];
    for (chunks, expected) in rows {
        let mut body = Box::pin(edit(ChunkBody::new(futures_util::stream::iter(chunks)), |_: &Block| Edit::Keep));
        for out in expected {
            assert_eq!(poll(body.as_mut()), out);
        }
        assert!(body.is_end_stream());
    }
    let mut body = pin!(ChunkBody::new(futures_util::stream::iter([Err::<Bytes, _>("broken"), Ok(Bytes::new())])));
    assert!(!body.is_end_stream());
    assert_eq!((poll(body.as_mut()), poll(body.as_mut()), body.is_end_stream()), (Failed, End, true));
    assert_eq!(format!("{body:?}"), "ChunkBody { has_ended: true, .. }");
}

#[test]
fn a_keep_alive_stands_between_blocks_only() {
    let ping = || data(": \n\n");
    // Of each step: what comes, whether the timer has rung, and what goes out.
    let rows = [
        (Pending, false, Pending),
        (Pending, true, ping()),
        (Pending, false, Pending),
        (data("data: 1\n\nda"), true, data("data: 1\n\n")),
        // Nothing of the block is out; the interval started with the data frame.
        (Pending, false, Pending),
        (Pending, true, ping()),
        (data("ta: 2\r\r"), true, data("data: 2\r\r")),
        (Pending, true, ping()),
        (data("\ndata: 123456789"), false, data("\ndata: 123456789")),
        // Half of this one is.
        (Pending, true, Pending),
        (data("0\n"), true, data("0\n")),
        (Pending, true, Pending),
        (data("\n"), true, data("\n")),
        (Pending, true, ping()),
        (data(": c\n"), true, data(": c\n")),
        (Pending, true, ping()),
        (End, true, End),
    ];
    let has_rung = Rc::new(Cell::new(false));
    let script = Script::new(rows.iter().map(|(step, ..)| step.clone()));
    let mut body = pin!(edit(script, |_: &Block| Edit::Keep).max_block_len(14).keep_alive(Bell(Rc::clone(&has_rung))));
    for (at, (_, rings, expected)) in rows.into_iter().enumerate() {
        has_rung.set(rings);
        assert_eq!(poll(body.as_mut()), expected, "{at}");
        assert!(!has_rung.get() || expected == Pending || expected == End, "{at}: the interval starts anew");
    }
}

#[test]
fn a_byte_order_mark_goes_on_at_the_start_only() {
    let stream = [data("\u{FEFF}data: 1\n\ndata: \u{FEFF}\n\n")];
    for (limit, waits) in [(100, false), (100, true), (3, false), (3, true)] {
        let steps = waits.then_some(Pending).into_iter().chain(stream.clone());
        let bell = Bell(Rc::new(Cell::new(true)));
        let outs = all(edit(Script::new(steps), |_: &Block| Edit::Keep).max_block_len(limit).keep_alive(bell));
        let start = if waits { ": \n\n" } else { "\u{FEFF}" };
        assert_eq!(joined(&outs), [start, "data: 1\n\ndata: \u{FEFF}\n\n"].concat().as_bytes(), "{limit}");
    }
    // Nor if there is nothing else.
    for (steps, expected) in [(vec![data("\u{FEFF}")], "\u{FEFF}"), (vec![Pending, data("\u{FEFF}")], ": \n\n")] {
        let bell = Bell(Rc::new(Cell::new(true)));
        let outs = all(edit(Script::new(steps), |_: &Block| Edit::Keep).keep_alive(bell));
        assert_eq!(joined(&outs), expected.as_bytes());
    }
}

#[test]
fn what_is_kept_is_not_copied() {
    for block in ["data: x\n\n", "data: x\r\r", "data: x\r\n\r\n", ": x\n"] {
        let chunk = Bytes::from(block.repeat(10));
        let mut body = pin!(edit(Script::new([Data(chunk.clone()), Pending]), |_: &Block| Edit::Keep));
        let Data(sent) = poll(body.as_mut()) else { panic!("data") };
        assert_eq!(
            (sent.as_ptr(), sent.len()),
            (chunk.as_ptr(), chunk.len()),
            "neighbours leave together, and at once"
        );
        assert_eq!(poll(body.as_mut()), Pending);
        drop(sent);
        assert!(chunk.is_unique(), "what has gone out is not held");
    }

    // Nor are large pieces, whatever stands between them.
    let large = format!("data: {}\n\n", "x".repeat(20_000));
    let chunk = Bytes::from([&large, "data\n\n", &large].concat());
    let mut body = pin!(edit(Script::new([Data(chunk.clone())]), |block: &Block| drop_if(block.raw().len() < 10)));
    for at in [0, large.len() + 6] {
        let Data(sent) = poll(body.as_mut()) else { panic!("data") };
        assert_eq!((sent.as_ptr(), sent.len()), (chunk[at..].as_ptr(), large.len()));
    }

    // Small pieces share a data frame.
    let chunk = data("data: 1\n\ndata: 2\n\ndata: 3\n\n");
    let body = edit(Script::new([data("da"), chunk]), upper);
    assert_eq!(all(body), [data("dadata: 1\n\ndata: 2\n\ndata: 3\n\n"), End]);
}

#[test]
fn a_body_is_asked_for_more_only_when_all_is_out() {
    let chunk = "data: 1\n\n".repeat(1000);
    let large = Frame::new().data(&"x".repeat(5000)).to_encoded();
    let (log, asked) = (Rc::new(Cell::new(0)), 3);
    let script = Script { polls: Rc::clone(&log), ..Script::new(vec![data(&chunk); asked]) };
    let mut body = pin!(edit(script, |_: &Block| large.clone().into()));
    assert_eq!(log.get(), 0);
    let mut sent = 0;
    while let Data(bytes) = poll(body.as_mut()) {
        assert!(bytes.len() <= 16 * 1024);
        sent += bytes.len();
        assert_eq!(log.get(), (sent - 1) / (1000 * large.len()) + 1);
    }
    assert_eq!(sent, asked * 1000 * large.len());
}

#[test]
fn a_block_of_any_size_passes_in_constant_memory() {
    let limit = 1000;
    let chunks = [data("data: "), data(&"x".repeat(700)), data(&"y".repeat(700))];
    let steps = chunks.into_iter().chain((0..2000).map(|_| data(&"z".repeat(700))));
    let polls = Rc::default();
    let script = Script { polls: Rc::clone(&polls), ..Script::new(steps) };
    let mut body = pin!(edit(script, |_: &Block| panic!("it is not whole")).max_block_len(limit));
    let mut sent = 0;
    while let Data(bytes) = poll(body.as_mut()) {
        assert!(bytes.len() <= limit + 700);
        sent += bytes.len();
        let fed = 6 + 700 * (polls.get() - 1);
        assert!(fed - sent <= 700, "{fed} came, {sent} went");
    }
    assert_eq!(sent, 6 + 700 * 2002);
}

#[test]
fn a_panic_of_the_editor_leaves_whole_blocks() {
    let editor = |block: &Block| {
        assert!(!has_data(block, "2"), "as is wanted here");
        Edit::Keep
    };
    let mut body = pin!(edit(Script::new([data("data: 1\n\ndata: 2\n\ndata: 3\n\n"), Failed]), editor));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(body.as_mut()))).is_err());
    let outs: [_; 3] = std::array::from_fn(|_| poll(body.as_mut()));
    assert_eq!(outs, [data("data: 1\n\ndata: 3\n\n"), Pending, Failed]);
    assert_eq!(poll(body.as_mut()), End);

    let mut body = pin!(edit(Script::new([]), PanicsLast));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(body.as_mut()))).is_err());
    assert_eq!(poll(body.as_mut()), End, "the body is not polled after its end");
}

#[test]
fn an_edited_body_says_when_it_is_at_its_end_and_lets_others_have_their_turn() {
    let mut body = pin!(edit(Script::new([data("data: 1\n\nda"), Trailers]), SaysHow));
    let expected = [(data("data: 1\n\n"), false), (data("data: cut\n\n"), false), (Trailers, true), (End, true)];
    for (out, is_end) in expected {
        assert_eq!(
            (poll(body.as_mut()), body.is_end_stream(), body.size_hint().exact()),
            (out, is_end, is_end.then_some(0))
        );
    }
    assert_eq!(format!("{body:?}"), "Edited { state: Ended, .. }");

    // What the editor says at the end has no room in one data frame.
    let large = Frame::new().data(&"x".repeat(10_000)).to_encoded();
    let mut body = pin!(edit(Script::new([]), SaysTwice(large.clone())));
    let outs: [_; 3] = std::array::from_fn(|_| (poll(body.as_mut()), body.is_end_stream()));
    let large = Data(large.into_bytes());
    assert_eq!(outs, [(large.clone(), false), (large, true), (End, true)]);

    let empty = || edit(Script::new(vec![data(""); 1000]), |_: &Block| Edit::Keep);
    let outs = all(empty());
    assert!(matches!(&outs[..], [pauses @ .., End] if pauses.len() == 7 && pauses.iter().all(|out| *out == Pending)));
}

#[test]
fn bodies_that_are_passed_on_go_to_any_thread() {
    fn goes_anywhere<T: Send + Sync + Unpin + 'static>(_body: T) {}
    goes_anywhere(tap(String::new(), |_: EventRef<'_>| {}));
    goes_anywhere(edit(String::new(), upper as fn(&Block) -> Edit));
}

proptest! {
    #![proptest_config(few::config(1000))]

    #[test]
    fn an_edited_body_is_the_body_where_nothing_is_edited(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        limit in prop_oneof![Just(usize::MAX), 0..200_usize],
        end in prop_oneof![Just(End), Just(Trailers), Just(Failed)],
        waits in any::<bool>(),
    ) {
        let chunks = strategies::cut(&stream, &cuts);
        let chunks = chunks.into_iter().map(|chunk| if waits && chunk.is_empty() { Pending } else { Data(Bytes::copy_from_slice(chunk)) });
        let steps = chunks.chain((end != End).then(|| end.clone()));
        let outs = all(edit(Script::new(steps), |_: &Block| Edit::Keep).max_block_len(limit));
        prop_assert_eq!(joined(&outs), stream);
        prop_assert_eq!(outs.contains(&Trailers), end == Trailers);
        prop_assert_eq!(outs.last() == Some(&Failed), end == Failed);
    }

    #[test]
    fn edits_do_not_depend_on_the_cut(stream in strategies::stream(), cuts in strategies::cuts()) {
        let editor = |block: &Block| match block.raw().len() % 5 {
            0 => Edit::Keep,
            1 => Edit::Drop,
            2 => block.with_data("other\ndata").into(),
            3 => Edit::Many(vec![Edit::Keep, Frame::new().data("one more").into()]),
            _ => twice_with_frame(block),
        };
        let edited = |chunks: &[&[u8]]| {
            joined(&all(edit(Script::new(chunks.iter().map(|chunk| Data(Bytes::copy_from_slice(chunk)))), editor)))
        };
        prop_assert_eq!(edited(&[&stream]), edited(&strategies::cut(&stream, &cuts)));
    }

    /// A keep-alive whenever nothing is ready, and a frame before each block: the events are those that there were.
    #[test]
    fn what_is_added_never_changes_an_event(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        limit in prop_oneof![Just(usize::MAX), 3..200_usize],
        adds in any::<bool>(),
    ) {
        let chunks = strategies::cut(&stream, &cuts);
        let steps = chunks.iter().flat_map(|chunk| [Pending, Data(Bytes::copy_from_slice(chunk))]);
        let ping = || Frame::new().event_type("ping").unwrap().data("of ours").to_encoded();
        let editor = |_: &Block| if adds { Edit::Many(vec![ping().into(), Edit::Keep]) } else { Edit::Keep };
        let body = edit(Script::new(steps), editor).max_block_len(limit).keep_alive_with(Bell(Rc::new(Cell::new(true))), ping());
        let sent = joined(&all(body));
        let expected = run(Driver::Decode, DecodeOptions::new(), [&stream[..]]);
        let seen = run(Driver::Decode, DecodeOptions::new(), [&sent[..]]);
        let (ours, theirs): (Vec<_>, Vec<_>) = seen.events().into_iter().partition(|event| event.data == "of ours");
        prop_assert_eq!(theirs, expected.events());
        prop_assert!(!ours.is_empty() || limit < 200);
        prop_assert_eq!(seen.last_event_id, expected.last_event_id);
    }
}

fn drop_if(is_unwanted: bool) -> Edit {
    if is_unwanted { Edit::Drop } else { Edit::Keep }
}

fn has_data(block: &Block, data: &str) -> bool {
    block.fields().data.as_deref() == Some(data)
}

fn upper(block: &Block) -> Edit {
    block.fields().data.map_or(Edit::Keep, |data| block.with_data(&data.to_uppercase()).into())
}

fn twice_with_frame(_block: &Block) -> Edit {
    Edit::Many(vec![Edit::Keep, Frame::new().comment("x").into(), Edit::Keep])
}

/// Keeps all, and says at the end how the body ended.
struct SaysHow;

impl Editor<&'static str> for SaysHow {
    fn block(&mut self, _block: &Block) -> Edit {
        Edit::Keep
    }

    fn end(&mut self, ending: Ending<'_, &'static str>) -> Edit {
        Frame::new()
            .data(match ending {
                Ending::Complete => "complete",
                Ending::CutOff => "cut",
                Ending::Failed(error) => error,
            })
            .into()
    }
}

/// Is two blocks behind, and lets go of them at the end.
#[derive(Default)]
struct Holds(VecDeque<Block>);

impl<E> Editor<E> for Holds {
    fn block(&mut self, block: &Block) -> Edit {
        self.0.push_back(block.clone());
        if self.0.len() > 2 { self.0.pop_front().map_or(Edit::Drop, Edit::Replace) } else { Edit::Drop }
    }

    fn end(&mut self, ending: Ending<'_, E>) -> Edit {
        let has_end = self.0.iter().any(|block| has_data(block, "end"));
        let held = self.0.drain(..).map(Edit::Replace);
        // Nothing may stand behind what is kept of a block that was cut off.
        let forbidden = Edit::from(Frame::new().comment("inside of a block"));
        let last = match ending {
            Ending::Complete if has_end => vec![Edit::Keep, Frame::new().comment("bye").into()],
            Ending::Complete => vec![Edit::Keep],
            Ending::CutOff | Ending::Failed(_) => vec![Edit::Keep, forbidden, Edit::Keep],
        };
        Edit::Many(held.chain(last).collect())
    }
}

/// Ends with this, twice.
struct SaysTwice(EncodedFrames);

impl<E> Editor<E> for SaysTwice {
    fn block(&mut self, _block: &Block) -> Edit {
        Edit::Keep
    }

    fn end(&mut self, _ending: Ending<'_, E>) -> Edit {
        Edit::Many(vec![self.0.clone().into(), self.0.clone().into()])
    }
}

/// Panics at the end.
struct PanicsLast;

impl<E> Editor<E> for PanicsLast {
    fn block(&mut self, _block: &Block) -> Edit {
        Edit::Keep
    }

    fn end(&mut self, _ending: Ending<'_, E>) -> Edit {
        panic!("as is wanted here");
    }
}

/// A timer that rings while this is true; a restart makes it false, unless it is alone.
struct Bell(Rc<Cell<bool>>);

impl Timer for Bell {
    fn restart(self: Pin<&mut Self>) {
        if Rc::strong_count(&self.0) > 1 {
            self.0.set(false);
        }
    }

    fn poll_elapsed(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        if self.0.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// The data of all frames.
fn joined(outs: &[Out]) -> Vec<u8> {
    let data = outs.iter().filter_map(|out| if let Data(bytes) = out { Some(&bytes[..]) } else { None });
    data.collect::<Vec<_>>().concat()
}

/// What an observer was told.
#[derive(Default)]
struct Told {
    events: Vec<Event>,
    rejected: Vec<DecodeError>,
    outcomes: Vec<Outcome>,
}

struct Log(Rc<RefCell<Told>>);

impl Log {
    fn new() -> (Self, Rc<RefCell<Told>>) {
        let told = Rc::default();
        (Self(Rc::clone(&told)), told)
    }
}

impl Observer for Log {
    fn event(&mut self, event: EventRef<'_>) {
        self.0.borrow_mut().events.push(event.into());
    }

    fn rejected(&mut self, error: DecodeError) {
        self.0.borrow_mut().rejected.push(error);
    }

    fn ended(&mut self, outcome: Outcome) {
        self.0.borrow_mut().outcomes.push(outcome);
    }
}

/// A body that does as it is told, and panics if it is polled after its end.
struct Script {
    steps: VecDeque<Out>,
    /// Whether it says that it is at its end as soon as it is.
    says_end: bool,
    has_ended: bool,
    polls: Rc<Cell<usize>>,
}

impl Script {
    fn new(steps: impl IntoIterator<Item = Out>) -> Self {
        Self { steps: steps.into_iter().collect(), says_end: false, has_ended: false, polls: Rc::default() }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Polled>> {
        assert!(!self.has_ended, "polled after the end");
        self.polls.set(self.polls.get() + 1);
        let step = self.steps.pop_front().unwrap_or(End);
        self.has_ended = matches!(step, End | Failed);
        match step {
            Pending => Poll::Pending,
            End => Poll::Ready(None),
            Failed => Poll::Ready(Some(Err("broken"))),
            Trailers => Poll::Ready(Some(Ok(http_body::Frame::trailers(trailers())))),
            Data(bytes) => Poll::Ready(Some(Ok(http_body::Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.says_end && self.steps.is_empty()
    }
}

type Polled = Result<http_body::Frame<Bytes>, &'static str>;

/// A body that has one frame, and ends when it is told to.
struct EndsLater {
    text: Option<&'static str>,
    ends: Rc<RefCell<bool>>,
}

impl Body for EndsLater {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Polled>> {
        self.text.take().map_or(Poll::Pending, |text| Poll::Ready(Some(Ok(http_body::Frame::data(text.into())))))
    }

    fn is_end_stream(&self) -> bool {
        *self.ends.borrow()
    }
}

/// A body that knows its size.
fn http_body_of(bytes: Bytes) -> impl Body<Data = Bytes, Error = &'static str> {
    struct Full(Bytes);
    impl Body for Full {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Polled>> {
            Poll::Ready(Some(Ok(http_body::Frame::data(std::mem::take(&mut self.0)))))
        }

        fn is_end_stream(&self) -> bool {
            self.0.is_empty()
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.0.len() as u64)
        }
    }
    Full(bytes)
}

fn trailers() -> HeaderMap {
    HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("data: forged"))])
}

fn data(text: &str) -> Out {
    Data(Bytes::copy_from_slice(text.as_bytes()))
}

fn poll<B: Body<Data = Bytes, Error = &'static str>>(body: Pin<&mut B>) -> Out {
    match body.poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => Pending,
        Poll::Ready(None) => End,
        Poll::Ready(Some(Err(error))) => {
            assert_eq!(error, "broken");
            Failed
        }
        Poll::Ready(Some(Ok(frame))) => frame.into_data().map_or_else(
            |frame| {
                assert_eq!(frame.trailers_ref(), Some(&trailers()));
                Trailers
            },
            Data,
        ),
    }
}

/// All that comes, up to the end or an error.
fn all<B: Body<Data = Bytes, Error = &'static str>>(body: B) -> Vec<Out> {
    let mut body = pin!(body);
    let mut outs = Vec::new();
    while !matches!(outs.last(), Some(End | Failed)) {
        outs.push(poll(body.as_mut()));
    }
    outs
}
