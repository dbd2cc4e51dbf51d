//! Charts that a kustomization names, from repositories on loopback.

use gitops_core::Tree;
use gitops_core::render::Remotes;
use tokio::runtime::Runtime;

use super::*;
use crate::kustomize::{self, Output, build_with};
use crate::memory::MemoryTree;

/// Repositories for a caller that does not wait.
struct Waiting(Charts, Runtime);

impl Remotes for Waiting {
    fn tree(&self, location: &Location) -> Result<Arc<dyn Tree>, source::Error> {
        self.1.block_on(async {
            let version = self.0.resolve(location).await?;
            self.0.tree(location, &version).await
        })
    }
}

fn build(repository: &str, version: &str) -> Result<String, kustomize::Error> {
    let charts = Charts::with(Options::default().plain_http(true));
    let remotes = Waiting(charts, Runtime::new().unwrap());
    let text = format!(
        "namePrefix: my-\nhelmCharts: [{{name: web, repo: '{repository}', version: {version}}}]\n"
    );
    let tree = MemoryTree::default();
    let tree = tree.with_file("kustomization.yaml", text).unwrap();
    let options = kustomize::Options::default().enable_helm(true);
    let output = build_with(&tree, &TreePath::root(), &options, &remotes, |_| Ok(()));
    output.map(|output: Output| output.to_string())
}

#[test]
fn a_kustomization_takes_charts_from_an_index_and_from_a_registry() {
    let expected = "apiVersion: v1\nkind: Service\nmetadata:\n  name: my-web\n";
    let server = Server::new(repository);
    let url = format!("{}/charts", server.url);
    assert_eq!(build(&url, "1.2.0").unwrap(), expected);
    let registry = Server::new(registry);
    let host = registry.url.strip_prefix("http://").unwrap();
    let url = format!("oci://{host}/team");
    assert_eq!(build(&url, "1.0.0+build").unwrap(), expected);
}

#[test]
fn a_chart_that_the_repository_does_not_have_is_named() {
    let server = Server::new(repository);
    let url = format!("{}/charts", server.url);
    let error = build(&url, "7.0.0").unwrap_err().to_string();
    assert!(error.contains("web") && error.contains("7.0.0"), "{error}");
}
