//! HTTP bodies, polled by hand: which data frames leave an `EventBody` and when, and what a client makes of a response.
#![cfg(feature = "http-body")]

use std::{
    cell::Cell,
    collections::VecDeque,
    convert::Infallible,
    error::Error,
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Body;
use sse_wire::{
    Decoder, EncodedFrames, Frame, FrameBuf, InvalidField, StreamError, Utf8Bytes,
    body::{
        BodyChunks, EventBody, FnTimer, IntoFrame, KEEP_ALIVE_INTERVAL, NoTimer, NotEventStream, Refusal,
        ResponseCheck, Timer, event_stream_response, events, last_event_id, request_headers,
    },
    header::RESPONSE_HEADERS,
    stream::EventStream,
};

/// What a poll of a body gives.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Out<E> {
    Data(Bytes),
    Failed(E),
    Pending,
    End,
}
use Out::{Data, End, Failed, Pending};

type Step = Poll<Result<EncodedFrames, &'static str>>;

#[test]
fn frames_that_are_ready_together_leave_together() {
    let ready = |text: &'static str| Poll::Ready(Ok(comments(text)));
    let data = |text: &'static str| Data(comments(text).into());
    let error = || Poll::Ready(Err("broken"));
    let wait = || Poll::Pending;
    let rows: [(Vec<Step>, Vec<Out<_>>); 11] = [
        (vec![], vec![End]),
        (vec![wait()], vec![Pending, End]),
        (vec![ready("a")], vec![data("a"), End]),
        (vec![ready("a"), ready("b"), ready("c")], vec![data("abc"), End]),
        (vec![ready("a"), wait(), ready("b")], vec![data("a"), data("b"), End]),
        (vec![ready("a"), wait(), wait(), ready("b")], vec![data("a"), Pending, data("b"), End]),
        // A pause comes before an error.
        (vec![error()], vec![Pending, Failed("broken"), End]),
        (vec![ready("a"), ready("b"), error()], vec![data("ab"), Pending, Failed("broken"), End]),
        (vec![ready("a"), wait(), error()], vec![data("a"), Pending, Failed("broken"), End]),
        // Nothing is no data frame.
        (vec![ready(""), wait(), ready(""), ready("a"), ready("")], vec![Pending, data("a"), End]),
        (vec![ready(""), error()], vec![Pending, Failed("broken"), End]),
    ];
    for (steps, expected) in rows {
        let (frames, polls) = Script::new(steps.clone());
        let mut body = pin!(EventBody::new(frames));
        let mut seen: Vec<_> = expected.iter().map(|_| poll(body.as_mut())).collect();
        assert_eq!(seen, expected, "{steps:?}");
        seen = (0..2).map(|_| poll(body.as_mut())).collect();
        assert_eq!(seen, [End, End], "{steps:?}");
        let has_failed = steps.iter().any(|step| matches!(step, Poll::Ready(Err(_))));
        assert_eq!(polls.get(), steps.len() + usize::from(!has_failed), "{steps:?}: an error is an end, too");
    }
}

#[test]
fn a_body_says_when_it_is_at_its_end() {
    let (frames, _) = Script::new([Poll::Ready(Ok(text(20_000))), Poll::Ready(Err("broken"))]);
    let mut body = pin!(EventBody::new(frames));
    let hint = |body: &EventBody<Script<_>, NoTimer, _>| {
        (body.size_hint().lower(), body.size_hint().upper(), body.is_end_stream())
    };
    assert_eq!(hint(&body), (0, None, false));
    assert!(matches!(poll(body.as_mut()), Data(_)));
    assert_eq!(hint(&body), (0, None, false), "the error is still to come");
    assert_eq!(poll(body.as_mut()), Pending);
    assert_eq!(hint(&body), (0, None, false), "or it would look like a clean end");
    assert_eq!(format!("{:?}", *body), "EventBody { state: Failed, remaining: 0, .. }");
    assert_eq!(poll(body.as_mut()), Failed("broken"));
    assert_eq!(hint(&body), (0, Some(0), true));

    let frame = Frame::head().shared_data(Utf8Bytes::from("x".repeat(10_000)));
    let mut body = pin!(EventBody::new(Script::new([Poll::Ready(frame)]).0));
    assert_eq!(data(body.as_mut()), "data: ");
    assert_eq!((body.size_hint().lower(), body.size_hint().upper()), (10_002, None), "the rest of the frame");
    assert_eq!(data(body.as_mut()).len(), 10_000);
    assert_eq!(data(body.as_mut()), "\n\n");
    assert!(body.is_end_stream(), "with the last bytes");
}

#[test]
fn a_data_frame_is_bounded_and_so_is_what_is_taken_for_it() {
    for (length, most_frames) in [(1, 300), (100, 163), (129, 127), (1_000, 16), (1_024, 16), (3_277, 4), (8_191, 2)] {
        let items: Vec<_> = (0..300).map(|_| Poll::Ready(text(length))).collect();
        let (frames, polls) = Script::new(items);
        let mut body = pin!(EventBody::new(frames));
        assert_eq!(polls.get(), 0);
        let mut total = 0;
        while let Data(bytes) = poll(body.as_mut()) {
            assert!(bytes.len() <= 16 * 1024, "{length}");
            total += bytes.len();
            // One more may be in hand that did not fit.
            let taken = polls.get().min(300);
            assert!(taken <= total / length + 1, "{length}: {taken} taken for {total} bytes");
            assert!(bytes.len() == most_frames * length || polls.get() > 300, "{length}: {}", bytes.len());
        }
        assert_eq!(total, 300 * length);
    }
}

#[test]
fn a_data_frame_is_filled_by_bytes_and_not_by_frames() {
    let items: Vec<_> = (0..4_000).map(|_| Poll::Ready(text(18))).collect();
    let mut body = pin!(EventBody::new(Script::new(items).0));
    let lengths = std::iter::from_fn(|| match poll(body.as_mut()) {
        Data(bytes) => Some(bytes.len()),
        _ => None,
    });
    assert_eq!(lengths.collect::<Vec<_>>(), [16_380, 16_380, 16_380, 16_380, 6_480]);
}

