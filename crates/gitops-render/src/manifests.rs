//! Plain YAML and JSON manifests.
