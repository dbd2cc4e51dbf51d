//! What the core says a server-side apply makes of an object is what it makes here.

use gitops_core::apply::{Applier, ApplyOptions, Conflicts, Patch, PatchOptions, Strategy as How};
use gitops_core::fieldset::{self, Managers};
use gitops_core::{Object, schema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::memory::Cluster;

/// Containers, their environment and ports: lists with keys in lists with keys.
fn container(name: u8) -> impl Strategy<Value = Value> {
    let variables = prop::collection::btree_map(0_u8..3, 0_u8..3, 0..3);
    let ports = prop::collection::btree_set((0_u8..2, any::<bool>()), 0..3);
    let arguments = prop::option::of(prop::collection::vec("[ab]", 1..3));
    (variables, ports, arguments).prop_map(move |(variables, ports, arguments)| {
        let mut container = json!({"name": format!("c{name}"), "image": "a:1"});
        let variables: Vec<Value> = variables
            .iter()
            .map(|(name, value)| json!({"name": format!("V{name}"), "value": format!("{value}")}))
            .collect();
        let ports: Vec<Value> = ports
            .iter()
            .map(|(port, udp)| {
                let protocol = if *udp { "UDP" } else { "TCP" };
                json!({"containerPort": 80 + port, "protocol": protocol})
            })
            .collect();
        for (field, list) in [("env", variables), ("ports", ports)] {
            if !list.is_empty() {
                container[field] = list.into();
            }
        }
        if let Some(arguments) = arguments {
            container["args"] = json!(arguments);
        }
        container
    })
}

fn labels() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(0_u8..3, 0_u8..3, 0..3).prop_map(|labels| {
        let labels = labels.into_iter();
        let labels = labels.map(|(key, value)| (format!("l{key}"), json!(format!("v{value}"))));
        Value::Object(labels.collect::<Map<_, _>>())
    })
}

fn deployment() -> impl Strategy<Value = Object> {
    let containers = (
        container(0),
        prop::option::of(container(1)),
        prop::option::of(container(2)),
    );
    (labels(), containers, prop::option::of(0_i64..3)).prop_map(|(labels, containers, replicas)| {
        let mut list = vec![containers.0];
        list.extend(containers.1);
        list.extend(containers.2);
        let mut object = super::deployment("a:1", 0).into_value();
        object["spec"]["template"]["spec"]["containers"] = list.into();
        object["spec"].as_object_mut().unwrap().remove("replicas");
        if labels.as_object().is_some_and(|labels| !labels.is_empty()) {
            object["metadata"]["labels"] = labels;
        }
        if let Some(replicas) = replicas {
            object["spec"]["replicas"] = replicas.into();
        }
        super::object(object)
    })
}

/// Without what only a server says and without what is empty.
fn essence(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in ["managedFields", "resourceVersion", "generation"] {
        metadata.remove(field);
    }
    metadata.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
    object
}

async fn check(steps: &[(Object, usize, Option<i64>)]) -> Result<(), TestCaseError> {
    let cluster = Cluster::new();
    for (config, manager, edit) in steps {
        let manager = format!("manager-{manager}");
        let options = ApplyOptions::default()
            .strategy(How::ServerSide)
            .manager(&*manager);
        let before = cluster.get(&config.reference()).await.unwrap();
        let peaceful = options.clone().conflicts(Conflicts::Fail).dry_run(true);
        let peaceful = cluster.apply(config, &peaceful).await;
        let applied = cluster.apply(config, &options).await.unwrap().object;
        if let Some(before) = before {
            let kind = config.group_version_kind();
            let schema = schema::builtin().kind(&kind);
            let managers = Managers::of(before.value()).unwrap();
            let told = fieldset::apply(schema, before.value(), config.value(), &managers, &manager);
            // A dry run adds the defaults that a removal makes room for.
            let whole = ApplyOptions::default().strategy(How::Replace).dry_run(true);
            let told_object = Object::new(told.object).unwrap();
            let filled = cluster.apply(&told_object, &whole).await.unwrap().object;
            prop_assert_eq!(essence(filled.value()), essence(applied.value()));
            prop_assert_eq!(peaceful.is_err(), !told.conflicts.is_empty());
        }
        if let Some(replicas) = edit {
            let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
            let options = PatchOptions::default().manager("somebody");
            cluster
                .patch(&config.reference(), &patch, &options)
                .await
                .unwrap();
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_core_foretells_a_server_side_apply(
        steps in prop::collection::vec((deployment(), 0_usize..2, prop::option::of(0_i64..3)), 2..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check(&steps))?;
    }
}
