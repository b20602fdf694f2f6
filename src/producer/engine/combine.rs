//! `multibatch=true`: what the `legacy` engine finished in a pass goes into requests together.
//!
//! Batches that agree in acks and request timeout make one list, sorted by topic and partition. Where a list
//! has to be divided because it does not fit into `message.max.bytes` shows when it is encoded: the writer
//! does that. A partition is in a list once, since a request with two batches of a partition is not safe.

use super::context::ServeContext;
use crate::compress::Codec;
use crate::conf::Settings;
use crate::producer::batch::Batch;
use std::time::Duration;

/// How much a batch may shrink by compression: lists are that much longer, so that requests of compressed
/// batches are full.
const COMPRESSION: usize = 8;

/// What a pass finished, on its way into requests.
pub(super) struct Combiner {
    /// Whether batches share requests: not under idempotence.
    enabled: bool,
    groups: Vec<Group>,
}

/// Batches that may share a request.
struct Group {
    acks: i16,
    request_timeout: Duration,
    batches: Vec<Batch>,
    /// What they take in a request, by a favourable estimate.
    bytes: usize,
}

impl Combiner {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { enabled: settings.engine.multibatch && !settings.idempotence.enabled, groups: Vec::new() }
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Whether the pass may finish another batch. What turns out to be one request too many waits in the
    /// output buffer.
    pub(super) fn has_space(&self, ctx: &ServeContext<'_>) -> bool {
        if !self.enabled {
            return self.groups.len() < ctx.max_requests;
        }
        let bytes = self.groups.iter().fold(0, |sum: usize, g| sum.saturating_add(g.bytes));
        bytes < ctx.max_requests.saturating_mul(ctx.settings.batching.message_max_bytes)
    }

    pub(super) fn add(&mut self, batch: Batch) {
        let settings = &batch.partition.topic().settings;
        let (acks, request_timeout) = (settings.required_acks, settings.request_timeout);
        let bytes = match settings.compression {
            Codec::None => batch.wire_bytes(),
            _ => batch.wire_bytes() / COMPRESSION,
        };
        let same = |g: &&mut Group| (g.acks, g.request_timeout) == (acks, request_timeout);
        match self.groups.iter_mut().filter(|_| self.enabled).find(same) {
            Some(group) => {
                group.bytes = group.bytes.saturating_add(bytes);
                group.batches.push(batch);
            }
            None => self.groups.push(Group { acks, request_timeout, batches: vec![batch], bytes }),
        }
    }

    /// The lists, sorted by topic. A partition that has changed brokers and come back may have had two turns:
    /// its second batch goes into another request.
    pub(super) fn into_requests(self) -> Vec<Vec<Batch>> {
        let mut lists = Vec::with_capacity(self.groups.len());
        for Group { mut batches, .. } in self.groups {
            batches.sort_by(|a, b| place(a).cmp(&place(b)));
            while !batches.is_empty() {
                let again: Vec<usize> =
                    (1..batches.len()).filter(|i| same_place(batches.get(i - 1), batches.get(*i))).collect();
                let mut second: Vec<Batch> = again.iter().rev().map(|i| batches.remove(*i)).collect();
                second.reverse();
                lists.push(std::mem::replace(&mut batches, second));
            }
        }
        lists
    }
}

fn place(b: &Batch) -> (&str, i32) {
    (&b.partition.topic().name, b.partition.id())
}

fn same_place(a: Option<&Batch>, b: Option<&Batch>) -> bool {
    a.map(place) == b.map(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_off_by_default_and_under_idempotence() {
        let on = |multibatch, enable_idempotence| {
            let mut settings = Settings::default();
            settings.engine.multibatch = multibatch;
            settings.idempotence.enabled = enable_idempotence;
            Combiner::new(&settings).enabled
        };
        assert_eq!((on(false, false), on(true, false), on(true, true)), (false, true, false));
    }
}
