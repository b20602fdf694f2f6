//! From the events of a queue to the messages that an application is given.

use crate::base::sync::Arc;
use crate::base::unwind;
use crate::capi::abi::types::rd_kafka_message_t;
use crate::capi::data::message::consumed::{Keep, OpenSlab, Origin};
use crate::capi::data::message::error::ErrorMessage;
use crate::capi::instance::object::Instance;
use crate::capi::instance::object::TopicHandle;
use crate::capi::instance::topic::find_or_create;
use crate::client::events::{Event, EventQueue, Flow, Piece, Taken, Wait};
use crate::consumer::error::ConsumerError;
use crate::consumer::partition::Partition;
use crate::consumer::records::{Fault, Fetched, Next, Share};
use std::ptr::null_mut;
use std::time::Duration;

/// Why no more messages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Whoever takes them does not want more.
    Enough,
    TimedOut,
    /// Somebody wants the call to end.
    Interrupted,
}

/// What was taken of fetched records.
enum Part {
    /// Messages were given.
    Given,
    Fault(Box<ConsumerError>),
    /// A batch is to be decoded first.
    Decode(Arc<Share>, usize),
    /// The topic's handle is needed first.
    Topic(Arc<Partition>, i32),
}

/// The next message of a queue, if it can be made of what is there: this is what nearly all calls come to.
/// Otherwise nothing has changed, and [`take`] sees to it.
#[inline]
pub(crate) fn take_ready(queue: &EventQueue) -> Option<*mut rd_kafka_message_t> {
    queue.take_part(|event| {
        let Event::Fetched(fetched) = event else { return None };
        if fetched.is_outdated() || fetched.partition().is_paused() {
            return None;
        }
        let (reading, attachment) = fetched.parts();
        let slab = attachment.as_mut()?.downcast_mut::<OpenSlab>()?;
        if !slab.has_space(reading.buffer()) {
            return None;
        }
        let record = reading.next_in_batch()?;
        slab.message(&record, reading.buffer())
    })
}

/// Takes messages from a queue until `give`, which gets one after the other, returns false. `give` runs under
/// the queue's lock. Errors in messages' places and all other events go to `other`, without it.
pub(crate) fn take(
    rk: &Instance,
    queue: &EventQueue,
    timeout: Option<Duration>,
    give: &impl Fn(*mut rd_kafka_message_t) -> bool,
    other: &mut dyn FnMut(Event) -> Flow,
) -> End {
    let mut wait = Wait::new(timeout);
    let mut origin = None;
    loop {
        let mut more = true;
        let mut split = |event: &mut Event| match event {
            Event::Fetched(fetched) => take_next(fetched, origin.as_ref(), |m| {
                more = give(m);
                more
            }),
            _ => Piece::Whole,
        };
        let flow = match rk.client().take(queue, &mut wait, &mut split) {
            Taken::Part(Part::Given) if !more => return End::Enough,
            Taken::Part(Part::Given) => Flow::Continue,
            Taken::Part(Part::Decode(share, parcel)) => {
                share.decode(parcel);
                Flow::Continue
            }
            Taken::Part(Part::Topic(partition, broker_id)) => {
                let of = origin_of(rk, partition.topic(), partition.number(), broker_id);
                origin = Some((partition, of));
                Flow::Continue
            }
            Taken::Part(Part::Fault(error)) => other(Event::ConsumerError(error)),
            Taken::Event(event) => match current(rk, event) {
                Some(event) => other(event),
                None => Flow::Continue,
            },
            Taken::Spent(spent) => {
                drop(spent);
                Flow::Continue
            }
            Taken::Yield => Flow::Stop(None),
            Taken::Nothing if unwind::is_pending() => Flow::Stop(None),
            Taken::Nothing => return End::TimedOut,
        };
        if matches!(flow, Flow::Stop(_)) {
            return End::Interrupted;
        }
    }
}

/// The event, if it is to be seen now: those of paused partitions are put aside, and those that are outdated
/// are dropped.
pub(crate) fn current(rk: &Instance, event: Event) -> Option<Event> {
    let (partition, version) = match &event {
        Event::Fetched(fetched) => (fetched.partition().clone(), fetched.version()),
        Event::ConsumerError(error) => match &error.partition {
            Some(partition) => (partition.clone(), error.version),
            None => return Some(event),
        },
        _ => return Some(event),
    };
    if partition.version() != version {
        return None;
    }
    if !partition.is_paused() {
        return Some(event);
    }
    if let Some(consumer) = rk.client().consumer() {
        consumer.park(&partition, event);
    }
    None
}

/// Gives what an event that was taken as a whole has to be given: messages, until `give` returns false, and
/// faults. Returns what is left of it.
pub(crate) fn give_all(
    rk: &Instance,
    mut fetched: Box<Fetched>,
    give: &mut dyn FnMut(*mut rd_kafka_message_t) -> bool,
    fault: &mut dyn FnMut(&ConsumerError) -> bool,
) -> Option<Event> {
    let mut origin = None;
    let mut more = true;
    while more {
        let mut taken = null_mut();
        let mut take_one = |message| {
            taken = message;
            false
        };
        match take_next(&mut fetched, origin.as_ref(), &mut take_one) {
            Piece::Part(Part::Given) => more = give(taken),
            Piece::Part(Part::Decode(share, parcel)) => share.decode(parcel),
            Piece::Part(Part::Topic(partition, broker_id)) => {
                let of = origin_of(rk, partition.topic(), partition.number(), broker_id);
                origin = Some((partition, of));
            }
            Piece::Part(Part::Fault(error)) => more = fault(&error),
            Piece::Spent => return None,
            // It is paused.
            Piece::Whole => return current(rk, Event::Fetched(fetched)),
        }
    }
    Some(Event::Fetched(fetched))
}

