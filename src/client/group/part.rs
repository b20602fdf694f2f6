//! The main thread's part in a group's offsets.

use super::coordinator::GroupCoordinator;
use super::error_actions::{COMMIT_RETRIES, COORDINATOR_RETRIES, for_commit, for_fetch};
use super::fetch::FetchJob;
use super::job::{CloseTo, CommitJob, CommitTo};
use super::op::GroupOp;
use super::{requests, telling};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::broker::{BrokerEvent, BrokerHandle, Op};
use crate::client::consumer::op::Question;
use crate::client::part::{Ctx, Part};
use crate::consumer::offset_to_commit::OffsetOutcome;
use crate::protocol::error_action::ErrorAction;
use std::time::Duration;

/// A commit on its way.
struct Commit {
    offsets: Vec<OffsetOutcome>,
    to: CommitTo,
    reason: &'static str,
}

enum Work {
    Commit(Commit),
    Fetch(FetchJob),
}

/// A job that is not done yet.
struct OpenJob {
    number: u64,
    work: Work,
    in_flight: bool,
    again: Option<Time>,
    tries: u32,
    /// How long a commit waits for a coordinator, and a caller for a look-up.
    deadline: Deadline,
}

impl OpenJob {
    fn is_commit(&self) -> bool {
        matches!(self.work, Work::Commit(_))
    }
}

#[derive(Default)]
pub(in crate::client) struct GroupOffsets {
    coordinator: GroupCoordinator,
    /// In the order in which they came.
    waiting: Vec<OpenJob>,
    number: u64,
    /// Partitions that are to be looked up.
    finding: Vec<Question>,
    closing: Option<CloseTo>,
    next_commit: Option<Time>,
}

impl Part for GroupOffsets {
    type Op = GroupOp;

    fn handle(&mut self, op: GroupOp, ctx: &mut Ctx<'_>) {
        match op {
            GroupOp::Commit(job) => self.commit(job, ctx),
            GroupOp::Fetch(job) => self.add(Work::Fetch(job), ctx),
            GroupOp::Find(question) => self.finding.push(question),
            GroupOp::Close(to) => self.closing = Some(to),
            GroupOp::CoordinatorFound(found) => self.coordinator.found(&found, ctx),
            GroupOp::Committed { number, answer } => {
                let Some(at) = self.place(number) else { return };
                self.committed(at, answer.map_err(|e| e.code), ctx);
            }
            GroupOp::Fetched { number, answer } => {
                let Some(at) = self.place(number) else { return };
                self.fetched(at, answer.map_err(|e| e.code), ctx);
            }
        }
    }

    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(consumer) = ctx.client.consumer() else { return Deadline::NEVER };
        let mut next = self.commit_automatically(ctx);
        if !self.finding.is_empty() {
            let job = FetchJob::of_partitions(std::mem::take(&mut self.finding));
            self.add(Work::Fetch(job), ctx);
        }
        if !self.waiting.is_empty() {
            match &consumer.settings().group {
                Some(group) => {
                    next = next.min(self.coordinator.seek(group, ctx));
                    self.expire(ctx);
                    next = next.min(self.send(group, ctx));
                }
                None => self.find_nothing(ctx),
            }
        }
        if !self.waiting.iter().any(OpenJob::is_commit)
            && let Some(to) = self.closing.take()
        {
            consumer.set_closed();
            telling::closed(consumer, to);
        }
        next
    }
}

impl GroupOffsets {
    /// Makes the logical broker of a consumer with a group.
    pub fn open(&mut self, ctx: &mut Ctx<'_>) {
        if ctx.client.consumer().is_some_and(|c| c.has_group()) {
            self.coordinator.open(ctx);
        }
    }

    /// The client has started over from the bootstrap servers.
    pub fn follow_rebootstrap(&mut self, now: Time) {
        self.coordinator.lose(now);
    }

    /// Another broker may be the coordinator if the connection was lost.
    pub fn follow_broker(&mut self, handle: &Arc<BrokerHandle>, event: &BrokerEvent, now: Time) {
        let is_it = handle.is_logical();
        if is_it && matches!(event, BrokerEvent::Down { planned: false, .. }) {
            self.coordinator.lose(now);
        }
    }

