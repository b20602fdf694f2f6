//! The main thread's part in keeping the simple consumer's offsets.

use super::member::Member;
use super::offset_store::OffsetStorage;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::client::group::CommitJob;
use crate::client::group::op::GroupOp;
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::part::{Ctx, Part};
use crate::consumer::offset_to_commit::OffsetToCommit;
use crate::consumer::position::Position;
use std::io;

#[derive(Default)]
pub(in crate::client) struct Stores {
    next: Option<Deadline>,
}

impl Part for Stores {
    type Op = ();

    /// There is another store.
    fn handle(&mut self, (): (), _ctx: &mut Ctx<'_>) {
        self.next = None;
    }

    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(consumer) = ctx.client.consumer() else { return Deadline::NEVER };
        if let Some(next) = self.next.filter(|next| !next.is_due(ctx.now)) {
            return next;
        }
        let mut next = Deadline::NEVER;
        for member in consumer.all() {
            next = next.min(serve(&member, ctx));
        }
        self.next = Some(next);
        next
    }
}

fn serve(member: &Member, ctx: &Ctx<'_>) -> Deadline {
    let mut store = member.store();
    let Some(store) = &mut *store else { return Deadline::NEVER };
    if store.take_due(ctx.now)
        && let Some(job) = commit(member, store.place(), ctx.client)
    {
        ctx.client.post(MainOp::Group(GroupOp::Commit(CommitJob::in_background(Some(vec![job]), "timer"))));
    }
    if let OffsetStorage::File(Some(file)) = store.place() {
        report(file.sync_if_due(ctx.now), member, ctx.client);
    }
    store.deadline()
}

/// Commits what was stored since the last time. Returns what has to be committed with the coordinator.
pub(super) fn commit(member: &Member, place: &mut OffsetStorage, client: &Client) -> Option<OffsetToCommit> {
    let stored = member.uncommitted()?;
    let at = stored.position;
    match place {
        OffsetStorage::File(file) => {
            if let Some(file) = file {
                report(file.write(at.offset, client.now()), member, client);
                member.set_committed(Position::at(at.offset));
            }
            None
        }
        OffsetStorage::Broker => Some(member.to_commit()),
    }
}

fn report(result: io::Result<()>, member: &Member, client: &Client) {
    if let Err(e) = result {
        let text = format!("{:?}: Failed to write offset file: {e}", member.partition());
        client.tell_error(Error::new(ErrorCode::_FS, text));
    }
}
