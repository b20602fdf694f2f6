//! The main thread's part of telemetry.

use super::catalogue::{CONSUMER, Metric, POLL_IDLE, PRODUCER, V2};
use super::figures::History;
use super::machine::{After, Due, Machine, State};
use super::op::TelemetryOp;
use super::payload;
use super::requests::{self, Push};
use super::subscription::Subscription;
use crate::base::clock::micros;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::base::version::REFERENCE_VERSION;
use crate::broker::{BOOTSTRAP, BrokerEvent, BrokerHandle, Op};
use crate::client::instance::Client;
use crate::client::part::{Ctx, Part};
use crate::client::reply::Reply;
use crate::compress::Codec;
use crate::conf::{ProduceEngine, Settings};
use crate::protocol::get_telemetry_subscriptions::Response;
use crate::protocol::otlp::MetricsData;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

#[derive(Default)]
pub(in crate::client) struct Telemetry {
    /// Once a broker was up that takes metrics.
    active: Option<Box<Active>>,
    ended: bool,
}

struct Active {
    machine: Machine,
    /// Whom metrics are pushed to, as long as it is up.
    broker: Option<Arc<BrokerHandle>>,
    /// A broker that is up, takes metrics and has no id yet: the cluster has not named it.
    unnamed: Option<Arc<BrokerHandle>>,
    /// The broker that has been asked first has made it up; all zero before.
    id: [u8; 16],
    subscription: Subscription,
    history: History,
    /// Whoever waits for the last push.
    waiting: Option<Arc<Reply<()>>>,
}

impl Part for Telemetry {
    type Op = TelemetryOp;

    fn handle(&mut self, op: TelemetryOp, ctx: &mut Ctx<'_>) {
        match (op, &mut self.active) {
            (TelemetryOp::Subscribed(Err(ErrorCode::_DESTROY)), _) => {}
            (TelemetryOp::Subscribed(answer), Some(active)) => active.subscribed(answer, ctx),
            (TelemetryOp::Pushed(answer), Some(active)) => active.pushed(answer, ctx),
            (TelemetryOp::Terminate(done), Some(active)) => active.terminate(done, ctx),
            (TelemetryOp::Terminate(done), None) => {
                self.ended = true;
                log_start_of_end(ctx, State::AwaitBroker);
                log_end(ctx);
                done.answer(());
            }
            (_, None) => {}
        }
    }

    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let Some(active) = &mut self.active else { return Deadline::NEVER };
        active.look_for_name(ctx);
        while let Some(due) = active.machine.due(ctx.now) {
            active.send(due, ctx);
        }
        active.machine.deadline()
    }

    /// Who waits for the last push is told that there is none.
    fn end(&mut self) {
        self.ended = true;
        if let Some(done) = self.active.take().and_then(|active| active.waiting) {
            done.answer(());
        }
    }
}

impl Telemetry {
    /// A broker has come up or gone down.
    pub fn follow_broker(&mut self, handle: &Arc<BrokerHandle>, event: &BrokerEvent, ctx: &Ctx<'_>) {
        match event {
            BrokerEvent::Up if handle.takes_metrics() && !handle.is_logical() && !self.ended => {
                self.active.get_or_insert_with(|| Box::new(Active::new(ctx.client))).came_up(handle, ctx);
            }
            BrokerEvent::Down { .. } | BrokerEvent::Ended => {
                if let Some(active) = &mut self.active {
                    active.went_down(handle, ctx);
                }
            }
            _ => {}
        }
    }
}

impl Active {
    fn new(client: &Client) -> Self {
        Self {
            machine: Machine::new(client.next_seed()),
            broker: None,
            unnamed: None,
            id: [0; 16],
            subscription: Subscription::default(),
            history: History::default(),
            waiting: None,
        }
    }

    fn came_up(&mut self, handle: &Arc<BrokerHandle>, ctx: &Ctx<'_>) {
        if self.machine.state() != State::AwaitBroker {
            return;
        }
        if handle.node_id() == BOOTSTRAP {
            self.unnamed = Some(handle.clone());
            return;
        }
        log(ctx, "SETBROKER", || format!("Setting telemetry broker to {}", handle.name()));
        self.broker = Some(handle.clone());
        self.machine.broker_found(ctx.now);
    }

    /// Like librdkafka, a client does not ask a bootstrap address what it wants, but a broker of the cluster.
    /// Here the connection to an address becomes that of the broker behind it.
    fn look_for_name(&mut self, ctx: &Ctx<'_>) {
        if let Some(handle) = self.unnamed.take_if(|handle| handle.node_id() != BOOTSTRAP) {
            self.came_up(&handle, ctx);
        }
    }

