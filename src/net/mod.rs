//! Sockets, name resolution and the list of bootstrap servers.
//!
//! A broker talks to the world through [`Transport`]. The real one is [`tcp::TcpTransport`]; the simulation
//! has its own, so nothing above this layer knows whether the bytes are real.

pub mod bootstrap;
mod endpoint;
mod hooks;
pub mod http;
pub mod local;
pub mod resolver;
pub mod sys;
pub mod tcp;
mod text;
mod transport;

pub use endpoint::Endpoint;
pub use hooks::{ResolveHints, SocketHooks};
pub use text::{address_text, errno_text, io_text};
pub use transport::{CloseReason, Elsewhere, Setup, Transport};

/// The port of a broker that was named without one.
pub const DEFAULT_PORT: u16 = 9092;

/// `broker.address.family`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressFamily {
    #[default]
    Any,
    V4,
    V6,
}

#[cfg(test)]
mod tests;
