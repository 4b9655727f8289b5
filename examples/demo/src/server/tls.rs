//! HTTPS with a certificate made on the spot, so that browsers speak HTTP/2: they do so over TLS only.

use std::error::Error;

use axum_server::tls_rustls::RustlsConfig;
use rcgen::CertifiedKey;
use rustls::{crypto::ring, pki_types::CertificateDer};

/// A certificate for `https://localhost` and `https://127.0.0.1`, and the settings of a server that shows it.
#[derive(Debug)]
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub config: RustlsConfig,
}

/// Returns a new identity, with a new key. In the handshake it offers HTTP/2 before HTTP/1.1.
pub async fn self_signed() -> Result<Identity, Box<dyn Error + Send + Sync>> {
    // An error means that it has been done already.
    _ = ring::default_provider().install_default();
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost", "127.0.0.1"].map(String::from))?;
    let config = RustlsConfig::from_der(vec![cert.der().to_vec()], signing_key.serialize_der()).await?;
    Ok(Identity { certificate: cert.der().clone(), config })
}
