//! Where a partition is fetched from, and what is fetched next. It is looked at by all threads, under its
//! partition's lock.

use super::changes::{Change, State};
use super::state::FetchState;
pub use super::verdicts::{Basis, Errand, Readiness, Reset, Validity, Wanted};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::conf::OffsetReset;
use crate::consumer::position::{Position, logical, reset_target};
use crate::protocol::topic_id::{self, TopicId};
use std::time::Duration;

/// For how long a follower is asked before the leader is asked again whom to ask (KIP-392).
const LEASE: Duration = Duration::from_mins(5);
/// A broker that sends us elsewhere again so soon makes us wait.
const LEASES_APART: Duration = Duration::from_mins(1);
/// In place of a broker: none has been told to fetch.
const NOBODY: i32 = -1;
/// In place of a broker: the leader has been asked about the position, and nobody fetches meanwhile.
const ASKED: i32 = -2;
/// What a partition may be fetched in at a time grows up to this.
const MOST_BYTES: i32 = 1 << 30;

/// A follower that the leader has named. There is no option of it: compilers look into those before they know
/// that there is something, and valgrind takes that for a fault.
#[derive(Clone, Copy, Debug)]
struct Lease {
    /// Or [`NOBODY`].
    broker: i32,
    until: Time,
}

const NO_LEASE: Lease = Lease { broker: NOBODY, until: Time(i64::MIN) };

#[derive(Debug)]
pub struct Track {
    state: State,
    version: i32,
    /// What is fetched next, or the logical offset that is looked for.
    next: Position,
    reset: OffsetReset,
    topic_id: TopicId,
    /// -1: none is known.
    leader: i32,
    leader_epoch: i32,
    /// The last epoch that was known.
    last_epoch: i32,
    /// The broker that has been told to fetch, [`NOBODY`] or [`ASKED`].
    fetcher: i32,
    lease: Lease,
    leased_at: Option<Time>,
    first_max_bytes: i32,
    max_bytes: i32,
    not_before: Option<Time>,
    eof_told: i64,
    last_error: i32,
    /// The logical offset that is being asked for, or was last.
    query: i64,
}

impl Default for Track {
    fn default() -> Self {
        Self {
            state: State::default(),
            version: 0,
            next: Position::INVALID,
            reset: OffsetReset::default(),
            topic_id: topic_id::UNKNOWN,
            leader: -1,
            leader_epoch: -1,
            last_epoch: -1,
            fetcher: NOBODY,
            lease: NO_LEASE,
            leased_at: None,
            first_max_bytes: 1 << 20,
            max_bytes: 1 << 20,
            not_before: None,
            eof_told: logical::INVALID,
            last_error: 0,
            query: logical::INVALID,
        }
    }
}

/// What applications do.
impl Track {
    /// Begins, or goes on elsewhere, at a place or a logical offset.
    pub fn begin(&mut self, version: i32, from: Position) {
        self.version = version;
        self.eof_told = logical::INVALID;
        self.last_error = 0;
        self.not_before = None;
        self.max_bytes = self.first_max_bytes;
        self.next = from;
        self.state.begin(from, version);
        self.state.set(match from {
            p if p.is_absolute() && p.epoch >= 0 => FetchState::ValidateEpochWait,
            p if p.is_absolute() => FetchState::Active,
            _ => FetchState::OffsetQuery,
        });
        self.query = if from.is_absolute() { logical::INVALID } else { from.offset };
        self.fetcher = NOBODY;
    }

    pub fn configure(&mut self, reset: OffsetReset, max_bytes: i32) {
        (self.reset, self.first_max_bytes, self.max_bytes) = (reset, max_bytes, max_bytes);
    }

    pub fn stop(&mut self, version: i32) {
        self.version = version;
        self.state.stop(version);
        self.next = Position::INVALID;
        (self.fetcher, self.lease) = (NOBODY, NO_LEASE);
    }
}