    fn went_down(&mut self, handle: &Arc<BrokerHandle>, ctx: &Ctx<'_>) {
        self.unnamed.take_if(|other| Arc::ptr_eq(other, handle));
        if self.broker.take_if(|other| Arc::ptr_eq(other, handle)).is_some() {
            log(ctx, "TELBRKLOST", || format!("Lost telemetry broker {} due to state change", handle.name()));
        }
    }

    /// The broker that metrics are pushed to; another one if that is gone.
    fn broker(&mut self, ctx: &mut Ctx<'_>) -> Option<Arc<BrokerHandle>> {
        if self.broker.is_none() {
            self.broker = ctx.brokers.any_up_that(|handle| handle.takes_metrics());
            let id = self.broker.as_ref().map_or(BOOTSTRAP, |handle| handle.node_id());
            log(ctx, "SETBROKER", || {
                format!("Lost preferred broker, switching to new preferred broker {id}")
            });
        }
        self.broker.clone()
    }

    fn send(&mut self, due: Due, ctx: &mut Ctx<'_>) {
        let Some(broker) = self.broker(ctx) else {
            let after = self.machine.no_broker();
            return self.follow(after, ctx);
        };
        let request = match due {
            Due::Subscriptions => {
                log(ctx, "GETSUBSCRIPTIONS", || "Sending GetTelemetryRequest".to_owned());
                requests::subscriptions(ctx.client, self.id)
            }
            Due::Push { terminating } => {
                let (codec, payload) = self.payload(ctx);
                log(ctx, "PUSH", || format!("Sending PushTelemetryRequest with terminating = {terminating}"));
                let (id, subscription) = (self.id, self.subscription.id);
                requests::push(ctx.client, Push { id, subscription, terminating, codec, payload })
            }
        };
        broker.push(Op::Request(request));
        self.machine.sent();
    }

    /// What is to be pushed, and how it is compressed.
    fn payload(&mut self, ctx: &Ctx<'_>) -> (Codec, Vec<u8>) {
        let plain = self.metrics(ctx).map(|data| data.encode()).unwrap_or_default();
        let size = plain.len();
        if size > 0 {
            log(ctx, "PUSH", || format!("Push Telemetry metrics encoded, size: {size}"));
        }
        let (codec, payload) = payload::compress(plain, &self.subscription.codecs);
        log_payload(ctx, (size, payload.len()), codec);
        let max_bytes = self.subscription.max_bytes;
        if usize::try_from(max_bytes).map_or(true, |max| payload.len() > max) {
            let size = payload.len();
            let text = format_args!(
                "Metrics payload size {size} exceeds telemetry_max_bytes {max_bytes}specified by the broker."
            );
            ctx.client.logger().log(Level::Warning, "TELEMETRY", text);
        }
        (codec, payload)
    }

    fn metrics(&mut self, ctx: &Ctx<'_>) -> Option<MetricsData> {
        let labels = &ctx.client.settings().telemetry.labels;
        let figures = self.history.collect(ctx);
        let scope = (ctx.client.name(), REFERENCE_VERSION);
        let data = payload::build(&self.subscription, &figures, labels, scope)?;
        log(ctx, "PUSH", || "Serializing metrics".to_owned());
        log(ctx, "PUSH", || format!("Resource attributes count: {}", labels.len()));
        log(ctx, "PUSH", || format!("Total metrics to be encoded count: {}", data.metrics().count()));
        Some(data)
    }

    fn subscribed(&mut self, answer: Result<Response, ErrorCode>, ctx: &Ctx<'_>) {
        let error = answer.as_ref().err().copied().unwrap_or_default();
        let told = answer.as_ref().map(|r| (!r.requested_metrics.is_empty(), r.push_interval_ms));
        let Some(pause) = self.machine.subscribed(told.map_err(|e| *e), ctx.now) else { return };
        match answer {
            Ok(response) => self.take(&response, ctx),
            Err(e) => {
                self.subscription = Subscription::default();
                log(ctx, "GETSUBSCRIPTIONS", || {
                    format!("GetTelemetrySubscriptionsRequest failed: {}", e.describe())
                });
            }
        }
        log(ctx, "GETSUBSCRIPTIONS", || {
            format!(
                "Handled GetTelemetrySubscriptions, scheduling FSM after {} microseconds, state = {:?}, err = {}, \
                 metrics = {}",
                micros(pause),
                self.machine.state(),
                error.describe(),
                self.subscription.requested
            )
        });
    }