#[test]
fn batching_can_be_limited_and_turned_off() {
    let rows: [(usize, &[usize], &[usize]); 9] = [
        (0, &[10, 20, 30], &[10, 20, 30]),
        (1, &[10, 20, 30], &[10, 20, 30]),
        (30, &[10, 20, 30], &[30, 30]),
        (35, &[10, 20, 30], &[30, 30]),
        (59, &[10, 20, 30], &[30, 30]),
        (60, &[10, 20, 30], &[60]),
        // A long frame is not cut, and those beside it stay apart.
        (100, &[10, 5_000, 20, 30], &[10, 5_000, 50]),
        (0, &[5_000, 40_000, 1], &[5_000, 40_000, 1]),
        (30_000, &[7_000, 7_000, 7_000, 7_000, 7_000], &[28_000, 7_000]),
    ];
    for (max_batch, lengths, expected) in rows {
        let items = lengths.iter().map(|&length| Poll::Ready(text(length)));
        let mut body = pin!(EventBody::new(Script::new(items).0).max_batch(max_batch));
        let seen: Vec<_> = expected.iter().map(|_| data(body.as_mut()).len()).collect();
        assert_eq!(seen, expected, "{max_batch}");
        assert_eq!(poll(body.as_mut()), End, "{max_batch}");
    }
    // The lines of one frame stay together, too.
    let frame = || Poll::Ready(Frame::head().shared_data(Utf8Bytes::from("a\nb\nc")));
    let mut body = pin!(EventBody::new(Script::new([frame(), frame()]).0).max_batch(0));
    for _ in 0..2 {
        assert_eq!(data(body.as_mut()), "data: a\ndata: b\ndata: c\n\n");
    }
    assert_eq!(poll(body.as_mut()), End);
}

#[test]
fn a_frame_of_many_pieces_is_cut_at_16_kib_whatever_the_limit() {
    let lines = vec!["x".repeat(400); 100].join("\n");
    let expected = Frame::new().data(&lines).encoded_len();
    for max_batch in [0, 100, 16 * 1024] {
        let frame = Poll::Ready(Frame::head().shared_data(Utf8Bytes::from(lines.clone())));
        let mut body = pin!(EventBody::new(Script::new([frame]).0).max_batch(max_batch));
        let lengths = std::iter::from_fn(|| match poll(body.as_mut()) {
            Data(bytes) => Some(bytes.len()),
            _ => None,
        });
        let lengths: Vec<_> = lengths.collect();
        assert_eq!((lengths.len(), lengths.iter().sum()), (3, expected), "{max_batch}: {lengths:?}");
        assert!(lengths.iter().all(|&length| length <= 16 * 1024), "{max_batch}: {lengths:?}");
    }
}

#[test]
fn what_was_collected_before_a_panic_of_the_stream_is_handed_out_after_it() {
    // It panics at its third and fourth poll.
    let mut polls = 0;
    let frames = futures_util::stream::poll_fn(|_| {
        polls += 1;
        match polls {
            1 => Poll::Ready(Some(comments("a"))),
            2 => Poll::Ready(Some(comments("b"))),
            3 | 4 => panic!("a bug in the stream"),
            5 => Poll::Ready(Some(comments("c"))),
            _ => Poll::Ready(None),
        }
    });
    let (timer, log) = Rings::new(false);
    let mut body = pin!(EventBody::new(frames).keep_alive(timer));
    let caught = |body: Pin<&mut _>| catch_unwind(AssertUnwindSafe(|| poll(body))).is_err();
    assert!(caught(body.as_mut()));
    assert_eq!((body.size_hint().lower(), body.is_end_stream()), (8, false), "they are still there");
    assert_eq!(data(body.as_mut()), ":a\n\n:b\n\n", "without asking the stream again");
    assert_eq!(log.restarts.get(), 1);
    assert!(caught(body.as_mut()));
    assert_eq!(data(body.as_mut()), ":c\n\n");
    assert_eq!(poll(body.as_mut()), End);
}

#[test]
fn a_signal_ends_the_body_with_a_last_frame() {
    let last = || Frame::new().event_type("bye").expect("valid").data("");
    let signal = |is_over: &Rc<Cell<bool>>| {
        let is_over = Rc::clone(is_over);
        std::future::poll_fn(move |_| if is_over.get() { Poll::Ready(()) } else { Poll::Pending })
    };
    // In the midst of a stream that always has something ready.
    let is_over = Rc::new(Cell::new(false));
    let sets = Rc::clone(&is_over);
    let (mut polls, dropped) = (0, Rc::new(()));
    let held = Rc::clone(&dropped);
    let frames = futures_util::stream::repeat_with(move || {
        let _ = &held;
        polls += 1;
        sets.set(polls == 3);
        comments("a")
    });
    let mut body = pin!(EventBody::new(frames).end_with(signal(&is_over), last()));
    assert_eq!(data(body.as_mut()), ":a\n\n:a\n\n:a\n\nevent: bye\ndata: \n\n", "collected, then the last");
    assert!(body.is_end_stream());
    assert_eq!(Rc::strong_count(&dropped), 1, "the stream has been let go of");
    assert_eq!(poll(body.as_mut()), End);

    // In silence, with a keep-alive.
    let is_over = Rc::new(Cell::new(false));
    let frames = futures_util::stream::pending::<Result<Frame<'_>, &str>>();
    let body = EventBody::new(frames).end_with(signal(&is_over), last()).keep_alive(Rings::new(true).0);
    let mut body = pin!(body);
    assert_eq!(data(body.as_mut()), Frame::KEEP_ALIVE);
    is_over.set(true);
    assert_eq!(data(body.as_mut()), "event: bye\ndata: \n\n");
    assert_eq!(poll(body.as_mut()), End);

    // A stream that ends or fails before the signal ends as it would without.
    let is_over = Rc::new(Cell::new(false));
    let items = [Poll::Ready(Ok(comments("a"))), Poll::Ready(Err("broken"))];
    let mut body = pin!(EventBody::new(Script::new(items).0).end_with(signal(&is_over), last()));
    let seen: [_; 4] = std::array::from_fn(|_| poll(body.as_mut()));
    assert_eq!(seen, [Data(":a\n\n".into()), Pending, Failed("broken"), End]);
    let mut body = pin!(EventBody::new(Script::<FrameBuf>::new([]).0).end_with(signal(&is_over), last()));
    assert_eq!(poll(body.as_mut()), End);
    is_over.set(true);
    assert_eq!(poll(body.as_mut()), End);

    // A signal that is there from the start, and nothing as the last frame.
    let frames = || futures_util::stream::repeat(comments("a"));
    let mut body = pin!(EventBody::new(frames()).end_with(std::future::ready(()), last()));
    assert_eq!(data(body.as_mut()), "event: bye\ndata: \n\n");
    let mut body = pin!(EventBody::new(frames()).end_with(std::future::ready(()), EncodedFrames::default()));
    assert_eq!(poll(body.as_mut()), End);
}

