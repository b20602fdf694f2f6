//! Which of a broker's partitions are fetched at the moment, and why others are not: for debug lines.

use crate::base::sync::Arc;
use crate::consumer::partition::Partition;
use std::collections::HashMap;

/// Whether a partition is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Fetchable,
    BackedOff,
    Paused,
    TooManyMessages,
    TooManyBytes,
    /// It is not this broker's any more, or not read.
    Gone,
}

impl Standing {
    /// librdkafka's words.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Fetchable => "fetchable",
            Self::BackedOff => "fetch backed off",
            Self::Paused => "paused",
            Self::TooManyMessages => "queued.min.messages exceeded",
            Self::TooManyBytes => "queued.max.messages.kbytes exceeded",
            Self::Gone => "not in active fetch state",
        }
    }

    /// Whether it waits until the application has taken something.
    #[must_use]
    pub const fn is_full(self) -> bool {
        matches!(self, Self::TooManyMessages | Self::TooManyBytes)
    }
}

/// A partition's standing is another one.
pub struct ListChange {
    pub partition: Arc<Partition>,
    pub standing: Standing,
    /// Whether that has put it on the list or taken it off.
    pub moved: bool,
    /// How many partitions are on the list now.
    pub entries: usize,
}

#[derive(Default)]
pub struct FetchList {
    /// By the partitions' addresses.
    standings: HashMap<usize, Standing>,
    entries: usize,
    changes: Vec<ListChange>,
}

impl FetchList {
    pub fn note(&mut self, p: &Arc<Partition>, standing: Standing) {
        let address = Arc::as_ptr(p).addr();
        let before = match standing {
            Standing::Gone => self.standings.remove(&address),
            _ => self.standings.insert(address, standing),
        };
        if before.unwrap_or(Standing::Gone) == standing {
            return;
        }
        let (was, is) = (before == Some(Standing::Fetchable), standing == Standing::Fetchable);
        self.entries = self.entries + usize::from(is) - usize::from(was);
        let (partition, entries) = (p.clone(), self.entries);
        self.changes.push(ListChange { partition, standing, moved: was != is, entries });
    }

    pub fn take_changes(&mut self) -> Vec<ListChange> {
        std::mem::take(&mut self.changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once() {
        let (a, b) = (Arc::new(Partition::new("t".into(), 0)), Arc::new(Partition::new("t".into(), 1)));
        let mut list = FetchList::default();
        let noted = [
            (&a, Standing::Fetchable),
            (&a, Standing::Fetchable),
            (&b, Standing::BackedOff),
            (&b, Standing::Fetchable),
            (&a, Standing::TooManyBytes),
            (&a, Standing::Gone),
            (&a, Standing::Gone),
        ];
        noted.iter().for_each(|(p, standing)| list.note(p, *standing));
        let told: Vec<_> = list
            .take_changes()
            .iter()
            .map(|c| (c.partition.number(), c.standing, c.moved, c.entries))
            .collect();
        let expected = [
            (0, Standing::Fetchable, true, 1),
            (1, Standing::BackedOff, false, 1),
            (1, Standing::Fetchable, true, 2),
            (0, Standing::TooManyBytes, true, 1),
            (0, Standing::Gone, false, 1),
        ];
        assert_eq!(told, expected);
        assert!(list.take_changes().is_empty());
    }
}
