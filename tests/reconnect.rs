//! The reconnection rules: what happens against what is done about it, and the bounds of every delay.
#![cfg(feature = "reconnect")]

#[path = "reconnect/laws.rs"]
mod laws;

use std::time::{Duration, SystemTime};

use sse_wire::{
    Decoder,
    reconnect::{Action, Failure, Reconnect, ReconnectOptions, Resume, StopReason, retry_after},
};

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Told {
    Connect,
    Answered(u16, Option<&'static str>),
    /// The usual one.
    Accepted,
    Received,
    Disconnected,
    Closed,
    Completed,
    Hopeless,
    /// The decoder reads this.
    Decode(&'static str),
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Done {
    /// There is nothing to say.
    Nothing,
    Read,
    /// After so many milliseconds, with so many failures in a row.
    Connect(u128, u32),
    Stop(StopReason),
}

use Told::{Accepted, Answered, Closed, Completed, Connect, Decode, Disconnected, Hopeless, Received};

/// Tells a `Reconnect` one thing after the other and compares what it says.
fn check(name: &str, options: ReconnectOptions, rows: &[(Told, Done)]) {
    let mut reconnect = Reconnect::with_options(options);
    let mut decoder = Decoder::new();
    let mut stopped = None;
    for (index, &(told, expected)) in rows.iter().enumerate() {
        let action = tell(&mut reconnect, &mut decoder, told);
        assert_eq!(action.map_or(Done::Nothing, done), expected, "{name}, row {index}: {told:?}");
        let reason = if let Done::Stop(reason) = expected { Some(reason) } else { stopped };
        assert_eq!(reconnect.stop_reason(), reason, "{name}, row {index}: {told:?}");
        stopped = reason;
    }
}

fn tell(reconnect: &mut Reconnect, decoder: &mut Decoder, told: Told) -> Option<Action> {
    match told {
        Connect => Some(reconnect.connect()),
        Answered(status, kind) => Some(reconnect.answered(status, kind.map(str::as_bytes), &*decoder)),
        Accepted => Some(reconnect.answered(200, Some(b"text/event-stream"), &*decoder)),
        Disconnected => {
            decoder.reset();
            Some(reconnect.disconnected(&*decoder))
        }
        Received => {
            reconnect.received();
            None
        }
        Closed => Some(reconnect.closed()),
        Completed => Some(reconnect.completed()),
        Hopeless => Some(reconnect.hopeless()),
        Decode(stream) => {
            let mut chunk = stream.as_bytes();
            while decoder.decode(&mut chunk).expect("no limit is passed").is_some() {}
            None
        }
    }
}

fn done(action: Action) -> Done {
    match action {
        Action::Read => Done::Read,
        Action::Stop(reason) => Done::Stop(reason),
        Action::Connect(attempt) => Done::Connect(attempt.delay().as_millis(), attempt.failures()),
    }
}

/// Without jitter, for tables.
const PLAIN: ReconnectOptions = ReconnectOptions::new().with_jitter_percent(0);

#[test]
fn a_connection_that_was_of_use_is_followed_by_another_after_the_reconnection_time() {
    let rows = [
        (Connect, Done::Connect(0, 0)),
        (Accepted, Done::Read),
        (Decode("id: 1\ndata: x\n\nid: 2\ndata: cut o"), Done::Nothing),
        (Received, Done::Nothing),
        // The default.
        (Disconnected, Done::Connect(3000, 0)),
        (Accepted, Done::Read),
        (Decode("retry: 10\n: hi\n\n"), Done::Nothing),
        (Received, Done::Nothing),
        (Received, Done::Nothing),
        // Less than the least.
        (Disconnected, Done::Connect(500, 0)),
        (Accepted, Done::Read),
        (Decode("id\nretry: 0\n\n"), Done::Nothing),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(500, 0)),
        (Accepted, Done::Read),
        (Decode("retry: 501\n"), Done::Nothing),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(501, 0)),
    ];
    check("healthy", PLAIN, &rows);
}

#[test]
fn failures_in_a_row_double_the_delay_and_a_sign_of_life_forgets_them() {
    let rows = [
        (Connect, Done::Connect(0, 0)),
        (Disconnected, Done::Connect(3000, 1)),
        (Disconnected, Done::Connect(6000, 2)),
        (Disconnected, Done::Connect(12_000, 3)),
        (Disconnected, Done::Connect(24_000, 4)),
        // Accepted, but nothing came.
        (Accepted, Done::Read),
        (Disconnected, Done::Connect(48_000, 5)),
        (Disconnected, Done::Connect(60_000, 6)),
        (Disconnected, Done::Connect(60_000, 7)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(3000, 0)),
        (Disconnected, Done::Connect(3000, 1)),
        (Disconnected, Done::Connect(6000, 2)),
    ];
    check("failures", PLAIN, &rows);
    let at_zero = [
        (Decode("retry: 0\n"), Done::Nothing),
        (Disconnected, Done::Connect(500, 1)),
        (Disconnected, Done::Connect(1000, 2)),
        (Disconnected, Done::Connect(2000, 3)),
        (Decode("retry: 90000\n"), Done::Nothing),
        // Longer than the greatest backoff: the server's word counts.
        (Disconnected, Done::Connect(90_000, 4)),
        (Decode("retry: 18446744073709551615\n"), Done::Nothing),
        (Disconnected, Done::Connect(3_600_000, 5)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(3_600_000, 0)),
    ];
    check("floor and caps", PLAIN, &at_zero);
    // Without a floor failures are followed by longer delays all the same.
    check("no floor", PLAIN.with_min_delay(Duration::ZERO), &at_zero);
    let short = PLAIN.with_reconnection_time(Duration::from_millis(100)).with_max_backoff(Duration::from_millis(700));
    let rows = [
        (Disconnected, Done::Connect(500, 1)),
        (Disconnected, Done::Connect(700, 2)),
        (Disconnected, Done::Connect(700, 3)),
    ];
    check("options", short, &rows);
    let rows = [(Decode("retry: 50\n"), Done::Nothing), (Disconnected, Done::Connect(40, 1))];
    let cap = PLAIN
        .with_min_delay(Duration::ZERO)
        .with_max_reconnection_time(Duration::from_millis(40))
        .with_max_backoff(Duration::from_millis(7));
    check("the cap on the server's time", cap, &rows);
}

#[test]
fn any_byte_is_a_sign_of_life() {
    for bytes in ["\n", ":\n", "d", "retry: 3000\n", "id: 1\n\n", "event: ping\n\n", "error: {}\n\n", "\u{feff}"] {
        let rows = [
            (Disconnected, Done::Connect(3000, 1)),
            (Disconnected, Done::Connect(6000, 2)),
            (Accepted, Done::Read),
            (Received, Done::Nothing),
            (Decode(bytes), Done::Nothing),
            (Disconnected, Done::Connect(3000, 0)),
        ];
        check(bytes, PLAIN, &rows);
    }
}

#[test]
fn an_id_and_a_time_are_all_it_takes() {
    let mut reconnect = Reconnect::with_options(PLAIN);
    for (time, millis) in [(None, 3000), (Some(Duration::from_secs(4)), 4000)] {
        assert_eq!(reconnect.answered(200, Some(b"text/event-stream"), Resume::new("7", time)), Action::Read);
        reconnect.received();
        assert_eq!(done(reconnect.disconnected(Resume::new("7", time))), Done::Connect(millis, 0));
    }
    assert_eq!(Resume::default(), Resume::from(&Decoder::new()));
}

#[test]
fn a_server_that_says_retry_0_and_closes_does_not_make_the_client_spin() {
    let connections_in_5_s = |options| {
        let mut reconnect = Reconnect::with_options(options);
        let resume = Resume::new("1", Some(Duration::ZERO));
        let (mut clock, mut connections) = (Duration::ZERO, 0);
        let mut action = reconnect.connect();
        while clock < Duration::from_secs(5) && connections < 10_000 {
            assert!(matches!(action, Action::Connect(_)), "{action:?}");
            connections += 1;
            assert_eq!(reconnect.answered(200, Some(b"text/event-stream"), resume), Action::Read);
            reconnect.received();
            action = reconnect.disconnected(resume);
            clock += delay(action);
        }
        connections
    };
    assert_eq!(connections_in_5_s(PLAIN), 10);
    assert!(connections_in_5_s(ReconnectOptions::new()) <= 10);
    assert_eq!(connections_in_5_s(PLAIN.with_min_delay(Duration::from_secs(1))), 5);
    // Whoever wants it can have it.
    assert_eq!(connections_in_5_s(PLAIN.with_min_delay(Duration::ZERO)), 10_000);
}

#[test]
fn nobody_goes_below_the_least_delay() {
    let options = PLAIN.with_min_delay(Duration::from_secs(90));
    let rows = [
        (Connect, Done::Connect(0, 0)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(90_000, 0)),
        (Disconnected, Done::Connect(90_000, 1)),
        (Decode("retry: 100000\n"), Done::Nothing),
        (Disconnected, Done::Connect(100_000, 2)),
    ];
    check("more than the server says", options, &rows);
    let rows = [
        (Decode("retry: 0\n"), Done::Nothing),
        (Disconnected, Done::Connect(2000, 1)),
        (Disconnected, Done::Connect(4000, 2)),
        (Disconnected, Done::Connect(8000, 3)),
    ];
    check("what is doubled", PLAIN.with_min_delay(Duration::from_secs(2)), &rows);
    let rows = [(Disconnected, Done::Connect(500, 1)), (Accepted, Done::Read), (Received, Done::Nothing)];
    check("more than the caller says", PLAIN.with_reconnection_time(Duration::ZERO), &rows);
    let capped = options.with_max_reconnection_time(Duration::from_secs(1)).with_max_backoff(Duration::from_secs(1));
    check("more than the caps", capped, &[(Disconnected, Done::Connect(90_000, 1))]);
}

#[test]
fn an_answer_that_is_no_event_stream_stops_for_good() {
    // The statuses that the web platform tests check, and a few.
    for status in [0, 201, 205, 206, 210, 299, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503, 599, u16::MAX] {
        let rows = [
            (Connect, Done::Connect(0, 0)),
            (Answered(status, Some("text/event-stream")), Done::Stop(StopReason::Status(status))),
        ];
        check("statuses", PLAIN, &rows);
    }
    for kind in
        [None, Some(""), Some("text/html"), Some("text/event-streaming"), Some("application/json; x=text/event-stream")]
    {
        check("types", PLAIN, &[(Answered(200, kind), Done::Stop(StopReason::ContentType))]);
    }
    for kind in ["text/event-stream;", "Text/Event-Stream; charset=utf-8"] {
        check("types", PLAIN, &[(Answered(200, Some(kind)), Done::Read)]);
    }
    let everything = PLAIN.with_retried_statuses(0..=u16::MAX);
    for options in [PLAIN, everything] {
        check("204", options, &[(Answered(204, Some("text/event-stream")), Done::Stop(StopReason::NoContent))]);
        check("200", options, &[(Answered(200, None), Done::Stop(StopReason::ContentType))]);
    }
}

#[test]
fn a_status_to_be_tried_again_is_a_failed_attempt() {
    let options = PLAIN.with_retried_statuses((500..600).chain([429]));
    let rows = [
        (Connect, Done::Connect(0, 0)),
        (Answered(503, None), Done::Connect(3000, 1)),
        (Disconnected, Done::Connect(6000, 2)),
        (Answered(429, Some("text/event-stream")), Done::Connect(12_000, 3)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(3000, 0)),
        (Answered(500, None), Done::Connect(3000, 1)),
        (Answered(404, None), Done::Stop(StopReason::Status(404))),
    ];
    check("statuses", options, &rows);
}

#[test]
fn another_media_type_is_a_failed_attempt_if_the_options_say_so() {
    let options = PLAIN.retry_other_content_types();
    let rows = [
        (Answered(200, Some("text/html")), Done::Connect(3000, 1)),
        (Answered(200, None), Done::Connect(6000, 2)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(3000, 0)),
        (Answered(204, None), Done::Stop(StopReason::NoContent)),
    ];
    check("media types", options, &rows);
    let gave_up = StopReason::GaveUp { attempts: 1, last_failure: Failure::ContentType };
    check("media types", options.with_max_attempts(1), &[(Answered(200, None), Done::Stop(gave_up))]);
}

#[test]
fn the_caller_ends_it_for_a_reason_of_its_own() {
    for (told, reason) in
        [(Closed, StopReason::Closed), (Completed, StopReason::Complete), (Hopeless, StopReason::Hopeless)]
    {
        for before in [&[][..], &[(Accepted, Done::Read)], &[(Accepted, Done::Read), (Received, Done::Nothing)]] {
            let after = [Connect, Accepted, Disconnected, Closed, Completed, Hopeless, Answered(204, None)];
            let rows = after.map(|told| (told, Done::Stop(reason)));
            check("ends", PLAIN, &[before, &[(told, Done::Stop(reason))], &rows].concat());
        }
    }
}

#[test]
fn retry_after_lengthens_the_next_delay_up_to_the_maximum() {
    let options = PLAIN.with_retried_statuses([503]).with_max_reconnection_time(Duration::from_secs(100));
    let second = |time| Resume::new("", None).with_retry_after(Some(Duration::from_secs(time)));
    for (failures_before, asked, millis) in [
        (0, second(0), 3000),
        (0, second(2), 3000),
        (0, second(20), 20_000),
        // Backoff does not double it, and the longer of the two counts.
        (1, second(20), 20_000),
        (3, second(20), 24_000),
        (9, second(99), 99_000),
        (9, second(101), 100_000),
        (0, second(u64::MAX), 100_000),
        (0, Resume::new("", Some(Duration::from_secs(30))).with_retry_after(Some(Duration::from_secs(20))), 30_000),
        (0, Resume::new("", Some(Duration::from_secs(10))).with_retry_after(Some(Duration::from_secs(20))), 20_000),
        (0, Resume::new("", Some(Duration::from_secs(10))).with_retry_after(None), 10_000),
    ] {
        let mut reconnect = Reconnect::with_options(options);
        for _ in 0..failures_before {
            assert!(matches!(reconnect.disconnected(Resume::default()), Action::Connect(_)));
        }
        let told = (failures_before, asked);
        assert_eq!(done(reconnect.answered(503, None, asked)), Done::Connect(millis, failures_before + 1), "{told:?}");
        // It is said once.
        let next = delay(reconnect.disconnected(Resume::default()));
        assert!(next <= Duration::from_secs(60), "{told:?}: {next:?}");
    }
    // Nobody is put off who is sent away.
    let stop = Action::Stop(StopReason::Status(404));
    assert_eq!(Reconnect::with_options(options).answered(404, None, second(20)), stop);
}

#[test]
fn retry_after_has_two_forms() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let rows: [(&[u8], Option<u64>); 25] = [
        (b"0", Some(0)),
        (b"120", Some(120)),
        (b" 7\t", Some(7)),
        (b"007", Some(7)),
        (b"18446744073709551615", Some(u64::MAX)),
        (b"18446744073709551616", Some(u64::MAX)),
        (b"99999999999999999999999999", Some(u64::MAX)),
        // The three formats of one date, and the same date an hour before and after.
        (b"Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        (b"Sunday, 06-Nov-94 08:49:37 GMT", Some(0)),
        (b"Sun Nov  6 08:49:37 1994", Some(0)),
        (b"Sun, 06 Nov 1994 07:49:37 GMT", Some(0)),
        (b"Sun, 06 Nov 1994 09:49:37 GMT", Some(3600)),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799 - 784_111_777)),
        (b"Sun, 06 Nov 1994 09:49:37 CET", None),
        (b"1994-11-06T08:49:37Z", None),
        (b"", None),
        (b" ", None),
        (b"+1", None),
        (b"-1", None),
        (b"1.5", None),
        (b"1 2", None),
        (b"1s", None),
        (b"0x10", None),
        ("\u{664}".as_bytes(), None),
        (b"\xff", None),
    ];
    for (value, seconds) in rows {
        assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{}", value.escape_ascii());
    }
}