#[test]
fn an_error_frame_never_lands_inside_an_event() -> Result<(), Box<dyn Error>> {
    let large = |length| Frame::head().shared_data(Utf8Bytes::from("x".repeat(length)));
    let error = || Frame::new().event_type("error").map(|frame| frame.data("gone"));
    for length in [1, 8_191, 8_192, 16_384, 40_000] {
        let whole = [&b"data: "[..], &b"x".repeat(length), b"\n\n"].concat();
        // The stream gives it, or a signal does while the rest of an event still waits.
        let frames = [large(length), error()?.into()];
        let expected = [&whole[..], b"event: error\ndata: gone\n\n"].concat();
        for max_batch in [0, 100, 16_384] {
            assert_eq!(all(EventBody::new(futures_util::stream::iter(frames.clone())).max_batch(max_batch)), expected);
        }
        let is_over = Cell::new(false);
        let signal = std::future::poll_fn(|_| if is_over.get() { Poll::Ready(()) } else { Poll::Pending });
        let frames = futures_util::stream::repeat_with(|| {
            is_over.set(true);
            large(length)
        });
        assert_eq!(all(EventBody::new(frames).end_with(signal, error()?)), expected);
    }
    // Half an event encoded elsewhere is no frame, but an error, and the body ends before it.
    let half = EncodedFrames::from_encoded("data: hal");
    let mut body = pin!(EventBody::new(futures_util::stream::iter([Ok(comments("a")), half])));
    assert_eq!(data(body.as_mut()), ":a\n\n");
    assert_eq!(poll(body.as_mut()), Pending);
    let Failed(error) = poll(body.as_mut()) else { panic!("no error") };
    assert_eq!(error.into_bytes(), "data: hal");
    assert_eq!(poll(body.as_mut()), End);
    Ok(())
}

#[test]
fn a_body_is_a_stream_of_bytes_for_whoever_wants_one() {
    fn wants_stream<E>(stream: impl Stream<Item = Result<Bytes, E>> + 'static) -> impl Stream<Item = Result<Bytes, E>> {
        stream
    }
    let steps =
        [Poll::Ready(Ok(comments("a"))), Poll::Pending, Poll::Ready(Ok(comments("b"))), Poll::Ready(Err("broken"))];
    let mut chunks = pin!(wants_stream(BodyChunks::new(EventBody::new(Script::new(steps).0))));
    let seen: [_; 4] = std::array::from_fn(|_| next(chunks.as_mut()));
    let chunk = |text: &'static str| Poll::Ready(Some(Ok(Bytes::from(text))));
    assert_eq!(seen, [chunk(":a\n\n"), chunk(":b\n\n"), Poll::Pending, Poll::Ready(Some(Err("broken")))]);
    assert_eq!(next(chunks.as_mut()), Poll::Ready(None));
}

#[test]
fn a_body_can_be_held_by_a_struct_without_bounds() {
    struct Holder<S> {
        body: EventBody<S>,
    }
    let holder = Holder { body: EventBody::new(futures_util::stream::iter([Frame::new().data("x")])) };
    let response = holder.body.into_response();
    assert_eq!(response.headers(), event_stream_response(String::new()).headers());
    assert_eq!(all(response.into_body()), b"data: x\n\n");
}

#[test]
fn a_server_reads_the_last_event_id_as_utf_8() {
    let rows: [(&[&[u8]], Option<&str>); 8] = [
        (&[], None),
        (&[b""], None),
        (&[b"42"], Some("42")),
        (&["글 é".as_bytes()], Some("글 é")),
        (&[b"a, b"], Some("a, b")),
        (&[b"\xFF"], None),
        (&[b"4\xC3"], None),
        // The first; no client sends two.
        (&[b"1", b"2"], Some("1")),
    ];
    for (values, expected) in rows {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("last-event-id", HeaderValue::from_bytes(value).expect("valid"));
        }
        assert_eq!(last_event_id(&headers), expected, "{values:?}");
    }
    for id in ["1", "글 a", "\u{85}", "a\tb"] {
        assert_eq!(last_event_id(&request_headers(id).expect("sendable")), Some(id));
    }
}

#[test]
fn frames_that_share_a_data_frame_take_the_memory_that_they_need() {
    let frames = [100, 50].map(|length| Poll::Ready(text(length)));
    let mut body = pin!(EventBody::new(Script::new(frames).0));
    let joined = data(body.as_mut()).try_into_mut().expect("nobody shares it");
    assert!(joined.len() == 150 && joined.capacity() < 300, "{}", joined.capacity());
}

#[test]
fn whoever_is_not_ready_wakes_the_task_if_nobody_else_does() {
    let (waker, count) = counting_waker();
    let mut cx = Context::from_waker(&waker);
    // An endless stream of nothing lets other tasks run.
    let nothing = || futures_util::stream::repeat(EncodedFrames::default());
    let mut body = pin!(EventBody::new(nothing()));
    for woken in 1..4 {
        assert!(body.as_mut().poll_frame(&mut cx).is_pending());
        assert_eq!(count(), woken, "or it would sleep for ever");
    }
    let mut body = pin!(EventBody::new(nothing()).keep_alive(Rings::new(true).0));
    assert_eq!(data(body.as_mut()), Frame::KEEP_ALIVE, "the receiver must not think that the server is gone");

    let before = count();
    let mut body = pin!(EventBody::new(futures_util::stream::iter([Ok(text(1)), Err("broken")])));
    assert!(body.as_mut().poll_frame(&mut cx).is_ready());
    assert_eq!(count(), before);
    assert!(body.as_mut().poll_frame(&mut cx).is_pending(), "the pause before an error");
    assert_eq!(count(), before + 1);
    assert_eq!(poll(body.as_mut()), Failed("broken"));

    let before = count();
    let mut body = pin!(EventBody::new(futures_util::stream::repeat(text(1))));
    assert!(body.as_mut().poll_frame(&mut cx).is_ready());
    let mut body =
        pin!(EventBody::new(futures_util::stream::pending::<EncodedFrames>()).keep_alive(Rings::new(false).0));
    assert!(body.as_mut().poll_frame(&mut cx).is_pending());
    assert_eq!(count(), before, "there is data, or the stream and the timer do");
}

