//! Where a test plays: a cluster, namespaces of its own and what has to be cleared away.

use std::io::Write;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use futures::FutureExt;
use gitops_core::apply::{
    Applier, ApplyOptions, DeleteOptions, Patch, PatchOptions, Propagation, Strategy,
};
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use gitops_sync::kube::Cluster;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

/// The environment variable that names the kubeconfig.
const KUBECONFIG: &str = "GITOPS_TEST_KUBECONFIG";

/// How long a test waits for what a control plane does on its own.
const PATIENCE: Duration = Duration::from_secs(60);

/// One test's part of the cluster.
pub(crate) struct Scene {
    /// The cluster, as its administrator.
    pub(crate) cluster: Cluster,
    /// The kubeconfig, for tests that connect in another way.
    pub(crate) kubeconfig: PathBuf,
    /// Stands in all names, so that no other test has the same.
    pub(crate) id: String,
    leftovers: Mutex<Vec<ObjectRef>>,
}

/// Runs a test, or says once that there is no cluster to run tests on.
pub(crate) async fn play(name: &str, test: impl AsyncFnOnce(&Scene)) {
    static SKIPPED: Once = Once::new();
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let Some(kubeconfig) = std::env::var_os(KUBECONFIG).map(PathBuf::from) else {
        // Written past the test runner's capture, which would swallow it.
        SKIPPED.call_once(|| {
            _ = writeln!(
                std::io::stderr(),
                "end-to-end tests skipped: {KUBECONFIG} names no kubeconfig"
            );
        });
        return;
    };
    let cluster = Cluster::from_kubeconfig(&kubeconfig, None).await.unwrap();
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let scene = Scene {
        cluster,
        kubeconfig,
        id: format!("{name}-{}-{number}", std::process::id()),
        leftovers: Mutex::default(),
    };
    let outcome = AssertUnwindSafe(test(&scene)).catch_unwind().await;
    scene.clear().await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Scene {
    /// A name of this test alone.
    pub(crate) fn name(&self, part: &str) -> String {
        format!("{}-{part}", self.id)
    }

    /// Creates a namespace of this test.
    pub(crate) async fn namespace(&self, part: &str) -> String {
        let name = self.name(part);
        let namespace = object(json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
        }));
        self.clear_later(namespace.reference());
        self.create(&namespace).await;
        name
    }

    /// Has an object deleted when the test ends, whether or not it exists by then.
    pub(crate) fn clear_later(&self, object: ObjectRef) {
        self.leftovers.lock().unwrap().push(object);
    }

    /// Creates an object in somebody else's name.
    pub(crate) async fn create(&self, object: &Object) -> Object {
        let options = ApplyOptions::default()
            .strategy(Strategy::Create)
            .manager("somebody");
        let applied = self.cluster.apply(object, &options).await;
        applied
            .unwrap_or_else(|error| panic!("{object}: {error}"))
            .object
    }

    /// Merges an object server-side in somebody else's name.
    pub(crate) async fn merge(&self, object: &Object) {
        let options = ApplyOptions::default()
            .strategy(Strategy::ServerSide)
            .manager("them");
        let applied = self.cluster.apply(object, &options).await;
        applied.unwrap_or_else(|error| panic!("{object}: {error}"));
    }

    /// Changes a live object in somebody else's name.
    pub(crate) async fn patch(&self, object: &Object, patch: Value) -> Object {
        let patch = match patch {
            Value::Array(_) => Patch::Json(patch),
            patch => Patch::Merge(patch),
        };
        let options = PatchOptions::default().manager("somebody");
        let patched = self
            .cluster
            .patch(&object.reference(), &patch, &options)
            .await;
        patched.unwrap_or_else(|error| panic!("{object}: {error}"))
    }

    /// A live object that must be there.
    pub(crate) async fn live(&self, object: &Object) -> Object {
        let live = self.cluster.get(&object.reference()).await.unwrap();
        live.unwrap_or_else(|| panic!("{object} is not there"))
    }

    /// Waits until the live object is as `wanted` says; `None` means that it is gone.
    pub(crate) async fn until(&self, object: &ObjectRef, wanted: impl Fn(Option<&Object>) -> bool) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let live = self.cluster.get(object).await.unwrap();
            if wanted(live.as_ref()) {
                return;
            }
            assert!(Instant::now() < give_up, "waited in vain for {object}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn clear(&self) {
        let leftovers = std::mem::take(&mut *self.leftovers.lock().unwrap());
        let options = DeleteOptions::default().propagation(Propagation::Background);
        for object in leftovers.into_iter().rev() {
            // What a test deleted itself is gone already.
            _ = self.cluster.delete(&object, &options).await;
        }
    }
}

/// An object from JSON.
pub(crate) fn object(value: Value) -> Object {
    Object::new(value).unwrap()
}

/// A ConfigMap with one entry for each pair.
pub(crate) fn config_map(namespace: &str, name: &str, data: &[(&str, &str)]) -> Object {
    let data: serde_json::Map<String, Value> = data
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    object(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace}, "data": data,
    }))
}

/// Where an object of a kind without namespaces is found.
pub(crate) fn cluster_scoped(group: &str, version: &str, kind: &str, name: &str) -> ObjectRef {
    ObjectRef {
        kind: GroupVersionKind::new(group, version, kind),
        namespace: None,
        name: name.to_owned(),
    }
}

/// The cluster for somebody with wrong credentials.
pub(crate) async fn stranger(scene: &Scene) -> Cluster {
    let file = Kubeconfig::read_from(&scene.kubeconfig).unwrap();
    let options = KubeConfigOptions::default();
    let mut config = kube::Config::from_custom_kubeconfig(file, &options)
        .await
        .unwrap();
    config.auth_info = AuthInfo::default();
    config.auth_info.token = Some("wrong".to_owned().into());
    connect(config)
}

/// The cluster of a configuration.
pub(crate) fn connect(mut config: kube::Config) -> Cluster {
    config.default_retry = false;
    Cluster::new(kube::Client::try_from(config).unwrap())
}
