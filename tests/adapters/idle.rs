//! A connection on which no byte comes for too long, on a clock that is moved by hand, and on tokio's.
#![cfg(feature = "stream")]

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, FusedStream},
};
use sse_wire::{
    Event, Item, StreamError,
    stream::{EventStreamExt, IdleError},
    timer::{FnTimer, NoTimer, Timer},
};
use tokio::time::{Instant, sleep};

/// Rings three ticks after it was restarted; the clock is the same for all clones.
#[derive(Clone, Debug, Default)]
struct Clock {
    now: Arc<AtomicU32>,
    due: Option<u32>,
}

impl Clock {
    fn tick(&self) {
        self.now.fetch_add(1, Ordering::Relaxed);
    }
}

impl Timer for Clock {
    fn restart(mut self: Pin<&mut Self>) {
        self.due = None;
    }

    fn poll_elapsed(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let now = self.now.load(Ordering::Relaxed);
        if now >= *self.due.get_or_insert(now + 3) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Gives these chunks, each after a `Pending`, and then waits for ever.
fn slow(chunks: &[&'static str]) -> impl Stream<Item = Result<&'static str, Broken>> + Unpin {
    let mut steps: VecDeque<_> = chunks.iter().flat_map(|&chunk| [Poll::Pending, Poll::Ready(chunk)]).collect();
    stream::poll_fn(move |_| steps.pop_front().unwrap_or(Poll::Pending).map(|chunk| Some(step(chunk))))
}

fn step(chunk: &'static str) -> Result<&'static str, Broken> {
    if chunk == "error" { Err(Broken) } else { Ok(chunk) }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Broken;

/// What each tick of the clock brings.
fn ticks(chunks: &[&'static str], count: usize) -> Vec<String> {
    let clock = Clock::default();
    let mut chunks = slow(chunks).idle_timeout(clock.clone());
    let mut tick = || {
        let next = chunks.next().now_or_never();
        clock.tick();
        match next {
            None => "wait".to_owned(),
            Some(next) => match next.expect("no end") {
                Ok(chunk) => chunk.to_owned(),
                Err(error) => format!("{error:?}"),
            },
        }
    };
    (0..count).map(|_| tick()).collect()
}

#[test]
fn a_silence_is_an_error_and_every_byte_starts_the_interval_anew() {
    assert_eq!(ticks(&[], 5), ["wait", "wait", "wait", "Idle", "wait"]);
    assert_eq!(ticks(&[], 9)[3..], ["Idle", "wait", "wait", "wait", "Idle", "wait"]);
    assert_eq!(ticks(&[":", "\n"], 8), ["wait", ":", "wait", "\n", "wait", "wait", "wait", "Idle"]);
    assert_eq!(ticks(&["error"], 5), ["wait", "Source(Broken)", "wait", "Idle", "wait"], "an error is no byte");
    assert_eq!(ticks(&["", ""], 5), ["wait", "", "wait", "", "Idle"], "nor is an empty chunk");
}

#[test]
fn a_chunk_that_has_come_is_given_though_the_time_is_over() {
    let clock = Clock::default();
    let mut chunks = slow(&["x"]).idle_timeout(clock.clone());
    assert_eq!(chunks.next().now_or_never(), None);
    for _ in 0..10 {
        clock.tick();
    }
    assert_eq!(chunks.next().now_or_never(), Some(Some(Ok("x"))));
    assert_eq!(chunks.next().now_or_never(), None);
    assert_eq!(stream::iter([Ok::<_, Broken>("x")]).idle_timeout(NoTimer).count().now_or_never(), Some(1));
}

#[test]
fn an_event_stream_ends_after_a_silence_unless_it_is_to_resume() {
    let mut events = slow(&["data: 1\n\ndata: cut o"]).idle_timeout(FnTimer::new(|| std::future::ready(()))).events();
    assert_eq!(events.next().now_or_never(), Some(Some(Err(StreamError::Source(IdleError::Idle)))));
    assert!(events.is_terminated());
    let timer = FnTimer::new(|| std::future::ready(()));
    let mut events = slow(&["data: 1\n\ndata: cut o"]).idle_timeout(timer).events().resume_after_errors();
    assert!(events.next().now_or_never().flatten().is_some_and(|event| event.is_err()));
    assert!(matches!(events.next().now_or_never(), Some(Some(Ok(event))) if event.data() == "1"));
    assert!(events.next().now_or_never().flatten().is_some_and(|event| event.is_err()));
    assert_eq!(events.finish().as_ref().map(Event::data), Some("cut o"));
}

#[cfg(feature = "std")]
#[test]
fn the_error_of_a_silence_shows_its_cause_and_becomes_one_that_timed_out() {
    use std::io;

    let errors = [IdleError::Idle, IdleError::Source(io::Error::new(io::ErrorKind::ConnectionReset, "broken"))];
    let texts = errors.map(|error| (error.to_string(), io::Error::from(error)));
    let texts = texts.map(|(text, error)| (text, error.kind(), error.to_string()));
    let idle = "no byte came for too long".to_owned();
    assert_eq!(texts[0], (idle.clone(), io::ErrorKind::TimedOut, idle));
    assert_eq!(texts[1], ("broken".to_owned(), io::ErrorKind::ConnectionReset, "broken".to_owned()));
}

/// Sends a chunk every twenty seconds, and then nothing.
fn every_twenty_seconds(chunks: &'static [&'static str]) -> impl Stream<Item = Result<&'static str, Broken>> + Send {
    let chunks = stream::iter(chunks).then(|&chunk| async move {
        sleep(Duration::from_secs(20)).await;
        step(chunk)
    });
    chunks.chain(stream::pending())
}

/// When a stream of items with this timer has given what it has, and how many there were.
async fn outlived(chunks: &'static [&'static str], timer: impl Timer + Send + 'static) -> (u64, usize) {
    let start = Instant::now();
    let mut items = every_twenty_seconds(chunks).idle_timeout(timer).boxed().items();
    let mut shown: Vec<Item> = Vec::new();
    loop {
        match items.next().await.expect("an error comes before the end") {
            Ok(item) => shown.push(item),
            Err(error) => {
                assert_eq!(error, StreamError::Source(IdleError::Idle));
                return (start.elapsed().as_secs(), shown.len());
            }
        }
    }
}

#[test]
fn comments_are_signs_of_life_and_so_is_half_an_event() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let timer = || FnTimer::new(|| sleep(Duration::from_secs(30)));
        assert_eq!(outlived(&[], timer()).await, (30, 0));
        assert_eq!(outlived(&[": alive\n", ": alive\n", "data: 1\n\n"], timer()).await, (90, 3));
        // Neither an event nor an item, but bytes.
        assert_eq!(outlived(&["da", "ta: ", "1", "\n", "\n"], timer()).await, (130, 1));
        #[cfg(feature = "tokio")]
        {
            let timer = sse_wire::body::TokioTimer::new(Duration::from_secs(30));
            assert_eq!(outlived(&[": alive\n", "da", "ta: 1\n\n"], timer).await, (90, 2));
        }
    });
}