#[test]
fn statuses_to_be_tried_again_may_come_from_anywhere() {
    let listed = [429, 503, 503];
    let options = PLAIN.with_retried_statuses(listed.iter().copied());
    assert_eq!(options, PLAIN.with_retried_statuses([503, 429]));
    assert_ne!(options, PLAIN.with_retried_statuses([503]));
    for status in 0..=u16::MAX {
        assert_eq!(options.is_retried(status), listed.contains(&status), "{status}");
        assert_eq!(PLAIN.with_retried_statuses([status]).is_retried(status), (100..1000).contains(&status), "{status}");
    }
    // The last list counts alone.
    assert_eq!(options.with_retried_statuses([]), PLAIN);
    assert!(format!("{options:?}").contains("{429, 503}"));
}

#[test]
fn options_say_what_was_set() {
    let time = Duration::from_secs;
    let options = ReconnectOptions::new()
        .with_reconnection_time(time(1))
        .with_max_reconnection_time(time(2))
        .with_min_delay(time(7))
        .with_max_backoff(time(3))
        .with_jitter_percent(4)
        .with_max_attempts(5)
        .with_seed(6)
        .only_with_id();
    assert_eq!((options.reconnection_time(), options.max_reconnection_time()), (time(1), time(2)));
    assert_eq!((options.min_delay(), options.max_backoff()), (time(7), time(3)));
    assert_eq!((options.jitter_percent(), options.is_only_with_id()), (4, true));
    assert_eq!((options.max_attempts(), options.seed()), (Some(5), Some(6)));
}

