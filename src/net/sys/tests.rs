use super::*;

const HINTS: ResolveHints = ResolveHints {
    flags: 0,
    family: libc::AF_UNSPEC,
    socktype: libc::SOCK_STREAM,
    protocol: libc::IPPROTO_TCP,
};

#[test]
fn literals_resolve_without_a_name_server() {
    assert_eq!(getaddrinfo("127.0.0.1", "9092", &HINTS).unwrap(), ["127.0.0.1:9092".parse().unwrap()]);
    assert_eq!(getaddrinfo("::1", "1", &HINTS).unwrap(), ["[::1]:1".parse().unwrap()]);
    let v6 = ResolveHints { family: libc::AF_INET6, ..HINTS };
    assert_eq!(getaddrinfo("127.0.0.1", "1", &v6), Err("Address family for hostname not supported".into()));
}

#[test]
fn a_name_with_a_nul_is_refused() {
    assert_eq!(getaddrinfo("a\0b", "1", &HINTS), Err("Name or service not known".into()));
}

#[test]
fn short_and_foreign_addresses_are_left_out() {
    let unix = libc::sockaddr { sa_family: libc::AF_UNIX as u16, sa_data: [0; 14] };
    let short = libc::sockaddr { sa_family: libc::AF_INET6 as u16, sa_data: [0; 14] };
    // SAFETY: both point to 16 readable bytes, the null to none.
    unsafe {
        assert_eq!(read_sockaddr(&raw const unix, 16), None);
        assert_eq!(read_sockaddr(&raw const short, 16), None);
        assert_eq!(read_sockaddr(std::ptr::null(), 16), None);
        assert!(read_addrinfo(std::ptr::null()).is_empty());
    }
}

#[test]
fn a_negative_descriptor_is_not_a_socket() {
    assert!(Socket::new(-1, None).is_err());
}
