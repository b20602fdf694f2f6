//! What brokers tell the client.

use super::Client;
use crate::base::error::Error;
use crate::base::sync::{Arc, OnceLock, Weak};
use crate::broker::{BrokerEvent, BrokerHandle, BrokerListener};
use crate::client::consumer::op::ConsumerOp;
use crate::client::ops::MainOp;
use crate::client::txn::failing;
use crate::consumer::fetch::outcome::News;
use crate::producer::partition::report::Report;

/// Passes news from brokers on to the client. The reference is weak: brokers do not keep the client alive.
#[derive(Default)]
pub(super) struct Listener(OnceLock<Weak<Client>>);

impl Listener {
    pub fn attach(&self, client: &Arc<Client>) {
        let _ = self.0.set(Arc::downgrade(client));
    }

    fn client(&self) -> Option<Arc<Client>> {
        self.0.get().and_then(Weak::upgrade)
    }
}

impl BrokerListener for Listener {
    fn fatal(&self, error: Error) {
        if let Some(c) = self.client() {
            c.set_fatal(error);
        }
    }

    fn transaction_failed(&self, error: &Error) {
        if let Some(c) = self.client() {
            failing::lose_batch(&c, error);
        }
    }

    fn deliver(&self, reports: Vec<Report>) {
        if let Some(c) = self.client() {
            c.deliver(reports);
        }
    }

    fn fetched(&self, news: Vec<News>) {
        if let Some(client) = self.client()
            && let Some(consumer) = client.consumer()
        {
            consumer.deliver(news);
        }
    }

    fn event(&self, broker: &Arc<BrokerHandle>, event: BrokerEvent) {
        if let Some(c) = self.client() {
            c.post(match event {
                BrokerEvent::Inspect(partition) => MainOp::Consumer(ConsumerOp::Inspect(partition)),
                event => MainOp::Broker(broker.clone(), event),
            });
        }
    }
}
