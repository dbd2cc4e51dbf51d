//! The one TLS implementation of this crate.

use reqwest::blocking::ClientBuilder;
use reqwest::{Certificate, Identity};

use crate::credentials::{Tls, Verify};

/// What a [`Tls`] says, read.
pub(crate) struct Trust {
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
    verify: Verify,
}

impl Trust {
    /// Reads certificates and keys; the error shows nothing of them.
    pub(crate) fn new(tls: &Tls) -> Result<Self, &'static str> {
        let mut authorities = Vec::new();
        for pem in &tls.authorities {
            let bundle = Certificate::from_pem_bundle(pem.as_bytes());
            let bundle = bundle.map_err(|_| "an authority's certificate cannot be read")?;
            authorities.extend(bundle);
        }
        let identity = tls
            .identity
            .as_ref()
            .map(|pem| Identity::from_pem(pem.expose().as_bytes()));
        let identity = identity.transpose();
        Ok(Self {
            authorities,
            identity: identity.map_err(|_| "our certificate and key cannot be read")?,
            verify: tls.verify,
        })
    }

    pub(crate) fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        let mut builder = builder.tls_danger_accept_invalid_certs(self.verify == Verify::Never);
        if !self.authorities.is_empty() {
            builder = builder.tls_certs_merge(self.authorities.iter().cloned());
        }
        match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        }
    }
}

/// Makes `ring` the process's TLS provider unless the program chose another.
///
/// The HTTP client panics without a provider, even for plain HTTP.
pub(crate) fn install_provider() {
    // The error says that a provider is installed, which is what is wanted.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
}
