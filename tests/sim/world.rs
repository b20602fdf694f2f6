//! One schedule: client, network, cluster and application, stepped together until everything has been said.

use super::app::App;
use super::brokers::{Brokers, METADATA};
use super::clock::{Tracing, VirtualClock};
use super::ending::{expectations, judge_leftovers, outcome};
use super::machines::Machines;
use super::net::SharedNet;
use super::oracle::Oracle;
use super::plan::{Event, Moods, Plan};
use super::questions::Questions;
use super::statistics::{Known, judge};
pub use super::summary::{Idleness, Summary};
use super::watchdog::Watchdog;
use super::weather::Weather;
use fastrand::Rng;
use rdkafka::base::clock::{Clock, Time};
use rdkafka::client::tokens::TokenSource;
use rdkafka::client::{Client, Options, ReportMode};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// In this time a client refreshes its metadata, and requests to brokers that are gone time out.
const LEAVING: Duration = Duration::from_secs(15);
/// How long a client whose world is in order may take to deliver something, reconnect back-offs included.
const RECOVERY: Duration = Duration::from_secs(40);

pub struct World {
    plan: Plan,
    clock: Arc<VirtualClock>,
    net: SharedNet,
    brokers: Brokers,
    client: Arc<Client>,
    machines: Machines,
    app: App,
    /// What the application asks beside producing.
    questions: Questions,
    oracle: Oracle,
    watchdog: Watchdog,
    start: Time,
    events: VecDeque<(Duration, Event)>,
    trace: bool,
}

impl World {
    pub fn new(plan: Plan, trace: bool) -> Self {
        let clock = Arc::new(VirtualClock::new());
        let mut rng = Rng::with_seed(plan.seed ^ 0x5eed);
        let net = SharedNet::new(clock.clone(), rng.fork(), plan.weather.clone(), plan.brokers);
        let brokers = Brokers::new(clock.clone(), rng.fork(), &plan);
        let options = Options {
            clock: clock.clone(),
            logger: Tracing::from(trace).logger(&clock),
            seed: rng.u64(..),
            report_mode: ReportMode::Callback,
            wants_errors: true,
            wants_throttle: false,
            wants_commits: false,
            token_source: match plan.settings.security.unsecured_tokens {
                true => TokenSource::Unsecured,
                false => TokenSource::None,
            },
            internal_broker: false,
            reuse_bootstrap_connection: !plan.seed.is_multiple_of(4),
            number: 1,
        };
        let client = Client::build(plan.settings.clone(), options).unwrap();
        let start = clock.now();
        let machines = Machines::of(&client, &plan.settings, start);
        let app = App::new(&plan, &client, rng.fork(), start);
        Self {
            events: plan.events.clone().into(),
            machines,
            oracle: Oracle::default(),
            questions: Questions::new(),
            watchdog: Watchdog::new(&plan.settings),
            plan,
            clock,
            net,
            brokers,
            client,
            app,
            start,
            trace,
        }
    }

