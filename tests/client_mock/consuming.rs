//! Reading what was produced.

use super::{PATIENCE, Reports, each_event, logger, message, start};
use rdkafka::base::error::ErrorCode;
use rdkafka::client::consumer::{AssignedPartition, Start};
use rdkafka::client::events::{Event, EventQueue};
use rdkafka::client::pausing::set_paused;
use rdkafka::client::{Client, NewMessage, group, threads};
use rdkafka::conf::{ConsumerSettings, OffsetReset, Settings, TopicSettings};
use rdkafka::consumer::offset_to_commit::OffsetToCommit;
use rdkafka::consumer::position::{Position, logical};
use rdkafka::consumer::records::{Fetched, Next};
use rdkafka::mock::cluster;
use rdkafka::mock::server::{MockCluster, MockConfig};
use std::sync::Arc;
use std::time::Duration;

pub fn cluster(partitions: i32) -> MockCluster {
    let config = MockConfig {
        settings: cluster::Settings { brokers: 2, ..cluster::Settings::default() },
        ..MockConfig::default()
    };
    let mock = MockCluster::start(config, logger()).unwrap();
    mock.control(|c| c.create_topic("t", partitions, 2)).unwrap();
    mock
}

fn fill(mock: &MockCluster, partition: i32, count: usize) {
    fill_with(mock, partition, count, |_| {});
}

pub fn fill_with(mock: &MockCluster, partition: i32, count: usize, change: impl FnOnce(&mut Settings)) {
    // Small batches, so that there is more than one answer. They are full, however slowly they fill: whoever
    // reads at the same time never comes to an end in between.
    let client = start(mock.bootstraps(), |s| {
        s.batching.num_messages = 10;
        s.batching.linger = Duration::from_secs(60);
        change(s);
    });
    let topic = client.topic("t", None, None);
    for i in 0..count {
        let value = format!("{i}");
        let m = NewMessage { partition, ..message(value.as_bytes(), i) };
        client.produce(&topic, &m, true).unwrap();
    }
    let mut reports = Reports::default();
    client.flush(PATIENCE, &mut |e| reports.take(e)).unwrap();
    assert_eq!(reports.seen.len(), count);
    threads::stop(&client);
}

pub fn consumer(mock: &MockCluster, change: impl FnOnce(&mut ConsumerSettings)) -> Arc<Client> {
    let mut settings = ConsumerSettings { partition_eof: true, ..ConsumerSettings::default() };
    change(&mut settings);
    start(mock.bootstraps(), |s: &mut Settings| s.consumer = Some(settings))
}

/// What a consumer was given: partition and offset, or the error in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    Message(i32, i64),
    Error(ErrorCode, i64),
}

fn read_all(fetched: &mut Fetched, given: &mut Vec<Given>) {
    if fetched.is_outdated() {
        return;
    }
    let number = fetched.partition().number();
    loop {
        match fetched.next() {
            Next::Record(r) => given.push(Given::Message(number, r.offset)),
            Next::Blocked(parcel) => fetched.share().clone().decode(parcel),
            Next::Fault(fault) => given.push(Given::Error(fault.code, fault.offset)),
            Next::End => return,
        }
    }
}

/// Polls until there are so many.
pub fn poll(client: &Client, count: usize) -> Vec<Given> {
    let mut given = Vec::new();
    let queue = client.consumer().unwrap().queue().clone();
    each_event(client, &queue, PATIENCE, &mut |event| {
        match event {
            Event::Fetched(mut fetched) => read_all(&mut fetched, &mut given),
            Event::ConsumerError(e) if e.partition.as_ref().is_none_or(|p| p.version() == e.version) => {
                given.push(Given::Error(e.code, e.offset));
            }
            _ => {}
        }
        given.len() >= count
    });
    given
}

pub fn assigned(partition: i32, offset: i64) -> AssignedPartition {
    AssignedPartition { topic: "t".into(), partition, offset, leader_epoch: -1 }
}

pub fn messages(partition: i32, offsets: std::ops::Range<i64>) -> Vec<Given> {
    offsets.map(|offset| Given::Message(partition, offset)).collect()
}

