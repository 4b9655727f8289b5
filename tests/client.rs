//! The client that stays connected: what happens to it against what it does and tells, on a clock moved by hand.
#![cfg(feature = "client")]
#![allow(clippy::large_types_passed_by_value)] // Options are, as a caller writes them.

#[path = "client/laws.rs"]
mod laws;
#[path = "client/world.rs"]
mod world;

use std::time::Duration;

use futures_core::FusedStream;
use futures_util::{FutureExt, StreamExt};
use sse_wire::{
    DecodeError, DecodeOptions, Utf8Policy,
    body::ResponseCheck,
    client::{
        BoxEventSource, BoxEvents, Cause, Connect, EventSource, EventSourceError, EventSourceOptions, Events,
        LocalBoxEventSource, Notice, State,
    },
    reconnect::{Failure, ReconnectOptions, StopReason},
    timer::Sleep,
};
use world::{Answer, Broken, Client, NoAnswer, Script, Step, World, stream, stream_and};

/// Without jitter, for tables.
const RECONNECT: ReconnectOptions = ReconnectOptions::new().with_jitter_percent(0);

const OPTIONS: EventSourceOptions = EventSourceOptions::new().with_reconnect(RECONNECT);

/// Runs a client with these answers, and compares what happened.
fn check(name: &str, options: EventSourceOptions, answers: &[Answer], expected: &[&str]) {
    check_client(name, |client| client, options, answers, expected);
}

