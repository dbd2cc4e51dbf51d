//! URLs of the Kubernetes API.

use std::fmt::Write;

use gitops_core::apply::{Error, Reason};
use gitops_core::discovery::Resource;
use gitops_core::{GroupVersionKind, ObjectRef, Scope};

/// The path of all objects of a kind, in all namespaces or in one.
/// A kind that knows no namespaces ignores the one given.
pub(super) fn collection(resource: &Resource, namespace: Option<&str>) -> Result<String, Error> {
    let GroupVersionKind { group, version, .. } = &resource.kind;
    let mut path = match group.as_str() {
        "" => format!("/api/{}", encode(version)),
        group => format!("/apis/{}/{}", encode(group), encode(version)),
    };
    if let (Some(namespace), Scope::Namespaced) = (namespace, resource.scope) {
        path += "/namespaces/";
        path += &segment(namespace, "namespace")?;
    }
    path.push('/');
    path += &encode(&resource.plural);
    Ok(path)
}

/// The path under which an object of this namespace is created.
pub(super) fn parent(resource: &Resource, object: &ObjectRef) -> Result<String, Error> {
    let namespace = object.namespace.as_deref();
    if resource.scope == Scope::Namespaced && namespace.is_none_or(str::is_empty) {
        let message = format!("{object} has no namespace");
        return Err(Error::new(Reason::Invalid, message));
    }
    collection(resource, namespace)
}

/// The path of one object.
pub(super) fn object(resource: &Resource, object: &ObjectRef) -> Result<String, Error> {
    let name = segment(&object.name, "name")?;
    Ok(format!("{}/{name}", parent(resource, object)?))
}

/// Adds `key=value` to a URL's query.
pub(super) fn add_query(url: &mut String, key: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(key);
    url.push('=');
    url.push_str(&encode(value));
}

/// One part of a path that comes from an object.
fn segment(text: &str, what: &str) -> Result<String, Error> {
    // No escaping makes these two a name: servers and proxies resolve them first.
    if matches!(text, "" | "." | "..") {
        let message = format!("{text:?} is no {what}");
        return Err(Error::new(Reason::Invalid, message));
    }
    Ok(encode(text))
}

/// Percent-encodes what is not plain in any part of a URL.
/// Colons stay, because names of roles are full of them.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                encoded.push(char::from(byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(namespace: Option<&str>, name: &str) -> ObjectRef {
        ObjectRef {
            kind: GroupVersionKind::new("apps", "v1", "Deployment"),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    fn resource(group: &str, plural: &str, scope: Scope) -> Resource {
        Resource::new(GroupVersionKind::new(group, "v1", "Any"), plural, scope)
    }

    #[test]
    fn scope_and_group_make_the_path() {
        let deployments = resource("apps", "deployments", Scope::Namespaced);
        let nodes = resource("", "nodes", Scope::Cluster);
        let web = reference(Some("shop"), "web");
        let path = object(&deployments, &web).unwrap();
        assert_eq!(path, "/apis/apps/v1/namespaces/shop/deployments/web");
        assert_eq!(object(&nodes, &web).unwrap(), "/api/v1/nodes/web");
        let path = collection(&deployments, None).unwrap();
        assert_eq!(path, "/apis/apps/v1/deployments");
    }

    #[test]
    fn a_name_cannot_leave_its_place() {
        let roles = resource("", "roles", Scope::Namespaced);
        let path = |name| object(&roles, &reference(Some("shop"), name));
        assert_eq!(
            path("system:a").unwrap(),
            "/api/v1/namespaces/shop/roles/system:a"
        );
        assert_eq!(
            path("../b?c").unwrap(),
            "/api/v1/namespaces/shop/roles/..%2Fb%3Fc"
        );
        assert_eq!(path("..").unwrap_err().to_string(), "\"..\" is no name");
        assert_eq!(path("").unwrap_err().reason, Reason::Invalid);
    }

    #[test]
    fn an_object_of_a_namespaced_kind_needs_a_namespace() {
        let deployments = resource("apps", "deployments", Scope::Namespaced);
        let error = object(&deployments, &reference(None, "web")).unwrap_err();
        assert_eq!(error.to_string(), "Deployment web has no namespace");
    }
}
