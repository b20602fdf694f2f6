//! The hook that sees every request first: simulation and fuzzing make their faults with it.

use crate::base::clock::Time;
use crate::mock::cluster::Reply;
use std::time::Duration;

/// A request as the hook sees it.
#[derive(Clone, Copy, Debug)]
pub struct RequestInfo<'a> {
    pub broker_id: i32,
    pub conn_id: u64,
    pub api_key: i16,
    pub api_version: i16,
    pub correlation_id: i32,
    pub now: Time,
    /// The whole request without its length field.
    pub frame: &'a [u8],
}

/// What is to become of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Handle it.
    Pass,
    /// As if it had never arrived: no effect, no answer, the connection stays.
    Drop,
    /// The connection breaks before the request has an effect.
    Close,
    /// The request has its effect, but the connection breaks and the answer is lost.
    CloseAfterHandling,
    /// The request has its effect, and there is no answer; the connection stays.
    Swallow,
    /// The answer comes this much later than it would.
    Delay(Duration),
    /// So many later answers of the same connection leave before this one, at least one: the broker breaks
    /// the protocol. Does nothing to a request that has no answer or has to wait for it (long poll).
    Overtaken(usize),
    /// Only so many bytes of the answer (its length field included) arrive, then the connection breaks.
    Truncate(usize),
    /// The request has no effect and these bytes are the answer, length field included.
    Answer(Vec<u8>),
}

pub type Hook = Box<dyn FnMut(&RequestInfo<'_>) -> Verdict + Send>;

/// Answers that later ones of their connection are to overtake.
#[derive(Debug, Default)]
pub struct Overtaken {
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    conn_id: u64,
    /// How many answers still leave before it.
    behind: usize,
    bytes: Vec<u8>,
}

impl Overtaken {
    pub fn hold(&mut self, mut reply: Reply, conn_id: u64, behind: usize) -> Reply {
        if !reply.close
            && let Some(bytes) = reply.bytes.take()
        {
            self.held.push(Held { conn_id, behind: behind.max(1), bytes });
        }
        reply
    }

    /// Lets those follow whose turn it is after this answer.
    pub fn attach_to(&mut self, mut reply: Reply, conn_id: u64) -> Reply {
        if let Some(bytes) = &mut reply.bytes {
            self.held.retain_mut(|held| {
                if held.conn_id != conn_id {
                    return true;
                }
                held.behind -= 1;
                if held.behind == 0 {
                    bytes.append(&mut held.bytes);
                }
                held.behind > 0
            });
        }
        reply
    }

    pub fn disconnected(&mut self, conn_id: u64) {
        self.held.retain(|held| held.conn_id != conn_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::deadline::Deadline;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, request};
    use crate::protocol::{ApiKey, ByTopic};
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
        let topics = vec![ByTopic::new("t", vec![partition])];
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
}
