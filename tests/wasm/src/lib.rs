//! A client that stays connected, as it is in a browser. It is compiled for `wasm32-unknown-unknown`, which shows that
//! nothing in it needs a thread, a socket or the time of day; no browser is started.
//!
//! There reqwest asks `fetch`, and its futures cannot go to another thread. Its response turns into one of the crate `http`
//! by hand: the head, and the stream of bytes as a body.

use std::{rc::Rc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sse_wire::{
    body::ChunkBody,
    client::{Attempt, EventSource, EventSourceOptions, LocalBoxEventSource},
};

/// Follows the stream at this URL. `sleep` is made of `setTimeout`, as `gloo_timers::future::sleep` is.
pub fn follow<W: Future + 'static>(
    url: &str,
    sleep: impl FnMut(Duration) -> W + 'static,
) -> LocalBoxEventSource<reqwest::Error> {
    let (client, url) = (reqwest::Client::new(), Rc::<str>::from(url));
    let connect = move |attempt: Attempt| {
        let request = client.get(&*url).headers(attempt.headers());
        // What cannot be sent to another thread.
        let url = Rc::clone(&url);
        async move {
            let response = request.send().await;
            drop(url);
            response.map(as_http)
        }
    };
    let options = EventSourceOptions::new().with_idle_timeout(Duration::from_secs(40));
    EventSource::with_options(connect, sleep, options).until_error(reqwest::Error::is_builder).boxed_local()
}

/// The data of the first event, or why there is none.
pub async fn first<W: Future + 'static>(
    url: &str,
    sleep: impl FnMut(Duration) -> W + 'static,
) -> Result<String, String> {
    let mut events = follow(url, sleep).events();
    match events.next().await {
        Some(Ok(event)) => Ok(event.data().to_owned()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("there is nothing to come".to_owned()),
    }
}

fn as_http(mut response: reqwest::Response) -> http::Response<ChunkBody<impl Stream<Item = reqwest::Result<Bytes>>>> {
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut head = http::Response::new(ChunkBody::new(response.bytes_stream()));
    (*head.status_mut(), *head.headers_mut()) = (status, headers);
    head
}
