use super::*;
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::conf::TopicSettings;
use crate::producer::format::{Magic, ProduceFormat};
use crate::producer::partition::TopicShared;
use crate::producer::wire::testing::{batch, bytes_of};
use crate::producer::wire::writer::{RequestHead, Writer};
use crate::protocol::produce as wire;
use std::thread::JoinHandle;

/// What helpers do, and how often they were asked.
struct Scripted<F> {
    most: usize,
    asked: AtomicUsize,
    help: F,
}

impl<F: Fn(&Arc<Round>) + Send + Sync> Scripted<F> {
    fn new(help: F) -> Self {
        Self { most: 2, asked: AtomicUsize::new(0), help }
    }

    fn times_asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl<F: Fn(&Arc<Round>) + Send + Sync> Helpers for Scripted<F> {
    fn most(&self) -> usize {
        self.most
    }

    fn count(&self, _: bool) {}

    fn join(&self, round: &Arc<Round>, _: usize) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        (self.help)(round);
    }

    fn end(&self) {}
}

/// Two requests: one of 60 batches of several topics, of which every third is not compressed, and one of a
/// single large batch.
fn requests(codec: Codec) -> Vec<Vec<Batch>> {
    let mut rng = fastrand::Rng::with_seed(11);
    let mut value = |len: usize| -> Vec<u8> { (0..len).map(|_| rng.u8(..16)).collect() };
    let settings = TopicSettings { compression: codec, ..TopicSettings::default() };
    let plain = TopicSettings::default();
    let mut many = Vec::new();
    for t in 0..3 {
        let of_topic = if t == 1 { plain.clone() } else { settings.clone() };
        let topic = TopicShared::new(&format!("topic-{t}"), of_topic, t + 1);
        for p in 0..20 {
            let values: Vec<Vec<u8>> = (0..3).map(|i| value(1_000 + 1_500 * i)).collect();
            many.push(batch(&topic, p, &values.iter().map(Vec::as_slice).collect::<Vec<_>>()));
        }
    }
    let large = value(200_000);
    let hot = TopicShared::new("hot", settings, 9);
    vec![many, vec![batch(&hot, 0, &[&large, &large])]]
}

fn format(version: i16) -> ProduceFormat {
    let newest = ProduceFormat::newest(wire::CLIENT_MAX_VERSION);
    if version < wire::FIRST_WITH_BATCHES {
        ProduceFormat { version, magic: Magic::V1, ..newest }
    } else {
        ProduceFormat::newest(version)
    }
}

/// The frames of all requests, and what the partitions have learnt of their compression.
fn frames(
    version: i16,
    transactional_id: Option<&str>,
    limit: usize,
    prepare: impl FnOnce(&mut Writer, BatchForm) -> Vec<EncodeQueue>,
) -> (Vec<Vec<u8>>, Vec<usize>) {
    let mut writer = Writer::default();
    let format = format(version);
    let form = BatchForm { format, transactional: transactional_id.is_some() };
    let (mut frames, mut learnt) = (Vec::new(), Vec::new());
    for mut queue in prepare(&mut writer, form) {
        while queue.next().is_some() {
            let correlation_id = i32::try_from(frames.len()).unwrap();
            let head = RequestHead {
                format,
                correlation_id,
                client_id: "me",
                transactional_id,
                acks: -1,
                timeout_ms: 30,
            };
            let (frame, batches) = writer.produce(&head, &mut queue, limit);
            frames.push(bytes_of(&frame, &batches));
            learnt.extend(batches.iter().map(|b| b.partition.compressed_permille()));
            writer.recycle(frame);
        }
    }
    (frames, learnt)
}

fn alone(codec: Codec) -> impl FnOnce(&mut Writer, BatchForm) -> Vec<EncodeQueue> {
    move |_, _| requests(codec).into_iter().map(EncodeQueue::new).collect()
}

fn with(codec: Codec, helpers: &dyn Helpers) -> impl FnOnce(&mut Writer, BatchForm) -> Vec<EncodeQueue> {
    move |writer, form| writer.prepare(form, requests(codec), helpers)
}