impl Track {
    #[must_use]
    pub fn state(&self) -> FetchState {
        self.state.get()
    }

    /// What happens is kept from now on, until it is taken.
    pub fn keep_changes(&mut self) {
        self.state.keep_changes();
    }

    /// What has happened since this was asked last.
    pub fn take_changes(&mut self) -> Vec<Change> {
        self.state.take_changes()
    }

    /// What is fetched next.
    #[must_use]
    pub fn next(&self) -> Position {
        self.next
    }

    #[must_use]
    pub fn version(&self) -> i32 {
        self.version
    }

    #[must_use]
    pub fn query(&self) -> i64 {
        self.query
    }

    #[must_use]
    pub fn eof_told(&self) -> i64 {
        self.eof_told
    }

    #[must_use]
    pub fn leader(&self) -> (i32, i32) {
        (self.leader, self.leader_epoch)
    }

    /// What is asked of the leader now rests on this.
    #[must_use]
    pub fn basis(&self) -> Basis {
        Basis { version: self.version, leader_epoch: self.leader_epoch, topic_id: self.topic_id }
    }

    /// The broker that has been told to fetch; negative: none.
    #[must_use]
    pub fn fetcher(&self) -> i32 {
        self.fetcher
    }

    /// Until when a follower is asked.
    #[must_use]
    pub fn lease_end(&self) -> Deadline {
        if self.lease.broker == NOBODY { Deadline::NEVER } else { Deadline::at(self.lease.until) }
    }

    fn source(&self, now: Time) -> i32 {
        if now < self.lease.until { self.lease.broker } else { self.leader }
    }
}

/// What the main thread does.
impl Track {
    /// Takes note of who leads the partition. Returns true if it is that of another topic of the same name:
    /// the one that was read has been deleted.
    pub fn set_leader(&mut self, leader: i32, epoch: i32, topic_id: TopicId) -> bool {
        let is_another = topic_id::differ(&topic_id, &self.topic_id);
        if is_another {
            self.begin_anew();
        }
        // That the epoch is not known for a while says nothing about the log.
        let is_later = epoch > self.last_epoch && (self.last_epoch >= 0 || epoch > self.next.epoch);
        if epoch >= 0 {
            self.last_epoch = epoch;
        }
        if leader != self.leader {
            self.lease = NO_LEASE;
            // Also for one that was the leader before: it may be another broker of the same id.
            self.fetcher = self.fetcher.min(NOBODY);
        }
        (self.leader, self.leader_epoch, self.topic_id) = (leader, epoch, topic_id);
        if is_later && self.state() == FetchState::Active && self.next.epoch >= 0 {
            self.state.set(FetchState::ValidateEpochWait);
            self.fetcher = NOBODY;
        }
        is_another
    }

    /// It goes on at the same offset in another log, as in librdkafka; that fails where the log is not as
    /// long, and `auto.offset.reset` says where to go on. All that was known of the old log is forgotten, its
    /// epochs above all.
    fn begin_anew(&mut self) {
        (self.last_epoch, self.next.epoch, self.eof_told) = (-1, -1, logical::INVALID);
        match self.state() {
            FetchState::ValidateEpochWait => self.activate(),
            _ => self.back_to_leader(),
        }
    }

    /// The cluster has no such partition any more: nobody fetches until it has one.
    pub fn lose_leader(&mut self) {
        self.set_leader(NOBODY, -1, self.topic_id);
    }

