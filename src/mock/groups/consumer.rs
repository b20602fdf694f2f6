//! A consumer group of the newer protocol (KIP-848): the coordinator works out who gets what, and members
//! move there step by step, each with an epoch of its own.
//!
//! Members tell what they want and own; they are told what they may own. What is taken away from one is given
//! to another only when the first has said that it has let go of it. Deviations from Kafka: one assignor
//! (range); what has changed without a member's doing (topics, members that left) is looked at when the next
//! heartbeat comes.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::mock::catalogue::Catalogue;
use crate::protocol::TopicId;
use crate::protocol::consumer_group_heartbeat::epoch;
use regex_lite::RegexBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// More members than any group has: a hostile client must not fill the memory with them.
const MAX_MEMBERS: usize = 10_000;
/// Space for a compiled pattern.
const MAX_PATTERN: usize = 1 << 18;

/// Partitions by topic id and number.
pub type Places = BTreeSet<(TopicId, i32)>;

/// A request of a member. `None` stands for "as before".
#[derive(Clone, Debug, Default)]
pub struct Beat {
    pub member_id: String,
    pub epoch: i32,
    pub instance_id: Option<String>,
    pub rebalance_timeout: Option<Duration>,
    pub names: Option<BTreeSet<String>>,
    pub pattern: Option<String>,
    pub owned: Option<Places>,
    pub session_timeout: Duration,
}

/// The answer to a member's heartbeat.
#[derive(Debug, PartialEq, Eq)]
pub struct HeartbeatReply {
    pub member_id: String,
    pub epoch: i32,
    /// `None`: as before.
    pub assigned: Option<Places>,
}

#[derive(Debug, Default)]
struct Member {
    /// Members are served in the order in which they came.
    number: u64,
    instance_id: Option<String>,
    names: BTreeSet<String>,
    pattern: Option<String>,
    epoch: i32,
    /// The epoch before, which a member still has to which the answer was lost.
    previous_epoch: i32,
    /// What it may own now, what it has to let go of, and where it is to get.
    assigned: Places,
    revoking: Places,
    target: Places,
    target_epoch: i32,
    /// What it was told last.
    told: Option<Places>,
    rebalance_timeout: Duration,
    alive_until: Time,
    /// Until then it has to let go.
    revoke_until: Option<Time>,
    /// A member with a name of its own that has said that it will come back.
    away: bool,
}

impl Member {
    fn due(&self) -> Time {
        self.revoke_until.map_or(self.alive_until, |t| t.min(self.alive_until))
    }

    fn reach(&mut self, epoch: i32) {
        if self.epoch != epoch {
            self.previous_epoch = self.epoch;
            self.epoch = epoch;
        }
    }
}

#[derive(Debug, Default)]
pub struct ConsumerGroup {
    epoch: i32,
    members: BTreeMap<String, Member>,
    joined: u64,
    /// The version of the catalogue that the targets were worked out with; `None`: they have to be worked out
    /// anew.
    seen: Option<u64>,
    /// A test has said who is to get what.
    manual: bool,
    /// How many partitions the targets of all members have.
    size: usize,
}

