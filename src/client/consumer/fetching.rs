//! The main thread's part in fetching: which broker fetches a partition, and what has to be asked before.

use super::lines;
use super::op::{Committed, ConsumerOp, Question};
use super::requests::{EpochQuestions, OffsetQuestions};
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::client::group::op::GroupOp;
use crate::client::offsets::results::{ByPartition, FoundOffset, Heard};
use crate::client::offsets::wire::error_action;
use crate::client::ops::MainOp;
use crate::client::part::{Ctx, Part};
use crate::conf::ConsumerSettings;
use crate::consumer::error::ConsumerError;
use crate::consumer::fetch::outcome::News;
use crate::consumer::fetch::track::{Basis, Errand, Reset, Validity};
use crate::consumer::offset_to_commit::OffsetOutcome;
use crate::consumer::partition::Partition;
use crate::consumer::position::{Position, logical};
use crate::producer::partition::topic::TopicState;
use crate::protocol::offset_for_leader_epoch as epochs;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// A broker that could not be started is tried again after this time.
const START_AGAIN: Duration = Duration::from_secs(1);

/// A partition to be served.
struct Due {
    partition: Arc<Partition>,
    /// The broker that fetches it has to serve it, too.
    wake: bool,
}

/// What is to be asked of leaders in this round, by their ids: the order of requests is always the same.
#[derive(Default)]
struct Questions {
    offsets: BTreeMap<i32, OffsetQuestions>,
    epochs: BTreeMap<i32, EpochQuestions>,
}

#[derive(Default)]
pub(in crate::client) struct Fetching {
    due: Vec<Due>,
    /// How much had been heard of topics when all partitions were served last.
    heard: u64,
    /// When all partitions are served next.
    next_round: Deadline,
    /// The brokers that have been told to fetch. An id may come to be another broker's.
    told: HashMap<i32, Arc<BrokerHandle>>,
    /// The addresses of partitions that do not exist, and how much had been heard of topics when that was
    /// noticed; `None`: the application has been told.
    missing: HashMap<usize, Option<u64>>,
}

impl Part for Fetching {
    type Op = ConsumerOp;

    fn handle(&mut self, op: ConsumerOp, ctx: &mut Ctx<'_>) {
        match op {
            ConsumerOp::Inspect(partition) => {
                // A topic is asked for because it is in use.
                let _ = ctx.client.topic(partition.topic(), None, None);
                self.due.push(Due { partition, wake: true });
            }
            ConsumerOp::Committed(Committed { asked, found }) => self.committed_found(asked, &found, ctx),
            ConsumerOp::Offsets { asked, found } => self.offsets_found(asked, &found, ctx),
            ConsumerOp::Epochs { asked, broker_id, found } => {
                self.epochs_found(asked, broker_id, &found, ctx)
            }
        }
    }

    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(consumer) = ctx.client.consumer() else { return Deadline::NEVER };
        let heard = ctx.topics.heard();
        if heard != self.heard || self.next_round.is_due(ctx.now) {
            (self.heard, self.next_round) = (heard, Deadline::NEVER);
            let all = consumer.partitions().into_iter();
            self.due.extend(all.map(|partition| Due { partition, wake: false }));
            self.follow_brokers(ctx);
        }
        let mut questions = Questions::default();
        for due in std::mem::take(&mut self.due) {
            self.tell_missing(&due.partition, ctx);
            let next = serve_partition(&due, &mut questions, ctx);
            self.next_round = self.next_round.min(next);
        }
        self.ask(questions, ctx);
        self.next_round
    }
}

impl Fetching {
    fn ask(&mut self, questions: Questions, ctx: &mut Ctx<'_>) {
        let read_committed = ctx.client.settings().consumer.as_ref().is_some_and(|s| s.read_committed);
        for (leader, asked) in questions.offsets {
            match ctx.brokers.start(leader) {
                Some(handle) => asked.send(ctx.client, &handle, i8::from(read_committed)),
                None => self.next_round = self.next_round.min(asked.postpone(ctx.now + START_AGAIN)),
            }
        }
        for (leader, asked) in questions.epochs {
            match ctx.brokers.start(leader) {
                Some(handle) => asked.send(ctx.client, &handle),
                None => self.next_round = self.next_round.min(asked.postpone(ctx.now + START_AGAIN)),
            }
        }
    }

