//! Playing a table on an applier.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gitops_core::apply::{Applied, Applier, Error};
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use gitops_sync::{kube, memory};
use serde_json::{Value, json};

use super::row::{Operation, Place, Row};

/// How long a control plane may take to do what it does on its own.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a table is played on.
pub(super) enum Stage<'a> {
    Memory(&'a memory::Cluster),
    Real(&'a kube::Cluster),
}

/// Plays all rows in order and says which had another answer.
pub(super) async fn all(
    stage: &Stage<'_>,
    table: &str,
    namespace: &str,
    rows: Vec<Row>,
) -> Vec<String> {
    let mut failures = Vec::new();
    let mut kept = BTreeMap::new();
    for (number, row) in rows.into_iter().enumerate() {
        let wanted = row.answer.replace("NAMESPACE", namespace);
        let scene = Scene { stage, namespace };
        let (answer, detail) = scene.play(row.operation, &wanted, &mut kept).await;
        if answer != wanted {
            let number = number + 1;
            failures.push(format!(
                "{table} {number}: wanted {wanted}, got {answer} {detail}"
            ));
        }
    }
    failures
}

struct Scene<'a> {
    stage: &'a Stage<'a>,
    namespace: &'a str,
}

impl Scene<'_> {
    /// The answer, and what explains it to a person.
    async fn play(
        &self,
        operation: Operation,
        wanted: &str,
        kept: &mut BTreeMap<(String, String), Value>,
    ) -> (String, String) {
        let applier = self.applier();
        match operation {
            Operation::Apply(object, options) => {
                let applied = applier.apply(&self.object(object), &options).await;
                self.answer(applied.map(|applied| format!("{:?}", applied.outcome)))
            }
            Operation::Warnings(object, options) => {
                let applied = applier.apply(&self.object(object), &options).await;
                self.answer(applied.map(|Applied { warnings, .. }| json!(warnings).to_string()))
            }
            Operation::Patch(place, patch, options) => {
                let patched = applier
                    .patch(&self.reference(place), &patch, &options)
                    .await;
                self.answer(patched.map(|_| "Ok".into()))
            }
            Operation::Delete(place, options) => {
                let deleted = applier.delete(&self.reference(place), &options).await;
                self.answer(deleted.map(|()| "Ok".into()))
            }
            Operation::Read(place, pointer) => self.answer(
                self.read(place, pointer)
                    .await
                    .map(|value| value.to_string()),
            ),
            Operation::Eventually(place, pointer) => self.eventually(place, pointer, wanted).await,
            Operation::Same(place, pointer) => {
                let value = self.read(place, pointer).await.unwrap_or_default();
                let key = (format!("{place:?}"), pointer.to_owned());
                let same = kept.insert(key, value.clone()) == Some(value);
                (same.to_string(), String::new())
            }
        }
    }

    async fn eventually(&self, place: Place, pointer: &str, wanted: &str) -> (String, String) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            if let Stage::Memory(cluster) = self.stage {
                cluster.settle();
            }
            let read = self.read(place, pointer).await;
            let answer = self.answer(read.map(|value| value.to_string()));
            let is_over = matches!(self.stage, Stage::Memory(_)) || Instant::now() > give_up;
            if answer.0 == wanted || is_over {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn read(&self, place: Place, pointer: &str) -> Result<Value, Error> {
        let live = self.applier().get(&self.reference(place)).await?;
        let value = live.and_then(|live| live.value().pointer(pointer).cloned());
        Ok(value.unwrap_or_default())
    }

    fn applier(&self) -> &dyn Applier {
        match self.stage {
            Stage::Memory(cluster) => *cluster,
            Stage::Real(cluster) => *cluster,
        }
    }

    fn answer(&self, result: Result<String, Error>) -> (String, String) {
        match result {
            Ok(answer) => (answer, String::new()),
            Err(error) => (format!("{:?}", error.reason), format!("({error})")),
        }
    }

    fn object(&self, value: Value) -> Object {
        let text = value.to_string().replace("NAMESPACE", self.namespace);
        Object::new(serde_json::from_str(&text).unwrap()).unwrap()
    }

    fn reference(&self, (version, kind, name): Place) -> ObjectRef {
        let version = version.replace("NAMESPACE", self.namespace);
        let (group, version) = version.split_once('/').unwrap_or(("", &version));
        let namespaced = !matches!(kind, "Namespace" | "CustomResourceDefinition");
        ObjectRef {
            kind: GroupVersionKind::new(group, version, kind),
            namespace: namespaced.then(|| self.namespace.to_owned()),
            name: name.replace("NAMESPACE", self.namespace),
        }
    }
}
