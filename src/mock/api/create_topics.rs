//! CreateTopics, versions 0 to 7. Only the controller does it. See `properties.rs` for what can be
//! configured.

use crate::base::error::ErrorCode;
use crate::mock::api::describe_configs;
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse, wire_code};
use crate::mock::catalogue::Catalogue;
use crate::mock::configs::properties::{self, Scope, Values};
use crate::mock::configs::resources::{ConfigView, Configuration, Refused, Resource};
use crate::mock::topic;
use crate::protocol::create_topics::{Request, RequestTopic, Response, ResponseConfig, ResponseTopic};
use crate::protocol::primitives::{Malformed, Reader};

pub fn handle(
    configuration: &mut Configuration<'_>,
    call: &Call<'_>,
    body: &mut Reader<'_>,
) -> Result<HandlerResponse, Malformed> {
    let request = Request::decode(call.version, body)?;
    let mut response = Response { throttle_time_ms: call.throttle_ms, ..Response::default() };
    for topic in &request.topics {
        let twice = request.topics.iter().filter(|t| t.name == topic.name).count() > 1;
        let outcome = if twice {
            Err(refused(ErrorCode::INVALID_REQUEST, "The topic is named twice."))
        } else {
            create_one(configuration, call, topic, request.validate_only)
        };
        let mut answer = ResponseTopic { name: topic.name.clone(), ..ResponseTopic::default() };
        match outcome {
            Err((code, why)) => {
                answer.error_code = wire_code(code);
                answer.error_message = Some(why);
            }
            Ok((partitions, replication)) => {
                answer.num_partitions = partitions;
                answer.replication_factor = i16::try_from(replication).unwrap_or(i16::MAX);
                answer.configs = Some(configs_of(configuration.view(), &topic.name, call.version));
                answer.topic_id = configuration.catalogue.topic(&topic.name).map_or([0; 16], |t| t.id);
            }
        }
        response.topics.push(answer);
    }
    Ok(call.answer(|out| response.encode(call.version, out)))
}

/// The configuration of a topic came into the answer with this version.
const FIRST_WITH_CONFIGS: i16 = 5;

fn configs_of(view: ConfigView<'_>, topic: &str, version: i16) -> Vec<ResponseConfig> {
    if version < FIRST_WITH_CONFIGS {
        return Vec::new();
    }
    let described = describe_configs::describe_topic_configs(view, topic).into_iter();
    described
        .map(|c| ResponseConfig {
            name: c.name,
            value: c.value,
            read_only: c.read_only,
            config_source: c.source,
            is_sensitive: c.is_sensitive,
        })
        .collect()
}

fn configs_wanted(wanted: &RequestTopic) -> Result<Values, Refused> {
    let mut values = Values::default();
    for config in &wanted.configs {
        let invalid = |why| (ErrorCode::INVALID_CONFIG, why);
        let property = properties::find(Scope::Topic, &config.name);
        let property = property.ok_or_else(|| invalid(format!("Unknown property {:.100}.", config.name)))?;
        let value = config.value.as_deref();
        let value = value.ok_or_else(|| invalid(format!("{} needs a value.", property.name)))?;
        values.set(&property, value).map_err(invalid)?;
    }
    Ok(values)
}

fn refused(code: ErrorCode, why: &str) -> Refused {
    (code, why.to_owned())
}

