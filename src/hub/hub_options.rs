//! [`HubOptions`]: what a hub does beyond keeping events.

use alloc::sync::Arc;
use core::fmt;

use super::{gap::Gap, replay_options::ReplayOptions};
use crate::frame::EncodedFrames;

/// The settings of a [`Hub`](super::Hub).
///
/// ```
/// use sse_wire::hub::{Hub, HubOptions, ReplayOptions, SlowReader};
///
/// let replay = ReplayOptions::new().with_max_events(500);
/// let hub = Hub::with_options(HubOptions::new().with_replay(replay).with_slow_reader(SlowReader::Gap));
/// # assert!(hub.is_empty());
/// ```
#[derive(Clone)]
pub struct HubOptions {
    replay: ReplayOptions,
    slow_reader: SlowReader,
    first_frame: FirstFrame,
    gap: Option<Arc<Wording>>,
}

type Wording = dyn Fn(Gap<'_>) -> EncodedFrames + Send + Sync;

/// What becomes of a subscriber that reads so slowly that the ring has let go of what it should get next.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SlowReader {
    /// It ends, and so does the response. Clients come back with their last event ID, and get what they missed from
    /// wherever it still is.
    #[default]
    End,
    /// It is told of the gap, and goes on with what there is.
    Gap,
}

/// What a subscriber that comes without a last event ID gets first.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FirstFrame {
    /// The ID after which it goes on, in a frame that is no event (9.2.6: the ID counts, and without data nothing is
    /// dispatched). Otherwise a client whose connection breaks before the first event would come back without an ID,
    /// and miss what came in between, without knowing.
    #[default]
    Id,
    /// Nothing: for clients that take a frame without data for an event.
    Nothing,
}

impl HubOptions {
    /// Returns the defaults: those of [`ReplayOptions`]; slow readers end; the ID comes first; a gap is an event of type
    /// `gap` whose data is the number of events that are missing, or empty if that is not known.
    pub const fn new() -> Self {
        Self { replay: ReplayOptions::new(), slow_reader: SlowReader::End, first_frame: FirstFrame::Id, gap: None }
    }

    /// Sets how much the ring keeps.
    ///
    /// ```
    /// use sse_wire::hub::{HubOptions, ReplayOptions};
    ///
    /// let options = HubOptions::new().with_replay(ReplayOptions::new().with_max_events(10));
    /// assert_eq!(options.replay().max_events(), 10);
    /// ```
    #[must_use]
    pub const fn with_replay(mut self, options: ReplayOptions) -> Self {
        self.replay = options;
        self
    }

    /// Sets what becomes of a subscriber that falls off the ring.
    ///
    /// ```
    /// use sse_wire::{Frame, hub::{Hub, HubOptions, ReplayOptions, SlowReader}};
    ///
    /// let replay = ReplayOptions::new().with_max_events(1);
    /// for (slow_reader, count) in [(SlowReader::End, 0), (SlowReader::Gap, 2)] {
    ///     let hub = Hub::with_options(HubOptions::new().with_replay(replay).with_slow_reader(slow_reader));
    ///     let slow = hub.subscribe(Some(&hub.last_id()));
    ///     hub.publish(Frame::new().data("one"));
    ///     hub.publish(Frame::new().data("two"));
    ///     drop(hub);
    ///     // The gap, and the second.
    ///     assert_eq!(futures_executor::block_on_stream(slow).count(), count);
    /// }
    /// ```
    #[must_use]
    pub const fn with_slow_reader(mut self, slow_reader: SlowReader) -> Self {
        self.slow_reader = slow_reader;
        self
    }

    /// Sets what comes first for a client without a last event ID.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::hub::{FirstFrame, Hub, HubOptions, ReplayOptions};
    ///
    /// let options: HubOptions = ReplayOptions::new().with_start_time(Duration::from_millis(7)).into();
    /// let first = |options| {
    ///     let subscriber = Hub::with_options(options).subscribe(None);
    ///     futures_executor::block_on_stream(subscriber).next()
    /// };
    /// assert_eq!(first(options.clone()).expect("a frame"), "id: 7-0\n\n");
    /// assert_eq!(first(options.with_first_frame(FirstFrame::Nothing)), None);
    /// ```
    #[must_use]
    pub const fn with_first_frame(mut self, first_frame: FirstFrame) -> Self {
        self.first_frame = first_frame;
        self
    }

    /// Sets the words for a gap. The frame had best start with [`Gap::head`].
    ///
    /// ```
    /// use sse_wire::hub::{Hub, HubOptions};
    ///
    /// let options = HubOptions::new().with_gap(|gap| {
    ///     let data = format!("Please load the page anew: {} is too long ago.", gap.last_event_id().unwrap_or("this"));
    ///     gap.head().data(&data).to_encoded()
    /// });
    /// let mut subscriber = Hub::with_options(options).subscribe(Some("yesterday's"));
    /// let frame = futures_executor::block_on_stream(&mut subscriber).next().expect("a frame");
    /// assert!(frame.ends_with(b"data: Please load the page anew: yesterday's is too long ago.\n\n"));
    /// ```
    #[must_use]
    pub fn with_gap(mut self, wording: impl Fn(Gap<'_>) -> EncodedFrames + Send + Sync + 'static) -> Self {
        self.gap = Some(Arc::new(wording));
        self
    }

    /// Returns how much the ring keeps.
    pub const fn replay(&self) -> &ReplayOptions {
        &self.replay
    }

    /// Returns what becomes of a subscriber that falls off the ring.
    ///
    /// ```
    /// use sse_wire::hub::{HubOptions, SlowReader};
    ///
    /// assert_eq!(HubOptions::new().slow_reader(), SlowReader::End);
    /// ```
    pub const fn slow_reader(&self) -> SlowReader {
        self.slow_reader
    }

    /// Returns what comes first for a client without a last event ID.
    ///
    /// ```
    /// use sse_wire::hub::{FirstFrame, HubOptions};
    ///
    /// assert_eq!(HubOptions::new().first_frame(), FirstFrame::Id);
    /// ```
    pub const fn first_frame(&self) -> FirstFrame {
        self.first_frame
    }

    /// The frame that tells of a gap.
    pub(super) fn word(&self, gap: Gap<'_>) -> EncodedFrames {
        self.gap.as_ref().map_or_else(|| gap.to_frame(), |wording| wording(gap))
    }
}

impl Default for HubOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl From<ReplayOptions> for HubOptions {
    fn from(options: ReplayOptions) -> Self {
        Self::new().with_replay(options)
    }
}

impl fmt::Debug for HubOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubOptions")
            .field("replay", &self.replay)
            .field("slow_reader", &self.slow_reader)
            .field("first_frame", &self.first_frame)
            .finish_non_exhaustive()
    }
}
