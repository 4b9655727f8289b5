//! What stands around a client in these tests: a clock that is moved by hand, a server that answers by script, and a log
//! of all that happened, in order and with its time.
#![allow(unreachable_pub)] // The tests beside it use it.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http::Response;
use http_body::{Body, Frame};
use sse_wire::{
    Event, Item,
    client::{Attempt, EventSource, EventSourceError, EventSourceOptions, Notice},
};

/// A clock that stands still until a test moves it; clones show the same time.
#[derive(Clone, Default)]
pub struct Clock(Arc<Mutex<Times>>);

#[derive(Default)]
struct Times {
    now: Duration,
    /// When each of those is due that wait and have not been dropped, by their numbers.
    due: BTreeMap<u64, Duration>,
    count: u64,
}

impl Clock {
    pub fn now(&self) -> Duration {
        self.times().now
    }

    pub fn sleep(&self, time: Duration) -> Sleep {
        let mut times = self.times();
        let (number, due) = (times.count, times.now.saturating_add(time));
        times.count += 1;
        times.due.insert(number, due);
        Sleep { clock: self.clone(), number, due }
    }

    /// Moves on to when the next one is due; `false` if nobody waits.
    pub fn advance(&self) -> bool {
        self.advance_until(Duration::MAX)
    }

    /// Moves on to when the next one is due, if that is no later than this.
    fn advance_until(&self, latest: Duration) -> bool {
        let mut times = self.times();
        let Some(next) = times.due.values().min().copied().filter(|next| *next <= latest) else { return false };
        times.now = times.now.max(next);
        true
    }

    pub fn advance_by(&self, time: Duration) {
        self.times().now += time;
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.times().due.len()
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().expect("no panic")
    }
}

/// One wait.
pub struct Sleep {
    clock: Clock,
    number: u64,
    due: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() < self.due {
            return Poll::Pending;
        }
        self.clock.times().due.remove(&self.number);
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.times().due.remove(&self.number);
    }
}

/// What a server does when it is asked.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It answers with an event stream, which goes on like this and then ends.
    Stream(Vec<Step>),
    /// It answers with this status, these headers and this body.
    Other(u16, &'static [(&'static str, &'static str)], &'static str),
    /// There is no answer, for this reason.
    Error(&'static str),
    /// It takes this long.
    Late(Duration, Box<Self>),
    /// It says nothing at all.
    Silence,
}

/// What the body of an event stream does next.
#[derive(Clone, Debug)]
pub enum Step {
    Chunk(Bytes),
    Wait(Duration),
    Break,
    Silence,
}

/// The body of a response.
pub struct Script {
    steps: VecDeque<Step>,
    clock: Clock,
    sleep: Option<Sleep>,
    log: Log,
    has_ended: bool,
}

/// The connection broke.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("connection reset")]
pub struct Broken;

/// The request got no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub &'static str);

impl Body for Script {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = &mut *self;
        loop {
            if let Some(sleep) = &mut this.sleep {
                if pin!(sleep).poll(cx).is_pending() {
                    return Poll::Pending;
                }
                this.sleep = None;
            }
            match this.steps.pop_front() {
                Some(Step::Chunk(chunk)) => return Poll::Ready(Some(Ok(Frame::data(chunk)))),
                Some(Step::Wait(time)) => this.sleep = Some(this.clock.sleep(time)),
                Some(Step::Silence) => {
                    this.steps.push_front(Step::Silence);
                    return Poll::Pending;
                }
                Some(Step::Break) => {
                    this.has_ended = true;
                    return Poll::Ready(Some(Err(Broken)));
                }
                None => {
                    this.has_ended = true;
                    return Poll::Ready(None);
                }
            }
        }
    }
}

