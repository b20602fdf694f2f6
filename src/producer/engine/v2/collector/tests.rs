use super::*;
use crate::conf::TopicSettings;
use crate::producer::partition::TopicShared;
use crate::producer::store::pool::ChunkPool;

fn places(c: &Collector) -> Vec<Place> {
    let queued = c.queue.iter().filter(|(_, p)| p.is_some()).map(|(place, _)| *place);
    let mut all: Vec<_> = queued.chain(c.late.keys().copied()).collect();
    all.sort_unstable();
    all
}

/// Against a sorted list: whatever comes and goes in whatever order, number, oldest and order are right.
#[test]
fn it_is_a_sorted_list() {
    let topic = TopicShared::new("t", TopicSettings::default(), 1);
    let p = Arc::new(Partition::new(topic, 0, Arc::new(ChunkPool::new(0))));
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut c, mut model) = (Collector::default(), Vec::new());
        for ticket in 1..100 {
            let since = Time(if random.u8(..4) > 0 { ticket } else { random.i64(..ticket) });
            let place = Place { since, ticket: ticket.unsigned_abs() };
            match random.u8(..12) {
                0..=6 => {
                    c.insert(place, p.clone());
                    model.push(place);
                }
                7..=9 if !model.is_empty() => {
                    let gone = model.swap_remove(random.usize(..model.len()));
                    assert!(c.remove(gone), "seed {seed}");
                    assert!(!c.remove(gone), "seed {seed}");
                }
                10 => {
                    model.retain(|place| place.ticket % 3 > 0);
                    c.retain(&mut |place, _| place.ticket % 3 > 0);
                }
                11 if random.u8(..4) == 0 => {
                    let mut taken = Vec::new();
                    c.take(&mut |place, _| taken.push(place));
                    model.sort_unstable();
                    assert_eq!(taken, model, "seed {seed}");
                    model.clear();
                }
                _ => assert!(!c.remove(place)),
            }
            model.sort_unstable();
            assert_eq!(places(&c), model, "seed {seed}");
            assert_eq!(c.len(), model.len(), "seed {seed}");
            assert_eq!(c.oldest(), model.first().map(|place| place.since), "seed {seed}");
        }
    }
}
