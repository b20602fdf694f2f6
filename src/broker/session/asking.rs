//! Whether a broker is asked for its versions when a connection is there.

use super::features::Feature;
use super::versions::Versions;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::conf::VersionSettings;

#[derive(Debug, Default)]
pub struct Asking {
    /// Asking failed, and not much time has passed since (`api.version.fallback.ms`).
    pointless: bool,
    not_before: Deadline,
}

impl Asking {
    /// Whether to ask now.
    pub fn ask(&mut self, settings: &VersionSettings, now: Time) -> bool {
        if !settings.request {
            return false;
        }
        if self.not_before.is_never() || self.not_before.is_due(now) {
            self.not_before = Deadline::at(now + settings.fallback_period);
            self.pointless = false;
        }
        !self.pointless || Versions::fallback(settings).features().has(Feature::ApiVersion)
    }

    /// The connection ended, or no answer came, where the versions had been asked for.
    pub fn failed(&mut self) {
        self.pointless = true;
    }
}

#[cfg(test)]
mod tests;
