//! `contract`: the test service for `sse-contract-tests`, the public suite of github.com/launchdarkly.
//!
//! The suite plays the server of the stream, and tells this service over HTTP to follow it. What is received goes back
//! to the suite: one POST each to `callbackUrl/1`, `callbackUrl/2` and so on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
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
use demo::follow::{self, Follower, Notice, Options};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use sse_wire::{
    Item,
    reconnect::{ReconnectOptions, StopReason},
};
use tokio::{
    net::TcpListener,
    sync::Notify,
    task::AbortHandle,
    time::{sleep, timeout},
};

/// Lets the suite sse-contract-tests drive the demo's client.
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 8000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Arguments { port } = Arguments::parse();
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
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

#[derive(Default)]
struct Service {
    streams: Mutex<Streams>,
    quit: Notify,
}

#[derive(Default)]
struct Streams {
    last: u64,
    open: HashMap<u64, Stream>,
}

/// A client that follows a stream; dropped, it stops at once.
struct Stream {
    task: AbortHandle,
    restart: Arc<Notify>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    fn with_streams<T>(&self, access: impl FnOnce(&mut Streams) -> T) -> T {
        access(&mut self.streams.lock().unwrap_or_else(PoisonError::into_inner))
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
    let (follower, callbacks) = match prepare(&body) {
        Ok(prepared) => prepared,
        Err(error) => return (StatusCode::BAD_REQUEST, error).into_response(),
    };
    let id = service.with_streams(|streams| {
        if streams.open.len() >= MAX_STREAMS {
            return None;
        }
        let restart = Arc::new(Notify::new());
        let task = tokio::spawn(run(follower, callbacks, Arc::clone(&restart))).abort_handle();
        streams.last += 1;
        streams.open.insert(streams.last, Stream { task, restart });
        Some(streams.last)
    });
    match id {
        Some(id) => (StatusCode::CREATED, [(header::LOCATION, format!("/streams/{id}"))]).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "too many streams are open").into_response(),
    }
}

fn prepare(body: &[u8]) -> Result<(Follower, Callbacks), String> {
    let wanted: Wanted = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let client = follow::client().build().map_err(|error| error.to_string())?;
    let callbacks = Callbacks { client, url: wanted.callback_url.clone(), count: 0 };
    let follower = Follower::new(wanted.options()?).map_err(|error| error.to_string())?;
    Ok((follower, callbacks))
}

async fn command(State(service): State<Arc<Service>>, Path(id): Path<u64>, body: Bytes) -> StatusCode {
    let restart = service.with_streams(|streams| streams.open.get(&id).map(|stream| Arc::clone(&stream.restart)));
    let Some(restart) = restart else { return StatusCode::NOT_FOUND };
    match serde_json::from_slice::<Command>(&body).as_ref().map(|command| &*command.command) {
        Ok("restart") => restart.notify_one(),
        // All types are heard.
        Ok("listen") => {}
        _ => return StatusCode::BAD_REQUEST,
    }
    StatusCode::ACCEPTED
}

async fn close(State(service): State<Arc<Service>>, Path(id): Path<u64>) -> StatusCode {
    match service.with_streams(|streams| streams.open.remove(&id)) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

/// Follows the stream and reports what happens, until it is over, closed, or nobody listens.
async fn run(mut follower: Follower, mut callbacks: Callbacks, restart: Arc<Notify>) {
    loop {
        let notice = tokio::select! {
            notice = follower.next() => notice,
            () = restart.notified() => {
                follower.restart();
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
fn message(notice: Notice) -> Option<Value> {
    let error = match notice {
        Notice::Item(Item::Event(event)) => {
            let (event_type, data, id) = (event.event_type(), event.data(), event.last_event_id());
            return Some(json!({ "kind": "event", "event": { "type": event_type, "data": data, "id": id } }));
        }
        Notice::Item(Item::Comment(text)) => return Some(json!({ "kind": "comment", "comment": &*text })),
        Notice::Item(_) | Notice::Connected { unsent_id: None } | Notice::Stopped(StopReason::NoContent) => {
            return None;
        }
        Notice::Connected { unsent_id: Some(error) } => error.to_string(),
        Notice::Rejected(error) => error.to_string(),
        Notice::Lost { error, .. } => error.unwrap_or_else(|| "the server ended the connection".to_owned()),
        Notice::Stopped(reason) => reason.to_string(),
        Notice::Failed(why) => why,
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
    async fn send(&mut self, message: &Value) -> Result<(), String> {
        self.count += 1;
        let url = format!("{}/{}", self.url.trim_end_matches('/'), self.count);
        let request = self.client.post(url).header(header::CONTENT_TYPE, "application/json").body(message.to_string());
        let response = timeout(CALLBACK_TIMEOUT, request.send()).await.map_err(|_| "no answer".to_owned())?;
        response.and_then(reqwest::Response::error_for_status).map(drop).map_err(|error| error.to_string())
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
    fn options(self) -> Result<Options, String> {
        let mut options = Options::new(self.stream_url.parse().map_err(|error| format!("streamUrl: {error}"))?);
        if let Some(method) = self.method {
            options.method = method.parse().map_err(|error| format!("method: {error}"))?;
        }
        let headers: HeaderMap =
            (&self.headers.unwrap_or_default()).try_into().map_err(|error: http::Error| format!("headers: {error}"))?;
        options.headers.extend(headers);
        options.body = self.body.map(Into::into);
        options.last_event_id = self.last_event_id.unwrap_or_default();
        options.read_timeout = self.read_timeout_ms.map(Duration::from_millis);
        if let Some(delay) = self.initial_delay_ms {
            options.reconnect = ReconnectOptions::new().reconnection_time(Duration::from_millis(delay));
        }
        Ok(options)
    }
}

#[derive(Deserialize)]
struct Command {
    command: String,
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

/// The suite has one stream at a time; this is for what it forgets to close.
const MAX_STREAMS: usize = 1000;

const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);
