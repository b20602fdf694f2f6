//! Tests of the message store.
#![allow(unsafe_code)] // tests free memory of their own

use super::chunk::{CHUNK_LIFE_US, HEADER_SIZE};
use super::pool::ChunkPool;
use super::*;
use crate::base::clock::Time;
use crate::base::sync::Arc;

/// What a block of 4 KiB has for messages.
const SPACE: usize = 4096 - HEADER_SIZE;

fn msg<'a>(key: Option<&'a [u8]>, value: Value<'a>, t: i64) -> StoredMessage<'a> {
    StoredMessage {
        key,
        value,
        headers: None,
        timestamp_ms: 7,
        opaque: t as usize,
        enqueued: Time(t),
        retries: 0,
    }
}

fn pool() -> Arc<ChunkPool> {
    Arc::new(ChunkPool::new(1 << 20))
}

#[test]
fn what_goes_in_comes_out() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
    let mut m = msg(Some(b"k1"), Value::Copy(b"value one"), 5);
    m.headers = Some(b"hdrs");
    assert!(open.append(&m));
    assert!(open.append(&msg(None, Value::Null, 6)));
    assert!(open.append(&msg(Some(b""), Value::Copy(b""), 7)));
    let run = open.cut().unwrap();
    assert_eq!((run.len(), run.first_msgid(), run.last_msgid(), run.bytes()), (3, 1, 3, 15));
    let a = run.get(0);
    assert_eq!(
        (a.key(), a.value(), a.headers()),
        (Some(&b"k1"[..]), Some(&b"value one"[..]), Some(&b"hdrs"[..]))
    );
    assert_eq!((a.enqueued(), a.opaque(), a.timestamp_ms()), (Time(5), 5, 7));
    let b = run.get(1);
    assert_eq!((b.key(), b.value(), b.headers()), (None, None, None));
    let c = run.get(2);
    assert_eq!((c.key(), c.value()), (Some(&b""[..]), Some(&b""[..])));
    assert!(open.cut().is_none());
}

#[test]
fn appends_after_a_cut_leave_the_run_alone() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, SPACE, Time(0), 10);
    open.append(&msg(None, Value::Copy(b"first"), 1));
    let run = open.cut().unwrap();
    open.append(&msg(None, Value::Copy(b"second"), 2));
    let next = open.cut().unwrap();
    drop(open);
    assert_eq!(run.get(0).value(), Some(&b"first"[..]));
    assert_eq!((next.first_msgid(), next.get(0).value()), (11, Some(&b"second"[..])));
}

#[test]
fn a_full_chunk_refuses() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
    let big = vec![b'x'; 1000];
    let mut n = 0;
    while open.append(&msg(None, Value::Copy(&big), 1)) {
        n += 1;
    }
    assert_eq!(n, 3);
    assert!(open.space() < 1000 + SLOT_SIZE);
    // Too late for this chunk: the slot could not hold the enqueue time.
    assert!(!open.append(&msg(None, Value::Null, CHUNK_LIFE_US)));
}

#[test]
fn splitting_divides_messages_and_bytes() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
    for i in 0..5 {
        open.append(&msg(None, Value::Copy(&[b'x'; 10][..2 * i]), 1));
    }
    let mut run = open.cut().unwrap();
    let front = run.split_front(2);
    assert_eq!((front.len(), front.bytes(), front.first_msgid()), (2, 2, 1));
    assert_eq!((run.len(), run.bytes(), run.first_msgid()), (3, 18, 3));
}

#[test]
fn foreign_values_are_freed_once_and_can_change_owner() {
    // Run under valgrind and ASAN by `make check`: a leak or a double free shows there.
    let pool = pool();
    // An empty value is memory of the application's too.
    for len in [16, 0] {
        // SAFETY: a fresh allocation of 16 bytes.
        let f = unsafe {
            let p = libc::malloc(16).cast::<u8>();
            std::ptr::write_bytes(p, b'z', 16);
            ForeignBytes::new(p, len, true)
        };
        let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
        open.append(&msg(None, Value::Foreign(f), 1));
        let mut run = open.cut().unwrap();
        let mut other = OpenChunk::new(&pool, SPACE, Time(0), 1);
        assert!(other.append(&run.take_stored(0)));
        drop(run);
        let moved = other.cut().unwrap();
        assert_eq!(moved.get(0).value(), Some(&[b'z'; 16][..len]));
        assert_eq!(moved.get(0).value_ptr(), f.ptr);
    }
}

