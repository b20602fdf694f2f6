//! Batches that stay where they were received: a log takes the memory of the whole request, which is mostly
//! the batch, instead of copying it.

use crate::mock::catalogue::Catalogue;
use crate::mock::log::header::BatchInfo;
use std::ops::Range;

/// What becomes of the memory of the request that is being handled.
#[derive(Debug, Default)]
pub struct Adoption {
    offered: Option<Offer>,
    taken: Option<Taken>,
}

#[derive(Debug)]
struct Offer {
    /// Where the request is in the memory of this process.
    addresses: Range<usize>,
    capacity: usize,
}

#[derive(Debug)]
struct Taken {
    /// Topic index and partition.
    log: (usize, i32),
    base_offset: i64,
    info: BatchInfo,
}

impl Adoption {
    /// Offers the memory of a request to the logs.
    pub fn of(frame: &[u8], capacity: usize) -> Self {
        let start = frame.as_ptr().addr();
        Self { offered: Some(Offer { addresses: start..start + frame.len(), capacity }), taken: None }
    }

    /// Gives the memory to the log that has taken it, if one has; returns what nobody needs.
    pub fn finish(self, memory: Vec<u8>, catalogue: &mut Catalogue) -> Vec<u8> {
        let Some(taken) = self.taken else { return memory };
        match catalogue.partition_at(taken.log) {
            Some(partition) => partition.log.fill(taken.base_offset, &taken.info, memory),
            None => memory,
        }
    }

    /// Where in the request's memory this batch is, and the capacity of that memory; `None` when it is not
    /// worth keeping for it.
    pub fn place_of(&self, batch: &[u8]) -> Option<(Range<usize>, usize)> {
        let offer = self.offered.as_ref().filter(|_| self.taken.is_none())?;
        let start = batch.as_ptr().addr().checked_sub(offer.addresses.start)?;
        let inside = batch.len() <= offer.addresses.len().checked_sub(start)?;
        let worth_it = batch.len() >= offer.capacity / 2;
        (inside && worth_it).then_some((start..start + batch.len(), offer.capacity))
    }

    pub fn take(&mut self, log: (usize, i32), base_offset: i64, info: BatchInfo) {
        self.taken = Some(Taken { log, base_offset, info });
    }
}

#[cfg(test)]
mod tests {
    use crate::base::clock::Time;
    use crate::mock::cluster::Cluster;
    use crate::mock::cluster::Settings;
    use crate::mock::log::batch::testing::batch;
    use crate::mock::testing::{open, request};
    use crate::protocol::produce::{Request, RequestPartition, Response};
    use crate::protocol::{ApiKey, ByTopic};

    fn cluster(memory_limit: usize) -> Cluster {
        let mut c = Cluster::new(Settings { brokers: 1, memory_limit, ..Settings::default() });
        c.create_topic("t", 2, 1).unwrap();
        c
    }

    fn produce(batches: &[&[u8]]) -> Vec<u8> {
        let numbered = (0..).zip(batches);
        let partitions =
            numbered.map(|(partition, b)| RequestPartition { partition, records: Some(*b) }).collect();
        let topics = vec![ByTopic::new("t", partitions)];
        let r = Request { acks: 1, topics, ..Request::default() };
        request(ApiKey::Produce, 9, |out| r.encode(9, out))
    }

    /// Sends it in memory of this size; returns error codes and base offsets.
    fn send(c: &mut Cluster, frame: &[u8], size: usize) -> Vec<(i16, i64)> {
        let mut memory = vec![0xee; size];
        memory[..frame.len()].copy_from_slice(frame);
        let reply = c.handle_in_memory((1, 1), memory, frame.len(), (Time(0), 0));
        open(ApiKey::Produce, 9, &reply.bytes.unwrap(), |r| {
            let topics = Response::decode(9, r).unwrap().topics;
            topics.iter().flat_map(|t| &t.partitions).map(|p| (p.error_code, p.base_offset)).collect()
        })
    }

    fn stored(c: &Cluster, partition: i32) -> Vec<Vec<u8>> {
        c.partition("t", partition).unwrap().log.batches().map(Into::into).collect()
    }

    #[test]
    fn what_stays_in_its_memory_is_what_would_have_been_copied() {
        let big = batch(&["x".repeat(70_000).as_str(), "y"], 5);
        let small = batch(&["z"], 5);
        let frame = produce(&[&big]);
        let (mut kept, mut copied) = (cluster(1 << 30), cluster(1 << 30));
        for base_offset in [0, 2, 4] {
            assert_eq!(send(&mut kept, &frame, frame.len() + 100), [(0, base_offset)]);
            copied.handle(1, 1, &frame, Time(0), 0);
        }
        assert_eq!(send(&mut kept, &produce(&[&small, &small]), 200_000), [(0, 6), (0, 0)]);
        copied.handle(1, 1, &produce(&[&small, &small]), Time(0), 0);
        for partition in [0, 1] {
            assert_eq!(stored(&kept, partition), stored(&copied, partition));
        }
        let more = kept.memory() - copied.memory();
        assert_eq!(
            more,
            3 * (frame.len() + 100 - big.len()),
            "what is kept counts whole, small batches as ever"
        );
        assert_eq!(kept.take_memory(200_000).capacity(), 200_000, "the last request's is free again");
        assert_eq!(kept.take_memory(70_000).capacity(), 0, "the first ones' is in the log");
    }

    #[test]
    fn nothing_is_kept_for_what_is_refused_or_gone_at_once() {
        let big = batch(&["x".repeat(70_000).as_str()], 5);
        let mut broken = big.clone();
        broken[70_000] ^= 1;
        let mut c = cluster(1 << 30);
        assert_eq!(send(&mut c, &produce(&[&broken]), 80_000), [(2, -1)]);
        assert_eq!((c.memory(), c.take_memory(80_000).capacity()), (0, 80_000));
        // The limit lets the batch go before the request is over.
        let mut c = cluster(1000);
        assert_eq!(send(&mut c, &produce(&[&big]), 80_000), [(0, 0)]);
        assert_eq!((c.memory(), stored(&c, 0).len()), (0, 0));
        assert_eq!(c.take_memory(80_000).capacity(), 80_000);
        assert_eq!(send(&mut c, &produce(&[&big]), 80_000), [(0, 1)]);
    }

    #[test]
    fn memory_of_old_batches_is_used_for_new_ones() {
        let big = batch(&["x".repeat(70_000).as_str()], 5);
        let frame = produce(&[&big]);
        let mut c = cluster(3 * 81_000);
        for n in 0..10 {
            assert_eq!(send(&mut c, &frame, 80_000), [(0, n)]);
        }
        let log = &c.partition("t", 0).unwrap().log;
        assert_eq!((log.start_offset(), log.cost()), (7, c.memory()));
        assert!(
            log.batches().all(|b| b[12..] == log.batches().next().unwrap()[12..] && b.len() == big.len())
        );
        assert_eq!(c.take_memory(72_000).capacity(), 80_000);
    }
}
