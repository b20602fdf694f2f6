use super::token::{Token, Tokens};
use super::unsecured;
use crate::auth::credentials::Login;
use crate::auth::{Beginning, Exchange, Mechanism, Principal, Proof, Step};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

const NOW_MS: i64 = 1_795_977_671_705;

fn token(life_ms: i64) -> Token {
    Token::new("tok", NOW_MS + life_ms, "me", Vec::new(), NOW_MS).unwrap()
}

fn extensions(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

#[test]
fn a_token_is_shown_with_its_extensions() {
    let principal = Principal::new(Mechanism::OAuthBearer, Login::default(), String::new);
    assert!(!principal.is_ready() && principal.begin("b").is_none(), "no token yet");
    let both = vec![("b".to_owned(), "w".to_owned()), ("a".to_owned(), "v x".to_owned())];
    let token = Token::new("abc", NOW_MS + 1, "me", both, NOW_MS).unwrap();
    principal.tokens.set(token, Time::default(), NOW_MS);
    let Some(Beginning::Token(mut exchange, first)) = principal.begin("b") else { panic!("no token") };
    assert_eq!(first, b"n,,\x01auth=Bearer abc\x01b=w\x01a=v x\x01\x01");
    assert_eq!(exchange.answered(b""), Ok(Step::Done));
    assert!(!format!("{exchange:?}").contains("abc"), "tokens are not shown");
}

#[test]
fn a_refused_token_is_told_with_what_the_broker_has_against_it() {
    let token = Arc::new(token(1));
    let (mut exchange, _) = Exchange::begin(Proof::Bearer(token), String::new());
    assert_eq!(exchange.answered(b"{\"status\":\"invalid_token\"}"), Ok(Step::Send(vec![1])));
    let error = "SASL OAUTHBEARER authentication failed (principal=me): {\"status\":\"invalid_token\"}";
    assert_eq!(exchange.answered(b""), Err(error.to_owned()));
}

#[test]
fn tokens_are_checked() {
    let now = "now=1795977671705ms";
    let only = "must only consist of space, horizontal tab, CR, LF, and visible characters (%x21-7E)";
    let cases = [
        (NOW_MS, "tok", Vec::new(), format!("Must supply an unexpired token: {now}, exp=1795977671705ms")),
        (-1, "tok", Vec::new(), format!("Must supply an unexpired token: {now}, exp=-1ms")),
        (
            i64::MAX,
            "tok",
            Vec::new(),
            format!("Must supply an unexpired token: {now}, exp=9223372036854775807ms"),
        ),
        (NOW_MS + 1, "to\x01k", Vec::new(), format!("The SASL/OAUTHBEARER token {only}")),
        (NOW_MS + 1, "é", Vec::new(), format!("The SASL/OAUTHBEARER token {only}")),
        (
            NOW_MS + 1,
            "tok",
            extensions("auth", "x"),
            "Cannot explicitly set the reserved `auth` SASL/OAUTHBEARER extension key".to_owned(),
        ),
        (
            NOW_MS + 1,
            "tok",
            extensions("", "x"),
            "SASL/OAUTHBEARER extension keys must not be empty".to_owned(),
        ),
        (
            NOW_MS + 1,
            "tok",
            extensions("a1", "x"),
            "SASL/OAUTHBEARER extension keys must only consist of A-Z or a-z characters: a1 (1)".to_owned(),
        ),
        (NOW_MS + 1, "tok", extensions("a", "\x01"), format!("SASL/OAUTHBEARER extension values {only}")),
    ];
    for (expires, value, extensions, error) in cases {
        assert_eq!(Token::new(value, expires, "me", extensions, NOW_MS).err(), Some(error));
    }
    assert!(Token::new("", NOW_MS + 1, "", extensions("a", "\t\r\n ~"), NOW_MS).is_ok());
}

#[test]
fn the_application_is_asked_once_and_again_before_a_token_ends() {
    let (tokens, start) = (Tokens::default(), Time(1_000_000));
    assert!(tokens.ask(start) && !tokens.ask(start), "asked once until there is an answer");
    assert!(tokens.failed("x", start));
    assert!(!tokens.failed("x", start));
    assert!(!tokens.ask(start + Duration::from_secs(9)));
    assert!(tokens.ask(start + Duration::from_secs(10)), "ten seconds after a failure");
    tokens.set(token(100_000), start, NOW_MS);
    assert_eq!(tokens.ask_at(), Deadline::at(start + Duration::from_secs(80)), "at 80 % of the token's life");
    assert!(tokens.ask(start + Duration::from_secs(80)));
    assert!(tokens.failed("x", start + Duration::from_secs(80)));
    assert!(tokens.get().is_some(), "the old token is kept");
}

fn claims(config: &str) -> String {
    let token = unsecured::token(config, NOW_MS).unwrap();
    let parts: Vec<&str> = token.value().split('.').collect();
    assert_eq!((parts.len(), parts[0], parts[2]), (3, "eyJhbGciOiJub25lIn0", ""));
    String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap()
}

#[test]
fn unsecured_tokens_say_what_the_property_says() {
    assert_eq!(claims("principal=a"), r#"{"sub":"a","iat":1795977671.705,"exp":1795981271.705}"#);
    let all = "  scope=x,y principal=a principalClaimName=p scopeClaimName=s lifeSeconds=100 extension_b=w ";
    assert_eq!(claims(all), r#"{"p":"a","iat":1795977671.705,"exp":1795977771.705,"s":["x","y"]}"#);
    let token = unsecured::token(all, NOW_MS).unwrap();
    assert_eq!((token.principal(), token.extensions()), ("a", &extensions("b", "w")[..]));
}

/// The texts are librdkafka 2.16.0's.
#[test]
fn what_is_wrong_with_the_property_is_said() {
    let cases = [
        ("", "must not be empty"),
        (" ", "must not be empty"),
        ("principal=", "empty 'principal='"),
        ("principalClaimName=x", "no principal=<value>"),
        ("principal=a lifeSeconds=0", "value out of range of positive int 'lifeSeconds=': 0"),
        ("principal=a lifeSeconds=x", "non-integral 'lifeSeconds=': x"),
        ("principal=a lifeSeconds=-1", "value out of range of positive int 'lifeSeconds=': -1"),
        (
            "principal=a lifeSeconds=99999999999999999999",
            "value out of range of positive int 'lifeSeconds=': 99999999999999999999",
        ),
        ("principal=a\"b", "'\"' cannot appear in principal: a\"b"),
        ("principal=a scopeClaimName=", "empty 'scopeClaimName='"),
        ("principal=a extension_=v", "empty 'extension_' key"),
        ("principal=a principal=b", "multiple 'principal=' entries"),
        ("principal=a scope=", "empty 'scope='"),
    ];
    for (config, why) in cases {
        let error = format!("Invalid sasl.oauthbearer.config: {why}");
        assert_eq!(unsecured::token(config, NOW_MS).err(), Some(error), "{config}");
    }
    for config in ["foo=bar principal=a", "x", "PRINCIPAL=a", "principal"] {
        let error = format!("Unrecognized sasl.oauthbearer.config beginning at: {config}");
        assert_eq!(unsecured::token(config, NOW_MS).err(), Some(error));
    }
}
