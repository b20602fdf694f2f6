use super::*;
use crate::auth::credentials::Secret;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

struct Still;

impl World for Still {
    fn read(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        let text = match path {
            "key" => "the key",
            "assertion" => " a.b.c\n",
            "two" => "a.b.c\nd.e.f",
            "empty" => "",
            "template" => r#"{"header":{"kid":"k","alg":"none"},"payload":{"sub":"t","x":[1,null],"exp":5}}"#,
            "half" => r#"{"header":{}}"#,
            "scalar" => r#"{"header":5,"payload":[1]}"#,
            "nonsense" => "x",
            _ => return Err("No such file or directory".into()),
        };
        Ok(Zeroizing::new(text.as_bytes().to_vec()))
    }

    fn sign(
        &self,
        algorithm: Algorithm,
        pem: &[u8],
        passphrase: &[u8],
        data: &[u8],
    ) -> Result<Vec<u8>, String> {
        assert_eq!((pem, passphrase), (&b"the key"[..], &b"hush"[..]));
        Ok(format!("{}:{}", algorithm.name(), data.len()).into_bytes())
    }

    fn now_ms(&self) -> i64 {
        100_500
    }

    fn unique_id(&self) -> String {
        "an-id".into()
    }
}

fn oidc(grant: Grant) -> Oidc {
    Oidc {
        endpoint_url: "http://h/token".into(),
        grant,
        scope: None,
        extensions: vec![("a".into(), "b".into())],
        sub_claim_name: "sub".into(),
        trust: HttpsTrust::default(),
    }
}

fn credentials() -> Oidc {
    oidc(Grant::ClientCredentials { id: "abc".into(), secret: Password::new(b"s:\xff") })
}

fn signed() -> SignedAssertion {
    SignedAssertion {
        algorithm: Algorithm::Es256,
        key: Key::File("key".into()),
        passphrase: Password::new(b"hush"),
        claims: Claims { expires_after_s: 300, valid_before_s: 60, ..Claims::default() },
        template: None,
    }
}

fn asked(oidc: &Oidc) -> String {
    let call = oidc.call(&Still).ok().unwrap();
    let headers: Vec<String> = call.headers.iter().map(|(n, v)| format!("{n}: {}", **v)).collect();
    let body = String::from_utf8(call.body.to_vec()).unwrap();
    format!("{} {} [{}] {body}", call.method, call.url, headers.join(", "))
}

fn refused(oidc: &Oidc) -> String {
    let failure = oidc.call(&Still).err().unwrap();
    assert_eq!(failure.told, "Failed to create JWT assertion");
    failure.logged.unwrap().1
}

const FORM: &str = "Accept: application/json, Content-Type: application/x-www-form-urlencoded";

#[test]
fn credentials_go_into_a_header() {
    let mut oidc = credentials();
    let head = format!(
        "POST http://h/token [Authorization: Basic YWJjOnM6/w==, {FORM}] grant_type=client_credentials"
    );
    assert_eq!(asked(&oidc), head);
    oidc.scope = Some("a b+c%20d\u{e9}".into());
    assert_eq!(asked(&oidc), format!("{head}&scope=a%20b+c%20d%C3%A9"));
}

/// Header and claims of the assertion in a request, and its signature.
fn assertion_in(oidc: &Oidc) -> (Value, Value, String) {
    let call = oidc.call(&Still).ok().unwrap();
    let body = String::from_utf8(call.body.to_vec()).unwrap();
    let form = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=";
    let assertion = body.strip_prefix(form).unwrap().split('&').next().unwrap().to_owned();
    let parts: Vec<Vec<u8>> = assertion.split('.').map(|p| URL_SAFE_NO_PAD.decode(p).unwrap()).collect();
    let read = |i: usize| serde_json::from_slice(&parts[i]).unwrap();
    (read(0), read(1), String::from_utf8(parts[2].clone()).unwrap())
}