#[test]
fn a_value_can_be_freed_before_its_run() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
    for t in 0..2 {
        // SAFETY: a fresh allocation of 16 bytes.
        let f = unsafe { ForeignBytes::new(libc::calloc(1, 16).cast(), 16, true) };
        open.append(&msg(None, Value::Foreign(f), t));
    }
    open.append(&msg(None, Value::Copy(b"copied"), 2));
    let mut run = open.cut().unwrap();
    run.free_value(0);
    run.free_value(2);
    assert_eq!((run.get(0).value(), run.get(0).value_len()), (None, 16), "freed, and still counted");
    assert_eq!(run.get(1).value(), Some(&[0; 16][..]));
    assert_eq!(run.get(2).value(), Some(&b"copied"[..]), "not ours to free");
    assert_eq!(run.split_front(1).value_bytes(), 16);
}

#[test]
fn everything_returns_to_the_pool() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
    open.append(&msg(None, Value::Copy(b"x"), 1));
    let run = open.cut().unwrap();
    drop(open);
    assert_eq!(pool.in_use(), 4096);
    drop(run);
    assert_eq!(pool.in_use(), 0);
}

#[test]
fn headers_stand_behind_the_address_of_a_foreign_value() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
    for free in [false, true] {
        // SAFETY: a fresh allocation of 16 bytes; the one that is not given away stays readable to the end.
        let f = unsafe { ForeignBytes::new(libc::calloc(1, 16).cast(), 16, free) };
        let mut m = msg(Some(b"odd"), Value::Foreign(f), 1);
        m.headers = Some(b"headers");
        assert!(open.append(&m));
    }
    let mut run = open.cut().unwrap();
    let all = |m: MessageView<'_>| (m.key().map(<[u8]>::to_vec), m.headers().map(<[u8]>::to_vec));
    let expected = (Some(b"odd".to_vec()), Some(b"headers".to_vec()));
    for i in 0..2 {
        assert_eq!(run.get(i).value(), Some(&[0; 16][..]));
        assert_eq!(all(run.get(i)), expected);
    }
    let kept = run.get(0).value_ptr();
    run.free_value(1);
    assert_eq!(all(run.get(1)), expected, "also without the value");
    drop(run);
    // SAFETY: allocated above, and nobody else's.
    unsafe { libc::free(kept.cast_mut().cast()) };
}

#[test]
fn the_last_reference_gives_the_memory_back_whichever_thread_has_it() {
    let pool = pool();
    for _ in 0..20 {
        let mut open = OpenChunk::new(&pool, SPACE, Time(0), 1);
        let mut runs = Vec::new();
        for i in 0..4 {
            open.append(&msg(None, Value::Copy(&[i; 100]), 1));
            runs.extend(open.cut());
        }
        std::thread::scope(|threads| {
            for (i, run) in runs.into_iter().enumerate() {
                threads.spawn(move || assert_eq!(run.get(0).value(), Some(&[i as u8; 100][..])));
            }
            drop(open);
        });
        assert_eq!(pool.in_use(), 0);
    }
}

#[test]
fn what_has_not_been_handed_out_moves_to_a_larger_chunk() {
    let pool = pool();
    let mut open = OpenChunk::new(&pool, 400, Time(0), 5);
    open.append(&msg(None, Value::Copy(b"handed out"), 1));
    let first = open.cut().unwrap();
    // SAFETY: a fresh allocation of 16 bytes.
    let f = unsafe { ForeignBytes::new(libc::calloc(1, 16).cast(), 16, true) };
    open.append(&msg(Some(b"key"), Value::Foreign(f), 2));
    let mut m = msg(Some(b"k"), Value::Copy(b"value"), 3);
    m.headers = Some(b"headers");
    open.append(&m);
    assert_eq!(open.uncut(), 3 + 8 + 1 + 5 + 7 + 2 * SLOT_SIZE);
    let mut open = open.moved(1000);
    assert_eq!((first.get(0).value(), first.get(0).msgid()), (Some(&b"handed out"[..]), 5));
    open.append(&msg(None, Value::Null, 4));
    let space = open.space();
    assert_eq!(space, open.capacity() - open.uncut());
    let run = open.cut().unwrap();
    assert_eq!((run.first_msgid(), run.len(), run.bytes(), run.value_bytes()), (6, 3, 3 + 16 + 13, 21));
    assert_eq!((run.get(0).key(), run.get(0).value_ptr()), (Some(&b"key"[..]), f.ptr));
    assert_eq!((run.get(0).enqueued(), run.get(0).value()), (Time(2), Some(&[0; 16][..])));
    assert_eq!((run.get(1).key(), run.get(1).value()), (Some(&b"k"[..]), Some(&b"value"[..])));
    assert_eq!((run.get(1).headers(), run.get(1).enqueued()), (Some(&b"headers"[..]), Time(3)));
    assert_eq!((run.get(2).value(), run.get(2).enqueued()), (None, Time(4)));
    drop((first, run, open));
    assert_eq!(pool.in_use(), 0);
}
