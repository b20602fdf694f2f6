//! The main thread's part of questions about partitions.

use super::query::{OffsetsOp, OffsetsQuery, OffsetsReply};
use super::results::{ByPartition, FoundOffset};
use super::waiting::OpenQuery;
use super::wire::{LeaderShare, VERSIONS, decode, divide, error_action, request};
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::broker::{ControlRequest, Op};
use crate::client::ops::MainOp;
use crate::client::part::{Ctx, Part};
use crate::cluster::leaders::Leader;
use crate::conf::Settings;
use crate::protocol::ApiKey;
use std::time::Duration;

/// The questions that have not been answered.
#[derive(Default)]
pub(in crate::client) struct PendingOffsets {
    waiting: Vec<OpenQuery>,
    /// Numbers the requests.
    number: u64,
}

impl Part for PendingOffsets {
    type Op = OffsetsOp;

    fn handle(&mut self, op: OffsetsOp, ctx: &mut Ctx<'_>) {
        match op {
            OffsetsOp::Ask(query) => self.add(query, ctx),
            OffsetsOp::Answered(reply) => self.answered(&reply, ctx),
        }
    }

    /// Takes every question as far as it can go now.
    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let mut next = Deadline::NEVER;
        for mut waiting in std::mem::take(&mut self.waiting) {
            if waiting.deadline().is_due(ctx.now) {
                forget_unheard(&waiting, ctx);
                waiting.finish_late(ctx.brokers.any_up());
                continue;
            }
            next = next.min(waiting.deadline());
            if waiting.seeking().next().is_some() {
                if ctx.now < waiting.not_before() {
                    next = next.min(Deadline::at(waiting.not_before()));
                } else {
                    next = next.min(self.seek_leaders(&mut waiting, ctx));
                }
            }
            self.keep_or_finish(waiting, ctx);
        }
        next
    }

    fn end(&mut self) {
        for waiting in self.waiting.drain(..) {
            waiting.give_up();
        }
    }
}

impl PendingOffsets {
    fn add(&mut self, query: OffsetsQuery, ctx: &mut Ctx<'_>) {
        let leaders = ctx.topics.leaders();
        for a in &query.asked {
            // A partition that had no leader last time may have one by now, and a leader that was not among
            // the brokers may be back.
            let is_known = match leaders.find(&a.topic, a.partition) {
                Leader::Is { node_id, .. } => ctx.brokers.handle(node_id).is_some(),
                Leader::None(_) | Leader::Unknown => false,
            };
            if !is_known {
                leaders.forget(&a.topic);
            }
        }
        self.waiting.push(OpenQuery::new(query, ctx.now));
    }

    fn keep_or_finish(&mut self, waiting: OpenQuery, ctx: &mut Ctx<'_>) {
        if waiting.is_open() {
            self.waiting.push(waiting);
        } else {
            forget_unheard(&waiting, ctx);
            waiting.finish_heard();
        }
    }

    /// Sends what has a leader; asks the cluster about the rest.
    fn seek_leaders(&mut self, waiting: &mut OpenQuery, ctx: &mut Ctx<'_>) -> Deadline {
        let mut known = Vec::new();
        let mut failed = Vec::new();
        let mut unknown: Vec<String> = Vec::new();
        for (place, asked) in waiting.seeking() {
            match ctx.topics.leaders().find(&asked.topic, asked.partition) {
                Leader::Is { node_id, epoch } if ctx.brokers.handle(node_id).is_some() => {
                    known.push((place, node_id, epoch));
                }
                Leader::Is { .. } => failed.push((place, ErrorCode::LEADER_NOT_AVAILABLE)),
                Leader::None(code) => failed.push((place, code)),
                Leader::Unknown if unknown.contains(&asked.topic) => {}
                Leader::Unknown => unknown.push(asked.topic.clone()),
            }
        }
        if !unknown.is_empty() {
            return ask_for_leaders(waiting, unknown, ctx);
        }
        for (place, code) in failed {
            waiting.set_found(place, FoundOffset::failed(code));
            waiting.set_leader(place, code);
        }
        waiting.begin();
        for share in divide(&waiting.query().asked, &known) {
            for (place, _) in &share.places {
                waiting.set_leader(*place, ErrorCode::NO_ERROR);
            }
            self.send(waiting, &share, ctx);
        }
        Deadline::NEVER
    }

    fn send(&mut self, waiting: &mut OpenQuery, share: &LeaderShare, ctx: &mut Ctx<'_>) {
        let Some(handle) = ctx.brokers.start(share.node_id) else { return };
        self.number += 1;
        let number = self.number;
        for (place, _) in &share.places {
            waiting.set_sent(*place, number);
        }
        let request = request(&waiting.query().asked, share, waiting.query().isolation_level);
        let reply = ctx.client.reply_to_main(move |answer| {
            MainOp::Offsets(OffsetsOp::Answered(OffsetsReply { number, result: decode(answer) }))
        });
        handle.push(Op::Request(ControlRequest {
            api: ApiKey::ListOffsets,
            versions: VERSIONS,
            encode: Box::new(move |version, out| request.encode(version, out)),
            reply,
        }));
    }

    fn answered(&mut self, reply: &OffsetsReply, ctx: &mut Ctx<'_>) {
        // A question that was given up is not there any more.
        let Some(at) = self.waiting.iter().position(|w| !w.sent_by(reply.number).is_empty()) else { return };
        let mut waiting = self.waiting.swap_remove(at);
        let mut again = false;
        let heard = reply.result.as_ref().map(ByPartition::new);
        for place in waiting.sent_by(reply.number) {
            let Some(asked) = waiting.query().asked.get(place) else { continue };
            let found = match &heard {
                Ok(heard) => heard.get(&asked.topic, asked.partition),
                Err(e) => FoundOffset::failed(e.code),
            };
            let action = error_action(found.error);
            if action.refresh {
                ctx.topics.leaders().forget(&asked.topic);
                if ctx.topics.contains(&asked.topic) {
                    ctx.planner.suspect(&asked.topic);
                }
            }
            waiting.set_found(place, found);
            if action.retries() {
                again = true;
                waiting.seek_again(place);
            }
        }
        if again {
            waiting.retry_at(ctx.now + retry_pause(ctx.client.settings(), waiting.retries()));
        }
        self.keep_or_finish(waiting, ctx);
    }
}

fn ask_for_leaders(waiting: &mut OpenQuery, topics: Vec<String>, ctx: &mut Ctx<'_>) -> Deadline {
    let (due, again) = waiting.next_round(ctx.now);
    if due {
        // A question that no broker could be found for is replaced by the next.
        ctx.topics.leaders().ask(topics, again.min(waiting.query().deadline));
    }
    Deadline::at(again)
}

/// The question is over: topics whose leaders it was waiting for need not be remembered.
fn forget_unheard(waiting: &OpenQuery, ctx: &mut Ctx<'_>) {
    for a in &waiting.query().asked {
        ctx.topics.leaders().unwant(&a.topic);
    }
}

/// `retry.backoff.ms`, doubled up to `retry.backoff.max.ms`.
fn retry_pause(s: &Settings, retries: u32) -> Duration {
    s.retry.backoff.saturating_mul(1 << retries.min(16)).min(s.retry.backoff_max.max(s.retry.backoff))
}

#[cfg(test)]
mod tests;
