//! Questions about the cluster on their way, and their answers.

use crate::base::clock::Time;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::base::sync::atomic::{AtomicBool, Ordering};
use crate::broker::BrokerHandle;
use crate::client::reply::Reply;
use crate::cluster::planner::Question;
use crate::protocol::metadata::Response;
use std::time::Duration;

/// What the application asked for.
#[derive(Clone, Debug)]
pub enum MetadataScope {
    /// All topics of the cluster.
    All,
    /// These topics.
    Topics(Vec<String>),
}

/// What a broker said.
pub struct MetadataAnswer {
    pub response: Box<Response>,
    pub broker_id: i32,
    pub broker_name: Arc<str>,
}

/// Where the asking thread waits.
struct MetadataWait {
    /// The question has been with a broker at some time.
    sent: AtomicBool,
    reply: Reply<Result<MetadataAnswer, Error>>,
}

impl MetadataWait {
    fn new() -> Arc<Self> {
        Arc::new(Self { sent: AtomicBool::new(false), reply: Reply::new() })
    }

    fn was_sent(&self) -> bool {
        self.sent.load(Ordering::SeqCst)
    }
}

/// `asked`: a broker was there to be asked.
fn too_late(asked: bool) -> Error {
    let code = if asked { ErrorCode::_TIMED_OUT } else { ErrorCode::_TRANSPORT };
    Error::new(code, "Metadata request timed out")
}

/// A question of the application on its way.
pub struct AppQuery {
    pub(super) scope: MetadataScope,
    pub(super) deadline: Time,
    /// It is not sent before this time, after an attempt that failed.
    pub(super) not_before: Option<Time>,
    wait: Arc<MetadataWait>,
    /// Whether the broker may create what it does not know (`allow.auto.create.topics`).
    pub(super) may_create: bool,
}

/// The answer to a question of the planner.
pub struct RefreshReply {
    pub(super) question: Question,
    pub(super) broker: Arc<BrokerHandle>,
    pub(super) result: Result<Box<Response>, Error>,
}

/// What the main thread is told of the application's questions.
pub enum QueryOp {
    Ask(AppQuery),
    Answered(QueryReply),
}

/// What a broker answered to an application's question.
pub struct QueryReply {
    pub(super) query: AppQuery,
    pub(super) from: (i32, Arc<str>),
    pub(super) asked_at: Time,
    pub(super) result: Result<Box<Response>, Error>,
}

impl AppQuery {
    pub(super) fn new(scope: MetadataScope, deadline: Time, may_create: bool) -> Self {
        Self { scope, deadline, not_before: None, wait: MetadataWait::new(), may_create }
    }

    /// A question that nobody waits for: what it brings is learned as from any other response.
    pub(super) fn internal(scope: MetadataScope, deadline: Time) -> Self {
        Self::new(scope, deadline, false)
    }

    pub(super) fn answer(self, result: Result<MetadataAnswer, Error>) {
        self.wait.reply.answer(result);
    }
}

impl AppQuery {
    /// What the asking thread keeps.
    pub(super) fn pending(&self) -> PendingMetadata {
        PendingMetadata(self.wait.clone())
    }

    /// It is with a broker from now on.
    pub(super) fn set_sent(&self) {
        self.wait.sent.store(true, Ordering::SeqCst);
    }

    /// Its time is over. `any_up`: a broker could be asked.
    pub(super) fn answer_late(self, any_up: bool) {
        let asked = self.wait.was_sent() || any_up;
        self.answer(Err(too_late(asked)));
    }
}

/// A question that somebody has put.
pub struct PendingMetadata(Arc<MetadataWait>);

impl PendingMetadata {
    /// Waits until there is an answer, or for as long as `left` says.
    ///
    /// # Errors
    /// The answer's own, or that there is none in time; `any_up` says then whether a broker could be asked.
    pub(super) fn wait(
        self,
        left: impl Fn() -> Duration,
        any_up: impl FnOnce() -> bool,
    ) -> Result<MetadataAnswer, Error> {
        let answer = self.0.reply.wait(|| Some(left()));
        answer.unwrap_or_else(|| Err(too_late(self.0.was_sent() || any_up())))
    }

    /// The answer, once it is there. One that comes later than the time given is of no use to anybody.
    pub fn take(&self) -> Option<Result<MetadataAnswer, Error>> {
        self.0.reply.take()
    }
}
