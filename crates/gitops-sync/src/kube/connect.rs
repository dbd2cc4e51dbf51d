//! From a kubeconfig to a [`Cluster`].

use std::path::{Path, PathBuf};

use ::kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use ::kube::{Client, Config};

use super::Cluster;

/// What the client library said.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a cluster could not be set up. Nothing was asked of it yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither a kubeconfig nor the files of a pod say where a cluster is.
    #[error("neither a kubeconfig nor a pod's service account says where the cluster is")]
    Nowhere(#[source] Cause),
    /// A kubeconfig cannot be read, or lacks the context.
    #[error("kubeconfig {path} cannot be used")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Cause,
    },
    /// Certificates, keys or the address do not make a client.
    #[error("the cluster's address or credentials cannot be used")]
    Client(#[source] Cause),
}

impl Cluster {
    /// The cluster of the usual rules: the files `KUBECONFIG` names, else
    /// `~/.kube/config`, else the pod's service account.
    ///
    /// Must be called within a Tokio runtime, as all ways to make a cluster.
    ///
    /// # Errors
    ///
    /// When none of them says where the cluster is.
    pub async fn from_defaults() -> Result<Self, Error> {
        let config = Config::infer()
            .await
            .map_err(|error| Error::Nowhere(Box::new(error)))?;
        Self::from_config(config)
    }

    /// The cluster of a kubeconfig file: of the context named, else of its current one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or lacks the context.
    pub async fn from_kubeconfig(
        path: impl AsRef<Path>,
        context: Option<&str>,
    ) -> Result<Self, Error> {
        let path = path.as_ref();
        let unusable = |source: KubeconfigError| Error::Kubeconfig {
            path: path.to_owned(),
            source: Box::new(source),
        };
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..KubeConfigOptions::default()
        };
        let file = Kubeconfig::read_from(path).map_err(unusable)?;
        let config = Config::from_custom_kubeconfig(file, &options)
            .await
            .map_err(unusable)?;
        Self::from_config(config)
    }

    /// The cluster of a configuration, without retries of the client library.
    fn from_config(mut config: Config) -> Result<Self, Error> {
        // The client's retries wait up to a quarter of an hour and know no deadline.
        config.default_retry = false;
        // Rustls panics where two providers are linked and none is chosen. Where the
        // program has chosen one already, that one stays.
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::try_from(config).map_err(|error| Error::Client(Box::new(error)))?;
        Ok(Self::new(client))
    }
}
