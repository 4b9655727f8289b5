//! A server for one test, and what its client does again and again. No wait is without an end.

use std::{net::TcpListener, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use demo::server::{self, feed::Feed};
use futures_util::{Stream, StreamExt as _};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sse_wire::{
    Decoder, Event,
    header::{LAST_EVENT_ID, last_event_id_value},
    stream::EventStream,
};
use tokio::time::{Instant, sleep, timeout};

/// A server with a feed of its own, in which there is only what the test puts there.
pub struct Server {
    pub base: String,
    pub client: Client,
    pub feed: Arc<Feed>,
}

/// The events of a response.
pub type Events = EventStream<Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>>;

impl Server {
    pub fn start(history: usize) -> Self {
        let listener = TcpListener::bind(LOCALHOST).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let feed = Feed::new(history, None);
        tokio::spawn(server::serve(listener, server::router("test", &feed), None));
        Self { base, client: demo::client::builder().build().expect("a client"), feed }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    /// Goes on where this decoder has left off.
    pub async fn follow(&self, path: &str, decoder: Decoder) -> Events {
        go_on(&self.client, &format!("{}{path}", self.base), decoder).await
    }

    pub async fn follow_from(&self, path: &str, id: &str) -> Events {
        let mut decoder = Decoder::new();
        decoder.set_last_event_id(id);
        self.follow(path, decoder).await
    }

    /// Adds an event to the feed, as a client.
    pub async fn post(&self, text: &str) {
        let response = self.client.post(format!("{}/feed", self.base)).body(text.to_owned()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }

    pub async fn ask(&self, prompt: &str) -> Response {
        let body = json!({ "prompt": prompt }).to_string();
        let request = self.client.post(format!("{}/chat", self.base)).header("content-type", "application/json");
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response
    }

    /// Waits until what `/status` says of the chats is as wanted; a second at most.
    pub async fn chats(&self, is_wanted: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let text = self.get("/status").send().await.unwrap().text().await.unwrap();
            let status: Value = serde_json::from_str(&text).unwrap();
            if is_wanted(&status["chats"]) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(1), "{text}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Connects with the last event ID of this decoder.
pub async fn go_on(client: &Client, url: &str, decoder: Decoder) -> Events {
    let mut request = client.get(url);
    if let Some(id) = last_event_id_value(decoder.last_event_id()).unwrap() {
        request = request.header(LAST_EVENT_ID, id);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    follow(response, decoder)
}

pub fn follow(response: Response, decoder: Decoder) -> Events {
    let chunks: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>> = Box::pin(response.bytes_stream());
    EventStream::with_decoder(chunks, decoder)
}

/// Returns the next event; `None` at the end of the stream, however that came.
pub async fn next(events: &mut Events) -> Option<Event> {
    timeout(WAIT, events.next()).await.expect("an event or the end").transpose().unwrap_or_default()
}

/// A port that is free.
pub const LOCALHOST: &str = "127.0.0.1:0";

/// For tests to which it does not matter how much is kept.
pub const SMALL: usize = 100;

/// For any one thing that has to happen.
pub const WAIT: Duration = Duration::from_secs(10);
