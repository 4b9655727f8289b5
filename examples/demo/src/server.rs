//! The server: which path leads where. Each of the files below shows one thing.

pub mod chat;
pub mod clock;
pub mod feed;
pub mod load;
pub mod log;
pub mod nats;
pub mod redis;
pub mod tls;

use std::{io, net::TcpListener, sync::Arc};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    response::Html,
    routing::{get, post},
};
use axum_server::{
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use serde_json::json;
use tower_http::cors::{Any, CorsLayer};

use self::{chat::Chats, feed::Feed, load::Load};

/// Returns everything that the server answers.
pub fn router(name: &str, feed: &Arc<Feed>) -> Router {
    let (name, chats, load) = (name.to_owned(), Arc::new(Chats::default()), Load::start());
    let status = {
        let (feed, chats) = (Arc::clone(feed), Arc::clone(&chats));
        async move || Json(json!({ "server": name, "feed_subscribers": feed.hub.subscribers(), "chats": *chats }))
    };
    // Lets pages of other origins subscribe. An `EventSource` needs no more than the origin; a `fetch` that sends a
    // `Last-Event-ID` asks beforehand whether it may.
    let any_origin = CorsLayer::new().allow_origin(Any).allow_headers(Any);
    let feed_routes = Router::new()
        .route("/feed", get(feed::get).post(feed::post).layer(any_origin.clone()))
        .route("/feed/cut", post(feed::cut))
        .with_state(Arc::clone(feed));
    let load_routes =
        Router::new().route("/load", get(load::ours)).route("/load-axum", get(load::axums)).with_state(load);
    Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route("/sse", get(clock::get).layer(any_origin))
        .route("/chat", post(chat::post).with_state(chats))
        .route("/status", get(status))
        .merge(feed_routes)
        .merge(load_routes)
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// Serves until the process ends; HTTP/1.1 and HTTP/2, with TLS or without.
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

/// Of what clients post, in bytes. The history of `/feed` consists of it.
const MAX_BODY: usize = 4 * 1024;
