//! [`Transport`]: every HTTP client that an `EventSource` is shown with, as a table; and [`Seen`], what came of it.

use std::{io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, Request};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use sse_wire::{
    Event, Item,
    client::{Attempt, Cause, Connect, EventSource, EventSourceOptions, Notice},
    reconnect::{ReconnectOptions, StopReason},
    timer::Sleep,
};
use tower::{ServiceBuilder, ServiceExt, util::BoxCloneService};

use crate::client::Version;

/// An HTTP client, and the version of HTTP that it speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    Reqwest(Version),
    /// The major version before.
    Reqwest12(Version),
    HyperUtil(Version),
    /// A service of tower, here one that has hyper-util below it.
    Tower(Version),
}

impl Transport {
    pub const HTTP1: [Self; 4] = [
        Self::Reqwest(Version::Http1),
        Self::Reqwest12(Version::Http1),
        Self::HyperUtil(Version::Http1),
        Self::Tower(Version::Http1),
    ];

    pub const ALL: [Self; 8] = [
        Self::Reqwest(Version::Http1),
        Self::Reqwest(Version::Http2),
        Self::Reqwest12(Version::Http1),
        Self::Reqwest12(Version::Http2),
        Self::HyperUtil(Version::Http1),
        Self::HyperUtil(Version::Http2),
        Self::Tower(Version::Http1),
        Self::Tower(Version::Http2),
    ];

    /// Follows the event stream at `/` until it stops.
    pub async fn follow(self, address: SocketAddr, options: EventSourceOptions) -> Seen {
        self.follow_until(address, options, |_| false).await
    }

    /// Follows the event stream at `/` until it stops or this event has come.
    ///
    /// # Panics
    ///
    /// Panics if a client cannot be made.
    pub async fn follow_until(
        self,
        address: SocketAddr,
        options: EventSourceOptions,
        is_last: impl Fn(&Event) -> bool + Send + Sync + 'static,
    ) -> Seen {
        let (url, sleep) = (format!("http://{address}/"), tokio::time::sleep);
        match self {
            Self::Reqwest(version) => {
                let client = reqwest_client(version);
                let connect = |attempt: Attempt| client.get(&url).headers(attempt.headers()).send();
                Seen::of(EventSource::with_options(connect, sleep, options).until_event(is_last)).await
            }
            Self::Reqwest12(version) => {
                let client = reqwest12_client(version);
                let connect = |attempt: Attempt| client.get(&url).headers(attempt.headers()).send();
                Seen::of(EventSource::with_options(connect, sleep, options).until_event(is_last)).await
            }
            Self::HyperUtil(version) => {
                let client = hyper_client(version);
                let connect = |attempt: Attempt| client.request(get(&url, attempt.headers()));
                Seen::of(EventSource::with_options(connect, sleep, options).until_event(is_last)).await
            }
            Self::Tower(version) => {
                let service: BoxCloneService<_, http::Response<Incoming>, io::Error> =
                    ServiceBuilder::new().map_err(io::Error::other).service(hyper_client(version)).boxed_clone();
                let connect = move |attempt: Attempt| service.clone().oneshot(get(&url, attempt.headers()));
                Seen::of(EventSource::with_options(connect, sleep, options).until_event(is_last)).await
            }
        }
    }
}

/// What a client told until it stopped.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    pub data: Vec<String>,
    pub opened: usize,
    /// Of each loss the cause, with all its sources.
    pub lost: Vec<String>,
    pub delays: Vec<Duration>,
    pub rejected: usize,
    pub reason: Option<StopReason>,
    /// The last notice, with the sources of its cause.
    pub stopped: String,
    /// The body of the response that stopped it.
    pub body: String,
    pub last_event_id: String,
}

impl Seen {
    /// Follows until the client stops. What else it should do may be told by `Seen::of(source.until_event(..))`.
    pub async fn of<C, S, B>(mut source: EventSource<C, S, B>) -> Self
    where
        C: Connect<B, Error: std::error::Error + 'static>,
        S: Sleep,
        B: Body<Error: std::error::Error + 'static> + 'static,
    {
        let mut seen = Self::default();
        while let Some(notice) = source.next().await {
            match notice {
                Notice::Opened { .. } => seen.opened += 1,
                Notice::Item(Item::Event(event)) => seen.data.push(event.data().to_owned()),
                Notice::Item(_) => {}
                Notice::Rejected(_) => seen.rejected += 1,
                Notice::Lost { cause, delay, .. } => {
                    seen.lost.push(chain(&cause));
                    seen.delays.push(delay);
                }
                Notice::Stopped(stopped) => {
                    seen.reason = Some(stopped.reason());
                    seen.stopped = chain(&stopped);
                    if let Some(Cause::Refused(refused)) = stopped.into_cause() {
                        seen.body = refused.text(1024).await;
                    }
                }
            }
        }
        source.last_event_id().clone_into(&mut seen.last_event_id);
        seen
    }
}

/// The error and all its sources.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// Hardly any wait, so that tests are quick.
#[must_use]
pub fn quick() -> EventSourceOptions {
    EventSourceOptions::new().with_reconnect(quick_reconnect())
}

#[must_use]
pub const fn quick_reconnect() -> ReconnectOptions {
    ReconnectOptions::new()
        .with_reconnection_time(Duration::from_millis(1))
        .with_min_delay(Duration::ZERO)
        .with_max_backoff(Duration::from_millis(20))
        .with_jitter_percent(0)
}

/// # Panics
///
/// Panics if it cannot be made.
#[must_use]
pub fn reqwest_client(version: Version) -> reqwest::Client {
    let builder = match version {
        Version::Http1 => reqwest::Client::builder().http1_only(),
        Version::Http2 => reqwest::Client::builder().http2_prior_knowledge(),
    };
    builder.no_proxy().build().expect("a client")
}

/// # Panics
///
/// Panics if it cannot be made.
#[must_use]
pub fn reqwest12_client(version: Version) -> reqwest12::Client {
    let builder = match version {
        Version::Http1 => reqwest12::Client::builder().http1_only(),
        Version::Http2 => reqwest12::Client::builder().http2_prior_knowledge(),
    };
    builder.no_proxy().build().expect("a client")
}

#[must_use]
pub fn hyper_client(version: Version) -> legacy::Client<HttpConnector, Full<Bytes>> {
    legacy::Client::builder(TokioExecutor::new()).http2_only(version == Version::Http2).build_http()
}

/// A request for the event stream.
///
/// # Panics
///
/// Panics if the URL is none.
#[must_use]
pub fn get(url: &str, headers: HeaderMap) -> Request<Full<Bytes>> {
    let mut request = Request::get(url).body(Full::default()).expect("a URL");
    *request.headers_mut() = headers;
    request
}
