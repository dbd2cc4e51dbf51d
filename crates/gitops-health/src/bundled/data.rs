//! Search and message brokers whose nodes are counted.

use gitops_core::Health;
use serde_json::Value;

use super::read::{degraded, healthy, number_or, progressing, unknown};
use crate::field::{at, list, text};
use crate::number;

pub(super) fn elasticsearch(object: &Value) -> Health {
    by_nodes(object).unwrap_or_else(|| {
        unknown("Elasticsearch Cluster status is unknown. Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues")
    })
}

fn by_nodes(object: &Value) -> Option<Health> {
    let available = at(object, &["status", "availableNodes"])?.as_f64()?;
    let wanted: f64 = list(object, &["spec", "nodeSets"])
        .iter()
        .map(|nodes| number_or(nodes, &["count"], 0.0))
        .sum();
    if available < wanted {
        return Some(progressing(format!(
            "The desired amount of availableNodes is {} but the current amount is {}",
            number::text(wanted),
            number::text(available)
        )));
    }
    if available > wanted {
        return None;
    }
    let health = at(object, &["status", "health"]).map(|_| text(object, &["status", "health"]))?;
    let indices = "Check the status of indices, replicas and shards";
    Some(match (text(object, &["status", "phase"]), health) {
        ("Ready", "green") => healthy("Elasticsearch Cluster status is Green"),
        ("Ready", "yellow") => {
            progressing(format!("Elasticsearch Cluster status is Yellow. {indices}"))
        }
        ("Ready", "red") => degraded(format!("Elasticsearch Cluster status is Red. {indices}")),
        (phase @ ("ApplyingChanges" | "MigratingData"), _) => {
            progressing(format!("Elasticsearch phase is {phase}"))
        }
        ("Invalid", _) => degraded("Elasticsearch phase is Invalid"),
        _ => return None,
    })
}

/// The Kafka clusters of the Koperator.
pub(super) fn kafka_cluster(object: &Value) -> Health {
    let waiting = || progressing("Waiting for KafkaCluster");
    let state = text(object, &["status", "state"]);
    if state == "ClusterRollingUpgrading" {
        return progressing("Kafka Cluster is Rolling Upgrading.");
    }
    let Some(brokers) = at(object, &["status", "brokersState"]) else {
        return waiting();
    };
    let are_fit = brokers.as_object().is_none_or(|brokers| {
        brokers
            .values()
            .filter(|broker| !broker.is_null())
            .all(is_fit)
    });
    if !are_fit {
        return degraded("Broker Config is out of Sync or CruiseControlState is not Ready");
    }
    let topic = at(object, &["status", "cruiseControlTopicStatus"]).and_then(Value::as_str);
    match (topic, state) {
        (Some("CruiseControlTopicReady"), "ClusterRunning") => {
            healthy("Kafka Brokers, CruiseControl and cluster are in Healthy State.")
        }
        (None | Some("CruiseControlTopicNotReady"), "ClusterReconciling") => {
            progressing("Kafka Cluster is Reconciling.")
        }
        _ => waiting(),
    }
}

fn is_fit(broker: &Value) -> bool {
    text(broker, &["configurationState"]) == "ConfigInSync"
        && matches!(
            text(broker, &["gracefulActionState", "cruiseControlState"]),
            "GracefulUpscaleSucceeded" | "GracefulDownscaleSucceeded"
        )
}
