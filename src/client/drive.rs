//! What an [`EventSource`] does when it is polled. [`Reconnect`](crate::reconnect::Reconnect) decides; this file does it.
//!
//! ```text
//!   .-> Due --request--> Connecting --an event stream--> Open --the last event--> Draining --.
//!   |                        |                            |                                  v
//!   |                        '---- lost, or refused ------'                 close() --> Stopping --> Stopped
//!   |                                     v                                                             ^
//!   '----------- the delay is over --- Waiting              or, if `Reconnect` says so -----------------'
//! ```
//!
//! Each phase owns what it waits for. So to leave one is to drop its connection, and nothing runs on.

use alloc::boxed::Box;
use core::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::time::SystemTime;

use futures_core::{FusedStream, Stream};
use http::{HeaderMap, header, response};
use http_body::Body;

use super::alarm::Alarm;
use super::connect::{Attempt, Connect};
use super::event_source::{EventSource, Session};
use super::notice::{Cause, Notice, Stopped};
use crate::body::{BodyChunks, NotEventStream, Refusal};
use crate::event::Item;
use crate::header::{MEDIA_TYPE, UnsendableId};
use crate::reconnect::{Action, Resume, retry_after};
use crate::timer::Sleep;

/// `F` is the future of a request, `W` that of a wait.
pub(super) enum Phase<F, W, B> {
    /// An attempt is to be made now.
    Due,
    /// A request is under way.
    Connecting { answer: Pin<Box<F>>, timeout: Alarm<W>, unsent_id: Option<UnsendableId> },
    /// The body is being read.
    Open { chunks: Chunks<B>, idle: Alarm<W> },
    /// The next attempt is due later.
    Waiting(Alarm<W>),
    /// The last event has come; what follows it is dropped, up to so many bytes.
    Draining { chunks: Chunks<B>, left: usize, timeout: Alarm<W> },
    /// There is one more notice.
    Stopping,
    /// There is none.
    Stopped,
}

type Chunks<B> = BodyChunks<Pin<Box<B>>>;

impl<C, S, B> Stream for EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
    B: Body,
{
    type Item = Notice<B, C::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match &mut this.phase {
                Phase::Due => this.ask(),
                Phase::Connecting { .. } => return this.poll_answer(cx).map(Some),
                Phase::Open { .. } => return this.poll_item(cx).map(Some),
                Phase::Waiting(delay) => {
                    ready!(delay.poll(&mut this.clock, cx));
                    this.phase = Phase::Due;
                }
                Phase::Draining { chunks, left, timeout } => {
                    ready!(poll_drained(chunks, left, timeout, &mut this.clock, cx));
                    this.phase = Phase::Stopping;
                }
                Phase::Stopping => {
                    this.phase = Phase::Stopped;
                    return Poll::Ready(this.stop_reason().map(|reason| Notice::Stopped(Stopped::new(reason, None))));
                }
                Phase::Stopped => return Poll::Ready(None),
            }
        }
    }
}

impl<C, S, B> FusedStream for EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
    B: Body,
{
    fn is_terminated(&self) -> bool {
        matches!(self.phase, Phase::Stopped)
    }
}

impl<C, S, B> EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
{
    /// Makes a request.
    fn ask(&mut self) {
        let Some(attempt) = self.session.next_attempt() else {
            self.phase = Phase::Stopping;
            return;
        };
        let unsent_id = attempt.unsent_id();
        let answer = Box::pin(self.connect.connect(attempt));
        let timeout = Alarm::new(self.session.options.connect_timeout());
        self.phase = Phase::Connecting { answer, timeout, unsent_id };
    }
}