    /// Has partitions handed over anew whose broker is another one of the same id.
    fn follow_brokers(&mut self, ctx: &Ctx<'_>) {
        let current: HashMap<_, _> = ctx.brokers.learned().map(|h| (h.node_id(), h.clone())).collect();
        let is_same = |id: i32| match (self.told.get(&id), current.get(&id)) {
            (Some(told), Some(current)) => Arc::ptr_eq(told, current),
            _ => false,
        };
        for due in &mut self.due {
            let fetcher = due.partition.track().fetcher();
            due.wake |= fetcher >= 0 && !is_same(fetcher);
        }
        self.told = current;
    }

    /// Tells the application, once, that there is no such partition.
    /// What was heard before it was wanted may be old: it is asked for once more.
    fn tell_missing(&mut self, p: &Arc<Partition>, ctx: &mut Ctx<'_>) {
        let address = Arc::as_ptr(p).addr();
        let why = p.track().state().is_started().then(|| missing(p, ctx)).flatten();
        let Some((code, text)) = why else {
            self.missing.remove(&address);
            return;
        };
        let heard = ctx.topics.heard();
        let Some(noticed) = self.missing.get(&address) else {
            self.missing.insert(address, Some(heard));
            ctx.planner.suspect(p.topic());
            return;
        };
        if noticed.is_some_and(|noticed| heard > noticed) {
            self.missing.insert(address, None);
            let text = format!("{p:?}: {text} ({})", code.describe());
            ctx.client.tell_error(Error::new(code, text));
        }
    }

    /// Serves the partition in this round.
    fn inspect(&mut self, partition: Arc<Partition>) {
        self.due.push(Due { partition, wake: false });
    }

    fn offsets_found(&mut self, asked: Vec<Question>, found: &Result<Heard, Error>, ctx: &mut Ctx<'_>) {
        let heard = found.as_ref().map(ByPartition::new);
        for Question { partition: p, basis } in asked {
            let version = basis.version;
            let of_partition = match &heard {
                Ok(heard) => heard.get(p.topic(), p.number()),
                Err(e) => FoundOffset::failed(e.code),
            };
            if of_partition.error == ErrorCode::NO_ERROR && of_partition.offset >= 0 {
                let at = Position::new(of_partition.offset, of_partition.leader_epoch);
                lines::found(ctx.client.logger(), &p, at);
                let low = p.watermarks().0;
                p.track().offset_found(basis, at.offset, at.epoch, low);
            } else {
                let action = error_action(of_partition.error);
                let refused = !action.retries() && !action.refresh;
                let tell = refused.then(|| p.track().query());
                if refused {
                    query_refused(&p, version, of_partition.error, ctx);
                }
                asking_failed(&p, version, (of_partition.error, action.refresh, tell), ctx);
            }
            self.inspect(p);
        }
    }

    /// What the group has committed; where it has committed nothing, `auto.offset.reset` decides.
    fn committed_found(
        &mut self,
        asked: Vec<Question>,
        found: &Result<Vec<OffsetOutcome>, ErrorCode>,
        ctx: &mut Ctx<'_>,
    ) {
        let found = found.as_ref().map(|all| {
            let by_place = all.iter().map(|o| ((o.offset.topic.as_str(), o.offset.partition), o));
            by_place.collect::<HashMap<_, _>>()
        });
        for Question { partition: p, basis: Basis { version, .. } } in asked {
            match found.as_ref().map(|found| found.get(&(&**p.topic(), p.number()))) {
                Err(code) => asking_failed(&p, version, (**code, false, Some(logical::STORED)), ctx),
                Ok(Some(o)) if !o.error.is_ok() => {
                    asking_failed(&p, version, (o.error, false, Some(logical::STORED)), ctx)
                }
                Ok(Some(o)) if o.offset.offset >= 0 => {
                    let at = Position::new(o.offset.offset, o.offset.leader_epoch);
                    p.track().committed_found(version, at);
                }
                Ok(_) => nothing_committed(&p, version, ctx),
            }
            self.inspect(p);
        }
    }

