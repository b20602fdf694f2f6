//! Rules of a consumer's configuration that involve several properties.

use super::refuse;
use crate::base::error::Result;
use crate::conf::store::Conf;
use crate::conf::value::Value;

/// What an answer holds beside the messages, at most.
const RESPONSE_OVERHEAD: i32 = 512;

impl Conf {
    pub(super) fn apply_consumer_rules(&mut self) -> Result<()> {
        let int = |conf: &Self, name: &str| conf.values.int(name);
        if int(self, "max.poll.interval.ms") < int(self, "session.timeout.ms") {
            return refuse("`max.poll.interval.ms`must be >= `session.timeout.ms`");
        }
        if int(self, "auto.commit.interval.ms") == 0 && self.is_modified("auto.commit.interval.ms") {
            self.values.adjust("enable.auto.commit", Value::Int(0));
        }
        let message_max = int(self, "message.max.bytes");
        if !self.is_modified("fetch.max.bytes") {
            let queued = int(self, "queued.max.messages.kbytes").saturating_mul(1024);
            let most = int(self, "fetch.max.bytes").min(queued).max(message_max);
            self.values.adjust("fetch.max.bytes", Value::Int(most));
        } else if int(self, "fetch.max.bytes") < message_max {
            return refuse("`fetch.max.bytes` must be >= `message.max.bytes`");
        }
        let answer_max = int(self, "fetch.max.bytes").saturating_add(RESPONSE_OVERHEAD);
        if self.is_modified("receive.message.max.bytes") {
            if int(self, "receive.message.max.bytes") < answer_max {
                return refuse("`receive.message.max.bytes` must be >= `fetch.max.bytes` + 512");
            }
        } else {
            let most = int(self, "receive.message.max.bytes").max(answer_max);
            self.values.adjust("receive.message.max.bytes", Value::Int(most));
        }
        Ok(())
    }
}
