//! What an answer to a Fetch request means for a partition.

use super::error_actions::{FetchAction, fetch_action};
use super::fetcher::RequestedPartition;
use super::track::{Reset, Track};
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::conf::ConsumerSettings;
use crate::consumer::error::ConsumerError;
use crate::consumer::partition::INVALID;
use crate::consumer::position::{Position, logical};
use crate::consumer::records::{Aborted, Fetched, Pool, Share, ShareContext};
use crate::protocol::fetch::ResponsePartition;

/// The most that one compressed batch may come to.
const MAX_DECOMPRESSED: usize = i32::MAX as usize;

/// What the application is given.
pub enum News {
    Fetched(Box<Fetched>),
    Error(Box<ConsumerError>),
}

/// What the main thread has to see to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errands {
    /// The partition wants to be looked at: where it is fetched, or that an offset is to be asked for.
    pub inspect: bool,
    /// The leader has to be looked up.
    pub refresh: bool,
}

/// What came of an answer.
#[derive(Default)]
pub struct FetchOutcome {
    pub news: Vec<News>,
    pub errands: Errands,
    pub error: ErrorCode,
    /// A line for the log of the instance: an offset is being looked for.
    pub reset: Option<String>,
}

/// Who has answered.
#[derive(Clone, Copy)]
pub struct Answerer<'a> {
    pub broker_id: i32,
    pub settings: &'a ConsumerSettings,
    /// Where the memory of records goes.
    pub pool: &'a Arc<Pool>,
    pub now: Time,
}

/// Takes in what a broker has answered about a partition, and the records that came with it.
#[must_use]
pub fn answered(
    asked: &RequestedPartition,
    answer: &ResponsePartition<'_>,
    records: Vec<u8>,
    by: Answerer<'_>,
) -> FetchOutcome {
    let mut outcome = FetchOutcome::default();
    let p = &asked.partition;
    let mut track = p.track();
    if !track.awaits(&asked.wanted) {
        return outcome;
    }
    let code = ErrorCode(answer.error_code.into());
    match fetch_action(code) {
        FetchAction::Done => received(asked, (answer, records), by, &mut track, &mut outcome),
        action => {
            outcome.error = code;
            failed(asked, (code, action), by, &mut track, &mut outcome);
        }
    }
    outcome
}

