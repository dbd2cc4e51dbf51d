//! The same operations on every applier: what a real API server answers, the
//! cluster in memory answers too.
//!
//! A table holds operations and their answers, which are a real server's. It is
//! played on the cluster in memory always and on a real control plane where
//! `GITOPS_TEST_KUBECONFIG` names one.

mod play;
mod row;
mod table;

use gitops_sync::memory::Cluster;

use crate::e2e::scene;
use play::Stage;

#[tokio::test]
async fn the_cluster_in_memory_answers_as_the_table_says() {
    let mut failures = Vec::new();
    for (name, rows) in table::all() {
        let cluster = Cluster::new();
        let stage = Stage::Memory(&cluster);
        cluster.create_namespace(name);
        failures.extend(play::all(&stage, name, name, rows).await);
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_answers_as_the_table_says() {
    scene::play("table", async |scene| {
        let mut failures = Vec::new();
        for (name, rows) in table::all() {
            let namespace = scene.namespace(name).await;
            let stage = Stage::Real(&scene.cluster);
            failures.extend(play::all(&stage, name, &namespace, rows).await);
        }
        assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    })
    .await;
}
