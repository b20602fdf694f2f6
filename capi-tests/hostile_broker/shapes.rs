//! Metadata of clusters that no one has: many brokers, many partitions, numbers with gaps.

use rdkafka::protocol::metadata::{Broker, Partition, Response, Topic};

fn partition(id: i32, leader: i32) -> Partition {
    Partition { partition: id, leader_id: leader, replicas: vec![1], isr: vec![1], ..Partition::default() }
}

fn topic(partitions: Vec<Partition>) -> Topic {
    Topic { name: Some("t".into()), partitions, ..Topic::default() }
}

/// The body that `shape` (`brokers-10000`, say) stands for, from the broker with id 1 at this port. Other
/// brokers are at a port where nobody listens.
pub fn metadata(shape: &str, port: u16, version: i16) -> Vec<u8> {
    let (kind, number) = shape.rsplit_once('-').expect("KIND-NUMBER");
    let n: i32 = number.parse().expect("KIND-NUMBER");
    let broker = |id: i32, port: i32| Broker { node_id: id, host: "127.0.0.1".into(), port, rack: None };
    let mut brokers = vec![broker(1, port.into())];
    let mut partitions = vec![partition(0, 1)];
    let mut others = Vec::new();
    match kind {
        "brokers" => brokers.extend((2..=n).map(|id| broker(id, 1))),
        "leaders" => {
            brokers.extend((2..=n).map(|id| broker(id, 1)));
            partitions = (0..n).map(|id| partition(id, id + 1)).collect();
        }
        "partitions" => partitions = (0..n).map(|id| partition(id, 1)).collect(),
        "leaderless" => partitions.extend((1..n).map(|id| partition(id, -1))),
        "gap" => partitions.push(partition(n, 1)),
        "same-partition" => partitions = vec![partition(0, 1); n.try_into().unwrap()],
        "replicas" => partitions[0].replicas = (0..n).collect(),
        "broker-id" => {
            brokers.push(broker(n, port.into()));
            partitions[0].leader_id = n;
        }
        "port" => brokers[0].port = n,
        "topics" => {
            others = (0..n)
                .map(|i| Topic {
                    name: Some(format!("{i}")),
                    partitions: vec![partition(0, 1)],
                    ..Topic::default()
                })
                .collect();
        }
        _ => panic!("no shape is called {shape}"),
    }
    let topics = std::iter::once(topic(partitions)).chain(others).collect();
    let response = Response { brokers, topics, controller_id: 1, ..Response::default() };
    let mut body = Vec::new();
    response.encode(version, &mut body);
    body
}
