//! The producer id of a client that is idempotent and not transactional: any broker can give one.

use super::acquire::{self, Acquired};
use super::reply::ProducerIdReply;
use crate::base::deadline::Deadline;
use crate::broker::Op;
use crate::client::ops::MainOp;
use crate::client::part::{Ctx, Part};
use crate::cluster::TRY_ANOTHER_AFTER;
use crate::protocol::init_producer_id::Request;

/// It keeps nothing of its own: the id and when to ask for it are in `producer::idempotence::producer_id`.
pub(in crate::client) struct ProducerIdClient;

impl Part for ProducerIdClient {
    type Op = ProducerIdReply;

    fn handle(&mut self, reply: ProducerIdReply, ctx: &mut Ctx<'_>) {
        let Some(ids) = ctx.client.producer_ids() else { return };
        if let Acquired::Fatal(error) = acquire::take(ids, reply, ctx) {
            ctx.client.set_fatal(error);
        }
    }

    /// Asks for a producer id if it is time.
    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(ids) = ctx.client.producer_ids().filter(|ids| !ids.is_transactional()) else {
            return Deadline::NEVER;
        };
        let Some(not_before) = ids.wanted().time() else { return Deadline::NEVER };
        match ctx.brokers.broker_to_ask(not_before, ctx.now) {
            Ok(broker) if broker.is_up() => {
                ids.asked(ctx.now);
                let request = Request { transaction_timeout_ms: -1, ..Request::default() };
                acquire::request(ctx.client, &broker, request, MainOp::ProducerId);
                Deadline::NEVER
            }
            // Those that are up do not answer; this one is asked when it is up.
            Ok(broker) => {
                broker.push(Op::Connect);
                ids.no_broker(ctx.now);
                Deadline::at(ctx.now + TRY_ANOTHER_AFTER)
            }
            Err(next) => {
                if ctx.now >= not_before {
                    ids.no_broker(ctx.now);
                }
                next
            }
        }
    }
}
