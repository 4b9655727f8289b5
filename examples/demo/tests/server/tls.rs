//! HTTP/2, as browsers get it: agreed on in the TLS handshake.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use demo::server::{self, feed::Feed, tls::Identity};
use futures_util::{StreamExt as _, future::join_all};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use serde_json::{Value, json};
use sse_wire::body::{BodyChunks, events};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;

use super::support::{LOCALHOST, SMALL, WAIT};

#[tokio::test]
async fn one_connection_of_http_2_carries_twenty_streams() {
    let (addr, certificate) = start().await;
    for name in ["127.0.0.1", "localhost"] {
        let connection = connect(addr, name, certificate.clone()).await;
        let streams = join_all((0..20).map(|number| two_ticks(&connection, format!("https://{name}/sse?{number}"))));
        // All are still open when the last one has got its events.
        assert_eq!(timeout(WAIT, streams).await.expect("twenty streams at once").len(), 20);
    }
}

#[tokio::test]
async fn over_http_2_a_cancelled_answer_is_noticed_within_a_second() {
    let (addr, certificate) = start().await;
    let mut connection = connect(addr, "localhost", certificate).await;
    let question = http::Request::post("https://localhost/chat").header("content-type", "application/json");
    let response = connection.send_request(question.body(r#"{ "prompt": "hello" }"#.into()).unwrap()).await.unwrap();
    let mut events = events(response).unwrap();
    timeout(WAIT, events.next()).await.expect("an event").unwrap().unwrap();
    // The connection stays.
    drop(events);
    let noticed = async {
        while chats(&mut connection).await != json!({ "begun": 1, "finished": 0, "cancelled": 1 }) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(1), noticed).await.expect("the server notices");
}

/// What `/status` says of the chats.
async fn chats(connection: &mut SendRequest<String>) -> Value {
    let request = http::Request::get("https://localhost/status").body(String::new()).unwrap();
    let response = connection.send_request(request).await.unwrap();
    let body = BodyChunks::new(response.into_body()).next().await.expect("a body").unwrap();
    serde_json::from_slice::<Value>(&body).unwrap()["chats"].clone()
}

/// Starts a server, and returns where it listens and the certificate that it shows.
async fn start() -> (SocketAddr, CertificateDer<'static>) {
    let listener = TcpListener::bind(LOCALHOST).unwrap();
    let addr = listener.local_addr().unwrap();
    let Identity { certificate, config } = server::tls::self_signed().await.unwrap();
    tokio::spawn(server::serve(listener, server::router("test", &Feed::new(SMALL, None)), Some(config)));
    (addr, certificate)
}

/// Returns the rest of a stream after two events.
async fn two_ticks(connection: &SendRequest<String>, url: String) -> impl Sized + use<> {
    let request = http::Request::get(url).body(String::new()).unwrap();
    let response = connection.clone().send_request(request).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    let mut events = events(response).unwrap();
    for end in ["Hello", " GMT", " GMT"] {
        assert!(events.next().await.expect("an event").unwrap().data().ends_with(end));
    }
    events
}

/// Returns a connection for which HTTP/2 was agreed on, with a certificate that is good for this name.
async fn connect(addr: SocketAddr, name: &'static str, certificate: CertificateDer<'static>) -> SendRequest<String> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let tcp = TcpStream::connect(addr).await.unwrap();
    let tls = TlsConnector::from(Arc::new(config)).connect(name.try_into().unwrap(), tcp).await.unwrap();
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    tokio::spawn(connection);
    sender
}
