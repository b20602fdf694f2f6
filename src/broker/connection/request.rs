//! A request on its way: what it is for, its bytes, and until when its response may come.

use super::expiry::{Expired, Expiry};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::request_span::RequestSpan;
use crate::broker::op::ControlRequest;
use crate::consumer::fetch::fetcher::RequestedPartition;
use crate::consumer::fetch::receive::Receiver;
use crate::producer::batch::Batch;
use crate::producer::wire::writer::Frame;
use crate::protocol::ApiKey;
use crate::protocol::header::{frame, write_request_header};
use std::io::IoSlice;
use std::time::Duration;

/// What a request is for, and so what its response means.
pub enum Purpose {
    Produce(Vec<Batch>),
    /// What is asked of each partition, and who takes the response.
    Fetch(Vec<RequestedPartition>, Option<Box<Receiver>>),
    /// It belongs to the setting-up of the connection.
    Session,
    Control(ControlRequest),
}

pub struct Request {
    correlation_id: i32,
    api: ApiKey,
    version: i16,
    purpose: Purpose,
    deadline: Deadline,
    /// When messages in it time out; of ProduceRequests.
    expiry: Expiry,
    expects_response: bool,
    /// Neither it nor its response has a header.
    is_bare: bool,
    frame: Frame,
    /// Bytes already written.
    written: usize,
    /// When it was made, and from then on when its last byte was written.
    sent_at: Time,
    /// From then on, if there is a subscriber.
    span: RequestSpan,
}

impl Request {
    /// A request other than Produce. It counts as lost when the response has not come by `deadline`.
    pub fn new(
        (api, version): (ApiKey, i16),
        correlation_id: i32,
        purpose: Purpose,
        frame: Frame,
        deadline: Deadline,
        now: Time,
    ) -> Self {
        Self {
            correlation_id,
            api,
            version,
            purpose,
            deadline,
            expiry: Expiry::default(),
            expects_response: true,
            is_bare: false,
            frame,
            written: 0,
            sent_at: now,
            span: RequestSpan::default(),
        }
    }

    /// Adds what only ProduceRequests have: messages that time out, and with `acks=0` no response.
    #[must_use]
    pub fn with_messages(mut self, expiry: Expiry, expects_response: bool) -> Self {
        self.expiry = expiry;
        self.expects_response = expects_response;
        self
    }

