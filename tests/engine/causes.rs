//! What messages that have timed out say of the reason: what they waited for when their time was over, and
//! with what their last attempt has failed.

use super::rig::{Rig, Setting, linger, ms};
use rdkafka::base::error::ErrorCode;
use rdkafka::conf::{Settings, TopicSettings};
use rdkafka::producer::idempotence::producer_id::ProducerId;
use rdkafka::producer::partition::Partition;
use rdkafka::producer::partition::report::ReportText;
use std::sync::Arc;
use std::time::Duration;

fn within(timeout_ms: u64) -> TopicSettings {
    TopicSettings { message_timeout: Some(ms(timeout_ms)), ..TopicSettings::default() }
}

/// On each setting of the engine, and as an idempotent producer.
fn everywhere(test: impl Fn(&mut Rig, &str)) {
    for setting in Setting::ALL {
        for idempotent in [false, true] {
            if idempotent && setting == Setting::Multibatch {
                continue; // It has no effect then.
            }
            let mut rig = Rig::new(setting, |s| {
                linger(s, ms(0));
                idempotence(s, idempotent);
            });
            if let Some(ids) = &rig.common.producer_ids {
                ids.asked(rig.now());
                assert!(ids.assigned(ProducerId { id: 7, epoch: 0 }, rig.now()));
            }
            test(&mut rig, &format!("{setting:?}, idempotent: {idempotent}"));
        }
    }
}

fn idempotence(s: &mut Settings, enabled: bool) {
    s.idempotence.enabled = enabled;
    if enabled {
        s.network.max_in_flight = 5;
    }
}

/// The text of a message, which has timed out.
fn text(r: &Rig, n: usize, which: &str) -> String {
    let told = r.told();
    let fate = told.fates.get(&n).unwrap_or_else(|| panic!("{which}: message {n} has no report"));
    assert_eq!(fate.error, ErrorCode::_MSG_TIMED_OUT, "{which}");
    match &fate.text {
        Some(ReportText::Cause(text)) => text.to_string(),
        other => panic!("{which}: message {n} says {other:?}"),
    }
}

fn deliver_one(r: &mut Rig, p: &Arc<Partition>) {
    deliver_after(r, p, ms(0));
}

fn deliver_after(r: &mut Rig, p: &Arc<Partition>, linger: Duration) {
    let n = r.produce(p);
    r.pass(linger);
    r.accept_all();
    assert_eq!(r.fate(n), Some(ErrorCode::NO_ERROR));
}

#[test]
fn a_broker_that_is_down_is_named_with_its_last_error() {
    everywhere(|r, which| {
        let p = r.topic("t", 1, within(3_000));
        deliver_one(r, &p[0]);
        r.wire().refuses = true;
        r.hang_up();
        let n = r.produce(&p[0]);
        r.pass(ms(3_010));
        let said = text(r, n, which);
        let begins = "Local: Message timed out: broker broker:9092/1 down for 3.0 s: ";
        assert!(said.starts_with(begins), "{which}: {said}");
        assert_ne!(said, begins, "{which}: it ends with the last error");
    });
}

#[test]
fn an_answer_that_does_not_come() {
    everywhere(|r, which| {
        let p = r.topic("t", 2, within(2_000));
        deliver_one(r, &p[0]);
        let n = r.produce(&p[0]);
        r.serve();
        assert_eq!(r.requests().len(), 1, "{which}");
        r.pass(ms(2_010));
        let said = text(r, n, which);
        assert!(said.starts_with("Local: Message timed out: "), "{which}: {said}");
        assert!(
            said.contains("2.0 s in flight to broker broker:9092/1 without an answer"),
            "{which}: {said}"
        );
    });
}

/// What was in one request has one text, not a copy for each partition.
#[test]
fn partitions_of_a_request_share_the_text() {
    let mut r = Rig::new(Setting::V2, |s| linger(s, ms(10)));
    // It keeps the request alive.
    let patient = r.topic("long", 1, within(60_000));
    deliver_after(&mut r, &patient[0], ms(10));
    let p = r.topic("t", 2, within(2_000));
    r.produce(&patient[0]);
    let (a, b) = (r.produce(&p[0]), r.produce(&p[1]));
    r.pass(ms(10));
    assert_eq!(r.requests().len(), 1);
    r.pass(ms(2_000));
    let told = r.told();
    let text = |n: usize| match &told.fates[&n].text {
        Some(ReportText::Cause(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    let said = "Local: Message timed out: 2.0 s in flight to broker broker:9092/1 without an answer";
    assert_eq!(&*text(a), said);
    assert!(Arc::ptr_eq(&text(a), &text(b)), "{}", text(b));
}

#[test]
fn requests_that_max_in_flight_holds_back() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| s.network.max_in_flight = 1);
        let (patient, hasty) = (r.topic("long", 1, within(60_000)), r.topic("short", 1, within(1_000)));
        deliver_one(&mut r, &patient[0]);
        r.produce(&patient[0]);
        r.serve();
        assert_eq!(r.requests().len(), 1);
        r.pass(ms(500));
        let n = r.produce(&hasty[0]);
        r.pass(ms(1_010));
        let said = "Local: Message timed out: waiting behind max.in.flight=1: \
                    broker broker:9092/1 has not answered the oldest request for 1.5 s";
        assert_eq!(text(&r, n, "max.in.flight"), said, "{setting:?}");
    }
}

