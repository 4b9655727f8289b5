//! What a gateway does with the body of another server, polled by hand: it looks at the events, and changes some of them.
#![cfg(feature = "http-body")]

mod support;

use std::{
    cell::RefCell,
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
    DecodeError, DecodeOptions, EventRef,
    body::{Observer, Outcome, tap},
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
}

impl Script {
    fn new(steps: impl IntoIterator<Item = Out>) -> Self {
        Self { steps: steps.into_iter().collect(), says_end: false, has_ended: false }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Polled>> {
        assert!(!self.has_ended, "polled after the end");
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
