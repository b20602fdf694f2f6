//! Gets the producer id: asks a broker for it, as `producer::producer_id` says when, and acts on the answer.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, ControlRequest, ControlResult, Op, Reply};
use crate::client::Client;
use crate::client::brokers::PATIENCE;
use crate::client::main_loop::{Main, MainOp};
use crate::producer::producer_id::{ProducerId, ProducerIds};
use crate::protocol::ApiKey;
use crate::protocol::init_producer_id::{CLIENT_MAX_VERSION, Request, Response};
use crate::protocol::primitives::Reader;

/// What a broker says to the request for an id.
pub struct ProducerIdReply {
    pub(in crate::client) broker: Arc<BrokerHandle>,
    pub(in crate::client) result: Result<Response, Error>,
}

impl Client {
    /// The producer id and its state, if the client is idempotent.
    #[must_use]
    pub fn producer_ids(&self) -> Option<&ProducerIds> {
        self.common.producer_ids.as_ref()
    }

    /// Has every broker look at its partitions: what they waited for has come.
    pub(crate) fn wake_brokers(&self) {
        for b in self.brokers.read().iter() {
            b.signal().notify();
        }
    }
}

impl Main {
    /// Asks for a producer id if it is time.
    pub(in crate::client) fn serve_producer_id(&mut self, now: Time) -> Deadline {
        let client = self.view.client.clone();
        let Some(ids) = client.producer_ids() else { return Deadline::NEVER };
        let Some(not_before) = ids.wanted().time() else { return Deadline::NEVER };
        if ids.is_transactional() {
            if now < not_before {
                return Deadline::at(not_before);
            }
            return self.ask_coordinator_for_producer_id(ids, now);
        }
        match self.view.brokers.broker_to_ask(not_before, now) {
            Ok(broker) if broker.is_up() => {
                ids.asked(now);
                let request = Request { transaction_timeout_ms: -1, ..Request::default() };
                self.ask_for_producer_id(&broker, request);
                Deadline::NEVER
            }
            // Those that are up do not answer; this one is asked when it is up.
            Ok(broker) => {
                broker.push(Op::Connect);
                ids.no_broker(now);
                Deadline::at(now + PATIENCE)
            }
            Err(next) => {
                if now >= not_before {
                    ids.no_broker(now);
                }
                next
            }
        }
    }

    /// Sends an InitProducerId request; the answer comes to [`Self::producer_id_replied`].
    pub(in crate::client) fn ask_for_producer_id(&self, broker: &Arc<BrokerHandle>, request: Request) {
        self.view
            .client
            .logger()
            .debug(debug::EOS, "GETPID", || format!("{}: Acquiring ProducerId", broker.name()));
        let upward = Arc::downgrade(&self.view.client);
        let asked = broker.clone();
        let reply: Reply = Box::new(move |result: ControlResult<'_>| {
            if let Some(c) = upward.upgrade() {
                let reply = ProducerIdReply { broker: asked, result: decode(result) };
                c.main.push(MainOp::ProducerId(reply));
            }
        });
        broker.push(Op::Request(ControlRequest {
            api: ApiKey::InitProducerId,
            versions: 0..=CLIENT_MAX_VERSION,
            encode: Box::new(move |version, out| request.encode(version, out)),
            reply,
        }));
    }

    pub(in crate::client) fn producer_id_replied(&mut self, reply: ProducerIdReply, now: Time) {
        let client = self.view.client.clone();
        let Some(ids) = client.producer_ids() else { return };
        let broker = reply.broker.name();
        let error = match reply.result {
            Ok(r) if r.error_code != 0 => Error::new(ErrorCode(i32::from(r.error_code)), ""),
            Err(e) => e,
            Ok(r) => {
                let id = ProducerId { id: r.producer_id, epoch: r.producer_epoch };
                if id.is_valid() {
                    return self.producer_id_assigned(ids, id, now);
                }
                client.logger().log(
                    Level::Warning,
                    "GETPID",
                    format_args!("{broker}: Acquired invalid {id}: ignoring"),
                );
                Error::new(ErrorCode::_BAD_MSG, "")
            }
        };
        if matches!(error.code, ErrorCode::_DESTROY | ErrorCode::_DESTROY_BROKER) {
            return ids.failed(now);
        }
        let why = error.code.describe();
        let text = if ids.is_transactional() {
            format!("Failed to acquire transactional PID from broker {broker}: {why}")
        } else {
            format!("Failed to acquire idempotence PID from broker {broker}: {why}")
        };
        if let Some(fatal) = self.fatal_refusal(error.code, &text) {
            if ids.is_transactional() {
                client.fail_transactions_for_good(fatal.code, &fatal.text);
            } else {
                client.set_fatal(fatal);
            }
            return;
        }
        client.logger().log(Level::Warning, "GETPID", format_args!("{text}: retrying"));
        ids.failed(now);
        if ids.is_transactional() {
            self.transactions_lack_identity(ids, error.code, now);
        }
    }

    fn producer_id_assigned(&mut self, ids: &ProducerIds, id: ProducerId, now: Time) {
        self.view.client.logger().debug(debug::EOS, "GETPID", || format!("Acquired {id}"));
        ids.assigned(id, now);
        self.view.client.wake_brokers();
        self.transactions_have_identity();
    }

    /// Refusals after which asking again makes no sense.
    fn fatal_refusal(&self, code: ErrorCode, text: &str) -> Option<Error> {
        use ErrorCode as E;
        match code {
            E::_UNSUPPORTED_FEATURE => {
                let up = self.view.brokers.count_up();
                let text = format!(
                    "Idempotent producer not supported by any of the {up} connected broker(s): requires Apache Kafka broker \
                     version >= 0.11.0"
                );
                Some(Error::new(code, text))
            }
            E::INVALID_TRANSACTION_TIMEOUT
            | E::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
            | E::CLUSTER_AUTHORIZATION_FAILED => Some(Error::new(code, text)),
            E::INVALID_PRODUCER_EPOCH | E::PRODUCER_FENCED => {
                Some(Error::new(E::_FENCED, format!("Producer fenced by newer instance: {text}")))
            }
            _ => None,
        }
    }
}

fn decode(result: ControlResult<'_>) -> Result<Response, Error> {
    let (version, body) = result?;
    Response::decode(version, &mut Reader::new(body))
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed InitProducerId response: {e}")))
}
