//! Clients as a table: what each is asked, and how its body becomes a stream of chunks.

use std::{io, net::SocketAddr};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use http_body_util::Empty;
use hyper::{Request, Response, body::Incoming, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sse_wire::body::{BodyChunks, request_headers};
use tokio::net::TcpStream;

use crate::{BoxError, Chunks};

/// A client, and the version of HTTP that it speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Client {
    /// reqwest, read through its `bytes_stream`.
    Reqwest(Version),
    /// reqwest, its response turned into one of the crate `http`.
    ReqwestAsHttp(Version),
    /// hyper.
    Hyper(Version),
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    Http1,
    /// Without TLS, and without having asked first.
    Http2,
}

/// What a server answered.
pub struct Answer {
    pub status: u16,
    pub content_type: Option<Vec<u8>>,
    pub chunks: Chunks,
}

impl Client {
    pub const HTTP1: [Self; 3] =
        [Self::Reqwest(Version::Http1), Self::ReqwestAsHttp(Version::Http1), Self::Hyper(Version::Http1)];

    pub const ALL: [Self; 6] = [
        Self::Reqwest(Version::Http1),
        Self::Reqwest(Version::Http2),
        Self::ReqwestAsHttp(Version::Http1),
        Self::ReqwestAsHttp(Version::Http2),
        Self::Hyper(Version::Http1),
        Self::Hyper(Version::Http2),
    ];

    #[must_use]
    pub fn version(self) -> Version {
        match self {
            Self::Reqwest(version) | Self::ReqwestAsHttp(version) | Self::Hyper(version) => version,
        }
    }

    /// Asks for the event stream at `/`, from this ID on.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from getting an answer.
    pub async fn get(self, address: SocketAddr, last_event_id: &str) -> Result<Answer, BoxError> {
        match self {
            Self::Reqwest(version) => {
                let response = reqwest_get(address, version, last_event_id).await?;
                Ok(Answer {
                    status: response.status().as_u16(),
                    content_type: response.headers().get("content-type").map(|value| value.as_bytes().into()),
                    chunks: response.bytes_stream().map_err(io::Error::other).boxed(),
                })
            }
            Self::ReqwestAsHttp(version) => {
                let response: http::Response<reqwest::Body> =
                    reqwest_get(address, version, last_event_id).await?.into();
                Ok(Answer::new(response))
            }
            Self::Hyper(version) => Ok(Answer::new(hyper_get(address, version, last_event_id).await?)),
        }
    }

    /// Returns the body of an answer that is an event stream.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    ///
    /// # Panics
    ///
    /// Panics if it is none.
    pub async fn open(self, address: SocketAddr) -> Result<Chunks, BoxError> {
        let answer = self.get(address, "").await?;
        assert_eq!(answer.status, 200, "{self:?}");
        assert_eq!(answer.content_type.as_deref(), Some(&b"text/event-stream"[..]), "{self:?}");
        Ok(answer.chunks)
    }
}

impl Answer {
    fn new<B>(response: http::Response<B>) -> Self
    where
        B: hyper::body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self {
            status: response.status().as_u16(),
            content_type: response.headers().get("content-type").map(|value| value.as_bytes().into()),
            chunks: BodyChunks::new(response.into_body()).map_err(io::Error::other).boxed(),
        }
    }
}

/// The response to reqwest.
///
/// # Errors
///
/// Those of reqwest.
pub async fn reqwest_get(
    address: SocketAddr,
    version: Version,
    last_event_id: &str,
) -> Result<reqwest::Response, BoxError> {
    let builder = match version {
        Version::Http1 => reqwest::Client::builder().http1_only(),
        Version::Http2 => reqwest::Client::builder().http2_prior_knowledge(),
    };
    let client = builder.no_proxy().build()?;
    Ok(client.get(format!("http://{address}/")).headers(request_headers(last_event_id)?).send().await?)
}

/// The response to hyper.
///
/// # Errors
///
/// Those of hyper.
pub async fn hyper_get(
    address: SocketAddr,
    version: Version,
    last_event_id: &str,
) -> Result<Response<Incoming>, BoxError> {
    hyper_get_on(TcpStream::connect(address).await?, version, last_event_id).await
}

/// The response to hyper on this connection.
///
/// # Errors
///
/// Those of hyper.
pub async fn hyper_get_on(
    stream: TcpStream,
    version: Version,
    last_event_id: &str,
) -> Result<Response<Incoming>, BoxError> {
    let address = stream.peer_addr()?;
    let io = TokioIo::new(stream);
    let mut request = Request::get(format!("http://{address}/")).header("host", address.to_string());
    request.headers_mut().expect("a valid request").extend(request_headers(last_event_id)?);
    let request = request.body(Empty::<Bytes>::new())?;
    match version {
        Version::Http1 => {
            let (mut sender, connection) = conn::http1::handshake(io).await?;
            tokio::spawn(connection);
            Ok(sender.send_request(request).await?)
        }
        Version::Http2 => {
            let (mut sender, connection) = conn::http2::handshake(TokioExecutor::new(), io).await?;
            tokio::spawn(connection);
            Ok(sender.send_request(request).await?)
        }
    }
}
