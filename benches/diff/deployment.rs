//! Deployments of 3 KB that need no change, and rules for them.

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::diff::Settings;
use gitops_core::ignore::Rules;
use serde_json::{Value, json};

pub type Pair = (Arc<Object>, Arc<Object>);

/// A target of about 3 KB and what a cluster makes of it: in sync, but for replicas
/// that a rule ignores.
pub fn deployment(index: usize) -> Pair {
    let name = format!("app-{index}");
    let environment: Vec<Value> = (0..20)
        .map(|at| json!({"name": format!("SETTING_{at}"), "value": format!("value-{index}-{at}")}))
        .collect();
    let id = format!("bench:apps/Deployment:default/{name}");
    let target = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": "default",
            "labels": {"app": name, "team": "platform"},
            "annotations": {"argocd.argoproj.io/tracking-id": id},
        },
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{
                    "name": "main", "image": "example.org/app:1.2.3", "env": environment,
                    "ports": [{"containerPort": 8080}],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"},
                    },
                }]},
            },
        },
    });
    let live = as_the_server_has_it(&target, index);
    let object = |value| Arc::new(Object::new(value).expect("it has kind and name"));
    (object(target), object(live))
}

fn as_the_server_has_it(target: &Value, index: usize) -> Value {
    let mut live = target.clone();
    let metadata = &mut live["metadata"];
    metadata["annotations"][gitops_core::patch::LAST_APPLIED] = target.to_string().into();
    metadata["uid"] = format!("00000000-0000-0000-0000-{index:012}").into();
    metadata["resourceVersion"] = "12345".into();
    metadata["generation"] = 3.into();
    metadata["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
    let spec = &mut live["spec"];
    spec["replicas"] = 5.into();
    spec["progressDeadlineSeconds"] = 600.into();
    spec["revisionHistoryLimit"] = 10.into();
    let rolling = json!({"maxSurge": "25%", "maxUnavailable": "25%"});
    spec["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": rolling});
    let pod = &mut spec["template"]["spec"];
    pod["dnsPolicy"] = "ClusterFirst".into();
    pod["restartPolicy"] = "Always".into();
    pod["schedulerName"] = "default-scheduler".into();
    pod["securityContext"] = json!({});
    pod["terminationGracePeriodSeconds"] = 30.into();
    let container = &mut pod["containers"][0];
    container["imagePullPolicy"] = "IfNotPresent".into();
    container["terminationMessagePath"] = "/dev/termination-log".into();
    container["terminationMessagePolicy"] = "File".into();
    container["ports"] = json!([{"containerPort": 8080, "protocol": "TCP"}]);
    live["status"] = json!({
        "observedGeneration": 3, "replicas": 3, "readyReplicas": 3,
        "availableReplicas": 3, "updatedReplicas": 3,
    });
    live
}

/// Two pointer rules and one jq rule.
pub fn settings() -> Settings {
    let mut rule = ResourceIgnoreDifferences::default();
    rule.group = "apps".into();
    rule.kind = "Deployment".into();
    rule.json_pointers = vec![
        "/spec/replicas".into(),
        "/spec/template/metadata/annotations".into(),
    ];
    let sidecar = ".spec.template.spec.containers[] | select(.name == \"sidecar\")";
    rule.jq_path_expressions = vec![sidecar.into()];
    Settings::default().ignore(Rules::compile([rule]).expect("the rule compiles"))
}