#[test]
fn a_connection_that_takes_nothing() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| s.queue.backpressure_threshold = 1);
        let (patient, hasty) = (r.topic("long", 1, within(60_000)), r.topic("short", 1, within(1_000)));
        deliver_one(&mut r, &patient[0]);
        r.wire().space = Some(0);
        r.produce(&patient[0]);
        r.pass(ms(500));
        let n = r.produce(&hasty[0]);
        r.pass(ms(1_010));
        let said =
            "Local: Message timed out: the connection to broker broker:9092/1 has taken nothing for 1.5 s";
        assert_eq!(text(&r, n, "stuck"), said, "{setting:?}");
    }
}

/// Every request is refused until the message's time is over.
fn text_after_refusals(r: &mut Rig, n: usize, which: &str) -> String {
    while r.fate(n).is_none() {
        r.serve();
        for request in r.requests() {
            r.answer(&request, &[("t", 0, ErrorCode::NOT_ENOUGH_REPLICAS)]);
        }
        r.pass(ms(5));
    }
    text(r, n, which)
}

/// A message is told of the broker's answer to it, a later one of the same partition is not.
#[test]
fn the_broker_s_answer_to_the_last_attempt() {
    everywhere(|r, which| {
        let p = r.topic("t", 1, within(2_000));
        deliver_one(r, &p[0]);
        let n = r.produce(&p[0]);
        let said = text_after_refusals(r, n, which);
        let begins = "Local: Message timed out: waiting to be sent again; broker 1 answered ";
        assert!(said.starts_with(begins), "{which}: {said}");
        assert!(said.ends_with(" ago: Broker: Not enough in-sync replicas"), "{which}: {said}");
        r.wire().refuses = true;
        r.hang_up();
        let later = r.produce(&p[0]);
        r.pass(ms(2_010));
        let said = text(r, later, which);
        assert!(!said.contains("replicas"), "{which}: {said}");
    });
}

/// Nor does a message that waits behind others leave while these are refused: it is told why.
#[test]
fn the_broker_s_answer_to_messages_in_front() {
    everywhere(|r, which| {
        let p = r.topic("t", 1, within(1_000));
        deliver_one(r, &p[0]);
        r.produce(&p[0]);
        r.serve();
        r.pass(ms(1));
        let behind = r.produce(&p[0]);
        let said = text_after_refusals(r, behind, which);
        assert!(said.contains("; broker 1 answered 0."), "{which}: {said}");
        assert!(said.ends_with(" ago: Broker: Not enough in-sync replicas"), "{which}: {said}");
    });
}

#[test]
fn a_paused_partition() {
    everywhere(|r, which| {
        let p = r.topic("t", 1, within(1_000));
        deliver_one(r, &p[0]);
        p[0].set_paused(true);
        let n = r.produce(&p[0]);
        r.pass(ms(1_010));
        let said = "Local: Message timed out: the application has paused the partition";
        assert_eq!(text(r, n, which), said, "{which}");
    });
}

#[test]
fn a_producer_id_that_is_not_there() {
    for setting in [Setting::Legacy, Setting::V2] {
        let mut r = Rig::new(setting, |s| idempotence(s, true));
        let p = r.topic("t", 1, within(1_000));
        // Somebody wants a connection: the broker is up.
        r.broker.handle().push(rdkafka::broker::Op::Connect);
        r.serve();
        let n = r.produce(&p[0]);
        r.pass(ms(1_010));
        let said = text(&r, n, "no id");
        let begins = "Local: Message timed out: no producer id: state RequestPID for ";
        assert!(said.starts_with(begins), "{setting:?}: {said}");
    }
}

/// Attempts that are used up end with what happened to the last one.
#[test]
fn retries_that_are_used_up() {
    for setting in Setting::ALL {
        let mut r = Rig::new(setting, |s| s.retry.retries = 0);
        let p = r.topic("t", 1, within(60_000));
        deliver_one(&mut r, &p[0]);
        let n = r.produce(&p[0]);
        r.serve();
        assert_eq!(r.requests().len(), 1);
        r.hang_up();
        let told = r.told();
        assert_eq!(told.fates[&n].error, ErrorCode::_TRANSPORT, "{setting:?}");
        let Some(ReportText::Cause(said)) = &told.fates[&n].text else { panic!("{:?}", told.fates[&n]) };
        assert!(said.starts_with("Local: Broker transport failure: broker broker:9092/1: "), "{said}");
    }
}