fn check_client(
    name: &str,
    make: impl Fn(Client) -> Client,
    options: EventSourceOptions,
    answers: &[Answer],
    expected: &[&str],
) {
    let world = World::default();
    let mut client = make(world.client(answers, options));
    assert_eq!(world.run(&mut client), expected, "{name}");
    assert_eq!(world.clock.waiting(), 0, "{name}: nothing is left that waits");
    // Boxed, it does and tells the same.
    let world = World::default();
    let mut client = make(world.client(answers, options)).boxed();
    assert_eq!(world.run(&mut client), expected, "{name}, boxed");
    let world = World::default();
    let mut client = make(world.client(answers, options)).boxed_local();
    assert_eq!(world.run(&mut client), expected, "{name}, boxed for one thread");
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn it_reads_and_goes_on_with_the_last_event_id() {
    check(
        "three connections",
        OPTIONS,
        &[
            stream(&[": hi\nid: 1\ndata: one\n\n", "retry: 700\nid: 2\ndata: cut o"]),
            stream_and(&["id: 2\n", "data: two\n\ndata: three\n\nid: 9\ndata: cut"], Step::Break),
            stream(&["id\ndata: no ID any more\n\n"]),
        ],
        &[
            "0s ask",
            "0s open",
            "0s : hi",
            "0s [1] one",
            "0s retry 700ms",
            "0s lost: the server ended the connection; 700ms, 0",
            "0.7s ask after 1",
            "0.7s open",
            "0.7s [2] two",
            "0.7s [2] three",
            "0.7s lost: connection reset; 700ms, 0",
            "1.4s ask after 2",
            "1.4s open",
            "1.4s [] no ID any more",
            "1.4s lost: the server ended the connection; 700ms, 0",
            "2.1s ask",
            "2.1s stopped: no event stream: the status is 204 No Content, which asks not to connect again",
        ],
    );
    check_client(
        "from an earlier run",
        |client| client.with_last_event_id("41"),
        OPTIONS,
        &[stream(&["data: x\n\n"])],
        &[
            "0s ask after 41",
            "0s open",
            "0s [41] x",
            "0s lost: the server ended the connection; 3s, 0",
            "3s ask after 41",
            "3s stopped: no event stream: the status is 204 No Content, which asks not to connect again",
        ],
    );
}

#[test]
fn an_id_that_no_header_can_hold_is_reported() {
    check(
        "a control character",
        OPTIONS,
        &[stream(&["id: a\u{1}\ndata: x\n\n"]), Answer::Other(404, &[], "")],
        &[
            "0s ask",
            "0s open",
            "0s [a\u{1}] x",
            "0s lost: the server ended the connection; 3s, 0",
            "3s ask",
            "3s stopped: no event stream: the status is 404 Not Found",
        ],
    );
    let world = World::default();
    let answers = [stream(&["id: a\u{1}\ndata: x\n\n"]), stream(&["\n"])];
    let log = world.run(&mut world.client(&answers, OPTIONS));
    assert_eq!(log[5], "3s open; the last event ID cannot be sent in a header because of the byte at index 1");
}

#[test]
fn failures_in_a_row_are_counted_until_something_is_received() {
    check(
        "errors",
        OPTIONS,
        &[
            Answer::Error("connection refused"),
            Answer::Error("no route to host"),
            stream(&[]),
            stream(&[":\n"]),
            Answer::Error("connection refused"),
        ],
        &[
            "0s ask",
            "0s lost: connection refused; 3s, 1",
            "3s ask",
            "3s lost: no route to host; 6s, 2",
            "9s ask",
            "9s open",
            "9s lost: the server ended the connection; 12s, 3",
            "21s ask",
            "21s open",
            "21s : ",
            "21s lost: the server ended the connection; 3s, 0",
            "24s ask",
            "24s lost: connection refused; 3s, 1",
            "27s ask",
            "27s stopped: no event stream: the status is 204 No Content, which asks not to connect again",
        ],
    );
    let three = OPTIONS.with_reconnect(RECONNECT.with_max_attempts(3));
    let refused = || Answer::Error("connection refused");
    check(
        "a maximum of attempts, reset by a healthy connection",
        three,
        &[refused(), refused(), stream(&["\n"]), refused(), refused(), refused(), refused()],
        &[
            "0s ask",
            "0s lost: connection refused; 3s, 1",
            "3s ask",
            "3s lost: connection refused; 6s, 2",
            "9s ask",
            "9s open",
            "9s lost: the server ended the connection; 3s, 0",
            "12s ask",
            "12s lost: connection refused; 3s, 1",
            "15s ask",
            "15s lost: connection refused; 6s, 2",
            "21s ask",
            "21s stopped: gave up after 3 failed attempts in a row: there was no answer: connection refused",
        ],
    );
}

#[test]
fn an_answer_of_another_kind_stops_it_unless_the_options_say_otherwise() {
    let html = &[("content-type", "text/html")][..];
    let gzip = &[("content-type", "text/event-stream"), ("content-encoding", "gzip")][..];
    for (answer, expected) in [
        (Answer::Other(401, html, ""), "no event stream: the status is 401 Unauthorized"),
        (Answer::Other(503, &[], ""), "no event stream: the status is 503 Service Unavailable"),
        (Answer::Other(301, &[], ""), "no event stream: the status is 301 Moved Permanently"),
        (Answer::Other(200, html, ""), "no event stream: the content type is `text/html`, not text/event-stream"),
        (Answer::Other(200, &[], ""), "no event stream: there is no content type"),
        (
            Answer::Other(200, gzip, ""),
            "no event stream: the body is compressed (`gzip`): let the HTTP client decompress it, or send \
             `accept-encoding: identity`",
        ),
    ] {
        check("another kind", OPTIONS, &[answer], &["0s ask", &format!("0s stopped: {expected}")]);
    }
    let patient = RECONNECT.with_retried_statuses([429, 503]).retry_other_content_types().with_max_attempts(5);
    let dated: &[_] = &[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")];
    let undated: &[_] = &[("retry-after", "Sat, 06 Nov 2094 08:50:07 GMT")];
    check(
        "patience",
        OPTIONS.with_reconnect(patient),
        &[
            Answer::Other(429, &[("retry-after", "20")], ""),
            Answer::Other(503, dated, "<html>"),
            Answer::Other(503, undated, "<html>"),
            Answer::Other(200, html, "<html>"),
            Answer::Other(200, html, "<html>"),
        ],
        &[
            "0s ask",
            "0s lost: no event stream: the status is 429 Too Many Requests; 20s, 1",
            "20s ask",
            "20s lost: no event stream: the status is 503 Service Unavailable; 30s, 2",
            // Without the date of the answer the date says nothing.
            "50s ask",
            "50s lost: no event stream: the status is 503 Service Unavailable; 12s, 3",
            "62s ask",
            "62s lost: no event stream: the content type is `text/html`, not text/event-stream; 24s, 4",
            "86s ask",
            "86s stopped: gave up after 5 failed attempts in a row: the server's answer is not an event stream: no \
             event stream: the content type is `text/html`, not text/event-stream",
        ],
    );
    check(
        "no content type",
        OPTIONS.with_response_check(ResponseCheck::new().allow_missing_content_type()),
        &[Answer::Other(200, &[], "data: x\n\n"), Answer::Other(204, &[], "")],
        &[
            "0s ask",
            "0s open",
            "0s [] x",
            "0s lost: the server ended the connection; 3s, 0",
            "3s ask",
            "3s stopped: no event stream: the status is 204 No Content, which asks not to connect again",
        ],
    );
}

#[test]
fn a_response_that_was_refused_can_be_read() {
    let world = World::default();
    let retried = OPTIONS.with_reconnect(RECONNECT.with_retried_statuses([503]));
    let answers = [Answer::Other(503, &[("x-request", "7")], "busy"), Answer::Other(401, &[], "no such key")];
    let mut client = world.client(&answers, retried);
    let Some(Some(Notice::Lost { cause: Cause::Refused(busy), .. })) = client.next().now_or_never() else {
        panic!("503 is tried again")
    };
    assert_eq!(busy.response().headers()["x-request"], "7");
    assert_eq!(busy.text(99).now_or_never().as_deref(), Some("busy"));
    world.clock.advance();
    let Some(Some(Notice::Stopped(stopped))) = client.next().now_or_never() else { panic!("401 is not") };
    assert_eq!((stopped.reason(), client.stop_reason()), (StopReason::Status(401), Some(StopReason::Status(401))));
    assert!(stopped.cause().and_then(Cause::refused).is_some());
    let refused = stopped.into_refused().expect("a response");
    assert_eq!(refused.text(99).now_or_never().as_deref(), Some("no such key"));
}

#[test]
fn a_silence_is_noticed_and_every_byte_counts() {
    let patient = OPTIONS.with_idle_timeout(40 * SECOND).with_connect_timeout(30 * SECOND);
    let wait = |seconds| Step::Wait(seconds * SECOND);
    let chunk = |chunk: &'static str| Step::Chunk(chunk.into());
    check(
        "any byte",
        patient,
        &[
            Answer::Stream(vec![
                wait(39),
                chunk("\n"),
                wait(39),
                chunk("d"),
                wait(39),
                chunk("ata: x\n\n:"),
                wait(39),
                chunk("\n"),
                // No byte is in it.
                wait(39),
                chunk(""),
                Step::Silence,
            ]),
            stream_and(&[], Step::Silence),
            Answer::Silence,
            Answer::Late(29 * SECOND, Box::new(stream(&["id: 5\n\n"]))),
            Answer::Late(30 * SECOND, Box::new(Answer::Error("late, and there"))),
            Answer::Late(31 * SECOND, Box::new(stream(&["id: 6\n\n"]))),
        ],
        &[
            "0s ask",
            "0s open",
            "117s [] x",
            "156s : ",
            "(dropped)",
            "196s lost: nothing was received for 40s, which is too long; 3s, 0",
            "199s ask",
            "199s open",
            "(dropped)",
            "239s lost: nothing was received for 40s, which is too long; 3s, 1",
            "242s ask",
            "272s lost: there was no answer within 30s; 6s, 2",
            "278s ask",
            "307s open",
            "307s lost: the server ended the connection; 3s, 0",
            "310s ask after 5",
            "340s lost: late, and there; 3s, 1",
            "343s ask after 5",
            "373s lost: there was no answer within 30s; 6s, 2",
            "379s ask after 5",
            "379s stopped: no event stream: the status is 204 No Content, which asks not to connect again",
        ],
    );
}

#[test]
fn an_event_that_is_too_long_is_rejected_and_the_next_ones_come() {
    let decode = DecodeOptions::new().with_max_event_len(8).with_utf8_policy(Utf8Policy::Reject).with_all_items();
    check(
        "limits",
        OPTIONS.with_decode(decode),
        &[stream(&["id: 1\ndata: a\n\nid: 2\ndata: too long for it\n\nnews: x\n\ndata: b\n\n"])],
        &[
            "0s ask",
            "0s open",
            "0s [1] a",
            "0s rejected: event at byte 34 of the stream passes the limit of 8 bytes",
            "0s UnknownField { name: \"news\", value: \"x\" }",
            "0s NoData { event_type: \"\", last_event_id: \"1\" }",
            "0s [1] b",
            "0s lost: the server ended the connection; 3s, 0",
            "3s ask after 1",
            "3s stopped: no event stream: the status is 204 No Content, which asks not to connect again",
        ],
    );
}

#[test]
fn an_answer_that_is_complete_is_not_asked_for_again() {
    let done = |client: Client| client.until_event(|event| event.data() == "[DONE]");
    let with = |then: Vec<Step>| {
        let chunks = ["data: Hi\n\ndata: [DONE]\n\n", "data: not any more\n\n"];
        Answer::Stream(chunks.map(|chunk| Step::Chunk(chunk.into())).into_iter().chain(then).collect())
    };
    let big = |len: usize| Step::Chunk(vec![b'\n'; len].into());
    for (name, then, end) in [
        ("it ends", vec![], &["0s stopped: the event stream is complete"][..]),
        ("it breaks", vec![Step::Break], &["0s stopped: the event stream is complete"]),
        ("it takes its time", vec![Step::Wait(SECOND / 5)], &["0.2s stopped: the event stream is complete"]),
        (
            "it does not end in time",
            vec![Step::Wait(SECOND)],
            &["(dropped)", "0.25s stopped: the event stream is complete"],
        ),
        ("it is not much", vec![big(60_000)], &["0s stopped: the event stream is complete"]),
        (
            "it is too much",
            vec![big(60_000), big(60_000), big(60_000)],
            &["(dropped)", "0s stopped: the event stream is complete"],
        ),
    ] {
        let expected = [&["0s ask", "0s open", "0s [] Hi", "0s [] [DONE]"], end].concat();
        check_client(name, done, OPTIONS, &[with(then)], &expected);
    }
    check_client(
        "no drain",
        done,
        OPTIONS.with_drain_time(Duration::ZERO),
        &[with(vec![])],
        &["0s ask", "0s open", "0s [] Hi", "(dropped)", "0s [] [DONE]", "0s stopped: the event stream is complete"],
    );
    // Without an ID a POST is not made twice, whether it began or not.
    let once = OPTIONS.with_reconnect(RECONNECT.only_with_id());
    let no_id = "the connection was lost, and without a last event ID the request must not be sent again";
    check_client(
        "cut off",
        done,
        once,
        &[stream_and(&["data: Hi\n\n"], Step::Break)],
        &["0s ask", "0s open", "0s [] Hi", &format!("0s stopped: {no_id}: connection reset")],
    );
    check_client(
        "no answer",
        done,
        once,
        &[Answer::Error("connection refused")],
        &["0s ask", &format!("0s stopped: {no_id}: connection refused")],
    );
}

#[test]
fn a_hopeless_error_is_the_last() {
    check_client(
        "no URL",
        |client| client.until_error(|error| error.0.contains("URL")),
        OPTIONS,
        &[Answer::Error("connection refused"), Answer::Error("no http:// in the URL")],
        &["0s ask", "0s lost: connection refused; 3s, 1", "3s ask", "3s stopped: no http:// in the URL"],
    );
}

#[test]
fn restart_does_not_wait_and_loses_nothing() {
    let world = World::default();
    let answers = [
        Answer::Error("connection refused"),
        Answer::Silence,
        stream_and(&["retry: 7000\nid: 1\ndata: one\n\nid: 2\ndata: not taken\n\nid: 3"], Step::Silence),
        stream_and(&["id: 2\ndata: two\n\n"], Step::Silence),
    ];
    let mut client = world.client(&answers, OPTIONS.with_connect_timeout(SECOND * 10));
    let next =
        |client: &mut Client| client.next().now_or_never().map(|notice| world::Shown::shown(&notice.expect("more")));
    assert_eq!(client.state(), State::Connecting);
    assert_eq!(next(&mut client).as_deref(), Some("lost: connection refused; 3s, 1"));
    assert_eq!((client.state(), client.failures(), world.clock.waiting()), (State::Waiting, 1, 1));
    assert_eq!(next(&mut client), None);
    // While it waits, while it connects, and with a connection.
    client.restart();
    assert_eq!((client.state(), world.clock.waiting()), (State::Connecting, 0));
    assert_eq!((next(&mut client), world.clock.waiting()), (None, 1));
    client.restart();
    assert_eq!(world.clock.waiting(), 0);
    assert_eq!(next(&mut client).as_deref(), Some("open"));
    assert_eq!(next(&mut client).as_deref(), Some("retry 7s"));
    assert_eq!(next(&mut client).as_deref(), Some("[1] one"));
    assert_eq!((client.state(), client.failures(), client.last_event_id()), (State::Open, 0, "1"));
    assert_eq!(client.reconnection_time(), Some(SECOND * 7));
    client.restart();
    assert_eq!(next(&mut client).as_deref(), Some("open"));
    assert_eq!(next(&mut client).as_deref(), Some("[2] two"));
    let log = world.log.take();
    assert_eq!(log, ["0s ask", "0s ask", "0s ask", "(dropped)", "0s ask after 1"]);
}

#[test]
fn close_is_for_good_and_drops_what_was_not_shown() {
    let two = || stream_and(&["data: one\n\ndata: not any more\n\n"], Step::Silence);
    // How many notices there are before it.
    for taken in 0..=3 {
        let world = World::default();
        let mut client = world.client(&[Answer::Error("refused"), two()], OPTIONS);
        let mut seen = 0;
        while seen < taken {
            match client.next().now_or_never() {
                Some(notice) => seen += usize::from(notice.is_some()),
                None => assert!(world.clock.advance()),
            }
        }
        client.close();
        assert_eq!((client.state(), client.stop_reason()), (State::Closed, Some(StopReason::Closed)));
        client.restart();
        world.log.take();
        assert!(!client.is_terminated());
        assert_eq!(
            world.run(&mut client)[0].split_once(' ').expect("a time").1,
            "stopped: the event stream was closed"
        );
        assert!(client.is_terminated());
        client.close();
        assert_eq!(client.next().now_or_never().map(|notice| notice.is_none()), Some(true), "after {taken}");
        assert_eq!(world.clock.waiting(), 0);
    }
}

#[test]
fn the_first_reason_is_the_last() {
    let world = World::default();
    let mut client = world.client(&[Answer::Other(404, &[], "")], OPTIONS);
    assert!(matches!(client.next().now_or_never(), Some(Some(Notice::Stopped(_)))));
    client.close();
    client.restart();
    assert_eq!((client.stop_reason(), client.state()), (Some(StopReason::Status(404)), State::Closed));
    assert!(matches!(client.next().now_or_never(), Some(None)));
    // Also if it was complete and not read to its end.
    let mut client = world.client(&[stream_and(&["data: x\n\n"], Step::Silence)], OPTIONS).until_event(|_| true);
    assert!(matches!(client.by_ref().take(2).count().now_or_never(), Some(2)));
    assert_eq!((client.stop_reason(), client.state()), (Some(StopReason::Complete), State::Closed));
    client.close();
    let Some(Some(Notice::Stopped(stopped))) = client.next().now_or_never() else { panic!("the last") };
    assert_eq!(stopped.reason(), StopReason::Complete);
}

#[test]
fn events_alone_end_with_the_reason_if_it_is_a_bad_one() {
    let answers = [
        stream(&[": hi\nid: 1\ndata: one\n\n"]),
        Answer::Error("connection refused"),
        stream(&["data: 12345678901\n\ndata: two\n\n"]),
    ];
    let short = OPTIONS.with_decode(DecodeOptions::new().with_max_event_len(10));
    let shown = ["0s ask", "0s [1] one", "3s ask after 1", "6s ask after 1"];
    let rest =
        ["6s error: event at byte 16 of the stream passes the limit of 10 bytes", "6s [1] two", "9s ask after 1"];
    for (last, end) in [
        (Answer::Other(204, &[], ""), &[][..]),
        (Answer::Other(404, &[], ""), &["9s error: no event stream: the status is 404 Not Found"]),
    ] {
        let world = World::default();
        let mut events = world.client(&[&answers[..], &[last]].concat(), short).events();
        assert_eq!(world.run(&mut events), [&shown, &rest[..], end].concat());
        assert!(events.is_terminated());
        assert_eq!((events.state(), events.last_event_id()), (State::Closed, "1"));
    }
    // Complete, or closed.
    let world = World::default();
    let mut events = world.client(&answers, OPTIONS).until_event(|event| event.data() == "one").events();
    assert_eq!(world.run(&mut events), shown[..2]);
    let mut events = world.client(&answers, OPTIONS).events();
    events.source_mut().close();
    assert!(world.run(&mut events).is_empty());
    assert_eq!(events.source().stop_reason(), Some(StopReason::Closed));
    assert_eq!(events.into_source().state(), State::Closed);
}

#[test]
fn boxed_in_the_midst_of_anything_it_goes_on() {
    let answers = [
        Answer::Late(SECOND, Box::new(Answer::Error("refused"))),
        Answer::Stream(vec![
            Step::Chunk("id: 1\ndata: one\n\nid: 2\nda".into()),
            Step::Wait(SECOND),
            Step::Chunk("ta: two\n\n".into()),
            Step::Wait(SECOND / 10),
            Step::Chunk("\n".into()),
        ]),
    ];
    let options = OPTIONS.with_idle_timeout(SECOND * 5).with_connect_timeout(SECOND * 5);
    let expected = [
        "0s ask",
        "1s lost: refused; 3s, 1",
        "4s ask",
        "4s open",
        "4s [1] one",
        "5s [2] two",
        "5.1s stopped: the event stream is complete",
    ];
    let make = |world: &World| world.client(&answers, options).until_event(|event| event.data() == "two");
    // After so many polls, each of which may have given a notice.
    for polls in 0..20 {
        let world = World::default();
        let mut client = make(&world);
        for _ in 0..polls {
            match client.next().now_or_never() {
                Some(Some(notice)) => world.say(&world::Shown::shown(&notice)),
                Some(None) => {}
                None => assert!(world.clock.advance()),
            }
        }
        let mut client = client.boxed();
        assert_eq!(world.run(&mut client), expected, "after {polls} polls");
        assert_eq!(world.clock.waiting(), 0);
    }
}

#[test]
fn an_hour_of_answers_that_end_at_once() {
    let hour = Duration::from_secs(3600);
    let run = |chunk: &'static [&'static str], options| {
        let world = World::default();
        let mut client = world.client_of(options, move |_| stream(chunk));
        let log = world.run_until(hour, &mut client);
        let asked = log.iter().filter(|line| line.ends_with(" ask")).count();
        let lost = log.iter().filter_map(|line| line.split_once("connection; ").map(|(_, rest)| rest.to_owned()));
        (asked, lost.collect::<Vec<_>>())
    };
    // Not a byte: failures, to the greatest backoff. 3 + 6 + 12 + 24 + 48 s, then each minute.
    let (asked, lost) = run(&[], OPTIONS);
    assert_eq!(lost[..6], ["3s, 1", "6s, 2", "12s, 3", "24s, 4", "48s, 5", "60s, 6"]);
    assert_eq!(lost.last().map(String::as_str), Some("60s, 64"));
    assert_eq!((asked, lost.len()), (64, 64));
    // Something: no failures, and the server's own time, but for the floor.
    for (chunk, asked, lost) in
        [(&[":\n"][..], 1201, "3s, 0"), (&["retry: 0\n"], 7201, "500ms, 0"), (&["retry: 60000\n\n"], 61, "60s, 0")]
    {
        let (count, all) = run(chunk, OPTIONS);
        assert_eq!((count, all.len()), (asked, asked), "{chunk:?}");
        assert!(all.iter().all(|line| line == lost), "{chunk:?}");
    }
    // With jitter it is less often, and never more.
    let (asked, _) = run(&["retry: 0\n"], OPTIONS.with_reconnect(ReconnectOptions::new().with_seed(1)));
    assert!((4800..7200).contains(&asked), "{asked}");
}

#[test]
fn a_thousand_clients_that_lose_a_server_at_once_do_not_come_back_at_once() {
    let (back, count) = (Duration::from_secs(20), 1000);
    let mut asked = Vec::new();
    for seed in 0..count {
        let world = World::default();
        let clock = world.clock.clone();
        let options = EventSourceOptions::new().with_reconnect(ReconnectOptions::new().with_seed(seed));
        let mut client = world.client_of(options, move |attempt| match attempt.number() {
            1 => stream(&["data: x\n\n"]),
            _ if clock.now() < back => Answer::Error("connection refused"),
            _ => stream_and(&["data: y\n\n"], Step::Silence),
        });
        for line in world.run(&mut client).iter().filter(|line| line.ends_with(" ask")) {
            let seconds: f64 = line.split_once('s').expect("a time").0.parse().expect("a number");
            asked.push(seconds);
        }
    }
    let within = |from: f64, to: f64| asked.iter().filter(|&&at| (from..to).contains(&at)).count();
    // All lose it at 0 s. The first attempts are spread over a second and a half, with no gap and no heap.
    assert_eq!((within(0.0, 0.1), within(0.1, 3.0), within(3.0, 4.5)), (1000, 0, 1000));
    for tenth in 30..45 {
        let (from, to) = (f64::from(tenth) / 10.0, f64::from(tenth + 1) / 10.0);
        assert!((40..=100).contains(&within(from, to)), "{from} s: {}", within(from, to));
    }
    // Those that come upon the server first after it is back: never a fifth of all in one second.
    for second in 20..40 {
        let (from, to) = (f64::from(second), f64::from(second + 1));
        assert!(within(from, to) <= 200, "{from} s: {}", within(from, to));
    }
    // Everybody is back within the longest delay that there was by then.
    assert!(asked.iter().all(|&at| at < 20.0 + 24.0 * 1.5), "{asked:?}");
}

#[test]
fn to_drop_a_future_or_the_client_leaves_nothing_behind() {
    let answers = [Answer::Late(SECOND, Box::new(stream_and(&["data: x\n\n"], Step::Silence))), Answer::Silence];
    let options = OPTIONS.with_idle_timeout(SECOND).with_connect_timeout(SECOND * 2);
    for polls in 0..12 {
        let world = World::default();
        let mut client = world.client(&answers, options);
        for _ in 0..polls {
            // Each of these futures is dropped, ready or not.
            if client.next().now_or_never().is_none() {
                assert!(world.clock.advance());
            }
        }
        drop(client);
        assert_eq!(world.clock.waiting(), 0, "after {polls}");
    }
}

#[test]
fn the_clock_counts_from_when_the_connection_was_lost() {
    let world = World::default();
    let mut client = world.client(&[Answer::Error("refused"), Answer::Other(204, &[], "")], OPTIONS);
    assert!(matches!(client.next().now_or_never(), Some(Some(Notice::Lost { .. }))));
    // Whoever looks at the notice for so long need not wait any more.
    world.clock.advance_by(SECOND * 3);
    assert!(matches!(client.next().now_or_never(), Some(Some(Notice::Stopped(_)))));
}

#[derive(Debug, thiserror::Error)]
#[error("error sending request")]
struct Sending(#[source] std::io::Error);

#[test]
fn causes_and_reasons_are_errors() {
    fn error<E: std::error::Error>(error: &E) -> (String, bool, String) {
        (error.to_string(), error.source().is_some(), format!("{error:?}"))
    }
    let world = World::default();
    let answers = [stream_and(&[], Step::Break), Answer::Error("refused")];
    let mut client = world.client(&answers, OPTIONS.with_reconnect(RECONNECT.with_max_attempts(2)));
    let opened = client.next().now_or_never().flatten().expect("a notice");
    assert!(format!("{opened:?}").starts_with("Opened { head: Parts {"));
    let Some(Some(Notice::Lost { cause, .. })) = client.next().now_or_never() else { panic!("it is lost") };
    assert_eq!(error(&cause), ("connection reset".into(), false, "Broken(Broken)".into()));
    world.clock.advance();
    let Some(Some(Notice::Stopped(stopped))) = client.next().now_or_never() else { panic!("it is given up") };
    let gave_up = StopReason::GaveUp { attempts: 2, last_failure: Failure::NoAnswer };
    assert_eq!((stopped.reason(), stopped.is_clean()), (gave_up, false));
    assert!(error(&stopped).2.ends_with("cause: Some(NoAnswer(NoAnswer(\"refused\"))) }"), "{stopped:?}");
    let error = error(&EventSourceError::Stopped(stopped)).0;
    assert_eq!(error, "gave up after 2 failed attempts in a row: there was no answer: refused");
    assert!(format!("{client:?}").starts_with("EventSource { state: Closed, attempts: 2, "), "{client:?}");
    // The error of the HTTP client is not hidden, nor is what is below it.
    let connect = |_| async {
        let why = std::io::Error::other("certificate not trusted");
        Err::<http::Response<String>, _>(Sending(why))
    };
    let mut events = EventSource::new(connect, |_| std::future::pending::<()>()).until_error(|_| true).events();
    assert!(format!("{events:?}").starts_with("Events { source: EventSource { state: Connecting, "), "{events:?}");
    assert!(!events.is_terminated());
    let error = events.next().now_or_never().flatten().expect("an end").expect_err("a bad one");
    assert!(events.is_terminated());
    let source = std::error::Error::source(&error).expect("a source");
    assert_eq!(
        (error.to_string(), source.to_string()),
        ("error sending request".into(), "certificate not trusted".into())
    );
    assert!(format!("{error:?}").starts_with("Stopped(Stopped { reason: Hopeless, cause: Some(NoAnswer(Sending("));
    let EventSourceError::Stopped(stopped) = error else { panic!("nothing was rejected") };
    assert!(matches!(stopped.into_cause(), Some(Cause::NoAnswer(Sending(_)))));
    let rejected = EventSourceError::<String, Sending>::Rejected(DecodeError::InvalidUtf8 { offset: 7 });
    assert_eq!(format!("{rejected:?}"), "Rejected(InvalidUtf8 { offset: 7 })");
    assert!(std::error::Error::source(&rejected).is_none());
}

#[test]
fn an_attempt_tells_all_there_is_to_know() {
    let world = World::default();
    let mut client = world.client_of(OPTIONS, |attempt| match attempt.number() {
        1 => {
            assert_eq!((attempt.last_event_id(), attempt.unsent_id(), attempt.failures()), ("", None, 0));
            assert_eq!(
                (attempt.headers()["accept"].as_bytes(), attempt.last_failure()),
                (&b"text/event-stream"[..], None)
            );
            assert!(!attempt.headers().contains_key("last-event-id"));
            stream(&["id: é7\n\n"])
        }
        2 => {
            assert_eq!((attempt.last_event_id(), attempt.failures()), ("é7", 0));
            assert_eq!(attempt.headers()["last-event-id"].as_bytes(), "é7".as_bytes());
            Answer::Error("refused")
        }
        3 => {
            assert_eq!((attempt.failures(), attempt.last_failure()), (1, Some(Failure::NoAnswer)));
            stream(&["id: a\u{1}\n\n"])
        }
        _ => {
            assert_eq!((attempt.last_event_id(), attempt.failures()), ("a\u{1}", 0));
            assert_eq!(attempt.unsent_id().map(|error| error.index()), Some(1));
            assert!(!attempt.headers().contains_key("last-event-id"));
            Answer::Other(204, &[], "")
        }
    });
    assert!(world.run(&mut client).last().is_some_and(|line| line.contains("204")));
}

#[test]
fn it_can_be_kept_and_sent_wherever_its_parts_can() {
    fn sent<T: Send>() {}
    fn unpin<T: Unpin>() {}
    fn of_any_parts<C, S, B>()
    where
        C: Connect<B, Future: Send, Error: Send> + Send,
        S: Sleep<Future: Send> + Send,
        B: http_body::Body<Error: Send> + Send,
    {
        sent::<EventSource<C, S, B>>();
        sent::<Events<C, S, B>>();
        sent::<Notice<B, C::Error>>();
        sent::<EventSourceError<B, C::Error>>();
        unpin::<EventSource<C, S, B>>();
    }
    of_any_parts::<
        Box<dyn FnMut(sse_wire::client::Attempt) -> world::Sent<world::Answered> + Send>,
        fn(Duration) -> world::Sleep,
        Script,
    >();
    sent::<BoxEventSource<NoAnswer, Broken>>();
    sent::<BoxEvents<std::io::Error>>();
    unpin::<BoxEventSource<NoAnswer, Broken>>();
    unpin::<LocalBoxEventSource<NoAnswer, Broken>>();
    assert_eq!(EventSourceOptions::default(), EventSourceOptions::new());
}

#[test]
fn options_say_what_was_set() {
    let (reconnect, decode) = (RECONNECT.only_with_id(), DecodeOptions::new().with_max_event_len(7));
    let check = ResponseCheck::new().allow_missing_content_type();
    let options = EventSourceOptions::new()
        .with_reconnect(reconnect)
        .with_decode(decode)
        .with_response_check(check)
        .with_connect_timeout(SECOND)
        .with_idle_timeout(SECOND * 2)
        .with_drain_time(SECOND * 3);
    assert_eq!((*options.reconnect(), options.decode(), options.response_check()), (reconnect, decode, check));
    assert_eq!((options.connect_timeout(), options.idle_timeout()), (Some(SECOND), Some(SECOND * 2)));
    assert_eq!(options.drain_time(), SECOND * 3);
    let world = World::default();
    assert_eq!(*world.client(&[], options).options(), options);
    let new = EventSourceOptions::new();
    assert_eq!((new.connect_timeout(), new.idle_timeout(), new.drain_time()), (None, None, SECOND / 4));
    assert_eq!(world.client(&[], new).reconnection_time(), None);
}
