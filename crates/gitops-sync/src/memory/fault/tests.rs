use std::time::Duration;

use futures::StreamExt;
use gitops_core::apply::{Applier, ApplyOptions, Reason};
use gitops_core::{GroupVersionKind, Object};
use serde_json::json;
use tokio::time::Instant;

use super::{Fault, Faulty, Rule, Verb};
use crate::memory::Cluster;

fn config(name: &str) -> Object {
    Object::new(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
    }))
    .unwrap()
}

async fn apply<A: Applier>(cluster: &A, name: &str) -> Result<(), Reason> {
    let applied = cluster.apply(&config(name), &ApplyOptions::default()).await;
    applied.map(drop).map_err(|error| error.reason)
}

#[tokio::test]
async fn only_calls_that_meet_all_conditions_fail() {
    let rule = Rule::new(Fault::Error(Reason::Forbidden));
    let rule = rule.verb(Verb::Apply).kind("ConfigMap").name("b");
    let cluster = Faulty::new(Cluster::new()).rule(rule);
    assert_eq!(apply(&cluster, "a").await, Ok(()));
    assert_eq!(apply(&cluster, "b").await, Err(Reason::Forbidden));
    assert!(cluster.get(&config("b").reference()).await.is_ok());
    cluster.heal();
    assert_eq!(apply(&cluster, "b").await, Ok(()));
}

#[tokio::test]
async fn a_lost_answer_leaves_what_was_done() {
    let cluster = Faulty::new(Cluster::new()).rule(Rule::new(Fault::AnswerLost).first(1));
    assert_eq!(apply(&cluster, "a").await, Err(Reason::Timeout));
    assert!(
        cluster
            .get(&config("a").reference())
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(cluster.calls().len(), 2);
    assert_eq!(cluster.calls()[0].verb, Verb::Apply);
}

#[tokio::test]
async fn a_server_that_is_busy_says_how_long() {
    let wait = Duration::from_secs(3);
    let cluster = Faulty::new(Cluster::new()).rule(Rule::new(Fault::TooManyRequests(wait)));
    let error = cluster.discover().await.unwrap_err();
    assert_eq!(error.reason, Reason::TooManyRequests);
    assert_eq!(error.retry_after, Some(wait));
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_time_and_nothing_else() {
    let wait = Duration::from_secs(30);
    let cluster = Faulty::new(Cluster::new()).rule(Rule::new(Fault::Delay(wait)));
    let start = Instant::now();
    assert_eq!(apply(&cluster, "a").await, Ok(()));
    assert_eq!(start.elapsed(), wait);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults() {
    let run = async |seed| {
        let rule = Rule::new(Fault::Error(Reason::Unavailable)).percent(30, seed);
        let cluster = Faulty::new(Cluster::new()).rule(rule);
        let mut failed = Vec::new();
        for number in 0..200 {
            failed.push(apply(&cluster, &format!("a{number}")).await.is_err());
        }
        failed
    };
    let first = run(1).await;
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
    let count = first.iter().filter(|failed| **failed).count();
    assert!((30..=90).contains(&count), "{count} of 200");
}

#[tokio::test]
async fn watches_end_as_they_are_told() {
    let kind = GroupVersionKind::new("", "v1", "ConfigMap");
    for (fault, last) in [
        (Fault::WatchClosed(2), None),
        (Fault::WatchExpired(2), Some(Reason::Expired)),
    ] {
        let cluster = Faulty::new(Cluster::new()).rule(Rule::new(fault));
        for name in ["a", "b", "c"] {
            apply(&cluster, name).await.unwrap();
        }
        let events = cluster.watch(&kind, None, "0").await.unwrap();
        let events: Vec<_> = events.collect().await;
        let end = events
            .get(2)
            .map(|event| event.as_ref().unwrap_err().reason);
        assert_eq!(end, last);
        assert!(events.iter().take(2).all(Result::is_ok));
    }
}
