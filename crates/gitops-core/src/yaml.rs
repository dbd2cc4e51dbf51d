//! YAML by the rules Kubernetes uses.