#[test]
fn what_is_encoded_or_large_is_not_copied() -> Result<(), Box<dyn Error>> {
    let encoded = Frame::new().data("for many").to_encoded();
    let mut body = pin!(EventBody::new(Script::new([Poll::Ready(encoded.clone())]).0));
    assert_eq!(data(body.as_mut()).as_ptr(), encoded.as_ptr());

    let small = Frame::new().data("small").to_encoded();
    let payload = Bytes::from(format!("{}\n{}\nshort", "x".repeat(30_000), "y".repeat(8_192)));
    let large = Frame::head().id("7")?.shared_data(Utf8Bytes::try_from(payload.clone())?);
    let items = [small.clone().into(), large, small.into()].map(Poll::Ready);
    let mut body = pin!(EventBody::new(Script::<FrameBuf>::new(items).0));
    assert_eq!(data(body.as_mut()), "data: small\n\nid: 7\ndata: ");
    let line = data(body.as_mut());
    assert_eq!((line.as_ptr(), line.len()), (payload.as_ptr(), 30_000));
    assert_eq!(data(body.as_mut()), "\ndata: ");
    let line = data(body.as_mut());
    assert_eq!((line.as_ptr(), line.len()), (payload[30_001..].as_ptr(), 8_192));
    assert_eq!(data(body.as_mut()), "\ndata: short\n\ndata: small\n\n");
    assert_eq!(poll(body.as_mut()), End);
    Ok(())
}

#[test]
fn frames_of_any_size_arrive_whole_and_in_order() {
    let lengths = [0, 1, 50, 8_184, 8_191, 8_192, 16_376, 16_383, 16_384, 16_385, 40_000];
    for (first, second) in lengths.iter().flat_map(|&first| [1, 8_191, 16_384].map(|second| (first, second))) {
        let texts: Vec<String> =
            [first, second, 3].iter().zip(["x", "y\n", "z"]).map(|(&length, letter)| letter.repeat(length)).collect();
        let shared: Vec<FrameBuf> = texts.iter().map(|text| Frame::head().shared_data(text.as_str())).collect();
        let encoded: Vec<EncodedFrames> = texts.iter().map(|text| Frame::new().data(text).to_encoded()).collect();
        let expected = encoded.iter().flat_map(|frames| frames.to_vec()).collect::<Vec<u8>>();
        assert_eq!(all(EventBody::new(Script::new(shared.into_iter().map(Poll::Ready)).0)), expected);
        assert_eq!(all(EventBody::new(Script::new(encoded.into_iter().map(Poll::Ready)).0)), expected);
    }
}