fn eof(offset: i64) -> Given {
    Given::Error(ErrorCode::_PARTITION_EOF, offset)
}

#[test]
fn from_the_beginning_to_the_end_and_on() {
    let mock = cluster(1);
    fill(&mock, 0, 1000);
    let client = consumer(&mock, |_| {});
    let c = client.consumer().unwrap();
    c.assign(vec![assigned(0, logical::BEGINNING)], &TopicSettings::default()).expect("one partition");
    let mut expected = messages(0, 0..1000);
    expected.push(eof(1000));
    assert_eq!(poll(&client, 1001), expected);
    fill(&mock, 0, 10);
    let mut expected = messages(0, 1000..1010);
    expected.push(eof(1010));
    assert_eq!(poll(&client, 11), expected);
    let p = c.partition("t", 0).unwrap();
    assert_eq!((p.position().0, p.watermarks()), (1010, (0, 1010)));
    assert_eq!((p.waiting().0, c.settings().group.is_none()), (0, true));
    threads::stop(&client);
}

#[test]
fn logical_offsets_and_seeks() {
    let mock = cluster(2);
    fill(&mock, 1, 100);
    let client = consumer(&mock, |_| {});
    let c = client.consumer().unwrap();
    c.assign(vec![assigned(1, logical::TAIL_BASE - 3)], &TopicSettings::default()).expect("one partition");
    assert_eq!(poll(&client, 4), [messages(1, 97..100), vec![eof(100)]].concat());
    c.seek("t", 1, Position::at(98)).unwrap();
    assert_eq!(c.partition("t", 1).unwrap().position().0, logical::INVALID);
    assert_eq!(poll(&client, 3), [messages(1, 98..100), vec![eof(100)]].concat());
    c.seek("t", 1, Position::at(logical::END)).unwrap();
    assert_eq!(poll(&client, 1), [eof(100)]);
    assert_eq!(c.seek("t", 0, Position::at(0)), Err(ErrorCode::_UNKNOWN_PARTITION));
    c.assign(Vec::new(), &TopicSettings::default()).expect("none");
    assert_eq!(c.seek("t", 1, Position::at(0)), Err(ErrorCode::_STATE));
    threads::stop(&client);
}

#[test]
fn an_offset_out_of_range_is_reset_or_an_error() {
    let mock = cluster(1);
    fill(&mock, 0, 5);
    let mut settings = TopicSettings::default();
    for reset in [OffsetReset::Earliest, OffsetReset::Latest, OffsetReset::Error] {
        settings.consumer.offset_reset = reset;
        let client = consumer(&mock, |_| {});
        client.consumer().unwrap().assign(vec![assigned(0, 50)], &settings).expect("one partition");
        let expected = match reset {
            OffsetReset::Earliest => [messages(0, 0..5), vec![eof(5)]].concat(),
            OffsetReset::Latest => vec![eof(5)],
            OffsetReset::Error => vec![Given::Error(ErrorCode::_AUTO_OFFSET_RESET, 50)],
        };
        assert_eq!(poll(&client, expected.len()), expected, "{reset:?}");
        threads::stop(&client);
    }
}

#[test]
fn a_full_queue_goes_on_when_it_drains() {
    let mock = cluster(1);
    fill(&mock, 0, 10_000);
    let client = consumer(&mock, |s| {
        s.queued_messages = 10;
        s.partition_max_bytes = 1000;
        s.queue_backoff = Duration::from_secs(300);
    });
    let c = client.consumer().unwrap();
    c.assign(vec![assigned(0, 0)], &TopicSettings::default()).expect("one partition");
    assert_eq!(poll(&client, 10_001).len(), 10_001);
    threads::stop(&client);
}

