//! Topics that are deleted while they are read, and made anew with another id and an empty log.

use super::brokers::Brokers;
use super::plan::TopicPlan;
use fastrand::Rng;

/// What was written to which topic of a name.
#[derive(Default)]
pub struct Incarnations {
    id: Option<[u8; 16]>,
    /// The topic has been made anew so often.
    pub made_anew: usize,
    /// The number of the first batch of each that was written to, and how often it had been made anew.
    first: Vec<(u32, usize)>,
}

impl Incarnations {
    /// This is its id now. It may also be an error pushed for a topic that is gone that makes it anew.
    pub fn see(&mut self, id: [u8; 16]) {
        if self.id != Some(id) {
            self.made_anew += usize::from(self.id.is_some());
            self.id = Some(id);
        }
    }

    /// A batch of this number is about to be written.
    pub fn write(&mut self, batch: u32) {
        if self.first.last().is_none_or(|(_, last)| *last != self.made_anew) {
            self.first.push((batch, self.made_anew));
        }
    }

    /// How often the topic had been made anew when a batch was written.
    pub fn of(&self, batch: u32) -> usize {
        self.first.iter().rev().find(|(first, _)| *first <= batch).map_or(0, |(_, number)| *number)
    }
}

/// Deletes a topic, or makes one that is gone.
pub fn change(topic: &TopicPlan, brokers: &mut Brokers, rng: &mut Rng) {
    let was_there = brokers.cluster.delete_topic(&topic.name).is_ok();
    if !was_there || rng.bool() {
        create(topic, brokers);
    }
}

/// Makes a topic, unless it is there.
pub fn create(topic: &TopicPlan, brokers: &mut Brokers) {
    let _ = brokers.cluster.create_topic(&topic.name, topic.partitions, 3);
}
