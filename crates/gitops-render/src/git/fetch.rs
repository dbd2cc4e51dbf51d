//! What is asked of a server: its references, and objects.

use std::cell::Cell;
use std::num::NonZeroU32;

use gitops_core::source::Reason;
use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::progress::Discard;
use gix::protocol::fetch::refmap::init::Context;
use gix::protocol::handshake::Ref;
use gix::protocol::transport::Service;
use gix::remote::Direction;
use gix::remote::fetch::{Shallow, Tags};

use super::error::{Error, chain};
use super::limits::Limits;
use super::refs::Refs;
use super::store::History;
use super::transport::Connection;

/// What is listed: not the references of pull requests and the like, often the most.
const USUAL_REFS: [&str; 3] = [
    "HEAD",
    "refs/heads/*:refs/heads/*",
    "refs/tags/*:refs/tags/*",
];

/// What to fetch.
#[derive(Clone, Debug)]
pub(super) enum Want {
    /// One commit, without its history.
    Commit(ObjectId),
    /// All branches and tags with all their history.
    Everything,
}

impl Want {
    pub(super) fn history(&self) -> History {
        match self {
            Self::Commit(_) => History::Shallow,
            Self::Everything => History::Full,
        }
    }

    /// References of our own, so that the next fetch can say what is here.
    fn refspecs(&self) -> Vec<String> {
        match self {
            Self::Commit(id) => vec![format!("+{id}:refs/kept/{id}")],
            Self::Everything => vec![
                "+refs/heads/*:refs/kept/heads/*".into(),
                "+refs/tags/*:refs/kept/tags/*".into(),
            ],
        }
    }
}

/// Lists the references of a repository: the usual ones, or the one named.
pub(super) fn list(
    mut connection: Connection,
    name: Option<&str>,
    limits: &Limits,
) -> Result<Refs, Error> {
    let asked = Cell::new(false);
    listed(&mut connection, name, &asked)
        .map_err(|error| failure("cannot list references", &error, limits, &asked))
}

fn listed(
    connection: &mut Connection,
    name: Option<&str>,
    asked: &Cell<bool>,
) -> gix::Result<Refs> {
    let mut handshake = gix::protocol::handshake(
        &mut *connection,
        Service::UploadPack,
        |_| {
            asked.set(true);
            Ok(None)
        },
        Vec::new(),
        &mut Discard,
    )?;
    let is_v2 = handshake.refs.is_none();
    let mut specs = Vec::new();
    for spec in USUAL_REFS.iter().copied().chain(name) {
        let operation = gix::refspec::parse::Operation::Fetch;
        specs.push(gix::refspec::parse(spec.into(), operation)?.to_owned());
    }
    let context = Context {
        fetch_refspecs: specs,
        extra_refspecs: Vec::new(),
    };
    let agent = (
        "agent",
        Some(concat!("gitops/", env!("CARGO_PKG_VERSION")).into()),
    );
    let map = handshake
        .prepare_lsrefs_or_extract_refmap(agent, true, context)?
        .fetch_blocking(Discard, &mut *connection, false)?;
    if is_v2 {
        // A courtesy to the server; what was asked for is here already.
        gix::protocol::indicate_end_of_interaction(&mut *connection, false).ok();
    }
    Ok(refs(&map.remote_refs, is_v2))
}

fn refs(remote: &[Ref], any_commit: bool) -> Refs {
    let named = remote.iter().filter_map(|reference| {
        let (name, object) = match reference {
            Ref::Peeled {
                full_ref_name,
                object,
                ..
            }
            | Ref::Direct {
                full_ref_name,
                object,
            }
            | Ref::Symbolic {
                full_ref_name,
                object,
                ..
            } => (full_ref_name, object),
            Ref::Unborn { .. } => return None,
        };
        Some((name.to_str().ok()?.to_owned(), *object))
    });
    Refs {
        names: named.collect(),
        any_commit,
    }
}

/// Fetches `want` into `repository`.
pub(super) fn fetch(
    repository: &gix::Repository,
    connection: Connection,
    want: &Want,
    history: History,
    limits: &Limits,
) -> Result<(), Error> {
    let asked = Cell::new(false);
    fetched(repository, connection, want, history, limits, &asked)
        .map_err(|error| failure("cannot fetch", &error, limits, &asked))
}

fn fetched(
    repository: &gix::Repository,
    mut connection: Connection,
    want: &Want,
    history: History,
    limits: &Limits,
    asked: &Cell<bool>,
) -> gix::Result<()> {
    let url = gix::url::parse(connection.to_url().as_ref())?;
    let specs = want.refspecs();
    let remote = repository
        .remote_at_without_url_rewrite(url)?
        .with_fetch_tags(Tags::None)
        .with_refspecs(
            specs.iter().map(|spec| spec.as_bytes().as_bstr()),
            Direction::Fetch,
        )?;
    let shallow = match history {
        History::Shallow => Shallow::DepthAtRemote(NonZeroU32::MIN),
        History::Full => Shallow::NoChange,
    };
    remote
        .to_connection_with_transport(&mut connection)
        .with_credentials(|_| {
            asked.set(true);
            Ok(None)
        })
        .prepare_fetch(Discard, gix::remote::ref_map::Options::default())?
        .with_shallow(shallow)
        .receive(Discard, limits.stop())?;
    Ok(())
}

/// Says what a failure means: a broken bound comes first, for it caused the rest.
fn failure(what: &str, error: &gix::Error, limits: &Limits, asked: &Cell<bool>) -> Error {
    if let Err(broken) = limits.check() {
        return Error::new(broken.reason, format!("{what}: {broken}"));
    }
    let text = chain(error);
    if asked.get() {
        let message =
            format!("{what}: the repository wants credentials, or others than those given");
        return Error::new(Reason::Unauthorized, message);
    }
    Error::new(reason(error, &text), format!("{what}: {text}"))
}

fn reason(error: &gix::Error, text: &str) -> Reason {
    let says = |phrase: &str| text.contains(phrase);
    if says("not our ref") || says("unadvertised object") || says("not valid") {
        return Reason::RevisionNotFound;
    }
    let refused = says("Permission denied (")
        || says("Host key verification failed")
        || says("HTTP status 403");
    if refused || error.is_unauthenticated() || error.is_permission_denied() {
        return Reason::Unauthorized;
    }
    if error.is_corrupted() || error.is_validation() || error.is_unsupported() {
        return Reason::Invalid;
    }
    Reason::Unreachable
}
