use super::*;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::atomic::AtomicU32;
use crate::base::sync::mpsc;
use crate::client::queue::events::{Event, EventQueue, LogLine};

fn queue() -> Arc<EventQueue> {
    Arc::new(EventQueue::new())
}

fn event(n: i32) -> Event {
    Event::Error(Error::new(ErrorCode(n), ""))
}

fn log() -> Event {
    Event::Log(LogLine { level: 7, context: 0, facility: String::new(), text: String::new() })
}

/// Errors by number, log lines as -1, statistics as -2.
fn drain(q: &EventQueue) -> Vec<i32> {
    std::iter::from_fn(|| match q.pop(Some(Duration::ZERO), &|| true) {
        Popped::Event(Event::Error(e), _) => Some(e.code.0),
        Popped::Event(Event::Log(_), _) => Some(-1),
        Popped::Event(..) => Some(-2),
        Popped::Yield | Popped::Nothing => None,
    })
    .collect()
}

fn counting() -> (Arc<AtomicU32>, Arc<dyn Fn() + Send + Sync>) {
    let count = Arc::new(AtomicU32::new(0));
    let c = count.clone();
    (
        count,
        Arc::new(move || {
            c.fetch_add(1, Ordering::SeqCst);
        }),
    )
}

#[test]
fn order_is_by_priority_then_by_arrival() {
    let q = queue();
    for n in 1..=3 {
        q.push(event(n));
    }
    q.push(log());
    q.push(Event::Stats(Box::default()));
    q.push(log());
    q.push(event(4));
    assert_eq!(q.len(), 7);
    assert_eq!(drain(&q), [-2, -1, -1, 1, 2, 3, 4]);
    q.push(event(2));
    q.put_back(event(1));
    assert_eq!(drain(&q), [1, 2]);
}

#[test]
fn forwarding_moves_what_waits_and_what_comes() {
    let (a, b, c) = (queue(), queue(), queue());
    a.push(event(1));
    b.push(event(0));
    a.forward(Some(&b));
    a.push(event(2));
    b.forward(Some(&c));
    a.push(event(3));
    a.put_back(event(-7));
    assert_eq!((a.len(), b.len(), c.len()), (5, 5, 5));
    assert_eq!(drain(&a), [-7, 0, 1, 2, 3]);
    b.forward(None);
    a.push(event(4));
    assert_eq!((drain(&c), drain(&b)), (vec![], vec![4]));
    a.forward(None);
    a.push(event(5));
    assert_eq!((drain(&b), drain(&a)), (vec![], vec![5]));
}

#[test]
fn a_circle_does_not_come_about() {
    let (a, b, c) = (queue(), queue(), queue());
    a.forward(Some(&a));
    a.forward(Some(&b));
    b.forward(Some(&c));
    c.forward(Some(&a));
    b.forward(Some(&a));
    a.push(event(1));
    assert_eq!((a.len(), b.len(), c.len()), (1, 1, 1));
    c.yield_poll();
    a.wake_all();
    assert_eq!(drain(&a), [1]);
    // Turning a route around is no circle.
    a.forward(None);
    b.forward(Some(&a));
    c.push(event(2));
    b.push(event(3));
    assert_eq!((drain(&a), drain(&c)), (vec![3], vec![2]));
}

#[test]
fn a_closed_queue_drops() {
    let (a, b) = (queue(), queue());
    a.forward(Some(&b));
    a.push(event(1));
    assert_eq!(b.close(), 1);
    a.push(event(2));
    b.push(event(3));
    assert_eq!((a.len(), b.len(), b.close()), (0, 0, 0));
    // It stays closed, and the other one can go elsewhere.
    b.forward(Some(&a));
    a.forward(None);
    a.push(event(4));
    assert_eq!((drain(&b), drain(&a)), (vec![], vec![4]));
    // What is moved to a closed queue is dropped, too.
    a.push(event(5));
    a.forward(Some(&b));
    assert_eq!(a.len(), 0);
}

#[test]
fn a_yield_ends_one_poll() {
    let q = queue();
    let yields = |q: &EventQueue| matches!(q.pop(Some(Duration::ZERO), &|| true), Popped::Yield);
    q.yield_poll();
    q.yield_poll();
    q.push(event(1));
    assert!(matches!(q.pop(Some(Duration::ZERO), &|| true), Popped::Event(_, 0)));
    assert!(yields(&q) && !yields(&q));
    let other = queue();
    other.forward(Some(&q));
    other.yield_poll();
    assert!(yields(&q));
}

#[test]
fn a_write_happens_once_between_polls_and_a_call_each_time() {
    let q = queue();
    let (written, write) = counting();
    q.set_wakeup(Some(Wakeup::Write(write)));
    let seen = |count: &AtomicU32| count.swap(0, Ordering::SeqCst);
    q.push(event(1));
    q.push(event(2));
    assert_eq!(seen(&written), 1);
    drain(&q);
    q.yield_poll();
    q.yield_poll();
    assert_eq!(seen(&written), 1);
    let (called, call) = counting();
    q.set_wakeup(Some(Wakeup::Call(call)));
    q.yield_poll();
    q.push(event(3));
    q.push(event(4));
    assert_eq!((seen(&written), seen(&called)), (0, 2));
    let source = queue();
    source.push(event(5));
    source.forward(Some(&q));
    assert_eq!(seen(&called), 0);
    drain(&q);
    source.forward(None);
    source.push(event(6));
    source.forward(Some(&q));
    assert_eq!(seen(&called), 1);
}

