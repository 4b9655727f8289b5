//! The server: which path leads where. Each of the files below shows one thing.

pub mod chat;
pub mod clock;
pub mod feed;
pub mod load;
pub mod redis;
pub mod replay;
pub mod tls;

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use axum_server::{
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use serde_json::json;

use self::{
    chat::Chats,
    feed::{Feed, Limits},
    load::Load,
};

/// Returns everything that the server answers.
pub fn router(name: &str, feed: &Arc<Feed>) -> Router {
    let chats = Arc::new(Chats::default());
    let status = status(name.into(), Arc::clone(feed), Arc::clone(&chats));
    let streams = Router::new()
        .route("/sse", get(clock::get))
        .route("/feed", get(feed::get).post(feed::post).with_state(Arc::clone(feed)))
        .layer(middleware::from_fn(any_origin));
    Router::new()
        .merge(streams)
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/status", get(|| async move { status() }))
        .route("/feed/cut", post(feed::cut).with_state(Arc::clone(feed)))
        .route("/chat", post(chat::post).with_state(chats))
        .merge(load_routes())
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// Returns a feed to which the server itself adds a line in each interval.
///
/// # Errors
///
/// That Redis can't be reached.
pub async fn feed(name: &str, redis: Option<&str>, every: Duration) -> ::redis::RedisResult<Arc<Feed>> {
    let feed = match redis {
        None => Feed::in_memory(LIMITS),
        Some(url) => Feed::in_redis(url, LIMITS).await?,
    };
    tokio::spawn(feed::chatter(Arc::clone(&feed), name.into(), every));
    Ok(feed)
}

/// Serves until the process ends; HTTP/1.1 and HTTP/2, with TLS or without.
///
/// # Errors
///
/// Those of the listener.
pub async fn serve(listener: TcpListener, router: Router, tls: Option<RustlsConfig>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    // Without "no delay" the system may hold back an event for 40 ms, in the hope of more to send with it.
    let server = axum_server::from_tcp(listener)?.acceptor(NoDelayAcceptor::new());
    let service = router.into_make_service();
    match tls {
        None => server.serve(service).await,
        Some(config) => server.map(|tcp| RustlsAcceptor::new(config).acceptor(tcp)).serve(service).await,
    }
}

fn load_routes() -> Router {
    let load = Load::start();
    Router::new().route("/load", get(load::ours)).route("/load-axum", get(load::axums)).with_state(load)
}

/// What `/status` says.
fn status(name: String, feed: Arc<Feed>, chats: Arc<Chats>) -> impl Fn() -> Json<serde_json::Value> + Clone {
    move || Json(json!({ "server": name, "feed_subscribers": feed.subscribers(), "chats": *chats }))
}

/// Lets pages of other origins subscribe. An `EventSource` needs the first header only; a `fetch` that sends a
/// `Last-Event-ID` asks beforehand whether it may.
async fn any_origin(request: Request, next: Next) -> Response {
    let is_question = request.method() == Method::OPTIONS;
    let mut response = if is_question { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if is_question {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("last-event-id, cache-control"));
    }
    response
}

/// Of `/feed`: some minutes of history, and some seconds for a slow subscriber.
const LIMITS: Limits = Limits { history: 1000, queue: 256 };

/// Of what clients post, in bytes.
const MAX_BODY: usize = 64 * 1024;
