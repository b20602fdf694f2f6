//! What metrics are made of, collected for a push.

use crate::broker::BOOTSTRAP;
use crate::client::part::Ctx;
use crate::stats::tally::{BrokerTallies, EngineTallies, Tally};
use crate::stats::trigger::Trigger;

/// Something that is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Since the last push.
    pub new: u64,
    pub total: u64,
}

impl Count {
    fn after(self, new: u64) -> Self {
        Self { new, total: self.total + new }
    }
}

/// From the last push to this one. Times of tallies are microseconds.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Nanoseconds since the epoch: when counting began, when the last push was, and now.
    pub start: u64,
    pub last: u64,
    pub now: u64,
    /// The ids of the brokers and their times of round trips.
    pub nodes: Vec<(i32, Tally)>,
    /// All brokers together.
    pub brokers: BrokerTallies,
    pub connects: Count,
    pub engine: EngineTallies,
    pub triggers: [Count; Trigger::ALL.len()],
    /// For how much of the time the consumer waits in a poll, in millionths.
    pub poll_idle: Tally,
    /// Partitions that the group has assigned to this member, and the time it took each time. A consumer that
    /// is no member has none.
    pub assigned: i64,
    pub rebalance: Tally,
    pub rebalance_ms: Count,
}

impl Figures {
    /// Less than a second counts as one: a rate is no guess from next to nothing.
    #[allow(clippy::cast_precision_loss)] // A rate is no exact number.
    pub fn connects_per_second(&self) -> f64 {
        let seconds = self.now.saturating_sub(self.last) as f64 / 1e9;
        self.connects.new as f64 / seconds.max(1.0)
    }

    pub fn triggered(&self, by: Trigger) -> Count {
        self.triggers.get(by as usize).copied().unwrap_or_default()
    }
}

/// What lasts from push to push.
#[derive(Default)]
pub struct History {
    /// Nanoseconds since the epoch, 0 before counting has begun.
    start: u64,
    last: u64,
    connects: Count,
    triggers: [Count; Trigger::ALL.len()],
}

impl History {
    /// Counting begins, if it has not yet. `polls`: the application's polls are measured, too, which costs
    /// each of them two readings of the clock.
    pub fn begin(&mut self, polls: bool, ctx: &Ctx<'_>) {
        if let Some(consumer) = ctx.client.consumer().filter(|_| polls) {
            consumer.polls().begin();
        }
        if self.start == 0 {
            let now = now_ns(ctx);
            (self.start, self.last) = (now, now);
            let so_far = ctx.brokers.with_ids().map(|(handle, _)| handle.stats().take_connects()).sum();
            self.connects = self.connects.after(so_far);
        }
    }

    /// What has come together since the last push.
    pub fn collect(&mut self, ctx: &Ctx<'_>) -> Figures {
        let mut figures =
            Figures { start: self.start, last: self.last, now: now_ns(ctx), ..Figures::default() };
        let mut connects = 0;
        for (handle, id) in ctx.brokers.with_ids() {
            let tallies = handle.stats().tallies.take();
            // An address that the cluster has named no broker for is none of its nodes.
            if id != BOOTSTRAP || handle.is_logical() {
                figures.nodes.push((id, tallies.rtt));
            }
            figures.brokers = figures.brokers.merged(&tallies);
            figures.engine = figures.engine.merged(&handle.stats().engine().take_tallies());
            connects += handle.stats().take_connects();
        }
        self.connects = self.connects.after(connects);
        for (count, new) in self.triggers.iter_mut().zip(figures.engine.triggers) {
            *count = count.after(new);
        }
        if let Some(consumer) = ctx.client.consumer() {
            figures.poll_idle = consumer.polls().take();
        }
        self.last = figures.now;
        Figures { connects: self.connects, triggers: self.triggers, ..figures }
    }
}

fn now_ns(ctx: &Ctx<'_>) -> u64 {
    u64::try_from(ctx.client.context().clock.wall_us()).unwrap_or(0).saturating_mul(1000)
}
