//! What settling is told, and what follows from it.

use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::conf::Settings;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::cause::LastFailure;
use crate::producer::partition::report::Report;
use crate::producer::partition::{Partition, TopicShared};
use crate::producer::store::Run;

/// What the broker, or the lack of one, says about a batch.
#[derive(Clone, Debug)]
pub enum Verdict {
    Stored {
        /// [`OFFSET_INVALID`] if the broker did not say (acks=0).
        ///
        /// [`OFFSET_INVALID`]: crate::producer::partition::report::OFFSET_INVALID
        base_offset: i64,
        append_time_ms: Option<i64>,
    },
    Failed(BatchFailure),
}

#[derive(Clone, Debug, Default)]
pub struct BatchFailure {
    pub code: ErrorCode,
    /// Whether anything of the request was written to a connection.
    pub sent: bool,
    /// What the broker said.
    pub text: Option<String>,
    /// What has happened, where no broker said anything.
    pub why: Option<Arc<str>>,
    /// Index in the batch and text for each record that the broker names as culprit (KIP-467).
    pub records: Vec<(usize, Option<String>)>,
    /// The offset that the response gave in spite of the error; -1 if the broker keeps to the protocol.
    pub offset: Option<i64>,
}

impl BatchFailure {
    /// What there is to remember of the failure if these messages are tried again.
    pub(super) fn to_remember<'a>(
        &self,
        runs: impl IntoIterator<Item = &'a Run>,
        s: &SettleContext<'_>,
    ) -> Option<Box<LastFailure>> {
        LastFailure::is_telling(self.code).then(|| {
            Box::new(LastFailure {
                at: s.now,
                code: self.code,
                detail: self.text.as_deref().map(Into::into).or_else(|| self.why.clone()),
                broker_id: s.broker_id,
                last_msgid: runs.into_iter().map(Run::last_msgid).max().unwrap_or(0),
            })
        })
    }

    /// The same for the rest of a batch whose first `n` messages have their reports already: indexes of
    /// culprits count from the rest's first message.
    pub(super) fn behind(mut self, n: usize) -> Self {
        self.records.retain_mut(|(at, _)| {
            let stays = *at >= n;
            *at = at.saturating_sub(n);
            stays
        });
        self
    }
}

/// Who settles, and when.
pub struct SettleContext<'a> {
    pub settings: &'a Settings,
    pub now: Time,
    pub broker_id: i32,
    pub random: &'a mut fastrand::Rng,
    /// Of an idempotent producer.
    pub producer_ids: Option<&'a ProducerIds>,
    /// An empty list whose memory is used again for the batch's reports, mostly a single one.
    pub spare: Vec<Report>,
}

/// What follows from a settled batch.
#[derive(Default)]
pub struct Effects {
    pub reports: Vec<Report>,
    /// The leader of this topic's partition has to be looked up again, because of this error.
    pub refresh: Option<(Arc<TopicShared>, ErrorCode)>,
    /// The topic is not to be used any more.
    pub topic_error: Option<(Arc<TopicShared>, ErrorCode)>,
    /// Messages that were put back.
    pub retried: usize,
    /// The client cannot go on.
    pub fatal: Option<Error>,
    /// The transaction cannot be committed any more.
    pub transaction: Option<Error>,
}

impl Effects {
    /// What an error means beyond the batch.
    pub(super) fn of_error(p: &Partition, code: ErrorCode, refresh: bool) -> Self {
        let because = || (p.topic().clone(), code);
        Self {
            refresh: refresh.then(because),
            topic_error: (code == ErrorCode::TOPIC_AUTHORIZATION_FAILED).then(because),
            ..Self::default()
        }
    }
}
