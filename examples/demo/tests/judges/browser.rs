//! Chromium's `EventSource` as judge: a server for the streams, and a page that opens one after the other.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path},
    http::header,
    response::Html,
    routing::{get, post},
};
use futures_util::stream;
use tokio::{net::TcpListener, task::yield_now};

use super::{standard::Event, streams::Chunks, webdriver::Browser};

/// Returns what Chromium makes of these streams; `None`, and says so, if it is not there.
pub async fn judge(streams: Vec<Chunks>) -> Option<Vec<Vec<Event>>> {
    let browser = Browser::start().await?;
    let count = streams.len();
    let judgements = Arc::new(Mutex::new(Vec::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router(streams, Arc::clone(&judgements))).into_future());
    browser.open(&url).await;
    browser.wait_for("return window.isDone", LONGEST).await;
    let mut judgements = std::mem::take(&mut *judgements.lock().unwrap());
    judgements.sort_unstable();
    assert_eq!(judgements.len(), count);
    let events = judgements.into_iter().enumerate().map(|(number, judgement)| {
        assert_eq!((judgement.0, judgement.1.as_str()), (number, ""));
        judgement.2
    });
    Some(events.collect())
}

/// The number of a stream, why there is no answer, the events.
type Judgement = (usize, String, Vec<Event>);

fn router(streams: Vec<Chunks>, judgements: Arc<Mutex<Vec<Judgement>>>) -> Router {
    let types: Vec<_> = streams.iter().map(|chunks| possible_types(&chunks.concat())).collect();
    // Handlers are cloned for each request.
    let (streams, types) = (Arc::new(streams), Bytes::from(serde_json::to_vec(&types).unwrap()));
    let send = |Path(number): Path<usize>| async move {
        let chunks = streams[number].clone().into_iter();
        let body = stream::unfold(chunks, |mut chunks| async {
            // Lets the server send what there is.
            yield_now().await;
            chunks.next().map(|chunk| (Ok::<_, Infallible>(Bytes::from(chunk)), chunks))
        });
        ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body))
    };
    let receive = |body: Bytes| async move {
        *judgements.lock().unwrap() = serde_json::from_slice(&body).unwrap();
    };
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/types", get(|| async { types }))
        .route("/stream/{number}", get(send))
        .route("/judgements", post(receive))
        .layer(DefaultBodyLimit::disable())
}

/// Whatever stands behind a colon, in whatever field, since the browser is not to be helped.
fn possible_types(stream: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(stream);
    let values = text.split(['\r', '\n']).filter_map(|line| line.split_once(':')).map(|(_, value)| value);
    values.flat_map(|value| [value, value.strip_prefix(' ').unwrap_or(value)]).map(String::from).collect()
}

const LONGEST: Duration = Duration::from_secs(90);