    /// Makes it one that has no header, and whose response has none.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.is_bare = true;
        self
    }

    pub(super) fn is_bare(&self) -> bool {
        self.is_bare
    }

    pub fn correlation_id(&self) -> i32 {
        self.correlation_id
    }

    pub fn api(&self) -> ApiKey {
        self.api
    }

    pub fn version(&self) -> i16 {
        self.version
    }

    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    pub fn into_purpose(self) -> Purpose {
        self.purpose
    }

    pub fn batches(&self) -> &[Batch] {
        match &self.purpose {
            Purpose::Produce(batches) => batches,
            _ => &[],
        }
    }

    /// How many partitions it is about; of Produce and Fetch.
    pub fn partitions(&self) -> usize {
        match &self.purpose {
            Purpose::Produce(batches) => batches.len(),
            Purpose::Fetch(asked, _) => asked.len(),
            Purpose::Session | Purpose::Control(_) => 0,
        }
    }

    pub fn messages(&self) -> usize {
        self.batches().iter().map(|b| b.messages).sum()
    }

    /// When the request counts as lost.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    pub fn sent_at(&self) -> Time {
        self.sent_at
    }

    pub fn span(&self) -> &RequestSpan {
        &self.span
    }

    pub fn set_span(&mut self, span: RequestSpan) {
        self.span = span;
    }

    /// Its bytes on the wire, the length field included.
    pub fn len(&self) -> usize {
        self.frame.len()
    }

    /// How many of them have been written.
    pub fn written(&self) -> usize {
        self.written
    }

    /// Whether the broker may have seen anything of it.
    pub fn was_sent(&self) -> bool {
        self.written > 0
    }

    /// Has the request encoded again, without the batches that were taken out of it. `encode` gets the
    /// correlation id and the batches, and gives them back with their bytes. Returns the old frame.
    pub fn encode_again(
        &mut self,
        encode: impl FnOnce(i32, Vec<Batch>) -> (Frame, Vec<Batch>),
    ) -> Option<Frame> {
        let Purpose::Produce(batches) = &mut self.purpose else { return None };
        let (frame, encoded) = encode(self.correlation_id, std::mem::take(batches));
        *batches = encoded;
        Some(std::mem::replace(&mut self.frame, frame))
    }

    pub(super) fn expects_response(&self) -> bool {
        self.expects_response
    }

    /// When something of it is due first: its response, or a message in it.
    pub(super) fn first_due(&self) -> Deadline {
        self.deadline.min(self.expiry.first())
    }

    pub(super) fn first_expiry(&self) -> Deadline {
        self.expiry.first()
    }

    /// Appends what is still to be written.
    pub(super) fn slices<'a>(&'a self, max: usize, into: &mut Vec<IoSlice<'a>>) {
        self.frame.slices(self.batches(), self.written, max, into);
    }

    pub(super) fn unwritten(&self) -> usize {
        self.frame.len() - self.written
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.written += bytes;
        if let (Purpose::Produce(batches), true) = (&self.purpose, self.unwritten() > 0) {
            self.frame.leave_behind(batches, self.written);
        }
    }

    /// The last byte has been written. Returns how long the request had waited for that.
    pub(super) fn mark_sent(&mut self, now: Time) -> Duration {
        now.since(std::mem::replace(&mut self.sent_at, now))
    }

    pub(super) fn take_frame(&mut self) -> Frame {
        std::mem::take(&mut self.frame)
    }

    /// Takes batches out of a ProduceRequest.
    pub(super) fn take_batches(&mut self, wanted: impl Fn(&Batch) -> bool) -> Vec<Batch> {
        match &mut self.purpose {
            Purpose::Produce(batches) => batches.extract_if(.., |b| wanted(b)).collect(),
            _ => Vec::new(),
        }
    }

    /// Who takes the response while it arrives, if it is to be taken that way.
    pub(super) fn take_receiver(&mut self) -> Option<Box<Receiver>> {
        match &mut self.purpose {
            Purpose::Fetch(_, receiver) => receiver.take(),
            _ => None,
        }
    }

    /// Gives back who has taken the response.
    pub(super) fn put_receiver(&mut self, with_response: Box<Receiver>) {
        if let Purpose::Fetch(_, receiver) = &mut self.purpose {
            *receiver = Some(with_response);
        }
    }

    pub(super) fn is_produce(&self) -> bool {
        matches!(self.purpose, Purpose::Produce(_))
    }

    /// Whether it is a ProduceRequest whose batches have all been taken out.
    pub(super) fn is_empty_produce(&self) -> bool {
        matches!(&self.purpose, Purpose::Produce(batches) if batches.is_empty())
    }

    /// Takes out what has timed out, of a request that the broker may have seen.
    pub(super) fn expire_sent(&mut self, now: Time, expired: &mut Expired) {
        let Purpose::Produce(batches) = &mut self.purpose else { return };
        if self.expiry.first().is_due(now) {
            // If it is partly written, the rest has to follow.
            self.frame.detach(batches);
            self.expiry.take_sent(batches, self.sent_at, now, expired);
        }
    }

    /// Takes the batches out in which messages have timed out, of a request that is not yet written. Returns
    /// whether some were taken and some are left.
    pub(super) fn expire_unsent(&mut self, now: Time, expired: &mut Expired) -> bool {
        let Purpose::Produce(batches) = &mut self.purpose else { return false };
        self.expiry.first().is_due(now) && self.expiry.take_unsent(batches, self.sent_at, now, expired)
    }
}

/// The bytes of a request that holds no messages; `body` appends its body.
pub fn plain_frame(
    (api, version): (ApiKey, i16),
    correlation_id: i32,
    client_id: &str,
    body: impl FnOnce(&mut Vec<u8>),
) -> Frame {
    let mut bytes = Vec::new();
    frame(&mut bytes, |out| {
        write_request_header(api, version, correlation_id, Some(client_id), out);
        body(out);
    });
    Frame::plain(bytes)
}

/// The bytes of a message without a request's header.
pub fn bare_frame(body: &[u8]) -> Frame {
    let mut bytes = Vec::new();
    frame(&mut bytes, |out| out.extend_from_slice(body));
    Frame::plain(bytes)
}