#[test]
fn all_kinds_of_items_are_taken() {
    struct Typed(&'static str);
    impl IntoFrame for Typed {
        type Error = InvalidField;
        fn into_frame(self) -> Result<FrameBuf, InvalidField> {
            Ok(Frame::new().event_type(self.0)?.into())
        }
    }
    let frame = Frame::new().data("x");
    let expected = frame.to_encoded();
    let event = Decoder::new().decode_bytes(&mut expected.clone().into()).expect("no error").expect("an event");
    assert_eq!(all(EventBody::new(futures_util::stream::iter([event.as_event_ref()]))), &*expected);
    assert_eq!(all(EventBody::new(futures_util::stream::iter([event]))), &*expected);
    assert_eq!(all(EventBody::new(futures_util::stream::iter([frame]))), &*expected);
    assert_eq!(all(EventBody::new(futures_util::stream::iter([FrameBuf::from(frame)]))), &*expected);
    assert_eq!(all(EventBody::new(futures_util::stream::iter([Ok::<_, InvalidField>(frame)]))), &*expected);
    assert_eq!(all(EventBody::new(futures_util::stream::iter([Ok::<_, Infallible>(expected.clone())]))), &*expected);
    let mut body = pin!(EventBody::new(futures_util::stream::iter(["a", "\n", "b"].map(Typed))));
    assert_eq!(poll(body.as_mut()), Data("event: a\n\n".into()));
    assert_eq!(poll(body.as_mut()), Pending);
    assert!(matches!(poll(body.as_mut()), Failed(error) if error.field() == "event"));
    assert_eq!(poll(body.as_mut()), End);
}

#[test]
fn a_keep_alive_fills_silence_and_nothing_else() {
    let ready = |text: &'static str| Poll::Ready(comments(text));
    let (frames, _) = Script::new([Poll::Pending, Poll::Pending, ready("a"), Poll::Pending, ready("b"), Poll::Pending]);
    let (timer, log) = Rings::new(false);
    let mut body = pin!(EventBody::new(frames).keep_alive(timer));
    assert_eq!(poll(body.as_mut()), Pending);
    assert_eq!((log.polls.get(), log.restarts.get()), (1, 0));
    log.is_over.set(true);
    assert_eq!(data(body.as_mut()), Frame::KEEP_ALIVE);
    assert_eq!((log.polls.get(), log.restarts.get()), (2, 1), "the next interval has begun");
    log.is_over.set(true);
    assert_eq!(data(body.as_mut()), ":a\n\n", "frames come first");
    assert_eq!((log.polls.get(), log.restarts.get()), (2, 2), "a frame begins an interval");
    log.is_over.set(true);
    assert_eq!(data(body.as_mut()), ":b\n\n");
    assert_eq!((log.polls.get(), log.restarts.get()), (2, 3));
    assert_eq!(poll(body.as_mut()), End);
    assert_eq!(poll(body.as_mut()), End);
    assert_eq!((log.polls.get(), log.restarts.get()), (2, 3), "nobody waits after the end");
}

#[test]
fn a_timer_that_always_rings_does_not_hold_up_frames() {
    let steps = (0..10).flat_map(|_| [Poll::Pending, Poll::Ready(Frame::new().data("x")), Poll::Pending]);
    let (timer, log) = Rings::new(true);
    let ping = Frame::new().comment("ping").to_encoded();
    let mut body = pin!(EventBody::new(Script::new(steps).0).keep_alive_with(timer, ping.clone()));
    for _ in 0..10 {
        let sent = data(body.as_mut());
        assert_eq!((sent.as_ptr(), sent), (ping.as_ptr(), Bytes::from(ping.clone())), "it is shared, not copied");
        assert_eq!(data(body.as_mut()), "data: x\n\n");
    }
    assert_eq!(poll(body.as_mut()), End);
    assert_eq!(log.restarts.get(), 20);
}

#[test]
fn a_keep_alive_never_stands_inside_a_frame() {
    let frame = Frame::head().shared_data(Utf8Bytes::from("x".repeat(10_000)));
    let (timer, _) = Rings::new(true);
    let (frames, polls) = Script::new([Poll::Ready(frame), Poll::Pending, Poll::Pending]);
    let mut body = pin!(EventBody::new(frames).keep_alive(timer));
    let lengths: [usize; 4] = std::array::from_fn(|_| data(body.as_mut()).len());
    // The last two bytes wait for what comes after them, but not for long.
    assert_eq!(lengths, [6, 10_000, 2, 4]);
    assert_eq!(polls.get(), 3);
}

#[test]
fn without_a_keep_alive_there_is_none() {
    let wait = || Script::<EncodedFrames>::new([Poll::Pending]).0;
    let (timer, log) = Rings::new(true);
    let unused = Rings::new(true).0;
    let mut empty = pin!(EventBody::new(wait()).keep_alive_with(timer, EncodedFrames::default()));
    assert_eq!(poll(empty.as_mut()), Pending, "no empty data frame");
    assert_eq!(log.polls.get(), 0);
    let mut none = pin!(EventBody::new(wait()).keep_alive(NoTimer));
    assert_eq!(poll(none.as_mut()), Pending);
    let mut broken =
        pin!(EventBody::new(Script::new([Poll::Ready(Err::<EncodedFrames, _>("broken"))]).0).keep_alive(unused));
    let seen: [_; 3] = std::array::from_fn(|_| poll(broken.as_mut()));
    assert_eq!(seen, [Pending, Failed("broken"), End], "not even in the pause before an error");
    assert_eq!(KEEP_ALIVE_INTERVAL.as_secs(), 15);
}

#[test]
fn a_closure_that_sleeps_is_a_timer() {
    let (made, over) = (Cell::new(0), Cell::new(false));
    let timer = FnTimer::new(|| {
        made.set(made.get() + 1);
        // A new one for each interval: this one must not be polled again once it was ready.
        let mut is_done = false;
        let over = &over;
        std::future::poll_fn(move |_| {
            assert!(!is_done);
            is_done = over.get();
            if is_done { Poll::Ready("whatever it gives") } else { Poll::Pending }
        })
    });
    let wait = || Poll::Pending;
    let (frames, _) = Script::new([wait(), wait(), wait(), wait(), Poll::Ready(text(1)), wait(), wait()]);
    let mut body = pin!(EventBody::new(frames).keep_alive(timer));
    assert_eq!(made.get(), 0);
    for _ in 0..2 {
        assert_eq!(poll(body.as_mut()), Pending);
        assert_eq!(made.get(), 1);
    }
    over.set(true);
    assert_eq!(data(body.as_mut()), Frame::KEEP_ALIVE);
    over.set(false);
    assert_eq!(poll(body.as_mut()), Pending);
    assert_eq!(made.get(), 2);
    assert_eq!(data(body.as_mut()).len(), 1);
    assert_eq!(made.get(), 2, "no clock is asked while frames come");
    assert_eq!(poll(body.as_mut()), Pending);
    assert_eq!(made.get(), 3);
}

#[test]
fn a_response_has_the_headers_of_an_event_stream() {
    let response = event_stream_response(EventBody::new(futures_util::stream::empty::<EncodedFrames>()));
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")));
    let mut headers: Vec<_> = headers.collect();
    let mut expected = RESPONSE_HEADERS.to_vec();
    headers.sort_unstable();
    expected.sort_unstable();
    assert_eq!(headers, expected);
}

#[test]
fn a_response_asks_every_intermediary_to_pass_events_on() {
    let expected = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store, no-transform"),
        ("incremental", "?1"),
        ("x-accel-buffering", "no"),
    ];
    assert_eq!(RESPONSE_HEADERS, expected);
}

#[test]
fn a_body_gives_the_same_events_wherever_it_is_cut() {
    let stream = b"id: 1\ndata: one\n\n: \n\nevent: two\r\ndata: \xE2\x82\xAC\r\n\r\n";
    let expected = [("message", "one", "1"), ("two", "€", "1")];
    for at in 0..=stream.len() {
        let (head, tail) = stream.split_at(at);
        let chunks = [head, b"", tail].map(|chunk| Poll::Ready(Ok::<_, Infallible>(data_frame(chunk))));
        check_events(chunks.into_iter().chain([Poll::Ready(Ok(trailers()))]), &expected);
    }
    let bytes = stream.chunks(1).flat_map(|byte| [Poll::Pending, Poll::Ready(Ok::<_, Infallible>(data_frame(byte)))]);
    check_events(bytes, &expected);
    // A buffer in pieces is one chunk.
    let chain = Bytes::from_static(b"data: on").chain(Bytes::from_static(b"e\n\n"));
    let steps = [Poll::Ready(Ok::<_, Infallible>(http_body::Frame::data(chain)))];
    check_events(steps, &[("message", "one", "")]);
}

