//! `git://`: a socket.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use gitops_core::source::Reason;
use gix::protocol::transport::Protocol;
use gix::protocol::transport::client::git::ConnectMode;
use gix::protocol::transport::client::git::blocking_io::Connection;

use super::super::address::Server;
use super::super::error::Error;
use super::super::limits::{Bounded, Limits};

const PORT: u16 = 9418;

/// How long a read waits before the bounds are looked at again.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn connect(server: &Server, limits: &Arc<Limits>) -> Result<super::Connection, Error> {
    let unreachable = |error: std::io::Error| {
        let host = &server.host;
        Error::new(
            Reason::Unreachable,
            format!("cannot connect to {host}: {error}"),
        )
    };
    let stream = open(server, limits).map_err(unreachable)?;
    stream.set_read_timeout(Some(PAUSE)).map_err(unreachable)?;
    stream
        .set_write_timeout(Some(limits.remaining()))
        .map_err(unreachable)?;
    let reader = Bounded::new(stream.try_clone().map_err(unreachable)?, limits);
    let virtual_host = Some((server.host.clone(), server.port));
    let connection = Connection::new(
        reader,
        stream,
        Protocol::V2,
        server.path.as_str(),
        virtual_host,
        ConnectMode::Daemon,
        false,
    );
    Ok(Box::new(
        connection.custom_url(Some(server.url("git").into())),
    ))
}

/// The first of the host's addresses that answers.
fn open(server: &Server, limits: &Limits) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the host has no address");
    let addresses = (server.host.as_str(), server.port.unwrap_or(PORT)).to_socket_addrs()?;
    for address in addresses {
        match TcpStream::connect_timeout(&address, limits.remaining()) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
