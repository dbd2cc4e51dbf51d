//! Objects of many kinds that name each other.

use serde_json::{Map, Value, json};

use super::pods;
use super::random::Random;
use super::text::raw;

/// Names of objects, few so that they meet.
pub const NAMES: [&str; 8] = ["app", "web", "db", "cfg", "default", "10", "api", "robot"];
pub const NAMESPACES: [&str; 4] = ["shop", "prod", "default", "kube-system"];

/// What an object is called.
#[derive(Clone, Debug)]
pub struct Id {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
}

impl Id {
    pub fn of(object: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            api_version: text(&object["apiVersion"]),
            kind: text(&object["kind"]),
            name: text(&object["metadata"]["name"]),
            namespace: text(&object["metadata"]["namespace"]),
        }
    }

    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |it| it.0)
    }

    pub fn version(&self) -> &str {
        self.api_version
            .rsplit_once('/')
            .map_or(&self.api_version, |it| it.1)
    }
}

pub fn name(random: &mut Random) -> String {
    random.pick(&NAMES).to_owned()
}

type Make = fn(&mut Random) -> Value;

/// Kinds with what follows `metadata`.
const KINDS: [(&str, &str, Make); 42] = [
    ("v1", "ConfigMap", config_map),
    ("v1", "ConfigMap", config_map),
    ("v1", "ConfigMap", config_map),
    ("v1", "Secret", secret),
    ("v1", "Secret", secret),
    ("v1", "Service", service),
    ("v1", "Service", service),
    ("v1", "ServiceAccount", service_account),
    ("v1", "ServiceAccount", service_account),
    ("v1", "Namespace", nothing),
    ("v1", "PersistentVolume", volume),
    ("v1", "PersistentVolumeClaim", claim),
    ("v1", "Pod", pod),
    ("v1", "PodTemplate", pod_template),
    ("v1", "ReplicationController", workload),
    ("v1", "Node", node),
    ("apps/v1", "Deployment", workload),
    ("apps/v1", "Deployment", workload),
    ("apps/v1", "Deployment", workload),
    ("apps/v1", "StatefulSet", stateful_set),
    ("apps/v1", "DaemonSet", workload),
    ("apps/v1", "ReplicaSet", workload),
    ("extensions/v1beta1", "Deployment", workload),
    ("batch/v1", "Job", job),
    ("batch/v1", "CronJob", cron_job),
    ("networking.k8s.io/v1", "Ingress", ingress),
    ("extensions/v1beta1", "Ingress", old_ingress),
    ("networking.k8s.io/v1", "NetworkPolicy", network_policy),
    ("rbac.authorization.k8s.io/v1", "Role", role),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", role),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", binding),
    (
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        binding,
    ),
    ("autoscaling/v2", "HorizontalPodAutoscaler", scaler),
    ("policy/v1", "PodDisruptionBudget", budget),
    ("storage.k8s.io/v1", "StorageClass", storage_class),
    ("scheduling.k8s.io/v1", "PriorityClass", nothing),
    ("apiregistration.k8s.io/v1", "APIService", api_service),
    (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        definition,
    ),
    (
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        webhooks,
    ),
    (
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicyBinding",
        policy_binding,
    ),
    ("example.com/v1", "Widget", widget),
    ("example.com/v1", "Widget", widget),
];

/// An object of any kind.
pub fn object(random: &mut Random) -> Value {
    let (api_version, kind, make) = KINDS[random.below(KINDS.len())];
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata(random)});
    if let Value::Object(rest) = make(random) {
        for (key, value) in rest {
            object[key] = value;
        }
    }
    object
}

fn metadata(random: &mut Random) -> Value {
    let mut metadata = json!({"name": name(random)});
    if random.chance(35) {
        metadata["namespace"] = random.pick(&NAMESPACES).into();
    }
    if random.chance(35) {
        metadata["labels"] = labels(random);
    }
    if random.chance(25) {
        metadata["annotations"] = annotations(random);
    }
    metadata
}

