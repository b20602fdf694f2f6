use super::*;
use crate::base::sync::Arc;
use crate::conf::OffsetReset;
use crate::consumer::fetch::track::{Errand, Readiness};
use crate::consumer::partition::Partition;
use crate::protocol::record_batch::{BatchHeader, encode_headers, encode_record_prefix};
use std::time::Duration;

/// A batch of `count` records from `base` on.
fn batch(base: i64, count: i32) -> Vec<u8> {
    let mut records = Vec::new();
    for delta in 0..count {
        encode_record_prefix(&mut records, delta, 0, None, Some(1), 1);
        records.push(b'v');
        encode_headers(&mut records, None);
    }
    let mut header = BatchHeader {
        base_offset: base,
        partition_leader_epoch: 3,
        last_offset_delta: count - 1,
        record_count: count,
        ..BatchHeader::default()
    };
    header.seal([&records[..]]);
    [&header.to_bytes()[..], &records].concat()
}

struct Rig {
    partition: Arc<Partition>,
    settings: ConsumerSettings,
    now: Time,
}

impl Rig {
    fn new(offset: i64, reset: OffsetReset) -> Self {
        let partition = Arc::new(Partition::new("t".into(), 0));
        let mut track = partition.track();
        track.configure(reset, 1 << 29);
        track.set_leader(1, 3, [0; 16]);
        track.begin(partition.version(), Position::at(offset));
        drop(track);
        let settings = ConsumerSettings { partition_eof: true, ..ConsumerSettings::default() };
        Self { partition, settings, now: Time(1_000_000) }
    }

    /// What broker 1 asks, if it does.
    fn ask(&self) -> Option<RequestedPartition> {
        let mut track = self.partition.track();
        let _ = track.take_errand(self.now);
        match track.readiness(1, self.now) {
            Readiness::Now(wanted) => Some(RequestedPartition { partition: self.partition.clone(), wanted }),
            _ => None,
        }
    }

    fn answer(&self, asked: &RequestedPartition, answer: &ResponsePartition<'_>) -> FetchOutcome {
        let records = answer.records.unwrap_or_default().to_vec();
        let by = Answerer { broker_id: 1, settings: &self.settings, pool: &Pool::new(0), now: self.now };
        answered(asked, answer, records, by)
    }

    fn next(&self) -> i64 {
        self.partition.track().next().offset
    }
}

fn with<'a>(records: &'a [u8], high_watermark: i64) -> ResponsePartition<'a> {
    ResponsePartition { records: Some(records), high_watermark, ..ResponsePartition::default() }
}

fn error(error_code: i16) -> ResponsePartition<'static> {
    ResponsePartition { error_code, ..ResponsePartition::default() }
}

/// Codes and texts of the errors, `None` for messages.
fn told(outcome: &FetchOutcome) -> Vec<Option<(ErrorCode, &str)>> {
    let of = |news| match news {
        &News::Fetched(_) => None,
        News::Error(e) => Some((e.code, e.text.as_str())),
    };
    outcome.news.iter().map(of).collect()
}

#[test]
fn messages_move_the_position_and_the_end_follows_them() {
    let rig = Rig::new(10, OffsetReset::Latest);
    let asked = rig.ask().unwrap();
    let bytes = [batch(10, 3), batch(13, 2)].concat();
    let outcome = rig.answer(&asked, &with(&bytes, 15));
    let end = "Fetch from broker 1 reached end of partition at offset 15 (HighwaterMark 15)";
    assert_eq!(told(&outcome), [None, Some((ErrorCode::_PARTITION_EOF, end))]);
    assert_eq!((rig.next(), rig.partition.waiting().0), (15, 5));
    assert_eq!(rig.partition.watermarks().1, 15);
    assert!(rig.answer(&asked, &with(&bytes, 15)).news.is_empty(), "the second answer to a question");
    assert!(rig.answer(&rig.ask().unwrap(), &with(&[], 15)).news.is_empty(), "the end is told once");
    drop(outcome);
    assert_eq!(rig.partition.waiting(), (0, 0));
}

#[test]
fn the_end_of_committed_messages_is_the_end() {
    for (read_committed, end) in [(true, Some(10)), (false, None)] {
        let mut rig = Rig::new(10, OffsetReset::Latest);
        rig.settings.read_committed = read_committed;
        let asked = rig.ask().unwrap();
        let answer = ResponsePartition { last_stable_offset: 10, ..with(&[], 15) };
        assert_eq!(rig.answer(&asked, &answer).news.len(), usize::from(end.is_some()));
        assert_eq!(rig.partition.last_stable_offset(), 10);
    }
}