/// Returns the number of partitions and of replicas.
fn create_one(
    configuration: &mut Configuration<'_>,
    call: &Call<'_>,
    wanted: &RequestTopic,
    validate_only: bool,
) -> Result<(i32, i32), Refused> {
    call.pushed_error().map_err(|code| refused(code, "Pushed by a test."))?;
    configuration
        .brokers
        .check_controller(call)
        .map_err(|code| refused(code, "This broker is not the controller."))?;
    if !topic::is_valid_name(&wanted.name) {
        return Err(refused(ErrorCode::TOPIC_EXCEPTION, "The name is not valid."));
    }
    if configuration.catalogue.topic(&wanted.name).is_some() {
        return Err(refused(ErrorCode::TOPIC_ALREADY_EXISTS, "The topic exists."));
    }
    let (partitions, replication) = shape(configuration, wanted)?;
    let configs = configs_wanted(wanted)?;
    if !validate_only {
        let eligible = configuration.brokers.eligible();
        let limit = configuration.settings.max_partitions;
        configuration
            .catalogue
            .create(&wanted.name, (partitions, replication), &eligible, limit)
            .map_err(|code| refused(code, "The topic cannot be created."))?;
        place_replicas(configuration.catalogue, wanted);
        if let Some(index) = configuration.catalogue.index_of(&wanted.name) {
            configuration.configure(&Resource::Topic(index), configs);
        }
    }
    Ok((partitions, replication))
}

fn shape(configuration: &Configuration<'_>, wanted: &RequestTopic) -> Result<(i32, i32), Refused> {
    const MAX_PARTITIONS: i32 = 200_000;
    let brokers = i32::try_from(configuration.brokers.len()).unwrap_or(i32::MAX);
    let (partitions, replication) = if wanted.assignments.is_empty() {
        let default = |n: i32, default| if n == -1 { default } else { n };
        (
            default(wanted.num_partitions, configuration.settings.default_partitions),
            default(
                wanted.replication_factor.into(),
                configuration.settings.default_replication.min(brokers),
            ),
        )
    } else {
        check_assignments(configuration.brokers, wanted)?
    };
    if !(1..=MAX_PARTITIONS).contains(&partitions) {
        return Err(refused(ErrorCode::INVALID_PARTITIONS, "There has to be a partition, and not too many."));
    }
    if !(1..=brokers).contains(&replication) {
        return Err(refused(ErrorCode::INVALID_REPLICATION_FACTOR, "There are not as many brokers."));
    }
    Ok((partitions, replication))
}

fn check_assignments(brokers: &Brokers, wanted: &RequestTopic) -> Result<(i32, i32), Refused> {
    let mut ids: Vec<i32> = wanted.assignments.iter().map(|a| a.partition).collect();
    ids.sort_unstable();
    let replicas = wanted.assignments.first().map_or(0, |a| a.broker_ids.len());
    let sound = |ids: &[i32]| !ids.is_empty() && ids.iter().all(|id| brokers.get(*id).is_some());
    if wanted.num_partitions != -1 || wanted.replication_factor != -1 {
        return Err(refused(ErrorCode::INVALID_REQUEST, "Numbers and assignments exclude each other."));
    }
    if ids.iter().zip(0..).any(|(id, nth)| *id != nth)
        || wanted.assignments.iter().any(|a| !sound(&a.broker_ids) || a.broker_ids.len() != replicas)
    {
        return Err(refused(ErrorCode::INVALID_REPLICA_ASSIGNMENT, "The assignment does not fit together."));
    }
    Ok((i32::try_from(ids.len()).unwrap_or(i32::MAX), i32::try_from(replicas).unwrap_or(i32::MAX)))
}

