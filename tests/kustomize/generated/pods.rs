//! Pod specifications with every field that names another object.

use serde_json::{Value, json};

use super::objects::{labels, name, scalar};
use super::random::Random;
use super::text::raw;

pub fn template(random: &mut Random) -> Value {
    let mut template = json!({"spec": spec(random)});
    if random.chance(70) {
        template["metadata"] = json!({"labels": labels(random)});
        if random.chance(30) {
            template["metadata"]["annotations"] = json!({"note": "$(VAR)"});
        }
    }
    template
}

pub fn spec(random: &mut Random) -> Value {
    let count = random.between(1, 2);
    let containers: Vec<Value> = (0..count).map(|at| container(at, random)).collect();
    let mut spec = json!({ "containers": containers });
    if random.chance(3) {
        spec["containers"] = Value::Null;
    }
    if random.chance(25) {
        spec["initContainers"] = json!([container(0, random)]);
    }
    if random.chance(40) {
        let count = random.between(1, 3);
        spec["volumes"] = (0..count).map(|at| volume(at, random)).collect();
    }
    optional_fields(&mut spec, random);
    spec
}

fn optional_fields(spec: &mut Value, random: &mut Random) {
    if random.chance(20) {
        spec["imagePullSecrets"] = json!([{"name": name(random)}]);
    }
    if random.chance(30) {
        spec["serviceAccountName"] = name(random).into();
    }
    if random.chance(10) {
        spec["priorityClassName"] = name(random).into();
    }
    if random.chance(10) {
        spec["tolerations"] = json!([{"key": "a", "operator": "Exists"}, {"key": "b"}]);
    }
    if random.chance(10) {
        spec["hostAliases"] = json!([{"ip": "127.0.0.1", "hostnames": ["a"]}]);
    }
    if random.chance(10) {
        spec["topologySpreadConstraints"] = json!([{
            "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1,
            "labelSelector": {"matchLabels": labels(random)},
        }]);
    }
    if random.chance(10) {
        let term = json!({"topologyKey": "host", "labelSelector": {"matchLabels": labels(random)}});
        spec["affinity"] = json!({
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]},
            "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]},
        });
    }
}

pub fn image(random: &mut Random) -> String {
    let name = random.pick(&[
        "nginx",
        "localhost:5000/shop/web",
        "docker.io/nginx",
        "web",
        "fooXbar",
    ]);
    let rest = random.pick(&[
        "",
        ":1",
        ":1.2-rc",
        "@sha256:abc",
        ":1@sha256:abc",
        ":latest",
    ]);
    format!("{name}{rest}")
}

fn container(at: usize, random: &mut Random) -> Value {
    let mut container =
        json!({"name": (if at == 0 { "main" } else { "side" }), "image": image(random)});
    if random.chance(4) {
        container["image"] = Value::Null;
    }
    if random.chance(35) {
        container["env"] = json!([environment(random), {"name": "B", "value": "$(VAR)"}]);
    }
    if random.chance(25) {
        container["envFrom"] = json!([{"configMapRef": {"name": name(random)}}, {"secretRef": {"name": name(random)}}]);
    }
    if random.chance(30) {
        container["args"] = json!(["--host=$(VAR)", "$$(VAR)", "$(OTHER)"]);
    }
    if random.chance(10) {
        container["command"] = json!(["run", "$(VAR)"]);
    }
    if random.chance(35) {
        container["ports"] = ports(random);
    }
    if random.chance(20) {
        container["volumeMounts"] =
            json!([{"name": "v0", "mountPath": "/a"}, {"name": "v1", "mountPath": "/b/$(VAR)"}]);
    }
    if random.chance(15) {
        container["resources"] = json!({"limits": {"cpu": raw(random.pick(&["1", "0.5", "'1'", "100m"])), "memory": "1Gi"}});
    }
    container
}

fn environment(random: &mut Random) -> Value {
    match random.below(4) {
        0 => {
            json!({"name": "A", "valueFrom": {"configMapKeyRef": {"name": name(random), "key": "host"}}})
        }
        1 => {
            json!({"name": "A", "valueFrom": {"secretKeyRef": {"name": name(random), "key": "user"}}})
        }
        2 => json!({"name": "A", "value": scalar(random)}),
        _ => json!({"name": "A", "value": "$(VAR):$(OTHER)"}),
    }
}

pub fn ports(random: &mut Random) -> Value {
    let count = random.between(1, 3);
    let port = |random: &mut Random| {
        let mut port = json!({"containerPort": random.pick(&[&80, &53, &8080])});
        if random.chance(40) {
            port["protocol"] = random.pick(&["TCP", "UDP"]).into();
        }
        if random.chance(30) {
            port["name"] = random.pick(&["http", "dns"]).into();
        }
        port
    };
    (0..count).map(|_| port(random)).collect()
}

fn volume(at: usize, random: &mut Random) -> Value {
    let label = format!("v{at}");
    match random.below(6) {
        0 => json!({"name": label, "configMap": {"name": name(random)}}),
        1 => json!({"name": label, "secret": {"secretName": name(random)}}),
        2 => json!({"name": label, "projected": {"sources": [
            {"configMap": {"name": name(random)}}, {"secret": {"name": name(random)}},
        ]}}),
        3 => json!({"name": label, "persistentVolumeClaim": {"claimName": name(random)}}),
        4 => json!({"name": label, "nfs": {"server": "$(VAR)", "path": "/"}}),
        _ => json!({"name": label, "emptyDir": {}}),
    }
}