#[test]
fn what_does_not_fit_is_asked_for_with_more_space() {
    let rig = Rig::new(10, OffsetReset::Latest);
    let part = &batch(10, 3)[..30];
    let asked = rig.ask().unwrap();
    assert!(rig.answer(&asked, &with(part, 15)).news.is_empty());
    let asked = rig.ask().unwrap();
    assert_eq!(asked.wanted.max_bytes, 1 << 30);
    assert_eq!(told(&rig.answer(&asked, &with(part, 15)))[0].unwrap().0, ErrorCode::MSG_SIZE_TOO_LARGE);
    assert!(rig.ask().is_none(), "not at once");
}

#[test]
fn every_error_code_does_as_librdkafka_does() {
    let text = |code: ErrorCode| {
        format!("Fetch from broker 1 failed at offset 10 (leader epoch -1): {}", code.describe())
    };
    for code in -1..130i16 {
        let rig = Rig::new(10, OffsetReset::Earliest);
        let asked = rig.ask().unwrap();
        let outcome = rig.answer(&asked, &error(code));
        let told = told(&outcome);
        let rests = rig.ask().is_none();
        let c = ErrorCode(code.into());
        let errands = outcome.errands;
        match code {
            0 => assert!(told.is_empty() && !rests),
            1 => assert!(told.is_empty() && errands.inspect && outcome.reset.is_some()),
            3 | 5 | 6 | 8 | 9 | 56 | 74 | 75 | 78 | 100 => {
                assert!(told.is_empty() && errands.refresh && rests, "{code}")
            }
            29 => {
                let text = "Fetch from broker 1 failed: Broker: Topic authorization failed";
                assert_eq!(told, [Some((c, text))]);
            }
            _ => assert!(told == [Some((c, text(c).as_str()))] && rests, "{code}: {told:?}"),
        }
    }
}

#[test]
fn only_a_refusal_of_access_is_told_once_until_it_goes_well() {
    let mut rig = Rig::new(10, OffsetReset::Latest);
    for (code, count) in [(29, 1), (29, 0), (0, 0), (29, 1), (2, 1), (2, 1)] {
        let asked = rig.ask().unwrap();
        assert_eq!(rig.answer(&asked, &error(code)).news.len(), count);
        rig.now = rig.now + Duration::from_secs(1);
    }
}

#[test]
fn out_of_range() {
    let rig = Rig::new(10, OffsetReset::Error);
    let asked = rig.ask().unwrap();
    let outcome = rig.answer(&asked, &error(1));
    let text = "fetch failed due to requested offset not available on the broker: \
                Broker: Offset out of range (broker 1)";
    assert_eq!(told(&outcome), [Some((ErrorCode::_AUTO_OFFSET_RESET, text))]);
    assert!(rig.ask().is_none());
    let rig = Rig::new(10, OffsetReset::Latest);
    let asked = rig.ask().unwrap();
    let line = "t [0]: offset reset (at offset 10 (leader epoch -1), broker 1) to offset END (leader epoch -1): \
                fetch failed due to requested offset not available on the broker: Broker: Offset out of range";
    assert_eq!(rig.answer(&asked, &error(1)).reset.as_deref(), Some(line));
}

#[test]
fn what_a_follower_complains_of_is_the_leaders_business() {
    let rig = Rig::new(10, OffsetReset::Error);
    let asked = rig.ask().unwrap();
    let elsewhere = ResponsePartition { preferred_read_replica: 2, ..ResponsePartition::default() };
    assert!(rig.answer(&asked, &elsewhere).errands.inspect);
    assert_eq!(rig.partition.track().take_errand(rig.now), Errand::Fetch { broker: 2 });
    let outcome = answered(
        &asked,
        &error(1),
        Vec::new(),
        Answerer { broker_id: 2, settings: &rig.settings, pool: &Pool::new(0), now: rig.now },
    );
    assert!(outcome.errands.inspect && outcome.news.is_empty());
    assert_eq!(rig.partition.track().take_errand(rig.now), Errand::Fetch { broker: 1 });
}

#[test]
fn what_a_former_leader_answers_late_is_not_taken() {
    let rig = Rig::new(0, OffsetReset::Earliest);
    let asked = rig.ask().unwrap();
    let records = batch(0, 3);
    {
        let mut track = rig.partition.track();
        track.set_leader(1, 4, [0; 16]);
        track.begin(rig.partition.version(), Position::at(0));
    }
    assert!(rig.answer(&asked, &with(&records, 3)).news.is_empty());
    assert!(!rig.answer(&asked, &error(6)).errands.refresh);
    assert_eq!(rig.next(), 0);
    let asked = rig.ask().unwrap();
    assert_eq!(rig.answer(&asked, &with(&records, 3)).news.len(), 2);
    assert_eq!(rig.next(), 3);
}