#[test]
fn a_new_leader_goes_on_where_the_old_one_ended() {
    let mock = cluster(1);
    fill(&mock, 0, 500);
    let client = consumer(&mock, |s| {
        s.partition_max_bytes = 500;
        s.error_backoff = Duration::from_millis(10);
    });
    client
        .consumer()
        .unwrap()
        .assign(vec![assigned(0, 0)], &TopicSettings::default())
        .expect("one partition");
    let mut given = poll(&client, 100);
    for leader in [2, 1, 2] {
        mock.control(|c| c.set_leader("t", 0, leader)).unwrap();
        given.extend(poll(&client, 50));
    }
    let left = 501 - given.len();
    given.extend(poll(&client, left));
    assert_eq!(given, [messages(0, 0..500), vec![eof(500)]].concat());
    threads::stop(&client);
}

/// Puts aside what is there, until there is nothing more for a moment.
fn park_all(client: &Client) -> usize {
    let (mut parked, c) = (0, client.consumer().unwrap());
    let queue = c.queue().clone();
    each_event(client, &queue, Some(Duration::from_millis(700)), &mut |event| {
        if let Event::Fetched(fetched) = event {
            let p = fetched.partition().clone();
            c.park(&p, Event::Fetched(fetched));
            parked += 1;
        }
        false
    });
    parked
}

#[test]
fn what_is_fetched_outlives_a_pause() {
    let mock = cluster(1);
    fill(&mock, 0, 100);
    // The end of the partition is no event that could be put aside.
    let client = consumer(&mock, |s| (s.partition_eof, s.partition_max_bytes) = (false, 400));
    let c = client.consumer().unwrap();
    mock.control(|c| c.start_request_tracking());
    let fetches = || mock.control(|c| c.tracked_requests().iter().filter(|r| r.api_key == 1).count());
    c.assign(vec![assigned(0, 0)], &TopicSettings::default()).expect("one partition");
    // Who asks for the third time has the first answer in its queue.
    while fetches() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    set_paused(&client, "t", 0, true).unwrap();
    mock.control(|c| c.clear_tracked_requests());
    assert!(park_all(&client) > 0, "there was something to put aside");
    while park_all(&client) > 0 {}
    assert!(fetches() <= 1, "nothing is fetched meanwhile");
    set_paused(&client, "t", 0, false).unwrap();
    assert_eq!(poll(&client, 100), messages(0, 0..100));
    assert_eq!(c.partition("t", 0).unwrap().received().0, 100, "nothing has come twice");
    threads::stop(&client);
}

#[test]
fn pausing_and_resuming_all_the_time_fetches_nothing_twice() {
    let mock = cluster(1);
    fill(&mock, 0, 500);
    let client = consumer(&mock, |s| (s.partition_eof, s.partition_max_bytes) = (false, 400));
    let c = client.consumer().unwrap();
    c.assign(vec![assigned(0, 0)], &TopicSettings::default()).unwrap();
    let mut given = Vec::new();
    while given.len() < 500 {
        set_paused(&client, "t", 0, true).unwrap();
        set_paused(&client, "t", 0, false).unwrap();
        given.extend(poll(&client, 1));
        set_paused(&client, "t", 0, true).unwrap();
        let queue = c.queue().clone();
        // What is polled while it is paused is put aside, as rd_kafka_consumer_poll() does.
        each_event(&client, &queue, Some(Duration::ZERO), &mut |event| {
            if let Event::Fetched(fetched) = event {
                let p = fetched.partition().clone();
                c.park(&p, Event::Fetched(fetched));
            }
            false
        });
        set_paused(&client, "t", 0, false).unwrap();
    }
    assert_eq!(given, messages(0, 0..500));
    assert_eq!(c.partition("t", 0).unwrap().received().0, 500);
    threads::stop(&client);
}

