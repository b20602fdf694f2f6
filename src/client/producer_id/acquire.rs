//! The request for a producer id, and what its answer comes to, for idempotent and transactional clients
//! alike.

use super::reply::ProducerIdReply;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, ControlRequest, ControlResult, Op};
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::part::Ctx;
use crate::producer::idempotence::producer_id::{ProducerId, ProducerIds};
use crate::protocol::ApiKey;
use crate::protocol::init_producer_id::{CLIENT_MAX_VERSION, Request, Response};
use crate::protocol::primitives::Reader;

/// What came of a request for a producer id.
pub(in crate::client) enum Acquired {
    /// There is one.
    Assigned,
    /// It will be asked for again, because of this error.
    Failed(ErrorCode),
    /// The producer cannot go on.
    Fatal(Error),
    /// The answer is of no use to anybody: the client or the broker is ending.
    Nothing,
}

/// Sends an InitProducerId request.
pub(in crate::client) fn request(
    client: &Arc<Client>,
    broker: &Arc<BrokerHandle>,
    request: Request,
    op: fn(ProducerIdReply) -> MainOp,
) {
    client.logger().debug(debug::EOS, "GETPID", || format!("{}: Acquiring ProducerId", broker.name()));
    let asked = broker.clone();
    let reply =
        client.reply_to_main(move |answer| op(ProducerIdReply { broker: asked, result: decode(answer) }));
    broker.push(Op::Request(ControlRequest {
        api: ApiKey::InitProducerId,
        versions: 0..=CLIENT_MAX_VERSION,
        encode: Box::new(move |version, out| request.encode(version, out)),
        reply,
    }));
}

/// Takes an answer, and wakes the partitions that waited for an id.
pub(in crate::client) fn take(ids: &ProducerIds, reply: ProducerIdReply, ctx: &Ctx<'_>) -> Acquired {
    let logger = ctx.client.logger();
    let broker = reply.broker.name();
    let error = match reply.result {
        Ok(r) if r.error_code != 0 => Error::new(ErrorCode(i32::from(r.error_code)), ""),
        Err(e) => e,
        Ok(r) => {
            let id = ProducerId { id: r.producer_id, epoch: r.producer_epoch };
            if id.is_valid() {
                assigned(ids, id, ctx);
                return Acquired::Assigned;
            }
            logger.log(Level::Warning, "GETPID", format_args!("{broker}: Acquired invalid {id}: ignoring"));
            Error::new(ErrorCode::_BAD_MSG, "")
        }
    };
    if matches!(error.code, ErrorCode::_DESTROY | ErrorCode::_DESTROY_BROKER) {
        ids.failed(ctx.now);
        return Acquired::Nothing;
    }
    let what = if ids.is_transactional() { "transactional" } else { "idempotence" };
    let why = error.code.describe();
    let text = format!("Failed to acquire {what} PID from broker {broker}: {why}");
    if let Some(fatal) = fatal_refusal(error.code, &text, ctx) {
        return Acquired::Fatal(fatal);
    }
    logger.log(Level::Warning, "GETPID", format_args!("{text}: retrying"));
    ids.failed(ctx.now);
    Acquired::Failed(error.code)
}

fn assigned(ids: &ProducerIds, id: ProducerId, ctx: &Ctx<'_>) {
    ctx.client.logger().debug(debug::EOS, "GETPID", || format!("Acquired {id}"));
    ids.assigned(id, ctx.now);
    ctx.client.wake_brokers();
}

/// The fatal error for a refusal after which asking again makes no sense.
fn fatal_refusal(code: ErrorCode, text: &str, ctx: &Ctx<'_>) -> Option<Error> {
    use ErrorCode as E;
    match code {
        E::_UNSUPPORTED_FEATURE => {
            let up = ctx.brokers.count_up();
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

fn decode(result: ControlResult<'_>) -> Result<Response, Error> {
    let (version, body) = result?;
    Response::decode(version, &mut Reader::new(body))
        .map_err(|e| Error::new(ErrorCode::_BAD_MSG, format!("malformed InitProducerId response: {e}")))
}
