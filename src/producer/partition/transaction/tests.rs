use super::*;
use crate::conf::TopicSettings;
use crate::producer::partition::TopicShared;
use crate::producer::store::pool::ChunkPool;

fn gate() -> TransactionGate {
    TransactionGate::new(Arc::new(Signal::new().unwrap()))
}

fn partition() -> Arc<Partition> {
    let topic = TopicShared::new("t", TopicSettings::default(), 1);
    Arc::new(Partition::new(topic, 0, Arc::new(ChunkPool::new(0))))
}

fn admits(gate: &TransactionGate, p: &Arc<Partition>) -> bool {
    let mut m = p.lock_send().membership;
    let yes = gate.admits(p, &mut m);
    p.lock_send().membership = m;
    yes
}

#[test]
fn a_partition_asks_once_per_transaction_and_waits_for_the_answer() {
    let (gate, p) = (gate(), partition());
    let mut pending = Vec::new();
    for number in 1..=2 {
        gate.begin(number);
        assert!(!admits(&gate, &p) && !admits(&gate, &p));
        gate.take_pending(&mut pending);
        assert_eq!(pending.len(), usize::try_from(number).unwrap());
        gate.joined(&p);
        assert!(admits(&gate, &p));
    }
}

#[test]
fn what_has_joined_goes_on_after_the_gate_is_closed() {
    let (gate, p, late) = (gate(), partition(), partition());
    gate.begin(1);
    admits(&gate, &p);
    gate.joined(&p);
    gate.close();
    assert!(admits(&gate, &p) && !admits(&gate, &late));
    let mut pending = Vec::new();
    gate.take_pending(&mut pending);
    assert!(pending.is_empty());
}

#[test]
fn an_answer_for_an_earlier_transaction_admits_nobody() {
    let (gate, p) = (gate(), partition());
    gate.begin(1);
    admits(&gate, &p);
    gate.begin(2);
    gate.joined(&p);
    assert!(!admits(&gate, &p));
}

#[test]
fn nobody_asks_where_brokers_add_partitions_themselves() {
    let (gate, p) = (gate(), partition());
    gate.begin(1);
    gate.offer(true);
    assert!(!admits(&gate, &p), "not in the middle of a transaction");
    gate.begin(2);
    assert!(!gate.is_used() && admits(&gate, &p) && gate.is_used());
}
