//! The clients that are heard of: of each the last two documents, whose difference makes rates.

use crate::document::{Document, Partition};
use std::collections::{BTreeMap, HashMap};

/// How long a client is shown after its connection has ended, seconds.
const SHOWN_AFTER_ITS_END_S: f64 = 60.0;

/// Which client: the connection that its documents come by, and its name, which is unique in one process
/// only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub source: u64,
    pub name: String,
}

/// A client, by its last two documents.
#[derive(Clone, Debug)]
pub struct Client {
    pub now: Document,
    before: Option<Document>,
    /// When its connection ended.
    ended: Option<f64>,
    /// Begins with `client.id`.
    name: String,
    /// What it is called in tables: its name, with the number of its source if others have the same one.
    pub label: String,
}

impl Client {
    /// Seconds between the two documents.
    fn interval(&self) -> Option<f64> {
        let micros = self.now.ts - self.before.as_ref()?.ts;
        #[allow(clippy::cast_precision_loss)] // A few seconds.
        (micros > 0).then_some(micros as f64 / 1e6)
    }

    /// How much a counter grew in a second; absent with one document, and when the counter began anew.
    pub fn rate(&self, counter: impl Fn(&Document) -> f64) -> Option<f64> {
        let grown = self.growth(counter)?;
        Some(grown / self.interval()?)
    }

    /// How much a counter grew.
    pub fn growth(&self, counter: impl Fn(&Document) -> f64) -> Option<f64> {
        let grown = counter(&self.now) - counter(self.before.as_ref()?);
        (grown >= 0.0).then_some(grown)
    }

    /// Of each partition, messages and bytes sent and received in a second. In one go: there may be many.
    pub fn partition_rates(&self) -> HashMap<(&str, i64), [Option<f64>; 4]> {
        let counters = |p: &Partition| [p.tx_msgs, p.tx_bytes, p.rx_msgs, p.rx_bytes];
        let (Some(before), Some(interval)) = (&self.before, self.interval()) else { return HashMap::new() };
        let old: HashMap<_, _> = before.partitions().map(|(t, p)| ((t, p.id), counters(p))).collect();
        let rates = self.now.partitions().map(|(topic, p)| {
            let (now, then) = (counters(p), old.get(&(topic, p.id)).copied().unwrap_or_default());
            let rate = |(now, then): (f64, f64)| (now >= then).then(|| (now - then) / interval);
            let [a, b, c, d] = now;
            let [e, f, g, h] = then;
            ((topic, p.id), [(a, e), (b, f), (c, g), (d, h)].map(rate))
        });
        rates.collect()
    }

    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }
}

/// All clients.
#[derive(Default)]
pub struct Fleet {
    clients: BTreeMap<Key, Client>,
    /// Lines that were no documents, and why the last one was none.
    skipped: u64,
    problem: String,
}

impl Fleet {
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Lines that were not understood.
    pub fn skipped(&self) -> (u64, &str) {
        (self.skipped, &self.problem)
    }

    /// Whether there is a client whose rates are known.
    pub fn has_rates(&self) -> bool {
        self.clients().any(|c| c.interval().is_some())
    }

    /// Takes a line of a source. Returns whose document it was, if it was one.
    pub fn take(&mut self, source: u64, line: &str) -> Option<Key> {
        let Some((number, text)) = split(line) else {
            self.skip("it has no document");
            return None;
        };
        match Document::parse(text) {
            Ok(document) => Some(self.put(number.unwrap_or(source), document)),
            Err(why) => {
                self.skip(&why);
                None
            }
        }
    }

    pub fn get(&self, key: &Key) -> Option<&Client> {
        self.clients.get(key)
    }

    fn skip(&mut self, why: &str) {
        self.skipped += 1;
        why.clone_into(&mut self.problem);
    }

    fn put(&mut self, source: u64, document: Document) -> Key {
        let key = Key { source, name: document.name.clone() };
        let old = self.clients.remove(&key);
        // Another process has the same name when its clock is behind.
        let before = old.map(|c| c.now).filter(|before| before.ts < document.ts);
        let name = document.name.clone();
        let client = Client { now: document, before, ended: None, label: String::new(), name };
        self.clients.insert(key.clone(), client);
        self.tell_apart();
        key
    }

