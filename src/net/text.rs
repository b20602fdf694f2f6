//! How addresses and errors of the system are shown.

use crate::base::error::{Error, ErrorCode};
use std::io;
use std::net::SocketAddr;

/// An address the way log lines and errors show it: `ipv4#127.0.0.1:9092`, `ipv6#[::1]:9092`.
#[must_use]
pub fn address_text(addr: &SocketAddr) -> String {
    format!("ipv{}#{addr}", if addr.is_ipv4() { 4 } else { 6 })
}

/// The text of a system error without Rust's "(os error N)".
#[must_use]
pub fn io_text(e: &io::Error) -> String {
    let text = e.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The text of an errno.
#[must_use]
pub fn errno_text(errno: i32) -> String {
    io_text(&io::Error::from_raw_os_error(errno))
}

pub(super) fn transport_error(text: String) -> Error {
    Error::new(ErrorCode::_TRANSPORT, text)
}
