//! Clients that say who they are: with every mechanism, under all the troubles of the other plans, and again
//! whenever the brokers' sessions or their own tokens come to an end.

use super::idempotence;
use super::plan::{Engine, Plan};
use super::schedules::campaign;
use super::world::{Summary, World};
use fastrand::Rng;
use rdkafka::auth::credentials::{Login, Secret};
use rdkafka::auth::scram::Hash;
use rdkafka::auth::{Mechanism, SecurityProtocol};
use std::time::Duration;

const SCHEDULES: u64 = 300;

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    let mut plan =
        if seed.is_multiple_of(2) { idempotence::plan(seed, engine) } else { Plan::draw(seed).on(engine) };
    let rng = &mut Rng::with_seed(seed ^ 0x5a51_0000);
    let security = &mut plan.settings.security;
    security.protocol = SecurityProtocol::SaslPlaintext;
    // SCRAM costs thousands of hashes by design: one in sixteen will do.
    security.mechanism = Some(match rng.u32(0..16) {
        0 => Mechanism::Scram(Hash::Sha256),
        1..8 => Mechanism::Plain,
        _ => Mechanism::OAuthBearer,
    });
    security.login = Login::new("alice", b"secret");
    security.unsecured_tokens = security.mechanism == Some(Mechanism::OAuthBearer);
    security.oauthbearer_config = Secret::new(&format!("principal=alice lifeSeconds={}", rng.u32(1..10)));
    if rng.bool() {
        plan.sasl_session = Duration::from_millis(rng.u64(200..4000));
    }
    World::new(plan, trace).run()
}

#[test]
fn authenticated_on_legacy() {
    campaign("authenticated_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace));
}

#[test]
fn authenticated_on_v2() {
    campaign("authenticated_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace));
}
