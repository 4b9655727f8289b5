//! What the demo's clients share: how a request is made, again and again, by reqwest; and errors that say what to do.
//! All else is [`EventSource`]'s.

use std::{error::Error, io, time::Duration};

use reqwest::{Client, ClientBuilder, Request, Url, header::HeaderMap};
use sse_wire::{
    client::{BoxEventSource, EventSource, EventSourceOptions},
    header::LAST_EVENT_ID,
};

/// Returns what makes an HTTP client, TLS included.
///
/// Redirects are followed by reqwest: 307 and 308 as the request was, a POST after 301 and 302 as a GET. That a host has
/// gone without a word is found by TCP, which asks every 15 seconds (reqwest's default).
pub fn builder() -> ClientBuilder {
    // An error means that it has been done already.
    _ = rustls::crypto::ring::default_provider().install_default();
    // Built beside a package that wants gzip of reqwest, the demo would have it as well: a gateway is to pass it on.
    Client::builder().connect_timeout(Duration::from_secs(30)).no_gzip().no_brotli().no_deflate().no_zstd()
}

/// Follows what this request asks for, going on from this ID if it is not empty.
///
/// The request is sent again with each attempt. It takes precedence in its headers, but for `Last-Event-ID`.
///
/// # Panics
///
/// The client panics if the body of the request is a stream, which cannot be sent again.
pub fn follow(
    client: Client,
    mut request: Request,
    last_event_id: &str,
    options: EventSourceOptions,
) -> BoxEventSource<reqwest::Error> {
    request.headers_mut().remove(LAST_EVENT_ID);
    let connect = move |attempt: sse_wire::client::Attempt| {
        let mut request = request.try_clone().expect("the body is text");
        let own: HeaderMap = std::mem::replace(request.headers_mut(), attempt.headers());
        request.headers_mut().extend(own);
        client.execute(request)
    };
    EventSource::with_options(connect, tokio::time::sleep, options)
        .with_last_event_id(last_event_id)
        // These will not get better.
        .until_error(|error| error.is_builder() || error.is_redirect() || untrusted(error).is_some())
        .boxed()
}

/// Reads a URL; what has no scheme is meant for HTTP, as curl has it.
///
/// # Errors
///
/// A text that says what a URL looks like.
pub fn parse_url(text: &str) -> Result<Url, String> {
    let has_scheme = text.contains("://");
    let url = if has_scheme { text.parse::<Url>() } else { format!("http://{text}").parse() };
    let url = url.map_err(|error| format!("{error}; expected a URL like http://127.0.0.1:3000/feed"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(format!("{scheme}:// is not spoken here; expected http:// or https://")),
    }
}

/// Returns the error with all its causes: reqwest's own only says what it was about to do.
pub fn explain(error: &(dyn Error + 'static)) -> String {
    if let Some(why) = untrusted(error) {
        return format!("certificate not trusted: {why}");
    }
    let mut texts = vec![error.to_string()];
    texts.extend(causes(error).skip(1).map(ToString::to_string));
    texts.join(": ")
}

/// Returns what is wrong with the certificate of a server, if that is what it is about.
pub fn untrusted<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut errors = causes(error).filter_map(|error| unwrapped(error).downcast_ref());
    errors.find(|error| matches!(error, rustls::Error::InvalidCertificate(_)))
}

/// The error that an `io::Error` was made of: it passes for that one, and is none of its causes.
fn unwrapped<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => unwrapped(inner),
        None => error,
    }
}

/// The error, what caused it, what caused that, and so on.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
