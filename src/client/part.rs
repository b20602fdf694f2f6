//! The parts of the main thread's work, and what they work with.
//!
//! A part owns its state. What several parts need, the view of the cluster, is lent to it for the time of a
//! call. No part knows the loop that calls it.

use super::brokers::Brokers;
use super::instance::Client;
use super::topics::Topics;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::cluster::planner::Planner;

/// What a part may use while it is called.
pub(super) struct Ctx<'a> {
    pub client: &'a Arc<Client>,
    pub brokers: &'a mut Brokers,
    pub topics: &'a mut Topics,
    /// When the cluster is asked about itself.
    pub planner: &'a mut Planner,
    pub now: Time,
}

/// A piece of the main thread's work.
pub(super) trait Part {
    /// What it is told: a call of the application, or the answer to a request.
    type Op;

    fn handle(&mut self, op: Self::Op, ctx: &mut Ctx<'_>);

    /// Does what is due now and says when to come again.
    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline;

    /// The client ends: whoever waits for something is told so.
    fn end(&mut self) {}
}

/// What the main thread knows of the cluster.
pub(super) struct ClusterView {
    pub client: Arc<Client>,
    pub brokers: Brokers,
    pub topics: Topics,
    pub planner: Planner,
}

impl ClusterView {
    pub fn new(client: &Arc<Client>, brokers: Brokers, now: Time) -> Self {
        let planner = Planner::new(client.settings(), now);
        Self { client: client.clone(), brokers, topics: Topics::default(), planner }
    }

    pub fn ctx(&mut self, now: Time) -> Ctx<'_> {
        let Self { client, brokers, topics, planner } = self;
        Ctx { client, brokers, topics, planner, now }
    }
}
