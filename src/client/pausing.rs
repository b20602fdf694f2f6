//! Partitions that the application holds back: a producer sends nothing to them, a consumer delivers nothing
//! of them.

use super::consumer::lines;
use super::instance::Client;
use crate::base::error::ErrorCode;

/// Pauses or resumes a partition. What a producer has in flight is not held back, and what waits times out
/// all the same. A producer can pause a partition of a topic in use before the cluster has named it.
///
/// # Errors
/// `_UNKNOWN_PARTITION` if the topic is not in use.
pub fn set_paused(client: &Client, topic: &str, partition: i32, paused: bool) -> Result<(), ErrorCode> {
    let known = client.find_topic(topic);
    if let Some(consumer) = client.consumer() {
        let number = usize::try_from(partition).ok();
        let exists = known.as_ref().zip(number).is_some_and(|(t, n)| n < t.table().partitions.len());
        consumer.set_paused(topic, partition, (known.is_some(), exists), paused)?;
        if let Some(p) = consumer.partition(topic, partition) {
            lines::paused(client.logger(), &p, paused);
        }
        return Ok(());
    }
    known.ok_or(ErrorCode::_UNKNOWN_PARTITION)?.set_paused(partition, paused);
    Ok(())
}
