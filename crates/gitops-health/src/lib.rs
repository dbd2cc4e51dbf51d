//! Health of live Kubernetes objects.
