//! `/chat`: tokens as the APIs of language models send them, and the end of the work when nobody wants them any more.
//!
//! When a client goes away, the server drops the response's body, and with it the stream of tokens. So what has to
//! happen then stands in a `Drop`: [`Answer`] is that guard here. A real server would stop its model there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Json, extract::State, response::IntoResponse};
use bytes::Bytes;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sse_wire::{
    Frame,
    body::{EventBody, TokioTimer, response},
};
use tokio::time::sleep;

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
struct Answer {
    chats: Arc<Chats>,
    number: u64,
    words: Vec<String>,
    sent: usize,
    step: Step,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Words,
    Stop,
    Done,
    End,
}

/// Answers `POST /chat`.
pub async fn post(State(chats): State<Arc<Chats>>, Json(question): Json<Question>) -> impl IntoResponse {
    let answer = Answer::new(chats, &question.prompt);
    let frames = stream::unfold(answer, |mut answer| async { Some((answer.next().await?, answer)) });
    response(EventBody::new(frames).keep_alive(TokioTimer::default()))
}

impl Answer {
    fn new(chats: Arc<Chats>, prompt: &str) -> Self {
        let number = chats.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let prompt: String = prompt.chars().take(200).collect();
        let text = format!("You wrote: {prompt}\n\n{SPEECH}");
        let words = text.split_inclusive([' ', '\n']).map(String::from).collect();
        Self { chats, number, words, sent: 0, step: Step::Words }
    }

    /// Returns the next frame: a chunk of the answer, or one of the two ends that these APIs have.
    async fn next(&mut self) -> Option<Result<Bytes, serde_json::Error>> {
        match self.step {
            Step::Words => {
                sleep(Duration::from_millis(fastrand::u64(20..80))).await;
                let word = &self.words[self.sent];
                let chunk = self.chunk(&json!({ "content": word }), None);
                self.sent += 1;
                if self.sent == self.words.len() {
                    self.step = Step::Stop;
                }
                Some(chunk)
            }
            Step::Stop => {
                self.step = Step::Done;
                Some(self.chunk(&json!({}), Some("stop")))
            }
            Step::Done => {
                self.step = Step::End;
                Some(Ok(Frame::new().data("[DONE]").to_bytes()))
            }
            Step::End => None,
        }
    }

    fn chunk(&self, delta: &serde_json::Value, finish_reason: Option<&str>) -> Result<Bytes, serde_json::Error> {
        Frame::new().json(&json!({
            "id": format!("chat-{}", self.number),
            "object": "chat.completion.chunk",
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish_reason }],
        }))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let Self { chats, number, words, sent, step } = self;
        if *step == Step::End {
            chats.finished.fetch_add(1, Ordering::Relaxed);
            return;
        }
        chats.cancelled.fetch_add(1, Ordering::Relaxed);
        eprintln!("chat {number}: cancelled by the client after {sent} of {} words", words.len());
    }
}

/// What this model knows.
const SPEECH: &str = "I am no language model, just a loop with a pause in it. But my words come to you as theirs do: \
    each is an event of its own, a line that begins with \"data:\" and a blank line behind it. There is no length in \
    front, and no end until I send [DONE]. If you have heard enough, press Cancel: your browser closes the stream, and \
    the server, which notices it at once, stops working for you. In the terminal where it runs you can read how many \
    words you have saved it.";