#[test]
fn attempts_are_counted_in_a_row_and_giving_up_is_final() {
    let gave_up = |attempts, last_failure| Done::Stop(StopReason::GaveUp { attempts, last_failure });
    let rows = [
        (Disconnected, Done::Connect(3000, 1)),
        (Disconnected, Done::Connect(6000, 2)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(3000, 0)),
        (Disconnected, Done::Connect(3000, 1)),
        (Accepted, Done::Read),
        (Disconnected, Done::Connect(6000, 2)),
        (Answered(503, None), gave_up(3, Failure::Status(503))),
        (Connect, gave_up(3, Failure::Status(503))),
    ];
    check("three", PLAIN.with_max_attempts(3).with_retried_statuses([503]), &rows);
    let one = gave_up(1, Failure::NoAnswer);
    for most in [0, 1] {
        check("one", PLAIN.with_max_attempts(most), &[(Disconnected, one), (Disconnected, one)]);
    }
}

#[test]
fn a_decision_and_a_getter_tell_the_cause_of_the_last_failure() {
    let options = PLAIN.with_retried_statuses([503]).with_max_attempts(5);
    let (mut reconnect, mut decoder) = (Reconnect::with_options(options), Decoder::new());
    assert_eq!(*reconnect.options(), options);
    let rows = [
        (Connect, 0, None),
        (Disconnected, 1, Some(Failure::NoAnswer)),
        (Answered(503, None), 2, Some(Failure::Status(503))),
        (Connect, 2, Some(Failure::Status(503))),
        (Accepted, 2, Some(Failure::Status(503))),
        (Disconnected, 3, Some(Failure::NothingReceived)),
        (Accepted, 3, Some(Failure::NothingReceived)),
        (Received, 0, None),
        (Disconnected, 0, None),
        (Disconnected, 1, Some(Failure::NoAnswer)),
        // A status that stops is a reason, and no failure.
        (Answered(404, None), 1, Some(Failure::NoAnswer)),
        (Disconnected, 1, Some(Failure::NoAnswer)),
    ];
    for (index, (told, failures, last)) in rows.into_iter().enumerate() {
        let action = tell(&mut reconnect, &mut decoder, told);
        assert_eq!((reconnect.failures(), reconnect.last_failure()), (failures, last), "row {index}: {told:?}");
        if let Some(Action::Connect(attempt)) = action {
            assert_eq!((attempt.failures(), attempt.last_failure()), (failures, last), "row {index}: {told:?}");
        }
    }
}

