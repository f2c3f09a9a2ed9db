//! The server's own certificate, when it has one.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use keys::check_private;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;

/// Returns what speaks TLS; `None` without a certificate.
///
/// # Errors
/// When a file cannot be read, does not fit the other, or the key can be read by others.
pub(crate) fn acceptor(tls: &Tls) -> anyhow::Result<Option<TlsAcceptor>> {
    let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) else { return Ok(None) };
    check_private(key, 0o600)?;
    let unreadable = |path: &Path| format!("{} cannot be read as PEM", path.display());
    let chain = CertificateDer::pem_file_iter(certificate).with_context(|| unreadable(certificate))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().with_context(|| unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| unreadable(key))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("certificate and key do not fit together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}
