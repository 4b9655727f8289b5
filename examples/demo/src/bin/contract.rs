//! `contract`: the test service for `sse-contract-tests`, the public suite of github.com/launchdarkly.
//!
//! The suite plays the server of the stream, and tells this service over HTTP to follow it. What is received goes back
//! to the suite: one POST each to `callbackUrl/1`, `callbackUrl/2` and so on.

use std::{
    collections::HashMap,
    error::Error,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use clap::Parser;
use demo::client::{self, explain};
use reqwest::{Url, header::HeaderMap};
use serde::Deserialize;
use serde_json::{Value, json};
use sse_wire::{
    Item,
    client::{BoxBody, BoxEventSource, EventSourceOptions, Notice},
    reconnect::{ReconnectOptions, StopReason},
};
use tokio::{
    net::TcpListener,
    sync::Notify,
    task::AbortHandle,
    time::{sleep, timeout},
};
use tokio_stream::StreamExt;

/// Lets the suite sse-contract-tests drive the demo's client.
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 8000)]
    port: u16,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Arguments::parse().port).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(port: u16) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("cannot listen on port {port}: {error}; choose another with --port"))?;
    println!("listening on http://{}", listener.local_addr()?);
    let service = Arc::new(Service::default());
    let routes = Router::new()
        .route("/", get(capabilities).post(open).delete(quit))
        .route("/streams/{id}", post(command).delete(close))
        .with_state(Arc::clone(&service));
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        // A moment, so that the suite gets its answer.
        () = async { service.quit.notified().await; sleep(Duration::from_millis(100)).await } => {}
    }
    Ok(())
}

#[derive(Default)]
struct Service {
    /// By the number in their path. `None` is closed.
    streams: Mutex<Vec<Option<Stream>>>,
    quit: Notify,
}

impl Service {
    fn streams(&self) -> MutexGuard<'_, Vec<Option<Stream>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that is followed by a task of its own.
struct Stream {
    task: AbortHandle,
    restart: Arc<Notify>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn capabilities() -> Json<Value> {
    Json(json!({ "name": "sse-wire", "capabilities": CAPABILITIES }))
}

async fn quit(State(service): State<Arc<Service>>) -> StatusCode {
    service.quit.notify_one();
    StatusCode::NO_CONTENT
}

async fn open(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let (source, callbacks) = match Wanted::read(&body) {
        Ok(wanted) => wanted,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let restart = Arc::new(Notify::new());
    let task = tokio::spawn(run(source, callbacks, Arc::clone(&restart))).abort_handle();
    let mut streams = service.streams();
    streams.push(Some(Stream { task, restart }));
    let location = format!("/streams/{}", streams.len() - 1);
    (StatusCode::CREATED, [(header::LOCATION, location)]).into_response()
}

async fn command(State(service): State<Arc<Service>>, Path(id): Path<usize>, body: Bytes) -> StatusCode {
    let streams = service.streams();
    let Some(Some(stream)) = streams.get(id) else { return StatusCode::NOT_FOUND };
    let wanted: Value = serde_json::from_slice(&body).unwrap_or_default();
    match wanted["command"].as_str() {
        Some("restart") => stream.restart.notify_one(),
        // All types are heard.
        Some("listen") => {}
        _ => return StatusCode::BAD_REQUEST,
    }
    StatusCode::ACCEPTED
}

async fn close(State(service): State<Arc<Service>>, Path(id): Path<usize>) -> StatusCode {
    let closed = service.streams().get_mut(id).and_then(Option::take);
    if closed.is_some() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// Follows the stream and reports what happens, until it is over, closed, or nobody listens.
async fn run(mut source: BoxEventSource<reqwest::Error>, mut callbacks: Callbacks, restart: Arc<Notify>) {
    loop {
        let notice = tokio::select! {
            notice = source.next() => notice,
            () = restart.notified() => {
                source.restart();
                continue;
            }
        };
        let Some(notice) = notice else { return };
        let Some(message) = message(notice) else { continue };
        if let Err(error) = callbacks.send(&message).await {
            eprintln!("the stream is given up, since its callback failed: {error}");
            return;
        }
    }
}

/// What the suite is told, if anything.
fn message(notice: Notice<BoxBody<reqwest::Error>, reqwest::Error>) -> Option<Value> {
    let error = match notice {
        Notice::Item(Item::Event(event)) => {
            let (event_type, data, id) = (event.event_type(), event.data(), event.last_event_id());
            return Some(json!({ "kind": "event", "event": { "type": event_type, "data": data, "id": id } }));
        }
        Notice::Item(Item::Comment(text)) => return Some(json!({ "kind": "comment", "comment": &*text })),
        Notice::Item(_) | Notice::Opened { unsent_id: None, .. } => return None,
        Notice::Stopped(stopped) if stopped.reason() == StopReason::NoContent => return None,
        Notice::Opened { unsent_id: Some(error), .. } => error.to_string(),
        Notice::Rejected(error) => error.to_string(),
        Notice::Lost { cause, .. } => explain(&cause),
        Notice::Stopped(stopped) => explain(&stopped),
    };
    Some(json!({ "kind": "error", "error": error }))
}

/// Where the suite listens: one message after the other, counted from 1.
struct Callbacks {
    client: reqwest::Client,
    url: String,
    count: u64,
}

impl Callbacks {
    async fn send(&mut self, message: &Value) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.count += 1;
        let url = format!("{}/{}", self.url.trim_end_matches('/'), self.count);
        let request = self.client.post(url).header(header::CONTENT_TYPE, "application/json").body(message.to_string());
        timeout(CALLBACK_TIMEOUT, request.send()).await??.error_for_status()?;
        Ok(())
    }
}

/// What the suite asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    stream_url: String,
    callback_url: String,
    initial_delay_ms: Option<u64>,
    read_timeout_ms: Option<u64>,
    last_event_id: Option<String>,
    headers: Option<HashMap<String, String>>,
    method: Option<String>,
    body: Option<String>,
}

impl Wanted {
    fn read(json: &[u8]) -> Result<(BoxEventSource<reqwest::Error>, Callbacks), Box<dyn Error>> {
        let wanted: Self = serde_json::from_slice(json)?;
        let client = client::builder().build()?;
        let method = wanted.method.as_deref().unwrap_or("GET").parse()?;
        let headers: HeaderMap = (&wanted.headers.unwrap_or_default()).try_into()?;
        let mut request = client.request(method, wanted.stream_url.parse::<Url>()?).headers(headers);
        if let Some(body) = wanted.body {
            request = request.body(body);
        }
        let request = request.build()?;
        let mut reconnect = ReconnectOptions::new();
        if let Some(delay) = wanted.initial_delay_ms {
            // The suite's own times, however short.
            reconnect = reconnect.with_reconnection_time(Duration::from_millis(delay)).with_min_delay(Duration::ZERO);
        }
        let mut options = EventSourceOptions::new().with_reconnect(reconnect);
        if let Some(time) = wanted.read_timeout_ms {
            options = options.with_idle_timeout(Duration::from_millis(time));
        }
        let callbacks = Callbacks { client: client.clone(), url: wanted.callback_url, count: 0 };
        let last_event_id = wanted.last_event_id.as_deref().unwrap_or_default();
        Ok((client::follow(client, request, last_event_id, options), callbacks))
    }
}

/// What of the suite is to be run beyond its core.
const CAPABILITIES: [&str; 9] = [
    "bom",
    "comments",
    "headers",
    "last-event-id",
    "post",
    "read-timeout",
    "report",
    "restart",
    "server-directed-shutdown-request",
];

const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);
