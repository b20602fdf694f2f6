//! When to send a Metadata request, and for which topics. One at a time, whatever the number of reasons.

use super::TRY_ANOTHER_AFTER;
use crate::base::by_name::Names;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::conf::Settings;
use std::time::Duration;

/// So long the first question waits for a topic, if there is none yet: applications usually name one right
/// after they have made the client, and then one question is enough.
const TOPIC_EXPECTED: Duration = Duration::from_millis(20);

/// After an answer, new topics wait so long for every so many topics that were asked for: thousands of topics
/// that an application names one after the other make a few questions, and a few topics wait for none.
const PAUSE: Duration = Duration::from_millis(5);
const TOPICS_PER_PAUSE: usize = 10;

/// The topics to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Topics, empty for the brokers alone.
    pub topics: Vec<String>,
    /// All topics of the cluster; `topics` are those that matter here.
    pub all: bool,
    /// Answers to earlier questions do not count.
    pub number: u64,
    pub asked_at: Time,
}

impl Question {
    /// Why it is asked, as librdkafka's log has it.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        if self.topics.is_empty() { "connected" } else { "partition leader query" }
    }
}

#[derive(Debug)]
pub struct Planner {
    /// Topics whose state or leaders are not known for certain.
    wanted: Names,
    /// The brokers themselves are wanted.
    brokers_wanted: bool,
    /// All topics of the cluster are wanted (`topic.metadata.refresh.sparse=false`).
    all_wanted: bool,
    asked: Option<RequestInFlight>,
    number: u64,
    not_before: Time,
    /// New topics are not asked for before this time either.
    paused_until: Time,
    /// Fruitless questions in a row.
    attempts: u32,
    next_full: Deadline,
    /// The brokers alone are not asked for before this time.
    brokers_not_before: Time,
}

#[derive(Debug)]
struct RequestInFlight {
    number: u64,
    impatient_at: Time,
}

impl Planner {
    #[must_use]
    pub fn new(settings: &Settings, now: Time) -> Self {
        Self {
            wanted: Names::default(),
            brokers_wanted: true,
            all_wanted: false,
            asked: None,
            number: 0,
            not_before: now,
            paused_until: Time::default(),
            attempts: 0,
            next_full: settings.metadata.refresh_interval.map_or(Deadline::NEVER, |i| Deadline::at(now + i)),
            brokers_not_before: now,
        }
    }

    /// A topic was added: asked for at once, whatever the pace of other questions, unless many have just been
    /// asked for.
    pub fn added(&mut self, topic: Arc<str>, now: Time) {
        self.wanted.insert(topic);
        self.not_before = self.not_before.min(now.max(self.paused_until));
    }

    /// Something seems to have changed about a topic.
    pub fn suspect(&mut self, topic: &str) {
        if !self.wanted.contains(topic) {
            self.wanted.insert(topic.into());
        }
    }

    /// The brokers have to be learned again.
    pub fn suspect_brokers(&mut self) {
        self.brokers_wanted = true;
    }

    /// No more of this topic.
    pub fn forget(&mut self, topic: &str) {
        self.wanted.remove(topic);
    }

    #[must_use]
    pub fn has_work(&self) -> bool {
        self.brokers_wanted || !self.wanted.is_empty()
    }

    /// When [`Self::ask`] is to be called.
    #[must_use]
    pub fn next(&self) -> Deadline {
        let question = match &self.asked {
            _ if !self.has_work() => Deadline::NEVER,
            Some(a) => Deadline::at(a.impatient_at.max(self.not_before)),
            None => Deadline::at(self.earliest()),
        };
        question.min(self.next_full)
    }

    fn earliest(&self) -> Time {
        if self.wanted.is_empty() { self.not_before.max(self.brokers_not_before) } else { self.not_before }
    }

    /// Takes note of the time: when the full refresh is due, everything is wanted. `all` are the topics in
    /// use.
    pub fn tick(&mut self, now: Time, settings: &Settings, all: &mut dyn FnMut() -> Vec<String>) {
        if self.next_full.is_due(now) {
            self.next_full =
                settings.metadata.refresh_interval.map_or(Deadline::NEVER, |i| Deadline::at(now + i));
            self.wanted.extend(all().into_iter().map(Arc::from));
            self.brokers_wanted = true;
            self.all_wanted = !settings.metadata.refresh_sparse;
            self.not_before = self.not_before.min(now);
        }
    }

    /// The question to put now, if any.
    pub fn ask(
        &mut self,
        now: Time,
        settings: &Settings,
        all: &mut dyn FnMut() -> Vec<String>,
    ) -> Option<Question> {
        self.tick(now, settings, all);
        let waiting = self.asked.as_ref().is_some_and(|a| now < a.impatient_at);
        if waiting || !self.has_work() || now < self.earliest() {
            return None;
        }
        self.number += 1;
        let mut topics: Vec<String> = self.wanted.iter().map(|name| name.to_string()).collect();
        topics.sort_unstable();
        self.asked = Some(RequestInFlight { number: self.number, impatient_at: now + TRY_ANOTHER_AFTER });
        Some(Question { topics, all: self.all_wanted, number: self.number, asked_at: now })
    }

    /// A question was answered: the topics in it are settled, but for those in `open`.
    pub fn answered(&mut self, question: &Question, open: &[String], now: Time, settings: &Settings) {
        for t in &question.topics {
            self.wanted.remove(t.as_str());
        }
        self.wanted.extend(open.iter().map(|t| Arc::from(t.as_str())));
        self.brokers_wanted = false;
        self.all_wanted &= !question.all;
        let pace = settings.metadata.refresh_fast_interval;
        let pauses = u32::try_from(question.topics.len() / TOPICS_PER_PAUSE).unwrap_or(u32::MAX);
        self.paused_until = now + PAUSE.saturating_mul(pauses).min(pace);
        self.finish(question, open.is_empty(), now, pace, settings);
    }

    /// A question was not answered.
    pub fn failed(&mut self, question: &Question, now: Time, settings: &Settings) {
        self.finish(question, false, now, settings.retry.backoff, settings);
    }

    fn finish(&mut self, q: &Question, fruitful: bool, now: Time, pace: Duration, settings: &Settings) {
        if self.asked.as_ref().is_some_and(|a| a.number == q.number) {
            self.asked = None;
        }
        if fruitful {
            self.attempts = 0;
            self.not_before = self.paused_until;
            return;
        }
        let wait = pace.saturating_mul(1 << self.attempts.min(10)).min(settings.retry.backoff_max.max(pace));
        self.attempts = self.attempts.saturating_add(1);
        self.not_before = now + wait;
    }

    /// A broker came up: what was held back for lack of one may be asked now.
    pub fn broker_up(&mut self, now: Time) {
        if self.asked.is_none() {
            self.not_before = self.not_before.min(now);
        }
        if self.number == 0 {
            self.brokers_not_before = now + TOPIC_EXPECTED;
        }
    }
}

#[cfg(test)]
mod tests;
