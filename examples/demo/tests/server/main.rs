//! The demo's server, asked over real connections.

mod logs;
mod support;
mod tls;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::Value;
use sse_wire::{Decoder, Event};
use tokio::time::sleep;

use self::support::{SMALL, Server, follow, next};

#[tokio::test]
async fn the_clock_greets_and_ticks_each_second_for_any_origin() {
    let server = Server::start(SMALL);
    let response = server.get("/sse").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store, no-transform"),
        ("incremental", "?1"),
        ("x-accel-buffering", "no"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    let began = Instant::now();
    let mut events = follow(response, Decoder::new());
    let hello = next(&mut events).await.expect("an event");
    assert_eq!((hello.event_type(), hello.data()), ("message", "Hello"));
    for second in 0..3 {
        let event = next(&mut events).await.expect("an event");
        assert!(event.event_type() == "time" && event.data().ends_with(" GMT"), "{event:?}");
        let late = began.elapsed().abs_diff(Duration::from_secs(second));
        assert!(late < Duration::from_millis(500), "event {second} is {late:?} off");
    }
}

#[tokio::test]
async fn a_page_elsewhere_may_send_its_last_event_id() {
    let server = Server::start(SMALL);
    let url = format!("{}/feed", server.base);
    let response = server.client.request(reqwest::Method::OPTIONS, url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    for name in ["access-control-allow-origin", "access-control-allow-headers"] {
        assert_eq!(response.headers()[name], "*");
    }
}

#[tokio::test]
async fn a_client_that_comes_back_gets_exactly_what_it_missed() {
    const COUNT: usize = 1000;
    let server = Server::start(5000);
    let feed = Arc::clone(&server.feed);
    let mut events = server.follow("/feed", Decoder::new()).await;
    // Goes on while the client is away and while it comes back, so that some events fall between history and live ones.
    let publisher = tokio::spawn(async move {
        for number in 0..COUNT {
            feed.publish(&number.to_string()).await.unwrap();
            sleep(Duration::from_micros(200)).await;
        }
    });
    for number in 0..COUNT {
        let event = next(&mut events).await.expect("an event");
        assert_eq!((event.event_type(), event.data()), ("message", number.to_string().as_str()));
        if number % 40 == 17 {
            let (_, decoder, _) = events.into_parts();
            events = server.follow("/feed", decoder).await;
        }
    }
    publisher.await.unwrap();
}

#[tokio::test]
async fn a_hole_in_the_history_is_told() {
    let server = Server::start(5);
    let mut events = server.follow("/feed", Decoder::new()).await;
    server.post("first").await;
    let first = next(&mut events).await.expect("an event");
    let start = first.last_event_id().split('-').next().unwrap();
    for number in 0..9 {
        server.post(&number.to_string()).await;
    }
    let before_restart = "1-1".into();
    let from_elsewhere = format!("{}-1", u64::MAX);
    for id in [first.last_event_id().to_owned(), before_restart, from_elsewhere, "what?".into(), "글".into()] {
        let mut events = server.follow_from("/feed", &id).await;
        let gap = next(&mut events).await.expect("an event");
        assert_eq!(gap.event_type(), "gap");
        assert_eq!(gap.json::<Value>().unwrap()["last_event_id"], id.as_str());
        for number in 4..9 {
            assert_eq!(next(&mut events).await.expect("an event").data(), number.to_string());
        }
    }
    // Whatever is still there is no hole.
    let mut events = server.follow_from("/feed", &format!("{start}-6")).await;
    assert_eq!(next(&mut events).await.expect("an event").data(), "5");
}

#[tokio::test]
async fn a_slow_subscriber_has_as_long_as_the_history_and_is_then_told() {
    const COUNT: usize = 400;
    for (history, connections) in [(COUNT, 1), (16, 2)] {
        slow(COUNT, history, connections).await;
    }
}

/// A subscriber that reads when all that many events are there.
async fn slow(count: usize, history: usize, expected_connections: usize) {
    let server = Server::start(history);
    let response = server.get("/feed").send().await.unwrap();
    // More than the sockets take.
    for number in 0..count {
        server.feed.publish(&format!("{number} {}", "x".repeat(32 * 1024))).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut events = follow(response, Decoder::new());
    let (mut number, mut connections) = (0, 1);
    while number < count {
        let Some(event) = next(&mut events).await else {
            let (_, decoder, _) = events.into_parts();
            events = server.follow("/feed", decoder).await;
            connections += 1;
            continue;
        };
        if event.event_type() == "gap" {
            assert!(number < count - history, "{number} events, and {history} are there");
            number = count - history;
            continue;
        }
        assert_eq!(event.data().split(' ').next(), Some(number.to_string().as_str()));
        number += 1;
    }
    assert_eq!(connections, expected_connections, "{history}");
}

#[tokio::test]
async fn cut_off_by_hand_a_client_is_told_when_to_come_back() {
    let server = Server::start(SMALL);
    let mut events = server.follow("/feed", Decoder::new()).await;
    server.post("one").await;
    assert_eq!(next(&mut events).await.expect("an event").data(), "one");
    let response = server.client.post(format!("{}/feed/cut", server.base)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert!(next(&mut events).await.is_none());
    assert_eq!(events.reconnection_time(), Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn an_answer_comes_as_chunks_up_to_done() {
    let server = Server::start(SMALL);
    let mut events = follow(server.ask("two\nlines").await, Decoder::new());
    let (mut text, mut words, mut reason) = (String::new(), 0, Value::Null);
    loop {
        let event = next(&mut events).await.expect("an event");
        if event.data() == "[DONE]" {
            break;
        }
        let chunk: Value = event.json().unwrap();
        assert_eq!(chunk["object"], "chat.completion.chunk");
        let choice = &chunk["choices"][0];
        text.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        reason = choice["finish_reason"].clone();
        words += 1;
    }
    assert!(next(&mut events).await.is_none());
    assert!(text.starts_with("You wrote: two\nlines\n"), "{text}");
    assert_eq!(reason, "stop");
    assert!(words > 50);
    server.chats(|chats| chats["finished"] == 1 && chats["cancelled"] == 0).await;
}

#[tokio::test]
async fn a_cancelled_answer_is_noticed_within_a_second() {
    let server = Server::start(SMALL);
    let mut events = follow(server.ask("hello").await, Decoder::new());
    next(&mut events).await.expect("an event");
    server.chats(|chats| chats["begun"] == 1 && chats["cancelled"] == 0).await;
    drop(events);
    server.chats(|chats| chats["cancelled"] == 1).await;
}

#[tokio::test]
async fn both_loads_send_the_same_numbered_events() {
    let server = Server::start(SMALL);
    let (mut ours, mut axums) =
        (server.follow("/load?rate=0", Decoder::new()).await, server.follow("/load-axum", Decoder::new()).await);
    let mut of_axum = next(&mut axums).await.expect("an event");
    let mut of_ours = next(&mut ours).await.expect("an event");
    while number(&of_ours) < number(&of_axum) {
        of_ours = next(&mut ours).await.expect("an event");
    }
    let first = number(&of_ours);
    for number in first..first + 5000 {
        assert_eq!(of_ours.data(), of_axum.data());
        let value: Value = of_ours.json().unwrap();
        assert_eq!(of_ours.data(), format!(r#"{{"n":{number},"t":{}}}"#, value["t"]));
        (of_ours, of_axum) = (next(&mut ours).await.expect("an event"), next(&mut axums).await.expect("an event"));
    }
}

/// The `n` of an event of `/load`.
fn number(event: &Event) -> u64 {
    event.json::<Value>().unwrap()["n"].as_u64().unwrap()
}
