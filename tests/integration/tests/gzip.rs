//! Compression on the way: the layer of tower-http before axum, and compressors that flush or do not, before reqwest.

use std::{convert::Infallible, io::Write, net::SocketAddr};

use axum::{Router, routing::get};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use integration::{
    Signal, TestResult, run,
    server::{self, Ending},
};
use sse_wire::{
    EncodedFrames, Frame,
    body::{self, EventBody, Refusal},
    stream::EventStreamExt,
};
use tower_http::compression::{CompressionLayer, predicate::SizeAbove};

const COUNT: usize = 20;

/// What a compressor makes something of.
fn data(number: usize) -> String {
    format!("{number} {}", "the same text over and over. ".repeat(10))
}

/// Events, each made when the one before has been read.
fn one_by_one(read: Signal) -> impl Stream<Item = EncodedFrames> + Send {
    let start = read.sum();
    stream::iter(0..COUNT).then(move |at| {
        let read = read.clone();
        async move {
            read.reaches(start + at).await;
            Frame::new().data(&data(at)).to_encoded()
        }
    })
}

/// A response to a request of reqwest's, which asks for gzip.
async fn ask(address: SocketAddr) -> reqwest::Result<reqwest::Response> {
    reqwest::Client::builder().no_proxy().build()?.get(format!("http://{address}/")).send().await
}

/// Reads all events, and tells the server of each.
async fn read_all(response: reqwest::Response, read: &Signal) -> TestResult {
    let mut events = response.bytes_stream().events();
    let mut count = 0;
    while let Some(event) = events.next().await {
        assert_eq!(event?.data(), data(count));
        count += 1;
        read.add(1);
    }
    assert_eq!(count, COUNT);
    assert!(!events.is_mid_event());
    Ok(())
}

fn router(read: Signal) -> Router {
    Router::new().route("/", get(async move || body::event_stream_response(EventBody::new(one_by_one(read.clone())))))
}

/// Whether the response is compressed on the wire: reqwest hides it.
async fn encoding_on_the_wire(address: SocketAddr) -> Result<Option<String>, reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().no_gzip().build()?;
    let response = client.get(format!("http://{address}/")).header("accept-encoding", "gzip").send().await?;
    Ok(response.headers().get("content-encoding").map(|value| value.to_str().expect("ASCII").to_owned()))
}

#[test]
fn the_layer_of_tower_http_lets_event_streams_pass_by_default() -> TestResult {
    run(async {
        let read = Signal::new();
        let address = server::axum(router(read.clone()).layer(CompressionLayer::new())).await;
        assert_eq!(encoding_on_the_wire(address).await?, None);
        read_all(ask(address).await?, &read).await
    })
}

#[test]
fn the_layer_of_tower_http_told_to_compress_all_the_same_flushes_each_event() -> TestResult {
    run(async {
        let read = Signal::new();
        let layer = CompressionLayer::new().compress_when(SizeAbove::new(0));
        let address = server::axum(router(read.clone()).layer(layer)).await;
        assert_eq!(encoding_on_the_wire(address).await?.as_deref(), Some("gzip"));
        read_all(ask(address).await?, &read).await
    })
}

/// The frames, compressed one by one; with a flush behind each or not.
fn compressed<F>(
    frames: impl Stream<Item = EncodedFrames> + Send,
    mut after: F,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send
where
    F: FnMut(&mut GzEncoder<Vec<u8>>) + Send,
{
    let mut encoder = Some(GzEncoder::new(Vec::new(), Compression::default()));
    frames.map(Some).chain(stream::iter([None])).map(move |frame| {
        let Some(frame) = frame else {
            return Ok(encoder.take().expect("one end").finish().expect("memory").into());
        };
        let encoder = encoder.as_mut().expect("before the end");
        encoder.write_all(&frame).expect("memory");
        after(encoder);
        Ok(std::mem::take(encoder.get_mut()).into())
    })
}

fn with_gzip<S, E>(chunks: S) -> http::Response<impl hyper::body::Body<Data = Bytes, Error = E>>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut response = server::of_chunks(chunks);
    response.headers_mut().insert("content-encoding", http::HeaderValue::from_static("gzip"));
    response
}

