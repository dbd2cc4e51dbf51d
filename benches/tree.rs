//! Resolving and reading a tree of 2,000 files, against a checkout by `git`.

use std::path::Path;
use std::process::Command;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use gitops_core::tree::EntryKind;
use gitops_core::{Location, Source, Tree, TreePath};
use gitops_render::git::Git;

const FILES: usize = 2_000;

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=bench",
            "-c",
            "user.email=bench@example.org",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the git program runs");
    assert!(output.status.success(), "{output:?}");
}

/// A repository of 20 folders with 100 manifests of 1.5 KB each.
fn repository(folder: &Path) {
    for file in 0..FILES {
        let parent = folder.join(format!("app-{}", file / 100));
        std::fs::create_dir_all(&parent).expect("a temporary folder");
        let data: String = (0..40)
            .map(|line| format!("  key-{line}: value-{file}-{line}\n"))
            .collect();
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map-{file}\ndata:\n{data}"
        );
        std::fs::write(parent.join(format!("{file}.yaml")), text).expect("a temporary folder");
    }
    git(folder, &["init", "-q"]);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "manifests"]);
}

fn read(tree: &dyn Tree, folder: &TreePath) -> usize {
    let entries = tree.list(folder).expect("a folder");
    let size = |path: TreePath, kind| match kind {
        EntryKind::Folder => read(tree, &path),
        _ => tree.read(&path).expect("a file").len(),
    };
    entries
        .into_iter()
        .map(|entry| size(folder.child(&entry.name), entry.kind))
        .sum()
}

fn read_checkout(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"));
    let paths = entries
        .filter(|entry| entry.file_name() != ".git")
        .map(|entry| entry.path());
    paths
        .map(|path| match path.is_dir() {
            true => read_checkout(&path),
            false => std::fs::read(path).expect("a file").len(),
        })
        .sum()
}

/// `git daemon`, because a repository on this machine is not fetched at all.
fn serve(folder: &Path) -> (std::process::Child, String) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("a bound socket").port();
    drop(listener);
    let child = Command::new("git")
        .args([
            "daemon",
            "--export-all",
            "--listen=127.0.0.1",
            "--reuseaddr",
        ])
        .args([
            format!("--port={port}"),
            format!("--base-path={}", folder.display()),
        ])
        .spawn()
        .expect("the git program runs");
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    (child, format!("git://127.0.0.1:{port}/repository"))
}

fn tree(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("repository");
    std::fs::create_dir(&source).expect("a temporary folder");
    repository(&source);
    let (mut daemon, url) = serve(folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let location = Location::git(url.as_str(), "HEAD");
    let all = |cache: &Path| {
        let git = Git::new(cache);
        let tree = runtime.block_on(async {
            let revision = git.resolve(&location).await?;
            git.tree(&location, &revision).await
        });
        read(&*tree.expect("a tree"), &TreePath::root())
    };
    let mut group = criterion.benchmark_group("2,000 files");
    group.sample_size(10);
    let empty = || tempfile::tempdir_in(folder.path()).expect("a temporary folder");
    group.bench_function("first time, through Tree", |bench| {
        bench.iter_batched_ref(empty, |cache| all(cache.path()), BatchSize::PerIteration);
    });
    group.bench_function("first time, by clone and checkout", |bench| {
        let clone = |target: &mut tempfile::TempDir| {
            git(target.path(), &["clone", "-q", "--depth=1", &url, "."]);
            read_checkout(target.path())
        };
        bench.iter_batched_ref(empty, clone, BatchSize::PerIteration);
    });
    let cache = empty();
    group.bench_function("again, through Tree", |bench| {
        bench.iter(|| all(cache.path()))
    });
    let clone = empty();
    git(clone.path(), &["clone", "-q", "--depth=1", &url, "."]);
    group.bench_function("again, by fetch and checkout", |bench| {
        bench.iter(|| {
            git(
                clone.path(),
                &["fetch", "-q", "--depth=1", "origin", "HEAD"],
            );
            git(clone.path(), &["checkout", "-q", "--force", "FETCH_HEAD"]);
            read_checkout(clone.path())
        });
    });
    group.finish();
    daemon.kill().expect("the daemon runs");
    daemon.wait().expect("the daemon ran");
}

criterion_group!(benches, tree);
criterion_main!(benches);
