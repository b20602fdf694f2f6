//! Partitions under the name of their topic, as most requests and responses list them.

use super::primitives::{Malformed, Reader, Sink};
use super::version::Version;
use super::wire::{Wire, wire_struct};

/// One topic and what is said about each of its partitions.
///
/// Versions that name topics by their id only (Produce from 13 on, for instance) are not spoken; Fetch has a
/// type of its own for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByTopic<P> {
    pub name: String,
    pub partitions: Vec<P>,
}

impl<P> ByTopic<P> {
    pub fn new(name: impl Into<String>, partitions: Vec<P>) -> Self {
        Self { name: name.into(), partitions }
    }

    /// Puts pairs of topic and partition under their topics. Both keep the order in which they first come up.
    pub fn group<N: AsRef<str>>(pairs: impl IntoIterator<Item = (N, P)>) -> Vec<Self> {
        let mut topics: Vec<Self> = Vec::new();
        for (name, partition) in pairs {
            let name = name.as_ref();
            // Most come sorted, so that it is the last one.
            match topics.iter_mut().rev().find(|t| t.name == name) {
                Some(topic) => topic.partitions.push(partition),
                None => topics.push(Self::new(name, vec![partition])),
            }
        }
        topics
    }

    /// The same topic with something else for each partition: the response to a request.
    pub fn map<Q>(&self, of_partition: impl FnMut(&P) -> Q) -> ByTopic<Q> {
        ByTopic::new(self.name.as_str(), self.partitions.iter().map(of_partition).collect())
    }
}

impl<'r, P: Wire<'r>> Wire<'r> for ByTopic<P> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        let topic = Self { name: Wire::read(r, v)?, partitions: Wire::read(r, v)? };
        if v.flexible {
            r.skip_tagged_fields()?;
        }
        Ok(topic)
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        self.name.write(out, v);
        self.partitions.write(out, v);
        if v.flexible {
            out.put_uvarint(0);
        }
    }
}

wire_struct! {
    /// How it went with one partition, where a response says no more than that.
    pub struct PartitionError {
        partition: i32,
        error_code: i16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_grouped_in_the_order_of_their_first_mention() {
        let grouped = ByTopic::group([("b", 3), ("a", 1), ("a", 0), ("b", 2)]);
        assert_eq!(grouped, [ByTopic::new("b", vec![3, 2]), ByTopic::new("a", vec![1, 0])]);
        assert_eq!(grouped[0].map(|p| p * 10), ByTopic::new("b", vec![30, 20]));
    }

    #[test]
    fn tagged_fields_that_are_not_known_are_skipped() {
        let v = Version { number: 0, flexible: true };
        let mut out = Vec::new();
        ByTopic::new("t", vec![7]).write(&mut out, v);
        assert_eq!(out.pop(), Some(0));
        out.extend([1, 9, 1, 0xff, 42]);
        let mut r = Reader::new(&out);
        assert_eq!(Wire::read(&mut r, v), Ok(ByTopic::new("t", vec![7])));
        assert_eq!(r.rest(), [42]);
    }
}