#[test]
fn assertions_are_made_and_signed() {
    let mut signed = signed();
    let of = |signed: &SignedAssertion| oidc(Grant::JwtBearer(Assertion::Signed(Box::new(signed.clone()))));
    let (header, claims, signature) = assertion_in(&of(&signed));
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT"}));
    assert_eq!(claims, json!({"iat": 100, "exp": 400, "nbf": 40}));
    assert!(signature.starts_with("ES256:"));

    signed.claims = Claims {
        audience: Some("AU".into()),
        issuer: Some("I\"S".into()),
        subject: Some("SU".into()),
        has_id: true,
        ..signed.claims
    };
    signed.key = Key::Pem(Secret::new("the key"));
    signed.algorithm = Algorithm::Rs256;
    signed.template = Some("template".into());
    let mut oidc = of(&signed);
    oidc.scope = Some("x y/+".into());
    let (header, claims, _) = assertion_in(&oidc);
    assert_eq!(header, json!({"kid": "k", "alg": "RS256", "typ": "JWT"}));
    let all = json!({"x": [1, null], "iat": 100, "exp": 400, "nbf": 40, "sub": "SU", "iss": "I\"S", "aud": "AU", "jti": "an-id"});
    assert_eq!(claims, all);
    assert!(asked(&oidc).ends_with("&scope=x%20y%2F%2B"));
}

#[test]
fn assertions_that_cannot_be_made() {
    let of = |template: &str, key: &str| {
        let signed =
            SignedAssertion { template: Some(template.into()), key: Key::File(key.into()), ..signed() };
        refused(&oidc(Grant::JwtBearer(Assertion::Signed(Box::new(signed)))))
    };
    let no_objects = "JWT template must contain both 'header' and 'payload' objects: ";
    assert_eq!(of("none", "key"), "Failed to open JWT template file: none: No such file or directory");
    assert_eq!(of("half", "key"), format!("{no_objects}half"));
    assert_eq!(of("scalar", "key"), format!("{no_objects}scalar"));
    assert_eq!(of("nonsense", "key"), "Failed to parse JWT template JSON: nonsense");
    assert_eq!(of("empty", "key"), "JWT template file is empty or invalid: empty");
    assert_eq!(
        of("template", "none"),
        "Failed to read private key from file none: No such file or directory"
    );
    let file = |path: &str| oidc(Grant::JwtBearer(Assertion::File(path.into())));
    assert!(asked(&file("assertion")).ends_with("&assertion=a.b.c"));
    assert_eq!(refused(&file("two")), "There is no JWT assertion in file two");
    assert_eq!(refused(&file("empty")), "There is no JWT assertion in file empty");
    assert_eq!(
        refused(&file("none")),
        "Failed to read JWT assertion from file none: No such file or directory"
    );
}

#[test]
fn azure_is_asked_without_credentials() {
    let mut oidc = oidc(Grant::AzureImds { query: Some("a=b".into()) });
    let rest = "[Metadata: true, Accept: application/json] ";
    assert_eq!(asked(&oidc), format!("GET http://h/token?a=b {rest}"));
    oidc.endpoint_url.push_str("?c=d");
    assert_eq!(asked(&oidc), format!("GET http://h/token?c=d&a=b {rest}"));
    oidc.grant = Grant::AzureImds { query: None };
    assert_eq!(asked(&oidc), format!("GET http://h/token?c=d {rest}"));
    oidc.grant = Grant::AwsIam;
    assert!(oidc.call(&Still).err().unwrap().told.starts_with("aws_iam OAUTHBEARER"));
}

fn jwt(claims: &Value) -> Value {
    json!({"access_token": format!("x.{}.y", URL_SAFE_NO_PAD.encode(claims.to_string()))})
}