#[test]
fn a_look_takes_something_of_the_event_in_front_and_counts_as_a_poll() {
    let q = queue();
    assert_eq!(q.take_part(|_| Some(1)), None);
    let (count, write) = counting();
    q.set_wakeup(Some(Wakeup::Write(write)));
    q.push(event(1));
    q.push(event(2));
    assert_eq!(q.take_part(|e| matches!(e, Event::Error(e) if e.code.0 == 1).then_some(7)), Some(7));
    assert_eq!((q.take_part(|_| None::<u8>), q.len()), (None, 2), "the events stay");
    assert_eq!(drain(&q), [1, 2]);
    q.push(event(3));
    assert_eq!((q.take_part(|_| Some(())), count.load(Ordering::SeqCst)), (Some(()), 2));
    drain(&q);
    let to = queue();
    q.forward(Some(&to));
    q.push(event(4));
    assert_eq!((q.take_part(|_| Some(())), to.take_part(|_| Some(()))), (None, Some(())));
}

#[test]
fn a_call_that_runs_is_waited_for() {
    let q = queue();
    let (entered, has_entered) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    let may_leave = Mutex::new(Rank::Leaf, may_leave);
    let left = Arc::new(AtomicBool::new(false));
    let l = left.clone();
    q.set_wakeup(Some(Wakeup::Call(Arc::new(move || {
        entered.send(()).unwrap();
        may_leave.lock().recv().unwrap();
        l.store(true, Ordering::SeqCst);
    }))));
    let pusher = {
        let q = q.clone();
        std::thread::spawn(move || q.push(event(1)))
    };
    has_entered.recv().unwrap();
    let setter = {
        let (q, left) = (q.clone(), left.clone());
        std::thread::spawn(move || {
            q.set_wakeup(None);
            left.load(Ordering::SeqCst)
        })
    };
    leave.send(()).unwrap();
    assert!(setter.join().unwrap(), "the call was not waited for");
    pusher.join().unwrap();
    // From inside a call nothing is waited for.
    let inner = Arc::downgrade(&q);
    q.set_wakeup(Some(Wakeup::Call(Arc::new(move || {
        if let Some(q) = inner.upgrade() {
            q.set_wakeup(None);
        }
    }))));
    drain(&q);
    q.push(event(2));
    assert_eq!(drain(&q), [2]);
}

#[test]
fn who_waits_goes_along_with_the_route() {
    let (a, b) = (queue(), queue());
    let waiter = {
        let a = a.clone();
        std::thread::spawn(move || {
            loop {
                if let Popped::Event(..) = a.pop(None, &|| false) {
                    return;
                }
            }
        })
    };
    while a.waiting.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    a.forward(Some(&b));
    a.push(event(1));
    waiter.join().unwrap();
}

#[test]
fn routes_change_while_events_flow_and_none_is_lost() {
    const N: i32 = 20_000;
    let (main, b, c) = (queue(), queue(), queue());
    let pusher = {
        let main = main.clone();
        std::thread::spawn(move || (0..N).for_each(|n| main.push(event(n))))
    };
    let changer = {
        let (main, b, c) = (main.clone(), b.clone(), c.clone());
        std::thread::spawn(move || {
            for i in 0..200 {
                main.forward([Some(&b), Some(&c)][i % 2]);
                b.forward((i % 3 == 0).then_some(&c));
            }
            b.forward(Some(&c));
            main.forward(Some(&b));
        })
    };
    pusher.join().unwrap();
    changer.join().unwrap();
    let mut got = drain(&c);
    assert_eq!(got.len(), N as usize);
    got.sort_unstable();
    assert!(got.iter().copied().eq(0..N));
}

#[test]
fn events_that_come_together_are_told_of_once_and_wake_everybody() {
    const WAITERS: usize = 3;
    let (q, front) = (queue(), queue());
    front.forward(Some(&q));
    let waiters: Vec<_> = (0..WAITERS)
        .map(|_| {
            let q = q.clone();
            std::thread::spawn(move || {
                loop {
                    if let Popped::Event(..) = q.pop(None, &|| false) {
                        return;
                    }
                }
            })
        })
        .collect();
    while q.waiting.load(Ordering::SeqCst) < WAITERS {
        std::thread::yield_now();
    }
    let (told, count) = counting();
    q.set_wakeup(Some(Wakeup::Call(count)));
    front.push_all((1..=5).map(event).collect());
    waiters.into_iter().for_each(|w| w.join().unwrap());
    assert_eq!(told.load(Ordering::SeqCst), 1);
    assert_eq!(drain(&q), [4, 5]);
    front.push_all(Vec::new());
    assert_eq!((told.load(Ordering::SeqCst), q.len()), (1, 0));
    q.close();
    front.push_all(vec![event(6)]);
    assert!(q.is_empty());
}
