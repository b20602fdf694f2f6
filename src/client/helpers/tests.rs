use super::*;
use crate::base::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use crate::compress::Codec;
use crate::conf::TopicSettings;
use crate::producer::format::ProduceFormat;
use crate::producer::partition::TopicShared;
use crate::producer::wire::side_by_side::{BatchForm, Busy};
use crate::producer::wire::testing::batch;
use crate::producer::wire::writer::Writer;
use std::thread::JoinHandle;

/// A system whose time stands, and that starts threads or refuses to.
#[derive(Default)]
struct System {
    now: AtomicI64,
    refuses: AtomicBool,
    attempts: AtomicUsize,
    threads: Threads,
}

struct Threads(Mutex<Vec<JoinHandle<()>>>);

impl Default for Threads {
    fn default() -> Self {
        Self(Mutex::new(Rank::Instance, Vec::new()))
    }
}

impl Clock for System {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::Relaxed))
    }

    fn wall_ms(&self) -> i64 {
        0
    }
}

impl System {
    fn helpers(self: &Arc<Self>, wanted: Option<usize>, processors: fn() -> usize) -> Helpers {
        let system = self.clone();
        let start = move |work: Box<dyn FnOnce() + Send>| {
            system.attempts.fetch_add(1, Ordering::Relaxed);
            if system.refuses.load(Ordering::Relaxed) {
                return false;
            }
            system.threads.0.lock().push(std::thread::spawn(work));
            true
        };
        Helpers::new(wanted, processors, self.clone(), Box::new(start))
    }

    fn attempts(&self) -> usize {
        self.attempts.load(Ordering::Relaxed)
    }

    fn end(&self, helpers: &Helpers) {
        side_by_side::Helpers::end(helpers);
        std::mem::take(&mut *self.threads.0.lock()).into_iter().for_each(|t| t.join().unwrap());
    }
}

/// Has four batches compressed, each of which is worth a thread.
fn compress(writer: &mut Writer, helpers: &Helpers) {
    let settings = TopicSettings { compression: Codec::Gzip, ..TopicSettings::default() };
    let topic = TopicShared::new("t", settings, 1);
    let requests: Vec<_> = (0..4).map(|p| vec![batch(&topic, p, &[&[b'x'; 100_000]])]).collect();
    let form = BatchForm { format: ProduceFormat::newest(9), transactional: false };
    let queues = writer.prepare(form, requests, helpers);
    let partitions: Vec<_> = queues.iter().filter_map(|q| q.next()).map(|b| b.partition.id()).collect();
    assert_eq!(partitions, [0, 1, 2, 3]);
}

#[test]
fn there_are_never_more_than_wanted_nor_than_processors_beside_one() {
    let most = |wanted, processors| {
        side_by_side::Helpers::most(&Arc::new(System::default()).helpers(wanted, processors))
    };
    assert_eq!([most(None, || 1), most(None, || 2), most(None, || 4), most(None, || 64)], [0, 1, 3, 3]);
    assert_eq!([most(Some(2), || 1), most(Some(2), || 2), most(Some(2), || 4)], [0, 1, 2]);
    assert_eq!(most(Some(10), || 64), 10);
}

#[test]
fn nobody_helps_while_brokers_threads_need_all_processors() {
    let helpers: Arc<dyn side_by_side::Helpers> =
        Arc::new(Arc::new(System::default()).helpers(Some(2), || 3));
    let busy: Vec<_> = (0..4).map(|_| Busy::new(helpers.clone())).collect();
    let left = busy.into_iter().map(|one| {
        let helpers = one.helpers();
        drop(one);
        helpers
    });
    assert_eq!(left.collect::<Vec<_>>(), [0, 0, 1, 2]);
    assert_eq!(helpers.most(), 2);
}

#[test]
fn threads_are_started_for_work_and_stay() {
    let system = Arc::new(System::default());
    let helpers = system.helpers(Some(2), || 8);
    let mut writer = Writer::default();
    assert_eq!(system.attempts(), 0);
    for _ in 0..50 {
        compress(&mut writer, &helpers);
    }
    assert!((1..=2).contains(&system.attempts()), "{}", system.attempts());
    system.end(&helpers);
}

#[test]
fn no_thread_is_started_at_the_end() {
    let system = Arc::new(System::default());
    let helpers = system.helpers(Some(2), || 8);
    system.end(&helpers);
    compress(&mut Writer::default(), &helpers);
    assert_eq!(system.attempts(), 0);
}

#[test]
fn a_thread_that_cannot_be_started_is_tried_again_after_a_second() {
    let system = Arc::new(System::default());
    let helpers = system.helpers(Some(2), || 8);
    let mut writer = Writer::default();
    system.refuses.store(true, Ordering::Relaxed);
    compress(&mut writer, &helpers);
    assert_eq!(system.attempts(), 1);
    system.refuses.store(false, Ordering::Relaxed);
    compress(&mut writer, &helpers);
    assert_eq!(system.attempts(), 1);
    assert!(helpers.shared.state.lock().rounds.is_empty());
    system.now.fetch_add(1_000_000, Ordering::Relaxed);
    compress(&mut writer, &helpers);
    assert!(system.attempts() > 1);
    assert_eq!(system.threads.0.lock().len(), system.attempts() - 1);
    system.end(&helpers);
}