/// Takes all that waits but for a piece, and does it in another order, with two compressors.
fn scramble(round: &Arc<Round>) {
    let mut taken: Vec<_> = std::iter::from_fn(|| Taken::next(round)).collect();
    drop(taken.swap_remove(2));
    fastrand::Rng::with_seed(5).shuffle(&mut taken);
    let mut compressors = [BatchCompressor::default(), BatchCompressor::default()];
    for (i, mut piece) in taken.into_iter().enumerate() {
        if let Some(compressor) = compressors.get_mut(i % 2) {
            piece.compress(compressor);
        }
    }
}

#[test]
fn requests_are_the_same_bytes_whoever_compresses_them() {
    let cases = [(2, None), (3, None), (9, None), (12, Some("txn"))];
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        for (version, id) in cases.into_iter().filter(|(v, _)| format(*v).codec(codec) == codec) {
            for limit in [1, 30_000, usize::MAX] {
                let want = frames(version, id, limit, alone(codec));
                assert!(want.0.len() >= 2);
                let helpers = Scripted::new(scramble);
                let got = frames(version, id, limit, with(codec, &helpers));
                assert!(got == want, "{codec:?}, version {version}, limit {limit}");
                assert_eq!(helpers.times_asked(), 1);
            }
        }
    }
}

/// Threads that take part whenever the scheduler lets them.
#[test]
fn requests_are_the_same_bytes_with_threads() {
    let want = frames(9, None, usize::MAX, alone(Codec::Lz4));
    let threads: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Rank::Leaf, Vec::new());
    let helpers = Scripted::new(|round: &Arc<Round>| {
        let more = [round.clone(), round.clone()]
            .map(|round| std::thread::spawn(move || round.work(&mut BatchCompressor::default())));
        threads.lock().extend(more);
    });
    for _ in 0..20 {
        assert!(frames(9, None, usize::MAX, with(Codec::Lz4, &helpers)) == want);
    }
    threads.into_inner().into_iter().for_each(|t| t.join().unwrap());
}

/// One panics with a piece in its hands of which it has compressed nothing, one in the middle of a piece.
#[test]
fn nothing_is_lost_when_a_helper_panics() {
    let want = frames(9, None, usize::MAX, alone(Codec::Lz4));
    let helpers = Scripted::new(|round: &Arc<Round>| {
        for begun in [false, true] {
            let round = round.clone();
            let panicked = std::thread::spawn(move || {
                let mut taken = Taken::next(&round);
                if let (true, Some(piece)) = (begun, taken.as_mut().and_then(|t| t.piece.as_mut())) {
                    let rest = piece.batches.split_off(1);
                    taken.as_mut().unwrap().compress(&mut BatchCompressor::default());
                    let piece = taken.as_mut().and_then(|t| t.piece.as_mut()).unwrap();
                    piece.batches.extend(rest);
                    piece.compressed.buf.extend_from_slice(b"half a batch");
                }
                std::panic::resume_unwind(Box::new("a bug"));
            });
            assert!(panicked.join().is_err());
        }
    });
    assert!(frames(9, None, usize::MAX, with(Codec::Lz4, &helpers)) == want);
}

#[test]
fn helpers_are_not_asked_for_little_work_nor_if_there_are_none() {
    let want = frames(9, None, usize::MAX, alone(Codec::Lz4));
    let nobody = Scripted { most: 0, ..Scripted::new(|_| {}) };
    assert!(frames(9, None, usize::MAX, with(Codec::Lz4, &nobody)) == want);
    assert_eq!(nobody.times_asked(), 0);
    let helpers = Scripted::new(|_| {});
    frames(9, None, usize::MAX, with(Codec::None, &helpers));
    // Too little, and too little beside the largest batch.
    for sizes in [[MIN_PIECE - 1_000; 2], [5 * MIN_PIECE, MIN_PIECE - 1_000]] {
        let little = |writer: &mut Writer, form| {
            let settings = TopicSettings { compression: Codec::Lz4, ..TopicSettings::default() };
            let topic = TopicShared::new("t", settings, 1);
            let requests = sizes.iter().map(|size| vec![batch(&topic, 0, &[&vec![b'x'; *size]])]).collect();
            writer.prepare(form, requests, &helpers)
        };
        assert_eq!(frames(9, None, usize::MAX, little).0.len(), 2);
    }
    assert_eq!(helpers.times_asked(), 0);
    frames(9, None, usize::MAX, with(Codec::Lz4, &helpers));
    assert_eq!(helpers.times_asked(), 1);
}