#[test]
fn a_body_stream_passes_bytes_and_errors_and_ends_once() {
    let chunk = Bytes::from_static(b"data: x\n\n");
    let steps = [
        Poll::Ready(Ok(trailers())),
        Poll::Pending,
        Poll::Ready(Ok(http_body::Frame::data(chunk.clone()))),
        Poll::Ready(Err("reset")),
    ];
    let mut stream = pin!(BodyChunks::new(ScriptBody::new(steps)));
    assert_eq!(next(stream.as_mut()), Poll::Pending);
    let Poll::Ready(Some(Ok(bytes))) = next(stream.as_mut()) else { panic!("the chunk") };
    assert_eq!(bytes.as_ptr(), chunk.as_ptr(), "it is not copied");
    assert_eq!(next(stream.as_mut()), Poll::Ready(Some(Err("reset"))));
    // The script panics if it is polled after its error.
    assert_eq!(next(stream.as_mut()), Poll::Ready(None));
    assert_eq!(next(stream.as_mut()), Poll::Ready(None));

    let mut stream = pin!(BodyChunks::new(ScriptBody::<Bytes, &str>::new([])));
    assert_eq!(next(stream.as_mut()), Poll::Ready(None));
    assert_eq!(next(stream.as_mut()), Poll::Ready(None));

    let steps = [Poll::Ready(Ok(data_frame(b"data: one\n\ndata: cut"))), Poll::Ready(Err("reset"))];
    let mut events = pin!(EventStream::new(BodyChunks::new(ScriptBody::new(steps))));
    assert!(matches!(next(events.as_mut()), Poll::Ready(Some(Ok(event))) if event.data() == "one"));
    assert!(matches!(next(events.as_mut()), Poll::Ready(Some(Err(StreamError::Source("reset"))))));
}

#[test]
fn a_response_is_judged_by_its_status_and_its_media_type() {
    let stream = &["text/event-stream"];
    let [longest, too_long] = [250, 251].map(|length| format!("text/{}", "x".repeat(length)));
    let is_204 = "the status is 204 No Content, which asks not to connect again";
    let is_other = "the content type is not text/event-stream";
    // Not in the rows: there the texts live on only since Rust 1.89.
    let [is_longest, is_json, is_streaming, is_html] =
        [&longest, "application/json", "text/event-streaming", "text/html"]
            .map(|shown| format!("the content type is `{shown}`, not text/event-stream"));
    let status = |code| Refusal::Status(StatusCode::from_u16(code).expect("a status"));
    let rows: [(u16, &[&str], _); 20] = [
        (200, stream, None),
        (200, &["Text/Event-Stream; charset=utf-8"], None),
        (200, &["text/event-stream;"], None),
        (200, &["text/html", "text/event-stream"], None),
        (200, &[], Some((Refusal::ContentType, "there is no content type"))),
        (200, &["text/html; charset=é"], Some((Refusal::ContentType, is_other))),
        (200, &[&longest], Some((Refusal::ContentType, &is_longest))),
        (200, &[&too_long], Some((Refusal::ContentType, is_other))),
        (200, &["application/json"], Some((Refusal::ContentType, &is_json))),
        (200, &["text/event-streaming"], Some((Refusal::ContentType, &is_streaming))),
        (200, &["text/event-stream", "text/html"], Some((Refusal::ContentType, &is_html))),
        (204, stream, Some((Refusal::Stop, is_204))),
        (204, &[], Some((Refusal::Stop, is_204))),
        (201, stream, Some((status(201), "the status is 201 Created"))),
        (205, stream, Some((status(205), "the status is 205 Reset Content"))),
        (206, stream, Some((status(206), "the status is 206 Partial Content"))),
        (299, stream, Some((status(299), "the status is 299 <unknown status code>"))),
        (304, stream, Some((status(304), "the status is 304 Not Modified"))),
        (404, stream, Some((status(404), "the status is 404 Not Found"))),
        (503, &["text/html"], Some((status(503), "the status is 503 Service Unavailable"))),
    ];
    for (code, content_types, expected) in rows {
        let mut response = Response::new(ScriptBody::<Bytes, Infallible>::new([Poll::Ready(Ok(data_frame(b"why")))]));
        *response.status_mut() = StatusCode::from_u16(code).expect("a status");
        for value in content_types {
            response.headers_mut().append("content-type", HeaderValue::from_bytes(value.as_bytes()).expect("valid"));
        }
        let refused = events(response).map(drop).map_err(|error| {
            assert_eq!(error.response().status(), code);
            let text = error.to_string().strip_prefix("no event stream: ").expect("the prefix").to_owned();
            let debug = format!("NotEventStream {{ reason: {:?}, .. }}", error.reason());
            assert_eq!(format!("{error:?}"), debug);
            (error.reason(), text, error.into_response())
        });
        match (refused, expected) {
            (Ok(()), None) => {}
            (Err((reason, text, response)), Some(expected)) => {
                assert_eq!((reason, text.as_str()), expected, "{code} {content_types:?}");
                assert_eq!(response.headers().get_all("content-type").iter().count(), content_types.len());
                let mut body = pin!(BodyChunks::new(response.into_body()));
                assert_eq!(next(body.as_mut()), Poll::Ready(Some(Ok(Bytes::from_static(b"why")))));
            }
            (refused, _) => panic!("{code} {content_types:?}: {:?}", refused.is_ok()),
        }
    }
}

