use super::*;

fn plain(list: &str) -> Vec<String> {
    let b = parse(list, SecurityProtocol::Plaintext);
    assert_eq!(b.error, None, "{list}");
    b.endpoints.iter().map(ToString::to_string).collect()
}

#[test]
fn the_usual_spellings() {
    assert_eq!(plain("a:1,b, c:3"), ["a:1", "b:9092", "c:3"]);
    assert_eq!(plain(",, a:1 ,"), ["a:1"]);
    assert_eq!(plain("[::1]:9093,[::1],::1"), ["[::1]:9093", "[::1]:9092", "[::1]:9092"]);
    assert_eq!(plain("plaintext://a:5/path,PLAINTEXT://b"), ["a:5", "b:9092"]);
    assert_eq!(plain(":7"), ["localhost:7"]);
    assert_eq!(plain("a:x"), ["a:0"]);
    assert_eq!(plain("a:65537"), ["a:1"]);
    for (list, shown) in [
        ("a: 1", "a:1"),
        ("a:\t\u{b}1", "a:1"),
        ("a:+1", "a:1"),
        ("a:-1", "a:65535"),
        ("a:-70000", "a:61072"),
        ("a:+-1", "a:0"),
        ("a:", "a:0"),
        ("a:18446744073709551617", "a:65535"),
        ("a:1.5", "a:1"),
        ("::1:9093", "[::1:9093]:9092"),
        ("plaintext://::1", "[::1]:9092"),
    ] {
        assert_eq!(plain(list), [shown], "{list}");
    }
    assert!(plain("").is_empty());
}

#[test]
fn errors_name_the_rest_of_the_list() {
    let b = parse("a:1,foo://b,c", SecurityProtocol::Plaintext);
    assert_eq!(b.endpoints, [Endpoint::new("a", 1)]);
    assert_eq!(b.error.unwrap(), "Broker name \"foo://b,c\" parse error: unsupported protocol \"FOO\"");
    assert_eq!(
        parse("ssl://b", SecurityProtocol::Plaintext).error.unwrap(),
        "Broker name \"ssl://b\" parse error: protocol \"SSL\" does not match security.protocol setting \"plaintext\""
    );
    assert_eq!(
        parse("://b", SecurityProtocol::Ssl).error.unwrap(),
        "Broker name \"://b\" parse error: empty protocol name"
    );
}

#[test]
fn odd_input_does_not_panic() {
    for list in ["\u{e4}:\u{e4}", "[", "]:", "://", "a://:/", ":::", "[]:1", "a:99999999999999999999"] {
        let _ = parse(list, SecurityProtocol::Plaintext);
    }
}

#[test]
fn canonical_names_of_an_address() {
    let options = ResolverOptions::default();
    let (found, warnings) = canonicalize(&[Endpoint::new("127.0.0.1", 7)], &options);
    assert_eq!((found.len(), warnings.len()), (1, 0));
    assert_eq!(found[0].port, 7);
}
