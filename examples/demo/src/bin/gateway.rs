//! `gateway --upstream URL`: passes requests on to the API of a language model and streams the answers back, byte for
//! byte but for what is to change.
//!
//! ```text
//! client <--- edit: the model, what is held back, keep-alives, a last event <--- tap: a line of log <--- upstream
//! ```
//!
//! Whoever drops the response drops all of these, and with them the request to the upstream.

use std::{collections::VecDeque, error::Error, net, process::ExitCode, sync::Arc};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use clap::Parser;
use demo::{client, server};
use reqwest::{Client, Url, redirect::Policy};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use sse_wire::{
    Block, EventRef, Frame,
    body::{BodyChunks, Edit, Editor, Ending, Observer, Outcome, ResponseCheck, TokioTimer, edit, tap},
};
use tokio::time::{Duration, Instant};
use tokio_stream::{self as stream, StreamExt as _};

/// Passes requests on to the API of a language model, and the answers back; logs one line for each.
#[derive(Parser)]
struct Arguments {
    /// Where requests go, as https://api.example.com
    #[arg(long, value_parser = client::parse_url)]
    upstream: Url,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// What each chunk is to call the model
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// How many events are held back, as by a guardrail that judges some together
    #[arg(long, value_name = "N", default_value_t = 0)]
    hold: usize,
    /// For how many milliseconds the client may hear nothing
    #[arg(long, value_name = "MS", default_value_t = 15_000)]
    keep_alive: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run(Arguments::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = net::TcpListener::bind(&arguments.listen).map_err(|error| {
        format!("cannot listen on {}: {error}\nTake any free port with --listen 127.0.0.1:0", arguments.listen)
    })?;
    println!("http://{} passes on to {}", listener.local_addr()?, arguments.upstream);
    // Redirects are for the client to follow.
    let client = client::builder().redirect(Policy::none()).build()?;
    let gateway = Arc::new(Gateway { client, arguments });
    Ok(server::serve(listener, Router::new().fallback(pass_on).with_state(gateway), None).await?)
}

struct Gateway {
    client: Client,
    arguments: Arguments,
}

async fn pass_on(State(gateway): State<Arc<Gateway>>, request: Request) -> Response<Body> {
    // If the client leaves, this future is dropped, and the log with it.
    let mut log = Log::new(&request);
    match gateway.ask(request).await {
        Ok(response) => gateway.answer(response, log).await,
        Err(error) => {
            log.outcome = format!("cannot reach the upstream: {}", client::explain(&error));
            (StatusCode::BAD_GATEWAY, Json(failure(&log.outcome))).into_response()
        }
    }
}

impl Gateway {
    async fn ask(&self, request: Request) -> reqwest::Result<Response<reqwest::Body>> {
        let (mut parts, body) = request.into_parts();
        drop_hop_by_hop(&mut parts.headers);
        parts.headers.remove(header::HOST);
        // What is compressed cannot be looked at.
        parts.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let url = [self.arguments.upstream.as_str().trim_end_matches('/'), path].concat();
        let mut request = self.client.request(parts.method, url).headers(parts.headers);
        if !http_body::Body::is_end_stream(&body) {
            request = request.body(reqwest::Body::wrap_stream(body.into_data_stream()));
        }
        Ok(request.send().await?.into())
    }

    async fn answer(&self, mut response: Response<reqwest::Body>, mut log: Log) -> Response<Body> {
        drop_hop_by_hop(response.headers_mut());
        if let Some(refusal) = ResponseCheck::new().refusal(&response) {
            let response = unmask(response).await;
            log.outcome = format!("{} passed on unread: {refusal}", response.status());
            return response;
        }
        response.headers_mut().remove(header::CONTENT_LENGTH);
        let Arguments { model, hold, keep_alive, .. } = &self.arguments;
        let editor = Writer { model: model.clone(), hold: *hold, held: VecDeque::new() };
        let keep_alive = TokioTimer::new(Duration::from_millis(*keep_alive));
        response.map(|body| Body::new(edit(tap(body, log), editor).keep_alive(keep_alive)))
    }
}

/// A failure in a 200 is an answer without events to a client that waits for some: makes it a 502.
async fn unmask(response: Response<reqwest::Body>) -> Response<Body> {
    let is_json = |value: &HeaderValue| value.as_bytes().starts_with(b"application/json");
    if response.status() != StatusCode::OK || !response.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
        return response.map(Body::new);
    }
    let (mut parts, body) = response.into_parts();
    let (mut chunks, mut start, mut length) = (BodyChunks::new(body), Vec::new(), 0);
    while length < 64 * 1024 {
        let Some(chunk) = chunks.next().await else { break };
        length += chunk.as_ref().map_or(0, Bytes::len);
        start.push(chunk);
    }
    let text = start.iter().flatten().flatten().copied().collect::<Vec<u8>>();
    if serde_json::from_slice::<Value>(&text).is_ok_and(|json| !json["error"].is_null()) {
        parts.status = StatusCode::BAD_GATEWAY;
    }
    Response::from_parts(parts, Body::from_stream(stream::iter(start).chain(chunks)))
}

