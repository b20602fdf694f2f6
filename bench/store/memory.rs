//! Resident memory per queued message, each measurement in a process of its own: what an earlier candidate
//! has left in the allocator would otherwise be found there by the next.

use crate::case::{BURST, Case};
use crate::run::Source;
use std::process::Command;

const BYTES: usize = 32 << 20;

/// Asks a child process.
pub fn of(name: &str, case: usize) -> f64 {
    let exe = std::env::current_exe().expect("own path");
    let out = Command::new(exe).args(["--memory", name, &case.to_string()]).output().expect("child process");
    let text = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    text.parse().unwrap_or_else(|_| panic!("child said {text:?}"))
}

/// What the child does: queues messages and prints the growth of its resident memory per message.
pub fn child(name: &str, case: &Case) {
    let mut source = Source::new(case);
    let candidate = crate::make(name, case);
    let bursts = (BYTES / (case.value_len + 100) / BURST).next_multiple_of(case.partitions);
    let before = resident();
    for _ in 0..bursts {
        source.burst(&*candidate);
    }
    println!("{:.1}", (resident() - before) / (bursts * BURST) as f64);
}

fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("procfs");
    let pages: f64 = statm.split(' ').nth(1).and_then(|p| p.parse().ok()).expect("resident pages");
    pages * 4096.0
}
