//! `/chat`: tokens as the APIs of language models send them, and the end of the work when nobody wants them any more.
//!
//! When a client goes away, the server drops the response's body, and with it the stream of tokens. So what has to
//! happen then stands in a `Drop`: [`Running`] is that guard here. A real server would stop its model there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{Json, extract::State, response::IntoResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sse_wire::{
    EncodedFrames, Frame,
    body::{EventBody, TokioTimer, event_stream_response},
};
use tokio_stream::{self as stream, StreamExt as _};

/// How the chats went.
#[derive(Debug, Default, Serialize)]
pub struct Chats {
    begun: AtomicU64,
    finished: AtomicU64,
    cancelled: AtomicU64,
}

/// What the client posts.
#[derive(Debug, Deserialize)]
pub struct Question {
    prompt: String,
}

/// An answer on its way to the client.
struct Running {
    chats: Arc<Chats>,
    number: u64,
    events_left: usize,
}

/// Answers `POST /chat`.
pub async fn post(State(chats): State<Arc<Chats>>, Json(question): Json<Question>) -> impl IntoResponse {
    let number = chats.begun.fetch_add(1, Relaxed) + 1;
    let words = answer(&question.prompt);
    let mut running = Running { chats, number, events_left: words.len() + 2 };
    // With a real model, its stream of tokens stands here.
    let words = stream::iter(words).throttle(Duration::from_millis(50));
    let chunks = words.map(move |word| chunk(number, &json!({ "content": word }), None));
    // These APIs have two ends.
    let ends = [chunk(number, &json!({}), Some("stop")), Ok(Frame::new().data("[DONE]").to_encoded())];
    let frames = chunks.chain(stream::iter(ends)).map(move |frame| {
        running.sent();
        frame
    });
    event_stream_response(EventBody::new(frames).keep_alive(TokioTimer::default()))
}

/// What this model has to say.
fn answer(prompt: &str) -> Vec<String> {
    let prompt: String = prompt.chars().take(200).collect();
    format!("You wrote: {prompt}\n\n{SPEECH}").split_inclusive([' ', '\n']).map(String::from).collect()
}

fn chunk(number: u64, delta: &Value, finish_reason: Option<&str>) -> serde_json::Result<EncodedFrames> {
    Frame::head().json(&json!({
        "id": format!("chat-{number}"),
        "object": "chat.completion.chunk",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish_reason }],
    }))
}

impl Running {
    /// One event more. (With a method the closure above takes all of the guard, and not just the count.)
    fn sent(&mut self) {
        self.events_left -= 1;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Self { chats, number, events_left } = self;
        if *events_left == 0 {
            chats.finished.fetch_add(1, Relaxed);
        } else {
            chats.cancelled.fetch_add(1, Relaxed);
            eprintln!("chat {number}: cancelled by the client, {events_left} events before the end");
        }
    }
}

const SPEECH: &str = "I am no language model, just a loop with a pause in it. But my words come to you as theirs do: \
    each is an event of its own, a line that begins with \"data:\" and a blank line behind it. There is no length in \
    front, and no end until I send [DONE]. If you have heard enough, press Cancel: your browser closes the stream, and \
    the server, which notices it at once, stops working for you. In the terminal where it runs you can read how many \
    words you have saved it.";
