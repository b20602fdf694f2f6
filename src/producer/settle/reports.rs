//! The delivery reports of a settled batch.

use super::context::{BatchFailure, SettleContext};
use super::error_actions::FailedAttempt;
use crate::base::error::ErrorCode;
use crate::producer::batch::{Batch, divide_at};
use crate::producer::partition::Partition;
use crate::producer::partition::report::{OFFSET_INVALID, Persistence, Report, ReportText};
use crate::producer::store::Run;
use crate::producer::store::runs::Runs;

/// What a report says of a message that was refused for another one's sake; librdkafka's words.
const NOT_THE_CULPRIT: &str =
    "Failed to append record because it was part of a batch which had one more more invalid records";

/// One report for each segment.
pub(super) fn stored_reports(
    mut batch: Batch,
    base_offset: i64,
    append_time_ms: Option<i64>,
    s: &mut SettleContext<'_>,
) -> Vec<Report> {
    let runs = std::mem::take(&mut batch.runs);
    let p = &batch.partition;
    let acked = p.topic().settings.required_acks != 0;
    // A negative offset is passed on as the broker said it, as librdkafka does.
    let mut offset = match base_offset {
        _ if !acked => OFFSET_INVALID,
        known @ 0.. => known.saturating_add(i64::try_from(batch.given_up).unwrap_or(i64::MAX)),
        unknown => unknown,
    };
    let mut report = |runs: Runs| {
        let report = Report {
            topic: p.topic().clone(),
            partition: p.id(),
            runs,
            error: ErrorCode::NO_ERROR,
            base_offset: offset,
            append_time_ms,
            broker_id: s.broker_id,
            leader_epoch: -1,
            persistence: Some(if acked { Persistence::Persisted } else { Persistence::PossiblyPersisted }),
            text: None,
        };
        offset = report.offset_at(report.messages());
        report
    };
    let mut reports = std::mem::take(&mut s.spare);
    if batch.segments.is_empty() {
        reports.push(report(runs));
    } else {
        reports.extend(divide_at(runs, &batch.segments).into_iter().map(&mut report));
    }
    reports
}

pub(super) fn lost_reports(
    p: &Partition,
    lost: impl Into<Runs>,
    f: &BatchFailure,
    a: &FailedAttempt,
    broker_id: i32,
) -> Vec<Report> {
    // Not persisted this time does not undo "possibly" of an earlier attempt: that stays with the message.
    let persistence = a.possibly_persisted().then_some(a.persistence);
    let mut offset = f.offset.unwrap_or(OFFSET_INVALID);
    let mut report = |runs: Runs, error, text: Option<String>| {
        // What happened to the request says nothing about messages that fail for another reason.
        let is_of_request =
            matches!(error, ErrorCode::_MSG_TIMED_OUT | ErrorCode::_TRANSPORT | ErrorCode::_SSL);
        let why = f.why.as_deref().filter(|_| is_of_request);
        let failed = Report::failed(p.topic(), p.id(), runs, error).because(why);
        let report = Report {
            broker_id,
            persistence,
            text: text.map(ReportText::Broker).or(failed.text),
            base_offset: offset,
            ..failed
        };
        offset = report.offset_at(report.messages());
        report
    };
    let lost = lost.into();
    if f.records.is_empty() {
        return vec![report(lost, a.error, f.text.clone())];
    }
    // Of several culprits librdkafka says INVALID_RECORD, and of the others that they are none. With a single
    // one, all messages have the error of the batch.
    let (culprits, others) = match f.records.len() {
        1 => (a.error, a.error),
        _ => (ErrorCode::INVALID_RECORD, ErrorCode::_INVALID_DIFFERENT_RECORD),
    };
    by_record(lost, f)
        .into_iter()
        .map(|(run, culprit)| match culprit {
            Some(text) => report(run.into(), culprits, text.or_else(|| f.text.clone())),
            None => report(run.into(), others, Some(NOT_THE_CULPRIT.into())),
        })
        .collect()
}

/// Divides the runs so that each record that the broker named (by its index in the batch) stands alone, with
/// the broker's text for it.
fn by_record(runs: Runs, f: &BatchFailure) -> Vec<(Run, Option<Option<String>>)> {
    let culprit = |i: usize| f.records.iter().find(|(at, _)| *at == i).map(|(_, text)| text.clone());
    let mut out = Vec::new();
    let mut index = 0;
    for mut run in runs {
        while !run.is_empty() {
            let first = culprit(index);
            let n = match first {
                Some(_) => 1,
                None => (0..run.len()).take_while(|i| culprit(index + i).is_none()).count(),
            };
            out.push((run.split_front(n), first));
            index += n;
        }
    }
    out
}
