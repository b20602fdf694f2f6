//! Properties of topics and brokers, and partitions added to topics, against the other side.

use crate::Message;
use crate::messages::compare;
use crate::robustness::throw_at;
use crate::samples::{Sample, Theirs};
use fastrand::Rng;
use kafka_protocol::messages as theirs;
use rdkafka::protocol::{Malformed, Reader};
use rdkafka::protocol::{alter_configs, create_partitions, describe_configs, incremental_alter_configs};

messages! {
    alter_configs::Request, alter_configs::VERSIONS;
    alter_configs::Response, alter_configs::VERSIONS;
    create_partitions::Request, create_partitions::VERSIONS;
    create_partitions::Response, create_partitions::VERSIONS;
    describe_configs::Request, describe_configs::VERSIONS;
    describe_configs::Response, describe_configs::VERSIONS;
    incremental_alter_configs::Request, incremental_alter_configs::VERSIONS;
    incremental_alter_configs::Response, incremental_alter_configs::VERSIONS;
}

mapped! {
    alter_configs::Request => theirs::AlterConfigsRequest {
        resources => resources, validate_only => validate_only
    }
    alter_configs::RequestResource => theirs::alter_configs_request::AlterConfigsResource {
        resource_type => resource_type, name => resource_name, configs => configs
    }
    alter_configs::Config => theirs::alter_configs_request::AlterableConfig {
        name => name, value => value
    }
    alter_configs::Response => theirs::AlterConfigsResponse {
        throttle_time_ms => throttle_time_ms, resources => responses
    }
    alter_configs::ResponseResource => theirs::alter_configs_response::AlterConfigsResourceResponse {
        error_code => error_code, error_message => error_message, resource_type => resource_type,
        name => resource_name
    }
    create_partitions::Request => theirs::CreatePartitionsRequest {
        topics => topics, timeout_ms => timeout_ms, validate_only => validate_only
    }
    create_partitions::RequestTopic => theirs::create_partitions_request::CreatePartitionsTopic {
        name => name, count => count, assignments => assignments
    }
    create_partitions::Assignment => theirs::create_partitions_request::CreatePartitionsAssignment {
        broker_ids => broker_ids
    }
    create_partitions::Response => theirs::CreatePartitionsResponse {
        throttle_time_ms => throttle_time_ms, topics => results
    }
    create_partitions::ResponseTopic => theirs::create_partitions_response::CreatePartitionsTopicResult {
        name => name, error_code => error_code, error_message => error_message
    }
    describe_configs::Request => theirs::DescribeConfigsRequest {
        resources => resources, include_synonyms => include_synonyms,
        include_documentation => include_documentation
    }
    describe_configs::RequestResource => theirs::describe_configs_request::DescribeConfigsResource {
        resource_type => resource_type, name => resource_name, keys => configuration_keys
    }
    describe_configs::Response => theirs::DescribeConfigsResponse {
        throttle_time_ms => throttle_time_ms, resources => results
    }
    describe_configs::ResponseResource => theirs::describe_configs_response::DescribeConfigsResult {
        error_code => error_code, error_message => error_message, resource_type => resource_type,
        name => resource_name, configs => configs
    }
    describe_configs::Config => theirs::describe_configs_response::DescribeConfigsResourceResult {
        name => name, value => value, read_only => read_only, source => config_source,
        is_sensitive => is_sensitive, synonyms => synonyms, config_type => config_type,
        documentation => documentation
    } + [is_default]
    describe_configs::Synonym => theirs::describe_configs_response::DescribeConfigsSynonym {
        name => name, value => value, source => source
    }
    incremental_alter_configs::Request => theirs::IncrementalAlterConfigsRequest {
        resources => resources, validate_only => validate_only
    }
    incremental_alter_configs::RequestResource =>
        theirs::incremental_alter_configs_request::AlterConfigsResource {
        resource_type => resource_type, name => resource_name, configs => configs
    }
    incremental_alter_configs::Config => theirs::incremental_alter_configs_request::AlterableConfig {
        name => name, operation => config_operation, value => value
    }
    incremental_alter_configs::Response => theirs::IncrementalAlterConfigsResponse {
        throttle_time_ms => throttle_time_ms, resources => responses
    }
}

impl Theirs<theirs::incremental_alter_configs_response::AlterConfigsResourceResponse>
    for incremental_alter_configs::ResponseResource
{
    fn theirs(&self) -> theirs::incremental_alter_configs_response::AlterConfigsResourceResponse {
        let mut message = theirs::incremental_alter_configs_response::AlterConfigsResourceResponse::default();
        message.error_code = self.error_code;
        message.error_message = self.error_message.theirs();
        message.resource_type = self.resource_type;
        message.resource_name = self.name.theirs();
        message
    }
}

#[test]
fn partitions() {
    compare::<create_partitions::Request, theirs::CreatePartitionsRequest>(0..=3, |_, _| {});
    compare::<create_partitions::Response, theirs::CreatePartitionsResponse>(0..=3, |_, _| {});
}

#[test]
fn configs() {
    compare::<describe_configs::Request, theirs::DescribeConfigsRequest>(1..=4, |_, _| {});
    compare::<describe_configs::Response, theirs::DescribeConfigsResponse>(1..=4, |_, _| {});
    compare::<alter_configs::Request, theirs::AlterConfigsRequest>(0..=2, |_, _| {});
    compare::<alter_configs::Response, theirs::AlterConfigsResponse>(0..=2, |_, _| {});
    compare::<incremental_alter_configs::Request, theirs::IncrementalAlterConfigsRequest>(0..=1, |_, _| {});
    compare::<incremental_alter_configs::Response, theirs::IncrementalAlterConfigsResponse>(0..=1, |_, _| {});
}

#[test]
fn they_take_anything() {
    throw_at::<alter_configs::Request>();
    throw_at::<alter_configs::Response>();
    throw_at::<create_partitions::Request>();
    throw_at::<create_partitions::Response>();
    throw_at::<describe_configs::Request>();
    throw_at::<describe_configs::Response>();
    throw_at::<incremental_alter_configs::Request>();
    throw_at::<incremental_alter_configs::Response>();
}