impl<C, S, B> EventSource<C, S, B>
where
    C: Connect<B>,
    S: Sleep,
    B: Body,
{
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Notice<B, C::Error>> {
        let Phase::Connecting { answer, timeout, unsent_id } = &mut self.phase else { return Poll::Pending };
        let unsent_id = *unsent_id;
        let Poll::Ready(answer) = answer.as_mut().poll(cx) else {
            let time = ready!(timeout.poll(&mut self.clock, cx));
            return Poll::Ready(self.lost(Cause::ConnectTimeout(time)));
        };
        Poll::Ready(match answer {
            Ok(response) => self.answered(response.into(), unsent_id),
            Err(error) if self.session.is_hopeless.as_ref().is_some_and(|is_hopeless| is_hopeless(&error)) => {
                let action = self.session.reconnect.hopeless();
                self.follow(action, Cause::NoAnswer(error))
            }
            Err(error) => self.lost(Cause::NoAnswer(error)),
        })
    }

    fn answered(&mut self, response: http::Response<B>, unsent_id: Option<UnsendableId>) -> Notice<B, C::Error> {
        match self.session.options.response_check().check(response) {
            Ok(response) => {
                let (head, body) = response.into_parts();
                self.open(head, body, unsent_id)
            }
            Err(refused) => {
                let action = self.session.refused(&refused);
                self.follow(action, Cause::Refused(refused))
            }
        }
    }

    fn open(&mut self, head: response::Parts, body: B, unsent_id: Option<UnsendableId>) -> Notice<B, C::Error> {
        // What has passed the check is an event stream to the rules, and it has not stopped: it is to be read.
        let Session { reconnect, decoder, options, .. } = &mut self.session;
        let _ = reconnect.answered(head.status.as_u16(), Some(MEDIA_TYPE.as_bytes()), &*decoder);
        let idle = Alarm::new(options.idle_timeout());
        self.phase = Phase::Open { chunks: BodyChunks::new(Box::pin(body)), idle };
        Notice::Opened { head: Box::new(head), unsent_id }
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Notice<B, C::Error>> {
        loop {
            // An empty chunk is decoded as well: it is this call that frees what a large event took, before a long wait.
            match self.session.decoder.decode_item_bytes(&mut self.session.chunk) {
                Ok(Some(item)) => {
                    if self.session.is_last(&item) {
                        self.complete();
                    }
                    return Poll::Ready(Notice::Item(item));
                }
                Ok(None) => {}
                Err(error) => return Poll::Ready(Notice::Rejected(error)),
            }
            let Phase::Open { chunks, idle } = &mut self.phase else { return Poll::Pending };
            // The chunk is used up, but still refers to its memory.
            self.session.chunk = bytes::Bytes::new();
            let cause = match Pin::new(chunks).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    if !chunk.is_empty() {
                        self.session.reconnect.received();
                        idle.restart();
                    }
                    self.session.chunk = chunk;
                    continue;
                }
                Poll::Ready(Some(Err(error))) => Cause::Broken(error),
                Poll::Ready(None) => Cause::Ended,
                Poll::Pending => Cause::Idle(ready!(idle.poll(&mut self.clock, cx))),
            };
            return Poll::Ready(self.lost(cause));
        }
    }

    /// Takes note that the last event has come.
    fn complete(&mut self) {
        let rest = self.session.chunk.len();
        self.session.forget_connection();
        let _ = self.session.reconnect.completed();
        let time = self.session.options.drain_time();
        self.phase = match core::mem::replace(&mut self.phase, Phase::Stopping) {
            Phase::Open { chunks, .. } if !time.is_zero() => Phase::Draining {
                chunks,
                left: DRAIN_LEN.saturating_sub(rest),
                timeout: Alarm::started(time, &mut self.clock),
            },
            _ => Phase::Stopping,
        };
    }

    /// Returns what follows from there being no connection.
    fn lost(&mut self, cause: Cause<B, C::Error>) -> Notice<B, C::Error> {
        self.session.forget_connection();
        let action = self.session.reconnect.disconnected(&self.session.decoder);
        self.follow(action, cause)
    }

    /// Does what is to be done when there is nothing to read.
    fn follow(&mut self, action: Action, cause: Cause<B, C::Error>) -> Notice<B, C::Error> {
        match action {
            Action::Connect(attempt) => {
                let (delay, failures) = (attempt.delay(), attempt.failures());
                self.phase = Phase::Waiting(Alarm::started(delay, &mut self.clock));
                Notice::Lost { cause, delay, failures }
            }
            Action::Stop(reason) => {
                self.phase = Phase::Stopped;
                Notice::Stopped(Stopped::new(reason, Some(cause)))
            }
            Action::Read => unreachable!("only what has been checked is to be read"),
        }
    }
}

impl<E> Session<E> {
    /// Returns what to tell of the next request; `None` if there is to be none.
    fn next_attempt(&mut self) -> Option<Attempt> {
        let Action::Connect(rules) = self.reconnect.connect() else { return None };
        self.attempts += 1;
        Some(Attempt::new(self.attempts, rules, self.decoder.last_event_id()))
    }

    /// Returns what to do about an answer that is no event stream.
    fn refused<B>(&mut self, refused: &NotEventStream<B>) -> Action {
        let (head, wait) = (refused.response(), time_to_wait(refused.response().headers()));
        let resume = Resume::from(&self.decoder).with_retry_after(wait);
        match refused.reason() {
            // The server would compress it again, and the rules do not know of it.
            Refusal::ContentEncoding => self.reconnect.hopeless(),
            // The check says that it is another media type, so that none need be named.
            Refusal::Stop | Refusal::Status(_) | Refusal::ContentType => {
                self.reconnect.answered(head.status().as_u16(), None, resume)
            }
        }
    }

    fn is_last(&self, item: &Item) -> bool {
        let (Some(is_last), Item::Event(event)) = (&self.is_last, item) else { return false };
        is_last(event)
    }
}

/// Is ready when a body has come to its end, or is not worth waiting for.
fn poll_drained<B: Body, S: Sleep>(
    chunks: &mut Chunks<B>,
    left: &mut usize,
    timeout: &mut Alarm<S::Future>,
    clock: &mut S,
    cx: &mut Context<'_>,
) -> Poll<()> {
    while *left > 0 {
        match Pin::new(&mut *chunks).poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => *left = left.saturating_sub(chunk.len()),
            Poll::Ready(Some(Err(_)) | None) => break,
            Poll::Pending => return timeout.poll(clock, cx).map(drop),
        }
    }
    Poll::Ready(())
}

/// Returns how long a response asks to wait. A date in it is seen from the response's own date, so that no clock is
/// needed and a wrong one does no harm; without that, a date says nothing.
fn time_to_wait(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.as_bytes();
    let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok());
    retry_after(value, now.unwrap_or_else(last_day))
}

/// After any date that HTTP can write.
fn last_day() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799)
}

/// How much is read after the last event, in bytes: servers that do as they should send some blank lines and the end of
/// the body, and for more than this a new connection is no worse.
const DRAIN_LEN: usize = 64 * 1024;