impl ConsumerGroup {
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// The state in Kafka's terms.
    pub fn state(&self) -> &'static str {
        if self.members.is_empty() {
            "Empty"
        } else if self.seen.is_none() {
            "Assigning"
        } else if self.members.values().any(|m| m.epoch != m.target_epoch || m.assigned != m.target) {
            "Reconciling"
        } else {
            "Stable"
        }
    }

    /// Serves a member's request. `space`: how many partitions may be dealt out.
    ///
    /// # Errors
    /// The code that Kafka answers.
    pub fn beat(
        &mut self,
        beat: Beat,
        catalogue: &Catalogue,
        space: usize,
        now: Time,
    ) -> Result<HeartbeatReply, ErrorCode> {
        if beat.epoch < epoch::JOIN {
            return self.leave(&beat);
        }
        let joins = beat.epoch == epoch::JOIN;
        let id = beat.member_id.clone();
        let mut member = if joins { self.admit(&beat)? } else { self.known(&beat)? };
        let full = beat.rebalance_timeout.is_some() && beat.owned.is_some();
        member.alive_until = now + beat.session_timeout;
        member.rebalance_timeout = beat.rebalance_timeout.unwrap_or(member.rebalance_timeout);
        let changed = self.subscribe(&mut member, &beat);
        self.members.insert(id.clone(), member);
        if changed || self.seen != Some(catalogue.version()) {
            self.assign(catalogue, space)?;
        }
        let owned = if joins { Some(Places::new()) } else { beat.owned };
        self.reconcile(&id, owned.as_ref(), now);
        let member = self.members.get_mut(&id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        let news = joins || full || member.told.as_ref() != Some(&member.assigned);
        let assigned = news.then(|| member.assigned.clone());
        if news {
            member.told.clone_from(&assigned);
        }
        Ok(HeartbeatReply { member_id: id, epoch: member.epoch, assigned })
    }

    /// A member that joins, or joins again, taken out of the group.
    fn admit(&mut self, beat: &Beat) -> Result<Member, ErrorCode> {
        let subscribed = beat.names.is_some() || beat.pattern.is_some();
        let owns = beat.owned.as_ref().is_some_and(|owned| !owned.is_empty());
        if beat.rebalance_timeout.is_none() || !subscribed || owns || beat.member_id.is_empty() {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        let namesake = self.namesake(beat.instance_id.as_deref());
        if let Some((id, away)) = namesake.filter(|(id, _)| *id != beat.member_id) {
            if !away {
                return Err(ErrorCode::UNRELEASED_INSTANCE_ID);
            }
            let member = self.members.remove(&id).unwrap_or_default();
            return Ok(Member { away: false, ..member });
        }
        if let Some(member) = self.members.remove(&beat.member_id) {
            return Ok(Member { away: false, ..member });
        }
        if self.members.len() >= MAX_MEMBERS {
            return Err(ErrorCode::GROUP_MAX_SIZE_REACHED);
        }
        self.joined += 1;
        let instance_id = beat.instance_id.clone();
        Ok(Member { number: self.joined, instance_id, target_epoch: self.epoch.max(1), ..Member::default() })
    }

    /// The member of this name, and whether it is away.
    fn namesake(&self, instance_id: Option<&str>) -> Option<(String, bool)> {
        let instance_id = instance_id?;
        let mut all = self.members.iter();
        let found = all.find(|(_, m)| m.instance_id.as_deref() == Some(instance_id))?;
        Some((found.0.clone(), found.1.away))
    }

    fn known(&mut self, beat: &Beat) -> Result<Member, ErrorCode> {
        let member = self.members.get(&beat.member_id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if beat.instance_id.is_some() && member.instance_id != beat.instance_id {
            return Err(ErrorCode::FENCED_INSTANCE_ID);
        }
        // Whoever has the epoch before and owns nothing but what it may own has not got the answer.
        let missed = beat.epoch == member.previous_epoch
            && beat.owned.as_ref().is_some_and(|owned| owned.is_subset(&member.assigned));
        if beat.epoch != member.epoch && !missed {
            return Err(ErrorCode::FENCED_MEMBER_EPOCH);
        }
        self.members.remove(&beat.member_id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)
    }

    fn leave(&mut self, beat: &Beat) -> Result<HeartbeatReply, ErrorCode> {
        let member = self.members.get_mut(&beat.member_id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if beat.epoch == epoch::LEAVE_FOR_A_WHILE && member.instance_id.is_some() {
            member.away = true;
            member.told = None;
        } else {
            self.remove(&beat.member_id);
        }
        Ok(HeartbeatReply { member_id: beat.member_id.clone(), epoch: beat.epoch, assigned: None })
    }

    /// Takes a member out; what it had goes to the others.
    pub fn remove(&mut self, member_id: &str) {
        if let Some(member) = self.members.remove(member_id) {
            self.size = self.size.saturating_sub(member.target.len());
            self.seen = None;
        }
    }

    /// Whether the member wants something else than before.
    fn subscribe(&self, member: &mut Member, beat: &Beat) -> bool {
        let mut changed = member.names.is_empty() && member.pattern.is_none();
        if let Some(names) = beat.names.as_ref().filter(|names| **names != member.names) {
            member.names.clone_from(names);
            changed = true;
        }
        if let Some(pattern) = &beat.pattern {
            let pattern = Some(pattern.clone()).filter(|p| !p.is_empty());
            changed |= pattern != member.pattern;
            member.pattern = pattern;
        }
        changed
    }

    /// Works out who is to get what: of every topic, a range for each who wants it.
    fn assign(&mut self, catalogue: &Catalogue, space: usize) -> Result<(), ErrorCode> {
        if self.manual {
            self.seen = Some(catalogue.version());
            return Ok(());
        }
        let mut order: Vec<(u64, &String)> = self.members.iter().map(|(id, m)| (m.number, id)).collect();
        order.sort_unstable();
        let mut wanted: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for (_, id) in order {
            for name in self.members.get(id).into_iter().flat_map(|m| wishes(m, catalogue)) {
                wanted.entry(name).or_default().push(id);
            }
        }
        let found = wanted.iter().filter_map(|(name, ids)| Some((catalogue.topic(name)?, ids)));
        if found.clone().map(|(topic, _)| topic.partitions.len()).sum::<usize>() > space {
            return Err(ErrorCode::GROUP_MAX_SIZE_REACHED);
        }
        let mut targets: BTreeMap<String, Places> = BTreeMap::new();
        for (topic, ids) in found {
            let mut partitions = topic.partitions.iter().map(|p| (topic.id, p.id));
            let (each, more) = (topic.partitions.len() / ids.len(), topic.partitions.len() % ids.len());
            for (n, id) in ids.iter().enumerate() {
                let share = partitions.by_ref().take(each + usize::from(n < more));
                targets.entry((*id).clone()).or_default().extend(share);
            }
        }
        self.epoch = self.epoch.saturating_add(1);
        for (id, member) in &mut self.members {
            member.target = targets.remove(id).unwrap_or_default();
            member.target_epoch = self.epoch;
        }
        self.size = self.members.values().map(|m| m.target.len()).sum();
        self.seen = Some(catalogue.version());
        Ok(())
    }

    /// Lets a test say who is to get what; `None`: it is worked out again. Members that are not named keep
    /// what they have.
    pub fn assign_manually(&mut self, targets: Option<BTreeMap<String, Places>>) {
        self.manual = targets.is_some();
        let Some(targets) = targets else {
            self.seen = None;
            return;
        };
        self.epoch = self.epoch.saturating_add(1);
        for (id, target) in targets {
            if let Some(member) = self.members.get_mut(&id) {
                member.target = target;
                member.target_epoch = self.epoch;
            }
        }
        self.size = self.members.values().map(|m| m.target.len()).sum();
    }

    /// Brings a member, which has told what it owns, as near to its target as others let it.
    fn reconcile(&mut self, id: &str, owned: Option<&Places>, now: Time) {
        let Some(mut member) = self.members.remove(id) else { return };
        if let Some(owned) = owned {
            member.revoking.retain(|place| owned.contains(place));
        }
        if member.revoking.is_empty() {
            member.revoke_until = None;
            if member.assigned == member.target {
                member.reach(member.target_epoch);
            } else {
                self.move_on(&mut member, owned, now);
            }
        }
        self.members.insert(id.to_owned(), member);
    }

    fn move_on(&self, member: &mut Member, owned: Option<&Places>, now: Time) {
        let lost: Places = member.assigned.difference(&member.target).copied().collect();
        member.assigned.retain(|place| member.target.contains(place));
        // Whoever says nothing still owns what it was given.
        member.revoking = lost.into_iter().filter(|p| owned.is_none_or(|owned| owned.contains(p))).collect();
        if !member.revoking.is_empty() {
            member.revoke_until = Some(now + member.rebalance_timeout);
            return;
        }
        let held: BTreeSet<_> =
            self.members.values().flat_map(|m| m.assigned.iter().chain(&m.revoking)).collect();
        member.assigned.extend(member.target.iter().filter(|place| !held.contains(place)));
        member.reach(member.target_epoch);
    }

    /// Whether a member may read and write positions of the group.
    ///
    /// # Errors
    /// When not.
    pub fn check(&self, member_id: &str, epoch: i32) -> Result<(), ErrorCode> {
        if member_id.is_empty() && epoch < 0 && self.members.is_empty() {
            return Ok(());
        }
        let member = self.members.get(member_id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if member.epoch == epoch { Ok(()) } else { Err(ErrorCode::STALE_MEMBER_EPOCH) }
    }

    /// Removes members that have been silent, or have not let go, for too long; returns whether there were
    /// any.
    pub fn serve(&mut self, now: Time) -> bool {
        let gone = self.members.iter().filter(|(_, m)| m.due() <= now).map(|(id, _)| id.clone());
        let gone: Vec<String> = gone.collect();
        for id in &gone {
            self.remove(id);
        }
        !gone.is_empty()
    }

    /// When [`Self::serve`] has to be called at the latest.
    pub fn deadline(&self) -> Deadline {
        self.members.values().fold(Deadline::NEVER, |d, m| d.min(Deadline::at(m.due())))
    }
}

/// The names of the topics that a member wants and that are there.
fn wishes<'a>(member: &'a Member, catalogue: &'a Catalogue) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = member.names.iter().map(String::as_str).collect();
    let pattern = member.pattern.as_deref().and_then(compile);
    if let Some(pattern) = pattern {
        names.extend(catalogue.names().filter(|name| pattern.is_match(name)));
    }
    names
}

/// A pattern has to match the whole name.
fn compile(pattern: &str) -> Option<regex_lite::Regex> {
    RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(MAX_PATTERN).build().ok()
}

/// # Errors
/// When it is none.
pub fn check_pattern(pattern: &str) -> Result<(), ErrorCode> {
    if compile(pattern).is_some() { Ok(()) } else { Err(ErrorCode::INVALID_REGULAR_EXPRESSION) }
}

#[cfg(test)]
mod tests;
