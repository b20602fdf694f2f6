//! Which handler answers a request, and which parts of the cluster it gets.

use crate::mock::api::{
    add_offsets_to_txn, add_partitions_to_txn, alter_configs, api_versions, consumer_group_heartbeat,
    create_partitions, create_topics, delete_topics, describe_cluster, describe_configs, describe_groups,
    end_txn, fetch, find_coordinator, heartbeat, init_producer_id, join_group, leave_group, list_groups,
    list_offsets, metadata, offset_commit, offset_fetch, offset_for_leader_epoch, produce, sync_group,
    telemetry, txn_offset_commit,
};
use crate::mock::auth::sasl;
use crate::mock::call::{Call, HandlerResponse};
use crate::mock::cluster::Cluster;
use crate::mock::configs::resources::{ConfigView, Configuration};
use crate::protocol::api_key::{self, ApiKey};
use crate::protocol::primitives::{Malformed, Reader};

/// Memory that a request of any length may take to be read and answered: enough for requests about 200,000
/// partitions.
const ALLOWED_ANYWAY: usize = 32 << 20;
/// What the answer to an element of a request takes, besides the element itself.
const PER_ELEMENT: usize = 128;

type Answer = Result<HandlerResponse, Malformed>;

impl Cluster {
    /// Has a request handled, all of which must be read.
    pub(super) fn answer(&mut self, call: &Call<'_>) -> Answer {
        let allowance = call.body.len().saturating_mul(2).saturating_add(ALLOWED_ANYWAY);
        let mut body = Reader::with_allowance(call.body, allowance, PER_ELEMENT);
        let answer = self.answer_about_topics(call, &mut body)?;
        // A body in a version of ApiVersions that is not known here cannot be read. librdkafka (2.15.1) asks
        // for all topics with three bytes too many in flexible versions of Metadata; Kafka itself never looks
        // behind the fields.
        let may_go_on = match ApiKey(call.api_key) {
            ApiKey::ApiVersions => true,
            ApiKey::Metadata => api_key::flexible(ApiKey::Metadata, call.version),
            _ => false,
        };
        if body.is_empty() || may_go_on {
            Ok(answer)
        } else {
            Err(Malformed("request: more bytes than it has fields"))
        }
    }

    fn answer_about_topics(&mut self, call: &Call<'_>, body: &mut Reader<'_>) -> Answer {
        let Self { settings, brokers, catalogue, id, .. } = self;
        match ApiKey(call.api_key) {
            ApiKey::Produce => produce::handle(&mut self.for_produce(), call, body),
            ApiKey::Fetch => fetch::handle(catalogue, call, body),
            ApiKey::ListOffsets => list_offsets::handle(catalogue, call, body),
            ApiKey::OffsetForLeaderEpoch => offset_for_leader_epoch::handle(catalogue, call, body),
            ApiKey::Metadata => metadata::handle((id, settings, brokers), catalogue, call, body),
            ApiKey::CreateTopics => create_topics::handle(&mut self.configuration(), call, body),
            ApiKey::DeleteTopics => delete_topics::handle(brokers, catalogue, call, body),
            ApiKey::CreatePartitions => create_partitions::handle((settings, brokers), catalogue, call, body),
            _ => self.answer_about_groups(call, body),
        }
    }

    fn answer_about_groups(&mut self, call: &Call<'_>, body: &mut Reader<'_>) -> Answer {
        let Self { settings, brokers, catalogue, groups, configs, .. } = self;
        let view = ConfigView { configs, settings, brokers, catalogue };
        match ApiKey(call.api_key) {
            ApiKey::OffsetCommit => offset_commit::handle(brokers, groups, catalogue, call, body),
            ApiKey::OffsetFetch => offset_fetch::handle(brokers, groups, call, body),
            ApiKey::JoinGroup => {
                let initial_delay = settings.group_initial_rebalance_delay;
                join_group::handle(brokers, groups, initial_delay, call, body)
            }
            ApiKey::SyncGroup => sync_group::handle(brokers, groups, call, body),
            ApiKey::Heartbeat => heartbeat::handle(brokers, groups, call, body),
            ApiKey::LeaveGroup => leave_group::handle(brokers, groups, call, body),
            ApiKey::ConsumerGroupHeartbeat => consumer_group_heartbeat::handle(view, groups, call, body),
            ApiKey::ListGroups => list_groups::handle(brokers, groups, call, body),
            ApiKey::DescribeGroups => describe_groups::handle(brokers, groups, call, body),
            _ => self.answer_about_transactions(call, body),
        }
    }

    fn answer_about_transactions(&mut self, call: &Call<'_>, body: &mut Reader<'_>) -> Answer {
        let coordinator = &mut self.transaction_coordinator();
        match ApiKey(call.api_key) {
            ApiKey::InitProducerId => init_producer_id::handle(coordinator, call, body),
            ApiKey::AddPartitionsToTxn => add_partitions_to_txn::handle(coordinator, call, body),
            ApiKey::AddOffsetsToTxn => add_offsets_to_txn::handle(coordinator, call, body),
            ApiKey::EndTxn => end_txn::handle(coordinator, call, body),
            ApiKey::TxnOffsetCommit => txn_offset_commit::handle(coordinator, call, body),
            _ => self.answer_about_the_cluster(call, body),
        }
    }

    fn answer_about_the_cluster(&mut self, call: &Call<'_>, body: &mut Reader<'_>) -> Answer {
        let Self { settings, brokers, apis, sasl, telemetry, id, .. } = self;
        match ApiKey(call.api_key) {
            ApiKey::ApiVersions => api_versions::handle(apis, settings.transaction_version, call, body),
            ApiKey::FindCoordinator => find_coordinator::handle(brokers, call, body),
            ApiKey::DescribeCluster => describe_cluster::handle((id, brokers), call, body),
            ApiKey::DescribeConfigs => describe_configs::handle(self.configuration().view(), call, body),
            ApiKey::AlterConfigs => alter_configs::handle(&mut self.configuration(), call, body),
            ApiKey::IncrementalAlterConfigs => {
                alter_configs::handle_incremental(&mut self.configuration(), call, body)
            }
            ApiKey::SaslHandshake => sasl::handshake(sasl, call, body),
            ApiKey::SaslAuthenticate => sasl::authenticate(sasl, call, body),
            ApiKey::GetTelemetrySubscriptions => telemetry::subscriptions(telemetry, call, body),
            ApiKey::PushTelemetry => telemetry::push(telemetry, call, body),
            _ => Err(Malformed("request: API not implemented")),
        }
    }

    fn for_produce(&mut self) -> produce::Parts<'_> {
        produce::Parts {
            settings: &self.settings,
            brokers: &self.brokers,
            catalogue: &mut self.catalogue,
            configs: &self.configs,
            producer_ids: &self.producer_ids,
            transactions: &mut self.transactions,
            tracking: &mut self.tracking,
            adoption: &mut self.adoption,
        }
    }

    pub(in crate::mock) fn configuration(&mut self) -> Configuration<'_> {
        Configuration {
            configs: &mut self.configs,
            settings: &self.settings,
            brokers: &mut self.brokers,
            catalogue: &mut self.catalogue,
        }
    }
}
