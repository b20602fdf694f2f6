//! The settings of a topic, and the rules that tie them to those of the client.

use crate::base::error::Result;
use crate::conf::Codec;
use crate::conf::refusal::refuse;
use crate::conf::settings::{
    ConsumerTopicSettings, OffsetMethod, OffsetReset, OffsetStoreSettings, Partitioner, QueuingStrategy,
    TopicSettings,
};
use crate::conf::store::{Conf, TopicConf, Values};
use crate::conf::value::Value;

impl TopicConf {
    /// Checks a topic's configuration against that of the client, which is finalized already, and resolves
    /// it.
    pub fn finalize(&mut self, client: &Conf) -> Result<TopicSettings> {
        let idempotent = client.values.int("enable.idempotence") != 0;
        if idempotent {
            self.apply_idempotence_rules(client)?;
        }
        let timeout = self.values.int("message.timeout.ms");
        if timeout != 0
            && f64::from(timeout) <= client.values.double("linger.ms")
            && client.is_modified("linger.ms")
        {
            return refuse("`message.timeout.ms` must be greater than `linger.ms`");
        }
        let compression = codec(&self.values).or_else(|| codec(&client.values)).unwrap_or_default();
        Ok(TopicSettings {
            required_acks: i16::try_from(self.values.int("acks")).unwrap_or(-1),
            request_timeout: self.values.millis("request.timeout.ms"),
            message_timeout: self.values.nonzero_millis("message.timeout.ms"),
            partitioner: self.values.text("partitioner").and_then(Partitioner::from_name).unwrap_or_default(),
            compression,
            compression_level: compression_level(compression, self.values.int("compression.level")),
            queuing_strategy: match self.values.int("queuing.strategy") {
                1 => QueuingStrategy::Lifo,
                _ => QueuingStrategy::Fifo,
            },
            consumer: consumer(&self.values),
        })
    }

    fn apply_idempotence_rules(&mut self, client: &Conf) -> Result<()> {
        if !self.is_modified("acks") {
            self.values.adjust("acks", Value::Int(-1));
        } else if self.values.int("acks") != -1 {
            return refuse("`acks` must be set to `all` when `enable.idempotence` is true");
        }
        if self.values.int("queuing.strategy") != 0 {
            return refuse("`queuing.strategy` must be set to `fifo` when `enable.idempotence` is true");
        }
        if client.values.text("transactional.id").is_some() {
            let transaction_timeout = client.values.int("transaction.timeout.ms");
            if !self.is_modified("message.timeout.ms") {
                self.values.adjust("message.timeout.ms", Value::Int(transaction_timeout));
            } else if self.values.int("message.timeout.ms") > transaction_timeout {
                return refuse("`message.timeout.ms` must be set <= `transaction.timeout.ms`");
            }
        }
        Ok(())
    }
}

fn consumer(v: &Values) -> ConsumerTopicSettings {
    ConsumerTopicSettings {
        offset_reset: match v.int("auto.offset.reset") {
            -2 => OffsetReset::Earliest,
            -1 => OffsetReset::Latest,
            _ => OffsetReset::Error,
        },
        callback_max_messages: v.nonzero_size("consume.callback.max.messages"),
        store: offset_store(v),
    }
}

fn offset_store(v: &Values) -> OffsetStoreSettings {
    let method = match v.int("offset.store.method") {
        1 => OffsetMethod::File {
            path: v.text("offset.store.path").unwrap_or_default().to_owned(),
            sync: (v.int("offset.store.sync.interval.ms") >= 0)
                .then(|| v.millis("offset.store.sync.interval.ms")),
        },
        _ => OffsetMethod::Broker,
    };
    let commits = v.int("auto.commit.enable") != 0;
    OffsetStoreSettings { method, interval: v.nonzero_millis("auto.commit.interval.ms").filter(|_| commits) }
}

/// Nothing when the codec is to be inherited.
fn codec(values: &Values) -> Option<Codec> {
    Some(match values.int("compression.codec") {
        0 => Codec::None,
        1 => Codec::Gzip,
        2 => Codec::Snappy,
        3 => Codec::Lz4,
        4 => Codec::Zstd,
        _ => return None,
    })
}

/// A level is cut to the codec's range rather than refused: the codec may come from elsewhere.
fn compression_level(codec: Codec, level: i32) -> i32 {
    match codec {
        Codec::Gzip => level.min(9),
        Codec::Lz4 => level.min(12),
        Codec::Zstd => level.min(22),
        Codec::None | Codec::Snappy => -1,
    }
}
