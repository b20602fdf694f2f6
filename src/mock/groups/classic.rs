//! One consumer group as its coordinator sees it: the classic rebalance protocol as a state machine in
//! virtual time.
//!
//! A group goes from *empty* over *preparing* (members join), *completing* (the leader works out who gets
//! what) to *stable*, and back to preparing whenever its members change. It answers nobody: a request that
//! has to wait is asked again when the group has moved on.
//!
//! Deviations from Kafka: the initial delay of an empty group is not prolonged by later members; a static
//! member that returns always causes a rebalance; session timeouts have no bounds.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::mock::groups::consumer::ConsumerGroup;
use crate::protocol::raw_string::RawString;
use std::collections::BTreeMap;
use std::time::Duration;

/// More members than any group has: a hostile client must not fill the memory with them.
const MAX_MEMBERS: usize = 10_000;

/// A group's position in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: RawString,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Empty,
    /// Members join, until then at the latest; the first ones of an empty group wait for more all that time.
    Preparing {
        until: Time,
        initial: bool,
    },
    /// The leader's assignments are awaited, until then at the latest.
    Completing {
        until: Time,
    },
    Stable,
}

impl Phase {
    /// The name in Kafka's terms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Preparing { .. } => "PreparingRebalance",
            Self::Completing { .. } => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

#[derive(Debug)]
pub struct Member {
    pub instance_id: Option<String>,
    pub client_id: String,
    /// Assignors by preference, each with what the member tells the leader.
    pub protocols: Vec<(String, Vec<u8>)>,
    pub assignment: Vec<u8>,
    session_timeout: Duration,
    rebalance_timeout: Duration,
    /// Without a sign of life until then the member is gone.
    alive_until: Time,
    /// The JoinGroup request that waits for its answer, and its connection: the member takes part in the
    /// rebalance.
    joining: Option<(u64, u64)>,
    /// Has asked for its assignment in this generation.
    synced: bool,
}

impl Member {
    pub fn metadata(&self, protocol: &str) -> &[u8] {
        self.protocols.iter().find(|(name, _)| name == protocol).map_or(&[], |(_, metadata)| metadata)
    }

    fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|(name, _)| name == protocol)
    }
}

/// A JoinGroup request.
pub struct Join {
    pub serial: u64,
    pub conn_id: u64,
    pub member_id: String,
    /// The id for a member that has none yet.
    pub new_member_id: String,
    /// Whether a new member has to come again with its id before it is taken in (version 4 on).
    pub two_steps: bool,
    pub instance_id: Option<String>,
    pub client_id: String,
    pub session_timeout: Duration,
    pub rebalance_timeout: Duration,
    pub protocol_type: String,
    pub protocols: Vec<(String, Vec<u8>)>,
    /// For an empty group.
    pub initial_delay: Duration,
}

/// Who asks: what every request of a member carries.
pub struct Caller<'a> {
    pub member_id: &'a str,
    pub instance_id: Option<&'a str>,
    pub generation: i32,
}

#[derive(Debug, Default)]
pub struct Group {
    pub phase: Phase,
    pub generation: i32,
    pub protocol_type: String,
    /// The assignor of this generation.
    pub protocol: String,
    pub leader: String,
    pub members: BTreeMap<String, Member>,
    /// Ids that have been given to members that have not come back with them yet, and how long they may.
    pending: BTreeMap<String, Time>,
    /// By topic and partition.
    pub offsets: BTreeMap<String, BTreeMap<i32, Committed>>,
    /// The members, when they speak the newer protocol: none of those above are there then.
    pub consumers: Option<ConsumerGroup>,
}

