//! The laws of reconnection, as property tests: any options, and any reports in any order.

use std::{ops::RangeInclusive, time::Duration};

use proptest::{collection::vec, option, prelude::*};
use sse_wire::reconnect::{Action, Reconnect, ReconnectOptions, Resume, StopReason};

/// What happens, and what the server has said by then.
#[derive(Clone, Debug)]
struct Report {
    what: What,
    id: &'static str,
    reconnection_time: Option<Duration>,
    retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Connect,
    Answered(u16, bool),
    Received,
    Disconnected,
    Closed,
    Completed,
    Hopeless,
}

impl Report {
    fn resume(&self) -> Resume<'_> {
        Resume::new(self.id, self.reconnection_time).with_retry_after(self.retry_after)
    }

    fn tell(&self, reconnect: &mut Reconnect) -> Option<Action> {
        match self.what {
            What::Connect => Some(reconnect.connect()),
            What::Answered(status, is_event_stream) => {
                let content_type = is_event_stream.then_some(&b"text/event-stream"[..]);
                Some(reconnect.answered(status, content_type, self.resume()))
            }
            What::Received => {
                reconnect.received();
                None
            }
            What::Disconnected => Some(reconnect.disconnected(self.resume())),
            What::Closed => Some(reconnect.closed()),
            What::Completed => Some(reconnect.completed()),
            What::Hopeless => Some(reconnect.hopeless()),
        }
    }
}

/// The shortest and the longest that may be waited, in nanoseconds, by the documentation of the options.
fn bounds(options: &ReconnectOptions, report: &Report, failures: u32) -> RangeInclusive<u128> {
    let cap = options.max_reconnection_time();
    let time = report.reconnection_time.map_or(options.reconnection_time(), |time| time.min(cap));
    let put_off = report.retry_after.unwrap_or_default().min(cap);
    let least = time.max(put_off).max(options.min_delay());
    let most = if failures > 0 { least.max(options.max_backoff()) } else { least };
    let jitter = most.as_nanos() * u128::from(options.jitter_percent()) / 100;
    least.as_nanos()..=most.as_nanos() + jitter
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        3 => (0_u64..10_000).prop_map(Duration::from_millis),
        1 => any::<u64>().prop_map(Duration::from_secs),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::MAX),
    ]
}

fn options() -> impl Strategy<Value = ReconnectOptions> {
    let times = (time(), time(), time(), time());
    (times, any::<u8>(), option::of(0_u32..6), any::<bool>(), any::<u64>()).prop_map(
        |((time, max_time, least, backoff), percent, attempts, is_only_with_id, seed)| {
            let options = ReconnectOptions::new()
                .with_reconnection_time(time)
                .with_max_reconnection_time(max_time)
                .with_min_delay(least)
                .with_max_backoff(backoff)
                .with_jitter_percent(percent)
                .with_retried_statuses([200, 204, 429, 503])
                .with_seed(seed);
            let options = attempts.map_or(options, |attempts| options.with_max_attempts(attempts));
            if is_only_with_id { options.only_with_id() } else { options }
        },
    )
}

fn report() -> impl Strategy<Value = Report> {
    let status = prop_oneof![4 => Just(200), 2 => Just(503), 1 => prop_oneof![Just(204), Just(404), any::<u16>()]];
    let what = prop_oneof![
        2 => Just(What::Connect),
        // Mostly what lets it go on.
        8 => (status, prop::bool::weighted(0.9)).prop_map(|(status, is)| What::Answered(status, is)),
        6 => Just(What::Received),
        8 => Just(What::Disconnected),
        1 => prop_oneof![Just(What::Closed), Just(What::Completed), Just(What::Hopeless)],
    ];
    let id = prop_oneof![4 => Just("7"), 1 => Just(""), 1 => Just("\u{1}")];
    (what, id, option::of(time()), option::of(time())).prop_map(|(what, id, reconnection_time, retry_after)| Report {
        what,
        id,
        reconnection_time,
        retry_after,
    })
}

proptest! {
    #[test]
    fn every_decision_keeps_the_laws(options in options(), reports in vec(report(), 1..60)) {
        let (mut reconnect, mut twin) = (Reconnect::with_options(options), Reconnect::with_options(options));
        let mut stopped = None;
        for report in &reports {
            let action = report.tell(&mut reconnect);
            // The same seed, the same decisions.
            prop_assert_eq!(action, report.tell(&mut twin));
            // Once stopped, always stopped, for the first reason.
            if let Some(reason) = stopped {
                prop_assert!(matches!(action, None | Some(Action::Stop(_))), "{:?}", action);
                prop_assert_eq!(reconnect.stop_reason(), Some(reason));
            }
            match action {
                Some(Action::Stop(reason)) => {
                    prop_assert_eq!(stopped.unwrap_or(reason), reason);
                    stopped = Some(reason);
                }
                Some(Action::Read) => prop_assert!(matches!(report.what, What::Answered(200, true))),
                Some(Action::Connect(attempt)) => {
                    prop_assert_eq!(attempt.failures(), reconnect.failures());
                    prop_assert_eq!(attempt.last_failure().is_some(), attempt.failures() > 0);
                    prop_assert!(options.max_attempts().is_none_or(|most| attempt.failures() < most.max(1)));
                    if let What::Connect = report.what {
                        prop_assert!(attempt.delay().is_zero());
                    } else {
                        let bounds = bounds(&options, report, attempt.failures());
                        prop_assert!(bounds.contains(&attempt.delay().as_nanos()), "{:?}", attempt);
                    }
                    let is_repeat = matches!(report.what, What::Disconnected) && options.is_only_with_id();
                    prop_assert!(!is_repeat || report.id == "7");
                }
                None => {}
            }
            prop_assert_eq!(reconnect.stop_reason(), stopped);
        }
        if let Some(StopReason::GaveUp { attempts, .. }) = stopped {
            prop_assert_eq!(Some(attempts), options.max_attempts().map(|most| most.max(1)));
        }
    }
}