/// An event stream that is dropped before its end is a connection that cannot be used again.
impl Drop for Script {
    fn drop(&mut self) {
        if !self.has_ended {
            self.log.push("(dropped)".to_owned());
        }
    }
}

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn push(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

/// A future in a box that may go to another thread.
pub type Sent<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What the server of a [`World`] answers.
pub type Answered = Result<Response<Script>, NoAnswer>;

/// A client in a [`World`].
pub type Client =
    EventSource<Box<dyn FnMut(Attempt) -> Sent<Answered> + Send>, Box<dyn FnMut(Duration) -> Sleep + Send>, Script>;

/// A clock and a log.
#[derive(Clone, Default)]
pub struct World {
    pub clock: Clock,
    pub log: Log,
}

impl World {
    /// A client of a server that gives these answers, and then 204.
    pub fn client(&self, answers: &[Answer], options: EventSourceOptions) -> Client {
        let mut answers: VecDeque<_> = answers.iter().cloned().collect();
        self.client_of(options, move |_| answers.pop_front().unwrap_or(Answer::Other(204, &[], "")))
    }

    /// A client of a server that answers like this.
    pub fn client_of(
        &self,
        options: EventSourceOptions,
        mut answer: impl FnMut(&Attempt) -> Answer + Send + 'static,
    ) -> Client {
        let (world, clock) = (self.clone(), self.clock.clone());
        let connect = Box::new(move |attempt: Attempt| -> Sent<Answered> {
            let id = attempt.headers().get("last-event-id").map(|id| format!(" after {}", shown(id.as_bytes())));
            world.say(&format!("ask{}", id.unwrap_or_default()));
            Box::pin(world.clone().answered(answer(&attempt)))
        });
        EventSource::with_options(connect, Box::new(move |time| clock.sleep(time)), options)
    }

    async fn answered(self, answer: Answer) -> Answered {
        let mut answer = answer;
        while let Answer::Late(time, then) = answer {
            self.clock.sleep(time).await;
            answer = *then;
        }
        let (status, headers, steps) = match answer {
            Answer::Stream(steps) => (200, EVENT_STREAM, steps),
            Answer::Other(status, headers, body) => (status, headers, vec![Step::Chunk(body.into())]),
            Answer::Error(why) => return Err(NoAnswer(why)),
            Answer::Silence | Answer::Late(..) => std::future::pending().await,
        };
        let (clock, log, is_stream) = (self.clock, self.log, headers == EVENT_STREAM);
        let body = Script { steps: steps.into(), clock, sleep: None, log, has_ended: !is_stream };
        let mut response = Response::new(body);
        *response.status_mut() = status.try_into().expect("a status");
        for (name, value) in headers {
            response.headers_mut().append(*name, value.parse().expect("a value"));
        }
        Ok(response)
    }

    /// Logs this with the time.
    pub fn say(&self, what: &str) {
        self.log.push(format!("{}s {what}", self.clock.now().as_secs_f64()));
    }

    /// Runs until the client has stopped, or waits for what never comes, or until this time, and returns what happened.
    pub fn run_until<S: Stream<Item: Shown> + Unpin>(&self, time: Duration, source: &mut S) -> Vec<String> {
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            match Pin::new(&mut *source).poll_next(&mut cx) {
                Poll::Ready(Some(notice)) => self.say(&notice.shown()),
                Poll::Pending if self.clock.advance_until(time) => {}
                Poll::Pending | Poll::Ready(None) => break,
            }
        }
        self.log.take()
    }

    pub fn run<S: Stream<Item: Shown> + Unpin>(&self, source: &mut S) -> Vec<String> {
        self.run_until(Duration::MAX, source)
    }
}

/// What can stand in a log.
pub trait Shown {
    fn shown(&self) -> String;
}

impl<B: Body<Error = Broken>> Shown for Notice<B, NoAnswer> {
    fn shown(&self) -> String {
        match self {
            Self::Opened { unsent_id: None, .. } => "open".to_owned(),
            Self::Opened { unsent_id: Some(error), .. } => format!("open; {error}"),
            Self::Item(Item::Event(event)) => format!("[{}] {}", event.last_event_id(), event.data()),
            Self::Item(Item::Comment(text)) => format!(": {text}"),
            Self::Item(Item::ReconnectionTime(time)) => format!("retry {time:?}"),
            Self::Item(item) => format!("{item:?}"),
            Self::Rejected(error) => format!("rejected: {error}"),
            Self::Lost { cause, delay, failures } => format!("lost: {cause}; {delay:?}, {failures}"),
            Self::Stopped(stopped) => format!("stopped: {stopped}"),
        }
    }
}

impl<B: Body<Error = Broken>> Shown for Result<Event, EventSourceError<B, NoAnswer>> {
    fn shown(&self) -> String {
        match self {
            Ok(event) => format!("[{}] {}", event.last_event_id(), event.data()),
            Err(error) => format!("error: {error}"),
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An event stream of these chunks, which the server then ends.
pub fn stream(chunks: &[&'static str]) -> Answer {
    Answer::Stream(chunks.iter().map(|&chunk| Step::Chunk(chunk.into())).collect())
}

/// An event stream of these chunks, and then this.
pub fn stream_and(chunks: &[&'static str], then: Step) -> Answer {
    Answer::Stream(chunks.iter().map(|&chunk| Step::Chunk(chunk.into())).chain([then]).collect())
}

const EVENT_STREAM: &[(&str, &str)] = &[("content-type", "text/event-stream")];