/// A response with these headers, whose body says what it says.
fn response(headers: &[(&'static str, &str)], body: &str) -> Response<String> {
    let mut response = Response::new(body.to_owned());
    for &(name, value) in headers {
        response.headers_mut().append(name, HeaderValue::from_str(value).expect("valid"));
    }
    response
}

#[test]
fn a_body_that_nobody_decompressed_is_refused_with_what_to_do() {
    let stream = ("content-type", "text/event-stream");
    for codings in [&["gzip"][..], &["br"], &["identity, GZip"], &["identity", "zstd"], &["deflate,"], &["x"]] {
        let headers: Vec<_> =
            [stream].into_iter().chain(codings.iter().map(|&coding| ("content-encoding", coding))).collect();
        let error = events(response(&headers, "\x1F")).map(drop).expect_err("it is compressed");
        assert_eq!(error.reason(), Refusal::ContentEncoding, "{codings:?}");
        let text = format!(
            "no event stream: the body is compressed (`{}`): let the HTTP client decompress it, or send `accept-encoding: identity`",
            codings.last().expect("one")
        );
        assert_eq!(error.to_string(), text);
        assert_eq!(error.into_response().body(), "\x1F");
    }
    for codings in [&["identity"][..], &["Identity"], &[""], &["identity,", "identity"]] {
        let headers: Vec<_> =
            [stream].into_iter().chain(codings.iter().map(|&coding| ("content-encoding", coding))).collect();
        assert!(events(response(&headers, "")).is_ok(), "{codings:?}");
    }
    // What it is counts more than how it is packed.
    let page = response(&[("content-type", "text/html"), ("content-encoding", "gzip")], "");
    assert_eq!(events(page).map(drop).expect_err("a page").reason(), Refusal::ContentType);
}

#[test]
fn a_response_without_a_content_type_is_read_on_request_only() {
    let check = ResponseCheck::new().allow_missing_content_type();
    let mut events = pin!(check.events(response(&[], "data: x\n\n")).expect("allowed"));
    assert!(matches!(next(events.as_mut()), Poll::Ready(Some(Ok(event))) if event.data() == "x"));
    assert!(check.chunks(response(&[], "")).is_ok());
    assert!(check.events(response(&[("content-type", "text/event-stream")], "")).is_ok());
    for headers in [
        &[("content-type", "application/json")][..],
        &[("content-type", "")],
        &[("content-type", "invalid")],
        &[("content-encoding", "gzip")],
    ] {
        assert!(check.events(response(headers, "")).is_err(), "{headers:?}");
    }
    let mut stop = response(&[], "");
    *stop.status_mut() = StatusCode::NO_CONTENT;
    assert_eq!(check.events(stop).map(drop).expect_err("a stop").reason(), Refusal::Stop);
    assert_eq!(ResponseCheck::default(), ResponseCheck::new());
    for strict in [sse_wire::body::events(response(&[], "")), ResponseCheck::new().events(response(&[], ""))] {
        assert_eq!(strict.map(drop).expect_err("strict").reason(), Refusal::ContentType);
    }
}

#[test]
fn the_head_of_the_response_stays_reachable_while_events_are_read() {
    let headers = [("content-type", "text/event-stream"), ("x-request-id", "7")];
    let mut answer = response(&headers, "data: x\n\n");
    answer.extensions_mut().insert(42_u8);
    let mut events = pin!(events(answer).expect("an event stream"));
    for _ in 0..3 {
        let head = events.source().parts().expect("a response");
        assert_eq!((head.status, &head.headers["x-request-id"]), (StatusCode::OK, &HeaderValue::from_static("7")));
        assert_eq!(head.extensions.get(), Some(&42_u8));
        let _ = next(events.as_mut());
    }
}

#[test]
fn the_body_of_an_error_is_read_up_to_a_limit_and_up_to_where_it_breaks() {
    let data = |text: &str| Poll::Ready(Ok(data_frame(text.as_bytes())));
    let read = |steps: Vec<Poll<Result<http_body::Frame<Bytes>, &'static str>>>, limit| {
        let mut response = Response::new(ScriptBody::new(steps));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        let error = events(response).map(drop).expect_err("401");
        let mut text = pin!(error.text(limit));
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(text) = text.as_mut().poll(&mut cx) {
                return text;
            }
        }
    };
    assert_eq!(read(vec![], 10), "");
    assert_eq!(
        read(vec![data("{\"err"), Poll::Pending, data("or\":1}"), Poll::Ready(Ok(trailers()))], 100),
        "{\"error\":1}"
    );
    assert_eq!(read(vec![data("cut o"), Poll::Ready(Err("reset"))], 100), "cut o");
    assert_eq!(read(vec![data("123"), data("456"), Poll::Ready(Err("never read"))], 5), "12345");
    assert_eq!(read(vec![data("123")], 0), "");
    assert_eq!(read(vec![data("é")], 1), "\u{FFFD}");
    assert_eq!(read((0..1_000).map(|_| data("a")).collect(), 3), "aaa");
}

