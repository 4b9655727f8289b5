//! Law 13: per subscriber, IDs rise, nothing twice, nothing missing but in a gap that was told.

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use proptest::{collection::vec, prelude::*};
use sse_wire::{
    Decoder, EncodedFrames, Frame,
    hub::{Hub, HubOptions, Publication, ReplayOptions, SlowReader, Subscriber},
};

/// A client that holds its hub to the law. Events are numbered from 1; their data is their number.
#[derive(Debug, Default)]
pub(crate) struct Client {
    decoder: Decoder,
    /// The number of the last event that it has, or was told to be missing.
    reached: Option<u64>,
}

impl Client {
    /// Takes a frame whose data, if it is an event, is its number.
    pub(crate) fn take(&mut self, frame: &EncodedFrames, number: impl Fn(&str) -> u64) {
        if let Some(data) = self.take_any(frame, number) {
            assert_eq!(Some(data), self.reached.map(|number| number.to_string()));
        }
    }

    /// Takes a frame, of which `number` knows the number by its ID; returns the data of an event.
    pub(crate) fn take_any(&mut self, frame: &EncodedFrames, number: impl Fn(&str) -> u64) -> Option<String> {
        let mut chunk = &frame[..];
        let event = self.decoder.decode(&mut chunk).expect("it is short").map(|event| event.to_event());
        assert_eq!(self.decoder.decode(&mut chunk), Ok(None), "one frame, one event");
        let id = number(self.decoder.last_event_id());
        let Some(event) = event else {
            assert_eq!(self.reached.replace(id), None, "an ID alone comes first");
            return None;
        };
        let reached = self.reached.replace(id).expect("an ID comes first");
        if event.event_type() == "gap" {
            assert!(reached < id, "{reached} before a gap up to {id}");
            return None;
        }
        assert_eq!(reached + 1, id, "one by one");
        Some(event.into_data().into())
    }

    pub(crate) fn last_event_id(&self) -> Option<&str> {
        Some(self.decoder.last_event_id()).filter(|id| !id.is_empty())
    }

    pub(crate) const fn reached(&self) -> Option<u64> {
        self.reached
    }
}

/// What happens, and to whom.
#[derive(Clone, Debug)]
enum Step {
    Publish {
        length: usize,
    },
    PublishWithId,
    Subscribe(usize),
    /// As many frames, at most.
    Read(usize, usize),
    Leave(usize),
    /// Time goes on by seconds.
    Wait(u64),
    /// The source of events may have lost some.
    Restart,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..4_usize;
    let step = prop_oneof![
        6 => (0..300_usize).prop_map(|length| Step::Publish { length }),
        3 => Just(Step::PublishWithId),
        3 => who.clone().prop_map(Step::Subscribe),
        6 => (who.clone(), 1..50_usize).prop_map(|(who, count)| Step::Read(who, count)),
        2 => who.prop_map(Step::Leave),
        1 => (0..10_u64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ];
    (vec(step, 1..200), any::<bool>()).prop_map(|(mut steps, is_closed)| {
        steps.extend(is_closed.then_some(Step::Close));
        steps.extend((0..4).map(|who| Step::Read(who, usize::MAX)));
        steps
    })
}

fn options() -> impl Strategy<Value = HubOptions> {
    let slow_reader = prop_oneof![Just(SlowReader::End), Just(SlowReader::Gap)];
    (0..40_usize, 0..20_000_usize, slow_reader).prop_map(|(events, bytes, slow_reader)| {
        let replay = ReplayOptions::new().with_max_events(events).with_max_bytes(bytes);
        let replay = replay.with_max_age(Duration::from_secs(20)).with_clock(clock::now);
        HubOptions::new().with_replay(replay.with_start_time(START)).with_slow_reader(slow_reader)
    })
}

const START: Duration = Duration::from_millis(7);

/// The number of the event with this ID: `7-n` or `callers n`.
fn number(id: &str) -> u64 {
    id.strip_prefix("7-").or(id.strip_prefix("callers ")).and_then(|number| number.parse().ok()).expect(id)
}

mod clock {
    use std::{
        cell::Cell,
        time::{Duration, Instant},
    };

    thread_local! {
        static NOW: Cell<Instant> = Cell::new(Instant::now());
    }

    pub(super) fn now() -> Instant {
        NOW.get()
    }

    pub(super) fn wait(seconds: u64) {
        NOW.set(NOW.get() + Duration::from_secs(seconds));
    }
}

/// Four clients, of which each has a subscriber or is away.
fn run(options: HubOptions, steps: Vec<Step>) {
    let hub = Hub::with_options(options);
    let mut clients: [(Client, Option<Subscriber>); 4] = Default::default();
    let (mut published, mut is_used, mut is_closed) = (0_u64, false, false);
    for step in steps {
        match step {
            Step::Publish { length } => {
                published += 1;
                let (data, topic) = (published.to_string(), "x".repeat(length));
                let id = hub.publish(Publication::new(Frame::new().data(&data)).with_topic(topic));
                assert_eq!(id.count(), published);
            }
            Step::PublishWithId => {
                published += 1;
                let data = published.to_string();
                hub.publish_with_id(&format!("callers {data}"), Frame::new().data(&data)).expect("it is a new one");
            }
            Step::Subscribe(who) => {
                let (client, subscriber) = &mut clients[who];
                *subscriber = Some(hub.subscribe(client.last_event_id()));
                is_used = true;
            }
            Step::Read(who, count) => read(&mut clients[who], count, published, is_closed),
            Step::Leave(who) => clients[who].1 = None,
            Step::Wait(seconds) => clock::wait(seconds),
            Step::Restart => {
                // As the hub counts: what may be missing is one event, but before the first nothing is.
                published += u64::from(is_used);
                is_used = true;
                hub.starts_after(&format!("callers {published}")).expect("it is an ID");
            }
            Step::Close => {
                hub.close(EncodedFrames::default());
                is_closed = true;
            }
        }
        is_used |= published > 0;
        let present = clients.iter().filter(|(_, subscriber)| subscriber.is_some()).count();
        assert!(hub.subscribers() <= present);
    }
}

fn read((client, subscriber): &mut (Client, Option<Subscriber>), count: usize, published: u64, is_closed: bool) {
    let Some(stream) = subscriber else { return };
    for _ in 0..count {
        match stream.next().now_or_never() {
            Some(Some(frame)) => client.take(&frame, number),
            Some(None) => {
                *subscriber = None;
                return;
            }
            None => {
                assert_eq!(client.reached(), Some(published), "who has nothing to read has everything");
                assert!(!is_closed, "it ends");
                return;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 256 }, ..ProptestConfig::default() })]

    #[test]
    fn each_event_comes_once_in_order_or_its_loss_is_told(options in options(), steps in steps()) {
        run(options, steps);
    }
}