impl Group {
    /// Takes a member into the next generation, or answers with the current one: see [`Self::joined`].
    ///
    /// # Errors
    /// `MEMBER_ID_REQUIRED` when the member is to come again with `new_member_id`.
    pub fn join(&mut self, join: Join, now: Time) -> Result<(), ErrorCode> {
        if self.consumers.is_some() {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        self.check_protocols(&join)?;
        let id = self.admit(&join, now)?;
        let known = self.members.get(&id);
        let unchanged = known.is_some_and(|m| m.protocols == join.protocols);
        let answer_as_is = match self.phase {
            Phase::Completing { .. } => unchanged,
            Phase::Stable => unchanged && self.leader != id,
            Phase::Empty | Phase::Preparing { .. } => false,
        };
        if self.members.is_empty() {
            self.protocol_type.clone_from(&join.protocol_type);
        }
        let initial_delay = join.initial_delay;
        let assignment = self.members.remove(&id).map_or(vec![], |m| m.assignment);
        self.members.insert(
            id,
            Member {
                instance_id: join.instance_id,
                client_id: join.client_id,
                protocols: join.protocols,
                assignment,
                session_timeout: join.session_timeout,
                rebalance_timeout: join.rebalance_timeout,
                alive_until: now + join.session_timeout,
                joining: Some((join.serial, join.conn_id)),
                synced: false,
            },
        );
        match self.phase {
            _ if answer_as_is => {}
            Phase::Empty => self.phase = Phase::Preparing { until: now + initial_delay, initial: true },
            Phase::Preparing { .. } => {}
            Phase::Completing { .. } | Phase::Stable => self.prepare(now),
        }
        self.serve(now);
        Ok(())
    }

    fn check_protocols(&self, join: &Join) -> Result<(), ErrorCode> {
        let mut others = self.members.iter().filter(|(id, _)| **id != join.member_id).map(|(_, m)| m);
        let first_alone = others.clone().next().is_none();
        let same_type = first_alone || self.protocol_type == join.protocol_type;
        let common = join.protocols.iter().any(|(p, _)| others.all(|m| m.supports(p)));
        if join.protocol_type.is_empty() || !same_type || !common {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        Ok(())
    }

    /// The id under which the member joins.
    fn admit(&mut self, join: &Join, now: Time) -> Result<String, ErrorCode> {
        if join.member_id.is_empty() {
            let predecessor = join.instance_id.as_deref().and_then(|i| self.static_member(i));
            if let Some(old) = predecessor {
                self.rename(&old, &join.new_member_id);
                return Ok(join.new_member_id.clone());
            }
            if self.members.len() + self.pending.len() >= MAX_MEMBERS {
                return Err(ErrorCode::GROUP_MAX_SIZE_REACHED);
            }
            if join.two_steps && join.instance_id.is_none() {
                self.pending.insert(join.new_member_id.clone(), now + join.session_timeout);
                return Err(ErrorCode::MEMBER_ID_REQUIRED);
            }
            return Ok(join.new_member_id.clone());
        }
        self.check_instance(&join.member_id, join.instance_id.as_deref())?;
        if self.pending.remove(&join.member_id).is_some() || self.members.contains_key(&join.member_id) {
            return Ok(join.member_id.clone());
        }
        Err(ErrorCode::UNKNOWN_MEMBER_ID)
    }

    /// The new run of a static member takes the place of the old one, which is fenced off.
    fn rename(&mut self, old: &str, new: &str) {
        if let Some(mut member) = self.members.remove(old) {
            // Never the same protocols as before: the others have to learn the new id.
            member.protocols.clear();
            self.members.insert(new.to_owned(), member);
        }
        if self.leader == old {
            new.clone_into(&mut self.leader);
        }
    }

    fn static_member(&self, instance_id: &str) -> Option<String> {
        let is_it = |m: &Member| m.instance_id.as_deref() == Some(instance_id);
        self.members.iter().find(|(_, m)| is_it(m)).map(|(id, _)| id.clone())
    }

    fn check_instance(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), ErrorCode> {
        let Some(instance_id) = instance_id else { return Ok(()) };
        match self.static_member(instance_id) {
            Some(id) if id != member_id => Err(ErrorCode::FENCED_INSTANCE_ID),
            Some(_) => Ok(()),
            None => Err(ErrorCode::UNKNOWN_MEMBER_ID),
        }
    }

    /// The member whose JoinGroup request this was, when its generation is complete. `Ok(None)`: it has to
    /// wait.
    ///
    /// # Errors
    /// When the member has been removed meanwhile.
    pub fn joined(&mut self, serial: u64) -> Result<Option<String>, ErrorCode> {
        let of_request = |m: &Member| m.joining.is_some_and(|(s, _)| s == serial);
        let (id, member) =
            self.members.iter_mut().find(|(_, m)| of_request(m)).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if matches!(self.phase, Phase::Preparing { .. }) {
            return Ok(None);
        }
        member.joining = None;
        Ok(Some(id.clone()))
    }

    /// What the leader is told about the members: id, instance id, metadata.
    pub fn roster(&self) -> impl Iterator<Item = (&String, &Option<String>, &[u8])> {
        self.members.iter().map(|(id, m)| (id, &m.instance_id, m.metadata(&self.protocol)))
    }

    /// A member asks for its assignment, the leader with everybody's. `Ok(false)`: it has to wait.
    ///
    /// # Errors
    /// When the member or its generation is not what the group has.
    pub fn sync(
        &mut self,
        caller: &Caller<'_>,
        assignments: &[(&str, &[u8])],
        now: Time,
    ) -> Result<bool, ErrorCode> {
        self.check(caller, now)?;
        if let Some(member) = self.members.get_mut(caller.member_id) {
            member.synced = true;
        }
        match self.phase {
            Phase::Empty => Err(ErrorCode::UNKNOWN_MEMBER_ID),
            Phase::Preparing { .. } => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            Phase::Completing { .. } if caller.member_id != self.leader => Ok(false),
            Phase::Completing { .. } => {
                for (id, assignment) in assignments {
                    if let Some(member) = self.members.get_mut(*id) {
                        member.assignment = assignment.to_vec();
                    }
                }
                for member in self.members.values_mut() {
                    member.alive_until = now + member.session_timeout;
                }
                self.phase = Phase::Stable;
                Ok(true)
            }
            Phase::Stable => Ok(true),
        }
    }

    /// # Errors
    /// When the member or its generation is not what the group has, or is to join again.
    pub fn heartbeat(&mut self, caller: &Caller<'_>, now: Time) -> Result<(), ErrorCode> {
        self.check(caller, now)?;
        match self.phase {
            Phase::Preparing { .. } => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            _ => Ok(()),
        }
    }

    /// Whether this member may commit now; without member and generation anybody may, while nobody else is
    /// there.
    ///
    /// # Errors
    /// When not.
    pub fn may_commit(&mut self, caller: &Caller<'_>, now: Time) -> Result<(), ErrorCode> {
        if let Some(consumers) = &self.consumers {
            return consumers.check(caller.member_id, caller.generation);
        }
        if caller.generation < 0 && caller.member_id.is_empty() && self.members.is_empty() {
            return Ok(());
        }
        self.check(caller, now)?;
        match self.phase {
            Phase::Completing { .. } => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            _ => Ok(()),
        }
    }

    /// Also a sign of life.
    fn check(&mut self, caller: &Caller<'_>, now: Time) -> Result<(), ErrorCode> {
        self.check_instance(caller.member_id, caller.instance_id)?;
        let member = self.members.get_mut(caller.member_id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if caller.generation != self.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        member.alive_until = now + member.session_timeout;
        Ok(())
    }

    /// # Errors
    /// When there is no such member.
    pub fn leave(&mut self, member_id: &str, instance_id: Option<&str>, now: Time) -> Result<(), ErrorCode> {
        let named = instance_id.filter(|_| member_id.is_empty()).and_then(|i| self.static_member(i));
        let id = named.unwrap_or_else(|| member_id.to_owned());
        if self.pending.remove(&id).is_some() {
            return Ok(());
        }
        self.check_instance(&id, instance_id)?;
        self.members.remove(&id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if !matches!(self.phase, Phase::Preparing { .. }) {
            self.prepare(now);
        }
        self.serve(now);
        Ok(())
    }

    /// A connection is gone: nobody waits there for the end of the rebalance any more.
    pub fn disconnected(&mut self, conn_id: u64) {
        for member in self.members.values_mut() {
            member.joining = member.joining.filter(|(_, conn)| *conn != conn_id);
        }
    }

    fn prepare(&mut self, now: Time) {
        self.phase = Phase::Preparing { until: now + self.rebalance_timeout(), initial: false };
    }

    fn rebalance_timeout(&self) -> Duration {
        self.members.values().map(|m| m.rebalance_timeout).max().unwrap_or_default()
    }

    /// Does what time and the last event bring about; returns whether the group has moved on.
    pub fn serve(&mut self, now: Time) -> bool {
        if let Some(consumers) = &mut self.consumers {
            let changed = consumers.serve(now);
            self.forget_empty_consumers();
            return changed;
        }
        let before = (self.phase, self.generation, self.members.len());
        self.pending.retain(|_, until| *until > now);
        match self.phase {
            Phase::Empty => {}
            Phase::Preparing { until, initial } => {
                self.members.retain(|_, m| m.joining.is_some() || m.alive_until > now);
                let all_there = self.members.values().all(|m| m.joining.is_some());
                if until <= now || (all_there && !initial) {
                    self.complete(now);
                }
            }
            Phase::Completing { until } => {
                if until <= now {
                    self.members.retain(|_, m| m.synced);
                    self.prepare(now);
                    self.serve(now);
                }
            }
            Phase::Stable => {
                self.members.retain(|_, m| m.alive_until > now);
                if self.members.len() != before.2 {
                    self.prepare(now);
                    self.serve(now);
                }
            }
        }
        before != (self.phase, self.generation, self.members.len())
    }

    /// Whoever has joined is in the new generation.
    fn complete(&mut self, now: Time) {
        self.members.retain(|_, m| m.joining.is_some());
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            self.protocol.clear();
            self.leader.clear();
            return;
        }
        self.protocol = self.elect_protocol().unwrap_or_default();
        if !self.members.contains_key(&self.leader) {
            let first = self.members.iter().min_by_key(|(_, m)| m.joining);
            self.leader = first.map(|(id, _)| id.clone()).unwrap_or_default();
        }
        for member in self.members.values_mut() {
            member.synced = false;
            member.assignment.clear();
            member.alive_until = now + member.session_timeout;
        }
        self.phase = Phase::Completing { until: now + self.rebalance_timeout() };
    }

    /// The assignor that most members prefer among those that all of them know.
    fn elect_protocol(&self) -> Option<String> {
        let known_to_all = |p: &str| self.members.values().all(|m| m.supports(p));
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            if let Some((vote, _)) = member.protocols.iter().find(|(p, _)| known_to_all(p)) {
                *votes.entry(vote).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, n)| *n).map(|(p, _)| p.to_owned())
    }

    /// When [`Self::serve`] has to be called at the latest.
    pub fn deadline(&self) -> Deadline {
        if let Some(consumers) = &self.consumers {
            return consumers.deadline();
        }
        let pending = self.pending.values().min().map_or(Deadline::NEVER, |t| Deadline::at(*t));
        let phase = match self.phase {
            Phase::Preparing { until, .. } | Phase::Completing { until } => Deadline::at(until),
            Phase::Empty | Phase::Stable => Deadline::NEVER,
        };
        // While a generation is being completed, its own deadline holds for everybody.
        let watched = |m: &&Member| match self.phase {
            Phase::Preparing { .. } => m.joining.is_none(),
            Phase::Stable => true,
            _ => false,
        };
        let alive = self.members.values().filter(watched).map(|m| m.alive_until).min();
        phase.min(pending).min(alive.map_or(Deadline::NEVER, Deadline::at))
    }

    /// A group without members is of no kind: whoever comes next decides.
    pub fn forget_empty_consumers(&mut self) {
        self.consumers.take_if(|consumers| consumers.is_empty());
    }

    /// What kind of group it is, and its state, in Kafka's terms.
    pub fn kind_and_state(&self) -> (&'static str, &'static str) {
        match &self.consumers {
            Some(consumers) => ("consumer", consumers.state()),
            None => ("classic", self.phase.name()),
        }
    }

    /// Nothing that anybody could still ask for.
    pub fn is_dead(&self) -> bool {
        self.consumers.is_none()
            && self.members.is_empty()
            && self.pending.is_empty()
            && self.offsets.is_empty()
    }
}

#[cfg(test)]
mod tests;
