use super::*;

#[test]
fn an_ipv6_address_is_shown_in_brackets_and_resolved_without() {
    for host in ["2001:db8::", "[2001:db8::]"] {
        let e = Endpoint::new(host, 9092);
        assert_eq!((e.node(), e.to_string().as_str()), ("2001:db8::", "[2001:db8::]:9092"));
    }
    assert_eq!(Endpoint::new("[::1]", 1), Endpoint::new("::1", 1));
    assert_eq!(Endpoint::new("fe80::1%eth0", 1).to_string(), "[fe80::1%eth0]:1");
}

#[test]
fn brackets_around_a_name_are_not_for_the_resolver() {
    let e = Endpoint::new("[host]", 1);
    assert_eq!((e.node(), e.to_string().as_str()), ("host", "[host]:1"));
    assert_eq!(Endpoint::new("[odd", 1).node(), "[odd");
    assert_eq!(Endpoint::new("", 7).to_string(), ":7");
}

#[test]
fn an_advertised_port_has_sixteen_bits() {
    for (advertised, port) in [(9092, 9092), (0, 0), (70_000, 4464), (-1, 65_535), (i32::MIN, 0)] {
        assert_eq!(Endpoint::advertised("h", advertised).port, port);
    }
}

#[test]
fn what_a_broker_sends_cannot_break_a_line() {
    let e = Endpoint::new("a\nb\u{1b}[1m", 1);
    assert_eq!(e.to_string(), "a\\nb\\u{1b}[1m:1");
    assert_eq!(e.node(), "a\nb\u{1b}[1m");
}
