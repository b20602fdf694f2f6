use super::*;
use crate::producer::store::Value;

fn message(value: &[u8], now: i64) -> StoredMessage<'_> {
    StoredMessage {
        key: None,
        value: Value::Copy(value),
        headers: None,
        timestamp_ms: 0,
        opaque: 0,
        enqueued: Time(now),
        retries: 0,
    }
}

struct Side {
    pool: Arc<ChunkPool>,
    side: AppendSide<()>,
}

impl Side {
    fn new() -> Self {
        let pool = Arc::new(ChunkPool::new(1 << 20));
        Self { side: AppendSide::new(pool.clone()), pool }
    }

    /// So many messages were stored and taken, and their last chunk is full.
    fn after(messages: usize, size: usize) -> Self {
        let mut s = Self::new();
        (0..messages).for_each(|_| s.store(size));
        s.drain();
        s.side.open = None;
        s
    }

    fn store(&mut self, size: usize) {
        self.side.store(&message(&vec![b'x'; size], 0));
        self.side.count += 1;
        self.side.bytes += size;
    }

    /// Takes everything, and returns how many runs it was in.
    fn drain(&mut self) -> usize {
        let mut queue = MsgQueue::default();
        self.side.move_appended(&mut queue);
        queue.take_all().len()
    }
}

/// librdkafka takes 288 bytes for a message of 100.
#[test]
fn few_messages_take_little_memory_however_few_they_are() {
    let mut s = Side::new();
    for n in 1..=1_000 {
        s.store(100);
        let each = s.pool.in_use() / n;
        assert!(each <= 240, "{n} messages: {each} bytes each");
    }
    s.drain();
    s.side.open = None;
    assert_eq!(s.pool.in_use(), 0);
}

#[test]
fn few_messages_are_one_run() {
    for n in [1, 2, 3, 10, 58] {
        let mut s = Side::new();
        (0..n).for_each(|_| s.store(100));
        assert_eq!(s.drain(), 1, "{n} messages");
    }
}

#[test]
fn the_next_chunk_is_as_large_as_what_came_last_time() {
    let mut s = Side::after(2_000, 100);
    (0..1_800).for_each(|_| s.store(100));
    assert_eq!(s.drain(), 1);
}

/// Blocks from 64 KiB on are powers of two: what lies between them is not rounded up.
#[test]
fn a_large_chunk_is_one_that_its_messages_fill() {
    for messages in [500, 800, 1_000, 1_500] {
        let mut s = Side::after(messages, 100);
        s.store(100);
        let moved = messages * (100 + SLOT_SIZE);
        assert!((moved / 2..=moved).contains(&s.pool.in_use()), "{} for {moved} bytes", s.pool.in_use());
    }
}

/// Into 64 KiB goes one message of 40,000 bytes, into 128 KiB three.
#[test]
fn large_messages_share_a_chunk() {
    let mut s = Side::after(3, 40_000);
    (0..3).for_each(|_| s.store(40_000));
    assert_eq!(s.drain(), 1);
}

#[test]
fn a_chunk_too_old_for_a_message_is_left_behind() {
    let mut s = Side::new();
    s.store(10);
    let later = i64::from(u32::MAX);
    s.side.store(&message(b"late", later));
    s.side.count += 1;
    let mut queue = MsgQueue::default();
    s.side.move_appended(&mut queue);
    let times: Vec<Time> = queue.take_all().iter().map(|run| run.get(0).enqueued()).collect();
    assert_eq!(times, [Time(0), Time(later)]);
}