fn take_next(
    fetched: &mut Fetched,
    origin: Option<&(Arc<Partition>, Origin)>,
    mut give: impl FnMut(*mut rd_kafka_message_t) -> bool,
) -> Piece<Part> {
    if fetched.is_outdated() {
        return Piece::Spent;
    }
    if fetched.partition().is_paused() {
        return Piece::Whole;
    }
    let mut slab = match open_slab(fetched, origin) {
        Ok(slab) => slab,
        Err(part) => return Piece::Part(part),
    };
    let piece = loop {
        if !give_ready(fetched, &mut slab, &mut give) {
            break Piece::Part(Part::Given);
        }
        match fetched.next() {
            Next::Record(record) => {
                let buffer = fetched.buffer();
                let message = slab.message(&record, buffer).or_else(|| {
                    let next = OpenSlab::new(slab.origin().clone(), buffer.clone());
                    *slab = next;
                    slab.message(&record, buffer)
                });
                if !give(message.unwrap_or(null_mut())) {
                    break Piece::Part(Part::Given);
                }
            }
            Next::Fault(fault) => break Piece::Part(Part::Fault(error_of(fetched, fault))),
            Next::Blocked(parcel) => break Piece::Part(Part::Decode(fetched.share().clone(), parcel)),
            Next::End => break Piece::Spent,
        }
    };
    *fetched.attachment() = Some(slab);
    piece
}

/// Gives messages as long as nothing else has to be done first. Returns false if no more are wanted.
#[inline]
fn give_ready(
    fetched: &mut Fetched,
    slab: &mut OpenSlab,
    give: &mut impl FnMut(*mut rd_kafka_message_t) -> bool,
) -> bool {
    let (reading, _) = fetched.parts();
    while slab.has_space(reading.buffer())
        && let Some(record) = reading.next_in_batch()
    {
        if !give(slab.message(&record, reading.buffer()).unwrap_or(null_mut())) {
            return false;
        }
    }
    true
}

/// The slab in which the messages of these records are made.
fn open_slab(
    fetched: &mut Fetched,
    origin: Option<&(Arc<Partition>, Origin)>,
) -> Result<Box<OpenSlab>, Part> {
    if let Some(slab) = fetched.attachment().take().and_then(|a| a.downcast().ok()) {
        return Ok(slab);
    }
    match origin {
        Some((partition, origin)) if Arc::ptr_eq(partition, fetched.partition()) => {
            Ok(Box::new(OpenSlab::new(origin.clone(), fetched.buffer().clone())))
        }
        _ => Err(Part::Topic(fetched.partition().clone(), fetched.share().context().broker_id)),
    }
}

/// What the messages of a partition share.
fn origin_of(rk: &Instance, topic: &str, partition: i32, broker_id: i32) -> Origin {
    let handle = find_or_create(rk, topic.as_bytes());
    let rkt = handle.as_ref().map_or(null_mut(), |h| Arc::as_ptr(h).cast_mut().cast());
    let keep: Keep = match handle {
        Some(handle) => handle,
        None => Arc::new(()),
    };
    Origin { rkt, _keep: keep, partition, broker_id }
}

/// What is wrong with records, as an event.
fn error_of(fetched: &Fetched, fault: Fault) -> Box<ConsumerError> {
    Box::new(ConsumerError {
        partition: Some(fetched.partition().clone()),
        version: fetched.version(),
        topic: None,
        code: fault.code,
        text: fault.text,
        offset: fault.offset,
        broker_id: fetched.share().context().broker_id,
    })
}

/// The message of an error, to be released with rd_kafka_message_destroy().
pub(crate) fn error_message(rk: &Instance, error: &ConsumerError) -> *mut rd_kafka_message_t {
    let origin = match (&error.partition, &error.topic) {
        (Some(p), _) => Some(origin_of(rk, p.topic(), p.number(), error.broker_id)),
        (None, Some(topic)) => Some(origin_of(rk, topic, -1, error.broker_id)),
        (None, None) => None,
    };
    ErrorMessage::make(origin, error.code, &error.text, error.offset)
}

/// Shows a message to the interceptors that watch consuming. Errors are not shown.
///
/// # Safety
/// A message that [`take`] has given.
pub(crate) unsafe fn show(rk: &Instance, message: *mut rd_kafka_message_t) {
    if !rk.interceptors().watch_consuming() {
        return;
    }
    // SAFETY: by this function's own contract, and its topic's handle is alive as long as the message.
    let (m, topic) = unsafe { (&*message, TopicHandle::from_handle((*message).rkt)) };
    if m.err == 0 {
        let place = (topic.map_or("", |t| t.topic().name()), m.partition, m.offset);
        rk.interceptors().on_consume(message, place);
    }
}
