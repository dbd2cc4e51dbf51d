//! The one TLS implementation of this crate.

/// Makes `ring` the process's TLS provider unless the program chose another.
///
/// The HTTP client panics without a provider, even for plain HTTP.
pub(crate) fn install_provider() {
    // The error says that a provider is installed, which is what is wanted.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
}
