//! Reading and writing manifests, in bytes a second.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::yaml::{self, Options};

const SIZES: [usize; 2] = [200_000, 20_000_000];

/// Deployments, services and configuration as people write them, up to `bytes`.
fn manifests(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 4096);
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        deployment(&mut text, number);
        service_and_config(&mut text, number);
    }
    text
}

fn deployment(text: &mut String, number: usize) {
    let _ = write!(
        text,
        r#"---
# Source: shop/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-backend-{number}
  namespace: shop
  labels:
    app.kubernetes.io/name: backend
    app.kubernetes.io/instance: shop-{number}
    app.kubernetes.io/version: "1.{number}.0"
  annotations:
    checksum/config: 01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b
spec:
  replicas: 3
  revisionHistoryLimit: 10
  selector:
    matchLabels: {{app.kubernetes.io/name: backend, app.kubernetes.io/instance: shop-{number}}}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: backend
        app.kubernetes.io/instance: shop-{number}
    spec:
      serviceAccountName: shop
      securityContext:
        runAsNonRoot: true
        fsGroup: 2000
      containers:
        - name: backend
          image: "registry.example.org/shop/backend:1.{number}.0"
          imagePullPolicy: IfNotPresent
          args: ["--port", "8080", "--verbose"]
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
          env:
            - name: LOG_LEVEL
              value: info
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: shop-database
                  key: url
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            initialDelaySeconds: 30
          resources:
            limits:
              cpu: 500m
              memory: 512Mi
            requests:
              cpu: 100m
              memory: 128Mi
          volumeMounts:
            - name: config
              mountPath: /etc/shop
      volumes:
        - name: config
          configMap:
            name: shop-config-{number}
"#
    );
}

fn service_and_config(text: &mut String, number: usize) {
    let _ = write!(
        text,
        r"---
apiVersion: v1
kind: Service
metadata:
  name: shop-backend-{number}
  namespace: shop
spec:
  type: ClusterIP
  ports:
    - port: 80
      targetPort: http
      protocol: TCP
      name: http
  selector:
    app.kubernetes.io/name: backend
    app.kubernetes.io/instance: shop-{number}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-config-{number}
  namespace: shop
data:
  shop.conf: |
    listen = 0.0.0.0:8080
    workers = 4

    [cache]
    size = 100
    ttl = 60
"
    );
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("yaml/read");
    group.sample_size(10);
    for size in SIZES {
        let text = manifests(size);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(size.to_string(), |bencher| {
            bencher.iter(|| yaml::objects(black_box(&text), &Options::default()).len());
        });
    }
}

fn write(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("yaml/write");
    group.sample_size(10);
    let text = manifests(SIZES[0]);
    let objects = yaml::objects(&text, &Options::default());
    let objects: Vec<_> = objects.into_iter().filter_map(Result::ok).collect();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function(SIZES[0].to_string(), |bencher| {
        bencher.iter(|| -> usize {
            let written = objects
                .iter()
                .map(|object| yaml::write(object.value()).len());
            written.sum()
        });
    });
}

criterion_group!(benches, read, write);
criterion_main!(benches);