    fn epochs_found(
        &mut self,
        asked: Vec<Question>,
        broker_id: i32,
        found: &Result<epochs::Response, Error>,
        ctx: &mut Ctx<'_>,
    ) {
        let found = found.as_ref().map(|response| {
            let partitions =
                response.topics.iter().flat_map(|t| t.partitions.iter().map(move |a| (t.name.as_str(), a)));
            partitions.map(|(topic, a)| ((topic, a.partition), a)).collect::<HashMap<_, _>>()
        });
        for Question { partition: p, basis } in asked {
            let version = basis.version;
            match found.as_ref().map(|found| found.get(&(&**p.topic(), p.number()))) {
                Err(e) if e.code == ErrorCode::_UNSUPPORTED_FEATURE => p.track().validated(version),
                Err(e) => asking_failed(&p, version, (e.code, false, None), ctx),
                Ok(None) => asking_failed(&p, version, (ErrorCode::_BAD_MSG, false, None), ctx),
                Ok(Some(a)) if a.error_code != 0 => {
                    let code = ErrorCode(a.error_code.into());
                    asking_failed(&p, version, (code, true, None), ctx);
                }
                Ok(Some(a)) => {
                    let end = Position::new(a.end_offset, a.leader_epoch);
                    validated(&p, basis, end, broker_id, ctx);
                }
            }
            self.inspect(p);
        }
    }
}

/// Why a partition cannot be read, if the cluster has said that it does not exist.
fn missing(p: &Partition, ctx: &Ctx<'_>) -> Option<(ErrorCode, &'static str)> {
    let topic = ctx.topics.get(p.topic())?;
    let count = topic.table().partitions.len();
    match topic.state() {
        TopicState::NotExists(code) => Some((code, "topic does not exist")),
        TopicState::Exists if usize::try_from(p.number()).is_ok_and(|n| n >= count) => {
            Some((ErrorCode::_UNKNOWN_PARTITION, "desired partition is not available"))
        }
        TopicState::Exists | TopicState::Error(_) | TopicState::Unknown => None,
    }
}

/// Does what is to be done for a partition now. Returns when to serve it again.
fn serve_partition(due: &Due, questions: &mut Questions, ctx: &mut Ctx<'_>) -> Deadline {
    let p = &due.partition;
    let known = ctx.topics.leadership(p.topic(), p.number());
    let mut track = p.track();
    match known {
        Some((leader, epoch, id)) if track.set_leader(leader, epoch, id) => p.forget_log(),
        Some(_) => {}
        None => track.lose_leader(),
    }
    let (basis, leader) = (track.basis(), track.leader().0);
    let errand = track.take_errand(ctx.now);
    let (fetcher, changes) = (track.fetcher(), track.take_changes());
    drop(track);
    changes.into_iter().for_each(|change| lines::change(ctx.client.logger(), p, change));
    let question = || Question { partition: p.clone(), basis };
    match errand {
        Errand::None(_) if due.wake && fetcher >= 0 => pass_on(p, fetcher, leader, ctx),
        Errand::None(next) => next,
        Errand::Fetch { broker } => hand_over(p, broker, leader, ctx),
        Errand::FindOffset { target } => {
            questions.offsets.entry(leader).or_default().add(question(), target);
            Deadline::NEVER
        }
        Errand::FindCommitted => {
            ctx.client.post(MainOp::Group(GroupOp::Find(question())));
            Deadline::NEVER
        }
        Errand::Validate { position } => {
            questions.epochs.entry(leader).or_default().add(question(), position);
            Deadline::NEVER
        }
    }
}

/// Has a broker fetch the partition from now on.
fn hand_over(p: &Arc<Partition>, broker: i32, leader: i32, ctx: &mut Ctx<'_>) -> Deadline {
    lines::handed_over(ctx.client.logger(), p);
    pass_on(p, broker, leader, ctx)
}

/// Tells a broker of a partition that is its to fetch. If there is no such broker, or it cannot be started,
/// the partition is handed over anew a little later.
fn pass_on(p: &Arc<Partition>, broker: i32, leader: i32, ctx: &mut Ctx<'_>) -> Deadline {
    if let Some(handle) = ctx.brokers.start(broker) {
        handle.push(Op::Fetch(p.clone()));
        return p.track().lease_end();
    }
    p.track().back_to_leader();
    if broker != leader {
        // A follower that is not known (any more).
        ctx.planner.suspect(p.topic());
    }
    Deadline::at(ctx.now + START_AGAIN)
}