#[test]
fn the_limits_go_for_all_that_waits_in_one_queue() {
    let mock = cluster(3);
    (0..3).for_each(|p| mock.control(|c| c.set_leader("t", p, 1)).unwrap());
    (0..3).for_each(|p| fill(&mock, p, 100));
    let client = consumer(&mock, |s| {
        s.queued_messages = 5;
        s.partition_max_bytes = 400;
        s.queue_backoff = Duration::from_secs(300);
    });
    let c = client.consumer().unwrap();
    let settings = TopicSettings::default();
    let queue = Arc::new(EventQueue::new());
    let begin = |partition, to| {
        c.start(&client, &Start { topic: "t", partition, offset: 0, settings: &settings, to }).unwrap();
    };
    begin(0, Some(&queue));
    let p = |number| c.partition("t", number).unwrap();
    while !p(0).budget().is_full() {
        std::thread::sleep(Duration::from_millis(1));
    }
    begin(1, Some(&queue));
    begin(2, None);
    assert!(Arc::ptr_eq(&p(0).budget(), &p(1).budget()), "one queue, one budget");
    assert!(!Arc::ptr_eq(&p(0).budget(), &p(2).budget()), "its own queue");
    while !p(2).budget().is_full() {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Their broker has looked at partition 1 before partition 2.
    let (_, other) = (p(0), p(1));
    assert_eq!(other.received().0, 0, "there is no room for it");
    let mut given = Vec::new();
    each_event(&client, &queue, PATIENCE, &mut |event| {
        match event {
            Event::Fetched(mut fetched) => read_all(&mut fetched, &mut given),
            Event::ConsumerError(e) => given.push(Given::Error(e.code, e.offset)),
            _ => {}
        }
        given.len() >= 202
    });
    let of =
        |number| given.iter().filter(move |g| matches!(g, Given::Message(n, _) if *n == number)).cloned();
    assert_eq!(of(0).collect::<Vec<_>>(), messages(0, 0..100));
    assert_eq!(of(1).collect::<Vec<_>>(), messages(1, 0..100));
    c.stop(&client, "t", 0).unwrap();
    begin(0, None);
    assert!(!Arc::ptr_eq(&p(0).budget(), &p(1).budget()), "it counts where it is read");
    threads::stop(&client);
}

#[test]
fn partitions_of_their_own_queues_do_not_hold_up_each_other() {
    let mock = cluster(2);
    fill(&mock, 0, 100);
    fill(&mock, 1, 100);
    let client = consumer(&mock, |s| {
        s.queued_messages = 5;
        s.partition_max_bytes = 400;
    });
    let c = client.consumer().unwrap();
    let settings = TopicSettings::default();
    let begin = |partition, offset, to| {
        c.start(&client, &Start { topic: "t", partition, offset, settings: &settings, to })
    };
    begin(0, 0, None).unwrap();
    begin(1, logical::BEGINNING, Some(c.queue())).unwrap();
    // Nobody reads partition 0.
    assert_eq!(poll(&client, 101), [messages(1, 0..100), vec![eof(100)]].concat());
    assert_eq!(begin(-1, 0, None), Err(ErrorCode::_UNKNOWN_PARTITION));
    assert_eq!(begin(0, logical::STORED, None), Err(ErrorCode::_INVALID_ARG));
    c.stop(&client, "t", 0).unwrap();
    assert_eq!(c.partition_queue("t", 0).len(), 0);
    assert_eq!(c.partition("t", 0).unwrap().waiting(), (0, 0), "what was fetched is dropped");
    threads::stop(&client);
}

#[test]
fn readers_go_to_the_follower_and_back() {
    let mock = cluster(1);
    fill(&mock, 0, 50);
    mock.control(|c| {
        c.set_follower("t", 0, 2).unwrap();
        c.start_request_tracking();
    });
    let client = consumer(&mock, |s| s.error_backoff = Duration::from_millis(10));
    client
        .consumer()
        .unwrap()
        .assign(vec![assigned(0, 0)], &TopicSettings::default())
        .expect("one partition");
    assert_eq!(poll(&client, 51).len(), 51);
    let brokers = |c: &mut cluster::Cluster| {
        let all = c.tracked_requests();
        all.iter().filter(|r| r.api_key == 1).map(|r| r.broker_id).collect::<Vec<_>>()
    };
    let asked = mock.control(brokers);
    assert_eq!(asked[..2], [1, 2], "the leader names the follower: {asked:?}");
    // The follower does not have what the leader has.
    mock.control(|c| c.set_follower_watermarks("t", 0, 0, 10)).unwrap();
    fill(&mock, 0, 10);
    mock.control(|c| c.set_follower("t", 0, -1)).unwrap();
    assert_eq!(poll(&client, 11), [messages(0, 50..60), vec![eof(60)]].concat());
    threads::stop(&client);
}

#[test]
fn a_follower_that_goes_down_is_not_waited_for() {
    let mock = cluster(1);
    mock.control(|c| {
        c.set_leader("t", 0, 1).unwrap();
        c.set_follower("t", 0, 2).unwrap();
    });
    let client = consumer(&mock, |_| {});
    let c = client.consumer().unwrap();
    c.assign(vec![assigned(0, 0)], &TopicSettings::default()).expect("one partition");
    assert_eq!(poll(&client, 1), [eof(0)]);
    mock.control(|c| {
        c.set_follower("t", 0, -1).unwrap();
        c.set_broker_up(2, false).unwrap();
    });
    fill(&mock, 0, 10);
    assert_eq!(poll(&client, 10), messages(0, 0..10));
    threads::stop(&client);
}

#[test]
fn a_partition_that_does_not_exist_is_told_of_once() {
    let mock = cluster(1);
    let client = consumer(&mock, |_| {});
    let settings = TopicSettings::default();
    let start = Start { topic: "t", partition: 9, offset: 0, settings: &settings, to: None };
    client.consumer().unwrap().start(&client, &start).unwrap();
    let mut told = Vec::new();
    each_event(&client, client.main_queue(), PATIENCE, &mut |event| {
        if let Event::Error(e) = event {
            told.push(e.text);
        }
        !told.is_empty()
    });
    assert_eq!(told, ["t [9]: desired partition is not available (Local: Unknown partition)"]);
    threads::stop(&client);
}

#[test]
fn who_comes_next_goes_on_where_the_group_has_committed() {
    let mock = cluster(1);
    fill(&mock, 0, 200);
    let member = || {
        consumer(&mock, |s| {
            s.group = Some("g".into());
            s.partition_max_bytes = 400;
        })
    };
    let stored = |client: &Client| {
        let mut settings = TopicSettings::default();
        settings.consumer.offset_reset = OffsetReset::Earliest;
        let consumer = client.consumer().unwrap();
        consumer.assign(vec![assigned(0, logical::STORED)], &settings).expect("one partition");
    };
    // What one answer had is given at once.
    let read_from = |client: &Client, from: i64| {
        let given = poll(client, 1);
        let next = from + i64::try_from(given.len()).unwrap();
        assert_eq!(given, messages(0, from..next));
        next
    };
    let client = member();
    let c = client.consumer().unwrap();
    stored(&client);
    let first = read_from(&client, 0);
    // Another assignment commits what was read of the last one, and looks that up.
    stored(&client);
    let second = read_from(&client, first);
    let found = group::committed(&client, vec![("t".into(), 0)], PATIENCE.unwrap()).unwrap();
    assert_eq!(found[0].offset.offset, first);
    assert!(c.close());
    group::finish_closing(&client);
    assert!(c.is_closed() && !c.close());
    assert_eq!(group::commit(&client, None), Err(ErrorCode::_DESTROY));
    threads::stop(&client);
    let next = member();
    stored(&next);
    read_from(&next, second);
    threads::stop(&next);
}

#[test]
fn commits_end_even_without_a_coordinator() {
    let settings = ConsumerSettings {
        group: Some("g".into()),
        session_timeout: Duration::from_millis(50),
        ..ConsumerSettings::default()
    };
    // Nobody listens there.
    let client = start("127.0.0.1:1", |s: &mut Settings| s.consumer = Some(settings));
    let offset =
        OffsetToCommit { topic: "t".into(), partition: 0, offset: 1, leader_epoch: -1, metadata: None };
    assert_eq!(group::commit(&client, Some(vec![offset])), Err(ErrorCode::_WAIT_COORD));
    let found = group::committed(&client, vec![("t".into(), 0)], Duration::from_millis(50));
    assert_eq!(found, Err(ErrorCode::_TIMED_OUT));
    threads::stop(&client);
}
