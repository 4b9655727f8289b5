//! [`Gap`]: events that a subscriber has missed for good, and the frame that tells it so.

use alloc::string::{String, ToString as _};

use crate::frame::{EncodedFrames, Frame, FrameHead};

/// What there is to say about events that are missing; see [`HubOptions::with_gap`](super::HubOptions::with_gap).
#[derive(Clone, Copy, Debug)]
pub struct Gap<'a> {
    last_event_id: Option<&'a str>,
    missed: Option<u64>,
    id: &'a str,
}

impl<'a> Gap<'a> {
    pub(super) const fn new(last_event_id: Option<&'a str>, missed: Option<u64>, id: &'a str) -> Self {
        Self { last_event_id, missed, id }
    }

    /// Returns the ID that the client came with; `None` if it has lost events because it read too slowly.
    ///
    /// ```
    /// use sse_wire::hub::HubOptions;
    ///
    /// let options = HubOptions::new().with_gap(|gap| {
    ///     let data = format!("you had {:?}", gap.last_event_id());
    ///     gap.head().data(&data).to_encoded()
    /// });
    /// # let _ = options;
    /// ```
    pub const fn last_event_id(&self) -> Option<&'a str> {
        self.last_event_id
    }

    /// Returns how many events are missing; `None` if that is not known, because the ID is not one that this hub made.
    ///
    /// ```
    /// use sse_wire::hub::HubOptions;
    ///
    /// let options = HubOptions::new().with_gap(|gap| {
    ///     let data = gap.missed().map_or("some".to_owned(), |count| count.to_string());
    ///     gap.head().data(&data).to_encoded()
    /// });
    /// # let _ = options;
    /// ```
    pub const fn missed(&self) -> Option<u64> {
        self.missed
    }

    /// Returns the ID of the last event that is missing.
    ///
    /// ```
    /// use sse_wire::hub::HubOptions;
    ///
    /// let options = HubOptions::new().with_gap(|gap| {
    ///     let data = format!("all up to {}", gap.id());
    ///     gap.head().data(&data).to_encoded()
    /// });
    /// # let _ = options;
    /// ```
    pub const fn id(&self) -> &'a str {
        self.id
    }

    /// Returns a frame of type `gap` with the [ID](Self::id) of the last event that is missing, to be given data.
    ///
    /// With this ID the gap is told once: a client that has heard of it comes back with that ID, and gets what came
    /// after.
    ///
    /// ```
    /// use sse_wire::hub::{Gap, HubOptions};
    ///
    /// let words = |gap: Gap<'_>| gap.head().data(if gap.missed() == Some(1) { "one" } else { "many" }).to_encoded();
    /// let options = HubOptions::new().with_gap(words);
    /// # let _ = options;
    /// ```
    pub fn head(&self) -> FrameHead<'a> {
        let head = Frame::head();
        // Neither can be refused: the one is a constant, and the other was checked when it came.
        let head = head.event_type("gap").unwrap_or(head);
        head.id(self.id).unwrap_or(head)
    }

    /// The frame, if nobody words it.
    pub(super) fn to_frame(self) -> EncodedFrames {
        self.head().data(&self.missed.map(|count| count.to_string()).unwrap_or_default()).to_encoded()
    }
}

/// A gap before it is worded: what has to be known of it while the hub is locked.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    pub(super) missed: Option<u64>,
    /// See [`Gap::id`].
    pub(super) id: String,
}
