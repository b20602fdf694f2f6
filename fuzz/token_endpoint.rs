//! Token endpoints (OAUTHBEARER with OIDC): HTTP answers, the JSON in them, the tokens in that, and templates
//! of assertions.

use super::memory::used_by;
use super::mutate::mutate;
use super::run;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fastrand::Rng;
use rdkafka::auth::credentials::Password;
use rdkafka::auth::oauthbearer::oidc::{
    self, Algorithm, Assertion, Claims, Grant, HttpsTrust, Key, Oidc, SignedAssertion, World,
};
use rdkafka::net::http::{Proxy, ResponseReader, Url};
use zeroize::Zeroizing;

const PER_CASE: u64 = 200;

fn settings(grant: Grant) -> Oidc {
    Oidc {
        endpoint_url: "https://h/token".into(),
        grant,
        scope: Some("s".into()),
        extensions: vec![("a".into(), "b".into())],
        sub_claim_name: "sub".into(),
        trust: HttpsTrust::default(),
    }
}

fn damaged(sound: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    mutate(&mut bytes, 0, &[sound.to_vec()], rng);
    bytes
}

#[test]
fn http_answers() {
    let sound: [&[u8]; 3] = [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"access_token\":\"x\"}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n{\"a\r\n5\r\n\":1} \r\n0\r\nA: b\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 401 no\r\nContent-Type: text/plain\r\n\r\nno",
    ];
    run("HTTP answers", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let bytes = damaged(sound[rng.usize(..sound.len())], rng);
            let piece = rng.usize(1..64);
            let (whole, peak, _) = used_by(|| {
                let mut reader = ResponseReader::default();
                for part in bytes.chunks(piece) {
                    reader.received().extend_from_slice(part);
                    match reader.read(false) {
                        Ok(None) => {}
                        done => return done.is_ok(),
                    }
                }
                reader.read(true).is_ok_and(|response| response.is_some())
            });
            let allowed = 8 * bytes.len() + (16 << 10);
            assert!(peak as usize <= allowed, "{peak} bytes for {} ({whole})", bytes.len());
        }
    });
}

#[test]
fn addresses() {
    let sound = b"https://user:pass@[::1]:8443/path?query=1#fragment";
    run("addresses", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let text = String::from_utf8_lossy(&damaged(sound, rng)).into_owned();
            if let Ok(url) = Url::parse(&text) {
                let parts = [&url.target, &url.host];
                assert!(parts.iter().all(|p| !p.contains(['\r', '\n', ' '])), "{text:?} becomes {url:?}");
            }
        }
    });
}

#[test]
fn proxies() {
    let (sound, list) =
        (b"http://us%40er:pass@proxy.example.com:3128/", b"localhost, .example.com,10.0.0.0/8,[fe80::]/10");
    let urls =
        ["https://a.example.com", "http://10.1.2.3", "https://[fe80::1]"].map(|u| Url::parse(u).unwrap());
    run("proxies", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let text = String::from_utf8_lossy(&damaged(sound, rng)).into_owned();
            let list = String::from_utf8_lossy(&damaged(list, rng)).into_owned();
            let variable = |name: &str| match name {
                "http_proxy" | "https_proxy" => Some(text.clone()),
                "no_proxy" => Some(list.clone()),
                _ => None,
            };
            if let Ok(Some(proxy)) = Proxy::of(&urls[rng.usize(..urls.len())], &variable) {
                let header = proxy.authorization.as_deref().map_or("", String::as_str);
                assert!(!header.contains(['\r', '\n']), "{text:?} becomes {header:?}");
            }
        }
    });
}

/// The answer as a whole is damaged, or the claims in it.
#[test]
fn token_answers() {
    let claims = br#"{"sub":"me","exp":4102444800,"iat":1,"aud":["a","b"],"nested":{"x":[1.5e3,null]}}"#;
    let answer = |claims: &[u8]| {
        let encoded = URL_SAFE_NO_PAD.encode(claims);
        format!(r#"{{"access_token":"eyJhbGciOiJub25lIn0.{encoded}.c2ln","token_type":"Bearer"}}"#)
    };
    let oidc = settings(Grant::AwsIam);
    let sound = oidc::json_of(Some("application/json"), answer(claims).as_bytes()).unwrap();
    assert!(oidc::token(&sound, &oidc, 0).is_ok());
    run("token answers", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let body = match rng.bool() {
                true => damaged(answer(claims).as_bytes(), rng),
                false => answer(&damaged(claims, rng)).into_bytes(),
            };
            let (taken, peak, _) = used_by(|| {
                let answer = oidc::json_of(Some("application/json"), &body)?;
                oidc::token(&answer, &oidc, 0)
            });
            let allowed = 60 * body.len() + (16 << 10);
            assert!(peak as usize <= allowed, "{peak} bytes for {}", body.len());
            if let Ok(token) = taken {
                assert!(token.value().is_ascii() && !token.principal().is_empty());
            }
        }
    });
}

/// A file, whatever its name.
struct OneFile(Vec<u8>);

impl World for OneFile {
    fn read(&self, _: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        Ok(Zeroizing::new(self.0.clone()))
    }

    fn sign(&self, _: Algorithm, _: &[u8], _: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
        Ok(data[..8].to_vec())
    }

    fn now_ms(&self) -> i64 {
        1000
    }

    fn unique_id(&self) -> String {
        "id".into()
    }
}

#[test]
fn assertions() {
    let signed = SignedAssertion {
        algorithm: Algorithm::Rs256,
        key: Key::File("key".into()),
        passphrase: Password::default(),
        claims: Claims { expires_after_s: 1, has_id: true, ..Claims::default() },
        template: Some("template".into()),
    };
    let kinds = [Assertion::File("assertion".into()), Assertion::Signed(Box::new(signed))];
    let kinds = kinds.map(|assertion| settings(Grant::JwtBearer(assertion)));
    let sound: [&[u8]; 2] =
        [b"aaa.bbb.ccc", br#"{"header":{"kid":"k","x5c":["a"]},"payload":{"sub":"t","x":[1,null,2.5e300]}}"#];
    run("assertions", PER_CASE, |seed| {
        let rng = &mut Rng::with_seed(seed);
        for _ in 0..PER_CASE {
            let kind = rng.usize(..2);
            if let Ok(call) = kinds[kind].call(&OneFile(damaged(sound[kind], rng))) {
                let body = String::from_utf8(call.body.to_vec()).expect("a form is text");
                let well_formed =
                    body.is_ascii() && body.matches('&').count() == 2 && !body.contains(['\n', ' ']);
                assert!(well_formed, "{body:?}");
            }
        }
    });
}
