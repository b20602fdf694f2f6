//! A thread that serves many brokers: whichever is ready, in turn, each as far as one look takes it.

use super::agenda::Agenda;
use crate::base::clock::{Clock, SystemClock, Time};
use crate::base::deadline::Deadline;
use crate::base::latch::Held;
use crate::base::log::set_thread_name;
use crate::base::poller::{NOBODY, Poller, Watch};
use crate::base::signal::Bells;
use crate::base::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::base::sync::{Arc, Mutex, Rank, Weak};
use crate::broker::machine::{Broker, Next};
use crate::client::instance::Client;
use crate::client::threads::root::{ThreadHook, ThreadKind, fail_client, shared_thread, works_for};
use crate::net::Transport;
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How often a connection is looked at that cannot be watched: a descriptor of the application's may be of
/// any kind.
const NAP: Duration = Duration::from_millis(10);

/// A broker that moves in with others.
pub struct Guest {
    pub broker: Box<Broker>,
    pub transport: Box<dyn Transport>,
    pub client: Weak<Client>,
    pub clock: Arc<dyn Clock>,
    /// The broker's name in log lines.
    pub name: Arc<str>,
    pub hook: Option<ThreadHook>,
    /// Keeps its instance from ending.
    pub held: Held,
}

/// How a worker is reached by other threads.
pub struct Door {
    bells: Arc<Bells>,
    arrivals: Mutex<Arrivals>,
    /// Brokers that it serves.
    load: AtomicUsize,
    is_closing: AtomicBool,
}

struct Arrivals {
    guests: Vec<(u32, Guest)>,
    last_key: u32,
}

impl Door {
    fn new(bells: &Arc<Bells>) -> Arc<Self> {
        let arrivals = Arrivals { guests: Vec::new(), last_key: NOBODY };
        Arc::new(Self {
            bells: bells.clone(),
            arrivals: Mutex::new(Rank::Queue, arrivals),
            load: AtomicUsize::new(0),
            is_closing: AtomicBool::new(false),
        })
    }

    /// Has the worker serve a broker as well.
    pub fn admit(&self, guest: Guest) {
        self.load.fetch_add(1, Ordering::Relaxed);
        let mut arrivals = self.arrivals.lock();
        // Long before the numbers begin again, the first have left; and 0 is nobody's.
        arrivals.last_key = arrivals.last_key.checked_add(1).unwrap_or(NOBODY + 1);
        let key = arrivals.last_key;
        guest.broker.handle().signal().share(&self.bells, key);
        arrivals.guests.push((key, guest));
        drop(arrivals);
        self.bells.wake();
    }

    pub fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    /// Has the worker end as soon as it serves nobody.
    pub fn close(&self) {
        self.is_closing.store(true, Ordering::SeqCst);
        self.bells.wake();
    }
}

struct Served {
    guest: Guest,
    watch: Option<Watch>,
}

/// What the thread has.
pub struct Worker {
    door: Arc<Door>,
    name: String,
    poller: Poller,
    clock: SystemClock,
    served: FxHashMap<u32, Served>,
    agenda: Agenda,
    /// How many brokers of each instance, by its address, are served.
    instances: FxHashMap<usize, usize>,
}

impl Worker {
    /// # Errors
    /// When the process is out of descriptors.
    pub fn new(number: usize) -> std::io::Result<Self> {
        let poller = Poller::new()?;
        Ok(Self {
            door: Door::new(poller.bells()),
            name: format!("io{number}"),
            poller,
            clock: SystemClock::new(),
            served: FxHashMap::default(),
            agenda: Agenda::default(),
            instances: FxHashMap::default(),
        })
    }

    pub fn door(&self) -> &Arc<Door> {
        &self.door
    }

    /// The body of the thread.
    pub fn run(mut self) {
        shared_thread(&self.name);
        while catch_unwind(AssertUnwindSafe(|| self.serve_all())).is_err() {
            // Whose fault it was is not known. Those who come later are served as ever.
            let keys: Vec<u32> = self.served.keys().copied().collect();
            keys.into_iter().for_each(|key| self.give_up(key));
        }
    }

