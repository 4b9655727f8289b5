//! HTTP/2, as browsers get it: agreed on in the TLS handshake.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use demo::server::{self, feed::Feed, tls::Identity};
use futures_util::{StreamExt as _, future::join_all};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use sse_wire::body::events;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use super::support::{LOCALHOST, SMALL, WAIT};

#[tokio::test]
async fn one_connection_of_http_2_carries_twenty_streams() {
    let listener = TcpListener::bind(LOCALHOST).unwrap();
    let addr = listener.local_addr().unwrap();
    let Identity { certificate, config } = server::tls::self_signed().unwrap();
    tokio::spawn(server::serve(listener, server::router("test", &Feed::in_memory(SMALL)), Some(config)));
    for name in ["127.0.0.1", "localhost"] {
        let connection = connect(addr, name, certificate.clone()).await;
        let streams = join_all((0..20).map(|number| two_ticks(&connection, format!("https://{name}/sse?{number}"))));
        // All are still open when the last one has got its events.
        assert_eq!(timeout(WAIT, streams).await.expect("twenty streams at once").len(), 20);
    }
}

/// Returns the rest of a stream after two events.
async fn two_ticks(connection: &SendRequest<String>, url: String) -> impl Sized + use<> {
    let request = http::Request::get(url).body(String::new()).unwrap();
    let response = connection.clone().send_request(request).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    let mut events = events(response).unwrap();
    for _ in 0..2 {
        assert!(events.next().await.expect("an event").unwrap().data().ends_with("GMT"));
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