pub fn labels(random: &mut Random) -> Value {
    let mut labels = Map::new();
    for _ in 0..random.between(1, 2) {
        let key = random.pick(&["app", "tier", "app.kubernetes.io/name", "env"]);
        let value = random.pick(&["web", "db", "true", "1", "$(VAR)", ""]);
        labels.insert(key.to_owned(), value.into());
    }
    labels.into()
}

fn annotations(random: &mut Random) -> Value {
    let mut annotations = Map::new();
    for _ in 0..random.between(1, 2) {
        let (key, value) = match random.below(13) {
            0 => ("config.kubernetes.io/local-config", "true".into()),
            1 => ("config.kubernetes.io/path", "x.yaml".into()),
            2 => ("number", json!(5)),
            3 => ("truth", json!(true)),
            4 => ("nothing", Value::Null),
            5 => ("internal.config.kubernetes.io/other", "kept".into()),
            6 => ("float", raw("1.50")),
            7 => ("date", raw("2001-01-01")),
            8 => ("text", "two\nlines\n".into()),
            9 => ("hex", raw("0x10")),
            10 => ("var", "$(VAR)-$(OTHER)".into()),
            _ => (
                "note",
                random.pick(&["a", "b", "long text with blanks", ""]).into(),
            ),
        };
        annotations.insert(key.to_owned(), value);
    }
    annotations.into()
}

/// A scalar of any type, in any spelling.
pub fn scalar(random: &mut Random) -> Value {
    let spellings = [
        "1",
        "-7",
        "0x50",
        "017",
        "019",
        "0o17",
        "0b11",
        "1_000",
        "+5",
        "1.0",
        "1e3",
        ".5",
        "5.",
        "1e-7",
        "12:30:45",
        "true",
        "True",
        "yes",
        "off",
        "y",
        "null",
        "~",
        "2001-01-01",
        "2001-01-01T10:00:00Z",
        "18446744073709551615",
        "9007199254740993",
        "1e21",
        "0.1",
        "-0.0",
        "!!str 5",
        "!!int 5",
        "!!float 5",
        "'8080'",
        "\"true\"",
        "1.5e300",
        "123456789012345678901234567890",
        "0.000001",
        "3.0e2",
        "é",
        "1.2.3",
        "0777",
        "=",
    ];
    if random.chance(50) {
        return raw(random.pick(&spellings));
    }
    match random.below(6) {
        0 => json!(random.below(10_000)),
        1 => json!(random.chance(50)),
        2 => "two\nlines\n".into(),
        3 => "a: b, {c} #d".into(),
        4 => format!("{}.shop.svc:8080/path", name(random)).into(),
        _ => name(random).into(),
    }
}

fn nothing(_: &mut Random) -> Value {
    json!({})
}

fn config_map(random: &mut Random) -> Value {
    let mut data = Map::new();
    for _ in 0..random.below(4) {
        let key = random.pick(&["host", "port", "url", "flag", "app.conf"]);
        data.insert(key.to_owned(), scalar(random));
    }
    match random.below(12) {
        0 => json!({}),
        1 => json!({"data": null}),
        2 => json!({"data": data, "binaryData": {"bin": "AAEC"}}),
        3 => json!({"data": data, "immutable": true}),
        _ => json!({ "data": data }),
    }
}

fn secret(random: &mut Random) -> Value {
    let mut secret = json!({"type": random.pick(&["Opaque", "kubernetes.io/tls"]), "data": {"password": "aHVudGVyMg=="}});
    if random.chance(40) {
        secret["stringData"] = json!({"user": scalar(random)});
    }
    secret
}

