use super::*;
use crate::base::sync::Weak;
use crate::consumer::records::{Pool, TimestampType};

/// "key", "value" and a header are in each of so many records; where they stand is all that a message needs.
const RECORD: usize = 11;
const WIRE: &[u8] = &[2, 2, b'n', 2, b'v'];

fn buffer(records: usize, pool: &Arc<Pool>) -> Arc<Buffer> {
    Arc::new(Buffer::new([&b"keyvalue"[..], b"..."].concat().repeat(records), pool))
}

fn record(at: usize) -> Record {
    let field = |from: usize, len: u32| Some(Field { at: (at * RECORD + from) as u32, len });
    Record {
        offset: at as i64,
        timestamp: 5,
        timestamp_type: TimestampType::CreateTime,
        leader_epoch: 3,
        key: field(0, 3),
        value: field(3, 5),
        headers: None,
    }
}

fn origin(keep: &Arc<u8>) -> Origin {
    Origin { rkt: null_mut(), _keep: keep.clone(), partition: 1, broker_id: 7 }
}

/// As many messages as there is space for.
fn fill(slab: &mut OpenSlab, buffer: &Arc<Buffer>) -> Vec<NonNull<Consumed>> {
    let mut made = Vec::new();
    while slab.has_space(buffer) {
        let message = slab.message(&record(made.len()), buffer).unwrap();
        made.push(NonNull::new(message).unwrap().cast());
    }
    assert_eq!(slab.message(&record(0), buffer), None);
    made
}

/// What an application does with a message: it reads, and may write.
fn use_it(message: NonNull<Consumed>) {
    // SAFETY: a message that has not been released.
    unsafe {
        let public = &message.as_ref().head.public;
        let value = std::slice::from_raw_parts_mut(public.payload.cast::<u8>(), public.len);
        let key = std::slice::from_raw_parts(public.key.cast::<u8>(), public.key_len);
        assert!(key == b"key" && value == b"value");
        value.fill(b'x');
        assert_eq!(message.as_ref().broker_id(), 7);
        assert_eq!(message.as_ref().headers(), Ok(null_mut()));
    }
}

#[test]
fn messages_outlive_all_that_they_came_from() {
    let (pool, keep) = (Pool::new(0), Arc::new(1));
    let buffer = buffer(MOST, &pool);
    let gone: Weak<Buffer> = Arc::downgrade(&buffer);
    let mut slab = OpenSlab::new(origin(&keep), buffer.clone());
    let mut made = fill(&mut slab, &buffer);
    drop((slab, buffer, pool));
    made.reverse();
    while let Some(message) = made.pop() {
        use_it(message);
        assert!(gone.strong_count() == 1 && Arc::strong_count(&keep) == 2);
        // SAFETY: it is not used afterwards.
        unsafe { Consumed::destroy(message) };
        // From the middle, too.
        let middle = made.len() / 2;
        made.rotate_left(middle);
    }
    assert!(gone.strong_count() == 0 && Arc::strong_count(&keep) == 1);
}

#[test]
fn places_that_are_not_used_hold_nothing() {
    let (pool, keep) = (Pool::new(0), Arc::new(1));
    let buffer = buffer(MOST, &pool);
    let mut slab = OpenSlab::new(origin(&keep), buffer.clone());
    let message = slab.message(&record(0), &buffer).unwrap();
    // SAFETY: it is not used afterwards.
    unsafe { Consumed::destroy(NonNull::new(message).unwrap().cast()) };
    assert_eq!(Arc::strong_count(&keep), 2);
    drop(slab);
    assert_eq!((Arc::strong_count(&keep), Arc::strong_count(&buffer)), (1, 1));
    assert!(!OpenSlab::new(origin(&keep), buffer).has_space(&self::buffer(1, &pool)), "another buffer");
}

#[test]
fn threads_release_what_another_one_makes() {
    let (pool, keep) = (Pool::new(0), Arc::new(1));
    let buffer = buffer(MOST, &pool);
    for _ in 0..4 {
        let mut slab = OpenSlab::new(origin(&keep), buffer.clone());
        let made: Vec<usize> =
            fill(&mut slab, &buffer).iter().map(|m| m.as_ptr().expose_provenance()).collect();
        std::thread::scope(|scope| {
            for part in made.chunks(20) {
                scope.spawn(move || {
                    for at in part {
                        let message = std::ptr::with_exposed_provenance_mut::<Consumed>(*at);
                        // SAFETY: a message of its own, which is not used afterwards.
                        unsafe { Consumed::destroy(NonNull::new(message).unwrap()) };
                    }
                });
            }
            drop(slab);
        });
        assert_eq!((Arc::strong_count(&keep), Arc::strong_count(&buffer)), (1, 1));
    }
}

#[test]
fn headers_are_read_when_somebody_asks_and_belong_to_the_message() {
    let (pool, keep) = (Pool::new(0), Arc::new(1));
    let buffer = Arc::new(Buffer::new([&b"keyvalue"[..], WIRE].concat().repeat(40), &pool));
    let mut slab = OpenSlab::new(origin(&keep), buffer.clone());
    let with_headers = Record { headers: Some(Field { at: 8, len: WIRE.len() as u32 }), ..record(0) };
    for asks in [false, true] {
        let message = NonNull::new(slab.message(&with_headers, &buffer).unwrap()).unwrap().cast::<Consumed>();
        // SAFETY: a message that is released at the end.
        unsafe {
            if asks {
                let list = message.as_ref().headers().unwrap();
                assert!(!list.is_null() && message.as_ref().headers() == Ok(list));
            }
            Consumed::destroy(message);
        }
    }
}
