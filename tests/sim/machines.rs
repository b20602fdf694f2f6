//! The state machines of one client, stepped by hand: its main loop, and the brokers that it starts.

use super::brokers::Brokers;
use super::net::SharedNet;
use super::transport::SimTransport;
use rdkafka::base::blocking::BlockingTask;
use rdkafka::base::clock::Time;
use rdkafka::base::deadline::Deadline;
use rdkafka::base::signal::Interest;
use rdkafka::broker::ConnectionState;
use rdkafka::broker::machine::{Broker, Next};
use rdkafka::client::Client;
use rdkafka::client::main_loop::Main;
use rdkafka::client::starting::{BrokerHost, Refused};
use rdkafka::conf::Settings;
use rdkafka::net::bootstrap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// More steps than this without time passing is a machine that spins.
const MAX_STEPS_PER_INSTANT: usize = 2_000;

/// Takes the brokers that the client starts.
#[derive(Clone, Default)]
struct Host {
    started: Arc<Mutex<Vec<Broker>>>,
    /// Nothing can be started.
    shortage: Arc<AtomicBool>,
}

impl BrokerHost for Host {
    fn start(&self, broker: Box<Broker>) -> Result<(), Refused> {
        if self.shortage.load(Ordering::Relaxed) {
            return Err(Refused { broker, why: "nothing to run a broker on".into() });
        }
        self.started.lock().unwrap().push(*broker);
        Ok(())
    }

    /// No client of the simulation has anything that may block.
    fn run_blocking(&self, _: BlockingTask) {}
}

/// A broker's state machine with its end of the network.
struct Node {
    broker: Broker,
    transport: SimTransport,
    next: Next,
}

impl Node {
    fn wants_to_run(&self, now: Time) -> bool {
        let ready = self.transport.readiness();
        let i = self.next.interest;
        let notified = self.broker.handle().signal().take();
        !self.next.terminated
            && (notified
                || self.next.deadline.is_due(now)
                || (i.read && ready.readable)
                || ((i.write || self.transport.has_outgoing()) && ready.writable))
    }
}

pub struct Machines {
    client: Arc<Client>,
    pub main: Box<Main>,
    main_due: Deadline,
    host: Host,
    nodes: Vec<Node>,
    /// How often a machine was served.
    pub served: u64,
}

impl Machines {
    /// Of a client that begins with its bootstrap servers.
    pub fn of(client: &Arc<Client>, settings: &Settings, now: Time) -> Self {
        let servers = settings.network.bootstrap_servers.as_deref().unwrap_or_default();
        let servers = bootstrap::parse(servers, settings.security.protocol).endpoints;
        let host = Host::default();
        let main = Main::new(client.clone(), Box::new(host.clone()), servers);
        Self { client: client.clone(), main, main_due: Deadline::at(now), host, nodes: Vec::new(), served: 0 }
    }

    pub fn set_shortage(&self, on: bool) {
        self.host.shortage.store(on, Ordering::Relaxed);
    }

    /// Lets everything happen that happens now.
    ///
    /// # Errors
    /// It does not come to an end.
    pub fn settle(&mut self, now: Time, net: &SharedNet, brokers: &mut Brokers) -> Result<(), String> {
        for _ in 0..MAX_STEPS_PER_INSTANT {
            if !self.step(now, net, brokers) {
                return Ok(());
            }
        }
        let due = self.nodes.iter().filter(|n| n.next.deadline.is_due(now));
        let spinning: Vec<_> = due.map(|n| n.broker.handle().name().to_string()).collect();
        Err(format!(
            "something spins at {}: main due {}, brokers due {spinning:?}",
            now.0,
            self.main_due.is_due(now)
        ))
    }

    fn step(&mut self, now: Time, net: &SharedNet, brokers: &mut Brokers) -> bool {
        net.lock().deliver(brokers);
        let mut busy = false;
        if self.client.main_signal().take() || self.main_due.is_due(now) {
            if !self.main.is_terminated() {
                self.main_due = self.main.serve(now);
                self.served += 1;
                busy = true;
            } else {
                self.main_due = Deadline::NEVER;
            }
        }
        let started = std::mem::take(&mut *self.host.started.lock().unwrap());
        for broker in started {
            let next = Next {
                deadline: Deadline::at(now),
                interest: Interest::default(),
                connection: 0,
                terminated: false,
            };
            self.nodes.push(Node { broker, transport: net.transport(), next });
        }
        for node in &mut self.nodes {
            if node.wants_to_run(now) {
                node.next = node.broker.serve(now, &mut node.transport);
                self.served += 1;
                busy = true;
            }
        }
        busy
    }

    /// When one of them is due.
    pub fn deadlines(&self) -> impl Iterator<Item = Time> {
        let nodes = self.nodes.iter().map(|n| n.next.deadline.time());
        nodes.chain([self.main_due.time()]).flatten()
    }

    /// How many brokers run that the cluster has named.
    pub fn count_named(&self) -> usize {
        let running = self.nodes.iter().filter(|n| !n.next.terminated);
        running.filter(|n| n.broker.handle().node_id() >= 0).count()
    }

    /// Whether a request is in flight or a connection is being made, or could not be made: the host has
    /// nothing to run it on.
    pub fn are_at_work(&self) -> bool {
        let shortage = self.host.shortage.load(Ordering::Relaxed);
        shortage
            || self.nodes.iter().filter(|n| !n.next.terminated).any(|n| {
                let connecting = matches!(
                    n.broker.handle().state(),
                    ConnectionState::Connect
                        | ConnectionState::SslHandshake
                        | ConnectionState::ApiVersionQuery
                        | ConnectionState::AuthHandshake
                        | ConnectionState::AuthReq
                );
                connecting || n.broker.has_requests()
            })
    }

    pub fn have_ended(&self) -> bool {
        self.main.is_terminated() && self.nodes.iter().all(|n| n.next.terminated)
    }
}