    fn note(&self, text: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>12} -- {}", self.clock.now().0 - self.start.0, text());
        }
    }

    /// Runs the schedule to its end.
    pub fn run(mut self) -> Summary {
        self.note(|| format!("{:#?}", self.plan));
        self.troubled_time();
        let destroyed = self.plan.habits.destroy_after.is_some();
        if !destroyed {
            self.quiet_time();
        }
        // What a client has been told may send it to the wrong places until it asks again of its own accord.
        if !destroyed && !self.plan.has_liars() && !self.plan.habits.patient {
            self.recover();
        }
        if !destroyed && self.plan.replaces() {
            self.judge_brokers();
        }
        if !destroyed && self.plan.settings.statistics_interval.is_some() {
            self.judge_statistics();
        }
        self.end(destroyed)
    }

    fn judge_statistics(&mut self) {
        // Whatever is served now is counted by then.
        self.settle();
        if self.oracle.open() > 0 {
            return;
        }
        let messages = &self.oracle.messages;
        let known = Known {
            accepted: messages.len(),
            delivered: messages.iter().filter(|m| m.is_delivered()).count(),
            untroubled: !self.plan.trouble,
        };
        let snapshot = self.machines.main.snapshot(self.clock.now());
        self.oracle.violations.extend(judge(&snapshot, &known));
    }

    /// A client knows no brokers but those that there are, and those of its configuration, which it may need
    /// again.
    fn judge_brokers(&mut self) {
        self.pass(LEAVING);
        let cluster = self.brokers.ids();
        let learned = self.client.learned_broker_ids();
        if learned.iter().any(|id| !cluster.contains(id)) {
            self.oracle.violations.push(format!("brokers {cluster:?}, but {learned:?} are known"));
        }
        let mut most = cluster.len() + usize::from(self.plan.transactions.is_some());
        let up = self.machines.count_named();
        if up > most {
            self.oracle.violations.push(format!("{up} brokers run where there are {cluster:?}"));
        }
        most +=
            self.plan.settings.network.bootstrap_servers.as_deref().unwrap_or_default().split(',').count();
        let shown = self.machines.main.snapshot(self.clock.now()).brokers.len();
        if shown > most {
            self.oracle
                .violations
                .push(format!("statistics show {shown} brokers where there are {cluster:?}"));
        }
    }

    /// Runs a schedule of transactions to its end.
    pub fn run_transactions(mut self) -> Summary {
        self.note(|| format!("{:#?}", self.plan));
        let calm = self.start + self.plan.calm_after;
        while self.clock.now() < calm && !self.app.is_done() {
            self.transact([Some(calm)]);
        }
        self.calm_down();
        self.app.stop(&self.client);
        let end = self.clock.now() + RECOVERY;
        // Who is lied to may have lost the transaction for good, but never a report.
        let liars = self.plan.has_liars();
        while self.clock.now() < end && !self.app.is_done() && !(liars && self.oracle.open() == 0) {
            self.transact([Some(end)]);
        }
        if liars {
            self.quiet_time();
        }
        let app = self.app.transactional.take();
        let batches = self.brokers.batches();
        if let Some(t) = app.filter(|_| !liars) {
            if !t.is_done() {
                self.oracle.violations.push(format!("no end although all is well: {}", t.describe()));
            }
            t.judge(&batches, &mut self.oracle);
        }
        if self.plan.replaces() {
            self.judge_brokers();
        }
        self.end(false)
    }

    /// Runs a schedule of questions to its end.
    pub fn run_questions(mut self) -> Summary {
        self.note(|| format!("{:#?}", self.plan));
        let mut rng = Rng::with_seed(self.plan.seed ^ 0x0a5c);
        let calm = self.start + self.plan.calm_after;
        while self.clock.now() < calm {
            self.questions.ask_anything(&self.plan, &self.client, &mut rng);
            let until =
                self.clock.now() + Duration::from_micros(1 + rng.u64(0..self.plan.habits.pause_us * 4));
            while self.clock.now() < until.min(calm) {
                self.happen(self.clock.now());
                self.app.act(&self.plan, &self.client, &mut self.oracle, &*self.clock);
                self.settle();
                if !self.plan.trouble {
                    self.app.poll(&self.client, &mut self.oracle, self.clock.now());
                }
                self.questions.take_answers(&self.client);
                let next_event = self.events.front().map(|(at, _)| self.start + *at);
                self.advance([Some(until), Some(calm), next_event, Some(self.app.next_turn())]);
            }
        }
        self.quiet_time();
        self.await_answers();
        self.questions.ask_in_calm(self.clock.now() + RECOVERY, &self.plan, &self.client);
        self.await_answers();
        self.oracle.violations.append(&mut self.questions.violations);
        self.end(false)
    }

    fn await_answers(&mut self) {
        while self.questions.open() > 0 {
            self.settle();
            self.questions.take_answers(&self.client);
            self.questions.ask_again(&self.plan, &self.client);
            self.advance([Some(self.clock.now() + Duration::from_millis(100))]);
        }
    }

    fn transact<const N: usize>(&mut self, until: [Option<Time>; N]) {
        let now = self.clock.now();
        self.happen(now);
        self.app.act(&self.plan, &self.client, &mut self.oracle, &*self.clock);
        self.settle();
        let next_event = self.events.front().map(|(at, _)| self.start + *at);
        let times: Vec<Option<Time>> =
            until.into_iter().chain([next_event, Some(self.app.next_turn())]).collect();
        self.advance_among(&times);
    }

    /// Produces what the plan says, then does nothing for a while.
    pub fn idle_for(mut self, time: Duration) -> Idleness {
        self.troubled_time();
        self.quiet_time();
        // Let what was begun come to its end.
        self.pass(Duration::from_secs(3));
        let count = |w: &Self| (w.machines.served, w.metadata_requests(), w.net.lock().counters.connects);
        let before = count(&self);
        self.pass(time);
        let after = count(&self);
        Idleness {
            wake_ups: after.0 - before.0,
            metadata_requests: after.1 - before.1,
            connects: after.2 - before.2,
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            self.settle();
            self.advance([Some(end)]);
        }
    }

    fn metadata_requests(&self) -> usize {
        self.brokers.cluster.tracked_requests().iter().filter(|r| r.api_key == METADATA).count()
    }

    /// The application at work while things go wrong.
    fn troubled_time(&mut self) {
        let destroy = self.plan.habits.destroy_after.map(|d| self.start + d);
        loop {
            let now = self.clock.now();
            self.happen(now);
            self.app.act(&self.plan, &self.client, &mut self.oracle, &*self.clock);
            self.settle();
            if !self.plan.trouble {
                // Served at once, so that the time of a report is the time at which it was made.
                self.app.poll(&self.client, &mut self.oracle, now);
            }
            if destroy.is_some_and(|d| d <= now) {
                return;
            }
            if self.app.is_without_hope(&self.plan, now) {
                self.calm_down();
            }
            let over = now.since(self.start) >= self.plan.calm_after || !self.plan.trouble;
            if self.app.is_done() && self.events.is_empty() && over && destroy.is_none() {
                return;
            }
            let next_event = self.events.front().map(|(at, _)| self.start + *at);
            let end = self.start + self.plan.calm_after;
            self.advance([Some(self.app.next_turn()), next_event, destroy, Some(end).filter(|e| *e > now)]);
        }
    }

    fn happen(&mut self, now: Time) {
        while let Some((_, event)) = self.events.pop_front_if(|(at, _)| self.start + *at <= now) {
            self.note(|| format!("{event:?}"));
            match event {
                Event::Shortage(on) => self.machines.set_shortage(on),
                event => self.brokers.apply(&event, &self.net),
            }
        }
    }

    /// All trouble ends; everything accepted gets its report.
    fn quiet_time(&mut self) {
        self.calm_down();
        self.app.stop(&self.client);
        let timeouts = self.plan.topics.iter().filter_map(|t| t.settings.message_timeout);
        let patience = timeouts.max().unwrap_or(Duration::from_secs(3_600));
        let end = self.clock.now() + patience + RECOVERY;
        while self.oracle.open() > 0 && self.clock.now() < end {
            self.settle();
            self.app.poll(&self.client, &mut self.oracle, self.clock.now());
            self.advance([Some(end)]);
        }
    }

    fn calm_down(&mut self) {
        self.note(|| "calm".into());
        self.machines.set_shortage(false);
        self.brokers.calm(&self.net);
        self.net.lock().set_weather(Weather::calm());
        self.brokers.moods = Moods::default();
    }

    /// However bad it was, now that all is well messages must come through again, to every partition.
    fn recover(&mut self) {
        for topic in 0..self.plan.topics.len() {
            for partition in self.brokers.partitions_of(topic) {
                if let Err(why) = self.comes_through(topic, partition) {
                    self.oracle.violations.push(format!(
                        "nothing comes through to topic {topic} partition {partition} although all is well: {why}"
                    ));
                }
            }
        }
    }

    /// Tries until a message to this partition is delivered.
    fn comes_through(&mut self, topic: usize, partition: i32) -> Result<(), String> {
        let end = self.clock.now() + RECOVERY;
        let mut last = String::new();
        while self.clock.now() < end {
            let (plan, client, oracle) = (&self.plan, &self.client, &mut self.oracle);
            let probe = self.app.probe(plan, topic, partition, client, oracle, &*self.clock);
            match probe {
                Ok(id) => {
                    while !self.oracle.is_reported(id) && self.clock.now() < end {
                        self.settle();
                        self.app.poll(&self.client, &mut self.oracle, self.clock.now());
                        self.advance([Some(end)]);
                    }
                    if self.oracle.is_delivered(id) {
                        return Ok(());
                    }
                    last = format!("report {:?}", self.oracle.messages[id].fate);
                }
                Err(e) => last = format!("produce() says {e:?}"),
            }
            self.note(|| format!("probe of topic {topic} partition {partition}: {last}"));
            self.settle();
            self.advance([Some(self.clock.now() + Duration::from_millis(100))]);
        }
        Err(last)
    }

    fn end(mut self, destroyed: bool) -> Summary {
        self.note(|| "destroy".into());
        self.app.stop(&self.client);
        self.client.begin_termination();
        let last = self.clock.now();
        self.settle();
        if !self.machines.have_ended() {
            self.oracle.violations.push("a machine did not terminate".into());
        }
        drop(self.machines);
        self.client.drop_everything();
        self.app.forget_topics();
        judge_leftovers(&self.client, &self.plan, destroyed, &mut self.oracle);
        let open = self.oracle.open();
        if self.plan.has_liars() {
            if !destroyed && open > 0 {
                self.oracle.violations.push(format!("{open} messages were never reported"));
            }
        } else if !destroyed {
            let expect = expectations(&self.plan, self.oracle.messages.len());
            self.oracle.judge(&self.brokers.histories(), expect);
            self.oracle.judge_failures(&self.plan);
        }
        let outcome = self.plan.habits.patient.then(|| outcome(&self.oracle, &self.brokers));
        let mut violations = self.oracle.violations;
        if !self.plan.has_liars() {
            let protocol = self.brokers.cluster.violations().iter();
            violations.extend(protocol.map(|v| format!("protocol: {v}")));
        }
        let delivered = self.oracle.messages.iter().filter(|m| m.is_delivered()).count();
        Summary {
            outcome,
            violations,
            tally: self.app.tally,
            counters: self.net.lock().counters,
            delivered,
            failed: self.oracle.messages.len() - delivered,
            pushes: self.brokers.cluster.telemetry_pushes().0,
            duration: last.since(self.start),
        }
    }

    /// Lets everything happen that happens now.
    fn settle(&mut self) {
        let settled = self.machines.settle(self.clock.now(), &self.net, &mut self.brokers);
        self.oracle.violations.extend(settled.err());
    }

    /// Somebody waits for the client to do something.
    fn somebody_waits(&self) -> bool {
        self.oracle.open() > 0 || self.questions.open() > 0 || self.app.is_in_call()
    }

    /// Time is about to pass: nothing may wait for nothing.
    fn watch(&mut self, now: Time) {
        if self.plan.has_liars() {
            // They may say that nothing can be done.
            return;
        }
        let idle = self.somebody_waits() && !self.machines.are_at_work();
        let net = self.net.lock().counters;
        let Some(idle) = self.watchdog.check(now, !idle, &net) else { return };
        // A report that is there already waits for the application, and what was produced meanwhile has not
        // waited for long.
        let before = self.oracle.open();
        self.app.poll(&self.client, &mut self.oracle, now);
        self.watchdog.reset();
        let young = self.oracle.oldest_open().is_some_and(|accepted| now.since(accepted) < idle);
        if self.somebody_waits() && self.oracle.open() == before && !young {
            let what = (self.oracle.open(), self.questions.open(), self.app.is_in_call());
            self.oracle.violations.push(format!(
                "at {} something has waited for {idle:?} with no request in flight and no connection being made; messages, questions, a call: {what:?}",
                now.since(self.start).as_millis()
            ));
        }
    }

    /// Moves the clock to the next thing that happens by itself or at one of `times`.
    fn advance<const N: usize>(&mut self, times: [Option<Time>; N]) {
        self.advance_among(&times);
    }

    fn advance_among(&mut self, times: &[Option<Time>]) {
        let now = self.clock.now();
        self.watch(now);
        let mut all: Vec<Time> = self.machines.deadlines().chain(times.iter().copied().flatten()).collect();
        all.extend(self.net.lock().next_event());
        let next = all.into_iter().filter(|t| *t > now).min().unwrap_or(now + Duration::from_millis(100));
        self.clock.advance_to(next);
    }
}