/// A leader has refused to look an offset up: `auto.offset.reset` says where to go on.
fn query_refused(p: &Arc<Partition>, version: i32, code: ErrorCode, ctx: &Ctx<'_>) {
    let mut track = p.track();
    if !track.waits_for_offset(version) {
        return;
    }
    let (query, broker) = (track.query(), track.leader().0);
    let reset = track.reset(logical::INVALID);
    let pause = ctx.client.settings().consumer.as_ref().map(|s| s.error_backoff);
    track.rest_until(ctx.now + pause.unwrap_or_default());
    drop(track);
    let why = format!("failed to query logical offset: {}", code.describe());
    match reset {
        Reset::Refused => {
            let text = format!("{why} (broker {broker})");
            tell_error(p, version, (ErrorCode::_AUTO_OFFSET_RESET, text), Position::at(query), broker, ctx);
        }
        Reset::Searching(target) | Reset::Cached(target) => ctx.client.logger().log(
            Level::Warning,
            "OFFSET",
            format_args!(
                "{p:?}: offset reset (at offset {} (leader epoch -1), broker {broker}) to offset {} (leader epoch -1): \
                 {why}",
                lines::offset(query),
                lines::offset(target)
            ),
        ),
    }
}

/// A leader could not say what it was asked: it, or its successor, is asked again.
fn asking_failed(
    p: &Arc<Partition>,
    version: i32,
    (code, refresh, tell): (ErrorCode, bool, Option<i64>),
    ctx: &mut Ctx<'_>,
) {
    let settings = ctx.client.settings();
    let pause =
        settings.consumer.as_ref().map_or(settings.retry.backoff, |s: &ConsumerSettings| s.error_backoff);
    let mut track = p.track();
    let news = tell.filter(|_| track.note_error(code.0));
    track.ask_again(version, ctx.now + pause);
    drop(track);
    if refresh {
        ctx.planner.suspect(p.topic());
    }
    if let Some(query) = news {
        let text = format!("Failed to query logical offset {}: {}", lines::offset(query), code.describe());
        tell_error(p, version, (code, text), Position::at(query), -1, ctx);
    }
}

/// Begins where `auto.offset.reset` says.
fn nothing_committed(p: &Arc<Partition>, version: i32, ctx: &Ctx<'_>) {
    let mut track = p.track();
    if !track.waits_for_offset(version) {
        return;
    }
    let reset = track.reset(p.watermarks().0);
    drop(track);
    let why = format!("no previously committed offset available: {}", ErrorCode::_NO_OFFSET.describe());
    if reset == Reset::Refused {
        tell_error(p, version, (ErrorCode::_AUTO_OFFSET_RESET, why), Position::INVALID, -1, ctx);
        return;
    }
    ctx.client.logger().debug(debug::TOPIC, "OFFSET", || {
        let to = match reset {
            Reset::Cached(low) => format!("cached BEGINNING offset {low}"),
            Reset::Searching(target) => format!("offset {}", lines::offset(target)),
            Reset::Refused => "none".to_owned(),
        };
        format!(
            "{p:?}: offset reset (at offset INVALID (leader epoch -1), broker -1) to {to} (leader epoch -1): {why}"
        )
    });
}

/// The leader has said where the records of the position's epoch end.
fn validated(p: &Arc<Partition>, basis: Basis, end: Position, broker_id: i32, ctx: &Ctx<'_>) {
    let validity = p.track().check_end(basis, end);
    let Validity::Truncated { at, resumed } = validity else { return };
    let text = format!(
        "Partition log truncation detected at offset {} (leader epoch {}): broker end offset is {} (offset leader epoch {})",
        at.offset, at.epoch, end.offset, end.epoch
    );
    if resumed {
        ctx.client.logger().log(Level::Warning, "TRUNCATE", format_args!("{p:?}: {text}"));
    } else {
        tell_error(p, basis.version, (ErrorCode::_LOG_TRUNCATION, text), at, broker_id, ctx);
    }
}

fn tell_error(
    p: &Arc<Partition>,
    version: i32,
    (code, text): (ErrorCode, String),
    at: Position,
    broker_id: i32,
    ctx: &Ctx<'_>,
) {
    let Some(consumer) = ctx.client.consumer() else { return };
    let error = ConsumerError {
        partition: Some(p.clone()),
        version,
        topic: Some(p.topic().clone()),
        code,
        text,
        offset: at.offset,
        broker_id,
    };
    consumer.deliver(vec![News::Error(Box::new(error))]);
}
