//! Connections to servers, each with its bounds.
//!
//! gix brings the protocol; sockets and processes are opened here, because only
//! so a deadline holds while the other side is silent.

use std::sync::Arc;

use gix::protocol::transport::client::blocking_io::Transport;

use super::Options;
use super::address::Address;
use super::error::Error;
use super::limits::Limits;

mod daemon;
mod http;
mod ssh;

/// A connection over which gix speaks.
pub(super) type Connection = Box<dyn Transport + Send>;

/// Opens a connection to the repository at `address`.
pub(super) fn connect(
    address: &Address,
    options: &Options,
    limits: &Arc<Limits>,
) -> Result<Connection, Error> {
    limits.check()?;
    match address {
        Address::Daemon(server) => daemon::connect(server, limits),
        Address::Ssh(server) => ssh::connect(server, options, limits),
        Address::Http { url, user } => http::connect(url, user.as_deref(), options, limits),
        Address::Local(path) => Err(Error::new(
            gitops_core::source::Reason::Invalid,
            format!("{} is read where it is, not fetched", path.display()),
        )),
    }
}