#[test]
fn a_compressor_that_flushes_delays_nothing() -> TestResult {
    run(async {
        let read = Signal::new();
        let signal = read.clone();
        let address = server::hyper(move |_| {
            let frames = compressed(one_by_one(signal.clone()), |encoder| encoder.flush().expect("memory"));
            async { with_gzip(frames) }
        })
        .await;
        read_all(ask(address).await?, &read).await
    })
}

#[test]
fn a_compressor_that_does_not_flush_delays_everything_but_loses_nothing() -> TestResult {
    run(async {
        let read = Signal::new();
        // Nothing waits here for the client, or it would wait for ever.
        read.add(COUNT);
        let address = server::hyper(move |_| {
            let frames = stream::iter((0..COUNT).map(|at| Frame::new().data(&data(at)).to_encoded()));
            async { with_gzip(compressed(frames, |_| ())) }
        })
        .await;
        read_all(ask(address).await?, &read).await
    })
}

#[test]
fn every_cut_of_the_compressed_bytes_gives_the_same_events() -> TestResult {
    run(async {
        let frames =
            stream::iter([EncodedFrames::from_encoded("event: é\r\ndata: 글\r\n\r\n").expect("a whole frame")]);
        let bytes: Vec<Bytes> = compressed(frames, |_| ()).try_collect().await?;
        let bytes = bytes.concat();
        let (count, connections) = (bytes.len(), Signal::new());
        let address = server::raw(move |mut connection| {
            let (bytes, cut) = (bytes.clone(), connections.sum());
            connections.add(1);
            async move {
                let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";
                connection.write(head).await;
                connection.chunk(&bytes[..cut]).await;
                connection.chunk(&bytes[cut..]).await;
                connection.end(Ending::Clean).await;
            }
        })
        .await;
        for cut in 0..count {
            let mut events = ask(address).await?.bytes_stream().events();
            let event = events.next().await.expect("an event")?;
            assert_eq!((event.event_type(), event.data()), ("é", "글"), "{cut}");
            assert!(events.next().await.is_none(), "{cut}");
        }
        Ok(())
    })
}

#[test]
fn a_body_that_nobody_decompresses_is_refused() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let frames = stream::iter([Frame::new().data("x").to_encoded()]);
            with_gzip(compressed(frames, |_| ()))
        })
        .await;
        let client = reqwest::Client::builder().no_proxy().no_gzip().build()?;
        let response = client.get(format!("http://{address}/")).send().await?;
        let error = body::events(http::Response::from(response)).map(drop).expect_err("it is compressed");
        assert_eq!(error.reason(), Refusal::ContentEncoding);
        assert!(error.to_string().contains("`gzip`"), "{error}");
        Ok(())
    })
}

#[test]
fn a_request_asks_for_no_compression_even_if_the_client_would() -> TestResult {
    run(async {
        let address = server::hyper(async |request: http::Request<hyper::body::Incoming>| {
            let codings =
                request.headers().get("accept-encoding").map_or("none", |value| value.to_str().expect("ASCII"));
            body::event_stream_response(EventBody::new(stream::iter([Frame::new().data(codings).to_encoded()])))
        })
        .await;
        let client = reqwest::Client::builder().no_proxy().build()?;
        for (headers, expected) in [(body::request_headers("")?, "identity"), (http::HeaderMap::new(), "gzip")] {
            let response = client.get(format!("http://{address}/")).headers(headers).send().await?;
            let event = response.bytes_stream().events().next().await.expect("an event")?;
            assert_eq!(event.data(), expected);
        }
        Ok(())
    })
}
