//! When to send a Metadata request, and for which topics. One at a time, whatever the number of reasons.

use super::TRY_ANOTHER_AFTER;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::conf::Settings;
use std::collections::BTreeSet;
use std::time::Duration;

/// So long the first question waits for a topic, if there is none yet: applications usually name one right
/// after they have made the client, and then one question is enough.
const TOPIC_EXPECTED: Duration = Duration::from_millis(20);

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
    wanted: BTreeSet<String>,
    /// The brokers themselves are wanted.
    brokers_wanted: bool,
    /// All topics of the cluster are wanted (`topic.metadata.refresh.sparse=false`).
    all_wanted: bool,
    asked: Option<Asked>,
    number: u64,
    not_before: Time,
    /// Fruitless questions in a row.
    attempts: u32,
    next_full: Deadline,
    /// The brokers alone are not asked for before this time.
    brokers_not_before: Time,
}

#[derive(Debug)]
struct Asked {
    number: u64,
    impatient_at: Time,
}

impl Planner {
    #[must_use]
    pub fn new(settings: &Settings, now: Time) -> Self {
        Self {
            wanted: BTreeSet::new(),
            brokers_wanted: true,
            all_wanted: false,
            asked: None,
            number: 0,
            not_before: now,
            attempts: 0,
            next_full: settings.metadata.refresh_interval.map_or(Deadline::NEVER, |i| Deadline::at(now + i)),
            brokers_not_before: now,
        }
    }

    /// A topic was added: asked for at once, whatever the pace of other questions.
    pub fn added(&mut self, topic: &str, now: Time) {
        self.wanted.insert(topic.to_owned());
        self.not_before = self.not_before.min(now);
    }

    /// Something seems to have changed about a topic.
    pub fn suspect(&mut self, topic: &str) {
        self.wanted.insert(topic.to_owned());
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
            self.wanted.extend(all());
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
        self.asked = Some(Asked { number: self.number, impatient_at: now + TRY_ANOTHER_AFTER });
        Some(Question {
            topics: self.wanted.iter().cloned().collect(),
            all: self.all_wanted,
            number: self.number,
            asked_at: now,
        })
    }

    /// A question was answered: the topics in it are settled, but for those in `open`.
    pub fn answered(&mut self, question: &Question, open: &[String], now: Time, settings: &Settings) {
        for t in &question.topics {
            self.wanted.remove(t);
        }
        self.wanted.extend(open.iter().cloned());
        self.brokers_wanted = false;
        self.all_wanted &= !question.all;
        self.finish(question, open.is_empty(), now, settings.metadata.refresh_fast_interval, settings);
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
            // Reasons that come up right after an answer are held up a little, so that many of them make one
            // question.
            self.not_before = now;
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
mod tests {
    use super::*;

    fn ask(p: &mut Planner, now: i64, s: &Settings) -> Option<Question> {
        p.ask(Time(now), s, &mut || vec!["all".into()])
    }

    #[test]
    fn many_reasons_make_one_question() {
        let s = Settings::default();
        let mut p = Planner::new(&s, Time(0));
        p.added("a", Time(0));
        p.suspect("b");
        let q = ask(&mut p, 0, &s).unwrap();
        assert_eq!(q.topics, ["a", "b"]);
        p.suspect("c");
        assert_eq!(ask(&mut p, 10, &s), None);
        p.answered(&q, &[], Time(20), &s);
        assert_eq!(ask(&mut p, 20, &s).unwrap().topics, ["c"]);
    }

    #[test]
    fn open_topics_are_asked_for_again_at_a_growing_distance() {
        let s = Settings::default();
        let mut p = Planner::new(&s, Time(0));
        p.added("a", Time(0));
        let mut now = Time(0);
        let mut waits = Vec::new();
        for _ in 0..6 {
            let q = p.ask(now, &s, &mut Vec::new).unwrap();
            p.answered(&q, &["a".into()], now, &s);
            let at = p.next().time().unwrap();
            waits.push(at.since(now).as_millis());
            assert_eq!(p.ask(Time(at.0 - 1), &s, &mut Vec::new), None);
            now = at;
        }
        assert_eq!(waits, [100, 200, 400, 800, 1000, 1000]);
    }

    #[test]
    fn a_new_topic_does_not_wait_for_the_others() {
        let s = Settings::default();
        let mut p = Planner::new(&s, Time(0));
        p.added("a", Time(0));
        let q = ask(&mut p, 0, &s).unwrap();
        p.answered(&q, &["a".into()], Time(0), &s);
        p.added("b", Time(5));
        assert_eq!(ask(&mut p, 5, &s).unwrap().topics, ["a", "b"]);
    }

    #[test]
    fn the_full_refresh_asks_for_everything() {
        let s = Settings::default();
        let mut p = Planner::new(&s, Time(0));
        let q = ask(&mut p, 0, &s).unwrap();
        p.answered(&q, &[], Time(0), &s);
        let at = p.next().time().unwrap();
        assert_eq!(at.0, 300_000_000);
        assert_eq!(ask(&mut p, at.0, &s).unwrap().topics, ["all"]);
    }

    #[test]
    fn a_refresh_that_is_not_sparse_asks_for_all_topics_of_the_cluster() {
        let mut s = Settings::default();
        s.metadata.refresh_sparse = false;
        let mut p = Planner::new(&s, Time(0));
        p.added("a", Time(0));
        let q = ask(&mut p, 0, &s).unwrap();
        assert!(!q.all, "a new topic alone is no reason");
        p.answered(&q, &[], Time(0), &s);
        let at = p.next().time().unwrap();
        let q = ask(&mut p, at.0, &s).unwrap();
        assert!(q.all && q.topics == ["all"]);
        p.failed(&q, at, &s);
        let q = p.ask(p.next().time().unwrap(), &s, &mut Vec::new).unwrap();
        assert!(q.all, "until it is answered");
        p.answered(&q, &[], at, &s);
        p.suspect("b");
        assert!(!p.ask(p.next().time().unwrap(), &s, &mut Vec::new).unwrap().all);
    }

    #[test]
    fn an_open_question_that_nobody_needs_any_more_wakes_nobody() {
        let mut s = Settings::default();
        s.metadata.refresh_interval = None;
        let mut p = Planner::new(&s, Time(0));
        p.added("a", Time(0));
        let first = ask(&mut p, 0, &s).unwrap();
        let _second = ask(&mut p, 1_000_000, &s).unwrap();
        p.answered(&first, &[], Time(1_000_001), &s);
        assert_eq!(p.next(), Deadline::NEVER);
    }

    #[test]
    fn impatience_leads_to_another_question() {
        let s = Settings::default();
        let mut p = Planner::new(&s, Time(0));
        p.added("a", Time(0));
        let first = ask(&mut p, 0, &s).unwrap();
        let second = ask(&mut p, 1_000_000, &s).unwrap();
        assert_ne!(first.number, second.number);
        // The late answer to the first is as good, but the second stays open.
        p.answered(&first, &[], Time(1_000_001), &s);
        p.suspect("b");
        assert_eq!(ask(&mut p, 1_000_002, &s), None);
        p.answered(&second, &[], Time(1_000_003), &s);
        assert!(ask(&mut p, 1_000_003, &s).is_some());
    }
}