#[test]
fn only_with_an_id_is_a_lost_connection_followed_by_another() {
    let options = PLAIN.only_with_id().with_retried_statuses([429]).with_max_attempts(3);
    let stop = Done::Stop(StopReason::NoId);
    let before = [
        (Connect, Done::Connect(0, 0)),
        // The server said that it did not begin.
        (Answered(429, None), Done::Connect(3000, 1)),
        (Accepted, Done::Read),
    ];
    let with = |rest: &[(Told, Done)]| [&before[..], rest].concat();
    check("nothing came", options, &with(&[(Disconnected, stop), (Connect, stop), (Disconnected, stop)]));
    check("no ID came", options, &with(&[(Received, Done::Nothing), (Disconnected, stop)]));
    check("no answer came", options, &[(Connect, Done::Connect(0, 0)), (Disconnected, stop)]);
    // The event that had it was cut off.
    check("half an ID came", options, &with(&[(Decode("id: 1\ndata: x\n"), Done::Nothing), (Disconnected, stop)]));
    check(
        "an ID that cannot be sent",
        options,
        &with(&[(Decode("id: \u{1}\n\n"), Done::Nothing), (Disconnected, stop)]),
    );
    let rows = with(&[
        (Received, Done::Nothing),
        (Decode("id: 1\ndata: x\n\n"), Done::Nothing),
        (Disconnected, Done::Connect(3000, 0)),
        (Disconnected, Done::Connect(3000, 1)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(3000, 0)),
        (Accepted, Done::Read),
        // The server takes it back.
        (Decode("id\n\n"), Done::Nothing),
        (Disconnected, stop),
    ]);
    check("an ID came", options, &rows);
    let gave_up = Done::Stop(StopReason::GaveUp { attempts: 1, last_failure: Failure::Status(429) });
    check("too often", options.with_max_attempts(1), &[(Answered(429, None), gave_up), (Disconnected, gave_up)]);
}

