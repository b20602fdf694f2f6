//! The threads of a client: one main thread, and one for each broker that is needed, unless brokers are
//! served by threads that instances have in common.

mod io;
mod root;

use io::{Guest, Lease};
use root::{Counted, run};
pub use root::{ThreadHook, ThreadKind, count, is_own};

use super::brokers::starting::{BrokerHost, Refused};
use super::helpers::{self, Helpers};
use super::instance::Client;
use super::main_loop::Main;
use super::queue::events::{Event, EventQueue, Flow};
use super::tokens::fetcher;
use super::topics::leaderless::Leaderless;
use crate::base::blocking::BlockingTask;
use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, set_thread_name};
use crate::base::sync::{Arc, Mutex, Rank, Weak};
use crate::broker::machine::Broker;
use crate::net::{Elsewhere, Endpoint, Transport};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Makes the transport of a broker.
pub type TransportFactory = Box<dyn Fn() -> Box<dyn Transport> + Send + Sync>;

struct ThreadHost {
    client: Weak<Client>,
    transports: TransportFactory,
    hook: Option<ThreadHook>,
    /// Unless each broker has a thread of its own.
    lease: Option<Arc<Lease>>,
}

impl ThreadHost {
    /// Has a broker served by one of the threads that instances have in common.
    fn share(&self, broker: Box<Broker>, client: &Client, lease: &Lease) -> Result<(), Refused> {
        let handle = broker.handle().clone();
        let (latch, lookups) = (client.hosted().clone(), lease.lookups().clone());
        let held = latch.hold();
        let mut transport = (self.transports)();
        transport.resolve_elsewhere(Elsewhere {
            signal: handle.signal().clone(),
            run: Arc::new(move |task| lookups.push(task, latch.hold())),
        });
        lease.host(Guest {
            broker,
            transport,
            client: self.client.clone(),
            clock: client.context().clock.clone(),
            name: handle.name(),
            hook: self.hook.clone(),
            held,
        })
    }
}

impl BrokerHost for ThreadHost {
    fn start(&self, broker: Box<Broker>) -> Result<(), Refused> {
        let Some(client) = self.client.upgrade() else { return Ok(()) };
        if let Some(lease) = &self.lease {
            return self.share(broker, &client, lease);
        }
        if let Err(e) = broker.handle().signal().open() {
            return Err(Refused { broker, why: format!("Unable to create broker signal: {e}") });
        }
        let transport = (self.transports)();
        let name = broker.handle().name();
        // The kernel keeps 15 characters of a thread's name.
        let thread_name = format!("rdk:broker{}", broker.handle().node_id());
        let (weak, hook) = (self.client.clone(), self.hook.clone());
        let counted = Counted::new();
        // Shared, so that the broker is not lost if the thread cannot be started.
        let machine = Arc::new(Mutex::new(Rank::Leaf, Some(broker)));
        let theirs = machine.clone();
        let spawned = std::thread::Builder::new().name(thread_name).spawn(move || {
            let _counted = counted;
            let Some(broker) = theirs.lock().take() else { return };
            set_thread_name(&name);
            run(ThreadKind::Broker, &weak, hook.as_ref(), || run_broker(*broker, transport, &weak));
        });
        let unstarted = match spawned {
            Ok(h) => {
                client.threads().lock().keep(h);
                None
            }
            Err(_) => machine.lock().take(),
        };
        match unstarted {
            // librdkafka's text, which gives no reason.
            Some(broker) => Err(Refused { broker, why: "Unable to create broker thread".into() }),
            None => Ok(()),
        }
    }

    fn run_blocking(&self, task: BlockingTask) {
        let Some(client) = self.client.upgrade() else { return };
        let (weak, counted) = (self.client.clone(), Counted::new());
        let spawned = std::thread::Builder::new().name("rdk:blocking".into()).spawn(move || {
            let _counted = counted;
            set_thread_name("blocking");
            // Applications are not told of it: librdkafka has no such threads.
            run(ThreadKind::Background, &weak, None, || task.run());
        });
        // Without a thread the task is dropped, and whoever waits for it is told so.
        if let Ok(handle) = spawned {
            client.threads().lock().keep(handle);
        }
    }
}

