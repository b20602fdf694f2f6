//! Producers whose connections are encrypted, under all the troubles of the other plans and those of TLS.
//! Consumers are in `consuming`.

use super::idempotence;
use super::plan::{Engine, Plan};
use super::schedules::{Totals, campaign};
use super::sealed::Seal;
use super::world::{Summary, World};
use fastrand::Rng;
use rdkafka::auth::credentials::Login;
use rdkafka::auth::{Mechanism, SecurityProtocol};

const SCHEDULES: u64 = 300;

/// Has the connections of a plan encrypted, in one of three schedules without troubles of their own.
pub fn seal(plan: &mut Plan, seed: u64) -> Rng {
    let mut rng = Rng::with_seed(seed ^ 0x71_5000);
    plan.settings.security.protocol = SecurityProtocol::Ssl;
    let is_calm = !plan.trouble || rng.u32(0..3) == 0;
    plan.weather.seal = Some(if is_calm { Seal::default() } else { Seal::draw(&mut rng) });
    rng
}

fn run(seed: u64, engine: Engine, trace: bool) -> Summary {
    let mut plan =
        if seed.is_multiple_of(2) { idempotence::plan(seed, engine) } else { Plan::draw(seed).on(engine) };
    let mut rng = seal(&mut plan, seed);
    if rng.u32(0..3) == 0 {
        let security = &mut plan.settings.security;
        security.protocol = SecurityProtocol::SaslSsl;
        security.mechanism = Some(Mechanism::Plain);
        security.login = Login::new("alice", b"secret");
    }
    World::new(plan, trace).run()
}

/// Handshakes have gone wrong as well.
pub fn judge(totals: Option<Totals>) {
    let too_little = totals.filter(|t| t.schedules >= 20 && t.handshakes < t.schedules / 4);
    assert!(too_little.is_none(), "too little has happened: {too_little:?}");
}

#[test]
fn encrypted_on_legacy() {
    judge(campaign("encrypted_on_legacy", SCHEDULES, &|seed, trace| run(seed, Engine::Legacy, trace)));
}

#[test]
fn encrypted_on_multibatch() {
    judge(campaign("encrypted_on_multibatch", SCHEDULES, &|seed, trace| {
        run(seed, Engine::Multibatch, trace)
    }));
}

#[test]
fn encrypted_on_v2() {
    judge(campaign("encrypted_on_v2", SCHEDULES, &|seed, trace| run(seed, Engine::V2, trace)));
}
