use super::text::transport_error;
use super::*;
use std::io;

#[test]
fn addresses_are_shown_with_their_family() {
    assert_eq!(address_text(&"127.0.0.1:9092".parse().unwrap()), "ipv4#127.0.0.1:9092");
    assert_eq!(address_text(&"[::1]:9092".parse().unwrap()), "ipv6#[::1]:9092");
}

#[test]
fn system_errors_are_shown_without_their_number() {
    assert_eq!(errno_text(libc::ECONNREFUSED), "Connection refused");
    assert_eq!(CloseReason::from(io::Error::from_raw_os_error(libc::EPIPE)).text(), "Broken pipe");
}

#[test]
fn the_peer_ends_a_connection_by_closing_or_resetting_it() {
    let of = |errno| CloseReason::from(io::Error::from_raw_os_error(errno));
    assert_eq!(of(libc::ECONNRESET).disconnect_text(), Some("Disconnected: connection reset by peer"));
    assert!(CloseReason::Ended.disconnect_text().is_some_and(|t| t.contains("closed by peer")));
    assert_eq!(of(libc::ETIMEDOUT).disconnect_text(), None);
    assert_eq!(CloseReason::Protocol(transport_error("bad record".into())).disconnect_text(), None);
}
