//! The hook that sees every request first: simulation and fuzzing make their faults with it.

use crate::base::clock::Time;
use crate::mock::call::Reply;
use std::time::Duration;

/// A request as the hook sees it.
#[derive(Clone, Copy, Debug)]
pub struct RequestInfo<'a> {
    pub broker_id: i32,
    pub conn_id: u64,
    pub api_key: i16,
    pub api_version: i16,
    pub correlation_id: i32,
    pub now: Time,
    /// The whole request without its length field.
    pub frame: &'a [u8],
}

/// What is to become of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Handle it.
    Pass,
    /// As if it had never arrived: no effect, no answer, the connection stays.
    Drop,
    /// The connection breaks before the request has an effect.
    Close,
    /// The request has its effect, but the connection breaks and the answer is lost.
    CloseAfterHandling,
    /// The request has its effect, and there is no answer; the connection stays.
    Swallow,
    /// The answer comes this much later than it would.
    Delay(Duration),
    /// So many later answers of the same connection leave before this one, at least one: the broker breaks
    /// the protocol. Does nothing to a request that has no answer or has to wait for it (long poll).
    Overtaken(usize),
    /// Only so many bytes of the answer (its length field included) arrive, then the connection breaks.
    Truncate(usize),
    /// The request has no effect and these bytes are the answer, length field included.
    Answer(Vec<u8>),
}

pub type Hook = Box<dyn FnMut(&RequestInfo<'_>) -> Verdict + Send>;

/// Answers that later ones of their connection are to overtake.
#[derive(Debug, Default)]
pub struct Overtaken {
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    conn_id: u64,
    /// How many answers still leave before it.
    behind: usize,
    bytes: Vec<u8>,
}

impl Overtaken {
    pub fn hold(&mut self, mut reply: Reply, conn_id: u64, behind: usize) -> Reply {
        if !reply.close
            && let Some(bytes) = reply.bytes.take()
        {
            self.held.push(Held { conn_id, behind: behind.max(1), bytes });
        }
        reply
    }

    /// Lets those follow whose turn it is after this answer.
    pub fn attach_to(&mut self, mut reply: Reply, conn_id: u64) -> Reply {
        if let Some(bytes) = &mut reply.bytes {
            self.held.retain_mut(|held| {
                if held.conn_id != conn_id {
                    return true;
                }
                held.behind -= 1;
                if held.behind == 0 {
                    bytes.append(&mut held.bytes);
                }
                held.behind > 0
            });
        }
        reply
    }

    pub fn disconnected(&mut self, conn_id: u64) {
        self.held.retain(|held| held.conn_id != conn_id);
    }
}

#[cfg(test)]
mod tests;
