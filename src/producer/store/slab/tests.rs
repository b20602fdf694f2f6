use super::*;

fn class_with_slabs(block_size: usize, slabs: usize) -> SlabClass {
    let mut class = SlabClass::new(block_size);
    for _ in 0..slabs {
        FreshSlab::new(block_size).add_to(&mut class);
    }
    class
}

fn number_of(block: &Block) -> u32 {
    match block.source() {
        super::super::block::Source::Slab(number) => number,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_block_of_a_slab_is_given_out_once() {
    for block_size in [256, 512, 4096, 32 << 10] {
        let mut class = class_with_slabs(block_size, 2);
        let blocks: Vec<Block> = std::iter::from_fn(|| class.take().map(|(block, _)| block)).collect();
        assert_eq!(blocks.len(), 2 * SLAB_SIZE / block_size);
        let mut addresses: Vec<usize> = blocks.iter().map(|b| b.as_ptr().addr()).collect();
        addresses.sort_unstable();
        assert!(addresses.windows(2).all(|w| w[1] - w[0] >= block_size), "no two overlap");
        assert!(class.take().is_none());
    }
}

#[test]
fn the_lowest_free_block_is_taken_first() {
    let mut class = class_with_slabs(256, 1);
    let blocks: Vec<Block> = (0..200).filter_map(|_| class.take()).map(|(block, _)| block).collect();
    let (low, high) = (blocks[3].as_ptr(), blocks[150].as_ptr());
    class.give_back(0, &blocks[150]);
    class.give_back(0, &blocks[3]);
    assert_eq!(class.take().unwrap().0.as_ptr(), low);
    assert_eq!(class.take().unwrap().0.as_ptr(), high);
}

#[test]
fn a_slab_is_empty_when_its_last_block_is_back() {
    let mut class = class_with_slabs(32 << 10, 1);
    let (a, was_empty) = class.take().unwrap();
    assert!(was_empty);
    let (b, was_empty) = class.take().unwrap();
    assert!(!was_empty);
    assert!(!class.give_back(number_of(&a), &a));
    assert!(class.give_back(number_of(&b), &b));
    assert_eq!(class.remove(0).unwrap().len(), SLAB_SIZE);
    assert!(class.take().is_none());
}

#[test]
fn slabs_in_rotation_stay_and_unneeded_ones_go() {
    let mut class = class_with_slabs(32 << 10, 3);
    assert_eq!(class.take_surplus().len(), 0, "they are new");
    let (block, _) = class.take().unwrap();
    assert_eq!(class.take_surplus().len(), 2);
    class.give_back(number_of(&block), &block);
    assert_eq!(class.take_surplus().len(), 0, "it was in use for a part of the time");
    assert_eq!(class.take_surplus().len(), 1);
    assert_eq!((class.slabs.capacity(), class.free_bytes), (0, 0));
    FreshSlab::new(32 << 10).add_to(&mut class);
    assert!(class.take().is_some());
}
