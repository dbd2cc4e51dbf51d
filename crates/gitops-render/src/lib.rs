//! From a repository to Kubernetes objects, in-process.
//!
//! Sources bring files: [`git`] from repositories, `charts` from those of charts
//! (feature `http`), [`directory`] from a local
//! folder, [`memory`] from the program itself. Renderers make objects of them:
//! [`manifests`], [`helm`], [`kustomize`].

#[cfg(feature = "http")]
pub mod charts;
#[cfg(feature = "git")]
pub mod git;

pub mod directory;
pub mod memory;

pub mod credentials;

#[cfg(any(feature = "git", feature = "http"))]
mod tls;

#[cfg(any(feature = "helm", feature = "kustomize"))]
mod build_env;
mod glob;
pub mod manifests;

#[cfg(feature = "gotemplate")]
pub mod gotemplate;
#[cfg(feature = "helm")]
pub mod helm;
#[cfg(feature = "kustomize")]
pub mod kustomize;

#[cfg(any(feature = "git", feature = "helm"))]
pub mod version;