    /// The client ends: whoever waits is told so.
    pub fn give_up(&mut self, ctx: &Ctx<'_>) {
        for waiting in std::mem::take(&mut self.waiting) {
            let code = ErrorCode::_DESTROY;
            match waiting.work {
                Work::Commit(c) => telling::committed(ctx.client, c.to, c.reason, (code, c.offsets)),
                Work::Fetch(f) => telling::found(ctx.client, f.to, Err(code)),
            }
        }
        if let Some(to) = self.closing.take()
            && let Some(consumer) = ctx.client.consumer()
        {
            telling::closed(consumer, to);
        }
    }

    fn place(&self, number: u64) -> Option<usize> {
        self.waiting.iter().position(|w| w.number == number && w.in_flight)
    }

    fn add(&mut self, work: Work, ctx: &Ctx<'_>) {
        self.number += 1;
        let deadline = match &work {
            Work::Commit(_) => Deadline::at(ctx.now + patience(ctx)),
            Work::Fetch(job) => job.deadline().map_or(Deadline::NEVER, Deadline::at),
        };
        let number = self.number;
        self.waiting.push(OpenJob { number, work, in_flight: false, again: None, tries: 0, deadline });
    }

    fn commit(&mut self, job: CommitJob, ctx: &Ctx<'_>) {
        let Some(consumer) = ctx.client.consumer() else { return };
        let offsets = job.offsets.unwrap_or_else(|| consumer.uncommitted());
        let offsets: Vec<_> = offsets.into_iter().map(OffsetOutcome::of).collect();
        if consumer.is_closed() {
            telling::answer(job.to, ErrorCode::_DESTROY, offsets);
        } else if offsets.iter().all(|o| o.offset.offset < 0) {
            telling::committed(ctx.client, job.to, job.reason, (ErrorCode::_NO_OFFSET, offsets));
        } else {
            self.add(Work::Commit(Commit { offsets, to: job.to, reason: job.reason }), ctx);
        }
    }

    fn commit_automatically(&mut self, ctx: &Ctx<'_>) -> Deadline {
        let Some(consumer) = ctx.client.consumer() else { return Deadline::NEVER };
        let settings = consumer.settings();
        let Some(interval) = settings.auto_commit.filter(|_| settings.group.is_some()) else {
            return Deadline::NEVER;
        };
        let due = *self.next_commit.get_or_insert(ctx.now + interval);
        if ctx.now < due {
            return Deadline::at(due);
        }
        self.next_commit = Some(ctx.now + interval);
        let offsets = consumer.uncommitted();
        if offsets.iter().any(|o| o.offset >= 0) {
            self.commit(CommitJob::in_background(Some(offsets), "cgrp auto commit timer"), ctx);
        }
        Deadline::at(ctx.now + interval)
    }

    /// Without a group nothing is committed.
    fn find_nothing(&mut self, ctx: &Ctx<'_>) {
        for waiting in std::mem::take(&mut self.waiting) {
            if let Work::Fetch(job) = waiting.work {
                telling::found(ctx.client, job.to, Ok(Vec::new()));
            }
        }
    }

    /// Gives up what has waited too long.
    fn expire(&mut self, ctx: &Ctx<'_>) {
        let late = |w: &mut OpenJob| !w.in_flight && w.deadline.is_due(ctx.now);
        let expired: Vec<_> = self.waiting.extract_if(.., late).collect();
        for waiting in expired {
            match waiting.work {
                Work::Commit(c) => end(c, ErrorCode::_WAIT_COORD, ctx),
                Work::Fetch(f) => telling::found(ctx.client, f.to, Err(ErrorCode::_TIMED_OUT)),
            }
        }
    }

