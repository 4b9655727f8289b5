//! HTTPS with a certificate made on the spot, so that browsers speak HTTP/2: they do so over TLS only.

use std::{error::Error, sync::Arc};

use axum_server::tls_rustls::RustlsConfig;
use rcgen::CertifiedKey;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// A certificate for `https://localhost` and `https://127.0.0.1`, and the settings of a server that shows it.
#[derive(Debug)]
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub config: RustlsConfig,
}

/// Returns a new identity, with a new key.
///
/// # Errors
///
/// Those of the two libraries that make and take the certificate.
pub fn self_signed() -> Result<Identity, Box<dyn Error + Send + Sync>> {
    let names = ["localhost", "127.0.0.1"].map(String::from);
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)?;
    // In the handshake the browser picks the first of these that it knows.
    config.alpn_protocols = [b"h2".to_vec(), b"http/1.1".to_vec()].into();
    Ok(Identity { certificate: cert.der().clone(), config: RustlsConfig::from_config(Arc::new(config)) })
}
