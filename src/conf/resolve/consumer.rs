//! Rules of a consumer's configuration that involve several properties.

use crate::base::error::Result;
use crate::conf::refusal::refuse;
use crate::conf::store::Conf;
use crate::conf::value::Value;

/// What an answer holds beside the messages, at most.
const RESPONSE_OVERHEAD: i32 = 512;

/// The assignors of the classic protocol, and whether partitions are handed over without stopping the rest.
const ASSIGNORS: [(&str, bool); 3] = [("range", false), ("roundrobin", false), ("cooperative-sticky", true)];

impl Conf {
    /// Also of producers, as in librdkafka.
    pub(super) fn check_assignors(&self) -> Result<()> {
        const NAME: &str = "partition.assignment.strategy";
        let list = self.values.text(NAME).unwrap_or_default();
        let mut protocols = Vec::new();
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match ASSIGNORS.iter().find(|(known, _)| *known == name) {
                Some((_, cooperative)) => protocols.push(*cooperative),
                None => return refuse(format!("Unsupported {NAME}: {name}")),
            }
        }
        if protocols.iter().any(|cooperative| Some(cooperative) != protocols.first()) {
            return refuse(format!(
                "All {NAME} ({list}) assignors must have the same protocol type, online migration between assignors \
                 with different protocol types is not supported"
            ));
        }
        Ok(())
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn finalized(strategy: &str) -> Result<()> {
        let mut conf = Conf::new();
        conf.set("partition.assignment.strategy", Some(strategy)).unwrap();
        conf.finalize().map(drop)
    }

    #[test]
    fn assignors_are_known_ones_of_one_protocol() {
        for good in ["range", "range, roundrobin", "cooperative-sticky", "roundrobin,"] {
            assert!(finalized(good).is_ok(), "{good}");
        }
        let text = |strategy| finalized(strategy).unwrap_err().text;
        assert_eq!(text("range,other"), "Unsupported partition.assignment.strategy: other");
        assert!(text("range,cooperative-sticky").contains("must have the same protocol type"));
    }
}
