use super::*;
use crate::conf::OffsetReset;
use crate::consumer::budget::Budget;
use crate::consumer::fetch::list::Standing;
use crate::consumer::fetch::request::{Matcher, request, versions};
use crate::consumer::fetch::track::Errand;
use crate::consumer::position::Position;

const BACKOFF: Duration = Duration::from_secs(1);

fn partition(topic: &str, number: i32, budget: &Arc<Budget>) -> Arc<Partition> {
    let p = Arc::new(Partition::with_budget(topic.into(), number, budget.clone()));
    let mut track = p.track();
    track.configure(OffsetReset::Latest, 1000);
    track.set_leader(1, 0, [1; 16]);
    track.begin(1, Position::at(7));
    let _ = track.take_errand(Time(0));
    drop(track);
    p
}

fn numbers(asked: &[RequestedPartition]) -> Vec<i32> {
    asked.iter().map(|a| a.partition.number()).collect()
}

#[test]
fn everybody_is_first_once() {
    let (budget, signal) = (Budget::new(10, 10), Arc::new(Signal::unopened()));
    let mut fetcher = Fetcher::default();
    let partitions: Vec<_> = (0..3).map(|n| partition("t", n, &budget)).collect();
    for p in &partitions {
        fetcher.add(p.clone());
        fetcher.add(p.clone());
    }
    let mut choose = |me| numbers(&fetcher.choose(me, (&signal, BACKOFF), Time(0)).0);
    assert_eq!([choose(1), choose(1), choose(1)], [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
    partitions[1].set_paused(true);
    assert_eq!(choose(1), [0, 2]);
    partitions[1].set_paused(false);
    partitions[2].track().stop(2);
    assert_eq!(choose(1), [1, 0]);
    assert_eq!(choose(2), [0; 0], "another broker's");
    assert!(fetcher.is_empty());
}

#[test]
fn a_full_queue_is_waited_for() {
    let (budget, signal) = (Budget::new(10, 1000), Arc::new(Signal::unopened()));
    let mut fetcher = Fetcher::default();
    let p = partition("t", 0, &budget);
    fetcher.add(p.clone());
    p.queued(10, 5);
    let (asked, next) = fetcher.choose(1, (&signal, BACKOFF), Time(0));
    assert!(asked.is_empty() && next == Deadline::at(Time(0) + BACKOFF));
    p.consumed(1, 1);
    assert!(signal.take());
    assert_eq!(fetcher.choose(1, (&signal, BACKOFF), Time(0)).0.len(), 1);
}

#[test]
fn the_list_tells_what_is_fetched_and_why_not() {
    let (budget, signal) = (Budget::new(10, 1000), Arc::new(Signal::unopened()));
    let mut fetcher = Fetcher::listing();
    let p = partition("t", 0, &budget);
    fetcher.add(p.clone());
    let mut told = || {
        let _ = fetcher.choose(1, (&signal, BACKOFF), Time(0));
        fetcher.take_changes().iter().map(|c| (c.standing, c.entries)).collect::<Vec<_>>()
    };
    assert_eq!(told(), [(Standing::Fetchable, 1)]);
    assert_eq!(told(), []);
    p.queued(10, 5);
    assert_eq!(told(), [(Standing::TooManyMessages, 0)]);
    p.consumed(10, 5);
    p.queued(1, 1000);
    assert_eq!(told(), [(Standing::TooManyBytes, 0)]);
    p.set_paused(true);
    assert_eq!(told(), [(Standing::Paused, 0)]);
    p.set_paused(false);
    p.consumed(1, 1000);
    p.track().rest_until(Time(1));
    assert_eq!(told(), [(Standing::BackedOff, 0)]);
    p.track().rest_until(Time(0));
    assert_eq!(told(), [(Standing::Fetchable, 1)]);
    p.track().stop(2);
    assert_eq!(told(), [(Standing::Gone, 0)]);
}

#[test]
fn requests_have_each_topic_once_and_answers_find_their_question() {
    let (budget, signal) = (Budget::new(10, 10), Arc::new(Signal::unopened()));
    let mut fetcher = Fetcher::default();
    for (topic, number) in [("t", 0), ("u", 0), ("t", 1)] {
        fetcher.add(partition(topic, number, &budget));
    }
    let asked = fetcher.choose(1, (&signal, BACKOFF), Time(0)).0;
    assert_eq!(versions(&asked), 0..=16);
    let settings = crate::conf::ConsumerSettings::default();
    let r = request(&asked, 16, &settings);
    let shape: Vec<_> = r.topics.iter().map(|t| (&*t.name, t.partitions.len(), t.id)).collect();
    assert_eq!(shape, [("t", 2, [1; 16]), ("u", 1, [1; 16])]);
    assert_eq!((r.replica_id, r.max_wait_ms, r.min_bytes, r.isolation_level), (-1, 500, 1, 1));
    assert_eq!((r.session_id, r.session_epoch, r.topics[0].partitions[0].fetch_offset), (0, -1, 7));
    let mut matcher = Matcher::new(&asked);
    let mut find =
        |topic: &str, number| matcher.find(12, topic, &[0; 16], number).map(|a| a.partition.number());
    assert_eq!((find("t", 0), find("t", 1), find("u", 0)), (Some(0), Some(1), Some(0)));
    assert_eq!((find("u", 1), find("v", 0)), (None, None));
    assert!(matcher.find(13, "t", &[2; 16], 0).is_none() && matcher.find(13, "", &[1; 16], 0).is_some());
    asked[2].partition.track().set_leader(1, 0, [2; 16]);
    asked[2].partition.track().take_errand(Time(0));
    let asked = fetcher.choose(1, (&signal, BACKOFF), Time(0)).0;
    let shape = |version| -> Vec<_> {
        let topics = request(&asked, version, &settings).topics.into_iter();
        topics.map(|t| (t.name, t.partitions.len(), t.id)).collect()
    };
    let (t, u) = (|count, id| ("t".into(), count, id), ("u".into(), 1, [1; 16]));
    assert_eq!(shape(13), [u.clone(), t(1, [2; 16]), t(1, [1; 16])], "one id at a time");
    assert_eq!(shape(12), [u, t(2, [2; 16])]);
    asked[0].partition.track().set_leader(1, 0, [0; 16]);
    let nameless = fetcher.choose(1, (&signal, BACKOFF), Time(0)).0;
    assert_eq!(versions(&nameless), 0..=12);
}

#[test]
fn a_follower_that_is_gone_is_given_up() {
    let (budget, signal) = (Budget::new(10, 10), Arc::new(Signal::unopened()));
    let (led, followed) = (partition("t", 0, &budget), partition("t", 1, &budget));
    // The second time it has to wait before it asks there.
    followed.track().follow(2, BACKOFF, Time(0));
    followed.track().follow(2, BACKOFF, Time(0));
    assert_eq!(followed.track().take_errand(Time(0)), Errand::Fetch { broker: 2 });
    let (mut leader, mut follower) = (Fetcher::default(), Fetcher::default());
    leader.add(led);
    follower.add(followed.clone());
    assert!(leader.give_up_following(1).is_empty() && !leader.is_empty());
    assert_eq!(follower.give_up_following(2).len(), 1);
    assert!(follower.is_empty() && follower.choose(2, (&signal, BACKOFF), Time(0)).0.is_empty());
    assert_eq!(followed.track().take_errand(Time(0)), Errand::Fetch { broker: 1 });
    leader.add(followed);
    assert_eq!(leader.choose(1, (&signal, BACKOFF), Time(0)).0.len(), 2, "the leader is asked at once");
}
