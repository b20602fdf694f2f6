//! Makes ProduceRequests of batches.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::line::Line;
use crate::base::log::{Level, debug};
use crate::base::sync::Arc;
use crate::broker::connection::expiry::Expiry;
use crate::broker::connection::request::{Purpose, Request};
use crate::broker::context::BrokerContext;
use crate::broker::handle::BrokerHandle;
use crate::broker::observe::Observer;
use crate::producer::batch::Batch;
use crate::producer::format::ProduceFormat;
use crate::producer::wire::side_by_side::{BatchForm, Busy, is_worth_a_thread};
use crate::producer::wire::writer::{EncodeQueue, Frame, RequestHead, Writer};
use crate::protocol::ApiKey;
use std::time::Duration;

/// Messages have this much time in a request at the least, however close they are to their timeout.
const MIN_REQUEST_TIME: Duration = Duration::from_millis(100);
/// A connection is not given up for a response that is missing for less than this.
const MIN_RESPONSE_TIME: Duration = Duration::from_secs(1);
/// How often it is logged at NOTICE that a broker does not know a codec.
const CODEC_NOTE_EVERY: Duration = Duration::from_secs(24 * 3600);

pub struct Encoder {
    context: Arc<BrokerContext>,
    handle: Arc<BrokerHandle>,
    observer: Observer,
    writer: Writer,
    codec_noted: Option<Time>,
}

impl Encoder {
    pub fn new(context: Arc<BrokerContext>, handle: Arc<BrokerHandle>, observer: Observer) -> Self {
        Self { context, handle, observer, writer: Writer::default(), codec_noted: None }
    }

    pub fn recycle(&mut self, frame: Frame) {
        self.writer.recycle(frame);
        self.handle.set_warm();
    }

    pub fn trim(&mut self) {
        self.writer.trim();
    }

    /// Makes a queue of the batches of each request. Large ones are compressed already then, several at a
    /// time, if there are threads that help with it.
    pub fn prepare(&mut self, requests: Vec<Vec<Batch>>, format: ProduceFormat) -> Vec<EncodeQueue> {
        match self.context.helpers() {
            Some(helpers) => self.writer.prepare(self.form(format), requests, &**helpers),
            None => requests.into_iter().map(EncodeQueue::new).collect(),
        }
    }

    /// Has helpers know that this thread compresses, if one of these requests is worth a thread of its own.
    pub fn begin(&self, requests: &[Vec<Batch>], format: ProduceFormat) -> Option<Busy> {
        let (helpers, form) = (self.context.helpers()?, self.form(format));
        let is_busy = requests.iter().any(|batches| is_worth_a_thread(&form, batches));
        is_busy.then(|| Busy::new(helpers.clone()))
    }

    fn form(&self, format: ProduceFormat) -> BatchForm {
        BatchForm { format, transactional: self.context.settings.transactions.id.is_some() }
    }

    /// Encodes a request of at most `limit` bytes, of as many of these batches as fit into it.
    pub fn request(
        &mut self,
        queue: &mut EncodeQueue,
        format: ProduceFormat,
        correlation_id: i32,
        limit: usize,
        now: Time,
    ) -> Request {
        let (frame, batches) = self.encode(queue, format, correlation_id, limit);
        self.context.logger.debug(debug::BATCHCOL, "BATCHCOL", || self.contents(&batches, frame.len()));
        for b in &batches {
            self.warn_of_codec(b, &format, now);
            self.log_batch(b, &format, frame.len());
        }
        let (deadline, expiry) = self.deadline(&batches, now);
        let acks = batches.first().is_none_or(|b| b.partition.topic().settings.required_acks != 0);
        let api = (ApiKey::Produce, format.version);
        let request = Request::new(api, correlation_id, Purpose::Produce(batches), frame, deadline, now)
            .with_messages(expiry, acks);
        self.observer.request_built(&request, self.writer.batch_sizes(), now);
        request
    }

    /// Encodes a request again, after some of its batches have been taken out.
    pub fn rewrite(&mut self, r: &mut Request, format: ProduceFormat) {
        let old =
            r.encode_again(|id, batches| self.encode(&mut EncodeQueue::new(batches), format, id, usize::MAX));
        if let Some(old) = old {
            self.writer.recycle(old);
        }
    }