    /// What is to be done now. What is to be asked counts as asked.
    pub fn take_errand(&mut self, now: Time) -> Errand {
        if !self.state().is_started() || self.leader < 0 {
            return Errand::None(Deadline::NEVER);
        }
        if let Some(at) = self.not_before.filter(|at| now < *at && self.state() != FetchState::Active) {
            return Errand::None(Deadline::at(at));
        }
        match self.state() {
            FetchState::OffsetQuery => {
                self.state.set(FetchState::OffsetWait);
                if matches!(self.query, logical::STORED | logical::INVALID) {
                    return Errand::FindCommitted;
                }
                let target =
                    if Position::at(self.query).tail().is_some() { logical::END } else { self.query };
                Errand::FindOffset { target }
            }
            FetchState::ValidateEpochWait if self.fetcher == NOBODY => {
                // Until there is an answer, nobody fetches.
                self.fetcher = ASKED;
                Errand::Validate { position: self.next }
            }
            FetchState::Active => {
                let source = self.source(now);
                if source == self.fetcher {
                    return Errand::None(self.lease_end());
                }
                self.fetcher = source;
                Errand::Fetch { broker: source }
            }
            _ => Errand::None(Deadline::NEVER),
        }
    }

    /// The offset that was asked for. If there is another leader by now, or another topic of the same name,
    /// that one is asked: its log may be another.
    pub fn offset_found(&mut self, basis: Basis, offset: i64, epoch: i32, low: i64) {
        if basis.version != self.version || self.state() != FetchState::OffsetWait {
            return;
        }
        if basis != self.basis() {
            self.state.set(FetchState::OffsetQuery);
            return;
        }
        let tail = Position::at(self.query).tail();
        let offset = tail.map_or(offset, |count| offset.saturating_sub(count).max(low.max(0)));
        self.next = Position::new(offset, if tail.is_some() { -1 } else { epoch });
        self.activate();
    }

    /// The group has committed this.
    pub fn committed_found(&mut self, version: i32, at: Position) {
        if version != self.version || self.state() != FetchState::OffsetWait {
            return;
        }
        self.next = at;
        self.go_on(if at.epoch >= 0 { FetchState::ValidateEpochWait } else { FetchState::Active });
    }

    /// Whether a question about the offset is still open.
    #[must_use]
    pub fn waits_for_offset(&self, version: i32) -> bool {
        version == self.version && self.state() == FetchState::OffsetWait
    }

    /// Asking has failed: once more at `again`.
    pub fn ask_again(&mut self, version: i32, again: Time) {
        if version != self.version {
            return;
        }
        match self.state() {
            FetchState::OffsetWait => self.state.set(FetchState::OffsetQuery),
            FetchState::ValidateEpochWait => self.fetcher = -1,
            _ => return,
        }
        self.not_before = Some(again);
    }

    /// The leader's log has the place, or cannot say.
    pub fn validated(&mut self, version: i32) {
        if version == self.version && self.state() == FetchState::ValidateEpochWait {
            self.activate();
        }
    }

    /// The leader has said where the records of the position's epoch, or of the one before it, end (negative:
    /// it knows of none): a position behind that goes back. Another leader is asked again.
    pub fn check_end(&mut self, basis: Basis, end: Position) -> Validity {
        if basis.version != self.version || self.state() != FetchState::ValidateEpochWait {
            return Validity::Outdated;
        }
        if basis != self.basis() {
            self.fetcher = NOBODY;
            return Validity::Outdated;
        }
        let at = self.next;
        if end.offset >= at.offset {
            self.activate();
            return Validity::Valid;
        }
        let Some(target) = reset_target(self.reset) else {
            self.state.set(FetchState::None);
            return Validity::Truncated { at, resumed: false };
        };
        if end.is_absolute() {
            self.next = end;
            self.activate();
        } else {
            self.look_for(target);
        }
        Validity::Truncated { at, resumed: true }
    }

    fn activate(&mut self) {
        self.go_on(FetchState::Active);
    }

    fn go_on(&mut self, state: FetchState) {
        self.state.set(state);
        (self.fetcher, self.not_before) = (NOBODY, None);
    }

