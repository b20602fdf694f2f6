use super::*;
use crate::auth::credentials::Password;
use crate::auth::oauthbearer::oidc::{Algorithm, Grant, HttpsTrust};
use crate::base::error::{Error, ErrorCode};
use crate::base::signal::Woken;
use crate::base::sync::{Arc, Mutex, Rank};
use crate::net::{CloseReason, Endpoint, Setup};
use std::collections::VecDeque;
use std::io::IoSlice;
use zeroize::Zeroizing;

/// What becomes of one connection.
enum Fate {
    Answers(String),
    /// The server takes the request and says nothing.
    Stalls,
    /// It cannot be connected to; another address follows if the text differs from the one before.
    Refuses(&'static str),
}

#[derive(Default)]
struct Server {
    fates: VecDeque<Fate>,
    requests: Vec<String>,
    closed: usize,
}

struct Connection {
    server: Arc<Mutex<Server>>,
    fate: Option<Fate>,
    written: Vec<u8>,
    peer: String,
}

impl Transport for Connection {
    fn connect(&mut self, _: &Endpoint, _: Time) -> Result<(), Error> {
        self.fate = self.server.lock().fates.pop_front();
        Ok(())
    }

    fn poll_setup(&mut self) -> Setup {
        match &self.fate {
            Some(Fate::Refuses(peer)) => {
                self.peer = (*peer).to_owned();
                Setup::Failed(Error::new(ErrorCode::_TRANSPORT, format!("Connect to {peer} failed")))
            }
            _ => Setup::Done,
        }
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        // A few bytes at a time, so that requests are sent in parts.
        let n = bufs[0].len().min(10);
        self.written.extend_from_slice(&bufs[0][..n]);
        Ok(n)
    }

    fn recv(&mut self, buf: &mut Vec<u8>, _: usize) -> Result<usize, CloseReason> {
        match self.fate.take() {
            Some(Fate::Answers(text)) => {
                self.server.lock().requests.push(String::from_utf8(self.written.clone()).unwrap());
                buf.extend_from_slice(text.as_bytes());
                Ok(text.len())
            }
            Some(stalls) => {
                self.fate = Some(stalls);
                Ok(0)
            }
            None => Err(CloseReason::Ended),
        }
    }

    fn close(&mut self) {
        self.server.lock().closed += 1;
    }

    fn is_open(&self) -> bool {
        true
    }

    fn peer(&self) -> &str {
        &self.peer
    }

    fn poll(&self, _: &Signal, _: Interest, _: Option<Duration>) -> Woken {
        Woken::default()
    }
}

struct Still;

impl World for Still {
    fn read(&self, _: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        Err("no files".into())
    }

    fn sign(&self, _: Algorithm, _: &[u8], _: &[u8], _: &[u8]) -> Result<Vec<u8>, String> {
        Err("no keys".into())
    }

    fn now_ms(&self) -> i64 {
        1000
    }