/// Who writes what the client gets, where that is not what came.
struct Writer {
    model: Option<String>,
    hold: usize,
    held: VecDeque<Block>,
}

impl Editor<reqwest::Error> for Writer {
    fn block(&mut self, block: &Block) -> Edit {
        let changed = self.model.as_deref().and_then(|model| with_model(block, model));
        if self.hold == 0 {
            return changed.map_or(Edit::Keep, Edit::Replace);
        }
        // Here a guardrail would judge what is held, and drop all of it if it has to.
        self.held.push_back(changed.unwrap_or_else(|| block.clone()));
        if self.held.len() > self.hold { self.held.pop_front().map_or(Edit::Drop, Edit::Replace) } else { Edit::Drop }
    }

    fn end(&mut self, ending: Ending<'_, reqwest::Error>) -> Edit {
        let why = match ending {
            Ending::Complete => {
                return Edit::Many(self.held.drain(..).map(Edit::Replace).chain([Edit::Keep]).collect());
            }
            Ending::CutOff => "the upstream ended in the middle of an event".to_owned(),
            Ending::Failed(error) => format!("the upstream broke off: {}", client::explain(error)),
        };
        let data = failure(&why).to_string();
        let last = Frame::new().event_type("error").map_or(Edit::Drop, |frame| frame.data(&data).into());
        Edit::Many(self.held.drain(..).map(Edit::Replace).chain([last]).collect())
    }
}

/// Where the name of a model may stand: in a chunk, in Anthropic's `message_start`, in OpenAI's `response.created`.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow, alias = "response")]
    message: Option<Box<Self>>,
}

/// The block with this model where its JSON names one, and not a byte more of it changed.
fn with_model(block: &Block, model: &str) -> Option<Block> {
    // What is not UTF-8 goes on as it came.
    str::from_utf8(block.raw()).ok()?;
    let data = block.fields().data.filter(|data| data.contains("\"model\""))?;
    let chunk: Chunk<'_> = serde_json::from_str(&data).ok()?;
    let name = chunk.model.or_else(|| chunk.message?.model)?.get();
    let (before, name_on) = data.split_at(name.as_ptr().addr() - data.as_ptr().addr());
    Some(block.with_data(&[before, &json!(model).to_string(), &name_on[name.len()..]].concat()))
}

/// What became of a request. The line is printed when this is dropped.
struct Log {
    request: String,
    begun: Instant,
    first: Option<Duration>,
    events: u64,
    tokens: [u64; 2],
    outcome: String,
}

impl Log {
    fn new(request: &Request) -> Self {
        let (request, outcome) =
            (format!("{} {}", request.method(), request.uri().path()), format!("{:?}", Outcome::Dropped));
        Self { request, begun: Instant::now(), first: None, events: 0, tokens: [0; 2], outcome }
    }
}

impl Observer for Log {
    fn event(&mut self, event: EventRef<'_>) {
        self.events += 1;
        self.first.get_or_insert_with(|| self.begun.elapsed());
        if event.data().contains("\"usage\"")
            && let Ok(chunk) = event.json::<Value>()
        {
            // OpenAI's names and Anthropic's, who counts the prompt in the first chunk and the answer in the last.
            let usage = [&chunk["usage"], &chunk["message"]["usage"], &chunk["response"]["usage"]];
            let names = [["prompt_tokens", "input_tokens"], ["completion_tokens", "output_tokens"]];
            for (count, names) in self.tokens.iter_mut().zip(names) {
                let counts = usage.iter().flat_map(|usage| names.map(|name| usage[name].as_u64().unwrap_or(0)));
                *count = counts.fold(*count, u64::max);
            }
        }
    }

    fn ended(&mut self, outcome: Outcome) {
        self.outcome = format!("{outcome:?}");
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let Self { request, begun, first, events, tokens: [prompt, answer], outcome } = self;
        let first = first.unwrap_or_default().as_secs_f64();
        let counts = format!("{events} events, the first after {first:.3} s, {prompt} + {answer} tokens");
        eprintln!("{request}: {outcome} ({counts}, {:.3} s)", begun.elapsed().as_secs_f64());
    }
}

/// Takes off what is said to the next hop only (RFC 9110, 7.6.1).
fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named = named.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    let known = "connection,keep-alive,proxy-connection,te,trailer,transfer-encoding,upgrade";
    for name in named.split(',').chain(known.split(',')) {
        headers.remove(name.trim());
    }
}

fn failure(why: &str) -> Value {
    json!({ "error": { "message": why, "type": "upstream_error" } })
}
