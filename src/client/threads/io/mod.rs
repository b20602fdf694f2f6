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
use lookups::Lookups;
use std::thread::JoinHandle;
pub use worker::Guest;
use worker::{Door, Worker};

/// The threads of this process.
static POOL: Mutex<Option<Pool>> = Mutex::new(Rank::Instance, None);

struct Pool {
    /// A child process of fork(2) has the parent's pool, but none of its threads.
    process: u32,
    leases: usize,
    workers: Vec<(Arc<Door>, JoinHandle<()>)>,
    lookups: Arc<Lookups>,
}

/// An instance's right to have its brokers served. The threads end when the last is dropped.
pub struct Lease {
    process: u32,
    /// Threads that the instance wants.
    most: usize,
    lookups: Arc<Lookups>,
}

impl Lease {
    pub fn new(most: usize) -> Self {
        let process = std::process::id();
        let mut pool = POOL.lock();
        let inherited = pool.take_if(|pool| pool.process != process);
        let pool = pool.get_or_insert_with(|| Pool {
            process,
            leases: 0,
            workers: Vec::new(),
            lookups: Lookups::new(),
        });
        pool.leases += 1;
        // It is the parent's, and so is all that it has: descriptors, locks, threads.
        std::mem::forget(inherited);
        Self { process, most, lookups: pool.lookups.clone() }
    }

    /// What resolves names for brokers that are hosted.
    pub fn lookups(&self) -> &Arc<Lookups> {
        &self.lookups
    }

    /// Has a broker served by the thread that has the fewest.
    pub fn host(&self, guest: Guest) -> Result<(), Refused> {
        let mut pool = POOL.lock();
        let Some(pool) = pool.as_mut() else {
            return Err(Refused { broker: guest.broker, why: "Unable to create broker thread".into() });
        };
        let started = if pool.workers.len() < self.most { pool.start_worker() } else { Ok(()) };
        let door = pool.workers.iter().map(|(door, _)| door).min_by_key(|door| door.load());
        match (door, started) {
            (Some(door), _) => {
                door.admit(guest);
                Ok(())
            }
            (None, started) => {
                let why = started.err().unwrap_or_default();
                Err(Refused { broker: guest.broker, why })
            }
        }
    }
}

impl Pool {
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
        let mut pool = POOL.lock();
        let Some(own) = pool.as_mut().filter(|pool| pool.process == self.process) else { return };
        own.leases -= 1;
        if own.leases > 0 {
            return;
        }
        // The lock is held until they have ended: an instance that is made meanwhile has new ones.
        let Some(Pool { workers, lookups, .. }) = pool.take() else { return };
        workers.iter().for_each(|(door, _)| door.close());
        for (_, handle) in workers {
            let _ = handle.join();
        }
        lookups.join();
    }
}