#[test]
fn a_request_asks_for_an_event_stream_and_where_to_go_on() {
    for id in ["1", "글 a", "\u{85}", "a\tb"] {
        let headers = request_headers(id).expect("sendable");
        assert_eq!(headers.len(), 4, "{id:?}");
        assert_eq!(headers["accept"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-cache");
        assert_eq!(headers["accept-encoding"], "identity");
        assert_eq!(headers["last-event-id"].as_bytes(), id.as_bytes());
    }
    assert_eq!(request_headers("").expect("nothing to send").len(), 3);
    let long = "1".repeat(8_001);
    for (id, index) in [("a\nb", 1), (" a", 0), ("ab\u{7F}", 2), (&long, 8_000)] {
        assert_eq!(request_headers(id).map_err(|error| error.index()), Err(index), "{id:?}");
    }
    // Whatever the check lets through is a header value.
    for character in (1..=0x2FF).filter_map(char::from_u32) {
        let id = format!("a{character}b");
        let headers = request_headers(&id);
        assert!(headers.is_err() || headers.is_ok_and(|headers| headers.contains_key("last-event-id")), "{id:?}");
    }
}

#[test]
fn debug_shows_no_payload_and_threads_may_share() {
    fn assert_shared<T: Send + Sync + Unpin>(_: &T) {}
    let secret = FrameBuf::from(Frame::new().data("secret"));
    let body = EventBody::new(Script::new([Poll::Ready(secret)]).0);
    assert_eq!(format!("{body:?}"), "EventBody { state: Open, remaining: 0, .. }");
    let mut body = pin!(body);
    let _ = (poll(body.as_mut()), poll(body.as_mut()));
    assert_eq!(format!("{:?}", *body), "EventBody { state: Ended, remaining: 0, .. }");
    let stream = BodyChunks::new(ScriptBody::<Bytes, Infallible>::new([]));
    assert_eq!(format!("{stream:?}"), "BodyChunks { has_ended: false, .. }");
    let timer = FnTimer::new(|| std::future::ready(()));
    assert_eq!(format!("{timer:?}"), "FnTimer { is_running: false, .. }");
    assert_shared(
        &EventBody::new(futures_util::stream::empty::<Result<EncodedFrames, InvalidField>>()).keep_alive(timer),
    );
    let ended =
        EventBody::new(futures_util::stream::empty::<Frame<'_>>()).end_with(std::future::ready(()), Frame::new());
    assert_shared(&ended);
    assert_shared(&BodyChunks::new(String::new()));
    let refused: Result<_, NotEventStream<String>> = BodyChunks::from_response(Response::new(String::new()));
    let error = refused.map(drop).expect_err("no content type");
    assert_shared(&error);
    let _: Box<dyn Error + Send + Sync> = error.into();
}

/// A stream that does as it is told, and panics if it is polled after its end.
struct Script<T> {
    steps: VecDeque<Poll<T>>,
    has_ended: bool,
    polls: Rc<Cell<usize>>,
}

impl<T> Script<T> {
    /// With a counter of its polls.
    fn new(steps: impl IntoIterator<Item = Poll<T>>) -> (Self, Rc<Cell<usize>>) {
        let polls = Rc::new(Cell::new(0));
        (Self { steps: steps.into_iter().collect(), has_ended: false, polls: Rc::clone(&polls) }, polls)
    }
}

impl<T> Unpin for Script<T> {}

impl<T> Stream for Script<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<T>> {
        assert!(!self.has_ended, "polled after the end");
        self.polls.set(self.polls.get() + 1);
        let step = self.steps.pop_front();
        self.has_ended = step.is_none();
        step.map_or(Poll::Ready(None), |step| step.map(Some))
    }
}

/// A body that does as it is told, and panics if it is polled after its end; an error is an end, too.
struct ScriptBody<D, E> {
    steps: VecDeque<Poll<Result<http_body::Frame<D>, E>>>,
    has_ended: bool,
}

impl<D, E> ScriptBody<D, E> {
    fn new(steps: impl IntoIterator<Item = Poll<Result<http_body::Frame<D>, E>>>) -> Self {
        Self { steps: steps.into_iter().collect(), has_ended: false }
    }
}

impl<D, E> Unpin for ScriptBody<D, E> {}

impl<D: Buf, E> Body for ScriptBody<D, E> {
    type Data = D;
    type Error = E;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<D>, E>>> {
        assert!(!self.has_ended, "polled after the end");
        let step = self.steps.pop_front();
        self.has_ended = matches!(step, None | Some(Poll::Ready(Err(_))));
        step.map_or(Poll::Ready(None), |step| step.map(Some))
    }
}

/// A timer that rings when it is told to.
struct Rings(Rc<RingsLog>);

struct RingsLog {
    is_over: Cell<bool>,
    /// It rings again after each restart.
    always: bool,
    polls: Cell<usize>,
    restarts: Cell<usize>,
}

impl Rings {
    fn new(always: bool) -> (Self, Rc<RingsLog>) {
        let (is_over, polls, restarts) = (Cell::new(always), Cell::new(0), Cell::new(0));
        let log = Rc::new(RingsLog { is_over, always, polls, restarts });
        (Self(Rc::clone(&log)), log)
    }
}

impl Timer for Rings {
    fn restart(self: Pin<&mut Self>) {
        self.0.restarts.set(self.0.restarts.get() + 1);
        self.0.is_over.set(self.0.always);
    }

    fn poll_elapsed(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        self.0.polls.set(self.0.polls.get() + 1);
        if self.0.is_over.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn poll<B: Body<Data = Bytes>>(body: Pin<&mut B>) -> Out<B::Error> {
    match body.poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => Pending,
        Poll::Ready(None) => End,
        Poll::Ready(Some(Err(error))) => Failed(error),
        Poll::Ready(Some(Ok(frame))) => {
            let bytes = frame.into_data().expect("data");
            assert!(!bytes.is_empty(), "an empty chunk would end the body in HTTP/1.1");
            Data(bytes)
        }
    }
}

/// A waker, and how often it was woken.
fn counting_waker() -> (Waker, impl Fn() -> usize) {
    #[derive(Default)]
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count::default());
    (Waker::from(Arc::clone(&count)), move || count.0.load(Ordering::Relaxed))
}

/// What is ready, which has to be data.
fn data<B: Body<Data = Bytes, Error: Debug>>(body: Pin<&mut B>) -> Bytes {
    match poll(body) {
        Data(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

/// All data of a body that never waits.
fn all<B: Body<Data = Bytes, Error: Debug>>(body: B) -> Vec<u8> {
    let mut body = pin!(body);
    let mut joined = Vec::new();
    while !body.is_end_stream() {
        match poll(body.as_mut()) {
            Data(bytes) => joined.extend_from_slice(&bytes),
            End => break,
            other => panic!("{other:?}"),
        }
    }
    joined
}

fn next<S: Stream>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Checks type, data and last event ID of all events of a body.
fn check_events<D: Buf, E: Debug>(
    steps: impl IntoIterator<Item = Poll<Result<http_body::Frame<D>, E>>>,
    expected: &[(&str, &str, &str)],
) {
    let mut events = pin!(EventStream::new(BodyChunks::new(ScriptBody::new(steps))));
    let mut seen = Vec::new();
    loop {
        match next(events.as_mut()) {
            Poll::Pending => {}
            Poll::Ready(Some(event)) => seen.push(event.expect("no error")),
            Poll::Ready(None) => break,
        }
    }
    let seen: Vec<_> = seen.iter().map(|event| (event.event_type(), event.data(), event.last_event_id())).collect();
    assert_eq!(seen, expected);
}

fn data_frame(bytes: &[u8]) -> http_body::Frame<Bytes> {
    http_body::Frame::data(Bytes::copy_from_slice(bytes))
}

fn trailers<D>() -> http_body::Frame<D> {
    http_body::Frame::trailers(HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("data: forged"))]))
}

/// A frame of that length; what it says does not matter.
fn text(length: usize) -> EncodedFrames {
    EncodedFrames::from_encoded("\n".repeat(length)).expect("blank lines")
}

/// A comment for each character: a frame of four bytes.
fn comments(text: &str) -> EncodedFrames {
    let frames: Vec<String> = text.chars().map(|character| format!(":{character}\n\n")).collect();
    EncodedFrames::from_encoded(frames.concat()).expect("whole frames")
}

#[test]
fn an_id_that_no_header_carries_is_not_repeated_by_every_event() {
    for (length, is_sent) in [(8_000, true), (8_001, false)] {
        let id = "7".repeat(length);
        let event = sse_wire::EventRef::new("t", "x", &id).to_event();
        let sent = all(EventBody::new(futures_util::stream::iter([event])));
        let expected =
            if is_sent { format!("event: t\nid: {id}\ndata: x\n\n") } else { "event: t\ndata: x\n\n".into() };
        assert_eq!(sent, expected.as_bytes());
    }
}
