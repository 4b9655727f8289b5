//! The demo's page in Chromium.

mod page;
mod process;
mod screenshot;
mod servers;
mod webdriver;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use self::{
    page::Page,
    process::WAIT,
    servers::{Demo, Redis, Scheme, Server, history},
};

#[tokio::test]
async fn it_connects_disconnects_and_connects() {
    let server = Server::start(Scheme::Http).await;
    let Some(page) = Page::open(&server.base).await else { return };
    page.until_state("state", "closed").await;
    for round in 0..2 {
        page.click("connect").await;
        page.until_state("state", "open").await;
        server.within_a_second(|status| status["feed_subscribers"] == 1).await;
        server.publish([round]).await;
        page.until_count(1).await;
        let events = page.events().await;
        assert_eq!(events.len(), 1, "an `EventSource` made anew does not ask for what was before: {events:?}");
        assert_eq!((events[0].event_type.as_str(), &events[0].data), ("message", &round.to_string()));
        assert_eq!(page.text("last-id").await, events[0].id);
        page.click("disconnect").await;
        page.until_state("state", "closed").await;
        server.within_a_second(|status| status["feed_subscribers"] == 0).await;
    }
}

#[tokio::test]
async fn cut_off_it_comes_back_and_gets_what_it_missed() {
    let server = Server::start(Scheme::Http).await;
    let Some(page) = Page::open(&server.base).await else { return };
    page.click("connect").await;
    page.until_state("state", "open").await;
    let mut number = 0;
    for round in 1..=3 {
        server.publish(number..number + 5).await;
        page.until_count(number as usize + 5).await;
        let last = page.text("last-id").await;
        page.click("cut").await;
        page.until_state("state", "connecting").await;
        server.publish(number + 5..number + 10).await;
        number += 10;
        page.until_count(number as usize).await;
        assert_eq!(page.back_from().await, last);
        assert_eq!(page.number("reconnects").await, round);
    }
    let data: Vec<_> = page.events().await.into_iter().map(|event| event.data).collect();
    assert_eq!(data, (0..number).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_that_was_killed_is_found_again_and_tells_of_the_gap() {
    let mut demo = Demo::start(None);
    let Some(page) = Page::open(&demo.base()).await else { return };
    page.click("connect").await;
    page.until_count(5).await;
    demo.kill();
    page.until_state("state", "connecting").await;
    // For more than one attempt.
    sleep(Duration::from_millis(2500)).await;
    let (before, last) = (page.events().await, page.text("last-id").await);
    demo.restart();
    page.until_state("state", "open").await;
    page.until_count(before.len() + 3).await;
    assert_eq!((page.back_from().await, page.number("reconnects").await), (last.clone(), 1));
    let events = page.events().await;
    assert_eq!(events[..before.len()], before);
    let [gap, first, ..] = &events[before.len()..] else { panic!("{events:?}") };
    assert_eq!(gap.event_type, "gap");
    assert_eq!(serde_json::from_str::<Value>(&gap.data).unwrap()["last_event_id"], last);
    assert!(first.data.starts_with("line 1 of "), "{first:?}");
}

#[tokio::test]
async fn with_redis_nothing_is_lost_when_the_server_is_killed() {
    let Some(redis) = Redis::start() else { return };
    let mut demo = Demo::start(Some(&redis));
    let Some(page) = Page::open(&demo.base()).await else { return };
    page.click("connect").await;
    page.until_count(5).await;
    for round in 1..=2 {
        demo.kill();
        page.until_state("state", "connecting").await;
        let before = page.events().await.len();
        demo.restart();
        page.until_count(before + 5).await;
        assert_eq!(page.number("reconnects").await, round);
    }
    let events = page.events().await;
    assert!(events.iter().all(|event| event.event_type == "message"), "{events:?}");
    let ids: Vec<_> = events.into_iter().map(|event| event.id).collect();
    let [first, rest @ .., last] = &ids[..] else { panic!("{ids:?}") };
    let mut all = timeout(WAIT, history(&demo.base(), first, last)).await.expect("the history");
    all.pop();
    assert_eq!(rest, all, "each once, in order");
}

#[tokio::test]
async fn of_twenty_streams_six_run_over_http_1_and_all_over_http_2() {
    for (scheme, protocol, expected) in [(Scheme::Http, "http/1.1", 6), (Scheme::Https, "h2", 20)] {
        let server = Server::start(scheme).await;
        let Some(page) = Page::open(&server.base).await else { return };
        assert_eq!(page.text("protocol").await, protocol);
        page.click("twenty").await;
        page.until(&format!("document.querySelectorAll('#streams .on').length >= {expected}")).await;
        // If there are more to come, they do so at once.
        sleep(Duration::from_secs(2)).await;
        assert_eq!(page.number("running").await, expected, "{protocol}");
        page.click("twenty-stop").await;
        assert_eq!(page.number("running").await, 0);
    }
}

#[tokio::test]
async fn an_answer_grows_and_that_it_was_cancelled_is_noticed() {
    let server = Server::start(Scheme::Http).await;
    let Some(page) = Page::open(&server.base).await else { return };
    page.click("chat-send").await;
    let answer = "document.getElementById('chat-answer').textContent.length";
    let mut length = 0;
    for _ in 0..5 {
        length = page.0.wait_for(&format!("return {answer} > {length} && {answer}"), WAIT).await.as_u64().unwrap();
    }
    page.until_state("chat-state", "running").await;
    page.click("chat-cancel").await;
    server.within_a_second(|status| status["chats"] == json!({ "begun": 1, "finished": 0, "cancelled": 1 })).await;
    page.until_state("chat-state", "cancelled").await;
    page.until("document.getElementById('chat-state').textContent.includes('has stopped 1 of its 1')").await;
    // To the end, this time.
    page.click("chat-send").await;
    page.until_state("chat-state", "done").await;
    let text = page.text("chat-answer").await;
    assert!(text.starts_with("You wrote: ") && text.ends_with("saved it."), "{text}");
}

#[tokio::test]
async fn a_page_of_another_origin_may_subscribe() {
    let (here, there) = (Server::start(Scheme::Http).await, Server::start(Scheme::Http).await);
    let Some(page) = Page::open(&here.base).await else { return };
    let url = json!(format!("{}/sse", there.base));
    let hello = "other.onmessage = (event) => window.hello = event.data;";
    let time = "other.addEventListener('time', (event) => { window.time = event.data; other.close(); });";
    page.0.run(&format!("const other = new EventSource({url}); {hello} {time}")).await;
    let time = page.0.wait_for("return window.time", WAIT).await;
    assert!(time.as_str().unwrap().ends_with(" GMT"), "{time}");
    assert_eq!(page.0.run("return window.hello").await, "Hello");
}

#[tokio::test]
async fn the_list_shows_the_greeting_and_the_named_events_of_sse() {
    let server = Server::start(Scheme::Http).await;
    let Some(page) = Page::open(&server.base).await else { return };
    page.until("document.getElementById('source-sse').click() === undefined").await;
    page.click("connect").await;
    page.until_count(3).await;
    let events = page.events().await;
    let types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types[..3], ["message", "time", "time"]);
    assert_eq!(events[0].data, "Hello");
}

#[tokio::test]
async fn a_list_that_is_empty_says_what_state_it_is_in() {
    let server = Server::start(Scheme::Http).await;
    let Some(page) = Page::open(&server.base).await else { return };
    let says = async |text: &str| {
        let content = "getComputedStyle(document.getElementById('messages'), '::after').content";
        page.until(&format!("{content}.includes({})", json!(text))).await;
    };
    says("Press Connect").await;
    page.click("connect").await;
    page.until_state("state", "open").await;
    says("Connected").await;
    page.click("disconnect").await;
    says("Press Connect").await;
    // A server that does not answer.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = json!(format!("http://{}/sse", silent.local_addr().unwrap()));
    page.0.run(&format!("document.getElementById('source-sse').value = {url}")).await;
    page.until("document.getElementById('source-sse').click() === undefined").await;
    page.click("connect").await;
    says("Connecting").await;
}

#[tokio::test]
async fn over_http_2_chromium_opens_two_hundred_streams_and_no_more() {
    let server = Server::start(Scheme::Https).await;
    let Some(page) = Page::open(&server.base).await else { return };
    assert!(page.text("protocol-why").await.contains("200 streams"));
    let open = "window.open_count = 0; window.many = Array.from({ length: 210 }, (_, number) => {
        const stream = new EventSource(`/sse?${number}`);
        stream.onopen = () => window.open_count += 1;
        return stream;
    })";
    page.0.run(open).await;
    page.until("window.open_count >= 200").await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(page.0.run("return window.open_count").await, 200);
    page.0.run("window.many.forEach((stream) => stream.close())").await;
}

#[tokio::test]
async fn an_answer_that_grows_moves_nothing_on_the_page() {
    let server = Server::start(Scheme::Http).await;
    let Some(page) = Page::open(&server.base).await else { return };
    let layout = "return ['twenty', 'publish-text', 'chat-state'].map((id) => document.getElementById(id).getBoundingClientRect().top)
        .concat(document.documentElement.scrollHeight)";
    let before = page.0.run(layout).await;
    page.click("chat-send").await;
    page.until_state("chat-state", "done").await;
    assert_eq!(page.0.run(layout).await, before);
    // What came last is what one sees.
    let answer = "document.getElementById('chat-answer')";
    page.until(&format!("{answer}.scrollHeight > {answer}.clientHeight")).await;
    page.until(&format!("{answer}.scrollTop + {answer}.clientHeight >= {answer}.scrollHeight - 2")).await;
}