    /// Clients of different sources that have the same name get the number of their source.
    fn tell_apart(&mut self) {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for client in self.clients.values() {
            *count.entry(client.name.clone()).or_default() += 1;
        }
        for (key, client) in &mut self.clients {
            let alone = count.get(&client.name).is_none_or(|n| *n < 2);
            client.label =
                if alone { client.name.clone() } else { format!("{} ({})", client.name, key.source) };
        }
    }

    /// A source has ended: its clients are shown for a while.
    pub fn end(&mut self, source: u64, now_s: f64) {
        for (_, client) in self.clients.iter_mut().filter(|(key, _)| key.source == source) {
            client.ended = Some(now_s);
        }
    }

    /// Forgets clients that have ended a while ago.
    pub fn forget(&mut self, now_s: f64) {
        self.clients.retain(|_, c| c.ended.is_none_or(|at| now_s < at + SHOWN_AFTER_ITS_END_S));
    }
}

/// A line as the number of its source, if it begins with one, and its document. What else stands before the
/// document, such as a log's time, is left out.
fn split(line: &str) -> Option<(Option<u64>, &str)> {
    let (head, _) = line.split_once('{')?;
    let text = line.get(head.len()..)?;
    Some((head.trim().parse().ok(), text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, ts: i64, replyq: i64) -> String {
        format!(
            "{{\"name\":\"{name}\",\"client_id\":\"rdkafka\",\"ts\":{ts},\"replyq\":{replyq},\"brokers\":{{}}}}"
        )
    }

    fn rates(fleet: &Fleet) -> Vec<Option<f64>> {
        fleet.clients().map(|c| c.rate(|d| d.replyq)).collect()
    }

    #[test]
    fn rates_are_differences_over_the_clients_own_clock() {
        let mut fleet = Fleet::default();
        assert!(fleet.take(1, &line("a", 1_000_000, 10)).is_some() && !fleet.has_rates());
        assert_eq!(rates(&fleet), [None]);
        fleet.take(1, &line("a", 3_000_000, 50));
        assert_eq!(rates(&fleet), [Some(20.0)]);
        assert!(fleet.has_rates());
        fleet.take(1, &line("a", 4_000_000, 0));
        assert_eq!(rates(&fleet), [None], "the counter began anew");
        fleet.take(1, &line("a", 1_000_000, 0));
        assert_eq!(rates(&fleet), [None], "the process began anew");
    }

    #[test]
    fn sources_are_told_apart() {
        let mut fleet = Fleet::default();
        fleet.take(1, &line("a", 1, 0));
        fleet.take(2, &line("b", 1, 0));
        fleet.take(1, &format!("2 {}", line("a", 1, 0)));
        fleet.take(1, &format!("07:00 STATS: {}", line("c", 1, 0)));
        let labels: Vec<_> = fleet.clients().map(|c| c.label.as_str()).collect();
        assert_eq!(labels, ["a (1)", "c", "a (2)", "b"]);
    }

    #[test]
    fn clients_whose_connection_ended_are_shown_for_a_while() {
        let mut fleet = Fleet::default();
        fleet.take(1, &line("a", 1, 0));
        fleet.take(2, &line("b", 1, 0));
        fleet.end(1, 100.0);
        fleet.forget(100.0 + SHOWN_AFTER_ITS_END_S - 1.0);
        assert_eq!(fleet.clients().filter(|c| c.has_ended()).count(), 1);
        fleet.forget(100.0 + SHOWN_AFTER_ITS_END_S);
        assert_eq!(fleet.clients().count(), 1);
    }

    #[test]
    fn lines_that_are_no_documents_are_counted() {
        let mut fleet = Fleet::default();
        assert!(fleet.take(1, "hello").is_none() && fleet.take(1, "{").is_none() && fleet.is_empty());
        assert_eq!(fleet.skipped().0, 2);
    }
}