    /// Looks for another place to go on. `low` is where the log begins, as far as is known: who is before it
    /// goes there. Who is behind the end does not know this log, and asks, as in librdkafka.
    pub fn reset(&mut self, low: i64) -> Reset {
        let Some(target) = reset_target(self.reset) else {
            self.refuse();
            return Reset::Refused;
        };
        if target == logical::BEGINNING && low >= 0 && low > self.next.offset {
            self.next = Position::at(low);
            self.activate();
            return Reset::Cached(low);
        }
        self.look_for(target);
        Reset::Searching(target)
    }

    /// There is nowhere to begin.
    pub fn refuse(&mut self) {
        self.state.set(FetchState::None);
        self.fetcher = NOBODY;
    }

    fn look_for(&mut self, target: i64) {
        self.state.set(FetchState::OffsetQuery);
        (self.query, self.fetcher) = (target, NOBODY);
        self.not_before = None;
    }
}

/// What brokers do.
impl Track {
    /// Whether the broker `me` is to ask for it.
    #[must_use]
    pub fn readiness(&self, me: i32, now: Time) -> Readiness {
        if self.state() != FetchState::Active || self.fetcher != me || self.source(now) != me {
            return Readiness::Elsewhere;
        }
        match self.not_before {
            Some(at) if now < at => Readiness::Later(Deadline::at(at)),
            _ => Readiness::Now(Wanted {
                version: self.version,
                position: self.next,
                leader_epoch: self.leader_epoch,
                topic_id: self.topic_id,
                max_bytes: self.max_bytes,
            }),
        }
    }

    /// Whether an answer to this question still is of use. What a former leader has answered may be no part
    /// of the log any more.
    #[must_use]
    pub fn awaits(&self, wanted: &Wanted) -> bool {
        let asked_for = (wanted.version, wanted.position, wanted.leader_epoch, wanted.topic_id);
        self.state() == FetchState::Active
            && (self.version, self.next, self.leader_epoch, self.topic_id) == asked_for
    }

    #[must_use]
    pub fn is_follower(&self, me: i32) -> bool {
        self.lease.broker == me && self.leader != me
    }

    /// Messages have come up to here.
    pub fn advance(&mut self, next: Position) {
        if next.offset != self.next.offset {
            self.eof_told = logical::INVALID;
        }
        self.next = next;
        self.max_bytes = self.first_max_bytes;
        self.last_error = 0;
    }

    /// The next message is larger than what was allowed. Returns false if no more can be allowed.
    pub fn grow(&mut self) -> bool {
        let before = self.max_bytes;
        self.max_bytes = before.saturating_mul(2).min(MOST_BYTES).max(before);
        self.max_bytes > before
    }

    /// Whether the end of the partition is news.
    pub fn note_end(&mut self, end: i64) -> bool {
        let news = self.next.offset == end && self.eof_told != end;
        if news {
            self.eof_told = end;
        }
        news
    }

    /// Whether an error is news.
    pub fn note_error(&mut self, code: i32) -> bool {
        std::mem::replace(&mut self.last_error, code) != code
    }

    pub fn clear_error(&mut self) {
        self.last_error = 0;
    }

    pub fn rest_until(&mut self, until: Time) {
        self.not_before = Some(until);
    }

    /// The leader is asked again.
    pub fn back_to_leader(&mut self) {
        (self.lease, self.fetcher) = (NO_LEASE, NOBODY);
    }

    /// The follower cannot be reached: the leader is asked at once, however often it has named one.
    pub fn give_up_follower(&mut self) {
        self.back_to_leader();
        self.not_before = None;
    }

    /// The leader has named a follower to ask (KIP-392). `rest`: how long to wait if that comes too often.
    pub fn follow(&mut self, broker: i32, rest: Duration, now: Time) {
        if self.leased_at.is_some_and(|at| now < at + LEASES_APART) {
            self.not_before = Some(now + rest);
        }
        self.leased_at = Some(now);
        self.lease = Lease { broker, until: now + LEASE };
        self.fetcher = NOBODY;
    }
}

#[cfg(test)]
mod tests;
