use super::*;

#[test]
fn sizes_round_up_to_their_class() {
    let pool = ChunkPool::new(1 << 20);
    for (want, got) in [
        (1, 128),
        (128, 128),
        (129, 192),
        (192, 192),
        (193, 256),
        (256, 256),
        (257, 384),
        (4097, 6144),
        (6145, 8192),
        (49_152, 49_152),
        (49_153, 65_536),
        (65_536, 65_536),
        (65_537, 131_072),
        (200_000, 262_144),
        (262_144, 262_144),
        (300_000, 303_104),
        (1 << 20, 1 << 20),
    ] {
        let block = pool.take(want);
        assert_eq!(block.len(), got);
        pool.give_back(block);
    }
    assert_eq!(pool.in_use(), 0);
}

#[test]
fn large_blocks_are_reused_up_to_the_limit_and_trimmed() {
    const LEN: usize = 64 << 10;
    let pool = ChunkPool::new(2 * LEN + 1);
    let (a, b, c) = (pool.take(LEN), pool.take(LEN), pool.take(LEN));
    let first = a.as_ptr();
    pool.give_back(a);
    pool.give_back(b);
    pool.give_back(c);
    assert_eq!((pool.in_use(), pool.cached()), (0, 2 * LEN));
    pool.trim();
    let (d, e) = (pool.take(LEN), pool.take(LEN));
    assert!(d.as_ptr() == first || e.as_ptr() == first);
    pool.give_back(d);
    // One block was in use all the time since the last call, the other was needed for a while.
    pool.trim();
    assert_eq!((pool.in_use(), pool.cached()), (LEN, LEN));
    pool.trim();
    assert_eq!((pool.in_use(), pool.cached()), (LEN, 0));
    pool.give_back(e);
}

#[test]
fn empty_slabs_are_kept_up_to_the_limit_and_trimmed() {
    let pool = ChunkPool::new(SLAB_SIZE);
    let per_slab = SLAB_SIZE / 4096;
    let blocks: Vec<Block> = (0..=per_slab).map(|_| pool.take(4096)).collect();
    assert_eq!((pool.in_use(), pool.cached()), ((per_slab + 1) * 4096, 0), "two slabs");
    for block in blocks {
        pool.give_back(block);
    }
    assert_eq!((pool.in_use(), pool.cached()), (0, SLAB_SIZE), "one is kept");
    pool.trim();
    pool.trim();
    assert_eq!(pool.cached(), 0);
}

#[test]
fn classes_do_not_hold_each_others_memory_back() {
    let pool = ChunkPool::new(1 << 20);
    let stuck = pool.take(256);
    let wide: Vec<Block> = (0..64).map(|_| pool.take(4096)).collect();
    wide.into_iter().for_each(|block| pool.give_back(block));
    pool.trim();
    pool.trim();
    assert_eq!((pool.in_use(), pool.cached()), (256, 0));
    pool.give_back(stuck);
}

#[test]
fn an_empty_slab_of_one_class_serves_another() {
    let pool = ChunkPool::new(4 * SLAB_SIZE);
    let small: Vec<Block> = (0..SLAB_SIZE / 256).map(|_| pool.take(256)).collect();
    let memory: Vec<usize> = small.iter().map(|b| b.as_ptr().addr()).collect();
    let stuck = pool.take(384);
    small.into_iter().for_each(|block| pool.give_back(block));
    assert_eq!(pool.cached(), SLAB_SIZE);
    let large = pool.take(40_000);
    assert!(memory.contains(&large.as_ptr().addr()));
    assert_eq!((pool.in_use(), pool.cached()), (384 + 49_152, 0), "what is in use stays where it is");
    pool.give_back(stuck);
    pool.give_back(large);
    assert_eq!((pool.in_use(), pool.cached()), (0, 2 * SLAB_SIZE));
    pool.trim();
    pool.trim();
    assert_eq!(pool.cached(), 0);
}

#[test]
fn without_a_cache_each_block_is_alone() {
    let pool = ChunkPool::new(0);
    let blocks: Vec<Block> = [1, 5000, 100_000, 300_000].map(|want| pool.take(want)).into();
    assert!(blocks.iter().all(|b| matches!(b.source(), Source::Malloc | Source::Mapping)));
    blocks.into_iter().for_each(|block| pool.give_back(block));
    assert_eq!((pool.in_use(), pool.cached()), (0, 0));
}
