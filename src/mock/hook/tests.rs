use super::*;
use crate::base::deadline::Deadline;
use crate::mock::cluster::Cluster;
use crate::mock::testing::{cluster, request};
use crate::protocol::ApiKey;
use crate::protocol::{fetch, metadata};

fn ask(c: &mut Cluster, conn_id: u64) -> Reply {
    let r = metadata::Request::default();
    c.handle(1, conn_id, &request(ApiKey::Metadata, 9, |out| r.encode(9, out)), Time(50), 0)
}

/// Each verdict for one request.
fn verdicts(c: &mut Cluster, verdicts: impl IntoIterator<Item = Verdict>) {
    let mut left: Vec<Verdict> = verdicts.into_iter().collect();
    left.reverse();
    c.set_hook(Some(Box::new(move |info| {
        assert_eq!((info.api_key, info.api_version, info.correlation_id), (3, 9, 77));
        left.pop().unwrap()
    })));
}

#[test]
fn the_hook_decides() {
    let mut c = cluster(1);
    let whole = ask(&mut c, 9).bytes.unwrap();
    verdicts(
        &mut c,
        [
            Verdict::Pass,
            Verdict::Drop,
            Verdict::Close,
            Verdict::CloseAfterHandling,
            Verdict::Swallow,
            Verdict::Delay(Duration::from_millis(3)),
            Verdict::Truncate(5),
            Verdict::Answer(vec![1, 2]),
        ],
    );
    assert_eq!(ask(&mut c, 9).bytes.as_ref(), Some(&whole));
    assert_eq!(ask(&mut c, 9), Reply::default());
    assert_eq!(ask(&mut c, 9), Reply::closing());
    assert_eq!(ask(&mut c, 9), Reply::closing());
    assert_eq!(ask(&mut c, 9), Reply::default());
    assert_eq!(ask(&mut c, 9).delay, Duration::from_millis(3));
    let cut = ask(&mut c, 9);
    assert_eq!((cut.bytes.as_deref(), cut.close), (Some(&whole[..5]), true));
    assert_eq!(ask(&mut c, 9).bytes, Some(vec![1, 2]));
}

#[test]
fn an_answer_that_is_swallowed_never_comes() {
    let mut c = cluster(1);
    c.create_topic("t", 1, 1).unwrap();
    let partition = fetch::RequestPartition { partition_max_bytes: 1000, ..Default::default() };
    let topics = vec![fetch::Topic::named("t", vec![partition])];
    let poll = fetch::Request { topics, max_wait_ms: 100, min_bytes: 1, ..Default::default() };
    let frame = request(ApiKey::Fetch, 11, |out| poll.encode(11, out));
    let mut answers = Vec::new();
    for swallow in [false, true] {
        if swallow {
            c.set_hook(Some(Box::new(|_| Verdict::Swallow)));
        }
        assert_eq!(c.handle(1, 9, &frame, Time(0), 0).parked.is_none(), swallow);
    }
    c.resume(Time(200_000), 0, &mut answers);
    assert_eq!((answers.len(), c.next_deadline()), (1, Deadline::NEVER));
}

#[test]
fn later_answers_of_the_connection_overtake() {
    let mut c = cluster(1);
    let whole = ask(&mut c, 9).bytes.unwrap();
    let followed_by = |n: usize| Some([vec![7], whole.repeat(n)].concat());
    let seven = || Verdict::Answer(vec![7]);
    verdicts(
        &mut c,
        [
            Verdict::Overtaken(2),
            Verdict::Overtaken(0),
            seven(),
            Verdict::Drop,
            seven(),
            seven(),
            seven(),
            Verdict::Overtaken(1),
            seven(),
        ],
    );
    assert_eq!(ask(&mut c, 9), Reply::default(), "it waits for two");
    assert_eq!(ask(&mut c, 9), Reply::default(), "it waits for one");
    assert_eq!(ask(&mut c, 8).bytes, Some(vec![7]), "another connection");
    assert_eq!(ask(&mut c, 9).bytes, None, "no answer has overtaken them");
    assert_eq!(ask(&mut c, 9).bytes, followed_by(1), "the second");
    assert_eq!(ask(&mut c, 9).bytes, followed_by(1), "the first");
    assert_eq!(ask(&mut c, 9).bytes, Some(vec![7]), "nothing is left");
    ask(&mut c, 9);
    c.disconnected(9);
    assert_eq!(ask(&mut c, 9).bytes, Some(vec![7]), "forgotten with its connection");
}
