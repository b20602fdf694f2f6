//! The first batches of an idempotent producer in a partition: nothing gets ahead of a batch where the
//! broker may have no state of the producer and would take any first sequence number.

use super::rig::{Produce, Rig, Setting, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::TopicSettings;
use rdkafka::producer::idempotence::producer_id::ProducerId;
use rdkafka::producer::partition::Partition;
use std::sync::Arc;

/// How a first batch comes back without an acknowledgement; `None`: the connection breaks.
const REFUSALS: [Option<ErrorCode>; 5] = [
    Some(ErrorCode::UNKNOWN_TOPIC_OR_PART),
    Some(ErrorCode::NOT_LEADER_FOR_PARTITION),
    Some(ErrorCode::NOT_ENOUGH_REPLICAS),
    Some(ErrorCode::REQUEST_TIMED_OUT),
    None,
];

/// An idempotent producer that puts each message into a batch of its own.
fn producer(setting: Setting) -> (Rig, Arc<Partition>) {
    let rig = Rig::new(setting, |s| {
        s.idempotence.enabled = true;
        s.network.max_in_flight = 5;
        s.batching.num_messages = 1;
    });
    let ids = rig.common.producer_ids.as_ref().unwrap();
    ids.asked(rig.now());
    assert!(ids.assigned(ProducerId { id: 7, epoch: 0 }, rig.now()));
    let p = rig.topic("t", 1, TopicSettings::default()).remove(0);
    (rig, p)
}

fn produce(rig: &mut Rig, p: &Arc<Partition>, messages: usize) {
    for _ in 0..messages {
        rig.produce(p);
    }
}

fn numbers(requests: &[Produce]) -> Vec<usize> {
    requests.iter().flat_map(Produce::numbers).collect()
}

fn refuse(rig: &mut Rig, request: &Produce, how: Option<ErrorCode>) {
    match how {
        Some(code) => rig.answer(request, &[("t", 0, code)]),
        None => rig.hang_up(),
    }
    rig.pass(ms(1_000));
}

fn for_each(test: impl Fn(Setting, Option<ErrorCode>)) {
    for setting in [Setting::Legacy, Setting::V2] {
        for how in REFUSALS {
            println!("{setting:?} {how:?}");
            test(setting, how);
        }
    }
}

#[test]
fn nothing_overtakes_the_first_batch_of_a_partition() {
    for_each(|setting, how| {
        let (mut rig, p) = producer(setting);
        produce(&mut rig, &p, 8);
        let first = rig.sent(1);
        assert_eq!(numbers(&first), [0]);
        refuse(&mut rig, &first[0], how);
        let again = rig.sent(1);
        assert_eq!(numbers(&again), [0]);
        rig.accept(&again[0]);
        assert_eq!(numbers(&rig.sent(5)), [1, 2, 3, 4, 5], "the broker knows the producer now");
        assert_eq!((rig.fate(0), rig.fate(1)), (Some(ErrorCode::NO_ERROR), None));
    });
}

#[test]
fn after_a_refusal_one_batch_is_in_flight_until_the_broker_acknowledges_one() {
    for_each(|setting, how| {
        let (mut rig, p) = producer(setting);
        rig.produce(&p);
        assert_eq!(rig.accept_all().len(), 1);
        produce(&mut rig, &p, 8);
        let sent = rig.sent(5);
        assert_eq!(numbers(&sent), [1, 2, 3, 4, 5]);
        refuse(&mut rig, &sent[0], how);
        if how.is_some() {
            sent[1..]
                .iter()
                .for_each(|r| rig.answer(r, &[("t", 0, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)]));
            rig.pass(ms(1_000));
        }
        let again = rig.sent(1);
        assert_eq!(numbers(&again), [1]);
        rig.accept(&again[0]);
        assert_eq!(numbers(&rig.sent(5)), [2, 3, 4, 5, 6]);
    });
}

#[test]
fn a_later_acknowledgement_does_not_prove_an_earlier_batch() {
    for_each(|setting, how| {
        let Some(code) = how else { return };
        let (mut rig, p) = producer(setting);
        rig.produce(&p);
        assert_eq!(rig.accept_all().len(), 1);
        produce(&mut rig, &p, 2);
        let sent = rig.sent(2);
        rig.answer(&sent[0], &[("t", 0, code)]);
        // A broker that has just lost what it knew of the producer.
        rig.accept(&sent[1]);
        rig.pass(ms(1_000));
        for _ in 0..2 {
            let again = rig.requests();
            assert_eq!(numbers(&again), [1]);
            rig.answer(&again[0], &[("t", 0, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)]);
            assert_eq!(rig.fate(1), None, "it is not in the log");
            rig.pass(ms(2_000));
        }
        rig.accept_all();
        let told = rig.told();
        assert!(told.fates[&1].error.is_ok() && told.fates[&1].offset >= 0, "{:?}", told.fates[&1]);
        assert!(told.fatal.is_empty());
    });
}

#[test]
fn a_batch_that_times_out_is_not_reported_as_stored_because_a_later_one_is() {
    for_each(|setting, how| {
        let Some(code) = how else { return };
        let (mut rig, p) = producer(setting);
        rig.produce(&p);
        assert_eq!(rig.accept_all().len(), 1);
        produce(&mut rig, &p, 2);
        let sent = rig.sent(2);
        rig.answer(&sent[0], &[("t", 0, code)]);
        rig.accept(&sent[1]);
        let end = rig.now() + TopicSettings::default().message_timeout.unwrap();
        while rig.now() < end {
            for r in rig.requests() {
                rig.answer(&r, &[("t", 0, code)]);
            }
            rig.pass(ms(500));
        }
        rig.pass(ms(2_000));
        assert_eq!((rig.fate(1), rig.fate(2)), (Some(ErrorCode::_MSG_TIMED_OUT), Some(ErrorCode::NO_ERROR)));
    });
}