fn received(
    asked: &RequestedPartition,
    (answer, records): (&ResponsePartition<'_>, Vec<u8>),
    by: Answerer<'_>,
    track: &mut Track,
    outcome: &mut FetchOutcome,
) {
    let p = &asked.partition;
    track.clear_error();
    p.set_watermarks(answer.log_start_offset.max(p.watermarks().0), answer.high_watermark);
    p.set_last_stable_offset(answer.last_stable_offset);
    if answer.preferred_read_replica >= 0 && answer.preferred_read_replica != by.broker_id {
        track.follow(answer.preferred_read_replica, by.settings.error_backoff, by.now);
        outcome.errands.inspect = true;
        return;
    }
    if !records.is_empty() {
        take_records(asked, (answer, records), by, track, outcome);
    }
    // Versions before 4 tell no last stable offset.
    let committed_end = if answer.last_stable_offset >= 0 { answer.last_stable_offset } else { i64::MAX };
    let end = match by.settings.read_committed {
        true => answer.high_watermark.min(committed_end),
        false => answer.high_watermark,
    };
    if track.note_end(end) && by.settings.partition_eof {
        let text = format!(
            "Fetch from broker {} reached end of partition at offset {} (HighwaterMark {})",
            by.broker_id,
            track.next().offset,
            answer.high_watermark
        );
        outcome.news.push(tell(asked, ErrorCode::_PARTITION_EOF, text, track.next(), by));
    }
}

fn take_records(
    asked: &RequestedPartition,
    (answer, records): (&ResponsePartition<'_>, Vec<u8>),
    by: Answerer<'_>,
    track: &mut Track,
    outcome: &mut FetchOutcome,
) {
    let aborted = |a: &crate::protocol::fetch::AbortedTransaction| Aborted {
        producer_id: a.producer_id,
        first_offset: a.first_offset,
    };
    let context = ShareContext {
        fetch_offset: asked.wanted.position.offset,
        aborted: by
            .settings
            .read_committed
            .then(|| answer.aborted_transactions.iter().flatten().map(aborted).collect()),
        check_crcs: by.settings.check_crcs,
        broker_id: by.broker_id,
        max_decompressed: MAX_DECOMPRESSED,
        pool: by.pool.clone(),
    };
    let share = Share::new(records, context);
    let summary = share.summary();
    if summary.batches == 0 {
        return too_large(asked, by, track, outcome);
    }
    if summary.next_offset == asked.wanted.position.offset {
        // Only what was read before: a broker that goes on like that must not be asked at once.
        track.rest_until(by.now + by.settings.error_backoff);
    }
    track.advance(Position::new(summary.next_offset, summary.leader_epoch));
    asked.partition.queued(summary.messages, summary.bytes);
    let fetched = Fetched::new(asked.partition.clone(), asked.wanted.version, share);
    outcome.news.push(News::Fetched(Box::new(fetched)));
}

/// Not even one batch has come as a whole: more may come the next time.
fn too_large(asked: &RequestedPartition, by: Answerer<'_>, track: &mut Track, outcome: &mut FetchOutcome) {
    if !track.grow() {
        track.rest_until(by.now + by.settings.error_backoff);
        let text = format!(
            "Message at offset {} might be too large to fetch, try increasing receive.message.max.bytes",
            track.next().offset
        );
        outcome.news.push(tell(asked, ErrorCode::MSG_SIZE_TOO_LARGE, text, track.next(), by));
    }
}

fn failed(
    asked: &RequestedPartition,
    (code, action): (ErrorCode, FetchAction),
    by: Answerer<'_>,
    track: &mut Track,
    outcome: &mut FetchOutcome,
) {
    let position = asked.wanted.position;
    if track.is_follower(by.broker_id) {
        // Whatever a follower has to complain of, the leader is the one to ask.
        track.back_to_leader();
        track.rest_until(by.now + by.settings.error_backoff);
        outcome.errands = Errands { inspect: true, refresh: action == FetchAction::Refresh };
        return;
    }
    match action {
        FetchAction::Reset => {
            let why = "fetch failed due to requested offset not available on the broker";
            reset(asked, (code, why), position, by, track, outcome);
            return;
        }
        FetchAction::Refresh => outcome.errands.refresh = true,
        FetchAction::TellOnce if track.note_error(code.0) => {
            let text = format!("Fetch from broker {} failed: {}", by.broker_id, code.describe());
            outcome.news.push(tell(asked, code, text, position, by));
        }
        FetchAction::Tell => {
            let (offset, epoch, what) = (position.offset, position.epoch, code.describe());
            let text = format!(
                "Fetch from broker {} failed at offset {offset} (leader epoch {epoch}): {what}",
                by.broker_id
            );
            outcome.news.push(tell(asked, code, text, position, by));
        }
        FetchAction::Done | FetchAction::TellOnce => {}
    }
    track.rest_until(by.now + by.settings.error_backoff);
}

/// Looks for another offset to go on at, or tells that there is none.
fn reset(
    asked: &RequestedPartition,
    (code, why): (ErrorCode, &str),
    position: Position,
    by: Answerer<'_>,
    track: &mut Track,
    outcome: &mut FetchOutcome,
) {
    let (p, what) = (&asked.partition, code.describe());
    let to = match track.reset(p.watermarks().0) {
        Reset::Searching(logical::BEGINNING) => "offset BEGINNING".to_owned(),
        Reset::Searching(_) => "offset END".to_owned(),
        Reset::Cached(low) => format!("cached BEGINNING offset offset {low}"),
        Reset::Refused => {
            let text = format!("{why}: {what} (broker {})", by.broker_id);
            return outcome.news.push(tell(asked, ErrorCode::_AUTO_OFFSET_RESET, text, position, by));
        }
    };
    outcome.errands.inspect = true;
    outcome.reset = Some(format!(
        "{p:?}: offset reset (at offset {} (leader epoch {}), broker {}) to {to} (leader epoch -1): {why}: {what}",
        position.offset, position.epoch, by.broker_id,
    ));
}

fn tell(asked: &RequestedPartition, code: ErrorCode, text: String, at: Position, by: Answerer<'_>) -> News {
    News::Error(Box::new(ConsumerError {
        partition: Some(asked.partition.clone()),
        version: asked.wanted.version,
        topic: Some(Arc::clone(asked.partition.topic())),
        code,
        text,
        offset: if at.is_absolute() { at.offset } else { INVALID },
        broker_id: by.broker_id,
    }))
}

#[cfg(test)]
mod tests;