fn place_replicas(catalogue: &mut Catalogue, wanted: &RequestTopic) {
    let Some(topic) = catalogue.topic_mut(&wanted.name) else { return };
    for a in &wanted.assignments {
        let Some(p) = topic.partition_mut(a.partition) else { continue };
        p.replicas.clone_from(&a.broker_ids);
        p.leader = a.broker_ids.first().copied().unwrap_or(-1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::cluster::Cluster;
    use crate::mock::testing::{cluster, exchange};
    use crate::protocol::ApiKey;
    use crate::protocol::create_topics::{Assignment, Config, VERSIONS};

    fn topic(name: &str, num_partitions: i32, replication_factor: i16) -> RequestTopic {
        RequestTopic { name: name.into(), num_partitions, replication_factor, ..RequestTopic::default() }
    }

    fn ask(c: &mut Cluster, version: i16, topics: Vec<RequestTopic>, validate_only: bool) -> Vec<i16> {
        let request = Request { topics, validate_only, ..Request::default() };
        let response = exchange(
            c,
            ApiKey::CreateTopics,
            version,
            |out| request.encode(version, out),
            |r| Response::decode(version, r).unwrap(),
        );
        response.topics.iter().map(|t| t.error_code).collect()
    }

    #[test]
    fn every_version_creates() {
        let mut c = cluster(3);
        for version in VERSIONS {
            let name = format!("t{version}");
            assert_eq!(ask(&mut c, version, vec![topic(&name, 5, 2)], false), [0]);
            assert_eq!(c.topic(&name).unwrap().partitions.len(), 5);
            assert_eq!(c.partition(&name, 0).unwrap().replicas.len(), 2);
            assert_eq!(ask(&mut c, version, vec![topic(&name, 5, 2)], false), [36]);
        }
        assert_eq!(ask(&mut c, 5, vec![topic("defaults", -1, -1)], true), [0]);
        assert!(c.topic("defaults").is_none(), "only validated");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut c = cluster(3);
        let bad = vec![
            topic("a b", 1, 1),
            topic("none", 0, 1),
            topic("many", 1, 4),
            topic("two", 1, 1),
            topic("two", 1, 1),
        ];
        assert_eq!(ask(&mut c, 5, bad, false), [17, 37, 38, 42, 42]);
        c.set_controller(2);
        assert_eq!(ask(&mut c, 5, vec![topic("t", 1, 1)], false), [41]);
    }

    #[test]
    fn replicas_may_be_chosen() {
        let mut c = cluster(3);
        let on = |partition, broker_ids: &[i32]| Assignment { partition, broker_ids: broker_ids.to_vec() };
        let with = |assignments| RequestTopic { assignments, ..topic("t", -1, -1) };
        assert_eq!(ask(&mut c, 5, vec![with(vec![on(0, &[1]), on(2, &[2])])], false), [39]);
        assert_eq!(ask(&mut c, 5, vec![with(vec![on(0, &[9])])], false), [39]);
        assert_eq!(ask(&mut c, 5, vec![with(vec![on(1, &[3, 1]), on(0, &[2, 3])])], false), [0]);
        let p = c.partition("t", 1).unwrap();
        assert_eq!((p.leader, p.replicas.as_slice()), (3, &[3, 1][..]));
    }

    #[test]
    fn configs_are_taken_over() {
        let mut c = cluster(1);
        let with = |name: &str, configs: &[(&str, Option<&str>)]| RequestTopic {
            configs: configs
                .iter()
                .map(|(n, v)| Config { name: (*n).into(), value: v.map(Into::into) })
                .collect(),
            ..topic(name, 1, 1)
        };
        let bad = vec![
            with("a", &[("nope", Some("1"))]),
            with("b", &[("flush.ms", Some("x"))]),
            with("c", &[("flush.ms", None)]),
        ];
        assert_eq!(ask(&mut c, 5, bad, false), [40, 40, 40]);
        let wanted = with("t", &[("max.message.bytes", Some("99"))]);
        let request = Request { topics: vec![wanted], ..Request::default() };
        for version in [4, 5] {
            let _ = c.delete_topic("t");
            let response = exchange(
                &mut c,
                ApiKey::CreateTopics,
                version,
                |out| request.encode(version, out),
                |r| Response::decode(version, r).unwrap(),
            );
            assert_eq!(c.topic("t").unwrap().effects.max_message_bytes, Some(99));
            let told = response.topics[0].configs.clone().unwrap_or_default();
            let told = told.iter().find(|p| p.name == "max.message.bytes");
            let told = told.map(|p| (p.value.as_deref(), p.config_source));
            assert_eq!(told, (version == 5).then_some((Some("99"), 1)));
        }
    }
}
