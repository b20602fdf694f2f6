//! Producing when there are interceptors that see messages.

use crate::base::error::ErrorCode;
use crate::base::sync::Arc;
use crate::capi::data::message::{Served, Shared};
use crate::capi::instance::object::TopicHandle;
use crate::client::NewMessage;
use crate::producer::partition::report::Report;
use crate::producer::partition::topic::Refused;
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{ForeignBytes, OpenChunk, StoredMessage, Value};
use crate::protocol::record_batch::headers::Encoder;

/// Produces a message with interceptors looking on: on_send before it is queued, and on_acknowledgement if
/// that fails.
#[cold]
pub(crate) fn produce(t: &TopicHandle, m: &NewMessage<'_>, block: bool) -> Result<(), Refused> {
    let rk = t.instance();
    rk.client().admit(m, block)?;
    let timestamp_ms = m.timestamp_ms.or_else(|| Some(rk.client().context().clock.wall_ms()));
    let mut m = NewMessage { timestamp_ms, ..*m };
    let headers = with_preview(t, &m, ErrorCode::NO_ERROR, |message| {
        rk.interceptors().on_send(message);
        message.changed_headers().map(|list| {
            let mut encoder = Encoder::new();
            list.iter().flat_map(|l| l.iter()).for_each(|(name, value)| encoder.push(name, value));
            encoder
        })
    });
    let mut encoder = headers.flatten();
    if let Some(encoder) = &mut encoder {
        m.headers = if encoder.is_empty() { None } else { Some(encoder.blob()) };
    }
    let stored = rk.client().store(t.topic(), &m, block);
    if let Err(refused) = &stored {
        with_preview(t, &m, refused.code(), |message| rk.interceptors().on_acknowledgement(message));
    }
    stored
}

/// Shows a message that is not queued as if it were in a delivery report.
fn with_preview<R>(
    t: &TopicHandle,
    m: &NewMessage<'_>,
    error: ErrorCode,
    show: impl FnOnce(&Served<'_>) -> R,
) -> Option<R> {
    let value = match m.value {
        Value::Null => Value::Null,
        // SAFETY: the bytes stay where they are at least until the produce call returns.
        Value::Copy(v) => Value::Foreign(unsafe { ForeignBytes::new(v.as_ptr(), v.len(), false) }),
        Value::Foreign(f) => Value::Foreign(f.not_freed()),
    };
    let client = t.instance().client();
    let now = client.now();
    let stored = StoredMessage {
        key: m.key,
        value,
        headers: m.headers,
        timestamp_ms: m.timestamp_ms.unwrap_or(-1),
        opaque: m.opaque,
        enqueued: now,
        retries: 0,
    };
    let mut chunk = OpenChunk::new(&Arc::new(ChunkPool::new(0)), OpenChunk::need(&stored), now, 1);
    let run = if chunk.append(&stored) { chunk.cut() } else { None }?;
    let report = Report::failed(t.topic().shared(), m.partition, vec![run], error);
    let shared = Shared::new(&*client.context().clock, &report);
    let view = report.runs.first().and_then(|run| run.iter().next())?;
    Some(show(&Served::new(&shared, view, 0)))
}
