//! All objects of a kind, page by page.

use gitops_core::Object;
use gitops_core::apply::{Error, ObjectList, Reason};
use gitops_core::discovery::Resource;
use serde::Deserialize;
use serde_json::Value;

use super::path;
use super::request::{Request, Server};

/// One page of a list.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: Metadata,
    /// A server written in Go sends null for an empty list.
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    resource_version: String,
    r#continue: String,
}

/// Lists in pages. Where reading takes so long that the server forgets the
/// moment the list began at, everything is read again in one go.
pub(super) async fn all(
    server: &Server,
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<ObjectList, Error> {
    let url = path::collection(resource, namespace)?;
    match pages(server, resource, &url).await {
        Err(error) if error.reason == Reason::Expired => {
            let whole = server.send::<Page>(&Request::get(url)).await?.content()?;
            let mut list = ObjectList::default();
            take(&mut list, whole, resource)?;
            Ok(list)
        }
        outcome => outcome,
    }
}

async fn pages(server: &Server, resource: &Resource, url: &str) -> Result<ObjectList, Error> {
    let limit = server.options.page_size.max(1).to_string();
    let longest = server.options.longest_list;
    let (mut list, mut bytes) = (ObjectList::default(), 0_usize);
    let mut next = String::new();
    loop {
        let request = Request::get(url).query("limit", &limit).query_some(
            "continue",
            Some(next.as_str()).filter(|token| !token.is_empty()),
        );
        let page = server.send::<Page>(&request).await?;
        bytes = bytes.saturating_add(page.bytes);
        if bytes > longest {
            let message = format!(
                "the list of {} is longer than {longest} bytes",
                resource.kind
            );
            return Err(Error::new(Reason::TooLarge, message));
        }
        let token = take(&mut list, page.content()?, resource)?;
        if token.is_empty() {
            return Ok(list);
        }
        if token == next {
            let message = format!("the list of {} does not come to an end", resource.kind);
            return Err(Error::new(Reason::Other, message));
        }
        next = token;
    }
}

/// Adds a page and returns where the next one begins.
fn take(list: &mut ObjectList, page: Page, resource: &Resource) -> Result<String, Error> {
    let Metadata {
        resource_version,
        r#continue,
    } = page.metadata;
    for item in page.items.unwrap_or_default() {
        list.objects.push(whole(item, resource)?);
    }
    list.resource_version = resource_version;
    Ok(r#continue)
}

/// The items of a list do not repeat the list's kind.
fn whole(mut item: Value, resource: &Resource) -> Result<Object, Error> {
    if let Value::Object(item) = &mut item {
        item.entry("apiVersion")
            .or_insert_with(|| resource.kind.api_version().into());
        item.entry("kind")
            .or_insert_with(|| resource.kind.kind.clone().into());
    }
    Object::new(item).map_err(|error| {
        let message = format!("an item in the list of {} is no object", resource.kind);
        Error::new(Reason::Other, message).caused_by(error)
    })
}
