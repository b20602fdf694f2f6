use super::*;
use crate::base::blocking::BlockingTask;
use crate::base::signal::Signal;
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

/// Look-ups wait until they are run.
fn elsewhere() -> (Elsewhere, Arc<Mutex<Vec<BlockingTask>>>) {
    let tasks = Arc::new(Mutex::new(Rank::Leaf, Vec::new()));
    let queue = tasks.clone();
    let signal = Arc::new(Signal::unopened());
    (Elsewhere { signal, run: Arc::new(move |task| queue.lock().push(task)) }, tasks)
}

#[test]
fn a_name_is_looked_up_elsewhere_once_and_whoever_waits_is_woken() {
    let script = Script::new(Ok(addrs(2)));
    let mut r = resolver(script.clone());
    let ((elsewhere, tasks), e) = (elsewhere(), Endpoint::new("broker", 9092));
    assert!(r.is_slow(&e, Time(0)));
    r.look_up(&e, &elsewhere, Time(0));
    // The attempt was given up, and there is another one.
    r.look_up(&e, &elsewhere, Time(5));
    assert!(r.looked_up().is_none() && script.0.lock().0 == 0 && !elsewhere.signal.take());
    let task = tasks.lock().pop().unwrap();
    assert!(tasks.lock().is_empty());
    task.run();
    assert!(elsewhere.signal.take());
    let first = r.looked_up().unwrap().unwrap();
    assert!(r.looked_up().is_none() && !r.is_slow(&e, Time(9)));
    assert_ne!(r.next(&e, Time(9)).unwrap(), first);
    assert_eq!(script.0.lock().0, 1);
}

#[test]
fn failed_look_ups_elsewhere_have_the_texts_of_those_here() {
    let script = Script::new(Err("Name or service not known".into()));
    let mut r = resolver(script);
    let ((elsewhere, tasks), e) = (elsewhere(), Endpoint::new("broker", 9092));
    r.look_up(&e, &elsewhere, Time(0));
    let task = tasks.lock().pop().unwrap();
    task.run();
    let error = r.looked_up().unwrap().unwrap_err();
    assert_eq!(error, r.next(&e, Time(0)).unwrap_err());
    // No thread could be had.
    r.look_up(&e, &elsewhere, Time(0));
    tasks.lock().clear();
    assert!(elsewhere.signal.take());
    let error = r.looked_up().unwrap().unwrap_err();
    assert_eq!(error.text, "Failed to resolve 'broker:9092': No thread to resolve it");
}

#[test]
fn only_names_are_slow() {
    let r = Resolver::new(ResolverOptions::default());
    assert!(!r.is_slow(&Endpoint::new("127.0.0.1", 1), Time(0)));
    assert!(!r.is_slow(&Endpoint::new("::1", 1), Time(0)));
    assert!(r.is_slow(&Endpoint::new("localhost", 1), Time(0)));
}