    fn unique_id(&self) -> String {
        String::new()
    }
}

fn http(status: u16, body: &str) -> Fate {
    let length = body.len();
    Fate::Answers(format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

/// {"sub":"me","exp":99}
fn good() -> Fate {
    http(200, r#"{"access_token":"x.eyJzdWIiOiJtZSIsImV4cCI6OTl9.y"}"#)
}

/// What a fetch came to, the seconds at which it was served, and the requests.
fn fetch(fates: Vec<Fate>) -> (Result<String, TokenError>, Vec<u64>, Vec<String>) {
    let oidc = Oidc {
        endpoint_url: "http://u:pw@h:81/token".into(),
        grant: Grant::ClientCredentials { id: "abc".into(), secret: Password::new(b"s") },
        scope: None,
        extensions: Vec::new(),
        sub_claim_name: "sub".into(),
        trust: HttpsTrust::default(),
    };
    let server = Arc::new(Mutex::new(Rank::Leaf, Server { fates: fates.into(), ..Server::default() }));
    let theirs = server.clone();
    let connector: Connector = Box::new(move |url| {
        assert!(!url.is_https);
        let server = theirs.clone();
        let transport = Box::new(Connection { server, fate: None, written: Vec::new(), peer: String::new() });
        Ok(Route { transport, proxy: None })
    });
    let mut fetch = Fetch::new(&oidc, &connector);
    let (mut now, mut seconds) = (Time(0), Vec::new());
    loop {
        seconds.push((now.0 / 1_000_000) as u64);
        match fetch.serve(&Still, now) {
            FetchProgress::Done(result) => {
                let requests = server.lock().requests.clone();
                assert!(server.lock().closed > 0, "a connection stays open");
                return (result.map(|t| t.principal().to_owned()), seconds, requests);
            }
            FetchProgress::Wait(_, until) => now = until.time().unwrap(),
        }
    }
}

fn failure(why: &str, code: i32) -> Result<String, TokenError> {
    let logged =
        format!("Failed to retrieve OIDC token from \"http://[redacted]@h:81/token\": {why} ({code})");
    Err(TokenError { told: why.into(), logged: Some(("OIDC", logged)) })
}

#[test]
fn the_endpoint_is_asked_once_if_all_is_well() {
    let (result, seconds, requests) = fetch(vec![good()]);
    assert_eq!((result, seconds), (Ok("me".into()), vec![0]));
    let head =
        "POST /token HTTP/1.1\r\nHost: h:81\r\nAuthorization: Basic YWJjOnM=\r\nAccept: application/json\r\n";
    assert!(requests[0].starts_with(head), "{}", requests[0]);
    assert!(
        requests[0].ends_with("Content-Length: 29\r\nConnection: close\r\n\r\ngrant_type=client_credentials")
    );
}

#[test]
fn failures_that_may_pass_are_waited_for() {
    let (result, seconds, requests) = fetch(vec![http(503, ""), http(429, "{}"), good()]);
    assert_eq!((result, seconds, requests.len()), (Ok("me".into()), vec![0, 5, 15], 3));
    let (result, seconds, _) = fetch((0..9).map(|_| http(500, "down")).collect());
    assert_eq!((result, seconds), (failure("down", 500), vec![0, 5, 15, 30, 50]));
}

#[test]
fn other_failures_are_final() {
    let cases = [
        (http(401, "oops"), failure("oops", 401)),
        (http(404, ""), failure("Server did not provide an error string", 404)),
        (http(200, "hello"), failure("Failed to parse JSON response at 0/5", 200)),
        (Fate::Answers("junk\r\n\r\n".into()), failure("The answer is not HTTP: invalid HTTP version", -1)),
        (http(302, ""), Err("Expected JSON response with \"access_token\" field".to_owned().into())),
    ];
    for (fate, expected) in cases {
        let (result, seconds, _) = fetch(vec![fate]);
        assert_eq!((result, seconds), (expected, vec![0]));
    }
}

#[test]
fn a_silent_server_is_given_up() {
    let (result, seconds, _) = fetch(vec![Fate::Stalls]);
    assert_eq!((result, seconds), (failure("Operation timed out after 20000 milliseconds", -1), vec![0, 20]));
}

#[test]
fn every_address_is_tried_once() {
    let (result, ..) = fetch(vec![Fate::Refuses("a"), Fate::Refuses("b"), good()]);
    assert_eq!(result, Ok("me".into()));
    let (result, ..) = fetch(vec![Fate::Refuses("a"), Fate::Refuses("b"), Fate::Refuses("a"), good()]);
    assert_eq!(result, failure("Connect to a failed", -1));
}

#[test]
fn addresses_are_shown_without_their_login() {
    for url in ["http://h/p@q", "h:80", "https://h?u@v", ""] {
        assert_eq!(without_login(url), url);
    }
    assert_eq!(without_login("https://u:p@ss@h/x"), "https://[redacted]@h/x");
    assert_eq!(without_login("u:p@h/x"), "[redacted]@h/x");
}