/// Starts the threads of a client.
///
/// # Errors
/// `_CRIT_SYS_RESOURCE` when the main thread cannot be created.
pub fn start(
    client: &Arc<Client>,
    bootstrap: Vec<Endpoint>,
    transports: TransportFactory,
    hook: Option<ThreadHook>,
) -> Result<(), Error> {
    allow_helpers(client);
    let shared = client.settings().network.io_threads;
    let lease = (shared > 0).then(|| Arc::new(Lease::new(shared)));
    if let Some(lease) = &lease {
        client.threads().lock().keep_shared(lease.clone());
    }
    let host = ThreadHost { client: Arc::downgrade(client), transports, hook: hook.clone(), lease };
    let mut main = Main::new(client.clone(), Box::new(host), bootstrap);
    let leaderless = if client.has_internal_broker() { main.release_leaderless() } else { None };
    let started = start_main(client, main, hook.clone())
        .and_then(|()| start_token_provider(client, hook.clone()))
        .and_then(|()| leaderless.map_or(Ok(()), |leaderless| start_internal(client, leaderless, hook)));
    if started.is_err() {
        stop(client);
    }
    started
}

/// Lets a producer's brokers have threads that help with compression.
fn allow_helpers(client: &Arc<Client>) {
    let wanted = client.settings().batching.compression_threads;
    if client.consumer().is_some() || wanted == Some(0) {
        return;
    }
    let weak = Arc::downgrade(client);
    let start = Box::new(move |work| start_helper(&weak, work));
    let clock = client.context().clock.clone();
    client.context().set_helpers(Arc::new(Helpers::new(wanted, helpers::processors, clock, start)));
}

/// Returns whether there is such a thread now. As for blocking tasks, applications are not told of it.
fn start_helper(client: &Weak<Client>, work: Box<dyn FnOnce() + Send>) -> bool {
    let Some(owner) = client.upgrade() else { return false };
    let weak = client.clone();
    let body = move || run(ThreadKind::Background, &weak, None, work);
    spawn(&owner, "rdk:compress", "compress", body).is_ok()
}

fn start_main(client: &Arc<Client>, mut main: Box<Main>, hook: Option<ThreadHook>) -> Result<(), Error> {
    let weak = Arc::downgrade(client);
    let signal = client.main_signal().clone();
    spawn(client, "rdk:main", "main", move || {
        run(ThreadKind::Main, &weak, hook.as_ref(), move || {
            while !main.is_terminated() {
                let now = main.now();
                let next = main.serve(now);
                if !main.is_terminated() {
                    signal.wait(None, next.wait_from(main.now()));
                }
            }
        });
    })
}

/// A thread that fetches tokens, if they come from a token endpoint. The application is told of it as of a
/// background thread, which is where librdkafka does that.
fn start_token_provider(client: &Arc<Client>, hook: Option<ThreadHook>) -> Result<(), Error> {
    if !fetcher::is_wanted(client) {
        return Ok(());
    }
    let (weak, owner) = (Arc::downgrade(client), client.clone());
    spawn(client, "rdk:oidc", "oidc", move || {
        run(ThreadKind::Background, &weak, hook.as_ref(), move || fetcher::run(&owner));
    })
}

/// A thread for partitions without a leader, by the name that librdkafka gives to its own.
fn start_internal(
    client: &Arc<Client>,
    mut leaderless: Leaderless,
    hook: Option<ThreadHook>,
) -> Result<(), Error> {
    let (weak, owner) = (Arc::downgrade(client), client.clone());
    spawn(client, "rdk:broker-1", ":0/internal", move || {
        run(ThreadKind::Broker, &weak, hook.as_ref(), move || {
            while !owner.is_terminating() {
                let next = leaderless.serve(owner.now());
                owner.leaderless().sleep_until(next);
                owner.leaderless().signal().wait(None, next.wait_from(owner.now()));
            }
        });
    })
}