fn service(random: &mut Random) -> Value {
    let port = |random: &mut Random| {
        let mut port = json!({"port": random.pick(&[&80, &443, &53])});
        if random.chance(40) {
            port["protocol"] = random.pick(&["TCP", "UDP"]).into();
        }
        if random.chance(40) {
            port["targetPort"] = if random.chance(50) {
                json!(8080)
            } else {
                "http".into()
            };
        }
        if random.chance(30) {
            port["name"] = random.pick(&["http", "dns", "metrics"]).into();
        }
        port
    };
    let ports: Vec<Value> = (0..random.between(1, 3)).map(|_| port(random)).collect();
    let mut spec = json!({ "ports": ports });
    if random.chance(70) {
        spec["selector"] = labels(random);
    }
    if random.chance(10) {
        spec["externalIPs"] = json!(["1.1.1.1", "2.2.2.2"]);
    }
    json!({ "spec": spec })
}

fn service_account(random: &mut Random) -> Value {
    let mut account = json!({});
    if random.chance(40) {
        account["imagePullSecrets"] = json!([{"name": name(random)}]);
    }
    if random.chance(40) {
        account["secrets"] = json!([{"name": name(random)}, {"name": "other"}]);
    }
    account
}

fn volume(random: &mut Random) -> Value {
    let mut spec = json!({"capacity": {"storage": "1Gi"}, "storageClassName": name(random)});
    match random.below(3) {
        0 => spec["azureFile"] = json!({"secretName": name(random), "shareName": "s"}),
        1 => spec["nfs"] = json!({"server": "$(VAR)", "path": "/"}),
        _ => spec["claimRef"] = json!({"kind": "PersistentVolumeClaim", "name": name(random)}),
    }
    json!({ "spec": spec })
}

fn claim(random: &mut Random) -> Value {
    json!({"spec": {
        "accessModes": ["ReadWriteOnce"], "volumeName": name(random), "storageClassName": name(random),
        "resources": {"requests": {"storage": "1Gi"}},
    }})
}

fn pod(random: &mut Random) -> Value {
    json!({"spec": pods::spec(random)})
}

fn pod_template(random: &mut Random) -> Value {
    json!({"template": pods::template(random)})
}

fn node(random: &mut Random) -> Value {
    json!({"spec": {"configSource": {"configMap": {"name": name(random), "namespace": "shop", "kubeletConfigKey": "k"}}}})
}

fn workload(random: &mut Random) -> Value {
    let mut spec = json!({"template": pods::template(random)});
    if random.chance(50) {
        spec["replicas"] = json!(random.below(5));
    }
    if random.chance(60) {
        spec["selector"] = json!({"matchLabels": labels(random)});
    }
    if random.chance(15) {
        spec["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}});
    }
    json!({ "spec": spec })
}

fn stateful_set(random: &mut Random) -> Value {
    let mut set = workload(random);
    set["spec"]["serviceName"] = name(random).into();
    if random.chance(50) {
        set["spec"]["volumeClaimTemplates"] = json!([{
            "metadata": {"name": "data", "labels": labels(random)},
            "spec": {"storageClassName": name(random), "nfs": {"server": "$(VAR)"}},
        }, {"spec": {"accessModes": ["ReadWriteOnce"]}}]);
    }
    set
}

fn job(random: &mut Random) -> Value {
    let mut spec = json!({"template": pods::template(random)});
    if random.chance(30) {
        spec["selector"] = json!({"matchLabels": labels(random)});
    }
    json!({ "spec": spec })
}

fn cron_job(random: &mut Random) -> Value {
    let job = job(random);
    json!({"spec": {"schedule": "* * * * *", "jobTemplate": job}})
}

fn ingress(random: &mut Random) -> Value {
    let mut ingress = json!({"spec": {
        "ingressClassName": name(random),
        "defaultBackend": {"service": {"name": name(random), "port": {"number": 80}}},
        "rules": [{"host": "$(VAR).example.com", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": name(random), "port": {"name": "http"}}}},
        ]}}],
    }});
    if random.chance(50) {
        ingress["spec"]["tls"] = json!([{"hosts": ["$(VAR)"], "secretName": name(random)}]);
    }
    ingress
}

fn old_ingress(random: &mut Random) -> Value {
    json!({"spec": {"backend": {"serviceName": name(random), "servicePort": 80}, "rules": [
        {"http": {"paths": [{"backend": {"serviceName": name(random), "servicePort": "http"}}]}},
    ]}})
}

