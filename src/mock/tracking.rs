//! What has come in: the requests, if a test wants to know them, and what no correct client sends.

use crate::base::clock::Time;

/// A request that was seen while tracking was on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackedRequest {
    pub broker_id: i32,
    pub api_key: i16,
    pub time: Time,
}

#[derive(Debug, Default)]
pub struct Tracking {
    /// `None`: tracking is off.
    requests: Option<Vec<TrackedRequest>>,
    violations: Vec<String>,
    /// The violations that have not been taken to be logged.
    unlogged: Vec<String>,
}

impl Tracking {
    /// Remembers every request from now on; forgets those remembered before.
    pub fn start(&mut self) {
        self.requests = Some(Vec::new());
    }

    pub fn stop(&mut self) {
        self.requests = None;
    }

    pub fn request(&mut self, request: TrackedRequest) {
        if let Some(requests) = &mut self.requests {
            requests.push(request);
        }
    }

    pub fn requests(&self) -> &[TrackedRequest] {
        self.requests.as_deref().unwrap_or_default()
    }

    pub fn clear_requests(&mut self) {
        if let Some(requests) = &mut self.requests {
            requests.clear();
        }
    }

    /// Notes what a client has sent that a correct client never sends.
    pub fn violation(&mut self, text: impl FnOnce() -> String) {
        const KEPT: usize = 100;
        let text = text();
        if self.unlogged.len() < KEPT {
            self.unlogged.push(text.clone());
        }
        if self.violations.len() < KEPT {
            self.violations.push(text);
        }
    }

    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// The violations since the last call, for the log.
    pub fn take_unlogged(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unlogged)
    }
}
