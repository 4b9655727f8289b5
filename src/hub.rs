//! [`Hub`]: events for any number of subscribers, each of which may come back and get what it missed. No runtime, no task.
//!
//! A hub is a bounded ring of encoded events, each with its ID. The ring *is* the queue of every subscriber: a subscriber
//! is a number, that of the event it gets next. So "what was missed" and "what comes" are one thing, with no seam between
//! them at which an event could be lost or come twice; a slow reader holds no memory; and an event is encoded once, and
//! its bytes are shared.
//!
//! ```
//! use futures_util::StreamExt;
//! use sse_wire::{Decoder, Frame, hub::Hub};
//!
//! # futures_executor::block_on(async {
//! let hub = Hub::new();
//! hub.publish(Frame::new().data("one"));
//! let id = hub.publish(Frame::new().data("two")).to_string();
//! hub.publish(Frame::new().data("three"));
//!
//! // A client comes back with the ID of the second. With the feature `http-body`, the subscriber goes into a body:
//! // `event_stream_response(EventBody::new(hub.subscribe(last_event_id(&headers))))`.
//! let mut subscriber = hub.subscribe(Some(&id));
//! hub.publish(Frame::new().data("four"));
//! hub.close(Frame::new().data("bye"));
//! let mut data = Vec::new();
//! let mut decoder = Decoder::new();
//! while let Some(frame) = subscriber.next().await {
//!     let event = decoder.decode(&mut &frame[..])?.map(|event| event.data().to_owned());
//!     data.extend(event);
//! }
//! assert_eq!(data, ["three", "four", "bye"]);
//! # Ok::<(), sse_wire::DecodeError>(())
//! # })?;
//! # Ok::<(), sse_wire::DecodeError>(())
//! ```
//!
//! # What a client gets
//!
//! | it comes | it gets |
//! |---|---|
//! | without an ID | what comes from now on. Before that, the ID to come back with, in a frame that is no event: a client whose connection breaks before the first event misses nothing either |
//! | with an ID after which everything is there | exactly that, then what comes |
//! | with any other: gone from the ring, from before a restart, never ours | an event of type `gap`, all there is, then what comes |
//! | after the hub was [closed](Hub::close) | the end, at once |
//!
//! The words of a gap are the caller's ([`HubOptions::with_gap`]), but a gap is never silent. It has the ID of the last
//! event that is missing, so that it is told only once.
//!
//! Per subscriber, the events are in the order in which they were published, none comes twice, and none is missing
//! except in a gap that was told: law 13 of this crate.
//!
//! # One hub, one scope
//!
//! A last event ID comes from the client, which may send any. So whoever may subscribe to a hub can get whatever is in it,
//! by guessing an ID, and a filter is no access control. Have a hub for each scope, that is for each set of events that
//! the same people may read (a user, a room, a session), and look up the hub by who asks, not by what the ID says. An ID
//! of another hub is a gap here, never another's events. An empty hub takes some hundred bytes.
//!
//! # Slow readers
//!
//! A subscriber whose next event has gone from the ring [ends](SlowReader::End), and with it the response; the client
//! comes back with its ID. Or it is told of a [gap](SlowReader::Gap), and goes on. In either case it has held nothing, and
//! has held up nobody.
//!
//! # Cost
//!
//! Publishing takes one encoding and, for each subscriber that waits, a wake; the others are not touched. A subscriber
//! that is behind takes up to 33 events under one lock. 10,000 subscribers, each a task that reads an `EventBody`,
//! beside tokio's `broadcast` and a ring by hand, as servers write it; two shared cores for all, no sockets, which cost
//! far more than either; medians of seven rounds, and the range in which the ratios moved
//! (`cargo run --release -p hub-bench`):
//!
//! | | hub | broadcast and ring | ratio |
//! |---|--:|--:|--:|
//! | at saturation: events a second to each | 1,890 | 900 | 1.62 (1.42 to 2.47) |
//! | the same, processor time for each delivery | 52 ns | 84 ns | 0.62 (0.54 to 0.64) |
//! | the same, latency p99 | 300 ms | 660 ms | 0.61 (0.45 to 0.68) |
//! | 1,000 events a second to each: how many came | 1,001 | 823 | 1.22 (0.98 to 1.31) |
//! | the same, latency p99 | 57 ms | 1,330 ms | 0.15 (0.01 to 0.27) |
//! | memory for a subscriber that waits | 161 bytes | 224 bytes | 0.72 |
//!
//! # More than one server
//!
//! Events that come from elsewhere bring their IDs ([`Hub::publish_with_id`]): one reader for each server feeds a hub with
//! what is in Redis, NATS or a database. A client may then come back to any server. What is older than the ring comes from
//! where the events come from, without a seam on either side:
//!
//! ```
//! # use futures_util::{FutureExt, Stream, StreamExt, stream};
//! # use sse_wire::{EncodedFrames, Frame, hub::{Entry, Hub, IdError, Start}};
//! # struct Log;
//! # impl Log {
//! #     async fn between(&self, after: &str, up_to: &str) -> Option<Vec<EncodedFrames>> {
//! #         let range = after.parse::<u64>().ok()? + 1..=up_to.parse::<u64>().ok()?;
//! #         Some(range.map(|id| Frame::new().id(&id.to_string()).unwrap().data("old").to_encoded()).collect())
//! #     }
//! # }
//! /// For IDs that rise by number, as a database's may.
//! async fn go_on_after(hub: &Hub, log: &Log, id: &str) -> impl Stream<Item = EncodedFrames> + use<> {
//!     let resumed = hub.resume(Some(id));
//!     let number: Option<u64> = id.parse().ok();
//!     let is_newer = move |entry: &Entry| entry.id().parse().ok() > number;
//!     if resumed.start() == Start::Gap
//!         // `None` if the log does not have that ID any more, either.
//!         && let Some(older) = log.between(id, resumed.id()).await
//!     {
//!         // Another server may have been faster than our reader, so that the client has some of what comes.
//!         return stream::iter(older).chain(resumed.into_filled().with_filter(is_newer)).boxed();
//!     }
//!     resumed.into_subscriber().boxed()
//! }
//!
//! let hub = Hub::new();
//! // Where the reader starts. It says so again when it begins anew.
//! hub.starts_after("5")?;
//! hub.publish_with_id("6", Frame::new().data("new"))?;
//! # for (id, expected) in [("3", &b"456"[..]), ("5", b"6"), ("6", b""), ("7", b"")] {
//! #     let mut frames = futures_executor::block_on(go_on_after(&hub, &Log, id));
//! #     let ids: Vec<u8> = core::iter::from_fn(|| frames.next().now_or_never().flatten()).map(|frame| frame[4]).collect();
//! #     assert_eq!(ids, expected, "{id}");
//! # }
//! # Ok::<(), IdError>(())
//! ```

mod entry;
mod event_id;
mod gap;
mod handle;
mod hub_options;
mod id_error;
#[cfg(all(test, sse_wire_loom))]
mod models;
mod replay;
mod replay_options;
mod resumed;
mod ring;
mod seats;
mod shared;
mod since;
mod subscriber;
mod sync;

pub use self::{
    entry::{Entry, Publication},
    event_id::{EventId, NotEventId},
    gap::Gap,
    handle::Hub,
    hub_options::{FirstFrame, HubOptions, SlowReader},
    id_error::IdError,
    replay::Replay,
    replay_options::ReplayOptions,
    resumed::{Resumed, Start},
    since::{Entries, Since},
    subscriber::Subscriber,
};