fn network_policy(random: &mut Random) -> Value {
    json!({"spec": {
        "podSelector": {"matchLabels": labels(random)},
        "ingress": [{"from": [{"podSelector": {"matchLabels": labels(random)}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
        "egress": [{"to": [{"podSelector": {}}]}, {}],
    }})
}

fn role(random: &mut Random) -> Value {
    json!({"rules": [{
        "apiGroups": [""], "resources": [random.pick(&["configmaps", "secrets"])],
        "resourceNames": [name(random), name(random)], "verbs": ["get"],
    }, {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]}]})
}

fn binding(random: &mut Random) -> Value {
    let mut subjects = Vec::new();
    for _ in 0..random.between(1, 3) {
        let kind = random.pick(&["ServiceAccount", "ServiceAccount", "User", "Group"]);
        let mut subject = json!({"kind": kind, "name": name(random)});
        if random.chance(50) {
            subject["namespace"] = random.pick(&NAMESPACES).into();
        }
        subjects.push(subject);
    }
    let kind = random.pick(&["Role", "ClusterRole"]);
    json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name(random)},
        "subjects": subjects,
    })
}

fn scaler(random: &mut Random) -> Value {
    let kind = random.pick(&["Deployment", "StatefulSet", "ReplicaSet", "Widget"]);
    json!({"spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": name(random)},
        "minReplicas": 1, "maxReplicas": 3,
    }})
}

fn budget(random: &mut Random) -> Value {
    let mut budget = json!({"spec": {"minAvailable": "50%"}});
    if random.chance(70) {
        budget["spec"]["selector"] = json!({"matchLabels": labels(random)});
    }
    budget
}

fn storage_class(random: &mut Random) -> Value {
    json!({"provisioner": "example.com/disk", "parameters": {
        "secretName": name(random), "adminSecretName": name(random), "type": "ssd",
    }})
}

fn api_service(random: &mut Random) -> Value {
    let mut service = json!({"spec": {"group": "example.com", "version": "v1"}});
    if random.chance(70) {
        service["spec"]["service"] = json!({"name": name(random), "namespace": "shop"});
    }
    service
}

fn definition(random: &mut Random) -> Value {
    let mut definition = json!({"spec": {
        "group": "example.com", "names": {"kind": "Widget", "plural": "widgets"}, "scope": "Namespaced",
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": {"type": "object", "properties": {
                "containers": {"items": {"properties": {"image": {"type": "string"}}}},
            }}},
        }}}],
    }});
    if random.chance(40) {
        definition["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {"clientConfig": {
            "service": {"name": name(random), "namespace": "shop"},
        }}});
    }
    definition
}

fn webhooks(random: &mut Random) -> Value {
    let hook = |random: &mut Random| {
        let mut service = json!({"name": name(random), "path": "/v"});
        if random.chance(70) {
            service["namespace"] = random.pick(&NAMESPACES).into();
        }
        json!({"name": random.pick(&["a.example.com", "b.example.com"]), "clientConfig": {"service": service}})
    };
    let hooks: Vec<Value> = (0..random.between(1, 2)).map(|_| hook(random)).collect();
    json!({ "webhooks": hooks })
}

fn policy_binding(random: &mut Random) -> Value {
    json!({"spec": {"policyName": name(random), "validationActions": ["Deny"]}})
}

fn widget(random: &mut Random) -> Value {
    let mut spec = json!({
        "size": scalar(random), "configName": name(random), "list": [1, 2, 3], "empty": {}, "none": null,
        "items": [{"name": "a", "value": scalar(random)}, {"name": "b"}],
    });
    if random.chance(30) {
        spec["template"] = pods::template(random);
    }
    if random.chance(20) {
        spec["nested"] = json!({"apiVersion": "v1", "kind": "Pod", "spec": pods::spec(random)});
    }
    json!({ "spec": spec })
}
