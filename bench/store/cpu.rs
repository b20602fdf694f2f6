//! CPU time of the calling thread, a quiet allocator, and order statistics.
#![allow(unsafe_code)] // clock_gettime(), mallopt()

use std::time::Instant;

/// Nanoseconds since a stopwatch was started.
#[derive(Clone, Copy, Default)]
pub struct Cpu {
    pub cpu: f64,
    pub wall: f64,
}

pub struct Stopwatch {
    cpu: f64,
    wall: Instant,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self { cpu: thread_cpu(), wall: Instant::now() }
    }

    pub fn elapsed(&self) -> Cpu {
        Cpu { cpu: thread_cpu() - self.cpu, wall: self.wall.elapsed().as_nanos() as f64 }
    }
}

/// Keeps malloc from returning memory to the system whenever a round has freed its messages: the page faults
/// of the next round would be most of what is measured, for whoever allocates most. A busy client does not
/// come to that point.
pub fn keep_freed_memory() {
    const KEEP: libc::c_int = 1 << 30;
    // SAFETY: plain settings, made before there are other threads.
    let done = unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEEP)
            + libc::mallopt(libc::M_MMAP_THRESHOLD, KEEP)
            + libc::mallopt(libc::M_TOP_PAD, 0)
    };
    assert!(done >= 1);
}

fn thread_cpu() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one timespec.
    let rc = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut t) };
    assert_eq!(rc, 0);
    t.tv_sec as f64 * 1e9 + t.tv_nsec as f64
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut v: Vec<f64> = values.collect();
    v.sort_by(f64::total_cmp);
    let mid = v.len() / 2;
    if v.len() % 2 == 1 { v[mid] } else { (v[mid - 1] + v[mid]) / 2.0 }
}
