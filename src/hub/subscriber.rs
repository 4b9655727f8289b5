//! [`Subscriber`]: a cursor into the ring, as a stream of frames.

use alloc::collections::VecDeque;
use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::{FusedStream, Stream};

use super::{
    entry::Entry,
    gap::{Gap, Loss},
    hub_options::SlowReader,
    shared::{Found, Shared},
    sync::Arc,
};
use crate::frame::EncodedFrames;

/// The events of a [`Hub`](super::Hub) from some point on, as a stream of encoded frames; see
/// [`Hub::subscribe`](super::Hub::subscribe). Dropping it unsubscribes.
///
/// It holds a number: the event that is next. Between two polls it may hold up to 32 events that were ready together, of
/// 4 KiB in all, so that it need not lock the hub for each.
///
/// # Termination
///
/// It ends when the hub is closed, or the last handle to it is dropped, after all events that were published before; and
/// when it has read too slowly, unless [`SlowReader::Gap`] says otherwise. It lets go of the hub then.
///
/// # Cancel safety
///
/// Nothing is lost when polling stops: an event is taken by the poll that returns it.
#[must_use = "streams do nothing unless polled"]
pub struct Subscriber<F = fn(&Entry) -> bool> {
    /// `None` after the end.
    seat: Option<Seat>,
    /// What comes before the batch: an ID, a gap, or the last frame of all.
    notice: Option<EncodedFrames>,
    batch: VecDeque<Entry>,
    filter: F,
}

impl Subscriber {
    pub(super) fn new(seat: Option<Seat>) -> Self {
        Self { seat, notice: None, batch: VecDeque::new(), filter: |_| true }
    }

    pub(super) fn with_notice(self, notice: Option<EncodedFrames>) -> Self {
        Self { notice, ..self }
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.seat.is_none()
    }
}

impl<F> Subscriber<F> {
    /// Returns the subscriber with a filter: only events for which it returns `true` are handed out. Whatever was
    /// filtered before comes unfiltered to it, so set it before the first poll.
    ///
    /// The encoded frames are the same for all; nothing is encoded again. A client comes back with the ID of the last
    /// event that it got. If only other events were published since, and so many that this one has gone, it is told of
    /// a gap: the hub does not know any more what was among them.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::{Frame, hub::{Hub, Publication}};
    ///
    /// # futures_executor::block_on(async {
    /// let hub = Hub::new();
    /// let mut prices = hub.subscribe(None).with_filter(|entry| entry.topic() == Some("prices")).skip(1);
    /// hub.publish(Publication::new(Frame::new().data("hello")).with_topic("chat"));
    /// hub.publish(Publication::new(Frame::new().data("101.25")).with_topic("prices"));
    /// assert!(prices.next().await.expect("a frame").ends_with(b"data: 101.25\n\n"));
    /// # });
    /// ```
    pub fn with_filter<G: FnMut(&Entry) -> bool>(self, filter: G) -> Subscriber<G> {
        let Self { seat, notice, batch, filter: _ } = self;
        Subscriber { seat, notice, batch, filter }
    }

    /// Returns how many events have been published that it has not handed out: how far it is behind. Filtered ones count
    /// as well.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::Hub};
    ///
    /// let hub = Hub::new();
    /// let subscriber = hub.subscribe(None);
    /// hub.publish(Frame::new().data("x"));
    /// assert_eq!(subscriber.lag(), 1);
    /// ```
    pub fn lag(&self) -> u64 {
        let behind = self.seat.as_ref().map_or(0, |seat| seat.shared.lock().ring.next() - seat.cursor);
        behind + self.batch.len() as u64
    }

    /// Takes what there is in the hub. `None` if it is no event: a notice then, or the end.
    fn poll_hub(&mut self, cx: &Context<'_>) -> Poll<Option<Entry>> {
        let Some(seat) = &mut self.seat else { return Poll::Ready(None) };
        let found = ready!(seat.shared.poll(seat.number, &mut seat.cursor, &mut self.batch, cx));
        let notice = match found {
            Found::Entry(entry) => return Poll::Ready(Some(entry)),
            Found::Loss(Loss { missed, id }) => match seat.shared.options.slow_reader() {
                SlowReader::Gap => seat.shared.options.word(Gap::new(None, missed, &id)),
                SlowReader::End => {
                    self.seat = None;
                    return Poll::Ready(None);
                }
            },
            Found::End(last) => {
                self.seat = None;
                last
            }
        };
        self.notice = (!notice.is_empty()).then_some(notice);
        Poll::Ready(None)
    }
}

impl<F> Stream for Subscriber<F>
where
    F: FnMut(&Entry) -> bool,
{
    type Item = EncodedFrames;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<EncodedFrames>> {
        let this = self.get_mut();
        for _ in 0..PATIENCE {
            if let Some(notice) = this.notice.take() {
                return Poll::Ready(Some(notice));
            }
            let entry = match this.next_of_batch() {
                Some(entry) => entry,
                None if this.seat.is_none() => return Poll::Ready(None),
                None => match ready!(this.poll_hub(cx)) {
                    Some(entry) => entry,
                    None => continue,
                },
            };
            if (this.filter)(&entry) {
                return Poll::Ready(Some(entry.into_frame()));
            }
        }
        // Other tasks want to run as well.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<F> Subscriber<F> {
    fn next_of_batch(&mut self) -> Option<Entry> {
        let entry = self.batch.pop_front()?;
        if self.batch.is_empty() {
            // Most of the time there is none, and so it takes no memory.
            self.batch = VecDeque::new();
        }
        Some(entry)
    }
}

impl<F: FnMut(&Entry) -> bool> FusedStream for Subscriber<F> {
    fn is_terminated(&self) -> bool {
        self.seat.is_none() && self.notice.is_none() && self.batch.is_empty()
    }
}

/// Nothing in it is pinned.
impl<F> Unpin for Subscriber<F> {}

impl<F> fmt::Debug for Subscriber<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber")
            .field("next", &self.seat.as_ref().map(|seat| seat.cursor))
            .field("batch", &self.batch.len())
            .finish_non_exhaustive()
    }
}

/// A seat that is given back.
pub(super) struct Seat {
    shared: Arc<Shared>,
    number: usize,
    /// The event that is next; the hub has its number as well.
    cursor: u64,
}

impl Seat {
    pub(super) fn new(shared: Arc<Shared>, number: usize, cursor: u64) -> Self {
        Self { shared, number, cursor }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.leave(self.number);
    }
}

/// How many events a poll may filter out before it lets others run: a few times what a batch holds, and far less than a
/// millisecond.
const PATIENCE: usize = 1024;
