//! Threads that resolve names, so that those that serve brokers never wait for it. They are started when
//! there is a name to resolve, and end when there is none.

use crate::base::blocking::BlockingTask;
use crate::base::latch::Held;
use crate::base::sync::{Arc, Mutex, Rank};
use crate::client::instance::ThreadHandles;
use crate::client::threads::root::{Counted, shared_thread};
use std::collections::VecDeque;

/// As many names as are resolved at once, in all instances. A name whose server does not answer takes
/// seconds, and should not keep all others waiting.
const AT_ONCE: usize = 4;

/// Names to be resolved.
pub struct Lookups(Mutex<State>);

#[derive(Default)]
struct State {
    /// Each with what keeps its instance from ending.
    tasks: VecDeque<(BlockingTask, Held)>,
    running: usize,
    handles: ThreadHandles,
}

impl Lookups {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Rank::Instance, State::default())))
    }

    /// Has a name resolved. If there can be no thread at all, the task is dropped, and whoever waits for it
    /// is told so.
    pub fn push(self: &Arc<Self>, task: BlockingTask, held: Held) {
        let mut state = self.0.lock();
        state.tasks.push_back((task, held));
        if state.running == AT_ONCE {
            return;
        }
        let (counted, this) = (Counted::new(), self.clone());
        let spawned = std::thread::Builder::new().name("rdk:resolver".into()).spawn(move || {
            let _counted = counted;
            shared_thread("resolver");
            this.run();
        });
        match spawned {
            Ok(handle) => {
                state.running += 1;
                state.handles.keep(handle);
            }
            Err(_) if state.running == 0 => {
                let dropped = std::mem::take(&mut state.tasks);
                drop(state);
                drop(dropped);
            }
            Err(_) => {}
        }
    }

    fn run(&self) {
        while let Some((task, held)) = self.next() {
            task.run();
            drop(held);
        }
    }

    fn next(&self) -> Option<(BlockingTask, Held)> {
        let mut state = self.0.lock();
        let task = state.tasks.pop_front();
        if task.is_none() {
            state.running -= 1;
        }
        task
    }

    /// Waits for the threads, when nothing more is to be resolved.
    pub fn join(&self) {
        let handles = self.0.lock().handles.take();
        for handle in handles {
            let _ = handle.join();
        }
    }
}
