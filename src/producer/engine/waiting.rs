//! What kept messages from leaving until their time was over, as far as their partition knows.

use super::context::ServeContext;
use super::timed_out::{TimedOut, Waited};
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::cause::Seconds;
use crate::producer::partition::report::Report;
use crate::producer::partition::{Partition, SendSide};
use crate::producer::store::Run;
use std::time::Duration;

/// Messages whose request has been given up wait again for less than this before their own time is over.
const JUST_NOW: Duration = Duration::from_millis(100);

/// What there is to say of messages that have just timed out.
pub(super) fn judge(p: &Arc<Partition>, send: &SendSide, report: Report, ctx: &ServeContext<'_>) -> TimedOut {
    let first = report.runs.iter().map(Run::first_msgid).min().unwrap_or(0);
    let own = send.last_failure().filter(|f| first <= f.last_msgid);
    // What earlier messages met while these were waiting behind them.
    let others = || send.last_failure().filter(|f| queued_at(&report).is_some_and(|at| at <= f.at));
    let last = own.or_else(others);
    let unanswered = own.filter(|f| f.code == ErrorCode::_TIMED_OUT && ctx.now.since(f.at) < JUST_NOW);
    let (waited, last_failure) = match unanswered.and_then(|f| f.detail.as_ref()) {
        // Until now it was under way. Whatever has followed from that did not keep it.
        Some(detail) => (Waited::Held(detail.to_string()), None),
        None => (what_kept(send, own.is_some(), ctx), last.map(|f| f.describe(ctx.now))),
    };
    TimedOut::new(p.clone(), report, waited, last_failure)
}

/// When the first of the messages was queued.
fn queued_at(report: &Report) -> Option<Time> {
    let oldest = report.runs.iter().min_by_key(|run| run.first_msgid())?;
    oldest.iter().next().map(|m| m.enqueued())
}

/// `were_sent`: an attempt at sending these messages has failed.
fn what_kept(send: &SendSide, were_sent: bool, ctx: &ServeContext<'_>) -> Waited {
    if send.is_paused() {
        return Waited::Held("the application has paused the partition".into());
    }
    if let Some(ids) = ctx.producer_ids.filter(|ids| !ids.is_open()) {
        return Waited::For(no_producer_id(ids, ctx.now));
    }
    let backing_off = !send.backoff.is_never() && !send.backoff.is_due(ctx.now);
    let max = ctx.settings.network.max_in_flight;
    Waited::For(match send.inflight() {
        _ if ctx.transaction.is_some_and(|gate| !gate.has_joined(&send.membership)) => {
            "the coordinator has not added the partition to the transaction".into()
        }
        _ if backing_off && were_sent => "waiting to be sent again".into(),
        _ if backing_off => "waiting behind messages that are to be sent again".into(),
        n @ 1.. if max == 1 || ctx.producer_ids.is_some() => {
            format!("waiting behind max.in.flight={max}: {n} batch(es) of the partition without an answer")
        }
        _ => "waiting to be sent".into(),
    })
}

fn no_producer_id(ids: &ProducerIds, now: Time) -> String {
    let status = ids.snapshot();
    let (state, since) = (status.state.name(), Seconds(now.since(status.since)));
    match status.current {
        None => format!("no producer id: state {state} for {since}"),
        Some(id) => format!("{id} may not be used: state {state} for {since}"),
    }
}
