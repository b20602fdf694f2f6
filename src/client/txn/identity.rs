//! The producer id of a transactional producer: its coordinator gives it, and raises its epoch after a transaction that left
//! sequence numbers in doubt.

use super::error_actions::for_init_producer_id;
use super::failure::visible;
use super::{CONCURRENT_PAUSE, State, Transactions};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::debug;
use crate::client::main_loop::Main;
use crate::producer::producer_id::{ProducerId, ProducerIds};
use crate::protocol::error_action::NextStep;
use crate::protocol::init_producer_id::Request;

impl Main {
    pub(super) fn producer_identity(&self) -> Option<ProducerId> {
        self.view.client.producer_ids().and_then(ProducerIds::current)
    }

    /// Begins to ask for a producer id when the application wants to have transactions.
    pub(super) fn want_producer_identity(&mut self, now: Time) {
        let client = self.view.client.clone();
        let Some(ids) = client.producer_ids() else { return };
        if !self.transactions.started {
            self.transactions.started = true;
            ids.start(now);
            // What may leave and when is the transaction's affair.
            ids.allow(true);
        }
    }

    /// Asks the coordinator, if it is time and the coordinator is known.
    pub(in crate::client) fn ask_coordinator_for_producer_id(
        &mut self,
        ids: &ProducerIds,
        now: Time,
    ) -> Deadline {
        let Some(coordinator) = self.transaction_coordinator() else { return Deadline::NEVER };
        let settings = self.view.client.settings();
        let timeout = settings.transactions.timeout.as_millis();
        // A producer id that is known is to get a higher epoch (KIP-360).
        let known = ids.current().unwrap_or(ProducerId { id: -1, epoch: -1 });
        let request = Request {
            transactional_id: settings.transactions.id.clone(),
            transaction_timeout_ms: i32::try_from(timeout).unwrap_or(i32::MAX),
            producer_id: known.id,
            producer_epoch: known.epoch,
        };
        ids.asked(now);
        self.ask_for_producer_id(&coordinator, request);
        Deadline::NEVER
    }

    /// There is a producer id.
    pub(in crate::client) fn transactions_have_identity(&mut self) {
        self.transactions.renewing = false;
        if let Some(t) = self.view.client.transactions.clone() {
            t.with(self.view.client.logger(), super::Core::identity_assigned);
        }
    }

    /// The coordinator did not give a producer id: it may be another broker by now, and after an error that passes it may be asked
    /// again sooner than just any broker.
    pub(in crate::client) fn transactions_lack_identity(
        &mut self,
        ids: &ProducerIds,
        code: ErrorCode,
        now: Time,
    ) {
        if let Some(action) = for_init_producer_id(code).filter(|a| a.retries()) {
            if action.refresh {
                self.transactions.lose_coordinator(now);
            }
            let soon = action.next == NextStep::RetrySoon;
            let pause = if soon { CONCURRENT_PAUSE } else { self.view.client.settings().retry.backoff };
            ids.hurry(now + pause);
        }
        if let Some(t) = self.view.client.transactions.clone() {
            t.with(self.view.client.logger(), |core| core.note_init_error(code));
        }
    }

    /// A partition cannot go on with the present epoch: the transaction has to be aborted, and the epoch raised with it.
    pub(super) fn mind_sequences(&mut self, t: &Transactions) {
        let wanted = self.view.client.producer_ids().is_some_and(ProducerIds::take_bump_request);
        if wanted && matches!(t.state(), State::InTransaction | State::BeginCommit) {
            self.view.client.abandon_transaction(
                ErrorCode::_INCONSISTENT,
                "Messages of the transaction may be missing in a partition: the producer's epoch has to be raised",
                true,
            );
        } else if wanted {
            t.with(self.view.client.logger(), super::Core::ask_for_bump);
        }
    }

    /// Has the coordinator raise the epoch. The call that waits for it is answered by [`Self::transactions_have_identity`].
    pub(super) fn renew_producer_identity(&mut self, code: ErrorCode, why: &str, now: Time) {
        self.view.client.logger().debug(debug::EOS, "EPOCHBUMP", || {
            format!("Raising the epoch: {why} ({})", visible(code).label())
        });
        self.transactions.renewing = true;
        if let Some(ids) = self.view.client.producer_ids() {
            ids.start(now);
        }
    }

    /// The end of a transaction has brought another epoch (KIP-890).
    pub(super) fn adopt_producer_identity(&mut self, id: ProducerId, now: Time) {
        if let Some(ids) = self.view.client.producer_ids() {
            ids.replace(id, now);
        }
    }
}