    /// The batches of a request have the same acks and request timeout: the engine sees to it.
    #[inline(never)] // Called once a request, and bench/instructions.py counts what it takes.
    fn encode(
        &mut self,
        queue: &mut EncodeQueue,
        format: ProduceFormat,
        correlation_id: i32,
        limit: usize,
    ) -> (Frame, Vec<Batch>) {
        let settings = queue.next().map(|b| b.partition.topic().settings.clone()).unwrap_or_default();
        let head = RequestHead {
            format,
            correlation_id,
            client_id: &self.context.settings.client.id,
            transactional_id: self.context.settings.transactions.id.as_deref(),
            acks: settings.required_acks,
            timeout_ms: i32::try_from(settings.request_timeout.as_millis()).unwrap_or(i32::MAX),
        };
        self.writer.produce(&head, queue, limit)
    }

    /// When a request that is sent now counts as lost, and when its first messages time out.
    ///
    /// A request gets as long as messages live, but no longer than `socket.timeout.ms`. That counts from now
    /// on, however old its messages are: a connection is given up when it was silent for that long, and not
    /// because a message is near its end. With the connection everything else in flight would be sent again,
    /// and be there twice if the broker is only slow.
    ///
    /// Messages that would have no time for another attempt after `socket.timeout.ms` wait for this one until
    /// theirs is over. (Where transactions are short, `message.timeout.ms` is 100 ms more than
    /// `socket.timeout.ms`.)
    fn deadline(&self, batches: &[Batch], now: Time) -> (Deadline, Expiry) {
        let s = &self.context.settings;
        let longest =
            |most: Duration, b: &Batch| Some(most.max(b.partition.topic().settings.message_timeout?));
        let time = match batches.iter().try_fold(MIN_RESPONSE_TIME, longest) {
            Some(lifetime) if lifetime <= s.network.socket_timeout + s.retry.backoff => lifetime,
            _ => s.network.socket_timeout,
        };
        (Deadline::at(now + time), Expiry::of(batches, now + MIN_REQUEST_TIME))
    }

    /// The partitions of a request, for a log line.
    fn contents(&self, batches: &[Batch], bytes: usize) -> String {
        let topics = batches.chunk_by(|a, b| Arc::ptr_eq(a.partition.topic(), b.partition.topic()));
        let topics = topics.map(|of_topic| {
            let name = of_topic.first().map_or("", |b| &b.partition.topic().name);
            let ids: Vec<String> = of_topic.iter().map(|b| b.partition.id().to_string()).collect();
            format!("{name} [{}]", ids.join(","))
        });
        let (n, list) = (batches.len(), topics.collect::<Vec<_>>().join(" "));
        format!("{}: ProduceRequest with {n} partition(s), {bytes} bytes: {list}", self.handle.name())
    }

    fn log_batch(&self, b: &Batch, format: &ProduceFormat, bytes: usize) {
        self.context.logger.debug(debug::MSG, "PRODUCE", || {
            let (name, topic, id) = (self.handle.name(), &b.partition.topic().name, b.partition.id());
            let text = format!(
                "{name}: {topic} [{id}]: Produce MessageSet with {} message(s) ({bytes} bytes, ApiVersion {}, MsgVersion {}, MsgId {})",
                b.messages,
                format.version,
                format.magic.number(),
                b.first_msgid(),
            );
            Line::new(text).of_broker(name).of_partition(topic, id)
        });
    }

    /// Says, once a day, that a broker does not know the codec that a topic is to be compressed with.
    fn warn_of_codec(&mut self, batch: &Batch, format: &ProduceFormat, now: Time) {
        let topic = batch.partition.topic();
        let wanted = topic.settings.compression;
        if format.codec(wanted) == wanted {
            return;
        }
        let line = || {
            let (broker, topic, id) = (self.handle.name(), &topic.name, batch.partition.id());
            let why = format!("Broker does not support compression type {}", wanted.name());
            let text = format!("{broker}: {topic} [{id}]: {why}: not compressing batch");
            Line::new(text).of_broker(broker).of_partition(topic, id)
        };
        if self.codec_noted.is_none_or(|at| now.since(at) > CODEC_NOTE_EVERY) {
            self.codec_noted = Some(now);
            self.context.logger.log_line(Level::Notice, "COMPRESSION", line);
        } else {
            self.context.logger.debug(debug::MSG, "PRODUCE", line);
        }
    }
}
