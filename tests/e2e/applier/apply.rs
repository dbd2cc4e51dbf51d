//! Create, client-side apply, replace, recreate, delete.

use gitops_core::Object;
use gitops_core::apply::{
    Applier, ApplyOptions, DeleteOptions, FieldValidation, LAST_APPLIED, Outcome, Propagation,
    Reason, Recreate, Strategy,
};
use serde_json::{Value, json};

use crate::e2e::scene::{config_map, object, play};

fn deployment(namespace: &str, image: &str, app: &str) -> Object {
    object(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": app}},
            "template": {
                "metadata": {"labels": {"app": app}},
                "spec": {"containers": [
                    {"name": "web", "image": image, "ports": [{"containerPort": 80}]},
                ]},
            },
        },
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn client_side_apply_creates_changes_and_then_rests() {
    play("client-side", async |scene| {
        let namespace = scene.namespace("a").await;
        let options = ApplyOptions::default();
        let apply = async |object: Object| scene.cluster.apply(&object, &options).await.unwrap();

        let first = apply(config_map(
            &namespace,
            "a",
            &[("kept", "1"), ("dropped", "1")],
        ))
        .await;
        assert_eq!(first.outcome, Outcome::Created);
        assert!(
            first
                .object
                .annotation(LAST_APPLIED)
                .unwrap()
                .contains("dropped")
        );

        scene
            .patch(&first.object, json!({"data": {"theirs": "1"}}))
            .await;

        let second = apply(config_map(&namespace, "a", &[("kept", "2")])).await;
        assert_eq!(second.outcome, Outcome::Configured);
        assert_eq!(
            second.object.value()["data"],
            json!({"kept": "2", "theirs": "1"})
        );

        let third = apply(config_map(&namespace, "a", &[("kept", "2")])).await;
        assert_eq!(third.outcome, Outcome::Unchanged);
        assert_eq!(third.object, second.object);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_built_in_kinds_merge_by_key() {
    play("strategic", async |scene| {
        let namespace = scene.namespace("a").await;
        let options = ApplyOptions::default();
        let web = deployment(&namespace, "nginx:1", "web");
        scene.cluster.apply(&web, &options).await.unwrap();
        let sidecar = json!([{
            "op": "add", "path": "/spec/template/spec/containers/-",
            "value": {"name": "sidecar", "image": "envoy"},
        }]);
        scene.patch(&web, sidecar).await;

        let web = deployment(&namespace, "nginx:2", "web");
        let applied = scene.cluster.apply(&web, &options).await.unwrap();
        let containers = &applied.object.value()["spec"]["template"]["spec"]["containers"];
        assert_eq!(containers[0]["image"], "nginx:2");
        assert_eq!(containers[1]["name"], "sidecar");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_not_made_by_client_side_apply_is_adopted_with_a_warning() {
    play("adopt", async |scene| {
        let namespace = scene.namespace("a").await;
        let before = config_map(&namespace, "a", &[("theirs", "1")]);
        scene.create(&before).await;
        let ours = config_map(&namespace, "a", &[("ours", "1")]);
        let options = ApplyOptions::default();
        let applied = scene.cluster.apply(&ours, &options).await.unwrap();
        assert_eq!(applied.outcome, Outcome::Configured);
        assert!(
            applied.warnings[0].contains(LAST_APPLIED),
            "{:?}",
            applied.warnings
        );
        assert_eq!(
            applied.object.value()["data"],
            json!({"ours": "1", "theirs": "1"})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing_and_tells_what_would_be() {
    play("dry-run", async |scene| {
        let namespace = scene.namespace("a").await;
        for strategy in [
            Strategy::ClientSide,
            Strategy::ServerSide,
            Strategy::Replace,
        ] {
            let name = format!("{strategy:?}").to_lowercase();
            let dry = ApplyOptions::default().strategy(strategy).dry_run(true);
            let one = config_map(&namespace, &name, &[("a", "1")]);
            let applied = scene.cluster.apply(&one, &dry).await.unwrap();
            assert_eq!(applied.outcome, Outcome::Created, "{strategy:?}");
            assert_eq!(scene.cluster.get(&one.reference()).await.unwrap(), None);

            let wet = dry.clone().dry_run(false);
            let live = scene.cluster.apply(&one, &wet).await.unwrap().object;
            let again = scene.cluster.apply(&one, &dry).await.unwrap();
            assert_eq!(again.outcome, Outcome::Unchanged, "{strategy:?}");
            let two = config_map(&namespace, &name, &[("a", "2")]);
            let changed = scene.cluster.apply(&two, &dry).await.unwrap();
            assert_ne!(changed.outcome, Outcome::Unchanged, "{strategy:?}");
            assert_eq!(changed.object.value()["data"]["a"], "2");
            assert_eq!(scene.live(&one).await, live);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replace_loses_what_the_target_has_not() {
    play("replace", async |scene| {
        let namespace = scene.namespace("a").await;
        let options = ApplyOptions::default().strategy(Strategy::Replace);
        let one = config_map(&namespace, "a", &[("a", "1"), ("b", "1")]);
        let created = scene.cluster.apply(&one, &options).await.unwrap();
        assert_eq!(created.outcome, Outcome::Created);
        let two = config_map(&namespace, "a", &[("a", "2")]);
        let replaced = scene.cluster.apply(&two, &options).await.unwrap();
        assert_eq!(replaced.outcome, Outcome::Replaced);
        assert_eq!(replaced.object.value()["data"], json!({"a": "2"}));
        assert_eq!(replaced.object.uid(), created.object.uid());
        assert_eq!(replaced.object.annotation(LAST_APPLIED), None);
        let again = scene.cluster.apply(&two, &options).await.unwrap();
        assert_eq!(again.outcome, Outcome::Unchanged);

        let recreate = options.recreate(Recreate::WhenRefused);
        let recreated = scene.cluster.apply(&two, &recreate).await.unwrap();
        assert_eq!(recreated.outcome, Outcome::Recreated);
        assert_ne!(recreated.object.uid(), created.object.uid());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_changed_is_recreated_on_demand() {
    play("recreate", async |scene| {
        for strategy in [Strategy::ClientSide, Strategy::ServerSide] {
            let namespace = scene
                .namespace(&format!("{strategy:?}").to_lowercase())
                .await;
            let options = ApplyOptions::default().strategy(strategy);
            let one = deployment(&namespace, "nginx", "one");
            let created = scene.cluster.apply(&one, &options).await.unwrap();

            let two = deployment(&namespace, "nginx", "two");
            let error = scene.cluster.apply(&two, &options).await.unwrap_err();
            assert_eq!(error.reason, Reason::Invalid);
            assert!(error.to_string().contains("field is immutable"), "{error}");

            let options = options.recreate(Recreate::WhenRefused);
            let applied = scene.cluster.apply(&two, &options).await.unwrap();
            assert_eq!(applied.outcome, Outcome::Recreated);
            assert_ne!(applied.object.uid(), created.object.uid());
            let again = scene.cluster.apply(&two, &options).await.unwrap();
            assert_ne!(again.outcome, Outcome::Recreated);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recreation_that_is_refused_restores_the_object() {
    play("restore", async |scene| {
        let namespace = scene.namespace("a").await;
        let options = ApplyOptions::default().recreate(Recreate::WhenRefused);
        let before = config_map(&namespace, "a", &[("a", "1")]);
        scene.cluster.apply(&before, &options).await.unwrap();
        let mut invalid = before.clone();
        invalid
            .update(|value| value["data"]["no such/key"] = "1".into())
            .unwrap();
        let error = scene.cluster.apply(&invalid, &options).await.unwrap_err();
        assert_eq!(error.reason, Reason::Invalid);
        assert_eq!(scene.live(&before).await.value()["data"], json!({"a": "1"}));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_to_another_role_is_created_anew() {
    play("binding", async |scene| {
        let namespace = scene.namespace("a").await;
        let binding = |role: &str| {
            object(json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": "a", "namespace": namespace},
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role,
                },
                "subjects": [],
            }))
        };
        let options = ApplyOptions::default();
        scene
            .cluster
            .apply(&binding("view"), &options)
            .await
            .unwrap();
        let applied = scene
            .cluster
            .apply(&binding("edit"), &options)
            .await
            .unwrap();
        assert_eq!(applied.outcome, Outcome::Recreated);
        assert_eq!(applied.object.value()["roleRef"]["name"], "edit");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn create_gives_a_name_and_refuses_an_existing_one() {
    play("create", async |scene| {
        let namespace = scene.namespace("a").await;
        let options = ApplyOptions::default().strategy(Strategy::Create);
        let mut unnamed = config_map(&namespace, "a", &[]);
        unnamed
            .update(|value| {
                value["metadata"] = json!({"generateName": "a-", "namespace": namespace})
            })
            .unwrap();
        let applied = scene.cluster.apply(&unnamed, &options).await.unwrap();
        assert!(applied.object.name().len() > "a-".len());
        let error = scene
            .cluster
            .apply(&applied.object, &options)
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::AlreadyExists);
        let apply = ApplyOptions::default();
        let error = scene.cluster.apply(&unnamed, &apply).await.unwrap_err();
        assert_eq!(error.reason, Reason::Invalid);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_are_warned_of_or_refused() {
    play("validation", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut web = deployment(&namespace, "nginx", "web");
        web.update(|value| value["spec"]["replica"] = Value::from(3))
            .unwrap();
        for strategy in [Strategy::ClientSide, Strategy::ServerSide] {
            let dry = ApplyOptions::default().strategy(strategy).dry_run(true);
            let strict = dry.clone().validation(FieldValidation::Strict);
            let error = scene.cluster.apply(&web, &strict).await.unwrap_err();
            assert!(error.to_string().contains("spec.replica"), "{error}");
            let ignore = dry.clone().validation(FieldValidation::Ignore);
            // A server-side apply checks every field against the schema, asked or not.
            if strategy == Strategy::ClientSide {
                let applied = scene.cluster.apply(&web, &dry).await.unwrap();
                assert_eq!(applied.warnings, ["unknown field \"spec.replica\""]);
                let applied = scene.cluster.apply(&web, &ignore).await.unwrap();
                assert!(applied.warnings.is_empty());
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_object_of_the_uid_is_deleted() {
    play("delete", async |scene| {
        let namespace = scene.namespace("a").await;
        let live = scene.create(&config_map(&namespace, "a", &[])).await;
        let reference = live.reference();
        let delete = async |uid: &str, dry_run| {
            let options = DeleteOptions::default()
                .propagation(Propagation::Background)
                .uid(Some(uid.into()))
                .dry_run(dry_run);
            scene.cluster.delete(&reference, &options).await
        };
        let error = delete("00000000-0000-0000-0000-000000000000", false)
            .await
            .unwrap_err();
        assert!(error.is_conflict(), "{error}");
        delete(live.uid().unwrap(), true).await.unwrap();
        scene.live(&live).await;
        delete(live.uid().unwrap(), false).await.unwrap();
        let error = delete(live.uid().unwrap(), false).await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
    })
    .await;
}