    /// Sends what is to be sent. Returns when there is more to do.
    fn send(&mut self, group: &str, ctx: &Ctx<'_>) -> Deadline {
        let (mut next, mut held, mut committing) = (Deadline::NEVER, false, false);
        let connection = self.coordinator.connection();
        for w in self.waiting.iter_mut().filter(|w| !w.in_flight || w.is_commit()) {
            let is_commit = w.is_commit();
            let later = w.again.filter(|at| ctx.now < *at);
            let ready = !w.in_flight && later.is_none() && if is_commit { !held } else { !committing };
            committing |= is_commit;
            if !w.in_flight {
                next = next.min(w.deadline);
                held |= is_commit && later.is_some();
            }
            if let Some(at) = later {
                next = next.min(Deadline::at(at));
            }
            if let Some(handle) = connection.filter(|_| ready) {
                (w.in_flight, w.again) = (true, None);
                let request = match &w.work {
                    Work::Commit(c) => requests::commit(ctx.client, group, w.number, &c.offsets),
                    Work::Fetch(f) => requests::fetch(ctx.client, group, w.number, &f.partitions),
                };
                handle.push(Op::Request(request));
            }
        }
        next
    }

    fn committed(
        &mut self,
        at: usize,
        answer: Result<crate::protocol::offset_commit::Response, ErrorCode>,
        ctx: &Ctx<'_>,
    ) {
        let Some(w) = self.waiting.get_mut(at) else { return };
        let Work::Commit(c) = &mut w.work else { return };
        let code = match answer {
            Ok(response) => requests::note_committed(&response, &mut c.offsets),
            Err(code) => code,
        };
        let action = for_commit(code);
        let retries = if action.refresh { COORDINATOR_RETRIES } else { COMMIT_RETRIES };
        if !self.repeat(at, action, retries, ctx) {
            let Work::Commit(c) = self.waiting.remove(at).work else { return };
            end(c, code, ctx);
        }
    }

    fn fetched(
        &mut self,
        at: usize,
        answer: Result<crate::protocol::offset_fetch::Response, ErrorCode>,
        ctx: &Ctx<'_>,
    ) {
        let Some(w) = self.waiting.get_mut(at) else { return };
        let Work::Fetch(f) = &mut w.work else { return };
        let found = answer.and_then(|response| requests::committed(response, &f.partitions));
        let mut action = for_fetch(found.as_ref().err().copied().unwrap_or(ErrorCode::NO_ERROR));
        if action.refresh && f.is_persistent() {
            action = ErrorAction::RETRY.and_refresh();
        }
        if !self.repeat(at, action, u32::MAX, ctx) {
            let Work::Fetch(f) = self.waiting.remove(at).work else { return };
            telling::found(ctx.client, f.to, found);
        }
    }

    /// Has a request be made once more if its error calls for that.
    fn repeat(&mut self, at: usize, action: ErrorAction, retries: u32, ctx: &Ctx<'_>) -> bool {
        if action.refresh {
            self.coordinator.lose(ctx.now);
        }
        let Some(w) = self.waiting.get_mut(at).filter(|w| action.retries() && w.tries < retries) else {
            return false;
        };
        w.tries += 1;
        w.in_flight = false;
        w.again = Some(ctx.now + ctx.client.settings().retry.backoff);
        if w.is_commit() {
            w.deadline = Deadline::at(ctx.now + patience(ctx));
        }
        true
    }
}

/// How long a commit waits for a coordinator.
fn patience(ctx: &Ctx<'_>) -> Duration {
    ctx.client.settings().consumer.as_ref().map_or(Duration::ZERO, |s| s.session_timeout)
}

/// A commit is over: `code` is the error of the whole.
fn end(mut commit: Commit, code: ErrorCode, ctx: &Ctx<'_>) {
    let Some(consumer) = ctx.client.consumer() else { return };
    if code.is_ok() || commit.offsets.iter().any(|o| !o.error.is_ok()) {
        for o in commit.offsets.iter().filter(|o| o.error.is_ok() && o.offset.offset >= 0) {
            consumer.note_committed(&o.offset);
        }
    }
    if let Some(hooks) = ctx.client.context().hooks() {
        hooks.committed(code, &commit.offsets);
    }
    for o in commit.offsets.iter_mut().filter(|o| o.error.is_ok()) {
        o.error = code;
    }
    telling::committed(ctx.client, commit.to, commit.reason, (code, commit.offsets));
}