#[test]
fn once_stopped_everything_is_answered_with_the_first_reason() {
    let stops: [(Told, StopReason); 4] = [
        (Closed, StopReason::Closed),
        (Answered(204, None), StopReason::NoContent),
        (Answered(200, None), StopReason::ContentType),
        (Answered(404, None), StopReason::Status(404)),
    ];
    for (told, reason) in stops {
        let stop = Done::Stop(reason);
        for before in [&[][..], &[(Accepted, Done::Read)], &[(Accepted, Done::Read), (Received, Done::Nothing)]] {
            let mut rows = before.to_vec();
            rows.extend([
                (told, stop),
                (Connect, stop),
                (Accepted, stop),
                (Answered(404, None), stop),
                (Received, Done::Nothing),
                (Disconnected, stop),
                (Closed, stop),
                (Disconnected, stop),
            ]);
            check("stopped", PLAIN, &rows);
        }
    }
}

#[test]
fn calls_that_do_not_fit_are_taken_at_their_word() {
    // Nothing has been accepted: no sign of life is possible.
    let rows = [
        (Disconnected, Done::Connect(3000, 1)),
        (Received, Done::Nothing),
        (Disconnected, Done::Connect(6000, 2)),
        // To connect at once is not to forget.
        (Connect, Done::Connect(0, 2)),
        (Accepted, Done::Read),
        (Connect, Done::Connect(0, 2)),
        (Accepted, Done::Read),
        (Accepted, Done::Read),
        (Disconnected, Done::Connect(12_000, 3)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Connect, Done::Connect(0, 0)),
        // What was received before is no sign of life of this attempt.
        (Disconnected, Done::Connect(3000, 1)),
        (Accepted, Done::Read),
        (Received, Done::Nothing),
        (Answered(200, Some("text/event-stream")), Done::Read),
        (Disconnected, Done::Connect(3000, 1)),
    ];
    check("out of order", PLAIN, &rows);
}

