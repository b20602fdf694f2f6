//! DescribeConfigs, versions 0 to 4: topics, brokers and groups; see `properties.rs` for what they have.
//!
//! A broker answers for itself and for what all brokers have in common. Deviations from Kafka: brokers have a
//! few properties only, and nothing is documented.

use crate::base::error::ErrorCode;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::configs::properties;
use crate::mock::configs::resources::{ConfigView, Refused, Resource, source};
use crate::protocol::describe_configs::{
    Config, Request, RequestResource, Response, ResponseResource, Synonym,
};
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::BTreeSet;

/// More would be out of proportion to what was asked.
const MAX_DESCRIBED: usize = 50_000;

pub fn handle(
    view: ConfigView<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    let mut seen = BTreeSet::new();
    let mut described = 0;
    for wanted in &request.resources {
        let found = if !seen.insert((wanted.resource_type, wanted.name.as_str())) {
            Err((ErrorCode::INVALID_REQUEST, "The resource is named twice.".to_owned()))
        } else if described > MAX_DESCRIBED {
            Err((ErrorCode::POLICY_VIOLATION, "That is too much for one answer.".to_owned()))
        } else {
            describe(view, call, wanted, request.include_synonyms)
        };
        described += found.as_ref().map_or(0, Vec::len);
        let mut answer = ResponseResource {
            resource_type: wanted.resource_type,
            name: wanted.name.clone(),
            ..ResponseResource::default()
        };
        match found {
            Ok(configs) => answer.configs = configs,
            Err((code, why)) => (answer.error_code, answer.error_message) = (wire_code(code), Some(why)),
        }
        response.resources.push(answer);
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

fn describe(
    view: ConfigView<'_>,
    call: &Call<'_>,
    wanted: &RequestResource,
    with_synonyms: bool,
) -> Result<Vec<Config>, Refused> {
    call.pushed_error().map_err(|code| (code, "Pushed by a test.".to_owned()))?;
    let resource = view.resource(wanted.resource_type, &wanted.name)?;
    if matches!(resource, Resource::Broker(id) if id != call.broker_id) {
        return Err((ErrorCode::INVALID_REQUEST, "This is another broker.".to_owned()));
    }
    let named = |name: &str| wanted.keys.as_ref().is_none_or(|keys| keys.iter().any(|key| key == name));
    let all = properties::all(resource.scope()).into_iter().filter(|p| named(p.name));
    Ok(all.filter_map(|p| describe_property(view, &resource, &p, with_synonyms)).collect())
}

/// All properties of a topic, as the answer to its creation lists them.
pub fn describe_topic_configs(view: ConfigView<'_>, name: &str) -> Vec<Config> {
    let Some(index) = view.catalogue.index_of(name) else { return Vec::new() };
    let resource = Resource::Topic(index);
    let all = properties::all(resource.scope()).into_iter();
    all.filter_map(|p| describe_property(view, &resource, &p, false)).collect()
}

fn describe_property(
    view: ConfigView<'_>,
    resource: &Resource,
    property: &properties::Property,
    with_synonyms: bool,
) -> Option<Config> {
    let found = view.look_up(resource, property);
    let counts = found.first()?;
    // What all brokers have in common is what has been set for them together.
    if *resource == Resource::AllBrokers && counts.source != source::ALL_BROKERS {
        return None;
    }
    let mut config = Config {
        name: property.name.to_owned(),
        value: Some(counts.value.clone()),
        read_only: property.read_only,
        is_default: counts.source == source::DEFAULT,
        source: counts.source,
        config_type: property.kind.number(),
        ..Config::default()
    };
    if with_synonyms {
        let synonyms = found.into_iter();
        let synonyms =
            synonyms.map(|f| Synonym { name: f.name.to_owned(), value: Some(f.value), source: f.source });
        config.synonyms = synonyms.collect();
    }
    Some(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::describe_configs::VERSIONS;

    fn ask(
        c: &mut Cluster,
        version: i16,
        resource_type: i8,
        name: &str,
        keys: Option<&[&str]>,
    ) -> ResponseResource {
        let keys = keys.map(|keys| keys.iter().map(|k| (*k).to_owned()).collect());
        let resources = vec![RequestResource { resource_type, name: name.into(), keys }];
        let request = Request { resources, include_synonyms: version >= 1, include_documentation: false };
        exchange(
            c,
            ApiKey::DescribeConfigs,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        )
        .resources
        .remove(0)
    }

    #[test]
    fn every_version_describes() {
        let mut c = cluster(2);
        c.create_topic("t", 1, 1).unwrap();
        for version in VERSIONS {
            let all = ask(&mut c, version, 2, "t", None);
            assert_eq!((all.error_code, all.name.as_str(), all.configs.len()), (0, "t", 28));
            let one = ask(&mut c, version, 2, "t", Some(&["retention.ms", "nope"])).configs;
            assert_eq!((one.len(), one[0].value.as_deref()), (1, Some("604800000")));
            assert_eq!((one[0].is_default, one[0].source), (version == 0, if version == 0 { -1 } else { 5 }));
            assert_eq!(one[0].config_type, if version >= 3 { 5 } else { 0 });
            assert_eq!(one[0].synonyms.len(), usize::from(version >= 1));
        }
        assert_eq!(ask(&mut c, 4, 2, "nope", None).error_code, 3);
        assert_eq!(ask(&mut c, 4, 4, "2", None).error_code, 42, "another broker");
        assert_eq!(ask(&mut c, 4, 8, "1", None).error_code, 42, "loggers have none");
        let id = ask(&mut c, 4, 4, "1", Some(&["broker.id"])).configs;
        assert_eq!(
            (id[0].value.as_deref(), id[0].read_only, id[0].source),
            (Some("1"), true, source::STATIC)
        );
        let group = ask(&mut c, 4, 32, "g", None).configs;
        assert!(group.iter().any(|p| p.name == "consumer.session.timeout.ms"));
    }

    #[test]
    fn pushed_errors_come_first() {
        let mut c = cluster(1);
        c.push_request_errors(ApiKey::DescribeConfigs.0, &[ErrorCode::TOPIC_AUTHORIZATION_FAILED]);
        assert_eq!(ask(&mut c, 4, 4, "1", None).error_code, 29);
    }
}
