//! A TCP proxy before the API server, to take the server away and bring it back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gitops_sync::kube::Cluster;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::scene::connect;

/// How the proxy treats connections, those that are open included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// It forwards them.
    Forward,
    /// It closes them.
    Refuse,
    /// It keeps them open and forwards nothing.
    Freeze,
}

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    address: std::net::SocketAddr,
    kubeconfig: PathBuf,
    mode: Arc<watch::Sender<Mode>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before the server of a kubeconfig.
    pub(crate) async fn start(kubeconfig: &Path) -> Self {
        let config = config(kubeconfig).await;
        let server = config.cluster_url.authority().unwrap().to_string();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, _) = watch::channel(Mode::Forward);
        let mode = Arc::new(mode);
        let task = tokio::spawn(accept(listener, server, mode.subscribe()));
        Self {
            address,
            kubeconfig: kubeconfig.to_owned(),
            mode,
            task,
        }
    }

    /// The cluster, as it is reached through the proxy.
    pub(crate) async fn cluster(&self) -> Cluster {
        let mut config = config(&self.kubeconfig).await;
        let server = config.cluster_url.host().unwrap().to_owned();
        config.tls_server_name.get_or_insert(server);
        config.cluster_url = format!("https://{}", self.address).parse().unwrap();
        connect(config)
    }

    /// Closes all connections from now on.
    pub(crate) fn refuse(&self) {
        self.mode.send_replace(Mode::Refuse);
    }

    /// Forwards nothing from now on, without a word.
    pub(crate) fn freeze(&self) {
        self.mode.send_replace(Mode::Freeze);
    }

    /// Forwards again. Connections that were frozen are closed.
    pub(crate) fn resume(&self) {
        self.mode.send_replace(Mode::Forward);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn config(kubeconfig: &Path) -> Config {
    let file = Kubeconfig::read_from(kubeconfig).unwrap();
    let options = KubeConfigOptions::default();
    Config::from_custom_kubeconfig(file, &options)
        .await
        .unwrap()
}

async fn accept(listener: TcpListener, server: String, mode: watch::Receiver<Mode>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        tokio::spawn(serve(client, server.clone(), mode.clone()));
    }
}

async fn serve(mut client: TcpStream, server: String, mut mode: watch::Receiver<Mode>) {
    let now = *mode.borrow_and_update();
    match now {
        Mode::Refuse => {}
        Mode::Freeze => drop(mode.changed().await),
        Mode::Forward => {
            let Ok(mut server) = TcpStream::connect(server).await else {
                return;
            };
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                _ = mode.changed() => {
                    let now = *mode.borrow_and_update();
                    if now == Mode::Freeze {
                        drop(mode.changed().await);
                    }
                }
            }
        }
    }
}
