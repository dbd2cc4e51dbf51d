use std::fmt::Write as _;

use super::*;
use crate::memory::MemoryTree;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

/// A gzipped tar with these entries.
fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    for (path, content) in entries {
        let mut header = tar::Header::new_ustar();
        // As it stands: the checked way would refuse what is tested here.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn unpacked(entries: &[(&str, &[u8])]) -> Result<Chart, Error> {
    Chart::from_archive(&packed(entries))
}

#[track_caller]
fn refused(entries: &[(&str, &[u8])], message: &str) {
    let error = unpacked(entries).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

fn loaded(files: &[(&str, &str)]) -> Result<Chart, Error> {
    let tree = MemoryTree::try_from(files.to_vec()).unwrap();
    Chart::load(&tree, &TreePath::root())
}

#[test]
fn archives_are_read_without_their_top_folder() {
    let bom = "\u{feff}a: 1\n";
    let chart = unpacked(&[
        ("web/Chart.yaml", CHART.as_bytes()),
        ("web/./values.yaml", bom.as_bytes()),
        ("web\\templates\\a.yaml", b"x"),
        ("web/.helmignore", b"*"),
        ("web/README.md", b"# x"),
    ])
    .unwrap();
    assert_eq!(chart.values.to_map()["a"], 1);
    assert_eq!(chart.templates[0].path, "templates/a.yaml");
    // What is packed is never ignored.
    assert_eq!(chart.files.len(), 2);
}

#[test]
fn hostile_archives_are_refused() {
    let chart = ("web/Chart.yaml", CHART.as_bytes());
    refused(
        &[chart, ("web/../../etc/passwd", b"x")],
        "chart archive: chart illegally references parent directory: \"web/../../etc/passwd\"",
    );
    refused(
        &[chart, ("web//etc/passwd", b"x")],
        "chart illegally contains absolute paths: \"web//etc/passwd\"",
    );
    refused(&[chart, ("passwd", b"x")], "outside the base directory");
    refused(&[chart, ("web/c:/x", b"x")], "illegally named files");
    refused(
        &[("Chart.yaml", CHART.as_bytes())],
        "chart yaml not in base directory",
    );
    refused(&[], "no files in chart archive");
    assert!(Chart::from_archive(b"nonsense").is_err());
    let mut cut = packed(&[chart]);
    cut.truncate(cut.len() / 2);
    assert!(Chart::from_archive(&cut).is_err());
}

#[test]
fn archives_that_grow_are_refused() {
    let zeros = vec![0; 6 << 20];
    let chart = ("web/Chart.yaml", CHART.as_bytes());
    refused(
        &[chart, ("web/big", &zeros)],
        "chart file \"big\" is larger than the maximum file size 5242880",
    );
    let five = &zeros[..5 << 20];
    let names: Vec<String> = (0..21).map(|number| format!("web/{number}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), five)).collect();
    refused(&many, "more than 104857600 bytes");
}

#[test]
fn charts_in_charts_end_somewhere() {
    let mut path = String::new();
    let mut tree = MemoryTree::new();
    for _ in 0..30 {
        tree = tree.with_file(&format!("{path}Chart.yaml"), CHART).unwrap();
        write!(path, "charts/web/").unwrap();
    }
    let error = Chart::load(&tree, &TreePath::root())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("the chart has more than 20 charts inside each other"),
        "{error}"
    );
}

#[test]
fn folders_that_hold_themselves_end_somewhere() {
    let tree = MemoryTree::new()
        .with_file("Chart.yaml", CHART)
        .and_then(|tree| tree.with_link("files/again", "../files"))
        .and_then(|tree| tree.with_link("files/more", "../files"))
        .unwrap();
    let error = Chart::load(&tree, &TreePath::root()).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[test]
fn links_are_followed_inside_the_repository_only() {
    let tree = MemoryTree::new()
        .with_file("chart/Chart.yaml", CHART)
        .and_then(|tree| tree.with_file("shared/a.yaml", "x"))
        .and_then(|tree| tree.with_link("chart/templates", "../shared"))
        .unwrap();
    let path = TreePath::new("chart").unwrap();
    assert_eq!(Chart::load(&tree, &path).unwrap().templates.len(), 1);
    let outside = tree.with_link("chart/secret", "../../etc/passwd").unwrap();
    assert_eq!(
        Chart::load(&outside, &path).unwrap_err().to_string(),
        "chart/secret: symbolic link leads out of the repository"
    );
}

#[test]
fn chart_files_are_checked() {
    for (text, message) in [
        ("name: [a]\nversion: 1.0.0\n", "name has the wrong type"),
        ("- a\n", "it is not a map"),
        (
            "name: ..\nversion: 1.0.0\n",
            "chart.metadata.name \"..\" is invalid",
        ),
        ("a: b: c\n", "cannot load Chart.yaml"),
    ] {
        let error = loaded(&[("Chart.yaml", text)]).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let metadata = loaded(&[("Chart.yaml", "name: 1\nversion: 1.10\nappVersion: true\n")])
        .unwrap()
        .metadata;
    assert_eq!(
        (&*metadata.name, &*metadata.version, &*metadata.app_version),
        ("1", "1.1", "true")
    );
    assert_eq!(metadata.api_version, "v1");
}

#[test]
fn requirements_lie_over_the_dependencies() {
    let chart = "apiVersion: v1\nname: web\nversion: 1.0.0\ndependencies:\n- {name: a, version: 1, alias: x}\n";
    let requirements = "dependencies:\n- {name: b}\n- {name: c, tags: [t]}\n";
    let chart = loaded(&[("Chart.yaml", chart), ("requirements.yaml", requirements)]).unwrap();
    let dependencies = &chart.metadata.dependencies;
    assert_eq!(
        (&*dependencies[0].name, &*dependencies[0].alias),
        ("b", "x")
    );
    assert_eq!(dependencies[1].tags, ["t"]);
    assert_eq!(chart.files[0].path, "requirements.yaml");
}
