//! [`Resumed`]: where a subscriber goes on, before it does.

use alloc::string::String;

use super::{
    gap::Gap,
    hub_options::FirstFrame,
    ring::Position,
    shared::Shared,
    subscriber::{Seat, Subscriber},
    sync::Arc,
};
use crate::frame::{EncodedFrames, Frame};

/// What a client gets when it comes with a last event ID; see [`Hub::resume`](super::Hub::resume).
#[derive(Debug)]
#[must_use = "the subscriber that it becomes is what matters"]
pub struct Resumed<'a> {
    last_event_id: Option<&'a str>,
    start: Start,
    missed: Option<u64>,
    id: String,
    shared: Arc<Shared>,
    subscriber: Subscriber,
}

/// How a subscriber starts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is no fourth: it had nothing, it has all before these, or it has not"
)]
pub enum Start {
    /// The client came without an ID. It gets what comes from now on.
    Fresh,
    /// It gets all that it missed, and then what comes.
    Exact,
    /// Events are missing: its ID has gone from the ring, or is from before a restart, or was never one of ours. It gets
    /// all there is, and then what comes.
    Gap,
}

impl<'a> Resumed<'a> {
    pub(super) fn new(shared: &Arc<Shared>, last_event_id: Option<&'a str>) -> Self {
        let beginning = shared.begin(last_event_id);
        let (start, missed) = match beginning.position {
            Position::Fresh => (Start::Fresh, None),
            Position::After(_) => (Start::Exact, None),
            Position::Gap { missed } => (Start::Gap, missed),
        };
        let seat = beginning.seat.map(|seat| Seat::new(Arc::clone(shared), seat, beginning.cursor));
        let (id, shared) = (beginning.id, Arc::clone(shared));
        Self { last_event_id, start, missed, id, shared, subscriber: Subscriber::new(seat) }
    }

    /// Returns how it starts.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Hub, ReplayOptions, Start}};
    ///
    /// let hub = Hub::with_options(ReplayOptions::new().with_max_events(1));
    /// for id in ["1", "2", "3"] {
    ///     hub.publish_with_id(id, Frame::new().data("x"))?;
    /// }
    /// // 2 is missing, and then comes 3.
    /// let resumed = hub.resume(Some("1"));
    /// assert_eq!((resumed.start(), resumed.id()), (Start::Gap, "2"));
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub const fn start(&self) -> Start {
        self.start
    }

    /// Returns the ID of the event after which the subscriber goes on.
    ///
    /// After a [gap](Start::Gap), what the caller has elsewhere after the client's ID and up to this one, inclusive, is
    /// what is missing, neither more nor less.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Hub, ReplayOptions}};
    ///
    /// let hub = Hub::with_options(ReplayOptions::new().with_max_events(1));
    /// for id in ["1", "2", "3"] {
    ///     hub.publish_with_id(id, Frame::new().data("x"))?;
    /// }
    /// // To be had from elsewhere: all after 1, up to 2.
    /// assert_eq!(hub.resume(Some("1")).id(), "2");
    /// # Ok::<(), sse_wire::hub::IdError>(())
    /// ```
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the subscriber. If there is a gap, it says so first.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Hub, Subscriber}};
    ///
    /// let hub = Hub::new();
    /// let [told, filled] = [(); 2].map(|()| hub.resume(Some("what?")));
    /// let (told, filled) = (told.into_subscriber(), filled.into_filled());
    /// hub.publish(Frame::new().data("x"));
    /// drop(hub);
    /// let frames = |subscriber: Subscriber| futures_executor::block_on_stream(subscriber).collect::<Vec<_>>();
    /// let (told, filled) = (frames(told), frames(filled));
    /// assert!(told[0].starts_with(b"event: gap\n"));
    /// assert_eq!((told.len(), &told[1..]), (2, &filled[..]));
    /// ```
    pub fn into_subscriber(self) -> Subscriber {
        let notice = self.notice();
        self.subscriber.with_notice(notice)
    }

    /// Returns the subscriber without a word of a gap, or of the ID after which it goes on: the caller sends before it
    /// whatever is to be sent.
    ///
    /// ```
    /// use sse_wire::{EncodedFrames, hub::{Hub, Start, Subscriber}};
    ///
    /// // What is in the database after the first ID, up to the second.
    /// fn older(after: &str, up_to: &str) -> Vec<EncodedFrames> {
    ///     Vec::new()
    /// }
    ///
    /// fn go_on_after(hub: &Hub, id: &str) -> (Vec<EncodedFrames>, Subscriber) {
    ///     let resumed = hub.resume(Some(id));
    ///     match resumed.start() {
    ///         Start::Gap => (older(id, resumed.id()), resumed.into_filled()),
    ///         _ => (Vec::new(), resumed.into_subscriber()),
    ///     }
    /// }
    /// # let _ = go_on_after(&Hub::new(), "7");
    /// ```
    pub fn into_filled(self) -> Subscriber {
        self.subscriber
    }

    fn notice(&self) -> Option<EncodedFrames> {
        let options = &self.shared.options;
        if self.subscriber.has_ended() {
            return None;
        }
        match self.start {
            Start::Exact => None,
            Start::Fresh if options.first_frame() == FirstFrame::Nothing => None,
            // It was checked when it came.
            Start::Fresh => Frame::head().id(&self.id).ok().map(Into::into),
            Start::Gap => {
                let frame = options.word(Gap::new(self.last_event_id, self.missed, &self.id));
                (!frame.is_empty()).then_some(frame)
            }
        }
    }
}
