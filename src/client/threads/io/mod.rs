//! Threads that serve the brokers of all instances that ask for them (`client.io.threads`), where otherwise
//! each broker has one of its own.
//!
//! The process has one set of them: as many as the instance wants that wants the most. They are started when
//! there are brokers for them, and end with the last of those instances. Nothing on them blocks but callbacks
//! of the application: names are resolved by [`lookups`], what else may block is a task of its own anyway.

mod agenda;
mod lookups;
mod worker;

use crate::base::sync::{Arc, Mutex, Rank};
use crate::client::brokers::starting::Refused;
use crate::client::threads::root::Counted;
use arc_swap::ArcSwapOption;
use lookups::Lookups;
use std::thread::JoinHandle;
pub use worker::Guest;
use worker::{Door, Worker};

/// The threads of this process. A child of fork(2) finds the parent's here, without the threads, and perhaps
/// with a lock that nobody will ever release. So it looks at nothing but the process, and makes its own.
static POOL: ArcSwapOption<Pool> = ArcSwapOption::const_empty();

struct Pool {
    process: u32,
    state: Mutex<State>,
    lookups: Arc<Lookups>,
}

#[derive(Default)]
struct State {
    leases: usize,
    /// The last lease was dropped. There is another pool for new ones.
    is_over: bool,
    workers: Vec<(Arc<Door>, JoinHandle<()>)>,
}

/// An instance's right to have its brokers served. The threads end when the last is dropped.
pub struct Lease {
    pool: Arc<Pool>,
    /// Threads that the instance wants.
    most: usize,
}

impl Lease {
    pub fn new(most: usize) -> Self {
        loop {
            let pool = Pool::of_this_process();
            let mut state = pool.state.lock();
            if !state.is_over {
                state.leases += 1;
                drop(state);
                return Self { pool, most };
            }
        }
    }

    /// What resolves names for brokers that are hosted.
    pub fn lookups(&self) -> &Arc<Lookups> {
        &self.pool.lookups
    }

    /// Has a broker served by the thread that has the fewest.
    pub fn host(&self, guest: Guest) -> Result<(), Refused> {
        let mut state = self.pool.state.lock();
        // Those that there are will do if there can be no more.
        let started = if state.workers.len() < self.most { state.start_worker() } else { Ok(()) };
        let fewest = state.workers.iter().map(|(door, _)| door).min_by_key(|door| door.load());
        if let Some(door) = fewest {
            door.admit(guest);
            return Ok(());
        }
        Err(Refused { broker: guest.broker, why: started.err().unwrap_or_default() })
    }
}

impl Pool {
    fn of_this_process() -> Arc<Self> {
        let process = std::process::id();
        loop {
            let found = POOL.load_full();
            if let Some(pool) = found.as_ref().filter(|pool| pool.process == process) {
                return pool.clone();
            }
            let state = Mutex::new(Rank::Instance, State::default());
            let new = Arc::new(Self { process, state, lookups: Lookups::new() });
            POOL.compare_and_swap(&found, Some(new));
        }
    }
}

impl State {
    fn start_worker(&mut self) -> Result<(), String> {
        let number = self.workers.len() + 1;
        let worker = Worker::new(number).map_err(|e| format!("Unable to create broker signal: {e}"))?;
        let (door, counted) = (worker.door().clone(), Counted::new());
        let body = move || {
            let _counted = counted;
            worker.run();
        };
        let handle = std::thread::Builder::new().name(format!("rdk:io{number}")).spawn(body);
        // librdkafka's text, which gives no reason.
        self.workers.push((door, handle.map_err(|_| "Unable to create broker thread")?));
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock();
        state.leases -= 1;
        if state.leases > 0 {
            return;
        }
        // The lock is held until they have ended: an instance that is made meanwhile waits, and has new ones.
        state.is_over = true;
        let workers = std::mem::take(&mut state.workers);
        workers.iter().for_each(|(door, _)| door.close());
        for (_, handle) in workers {
            let _ = handle.join();
        }
        self.pool.lookups.join();
        POOL.compare_and_swap(&self.pool, None);
    }
}
