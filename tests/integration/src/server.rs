//! Servers on loopback: hyper ([`hyper`]), axum ([`axum`]), and one that writes what it is told, byte for byte
//! ([`raw`]).

use std::{convert::Infallible, future::Future, net::SocketAddr};

use ::hyper::{Request, Response, body::Incoming, service::service_fn};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, future};
use http_body_util::{BodyExt, StreamBody};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use sse_wire::body::event_stream_response;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::BoxError;

/// A body of any kind.
pub type AnyBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

/// The response with its body boxed, where a handler has several kinds.
pub fn boxed<B>(response: Response<B>) -> Response<AnyBody>
where
    B: ::hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    response.map(|body| body.map_err(Into::into).boxed_unsync())
}

/// An event stream with these chunks as its body, byte for byte: for what an encoder never sends.
pub fn of_chunks<S, E>(chunks: S) -> Response<impl ::hyper::body::Body<Data = Bytes, Error = E>>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    // An empty chunk would end the body in HTTP/1.1.
    let chunks = chunks.try_filter(|chunk| future::ready(!chunk.is_empty()));
    event_stream_response(StreamBody::new(chunks.map_ok(::hyper::body::Frame::data)))
}

/// A port of loopback that nobody else has.
///
/// # Panics
///
/// Panics if there is none.
pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Starts a hyper server that speaks HTTP/1.1 and HTTP/2.
pub async fn hyper<H, F, B>(handler: H) -> SocketAddr
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: ::hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A small event must not wait until the one before it has been acknowledged.
            stream.set_nodelay(true).expect("a socket");
            let handler = handler.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let response = handler(request);
                    async move { Ok::<_, Infallible>(response.await) }
                });
                let server = auto::Builder::new(TokioExecutor::new());
                // An error is a client that has gone.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

/// Starts an axum server that speaks HTTP/1.1 and HTTP/2.
pub async fn axum(router: ::axum::Router) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move { ::axum::serve(listener, router).await });
    address
}

/// Starts a server that hands each connection to `answer`, with the head of the request read.
pub async fn raw<H, F>(answer: H) -> SocketAddr
where
    H: Fn(Connection) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(connection) = Connection::new(stream).await {
                tokio::spawn(answer(connection));
            }
        }
    });
    address
}

/// A connection to write to, and the request that came on it. To drop it is to close it.
pub struct Connection {
    stream: TcpStream,
    /// The head of the request, in lower case.
    head: String,
}

impl Connection {
    async fn new(mut stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        Ok(Self { stream, head: String::from_utf8_lossy(&head).to_lowercase() })
    }

    /// Waits for another request on the same connection; `false` if the client has closed it.
    pub async fn next_request(&mut self) -> bool {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = self.stream.read_u8().await else { return false };
            head.push(byte);
        }
        self.head = String::from_utf8_lossy(&head).to_lowercase();
        true
    }

    /// Returns the value of this header of the request.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Writes these bytes at once, as they are.
    ///
    /// # Panics
    ///
    /// Panics if the client has gone.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the client is there");
    }

    /// Writes the head of a response with a body in chunks.
    pub async fn begin(&mut self) {
        self.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").await;
    }

    /// Writes a chunk of the body; none if there is nothing in it, since that would be the end.
    pub async fn chunk(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
            chunk.extend_from_slice(bytes);
            chunk.extend_from_slice(b"\r\n");
            self.write(&chunk).await;
        }
    }

    /// Ends the connection as it is told.
    ///
    /// # Panics
    ///
    /// Panics if the system does not let it.
    pub async fn end(mut self, ending: Ending) {
        match ending {
            Ending::Clean => self.write(b"0\r\n\r\n").await,
            Ending::Closed => {}
            Ending::Reset => self.stream.set_zero_linger().expect("a socket"),
        }
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The last chunk says that it is the last.
    Clean,
    /// It is closed before that.
    Closed,
    /// It is reset.
    Reset,
}

impl Ending {
    pub const ALL: [Self; 3] = [Self::Clean, Self::Closed, Self::Reset];
}