fn delay(action: Action) -> Duration {
    match action {
        Action::Connect(attempt) => attempt.delay(),
        Action::Read | Action::Stop(_) => panic!("{action:?}"),
    }
}

#[test]
fn every_delay_is_within_its_bounds() {
    let max = Duration::from_secs(60);
    let hour = Duration::from_secs(3600);
    for seed in 0..500 {
        for percent in [0, 1, 50, 255] {
            for told in [None, Some(0_u64), Some(7), Some(2500), Some(100_000), Some(u64::MAX)] {
                let options = ReconnectOptions::new().with_jitter_percent(percent).with_seed(seed);
                let mut reconnect = Reconnect::with_options(options);
                let mut decoder = Decoder::new();
                if let Some(millis) = told {
                    assert_eq!(decoder.decode(&mut format!("retry: {millis}\n").as_bytes()), Ok(None));
                }
                let half = Duration::from_millis(500);
                let time = told.map_or(Duration::from_secs(3), Duration::from_millis).min(hour);
                for failures in 1..40 {
                    let delay = delay(reconnect.disconnected(&decoder));
                    let backoff = time.max(half) * (1 << (failures - 1).min(20));
                    let plain = time.max(half).max(backoff.min(max));
                    let most = plain + plain * u32::from(percent) / 100;
                    assert!((plain..=most).contains(&delay), "{told:?} {percent} % {failures}: {delay:?}");
                }
            }
        }
    }
}

