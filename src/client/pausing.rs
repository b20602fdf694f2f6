//! Partitions that the application holds back: a producer sends nothing to them, a consumer delivers nothing
//! of them.

use super::instance::Client;
use crate::base::error::ErrorCode;

/// Pauses or resumes a partition. What a producer has in flight is not held back, and what waits times out
/// all the same. A partition that the topic is not known to have is no error, as in librdkafka, but is not
/// held back either.
///
/// # Errors
/// `_UNKNOWN_PARTITION` if the topic is not in use.
pub fn set_paused(client: &Client, topic: &str, partition: i32, paused: bool) -> Result<(), ErrorCode> {
    let known = client.find_topic(topic);
    let number = usize::try_from(partition).ok();
    let found = known.as_ref().zip(number).and_then(|(t, n)| t.table().partitions.get(n).cloned());
    if let Some(consumer) = client.consumer() {
        return consumer.set_paused(topic, partition, (known.is_some(), found.is_some()), paused);
    }
    known.ok_or(ErrorCode::_UNKNOWN_PARTITION)?;
    if let Some(partition) = found {
        partition.set_paused(paused);
    }
    Ok(())
}
