use super::super::pool::ChunkPool;
use super::*;
use crate::base::sync::Arc;
use crate::producer::store::{OpenChunk, StoredMessage, Value};

/// Runs of `lens` messages.
fn runs(lens: &[usize]) -> Runs {
    let pool = Arc::new(ChunkPool::new(0));
    let mut open = OpenChunk::new(&pool, 4096, Time(0), 1);
    let m = StoredMessage {
        key: None,
        value: Value::Copy(b"v"),
        headers: None,
        timestamp_ms: 0,
        opaque: 0,
        enqueued: Time(0),
        retries: 0,
    };
    let run = |n: &usize| {
        (0..*n).for_each(|_| assert!(open.append(&m)));
        open.cut().unwrap()
    };
    lens.iter().map(run).collect()
}

fn ids(runs: &[Run]) -> Vec<u64> {
    runs.iter().flat_map(Run::iter).map(|m| m.msgid()).collect()
}

#[test]
fn a_list_is_the_same_with_one_and_with_many() {
    for lens in [&[][..], &[3], &[1, 2], &[2, 1, 4]] {
        let total: usize = lens.iter().sum();
        let all: Vec<u64> = (1..=total as u64).collect();
        assert_eq!((ids(&runs(lens)), runs(lens).len()), (all.clone(), lens.len()));
        assert_eq!(matches!(runs(lens), Runs::One(_)), lens.len() == 1);
        assert_eq!(ids(&Runs::from(runs(lens).into_iter().collect::<Vec<_>>())), all);
        let mut taken = runs(lens);
        let popped: Vec<Run> = std::iter::from_fn(|| taken.pop_front()).collect();
        assert_eq!((ids(&popped), taken.is_empty()), (all.clone(), true));
        for n in 0..=total + 1 {
            let mut rest = runs(lens);
            let mut front = split_runs(&mut rest, n);
            let cut = n.min(total);
            assert_eq!((ids(&front), ids(&rest)), (all[..cut].to_vec(), all[cut..].to_vec()));
            front.append(&mut rest);
            assert_eq!((ids(&front), rest.is_empty()), (all.clone(), true));
        }
    }
}
