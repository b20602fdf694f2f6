//! Every interleaving of a few threads over the code that passes work between them without a common lock:
//! `Signal`, `ReadyList` and `Budget`. The files are those of the library; `sync.rs` gives them loom's
//! atomics and locks in place of the real ones, and `eventfd.rs` a descriptor that loom can schedule.
//!
//! `make loom`; LOOM_MAX_PREEMPTIONS bounds how often a thread may be interrupted at any place (unset: no
//! bound).

#![allow(dead_code, clippy::unwrap_used)] // Parts of the library's files serve no model; and these are tests.

#[path = "."]
mod base {
    #[path = "../../src/base/clock.rs"]
    pub mod clock;
    #[path = "../../src/base/deadline.rs"]
    pub mod deadline;
    #[path = "eventfd.rs"]
    pub mod eventfd;
    #[path = "../../src/base/signal.rs"]
    pub mod signal;
    #[path = "sync.rs"]
    pub mod sync;

    /// What a thread does that waits for several signals, without their connections.
    pub fn wait_for_bells(bells: &signal::Bells, rung: &mut Vec<u32>) {
        bells.thread().wait(None, None);
        bells.take(rung);
    }
}

#[path = "."]
mod conf {
    #[path = "../../src/conf/settings/producer.rs"]
    mod producer;
    pub use producer::ShareLimits;
}

#[path = "."]
mod producer {
    #[path = "../../src/producer/budget.rs"]
    pub mod budget;

    #[path = "."]
    pub mod partition {
        #[path = "../../src/producer/partition/ready.rs"]
        pub mod ready;
        #[path = "../../src/producer/partition/share.rs"]
        pub mod share;
    }
}

#[path = "budget.rs"]
mod budget_models;
#[path = "ready.rs"]
mod ready_models;
#[path = "signal.rs"]
mod signal_models;

fn main() {
    let chosen = std::env::args().nth(1).unwrap_or_default();
    let mut passed = 0;
    for (name, model) in [signal_models::MODELS, ready_models::MODELS, budget_models::MODELS].concat() {
        if name.contains(&chosen) {
            println!("{name}");
            let began = std::time::Instant::now();
            let executions = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let counted = executions.clone();
            // A failing execution panics, with what led to it if LOOM_LOG=trace.
            loom::model(move || {
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                model();
            });
            println!("    {executions:?} executions in {:?}", began.elapsed());
            passed += 1;
        }
    }
    assert!(passed > 0, "no model is named like {chosen}");
    println!("{passed} passed, 0 failed");
}