#[test]
fn a_token_is_taken_out_of_an_answer() {
    let answer = jwt(&json!({"sub": "me", "exp": 50.75}));
    let taken = token(&answer, &credentials(), 1000).unwrap();
    assert_eq!(taken.value(), answer["access_token"].as_str().unwrap());
    assert_eq!((taken.principal(), taken.extensions()), ("me", &[("a".to_owned(), "b".to_owned())][..]));
    let padded = json!({"access_token": "x.eyJzdWIiOiJtZT8/PyIsImV4cCI6MX0=.y"});
    assert_eq!(token(&padded, &credentials(), 0).unwrap().principal(), "me???");
    let far = jwt(&json!({"sub": "me", "exp": 1e300}));
    assert!(token(&far, &credentials(), 0).is_ok());
}

#[test]
fn answers_without_a_token() {
    let field = |name: &str| format!("Expected JSON JWT response with {name} field");
    let valid_sub = "Expected JSON JWT response with valid \"sub\" field (non-empty value required)";
    let cases = [
        (json!([1]), "Expected JSON response with \"access_token\" field".to_owned()),
        (Value::Null, "Expected JSON response with \"access_token\" field".to_owned()),
        (json!({"access_token": 5}), "Expected token as a string value".to_owned()),
        (
            json!({"access_token": "a.b"}),
            "Failed to decode JWT payload: The token is invalid with less than 2 delimiters".to_owned(),
        ),
        (
            json!({"access_token": "!!.@@.##"}),
            "Failed to decode JWT payload: Failed to decode base64 payload".to_owned(),
        ),
        (json!({"access_token": "abc.def.ghi"}), "Failed to parse JSON JWT payload".to_owned()),
        (jwt(&json!({"sub": "me"})), field("\"exp\"")),
        (jwt(&json!({"sub": "me", "exp": -1})), field("valid \"exp\"")),
        (
            jwt(&json!({"sub": "me", "exp": "x"})),
            "Must supply an unexpired token: now=7ms, exp=0ms".to_owned(),
        ),
        (jwt(&json!({"exp": 99})), field("\"sub\"")),
        (jwt(&json!({"exp": 99, "sub": ""})), valid_sub.to_owned()),
        (jwt(&json!({"exp": 99, "sub": 5})), valid_sub.to_owned()),
    ];
    for (answer, error) in cases {
        assert_eq!(token(&answer, &credentials(), 7).err(), Some(error), "{answer}");
    }
}

#[test]
fn answers_that_are_no_json() {
    let json = Some("application/json; charset=utf-8");
    assert_eq!(json_of(json, b"{} trailing").unwrap(), json!({}));
    assert_eq!(json_of(json, b"").unwrap(), Value::Null);
    assert_eq!(json_of(json, b"hello").unwrap_err(), "Failed to parse JSON response at 0/5");
    assert_eq!(json_of(json, b"{\n\"a\":x}").unwrap_err(), "Failed to parse JSON response at 6/8");
    assert_eq!(json_of(Some("text/plain"), b"{}").unwrap_err(), "Response is not JSON encoded: text/plain");
    assert_eq!(json_of(None, b"{}").unwrap_err(), "Response is not JSON encoded: (null)");
    assert_eq!(error_of(b""), "Server did not provide an error string");
    assert_eq!(error_of(b"oops"), "oops");
    assert_eq!(error_of(&[b'x'; 9999]).len(), 500);
}

#[test]
fn pairs_are_separated_by_commas() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(pairs("a=b, c=d=e,"), Some(vec![pair("a", "b"), pair("c", "d=e")]));
    assert_eq!(pairs(""), Some(vec![]));
    for wrong in ["a", "a=b,c", "=b", "a="] {
        assert_eq!(pairs(wrong), None, "{wrong}");
    }
}

#[test]
fn pauses_grow_and_end() {
    let pauses: Vec<u64> = (0..9).map_while(pause_after).map(|p| p.as_secs()).collect();
    assert_eq!(pauses, [5, 10, 15, 20]);
    assert!(is_temporary(503) && !is_temporary(501) && !is_temporary(401) && !is_temporary(0));
}