    /// Takes note of what a broker wants.
    fn take(&mut self, response: &Response, ctx: &Ctx<'_>) {
        let say = |text: String| log(ctx, "GETSUBSCRIPTIONS", || text);
        let (before, id) = (self.id, response.client_instance_id);
        say(format!("Parsing: client instance id {}", text_of(id)));
        say(format!("Parsing: subscription id {}", response.subscription_id));
        if response.subscription_id != 0 && before != id {
            let text = format_args!(
                "Telemetry client instance id changed from {} to {}",
                text_of(before),
                text_of(id)
            );
            ctx.client.logger().log(Level::Info, "GETSUBSCRIPTIONS", text);
        }
        say(format!("Parsing: push interval {}", response.push_interval_ms));
        say(format!("Parsing: requested metrics count {}", response.requested_metrics.len()));
        self.id = id;
        self.subscription = Subscription::new(response, catalogue(ctx.client.settings()));
        if self.subscription.requested > 0 {
            say(if Subscription::wants_all(response) {
                "All metrics subscribed".to_owned()
            } else {
                format!("Matched metrics: {}", self.subscription.metrics.len())
            });
            self.history.begin(self.subscription.has(POLL_IDLE), ctx);
        }
    }

    fn pushed(&mut self, answer: Result<(), ErrorCode>, ctx: &Ctx<'_>) {
        if answer == Err(ErrorCode::_DESTROY) {
            return;
        }
        if self.machine.state() == State::PushSent {
            log(ctx, "PUSH", || match answer {
                Ok(()) => "PushTelemetryRequest succeeded".to_owned(),
                Err(e) => format!("PushTelemetryRequest failed: {}", e.describe()),
            });
        }
        let after = self.machine.pushed(answer, ctx.now);
        self.follow(after, ctx);
    }

    fn terminate(&mut self, done: Arc<Reply<()>>, ctx: &Ctx<'_>) {
        log_start_of_end(ctx, self.machine.state());
        self.waiting = Some(done);
        let after = self.machine.terminate(ctx.now);
        if after == After::GoesOn {
            log(ctx, "TERM", || "Sending final request for Push".to_owned());
        }
        self.follow(after, ctx);
    }

    fn follow(&mut self, after: After, ctx: &Ctx<'_>) {
        let warn = |text| ctx.client.logger().log(Level::Warning, "TELEMETRY", text);
        match after {
            After::GoesOn => return,
            After::TooLarge => {
                return warn(format_args!(
                    "PushTelemetryRequest failed because of payload size too large: {}. Continuing telemetry.",
                    ErrorCode::TELEMETRY_TOO_LARGE.describe()
                ));
            }
            After::Ended(Some(why)) => warn(format_args!(
                "PushTelemetryRequest failed with non-retriable error: {}. Stopping telemetry.",
                why.describe()
            )),
            After::Ended(None) => {}
        }
        log_end(ctx);
        if let Some(done) = self.waiting.take() {
            done.answer(());
        }
    }
}

/// The metrics that this client has.
fn catalogue(settings: &Settings) -> impl Iterator<Item = &'static Metric> + Clone {
    let (of_role, of_engine): (&[Metric], &[Metric]) = match settings.consumer {
        Some(_) => (CONSUMER, &[]),
        None if settings.engine.kind == ProduceEngine::V2 => (PRODUCER, V2),
        None => (PRODUCER, &[]),
    };
    of_role.iter().chain(of_engine)
}

/// A client instance's id as logs show it.
fn text_of(id: [u8; 16]) -> String {
    STANDARD_NO_PAD.encode(id)
}

fn log(ctx: &Ctx<'_>, facility: &str, text: impl FnOnce() -> String) {
    ctx.client.logger().debug(debug::TELEMETRY, facility, text);
}

fn log_start_of_end(ctx: &Ctx<'_>, state: State) {
    log(ctx, "TERM", || format!("Starting rd_kafka_telemetry_schedule_termination in state {state:?}"));
}

fn log_end(ctx: &Ctx<'_>) {
    log(ctx, "TERM", || "Setting state to TERMINATED and signalling".to_owned());
}

/// `sizes`: without compression and with it.
fn log_payload(ctx: &Ctx<'_>, sizes: (usize, usize), codec: Codec) {
    let say = |text: &str| log(ctx, "PUSH", || text.to_owned());
    match (sizes.0, codec) {
        (0, _) => say("Empty payload. Sending uncompressed payload"),
        (_, Codec::None) => say("Sending uncompressed payload"),
        (plain, codec) => log(ctx, "PUSH", || {
            let name = codec.name();
            format!("Compressed payload of size {plain} to {} using compression type {name}", sizes.1)
        }),
    }
}