    fn serve_all(&mut self) {
        let mut ready = Vec::new();
        loop {
            self.open_door();
            if self.served.is_empty() && self.door.is_closing.load(Ordering::SeqCst) {
                return;
            }
            self.agenda.wake_due(self.clock.now());
            // Whoever is ready again meanwhile comes after the others.
            for _ in 0..self.agenda.waiting() {
                if let Some(key) = self.agenda.next() {
                    self.serve(key);
                }
            }
            if self.poller.starts_over() {
                self.watch_anew();
            }
            let (served, idle) = (&self.served, self.agenda.idle_from(self.clock.now()));
            self.poller.wait(idle, |key| served.get(&key)?.watch, &mut ready);
            ready.drain(..).for_each(|key| self.agenda.ready(key));
        }
    }

    fn open_door(&mut self) {
        let arrived = std::mem::take(&mut self.door.arrivals.lock().guests);
        for (key, guest) in arrived {
            let n = self.instances.entry(guest.client.as_ptr().addr()).or_insert(0);
            *n += 1;
            if *n == 1 {
                self.tell(&guest.client, guest.hook.as_ref(), true);
            }
            self.served.insert(key, Served { guest, watch: None });
            self.agenda.add(key);
        }
    }

    /// Tells an instance's application that this thread begins, or has ended, to serve its brokers.
    fn tell(&self, client: &Weak<Client>, hook: Option<&ThreadHook>, begins: bool) {
        if let Some(hook) = hook {
            works_for(client);
            set_thread_name(&self.name);
            hook(ThreadKind::Broker, begins);
        }
    }

    fn serve(&mut self, key: u32) {
        let Some(Served { guest, .. }) = self.served.get_mut(&key) else { return };
        works_for(&guest.client);
        set_thread_name(&guest.name);
        guest.broker.handle().signal().take();
        let now = guest.clock.now();
        let (broker, transport) = (&mut guest.broker, &mut guest.transport);
        match catch_unwind(AssertUnwindSafe(|| broker.serve(now, transport.as_mut()))) {
            Ok(next) if next.terminated => self.leave(key),
            Ok(next) => self.rest(key, &next),
            Err(_) => self.give_up(key),
        }
    }

    /// Waits for what the broker wants to be served for next.
    fn rest(&mut self, key: u32, next: &Next) {
        let Some(Served { guest, watch }) = self.served.get_mut(&key) else { return };
        let readiness = guest.transport.readiness(next.interest);
        let interest = readiness.unwrap_or(next.interest);
        let is_watched = self.poller.watch(key, watch, guest.transport.fd(), next.connection, interest);
        if readiness.is_none() || !guest.broker.handle().signal().park() {
            return self.agenda.ready(key);
        }
        let wait = next.deadline.wait_from(guest.clock.now());
        let wait = if is_watched { wait } else { Some(wait.map_or(NAP, |wait| wait.min(NAP))) };
        self.agenda
            .sleep_until(key, wait.map_or(Deadline::NEVER, |wait| Deadline::at(self.clock.now() + wait)));
    }

    /// All descriptors are to be watched once more: see [`Poller::starts_over`].
    fn watch_anew(&mut self) {
        for (key, Served { watch, .. }) in &mut self.served {
            *watch = None;
            // A look at each brings its interest along.
            self.agenda.ready(*key);
        }
    }

    /// The broker has come to its end.
    fn leave(&mut self, key: u32) {
        self.agenda.remove(key);
        let Some(Served { guest, .. }) = self.served.remove(&key) else { return };
        let Guest { broker, transport, client, hook, held, .. } = guest;
        drop((broker, transport));
        self.door.load.fetch_sub(1, Ordering::Relaxed);
        let instance = client.as_ptr().addr();
        if let Some(n) = self.instances.get_mut(&instance) {
            *n -= 1;
            if *n == 0 {
                self.instances.remove(&instance);
                self.tell(&client, hook.as_ref(), false);
            }
        }
        drop((client, hook));
        // From now on the instance may be gone.
        drop(held);
    }

    /// A panic in a broker's code ends its instance; the others go on.
    fn give_up(&mut self, key: u32) {
        if let Some(Served { guest, .. }) = self.served.get_mut(&key) {
            let now: Time = guest.clock.now();
            guest.broker.give_up(now);
            fail_client(&guest.client, ThreadKind::Broker);
        }
        self.leave(key);
    }
}