/// Starts a thread that lasts as long as the client; `name` is what the application is told.
fn spawn(
    client: &Arc<Client>,
    system_name: &str,
    name: &'static str,
    body: impl FnOnce() + Send + 'static,
) -> Result<(), Error> {
    let counted = Counted::new();
    let spawned = std::thread::Builder::new().name(system_name.into()).spawn(move || {
        let _counted = counted;
        set_thread_name(name);
        body();
    });
    match spawned {
        Ok(h) => {
            client.threads().lock().keep(h);
            Ok(())
        }
        Err(e) => Err(Error::new(ErrorCode::_CRIT_SYS_RESOURCE, format!("Failed to create thread: {e}"))),
    }
}

/// Called by the background thread for each event of its queue.
pub type BackgroundServe = Box<dyn FnMut(Event) -> Flow + Send>;

/// The queue that a thread of its own serves; the thread is started when it is first asked for, with what
/// `serve` makes.
///
/// # Errors
/// `_CRIT_SYS_RESOURCE` when the thread cannot be created.
pub fn background(
    client: &Arc<Client>,
    hook: Option<ThreadHook>,
    serve: impl FnOnce() -> BackgroundServe,
) -> Result<Arc<EventQueue>, Error> {
    let mut threads = client.threads().lock();
    if let Some(queue) = client.background().get() {
        return Ok(queue.clone());
    }
    let queue = Arc::new(EventQueue::new());
    let weak = Arc::downgrade(client);
    let (client2, queue2, mut serve) = (client.clone(), queue.clone(), serve());
    let counted = Counted::new();
    let spawned = std::thread::Builder::new().name("rdk:bg".into()).spawn(move || {
        let _counted = counted;
        set_thread_name("background");
        run(ThreadKind::Background, &weak, hook.as_ref(), move || {
            while !client2.is_terminating() {
                client2.serve_queue(&queue2, None, &mut serve);
            }
            let unserved = queue2.close();
            if unserved > 0 {
                client2.logger().log(
                    Level::Info,
                    "BGQUEUE",
                    format_args!("Purging {unserved} unserved events from background queue"),
                );
            }
        });
    });
    let handle = spawned.map_err(|e| {
        Error::new(ErrorCode::_CRIT_SYS_RESOURCE, format!("Failed to create background thread: {e}"))
    })?;
    threads.keep(handle);
    let _ = client.background().set(queue.clone());
    if client.is_terminating() {
        // The client may have been ended before it knew of this queue.
        queue.wake_all();
    }
    Ok(queue)
}

/// Ends all threads and lets go of everything queued. Nothing is reported any more. Idempotent.
pub fn stop(client: &Arc<Client>) {
    client.begin_termination();
    loop {
        let handles = client.threads().lock().take();
        let is_last = handles.is_empty();
        for h in handles {
            // A panic was caught at the thread's root already.
            let _ = h.join();
        }
        // The main thread may have started a broker meanwhile.
        client.begin_termination();
        // And a broker, wherever it is served, a thread that helps it.
        client.hosted().wait();
        if is_last {
            break;
        }
    }
    // With the last instance that has a part in them the threads end that instances have in common.
    let shared = client.threads().lock().take_shared();
    drop(shared);
    client.drop_everything();
}

fn run_broker(mut broker: Broker, mut transport: Box<dyn Transport>, client: &Weak<Client>) {
    let handle = broker.handle().clone();
    let signal = handle.signal().clone();
    let Some(clock) = client.upgrade().map(|c| c.context().clock.clone()) else { return };
    let served = catch_unwind(AssertUnwindSafe(|| {
        loop {
            let now: Time = clock.now();
            let next = broker.serve(now, transport.as_mut());
            if next.terminated {
                return;
            }
            transport.wait(&signal, next.interest, next.deadline.wait_from(clock.now()));
        }
    }));
    if let Err(panic) = served {
        broker.give_up(clock.now());
        resume_unwind(panic);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::view_with;
    use super::*;
    use crate::conf::Settings;

    #[test]
    fn a_panic_of_a_helper_fails_its_instance() {
        let client = view_with(Settings::default()).client;
        let bug = Box::new(|| resume_unwind(Box::new("a bug")));
        assert!(start_helper(&Arc::downgrade(&client), bug));
        client.threads().lock().take().into_iter().for_each(|t| t.join().unwrap());
        assert_eq!(client.fatal_error().map(|e| e.code), Some(ErrorCode::_FAIL));
    }
}