#[test]
fn no_time_is_too_long() {
    let options = ReconnectOptions::new()
        .with_reconnection_time(Duration::MAX)
        .with_max_reconnection_time(Duration::MAX)
        .with_max_backoff(Duration::MAX)
        .with_jitter_percent(u8::MAX);
    let mut decoder = Decoder::new();
    let mut reconnect = Reconnect::with_options(options);
    for _ in 0..100 {
        assert_eq!(delay(reconnect.disconnected(&decoder)), Duration::MAX);
    }
    assert_eq!(decoder.decode(&mut &b"retry: 18446744073709551615\n"[..]), Ok(None));
    for times in 0..100 {
        let delay = delay(reconnect.disconnected(&decoder));
        assert!(delay >= Duration::from_millis(u64::MAX), "{times}: {delay:?}");
    }
}

#[test]
fn jitter_spreads_and_a_seed_repeats_it() {
    let delays = |options| {
        let (mut reconnect, decoder) = (Reconnect::with_options(options), Decoder::new());
        let mut healthy = || {
            let _ = reconnect.answered(200, Some(b"text/event-stream"), &decoder);
            reconnect.received();
            delay(reconnect.disconnected(&decoder))
        };
        (0..1000).map(|_| healthy()).collect::<Vec<_>>()
    };
    let seeded = delays(ReconnectOptions::new().with_seed(1));
    assert_eq!(seeded, delays(ReconnectOptions::new().with_seed(1)));
    assert_ne!(seeded, delays(ReconnectOptions::new().with_seed(2)));
    assert_ne!(delays(ReconnectOptions::new()), delays(ReconnectOptions::new()));
    // Three seconds and half of that: the whole width is used.
    let (least, most) = (seeded.iter().min().expect("a thousand"), seeded.iter().max().expect("a thousand"));
    assert!(*least < Duration::from_millis(3010), "{least:?}");
    assert!((4490..4500).contains(&most.as_millis()), "{most:?}");
}

