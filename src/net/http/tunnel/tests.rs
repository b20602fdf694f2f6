use super::*;
use crate::base::sync::{Mutex, Rank};
use crate::net::http::Url;

/// What a proxy has been sent, and what it is going to answer.
#[derive(Default)]
struct Wire {
    written: String,
    answers: Vec<String>,
    connected_to: String,
    closed: usize,
}

struct Pipe(Arc<Mutex<Wire>>);

impl Transport for Pipe {
    fn connect(&mut self, endpoint: &Endpoint, _: Time) -> Result<(), Error> {
        self.0.lock().connected_to = endpoint.to_string();
        Ok(())
    }

    fn poll_setup(&mut self) -> Setup {
        Setup::Done
    }

    fn send(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, CloseReason> {
        let n = bufs[0].len().min(7);
        self.0.lock().written.push_str(std::str::from_utf8(&bufs[0][..n]).unwrap());
        Ok(n)
    }

    fn recv(&mut self, buf: &mut Vec<u8>, _: usize) -> Result<usize, CloseReason> {
        let mut wire = self.0.lock();
        if wire.answers.is_empty() {
            return Err(CloseReason::Ended);
        }
        let text = wire.answers.remove(0);
        buf.extend_from_slice(text.as_bytes());
        Ok(text.len())
    }

    fn close(&mut self) {
        self.0.lock().closed += 1;
    }

    fn is_open(&self) -> bool {
        true
    }

    fn peer(&self) -> &str {
        ""
    }

    fn poll(&self, _: &Signal, _: Interest, _: Option<Duration>) -> Woken {
        Woken::default()
    }
}

/// A tunnel whose proxy answers in these pieces; an empty one stands for nothing for now.
fn tunnel(answers: &[&str]) -> (Tunnel, Arc<Mutex<Wire>>) {
    let wire = Arc::new(Mutex::new(
        Rank::Leaf,
        Wire { answers: answers.iter().map(ToString::to_string).collect(), ..Wire::default() },
    ));
    let url = Url::parse("https://server/").unwrap();
    let proxy = Proxy::of(&url, &|name| (name == "https_proxy").then(|| "u:p@proxy:8".into()));
    (Tunnel::new(Box::new(Pipe(wire.clone())), proxy.unwrap().unwrap()), wire)
}

/// What a tunnel's setting-up comes to.
fn outcome(answers: &[&str]) -> (Result<(), String>, Tunnel, Arc<Mutex<Wire>>) {
    let (mut tunnel, wire) = tunnel(answers);
    tunnel.connect(&Endpoint::new("server", 443), Time(0)).unwrap();
    loop {
        match tunnel.poll_setup() {
            Setup::Done => return (Ok(()), tunnel, wire),
            Setup::Failed(e) => return (Err(e.text), tunnel, wire),
            Setup::Connecting | Setup::Handshaking => {}
        }
    }
}

#[test]
fn the_proxy_is_asked_and_what_follows_its_answer_is_the_servers() {
    let answers = ["", "HTTP/1.1 100 x\r\n\r\nHTTP/1.0 20", "", "0 OK\r\nA: b\r\n\r\nhe", "llo"];
    let (result, mut tunnel, wire) = outcome(&answers);
    assert_eq!(result, Ok(()));
    assert_eq!(wire.lock().connected_to, "proxy:8");
    let request = "CONNECT server:443 HTTP/1.1\r\nHost: server:443\r\nProxy-Authorization: Basic dTpw\r\n\
                   Proxy-Connection: Keep-Alive\r\n\r\n";
    assert_eq!(wire.lock().written, request);
    let signal = Signal::unopened();
    assert!(tunnel.wait(&signal, Interest { read: true, write: false }, None).readable, "something is left");
    let mut received = Vec::new();
    while tunnel.recv(&mut received, 1).is_ok() {}
    assert_eq!(received, b"hello");
}

#[test]
fn a_proxy_that_does_not_connect_says_so() {
    let cases: [(&[&str], &str); 6] = [
        (&["HTTP/1.1 407 Auth\r\nContent-Length: 3\r\n\r\nabc"], "CONNECT tunnel failed, response 407"),
        (&["HTTP/1.1 503 x\r\n\r\n"], "CONNECT tunnel failed, response 503"),
        (&["HTTP/1.1 301 x\r\n\r\n"], "CONNECT tunnel failed, response 301"),
        (&["garbage\r\n\r\n"], "CONNECT tunnel failed, response 0"),
        (&["HTTP/1.1 200 OK\r\n"], "Proxy CONNECT aborted"),
        (&[], "Proxy CONNECT aborted"),
    ];
    for (answers, expected) in cases {
        let (result, _, wire) = outcome(answers);
        assert_eq!(result, Err(expected.to_owned()));
        assert_eq!(wire.lock().closed, 1);
    }
}

#[test]
fn a_head_without_end_is_given_up() {
    let line = format!("HTTP/1.1 200 {}", "x".repeat(MAX_HEAD));
    assert_eq!(outcome(&[&line]).0, Err("CONNECT tunnel failed, response 0".to_owned()));
}

#[test]
fn the_next_connection_begins_anew() {
    let (_, mut tunnel, wire) = outcome(&["HTTP/1.1 200 OK\r\n\r\nleft over"]);
    tunnel.close();
    wire.lock().answers = vec!["HTTP/1.1 200 OK\r\n\r\nnew".to_owned()];
    tunnel.connect(&Endpoint::new("other", 1), Time(0)).unwrap();
    while tunnel.poll_setup() != Setup::Done {}
    let mut received = Vec::new();
    while tunnel.recv(&mut received, 100).is_ok() {}
    assert_eq!(received, b"new");
    assert!(wire.lock().written.contains("CONNECT other:1 "));
}
