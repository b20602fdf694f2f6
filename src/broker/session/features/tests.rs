use super::*;

fn of(apis: &[(ApiKey, i16)]) -> String {
    Features::of(&|api| apis.iter().find(|a| a.0 == api).map(|a| a.1)).to_string()
}

#[test]
fn features_follow_from_all_their_apis() {
    assert_eq!(of(&[]), "");
    assert_eq!(of(&[(ApiKey::Produce, 7), (ApiKey::Fetch, 9)]), "MsgVer1,ThrottleTime,MsgVer2");
    assert_eq!(of(&[(ApiKey::Produce, 12), (ApiKey::Fetch, 3)]), "MsgVer1,ThrottleTime");
    assert_eq!(of(&[(ApiKey::Produce, 12)]), "");
    assert_eq!(of(&[(ApiKey::FindCoordinator, 0)]), "BrokerGroupCoordinator,LZ4");
    assert_eq!(of(&[(ApiKey::SaslHandshake, 0)]), "Sasl,SaslHandshake");
}
