use super::*;
use crate::base::sync::{Mutex, Rank};

/// Answers from a script and counts the questions.
struct Script(Mutex<(usize, Result<Vec<SocketAddr>, String>)>);

impl Script {
    fn new(answer: Result<Vec<SocketAddr>, String>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Rank::Leaf, (0, answer))))
    }
}

impl SocketHooks for Script {
    fn resolve(
        &self,
        node: &str,
        service: &str,
        hints: &ResolveHints,
    ) -> Option<Result<Vec<SocketAddr>, String>> {
        assert_eq!((node, service), ("broker", "9092"));
        assert_eq!(hints.family, libc::AF_INET);
        let mut s = self.0.lock();
        s.0 += 1;
        Some(s.1.clone())
    }
}

fn addrs(n: u8) -> Vec<SocketAddr> {
    (0..n).map(|i| SocketAddr::from(([127, 0, 0, i + 1], 9092))).collect()
}

fn resolver(hooks: Arc<Script>) -> Resolver {
    Resolver::new(ResolverOptions {
        family: AddressFamily::V4,
        ttl: Duration::from_millis(10),
        hooks: Some(hooks),
    })
}

#[test]
fn every_address_gets_its_turn_and_the_answer_is_kept_for_its_time() {
    let script = Script::new(Ok(addrs(3)));
    let mut r = resolver(script.clone());
    let e = Endpoint::new("broker", 9092);
    let seen: std::collections::HashSet<_> = (0..3).map(|i| r.next(&e, Time(i)).unwrap()).collect();
    assert_eq!(seen.len(), 3);
    assert_eq!(script.0.lock().0, 1);
    // Attempts further apart than the time to live still go round.
    let seen: std::collections::HashSet<_> = (1..4).map(|i| r.next(&e, Time(i * 20_000)).unwrap()).collect();
    assert_eq!(seen.len(), 3);
    assert_eq!(script.0.lock().0, 4);
}

#[test]
fn a_new_answer_replaces_the_old_one() {
    let script = Script::new(Ok(addrs(1)));
    let mut r = resolver(script.clone());
    let e = Endpoint::new("broker", 9092);
    r.next(&e, Time(0)).unwrap();
    let other: SocketAddr = "127.9.9.9:9092".parse().unwrap();
    script.0.lock().1 = Ok(vec![other]);
    assert_eq!(r.next(&e, Time(20_000)).unwrap(), other);
}

#[test]
fn failures_have_the_known_text() {
    let script = Script::new(Err("Name or service not known".into()));
    let mut r = resolver(script.clone());
    let e = Endpoint::new("broker", 9092);
    let err = r.next(&e, Time(0)).unwrap_err();
    assert_eq!(err.code, ErrorCode::_RESOLVE);
    assert_eq!(err.text, "Failed to resolve 'broker:9092': Name or service not known");
    script.0.lock().1 = Ok(Vec::new());
    assert_eq!(r.next(&e, Time(0)).unwrap_err().text, "Failed to resolve 'broker:9092': No addresses");
}