#[test]
fn a_thousand_clients_that_lose_a_server_at_once_do_not_come_back_at_once() {
    let mut in_tenths = [0; 15];
    let first_delay = || delay(Reconnect::new().disconnected(Resume::default()));
    let threads = [(); 4].map(|()| std::thread::spawn(move || [(); 250].map(|()| first_delay())));
    let mut delays: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect();
    for delay in &delays {
        in_tenths[usize::try_from((delay.as_millis() - 3000) / 100).expect("small").min(14)] += 1;
    }
    // 67 on average, with a standard deviation of 8.
    assert!(in_tenths.iter().all(|clients| (10..140).contains(clients)), "{in_tenths:?}");
    delays.sort_unstable();
    delays.dedup();
    assert!(delays.len() > 990, "{}", delays.len());
}

#[test]
fn reasons_are_errors_that_say_what_happened() {
    for (reason, text) in [
        (StopReason::NoContent, "the server ended the event stream with the status 204"),
        (StopReason::Status(503), "the server answered with the status 503"),
        (StopReason::ContentType, "the server's answer is not an event stream"),
        (
            StopReason::GaveUp { attempts: 3, last_failure: Failure::Status(503) },
            "gave up after 3 failed attempts in a row: the server answered with the status 503",
        ),
        (
            StopReason::GaveUp { attempts: 2, last_failure: Failure::NothingReceived },
            "gave up after 2 failed attempts in a row: the connection ended before anything was received",
        ),
        (
            StopReason::GaveUp { attempts: 1, last_failure: Failure::NoAnswer },
            "gave up after 1 failed attempt: there was no answer",
        ),
        (StopReason::NoId, "the connection was lost, and without a last event ID the request must not be sent again"),
        (StopReason::Closed, "the event stream was closed"),
        (StopReason::Complete, "the event stream is complete"),
        (StopReason::Hopeless, "another attempt would fail as well"),
    ] {
        let error: Box<dyn std::error::Error + Send + Sync> = reason.into();
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn it_can_be_kept_anywhere() {
    fn assert_free<T: Send + Sync + Unpin + Clone + std::fmt::Debug + 'static>() {}
    assert_free::<Reconnect>();
    assert_free::<ReconnectOptions>();
    assert_free::<Action>();
    assert_free::<Resume<'static>>();
}

#[cfg(feature = "stream")]
#[test]
fn the_decoder_goes_from_one_stream_to_the_next() {
    use futures_util::{StreamExt, TryStreamExt, stream};
    use sse_wire::stream::EventStream;

    let mut bodies = ["id: 1\nretry: 600\ndata: one\n\ndata: cut o", "data: two\n\n"].into_iter();
    let mut reconnect = Reconnect::with_options(PLAIN);
    let mut decoder = Decoder::new();
    let mut action = reconnect.connect();
    let (mut seen, mut delays) = (Vec::new(), Vec::new());
    let reason = loop {
        action = match action {
            Action::Connect(attempt) => {
                delays.push(attempt.delay().as_millis());
                let status = if bodies.len() > 0 { 200 } else { 204 };
                reconnect.answered(status, Some(b"text/event-stream"), &decoder)
            }
            Action::Read => {
                let body = stream::iter(bodies.next().map(Ok::<_, std::io::Error>));
                let body = body.inspect_ok(|_| reconnect.received());
                let mut events = EventStream::with_decoder(body, decoder);
                while let Some(event) = futures_executor::block_on(events.next()) {
                    let event = event.expect("no limit is passed");
                    seen.push((event.last_event_id().to_owned(), event.into_data()));
                }
                decoder = events.into_parts().1;
                reconnect.disconnected(&decoder)
            }
            Action::Stop(reason) => break reason,
        };
    };
    assert_eq!(reason, StopReason::NoContent);
    assert_eq!(delays, [0, 600, 600]);
    assert_eq!(seen, [("1".to_owned(), "one".into()), ("1".to_owned(), "two".into())]);
}

#[test]
fn a_default_is_what_new_returns() {
    let options = ReconnectOptions::default();
    assert_eq!(options, ReconnectOptions::new());
    let (mut by_default, mut new) = (Reconnect::default(), Reconnect::new());
    assert_eq!(format!("{:?}", by_default.connect()), format!("{:?}", new.connect()));
}
