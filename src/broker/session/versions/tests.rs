use super::*;

#[test]
fn the_newest_common_version_is_spoken() {
    let v = Versions::new(vec![(0, 3, 9), (3, 5, 13)]);
    assert_eq!(v.pick(ApiKey::Produce, &(3..=12)), Some(9));
    assert_eq!(v.pick(ApiKey::Metadata, &(0..=4)), None);
    assert_eq!(v.pick(ApiKey::Metadata, &(0..=8)), Some(8));
    assert_eq!(v.pick(ApiKey::Fetch, &(0..=8)), None);
}

fn fallback(version: &str) -> Versions {
    Versions::fallback(&VersionSettings { broker_fallback: version.into(), ..VersionSettings::default() })
}

#[test]
fn a_broker_that_cannot_be_asked_is_taken_for_what_the_configuration_says() {
    let old = fallback("0.9.0.1");
    assert_eq!(old.pick(ApiKey::Produce, &(0..=12)), Some(1));
    assert_eq!(
        old.features().to_string(),
        "BrokerBalancedConsumer,ThrottleTime,Sasl,BrokerGroupCoordinator,LZ4"
    );
    assert_eq!(fallback("0.8.2.2").features().to_string(), "BrokerGroupCoordinator,LZ4");
    for (version, lz4) in [("0.8.2", true), ("0.8.1.1", false), ("0.8.0", false)] {
        let format = ProduceFormat { version: 0, magic: Magic::V0, lz4, zstd: false };
        assert_eq!(fallback(version).produce_format(), Some(format), "{version}");
    }
    assert_eq!(fallback("0.10.0").features().to_string(), "ApiVersion");
    assert_eq!(fallback("0.10.0").produce_format(), None);
}

#[test]
fn the_format_follows_from_produce_and_fetch() {
    let format = |produce, fetch| {
        let v = Versions::new(vec![(0, 0, produce), (1, 0, fetch), (10, 0, 4)]);
        v.produce_format().map(|f| (f.version, f.magic, f.lz4, f.zstd))
    };
    assert_eq!(format(12, 17), Some((12, Magic::V2, true, true)));
    assert_eq!(format(7, 9), Some((7, Magic::V2, true, false)));
    assert_eq!(format(3, 3), Some((3, Magic::V1, true, false)));
    assert_eq!(format(2, 3), Some((2, Magic::V1, true, false)));
    assert_eq!(format(1, 1), Some((1, Magic::V0, true, false)));
    // No way: record batches need version 3 of Produce.
    assert_eq!(Versions::new(vec![(1, 0, 17)]).produce_format(), None);
}
