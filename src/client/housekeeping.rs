//! What is done once a second, however idle the client is.

use super::part::Ctx;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use std::time::Duration;

/// How often an idle client looks after its memory and the wall clock.
const INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Housekeeping {
    next: Time,
}

impl Housekeeping {
    pub fn new(now: Time) -> Self {
        Self { next: now }
    }

    /// Returns unused memory of a client in which nothing moves, follows steps of the wall clock, and has
    /// looked up again what is known for too long.
    pub fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        if ctx.now >= self.next {
            self.next = ctx.now + INTERVAL;
            let settings = ctx.client.settings();
            ctx.client.read_wall_clock();
            ctx.topics.suspect_stale(ctx.planner, settings, ctx.now);
            ctx.topics.leaders().expire(ctx.now, settings.metadata.max_age);
            ctx.brokers.dismiss_departed();
            ctx.client.trim_pool();
            if ctx.client.budget().messages() == 0 {
                ctx.brokers.cool_down();
            }
        }
        Deadline::at(self.next)
    }
}
